//! Functions that move elements about without changing them.

use super::args::integers;
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::tensor::Shape;
use crate::value::{Fault, Value};

const GROUP: &str = "shapes";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "reshape",
        aliases: &[],
        params: &["x", "shape"],
        doc: "The same elements in another shape; one length may be -1 and is found from the rest.",
        example: "reshape([1, 2, 3, 4], (2, 2))",
        group: GROUP,
        run: Run::Plain(reshape),
    },
    Builtin {
        name: "flatten",
        aliases: &["ravel"],
        params: &["x"],
        doc: "All elements as one vector, row by row.",
        example: "flatten([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let size = caller.numbers().shape(&x)?.size();
            to_shape(caller, &x, Shape::new([size]))
        }),
    },
    Builtin {
        name: "transpose",
        aliases: &["ᵀ", "permute", "permute_dims"],
        params: &["x", "axes?"],
        doc: "Axes in reverse order, or in the order of `axes`.",
        example: "transpose([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(transpose),
    },
    Builtin {
        name: "concat",
        aliases: &["concatenate", "cat"],
        params: &["xs*", "axis?"],
        doc: "Tensors joined along an axis (the first by default): `concat([a, b])` or `concat(a, b)`. Joins texts and \
              lists too.",
        example: "concat([1, 2], [3])",
        group: GROUP,
        run: Run::Plain(concat),
    },
    Builtin {
        name: "stack",
        aliases: &[],
        params: &["xs*", "axis?"],
        doc: "Tensors of one shape side by side along a new axis (the first by default).",
        example: "stack([1, 2], [3, 4])",
        group: GROUP,
        run: Run::Plain(stack),
    },
    Builtin {
        name: "append",
        aliases: &[],
        params: &["v", "e"],
        doc: "A tensor or list with one more element at its end, a matrix with one more row; of two vectors one after the \
              other.",
        example: "append([1, 2], 3)",
        group: GROUP,
        run: Run::Plain(append),
    },
    Builtin {
        name: "broadcast_to",
        aliases: &["broadcast"],
        params: &["x", "shape"],
        doc: ops::BROADCAST_TO.doc,
        example: "broadcast_to([1, 2], (2, 2))",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let dims = args.integers(caller, 1)?.unwrap_or_default();
            let x = args.need(0);
            let shape = super::args::shape_from(&dims)?;
            caller.numbers().apply(&ops::BROADCAST_TO, &[&x], Attr::Shape(shape))
        }),
    },
];

fn to_shape(caller: &mut dyn Caller, x: &Value, shape: Shape) -> Result<Value, Fault> {
    caller.numbers().apply(&ops::RESHAPE, &[x], Attr::Shape(shape))
}

fn reshape(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = args.need(0);
    let shape = args.need(1);
    let dims = integers(caller, &shape)
        .ok_or_else(|| Fault::new("a shape is made of whole numbers").help("reshape(x, (2, 3))").argument(1))?;
    let size = caller.numbers().shape(&x)?.size();
    let known: i64 = dims.iter().filter(|&&dim| dim != -1).product();
    let open = dims.iter().filter(|&&dim| dim == -1).count();
    if open > 1 {
        return Err(Fault::new("only one length of a shape may be -1").argument(1));
    }
    let found = if known > 0 { size as i64 / known } else { 0 };
    let dims: Vec<i64> = dims.iter().map(|&dim| if dim == -1 { found } else { dim }).collect();
    to_shape(caller, &x, super::args::shape_from(&dims)?)
}

fn transpose(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = args.need(0);
    let shape = caller.numbers().shape(&x)?;
    let axes: Vec<usize> = match args.integers(caller, 1)? {
        None => (0..shape.rank()).rev().collect(),
        Some(axes) => axes.iter().map(|&axis| shape.axis(axis)).collect::<Result<_, _>>()?,
    };
    let mut seen = axes.clone();
    seen.sort_unstable();
    if !seen.iter().copied().eq(0..shape.rank()) {
        return Err(Fault::new(format!("axes must name each of the {} axes once", shape.rank())).argument(1));
    }
    if shape.rank() < 2 {
        return Ok(x);
    }
    caller.numbers().apply(&ops::TRANSPOSE, &[&x], Attr::Permutation(axes.into()))
}

/// The pieces of `concat(a, b)` and of `concat([a, b])` alike.
fn pieces(caller: &mut dyn Caller, args: &mut Args) -> Result<Vec<Value>, Fault> {
    let values = args.many(0);
    match &values[..] {
        [Value::List(items)] => Ok(items.to_vec()),
        [one] => elements(caller, one),
        _ => Ok(values),
    }
}

