//! Why an operation gave NaN or infinity, and why it has no finite slope somewhere, in words.

use crate::tape::{Op, Row};

use super::*;

/// Why `row` gives `y`, which is NaN or infinite, for these operands.
pub fn why_value(row: &'static Row, operands: &[f64], y: f64) -> String {
    if let Some((_, why)) = VALUES.iter().find(|(rows, _)| rows.iter().any(|other| std::ptr::eq(row, *other)))
        && let Some(reason) = why(row.name, operands)
    {
        return reason;
    }
    let what = written(row, operands);
    match y.is_nan() {
        true if operands.iter().any(|x| x.is_infinite()) => format!("{what} is undefined"),
        true => format!("{what} is no real number"),
        // poles; what overflows does so far out
        false
            if special_rows().iter().any(|other| std::ptr::eq(row, *other))
                && operands.iter().all(|x| x.abs() < 2.0) =>
        {
            format!("{what} is infinite")
        }
        false => format!("{what} is too large for a number (1.8e308)"),
    }
}

/// Why a derivative of this order of `row` is NaN or infinite there.
pub fn why_slope(row: &'static Row, operands: &[f64], slope: f64, order: usize) -> String {
    let place = match operands {
        [x] => number(*x),
        _ => format!("({})", operands.iter().map(|x| number(*x)).collect::<Vec<_>>().join(", ")),
    };
    let name = match symbol(row) {
        Some(symbol) => format!("a {symbol} b"),
        None => row.name.to_string(),
    };
    let what = match order {
        0 | 1 => "slope".to_string(),
        2 => "second derivative".to_string(),
        3 => "third derivative".to_string(),
        n => format!("{n}th derivative"),
    };
    match (slope.is_nan(), order) {
        (true, _) => format!("{name} at {place} has no {what}"),
        (false, 0 | 1) => format!("{name} at {place} has infinite slope"),
        (false, _) => format!("{name} at {place} has an infinite {what}"),
    }
}

type Why = fn(&str, &[f64]) -> Option<String>;

/// What is special about some rows; the others are described by their operands.
static VALUES: &[(&[&Row], Why)] = &[
    (&[&LOG, &LOG2, &LOG10], |name, x| match x[0] {
        0.0 => Some(format!("{name} of 0 is infinite")),
        x if x < 0.0 => Some(format!("{name} of a negative number ({}) is no real number", number(x))),
        _ => None,
    }),
    (&[&SQRT, &RSQRT], |_, x| match x[0] {
        0.0 => Some("division by zero: 1/sqrt(0)".to_string()),
        x if x < 0.0 => Some(format!("sqrt of a negative number ({}) is no real number", number(x))),
        _ => None,
    }),
    (&[&LOG1P], |name, x| outside(name, x[0], (-1.0, f64::INFINITY), true)),
    (&[&ASIN, &ACOS], |name, x| outside(name, x[0], (-1.0, 1.0), false)),
    (&[&ACOSH], |name, x| outside(name, x[0], (1.0, f64::INFINITY), false)),
    (&[&ATANH], |name, x| outside(name, x[0], (-1.0, 1.0), true)),
    (&[&LOGIT], |name, x| outside(name, x[0], (0.0, 1.0), true)),
    (&[&DIV], |_, x| match (x[0], x[1]) {
        (0.0, 0.0) => Some("0/0 is undefined".to_string()),
        (a, 0.0) => Some(format!("division by zero: {}/0", number(a))),
        _ => None,
    }),
    (&[&RECIPROCAL], |_, x| (x[0] == 0.0).then(|| "division by zero: 1/0".to_string())),
    (&[&MOD], |_, x| (x[1] == 0.0).then(|| format!("remainder of a division by zero: {} % 0", number(x[0])))),
    (&[&FLOOR_DIVIDE], |_, x| (x[1] == 0.0).then(|| format!("division by zero: floor_divide({}, 0)", number(x[0])))),
    (&[&FMOD], |_, x| (x[1] == 0.0).then(|| format!("remainder of a division by zero: fmod({}, 0)", number(x[0])))),
    (&[&GCD, &LCM], |name, x| {
        let other = x.iter().find(|x| x.fract() != 0.0)?;
        Some(format!("{name} is of whole numbers, not of {}", number(*other)))
    }),
    (&[&POW], |_, x| match (x[0], x[1]) {
        (0.0, b) if b < 0.0 => Some(format!("0 to a negative power ({}) is infinite", number(b))),
        (a, b) if a < 0.0 && b.fract() != 0.0 => {
            Some(format!("a negative number ({}) to a fractional power ({}) is no real number", number(a), number(b)))
        }
        _ => None,
    }),
    (&[&LOGABSDET], |_, _| Some("this matrix is singular: the logarithm of its determinant is infinite".to_string())),
    (&[&GAMMA, &LGAMMA, &DIGAMMA, &TRIGAMMA], |name, x| pole(name, x[0] <= 0.0 && x[0].fract() == 0.0, x[0])),
    (&[&FACTORIAL], |name, x| pole(name, x[0] < 0.0 && x[0].fract() == 0.0, x[0])),
    (&[&CSC, &COT, &CSCH, &COTH, &ACSCH, &ASECH], |name, x| match x[0] {
        0.0 => pole(name, true, 0.0),
        x if name == "asech" => outside(name, x, (0.0, 1.0), false),
        _ => None,
    }),
    (&[&ACOTH, &ASEC, &ACSC], |name, x| match x[0].abs() {
        1.0 => Some(format!("{name} of {} is infinite", number(x[0]))),
        size if size < 1.0 => Some(format!("{name} is defined from 1 on and up to -1, not at {}", number(x[0]))),
        _ => None,
    }),
];

