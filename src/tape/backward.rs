//! Reverse sweep: cotangents of the sources from the cotangent of a target.
//!
//! Two forms of one walk. The recorded form writes every step on the same tape, so that a gradient can be
//! differentiated again; the plain form keeps numbers in an array beside the tape's arena. Both run the rows' own
//! rules. Which operations exist is not known here.

use std::borrow::Cow;
use std::collections::HashMap;

use smallvec::SmallVec;

use super::{
    ABSENT, Attr, Node, NodeId, Op, Operand, Recorder, Row, SCALAR, STOP, Tape, TapeError, TensorOp, Var, expanded,
    is_absent,
};
use crate::interrupt;
use crate::tensor::{Shape, Tensor};

/// The rows that a sweep itself needs.
pub struct Linear {
    pub add: &'static Row,
    /// Sums a cotangent down to a shape that was broadcast.
    pub sum_to: &'static Row,
    /// Repeats one number where a rule gave it for all elements.
    pub broadcast_to: &'static Row,
    /// Whether a slope that came out as 0 is too small for f64, given the row, the operand by which it is, and the values
    /// of the operands and the result.
    pub has_vanished: fn(&'static Row, which: usize, x: [f64; 2], y: f64) -> bool,
    /// How to pull sizes back through a row that is not elementwise, if there is a way.
    pub sizing: fn(&'static Row) -> Option<Sizing>,
    /// `live(g, r)`: the number `r` where `g` is a cotangent, nothing where it is a structural zero.
    pub live: &'static Row,
    /// The same for an `r` that may itself hold structural zeros.
    pub live_part: &'static Row,
    /// Rows whose result is elements of their operand: where in it, in the order of memory.
    pub selected: fn(&Row, &Attr, &Shape) -> Option<Vec<usize>>,
    /// A tensor of a shape from parts that were selected from it: each is added at its positions.
    pub assembled: Assembled,
}

/// How sizes flow back through an operation: as adjoints do, because all slopes are positive ones, or as they would if
/// its operands were what their absolute values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizing {
    LikeAdjoints,
    BetweenSizes,
}

/// How a tensor is put together from parts of it, each with its positions in the order of memory.
pub type Assembled = for<'t> fn(&[(&[usize], Var<'t>)], Shape) -> Var<'t>;

/// The cotangent of a source.
#[derive(Debug, Clone)]
pub enum Cotangent {
    Number(f64),
    Tensor(Tensor),
    /// Recorded: can be differentiated again.
    Node(NodeId),
}

/// The cotangent of the target, from which a sweep starts.
#[derive(Debug, Clone, Copy)]
pub enum Seed<'s> {
    /// All ones: a target that is no scalar counts as its sum.
    Ones,
    Values(&'s Tensor),
    /// A node of the target's shape, by which the result can be differentiated; for recorded sweeps.
    Node(NodeId),
}

/// Cotangents of `sources` from that of `target`. `None` for a source that the target does not depend on.
///
/// With `record`, every step is on the tape and the results are nodes. Errors: interruption, memory.
pub fn gradient(
    tape: &mut Tape,
    linear: &Linear,
    target: NodeId,
    seed: Seed,
    sources: &[NodeId],
    record: bool,
) -> Result<Vec<Option<Cotangent>>, TapeError> {
    swept(tape, linear, target, seed, sources, record, &mut None)
}

/// Cotangents with their sizes.
pub type WithSizes = (Vec<Option<Cotangent>>, Option<Vec<f64>>);

/// Cotangents as numbers, and beside each what it would be if nothing had cancelled on the way: the sum of the absolute
/// values of all that flowed into it. Those of tensors are 0, and there are none where the way leads through operations
/// that are not known to [`Linear::sizing`].
pub fn gradient_with_sizes(
    tape: &mut Tape,
    linear: &Linear,
    target: NodeId,
    seed: Seed,
    sources: &[NodeId],
) -> Result<WithSizes, TapeError> {
    let mut sizes = sources.iter().any(|&source| tape.is_scalar(source)).then(|| vec![0.0; sources.len()]);
    let found = swept(tape, linear, target, seed, sources, false, &mut sizes)?;
    Ok((found, sizes))
}

/// A sweep. Sizes are wanted where there is room for them, and are taken away where there are none.
fn swept(
    tape: &mut Tape,
    linear: &Linear,
    target: NodeId,
    seed: Seed,
    sources: &[NodeId],
    record: bool,
    sizes: &mut Option<Vec<f64>>,
) -> Result<Vec<Option<Cotangent>>, TapeError> {
    let Some(first) = sources.iter().copied().min().filter(|&first| first <= target) else {
        return Ok(vec![None; sources.len()]);
    };
    if !record {
        // what comes out is a number, whatever the sources were
        tape.reads.note(target);
    }
    let mut reach = Reach::new(tape, first, target, sources);
    let result = if !reach.has(target) {
        Ok(vec![None; sources.len()])
    } else if record {
        recorded(tape, linear, target, seed, sources, &mut reach)
    } else if leads_through_waiting(tape, &reach) {
        *sizes = None;
        recorded_and_computed(tape, linear, target, seed, sources, &mut reach)
    } else if sizes.is_some() {
        plain::<true>(tape, linear, target, seed, sources, &mut reach, sizes)
    } else {
        plain::<false>(tape, linear, target, seed, sources, &mut reach, sizes)
    };
    tape.scratch.flags = reach.flags;
    result
}

