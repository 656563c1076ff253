//! The table of operations that are not elementwise: reductions, shapes, indexing, products.
//!
//! Their rules are written with the same operations, as methods on [`Var`] below.

use crate::interrupt;
use crate::kernels::elementary::slices;
use crate::kernels::{self, Factor, reduce};
use crate::tape::{Attr, Operand, Row, SliceSpec, TapeError, Var};
use crate::tensor::{Shape, ShapeError, permuted, repeated};

use super::elementwise::Elementwise;
use super::kinks;
use super::table::structure;

structure! {
    /// Sum of the elements along `axis` (all axes by default). The empty sum is 0.
    SUM = "sum" (x): reduced_shape, sum_forward,
        |g, inputs, _, attr, _| Some(g.restore(attr, &inputs[0].shape()).broadcast_to(inputs[0].shape())),
        Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// Largest element along `axis`; equal ones share the slope. NaN if any is NaN.
    MAX = "max" (x): nonempty_shape, max_forward,
        |g, inputs, y, attr, _| Some(extreme_pull(g, inputs[0], y, attr, |x, y| x.less(y))), Lost, on [-1.5, 0.0, 2.0, 3.0];
    /// Smallest element along `axis`; equal ones share the slope. NaN if any is NaN.
    MIN = "min" (x): nonempty_shape, min_forward,
        |g, inputs, y, attr, _| Some(extreme_pull(g, inputs[0], y, attr, |x, y| x.greater(y))), Lost, on [-1.5, 0.0, 2.0, 3.0];
    /// Euclidean norm along `axis`, without overflow; slope x/‖x‖, and 0 at 0.
    NORM = "norm" (x): reduced_shape, norm_forward,
        |g, inputs, y, attr, _| {
            let (x, from) = (inputs[0], inputs[0].shape());
            Some(match kinks::without_factor(g, y.id, kinks::DEEPEST) {
                Some(rest) => rest.broadcast_to(y.shape()).restore(attr, &from) * x,
                None => g.restore(attr, &from) * x.unit(y.restore(attr, &from)),
            })
        },
        Lost, on [-1.5, 0.5, 2.0, 3.0];
    /// `log(sum(exp(x)))` along `axis`, without overflow; its slope is softmax(x).
    LOGSUMEXP = "logsumexp" (x): nonempty_shape, logsumexp_forward,
        |g, inputs, _, attr, _| {
            Some(g.restore(attr, &inputs[0].shape()) * Var::record(&[inputs[0]], &SOFTMAX, attr.clone()))
        },
        Lost, on [-1.5, 0.0, 2.0, 3.0];
    /// `exp(x) / sum(exp(x))` along `axis`, without overflow.
    SOFTMAX = "softmax" (x): |shapes, _| Ok(shapes[0].clone()), softmax_forward,
        |g, _, y, attr, _| {
            let kept = with_kept_axes(attr);
            Some(y * (g - Var::record(&[g * y], &SUM, kept)))
        },
        Lost, on [-1.5, 0.0, 2.0, 3.0];

    /// `x` repeated to a larger shape by NumPy's broadcasting rule.
    BROADCAST_TO = "broadcast_to" (x): broadcast_shape, broadcast_forward,
        |g, inputs, _, _, _| Some(g.sum_to(inputs[0].shape())),
        Kept, on [-1.5, 2.0];
    /// Sum over the axes along which a tensor was broadcast.
    SUM_TO = "sum_to" (x): |_, attr| Ok(shape_of(attr).clone()),
        |inputs, attr, _, out| {
            out.copy_from_slice(&kernels::sum_to(inputs[0].data, inputs[0].shape, shape_of(attr)));
            Ok(())
        },
        |g, inputs, _, _, _| Some(g.broadcast_to(inputs[0].shape())),
        Kept, on [-1.5, 2.0];
    /// The same elements in another shape.
    RESHAPE = "reshape" (x): reshape_shape, copy_forward,
        |g, inputs, _, _, _| Some(g.reshape(inputs[0].shape())),
        Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// Axes in another order, by default reversed.
    TRANSPOSE = "transpose" (x): transposed_shape, transpose_forward,
        |g, _, _, attr, _| Some(g.permuted(&inverse(permutation(attr)))),
        Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// Tensors joined along an existing axis.
    CONCAT = "concat" (xs): concat_shape, concat_forward, concat_pull, Kept, on [-1.5, 0.0, 2.0];

    /// Tensors of one shape side by side along a new first axis.
    STACK = "stack" (xs): stack_shape, stack_forward,
        |g, _, _, _, which| Some(g.slice(&[SliceSpec { start: which, step: 1, len: 1, drop: true }])),
        Kept, on [-1.5, 0.0, 2.0];

    /// Elements by position: indices and slices, one for each axis.
    SLICE = "slice" (x): |shapes, attr| Ok(sliced_shape(specs(attr), shapes[0])), slice_forward,
        |g, inputs, _, attr, _| Some(g.unslice(specs(attr), inputs[0].shape())),
        Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// The elements of `x` at a slice of a larger tensor, which is empty elsewhere.
    UNSLICE = "unslice" (x): |_, attr| Ok(shape_of(attr).clone()), unslice_forward,
        |g, _, _, attr, _| Some(g.slice(specs(attr))),
        Made, on [-1.5, 2.0];
    /// `x` with a slice of it replaced by `v`.
    SET_SLICE = "set_slice" (x, v): set_slice_shape, set_slice_forward,
        |g, inputs, _, attr, which| {
            Some(match which {
                0 => Var::record(&[g, g.absent()], &SET_SLICE, attr.clone()),
                _ => g.slice(specs(attr)).sum_to(inputs[1].shape()),
            })
        },
        Made, on [-1.5, 2.0];
    /// Sub-tensors along an axis by number, each as often as it is named.
    GATHER = "gather" (x): gathered_shape, gather_forward,
        |g, inputs, _, attr, _| {
            let Attr::Gather { indices, axis } = attr else { unreachable!("gather has its indices") };
            let scatter = Attr::ScatterTo { indices: indices.clone(), axis: *axis, shape: inputs[0].shape() };
            Some(Var::record(&[g], &SCATTER_ADD, scatter))
        },
        Kept, on [-1.5, 0.0, 2.0, 3.0];
    /// Adds sub-tensors to the places along an axis that the indices name; empty elsewhere.
    SCATTER_ADD = "scatter_add" (x): |_, attr| Ok(shape_of(attr).clone()), scatter_forward,
        |g, _, _, attr, _| {
            let Attr::ScatterTo { indices, axis, .. } = attr else { unreachable!("scatter has its indices") };
            Some(Var::record(&[g], &GATHER, Attr::Gather { indices: indices.clone(), axis: *axis }))
        },
        Made, on [-1.5, 2.0];

    /// Matrix product by NumPy's rules: vectors are rows on the left and columns on the right, stacks broadcast.
    MATMUL = "matmul" (a, b): |shapes, _| kernels::matmul_shape(shapes[0], shapes[1]),
        matmul_forward,
        matmul_pull, Lost, on [-1.5, 0.0, 2.0, 3.0];
}

