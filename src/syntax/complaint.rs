//! What is said when a rule finds something else than it needs: what, where, and what to type instead.
//!
//! Refusals of text that could be read, but in two ways, stand in [`super::refusal`]; other languages' forms in
//! [`super::habit`].

use super::operators;
use super::parser::{Parser, closing};
use super::token::{Keyword, Kind, Sym};
use super::tree::ExprId;
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;

/// More of the user's text than this in a message hides the message.
const LONGEST_QUOTE: usize = 40;

impl Parser<'_> {
    pub fn error(&self, span: Span, message: impl Into<String>, help: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::new(message).at(self.source, span).help(help).into()
    }

    /// The text of a place, short enough for a message.
    pub fn quote(&self, span: Span) -> String {
        let text = self.text(span).trim();
        match text.char_indices().nth(LONGEST_QUOTE) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_string(),
        }
    }

    pub fn quote_expr(&self, id: ExprId) -> String {
        self.quote(self.tree.span(id))
    }

    /// The text ends too early: inside a bracket, or where something must still come.
    pub fn incomplete(&self, missing: &str) -> Box<Diagnostic> {
        let mut diagnostic = match self.innermost() {
            Some((bracket, span)) => {
                let close = spelling(closing(bracket));
                self.error(span, format!("{} is never closed", self.quote(span)), format!("close it with {close}"))
            }
            None => {
                let message = format!("{missing} is missing after {}", self.quote(self.last));
                self.error(self.last, message, "go on here, or on the next line")
            }
        };
        diagnostic.kind = diagnostic::Kind::Incomplete;
        diagnostic
    }

    /// Something that is needed here is not there: incomplete at the end of the text, else an error.
    pub fn missing(&self, what: &str, help: &str) -> Box<Diagnostic> {
        match self.token.kind {
            Kind::End => self.incomplete(what),
            Kind::Bad(problem) => self.problem(problem),
            _ if self.operator() == Kind::End => {
                self.error(self.last, format!("{what} is missing after {}", self.quote(self.last)), help)
            }
            _ => self.error(self.token.span, format!("{what} is missing before {}", self.quote(self.token.span)), help),
        }
    }

    /// No operand begins with the current token.
    pub fn missing_operand(&self) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        match self.token.kind {
            Kind::End => self.incomplete("a value"),
            Kind::Bad(problem) => self.problem(problem),
            Kind::Foreign => self.foreign(true),
            Kind::Keyword(keyword) => self.keyword_as_value(keyword),
            Kind::Symbol(symbol) => self.missing_before(symbol),
            _ => self.error(span, format!("{found} has nothing to its left"), "write x² or 2^3"),
        }
    }

    fn missing_before(&self, symbol: Sym) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        match symbol {
            Sym::Close | Sym::CloseBracket | Sym::CloseBrace if !self.closes_innermost(symbol) => self.unexpected(),
            Sym::Bang => {
                self.error(span, "! stands behind a number, as in 5!", "for the opposite of a condition, write not")
            }
            Sym::Prime => self.error(span, "a text stands in double quotes", "write \"…\"; f' is the derivative of f"),
            Sym::Question => self.error(span, "? asks about a name, on a line of its own", "write :help sin or sin?"),
            Sym::Partial => self.error(span, "∂ is read in ∂/∂x only", "write ∂/∂x x^2, or ∂²/∂x∂y x^2 y^3"),
            _ if self.is_infix_before(span) => {
                let before = self.quote(self.last);
                let message = format!("a value is missing between {before} and {found}");
                self.error(
                    span,
                    message,
                    format!("write a value between {before} and {found}, or leave one of them out"),
                )
            }
            _ => {
                self.error(span, format!("a value is missing before {found}"), format!("write a value before {found}"))
            }
        }
    }

    fn is_infix_before(&self, span: Span) -> bool {
        let before = super::token::tokens(self.text(self.last)).next().map(|token| token.kind);
        let is_infix = matches!(before, Some(Kind::Symbol(symbol)) if operators::infix_operator(symbol).is_some());
        is_infix && self.last.end <= span.start
    }

    fn closes_innermost(&self, symbol: Sym) -> bool {
        self.innermost().is_some_and(|(bracket, _)| closing(bracket) == symbol)
    }

    fn keyword_as_value(&self, keyword: Keyword) -> Box<Diagnostic> {
        let span = self.token.span;
        let word = self.quote(span);
        match keyword {
            Keyword::Else => self.error(span, "else without if", "write if x > 0 { … } else { … }"),
            Keyword::For | Keyword::While | Keyword::Const | Keyword::Break | Keyword::Continue | Keyword::Return => {
                self.error(
                    span,
                    format!("{word} begins a statement and has no value"),
                    "put it on a line of its own, or inside { }",
                )
            }
            Keyword::At | Keyword::Wrt | Keyword::Order if self.ahead().kind == Kind::Name => {
                let help = format!("write one, as in x^2 {word} {}", self.quote(self.clause_after(span)));
                self.error(span, format!("an expression is missing before {word}"), help)
            }
            _ => self.error(
                span,
                format!("{word} is a word of the language, not a name"),
                format!("choose another name, for example {word}_"),
            ),
        }
    }

    /// What follows a word to the end of its line.
    fn clause_after(&self, word: Span) -> Span {
        let rest = self.lexer.whole().get(word.end as usize..).unwrap_or("");
        let len = rest.find(['\n', ';', '#']).unwrap_or(rest.len());
        Span::new(word.end as usize, word.end as usize + len)
    }

    /// The current token cannot follow what has been read.
    pub fn unexpected(&self) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        match self.token.kind {
            Kind::End => self.incomplete("something"),
            Kind::Bad(problem) => self.problem(problem),
            Kind::Foreign => self.foreign(false),
            Kind::Keyword(keyword) => self.unexpected_keyword(keyword),
            Kind::Symbol(symbol) => self.unexpected_symbol(symbol),
            Kind::Name if found == "elif" => self.elif(span),
            _ => self.error(span, format!("{found} cannot follow {}", self.quote(self.last)), self.separators()),
        }
    }

    fn separators(&self) -> &'static str {
        match self.innermost() {
            Some((Sym::Open | Sym::OpenBracket, _)) => "separate values by commas; write * for a product",
            _ => "separate statements by ; or a new line; write * for a product",
        }
    }

    fn unexpected_symbol(&self, symbol: Sym) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        match symbol {
            Sym::Close | Sym::CloseBracket | Sym::CloseBrace => self.wrong_closing(),
            Sym::Assign => self.error(span, "= assigns, and cannot stand inside an expression", "did you mean =="),
            Sym::Comma => self.stray_comma(),
            Sym::Colon => {
                self.error(span, "a : cannot stand here", "blocks stand in braces, as in if x > 0 { x } else { -x }")
            }
            Sym::Question => self.error(span, "? asks about a name, on a line of its own", "write :help sin or sin?"),
            Sym::Bar => self.error(span, "| has no partner", "write abs(x)"),
            Sym::Where => {
                self.error(span, "where cannot stand here", "write where … before at, or put it in parentheses")
            }
            Sym::OpenBrace => self.error(span, "{ cannot stand here", "begin the block on a line of its own"),
            Sym::Arrow => {
                self.error(span, "-> needs the names of parameters to its left", "write x -> x^2 or (x, y) -> x y")
            }
            Sym::Semicolon => self.error(span, "; cannot stand inside ( )", "separate arguments by commas"),
            Sym::PlusAssign | Sym::MinusAssign | Sym::StarAssign | Sym::SlashAssign => self.error(
                span,
                format!("{found} assigns, and cannot stand inside an expression"),
                "put it on a line of its own",
            ),
            _ => self.error(span, format!("{found} cannot follow {}", self.quote(self.last)), self.separators()),
        }
    }

    fn wrong_closing(&self) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        let Some((bracket, opened)) = self.innermost() else {
            return self.error(span, format!("{found} closes nothing"), format!("leave out the {found}"));
        };
        let (open, close) = (self.quote(opened), spelling(closing(bracket)));
        let diagnostic = Diagnostic::new(format!("{found} cannot close {open}"))
            .at(self.source, span)
            .label(self.source, opened, format!("{open} opened here"))
            .help(format!("close it with {close}"));
        diagnostic.into()
    }

    fn unexpected_keyword(&self, keyword: Keyword) -> Box<Diagnostic> {
        let span = self.token.span;
        let word = self.quote(span);
        match keyword {
            Keyword::If => {
                self.error(span, "if stands before the values", "write if c { a } else { b }, or where(c, a, b)")
            }
            Keyword::Else => self.error(span, "else without if", "write if x > 0 { … } else { … }"),
            Keyword::For => self.error(
                span,
                "for cannot follow an expression here",
                "write [u^2 for u in v] or sum(u^2 for u in v)",
            ),
            Keyword::In => self.error(span, "in cannot stand here", "write for i in 0..5 { … }, or x^2 at x in 0..5"),
            Keyword::At | Keyword::Wrt | Keyword::Order => {
                let help = "write it last, as in x^2 y at x = 2, y = 3 wrt x; inside an expression, grad(f)(2, 3)";
                self.error(span, format!("{word} belongs to the end of a statement"), help)
            }
            _ => self.error(span, format!("{word} cannot follow {}", self.quote(self.last)), self.separators()),
        }
    }
}

fn spelling(closing: Sym) -> &'static str {
    match closing {
        Sym::Close => ")",
        Sym::CloseBracket => "]",
        _ => "}",
    }
}
