//! Tensors from nothing but numbers.

use super::args::{integers, shape_from};
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::tensor::{Shape, Tensor};
use crate::value::{Fault, Value};

const GROUP: &str = "creation";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "fill",
        aliases: &["full"],
        params: &["shape", "value"],
        doc: "A tensor of a shape with the same value everywhere.",
        example: "fill((2, 3), 3.0)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let dims = args.integers(caller, 0)?.unwrap_or_default();
            let shape = shape_from(&dims)?;
            let value = args.need(1);
            caller.numbers().apply(&ops::BROADCAST_TO, &[&value], Attr::Shape(shape))
        }),
    },
    Builtin {
        name: "zeros",
        aliases: &[],
        params: &["dims*"],
        doc: "A tensor of zeros: `zeros(3)`, `zeros((2, 3))`, `zeros(2, 3)`.",
        example: "zeros(2, 3)",
        group: GROUP,
        run: Run::Plain(|caller, args| constant(caller, args, 0.0)),
    },
    Builtin {
        name: "ones",
        aliases: &[],
        params: &["dims*"],
        doc: "A tensor of ones: `ones(3)`, `ones((2, 3))`, `ones(2, 3)`.",
        example: "ones(3)",
        group: GROUP,
        run: Run::Plain(|caller, args| constant(caller, args, 1.0)),
    },
    Builtin {
        name: "zeros_like",
        aliases: &[],
        params: &["x"],
        doc: "Zeros in the shape of `x`.",
        example: "zeros_like([1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| constant_like(caller, args, 0.0)),
    },
    Builtin {
        name: "ones_like",
        aliases: &[],
        params: &["x"],
        doc: "Ones in the shape of `x`.",
        example: "ones_like([1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| constant_like(caller, args, 1.0)),
    },
    Builtin {
        name: "full_like",
        aliases: &["fill_like"],
        params: &["x", "value"],
        doc: "The same value everywhere, in the shape of `x`.",
        example: "full_like([1, 2], 3)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, value) = (args.need(0), args.need(1));
            let shape = caller.numbers().shape(&x)?;
            caller.numbers().apply(&ops::BROADCAST_TO, &[&value], Attr::Shape(shape))
        }),
    },
    Builtin {
        name: "vander",
        aliases: &["vandermonde"],
        params: &["x", "n?", "increasing?"],
        doc: "Matrix with the powers of the elements of a vector in its rows, the highest first, `n` of them (by \
              default as many as elements).",
        example: "vander([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(vander),
    },
    Builtin {
        name: "eye",
        aliases: &["identity_matrix"],
        params: &["n", "m?"],
        doc: "A matrix of n rows (and m columns) with ones on the diagonal.",
        example: "eye(2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let n = args.integer(caller, 0)?.unwrap_or(0);
            let m = args.integer(caller, 1)?.unwrap_or(n);
            let shape = shape_from(&[n, m])?;
            let mut elements = vec![0.0; shape.size()];
            for i in 0..n.min(m) {
                elements[(i * m + i) as usize] = 1.0;
            }
            Ok(Value::tensor(Tensor::new(shape, elements)))
        }),
    },
    Builtin {
        name: "linspace",
        aliases: &[],
        params: &["start", "stop", "count?"],
        doc: "Evenly spaced numbers from start to stop, both included; 50 by default.",
        example: "linspace(0, 1, 5)",
        group: GROUP,
        run: Run::Plain(linspace),
    },
    Builtin {
        name: "logspace",
        aliases: &[],
        params: &["start", "stop", "count?", "base?"],
        doc: "Powers of `base` (10) with evenly spaced exponents from start to stop, both included; 50 by default.",
        example: "logspace(0, 3, 4)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let base = args.take(3).unwrap_or(Value::Real(10.0));
            let exponents = linspace(caller, args)?;
            caller.numbers().two(&ops::POW, &base, &exponents)
        }),
    },
    Builtin {
        name: "geomspace",
        aliases: &[],
        params: &["start", "stop", "count?"],
        doc: "Numbers from start to stop, both included, each the same multiple of the one before; 50 by default.",
        example: "geomspace(1, 1000, 4)",
        group: GROUP,
        run: Run::Plain(geomspace),
    },
    Builtin {
        name: "toeplitz",
        aliases: &[],
        params: &["column", "row?"],
        doc: "Matrix with the same element all along each diagonal: those of its first column, and of its first row (the \
              column by default), whose first element does not count.",
        example: "toeplitz([1, 2, 3], [1, 8, 9])",
        group: GROUP,
        run: Run::Plain(toeplitz),
    },
    Builtin {
        name: "arange",
        aliases: &["range"],
        params: &["start", "stop?", "step?"],
        doc: "Numbers from start (0 by default) to before stop in steps (1 by default).",
        example: "arange(0, 1, 0.25)",
        group: GROUP,
        run: Run::Plain(arange),
    },
];

fn constant(caller: &mut dyn Caller, mut args: Args, value: f64) -> Result<Value, Fault> {
    let values = args.many(0);
    let mut dims = Vec::new();
    for (i, value) in values.iter().enumerate() {
        let more = integers(caller, value)
            .ok_or_else(|| Fault::new("a shape is made of whole numbers").help("zeros(2, 3)").argument(i))?;
        dims.extend(more);
    }
    let shape = shape_from(&dims)?;
    let size = shape.size();
    Ok(Value::tensor(Tensor::new(shape, vec![value; size])))
}

fn constant_like(caller: &mut dyn Caller, mut args: Args, value: f64) -> Result<Value, Fault> {
    let x = args.need(0);
    let shape = caller.numbers().shape(&x)?;
    super::steps::filled(shape.dims(), value)
}