/// Memory of the last sweep, kept because fresh memory costs more than the sweep itself.
#[derive(Default)]
pub(super) struct Scratch {
    flags: Vec<u8>,
    small: Vec<f64>,
    sizes: Vec<f64>,
}

/// Which nodes between the first source and the target lie on a path from one to the other: those that depend on a
/// source are found at the start, those that the target depends on while the sweep walks down.
struct Reach {
    first: usize,
    flags: Vec<u8>,
    /// What a node on a path has. With one source the target depends on it or the sweep does not begin, so that
    /// nothing need be found out on the way down.
    path: u8,
}

const DEPENDS_ON_SOURCE: u8 = 1;
const LEADS_TO_TARGET: u8 = 2;
const ON_PATH: u8 = DEPENDS_ON_SOURCE | LEADS_TO_TARGET;

impl Reach {
    fn new(tape: &mut Tape, first: NodeId, target: NodeId, sources: &[NodeId]) -> Reach {
        let first = first.index();
        let mut flags = std::mem::take(&mut tape.scratch.flags);
        flags.clear();
        flags.resize(target.index() + 1 - first, 0);
        for source in sources.iter().filter(|&&source| source <= target) {
            flags[source.index() - first] = DEPENDS_ON_SOURCE;
        }
        for (at, node) in tape.nodes[first..=target.index()].iter().enumerate() {
            if !node.connected || flags[at] != 0 {
                continue;
            }
            let reached = |operand: &u32| *operand as usize >= first && flags[*operand as usize - first] != 0;
            flags[at] = match node.arity {
                // a source that starts anew has an operand from which nothing flows
                1 => reached(&node.operands[0]) && !std::ptr::eq(node.row, &STOP),
                2 => reached(&node.operands[0]) | reached(&node.operands[1]),
                _ => tape.operand_ids(node).iter().any(reached),
            } as u8;
        }
        if let Some(target) = flags.last_mut() {
            *target |= LEADS_TO_TARGET;
        }
        Reach { first, flags, path: if sources.len() == 1 { DEPENDS_ON_SOURCE } else { ON_PATH } }
    }

    /// Whether the node depends on a source.
    #[inline(always)]
    fn has(&self, id: NodeId) -> bool {
        id.index()
            .checked_sub(self.first)
            .is_some_and(|at| at < self.flags.len() && self.flags[at] & DEPENDS_ON_SOURCE != 0)
    }

    /// Whether the node lies on a path; asked while walking down, before its operands.
    #[inline(always)]
    fn is_on_path(&self, at: usize) -> bool {
        self.flags[at] & self.path == self.path
    }

    /// The target was found to depend on a source. Asked after the walk.
    fn connects(&self, source: NodeId) -> bool {
        source.index().checked_sub(self.first).is_some_and(|at| at < self.flags.len() && self.is_on_path(at))
    }

    /// What a node on a path was computed from leads to the target too.
    #[inline(always)]
    fn descend(&mut self, tape: &Tape, node: &Node) {
        if !node.connected || self.path == DEPENDS_ON_SOURCE {
            return;
        }
        let first = self.first;
        let mut lead = |operand: u32| {
            if operand as usize >= first {
                self.flags[operand as usize - first] |= (self.flags[operand as usize - first] & 1) << 1;
            }
        };
        match node.arity {
            0 => {}
            1 => lead(node.operands[0]),
            2 => {
                lead(node.operands[0]);
                lead(node.operands[1]);
            }
            _ => tape.operand_ids(node).iter().for_each(|&operand| lead(operand)),
        }
    }
}

/// Whether values that wait lie between the sources and the target.
fn leads_through_waiting(tape: &Tape, reach: &Reach) -> bool {
    let nodes = reach.first..reach.first + reach.flags.len();
    tape.buffers.iter().any(|buffer| {
        let at = buffer.node as usize;
        buffer.values.get().is_none() && nodes.contains(&at) && reach.flags[at - reach.first] & DEPENDS_ON_SOURCE != 0
    })
}

