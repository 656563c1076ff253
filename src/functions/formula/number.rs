//! Numbers of formulas: exact fractions as long as they fit, so that a third stays 1/3 and 0.0045 stays 0.0045.

use std::hash::{Hash, Hasher};

#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A fraction in lowest terms, `den` > 0. `is_decimal`: something in it was typed as a decimal, and so it is written.
    Exact { num: i128, den: i128, is_decimal: bool },
    /// What is no short fraction.
    Near(f64),
}

/// The same value, however it is written.
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Exact { num, den, .. }, Number::Exact { num: n, den: d, .. }) => num == n && den == d,
            (Number::Near(a), Number::Near(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Number::Exact { num, den, .. } => (num, den).hash(state),
            Number::Near(x) => x.to_bits().hash(state),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number::Exact { num: value.into(), den: 1, is_decimal: false }
    }
}

impl Number {
    pub const ZERO: Number = Number::Exact { num: 0, den: 1, is_decimal: false };
    pub const ONE: Number = Number::Exact { num: 1, den: 1, is_decimal: false };

    /// A fraction, if the numbers are small enough to go on with.
    pub fn fraction(num: i128, den: i128) -> Number {
        Number::exact(num, den, false)
    }

    fn exact(num: i128, den: i128, is_decimal: bool) -> Number {
        let divisor = greatest_common_divisor(num.unsigned_abs(), den.unsigned_abs()) as i128;
        if divisor == 0 {
            return Number::Near(num as f64 / den as f64);
        }
        let sign = if den < 0 { -1 } else { 1 };
        Number::Exact { num: sign * (num / divisor), den: sign * (den / divisor), is_decimal }
    }

    /// The decimal number that was typed: `2.50` is 5/2 and written 2.5.
    pub fn typed(value: f64) -> Number {
        let text = format!("{value:e}");
        let Some((digits, exponent)) = text.split_once('e') else { return Number::Near(value) };
        let fraction = digits.split_once('.').map_or("", |(_, fraction)| fraction);
        let (whole, Ok(exponent)) = (digits.replace('.', ""), exponent.parse::<i32>()) else {
            return Number::Near(value);
        };
        let Ok(num) = whole.parse::<i128>() else { return Number::Near(value) };
        // 17 digits times 10^18 still leave room
        match exponent - fraction.len() as i32 {
            up @ 0..=18 => Number::exact(num * 10_i128.pow(up as u32), 1, up > 15),
            down @ -20..=-1 => Number::exact(num, 10_i128.pow(down.unsigned_abs()), true),
            _ => Number::Near(value),
        }
    }

    /// A number that a rule or a computation brought in: a fraction where it is the f64 next to a short one.
    pub fn computed(value: f64) -> Number {
        const LARGEST: i64 = 1000;
        if value.fract() == 0.0 && value.abs() < 1e15 {
            return Number::from(value as i64);
        }
        let is_short = format!("{value}").len() < 8;
        let near = |den: &i64| {
            let num = (value * *den as f64).round();
            num != 0.0 && num.abs() < 1e6 && (value * *den as f64 - num).abs() < 4e-15 * num.abs()
        };
        match (2..=LARGEST).find(near) {
            Some(den) if !is_short || den <= 16 && den & (den - 1) == 0 => {
                Number::fraction((value * den as f64).round() as i128, den.into())
            }
            _ => Number::typed(value),
        }
    }

    pub fn value(self) -> f64 {
        match self {
            Number::Exact { num, den, .. } => num as f64 / den as f64,
            Number::Near(x) => x,
        }
    }

    pub fn is_zero(self) -> bool {
        self == Number::ZERO || matches!(self, Number::Near(0.0))
    }

    pub fn is_one(self) -> bool {
        self == Number::ONE
    }

    pub fn is_negative(self) -> bool {
        self.value() < 0.0
    }

    pub fn is_nan(self) -> bool {
        self.value().is_nan()
    }

    /// The whole number that this is.
    pub fn whole(self) -> Option<i64> {
        match self {
            Number::Exact { num, den: 1, .. } => i64::try_from(num).ok(),
            _ => None,
        }
    }

    pub fn negated(self) -> Number {
        match self {
            Number::Exact { num, den, is_decimal } => Number::Exact { num: -num, den, is_decimal },
            Number::Near(x) => Number::Near(-x),
        }
    }

    pub fn abs(self) -> Number {
        if self.is_negative() { self.negated() } else { self }
    }

    pub fn plus(self, other: Number) -> Number {
        self.combined(other, |a, b, c, d| a.checked_mul(d)?.checked_add(c.checked_mul(b)?), |b, d| b.checked_mul(d))
            .unwrap_or_else(|| Number::Near(self.value() + other.value()))
    }

    pub fn times(self, other: Number) -> Number {
        self.combined(other, |a, _, c, _| a.checked_mul(c), |b, d| b.checked_mul(d))
            .unwrap_or_else(|| Number::Near(self.value() * other.value()))
    }

    fn combined(
        self,
        other: Number,
        above: impl Fn(i128, i128, i128, i128) -> Option<i128>,
        below: impl Fn(i128, i128) -> Option<i128>,
    ) -> Option<Number> {
        /// Fractions beyond this are no longer read by anybody.
        const LARGEST: i128 = 1 << 100;
        let (Number::Exact { num: a, den: b, is_decimal: x }, Number::Exact { num: c, den: d, is_decimal: y }) =
            (self, other)
        else {
            return None;
        };
        let result = Number::exact(above(a, b, c, d)?, below(b, d)?, x | y);
        match result {
            Number::Exact { num, den, .. } if num.abs() > LARGEST || den > LARGEST => None,
            _ => Some(result),
        }
    }

