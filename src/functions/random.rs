//! Random numbers.

use super::args::{integers, shape_from};
use super::{Args, Builtin, Caller, Run};
use crate::interrupt;
use crate::kernels::special::normal::ndtri;
use crate::tape::TapeError;
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
    Builtin {
        name: "dropout",
        aliases: &[],
        params: &["x", "rate", "seed?"],
        doc: "`x` with a share `rate` of its elements, chosen at random, replaced by 0 and the others divided by `1 - rate`. With \
              `seed` the same ones every time. Srivastava et al. (2014).",
        example: "mean(dropout(ones(1000), 0.5, seed = 1)) < 1.2",
        group: "networks",
        run: Run::Plain(dropout),
    },
];

/// What is dropped is not selected: it has no influence, not even by NaN or infinity.
fn dropout(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let rate = args.number(caller, 1)?.unwrap_or(0.0);
    let seed = args.integer(caller, 2)?;
    let mut generator = generator(caller, seed);
    let x = args.need(0);
    if !(0.0..1.0).contains(&rate) {
        return Err(Fault::new(format!("a rate is from 0 up to 1, not {rate}")).argument(1));
    }
    let numbers = caller.numbers();
    let shape = numbers.shape(&x)?;
    let kept: Vec<f64> = (0..shape.size()).map(|_| (generator.f64() >= rate) as u8 as f64).collect();
    let kept = Value::tensor(Tensor::new(shape, kept));
    let scaled = numbers.div(&x, &Value::Real(1.0 - rate))?;
    numbers.select(&kept, &scaled, &Value::Real(0.0))
}

fn generator(caller: &mut dyn Caller, seed: Option<i64>) -> fastrand::Rng {
    match seed {
        Some(seed) => fastrand::Rng::with_seed(seed as u64),
        None => {
            caller.chance();
            fastrand::Rng::new()
        }
    }
}

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
    let mut generator = generator(caller, seed);
    let draws = (0..shape.size()).take_while(|_| !interrupt::is_requested());
    let numbers: Vec<f64> = draws.map(|_| of_uniform(generator.f64())).collect();
    if numbers.len() < shape.size() {
        return Err(TapeError::Interrupted.into());
    }
    Ok(match numbers[..] {
        [number] if shape.is_scalar() => Value::Real(number),
        _ => Value::tensor(Tensor::new(shape, numbers)),
    })
}