/// The sweep recorded, which costs nothing while big values wait, and then computed in one go with them.
fn recorded_and_computed(
    tape: &mut Tape,
    linear: &Linear,
    target: NodeId,
    seed: Seed,
    sources: &[NodeId],
    reach: &mut Reach,
) -> Result<Vec<Option<Cotangent>>, TapeError> {
    let mark = tape.mark();
    let found = recorded(tape, linear, target, seed, sources, reach)?;
    let nodes: Vec<NodeId> = found
        .iter()
        .filter_map(|cotangent| match cotangent {
            Some(Cotangent::Node(id)) => Some(*id),
            _ => None,
        })
        .collect();
    tape.compute_together(&nodes)?;
    let value = |cotangent| match cotangent {
        Cotangent::Node(id) if tape.is_scalar(id) => Cotangent::Number(tape.scalar(id)),
        Cotangent::Node(id) => Cotangent::Tensor(tape.tensor(id)),
        other => other,
    };
    let results = found.into_iter().map(|cotangent| cotangent.map(value)).collect();
    tape.truncate(mark);
    Ok(results)
}

fn recorded(
    tape: &mut Tape,
    linear: &Linear,
    target: NodeId,
    seed: Seed,
    sources: &[NodeId],
    reach: &mut Reach,
) -> Result<Vec<Option<Cotangent>>, TapeError> {
    let ones = ones_like(tape, target);
    let recorder = Recorder::take(tape);
    let mut cotangents: Vec<Option<NodeId>> = vec![None; reach.flags.len()];
    let seed = match seed {
        Seed::Ones => recorder.with(|tape| tape.constant_tensor(&ones)),
        Seed::Values(values) => recorder.with(|tape| tape.constant_tensor(values)),
        Seed::Node(node) => node,
    };
    cotangents[target.index() - reach.first] = Some(seed);
    let mut parts = Parts::default();
    let add = |slot: &mut Option<NodeId>, pulled: Var| {
        *slot = Some(match *slot {
            None => pulled.id,
            Some(before) => recorder.var(before).map2(linear.add, pulled).id,
        });
    };
    for at in (0..reach.flags.len()).rev() {
        if !reach.is_on_path(at) {
            continue;
        }
        let id = NodeId((reach.first + at) as u32);
        recorder.with(|tape| reach.descend(tape, &tape.nodes[id.index()]));
        match &parts.take(id)[..] {
            [] => {}
            [part] => {
                pull_recorded(&recorder, linear, part.id, part.g, reach, |_, pulled| add(&mut cotangents[at], pulled))
            }
            several => {
                let several: Vec<_> = several.iter().map(|part| (&part.positions[..], recorder.var(part.g))).collect();
                add(&mut cotangents[at], (linear.assembled)(&several, recorder.var(id).shape()));
            }
        }
        let Some(g) = cotangents[at] else { continue };
        if !recorder.with(|tape| parts.keep(tape, linear, id, g)) {
            let first = reach.first;
            pull_recorded(&recorder, linear, id, g, reach, |operand, pulled| {
                add(&mut cotangents[operand.index() - first], pulled);
            });
        }
        if recorder.has_failed() || interrupt::is_requested() {
            break;
        }
    }
    let finish = |source: &NodeId| {
        if !reach.connects(*source) {
            return None;
        }
        let node = match cotangents[source.index() - reach.first] {
            Some(id) => {
                let g = recorder.var(id);
                // structural zeros become numbers for whoever computes with the gradient
                if is_masked(g) { g.map2(linear.add, g.constant(0.0)).id } else { id }
            }
            None => recorder.with(|tape| {
                let zeros = Tensor::new(tape.shape(*source).clone(), vec![0.0; tape.shape(*source).size()]);
                tape.constant_tensor(&zeros)
            }),
        };
        Some(Cotangent::Node(node))
    };
    let results = sources.iter().map(finish).collect();
    recorder.release()?;
    if interrupt::is_requested() { Err(TapeError::Interrupted) } else { Ok(results) }
}

/// Cotangents of small parts of large tensors, kept until the tensor's turn comes. One by one each would fill a tensor
/// of that size: a loop over `x[i]` would cost its square.
#[derive(Default)]
struct Parts(HashMap<NodeId, Vec<Part>>);

struct Part {
    id: NodeId,
    positions: Vec<usize>,
    g: NodeId,
}

/// Tensors with fewer elements than this are filled for every part.
const LARGE_WHOLE: usize = 512;

impl Parts {
    /// Keeps the cotangent `g` of a node, if that is a small part of a large tensor.
    fn keep(&mut self, tape: &Tape, linear: &Linear, id: NodeId, g: NodeId) -> bool {
        let node = &tape.nodes[id.index()];
        if node.arity != 1 || !matches!(node.row.op, Op::Tensor(_)) {
            return false;
        }
        let whole = NodeId(node.operands[0]);
        let size = tape.shape(whole).size();
        if size < LARGE_WHOLE || tape.shape(id).size() * 8 > size {
            return false;
        }
        let Some(positions) = (linear.selected)(node.row, tape.attr(id), tape.shape(whole)) else { return false };
        self.0.entry(whole).or_default().push(Part { id, positions, g });
        true
    }

