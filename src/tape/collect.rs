//! Forgetting what no variable can reach any more.

use super::lazy::Buffer;
use super::{NodeId, Tape};

/// Where nodes went when the tape was compacted.
pub struct Moved(Vec<u32>);

const GONE: u32 = u32::MAX;

impl Moved {
    /// The new place of a node that was kept.
    pub fn get(&self, id: NodeId) -> Option<NodeId> {
        self.0.get(id.index()).filter(|&&to| to != GONE).map(|&to| NodeId(to))
    }
}

impl Tape {
    /// Keeps only what `roots` depend on, in the same order; says where it went.
    pub fn compact(&mut self, roots: impl IntoIterator<Item = NodeId>) -> Moved {
        let mut kept = vec![false; self.nodes.len()];
        for root in roots {
            kept[root.index()] = true;
        }
        for at in (0..self.nodes.len()).rev() {
            if kept[at] {
                let node = self.nodes[at];
                for &operand in self.operand_ids(&node) {
                    kept[operand as usize] = true;
                }
            }
        }
        let mut moved = vec![GONE; self.nodes.len()];
        let generation = self.generation + 1;
        let mut next = Tape { memory_limit: self.memory_limit, lazy: self.lazy, generation, ..Tape::hollow() };
        for at in (0..self.nodes.len()).filter(|&at| kept[at]) {
            let mut node = self.nodes[at];
            let operands: Vec<u32> = self.operand_ids(&node).iter().map(|&id| moved[id as usize]).collect();
            if operands.len() <= 2 {
                node.operands[..operands.len()].copy_from_slice(&operands);
            } else {
                node.operands = [next.extra.len() as u32, operands.len() as u32];
                next.extra.extend(operands);
            }
            if node.attr != super::NO_ATTR {
                next.attrs.push(self.attrs[node.attr as usize].clone());
                node.attr = next.attrs.len() as u32 - 1;
            }
            if self.is_big(&node) {
                let buffer = self.buffers[node.place as usize].clone();
                let size = buffer.values.get().map_or(0, |values| values.len());
                next.buffered += 8 * size;
                node.place = next.buffers.len() as u32;
                next.buffers.push(Buffer { node: next.nodes.len() as u32, size, ..buffer });
            } else {
                let place = next.arena.len() as u32;
                next.arena.extend_from_slice(self.node_data(&node));
                node.place = place;
            }
            moved[at] = next.nodes.len() as u32;
            next.nodes.push(node);
        }
        next.shapes = std::mem::take(&mut self.shapes);
        next.shape_ids = std::mem::take(&mut self.shape_ids);
        let moved = Moved(moved);
        next.partials = self.partials.moved(|id| moved.get(id));
        *self = next;
        moved
    }
}
