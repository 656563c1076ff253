//! Single steps of compositions: one operation of the table each, on values that are recorded or not.

use crate::ops;
use crate::tape::{Attr, Row, SliceSpec};
use crate::tensor::{Shape, Tensor};
use crate::value::{Fault, Numbers, Value};

impl Numbers {
    pub(super) fn one(&mut self, row: &'static Row, x: &Value) -> Result<Value, Fault> {
        self.apply(row, &[x], Attr::None)
    }

    pub(super) fn two(&mut self, row: &'static Row, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.apply(row, &[a, b], Attr::None)
    }

    pub(super) fn add(&mut self, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.two(&ops::ADD, a, b)
    }

    pub(super) fn sub(&mut self, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.two(&ops::SUB, a, b)
    }

    pub(super) fn mul(&mut self, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.two(&ops::MUL, a, b)
    }

    pub(super) fn div(&mut self, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.two(&ops::DIV, a, b)
    }

    pub(super) fn matmul(&mut self, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.two(&ops::MATMUL, a, b)
    }

    /// `a` where the condition holds, elsewhere `b`.
    pub(super) fn select(&mut self, condition: &Value, a: &Value, b: &Value) -> Result<Value, Fault> {
        self.apply(&ops::SELECT, &[condition, a, b], Attr::None)
    }

    /// A reduction over axes, which must be ascending.
    pub(super) fn reduced(&mut self, row: &'static Row, x: &Value, axes: &[usize], keep: bool) -> Result<Value, Fault> {
        self.apply(row, &[x], Attr::Axes { axes: axes.into(), keep })
    }

    pub(super) fn total(&mut self, x: &Value, axes: &[usize], keep: bool) -> Result<Value, Fault> {
        self.reduced(&ops::SUM, x, axes, keep)
    }

    pub(super) fn dims(&self, x: &Value) -> Result<Vec<usize>, Fault> {
        Ok(self.shape(x)?.dims().to_vec())
    }

    pub(super) fn reshaped(&mut self, x: &Value, dims: &[usize]) -> Result<Value, Fault> {
        if self.shape(x)?.dims() == dims {
            return Ok(x.clone());
        }
        self.apply(&ops::RESHAPE, &[x], Attr::Shape(Shape::from(dims)))
    }

    pub(super) fn flattened(&mut self, x: &Value) -> Result<Value, Fault> {
        let size = self.shape(x)?.size();
        self.reshaped(x, &[size])
    }

    /// Axes in another order: axis `i` of the result is axis `order[i]` of `x`.
    pub(super) fn permuted(&mut self, x: &Value, order: &[usize]) -> Result<Value, Fault> {
        if order.iter().copied().eq(0..order.len()) {
            return Ok(x.clone());
        }
        self.apply(&ops::TRANSPOSE, &[x], Attr::Permutation(order.into()))
    }

    /// Repeated to a larger shape.
    pub(super) fn widened(&mut self, x: &Value, dims: &[usize]) -> Result<Value, Fault> {
        if self.shape(x)?.dims() == dims {
            return Ok(x.clone());
        }
        let shape = Shape::from(dims).check_size()?;
        self.apply(&ops::BROADCAST_TO, &[x], Attr::Shape(shape))
    }

    /// Sub-tensors along an axis by number.
    pub(super) fn picked(&mut self, x: &Value, indices: Vec<usize>, axis: usize) -> Result<Value, Fault> {
        self.apply(&ops::GATHER, &[x], Attr::Gather { indices: indices.into(), axis })
    }

    /// Sub-tensors along an axis added up at the numbers given, in a tensor of `length` along it; 0 elsewhere.
    pub(super) fn added_at(
        &mut self,
        x: &Value,
        indices: Vec<usize>,
        axis: usize,
        length: usize,
    ) -> Result<Value, Fault> {
        let mut dims = self.dims(x)?;
        dims[axis] = length;
        let shape = Shape::new(dims).check_size()?;
        let sums = self.apply(&ops::SCATTER_ADD, &[x], Attr::ScatterTo { indices: indices.into(), axis, shape })?;
        // what the row leaves out is -0.0, the mark of an absent cotangent; as a value it is 0
        self.add(&sums, &Value::Real(0.0))
    }

    /// `length` elements along an axis from `start`, `step` apart.
    pub(super) fn sliced(
        &mut self,
        x: &Value,
        axis: usize,
        (start, step, length): (usize, usize, usize),
    ) -> Result<Value, Fault> {
        let dims = self.dims(x)?;
        if (start, step, length) == (0, 1, dims[axis]) {
            return Ok(x.clone());
        }
        self.apply(&ops::SLICE, &[x], Attr::Slice(along(&dims, axis, (start, step, length))))
    }

    /// `base` with such a slice of it replaced by `x`.
    pub(super) fn replaced(
        &mut self,
        base: &Value,
        axis: usize,
        part: (usize, usize, usize),
        x: &Value,
    ) -> Result<Value, Fault> {
        let dims = self.dims(base)?;
        self.apply(&ops::SET_SLICE, &[base, x], Attr::Slice(along(&dims, axis, part)))
    }

    pub(super) fn joined(&mut self, parts: &[&Value], axis: usize) -> Result<Value, Fault> {
        match parts {
            [one] => Ok((*one).clone()),
            _ => self.apply(&ops::CONCAT, parts, Attr::Axis(axis)),
        }
    }
}

fn along(dims: &[usize], axis: usize, (start, step, len): (usize, usize, usize)) -> std::rc::Rc<[SliceSpec]> {
    let mut specs: Vec<SliceSpec> = dims.iter().map(|&dim| SliceSpec::all(dim)).collect();
    specs[axis] = SliceSpec { start, step: step as i64, len, drop: false };
    specs.into()
}

/// A constant tensor.
pub(super) fn tensor(dims: &[usize], elements: Vec<f64>) -> Value {
    Value::tensor(Tensor::new(Shape::from(dims), elements))
}

/// A constant tensor with the same number everywhere, of any size that memory may hold.
pub(super) fn filled(dims: &[usize], value: f64) -> Result<Value, Fault> {
    let shape = Shape::from(dims).check_size()?;
    let size = shape.size();
    Ok(Value::tensor(Tensor::new(shape, vec![value; size])))
}

/// Refuses to make so many elements before anything is allocated.
pub(super) fn check_count(dims: &[usize]) -> Result<usize, Fault> {
    Ok(Shape::from(dims).check_size()?.size())
}