    /// The parts of a tensor.
    fn take(&mut self, whole: NodeId) -> Vec<Part> {
        if self.0.is_empty() { Vec::new() } else { self.0.remove(&whole).unwrap_or_default() }
    }
}

/// Pulls the cotangent `g` of node `id` back to its operands, recording; `emit` gets each operand with its share.
fn pull_recorded<'r>(
    recorder: &'r Recorder,
    linear: &Linear,
    id: NodeId,
    g: NodeId,
    reach: &Reach,
    mut emit: impl FnMut(NodeId, Var<'r>),
) {
    let node = recorder.with(|tape| tape.nodes[id.index()]);
    if node.arity == 0 {
        return;
    }
    let operands: Vec<NodeId> = recorder.with(|tape| tape.operands(id).collect());
    let inputs: Vec<Var> = operands.iter().map(|&operand| recorder.var(operand)).collect();
    let (g, y) = (recorder.var(g), recorder.var(id));
    for (which, &operand) in operands.iter().enumerate() {
        if !reach.has(operand) {
            continue;
        }
        let pull = |g: Var<'r>| match (&node.row.op, &inputs[..]) {
            (Op::Map1(op), &[x]) => op.rule.as_ref().map(|rule| (rule.record)(g, x, y)),
            (Op::Map2(op), &[a, b]) => op.rules[which].as_ref().map(|rule| (rule.record)(g, a, b, y)),
            (Op::Map3(op), &[a, b, c]) => op.rules[which].as_ref().map(|rule| (rule.record)(g, a, b, c)),
            (Op::Tensor(op), inputs) => {
                let attr = recorder.with(|tape| tape.attr(id).clone());
                (op.pull)(g, inputs, y, &attr, which)
            }
            _ => None,
        };
        let Some(mut pulled) = pull(g) else { continue };
        // -0 among numbers would be nothing among structural zeros, and its derivative lost
        if is_masked(pulled) && !is_masked(g) && recorder.with(|tape| may_look_absent(tape, g.id)) {
            pulled = pull(g.map2(linear.add, g.constant(0.0))).expect("as before");
        }
        if is_masked(g) && pulled.id != g.id && !matches!(node.row.op, Op::Tensor(_)) {
            pulled = g.map2(if is_masked(pulled) { linear.live_part } else { linear.live }, pulled);
        }
        let shape = inputs[which].shape();
        let own = pulled.shape();
        if own != shape {
            // a rule may answer with one number for all elements
            let row =
                if own.broadcast(&shape).is_ok_and(|wide| wide == shape) { linear.broadcast_to } else { linear.sum_to };
            pulled = Var::record(&[pulled], row, Attr::Shape(shape));
        }
        emit(operand, pulled);
    }
}

/// Whether there is a -0 among the values of a node, or may be one where it is computed later or again.
fn may_look_absent(tape: &Tape, id: NodeId) -> bool {
    !tape.is_small(id) || tape.reads.is_watched() || tape.data(id).iter().any(|&x| is_absent(x))
}

fn is_masked(var: Var) -> bool {
    var.with_tape(|tape| tape.nodes[var.id.index()].masked)
}

fn ones_like(tape: &Tape, id: NodeId) -> Tensor {
    let shape = tape.shape(id).clone();
    let size = shape.size();
    Tensor::new(shape, vec![1.0; size])
}

/// Scalars are swept so fast that Ctrl-C is noticed soon enough after so many.
const CHECK_EVERY: usize = 1 << 16;

/// Adjoints as numbers: those of small nodes in one array laid out like the arena, those of big ones apart.
struct Adjoints {
    small: Vec<f64>,
    /// What the small ones would be if nothing had cancelled, if that is wanted.
    sizes: Vec<f64>,
    /// Place in the arena of the first element of `small`.
    start: usize,
    big: Vec<Option<Vec<f64>>>,
    first_buffer: usize,
}

impl Adjoints {
    fn new(tape: &mut Tape, first: usize, last: usize) -> Adjoints {
        let mut small = std::mem::take(&mut tape.scratch.small);
        let nodes = &tape.nodes[first..=last];
        let sizes = std::mem::take(&mut tape.scratch.sizes);
        if tape.buffers.is_empty() {
            let start = nodes[0].place as usize;
            let end = nodes[nodes.len() - 1];
            small.clear();
            small.resize(end.place as usize + tape.node_data(&end).len() - start, ABSENT);
            return Adjoints { small, sizes, start, big: Vec::new(), first_buffer: 0 };
        }
        let is_big = |node: &&Node| tape.is_big(node);
        let start = nodes.iter().find(|node| !is_big(node)).map_or(0, |node| node.place as usize);
        let end = nodes.iter().rev().find(|node| !is_big(node));
        let end = end.map_or(0, |node| node.place as usize + tape.node_data(node).len());
        let first_buffer = nodes.iter().find(is_big).map_or(0, |node| node.place as usize);
        let last_buffer = nodes.iter().rev().find(is_big).map_or(0, |node| node.place as usize + 1);
        small.clear();
        small.resize(end - start, ABSENT);
        Adjoints { small, sizes, start, big: vec![None; last_buffer - first_buffer], first_buffer }
    }

