//! Functions of one or two numbers that no table of elementary functions has.

use super::elementary::{point, slices};

/// `a^b`; small whole powers, the most frequent ones, without the way through logarithms.
#[inline]
pub fn pow(a: f64, b: f64) -> f64 {
    match b {
        2.0 => a * a,
        1.0 => a,
        3.0 => a * a * a,
        4.0 => (a * a) * (a * a),
        _ => point::pow(a, b),
    }
}

/// [`pow`] over slices: an operand of one element goes with all.
pub fn pow_zip(a: &[f64], b: &[f64], out: &mut [f64]) {
    match b {
        [b] if matches!(b, 1.0 | 2.0 | 3.0 | 4.0) || out.len() == 1 => {
            out.iter_mut().zip(a.iter().cycle()).for_each(|(out, &a)| *out = pow(a, *b));
        }
        _ if a.len() == b.len() => {
            slices::pow(a, b, out);
            // the small whole powers are not the same to the last bit
            let small = |b: f64| matches!(b, 2.0 | 3.0 | 4.0);
            out.iter_mut().zip(a.iter().zip(b)).filter(|(_, (_, b))| small(**b)).for_each(|(out, (&a, &b))| {
                *out = pow(a, b);
            });
        }
        _ => {
            for (i, out) in out.iter_mut().enumerate() {
                let pick = |x: &[f64]| if x.len() == 1 { x[0] } else { x[i] };
                *out = pow(pick(a), pick(b));
            }
        }
    }
}

/// Remainder with the sign of the divisor, as in mathematics and Python: `a - b floor(a / b)`.
pub fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

/// Inverse secant, without the rounding of 1/x that `acos(1/x)` suffers from near ±1.
pub fn asec(x: f64) -> f64 {
    let size = x.abs();
    point::atan2((size - 1.0).sqrt() * (size + 1.0).sqrt(), 1f64.copysign(x))
}

/// Inverse hyperbolic secant, without the rounding of 1/x; 1/x may be infinite, log(2/x) is not.
pub fn asech(x: f64) -> f64 {
    match () {
        _ if x < 0.0 => f64::NAN,
        _ if x < f64::MIN_POSITIVE => std::f64::consts::LN_2 - point::log(x),
        _ => point::asinh(((1.0 - x) * (1.0 + x)).sqrt() / x),
    }
}

/// Inverse hyperbolic cosecant; 1/x may be infinite, log(2/|x|) is not.
pub fn acsch(x: f64) -> f64 {
    if x.abs() < f64::MIN_POSITIVE {
        return (std::f64::consts::LN_2 - point::log(x.abs())).copysign(x);
    }
    point::asinh(1.0 / x)
}

/// Inverse hyperbolic cotangent: `log((x + 1)/(x - 1))/2`, without the rounding of 1/x.
pub fn acoth(x: f64) -> f64 {
    (0.5 * point::log1p(2.0 / (x.abs() - 1.0))).copysign(x)
}

/// log cosh x: from 2 sinh²(x/2) = cosh x - 1 near 0, as |x| - log 2 + log(1 + e^-2|x|) far from it.
pub fn log_cosh(x: f64) -> f64 {
    let size = x.abs();
    if size < 1.0 {
        let half = point::sinh(0.5 * x);
        return point::log1p(2.0 * half * half);
    }
    size - std::f64::consts::LN_2 + point::log1p(point::exp(-2.0 * size))
}

/// log(eᵃ + eᵇ) = max + log1p(e^-|a-b|).
pub fn logaddexp(a: f64, b: f64) -> f64 {
    if a == b {
        // also both infinite, where the difference is NaN
        return a + std::f64::consts::LN_2;
    }
    let gap = (a - b).abs();
    if gap.is_nan() { gap } else { a.max(b) + point::log1p(point::exp(-gap)) }
}

/// Larger of two numbers; NaN if either is (unlike `f64::max`).
pub fn maximum(a: f64, b: f64) -> f64 {
    let larger = if a > b { a } else { b };
    if a.is_nan() { a } else { larger }
}