fn vander(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let given = args.integer(caller, 1)?;
    let rising = args.flag(2)?;
    let x = args.need(0);
    let numbers = caller.numbers();
    let shape = numbers.shape(&x)?;
    let [length] = *shape.dims() else {
        return Err(Fault::new(format!("a vector is needed, not shape {shape}")).argument(0));
    };
    let count = shape_from(&[given.unwrap_or(length as i64)])?.size();
    super::steps::check_count(&[length, count])?;
    let powers = (0..count).map(|i| if rising { i } else { count - 1 - i } as f64).collect();
    let column = numbers.reshaped(&x, &[length, 1])?;
    numbers.two(&ops::POW, &column, &super::steps::tensor(&[count], powers))
}

fn linspace(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (start, stop) = (args.need(0), args.need(1));
    let count = args.integer(caller, 2)?.unwrap_or(50);
    spaced(caller, start, stop, count)
}

/// `start + (stop - start) t`, so that both ends may be variables.
fn spaced(caller: &mut dyn Caller, start: Value, stop: Value, count: i64) -> Result<Value, Fault> {
    let shape = shape_from(&[count])?;
    let last = (count - 1).max(1) as f64;
    let numbers = caller.numbers();
    if let (Value::Real(a), Value::Real(b)) = (&start, &stop) {
        // the end exactly as given
        let at = |i: usize| if i as f64 == last { *b } else { a + (b - a) * (i as f64 / last) };
        return Ok(Value::tensor(Tensor::new(shape.clone(), (0..shape.size()).map(at).collect::<Vec<_>>())));
    }
    let t = Value::tensor(Tensor::new(shape.clone(), (0..shape.size()).map(|i| i as f64 / last).collect::<Vec<_>>()));
    let width = numbers.apply(&ops::SUB, &[&stop, &start], Attr::None)?;
    let steps = numbers.apply(&ops::MUL, &[&width, &t], Attr::None)?;
    numbers.apply(&ops::ADD, &[&start, &steps], Attr::None)
}

/// Powers of 10 with evenly spaced exponents, because the powers that people ask for are then whole.
fn geomspace(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (start, stop) = (args.need(0), args.need(1));
    let count = args.integer(caller, 2)?.unwrap_or(50);
    let numbers = caller.numbers();
    let (Some(from), Some(to)) = (numbers.scalar(&start), numbers.scalar(&stop)) else {
        let at = numbers.scalar(&start).is_some() as usize;
        return Err(args.fault(at, "must be a number".to_string()));
    };
    // signs, because a product may be 0
    if from == 0.0 || to == 0.0 || from.signum() != to.signum() || !(from.is_finite() && to.is_finite()) {
        let message = format!("geomspace needs two finite numbers of the same sign, not {from} and {to}");
        return Err(Fault::new(message).help("linspace(a, b, n) takes 0 and both signs"));
    }
    let mut exponent = |end: &Value| {
        let size = numbers.one(&ops::ABS, end)?;
        numbers.one(&ops::LOG10, &size)
    };
    let (low, high) = (exponent(&start)?, exponent(&stop)?);
    let exponents = spaced(caller, low, high, count)?;
    let sizes = caller.numbers().one(&ops::EXP10, &exponents)?;
    let found = if from < 0.0 { caller.numbers().one(&ops::NEG, &sizes)? } else { sizes };
    if count < 2 || matches!(found, Value::Var(_)) {
        return Ok(found);
    }
    // the ends exactly as given
    let tensor = caller.numbers().to_tensor(&found)?;
    let inner = &tensor.data()[1..tensor.size() - 1];
    Ok(Value::tensor(Tensor::vector([&[from], inner, &[to]].concat())))
}

fn toeplitz(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let column = args.need(0);
    let row = args.take(1).unwrap_or_else(|| column.clone());
    let numbers = caller.numbers();
    let (rows, columns) = match (&numbers.dims(&column)?[..], &numbers.dims(&row)?[..]) {
        (&[rows], &[columns]) if rows > 0 && columns > 0 => (rows, columns),
        _ => {
            let (column, row) = (numbers.shape(&column)?, numbers.shape(&row)?);
            return Err(Fault::new(format!("toeplitz needs vectors with elements, not shapes {column} and {row}")));
        }
    };
    super::steps::check_count(&[rows, columns])?;
    // the column from the bottom to the top, then the row: one diagonal after the other
    let above = numbers.sliced(&row, 0, (1.min(columns - 1), 1, columns - 1))?;
    let upwards = numbers.picked(&column, (0..rows).rev().collect(), 0)?;
    let diagonals = numbers.joined(&[&upwards, &above], 0)?;
    let places = (0..rows * columns).map(|at| rows - 1 + at % columns - at / columns).collect();
    let elements = numbers.picked(&diagonals, places, 0)?;
    numbers.reshaped(&elements, &[rows, columns])
}

fn arange(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let first = args.number(caller, 0)?.unwrap_or(0.0);
    let (start, stop) = match args.number(caller, 1)? {
        Some(stop) => (first, stop),
        None => (0.0, first),
    };
    let step = args.number(caller, 2)?.unwrap_or(1.0);
    if step == 0.0 || !(start.is_finite() && stop.is_finite() && step.is_finite()) {
        return Err(Fault::new("arange needs finite ends and a step that is not 0").help("arange(0, 1, 0.25)"));
    }
    let count = ((stop - start) / step).ceil().max(0.0);
    let shape = Shape::new([count as usize]).check_size()?;
    let elements: Vec<f64> = (0..shape.size()).map(|i| start + step * i as f64).collect();
    Ok(Value::tensor(Tensor::new(shape, elements)))
}
