//! Arithmetic on typed numbers with a bound of its error, without a tape: most of what a calculator is asked.
//!
//! Where the bound is small, the result is what f64 made of it, and no evaluation for digits is needed.

use crate::syntax::tree::{BinaryOp, Expr, ExprId, Tree, UnaryOp};

/// Typed numbers with more significant digits than these are longer than an f64 keeps.
pub(super) const DIGITS_OF_F64: usize = 15;

/// Relative rounding error of f64.
const UNIT: f64 = f64::EPSILON / 2.0;

/// Expressions nested deeper than this are left to the evaluation for digits.
const MAX_DEPTH: u32 = 64;

/// Relative error that a result of arithmetic may have without being looked at again.
const SMALL_ERROR: f64 = 1e-14;

/// The value of arithmetic on typed numbers with a bound of its error; `None` for any other expression.
fn arithmetic(tree: &Tree, id: ExprId, depth: u32) -> Option<(f64, f64)> {
    if depth == 0 {
        return None;
    }
    let of = |id: ExprId| arithmetic(tree, id, depth - 1);
    let product = |(a, e): (f64, f64), (b, f): (f64, f64)| {
        let y = a * b;
        (y, a.abs() * f + b.abs() * e + e * f + (a.mul_add(b, -y)).abs())
    };
    match tree.expr(id) {
        // a multiple of a small power of two is the decimal that was typed, unless that is longer
        Expr::Number(x) => {
            let is_exact = (x * 1024.0).fract() == 0.0 && tree.text(id).len() <= DIGITS_OF_F64;
            Some((*x, if is_exact { 0.0 } else { x.abs() * UNIT }))
        }
        Expr::Paren(inner) | Expr::Unary(UnaryOp::Plus, inner) => of(*inner),
        Expr::Unary(UnaryOp::Neg, inner) => of(*inner).map(|(x, error)| (-x, error)),
        Expr::Product(factors) => {
            let mut factors = factors.iter().map(|factor| of(factor.expr));
            let first = factors.next()??;
            factors.try_fold(first, |before, factor| Some(product(before, factor?)))
        }
        Expr::Binary(op, left, right) => {
            let ((a, e), (b, f)) = (of(*left)?, of(*right)?);
            match op {
                BinaryOp::Add | BinaryOp::Sub => {
                    let b = if *op == BinaryOp::Sub { -b } else { b };
                    let y = a + b;
                    let rest = y - a;
                    // the rounding error of a sum (Knuth, TwoSum)
                    Some((y, e + f + ((a - (y - rest)) + (b - rest)).abs()))
                }
                BinaryOp::Mul => Some(product((a, e), (b, f))),
                BinaryOp::Div if f < b.abs() => {
                    let y = a / b;
                    Some((y, (e + y.abs() * f + y.mul_add(b, -a).abs()) / (b.abs() - f)))
                }
                BinaryOp::Pow if e == 0.0 && f == 0.0 && b.abs() < 100.0 => {
                    let y = a.powf(b);
                    Some((y, y.abs() * f64::EPSILON))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether arithmetic on typed numbers kept its digits.
pub(super) fn keeps_digits(tree: &Tree, id: ExprId, x: f64) -> bool {
    arithmetic(tree, id, MAX_DEPTH).is_some_and(|(y, error)| y == x && (error <= SMALL_ERROR * x.abs()))
}
