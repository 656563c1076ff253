//! Tokens: what the characters of a line are, before anybody asks what they mean together.
//!
//! A token knows its place and whether a blank or a line end stood before it; blanks and comments are no tokens.
//! Knows nothing of precedence and interns no names, so that a highlighter may run over half-typed text freely.

use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::{char, not_line_ending, one_of};
use nom::combinator::{opt, recognize};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::number::{self, NumberProblem};
use super::spelling::{UNICODE_SPELLINGS, ascii_spellings, continues, keyword, single, symbol};
use crate::source::Span;

/// A token with its place in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
    /// White space, a comment or a line end stands before it.
    pub blank: bool,
    /// A line end stands before it.
    pub newline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// The text is over.
    End,
    Number(f64),
    /// The name itself is the text under the span.
    Name,
    Keyword(Keyword),
    /// `"…"`; see [`unescape`] for what it says.
    Text,
    /// `²`, `⁻¹`
    Superscript(i32),
    /// `⁽³⁾`, as in `f⁽³⁾(x)`
    RaisedOrder(u32),
    Symbol(Sym),
    /// A spelling of other languages that deserves an answer of its own: `&&`, `:=`.
    Foreign,
    Bad(Problem),
}

/// Why some characters are no token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Problem {
    Character(char),
    Number(NumberProblem),
    UnclosedText,
    LongName,
    LongExponent,
}

/// Reserved words, except those that are operators ([`Sym::And`] and its like).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    At,
    Wrt,
    Order,
    In,
    For,
    While,
    If,
    Else,
    True,
    False,
    Const,
    Break,
    Continue,
    Return,
}

/// Operators and punctuation, whichever way they are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Sym {
    Plus,
    Minus,
    Star,
    Middot,
    Times,
    Slash,
    Percent,
    MatMul,
    Caret,
    PlusMinus,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    EqualEqual,
    NotEqual,
    DotDot,
    DotDotEqual,
    Arrow,
    And,
    Or,
    Not,
    Where,
    Sqrt,
    Nabla,
    Partial,
    Sum,
    Prod,
    Infinity,
    Transpose,
    Prime,
    Bang,
    Bar,
    Assign,
    PlusAssign,
    MinusAssign,
    StarAssign,
    SlashAssign,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Semicolon,
    Colon,
    Dot,
    Question,
}

impl Sym {
    pub(super) const COUNT: usize = Sym::Question as usize + 1;
}

/// A longer name is a mistake, and would be kept for the rest of the session.
const LONGEST_NAME: usize = 1000;

/// Reads tokens one after the other; a copy of it looks ahead.
#[derive(Debug, Clone, Copy)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// All tokens of a text. Comments lie between them.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut lexer = Lexer::new(text, 0);
    std::iter::from_fn(move || Some(lexer.next_token()).filter(|token| token.kind != Kind::End))
}

