//! Reference values: every case of `tests/golden/derivatives.json` whose functions exist, at its own tolerance.
//!
//! `cargo test --test golden -- --nocapture` prints the counts per tier.

mod common;

use std::collections::BTreeMap;

use common::run_all;
use gradtape::session::{Data, Gradient, Outcome, Session};
use serde_json::Value as Json;

/// What became of a case.
enum Verdict {
    Right,
    Wrong(String),
    /// A function that this version does not have.
    Unknown(String),
}

/// Cases in another notation than ours.
fn rewritten(id: &str) -> Option<&'static str> {
    Some(match id {
        "nested-002" => "(x -> x (y -> x y^2)'(2))'(3)",
        "nested-003" => "(x -> x (y -> y^3)'(x))'(2)",
        "nested-004" => "(y -> (x -> x^2 y^3)'(2))'(3)",
        _ => return None,
    })
}

/// The text of a case as it is typed here: pseudo-code has inclusive ranges, `repeat` and `then`.
fn typed(case: &Json) -> String {
    if let Some(text) = rewritten(case["id"].as_str().unwrap()) {
        return text.to_string();
    }
    let mut text = case["math"].as_str().unwrap().replace("True", "true");
    if case.get("py").is_some() {
        text = text.replace("..", "..=");
        while let Some(at) = text.find("repeat ") {
            let count: String = text[at + 7..].chars().take_while(char::is_ascii_digit).collect();
            text = text.replacen(&format!("repeat {count}"), &format!("for i in 0..{count}"), 1);
        }
    }
    if let Some((condition, rest)) = text.strip_prefix("if ").and_then(|rest| rest.split_once(" then ")) {
        let (yes, no) = rest.split_once(" else ").unwrap();
        text = format!("if {condition} {{ {yes} }} else {{ {no} }}");
    }
    if text.contains(';') && !text.starts_with('{') && !text.contains("f(x) =") {
        text = format!("{{ {text} }}");
    }
    text
}

fn literal(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Json::String(word) => word.clone(),
        Json::Number(n) => {
            // integers of the cases are integers: they are not differentiated
            if n.is_i64() { format!("int({n})") } else { format!("{:?}", n.as_f64().unwrap()) }
        }
        other => panic!("{other}"),
    }
}

fn check(case: &Json) -> Verdict {
    let inputs = case["inputs"].as_object().unwrap();
    let assignments: String = inputs.iter().map(|(name, value)| format!("{name} = {};", literal(value))).collect();
    let wrt: Vec<&str> = case["wrt"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let point: Vec<String> = inputs.iter().map(|(name, value)| format!("{name} = {}", literal(value))).collect();
    let (body, kind) = (typed(case), case["kind"].as_str().unwrap());
    let sources = wrt.join(", ");
    let script = match kind {
        "value" if inputs.is_empty() => body,
        "grad" if case["note"].as_str().is_some_and(|note| note.starts_with("the unconnected=zero variant")) => {
            format!("{assignments}\ny__ = {body}\ngrad(y__, [{sources}], unconnected = \"zero\")")
        }
        "grad" | "value" => format!(
            "{body} at {} wrt {}",
            point.join(", "),
            if sources.is_empty() { inputs.keys().next().unwrap() } else { &sources }
        ),
        "jacobian" => format!("{assignments}\ny__ = {body}\njacobian(y__, [{sources}])"),
        "hessian" => format!("{assignments}\ny__ = {body}\nhessian(y__, [{sources}])"),
        "nth" => {
            let order = case["order"].as_u64().unwrap_or_else(|| case["order"].as_array().unwrap().len() as u64);
            let by: Vec<&str> = match case["order"].as_array() {
                Some(names) => {
                    let mut names: Vec<&str> = names.iter().map(|name| name.as_str().unwrap()).collect();
                    names.sort_unstable();
                    names.dedup();
                    names
                }
                None => wrt.clone(),
            };
            format!("{body} at {} wrt {} order {order}", point.join(", "), by.join(", "))
        }
        "jvp" | "hvp" if inputs.len() == wrt.len() => {
            let all = |values: &Json| match &wrt[..] {
                [name] => literal(&values[*name]),
                _ => format!("[{}]", wrt.iter().map(|name| literal(&values[*name])).collect::<Vec<_>>().join(", ")),
            };
            let values = Json::Object(inputs.clone());
            format!("{kind}(({}) -> {body}, {}, {})", wrt.join(", "), all(&values), all(&case["tangent"]))
        }
        other => return Verdict::Unknown(other.to_string()),
    };
    let mut session = Session::new();
    match run_all(&mut session, &script) {
        Ok(replies) => match compare(case, kind, replies.last().map(|reply| &reply.outcome)) {
            Ok(()) => Verdict::Right,
            Err(difference) => Verdict::Wrong(format!("{script}\n    {difference}")),
        },
        Err(error) if error.message.starts_with("unknown function") => Verdict::Unknown(error.message),
        Err(error) if case["id"] == "seed-011" => {
            assert!(error.message.contains("floating-point"), "{}", error.message);
            Verdict::Right
        }
        Err(error) if case["may_error"] == true && error.message.contains("singular") => Verdict::Right,
        Err(error) => Verdict::Wrong(format!("{script}\n    {}: {:?}", error.message, error.help)),
    }
}

fn compare(case: &Json, kind: &str, outcome: Option<&Outcome>) -> Result<(), String> {
    let tolerance = |relative: &str, absolute: &str| {
        (case.get(relative).and_then(Json::as_f64), case.get(absolute).and_then(Json::as_f64).unwrap_or(0.0))
    };
    let (rtol, atol) = tolerance("rtol", "atol");
    let rtol = rtol.unwrap();
    let (vtol, vatol) = tolerance("vtol", "vatol");
    let gradient = match outcome {
        Some(Outcome::Gradient(gradient)) => gradient,
        Some(Outcome::Value(data)) if matches!(kind, "jvp" | "hvp") => {
            let results = case["result"].as_object().unwrap();
            let names = case["wrt"].as_array().unwrap().iter().map(|name| &results[name.as_str().unwrap()]);
            let wanted =
                if results.len() == 1 { results.values().next().cloned() } else { Some(names.cloned().collect()) };
            return near(data, &wanted.unwrap(), rtol, atol);
        }
        Some(Outcome::Value(data)) => return near(data, &case["value"], vtol.unwrap_or(rtol), vatol.max(atol)),
        other => return Err(format!("{other:?}")),
    };
    // the file gives NaN for what is -∞ and +∞ by definition (log 0 and log ∞)
    let value_is_artifact = matches!(case["id"].as_str(), Some("subgrad-073" | "subgrad-074"));
    if let (Some(value), false) = (&gradient.value, value_is_artifact) {
        near(value, &case["value"], vtol.unwrap_or(rtol), vatol.max(atol))?;
    }
    for (name, want) in case["result"].as_object().unwrap() {
        let got = found(gradient, kind, name, case)?;
        let got = if kind == "grad" { &summed(got, want) } else { got };
        near(got, want, rtol, atol).map_err(|error| format!("by {name}: {error}"))?;
    }
    Ok(())
}

fn found<'a>(gradient: &'a Gradient, kind: &str, name: &str, case: &Json) -> Result<&'a Data, String> {
    let mut by: Vec<String> = name.split(',').map(str::to_string).collect();
    match kind {
        "nth" if case["order"].is_u64() => by = vec![name.to_string(); case["order"].as_u64().unwrap() as usize],
        "nth" => by.sort_unstable(),
        "hessian" if by.len() == 1 => by = vec![name.to_string(); 2],
        _ => {}
    }
    let all = gradient.partials.iter().chain(&gradient.higher);
    let matching = |partial: &&gradtape::session::Partial| partial.by == by;
    all.clone().find(matching).map(|partial| &partial.value).ok_or_else(|| {
        let there: Vec<_> = all.map(|partial| partial.by.join(",")).collect();
        format!("no derivative by {by:?} among {there:?}")
    })
}

