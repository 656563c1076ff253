//! Functions that put elements in order, pick some of them, or accumulate along an axis.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, Row, SliceSpec};
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "ordering";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "sort",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Elements in ascending order along `axis` (the last by default); equal ones keep their order.",
        example: "sort([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axis) = along(caller, &mut args, 1, -1)?;
            sorted(caller.numbers(), &x, axis)
        }),
    },
    Builtin {
        name: "argsort",
        aliases: &[],
        params: &["x"],
        doc: "Indices that sort a vector.",
        example: "argsort([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let tensor = vector(caller, &x)?;
            Ok(integers(order(tensor.data()).iter().map(|&i| i as f64).collect()))
        }),
    },
    Builtin {
        name: "argmax",
        aliases: &[],
        params: &["x"],
        doc: "Index of the largest element of a vector, the first of equal ones; slope 0.",
        example: "argmax([1, 3, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| extreme_index(caller, args, |a, b| a > b)),
    },
    Builtin {
        name: "argmin",
        aliases: &[],
        params: &["x"],
        doc: "Index of the smallest element of a vector, the first of equal ones; slope 0.",
        example: "argmin([3, 1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| extreme_index(caller, args, |a, b| a < b)),
    },
    Builtin {
        name: "median",
        aliases: &[],
        params: &["x"],
        doc: "Middle element in order; of an even number the mean of the middle two.",
        example: "median([3, 1, 2, 10])",
        group: GROUP,
        run: Run::Plain(median),
    },
    Builtin {
        name: "topk",
        aliases: &["top_k"],
        params: &["x", "k"],
        doc: "The k largest elements of a vector, largest first.",
        example: "topk([3, 1, 2], 2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let k = args.integer(caller, 1)?.unwrap_or(1);
            let x = args.need(0);
            let tensor = vector(caller, &x)?;
            let mut largest = order(&tensor.data().iter().map(|x| -x).collect::<Vec<_>>());
            if !(0..=largest.len() as i64).contains(&k) {
                return Err(Fault::new(format!("k must be from 0 to {}", largest.len())).argument(1));
            }
            largest.truncate(k as usize);
            gather(caller.numbers(), &x, largest, 0)
        }),
    },
    Builtin {
        name: "reverse",
        aliases: &["flip"],
        params: &["x", "axis?"],
        doc: "Elements in the other direction along `axis` (the first by default).",
        example: "reverse([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axis) = along(caller, &mut args, 1, 0)?;
            let numbers = caller.numbers();
            let length = numbers.shape(&x)?.dims()[axis];
            gather(numbers, &x, (0..length).rev().collect(), axis)
        }),
    },
    Builtin {
        name: "roll",
        aliases: &[],
        params: &["x", "shift", "axis?"],
        doc: "Elements moved by `shift` places along `axis` (the first by default); those pushed out come in again.",
        example: "roll([1, 2, 3], 1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let shift = args.integer(caller, 1)?.unwrap_or(0);
            let (x, axis) = along(caller, &mut args, 2, 0)?;
            let numbers = caller.numbers();
            let length = numbers.shape(&x)?.dims()[axis] as i64;
            let from = |i: i64| (i - shift).rem_euclid(length.max(1)) as usize;
            gather(numbers, &x, (0..length).map(from).collect(), axis)
        }),
    },
    Builtin {
        name: "gather",
        aliases: &["take"],
        params: &["x", "indices", "axis?"],
        doc: "Elements (or rows) by index along `axis` (the first by default), each as often as it is named.",
        example: "gather([10, 20, 30], [2, 0, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let named = args.integers(caller, 1)?.unwrap_or_default();
            let (x, axis) = along(caller, &mut args, 2, 0)?;
            let length = caller.numbers().shape(&x)?.dims()[axis] as i64;
            let mut indices = Vec::with_capacity(named.len());
            for index in named {
                let position = if index < 0 { index + length } else { index };
                if !(0..length).contains(&position) {
                    return Err(
                        Fault::new(format!("index {index} is outside axis {axis} of length {length}")).argument(1)
                    );
                }
                indices.push(position as usize);
            }
            gather(caller.numbers(), &x, indices, axis)
        }),
    },
    Builtin {
        name: "cumsum",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Sums of the elements up to each, along `axis` (the first by default).",
        example: "cumsum([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| scan(caller, args, &ops::ADD)),
    },
    Builtin {
        name: "cumprod",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Products of the elements up to each, along `axis` (the first by default); right where elements are 0.",
        example: "cumprod([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| scan(caller, args, &ops::MUL)),
    },
    Builtin {
        name: "cummax",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Largest of the elements up to each, along `axis` (the first by default).",
        example: "cummax([1, 3, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| scan(caller, args, &ops::MAXIMUM)),
    },
];

