//! Products of matrices, vectors and stacks of matrices, by NumPy's `matmul` rules.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::threads;
use crate::interrupt;
use crate::tensor::{Shape, ShapeError};

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

fn batch_shape(shape: &Shape) -> Shape {
    Shape::from(&shape.dims()[..shape.rank().saturating_sub(2)])
}

/// `out = a @ b`; shapes as [`matmul_shape`] allows them. Interrupted, it leaves the rest of `out` as it was.
pub fn matmul(a: (&Shape, &[f64]), b: (&Shape, &[f64]), out: &mut [f64]) {
    let (m, n) = match a.0.dims() {
        [n] => (1, *n),
        dims => (dims[dims.len() - 2], dims[dims.len() - 1]),
    };
    let k = if b.0.rank() == 1 { 1 } else { b.0.dims()[b.0.rank() - 1] };
    if m * k == 0 {
        return;
    }
    let (batch_a, batch_b) = (batch_shape(a.0), batch_shape(b.0));
    let batch = batch_a.broadcast(&batch_b).expect("checked by matmul_shape");
    for (i, out) in out.chunks_exact_mut(m * k).enumerate() {
        let left = &a.1[batch_offset(i, &batch, &batch_a) * m * n..][..m * n];
        let right = &b.1[batch_offset(i, &batch, &batch_b) * n * k..][..n * k];
        multiply(left, right, out, m, n, k);
    }
}

/// Which matrix of a stack of shape `own` goes with the `i`-th of the broadcast stack.
fn batch_offset(i: usize, batch: &Shape, own: &Shape) -> usize {
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

/// Multiplications of a block of rows: tens of milliseconds, between which the interrupt flag is looked at. Each block
/// packs the right operand again, so they are not smaller.
const BLOCK_WORK: usize = 256_000_000;

/// Rows of a block are a multiple of this, so that the kernel has whole tiles.
const LEAST_ROWS: usize = 256;

/// Small products are cheaper without packing.
const PACK_FROM: usize = 4096;

/// A right operand of so many elements stays in registers; packing would take longer than the product.
const NARROW: usize = 32;

fn multiply(a: &[f64], b: &[f64], out: &mut [f64], m: usize, n: usize, k: usize) {
    if k == 1 {
        for (i, out) in out.iter_mut().enumerate() {
            *out = dot(&a[i * n..][..n], b);
        }
        return;
    }
    if m * n * k <= PACK_FROM || m == 1 || n * k <= NARROW {
        match k {
            2 => return narrow::<2>(a, b, out, n),
            3 => return narrow::<3>(a, b, out, n),
            4 => return narrow::<4>(a, b, out, n),
            5 => return narrow::<5>(a, b, out, n),
            6 => return narrow::<6>(a, b, out, n),
            7 => return narrow::<7>(a, b, out, n),
            8 => return narrow::<8>(a, b, out, n),
            _ => {}
        }
        for (i, out) in out.chunks_exact_mut(k).enumerate() {
            out.fill(0.0);
            for (x, row) in a[i * n..(i + 1) * n].iter().zip(b.chunks_exact(k)) {
                for (out, y) in out.iter_mut().zip(row) {
                    *out += x * y;
                }
            }
        }
        return;
    }
    let left = ArrayView2::from_shape((m, n), a).expect("m × n elements");
    let right = ArrayView2::from_shape((n, k), b).expect("n × k elements");
    // rows in blocks of fixed size, for several threads and for Ctrl-C: how rows are grouped changes no result
    let block = (BLOCK_WORK / (n * k)).max(LEAST_ROWS).next_multiple_of(LEAST_ROWS);
    threads::each(out.chunks_mut(block * k).enumerate().collect(), |(i, out): (usize, &mut [f64])| {
        if interrupt::is_requested() {
            return;
        }
        let rows = left.slice(s![i * block..i * block + out.len() / k, ..]);
        let mut product = ArrayViewMut2::from_shape((out.len() / k, k), out).expect("whole rows");
        general_mat_mul(1.0, &rows, &right, 0.0, &mut product);
    });
}

/// A product with a right operand of `K` columns: a row of the result is `K` running sums.
fn narrow<const K: usize>(a: &[f64], b: &[f64], out: &mut [f64], n: usize) {
    let rows = &b.as_chunks::<K>().0[..n];
    let out = out.as_chunks_mut::<K>().0;
    for i in 0..out.len() {
        let left = &a[i * n..][..n];
        let mut sums = [0.0; K];
        for at in 0..n {
            for lane in 0..K {
                sums[lane] += left[at] * rows[at][lane];
            }
        }
        out[i] = sums;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (chunks, others) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = chunks.remainder().iter().zip(others.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks.zip(others) {
        for i in 0..8 {
            lanes[i] += x[i] * y[i];
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

#[cfg(test)]
mod tests {
    use super::matmul;
    use crate::tensor::Shape;

    /// The element in row `i` and column `j`, by the definition.
    fn element(a: &[f64], b: &[f64], (i, j): (usize, usize), n: usize, k: usize) -> f64 {
        (0..n).map(|at| a[i * n + at] * b[at * k + j]).sum()
    }

    #[test]
    fn products_of_every_width_follow_the_definition() {
        let sizes = [(1, 3), (5, 2), (4, 0), (3, 40), (2000, 4), (70, 33)];
        for (k, (m, n)) in (1..12).flat_map(|k| sizes.map(|size| (k, size))) {
            // whole numbers: every order of the additions gives the same
            let a: Vec<f64> = (0..m * n).map(|i| (i % 7) as f64 - 3.0).collect();
            let b: Vec<f64> = (0..n * k).map(|i| (i % 5) as f64 - 1.0).collect();
            let mut out = vec![f64::NAN; m * k];
            matmul((&Shape::new([m, n]), &a), (&Shape::new([n, k]), &b), &mut out);
            for (at, &found) in out.iter().enumerate() {
                assert_eq!(found, element(&a, &b, (at / k, at % k), n, k), "{m} x {n} x {k}, element {at}");
            }
        }
    }
}
