//! Values and outcomes as text for a person.

use unicode_width::UnicodeWidthStr;

use super::number;
use super::style::Style;
use super::table;
use crate::session::{Data, Gradient, Outcome, Partial, TapeLine, Variable, partial_label};
use crate::tensor::{DType, Tensor};

/// Longer tensors are abbreviated.
const ALL_UP_TO: usize = 1000;

/// So many elements stand at either end of an abbreviated axis.
const ENDS: usize = 3;

pub fn outcome(outcome: &Outcome, style: &Style, out: &mut String) {
    match outcome {
        Outcome::Nothing | Outcome::Assigned { .. } | Outcome::Defined { .. } => {}
        Outcome::Value(Data::Number(x)) => {
            number::push(out, *x, style.digits);
            out.push('\n');
        }
        Outcome::Value(data) => line(out, &value(data, style, 0)),
        Outcome::Gradient(gradient) => gradient_lines(gradient, style, out),
        Outcome::Table(table) => table::table(table, style, out),
        Outcome::Tape { lines, target } => tape(lines, target.as_deref(), style, out),
        Outcome::Variables(variables) => variable_lines(variables, style, out),
        Outcome::Message(text) => line(out, text.trim_end()),
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// `x = [1, 2]`, further lines aligned behind the `=`.
pub fn named(name: &str, data: &Data, style: &Style) -> String {
    match data {
        Data::None(why) => format!("{name} = none: {why}"),
        Data::Function(text) => format!("{name} = {text}"),
        _ => format!("{name} = {}", value(data, style, name.width() + 3)),
    }
}

fn gradient_lines(gradient: &Gradient, style: &Style, out: &mut String) {
    if let Some(data) = &gradient.value {
        line(out, &named(&gradient.name, data, style));
    }
    for Partial { by, value } in gradient.partials.iter().chain(&gradient.higher) {
        line(out, &named(&partial_label(&gradient.name, by), value, style));
    }
}

/// A value; lines after the first are indented by `indent` columns.
pub fn value(data: &Data, style: &Style, indent: usize) -> String {
    match data {
        Data::Number(x) => number::number(*x, style.digits),
        Data::Int(i) => i.to_string(),
        Data::Bool(flag) => flag.to_string(),
        Data::Text(text) => quoted(text),
        Data::Tensor(tensor) => tensor_text(tensor, style, indent),
        Data::Range(start, end) => format!("{start}..{end}"),
        Data::Function(text) => text.clone(),
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

fn element(x: f64, dtype: DType, style: &Style) -> String {
    match dtype {
        DType::Bool => (x != 0.0).to_string(),
        _ => number::number(x, style.digits),
    }
}

fn tensor_text(tensor: &Tensor, style: &Style, indent: usize) -> String {
    if tensor.size() == 0 {
        return if tensor.shape().rank() == 1 { "[]".to_string() } else { format!("[]  # shape {}", tensor.shape()) };
    }
    let short = tensor.size() > ALL_UP_TO && !style.full;
    let cells = Cells { tensor, style, short };
    let rows_apart = style.terminal && tensor.shape().rank() > 1;
    let mut text = String::new();
    if !rows_apart {
        cells.flat(tensor.shape().dims(), 0, &mut text);
        if tensor.shape().rank() > 1 && text.width() + indent > style.width {
            text = cells.aligned(indent);
        }
    } else {
        text = cells.aligned(indent);
    }
    if short {
        text.push_str(&format!("  # shape {}", tensor.shape()));
    }
    text
}

/// The elements of a tensor, some of them left out if it is long.
struct Cells<'t> {
    tensor: &'t Tensor,
    style: &'t Style,
    short: bool,
}

impl Cells<'_> {
    /// Indices along an axis that are shown; `None` stands for those left out.
    fn shown(&self, length: usize) -> Vec<Option<usize>> {
        if !self.short || length <= 2 * ENDS + 1 {
            return (0..length).map(Some).collect();
        }
        (0..ENDS).map(Some).chain([None]).chain((length - ENDS..length).map(Some)).collect()
    }

    fn cell(&self, offset: usize) -> String {
        element(self.tensor.data()[offset], self.tensor.dtype(), self.style)
    }

    /// All on one line.
    fn flat(&self, dims: &[usize], offset: usize, out: &mut String) {
        let [length, rest @ ..] = dims else {
            match self.tensor.dtype() {
                DType::Bool => out.push_str(&self.cell(offset)),
                _ => number::push(out, self.tensor.data()[offset], self.style.digits),
            }
            return;
        };
        let size: usize = rest.iter().product();
        out.push('[');
        for (i, index) in self.shown(*length).into_iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            match index {
                Some(index) => self.flat(rest, offset + index * size, out),
                None => out.push('…'),
            }
        }
        out.push(']');
    }

    /// One line a row, columns aligned at the decimal point.
    fn aligned(&self, indent: usize) -> String {
        let dims = self.tensor.shape().dims();
        let columns = self.shown(dims[dims.len() - 1]);
        let mut rows = Vec::new();
        self.row_offsets(&dims[..dims.len() - 1], 0, 0, &mut rows);
        let lines: Vec<Vec<String>> = rows
            .iter()
            .map(|row| match row {
                Row::At { offset, .. } => {
                    columns.iter().map(|column| column.map_or("…".to_string(), |i| self.cell(offset + i))).collect()
                }
                Row::LeftOut => vec!["…".to_string(); columns.len()],
            })
            .collect();
        let widths = table::widths(&lines);
        let mut text = String::new();
        let rank = dims.len() - 1;
        for (i, (row, cells)) in rows.iter().zip(&lines).enumerate() {
            let (opened, closed) = match row {
                Row::At { first_of, last_of, .. } => (*first_of, *last_of),
                Row::LeftOut => (0, 0),
            };
            if i > 0 {
                text.push('\n');
                // an empty line between matrices
                (1..opened).for_each(|_| text.push('\n'));
                text.push_str(&" ".repeat(indent));
            }
            let opened = if i == 0 { rank } else { opened };
            text.push_str(&" ".repeat(rank - opened));
            text.push_str(&"[".repeat(opened + if matches!(row, Row::LeftOut) { 0 } else { 1 }));
            if matches!(row, Row::LeftOut) {
                text.push_str(" …");
                continue;
            }
            let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| width.pad(cell)).collect();
            text.push_str(padded.join(", ").trim_end());
            text.push_str(&"]".repeat(closed + 1));
            if i + 1 < rows.len() {
                text.push(',');
            }
        }
        text
    }

    /// Rows in order, with how many axes begin and end at each.
    fn row_offsets(&self, dims: &[usize], offset: usize, opened: usize, rows: &mut Vec<Row>) {
        let [length, rest @ ..] = dims else {
            rows.push(Row::At { offset, first_of: opened, last_of: 0 });
            return;
        };
        let all = self.tensor.shape().dims();
        let size: usize = all[all.len() - rest.len() - 1..].iter().product();
        for (i, index) in self.shown(*length).into_iter().enumerate() {
            match index {
                Some(index) => self.row_offsets(rest, offset + index * size, if i == 0 { opened + 1 } else { 0 }, rows),
                None => rows.push(Row::LeftOut),
            }
        }
        if let Some(Row::At { last_of, .. }) = rows.last_mut() {
            *last_of += 1;
        }
        // what was counted as opened by the first row belongs to this axis
    }
}

