//! Which values somebody looked at: what was recorded since holds for these values only.
//!
//! A branch on a recorded value, an index made of one, a number taken out of the tape: whoever wants to run the
//! recording again with other inputs must see that these values stay what they were (they are the *guards*).

use std::cell::{Cell, RefCell};

use super::{NodeId, Tape};

#[derive(Default)]
pub(super) struct Reads {
    /// How many are watching, one inside the other.
    watchers: Cell<u32>,
    seen: RefCell<Vec<NodeId>>,
}

impl Reads {
    /// Whether what is recorded may be run again with other inputs.
    pub(super) fn is_watched(&self) -> bool {
        self.watchers.get() != 0
    }

    #[inline(always)]
    pub(super) fn note(&self, id: NodeId) {
        if self.watchers.get() != 0 {
            self.seen.borrow_mut().push(id);
        }
    }
}

/// Where a watch began.
#[derive(Debug, Clone, Copy)]
pub struct Watch(usize);

impl Tape {
    /// From now on, remembers which values are looked at.
    pub fn watch_reads(&self) -> Watch {
        self.reads.watchers.set(self.reads.watchers.get() + 1);
        Watch(self.reads.seen.borrow().len())
    }

    /// Does something by which nobody decides anything: what waits is computed from its operands as it would have been
    /// at once, so those are not looked at.
    pub(super) fn unwatched<T>(&self, work: impl FnOnce() -> T) -> T {
        let watchers = self.reads.watchers.replace(0);
        let result = work();
        self.reads.watchers.set(watchers);
        result
    }

    /// Ends a watch: the nodes whose values were looked at and that depend on a variable, each once.
    pub fn reads_since(&self, watch: Watch) -> Vec<NodeId> {
        let mut seen = self.reads.seen.borrow_mut();
        let mut nodes: Vec<NodeId> =
            seen[watch.0..].iter().copied().filter(|id| id.index() < self.len() && self.is_connected(*id)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let left = self.reads.watchers.get() - 1;
        self.reads.watchers.set(left);
        if left == 0 {
            seen.clear();
        }
        nodes
    }
}
