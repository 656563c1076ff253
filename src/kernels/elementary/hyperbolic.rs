//! sinh, cosh, tanh and 1/cosh².
//!
//! All from the reduced exponential with its tail, so that nothing cancels: with E = eˣ - 1 for x ≥ 0,
//! sinh = (E + E/(E + 1))/2 and tanh(x/2) = E/(E + 2) (the identities of fdlibm's `e_sinh.c` and `s_tanh.c`, Sun
//! Microsystems, 1993); cosh = (eˣ + e⁻ˣ)/2; 1/cosh(x/2)² = 4(E + 1)/(E + 2)². Large exponents are taken out
//! first and put back last, so that only results overflow or underflow.

use super::bits::{power_of_two, scale};
use super::exponential::{clamp, exp_reduced, expm1_reduced, reduce};
use super::pair::Pair;

/// The exponent beyond which eˣ drowns e⁻ˣ and 1.
const DROWNS: f64 = 64.0;

/// sinh and cosh overflow below this.
const OVERFLOWS: f64 = 711.0;

/// Hyperbolic sine.
#[inline(always)]
pub fn sinh(x: f64) -> f64 {
    let reduced = reduce(Pair::of(clamp(x.abs(), 0.0, OVERFLOWS)));
    let within = if reduced.k > DROWNS { DROWNS } else { reduced.k };
    let growth = expm1_reduced(reduced).tidy().scaled(power_of_two(within));
    let decay = growth.over(Pair::sum(1.0, growth.hi).and(growth.lo));
    let twice = Pair::ordered_sum(growth.hi, decay.hi).and(growth.lo + decay.lo).value();
    scale(0.5 * twice, reduced.k - within).copysign(x)
}

/// Hyperbolic cosine.
#[inline(always)]
pub fn cosh(x: f64) -> f64 {
    let reduced = reduce(Pair::of(clamp(x.abs(), 0.0, OVERFLOWS)));
    let within = if reduced.k > DROWNS { DROWNS } else { reduced.k };
    let growth = exp_reduced(reduced.r).tidy().scaled(power_of_two(within));
    let decay = Pair::of(1.0).over(growth);
    let twice = Pair::ordered_sum(growth.hi, decay.hi).and(growth.lo + decay.lo).value();
    scale(0.5 * twice, reduced.k - within)
}

/// E = e^(2|x|) - 1, from 2⁶⁴ on without the powers of two beyond, whose exponent is the second.
#[inline(always)]
fn growth(x: f64) -> (Pair, f64) {
    let reduced = reduce(Pair::of(clamp(2.0 * x.abs(), 0.0, 760.0)));
    let within = if reduced.k > DROWNS { DROWNS } else { reduced.k };
    (expm1_reduced(reduced).tidy().scaled(power_of_two(within)), reduced.k - within)
}

/// tanh(x) and 1/cosh(x)², for less than the price of both; bit for bit [`tanh`] and [`sech2`].
#[inline(always)]
pub fn tanh_sech2(x: f64) -> (f64, f64) {
    let (growth, beyond) = growth(x);
    // tanh = E/(E + 2)
    let two_more = Pair::sum(2.0, growth.hi).and(growth.lo);
    let tangent = growth.over(two_more).value().copysign(x);
    // 1/cosh² = 4 (E + 1)/(E + 2)²
    let one_more = Pair::sum(1.0, growth.hi).and(growth.lo);
    let square = one_more.scaled(4.0).over(two_more.times(two_more)).value();
    (tangent, scale(square, -beyond))
}

/// Hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    tanh_sech2(x).0
}

/// 1/cosh(x)², the derivative of tanh; accurate in the tails, where 1 - tanh² cancels.
#[inline(always)]
pub fn sech2(x: f64) -> f64 {
    tanh_sech2(x).1
}
