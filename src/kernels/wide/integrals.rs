//! Functions of wide numbers that are integrals of elementary ones: exponential integrals, relatives of the error function,
//! Fresnel's and Spence's, complete elliptic integrals.

use super::series::{beside, continued_fraction, derivative, moved, settled, sum, through};
use super::zeta::order;
use super::{Wide, bits};

/// Power series of arguments beyond 2^this would take too long.
const LARGEST_OF_SERIES: i64 = 14;

/// Ei(x), without its pole 0. DLMF 6.6.1, 6.12.2.
pub fn expi(x: &Wide) -> Wide {
    through([x], |[x]| match () {
        _ if x.is_zero() => Wide::none(),
        _ if x.is_negative() => -exp1(&-x),
        _ => settled(|| {
            if x.to_f64().is_some_and(|x| x > 0.8 * bits() as f64 + 20.0) {
                let mut term = Wide::new(1.0);
                let series = sum(term.clone(), 1, |k| {
                    term = (&term * k as f64 / x).exact();
                    term.clone()
                });
                return x.exp() / x * series;
            }
            euler() + x.log() + entire(x)
        }),
    })
}

/// Euler's constant.
fn euler() -> Wide {
    -Wide::new(1.0).digamma()
}

/// Σ xᵏ/(k k!)
fn entire(x: &Wide) -> Wide {
    if x.exponent() > LARGEST_OF_SERIES {
        return Wide::none();
    }
    let mut power = Wide::new(1.0);
    sum(Wide::new(0.0), 2, |k| {
        power = (&power * x / k as f64).exact();
        &power / k as f64
    })
}

/// E₁(x) for x > 0.
pub fn exp1(x: &Wide) -> Wide {
    expn(&Wide::new(1.0), x)
}

/// Eᵥ(x) of real order, for x > 0. DLMF 8.19.
pub fn expn(v: &Wide, x: &Wide) -> Wide {
    through([v, x], |[v, x]| match () {
        _ if x.is_zero() && (v - 1.0).is_positive() => 1.0 / (v - 1.0),
        _ if !x.is_positive() => Wide::none(),
        _ => settled(|| {
            let is_far = (x - (2.0 + bits() as f64 / 16.0)).is_positive() && (v + x - 1.0).is_positive();
            let is_steep = (v - (64.0 + 2.0 * bits() as f64)).is_positive();
            if is_far || is_steep {
                return expn_fraction(v, x);
            }
            if v.whole().is_some_and(|n| n > 0) { beside(v, |v| expn_series(v, x)) } else { expn_series(v, x) }
        }),
    })
}

/// The n-th derivative of Eᵥ(x) in v.
pub fn expn_derivative(n: &Wide, v: &Wide, x: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([v, x], |[v, x]| {
        if !x.is_positive() {
            return Wide::none();
        }
        settled(|| derivative(order, -4, |t| expn(&moved(v, t), x)))
    })
}

/// e⁻ˣ/(x+v - v/(x+v+2 - 2(v+1)/(x+v+4 - …))). DLMF 8.19.17, its even part.
fn expn_fraction(v: &Wide, x: &Wide) -> Wide {
    let start = x + v;
    (-x).exp() / continued_fraction(start.clone(), |k| (-((v + (k - 1.0)) * k), &start + 2.0 * k))
}

/// Γ(1-v) xᵛ⁻¹ - Σ (-x)ᵏ/(k! (1-v+k)), for v that is not 1, 2, … DLMF 8.19.10.
fn expn_series(v: &Wide, x: &Wide) -> Wide {
    if x.exponent() > LARGEST_OF_SERIES {
        return Wide::none();
    }
    let mut power = Wide::new(1.0);
    let first = 1.0 - v;
    let least = 1 + v.to_f64().unwrap_or(0.0).clamp(0.0, 1e6) as usize;
    let series = sum(1.0 / &first, least, |k| {
        power = (&power * -x / k as f64).exact();
        &power / (&first + k as f64)
    });
    first.gamma() * x.pow(&(v - 1.0)) - series
}

/// Imaginary error function 2/√π x Σ x²ᵏ/(k! (2k+1)), for large x e^(x²)/(x√π) Σ (2k-1)!!/(2x²)ᵏ. DLMF 7.6.1, 7.12.1.
pub fn erfi(x: &Wide) -> Wide {
    through([x], |[x]| {
        if x.is_zero() { Wide::new(0.0) } else { settled(|| (x * x).exp() * dawson_of(x) * 2.0 / Wide::pi().sqrt()) }
    })
}

