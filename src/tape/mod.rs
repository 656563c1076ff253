//! The tape: a Wengert list of operations, recorded as they are computed.
//!
//! A node is a row of the table with its operands and attribute; shapes are inferred as it records. Values of small
//! nodes lie in one arena of f64 (a scalar is one element), values of large ones in buffers of their own, shared with
//! the tensors they came from. The tape can be swept backward ([`backward`]), the sweep being recorded on the same
//! tape where its result may be differentiated again.
//!
//! Knows which operations exist only as far as it needs them itself: leaves, and through [`Linear`] the sum of two
//! cotangents, `sum_to` and `live`, which the table hands in.

mod attr;
mod backward;
mod collect;
mod cuts;
mod lazy;
mod partials;
mod reads;
mod row;
mod step;
mod var;

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

pub use attr::{Attr, Shared, SliceSpec};
pub use backward::{Cotangent, Linear, Seed, Sizing, WithSizes, gradient, gradient_with_sizes};
pub use collect::Moved;
pub use lazy::Lazy;
pub use reads::Watch;
pub use row::{Absence, Map1, Map2, Map3, Op, Operand, Row, Rule1, Rule2, Rule3, TensorOp};
pub use step::Step;
pub use var::{Recorder, Var};

use crate::interrupt;
use crate::tensor::{Shape, ShapeError, Tensor};

/// A structural zero: the cotangent of what nothing selected.
///
/// -0.0 is the neutral element of IEEE addition (`-0.0 + x = x` for every x, +0.0 included), so a sum that starts
/// here and receives nothing is still recognisable. Pullbacks skip it, so that `0 · ∞` in an unselected branch is
/// not NaN; contributions that are really zero are stored as +0.0.
pub const ABSENT: f64 = -0.0;

/// Whether a cotangent is a structural zero.
#[inline(always)]
pub fn is_absent(g: f64) -> bool {
    g.to_bits() == ABSENT.to_bits()
}

/// Values with more elements than this have a buffer of their own.
const BIG: usize = 1024;

/// Index of a node on its tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NodeId(u32);

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What can go wrong while recording or sweeping.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TapeError {
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error("interrupted")]
    Interrupted,
    #[error("the tape reached {0} MB")]
    OutOfMemory(usize),
    #[error("{0}")]
    Domain(String),
}

/// Operands that differ from every variable: nothing flows back into them.
pub static CONSTANT: Row = leaf("constant", "A value that nothing is differentiated by.");
/// A source of derivatives.
pub static VARIABLE: Row = leaf("variable", "A watched value.");
/// A number as it was typed: the decimal, of which the value is the nearest f64. One that f64 does not keep whole has its
/// text as the attribute.
pub static LITERAL: Row = leaf("literal", "A number as it was typed.");
/// An f64 that is meant to the last bit, without being a source.
pub static GIVEN: Row = leaf("given", "A number that was computed before.");
/// π, e or τ, of which the value is the nearest f64.
pub static IRRATIONAL: Row = leaf("irrational", "A number that no decimal writes whole.");
/// The same value, cut off from what it was computed from.
pub static STOP: Row = Row {
    name: "stop_gradient",
    params: &["x"],
    doc: "The value of `x` as a constant: no derivative flows through it.",
    samples: &[-1.5, 0.0, 2.0],
    op: Op::Map1(Map1 { f: |x| x, map: |x, out| out.copy_from_slice(x), rule: None }),
};

const fn leaf(name: &'static str, doc: &'static str) -> Row {
    Row { name, params: &[], doc, samples: &[], op: Op::Leaf }
}

/// Index into the tape's table of shapes; 0 is the scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ShapeId(u32);

const SCALAR: ShapeId = ShapeId(0);

const NO_ATTR: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Node {
    row: &'static Row,
    /// Node ids; with three operands or more, start and length in `extra`.
    operands: [u32; 2],
    /// First element in the arena, or index of the buffer of a big value.
    place: u32,
    shape: ShapeId,
    attr: u32,
    arity: u16,
    /// Depends on a variable: a cotangent may flow into it.
    connected: bool,
    /// May hold structural zeros (seen as a cotangent).
    masked: bool,
}

/// How long each part of the tape was at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    nodes: usize,
    arena: usize,
    buffers: usize,
    extra: usize,
    attrs: usize,
    reads: usize,
}

