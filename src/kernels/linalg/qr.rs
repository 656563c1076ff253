//! QR factorization by Householder reflections.

/// The first `columns` columns of Q, of a matrix with at least as many rows; the diagonal of R is not negative in none
/// of the usual libraries: signs are LAPACK's.
pub fn orthonormal(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut r = a.to_vec();
    let mut reflections: Vec<(Vec<f64>, f64)> = Vec::with_capacity(columns);
    for k in 0..columns {
        let mut v: Vec<f64> = (k..rows).map(|row| r[row * columns + k]).collect();
        let norm = v.iter().fold(0.0_f64, |norm, x| norm.hypot(*x));
        // LAPACK reflects the column to -sign(x) |x|, and leaves alone what has nothing below its diagonal
        let is_done = v[1..].iter().all(|x| *x == 0.0);
        if !is_done {
            v[0] += norm.copysign(v[0]);
        }
        let square: f64 = v.iter().map(|x| x * x).sum();
        let factor = if is_done || square == 0.0 { 0.0 } else { 2.0 / square };
        reflect(&mut r, &v, factor, k, columns);
        reflections.push((v, factor));
    }
    let mut q = vec![0.0; rows * columns];
    (0..columns).for_each(|k| q[k * columns + k] = 1.0);
    for (k, (v, factor)) in reflections.iter().enumerate().rev() {
        reflect(&mut q, v, *factor, k, columns);
    }
    q
}

/// Rows from `first` on become `(1 - factor v vᵀ)` times themselves.
fn reflect(a: &mut [f64], v: &[f64], factor: f64, first: usize, columns: usize) {
    if factor == 0.0 {
        return;
    }
    for column in 0..columns {
        let along: f64 = v.iter().enumerate().map(|(i, v)| v * a[(first + i) * columns + column]).sum();
        v.iter().enumerate().for_each(|(i, v)| a[(first + i) * columns + column] -= factor * along * v);
    }
}
