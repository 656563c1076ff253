//! LU factorization with partial pivoting, and what is computed with it.

use super::equilibrate::Equilibrated;
use super::pair_lu::PairLu;
use super::svd::{Svd, svd};
use super::{identity, product, transposed};
use crate::interrupt;

/// Matrices up to this size are factorized with twice the digits.
const CAREFUL: usize = 64;

/// `P Â = L U` of an equilibrated matrix, both triangles in one square, the 1s of L left out.
pub struct Lu {
    n: usize,
    factors: Vec<f64>,
    /// The row of Â that became row `i`.
    rows: Vec<usize>,
    is_odd: bool,
    scaled: Equilibrated,
    /// A pivot is 0.
    has_zero_pivot: bool,
}

impl Lu {
    pub fn new(a: &[f64], n: usize) -> Lu {
        let scaled = Equilibrated::new(a, n);
        let factors = scaled.matrix.clone();
        let mut lu = Lu { n, factors, rows: (0..n).collect(), is_odd: false, scaled, has_zero_pivot: false };
        for k in 0..n {
            let size = |row: usize| lu.factors[row * n + k].abs();
            let best = (k..n).fold(k, |best, row| if size(row) > size(best) { row } else { best });
            if best != k {
                (0..n).for_each(|column| lu.factors.swap(best * n + column, k * n + column));
                lu.rows.swap(best, k);
                lu.is_odd = !lu.is_odd;
            }
            let pivot = lu.factors[k * n + k];
            lu.has_zero_pivot |= pivot == 0.0;
            if pivot == 0.0 || interrupt::is_requested() {
                continue;
            }
            for row in k + 1..n {
                let factor = lu.factors[row * n + k] / pivot;
                lu.factors[row * n + k] = factor;
                let (upper, lower) = lu.factors.split_at_mut(row * n);
                let (pivot_row, own) = (&upper[k * n + k + 1..(k + 1) * n], &mut lower[k + 1..n]);
                own.iter_mut().zip(pivot_row).for_each(|(x, u)| *x -= factor * u);
            }
        }
        lu
    }

    /// Whether the matrix has no inverse: a pivot is 0, or the condition number of Â leaves no digit.
    pub fn is_singular(&self) -> bool {
        if self.has_zero_pivot {
            return true;
        }
        let n = self.n;
        let norm = (0..n)
            .map(|column| self.scaled.matrix.iter().skip(column).step_by(n).map(|x| x.abs()).sum::<f64>())
            .fold(0.0, f64::max);
        norm * self.norm_of_inverse() * f64::EPSILON >= 1.0
    }

    /// A lower bound of the 1-norm of Â⁻¹, nearly always within a factor of 3. Higham (2002), algorithm 15.1.
    fn norm_of_inverse(&self) -> f64 {
        let n = self.n;
        let mut x = vec![1.0 / n as f64; n];
        let mut estimate = 0.0;
        for _ in 0..5 {
            let mut y: Vec<f64> = self.rows.iter().map(|&row| x[row]).collect();
            self.substitute(&mut y, 1);
            estimate = f64::max(estimate, y.iter().map(|y| y.abs()).sum());
            let mut z: Vec<f64> = y.iter().map(|y| 1.0_f64.copysign(*y)).collect();
            self.substitute_transposed(&mut z);
            let along: f64 = z.iter().zip(&x).map(|(z, x)| z * x).sum();
            let best = (0..n).fold(0, |best, i| if z[i].abs() > z[best].abs() { i } else { best });
            let grows = z[best].abs() > along;
            if !grows {
                break;
            }
            x = vec![0.0; n];
            x[best] = 1.0;
        }
        estimate
    }

    /// `Â⁻ᵀ z` in place.
    fn substitute_transposed(&self, z: &mut [f64]) {
        let n = self.n;
        for row in 0..n {
            z[row] /= self.factors[row * n + row];
            let known = z[row];
            (row + 1..n).for_each(|at| z[at] -= self.factors[row * n + at] * known);
        }
        for row in (0..n).rev() {
            let known = z[row];
            (0..row).for_each(|at| z[at] -= self.factors[row * n + at] * known);
        }
        let permuted = z.to_vec();
        self.rows.iter().zip(permuted).for_each(|(&row, value)| z[row] = value);
    }

