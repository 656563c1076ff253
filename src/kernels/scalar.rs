//! Functions of one or two numbers that no table of elementary functions has.

use super::elementary::point;

/// `a^b`; squares, the most frequent power, without the way through logarithms.
pub fn pow(a: f64, b: f64) -> f64 {
    match b {
        2.0 => a * a,
        1.0 => a,
        _ => point::pow(a, b),
    }
}

/// Remainder with the sign of the divisor, as in mathematics and Python: `a - b floor(a / b)`.
pub fn modulo(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
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
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// Smaller of two numbers; NaN if either is.
pub fn minimum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
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
