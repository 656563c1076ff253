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
    /// `base[i - start]` for `start <= i < start + len`, elsewhere a structural zero.
    Padded { start: usize, len: usize },
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
            (View::Flat { offset: 0 }, Some(start)) if graph.node(base).size == graph.node(node.operands[0]).size => {
                (base, View::Padded { start, len: graph.node(base).size })
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
    let own = node.shape.dims();
    let leading = own.iter().take_while(|&&dim| dim == 1).count();
    let trailing = own[leading..].iter().rev().take_while(|&&dim| dim == 1).count();
    let middle = &own[leading..own.len() - trailing];
    let dims = to.dims();
    let end = dims.len() - trailing;
    if end < middle.len() || dims[end - middle.len()..end] != *middle {
        return None;
    }
    let inner = dims[end..].iter().product();
    Some((base, View::Repeat { offset, len: node.size, inner }))
}

/// Where a slice starts that takes neighbouring elements in their order.
fn contiguous(specs: &[SliceSpec], shape: &Shape) -> Option<usize> {
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