impl Mark {
    /// The first node that was not there yet.
    pub fn node(self) -> usize {
        self.nodes
    }
}

/// A Wengert list with its values.
pub struct Tape {
    nodes: Vec<Node>,
    arena: Vec<f64>,
    buffers: Vec<lazy::Buffer>,
    extra: Vec<u32>,
    attrs: Vec<Attr>,
    shapes: Vec<Shape>,
    shape_ids: HashMap<Shape, ShapeId>,
    /// Bytes in `buffers`.
    buffered: usize,
    memory_limit: usize,
    scratch: backward::Scratch,
    reads: reads::Reads,
    lazy: Option<&'static Lazy>,
    generation: u64,
    cuts: cuts::Cuts,
    partials: partials::Partials,
}

impl Default for Tape {
    fn default() -> Tape {
        Tape { shapes: vec![Shape::scalar()], shape_ids: HashMap::from([(Shape::scalar(), SCALAR)]), ..Tape::hollow() }
    }
}

impl Tape {
    /// Nothing at all, to stand in for a tape that was taken; allocates nothing.
    fn hollow() -> Tape {
        Tape {
            nodes: Vec::new(),
            arena: Vec::new(),
            buffers: Vec::new(),
            extra: Vec::new(),
            attrs: Vec::new(),
            shapes: Vec::new(),
            shape_ids: HashMap::new(),
            buffered: 0,
            memory_limit: 4 << 30,
            scratch: backward::Scratch::default(),
            reads: reads::Reads::default(),
            lazy: None,
            generation: 0,
            cuts: cuts::Cuts::default(),
            partials: partials::Partials::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn mark(&self) -> Mark {
        Mark {
            nodes: self.nodes.len(),
            arena: self.arena.len(),
            buffers: self.buffers.len(),
            extra: self.extra.len(),
            attrs: self.attrs.len(),
            reads: self.reads.count(),
        }
    }

    /// Forgets everything recorded since the mark.
    pub fn truncate(&mut self, mark: Mark) {
        self.pass_on_reads(mark.nodes, mark.reads);
        if mark.nodes < self.nodes.len() {
            self.generation += 1;
            self.cuts.note(self.generation, mark.nodes);
        }
        self.nodes.truncate(mark.nodes);
        self.partials.truncate(mark.nodes);
        self.arena.truncate(mark.arena);
        for buffer in self.buffers.drain(mark.buffers.min(self.buffers.len())..) {
            self.buffered -= 8 * buffer.size;
        }
        self.extra.truncate(mark.extra);
        self.attrs.truncate(mark.attrs);
    }

    /// After a panic: forgets everything recorded since the mark, and whatever was going on.
    pub fn recover(&mut self, mark: Mark) {
        self.reads = reads::Reads::default();
        self.scratch = backward::Scratch::default();
        self.truncate(Mark { reads: 0, ..mark });
        self.buffered = self.buffers.iter().map(|buffer| 8 * buffer.size).sum();
    }

    /// Another number whenever nodes were forgotten, so that others may have taken their places.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Bytes that nodes and values take.
    pub fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + 8 * self.arena.len() + 4 * self.extra.len() + self.buffered
    }

    pub fn memory_limit(&self) -> usize {
        self.memory_limit
    }

    pub fn set_memory_limit(&mut self, bytes: usize) {
        self.memory_limit = bytes;
    }

    pub fn row(&self, id: NodeId) -> &'static Row {
        self.nodes[id.index()].row
    }

    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The node with this index.
    pub fn node(&self, index: usize) -> NodeId {
        debug_assert!(index < self.nodes.len());
        NodeId(index as u32)
    }

    /// The nodes from the one with this index on.
    pub fn nodes_from(&self, first: usize) -> impl Iterator<Item = NodeId> + use<> {
        (first as u32..self.nodes.len() as u32).map(NodeId)
    }

    /// The nodes recorded since the mark, up to and including `last`.
    pub fn nodes_between(&self, mark: Mark, last: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (mark.nodes as u32..=last.0).map(NodeId)
    }

    pub fn shape(&self, id: NodeId) -> &Shape {
        &self.shapes[self.nodes[id.index()].shape.0 as usize]
    }

    pub fn is_scalar(&self, id: NodeId) -> bool {
        self.nodes[id.index()].shape == SCALAR
    }

    /// Whether the node depends on any variable.
    pub fn is_connected(&self, id: NodeId) -> bool {
        self.nodes[id.index()].connected
    }

