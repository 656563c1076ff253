//! Lines that speak to the program, not to the calculator: `:help sin`, `sin?`, `?sin`, `quit`.
//!
//! A command takes the rest of its line. What the words mean is known to `commands` alone.

use super::parser::{Parsed, Parser};
use super::token::{Kind, Sym};
use super::tree::StmtKind;
use crate::source::Span;

impl Parser<'_> {
    /// A command, if the statement is one.
    pub fn command(&mut self) -> Parsed<Option<StmtKind>> {
        let span = self.token.span;
        match self.token.kind {
            Kind::Symbol(Sym::Colon) => self.colon_command(span).map(Some),
            Kind::Symbol(Sym::Question) => {
                let rest = self.rest_of_line(span.end as usize);
                Ok(Some(self.finish("help", rest)))
            }
            // A word of the language can be asked about, too: `for?`.
            Kind::Name | Kind::Keyword(_) | Kind::Symbol(Sym::And | Sym::Or | Sym::Not | Sym::Where | Sym::Nabla)
                if self.question_follows(span) =>
            {
                Ok(Some(self.finish("help", span)))
            }
            Kind::Name => Ok(self.word_command(span)),
            _ => Ok(None),
        }
    }

    fn colon_command(&mut self, colon: Span) -> Parsed<StmtKind> {
        let line = self.rest_of_line(colon.end as usize);
        let text = self.text(line);
        let word = text.split(char::is_whitespace).next().unwrap_or("");
        if !word.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return Err(self.nameless_command(colon));
        }
        let after = line.start as usize + word.len();
        let rest = self.trimmed(after, line.end as usize);
        Ok(self.finish(word, rest))
    }

    /// `quit`, `exit`, `quit()`, `help`, `help sin`, alone on their line.
    fn word_command(&mut self, span: Span) -> Option<StmtKind> {
        let name = match self.text(span).as_bytes() {
            b"quit" | b"exit" => "quit",
            b"help" => "help",
            _ => return None,
        };
        let rest = self.rest_of_line(span.end as usize);
        let text = self.text(rest);
        let is_word = || text.chars().all(|c| c.is_alphanumeric() || c == '_');
        match text {
            "" => Some(self.finish(name, rest)),
            _ if text.starts_with(';') => Some(self.bare(name)),
            "()" => {
                self.finish(name, rest);
                Some(self.without_rest(name))
            }
            _ if name == "help" && self.ahead().blank && is_word() => Some(self.finish(name, rest)),
            _ => None,
        }
    }

    fn bare(&mut self, name: &str) -> StmtKind {
        self.advance();
        self.without_rest(name)
    }

    fn without_rest(&self, name: &str) -> StmtKind {
        let nothing = Span { start: self.last.end, end: self.last.end };
        StmtKind::Command { name: name.to_string(), rest: String::new(), rest_span: nothing }
    }

    /// `sin?`, with nothing behind it.
    fn question_follows(&self, word: Span) -> bool {
        // One look at the next character decides for nearly every line.
        let after = self.lexer.rest().trim_start_matches([' ', '\t']);
        after.starts_with('?') && self.text(self.rest_of_line(word.end as usize)) == "?"
    }

    fn rest_of_line(&self, from: usize) -> Span {
        let text = self.lexer.whole();
        let end = text[from..].find('\n').map_or(text.len(), |len| from + len);
        self.trimmed(from, from + uncommented(&text[from..end]))
    }

    fn trimmed(&self, from: usize, to: usize) -> Span {
        let text = &self.lexer.whole()[from..to];
        let start = from + (text.len() - text.trim_start().len());
        Span::new(start, start + text.trim().len())
    }

    /// Goes on behind the line in which `rest` stands.
    fn finish(&mut self, name: &str, rest: Span) -> StmtKind {
        let text = self.text(rest).to_string();
        let line_end = self.lexer.whole()[rest.end as usize..].find('\n');
        let end = line_end.map_or(self.lexer.whole().len(), |len| rest.end as usize + len);
        self.go_on(rest, end);
        StmtKind::Command { name: name.to_string(), rest: text, rest_span: rest }
    }
}

/// The length of a line without its comment: a `#` after a blank and outside of quotes.
fn uncommented(line: &str) -> usize {
    let mut quoted = false;
    let mut blank = true;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if blank && !quoted => return at,
            _ => {}
        }
        blank = c.is_whitespace();
    }
    line.len()
}
