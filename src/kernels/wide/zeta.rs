//! Zeta and polygamma functions of wide numbers, and quotients of gamma functions.

use super::series::{derivative, moved, settled, through};
use super::special::{least_of_stirling, with_stirling_coefficients};
use super::{Wide, bits};

/// More terms before the Euler–Maclaurin formula are not added.
const MOST_TERMS: f64 = 100_000.0;

/// Hurwitz's Σ (q + k)^(-s), continued to all s but 1. DLMF 25.11.
pub fn hurwitz(s: &Wide, q: &Wide) -> Wide {
    through([s, q], |[s, q]| {
        let is_pole = (s - 1.0).is_zero() || !q.is_positive() && (q.floor() == *q || s.whole().is_none());
        if is_pole { Wide::none() } else { settled(|| euler_maclaurin(s, q).unwrap_or_else(Wide::none)) }
    })
}

/// Σ (q + k)^(-s) over k < N and, with z = q + N, z^(-s) (z/(s-1) + 1/2 + Σ B₂ⱼ/(2j)! (s)₂ⱼ₋₁ z^(1-2j)). DLMF 25.11.5.
fn euler_maclaurin(s: &Wide, q: &Wide) -> Option<Wide> {
    let least = least_of_stirling() + s.to_f64()?.abs();
    let count = (least - q.to_f64()?).ceil().max(0.0);
    if count.is_nan() || count > MOST_TERMS {
        return None;
    }
    let power = |z: &Wide| z.pow(&-s).exact();
    let (mut total, mut largest) = (Wide::new(0.0), i64::MIN / 2);
    let own = |largest: i64| largest + 2 * (count as u64 + 2).ilog2() as i64 + 4 - bits() as i64;
    let falls = (s - 2.0).is_positive();
    for k in 0..count as usize {
        let base = q + k as f64;
        let term = power(&base);
        largest = largest.max(term.size());
        let is_lost = falls && base.is_positive() && term.exponent() + 40 < total.exponent() - bits() as i64;
        total = total + term;
        if is_lost {
            return Some(total.exact().at_least_noisy(own(largest)));
        }
    }
    let z = q + count;
    let mut tail = &z / (s - 1.0) + 0.5;
    let square = 1.0 / (&z * &z);
    let mut factor = s / &z;
    let mut last = i64::MAX;
    with_stirling_coefficients(|coefficients| {
        for (at, coefficient) in coefficients.iter().enumerate() {
            let part = (coefficient * &factor).exact();
            last = part.size();
            let is_last = part.is_zero() || part.exponent() < tail.exponent() - bits() as i64 - 4;
            tail = &tail + part;
            if is_last {
                break;
            }
            let odd = 2.0 * at as f64 + 1.0;
            factor = (&factor * (s + odd) * (s + (odd + 1.0)) * &square / (odd * (odd + 1.0))).exact();
        }
    });
    let scale = power(&z);
    let end = &scale * &tail;
    let noise = own(largest.max(end.size())).max(last + scale.exponent()).max((s - 1.0).noise + end.size());
    Some((total + end).exact().at_least_noisy(noise))
}

/// The n-th derivative of the digamma function, for whole n: (-1)^(n+1) n! ζ(n+1, x). DLMF 25.11.12.
pub fn polygamma(n: &Wide, x: &Wide) -> Wide {
    match n.whole() {
        Some(0) => x.digamma(),
        Some(n @ 1..=400) => {
            let factorial = (1..=n).fold(Wide::new(1.0), |product, k| product * k as f64);
            let sum = hurwitz(&Wide::new(n as f64 + 1.0), x) * factorial;
            if n % 2 == 0 { -sum } else { sum }
        }
        _ => Wide::none(),
    }
}

/// ψ⁽ⁿ⁾(a) - ψ⁽ⁿ⁾(a + b)
pub fn polygamma_gap(n: &Wide, a: &Wide, b: &Wide) -> Wide {
    through(
        [a, b],
        |[a, b]| if b.is_zero() { Wide::new(0.0) } else { settled(|| polygamma(n, a) - polygamma(n, &(a + b))) },
    )
}

/// The n-th derivative of ζ(s, q) in s.
pub fn zeta_derivative(n: &Wide, s: &Wide, q: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([s, q], |[s, q]| {
        let scale = (s - 1.0).exponent().min(0) - 4;
        settled(|| derivative(order, scale, |t| hurwitz(&moved(s, t), q)))
    })
}

/// 1/Γ(x), 0 at the poles of Γ.
pub fn rgamma(x: &Wide) -> Wide {
    if x.is_number() && !x.is_positive() && x.floor() == *x { Wide::new(0.0) } else { 1.0 / x.gamma() }
}

/// The n-th derivative of 1/Γ.
pub fn rgamma_derivative(n: &Wide, x: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([x], |[x]| settled(|| derivative(order, -4, |t| rgamma(&moved(x, t)))))
}

/// Γ(a) Γ(b)/Γ(a + b)
pub fn beta(a: &Wide, b: &Wide) -> Wide {
    a.gamma() * b.gamma() * rgamma(&(a + b))
}

/// log |Γ(a) Γ(b)/Γ(a + b)|
pub fn lbeta(a: &Wide, b: &Wide) -> Wide {
    through([a, b], |[a, b]| settled(|| a.lgamma() + b.lgamma() - (a + b).lgamma()))
}

/// Γ(n + 1)/Γ(n - k + 1)
pub fn perm(n: &Wide, k: &Wide) -> Wide {
    /// Whole numbers of factors up to this are multiplied one by one.
    const MOST_FACTORS: i64 = 4096;
    through([n, k], |[n, k]| {
        if let Some(count) = k.whole().filter(|count| (0..=MOST_FACTORS).contains(count)) {
            let product = (0..count).fold(Wide::new(1.0), |product, i| (product * (n - i as f64)).exact());
            let noise = product.size() + 4 + i64::from(count as i32 + 2).ilog2() as i64 - bits() as i64;
            return if product.is_zero() { product } else { product.at_least_noisy(noise) };
        }
        let (top, rest) = (n + 1.0, n - k + 1.0);
        if (&rest - 1000.0).is_positive() && top.is_positive() {
            return settled(|| (top.lgamma() - rest.lgamma()).exp());
        }
        top.gamma() * rgamma(&rest)
    })
}

/// Γ(n + 1)/(Γ(k + 1) Γ(n - k + 1))
pub fn comb(n: &Wide, k: &Wide) -> Wide {
    through([n, k], |[n, k]| {
        // of the two the one with fewer factors
        let rest = n - k;
        let fewer = if (k - &rest).is_positive() { &rest } else { k };
        perm(n, fewer) * rgamma(&(fewer + 1.0))
    })
}

/// The whole orders that derivatives by differences are taken of.
pub(super) fn order(n: &Wide) -> Option<usize> {
    n.whole().filter(|n| (0..=12).contains(n)).map(|n| n as usize)
}
