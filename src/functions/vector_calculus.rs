//! Divergence, curl and Laplacian: traces and differences of first and second derivatives. A value with its gradient.

use super::{Args, Builtin, Caller, Run};
use crate::value::{Derived, Fault, Function, Operator, Value};

const GROUP: &str = "derivatives";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "divergence",
        aliases: &[],
        params: &["f", "x?"],
        doc: "Divergence of a vector field, the trace of its Jacobian, as a function, or at `x`.",
        example: "divergence(v -> [v[0]^2, v[0] v[1]])([3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| derived(caller, args, Operator::Divergence)),
    },
    Builtin {
        name: "value_and_grad",
        aliases: &["value_and_gradient"],
        params: &["f", "x?"],
        doc: "A function that gives the value of `f` and its gradient as a record, or that record at `x`. Both can be taken \
              apart: `y, dy = value_and_grad(f)(2)`.",
        example: "value_and_grad(x -> x^2)(3).gradient",
        group: GROUP,
        run: Run::Plain(|caller, args| derived(caller, args, Operator::ValueAndGradient)),
    },
    Builtin {
        name: "curl",
        aliases: &["rot"],
        params: &["f", "x?"],
        doc: "Curl of a vector field as a function, or at `x`: a vector in three dimensions, a number in two.",
        example: "curl(v -> [-v[1], v[0], 0])([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| derived(caller, args, Operator::Curl)),
    },
    Builtin {
        name: "laplacian",
        aliases: &[],
        params: &["f", "x?"],
        doc: "Laplacian of a function of a vector or of several numbers, the trace of its Hessian, as a function, or at `x`.",
        example: "laplacian((x, y) -> x^2 y^2)(1, 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| derived(caller, args, Operator::Laplacian)),
    },
];

fn derived(caller: &mut dyn Caller, mut args: Args, operator: Operator) -> Result<Value, Fault> {
    let of = args.need(0);
    if !of.is_function() {
        return Err(Fault::new("a function is needed").help("v -> [v[0]^2, v[1]], or the name of one").argument(0));
    }
    let function = Value::function(Function::Derived(Derived { operator, of }));
    match args.take(1) {
        None => Ok(function),
        Some(x) => caller.call(&function, vec![x]),
    }
}
