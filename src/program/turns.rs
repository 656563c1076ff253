//! The turns of a loop: its body compiled once, run with its carried state, and swept back over the stored states.
//!
//! On the tape the whole loop is one node: operands are the carried values before the first turn and what the body
//! uses from outside (its parameters), the result is the carried values after the last turn, side by side. What is
//! stored grows with the state and the turns, not with the operations; where that would be too much, only every so
//! many turns are stored and those between are run again (Griewank & Walther 2008, chapter 12).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::graph::Graph;
use super::pulled::{Pulled, recorded_again};
use super::{Program, Scalars, point};
use crate::interrupt;
use crate::ops::{self, LINEAR};
use crate::tape::{
    Absence, Attr, Cotangent, NodeId, Op, Operand, Row, Seed, Shared, Tape, TapeError, TensorOp, Var, gradient,
};
use crate::tensor::{Shape, ShapeError};

/// Numbers that the stored states of one loop may take; beyond it they are thinned.
const MOST_STORED: usize = 1 << 24;

/// Turns between which Ctrl-C is noticed.
const STRETCH: usize = 1 << 12;

/// One turn, compiled.
pub struct Body {
    graph: Graph,
    forward: RefCell<Program>,
    adjoint: RefCell<Program>,
    /// Elements of each carried value.
    sizes: Vec<usize>,
    shapes: Vec<Shape>,
    has_item: bool,
    params: usize,
    /// What the guards must be for a turn to go the recorded way.
    guards: Vec<f64>,
}

/// What the loop variable is turn by turn.
#[derive(Debug, Clone)]
pub enum Items {
    None,
    /// Whole numbers from here on.
    From(i64),
    List(Rc<[f64]>),
}

impl Items {
    fn get(&self, turn: usize) -> f64 {
        match self {
            Items::None => 0.0,
            Items::From(first) => (first + turn as i64) as f64,
            Items::List(list) => list[turn],
        }
    }

    /// The items from the `turn`-th on.
    pub fn after(&self, turn: usize) -> Items {
        match self {
            Items::None => Items::None,
            Items::From(first) => Items::From(first + turn as i64),
            Items::List(list) => Items::List(list[turn..].into()),
        }
    }
}

/// A loop that was run.
pub struct Turns {
    body: Rc<Body>,
    items: Items,
    pub turns: usize,
    /// The carried values after the last turn, side by side.
    pub result: Vec<f64>,
    /// Not recorded yet: the result need not be computed again.
    is_new: Cell<bool>,
    /// The carried values before every `stride`-th turn.
    stored: Vec<f64>,
    stride: usize,
    /// Cotangents of the operands for the last cotangent of the result.
    swept: RefCell<Option<Swept>>,
    /// The same as nodes.
    recorded: Pulled,
}

/// A cotangent of the result, and what came of it for the operands.
type Swept = (Vec<f64>, Vec<Vec<f64>>);

impl Body {
    /// Compiles the turn that leads from the carried values (and the item, and the parameters) to the carried values
    /// after it. `guards` are nodes whose values decided its way. `None` where a value changes its shape on the way, or
    /// a guard is no number.
    pub fn compile(
        tape: &Tape,
        carried: &[NodeId],
        item: Option<NodeId>,
        params: &[NodeId],
        next: &[NodeId],
        guards: &[NodeId],
    ) -> Result<Option<Body>, TapeError> {
        let inputs: Vec<NodeId> = carried.iter().chain(&item).chain(params).copied().collect();
        let outputs: Vec<NodeId> = next.iter().chain(guards).copied().collect();
        let shapes: Vec<Shape> = carried.iter().map(|&id| tape.shape(id).clone()).collect();
        if next.iter().zip(&shapes).any(|(&id, shape)| tape.shape(id) != shape)
            || guards.iter().any(|&id| !tape.is_scalar(id))
        {
            return Ok(None);
        }
        let graph = Graph::of_tape(tape, &inputs, &outputs);
        let forward = Program::of_graph(&graph);
        let adjoint = adjoint(tape, &graph, &inputs, next.len())?;
        let body = Body {
            forward: RefCell::new(forward),
            adjoint: RefCell::new(adjoint),
            sizes: shapes.iter().map(Shape::size).collect(),
            shapes,
            has_item: item.is_some(),
            params: params.len(),
            guards: guards.iter().map(|&id| tape.scalar(id)).collect(),
            graph,
        };
        Ok(Some(body))
    }

    fn state_size(&self) -> usize {
        self.sizes.iter().sum()
    }

    fn write_state(&self, program: &mut Program, state: &[f64]) {
        let mut at = 0;
        for (number, size) in self.sizes.iter().enumerate() {
            program.write_input(number, &state[at..at + size]);
            at += size;
        }
    }

