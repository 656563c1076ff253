//! Cholesky factorization.

use super::compensated::dot;

/// The lower triangle L with `A = L Lᵀ`, from the lower triangle of A; `None` where A is not positive definite.
pub fn cholesky(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let terms = (0..column).map(|k| (-l[row * n + k], l[column * n + k]));
            let rest = dot(a[row * n + column], terms);
            l[row * n + column] = if row != column {
                rest / l[column * n + column]
            } else if rest > 0.0 {
                rest.sqrt()
            } else if rest.is_nan() {
                f64::NAN
            } else {
                return None;
            };
        }
    }
    Some(l)
}