/// Tensor operations as methods, for rules and compositions.
impl<'t> Var<'t> {
    pub fn reshape(self, shape: Shape) -> Var<'t> {
        if self.shape() == shape { self } else { Var::record(&[self], &RESHAPE, Attr::Shape(shape)) }
    }

    pub fn broadcast_to(self, shape: Shape) -> Var<'t> {
        if self.shape() == shape { self } else { Var::record(&[self], &BROADCAST_TO, Attr::Shape(shape)) }
    }

    pub fn sum_to(self, shape: Shape) -> Var<'t> {
        if self.shape() == shape { self } else { Var::record(&[self], &SUM_TO, Attr::Shape(shape)) }
    }

    pub fn permuted(self, axes: &[usize]) -> Var<'t> {
        Var::record(&[self], &TRANSPOSE, Attr::Permutation(axes.into()))
    }

    pub fn slice(self, specs: &[SliceSpec]) -> Var<'t> {
        Var::record(&[self], &SLICE, Attr::Slice(specs.into()))
    }

    fn unslice(self, specs: &[SliceSpec], shape: Shape) -> Var<'t> {
        Var::record(&[self], &UNSLICE, Attr::SliceOf { specs: specs.into(), shape })
    }

    pub fn matmul(self, other: Var<'t>) -> Var<'t> {
        Var::record(&[self, other], &MATMUL, Attr::None)
    }

    /// Gives the result of a reduction of a tensor of shape `from` its reduced axes back, with length 1.
    fn restore(self, attr: &Attr, from: &Shape) -> Var<'t> {
        let (axes, _) = axes_of(attr);
        let dims: Vec<usize> =
            from.dims().iter().enumerate().map(|(axis, &dim)| if axes.contains(&axis) { 1 } else { dim }).collect();
        self.reshape(Shape::new(dims))
    }

    /// The last two axes exchanged.
    pub fn matrix_transposed(self) -> Var<'t> {
        let rank = self.shape().rank();
        let mut axes: Vec<usize> = (0..rank).collect();
        axes.swap(rank - 1, rank - 2);
        self.permuted(&axes)
    }
}

