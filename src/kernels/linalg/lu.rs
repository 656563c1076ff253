//! LU factorization with partial pivoting, and what is computed with it.

use super::compensated::{dot, minus_product};
use super::svd::{Svd, svd};
use super::{identity, product, transposed};
use crate::interrupt;
use crate::kernels::elementary::Pair;

/// Matrices up to this size get their determinant with twice the digits, and their solutions a correction.
const CAREFUL: usize = 64;

/// `P A = L U`, both triangles in one square, the 1s of L left out.
pub struct Lu {
    n: usize,
    factors: Vec<f64>,
    /// The row of A that became row `i`.
    rows: Vec<usize>,
    is_odd: bool,
    /// No pivot of some column is more than rounding errors.
    pub is_singular: bool,
}

impl Lu {
    pub fn new(a: &[f64], n: usize) -> Lu {
        let mut lu = Lu { n, factors: a.to_vec(), rows: (0..n).collect(), is_odd: false, is_singular: false };
        // what the elements would be if nothing had cancelled
        let mut sizes: Vec<f64> = a.iter().map(|x| x.abs()).collect();
        for k in 0..n {
            let best =
                (k..n).fold(
                    k,
                    |best, row| {
                        if lu.factors[row * n + k].abs() > lu.factors[best * n + k].abs() { row } else { best }
                    },
                );
            if best != k {
                for column in 0..n {
                    lu.factors.swap(best * n + column, k * n + column);
                    sizes.swap(best * n + column, k * n + column);
                }
                lu.rows.swap(best, k);
                lu.is_odd = !lu.is_odd;
            }
            let pivot = lu.factors[k * n + k];
            if pivot.abs() <= f64::EPSILON * sizes[k * n + k] {
                lu.is_singular = true;
            }
            if pivot == 0.0 || interrupt::is_requested() {
                continue;
            }
            for row in k + 1..n {
                let factor = lu.factors[row * n + k] / pivot;
                lu.factors[row * n + k] = factor;
                let (upper, lower) = lu.factors.split_at_mut(row * n);
                let (pivot_row, own) = (&upper[k * n + k + 1..(k + 1) * n], &mut lower[k + 1..n]);
                own.iter_mut().zip(pivot_row).for_each(|(x, u)| *x -= factor * u);
                let (upper, lower) = sizes.split_at_mut(row * n);
                let (pivot_row, own) = (&upper[k * n + k + 1..(k + 1) * n], &mut lower[k + 1..n]);
                own.iter_mut().zip(pivot_row).for_each(|(x, u)| *x += factor.abs() * u);
            }
        }
        lu
    }

    /// Replaces the right sides, a row for each unknown, by the solutions.
    fn solve(&self, b: &[f64], columns: usize) -> Vec<f64> {
        let n = self.n;
        let mut x = Vec::with_capacity(n * columns);
        self.rows.iter().for_each(|&row| x.extend_from_slice(&b[row * columns..(row + 1) * columns]));
        let eliminate = |from: usize, to: usize, factor: f64, x: &mut [f64]| {
            if factor != 0.0 {
                for column in 0..columns {
                    x[to * columns + column] -= factor * x[from * columns + column];
                }
            }
        };
        for row in 0..n {
            for k in 0..row {
                eliminate(k, row, self.factors[row * n + k], &mut x);
            }
        }
        for row in (0..n).rev() {
            for k in row + 1..n {
                eliminate(k, row, self.factors[row * n + k], &mut x);
            }
            let pivot = self.factors[row * n + row];
            x[row * columns..(row + 1) * columns].iter_mut().for_each(|x| *x /= pivot);
        }
        x
    }
}

/// The solution of `A x = b` for each column of `b`; `None` where A is singular to working precision. Small systems are
/// corrected with residuals of twice the digits (Higham 2002, §12.1).
pub fn solve(a: &[f64], b: &[f64], n: usize, columns: usize) -> Option<Vec<f64>> {
    let lu = Lu::new(a, n);
    if lu.is_singular {
        return None;
    }
    let mut x = lu.solve(b, columns);
    if n > CAREFUL || x.iter().any(|x| !x.is_finite()) {
        return Some(x);
    }
    for _ in 0..2 {
        let mut residual = Vec::with_capacity(x.len());
        for row in 0..n {
            for column in 0..columns {
                let terms = (0..n).map(|at| (-a[row * n + at], x[at * columns + column]));
                residual.push(dot(b[row * columns + column], terms));
            }
        }
        let correction = lu.solve(&residual, columns);
        x.iter_mut().zip(correction).filter(|(_, d)| d.is_finite()).for_each(|(x, d)| *x += d);
    }
    Some(x)
}

/// The inverse; `None` where A is singular to working precision.
pub fn inverse(a: &[f64], n: usize) -> Option<Vec<f64>> {
    solve(a, &identity(n), n, n)
}

/// The determinant. With twice the digits for small matrices: 0 where the matrix is singular in whole numbers.
pub fn det(a: &[f64], n: usize) -> f64 {
    // pairs overflow to NaN, and before single numbers do
    if n <= CAREFUL
        && let Some(det) = careful_det(a, n)
    {
        return det;
    }
    let lu = Lu::new(a, n);
    let product: f64 = (0..n).map(|k| lu.factors[k * n + k]).product();
    if lu.is_odd { -product } else { product }
}

