//! Programs: a stretch of tape, compiled once and run again for other inputs.
//!
//! ```text
//! tape ──graph──▶ what the outputs need, once each ──plan──▶ passes over memory ──run──▶ numbers
//! ```
//!
//! There is no second set of operations: an instruction is a row of the table, a derivative is what a recorded sweep
//! left on the tape. A program of scalars runs at one point ([`point`]), or over many points in lanes ([`lanes`]); one
//! of tensors runs its elementwise stretches in the same lanes, fused, and calls any other row as it is.

mod block;
mod code;
mod copy;
mod graph;
mod lanes;
mod lazy;
mod listing;
mod pattern;
mod pipeline;
mod plan;
mod point;
mod points;
mod pulled;
mod quick;
mod scalars;
mod turns;
mod vector;
mod view;

use std::rc::Rc;

pub use crate::kernels::threads::set as set_threads;
pub use block::{BLOCK, Block};
pub use lazy::LAZY;
pub use pattern::Pattern;
pub use points::{Column, PointsProgram};
pub use turns::{Body, Items, LOOP, Moving, Outside, Traced, Turn, Turns, part};
pub use vector::Vectorized;

use smallvec::{SmallVec, smallvec};

use crate::interrupt;
use crate::kernels::threads;
use crate::tape::{NodeId, Op, Operand, Tape, TapeError, evaluate};
use crate::tensor::{Shape, Tensor};

use copy::copy;
use graph::Graph;
use lanes::{Pass, Registers, Source};
use plan::{Call, Loop, Place, Plan, Step, plan};

/// A compiled stretch of tape with the memory it runs in.
pub struct Program {
    plan: Plan,
    input_shapes: Vec<Shape>,
    output_shapes: Vec<Shape>,
    slots: Vec<f64>,
    /// Shared with tensors where they are inputs, constants or outputs.
    buffers: Vec<Rc<[f64]>>,
    registers: Registers,
    /// What stands for memory that was taken.
    nothing: Rc<[f64]>,
}

/// So many operands and results a step usually has.
type Few<T> = SmallVec<[T; 8]>;

/// So many a step of few elements may have without memory being asked for.
type More<T> = SmallVec<[T; 32]>;

/// Stretches of tape from this length on may be worth simplifying before they are differentiated.
const LONG: usize = 1 << 7;

/// The target computed once more without repetitions, where that takes a small part of the operations: a sweep then
/// takes less too. The target itself where it does not.
///
/// Errors: what the rows refuse, memory.
pub fn simplified(tape: &mut Tape, sources: &[NodeId], target: NodeId) -> Result<NodeId, TapeError> {
    let Some(first) = sources.iter().min() else { return Ok(target) };
    let is_leaf = |id: &NodeId| tape.operands(*id).next().is_none();
    // a variable that another one is made of would be cut off from it
    let apart = sources.len() == 1 || sources.iter().all(is_leaf);
    if !apart || target.index().saturating_sub(first.index()) < LONG {
        return Ok(target);
    }
    let graph = Graph::of_tape(tape, sources, &[target]);
    if graph.nodes.len() > (target.index() - first.index()) / 4 * 3 {
        return Ok(target);
    }
    let found = graph.record(tape, sources)?;
    Ok(found.first().copied().unwrap_or(target))
}

/// See [`Program::scalars`].
struct Scalars<'p> {
    code: &'p [code::Instruction],
    slots: &'p mut [f64],
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

/// Elements of a pass between which Ctrl-C is noticed and sums are put aside: fixed, so that sums do not depend on
/// how the work is divided.
const CHUNK: usize = 1 << 13;

/// Instructions on elements from which on a pass is worth several threads.
const WORTH_THREADS: usize = 1 << 22;

/// Chunks that a thread takes at a time.
const STRETCH: usize = 4;

/// Some chunks of a pass with the memory they write.
struct Stretch<'a> {
    first: usize,
    chunks: usize,
    rests: Few<&'a mut [f64]>,
    sums: &'a mut [f64],
}

