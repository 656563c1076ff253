//! From a graph to steps: what fuses into one pass, what must be stored, where everything lies.
//!
//! Elementwise nodes of one size that need nothing but each other (and what is finished before) run as one loop, sums
//! of them included; scalars run as one list of instructions; any other row is called as it is. What a later pass
//! needs of an earlier one is stored, or computed again where storing would cost memory the size of a big tensor.

use crate::ops;
use crate::tape::{Attr, Row};
use crate::tensor::{Shape, Tensor};

use super::code::{
    Code, DIRECT, Instruction, MOST_DIRECT, assign_registers, chain, join_pairs, numbers_second, pair_functions,
    store_directly,
};
use super::graph::{Graph, Id, Kind, is_elementwise};
use super::pipeline::{Pipeline, pipelined};
use super::quick::QuickMap;
use super::view::{View, broadcast, resolve};

/// Elementwise results of more elements than this are computed again in a later pass rather than stored.
const RECOMPUTE_ABOVE: usize = 1 << 15;

/// What costs more than so many arithmetic instructions to compute again is stored all the same.
const MOST_AGAIN: u32 = 32;

/// Longer loops are put together in the order of the tape.
const DEEP: usize = 1000;

/// Where a value lies while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Slot(u32),
    Buffer { index: u32, offset: usize, len: usize },
}

/// One pass over elements: instructions on blocks of them.
pub struct Loop {
    pub size: usize,
    pub registers: u32,
    /// Registers that hold one number throughout.
    pub splats: Vec<(u32, u32)>,
    pub loads: Vec<(Place, View)>,
    /// Buffers written.
    pub stores: Vec<u32>,
    /// Slots that receive sums.
    pub sums: Vec<u32>,
    pub code: Vec<Instruction>,
}

/// A row called as it is.
pub struct Call {
    pub row: &'static Row,
    pub attr: Attr,
    pub operands: Vec<(Place, Shape)>,
    pub shape: Shape,
    pub to: Place,
}

pub enum Step {
    Points(Vec<Instruction>),
    Loop(Loop),
    Pipeline(Pipeline),
    Call(Call),
    /// Element of a buffer to a slot.
    Pick {
        buffer: u32,
        at: usize,
        slot: u32,
    },
}

/// A program before it has memory.
pub struct Plan {
    pub steps: Vec<Step>,
    pub slots: u32,
    /// Sizes of the buffers.
    pub buffers: Vec<usize>,
    pub inputs: Vec<Place>,
    pub outputs: Vec<Place>,
    pub numbers: Vec<(u32, f64)>,
    pub tensors: Vec<(u32, Tensor)>,
}

/// A graph of scalars as one loop over points: load `i` reads input `i`, output `i` is store `i`, and a splat names the
/// node of its constant. `None` if anything in the graph is no scalar or no elementwise row.
pub fn over_points(graph: &Graph, points: usize) -> Option<Loop> {
    let fits =
        |node: &super::graph::Node| node.shape.is_scalar() && node.row().is_none_or(|row| Code::of(row).is_some());
    if !graph.nodes.iter().all(fits) {
        return None;
    }
    let mut fusion = Fusion::new(points);
    let mut values = vec![0; graph.nodes.len()];
    for (number, &id) in graph.inputs.iter().enumerate() {
        let place = Place::Buffer { index: number as u32, offset: 0, len: points };
        values[id as usize] = fusion.load(place, View::Flat { offset: 0 });
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        match node.kind {
            Kind::Input => {}
            Kind::Constant(_) => values[at] = fusion.splat(at as u32),
            Kind::Op(row) => {
                let mut operands = [0; 3];
                for (slot, operand) in operands.iter_mut().zip(&node.operands) {
                    *slot = values[*operand as usize];
                }
                values[at] = fusion.fresh();
                fusion.emit(Code::of(row)?, values[at], operands);
            }
        }
    }
    for (number, &id) in graph.outputs.iter().enumerate() {
        fusion.stores.push(number as u32);
        fusion.emit(Code::Store, number as u32, [values[id as usize], 0, 0]);
    }
    Some(fusion.finish())
}

