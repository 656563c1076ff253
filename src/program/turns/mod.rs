//! The turns of a loop: its body compiled once, run with its carried state, and swept back over the stored states.
//!
//! On the tape the whole loop is one node: operands are the carried values before the first turn and what the body
//! uses from outside, the result is the carried values after the last turn, side by side. The way back is one node as
//! well. What is stored grows with the state and the turns, not with the operations; where that would be too much,
//! only every so many turns are stored and those between are run again (Griewank & Walther 2008, chapter 12).

mod body;
mod stream;
mod tangent;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::pulled::{Pulled, recorded_again};
use crate::interrupt;
use crate::ops::{self, LINEAR};
use crate::tape::{
    Absence, Attr, Cotangent, NodeId, Op, Operand, Row, Seed, Shared, SliceSpec, Tape, TapeError, TensorOp, Var,
    gradient,
};
use crate::tensor::{Shape, ShapeError, Tensor};

use body::STRETCH;
pub use body::{Body, Outside, Turn};
pub use stream::{Moving, Traced};

/// Numbers that the stored states of one loop may take; beyond it they are thinned.
const MOST_STORED: usize = 1 << 24;

/// What the loop variable is turn by turn.
#[derive(Debug, Clone, Copy)]
pub enum Items {
    None,
    /// Whole numbers from here on.
    From(i64),
}

impl Items {
    fn get(&self, turn: usize) -> f64 {
        match self {
            Items::None => 0.0,
            Items::From(first) => (first + turn as i64) as f64,
        }
    }

    /// The first of them.
    pub fn first(&self) -> Option<f64> {
        match self {
            Items::None => None,
            Items::From(first) => Some(*first as f64),
        }
    }
}

/// One run of a loop.
#[derive(Default)]
struct Run {
    /// From what it was run: carried values, then tensors that it takes parts of, then parameters.
    from: Vec<Vec<f64>>,
    /// The carried values before every `stride`-th turn.
    stored: Vec<f64>,
    stride: usize,
    /// Numbers that the stored states may take.
    room: usize,
    turns: usize,
    /// The carried values after the last turn, side by side.
    result: Vec<f64>,
    /// Their tangents, where they were carried along.
    tangents: Option<Vec<f64>>,
}

impl Run {
    /// Runs the body until a turn goes another way, at most `most` turns.
    fn again(
        &mut self,
        body: &Body,
        items: &Items,
        carried: &[&[f64]],
        outside: Outside,
        most: usize,
    ) -> Result<(), TapeError> {
        self.remember(carried, outside);
        let size = body.state_size();
        self.stored.clear();
        self.result.clear();
        carried.iter().for_each(|part| self.result.extend_from_slice(part));
        (self.stride, self.turns, self.tangents) = (1, 0, None);
        while self.turns < most {
            let span = if self.stride == 1 && self.stored.len() < self.room / 2 {
                // as long as there is room for every state, nothing else need be looked at
                let room = (self.room / 2 - self.stored.len()).div_ceil(size).min(STRETCH);
                (self.turns, room.min(most - self.turns))
            } else {
                if self.turns.is_multiple_of(self.stride) && self.stored.len() + size > self.room {
                    thin(&mut self.stored, size);
                    self.stride *= 2;
                }
                (self.turns, (self.stride - self.turns % self.stride).min(most - self.turns))
            };
            let done = if self.stride == 1 {
                body.turns(items, outside, span, &mut self.result, Some(&mut self.stored))?
            } else {
                if self.turns.is_multiple_of(self.stride) {
                    self.stored.extend_from_slice(&self.result);
                }
                body.turns(items, outside, span, &mut self.result, None)?
            };
            if !self.count(done, span.1)? {
                break;
            }
        }
        Ok(())
    }