enum Row {
    At { offset: usize, first_of: usize, last_of: usize },
    LeftOut,
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
            let shown = if value.chars().count() > 60 {
                value.chars().take(57).chain("…".chars()).collect()
            } else {
                value
            };
            vec![variable.name.clone(), shown, variable.role.to_string()]
        })
        .collect();
    columns(&rows, out);
}

/// Left-aligned columns, two blanks apart.
fn columns(rows: &[Vec<String>], out: &mut String) {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..count).map(|i| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.width()).max().unwrap_or(0)).collect();
    for row in rows {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width + 2 - cell.width()));
        }
        line(out, text.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Shape;

    fn matrix(dims: &[usize], values: &[f64]) -> Data {
        Data::Tensor(Tensor::new(Shape::from(dims), values.to_vec()))
    }

    #[track_caller]
    fn at_terminal(data: &Data, expected: &str) {
        let style = Style { terminal: true, ..Style::default() };
        assert_eq!(value(data, &style, 0), expected);
    }

    #[test]
    fn rows_are_aligned_at_the_decimal_point() {
        at_terminal(&matrix(&[2, 2], &[1.5, -2.0, 10.0, 0.25]), "[[ 1.5, -2   ],\n [10  ,  0.25]]");
        at_terminal(&matrix(&[3], &[1.0, 2.0, 3.0]), "[1, 2, 3]");
    }

    #[test]
    fn matrices_of_a_stack_stand_apart() {
        let stack = matrix(&[2, 2, 1], &[1.0, 2.0, 3.0, 4.0]);
        at_terminal(&stack, "[[[1],\n  [2]],\n\n [[3],\n  [4]]]");
    }

    #[test]
    fn in_a_pipe_short_tensors_are_one_line() {
        assert_eq!(value(&matrix(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), &Style::default(), 0), "[[1, 2], [3, 4]]");
        assert_eq!(value(&matrix(&[0, 2], &[]), &Style::default(), 0), "[]  # shape (0, 2)");
    }

    #[test]
    fn long_tensors_are_abbreviated_unless_all_is_wanted() {
        let long = matrix(&[2000], &vec![1.0; 2000]);
        assert_eq!(value(&long, &Style::default(), 0), "[1, 1, 1, …, 1, 1, 1]  # shape (2000)");
        let full = Style { full: true, ..Style::default() };
        assert_eq!(value(&long, &full, 0).matches('1').count(), 2000);
    }
}