/// What becomes of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Leaf,
    Elementwise,
    /// The sum of all elements.
    Sum,
    /// Elements of another node where they are.
    View,
    Call,
}

struct Planner<'g> {
    graph: &'g Graph,
    class: Vec<Class>,
    /// Passes in order; a node uses only what stands in earlier ones, or beside it in its own loop.
    stage: Vec<u32>,
    /// Must lie in memory.
    stored: Vec<bool>,
    /// Too much to compute again, counted from the nearest others of that kind.
    is_costly: Vec<bool>,
    /// A scalar that something outside its list of instructions reads.
    shared: Vec<bool>,
    place: Vec<Option<Place>>,
    picks: QuickMap<(Id, usize), (u32, u32)>,
    buffers: Vec<usize>,
    slots: u32,
    /// Slots from here on are temporary.
    lasting: u32,
}

/// Plans a graph.
pub fn plan(graph: &Graph) -> Plan {
    let count = graph.nodes.len();
    let mut planner = Planner {
        graph,
        class: graph.nodes.iter().enumerate().map(|(id, _)| classify(graph, id as Id)).collect(),
        stage: vec![0; count],
        stored: vec![false; count],
        is_costly: vec![false; count],
        shared: vec![false; count],
        place: vec![None; count],
        picks: QuickMap::default(),
        buffers: Vec::new(),
        slots: 0,
        lasting: 0,
    };
    planner.find_stages();
    planner.find_costly();
    planner.find_stored();
    planner.place_values();
    planner.finish()
}

fn classify(graph: &Graph, id: Id) -> Class {
    let node = graph.node(id);
    let Kind::Op(row) = node.kind else { return Class::Leaf };
    if is_elementwise(row) {
        let fits = |&operand: &Id| graph.node(operand).size == 1 || broadcast(graph, operand, &node.shape).is_some();
        return if node.operands.iter().all(fits) { Class::Elementwise } else { Class::Call };
    }
    let operand = node.operands.first().map(|&id| graph.node(id).size);
    let is_sum = std::ptr::eq(row, &ops::SUM) || std::ptr::eq(row, &ops::SUM_TO);
    if is_sum && node.size == 1 && operand.is_some_and(|size| size > 1) {
        return Class::Sum;
    }
    if resolve(graph, id).0 != id { Class::View } else { Class::Call }
}

