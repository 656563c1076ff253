//! Recorded computations once more, with other numbers: an error bound, double-doubles, wide numbers.
//!
//! An expression is a chain of operations, each of them right to the last digit, and yet `(1 - cos(x))/x^2` at 1e-4 has
//! lost eight digits and `log(exp(1000))` is infinite. There is one walk over what was recorded ([`walk`]); an
//! arithmetic says what happens at a node. The bound ([`bound`]) tells which elements of a result have lost digits; those
//! are computed again ([`precise`]).
//!
//! Knows nothing of the language, nor of how anything was recorded.

mod bound;
mod leaf;
mod precise;
mod stretch;
mod walk;

pub use precise::{BUDGET, Element, Precise, PreciseRows, precise, precise_rows, refined};
