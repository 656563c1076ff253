//! The table of operations: what each computes, its derivative, domain and doc. One row, one place.
//!
//! Does not know who calls, nor how anything is typed or printed.

pub mod algebra;
pub mod elementwise;
pub mod special;
pub mod structure;

use crate::tape::{Linear, Row, STOP};

pub use elementwise::*;
pub use special::{ROWS as SPECIAL_ROWS, *};
pub use structure::*;

/// The rows that a sweep itself needs.
pub static LINEAR: Linear = Linear { add: &ADD, sum_to: &SUM_TO, live: &LIVE, live_part: &LIVE_PART };

/// Every row of the table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    elementwise::ROWS
        .iter()
        .copied()
        .chain(special::ROWS.iter().copied())
        .chain(structure::ROWS.iter().copied())
        .chain([&STOP])
}

/// Whether a row answers yes or no: its values print as `true` and `false`.
pub fn is_boolean(row: &'static Row) -> bool {
    [&LESS, &LESS_EQUAL, &GREATER, &GREATER_EQUAL, &EQUAL, &NOT_EQUAL].iter().any(|other| std::ptr::eq(row, *other))
}
