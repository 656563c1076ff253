//! The parser's hand on the text: current token, brackets, nesting, and the tree that grows.
//!
//! Knows no rule of the language; those stand in the modules that add to [`Parser`].

use std::rc::Rc;

use smallvec::SmallVec;

use super::name::Symbol;
use super::token::{Keyword, Kind, Lexer, Sym, Token};
use super::tree::{Expr, ExprId, Factor, Lambda, Param, Tree, UnaryOp};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// Errors are rare and large: keep them out of the way of results.
pub(super) type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Brackets, prefixes and blocks inside each other.
pub(super) const DEEPEST: u32 = 200;

/// Expressions in one statement: a sum of a million terms fits, a line of 100 MB shall not fill the memory.
const MOST_NODES: usize = 1 << 22;

pub(super) struct Parser<'a> {
    pub source: &'a Rc<Source>,
    text: &'a str,
    pub lexer: Lexer<'a>,
    /// The next token, not yet taken.
    pub token: Token,
    /// Place of the token taken last.
    pub last: Span,
    pub tree: Tree,
    /// Brackets that are open, with their places.
    brackets: SmallVec<[(Sym, Span); 8]>,
    depth: u32,
    /// A line end ends the statement: not inside `( )` and `[ ]`.
    pub newlines: bool,
    /// Inside `| |`, with no bracket opened since.
    pub in_bars: bool,
    /// See [`super::tree::Statement::ambiguous`].
    pub ambiguous: bool,
    /// Parameters between parentheses that still wait for their `->`, under the node that becomes the function.
    pub parameters: Option<(ExprId, Vec<Param>)>,
    /// The function to be found, by the byte at which its body begins, and that function.
    pub wanted: Option<u32>,
    pub found: Option<Rc<Lambda>>,
    /// Work stacks, shared to spare allocations: each rule takes off what it put on.
    pub pending: SmallVec<[Pending; 8]>,
    pub factors: SmallVec<[Factor; 8]>,
}

/// Something that waits for the operand on its right.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pending {
    Prefix(UnaryOp, Span),
    Base(ExprId),
}

/// What an opening bracket changes and its closing one restores.
#[derive(Clone, Copy)]
pub(super) struct Outside {
    newlines: bool,
    in_bars: bool,
}

impl Kind {
    pub(super) fn opens(self) -> bool {
        matches!(self, Kind::Symbol(Sym::Open | Sym::OpenBracket | Sym::OpenBrace))
    }

    pub(super) fn closes(self) -> bool {
        matches!(self, Kind::Symbol(Sym::Close | Sym::CloseBracket | Sym::CloseBrace))
    }
}

