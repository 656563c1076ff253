//! The beta function and its logarithm. DLMF 5.12.

use super::gamma::{STIRLING_FROM, gamma_sign, lgamma, lgamma_double, stirling};
use crate::kernels::double::Double;
use crate::kernels::elementary::point;

/// log |B(a, b)| = log |Γ(a) Γ(b)/Γ(a+b)|.
pub fn lbeta(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 {
        if a.is_infinite() || b.is_infinite() {
            return f64::NEG_INFINITY;
        }
        return lbeta_double(a, b).value();
    }
    if a == 0.0 || b == 0.0 {
        return f64::INFINITY;
    }
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

/// B(a, b); the sign follows those of the gamma functions.
pub fn beta(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 {
        return if a.is_infinite() || b.is_infinite() { 0.0 } else { lbeta_double(a, b).exp_value() };
    }
    let sign = gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b);
    let size = point::exp(lbeta(a, b));
    // a pole of Γ(a+b) that is none of Γ(a)Γ(b) is a zero
    if gamma_sign(a + b) == 0.0 && gamma_sign(a) * gamma_sign(b) != 0.0 { 0.0 } else { sign_or_nan(sign) * size }
}

fn sign_or_nan(sign: f64) -> f64 {
    if sign == 0.0 { f64::NAN } else { sign }
}

/// log B(a, b) for a, b > 0 to nearly 30 digits.
///
/// For a large b the difference of its Stirling series: `log Γ(b)/Γ(a+b) = a - (a+b-1/2) log(1+a/b) - a log b + …`,
/// because the logarithms themselves would cancel.
pub(super) fn lbeta_double(a: f64, b: f64) -> Double {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let sum = Double::sum(a, b);
    if b < STIRLING_FROM {
        return lgamma_double(Double::from(a)) + lgamma_double(Double::from(b)) - lgamma_double(sum);
    }
    // a - (b + a - 1/2) log1p(u) = b (u - log1p u) - (a - 1/2) log1p u with u = a/b
    let u = Double::ratio(a, b);
    let rest = u.minus_log1p();
    let log1p = u - rest;
    let ratio = rest * b - log1p * (Double::from(a) - 0.5) - Double::from(b).log() * a + stirling(Double::from(b))
        - stirling(sum);
    lgamma_double(Double::from(a)) + ratio
}
