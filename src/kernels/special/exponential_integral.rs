//! Exponential integrals. DLMF chapter 6 and 8.19.

use super::order;
use crate::kernels::double::Double;
use crate::kernels::elementary::point;

/// Euler's constant.
const EULER: Double = Double { hi: 0.577_215_664_901_532_9, lo: -4.942_915_152_430_645e-18 };

/// Up to here power series of alternating signs, in double length; beyond, continued fractions.
const NEAR: f64 = 4.0;

/// Ei(x), principal value of ∫ eᵗ/t dt from -∞ to x; -∞ at 0. DLMF 6.2.5, series 6.6.1, asymptotic 6.12.2.
pub fn expi(x: f64) -> f64 {
    if x < 0.0 {
        return -exp1(-x);
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x < 40.0 {
        // double length keeps the digits beside the zero at 0.3725
        return (EULER + Double::from(x).log() + entire(x)).value();
    }
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..60 {
        let ratio = f64::from(k) / x;
        if ratio >= 1.0 || term < 1e-18 {
            break;
        }
        term *= ratio;
        sum += term;
    }
    // in two steps: eˣ overflows before Ei does
    let half = point::exp(0.5 * x);
    if half.is_infinite() { half } else { half / x * sum * half }
}

/// E₁(x) = ∫ e⁻ᵗ/t dt from x ≥ 0 to ∞; ∞ at 0, NaN below. DLMF 6.2.1.
pub fn exp1(x: f64) -> f64 {
    expn(1.0, x)
}

/// Σ xᵏ/(k k!)
fn entire(x: f64) -> Double {
    let (mut power, mut sum) = (Double::from(1.0), Double::from(0.0));
    for k in 1..200 {
        power = power * x / f64::from(k);
        let term = power / f64::from(k);
        sum = sum + term;
        if term.hi.abs() <= 1e-33 * sum.hi.abs() {
            break;
        }
    }
    sum
}

/// Generalized exponential integral Eₙ(x) = ∫ e^(-xt)/tⁿ dt from 1 to ∞, for x ≥ 0 and a whole number n. DLMF 8.19.
///
/// Series 8.19.8 near 0, continued fraction 8.19.17 beyond. `n` ≤ 0 gives the closed forms, of which E₀ is e⁻ˣ/x.
pub fn expn(n: f64, x: f64) -> f64 {
    if x.is_nan() || x < 0.0 || n.fract() != 0.0 {
        return f64::NAN;
    }
    if n <= 0.0 {
        let Some(count) = order(-n) else { return f64::NAN };
        // E₋ₘ = (e⁻ˣ + m E₋ₘ₊₁)/x
        let e = point::exp(-x);
        return (1..=count).fold(e / x, |last, m| (e + m as f64 * last) / x);
    }
    if x == 0.0 {
        return if n == 1.0 { f64::INFINITY } else { 1.0 / (n - 1.0) };
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    match order(n) {
        Some(1) if x <= NEAR => -(EULER + Double::from(x).log() + entire(-x)).value(),
        Some(n) if x <= NEAR => series(n, x),
        _ => fraction(n, x),
    }
}

/// `(-x)ⁿ⁻¹/(n-1)! (ψ(n) - log x) - Σ (-x)ᵏ/(k! (k-n+1))` without k = n-1, for n ≥ 2.
fn series(n: usize, x: f64) -> f64 {
    let harmonic = (1..n).fold(Double::from(0.0), |sum, i| sum + Double::ratio(1.0, i as f64));
    let (mut power, mut sum) = (Double::from(1.0), Double::from(0.0));
    for k in 0..n + 60 {
        if k > 0 {
            power = power * -x / k as f64;
        }
        let term = if k + 1 == n {
            power * (harmonic - EULER - Double::from(x).log())
        } else {
            -(power / (k as f64 - n as f64 + 1.0))
        };
        sum = sum + term;
        if k >= n && term.hi.abs() < 1e-20 * sum.hi.abs() {
            break;
        }
    }
    sum.value()
}

/// e⁻ˣ/(x+n - n/(x+n+2 - 2(n+1)/(x+n+4 - …))) by Lentz's method.
fn fraction(n: f64, x: f64) -> f64 {
    let mut b = x + n;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut value = d;
    for k in 1..2000 {
        let k = f64::from(k);
        let a = -k * (n - 1.0 + k);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value * point::exp(-x)
}
