//! Products of a vector and a matrix: eight running sums an element of the result, whichever way the matrix lies.

use super::pack::Matrix;
use super::tile::multiply_add;
use super::{Sizes, WORTH_THREADS};
use crate::interrupt;
use crate::kernels::dispatch::{self, Width, Work};
use crate::kernels::threads;

/// Columns whose running sums stay in the nearest cache.
const WIDE: usize = 256;

/// Multiplications of a task.
const TASK: usize = 1 << 18;

/// `out = x m` for a big matrix, on several threads.
pub fn multiply(width: Width, x: &[f64], m: Matrix, out: &mut [f64], sizes: Sizes) {
    let most = if sizes.work() < WORTH_THREADS { 1 } else { usize::MAX };
    let each = (TASK / x.len().max(1)).next_multiple_of(WIDE);
    threads::each_up_to(most, out.chunks_mut(each).enumerate().collect(), |(task, out): (usize, &mut [f64])| {
        if interrupt::is_requested() {
            return;
        }
        let first = task * each;
        match width.is_fused() {
            true => dispatch::run_on(width, Times::<true> { x, m, first, out }),
            false => dispatch::run_on(width, Times::<false> { x, m, first, out }),
        }
    });
}

/// The elements of `x m` from the column `first` on.
pub struct Times<'a, 'o, const FUSED: bool> {
    pub x: &'a [f64],
    pub m: Matrix<'a>,
    pub first: usize,
    pub out: &'o mut [f64],
}

impl<const FUSED: bool> Work for Times<'_, '_, FUSED> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        let Times { x, m, mut first, out } = self;
        if m.row == 1 {
            let (fours, rest) = out.as_chunks_mut::<4>();
            for out in fours {
                *out = dots::<4, FUSED>(x, m, first);
                first += 4;
            }
            for out in rest {
                [*out] = dots::<1, FUSED>(x, m, first);
                first += 1;
            }
            return;
        }
        for out in out.chunks_mut(WIDE) {
            by_rows::<FUSED>(x, m, first, out);
            first += out.len();
        }
    }
}

/// Four columns that are contiguous, or as many as there are.
#[inline(always)]
fn dots<const C: usize, const FUSED: bool>(x: &[f64], m: Matrix, first: usize) -> [f64; C] {
    let mut columns: [&[f64]; 4] = [x; 4];
    for (c, column) in columns.iter_mut().enumerate().take(C) {
        *column = &m.data[(first + c) * m.column..][..x.len()];
    }
    let (x, rest) = x.as_chunks::<8>();
    let [a, b, c, d] = columns;
    let (a, b, c, d) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0, c.as_chunks::<8>().0, d.as_chunks::<8>().0);
    let (a, b, c, d) = (&a[..x.len()], &b[..x.len()], &c[..x.len()], &d[..x.len()]);
    let mut sums = [[0.0; 8]; 4];
    let [s0, s1, s2, s3] = &mut sums;
    for at in 0..x.len() {
        step::<FUSED>(&x[at], &a[at], s0);
        if C > 1 {
            step::<FUSED>(&x[at], &b[at], s1);
            step::<FUSED>(&x[at], &c[at], s2);
            step::<FUSED>(&x[at], &d[at], s3);
        }
    }
    let mut found = [0.0; C];
    for c in 0..C {
        let column = &columns[c][8 * x.len()..];
        for at in 0..rest.len() {
            sums[c][at] = multiply_add::<FUSED>(rest[at], column[at], sums[c][at]);
        }
        found[c] = together(sums[c]);
    }
    found
}

#[inline(always)]
fn step<const FUSED: bool>(x: &[f64; 8], y: &[f64; 8], sums: &mut [f64; 8]) {
    for lane in 0..8 {
        sums[lane] = multiply_add::<FUSED>(x[lane], y[lane], sums[lane]);
    }
}

/// Some columns of a matrix whose rows are contiguous.
#[inline(always)]
fn by_rows<const FUSED: bool>(x: &[f64], m: Matrix, first: usize, out: &mut [f64]) {
    let mut sums = [[0.0; WIDE]; 8];
    for (p, x) in x.iter().enumerate() {
        let row = &m.data[p * m.row + first..][..out.len()];
        for (sum, y) in sums[p % 8].iter_mut().zip(row) {
            *sum = multiply_add::<FUSED>(*x, *y, *sum);
        }
    }
    for (c, out) in out.iter_mut().enumerate() {
        *out = together(std::array::from_fn(|lane| sums[lane][c]));
    }
}

#[inline(always)]
fn together([a, b, c, d, e, f, g, h]: [f64; 8]) -> f64 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}
