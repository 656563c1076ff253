//! Elementary functions of wide numbers.

use astro_float_num::BigFloat;

use super::{ROUND, Wide, bits, with_consts, with_guard};

/// Arguments beyond 2^this are not reduced by periods of π: so many digits of π would take longer than anybody waits.
const LARGEST_ANGLE: i64 = 4096;

/// exp(2^this) is beyond the largest exponent.
const LARGEST_EXPONENT: i64 = 31;

macro_rules! direct {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        $(#[doc = $doc])*
        pub fn $name(&self) -> Wide {
            with_consts(|consts| self.0.$name(bits(), ROUND, consts))
        }
    )*};
}

impl Wide {
    pub fn pi() -> Wide {
        with_consts(|consts| consts.pi(bits(), ROUND))
    }

    pub fn ln_2() -> Wide {
        with_consts(|consts| consts.ln_2(bits(), ROUND))
    }

    pub fn ln_10() -> Wide {
        with_consts(|consts| consts.ln_10(bits(), ROUND))
    }

    direct! {
        asin;
        acos;
        atan;
        asinh;
        acosh;
        atanh;
    }

    pub fn sqrt(&self) -> Wide {
        Wide::checked(self.0.sqrt(bits(), ROUND))
    }

    pub fn cbrt(&self) -> Wide {
        Wide::checked(self.0.cbrt(bits(), ROUND))
    }

    pub fn exp(&self) -> Wide {
        if self.exponent() > LARGEST_EXPONENT {
            return Wide::none();
        }
        with_consts(|consts| self.0.exp(bits(), ROUND, consts))
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
        if self.is_positive() { with_consts(|consts| self.0.ln(bits(), ROUND, consts)) } else { Wide::none() }
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
        self.of_angle(|x, consts| x.sin(bits(), ROUND, consts))
    }

    pub fn cos(&self) -> Wide {
        self.of_angle(|x, consts| x.cos(bits(), ROUND, consts))
    }

    pub fn tan(&self) -> Wide {
        self.of_angle(|x, consts| x.tan(bits(), ROUND, consts))
    }

    fn of_angle(&self, f: impl FnOnce(&BigFloat, &mut astro_float_num::Consts) -> BigFloat) -> Wide {
        if self.exponent() > LARGEST_ANGLE {
            return Wide::none();
        }
        with_consts(|consts| f(&self.0, consts))
    }

    pub fn sinh(&self) -> Wide {
        if self.exponent() > LARGEST_EXPONENT {
            return Wide::none();
        }
        with_consts(|consts| self.0.sinh(bits(), ROUND, consts))
    }

    pub fn cosh(&self) -> Wide {
        let grown = self.exp();
        (&grown + 1.0 / &grown).scaled(-1)
    }

    /// (e^2x - 1)/(e^2x + 1), from the side that does not overflow.
    pub fn tanh(&self) -> Wide {
        let shrunk = (-self.abs().scaled(1)).expm1();
        let size = -(&shrunk) / (&shrunk + 2.0);
        if self.is_negative() { -size } else { size }
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
            let power = with_guard(64, || Wide::checked(self.0.powi(n.abs() as usize, bits(), ROUND)));
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
