//! Double-doubles with an exponent of their own and a bound of their error: about 31 digits, of any size.
//!
//! A [`Ball`] is `value · 2^(512 scale)`, its error bounded by `error · 2^(512 scale)`. What cannot be told (a NaN, an
//! argument too large to be reduced, the logarithm of what may be negative) is [`Ball::NONE`]; whoever meets it asks
//! wider numbers. A hundred times faster than those.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::double::Double;

/// Relative error of an arithmetic operation, with something to spare.
const OF_ARITHMETIC: f64 = 1.0 / (1_u128 << 102) as f64;

/// The same of an elementary function; absolute where the result is small.
const OF_FUNCTION: f64 = 1.0 / (1_u128 << 94) as f64;

/// Absolute error of a sine or cosine whose argument need not be reduced.
const OF_WAVE: f64 = 1.0 / (1_u128 << 102) as f64;

/// Heads stay between 2^-256 and 2^256, so that products and quotients have whole tails.
const STEP: i32 = 512;
const LARGEST: f64 = (1_u128 << 127) as f64 * (1_u128 << 127) as f64 * 4.0;
const SMALLEST: f64 = 1.0 / LARGEST;

/// Bound of the scale: numbers beyond 2^(2^41) are none.
const MAX_SCALE: i64 = 1 << 32;

#[derive(Debug, Clone, Copy)]
pub struct Ball {
    value: Double,
    /// Bound of the whole error.
    error: f64,
    /// The part of it that came with rounded inputs, against which no digits help.
    given: f64,
    scale: i64,
}

impl Ball {
    pub const ZERO: Ball = Ball::small(0.0);
    pub const ONE: Ball = Ball::small(1.0);
    pub const HALF: Ball = Ball::small(0.5);
    pub const TWO: Ball = Ball::small(2.0);
    /// What double-doubles cannot tell.
    pub const NONE: Ball = Ball::small(f64::NAN);

    /// Smaller than any number that has a size here: e to the power of -10^12 and below.
    const NOTHING: Ball = Ball { value: Double { hi: 0.0, lo: 0.0 }, error: 1.0, given: 0.0, scale: -MAX_SCALE };

    /// An exact number between 2^-256 and 2^256, or 0.
    const fn small(x: f64) -> Ball {
        Ball { value: Double { hi: x, lo: 0.0 }, error: 0.0, given: 0.0, scale: 0 }
    }

    /// An f64, exactly.
    pub fn new(x: f64) -> Ball {
        Ball::small(x).tidy()
    }

    /// A number of moderate size of which these are the first 32 digits.
    pub const fn irrational(value: Double) -> Ball {
        Ball { value, error: value.hi.abs() * OF_ARITHMETIC, given: 0.0, scale: 0 }
    }

    /// A double-double whose error is at most `error`.
    pub fn with_tail(value: Double, error: f64) -> Ball {
        Ball { value, error, given: 0.0, scale: 0 }.tidy()
    }

    /// A number that was rounded to f64 within `error` before anybody asked for more digits.
    pub fn rounded(x: f64, error: f64) -> Ball {
        Ball { error, given: error, ..Ball::small(x) }.tidy()
    }

    pub fn is_none(self) -> bool {
        !self.value.hi.is_finite() || self.error.is_nan()
    }

    pub fn is_zero(self) -> bool {
        self.value.hi == 0.0
    }

    /// Whether it is 0 and nothing else.
    fn is_exactly_zero(self) -> bool {
        self.value.hi == 0.0 && self.error == 0.0
    }

    fn size(self) -> f64 {
        self.value.hi.abs()
    }

    /// Whether its size is below a number of moderate size.
    fn is_below(self, limit: f64) -> bool {
        self.scale < 0 || self.scale == 0 && self.size() < limit
    }

    /// The smallest that its size can be.
    fn least(self) -> f64 {
        self.size() - self.error
    }

    /// The sign, if it is certain.
    pub fn sign(self) -> Option<Ordering> {
        if self.is_exactly_zero() {
            return Some(Ordering::Equal);
        }
        (self.least() > 0.0).then_some(if self.value.hi > 0.0 { Ordering::Greater } else { Ordering::Less })
    }

