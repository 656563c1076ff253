//! Reductions along axes.

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
    reduce(from, data, &axes, &mut out, sum);
    out
}
