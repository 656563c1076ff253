//! Building blocks of the special functions of wide numbers: sums with an error bound of their own, precision that grows
//! until nothing is lost to cancellation, derivatives by differences.

use super::{SILENCE, Wide, bits, with_guard, with_precision};

/// More guard bits than this are not tried: the result says itself how little of it is certain.
const MOST_GUARD_BITS: usize = 2048;

/// Guard bits that are enough where the precision is high anyway, or to believe that a result is 0.
const FEW_GUARD_BITS: usize = 512;

/// Sums that need more terms than this have no value here.
const MOST_TERMS: usize = 200_000;

impl Wide {
    /// The same number, taken as exact.
    pub(super) fn exact(&self) -> Wide {
        Wide { value: self.value.clone(), noise: SILENCE }
    }

    /// The same number with an error of at least `2^noise`.
    pub(super) fn at_least_noisy(mut self, noise: i64) -> Wide {
        self.noise = self.noise.max(noise);
        self
    }

    /// The number, if it is whole and below 2^31.
    pub(super) fn whole(&self) -> Option<i64> {
        let x = self.to_f64().filter(|x| x.fract() == 0.0 && x.abs() < 2_147_483_648.0)?;
        (&Wide::new(x) == self).then_some(x as i64)
    }

    /// `sin(pi x)`, from the distance to a whole number, whose sine is exactly 0.
    pub fn sin_pi(&self) -> Wide {
        let below = self.floor();
        let half = &below * 0.5;
        let is_even = (&half - half.floor()).is_zero();
        let sine = ((self - below) * Wide::pi()).sin();
        if is_even { sine } else { -sine }
    }

    /// `cos(pi x)`
    pub fn cos_pi(&self) -> Wide {
        (self + 0.5).sin_pi()
    }
}

/// Computes with more and more guard bits, until all bits of the result are certain.
pub(super) fn settled(compute: impl Fn() -> Wide) -> Wide {
    let mut extra = 32;
    loop {
        // few different precisions, because constants are kept for each
        let total = bits() + extra;
        let total = total.next_multiple_of(if total <= 1024 { 128 } else { 512 });
        let y = with_guard(total - bits(), &compute);
        let missing = y.certain_bits().map_or(0, |certain| bits() as i64 - certain);
        let is_wide_enough = (bits() > MOST_GUARD_BITS || y.is_zero()) && extra >= FEW_GUARD_BITS;
        if !y.is_number() || missing <= 4 || extra >= MOST_GUARD_BITS || is_wide_enough {
            return y;
        }
        extra = (extra + (missing as usize + 32).max(extra / 2)).min(MOST_GUARD_BITS);
    }
}

/// `f` of its arguments taken as exact; their errors are carried on by secants of `f`.
pub(super) fn through<const N: usize>(arguments: [&Wide; N], f: impl Fn([&Wide; N]) -> Wide) -> Wide {
    if arguments.iter().any(|x| !x.is_number()) {
        return Wide::none();
    }
    let exact = arguments.map(Wide::exact);
    let mut y = f(exact.each_ref());
    for (at, x) in arguments.iter().enumerate().filter(|(_, x)| x.noise > SILENCE / 2) {
        if !y.is_number() {
            break;
        }
        // a step of 2^-20 of the argument, or its error where that is larger
        let step = if x.is_zero() { x.noise } else { x.noise.max(x.exponent() - 20) };
        let growth = with_precision(128, || {
            let change = |direction: f64| {
                let mut moved = exact.clone();
                moved[at] = (&moved[at] + Wide::new(direction).scaled(step as i32)).exact();
                let change = f(moved.each_ref()) - &y;
                change.is_number().then(|| change.size())
            };
            change(1.0).into_iter().chain(change(-1.0)).max()
        });
        let noise = growth.map_or(y.size().max(x.noise), |size| size - step + x.noise + 2);
        y = y.at_least_noisy(noise);
    }
    y
}

/// `first + next(1) + next(2) + …` until the terms, from number `least` on, no longer count.
///
/// The bound of the error is that of the largest term: a term is taken to be the product of a few factors a step.
pub(super) fn sum(first: Wide, least: usize, mut next: impl FnMut(usize) -> Wide) -> Wide {
    let mut largest = first.size();
    let mut last = first.size();
    let mut total = first;
    for n in 1..=MOST_TERMS {
        let term = next(n);
        if !term.is_number() {
            return Wide::none();
        }
        let size = if term.is_zero() { i64::MIN / 2 } else { term.exponent() };
        largest = largest.max(size);
        let is_small = size < total.exponent() - bits() as i64 - 10 || size < largest - 2 * bits() as i64;
        total = total + term;
        if n >= least && size <= last && (is_small || size == i64::MIN / 2) {
            let roundings = 2 * (n as u64).ilog2() as i64 + 4;
            total.noise = largest + roundings - bits() as i64;
            return total;
        }
        last = size;
    }
    Wide::none()
}

