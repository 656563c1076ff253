//! Bessel functions and exponential integrals of real order, and their derivatives in the order. DLMF chapter 10, 8.19.
//!
//! Whole orders have kernels of their own; everything else is computed with wide numbers and rounded once.

use super::{bessel, exponential_integral};
use crate::kernels::wide::{self, Wide, narrowed};

/// Certain bits of the wide numbers: those of f64, and some to round them.
const BITS: usize = 80;

/// Orders beyond this are refused as NaN, as in the kernels of whole orders.
const MAX_ORDER: f64 = 100_000.0;

/// Derivatives in the order are taken of arguments up to this: farther out the difference takes too long.
const MAX_ARGUMENT: f64 = 1e6;

/// The same of orders and arguments that are both large.
const MAX_BOTH: f64 = 1e4;

fn is_whole(v: f64) -> bool {
    v.fract() == 0.0
}

/// A function of order and argument, both finite.
fn computed(v: f64, x: f64, f: fn(&Wide, &Wide) -> Wide) -> f64 {
    if v.is_nan() || x.is_nan() || v.abs() > MAX_ORDER {
        return f64::NAN;
    }
    narrowed(BITS, || f(&Wide::new(v), &Wide::new(x)))
}

/// Jᵥ(x); for x < 0 of whole order only.
pub fn jv(v: f64, x: f64) -> f64 {
    match () {
        _ if is_whole(v) => bessel::jn(v, x),
        _ if x == f64::INFINITY => 0.0,
        _ if x == 0.0 && v < 0.0 => f64::INFINITY.copysign(super::gamma::gamma_sign(v + 1.0)),
        _ => computed(v, x, wide::bessel::jv),
    }
}

/// Yᵥ(x) for x ≥ 0, -∞ at 0 where v > -1/2.
pub fn yv(v: f64, x: f64) -> f64 {
    match () {
        _ if is_whole(v) => bessel::yn(v, x),
        _ if x == f64::INFINITY => 0.0,
        _ if x == 0.0 && v > 0.0 => f64::NEG_INFINITY,
        _ => computed(v, x, wide::bessel::yv),
    }
}

/// Iᵥ(x); for x < 0 of whole order only.
pub fn iv(v: f64, x: f64) -> f64 {
    match () {
        _ if is_whole(v) => bessel::in_(v, x),
        // e^x/√(2πx) is beyond f64, unless the order is larger still
        _ if x > 1e4 && v.abs() < 1e3 => f64::INFINITY,
        _ if x == 0.0 && v < 0.0 => f64::INFINITY.copysign(super::gamma::gamma_sign(v + 1.0)),
        _ => computed(v, x, wide::bessel::iv),
    }
}

/// Kᵥ(x) for x ≥ 0, ∞ at 0.
pub fn kv(v: f64, x: f64) -> f64 {
    match () {
        _ if is_whole(v) => bessel::kn(v, x),
        _ if x == 0.0 => f64::INFINITY,
        _ if x > 1e4 && v.abs() < 1e3 => 0.0,
        _ => computed(v, x, wide::bessel::kv),
    }
}

/// Eᵥ(x), for x ≥ 0.
pub fn expn(v: f64, x: f64) -> f64 {
    match () {
        _ if is_whole(v) => exponential_integral::expn(v, x),
        _ if x == 0.0 => {
            if v > 1.0 {
                1.0 / (v - 1.0)
            } else {
                f64::INFINITY
            }
        }
        _ if x > 1e4 && v.abs() < 1e3 => 0.0,
        _ => computed(v, x, wide::integrals::expn),
    }
}

/// The m-th derivative in the order of one of the functions.
fn derivative(m: f64, v: f64, x: f64, f: fn(&Wide, &Wide, &Wide) -> Wide) -> f64 {
    let takes_long = v.abs() > MAX_ORDER || x.abs() > MAX_ARGUMENT || f64::min(v.abs(), x.abs()) > MAX_BOTH;
    if m.is_nan() || v.is_nan() || x.is_nan() || takes_long {
        return f64::NAN;
    }
    narrowed(BITS, || f(&Wide::new(m), &Wide::new(v), &Wide::new(x)))
}

/// The m-th derivative of Jᵥ(x) in v, for x > 0; at 0 of orders v > 0.
pub fn jv_derivative(m: f64, v: f64, x: f64) -> f64 {
    derivative(m, v, x, wide::bessel::jv_derivative)
}

/// The m-th derivative of Yᵥ(x) in v, for x > 0.
pub fn yv_derivative(m: f64, v: f64, x: f64) -> f64 {
    derivative(m, v, x, wide::bessel::yv_derivative)
}

/// The m-th derivative of Iᵥ(x) in v, for x > 0; at 0 of orders v > 0.
pub fn iv_derivative(m: f64, v: f64, x: f64) -> f64 {
    derivative(m, v, x, wide::bessel::iv_derivative)
}

/// The m-th derivative of Kᵥ(x) in v, for x > 0: that of odd order is 0 at v = 0.
pub fn kv_derivative(m: f64, v: f64, x: f64) -> f64 {
    if v == 0.0 && m % 2.0 == 1.0 && x > 0.0 { 0.0 } else { derivative(m, v, x, wide::bessel::kv_derivative) }
}

/// The m-th derivative of Eᵥ(x) in v, for x > 0.
pub fn expn_derivative(m: f64, v: f64, x: f64) -> f64 {
    derivative(m, v, x, wide::integrals::expn_derivative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, want: f64) {
        assert!((got - want).abs() <= 4e-16 * want.abs(), "{got} is not {want}");
    }

    // mpmath 1.4 with 50 digits
    #[test]
    fn functions_of_real_order_agree_with_tables() {
        close(jv(0.5, 2.0), 0.513_016_136_561_827_8);
        close(yv(2.5, 3.0), -0.369_040_730_073_797_9);
        close(iv(0.5, 2.0), 2.046_236_863_089_055);
        close(kv(1.5, 2.0), 0.179_906_657_952_092_17);
        close(expn(2.5, 0.5), 0.265_126_496_948_900_97);
        close(expn(0.5, 100.0), 3.701_747_860_408_279e-46);
    }
}
