//! Eigenvalues and eigenvectors of symmetric matrices by Jacobi's rotations, which find small eigenvalues accurately.

use super::identity;
use crate::interrupt;

/// More sweeps than any matrix needs.
const MOST_SWEEPS: usize = 60;

/// Eigenvalues in ascending order, and the eigenvectors as columns, each with its largest element positive. The matrix
/// is taken as symmetric: `(A + Aᵀ)/2`.
pub fn eigh(a: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a: Vec<f64> = (0..n * n).map(|at| 0.5 * a[at] + 0.5 * a[at % n * n + at / n]).collect();
    if a.iter().any(|x| !x.is_finite()) {
        return (vec![f64::NAN; n], vec![f64::NAN; n * n]);
    }
    // near 1, so that no product of two elements leaves the range of f64
    let power = super::equilibrate::exponent(a.iter().copied());
    a.iter_mut().for_each(|x| *x = libm::ldexp(*x, -power));
    // rows of `vectors` are eigenvectors
    let mut vectors = identity(n);
    for _ in 0..MOST_SWEEPS {
        let mut is_diagonal = true;
        for p in 0..n {
            if interrupt::is_requested() {
                break;
            }
            for q in p + 1..n {
                let off = a[p * n + q];
                if off.abs() <= f64::EPSILON * 0.5 * (a[p * n + p].abs() * a[q * n + q].abs()).sqrt() || off == 0.0 {
                    continue;
                }
                let total = a[p * n + p].abs() + a[q * n + q].abs();
                if total + off.abs() * 1e-3 == total && off.abs() < f64::MIN_POSITIVE / f64::EPSILON {
                    continue;
                }
                is_diagonal = false;
                let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
                let t = 1.0_f64.copysign(theta) / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                rotate(&mut a, n, (p, q), c, t * c, t * off);
                let (low, high) = vectors.split_at_mut(q * n);
                turn(&mut low[p * n..(p + 1) * n], &mut high[..n], c, t * c);
            }
        }
        if is_diagonal {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[i * n + i].total_cmp(&a[j * n + j]));
    let values = order.iter().map(|&i| libm::ldexp(a[i * n + i], power)).collect();
    let mut columns = vec![0.0; n * n];
    for (at, &i) in order.iter().enumerate() {
        let vector = &vectors[i * n..(i + 1) * n];
        let largest =
            vector.iter().fold(0.0_f64, |best, x| if x.abs() > best.abs() * (1.0 + 1e-9) { *x } else { best });
        let sign = if largest < 0.0 { -1.0 } else { 1.0 };
        vector.iter().enumerate().for_each(|(row, x)| columns[row * n + at] = sign * x);
    }
    (values, columns)
}

/// Turns rows and columns `p` and `q` of a symmetric matrix so that their common element vanishes.
fn rotate(a: &mut [f64], n: usize, (p, q): (usize, usize), c: f64, s: f64, shift: f64) {
    a[p * n + p] -= shift;
    a[q * n + q] += shift;
    a[p * n + q] = 0.0;
    a[q * n + p] = 0.0;
    for k in (0..n).filter(|&k| k != p && k != q) {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        let (x, y) = (c * x - s * y, s * x + c * y);
        (a[p * n + k], a[k * n + p]) = (x, x);
        (a[q * n + k], a[k * n + q]) = (y, y);
    }
}

fn turn(p: &mut [f64], q: &mut [f64], c: f64, s: f64) {
    p.iter_mut().zip(q).for_each(|(p, q)| (*p, *q) = (c * *p - s * *q, s * *p + c * *q));
}
