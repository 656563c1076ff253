//! Eigenvalues and eigenvectors of real matrices that need not be symmetric, where they are real.
//!
//! Hessenberg form, then the shifted QR algorithm; the vectors by inverse iteration. Golub & Van Loan (2013), §7.4–7.6.

use super::lu::solve;
use super::{product, transposed};
use crate::interrupt;

const MOST_STEPS: usize = 60;

/// What a spectrum is, besides real.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoRealSpectrum {
    /// A pair `re ± im i`.
    Complex {
        re: f64,
        im: f64,
    },
    NotFinite,
    NotFound,
}

/// Real eigenvalues in ascending order, and their vectors as columns of length 1, the largest element positive.
pub fn eig(a: &[f64], n: usize) -> Result<(Vec<f64>, Vec<f64>), NoRealSpectrum> {
    if a.iter().any(|x| !x.is_finite()) {
        return Err(NoRealSpectrum::NotFinite);
    }
    let mut values = eigenvalues(hessenberg(a, n), n)?;
    values.sort_by(f64::total_cmp);
    let size = a.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
    let turned = transposed(a, n);
    let mut vectors = vec![0.0; n * n];
    for (at, value) in values.iter_mut().enumerate() {
        let right = vector(a, n, *value, size, at);
        let left = vector(&turned, n, *value, size, at);
        // the Rayleigh quotient of both vectors takes the rounding errors out, unless they are nearly orthogonal
        let along: f64 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
        if along.abs() > 1e-6 {
            let moved = product(a, &right, n, 1);
            let residual: f64 = left.iter().zip(moved.iter().zip(&right)).map(|(l, (m, r))| l * (m - *value * r)).sum();
            *value += residual / along;
        }
        right.iter().enumerate().for_each(|(row, x)| vectors[row * n + at] = *x);
    }
    Ok((values, vectors))
}

/// A vector of the null space of `A - value`, by inverse iteration.
fn vector(a: &[f64], n: usize, value: f64, size: f64, seed: usize) -> Vec<f64> {
    // a shift that is not the eigenvalue to the last digit; equal values start from different vectors
    let shift = value + size.max(f64::MIN_POSITIVE) * f64::EPSILON * (1.0 + seed as f64 / 8.0);
    let mut moved = a.to_vec();
    moved.iter_mut().step_by(n + 1).for_each(|x| *x -= shift);
    let mut x: Vec<f64> = (0..n).map(|i| 1.0 + ((i * 7 + seed * 13 + 3) % 11) as f64 / 11.0).collect();
    for _ in 0..3 {
        let Some(next) = solve(&moved, &x, n, 1) else { break };
        let largest = next.iter().fold(0.0_f64, |best, x| if x.abs() > best.abs() { *x } else { best });
        if !largest.is_finite() || largest == 0.0 {
            break;
        }
        x = next.iter().map(|x| x / largest).collect();
    }
    let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let largest = x.iter().fold(0.0_f64, |best, x| if x.abs() > best.abs() * (1.0 + 1e-9) { *x } else { best });
    let scale = norm.copysign(largest);
    x.iter().map(|x| x / scale).collect()
}

/// The similar matrix without elements below its first subdiagonal, by elimination with pivots.
fn hessenberg(a: &[f64], n: usize) -> Vec<f64> {
    let mut h = a.to_vec();
    for k in 1..n.saturating_sub(1) {
        let best = (k..n).fold(k, |best, i| if h[i * n + k - 1].abs() > h[best * n + k - 1].abs() { i } else { best });
        if h[best * n + k - 1] == 0.0 {
            continue;
        }
        if best != k {
            (0..n).for_each(|j| h.swap(best * n + j, k * n + j));
            (0..n).for_each(|i| h.swap(i * n + best, i * n + k));
        }
        for i in k + 1..n {
            let factor = h[i * n + k - 1] / h[k * n + k - 1];
            if factor != 0.0 {
                (0..n).for_each(|j| h[i * n + j] -= factor * h[k * n + j]);
                (0..n).for_each(|row| h[row * n + k] += factor * h[row * n + i]);
                h[i * n + k - 1] = 0.0;
            }
        }
    }
    h
}

