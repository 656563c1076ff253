//! Special functions of wide numbers: error functions and the gamma family.

use std::cell::RefCell;
use std::collections::HashMap;

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
            // erfc(6) is 2e-17: so many bits cancel
            return with_guard(64, || 1.0 - self.erf());
        }
        // convergents: about (bits ln 2)²/(8 x²) steps, from the inside out
        let digits = bits() as f64 * std::f64::consts::LN_2 + 20.0;
        let steps = (digits * digits / (8.0 * size * size)).ceil() as usize + 10;
        let half = Wide::new(0.5);
        let mut fraction = self.clone();
        for k in (1..=steps).rev() {
            fraction = self + &half * k as f64 / fraction;
        }
        (-(self * self)).exp() / (fraction * Wide::pi().sqrt())
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
        with_guard(64, || spouge(&(self - 1.0)).0)
    }

    /// Γ(x)
    pub fn gamma(&self) -> Wide {
        if is_pole(self) {
            return Wide::none();
        }
        if reflects(self) {
            return with_guard(64, || Wide::pi() / ((self * Wide::pi()).sin() * (1.0 - self).gamma()));
        }
        with_guard(64, || self.lgamma().exp())
    }

    /// ψ(x) = d/dx log Γ(x)
    pub fn digamma(&self) -> Wide {
        if is_pole(self) {
            return Wide::none();
        }
        if reflects(self) {
            return with_guard(64, || (1.0 - self).digamma() - Wide::pi() / (self * Wide::pi()).tan());
        }
        with_guard(64, || spouge(&(self - 1.0)).1)
    }
}

fn reflects(x: &Wide) -> bool {
    (x - 0.5).is_negative()
}

fn is_pole(x: &Wide) -> bool {
    !x.is_number() || (!x.is_positive() && &x.floor() == x)
}

thread_local! {
    /// The coefficients for the precisions they were needed at, a few in all.
    static COEFFICIENTS: RefCell<HashMap<usize, Vec<Wide>>> = RefCell::new(HashMap::new());
}

/// log Γ(z + 1) and its slope, for z > -1/2.
///
/// Spouge (1994): Γ(z+1) = (z+a)^(z+1/2) e^-(z+a) (√(2π) + Σ c_k/(z+k)), relative error below √a (2π)^-(a+1/2).
fn spouge(z: &Wide) -> (Wide, Wide) {
    let wanted = bits();
    let a = (wanted as f64 * 0.378).ceil() + 3.0;
    // coefficients grow to e^a and cancel
    let extra = (1.5 * a) as usize + 64;
    let mut slope = Wide::none();
    let value = with_guard(extra, || {
        COEFFICIENTS.with_borrow_mut(|known| {
            let coefficients = known.entry(wanted).or_insert_with(|| spouge_coefficients(a));
            let mut total = Wide::pi().scaled(1).sqrt();
            let mut change = Wide::new(0.0);
            for (i, coefficient) in coefficients.iter().enumerate() {
                let part = coefficient / (z + (i + 1) as f64);
                change = change - &part / (z + (i + 1) as f64);
                total = total + part;
            }
            let base = z + a;
            let power = z + 0.5;
            slope = base.log() + &power / &base - 1.0 + change / &total;
            power * base.log() - base + total.log()
        })
    });
    (value, slope)
}

/// c_k = (-1)^(k-1)/(k-1)! (a-k)^(k-1/2) e^(a-k), for k from 1 to below a.
fn spouge_coefficients(a: f64) -> Vec<Wide> {
    let mut factorial = Wide::new(1.0);
    let mut coefficients = Vec::new();
    for k in 1..a as usize {
        let rest = Wide::new(a - k as f64);
        let size = rest.pow(&Wide::new(k as f64)) / rest.sqrt() * rest.exp() / &factorial;
        coefficients.push(if k % 2 == 1 { size } else { -size });
        factorial = factorial * k as f64;
    }
    coefficients
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
    fn poles_have_no_value() {
        assert!(!Wide::new(-2.0).lgamma().is_number());
        assert!(!Wide::new(0.0).digamma().is_number());
    }
}