    /// Adds to the adjoint of an operand what flows back from a node whose size is `ratio` times its adjoint.
    #[inline(always)]
    fn add<const SIZED: bool>(&mut self, operand: &Node, value: f64, ratio: f64) {
        let at = operand.place as usize - self.start;
        self.small[at] += value;
        if SIZED {
            self.sizes[at] += value.abs() * ratio;
        }
    }

    /// What flowed into an operand cannot be told from what should have.
    #[cold]
    fn doubt(&mut self, operand: &Node) {
        self.sizes[operand.place as usize - self.start] = f64::INFINITY;
    }

    /// The sizes alone of a scalar, where the adjoint itself tells nothing of them.
    #[cold]
    fn add_sizes(&mut self, tape: &Tape, reach: &Reach, at: usize) {
        let id = NodeId((reach.first + at) as u32);
        let step = tape.step(id).expect("a scalar of scalars");
        let size = self.sizes[tape.nodes[id.index()].place as usize - self.start];
        for (which, operand) in step.operands[..step.count].iter().enumerate().filter(|(_, id)| reach.has(**id)) {
            let to = tape.nodes[operand.index()].place as usize - self.start;
            self.sizes[to] += step.slope(which).map_or(0.0, |slope| size * slope.abs());
        }
    }

    /// The same where tensors are about. False if there is no way to tell.
    fn add_tensor_sizes(
        &mut self,
        tape: &mut Tape,
        linear: &Linear,
        reach: &Reach,
        at: usize,
    ) -> Result<bool, TapeError> {
        let id = NodeId((reach.first + at) as u32);
        let node = tape.nodes[id.index()];
        let operands: Vec<NodeId> = tape.operands(id).collect();
        if tape.is_big(&node) || operands.iter().any(|operand| tape.is_big(&tape.nodes[operand.index()])) {
            return Ok(false);
        }
        let place = node.place as usize - self.start;
        let own = self.sizes[place..place + tape.node_data(&node).len()].to_vec();
        let mut add = |tape: &Tape, operand: NodeId, sizes: &[f64]| {
            let place = tape.nodes[operand.index()].place as usize - self.start;
            self.sizes[place..].iter_mut().zip(sizes).for_each(|(to, size)| *to += size.abs());
        };
        let Op::Tensor(op) = &node.row.op else {
            let shape = tape.shape(id);
            let values: Vec<Cow<[f64]>> =
                operands.iter().map(|&operand| expanded(tape.shape(operand), tape.data(operand), shape)).collect();
            for (which, &operand) in operands.iter().enumerate().filter(|(_, operand)| reach.has(**operand)) {
                let mut pulled = vec![0.0; own.len()];
                pull_slices(node.row, which, &own, &values, tape.data(id), &mut pulled);
                pulled.iter_mut().for_each(|size| *size = size.abs());
                let mut reduced = vec![0.0; tape.shape(operand).size()];
                if tape.shape(operand) == shape {
                    reduced = pulled;
                } else {
                    add_reduced(&pulled, shape, tape.shape(operand), &mut reduced);
                }
                add(tape, operand, &reduced);
            }
            return Ok(true);
        };
        let Some(sizing) = (linear.sizing)(node.row) else { return Ok(false) };
        let mark = tape.mark();
        let g = tape.constant_tensor(&Tensor::new(tape.shape(id).clone(), own));
        let attr = tape.attr(id).clone();
        let inputs: Vec<NodeId> = match sizing {
            Sizing::LikeAdjoints => operands.clone(),
            Sizing::BetweenSizes => operands
                .iter()
                .map(|&operand| {
                    let sizes: Vec<f64> = tape.data(operand).iter().map(|x| x.abs()).collect();
                    tape.constant_tensor(&Tensor::new(tape.shape(operand).clone(), sizes))
                })
                .collect(),
        };
        let recorder = Recorder::take(tape);
        let inputs: Vec<Var> = inputs.into_iter().map(|input| recorder.var(input)).collect();
        let y = match sizing {
            Sizing::LikeAdjoints => recorder.var(id),
            Sizing::BetweenSizes => Var::record(&inputs, node.row, attr.clone()),
        };
        let reached = (0..operands.len()).filter(|&which| reach.has(operands[which]));
        let pulled: Vec<(NodeId, NodeId)> = reached
            .filter_map(|which| Some((operands[which], (op.pull)(recorder.var(g), &inputs, y, &attr, which)?.id)))
            .collect();
        recorder.release()?;
        let fits = pulled.iter().all(|&(operand, pulled)| tape.shape(operand) == tape.shape(pulled));
        if fits {
            pulled.iter().for_each(|&(operand, pulled)| add(tape, operand, tape.data(pulled)));
        }
        tape.truncate(mark);
        Ok(fits)
    }

