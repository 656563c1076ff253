//! The body of a loop, compiled: one turn forward, and one turn of its adjoint.

use std::cell::RefCell;

use super::super::copy::copy;
use super::super::graph::Graph;
use super::super::{Program, Scalars, point};
use super::Items;
use super::stream::{Places, Streams, Traced};
use super::tangent::{Plain, Tangent};
use crate::interrupt;
use crate::ops::{self, LINEAR};
use crate::tape::{Attr, Cotangent, NodeId, Seed, Tape, TapeError, gradient};
use crate::tensor::{Shape, Tensor};

/// One turn as it was recorded.
pub struct Turn<'t> {
    /// What it takes from the turn before, and what it hands on.
    pub carried: &'t [NodeId],
    pub next: &'t [NodeId],
    /// Which of the carried values depend on a variable before the first turn.
    pub connected: &'t [bool],
    /// The loop variable.
    pub item: Option<NodeId>,
    /// Elements of each tensor from outside of which it takes parts that move with the loop variable; 0 where nobody
    /// asks for its cotangent.
    pub bases: &'t [usize],
    /// Those parts.
    pub streams: &'t [Traced],
    /// Everything else that it uses from outside.
    pub params: &'t [NodeId],
    /// Nodes whose values decided its way.
    pub guards: &'t [NodeId],
}

/// One turn, compiled. The inputs of its programs are the carried values, the loop variable, the streams, the
/// parameters, and for the adjoint the cotangents of what is handed on.
pub struct Body {
    pub(super) graph: Graph,
    forward: RefCell<Program>,
    adjoint: RefCell<Program>,
    /// A turn with its tangents, where that takes less than the way back.
    pub(super) tangent: Option<RefCell<Tangent>>,
    /// Makes the cotangents of the parameters of what the adjoint gives for them, once all turns are summed.
    assembly: RefCell<Program>,
    /// Elements of each carried value.
    pub(super) sizes: Vec<usize>,
    pub(super) shapes: Vec<Shape>,
    pub(super) has_item: bool,
    pub(super) streams: Streams,
    /// Which streams have a cotangent, in their order.
    swept: Vec<usize>,
    /// Elements of each tensor that streams are taken from; 0 where nobody asks for its cotangent.
    pub(super) bases: Vec<usize>,
    /// Elements of each parameter.
    pub(super) params: Vec<usize>,
    /// What the guards must be for a turn to go the recorded way.
    guards: Vec<f64>,
}

/// Values of what a loop uses from outside, as elements.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    pub bases: &'a [&'a [f64]],
    pub params: &'a [&'a [f64]],
}

/// Sums of cotangents over the turns.
pub(super) struct Sums {
    pub bases: Vec<Vec<f64>>,
    /// What the cotangents of the parameters are put together from.
    pub parts: Vec<Vec<f64>>,
}

impl Body {
    /// Compiles a turn. `None` where a value changes its shape on the way, or a guard is no number.
    pub fn compile(tape: &Tape, turn: &Turn) -> Result<Option<Body>, TapeError> {
        let shapes: Vec<Shape> = turn.carried.iter().map(|&id| tape.shape(id).clone()).collect();
        if turn.next.iter().zip(&shapes).any(|(&id, shape)| tape.shape(id) != shape)
            || turn.guards.iter().any(|&id| !tape.is_scalar(id))
        {
            return Ok(None);
        }
        let sources = turn.streams.iter().map(|stream| &stream.source);
        let inputs: Vec<NodeId> =
            turn.carried.iter().chain(&turn.item).chain(sources).chain(turn.params).copied().collect();
        let outputs: Vec<NodeId> = turn.next.iter().chain(turn.guards).copied().collect();
        let graph = Graph::of_tape(tape, &inputs, &outputs);
        let is_swept = |&stream: &usize| turn.bases[turn.streams[stream].base] > 0;
        let swept: Vec<usize> = (0..turn.streams.len()).filter(is_swept).collect();
        let first_stream = turn.carried.len() + turn.item.is_some() as usize;
        let first_param = first_stream + turn.streams.len();
        let wanted = (0..turn.carried.len())
            .chain(swept.iter().map(|stream| first_stream + stream))
            .chain(first_param..inputs.len());
        let adjoint = adjoint(tape, &graph, &inputs, turn.next.len(), &wanted.collect::<Vec<_>>())?;
        let (adjoint, assembly) = adjoint.divided(turn.carried.len() + swept.len());
        let size = |&id: &NodeId| tape.shape(id).size();
        let carried = turn.carried.len();
        let mut forward = Program::of_graph(&graph);
        let mut adjoint = Program::of_graph(&adjoint);
        let sources = (0..carried).filter(|&at| turn.connected[at]).map(|at| (at, at));
        let params = (0..turn.params.len()).map(|at| (first_param + at, carried + turn.bases.len() + at));
        let sources: Vec<(usize, usize)> = sources.chain(params).collect();
        let plain = Plain { tape, graph: &graph, inputs: &inputs, carried, sources: &sources };
        let tangent = if swept.is_empty() { Tangent::compile(&plain)? } else { None };
        let instructions = |program: &mut Program| program.scalars().map_or(usize::MAX, |scalars| scalars.code.len());
        let back = instructions(&mut forward).saturating_add(instructions(&mut adjoint));
        let tangent = tangent.and_then(|mut tangent| (instructions(&mut tangent.program) <= back).then_some(tangent));
        forward.hand_on(carried);
        let body = Body {
            forward: RefCell::new(forward),
            adjoint: RefCell::new(adjoint),
            tangent: tangent.map(RefCell::new),
            assembly: RefCell::new(Program::of_graph(&assembly)),
            sizes: shapes.iter().map(Shape::size).collect(),
            shapes,
            has_item: turn.item.is_some(),
            streams: Streams::compile(tape, turn.item, turn.streams),
            swept,
            bases: turn.bases.to_vec(),
            params: turn.params.iter().map(size).collect(),
            guards: turn.guards.iter().map(|&id| tape.scalar(id)).collect(),
            graph,
        };
        Ok(Some(body))
    }

