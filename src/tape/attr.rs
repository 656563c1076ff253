//! Attributes: what an operation needs besides its operands and is not differentiated by.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::tensor::Shape;

/// One axis of a slice: where it starts, how far apart, how many. `step` may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceSpec {
    pub start: usize,
    pub step: i64,
    pub len: usize,
    /// A single index: the axis disappears from the result.
    pub drop: bool,
}

impl SliceSpec {
    /// The whole of an axis.
    pub fn all(len: usize) -> SliceSpec {
        SliceSpec { start: 0, step: 1, len, drop: false }
    }

    /// Where the `i`-th element of the slice lies along the axis.
    pub fn index(&self, i: usize) -> usize {
        (self.start as i64 + self.step * i as i64) as usize
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Attr {
    #[default]
    None,
    /// Reduce over these axes, in ascending order; keep them with length 1?
    Axes {
        axes: Rc<[usize]>,
        keep: bool,
    },
    Axis(usize),
    Shape(Shape),
    Permutation(Rc<[usize]>),
    Slice(Rc<[SliceSpec]>),
    /// A slice of, or into, a tensor of this shape.
    SliceOf {
        specs: Rc<[SliceSpec]>,
        shape: Shape,
    },
    /// Elements (or sub-tensors along `axis`) by index.
    Gather {
        indices: Rc<[usize]>,
        axis: usize,
    },
    ScatterTo {
        indices: Rc<[usize]>,
        axis: usize,
        shape: Shape,
    },
    /// Operands of a product whose last two axes lie in memory in the opposite order; only programs have them.
    Turned([bool; 2]),
    /// The text of a number.
    Text(Rc<str>),
    Shared(Shared),
}

/// Whatever else a row knows of itself; equal only to itself.
#[derive(Clone)]
pub struct Shared(pub Rc<dyn Any>);

impl PartialEq for Shared {
    fn eq(&self, other: &Shared) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Shared")
    }
}

/// As `:tape` prints it; empty for no attribute.
impl fmt::Display for Attr {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Attr::None | Attr::Turned(_) | Attr::Shared(_) => Ok(()),
            Attr::Text(text) => f.write_str(text),
            Attr::Axes { axes, keep } => {
                write!(f, "axis={axes:?}{}", if *keep { ", keepdims" } else { "" })
            }
            Attr::Axis(axis) => write!(f, "axis={axis}"),
            Attr::Shape(shape) => write!(f, "{shape}"),
            Attr::Permutation(axes) => write!(f, "axes={axes:?}"),
            Attr::Slice(specs) | Attr::SliceOf { specs, .. } => {
                let parts: Vec<String> = specs.iter().map(SliceSpec::to_string).collect();
                write!(f, "[{}]", parts.join(", "))
            }
            Attr::Gather { indices, axis } | Attr::ScatterTo { indices, axis, .. } => {
                let shown: Vec<String> = indices.iter().take(4).map(usize::to_string).collect();
                let dots = if indices.len() > 4 { ", …" } else { "" };
                write!(f, "[{}{dots}], axis={axis}", shown.join(", "))
            }
        }
    }
}

impl fmt::Display for SliceSpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.drop {
            return write!(f, "{}", self.start);
        }
        let end = self.start as i64 + self.step * self.len as i64;
        match self.step {
            1 => write!(f, "{}:{end}", self.start),
            step => write!(f, "{}:{end}:{step}", self.start),
        }
    }
}
