//! Bytes as they come from a stream, handed on in whole lines.
//!
//! Lines of a statement that goes on are kept until it can have ended, so that a long statement is not parsed again
//! and again. What has been used is dropped: an endless stream takes no memory.

use std::io::{self, ErrorKind, Read};

use crate::syntax::token::{Kind, Sym, tokens};

/// Bytes asked for at once.
const CHUNK: usize = 1 << 16;

#[derive(Default)]
pub struct Lines {
    bytes: Vec<u8>,
    /// Whole lines among them.
    complete: usize,
    at_end: bool,
    lines_used: usize,
    begun: Begun,
}

/// A statement that goes on: what was seen of it.
#[derive(Default)]
struct Begun {
    /// Bytes whose brackets have been counted.
    counted: usize,
    /// Brackets open behind them.
    open: i64,
    /// So many bytes are worth a look even with open brackets: the statement may be wrong.
    look_at: usize,
}

impl Lines {
    /// Waits for more.
    pub fn read(&mut self, input: &mut impl Read) -> io::Result<()> {
        let before = self.bytes.len();
        self.bytes.resize(before + CHUNK, 0);
        let result = loop {
            match input.read(&mut self.bytes[before..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.bytes.truncate(before + *result.as_ref().unwrap_or(&0));
        self.at_end = result? == 0;
        // only whole lines can be parsed: a name may be cut anywhere else
        match self.bytes[before..].iter().rposition(|&byte| byte == b'\n') {
            _ if self.at_end => self.complete = self.bytes.len(),
            Some(at) => self.complete = before + at + 1,
            None => {}
        }
        Ok(())
    }

    /// The lines to run now, if there are any worth a try.
    pub fn ready(&mut self) -> Option<&[u8]> {
        let goes_on = self.begun.counted > 0;
        if goes_on {
            self.begun.open += open_brackets(&self.bytes[self.begun.counted..self.complete]);
            self.begun.counted = self.complete;
        }
        let in_vain = goes_on && self.begun.open > 0 && self.complete < self.begun.look_at;
        (self.at_end || self.complete > 0 && !in_vain).then(|| &self.bytes[..self.complete])
    }

    /// The first `used` bytes are done with; the whole lines behind them are the beginning of a statement.
    pub fn consume(&mut self, used: usize) {
        self.lines_used += self.bytes[..used].iter().filter(|&&byte| byte == b'\n').count();
        self.bytes.drain(..used);
        self.complete -= used;
        let open = open_brackets(&self.bytes[..self.complete]);
        self.begun = Begun { counted: self.complete, open, look_at: 2 * self.complete };
    }

    pub fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Number of the first line that is not used, from 1.
    pub fn first_line(&self) -> usize {
        self.lines_used + 1
    }
}

/// Opening brackets minus closing ones, outside of texts and comments; 0 for what is no UTF-8.
fn open_brackets(bytes: &[u8]) -> i64 {
    let text = std::str::from_utf8(bytes).unwrap_or("");
    let count = |kind: Kind| match kind {
        Kind::Symbol(Sym::Open | Sym::OpenBracket | Sym::OpenBrace) => 1,
        Kind::Symbol(Sym::Close | Sym::CloseBracket | Sym::CloseBrace) => -1,
        _ => 0,
    };
    tokens(text).map(|token| count(token.kind)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is handed on when these pieces come one by one, nothing of it being used.
    fn handed_on(pieces: &[&str]) -> Vec<Option<String>> {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for piece in pieces {
            lines.read(&mut piece.as_bytes()).unwrap();
            let ready = lines.ready().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            if ready.is_some() {
                lines.consume(0);
            }
            seen.push(ready);
        }
        seen
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_string())
    }

    #[test]
    fn only_whole_lines_are_handed_on() {
        assert_eq!(handed_on(&["1 + ", "1\n2", "\n"]), [None, some("1 + 1\n"), some("1 + 1\n2\n")]);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(handed_on(&["1 + 1", ""]), [None, some("1 + 1")]);
    }

    #[test]
    fn a_statement_is_looked_at_again_when_its_brackets_are_closed() {
        let pieces = ["f(x) = { # the ( in a comment\n", "y = x\n", "y }\n"];
        let all = pieces.concat();
        assert_eq!(handed_on(&pieces), [some(pieces[0]), None, some(&all)]);
    }

    #[test]
    fn used_lines_are_counted_and_dropped() {
        let mut lines = Lines::default();
        lines.read(&mut "1\n2\n(3\n".as_bytes()).unwrap();
        lines.consume(4);
        assert_eq!((lines.first_line(), lines.bytes.as_slice()), (3, &b"(3\n"[..]));
    }
}