    /// The adjoint of a node, if anything flowed into it.
    fn get(&self, tape: &Tape, node: &Node) -> Option<&[f64]> {
        if tape.is_big(node) {
            return self.big[node.place as usize - self.first_buffer].as_deref();
        }
        let at = node.place as usize - self.start;
        Some(&self.small[at..at + tape.node_data(node).len()])
    }

    /// The adjoint of `node` to read and that of its operand to add to. Operands come before their results.
    fn pair(&mut self, tape: &Tape, node: &Node, operand: &Node) -> (Cow<'_, [f64]>, &mut [f64]) {
        let size = tape.node_data(operand).len();
        match (tape.is_big(node), tape.is_big(operand)) {
            (false, false) => {
                let at = node.place as usize - self.start;
                let to = operand.place as usize - self.start;
                let (low, high) = self.small.split_at_mut(at);
                (high[..tape.node_data(node).len()].into(), &mut low[to..to + size])
            }
            (true, true) => {
                let (low, high) = self.big.split_at_mut(node.place as usize - self.first_buffer);
                let to = low[operand.place as usize - self.first_buffer].get_or_insert_with(|| vec![ABSENT; size]);
                (high[0].as_deref().unwrap_or_default().into(), to)
            }
            (true, false) => {
                let to = operand.place as usize - self.start;
                let g = self.big[node.place as usize - self.first_buffer].as_deref().unwrap_or_default();
                (g.into(), &mut self.small[to..to + size])
            }
            (false, true) => {
                let at = node.place as usize - self.start;
                let to = self.big[operand.place as usize - self.first_buffer].get_or_insert_with(|| vec![ABSENT; size]);
                (self.small[at..at + tape.node_data(node).len()].into(), to)
            }
        }
    }
}

fn plain<const SIZED: bool>(
    tape: &mut Tape,
    linear: &Linear,
    target: NodeId,
    seed: Seed,
    sources: &[NodeId],
    reach: &mut Reach,
    sizes: &mut Option<Vec<f64>>,
) -> Result<Vec<Option<Cotangent>>, TapeError> {
    let mut adjoints = Adjoints::new(tape, reach.first, target.index());
    seed_target(tape, &mut adjoints, target, seed);
    if SIZED {
        adjoints.sizes.clear();
        adjoints.sizes.extend(adjoints.small.iter().map(|g| g.abs()));
    }
    for at in (0..reach.flags.len()).rev() {
        if at % CHECK_EVERY == 0 && interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        if !reach.is_on_path(at) {
            continue;
        }
        let node = &tape.nodes[reach.first + at];
        reach.descend(tape, node);
        if node.shape == SCALAR && pull_scalar::<SIZED>(tape, linear, node, reach, &mut adjoints, at) {
            continue;
        }
        let node = *node;
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        let Some(g) = adjoints.get(tape, &node) else { continue };
        if g.iter().all(|&g| is_absent(g)) {
            continue;
        }
        if SIZED && sizes.is_some() && !adjoints.add_tensor_sizes(tape, linear, reach, at)? {
            *sizes = None;
        }
        if let Op::Tensor(TensorOp { plain: Some(pull), .. }) = node.row.op {
            pull_plain(tape, &node, pull, reach, &mut adjoints)?;
        } else if matches!(node.row.op, Op::Tensor(_)) {
            pull_by_recording(tape, linear, NodeId((reach.first + at) as u32), reach, &mut adjoints)?;
        } else {
            pull_elementwise(tape, &node, reach, &mut adjoints);
        }
    }
    if SIZED && let Some(sizes) = sizes {
        for (size, source) in sizes.iter_mut().zip(sources) {
            let place = tape.nodes[source.index()].place as usize;
            // a tensor without elements has no place of its own
            let found = adjoints.sizes.get(place - adjoints.start).copied();
            *size = found.filter(|_| reach.connects(*source)).unwrap_or(0.0);
        }
    }
    let finish = |source: &NodeId| {
        reach.connects(*source).then(|| {
            let node = &tape.nodes[source.index()];
            let shape = tape.shape(*source).clone();
            let values = adjoints.get(tape, node).map_or_else(|| vec![0.0; shape.size()], |g| g.to_vec());
            // + 0.0 turns what is left of structural zeros into numbers
            if shape.is_scalar() {
                Cotangent::Number(values[0] + 0.0)
            } else {
                Cotangent::Tensor(Tensor::new(shape, values.iter().map(|g| g + 0.0).collect::<Vec<_>>()))
            }
        })
    };
    let results = sources.iter().map(finish).collect();
    tape.scratch.small = adjoints.small;
    tape.scratch.sizes = adjoints.sizes;
    Ok(results)
}

