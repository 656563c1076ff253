//! The regularized incomplete gamma functions P(a, x), Q(a, x) = 1 - P and their derivatives in a. DLMF 8.2.
//!
//! Series and continued fraction are written over Taylor polynomials in a: the derivatives come from the same formulas.

use super::error_functions::erfcx;
use super::gamma::{digamma, lgamma_double, polygamma};
use super::taylor::{Taylor, nth_derivative};
use crate::interrupt;
use crate::kernels::double::Double;
use crate::kernels::elementary::point;

/// Above this the sums would need too many terms, about 9√a.
const LARGE: f64 = 1e8;

/// More than either sum needs for such a.
const MOST_TERMS: u32 = 1_000_000;

/// 1/√π
const FRAC_1_SQRT_PI: f64 = 0.564_189_583_547_756_3;

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// P(a, x) for a ≥ 0, x ≥ 0; elsewhere NaN.
pub fn gammainc(a: f64, x: f64) -> f64 {
    lower::<1>(a, x).derivative(0)
}

/// Q(a, x) = 1 - P(a, x) for a ≥ 0, x ≥ 0; elsewhere NaN.
pub fn gammaincc(a: f64, x: f64) -> f64 {
    upper::<1>(a, x).derivative(0)
}

/// `n`-th derivative of P(a, x) in a, for n = 0 … 5.
pub fn gammainc_derivative(n: f64, a: f64, x: f64) -> f64 {
    nth_derivative!(n, lower(a, x))
}

/// `n`-th derivative of Q(a, x) in a, for n = 0 … 5.
pub fn gammaincc_derivative(n: f64, a: f64, x: f64) -> f64 {
    nth_derivative!(n, upper(a, x))
}

/// `n`-th derivative in a of the gamma density xᵃ⁻¹ e⁻ˣ/Γ(a), for n = 0 … 5, a > 0, x ≥ 0; 0 for n = -1, which
/// the product rule multiplies by 0. DLMF 8.8.13.
pub fn gamma_density_derivative(n: f64, a: f64, x: f64) -> f64 {
    if n == -1.0 {
        return 0.0;
    }
    nth_derivative!(n, density(a, x))
}

fn density<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    if !(a > 0.0 && x >= 0.0) {
        return Taylor([f64::NAN; N]);
    }
    if x == 0.0 {
        // derivatives in a at x = 0 jump at a = 1
        return Taylor::constant(if a > 1.0 {
            0.0
        } else if a == 1.0 {
            1.0
        } else {
            f64::INFINITY
        });
    }
    if x == f64::INFINITY {
        return Taylor::constant(0.0);
    }
    let (x_, a_) = (Double::from(x), Double::from(a));
    let value = (x_.log() * (a_ - 1.0) - x_ - lgamma_double(a_)).exp_value();
    shape(point::log(x), a) * value
}

/// xᵃ e⁻ˣ/Γ(a+1)
fn prefactor<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    let (x_, a_) = (Double::from(x), Double::from(a) + 1.0);
    let value = (x_.log() * a - x_ - lgamma_double(a_)).exp_value();
    shape(point::log(x), a + 1.0) * value
}

/// `e^(t log x) Γ(a)/Γ(a+t)`
fn shape<const N: usize>(log_x: f64, a: f64) -> Taylor<N> {
    let exponent = Taylor::<N>::from_derivatives(|k| match k {
        0 => 0.0,
        1 => log_x - digamma(a),
        k => -polygamma(k as f64 - 1.0, a),
    });
    exponent.exp()
}

/// The ends of the domain; `None` inside.
fn edge<const N: usize>(a: f64, x: f64) -> Option<Taylor<N>> {
    let is_outside = a.is_nan() || x.is_nan() || a < 0.0 || x < 0.0;
    let is_undecided = a == x && (a == 0.0 || a.is_infinite());
    if is_outside || is_undecided {
        Some(Taylor([f64::NAN; N]))
    } else if x == 0.0 || a == f64::INFINITY {
        Some(Taylor::constant(0.0))
    } else if x == f64::INFINITY {
        Some(Taylor::constant(1.0))
    } else {
        None
    }
}

fn lower<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    if let Some(value) = edge(a, x) {
        value
    } else if a > LARGE {
        uniform(a, x, -1.0)
    } else if x < a + 1.0 {
        series(a, x)
    } else {
        -fraction::<N>(a, x) + 1.0
    }
}

fn upper<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    if let Some(value) = edge::<N>(a, x) {
        -value + 1.0
    } else if a > LARGE {
        uniform(a, x, 1.0)
    } else if x <= 1.1 && a < 1.0 {
        small_upper(a, x)
    } else if x < a + 1.0 {
        -series::<N>(a, x) + 1.0
    } else {
        fraction(a, x)
    }
}

