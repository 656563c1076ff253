//! The table of operations once more, over wide numbers: values only, no derivatives.
//!
//! A gradient that is recorded consists of operations of the table, so that wide values are enough to have wide
//! derivatives too. An operation that is missing here keeps its f64 value (see [`super::refine`]).

use crate::kernels::wide::Wide;
use crate::tape::{Row, is_absent};

use super::elementwise::*;
use super::special::*;

pub enum Widened {
    One(fn(&Wide) -> Wide),
    Two(fn(&Wide, &Wide) -> Wide),
    Three(fn(&Wide, &Wide, &Wide) -> Wide),
    /// Passes one of its operands on, or nothing (0): which one is decided by the f64 value of the first, so that the
    /// branch taken is the same.
    Choice(fn(f64) -> Option<usize>),
}

use Widened::{Choice, One, Three, Two};

/// The wide form of a row.
pub fn widened(row: &'static Row) -> Option<&'static Widened> {
    TABLE.iter().find(|(other, _)| std::ptr::eq(row, *other)).map(|(_, widened)| widened)
}

/// The operations that are here, for the tests that walk them.
pub fn widened_rows() -> impl Iterator<Item = (&'static Row, &'static Widened)> {
    TABLE.iter().map(|(row, widened)| (*row, widened))
}

static TABLE: &[(&Row, Widened)] = &[
    (&ADD, Two(|a, b| a + b)),
    (&SUB, Two(|a, b| a - b)),
    (&MUL, Two(|a, b| a * b)),
    (&DIV, Two(|a, b| a / b)),
    (&IDENTITY, One(Wide::clone)),
    (&NEG, One(|x| -x)),
    (&POW, Two(Wide::pow)),
    (&MOD, Two(|a, b| a - b * (a / b).floor())),
    (&FMOD, Two(|a, b| a - b * whole(&(a / b)))),
    (&EXP, One(Wide::exp)),
    (&EXPM1, One(Wide::expm1)),
    (&EXP2, One(|x| (x * Wide::ln_2()).exp())),
    (&EXP10, One(|x| (x * Wide::ln_10()).exp())),
    (&LOG, One(Wide::log)),
    (&LOG_SLOPE, One(|x| if x.is_negative() { Wide::none() } else { 1.0 / x })),
    (&LOG1P, One(Wide::log1p)),
    (&LOG2, One(|x| x.log() / Wide::ln_2())),
    (&LOG10, One(|x| x.log() / Wide::ln_10())),
    (&SQRT, One(Wide::sqrt)),
    (&CBRT, One(Wide::cbrt)),
    (&RSQRT, One(|x| 1.0 / x.sqrt())),
    (&SQUARE, One(|x| x * x)),
    (&RECIPROCAL, One(|x| 1.0 / x)),
    (&SIN, One(Wide::sin)),
    (&COS, One(Wide::cos)),
    (&TAN, One(Wide::tan)),
    (&COSM1, One(cosm1)),
    (&SINPI, One(sin_pi)),
    (&COSPI, One(|x| sin_pi(&(x + 0.5)))),
    (&SEC, One(|x| 1.0 / x.cos())),
    (&CSC, One(|x| 1.0 / x.sin())),
    (&COT, One(|x| 1.0 / x.tan())),
    (&ASIN, One(Wide::asin)),
    (&ACOS, One(Wide::acos)),
    (&ATAN, One(Wide::atan)),
    (&ACOT, One(|x| Wide::new(1.0).atan2(x))),
    (&ATAN2, Two(Wide::atan2)),
    (&HYPOT, Two(|a, b| (a * a + b * b).sqrt())),
    (&UNIT, Two(|a, b| if b.is_zero() { Wide::new(0.0) } else { a / b })),
    (&SINH, One(Wide::sinh)),
    (&COSH, One(Wide::cosh)),
    (&TANH, One(Wide::tanh)),
    (&SECH2, One(sech2)),
    (&LOG_COSH, One(|x| x.abs() + (x.abs() * -2.0).softplus() - Wide::ln_2())),
    (&ASINH, One(Wide::asinh)),
    (&ACOSH, One(Wide::acosh)),
    (&ATANH, One(Wide::atanh)),
    (&SIGMOID, One(Wide::sigmoid)),
    (&SOFTPLUS, One(Wide::softplus)),
    (&LOG_SIGMOID, One(|x| -(-x).softplus())),
    (&RELU, One(|x| if x.is_negative() { Wide::new(0.0) } else { x.clone() })),
    (&RELU6, One(|x| limited(x, &Wide::new(0.0), &Wide::new(6.0)))),
    (&ELU, One(|x| if x.is_negative() { x.expm1() } else { x.clone() })),
    (&SELU, One(|x| if x.is_negative() { x.expm1() * SELU_ALPHA * SELU_SCALE } else { x * SELU_SCALE })),
    (&LEAKY_RELU, Two(|x, a| if x.is_negative() { a * x } else { x.clone() })),
    (&SILU, One(|x| x * x.sigmoid())),
    (&MISH, One(|x| x * x.softplus().tanh())),
    (&TANHSHRINK, One(|x| x - x.tanh())),
    (&SOFTSIGN, One(|x| x / (x.abs() + 1.0))),
    (&GELU, One(|x| x * ndtr(x))),
    (&GELU_TANH, One(gelu_tanh)),
    (&NDTR, One(ndtr)),
    (&NORMAL_DENSITY, One(|x| (x * x * -0.5).exp() / (Wide::pi() * 2.0).sqrt())),
    (&LOGIT, One(|x| x.log() - (-x).log1p())),
    (&XLOGY, Two(|x, y| if x.is_zero() { y * 0.0 } else { x * y.log() })),
    (&XLOG1PY, Two(|x, y| if x.is_zero() { y * 0.0 } else { x * y.log1p() })),
    (&FRAC, One(|x| x - whole(x))),
    (&LOGADDEXP, Two(|a, b| smaller(a, b) + (larger(a, b) - smaller(a, b)).softplus())),
    (&GAMMA, One(Wide::gamma)),
    (&LGAMMA, One(Wide::lgamma)),
    (&DIGAMMA, One(Wide::digamma)),
    (&FACTORIAL, One(|x| (x + 1.0).gamma())),
    (&ERF, One(Wide::erf)),
    (&ERFC, One(Wide::erfc)),
    (&ABS, One(Wide::abs)),
    (&MAXIMUM, Two(larger)),
    (&MINIMUM, Two(smaller)),
    (&CLIP, Three(limited)),
    (&COPYSIGN, Two(|a, b| if a.is_negative() == b.is_negative() { a.clone() } else { -a })),
    (&LERP, Three(|a, b, t| a + t * (b - a))),
    (&SELECT, Choice(|c| Some(if c != 0.0 { 1 } else { 2 }))),
    (&KEEP_WHERE, Choice(|c| (c != 0.0).then_some(1))),
    (&DROP_WHERE, Choice(|c| (c == 0.0).then_some(1))),
    (&LIVE, Choice(|g| (!is_absent(g)).then_some(1))),
    (&LIVE_PART, Choice(|g| (!is_absent(g)).then_some(1))),
];

/// Towards 0.
fn whole(x: &Wide) -> Wide {
    if x.is_negative() { -(-x).floor() } else { x.floor() }
}

fn larger(a: &Wide, b: &Wide) -> Wide {
    match a.compare(b) {
        Some(order) => if order.is_ge() { a } else { b }.clone(),
        None => Wide::none(),
    }
}

fn smaller(a: &Wide, b: &Wide) -> Wide {
    match a.compare(b) {
        Some(order) => if order.is_le() { a } else { b }.clone(),
        None => Wide::none(),
    }
}

fn limited(x: &Wide, lo: &Wide, hi: &Wide) -> Wide {
    smaller(&larger(x, lo), hi)
}

/// 1/cosh² = 4e/(1 + e)² with e = exp(-2|x|).
fn sech2(x: &Wide) -> Wide {
    let e = (x.abs() * -2.0).exp();
    let base = &e + 1.0;
    e * 4.0 / (&base * &base)
}

/// -2 sin²(x/2)
fn cosm1(x: &Wide) -> Wide {
    let half = (x * 0.5).sin();
    &half * &half * -2.0
}

/// From the rest to a whole number, whose sine would not be exactly 0.
fn sin_pi(x: &Wide) -> Wide {
    let below = x.floor();
    let is_even = (&below * 0.5 - (&below * 0.5).floor()).is_zero();
    let sine = ((x - below) * Wide::pi()).sin();
    if is_even { sine } else { -sine }
}

fn ndtr(x: &Wide) -> Wide {
    (-x / Wide::new(2.0).sqrt()).erfc() * 0.5
}

fn gelu_tanh(x: &Wide) -> Wide {
    let inner = x + x * x * x * GELU_CUBIC;
    x * (inner * 2.0 * (2.0 / Wide::pi()).sqrt()).sigmoid()
}
