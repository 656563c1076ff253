//! asin, acos, atan and atan2.
//!
//! Reductions: fdlibm's `e_asin.c` and `s_atan.c` (Sun Microsystems, 1993): arcsine beyond ½ from the half angle,
//! asin(x) = π/2 - 2 asin(√((1 - x)/2)); arctangent around the anchors 0, ½, 1, 3/2, ∞ by
//! atan(x) = atan(c) + atan((x - c)/(1 + c x)). Here anchors, roots and quotients carry tails, and one polynomial
//! serves all limbs (Remez exchange of our own, errors below 2⁻⁵⁹).

use super::bits::{biased_exponent_and_mantissa, nearest_whole, polynomial, power_of_two};
use super::pair::{Pair, choose};
use super::trigonometric::HALF_PI;

const PI: Pair = Pair { hi: std::f64::consts::PI, lo: 1.224_646_799_147_353_2e-16 };
const ATAN_HALF: Pair = Pair { hi: 0.463_647_609_000_806_1, lo: 2.269_877_745_296_168_7e-17 };
const ATAN_ONE: Pair = Pair { hi: std::f64::consts::FRAC_PI_4, lo: 3.061_616_997_868_383e-17 };
const ATAN_THREE_HALVES: Pair = Pair { hi: 0.982_793_723_247_329, lo: 1.390_331_103_123_099_8e-17 };

/// (asin(s)/s - 1)/s² as a polynomial in s², s ≤ ½.
const ARCSINE: [f64; 13] = [
    0.166_666_666_666_667_63,
    0.074_999_999_999_700_9,
    0.044_642_857_175_293_55,
    0.030_381_942_674_954_913,
    0.022_372_215_914_148_51,
    0.017_351_595_366_601_66,
    0.013_981_019_981_089_386,
    0.011_397_282_321_740_18,
    0.010_789_375_988_670_885,
    0.003_671_994_936_754_406_3,
    0.021_791_074_624_476_07,
    -0.021_117_281_746_319_362,
    0.032_702_490_942_812_93,
];

/// (atan(t)/t - 1)/t² as a polynomial in t², |t| ≤ 7/16.
const ARCTANGENT: [f64; 12] = [
    -0.333_333_333_333_333_15,
    0.199_999_999_999_930_9,
    -0.142_857_142_848_455_83,
    0.111_111_110_562_602_66,
    -0.090_909_070_571_308_16,
    0.076_922_595_318_565_25,
    -0.066_659_025_453_227_59,
    0.058_740_185_297_550_304,
    -0.052_001_004_852_320_69,
    0.044_330_169_979_229_61,
    -0.031_916_823_959_249_12,
    0.013_693_053_670_425_257,
];

/// The arcsine of the smaller of |x| and √((1 - |x|)/2), and whether that was |x|.
#[inline(always)]
fn small_arcsine(magnitude: f64) -> (Pair, bool) {
    let is_small = magnitude < 0.5;
    let z = if is_small { magnitude * magnitude } else { 0.5 * (1.0 - magnitude) };
    let root = Pair::of(z).sqrt();
    let s = choose(is_small, Pair::of(magnitude), root);
    let series = (s.hi * z).mul_add(polynomial(z, ARCSINE), s.lo);
    (Pair { hi: s.hi, lo: series }, is_small)
}

/// Arcsine, in [-π/2, π/2]; NaN outside [-1, 1].
#[inline(always)]
pub fn asin(x: f64) -> f64 {
    let (angle, is_small) = small_arcsine(x.abs());
    let rest = Pair::ordered_sum(HALF_PI.hi, -2.0 * angle.hi);
    let beyond = rest.and((-2.0f64).mul_add(angle.lo, HALF_PI.lo));
    (if is_small { angle.value() } else { beyond.value() }).copysign(x)
}

/// Arccosine, in [0, π]; NaN outside [-1, 1].
#[inline(always)]
pub fn acos(x: f64) -> f64 {
    let (angle, is_small) = small_arcsine(x.abs());
    // small: π/2 ∓ a; near 1: 2a; near -1: π - 2a
    let is_negative = x < 0.0;
    let size = if is_small { 1.0 } else { 2.0 };
    let factor = if is_small != is_negative { -size } else { size };
    let base = choose(is_negative, PI, Pair::of(0.0));
    let base = choose(is_small, HALF_PI, base);
    Pair::ordered_sum(base.hi, factor * angle.hi).and(factor.mul_add(angle.lo, base.lo)).value()
}

