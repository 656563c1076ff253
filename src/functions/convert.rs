//! What a value is, and the same value as another kind.

use std::rc::Rc;

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, STOP};
use crate::tensor::{DType, Tensor};
use crate::value::{Fault, Value};

const GROUP: &str = "values";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "stop_gradient",
        aliases: &["detach"],
        params: &["x"],
        doc: STOP.doc,
        example: "x = 3; y = x stop_gradient(x); grad(y, x)",
        group: "derivatives",
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            caller.numbers().apply(&STOP, &[&x], Attr::None)
        }),
    },
    Builtin {
        name: "int",
        aliases: &["integer"],
        params: &["x"],
        doc: "The whole part as an integer. Integers are not differentiated.",
        example: "int(2.7)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let tensor = caller.numbers().to_tensor(&x)?;
            if let Value::Var(id) = x
                && caller.numbers().tape.is_connected(id)
                && caller.numbers().made_integer.last() != Some(&id)
            {
                caller.numbers().made_integer.push(id);
            }
            if tensor.data().iter().any(|x| x.is_nan() || x.abs() >= i64::MAX as f64) {
                return Err(Fault::new("only finite numbers below 9e18 have an integer").argument(0));
            }
            let whole: Vec<f64> = tensor.data().iter().map(|x| x.trunc()).collect();
            Ok(Value::tensor(Tensor::new(tensor.shape().clone(), whole).with_dtype(DType::Int)))
        }),
    },
    Builtin {
        name: "float",
        aliases: &["real"],
        params: &["x"],
        doc: "The same number as a real, which can be differentiated; true is 1 and false is 0.",
        example: "float(int(2))",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            match caller.numbers().dtype(&x) {
                Some(DType::Real) => Ok(x),
                _ if matches!(x, Value::Var(_)) => caller.numbers().apply(&ops::IDENTITY, &[&x], Attr::None),
                _ => Ok(Value::tensor(caller.numbers().to_tensor(&x)?.with_dtype(DType::Real))),
            }
        }),
    },
    Builtin {
        name: "shape",
        aliases: &[],
        params: &["x"],
        doc: "Lengths of the axes, as integers; none for a number.",
        example: "shape([[1, 2, 3], [4, 5, 6]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let shape = caller.numbers().shape(&x)?;
            let dims: Vec<f64> = shape.dims().iter().map(|&dim| dim as f64).collect();
            Ok(Value::Tensor(Rc::new(Tensor::vector(dims).with_dtype(DType::Int))))
        }),
    },
    Builtin {
        name: "rank",
        aliases: &["ndim"],
        params: &["x"],
        doc: "How many axes a tensor has; 0 for a number.",
        example: "rank([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            Ok(Value::Int(caller.numbers().shape(&x)?.rank() as i64))
        }),
    },
    Builtin {
        name: "size",
        aliases: &["numel"],
        params: &["x"],
        doc: "How many elements a tensor or list has; 1 for a number.",
        example: "size([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| match args.need(0) {
            Value::List(items) => Ok(Value::Int(items.len() as i64)),
            Value::Text(text) => Ok(Value::Int(text.chars().count() as i64)),
            x => Ok(Value::Int(caller.numbers().shape(&x)?.size() as i64)),
        }),
    },
    Builtin {
        name: "len",
        aliases: &["length"],
        params: &["x"],
        doc: "How many elements a tensor has along its first axis, a list or a text in all.",
        example: "len([[1, 2, 3], [4, 5, 6]])",
        group: GROUP,
        run: Run::Plain(len),
    },
];

fn len(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let length = match args.need(0) {
        Value::List(items) => items.len(),
        Value::Text(text) => text.chars().count(),
        Value::Record(fields) => fields.len(),
        x => match caller.numbers().shape(&x)?.dims().first() {
            Some(&length) => length,
            None => return Err(Fault::new("a number has no length").help("size(x) is 1").argument(0)),
        },
    };
    Ok(Value::Int(length as i64))
}

/// `n!`: an integer as long as it fits, else a real.
pub fn factorial(caller: &mut dyn Caller, n: &Value) -> Result<Value, Fault> {
    match n {
        Value::Int(n @ 0..=20) => Ok(Value::Int((1..=*n).product())),
        n => caller.numbers().apply(&ops::FACTORIAL, &[n], Attr::None),
    }
}
