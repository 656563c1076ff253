//! The one table of operators: how they are spelled, how tightly they bind, what they mean.
//!
//! The parser takes binding powers from it, the printer its parentheses, the help its page on precedence.

use super::token::Sym;
use super::tree::{BinaryOp, CompareOp, UnaryOp};

pub const POSTFIX: u8 = 1;
pub const POWER: u8 = 2;
pub const SIGN: u8 = 3;
pub const JUXTAPOSITION: u8 = 4;
pub const PRODUCT: u8 = 5;
pub const DERIVATIVE: u8 = 6;
pub const SUM: u8 = 7;
pub const UNCERTAINTY: u8 = 8;
pub const RANGE: u8 = 9;
pub const COMPARISON: u8 = 10;
pub const NOT: u8 = 11;
pub const AND: u8 = 12;
pub const OR: u8 = 13;
pub const LAMBDA: u8 = 14;
/// The loosest level: an expression as long as can be.
pub const WHERE: u8 = 15;

/// A row of the table.
#[derive(Debug)]
pub struct Operator {
    /// The spelling that is printed comes first.
    pub spellings: &'static [&'static str],
    /// 1 binds tightest.
    pub level: u8,
    pub position: Position,
    pub associativity: Associativity,
    /// What it does, with an example.
    pub doc: &'static str,
    /// Its token, if it is one.
    pub symbol: Option<Sym>,
    pub(super) meaning: Meaning,
}

/// Where the operands stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Prefix,
    Infix,
    Postfix,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Associativity {
    Left,
    Right,
    /// As in mathematics: `a < b < c` compares neighbours.
    Chain,
    /// Only one at a time.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Unary(UnaryOp),
    Binary(BinaryOp),
    Compare(CompareOp),
    Range {
        inclusive: bool,
    },
    Lambda,
    Where,
    /// Read by a rule of its own.
    Form,
}

const fn infix(
    spellings: &'static [&'static str],
    level: u8,
    symbol: Sym,
    meaning: Meaning,
    doc: &'static str,
) -> Operator {
    let associativity = match meaning {
        Meaning::Binary(BinaryOp::Pow) | Meaning::Lambda => Associativity::Right,
        Meaning::Compare(_) => Associativity::Chain,
        Meaning::Range { .. } => Associativity::None,
        _ => Associativity::Left,
    };
    Operator { spellings, level, position: Position::Infix, associativity, doc, symbol: Some(symbol), meaning }
}

const fn prefix(
    spellings: &'static [&'static str],
    level: u8,
    symbol: Option<Sym>,
    meaning: Meaning,
    doc: &'static str,
) -> Operator {
    let (position, associativity) = (Position::Prefix, Associativity::Right);
    Operator { spellings, level, position, associativity, doc, symbol, meaning }
}

const fn postfix(spellings: &'static [&'static str], symbol: Option<Sym>, doc: &'static str) -> Operator {
    let (position, associativity) = (Position::Postfix, Associativity::Left);
    Operator { spellings, level: POSTFIX, position, associativity, doc, symbol, meaning: Meaning::Form }
}

/// All operators, tightest first.
pub static OPERATORS: &[Operator] = &TABLE;