/// P = xᵃ e⁻ˣ/Γ(a+1) Σ xᵏ/((a+1) … (a+k)). DLMF 8.7.1.
fn series<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    let prefactor = prefactor::<N>(a, x);
    if prefactor.0[0] == 0.0 {
        return Taylor::constant(0.0);
    }
    let a_line = Taylor::<N>::line(a, 1.0);
    let mut term = Taylor::<N>::constant(1.0);
    let mut sum = term;
    for k in 1..MOST_TERMS {
        term = term * x / (a_line + f64::from(k));
        sum = sum + term;
        if f64::from(k) > x - a && term.is_lost_in(&sum) || k % 1024 == 0 && interrupt::is_requested() {
            break;
        }
    }
    prefactor * sum
}

/// Q = xᵃ e⁻ˣ/Γ(a) / (x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - …))), by Lentz's method. DLMF 8.9.2.
fn fraction<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    let prefactor = prefactor::<N>(a, x);
    if prefactor.0[0] == 0.0 {
        return Taylor::constant(0.0);
    }
    let a_line = Taylor::<N>::line(a, 1.0);
    let one = Taylor::<N>::constant(1.0);
    let mut b = -a_line + (x + 1.0);
    let mut c = Taylor::<N>::constant(1e300);
    let mut d = one / b;
    let mut value = d;
    for k in 1..MOST_TERMS {
        let weight = (a_line + -f64::from(k)) * f64::from(k);
        b = b + 2.0;
        d = one / (weight * d + b);
        c = b + weight / c;
        let factor = c * d;
        value = value * factor;
        if factor.is_one_within(&c, &d) || k % 1024 == 0 && interrupt::is_requested() {
            break;
        }
    }
    prefactor * a_line * value
}

/// Q = 1 - xᵃ/Γ(a+1) (1 + a Σ (-x)ᵏ/((a+k) k!)) for small x and a, without the loss of 1 - P. DLMF 8.7.1.
fn small_upper<const N: usize>(a: f64, x: f64) -> Taylor<N> {
    let log_gamma = if a < 1e-10 { Double::from(-EULER * a) } else { lgamma_double(Double::from(a) + 1.0) };
    let exponent = (Double::from(x).log() * a - log_gamma).value();
    let power = shape::<N>(point::log(x), a + 1.0) * point::exp(exponent);
    let mut minus_one = power;
    minus_one.0[0] = point::expm1(exponent);
    let a_line = Taylor::<N>::line(a, 1.0);
    let mut term = 1.0;
    let mut sum = Taylor([0.0; N]);
    for k in 1..30 {
        term *= -x / f64::from(k);
        sum = sum + Taylor::constant(term) / (a_line + f64::from(k));
    }
    -(minus_one + power * a_line * sum)
}

/// For a > 10⁸, `sign` 1 for Q and -1 for P: Temme's uniform expansion, DLMF 8.12.3 and 8.12.4.
///
/// `erfc(±η√(a/2))/2 ± e^(-aη²/2)/√(2πa) (C₀(η) + C₁(η)/a)` with η²/2 = μ - log(1 + μ), μ = x/a - 1. Only small η
/// matter for such a: elsewhere one of P, Q is 0, so that short power series are exact.
fn uniform<const N: usize>(a: f64, x: f64, sign: f64) -> Taylor<N> {
    let u = Double::sum(x, -a) / a;
    if u.hi.abs() > 0.01 {
        return Taylor::constant(if (u.hi > 0.0) == (sign > 0.0) { 0.0 } else { 1.0 });
    }
    let a_line = Taylor::<N>::line(a, 1.0);
    // u is the small difference of large numbers: its first coefficient in full length
    let mut mu = Taylor::constant(x) / a_line + -1.0;
    mu.0[0] = u.value();
    let eta = mu * horner(mu, &[1.0, -1.0 / 3.0, 7.0 / 36.0, -73.0 / 540.0, 1331.0 / 12960.0, -22409.0 / 272160.0]);
    let root = (a_line * 0.5).sqrt();
    let z = eta * root * sign;
    let square = u.minus_log1p() * a;
    let mut exponent = -(z * z);
    exponent.0[0] = 0.0;
    let gauss = exponent.exp() * (-square).exp_value();
    let size = square.value().sqrt().copysign(u.hi * sign);
    let tail = (gauss * z.slope() * -FRAC_1_SQRT_PI).integral(half_erfc(size, square));
    let first = horner(eta, &[-1.0 / 3.0, 1.0 / 12.0, -2.0 / 135.0, 1.0 / 864.0, 1.0 / 2835.0]);
    let second = horner(eta, &[-1.0 / 540.0, -1.0 / 288.0, 25.0 / 12096.0, -139.0 / 194_400.0]);
    let correction = gauss * (first + second / a_line) / root * (0.5 * FRAC_1_SQRT_PI * sign);
    tail + correction
}

/// erfc(z)/2 from z and its exact square.
fn half_erfc(z: f64, square: Double) -> f64 {
    if z > 1.0 { 0.5 * erfcx(z) * (-square).exp_value() } else { 0.5 * point::erfc(z) }
}

/// `c₀ + c₁ x + c₂ x² + …`
fn horner<const N: usize>(x: Taylor<N>, coefficients: &[f64]) -> Taylor<N> {
    coefficients.iter().rev().fold(Taylor([0.0; N]), |sum, c| sum * x + *c)
}
