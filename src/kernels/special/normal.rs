//! The normal distribution: density, distribution function, its logarithm and its inverse.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::error_functions::{erfcinv, erfcx};
use crate::kernels::double::Double;
use crate::kernels::elementary::point;

/// 1/√(2π)
const FRAC_1_SQRT_TAU: f64 = 0.398_942_280_401_432_7;

/// √(2/π)
const SQRT_FRAC_2_PI: f64 = 0.797_884_560_802_865_4;

/// e^(-x²/2) without the rounding of x².
fn exp_minus_half_square(x: f64) -> f64 {
    let square = Double::product(x, x);
    let y = point::exp(-0.5 * square.hi);
    if y > 0.0 { y - y * (0.5 * square.lo) } else { y }
}

/// Density e^(-x²/2)/√(2π).
pub fn normal_density(x: f64) -> f64 {
    FRAC_1_SQRT_TAU * exp_minus_half_square(x)
}

/// Distribution function Φ(x) = erfc(-x/√2)/2, to the last digits in its tail. DLMF 7.18.
pub fn ndtr(x: f64) -> f64 {
    // in the tail the rounding of x/√2 would be magnified by x²
    if x < -1.0 && x > -38.0 {
        return 0.5 * erfcx(-x * FRAC_1_SQRT_2) * exp_minus_half_square(x);
    }
    0.5 * point::erfc(-x * FRAC_1_SQRT_2)
}

/// log Φ(x), without underflow.
pub fn log_ndtr(x: f64) -> f64 {
    if x < -1.0 { point::log(0.5 * erfcx(-x * FRAC_1_SQRT_2)) - 0.5 * x * x } else { point::log1p(-ndtr(-x)) }
}

/// Slope of log Φ: density over distribution function, the inverse Mills ratio at -x.
pub fn log_ndtr_slope(x: f64) -> f64 {
    if x < 0.0 { SQRT_FRAC_2_PI / erfcx(-x * FRAC_1_SQRT_2) } else { normal_density(x) / (1.0 - ndtr(-x)) }
}

/// Quantile: the x with Φ(x) = p, for p in [0, 1].
pub fn ndtri(p: f64) -> f64 {
    if p <= 0.5 { -SQRT_2 * erfcinv(2.0 * p) } else { SQRT_2 * erfcinv(2.0 * (1.0 - p)) }
}
