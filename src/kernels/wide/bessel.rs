//! Bessel functions of wide numbers, of real order. DLMF chapter 10.
//!
//! Power series, whose cancellation is made up for by precision; Hankel's expansions where x is large enough for all bits;
//! upward recurrence between them. No value where none of these ends in time.

use super::series::{beside, derivative, moved, settled, sum, through};
use super::zeta::order;
use super::{Wide, bits};

/// Power series of arguments beyond 2^this would take too long.
const LARGEST_OF_SERIES: i64 = 14;

/// Orders that upward recurrence starts from at 0.
const MOST_STEPS: f64 = 100_000.0;

/// Jᵥ(x); for x < 0 of whole order only.
pub fn jv(v: &Wide, x: &Wide) -> Wide {
    through([v, x], |[v, x]| match v.whole() {
        Some(n) if n < 0 => signed(n, jv(&Wide::new(-n as f64), x)),
        Some(n) if x.is_negative() => signed(n, jv(v, &-x)),
        _ if x.is_negative() => Wide::none(),
        _ if x.is_zero() => at_zero(v),
        _ => settled(|| oscillating(v, x, |pair| pair.0).unwrap_or_else(|| power_series(v, x, -1.0))),
    })
}

/// Yᵥ(x) for x > 0.
pub fn yv(v: &Wide, x: &Wide) -> Wide {
    through([v, x], |[v, x]| {
        if !x.is_positive() {
            return Wide::none();
        }
        if let Some(n) = v.whole().filter(|n| *n < 0) {
            return signed(n, yv(&Wide::new(-n as f64), x));
        }
        settled(|| oscillating(v, x, |pair| pair.1).unwrap_or_else(|| of_both_orders(v, |v| y_from_series(v, x))))
    })
}

/// Iᵥ(x); for x < 0 of whole order only.
pub fn iv(v: &Wide, x: &Wide) -> Wide {
    through([v, x], |[v, x]| match v.whole() {
        Some(n) if n < 0 => iv(&Wide::new(-n as f64), x),
        Some(n) if x.is_negative() => signed(n, iv(v, &-x)),
        _ if x.is_negative() => Wide::none(),
        _ if x.is_zero() => at_zero(v),
        _ => settled(|| {
            let far = || Some(asymptotic(v, x, -1.0)? * x.exp() / (Wide::pi() * x * 2.0).sqrt());
            far().unwrap_or_else(|| power_series(v, x, 1.0))
        }),
    })
}

/// Kᵥ(x) for x > 0.
pub fn kv(v: &Wide, x: &Wide) -> Wide {
    through([v, x], |[v, x]| {
        if !x.is_positive() {
            return Wide::none();
        }
        settled(|| {
            let far = || Some(asymptotic(v, x, 1.0)? * (-x).exp() * (Wide::pi() / (x * 2.0)).sqrt());
            far().unwrap_or_else(|| of_both_orders(v, |v| k_from_series(v, x)))
        })
    })
}

/// e^-|x| Iₙ(x)
pub fn scaled_i(n: i64, x: &Wide) -> Wide {
    through([x], |[x]| settled(|| (-x.abs()).exp() * iv(&Wide::new(n as f64), x)))
}

/// eˣ Kₙ(x)
pub fn scaled_k(n: i64, x: &Wide) -> Wide {
    through([x], |[x]| settled(|| x.exp() * kv(&Wide::new(n as f64), x)))
}

/// The m-th derivative of e^-|x| Iₙ(x), without x = 0, where it may have a kink.
pub fn scaled_i_derivative(m: &Wide, n: i64, x: &Wide) -> Wide {
    in_x(m, x, |x| scaled_i(n, x))
}

/// The m-th derivative of eˣ Kₙ(x).
pub fn scaled_k_derivative(m: &Wide, n: i64, x: &Wide) -> Wide {
    in_x(m, x, |x| scaled_k(n, x))
}

fn in_x(m: &Wide, x: &Wide, f: impl Fn(&Wide) -> Wide) -> Wide {
    let Some(order) = order(m) else { return Wide::none() };
    through([x], |[x]| {
        if x.is_zero() {
            return Wide::none();
        }
        settled(|| derivative(order, x.exponent() - 4, |t| f(&moved(x, t))))
    })
}

/// The m-th derivatives in the order v.
pub fn jv_derivative(m: &Wide, v: &Wide, x: &Wide) -> Wide {
    in_order(m, v, x, jv)
}

pub fn yv_derivative(m: &Wide, v: &Wide, x: &Wide) -> Wide {
    in_order(m, v, x, yv)
}

pub fn iv_derivative(m: &Wide, v: &Wide, x: &Wide) -> Wide {
    in_order(m, v, x, iv)
}

pub fn kv_derivative(m: &Wide, v: &Wide, x: &Wide) -> Wide {
    in_order(m, v, x, kv)
}

fn in_order(m: &Wide, v: &Wide, x: &Wide, f: fn(&Wide, &Wide) -> Wide) -> Wide {
    let Some(order) = order(m) else { return Wide::none() };
    through([v, x], |[v, x]| match () {
        _ if order == 0 => f(v, x),
        _ if x.is_zero() && v.is_positive() && !f(v, x).is_zero() => Wide::none(),
        _ if x.is_zero() && v.is_positive() => Wide::new(0.0),
        _ if !x.is_positive() => Wide::none(),
        _ => settled(|| derivative(order, -4, |t| f(&moved(v, t), x))),
    })
}

/// `± y`, with the minus for odd n.
fn signed(n: i64, y: Wide) -> Wide {
    if n % 2 == 0 { y } else { -y }
}

/// J and I at x = 0.
fn at_zero(v: &Wide) -> Wide {
    match () {
        _ if v.is_zero() => Wide::new(1.0),
        _ if v.is_positive() => Wide::new(0.0),
        _ => Wide::none(),
    }
}

