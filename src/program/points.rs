//! The same scalars at many points: recorded at one of them, run over all in lanes.

use super::graph::{Graph, Kind};
use super::lanes::{self, Pass, Registers, Source};
use super::plan::{Loop, over_points};
use super::view::View;
use super::{CHUNK, WORTH_THREADS};
use crate::interrupt;
use crate::kernels::threads;
use crate::tape::{NodeId, Tape, TapeError};

/// The values of an input: one a point, or the same at all.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    Each(&'a [f64]),
    Same(f64),
}

/// A program of scalars that runs over columns of numbers.
pub struct PointsProgram {
    pass: Loop,
    /// Register and number.
    constants: Vec<(u32, f64)>,
    registers: Registers,
}

impl PointsProgram {
    /// Compiles what leads from `inputs` to `outputs`, for so many points. `None` if there is more to it than
    /// elementwise operations on scalars.
    pub fn compile(tape: &Tape, inputs: &[NodeId], outputs: &[NodeId], points: usize) -> Option<PointsProgram> {
        PointsProgram::of_graph(&Graph::of_tape(tape, inputs, outputs), points)
    }

    pub(super) fn of_graph(graph: &Graph, points: usize) -> Option<PointsProgram> {
        let pass = over_points(graph, points)?;
        let number = |id: u32| match &graph.node(id).kind {
            Kind::Constant(tensor) => tensor.data()[0],
            _ => f64::NAN,
        };
        let constants = pass.splats.iter().map(|&(register, id)| (register, number(id))).collect();
        Some(PointsProgram { pass, constants, registers: Registers::default() })
    }

    /// The outputs at all points, a column each. Errors: interruption.
    pub fn run(&mut self, inputs: &[Column]) -> Result<Vec<Vec<f64>>, TapeError> {
        let mut outputs: Vec<Vec<f64>> = self.pass.stores.iter().map(|_| vec![0.0; self.pass.size]).collect();
        self.run_into(inputs, &mut outputs)?;
        Ok(outputs)
    }

    /// The same into columns that are there already.
    pub fn run_into(&mut self, inputs: &[Column], outputs: &mut [Vec<f64>]) -> Result<(), TapeError> {
        let same: Vec<[f64; 1]> = inputs
            .iter()
            .map(|column| match column {
                Column::Same(x) => [*x],
                Column::Each(_) => [0.0],
            })
            .collect();
        let sources: Vec<Source> = inputs
            .iter()
            .zip(&same)
            .map(|(column, same)| match column {
                Column::Each(values) => Source { base: values, view: View::Flat { offset: 0 } },
                Column::Same(_) => Source { base: same, view: View::Repeat { offset: 0, len: 1, inner: usize::MAX } },
            })
            .collect();
        let (pass, constants, size) = (&self.pass, &self.constants, self.pass.size);
        let run = |(start, mut parts): (usize, Vec<&mut [f64]>), registers: &mut Registers| {
            if interrupt::is_requested() {
                return;
            }
            let end = (start + CHUNK).min(size);
            let pass = Pass {
                code: &pass.code,
                registers: pass.registers,
                numbers: pass.splats.len() as u32,
                splats: &mut constants.iter().copied(),
                sources: &sources,
                outputs: &mut parts,
                sums: &mut [],
                start,
                end,
            };
            lanes::run(pass, size, registers);
        };
        let mut rests: Vec<&mut [f64]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
        let mut chunks = Vec::with_capacity(size.div_ceil(CHUNK));
        for start in (0..size).step_by(CHUNK) {
            let mut parts = Vec::with_capacity(rests.len());
            for rest in &mut rests {
                let len = CHUNK.min(rest.len());
                let (part, after) = std::mem::take(rest).split_at_mut(len);
                parts.push(part);
                *rest = after;
            }
            chunks.push((start, parts));
        }
        if size.saturating_mul(self.pass.code.len()) < WORTH_THREADS || threads::count() == 1 {
            chunks.into_iter().for_each(|chunk| run(chunk, &mut self.registers));
        } else {
            threads::each(chunks, |chunk| run(chunk, &mut Registers::default()));
        }
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
        Ok(())
    }
}
