//! What a row of the table of operations is. Which rows exist is the business of `ops`.

use crate::tensor::{Shape, ShapeError};

use super::{Attr, TapeError, Var};

/// `(g, x, y, to)`: adds the pulled-back cotangents to the last.
pub type Add1 = fn(&[f64], &[f64], &[f64], &mut [f64]);
/// `(g, a, b, y, to)`
pub type Add2 = fn(&[f64], &[f64], &[f64], &[f64], &mut [f64]);
/// `(g, a, b, y)`: what either operand receives.
pub type Pull2 = fn(f64, f64, f64, f64) -> (f64, f64);
/// Operands, attribute and shape of the result; the last is filled.
pub type Forward = fn(&[Operand], &Attr, &Shape, &mut [f64]) -> Result<(), TapeError>;

/// `(g, operands, y, attribute, which, to)`: adds the pulled-back cotangents to the last.
pub type PullPlain = fn(&[f64], &[Operand], &[f64], &Attr, usize, &mut [f64]) -> Result<(), TapeError>;

/// One operation: everything that recording, sweeping, printing and help need to know of it.
pub struct Row {
    /// As typed and printed.
    pub name: &'static str,
    pub params: &'static [&'static str],
    /// What it computes, its domain, its conventions and the source of the formula; the help text.
    pub doc: &'static str,
    /// Ordinary and edge points at which the tests try the row.
    pub samples: &'static [f64],
    pub op: Op,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// How a row computes and how it is pulled back.
pub enum Op {
    /// A value without operands: a constant or a variable.
    Leaf,
    Map1(Map1),
    Map2(Map2),
    Map3(Map3),
    Tensor(TensorOp),
}

/// Elementwise, one operand.
pub struct Map1 {
    pub f: fn(f64) -> f64,
    pub map: fn(&[f64], &mut [f64]),
    /// `None`: piecewise constant, the derivative is 0 wherever it exists.
    pub rule: Option<Rule1>,
}

/// The same rule three times: of one number, of slices (adds to the last), recorded. The first two honour structural
/// zeros by themselves.
pub struct Rule1 {
    pub pull: fn(g: f64, x: f64, y: f64) -> f64,
    pub add: Add1,
    pub record: for<'t> fn(g: Var<'t>, x: Var<'t>, y: Var<'t>) -> Var<'t>,
}

/// Elementwise with broadcasting, two operands.
pub struct Map2 {
    pub f: fn(f64, f64) -> f64,
    /// Operands have the length of the result, or 1.
    pub zip: fn(&[f64], &[f64], &mut [f64]),
    pub rules: [Option<Rule2>; 2],
    /// Both rules at one number, in one call.
    pub pull: Option<Pull2>,
    /// The result, seen as a cotangent, may hold structural zeros.
    pub makes_absent: bool,
}

pub struct Rule2 {
    pub pull: fn(g: f64, a: f64, b: f64, y: f64) -> f64,
    pub add: Add2,
    pub record: for<'t> fn(g: Var<'t>, a: Var<'t>, b: Var<'t>, y: Var<'t>) -> Var<'t>,
}

/// Elementwise with broadcasting, three operands.
pub struct Map3 {
    pub f: fn(f64, f64, f64) -> f64,
    pub rules: [Option<Rule3>; 3],
}

pub struct Rule3 {
    pub pull: fn(g: f64, a: f64, b: f64, c: f64) -> f64,
    pub record: for<'t> fn(g: Var<'t>, a: Var<'t>, b: Var<'t>, c: Var<'t>) -> Var<'t>,
}

/// An operand as a kernel sees it.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    pub shape: &'a Shape,
    pub data: &'a [f64],
}

/// What a pullback does with structural zeros (see [`super::ABSENT`]) in its cotangent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Moves elements around and adds them: structural zeros stay structural.
    Kept,
    /// Selects some elements and leaves the others without a cotangent.
    Made,
    /// Mixes elements: what comes out is a number like any other.
    Lost,
}

/// Not elementwise: reductions, shapes, indexing, products.
pub struct TensorOp {
    pub shape: fn(&[&Shape], &Attr) -> Result<Shape, ShapeError>,
    pub forward: Forward,
    /// Cotangent of input `which`; `None` for a structural zero.
    pub pull: for<'t> fn(g: Var<'t>, inputs: &[Var<'t>], y: Var<'t>, attr: &Attr, which: usize) -> Option<Var<'t>>,
    /// The same as numbers, for rows with more to it than recording their rule at the tape's end.
    pub plain: Option<PullPlain>,
    /// Of this operation's result, seen as a cotangent.
    pub absence: Absence,
}
