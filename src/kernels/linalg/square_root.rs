//! Square roots of symmetric matrices, and the equation of their slopes.

use super::compensated::dot;
use super::{eigh, product, transposed};

/// The symmetric root of a symmetric matrix without negative eigenvalues, those apart that rounding makes of 0; `None` of
/// others. Higham, Functions of Matrices (2008), §6.
pub fn sqrtm(a: &[f64], n: usize) -> Option<Vec<f64>> {
    let (values, vectors) = eigh(a, n);
    let largest = values.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
    if values.iter().any(|&w| w < -largest * n as f64 * f64::EPSILON) {
        return None;
    }
    let scaled: Vec<f64> = (0..n * n).map(|at| vectors[at] * values[at % n].max(0.0).sqrt()).collect();
    let root = product(&scaled, &transposed(&vectors, n), n, n);
    Some(refined(a, symmetric(&root, n), n))
}

/// One step of Newton's method with the residual in twice the digits: S + X with S X + X S = A - S S.
fn refined(a: &[f64], root: Vec<f64>, n: usize) -> Vec<f64> {
    let a = symmetric(a, n);
    let residual = |at: usize| {
        let (row, column) = (at / n, at % n);
        dot(a[at], (0..n).map(|k| (-root[row * n + k], root[k * n + column])))
    };
    let step = lyapunov(&root, &(0..n * n).map(residual).collect::<Vec<f64>>(), n);
    // a root of a singular matrix has no such step
    if step.iter().any(|x| !x.is_finite()) {
        return root;
    }
    symmetric(&root.iter().zip(&step).map(|(root, step)| root + step).collect::<Vec<f64>>(), n)
}

fn symmetric(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|at| 0.5 * (a[at] + a[at % n * n + at / n])).collect()
}

/// The x with `s x + x s = b` for a symmetric s: in the axes of its eigenvectors, b by sums of eigenvalues.
pub fn lyapunov(s: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let (values, vectors) = eigh(s, n);
    let turned = transposed(&vectors, n);
    let mut inner = product(&product(&turned, b, n, n), &vectors, n, n);
    inner.iter_mut().enumerate().for_each(|(at, x)| *x /= values[at / n] + values[at % n]);
    product(&product(&vectors, &inner, n, n), &turned, n, n)
}