/// Eigenvalues of a Hessenberg matrix: QR steps by rotations with Wilkinson's shift, deflated at the lower end.
fn eigenvalues(mut h: Vec<f64>, n: usize) -> Result<Vec<f64>, NoRealSpectrum> {
    let mut values = Vec::with_capacity(n);
    let mut end = n;
    let mut steps = 0;
    while end > 0 {
        if interrupt::is_requested() {
            return Err(NoRealSpectrum::NotFound);
        }
        let start = block_start(&mut h, n, end);
        if start == end - 1 {
            values.push(h[start * n + start]);
            (end, steps) = (start, 0);
            continue;
        }
        if start + 2 == end {
            values.extend(of_two([
                h[start * n + start],
                h[start * n + end - 1],
                h[(end - 1) * n + start],
                h[(end - 1) * n + end - 1],
            ])?);
            (end, steps) = (start, 0);
            continue;
        }
        steps += 1;
        if steps > MOST_STEPS {
            return double_step_values(&h, n, start, end);
        }
        let last = end - 1;
        let [a, b, c, d] =
            [h[(last - 1) * n + last - 1], h[(last - 1) * n + last], h[last * n + last - 1], h[last * n + last]];
        // of the two eigenvalues of the lower corner the one nearer to its end; where they are complex their real part
        let (half, gap) = (0.5 * (a - d), b * c);
        let root = half * half + gap;
        let shift = match () {
            _ if steps % 11 == 10 => d + c.abs(),
            _ if root >= 0.0 => {
                let divisor = half + root.sqrt().copysign(half);
                if divisor == 0.0 { d } else { d - gap / divisor }
            }
            _ => d + half,
        };
        qr_step(&mut h, n, start, end, shift);
    }
    Ok(values)
}

/// Where the unreduced block that ends at `end` begins.
fn block_start(h: &mut [f64], n: usize, end: usize) -> usize {
    for k in (1..end).rev() {
        let near = h[(k - 1) * n + k - 1].abs() + h[k * n + k].abs();
        if h[k * n + k - 1].abs() <= f64::EPSILON * near || h[k * n + k - 1].abs() < f64::MIN_POSITIVE {
            h[k * n + k - 1] = 0.0;
            return k;
        }
    }
    0
}

/// The eigenvalues of a matrix of two rows.
fn of_two([a, b, c, d]: [f64; 4]) -> Result<[f64; 2], NoRealSpectrum> {
    let half = 0.5 * (a - d);
    let root = half.mul_add(half, b * c);
    // a double eigenvalue comes out with a gap of the root of the rounding error
    let scale = half * half + (b * c).abs();
    if root < -64.0 * f64::EPSILON * scale {
        return Err(NoRealSpectrum::Complex { re: 0.5 * (a + d), im: (-root).sqrt() });
    }
    let far = half + root.max(0.0).sqrt().copysign(half);
    let first = d + far;
    Ok([first, if far == 0.0 { first } else { d - b * c / far }])
}

/// One step of the QR algorithm on the rows from `start` to `end`.
fn qr_step(h: &mut [f64], n: usize, start: usize, end: usize, shift: f64) {
    (start..end).for_each(|i| h[i * n + i] -= shift);
    let mut turns = Vec::with_capacity(end - start);
    for k in start..end - 1 {
        let (x, y) = (h[k * n + k], h[(k + 1) * n + k]);
        let length = x.hypot(y);
        let (c, s) = if length == 0.0 { (1.0, 0.0) } else { (x / length, y / length) };
        for j in k..end {
            let (upper, lower) = (h[k * n + j], h[(k + 1) * n + j]);
            h[k * n + j] = c * upper + s * lower;
            h[(k + 1) * n + j] = c * lower - s * upper;
        }
        turns.push((c, s));
    }
    for (k, (c, s)) in (start..).zip(turns) {
        for i in start..(k + 2).min(end) {
            let (left, right) = (h[i * n + k], h[i * n + k + 1]);
            h[i * n + k] = c * left + s * right;
            h[i * n + k + 1] = c * right - s * left;
        }
    }
    (start..end).for_each(|i| h[i * n + i] += shift);
}

/// A block that does not deflate with real shifts has complex eigenvalues; which, its lower corner says nearly.
fn double_step_values(h: &[f64], n: usize, start: usize, end: usize) -> Result<Vec<f64>, NoRealSpectrum> {
    for k in (start + 1..end).rev() {
        of_two([h[(k - 1) * n + k - 1], h[(k - 1) * n + k], h[k * n + k - 1], h[k * n + k]])?;
    }
    Err(NoRealSpectrum::NotFound)
}

#[cfg(test)]
mod tests {
    use super::super::identity;
    use super::*;

    #[test]
    fn a_triangle_has_its_diagonal_as_eigenvalues() {
        let a = [1.0, 5.0, -2.0, 0.0, 3.0, 7.0, 0.0, 0.0, -4.0];
        let (values, vectors) = eig(&a, 3).unwrap();
        assert_eq!(values, [-4.0, 1.0, 3.0]);
        for at in 0..3 {
            let v: Vec<f64> = (0..3).map(|row| vectors[row * 3 + at]).collect();
            let moved = product(&a, &v, 3, 1);
            moved.iter().zip(&v).for_each(|(m, v)| assert!((m - values[at] * v).abs() < 1e-14));
        }
        assert_eq!(eig(&identity(2), 2).unwrap().0, [1.0, 1.0]);
    }

    #[test]
    fn a_rotation_has_no_real_spectrum() {
        assert_eq!(eig(&[0.0, -1.0, 1.0, 0.0], 2), Err(NoRealSpectrum::Complex { re: 0.0, im: 1.0 }));
        let a = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        assert!(matches!(eig(&a, 3), Err(NoRealSpectrum::Complex { .. })));
    }
}