const TABLE: [Operator; 41] = [
    postfix(&["f(…)"], None, "call: `f(2)`, `energy(3, m = 2)`"),
    postfix(&["a[…]"], None, "index or slice: `a[0]`, `A[1, :]`"),
    postfix(&["."], Some(Sym::Dot), "field of a record: `r.value`"),
    postfix(
        &["'", "′"],
        Some(Sym::Prime),
        "derivative of a function: `f'(2)`, `f''`; `A'` of a matrix is its transpose",
    ),
    postfix(&["!"], Some(Sym::Bang), "factorial: `5!` is 120"),
    postfix(&["²", "³", "⁻¹"], None, "power: `x²` is `x^2`"),
    postfix(&["ᵀ"], Some(Sym::Transpose), "transpose: `Aᵀ`, also `A^T`, `A.T`"),
    infix(&["^", "**"], POWER, Sym::Caret, Meaning::Binary(BinaryOp::Pow), "power: `2^3^2` is `2^(3^2)`, `2^-1`"),
    prefix(&["-", "−"], SIGN, Some(Sym::Minus), Meaning::Unary(UnaryOp::Neg), "negative: `-2^2` is `-(2^2)`"),
    prefix(&["+"], SIGN, Some(Sym::Plus), Meaning::Unary(UnaryOp::Plus), "no change: `+2`"),
    prefix(&["√"], SIGN, Some(Sym::Sqrt), Meaning::Unary(UnaryOp::Sqrt), "square root: `√16x` is `(√16) x`"),
    Operator {
        spellings: &["a b"],
        level: JUXTAPOSITION,
        position: Position::Infix,
        associativity: Associativity::Left,
        doc: "product by standing side by side: `2x`, `2x/3`; not after `/`: write `1/(2x)` or `(1/2) x`",
        symbol: None,
        meaning: Meaning::Form,
    },
    infix(&["*"], PRODUCT, Sym::Star, Meaning::Binary(BinaryOp::Mul), "product, element by element"),
    infix(&["·", "⋅"], PRODUCT, Sym::Middot, Meaning::Binary(BinaryOp::Dot), "product; of two vectors the dot product"),
    infix(&["×"], PRODUCT, Sym::Times, Meaning::Binary(BinaryOp::Cross), "product; of two vectors the cross product"),
    infix(&["/", "÷"], PRODUCT, Sym::Slash, Meaning::Binary(BinaryOp::Div), "quotient"),
    infix(&["%"], PRODUCT, Sym::Percent, Meaning::Binary(BinaryOp::Mod), "remainder: `7 % 4` is 3"),
    infix(&["@"], PRODUCT, Sym::MatMul, Meaning::Binary(BinaryOp::MatMul), "matrix product: `A @ v`"),
    prefix(&["d/dx", "d²/dx²", "d^2/dx^2"], DERIVATIVE, None, Meaning::Form, "derivative of the product that follows"),
    prefix(&["∂/∂x", "∂²/∂x∂y", "∂^2/∂x∂y"], DERIVATIVE, None, Meaning::Form, "partial derivative of what follows"),
    prefix(&["∇"], DERIVATIVE, Some(Sym::Nabla), Meaning::Form, "gradient of the function that follows: `∇f(2, 3)`"),
    infix(&["+"], SUM, Sym::Plus, Meaning::Binary(BinaryOp::Add), "sum"),
    infix(&["-", "−"], SUM, Sym::Minus, Meaning::Binary(BinaryOp::Sub), "difference"),
    infix(&["±", "+-"], UNCERTAINTY, Sym::PlusMinus, Meaning::Binary(BinaryOp::PlusMinus), "uncertainty: `2 ± 0.1`"),
    infix(&[".."], RANGE, Sym::DotDot, Meaning::Range { inclusive: false }, "integers without the end: `0..3`"),
    infix(&["..="], RANGE, Sym::DotDotEqual, Meaning::Range { inclusive: true }, "integers with the end: `0..=3`"),
    infix(&["<"], COMPARISON, Sym::Less, Meaning::Compare(CompareOp::Less), "less: `0 < x <= 1`"),
    infix(&["<=", "≤"], COMPARISON, Sym::LessEqual, Meaning::Compare(CompareOp::LessEqual), "less or equal"),
    infix(&[">"], COMPARISON, Sym::Greater, Meaning::Compare(CompareOp::Greater), "greater"),
    infix(&[">=", "≥"], COMPARISON, Sym::GreaterEqual, Meaning::Compare(CompareOp::GreaterEqual), "greater or equal"),
    infix(&["=="], COMPARISON, Sym::EqualEqual, Meaning::Compare(CompareOp::Equal), "equal; `=` assigns"),
    infix(&["!=", "≠"], COMPARISON, Sym::NotEqual, Meaning::Compare(CompareOp::NotEqual), "not equal"),
    prefix(&["not"], NOT, Some(Sym::Not), Meaning::Unary(UnaryOp::Not), "`not a == b` is `not (a == b)`"),
    infix(&["and"], AND, Sym::And, Meaning::Binary(BinaryOp::And), "both"),
    infix(&["or"], OR, Sym::Or, Meaning::Binary(BinaryOp::Or), "at least one"),
    infix(&["->", "→"], LAMBDA, Sym::Arrow, Meaning::Lambda, "function without a name: `x -> x^2`, `(x, y) -> x y`"),
    infix(&["where"], WHERE, Sym::Where, Meaning::Where, "names for parts: `u + 1/u where u = x^2`"),
    // Read by the statement rules; listed so that the table is whole.
    infix(&["="], WHERE + 1, Sym::Assign, Meaning::Form, "assigns or defines: `x = 2`, `f(x) = x^2`"),
    infix(&["+="], WHERE + 1, Sym::PlusAssign, Meaning::Form, "`s += x` is `s = s + x`; so `-=`, `*=`, `/=`"),
    Operator {
        spellings: &["at"],
        level: WHERE + 2,
        position: Position::Infix,
        associativity: Associativity::None,
        doc: "value and partial derivatives at a point: `x^2 at x = 3`",
        symbol: None,
        meaning: Meaning::Form,
    },
    Operator {
        spellings: &["wrt", "order"],
        level: WHERE + 2,
        position: Position::Postfix,
        associativity: Associativity::None,
        doc: "which derivatives: `x^2 y at x = 3, y = 1 wrt x order 2`",
        symbol: None,
        meaning: Meaning::Form,
    },
];

