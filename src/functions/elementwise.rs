//! Functions of elements that are a few rows of the table.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "elementwise";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "logical_and",
        aliases: &[],
        params: &["a", "b"],
        doc: "Whether both elements are true or not 0.",
        example: "logical_and([0, 1, 2], [1, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let (numbers, a, b) = truths(caller, args)?;
            let both = numbers.mul(&a, &b)?;
            numbers.two(&ops::NOT_EQUAL, &both, &Value::Real(0.0))
        }),
    },
    Builtin {
        name: "logical_or",
        aliases: &[],
        params: &["a", "b"],
        doc: "Whether one of the elements, or both, are true or not 0.",
        example: "logical_or([0, 1, 0], [1, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let (numbers, a, b) = truths(caller, args)?;
            let either = numbers.add(&a, &b)?;
            numbers.two(&ops::NOT_EQUAL, &either, &Value::Real(0.0))
        }),
    },
    Builtin {
        name: "logical_xor",
        aliases: &[],
        params: &["a", "b"],
        doc: "Whether exactly one of the elements is true or not 0.",
        example: "logical_xor([0, 1, 0], [1, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let (numbers, a, b) = truths(caller, args)?;
            numbers.two(&ops::NOT_EQUAL, &a, &b)
        }),
    },
    Builtin {
        name: "logical_not",
        aliases: &[],
        params: &["x"],
        doc: "Whether elements are false or 0.",
        example: "logical_not([0, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            caller.numbers().two(&ops::EQUAL, &x, &Value::Real(0.0))
        }),
    },
    Builtin {
        name: "nan_to_num",
        aliases: &[],
        params: &["x", "nan?", "posinf?", "neginf?"],
        doc: "`x` with `nan` (0) in the place of NaN and the largest finite numbers, or those given, in the place of \
              infinities; what is replaced has slope 0.",
        example: "nan_to_num([1, nan, -inf], neginf = -9)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let replacements = [
                (args.take(1).unwrap_or(Value::Real(0.0)), f64::NAN),
                (args.take(2).unwrap_or(Value::Real(f64::MAX)), f64::INFINITY),
                (args.take(3).unwrap_or(Value::Real(f64::MIN)), f64::NEG_INFINITY),
            ];
            let mut x = args.need(0);
            let numbers = caller.numbers();
            for (replacement, replaced) in replacements {
                let found = match replaced.is_nan() {
                    true => numbers.two(&ops::NOT_EQUAL, &x, &x)?,
                    false => numbers.two(&ops::EQUAL, &x, &Value::Real(replaced))?,
                };
                x = numbers.select(&found, &replacement, &x)?;
            }
            Ok(x)
        }),
    },
    Builtin {
        name: "smoothstep",
        aliases: &[],
        params: &["lo", "hi", "x"],
        doc: "0 up to `lo`, 1 from `hi` on, between them the cubic `t^2 (3 - 2t)` with t = (x - lo)/(hi - lo), whose slopes \
              at both ends are 0.",
        example: "smoothstep(0, 2, [-1, 0.5, 1, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (lo, hi, x) = (args.need(0), args.need(1), args.need(2));
            let numbers = caller.numbers();
            let (into, width) = (numbers.sub(&x, &lo)?, numbers.sub(&hi, &lo)?);
            let part = numbers.div(&into, &width)?;
            let t = numbers.apply(&ops::CLIP, &[&part, &Value::Real(0.0), &Value::Real(1.0)], Attr::None)?;
            let twice = numbers.add(&t, &t)?;
            let rest = numbers.sub(&Value::Real(3.0), &twice)?;
            let square = numbers.one(&ops::SQUARE, &t)?;
            numbers.mul(&square, &rest)
        }),
    },
];

/// Which elements of both arguments are not 0.
fn truths(caller: &mut dyn Caller, mut args: Args) -> Result<(&mut Numbers, Value, Value), Fault> {
    let (a, b) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let zero = Value::Real(0.0);
    let (a, b) = (numbers.two(&ops::NOT_EQUAL, &a, &zero)?, numbers.two(&ops::NOT_EQUAL, &b, &zero)?);
    Ok((numbers, a, b))
}
