//! What is said where one rule needs something of its own: a name, a `=`, a block, an order.

use super::parser::{Parsed, Parser};
use super::token::{Kind, Sym};
use super::tree::{Expr, ExprId, Param};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Parser<'_> {
    pub fn no_name(&self, wanted: &str) -> Box<Diagnostic> {
        let span = self.token.span;
        let (what, example) = wanted.split_once(", as in ").unwrap_or((wanted, "x"));
        match self.token.kind {
            Kind::Keyword(_) | Kind::Symbol(Sym::And | Sym::Or | Sym::Not | Sym::Where) => {
                let word = self.quote(span);
                self.error(
                    span,
                    format!("{word} is a word of the language, not a name"),
                    format!("choose another, for example {word}_"),
                )
            }
            _ => self.missing(what, &format!("write {example}")),
        }
    }

    pub fn no_parameter(&self, id: ExprId) -> Box<Diagnostic> {
        let what = self.quote_expr(id);
        self.error(
            self.tree.span(id),
            format!("{what} is no name for a parameter"),
            "write names, as in f(x) = x^2 or (x, y) -> x y",
        )
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
            Kind::Foreign => self.foreign(false),
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

    /// `if(c, a, b)` of spreadsheets
    pub fn check_one_condition(&self, condition: ExprId) -> Parsed<()> {
        let is_list = matches!(self.tree.expr(condition), Expr::Array(_));
        if !is_list || self.is_symbol(Sym::OpenBrace) {
            return Ok(());
        }
        let help = "write where(c, a, b), or if c { a } else { b }";
        Err(self.error(self.tree.span(condition), "if has one condition, and blocks in braces", help))
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
        self.error(
            self.token.span,
            format!("a second {word}"),
            format!("write one {word}, with commas: at x = 2, y = 3 wrt x, y order 2"),
        )
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
        self.error(span, "{ } is empty", "write its value inside, as in { x }")
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
