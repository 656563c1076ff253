//! Riemann's and Hurwitz's zeta functions and their derivatives in s. DLMF 25.2, 25.11.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::circle::{cos_pi, sin_pi};
use super::gamma::{lgamma, polygamma};
use super::taylor::{Taylor, nth_derivative};
use crate::kernels::elementary::point;

/// B₂ₖ/(2k)! for k = 1 … 15.
const EULER_MACLAURIN: [f64; 15] = [
    0.083_333_333_333_333_33,
    -0.001_388_888_888_888_889,
    3.306_878_306_878_307e-5,
    -8.267_195_767_195_768e-7,
    2.087_675_698_786_81e-8,
    -5.284_190_138_687_493e-10,
    1.338_253_653_068_467_9e-11,
    -3.389_680_296_322_582_7e-13,
    8.586_062_056_277_845e-15,
    -2.174_868_698_558_062e-16,
    5.509_002_828_360_229_5e-18,
    -1.395_446_468_581_252_2e-19,
    3.534_707_039_629_467e-21,
    -8.953_517_427_037_546e-23,
    2.267_952_452_337_683e-24,
];

/// ζ(s, q) = Σ (q + k)⁻ˢ, continued to 0 ≤ s < 1, and with q = 1 (Riemann's ζ) to all s; ∞ at s = 1.
///
/// For q < 0 the powers exist for whole s only. ∞ at q = 0, -1, -2, …; elsewhere NaN.
pub fn hurwitz_zeta(s: f64, q: f64) -> f64 {
    zeta::<1>(s, q).derivative(0)
}

/// `n`-th derivative of ζ(s, q) in s, for n = 0 … 5; 0 for n = -1, which the product rule multiplies by 0.
pub fn zeta_derivative(n: f64, s: f64, q: f64) -> f64 {
    if n == -1.0 {
        return 0.0;
    }
    nth_derivative!(n, zeta(s, q))
}

fn zeta<const N: usize>(s: f64, q: f64) -> Taylor<N> {
    let everywhere = |x| Taylor::constant(x) + Taylor([x; N]);
    if s.is_nan() || q.is_nan() {
        return everywhere(f64::NAN);
    }
    if s == 1.0 {
        return everywhere(f64::INFINITY);
    }
    if q <= 0.0 {
        if q == q.floor() && s > 0.0 {
            return everywhere(f64::INFINITY);
        }
        if s.fract() != 0.0 || N > 1 || q < -1e6 || s < 0.0 {
            return everywhere(f64::NAN);
        }
    }
    // nearer to 0 the formula from the other side would need ζ beside its pole
    if s < if q == 1.0 { -0.1 } else { 0.0 } {
        return if q == 1.0 { reflected(s) } else { everywhere(f64::NAN) };
    }
    if s == f64::INFINITY {
        let value = if q > 1.0 {
            0.0
        } else if q == 1.0 {
            1.0
        } else {
            f64::INFINITY
        };
        return Taylor::constant(value);
    }
    euler_maclaurin(s, q)
}

/// DLMF 25.11.28 with the sum taken up to where 15 Bernoulli numbers are exact to the last digit.
fn euler_maclaurin<const N: usize>(s: f64, q: f64) -> Taylor<N> {
    // z^-(s+t)
    let power = |z: f64| {
        let log = if N > 1 { point::log(z) } else { 0.0 };
        Taylor::<N>::line(0.0, -log).exp() * z.powf(-s)
    };
    let enough = 12.0 + s;
    let mut z = q;
    let mut sum = Taylor([0.0; N]);
    while z < enough {
        let term = power(z);
        sum = sum + term;
        if z > 1.0 && s > 60.0 && term.is_lost_in(&sum) {
            return sum;
        }
        z += 1.0;
    }
    let s_line = Taylor::<N>::line(s, 1.0);
    let end = power(z);
    let mut series = Taylor::constant(0.5) + Taylor::constant(z) / (s_line + -1.0);
    // s (s+1) … (s+2k-2)/z²ᵏ⁻¹
    let mut rising = s_line * (1.0 / z);
    for (k, c) in EULER_MACLAURIN.iter().enumerate() {
        let added = rising * *c;
        series = series + added;
        if added.is_lost_in(&series) {
            break;
        }
        let twice = 2.0 * (k as f64 + 1.0);
        rising = rising * (s_line + (twice - 1.0)) * (s_line + twice) * (1.0 / (z * z));
    }
    sum + end * series
}

/// ζ(s) = 2 (2π)ˢ⁻¹ sin(πs/2) Γ(1-s) ζ(1-s). DLMF 25.4.1.
fn reflected<const N: usize>(s: f64) -> Taylor<N> {
    let factor = Taylor::<N>::line(0.0, TAU.ln()).exp();
    let (sine, cosine) = (sin_pi(0.5 * s), cos_pi(0.5 * s));
    let wave = Taylor::from_derivatives(|k| [sine, cosine, -sine, -cosine][k % 4] * FRAC_PI_2.powi(k as i32));
    let log_gamma = Taylor::from_derivatives(|k| if k == 0 { 0.0 } else { polygamma(k as f64 - 1.0, 1.0 - s) });
    let gamma: Taylor<N> = log_gamma.mirrored().exp();
    let far: Taylor<N> = euler_maclaurin(1.0 - s, 1.0);
    let size = if s > -160.0 {
        super::gamma::gamma(1.0 - s) * TAU.powf(s - 1.0)
    } else {
        point::exp(lgamma(1.0 - s) + (s - 1.0) * TAU.ln())
    };
    let product = factor * wave * gamma * far.mirrored();
    // the trivial zeros are exact
    let mut zeta = product * (2.0 * size);
    if sine == 0.0 {
        zeta.0[0] = 0.0;
    }
    zeta
}
