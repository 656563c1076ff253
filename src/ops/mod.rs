//! The table of operations: what each computes, its derivative, domain and doc. One row, one place.
//!
//! Does not know who calls, nor how anything is typed or printed.

pub mod algebra;
mod balls;
pub mod domain;
pub mod doubt;
pub mod elementwise;
pub mod extended;
mod kinks;
pub mod linalg;
pub mod order;
pub mod series;
pub mod special;
pub mod structure;
mod table;
pub mod wide;

use crate::tape::{Linear, Row, STOP};

pub use elementwise::*;
pub use linalg::*;
pub use order::*;
pub use special::*;
pub use structure::*;

/// The rows that a sweep itself needs.
pub static LINEAR: Linear = Linear {
    add: &ADD,
    sum_to: &SUM_TO,
    broadcast_to: &BROADCAST_TO,
    has_vanished: doubt::slope_has_vanished,
    sizing: doubt::sizing,
    live: &LIVE,
    live_part: &LIVE_PART,
    selected: structure::selected,
    assembled: structure::assembled,
};

/// Every row of the table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [elementwise::ROWS, special::ROWS, structure::ROWS, order::ROWS, linalg::ROWS];
    tables.into_iter().flatten().copied().chain([&STOP])
}

/// The rows of special functions, whose accuracy has tables of its own.
pub fn special_rows() -> &'static [&'static Row] {
    special::ROWS
}

/// Whether a row answers yes or no: its values print as `true` and `false`.
pub fn is_boolean(row: &'static Row) -> bool {
    [&LESS, &LESS_EQUAL, &GREATER, &GREATER_EQUAL, &EQUAL, &NOT_EQUAL].iter().any(|other| std::ptr::eq(row, *other))
}

/// Whether a row exists for the derivative of another: it can be called, since formulas print it, but nobody who looks
/// for a function means it.
pub fn is_auxiliary(name: &str) -> bool {
    let endings = ["_derivative", "_slope", "_gap", "_plus1", "_half_pi_square"];
    endings.iter().any(|ending| name.ends_with(ending)) || AUXILIARY.contains(&name)
}

const AUXILIARY: &[&str] =
    &["betainc_a", "betainc_b", "betainc_aa", "betainc_ab", "betainc_bb", "beta_density", "sech2"];