    /// One of two numbers, it is not certain which.
    pub fn or(self, other: Ball) -> Ball {
        let apart = self - other;
        if apart.is_none() {
            return Ball::NONE;
        }
        let apart = Ball { value: Double::from(0.0), error: apart.size() + apart.error, ..apart };
        self + apart
    }

    /// Order of two numbers, if it is certain.
    pub fn compare(self, other: Ball) -> Option<Ordering> {
        if self.is_none() || other.is_none() {
            return None;
        }
        (self - other).sign()
    }

    /// Brings the head back into its range.
    fn tidy(mut self) -> Ball {
        if !(self.value.hi.is_finite() && self.error.is_finite()) {
            return Ball { error: f64::NAN, ..self };
        }
        if self.value.hi == 0.0 {
            // an error may have become too large for its scale
            while self.error > LARGEST {
                self = self.shifted(-STEP, 1);
            }
            return self;
        }
        while self.value.hi.abs() > LARGEST {
            self = self.shifted(-STEP, 1);
        }
        while self.value.hi.abs() < SMALLEST {
            self = self.shifted(STEP, -1);
        }
        match self.scale {
            scale if scale > MAX_SCALE => Ball::NONE,
            scale if scale < -MAX_SCALE => Ball::NOTHING,
            _ => self,
        }
    }

    fn shifted(self, power: i32, scale: i64) -> Ball {
        let factor = 2f64.powi(power);
        Ball {
            value: Double { hi: self.value.hi * factor, lo: self.value.lo * factor },
            error: self.error * factor,
            given: self.given * factor,
            scale: self.scale + scale,
        }
    }

    /// The same number with another scale, its tail and error rounded where they vanish.
    fn at_scale(self, scale: i64) -> Ball {
        let steps = self.scale - scale;
        if steps == 0 || self.is_exactly_zero() {
            return Ball { scale, ..self };
        }
        if steps > 0 {
            // no number this much larger stands beside one of the wanted scale
            return if steps == 1 { self.shifted(STEP, -1) } else { Ball::NONE };
        }
        let shifted = if steps == -1 {
            self.shifted(-STEP, 1)
        } else {
            Ball { value: Double::from(0.0), error: 0.0, given: 0.0, scale }
        };
        // what vanished is smaller than the smallest number
        Ball { error: shifted.error + f64::MIN_POSITIVE, ..shifted }
    }

    /// A result to which errors come from two operands, each by a factor, and from the operation itself. All of them have
    /// the scale of the result.
    fn result(value: Double, scale: i64, operands: [(Ball, f64); 2], own: f64) -> Ball {
        let [(a, by_a), (b, by_b)] = operands;
        let times = |error: f64, by: f64| if error == 0.0 { 0.0 } else { error * by };
        let given = times(a.given, by_a) + times(b.given, by_b);
        let error = times(a.error, by_a) + times(b.error, by_b) + own;
        Ball { value, error, given, scale }.tidy()
    }

    fn of_one(value: Double, scale: i64, x: Ball, factor: f64, own: f64) -> Ball {
        Ball::result(value, scale, [(x, factor), (Ball::ZERO, 0.0)], own)
    }

    /// What arithmetic adds to a result: nothing where both operands are f64, whose sum and product are double-doubles.
    fn own(self, other: Ball, result: Double) -> f64 {
        if self.value.lo == 0.0 && other.value.lo == 0.0 { 0.0 } else { result.hi.abs() * OF_ARITHMETIC }
    }

    pub fn abs(self) -> Ball {
        if self.value.hi < 0.0 { -self } else { self }
    }

    /// Largest whole number not above it; none where the error leaves two.
    pub fn floor(self) -> Ball {
        if self.scale < 0 && !self.is_zero() {
            return if self.value.hi < 0.0 { -Ball::ONE } else { Ball::ZERO };
        }
        if self.scale > 0 || self.is_none() {
            return if self.error == 0.0 { self } else { Ball::NONE };
        }
        let hi = self.value.hi.floor();
        let whole = if hi == self.value.hi { Double::sum(hi, self.value.lo.floor()) } else { Double::from(hi) };
        let rest = (self.value - whole).value();
        let is_certain = self.error == 0.0 || (rest > self.error && 1.0 - rest > self.error);
        if is_certain { Ball { value: whole, error: 0.0, given: 0.0, scale: 0 } } else { Ball::NONE }
    }

