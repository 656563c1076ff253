//! The normalized cardinal sine, sin(πx)/(πx), and its derivatives.

use std::f64::consts::PI;

use super::circle::{cos_pi, sin_pi};
use super::{alternating, order};
use crate::kernels::double::{self, Double};

/// sin(πx)/(πx), 1 at 0, exactly 0 at the other whole numbers.
pub fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x.is_infinite() {
        0.0
    } else {
        sin_pi(x) / (PI * x)
    }
}

/// `n`-th derivative of sinc; NaN unless `n` is a whole number ≥ 0.
///
/// Far from 0 by `x y⁽ⁿ⁾ + n y⁽ⁿ⁻¹⁾ = πⁿ⁻¹ sin⁽ⁿ⁾(πx)`, which loses digits for π|x| < n; there by the power series in
/// double-length arithmetic.
pub fn sinc_derivative(n: f64, x: f64) -> f64 {
    let Some(n) = order(n) else { return f64::NAN };
    if n == 0 || x.is_nan() {
        return sinc(x);
    }
    if x.is_infinite() {
        return 0.0;
    }
    if PI * x.abs() > n as f64 + 3.0 {
        let (mut y, mut scale) = (sinc(x), 1.0);
        for k in 1..=n {
            // sin⁽ᵏ⁾ = sin, cos, -sin, -cos
            let wave = [sin_pi(x), cos_pi(x), -sin_pi(x), -cos_pi(x)][k % 4];
            y = (scale * wave - k as f64 * y) / x;
            scale *= PI;
        }
        return y;
    }
    // Σ (-1)ʲ π²ʲ x²ʲ⁻ⁿ / ((2j+1) (2j-n)!) from j = ⌈n/2⌉
    let first = n.div_ceil(2);
    let z = double::PI * x;
    let square = z * z;
    let mut term = Double::from(alternating(first));
    if n % 2 == 1 {
        term = term * z;
    }
    let mut sum = Double::from(0.0);
    for j in first..first + 40 + n {
        let added = term / (2 * j + 1) as f64;
        sum = sum + added;
        if added.hi.abs() < 1e-22 * sum.hi.abs() && j > first + n {
            break;
        }
        let power = (2 * j - n) as f64;
        term = -(term * square / ((power + 1.0) * (power + 2.0)));
    }
    (0..n).fold(sum, |product, _| product * double::PI).value()
}
