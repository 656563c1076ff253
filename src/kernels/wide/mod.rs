//! Numbers wider than f64: hundreds of bits and exponents up to 2^31, for the few results that f64 gets wrong.
//!
//! The precision is a setting of the thread ([`with_precision`]). Infinities and NaN are one state, "no number": what
//! f64 answers there is a convention that belongs to f64. A difference that keeps none of its digits becomes 0 and is
//! remembered ([`with_precision`] returns it), so that the caller can try again with more bits.

mod functions;
mod special;

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use astro_float_num::{BigFloat, Consts, Exponent, RoundingMode, Sign, Word};

const ROUND: RoundingMode = RoundingMode::ToEven;

/// Bits that a difference must keep to count as more than rounding noise.
const SIGNIFICANT: i64 = 64;

thread_local! {
    static BITS: Cell<usize> = const { Cell::new(320) };
    static CANCELLED: Cell<bool> = const { Cell::new(false) };
    static CONSTS: RefCell<Option<Consts>> = const { RefCell::new(None) };
}

/// Runs `compute` with so many bits; also says whether a difference vanished in the noise.
pub fn with_precision<T>(bits: usize, compute: impl FnOnce() -> T) -> (T, bool) {
    let before = BITS.replace(bits);
    CANCELLED.set(false);
    let result = compute();
    BITS.set(before);
    (result, CANCELLED.replace(false))
}

fn bits() -> usize {
    BITS.get()
}

/// Runs with more bits for a while; the result is rounded to the precision outside.
fn with_guard(extra: usize, compute: impl FnOnce() -> Wide) -> Wide {
    let outer = BITS.replace(bits() + extra);
    let mut result = compute();
    BITS.set(outer);
    // an error leaves NaN behind, which is what it means here
    let _ = result.0.set_precision(outer, ROUND);
    result
}

fn with_consts(f: impl FnOnce(&mut Consts) -> BigFloat) -> Wide {
    CONSTS.with_borrow_mut(|consts| {
        if consts.is_none() {
            *consts = Consts::new().ok();
        }
        consts.as_mut().map_or_else(Wide::none, |consts| Wide::checked(f(consts)))
    })
}

/// A finite number of the thread's precision, or no number.
#[derive(Debug, Clone)]
pub struct Wide(BigFloat);

impl Wide {
    pub fn new(x: f64) -> Wide {
        if x.is_subnormal() {
            // the crate's conversion halves subnormal numbers
            return Wide::new(x * 2f64.powi(64)).scaled(-64);
        }
        if x.is_finite() { Wide::checked(BigFloat::from_f64(x, bits())) } else { Wide::none() }
    }

    /// What is no number: every operation on it gives it again.
    pub fn none() -> Wide {
        Wide(BigFloat::nan(None))
    }

    fn checked(x: BigFloat) -> Wide {
        if x.is_inf() { Wide::none() } else { Wide(x) }
    }

