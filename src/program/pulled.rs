//! Cotangents of all operands of a node that stands for many operations: found together, asked for one by one.

use std::cell::RefCell;

use crate::ops::{self, LINEAR};
use crate::tape::{Cotangent, NodeId, Seed, Tape, TapeError, Var, gradient};

/// The cotangents as nodes for the cotangent of the result that was asked about last.
#[derive(Default)]
pub(super) struct Pulled(RefCell<Option<Known>>);

/// A cotangent of the result as the tape was then, and those of the operands.
type Known = ((NodeId, u64), Vec<Option<NodeId>>);

impl Pulled {
    /// The cotangent of operand `which`; `find` gives those of all.
    pub fn operand<'t>(
        &self,
        g: Var<'t>,
        inputs: &[Var<'t>],
        which: usize,
        find: impl FnOnce(&mut Tape, &[NodeId], NodeId) -> Result<Vec<Option<NodeId>>, TapeError>,
    ) -> Option<Var<'t>> {
        // what was truncated since may have become something else
        let asked = (g.id, g.with_tape(Tape::generation));
        let known = self.0.borrow().as_ref().filter(|(before, _)| *before == asked).map(|(_, nodes)| nodes[which]);
        let node = match known {
            Some(node) => node,
            None => {
                let operands: Vec<NodeId> = inputs.iter().map(|input| input.id).collect();
                let found = g.on_tape(|tape| find(tape, &operands, g.id))?;
                let node = found[which];
                *self.0.borrow_mut() = Some((asked, found));
                node
            }
        };
        node.map(|id| g.at(id))
    }
}

/// Cotangents of the operands by recording what the node stands for from copies of them, and sweeping that back.
pub(super) fn recorded_again(
    tape: &mut Tape,
    operands: &[NodeId],
    g: NodeId,
    record: impl FnOnce(&mut Tape, &[NodeId]) -> Result<NodeId, TapeError>,
) -> Result<Vec<Option<NodeId>>, TapeError> {
    let mut sources = Vec::with_capacity(operands.len());
    for &operand in operands {
        sources.push(tape.map1(&ops::IDENTITY, operand)?);
    }
    let target = record(tape, &sources)?;
    let found = gradient(tape, &LINEAR, target, Seed::Node(g), &sources, true)?;
    let node = |cotangent| match cotangent {
        Some(Cotangent::Node(node)) => Some(node),
        _ => None,
    };
    Ok(found.into_iter().map(node).collect())
}
