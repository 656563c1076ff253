//! Tables: columns of numbers aligned at their decimal points.
//!
//! Tensors use the same widths for their rows.

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::text::value;
use crate::session::Table;

/// Columns of one kind of cell: room before the decimal point and from it on.
pub struct Width {
    before: usize,
    after: usize,
}

impl Width {
    pub fn total(&self) -> usize {
        self.before + self.after
    }

    /// The cell with its point at the column's.
    pub fn pad(&self, cell: &str) -> String {
        let (before, after) = split(cell);
        format!(
            "{}{cell}{}",
            " ".repeat(self.before.saturating_sub(before)),
            " ".repeat(self.after.saturating_sub(after))
        )
    }
}

/// Width of a cell before its decimal point, and from the point on. An exponent belongs to the latter.
fn split(cell: &str) -> (usize, usize) {
    let is_number = cell.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
    match cell.find(['.', 'e']).filter(|_| is_number) {
        Some(at) => (cell[..at].width(), cell[at..].width()),
        None => (cell.width(), 0),
    }
}

/// The width of a column.
pub fn width<'c>(cells: impl Iterator<Item = &'c str>) -> Width {
    cells.map(split).fold(Width { before: 0, after: 0 }, |width, (before, after)| Width {
        before: width.before.max(before),
        after: width.after.max(after),
    })
}

/// A table with right-aligned heads, the numbers of a column aligned at their decimal points.
pub fn table(table: &Table, style: &Style, out: &mut String) {
    let flat = Style { terminal: false, width: usize::MAX, ..style.clone() };
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|cell| value(cell, &flat, 0)).collect()).collect();
    let column = |i: usize| rows.iter().filter_map(move |row| row.get(i)).map(String::as_str);
    let mut widths: Vec<Width> = (0..table.columns.len()).map(|i| width(column(i))).collect();
    for (width, head) in widths.iter_mut().zip(&table.columns) {
        width.before += head.width().saturating_sub(width.total());
    }
    let heads: Vec<String> = table
        .columns
        .iter()
        .zip(&widths)
        .map(|(head, width)| format!("{}{head}", " ".repeat(width.total() - head.width())))
        .collect();
    out.push_str(heads.join("  ").trim_end());
    out.push('\n');
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| width.pad(cell)).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Data;

    fn written(table: &Table) -> String {
        let mut text = String::new();
        super::table(table, &Style::default(), &mut text);
        text
    }

    #[test]
    fn numbers_are_aligned_at_their_points_under_right_aligned_heads() {
        let row = |x: f64, y: f64| vec![Data::Number(x), Data::Number(y)];
        let columns = vec!["x".to_string(), "∂f/∂x".to_string()];
        let table = Table { columns, rows: vec![row(0.0, -1.0), row(0.5, 10.25), row(1.0, 1e-7)] };
        assert_eq!(written(&table), "  x  ∂f/∂x\n0    -1\n0.5  10.25\n1     1e-7\n");
    }

    #[test]
    fn a_table_without_rows_has_its_heads() {
        assert_eq!(written(&Table { columns: vec!["x".into(), "f".into()], rows: Vec::new() }), "x  f\n");
    }
}