    fn read_state(&self, program: &Program, state: &mut [f64]) {
        let mut at = 0;
        for (number, size) in self.sizes.iter().enumerate() {
            state[at..at + size].copy_from_slice(program.output(number));
            at += size;
        }
    }

    fn write_params(&self, program: &mut Program, params: &[&[f64]]) {
        let first = self.sizes.len() + self.has_item as usize;
        params.iter().enumerate().for_each(|(at, param)| program.write_input(first + at, param));
    }

    /// Turns of a body of scalars: at most `most` from number `first` on, until one goes another way; how many. The
    /// state before each is stored. `None` if the body is not of that kind.
    fn scalar_turns(
        &self,
        program: &mut Program,
        items: &Items,
        first: usize,
        most: usize,
        state: &mut [f64],
        stored: &mut Vec<f64>,
    ) -> Option<usize> {
        let Scalars { code, slots, inputs, outputs } = program.scalars()?;
        let carried = state.len();
        let (next, guards) = outputs.split_at(carried);
        for turn in 0..most {
            stored.extend_from_slice(state);
            inputs.iter().zip(state.iter()).for_each(|(&slot, &x)| slots[slot] = x);
            if self.has_item {
                slots[inputs[carried]] = items.get(first + turn);
            }
            point::run(code, slots);
            let holds = guards
                .iter()
                .zip(&self.guards)
                .all(|(&slot, expected)| slots[slot] == *expected || slots[slot].is_nan() && expected.is_nan());
            if !holds {
                stored.truncate(stored.len() - carried);
                return Some(turn);
            }
            state.iter_mut().zip(next).for_each(|(x, &slot)| *x = slots[slot]);
        }
        Some(most)
    }

    /// Sweeps turns of scalars back, from the last of `states` to the first; false if the adjoint is not of that kind.
    fn scalar_sweep(
        &self,
        adjoint: &mut Program,
        items: &Items,
        first: usize,
        states: &[f64],
        cotangent: &mut [f64],
        sums: &mut [Vec<f64>],
    ) -> bool {
        let Some(Scalars { code, slots, inputs, outputs }) = adjoint.scalars() else { return false };
        let carried = cotangent.len();
        let item = self.has_item as usize;
        let seeds = &inputs[carried + item + self.params..];
        for (turn, state) in states.chunks_exact(carried).enumerate().rev() {
            inputs.iter().zip(state).for_each(|(&slot, &x)| slots[slot] = x);
            if self.has_item {
                slots[inputs[carried]] = items.get(first + turn);
            }
            seeds.iter().zip(cotangent.iter()).for_each(|(&slot, &g)| slots[slot] = g);
            point::run(code, slots);
            cotangent.iter_mut().zip(&outputs).for_each(|(g, &slot)| *g = slots[slot]);
            sums.iter_mut().zip(&outputs[carried + item..]).for_each(|(sum, &slot)| sum[0] += slots[slot]);
        }
        true
    }

    /// One turn; false, and the state as it was, where it goes another way.
    fn turn(&self, program: &mut Program, item: f64, state: &mut [f64]) -> Result<bool, TapeError> {
        self.write_state(program, state);
        if self.has_item {
            program.write_input(self.sizes.len(), &[item]);
        }
        program.run()?;
        let holds = self.guards.iter().enumerate().all(|(at, expected)| {
            let value = program.output(self.sizes.len() + at)[0];
            value == *expected || value.is_nan() && expected.is_nan()
        });
        if holds {
            self.read_state(program, state);
        }
        Ok(holds)
    }
}

/// The program of a turn's adjoint: carried values, item, parameters and cotangents in, cotangents out.
fn adjoint(tape: &Tape, graph: &Graph, inputs: &[NodeId], count: usize) -> Result<Program, TapeError> {
    let mut own = Tape::default();
    let sources: Vec<NodeId> = inputs.iter().map(|&id| own.variable_tensor(&tape.tensor(id))).collect();
    let outputs = graph.record(&mut own, &sources)?;
    let mut seeds = Vec::with_capacity(count);
    let mut sums: Vec<Option<NodeId>> = vec![None; sources.len()];
    for &output in &outputs[..count] {
        let seed = own.variable_tensor(&own.tensor(output));
        seeds.push(seed);
        if !own.is_connected(output) {
            continue;
        }
        let found = gradient(&mut own, &LINEAR, output, Seed::Node(seed), &sources, true)?;
        for (sum, cotangent) in sums.iter_mut().zip(found) {
            let Some(Cotangent::Node(node)) = cotangent else { continue };
            *sum = Some(match *sum {
                None => node,
                Some(before) => own.map2(&ops::ADD, before, node)?,
            });
        }
    }
    let mut results = Vec::with_capacity(sources.len());
    for (sum, &source) in sums.into_iter().zip(&sources) {
        results.push(match sum {
            Some(node) => node,
            None => {
                let shape = own.shape(source).clone();
                let zeros = vec![0.0; shape.size()];
                own.constant_tensor(&crate::tensor::Tensor::new(shape, zeros))
            }
        });
    }
    let all: Vec<NodeId> = sources.iter().chain(&seeds).copied().collect();
    Ok(Program::of_graph(&Graph::of_tape(&own, &all, &results)))
}

