//! A stretch of tape as a graph: only what the outputs need, nothing twice, constants folded, 0 and 1 simplified.
//!
//! Every simplification keeps the value to the last bit (a zero may lose its sign); what could differ (`0 x`,
//! reassociation, fused multiply-add) is left alone.

mod parts;

use smallvec::SmallVec;

use super::quick::{QuickMap, QuickSet};
use crate::ops;
use crate::tape::{Attr, NodeId, Op, Operand, Row, SliceSpec, Tape, TapeError, evaluate};
use crate::tensor::{Shape, Tensor};

/// Index of a node in its [`Graph`]; operands come before results.
pub type Id = u32;

pub enum Kind {
    Input,
    Constant(Tensor),
    Op(&'static Row),
}

pub struct Node {
    pub kind: Kind,
    pub operands: Vec<Id>,
    pub attr: Attr,
    pub shape: Shape,
    pub size: usize,
    /// May hold structural zeros.
    masked: bool,
}

impl Node {
    pub fn row(&self) -> Option<&'static Row> {
        match self.kind {
            Kind::Op(row) => Some(row),
            _ => None,
        }
    }

    /// Whether it only moves elements into a result that is no smaller, or adds.
    fn is_assembly(&self) -> bool {
        const ASSEMBLIES: [&Row; 7] =
            [&ops::ADD, &ops::UNSLICE, &ops::BROADCAST_TO, &ops::RESHAPE, &ops::TRANSPOSE, &ops::STACK, &ops::CONCAT];
        self.row().is_some_and(|row| ASSEMBLIES.iter().any(|other| is(row, other)))
    }

    fn is_zero(&self) -> bool {
        matches!(&self.kind, Kind::Constant(tensor) if tensor.data().iter().all(|&x| x == 0.0))
    }

    /// The number, if this is a constant scalar.
    pub fn number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Constant(tensor) if self.shape.is_scalar() => Some(tensor.data()[0]),
            _ => None,
        }
    }
}

/// Nodes in the order of their computation.
pub struct Graph {
    pub nodes: Vec<Node>,
    pub inputs: Vec<Id>,
    pub outputs: Vec<Id>,
}

/// What makes two results the same.
type Key = (usize, [Id; 2], usize);

#[derive(Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    known: QuickMap<Key, SmallVec<[Id; 2]>>,
    numbers: QuickMap<u64, Id>,
}

impl Graph {
    /// The nodes that `outputs` are computed from, down to `inputs`; everything else they depend on is constant.
    pub fn of_tape(tape: &Tape, inputs: &[NodeId], outputs: &[NodeId]) -> Graph {
        let last = outputs.iter().chain(inputs).map(|id| id.index()).max().unwrap_or(0);
        let first = inputs.iter().map(|id| id.index()).min().unwrap_or(last);
        let needed = needed(tape, first, last, inputs, outputs);
        let mut builder = Builder::with_room((last + 1 - first).min(ROOM));
        // where each tape node from `first` on went; constants before it are found on demand
        let mut places: Vec<Option<Id>> = vec![None; last + 1 - first];
        let mut before: QuickMap<NodeId, Id> = QuickMap::default();
        let input_ids: Vec<Id> = inputs
            .iter()
            .map(|id| {
                let shape = tape.shape(*id).clone();
                let place = &mut places[id.index() - first];
                *place.get_or_insert_with(|| builder.push(Kind::Input, Vec::new(), Attr::None, shape, false))
            })
            .collect();
        for (at, id) in tape.nodes().skip(first).take(last + 1 - first).enumerate() {
            if !needed[at] || places[at].is_some() {
                continue;
            }
            let operands: Vec<NodeId> = tape.operands(id).collect();
            let varies = |operand: &NodeId| {
                operand.index() >= first && places[operand.index() - first].is_some_and(|id| !builder.is_constant(id))
            };
            if !operands.iter().any(varies) && !tape.is_pending(id) {
                places[at] = Some(builder.constant(tape, id));
                continue;
            }
            let operands = operands
                .into_iter()
                .map(|operand| match operand.index().checked_sub(first) {
                    Some(at) if places[at].is_some() => places[at].unwrap_or_default(),
                    _ => *before.entry(operand).or_insert_with(|| builder.constant(tape, operand)),
                })
                .collect();
            places[at] =
                Some(builder.op(tape.row(id), operands, tape.attr(id).clone(), tape.shape(id), tape.is_masked(id)));
        }
        let output_ids = outputs
            .iter()
            .map(|id| match id.index().checked_sub(first) {
                Some(at) if places[at].is_some() => places[at].unwrap_or_default(),
                _ => builder.constant(tape, *id),
            })
            .collect();
        Graph { nodes: builder.nodes, inputs: input_ids, outputs: output_ids }.without_dead()
    }