fn seed_target(tape: &Tape, adjoints: &mut Adjoints, target: NodeId, seed: Seed) {
    let node = &tape.nodes[target.index()];
    if let (SCALAR, Seed::Ones) = (node.shape, seed) {
        adjoints.small[node.place as usize - adjoints.start] = 1.0;
        return;
    }
    let size = tape.node_data(node).len();
    let values = match seed {
        Seed::Ones => vec![1.0; size],
        Seed::Values(values) => values.data().to_vec(),
        Seed::Node(node) => tape.data(node).to_vec(),
    };
    if tape.is_big(node) {
        adjoints.big[node.place as usize - adjoints.first_buffer] = Some(values);
    } else {
        let at = node.place as usize - adjoints.start;
        adjoints.small[at..at + size].copy_from_slice(&values);
    }
}

/// The common case, as fast as it goes: a scalar of scalars. False if it is something else.
#[inline(always)]
fn pull_scalar<const SIZED: bool>(
    tape: &Tape,
    linear: &Linear,
    node: &Node,
    reach: &Reach,
    adjoints: &mut Adjoints,
    at: usize,
) -> bool {
    let g = adjoints.small[node.place as usize - adjoints.start];
    let size = if SIZED { adjoints.sizes[node.place as usize - adjoints.start] } else { 0.0 };
    let mut ratio = 1.0;
    if SIZED && size != g.abs() {
        ratio = size / g.abs();
        if g == 0.0 && matches!(node.row.op, Op::Map1(_) | Op::Map2(_)) {
            ratio = 0.0;
            adjoints.add_sizes(tape, reach, at);
        }
    }
    match &node.row.op {
        Op::Leaf => true,
        Op::Map1(op) => {
            // a source of its own may have an operand that no source reaches
            let (Some(rule), false, true) = (&op.rule, is_absent(g), reach.has(NodeId(node.operands[0]))) else {
                return true;
            };
            let x = &tape.nodes[node.operands[0] as usize];
            let (own, y) = (tape.arena[x.place as usize], tape.arena[node.place as usize]);
            let pull = |g: f64| (rule.pull)(g, own, y);
            let value = pull(g);
            adjoints.add::<SIZED>(x, value, ratio);
            let has_vanished = || value == 0.0 && g != 0.0 && (linear.has_vanished)(node.row, 0, [own, own], y);
            if SIZED && (leaves_range(g, value, pull) || has_vanished()) {
                adjoints.doubt(x);
            }
            true
        }
        Op::Map2(op) => {
            if is_absent(g) {
                return true;
            }
            let [a, b] = node.operands.map(|operand| &tape.nodes[operand as usize]);
            let (x, z) = (tape.arena[a.place as usize], tape.arena[b.place as usize]);
            let y = tape.arena[node.place as usize];
            let reached = node.operands.map(|operand| reach.has(NodeId(operand)));
            let has_vanished = |which: usize, value: f64| {
                value == 0.0 && g != 0.0 && (linear.has_vanished)(node.row, which, [x, z], y)
            };
            if let (Some(pull), [true, true]) = (op.pull, reached) {
                let (to_a, to_b) = pull(g, x, z, y);
                adjoints.add::<SIZED>(a, to_a, ratio);
                adjoints.add::<SIZED>(b, to_b, ratio);
                if SIZED && (leaves_range(g, to_a, |g| pull(g, x, z, y).0) || has_vanished(0, to_a)) {
                    adjoints.doubt(a);
                }
                if SIZED && (leaves_range(g, to_b, |g| pull(g, x, z, y).1) || has_vanished(1, to_b)) {
                    adjoints.doubt(b);
                }
                return true;
            }
            for (which, to) in [a, b].into_iter().enumerate() {
                if let (Some(rule), true) = (&op.rules[which], reached[which]) {
                    let pull = |g: f64| (rule.pull)(g, x, z, y);
                    let value = pull(g);
                    adjoints.add::<SIZED>(to, value, ratio);
                    if SIZED && (leaves_range(g, value, pull) || has_vanished(which, value)) {
                        adjoints.doubt(to);
                    }
                }
            }
            true
        }
        _ => false,
    }
}

/// Whether an adjoint leaves the range of f64 on its way through an operation. It may come back later, as in the slope
/// -2x/(1 + x²)² of 1/(1 + x²) at 1e100.
#[inline(always)]
fn leaves_range(g: f64, value: f64, pull: impl Fn(f64) -> f64) -> bool {
    /// Takes what fell below the smallest number up again; a slope that is 0 stays 0.
    const LIFT: f64 = 4.149_515_568_880_993e180; // 2⁶⁰⁰
    let is_ordinary = value.abs() >= f64::MIN_POSITIVE && value.is_finite();
    !is_ordinary && g != 0.0 && (value != 0.0 || pull(g * LIFT) != 0.0)
}

