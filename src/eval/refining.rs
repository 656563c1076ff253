//! Where a statement's result may have lost its digits, it is computed again with wider numbers before anybody sees
//! it: `log(exp(1000))` is 1000, and so are its slopes right. Named values are f64 numbers and stay so.

use std::collections::HashSet;

use super::Evaluator;
use crate::ops::doubt::{Errors, adjoints_cancel};
use crate::ops::refine::refined;
use crate::tape::{Mark, NodeId};
use crate::tensor::Tensor;
use crate::value::{Fault, Value};

impl Evaluator<'_> {
    /// Corrects recorded values in place where they are in doubt, as far as they were recorded since the mark.
    pub fn refine(&mut self, values: &[&Value], since: Mark) {
        let mut doubtful = Vec::new();
        for value in values {
            value.each_node(&mut |id| {
                let is_new = id.index() >= since.node();
                if is_new
                    && Errors::new(&self.numbers.tape, since.node(), id).is_some_and(|errors| errors.are_doubtful())
                {
                    doubtful.push(id);
                }
            });
        }
        if doubtful.is_empty() {
            return;
        }
        let exact = self.named_nodes();
        if let Some(better) = refined(&self.numbers.tape, &doubtful, &exact) {
            for (id, values) in doubtful.into_iter().zip(better) {
                self.numbers.tape.correct(id, &values);
            }
        }
    }

    /// Corrects what this statement gave.
    pub fn refine_result(&mut self, value: &Value) {
        self.refine(&[value], self.started);
    }

    /// Whether numbers that a sweep gives may be wrong. Inside functions nobody asks: their numbers are f64.
    pub(super) fn doubts_gradient(&self, target: NodeId, sources: &[Option<NodeId>]) -> bool {
        let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
        let Some(first) = present.iter().map(|source| source.index()).min() else { return false };
        if self.depth > 0 || target.index() < first || self.numbers.frozen {
            return false;
        }
        Errors::new(&self.numbers.tape, first, target).is_some_and(|errors| errors.are_doubtful())
            || adjoints_cancel(&self.numbers.tape, target, &present)
    }

    /// The gradient in numbers, by wide evaluation of the recorded one.
    pub(super) fn refined_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
    ) -> Result<Vec<Option<Value>>, Fault> {
        let mark = self.numbers.tape.mark();
        let found = self.plain_sweep(target, seed, sources, true)?;
        let nodes: Vec<NodeId> = found
            .iter()
            .filter_map(|value| match value {
                Some(Value::Var(id)) => Some(*id),
                _ => None,
            })
            .collect();
        if let Some(better) = refined(&self.numbers.tape, &nodes, &self.named_nodes()) {
            for (id, values) in nodes.into_iter().zip(better) {
                // a source may be its own cotangent: only what was recorded here may change
                if id.index() >= mark.node() {
                    self.numbers.tape.correct(id, &values);
                }
            }
        }
        let constants = found.into_iter().map(|value| value.map(|value| self.numbers.constant(&value))).collect();
        self.numbers.truncate(mark);
        Ok(constants)
    }

    /// Values that have, or had, a name.
    fn named_nodes(&self) -> HashSet<NodeId> {
        self.globals.roots().into_iter().chain(self.globals.all_former()).collect()
    }
}
