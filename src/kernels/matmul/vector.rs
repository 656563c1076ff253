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

/// Some columns that are contiguous.
#[inline(always)]
fn dots<const C: usize, const FUSED: bool>(x: &[f64], m: Matrix, first: usize) -> [f64; C] {
    let columns: [&[f64]; C] = std::array::from_fn(|c| &m.data[(first + c) * m.column..][..x.len()]);
    let mut sums = [[0.0; 8]; C];
    let (eights, rest) = x.as_chunks::<8>();
    for (at, x) in eights.iter().enumerate() {
        for c in 0..C {
            let column = &columns[c].as_chunks::<8>().0[at];
            for lane in 0..8 {
                sums[c][lane] = multiply_add::<FUSED>(x[lane], column[lane], sums[c][lane]);
            }
        }
    }
    for c in 0..C {
        let column = &columns[c][8 * eights.len()..];
        for (sum, (x, y)) in sums[c].iter_mut().zip(rest.iter().zip(column)) {
            *sum = multiply_add::<FUSED>(*x, *y, *sum);
        }
    }
    sums.map(together)
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
