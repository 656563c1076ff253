//! The first attempt: scalars as pairs of f64, about 31 digits. Enough for most of what cancels, and a hundred times
//! faster than wide numbers; what overflows, underflows or stays uncertain is left to those.

use std::collections::HashSet;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::kernels::double::Double;
use crate::ops::wide::{Widened, widened};
use crate::ops::*;
use crate::tape::{NodeId, Step, Tape};

use super::{is_as_typed, is_exact, is_leaf};

/// Relative error of an arithmetic operation on pairs, with something to spare.
const OF_ARITHMETIC: f64 = 1.0 / (1_u128 << 102) as f64;

/// The same of an elementary function; absolute where the result is small.
const OF_FUNCTION: f64 = 1.0 / (1_u128 << 94) as f64;

/// What is smaller or larger has no whole tail.
const RANGE: std::ops::Range<f64> = 1e-250..1e250;

/// 2/√π less its f64 value: derivative rules bring it with them.
const TWO_OVER_ROOT_PI_TAIL: f64 = 1.533_545_961_316_588e-17;

/// Relative error of a result that can be rounded, as with wide numbers.
const WANTED: f64 = 1.0 / (1_u128 << super::WANTED) as f64;

/// The values of `targets`, rounded once; `None` if pairs of f64 do not decide them.
pub(super) fn attempt(
    tape: &Tape,
    targets: &[NodeId],
    needed: &[NodeId],
    exact: &HashSet<NodeId>,
) -> Option<Vec<Vec<f64>>> {
    let mut values: Vec<Near> = Vec::with_capacity(needed.len());
    let find = |values: &[Near], id: NodeId| values[needed.binary_search(&id).expect("operands are needed")];
    for &id in needed {
        let step = tape.step(id)?;
        let form = match is_leaf(tape, id, exact) && !targets.contains(&id) {
            true => None,
            false => widened(step.row),
        };
        let near = match form {
            Some(form) => {
                let inputs = [0, 1, 2].map(|which| match which < step.count {
                    true => find(&values, step.operands[which]),
                    false => Near::NONE,
                });
                computed(&step, form, inputs)?
            }
            None if step.y.abs() == TWO_OVER_ROOT_PI => {
                let lo = TWO_OVER_ROOT_PI_TAIL.copysign(step.y);
                let value = Double { hi: step.y, lo };
                Near { value, error: OF_ARITHMETIC, given: 0.0 }
            }
            None => Near::known(step.y, is_exact(tape, id, exact) || is_as_typed(step.y)),
        };
        values.push(near);
    }
    targets.iter().map(|&id| Some(vec![find(&values, id).rounded(tape.unseen(id))?])).collect()
}

fn computed(step: &Step, form: &Widened, [a, b, c]: [Near; 3]) -> Option<Near> {
    if let Widened::Choice(choose) = form {
        return Some(choose(step.x[0]).map_or(Near::ZERO, |which| [a, b, c][which]));
    }
    let function = TABLE.iter().find(|(row, _)| std::ptr::eq(step.row, *row)).map(|(_, function)| function)?;
    Some(match function {
        One(f) => f(a),
        Two(f) => f(a, b),
    })
}

enum Function {
    One(fn(Near) -> Near),
    Two(fn(Near, Near) -> Near),
}

use Function::{One, Two};

static TABLE: &[(&Row, Function)] = &[
    (&ADD, Two(|a, b| a + b)),
    (&SUB, Two(|a, b| a - b)),
    (&MUL, Two(|a, b| a * b)),
    (&DIV, Two(|a, b| a / b)),
    (&IDENTITY, One(|x| x)),
    (&NEG, One(|x| -x)),
    (&POW, Two(Near::pow)),
    (&EXP, One(Near::exp)),
    (&EXPM1, One(|x| x.exp() - Near::ONE)),
    (&LOG, One(Near::log)),
    (&LOG_SLOPE, One(|x| if x.value.hi < 0.0 { Near::NONE } else { Near::ONE / x })),
    (&LOG1P, One(|x| (x + Near::ONE).log())),
    (&SQRT, One(Near::sqrt)),
    (&SQUARE, One(|x| x * x)),
    (&RECIPROCAL, One(|x| Near::ONE / x)),
    (&SIN, One(Near::sin)),
    (&COS, One(Near::cos)),
    (&TAN, One(|x| x.sin() / x.cos())),
    (&SINH, One(|x| (x.exp() - (-x).exp()) * Near::HALF)),
    (&COSH, One(|x| (x.exp() + (-x).exp()) * Near::HALF)),
    (&TANH, One(tanh)),
    (&SECH2, One(|x| Near::ONE - tanh(x) * tanh(x))),
    (&SIGMOID, One(|x| Near::ONE / (Near::ONE + (-x).exp()))),
];

fn tanh(x: Near) -> Near {
    let grown = (x + x).exp();
    (grown - Near::ONE) / (grown + Near::ONE)
}

/// A pair with bounds of its error.
#[derive(Debug, Clone, Copy)]
struct Near {
    value: Double,
    /// All of it.
    error: f64,
    /// The part that came with rounded constants, which no digits help against.
    given: f64,
}

impl Near {
    const ZERO: Near = Near::exact(0.0);
    const HALF: Near = Near::exact(0.5);
    const ONE: Near = Near::exact(1.0);
    /// What pairs cannot tell.
    const NONE: Near = Near::exact(f64::NAN);