/// e^(-x²) ∫ e^(t²) dt from 0 to x.
pub fn dawson(x: &Wide) -> Wide {
    through([x], |[x]| if x.is_zero() { Wide::new(0.0) } else { settled(|| dawson_of(x)) })
}

fn dawson_of(x: &Wide) -> Wide {
    let square = x * x;
    if square.to_f64().is_some_and(|square| square > 0.75 * bits() as f64 + 20.0) {
        let mut term = Wide::new(1.0);
        let half = 0.5 / &square;
        let series = sum(term.clone(), 1, |k| {
            term = (&term * &half * (2.0 * k as f64 - 1.0)).exact();
            term.clone()
        });
        return series / (x * 2.0);
    }
    let mut power = Wide::new(1.0);
    let series = sum(power.clone(), 1, |k| {
        power = (&power * &square / k as f64).exact();
        &power / (2.0 * k as f64 + 1.0)
    });
    (-square).exp() * x * series
}

/// The n-th derivative of Dawson's integral.
pub fn dawson_derivative(n: &Wide, x: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([x], |[x]| settled(|| derivative(order, -x.exponent().max(0) - 3, |t| dawson(&moved(x, t)))))
}

/// e^(x²) erfc(x)
pub fn erfcx(x: &Wide) -> Wide {
    through([x], |[x]| settled(|| x.erfcx()))
}

/// The n-th derivative of `erfcx`.
pub fn erfcx_derivative(n: &Wide, x: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([x], |[x]| {
        let scale = if x.is_negative() { -x.exponent().max(0) - 3 } else { x.exponent().max(0) - 3 };
        settled(|| derivative(order, scale, |t| erfcx(&moved(x, t))))
    })
}

/// sin(π x)/(π x)
pub fn sinc(x: &Wide) -> Wide {
    through([x], |[x]| if x.is_zero() { Wide::new(1.0) } else { x.sin_pi() / (x * Wide::pi()) })
}

/// The n-th derivative of `sinc`.
pub fn sinc_derivative(n: &Wide, x: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([x], |[x]| match () {
        _ if x.is_zero() && order % 2 == 1 => Wide::new(0.0),
        _ => settled(|| derivative(order, -3, |t| sinc(&moved(x, t)))),
    })
}

/// ∫ sin(π t²/2) dt from 0 to x. DLMF 7.6.6, 7.5.4.
pub fn fresnel_s(x: &Wide) -> Wide {
    through([x], |[x]| if x.is_zero() { Wide::new(0.0) } else { settled(|| fresnel(x, 1)) })
}

/// ∫ cos(π t²/2) dt from 0 to x. DLMF 7.6.4, 7.5.3.
pub fn fresnel_c(x: &Wide) -> Wide {
    through([x], |[x]| if x.is_zero() { Wide::new(0.0) } else { settled(|| fresnel(x, 0)) })
}

/// Every other term of x Σ (i π x²/2)ᵏ/(k! (2k+1)), from term 0 for C and from term 1 for S.
fn fresnel(x: &Wide, which: usize) -> Wide {
    let angle = Wide::pi() * x * x * 0.5;
    if angle.to_f64().is_some_and(|angle| angle > 0.75 * bits() as f64 + 20.0) {
        return fresnel_far(x, which);
    }
    let mut power = if which == 0 { Wide::new(1.0) } else { angle.clone() };
    let square = &angle * &angle;
    let first = &power / (2.0 * which as f64 + 1.0);
    let series = sum(first, 1, |at| {
        let k = (2 * at + which) as f64;
        power = -(&power * &square / (k * (k - 1.0))).exact();
        &power / (2.0 * k + 1.0)
    });
    x * series
}

/// ± 1/2 and the auxiliary functions f and g by their asymptotic series. DLMF 7.5.3, 7.5.4, 7.12.2, 7.12.3.
fn fresnel_far(x: &Wide, which: usize) -> Wide {
    let size = x.abs();
    let small = 1.0 / (Wide::pi() * &size * &size);
    let square = &small * &small;
    // f: Σ (-1)ᵐ (4m-1)!!/(π x²)²ᵐ/(π x); g: the same with (4m+1)!! and one power more
    let part = |odd: f64| {
        let mut term = Wide::new(1.0);
        sum(term.clone(), 1, |m| {
            let top = 4.0 * m as f64 + odd;
            term = -(&term * &square * (top * (top - 2.0))).exact();
            term.clone()
        })
    };
    let f = part(-1.0) / (Wide::pi() * &size);
    let g = part(1.0) * &small / (Wide::pi() * &size);
    let half = &size * &size * 0.5;
    let (sine, cosine) = (half.sin_pi(), half.cos_pi());
    let value = if which == 0 { 0.5 + f * sine - g * cosine } else { 0.5 - f * cosine - g * sine };
    if x.is_negative() { -value } else { value }
}

