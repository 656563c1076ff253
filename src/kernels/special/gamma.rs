//! The gamma function, its logarithm and the derivatives of that. DLMF chapter 5.

use std::f64::consts::PI;

use super::circle::{cos_pi, sin_pi};
use super::taylor::{Taylor, nth_derivative};
use super::zeta::hurwitz_zeta;
use super::{alternating, order};
use crate::kernels::double::Double;
use crate::kernels::elementary::point;
use crate::kernels::wide::{Wide, narrowed};

/// Γ(x); ±∞ at ±0, NaN at the negative whole numbers. DLMF 5.2.1.
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

/// log |Γ(x)|; +∞ at the poles.
pub fn lgamma(x: f64) -> f64 {
    let value = libm::lgamma(x);
    // beside the zeros between the poles below -2
    if x < -2.0 && value.abs() < 1e-3 { narrowed(80, || Wide::new(x).lgamma()) } else { value }
}

/// `x! = Γ(x + 1)`, exact for the whole numbers that f64 holds exactly.
pub fn factorial(x: f64) -> f64 {
    if x.fract() == 0.0 && (0.0..=170.0).contains(&x) {
        return (2..=x as u32).fold(1.0, |product, i| product * f64::from(i));
    }
    if x > 170.6 { f64::INFINITY } else { gamma(x + 1.0) }
}

/// 1/Γ(x), 0 at the poles of Γ.
pub fn rgamma(x: f64) -> f64 {
    rgamma_derivative(0.0, x)
}

/// `n`-th derivative of 1/Γ, for n = 0 … 5. Below 1/2 from sin(πx) Γ(1-x)/π (DLMF 5.5.3), which has no poles.
pub fn rgamma_derivative(n: f64, x: f64) -> f64 {
    nth_derivative!(n, reciprocal(x))
}

fn reciprocal<const N: usize>(x: f64) -> Taylor<N> {
    // Γ(z+t)/Γ(z)
    let growth =
        |z: f64| Taylor::<N>::from_derivatives(|k| if k == 0 { 0.0 } else { polygamma(k as f64 - 1.0, z) }).exp();
    if x > 170.0 {
        return Taylor::constant(1.0) / growth(x) * point::exp(-lgamma(x));
    }
    if x >= 0.5 || x.is_nan() {
        return Taylor::constant(1.0 / gamma(x)) / growth(x);
    }
    let (sine, cosine) = (sin_pi(x), cos_pi(x));
    let wave = Taylor::from_derivatives(|k| [sine, cosine, -sine, -cosine][k % 4] * PI.powi(k as i32));
    let (series, size) = (wave * growth(1.0 - x).mirrored(), gamma(1.0 - x) / PI);
    // at the poles of Γ the value is 0 even where Γ(1-x) is infinite
    Taylor(series.0.map(|term| if term == 0.0 { 0.0 } else { term * size }))
}

/// The sign of Γ(x), 0 at its poles.
pub fn gamma_sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x == x.floor() {
        0.0
    } else {
        // negative between -1 and 0, positive between -2 and -1, …
        if x.floor() % 2.0 == 0.0 { 1.0 } else { -1.0 }
    }
}

/// log √(2π)
const HALF_LOG_TAU: Double = Double { hi: 0.918_938_533_204_672_8, lo: -3.878_294_158_067_241_4e-17 };

/// B₂ₖ/(2k (2k-1)), the coefficients of Stirling's series. DLMF 5.11.1.
const STIRLING: [Double; 15] = [
    Double { hi: 0.083_333_333_333_333_33, lo: 4.625_929_269_271_485e-18 },
    Double { hi: -0.002_777_777_777_777_778, lo: 1.060_108_790_874_715_4e-19 },
    Double { hi: 0.000_793_650_793_650_793_7, lo: 6.883_823_317_368_282e-22 },
    Double { hi: -0.000_595_238_095_238_095_3, lo: 5.369_382_187_547_26e-20 },
    Double { hi: 0.000_841_750_841_750_841_7, lo: 3.687_017_488_923_769_4e-20 },
    Double { hi: -0.001_917_526_917_526_917_6, lo: 1.067_570_277_687_247_5e-19 },
    Double { hi: 0.006_410_256_410_256_41, lo: 2.224_004_456_380_521_7e-19 },
    Double { hi: -0.029_550_653_594_771_242, lo: 4.861_760_957_508_855e-19 },
    Double { hi: 0.179_644_372_368_830_57, lo: -6.401_600_482_710_946e-19 },
    Double { hi: -1.392_432_216_905_901_1, lo: 1.583_705_698_923_030_3e-17 },
    Double { hi: 13.402_864_044_168_393, lo: -6.154_114_101_993_966e-16 },
    Double { hi: -156.848_284_626_002_03, lo: 9.391_823_141_715_389e-15 },
    Double { hi: 2_193.103_333_333_333_5, lo: -1.333_925_562_600_294_8e-13 },
    Double { hi: -36_108.771_253_724_99, lo: 5.897_583_353_514_365e-13 },
    Double { hi: 691_472.268_851_313, lo: 2.558_529_630_515_8e-11 },
];