    pub fn reciprocal(self) -> Number {
        match self {
            Number::Exact { num, den, is_decimal } if num != 0 => Number::exact(den, num, is_decimal),
            _ => Number::Near(1.0 / self.value()),
        }
    }

    pub fn over(self, other: Number) -> Number {
        self.times(other.reciprocal())
    }

    pub fn to_the(self, exponent: i64) -> Number {
        if exponent.unsigned_abs() > 64 {
            return Number::Near(self.value().powi(exponent.clamp(-9999, 9999) as i32));
        }
        let base = if exponent < 0 { self.reciprocal() } else { self };
        (0..exponent.unsigned_abs()).fold(Number::ONE, |power, _| power.times(base))
    }

    /// The root of a square, as an exact fraction.
    pub fn square_root(self) -> Option<Number> {
        let root = |square: i128| {
            let near = (square as f64).sqrt().round() as i128;
            (near.checked_mul(near)? == square).then_some(near)
        };
        match self {
            Number::Exact { num, den, is_decimal } if num >= 0 => {
                Some(Number::Exact { num: root(num)?, den: root(den)?, is_decimal })
            }
            _ => None,
        }
    }

    /// The largest number that both are whole multiples of.
    pub fn shared(self, other: Number) -> Option<Number> {
        let (Number::Exact { num: a, den: b, is_decimal: x }, Number::Exact { num: c, den: d, is_decimal: y }) =
            (self, other)
        else {
            return None;
        };
        let below = b.checked_mul(d / greatest_common_divisor(b.unsigned_abs(), d.unsigned_abs()) as i128)?;
        let above = greatest_common_divisor(a.unsigned_abs(), c.unsigned_abs()) as i128;
        Some(Number::exact(above, below, x | y))
    }

    /// As a numerator and a denominator, each as text; the denominator is `None` where it is 1. `in_fraction`: the number
    /// stands beside a fraction line already. The sign is left out.
    pub fn parts(self, in_fraction: bool, has_factors: bool) -> (String, Option<String>) {
        let Number::Exact { num, den, is_decimal } = self.abs() else { return (plain(self.value().abs()), None) };
        if den == 1 {
            return (whole_text(num), None);
        }
        if is_decimal && !(in_fraction && num == 1 && den < 1000) {
            return match decimal(num, den) {
                Some(text) => (text, None),
                None => decimal_parts(num, den),
            };
        }
        if in_fraction || has_factors || den < 1_000_000 {
            return (whole_text(num), Some(whole_text(den)));
        }
        (plain(self.value().abs()), None)
    }
}

fn whole_text(num: i128) -> String {
    if num.unsigned_abs() < 10_u128.pow(16) { num.to_string() } else { plain(num as f64) }
}

fn plain(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "nan" } else { "inf" }.to_string();
    }
    if value.abs() >= 1e16 || (value != 0.0 && value.abs() < 1e-5) { format!("{value:e}") } else { format!("{value}") }
}

/// A fraction as a decimal, if it ends within the digits that a number can be typed with.
fn decimal(num: i128, den: i128) -> Option<String> {
    let (mut rest, mut places) = (den, 0);
    for prime in [2, 5] {
        let mut count = 0;
        while rest % prime == 0 {
            rest /= prime;
            count += 1;
        }
        places = places.max(count);
    }
    if rest != 1 || places > 20 {
        return None;
    }
    let digits = num.checked_mul(10_i128.checked_pow(places)? / den)?;
    (digits < 10_i128.pow(15)).then(|| plain(num as f64 / den as f64))
}

/// A fraction of decimals, with as few digits as there may be: 100/981 is 1/9.81.
fn decimal_parts(num: i128, den: i128) -> (String, Option<String>) {
    if num.max(den) > 1_000_000_000_000 {
        return (plain(num as f64 / den as f64), None);
    }
    let mut best = (whole_text(num), whole_text(den));
    for multiplier in [1, 2, 4, 5, 8, 10, 16, 20, 25, 40, 50, 80, 100, 125, 200, 250, 400, 500, 625, 1000] {
        for places in 0..7 {
            let scale = 10_i128.pow(places);
            let (Some(above), Some(below)) = (num.checked_mul(multiplier), den.checked_mul(multiplier)) else {
                continue;
            };
            let (Some(above), Some(below)) = (decimal(above, scale), decimal(below, scale)) else { continue };
            let burden = |above: &str, below: &str| {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                (above != "1", digits(above) + digits(below))
            };
            if burden(&above, &below) <= burden(&best.0, &best.1) {
                best = (above, below);
            }
        }
    }
    (best.0, Some(best.1))
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: Number) -> String {
        let (above, below) = number.parts(false, true);
        below.map_or(above.clone(), |below| format!("{above}/{below}"))
    }

    #[test]
    fn numbers_are_written_as_they_were_typed() {
        assert_eq!(text(Number::typed(0.00225).times(Number::from(2))), "0.0045");
        assert_eq!(text(Number::typed(9.81).reciprocal()), "1/9.81");
        assert_eq!(text(Number::typed(9.81).times(Number::from(2)).reciprocal()), "1/19.62");
        assert_eq!(text(Number::typed(1.5).times(Number::from(2))), "3");
        assert_eq!(text(Number::computed(1.0 / 3.0)), "1/3");
        assert_eq!(text(Number::typed(1e-7)), "1e-7");
        assert_eq!(text(Number::typed(0.1).plus(Number::typed(0.2))), "0.3");
    }
}
