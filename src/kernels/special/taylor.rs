//! Truncated power series in one parameter: a value with its derivatives.
//!
//! A sum or continued fraction written over [`Taylor<1>`] gives the plain value, over [`Taylor<3>`] the first two
//! derivatives in the parameter as well. Knows the four operations, square root and exponential. Source: Griewank & Walther
//! (2008), "Evaluating Derivatives", section 13.2.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `c₀ + c₁ t + … + cₙ₋₁ tⁿ⁻¹`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taylor<const N: usize>(pub [f64; N]);

/// Calls a function of `Taylor` with the length that holds the `n`-th derivative, and takes that derivative out.
/// NaN above the fifth.
macro_rules! nth_derivative {
    ($n:expr, $series:ident ( $($argument:expr),* )) => {
        match $n {
            0.0 => $series::<1>($($argument),*).derivative(0),
            1.0 => $series::<2>($($argument),*).derivative(1),
            2.0 => $series::<3>($($argument),*).derivative(2),
            3.0 => $series::<4>($($argument),*).derivative(3),
            4.0 => $series::<5>($($argument),*).derivative(4),
            5.0 => $series::<6>($($argument),*).derivative(5),
            _ => f64::NAN,
        }
    };
}

pub(super) use nth_derivative;

impl<const N: usize> Taylor<N> {
    /// A number that does not depend on the parameter.
    pub fn constant(x: f64) -> Self {
        Self::line(x, 0.0)
    }

    /// `x + slope t`.
    pub fn line(x: f64, slope: f64) -> Self {
        Self(std::array::from_fn(|k| [x, slope].get(k).copied().unwrap_or(0.0)))
    }

    /// The series of a function from its derivatives.
    pub fn from_derivatives(f: impl Fn(usize) -> f64) -> Self {
        let mut factorial = 1.0;
        Self(std::array::from_fn(|k| {
            factorial *= k.max(1) as f64;
            f(k) / factorial
        }))
    }

    /// The `k`-th derivative at `t = 0`.
    pub fn derivative(&self, k: usize) -> f64 {
        (1..=k).fold(self.0[k], |value, i| value * i as f64)
    }

    /// Series in `-t`.
    pub fn mirrored(self) -> Self {
        Self(std::array::from_fn(|k| if k % 2 == 0 { self.0[k] } else { -self.0[k] }))
    }

    pub fn exp(self) -> Self {
        let mut y = [0.0; N];
        y[0] = crate::kernels::elementary::point::exp(self.0[0]);
        for k in 1..N {
            y[k] = (1..=k).map(|j| j as f64 * self.0[j] * y[k - j]).sum::<f64>() / k as f64;
        }
        Self(y)
    }

    pub fn sqrt(self) -> Self {
        let mut root = [0.0; N];
        root[0] = self.0[0].sqrt();
        for k in 1..N {
            let known: f64 = (1..k).map(|j| root[j] * root[k - j]).sum();
            root[k] = (self.0[k] - known) / (2.0 * root[0]);
        }
        Self(root)
    }

    /// The derivative in the parameter; its last coefficient, which is not known, is 0.
    pub fn slope(self) -> Self {
        Self(std::array::from_fn(|k| if k + 1 < N { (k + 1) as f64 * self.0[k + 1] } else { 0.0 }))
    }

    /// The integral over the parameter that begins with `value`.
    pub fn integral(self, value: f64) -> Self {
        Self(std::array::from_fn(|k| if k == 0 { value } else { self.0[k - 1] / k as f64 }))
    }

    /// Whether this product of `c` and `d`, the next factor of a continued fraction, is 1 but for rounding, or NaN.
    pub fn is_one_within(&self, c: &Self, d: &Self) -> bool {
        let rounding = |k: usize| 4e-16 * (0..=k).map(|j| (c.0[j] * d.0[k - j]).abs()).sum::<f64>();
        let miss = *self + -1.0;
        miss.0.iter().enumerate().all(|(k, m)| m.is_nan() || m.abs() <= rounding(k))
    }

    /// Whether this, as the next term of `sum`, would not change it any more: it is too small, or the sum is NaN.
    pub fn is_lost_in(&self, sum: &Self) -> bool {
        let largest = sum.0.iter().fold(0.0, |size: f64, c| size.max(c.abs()));
        self.0
            .iter()
            .zip(&sum.0)
            .all(|(term, c)| c.is_nan() || term.abs() <= 1e-17 * c.abs() || term.abs() <= 1e-19 * largest)
    }
}

impl<const N: usize> Neg for Taylor<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(|c| -c))
    }
}

impl<const N: usize> Add for Taylor<N> {
    type Output = Self;

    fn add(self, b: Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] + b.0[k]))
    }
}

impl<const N: usize> Sub for Taylor<N> {
    type Output = Self;

    fn sub(self, b: Self) -> Self {
        Self(std::array::from_fn(|k| self.0[k] - b.0[k]))
    }
}

impl<const N: usize> Mul for Taylor<N> {
    type Output = Self;

    fn mul(self, b: Self) -> Self {
        Self(std::array::from_fn(|k| (0..=k).map(|j| self.0[j] * b.0[k - j]).sum()))
    }
}

impl<const N: usize> Div for Taylor<N> {
    type Output = Self;

    /// From the product rule of `quotient * b = self`.
    fn div(self, b: Self) -> Self {
        let mut quotient = [0.0; N];
        for k in 0..N {
            let known: f64 = (0..k).map(|j| quotient[j] * b.0[k - j]).sum();
            quotient[k] = (self.0[k] - known) / b.0[0];
        }
        Self(quotient)
    }
}

impl<const N: usize> Mul<f64> for Taylor<N> {
    type Output = Self;

    fn mul(self, b: f64) -> Self {
        Self(self.0.map(|c| c * b))
    }
}

impl<const N: usize> Add<f64> for Taylor<N> {
    type Output = Self;

    fn add(mut self, b: f64) -> Self {
        self.0[0] += b;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_a_cubic_a_reciprocal_and_an_exponential() {
        let a = Taylor::<4>::line(2.0, 1.0);
        assert_eq!(a * a * a, Taylor([8.0, 12.0, 6.0, 1.0]));
        assert_eq!(Taylor::constant(1.0) / a, Taylor([0.5, -0.25, 0.125, -0.0625]));
        let y = Taylor::<4>::line(0.0, 2.0).exp();
        assert_eq!((0..4).map(|k| y.derivative(k)).collect::<Vec<_>>(), [1.0, 2.0, 4.0, 8.0]);
    }
}
