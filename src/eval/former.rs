//! Nodes that names stood for before they were reassigned: by name, to say why a derivative does not exist, and all
//! together, to know in one look whether a value had a name.

use std::collections::HashMap;

use crate::syntax::name::Symbol;
use crate::tape::{Moved, NodeId};

#[derive(Default)]
pub(super) struct Former {
    by_name: HashMap<Symbol, Vec<NodeId>>,
    /// How often each node stands in the lists.
    counts: HashMap<NodeId, u32>,
}

impl Former {
    pub fn push(&mut self, name: Symbol, id: NodeId) {
        self.by_name.entry(name).or_default().push(id);
        *self.counts.entry(id).or_default() += 1;
    }

    /// Nodes that this name stood for, oldest first.
    pub fn of(&self, name: Symbol) -> &[NodeId] {
        self.by_name.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Whether any name stood for this node.
    pub fn has(&self, id: NodeId) -> bool {
        self.counts.contains_key(&id)
    }

    /// Forgets all but the oldest nodes of a name, so many of them.
    pub fn truncate(&mut self, name: Symbol, count: usize) {
        let Some(nodes) = self.by_name.get_mut(&name) else { return };
        for id in nodes.drain(count.min(nodes.len())..) {
            if let Some(left) = self.counts.get_mut(&id) {
                *left -= 1;
                if *left == 0 {
                    self.counts.remove(&id);
                }
            }
        }
    }

    pub fn forget(&mut self, name: Symbol) {
        self.truncate(name, 0);
        self.by_name.remove(&name);
    }

    pub fn clear(&mut self) {
        *self = Former::default();
    }

    /// Keeps the nodes for which there is another, and that one.
    pub fn change(&mut self, to: impl Fn(NodeId) -> Option<NodeId>) {
        self.counts.clear();
        for nodes in self.by_name.values_mut() {
            *nodes = nodes.iter().filter_map(|&id| to(id)).collect();
            nodes.iter().for_each(|&id| *self.counts.entry(id).or_default() += 1);
        }
        self.by_name.retain(|_, nodes| !nodes.is_empty());
    }

    /// Follows the nodes to where a compaction moved them.
    pub fn relocate(&mut self, moved: &Moved) {
        self.change(|id| moved.get(id));
    }
}
