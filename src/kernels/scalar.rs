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

/// Normal distribution function Φ(x) = erfc(-x/√2)/2. DLMF 7.18.
pub fn ndtr(x: f64) -> f64 {
    0.5 * point::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}