    /// Elements of all carried values.
    pub fn state_size(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// How many elements the cotangent of each operand of the loop has; 0 where there is none.
    pub(super) fn cotangent_sizes(&self) -> impl Iterator<Item = usize> {
        self.sizes.iter().chain(&self.bases).chain(&self.params).copied()
    }

    fn first_stream(&self) -> usize {
        self.sizes.len() + self.has_item as usize
    }

    fn first_param(&self) -> usize {
        self.first_stream() + self.streams.list.len()
    }

    pub(super) fn empty_sums(&self) -> Sums {
        let zeros = |size: usize| vec![0.0; size];
        let parts = self.assembly.borrow().input_shapes.iter().map(|shape| zeros(shape.size())).collect();
        Sums { bases: self.bases.iter().copied().map(zeros).collect(), parts }
    }

    /// The cotangents of what the loop uses from outside.
    pub(super) fn assembled(&self, sums: Sums) -> Result<Vec<Vec<f64>>, TapeError> {
        let mut assembly = self.assembly.borrow_mut();
        sums.parts.iter().enumerate().for_each(|(number, part)| assembly.write_input(number, part));
        assembly.run()?;
        let params = (0..self.params.len()).map(|number| assembly.output(number).to_vec());
        Ok(sums.bases.into_iter().chain(params).collect())
    }

    /// Turns from number `first` on, at most `most`, until one goes another way; how many. `state` is what they carry;
    /// with `stored`, the state before each is kept.
    pub(super) fn turns(
        &self,
        items: &Items,
        outside: Outside,
        (first, most): (usize, usize),
        state: &mut [f64],
        mut stored: Option<&mut Vec<f64>>,
    ) -> Result<usize, TapeError> {
        let mut program = self.forward.borrow_mut();
        self.write_params(&mut program, self.first_param(), outside.params);
        if let Some(scalars) = program.scalars() {
            return self.scalar_turns(scalars, items, outside, (first, most), state, stored);
        }
        let mut places = Places::default();
        for turn in 0..most {
            let item = items.get(first + turn);
            if !self.streams.find(item, &mut places)? {
                return Ok(turn);
            }
            self.write_state(&mut program, state);
            self.write_turn(&mut program, item, outside.bases, &places);
            program.run()?;
            let holds = self.guards.iter().enumerate().all(|(at, &expected)| {
                let value = program.output(self.sizes.len() + at)[0];
                value == expected || value.is_nan() && expected.is_nan()
            });
            if !holds {
                return Ok(turn);
            }
            if let Some(stored) = &mut stored {
                stored.extend_from_slice(state);
            }
            self.read_state(&program, state);
        }
        Ok(most)
    }

    /// The same with the tangents behind the values in `state`.
    pub(super) fn tangent_turns(
        &self,
        tangent: &mut Tangent,
        items: &Items,
        outside: Outside,
        span: (usize, usize),
        state: &mut [f64],
    ) -> Result<usize, TapeError> {
        let tangents = state.len() - self.state_size();
        self.write_params(&mut tangent.program, self.first_param() + tangents, outside.params);
        match tangent.program.scalars() {
            Some(scalars) => self.scalar_turns(scalars, items, outside, span, state, None),
            None => Ok(0),
        }
    }

    /// Turns of a body of nothing but scalars; the state stays in its slots.
    fn scalar_turns(
        &self,
        scalars: Scalars,
        items: &Items,
        outside: Outside,
        (first, most): (usize, usize),
        state: &mut [f64],
        mut stored: Option<&mut Vec<f64>>,
    ) -> Result<usize, TapeError> {
        let Scalars { code, slots, inputs, outputs } = scalars;
        let (own, others) = inputs.split_at(state.len());
        let (next, guards) = outputs.split_at(state.len());
        let moves: Vec<(usize, usize)> =
            next.iter().copied().zip(own.iter().copied()).filter(|(a, b)| a != b).collect();
        let mut moved = vec![0.0; moves.len()];
        let streams = &others[self.has_item as usize..];
        let mut places = Places::default();
        own.iter().zip(state.iter()).for_each(|(&slot, &x)| slots[slot] = x);
        let mut done = most;
        for turn in 0..most {
            if self.has_item {
                let item = items.get(first + turn);
                slots[others[0]] = item;
                if !self.streams.find(item, &mut places)? {
                    own.iter().zip(state.iter_mut()).for_each(|(&slot, x)| *x = slots[slot]);
                    done = turn;
                    break;
                }
                for ((&slot, stream), &at) in streams.iter().zip(&self.streams.list).zip(&places.offsets) {
                    stream.read(outside.bases[stream.base], at, &mut slots[slot..=slot]);
                }
            }
            if let Some(stored) = &mut stored {
                stored.extend(own.iter().map(|&slot| slots[slot]));
            }
            if !guards.is_empty() {
                // a turn that goes another way is undone
                own.iter().zip(state.iter_mut()).for_each(|(&slot, x)| *x = slots[slot]);
            }
            point::run(code, slots);
            let is_another_way = guards
                .iter()
                .zip(&self.guards)
                .any(|(&slot, expected)| slots[slot] != *expected && !(slots[slot].is_nan() && expected.is_nan()));
            if is_another_way {
                if let Some(stored) = &mut stored {
                    stored.truncate(stored.len() - own.len());
                }
                done = turn;
                break;
            }
            moved.iter_mut().zip(&moves).for_each(|(moved, (from, _))| *moved = slots[*from]);
            moved.iter().zip(&moves).for_each(|(moved, (_, to))| slots[*to] = *moved);
        }
        if done == most {
            own.iter().zip(state.iter_mut()).for_each(|(&slot, x)| *x = slots[slot]);
        }
        Ok(done)
    }

    /// Sweeps turns back, the first of which is number `first`, from the last of `states` on.
    pub(super) fn sweep(
        &self,
        items: &Items,
        outside: Outside,
        first: usize,
        states: &[f64],
        cotangent: &mut [f64],
        sums: &mut Sums,
    ) -> Result<(), TapeError> {
        let mut adjoint = self.adjoint.borrow_mut();
        self.write_params(&mut adjoint, self.first_param(), outside.params);
        if let Some(scalars) = adjoint.scalars() {
            return self.scalar_sweep(scalars, items, outside, first, states, cotangent, sums);
        }
        let seeds = self.first_param() + self.params.len();
        let mut places = Places::default();
        for (turn, state) in states.chunks_exact(cotangent.len()).enumerate().rev() {
            let item = items.get(first + turn);
            self.streams.find(item, &mut places)?;
            self.write_state(&mut adjoint, state);
            self.write_turn(&mut adjoint, item, outside.bases, &places);
            let mut rest = &cotangent[..];
            for (number, &size) in self.sizes.iter().enumerate() {
                let (part, after) = rest.split_at(size);
                adjoint.write_input(seeds + number, part);
                rest = after;
            }
            adjoint.run()?;
            self.read_state(&adjoint, cotangent);
            for (number, &which) in self.swept.iter().enumerate() {
                let stream = &self.streams.list[which];
                let g = adjoint.output(self.sizes.len() + number);
                stream.add(g, places.offsets[which], &mut sums.bases[stream.base]);
            }
            for (number, sum) in sums.parts.iter_mut().enumerate() {
                let g = adjoint.output(self.sizes.len() + self.swept.len() + number);
                sum.iter_mut().zip(g).for_each(|(sum, x)| *sum += x);
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn scalar_sweep(
        &self,
        scalars: Scalars,
        items: &Items,
        outside: Outside,
        first: usize,
        states: &[f64],
        cotangent: &mut [f64],
        sums: &mut Sums,
    ) -> Result<(), TapeError> {
        let Scalars { code, slots, inputs, outputs } = scalars;
        let carried = cotangent.len();
        let streams = &inputs[self.first_stream()..self.first_param()];
        let seeds = &inputs[self.first_param() + self.params.len()..];
        let (swept, parts) = outputs[carried..].split_at(self.swept.len());
        let mut places = Places::default();
        for (turn, state) in states.chunks_exact(carried).enumerate().rev() {
            if turn % STRETCH == 0 && interrupt::is_requested() {
                return Err(TapeError::Interrupted);
            }
            inputs.iter().zip(state).for_each(|(&slot, &x)| slots[slot] = x);
            if self.has_item {
                let item = items.get(first + turn);
                slots[inputs[carried]] = item;
                self.streams.find(item, &mut places)?;
                for ((&slot, stream), &at) in streams.iter().zip(&self.streams.list).zip(&places.offsets) {
                    stream.read(outside.bases[stream.base], at, &mut slots[slot..=slot]);
                }
            }
            seeds.iter().zip(cotangent.iter()).for_each(|(&slot, &g)| slots[slot] = g);
            point::run(code, slots);
            cotangent.iter_mut().zip(&outputs).for_each(|(g, &slot)| *g = slots[slot]);
            for (&slot, &which) in swept.iter().zip(&self.swept) {
                let stream = &self.streams.list[which];
                stream.add(&slots[slot..=slot], places.offsets[which], &mut sums.bases[stream.base]);
            }
            sums.parts.iter_mut().zip(parts).for_each(|(sum, &slot)| sum[0] += slots[slot]);
        }
        Ok(())
    }

    fn write_state(&self, program: &mut Program, state: &[f64]) {
        let mut rest = state;
        for (number, &size) in self.sizes.iter().enumerate() {
            let (part, after) = rest.split_at(size);
            program.write_input(number, part);
            rest = after;
        }
    }

    fn read_state(&self, program: &Program, state: &mut [f64]) {
        let mut rest = state;
        for (number, &size) in self.sizes.iter().enumerate() {
            let (part, after) = rest.split_at_mut(size);
            copy(program.output(number), part);
            rest = after;
        }
    }

    fn write_params(&self, program: &mut Program, first: usize, params: &[&[f64]]) {
        params.iter().enumerate().for_each(|(at, param)| program.write_input(first + at, param));
    }

    fn write_turn(&self, program: &mut Program, item: f64, bases: &[&[f64]], places: &Places) {
        if self.has_item {
            program.write_input(self.sizes.len(), &[item]);
        }
        for (number, stream) in self.streams.list.iter().enumerate() {
            program.fill_input(self.first_stream() + number, stream.size(), |to| {
                stream.read(bases[stream.base], places.offsets[number], to);
            });
        }
    }
}

/// Turns between which Ctrl-C is noticed.
pub(super) const STRETCH: usize = 1 << 12;

/// A turn's adjoint: inputs of the turn and cotangents of what it hands on in, cotangents of the
/// `wanted` inputs out.
fn adjoint(tape: &Tape, graph: &Graph, inputs: &[NodeId], count: usize, wanted: &[usize]) -> Result<Graph, TapeError> {
    let mut own = Tape::default();
    let sources: Vec<NodeId> = inputs.iter().map(|&id| own.variable_tensor(&tape.tensor(id))).collect();
    let wanted: Vec<NodeId> = wanted.iter().map(|&at| sources[at]).collect();
    let outputs = graph.record(&mut own, &sources)?;
    // one sweep for all that is handed on: the cotangents of the sum of its products with the seeds
    let mut seeds = Vec::with_capacity(count);
    let mut target = own.constant(0.0);
    for &output in &outputs[..count] {
        let seed = own.variable_tensor(&own.tensor(output));
        seeds.push(seed);
        let product = own.map2(&ops::MUL, output, seed)?;
        let every = Attr::Axes { axes: (0..own.shape(output).rank()).collect(), keep: false };
        let product = own.record(&ops::SUM, &[product], every)?;
        target = own.map2(&ops::ADD, target, product)?;
    }
    let found = gradient(&mut own, &LINEAR, target, Seed::Ones, &wanted, true)?;
    let mut results = Vec::with_capacity(wanted.len());
    for (cotangent, &source) in found.into_iter().zip(&wanted) {
        results.push(match cotangent {
            Some(Cotangent::Node(node)) => node,
            _ => {
                let shape = own.shape(source).clone();
                let zeros = vec![0.0; shape.size()];
                own.constant_tensor(&Tensor::new(shape, zeros))
            }
        });
    }
    let all: Vec<NodeId> = sources.iter().chain(&seeds).copied().collect();
    Ok(Graph::of_tape(&own, &all, &results))
}
