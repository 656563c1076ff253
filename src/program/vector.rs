//! One element's calculation for all elements at once: every scalar of it becomes a column.

use super::graph::Graph;
use super::points::{Column, PointsProgram};
use crate::ops;
use crate::tape::{Attr, NodeId, SliceSpec, Tape, TapeError};
use crate::tensor::{Shape, Tensor};

/// What was recorded for one element, written over scalars.
pub struct Vectorized {
    graph: Graph,
    /// Elements of an item, and of its result.
    item: usize,
    result: Shape,
    /// What the guards must be.
    guards: Vec<f64>,
}

impl Vectorized {
    /// From the recording of one element: the item, what it uses from outside, its result and its guards. `None` if it
    /// cannot be written over scalars.
    pub fn compile(
        tape: &Tape,
        item: NodeId,
        params: &[NodeId],
        result: NodeId,
        guards: &[NodeId],
    ) -> Option<Vectorized> {
        if guards.iter().any(|&id| !tape.is_scalar(id)) {
            return None;
        }
        let inputs: Vec<NodeId> = std::iter::once(item).chain(params.iter().copied()).collect();
        let outputs: Vec<NodeId> = std::iter::once(result).chain(guards.iter().copied()).collect();
        Some(Vectorized {
            graph: Graph::of_tape(tape, &inputs, &outputs).scalars()?,
            item: tape.shape(item).size(),
            result: tape.shape(result).clone(),
            guards: guards.iter().map(|&id| tape.scalar(id)).collect(),
        })
    }

    fn shape(&self, count: usize) -> Shape {
        let mut dims = vec![count];
        dims.extend(self.result.dims());
        Shape::new(dims)
    }

    fn hold(&self, which: usize, values: &[f64]) -> bool {
        let expected = self.guards[which];
        values.iter().all(|value| *value == expected || value.is_nan() && expected.is_nan())
    }

    /// The results for items that are plain numbers, with parameters that are too. `None` where an item goes another
    /// way than the recorded one.
    pub fn run(&self, items: &[f64], params: &[f64]) -> Result<Option<Tensor>, TapeError> {
        let count = items.len() / self.item;
        let columns: Vec<Vec<f64>> = match self.item {
            1 => Vec::new(),
            _ => (0..self.item).map(|at| items.iter().skip(at).step_by(self.item).copied().collect()).collect(),
        };
        let each = columns.iter().map(|column| Column::Each(column));
        let whole = (self.item == 1).then_some(Column::Each(items));
        let inputs: Vec<Column> =
            whole.into_iter().chain(each).chain(params.iter().map(|&x| Column::Same(x))).collect();
        let Some(mut program) = PointsProgram::of_graph(&self.graph, count) else { return Ok(None) };
        let found = program.run(&inputs)?;
        let width = self.result.size();
        if !(0..self.guards.len()).all(|which| self.hold(which, &found[width + which])) {
            return Ok(None);
        }
        let mut values = vec![0.0; count * width];
        for (at, column) in found[..width].iter().enumerate() {
            values.iter_mut().skip(at).step_by(width.max(1)).zip(column).for_each(|(to, &x)| *to = x);
        }
        Ok(Some(Tensor::new(self.shape(count), values)))
    }

    /// The results recorded: the items are a node whose first axis counts them. `None` where an item goes another way
    /// than the recorded one.
    pub fn record(&self, tape: &mut Tape, items: NodeId, params: &[NodeId]) -> Result<Option<NodeId>, TapeError> {
        let count = tape.shape(items).size() / self.item;
        let table = tape.record(&ops::RESHAPE, &[items], Attr::Shape(Shape::new([count, self.item])))?;
        let mut inputs = Vec::new();
        for at in 0..self.item {
            let column = [SliceSpec::all(count), SliceSpec { start: at, step: 1, len: 1, drop: true }];
            inputs.push(tape.record(&ops::SLICE, &[table], Attr::Slice(column.to_vec().into()))?);
        }
        for &param in params {
            let size = tape.shape(param).size();
            if tape.is_scalar(param) {
                inputs.push(param);
                continue;
            }
            let flat = tape.record(&ops::RESHAPE, &[param], Attr::Shape(Shape::new([size])))?;
            for start in 0..size {
                let element = [SliceSpec { start, step: 1, len: 1, drop: true }];
                inputs.push(tape.record(&ops::SLICE, &[flat], Attr::Slice(element.to_vec().into()))?);
            }
        }
        let mut columns = self.graph.record(tape, &inputs)?;
        let guards = columns.split_off(self.result.size());
        if !guards.iter().enumerate().all(|(which, &id)| self.hold(which, tape.tensor(id).data())) {
            return Ok(None);
        }
        let long = Shape::new([count]);
        for column in &mut columns {
            if *tape.shape(*column) != long {
                *column = tape.record(&ops::BROADCAST_TO, &[*column], Attr::Shape(long.clone()))?;
            }
        }
        if self.result.is_scalar() {
            return Ok(columns.first().copied());
        }
        let stacked = tape.record(&ops::STACK, &columns, Attr::Axis(0))?;
        let turned = tape.record(&ops::TRANSPOSE, &[stacked], Attr::Permutation([1, 0].into()))?;
        tape.record(&ops::RESHAPE, &[turned], Attr::Shape(self.shape(count))).map(Some)
    }
}
