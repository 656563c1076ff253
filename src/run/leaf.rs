//! What a leaf of the tape means: a decimal, an irrational number, an f64.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::kernels::ball::Ball;
use crate::kernels::double::Double;
use crate::kernels::wide::{Wide, with_precision};
use crate::ops::extended::Number;
use crate::ops::wide::irrational;
use crate::tape::{Attr, CONSTANT, IRRATIONAL, LITERAL, Row};

/// Bits that settle the tail of a double-double.
const BITS: usize = 320;

/// Half the distance to the next f64, relative.
const UNIT: f64 = f64::EPSILON / 2.0;

/// What the f64 value of a leaf stands for.
pub(super) enum Meaning<'t> {
    Exact,
    /// The decimal with this text, or the shortest one that is read as this f64.
    Decimal(Option<&'t str>),
    Irrational,
    /// Computed by f64 before anybody recorded it.
    Rounded,
}

/// What this element of a leaf means.
pub(super) fn meaning<'t>(row: &'static Row, attr: &'t Attr, x: f64) -> Meaning<'t> {
    let is = |other: &'static Row| std::ptr::eq(row, other);
    match attr {
        Attr::Text(text) if is(&LITERAL) => Meaning::Decimal(Some(text)),
        _ if is_dyadic(x) || !x.is_finite() => Meaning::Exact,
        _ if is(&LITERAL) => Meaning::Decimal(None),
        _ if is(&IRRATIONAL) => Meaning::Irrational,
        _ if is(&CONSTANT) && irrational_tail(x).is_some() => Meaning::Irrational,
        _ if is(&CONSTANT) && significant_digits(x) <= 15 => Meaning::Decimal(None),
        _ if is(&CONSTANT) => Meaning::Rounded,
        _ => Meaning::Exact,
    }
}

impl Meaning<'_> {
    /// Bound of the distance between what is meant and its f64.
    pub fn error(&self, x: f64) -> f64 {
        match self {
            Meaning::Exact => 0.0,
            Meaning::Rounded => x.abs() * f64::EPSILON,
            _ => x.abs() * UNIT,
        }
    }
}

/// Numbers that a leaf can be turned into.
pub(super) trait FromLeaf: Number {
    fn of(meaning: &Meaning, x: f64) -> Self;
}

impl FromLeaf for Wide {
    fn of(meaning: &Meaning, x: f64) -> Wide {
        match meaning {
            Meaning::Exact => Wide::new(x),
            Meaning::Rounded => Wide::rounded_to_f64(x),
            Meaning::Irrational => irrational(x).unwrap_or_else(|| Wide::new(x)),
            Meaning::Decimal(text) => decimal(*text, x),
        }
    }
}

impl FromLeaf for Ball {
    fn of(meaning: &Meaning, x: f64) -> Ball {
        let with_tail = |lo: f64| Ball::irrational(Double { hi: x, lo });
        match meaning {
            Meaning::Exact => Ball::new(x),
            Meaning::Rounded => Ball::rounded(x, x.abs() * f64::EPSILON),
            Meaning::Irrational => irrational_tail(x).map_or(Ball::NONE, with_tail),
            // the tail must not fall below the smallest numbers
            Meaning::Decimal(_) if !(1e-250..1e250).contains(&x.abs()) => Ball::NONE,
            Meaning::Decimal(None) => with_tail(decimal_tail(x)),
            Meaning::Decimal(text) => with_tail(tail(x, || decimal(*text, x))),
        }
    }
}

/// Whether a number is a whole multiple of 2^-17: its decimal is short, and the f64 is exactly that.
fn is_dyadic(x: f64) -> bool {
    (x * f64::from(1 << 17)).fract() == 0.0 && x.abs() < (1_u64 << 53) as f64
}

fn significant_digits(x: f64) -> usize {
    format!("{x:e}").bytes().take_while(|&c| c != b'e').filter(u8::is_ascii_digit).count()
}

fn decimal(text: Option<&str>, x: f64) -> Wide {
    match text {
        Some(text) => Wide::decimal(text),
        None if x < 0.0 => -decimal(None, -x),
        None => Wide::decimal(&format!("{x:e}")),
    }
}

/// `exact - x`, which an f64 keeps to 16 digits.
fn tail(x: f64, exact: impl FnOnce() -> Wide) -> f64 {
    with_precision(BITS, || (exact() - Wide::new(x)).to_f64()).unwrap_or(0.0)
}

thread_local! {
    static DECIMAL_TAILS: RefCell<HashMap<u64, f64>> = RefCell::default();
    static IRRATIONAL_TAILS: RefCell<HashMap<u64, Option<f64>>> = RefCell::default();
}

/// Tails are remembered up to this number of them.
const MAX_TAILS: usize = 1 << 14;

/// How far the shortest decimal that is read as `x` is from it.
fn decimal_tail(x: f64) -> f64 {
    DECIMAL_TAILS.with_borrow_mut(|tails| {
        if tails.len() > MAX_TAILS {
            tails.clear();
        }
        *tails.entry(x.to_bits()).or_insert_with(|| tail(x, || decimal(None, x)))
    })
}

/// How far the irrational number that has this f64 is from it.
fn irrational_tail(x: f64) -> Option<f64> {
    IRRATIONAL_TAILS.with_borrow_mut(|tails| {
        if tails.len() > MAX_TAILS {
            tails.clear();
        }
        *tails.entry(x.to_bits()).or_insert_with(|| {
            let exact = with_precision(BITS, || irrational(x))?;
            Some(tail(x, || exact))
        })
    })
}