impl Planner<'_> {
    fn class(&self, id: Id) -> Class {
        self.class[id as usize]
    }

    fn size(&self, id: Id) -> usize {
        self.graph.node(id).size
    }

    /// The operand of an elementwise result (or of a sum) of shape `to`.
    fn operand(&self, id: Id, to: &Shape) -> (Id, View) {
        if self.size(id) == 1 {
            return resolve(self.graph, id);
        }
        broadcast(self.graph, id, to).unwrap_or((id, View::Flat { offset: 0 }))
    }

    /// Whether a loop over `size` elements computes this operand itself.
    fn is_inner(&self, base: Id, view: View, size: usize) -> bool {
        self.class(base) == Class::Elementwise && self.size(base) == size && view == (View::Flat { offset: 0 })
    }

    /// Sizes of the loop a node takes part in: its own, or that of what it sums.
    fn loop_shape(&self, id: Id) -> &Shape {
        let node = self.graph.node(id);
        if self.class(id) == Class::Sum { &self.graph.node(node.operands[0]).shape } else { &node.shape }
    }

    fn find_stages(&mut self) {
        for at in 0..self.graph.nodes.len() {
            let node = &self.graph.nodes[at];
            self.stage[at] = match self.class[at] {
                Class::Leaf => 0,
                Class::Elementwise | Class::Sum => {
                    let shape = self.loop_shape(at as Id);
                    let size = shape.size();
                    let after = node.operands.iter().map(|&operand| {
                        let (base, view) = self.operand(operand, shape);
                        // scalars of a stage are computed before its loops
                        let is_ready = self.size(base) == 1 && self.class(base) == Class::Elementwise;
                        let is_there = is_ready || self.is_inner(base, view, size);
                        self.stage[base as usize] + !is_there as u32
                    });
                    after.max().unwrap_or(0).max(1)
                }
                Class::View => self.stage[resolve(self.graph, at as Id).0 as usize] + 1,
                Class::Call => {
                    let after = self.read(at as Id).map(|(operand, _)| self.stage[self.whole(operand) as usize] + 1);
                    after.max().unwrap_or(0).max(1)
                }
            };
        }
    }

    /// The node whose memory holds a whole operand of a call: itself where its elements must be copied out.
    fn whole(&self, id: Id) -> Id {
        match resolve(self.graph, id) {
            (base, View::Flat { .. }) => base,
            _ => id,
        }
    }

    /// The operands of a call, where their elements lie: a product takes the transposed of a matrix as the matrix
    /// itself, in the opposite order.
    fn read(&self, call: Id) -> impl Iterator<Item = (Id, bool)> {
        let node = self.graph.node(call);
        let is_product = node.row().is_some_and(|row| std::ptr::eq(row, &ops::MATMUL));
        node.operands.iter().map(move |&id| {
            let operand = self.graph.node(id);
            let is_transposed = operand.row().is_some_and(|row| std::ptr::eq(row, &ops::TRANSPOSE));
            match is_product && is_transposed && ops::turns_matrices(&operand.attr) {
                true => (operand.operands[0], true),
                false => (id, false),
            }
        })
    }

    fn find_costly(&mut self) {
        let mut costs = vec![0; self.graph.nodes.len()];
        for at in 0..costs.len() {
            if self.class[at] != Class::Elementwise || self.size(at as Id) <= RECOMPUTE_ABOVE {
                continue;
            }
            let node = &self.graph.nodes[at];
            let own = match node.row().and_then(Code::of) {
                Some(Code::Map1(..) | Code::Map2(..) | Code::Map3(..)) => 6,
                _ => 1,
            };
            let before = node.operands.iter().map(|&operand| {
                let (base, view) = self.operand(operand, &node.shape);
                if self.is_inner(base, view, node.size) { costs[base as usize] } else { 0 }
            });
            let cost = own + before.sum::<u32>();
            self.is_costly[at] = cost > MOST_AGAIN;
            costs[at] = if self.is_costly[at] { 0 } else { cost };
        }
    }

    fn find_stored(&mut self) {
        for &output in &self.graph.outputs {
            let whole = self.whole(output);
            self.stored[whole as usize] = true;
            self.shared[whole as usize] = true;
        }
        for at in (0..self.graph.nodes.len()).rev() {
            let node = &self.graph.nodes[at];
            match self.class[at] {
                Class::Leaf => {}
                Class::View if !self.stored[at] => {}
                Class::View | Class::Call => {
                    for whole in self.read(at as Id).map(|(operand, _)| self.whole(operand)).collect::<Vec<_>>() {
                        self.stored[whole as usize] = true;
                        self.shared[whole as usize] = true;
                    }
                }
                Class::Elementwise | Class::Sum => {
                    let shape = self.loop_shape(at as Id).clone();
                    for &operand in &node.operands {
                        let (base, view) = self.operand(operand, &shape);
                        let inner = self.is_inner(base, view, shape.size());
                        let beside = inner && self.stage[base as usize] == self.stage[at];
                        let again = inner && shape.size() > RECOMPUTE_ABOVE && !self.is_costly[base as usize];
                        if !beside {
                            self.shared[base as usize] = true;
                            self.stored[base as usize] |= !again;
                        }
                    }
                }
            }
        }
    }

    fn new_slot(&mut self) -> u32 {
        self.slots += 1;
        self.slots - 1
    }

    fn new_buffer(&mut self, len: usize) -> Place {
        self.buffers.push(len);
        Place::Buffer { index: self.buffers.len() as u32 - 1, offset: 0, len }
    }

    /// Gives every value that must last a place.
    fn place_values(&mut self) {
        for at in 0..self.graph.nodes.len() {
            let size = self.graph.nodes[at].size;
            // a call nobody needs does not run
            let needed = match self.class[at] {
                Class::Leaf | Class::Sum => true,
                Class::Call | Class::View => self.stored[at],
                Class::Elementwise => self.stored[at] && (size != 1 || self.shared[at]),
            };
            if needed {
                self.place[at] = Some(if size == 1 { Place::Slot(self.new_slot()) } else { self.new_buffer(size) });
            }
        }
    }

    /// Where a scalar operand lies; picks it out of a buffer if need be, before stage `stage`.
    fn scalar_slot(&mut self, id: Id, stage: u32) -> Option<u32> {
        let (base, view) = resolve(self.graph, id);
        if self.size(base) == 1 {
            return match self.place[base as usize] {
                Some(Place::Slot(slot)) => Some(slot),
                _ => None,
            };
        }
        let at = view.only();
        if let Some((slot, earliest)) = self.picks.get_mut(&(base, at)) {
            *earliest = (*earliest).min(stage);
            return Some(*slot);
        }
        let slot = self.new_slot();
        self.picks.insert((base, at), (slot, stage));
        Some(slot)
    }

    fn finish(mut self) -> Plan {
        let mut groups: QuickMap<(u32, usize), Vec<Id>> = QuickMap::default();
        let mut calls: Vec<(u32, Id)> = Vec::new();
        for at in 0..self.graph.nodes.len() as Id {
            let stage = self.stage[at as usize];
            match self.class(at) {
                Class::Leaf => {}
                Class::View if !self.stored[at as usize] => {}
                Class::View | Class::Call => calls.push((stage, at)),
                Class::Elementwise | Class::Sum => {
                    groups.entry((stage, self.loop_shape(at).size())).or_default().push(at);
                }
            }
        }
        let mut keys: Vec<(u32, usize)> = groups.keys().copied().collect();
        keys.sort_unstable();
        // picks found on the way get slots after all others have theirs, so operands of scalars are looked up first
        for &(stage, size) in &keys {
            for &id in &groups[&(stage, size)] {
                for &operand in &self.graph.node(id).operands {
                    if self.size(operand) == 1 {
                        self.scalar_slot(operand, stage);
                    }
                }
            }
        }
        self.lasting = self.slots;
        let mut steps: Vec<(u32, u8, Step)> = Vec::new();
        for key in keys {
            let ids = &groups[&key];
            let step = if key.1 == 1 { Some(self.points(ids, key.0)) } else { self.fused(ids, key.0) };
            steps.extend(step.map(|step| (key.0, 1, step)));
        }
        for (stage, id) in calls {
            if let Some(call) = self.call(id) {
                steps.push((stage, 1, Step::Call(call)));
            }
        }
        for (&(base, at), &(slot, stage)) in &self.picks {
            if let Some(Place::Buffer { index, .. }) = self.place[base as usize] {
                steps.push((stage, 0, Step::Pick { buffer: index, at, slot }));
            }
        }
        // stable: the scalars of a stage are the first of the keys, and its loops may read them
        steps.sort_by_key(|(stage, kind, _)| (*stage, *kind));
        let mut plan = Plan {
            steps: pipelined(steps.into_iter().map(|(.., step)| step).collect()),
            slots: self.slots,
            inputs: Vec::new(),
            outputs: Vec::new(),
            numbers: Vec::new(),
            tensors: Vec::new(),
            buffers: Vec::new(),
        };
        for (at, node) in self.graph.nodes.iter().enumerate() {
            match (&node.kind, self.place[at]) {
                (Kind::Constant(tensor), Some(Place::Slot(slot))) => plan.numbers.push((slot, tensor.data()[0])),
                (Kind::Constant(tensor), Some(Place::Buffer { index, .. })) => {
                    plan.tensors.push((index, tensor.clone()))
                }
                _ => {}
            }
        }
        plan.inputs = self.graph.inputs.iter().filter_map(|&id| self.place[id as usize]).collect();
        plan.outputs = self.graph.outputs.iter().map(|&id| self.whole_place(id)).collect();
        plan.buffers = self.buffers;
        reuse_buffers(&mut plan);
        plan
    }

    /// Where the elements of an operand of a call, or of an output, lie.
    fn whole_place(&self, id: Id) -> Place {
        let size = self.size(id);
        let (base, view) = resolve(self.graph, id);
        match (view, self.place[base as usize]) {
            (View::Flat { offset }, Some(Place::Buffer { index, .. })) => Place::Buffer { index, offset, len: size },
            (View::Flat { .. }, Some(place)) => place,
            _ => self.place[id as usize].expect("what is copied out has a place"),
        }
    }

    fn call(&self, id: Id) -> Option<Call> {
        let node = self.graph.node(id);
        let row = node.row()?;
        let places = self.read(id).map(|(id, _)| self.whole_place(id));
        let shapes = node.operands.iter().map(|&id| self.graph.node(id).shape.clone());
        let mut turned = self.read(id).map(|(_, is_turned)| is_turned);
        let attr = match [turned.next(), turned.next()] {
            both @ ([Some(true), _] | [_, Some(true)]) => Attr::Turned(both.map(|turned| turned == Some(true))),
            _ => node.attr.clone(),
        };
        Some(Call {
            row,
            attr,
            operands: places.zip(shapes).collect(),
            shape: node.shape.clone(),
            to: self.place[id as usize]?,
        })
    }

    /// Scalars of one stage as instructions over slots. Values that nobody else reads get slots above the lasting
    /// ones, shared by all lists.
    fn points(&mut self, ids: &[Id], stage: u32) -> Step {
        let mut code = Vec::with_capacity(ids.len());
        let lasting = self.lasting;
        let mut local: QuickMap<Id, u32> = QuickMap::default();
        let mut next = lasting;
        for &id in ids {
            let node = self.graph.node(id);
            let mut operands = [0; 3];
            for (slot, &operand) in operands.iter_mut().zip(&node.operands) {
                let (base, _) = resolve(self.graph, operand);
                *slot = match local.get(&base) {
                    Some(value) => *value,
                    None => self.scalar_slot(operand, stage).expect("an operand was computed before"),
                };
            }
            let dst = match self.place[id as usize] {
                Some(Place::Slot(slot)) => slot,
                _ => {
                    local.insert(id, next);
                    next += 1;
                    next - 1
                }
            };
            let Some(code_of) = node.row().and_then(Code::of) else { continue };
            code.push(Instruction { code: code_of, dst, a: operands[0], b: operands[1], c: operands[2] });
        }
        pair_functions(&mut code, |value| value >= lasting);
        join_pairs(&mut code, |value| value >= lasting);
        let used = assign_registers(&mut code, lasting);
        chain(&mut code);
        self.temporaries(used);
        Step::Points(code)
    }

    fn temporaries(&mut self, used: u32) {
        self.slots = self.slots.max(used);
    }

    /// Elementwise nodes of one size and stage as one loop; nothing if nobody needs it in memory.
    fn fused(&mut self, ids: &[Id], stage: u32) -> Option<Step> {
        let roots: Vec<Id> =
            ids.iter().copied().filter(|&id| self.class(id) == Class::Sum || self.stored[id as usize]).collect();
        if roots.is_empty() {
            return None;
        }
        let shape = self.loop_shape(roots[0]).clone();
        let mut fusion = Fusion::new(shape.size());
        if ids.len() > DEEP {
            // in their own order, lest a long chain is followed down to its beginning
            for &id in ids.iter().filter(|&&id| self.class(id) == Class::Elementwise) {
                self.computed(&mut fusion, id, stage);
            }
        }
        for &id in &roots {
            let node = self.graph.node(id);
            if self.class(id) == Class::Sum {
                let value = self.value(&mut fusion, node.operands[0], self.loop_shape(id), stage);
                let Some(Place::Slot(slot)) = self.place[id as usize] else { continue };
                fusion.sums.push(slot);
                fusion.emit(Code::Sum, fusion.sums.len() as u32 - 1, [value, 0, 0]);
            } else {
                let value = self.computed(&mut fusion, id, stage);
                let Some(Place::Buffer { index, .. }) = self.place[id as usize] else { continue };
                fusion.stores.push(index);
                fusion.emit(Code::Store, fusion.stores.len() as u32 - 1, [value, 0, 0]);
            }
        }
        Some(Step::Loop(fusion.finish()))
    }

    /// The register of an operand of a result of shape `to`.
    fn value(&self, fusion: &mut Fusion, id: Id, to: &Shape, stage: u32) -> u32 {
        if self.size(id) == 1 {
            let (base, view) = resolve(self.graph, id);
            let slot = match self.place[base as usize] {
                Some(Place::Slot(slot)) => slot,
                _ => self.picks[&(base, view.only())].0,
            };
            return fusion.splat(slot);
        }
        let (base, view) = self.operand(id, to);
        if let (Some(Place::Slot(slot)), View::Flat { .. } | View::Repeat { .. }) = (self.place[base as usize], view) {
            return fusion.splat(slot);
        }
        let inner = self.is_inner(base, view, fusion.size);
        if inner && (self.stage[base as usize] == stage || !self.stored[base as usize]) {
            return self.computed(fusion, base, stage);
        }
        fusion.load(self.place[base as usize].expect("what another pass computed is stored"), view)
    }

    /// The register of an elementwise node, computed here.
    fn computed(&self, fusion: &mut Fusion, id: Id, stage: u32) -> u32 {
        if let Some(&value) = fusion.known.get(&id) {
            return value;
        }
        let node = self.graph.node(id);
        let mut operands = [0; 3];
        for (slot, &operand) in operands.iter_mut().zip(&node.operands) {
            *slot = self.value(fusion, operand, &node.shape, stage);
        }
        let code = node.row().and_then(Code::of).expect("elementwise rows have instructions");
        let value = fusion.fresh();
        fusion.emit(code, value, operands);
        fusion.known.insert(id, value);
        value
    }
}

