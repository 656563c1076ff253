//! Numbers of about 31 digits, for the few steps of a calculation that would lose some of 16.
//!
//! A [`Double`] is the unevaluated sum of two f64, kept tidy: the tail is at most half an ulp of the head. Knows the
//! four operations, square root, exponential, logarithm, sine and cosine, and no special function. Infinities and NaN are the
//! callers' business.
//!
//! Sources: Dekker (1971), "A floating-point technique for extending the available precision"; Joldes, Muller, Popescu
//! (2017), "Tight and rigorous error bounds for basic building blocks of double-word arithmetic".

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::kernels::elementary::point;

/// The unevaluated sum `hi + lo`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Double {
    pub hi: f64,
    pub lo: f64,
}

const LN_2: Double = Double::LN_2;

pub const PI: Double = Double::PI;

/// π/2 in three parts.
const QUARTER: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33];

/// 1/n! for n = 3 … 13.
const INVERSE_FACTORIALS: [Double; 11] = [
    Double { hi: 0.166_666_666_666_666_66, lo: 9.251_858_538_542_97e-18 },
    Double { hi: 0.041_666_666_666_666_664, lo: 2.312_964_634_635_742_7e-18 },
    Double { hi: 0.008_333_333_333_333_333, lo: 1.156_482_317_317_871_4e-19 },
    Double { hi: 0.001_388_888_888_888_889, lo: -5.300_543_954_373_577e-20 },
    Double { hi: 0.000_198_412_698_412_698_4, lo: 1.720_955_829_342_070_5e-22 },
    Double { hi: 2.480_158_730_158_73e-5, lo: 2.151_194_786_677_588_2e-23 },
    Double { hi: 2.755_731_922_398_589_3e-6, lo: -1.858_393_274_046_472e-22 },
    Double { hi: 2.755_731_922_398_589e-7, lo: 2.376_771_462_225_029_7e-23 },
    Double { hi: 2.505_210_838_544_172e-8, lo: -1.448_814_070_935_912e-24 },
    Double { hi: 2.087_675_698_786_81e-9, lo: -1.207_345_059_113_26e-25 },
    Double { hi: 1.605_904_383_682_161_3e-10, lo: 1.258_529_458_875_209_8e-26 },
];

impl Double {
    pub const LN_2: Double = Double { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };
    pub const PI: Double = Double { hi: std::f64::consts::PI, lo: 1.224_646_799_147_353_2e-16 };

    /// `a + b` without error.
    pub fn sum(a: f64, b: f64) -> Double {
        let hi = a + b;
        let b_seen = hi - a;
        Double { hi, lo: (a - (hi - b_seen)) + (b - b_seen) }
    }

    /// `a + b` without error where `|a| >= |b|`.
    fn ordered_sum(a: f64, b: f64) -> Double {
        let hi = a + b;
        Double { hi, lo: b - (hi - a) }
    }

    /// `a b` without error, unless the tail falls below the smallest number.
    pub fn product(a: f64, b: f64) -> Double {
        let hi = a * b;
        Double { hi, lo: a.mul_add(b, -hi) }
    }

    /// `a / b`.
    pub fn ratio(a: f64, b: f64) -> Double {
        Double::from(a) / Double::from(b)
    }

    /// The nearest f64.
    pub fn value(self) -> f64 {
        self.hi + self.lo
    }

    /// Product with 2ᵏ, exact short of overflow and underflow.
    pub fn scaled(self, k: i32) -> Double {
        Double { hi: libm::ldexp(self.hi, k), lo: libm::ldexp(self.lo, k) }
    }

    /// Square root of a number ≥ 0.
    pub fn sqrt(self) -> Double {
        if self.hi <= 0.0 {
            return Double::from(0.0);
        }
        let root = self.hi.sqrt();
        let rest = self - Double::product(root, root);
        Double::ordered_sum(root, rest.value() / (2.0 * root))
    }

