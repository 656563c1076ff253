//! exp, exp2, exp10 and expm1, and the halves they share with the hyperbolic and logistic functions.
//!
//! Reduction: Cody & Waite (1980), "Software Manual for the Elementary Functions", ch. 6: x = k ln 2 + r with
//! |r| ≤ ½ ln 2. Fused multiply-add makes k · (head of ln 2) exact, so two parts of ln 2 suffice. Then
//! eʳ = 1 + r + r²/2 + r³ C(r), C a minimax polynomial (Remez exchange, error below 2⁻⁶¹ beside eʳ).

use super::bits::{nearest_whole, nearest_whole_product, polynomial, power_of_two, scale};
use super::pair::Pair;

pub const LN_2: Pair = Pair { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };
const LN_10: Pair = Pair { hi: std::f64::consts::LN_10, lo: -2.170_756_223_382_249_4e-16 };
const LOG10_2: Pair = Pair { hi: std::f64::consts::LOG10_2, lo: -2.803_728_127_785_170_4e-18 };

/// (eʳ - 1 - r - r²/2)/r³ on |r| ≤ ½ ln 2.
const CUBIC: [f64; 10] = [
    0.166_666_666_666_666_77,
    0.041_666_666_666_666_7,
    0.008_333_333_333_321_624,
    0.001_388_888_888_886_69,
    0.000_198_412_698_861_566_24,
    2.480_158_736_049_048e-5,
    2.755_724_417_028_016_6e-6,
    2.755_724_278_466_597e-7,
    2.510_905_299_607_44e-8,
    2.092_444_209_922_364_8e-9,
];

/// A power e^x = 2^k e^r with k whole.
#[derive(Clone, Copy)]
pub struct Reduced {
    pub k: f64,
    pub r: Pair,
}

/// Splits a finite, clamped argument `x`, |x| < 2¹¹, into k and r.
#[inline(always)]
pub fn reduce(x: Pair) -> Reduced {
    let (k, _) = nearest_whole_product(x.hi, std::f64::consts::LOG2_E);
    // exact: both terms are multiples of 2⁻⁵⁴ and the difference is below ½
    let rough = (-k).mul_add(LN_2.hi, x.hi);
    let r = (-k).mul_add(LN_2.lo, rough);
    let lost = (-k).mul_add(LN_2.lo, rough - r);
    Reduced { k, r: Pair { hi: r, lo: lost + x.lo } }
}

/// What e^r is more than 1 + r.hi.
#[inline(always)]
fn beyond_linear(r: Pair) -> f64 {
    let curved = (r.hi * r.hi) * r.hi.mul_add(polynomial(r.hi, CUBIC), 0.5);
    curved + r.lo.mul_add(r.hi, r.lo)
}

/// e^r for |r| ≤ ½ ln 2.
#[inline(always)]
pub fn exp_reduced(r: Pair) -> Pair {
    Pair::ordered_sum(1.0, r.hi).and(beyond_linear(r))
}

/// The mantissa of e^x - 1, to be multiplied by 2^k. Exact at 0, with full relative accuracy beside it.
#[inline(always)]
pub fn expm1_reduced(reduced: Reduced) -> Pair {
    let Reduced { k, r } = reduced;
    // 2⁻ᵏ below 2⁻⁶⁴ no longer counts
    let unit = power_of_two(-(if k > 64.0 { 64.0 } else { k }));
    let without_unit = 1.0 - unit;
    let lost = (1.0 - without_unit) - unit;
    // beside 0 the square counts more than in exp: it gets a tail
    let half_square = Pair::product(0.5 * r.hi, r.hi);
    let cubic = (2.0 * half_square.hi * r.hi) * polynomial(r.hi, CUBIC);
    let tail = cubic + (lost + half_square.lo + r.lo.mul_add(r.hi, r.lo));
    Pair::sum(without_unit, r.hi).and(tail + half_square.hi)
}

/// `x` held between `low` and `high`; NaN passes.
#[inline(always)]
pub fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// e^(hi + lo), |hi| up to 2¹¹ (the tails of power need the small part).
#[inline(always)]
pub fn exp_pair(x: Pair) -> f64 {
    let Reduced { k, r } = reduce(x);
    scale(exp_reduced(r.tidy()).value(), k)
}

/// Exponential function.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // beyond: 0 and infinity
    let Reduced { k, r } = reduce(Pair::of(clamp(x, -746.0, 710.0)));
    scale(exp_reduced(r).value(), k)
}

/// 2^x; exact for whole `x`.
#[inline(always)]
pub fn exp2(x: f64) -> f64 {
    let x = clamp(x, -1080.0, 1025.0);
    let (k, _) = nearest_whole(x);
    let fraction = x - k;
    let r = Pair::product(fraction, LN_2.hi).and(fraction * LN_2.lo);
    scale(exp_reduced(r).value(), k)
}

/// 10^x; exact where the power is a double.
#[inline(always)]
pub fn exp10(x: f64) -> f64 {
    let x = clamp(x, -330.0, 310.0);
    let (k, _) = nearest_whole_product(x, std::f64::consts::LOG2_10);
    let rough = (-k).mul_add(LOG10_2.hi, x);
    let fraction = Pair::ordered_sum(rough, -k * LOG10_2.lo);
    let r = fraction.times(LN_10);
    scale(exp_reduced(r).value(), k)
}

/// e^x - 1, without cancellation beside 0.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    // below -40 the result is -1
    let reduced = reduce(Pair::of(clamp(x, -40.0, 710.0)));
    scale(expm1_reduced(reduced).value(), reduced.k).copysign(x)
}
