//! Derivatives times vectors: forward, reverse and second order; losses and activations with options.

use std::rc::Rc;

use super::{Args, Builtin, Caller, Run};
use crate::ops::{self, LINEAR, series};
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
            let (source, target) = evaluated_there(caller, &mut args)?;
            let seed = seed(caller, &args.need(2), target)?;
            first(caller, target, Seed::Node(seed), source)
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
            let (source, target) = evaluated_there(caller, &mut args)?;
            let slope = recorded(caller, target, Seed::Ones, source)?;
            let seed = seed(caller, &args.need(2), source)?;
            first(caller, slope, Seed::Node(seed), source)
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
        name: "taylor",
        aliases: &[],
        params: &["f", "a", "n"],
        doc: "Taylor coefficients of `f` about `a`: derivatives 0 to `n` by their factorials. One pass of power series, not \
              `n` nested derivatives.",
        example: "taylor(exp, 0, 4)",
        group: GROUP,
        run: Run::Plain(taylor),
    },
    Builtin {
        name: "checkpoint",
        aliases: &["recompute_grad", "remat"],
        params: &["f"],
        doc: "The same function, of which the tape keeps only arguments and result: what lies between is computed again for \
              derivatives. Less memory, more time.",
        example: "grad(checkpoint(x -> sin(exp(x))))(1)",
        group: GROUP,
        run: Run::Plain(|_, mut args| {
            let of = args.need(0);
            if !of.is_function() {
                return Err(Fault::new("a function is needed").help("checkpoint(x -> sin(exp(x)))").argument(0));
            }
            Ok(Value::function(Function::Derived(Derived { operator: Operator::Checkpoint, of })))
        }),
    },
    Builtin {
        name: "custom_gradient",
        aliases: &[],
        params: &["f", "pull"],
        doc: "`f` with a derivative of your own: `pull` takes the arguments and the cotangent `u` of the result, and gives the \
              cotangent of the argument (a list of them for several).",
        example: "custom_gradient(x -> floor(x), (x, u) -> u)'(2.5)",
        group: GROUP,
        run: Run::Plain(|_, mut args| {
            let (of, pull) = (args.need(0), args.need(1));
            if let Some(at) = [&of, &pull].iter().position(|value| !value.is_function()) {
                let help = "custom_gradient(x -> log(1 + exp(x)), (x, u) -> u (1 - 1/(1 + exp(x))))".to_string();
                return Err(Fault::new("a function is needed").help(help).argument(at));
            }
            let of = Value::list(vec![of, pull]);
            Ok(Value::function(Function::Derived(Derived { operator: Operator::Custom, of })))
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

/// `f(x)` of the first two arguments with x as a source: its node, the node of the value.
fn evaluated_there(caller: &mut dyn Caller, args: &mut Args) -> Result<(NodeId, NodeId), Fault> {
    let (function, x) = (args.need(0), args.need(1));
    evaluated(caller, &function, &x)
}

/// `f(x)` with x as a source: its node, the node of the value.
pub(super) fn evaluated(caller: &mut dyn Caller, function: &Value, x: &Value) -> Result<(NodeId, NodeId), Fault> {
    if !function.is_function() {
        return Err(Fault::new("a function is needed").help("x -> x^2, or the name of one").argument(0));
    }
    let source = caller.numbers().source(x)?;
    let values = spread(caller, function, source)?;
    let value = caller.call(function, values)?;
    match value {
        Value::Var(target) => Ok((source, target)),
        // a value that does not depend on x still has a derivative: 0
        other => {
            let zero = caller.numbers().apply(&ops::MUL, &[&Value::Var(source), &Value::Real(0.0)], Attr::None)?;
            let axes: Vec<usize> = (0..caller.numbers().tape.shape(source).rank()).collect();
            let none = caller.numbers().apply(&ops::SUM, &[&zero], Attr::Axes { axes: axes.into(), keep: false })?;
            match caller.numbers().apply(&ops::ADD, &[&other, &none], Attr::None)? {
                Value::Var(target) => Ok((source, target)),
                _ => Err(Fault::new("derivatives are taken outside of no_grad")),
            }
        }
    }
}

/// What a function is called with at a point: the point; its elements, for a function of several numbers.
pub(super) fn spread(caller: &mut dyn Caller, function: &Value, source: NodeId) -> Result<Vec<Value>, Fault> {
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

/// A vector in the shape of a node, on the tape: derivatives flow through it, too.
fn seed(caller: &mut dyn Caller, value: &Value, like: NodeId) -> Result<NodeId, Fault> {
    let shape = caller.numbers().tape.shape(like).clone();
    let own = caller.numbers().shape(value)?;
    if own.broadcast(&shape)? != shape {
        return Err(Fault::new(format!("the vector has shape {own}, the place {shape}")).argument(2));
    }
    let value = match own == shape {
        true => value.clone(),
        false => caller.numbers().apply(&ops::BROADCAST_TO, &[value], Attr::Shape(shape))?,
    };
    caller.numbers().lift(&value)
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

/// The longest Taylor series: beyond it factorials overflow.
const MOST_COEFFICIENTS: i64 = 170;

fn taylor(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let order = args.integer(caller, 2)?.unwrap_or(1);
    if !(0..=MOST_COEFFICIENTS).contains(&order) {
        return Err(Fault::new(format!("the order must be a whole number from 0 to {MOST_COEFFICIENTS}")).argument(2));
    }
    let order = order as usize;
    let (source, target) = evaluated_there(caller, &mut args)?;
    let tape = &mut caller.numbers().tape;
    if !tape.is_scalar(source) {
        let help = "a direction makes one of several: taylor(t -> f(x + t v), 0, n)".to_string();
        return Err(Fault::new("Taylor series are taken in one number").help(help).argument(1));
    }
    let like = tape.shape(target).clone();
    let zeros = Value::tensor(Tensor::new(like.clone(), vec![0.0; like.size()]));
    let known = series::taylor(tape, source, target, order)?;
    let coefficients = match known {
        Some(known) => known.into_iter().map(|node| node.map_or_else(|| zeros.clone(), Value::Var)).collect(),
        None => nested(caller, source, target, order)?,
    };
    let numbers = caller.numbers();
    let stacked = numbers.stack(coefficients)?;
    // no -0 where a coefficient is 0
    numbers.apply(&ops::ADD, &[&stacked, &Value::Real(0.0)], Attr::None)
}

/// Taylor coefficients by nested sweeps, for what has no series.
fn nested(caller: &mut dyn Caller, source: NodeId, target: NodeId, order: usize) -> Result<Vec<Value>, Fault> {
    let mut coefficients = vec![Value::Var(target)];
    let (mut slope, mut factorial) = (target, 1.0);
    for k in 1..=order {
        if !caller.numbers().tape.is_scalar(target) {
            return Err(Fault::new("this function has no series: it must give a number, not a tensor").argument(0));
        }
        slope = recorded(caller, slope, Seed::Ones, source)?;
        factorial *= k as f64;
        let numbers = caller.numbers();
        coefficients.push(numbers.apply(&ops::DIV, &[&Value::Var(slope), &Value::Real(factorial)], Attr::None)?);
    }
    Ok(coefficients)
}

/// The gradient, recorded, as a value.
fn first(caller: &mut dyn Caller, target: NodeId, seed: Seed, source: NodeId) -> Result<Value, Fault> {
    recorded(caller, target, seed, source).map(Value::Var)
}

/// Forward mode from the rules of reverse mode: u ↦ uJ is linear, and its own derivative along v is Jv
/// (Griewank & Walther 2008, section 3.2; the "double backward" trick).
fn jvp(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (source, target) = evaluated_there(caller, &mut args)?;
    let shape = caller.numbers().tape.shape(target).clone();
    let ones = Value::Tensor(Rc::new(Tensor::new(shape.clone(), vec![1.0; shape.size()])));
    let weights = caller.numbers().source(&ones)?;
    let weighted = recorded(caller, target, Seed::Node(weights), source)?;
    let along = seed(caller, &args.need(2), source)?;
    first(caller, weighted, Seed::Node(along), weights)
}
