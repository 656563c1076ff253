//! Special functions of wide numbers: error functions and the gamma family.

use std::cell::RefCell;
use std::collections::HashMap;

use super::series::{settled, through};
use super::{Wide, bits, with_guard};

impl Wide {
    /// Error function, by the series of positive terms 2/√π e^(-x²) Σ 2ⁿ x^(2n+1)/(2n+1)!!. DLMF 7.6.2.
    pub fn erf(&self) -> Wide {
        if self.exponent() > 4 {
            return 1.0 - self.erfc();
        }
        let square = self * self;
        let mut term = self.clone();
        let mut total = self.clone();
        for n in 1.. {
            term = term * &square * 2.0 / (2.0 * n as f64 + 1.0);
            if !total.is_number() || term.is_zero() || total.exponent() - term.exponent() > bits() as i64 {
                break;
            }
            total = total + &term;
        }
        total * 2.0 * (-square).exp() / Wide::pi().sqrt()
    }

    /// Complementary error function: for large `x` by the continued fraction DLMF 7.9.1, else from [`Wide::erf`].
    pub fn erfc(&self) -> Wide {
        if self.is_negative() {
            return 2.0 - (-self).erfc();
        }
        let size = self.to_f64().unwrap_or(f64::INFINITY);
        if size < 6.0 {
            // erfc(6) is 2e-17: so many bits cancel, and the bound of the series loses more
            return through([self], |[x]| settled(|| 1.0 - x.erf()));
        }
        (-(self * self)).exp() * self.erfc_scale(size)
    }

    /// e^(x²) erfc(x), without overflow for large `x`.
    pub fn erfcx(&self) -> Wide {
        let size = self.to_f64().unwrap_or(f64::INFINITY);
        if size < 6.0 { (self * self).exp() * self.erfc() } else { self.erfc_scale(size) }
    }

    /// e^(x²) erfc(x) from 6 on, by the convergents of DLMF 7.9.1: about (bits ln 2)²/(8 x²) steps, from the inside out.
    fn erfc_scale(&self, size: f64) -> Wide {
        let digits = bits() as f64 * std::f64::consts::LN_2 + 20.0;
        let steps = (digits * digits / (8.0 * size * size)).ceil() as usize + 10;
        let half = Wide::new(0.5);
        let mut fraction = self.clone();
        for k in (1..=steps).rev() {
            fraction = self + &half * k as f64 / fraction;
        }
        1.0 / (fraction * Wide::pi().sqrt())
    }

    /// log |Γ(x)|
    pub fn lgamma(&self) -> Wide {
        if is_pole(self) {
            return Wide::none();
        }
        if reflects(self) {
            let sine = (self * Wide::pi()).sin().abs();
            return with_guard(64, || (Wide::pi() / sine).log() - (1.0 - self).lgamma());
        }
        with_guard(64, || {
            let shifted = Shifted::new(self);
            stirling(&shifted.z) - shifted.product.log()
        })
    }

    /// Γ(x)
    pub fn gamma(&self) -> Wide {
        if is_pole(self) {
            return Wide::none();
        }
        if reflects(self) {
            return with_guard(64, || Wide::pi() / ((self * Wide::pi()).sin() * (1.0 - self).gamma()));
        }
        with_guard(64, || {
            let shifted = Shifted::new(self);
            stirling(&shifted.z).exp() / shifted.product
        })
    }

    /// ψ(x) = d/dx log Γ(x)
    pub fn digamma(&self) -> Wide {
        if is_pole(self) {
            return Wide::none();
        }
        if reflects(self) {
            return with_guard(64, || (1.0 - self).digamma() - Wide::pi() / (self * Wide::pi()).tan());
        }
        with_guard(64, || {
            let shifted = Shifted::new(self);
            stirling_slope(&shifted.z) - shifted.slope / shifted.product
        })
    }
}

fn reflects(x: &Wide) -> bool {
    (x - 0.5).is_negative()
}