pub(super) fn axes_of(attr: &Attr) -> (&[usize], bool) {
    let Attr::Axes { axes, keep } = attr else { unreachable!("a reduction has axes") };
    (axes, *keep)
}

fn with_kept_axes(attr: &Attr) -> Attr {
    Attr::Axes { axes: axes_of(attr).0.into(), keep: true }
}

fn shape_of(attr: &Attr) -> &Shape {
    match attr {
        Attr::Shape(shape) | Attr::SliceOf { shape, .. } | Attr::ScatterTo { shape, .. } => shape,
        _ => unreachable!("the row is recorded with its shape"),
    }
}

fn specs(attr: &Attr) -> &[SliceSpec] {
    match attr {
        Attr::Slice(specs) | Attr::SliceOf { specs, .. } => specs,
        _ => unreachable!("the row is recorded with its slices"),
    }
}

fn permutation(attr: &Attr) -> &[usize] {
    let Attr::Permutation(axes) = attr else { unreachable!("transpose has its axes") };
    axes
}

fn inverse(axes: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; axes.len()];
    for (to, &from) in axes.iter().enumerate() {
        inverse[from] = to;
    }
    inverse
}

fn reduced_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    let (axes, keep) = axes_of(attr);
    let dims = shapes[0].dims().iter().enumerate();
    Ok(Shape::new(
        dims.filter(|(axis, _)| keep || !axes.contains(axis))
            .map(|(axis, &dim)| if axes.contains(&axis) { 1 } else { dim })
            .collect::<Vec<_>>(),
    ))
}

/// Like [`reduced_shape`] for reductions that have no value for nothing.
pub(super) fn nonempty_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    if axes_of(attr).0.iter().any(|&axis| shapes[0].dims()[axis] == 0) {
        return Err(ShapeError::Needs {
            what: "this reduction",
            needs: "at least one element",
            got: shapes[0].clone(),
        });
    }
    reduced_shape(shapes, attr)
}

pub(super) type Forward = Result<(), TapeError>;

fn sum_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    kernels::sum_along(inputs[0].shape, inputs[0].data, axes_of(attr).0, out);
    // the kernel's empty sum is -0.0
    if inputs[0].data.is_empty() {
        out.fill(0.0);
    }
    Ok(())
}

fn max_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    reduce(inputs[0].shape, inputs[0].data, axes_of(attr).0, out, kernels::max);
    Ok(())
}

