//! Turns that carry the slopes of what they carry: forward mode, for loops of few numbers with few sources.
//!
//! The state of a turn is followed by its tangents, one column a source: T' = J T + ∂(turn)/∂(source), with the
//! Jacobian J of the turn from its recorded sweeps. Nothing need be stored then, and the tangents wait for nobody: they
//! are computed beside the values (Griewank & Walther 2008, chapter 3).

use super::super::code::Instruction;
use super::super::graph::Graph;
use super::super::plan::{Place, Step};
use super::super::{Program, Scalars};
use crate::ops::{self, LINEAR};
use crate::tape::{Cotangent, NodeId, Seed, Tape, TapeError, gradient};

/// More sources than this are swept back.
const MOST_COLUMNS: usize = 4;

/// So many carried numbers at the most.
const MOST_CARRIED: usize = 8;

/// A turn with its tangents.
pub struct Tangent {
    pub program: Program,
    /// By column, which operand of the loop it is the slope by.
    pub columns: Vec<usize>,
}

/// What a tangent is made from.
pub struct Plain<'t> {
    pub tape: &'t Tape,
    pub graph: &'t Graph,
    /// Carried values first.
    pub inputs: &'t [NodeId],
    pub carried: usize,
    /// The inputs that something is differentiated by, with the number of the loop's operand.
    pub sources: &'t [(usize, usize)],
}

impl Tangent {
    /// `None` where there is more to carry than pays.
    pub fn compile(plain: &Plain) -> Result<Option<Tangent>, TapeError> {
        let Plain { tape, graph, inputs, carried, sources } = *plain;
        let columns = sources.len();
        let is_narrow = (1..=MOST_COLUMNS).contains(&columns) && carried <= MOST_CARRIED;
        if !is_narrow || !inputs.iter().all(|&id| tape.is_scalar(id)) {
            return Ok(None);
        }
        let mut own = Tape::default();
        let own_inputs: Vec<NodeId> = inputs.iter().map(|&id| own.variable(tape.unseen(id))).collect();
        let outputs = graph.record(&mut own, &own_inputs)?;
        let tangents: Vec<NodeId> = (0..carried * columns).map(|_| own.variable(1.0)).collect();
        // by the carried values, then by those sources that are no carried value
        let mut wanted = own_inputs[..carried].to_vec();
        wanted.extend(sources.iter().filter(|(input, _)| *input >= carried).map(|(input, _)| own_inputs[*input]));
        let mut next = Vec::with_capacity(carried * columns);
        for &output in &outputs[..carried] {
            let slopes = match own.is_connected(output) {
                true => gradient(&mut own, &LINEAR, output, Seed::Ones, &wanted, true)?,
                false => vec![None; wanted.len()],
            };
            let node = |slope: &Option<Cotangent>| match slope {
                Some(Cotangent::Node(node)) => Some(*node),
                _ => None,
            };
            let mut direct = slopes[carried..].iter().map(node);
            for (column, (input, _)) in sources.iter().enumerate() {
                let mut sum = if *input >= carried { direct.next().flatten() } else { None };
                for (row, slope) in slopes[..carried].iter().enumerate() {
                    let Some(slope) = node(slope) else { continue };
                    let product = own.map2(&ops::MUL, slope, tangents[row * columns + column])?;
                    sum = Some(match sum {
                        None => product,
                        Some(before) => own.map2(&ops::ADD, before, product)?,
                    });
                }
                next.push(sum.unwrap_or_else(|| own.constant(0.0)));
            }
        }
        let (values, rest) = own_inputs.split_at(carried);
        let (handed_on, guards) = outputs.split_at(carried);
        let all_inputs: Vec<NodeId> = values.iter().chain(&tangents).chain(rest).copied().collect();
        let all_outputs: Vec<NodeId> = handed_on.iter().chain(&next).chain(guards).copied().collect();
        let mut program = Program::of_graph(&Graph::of_tape(&own, &all_inputs, &all_outputs));
        if program.scalars().is_none() {
            return Ok(None);
        }
        program.hand_on(carried * (1 + columns));
        Ok(Some(Tangent { program, columns: sources.iter().map(|(_, operand)| *operand).collect() }))
    }

    /// The state that a loop begins with: its values, and the slopes of the sources by themselves.
    pub fn begin(&self, values: &[f64]) -> Vec<f64> {
        let columns = self.columns.len();
        let mut state = values.to_vec();
        state.resize(values.len() * (1 + columns), 0.0);
        for (column, &operand) in self.columns.iter().enumerate().filter(|(_, operand)| **operand < values.len()) {
            state[values.len() + operand * columns + column] = 1.0;
        }
        state
    }

    /// Cotangents of the sources from those of the result, with the tangents at the end.
    pub fn pulled(&self, tangents: &[f64], g: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.columns.len()];
        for (row, g) in tangents.chunks_exact(self.columns.len()).zip(g) {
            found.iter_mut().zip(row).for_each(|(sum, tangent)| *sum += g * tangent);
        }
        found
    }
}

impl Program {
    /// Lets the first outputs of a program of scalars be written where the first inputs are read, so that one run
    /// hands its results on to the next; where an input is still needed then, it must be copied.
    pub fn hand_on(&mut self, count: usize) {
        let Some(Scalars { inputs, mut outputs, .. }) = self.scalars() else { return };
        let [Step::Points(code)] = &mut self.plan.steps[..] else { return };
        for at in 0..count {
            let (from, to) = (outputs[at] as u32, inputs[at] as u32);
            if !outputs.contains(&inputs[at]) && renamed(code, from, to) {
                outputs.iter_mut().filter(|slot| **slot as u32 == from).for_each(|slot| *slot = to as usize);
            }
        }
        let places = outputs.into_iter().map(|slot| Place::Slot(slot as u32));
        self.plan.outputs = places.collect();
    }
}

/// Writes to slot `to` what was written to slot `from`, if nobody needs what `to` holds any more.
fn renamed(code: &mut [Instruction], from: u32, to: u32) -> bool {
    let mut writers = code.iter().enumerate().filter(|(_, i)| i.writes_to(from)).map(|(at, _)| at);
    let (Some(at), None) = (writers.next(), writers.next()) else { return false };
    let is_free = code[at + 1..].iter().all(|i| !i.reads_from(to))
        && code[..=at].iter().all(|i| !i.reads_from(from))
        && code.iter().all(|i| !i.writes_to(to));
    if is_free {
        code[at].rename_result(from, to);
        code[at + 1..].iter_mut().for_each(|i| i.rename_operand(from, to));
    }
    is_free
}
