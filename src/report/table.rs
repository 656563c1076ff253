//! Tables: columns of numbers aligned at their decimal points.

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
    fn total(&self) -> usize {
        self.before + self.after
    }

    /// The cell with its point at the column's.
    pub fn pad(&self, cell: &str) -> String {
        let (before, after) = split(cell);
        format!("{}{cell}{}", " ".repeat(self.before.saturating_sub(before)), " ".repeat(self.after.saturating_sub(after)))
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

/// The width of each column.
pub fn widths(rows: &[Vec<String>]) -> Vec<Width> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..columns)
        .map(|column| {
            let parts = rows.iter().filter_map(|row| row.get(column)).map(|cell| split(cell));
            parts.fold(Width { before: 0, after: 0 }, |width, (before, after)| Width {
                before: width.before.max(before),
                after: width.after.max(after),
            })
        })
        .collect()
}

pub fn table(table: &Table, style: &Style, out: &mut String) {
    let flat = Style { terminal: false, width: usize::MAX, ..style.clone() };
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|cell| value(cell, &flat, 0)).collect()).collect();
    let mut widths = widths(&rows);
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