    pub fn exp(self) -> Ball {
        if self.is_none() || self.is_exactly_zero() {
            return if self.is_none() { Ball::NONE } else { Ball::ONE };
        }
        if self.scale < 0 {
            // 1 + x to more digits than there are
            return Ball { error: SMALLEST, ..Ball::ONE };
        }
        if (self.scale > 0 || self.size() > 1e12) && self.sign() == Some(Ordering::Less) {
            return Ball::NOTHING;
        }
        if self.scale > 0 || self.size() > 1e12 || self.error > 1e-3 {
            return Ball::NONE;
        }
        let (mantissa, k) = self.value.exp_parts();
        let (scale, rest) = (k.div_euclid(i64::from(STEP)), k.rem_euclid(i64::from(STEP)));
        let factor = 2f64.powi(rest as i32);
        let value = Double { hi: mantissa.hi * factor, lo: mantissa.lo * factor };
        // the reduction by multiples of ln 2 has the absolute error of that product
        let own = value.hi * (OF_FUNCTION + self.size() * OF_ARITHMETIC);
        Ball::of_one(value, scale, self, value.hi * 1.01, own)
    }

    pub fn log(self) -> Ball {
        if self.is_none() || self.sign() != Some(Ordering::Greater) {
            return Ball::NONE;
        }
        let shift = self.scale as f64 * f64::from(STEP);
        let near = self.value.log();
        let value = near + Double::LN_2 * shift;
        let own = near.hi.abs().min(1.0).max(value.hi.abs()) * OF_FUNCTION;
        // beside 1 the logarithm of a double-double keeps its relative digits no better than its argument
        let own = if self.scale == 0 && near.hi.abs() < 1.0 {
            OF_ARITHMETIC * 4.0 + near.hi.abs() * OF_FUNCTION
        } else {
            own
        };
        let relative = Ball { scale: 0, ..self };
        Ball::of_one(value, 0, relative, 1.0 / self.least(), own)
    }

    /// exp(x) - 1 with its digits beside 0.
    pub fn expm1(self) -> Ball {
        if self.is_none() || self.is_exactly_zero() {
            return self;
        }
        if self.is_below(0.25) {
            let one = if self.scale < 0 { self } else { self.series(|n| Double::from(1.0) / f64::from(n + 1), 26) };
            return one;
        }
        self.exp() - Ball::ONE
    }

    /// log(1 + x) with its digits beside 0.
    pub fn log1p(self) -> Ball {
        if self.is_none() || self.is_exactly_zero() {
            return self;
        }
        if self.is_below(1e-30) {
            let own = self.size() * self.size().min(1e-30);
            return Ball { error: self.error * 1.01 + own, given: self.given * 1.01, ..self };
        }
        if self.scale == 0 && self.size() < 1e-3 {
            // x (1 - x/2 + x²/3 - …)
            let sum = (1..=12).rev().fold(Double::from(0.0), |sum, n| {
                let sign = if n % 2 == 1 { 1.0 } else { -1.0 };
                sum * self.value + Double::ratio(sign, f64::from(n))
            });
            let y = sum * self.value;
            return Ball::of_one(y, 0, self, 1.01, y.hi.abs() * OF_FUNCTION);
        }
        (self + Ball::ONE).log()
    }

    /// x (1 + x a(1) (1 + x a(2) (…))) for |x| < 1/4.
    fn series(self, factor: impl Fn(i32) -> Double, terms: i32) -> Ball {
        let x = self.value;
        let sum = (1..=terms).rev().fold(Double::from(1.0), |sum, n| Double::from(1.0) + sum * x * factor(n));
        let y = x * sum;
        Ball::of_one(y, 0, self, 1.3, y.hi.abs() * OF_FUNCTION)
    }

