//! What is said about characters and numerals that are no tokens.

use super::number::NumberProblem;
use super::parser::Parser;
use super::token::Problem;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Parser<'_> {
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
            Problem::LongExponent => {
                self.error(span, format!("the exponent {found} is too large"), "write ^ and a number")
            }
            Problem::Number(problem) => self.number_problem(problem, &found),
        }
    }

    fn number_problem(&self, problem: NumberProblem, found: &str) -> Box<Diagnostic> {
        let (message, help) = match problem {
            NumberProblem::TooLarge => {
                (format!("{found} is too large for a number"), "the largest is 1.797e308; write inf")
            }
            NumberProblem::TooSmall => {
                (format!("{found} is too near to 0 for a number"), "the smallest is 5e-324; write 0")
            }
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
        match c {
            '$' | '€' | '£' | '¥' => {
                return self.error(span, format!("units are not known: leave out {c}"), "write numbers alone");
            }
            '\\' => {
                let help = "after an operator or inside brackets the next line goes on; a name is written without \\";
                return self.error(span, "\\ has no meaning here", help);
            }
            _ => {}
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
    ("∫", "trapezoid(y, x), the integral of samples"),
    ("≈", "abs(a - b) < 1e-9"),
    ("∗", "*"),
    ("∕⁄", "/"),
];