impl<'a> Stretch<'a> {
    /// The same in stretches of so many chunks.
    fn cut(mut self, chunks: usize) -> Vec<Stretch<'a>> {
        let width = self.sums.len() / self.chunks;
        let mut parts = Vec::with_capacity(self.chunks.div_ceil(chunks));
        while self.chunks > 0 {
            let own = chunks.min(self.chunks);
            let mut rests = SmallVec::new();
            for rest in &mut self.rests {
                let len = (own * CHUNK).min(rest.len());
                let (part, after) = std::mem::take(rest).split_at_mut(len);
                rests.push(part);
                *rest = after;
            }
            let (sums, after) = std::mem::take(&mut self.sums).split_at_mut(own * width);
            parts.push(Stretch { first: self.first, chunks: own, rests, sums });
            self.sums = after;
            self.first += own;
            self.chunks -= own;
        }
        parts
    }
}

/// One sum of a pass from those of its chunks, of which each has `width` side by side.
fn total_of(sums: &[f64], which: usize, width: usize) -> f64 {
    let own: Few<f64> = sums.iter().skip(which).step_by(width).copied().collect();
    crate::kernels::sum(&own) + 0.0
}

impl Program {
    /// Compiles what leads from `inputs` to `outputs`. The inputs hold the values they have on the tape.
    pub fn compile(tape: &Tape, inputs: &[NodeId], outputs: &[NodeId]) -> Program {
        let mut program = Program::of_graph(&Graph::of_tape(tape, inputs, outputs));
        for (number, &id) in inputs.iter().enumerate() {
            program.set_input(number, &tape.tensor(id));
        }
        program
    }

    /// Compiles a graph; its inputs have no values yet.
    fn of_graph(graph: &Graph) -> Program {
        let plan = plan(graph);
        let shape = |&id: &graph::Id| graph.node(id).shape.clone();
        let mut program = Program {
            slots: vec![0.0; (plan.slots as usize).max(point::SMALL)],
            buffers: vec![Rc::default(); plan.buffers.len()],
            input_shapes: graph.inputs.iter().map(shape).collect(),
            output_shapes: graph.outputs.iter().map(shape).collect(),
            registers: Registers::default(),
            nothing: Rc::default(),
            plan,
        };
        for (slot, number) in &program.plan.numbers {
            program.slots[*slot as usize] = *number;
        }
        for (index, tensor) in &program.plan.tensors {
            program.buffers[*index as usize] = tensor.shared_data();
        }
        program
    }

    /// Another value for an input, as its elements.
    fn write_input(&mut self, number: usize, elements: &[f64]) {
        self.fill_input(number, elements.len(), |to| copy(elements, to));
    }

    /// Lets `fill` write the elements of an input.
    fn fill_input(&mut self, number: usize, size: usize, fill: impl FnOnce(&mut [f64])) {
        match self.plan.inputs[number] {
            Place::Slot(slot) => fill(&mut self.slots[slot as usize..=slot as usize]),
            Place::Buffer { index, .. } => {
                let buffer = &mut self.buffers[index as usize];
                if buffer.len() != size || Rc::get_mut(buffer).is_none() {
                    *buffer = std::iter::repeat_n(0.0, size).collect();
                }
                fill(Rc::get_mut(buffer).expect("memory of its own"));
            }
        }
    }

    /// Another value for an input, of the same shape.
    pub fn set_input(&mut self, number: usize, value: &Tensor) {
        debug_assert_eq!(value.shape(), &self.input_shapes[number]);
        match self.plan.inputs[number] {
            Place::Slot(slot) => self.slots[slot as usize] = value.data()[0],
            Place::Buffer { index, .. } => self.buffers[index as usize] = value.shared_data(),
        }
    }

