//! Forms of other languages: recognised only to say how the same is written here.

use super::parser::{Parsed, Parser};
use super::token::{Kind, Lexer, Sym};
use super::tree::ExprId;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Parser<'_> {
    /// The current token is an operator of another language; `operand` tells that a value was due.
    pub fn foreign(&self, operand: bool) -> Box<Diagnostic> {
        let spelling = self.text(self.token.span);
        if spelling == "||" && (operand || self.in_bars) {
            return self.nested_bars(self.token.span);
        }
        let help = match spelling {
            "&&" | "&" => "write and",
            "||" => "write or",
            "~" => "write not",
            "!==" | "<>" | "~=" => "write !=",
            "===" => "write ==",
            "=<" => "write <=",
            "=>" => "write -> for a function, >= for a comparison",
            "<-" => "write x = 3 to assign, x < -3 to compare",
            ":=" => "write =, as in x = 3 or f(x) = x^2",
            "//" => "write floor(a / b) for a whole quotient; a comment begins with #",
            "/*" => "a comment begins with #",
            ".*" => "write *, which works element by element; @ is the matrix product",
            "./" => "write /, which works element by element",
            ".^" => "write ^, which works element by element",
            _ => "leave it out",
        };
        self.error(self.token.span, format!("{spelling} is not known"), help)
    }

    /// `let x = 3`, `def f(x): …`: a word of another language in front of a name.
    pub fn check_foreign_statement(&self, word: &str) -> Parsed<()> {
        let (message, help): (String, fn(&str) -> String) = match word {
            "let" | "var" | "val" | "set" | "local" | "global" | "mut" => {
                (format!("a name is assigned without {word}"), |name| format!("write {name} = 3"))
            }
            "def" | "fn" | "fun" | "func" | "function" => {
                (format!("a function is defined without {word}"), |name| format!("write {name}(x) = x^2"))
            }
            "import" | "using" | "from" => {
                ("no import is needed".to_string(), |_| "functions stand alone: write sin(x)".to_string())
            }
            "print" | "println" | "echo" => {
                (format!("a value is printed without {word}"), |name| format!("write {name} on a line of its own"))
            }
            "elif" | "elsif" | "elseif" => return Err(self.elif(self.token.span)),
            _ => return Ok(()),
        };
        let name = self.quote(self.ahead().span);
        Err(self.error(self.token.span, message, help(&name)))
    }

    /// `True`, `None`, `lambda x: …`
    pub fn check_python_word(&self) -> Parsed<()> {
        let span = self.token.span;
        match self.text(span) {
            "True" => Err(self.error(span, "True is written true", "write true")),
            "False" => Err(self.error(span, "False is written false", "write false")),
            "None" => {
                Err(self.error(span, "there is no None", "leave it out, or write nan for a number that is missing"))
            }
            "lambda" if lambda_head(self.lexer) => {
                Err(self.error(span, "a function without a name has an arrow", "write x -> x^2 or (x, y) -> x y"))
            }
            _ => Ok(()),
        }
    }

    /// `elif` behind a block.
    pub fn check_elif(&self) -> Parsed<()> {
        let is_elif = self.token.kind == Kind::Name
            && matches!(self.text(self.token.span).as_bytes(), b"elif" | b"elsif" | b"elseif");
        if is_elif { Err(self.elif(self.token.span)) } else { Ok(()) }
    }

    pub fn elif(&self, span: Span) -> Box<Diagnostic> {
        self.error(
            span,
            format!("{} is written else if", self.quote(span)),
            "write if a { … } else if b { … } else { … }",
        )
    }

    /// `if c then a else b`
    pub fn then_instead_of_braces(&self, condition: ExprId) -> Box<Diagnostic> {
        let text = self.text(self.tree.span(condition));
        let help = match text.split_once(" then ") {
            Some((condition, value)) if text.len() < 80 => format!("write if {condition} {{ {value} }} else {{ … }}"),
            _ => "write if c { a } else { b }".to_string(),
        };
        self.error(self.token.span, "{ is missing before else", help)
    }
}

/// Whether `x, y:` follows.
fn lambda_head(mut lexer: Lexer) -> bool {
    loop {
        match lexer.next_token().kind {
            Kind::Symbol(Sym::Colon) => return true,
            Kind::Name | Kind::Symbol(Sym::Comma) => {}
            _ => return false,
        }
    }
}