/// (x/2)ᵛ Σ (± x²/4)ᵏ/(k! Γ(v+k+1)). DLMF 10.2.2, 10.25.2.
fn power_series(v: &Wide, x: &Wide, sign: f64) -> Wide {
    if x.exponent() > LARGEST_OF_SERIES {
        return Wide::none();
    }
    let half = x.scaled(-1);
    let square = &half * &half * sign;
    let mut term = Wide::new(1.0);
    // below 0 the terms grow again where v + k passes it
    let least = 1 + (-v.to_f64().unwrap_or(0.0)).clamp(0.0, 1e6) as usize;
    let series = sum(term.clone(), least, |k| {
        term = (&term * &square / ((v + k as f64) * k as f64)).exact();
        term.clone()
    });
    half.pow(v) / (v + 1.0).gamma() * series
}

/// A formula in sin(v π) and both orders ±v, at whole v as a limit.
fn of_both_orders(v: &Wide, f: impl Fn(&Wide) -> Wide) -> Wide {
    if v.whole().is_some() { beside(v, f) } else { f(v) }
}

/// (Jᵥ cos(v π) - J₋ᵥ)/sin(v π). DLMF 10.2.3.
fn y_from_series(v: &Wide, x: &Wide) -> Wide {
    (power_series(v, x, -1.0) * v.cos_pi() - power_series(&-v, x, -1.0)) / v.sin_pi()
}

/// π/2 (I₋ᵥ - Iᵥ)/sin(v π). DLMF 10.27.4.
fn k_from_series(v: &Wide, x: &Wide) -> Wide {
    (power_series(&-v, x, 1.0) - power_series(v, x, 1.0)) / v.sin_pi() * Wide::pi().scaled(-1)
}

/// The coefficients aₖ(v)/xᵏ of Hankel's expansions until they no longer count; `None` where they do not become so small.
/// DLMF 10.17.1.
fn hankel_terms(v: &Wide, x: &Wide) -> Option<Vec<Wide>> {
    // the smallest is about e^(-2x)
    if x.to_f64()? < 0.35 * bits() as f64 {
        return None;
    }
    let fourfold = v * v * 4.0;
    let mut terms = vec![Wide::new(1.0)];
    let mut largest = 1;
    loop {
        let k = terms.len() as f64;
        let last = &terms[terms.len() - 1];
        let factor = &fourfold - (2.0 * k - 1.0) * (2.0 * k - 1.0);
        let term = (last * &factor / (x * (8.0 * k))).exact();
        if term.is_zero() || term.exponent() < largest - bits() as i64 - 8 {
            return Some(terms);
        }
        if factor.is_negative() && term.exponent() > last.exponent() || k > 100_000.0 {
            return None;
        }
        largest = largest.max(term.exponent());
        terms.push(term);
    }
}

/// Σ (±1)ᵏ aₖ(v)/xᵏ: K and I without their exponentials. DLMF 10.40.1, 10.40.2.
fn asymptotic(v: &Wide, x: &Wide, sign: f64) -> Option<Wide> {
    let terms = hankel_terms(v, x)?;
    Some(total(terms.iter().enumerate().map(|(k, term)| if k % 2 == 1 { term * sign } else { term.clone() })))
}

/// A sum whose terms have only rounding errors.
fn total(terms: impl Iterator<Item = Wide>) -> Wide {
    let (mut total, mut largest, mut count) = (Wide::new(0.0), 0, 1u64);
    for term in terms {
        largest = largest.max(term.size());
        total = total + term;
        count += 1;
    }
    total.at_least_noisy(largest + 2 * count.ilog2() as i64 + 3 - bits() as i64)
}

/// One of J and Y for large x: by Hankel's expansion, or upwards from orders for which it is there.
fn oscillating(v: &Wide, x: &Wide, which: fn((Wide, Wide)) -> Wide) -> Option<Wide> {
    if let Some(pair) = hankel(v, x) {
        return Some(which(pair));
    }
    let steps = v.floor();
    let is_between = steps.is_positive() && v.compare(x)?.is_lt();
    let count = steps.to_f64().filter(|count| is_between && *count <= MOST_STEPS)?;
    if x.to_f64()? < 0.35 * bits() as f64 {
        return None;
    }
    let start = v - steps;
    let mut last = which(hankel(&start, x)?);
    let mut next = which(hankel(&(&start + 1.0), x)?);
    let envelope = last.size().max(next.size());
    let noise = last.noise.max(next.noise).max(envelope - bits() as i64);
    for k in 1..count as usize {
        let after = (&next * (&start + k as f64) * 2.0 / x - last).exact();
        (last, next) = (next, after);
    }
    Some(next.at_least_noisy(noise + 2 * (count as u64).ilog2() as i64 + 4))
}

/// J and Y: √(2/(πx)) (P cos χ - Q sin χ) and (P sin χ + Q cos χ), χ = x - (v/2 + 1/4) π. DLMF 10.17.3, 10.17.4.
fn hankel(v: &Wide, x: &Wide) -> Option<(Wide, Wide)> {
    let terms = hankel_terms(v, x)?;
    let part = |odd: usize| {
        let part = terms.iter().skip(odd).step_by(2).enumerate();
        total(part.map(|(k, term)| if k % 2 == 1 { -term } else { term.clone() }))
    };
    let (p, q) = (part(0), part(1));
    let angle = x - (v * 0.5 + 0.25) * Wide::pi();
    let (sine, cosine) = (angle.sin(), angle.cos());
    let size = (2.0 / (Wide::pi() * x)).sqrt();
    Some(((&p * &cosine - &q * &sine) * &size, (p * sine + q * cosine) * size))
}