/// The elements of a value along its first axis.
pub fn elements(caller: &mut dyn Caller, value: &Value) -> Result<Vec<Value>, Fault> {
    match value {
        Value::List(items) => Ok(items.to_vec()),
        Value::Range(start, end) => Ok((*start..*end).map(Value::Int).collect()),
        _ => {
            let shape = caller.numbers().shape(value)?;
            let Some(&length) = shape.dims().first() else {
                return Err(Fault::new("a number has no elements").help("write [x] for a tensor of one element"));
            };
            (0..length).map(|i| element(caller.numbers(), value, i)).collect()
        }
    }
}

/// The `i`-th element along the first axis.
pub fn element(numbers: &mut crate::value::Numbers, value: &Value, i: usize) -> Result<Value, Fault> {
    let spec = crate::tape::SliceSpec { start: i, step: 1, len: 1, drop: true };
    numbers.apply(&ops::SLICE, &[value], Attr::Slice([spec].as_slice().into()))
}

fn concat(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let pieces = pieces(caller, &mut args)?;
    let axis = args.integer(caller, 1)?.unwrap_or(0);
    if pieces.iter().all(|piece| matches!(piece, Value::Text(_))) && !pieces.is_empty() {
        let texts = pieces.iter().map(|piece| if let Value::Text(text) = piece { &**text } else { "" });
        return Ok(Value::text(texts.collect::<String>()));
    }
    if pieces.iter().any(|piece| matches!(piece, Value::List(_))) {
        let mut items = Vec::new();
        for piece in &pieces {
            items.extend(elements(caller, piece)?);
        }
        return Ok(Value::list(items));
    }
    let mut tensors = Vec::new();
    for piece in &pieces {
        let shape = caller.numbers().shape(piece)?;
        let scalar = shape.is_scalar();
        tensors.push(if scalar { to_shape(caller, piece, Shape::new([1]))? } else { piece.clone() });
    }
    let Some(first) = tensors.first() else { return Err(Fault::new("concat needs at least one tensor")) };
    let axis = caller.numbers().shape(first)?.axis(axis)?;
    caller.numbers().apply(&ops::CONCAT, &tensors.iter().collect::<Vec<_>>(), Attr::Axis(axis))
}

fn stack(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let pieces = pieces(caller, &mut args)?;
    let axis = args.integer(caller, 1)?.unwrap_or(0);
    if pieces.is_empty() {
        return Err(Fault::new("stack needs at least one tensor").argument(0));
    }
    let refs: Vec<&Value> = pieces.iter().collect();
    let stacked = caller.numbers().apply(&ops::STACK, &refs, Attr::Axis(0))?;
    let shape = caller.numbers().shape(&stacked)?;
    let axis = shape.axis(axis)?;
    if axis == 0 {
        return Ok(stacked);
    }
    let mut order: Vec<usize> = (1..shape.rank()).collect();
    order.insert(axis, 0);
    caller.numbers().apply(&ops::TRANSPOSE, &[&stacked], Attr::Permutation(order.into()))
}

fn append(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (all, one) = (args.need(0), args.need(1));
    if let Value::List(items) = &all {
        let mut items = items.to_vec();
        items.push(one);
        return caller.numbers().stack(items);
    }
    let (shape, own) = (caller.numbers().shape(&all)?, caller.numbers().shape(&one)?);
    // what is collected from nothing is a list of what was appended, tensors too: `all = append(all, v)`
    if shape.rank() > 0 && shape.size() == 0 {
        return caller.numbers().stack(vec![one]);
    }
    if shape.rank() == own.rank() + 1 && shape.dims()[1..] == *own.dims() {
        let mut dims = vec![1];
        dims.extend(own.dims());
        let row = to_shape(caller, &one, Shape::new(dims))?;
        return caller.numbers().apply(&ops::CONCAT, &[&all, &row], Attr::Axis(0));
    }
    if shape.rank() == 1 && own.rank() == 1 {
        return caller.numbers().apply(&ops::CONCAT, &[&all, &one], Attr::Axis(0));
    }
    if shape.rank() > 0 && shape.rank() == own.rank() {
        return Err(Fault::new(format!("append adds one element, not a tensor of shape {own}"))
            .help("concat(A, B, axis = 0) joins them")
            .argument(1));
    }
    let mut items = elements(caller, &all)?;
    items.push(one);
    caller.numbers().stack(items)
}
