//! What the kernels share besides pairs: polynomials, whole parts, powers of two, the parts of a number.
//!
//! Whole numbers stay inside the significand of a double ("add 1.5 · 2⁵² and look at the low bits") because AVX2 has
//! no conversion between f64 and 64-bit integers. Knows nothing of the functions built from it.

/// Adding this to |x| < 2⁵¹ leaves the nearest whole number in the low bits; halves go to even.
const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
const TWO_52: u64 = 0x4330_0000_0000_0000; // bits of 2⁵²: oring in n < 2⁵² gives 2⁵² + n
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
const ONE: u64 = 0x3ff0_0000_0000_0000;

/// 2⁵⁴, which lifts every subnormal number among the normal ones.
const LIFT: f64 = 18_014_398_509_481_984.0;

/// c₀ + c₁ x + c₂ x² + … of up to 32 coefficients, by neighbouring pairs, pairs of pairs and so on: the chain of
/// dependent steps grows with the logarithm of their number (Estrin 1960; Muller et al., Handbook of Floating-Point
/// Arithmetic, 5.5). Written without a loop, since a loop that stays one keeps those around it from becoming vector code.
#[inline(always)]
pub fn polynomial<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    let low = eight(x, x2, x4, &c, 0);
    let high = if N > 8 { eight(x, x2, x4, &c, 8).mul_add(x8, low) } else { low };
    if N <= 16 {
        return high;
    }
    let third = eight(x, x2, x4, &c, 16);
    let third = if N > 24 { eight(x, x2, x4, &c, 24).mul_add(x8, third) } else { third };
    third.mul_add(x8 * x8, high)
}

#[inline(always)]
fn eight<const N: usize>(x: f64, x2: f64, x4: f64, c: &[f64; N], from: usize) -> f64 {
    let low = four(x, x2, c, from);
    if N > from + 4 { four(x, x2, c, from + 4).mul_add(x4, low) } else { low }
}

#[inline(always)]
fn four<const N: usize>(x: f64, x2: f64, c: &[f64; N], from: usize) -> f64 {
    let low = two(x, c, from);
    if N > from + 2 { two(x, c, from + 2).mul_add(x2, low) } else { low }
}

#[inline(always)]
fn two<const N: usize>(x: f64, c: &[f64; N], from: usize) -> f64 {
    if N > from + 1 { c[from + 1].mul_add(x, c[from]) } else { c[from] }
}

/// The whole number nearest to `x`, |x| < 2⁵¹, with bits that end in it (two's complement).
#[inline(always)]
pub fn nearest_whole(x: f64) -> (f64, u64) {
    let shifted = x + SHIFT;
    (shifted - SHIFT, shifted.to_bits())
}

/// The whole number nearest to `a b`, rounded once; otherwise as [`nearest_whole`].
#[inline(always)]
pub fn nearest_whole_product(a: f64, b: f64) -> (f64, u64) {
    let shifted = a.mul_add(b, SHIFT);
    (shifted - SHIFT, shifted.to_bits())
}

/// 2^k for a whole `k` in [-1022, 1023].
#[inline(always)]
pub fn power_of_two(k: f64) -> f64 {
    f64::from_bits((k + (SHIFT + 1023.0)).to_bits() << 52)
}

/// `x` 2^k for a whole `k` in [-2044, 2046], rounding once at most: overflow and underflow come out right.
///
/// Two factors of half the exponent each; the first product is exact while |x| stays between 2⁻³⁰⁰ and 2³⁰⁰
/// or `k` is small.
#[inline(always)]
pub fn scale(x: f64, k: f64) -> f64 {
    let biased_twice = (k + (SHIFT + 2046.0)).to_bits() & 0xfff;
    let half = biased_twice >> 1;
    x * f64::from_bits(half << 52) * f64::from_bits((biased_twice - half) << 52)
}

/// `x` = 2^k m with m in [√½, √2), for finite `x` > 0, subnormal ones included.
#[inline(always)]
pub fn exponent_and_mantissa(x: f64) -> (f64, f64) {
    let is_subnormal = x < f64::MIN_POSITIVE;
    let lifted = if is_subnormal { x * LIFT } else { x };
    let bits = lifted.to_bits().wrapping_add(ONE - ROOT_HALF);
    let bias = if is_subnormal { 1023.0 + 54.0 } else { 1023.0 };
    let k = whole(bits >> 52) - bias;
    (k, f64::from_bits((bits & MANTISSA) + ROOT_HALF))
}

/// `x` = 2^k m with m in [1, 2), and the biased exponent k + 1023 (less 54 where `x` is subnormal).
#[inline(always)]
pub fn biased_exponent_and_mantissa(x: f64) -> (f64, f64) {
    let is_subnormal = x < f64::MIN_POSITIVE;
    let lifted = if is_subnormal { x * LIFT } else { x };
    let bits = lifted.to_bits();
    let biased = whole(bits >> 52) - if is_subnormal { 54.0 } else { 0.0 };
    (biased, f64::from_bits((bits & MANTISSA) | ONE))
}

/// `x` with its sign turned where the lowest bit of `odd` is set.
#[inline(always)]
pub fn negate_if_odd(x: f64, odd: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ (odd << 63))
}

/// A whole number below 2⁵² as a float.
#[inline(always)]
fn whole(n: u64) -> f64 {
    f64::from_bits(TWO_52 | n) - f64::from_bits(TWO_52)
}