fn min_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    reduce(inputs[0].shape, inputs[0].data, axes_of(attr).0, out, kernels::min);
    Ok(())
}

/// Cotangent of the largest (smallest) element: shared equally among those that equal it.
fn extreme_pull<'t>(
    g: Var<'t>,
    x: Var<'t>,
    y: Var<'t>,
    attr: &Attr,
    loses: fn(Var<'t>, Var<'t>) -> Var<'t>,
) -> Var<'t> {
    let (g, y) = (g.restore(attr, &x.shape()), y.restore(attr, &x.shape()));
    let lost = loses(x, y);
    let of_each = x.shape().size() as f64 / y.shape().size() as f64;
    let count = of_each - Var::record(&[lost], &SUM, with_kept_axes(attr));
    // where the largest is NaN nothing loses to it, and the slope is none
    lost.drop_where(y.equal(y).select(g / count, f64::NAN * g))
}

/// Scaled by the largest element, as BLAS nrm2 does, so that squares neither overflow nor vanish.
fn norm_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    reduce(inputs[0].shape, inputs[0].data, axes_of(attr).0, out, |values| {
        let scale = if values.is_empty() { 0.0 } else { kernels::max_magnitude(values) };
        if scale == 0.0 || !scale.is_finite() {
            return scale;
        }
        if (1e-140..1e140).contains(&scale) {
            let squares: Vec<f64> = values.iter().map(|x| x * x).collect();
            return kernels::sum(&squares).sqrt();
        }
        let squares: Vec<f64> = values.iter().map(|x| (x / scale) * (x / scale)).collect();
        scale * kernels::sum(&squares).sqrt()
    });
    Ok(())
}

fn logsumexp_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    reduce(inputs[0].shape, inputs[0].data, axes_of(attr).0, out, |values| {
        let max = kernels::max(values);
        if !max.is_finite() {
            return max;
        }
        max + kernels::sum(&exponentials(values, max)).ln()
    });
    Ok(())
}

/// exp(x - shift) of every element.
fn exponentials(values: &[f64], shift: f64) -> Vec<f64> {
    let shifted: Vec<f64> = values.iter().map(|x| x - shift).collect();
    let mut terms = vec![0.0; values.len()];
    slices::exp(&shifted, &mut terms);
    terms
}

fn softmax_forward(inputs: &[Operand], attr: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    let (axes, _) = axes_of(attr);
    let kept = with_kept_axes(attr);
    let small = reduced_shape(&[shape], &kept)?;
    let mut max = vec![0.0; small.size()];
    max_forward(inputs, &kept, &small, &mut max)?;
    let wide_max = wide(&small, &max, shape);
    let shifted: Vec<f64> = inputs[0].data.iter().zip(&wide_max).map(|(x, max)| x - max).collect();
    slices::exp(&shifted, out);
    for ((out, &x), &max) in out.iter_mut().zip(inputs[0].data).zip(&wide_max) {
        // one infinite element takes all
        *out = if max == f64::INFINITY { (x == max) as u8 as f64 } else { *out };
    }
    let mut total = vec![0.0; small.size()];
    reduce(shape, out, axes, &mut total, kernels::sum);
    for (out, total) in out.iter_mut().zip(wide(&small, &total, shape)) {
        *out /= total;
    }
    Ok(())
}

/// The elements of a tensor repeated to fill a larger shape.
fn wide(own: &Shape, data: &[f64], shape: &Shape) -> Vec<f64> {
    repeated(own, data, shape)
}

fn broadcast_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    let to = shape_of(attr);
    if shapes[0].broadcast(to)? != *to {
        return Err(ShapeError::Broadcast { left: shapes[0].clone(), right: to.clone() });
    }
    Ok(to.clone())
}

fn broadcast_forward(inputs: &[Operand], _: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    if let [value] = inputs[0].data {
        out.fill(*value);
    } else {
        out.copy_from_slice(&wide(inputs[0].shape, inputs[0].data, shape));
    }
    Ok(())
}