    /// The nodes that the outputs need and that were not computed yet, in their order.
    pub fn pending(tape: &Tape, outputs: &[NodeId]) -> Vec<NodeId> {
        let mut waiting = outputs.to_vec();
        let mut nodes: Vec<NodeId> = Vec::new();
        let mut seen: QuickSet<NodeId> = QuickSet::default();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                nodes.push(id);
                waiting.extend(tape.operands(id).filter(|&operand| tape.is_pending(operand)));
            }
        }
        nodes.sort_unstable();
        nodes
    }

    /// What the outputs need that was not computed yet; what was is constant.
    pub fn of_pending(tape: &Tape, outputs: &[NodeId]) -> Graph {
        let mut builder = Builder::default();
        let mut places: QuickMap<NodeId, Id> = QuickMap::default();
        for id in Graph::pending(tape, outputs) {
            let operands: Vec<NodeId> = tape.operands(id).collect();
            let operands = operands
                .into_iter()
                .map(|operand| *places.entry(operand).or_insert_with(|| builder.constant(tape, operand)))
                .collect();
            let place = builder.op(tape.row(id), operands, tape.attr(id).clone(), tape.shape(id), tape.is_masked(id));
            places.insert(id, place);
        }
        let outputs = outputs.iter().map(|id| places[id]).collect();
        Graph { nodes: builder.nodes, inputs: Vec::new(), outputs }.without_dead()
    }

    /// Without what simplification left unused.
    fn without_dead(mut self) -> Graph {
        let mut live = vec![false; self.nodes.len()];
        for &id in self.inputs.iter().chain(&self.outputs) {
            live[id as usize] = true;
        }
        for at in (0..self.nodes.len()).rev() {
            if live[at] {
                for &operand in &self.nodes[at].operands {
                    live[operand as usize] = true;
                }
            }
        }
        let mut places = vec![0; self.nodes.len()];
        let mut next = 0;
        for (place, live) in places.iter_mut().zip(&live) {
            *place = next;
            next += *live as Id;
        }
        let mut at = 0;
        self.nodes.retain(|_| {
            at += 1;
            live[at - 1]
        });
        let moved = |ids: &mut [Id]| ids.iter_mut().for_each(|id| *id = places[*id as usize]);
        self.nodes.iter_mut().for_each(|node| moved(&mut node.operands));
        moved(&mut self.inputs);
        moved(&mut self.outputs);
        self
    }

    /// Records the graph on a tape, with these nodes as its inputs; the nodes of the outputs.
    ///
    /// Errors: what the rows refuse, memory.
    pub fn record(&self, tape: &mut Tape, inputs: &[NodeId]) -> Result<Vec<NodeId>, TapeError> {
        let mut places: Vec<Option<NodeId>> = vec![None; self.nodes.len()];
        for (&id, &node) in self.inputs.iter().zip(inputs) {
            places[id as usize] = Some(node);
        }
        for at in 0..self.nodes.len() {
            if places[at].is_some() {
                continue;
            }
            let node = &self.nodes[at];
            places[at] = Some(match &node.kind {
                Kind::Input => continue,
                Kind::Constant(tensor) => tape.constant_tensor(tensor),
                Kind::Op(row) => {
                    let operands: Vec<NodeId> = node.operands.iter().filter_map(|&id| places[id as usize]).collect();
                    tape.record(row, &operands, node.attr.clone())?
                }
            });
        }
        Ok(self.outputs.iter().filter_map(|&id| places[id as usize]).collect())
    }

    /// Divides the graph where some outputs, those from number `first` on, are only put together from smaller parts: the
    /// first graph has the parts in their place, the second makes those outputs of them. Everything in the second is
    /// linear and moves elements or adds, so that sums of parts make sums of outputs.
    pub fn divided(mut self, first: usize) -> (Graph, Graph) {
        // elements of the parts a node is put together from; its own where that is no more
        let mut sizes = vec![0; self.nodes.len()];
        let apart = |node: &Node, sizes: &[usize]| {
            node.operands.iter().fold(0, |sum: usize, &id| sum.saturating_add(sizes[id as usize]))
        };
        for (at, node) in self.nodes.iter().enumerate() {
            sizes[at] = match node.is_assembly() {
                true => apart(node, &sizes).min(node.size),
                false if node.is_zero() => 0,
                false => node.size,
            };
        }
        let mut tail = Builder::default();
        let mut places: QuickMap<Id, Id> = QuickMap::default();
        let mut parts = Vec::new();
        let mut waiting: Vec<Id> = self.outputs[first..].to_vec();
        while let Some(id) = waiting.pop() {
            if places.contains_key(&id) {
                continue;
            }
            let node = &self.nodes[id as usize];
            let place = match &node.kind {
                Kind::Op(row) if node.is_assembly() && apart(node, &sizes) <= node.size => {
                    let missing: Vec<Id> =
                        node.operands.iter().copied().filter(|id| !places.contains_key(id)).collect();
                    if !missing.is_empty() {
                        waiting.push(id);
                        waiting.extend(missing);
                        continue;
                    }
                    let operands = node.operands.iter().map(|id| places[id]).collect();
                    tail.op(row, operands, node.attr.clone(), &node.shape, node.masked)
                }
                Kind::Constant(tensor) if node.is_zero() => {
                    tail.push(Kind::Constant(tensor.clone()), Vec::new(), Attr::None, node.shape.clone(), node.masked)
                }
                _ => {
                    parts.push(id);
                    tail.input(node.shape.clone())
                }
            };
            places.insert(id, place);
        }
        let inputs = parts.iter().map(|id| places[id]).collect();
        let outputs = self.outputs[first..].iter().map(|id| places[id]).collect();
        self.outputs.truncate(first);
        self.outputs.extend(parts);
        (self.without_dead(), tail.finish(inputs, outputs))
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }
}

