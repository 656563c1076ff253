//! Places in the text a person typed.

use std::rc::Rc;

/// A stretch of bytes `start..end` of one [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A piece of input: what was typed, under which name, and the line of the file at which it begins.
#[derive(Debug)]
pub struct Source {
    /// File name, or empty for the prompt, a pipe and `-e`.
    pub name: String,
    pub text: String,
    /// Number of the first line of `text` in its file, from 1.
    pub first_line: usize,
}

impl Source {
    pub fn new(name: &str, text: impl Into<String>, first_line: usize) -> Rc<Source> {
        Rc::new(Source { name: name.to_string(), text: text.into(), first_line })
    }

    /// Line (of the file) and column (in characters), both from 1, of a byte offset.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.first_line + before.bytes().filter(|&b| b == b'\n').count();
        (line, before[line_start..].chars().count() + 1)
    }

    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}
