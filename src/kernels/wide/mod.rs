//! Numbers wider than f64: hundreds of bits and exponents up to 2^31, for the few results that f64 gets wrong.
//!
//! The precision is a setting of the thread ([`with_precision`]). Infinities and NaN are one state, "no number": what
//! f64 answers there is a convention that belongs to f64. Every number carries a bound of its own error, so that the
//! caller knows when nothing is left of it and can try again with more bits.

pub mod bessel;
mod functions;
pub mod incomplete;
pub mod integrals;
pub mod inverses;
mod series;
mod special;
pub mod zeta;

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use astro_float_num::{BigFloat, Consts, Exponent, RoundingMode, Sign, Word};

pub use series::narrowed;

const ROUND: RoundingMode = RoundingMode::ToEven;

/// The noise of what is exact.
const SILENCE: i64 = i64::MIN / 4;

/// Exponent of the smallest number of f64, halved: what is smaller is 0.
const NEGLIGIBLE: i64 = -1075;

thread_local! {
    static BITS: Cell<usize> = const { Cell::new(320) };
    static WORK: Cell<u64> = const { Cell::new(0) };
    static CONSTS: RefCell<Option<Consts>> = const { RefCell::new(None) };
}

/// Runs `compute` with so many bits.
pub fn with_precision<T>(bits: usize, compute: impl FnOnce() -> T) -> T {
    let before = BITS.replace(bits);
    let result = compute();
    BITS.set(before);
    result
}

fn bits() -> usize {
    BITS.get()
}

/// What all operations of this thread have cost so far: about a nanosecond each unit, but the same on every machine.
pub fn work() -> u64 {
    WORK.get()
}

fn count(work: usize) {
    WORK.set(WORK.get() + work as u64);
}

/// Sums and products, by what they took to measure.
fn count_operations(count_of_them: usize) {
    count(count_of_them * (150 + bits() * bits() / 8000));
}

/// An exponential, logarithm or angle; of a tiny argument a few terms of the series do.
fn count_function(x: &Wide) {
    let is_tiny = x.exponent() < -64;
    count(if is_tiny { 10_000 } else { 30_000 + bits() * bits() / 20 });
}

/// Runs with more bits for a while; the result is rounded to the precision outside.
fn with_guard(extra: usize, compute: impl FnOnce() -> Wide) -> Wide {
    let outer = BITS.replace(bits() + extra);
    let mut result = compute();
    BITS.set(outer);
    // an error leaves NaN behind, which is what it means here
    let _ = result.value.set_precision(outer, ROUND);
    let noise = result.noise;
    Wide::rounded(result.value, noise)
}

fn with_consts(f: impl FnOnce(&mut Consts) -> BigFloat) -> BigFloat {
    CONSTS.with_borrow_mut(|consts| {
        if consts.is_none() {
            *consts = Consts::new().ok();
        }
        consts.as_mut().map_or_else(|| BigFloat::nan(None), f)
    })
}

/// A finite number of the thread's precision, or no number.
#[derive(Debug, Clone)]
pub struct Wide {
    value: BigFloat,
    /// The error is below 2^noise.
    noise: i64,
}

impl Wide {
    pub fn new(x: f64) -> Wide {
        if x.is_subnormal() {
            // the crate's conversion halves subnormal numbers
            return Wide::new(x * 2f64.powi(64)).scaled(-64);
        }
        if x.is_finite() { Wide { value: BigFloat::from_f64(x, bits()), noise: SILENCE } } else { Wide::none() }
    }

    /// A number that was rounded to f64.
    pub fn rounded_to_f64(x: f64) -> Wide {
        let mut wide = Wide::new(x);
        if !wide.is_zero() {
            wide.noise = (wide.exponent() - f64::MANTISSA_DIGITS as i64).max(NEGLIGIBLE);
        }
        wide
    }

    /// A number of which only the f64 and a bound of its error are known.
    pub fn within(x: f64, error: f64) -> Wide {
        let mut wide = Wide::new(x);
        if error > 0.0 && wide.is_number() {
            wide.noise = i64::from(libm::frexp(error).1).max(NEGLIGIBLE);
        }
        wide
    }

