//! Expressions as programs: recorded once, with the derivatives they ask for, and compiled.

use std::rc::Rc;

use super::at::combinations;
use super::trace::Trace;
use super::{Evaluator, Stop};
use crate::program::Program;
use crate::syntax::tree::{At, ExprId, Tree};
use crate::tape::{Mark, NodeId};
use crate::value::Value;

impl Evaluator<'_> {
    /// A program of an expression's value, with `at` also of its derivatives, and the value it has now. Its inputs are
    /// the variables that were recorded; there is no program where nothing depends on one, or on
    /// chance too.
    pub fn compiled(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        at: Option<&At>,
    ) -> Result<(Option<Program>, Value), Stop> {
        let mut trace = Trace::begin(self);
        let mark = trace.mark();
        let chances = trace.memo.chances;
        trace.compiling = true;
        let value = match at {
            None => trace.eval(tree, body),
            Some(at) => trace.recorded_at(tree, body, at),
        }?;
        let mut outputs = Vec::new();
        value.each_node(&mut |id| outputs.push(id));
        // a random number is another one each time
        let is_program = !outputs.is_empty() && trace.memo.chances == chances;
        let program = is_program.then(|| {
            let inputs = trace.inputs_of(mark, &outputs);
            Program::compile(&trace.numbers.tape, &inputs, &outputs)
        });
        let value = match &value {
            Value::List(parts) if at.is_some() => trace.numbers.constant(&parts[0]),
            value => trace.numbers.constant(value),
        };
        Ok((program, value))
    }

    /// Value and derivatives at a point as one list, all of it recorded.
    fn recorded_at(&mut self, tree: &Rc<Tree>, body: ExprId, at: &At) -> Result<Value, Stop> {
        let point = combinations(&self.axes(tree, at)?).next().unwrap_or_default();
        let evaluation = self.evaluate_at(tree, body, &point, at)?;
        let parts = self.recorded_derivatives(tree, body, &evaluation, at.order.map_or(1, |(order, _)| order))?;
        Ok(Value::list(std::iter::once(evaluation.target).chain(parts).collect()))
    }

    /// What outputs recorded since the mark depend on: variables, and what was there before.
    pub(super) fn inputs_of(&self, mark: Mark, outputs: &[NodeId]) -> Vec<NodeId> {
        let tape = &self.numbers.tape;
        let mut seen = std::collections::HashSet::new();
        let mut waiting = outputs.to_vec();
        let mut inputs = Vec::new();
        while let Some(id) = waiting.pop() {
            if !tape.is_connected(id) || !seen.insert(id) {
                continue;
            }
            if id.index() < mark.node() || tape.operands(id).next().is_none() {
                inputs.push(id);
            } else {
                waiting.extend(tape.operands(id));
            }
        }
        inputs.sort_unstable();
        inputs
    }
}