/// atan(a/b) for 0 ≤ a, 0 < b, neither infinite nor so large or small that their products are: the anchor's angle
/// as a pair, and what lies beside it.
#[inline(always)]
fn arctangent(a: f64, b: f64) -> (Pair, Pair) {
    let below = |share: f64| a < share * b;
    let (fourth, third, second, first) =
        (below(39.0 / 16.0), below(19.0 / 16.0), below(11.0 / 16.0), below(7.0 / 16.0));
    let anchor = choose(fourth, ATAN_THREE_HALVES, HALF_PI);
    let anchor = choose(third, ATAN_ONE, anchor);
    let anchor = choose(second, ATAN_HALF, anchor);
    let anchor = choose(first, Pair::of(0.0), anchor);
    // t = (p a - c b)/(p b + c a) for the anchor c/p
    let p = if fourth { 1.0 } else { 0.0 };
    let c = if fourth & !third { 1.5 } else { 1.0 };
    let c = if second { 0.5 } else { c };
    let c = if first { 0.0 } else { c };
    let leaning = Pair::product(c, a);
    let top = Pair::sum(p * a, -c * b);
    let bottom = Pair::sum(p * b, leaning.hi).and(leaning.lo);
    let t = top.over(bottom);
    let z = t.hi * t.hi;
    (anchor, Pair { hi: t.hi, lo: (t.hi * z).mul_add(polynomial(z, ARCTANGENT), t.lo) })
}

/// Arctangent, in [-π/2, π/2].
#[inline(always)]
pub fn atan(x: f64) -> f64 {
    let magnitude = x.abs();
    // π/2 from here on, to the last bit
    let bounded = if magnitude > 1e18 { 1e18 } else { magnitude };
    let (anchor, beside) = arctangent(bounded, 1.0);
    Pair::ordered_sum(anchor.hi, beside.hi).and(anchor.lo + beside.lo).value().copysign(x)
}

/// Angle between the positive x axis and (x, y), in [-π, π]. The sign is that of `y`, zeros included: a point on the
/// negative x axis with y = -0 has the angle -π. NaN if either argument is NaN.
#[inline(always)]
pub fn atan2(y: f64, x: f64) -> f64 {
    let (height, width) = (y.abs(), x.abs());
    let is_steep = height > width;
    let larger = if is_steep { height } else { width };
    let smaller = if is_steep { width } else { height };
    // both infinite: halfway, as for any equal two
    let is_diagonal = smaller == f64::INFINITY;
    let larger = if is_diagonal { 1.0 } else { larger };
    let smaller = if is_diagonal { 1.0 } else { smaller };
    // (0, 0) counts as on the axis
    let larger = if larger == 0.0 { 1.0 } else { larger };
    let (a, b) = near_one(smaller, larger);
    let (anchor, beside) = arctangent(a, b);

    // the angle to the nearer axis, turned to where the point is: straight ahead, up, or behind
    let is_behind = x.is_sign_negative();
    let turn = choose(is_steep, HALF_PI, choose(is_behind, PI, Pair::of(0.0)));
    let sign = if is_behind != is_steep { -1.0 } else { 1.0 };
    let base = Pair::ordered_sum(turn.hi, sign * anchor.hi).and(sign.mul_add(anchor.lo, turn.lo));
    let angle = Pair::sum(base.hi, sign * beside.hi).and(sign.mul_add(beside.lo, base.lo)).value();
    let angle = if x.is_nan() { x } else { angle };
    if y.is_nan() { y } else { angle.copysign(y) }
}

/// `a` and `b` divided by the power of two in `b`; a ≤ b, and b > 0 may be infinite (then a/b counts as 0).
#[inline(always)]
fn near_one(a: f64, b: f64) -> (f64, f64) {
    let bounded = if b > f64::MAX { f64::MAX } else { b };
    let (biased, mantissa) = biased_exponent_and_mantissa(bounded);
    // in two steps: 2^-k itself may be subnormal
    let k = 1023.0 - biased;
    let first = nearest_whole(0.5 * k).0;
    let scaled = a * power_of_two(first) * power_of_two(k - first);
    (if b > f64::MAX { 0.0 } else { scaled }, mantissa)
}
