//! Reductions: many elements to one, along chosen axes.

use super::args::integers;
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, Row};
use crate::tensor::{Shape, ShapeError};
use crate::value::{Fault, Value};

const AXIS: &[&str] = &["x", "axis?", "keepdims?"];
pub(super) const GROUP: &str = "reductions";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "sum",
        aliases: &["reduce_sum", "∑"],
        params: AXIS,
        doc: ops::SUM.doc,
        example: "sum([[1, 2], [3, 4]], axis = 0)",
        group: GROUP,
        run: Run::Plain(|caller, args| reduce(caller, args, &ops::SUM)),
    },
    Builtin {
        name: "mean",
        aliases: &["reduce_mean"],
        params: AXIS,
        doc: "Arithmetic mean along `axis`. NaN for no elements.",
        example: "mean([1, 2, 6])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axes, keep) = reduction(caller, &mut args)?;
            mean(caller, &x, &axes, keep)
        }),
    },
    Builtin {
        name: "prod",
        aliases: &["reduce_prod", "product", "∏"],
        params: AXIS,
        doc: "Product along `axis`, right to any order where elements are 0. The empty product is 1.",
        example: "prod([2, 3, 4])",
        group: GROUP,
        run: Run::Plain(prod),
    },
    Builtin {
        name: "max",
        aliases: &["reduce_max", "amax"],
        params: &["xs*", "axis?", "keepdims?"],
        doc: "Largest element of one tensor (along `axis`), or the larger of several values elementwise. Equal ones \
              share the slope.",
        example: "max([3, 1, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| extreme(caller, args, &ops::MAX, &ops::MAXIMUM)),
    },
    Builtin {
        name: "min",
        aliases: &["reduce_min", "amin"],
        params: &["xs*", "axis?", "keepdims?"],
        doc: "Smallest element of one tensor (along `axis`), or the smaller of several values elementwise. Equal ones \
              share the slope.",
        example: "min(2, [1, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| extreme(caller, args, &ops::MIN, &ops::MINIMUM)),
    },
    Builtin {
        name: "var",
        aliases: &["reduce_variance", "variance"],
        params: &["x", "axis?", "keepdims?", "ddof?"],
        doc: "Variance along `axis`: mean squared distance from the mean. `ddof = 1` divides by n - 1.",
        example: "var([1, 2, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let root = std(caller, args)?;
            caller.numbers().apply(&ops::SQUARE, &[&root], Attr::None)
        }),
    },
    Builtin {
        name: "std",
        aliases: &["reduce_std"],
        params: &["x", "axis?", "keepdims?", "ddof?"],
        doc: "Standard deviation along `axis`; slope 0 where all are equal. `ddof = 1` divides by n - 1.",
        example: "std([1, 2, 4])",
        group: GROUP,
        run: Run::Plain(std),
    },
    Builtin {
        name: "norm",
        aliases: &["vector_norm", "matrix_norm"],
        params: &["x", "ord?", "axis?", "keepdims?"],
        doc: "Norm of the elements along `axis`: Euclidean by default (slope 0 at 0), `ord = 1` the sum of absolute \
              values, `ord = inf` the largest of them, `-inf` the smallest, 0 how many are not 0. `\"fro\"` is \
              the Euclidean norm of all elements; of a matrix \"nuc\" is the sum of its singular values and \
              \"spectral\" the largest of them.",
        example: "norm([3, 4])",
        group: GROUP,
        run: Run::Plain(norm),
    },
    Builtin {
        name: "reduce_euclidean_norm",
        aliases: &[],
        params: AXIS,
        doc: ops::NORM.doc,
        example: "reduce_euclidean_norm([3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| reduce(caller, args, &ops::NORM)),
    },
    Builtin {
        name: "logsumexp",
        aliases: &["reduce_logsumexp"],
        params: AXIS,
        doc: ops::LOGSUMEXP.doc,
        example: "logsumexp([1000, 1001])",
        group: GROUP,
        run: Run::Plain(|caller, args| reduce(caller, args, &ops::LOGSUMEXP)),
    },
    Builtin {
        name: "softmax",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "`exp(x) / sum(exp(x))` along `axis` (the last by default), without overflow.",
        example: "softmax([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, attr) = along_last(caller, &mut args)?;
            caller.numbers().apply(&ops::SOFTMAX, &[&x], attr)
        }),
    },
    Builtin {
        name: "log_softmax",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "`log(softmax(x))` along `axis` (the last by default), without underflow.",
        example: "log_softmax([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, attr) = along_last(caller, &mut args)?;
            let numbers = caller.numbers();
            let total = numbers.apply(&ops::LOGSUMEXP, &[&x], attr)?;
            numbers.apply(&ops::SUB, &[&x, &total], Attr::None)
        }),
    },
];

