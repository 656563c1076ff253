//! Derivatives times vectors: forward, reverse and second order; losses and activations with options.

use std::rc::Rc;

use super::{Args, Builtin, Caller, Run};
use crate::ops::{self, LINEAR};
use crate::tape::{Attr, Cotangent, NodeId, Seed, SliceSpec, gradient};
use crate::tensor::Tensor;
use crate::value::{Derived, Fault, Function, Operator, Value};

const GROUP: &str = "derivatives";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "jvp",
        aliases: &[],
        params: &["f", "x", "v"],
        doc: "Jacobian times vector: how `f` changes when `x` moves along `v`.",
        example: "jvp(x -> [x[0] x[1], sin(x[0])], [2, 3], [1, 0])",
        group: GROUP,
        run: Run::Plain(jvp),
    },
    Builtin {
        name: "vjp",
        aliases: &[],
        params: &["f", "x", "u"],
        doc: "Vector times Jacobian: the gradient of `sum(u f(x))`.",
        example: "vjp(x -> [x[0] x[1], sin(x[0])], [2, 3], [1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (_, source, target) = evaluated(caller, &mut args)?;
            let seed = seed(caller, args.need(2), target)?;
            first(caller, target, Seed::Values(&seed), source)
        }),
    },
    Builtin {
        name: "hvp",
        aliases: &[],
        params: &["f", "x", "v"],
        doc: "Hessian times vector, without the Hessian.",
        example: "hvp(x -> sum(x^3), [1, 2], [1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (_, source, target) = evaluated(caller, &mut args)?;
            let slope = recorded(caller, target, Seed::Ones, source)?;
            let seed = seed(caller, args.need(2), source)?;
            first(caller, slope, Seed::Values(&seed), source)
        }),
    },
    Builtin {
        name: "directional",
        aliases: &[],
        params: &["f", "x", "v"],
        doc: "Derivative of `f` at `x` along the vector `v`, which is taken as it is, not as a unit vector.",
        example: "directional(x -> sum(x^2), [1, 2], [1, 1])",
        group: GROUP,
        run: Run::Plain(jvp),
    },
    Builtin {
        name: "nth",
        aliases: &[],
        params: &["f", "n"],
        doc: "The n-th derivative of a function of one variable, as a function.",
        example: "nth(sin, 3)(0)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let order = args.integer(caller, 1)?.unwrap_or(1);
            let function = args.need(0);
            match order {
                0 => Ok(function),
                1..=100 => Ok(Value::function(Function::Derived(Derived {
                    operator: Operator::Derivative(order as u32),
                    of: function,
                }))),
                _ => Err(Fault::new("the order must be a whole number from 0 to 100").argument(1)),
            }
        }),
    },
    Builtin {
        name: "leaky_relu",
        aliases: &[],
        params: &["x", "slope?"],
        doc: "`x` above 0, `slope x` elsewhere; the slope is 0.2 by default.",
        example: "leaky_relu(-2)",
        group: "elementwise",
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let slope = args.take(1).unwrap_or(Value::Real(0.2));
            caller.numbers().apply(&ops::LEAKY_RELU, &[&x, &slope], Attr::None)
        }),
    },
];

/// `f(x)` with x as a source: the point, its node, the node of the value.
fn evaluated(caller: &mut dyn Caller, args: &mut Args) -> Result<(Value, NodeId, NodeId), Fault> {
    let (function, x) = (args.need(0), args.need(1));
    if !function.is_function() {
        return Err(Fault::new("a function is needed").help("x -> x^2, or the name of one").argument(0));
    }
    let source = caller.numbers().source(&x)?;
    let values = spread(caller, &function, source)?;
    let value = caller.call(&function, values)?;
    match value {
        Value::Var(target) => Ok((x, source, target)),
        // a value that does not depend on x still has a derivative: 0
        other => {
            let zero = caller.numbers().apply(&ops::MUL, &[&Value::Var(source), &Value::Real(0.0)], Attr::None)?;
            let axes: Vec<usize> = (0..caller.numbers().tape.shape(source).rank()).collect();
            let none = caller.numbers().apply(&ops::SUM, &[&zero], Attr::Axes { axes: axes.into(), keep: false })?;
            match caller.numbers().apply(&ops::ADD, &[&other, &none], Attr::None)? {
                Value::Var(target) => Ok((x, source, target)),
                _ => Err(Fault::new("derivatives are taken outside of no_grad")),
            }
        }
    }
}

/// What a function is called with at a point: the point; its elements, for a function of several numbers.
fn spread(caller: &mut dyn Caller, function: &Value, source: NodeId) -> Result<Vec<Value>, Fault> {
    let shape = caller.numbers().tape.shape(source).clone();
    let params = match function {
        Value::Function(function) => match &**function {
            Function::User(function) => function.lambda.params.iter().filter(|param| param.default.is_none()).count(),
            Function::Row(row) => row.params.len(),
            _ => 1,
        },
        _ => 1,
    };
    if params < 2 || shape.dims().first() != Some(&params) {
        return Ok(vec![Value::Var(source)]);
    }
    let element = |start| {
        let mut specs: Vec<SliceSpec> = shape.dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
        specs[0] = SliceSpec { start, step: 1, len: 1, drop: true };
        Attr::Slice(specs.into())
    };
    let numbers = caller.numbers();
    (0..params).map(|at| numbers.apply(&ops::SLICE, &[&Value::Var(source)], element(at))).collect()
}

/// A vector in the shape of a node.
fn seed(caller: &mut dyn Caller, value: Value, like: NodeId) -> Result<Tensor, Fault> {
    let shape = caller.numbers().tape.shape(like).clone();
    let tensor = caller.numbers().to_tensor(&value)?;
    if tensor.shape().broadcast(&shape)? != shape {
        return Err(Fault::new(format!("the vector has shape {}, the place {shape}", tensor.shape())).argument(2));
    }
    let wide: Vec<f64> = tensor.view().broadcast(shape.dims()).expect("checked").iter().copied().collect();
    Ok(Tensor::new(shape, wide))
}

fn recorded(caller: &mut dyn Caller, target: NodeId, seed: Seed, source: NodeId) -> Result<NodeId, Fault> {
    let found = gradient(&mut caller.numbers().tape, &LINEAR, target, seed, &[source], true)?;
    match found.into_iter().next().flatten() {
        Some(Cotangent::Node(id)) => Ok(id),
        _ => {
            let tape = &mut caller.numbers().tape;
            let shape = tape.shape(source).clone();
            let zeros = Tensor::new(shape.clone(), vec![0.0; shape.size()]);
            Ok(tape.constant_tensor(&zeros))
        }
    }
}

/// The gradient, recorded, as a value.
fn first(caller: &mut dyn Caller, target: NodeId, seed: Seed, source: NodeId) -> Result<Value, Fault> {
    recorded(caller, target, seed, source).map(Value::Var)
}

/// Forward mode from the rules of reverse mode: u ↦ uJ is linear, and its own derivative along v is Jv
/// (Griewank & Walther 2008, section 3.2; the "double backward" trick).
fn jvp(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (_, source, target) = evaluated(caller, &mut args)?;
    let shape = caller.numbers().tape.shape(target).clone();
    let zeros = Value::Tensor(Rc::new(Tensor::new(shape.clone(), vec![0.0; shape.size()])));
    let weights = caller.numbers().source(&zeros)?;
    let weighted = recorded(caller, target, Seed::Node(weights), source)?;
    let along = seed(caller, args.need(2), source)?;
    first(caller, weighted, Seed::Values(&along), weights)
}
