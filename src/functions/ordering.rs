//! Functions that put elements in order, pick some of them, or accumulate along an axis.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, Row, SliceSpec};
use crate::tensor::{DType, Tensor};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "ordering";
const SCAN: &[&str] = &["x", "axis?", "exclusive?", "reverse?"];

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "sort",
        aliases: &[],
        params: &["x", "axis?", "descending?"],
        doc: "Elements in ascending order along `axis` (the last by default), or descending; equal ones keep their \
              order.",
        example: "sort([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let falling = args.flag(2)?;
            let (x, axis) = along(caller, &mut args, 1, -1)?;
            sorted(caller.numbers(), &x, axis, falling)
        }),
    },
    Builtin {
        name: "argsort",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Indices that sort the elements along `axis` (the last by default), equal ones as they come; slope 0.",
        example: "argsort([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axis) = along(caller, &mut args, 1, -1)?;
            positions(caller.numbers(), &ops::ARGSORT, &x, axis)
        }),
    },
    Builtin {
        name: "argmax",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Index of the largest element along `axis`, or among all row by row; the first of equal ones; slope 0.",
        example: "argmax([1, 3, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| extreme_index(caller, args, &ops::ARGMAX)),
    },
    Builtin {
        name: "argmin",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Index of the smallest element along `axis`, or among all row by row; the first of equal ones; slope 0.",
        example: "argmin([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| extreme_index(caller, args, &ops::ARGMIN)),
    },
    Builtin {
        name: "median",
        aliases: &[],
        params: &["x", "axis?", "keepdims?"],
        doc: "Middle element in order along `axis` (all axes by default); of an even number the mean of the middle two.",
        example: "median([3, 1, 2, 10])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (axis, keep) = (args.take(1), args.flag(2)?);
            let x = args.need(0);
            quantile(caller, &x, &Value::Real(0.5), axis.as_ref(), keep)
        }),
    },
    Builtin {
        name: "quantile",
        aliases: &[],
        params: &["x", "q", "axis?", "keepdims?"],
        doc: "The value below which a share `q` (0 to 1) of the elements along `axis` lies (all axes by default), \
              interpolated linearly between neighbours. Several shares make a first axis.",
        example: "quantile([1, 2, 4], 0.75)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (axis, keep) = (args.take(2), args.flag(3)?);
            let (x, q) = (args.need(0), args.need(1));
            quantiles(caller, &x, &q, axis.as_ref(), keep)
        }),
    },
    Builtin {
        name: "percentile",
        aliases: &[],
        params: &["x", "q", "axis?", "keepdims?"],
        doc: "`quantile` with shares in percent.",
        example: "percentile([1, 2, 4], 75)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (axis, keep) = (args.take(2), args.flag(3)?);
            let (x, percent) = (args.need(0), args.need(1));
            let q = caller.numbers().div(&percent, &Value::Real(100.0))?;
            quantiles(caller, &x, &q, axis.as_ref(), keep)
        }),
    },
    Builtin {
        name: "topk",
        aliases: &["top_k"],
        params: &["x", "k", "axis?"],
        doc: "The k largest elements along `axis` (the last by default), largest first; of equal ones the first.",
        example: "topk([3, 1, 2], 2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, _) = topk(caller, &mut args)?;
            Ok(x)
        }),
    },
    Builtin {
        name: "topk_sum",
        aliases: &[],
        params: &["x", "k", "axis?"],
        doc: "Sum of the k largest elements along `axis` (the last by default); of equal ones the first count.",
        example: "topk_sum([3, 1, 2], 2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axis) = topk(caller, &mut args)?;
            caller.numbers().total(&x, &[axis], false)
        }),
    },
    Builtin {
        name: "reverse",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Elements in the other direction along `axis` (the first by default), or several.",
        example: "reverse([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.take(1).unwrap_or(Value::Int(0));
            let x = args.need(0);
            let axes = super::reductions::axes(caller, &x, Some(&axis))?;
            super::arrange::flipped(caller.numbers(), &x, &axes)
        }),
    },
    Builtin {
        name: "roll",
        aliases: &[],
        params: &["x", "shift", "axis?"],
        doc: "Elements moved by `shift` places along `axis`, by default of the flattened tensor; those pushed out come in again.",
        example: "roll([1, 2, 3], 1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let shift = args.integer(caller, 1)?.unwrap_or(0);
            let dims = flattened_without_axis(caller, &mut args, 2)?;
            let (x, axis) = along(caller, &mut args, 2, 0)?;
            let numbers = caller.numbers();
            let length = numbers.shape(&x)?.dims()[axis] as i64;
            let from = |i: i64| (i - shift).rem_euclid(length.max(1)) as usize;
            let rolled = gather(numbers, &x, (0..length).map(from).collect(), axis)?;
            dims.map_or(Ok(rolled.clone()), |dims| numbers.reshaped(&rolled, &dims))
        }),
    },
    Builtin {
        name: "cumsum",
        aliases: &[],
        params: SCAN,
        doc: "Sums of the elements up to each, along `axis`, by default of the flattened tensor. `exclusive = true` leaves each \
              element itself out, `reverse = true` begins at the end.",
        example: "cumsum([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            flattened_without_axis(caller, &mut args, 1)?;
            scan(caller, args, &ops::ADD, 0.0)
        }),
    },
    Builtin {
        name: "cumprod",
        aliases: &[],
        params: SCAN,
        doc: "Products of the elements up to each, along `axis`, by default of the flattened tensor; right where elements are 0. \
              Options as for `cumsum`.",
        example: "cumprod([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            flattened_without_axis(caller, &mut args, 1)?;
            scan(caller, args, &ops::MUL, 1.0)
        }),
    },
    Builtin {
        name: "cummax",
        aliases: &[],
        params: SCAN,
        doc: "Largest of the elements up to each, along `axis` (the first by default).",
        example: "cummax([1, 3, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| scan(caller, args, &ops::MAXIMUM, f64::NEG_INFINITY)),
    },
    Builtin {
        name: "cummin",
        aliases: &[],
        params: SCAN,
        doc: "Smallest of the elements up to each, along `axis` (the first by default).",
        example: "cummin([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| scan(caller, args, &ops::MINIMUM, f64::INFINITY)),
    },
    Builtin {
        name: "cumlogsumexp",
        aliases: &["logcumsumexp", "cumulative_logsumexp"],
        params: SCAN,
        doc: "`log(cumsum(exp(x)))` along `axis` (the first by default), without overflow.",
        example: "cumlogsumexp([1000, 1001])",
        group: GROUP,
        run: Run::Plain(|caller, args| scan(caller, args, &ops::LOGADDEXP, f64::NEG_INFINITY)),
    },
];