    pub fn is_number(&self) -> bool {
        !self.0.is_nan()
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    pub fn is_negative(&self) -> bool {
        self.is_number() && !self.is_zero() && self.0.is_negative()
    }

    pub fn is_positive(&self) -> bool {
        self.is_number() && !self.is_zero() && self.0.is_positive()
    }

    /// The `e` of `2^(e-1) <= |x| < 2^e`; 0 for 0.
    fn exponent(&self) -> i64 {
        if self.is_zero() { 0 } else { self.0.exponent().unwrap_or(0) as i64 }
    }

    /// `None` if either is no number.
    pub fn compare(&self, other: &Wide) -> Option<Ordering> {
        self.0.cmp(&other.0).map(|sign| sign.cmp(&0))
    }

    pub fn abs(&self) -> Wide {
        Wide(self.0.abs())
    }

    pub fn floor(&self) -> Wide {
        Wide(self.0.floor())
    }

    /// Times a power of two.
    fn scaled(&self, power: i32) -> Wide {
        let mut scaled = self.clone();
        if let (Some(exponent), false) = (self.0.exponent(), self.is_zero()) {
            match exponent.checked_add(power as Exponent) {
                Some(exponent) => scaled.0.set_exponent(exponent),
                None => return Wide::none(),
            }
        }
        scaled
    }

    /// The nearest f64, ties to even; `None` where there is none: no number, or too large.
    pub fn to_f64(&self) -> Option<f64> {
        if !self.is_number() {
            return None;
        }
        if self.is_zero() {
            return Some(0.0);
        }
        let (words, _, sign, exponent, _) = self.0.as_raw_parts()?;
        // the mantissa is a fraction in [1/2, 1), its highest word last
        let mut top: u64 = 0;
        let mut rest_is_zero = true;
        let per_u64 = (u64::BITS / Word::BITS) as usize;
        for (i, &word) in words.iter().rev().enumerate() {
            if i < per_u64 {
                top |= (word as u64) << (u64::BITS as usize - (i + 1) * Word::BITS as usize);
            } else if word != 0 {
                rest_is_zero = false;
            }
        }
        let exponent = exponent as i64;
        // digits that f64 has at this size: 53, fewer among the subnormal numbers
        let kept = (exponent + 1074).clamp(-1, 53);
        if kept < 0 {
            return Some(if sign == Sign::Neg { -0.0 } else { 0.0 });
        }
        let dropped = 64 - kept as u32;
        let (mut mantissa, remainder) = match dropped {
            64 => (0, top),
            _ => (top >> dropped, top << (64 - dropped)),
        };
        let half = 1u64 << 63;
        if remainder > half || (remainder == half && (!rest_is_zero || mantissa & 1 == 1)) {
            mantissa += 1;
        }
        // mantissa 2^(exponent - kept): two steps, because one factor may not be a normal number
        let power = exponent - kept;
        let magnitude = if power > 971 {
            f64::INFINITY
        } else if power < -1022 {
            mantissa as f64 * 2f64.powi(-1022) * 2f64.powi((power + 1022) as i32)
        } else {
            mantissa as f64 * 2f64.powi(power as i32)
        };
        magnitude.is_finite().then_some(if sign == Sign::Neg { -magnitude } else { magnitude })
    }
}

impl From<f64> for Wide {
    fn from(x: f64) -> Wide {
        Wide::new(x)
    }
}

/// The sum, or 0 where the operands cancel down to their rounding errors.
fn sum(a: &Wide, b: &Wide, total: BigFloat) -> Wide {
    let total = Wide::checked(total);
    if !total.is_number() || a.is_zero() || b.is_zero() {
        return total;
    }
    if total.is_zero() {
        // of exact operands 0 is the result, of rounded ones perhaps what is left of it
        CANCELLED.set(CANCELLED.get() || a.0.inexact() || b.0.inexact());
        return total;
    }
    let lost = a.exponent().max(b.exponent()) - total.exponent();
    if lost > bits() as i64 - SIGNIFICANT {
        CANCELLED.set(true);
        return Wide::new(0.0);
    }
    total
}

macro_rules! arithmetic {
    ($($Trait:ident $method:ident |$a:ident, $b:ident| $result:expr;)*) => {$(
        impl $Trait<&Wide> for &Wide {
            type Output = Wide;
            fn $method(self, other: &Wide) -> Wide {
                let ($a, $b) = (self, other);
                $result
            }
        }
        impl $Trait<Wide> for &Wide {
            type Output = Wide;
            fn $method(self, other: Wide) -> Wide {
                self.$method(&other)
            }
        }
        impl $Trait<&Wide> for Wide {
            type Output = Wide;
            fn $method(self, other: &Wide) -> Wide {
                (&self).$method(other)
            }
        }
        impl $Trait<Wide> for Wide {
            type Output = Wide;
            fn $method(self, other: Wide) -> Wide {
                (&self).$method(&other)
            }
        }
        impl $Trait<f64> for &Wide {
            type Output = Wide;
            fn $method(self, other: f64) -> Wide {
                self.$method(&Wide::new(other))
            }
        }
        impl $Trait<f64> for Wide {
            type Output = Wide;
            fn $method(self, other: f64) -> Wide {
                (&self).$method(&Wide::new(other))
            }
        }
        impl $Trait<&Wide> for f64 {
            type Output = Wide;
            fn $method(self, other: &Wide) -> Wide {
                (&Wide::new(self)).$method(other)
            }
        }
        impl $Trait<Wide> for f64 {
            type Output = Wide;
            fn $method(self, other: Wide) -> Wide {
                (&Wide::new(self)).$method(&other)
            }
        }
    )*};
}

arithmetic! {
    Add add |a, b| sum(a, b, a.0.add(&b.0, bits(), ROUND));
    Sub sub |a, b| sum(a, b, a.0.sub(&b.0, bits(), ROUND));
    Mul mul |a, b| Wide::checked(a.0.mul(&b.0, bits(), ROUND));
    Div div |a, b| Wide::checked(a.0.div(&b.0, bits(), ROUND));
}

impl Neg for Wide {
    type Output = Wide;
    fn neg(self) -> Wide {
        Wide(self.0.neg())
    }
}

impl Neg for &Wide {
    type Output = Wide;
    fn neg(self) -> Wide {
        -self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(x: f64) {
        assert_eq!(Wide::new(x).to_f64().map(f64::to_bits), Some(x.to_bits()), "{x:e}");
    }

    #[test]
    fn every_f64_comes_back_as_it_went_in() {
        for x in [1.0, -1.5, 0.1, 1e-300, 1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324, 2e-310, -7e-320, 3.0, 0.0] {
            same(x);
        }
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..2000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let x = f64::from_bits(state);
            if x.is_finite() && x != 0.0 {
                same(x);
            }
        }
    }

