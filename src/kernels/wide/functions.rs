//! Elementary functions of wide numbers.

use astro_float_num::{BigFloat, Consts};

use super::{ROUND, SILENCE, Wide, bits, count_function, count_operations, with_consts, with_guard};

/// Arguments beyond 2^this are not reduced by periods of π: so many digits of π would take longer than anybody waits.
const LARGEST_ANGLE: i64 = 4096;

/// exp(2^this) is beyond the largest exponent.
const LARGEST_EXPONENT: i64 = 31;

impl Wide {
    pub fn pi() -> Wide {
        Wide::rounded(with_consts(|consts| consts.pi(bits(), ROUND)), SILENCE)
    }

    pub fn ln_2() -> Wide {
        Wide::rounded(with_consts(|consts| consts.ln_2(bits(), ROUND)), SILENCE)
    }

    pub fn ln_10() -> Wide {
        Wide::rounded(with_consts(|consts| consts.ln_10(bits(), ROUND)), SILENCE)
    }

    /// A function of this number, its noise multiplied by a slope below 2^slope (given the exponent of the result).
    fn mapped(&self, slope: impl FnOnce(i64) -> i64, f: impl FnOnce(&BigFloat, &mut Consts) -> BigFloat) -> Wide {
        count_function(self);
        self.mapped_by_products(slope, f)
    }

    /// The same, of a root or a power: products do.
    fn mapped_by_products(
        &self,
        slope: impl FnOnce(i64) -> i64,
        f: impl FnOnce(&BigFloat, &mut Consts) -> BigFloat,
    ) -> Wide {
        count_operations(10);
        let value = with_consts(|consts| f(&self.value, consts));
        let exponent = if value.is_zero() { 0 } else { value.exponent().unwrap_or(0) as i64 };
        Wide::rounded(value, self.noise + slope(exponent))
    }

    pub fn sqrt(&self) -> Wide {
        self.mapped_by_products(|y| y - self.exponent() + 1, |x, _| x.sqrt(bits(), ROUND))
    }

    pub fn cbrt(&self) -> Wide {
        self.mapped_by_products(|y| y - self.exponent() + 1, |x, _| x.cbrt(bits(), ROUND))
    }

    pub fn exp(&self) -> Wide {
        if self.exponent() > LARGEST_EXPONENT {
            return Wide::none();
        }
        self.mapped(|y| y, |x, consts| x.exp(bits(), ROUND, consts))
    }

    /// Near 0 by its series, x + x²/2 + x³/6 + …
    pub fn expm1(&self) -> Wide {
        if self.is_zero() {
            return self.clone();
        }
        match -self.exponent() {
            small @ 32.. => series(self, small, |n, term| term * self / (n + 1.0)),
            _ => with_guard(96, || self.exp() - 1.0),
        }
    }

    pub fn log(&self) -> Wide {
        if !self.is_positive() {
            return Wide::none();
        }
        self.mapped(|_| 1 - self.exponent(), |x, consts| x.ln(bits(), ROUND, consts))
    }

    /// Near 0 by its series, x - x²/2 + x³/3 - …
    pub fn log1p(&self) -> Wide {
        if self.is_zero() {
            return self.clone();
        }
        match -self.exponent() {
            small @ 32.. => series(self, small, |n, term| -(term * self * n / (n + 1.0))),
            _ => with_guard(96, || (self + 1.0).log()),
        }
    }

    pub fn sin(&self) -> Wide {
        if self.exponent() > LARGEST_ANGLE {
            return Wide::none();
        }
        self.mapped(|_| 0, |x, consts| x.sin(bits(), ROUND, consts))
    }

    pub fn cos(&self) -> Wide {
        if self.exponent() > LARGEST_ANGLE {
            return Wide::none();
        }
        self.mapped(|_| 0, |x, consts| x.cos(bits(), ROUND, consts))
    }

    pub fn tan(&self) -> Wide {
        if self.exponent() > LARGEST_ANGLE {
            return Wide::none();
        }
        self.mapped(|y| 2 * y.max(0) + 1, |x, consts| x.tan(bits(), ROUND, consts))
    }

    pub fn asin(&self) -> Wide {
        self.mapped(|_| self.beside_one(), |x, consts| x.asin(bits(), ROUND, consts))
    }

    pub fn acos(&self) -> Wide {
        self.mapped(|_| self.beside_one(), |x, consts| x.acos(bits(), ROUND, consts))
    }

