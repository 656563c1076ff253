//! Which values somebody looked at: what was recorded since holds for these values only.
//!
//! A branch on a recorded value, an index made of one, a number taken out of the tape: whoever wants to run the
//! recording again with other inputs must see that these values stay what they were (they are the *guards*).

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use super::{Mark, NodeId, Tape};

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

    /// How many looks were noted.
    pub(super) fn count(&self) -> usize {
        self.seen.borrow().len()
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

    /// Ends a watch: the nodes whose values were looked at and that follow from a variable, each once.
    pub fn reads_since(&self, watch: Watch) -> Vec<NodeId> {
        let mut seen = self.reads.seen.borrow_mut();
        let mut nodes: Vec<NodeId> = seen[watch.0..].iter().copied().filter(|id| id.index() < self.len()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.retain(|&id| self.is_connected(id) || self.is_cut_off(id));
        let left = self.reads.watchers.get() - 1;
        self.reads.watchers.set(left);
        if left == 0 {
            seen.clear();
        }
        nodes
    }

    /// Ends everything that was looked at since a watch began and is gone by now, because whoever watched took it along.
    pub fn forget_reads(&self, watch: Watch, kept: Mark) {
        let mut seen = self.reads.seen.borrow_mut();
        let mut at = 0;
        seen.retain(|id| {
            at += 1;
            at <= watch.0 || id.index() < kept.node()
        });
    }

    /// The nodes from number `len` on are about to be forgotten: whoever looked at them, which is noted from place
    /// `since` on, has looked at what they were computed from.
    pub(super) fn pass_on_reads(&self, len: usize, since: usize) {
        let mut seen = self.reads.seen.borrow_mut();
        let since = since.min(seen.len());
        if seen[since..].iter().all(|id| id.index() < len) {
            return;
        }
        let (kept, mut waiting): (Vec<NodeId>, Vec<NodeId>) = seen.drain(since..).partition(|id| id.index() < len);
        seen.extend(kept);
        let mut known = HashSet::new();
        while let Some(id) = waiting.pop() {
            if id.index() >= self.len() || !known.insert(id) {
                continue;
            }
            match id.index() < len {
                true => seen.push(id),
                false => waiting.extend(self.operands(id)),
            }
        }
    }

    /// Whether the value of a node that nothing flows back into follows from a variable all the same: behind a
    /// `stop_gradient`.
    fn is_cut_off(&self, id: NodeId) -> bool {
        let mut seen = HashSet::new();
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if self.is_connected(id) {
                return true;
            }
            if seen.insert(id) {
                waiting.extend(self.operands(id));
            }
        }
        false
    }
}
