//! The dilogarithm as Spence's function, ∫ log t/(1 - t) dt from 1 to x, which is Li₂(1 - x). DLMF 25.12.

use std::f64::consts::PI;

use super::{alternating, order};
use crate::kernels::elementary::point;

/// B₂ₖ/(2k+1)! for k = 1 … 13.
const COEFFICIENTS: [f64; 13] = [
    0.027_777_777_777_777_776,
    -0.000_277_777_777_777_777_8,
    4.724_111_866_969_01e-6,
    -9.185_773_074_661_964e-8,
    1.897_886_998_897_1e-9,
    -4.064_761_645_144_225_6e-11,
    8.921_691_020_456_452e-13,
    -1.993_929_586_072_107_4e-14,
    4.518_980_029_619_918e-16,
    -1.035_651_761_218_124_7e-17,
    2.395_218_621_026_187e-19,
    -5.581_785_874_325_009e-21,
    1.309_150_755_418_321_3e-22,
];

/// Spence's function of x ≥ 0; π²/6 at 0, 0 at 1, NaN below 0.
///
/// The Bernoulli series in log x near 1, else the reflections 25.12.6 and 25.12.4 there.
pub fn spence(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        f64::NAN
    } else if x == 0.0 {
        PI * PI / 6.0
    } else if x == f64::INFINITY {
        f64::NEG_INFINITY
    } else if x < 0.5 {
        PI * PI / 6.0 - point::log(x) * point::log1p(-x) - near_one(-x)
    } else if x <= 2.0 {
        near_one(x - 1.0)
    } else {
        let log = point::log(x);
        -spence(1.0 / x) - 0.5 * log * log
    }
}

/// Li₂(-u), |log(1 + u)| ≤ log 2: w - w²/4 + Σ B₂ₖ w²ᵏ⁺¹/(2k+1)! with w = -log(1 + u).
fn near_one(u: f64) -> f64 {
    let w = -point::log1p(u);
    let square = w * w;
    let series = COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum * square + c);
    w + (w * square * series - 0.25 * square)
}

/// `n`-th derivative of Spence's function for x ≥ 0: the first is log(x)/(1 - x), -1 at 1. NaN unless `n` is a whole
/// number ≥ 0.
///
/// With u = x - 1: power series below |u| = 1/2; elsewhere from `u y⁽ⁿ⁾ + n y⁽ⁿ⁻¹⁾ = log⁽ⁿ⁾(x)` for y = log(x)/u.
pub fn spence_derivative(n: f64, x: f64) -> f64 {
    let Some(n) = order(n) else { return f64::NAN };
    if n == 0 {
        return spence(x);
    }
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    let (n, u) = (n - 1, x - 1.0);
    if u.abs() < 0.5 && n > 0 {
        let mut weight = (1..=n).fold(alternating(n), |product, i| product * i as f64);
        let mut sum = 0.0;
        for k in n..n + 60 + 8 * n {
            let term = weight / (k + 1) as f64;
            sum += term;
            if term.abs() < 1e-18 * sum.abs() {
                break;
            }
            weight *= -u * (k + 1) as f64 / (k + 1 - n) as f64;
        }
        return -sum;
    }
    let log = if u.abs() < 0.5 { point::log1p(u) } else { point::log(x) };
    let mut y = if u == 0.0 { 1.0 } else { log / u };
    let mut slope = 1.0 / x;
    for k in 1..=n {
        y = (slope - k as f64 * y) / u;
        slope *= -(k as f64) / x;
    }
    -y
}
