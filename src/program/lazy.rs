//! Big tensors wait: what is recorded of them runs when somebody looks, fused into as few passes as it takes.

use std::rc::Rc;

use super::Program;
use super::graph::{Graph, is_elementwise};
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

/// The values of nodes, with everything that waits before them. Errors: interruption.
fn compute(tape: &Tape, nodes: &[NodeId]) -> Result<Vec<Rc<[f64]>>, TapeError> {
    let mut program = Program::of_graph(&Graph::of_pending(tape, nodes));
    program.run()?;
    Ok((0..nodes.len()).map(|number| program.shared_output(number)).collect())
}
