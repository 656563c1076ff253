//! One operation on scalars as numbers: what came in, what came out, and the slope between them.

use super::{NodeId, Op, Row, is_absent};

/// An elementwise operation on scalars, or a leaf.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub row: &'static Row,
    /// How many operands there are.
    pub count: usize,
    pub operands: [NodeId; 3],
    /// Values of the operands.
    pub x: [f64; 3],
    /// Value of the result.
    pub y: f64,
}

impl Step {
    /// The slope by an operand; `None` where nothing flows back to it.
    #[inline]
    pub fn slope(&self, which: usize) -> Option<f64> {
        let [a, b, c] = self.x;
        let slope = match &self.row.op {
            Op::Map1(op) => (op.rule.as_ref()?.pull)(1.0, a, self.y),
            Op::Map2(op) => (op.rules[which].as_ref()?.pull)(1.0, a, b, self.y),
            Op::Map3(op) => (op.rules[which].as_ref()?.pull)(1.0, a, b, c),
            Op::Leaf | Op::Tensor(_) => return None,
        };
        (!is_absent(slope)).then_some(slope)
    }

    /// The same operation with the result that these operands have.
    pub fn computed(self) -> Step {
        let [a, b, c] = self.x;
        let y = match &self.row.op {
            Op::Map1(op) => (op.f)(a),
            Op::Map2(op) => (op.f)(a, b),
            Op::Map3(op) => (op.f)(a, b, c),
            Op::Leaf | Op::Tensor(_) => self.y,
        };
        Step { y, ..self }
    }
}