    pub fn sqrt(self) -> Ball {
        if self.is_exactly_zero() {
            return self;
        }
        if self.is_none() || self.sign() != Some(Ordering::Greater) {
            return Ball::NONE;
        }
        let even = if self.scale % 2 == 0 { self } else { self.shifted(STEP, -1) };
        let y = even.value.sqrt();
        Ball::of_one(y, even.scale / 2, even, 1.0 / even.least().sqrt(), y.hi * OF_ARITHMETIC)
    }

    pub fn cbrt(self) -> Ball {
        if self.is_exactly_zero() {
            return self;
        }
        if self.is_none() || self.sign().is_none() {
            return Ball::NONE;
        }
        let root = (self.abs().log() / Ball::small(3.0)).exp();
        if self.value.hi < 0.0 { -root } else { root }
    }

    pub fn sin(self) -> Ball {
        self.wave(Double::sin, self)
    }

    pub fn cos(self) -> Ball {
        self.wave(Double::cos, Ball { error: SMALLEST, ..Ball::ONE })
    }

    fn wave(self, f: fn(Double) -> Option<Double>, tiny: Ball) -> Ball {
        if self.scale < 0 && !self.is_none() {
            return if self.is_exactly_zero() {
                tiny
            } else {
                Ball { error: tiny.error + tiny.size() * SMALLEST, ..tiny }
            };
        }
        if self.scale > 0 || self.is_none() {
            return Ball::NONE;
        }
        let Some(y) = f(self.value) else { return Ball::NONE };
        // the argument was reduced by π/2 in three parts: absolute, and relative to a small result of a small argument
        let own = if self.size() < 0.7 { y.hi.abs() * OF_WAVE } else { OF_FUNCTION };
        Ball::of_one(y, 0, self, 1.0, own)
    }

    /// sin(x)/cos(x)
    pub fn tan(self) -> Ball {
        self.sin() / self.cos()
    }

    pub fn sinh(self) -> Ball {
        if self.is_below(0.25) {
            // (e - 1/e)/2 by u = e - 1: (u + u/(1 + u))/2
            let u = self.expm1();
            return (u + u / (u + Ball::ONE)) * Ball::HALF;
        }
        (self.exp() - (-self).exp()) * Ball::HALF
    }

    pub fn cosh(self) -> Ball {
        (self.exp() + (-self).exp()) * Ball::HALF
    }

    pub fn tanh(self) -> Ball {
        let u = (self.abs() * Ball::small(-2.0)).expm1();
        let y = -u / (u + Ball::small(2.0));
        if self.value.hi < 0.0 { -y } else { y }
    }

    /// Inverse tangent by two steps of Newton's method on tan, from f64's.
    pub fn atan(self) -> Ball {
        if self.is_none() || self.is_exactly_zero() {
            return self;
        }
        if self.scale < 0 {
            return Ball { error: self.error + self.size() * SMALLEST, ..self };
        }
        if self.scale > 0 || self.size() > 1e15 {
            let half = Ball::with_tail(Double::PI * 0.5, OF_ARITHMETIC);
            let rest = half - Ball::ONE / self.abs();
            let rest = if self.scale > 0 || self.size() > 1e40 { rest } else { half - (Ball::ONE / self.abs()).atan() };
            return if self.value.hi < 0.0 { -rest } else { rest };
        }
        let first = Double::from(self.value.hi.atan());
        let step = |y: Double| -> Option<Double> {
            let (sin, cos) = (y.sin()?, y.cos()?);
            // y + (x cos y - sin y) / (cos y + x sin y)
            Some(y + (self.value * cos - sin) / (cos + self.value * sin))
        };
        let Some(y) = step(first).and_then(step) else { return Ball::NONE };
        let slope = 1.0 / (1.0 + self.size() * self.size());
        Ball::of_one(y, 0, self, slope * 1.01, y.hi.abs() * OF_FUNCTION)
    }

