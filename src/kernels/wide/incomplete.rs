//! Incomplete gamma and beta functions of wide numbers, with their derivatives in the parameters.

use super::series::{continued_fraction, derivative, moved, settled, sum, through};
use super::zeta::{lbeta, order};
use super::{Wide, bits};

/// P(a, x), the regularized lower function. DLMF 8.2.4.
pub fn gammainc(a: &Wide, x: &Wide) -> Wide {
    through([a, x], |[a, x]| match () {
        _ if !a.is_positive() || x.is_negative() => Wide::none(),
        _ if x.is_zero() => Wide::new(0.0),
        _ => settled(|| if is_far(a, x) { 1.0 - upper_fraction(a, x) } else { lower_series(a, x) }),
    })
}

/// Q(a, x) = 1 - P(a, x), with the digits of its tail.
pub fn gammaincc(a: &Wide, x: &Wide) -> Wide {
    through([a, x], |[a, x]| match () {
        _ if !a.is_positive() || x.is_negative() => Wide::none(),
        _ if x.is_zero() => Wide::new(1.0),
        _ => settled(|| if is_far(a, x) { upper_fraction(a, x) } else { 1.0 - lower_series(a, x) }),
    })
}

/// Whether the continued fraction is the shorter way.
fn is_far(a: &Wide, x: &Wide) -> bool {
    (x - a * 1.25 - bits() as f64 / 8.0).is_positive()
}

/// xᵃ e⁻ˣ/Γ(a+1) Σ xᵏ/(a+1)ₖ. DLMF 8.7.1.
fn lower_series(a: &Wide, x: &Wide) -> Wide {
    let mut term = Wide::new(1.0);
    let series = sum(term.clone(), 1, |k| {
        term = (&term * x / (a + k as f64)).exact();
        term.clone()
    });
    power_by_gamma(a, x) / a * series
}

/// xᵃ e⁻ˣ/Γ(a), by logarithms, of which the parts do not overflow.
fn power_by_gamma(a: &Wide, x: &Wide) -> Wide {
    settled(|| (a * x.log() - x - a.lgamma()).exp())
}

/// xᵃ e⁻ˣ/Γ(a) by x + 1 - a - 1 (1-a)/(x + 3 - a - 2 (2-a)/(x + 5 - a - …)). DLMF 8.9.2.
fn upper_fraction(a: &Wide, x: &Wide) -> Wide {
    let start = x + 1.0 - a;
    let fraction = continued_fraction(start.clone(), |k| ((a - k) * k, &start + 2.0 * k));
    power_by_gamma(a, x) / fraction
}

/// Density xᵃ⁻¹ e⁻ˣ/Γ(a) of the gamma distribution.
fn gamma_density(a: &Wide, x: &Wide) -> Wide {
    if a.is_positive() && x.is_positive() { power_by_gamma(a, x) / x } else { Wide::none() }
}

/// n-th derivatives in a, of a function of a and x.
fn in_a(n: &Wide, a: &Wide, x: &Wide, f: fn(&Wide, &Wide) -> Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([a, x], |[a, x]| {
        if !x.is_positive() {
            return Wide::none();
        }
        settled(|| derivative(order, of_parameter(a), |t| f(&moved(a, t), x)))
    })
}

/// Over what distances a function changes with a parameter that has to be positive.
fn of_parameter(a: &Wide) -> i64 {
    a.exponent().min(0) - 4
}

pub fn gammainc_derivative(n: &Wide, a: &Wide, x: &Wide) -> Wide {
    in_a(n, a, x, gammainc)
}

pub fn gammaincc_derivative(n: &Wide, a: &Wide, x: &Wide) -> Wide {
    in_a(n, a, x, gammaincc)
}

pub fn gamma_density_derivative(n: &Wide, a: &Wide, x: &Wide) -> Wide {
    in_a(n, a, x, gamma_density)
}

/// The regularized incomplete beta function, for 0 ≤ x ≤ 1. DLMF 8.17.2.
pub fn betainc(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    through([a, b, x], |[a, b, x]| match () {
        _ if !a.is_positive() || !b.is_positive() || x.is_negative() || (x - 1.0).is_positive() => Wide::none(),
        _ if x.is_zero() || (x - 1.0).is_zero() => x.clone(),
        _ => settled(|| {
            let rest = 1.0 - x;
            if (x * (a + b + 2.0) - a - 1.0).is_positive() {
                1.0 - beta_series(b, a, &rest, x)
            } else {
                beta_series(a, b, x, &rest)
            }
        }),
    })
}

/// xᵃ (1-x)ᵇ/(a B(a, b)) Σ (a+b)ₖ/(a+1)ₖ xᵏ; `y` is 1 - x. DLMF 8.17.8.
fn beta_series(a: &Wide, b: &Wide, x: &Wide, y: &Wide) -> Wide {
    let mut term = Wide::new(1.0);
    let both = a + b;
    let series = sum(term.clone(), 1, |k| {
        term = (&term * x * (&both + (k as f64 - 1.0)) / (a + k as f64)).exact();
        term.clone()
    });
    powers_by_beta(a, b, x, y) / a * series
}

/// xᵃ yᵇ/B(a, b)
fn powers_by_beta(a: &Wide, b: &Wide, x: &Wide, y: &Wide) -> Wide {
    let log = |x: &Wide, y: &Wide| if (x - 0.5).is_positive() { (-y).log1p() } else { x.log() };
    settled(|| (a * log(x, y) + b * log(y, x) - lbeta(a, b)).exp())
}

/// Density xᵃ⁻¹ (1-x)ᵇ⁻¹/B(a, b) of the beta distribution.
pub fn beta_density(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    through([a, b, x], |[a, b, x]| {
        let is_inside = x.is_positive() && (1.0 - x).is_positive() && a.is_positive() && b.is_positive();
        if is_inside { settled(|| powers_by_beta(a, b, x, &(1.0 - x)) / x / (1.0 - x)) } else { Wide::none() }
    })
}

/// The derivative of `betainc` of these orders in a and b.
fn betainc_derivative(orders: [usize; 2], a: &Wide, b: &Wide, x: &Wide) -> Wide {
    through([a, b, x], |[a, b, x]| {
        settled(|| {
            derivative(orders[0], of_parameter(a), |s| {
                let a = moved(a, s);
                derivative(orders[1], of_parameter(b), |t| betainc(&a, &moved(b, t), x))
            })
        })
    })
}

pub fn betainc_a(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    betainc_derivative([1, 0], a, b, x)
}

pub fn betainc_b(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    betainc_derivative([0, 1], a, b, x)
}

pub fn betainc_aa(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    betainc_derivative([2, 0], a, b, x)
}

pub fn betainc_ab(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    betainc_derivative([1, 1], a, b, x)
}

pub fn betainc_bb(a: &Wide, b: &Wide, x: &Wide) -> Wide {
    betainc_derivative([0, 2], a, b, x)
}
