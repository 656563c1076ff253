//! Parts of what was put together: `[u, v][1]` is `v`, and of a sum of such lists only the summands are there.
//!
//! A loop that carries a list, and the sweep back through it, would join and cut it at every turn otherwise.

use crate::ops;
use crate::tape::{ABSENT, Attr};
use crate::tensor::Shape;

use super::super::view::contiguous;
use super::{Builder, Id, is};

/// Long sums of parts are not searched to their end: each part would search them again.
const MOST_VISITS: u32 = 32;

/// What neighbouring elements of a node are.
enum Part {
    /// All elements of this node, in its order.
    Node(Id),
    /// Structural zeros.
    Nothing,
}

impl Builder {
    /// The node that has the elements which a slice of `id` takes, in the shape of the slice.
    pub(super) fn part(&mut self, id: Id, attr: &Attr, shape: &Shape) -> Option<Id> {
        let Attr::Slice(specs) = attr else { return None };
        let start = contiguous(specs, &self.nodes[id as usize].shape)?;
        match self.neighbours(id, start, shape.size(), &mut 0)? {
            Part::Node(found) => {
                let masked = self.nodes[found as usize].masked;
                Some(self.op(&ops::RESHAPE, vec![found], Attr::Shape(shape.clone()), shape, masked))
            }
            Part::Nothing => {
                let nothing = self.scalar(ABSENT);
                Some(self.repeated(nothing, shape))
            }
        }
    }

    fn neighbours(&mut self, id: Id, start: usize, size: usize, visits: &mut u32) -> Option<Part> {
        let node = &self.nodes[id as usize];
        if start == 0 && size == node.size {
            return Some(Part::Node(id));
        }
        *visits += 1;
        let row = node.row().filter(|_| *visits < MOST_VISITS)?;
        let first = *node.operands.first()?;
        if is(row, &ops::RESHAPE) {
            return self.neighbours(first, start, size, visits);
        }
        if is(row, &ops::SLICE) {
            let Attr::Slice(specs) = &node.attr else { return None };
            let before = contiguous(specs, &self.nodes[first as usize].shape)?;
            return self.neighbours(first, before + start, size, visits);
        }
        if is(row, &ops::STACK) || is(row, &ops::CONCAT) && node.attr == Attr::Axis(0) {
            let mut before = 0;
            for &operand in &node.operands {
                let length = self.nodes[operand as usize].size;
                if start < before + length {
                    let fits = start >= before && start + size <= before + length;
                    return if fits { self.neighbours(operand, start - before, size, visits) } else { None };
                }
                before += length;
            }
            return None;
        }
        if is(row, &ops::UNSLICE) {
            let Attr::SliceOf { specs, shape } = &node.attr else { return None };
            let (from, length) = (contiguous(specs, shape)?, self.nodes[first as usize].size);
            if start >= from && start + size <= from + length {
                return self.neighbours(first, start - from, size, visits);
            }
            return (start + size <= from || start >= from + length).then_some(Part::Nothing);
        }
        if let (true, &[a, b]) = (is(row, &ops::ADD), &node.operands[..]) {
            if [a, b].iter().any(|&operand| self.nodes[operand as usize].shape != node.shape) {
                return None;
            }
            let masked = node.masked;
            let (a, b) = (self.neighbours(a, start, size, visits)?, self.neighbours(b, start, size, visits)?);
            let (a, b) = match (a, b) {
                (Part::Nothing, other) | (other, Part::Nothing) => return Some(other),
                (Part::Node(a), Part::Node(b)) => (a, b),
            };
            let flat = Shape::from(&[size][..]);
            let [a, b] =
                [a, b].map(|part| self.op(&ops::RESHAPE, vec![part], Attr::Shape(flat.clone()), &flat, masked));
            return Some(Part::Node(self.op(&ops::ADD, vec![a, b], Attr::None, &flat, masked)));
        }
        None
    }
}