    pub fn atan(&self) -> Wide {
        self.mapped(|_| 1 - 2 * self.exponent().max(0), |x, consts| x.atan(bits(), ROUND, consts))
    }

    pub fn sinh(&self) -> Wide {
        if self.exponent() > LARGEST_EXPONENT {
            return Wide::none();
        }
        self.mapped(|y| y.max(1), |x, consts| x.sinh(bits(), ROUND, consts))
    }

    pub fn cosh(&self) -> Wide {
        let grown = self.exp();
        (&grown + 1.0 / &grown).scaled(-1)
    }

    /// (1 - e)/(1 + e) with e = exp(-2|x|), which cannot overflow.
    pub fn tanh(&self) -> Wide {
        let shrunk = (-self.abs().scaled(1)).expm1();
        let size = -(&shrunk) / (&shrunk + 2.0);
        if self.is_negative() { -size } else { size }
    }

    pub fn asinh(&self) -> Wide {
        self.mapped(|_| 1 - self.exponent().max(0), |x, consts| x.asinh(bits(), ROUND, consts))
    }

    pub fn acosh(&self) -> Wide {
        self.mapped(|_| self.beside_one(), |x, consts| x.acosh(bits(), ROUND, consts))
    }

    pub fn atanh(&self) -> Wide {
        self.mapped(|_| 2 * self.beside_one(), |x, consts| x.atanh(bits(), ROUND, consts))
    }

    /// Exponent above that of 1/√|1 - |x||: the slope of the inverse functions that end at 1.
    fn beside_one(&self) -> i64 {
        let gap = self.abs() - 1.0;
        if gap.is_zero() { bits() as i64 } else { (1 - gap.exponent()).div_euclid(2) + 1 }
    }

    /// 1/(1 + e^-x), without a difference of nearly equal numbers.
    pub fn sigmoid(&self) -> Wide {
        1.0 / ((-self).exp() + 1.0)
    }

    /// log(1 + e^x)
    pub fn softplus(&self) -> Wide {
        if self.is_negative() { self.exp().log1p() } else { self + (-self).exp().log1p() }
    }

    /// Angle of the point (x, y).
    pub fn atan2(&self, x: &Wide) -> Wide {
        let y = self;
        if y.is_zero() && x.is_zero() || !y.is_number() || !x.is_number() {
            return Wide::none();
        }
        if x.abs().compare(&y.abs()).is_some_and(|order| order.is_lt()) {
            let quarter = Wide::pi().scaled(-1);
            let rest = (x / y).atan();
            return if y.is_negative() { -quarter - rest } else { quarter - rest };
        }
        let angle = (y / x).atan();
        match (x.is_negative(), y.is_negative()) {
            (false, _) => angle,
            (true, false) => angle + Wide::pi(),
            (true, true) => angle - Wide::pi(),
        }
    }

    /// `self^exponent`; no number where the result is not real, and at 0 to a negative power.
    pub fn pow(&self, exponent: &Wide) -> Wide {
        if exponent.is_zero() && self.is_number() {
            return Wide::new(1.0);
        }
        if self.is_zero() {
            return if exponent.is_positive() { Wide::new(0.0) } else { Wide::none() };
        }
        let whole = exponent.to_f64().filter(|n| n.fract() == 0.0 && n.abs() <= 1e6 && &Wide::new(*n) == exponent);
        if let Some(n) = whole {
            // rounding errors grow with the number of factors
            let factors = 64 - (n.abs() as u64).leading_zeros() as i64;
            let power = with_guard(64, || {
                self.mapped_by_products(
                    |y| y - self.exponent() + factors + 1,
                    |x, _| x.powi(n.abs() as usize, bits(), ROUND),
                )
            });
            return if n < 0.0 { 1.0 / power } else { power };
        }
        if !self.is_positive() {
            return Wide::none();
        }
        with_guard(96, || (exponent * self.log()).exp())
    }
}

impl PartialEq for Wide {
    fn eq(&self, other: &Wide) -> bool {
        self.compare(other).is_some_and(|order| order.is_eq())
    }
}

/// `x + …`: each term is at most 2^-small of the one before.
fn series(x: &Wide, small: i64, next: impl Fn(f64, Wide) -> Wide) -> Wide {
    let count = bits() as i64 / small.max(1) + 2;
    let mut term = x.clone();
    let mut total = x.clone();
    for n in 1..=count {
        term = next(n as f64, term);
        total = total + &term;
    }
    total
}