    /// Takes the last turn back: the carried values are what they were before it.
    fn drop_last(&mut self, body: &Body, items: &Items, outside: Outside) -> Result<(), TapeError> {
        let Some(last) = self.turns.checked_sub(1) else { return Ok(()) };
        let size = body.state_size();
        let start = last / self.stride * self.stride;
        let from = start / self.stride * size;
        self.result.copy_from_slice(&self.stored[from..from + size]);
        if start == last {
            self.stored.truncate(from);
        } else {
            body.turns(items, outside, (start, last - start), &mut self.result, None)?;
        }
        self.turns = last;
        Ok(())
    }

    /// The same with tangents, storing nothing. Leaves no tangents where one is not finite: the way back knows zeros
    /// that nothing selected.
    fn with_tangents(
        &mut self,
        body: &Body,
        items: &Items,
        carried: &[&[f64]],
        outside: Outside,
        most: usize,
    ) -> Result<(), TapeError> {
        let Some(tangent) = &body.tangent else { return Ok(()) };
        let mut tangent = tangent.borrow_mut();
        self.remember(carried, outside);
        self.stored.clear();
        let values: Vec<f64> = carried.iter().flat_map(|part| part.iter().copied()).collect();
        let mut state = tangent.begin(&values);
        (self.stride, self.turns) = (1, 0);
        while self.turns < most {
            let span = (self.turns, STRETCH.min(most - self.turns));
            let done = body.tangent_turns(&mut tangent, items, outside, span, &mut state)?;
            if !self.count(done, span.1)? {
                break;
            }
        }
        let tangents = state.split_off(values.len());
        self.result = state;
        self.tangents = tangents.iter().all(|x| x.is_finite()).then_some(tangents);
        Ok(())
    }

    /// Counts the turns that were done of those asked for; whether that was all of them.
    fn count(&mut self, done: usize, asked: usize) -> Result<bool, TapeError> {
        self.turns += done;
        match interrupt::is_requested() {
            true => Err(TapeError::Interrupted),
            false => Ok(done == asked),
        }
    }

    fn remember(&mut self, carried: &[&[f64]], outside: Outside) {
        let inputs = carried.iter().chain(outside.bases).chain(outside.params);
        self.from.resize_with(inputs.clone().count(), Vec::new);
        for (own, input) in self.from.iter_mut().zip(inputs) {
            own.clear();
            own.extend_from_slice(input);
        }
    }

    /// Cotangents of all operands from the tangents.
    fn pulled(body: &Body, tangents: &[f64], g: &[f64]) -> Vec<Vec<f64>> {
        let mut all: Vec<Vec<f64>> = body.cotangent_sizes().map(|size| vec![0.0; size]).collect();
        if let Some(tangent) = &body.tangent {
            let tangent = tangent.borrow();
            for (&operand, x) in tangent.columns.iter().zip(tangent.pulled(tangents, g)) {
                all[operand][0] = x;
            }
        }
        all
    }

    /// Cotangents of all operands, from the last turn to the first.
    fn sweep(&self, body: &Body, items: &Items, outside: Outside, g: &[f64]) -> Result<Vec<Vec<f64>>, TapeError> {
        if let Some(tangents) = &self.tangents {
            return Ok(Run::pulled(body, tangents, g));
        }
        let size = body.state_size();
        let mut cotangent: Vec<f64> = g.to_vec();
        let mut sums = body.empty_sums();
        if self.stride == 1 {
            let states = &self.stored[..self.turns * size];
            body.sweep(items, outside, 0, states, &mut cotangent, &mut sums)?;
        } else {
            let mut segment: Vec<f64> = Vec::new();
            for part in (0..self.turns.div_ceil(self.stride)).rev() {
                let (start, end) = (part * self.stride, ((part + 1) * self.stride).min(self.turns));
                let mut state = self.stored[part * size..(part + 1) * size].to_vec();
                segment.clear();
                body.turns(items, outside, (start, end - start), &mut state, Some(&mut segment))?;
                body.sweep(items, outside, start, &segment, &mut cotangent, &mut sums)?;
            }
        }
        let mut rest = &cotangent[..];
        let mut all = Vec::with_capacity(self.from.len());
        for &size in &body.sizes {
            let (part, after) = rest.split_at(size);
            all.push(part.to_vec());
            rest = after;
        }
        all.extend(body.assembled(sums)?);
        Ok(all)
    }
}