fn is_pole(x: &Wide) -> bool {
    !x.is_number() || (!x.is_positive() && &x.floor() == x)
}

/// A number moved to where Stirling's series converges: Γ(x) = Γ(z)/p with z = x + n and p = x (x + 1) … (z - 1).
struct Shifted {
    z: Wide,
    product: Wide,
    /// dp/dx
    slope: Wide,
}

impl Shifted {
    fn new(x: &Wide) -> Shifted {
        let mut shifted = Shifted { z: x.clone(), product: Wide::new(1.0), slope: Wide::new(0.0) };
        // a quarter of the bits: terms fall by 2 bits a step there, and half as many more would cost as much to multiply
        let steps = (least(bits()) - x.to_f64().unwrap_or(f64::INFINITY)).ceil().max(0.0) as usize;
        for _ in 0..steps {
            shifted.slope = shifted.slope * &shifted.z + &shifted.product;
            shifted.product = shifted.product * &shifted.z;
            shifted.z = shifted.z + 1.0;
        }
        // bounds that grow by the factor would add half a bit a step; p'/p and p''/p' are below 2⁴
        let relative = (x.noise() + 5).max(roundings(2 * steps + 1));
        shifted.product = shifted.product.certain_to(relative);
        shifted.slope = shifted.slope.certain_to(relative);
        shifted
    }
}

/// Exponent of the relative error after so many operations on positive numbers.
fn roundings(count: usize) -> i64 {
    count.ilog2() as i64 + 2 - bits() as i64
}

/// The smallest argument of Stirling's series.
fn least(bits: usize) -> f64 {
    bits as f64 / 4.0
}

thread_local! {
    /// The coefficients for the precisions they were needed at, a few in all.
    static COEFFICIENTS: RefCell<HashMap<usize, Vec<Wide>>> = RefCell::new(HashMap::new());
}

/// The smallest argument at which the coefficients of Stirling's series suffice.
pub(super) fn least_of_stirling() -> f64 {
    least(bits())
}

/// Calls `f` with B₂ₖ/(2k (2k - 1)), k = 1, 2, …, as many as [`least_of_stirling`] needs.
pub(super) fn with_stirling_coefficients(f: impl FnOnce(&[Wide])) {
    let coefficients =
        COEFFICIENTS.with_borrow_mut(|known| known.entry(bits()).or_insert_with(stirling_coefficients).clone());
    f(&coefficients);
}

/// Adds up the terms of Stirling's series, each made from its coefficient, the power of 1/z and its number, from 1.
fn stirling_terms(z: &Wide, term: impl Fn(&Wide, &Wide, f64) -> Wide) -> Wide {
    COEFFICIENTS.with_borrow_mut(|known| {
        let coefficients = known.entry(bits()).or_insert_with(stirling_coefficients);
        let mut power = 1.0 / z;
        let square = &power * &power;
        let mut total = Wide::new(0.0);
        for (i, coefficient) in coefficients.iter().enumerate() {
            let part = term(coefficient, &power, (i + 1) as f64);
            let is_last = part.is_zero() || part.exponent() < -(bits() as i64);
            total = total + part;
            if is_last || !total.is_number() {
                break;
            }
            power = power * &square;
        }
        total
    })
}

/// log Γ(z) by Stirling's series, (z - 1/2) log z - z + log √(2π) + Σ B₂ₖ/(2k (2k - 1) z^(2k-1)). DLMF 5.11.1.
fn stirling(z: &Wide) -> Wide {
    let series = stirling_terms(z, |coefficient, power, _| coefficient * power);
    (z - 0.5) * z.log() - z + Wide::pi().scaled(1).log().scaled(-1) + series
}

/// ψ(z) = log z - 1/(2z) - Σ B₂ₖ/(2k z^(2k)). DLMF 5.11.2.
fn stirling_slope(z: &Wide) -> Wide {
    let series = stirling_terms(z, |coefficient, power, k| coefficient * power * (2.0 * k - 1.0));
    z.log() - 0.5 / z - series / z
}