impl Turns {
    /// Runs the body until a guard fails, at most `most` turns.
    pub fn run(
        body: Rc<Body>,
        items: Items,
        initial: Vec<f64>,
        params: &[&[f64]],
        most: usize,
    ) -> Result<Turns, TapeError> {
        let size = body.state_size();
        let mut state = initial;
        let (mut stored, mut stride, mut turns) = (Vec::new(), 1, 0);
        {
            let mut program = body.forward.borrow_mut();
            body.write_params(&mut program, params);
            while turns < most {
                if stored.len() < MOST_STORED / 2 && stride == 1 {
                    // as long as there is room for every state, nothing else need be looked at
                    let room = (MOST_STORED / 2 - stored.len()).div_ceil(size).min(STRETCH).min(most - turns);
                    if let Some(done) = body.scalar_turns(&mut program, &items, turns, room, &mut state, &mut stored) {
                        turns += done;
                        if interrupt::is_requested() {
                            return Err(TapeError::Interrupted);
                        }
                        if done < room {
                            break;
                        }
                        continue;
                    }
                }
                if turns % stride == 0 {
                    if stored.len() + size > MOST_STORED {
                        thin(&mut stored, size);
                        stride *= 2;
                    }
                    if turns % stride == 0 {
                        stored.extend_from_slice(&state);
                    }
                }
                if !body.turn(&mut program, items.get(turns), &mut state)? {
                    break;
                }
                turns += 1;
            }
        }
        Ok(Turns {
            body,
            items,
            turns,
            result: state,
            is_new: Cell::new(true),
            stored,
            stride,
            swept: RefCell::new(None),
            recorded: Pulled::default(),
        })
    }

    /// The parts of the result, with their shapes.
    pub fn parts(&self) -> impl Iterator<Item = (&Shape, &[f64])> {
        let mut at = 0;
        self.body.shapes.iter().zip(&self.body.sizes).map(move |(shape, size)| {
            at += size;
            (shape, &self.result[at - size..at])
        })
    }

    /// As the attribute of its node.
    pub fn attr(self) -> Attr {
        Attr::Shared(Shared(Rc::new(self)))
    }

    /// Cotangents of all operands, from the last turn to the first.
    fn sweep(&self, g: &[f64], params: &[&[f64]]) -> Result<Vec<Vec<f64>>, TapeError> {
        let body = &*self.body;
        let size = body.state_size();
        let mut cotangent: Vec<f64> = g.to_vec();
        let mut sums: Vec<Vec<f64>> = params.iter().map(|param| vec![0.0; param.len()]).collect();
        if self.stride == 1 && self.turns > 0 {
            let states = &self.stored[..self.turns * size];
            let mut adjoint = body.adjoint.borrow_mut();
            body.write_params(&mut adjoint, params);
            if body.scalar_sweep(&mut adjoint, &self.items, 0, states, &mut cotangent, &mut sums) {
                return Ok(split(&cotangent, &body.sizes, sums));
            }
        }
        let mut segment: Vec<f64> = Vec::new();
        let mut forward = body.forward.borrow_mut();
        let mut adjoint = body.adjoint.borrow_mut();
        body.write_params(&mut forward, params);
        body.write_params(&mut adjoint, params);
        let seeds = body.sizes.len() + body.has_item as usize + body.params;
        let first_param = body.sizes.len() + body.has_item as usize;
        for part in (0..self.turns.div_ceil(self.stride)).rev() {
            let (start, end) = (part * self.stride, ((part + 1) * self.stride).min(self.turns));
            let mut state = self.stored[part * size..(part + 1) * size].to_vec();
            segment.clear();
            segment.extend_from_slice(&state);
            for turn in start..end - 1 {
                body.turn(&mut forward, self.items.get(turn), &mut state)?;
                segment.extend_from_slice(&state);
            }
            if body.scalar_sweep(&mut adjoint, &self.items, start, &segment, &mut cotangent, &mut sums) {
                continue;
            }
            for turn in (start..end).rev() {
                let at = (turn - start) * size;
                body.write_state(&mut adjoint, &segment[at..at + size]);
                if body.has_item {
                    adjoint.write_input(body.sizes.len(), &[self.items.get(turn)]);
                }
                let mut at = 0;
                for (number, size) in body.sizes.iter().enumerate() {
                    adjoint.write_input(seeds + number, &cotangent[at..at + size]);
                    at += size;
                }
                adjoint.run()?;
                body.read_state(&adjoint, &mut cotangent);
                for (number, sum) in sums.iter_mut().enumerate() {
                    sum.iter_mut().zip(adjoint.output(first_param + number)).for_each(|(sum, x)| *sum += x);
                }
            }
        }
        Ok(split(&cotangent, &body.sizes, sums))
    }