/// `x`, the axes to reduce (ascending), whether to keep them.
fn reduction(caller: &mut dyn Caller, args: &mut Args) -> Result<(Value, Vec<usize>, bool), Fault> {
    let x = as_tensor(args.need(0), caller)?;
    let axis = args.take(1);
    let axes = axes(caller, &x, axis.as_ref())?;
    Ok((x, axes, args.flag(2)?))
}

/// Lists of numbers of unlike shape cannot be reduced; everything else can, also a single number.
fn as_tensor(x: Value, caller: &mut dyn Caller) -> Result<Value, Fault> {
    caller.numbers().shape(&x)?;
    Ok(x)
}

/// The axes named by an `axis` argument, ascending; all if there is none.
pub fn axes(caller: &mut dyn Caller, x: &Value, axis: Option<&Value>) -> Result<Vec<usize>, Fault> {
    let shape = caller.numbers().shape(x)?;
    let Some(axis) = axis else { return Ok((0..shape.rank()).collect()) };
    let named = integers(caller, axis)
        .ok_or_else(|| Fault::new("axis must be a whole number or several").help("axis = 0, or axis = [0, 1]"))?;
    let mut axes = Vec::with_capacity(named.len());
    for axis in named {
        let index = shape.axis(axis)?;
        if axes.contains(&index) {
            return Err(ShapeError::AxisTwice { axis }.into());
        }
        axes.push(index);
    }
    axes.sort_unstable();
    Ok(axes)
}

fn reduce_over(
    caller: &mut dyn Caller,
    row: &'static Row,
    x: &Value,
    axes: &[usize],
    keep: bool,
) -> Result<Value, Fault> {
    caller.numbers().apply(row, &[x], Attr::Axes { axes: axes.into(), keep })
}

fn reduce(caller: &mut dyn Caller, mut args: Args, row: &'static Row) -> Result<Value, Fault> {
    let (x, axes, keep) = reduction(caller, &mut args)?;
    reduce_over(caller, row, &x, &axes, keep)
}

fn count(shape: &Shape, axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| shape.dims()[axis] as f64).product()
}

/// The total by the number of elements. A total that overflows is one of the values that are computed again with wider
/// numbers before anybody sees them.
pub fn mean(caller: &mut dyn Caller, x: &Value, axes: &[usize], keep: bool) -> Result<Value, Fault> {
    let n = Value::Real(count(&caller.numbers().shape(x)?, axes));
    let total = reduce_over(caller, &ops::SUM, x, axes, keep)?;
    caller.numbers().apply(&ops::DIV, &[&total, &n], Attr::None)
}

fn std(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (x, axes, keep) = reduction(caller, &mut args)?;
    let ddof = args.number(caller, 3)?.unwrap_or(0.0);
    let center = mean(caller, &x, &axes, true)?;
    let n = count(&caller.numbers().shape(&x)?, &axes) - ddof;
    let offsets = caller.numbers().apply(&ops::SUB, &[&x, &center], Attr::None)?;
    let length = reduce_over(caller, &ops::NORM, &offsets, &axes, keep)?;
    caller.numbers().apply(&ops::DIV, &[&length, &Value::Real(n.sqrt())], Attr::None)
}

