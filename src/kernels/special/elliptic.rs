//! Complete elliptic integrals of the parameter m = k². DLMF 19.2.8.

use std::f64::consts::{FRAC_PI_2, PI};

use super::order;
use crate::kernels::double::{self, Double};

/// K(m) = ∫ dθ/√(1 - m sin²θ) over a quarter turn, for m ≤ 1; ∞ at 1.
pub fn ellipk(m: f64) -> f64 {
    ellipk_derivative(0.0, m)
}

/// E(m) = ∫ √(1 - m sin²θ) dθ over a quarter turn, for m ≤ 1.
pub fn ellipe(m: f64) -> f64 {
    ellipe_derivative(0.0, m)
}

/// K and E by the arithmetic-geometric mean, in double length because E is a small difference near 1. DLMF 19.8.5, 19.8.6.
fn complete(m: f64) -> (Double, Double) {
    let (mut a, mut g) = (Double::from(1.0), (Double::from(1.0) - Double::from(m)).sqrt());
    let mut weight = 0.5;
    let mut sum = Double::from(m) * weight;
    for _ in 0..60 {
        let half_gap = (a - g) * 0.5;
        weight *= 2.0;
        sum = sum + half_gap * half_gap * weight;
        (a, g) = ((a + g) * 0.5, (a * g).sqrt());
        if (half_gap.hi / a.hi).abs() < 1e-17 {
            break;
        }
    }
    let k = double::PI / (a * 2.0);
    (k, k * (Double::from(1.0) - sum))
}

/// `n`-th derivative of K. Hypergeometric series near 0 (19.5.1), elsewhere the differential equation
/// `m(1-m) K⁽ⁿ⁺²⁾ + (n+1)(1-2m) K⁽ⁿ⁺¹⁾ = (n+1/2)² K⁽ⁿ⁾` (19.4.8). NaN unless `n` is a whole number ≥ 0.
pub fn ellipk_derivative(n: f64, m: f64) -> f64 {
    let Some(n) = order(n) else { return f64::NAN };
    if m > 1.0 || m.is_nan() {
        return f64::NAN;
    }
    if m == 1.0 {
        return f64::INFINITY;
    }
    if m == f64::NEG_INFINITY {
        return 0.0;
    }
    if n > 0 && m.abs() < 0.5 {
        return hypergeometric(n, 0.5, m);
    }
    let (k, e) = complete(m);
    let rest = Double::from(1.0) - Double::from(m);
    // one after the other: the product may overflow
    let slope = (e - rest * k) / rest / (Double::from(m) * 2.0);
    climb(n, k.value(), slope.value(), m, |n| [m * (1.0 - m), (n + 1.0) * (1.0 - 2.0 * m), -(n + 0.5) * (n + 0.5)])
}

/// `n`-th derivative of E, from `m(1-m) E⁽ⁿ⁺²⁾ + (n(1-2m) + 1-m) E⁽ⁿ⁺¹⁾ = (n²-1/4) E⁽ⁿ⁾` (19.4.9); else like
/// [`ellipk_derivative`].
pub fn ellipe_derivative(n: f64, m: f64) -> f64 {
    let Some(n) = order(n) else { return f64::NAN };
    if m > 1.0 || m.is_nan() {
        return f64::NAN;
    }
    if m == 1.0 {
        return if n == 0 { 1.0 } else { f64::NEG_INFINITY };
    }
    if m == f64::NEG_INFINITY {
        return if n == 0 { f64::INFINITY } else { 0.0 };
    }
    if n > 0 && m.abs() < 0.5 {
        return hypergeometric(n, -0.5, m);
    }
    let (k, e) = complete(m);
    let slope = (e - k) / (Double::from(m) * 2.0);
    climb(n, e.value(), slope.value(), m, |n| [m * (1.0 - m), n * (1.0 - 2.0 * m) + (1.0 - m), -(n * n - 0.25)])
}

/// Upwards from value and slope with the equation `a y⁽ⁿ⁺²⁾ + b y⁽ⁿ⁺¹⁾ + c y⁽ⁿ⁾ = 0`.
fn climb(n: usize, value: f64, slope: f64, m: f64, equation: impl Fn(f64) -> [f64; 3]) -> f64 {
    let (mut last, mut next) = (value, slope);
    for k in 0..n {
        let [a, b, c] = equation(k as f64);
        (last, next) = (next, -(b * next + c * last) / a);
    }
    if n == 0 && m == 0.0 { FRAC_PI_2 } else { last }
}

/// `n`-th derivative of π/2 ₂F₁(a, 1/2; 1; m).
fn hypergeometric(n: usize, a: f64, m: f64) -> f64 {
    // the term of mᵏ is (a)ₖ (1/2)ₖ/k!²; differentiated it has k!/(k-n)! as well
    let mut coefficient = (0..n).map(|i| i as f64).fold(PI / 2.0, |c, i| c * (a + i) * (0.5 + i) / (i + 1.0));
    let mut sum = 0.0;
    for j in 0..400 + 10 * n {
        sum += coefficient;
        if coefficient.abs() < 1e-18 * sum.abs() {
            break;
        }
        let k = (n + j) as f64;
        coefficient *= m * (a + k) * (0.5 + k) / ((k + 1.0) * (j as f64 + 1.0));
    }
    sum
}
