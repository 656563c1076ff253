//! Values that wait until somebody looks at them.
//!
//! Only big tensors wait. What computes them stands above the tape and is handed in ([`Lazy`]); without it nothing
//! waits.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use super::{Node, NodeId, Row, Tape, TapeError};

/// The values of several nodes.
pub type Computed = Result<Vec<Rc<[f64]>>, TapeError>;

/// Whatever can compute waiting values.
pub struct Lazy {
    /// Whether the results of a row may wait.
    pub waits: fn(&'static Row) -> bool,
    /// Whether a row with a result of one element takes in an operand that waits.
    pub sums: fn(&'static Row) -> bool,
    /// The values of nodes, computed together. Errors: interruption.
    pub compute: fn(&Tape, &[NodeId]) -> Computed,
}

/// Tensors with more elements than this may wait.
pub(super) const LARGE: usize = 1 << 15;

/// A value that so many waiting operations lead to is computed at once, lest they be run again and again.
pub(super) const MOST_WAITING: u32 = 512;

/// The elements of a big value.
#[derive(Clone)]
pub(super) struct Buffer {
    pub node: u32,
    /// Elements counted as memory of the tape.
    pub size: usize,
    pub values: OnceCell<Rc<[f64]>>,
    /// How many operations wait for this value to be computed, itself included.
    pub waiting: u32,
    /// In how many computations of something else it took part without being kept.
    pub passed: Cell<u32>,
}

impl Tape {
    /// Lets big tensors wait.
    pub fn set_lazy(&mut self, lazy: &'static Lazy) {
        self.lazy = Some(lazy);
    }

    /// Whether the value of a node was not computed yet.
    pub fn is_pending(&self, id: NodeId) -> bool {
        self.is_waiting(&self.nodes[id.index()])
    }

    pub(super) fn is_waiting(&self, node: &Node) -> bool {
        self.is_big(node) && self.buffers[node.place as usize].values.get().is_none()
    }

    pub(super) fn big_values(&self, place: u32) -> &Rc<[f64]> {
        let buffer = &self.buffers[place as usize];
        buffer.values.get_or_init(|| {
            let lazy = self.lazy.expect("values wait only where something computes them");
            let found = self.unwatched(|| (lazy.compute)(self, &[NodeId(buffer.node)]));
            found.ok().and_then(|mut values| values.pop()).unwrap_or_else(|| {
                // interrupted: the statement ends at the next check, and what it recorded with it
                let size = self.shapes[self.nodes[buffer.node as usize].shape.0 as usize].size();
                std::iter::repeat_n(f64::NAN, size).collect()
            })
        })
    }

    /// A node whose value waits, if it may.
    pub(super) fn push_waiting(&mut self, node: Node, operands: &[NodeId]) -> Option<NodeId> {
        let lazy = self.lazy?;
        if self.shapes[node.shape.0 as usize].size() <= LARGE || !(lazy.waits)(node.row) {
            return None;
        }
        let waiting = operands.iter().fold(1_u32, |sum, id| {
            let operand = &self.nodes[id.index()];
            let own = if self.is_waiting(operand) { self.buffers[operand.place as usize].waiting } else { 0 };
            sum.saturating_add(own)
        });
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { place: self.buffers.len() as u32, ..node });
        self.buffers.push(Buffer { node: id.0, size: 0, values: OnceCell::new(), waiting, passed: Cell::new(0) });
        if waiting > MOST_WAITING {
            self.big_values(self.buffers.len() as u32 - 1);
        }
        Some(id)
    }

    /// A waiting value was computed on the way to another one; how often so far.
    pub fn pass(&self, id: NodeId) -> u32 {
        let passed = &self.buffers[self.nodes[id.index()].place as usize].passed;
        passed.set(passed.get() + 1);
        passed.get()
    }

    /// Keeps what a waiting value was found to be.
    pub fn keep(&self, id: NodeId, values: Rc<[f64]>) {
        // two names for one node
        let _ = self.buffers[self.nodes[id.index()].place as usize].values.set(values);
    }

    /// Computes several nodes in one go, where they wait.
    pub(super) fn compute_together(&self, ids: &[NodeId]) -> Result<(), TapeError> {
        let waiting: Vec<NodeId> = ids.iter().copied().filter(|&id| self.is_pending(id)).collect();
        let (Some(lazy), false) = (self.lazy, waiting.is_empty()) else { return Ok(()) };
        for (id, values) in waiting.iter().zip(self.unwatched(|| (lazy.compute)(self, &waiting))?) {
            self.keep(*id, values);
        }
        Ok(())
    }
}