fn norm(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = as_tensor(args.need(0), caller)?;
    let mut has_order = false;
    let ord = match args.take(1) {
        None => 2.0,
        Some(Value::Text(word)) if matches!(&*word, "fro" | "euclidean") => 2.0,
        Some(Value::Text(word)) if matches!(&*word, "nuc" | "spectral") => {
            let s = caller.numbers().apply(&ops::SVD_VALUES, &[&x], Attr::None)?;
            let row = if &*word == "nuc" { &ops::SUM } else { &ops::MAX };
            let axes = [caller.numbers().shape(&s)?.rank() - 1];
            return reduce_over(caller, row, &s, &axes, false);
        }
        Some(other) => {
            has_order = true;
            caller
                .numbers()
                .scalar(&other)
                .ok_or_else(|| args.fault(1, "must be a number, \"fro\", \"nuc\" or \"spectral\"".to_string()))?
        }
    };
    let axis = args.take(2);
    let axes = axes(caller, &x, axis.as_ref())?;
    let keep = args.flag(3)?;
    if axis.is_none() && has_order && caller.numbers().shape(&x)?.rank() == 2 {
        return match matrix_norm(caller, &x, ord)? {
            Some(norm) => Ok(norm),
            None => Err(Fault::new(format!("a matrix has no norm of order {ord}"))
                .help(
                    "norm(flatten(A), p) is that of its elements; 1, 2, inf, \"fro\" and \"nuc\" are norms of a matrix",
                )
                .argument(1)),
        };
    }
    if ord == 2.0 {
        return reduce_over(caller, &ops::NORM, &x, &axes, keep);
    }
    let sizes = caller.numbers().apply(&ops::ABS, &[&x], Attr::None)?;
    if ord == f64::INFINITY {
        return reduce_over(caller, &ops::MAX, &sizes, &axes, keep);
    }
    if ord == f64::NEG_INFINITY {
        return reduce_over(caller, &ops::MIN, &sizes, &axes, keep);
    }
    if ord == 0.0 {
        let some = caller.numbers().two(&ops::GREATER, &sizes, &Value::Real(0.0))?;
        return reduce_over(caller, &ops::SUM, &some, &axes, keep);
    }
    if ord == 1.0 {
        return reduce_over(caller, &ops::SUM, &sizes, &axes, keep);
    }
    let powers = caller.numbers().apply(&ops::POW, &[&sizes, &Value::Real(ord)], Attr::None)?;
    let total = reduce_over(caller, &ops::SUM, &powers, &axes, keep)?;
    let root = caller.numbers().apply(&ops::POW, &[&total, &Value::Real(1.0 / ord)], Attr::None)?;
    if ord < 1.0 {
        return Ok(root);
    }
    // at 0 the sum of sizes instead, which has the slope 0 there
    let sum = reduce_over(caller, &ops::SUM, &sizes, &axes, keep)?;
    let numbers = caller.numbers();
    let is_zero = numbers.two(&ops::EQUAL, &total, &Value::Real(0.0))?;
    numbers.select(&is_zero, &sum, &root)
}

/// Norms of matrices, as NumPy has them: the largest (smallest) sum of a column for 1 (-1) or of a row for ±∞, the largest
/// or smallest singular value for ±2.
fn matrix_norm(caller: &mut dyn Caller, x: &Value, ord: f64) -> Result<Option<Value>, Fault> {
    let rank = caller.numbers().shape(x)?.rank();
    let extreme = if ord > 0.0 { &ops::MAX } else { &ops::MIN };
    let sums = match ord.abs() {
        2.0 => caller.numbers().apply(&ops::SVD_VALUES, &[x], Attr::None)?,
        1.0 | f64::INFINITY => {
            let sizes = caller.numbers().one(&ops::ABS, x)?;
            let axis = if ord.is_infinite() { rank - 1 } else { rank - 2 };
            reduce_over(caller, &ops::SUM, &sizes, &[axis], false)?
        }
        _ => return Ok(None),
    };
    reduce_over(caller, extreme, &sums, &[rank - 2], false).map(Some)
}

