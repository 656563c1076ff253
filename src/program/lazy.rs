//! Big tensors wait: what is recorded of them runs when somebody looks, fused into as few passes as it takes.

use std::rc::Rc;

use super::Program;
use super::graph::{Graph, is_elementwise};
use super::quick::QuickMap;
use crate::ops;
use crate::tape::{Lazy, NodeId, Row, Tape, TapeError};

/// How the tape computes what waits.
pub static LAZY: Lazy = Lazy { waits, sums, compute };

/// Rows whose results may wait: passes over elements, and views of them.
fn waits(row: &'static Row) -> bool {
    let views: [&Row; 4] = [&ops::BROADCAST_TO, &ops::RESHAPE, &ops::SLICE, &ops::UNSLICE];
    is_elementwise(row) || views.iter().any(|view| std::ptr::eq(row, *view))
}

/// Rows that take in what waits without a tensor of it.
fn sums(row: &'static Row) -> bool {
    std::ptr::eq(row, &ops::SUM) || std::ptr::eq(row, &ops::SUM_TO)
}

/// What waits behind so many operations is kept when it is computed on the way to something else for the second time:
/// otherwise a long calculation would be run from its beginning for each of its results.
const LONG: u32 = 32;

/// The values of nodes, with everything that waits before them. Errors: interruption.
fn compute(tape: &Tape, nodes: &[NodeId]) -> Result<Vec<Rc<[f64]>>, TapeError> {
    let kept = worth_keeping(tape, nodes);
    let all: Vec<NodeId> = nodes.iter().chain(&kept).copied().collect();
    let mut program = Program::of_graph(&Graph::of_pending(tape, &all));
    program.run()?;
    for (number, &id) in kept.iter().enumerate() {
        tape.keep(id, program.shared_output(nodes.len() + number));
    }
    Ok((0..nodes.len()).map(|number| program.shared_output(number)).collect())
}

/// Values on the way to the nodes that are better kept.
fn worth_keeping(tape: &Tape, nodes: &[NodeId]) -> Vec<NodeId> {
    let mut costs: QuickMap<NodeId, u32> = QuickMap::default();
    let mut kept = Vec::new();
    for id in Graph::pending(tape, nodes) {
        let before = tape.operands(id).filter_map(|operand| costs.get(&operand));
        let cost = before.fold(1_u32, |sum, cost| sum.saturating_add(*cost));
        let is_long = cost > LONG && !nodes.contains(&id) && tape.pass(id) > 1;
        costs.insert(id, if is_long { 0 } else { cost });
        kept.extend(is_long.then_some(id));
    }
    kept
}
