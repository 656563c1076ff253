//! The table of operations over double-doubles with an error bound. What is missing here has a form over wide numbers,
//! or none.

use std::cmp::Ordering;

use super::extended::{Form, Number};
use super::*;
use crate::kernels::ball::Ball;
use crate::kernels::double::Double;
use crate::kernels::wide::Wide;
use crate::tape::is_absent;
use Form::{Choose, ChooseByValue, Compare, One, Three, Two};

impl Number for Ball {
    fn exact(x: f64) -> Ball {
        Ball::new(x)
    }

    fn rounded(x: f64, error: f64) -> Ball {
        Ball::rounded(x, error)
    }

    fn none() -> Ball {
        Ball::NONE
    }

    fn is_none(&self) -> bool {
        Ball::is_none(*self)
    }

    fn plus(&self, other: &Ball) -> Ball {
        *self + *other
    }

    fn minus(&self, other: &Ball) -> Ball {
        *self - *other
    }

    fn times(&self, other: &Ball) -> Ball {
        *self * *other
    }

    fn over(&self, other: &Ball) -> Ball {
        *self / *other
    }

    fn root(&self) -> Ball {
        self.sqrt()
    }

    fn exponential(&self) -> Ball {
        self.exp()
    }

    fn logarithm(&self) -> Ball {
        self.log()
    }

    fn order(&self, other: &Ball) -> Option<Ordering> {
        self.compare(*other)
    }

    fn nearest(&self) -> f64 {
        self.to_f64()
    }

    fn error(&self) -> f64 {
        self.relative_error() * self.to_f64().abs()
    }

    fn has_wider_form(row: &'static Row) -> bool {
        Wide::form(row).is_some()
    }

