//! What a turn of a loop takes from a tensor outside, at places that follow from the loop variable: `x[i]`, `A[i, :]`,
//! `x[2i:2i + 3]`. To the body it is an input of its own; its cotangent belongs to the places it was taken from.

use std::cell::RefCell;

use super::super::graph::Graph;
use super::super::{Program, Scalars, point};
use crate::ops::{self, LINEAR};
use crate::tape::{Attr, NodeId, SliceSpec, Tape, TapeError};
use crate::tensor::Shape;

/// No tensor has an element beyond it.
const LARGEST: f64 = (1u64 << 53) as f64;

/// A place that moves along one axis, as it was recorded.
pub struct Moving {
    pub axis: usize,
    /// An index, or the beginning of a slice.
    pub start: NodeId,
    /// The end of a slice.
    pub stop: Option<NodeId>,
}

/// A selection at moving places, as it was recorded.
pub struct Traced {
    /// Which tensor from outside.
    pub base: usize,
    pub shape: Shape,
    /// What is selected, with moving axes where they were then.
    pub specs: Vec<SliceSpec>,
    pub moving: Vec<Moving>,
    /// Stands for the selection in the recorded turn.
    pub source: NodeId,
}

struct Axis {
    axis: usize,
    length: usize,
    stride: usize,
    /// Elements of a slice.
    count: Option<usize>,
}

pub struct Stream {
    pub base: usize,
    shape: Shape,
    specs: Vec<SliceSpec>,
    axes: Vec<Axis>,
    /// Where the elements lie when all moving axes are at 0.
    positions: Vec<usize>,
}

impl Stream {
    fn new(traced: &Traced) -> Stream {
        let mut specs = traced.specs.clone();
        let strides = traced.shape.strides();
        let axis = |moving: &Moving| {
            let spec = &mut specs[moving.axis];
            spec.start = 0;
            Axis {
                axis: moving.axis,
                length: traced.shape.dims()[moving.axis],
                stride: strides[moving.axis],
                count: moving.stop.map(|_| spec.len),
            }
        };
        let axes = traced.moving.iter().map(axis).collect();
        let attr = Attr::Slice(specs.as_slice().into());
        let positions = (LINEAR.selected)(&ops::SLICE, &attr, &traced.shape).expect("a slice selects");
        Stream { base: traced.base, shape: traced.shape.clone(), specs, axes, positions }
    }

    pub fn size(&self) -> usize {
        self.positions.len()
    }

    /// Copies the selection that begins at `offset`.
    pub fn read(&self, base: &[f64], offset: usize, to: &mut [f64]) {
        to.iter_mut().zip(&self.positions).for_each(|(to, &at)| *to = base[offset + at]);
    }

    /// Adds the cotangent of the selection to that of its tensor.
    pub fn add(&self, cotangent: &[f64], offset: usize, to: &mut [f64]) {
        cotangent.iter().zip(&self.positions).for_each(|(g, &at)| to[offset + at] += g);
    }

    /// The selection at these starts of the moving axes, recorded.
    pub fn record(&self, tape: &mut Tape, base: NodeId, starts: &[usize]) -> Result<NodeId, TapeError> {
        let mut specs = self.specs.clone();
        self.axes.iter().zip(starts).for_each(|(axis, &start)| specs[axis.axis].start = start);
        debug_assert_eq!(tape.shape(base), &self.shape);
        tape.record(&ops::SLICE, &[base], Attr::Slice(specs.into()))
    }
}

/// All streams of a body.
pub struct Streams {
    pub list: Vec<Stream>,
    /// The moving places from the loop variable.
    places: RefCell<Program>,
    count: usize,
}

/// Where the streams are in one turn.
#[derive(Default)]
pub struct Places {
    values: Vec<f64>,
    /// By moving axis.
    pub starts: Vec<usize>,
    /// By stream, where its elements begin.
    pub offsets: Vec<usize>,
}

impl Streams {
    pub fn compile(tape: &Tape, item: Option<NodeId>, traced: &[Traced]) -> Streams {
        let moving = traced.iter().flat_map(|traced| &traced.moving);
        let outputs: Vec<NodeId> = moving.flat_map(|moving| std::iter::once(moving.start).chain(moving.stop)).collect();
        let inputs: Vec<NodeId> = item.into_iter().collect();
        Streams {
            list: traced.iter().map(Stream::new).collect(),
            places: RefCell::new(Program::of_graph(&Graph::of_tape(tape, &inputs, &outputs))),
            count: outputs.len(),
        }
    }

    /// Finds the places for a value of the loop variable; false where one does not exist, or a slice has another
    /// length.
    pub fn find(&self, item: f64, places: &mut Places) -> Result<bool, TapeError> {
        if self.list.is_empty() {
            return Ok(true);
        }
        self.compute(item, &mut places.values)?;
        places.starts.clear();
        places.offsets.clear();
        let mut values = places.values.iter().copied();
        for stream in &self.list {
            let mut offset = 0;
            for axis in &stream.axes {
                let mut next = || values.next().filter(|x| x.fract() == 0.0 && x.abs() < LARGEST).map(|x| x as i64);
                let Some(mut start) = next() else { return Ok(false) };
                let last = match axis.count {
                    None if start < 0 => {
                        start += axis.length as i64;
                        start
                    }
                    None => start,
                    Some(count) => match next() {
                        Some(stop) if stop == start + count as i64 => stop - 1,
                        _ => return Ok(false),
                    },
                };
                if start < 0 || last >= axis.length as i64 {
                    return Ok(false);
                }
                places.starts.push(start as usize);
                offset += start as usize * axis.stride;
            }
            places.offsets.push(offset);
        }
        Ok(true)
    }

    fn compute(&self, item: f64, values: &mut Vec<f64>) -> Result<(), TapeError> {
        let mut places = self.places.borrow_mut();
        values.clear();
        if let Some(Scalars { code, slots, inputs, outputs }) = places.scalars() {
            inputs.iter().for_each(|&slot| slots[slot] = item);
            point::run(code, slots);
            values.extend(outputs.iter().map(|&slot| slots[slot]));
            return Ok(());
        }
        places.write_input(0, &[item]);
        places.run()?;
        values.extend((0..self.count).map(|number| places.output(number)[0]));
        Ok(())
    }

    /// The starts of each stream's moving axes.
    pub fn starts<'p>(&self, places: &'p Places) -> impl Iterator<Item = (&Stream, &'p [usize])> {
        let mut at = 0;
        self.list.iter().map(move |stream| {
            at += stream.axes.len();
            (stream, &places.starts[at - stream.axes.len()..at])
        })
    }
}