    /// `self` to the power `exponent`: by products for small whole exponents.
    pub fn pow(self, exponent: Ball) -> Ball {
        if self.is_none() || exponent.is_none() {
            return Ball::NONE;
        }
        let n = exponent.value.hi;
        let is_exact = exponent.value.lo == 0.0 && exponent.error == 0.0 && exponent.scale == 0;
        if is_exact && n.fract() == 0.0 && n.abs() <= 64.0 {
            return self.to_whole(n);
        }
        if is_exact && n == 0.5 {
            return self.sqrt();
        }
        if is_exact && n.fract() == 0.0 && self.value.hi < 0.0 && n.abs() < 1e15 {
            let size = (exponent * self.abs().log()).exp();
            return if n % 2.0 == 0.0 { size } else { -size };
        }
        if self.is_exactly_zero() && exponent.sign() == Some(Ordering::Greater) {
            return Ball::ZERO;
        }
        (exponent * self.log()).exp()
    }

    fn to_whole(self, n: f64) -> Ball {
        let (mut power, mut square, mut rest) = (Ball::ONE, self, n.abs() as u32);
        while rest != 0 {
            if rest & 1 == 1 {
                power = power * square;
            }
            rest >>= 1;
            if rest != 0 {
                square = square * square;
            }
        }
        if n < 0.0 { Ball::ONE / power } else { power }
    }

    /// The nearest f64, if the relative error is at most `wanted`, or came with the inputs.
    pub fn settled(self, wanted: f64) -> Option<f64> {
        if self.is_none() {
            return None;
        }
        let fresh = self.error - self.given;
        let size = self.size();
        let is_zero = self.scale <= -4 && size <= LARGEST && self.error <= LARGEST;
        let is_settled = self.error <= size * wanted || is_zero || (fresh <= self.given * 1e-3 && size > 0.0);
        is_settled.then(|| self.to_f64())
    }

    /// Whether the better part of the error came with inputs that were rounded before.
    pub fn is_given(self) -> bool {
        self.given > 0.0 && 2.0 * self.given >= self.error
    }

    /// Bound of the relative error.
    pub fn relative_error(self) -> f64 {
        if self.error == 0.0 { 0.0 } else { self.error / self.size() }
    }

    /// Whether `x` cannot be the value.
    pub fn refutes(self, x: f64) -> bool {
        if !x.is_finite() {
            return true;
        }
        let difference = self - Ball::new(x);
        difference.size() > 4.0 * difference.error
    }

    /// The nearest f64, 0 or ∞ beyond their range.
    pub fn to_f64(self) -> f64 {
        let x = self.value.value();
        match self.scale {
            0 => x,
            _ if x == 0.0 => 0.0,
            // in two steps, because one factor may not be a normal number
            scale @ -3..=3 => {
                let power = scale as i32 * STEP;
                let exact = self.value.scaled(power / 2);
                libm::ldexp(exact.hi + exact.lo, power - power / 2)
            }
            scale => x.signum() * if scale > 0 { f64::INFINITY } else { 0.0 },
        }
    }
}

/// Two numbers at the scale of the larger one; 0 takes any.
fn aligned(a: Ball, b: Ball) -> (Ball, Ball) {
    if a.scale == b.scale {
        return (a, b);
    }
    if a.is_exactly_zero() {
        return (Ball { scale: b.scale, ..a }, b);
    }
    if b.is_exactly_zero() {
        return (a, Ball { scale: a.scale, ..b });
    }
    // one step apart both fit at the lower scale, so that no tail is lost
    match a.scale - b.scale {
        1 => (a.at_scale(b.scale), b),
        -1 => (a, b.at_scale(a.scale)),
        apart if apart > 0 => (a, b.at_scale(a.scale)),
        _ => (a.at_scale(b.scale), b),
    }
}

impl Add for Ball {
    type Output = Ball;
    fn add(self, other: Ball) -> Ball {
        let (a, b) = aligned(self, other);
        let sum = a.value + b.value;
        Ball::result(sum, a.scale, [(a, 1.0), (b, 1.0)], a.own(b, sum))
    }
}

impl Neg for Ball {
    type Output = Ball;
    fn neg(self) -> Ball {
        Ball { value: -self.value, ..self }
    }
}

impl Sub for Ball {
    type Output = Ball;
    fn sub(self, other: Ball) -> Ball {
        self + -other
    }
}

impl Mul for Ball {
    type Output = Ball;
    fn mul(self, other: Ball) -> Ball {
        let product = self.value * other.value;
        let factors = [(self, other.size() + other.error), (other, self.size())];
        Ball::result(product, self.scale + other.scale, factors, self.own(other, product))
    }
}