    pub fn attr(&self, id: NodeId) -> &Attr {
        match self.nodes[id.index()].attr {
            NO_ATTR => &Attr::None,
            index => &self.attrs[index as usize],
        }
    }

    /// The operands in order.
    pub fn operands(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.operand_ids(&self.nodes[id.index()]).iter().map(|&id| NodeId(id))
    }

    fn operand_ids<'a>(&'a self, node: &'a Node) -> &'a [u32] {
        match node.arity {
            arity @ 0..=2 => &node.operands[..arity as usize],
            _ => &self.extra[node.operands[0] as usize..(node.operands[0] + node.operands[1]) as usize],
        }
    }

    /// The value of a scalar node.
    #[inline(always)]
    pub fn scalar(&self, id: NodeId) -> f64 {
        self.reads.note(id);
        let node = &self.nodes[id.index()];
        debug_assert!(node.shape == SCALAR);
        self.arena[node.place as usize]
    }

    /// The same, for whoever decides nothing by it.
    pub fn unseen(&self, id: NodeId) -> f64 {
        self.arena[self.nodes[id.index()].place as usize]
    }

    /// The elements of a node's value.
    pub fn data(&self, id: NodeId) -> &[f64] {
        self.reads.note(id);
        self.node_data(&self.nodes[id.index()])
    }

    /// The same, for whoever decides nothing by them.
    pub fn unseen_data(&self, id: NodeId) -> &[f64] {
        self.node_data(&self.nodes[id.index()])
    }

    fn node_data(&self, node: &Node) -> &[f64] {
        let size = self.shapes[node.shape.0 as usize].size();
        if size > BIG {
            self.big_values(node.place)
        } else {
            &self.arena[node.place as usize..node.place as usize + size]
        }
    }

    fn is_big(&self, node: &Node) -> bool {
        self.shapes[node.shape.0 as usize].size() > BIG
    }

    /// The value of a node as a tensor of its own.
    pub fn tensor(&self, id: NodeId) -> Tensor {
        self.reads.note(id);
        let node = &self.nodes[id.index()];
        let shape = self.shape(id).clone();
        if shape.size() > BIG {
            Tensor::new(shape, self.big_values(node.place).clone())
        } else {
            Tensor::new(shape, self.data(id))
        }
    }

    /// An elementwise operation on scalars, or a scalar leaf, with its values; for whoever decides nothing by them.
    /// `None` for any other node.
    #[inline]
    pub fn step(&self, id: NodeId) -> Option<Step> {
        let node = &self.nodes[id.index()];
        if node.shape != SCALAR || matches!(node.row.op, Op::Tensor(_)) {
            return None;
        }
        let ids = self.operand_ids(node);
        let y = self.arena[node.place as usize];
        let mut step = Step { row: node.row, count: ids.len(), operands: [NodeId(0); 3], x: [0.0; 3], y };
        for (which, &id) in ids.iter().enumerate() {
            let node = &self.nodes[id as usize];
            if node.shape != SCALAR {
                return None;
            }
            step.operands[which] = NodeId(id);
            step.x[which] = self.arena[node.place as usize];
        }
        Some(step)
    }

    /// Puts more accurate values in the place of those that a node has. The elements of big tensors stay.
    pub fn correct(&mut self, id: NodeId, values: &[f64]) {
        let node = self.nodes[id.index()];
        if !self.is_big(&node) {
            let place = node.place as usize;
            self.arena[place..place + values.len()].copy_from_slice(values);
        }
    }

    /// Whether the elements of a node stand in the arena: the others may wait to be computed.
    pub fn is_small(&self, id: NodeId) -> bool {
        !self.is_big(&self.nodes[id.index()])
    }

    /// Records a constant scalar.
    pub fn constant(&mut self, value: f64) -> NodeId {
        self.leaf(&CONSTANT, value)
    }

    /// Records a number as it was typed; `text` where its decimal is longer than an f64 keeps.
    pub fn literal(&mut self, value: f64, text: Option<&str>) -> NodeId {
        let id = self.leaf(&LITERAL, value);
        if let Some(text) = text {
            self.nodes[id.index()].attr = self.attrs.len() as u32;
            self.attrs.push(Attr::Text(text.into()));
        }
        id
    }