    const fn exact(x: f64) -> Near {
        Near { value: Double { hi: x, lo: 0.0 }, error: 0.0, given: 0.0 }
    }

    /// A number on the tape, rounded to it or not.
    fn known(x: f64, is_exact: bool) -> Near {
        let error = if is_exact { 0.0 } else { x.abs() * f64::EPSILON };
        Near { error, given: error, ..Near::exact(x) }.checked()
    }

    /// A result to which errors come from two operands, each by a factor, and from the operation itself.
    fn new(value: Double, operands: [(Near, f64); 2], own: f64) -> Near {
        let [(a, by_a), (b, by_b)] = operands;
        let given = a.given * by_a + b.given * by_b;
        Near { value, error: a.error * by_a + b.error * by_b + own, given }.checked()
    }

    fn of_one(value: Double, x: Near, factor: f64, own: f64) -> Near {
        Near::new(value, [(x, factor), (Near::ZERO, 0.0)], own)
    }

    fn checked(self) -> Near {
        let size = self.value.hi.abs();
        if size == 0.0 || RANGE.contains(&size) { self } else { Near::NONE }
    }

    /// What arithmetic adds to a result: nothing where both operands are f64, whose sum and product are pairs.
    fn own(self, other: Near, result: Double) -> f64 {
        if self.value.lo == 0.0 && other.value.lo == 0.0 { 0.0 } else { result.hi.abs() * OF_ARITHMETIC }
    }

    fn is_zero(self) -> bool {
        self.value.hi == 0.0
    }

    fn size(self) -> f64 {
        self.value.hi.abs()
    }

    /// Whether it is above 0 for certain.
    fn is_positive(self) -> bool {
        self.value.hi > 0.0 && self.least() > 0.0
    }

    /// The smallest that its size can be.
    fn least(self) -> f64 {
        self.size() - self.error
    }

    fn exp(self) -> Near {
        let is_moderate = self.size() < 700.0 && self.error < 1e-3;
        if !is_moderate {
            return Near::NONE;
        }
        let y = self.value.exp();
        Near::of_one(y, self, y.hi * 1.01, y.hi * OF_FUNCTION)
    }

    fn log(self) -> Near {
        if !self.is_positive() {
            return Near::NONE;
        }
        let y = self.value.log();
        Near::of_one(y, self, 1.0 / self.least(), (1.0 + y.hi.abs()) * OF_FUNCTION)
    }

    fn sqrt(self) -> Near {
        if !self.is_positive() {
            return Near::NONE;
        }
        let y = self.value.sqrt();
        Near::of_one(y, self, 1.0 / self.least().sqrt(), y.hi * OF_FUNCTION)
    }

    fn sin(self) -> Near {
        self.value.sin().map_or(Near::NONE, |y| Near::of_one(y, self, 1.0, OF_FUNCTION))
    }

    fn cos(self) -> Near {
        self.value.cos().map_or(Near::NONE, |y| Near::of_one(y, self, 1.0, OF_FUNCTION))
    }

    fn pow(self, exponent: Near) -> Near {
        let n = exponent.value.hi;
        let is_whole = n.fract() == 0.0 && n.abs() <= 64.0 && exponent.value.lo == 0.0 && exponent.error == 0.0;
        if !is_whole {
            return (exponent * self.log()).exp();
        }
        let (mut power, mut square, mut rest) = (Near::ONE, self, n.abs() as u32);
        while rest != 0 {
            if rest & 1 == 1 {
                power = power * square;
            }
            rest >>= 1;
            if rest != 0 {
                square = square * square;
            }
        }
        if n < 0.0 { Near::ONE / power } else { power }
    }

    /// The nearest f64; the plain one if that is as good. `None` if more digits are wanted to tell.
    fn rounded(self, plain: f64) -> Option<f64> {
        let x = self.value.value();
        let fresh = self.error - self.given;
        let is_settled = self.error <= x.abs() * WANTED || fresh <= self.given * 1e-3;
        if !(x.is_finite() && is_settled) {
            return None;
        }
        let is_refuted = !plain.is_finite() || (x - plain).abs() > 4.0 * self.error;
        Some(if x != plain && is_refuted { x } else { plain })
    }
}

impl Add for Near {
    type Output = Near;
    fn add(self, other: Near) -> Near {
        let sum = self.value + other.value;
        Near::new(sum, [(self, 1.0), (other, 1.0)], self.own(other, sum))
    }
}

impl Neg for Near {
    type Output = Near;
    fn neg(self) -> Near {
        Near { value: -self.value, ..self }
    }
}

impl Sub for Near {
    type Output = Near;
    fn sub(self, other: Near) -> Near {
        self + -other
    }
}

impl Mul for Near {
    type Output = Near;
    fn mul(self, other: Near) -> Near {
        let product = self.value * other.value;
        if product.hi == 0.0 && !self.is_zero() && !other.is_zero() {
            return Near::NONE;
        }
        let factors = [(self, other.size() + other.error), (other, self.size())];
        Near::new(product, factors, self.own(other, product))
    }
}

impl Div for Near {
    type Output = Near;
    fn div(self, other: Near) -> Near {
        let quotient = self.value / other.value;
        let has_vanished = quotient.hi == 0.0 && !self.is_zero();
        if has_vanished || other.least() <= 0.0 || other.least().is_nan() {
            return Near::NONE;
        }
        let factors = [(self, 1.0 / other.least()), (other, quotient.hi.abs() / other.least())];
        Near::new(quotient, factors, quotient.hi.abs() * OF_ARITHMETIC)
    }
}
