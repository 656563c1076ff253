//! `check(f, x)`: derivatives of the tape beside differences of values.

use super::products::{evaluated, spread};
use super::{Args, Builtin, Caller, Run};
use crate::interrupt;
use crate::ops::LINEAR;
use crate::tape::{Cotangent, NodeId, Seed, gradient};
use crate::tensor::Tensor;
use crate::value::{Fault, Value};

pub static BUILTINS: &[Builtin] = &[Builtin {
    name: "check",
    aliases: &["check_grads", "gradcheck"],
    params: &["f", "x"],
    doc: "Compares the gradient of `f` at `x` with differences of its values. `digits` says how many digits agree at the least; \
          differences themselves are good to about 10. A result that is a tensor is weighted and summed.",
    example: "check(x -> sin(x)^2, 1).digits > 8",
    group: "derivatives",
    run: Run::Plain(check),
}];

/// Each element takes up to 20 evaluations.
const MOST_ELEMENTS: usize = 4096;

/// Steps of the extrapolation, each so much smaller than the one before (Ridders 1982; Press et al. 2007, §5.7).
const STEPS: usize = 10;
const SHRINK: f64 = 1.4;

fn check(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (function, point) = (args.need(0), args.need(1));
    let mut found = None;
    caller.apart(&mut |caller| {
        found = Some(compared(caller, &function, &point)?);
        Ok(())
    })?;
    let (tape, differences) = found.expect("compared without an error");
    let largest = tape.data().iter().chain(differences.data()).fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let pairs = tape.data().iter().zip(differences.data());
    let digits = pairs.map(|(a, b)| agreement(*a, *b, largest)).fold(f64::INFINITY, f64::min);
    let digits = (digits.clamp(0.0, 15.0) * 10.0).round() / 10.0 + 0.0;
    Ok(Value::record(vec![
        ("digits".into(), Value::Real(digits)),
        ("tape".into(), Value::tensor(tape)),
        ("differences".into(), Value::tensor(differences)),
    ]))
}

/// How many digits two numbers share; what is far smaller than the largest of them may differ more.
fn agreement(a: f64, b: f64, largest: f64) -> f64 {
    if a == b || a.is_nan() && b.is_nan() {
        return 15.0;
    }
    let error = (a - b).abs() / a.abs().max(b.abs()).max(1e-3 * largest);
    if error.is_nan() { 0.0 } else { -error.log10() }
}

fn compared(caller: &mut dyn Caller, function: &Value, point: &Value) -> Result<(Tensor, Tensor), Fault> {
    let (source, target) = evaluated(caller, function, point)?;
    let x = caller.numbers().tape.tensor(source);
    if x.size() > MOST_ELEMENTS {
        let message = format!("differences are taken of up to {MOST_ELEMENTS} elements, not of {}", x.size());
        return Err(Fault::new(message).argument(1));
    }
    // weights without a pattern: errors that would cancel in a sum do not
    let shape = caller.numbers().tape.shape(target).clone();
    let weights: Vec<f64> = match shape.size() {
        1 => vec![1.0],
        size => (0..size).map(|i| ((i + 1) as f64 * 0.618_033_988_749_894_9).fract() + 0.5).collect(),
    };
    let weights = Tensor::new(shape, weights);
    let found = gradient(&mut caller.numbers().tape, &LINEAR, target, Seed::Values(&weights), &[source], false)?
        .pop()
        .flatten();
    let tape = match found {
        Some(Cotangent::Tensor(tensor)) => tensor,
        Some(Cotangent::Number(g)) => Tensor::scalar(g),
        _ => Tensor::new(x.shape().clone(), vec![0.0; x.size()]),
    };
    let mut differences = Vec::with_capacity(x.size());
    for at in 0..x.size() {
        differences.push(difference(x.data()[at], |moved| {
            let mut values = x.data().to_vec();
            values[at] = moved;
            weighted(caller, function, Tensor::new(x.shape().clone(), values), &weights)
        })?);
        if interrupt::is_requested() {
            return Err(crate::tape::TapeError::Interrupted.into());
        }
    }
    Ok((tape, Tensor::new(x.shape().clone(), differences)))
}

/// The weighted sum of a function's values at a point.
fn weighted(caller: &mut dyn Caller, function: &Value, x: Tensor, weights: &Tensor) -> Result<f64, Fault> {
    let mut found = Tensor::scalar(0.0);
    caller.apart(&mut |caller| {
        let source: NodeId = caller.numbers().source(&Value::tensor(x.clone()))?;
        let arguments = spread(caller, function, source)?;
        let value = caller.call(function, arguments)?;
        found = caller.numbers().to_tensor(&value)?;
        Ok(())
    })?;
    let value = found;
    if value.size() != weights.size() {
        return Err(Fault::new("the function changes the shape of its value from point to point").argument(0));
    }
    Ok(value.data().iter().zip(weights.data()).map(|(x, w)| x * w).sum())
}

/// The slope of `f` at `x` by central differences, extrapolated to a step of 0.
fn difference(x: f64, mut f: impl FnMut(f64) -> Result<f64, Fault>) -> Result<f64, Fault> {
    let mut step = if x == 0.0 { 0.05 } else { 0.05 * x.abs().min(10.0) };
    let mut last: Vec<f64> = Vec::new();
    let (mut best, mut error) = (f64::NAN, f64::INFINITY);
    for _ in 0..STEPS {
        let mut row = vec![(f(x + step)? - f(x - step)?) / ((x + step) - (x - step))];
        let mut factor = SHRINK * SHRINK;
        for (order, before) in last.iter().enumerate() {
            let next = (row[order] * factor - before) / (factor - 1.0);
            let own = (next - row[order]).abs().max((next - before).abs());
            if own <= error {
                (best, error) = (next, own);
            }
            row.push(next);
            factor *= SHRINK * SHRINK;
        }
        let got_worse = match (row.last(), last.last()) {
            (Some(now), Some(before)) => (now - before).abs() >= 2.0 * error,
            _ => false,
        };
        last = row;
        if got_worse {
            break;
        }
        step /= SHRINK;
    }
    Ok(best)
}
