//! log, log2, log10, log1p, and the logarithm of 1 + a pair that the inverse hyperbolic functions end in.
//!
//! Method: fdlibm's `e_log.c` and `s_log1p.c` (Sun Microsystems, 1993): x = 2ᵏ(1 + f) with 1 + f in [√½, √2),
//! s = f/(2 + f), log(1 + f) = f - f²/2 + s (f²/2 + R(s²)). Here f - f²/2 is carried with its tail, and R is a
//! minimax polynomial of our own (Remez exchange, error below 2⁻⁵⁹ beside log(1 + f)).

use super::bits::{exponent_and_mantissa, polynomial, scale};
use super::exponential::LN_2;
use super::pair::Pair;

const LOG2_E: Pair = Pair { hi: std::f64::consts::LOG2_E, lo: 2.035_527_374_093_103_3e-17 };
const LOG10_E: Pair = Pair { hi: std::f64::consts::LOG10_E, lo: 1.098_319_650_216_765e-17 };
const LOG10_2: Pair = Pair { hi: std::f64::consts::LOG10_2, lo: -2.803_728_127_785_170_4e-18 };

/// (2 artanh(s) - 2s)/s³ as a polynomial in s², |s| ≤ (√2 - 1)/(√2 + 1).
const R: [f64; 7] = [
    0.666_666_666_666_673_4,
    0.399_999_999_994_144,
    0.285_714_287_424_561_4,
    0.222_221_985_655_450_9,
    0.181_835_647_533_862_3,
    0.153_140_388_776_057_1,
    0.147_960_737_082_230_3,
];

/// log(1 + f) for 1 + f in [√½, √2).
#[inline(always)]
fn log_of_mantissa(f: f64) -> Pair {
    let s = f / (2.0 + f);
    let z = s * s;
    let half = 0.5 * f;
    let half_square = Pair::product(half, f);
    let head = Pair::ordered_sum(f, -half_square.hi);
    let rest = s * z.mul_add(polynomial(z, R), half_square.hi);
    head.and(rest - half_square.lo)
}

/// k `unit` + `part`, where the first is 0 or the larger.
#[inline(always)]
fn with_exponent(k: f64, unit: Pair, part: Pair) -> Pair {
    let whole = Pair::product(k, unit.hi).and(k * unit.lo);
    Pair::ordered_sum(whole.hi, part.hi).and(whole.lo + part.lo)
}

/// `value`, the logarithm of a finite `x` > 0, or what the logarithm of the other `x` is: -∞ at 0, NaN below.
#[inline(always)]
fn where_defined(x: f64, value: f64) -> f64 {
    let value = if x > 0.0 { value } else { f64::NAN };
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    // infinity and NaN are their own logarithms
    if x < f64::INFINITY { value } else { x }
}

/// Natural logarithm; -∞ at 0, NaN below.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    let (k, m) = exponent_and_mantissa(x);
    where_defined(x, with_exponent(k, LN_2, log_of_mantissa(m - 1.0)).value())
}

/// Logarithm to base 2; exact for powers of two.
#[inline(always)]
pub fn log2(x: f64) -> f64 {
    let (k, m) = exponent_and_mantissa(x);
    let part = log_of_mantissa(m - 1.0).tidy().times(LOG2_E);
    where_defined(x, with_exponent(k, Pair::of(1.0), part).value())
}

/// Logarithm to base 10; exact for powers of ten.
#[inline(always)]
pub fn log10(x: f64) -> f64 {
    let (k, m) = exponent_and_mantissa(x);
    let part = log_of_mantissa(m - 1.0).tidy().times(LOG10_E);
    where_defined(x, with_exponent(k, LOG10_2, part).value())
}

/// log(1 + x), without cancellation beside 0; -∞ at -1, NaN below.
#[inline(always)]
pub fn log1p(x: f64) -> f64 {
    let value = where_defined(1.0 + x, log1p_pair(Pair::of(x)).value());
    // sums of tails lose the sign of 0
    if x == 0.0 { x } else { value }
}

/// log(1 + x) for a finite x > -1 given as a pair, whose tail counts beside 0.
#[inline(always)]
pub fn log1p_pair(x: Pair) -> Pair {
    log1p_pair_times_power(x, 0.0)
}

/// log(2ⁿ (1 + x)).
#[inline(always)]
pub fn log1p_pair_times_power(x: Pair, n: f64) -> Pair {
    let one_more = Pair::sum(1.0, x.hi).and(x.lo);
    let (k, m) = exponent_and_mantissa(one_more.hi);
    let f = Pair::sum(m - 1.0, scale(one_more.lo, -k));
    // log(1 + hi + lo) = log(1 + hi) + lo/(1 + hi) and what is below the last bit
    let slope = f.hi.mul_add(f.hi, 1.0 - f.hi);
    with_exponent(k + n, LN_2, log_of_mantissa(f.hi).and(f.lo * slope))
}