impl<'a> Lexer<'a> {
    /// Starts at byte `at` of `text`, or at its end if `at` is no place between two characters.
    pub fn new(text: &'a str, at: usize) -> Lexer<'a> {
        Lexer { text, at: if text.is_char_boundary(at) { at } else { text.len() } }
    }

    pub fn next_token(&mut self) -> Token {
        let before = &self.text[self.at..];
        let (rest, gap) = gap(before);
        let start = self.text.len() - rest.len();
        let (kind, len) = if rest.is_empty() { (Kind::End, 0) } else { token(rest) };
        self.at = start + len;
        Token { kind, span: Span::new(start, self.at), blank: gap != Gap::None, newline: gap == Gap::Line }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn whole(&self) -> &'a str {
        self.text
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Gap {
    None,
    Blank,
    Line,
}

fn gap(text: &str) -> (&str, Gap) {
    // Nearly every token begins with a visible ASCII character, perhaps behind one blank: no parser for that.
    let visible = |byte: u8| byte > b' ' && byte != b'#' && byte < 0x80;
    match *text.as_bytes() {
        [] => return (text, Gap::None),
        [first, ..] if visible(first) => return (text, Gap::None),
        [b' ', second, ..] if visible(second) => return (&text[1..], Gap::Blank),
        _ => {}
    }
    let mut rest = text;
    let mut found = Gap::None;
    loop {
        let after = blanks(rest);
        if after.len() < rest.len() && found == Gap::None {
            found = Gap::Blank;
        }
        rest = match after.as_bytes().first() {
            Some(b'\n') => {
                found = Gap::Line;
                &after[1..]
            }
            Some(b'#') => {
                found = if found == Gap::None { Gap::Blank } else { found };
                comment(after)
            }
            _ => return (after, found),
        };
    }
}

fn blanks(text: &str) -> &str {
    let skipped: IResult<&str, &str> = take_while(is_blank)(text);
    skipped.map_or(text, |(rest, _)| rest)
}

fn comment(text: &str) -> &str {
    let skipped: IResult<&str, &str> = preceded(char('#'), not_line_ending).parse(text);
    // A lone carriage return is no line end to us, but it is to nom: go on behind it as in a blank.
    skipped.map_or_else(|_| text.find('\n').map_or("", |at| &text[at..]), |(rest, _)| rest)
}

/// White space within a line, as editors and web pages produce it; the byte order mark is harmless, too.
fn is_blank(c: char) -> bool {
    match c {
        ' ' | '\t' | '\r' => true,
        '\n' => false,
        c if c.is_ascii() => c == '\u{b}' || c == '\u{c}',
        c => c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}'),
    }
}

/// Kind and length of the token that begins a non-empty text.
fn token(text: &str) -> (Kind, usize) {
    let bytes = text.as_bytes();
    match bytes[0] {
        b'0'..=b'9' => number::token(text),
        b'.' if bytes.get(1).is_some_and(u8::is_ascii_digit) => number::token(text),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => word(text),
        b'"' => quoted(text),
        0..0x80 => match single(bytes[0]) {
            Some(symbol) => (Kind::Symbol(symbol), 1),
            None => {
                let spellings = ascii_spellings(bytes[0]);
                match spellings.last() {
                    Some((_, kind)) if !bytes.get(1).is_some_and(|&next| continues(next)) => (*kind, 1),
                    _ => symbol(text, spellings),
                }
            }
        },
        _ => foreign_letter(text),
    }
}

fn foreign_letter(text: &str) -> (Kind, usize) {
    if let Ok((rest, exponent)) = superscript(text) {
        return (exponent.map_or(Kind::Bad(Problem::LongExponent), Kind::Superscript), text.len() - rest.len());
    }
    if let Ok((rest, order)) = raised_order(text) {
        return (order.map_or(Kind::Bad(Problem::LongExponent), Kind::RaisedOrder), text.len() - rest.len());
    }
    if text.starts_with(starts_name) {
        return word(text);
    }
    symbol(text, UNICODE_SPELLINGS)
}

fn word(text: &str) -> (Kind, usize) {
    // Names are ASCII mostly; only a letter of another script behind them asks for the full rule.
    let len = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if (1..=LONGEST_NAME).contains(&len) && text.as_bytes().get(len).is_none_or(u8::is_ascii) {
        return (keyword(&text[..len]).unwrap_or(Kind::Name), len);
    }
    let beginning = &text[..text.floor_char_boundary(text.len().min(2 * LONGEST_NAME))];
    let Ok((rest, name)) = name(beginning) else { return (Kind::Bad(Problem::LongName), beginning.len()) };
    let len = beginning.len() - rest.len();
    if len > LONGEST_NAME {
        return (Kind::Bad(Problem::LongName), len);
    }
    (keyword(name).unwrap_or(Kind::Name), len)
}

/// A name: letters, then letters, digits, `_`, subscripts and combining marks.
pub(super) fn name(text: &str) -> IResult<&str, &str> {
    recognize((take_while1(starts_name), take_while(continues_name))).parse(text)
}

pub(super) fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic() && !is_raised(c))
}

pub(super) fn continues_name(c: char) -> bool {
    c.is_ascii_digit() || starts_name(c) || matches!(c, '₀'..='₉' | '\u{300}'..='\u{36f}')
}

/// Raised letters are exponents or marks (`ᵀ`), though Unicode counts them as letters.
fn is_raised(c: char) -> bool {
    matches!(c, 'ª' | 'º' | 'ⁿ' | 'ⁱ' | '\u{2b0}'..='\u{2b8}' | '\u{1d2c}'..='\u{1d61}')
}