impl Div for Ball {
    type Output = Ball;
    fn div(self, other: Ball) -> Ball {
        let least = other.least();
        if least <= 0.0 || least.is_nan() {
            return Ball::NONE;
        }
        let quotient = self.value / other.value;
        let factors = [(self, 1.0 / least), (other, quotient.hi.abs() / least)];
        Ball::result(quotient, self.scale - other.scale, factors, quotient.hi.abs() * OF_ARITHMETIC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(got: Ball, wanted: f64) {
        let x = got.settled(1e-15).expect("settled");
        assert!((x - wanted).abs() <= wanted.abs() * 2e-16, "{x:e} is not {wanted:e}");
    }

    #[test]
    fn what_cancels_in_f64_keeps_its_digits() {
        let x = Ball::new(1e-7);
        near((Ball::ONE - x.cos()) / (x * x), 0.499_999_999_999_999_6);
        let big = Ball::new(1e15);
        near((big + Ball::ONE).sqrt() - big.sqrt(), 1.581_138_830_084_189_3e-8);
    }

    #[test]
    fn sizes_beyond_f64() {
        near(Ball::new(1000.0).exp().log(), 1000.0);
        near(Ball::new(-1e6).exp().log(), -1e6);
        near(Ball::new(1e10).exp().log(), 1e10);
        near(Ball::new(800.0).cosh().log(), 799.306_852_819_440_1);
        near(Ball::new(1e300) * Ball::new(1e300) / Ball::new(1e300), 1e300);
        near(Ball::new(800.0).exp() / (Ball::ONE + Ball::new(800.0).exp()), 1.0);
        assert_eq!(Ball::new(5e-324).to_f64(), 5e-324);
        assert_eq!(Ball::new(-2e-310).to_f64(), -2e-310);
        assert_eq!(Ball::new(f64::MAX).to_f64(), f64::MAX);
        assert_eq!(Ball::new(1e6).exp().to_f64(), f64::INFINITY);
    }

    #[test]
    fn what_is_smaller_than_any_size_is_nothing() {
        let small = Ball::new(-1e300).exp();
        assert_eq!(small.settled(1e-16), Some(0.0));
        assert_eq!((small * Ball::new(1e300)).settled(1e-16), Some(0.0));
        near(Ball::ONE - small, 1.0);
        near(Ball::new(1e300).tanh(), 1.0);
    }

    #[test]
    fn functions_beside_zero() {
        near(Ball::new(1e-20).expm1(), 1e-20);
        near(Ball::new(1e-20).log1p(), 1e-20);
        near(Ball::new(1e-200).sinh(), 1e-200);
        near(Ball::new(1e-5).tanh(), 9.999_999_999_666_667e-6);
        near(Ball::new(0.1).atan(), 0.099_668_652_491_162_04);
        near(Ball::new(-3.0).atan(), -1.249_045_772_398_254_4);
        near(Ball::new(1e20).atan(), std::f64::consts::FRAC_PI_2);
        near(Ball::new(0.3).log1p(), 0.262_364_264_467_491_06);
        near(Ball::new(-8.0).cbrt(), -2.0);
    }

    #[test]
    fn whole_parts_are_certain_or_none() {
        assert_eq!(Ball::new(2.5).floor().to_f64(), 2.0);
        assert_eq!(Ball::new(-2.5).floor().to_f64(), -3.0);
        assert_eq!(Ball::new(1e20).floor().to_f64(), 1e20);
        assert!(Ball::rounded(3.0, 1e-16).floor().is_none());
    }

    #[test]
    fn orders_are_certain_or_unknown() {
        assert_eq!(Ball::new(1.0).compare(Ball::new(2.0)), Some(Ordering::Less));
        assert_eq!(Ball::new(1.0).compare(Ball::new(1.0)), Some(Ordering::Equal));
        assert_eq!(Ball::rounded(1.0, 1e-16).compare(Ball::new(1.0)), None);
        assert_eq!(Ball::new(1e-300).compare(Ball::ZERO), Some(Ordering::Greater));
    }
}