    fn form(row: &'static Row) -> Option<&'static Form<Ball>> {
        TABLE.iter().find(|(other, _)| std::ptr::eq(row, *other)).map(|(_, form)| form)
    }
}

const TWO: Ball = Ball::TWO;

static TABLE: &[(&Row, Form<Ball>)] = &[
    (&ADD, Two(|a, b| *a + *b)),
    (&SUB, Two(|a, b| *a - *b)),
    (&MUL, Two(|a, b| *a * *b)),
    (&DIV, Two(|a, b| *a / *b)),
    (&NEG, One(|x| -*x)),
    (&POW, Two(|a, b| a.pow(*b))),
    (&SQUARE, One(|x| *x * *x)),
    (&RECIPROCAL, One(|x| Ball::ONE / *x)),
    (&IDENTITY, One(|x| *x)),
    (&STOP, One(|x| *x)),
    (&EXP, One(|x| x.exp())),
    (&EXPM1, One(|x| x.expm1())),
    (&LOG, One(|x| x.log())),
    (&LOG1P, One(|x| x.log1p())),
    (&LOG_SLOPE, One(log_slope)),
    (&SQRT, One(|x| x.sqrt())),
    (&CBRT, One(|x| x.cbrt())),
    (&RSQRT, One(|x| Ball::ONE / x.sqrt())),
    (&SIN, One(|x| x.sin())),
    (&COS, One(|x| x.cos())),
    (&TAN, One(|x| x.tan())),
    (&SEC, One(|x| Ball::ONE / x.cos())),
    (&CSC, One(|x| Ball::ONE / x.sin())),
    (&COT, One(|x| x.cos() / x.sin())),
    (&COSM1, One(|x| -(TWO * (*x * Ball::HALF).sin() * (*x * Ball::HALF).sin()))),
    (&ATAN, One(|x| x.atan())),
    (&ASIN, One(|x| (*x / ((Ball::ONE - *x) * (Ball::ONE + *x)).sqrt()).atan())),
    (&ACOS, One(|x| TWO * ((Ball::ONE - *x) / (Ball::ONE + *x)).sqrt().atan())),
    (&SINH, One(|x| x.sinh())),
    (&COSH, One(|x| x.cosh())),
    (&TANH, One(|x| x.tanh())),
    (&SECH, One(|x| Ball::ONE / x.cosh())),
    (&CSCH, One(|x| Ball::ONE / x.sinh())),
    (&COTH, One(|x| Ball::ONE / x.tanh())),
    (&SECH2, One(|x| Ball::ONE / (x.cosh() * x.cosh()))),
    (&ASINH, One(asinh)),
    (&ACOSH, One(acosh)),
    (&ATANH, One(|x| (TWO * *x / (Ball::ONE - *x)).log1p() * Ball::HALF)),
    (&LOG_COSH, One(|x| x.cosh().log())),
    (&SIGMOID, One(|x| sigmoid(*x))),
    (&SOFTPLUS, One(|x| softplus(*x))),
    (&LOG_SIGMOID, One(|x| -softplus(-*x))),
    (&LOGIT, One(|x| x.log() - (-*x).log1p())),
    (&LOG1MEXP, One(|x| (-(-x.abs()).expm1()).log())),
    (&LOGADDEXP, Two(|a, b| *a + softplus(*b - *a))),
    (&SILU, One(|x| *x * sigmoid(*x))),
    (&SOFTSIGN, One(|x| *x / (Ball::ONE + x.abs()))),
    (&TANHSHRINK, One(|x| *x - x.tanh())),
    (&HYPOT, Two(|a, b| (*a * *a + *b * *b).sqrt())),
    (&UNIT, Two(|a, b| if b.is_zero() { Ball::ZERO } else { *a / *b })),
    (&ABS, One(|x| x.abs())),
    (&SIGN, One(sign)),
    (&FLOOR, One(|x| x.floor())),
    (&CEIL, One(|x| -(-*x).floor())),
    (&TRUNC, One(|x| whole(*x))),
    (&FRAC, One(|x| *x - whole(*x))),
    (&MOD, Two(|a, b| *a - *b * (*a / *b).floor())),
    (&FMOD, Two(|a, b| *a - *b * whole(*a / *b))),
    (&FLOOR_DIVIDE, Two(|a, b| (*a / *b).floor())),
    (&MAXIMUM, Two(|a, b| larger(*a, *b))),
    (&MINIMUM, Two(|a, b| -larger(-*a, -*b))),
    (&RELU, One(|x| larger(*x, Ball::ZERO))),
    (&CLIP, Three(|x, lo, hi| -larger(-larger(*x, *lo), -*hi))),
    (&LERP, Three(|a, b, t| *a + *t * (*b - *a))),
    (&XLOGY, Two(|x, y| if x.is_zero() { Ball::ZERO } else { *x * y.log() })),
    (&XLOG1PY, Two(|x, y| if x.is_zero() { Ball::ZERO } else { *x * y.log1p() })),
    (&LESS, Compare(Ordering::is_lt)),
    (&LESS_EQUAL, Compare(Ordering::is_le)),
    (&GREATER, Compare(Ordering::is_gt)),
    (&GREATER_EQUAL, Compare(Ordering::is_ge)),
    (&EQUAL, Compare(Ordering::is_eq)),
    (&NOT_EQUAL, Compare(Ordering::is_ne)),
    (&SELECT, Choose(|holds| Some(if holds { 1 } else { 2 }))),
    (&KEEP_WHERE, Choose(|holds| holds.then_some(1))),
    (&DROP_WHERE, Choose(|holds| (!holds).then_some(1))),
    (&LIVE, ChooseByValue(|g| (!is_absent(g)).then_some(1))),
    (&LIVE_PART, ChooseByValue(|g| (!is_absent(g)).then_some(1))),
    (&EXP2, One(|x| (*x * LN_2).exp())),
    (&EXP10, One(|x| (*x * ln_10()).exp())),
    (&LOG2, One(|x| x.log() / LN_2)),
    (&LOG10, One(|x| x.log() / ln_10())),
    (&DEG2RAD, One(|x| *x * PI / Ball::new(180.0))),
    (&RAD2DEG, One(|x| *x * Ball::new(180.0) / PI)),
    (&NORMAL_DENSITY, One(|x| (-(*x * *x * Ball::HALF)).exp() / (TWO * PI).sqrt())),
];

const LN_2: Ball = Ball::irrational(Double::LN_2);
const PI: Ball = Ball::irrational(Double::PI);

fn ln_10() -> Ball {
    Ball::irrational(Double { hi: std::f64::consts::LN_10, lo: -2.170_756_223_382_249_3e-16 })
}

fn log_slope(x: &Ball) -> Ball {
    match x.sign() {
        Some(Ordering::Less) => Ball::NONE,
        _ => Ball::ONE / *x,
    }
}

fn sign(x: &Ball) -> Ball {
    match x.sign() {
        Some(order) => Ball::new(order as i8 as f64),
        None => Ball::NONE,
    }
}

fn whole(x: Ball) -> Ball {
    match x.sign() {
        Some(Ordering::Less) => -(-x).floor(),
        _ => x.floor(),
    }
}

fn larger(a: Ball, b: Ball) -> Ball {
    match a.compare(b) {
        Some(Ordering::Less) => b,
        Some(_) => a,
        None => a.or(b),
    }
}

fn sigmoid(x: Ball) -> Ball {
    Ball::ONE / (Ball::ONE + (-x).exp())
}

/// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))
fn softplus(x: Ball) -> Ball {
    let rest = (-x.abs()).exp().log1p();
    match x.sign() {
        Some(Ordering::Greater) => x + rest,
        _ => rest,
    }
}

/// log(x + √(1 + x²)) of |x|, by log(1 + x + x²/(1 + √(1 + x²))) with its digits beside 0.
fn asinh(x: &Ball) -> Ball {
    let size = x.abs();
    let root = (Ball::ONE + size * size).sqrt();
    let y = (size + size * size / (Ball::ONE + root)).log1p();
    if x.sign() == Some(Ordering::Less) { -y } else { y }
}

/// With t = x - 1: log(1 + t + √(2t + t²)).
fn acosh(x: &Ball) -> Ball {
    let t = *x - Ball::ONE;
    (t + (TWO * t + t * t).sqrt()).log1p()
}