/// A loop that was run.
pub struct Turns {
    body: Rc<Body>,
    items: Items,
    pub turns: usize,
    /// Not recorded yet: the result need not be computed again.
    is_new: Cell<bool>,
    /// Was swept back before: the next run may carry tangents.
    is_swept: Cell<bool>,
    /// The last run.
    run: RefCell<Run>,
    /// Cotangents of the operands for the last cotangent of the result.
    swept: RefCell<Option<Swept>>,
    /// The same as nodes.
    recorded: Pulled,
}

/// A cotangent of the result, and what came of it for the operands.
type Swept = (Vec<f64>, Vec<Vec<f64>>);

impl Turns {
    /// Runs the body until a turn goes another way, at most `most` turns.
    pub fn run(
        body: Body,
        items: Items,
        carried: &[&[f64]],
        outside: Outside,
        most: usize,
    ) -> Result<Turns, TapeError> {
        Turns::run_storing(body, items, carried, outside, most, MOST_STORED)
    }

    /// The same with so many numbers to store states in.
    pub fn run_storing(
        body: Body,
        items: Items,
        carried: &[&[f64]],
        outside: Outside,
        most: usize,
        room: usize,
    ) -> Result<Turns, TapeError> {
        let mut run = Run { room, ..Run::default() };
        run.again(&body, &items, carried, outside, most)?;
        Ok(Turns {
            body: Rc::new(body),
            items,
            turns: run.turns,
            is_new: Cell::new(true),
            is_swept: Cell::new(false),
            run: RefCell::new(run),
            swept: RefCell::new(None),
            recorded: Pulled::default(),
        })
    }

    /// Takes the last turn back, for whoever wants more of it than it hands on.
    pub fn drop_last(&mut self, outside: Outside) -> Result<(), TapeError> {
        let run = self.run.get_mut();
        run.drop_last(&self.body, &self.items, outside)?;
        self.turns = run.turns;
        Ok(())
    }

    /// The carried values after the last turn.
    pub fn results(&self) -> Vec<Tensor> {
        let run = self.run.borrow();
        let mut rest = &run.result[..];
        let tensor = |shape: &Shape| {
            let (part, after) = rest.split_at(shape.size());
            rest = after;
            Tensor::new(shape.clone(), part)
        };
        self.body.shapes.iter().map(tensor).collect()
    }

    /// As the attribute of its node.
    pub fn attr(self) -> Attr {
        Attr::Shared(Shared(Rc::new(self)))
    }

    /// Sees to it that the last run is one from these operands.
    fn run_from(&self, inputs: &[Operand], is_kept: bool) -> Result<(), TapeError> {
        let mut run = self.run.borrow_mut();
        let same = |(own, input): (&Vec<f64>, &Operand)| {
            own.len() == input.data.len() && own.iter().zip(input.data).all(|(a, b)| a.to_bits() == b.to_bits())
        };
        if is_kept && run.from.len() == inputs.len() && run.from.iter().zip(inputs).all(same) {
            return Ok(());
        }
        let inputs: Vec<&[f64]> = inputs.iter().map(|input| input.data).collect();
        let (carried, outside) = self.divided(&inputs);
        let mut done = Ok(());
        if self.is_swept.get() && self.body.tangent.is_some() {
            done = run.with_tangents(&self.body, &self.items, carried, outside, self.turns);
        }
        if done.is_ok() && run.tangents.is_none() {
            done = run.again(&self.body, &self.items, carried, outside, self.turns);
        }
        if done.is_err() || run.turns != self.turns {
            run.from.clear();
            done?;
            return Err(TapeError::Domain("the loop goes another way at this point".to_string()));
        }
        Ok(())
    }