impl<'a> Parser<'a> {
    /// Reads `text`, the whole of `source` or a beginning of it, from byte `offset` on.
    pub fn new(source: &'a Rc<Source>, text: &'a str, offset: usize) -> Parser<'a> {
        let mut lexer = Lexer::new(text, offset);
        let token = lexer.next_token();
        // Room for a line as people type it, so that short statements do not grow their tree step by step.
        let rest = &text.as_bytes()[offset.min(text.len())..];
        let line = rest[..rest.len().min(192)].iter().position(|&byte| byte == b'\n');
        let room = (line.unwrap_or(48) / 2).clamp(8, 64);
        let tree = Tree::with_room(source.clone(), room);
        Parser {
            source,
            text,
            lexer,
            token,
            last: Span::new(offset, offset),
            tree,
            brackets: SmallVec::new(),
            depth: 0,
            newlines: true,
            in_bars: false,
            ambiguous: false,
            parameters: None,
            wanted: None,
            found: None,
            pending: SmallVec::new(),
            factors: SmallVec::new(),
        }
    }

    pub fn advance(&mut self) -> Span {
        self.last = self.token.span;
        self.token = self.lexer.next_token();
        self.last
    }

    /// Continues at byte `at`, as if all up to the end of `last` had been taken.
    pub fn go_on(&mut self, last: Span, at: usize) {
        self.lexer = Lexer::new(self.text, at);
        self.token = self.lexer.next_token();
        self.last = Span { start: last.start, end: at as u32 };
    }

    /// The token after the current one.
    pub fn ahead(&self) -> Token {
        self.lexer.clone().next_token()
    }

    /// Whether this token comes after the current one, in the same statement.
    pub fn is_followed_by(&self, symbol: Sym) -> bool {
        let ahead = self.ahead();
        ahead.kind == Kind::Symbol(symbol) && !(ahead.newline && self.newlines)
    }

    pub fn text(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    /// The current token where an operator may stand: there a line end is an end.
    pub fn operator(&self) -> Kind {
        if self.token.newline && self.newlines { Kind::End } else { self.token.kind }
    }

    pub fn is_symbol(&self, symbol: Sym) -> bool {
        matches!(self.token.kind, Kind::Symbol(found) if found == symbol)
    }

    pub fn is_operator(&self, symbol: Sym) -> bool {
        matches!(self.operator(), Kind::Symbol(found) if found == symbol)
    }

    pub fn is_keyword(&self, keyword: Keyword) -> bool {
        matches!(self.operator(), Kind::Keyword(found) if found == keyword)
    }

    /// Takes the token if it is this one.
    pub fn take(&mut self, symbol: Sym) -> bool {
        let found = self.is_operator(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub fn push(&mut self, expr: Expr, span: Span) -> ExprId {
        self.tree.push(expr, span)
    }

    /// A name as the tree keeps it: ASCII where there is an ASCII spelling (π and τ are the bytes here).
    pub fn symbol(&self, span: Span) -> Symbol {
        let text = self.text(span);
        Symbol::new(match text.as_bytes() {
            [0xcf, 0x80] => "pi",
            [0xcf, 0x84] => "tau",
            _ => text,
        })
    }

    pub fn name(&mut self, wanted: &str) -> Parsed<(Symbol, Span)> {
        if self.token.kind != Kind::Name {
            return Err(self.no_name(wanted));
        }
        let span = self.advance();
        Ok((self.symbol(span), span))
    }

    pub fn check_size(&self) -> Parsed<()> {
        if self.tree.exprs.len() < MOST_NODES {
            return Ok(());
        }
        Err(self.error(
            self.token.span,
            "this statement is too long",
            "split it into several, or read the numbers with load",
        ))
    }

    /// Runs a rule one level deeper.
    pub fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.check_depth(self.depth + 1)?;
        self.depth += 1;
        let result = rule(self)?;
        self.depth -= 1;
        Ok(result)
    }

    pub fn check_depth(&self, depth: u32) -> Parsed<()> {
        if depth <= DEEPEST {
            return Ok(());
        }
        Err(self.error(self.token.span, "nested deeper than 200 levels", "give parts of it names of their own"))
    }

    /// Takes an opening bracket; inside, line ends count only if it is a brace.
    pub fn open(&mut self) -> Parsed<Outside> {
        let Kind::Symbol(bracket) = self.token.kind else { return Err(self.missing_operand()) };
        self.check_depth(self.depth + 1)?;
        self.depth += 1;
        let outside = Outside { newlines: self.newlines, in_bars: self.in_bars };
        self.brackets.push((bracket, self.token.span));
        self.newlines = bracket == Sym::OpenBrace;
        self.in_bars = false;
        self.advance();
        Ok(outside)
    }

    /// Takes the closing bracket, or says that something else stands there.
    pub fn close(&mut self, outside: Outside) -> Parsed<()> {
        if Some(self.token.kind) != self.innermost().map(|(bracket, _)| Kind::Symbol(closing(bracket))) {
            return Err(self.unexpected());
        }
        self.brackets.pop();
        self.depth -= 1;
        self.newlines = outside.newlines;
        self.in_bars = outside.in_bars;
        self.advance();
        Ok(())
    }

    pub fn innermost(&self) -> Option<(Sym, Span)> {
        self.brackets.last().copied()
    }
}

pub(super) fn closing(bracket: Sym) -> Sym {
    match bracket {
        Sym::Open => Sym::Close,
        Sym::OpenBracket => Sym::CloseBracket,
        _ => Sym::CloseBrace,
    }
}
