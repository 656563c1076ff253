//! Dense linear algebra on row-major matrices: factorizations, and what follows from them.
//!
//! Golub & Van Loan, Matrix Computations (2013), unless a function says otherwise.

mod cholesky;
mod compensated;
mod eig;
mod equilibrate;
mod expm;
mod jacobi;
mod lu;
mod pair_lu;
mod qr;
mod square_root;
mod svd;

pub use cholesky::cholesky;
pub use eig::{NoRealSpectrum, eig};
pub use expm::expm;
pub use jacobi::eigh;
pub use lu::{Lu, cofactor_slope, cofactors, det, inverse, log_det, solve};
pub use qr::orthonormal;
pub use square_root::{lyapunov, sqrtm};
pub use svd::{Svd, pinv, svd};

/// The transposed matrix of one with `columns` columns.
pub fn transposed(a: &[f64], columns: usize) -> Vec<f64> {
    let rows = a.len().checked_div(columns).unwrap_or(0);
    (0..columns).flat_map(|column| (0..rows).map(move |row| a[row * columns + column])).collect()
}

/// The product of two matrices, the left one with `inner` columns and the right one with `columns`.
pub fn product(a: &[f64], b: &[f64], inner: usize, columns: usize) -> Vec<f64> {
    let rows = a.len().checked_div(inner).unwrap_or(0);
    let mut out = vec![0.0; rows * columns];
    for row in 0..rows {
        for at in 0..inner {
            let factor = a[row * inner + at];
            let terms = out[row * columns..(row + 1) * columns].iter_mut().zip(&b[at * columns..(at + 1) * columns]);
            terms.for_each(|(out, b)| *out += factor * b);
        }
    }
    out
}

/// The identity matrix.
pub fn identity(n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * n];
    out.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
    out
}