    /// Operands as what they are to the body.
    fn divided<'a>(&self, inputs: &'a [&'a [f64]]) -> (&'a [&'a [f64]], Outside<'a>) {
        let (carried, rest) = inputs.split_at(self.body.sizes.len());
        let (bases, params) = rest.split_at(self.body.bases.len());
        (carried, Outside { bases, params })
    }

    /// Cotangents of all operands from that of the result.
    fn sweep(&self, inputs: &[Operand], g: &[f64]) -> Result<Vec<Vec<f64>>, TapeError> {
        self.is_swept.set(true);
        self.run_from(inputs, true)?;
        let inputs: Vec<&[f64]> = inputs.iter().map(|input| input.data).collect();
        let (_, outside) = self.divided(&inputs);
        self.run.borrow().sweep(&self.body, &self.items, outside, g)
    }

    fn operands(&self) -> usize {
        self.body.sizes.len() + self.body.bases.len() + self.body.params.len()
    }

    /// All turns recorded one by one, for derivatives of derivatives.
    fn unrolled(&self, tape: &mut Tape, operands: &[NodeId]) -> Result<NodeId, TapeError> {
        let (carried, rest) = operands.split_at(self.body.sizes.len());
        let (bases, params) = rest.split_at(self.body.bases.len());
        let mut places = stream::Places::default();
        let mut state = carried.to_vec();
        for turn in 0..self.turns {
            if interrupt::is_requested() {
                return Err(TapeError::Interrupted);
            }
            let mut inputs = state;
            let item = self.items.get(turn);
            if self.body.has_item {
                inputs.push(tape.constant(item));
            }
            self.body.streams.find(item, &mut places)?;
            for (stream, starts) in self.body.streams.starts(&places) {
                inputs.push(stream.record(tape, bases[stream.base], starts)?);
            }
            inputs.extend_from_slice(params);
            let mut outputs = self.body.graph.record(tape, &inputs)?;
            outputs.truncate(self.body.sizes.len());
            state = outputs;
        }
        side_by_side(tape, &state)
    }

    /// The cotangents of the operands, recorded turn by turn, side by side.
    fn unrolled_back(&self, tape: &mut Tape, operands: &[NodeId], g: NodeId) -> Result<NodeId, TapeError> {
        let result = self.unrolled(tape, operands)?;
        let found = gradient(tape, &LINEAR, result, Seed::Node(g), operands, true)?;
        let mut parts = Vec::with_capacity(found.len());
        for ((cotangent, &operand), size) in found.into_iter().zip(operands).zip(self.body.cotangent_sizes()) {
            parts.push(match cotangent {
                _ if size == 0 => continue,
                Some(Cotangent::Node(node)) => node,
                _ => {
                    let shape = tape.shape(operand).clone();
                    let zeros = vec![0.0; shape.size()];
                    tape.constant_tensor(&Tensor::new(shape, zeros))
                }
            });
        }
        side_by_side(tape, &parts)
    }
}

/// The elements of all parts in one vector.
fn side_by_side(tape: &mut Tape, parts: &[NodeId]) -> Result<NodeId, TapeError> {
    let mut flat = Vec::with_capacity(parts.len());
    for &id in parts {
        let size = tape.shape(id).size();
        flat.push(tape.record(&ops::RESHAPE, &[id], Attr::Shape(Shape::new([size])))?);
    }
    tape.record(&ops::CONCAT, &flat, Attr::Axis(0))
}

/// A part of values that stand side by side, in its own shape.
pub fn part(tape: &mut Tape, whole: NodeId, start: usize, shape: Shape) -> Result<NodeId, TapeError> {
    let spec = SliceSpec { start, step: 1, len: shape.size(), drop: shape.is_scalar() };
    let id = tape.record(&ops::SLICE, &[whole], Attr::Slice(Rc::new([spec])))?;
    if shape.rank() <= 1 {
        return Ok(id);
    }
    tape.record(&ops::RESHAPE, &[id], Attr::Shape(shape))
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
        shape: |_, attr| -> Result<Shape, ShapeError> { Ok(Shape::new([turns_of(attr).body.state_size()])) },
        forward,
        pull,
        plain: Some(pull_plain),
        absence: Absence::Lost,
    }),
};