fn along(caller: &mut dyn Caller, args: &mut Args, index: usize, default: i64) -> Result<(Value, usize), Fault> {
    let axis = args.integer(caller, index)?.unwrap_or(default);
    let x = args.need(0);
    let axis = caller.numbers().shape(&x)?.axis(axis)?;
    Ok((x, axis))
}

/// As NumPy does it: without an axis the first argument becomes flat. Gives the lengths of its axes, if it had several.
fn flattened_without_axis(caller: &mut dyn Caller, args: &mut Args, index: usize) -> Result<Option<Vec<usize>>, Fault> {
    if args.is_given(index) {
        return Ok(None);
    }
    let x = args.need(0);
    let numbers = caller.numbers();
    let dims = numbers.dims(&x)?;
    let flat = if dims.len() > 1 { numbers.flattened(&x)? } else { x };
    args.put(0, flat);
    Ok((dims.len() > 1).then_some(dims))
}

fn gather(numbers: &mut Numbers, x: &Value, indices: Vec<usize>, axis: usize) -> Result<Value, Fault> {
    numbers.apply(&ops::GATHER, &[x], Attr::Gather { indices: indices.into(), axis })
}

/// Whole numbers that no derivative passes: integers, or a recorded value whose slope is 0.
fn positions(numbers: &mut Numbers, row: &'static Row, x: &Value, axis: usize) -> Result<Value, Fault> {
    let found = numbers.reduced(row, x, &[axis], false)?;
    match found {
        Value::Var(_) => Ok(found),
        constant => Ok(Value::tensor(numbers.to_tensor(&constant)?.with_dtype(DType::Int))),
    }
}

