//! Stacks of small products: one after another, compiled together with the loop over them.

use super::blocked::{Block, Multiply, PackRight};
use super::pack::{DEPTH, Eight, Matrix};
use super::tile::multiply_add;
use super::vector::Times;
use super::{Sizes, Stack};
use crate::kernels::dispatch::{self, Width, Work};

/// Multiplications up to which a product is a small one.
const SMALL: usize = 1 << 16;

/// Up to so many a row of the result is computed straight from memory, if it is [`NARROW`].
const TINY: usize = 4096;

/// The longest inner length of [`Kind::Tiny`].
const WRITTEN: usize = 4;

/// Columns that stay in one or two registers.
const NARROW: usize = 8;

/// Elements of a right operand that stays in the registers.
const FEW: usize = 32;

/// How the products of a stack are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Vector,
    /// As [`Kind::Narrow`], with two roundings a step: in a matrix that a person writes down, `a b - b a` is 0.
    Tiny,
    Narrow,
    Packed,
}

/// `None` for products that are big enough to be blocked one by one.
pub fn kind(sizes: Sizes) -> Option<Kind> {
    let Sizes { m, n, k } = sizes;
    if m == 1 || k == 1 {
        return Some(Kind::Vector);
    }
    if k <= NARROW && n <= WRITTEN {
        return Some(Kind::Tiny);
    }
    if k <= NARROW && n <= DEPTH && (sizes.work() <= TINY || n * k <= FEW) {
        return Some(Kind::Narrow);
    }
    (n <= DEPTH && sizes.work() <= SMALL).then_some(Kind::Packed)
}

/// The products from the `first` on.
pub fn multiply(width: Width, kind: Kind, stack: &Stack, first: usize, out: &mut [f64]) {
    match (width.lanes(), width.is_fused() && kind != Kind::Tiny) {
        (8.., true) => dispatch::run_on(width, Products::<8, 3, true> { kind, stack, first, out }),
        (_, true) => dispatch::run_on(width, Products::<6, 1, true> { kind, stack, first, out }),
        (_, false) => dispatch::run_on(width, Products::<4, 1, false> { kind, stack, first, out }),
    }
}

struct Products<'a, 'o, const R: usize, const V: usize, const FUSED: bool> {
    kind: Kind,
    stack: &'a Stack<'a>,
    first: usize,
    out: &'o mut [f64],
}

impl<const R: usize, const V: usize, const FUSED: bool> Work for Products<'_, '_, R, V, FUSED> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        let Products { kind, stack, first, out } = self;
        let sizes = stack.sizes;
        let Sizes { m, n, k } = sizes;
        let (mut packed, mut panels) = (Vec::new(), Vec::new());
        for (i, out) in out.chunks_exact_mut(m * k).enumerate() {
            let (a, b) = stack.pair(first + i);
            match (kind, k) {
                (Kind::Vector, 1) => Times::<FUSED> { x: &b.data[..n], m: a.turned(), first: 0, out }.work(),
                (Kind::Vector, _) => Times::<FUSED> { x: &a.data[..n], m: b, first: 0, out }.work(),
                (Kind::Tiny | Kind::Narrow, 2) => narrow::<2, FUSED>(a, b, out, n),
                (Kind::Tiny | Kind::Narrow, 3) => narrow::<3, FUSED>(a, b, out, n),
                (Kind::Tiny | Kind::Narrow, 4) => narrow::<4, FUSED>(a, b, out, n),
                (Kind::Tiny | Kind::Narrow, 5) => narrow::<5, FUSED>(a, b, out, n),
                (Kind::Tiny | Kind::Narrow, 6) => narrow::<6, FUSED>(a, b, out, n),
                (Kind::Tiny | Kind::Narrow, 7) => narrow::<7, FUSED>(a, b, out, n),
                (Kind::Tiny | Kind::Narrow, 8) => narrow::<8, FUSED>(a, b, out, n),
                _ => {
                    packed.resize(k.div_ceil(8 * V) * V * n, Eight([0.0; 8]));
                    for (strip, to) in packed.chunks_exact_mut(V * n).enumerate() {
                        let start = strip * 8 * V;
                        PackRight::<V> { b, columns: (start, (k - start).min(8 * V)), rows: (0, n), to }.work();
                    }
                    let at = Block { first: 0, row: k, left: 0, columns: k, from: 0, depth: n };
                    Multiply::<R, V, FUSED> { a, right: &packed, out, at, panels: &mut panels }.work();
                }
            }
        }
    }
}

/// A product with a right operand of `K` columns: a row of the result is `K` running sums.
#[inline(always)]
fn narrow<const K: usize, const FUSED: bool>(a: Matrix, b: Matrix, out: &mut [f64], n: usize) {
    let mut turned = Vec::new();
    let rows = match b.column {
        1 => &b.data.as_chunks::<K>().0[..n],
        _ => {
            turned.extend((0..n).map(|p| std::array::from_fn(|j| b.data[p + j * b.column])));
            &turned[..]
        }
    };
    for (i, out) in out.as_chunks_mut::<K>().0.iter_mut().enumerate() {
        let mut sums = [0.0; K];
        if a.column == 1 {
            for (x, row) in a.data[i * a.row..][..n].iter().zip(rows) {
                for lane in 0..K {
                    sums[lane] = multiply_add::<FUSED>(*x, row[lane], sums[lane]);
                }
            }
        } else {
            for (x, row) in a.data[i..].iter().step_by(a.column).zip(rows) {
                for lane in 0..K {
                    sums[lane] = multiply_add::<FUSED>(*x, row[lane], sums[lane]);
                }
            }
        }
        *out = sums;
    }
}
