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

/// `start + (stop - start) t`, so that both ends may be variables.
fn linspace(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (start, stop) = (args.need(0), args.need(1));
    let count = args.integer(caller, 2)?.unwrap_or(50);
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
