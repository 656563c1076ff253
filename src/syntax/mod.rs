//! Text to expression tree and back.
//!
//! Knows spellings, precedence and places, never what a name means: whether `x(y + 1)` is a call or a product is left
//! to `resolve`. What could be misread is refused here with the way out, or marked so that the prompt can say how it was
//! understood.
//!
//! [`next_statement`] reads one statement after the other from a [`Source`]; [`print`] writes trees as one would type
//! them. The formal grammar stands in `grammar/gradtape.ebnf`.

mod block;
mod bracket;
mod clause;
mod command;
mod complaint;
mod derivative;
mod differential;
mod expected;
mod expression;
mod habit;
pub mod habits;
pub mod name;
mod number;
mod operand;
pub mod operators;
mod parser;
mod phrase;
pub mod print;
mod problem;
pub mod reading;
mod refusal;
mod spelling;
mod statement;
pub mod token;
pub mod tree;
mod unpack;

use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Kind};
use crate::source::{Source, Span};

pub use name::Symbol;
pub use number::NumberProblem;
pub use operators::{Associativity, OPERATORS, Operator, Position};
pub use print::{latex, print_explicit, print_expr, print_lambda, print_statement};
pub use tree::Statement;

use parser::Parser;

/// What stands at some place of a text.
#[derive(Debug)]
pub enum Next {
    /// A whole statement, and the byte offset at which to go on.
    Statement { statement: Statement, end: usize },
    /// The text ends inside an open bracket or where a value is still expected; the diagnostic says which.
    Incomplete(Diagnostic),
    /// Nothing but blanks, comments and `;`.
    End,
}

/// A statement that cannot be read.
#[derive(Debug)]
pub struct Failure {
    pub diagnostic: Diagnostic,
    /// Byte offset behind the lines of that statement, for those who go on after an error.
    pub resume: usize,
}

/// Offsets are 32 bits wide.
const LONGEST_TEXT: usize = u32::MAX as usize;

/// Parses the statement that begins at byte `offset` of `source`, after blank lines, comments and `;`.
///
/// A text that ends too early gives [`Next::Incomplete`], whether or not more of it can come.
pub fn next_statement(source: &Rc<Source>, offset: usize) -> Result<Next, Failure> {
    if source.text.len() > LONGEST_TEXT {
        let diagnostic = Diagnostic::new("this text is longer than 4 GB").help("run it in parts");
        return Err(Failure { diagnostic, resume: source.text.len() });
    }
    let mut parser = Parser::new(source, &source.text, offset);
    match parser.next() {
        Ok(Some(statement)) => Ok(Next::Statement { end: parser.end(), statement }),
        Ok(None) => Ok(Next::End),
        Err(diagnostic) if diagnostic.kind == Kind::Incomplete => Ok(Next::Incomplete(*diagnostic)),
        Err(diagnostic) => {
            let at = diagnostic.labels.first().map_or(offset, |label| label.span.start as usize);
            Err(Failure { diagnostic: *diagnostic, resume: resume(&source.text, offset, at) })
        }
    }
}

/// Parses the one statement that stands in `span`, which is part of a command: `:tape x^2 at x = 2`.
///
/// Errors: no statement, an incomplete one, or more than one.
pub fn parse_rest(source: &Rc<Source>, span: Span) -> Result<Statement, Diagnostic> {
    let text = source.text.get(..span.end as usize).unwrap_or("");
    let mut parser = Parser::new(source, text, span.start as usize);
    let statement = parser.next().map_err(|diagnostic| *diagnostic)?;
    let Some(statement) = statement else {
        return Err(Diagnostic::new("an expression is missing").at(source, span).help("write one, as in x^2 at x = 3"));
    };
    match Parser::new(source, text, parser.end()).next() {
        Ok(None) => Ok(statement),
        _ => {
            Err(Diagnostic::new("only one statement can stand here").at(source, span).help("leave out what follows ;"))
        }
    }
}

/// How far to look for the end of a statement over several lines that went wrong.
const RESUME_WITHIN: usize = 1 << 13;

/// The start of the line that follows the statement from `start`, in which `at` is wrong.
///
/// Lines inside its brackets belong to it, provided that the brackets are closed at all.
fn resume(text: &str, start: usize, at: usize) -> usize {
    let line_end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |len| at + len + 1);
    let horizon = text.floor_char_boundary((line_end + RESUME_WITHIN).min(text.len()));
    let mut lexer = token::Lexer::new(&text[..horizon], start);
    let mut depth = 0_i64;
    loop {
        let token = lexer.next_token();
        let token_start = token.span.start as usize;
        if token.kind == token::Kind::End || depth <= 0 && token.newline && token_start >= line_end {
            return if depth <= 0 { token_start.max(line_end) } else { line_end };
        }
        if depth <= 0 && token_start >= line_end {
            return line_end;
        }
        depth += token.kind.opens() as i64 - token.kind.closes() as i64;
    }
}