    /// Records a leaf of another kind than a constant or a variable.
    pub fn leaf_of(&mut self, row: &'static Row, tensor: &Tensor) -> NodeId {
        debug_assert!(matches!(row.op, Op::Leaf));
        match tensor.shape().is_scalar() {
            true => self.leaf(row, tensor.data()[0]),
            false => self.leaf_tensor(row, tensor),
        }
    }

    /// Records a scalar variable: a source of its own.
    pub fn variable(&mut self, value: f64) -> NodeId {
        self.leaf(&VARIABLE, value)
    }

    pub fn constant_tensor(&mut self, tensor: &Tensor) -> NodeId {
        self.leaf_tensor(&CONSTANT, tensor)
    }

    pub fn variable_tensor(&mut self, tensor: &Tensor) -> NodeId {
        self.leaf_tensor(&VARIABLE, tensor)
    }

    #[inline]
    fn leaf(&mut self, row: &'static Row, value: f64) -> NodeId {
        let node = Node { connected: std::ptr::eq(row, &VARIABLE), ..Node::scalar(row) };
        self.push_scalar(node, value)
    }

    fn leaf_tensor(&mut self, row: &'static Row, tensor: &Tensor) -> NodeId {
        let node = Node {
            connected: std::ptr::eq(row, &VARIABLE),
            shape: self.shape_id(tensor.shape().clone()),
            ..Node::scalar(row)
        };
        if tensor.size() > BIG {
            self.push_buffer(node, tensor.shared_data())
        } else {
            self.push_small(node, tensor.data())
        }
    }

    /// Records an elementwise operation of one operand.
    #[inline]
    pub fn map1(&mut self, row: &'static Row, a: NodeId) -> Result<NodeId, TapeError> {
        let Op::Map1(op) = &row.op else { return self.record(row, &[a], Attr::None) };
        let operand = &self.nodes[a.index()];
        let is_stop = std::ptr::eq(row, &STOP);
        let node = Node {
            operands: [a.0, 0],
            arity: 1,
            connected: operand.connected && !is_stop,
            masked: operand.masked && is_stop,
            shape: operand.shape,
            ..Node::scalar(row)
        };
        if operand.shape == SCALAR {
            let value = (op.f)(self.arena[operand.place as usize]);
            self.check_memory()?;
            return Ok(self.push_scalar(node, value));
        }
        let operand = *operand;
        if let Some(id) = self.push_waiting(node, &[a]) {
            return Ok(id);
        }
        let mut out = self.buffer_for(operand.shape)?;
        in_chunks(&mut out, |range, out| (op.map)(&self.node_data(&operand)[range], out))?;
        Ok(self.push_values(node, out))
    }

    /// Records an elementwise operation of two operands, which broadcast.
    #[inline]
    pub fn map2(&mut self, row: &'static Row, a: NodeId, b: NodeId) -> Result<NodeId, TapeError> {
        let Op::Map2(op) = &row.op else { return self.record(row, &[a, b], Attr::None) };
        let (left, right) = (&self.nodes[a.index()], &self.nodes[b.index()]);
        let mut node = Node {
            operands: [a.0, b.0],
            arity: 2,
            connected: left.connected | right.connected,
            masked: op.makes_absent | (left.masked & right.masked),
            ..Node::scalar(row)
        };
        if left.shape == SCALAR && right.shape == SCALAR {
            let value = (op.f)(self.arena[left.place as usize], self.arena[right.place as usize]);
            self.check_memory()?;
            return Ok(self.push_scalar(node, value));
        }
        let (left, right) = (*left, *right);
        node.shape = self.broadcast_ids(left.shape, right.shape)?;
        if let Some(id) = self.push_waiting(node, &[a, b]) {
            return Ok(id);
        }
        let mut out = self.buffer_for(node.shape)?;
        let shape = &self.shapes[node.shape.0 as usize];
        let x = expanded(&self.shapes[left.shape.0 as usize], self.node_data(&left), shape);
        let y = expanded(&self.shapes[right.shape.0 as usize], self.node_data(&right), shape);
        in_chunks(&mut out, |range, out| (op.zip)(part(&x, range.clone()), part(&y, range), out))?;
        drop((x, y));
        Ok(self.push_values(node, out))
    }