fn reshape_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    let to = shape_of(attr);
    if shapes[0].size() != to.size() {
        return Err(ShapeError::Reshape { from: shapes[0].clone(), to: to.clone() });
    }
    Ok(to.clone())
}

fn copy_forward(inputs: &[Operand], _: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    out.copy_from_slice(inputs[0].data);
    Ok(())
}

fn transposed_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    Ok(Shape::new(permutation(attr).iter().map(|&axis| shapes[0].dims()[axis]).collect::<Vec<_>>()))
}

fn transpose_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    permuted(inputs[0].shape, inputs[0].data, permutation(attr), out);
    Ok(())
}

fn concat_axis(attr: &Attr) -> usize {
    let Attr::Axis(axis) = attr else { unreachable!("concat has its axis") };
    *axis
}

fn concat_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    let axis = concat_axis(attr);
    let mut dims = shapes[0].dims().to_vec();
    for shape in &shapes[1..] {
        let same = |(other, (&own, &theirs)): (usize, (&usize, &usize))| other == axis || own == theirs;
        if shape.rank() != dims.len() || !dims.iter().zip(shape.dims()).enumerate().all(same) {
            return Err(ShapeError::Concat { first: shapes[0].clone(), other: (*shape).clone() });
        }
        dims[axis] += shape.dims()[axis];
    }
    Ok(Shape::new(dims))
}

fn concat_forward(inputs: &[Operand], attr: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    let axis = concat_axis(attr);
    let outer: usize = shape.dims()[..axis].iter().product();
    let mut at = 0;
    for i in 0..outer {
        for input in inputs {
            let run: usize = input.shape.dims()[axis..].iter().product();
            out[at..at + run].copy_from_slice(&input.data[i * run..(i + 1) * run]);
            at += run;
        }
    }
    Ok(())
}

fn concat_pull<'t>(g: Var<'t>, inputs: &[Var<'t>], _: Var<'t>, attr: &Attr, which: usize) -> Option<Var<'t>> {
    let axis = concat_axis(attr);
    let start = inputs[..which].iter().map(|input| input.shape().dims()[axis]).sum();
    let mut specs: Vec<SliceSpec> = g.shape().dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
    specs[axis] = SliceSpec { start, len: inputs[which].shape().dims()[axis], ..specs[axis] };
    Some(g.slice(&specs))
}

fn stack_shape(shapes: &[&Shape], _: &Attr) -> Result<Shape, ShapeError> {
    if let Some(other) = shapes.iter().find(|shape| **shape != shapes[0]) {
        return Err(ShapeError::Concat { first: shapes[0].clone(), other: (*other).clone() });
    }
    let mut dims = vec![shapes.len()];
    dims.extend(shapes[0].dims());
    Ok(Shape::new(dims))
}

fn stack_forward(inputs: &[Operand], _: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    let size = inputs[0].data.len();
    for (i, input) in inputs.iter().enumerate() {
        out[i * size..(i + 1) * size].copy_from_slice(input.data);
    }
    Ok(())
}

/// Shape of `x[specs]`; axes beyond the last spec are taken whole.
pub fn sliced_shape(specs: &[SliceSpec], from: &Shape) -> Shape {
    let mut dims: Vec<usize> = specs.iter().filter(|spec| !spec.drop).map(|spec| spec.len).collect();
    dims.extend(&from.dims()[specs.len()..]);
    Shape::new(dims)
}

