//! The error function's relatives: scaled complement, inverses, Dawson's integral.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

use super::{alternating, order};
use crate::kernels::double::Double;
use crate::kernels::elementary::point;

const SQRT_PI: f64 = 1.772_453_850_905_516;

/// √π/2
const HALF_SQRT_PI: f64 = 0.886_226_925_452_758;

/// e^(sign x²) without the rounding of x².
pub fn exp_square(x: f64, sign: f64) -> f64 {
    let square = Double::product(x, x);
    let y = point::exp(sign * square.hi);
    if y.is_finite() && square.lo.is_finite() { y + y * (sign * square.lo) } else { y }
}

/// Scaled complementary error function e^(x²) erfc(x). DLMF 7.2.2, asymptotic series 7.12.1.
pub fn erfcx(x: f64) -> f64 {
    if x < 25.0 {
        // below -26.7 both factors are what they are: 2 e^(x²) overflows
        return exp_square(x, 1.0) * point::erfc(x);
    }
    let t = 0.5 / (x * x);
    // (2k-1)!! (-t)^k: nine terms are exact to the last digit from 25 on
    let series = (1..9).rev().fold(1.0, |sum, k| 1.0 - f64::from(2 * k - 1) * t * sum);
    series / (x * SQRT_PI)
}

/// `n`-th derivative of erfcx: (-2)ⁿ n! e^(x²) iⁿerfc(x), with the repeated integrals iⁿerfc. DLMF 7.18.3.
///
/// From 0.5 on by the continued fraction for their ratios, which has only positive terms (7.18.7 upwards loses digits
/// there); below by 7.18.7 itself, where it is the other way round. NaN unless `n` is a whole number ≥ 0.
pub fn erfcx_derivative(n: f64, x: f64) -> f64 {
    let Some(n) = order(n) else { return f64::NAN };
    if n == 0 || x.is_nan() {
        return erfcx(x);
    }
    if x < 0.5 {
        let (mut before, mut last) = (FRAC_2_SQRT_PI, erfcx(x));
        // derivatives, not integrals: y⁽ᵏ⁺¹⁾ = 2x y⁽ᵏ⁾ + 2k y⁽ᵏ⁻¹⁾, y' = 2x y - 2/√π
        before = -before;
        for k in 0..n {
            let weight = if k == 0 { 1.0 } else { 2.0 * k as f64 };
            (before, last) = (last, 2.0 * x * last + weight * before);
        }
        return last;
    }
    // terms fall like exp(-2x √(2k))
    let deepest = n + 12 + (220.0 / (x * x)) as usize;
    let mut ratio = 0.0;
    let mut product = FRAC_2_SQRT_PI;
    for k in (0..=deepest).rev() {
        ratio = 0.5 / (x + (k as f64 + 1.0) * ratio);
        if k <= n {
            product *= ratio * if k == 0 { 1.0 } else { -2.0 * k as f64 };
        }
    }
    product
}

/// Inverse of erf on [-1, 1]; ±∞ at the ends. DLMF 7.17.
///
/// Two steps of Halley's method from a series or, in the tail, Newton's method on the logarithm of erfc.
pub fn erfinv(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return erfcinv(1.0 - x.abs()).copysign(x);
    }
    let mut y = HALF_SQRT_PI * x * (1.0 + PI / 12.0 * x * x);
    for _ in 0..3 {
        let step = (point::erf(y) - x) * HALF_SQRT_PI * exp_square(y, 1.0);
        y -= step / (1.0 + y * step);
    }
    if x == 0.0 { x } else { y }
}

/// Inverse of erfc on [0, 2]; ∞ at 0, -∞ at 2. DLMF 7.17.
pub fn erfcinv(q: f64) -> f64 {
    if !(0.0..=2.0).contains(&q) {
        return f64::NAN;
    }
    if (0.5..=1.5).contains(&q) {
        return erfinv(1.0 - q);
    }
    if q > 1.0 {
        return -erfcinv(2.0 - q);
    }
    if q == 0.0 {
        return f64::INFINITY;
    }
    // start: Winitzki (2008), "A handy approximation for the error function and its inverse"
    const A: f64 = 0.147;
    let log_q = point::log(q);
    let log = log_q + point::log(2.0 - q);
    let half = 2.0 / (PI * A) + 0.5 * log;
    let mut y = ((half * half - log / A).sqrt() - half).sqrt();
    for _ in 0..4 {
        let scaled = erfcx(y);
        let miss =
            if q > 1e-200 { point::log(scaled * exp_square(y, -1.0) / q) } else { point::log(scaled) - y * y - log_q };
        y += miss * scaled * HALF_SQRT_PI;
    }
    y
}