const NO_ROW: u8 = u8::MAX;

/// For each token the row in which it stands between two operands.
const INFIX_ROWS: [u8; Sym::COUNT] = {
    let mut rows = [NO_ROW; Sym::COUNT];
    let mut row = 0;
    while row < TABLE.len() {
        if let (Position::Infix, Some(symbol)) = (TABLE[row].position, TABLE[row].symbol) {
            rows[symbol as usize] = row as u8;
        }
        row += 1;
    }
    rows
};

/// The operator that a token is between two operands.
pub(super) fn infix_operator(symbol: Sym) -> Option<&'static Operator> {
    OPERATORS.get(INFIX_ROWS[symbol as usize] as usize)
}

/// For each operation of two operands its row.
const BINARY_ROWS: [u8; BinaryOp::Or as usize + 1] = {
    let mut rows = [NO_ROW; BinaryOp::Or as usize + 1];
    let mut row = 0;
    while row < TABLE.len() {
        if let Meaning::Binary(op) = TABLE[row].meaning {
            rows[op as usize] = row as u8;
        }
        row += 1;
    }
    rows
};

pub(super) fn binary_operator(op: BinaryOp) -> &'static Operator {
    &OPERATORS[BINARY_ROWS[op as usize] as usize]
}

pub(super) fn compare_operator(op: CompareOp) -> &'static Operator {
    row_of(Meaning::Compare(op))
}

pub(super) fn unary_operator(op: UnaryOp) -> &'static Operator {
    row_of(Meaning::Unary(op))
}

fn row_of(meaning: Meaning) -> &'static Operator {
    OPERATORS.iter().find(|operator| operator.meaning == meaning).expect("every operation of the tree has a row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_from_tight_to_loose() {
        assert!(OPERATORS.is_sorted_by_key(|operator| operator.level));
    }

    #[test]
    fn every_row_explains_itself() {
        assert!(OPERATORS.iter().all(|operator| !operator.doc.is_empty() && !operator.spellings.is_empty()));
    }
}