    /// Records any operation.
    pub fn record(&mut self, row: &'static Row, operands: &[NodeId], attr: Attr) -> Result<NodeId, TapeError> {
        match (&row.op, operands) {
            (Op::Map1(_), &[a]) => return self.map1(row, a),
            (Op::Map2(_), &[a, b]) => return self.map2(row, a, b),
            _ => {}
        }
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        let shapes: Vec<&Shape> = operands.iter().map(|&id| self.shape(id)).collect();
        let shape = result_shape(row, &shapes, &attr)?;
        self.check_memory()?;
        let mut node = Node {
            // beyond two the operands stand in `extra` with their number, so that a cut-off count does no harm
            arity: operands.len().min(u16::MAX.into()) as u16,
            connected: operands.iter().any(|&id| self.is_connected(id)),
            shape: self.shape_id(shape.clone()),
            ..Node::scalar(row)
        };
        if let Op::Tensor(op) = &row.op {
            node.masked = match op.absence {
                Absence::Kept => operands.iter().all(|&id| self.nodes[id.index()].masked),
                Absence::Made => true,
                Absence::Lost => false,
            };
        }
        if let [a] | [a, _] = operands {
            node.operands = [a.0, operands.last().map_or(0, |last| last.0)];
        } else {
            node.operands = [self.extra.len() as u32, operands.len() as u32];
            self.extra.extend(operands.iter().map(|id| id.0));
        }
        if attr != Attr::None {
            node.attr = self.attrs.len() as u32;
            self.attrs.push(attr);
        }
        if let Some(id) = self.push_waiting(node, operands) {
            return Ok(id);
        }
        if let Some(lazy) = self.lazy
            && shape.size() == 1
            && (lazy.sums)(row)
            && self.is_pending(operands[0])
        {
            let id = self.push_small(node, &[0.0]);
            match self.unwatched(|| (lazy.compute)(self, &[id])) {
                Ok(values) => self.arena[self.nodes[id.index()].place as usize] = values[0][0],
                Err(error) => {
                    self.nodes.pop();
                    self.arena.pop();
                    return Err(error);
                }
            }
            return Ok(id);
        }
        let operand = |&id: &NodeId| Operand { shape: self.shape(id), data: self.node_data(&self.nodes[id.index()]) };
        let inputs: Vec<Operand> = operands.iter().map(operand).collect();
        let attr = match node.attr {
            NO_ATTR => &Attr::None,
            index => &self.attrs[index as usize],
        };
        let (_, values) = evaluate(row, &inputs, attr)?;
        drop(inputs);
        Ok(self.push_values(node, values))
    }

    /// Whether a node may hold structural zeros (see [`ABSENT`]).
    pub fn is_masked(&self, id: NodeId) -> bool {
        self.nodes[id.index()].masked
    }

    /// Says that a node is differentiated by, whatever it was computed from.
    pub fn connect(&mut self, id: NodeId) {
        self.nodes[id.index()].connected = true;
    }

    /// Says that a node may hold structural zeros.
    fn set_masked(&mut self, id: NodeId) {
        self.nodes[id.index()].masked = true;
    }

    #[inline(always)]
    fn push_scalar(&mut self, node: Node, value: f64) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { place: self.arena.len() as u32, ..node });
        self.arena.push(value);
        id
    }

    fn push_values(&mut self, node: Node, values: Vec<f64>) -> NodeId {
        if values.len() > BIG { self.push_buffer(node, values.into()) } else { self.push_small(node, &values) }
    }

    fn push_small(&mut self, node: Node, values: &[f64]) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { place: self.arena.len() as u32, ..node });
        self.arena.extend_from_slice(values);
        id
    }

    fn push_buffer(&mut self, node: Node, values: Rc<[f64]>) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { place: self.buffers.len() as u32, ..node });
        self.buffered += 8 * values.len();
        self.buffers.push(lazy::Buffer {
            node: id.0,
            size: values.len(),
            values: values.into(),
            waiting: 0,
            passed: Cell::default(),
        });
        id
    }

    /// Room for the values of a node; refuses what would not fit in memory and notices Ctrl-C.
    fn buffer_for(&self, shape: ShapeId) -> Result<Vec<f64>, TapeError> {
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        self.check_memory()?;
        Ok(vec![0.0; self.shapes[shape.0 as usize].size()])
    }

    /// Refuses to grow beyond the limit. Operations ask by themselves; whoever makes leaves in a loop asks too.
    #[inline(always)]
    pub fn check_memory(&self) -> Result<(), TapeError> {
        // the arena grows with every node, so one comparison a node is enough for scalars
        if self.nodes.len() * (size_of::<Node>() + 8) + self.buffered > self.memory_limit {
            return Err(TapeError::OutOfMemory(self.memory_limit >> 20));
        }
        Ok(())
    }

    fn shape_id(&mut self, shape: Shape) -> ShapeId {
        if let Some(&id) = self.shape_ids.get(&shape) {
            return id;
        }
        let id = ShapeId(self.shapes.len() as u32);
        self.shapes.push(shape.clone());
        self.shape_ids.insert(shape, id);
        id
    }

    #[inline]
    fn broadcast_ids(&mut self, left: ShapeId, right: ShapeId) -> Result<ShapeId, ShapeError> {
        if left == right || right == SCALAR {
            return Ok(left);
        }
        if left == SCALAR {
            return Ok(right);
        }
        let shape = self.shapes[left.0 as usize].broadcast(&self.shapes[right.0 as usize])?;
        Ok(self.shape_id(shape))
    }
}