/// Elementwise rows on tensors: the rule runs over slices, broadcasting is undone at the end.
fn pull_elementwise(tape: &Tape, node: &Node, reach: &Reach, adjoints: &mut Adjoints) {
    let shape = &tape.shapes[node.shape.0 as usize];
    let ids = tape.operand_ids(node);
    let shape_of = |node: &Node| &tape.shapes[node.shape.0 as usize];
    let operands = ids.iter().map(|&id| &tape.nodes[id as usize]);
    let values: SmallVec<[Cow<[f64]>; 3]> = operands
        .clone()
        .map(|operand| match operand.shape == node.shape {
            true => tape.node_data(operand).into(),
            false => expanded(shape_of(operand), tape.node_data(operand), shape),
        })
        .collect();
    let y = tape.node_data(node);
    for (which, operand) in operands.enumerate().filter(|(which, _)| reach.has(NodeId(ids[*which]))) {
        let (g, to) = adjoints.pair(tape, node, operand);
        if operand.shape == node.shape {
            pull_slices(node.row, which, &g, &values, y, to);
        } else {
            let mut wide = vec![ABSENT; y.len()];
            pull_slices(node.row, which, &g, &values, y, &mut wide);
            add_reduced(&wide, shape, shape_of(operand), to);
        }
    }
}

fn pull_slices(row: &Row, which: usize, g: &[f64], values: &[Cow<[f64]>], y: &[f64], to: &mut [f64]) {
    match (&row.op, values) {
        (Op::Map1(op), [x]) => {
            if let Some(rule) = &op.rule {
                (rule.add)(g, x, y, to);
            }
        }
        (Op::Map2(op), [a, b]) => {
            if let Some(rule) = &op.rules[which] {
                (rule.add)(g, a, b, y, to);
            }
        }
        (Op::Map3(op), [a, b, c]) => {
            let Some(rule) = &op.rules[which] else { return };
            let element = super::element;
            for (i, (to, &g)) in to.iter_mut().zip(g).enumerate() {
                *to += (rule.pull)(g, element(a, i), element(b, i), element(c, i));
            }
        }
        _ => unreachable!("{} is elementwise", row.name),
    }
}

/// Adds `wide`, of shape `from`, to `to`, of a shape that was broadcast to `from`.
fn add_reduced(wide: &[f64], from: &Shape, shape: &Shape, to: &mut [f64]) {
    if to.len() == 1 {
        to[0] += crate::kernels::sum(wide);
        return;
    }
    let sums = crate::kernels::sum_to(wide, from, shape);
    for (to, sum) in to.iter_mut().zip(sums) {
        *to += sum;
    }
}

/// Rows that bring their rule as numbers.
fn pull_plain(
    tape: &Tape,
    node: &Node,
    pull: super::row::PullPlain,
    reach: &Reach,
    adjoints: &mut Adjoints,
) -> Result<(), TapeError> {
    let ids = tape.operand_ids(node);
    let operand = |&id: &u32| {
        let operand = &tape.nodes[id as usize];
        Operand { shape: &tape.shapes[operand.shape.0 as usize], data: tape.node_data(operand) }
    };
    let inputs: Vec<Operand> = ids.iter().map(operand).collect();
    let attr = match node.attr {
        super::NO_ATTR => &Attr::None,
        index => &tape.attrs[index as usize],
    };
    for (which, &id) in ids.iter().enumerate().filter(|(_, id)| reach.has(NodeId(**id))) {
        let (g, to) = adjoints.pair(tape, node, &tape.nodes[id as usize]);
        pull(&g, &inputs, tape.node_data(node), attr, which, to)?;
    }
    Ok(())
}

/// Other rows that are not elementwise have one form of their rule: record it at the end of the tape, read the values,
/// forget.
fn pull_by_recording(
    tape: &mut Tape,
    linear: &Linear,
    id: NodeId,
    reach: &Reach,
    adjoints: &mut Adjoints,
) -> Result<(), TapeError> {
    let mark = tape.mark();
    let node = tape.nodes[id.index()];
    let g = adjoints.get(tape, &node).expect("checked by the caller").to_vec();
    let g = tape.constant_tensor(&Tensor::new(tape.shape(id).clone(), g));
    tape.set_masked(g);
    let mut pulled: Vec<(NodeId, NodeId)> = Vec::new();
    let recorder = Recorder::take(tape);
    pull_recorded(&recorder, linear, id, g, reach, |operand, result| pulled.push((operand, result.id)));
    recorder.release()?;
    for (operand, result) in pulled {
        let keep_zeros = tape.nodes[result.index()].masked;
        let (_, to) = adjoints.pair(tape, &node, &tape.nodes[operand.index()]);
        for (to, &value) in to.iter_mut().zip(tape.data(result)) {
            *to += if keep_zeros { value } else { value + 0.0 };
        }
    }
    tape.truncate(mark);
    Ok(())
}
