//! asinh, acosh and atanh, all as the logarithm of 1 + w with w carried as a pair.
//!
//! Identities: fdlibm's `s_asinh.c`, `e_acosh.c`, `e_atanh.c` (Sun Microsystems, 1993):
//! asinh: w = x + x²/(1 + √(1 + x²)); acosh: w = t + √(2t + t²) with t = x - 1; atanh: half of w = 2x/(1 - x).

use super::logarithm::{log1p_pair, log1p_pair_times_power};
use super::pair::{Pair, choose};

/// Beyond 2⁶⁰ asinh x and acosh x are log 2x, and 1 + x is x.
const LARGE: f64 = 1_152_921_504_606_846_976.0;

/// log(1 + w), or log(2x) where x is large.
#[inline(always)]
fn log_of_either(x: f64, w: Pair) -> f64 {
    let is_large = x > LARGE;
    let finite = if x > f64::MAX { f64::MAX } else { x };
    let argument = choose(is_large, Pair::of(finite), w);
    let value = log1p_pair_times_power(argument, if is_large { 1.0 } else { 0.0 }).value();
    if x < f64::INFINITY { value } else { x }
}

/// Inverse hyperbolic sine.
#[inline(always)]
pub fn asinh(x: f64) -> f64 {
    let magnitude = x.abs();
    let small = if magnitude > LARGE { LARGE } else { magnitude };
    let square = Pair::product(small, small);
    let root = Pair::sum(1.0, square.hi).and(square.lo).tidy().sqrt();
    let beyond = square.over(Pair::ordered_sum(1.0, root.hi).and(root.lo));
    let w = Pair::sum(small, beyond.hi).and(beyond.lo).tidy();
    log_of_either(magnitude, w).copysign(x)
}

/// Inverse hyperbolic cosine; NaN below 1.
#[inline(always)]
pub fn acosh(x: f64) -> f64 {
    let small = if x > LARGE { LARGE } else { x };
    let t = Pair::sum(small, -1.0);
    let sum = Pair::sum(2.0, t.hi).and(t.lo);
    let root = t.times(sum).sqrt();
    let w = Pair::sum(root.hi, t.hi).and(root.lo + t.lo).tidy();
    let value = log_of_either(x, w);
    if x < 1.0 { f64::NAN } else { value }
}

/// Inverse hyperbolic tangent; infinite at ±1, NaN beyond.
#[inline(always)]
pub fn atanh(x: f64) -> f64 {
    let magnitude = x.abs();
    let inside = if magnitude < 1.0 { magnitude } else { 0.5 };
    let w = Pair::of(2.0 * inside).over(Pair::ordered_sum(1.0, -inside));
    let value = 0.5 * log1p_pair(w).value();
    let edge = if magnitude == 1.0 { f64::INFINITY } else { f64::NAN };
    (if magnitude < 1.0 { value } else { edge }).copysign(x)
}