/// Calls `visit` with the offset in a tensor of shape `shape` of every run of a slice, and the length of a run.
fn each_run(specs: &[SliceSpec], shape: &Shape, mut visit: impl FnMut(usize, usize)) {
    let strides = shape.strides();
    let run: usize = shape.dims()[specs.len()..].iter().product();
    // a last axis of step 1 is one run too
    let (outer, run) = match specs.last() {
        Some(last) if last.step == 1 => (&specs[..specs.len() - 1], run * last.len),
        _ => (specs, run),
    };
    let base = specs.get(outer.len()).map_or(0, |last| last.start * strides[outer.len()]);
    let total: usize = outer.iter().map(|spec| spec.len).product();
    for mut i in 0..total {
        let mut offset = base;
        for (axis, spec) in outer.iter().enumerate().rev() {
            offset += spec.index(i % spec.len) * strides[axis];
            i /= spec.len;
        }
        visit(offset, run);
    }
}

fn slice_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    let mut at = 0;
    each_run(specs(attr), inputs[0].shape, |offset, run| {
        out[at..at + run].copy_from_slice(&inputs[0].data[offset..offset + run]);
        at += run;
    });
    Ok(())
}

fn unslice_forward(inputs: &[Operand], attr: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    out.fill(crate::tape::ABSENT);
    let mut at = 0;
    each_run(specs(attr), shape, |offset, run| {
        out[offset..offset + run].copy_from_slice(&inputs[0].data[at..at + run]);
        at += run;
    });
    Ok(())
}

/// Where in its operand the elements of a selection lie; `None` for rows that select nothing.
pub(super) fn selected(row: &Row, attr: &Attr, shape: &Shape) -> Option<Vec<usize>> {
    let mut positions = Vec::new();
    if std::ptr::eq(row, &SLICE) {
        each_run(specs(attr), shape, |offset, run| positions.extend(offset..offset + run));
    } else if std::ptr::eq(row, &GATHER) {
        let (indices, axis) = gather_parts(attr);
        let (length, run) = (shape.dims()[axis], shape.dims()[axis + 1..].iter().product::<usize>());
        for outer in 0..shape.dims()[..axis].iter().product() {
            for index in indices {
                let start = (outer * length + index) * run;
                positions.extend(start..start + run);
            }
        }
    } else {
        return None;
    }
    Some(positions)
}

/// Parts that were selected from a tensor of a shape, each added at its positions.
pub(super) fn assembled<'t>(parts: &[(&[usize], Var<'t>)], shape: Shape) -> Var<'t> {
    let size = shape.size();
    let positions: Vec<usize> = parts.iter().flat_map(|(positions, _)| positions.iter().copied()).collect();
    let count = Shape::new([positions.len()]);
    let of_one_shape = parts.windows(2).all(|pair| pair[0].1.shape() == pair[1].1.shape());
    let flat = if of_one_shape {
        let parts: Vec<Var> = parts.iter().map(|(_, part)| *part).collect();
        Var::record(&parts, &STACK, Attr::None).reshape(count)
    } else {
        let flat = |(positions, part): &(&[usize], Var<'t>)| part.reshape(Shape::new([positions.len()]));
        let parts: Vec<Var> = parts.iter().map(flat).collect();
        Var::record(&parts, &CONCAT, Attr::Axis(0))
    };
    let attr = Attr::ScatterTo { indices: positions.into(), axis: 0, shape: Shape::new([size]) };
    Var::record(&[flat], &SCATTER_ADD, attr).reshape(shape)
}

fn set_slice_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    let place = sliced_shape(specs(attr), shapes[0]);
    if shapes[1].broadcast(&place)? != place {
        return Err(ShapeError::Broadcast { left: place, right: shapes[1].clone() });
    }
    Ok(shapes[0].clone())
}

fn set_slice_forward(inputs: &[Operand], attr: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    out.copy_from_slice(inputs[0].data);
    let place = sliced_shape(specs(attr), shape);
    let values = wide(inputs[1].shape, inputs[1].data, &place);
    let mut at = 0;
    each_run(specs(attr), shape, |offset, run| {
        out[offset..offset + run].copy_from_slice(&values[at..at + run]);
        at += run;
    });
    Ok(())
}