/// Where Stirling's series is exact to 30 digits.
pub(super) const STIRLING_FROM: f64 = 20.0;

/// Stirling's series, what `log Γ(x)` has beyond `(x-1/2) log x - x + log √(2π)`, for x ≥ 20.
pub(super) fn stirling(x: Double) -> Double {
    let inverse = Double::from(1.0) / x;
    if x.hi > 1e30 {
        return inverse * STIRLING[0];
    }
    let square = inverse * inverse;
    STIRLING.iter().rev().fold(Double::from(0.0), |sum, c| sum * square + *c) * inverse
}

/// log Γ(x) for x > 0 to about 30 digits of its largest part.
pub(super) fn lgamma_double(x: Double) -> Double {
    let (mut z, mut product) = (x, Double::from(1.0));
    while z.hi < STIRLING_FROM {
        product = product * z;
        z = z + 1.0;
    }
    let log_product = if x.hi < STIRLING_FROM { product.log() } else { Double::from(0.0) };
    (z - 0.5) * z.log() - z + HALF_LOG_TAU + stirling(z) - log_product
}

/// B₂ₖ/(2k) for k = 1 … 10.
const DIGAMMA: [f64; 10] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
    43867.0 / 14364.0,
    -174611.0 / 6600.0,
];

/// Where the asymptotic series of digamma is exact to the last digit.
const DIGAMMA_FROM: f64 = 15.0;

/// ψ(x). Recurrence (DLMF 5.5.2) up to where the asymptotic series (5.11.2) holds; reflected (5.5.4) below 1/2. NaN at its
/// poles 0, -1, -2, ….
pub fn digamma(x: f64) -> f64 {
    let value = from_series(x);
    // beside the zeros what is left of the difference is rounding
    if value.abs() < 1e-3 && x.abs() < 1e5 { narrowed(80, || Wide::new(x).digamma()) } else { value }
}

fn from_series(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.5 {
        if x == x.floor() {
            return f64::NAN;
        }
        return digamma(1.0 - x) - PI * cos_pi(x) / sin_pi(x);
    }
    let (mut z, mut below) = (x, 0.0);
    // double length keeps the digits near the zero at 1.4616
    let mut exact_below = Double::from(0.0);
    let is_near_zero = (1.2..1.8).contains(&x);
    while z < DIGAMMA_FROM {
        if is_near_zero {
            // x + k is not always a double
            exact_below = exact_below + Double::from(1.0) / Double::sum(x, (z - x).round());
        } else {
            below += 1.0 / z;
        }
        z += 1.0;
    }
    let square = 1.0 / (z * z);
    let series = DIGAMMA.iter().rev().fold(0.0, |sum, c| (sum + c) * square);
    if is_near_zero {
        let z = Double::sum(x, (z - x).round());
        return (z.log() - exact_below - Double::from(0.5) / z - series).value();
    }
    point::log(z) - 0.5 / z - series - below
}