/// Which tape nodes from `first` on the outputs need.
fn needed(tape: &Tape, first: usize, last: usize, inputs: &[NodeId], outputs: &[NodeId]) -> Vec<bool> {
    let mut needed = vec![false; last + 1 - first];
    for id in outputs.iter().filter(|id| id.index() >= first) {
        needed[id.index() - first] = true;
    }
    let mut is_input = vec![false; last + 1 - first];
    inputs.iter().for_each(|id| is_input[id.index() - first] = true);
    let ids: Vec<NodeId> = tape.nodes().skip(first).take(last + 1 - first).collect();
    for at in (0..needed.len()).rev() {
        if needed[at] && !is_input[at] {
            for operand in tape.operands(ids[at]).filter(|operand| operand.index() >= first) {
                needed[operand.index() - first] = true;
            }
        }
    }
    needed
}

fn is(row: &'static Row, other: &'static Row) -> bool {
    std::ptr::eq(row, other)
}

/// Nodes for which there is room from the beginning; longer stretches find it on the way.
const ROOM: usize = 1 << 10;

impl Builder {
    fn with_room(count: usize) -> Builder {
        let mut builder = Builder { nodes: Vec::with_capacity(count), ..Builder::default() };
        builder.known.reserve(count);
        builder
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn input(&mut self, shape: Shape) -> Id {
        self.push(Kind::Input, Vec::new(), Attr::None, shape, false)
    }

    pub(super) fn finish(self, inputs: Vec<Id>, outputs: Vec<Id>) -> Graph {
        Graph { nodes: self.nodes, inputs, outputs }.without_dead()
    }

    fn push(&mut self, kind: Kind, operands: Vec<Id>, attr: Attr, shape: Shape, masked: bool) -> Id {
        let size = shape.size();
        self.nodes.push(Node { kind, operands, attr, shape, size, masked });
        self.nodes.len() as Id - 1
    }

    fn is_constant(&self, id: Id) -> bool {
        matches!(self.nodes[id as usize].kind, Kind::Constant(_))
    }

    fn number(&self, id: Id) -> Option<f64> {
        self.nodes[id as usize].number()
    }

    fn constant(&mut self, tape: &Tape, id: NodeId) -> Id {
        if tape.is_scalar(id) {
            return self.scalar(tape.scalar(id));
        }
        let tensor = tape.tensor(id);
        let shape = tensor.shape().clone();
        // a seed of ones is one number
        if let [first, rest @ ..] = tensor.data()
            && rest.iter().all(|x| x.to_bits() == first.to_bits())
        {
            let number = self.scalar(*first);
            return self.repeated(number, &shape);
        }
        self.push(Kind::Constant(tensor), Vec::new(), Attr::None, shape, tape.is_masked(id))
    }

    /// A scalar as a tensor of this shape.
    fn repeated(&mut self, scalar: Id, shape: &Shape) -> Id {
        if shape.is_scalar() {
            return scalar;
        }
        let masked = self.nodes[scalar as usize].masked;
        self.op(&ops::BROADCAST_TO, vec![scalar], Attr::Shape(shape.clone()), shape, masked)
    }

    /// The scalar of which this is a repetition.
    fn repeats(&self, id: Id) -> Option<Id> {
        let node = &self.nodes[id as usize];
        if node.shape.is_scalar() {
            return Some(id);
        }
        let operand = node.row().filter(|row| is(row, &ops::BROADCAST_TO)).map(|_| node.operands[0])?;
        self.nodes[operand as usize].shape.is_scalar().then_some(operand)
    }

    pub(super) fn scalar(&mut self, value: f64) -> Id {
        if let Some(&id) = self.numbers.get(&value.to_bits()) {
            return id;
        }
        let masked = crate::tape::is_absent(value);
        let id = self.push(Kind::Constant(Tensor::scalar(value)), Vec::new(), Attr::None, Shape::scalar(), masked);
        self.numbers.insert(value.to_bits(), id);
        id
    }

    /// An operation on what is already there: folded, simplified, found again, or new.
    pub(super) fn op(
        &mut self,
        row: &'static Row,
        mut operands: Vec<Id>,
        attr: Attr,
        shape: &Shape,
        masked: bool,
    ) -> Id {
        if is_elementwise(row) && !shape.is_scalar() {
            let scalars: Vec<Option<Id>> = operands.iter().map(|&id| self.repeats(id)).collect();
            if scalars.iter().all(Option::is_some) {
                let scalar = self.op(row, scalars.into_iter().flatten().collect(), attr, &Shape::scalar(), masked);
                return self.repeated(scalar, shape);
            }
            // broadcasting is free where another operand has the whole shape
            for at in 0..operands.len() {
                let others = (0..operands.len()).filter(|&other| other != at);
                let free = others.map(|other| &self.nodes[operands[other] as usize].shape).any(|other| other == shape);
                if let (true, Some(scalar)) = (free, scalars[at]) {
                    operands[at] = scalar;
                }
            }
        }
        if is(row, &ops::CONCAT)
            && let Some(sum) = self.side_by_side(&operands, &attr, shape, masked)
        {
            return sum;
        }
        if !is(row, &ops::BROADCAST_TO)
            && operands.iter().all(|&id| self.is_constant(id))
            && let Some(id) = self.fold(row, &operands, &attr)
        {
            return id;
        }
        if let Some(id) = self.simpler(row, &operands, &attr, shape, masked) {
            return id;
        }
        if (is(row, &ops::ADD) || is(row, &ops::MUL)) && operands[0] > operands[1] {
            operands.swap(0, 1);
        }
        let pair = [operands.first().copied().unwrap_or(0), operands.get(1).copied().unwrap_or(0)];
        let key = (std::ptr::from_ref(row) as usize, pair, operands.len());
        if let Some(found) = self.known.get(&key) {
            let same = |id: &&Id| {
                let node = &self.nodes[**id as usize];
                node.operands == operands && node.attr == attr
            };
            if let Some(id) = found.iter().find(same) {
                return *id;
            }
        }
        let id = self.push(Kind::Op(row), operands, attr, shape.clone(), masked);
        self.known.entry(key).or_default().push(id);
        id
    }

    /// A few tensors one behind the other as a sum: each is structurally zero where the others are, and adding such a
    /// zero changes nothing. So they need not be copied together before something is computed with them.
    fn side_by_side(&mut self, operands: &[Id], attr: &Attr, shape: &Shape, masked: bool) -> Option<Id> {
        let Attr::Axis(axis) = *attr else { return None };
        if operands.len() < 2 || operands.len() > 3 || shape.dims()[..axis].iter().any(|&dim| dim != 1) {
            return None;
        }
        let mut start = 0;
        let mut sum = None;
        for &id in operands {
            let own = self.nodes[id as usize].shape.clone();
            let mut specs: Vec<SliceSpec> = own.dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
            specs[axis].start = start;
            start += own.dims()[axis];
            let place = Attr::SliceOf { specs: specs.into(), shape: shape.clone() };
            let part = self.op(&ops::UNSLICE, vec![id], place, shape, true);
            sum = Some(match sum {
                None => part,
                Some(before) => self.op(&ops::ADD, vec![before, part], Attr::None, shape, masked),
            });
        }
        sum
    }

    fn fold(&mut self, row: &'static Row, operands: &[Id], attr: &Attr) -> Option<Id> {
        // big constants would only take memory
        if operands.iter().any(|&id| self.nodes[id as usize].size > 1024) {
            return None;
        }
        let tensors: Vec<Tensor> = operands
            .iter()
            .filter_map(|&id| match &self.nodes[id as usize].kind {
                Kind::Constant(tensor) => Some(tensor.clone()),
                _ => None,
            })
            .collect();
        let inputs: Vec<Operand> = tensors.iter().map(|t| Operand { shape: t.shape(), data: t.data() }).collect();
        let (shape, values) = evaluate(row, &inputs, attr).ok()?;
        if let ([value], true) = (&values[..], shape.is_scalar()) {
            return Some(self.scalar(*value));
        }
        let tensor = Tensor::new(shape.clone(), values);
        Some(self.push(Kind::Constant(tensor), Vec::new(), Attr::None, shape, true))
    }

    /// A node that has the same value already, or an operation that costs less.
    fn simpler(&mut self, row: &'static Row, operands: &[Id], attr: &Attr, shape: &Shape, masked: bool) -> Option<Id> {
        let fits = |builder: &Builder, id: Id| builder.nodes[id as usize].shape == *shape;
        // a graph may be recorded and differentiated again: `stop_gradient` stays
        if is(row, &ops::IDENTITY) {
            return Some(operands[0]);
        }
        let structural = is(row, &ops::BROADCAST_TO) || is(row, &ops::SUM_TO) || is(row, &ops::RESHAPE);
        if is(row, &ops::RESHAPE) || is(row, &ops::BROADCAST_TO) {
            let scalar = self.repeats(operands[0]).filter(|&scalar| scalar != operands[0]);
            if let Some(scalar) = scalar {
                return Some(self.repeated(scalar, shape));
            }
        }
        if (structural || is(row, &ops::SUM)) && fits(self, operands[0]) && attr_axes(attr).is_empty() {
            return Some(operands[0]);
        }
        if is(row, &ops::SLICE)
            && let Some(id) = self.part(operands[0], attr, shape)
        {
            return Some(id);
        }
        if let &[x] = operands {
            if is(row, &ops::NEG) && self.row(x).is_some_and(|row| is(row, &ops::NEG)) {
                return Some(self.nodes[x as usize].operands[0]);
            }
            if is(row, &ops::NEG)
                && let Some((factor, other)) = self.multiple(x)
            {
                let factor = self.scalar(-factor);
                return Some(self.op(&ops::MUL, vec![factor, other], Attr::None, shape, masked));
            }
            if is(row, &ops::SQUARE) {
                return Some(self.op(&ops::MUL, vec![x, x], Attr::None, shape, masked));
            }
            return None;
        }
        let &[a, b] = operands else { return None };
        let (left, right) = (self.number(a), self.number(b));
        let negated = |builder: &Builder, id: Id| {
            builder.row(id).filter(|row| is(row, &ops::NEG)).map(|_| builder.nodes[id as usize].operands[0])
        };
        if is(row, &ops::MUL) || is(row, &ops::DIV) {
            // signs move outward, where a sum takes them in
            let (first, second) = (negated(self, a), negated(self, b));
            if first.is_some() || second.is_some() {
                let pair = vec![first.unwrap_or(a), second.unwrap_or(b)];
                let product = self.op(row, pair, Attr::None, shape, masked);
                return Some(match (first, second) {
                    (Some(_), Some(_)) => product,
                    _ => self.op(&ops::NEG, vec![product], Attr::None, shape, masked),
                });
            }
        }
        if is(row, &ops::MUL) {
            return match (left, right) {
                (Some(1.0), _) if fits(self, b) => Some(b),
                (_, Some(1.0)) if fits(self, a) => Some(a),
                (Some(-1.0), _) if fits(self, b) => Some(self.op(&ops::NEG, vec![b], Attr::None, shape, masked)),
                (_, Some(-1.0)) if fits(self, a) => Some(self.op(&ops::NEG, vec![a], Attr::None, shape, masked)),
                (Some(factor), None) => self.multiple_of_multiple(factor, b, shape, masked),
                (None, Some(factor)) => self.multiple_of_multiple(factor, a, shape, masked),
                _ => None,
            };
        }
        if is(row, &ops::DIV) || is(row, &ops::POW) {
            return match right {
                Some(1.0) if fits(self, a) => Some(a),
                // the inverse of a power of two is exact, and so is the product what the quotient is
                Some(p) if is(row, &ops::DIV) && is_power_of_two(p) && (1.0 / p).is_normal() => {
                    let inverse = self.scalar(1.0 / p);
                    Some(self.op(&ops::MUL, vec![a, inverse], Attr::None, shape, masked))
                }
                Some(n @ (2.0 | 3.0 | 4.0)) if is(row, &ops::POW) && fits(self, a) => {
                    let square = self.op(&ops::MUL, vec![a, a], Attr::None, shape, masked);
                    Some(match n {
                        2.0 => square,
                        3.0 => self.op(&ops::MUL, vec![square, a], Attr::None, shape, masked),
                        _ => self.op(&ops::MUL, vec![square, square], Attr::None, shape, masked),
                    })
                }
                _ => None,
            };
        }
        if is(row, &ops::ADD) {
            let is_nothing = |number: Option<f64>, other: &Node| match number {
                Some(0.0) => number.is_some_and(f64::is_sign_negative) || !other.masked,
                _ => false,
            };
            if fits(self, b) && is_nothing(left, &self.nodes[b as usize]) {
                return Some(b);
            }
            if fits(self, a) && is_nothing(right, &self.nodes[a as usize]) {
                return Some(a);
            }
            return negated(self, b)
                .map(|b| self.op(&ops::SUB, vec![a, b], Attr::None, shape, masked))
                .or_else(|| negated(self, a).map(|a| self.op(&ops::SUB, vec![b, a], Attr::None, shape, masked)));
        }
        if is(row, &ops::SUB) {
            if right == Some(0.0) && fits(self, a) && !self.nodes[a as usize].masked {
                return Some(a);
            }
            return negated(self, b).map(|b| self.op(&ops::ADD, vec![a, b], Attr::None, shape, masked));
        }
        None
    }

    fn row(&self, id: Id) -> Option<&'static Row> {
        self.nodes[id as usize].row()
    }

