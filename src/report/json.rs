//! Outcomes as JSON Lines: one object a result, numbers in full, what is not finite as a string.

use super::number;
use crate::interrupt;
use crate::session::{Data, Gradient, Outcome, Partial, Table, TapeLine, Timing, Variable};
use crate::tensor::DType;

/// Appends the object of an outcome with its line end; nothing for what has no result.
pub fn outcome(outcome: &Outcome, out: &mut String) {
    match outcome {
        Outcome::Nothing | Outcome::Assigned { .. } | Outcome::Unpacked(_) | Outcome::Defined { .. } => return,
        Outcome::Value(data) => {
            out.push_str("{\"kind\":\"value\",\"value\":");
            value(data, out);
            if let Data::None(why) = data {
                out.push_str(",\"reason\":");
                string(why, out);
            }
            out.push('}');
        }
        Outcome::Gradient(result) => gradient(result, out),
        Outcome::Table(result) => table(result, out),
        Outcome::Tape { lines, target } => tape(lines, target.as_deref(), out),
        Outcome::Variables(variables) => variable_list(variables, out),
        Outcome::Time(result) => timing(result, out),
        Outcome::Message(text) => {
            out.push_str("{\"kind\":\"message\",\"text\":");
            string(text, out);
            out.push('}');
        }
    }
    out.push('\n');
}

/// A line of `print(…)`.
pub fn printed(line: &str, out: &mut String) {
    out.push_str("{\"kind\":\"text\",\"text\":");
    string(line, out);
    out.push_str("}\n");
}

pub fn string(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a string is JSON"));
}

pub fn value(data: &Data, out: &mut String) {
    match data {
        Data::Number(x) => push_number(*x, out),
        Data::Int(i) => out.push_str(&i.to_string()),
        Data::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Data::Text(text) => string(text, out),
        Data::Tensor(tensor) => nested(tensor.shape().dims(), tensor.data(), tensor.dtype(), out),
        Data::Range(start, end) => {
            let numbers = (*start..*end).take_while(|_| !interrupt::is_requested());
            let items: Vec<String> = numbers.map(|i| i.to_string()).collect();
            out.push_str(&format!("[{}]", items.join(",")));
        }
        Data::List(items) => list(items.iter(), out, value),
        Data::Record(fields) => object(fields.iter().map(|(name, field)| (name.as_str(), field)), out),
        Data::Function(text) | Data::Formula { text, .. } => string(text, out),
        Data::None(_) => out.push_str("null"),
    }
}

fn push_number(x: f64, out: &mut String) {
    if x.is_finite() {
        number::push_signed(out, x, None);
    } else {
        out.push_str(if x.is_nan() {
            "\"NaN\""
        } else if x > 0.0 {
            "\"Infinity\""
        } else {
            "\"-Infinity\""
        });
    }
}

fn nested(dims: &[usize], data: &[f64], dtype: DType, out: &mut String) {
    let [length, rest @ ..] = dims else {
        match dtype {
            DType::Bool => out.push_str(if data[0] != 0.0 { "true" } else { "false" }),
            _ => push_number(data[0], out),
        }
        return;
    };
    let size: usize = rest.iter().product();
    list(0..*length, out, |i, out| nested(rest, &data[i * size..(i + 1) * size], dtype, out));
}

fn list<T>(items: impl Iterator<Item = T>, out: &mut String, mut push: impl FnMut(T, &mut String)) {
    out.push('[');
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(item, out);
    }
    out.push(']');
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a Data)>, out: &mut String) {
    out.push('{');
    for (i, (name, field)) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        string(name, out);
        out.push(':');
        value(field, out);
    }
    out.push('}');
}