impl Node {
    fn scalar(row: &'static Row) -> Node {
        Node {
            row,
            operands: [0; 2],
            place: 0,
            shape: SCALAR,
            attr: NO_ATTR,
            arity: 0,
            connected: false,
            masked: false,
        }
    }
}

/// The elements of `data` repeated to fill `shape`; a single element stays single.
fn expanded<'a>(own: &Shape, data: &'a [f64], shape: &Shape) -> std::borrow::Cow<'a, [f64]> {
    if own == shape || data.len() == 1 {
        return data.into();
    }
    crate::tensor::repeated(own, data, shape).into()
}

/// The shape of what a row makes of operands of these shapes.
fn result_shape(row: &'static Row, shapes: &[&Shape], attr: &Attr) -> Result<Shape, TapeError> {
    if let Op::Tensor(op) = &row.op {
        return Ok((op.shape)(shapes, attr)?.check_size()?);
    }
    let mut shape = Shape::scalar();
    for other in shapes {
        shape = shape.broadcast(other)?;
    }
    Ok(shape)
}

/// Computes a row without recording it.
pub fn evaluate(row: &'static Row, inputs: &[Operand], attr: &Attr) -> Result<(Shape, Vec<f64>), TapeError> {
    let shapes: Vec<&Shape> = inputs.iter().map(|input| input.shape).collect();
    let shape = result_shape(row, &shapes, attr)?;
    if let Op::Tensor(op) = &row.op {
        let mut out = vec![0.0; shape.size()];
        (op.forward)(inputs, attr, &shape, &mut out)?;
        return Ok((shape, out));
    }
    let mut out = vec![0.0; shape.size()];
    match (&row.op, inputs) {
        (Op::Map1(op), [x]) => in_chunks(&mut out, |range, out| (op.map)(&x.data[range], out))?,
        (Op::Map2(op), [a, b]) => {
            let (x, y) = (expanded(a.shape, a.data, &shape), expanded(b.shape, b.data, &shape));
            in_chunks(&mut out, |range, out| (op.zip)(part(&x, range.clone()), part(&y, range), out))?;
        }
        (Op::Map3(op), [a, b, c]) => {
            let [a, b, c] = [a, b, c].map(|input| expanded(input.shape, input.data, &shape));
            in_chunks(&mut out, |range, out| {
                for (i, out) in range.zip(out) {
                    *out = (op.f)(element(&a, i), element(&b, i), element(&c, i));
                }
            })?;
        }
        _ => unreachable!("{} with {} operands", row.name, inputs.len()),
    }
    Ok((shape, out))
}

/// Big tensors are computed in parts, between which Ctrl-C is noticed.
const CHUNK: usize = 1 << 17;

fn in_chunks(out: &mut [f64], mut compute: impl FnMut(Range<usize>, &mut [f64])) -> Result<(), TapeError> {
    for (i, out) in out.chunks_mut(CHUNK).enumerate() {
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        compute(i * CHUNK..i * CHUNK + out.len(), out);
    }
    Ok(())
}

/// The elements of a range; a single element goes with all.
fn part(data: &[f64], range: Range<usize>) -> &[f64] {
    if data.len() == 1 { data } else { &data[range] }
}

/// Element `i`, or the only one.
#[inline(always)]
fn element(data: &[f64], i: usize) -> f64 {
    if data.len() == 1 { data[0] } else { data[i] }
}
