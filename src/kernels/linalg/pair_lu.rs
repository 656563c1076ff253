//! LU factorization with twice the digits: small matrices are singular only if hardly one of 32 digits is left.

use super::compensated::minus_product;
use super::equilibrate::{Equilibrated, exponent};
use crate::kernels::elementary::Pair;

/// Pivots below this part of what they are a difference of are rounding errors of pairs.
const NOTHING: f64 = 1e-29;

/// `P Â = L U` of an equilibrated matrix, both triangles in one square.
pub struct PairLu {
    n: usize,
    factors: Vec<Pair>,
    order: Vec<usize>,
    is_odd: bool,
    scaled: Equilibrated,
    pub is_singular: bool,
}

impl PairLu {
    /// `None` where the matrix is not finite.
    pub fn new(a: &[f64], n: usize) -> Option<PairLu> {
        if a.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let scaled = Equilibrated::new(a, n);
        let factors: Vec<Pair> = scaled.matrix.iter().map(|&x| Pair::of(x)).collect();
        // the largest number that went into each element
        let mut sizes: Vec<f64> = scaled.matrix.iter().map(|x| x.abs()).collect();
        let mut lu = PairLu { n, factors, order: (0..n).collect(), is_odd: false, scaled, is_singular: false };
        for k in 0..n {
            let size = |row: usize| lu.factors[row * n + k].hi.abs();
            let best = (k..n).fold(k, |best, row| if size(row) > size(best) { row } else { best });
            if best != k {
                for column in 0..n {
                    lu.factors.swap(best * n + column, k * n + column);
                    sizes.swap(best * n + column, k * n + column);
                }
                lu.order.swap(best, k);
                lu.is_odd = !lu.is_odd;
            }
            let pivot = lu.factors[k * n + k];
            if pivot.hi.abs() <= NOTHING * n as f64 * sizes[k * n + k] {
                lu.is_singular = true;
                break;
            }
            for row in k + 1..n {
                let factor = divided(lu.factors[row * n + k], pivot);
                lu.factors[row * n + k] = factor;
                if factor.hi == 0.0 {
                    continue;
                }
                for column in k + 1..n {
                    let upper = lu.factors[k * n + column];
                    let own = &mut lu.factors[row * n + column];
                    *own = minus_product(*own, factor, upper);
                    let inherited = factor.hi.abs() * sizes[k * n + column];
                    sizes[row * n + column] = sizes[row * n + column].max(inherited);
                }
            }
        }
        Some(lu)
    }

    /// The solutions for right sides of `columns` columns.
    pub fn solve(&self, b: &[f64], columns: usize) -> Vec<f64> {
        let n = self.n;
        let mut out = vec![0.0; n * columns];
        for column in 0..columns {
            // the rows' powers first, then what is left of the column's size
            let shifted = |row: usize| libm::frexp(b[row * columns + column]);
            let power = |row: usize| shifted(row).1 - self.scaled.rows[row];
            let size = (0..n).filter(|&row| b[row * columns + column] != 0.0).map(power).max().unwrap_or(0);
            let mut x: Vec<Pair> = self
                .order
                .iter()
                .map(|&row| Pair::of(libm::ldexp(shifted(row).0, (power(row) - size).max(-4000))))
                .collect();
            for row in 0..n {
                for k in 0..row {
                    x[row] = minus_product(x[row], self.factors[row * n + k], x[k]);
                }
            }
            for row in (0..n).rev() {
                for k in row + 1..n {
                    x[row] = minus_product(x[row], self.factors[row * n + k], x[k]);
                }
                x[row] = divided(x[row], self.factors[row * n + row]);
            }
            for row in 0..n {
                out[row * columns + column] = libm::ldexp(x[row].value(), size - self.scaled.columns[row]);
            }
        }
        out
    }

    /// The determinant as a number near 1 and an exponent of 2; 0 where the matrix is singular.
    pub fn det(&self) -> (f64, i64) {
        if self.is_singular {
            return (0.0, 0);
        }
        let mut product = Pair::of(if self.is_odd { -1.0 } else { 1.0 });
        let mut power = self.scaled.det_exponent();
        for k in 0..self.n {
            product = product.times(self.factors[k * self.n + k]).tidy();
            let size = exponent([product.hi].into_iter());
            product = Pair { hi: libm::ldexp(product.hi, -size), lo: libm::ldexp(product.lo, -size) };
            power += size as i64;
        }
        (product.value(), power)
    }
}

/// The quotient of pairs to nearly all their digits.
fn divided(a: Pair, b: Pair) -> Pair {
    let first = a.hi / b.hi;
    let rest = minus_product(a, Pair::of(first), b);
    let second = rest.hi / b.hi;
    Pair::ordered_sum(first, second)
}
