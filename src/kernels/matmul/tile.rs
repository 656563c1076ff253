//! The heart of a matrix product: a few rows by a few columns of the result, held in registers while the inner
//! length runs.
//!
//! Every element is one chain of additions in the order of the inner length, so neither the width of the registers nor
//! the size of a tile changes a bit of it.

use super::pack::Eight;

/// `acc += a b` for a row of the tile.
///
/// `FUSED`: with one rounding. Where a processor has no such instruction, the library's would cost fifty times as much.
#[inline(always)]
fn row<const V: usize, const FUSED: bool>(a: f64, b: &[Eight; V], acc: &mut [Eight; V]) {
    for v in 0..V {
        for lane in 0..8 {
            acc[v].0[lane] = multiply_add::<FUSED>(a, b[v].0[lane], acc[v].0[lane]);
        }
    }
}

#[inline(always)]
pub fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// `R` (at most eight) rows by `8 V` columns of a product: `a` holds a column of the left operand an item, `b` a row of
/// the right one.
///
/// The rows are written out: from a loop over them the compiler makes one that moves them through memory.
#[inline(always)]
pub fn tile<const R: usize, const V: usize, const FUSED: bool>(a: &[[f64; R]], b: &[[Eight; V]]) -> [[Eight; V]; R] {
    let zero = [Eight([0.0; 8]); V];
    let (mut c0, mut c1, mut c2, mut c3, mut c4, mut c5, mut c6, mut c7) =
        (zero, zero, zero, zero, zero, zero, zero, zero);
    for (a, b) in a.iter().zip(b) {
        row::<V, FUSED>(a[0], b, &mut c0);
        row::<V, FUSED>(a[1 % R], b, &mut c1);
        row::<V, FUSED>(a[2 % R], b, &mut c2);
        row::<V, FUSED>(a[3 % R], b, &mut c3);
        row::<V, FUSED>(a[4 % R], b, &mut c4);
        row::<V, FUSED>(a[5 % R], b, &mut c5);
        row::<V, FUSED>(a[6 % R], b, &mut c6);
        row::<V, FUSED>(a[7 % R], b, &mut c7);
    }
    let all = [c0, c1, c2, c3, c4, c5, c6, c7];
    std::array::from_fn(|i| all[i])
}

/// Where a tile belongs in some rows of the result.
#[derive(Clone, Copy)]
pub struct Target {
    /// Elements of a whole row.
    pub row: usize,
    pub start: usize,
    pub columns: usize,
    /// The first part of the inner length; others are added.
    pub begins: bool,
}

impl Target {
    #[inline(always)]
    pub fn add<const R: usize, const V: usize>(self, tile: &[[Eight; V]; R], out: &mut [f64]) {
        for (found, row) in tile.iter().zip(out.chunks_exact_mut(self.row)) {
            let row = &mut row[self.start..][..self.columns];
            let (whole, rest) = row.as_chunks_mut::<8>();
            for (to, Eight(found)) in whole.iter_mut().zip(found) {
                for lane in 0..8 {
                    to[lane] = if self.begins { found[lane] } else { to[lane] + found[lane] };
                }
            }
            if let Some(Eight(found)) = found.get(self.columns / 8) {
                for (to, found) in rest.iter_mut().zip(found) {
                    *to = if self.begins { *found } else { *to + found };
                }
            }
        }
    }
}
