//! Rows of the table that take further arguments: `hypot(a, b, c)`, `round(x, digits)`, `log(x, base)`.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, Row};
use crate::value::{Fault, Value};

/// Tried where a row is called with more arguments than it has.
static LONGER: &[Builtin] = &[
    Builtin {
        name: "hypot",
        aliases: &[],
        params: &["xs*"],
        doc: "Length of a vector of any number of components.",
        example: "hypot(1, 2, 2)",
        group: "elementwise",
        run: Run::Plain(|caller, mut args| {
            let components = args.many(0);
            components[1..].iter().try_fold(components[0].clone(), |length, component| {
                caller.numbers().two(&ops::HYPOT, &length, component)
            })
        }),
    },
    Builtin {
        name: "round",
        aliases: &[],
        params: &["x", "digits"],
        doc: "The nearest number of so many decimals, halves to even; slope 0.",
        example: "round(2.567, 2)",
        group: "elementwise",
        run: Run::Plain(round),
    },
    Builtin {
        name: "log",
        aliases: &[],
        params: &["x", "base"],
        doc: "Logarithm to a base.",
        example: "log(8, 2)",
        group: "elementwise",
        run: Run::Plain(log),
    },
];

/// The form of a row that takes more arguments.
pub fn longer_form(row: &Row) -> Option<&'static Builtin> {
    LONGER.iter().find(|builtin| builtin.name == row.name)
}

/// By powers of ten that are exact: 0.1 times 3 is not what 3/10 is.
fn round(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    const MOST_DIGITS: i64 = 22;
    let digits = args.integer(caller, 1)?.unwrap_or(0);
    let x = args.need(0);
    if !(-MOST_DIGITS..=MOST_DIGITS).contains(&digits) {
        return Err(Fault::new(format!("digits go from -{MOST_DIGITS} to {MOST_DIGITS}, not {digits}")).argument(1));
    }
    let power = Value::Real(10f64.powi(digits.unsigned_abs() as i32));
    let (there, back) = if digits < 0 { (&ops::DIV, &ops::MUL) } else { (&ops::MUL, &ops::DIV) };
    let numbers = caller.numbers();
    let scaled = numbers.two(there, &x, &power)?;
    let whole = numbers.one(&ops::ROUND, &scaled)?;
    numbers.two(back, &whole, &power)
}

fn log(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (x, base) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    match numbers.scalar(&base).filter(|_| !matches!(base, Value::Var(_))) {
        Some(2.0) => return numbers.one(&ops::LOG2, &x),
        Some(10.0) => return numbers.one(&ops::LOG10, &x),
        _ => {}
    }
    let top = numbers.apply(&ops::LOG, &[&x], Attr::None)?;
    let bottom = numbers.one(&ops::LOG, &base)?;
    numbers.div(&top, &bottom)
}