    /// Computes the outputs. Errors: interruption, and what a row refuses.
    pub fn run(&mut self) -> Result<(), TapeError> {
        let steps = std::mem::take(&mut self.plan.steps);
        let result = self.run_steps(&steps);
        self.plan.steps = steps;
        result
    }

    fn run_steps(&mut self, steps: &[Step]) -> Result<(), TapeError> {
        for step in steps {
            match step {
                Step::Points(code) => point::run(code, &mut self.slots),
                Step::Loop(pass) => self.run_loop(pass)?,
                Step::Pipeline(pipeline) => self.run_pipeline(pipeline)?,
                Step::Call(call) => self.run_call(call)?,
                Step::Pick { buffer, at, slot } => {
                    self.slots[*slot as usize] = self.buffers[*buffer as usize][*at];
                }
            }
            if interrupt::is_requested() {
                return Err(TapeError::Interrupted);
            }
        }
        Ok(())
    }

    /// The elements of an output.
    pub fn output(&self, number: usize) -> &[f64] {
        self.data(self.plan.outputs[number])
    }

    /// How many outputs there are.
    pub fn outputs(&self) -> usize {
        self.plan.outputs.len()
    }

    pub fn output_tensor(&self, number: usize) -> Tensor {
        Tensor::new(self.output_shapes[number].clone(), self.output(number))
    }

    fn data(&self, place: Place) -> &[f64] {
        match place {
            Place::Slot(slot) => &self.slots[slot as usize..slot as usize + 1],
            Place::Buffer { index, offset, len } => &self.buffers[index as usize][offset..offset + len],
        }
    }

    /// Takes the memory of a buffer, to be written; memory of its own.
    fn take_buffer(&mut self, index: u32) -> Rc<[f64]> {
        let len = self.plan.buffers[index as usize];
        let mut buffer = std::mem::replace(&mut self.buffers[index as usize], self.nothing.clone());
        if buffer.len() == len && Rc::get_mut(&mut buffer).is_some() {
            return buffer;
        }
        std::iter::repeat_n(0.0, len).collect()
    }

    fn run_loop(&mut self, pass: &Loop) -> Result<(), TapeError> {
        let mut taken: More<Rc<[f64]>> = pass.stores.iter().map(|&index| self.take_buffer(index)).collect();
        let mut registers = std::mem::take(&mut self.registers);
        let mut sums: Few<f64> = smallvec![0.0; pass.sums.len()];
        let result = self.run_chunks(pass, &mut taken, &mut sums, &mut registers);
        self.registers = registers;
        for (&index, data) in pass.stores.iter().zip(taken) {
            self.buffers[index as usize] = data;
        }
        for (&slot, sum) in pass.sums.iter().zip(sums) {
            self.slots[slot as usize] = sum;
        }
        result
    }

