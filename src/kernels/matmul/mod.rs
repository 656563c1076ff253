//! Products of matrices, vectors and stacks of matrices, by NumPy's `matmul` rules.
//!
//! An element of a product of matrices is a chain of fused multiply-adds in the order of the inner length, begun anew
//! every [`pack::DEPTH`] elements (plain ones in the smallest matrices, [`Kind::Tiny`]); with a vector it is eight running sums. Which of them depends on the shapes alone:
//! neither the width of the registers nor the number of threads nor the order of an operand in memory changes a bit.

mod blocked;
mod pack;
mod small;
mod tile;
mod vector;

use super::dispatch::Width;
use super::threads;
use crate::interrupt;
use crate::tensor::{Shape, ShapeError};
use pack::Matrix;
use small::Kind;

/// Shape of `a @ b`: the last two axes are matrices, a vector is a row on the left and a column on the right, the
/// axes before them broadcast. Errors: a scalar operand, inner lengths that differ.
pub fn matmul_shape(a: &Shape, b: &Shape) -> Result<Shape, ShapeError> {
    let mismatch = || ShapeError::MatMul { left: a.clone(), right: b.clone() };
    let (rows, inner) = match a.dims() {
        [] => return Err(mismatch()),
        [n] => (None, *n),
        [.., m, n] => (Some(*m), *n),
    };
    let (inner_right, columns) = match b.dims() {
        [] => return Err(mismatch()),
        [n] => (*n, None),
        [.., n, k] => (*n, Some(*k)),
    };
    if inner != inner_right {
        return Err(mismatch());
    }
    let batch = batch_shape(a).broadcast(&batch_shape(b)).map_err(|_| mismatch())?;
    let mut dims = batch.dims().to_vec();
    dims.extend(rows);
    dims.extend(columns);
    Shape::new(dims).check_size()
}

/// Rows, inner length and columns of a product of two vectors or matrices, a vector being one row or one column; `None` for
/// stacks of matrices.
pub fn matrix_sizes(left: &Shape, right: &Shape) -> Option<(usize, usize, usize)> {
    let (rows, inner) = match *left.dims() {
        [inner] => (1, inner),
        [rows, inner] => (rows, inner),
        _ => return None,
    };
    match *right.dims() {
        [_] => Some((rows, inner, 1)),
        [_, columns] => Some((rows, inner, columns)),
        _ => None,
    }
}

fn batch_shape(shape: &Shape) -> Shape {
    Shape::from(&shape.dims()[..shape.rank().saturating_sub(2)])
}

/// An operand of a product.
#[derive(Debug, Clone, Copy)]
pub struct Factor<'a> {
    pub shape: &'a Shape,
    pub data: &'a [f64],
    /// The last two axes lie in memory in the opposite order.
    pub is_turned: bool,
}

/// Rows, inner length and columns of a product.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    m: usize,
    n: usize,
    k: usize,
}

impl Sizes {
    /// Multiplications.
    fn work(self) -> usize {
        self.m.saturating_mul(self.n).saturating_mul(self.k)
    }
}

/// Multiplications from which on a product is worth several threads.
const WORTH_THREADS: usize = 1 << 21;

/// Multiplications of a task of small products.
const TASK: usize = 1 << 18;

/// `out = a @ b`; shapes as [`matmul_shape`] allows them. Interrupted, it leaves the rest of `out` as it was.
pub fn matmul(a: Factor, b: Factor, out: &mut [f64]) {
    matmul_on(Width::best(), a, b, out);
}