/// The `n`-th derivative of `f` at 0 by central differences. `f` changes over distances of about `2^scale`.
pub(super) fn derivative(n: usize, scale: i64, f: impl Fn(&Wide) -> Wide) -> Wide {
    if n == 0 {
        return f(&Wide::new(0.0));
    }
    let shrink = bits() as i64 / 2 + 12;
    let step = scale - shrink;
    // the error is about h² times a derivative that is by two orders higher
    let precise = bits() as i64 - 8;
    with_guard(n * shrink as usize + 64, || {
        let mut total = Wide::new(0.0);
        let mut binomial = 1.0;
        let mut size = i64::MIN / 4;
        for k in 0..=n {
            let place = Wide::new(0.5 * n as f64 - k as f64).scaled(step as i32);
            let value = f(&place);
            size = size.max(value.size());
            total = total + value * if k % 2 == 0 { binomial } else { -binomial };
            binomial = binomial * (n - k) as f64 / (k + 1) as f64;
        }
        let quotient = total.scaled((-step * n as i64) as i32);
        let own = quotient.size().max(size - n as i64 * scale) - precise;
        quotient.at_least_noisy(own)
    })
}

/// A place beside `x`, taken as exact: its rounding is far below the step of [`derivative`].
pub(super) fn moved(x: &Wide, t: &Wide) -> Wide {
    (x + t).exact()
}

/// A function of a parameter at a whole number, where its formula is 0/0, from both sides of it.
pub(super) fn beside(parameter: &Wide, f: impl Fn(&Wide) -> Wide) -> Wide {
    let shrink = bits() / 2 + 16;
    let precise = bits() as i64 - 8;
    with_guard(shrink + 64, || {
        let step = Wide::new(1.0).scaled(-(shrink as i32));
        let mean = (f(&moved(parameter, &step)) + f(&moved(parameter, &-step))).scaled(-1);
        let own = mean.size() - precise;
        mean.at_least_noisy(own)
    })
}

/// Newton's method from a start that f64 has found: `step` gives what to subtract.
pub(super) fn newton(start: f64, step: impl Fn(&Wide) -> Wide) -> Wide {
    let mut x = Wide::new(start);
    let mut last = i64::MAX;
    for _ in 0..60 {
        let correction = step(&x);
        if !correction.is_number() {
            return Wide::none();
        }
        // the error of the result is that of the last correction
        let noise = correction.noise;
        let size = if correction.is_zero() { i64::MIN / 4 } else { correction.exponent() };
        x = (x - correction).exact();
        if size <= x.exponent() - bits() as i64 + 2 || size >= last && size <= noise + 2 {
            return x.at_least_noisy(noise);
        }
        last = size;
    }
    Wide::none()
}

/// `compute` with `bits` certain bits, as the nearest f64; NaN where there is no number.
pub fn narrowed(bits: usize, compute: impl Fn() -> Wide) -> f64 {
    with_precision(bits, compute).to_f64().unwrap_or(f64::NAN)
}

/// `b₀ + a₁/(b₁ + a₂/(b₂ + …))` by Lentz's method, for fractions without cancellation. `next(k)` gives aₖ and bₖ.
/// Source: Thompson & Barnett (1986), "Coulomb and Bessel functions of complex arguments and order".
pub(super) fn continued_fraction(first: Wide, mut next: impl FnMut(f64) -> (Wide, Wide)) -> Wide {
    const MOST_STEPS: usize = 30_000;
    let mut value = first.clone();
    let (mut c, mut d) = (first, Wide::new(0.0));
    for k in 1..=MOST_STEPS {
        let (a, b) = next(k as f64);
        d = (1.0 / (&b + &a * d)).exact();
        c = (b + a / c).exact();
        let factor = &c * &d;
        value = (value * &factor).exact();
        if !value.is_number() {
            return Wide::none();
        }
        let change = factor - 1.0;
        if change.is_zero() || change.exponent() < 4 - bits() as i64 {
            let noise = value.exponent() + 2 * (k as u64).ilog2() as i64 + 4 - bits() as i64;
            return value.at_least_noisy(noise);
        }
    }
    Wide::none()
}
