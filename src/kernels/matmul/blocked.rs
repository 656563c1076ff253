//! Products of matrices: blocks that stay in the caches, packed, tile by tile (Goto and van de Geijn 2008, "Anatomy of
//! high-performance matrix multiplication").

use super::pack::{DEPTH, Eight, Matrix, pack};
use super::tile::{Target, tile};
use super::{Sizes, WORTH_THREADS};
use crate::interrupt;
use crate::kernels::dispatch::{self, Width, Work};
use crate::kernels::threads;

/// Columns of the right operand that are packed at a time.
const COLUMNS: usize = 1536;

/// Rows of the left operand that a task packs: with [`DEPTH`] they leave room in a second cache of half a megabyte.
const ROWS: usize = 96;

/// The same where there would be too few tasks for all threads.
const FEW_ROWS: usize = 24;

/// Elements of the right operand that stay in a nearest cache beside a panel of the left one.
const NEAR: usize = 1 << 12;

/// `out = a b`. Interrupted, it leaves the rest of `out` as it was.
pub fn multiply(width: Width, a: Matrix, b: Matrix, out: &mut [f64], sizes: Sizes) {
    let product = Product { width, a, b, sizes };
    match (width.lanes(), width.is_fused()) {
        (8.., _) => product.run::<8, 3, true>(out),
        (_, true) => product.run::<6, 1, true>(out),
        (_, false) => product.run::<4, 1, false>(out),
    }
}

struct Product<'a> {
    width: Width,
    a: Matrix<'a>,
    b: Matrix<'a>,
    sizes: Sizes,
}

impl Product<'_> {
    fn run<const R: usize, const V: usize, const FUSED: bool>(&self, out: &mut [f64]) {
        let Sizes { m, n, k } = self.sizes;
        let most = if self.sizes.work() < WORTH_THREADS { 1 } else { usize::MAX };
        let rows = if m >= 8 * ROWS { ROWS } else { FEW_ROWS };
        for left in (0..k).step_by(COLUMNS) {
            let columns = COLUMNS.min(k - left);
            let mut packed = vec![Eight([0.0; 8]); columns.div_ceil(8 * V) * V * DEPTH.min(n)];
            for from in (0..n).step_by(DEPTH) {
                let depth = DEPTH.min(n - from);
                let strips = packed.chunks_mut(V * depth).take(columns.div_ceil(8 * V)).enumerate();
                threads::each_up_to(most, strips.collect(), |(strip, to): (usize, &mut [Eight])| {
                    let first = strip * 8 * V;
                    let columns = (left + first, (columns - first).min(8 * V));
                    dispatch::run_on(self.width, PackRight::<V> { b: self.b, columns, rows: (from, depth), to });
                });
                let tasks = out.chunks_mut(rows * k).enumerate();
                threads::each_up_to(most, tasks.collect(), |(task, out): (usize, &mut [f64])| {
                    if interrupt::is_requested() {
                        return;
                    }
                    let (a, right) = (self.a, &packed[..]);
                    let at = Block { first: task * rows, row: k, left, columns, from, depth };
                    dispatch::run_on(
                        self.width,
                        Multiply::<R, V, FUSED> { a, right, out, at, panels: &mut Vec::new() },
                    );
                });
                if interrupt::is_requested() {
                    return;
                }
            }
        }
    }
}

/// A strip of at most `8 V` columns: the first and how many; the rows alike.
pub struct PackRight<'a, 't, const V: usize> {
    pub b: Matrix<'a>,
    pub columns: (usize, usize),
    pub rows: (usize, usize),
    pub to: &'t mut [Eight],
}

impl<const V: usize> Work for PackRight<'_, '_, V> {
    type Output = ();

    /// Only as many vectors an item as the strip has columns for.
    #[inline(always)]
    fn work(self) {
        let (first, count) = self.columns;
        let vectors = count.div_ceil(8);
        for v in 0..vectors {
            let columns = (first + 8 * v, (count - 8 * v).min(8));
            pack::<8>(self.b.turned(), columns, self.rows, &mut self.to[v..], vectors);
        }
    }
}

/// Which part of the result a task computes, and from which part of the inner length.
#[derive(Clone, Copy)]
pub struct Block {
    /// Row of the left operand that is the first of the result.
    pub first: usize,
    /// Elements of a whole row of the result.
    pub row: usize,
    pub left: usize,
    pub columns: usize,
    pub from: usize,
    pub depth: usize,
}

pub struct Multiply<'a, 'o, const R: usize, const V: usize, const FUSED: bool> {
    pub a: Matrix<'a>,
    /// Packed in strips of `8 V` columns, the last one as narrow as it may be.
    pub right: &'a [Eight],
    pub out: &'o mut [f64],
    pub at: Block,
    /// Memory for the left operand.
    pub panels: &'o mut Vec<[f64; R]>,
}

impl<const R: usize, const V: usize, const FUSED: bool> Work for Multiply<'_, '_, R, V, FUSED> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        let Multiply { a, right, out, at, panels } = self;
        let Block { first, row, left, columns, from, depth } = at;
        let rows = out.len() / row;
        panels.resize(rows.div_ceil(R) * depth, [0.0; R]);
        for (panel, to) in panels.chunks_exact_mut(depth).enumerate() {
            let lines = R.min(rows - panel * R);
            pack::<R>(a, (first + panel * R, lines), (from, depth), to, 1);
        }
        let (strips, count) = (columns.div_ceil(8 * V), rows.div_ceil(R));
        // a right operand that stays in the nearest caches is gone through again and again, or else the left one
        let by_rows = columns * depth <= NEAR;
        let (mut panel, mut strip) = (0, 0);
        while panel < count && strip < strips {
            let start = strip * 8 * V;
            let to = Target { row, start: left + start, columns: (columns - start).min(8 * V), begins: from == 0 };
            let a = &panels[panel * depth..][..depth];
            let b = &right[strip * V * depth..];
            let out = &mut out[panel * R * row..];
            match to.columns.div_ceil(8) {
                1 => to.add(&tile::<R, 1, FUSED>(a, b.as_chunks().0), out),
                2 if V > 1 => to.add(&tile::<R, 2, FUSED>(a, b.as_chunks().0), out),
                _ => to.add(&tile::<R, V, FUSED>(a, b.as_chunks().0), out),
            }
            if by_rows {
                strip += 1;
                if strip == strips {
                    (panel, strip) = (panel + 1, 0);
                }
            } else {
                panel += 1;
                if panel == count {
                    (panel, strip) = (0, strip + 1);
                }
            }
        }
    }
}
