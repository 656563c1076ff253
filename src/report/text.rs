//! Values and outcomes as text for a person.

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::{table, tensor};
use crate::session::{Data, Gradient, Outcome, Partial, TapeLine, Timing, Variable, push_partial_label};

pub fn outcome(outcome: &Outcome, style: &Style, out: &mut String) {
    match outcome {
        Outcome::Nothing | Outcome::Assigned { .. } | Outcome::Unpacked(_) | Outcome::Defined { .. } => {}
        Outcome::Value(Data::Number(x)) => {
            style.push_number(out, *x);
            out.push('\n');
        }
        Outcome::Value(data) => line(out, &value(data, style, 0)),
        Outcome::Gradient(gradient) => gradient_lines(gradient, style, out),
        Outcome::Table(table) => table::table(table, style, out),
        Outcome::Tape { lines, target } => tape(lines, target.as_deref(), style, out),
        Outcome::Variables(variables) => variable_lines(variables, style, out),
        Outcome::Time(result) => timing(result, out),
        Outcome::Message(text) => line(out, text.trim_end()),
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// `x = [1, 2]`, further lines aligned behind the `=`.
pub fn named(name: &str, data: &Data, style: &Style) -> String {
    let mut out = name.to_string();
    push_value(&mut out, 0, data, style);
    out
}

/// Appends ` = value` to a line whose name begins at `start`.
fn push_value(out: &mut String, start: usize, data: &Data, style: &Style) {
    match data {
        Data::Number(x) => {
            out.push_str(" = ");
            style.push_number(out, *x);
        }
        other => {
            let indent = out[start..].width() + 3;
            out.push_str(" = ");
            out.push_str(&value(other, style, indent));
        }
    }
}

fn gradient_lines(gradient: &Gradient, style: &Style, out: &mut String) {
    if let Some(data) = &gradient.value {
        let start = out.len();
        out.push_str(&gradient.name);
        push_value(out, start, data, style);
        out.push('\n');
    }
    for Partial { by, value } in gradient.partials.iter().chain(&gradient.higher) {
        let start = out.len();
        push_partial_label(out, &gradient.name, by);
        push_value(out, start, value, style);
        if let Some(shape) = jacobian_shape(gradient, by, value) {
            out.push_str(&format!("  # Jacobian, shape {shape}"));
        }
        out.push('\n');
    }
}

/// The shape of a first derivative of a tensor by a tensor that has that of the target and then that of the variable.
fn jacobian_shape(gradient: &Gradient, by: &[String], partial: &Data) -> Option<String> {
    let (Some(Data::Tensor(target)), [_], Data::Tensor(partial)) = (&gradient.value, by, partial) else { return None };
    let is_jacobian = target.shape().rank() > 0 && partial.shape().rank() > target.shape().rank();
    is_jacobian.then(|| partial.shape().to_string())
}

/// A value; lines after the first are indented by `indent` columns.
pub fn value(data: &Data, style: &Style, indent: usize) -> String {
    match data {
        Data::Number(x) => {
            let mut text = String::new();
            style.push_number(&mut text, *x);
            text
        }
        Data::Int(i) => i.to_string(),
        Data::Bool(flag) => flag.to_string(),
        Data::Text(text) => quoted(text),
        Data::Tensor(tensor) => tensor::text(tensor, style, indent),
        Data::Range(start, end) => format!("{start}..{end}"),
        Data::Formula { latex: Some(latex), .. } if style.latex => latex.clone(),
        Data::Function(text) | Data::Formula { text, .. } => text.clone(),
        Data::None(why) => format!("none: {why}"),
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(|item| value(item, &one_line(style), 0)).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{name} = {}", value(field, &one_line(style), 0))).collect();
            format!("record({})", fields.join(", "))
        }
    }
}

fn one_line(style: &Style) -> Style {
    Style { terminal: false, width: usize::MAX, ..style.clone() }
}

/// A text as it would be typed.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn tape(lines: &[TapeLine], target: Option<&str>, style: &Style, out: &mut String) {
    if lines.is_empty() {
        line(out, "the tape is empty");
        return;
    }
    let style = &one_line(style);
    let show = |data: &Data| match data {
        Data::Tensor(tensor) if tensor.size() > 6 => format!("tensor {}", tensor.shape()),
        other => value(other, style, 0),
    };
    let mut head = vec!["node".to_string(), "operation".to_string(), "value".to_string()];
    if let Some(target) = target {
        head.push(format!("∂({target})/∂node"));
    }
    let mut rows = vec![head];
    for tape_line in lines {
        let name = tape_line.name.as_ref().map_or(String::new(), |name| format!(" {name}"));
        let operation = match &tape_line.operands[..] {
            [] => tape_line.operation.clone(),
            operands => format!("{}({})", tape_line.operation, operands.join(", ")),
        };
        let mut row = vec![format!("%{}{name}", tape_line.node), operation, show(&tape_line.value)];
        if target.is_some() {
            row.push(tape_line.adjoint.as_ref().map_or(String::new(), show));
        }
        rows.push(row);
    }
    columns(&rows, out);
}

fn variable_lines(variables: &[Variable], style: &Style, out: &mut String) {
    if variables.is_empty() {
        line(out, "no variables yet");
        return;
    }
    let style = one_line(style);
    let rows: Vec<Vec<String>> = variables
        .iter()
        .map(|variable| {
            let value = value(&variable.value, &style, 0);
            let shown =
                if value.chars().count() > 60 { value.chars().take(57).chain("…".chars()).collect() } else { value };
            vec![variable.name.clone(), shown, variable.role.to_string()]
        })
        .collect();
    columns(&rows, out);
}

fn timing(result: &Timing, out: &mut String) {
    let runs = match (result.all.len(), result.batch) {
        (1, 1) => "1 run".to_string(),
        (runs, 1) => format!("{runs} runs"),
        (timings, batch) => format!("{timings} times {batch} runs"),
    };
    line(out, &format!("{}  median of {runs}", duration(result.median())));
    line(out, &format!("{}  minimum", duration(result.min())));
    line(out, &format!("{}  to prepare, once", duration(result.prepare)));
}

/// `41.3 ns`, `17.0 µs`, ` 230 ms`: three digits, all of one width.
fn duration(nanoseconds: f64) -> String {
    let scale = |limit: f64| nanoseconds < 999.5 * limit;
    let (number, unit) = match () {
        () if scale(1.0) => (nanoseconds, "ns"),
        () if scale(1e3) => (nanoseconds / 1e3, "µs"),
        () if scale(1e6) => (nanoseconds / 1e6, "ms"),
        () => (nanoseconds / 1e9, "s "),
    };
    let decimals = if number < 9.995 { 2 } else { usize::from(number < 99.95) };
    format!("{number:>6.decimals$} {unit}")
}

/// Left-aligned columns, two blanks apart.
fn columns(rows: &[Vec<String>], out: &mut String) {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|i| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width + 2 - cell.width()));
        }
        line(out, text.trim_end());
    }
}