/// B₂ₖ/(2k (2k - 1)), as many as are needed at the smallest argument. The error is below the first term left out.
///
/// From the tangent numbers, sums of positive numbers: B₂ₖ = (-1)^(k-1) 2k Tₖ/(4^k (4^k - 1)).
/// Brent, Harvey (2011), "Fast computation of Bernoulli, tangent and secant numbers", algorithm TangentNumbers.
fn stirling_coefficients() -> Vec<Wide> {
    let (z, enough) = (least(bits()), -(bits() as f64) - 16.0);
    // |B₂ₖ| ≈ 2 (2k)!/(2π)^2k; the logarithm of the k-th term grows by that of the ratio of two
    let mut size = -(12.0 * z).log2();
    let mut count = 1;
    while size > enough {
        let k = count as f64;
        size += (2.0 * k * (2.0 * k - 1.0) / (std::f64::consts::TAU * z).powi(2)).log2();
        count += 1;
    }
    let mut tangents = vec![Wide::new(1.0)];
    for k in 1..count {
        tangents.push(&tangents[k - 1] * k as f64);
    }
    for k in 1..count {
        for j in k..count {
            tangents[j] = &tangents[j - 1] * (j - k) as f64 + &tangents[j] * (j - k + 2) as f64;
        }
    }
    let coefficient = |(i, tangent): (usize, Wide)| {
        let k = i as i32 + 1;
        let power = Wide::new(1.0).scaled(2 * k);
        let size = tangent.certain_to(roundings(3 * count)) / ((2 * k - 1) as f64 * &power * (&power - 1.0));
        if i % 2 == 0 { size } else { -size }
    };
    tangents.into_iter().enumerate().map(coefficient).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(x: Wide, expected: f64) {
        let x = x.to_f64().unwrap();
        assert!((x - expected).abs() <= 2.3e-16 * expected.abs(), "{x:e} is not {expected:e}");
    }

    // mpmath 1.3 with 50 digits
    #[test]
    fn special_functions_keep_their_digits_in_tails_and_by_reflection() {
        near(Wide::new(0.5).erf(), 0.520_499_877_813_046_5);
        near(Wide::new(5.0).erfc(), 1.537_459_794_428_035e-12);
        near(Wide::new(27.0).erfc(), 5.237_05e-319);
        near(Wide::new(-1.0).erfc(), 1.842_700_792_949_715);
        near(Wide::new(5.0).lgamma(), 24f64.ln());
        near(Wide::new(5.0).gamma(), 24.0);
        near(Wide::new(0.5).gamma(), std::f64::consts::PI.sqrt());
        near(Wide::new(-0.5).gamma(), -2.0 * std::f64::consts::PI.sqrt());
        near(Wide::new(1.0).digamma(), -0.577_215_664_901_532_9);
        near(Wide::new(-0.5).digamma(), 0.036_489_973_978_576_52);
        near(Wide::new(1e10).lgamma(), 220_258_509_288.810_58);
    }

    #[test]
    fn more_bits_agree_with_fewer() {
        for x in [0.5, 0.75, 3.25, 79.5, 80.0, 500.0, 1e6, -7.3] {
            for f in [Wide::lgamma, Wide::gamma, Wide::digamma] {
                let at = |bits| super::super::with_precision(bits, || f(&Wide::new(x)));
                let (few, many) = (at(320), at(1280));
                assert!((&few - &many).exponent() - many.exponent() < -280, "{x}");
                assert!(few.is_certain(280) && many.is_certain(1240), "{x}");
            }
        }
    }

    #[test]
    fn poles_have_no_value() {
        assert!(!Wide::new(-2.0).lgamma().is_number());
        assert!(!Wide::new(0.0).digamma().is_number());
    }
}