    fn run_chunks(
        &self,
        pass: &Loop,
        outputs: &mut [Rc<[f64]>],
        totals: &mut [f64],
        registers: &mut Registers,
    ) -> Result<(), TapeError> {
        let sources: More<Source> =
            pass.loads.iter().map(|&(place, view)| Source { base: self.data(place), view }).collect();
        let chunks = pass.size.div_ceil(CHUNK).max(1);
        let splats: Few<(u32, f64)> =
            pass.splats.iter().map(|&(register, slot)| (register, self.slots[slot as usize])).collect();
        let (code, count, size) = (&pass.code[..], pass.registers, pass.size);
        let numbers = pass.splats.len() as u32;
        // not by way of `run_chunk`: what that does for pipelines costs passes over a few elements a tenth of their time
        // (gradbench lstm 2 1024: 3.4 ms, 3.8 with it)
        if chunks == 1 {
            let mut parts: More<&mut [f64]> = outputs.iter_mut().filter_map(Rc::get_mut).collect();
            let (splats, sums) = (&mut splats.iter().copied(), &mut *totals);
            let pass = Pass {
                code,
                registers: count,
                numbers,
                splats,
                sources: &sources,
                outputs: &mut parts,
                sums,
                start: 0,
                end: size,
            };
            lanes::run(pass, size, registers);
            totals.iter_mut().for_each(|total| *total += 0.0);
            return Ok(());
        }
        // the sums of a chunk lie side by side
        let width = pass.sums.len();
        let mut sums: Few<f64> = smallvec![0.0; width * chunks];
        let run = |stretch: Stretch, registers: &mut Registers| {
            let Stretch { first, chunks, mut rests, sums } = stretch;
            for chunk in first..first + chunks {
                let (start, end) = (chunk * CHUNK, ((chunk + 1) * CHUNK).min(size));
                let mut parts: Few<&mut [f64]> = SmallVec::new();
                for rest in &mut rests {
                    let (part, after) = std::mem::take(rest).split_at_mut(end - start);
                    parts.push(part);
                    *rest = after;
                }
                let pass = Pass {
                    code,
                    registers: count,
                    numbers,
                    splats: &mut splats.iter().copied(),
                    sources: &sources,
                    outputs: &mut parts,
                    sums: &mut sums[(chunk - first) * width..][..width],
                    start,
                    end,
                };
                lanes::run(pass, size, registers);
                if interrupt::is_requested() {
                    return;
                }
            }
        };
        let rests: Few<&mut [f64]> = outputs.iter_mut().filter_map(Rc::get_mut).collect();
        let whole = Stretch { first: 0, chunks, rests, sums: &mut sums };
        if size.saturating_mul(code.len()) < WORTH_THREADS || threads::count() == 1 {
            run(whole, registers);
        } else {
            threads::each(whole.cut(STRETCH), |stretch| run(stretch, &mut Registers::default()));
        }
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        for (which, total) in totals.iter_mut().enumerate() {
            *total = total_of(&sums, which, width);
        }
        Ok(())
    }

    fn run_call(&mut self, call: &Call) -> Result<(), TapeError> {
        let mut one = [0.0];
        let mut taken = match call.to {
            Place::Buffer { index, .. } => self.take_buffer(index),
            Place::Slot(_) => self.nothing.clone(),
        };
        let out = match call.to {
            Place::Buffer { .. } => Rc::get_mut(&mut taken).expect("memory of its own"),
            Place::Slot(_) => &mut one,
        };
        let inputs: Vec<Operand> =
            call.operands.iter().map(|(place, shape)| Operand { shape, data: self.data(*place) }).collect();
        match &call.row.op {
            Op::Tensor(op) => (op.forward)(&inputs, &call.attr, &call.shape, out)?,
            _ => out.copy_from_slice(&evaluate(call.row, &inputs, &call.attr)?.1),
        }
        match call.to {
            Place::Buffer { index, .. } => self.buffers[index as usize] = taken,
            Place::Slot(slot) => self.slots[slot as usize] = one[0],
        }
        Ok(())
    }

    /// The parts of a program that consists of nothing but scalars: instructions, slots, where its inputs and outputs
    /// lie.
    fn scalars(&mut self) -> Option<Scalars<'_>> {
        let code: &[code::Instruction] = match &self.plan.steps[..] {
            [] => &[],
            [Step::Points(code)] => code,
            _ => return None,
        };
        let slots = |places: &[Place]| -> Option<Vec<usize>> {
            let slot = |place: &Place| match place {
                Place::Slot(slot) => Some(*slot as usize),
                Place::Buffer { .. } => None,
            };
            places.iter().map(slot).collect()
        };
        let (inputs, outputs) = (slots(&self.plan.inputs)?, slots(&self.plan.outputs)?);
        Some(Scalars { code, slots: &mut self.slots, inputs, outputs })
    }

    /// An output as memory that can be shared.
    fn shared_output(&self, number: usize) -> Rc<[f64]> {
        match self.plan.outputs[number] {
            Place::Buffer { index, offset: 0, len } if self.buffers[index as usize].len() == len => {
                self.buffers[index as usize].clone()
            }
            place => self.data(place).into(),
        }
    }
}