/// `None` where something on the way is not finite.
fn careful_det(a: &[f64], n: usize) -> Option<f64> {
    let mut rows: Vec<Pair> = a.iter().map(|&x| Pair::of(x)).collect();
    let mut result = Pair::of(1.0);
    for k in 0..n {
        let best = (k..n)
            .fold(k, |best, row| if rows[row * n + k].hi.abs() > rows[best * n + k].hi.abs() { row } else { best });
        if best != k {
            (0..n).for_each(|column| rows.swap(best * n + column, k * n + column));
            result = Pair { hi: -result.hi, lo: -result.lo };
        }
        let pivot = rows[k * n + k];
        result = result.times(pivot).tidy();
        if !result.hi.is_finite() {
            return None;
        }
        if pivot.hi == 0.0 {
            return Some(0.0);
        }
        for row in k + 1..n {
            let factor = divided(rows[row * n + k], pivot);
            for column in k + 1..n {
                rows[row * n + column] = minus_product(rows[row * n + column], factor, rows[k * n + column]);
            }
        }
    }
    let value = result.value();
    // what is left of a determinant of 0 after rounding with twice the digits
    let scale: f64 = (0..n).map(|row| a[row * n..(row + 1) * n].iter().fold(0.0_f64, |m, x| m.max(x.abs()))).product();
    let is_nothing = value.abs() < scale * n as f64 * 1e-30;
    value.is_finite().then_some(if is_nothing { 0.0 } else { value })
}

/// The quotient of pairs to nearly all their digits.
fn divided(a: Pair, b: Pair) -> Pair {
    let first = a.hi / b.hi;
    let rest = minus_product(a, Pair::of(first), b);
    let second = rest.hi / b.hi;
    Pair::ordered_sum(first, second)
}

/// Logarithm of the size of the determinant, and its sign: -inf and 0 for a singular matrix.
pub fn log_det(a: &[f64], n: usize) -> (f64, f64) {
    let lu = Lu::new(a, n);
    let mut sign = if lu.is_odd { -1.0 } else { 1.0 };
    let mut sum = 0.0;
    for k in 0..n {
        let pivot = lu.factors[k * n + k];
        sum += pivot.abs().ln();
        sign *= if pivot == 0.0 || pivot.is_nan() { pivot } else { pivot.signum() };
    }
    // small determinants that are no power of e by far come out better from the number itself
    let value = det(a, n);
    if value != 0.0 && value.is_normal() { (value.abs().ln(), value.signum()) } else { (sum, sign) }
}

/// The matrix of cofactors, the gradient of the determinant: `det(A) A⁻ᵀ`, or by the singular values where A has no
/// inverse (Stewart, On the adjugate matrix, 1998).
pub fn cofactors(a: &[f64], n: usize) -> Vec<f64> {
    match n {
        0 => return Vec::new(),
        1 => return vec![1.0],
        2 => return vec![a[3], -a[2], -a[1], a[0]],
        _ => {}
    }
    if n <= 6 {
        // every minor by itself, to the last digit
        let mut out = Vec::with_capacity(n * n);
        for row in 0..n {
            for column in 0..n {
                let rest = (0..n).filter(|&r| r != row);
                let minor: Vec<f64> =
                    rest.flat_map(|r| (0..n).filter(|&c| c != column).map(move |c| a[r * n + c])).collect();
                let sign = if (row + column) % 2 == 0 { 1.0 } else { -1.0 };
                out.push(sign * det(&minor, n - 1));
            }
        }
        return out;
    }
    if let Some(inverse) = inverse(a, n) {
        let det = det(a, n);
        return transposed(&inverse, n).into_iter().map(|x| det * x).collect();
    }
    let Svd { u, s, v, sign } = signed_svd(a, n);
    let scaled: Vec<f64> = u.iter().enumerate().map(|(at, u)| sign * u * product_except(&s, &[at % n])).collect();
    product(&scaled, &transposed(&v, n), n, n)
}

/// How the cofactors change when A moves along `h`: the second derivative of the determinant along it.
pub fn cofactor_slope(a: &[f64], h: &[f64], n: usize) -> Vec<f64> {
    if n <= 5 {
        return (0..n * n).map(|at| minor_slope(a, h, n, at / n, at % n)).collect();
    }
    let Svd { u, s, v, sign } = signed_svd(a, n);
    // in the bases of the singular vectors A is diagonal
    let m = product(&product(&transposed(&u, n), h, n, n), &v, n, n);
    let mut slope = vec![0.0; n * n];
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i) {
            let others = sign * product_except(&s, &[i, j]);
            slope[i * n + i] += m[j * n + j] * others;
            slope[i * n + j] = -m[j * n + i] * others;
        }
    }
    product(&product(&u, &slope, n, n), &transposed(&v, n), n, n)
}

/// The same for one cofactor, by the minors without two rows and columns.
fn minor_slope(a: &[f64], h: &[f64], n: usize, row: usize, column: usize) -> f64 {
    let mut slope = 0.0;
    for k in (0..n).filter(|&k| k != row) {
        for l in (0..n).filter(|&l| l != column && h[k * n + l] != 0.0) {
            let rest = (0..n).filter(|&r| r != row && r != k);
            let left = |c: &usize| *c != column && *c != l;
            let minor: Vec<f64> = rest.flat_map(|r| (0..n).filter(left).map(move |c| a[r * n + c])).collect();
            let places = row + column + k + l + (k > row) as usize + (l > column) as usize;
            let sign = if places.is_multiple_of(2) { 1.0 } else { -1.0 };
            slope += sign * h[k * n + l] * det(&minor, n - 2);
        }
    }
    slope
}

/// Singular values and vectors with the sign of `det(U) det(V)`.
fn signed_svd(a: &[f64], n: usize) -> Svd {
    let mut found = svd(a, n, n);
    found.sign = det(&found.u, n).signum() * det(&found.v, n).signum();
    found
}

fn product_except(values: &[f64], left_out: &[usize]) -> f64 {
    values.iter().enumerate().filter(|(at, _)| !left_out.contains(at)).map(|(_, x)| x).product()
}
