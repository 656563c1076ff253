//! Fresnel integrals S(x) = ∫₀ˣ sin(πt²/2) dt and C(x) = ∫₀ˣ cos(πt²/2) dt. DLMF 7.2.7, 7.2.8.

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use super::circle::{cos_pi, half_square, sin_pi};
use crate::kernels::elementary::point;

/// Below this the power series, above the auxiliary functions.
const NEAR: f64 = 1.5;

/// Above 2⁵⁴ every f64 is divisible by 4.
const ALL_EVEN: f64 = 18_014_398_509_481_984.0;

/// sin(πx²/2), from the exact square.
pub fn sin_half_pi_square(x: f64) -> f64 {
    match () {
        _ if !x.is_finite() => f64::NAN,
        _ if x.abs() > ALL_EVEN => 0.0,
        _ => sin_pi(half_square(x)),
    }
}

/// cos(πx²/2), from the exact square.
pub fn cos_half_pi_square(x: f64) -> f64 {
    match () {
        _ if !x.is_finite() => f64::NAN,
        _ if x.abs() > ALL_EVEN => 1.0,
        _ => cos_pi(half_square(x)),
    }
}

pub fn fresnel_s(x: f64) -> f64 {
    if x.abs() < NEAR {
        return x * series(x, 1);
    }
    let (f, g) = auxiliary(x.abs());
    let size = if f == 0.0 { 0.5 } else { 0.5 - f * cos_half_pi_square(x) - g * sin_half_pi_square(x) };
    size.copysign(x)
}

pub fn fresnel_c(x: f64) -> f64 {
    if x.abs() < NEAR {
        return x * series(x, 0);
    }
    let (f, g) = auxiliary(x.abs());
    let size = if f == 0.0 { 0.5 } else { 0.5 + f * sin_half_pi_square(x) - g * cos_half_pi_square(x) };
    size.copysign(x)
}

/// Σ (-1)ᵏ zᵐ/(m! (2m+1)) with z = πx²/2 and m = 2k + `first`. DLMF 7.6.4, 7.6.6.
fn series(x: f64, first: u32) -> f64 {
    let z = FRAC_PI_2 * x * x;
    let mut power = if first == 1 { z } else { 1.0 };
    let mut sum = 0.0;
    for k in 0..20 {
        let m = f64::from(2 * k + first);
        sum += power / (2.0 * m + 1.0);
        power *= -z * z / ((m + 1.0) * (m + 2.0));
    }
    sum
}

/// f and g: √2/π ∫₀^∞ (1, u²) e^(-πx²u²/2)/(1 + u⁴) du, which is DLMF 7.7.10 and 7.7.11 with t = u².
///
/// By the trapezoidal rule: its error falls like exp(-√2 π/h) (poles) and exp(-2π/(hx)²) (Gaussian).
fn auxiliary(x: f64) -> (f64, f64) {
    if x.is_nan() {
        return (x, x);
    }
    // both are below the last digit of 1/2
    if x > 1e17 {
        return (0.0, 0.0);
    }
    let h = f64::min(0.1, 0.39 / x);
    let (mut f, mut g) = (0.5, 0.0);
    let rate = FRAC_PI_2 * x * x;
    for k in 1..100 {
        let square = (f64::from(k) * h) * (f64::from(k) * h);
        let term = point::exp(-rate * square) / (1.0 + square * square);
        f += term;
        g += square * term;
        if term < 1e-18 {
            break;
        }
    }
    (SQRT_2 / PI * h * f, SQRT_2 / PI * h * g)
}
