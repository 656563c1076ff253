//! Loops over slices of f64 and functions of one number. Knows nothing of tapes.

mod allocation;
pub mod ball;
pub mod dispatch;
pub mod double;
pub mod elementary;
mod extreme;
pub mod linalg;
mod matmul;
mod reduce;
pub mod scalar;
pub mod special;
pub mod threads;
pub mod wide;

pub use extreme::{max, max_magnitude, min};
pub use matmul::{Factor, matmul, matmul_shape, matrix_sizes};
pub use reduce::{Lanes, each_lane, reduce, sum, sum_along, sum_to};