/// Smaller of two numbers; NaN if either is.
pub fn minimum(a: f64, b: f64) -> f64 {
    let smaller = if a < b { a } else { b };
    if a.is_nan() { a } else { smaller }
}

/// -1, 0 or 1; NaN stays NaN and zeros keep their sign.
pub fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x
    }
}

/// Nearest whole number, halves to even (as NumPy and TensorFlow).
pub fn round(x: f64) -> f64 {
    x.round_ties_even()
}

/// log(1 - e^-|x|). Source: Mächler (2012), "Accurately computing log(1 - exp(-|a|))", equation (7).
pub fn log1mexp(x: f64) -> f64 {
    let size = x.abs();
    if size < std::f64::consts::LN_2 { point::log(-point::expm1(-size)) } else { point::log1p(-point::exp(-size)) }
}

/// log2(2ᵃ + 2ᵇ) = max + log2(1 + 2^-|a-b|).
pub fn logaddexp2(a: f64, b: f64) -> f64 {
    if a == b {
        return a + 1.0;
    }
    let gap = (a - b).abs();
    if gap.is_nan() { gap } else { a.max(b) + point::log1p(point::exp2(-gap)) * std::f64::consts::LOG2_E }
}

/// -x log(x), 0 at 0, -∞ below.
pub fn entr(x: f64) -> f64 {
    if x == 0.0 {
        0.0
    } else if x < 0.0 {
        f64::NEG_INFINITY
    } else {
        -x * point::log(x)
    }
}

/// Largest whole quotient, `floor(a / b)` of the exact quotient: what [`modulo`] leaves is its remainder (Python's
/// `//`, where `floor(1 / 0.1)` would be 10).
pub fn floor_divide(a: f64, b: f64) -> f64 {
    if b == 0.0 || a.is_infinite() {
        return (a / b).floor();
    }
    // whole but for the rounding of the quotient
    let quotient = (a - a % b) / b;
    let down = a % b != 0.0 && (a % b < 0.0) != (b < 0.0);
    if b.is_infinite() { if down { -1.0 } else { 0.0 } } else { quotient.round() - down as u8 as f64 }
}

/// 0 below 0, 1 above it, at 0 the value given.
pub fn heaviside(x: f64, at_zero: f64) -> f64 {
    if x == 0.0 {
        at_zero
    } else if x.is_nan() {
        x
    } else {
        (x > 0.0) as u8 as f64
    }
}

/// Greatest common divisor of whole numbers by Euclid's algorithm, whose remainders are exact in f64; NaN of others.
pub fn gcd(a: f64, b: f64) -> f64 {
    if a.fract() != 0.0 || b.fract() != 0.0 {
        // infinity has a NaN for what is behind its point
        return f64::NAN;
    }
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0.0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Least common multiple of whole numbers; 0 if one of them is 0.
pub fn lcm(a: f64, b: f64) -> f64 {
    let divisor = gcd(a, b);
    if divisor == 0.0 { 0.0 } else { (a / divisor * b).abs() }
}

/// `a + t (b - a)`, exactly `a` at 0 and `b` at 1.
pub fn lerp(a: f64, b: f64, t: f64) -> f64 {
    if t < 0.5 { a + t * (b - a) } else { b - (1.0 - t) * (b - a) }
}

/// x - tanh x. Near 0, where that cancels, from tanh x = x/(1 + t) with Lambert's continued fraction
/// t = x²/(3 + x²/(5 + …)) (DLMF 4.39.1); twelve levels are enough for |x| ≤ 1.
pub fn tanhshrink(x: f64) -> f64 {
    if x.abs() > 1.0 {
        return x - point::tanh(x);
    }
    let square = x * x;
    let t = (1..=12).rev().fold(0.0, |rest, i| square / ((2 * i + 1) as f64 + rest));
    x * (t / (1.0 + t))
}

/// cos x - 1, near 0, where that cancels, as -2 sin²(x/2).
pub fn cosm1(x: f64) -> f64 {
    let cosine = point::cos(x);
    if cosine < 0.5 {
        return cosine - 1.0;
    }
    let half = point::sin(0.5 * x);
    0.0 - 2.0 * half * half
}
