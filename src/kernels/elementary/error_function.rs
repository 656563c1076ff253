//! erf and erfc.
//!
//! Beside 0: erf(x) = x (2/√π + x² P(x²)). In the tail: erfc(x) = exp(-x²) u S(8u - 5/4) with u = 1/(x + 3), since
//! exp(x²) erfc(x) falls like 1/x. That scaled form with a rational change of variable is due to Shepherd & Laframboise
//! (1981), "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞"; the polynomials come from a Remez
//! exchange of our own (errors below 2⁻⁵⁹), and the last three steps of S carry tails.

use super::bits::{polynomial, scale};
use super::exponential::{Reduced, clamp, exp_reduced, reduce};
use super::pair::{Pair, choose};

const TWO_OVER_ROOT_PI: Pair = Pair { hi: std::f64::consts::FRAC_2_SQRT_PI, lo: 1.533_545_961_316_588e-17 };

/// (erf(x)/x - 2/√π)/x² as a polynomial in x², |x| ≤ 7/8: the first coefficient, the rest.
const BESIDE_ZERO_FIRST: Pair = Pair { hi: -0.376_126_389_031_837_4, lo: -1.239_482_969_169_649_6e-17 };
const BESIDE_ZERO: [f64; 10] = [
    0.112_837_916_709_544_81,
    -0.026_866_170_644_961_42,
    0.005_223_977_623_211_593,
    -0.000_854_832_685_308_541_1,
    0.000_120_553_247_887_582_96,
    -1.492_539_168_521_082_4e-5,
    1.645_666_397_439_509e-6,
    -1.628_967_400_118_547_2e-7,
    1.412_457_661_028_114_8e-8,
    -8.669_313_636_776_974e-10,
];

/// exp(x²) erfc(x) (x + 3) as a polynomial in 8/(x + 3) - 5/4, 0.46 ≤ x ≤ 27.5: the first three coefficients, the rest.
const TAIL_FIRST: Pair = Pair { hi: 1.021_026_333_817_154_8, lo: 9.488_637_431_229_218e-17 };
const TAIL_SECOND: Pair = Pair { hi: 0.609_854_642_153_967_5, lo: -2.893_341_592_675_609e-17 };
const TAIL_THIRD: Pair = Pair { hi: 0.300_797_698_239_606_67, lo: 1.707_296_108_533_705_3e-17 };
const TAIL: [f64; 19] = [
    0.118_815_858_572_292_11,
    0.035_152_265_688_247_59,
    0.006_416_957_213_620_456_4,
    8.844_657_449_603_082e-6,
    -0.000_363_646_936_523_288,
    -6.847_750_156_496_335e-5,
    1.531_770_116_384_001_4e-5,
    6.964_257_514_431_433e-6,
    -6.805_266_591_845_375e-7,
    -6.413_818_403_558_504e-7,
    4.711_515_976_478_463_5e-8,
    6.190_494_712_217_269e-8,
    -6.383_705_843_753_936e-9,
    -6.173_466_400_826_928e-9,
    1.099_501_253_808_64e-9,
    5.702_028_509_128_942e-10,
    -1.636_143_279_917_948_2e-10,
    -3.552_393_016_120_793_5e-11,
    1.439_437_572_273_638_5e-11,
];

/// erf(x) for |x| ≤ 7/8.
#[inline(always)]
fn beside_zero(x: f64) -> Pair {
    let z = Pair::product(x, x);
    let first = Pair::ordered_sum(BESIDE_ZERO_FIRST.hi, z.hi * polynomial(z.hi, BESIDE_ZERO)).and(BESIDE_ZERO_FIRST.lo);
    Pair::of(x).times(z.times(first).added_to(TWO_OVER_ROOT_PI))
}

/// erfc(x) for 0.46 ≤ x ≤ 27.5 as 2^k times a mantissa.
#[inline(always)]
fn tail(x: f64) -> (f64, Pair) {
    let square = Pair::product(x, x);
    let Reduced { k, r } = reduce(Pair { hi: -square.hi, lo: -square.lo });
    let u = Pair::of(1.0).over(Pair::sum(x, 3.0));
    let t = Pair::sum(8.0 * u.hi, -1.25).and(8.0 * u.lo);
    // the tail of t counts, by the slope of t P(t)
    let slope = t.hi.mul_add(2.0 * TAIL[1], TAIL[0]);
    let third = Pair::sum(TAIL_THIRD.hi, t.hi * polynomial(t.hi, TAIL)).and(t.lo.mul_add(slope, TAIL_THIRD.lo));
    let second = t.times(third);
    let second = Pair::sum(TAIL_SECOND.hi, second.hi).and(second.lo + TAIL_SECOND.lo);
    let rising = t.times(second);
    let shape = Pair::sum(TAIL_FIRST.hi, rising.hi).and(rising.lo + TAIL_FIRST.lo).tidy();
    (k, exp_reduced(r.tidy()).tidy().times(u).times(shape))
}

/// Error function, 2/√π ∫₀ˣ exp(-t²) dt.
#[inline(always)]
pub fn erf(x: f64) -> f64 {
    const SMALL: f64 = 0.875;
    let magnitude = x.abs();
    let is_small = magnitude < SMALL;
    let near = beside_zero(magnitude);
    // 1 to the last bit beyond 6
    let (k, mantissa) = tail(clamp(magnitude, 0.5, 6.0));
    let rest = scale(mantissa.value(), k);
    let far = Pair::ordered_sum(1.0, -rest);
    choose(is_small, near, far).value().copysign(x)
}

/// 1 - erf(x), without cancellation on the right.
#[inline(always)]
pub fn erfc(x: f64) -> f64 {
    const SMALL: f64 = 0.47;
    let magnitude = x.abs();
    let is_small = magnitude < SMALL;
    let near = beside_zero(x);
    let near = Pair::sum(1.0, -near.hi).and(-near.lo);
    let (k, mantissa) = tail(clamp(magnitude, SMALL, 27.5));
    let right = scale(mantissa.value(), k);
    let left = Pair::ordered_sum(2.0, -right);
    let far = choose(x < 0.0, left, Pair::of(right));
    choose(is_small, near, far).value()
}
