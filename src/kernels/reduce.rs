//! Reductions along axes.

use super::dispatch::{self, Work};
use crate::tensor::{Shape, permuted};

/// Below this many elements a plain loop; above, halves are summed apart.
const PAIRWISE: usize = 128;

/// Sum by pairwise halves: the error grows with log n instead of n (Higham 1993). The empty sum is -0.0, the neutral
/// element, so that a sum of structural zeros is one.
pub fn sum(values: &[f64]) -> f64 {
    if values.len() <= PAIRWISE {
        // eight running sums, as one SIMD register would keep them
        let mut lanes = [-0.0; 8];
        let chunks = values.chunks_exact(8);
        let rest = chunks.remainder();
        for chunk in chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane += value;
            }
        }
        let rest = rest.iter().fold(-0.0, |sum, value| sum + value);
        let [a, b, c, d, e, f, g, h] = lanes;
        return ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest;
    }
    let half = (values.len() / 2).next_multiple_of(8);
    sum(&values[..half]) + sum(&values[half..])
}

/// Sums along axes, to the last bit as [`reduce`] with [`sum`] finds them.
pub fn sum_along(shape: &Shape, data: &[f64], axes: &[usize], out: &mut [f64]) {
    let neighbours = axes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let (Some(first), true, false) = (axes.first(), neighbours, are_last(shape.rank(), axes)) else {
        return reduce(shape, data, axes, out, sum);
    };
    let rows: usize = axes.iter().map(|&axis| shape.dims()[axis]).product();
    let columns: usize = shape.dims()[first + axes.len()..].iter().product();
    if out.is_empty() || rows == 0 {
        return out.fill(-0.0);
    }
    for (part, out) in data.chunks_exact(rows * columns).zip(out.chunks_exact_mut(columns)) {
        for (at, out) in out.chunks_mut(COLUMNS).enumerate() {
            let sums = column_sums(part, columns, at * COLUMNS, out.len(), rows);
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}

/// Columns that are summed together: a few cache lines of each row.
const COLUMNS: usize = 64;

/// [`sum`] of `width` columns from `left` on, which has the same halves.
fn column_sums(data: &[f64], columns: usize, left: usize, width: usize, rows: usize) -> [f64; COLUMNS] {
    if rows <= PAIRWISE {
        return dispatch::run(ColumnSums { data, columns, left, width, rows });
    }
    let half = (rows / 2).next_multiple_of(8);
    let mut first = column_sums(data, columns, left, width, half);
    let second = column_sums(&data[half * columns..], columns, left, width, rows - half);
    first.iter_mut().zip(second).for_each(|(first, second)| *first += second);
    first
}

struct ColumnSums<'a> {
    data: &'a [f64],
    columns: usize,
    left: usize,
    width: usize,
    rows: usize,
}

impl Work for ColumnSums<'_> {
    type Output = [f64; COLUMNS];

    #[inline(always)]
    fn work(self) -> [f64; COLUMNS] {
        let mut lanes = [[-0.0; COLUMNS]; 8];
        let mut rest = [-0.0; COLUMNS];
        let chunked = self.rows - self.rows % 8;
        for i in 0..self.rows {
            let to = if i < chunked { &mut lanes[i % 8] } else { &mut rest };
            let row = &self.data[i * self.columns + self.left..][..self.width];
            for (to, x) in to.iter_mut().zip(row) {
                *to += x;
            }
        }
        let [a, b, c, d, e, f, g, h] = &lanes;
        let mut sums = [0.0; COLUMNS];
        for i in 0..COLUMNS {
            sums[i] = ((a[i] + b[i]) + (c[i] + d[i])) + ((e[i] + f[i]) + (g[i] + h[i])) + rest[i];
        }
        sums
    }
}

/// The elements to reduce for each element of the result, gathered into one contiguous run each.
pub struct Lanes {
    /// Elements of a run.
    pub length: usize,
    pub values: Vec<f64>,
}

impl Lanes {
    /// Moves `axes` of a tensor last, so that each run of `length` elements belongs to one result.
    pub fn new(shape: &Shape, data: &[f64], axes: &[usize]) -> Lanes {
        let length = axes.iter().map(|&axis| shape.dims()[axis]).product();
        if are_last(shape.rank(), axes) {
            return Lanes { length, values: data.to_vec() };
        }
        let kept = (0..shape.rank()).filter(|axis| !axes.contains(axis));
        let order: Vec<usize> = kept.chain(axes.iter().copied()).collect();
        let mut values = vec![0.0; data.len()];
        permuted(shape, data, &order, &mut values);
        Lanes { length, values }
    }
}

/// Applies `f` to the elements along `axes` (ascending) for each element of the result.
pub fn reduce(shape: &Shape, data: &[f64], axes: &[usize], out: &mut [f64], mut f: impl FnMut(&[f64]) -> f64) {
    if axes.len() == shape.rank() {
        out[0] = f(data);
        return;
    }
    let runs = if are_last(shape.rank(), axes) { None } else { Some(Lanes::new(shape, data, axes)) };
    let length: usize = axes.iter().map(|&axis| shape.dims()[axis]).product();
    let values = runs.as_ref().map_or(data, |runs| &runs.values);
    for (i, out) in out.iter_mut().enumerate() {
        *out = f(&values[i * length..(i + 1) * length]);
    }
}

fn are_last(rank: usize, axes: &[usize]) -> bool {
    axes.iter().rev().zip((0..rank).rev()).all(|(&axis, last)| axis == last)
}

/// Calls `visit` with the offset of the first element, the stride and the length of every run along an axis.
pub fn each_lane(shape: &Shape, axis: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let (stride, length) = (shape.strides()[axis], shape.dims()[axis]);
    let outer: usize = shape.dims()[..axis].iter().product();
    for block in 0..outer {
        for at in 0..stride {
            visit(block * stride * length + at, stride, length);
        }
    }
}

/// Sums a tensor of shape `from` down to `to`, from which it was broadcast.
pub fn sum_to(data: &[f64], from: &Shape, to: &Shape) -> Vec<f64> {
    let extra = from.rank() - to.rank();
    let axes: Vec<usize> = (0..from.rank())
        .filter(|&axis| axis < extra || (to.dims()[axis - extra] == 1 && from.dims()[axis] != 1))
        .collect();
    if axes.is_empty() {
        return data.to_vec();
    }
    let mut out = vec![-0.0; to.size()];
    sum_along(from, data, &axes, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::{reduce, sum, sum_along};
    use crate::tensor::Shape;

    #[test]
    fn sums_of_columns_are_those_of_what_stands_in_them() {
        let all: [(&[usize], &[usize]); 7] = [
            (&[3, 5], &[0]),
            (&[1000, 70], &[0]),
            (&[1, 9], &[0]),
            (&[2, 300, 65], &[1]),
            (&[40, 30, 3], &[0, 1]),
            (&[4, 5, 6], &[0, 2]),
            (&[7, 129], &[1]),
        ];
        for (dims, axes) in all {
            let shape = Shape::from(dims);
            let data: Vec<f64> = (1..=shape.size()).map(|i| (i as f64 * 0.618_033_988_75).fract() - 0.5).collect();
            let kept = (0..dims.len()).filter(|axis| !axes.contains(axis)).map(|axis| dims[axis]);
            let mut found = vec![f64::NAN; kept.product()];
            let mut expected = found.clone();
            sum_along(&shape, &data, axes, &mut found);
            reduce(&shape, &data, axes, &mut expected, sum);
            let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{dims:?} along {axes:?}");
        }
    }
}