/// A raised integer and its value, `None` if it has too many digits.
pub(super) fn superscript(text: &str) -> IResult<&str, Option<i32>> {
    let raised = recognize((opt(one_of("⁻⁺")), one_of("⁰¹²³⁴⁵⁶⁷⁸⁹"), many0_count(one_of("⁰¹²³⁴⁵⁶⁷⁸⁹"))));
    raised.map(|raised: &str| raised.chars().map(lowered).collect::<String>().parse().ok()).parse(text)
}

/// `⁽³⁾`: the order of a derivative.
fn raised_order(text: &str) -> IResult<&str, Option<u32>> {
    let raised = delimited(char('⁽'), superscript, char('⁾'));
    raised.map(|order| order.and_then(|order| order.try_into().ok())).parse(text)
}

fn lowered(c: char) -> char {
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    match (c, RAISED.chars().position(|raised| raised == c)) {
        ('⁻', _) => '-',
        (_, Some(digit)) => char::from(b'0' + digit as u8),
        _ => '+',
    }
}

fn quoted(text: &str) -> (Kind, usize) {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return (Kind::Bad(Problem::UnclosedText), at),
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (Kind::Text, at + 1),
            _ => {}
        }
    }
    (Kind::Bad(Problem::UnclosedText), text.len())
}

/// What a quoted text says; `Err` holds the place of an unknown escape, in bytes from the opening quote.
pub(super) fn unescape(quoted: &str) -> Result<String, usize> {
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or("");
    let mut said = String::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            said.push(c);
            continue;
        }
        said.push(match chars.next().map(|(_, c)| c) {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('0') => '\0',
            Some(same @ ('\\' | '"' | '\'')) => same,
            _ => return Err(at + 1),
        });
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::OPERATORS;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).map(|token| token.kind).collect()
    }

    #[test]
    fn every_spelling_of_the_operator_table_is_one_token() {
        for operator in OPERATORS.iter().filter(|operator| operator.symbol.is_some()) {
            for spelling in operator.spellings {
                let found = kinds(spelling);
                assert_eq!(found, [Kind::Symbol(operator.symbol.unwrap_or(Sym::Dot))], "{spelling}");
            }
        }
    }

    #[test]
    fn tokens_know_whether_a_blank_or_a_line_end_stood_before() {
        let seen: Vec<(bool, bool)> = tokens("a b\u{a0}c # d\n e").map(|token| (token.blank, token.newline)).collect();
        assert_eq!(seen, [(false, false), (true, false), (true, false), (true, true)]);
    }

    #[test]
    fn names_may_hold_letters_of_any_script_and_subscripts() {
        for name in ["x₁", "α", "θ_max", "größe", "x̂", "_", "名前"] {
            assert_eq!(kinds(name), [Kind::Name], "{name}");
        }
    }

    #[test]
    fn raised_digits_are_exponents_not_names() {
        assert_eq!(kinds("x²"), [Kind::Name, Kind::Superscript(2)]);
        assert_eq!(kinds("x⁻¹²"), [Kind::Name, Kind::Superscript(-12)]);
        assert_eq!(kinds("Aᵀ"), [Kind::Name, Kind::Symbol(Sym::Transpose)]);
    }

    #[test]
    fn a_dot_between_digits_and_dots_belongs_to_whom_it_should() {
        assert_eq!(kinds("1..5"), [Kind::Number(1.0), Kind::Symbol(Sym::DotDot), Kind::Number(5.0)]);
        assert_eq!(kinds("2."), [Kind::Number(2.0)]);
        assert_eq!(kinds("r.x"), [Kind::Name, Kind::Symbol(Sym::Dot), Kind::Name]);
    }

    #[test]
    fn quoted_text_keeps_its_escapes_until_asked() {
        assert_eq!(kinds(r#""a\"b" x"#), [Kind::Text, Kind::Name]);
        assert_eq!(unescape(r#""a\"b\n""#), Ok("a\"b\n".to_string()));
        assert_eq!(unescape(r#""a\q""#), Err(2));
        assert_eq!(kinds("\"a"), [Kind::Bad(Problem::UnclosedText)]);
    }
}
