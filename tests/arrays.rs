//! Tensor functions against JAX: values, gradients of `sum(sin(f))` and Hessian-vector products of it.
//!
//! `tests/golden/arrays.json` was made with JAX 0.10 in 64 bits. Each case holds the formula, its inputs, the value
//! and its shape, the gradient by every input, a direction of the first input and the second derivative along it.

mod common;

use common::run_all;
use gradtape::session::{Data, Outcome, Session};
use serde_json::Value as Json;

fn literal(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => format!("({:?})", other.as_f64().unwrap()),
    }
}

fn numbers(value: &Json) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Shape and elements of the last result.
fn result(script: &str) -> Result<(Vec<usize>, Vec<f64>), String> {
    let replies =
        run_all(&mut Session::new(), script).map_err(|error| format!("{}: {:?}", error.message, error.help))?;
    match replies.last().map(|reply| &reply.outcome) {
        Some(Outcome::Value(Data::Number(x))) => Ok((vec![], vec![*x])),
        Some(Outcome::Value(Data::Tensor(tensor))) => Ok((tensor.shape().dims().to_vec(), tensor.data().to_vec())),
        Some(Outcome::Gradient(gradient)) => match &gradient.partials[0].value {
            Data::Number(x) => Ok((vec![], vec![*x])),
            Data::Tensor(tensor) => Ok((tensor.shape().dims().to_vec(), tensor.data().to_vec())),
            // JAX has zeros for what does not depend on it
            Data::None(_) => Ok((vec![], vec![])),
            other => Err(format!("{other:?}")),
        },
        Some(Outcome::Value(Data::None(_))) => Ok((vec![], vec![])),
        other => Err(format!("{other:?}")),
    }
}

/// Sums in another order differ by some units in the last place of their largest term, which is below 10 here.
const TOLERANCE: f64 = 1e-12;

fn compare(script: &str, want: &[f64], wrong: &mut Vec<String>) -> Vec<usize> {
    match result(script) {
        Ok((shape, got)) => {
            let near = |(got, want): (&f64, &f64)| (got - want).abs() <= TOLERANCE * want.abs().max(1.0);
            let unconnected = got.is_empty() && want.iter().all(|&want| want == 0.0);
            if got.len() != want.len() && !unconnected || !got.iter().zip(want).all(near) {
                wrong.push(format!("{script}\n  got  {got:?}\n  want {want:?}"));
            }
            shape
        }
        Err(error) => {
            wrong.push(format!("{script}\n  {error}"));
            Vec::new()
        }
    }
}

#[test]
fn values_and_derivatives_are_those_of_jax() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/arrays.json")).unwrap();
    let cases: Vec<Json> = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let math = case["math"].as_str().unwrap();
        let inputs = case["inputs"].as_object().unwrap();
        let given: String = inputs.iter().map(|(name, value)| format!("{name} = {};", literal(value))).collect();

        let shape = compare(&format!("{given} {math}"), &numbers(&case["value"]), &mut wrong);
        let wanted: Vec<usize> = numbers(&case["shape"]).into_iter().map(|dim| dim as usize).collect();
        if shape != wanted {
            wrong.push(format!("{math} has shape {shape:?}, not {wanted:?}"));
        }
        for (name, want) in case["gradient"].as_object().unwrap() {
            compare(&format!("{given} y__ = sum(sin({math})); grad(y__, {name})"), &numbers(want), &mut wrong);
        }
        let (name, point) = inputs.iter().next().unwrap();
        let along = literal(&case["along"]);
        let product = format!("{given} hvp({name} -> sum(sin({math})), {}, {along})", literal(point));
        compare(&product, &numbers(&case["second"]), &mut wrong);
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// The second derivative of what selects, recorded over whole tensors.
#[test]
fn selections_are_differentiated_twice() {
    let check = |script: &str, want: &[f64]| assert_eq!(result(script).unwrap().1, want, "{script}");
    check("hvp(x -> sum(where(x > 0, x^3, x^2)), [2, -1], [1, 1])", &[12.0, 2.0]);
    check("hvp(x -> sum(max(x^2, 2 x)), [3, 1], [1, 1])", &[2.0, 0.0]);
    check("hvp(x -> sum(clip(x^2, 0, 5)), [1, 3], [1, 1])", &[2.0, 0.0]);
    check("hvp(x -> sum(relu(x)^2), [1, -3], [1, 1])", &[2.0, 0.0]);
}

/// More operands than 16 bits count.
#[test]
fn a_tensor_of_very_many_values_is_differentiated() {
    for n in [65_535, 65_536, 65_537, 70_000] {
        let (_, slope) = result(&format!("f(x) = sum([x * i for i in 0..{n}]); f'(2)")).unwrap();
        assert_eq!(slope, [n as f64 * (n as f64 - 1.0) / 2.0], "{n} elements");
    }
}