/// Each run along the axis by positions of its own: one gather of the flat elements. `order` has the shape of the
/// result, which differs from that of `x` along the axis only.
fn along_order(numbers: &mut Numbers, x: &Value, order: &Tensor, axis: usize) -> Result<Value, Fault> {
    let shape = numbers.shape(x)?;
    let (stride, length, own) = (shape.strides()[axis], shape.dims()[axis], order.shape().dims()[axis]);
    let flat = |(i, &at): (usize, &f64)| ((i / (stride * own)) * length + at as usize) * stride + i % stride;
    let indices = order.data().iter().enumerate().map(flat).collect();
    let all = numbers.flattened(x)?;
    let picked = gather(numbers, &all, indices, 0)?;
    numbers.reshaped(&picked, order.shape().dims())
}

fn sorted(numbers: &mut Numbers, x: &Value, axis: usize, falling: bool) -> Result<Value, Fault> {
    let mut key = numbers.constant(x);
    if falling {
        key = numbers.one(&ops::NEG, &key)?;
    }
    let order = positions(numbers, &ops::ARGSORT, &key, axis)?;
    let order = numbers.to_tensor(&order)?;
    along_order(numbers, x, &order, axis)
}

/// The largest elements along an axis, and the axis.
fn topk(caller: &mut dyn Caller, args: &mut Args) -> Result<(Value, usize), Fault> {
    let k = args.integer(caller, 1)?.unwrap_or(1);
    let (x, axis) = along(caller, args, 2, -1)?;
    let numbers = caller.numbers();
    let length = numbers.shape(&x)?.dims()[axis];
    if !(0..=length as i64).contains(&k) {
        return Err(Fault::new(format!("k must be from 0 to {length}")).argument(1));
    }
    let constant = numbers.constant(&x);
    let falling = numbers.one(&ops::NEG, &constant)?;
    let order = positions(numbers, &ops::ARGSORT, &falling, axis)?;
    let first = numbers.sliced(&order, axis, (0, 1, k as usize))?;
    let first = numbers.to_tensor(&first)?;
    Ok((along_order(numbers, &x, &first, axis)?, axis))
}

fn quantiles(caller: &mut dyn Caller, x: &Value, q: &Value, axis: Option<&Value>, keep: bool) -> Result<Value, Fault> {
    if caller.numbers().shape(q)?.is_scalar() {
        return quantile(caller, x, q, axis, keep);
    }
    let mut results = Vec::new();
    for share in super::elements(caller, q)? {
        results.push(quantiles(caller, x, &share, axis, keep)?);
    }
    caller.numbers().stack(results)
}

/// Between the two neighbours of place q (n - 1) in order, whose slopes share the one of the quantile.
fn quantile(caller: &mut dyn Caller, x: &Value, q: &Value, axis: Option<&Value>, keep: bool) -> Result<Value, Fault> {
    let axes = super::reductions::axes(caller, x, axis)?;
    let numbers = caller.numbers();
    let dims = numbers.dims(x)?;
    let kept: Vec<usize> = (0..dims.len()).filter(|axis| !axes.contains(axis)).collect();
    let outer: Vec<usize> = kept.iter().map(|&axis| dims[axis]).collect();
    let n: usize = axes.iter().map(|&axis| dims[axis]).product();
    if n == 0 {
        return Err(Fault::new("a quantile of nothing is not defined").argument(0));
    }
    let share = numbers.scalar(q).unwrap_or(f64::NAN);
    if !(0.0..=1.0).contains(&share) {
        let help = "quantile takes shares from 0 to 1, percentile from 0 to 100";
        return Err(Fault::new(format!("{share} is no share")).help(help).argument(1));
    }
    let turned = numbers.permuted(x, &[&kept[..], &axes].concat())?;
    let runs = numbers.reshaped(&turned, &[&outer[..], &[n]].concat())?;
    let ordered = sorted(numbers, &runs, kept.len(), false)?;
    let top = (n - 1) as f64;
    // at the very last place the piece before it tells the slope in q
    let low = ((share * top).floor() as usize).min(if matches!(q, Value::Var(_)) { n.max(2) - 2 } else { n - 1 });
    let place = numbers.mul(q, &Value::Real(top))?;
    let weight = numbers.sub(&place, &Value::Real(low as f64))?;
    let a = gather(numbers, &ordered, vec![low], kept.len())?;
    let part = if matches!(weight, Value::Real(0.0)) {
        // the next one does not count, be it infinite
        a
    } else {
        let b = gather(numbers, &ordered, vec![(low + 1).min(n - 1)], kept.len())?;
        let rest = numbers.sub(&Value::Real(1.0), &weight)?;
        let (a, b) = (numbers.mul(&a, &rest)?, numbers.mul(&b, &weight)?);
        numbers.add(&a, &b)?
    };
    let mut result = outer;
    if keep {
        result = dims.iter().enumerate().map(|(i, &dim)| if axes.contains(&i) { 1 } else { dim }).collect();
    }
    let found = numbers.reshaped(&part, &result)?;
    // NaN stands last in order, and one of them makes the quantile NaN
    let last = gather(numbers, &ordered, vec![n - 1], kept.len())?;
    let last = numbers.reshaped(&last, &result)?;
    let constant = numbers.constant(&last);
    let sound = numbers.two(&ops::EQUAL, &constant, &constant)?;
    if numbers.to_tensor(&sound)?.data().iter().all(|&x| x != 0.0) {
        return Ok(found);
    }
    numbers.select(&sound, &found, &Value::Real(f64::NAN))
}

