//! The logistic function and its logarithms, without overflow on either side.
//!
//! Everything from e = exp(-|x|), which never overflows, carried as a pair; the textbook rearrangements are those of
//! Mächler (2012), "Accurately computing log(1 - exp(-|a|))" (log1pexp).

use super::bits::{power_of_two, scale};
use super::exponential::{Reduced, clamp, exp_reduced, reduce};
use super::logarithm::log1p_pair;
use super::pair::{Pair, choose};

/// Below this exponent e no longer counts beside 1.
const DROWNS: f64 = -64.0;

/// exp(-|x|) as 2^k times a mantissa.
#[inline(always)]
fn decay(x: f64) -> (f64, Pair) {
    let Reduced { k, r } = reduce(Pair::of(clamp(-x.abs(), -760.0, 0.0)));
    (k, exp_reduced(r).tidy())
}

/// exp(-|x|) as 2^k times a mantissa, and 1 more than it.
#[inline(always)]
fn decay_and_one_more(x: f64) -> (f64, Pair, Pair) {
    let (k, mantissa) = decay(x);
    let small = mantissa.scaled(power_of_two(if k < DROWNS { DROWNS } else { k }));
    (k, mantissa, Pair::sum(1.0, small.hi).and(small.lo))
}

/// The logistic functions of x and of -x, for little more than the price of one; bit for bit [`sigmoid`].
#[inline(always)]
pub fn sigmoids(x: f64) -> (f64, f64) {
    let (k, mantissa, one_more) = decay_and_one_more(x);
    // 1/(1 + e) on the right, e/(1 + e) on the left
    let right = Pair::of(1.0).over(one_more).value();
    let left = scale(mantissa.over(one_more).value(), k);
    (if x >= 0.0 { right } else { left }, if -x >= 0.0 { right } else { left })
}

/// Logistic function 1/(1 + e⁻ˣ).
#[inline(always)]
pub fn sigmoid(x: f64) -> f64 {
    let (k, mantissa, one_more) = decay_and_one_more(x);
    let is_right = x >= 0.0;
    let top = choose(is_right, Pair::of(1.0), mantissa);
    scale(top.over(one_more).value(), if is_right { 0.0 } else { k })
}

/// log(1 + eˣ) = max(x, 0) + log(1 + exp(-|x|)).
#[inline(always)]
pub fn softplus(x: f64) -> f64 {
    let (k, mantissa) = decay(x);
    // two steps and a tail lost in the subnormal range, where the result is e itself
    let small = Pair { hi: scale(mantissa.hi, k), lo: scale(mantissa.lo, k) };
    let curved = log1p_pair(small);
    let line = if x > 0.0 { x } else { 0.0 };
    let value = Pair::sum(line, curved.hi).and(curved.lo).value();
    // infinity minus infinity in the tails
    let value = if x == f64::INFINITY { x } else { value };
    if x.is_nan() { x } else { value }
}

/// log(1/(1 + e⁻ˣ)) = -softplus(-x).
#[inline(always)]
pub fn log_sigmoid(x: f64) -> f64 {
    -softplus(-x)
}
