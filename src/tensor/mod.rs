//! Tensors: a shape and its elements in row-major order. Knows nothing of derivatives.

mod shape;
mod strided;

use std::rc::Rc;

use ndarray::ArrayViewD;

pub use shape::{MAX_ELEMENTS, Shape, ShapeError};
pub use strided::{permuted, repeated};

/// What the elements of a tensor mean. Integers and booleans are stored as f64 too (exact up to 2^53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DType {
    #[default]
    Real,
    Int,
    Bool,
}

/// An immutable tensor; copies share their elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Shape,
    data: Rc<[f64]>,
    dtype: DType,
}

impl Tensor {
    /// Panics unless `data` holds exactly the elements of `shape`.
    pub fn new(shape: Shape, data: impl Into<Rc<[f64]>>) -> Tensor {
        let data = data.into();
        assert_eq!(shape.size(), data.len(), "elements of a tensor of shape {shape}");
        Tensor { shape, data, dtype: DType::Real }
    }

    pub fn vector(data: impl Into<Rc<[f64]>>) -> Tensor {
        let data = data.into();
        Tensor { shape: Shape::new([data.len()]), data, dtype: DType::Real }
    }

    pub fn scalar(value: f64) -> Tensor {
        Tensor { shape: Shape::scalar(), data: Rc::new([value]), dtype: DType::Real }
    }

    pub fn with_dtype(self, dtype: DType) -> Tensor {
        Tensor { dtype, ..self }
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub fn data(&self) -> &[f64] {
        &self.data
    }

    pub fn shared_data(&self) -> Rc<[f64]> {
        self.data.clone()
    }

    pub fn dtype(&self) -> DType {
        self.dtype
    }

    pub fn size(&self) -> usize {
        self.data.len()
    }

    pub fn view(&self) -> ArrayViewD<'_, f64> {
        view(&self.shape, &self.data)
    }
}

/// A view of contiguous elements as an n-dimensional array.
pub fn view<'a>(shape: &Shape, data: &'a [f64]) -> ArrayViewD<'a, f64> {
    ArrayViewD::from_shape(shape.dims(), data).expect("as many elements as the shape says")
}