    /// e to this power as a mantissa between ½ and 2 and an exponent of 2; for |x| ≤ 10¹².
    ///
    /// The argument is reduced by ln 2 and by 2⁻⁶; six squarings of eʳ - 1 bring it back. Relative error about 10⁻³⁰.
    pub fn exp_parts(self) -> (Double, i64) {
        const HALVINGS: i32 = 6;
        let k = (self.hi / LN_2.hi).round();
        let r = (self - LN_2 * k).scaled(-HALVINGS);
        let series = INVERSE_FACTORIALS.iter().rev().fold(Double::from(0.0), |sum, term| sum * r + *term);
        let mut minus_one = r + r * r * (series * r + 0.5);
        for _ in 0..HALVINGS {
            minus_one = minus_one * 2.0 + minus_one * minus_one;
        }
        (minus_one + 1.0, k as i64)
    }

    /// e to this power, for a result that is a double with its tail.
    pub fn exp(self) -> Double {
        let (mantissa, k) = self.exp_parts();
        mantissa.scaled(k as i32)
    }

    /// e to this power, rounded once; 0 and ∞ beyond the range of f64.
    pub fn exp_value(self) -> f64 {
        if self.hi > 720.0 {
            return f64::INFINITY;
        }
        if self.hi < -760.0 {
            return 0.0;
        }
        let (mantissa, k) = self.exp_parts();
        libm::ldexp(mantissa.value(), k as i32)
    }

    /// Natural logarithm of a positive number. Absolute error about 10⁻³² beside 1, relative elsewhere.
    pub fn log(self) -> Double {
        let (_, exponent) = libm::frexp(self.hi * std::f64::consts::SQRT_2);
        // a head beside the largest number would have overflowed
        let k = if self.hi > 1e308 { 1023 } else { exponent - 1 };
        let m = self.scaled(-k);
        // one step of Newton's method of second order on f64's logarithm, already right to 2⁻⁵³
        let first = point::log(m.hi);
        let miss = m * Double::from(-first).exp() - Double::from(1.0);
        LN_2 * f64::from(k) + (Double::from(first) + (miss - miss * miss * 0.5))
    }

    /// Sine; `None` beyond 10⁶. Absolute error about 10⁻³¹.
    pub fn sin(self) -> Option<Double> {
        self.wave(0)
    }

    /// Cosine; `None` beyond 10⁶. Absolute error about 10⁻³¹.
    pub fn cos(self) -> Option<Double> {
        self.wave(1)
    }

    /// Sine of the number and so many quarters of a turn, by the Taylor series of what is left below an eighth.
    fn wave(self, quarters: i64) -> Option<Double> {
        if self.hi.abs() > 1e6 || self.hi.is_nan() {
            return None;
        }
        let [first, second, third] = QUARTER;
        let k = (self.hi / first).round();
        let r = self - Double::product(k, first) - Double::product(k, second) - k * third;
        let square = r * r;
        // 1 - r²/(n + 1)(n + 2) (1 - r²/(n + 3)(n + 4) (…)); 28 factors bring r below 10⁻³²
        let series = |n: u32| {
            (0..14).rev().fold(Double::from(1.0), |sum, i| {
                let n = f64::from(n + 2 * i);
                Double::from(1.0) - sum * square / ((n + 1.0) * (n + 2.0))
            })
        };
        let turned = quarters + k as i64;
        let y = if turned % 2 == 0 { r * series(1) } else { series(0) };
        Some(if turned.rem_euclid(4) < 2 { y } else { -y })
    }

    /// `x - log(1 + x)` for x > -1, without cancellation beside 0. Relative error about 10⁻²⁸.
    pub fn minus_log1p(self) -> Double {
        // below 0.1 thirty-two terms reach 10⁻³²
        if self.hi.abs() > 0.1 {
            return self - (self + 1.0).log();
        }
        let series = (2..34).rev().fold(Double::from(0.0), |sum, n: i32| {
            let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
            sum * self + Double::ratio(sign, f64::from(n))
        });
        series * self * self
    }
}

impl From<f64> for Double {
    fn from(x: f64) -> Double {
        Double { hi: x, lo: 0.0 }
    }
}

impl Neg for Double {
    type Output = Double;

