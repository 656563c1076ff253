//! The matrix exponential.

use super::{identity, product, solve};

/// Bounds of the 1-norm up to which the Padé approximants of order 3, 5, 7, 9 and 13 are exact to rounding, and their
/// coefficients (Higham, The scaling and squaring method revisited, 2005).
const ORDERS: [(f64, &[f64]); 5] = [
    (1.495585217958292e-2, &[120.0, 60.0, 12.0, 1.0]),
    (2.53939833006323e-1, &[30240.0, 15120.0, 3360.0, 420.0, 30.0, 1.0]),
    (9.504178996162932e-1, &[17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0]),
    (
        2.097847961257068,
        &[17643225600.0, 8821612800.0, 2075673600.0, 302702400.0, 30270240.0, 2162160.0, 110880.0, 3960.0, 90.0, 1.0],
    ),
    (
        5.371920351148152,
        &[
            64764752532480000.0,
            32382376266240000.0,
            7771770303897600.0,
            1187353796428800.0,
            129060195264000.0,
            10559470521600.0,
            670442572800.0,
            33522128640.0,
            1323241920.0,
            40840800.0,
            960960.0,
            16380.0,
            182.0,
            1.0,
        ],
    ),
];

/// `exp(A) = Σ Aᵏ/k!`. NaN where A is not finite.
pub fn expm(a: &[f64], n: usize) -> Vec<f64> {
    let norm = |a: &[f64]| {
        (0..n).map(|column| a.iter().skip(column).step_by(n).map(|x| x.abs()).sum::<f64>()).fold(0.0, f64::max)
    };
    if a.iter().any(|x| !x.is_finite()) {
        return vec![f64::NAN; n * n];
    }
    let (a, powers) = balanced(a, n);
    let size = norm(&a);
    if !size.is_finite() {
        return vec![f64::NAN; n * n];
    }
    let (bound, coefficients) = ORDERS.into_iter().find(|(bound, _)| size <= *bound).unwrap_or(ORDERS[4]);
    let squarings = if size > bound { (size / bound).log2().ceil() as i32 } else { 0 };
    let scaled: Vec<f64> = a.iter().map(|x| x * 0.5_f64.powi(squarings)).collect();
    let square = product(&scaled, &scaled, n, n);
    // odd and even parts of the numerator; the denominator is their difference
    let (mut odd, mut even) = (vec![0.0; n * n], vec![0.0; n * n]);
    let mut power = identity(n);
    for (at, pair) in coefficients.chunks(2).enumerate() {
        if at > 0 {
            power = product(&power, &square, n, n);
        }
        even.iter_mut().zip(&power).for_each(|(sum, x)| *sum += pair[0] * x);
        odd.iter_mut().zip(&power).for_each(|(sum, x)| *sum += pair[1] * x);
    }
    let odd = product(&scaled, &odd, n, n);
    let numerator: Vec<f64> = even.iter().zip(&odd).map(|(even, odd)| even + odd).collect();
    let denominator: Vec<f64> = even.iter().zip(&odd).map(|(even, odd)| even - odd).collect();
    let Some(mut result) = solve(&denominator, &numerator, n, n) else { return vec![f64::NAN; n * n] };
    for _ in 0..squarings {
        result = product(&result, &result, n, n);
    }
    result.iter_mut().enumerate().for_each(|(at, x)| *x = libm::ldexp(*x, powers[at / n] - powers[at % n]));
    result
}

/// `D⁻¹ A D` with the powers of two of D, rows and columns of one size: fewer squarings, and small eigenvalues beside
/// large elements that are no part of a cycle. Parlett & Reinsch, Balancing a matrix (1969).
fn balanced(a: &[f64], n: usize) -> (Vec<f64>, Vec<i32>) {
    const MOST_ROUNDS: usize = 8;
    let mut a = a.to_vec();
    let mut powers = vec![0; n];
    for _ in 0..MOST_ROUNDS {
        let mut is_done = true;
        for i in 0..n {
            let others = || (0..n).filter(|&j| j != i);
            let column: f64 = others().map(|j| a[j * n + i].abs()).sum();
            let row: f64 = others().map(|j| a[i * n + j].abs()).sum();
            let diagonal = a[i * n + i].abs().max(1.0);
            let power = match () {
                _ if row == 0.0 && column == 0.0 => 0,
                // nothing comes back: the row may be as small as the diagonal
                _ if column == 0.0 => (row / diagonal).max(1.0).log2().ceil() as i32,
                _ if row == 0.0 => -((column / diagonal).max(1.0).log2().ceil() as i32),
                _ => (0.5 * (row / column).log2()).round() as i32,
            };
            if power == 0 {
                continue;
            }
            is_done = false;
            powers[i] += power;
            for j in others() {
                a[i * n + j] = libm::ldexp(a[i * n + j], -power);
                a[j * n + i] = libm::ldexp(a[j * n + i], power);
            }
        }
        if is_done {
            break;
        }
    }
    (a, powers)
}