    /// All turns recorded one by one, for derivatives of derivatives.
    fn unrolled(&self, tape: &mut Tape, operands: &[NodeId]) -> Result<NodeId, TapeError> {
        let (carried, params) = operands.split_at(self.body.sizes.len());
        let mut state = carried.to_vec();
        for turn in 0..self.turns {
            let mut inputs = state;
            if self.body.has_item {
                inputs.push(tape.constant(self.items.get(turn)));
            }
            inputs.extend_from_slice(params);
            let mut outputs = self.body.graph.record(tape, &inputs)?;
            outputs.truncate(self.body.sizes.len());
            state = outputs;
        }
        let mut flat = Vec::with_capacity(state.len());
        for (id, size) in state.into_iter().zip(&self.body.sizes) {
            flat.push(tape.record(&ops::RESHAPE, &[id], Attr::Shape(Shape::new([*size])))?);
        }
        tape.record(&ops::CONCAT, &flat, Attr::Axis(0))
    }
}

/// The cotangents of the carried values one by one, then those of the parameters.
fn split(cotangent: &[f64], sizes: &[usize], params: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut rest = cotangent;
    let part = |size: &usize| {
        let (part, after) = rest.split_at(*size);
        rest = after;
        part.to_vec()
    };
    sizes.iter().map(part).collect::<Vec<_>>().into_iter().chain(params).collect()
}

/// Keeps every second state.
fn thin(stored: &mut Vec<f64>, size: usize) {
    let kept = (stored.len() / size).div_ceil(2);
    for at in 1..kept {
        stored.copy_within(2 * at * size..(2 * at + 1) * size, at * size);
    }
    stored.truncate(kept * size);
}

/// The loop that an attribute holds.
fn turns_of(attr: &Attr) -> &Turns {
    match attr {
        Attr::Shared(Shared(any)) => any.downcast_ref::<Turns>().expect("a loop has its turns"),
        _ => unreachable!("a loop has its turns"),
    }
}

/// A whole loop as one operation.
pub static LOOP: Row = Row {
    name: "loop",
    params: &["xs"],
    doc: "The values that a loop carries, after its turns, from those before them and from what its body uses.",
    samples: &[],
    op: Op::Tensor(TensorOp {
        shape: |_, attr| -> Result<Shape, ShapeError> { Ok(Shape::new([turns_of(attr).result.len()])) },
        forward,
        pull,
        plain: Some(pull_plain),
        absence: Absence::Lost,
    }),
};

fn forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Result<(), TapeError> {
    let turns = turns_of(attr);
    let (carried, params) = inputs.split_at(turns.body.sizes.len());
    let initial: Vec<f64> = carried.iter().flat_map(|input| input.data.iter().copied()).collect();
    let params: Vec<&[f64]> = params.iter().map(|input| input.data).collect();
    if turns.is_new.take() {
        out.copy_from_slice(&turns.result);
        return Ok(());
    }
    let again = Turns::run(turns.body.clone(), turns.items.clone(), initial, &params, turns.turns)?;
    if again.turns != turns.turns {
        return Err(TapeError::Domain("the loop goes another way at this point".to_string()));
    }
    out.copy_from_slice(&again.result);
    Ok(())
}

fn pull_plain(
    g: &[f64],
    inputs: &[Operand],
    _: &[f64],
    attr: &Attr,
    which: usize,
    to: &mut [f64],
) -> Result<(), TapeError> {
    let turns = turns_of(attr);
    let mut swept = turns.swept.borrow_mut();
    if which == 0 || swept.as_ref().is_none_or(|(before, _)| before != g) {
        let params: Vec<&[f64]> = inputs[turns.body.sizes.len()..].iter().map(|input| input.data).collect();
        *swept = Some((g.to_vec(), turns.sweep(g, &params)?));
    }
    if let Some((_, cotangents)) = &*swept {
        to.iter_mut().zip(&cotangents[which]).for_each(|(to, x)| *to += x + 0.0);
    }
    Ok(())
}

fn pull<'t>(g: Var<'t>, inputs: &[Var<'t>], _: Var<'t>, attr: &Attr, which: usize) -> Option<Var<'t>> {
    let turns = turns_of(attr);
    turns.recorded.operand(g, inputs, which, |tape, operands, g| {
        recorded_again(tape, operands, g, |tape, sources| turns.unrolled(tape, sources))
    })
}
