//! Factors side by side as text.
//!
//! The normal form writes them as they stood. The explicit form resolves what depends on names: `sin 2x` as `sin(2x)`.
//! Where standing side by side would be read as something else, both write `*`.

use super::super::operators::{POSTFIX, PRODUCT, SIGN, WHERE};
use super::super::tree::{BinaryOp, Expr, ExprId, Factor, UnaryOp};
use super::expression::Printer;
use super::operand::is_callable;

/// A factor, or a function with what it is applied to.
#[derive(Clone, Copy)]
enum Piece<'f> {
    Factor(Factor),
    Applied { function: Factor, to: &'f [Factor] },
}

impl Piece<'_> {
    fn blank(&self) -> bool {
        match self {
            Piece::Factor(factor) => factor.blank,
            Piece::Applied { function, .. } => function.blank,
        }
    }
}

impl Printer<'_> {
    /// Whether the factors read back as these factors when they stand side by side.
    pub fn is_juxtaposed(&self, factors: &[Factor]) -> bool {
        let pieces = self.pieces(factors);
        let leads = |piece: &Piece| match piece {
            Piece::Factor(factor) => self.fits(factor.expr),
            Piece::Applied { .. } => true,
        };
        pieces.iter().all(leads) && pieces.windows(2).all(|pair| self.fit_together(pair[0], pair[1]))
    }

    /// Not only one function with its argument.
    pub fn has_several_pieces(&self, factors: &[Factor]) -> bool {
        self.pieces(factors).len() > 1
    }

    pub fn product(&mut self, factors: &[Factor]) {
        let stars = !self.is_juxtaposed(factors);
        for (index, piece) in self.pieces(factors).into_iter().enumerate() {
            let start = self.out.len();
            if stars {
                self.write(if index > 0 { "*" } else { "" });
                self.piece(piece, if index > 0 { PRODUCT - 1 } else { PRODUCT });
                continue;
            }
            self.piece(piece, SIGN);
            let parenthesis =
                index > 0 && self.out[start..].starts_with('(') && self.takes_arguments(factors[index - 1].expr);
            if index > 0 && (piece.blank() || parenthesis || needs_blank(&self.out[..start], &self.out[start..])) {
                self.out.insert(start, ' ');
            }
        }
    }

    fn piece(&mut self, piece: Piece, limit: u8) {
        match piece {
            Piece::Factor(factor) => self.expr(factor.expr, limit),
            Piece::Applied { function, to } => self.application(function.expr, to),
        }
    }

    /// `sin 2x` as `sin(2x)`, `sin² x` as `sin(x)^2`.
    fn application(&mut self, function: ExprId, to: &[Factor]) {
        let (name, exponent) = match self.tree.expr(function) {
            Expr::Binary(BinaryOp::Pow, name, exponent) => (*name, Some(*exponent)),
            _ => (function, None),
        };
        self.expr(name, POSTFIX);
        match to {
            [only] if matches!(self.tree.expr(only.expr), Expr::Paren(_)) => self.expr(only.expr, POSTFIX),
            [only] => self.bracketed("(", ")", |printer| printer.expr(only.expr, WHERE)),
            _ => self.bracketed("(", ")", |printer| printer.product(to)),
        }
        if let Some(exponent) = exponent {
            self.write("^");
            self.expr(exponent, SIGN);
        }
    }

    /// In the normal form the factors themselves; in the explicit form functions take what follows a blank.
    fn pieces<'f>(&self, factors: &'f [Factor]) -> Vec<Piece<'f>> {
        let mut pieces = Vec::with_capacity(factors.len());
        let mut rest = factors;
        while let [first, after @ ..] = rest {
            let taken = self.applied_to(*first, after);
            if taken == 0 {
                pieces.push(Piece::Factor(*first));
            } else {
                pieces.push(Piece::Applied { function: *first, to: &after[..taken] });
            }
            rest = &after[taken..];
        }
        pieces
    }

    /// How many of the factors `after` a function takes: an unbroken group behind a blank.
    fn applied_to(&self, factor: Factor, after: &[Factor]) -> usize {
        let Some(is_function) = self.is_function else { return 0 };
        let (head, raised) = match self.tree.expr(factor.expr) {
            Expr::Binary(BinaryOp::Pow, base, _) => (*base, true),
            _ => (factor.expr, false),
        };
        let Expr::Name(name) = *self.tree.expr(head) else { return 0 };
        match after {
            [next, ..] if !is_function(name) || !next.blank && !raised => 0,
            // `sin²(x) y`: the parenthesis alone holds the argument.
            [next, ..] if raised && matches!(self.tree.expr(next.expr), Expr::Paren(_)) => 1,
            [next, ..] if !next.blank => 0,
            [_, more @ ..] => 1 + more.iter().take_while(|factor| !factor.blank).count(),
            [] => 0,
        }
    }

    /// Whether an expression can be a factor without parentheses.
    fn fits(&self, id: ExprId) -> bool {
        let is_other = matches!(
            self.tree.expr(id),
            Expr::Text(_) | Expr::Bool(_) | Expr::Block(_) | Expr::If { .. } | Expr::NoGrad(_)
        );
        !is_other && self.level(id) <= SIGN
    }

    fn fit_together(&self, left: Piece, right: Piece) -> bool {
        let first = match right {
            Piece::Factor(factor) => self.leftmost(factor.expr),
            Piece::Applied { .. } => return !self.is_root(left),
        };
        let left_expr = match left {
            Piece::Factor(factor) => factor.expr,
            Piece::Applied { .. } => return matches!(first, Expr::Name(_)),
        };
        if self.is_root(left) {
            return false;
        }
        match first {
            Expr::Name(_) | Expr::Nabla(_) | Expr::Unary(UnaryOp::Sqrt, _) => true,
            // behind a name it was decided to be a factor, and is decided again where it is read
            Expr::Paren(_) => true,
            Expr::Number(_) => right.blank() && matches!(self.tree.expr(left_expr), Expr::Name(_)),
            Expr::Array(_) | Expr::Matrix(_) | Expr::Comprehension { .. } => self.is_number(left_expr),
            Expr::Abs(_) => self.is_number(left_expr) && !self.in_bars,
            _ => false,
        }
    }

    /// In the explicit form a root ends where it was understood to end.
    fn is_root(&self, piece: Piece) -> bool {
        let Piece::Factor(factor) = piece else { return false };
        self.is_function.is_some() && matches!(self.tree.expr(factor.expr), Expr::Unary(UnaryOp::Sqrt, _))
    }

    fn is_number(&self, id: ExprId) -> bool {
        matches!(self.tree.expr(id), Expr::Number(_))
    }

    /// The operand with which the text of a factor begins; a sum stands for any that begins with a parenthesis.
    fn leftmost(&self, mut id: ExprId) -> &Expr {
        loop {
            id = match self.tree.expr(id) {
                Expr::Binary(BinaryOp::Pow, base, _) => match self.tree.expr(*base) {
                    Expr::Binary(BinaryOp::Pow, inner, _) if self.raised_exponent(*base).is_some() => *inner,
                    _ if self.level(*base) > POSTFIX => return self.tree.expr(*base),
                    _ => *base,
                },
                Expr::Call(inner, _)
                | Expr::Index(inner, _)
                | Expr::Field(inner, _)
                | Expr::Prime(inner, _)
                | Expr::Factorial(inner) => *inner,
                expr => return expr,
            };
        }
    }

    /// Whether a parenthesis behind the text of a factor would hold arguments.
    fn takes_arguments(&self, mut id: ExprId) -> bool {
        loop {
            id = match self.tree.expr(id) {
                Expr::Binary(BinaryOp::Pow, _, inner) | Expr::Unary(_, inner) => *inner,
                Expr::Paren(inner) => return !self.is_arithmetic(*inner),
                expr => return is_callable(expr),
            };
        }
    }

    fn is_arithmetic(&self, mut id: ExprId) -> bool {
        while let Expr::Paren(inner) = self.tree.expr(id) {
            id = *inner;
        }
        super::super::operand::is_arithmetic(self.tree.expr(id))
    }
}

/// Whether two texts would grow together: `x` and `y`, `2` and `e3`, `0` and `x`.
fn needs_blank(left: &str, right: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || ('\u{300}'..='\u{36f}').contains(&c);
    let word = &left[left.trim_end_matches(|c| in_word(c) || c == '.').len()..];
    let word = word.rsplit("..").next().unwrap_or(word);
    let Some(next) = right.chars().next().filter(|&c| in_word(c) || c == '.') else { return false };
    let Some(first) = word.chars().next() else { return false };
    if !first.is_ascii_digit() && first != '.' {
        return true;
    }
    match next {
        'e' | 'E' => right[1..].starts_with(|c: char| c.is_ascii_digit()),
        'x' | 'X' | 'b' | 'B' => word == "0",
        next => next.is_ascii_digit() || next == '_' || next == '.',
    }
}
