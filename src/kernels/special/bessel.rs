//! Bessel functions of whole order and real argument. DLMF chapter 10.
//!
//! J and Y come from `libm` (FDLIBM: power series, Hankel's asymptotic series, recurrences in the stable direction):
//! errors are small against the envelope √(2/(πx)). Beside the zeros, where that leaves few digits, from wide numbers.

use std::f64::consts::{FRAC_2_PI, LN_2};

use super::scaled_bessel;
use crate::kernels::elementary::point;
use crate::kernels::wide::{self, Wide, narrowed};

/// Orders beyond this are refused as NaN: the recurrences would not end in time.
const MAX_ORDER: f64 = 100_000.0;

/// The order, if it is a whole number that is computed.
fn order(n: f64) -> Option<i32> {
    (n.fract() == 0.0 && n.abs() <= MAX_ORDER).then_some(n as i32)
}

/// Jₙ(x). NaN unless `n` is a whole number.
pub fn jn(n: f64, x: f64) -> f64 {
    let Some(whole) = order(n) else { return f64::NAN };
    let value = match whole {
        0 => libm::j0(x),
        1 => libm::j1(x),
        _ => libm::jn(whole, x),
    };
    if is_beside_zero(n, x, value) { narrowed(80, || wide::bessel::jv(&Wide::new(n), &Wide::new(x))) } else { value }
}

/// Whether a value of J or Y is so small against the envelope that its last digits are lost; the zeros lie beyond the
/// order.
fn is_beside_zero(n: f64, x: f64, value: f64) -> bool {
    const SMALL: f64 = 1e-3;
    let size = x.abs();
    size > f64::max(n.abs(), 0.5) && size < 1e15 && value * value < SMALL * SMALL * FRAC_2_PI / size
}

/// Yₙ(x) for x ≥ 0, -∞ at 0. NaN unless `n` is a whole number.
pub fn yn(n: f64, x: f64) -> f64 {
    if x < 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let Some(whole) = order(n) else { return f64::NAN };
    let value = match whole {
        0 => libm::y0(x),
        1 => libm::y1(x),
        _ => libm::yn(whole, x),
    };
    if is_beside_zero(n, x, value) { narrowed(80, || wide::bessel::yv(&Wide::new(n), &Wide::new(x))) } else { value }
}

/// Iₙ(x). NaN unless `n` is a whole number.
///
/// Up to |x| = 20 by the power series (10.25.2), whose terms all have one sign; beyond from the scaled functions, the
/// orders above 1 by the continued fraction for their ratios (10.33.1).
pub fn in_(n: f64, x: f64) -> f64 {
    let Some(n) = order(n.abs()) else { return f64::NAN };
    let size = x.abs();
    if size.is_nan() {
        return x;
    }
    let value = if size <= 20.0 {
        scaled_bessel::power_series(n, size)
    } else {
        let half = point::exp(0.5 * size);
        if half.is_infinite() {
            return if x < 0.0 && n % 2 == 1 { -half } else { half };
        }
        scaled_bessel::large(n, size) * half * half
    };
    if x < 0.0 && n % 2 == 1 { -value } else { value }
}

/// Kₙ(x) for x ≥ 0, ∞ at 0. NaN unless `n` is a whole number.
///
/// K₀ and K₁ from series (10.31.2) or from the scaled functions, the others upwards (10.29.1), which is stable.
pub fn kn(n: f64, x: f64) -> f64 {
    let Some(n) = order(n.abs()) else { return f64::NAN };
    if x < 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::INFINITY;
    }
    let start = |n| {
        if x <= 1.0 {
            return small_k(n, x);
        }
        let half = point::exp(-0.5 * x);
        scaled_bessel::scaled_k(n, 0, x) * half * half
    };
    if n == 1 {
        return start(1);
    }
    let mut last = start(0);
    if n > 0 {
        let mut next = start(1);
        for k in 1..n {
            (last, next) = (next, last + 2.0 * f64::from(k) / x * next);
            if next.is_infinite() {
                return next;
            }
        }
        last = next;
    }
    last
}

/// K₀ and K₁ for 0 < x ≤ 1.
fn small_k(n: i32, x: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    // the half of the smallest number is 0
    let log = if x < f64::MIN_POSITIVE { point::log(x) - LN_2 } else { point::log(0.5 * x) };
    let square = 0.25 * x * x;
    // K₀ = -(log(x/2) + γ) I₀ + Σ hₖ (x²/4)ᵏ/k!²
    // K₁ = 1/x + log(x/2) I₁ - x/4 Σ (hₖ + hₖ₊₁ - 2γ) (x²/4)ᵏ/(k!(k+1)!), hₖ = 1 + … + 1/k
    let (mut power, mut harmonic, mut sum) = (1.0, 0.0, 0.0);
    for k in 0..16 {
        let next = f64::from(k + 1);
        let after = harmonic + 1.0 / next;
        sum += if n == 0 { harmonic * power } else { (harmonic + after - 2.0 * EULER) * power / next };
        harmonic = after;
        power *= square / (next * next);
    }
    if n == 0 {
        sum - (log + EULER) * scaled_bessel::power_series(0, x)
    } else {
        1.0 / x + (log * scaled_bessel::power_series(1, x) - 0.25 * x * sum)
    }
}
