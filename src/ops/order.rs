//! Operations that answer with positions: piecewise constant, so no cotangent passes, but still recorded, because a
//! derivative that is 0 everywhere is not a missing one.

use crate::kernels::{self, reduce};
use crate::tape::{Attr, Operand, Var};
use crate::tensor::Shape;

use super::structure::{Forward, axes_of, nonempty_shape};
use super::table::structure;

structure! {
    /// Position of the largest element along `axis`, the first of equal ones; a NaN counts as largest. Slope 0.
    ARGMAX = "argmax" (x): nonempty_shape,
        |inputs, attr, _, out| first_best(inputs, attr, out, |a, b| a > b), flat, Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// Position of the smallest element along `axis`, the first of equal ones; a NaN counts as smallest. Slope 0.
    ARGMIN = "argmin" (x): nonempty_shape,
        |inputs, attr, _, out| first_best(inputs, attr, out, |a, b| a < b), flat, Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// Positions that put the elements along `axis` in ascending order, NaN last, equal ones as they come. Slope 0.
    ARGSORT = "argsort" (x): |shapes, _| Ok(shapes[0].clone()), argsort_forward, flat, Kept, on [-1.5, 0.0, 2.0, 3.0];
}

/// The rule of what is piecewise constant.
fn flat<'t>(_: Var<'t>, _: &[Var<'t>], _: Var<'t>, _: &Attr, _: usize) -> Option<Var<'t>> {
    None
}

fn first_best(inputs: &[Operand], attr: &Attr, out: &mut [f64], better: fn(f64, f64) -> bool) -> Forward {
    reduce(inputs[0].shape, inputs[0].data, axes_of(attr).0, out, |values| {
        let mut best = 0;
        for (i, &value) in values.iter().enumerate() {
            if better(value, values[best]) || value.is_nan() && !values[best].is_nan() {
                best = i;
            }
        }
        best as f64
    });
    Ok(())
}

fn argsort_forward(inputs: &[Operand], attr: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    let &[axis] = axes_of(attr).0 else { unreachable!("argsort has one axis") };
    kernels::each_lane(shape, axis, |start, stride, length| {
        let lane: Vec<f64> = (0..length).map(|i| inputs[0].data[start + i * stride]).collect();
        for (i, from) in ascending(&lane).into_iter().enumerate() {
            out[start + i * stride] = from as f64;
        }
    });
    Ok(())
}

/// Positions in ascending order of the elements, NaN last, equal ones as they come.
pub fn ascending(values: &[f64]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..values.len()).collect();
    positions.sort_by(|&a, &b| {
        let (a, b) = (values[a], values[b]);
        a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
    });
    positions
}