fn pole(name: &str, is_pole: bool, x: f64) -> Option<String> {
    is_pole.then(|| format!("{name} has a pole at {}", number(x)))
}

/// Beyond the domain of a function, or at its end where that is infinite.
fn outside(name: &str, x: f64, (low, high): (f64, f64), is_open: bool) -> Option<String> {
    if is_open && (x == low || x == high) {
        return Some(format!("{name} of {} is infinite", number(x)));
    }
    let domain = match (is_open, high.is_infinite()) {
        (true, true) => format!("above {}", number(low)),
        (false, true) => format!("from {} on", number(low)),
        (true, false) => format!("between {} and {}", number(low), number(high)),
        (false, false) => format!("from {} to {}", number(low), number(high)),
    };
    (x < low || x > high).then(|| format!("{name} is defined {domain}, not at {}", number(x)))
}

/// The sign between the operands.
fn symbol(row: &'static Row) -> Option<&'static str> {
    let signs: [(&Row, &str); 5] = [(&ADD, "+"), (&SUB, "-"), (&MUL, "*"), (&DIV, "/"), (&POW, "^")];
    signs.iter().find(|(other, _)| std::ptr::eq(row, *other)).map(|(_, sign)| *sign)
}

/// The operation with the values of its operands.
fn written(row: &'static Row, operands: &[f64]) -> String {
    if let (Some(sign), &[a, b]) = (symbol(row), operands) {
        // -1 of an operand on the right would read as an operator
        let right = if b < 0.0 { format!("({})", number(b)) } else { number(b) };
        return if sign == "^" { format!("{}^{right}", number(a)) } else { format!("{} {sign} {right}", number(a)) };
    }
    if let Op::Tensor(_) = row.op {
        return format!("this {}", row.name);
    }
    let operands: Vec<String> = operands.iter().map(|x| number(*x)).collect();
    format!("{}({})", row.name, operands.join(", "))
}

fn number(x: f64) -> String {
    use std::f64::consts::{E, PI, TAU};
    if let Some((_, name)) = [(E, "e"), (PI, "pi"), (TAU, "tau")].into_iter().find(|(constant, _)| *constant == x) {
        return name.to_string();
    }
    match x.abs() {
        size if size != 0.0 && !(1e-5..1e16).contains(&size) && x.is_finite() => format!("{x:e}"),
        _ if x.is_nan() => "nan".to_string(),
        _ => format!("{x}"),
    }
}
