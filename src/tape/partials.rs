//! Which recorded values are partial derivatives by which sources: what is computed with one of them may be a step of
//! descent.

use super::{NodeId, Tape};

/// Partial derivatives with their sources, in the order of the tape.
#[derive(Default)]
pub(super) struct Partials(Vec<(NodeId, NodeId)>);

impl Partials {
    /// Forgets those from this node on.
    pub fn truncate(&mut self, nodes: usize) {
        while self.0.last().is_some_and(|(partial, _)| partial.index() >= nodes) {
            self.0.pop();
        }
    }

    /// Those whose nodes are kept, with new numbers.
    pub fn moved(&self, to: impl Fn(NodeId) -> Option<NodeId>) -> Partials {
        Partials(self.0.iter().filter_map(|&(partial, source)| Some((to(partial)?, to(source)?))).collect())
    }
}

impl Tape {
    /// Says that the last node is the partial derivative of something by a source.
    pub fn note_partial(&mut self, partial: NodeId, source: NodeId) {
        debug_assert!(self.partials.0.last().is_none_or(|(before, _)| *before < partial));
        self.partials.0.push((partial, source));
    }

    /// Whether a value was computed from a source and from a partial derivative by it: `w - 0.1 grad(loss, w)`.
    pub fn is_step(&self, value: NodeId, source: NodeId) -> bool {
        let later = self.partials.0.iter().rev().take_while(|(partial, _)| *partial > source);
        let partials: Vec<NodeId> = later.filter(|(_, by)| *by == source).map(|(partial, _)| *partial).collect();
        if partials.is_empty() {
            return false;
        }
        let (mut by_partial, mut by_itself) = (false, false);
        let mut seen = vec![false; (value.index() + 1).saturating_sub(source.index())];
        let mut waiting = vec![value];
        while let Some(id) = waiting.pop() {
            if id < source || std::mem::replace(&mut seen[id.index() - source.index()], true) {
                continue;
            }
            by_itself |= id == source;
            if partials.contains(&id) {
                by_partial = true;
            } else {
                waiting.extend(self.operands(id));
            }
        }
        by_partial && by_itself
    }
}