fn extreme_index(caller: &mut dyn Caller, mut args: Args, row: &'static Row) -> Result<Value, Fault> {
    let axis = args.integer(caller, 1)?;
    let x = args.need(0);
    let numbers = caller.numbers();
    let (x, axis) = match axis {
        Some(axis) => {
            let axis = numbers.shape(&x)?.axis(axis)?;
            (x, axis)
        }
        None => (numbers.flattened(&x)?, 0),
    };
    if numbers.shape(&x)?.dims()[axis] == 0 {
        let message = "without elements there is no largest or smallest one";
        return Err(Fault::new(message).argument(0));
    }
    positions(numbers, row, &x, axis)
}

fn scan(caller: &mut dyn Caller, mut args: Args, row: &'static Row, neutral: f64) -> Result<Value, Fault> {
    let (exclusive, backwards) = (args.flag(2)?, args.flag(3)?);
    let (x, axis) = along(caller, &mut args, 1, 0)?;
    let numbers = caller.numbers();
    let length = numbers.dims(&x)?[axis];
    let turned = |numbers: &mut Numbers, x: Value| match backwards {
        true => gather(numbers, &x, (0..length).rev().collect(), axis),
        false => Ok(x),
    };
    let mut x = turned(numbers, x)?;
    if exclusive && length > 0 {
        let mut first = numbers.dims(&x)?;
        first[axis] = 1;
        let first = super::steps::filled(&first, neutral)?;
        let rest = numbers.sliced(&x, axis, (0, 1, length - 1))?;
        x = numbers.joined(&[&first, &rest], axis)?;
    }
    let scanned = scanned(numbers, x, axis, row)?;
    turned(numbers, scanned)
}

/// Partial results by doubling: after step d each element holds those of the 2d elements up to it. Every step is an
/// operation on whole slices, so derivatives of any order are those of the operation.
pub fn scanned(numbers: &mut Numbers, x: Value, axis: usize, row: &'static Row) -> Result<Value, Fault> {
    let shape = numbers.shape(&x)?;
    let length = shape.dims()[axis];
    let part = |start: usize, len: usize| {
        let mut specs: Vec<SliceSpec> = shape.dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
        specs[axis] = SliceSpec { start, step: 1, len, drop: false };
        Attr::Slice(specs.into())
    };
    let mut result = x;
    let mut step = 1;
    while step < length {
        let first = numbers.apply(&ops::SLICE, &[&result], part(0, step))?;
        let before = numbers.apply(&ops::SLICE, &[&result], part(0, length - step))?;
        let after = numbers.apply(&ops::SLICE, &[&result], part(step, length - step))?;
        let combined = numbers.apply(row, &[&before, &after], Attr::None)?;
        result = numbers.apply(&ops::CONCAT, &[&first, &combined], Attr::Axis(axis))?;
        step *= 2;
    }
    Ok(result)
}