fn gradient(result: &Gradient, out: &mut String) {
    out.push_str("{\"kind\":\"gradient\",\"name\":");
    string(&result.name, out);
    if let Some(expression) = &result.expression {
        out.push_str(",\"expression\":");
        string(expression, out);
        out.push_str(",\"at\":");
        object(result.at.iter().map(|(name, data)| (name.as_str(), data)), out);
    }
    if let Some(data) = &result.value {
        out.push_str(",\"value\":");
        value(data, out);
    }
    let keyed = |partials: &[Partial]| -> Vec<(String, Data)> {
        partials.iter().map(|partial| (partial.by.join(","), partial.value.clone())).collect()
    };
    if !result.partials.is_empty() || result.higher.is_empty() {
        out.push_str(",\"partials\":");
        object(keyed(&result.partials).iter().map(|(by, data)| (by.as_str(), data)), out);
    }
    for (order, name) in [(2, "second"), (3, "third"), (4, "fourth"), (5, "fifth"), (6, "sixth")] {
        let of_order: Vec<Partial> =
            result.higher.iter().filter(|partial| partial.by.len() == order).cloned().collect();
        if !of_order.is_empty() {
            out.push_str(&format!(",\"{name}\":"));
            object(keyed(&of_order).iter().map(|(by, data)| (by.as_str(), data)), out);
        }
    }
    let beyond: Vec<Partial> = result.higher.iter().filter(|partial| partial.by.len() > 6).cloned().collect();
    if !beyond.is_empty() {
        out.push_str(",\"higher\":");
        object(keyed(&beyond).iter().map(|(by, data)| (by.as_str(), data)), out);
    }
    let reasons: Vec<(String, Data)> = result
        .partials
        .iter()
        .chain(&result.higher)
        .filter_map(|partial| match &partial.value {
            Data::None(why) => Some((partial.by.join(","), Data::Text(why.clone()))),
            _ => None,
        })
        .collect();
    if !reasons.is_empty() {
        out.push_str(",\"reasons\":");
        object(reasons.iter().map(|(by, why)| (by.as_str(), why)), out);
    }
    out.push('}');
}

fn table(result: &Table, out: &mut String) {
    out.push_str("{\"kind\":\"table\",\"columns\":");
    list(result.columns.iter(), out, |column, out| string(column, out));
    out.push_str(",\"rows\":");
    list(result.rows.iter(), out, |row, out| list(row.iter(), out, value));
    out.push('}');
}

fn tape(lines: &[TapeLine], target: Option<&str>, out: &mut String) {
    out.push_str("{\"kind\":\"tape\"");
    if let Some(target) = target {
        out.push_str(",\"target\":");
        string(target, out);
    }
    out.push_str(",\"nodes\":");
    list(lines.iter(), out, |line, out| {
        out.push_str(&format!("{{\"node\":{}", line.node));
        if let Some(name) = &line.name {
            out.push_str(",\"name\":");
            string(name, out);
        }
        out.push_str(",\"operation\":");
        string(&line.operation, out);
        out.push_str(",\"operands\":");
        list(line.operands.iter(), out, |operand, out| string(operand, out));
        out.push_str(",\"value\":");
        value(&line.value, out);
        if let Some(adjoint) = &line.adjoint {
            out.push_str(",\"adjoint\":");
            value(adjoint, out);
        }
        out.push('}');
    });
    out.push('}');
}

fn timing(result: &Timing, out: &mut String) {
    out.push_str(&format!("{{\"kind\":\"time\",\"runs\":{},\"batch\":{}", result.all.len(), result.batch));
    for (name, time) in [("median_ns", result.median()), ("min_ns", result.min())] {
        out.push_str(&format!(",\"{name}\":"));
        push_nanoseconds(time, out);
    }
    out.push_str(",\"all_ns\":");
    list(result.all.iter(), out, |time, out| push_nanoseconds(*time, out));
    out.push_str(",\"prepare_ns\":");
    push_nanoseconds(result.prepare, out);
    out.push_str(",\"value\":");
    value(&result.value, out);
    out.push('}');
}

/// To a tenth of a nanosecond: clocks are no better.
fn push_nanoseconds(time: f64, out: &mut String) {
    push_number((time * 10.0).round() / 10.0, out);
}