    /// The decimal number that was typed; hexadecimal and binary ones are whole.
    pub fn decimal(text: &str) -> Wide {
        let text: String = text.chars().filter(|&c| c != '_').collect();
        for (prefix, radix) in [("0x", 16), ("0b", 2)] {
            if let Some(digits) = text.strip_prefix(prefix) {
                let digit = |whole: Wide, c: char| whole * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0));
                return digits.chars().fold(Wide::new(0.0), digit);
            }
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        // 15 digits at a time are exact
        let value = digits.chunks(15).fold(Wide::new(0.0), |value, chunk| {
            let part = chunk.iter().fold(0.0, |part, digit| part * 10.0 + f64::from(digit.wrapping_sub(b'0')));
            value * 10f64.powi(chunk.len() as i32) + part
        });
        let exponent = exponent.parse::<i64>().unwrap_or(0) - fraction.len() as i64;
        let power = power_of_ten(exponent.unsigned_abs());
        if exponent < 0 { value / power } else { value * power }
    }

    /// Bound of the absolute error.
    pub fn error_bound(&self) -> f64 {
        match self.noise {
            noise if noise <= SILENCE / 2 => 0.0,
            noise => libm::ldexp(1.0, noise.clamp(-2000, 2000) as i32),
        }
    }

    /// How many decimal digits are certain; `None` where it is exact.
    pub fn certain_digits(&self) -> Option<u32> {
        match self.certain_bits() {
            None | Some(i64::MAX) => None,
            Some(bits) => Some((bits.max(0) as f64 * std::f64::consts::LOG10_2) as u32),
        }
    }

    /// What is no number: every operation on it gives it again.
    pub fn none() -> Wide {
        Wide { value: BigFloat::nan(None), noise: SILENCE }
    }

    /// The rounded result of an operation on operands whose noise makes `inherited` of it.
    fn rounded(value: BigFloat, inherited: i64) -> Wide {
        count_operations(1);
        if value.is_inf() || value.is_nan() {
            return Wide::none();
        }
        let own = if value.is_zero() { SILENCE } else { value.exponent().unwrap_or(0) as i64 - bits() as i64 };
        Wide { value, noise: inherited.max(own) }
    }

    /// The same number, its relative error known to be below 2^relative.
    fn certain_to(mut self, relative: i64) -> Wide {
        if !self.is_zero() {
            self.noise = self.exponent() + relative;
        }
        self
    }

    /// How many of its leading bits are certain; `None` for an exact 0.
    fn certain_bits(&self) -> Option<i64> {
        if self.noise <= SILENCE / 2 {
            return (!self.is_zero()).then_some(i64::MAX);
        }
        Some(if self.is_zero() { 0 } else { self.exponent() - self.noise })
    }

    /// Exponent of the bound of the error.
    pub fn noise(&self) -> i64 {
        self.noise
    }

    /// Whether this differs from `x` by more than its own error.
    pub fn refutes(&self, x: f64) -> bool {
        if !x.is_finite() {
            return self.is_certain(8);
        }
        let difference = self - Wide::new(x);
        !difference.is_zero() && difference.exponent() > self.noise + 2
    }

    /// Whether at least `count` leading bits are certain, or it is certain to be 0 among the numbers of f64.
    pub fn is_certain(&self, count: i64) -> bool {
        self.certain_bits().is_none_or(|bits| bits >= count)
            || (self.noise < NEGLIGIBLE && self.exponent() < NEGLIGIBLE)
            || (self.noise < NEGLIGIBLE && self.is_zero())
    }

    pub fn is_number(&self) -> bool {
        !self.value.is_nan()
    }

    pub fn is_zero(&self) -> bool {
        self.value.is_zero()
    }

    pub fn is_negative(&self) -> bool {
        self.is_number() && !self.is_zero() && self.value.is_negative()
    }

    pub fn is_positive(&self) -> bool {
        self.is_number() && !self.is_zero() && self.value.is_positive()
    }

    /// The `e` of `2^(e-1) <= |x| < 2^e`; 0 for 0.
    fn exponent(&self) -> i64 {
        if self.is_zero() { 0 } else { self.value.exponent().unwrap_or(0) as i64 }
    }

    /// A bound of the exponent: what came out as 0 may be as large as its error.
    fn size(&self) -> i64 {
        if self.is_zero() { self.noise } else { self.exponent() }
    }

    /// Whether it is 0 only as far as the bits go: with more of them it may be another number.
    pub fn is_lost(&self) -> bool {
        self.is_zero() && self.noise > SILENCE / 2
    }

    /// Whether it is below 2^-bits of `other`.
    pub fn is_small_beside(&self, other: &Wide, bits: i64) -> bool {
        self.is_zero() || self.exponent() <= other.exponent() - bits
    }

    /// `None` if either is no number.
    pub fn compare(&self, other: &Wide) -> Option<Ordering> {
        self.value.cmp(&other.value).map(|sign| sign.cmp(&0))
    }

    pub fn abs(&self) -> Wide {
        Wide { value: self.value.abs(), noise: self.noise }
    }

    pub fn floor(&self) -> Wide {
        Wide { value: self.value.floor(), noise: SILENCE }
    }

    /// Times a power of two.
    fn scaled(&self, power: i32) -> Wide {
        let mut scaled = self.clone();
        if let (Some(exponent), false) = (self.value.exponent(), self.is_zero()) {
            match exponent.checked_add(power as Exponent) {
                Some(exponent) => scaled.value.set_exponent(exponent),
                None => return Wide::none(),
            }
        }
        scaled.noise = self.noise.saturating_add(power as i64);
        scaled
    }

    /// The nearest f64, ties to even, infinite where it is too large; `None` where there is no number.
    pub fn to_f64(&self) -> Option<f64> {
        if !self.is_number() {
            return None;
        }
        if self.is_zero() {
            return Some(0.0);
        }
        let (words, _, sign, exponent, _) = self.value.as_raw_parts()?;
        // the mantissa is a fraction in [1/2, 1), its highest word last
        let mut top: u64 = 0;
        let mut rest_is_zero = true;
        let per_u64 = (u64::BITS / Word::BITS) as usize;
        for (i, &word) in words.iter().rev().enumerate() {
            if i < per_u64 {
                #[allow(clippy::unnecessary_cast, reason = "a word is a u32 on 32-bit machines")]
                let word = word as u64;
                top |= word << (u64::BITS as usize - (i + 1) * Word::BITS as usize);
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
        Some(if sign == Sign::Neg { -magnitude } else { magnitude })
    }
}

fn power_of_ten(mut n: u64) -> Wide {
    let (mut power, mut square) = (Wide::new(1.0), Wide::new(10.0));
    while n > 0 {
        if n & 1 == 1 {
            power = power * &square;
        }
        n >>= 1;
        if n > 0 {
            square = &square * &square;
        }
    }
    power
}

impl From<f64> for Wide {
    fn from(x: f64) -> Wide {
        Wide::new(x)
    }
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
    Add add |a, b| Wide::rounded(a.value.add(&b.value, bits(), ROUND), a.noise.max(b.noise));
    Sub sub |a, b| Wide::rounded(a.value.sub(&b.value, bits(), ROUND), a.noise.max(b.noise));
    Mul mul |a, b| {
        let noise = (a.noise + b.size()).max(b.noise + a.size()).max(SILENCE);
        Wide::rounded(a.value.mul(&b.value, bits(), ROUND), noise)
    };
    Div div |a, b| {
        let quotient = a.size() - b.exponent() + 1;
        let noise = ((a.noise - b.exponent()).max(b.noise + quotient - b.exponent()) + 1).max(SILENCE);
        Wide::rounded(a.value.div(&b.value, bits(), ROUND), noise)
    };
}

impl Neg for Wide {
    type Output = Wide;
    fn neg(self) -> Wide {
        Wide { value: self.value.neg(), noise: self.noise }
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
        assert_eq!((Wide::new(f64::MAX) * 2.0).to_f64(), Some(f64::INFINITY));
    }

    #[test]
    fn exponents_go_far_beyond_f64() {
        assert_eq!((Wide::new(1e300) * Wide::new(1e300) / Wide::new(1e300)).to_f64(), Some(1e300));
        assert_eq!((Wide::new(1e-300) * Wide::new(1e-300) / Wide::new(1e-300)).to_f64(), Some(1e-300));
    }

    #[test]
    fn a_difference_knows_what_is_left_of_it() {
        let third = Wide::new(1.0) / 3.0;
        let nothing = &third * 3.0 - 1.0;
        assert!(third.is_certain(300) && !nothing.is_certain(1));
        let tail = |bits: usize| {
            with_precision(bits, || {
                let x = Wide::new(1e-100);
                let tail = (1.0 - x.cos()) / (&x * &x);
                (tail.is_certain(64), tail.to_f64())
            })
        };
        assert!(!tail(320).0);
        assert_eq!(tail(1280), (true, Some(0.5)));
    }

    #[test]
    fn infinities_are_no_numbers() {
        assert!(!Wide::new(f64::INFINITY).is_number());
        assert!(!(Wide::new(1.0) / 0.0).is_number());
        assert!(!(1.0 / (Wide::new(1.0) / 0.0)).is_number());
    }
}
