//! Binomial coefficients and falling factorials of real numbers.

use super::beta::beta;
use super::gamma::{gamma, rgamma};
use crate::kernels::double::Double;

/// Factors that are multiplied one by one. C(n, k) for whole n > 2000 and 1000 < k < n - 1000 is beyond f64 anyway.
const MOST_FACTORS: f64 = 1000.0;

/// `n!/(k! (n-k)!)`. For a whole k the polynomial of n that it is, n < 0 included, and 0 for k < 0; otherwise
/// `1/((n+1) B(n-k+1, k+1))`. DLMF 1.2.6, 5.12.1.
pub fn comb(n: f64, k: f64) -> f64 {
    if n.is_nan() || k.is_nan() {
        return f64::NAN;
    }
    let is_counted = n.fract() == 0.0 && n >= 0.0;
    if k.fract() == 0.0 {
        if k < 0.0 || is_counted && k > n {
            return 0.0;
        }
        let fewer = if is_counted { k.min(n - k) } else { k };
        if fewer <= MOST_FACTORS {
            let found = product(n, fewer, |i| i);
            if found.is_finite() || is_counted {
                return found;
            }
        } else if is_counted {
            return f64::INFINITY;
        }
    }
    let rest = n - k + 1.0;
    if n > -1.0 && k > -1.0 && rest > 0.0 {
        1.0 / ((n + 1.0) * beta(rest, k + 1.0))
    } else {
        gamma(n + 1.0) * rgamma(k + 1.0) * rgamma(rest)
    }
}

/// `n!/(n-k)!`. For a whole k ≥ 0 the product `n (n-1) … (n-k+1)`; otherwise `Γ(k)/B(n-k+1, k)`. DLMF 5.2.5, 5.12.1.
pub fn perm(n: f64, k: f64) -> f64 {
    if n.is_nan() || k.is_nan() {
        return f64::NAN;
    }
    if k.fract() == 0.0 && k >= 0.0 {
        if n.fract() == 0.0 && n >= 0.0 && k > n {
            return 0.0;
        }
        if k <= MOST_FACTORS {
            return product(n, k, |_| 1.0);
        }
    }
    let rest = n - k + 1.0;
    if k > 0.0 && rest > 0.0 { gamma(k) / beta(rest, k) } else { gamma(n + 1.0) * rgamma(rest) }
}

/// The product of `(n-i+1) / divisor(i)` over i = 1 … k in double length, which keeps whole products exact.
fn product(n: f64, k: f64, divisor: fn(f64) -> f64) -> f64 {
    let mut product = Double::from(1.0);
    for i in 1..=k as usize {
        let i = i as f64;
        product = product * Double::sum(n, 1.0 - i) / divisor(i);
        if product.hi == 0.0 || !product.hi.is_finite() {
            break;
        }
    }
    if product.hi.is_finite() {
        return product.value();
    }
    // a pair overflows to NaN
    (1..=k as usize).fold(1.0, |product, i| product * ((n + 1.0 - i as f64) / divisor(i as f64)))
}
