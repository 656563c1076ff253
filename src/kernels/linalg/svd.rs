//! Singular values by one-sided Jacobi rotations (Hestenes 1958; Demmel & Veselić 1992), which find small ones with
//! small relative errors.

use super::transposed;
use crate::interrupt;

const MOST_SWEEPS: usize = 60;

/// `A = U diag(s) Vᵀ` with as many singular values as the shorter side has, in descending order.
pub struct Svd {
    /// Rows by singular values.
    pub u: Vec<f64>,
    pub s: Vec<f64>,
    /// Columns by singular values.
    pub v: Vec<f64>,
    /// `det(U) det(V)` where somebody has asked; else 1.
    pub sign: f64,
}

/// The thin singular value decomposition.
pub fn svd(a: &[f64], rows: usize, columns: usize) -> Svd {
    if rows < columns {
        let Svd { u, s, v, sign } = svd(&transposed(a, columns), columns, rows);
        return Svd { u: v, s, v: u, sign };
    }
    let n = columns;
    if a.iter().any(|x| !x.is_finite()) {
        let nan = |count: usize| vec![f64::NAN; count];
        return Svd { u: nan(rows * n), s: nan(n), v: nan(n * n), sign: f64::NAN };
    }
    // columns side by side in memory, together with those of V
    let scale = a.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let scale = if scale == 0.0 { 1.0 } else { scale };
    let mut w: Vec<f64> = transposed(a, n).into_iter().map(|x| x / scale).collect();
    let mut v = super::identity(n);
    for _ in 0..MOST_SWEEPS {
        let mut is_orthogonal = true;
        for p in 0..n {
            if interrupt::is_requested() {
                break;
            }
            for q in p + 1..n {
                let (x, y) = (&w[p * rows..(p + 1) * rows], &w[q * rows..(q + 1) * rows]);
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                let (alpha, beta, gamma) = (dot(x, x), dot(y, y), dot(x, y));
                if gamma.abs() <= f64::EPSILON * (alpha * beta).sqrt() || gamma == 0.0 {
                    continue;
                }
                is_orthogonal = false;
                let zeta = (beta - alpha) / (2.0 * gamma);
                let t = 1.0_f64.copysign(zeta) / (zeta.abs() + zeta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                turn(&mut w, rows, (p, q), c, t * c);
                turn(&mut v, n, (p, q), c, t * c);
            }
        }
        if is_orthogonal {
            break;
        }
    }
    let norms: Vec<f64> =
        (0..n).map(|k| w[k * rows..(k + 1) * rows].iter().fold(0.0_f64, |norm, x| norm.hypot(*x))).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| norms[j].total_cmp(&norms[i]));
    let largest = order.first().map_or(0.0, |&k| norms[k]);
    let mut left: Vec<Vec<f64>> = Vec::with_capacity(n);
    let mut s = Vec::with_capacity(n);
    for &k in &order {
        let column = &w[k * rows..(k + 1) * rows];
        // a column that is nothing but rounding has no direction of its own
        if norms[k] > largest * f64::EPSILON * rows as f64 * 0.01 {
            left.push(column.iter().map(|x| x / norms[k]).collect());
        } else {
            left.push(completed(&left, rows));
        }
        s.push(norms[k] * scale);
    }
    let right: Vec<&[f64]> = order.iter().map(|&k| &v[k * n..(k + 1) * n]).collect();
    let by_rows = |columns: Vec<&[f64]>, count: usize| {
        (0..count).flat_map(|row| columns.iter().map(move |column| column[row]).collect::<Vec<f64>>()).collect()
    };
    Svd { u: by_rows(left.iter().map(Vec::as_slice).collect(), rows), s, v: by_rows(right, n), sign: 1.0 }
}

fn turn(columns: &mut [f64], length: usize, (p, q): (usize, usize), c: f64, s: f64) {
    let (low, high) = columns.split_at_mut(q * length);
    let pairs = low[p * length..(p + 1) * length].iter_mut().zip(&mut high[..length]);
    pairs.for_each(|(p, q)| (*p, *q) = (c * *p - s * *q, s * *p + c * *q));
}

/// A unit vector orthogonal to these.
fn completed(known: &[Vec<f64>], length: usize) -> Vec<f64> {
    let mut best: Vec<f64> = vec![0.0; length];
    let mut best_norm = -1.0;
    for axis in 0..length {
        let mut candidate = vec![0.0; length];
        candidate[axis] = 1.0;
        for _ in 0..2 {
            for other in known {
                let along: f64 = candidate.iter().zip(other).map(|(a, b)| a * b).sum();
                candidate.iter_mut().zip(other).for_each(|(x, other)| *x -= along * other);
            }
        }
        let norm = candidate.iter().fold(0.0_f64, |norm, x| norm.hypot(*x));
        if norm > best_norm {
            (best, best_norm) = (candidate, norm);
        }
        if norm > 0.7 {
            break;
        }
    }
    best.iter().map(|x| x / best_norm).collect()
}

/// The Moore–Penrose inverse, columns by rows; singular values below `rcond` times the largest count as 0.
pub fn pinv(a: &[f64], rows: usize, columns: usize, rcond: f64) -> Vec<f64> {
    let Svd { u, s, v, .. } = svd(a, rows, columns);
    let k = s.len();
    let limit = rcond * s.first().copied().unwrap_or(0.0);
    let inverse: Vec<f64> = s.iter().map(|&s| if s > limit || s.is_nan() { 1.0 / s } else { 0.0 }).collect();
    let scaled: Vec<f64> = v.iter().enumerate().map(|(at, v)| v * inverse[at % k]).collect();
    super::product(&scaled, &transposed(&u, k), k, rows)
}
