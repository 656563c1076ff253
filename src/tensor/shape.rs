//! Shapes: how many elements along each axis, and which shapes go together.

use std::fmt;

/// Lengths of the axes, outermost first. No axes: a scalar.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<usize>);

/// What can be wrong with shapes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    #[error("cannot combine shapes {left} and {right}")]
    Broadcast { left: Shape, right: Shape },
    #[error("axis {axis} does not exist: the value has {rank} {}", if *rank == 1 { "axis" } else { "axes" })]
    NoSuchAxis { axis: i64, rank: usize },
    #[error("axis {axis} is named twice")]
    AxisTwice { axis: i64 },
    #[error("cannot reshape {from} ({count} elements) to {to}", count = from.size())]
    Reshape { from: Shape, to: Shape },
    #[error("cannot multiply matrices of shapes {left} and {right}")]
    MatMul { left: Shape, right: Shape },
    #[error("shapes {first} and {other} do not fit together")]
    Concat { first: Shape, other: Shape },
    #[error("{what} needs {needs}, not shape {got}")]
    Needs { what: &'static str, needs: &'static str, got: Shape },
    #[error("a tensor of shape {shape} is too large")]
    TooLarge { shape: Shape },
}

/// No tensor may have more elements than this (8 GiB of f64).
pub const MAX_ELEMENTS: usize = 1 << 30;

impl Shape {
    pub fn scalar() -> Shape {
        Shape(Vec::new())
    }

    pub fn new(dims: impl Into<Vec<usize>>) -> Shape {
        Shape(dims.into())
    }

    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements; 1 for a scalar. Saturates instead of overflowing.
    pub fn size(&self) -> usize {
        if self.0.contains(&0) {
            return 0;
        }
        self.0.iter().fold(1, |size, &dim| size.saturating_mul(dim))
    }

    pub fn is_scalar(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses shapes that no memory holds, before anything is allocated.
    pub fn check_size(self) -> Result<Shape, ShapeError> {
        if self.size() > MAX_ELEMENTS { Err(ShapeError::TooLarge { shape: self }) } else { Ok(self) }
    }

    /// The common shape of two operands by NumPy's rule: aligned at the last axis, equal lengths or 1.
    pub fn broadcast(&self, other: &Shape) -> Result<Shape, ShapeError> {
        if self == other {
            return Ok(self.clone());
        }
        let rank = self.rank().max(other.rank());
        let length = |shape: &Shape, axis: usize| (axis + shape.rank()).checked_sub(rank).map_or(1, |own| shape.0[own]);
        let mut dims = Vec::with_capacity(rank);
        for axis in 0..rank {
            match (length(self, axis), length(other, axis)) {
                (a, b) if a == b => dims.push(a),
                (1, b) => dims.push(b),
                (a, 1) => dims.push(a),
                _ => return Err(ShapeError::Broadcast { left: self.clone(), right: other.clone() }),
            }
        }
        Shape(dims).check_size()
    }

    /// Turns an axis counted from either end into an index.
    pub fn axis(&self, axis: i64) -> Result<usize, ShapeError> {
        let rank = self.rank() as i64;
        let index = if axis < 0 { axis + rank } else { axis };
        if (0..rank).contains(&index) {
            Ok(index as usize)
        } else {
            Err(ShapeError::NoSuchAxis { axis, rank: self.rank() })
        }
    }

    /// Distances in elements between neighbours along each axis, row-major.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis] * self.0[axis];
        }
        strides
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape(dims)
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape(dims.to_vec())
    }
}

/// `(2, 3)`, `(4)`, `()`, as in error messages.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let dims: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(f, "({})", dims.join(", "))
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
