//! Where the elements of an operand lie in what it was computed from, without moving them.

use crate::ops;
use crate::tape::{Attr, Row, SliceSpec};
use crate::tensor::Shape;

use super::graph::{Graph, Id};

/// Element `i` of a row-major result, in terms of a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// `base[offset + i]`
    Flat { offset: usize },
    /// `base[offset + i / inner % len]`: broadcast along leading axes, trailing axes, or both.
    Repeat { offset: usize, len: usize, inner: usize },
    /// `base[offset + i / period % rows * width + i % width]`: broadcast along axes in the middle.
    Middle { offset: usize, rows: usize, period: usize, width: usize },
    /// `base[offset + i - start]` for `start <= i < start + len`, elsewhere a structural zero. Made by [`padded`]: there
    /// are elements on both sides of that distinction.
    Padded { offset: usize, start: usize, len: usize },
}

impl View {
    /// Where the only element of a result of size 1 lies in the base.
    pub fn only(self) -> usize {
        match self {
            View::Flat { offset } | View::Repeat { offset, .. } | View::Middle { offset, .. } => offset,
            View::Padded { .. } => unreachable!("one element is no part of a longer result"),
        }
    }
}

/// The view of `size` elements of which those from `start` on, `len` of them, begin at `offset` in the base. A view
/// that pads nothing is flat; one with no elements of the base is none.
fn padded(offset: usize, start: usize, len: usize, size: usize) -> Option<View> {
    match len {
        0 => None,
        _ if len == size => Some(View::Flat { offset }),
        _ => Some(View::Padded { offset, start, len }),
    }
}

/// The node that holds the elements of `id`, and where. A node that is no view holds its own.
pub fn resolve(graph: &Graph, id: Id) -> (Id, View) {
    let node = graph.node(id);
    let own = (id, View::Flat { offset: 0 });
    let Some(row) = node.row() else { return own };
    let is = |other: &'static Row| std::ptr::eq(row, other);
    if is(&ops::RESHAPE) {
        return resolve(graph, node.operands[0]);
    }
    if is(&ops::SLICE) {
        let Attr::Slice(specs) = &node.attr else { return own };
        let (base, view) = resolve(graph, node.operands[0]);
        return match (view, contiguous(specs, &graph.node(node.operands[0]).shape)) {
            (View::Flat { offset }, Some(start)) => (base, View::Flat { offset: offset + start }),
            (View::Padded { offset, start: inner, len }, Some(start)) => {
                // what is left of the part, wherever it now begins
                let (from, to) = (inner.max(start), (inner + len).min(start + node.size));
                let view =
                    padded(offset + from - inner, from.saturating_sub(start), to.saturating_sub(from), node.size);
                view.map_or(own, |view| (base, view))
            }
            _ => own,
        };
    }
    if is(&ops::BROADCAST_TO) {
        return broadcast(graph, node.operands[0], &node.shape).unwrap_or(own);
    }
    if is(&ops::UNSLICE) {
        let Attr::SliceOf { specs, shape } = &node.attr else { return own };
        let (base, view) = resolve(graph, node.operands[0]);
        return match (view, contiguous(specs, shape)) {
            (View::Flat { offset }, Some(start)) => {
                let len = graph.node(node.operands[0]).size;
                padded(offset, start, len, node.size).map_or(own, |view| (base, view))
            }
            // a part of a part, or one with a part of it cut off again
            (View::Padded { offset, start: inner, len }, Some(start)) => {
                padded(offset, start + inner, len, node.size).map_or(own, |view| (base, view))
            }
            _ => own,
        };
    }
    own
}

/// The elements of `id` as they go with a result of shape `to`; `None` where they must be copied out first.
pub fn broadcast(graph: &Graph, id: Id, to: &Shape) -> Option<(Id, View)> {
    let (base, view) = resolve(graph, id);
    let node = graph.node(id);
    if node.size == to.size() {
        return Some((base, view));
    }
    let View::Flat { offset } = view else { return None };
    // axes of length 1 in front of a first block, between it and a second one, and behind: two of the three at most
    let (own, dims) = (node.shape.dims(), to.dims());
    let leading = own.iter().take_while(|&&dim| dim == 1).count();
    let own = &own[leading..];
    let trailing = own.iter().rev().take_while(|&&dim| dim == 1).count();
    let end = dims.len() - trailing;
    let middle = &own[..own.len() - trailing];
    let is_block = |block: &[usize], end: usize| end >= block.len() && dims[end - block.len()..end] == *block;
    if is_block(middle, end) {
        let inner = dims[end..].iter().product();
        return Some((base, View::Repeat { offset, len: node.size, inner }));
    }
    let first = middle.iter().take_while(|&&dim| dim != 1).count();
    let gap = middle[first..].iter().take_while(|&&dim| dim == 1).count();
    let (first, second) = (&middle[..first], &middle[first + gap..]);
    if trailing == 0 && is_block(second, end) && end >= middle.len() && is_block(first, end - gap - second.len()) {
        let width = second.iter().product();
        let period = dims[end - gap - second.len()..].iter().product();
        return Some((base, View::Middle { offset, rows: first.iter().product(), period, width }));
    }
    None
}

/// Where a slice starts that takes neighbouring elements in their order.
pub(super) fn contiguous(specs: &[SliceSpec], shape: &Shape) -> Option<usize> {
    let strides = shape.strides();
    let dims = shape.dims();
    let is_full = |axis: usize| specs.get(axis).is_none_or(|spec| spec.len == dims[axis] && spec.step == 1);
    let last_cut = (0..dims.len()).rev().find(|&axis| !is_full(axis));
    let Some(last_cut) = last_cut else { return Some(0) };
    if specs[last_cut].step != 1 && specs[last_cut].len != 1 {
        return None;
    }
    if specs[..last_cut].iter().any(|spec| spec.len != 1) {
        return None;
    }
    Some(specs.iter().zip(&strides).map(|(spec, stride)| spec.start * stride).sum())
}
