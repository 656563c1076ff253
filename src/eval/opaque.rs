//! Calls that are one operation on the tape: `checkpoint(f)` and `custom_gradient(f, pull)`.

use super::Evaluator;
use super::trace::Trace;
use crate::ops;
use crate::program::{BLOCK, Block};
use crate::syntax::name::Symbol;
use crate::tape::{Attr, Mark, NodeId, SliceSpec};
use crate::tensor::{Shape, ShapeError, Tensor};
use crate::value::{Fault, Value};

impl Evaluator<'_> {
    /// Calls `function` with what it records folded into one node. With `pull`, the derivative by the arguments is what that
    /// function makes of them and of the cotangent.
    pub(super) fn opaque_call(
        &mut self,
        function: &Value,
        pull: Option<&Value>,
        args: &[Value],
    ) -> Result<Value, Fault> {
        let mut operands = Vec::with_capacity(args.len());
        for value in args {
            operands.push(self.numbers.lift(value)?);
        }
        let mut trace = Trace::begin(self);
        let mark = trace.mark();
        let inner: Vec<NodeId> = operands
            .iter()
            .map(|&id| {
                let tensor = trace.numbers.tape.tensor(id);
                trace.numbers.tape.variable_tensor(&tensor)
            })
            .collect();
        let arguments: Vec<Value> = inner.iter().map(|&id| Value::Var(id)).collect();
        let block = trace.folded(function, pull, &inner, &arguments, mark, &mut operands)?;
        drop(trace);
        match block {
            Ok(block) => Ok(Value::Var(self.numbers.tape.record(&BLOCK, &operands, block.attr())?)),
            Err(constant) => Ok(constant),
        }
    }

    /// Arguments given by name, behind those given by place. Errors: names that there are not.
    pub(super) fn in_order(
        &self,
        function: &Value,
        mut positional: Vec<Value>,
        mut named: Vec<(Symbol, Value)>,
    ) -> Result<Vec<Value>, Fault> {
        let params = self.params(function).unwrap_or_default();
        for (param, _) in params.iter().skip(positional.len()) {
            match named.iter().position(|(name, _)| name == param) {
                Some(at) => positional.push(named.swap_remove(at).1),
                None => break,
            }
        }
        match named.first() {
            None => Ok(positional),
            Some((name, _)) => Err(Fault::new(format!("the function has no parameter {name} to be given"))),
        }
    }

    /// The call as a block, what it uses from outside added to the operands; a result that does not depend on anything
    /// is itself.
    fn folded(
        &mut self,
        function: &Value,
        pull: Option<&Value>,
        inner: &[NodeId],
        arguments: &[Value],
        mark: Mark,
        operands: &mut Vec<NodeId>,
    ) -> Result<Result<Block, Value>, Fault> {
        let value = self.call_value(function, arguments.to_vec(), Vec::new())?;
        let result = match value {
            Value::Var(result) => result,
            other => {
                let mut nodes = 0;
                other.each_node(&mut |_| nodes += 1);
                return match nodes {
                    0 => Ok(Err(other)),
                    _ => Err(Fault::new(format!("the function must give a number or a tensor, not {}", other.kind()))),
                };
            }
        };
        let outside = |evaluator: &Self, ends: &[NodeId]| -> Vec<NodeId> {
            evaluator.inputs_of(mark, ends).into_iter().filter(|id| id.index() < mark.node()).collect()
        };
        let params = outside(self, &[result]);
        let inputs: Vec<NodeId> = inner.iter().chain(&params).copied().collect();
        let block = Block::new(&self.numbers.tape, &inputs, result);
        operands.extend_from_slice(&params);
        let Some(pull) = pull else { return Ok(Ok(block)) };
        let shape = self.numbers.tape.shape(result).clone();
        let ones = Tensor::new(shape.clone(), vec![1.0; shape.size()]);
        let cotangent = self.numbers.tape.variable_tensor(&ones);
        let mut with_cotangent = arguments.to_vec();
        with_cotangent.push(Value::Var(cotangent));
        let found = self.call_value(pull, with_cotangent, Vec::new())?;
        // numbers in a list are one tensor
        let found = match self.numbers.shape(&found) {
            Ok(shape) if inner.len() > 1 && shape.dims().first() == Some(&inner.len()) => self.elements(&found)?,
            _ => found,
        };
        let found = match found {
            Value::List(items) if inner.len() > 1 && items.len() == inner.len() => items.to_vec(),
            other if inner.len() == 1 => vec![other],
            other => {
                let message =
                    format!("the derivative of {} arguments is a list of as many, not {}", inner.len(), other.kind());
                return Err(Fault::new(message).help("custom_gradient((x, y) -> x y, (x, y, u) -> [u y, u x])"));
            }
        };
        let mut results = Vec::with_capacity(found.len());
        for (value, &source) in found.iter().zip(inner) {
            let id = self.numbers.lift(value)?;
            let (got, needed) = (self.numbers.tape.shape(id).clone(), self.numbers.tape.shape(source).clone());
            results.push(self.filled(id, &got, &needed)?);
        }
        let mut uses = Vec::new();
        for id in outside(self, &results) {
            let at = operands.iter().position(|operand| *operand == id).unwrap_or_else(|| {
                operands.push(id);
                operands.len() - 1
            });
            uses.push((id, at));
        }
        Ok(Ok(block.with_pull(&self.numbers.tape, inner, cotangent, &uses, &results)))
    }

    /// The parts of a tensor along its first axis as a list.
    fn elements(&mut self, value: &Value) -> Result<Value, Fault> {
        let shape = self.numbers.shape(value)?;
        let mut specs: Vec<SliceSpec> = shape.dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
        let mut parts = Vec::with_capacity(shape.dims()[0]);
        for start in 0..shape.dims()[0] {
            specs[0] = SliceSpec { start, step: 1, len: 1, drop: true };
            parts.push(self.numbers.apply(&ops::SLICE, &[value], Attr::Slice(specs.as_slice().into()))?);
        }
        Ok(Value::list(parts))
    }

    /// A cotangent in the shape of what it belongs to.
    fn filled(&mut self, id: NodeId, got: &Shape, needed: &Shape) -> Result<NodeId, Fault> {
        if got == needed {
            return Ok(id);
        }
        if got.broadcast(needed).ok().as_ref() != Some(needed) {
            return Err(ShapeError::Broadcast { left: got.clone(), right: needed.clone() }.into());
        }
        let attr = Attr::Shape(needed.clone());
        Ok(self.numbers.tape.record(&ops::BROADCAST_TO, &[id], attr)?)
    }
}
