//! sin, cos, both together, and tan.
//!
//! Reduction: Cody & Waite (1980), ch. 8, with three parts of π/2 and fused multiply-add: x = q π/2 + r, |r| ≤ π/4,
//! r with a tail. It holds up to |x| = [`NEAR`]; beyond, `payne_hanek` does the same with integers. The functions
//! whose name ends in `_near` are free of branches and wrong beyond `NEAR`: loops use them and redo the rare far
//! elements with the others. Polynomials: the shape of fdlibm's `k_sin.c` and `k_cos.c` (Sun Microsystems, 1993) with
//! minimax coefficients of our own (Remez exchange, errors below 2⁻⁵⁸ beside sine and 2⁻⁶⁴ beside cosine).

use super::bits::{nearest_whole_product, negate_if_odd, polynomial};
use super::pair::{Pair, choose};
use super::payne_hanek::reduce_far;

/// Up to here the quarter turn count fits and three parts of π/2 are enough.
pub const NEAR: f64 = 1e9;

pub const HALF_PI: Pair = Pair { hi: std::f64::consts::FRAC_PI_2, lo: 6.123_233_995_736_766e-17 };
const HALF_PI_REST: f64 = -1.497_384_904_859_169_8e-33;

/// (sin(r)/r - 1)/r² as a polynomial in r².
const SINE: [f64; 6] = [
    -0.166_666_666_666_666_32,
    0.008_333_333_333_322_415,
    -0.000_198_412_698_298_083_85,
    2.755_731_369_211_130_5e-6,
    -2.505_075_814_427_405_6e-8,
    1.589_679_727_125_631_5e-10,
];

/// (cos(r) - 1 + r²/2)/r⁴ as a polynomial in r².
const COSINE: [f64; 6] = [
    0.041_666_666_666_666_6,
    -0.001_388_888_888_887_412_5,
    2.480_158_728_948_315e-5,
    -2.755_731_435_259_914_6e-7,
    2.087_572_330_849_641_4e-9,
    -1.135_964_959_933_435_5e-11,
];

/// An angle as quarter turns and the rest: x = q π/2 + r. Only the last two bits of `q` count.
#[derive(Clone, Copy)]
pub struct Turned {
    pub q: u64,
    pub r: Pair,
}

#[inline(always)]
fn reduce_near(x: f64) -> Turned {
    let (quarters, q) = nearest_whole_product(x, std::f64::consts::FRAC_2_PI);
    // exact: both terms are multiples of 2⁻⁵³ and the difference is below 1
    let rough = (-quarters).mul_add(HALF_PI.hi, x);
    let second = Pair::product(quarters, HALF_PI.lo);
    let r = Pair::sum(rough, -second.hi);
    // the tail may be more than half a unit of the head where the angle all but ends on a quarter turn: too small then
    // for anything but their sum to count
    Turned { q, r: r.and((-quarters).mul_add(HALF_PI_REST, -second.lo)) }
}

#[inline(always)]
fn reduce(x: f64) -> Turned {
    if x.abs() <= NEAR { reduce_near(x) } else { reduce_far(x) }
}

/// sin(r) for |r| ≤ π/4.
#[inline(always)]
fn sin_reduced(r: Pair) -> Pair {
    let z = r.hi * r.hi;
    let slope = (-0.5f64).mul_add(z, 1.0);
    Pair { hi: r.hi, lo: (r.hi * z).mul_add(polynomial(z, SINE), r.lo * slope) }
}

/// cos(r) for |r| ≤ π/4.
#[inline(always)]
fn cos_reduced(r: Pair) -> Pair {
    let square = Pair::product(r.hi, r.hi);
    let z = square.hi;
    let head = Pair::ordered_sum(1.0, -0.5 * z);
    let tail = (-0.5f64).mul_add(square.lo, (-r.hi).mul_add(r.lo, head.lo));
    Pair { hi: head.hi, lo: (z * z).mul_add(polynomial(z, COSINE), tail) }
}

#[inline(always)]
fn sin_turned(x: f64, turned: Turned) -> f64 {
    let Turned { q, r } = turned;
    let (sine, cosine) = (sin_reduced(r).value(), cos_reduced(r).value());
    let value = negate_if_odd(if q & 1 == 0 { sine } else { cosine }, q >> 1);
    // sums of tails lose the sign of 0
    if x == 0.0 { x } else { value }
}

#[inline(always)]
fn cos_turned(turned: Turned) -> f64 {
    let Turned { q, r } = turned;
    let (sine, cosine) = (sin_reduced(r).value(), cos_reduced(r).value());
    negate_if_odd(if q & 1 == 0 { cosine } else { sine }, (q >> 1) ^ q)
}

#[inline(always)]
fn tan_turned(x: f64, turned: Turned) -> f64 {
    let Turned { q, r } = turned;
    let (sine, cosine) = (sin_reduced(r).tidy(), cos_reduced(r).tidy());
    let is_even = q & 1 == 0;
    let quotient = choose(is_even, sine, cosine).over(choose(is_even, cosine, sine));
    let value = negate_if_odd(quotient.value(), q);
    if x == 0.0 { x } else { value }
}

/// Sine for |x| ≤ [`NEAR`].
#[inline(always)]
pub fn sin_near(x: f64) -> f64 {
    sin_turned(x, reduce_near(x))
}

/// Cosine for |x| ≤ [`NEAR`].
#[inline(always)]
pub fn cos_near(x: f64) -> f64 {
    cos_turned(reduce_near(x))
}

/// Sine and cosine for |x| ≤ [`NEAR`].
#[inline(always)]
pub fn sin_cos_near(x: f64) -> (f64, f64) {
    let turned = reduce_near(x);
    (sin_turned(x, turned), cos_turned(turned))
}

/// Tangent for |x| ≤ [`NEAR`].
#[inline(always)]
pub fn tan_near(x: f64) -> f64 {
    tan_turned(x, reduce_near(x))
}

/// Sine of an angle in radians; NaN for infinite ones.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    sin_turned(x, reduce(x))
}

/// Cosine of an angle in radians; NaN for infinite ones.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    cos_turned(reduce(x))
}

/// Sine and cosine of one angle, for little more than the price of one; bit for bit [`sin`] and [`cos`].
#[inline(always)]
pub fn sin_cos(x: f64) -> (f64, f64) {
    let turned = reduce(x);
    (sin_turned(x, turned), cos_turned(turned))
}

/// Tangent of an angle in radians; NaN for infinite ones.
#[inline(always)]
pub fn tan(x: f64) -> f64 {
    tan_turned(x, reduce(x))
}
