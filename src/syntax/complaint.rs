//! What is said when a rule finds something else than it needs: what, where, and what to type instead.
//!
//! Refusals of text that could be read, but in two ways, stand in [`super::refusal`]; other languages' forms in
//! [`super::habit`].

use super::number::NumberProblem;
use super::operators;
use super::parser::{Parsed, Parser, closing};
use super::token::{Keyword, Kind, Problem, Sym};
use super::tree::{Expr, ExprId, Param};
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
    fn missing(&self, what: &str, help: &str) -> Box<Diagnostic> {
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
            Kind::Foreign(spelling) => self.foreign(spelling, true),
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
            Sym::Bang => self.error(span, "! stands behind a number, as in 5!", "for the opposite of a condition, write not"),
            Sym::Prime => self.error(span, "a text stands in double quotes", "write \"…\"; f' is the derivative of f"),
            Sym::Question => self.error(span, "? asks about a name, on a line of its own", "write :help sin or sin?"),
            Sym::Partial => self.error(span, "∂ is read in ∂/∂x only", "write ∂/∂x x^2, or ∂²/∂x∂y x^2 y^3"),
            _ if self.is_infix_before(span) => {
                let before = self.quote(self.last);
                let message = format!("a value is missing between {before} and {found}");
                self.error(span, message, format!("write a value between {before} and {found}, or leave one of them out"))
            }
            _ => self.error(span, format!("a value is missing before {found}"), format!("write a value before {found}")),
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
            Keyword::For | Keyword::While | Keyword::Const | Keyword::Break | Keyword::Continue | Keyword::Return => self
                .error(span, format!("{word} begins a statement and has no value"), "put it on a line of its own, or inside { }"),
            _ => self.error(
                span,
                format!("{word} is a word of the language, not a name"),
                format!("choose another name, for example {word}_"),
            ),
        }
    }

    /// The current token cannot follow what has been read.
    pub fn unexpected(&self) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        match self.token.kind {
            Kind::End => self.incomplete("something"),
            Kind::Bad(problem) => self.problem(problem),
            Kind::Foreign(spelling) => self.foreign(spelling, false),
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
            Sym::Colon => self.error(span, "a : cannot stand here", "blocks stand in braces, as in if x > 0 { x } else { -x }"),
            Sym::Question => self.error(span, "? asks about a name, on a line of its own", "write :help sin or sin?"),
            Sym::Bar => self.error(span, "| has no partner", "write abs(x)"),
            Sym::Where => self.error(span, "where cannot stand here", "write where … before at, or put it in parentheses"),
            Sym::OpenBrace => self.error(span, "{ cannot stand here", "begin the block on a line of its own"),
            Sym::Arrow => self.error(span, "-> needs the names of parameters to its left", "write x -> x^2 or (x, y) -> x y"),
            Sym::Semicolon => self.error(span, "; cannot stand inside ( )", "separate arguments by commas"),
            Sym::PlusAssign | Sym::MinusAssign | Sym::StarAssign | Sym::SlashAssign => {
                self.error(span, format!("{found} assigns, and cannot stand inside an expression"), "put it on a line of its own")
            }
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
            Keyword::If => self.error(span, "if stands before the values", "write if c { a } else { b }, or where(c, a, b)"),
            Keyword::Else => self.error(span, "else without if", "write if x > 0 { … } else { … }"),
            Keyword::For => self.error(span, "for cannot follow an expression here", "write [u^2 for u in v] or sum(u^2 for u in v)"),
            Keyword::In => self.error(span, "in cannot stand here", "write for i in 0..5 { … }, or x^2 at x in 0..5"),
            Keyword::At | Keyword::Wrt | Keyword::Order => {
                let help = "write it last, as in x^2 y at x = 2, y = 3 wrt x; inside an expression, grad(f)(2, 3)";
                self.error(span, format!("{word} belongs to the end of a statement"), help)
            }
            _ => self.error(span, format!("{word} cannot follow {}", self.quote(self.last)), self.separators()),
        }
    }

    pub fn problem(&self, problem: Problem) -> Box<Diagnostic> {
        let span = self.token.span;
        let found = self.quote(span);
        match problem {
            Problem::Character(c) => self.bad_character(c),
            Problem::UnclosedText => {
                let mut quote = span;
                quote.end = quote.start + 1;
                self.error(quote, "this text is not closed on its line", "close it with \"")
            }
            Problem::LongName => self.error(span, format!("the name {found} is too long"), "choose a shorter one"),
            Problem::LongExponent => self.error(span, format!("the exponent {found} is too large"), "write ^ and a number"),
            Problem::Number(problem) => self.number_problem(problem, &found),
        }
    }

    fn number_problem(&self, problem: NumberProblem, found: &str) -> Box<Diagnostic> {
        let (message, help) = match problem {
            NumberProblem::TooLarge => (format!("{found} is too large for a number"), "the largest is 1.797e308; write inf"),
            NumberProblem::TooSmall => (format!("{found} is too near to 0 for a number"), "the smallest is 5e-324; write 0"),
            NumberProblem::SecondPoint => (format!("{found} has two decimal points"), "a number has one, as in 1.25"),
            NumberProblem::Underscore => {
                (format!("{found} has a _ that is not between two digits"), "write 1_000, or * for a product")
            }
            NumberProblem::Digits => {
                (format!("{found} is not a number"), "write 0x1F or 0b101; for a product, write 0 * x")
            }
        };
        self.error(self.token.span, message, help)
    }

    fn bad_character(&self, c: char) -> Box<Diagnostic> {
        let span = self.token.span;
        if let Some((_, instead)) = LOOKALIKES.iter().find(|(lookalike, _)| lookalike.contains(c)) {
            return self.error(span, format!("{c} cannot stand here"), format!("write {instead}"));
        }
        let code = u32::from(c);
        let name = match c {
            '\0' => "NUL character".to_string(),
            c if c.is_control() => format!("control character U+{code:04X}"),
            c => format!("unknown character {c} (U+{code:04X})"),
        };
        self.error(span, name, "leave it out")
    }

    pub fn unknown_escape(&self, text: Span, at: usize) -> Box<Diagnostic> {
        let start = text.start as usize + at;
        let len = self.text(text)[at..].chars().take(2).map(char::len_utf8).sum::<usize>();
        let span = Span::new(start, start + len);
        let help = "known are \\n \\t \\r \\0 \\\\ \\\"; for a backslash write \\\\";
        self.error(span, format!("{} means nothing in a text", self.quote(span)), help)
    }

    pub fn no_name(&self, wanted: &str) -> Box<Diagnostic> {
        let span = self.token.span;
        let (what, example) = wanted.split_once(", as in ").unwrap_or((wanted, "x"));
        match self.token.kind {
            Kind::Keyword(_) | Kind::Symbol(Sym::And | Sym::Or | Sym::Not | Sym::Where) => {
                let word = self.quote(span);
                self.error(span, format!("{word} is a word of the language, not a name"), format!("choose another, for example {word}_"))
            }
            _ => self.missing(what, &format!("write {example}")),
        }
    }

    pub fn no_parameter(&self, id: ExprId) -> Box<Diagnostic> {
        let what = self.quote_expr(id);
        self.error(self.tree.span(id), format!("{what} is no name for a parameter"), "write names, as in f(x) = x^2 or (x, y) -> x y")
    }

    pub fn check_distinct(&self, params: &[Param]) -> Parsed<()> {
        for (index, param) in params.iter().enumerate() {
            if let Some(earlier) = params[..index].iter().find(|earlier| earlier.name == param.name) {
                let diagnostic = Diagnostic::new(format!("two parameters are called {}", param.name))
                    .at(self.source, param.span)
                    .label(self.source, earlier.span, "the first")
                    .help("give one of them another name");
                return Err(diagnostic.into());
            }
        }
        Ok(())
    }

    pub fn expected_assign(&self, name: Span) -> Box<Diagnostic> {
        let name = self.quote(name);
        match self.token.kind {
            Kind::Symbol(Sym::EqualEqual) => self.error(self.token.span, "== compares", format!("write {name} = …")),
            Kind::Foreign(spelling) => self.foreign(spelling, false),
            _ => self.missing("=", &format!("write {name} = …")),
        }
    }

    pub fn expected_in(&self) -> Box<Diagnostic> {
        self.missing("in", "write for i in 0..5, or for i, u in v")
    }

    pub fn expected_point(&self, name: Span) -> Box<Diagnostic> {
        let name = self.quote(name);
        match self.token.kind {
            Kind::Symbol(Sym::EqualEqual) => self.error(self.token.span, "== compares", format!("write at {name} = …")),
            _ => self.missing("= or in", &format!("write at {name} = 2, or at {name} in 0..10")),
        }
    }

    pub fn expected_order(&self) -> Box<Diagnostic> {
        match self.token.kind {
            Kind::Number(_) => {
                let found = self.quote(self.token.span);
                self.error(self.token.span, format!("{found} is no order of a derivative"), "write 1, 2, 3, …")
            }
            _ => self.missing("a number", "write order 2"),
        }
    }

    pub fn expected_block(&self) -> Box<Diagnostic> {
        match self.token.kind {
            Kind::Symbol(Sym::Colon) => self.unexpected(),
            Kind::Symbol(Sym::Assign) => self.unexpected(),
            _ => self.missing("{", "blocks stand in braces, as in if x > 0 { x } else { -x }"),
        }
    }

    pub fn missing_comma(&self, value: ExprId) -> Box<Diagnostic> {
        let span = match self.tree.expr(value) {
            Expr::Product(factors) => factors.last().map_or(self.token.span, |factor| self.tree.span(factor.expr)),
            _ => self.token.span,
        };
        self.error(span, "a comma is missing between two points", "write at x = 2, y = 3")
    }

    pub fn repeated_clause(&self) -> Box<Diagnostic> {
        let word = self.quote(self.token.span);
        self.error(self.token.span, format!("a second {word}"), format!("write one {word}, with commas: at x = 2, y = 3 wrt x, y order 2"))
    }

    pub fn nameless_command(&self, colon: Span) -> Box<Diagnostic> {
        self.error(colon, "a command is missing after :", "write :help for a list of commands")
    }

    pub fn stray_dot(&self, dot: Span, record: ExprId) -> Box<Diagnostic> {
        match self.tree.expr(record) {
            Expr::Number(_) => self.error(dot, "a number has no fields", "write * for a product"),
            _ => {
                let record = self.quote_expr(record);
                self.error(dot, "the name of a field is missing after .", format!("write {record}.name without blanks"))
            }
        }
    }

    pub fn empty_index(&self, span: Span) -> Box<Diagnostic> {
        self.error(span, "an index is missing", "write [0] for the first element, [:] for all")
    }

    pub fn empty_block(&self, span: Span) -> Box<Diagnostic> {
        self.error(span, "a block without a statement has no value", "write its value before the }, as in { x }")
    }

    pub fn empty_parentheses(&self, span: Span) -> Box<Diagnostic> {
        self.error(span, "( ) holds no value", "write a value, or () -> e for a function without parameters")
    }

    pub fn orders_differ(&self, span: Span, above: u32, below: u32) -> Box<Diagnostic> {
        let typed = self.quote(span);
        let (message, help) = match above {
            0 => (format!("{typed} has no order above 0"), "write d/dx or d^2/dx^2"),
            _ if above == below => (format!("{typed} has too high an order"), "write nth(f, n)(x)"),
            _ => (
                format!("{typed} has order {above} above and {below} below"),
                "write d^2/dx^2 or ∂²/∂x∂y; for a quotient, put blanks around /",
            ),
        };
        self.error(span, message, help)
    }

    pub fn nothing_to_differentiate(&self, span: Span) -> Box<Diagnostic> {
        let typed = self.quote(span);
        if self.token.kind == Kind::End && self.innermost().is_some() {
            return self.incomplete("a value");
        }
        self.error(
            span,
            format!("{typed} needs an expression to its right"),
            format!("write {typed} x^2; for a quotient, put blanks around /"),
        )
    }
}

/// Characters that look like ours, and what to type.
const LOOKALIKES: &[(&str, &str)] = &[
    ("–—‐‒", "-"),
    ("“”„«»", "\"…\" with straight quotes"),
    ("‘`", "\"…\" for a text, f' for a derivative"),
    ("∧", "and"),
    ("∨", "or"),
    ("¬", "not"),
    ("∈", "in"),
    ("ⁿ", "^n"),
    ("½", "1/2"),
    ("¼", "1/4"),
    ("¾", "3/4"),
    ("，", ","),
    ("（）", "( )"),
    ("＝", "="),
    ("…", ".."),
    ("°", "* pi/180"),
    ("∫", "integrate(f, a, b)"),
    ("≈", "abs(a - b) < 1e-9"),
    ("∗", "*"),
    ("∕⁄", "/"),
    ("$€£", "numbers without a unit"),
    ("\\", "nothing at the end of a line: after an operator the next line goes on"),
];

fn spelling(closing: Sym) -> &'static str {
    match closing {
        Sym::Close => ")",
        Sym::CloseBracket => "]",
        _ => "}",
    }
}
