//! Modified Bessel functions without their exponential factor: e^-|x| Iₙ(x), eˣ Kₙ(x), and derivatives of those.
//!
//! The derivatives are integrals of one sign (DLMF 10.32.1 and 10.32.9 under the integral sign), where the textbook rule
//! `i0e' = i1e - i0e` is a small difference of large numbers.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::{alternating, order};
use crate::kernels::elementary::point;

/// Where the asymptotic series takes over: its smallest term is about e^(-2x).
const FAR: f64 = 20.0;

/// Iₙ(x) = Σ (x/2)ⁿ⁺²ᵏ/(k! (n+k)!) for x ≥ 0. DLMF 10.25.2.
pub fn power_series(n: i32, x: f64) -> f64 {
    let half = 0.5 * x;
    let mut term = 1.0;
    for k in 1..=n {
        term *= half / f64::from(k);
        if term == 0.0 {
            return 0.0;
        }
    }
    let mut sum = term;
    for k in 1..200 {
        term *= half * half / (f64::from(k) * f64::from(k + n));
        sum += term;
        if term <= 1e-17 * sum {
            break;
        }
    }
    sum
}

/// e^(-x) Iₙ(x) for x > 20 and n ≥ 0.
pub fn large(n: i32, x: f64) -> f64 {
    match n {
        0 => integral(0, x),
        1 => integral(0, x) - integral(1, x),
        _ => {
            // Iₖ/Iₖ₋₁ = 1/(2k/x + Iₖ₊₁/Iₖ); the ratios forget their start as exp(-k²/x)
            let deepest = n + 40 + (9.0 * x.min(1e12).sqrt()) as i32;
            let (mut ratio, mut product) = (1.0, 1.0);
            for k in (1..=deepest).rev() {
                ratio = 1.0 / (2.0 * f64::from(k) / x + ratio);
                if k <= n {
                    product *= ratio;
                }
            }
            product * integral(0, x)
        }
    }
}

/// 1/π ∫ (1 - cos θ)ⁿ e^(-x (1 - cos θ)) dθ over half a turn, for x ≥ 0: ± the `n`-th derivative of e^(-x) I₀(x).
fn integral(n: usize, x: f64) -> f64 {
    if x > FAR + 2.0 * n as f64 {
        return asymptotic(n, x);
    }
    // the trapezoidal rule is exact up to Fourier coefficients of order 2N
    let count = 30 + n + (5.0 * x.sqrt()) as usize;
    let mut sum = 0.0;
    for k in 0..=count {
        let sine = point::sin(0.5 * PI * k as f64 / count as f64);
        let s = 2.0 * sine * sine;
        let weight = if k == 0 || k == count { 0.5 } else { 1.0 };
        sum += weight * s.powi(n as i32) * point::exp(-x * s);
    }
    sum / count as f64
}

/// The same for large x: Σ (1/2)ₖ Γ(n+k+1/2)/(k! 2ᵏ xᵏ) / (π√2 xⁿ⁺¹ᐟ²), by s = 1 - cos θ and Watson's lemma.
fn asymptotic(n: usize, x: f64) -> f64 {
    let order = n as f64;
    // Γ(n + 1/2)/(π √2 xⁿ √x)
    let mut term = (0..n).fold(FRAC_1_SQRT_2 / (PI * x).sqrt(), |product, i| product * (i as f64 + 0.5) / x);
    let mut sum = term;
    for k in 0..100 {
        let k = f64::from(k);
        let ratio = (0.5 + k) * (order + k + 0.5) / (2.0 * (k + 1.0) * x);
        if ratio >= 1.0 || term <= 1e-18 * sum {
            break;
        }
        term *= ratio;
        sum += term;
    }
    sum
}

/// e^-|x| I₀(x).
pub fn i0e(x: f64) -> f64 {
    let x = x.abs();
    if x <= FAR { point::exp(-x) * power_series(0, x) } else { integral(0, x) }
}

/// e^-|x| I₁(x).
pub fn i1e(x: f64) -> f64 {
    let size = x.abs();
    let value = if size <= FAR { point::exp(-size) * power_series(1, size) } else { large(1, size) };
    if x < 0.0 { -value } else { value }
}

/// `n`-th derivative of i0e; the kinks of odd order at 0 count as flat. NaN unless `n` is a whole number ≥ 0.
pub fn i0e_derivative(n: f64, x: f64) -> f64 {
    match order(n) {
        None => f64::NAN,
        Some(0) => i0e(x),
        Some(n) if n % 2 == 1 && x == 0.0 => 0.0,
        Some(n) => {
            let value = integral(n, x.abs());
            if x > 0.0 { alternating(n) * value } else { value }
        }
    }
}

/// `n`-th derivative of i1e; the kinks of even order at 0 count as flat. NaN unless `n` is a whole number ≥ 0.
pub fn i1e_derivative(n: f64, x: f64) -> f64 {
    match order(n) {
        None => f64::NAN,
        Some(0) => i1e(x),
        Some(n) if n % 2 == 0 && x == 0.0 => 0.0,
        Some(n) => {
            let value = integral(n, x.abs()) - integral(n + 1, x.abs());
            if x >= 0.0 { alternating(n) * value } else { -value }
        }
    }
}

/// `±` the `m`-th derivative of eˣ Kₙ(x), for n = 0 or 1 and x > 0: ∫ coshⁿ t (cosh t - 1)ᵐ e^(-x (cosh t - 1)) dt.
///
/// By the trapezoidal rule, whose error falls like exp(-π²/h) and exp(-2π²/(h²x)).
pub fn scaled_k(n: i32, m: usize, x: f64) -> f64 {
    let h = f64::min(0.2, 0.66 / x.sqrt());
    let mut sum = if m == 0 { 0.5 } else { 0.0 };
    for k in 1..100_000 {
        let sinh = point::sinh(0.5 * h * f64::from(k));
        let s = 2.0 * sinh * sinh;
        let mut term = s.powi(m as i32) * point::exp(-x * s);
        if n == 1 {
            term *= 1.0 + s;
        }
        sum += term;
        // past the peak at about s = (m + n)/x
        if x * s > (m + 2) as f64 && term <= 1e-18 * sum {
            break;
        }
    }
    h * sum
}

/// eˣ K₀(x) for x ≥ 0 and its `m`-th derivatives. NaN unless `m` is a whole number ≥ 0.
pub fn k0e_derivative(m: f64, x: f64) -> f64 {
    scaled_k_derivative(0, m, x)
}

/// eˣ K₁(x) for x ≥ 0 and its `m`-th derivatives. NaN unless `m` is a whole number ≥ 0.
pub fn k1e_derivative(m: f64, x: f64) -> f64 {
    scaled_k_derivative(1, m, x)
}

fn scaled_k_derivative(n: i32, m: f64, x: f64) -> f64 {
    let Some(m) = order(m) else { return f64::NAN };
    if x < 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        return alternating(m) * f64::INFINITY;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    if m == 0 && x <= 1.0 {
        return super::bessel::kn(f64::from(n), x) * point::exp(x);
    }
    alternating(m) * scaled_k(n, m, x)
}