/// Multiplies halves with each other until one is left: every derivative is a product of the other elements, right
/// also where some are 0, and the rules are those of `*` and of slices.
fn prod(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (x, axes, keep) = reduction(caller, &mut args)?;
    let shape = caller.numbers().shape(&x)?;
    let kept: Vec<usize> = (0..shape.rank()).filter(|axis| !axes.contains(axis)).collect();
    let order: Vec<usize> = axes.iter().chain(&kept).copied().collect();
    let n: usize = axes.iter().map(|&axis| shape.dims()[axis]).product();
    let rest: Vec<usize> = kept.iter().map(|&axis| shape.dims()[axis]).collect();
    let final_shape = if keep {
        shape.dims().iter().enumerate().map(|(axis, &dim)| if axes.contains(&axis) { 1 } else { dim }).collect()
    } else {
        rest.clone()
    };
    let numbers = caller.numbers();
    if n == 0 {
        // a product of nothing is 1, and still belongs to the variables it was taken over
        let nothing = numbers.apply(&ops::SUM, &[&x], Attr::Axes { axes: axes.into(), keep })?;
        return numbers.apply(&ops::ADD, &[&nothing, &Value::Real(1.0)], Attr::None);
    }
    let turned = numbers.apply(&ops::TRANSPOSE, &[&x], Attr::Permutation(order.into()))?;
    let mut dims = vec![n];
    dims.extend(&rest);
    let mut left = numbers.apply(&ops::RESHAPE, &[&turned], Attr::Shape(Shape::new(dims)))?;
    let mut length = n;
    while length > 1 {
        let half = length / 2;
        let part = |start: usize, len: usize| {
            Attr::Slice([crate::tape::SliceSpec { start, step: 1, len, drop: false }].as_slice().into())
        };
        let low = numbers.apply(&ops::SLICE, &[&left], part(0, half))?;
        let high = numbers.apply(&ops::SLICE, &[&left], part(half, half))?;
        let mut next = numbers.apply(&ops::MUL, &[&low, &high], Attr::None)?;
        if length % 2 == 1 {
            let odd = numbers.apply(&ops::SLICE, &[&left], part(length - 1, 1))?;
            next = numbers.apply(&ops::CONCAT, &[&next, &odd], Attr::Axis(0))?;
        }
        left = next;
        length -= half;
    }
    numbers.apply(&ops::RESHAPE, &[&left], Attr::Shape(Shape::new(final_shape)))
}

/// `max(x, axis = 0)` reduces; `max(x, y, …)` compares elementwise.
fn extreme(
    caller: &mut dyn Caller,
    mut args: Args,
    reduce: &'static Row,
    pairwise: &'static Row,
) -> Result<Value, Fault> {
    let values = args.many(0);
    let axis = args.take(1);
    let keep = args.flag(2)?;
    let [x] = &values[..] else {
        if axis.is_some() {
            return Err(Fault::new(format!("{} takes an axis of one tensor only", reduce.name))
                .help(format!("{0}([a, b], axis = 0), or {0}(a, b)", reduce.name)));
        }
        let mut result = values[0].clone();
        for value in &values[1..] {
            result = caller.numbers().apply(pairwise, &[&result, value], Attr::None)?;
        }
        return Ok(result);
    };
    let axes = axes(caller, x, axis.as_ref())?;
    reduce_over(caller, reduce, x, &axes, keep)
}

/// `x` and the attribute of one axis that is kept.
fn along_last(caller: &mut dyn Caller, args: &mut Args) -> Result<(Value, Attr), Fault> {
    let x = args.need(0);
    let shape = caller.numbers().shape(&x)?;
    let axis = args.integer(caller, 1)?.unwrap_or(-1);
    let axis = if shape.is_scalar() { vec![] } else { vec![shape.axis(axis)?] };
    Ok((x, Attr::Axes { axes: axis.into(), keep: true }))
}
