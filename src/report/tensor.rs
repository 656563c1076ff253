//! Tensors as nested brackets: one line in a pipe; at a terminal one line a row, aligned, fitted to its width.

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::table::{self, Width};
use crate::tensor::{DType, Tensor};

/// Longer tensors are abbreviated.
const ALL_UP_TO: usize = 1000;

/// So many elements stand at either end of an abbreviated axis.
const ENDS: usize = 3;

const LEFT_OUT: &str = "…";

/// A tensor; lines after the first are indented by `indent` columns. What is left out is followed by the shape.
pub fn text(tensor: &Tensor, style: &Style, indent: usize) -> String {
    let rank = tensor.shape().rank();
    if tensor.size() == 0 {
        return if rank == 1 { "[]".to_string() } else { format!("[]  # shape {}", tensor.shape()) };
    }
    let mut cells = Cells { tensor, style, short: tensor.size() > ALL_UP_TO && !style.full };
    let mut text = match rank {
        0 | 1 => cells.flat(),
        _ if style.terminal => cells.aligned(indent),
        _ => cells.flat(),
    };
    if rank == 1 && style.terminal && !style.full {
        text = wrapped(&text, indent, style.width);
    }
    if cells.short {
        text.push_str(&format!("  # shape {}", tensor.shape()));
    }
    text
}

/// A vector over several lines, each as wide as the terminal.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines = String::new();
    let mut column = indent;
    for (i, cell) in text.split(' ').enumerate() {
        if i > 0 && column + 1 + cell.width() > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent + 1));
            column = indent + 1;
        } else if i > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(cell);
        column += cell.width();
    }
    lines
}

/// The elements of a tensor, some of them left out if it is long or wide.
struct Cells<'t> {
    tensor: &'t Tensor,
    style: &'t Style,
    short: bool,
}

/// The last axis of a tensor at one place of the others.
enum Row {
    /// Where it begins, and how many axes begin before it and end behind it.
    At {
        offset: usize,
        opened: usize,
        closed: usize,
    },
    LeftOut,
}

impl Cells<'_> {
    /// Indices along an axis that are shown; `None` stands for those left out.
    fn shown(&self, length: usize) -> Vec<Option<usize>> {
        if self.short { ends(length, ENDS, ENDS) } else { (0..length).map(Some).collect() }
    }

    fn push(&self, offset: usize, out: &mut String) {
        let x = self.tensor.data()[offset];
        match self.tensor.dtype() {
            DType::Bool => out.push_str(if x != 0.0 { "true" } else { "false" }),
            _ => self.style.push_number(out, x),
        }
    }

    fn cell(&self, offset: usize) -> String {
        let mut cell = String::new();
        self.push(offset, &mut cell);
        cell
    }

    /// All on one line.
    fn flat(&self) -> String {
        let mut text = String::new();
        self.push_flat(self.tensor.shape().dims(), 0, &mut text);
        text
    }

    fn push_flat(&self, dims: &[usize], offset: usize, out: &mut String) {
        let [length, rest @ ..] = dims else {
            return self.push(offset, out);
        };
        let size: usize = rest.iter().product();
        out.push('[');
        for (i, index) in self.shown(*length).into_iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            match index {
                Some(index) => self.push_flat(rest, offset + index * size, out),
                None => out.push_str(LEFT_OUT),
            }
        }
        out.push(']');
    }

    /// One line a row, columns aligned at the decimal point, an empty line between matrices.
    fn aligned(&mut self, indent: usize) -> String {
        let dims = self.tensor.shape().dims();
        let [outer @ .., length] = dims else { return self.flat() };
        let mut rows = Vec::new();
        self.push_rows(outer, 0, 0, &mut rows);
        let room = self.style.width.saturating_sub(indent + 2 * dims.len());
        let (columns, widths) = self.columns(*length, &rows, room);
        let mut text = String::new();
        for (i, row) in rows.iter().enumerate() {
            if i > 0 {
                text.push_str(",\n");
            }
            let Row::At { offset, opened, closed } = row else {
                text.push_str(&" ".repeat(indent + outer.len()));
                text.push_str(LEFT_OUT);
                continue;
            };
            if i > 0 {
                text.push_str(&"\n".repeat(*opened));
                text.push_str(&" ".repeat(indent + outer.len() - opened));
            }
            text.push_str(&"[".repeat(opened + 1));
            for (j, (column, width)) in columns.iter().zip(&widths).enumerate() {
                if j > 0 {
                    text.push_str(", ");
                }
                let cell = column.map_or(LEFT_OUT.to_string(), |column| self.cell(offset + column));
                text.push_str(&width.pad(&cell));
            }
            text.push_str(&"]".repeat(closed + 1));
        }
        text
    }

    /// The columns that fit into `room`, with their widths.
    fn columns(&mut self, length: usize, rows: &[Row], room: usize) -> (Vec<Option<usize>>, Vec<Width>) {
        let columns = self.shown(length);
        let widths: Vec<Width> = columns.iter().map(|column| self.width(*column, rows)).collect();
        let needed: usize = widths.iter().map(|width| width.total() + 2).sum();
        if needed <= room + 2 || self.style.full {
            return (columns, widths);
        }
        // a pair of columns, one at either end, as long as there is room for what stands for the rest
        let mut left = room.saturating_sub(1);
        let mut pairs = 0;
        while 2 * pairs + 1 < columns.len() {
            let pair = widths[pairs].total() + widths[columns.len() - 1 - pairs].total() + 4;
            if pair > left && pairs > 0 {
                break;
            }
            left = left.saturating_sub(pair);
            pairs += 1;
        }
        self.short = true;
        let fitted = ends(length, pairs, pairs);
        let widths = fitted.iter().map(|column| self.width(*column, rows)).collect();
        (fitted, widths)
    }

    fn width(&self, column: Option<usize>, rows: &[Row]) -> Width {
        let Some(column) = column else { return table::width([LEFT_OUT].into_iter()) };
        let cells: Vec<String> = rows
            .iter()
            .filter_map(|row| match row {
                Row::At { offset, .. } => Some(self.cell(offset + column)),
                Row::LeftOut => None,
            })
            .collect();
        table::width(cells.iter().map(String::as_str))
    }

    /// Rows in order, below `opened` axes that begin here.
    fn push_rows(&self, dims: &[usize], offset: usize, opened: usize, rows: &mut Vec<Row>) {
        let [length, rest @ ..] = dims else {
            rows.push(Row::At { offset, opened, closed: 0 });
            return;
        };
        let all = self.tensor.shape().dims();
        let size: usize = all[all.len() - rest.len() - 1..].iter().product();
        for (i, index) in self.shown(*length).into_iter().enumerate() {
            match index {
                Some(index) => self.push_rows(rest, offset + index * size, if i == 0 { opened + 1 } else { 0 }, rows),
                None => rows.push(Row::LeftOut),
            }
        }
        if let Some(Row::At { closed, .. }) = rows.last_mut() {
            *closed += 1;
        }
    }
}

