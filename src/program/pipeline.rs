//! Passes that follow each other element by element run chunk by chunk together: what one stores, the next finds in the
//! cache, and not in memory when the whole of it is done.

use std::rc::Rc;

use smallvec::SmallVec;

use super::lanes::{self, Pass, Registers, Source};
use super::plan::{Loop, Place, Step};
use super::view::View;
use super::{CHUNK, Few, More, Program, WORTH_THREADS, total_of};
use crate::interrupt;
use crate::kernels::threads;
use crate::tape::TapeError;

/// Passes, and how many chunks each stays behind the first.
pub struct Pipeline {
    pub passes: Vec<Loop>,
    lags: Vec<usize>,
}

/// The buffers that a pass writes.
type Taken = More<Rc<[f64]>>;

/// Passes over fewer elements stay in the cache by themselves.
const LEAST: usize = 4 * CHUNK;

/// Chunks of more buffers than this do not stay in the cache together.
const MOST_BUFFERS: usize = 8;

/// What stays further behind finds nothing in the cache.
const MOST_LAG: usize = 4;

/// Puts passes together that can run so.
pub fn pipelined(steps: Vec<Step>) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        let next = match (step, all.last_mut()) {
            (Step::Loop(pass), Some(Step::Pipeline(pipeline))) => match pipeline.lag(&pass) {
                Some(lag) => {
                    pipeline.passes.push(pass);
                    pipeline.lags.push(lag);
                    continue;
                }
                None => Pipeline::of(pass),
            },
            (Step::Loop(pass), _) => Pipeline::of(pass),
            (step, _) => step,
        };
        all.push(next);
    }
    let alone = |step: Step| match step {
        Step::Pipeline(mut pipeline) if pipeline.passes.len() == 1 => Step::Loop(pipeline.passes.remove(0)),
        step => step,
    };
    all.into_iter().map(alone).collect()
}

impl Pipeline {
    fn of(pass: Loop) -> Step {
        Step::Pipeline(Pipeline { passes: vec![pass], lags: vec![0] })
    }

    /// How far behind another pass must stay; `None` if it cannot join.
    fn lag(&self, pass: &Loop) -> Option<usize> {
        if pass.size < LEAST || self.passes[0].size < LEAST {
            return None;
        }
        let mut buffers: Few<u32> = SmallVec::new();
        self.passes.iter().chain([pass]).for_each(|pass| pass.buffers(&mut buffers));
        if buffers.len() > MOST_BUFFERS {
            return None;
        }
        let mut lag = 0;
        let mut follows = false;
        for (before, own) in self.passes.iter().zip(&self.lags) {
            if pass.splats.iter().any(|(_, slot)| before.sums.contains(slot)) {
                return None;
            }
            for (place, view) in &pass.loads {
                let Place::Buffer { index, offset, .. } = place else { continue };
                if !before.stores.contains(index) {
                    continue;
                }
                // how many elements beyond its own it reads
                let lead = match *view {
                    View::Flat { offset: from } => offset + from,
                    View::Padded { offset: from, start, .. } => (offset + from).saturating_sub(start),
                    View::Repeat { .. } | View::Middle { .. } => return None,
                };
                lag = lag.max(own + lead.div_ceil(CHUNK));
                follows = true;
            }
        }
        (follows && lag <= MOST_LAG).then_some(lag)
    }
}

impl Loop {
    /// Adds the buffers it reads and writes, each once.
    fn buffers(&self, all: &mut Few<u32>) {
        let index = |(place, _): &(Place, View)| match place {
            Place::Buffer { index, .. } => Some(*index),
            Place::Slot(_) => None,
        };
        for index in self.loads.iter().filter_map(index).chain(self.stores.iter().copied()) {
            if !all.contains(&index) {
                all.push(index);
            }
        }
    }
}

impl Program {
    pub(super) fn run_pipeline(&mut self, pipeline: &Pipeline) -> Result<(), TapeError> {
        let Pipeline { passes, lags } = pipeline;
        let is_worth_threads = |pass: &Loop| pass.size.saturating_mul(pass.code.len()) >= WORTH_THREADS;
        if threads::count() > 1 && passes.iter().any(is_worth_threads) {
            return passes.iter().try_for_each(|pass| self.run_loop(pass));
        }
        let mut taken: Few<Taken> =
            passes.iter().map(|pass| pass.stores.iter().map(|&index| self.take_buffer(index)).collect()).collect();
        let mut registers = std::mem::take(&mut self.registers);
        let chunks = |pass: &Loop| pass.size.div_ceil(CHUNK);
        let mut sums: Few<Vec<f64>> = passes.iter().map(|pass| vec![0.0; pass.sums.len() * chunks(pass)]).collect();
        let turns = passes.iter().zip(lags).map(|(pass, lag)| chunks(pass) + lag).max().unwrap_or(0);
        let mut is_interrupted = false;
        for turn in 0..turns {
            for (number, (pass, lag)) in passes.iter().zip(lags).enumerate() {
                if let Some(chunk) = turn.checked_sub(*lag).filter(|chunk| *chunk < chunks(pass)) {
                    let (before, rest) = taken.split_at_mut(number);
                    let width = pass.sums.len();
                    let sums = &mut sums[number][chunk * width..][..width];
                    self.run_chunk((&passes[..number], before), pass, &mut rest[0], chunk, sums, &mut registers);
                }
            }
            is_interrupted = interrupt::is_requested();
            if is_interrupted {
                break;
            }
        }
        self.registers = registers;
        for (pass, (taken, sums)) in passes.iter().zip(taken.into_iter().zip(sums)) {
            for (&index, data) in pass.stores.iter().zip(taken) {
                self.buffers[index as usize] = data;
            }
            for (which, &slot) in pass.sums.iter().enumerate() {
                self.slots[slot as usize] = total_of(&sums, which, pass.sums.len());
            }
        }
        if is_interrupted { Err(TapeError::Interrupted) } else { Ok(()) }
    }

    /// One chunk of a pass; what those before it stored is not in its place yet.
    fn run_chunk(
        &self,
        (passes, taken): (&[Loop], &[Taken]),
        pass: &Loop,
        outputs: &mut [Rc<[f64]>],
        chunk: usize,
        sums: &mut [f64],
        registers: &mut Registers,
    ) {
        let base = |place: Place| match place {
            Place::Buffer { index, offset, len } => {
                let stored = passes.iter().zip(taken).find_map(|(pass, taken)| {
                    let at = pass.stores.iter().position(|other| *other == index)?;
                    Some(&taken[at][offset..offset + len])
                });
                stored.unwrap_or_else(|| self.data(place))
            }
            Place::Slot(_) => self.data(place),
        };
        let sources: More<Source> =
            pass.loads.iter().map(|&(place, view)| Source { base: base(place), view }).collect();
        let (start, end) = (chunk * CHUNK, ((chunk + 1) * CHUNK).min(pass.size));
        let mut parts: More<&mut [f64]> =
            outputs.iter_mut().filter_map(Rc::get_mut).map(|whole| &mut whole[start..end]).collect();
        let splats = &mut pass.splats.iter().map(|&(register, slot)| (register, self.slots[slot as usize]));
        let (code, count, numbers) = (&pass.code[..], pass.registers, pass.splats.len() as u32);
        let own =
            Pass { code, registers: count, numbers, splats, sources: &sources, outputs: &mut parts, sums, start, end };
        lanes::run(own, pass.size, registers);
    }
}