fn variable_list(variables: &[Variable], out: &mut String) {
    out.push_str("{\"kind\":\"variables\",\"variables\":");
    list(variables.iter(), out, |variable, out| {
        out.push_str("{\"name\":");
        string(&variable.name, out);
        out.push_str(",\"value\":");
        value(&variable.value, out);
        out.push_str(",\"role\":");
        string(variable.role, out);
        out.push('}');
    });
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{Shape, Tensor};

    #[track_caller]
    fn writes(given: Outcome, expected: &str) {
        let mut text = String::new();
        outcome(&given, &mut text);
        assert_eq!(text.trim_end(), expected);
        if !text.is_empty() {
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
        }
    }

    fn partial(by: &[&str], value: Data) -> Partial {
        Partial { by: by.iter().map(|name| name.to_string()).collect(), value }
    }

    #[test]
    fn values_keep_their_kind() {
        let value = |data: Data, expected: &str| {
            writes(Outcome::Value(data), &format!("{{\"kind\":\"value\",\"value\":{expected}}}"));
        };
        value(Data::Number(7.0), "7");
        value(Data::Number(0.1), "0.1");
        value(Data::Number(-0.0), "-0");
        value(Data::Number(1e300), "1e300");
        value(Data::Number(f64::NAN), "\"NaN\"");
        value(Data::Number(f64::NEG_INFINITY), "\"-Infinity\"");
        value(Data::Int(-3), "-3");
        value(Data::Bool(true), "true");
        value(Data::Text("a \"b\"\n".into()), "\"a \\\"b\\\"\\n\"");
        value(Data::Tensor(Tensor::new(Shape::from(&[2, 2][..]), vec![1.0, 2.5, 3.0, 4.0])), "[[1,2.5],[3,4]]");
        value(Data::Tensor(Tensor::new(Shape::from(&[0][..]), vec![])), "[]");
        value(Data::Range(0, 3), "[0,1,2]");
        value(Data::List(vec![Data::Number(1.0), Data::Text("x".into())]), "[1,\"x\"]");
        value(Data::Record(vec![("a".into(), Data::Number(1.0))]), "{\"a\":1}");
    }

    #[test]
    fn what_does_not_depend_is_null_with_its_cause() {
        writes(
            Outcome::Value(Data::None("x is a constant".into())),
            r#"{"kind":"value","value":null,"reason":"x is a constant"}"#,
        );
        let partials = vec![partial(&["x"], Data::Number(6.0)), partial(&["z"], Data::None("z is an integer".into()))];
        writes(
            Outcome::Gradient(Gradient { name: "y".into(), partials, ..Gradient::default() }),
            r#"{"kind":"gradient","name":"y","partials":{"x":6,"z":null},"reasons":{"z":"z is an integer"}}"#,
        );
    }

    #[test]
    fn a_gradient_at_a_point_has_all_its_parts_in_order() {
        let gradient = Gradient {
            name: "f".into(),
            expression: Some("x^3".into()),
            at: vec![("x".into(), Data::Number(2.0))],
            value: Some(Data::Number(8.0)),
            partials: vec![partial(&["x"], Data::Number(12.0))],
            higher: vec![partial(&["x", "x"], Data::Number(12.0)), partial(&["x", "x", "x"], Data::Number(6.0))],
        };
        writes(
            Outcome::Gradient(gradient),
            "{\"kind\":\"gradient\",\"name\":\"f\",\"expression\":\"x^3\",\"at\":{\"x\":2},\"value\":8,\
             \"partials\":{\"x\":12},\"second\":{\"x,x\":12},\"third\":{\"x,x,x\":6}}",
        );
    }

    #[test]
    fn times_are_nanoseconds_a_run() {
        let all = vec![41.26, 40.0, 43.0, 45.0];
        writes(
            Outcome::Time(Timing { batch: 250, all, prepare: 17000.0, value: Data::Number(7.0) }),
            "{\"kind\":\"time\",\"runs\":4,\"batch\":250,\"median_ns\":42.1,\"min_ns\":40,\"all_ns\":[41.3,40,43,45],\
             \"prepare_ns\":17000,\"value\":7}",
        );
    }

    #[test]
    fn what_has_no_result_writes_nothing() {
        writes(Outcome::Nothing, "");
        writes(Outcome::Assigned { name: "x".into(), value: Data::Number(1.0) }, "");
    }
}