/// The first and the last indices of an axis, `None` between them; all if nothing would be left out.
fn ends(length: usize, first: usize, last: usize) -> Vec<Option<usize>> {
    if length <= first + last + 1 {
        return (0..length).map(Some).collect();
    }
    (0..first).map(Some).chain([None]).chain((length - last..length).map(Some)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Shape;

    fn tensor(dims: &[usize], values: &[f64]) -> Tensor {
        Tensor::new(Shape::from(dims), values.to_vec())
    }

    #[track_caller]
    fn at_terminal(tensor: &Tensor, width: usize, expected: &str) {
        assert_eq!(text(tensor, &Style { terminal: true, width, ..Style::default() }, 0), expected);
    }

    #[track_caller]
    fn in_pipe(tensor: &Tensor, expected: &str) {
        assert_eq!(text(tensor, &Style::default(), 0), expected);
    }

    #[test]
    fn rows_are_aligned_at_the_decimal_point() {
        at_terminal(&tensor(&[2, 2], &[1.5, -2.0, 10.0, 0.25]), 80, "[[ 1.5, -2   ],\n [10  ,  0.25]]");
        at_terminal(&tensor(&[3], &[1.0, 2.0, 3.0]), 80, "[1, 2, 3]");
    }

    #[test]
    fn what_is_no_number_stands_where_whole_parts_end() {
        at_terminal(&tensor(&[3, 1], &[1.5, f64::NAN, f64::NEG_INFINITY]), 80, "[[   1.5],\n [ nan  ],\n [-inf  ]]");
    }

    #[test]
    fn matrices_of_a_stack_stand_apart() {
        let stack = tensor(&[2, 2, 1], &[1.0, 2.0, 3.0, 4.0]);
        at_terminal(&stack, 80, "[[[1],\n  [2]],\n\n [[3],\n  [4]]]");
    }

    #[test]
    fn in_a_pipe_a_tensor_is_one_line() {
        in_pipe(&tensor(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), "[[1, 2], [3, 4]]");
        assert!(!text(&tensor(&[100, 2], &[0.125; 200]), &Style::default(), 0).contains('\n'));
    }

    #[test]
    fn an_empty_tensor_shows_its_shape() {
        in_pipe(&tensor(&[0], &[]), "[]");
        in_pipe(&tensor(&[0, 2], &[]), "[]  # shape (0, 2)");
    }

    #[test]
    fn wide_rows_are_fitted_to_the_terminal() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        at_terminal(
            &tensor(&[2, 20], &values),
            30,
            "[[ 0,  1,  2, …, 17, 18, 19],\n [20, 21, 22, …, 37, 38, 39]]  # shape (2, 20)",
        );
        at_terminal(&tensor(&[12], &values[..12]), 20, "[0, 1, 2, 3, 4, 5,\n 6, 7, 8, 9, 10, 11]");
    }

    #[test]
    fn long_tensors_are_abbreviated_unless_all_is_wanted() {
        let long = tensor(&[2000], &vec![1.0; 2000]);
        in_pipe(&long, "[1, 1, 1, …, 1, 1, 1]  # shape (2000)");
        let full = Style { full: true, ..Style::default() };
        assert_eq!(text(&long, &full, 0).matches('1').count(), 2000);
        let tall = tensor(&[1000, 2], &vec![1.0; 2000]);
        at_terminal(&tall, 80, "[[1, 1],\n [1, 1],\n [1, 1],\n …,\n [1, 1],\n [1, 1],\n [1, 1]]  # shape (1000, 2)");
    }
}
