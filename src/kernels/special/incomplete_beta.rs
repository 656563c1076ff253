//! The regularized incomplete beta function and its derivatives in both parameters. DLMF 8.17.
//!
//! The continued fraction is written over Taylor polynomials along a direction in the (a, b) plane: derivatives, mixed
//! ones too, come from the same formula.

use super::beta::lbeta_double;
use super::gamma::{polygamma, polygamma_gap};
use super::taylor::Taylor;
use crate::interrupt;
use crate::kernels::double::Double;

/// Beyond this the continued fraction would need more terms than are allowed it, about 5√a.
const LARGEST: f64 = 1e10;
const MOST_TERMS: u32 = 1_000_000;

/// Iₓ(a, b) for a, b > 0 (up to 10¹⁰) and 0 ≤ x ≤ 1; elsewhere NaN.
pub fn betainc(a: f64, b: f64, x: f64) -> f64 {
    along::<1>(a, b, x, [0.0, 0.0]).derivative(0)
}

/// ∂Iₓ(a, b)/∂a.
pub fn betainc_a(a: f64, b: f64, x: f64) -> f64 {
    along::<2>(a, b, x, [1.0, 0.0]).derivative(1)
}

/// ∂Iₓ(a, b)/∂b.
pub fn betainc_b(a: f64, b: f64, x: f64) -> f64 {
    along::<2>(a, b, x, [0.0, 1.0]).derivative(1)
}

/// ∂²Iₓ(a, b)/∂a².
pub fn betainc_aa(a: f64, b: f64, x: f64) -> f64 {
    along::<3>(a, b, x, [1.0, 0.0]).derivative(2)
}

/// ∂²Iₓ(a, b)/∂b².
pub fn betainc_bb(a: f64, b: f64, x: f64) -> f64 {
    along::<3>(a, b, x, [0.0, 1.0]).derivative(2)
}

/// ∂²Iₓ(a, b)/∂a∂b, by polarization of the second derivatives along (1, 1) and (1, -1).
pub fn betainc_ab(a: f64, b: f64, x: f64) -> f64 {
    let along = |v| along::<3>(a, b, x, [1.0, v]).derivative(2);
    0.25 * (along(1.0) - along(-1.0))
}

/// Density of the beta distribution, xᵃ⁻¹ (1-x)ᵇ⁻¹/B(a, b), for a, b > 0 and 0 ≤ x ≤ 1; elsewhere NaN.
pub fn beta_density(a: f64, b: f64, x: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        let (near, far) = if x == 0.0 { (a, b) } else { (b, a) };
        return if near > 1.0 {
            0.0
        } else if near == 1.0 {
            far
        } else {
            f64::INFINITY
        };
    }
    let logs = Double::from(x).log() * (Double::from(a) - 1.0) + complement_log(x) * (Double::from(b) - 1.0);
    (logs - lbeta_double(a, b)).exp_value()
}

/// log(1 - x)
fn complement_log(x: f64) -> Double {
    let x = Double::from(-x);
    x - x.minus_log1p()
}

/// I along (a + ut, b + vt).
fn along<const N: usize>(a: f64, b: f64, x: f64, direction: [f64; 2]) -> Taylor<N> {
    let is_inside = a > 0.0 && b > 0.0 && a <= LARGEST && b <= LARGEST && (0.0..=1.0).contains(&x);
    if !is_inside {
        return Taylor([f64::NAN; N]);
    }
    if x == 0.0 || x == 1.0 {
        return Taylor::constant(x);
    }
    let [u, v] = direction;
    let power = prefactor(a, b, x, direction);
    if power.0[0] == 0.0 {
        return Taylor::constant(if x < a / (a + b) { 0.0 } else { 1.0 });
    }
    // below the mean the fraction converges fast, above it that of the complement does
    if x <= (a + 1.0) / (a + b + 2.0) {
        power * fraction(Taylor::line(a, u), Taylor::line(b, v), Double::from(x))
    } else {
        let rest = Double::from(1.0) - Double::from(x);
        let mut value = -(power * fraction(Taylor::line(b, v), Taylor::line(a, u), rest)) + 1.0;
        // a small b keeps the value small beyond the mean too
        if value.0[0] < 0.3 {
            value.0[0] = one_minus_complement(a, b, x);
        }
        value
    }
}

/// I as 1 minus its complement in double length, which leaves the digits that plain subtraction takes.
fn one_minus_complement(a: f64, b: f64, x: f64) -> f64 {
    let (a, b, one) = (Double::from(a), Double::from(b), Double::from(1.0));
    let rest = one - Double::from(x);
    let power = (Double::from(x).log() * a + complement_log(x) * b - lbeta_double(a.hi, b.hi)).exp();
    // the fraction of the complement from its far end, as deep as it needs for these values
    let mut tail = Double::from(0.0);
    let depth = 200 + (5.0 * f64::max(a.hi, b.hi).sqrt()).min(1e5) as u32;
    for m in (1..=depth).rev() {
        let m_ = f64::from(m);
        let twice = b + 2.0 * m_;
        let odd = -((b + m_) * (a + b + m_) * rest / (twice * (twice + 1.0)));
        let even = (a - m_) * rest * m_ / ((twice - 1.0) * twice);
        tail = even / (one + odd / (one + tail));
    }
    let first = -((a + b) * rest / (b + 1.0));
    let fraction = one / (one + first / (one + tail));
    (one - power * fraction / b).value()
}

/// xᵃ (1-x)ᵇ/B(a, b)
fn prefactor<const N: usize>(a: f64, b: f64, x: f64, [u, v]: [f64; 2]) -> Taylor<N> {
    let (log_x, log_rest) = (Double::from(x).log(), complement_log(x));
    let value = (log_x * a + log_rest * b - lbeta_double(a, b)).exp_value();
    let exponent = Taylor::<N>::from_derivatives(|k| match k {
        0 => 0.0,
        1 => u * (log_x.value() - polygamma_gap(0.0, a, b)) + v * (log_rest.value() - polygamma_gap(0.0, b, a)),
        2 => 2.0 * u * v * polygamma(1.0, a + b) - u * u * polygamma_gap(1.0, a, b) - v * v * polygamma_gap(1.0, b, a),
        _ => f64::NAN,
    });
    exponent.exp() * value
}

/// 1/a times the continued fraction DLMF 8.17.22, by Lentz's method.
fn fraction<const N: usize>(a: Taylor<N>, b: Taylor<N>, x: Double) -> Taylor<N> {
    let x = x.value();
    let one = Taylor::<N>::constant(1.0);
    let sum = a + b;
    let mut c = one;
    let mut d = one / (one - sum * x / (a + 1.0));
    let mut value = d;
    for m in 1..MOST_TERMS {
        let m_ = f64::from(m);
        let twice = a + 2.0 * m_;
        let even = (b + -m_) * (m_ * x) / ((twice + -1.0) * twice);
        d = one / (one + even * d);
        c = one + even / c;
        value = value * (c * d);
        let odd = -((a + m_) * (sum + m_) * x) / (twice * (twice + 1.0));
        d = one / (one + odd * d);
        c = one + odd / c;
        let factor = c * d;
        value = value * factor;
        if factor.is_one_within(&c, &d) || m % 1024 == 0 && interrupt::is_requested() {
            break;
        }
    }
    value / a
}
