//! Functions of elements that are a few rows of the table.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::value::{Fault, Numbers, Value};

pub(super) const GROUP: &str = "elementwise";

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
        name: "squared_difference",
        aliases: &[],
        params: &["a", "b"],
        doc: "`(a - b)^2`, elementwise.",
        example: "squared_difference([1, 2], 4)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let difference = caller.numbers().sub(&a, &b)?;
            caller.numbers().one(&ops::SQUARE, &difference)
        }),
    },
    Builtin {
        name: "divide_no_nan",
        aliases: &["div_no_nan"],
        params: &["a", "b"],
        doc: "`a / b`, and 0 with slope 0 where `b` is 0.",
        example: "divide_no_nan([1, 2], [0, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            quotient_unless_zero(caller.numbers(), &a, &b, &b)
        }),
    },
    Builtin {
        name: "reciprocal_no_nan",
        aliases: &[],
        params: &["x"],
        doc: "`1 / x`, and 0 with slope 0 where `x` is 0.",
        example: "reciprocal_no_nan([0, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            quotient_unless_zero(caller.numbers(), &Value::Real(1.0), &x, &x)
        }),
    },
    Builtin {
        name: "xdivy",
        aliases: &[],
        params: &["x", "y"],
        doc: "`x / y`, and 0 with slope 0 where `x` is 0.",
        example: "xdivy([0, 2], [0, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, y) = (args.need(0), args.need(1));
            quotient_unless_zero(caller.numbers(), &x, &y, &x)
        }),
    },
    Builtin {
        name: "multiply_no_nan",
        aliases: &["mul_no_nan"],
        params: &["a", "b"],
        doc: "`a b`, and 0 where `b` is 0, whatever `a` is.",
        example: "multiply_no_nan([nan, 2], [0, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let is_zero = numbers.two(&ops::EQUAL, &b, &Value::Real(0.0))?;
            let safe = numbers.select(&is_zero, &Value::Real(0.0), &a)?;
            numbers.mul(&safe, &b)
        }),
    },
    Builtin {
        name: "ldexp",
        aliases: &[],
        params: &["x", "n"],
        doc: "`x 2^n`.",
        example: "ldexp(3, 4)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, n) = (args.need(0), args.need(1));
            let power = caller.numbers().one(&ops::EXP2, &n)?;
            caller.numbers().mul(&x, &power)
        }),
    },
    Builtin {
        name: "isclose",
        aliases: &[],
        params: &["a", "b", "rtol?", "atol?"],
        doc: "Whether `|a - b| <= atol + rtol |b|`, elementwise; rtol is 1e-5, atol 1e-8, as in NumPy.",
        example: "isclose([1, 2], [1 + 1e-9, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let relative = args.take(2).unwrap_or(Value::Real(1e-5));
            let absolute = args.take(3).unwrap_or(Value::Real(1e-8));
            let (a, b) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let difference = numbers.sub(&a, &b)?;
            let distance = numbers.one(&ops::ABS, &difference)?;
            let size = numbers.one(&ops::ABS, &b)?;
            let allowed = numbers.mul(&relative, &size)?;
            let allowed = numbers.add(&allowed, &absolute)?;
            numbers.two(&ops::LESS_EQUAL, &distance, &allowed)
        }),
    },
    Builtin {
        name: "masked_fill",
        aliases: &[],
        params: &["x", "mask", "value"],
        doc: "`x` with `value` where `mask` is true or not 0.",
        example: "masked_fill([1, 2, 3], [0, 1, 0], -9)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, mask, value) = (args.need(0), args.need(1), args.need(2));
            caller.numbers().select(&mask, &value, &x)
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

/// `a / b`, and 0 where `tested` is 0; what is not selected has no influence.
fn quotient_unless_zero(numbers: &mut Numbers, a: &Value, b: &Value, tested: &Value) -> Result<Value, Fault> {
    let is_zero = numbers.two(&ops::EQUAL, tested, &Value::Real(0.0))?;
    let safe = numbers.select(&is_zero, &Value::Real(1.0), b)?;
    let quotient = numbers.div(a, &safe)?;
    numbers.select(&is_zero, &Value::Real(0.0), &quotient)
}

/// Which elements of both arguments are not 0.
fn truths(caller: &mut dyn Caller, mut args: Args) -> Result<(&mut Numbers, Value, Value), Fault> {
    let (a, b) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let zero = Value::Real(0.0);
    let (a, b) = (numbers.two(&ops::NOT_EQUAL, &a, &zero)?, numbers.two(&ops::NOT_EQUAL, &b, &zero)?);
    Ok((numbers, a, b))
}