/// Spence's ∫ log(t)/(1-t) dt from 1 to x ≥ 0: Σ (1-x)ᵏ/k² near 1, elsewhere by reflection. DLMF 25.12.
pub fn spence(x: &Wide) -> Wide {
    through([x], |[x]| if x.is_negative() { Wide::none() } else { settled(|| spence_of(x)) })
}

fn spence_of(x: &Wide) -> Wide {
    let sixth = || Wide::pi() * Wide::pi() / 6.0;
    if x.is_zero() {
        return sixth();
    }
    if (x - 1.5).is_positive() {
        let log = x.log();
        return -spence_of(&(1.0 / x)) - log.clone() * log * 0.5;
    }
    if (x - 0.5).is_negative() {
        return sixth() - x.log() * (-x).log1p() - spence_near(x);
    }
    spence_near(&(1.0 - x))
}

/// Σ yᵏ/k² with y = 1 - x.
fn spence_near(y: &Wide) -> Wide {
    if y.is_zero() {
        return Wide::new(0.0);
    }
    let mut power = y.clone();
    sum(y.clone(), 1, |k| {
        power = (&power * y).exact();
        &power / ((k + 1) as f64 * (k + 1) as f64)
    })
}

/// The n-th derivative of Spence's function.
pub fn spence_derivative(n: &Wide, x: &Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([x], |[x]| {
        if !x.is_positive() {
            return Wide::none();
        }
        settled(|| derivative(order, x.exponent() - 3, |t| spence(&moved(x, t))))
    })
}

/// K(m) = π/(2 M(1, √(1-m))) with the arithmetic-geometric mean M, for m < 1. DLMF 19.8.5.
pub fn ellipk(m: &Wide) -> Wide {
    through([m], |[m]| if (1.0 - m).is_positive() { settled(|| elliptic(m).0) } else { Wide::none() })
}

/// E(m), for m ≤ 1. DLMF 19.8.6.
pub fn ellipe(m: &Wide) -> Wide {
    through([m], |[m]| match 1.0 - m {
        rest if rest.is_zero() => Wide::new(1.0),
        rest if rest.is_positive() => settled(|| elliptic(m).1),
        _ => Wide::none(),
    })
}

/// K and E: π/(2 M) and K (1 - Σ 2ⁿ⁻¹ cₙ²).
fn elliptic(m: &Wide) -> (Wide, Wide) {
    let (mut a, mut b) = (Wide::new(1.0), (1.0 - m).sqrt());
    let mut rest = 1.0 - m * 0.5;
    let mut weight = 1.0;
    for _ in 0..200 {
        let c = (&a - &b).scaled(-1);
        if c.is_zero() || c.exponent() < a.exponent() - bits() as i64 / 2 - 4 {
            break;
        }
        let mean = (&a + &b).scaled(-1);
        (a, b) = (mean, (a * b).sqrt());
        rest = rest - &c * &c * weight;
        weight *= 2.0;
    }
    let c = (&a - &b).scaled(-1);
    let k = Wide::pi() / (&a + &b);
    let e = &k * (rest - &c * &c * weight);
    (k, e)
}

/// The n-th derivative of K.
pub fn ellipk_derivative(n: &Wide, m: &Wide) -> Wide {
    in_m(n, m, ellipk)
}

/// The n-th derivative of E.
pub fn ellipe_derivative(n: &Wide, m: &Wide) -> Wide {
    in_m(n, m, ellipe)
}

fn in_m(n: &Wide, m: &Wide, f: fn(&Wide) -> Wide) -> Wide {
    let Some(order) = order(n) else { return Wide::none() };
    through([m], |[m]| {
        let rest = 1.0 - m;
        if !rest.is_positive() {
            return Wide::none();
        }
        settled(|| derivative(order, rest.exponent() - 3, |t| f(&moved(m, t))))
    })
}