fn along(caller: &mut dyn Caller, args: &mut Args, index: usize, default: i64) -> Result<(Value, usize), Fault> {
    let axis = args.integer(caller, index)?.unwrap_or(default);
    let x = args.need(0);
    let axis = caller.numbers().shape(&x)?.axis(axis)?;
    Ok((x, axis))
}

fn vector(caller: &mut dyn Caller, x: &Value) -> Result<Tensor, Fault> {
    let tensor = caller.numbers().to_tensor(x)?;
    match tensor.shape().rank() {
        1 => Ok(tensor),
        _ => Err(Fault::new(format!("a vector is needed, not shape {}", tensor.shape())).argument(0)),
    }
}

fn integers(values: Vec<f64>) -> Value {
    Value::tensor(Tensor::vector(values).with_dtype(DType::Int))
}

/// Indices in ascending order of the elements, NaN last, equal ones as they come.
fn order(values: &[f64]) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..values.len()).collect();
    indices.sort_by(|&a, &b| {
        let (a, b) = (values[a], values[b]);
        a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
    });
    indices
}

fn gather(numbers: &mut Numbers, x: &Value, indices: Vec<usize>, axis: usize) -> Result<Value, Fault> {
    numbers.apply(&ops::GATHER, &[x], Attr::Gather { indices: indices.into(), axis })
}

/// Each run along the axis is put in its own order: one gather of the flat elements.
fn sorted(numbers: &mut Numbers, x: &Value, axis: usize) -> Result<Value, Fault> {
    let tensor = numbers.to_tensor(x)?;
    let shape = tensor.shape().clone();
    let stride = shape.strides()[axis];
    let length = shape.dims()[axis];
    let mut indices: Vec<usize> = (0..shape.size()).collect();
    for start in (0..shape.size()).filter(|i| (i / stride) % length.max(1) == 0) {
        let run: Vec<f64> = (0..length).map(|i| tensor.data()[start + i * stride]).collect();
        for (i, from) in order(&run).into_iter().enumerate() {
            indices[start + i * stride] = start + from * stride;
        }
    }
    let flat = numbers.apply(&ops::RESHAPE, &[x], Attr::Shape(Shape::new([shape.size()])))?;
    let picked = gather(numbers, &flat, indices, 0)?;
    numbers.apply(&ops::RESHAPE, &[&picked], Attr::Shape(shape))
}

fn median(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = args.need(0);
    let numbers = caller.numbers();
    let size = numbers.shape(&x)?.size();
    if size == 0 {
        return Err(Fault::new("the median of nothing is not defined").argument(0));
    }
    let flat = numbers.apply(&ops::RESHAPE, &[&x], Attr::Shape(Shape::new([size])))?;
    let order = order(numbers.to_tensor(&flat)?.data());
    let middle = gather(numbers, &flat, vec![order[(size - 1) / 2], order[size / 2]], 0)?;
    let total = numbers.apply(&ops::SUM, &[&middle], Attr::Axes { axes: [0].as_slice().into(), keep: false })?;
    numbers.apply(&ops::MUL, &[&total, &Value::Real(0.5)], Attr::None)
}

fn extreme_index(caller: &mut dyn Caller, mut args: Args, better: fn(f64, f64) -> bool) -> Result<Value, Fault> {
    let x = args.need(0);
    let tensor = vector(caller, &x)?;
    let data = tensor.data();
    if data.is_empty() {
        return Err(Fault::new("a vector without elements has no largest or smallest one").argument(0));
    }
    let best = (1..data.len()).fold(0, |best, i| if better(data[i], data[best]) { i } else { best });
    Ok(Value::Int(best as i64))
}

/// Partial results by doubling: after step d each element holds those of the 2d elements up to it. Every step is an
/// operation on whole slices, so derivatives of any order are those of the operation.
fn scan(caller: &mut dyn Caller, mut args: Args, row: &'static Row) -> Result<Value, Fault> {
    let (x, axis) = along(caller, &mut args, 1, 0)?;
    let numbers = caller.numbers();
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