/// A loop being put together: values are numbered, registers come at the end.
pub struct Fusion {
    size: usize,
    code: Vec<Instruction>,
    known: QuickMap<Id, u32>,
    loads: Vec<(Place, View)>,
    loaded: QuickMap<(Place, View), u32>,
    splats: Vec<(u32, u32)>,
    stores: Vec<u32>,
    sums: Vec<u32>,
    next: u32,
}

/// Values that are one number throughout are numbered from here, until it is known how many there are.
const SPLATS: u32 = 1 << 31;

impl Fusion {
    pub fn new(size: usize) -> Fusion {
        Fusion {
            size,
            code: Vec::new(),
            known: QuickMap::default(),
            loads: Vec::new(),
            loaded: QuickMap::default(),
            splats: Vec::new(),
            stores: Vec::new(),
            sums: Vec::new(),
            next: 0,
        }
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn emit(&mut self, code: Code, dst: u32, [a, b, c]: [u32; 3]) {
        self.code.push(Instruction { code, dst, a, b, c });
    }

    fn splat(&mut self, slot: u32) -> u32 {
        let at = self.splats.iter().position(|(_, other)| *other == slot).unwrap_or_else(|| {
            self.splats.push((0, slot));
            self.splats.len() - 1
        });
        SPLATS + at as u32
    }

    fn load(&mut self, place: Place, view: View) -> u32 {
        if let Some(value) = self.loaded.get(&(place, view)) {
            return *value;
        }
        let number = self.loads.len() as u32;
        self.loads.push((place, view));
        let value = if self.loads.len() <= MOST_DIRECT {
            DIRECT + number
        } else {
            let value = self.fresh();
            self.emit(Code::Load, value, [number, 0, 0]);
            value
        };
        self.loaded.insert((place, view), value);
        value
    }

    fn finish(mut self) -> Loop {
        let pinned = self.splats.len() as u32;
        let number = |value: &mut u32| {
            *value = match *value {
                splat @ SPLATS.. => splat - SPLATS,
                direct @ DIRECT.. => direct,
                value => value + pinned,
            }
        };
        for instruction in &mut self.code {
            if instruction.code.writes() {
                instruction.dst += pinned;
            }
            let count = instruction.code.reads();
            let operands = [&mut instruction.a, &mut instruction.b, &mut instruction.c];
            operands.into_iter().take(count).for_each(number);
        }
        pair_functions(&mut self.code, |_| true);
        join_pairs(&mut self.code, |_| true);
        store_directly(&mut self.code);
        numbers_second(&mut self.code, pinned);
        let registers = assign_registers(&mut self.code, pinned);
        for (at, (register, _)) in self.splats.iter_mut().enumerate() {
            *register = at as u32;
        }
        Loop {
            size: self.size,
            registers,
            splats: self.splats,
            loads: self.loads,
            stores: self.stores,
            sums: self.sums,
            code: self.code,
        }
    }
}

/// Lets buffers that are done with serve again.
fn reuse_buffers(plan: &mut Plan) {
    let mut last_use = vec![0; plan.buffers.len()];
    let mut pinned = vec![false; plan.buffers.len()];
    for place in plan.inputs.iter().chain(&plan.outputs) {
        if let Place::Buffer { index, .. } = place {
            pinned[*index as usize] = true;
        }
    }
    plan.tensors.iter().for_each(|(index, _)| pinned[*index as usize] = true);
    for (at, step) in plan.steps.iter_mut().enumerate() {
        step.each_buffer(&mut |index, _| last_use[*index as usize] = at);
    }
    let mut places: Vec<Option<u32>> = vec![None; plan.buffers.len()];
    let mut sizes: Vec<usize> = Vec::new();
    let mut free: QuickMap<usize, Vec<u32>> = QuickMap::default();
    for index in (0..pinned.len()).filter(|&index| pinned[index]) {
        places[index] = Some(sizes.len() as u32);
        sizes.push(plan.buffers[index]);
    }
    let mut is_done = vec![false; plan.buffers.len()];
    for (at, step) in plan.steps.iter_mut().enumerate() {
        let mut done = Vec::new();
        step.each_buffer(&mut |index, _| {
            let virtual_index = *index as usize;
            let size = plan.buffers[virtual_index];
            let place = *places[virtual_index].get_or_insert_with(|| {
                free.get_mut(&size).and_then(Vec::pop).unwrap_or_else(|| {
                    sizes.push(size);
                    sizes.len() as u32 - 1
                })
            });
            if last_use[virtual_index] == at && !pinned[virtual_index] && !is_done[virtual_index] {
                is_done[virtual_index] = true;
                done.push((size, place));
            }
            *index = place;
        });
        done.into_iter().for_each(|(size, place)| free.entry(size).or_default().push(place));
    }
    let moved = |place: &mut Place| {
        if let Place::Buffer { index, .. } = place {
            *index = places[*index as usize].expect("inputs and outputs have buffers");
        }
    };
    plan.inputs.iter_mut().for_each(moved);
    plan.outputs.iter_mut().for_each(moved);
    plan.tensors.iter_mut().for_each(|(index, _)| *index = places[*index as usize].expect("constants have buffers"));
    plan.buffers = sizes;
}

impl Place {
    fn buffer(&mut self) -> Option<&mut u32> {
        match self {
            Place::Buffer { index, .. } => Some(index),
            Place::Slot(_) => None,
        }
    }
}

impl Loop {
    fn each_buffer(&mut self, visit: &mut dyn FnMut(&mut u32, bool)) {
        let loads = self.loads.iter_mut().map(|(place, _)| place);
        loads.filter_map(Place::buffer).for_each(|index| visit(index, false));
        self.stores.iter_mut().for_each(|index| visit(index, true));
    }
}

impl Step {
    /// Every buffer the step names, and whether it is written; those read come first.
    fn each_buffer(&mut self, visit: &mut dyn FnMut(&mut u32, bool)) {
        match self {
            Step::Points(_) => {}
            Step::Loop(pass) => pass.each_buffer(visit),
            Step::Pipeline(pipeline) => pipeline.passes.iter_mut().for_each(|pass| pass.each_buffer(visit)),
            Step::Call(call) => {
                let operands = call.operands.iter_mut().map(|(place, _)| place);
                for (place, is_written) in operands.map(|place| (place, false)).chain([(&mut call.to, true)]) {
                    if let Some(index) = place.buffer() {
                        visit(index, is_written);
                    }
                }
            }
            Step::Pick { buffer, .. } => visit(buffer, false),
        }
    }
}
