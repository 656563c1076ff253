//! What the derivative of a tensor looks like: component by component along a curve, element by element where each
//! element depends on its own, a Jacobian otherwise.

use super::Evaluator;
use super::calculus::values_of;
use super::trace::Trace;
use crate::ops::LINEAR;
use crate::program::Pattern;
use crate::tape::{Cotangent, NodeId, Op, Seed, gradient};
use crate::tensor::Tensor;
use crate::value::{Fault, Value};

/// Curves of more components are differentiated in one forward sweep rather than row by row.
const ROWS: usize = 64;

impl Evaluator<'_> {
    /// The derivative of a target by one source, in the shape in which it is shown; `None` where there is none.
    pub(super) fn by_elements(&mut self, target: NodeId, source: NodeId, record: bool) -> Result<Option<Value>, Fault> {
        let tape = &self.numbers.tape;
        if tape.is_scalar(target) || self.depends_on_own_elements(target, source) {
            return Ok(self.sweep(target, None, &[Some(source)], record)?.pop().flatten());
        }
        if tape.is_scalar(source) && tape.shape(target).size() > ROWS {
            return self.tangent(target, source, record);
        }
        Ok(self.jacobian_of(target, &[Some(source)], record)?.pop().flatten())
    }

    /// The derivatives of a target by several sources, each in the shape in which it is shown.
    pub(super) fn all_by_elements(
        &mut self,
        target: NodeId,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        if self.numbers.tape.is_scalar(target) {
            return self.sweep(target, None, sources, record);
        }
        let each = sources.iter().map(|source| match source {
            Some(source) => self.by_elements(target, *source, record),
            None => Ok(None),
        });
        each.collect()
    }

    /// Whether each element of the target depends on the element of the source in the same place alone, so that a sum
    /// over the target loses nothing.
    pub(super) fn depends_on_own_elements(&self, target: NodeId, source: NodeId) -> bool {
        let tape = &self.numbers.tape;
        if source > target || tape.shape(source) != tape.shape(target) {
            return false;
        }
        if self.is_elementwise_between(target, source) {
            return true;
        }
        let pattern = Pattern::of_tape(tape, target, &[source]);
        pattern.is_some_and(|pattern| pattern.entries().all(|(row, column)| row == column))
    }

    /// Whether all that leads from the source to the target are operations on elements in their places.
    fn is_elementwise_between(&self, target: NodeId, source: NodeId) -> bool {
        let tape = &self.numbers.tape;
        let shape = tape.shape(target);
        let mut depends = vec![false; target.index() + 1 - source.index()];
        depends[0] = true;
        for (at, id) in tape.nodes_from(source.index()).enumerate().take(depends.len()).skip(1) {
            let place = |operand: NodeId| operand.index().checked_sub(source.index());
            if !tape.operands(id).any(|operand| place(operand).is_some_and(|place| depends[place])) {
                continue;
            }
            depends[at] = true;
            let is_elementwise = matches!(tape.row(id).op, Op::Map1(_) | Op::Map2(_) | Op::Map3(_));
            if !is_elementwise || tape.shape(id) != shape {
                return false;
            }
        }
        true
    }

    /// The derivative of a curve by forward mode from two reverse sweeps: uᵀJ is linear in u, and its derivative by u is J
    /// (Christianson 2012).
    fn tangent(&mut self, target: NodeId, source: NodeId, record: bool) -> Result<Option<Value>, Fault> {
        let mut trace = Trace::begin(self);
        let shape = trace.numbers.tape.shape(target).clone();
        let ones = Tensor::new(shape.clone(), vec![1.0; shape.size()]);
        let weights = trace.numbers.tape.variable_tensor(&ones);
        let weighted = gradient(&mut trace.numbers.tape, &LINEAR, target, Seed::Node(weights), &[source], true)?;
        let Some(Cotangent::Node(weighted)) = weighted.into_iter().next().flatten() else { return Ok(None) };
        let found = gradient(&mut trace.numbers.tape, &LINEAR, weighted, Seed::Ones, &[weights], record)?;
        let Some(found) = values_of(found, &[Some(weights)]).pop().flatten() else { return Ok(None) };
        if !record {
            return Ok(Some(trace.constant(&found)));
        }
        trace.keep();
        Ok(Some(found))
    }
}