    #[test]
    fn rounding_to_f64_is_to_nearest_with_ties_to_even() {
        let ulp = 2f64.powi(-52);
        let near = |x: Wide| x.to_f64().unwrap();
        assert_eq!(near(Wide::new(1.0) + Wide::new(ulp / 2.0)), 1.0);
        assert_eq!(near(Wide::new(1.0 + ulp) + Wide::new(ulp / 2.0)), 1.0 + 2.0 * ulp);
        assert_eq!(near(Wide::new(1.0) + Wide::new(ulp / 2.0) + Wide::new(1e-60)), 1.0 + ulp);
        assert_eq!(near(Wide::new(5e-324) / 2.0), 0.0);
        assert_eq!(near(Wide::new(5e-324) * 0.75), 5e-324);
        assert_eq!((Wide::new(f64::MAX) * 2.0).to_f64(), None);
    }

    #[test]
    fn exponents_go_far_beyond_f64() {
        assert_eq!((Wide::new(1e300) * Wide::new(1e300) / Wide::new(1e300)).to_f64(), Some(1e300));
        assert_eq!((Wide::new(1e-300) * Wide::new(1e-300) / Wide::new(1e-300)).to_f64(), Some(1e-300));
    }

    #[test]
    fn what_is_left_of_a_difference_must_be_more_than_noise() {
        let (difference, cancelled) = with_precision(320, || {
            let third = Wide::new(1.0) / 3.0;
            (&third * 3.0 - 1.0).to_f64()
        });
        assert_eq!((difference, cancelled), (Some(0.0), true));
    }

    #[test]
    fn infinities_are_no_numbers() {
        assert!(!Wide::new(f64::INFINITY).is_number());
        assert!(!(Wide::new(1.0) / 0.0).is_number());
        assert!(!(1.0 / (Wide::new(1.0) / 0.0)).is_number());
    }
}