/// ψ⁽ⁿ⁾(x), the (n+1)-th derivative of log Γ: digamma for n = 0, trigamma for n = 1. DLMF 5.15.
///
/// By Hurwitz's zeta function (25.11.12), reflected (5.15.6) below 0. NaN at the poles of digamma, infinite at those of
/// the others; NaN unless `n` is a whole number ≥ 0.
pub fn polygamma(n: f64, x: f64) -> f64 {
    let Some(order) = order(n) else { return f64::NAN };
    if order == 0 || x.is_nan() {
        return digamma(x);
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    if x > 1e16 {
        // (n-1)!/xⁿ (1 + n/(2x)), factor by factor: the power alone may overflow
        return (1..order).fold(-alternating(order) / x, |product, k| product * k as f64 / x);
    }
    if x > 0.0 {
        let scaled = hurwitz_zeta(n + 1.0, x) * -alternating(order);
        // n! alone overflows from 171 on
        return scaled * factorial(n);
    }
    if x == x.floor() {
        return f64::INFINITY;
    }
    alternating(order) * polygamma(n, 1.0 - x) - cotangent_derivative(order, x)
}

/// `n`-th derivative of π cot(πx): πⁿ⁺¹ times a polynomial in the cotangent, from P₀ = c, P' = -(1 + c²) dP/dc.
fn cotangent_derivative(n: usize, x: f64) -> f64 {
    let mut coefficients = vec![0.0, 1.0];
    for _ in 0..n {
        let slope: Vec<f64> = coefficients.iter().enumerate().skip(1).map(|(k, c)| -(k as f64) * c).collect();
        coefficients = vec![0.0; slope.len() + 2];
        for (k, c) in slope.iter().enumerate() {
            coefficients[k] += c;
            coefficients[k + 2] += c;
        }
    }
    let cotangent = cos_pi(x) / sin_pi(x);
    let polynomial = coefficients.iter().rev().fold(0.0, |sum, c| sum * cotangent + c);
    polynomial * PI.powi(n as i32 + 1)
}

/// ψ⁽ⁿ⁾(a) - ψ⁽ⁿ⁾(a + b) without cancellation where b is small against a; for a > 0 and a + b > 0. NaN unless `n` is
/// a whole number ≥ 0.
pub fn polygamma_gap(n: f64, a: f64, b: f64) -> f64 {
    let Some(order) = order(n) else { return f64::NAN };
    let is_near = -0.25 * a <= b && b <= 8.0 * a;
    if a.is_nan() || a <= 0.0 || !is_near || a.is_infinite() {
        return polygamma(n, a) - polygamma(n, a + b);
    }
    // z^-p - (z + b)^-p
    let gap = |z: f64, p: f64| -z.powf(-p) * point::expm1(-p * point::log1p(b / z));
    let n_factorial = factorial(n);
    let (mut z, mut sum) = (a, 0.0);
    while z < DIGAMMA_FROM + n {
        sum += n_factorial * gap(z, n + 1.0);
        z += 1.0;
    }
    // (n-1)!/zⁿ + n!/(2 zⁿ⁺¹) + Σ B₂ₖ/(2k) (2k+n-1)!/(2k-1)! / z²ᵏ⁺ⁿ, and -log z + 1/(2z) + Σ B₂ₖ/(2k)/z²ᵏ for n = 0
    sum += if order == 0 { point::log1p(b / z) } else { factorial(n - 1.0) * gap(z, n) };
    sum += 0.5 * n_factorial * gap(z, n + 1.0);
    let mut rising = n_factorial * (n + 1.0);
    for (k, c) in DIGAMMA.iter().enumerate() {
        let twice = 2.0 * (k as f64 + 1.0);
        sum += c * rising * gap(z, twice + n);
        rising *= (twice + n) * (twice + n + 1.0) / (twice * (twice + 1.0));
    }
    -alternating(order) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, want: f64) {
        assert!((got - want).abs() <= 4e-15 * want.abs(), "{got} is not {want}");
    }

    #[test]
    fn polygamma_agrees_with_tables() {
        // Abramowitz & Stegun 6.3.2, 6.4.2; 30-digit values of mpmath
        close(polygamma(0.0, 1.0), -0.577_215_664_901_532_9);
        close(polygamma(0.0, 0.5), -1.963_510_026_021_423_5);
        close(polygamma(0.0, -1.5), 0.703_156_640_645_243_2);
        close(polygamma(1.0, 1.0), 1.644_934_066_848_226_4);
        close(polygamma(1.0, 0.5), 4.934_802_200_544_679);
        close(polygamma(2.0, 1.5), -0.828_796_644_234_319_9);
        close(polygamma(3.0, 1.0), 6.493_939_402_266_829);
    }

    #[test]
    fn factorials_are_exact() {
        assert_eq!(factorial(0.0), 1.0);
        assert_eq!(factorial(20.0), 2_432_902_008_176_640_000.0);
        assert_eq!(factorial(171.0), f64::INFINITY);
    }

    #[test]
    fn neighbouring_digammas_keep_the_digits_of_their_difference() {
        // ψ(x) - ψ(x+1) = -1/x
        close(polygamma_gap(0.0, 1e10, 1.0), -1e-10);
        close(polygamma_gap(1.0, 1e8, 1.0), 1e-16);
        close(polygamma_gap(0.0, 7.0, 1.0), -1.0 / 7.0);
        close(polygamma_gap(2.0, 5.0, 1.0), -2.0 / 125.0);
    }
}
