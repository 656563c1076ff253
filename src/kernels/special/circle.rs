//! Sine and cosine of multiples of π, exact at the quarter turns.

use std::f64::consts::PI;

use crate::kernels::double::Double;
use crate::kernels::elementary::point;

/// sin(πx), exactly 0 at whole numbers.
pub fn sin_pi(x: f64) -> f64 {
    let r = x - 2.0 * (0.5 * x).round();
    let from_axis = r.abs();
    let size = if from_axis <= 0.25 {
        point::sin(PI * from_axis)
    } else if from_axis <= 0.75 {
        point::cos(PI * (0.5 - from_axis))
    } else {
        point::sin(PI * (1.0 - from_axis))
    };
    if from_axis == 1.0 { 0.0 } else { size.copysign(r) }
}

/// cos(πx), exactly 0 at halves.
pub fn cos_pi(x: f64) -> f64 {
    let r = (x - 2.0 * (0.5 * x).round()).abs();
    if r <= 0.25 {
        point::cos(PI * r)
    } else if r <= 0.75 {
        point::sin(PI * (0.5 - r))
    } else {
        -point::cos(PI * (1.0 - r))
    }
}

/// x²/2 modulo 2 and what its rounding left over, from the exact square.
pub fn half_square(x: f64) -> (f64, f64) {
    let square = Double::product(x, x);
    let half = Double::sum(0.5 * (square.hi % 4.0), 0.5 * (square.lo % 4.0));
    (half.hi, half.lo)
}
