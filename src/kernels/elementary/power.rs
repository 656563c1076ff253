//! pow, cbrt and hypot.
//!
//! pow: e^(y log |x|) with the logarithm in double-double, since an absolute error in the exponent is a relative one
//! in the result: log m = 2s + s³(2/3 + s²(2/5 + s² T(s²))), s = (m - 1)/(m + 1), the first two coefficients in pairs
//! (the series of fdlibm's `e_pow.c`, Sun Microsystems, 1993; T by Remez exchange of our own, error below 2⁻⁷²).
//! cbrt: division-free iteration of third order for m^(-1/3) (Kahan; Fukushima 2000) and a residue at the end.
//! hypot: Borges (2019), "An improved algorithm for hypot(a, b)", fused and corrected. Special values: C11 Annex F.

use super::bits::{biased_exponent_and_mantissa, exponent_and_mantissa, nearest_whole_product, polynomial};
use super::bits::{power_of_two, scale};
use super::exponential::{LN_2, clamp, exp_pair};
use super::pair::Pair;

const TWO_THIRDS: Pair = Pair { hi: 0.666_666_666_666_666_6, lo: 3.700_743_415_417_188e-17 };
const TWO_FIFTHS: Pair = Pair { hi: 0.4, lo: -2.220_446_049_250_313_2e-17 };

/// What 2/7 + 2z/9 + … becomes on z ≤ ((√2 - 1)/(√2 + 1))².
const TAIL: [f64; 7] = [
    0.285_714_285_714_331_55,
    0.222_222_222_200_139_24,
    0.181_818_186_052_177_23,
    0.153_845_729_157_160_7,
    0.133_357_624_404_353_8,
    0.116_850_558_811_602_42,
    0.119_108_550_332_562_11,
];

/// m^(-1/3) on [1, 2], to 17 bits.
const INVERSE_ROOT: [f64; 6] = [
    1.781_056_552_926_169_5,
    -1.566_025_148_251_599,
    1.243_781_188_921_838_4,
    -0.597_870_196_723_814_8,
    0.156_070_797_991_179_2,
    -0.017_018_945_114_619_44,
];

/// log x for a finite x > 0, relative error about 2⁻⁷⁰.
#[inline(always)]
fn log_pair(x: f64) -> Pair {
    let (k, m) = exponent_and_mantissa(x);
    let s = Pair::of(m - 1.0).over(Pair::ordered_sum(1.0, m));
    let z = s.times(s);
    let fourth = z.hi.mul_add(polynomial(z.hi, TAIL), TWO_FIFTHS.lo);
    let third = z.times(Pair::ordered_sum(TWO_FIFTHS.hi, fourth)).added_to(TWO_THIRDS);
    let part = s.times(z.times(third).added_to(Pair::of(2.0)));
    let whole = Pair::product(k, LN_2.hi).and(k * LN_2.lo);
    Pair::ordered_sum(whole.hi, part.hi).and(whole.lo + part.lo)
}

/// x^y. Negative `x` take whole `y` only, else NaN; x⁰ and 1^y are 1 even for NaN.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let magnitude = x.abs();
    let log = log_pair(magnitude);
    let log_hi = if magnitude == 0.0 { f64::NEG_INFINITY } else { log.hi };
    // infinite, or not a number: its own logarithm
    let log_hi = if magnitude < f64::INFINITY { log_hi } else { magnitude };
    let head = y * log_hi;
    let tail = y.mul_add(log_hi, -head) + y * log.lo;
    let exponent = clamp(head, -800.0, 800.0);
    let value = exp_pair(Pair { hi: exponent, lo: if exponent.abs() < 800.0 { tail } else { 0.0 } });

    let is_whole = y.floor() == y;
    let half = 0.5 * y;
    let is_odd = is_whole & (half.floor() != half);
    let value = if is_odd { value.copysign(x) } else { value };
    let is_root_of_negative = (x < 0.0) & (magnitude < f64::INFINITY) & !is_whole;
    let value = if is_root_of_negative { f64::NAN } else { value };
    // a square is rounded once
    let value = if y == 2.0 { x * x } else { value };
    if (x == 1.0) | (y == 0.0) | ((x == -1.0) & (y.abs() == f64::INFINITY)) { 1.0 } else { value }
}

/// Cube root; odd, and exact for cubes.
#[inline(always)]
pub fn cbrt(x: f64) -> f64 {
    const THIRD: f64 = 1.0 / 3.0;
    let magnitude = x.abs();
    let (biased, m) = biased_exponent_and_mantissa(magnitude);
    // biased = 3q + r, and 1023 = 3 · 341
    let (q, _) = nearest_whole_product(biased, THIRD);
    let r = (-3.0f64).mul_add(q, biased);
    // r in {-1, 0, 1}: take the mantissa up or down with it
    let (step, inverse_root) = if r == 0.0 {
        (1.0, 1.0)
    } else if r > 0.0 {
        (2.0, 0.793_700_525_984_099_7)
    } else {
        (0.5, 1.259_921_049_894_873_2)
    };
    let a = m * step;
    let y = polynomial(m, INVERSE_ROOT) * inverse_root;
    let miss = (-(y * y)).mul_add(a * y, 1.0);
    let y = (y * miss).mul_add((2.0f64 / 9.0).mul_add(miss, THIRD), y);
    let root = a * (y * y);
    let square = Pair::product(root, root);
    let residue = (-square.lo).mul_add(root, (-square.hi).mul_add(root, a));
    let corrected = (residue * (y * y)).mul_add(THIRD, root);
    let value = (corrected * power_of_two(q - 341.0)).copysign(x);
    if (magnitude > 0.0) & (magnitude < f64::INFINITY) { value } else { x }
}

/// √(x² + y²) without overflow on the way; infinite if either is, even beside NaN.
#[inline(always)]
pub fn hypot(x: f64, y: f64) -> f64 {
    let (a, b) = (x.abs(), y.abs());
    let larger = if a > b { a } else { b };
    let power = if larger > 1e150 {
        -600.0
    } else if larger < 1e-140 {
        600.0
    } else {
        0.0
    };
    let factor = power_of_two(power);
    let (a, b) = (a * factor, b * factor);
    let (long, short) = if a > b { (a, b) } else { (b, a) };
    let (long, short) = (Pair::product(long, long), Pair::product(short, short));
    let sum = Pair::ordered_sum(long.hi, short.hi).and(long.lo + short.lo);
    let value = scale(sum.sqrt().value(), -power);
    if (x.abs() == f64::INFINITY) | (y.abs() == f64::INFINITY) { f64::INFINITY } else { value }
}