/// Dawson's integral e^(-x²) ∫₀ˣ e^(t²) dt. DLMF 7.2.5.
pub fn dawson(x: f64) -> f64 {
    dawson_derivative(0.0, x)
}

/// Imaginary error function 2/√π ∫₀ˣ e^(t²) dt. DLMF 7.5.1. By halves of the exponential, which overflows before it does.
pub fn erfi(x: f64) -> f64 {
    let square = Double::product(x, x);
    let half = point::exp(0.5 * square.hi);
    if half.is_infinite() {
        return x.signum() * half;
    }
    let other = half + half * square.lo;
    other * (half * (FRAC_2_SQRT_PI * dawson(x)))
}

/// `n`-th derivative of Dawson's integral.
///
/// Power series (DLMF 7.6.3) to 1, sampled Gaussians to 7 (Rybicki 1989, "Dawson's integral and the sampling theorem"; with
/// step 1/4 exact to e^(-4π²)), asymptotic series beyond (7.12.3). NaN unless `n` is a whole number ≥ 0.
pub fn dawson_derivative(n: f64, x: f64) -> f64 {
    let Some(n) = order(n) else { return f64::NAN };
    let size = x.abs();
    let sign = if x < 0.0 { -alternating(n) } else { 1.0 };
    if size.is_nan() {
        x
    } else if size <= 1.0 {
        dawson_series(n, x)
    } else if size <= 7.0 + n as f64 / 4.0 {
        sign * dawson_sampled(n, size)
    } else {
        sign * dawson_asymptotic(n, size)
    }
}

/// Σ (-2)ᵏ x²ᵏ⁺¹/(2k+1)!!, differentiated term by term.
fn dawson_series(n: usize, x: f64) -> f64 {
    if n == 0 && x.abs() < 1e-8 {
        return x;
    }
    let mut coefficient = 1.0;
    let mut sum = 0.0;
    for k in 0..(40 + n) {
        let power = 2 * k + 1;
        if power >= n {
            let falling = (power - n + 1..=power).fold(1.0, |product, i| product * i as f64);
            sum += coefficient * falling * x.powi((power - n) as i32);
        }
        coefficient *= -2.0 / (power + 2) as f64;
    }
    sum
}

/// 1/√π Σ e^(-(x - m/4)²)/m over odd m; its derivatives bring Hermite polynomials.
fn dawson_sampled(n: usize, x: f64) -> f64 {
    const STEP: f64 = 0.25;
    let nearest = 2 * (x / (2.0 * STEP)).floor() as i64 + 1;
    let reach = 2 * (16 + n as i64);
    let mut sum = 0.0;
    for m in (nearest - reach..=nearest + reach).step_by(2) {
        let u = x - STEP * m as f64;
        sum += alternating(n) * hermite(n, u) * point::exp(-u * u) / m as f64;
    }
    sum / SQRT_PI
}

/// Hₙ(u). DLMF 18.9.1.
fn hermite(n: usize, u: f64) -> f64 {
    let (mut before, mut last) = (0.0, 1.0);
    for k in 0..n {
        (before, last) = (last, 2.0 * u * last - 2.0 * k as f64 * before);
    }
    last
}

/// Σ (2k-1)!!/(2ᵏ⁺¹ x²ᵏ⁺¹), differentiated term by term.
fn dawson_asymptotic(n: usize, x: f64) -> f64 {
    let mut term = (1..=n).fold(0.5 / x, |product, i| -product * i as f64 / x);
    let mut sum = term;
    let order = n as f64;
    for k in 0..60 {
        let power = f64::from(2 * k + 1);
        let ratio = 0.5 * power * ((power + order) / power) * ((power + order + 1.0) / (power + 1.0)) / x / x;
        if ratio >= 1.0 || term.abs() <= 1e-18 * sum.abs() {
            break;
        }
        term *= ratio;
        sum += term;
    }
    sum
}
