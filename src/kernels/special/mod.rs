//! Special functions of one, two and three numbers, with the companions that their derivatives need.
//!
//! A companion `…_derivative(n, x)` is the `n`-th derivative from a formula of its own, so that derivatives of any
//! order keep their digits where the textbook rule cancels. Knows nothing of tapes.

pub mod bessel;
pub mod beta;
pub mod binomial;
pub mod circle;
pub mod elliptic;
pub mod error_functions;
pub mod exponential_integral;
pub mod fresnel;
pub mod gamma;
pub mod incomplete_beta;
pub mod incomplete_gamma;
pub mod lambert;
pub mod normal;
pub mod real_order;
pub mod scaled_bessel;
pub mod sinc;
pub mod spence;
mod taylor;
pub mod zeta;

/// Orders of derivatives beyond this are refused as NaN: their factorials overflow.
const MAX_ORDER: f64 = 170.0;

/// The order as a count, if it is a whole number from 0 to the largest that is computed.
fn order(n: f64) -> Option<usize> {
    (n.fract() == 0.0 && (0.0..=MAX_ORDER).contains(&n)).then_some(n as usize)
}

/// `(-1)ⁿ`
fn alternating(n: usize) -> f64 {
    if n.is_multiple_of(2) { 1.0 } else { -1.0 }
}
