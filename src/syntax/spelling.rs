//! How reserved words, operators and punctuation are spelled, in ASCII and in Unicode.

use super::token::{Keyword, Kind, Problem, Sym};

pub(super) fn keyword(word: &str) -> Option<Kind> {
    let keyword = match word.as_bytes() {
        b"at" => Keyword::At,
        b"in" => Keyword::In,
        b"if" => Keyword::If,
        b"wrt" => Keyword::Wrt,
        b"for" => Keyword::For,
        b"else" => Keyword::Else,
        b"true" => Keyword::True,
        b"false" => Keyword::False,
        b"while" => Keyword::While,
        b"order" => Keyword::Order,
        b"const" => Keyword::Const,
        b"break" => Keyword::Break,
        b"continue" => Keyword::Continue,
        b"return" => Keyword::Return,
        b"or" => return Some(Kind::Symbol(Sym::Or)),
        b"and" => return Some(Kind::Symbol(Sym::And)),
        b"not" => return Some(Kind::Symbol(Sym::Not)),
        b"where" => return Some(Kind::Symbol(Sym::Where)),
        _ => return None,
    };
    Some(Kind::Keyword(keyword))
}

pub(super) fn symbol(text: &str, spellings: &[(&'static str, Kind)]) -> (Kind, usize) {
    for &(spelling, kind) in spellings {
        if text.starts_with(spelling) {
            // The blank in `<- ` only tells the arrow from `x <-3`.
            return (kind, spelling.trim_end().len());
        }
    }
    let c = text.chars().next().unwrap_or('\0');
    (Kind::Bad(Problem::Character(c)), c.len_utf8())
}

/// Characters that are a token whatever follows.
pub(super) fn single(character: u8) -> Option<Sym> {
    Some(match character {
        b'(' => Sym::Open,
        b')' => Sym::Close,
        b'[' => Sym::OpenBracket,
        b']' => Sym::CloseBracket,
        b'{' => Sym::OpenBrace,
        b'}' => Sym::CloseBrace,
        b',' => Sym::Comma,
        b';' => Sym::Semicolon,
        b'?' => Sym::Question,
        b'^' => Sym::Caret,
        b'%' => Sym::Percent,
        b'@' => Sym::MatMul,
        b'\'' => Sym::Prime,
        _ => return None,
    })
}

/// Whether a character may be the second one of a spelling.
pub(super) fn continues(character: u8) -> bool {
    matches!(character, b'=' | b'-' | b'>' | b'<' | b'*' | b'/' | b'.' | b'^' | b'|' | b'&')
}

/// Spellings that begin with a character, longest first.
pub(super) fn ascii_spellings(first: u8) -> &'static [(&'static str, Kind)] {
    use Kind::{Foreign, Symbol};
    match first {
        b'+' => &[("+=", Symbol(Sym::PlusAssign)), ("+-", Symbol(Sym::PlusMinus)), ("+", Symbol(Sym::Plus))],
        b'-' => &[("->", Symbol(Sym::Arrow)), ("-=", Symbol(Sym::MinusAssign)), ("-", Symbol(Sym::Minus))],
        b'*' => &[("**", Symbol(Sym::Caret)), ("*=", Symbol(Sym::StarAssign)), ("*", Symbol(Sym::Star))],
        b'/' => &[("//", Foreign), ("/*", Foreign), ("/=", Symbol(Sym::SlashAssign)), ("/", Symbol(Sym::Slash))],
        b'<' => &[("<=", Symbol(Sym::LessEqual)), ("<- ", Foreign), ("<>", Foreign), ("<", Symbol(Sym::Less))],
        b'>' => &[(">=", Symbol(Sym::GreaterEqual)), (">", Symbol(Sym::Greater))],
        b'=' => &[
            ("===", Foreign),
            ("==", Symbol(Sym::EqualEqual)),
            ("=>", Foreign),
            ("=<", Foreign),
            ("=", Symbol(Sym::Assign)),
        ],
        b'!' => &[("!==", Foreign), ("!=", Symbol(Sym::NotEqual)), ("!", Symbol(Sym::Bang))],
        b'.' => &[
            ("..=", Symbol(Sym::DotDotEqual)),
            ("..", Symbol(Sym::DotDot)),
            (".*", Foreign),
            ("./", Foreign),
            (".^", Foreign),
            (".", Symbol(Sym::Dot)),
        ],
        b'|' => &[("||", Foreign), ("|", Symbol(Sym::Bar))],
        b'&' => &[("&&", Foreign), ("&", Foreign)],
        b'~' => &[("~=", Foreign), ("~", Foreign)],
        b':' => &[(":=", Foreign), (":", Symbol(Sym::Colon))],
        _ => &[],
    }
}

pub(super) const UNICODE_SPELLINGS: &[(&str, Kind)] = &[
    ("·", Kind::Symbol(Sym::Middot)),
    ("⋅", Kind::Symbol(Sym::Middot)),
    ("×", Kind::Symbol(Sym::Times)),
    ("÷", Kind::Symbol(Sym::Slash)),
    ("−", Kind::Symbol(Sym::Minus)),
    ("±", Kind::Symbol(Sym::PlusMinus)),
    ("≤", Kind::Symbol(Sym::LessEqual)),
    ("≥", Kind::Symbol(Sym::GreaterEqual)),
    ("≠", Kind::Symbol(Sym::NotEqual)),
    ("→", Kind::Symbol(Sym::Arrow)),
    ("√", Kind::Symbol(Sym::Sqrt)),
    ("∇", Kind::Symbol(Sym::Nabla)),
    ("∂", Kind::Symbol(Sym::Partial)),
    ("∑", Kind::Symbol(Sym::Sum)),
    ("∏", Kind::Symbol(Sym::Prod)),
    ("∞", Kind::Symbol(Sym::Infinity)),
    ("ᵀ", Kind::Symbol(Sym::Transpose)),
    ("′", Kind::Symbol(Sym::Prime)),
    ("’", Kind::Symbol(Sym::Prime)),
];
