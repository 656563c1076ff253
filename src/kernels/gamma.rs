//! The gamma function and the derivatives of its logarithm.

use std::f64::consts::PI;

/// Γ(x); NaN at 0 from neither side is the pole's sign known, and at the negative whole numbers. DLMF 5.2.1.
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

/// log |Γ(x)|; +∞ at the poles.
pub fn lgamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// `x! = Γ(x + 1)`, exact for the whole numbers that f64 holds exactly.
pub fn factorial(x: f64) -> f64 {
    if x.fract() == 0.0 && (0.0..=170.0).contains(&x) {
        return (2..=x as u32).fold(1.0, |product, i| product * f64::from(i));
    }
    if x > 170.6 { f64::INFINITY } else { gamma(x + 1.0) }
}

/// Bernoulli numbers B₂, B₄, … B₂₀.
const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
];

/// ψ⁽ⁿ⁾(x), the (n+1)-th derivative of log Γ: digamma for n = 0, trigamma for n = 1. DLMF 5.15.
///
/// Recurrence (5.15.5) up to where the asymptotic series (5.11.2, 5.15.8) is exact to the last digit; digamma is
/// reflected for negative arguments (5.5.4). NaN at the poles of digamma, infinite at those of the others.
pub fn polygamma(n: u32, x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x == f64::INFINITY {
        return if n == 0 { x } else { 0.0 };
    }
    if n == 0 && x < 0.5 {
        if x == x.floor() {
            return if x == 0.0 { f64::NEG_INFINITY.copysign(-1.0 / x) } else { f64::NAN };
        }
        // the tangent of the fractional part keeps its digits for large |x|
        return polygamma(0, 1.0 - x) - PI / (PI * (x - x.round())).tan();
    }
    if x <= 0.0 && x == x.floor() {
        return f64::INFINITY;
    }
    let order = f64::from(n);
    let sign = if n.is_multiple_of(2) { -1.0 } else { 1.0 };
    let n_factorial = factorial(order);
    let mut below = 0.0;
    let mut z = x;
    while z < 15.0 + order {
        below += 1.0 / z.powi(n as i32 + 1);
        z += 1.0;
    }
    let square = 1.0 / (z * z);
    if n == 0 {
        let mut power = square;
        let mut series = 0.0;
        for (k, b) in BERNOULLI.iter().enumerate() {
            series += b / (2.0 * (k as f64 + 1.0)) * power;
            power *= square;
        }
        return z.ln() - 0.5 / z - series - below;
    }
    // (-1)ⁿ⁺¹ [ (n-1)!/zⁿ + n!/(2 zⁿ⁺¹) + Σ B₂ₖ (2k+n-1)!/((2k)! z²ᵏ⁺ⁿ) ]
    let mut ratio = factorial(order - 1.0) * (order + 1.0) * order / 2.0;
    let mut power = square;
    let mut series = factorial(order - 1.0) + n_factorial / (2.0 * z);
    for (k, b) in BERNOULLI.iter().enumerate() {
        series += b * ratio * power;
        power *= square;
        let next = 2.0 * (k as f64 + 1.0);
        ratio *= (next + order) * (next + order + 1.0) / ((next + 1.0) * (next + 2.0));
    }
    sign * (series / z.powi(n as i32) + n_factorial * below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, want: f64) {
        assert!((got - want).abs() <= 4e-15 * want.abs(), "{got} is not {want}");
    }

    #[test]
    fn polygamma_agrees_with_tables() {
        // Abramowitz & Stegun 6.3.2, 6.4.2; 30-digit values of mpmath
        close(polygamma(0, 1.0), -0.577_215_664_901_532_9);
        close(polygamma(0, 0.5), -1.963_510_026_021_423_5);
        close(polygamma(0, -1.5), 0.703_156_640_645_243_2);
        close(polygamma(1, 1.0), 1.644_934_066_848_226_4);
        close(polygamma(1, 0.5), 4.934_802_200_544_679);
        close(polygamma(2, 1.5), -0.828_796_644_234_319_9);
        close(polygamma(3, 1.0), 6.493_939_402_266_829);
    }

    #[test]
    fn factorials_are_exact() {
        assert_eq!(factorial(0.0), 1.0);
        assert_eq!(factorial(20.0), 2_432_902_008_176_640_000.0);
        assert_eq!(factorial(171.0), f64::INFINITY);
    }
}