    /// The solutions for right sides of `columns` columns, a row for each unknown.
    fn solve(&self, b: &[f64], columns: usize) -> Vec<f64> {
        let mut x = Vec::with_capacity(self.n * columns);
        for &row in &self.rows {
            let power = -self.scaled.rows[row];
            x.extend(b[row * columns..(row + 1) * columns].iter().map(|b| libm::ldexp(*b, power)));
        }
        self.substitute(&mut x, columns);
        for (row, &power) in self.scaled.columns.iter().enumerate() {
            x[row * columns..(row + 1) * columns].iter_mut().for_each(|x| *x = libm::ldexp(*x, -power));
        }
        x
    }

    /// `U⁻¹ L⁻¹ x` in place.
    fn substitute(&self, x: &mut [f64], columns: usize) {
        let n = self.n;
        let eliminate = |from: usize, to: usize, factor: f64, x: &mut [f64]| {
            if factor != 0.0 {
                for column in 0..columns {
                    x[to * columns + column] -= factor * x[from * columns + column];
                }
            }
        };
        for row in 0..n {
            for k in 0..row {
                eliminate(k, row, self.factors[row * n + k], x);
            }
        }
        for row in (0..n).rev() {
            for k in row + 1..n {
                eliminate(k, row, self.factors[row * n + k], x);
            }
            let pivot = self.factors[row * n + row];
            x[row * columns..(row + 1) * columns].iter_mut().for_each(|x| *x /= pivot);
        }
    }
}

/// The solution of `A x = b` for each column of `b`; `None` where A is singular: a pivot is 0, or no digit would be
/// left. Small systems are solved with twice the digits.
pub fn solve(a: &[f64], b: &[f64], n: usize, columns: usize) -> Option<Vec<f64>> {
    if n <= CAREFUL
        && b.iter().all(|x| x.is_finite())
        && let Some(lu) = PairLu::new(a, n)
    {
        return (!lu.is_singular).then(|| lu.solve(b, columns));
    }
    let lu = Lu::new(a, n);
    if lu.is_singular() { None } else { Some(lu.solve(b, columns)) }
}

/// The inverse; `None` where A is singular to working precision.
pub fn inverse(a: &[f64], n: usize) -> Option<Vec<f64>> {
    solve(a, &identity(n), n, n)
}

/// The determinant. With twice the digits for small matrices: 0 where the matrix is singular in whole numbers.
pub fn det(a: &[f64], n: usize) -> f64 {
    let (value, power) = det_parts(a, n);
    libm::ldexp(value, power.clamp(-5000, 5000) as i32)
}

/// The determinant as a number near 1 and an exponent of 2.
fn det_parts(a: &[f64], n: usize) -> (f64, i64) {
    if n <= CAREFUL
        && let Some(lu) = PairLu::new(a, n)
    {
        return lu.det();
    }
    let lu = Lu::new(a, n);
    let start = (if lu.is_odd { -1.0 } else { 1.0 }, lu.scaled.det_exponent());
    (0..n).fold(start, |(product, power), k| {
        let (fraction, more) = libm::frexp(product * lu.factors[k * n + k]);
        (fraction, power + more as i64)
    })
}

/// Logarithm of the size of the determinant, and its sign: -inf and 0 for a singular matrix.
pub fn log_det(a: &[f64], n: usize) -> (f64, f64) {
    let (value, power) = det_parts(a, n);
    let sign = if value == 0.0 || value.is_nan() { value } else { value.signum() };
    // within the range of f64 from the number itself: log(1) is 0, not a difference
    let whole = libm::ldexp(value, power.clamp(-5000, 5000) as i32);
    if whole.is_normal() {
        return (whole.abs().ln(), sign);
    }
    (value.abs().ln() + power as f64 * std::f64::consts::LN_2, sign)
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