fn gather_parts(attr: &Attr) -> (&[usize], usize) {
    match attr {
        Attr::Gather { indices, axis } | Attr::ScatterTo { indices, axis, .. } => (indices, *axis),
        _ => unreachable!("gather and scatter have their indices"),
    }
}

fn gathered_shape(shapes: &[&Shape], attr: &Attr) -> Result<Shape, ShapeError> {
    let (indices, axis) = gather_parts(attr);
    let mut dims = shapes[0].dims().to_vec();
    dims[axis] = indices.len();
    Ok(Shape::new(dims))
}

fn gather_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    let (indices, axis) = gather_parts(attr);
    let dims = inputs[0].shape.dims();
    let outer: usize = dims[..axis].iter().product();
    let run: usize = dims[axis + 1..].iter().product();
    for i in 0..outer {
        for (j, &index) in indices.iter().enumerate() {
            let from = (i * dims[axis] + index) * run;
            let to = (i * indices.len() + j) * run;
            out[to..to + run].copy_from_slice(&inputs[0].data[from..from + run]);
        }
    }
    Ok(())
}

fn scatter_forward(inputs: &[Operand], attr: &Attr, shape: &Shape, out: &mut [f64]) -> Forward {
    let (indices, axis) = gather_parts(attr);
    out.fill(crate::tape::ABSENT);
    let outer: usize = shape.dims()[..axis].iter().product();
    let run: usize = shape.dims()[axis + 1..].iter().product();
    for i in 0..outer {
        for (j, &index) in indices.iter().enumerate() {
            let to = (i * shape.dims()[axis] + index) * run;
            let from = (i * indices.len() + j) * run;
            for (out, x) in out[to..to + run].iter_mut().zip(&inputs[0].data[from..from + run]) {
                *out += x;
            }
        }
    }
    Ok(())
}

fn matmul_forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Forward {
    let turned = if let Attr::Turned(turned) = attr { *turned } else { [false; 2] };
    let [a, b] = [0, 1].map(|i| Factor { shape: inputs[i].shape, data: inputs[i].data, is_turned: turned[i] });
    kernels::matmul(a, b, out);
    if interrupt::is_requested() { Err(TapeError::Interrupted) } else { Ok(()) }
}

/// Whether a permutation of axes exchanges the last two and nothing else.
pub fn turns_matrices(attr: &Attr) -> bool {
    let Attr::Permutation(axes) = attr else { return false };
    let rank = axes.len();
    rank >= 2 && axes.iter().enumerate().all(|(at, &axis)| axis == if at + 2 < rank { at } else { 2 * rank - 3 - at })
}

/// With `y = a b`: ā = ȳ bᵀ, b̄ = aᵀ ȳ (Giles 2008), vectors seen as matrices of one row or column.
fn matmul_pull<'t>(g: Var<'t>, inputs: &[Var<'t>], _: Var<'t>, _: &Attr, which: usize) -> Option<Var<'t>> {
    let (a, b) = (inputs[0], inputs[1]);
    let (shape_a, shape_b) = (a.shape(), b.shape());
    let with_axis = |shape: &Shape, at: usize| {
        let mut dims = shape.dims().to_vec();
        dims.insert(at, 1);
        Shape::new(dims)
    };
    let mut g = g;
    let row = shape_a.rank() == 1;
    let column = shape_b.rank() == 1;
    if column {
        g = g.reshape(with_axis(&g.shape(), g.shape().rank()));
    }
    if row {
        g = g.reshape(with_axis(&g.shape(), g.shape().rank() - 1));
    }
    let left = if row { a.reshape(with_axis(&shape_a, 0)) } else { a };
    let right = if column { b.reshape(with_axis(&shape_b, 1)) } else { b };
    Some(match which {
        0 => g.matmul(right.matrix_transposed()).sum_to(left.shape()).reshape(shape_a),
        _ => left.matrix_transposed().matmul(g).sum_to(right.shape()).reshape(shape_b),
    })
}
