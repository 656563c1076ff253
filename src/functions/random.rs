//! Random numbers.

use super::args::{integers, shape_from};
use super::{Args, Builtin, Caller, Run};
use crate::kernels::special::normal::ndtri;
use crate::tensor::{Shape, Tensor};
use crate::value::{Fault, Value};

const GROUP: &str = "creation";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "random",
        aliases: &["rand", "uniform"],
        params: &["dims**", "seed?"],
        doc: "Random numbers from 0 up to 1: one, or a tensor, `random(2, 3)`. With `seed` the same ones every time.",
        example: "random(3, seed = 1) < 1",
        group: GROUP,
        run: Run::Plain(|caller, args| filled(caller, args, |uniform| uniform)),
    },
    Builtin {
        name: "normal",
        aliases: &["randn"],
        params: &["dims**", "seed?"],
        doc: "Random numbers with the standard normal distribution: one, or a tensor, `normal(2, 3)`. With `seed` the same \
              ones every time.",
        example: "abs(normal(3, seed = 1)) < 10",
        group: GROUP,
        // the quantile function of a number that is never 0
        run: Run::Plain(|caller, args| filled(caller, args, |uniform| ndtri(uniform + f64::EPSILON / 4.0))),
    },
];

fn filled(caller: &mut dyn Caller, mut args: Args, of_uniform: fn(f64) -> f64) -> Result<Value, Fault> {
    let values = args.many(0);
    let seed = args.integer(caller, 1)?;
    let dims = match &values[..] {
        [] => None,
        [one] => integers(caller, one),
        several => several.iter().map(|value| caller.numbers().integer(value)).collect(),
    };
    let shape = match (&dims, values.is_empty()) {
        (None, true) => Shape::scalar(),
        (Some(dims), _) => shape_from(dims)?,
        (None, false) => {
            let help = "random(3), random(2, 3), random((2, 3), seed = 1)".to_string();
            return Err(Fault::new("a shape is whole numbers").help(help).argument(0));
        }
    };
    let mut generator = match seed {
        Some(seed) => fastrand::Rng::with_seed(seed as u64),
        None => fastrand::Rng::new(),
    };
    let numbers: Vec<f64> = (0..shape.size()).map(|_| of_uniform(generator.f64())).collect();
    Ok(match numbers[..] {
        [number] if shape.is_scalar() => Value::Real(number),
        _ => Value::tensor(Tensor::new(shape, numbers)),
    })
}