    fn neg(self) -> Double {
        Double { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Double {
    type Output = Double;

    fn add(self, other: Double) -> Double {
        let heads = Double::sum(self.hi, other.hi);
        let tails = Double::sum(self.lo, other.lo);
        let near = Double::ordered_sum(heads.hi, heads.lo + tails.hi);
        Double::ordered_sum(near.hi, near.lo + tails.lo)
    }
}

impl Sub for Double {
    type Output = Double;

    fn sub(self, other: Double) -> Double {
        self + -other
    }
}

impl Mul for Double {
    type Output = Double;

    fn mul(self, other: Double) -> Double {
        let head = Double::product(self.hi, other.hi);
        Double::ordered_sum(head.hi, head.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Double {
    type Output = Double;

    fn div(self, other: Double) -> Double {
        let first = self.hi / other.hi;
        let rest = self - other * first;
        let second = rest.hi / other.hi;
        let third = (rest - other * second).hi / other.hi;
        Double::ordered_sum(first, second) + third
    }
}

impl Add<f64> for Double {
    type Output = Double;

    fn add(self, other: f64) -> Double {
        let heads = Double::sum(self.hi, other);
        Double::ordered_sum(heads.hi, heads.lo + self.lo)
    }
}

impl Sub<f64> for Double {
    type Output = Double;

    fn sub(self, other: f64) -> Double {
        self + -other
    }
}

impl Mul<f64> for Double {
    type Output = Double;

    fn mul(self, other: f64) -> Double {
        let head = Double::product(self.hi, other);
        Double::ordered_sum(head.hi, head.lo + self.lo * other)
    }
}

impl Div<f64> for Double {
    type Output = Double;

    fn div(self, other: f64) -> Double {
        self / Double::from(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: Double, hi: f64, lo: f64) {
        let miss = (got - Double { hi, lo }).value();
        assert!(miss.abs() <= 1e-30 * hi.abs(), "{got:?} is not {hi} + {lo}");
    }

    #[test]
    fn e_to_one_and_back() {
        let e = Double::from(1.0).exp();
        close(e, std::f64::consts::E, 1.445_646_891_729_250_2e-16);
        close(e.log(), 1.0, 0.0);
    }

    #[test]
    fn logarithms_of_any_size() {
        close(Double::from(2.0).log(), LN_2.hi, LN_2.lo);
        close(Double::from(f64::MAX).log() / LN_2, 1024.0, -1.601_713_251_907_457_5e-16);
        close(Double::from(5e-324).log() / LN_2, -1074.0, 0.0);
    }

    #[test]
    fn what_is_left_of_x_after_its_logarithm() {
        // x²/2 where x³ no longer counts, and the straight way at 1
        close(Double::from(2f64.powi(-133)).minus_log1p(), 2f64.powi(-267), 0.0);
        close(Double::from(1.0).minus_log1p(), 1.0 - LN_2.hi, -LN_2.lo);
    }

    #[test]
    fn sines_and_cosines() {
        let sin = |x: f64| Double::from(x).sin().unwrap();
        let cos = |x: f64| Double::from(x).cos().unwrap();
        close(sin(1.0), 0.841_470_984_807_896_5, 1.776_845_092_935_536e-18);
        close(cos(1.0), 0.540_302_305_868_139_8, -4.760_954_612_604_417e-17);
        for x in [0.1, 0.8, 2.0, -3.0, 5.5, 1000.0, 123_456.789] {
            close(sin(x) * sin(x) + cos(x) * cos(x), 1.0, 0.0);
            close(sin(x) * cos(x) * 2.0, sin(2.0 * x).hi, sin(2.0 * x).lo);
        }
        assert_eq!(Double::from(1e7).sin(), None);
    }

    #[test]
    fn exponentials_end_in_zero_and_infinity() {
        assert_eq!(Double::from(710.0).exp_value(), f64::INFINITY);
        assert_eq!(Double::from(-745.0).exp_value(), 5e-324);
        assert_eq!(Double::from(-1e9).exp_value(), 0.0);
    }
}
