//! Elementary functions of one number that std does not have, or has with less accuracy.

/// `a^b`. Small whole exponents are products, so that squares are exact where the result is.
pub fn pow(a: f64, b: f64) -> f64 {
    match b {
        2.0 => a * a,
        1.0 => a,
        3.0 => a * a * a,
        -1.0 => 1.0 / a,
        _ => a.powf(b),
    }
}

/// Logistic function 1/(1 + e⁻ˣ), without overflow on either side.
pub fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 {
        1.0 / (1.0 + e)
    } else if x < 0.0 {
        e / (1.0 + e)
    } else {
        x
    }
}

/// log(1 + eˣ) = max(x, 0) + log1p(e^-|x|), without overflow and without losing the tail.
pub fn softplus(x: f64) -> f64 {
    if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() }
}

/// 1/cosh(x)², accurate in the tails where 1 - tanh² cancels: 4e/(1 + e)² with e = exp(-2|x|).
pub fn sech2(x: f64) -> f64 {
    let e = (-2.0 * x.abs()).exp();
    4.0 * e / ((1.0 + e) * (1.0 + e))
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
    if gap.is_nan() { gap } else { a.max(b) + (-gap).exp().ln_1p() }
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

/// asinh, odd and without cancellation near 0 (std's loses digits for tiny and overflows for huge arguments).
pub fn asinh(x: f64) -> f64 {
    libm::asinh(x)
}

pub fn acosh(x: f64) -> f64 {
    libm::acosh(x)
}

pub fn atanh(x: f64) -> f64 {
    libm::atanh(x)
}