    /// The number and the other factor of a product with a number, which must have the product's shape.
    fn multiple(&self, id: Id) -> Option<(f64, Id)> {
        let node = &self.nodes[id as usize];
        node.row().filter(|row| is(row, &ops::MUL))?;
        let (a, b) = (node.operands[0], node.operands[1]);
        let fits = |other: Id| self.nodes[other as usize].shape == node.shape;
        match (self.number(a), self.number(b)) {
            (Some(factor), None) if fits(b) => Some((factor, b)),
            (None, Some(factor)) if fits(a) => Some((factor, a)),
            _ => None,
        }
    }

    /// `factor` times a product with a number, as one product where one of both is a power of two: then only one of
    /// the steps rounds, and it is the same (below the normal numbers, where both would, a last bit may come right).
    fn multiple_of_multiple(&mut self, factor: f64, id: Id, shape: &Shape, masked: bool) -> Option<Id> {
        let (inner, other) = self.multiple(id).filter(|_| self.nodes[id as usize].shape == *shape)?;
        let product = factor * inner;
        let is_large = factor.abs() >= 1.0 && inner.abs() >= 1.0 && product.is_finite();
        if !is_large || !(is_power_of_two(factor) || is_power_of_two(inner)) {
            return None;
        }
        let product = self.scalar(product);
        Some(self.op(&ops::MUL, vec![product, other], Attr::None, shape, masked))
    }
}

fn is_power_of_two(x: f64) -> bool {
    x.is_normal() && x.to_bits() << 12 == 0
}

/// The axes of a reduction over several; none for any other attribute.
fn attr_axes(attr: &Attr) -> &[usize] {
    match attr {
        Attr::Axes { axes, .. } => axes,
        _ => &[],
    }
}

/// Whether a row works element by element.
pub fn is_elementwise(row: &'static Row) -> bool {
    matches!(row.op, Op::Map1(_) | Op::Map2(_) | Op::Map3(_))
}