fn matmul_on(width: Width, a: Factor, b: Factor, out: &mut [f64]) {
    let stack = Stack::new(a, b);
    let Sizes { m, n, k } = stack.sizes;
    if m * k == 0 || n == 0 {
        out.fill(0.0);
        return;
    }
    let is_big = stack.sizes.work() >= WORTH_THREADS;
    let Some(kind) = small::kind(stack.sizes).filter(|kind| *kind != Kind::Vector || !is_big) else {
        for (i, out) in out.chunks_exact_mut(m * k).enumerate() {
            let (a, b) = stack.pair(i);
            match (m, k) {
                (_, 1) => vector::multiply(width, &b.data[..n], a.turned(), out, stack.sizes),
                (1, _) => vector::multiply(width, &a.data[..n], b, out, stack.sizes),
                _ => blocked::multiply(width, a, b, out, stack.sizes),
            }
            if interrupt::is_requested() {
                return;
            }
        }
        return;
    };
    if stack.batch.size() == 1 {
        return small::multiply(width, kind, &stack, 0, out);
    }
    let each = (TASK / stack.sizes.work()).max(1);
    let most = if stack.sizes.work() * stack.batch.size() < WORTH_THREADS { 1 } else { usize::MAX };
    let tasks = out.chunks_mut(each * m * k).enumerate();
    threads::each_up_to(most, tasks.collect(), |(task, out): (usize, &mut [f64])| {
        if !interrupt::is_requested() {
            small::multiply(width, kind, &stack, task * each, out);
        }
    });
}

/// The products of a stack of matrices.
struct Stack<'a> {
    a: Factor<'a>,
    b: Factor<'a>,
    sizes: Sizes,
    batch: Shape,
    batch_a: Shape,
    batch_b: Shape,
}

impl<'a> Stack<'a> {
    fn new(a: Factor<'a>, b: Factor<'a>) -> Stack<'a> {
        let (m, n) = match a.shape.dims() {
            [n] => (1, *n),
            dims => (dims[dims.len() - 2], dims[dims.len() - 1]),
        };
        let k = if b.shape.rank() == 1 { 1 } else { b.shape.dims()[b.shape.rank() - 1] };
        let (batch_a, batch_b) = (batch_shape(a.shape), batch_shape(b.shape));
        // a stack times one matrix is one matrix of all rows; a row alone would be a vector
        if batch_b.size() == 1 && !a.is_turned && (m > 1 || k == 1) {
            let one = Shape::scalar();
            let sizes = Sizes { m: batch_a.size() * m, n, k };
            return Stack { a, b, sizes, batch: one.clone(), batch_a: one.clone(), batch_b: one };
        }
        let batch = batch_a.broadcast(&batch_b).expect("checked by matmul_shape");
        Stack { a, b, sizes: Sizes { m, n, k }, batch, batch_a, batch_b }
    }

    /// The operands of the `i`-th product.
    fn pair(&self, i: usize) -> (Matrix<'a>, Matrix<'a>) {
        let Sizes { m, n, k } = self.sizes;
        let a = batch_offset(i, &self.batch, &self.batch_a) * m * n;
        let b = batch_offset(i, &self.batch, &self.batch_b) * n * k;
        (matrix(&self.a, a, m, n), matrix(&self.b, b, n, k))
    }
}

/// The matrix of so many rows and columns that begins at `offset`.
fn matrix<'a>(factor: &Factor<'a>, offset: usize, rows: usize, columns: usize) -> Matrix<'a> {
    let data = &factor.data[offset..][..rows * columns];
    match factor.is_turned {
        true => Matrix { data, row: 1, column: rows },
        false => Matrix { data, row: columns, column: 1 },
    }
}

/// Which matrix of a stack of shape `own` goes with the `i`-th of the broadcast stack.
fn batch_offset(i: usize, batch: &Shape, own: &Shape) -> usize {
    if own.size() <= 1 {
        return 0;
    }
    if own.size() == batch.size() {
        return i;
    }
    let mut rest = i;
    let mut offset = 0;
    let mut stride = 1;
    for axis in (0..batch.rank()).rev() {
        let at = rest % batch.dims()[axis];
        rest /= batch.dims()[axis];
        if let Some(own_axis) = (axis + own.rank()).checked_sub(batch.rank()) {
            let length = own.dims()[own_axis];
            offset += stride * if length == 1 { 0 } else { at };
            stride *= length;
        }
    }
    offset
}

#[cfg(test)]
mod tests;