/// The reference gradients are of the sum of the target: the rows of a Jacobian, added up.
fn summed(got: &Data, want: &Json) -> Data {
    let mut wanted = Vec::new();
    flatten(want, &mut wanted);
    match got {
        Data::Tensor(tensor) if !want.is_null() && tensor.data().len() > wanted.len() => {
            let rows = tensor.data().chunks(wanted.len().max(1));
            let sums: Vec<f64> = (0..wanted.len()).map(|at| rows.clone().map(|row| row[at]).sum::<f64>()).collect();
            Data::Tensor(gradtape::tensor::Tensor::vector(sums))
        }
        other => other.clone(),
    }
}

/// Element by element: |got - want| <= rtol |want| + atol.
fn near(got: &Data, want: &Json, rtol: f64, atol: f64) -> Result<(), String> {
    let mut wanted = Vec::new();
    flatten(want, &mut wanted);
    let numbers = match got {
        Data::Number(x) => vec![*x],
        Data::Int(i) => vec![*i as f64],
        Data::Bool(flag) => vec![*flag as u8 as f64],
        Data::Tensor(tensor) => tensor.data().to_vec(),
        Data::None(_) if want.is_null() => return Ok(()),
        other => return Err(format!("{other:?} is not {want}")),
    };
    if want.is_null() {
        return Err(format!("{numbers:?} should not exist"));
    }
    if numbers.len() != wanted.len() {
        return Err(format!("{} numbers instead of {}", numbers.len(), wanted.len()));
    }
    for (got, want) in numbers.iter().zip(&wanted) {
        let same = got == want || got.is_nan() && want.is_nan() || (got - want).abs() <= rtol * want.abs() + atol;
        if !same {
            return Err(format!("{got:e} is not {want:e}"));
        }
    }
    Ok(())
}

fn flatten(value: &Json, numbers: &mut Vec<f64>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| flatten(item, numbers)),
        Json::String(text) => numbers.push(text.parse().unwrap_or_else(|_| panic!("{text}"))),
        Json::Number(n) => numbers.push(n.as_f64().unwrap()),
        Json::Null => {}
        other => panic!("{other}"),
    }
}

#[test]
fn reference_values() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/derivatives.json")).unwrap();
    let cases: Vec<Json> = serde_json::from_str(&text).unwrap();
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let tier = case["tier"].as_str().unwrap().to_string();
        let count = counts.entry(tier.clone()).or_default();
        match check(case) {
            Verdict::Right => count[0] += 1,
            Verdict::Wrong(why) => {
                count[1] += 1;
                println!("{tier} {}: {why}", case["id"].as_str().unwrap());
                if tier == "core" || tier == "edge" {
                    wrong.push(case["id"].as_str().unwrap().to_string());
                }
            }
            Verdict::Unknown(what) => {
                count[2] += 1;
                if std::env::var("GOLDEN_UNKNOWN").is_ok() {
                    println!("{tier} {}: {what}", case["id"].as_str().unwrap());
                }
            }
        }
    }
    println!("{:12} {:>6} {:>6} {:>14}", "tier", "right", "wrong", "not yet typed");
    for (tier, [right, wrong, unknown]) in &counts {
        println!("{tier:12} {right:6} {wrong:6} {unknown:14}");
    }
    assert!(wrong.is_empty(), "wrong: {wrong:?}");
    assert!(counts["core"][0] >= 250, "hardly any case was tried");
}