fn forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Result<(), TapeError> {
    let turns = turns_of(attr);
    if !turns.is_new.take() {
        turns.run_from(inputs, false)?;
    }
    out.copy_from_slice(&turns.run.borrow().result);
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
        *swept = Some((g.to_vec(), turns.sweep(inputs, g)?));
    }
    if let Some((_, cotangents)) = &*swept {
        to.iter_mut().zip(&cotangents[which]).for_each(|(to, x)| *to += x + 0.0);
    }
    Ok(())
}

fn pull<'t>(g: Var<'t>, inputs: &[Var<'t>], y: Var<'t>, attr: &Attr, which: usize) -> Option<Var<'t>> {
    let turns = turns_of(attr);
    turns.recorded.operand(g, inputs, which, |tape, operands, g| {
        let Attr::Shared(Shared(turns_again)) = attr else { unreachable!("a loop has its turns") };
        let back = Back { turns: turns_again.clone(), recorded: Pulled::default() };
        let all: Vec<NodeId> = operands.iter().copied().chain([y.id, g]).collect();
        let whole = tape.record(&LOOP_BACK, &all, Attr::Shared(Shared(Rc::new(back))))?;
        let mut start = 0;
        let mut found = Vec::with_capacity(operands.len());
        for (&operand, size) in operands.iter().zip(turns.body.cotangent_sizes()) {
            found.push(match size {
                0 => None,
                _ => Some(part(tape, whole, start, tape.shape(operand).clone())?),
            });
            start += size;
        }
        Ok(found)
    })
}

/// The way back of a loop.
struct Back {
    turns: Rc<dyn std::any::Any>,
    recorded: Pulled,
}

impl Back {
    fn turns(&self) -> &Turns {
        self.turns.downcast_ref::<Turns>().expect("a loop has its turns")
    }
}

fn back_of(attr: &Attr) -> &Back {
    match attr {
        Attr::Shared(Shared(any)) => any.downcast_ref::<Back>().expect("made where it is recorded"),
        _ => unreachable!("made where it is recorded"),
    }
}

/// The sweep of a whole loop as one operation. Its operands are those of the loop, the loop's result (which must be
/// there first: its states are used) and the cotangent of that.
pub static LOOP_BACK: Row = Row {
    name: "loop_back",
    params: &["xs"],
    doc: "The cotangents of what a loop was computed from, side by side.",
    samples: &[],
    op: Op::Tensor(TensorOp {
        shape: |_, attr| -> Result<Shape, ShapeError> {
            Ok(Shape::new([back_of(attr).turns().body.cotangent_sizes().sum::<usize>()]))
        },
        forward: |inputs, attr, _, out| {
            let turns = back_of(attr).turns();
            let (operands, rest) = inputs.split_at(turns.operands());
            let found = turns.sweep(operands, rest[1].data)?;
            out.iter_mut().zip(found.iter().flatten()).for_each(|(out, x)| *out = x + 0.0);
            Ok(())
        },
        pull: |g, inputs, _, attr, which| {
            let back = back_of(attr);
            let count = back.turns().operands();
            back.recorded.operand(g, inputs, which, |tape, operands, g| {
                recorded_again(tape, operands, g, |tape, sources| {
                    back.turns().unrolled_back(tape, &sources[..count], sources[count + 1])
                })
            })
        },
        plain: None,
        absence: Absence::Lost,
    }),
};
