//! Jacobians and Hessians from sweeps: as many as the pattern of the zeros asks for, in the cheaper direction.

use super::Evaluator;
use super::trace::Trace;
use crate::ops::{self, LINEAR};
use crate::program::Pattern;
use crate::tape::{Attr, Cotangent, NodeId, Seed, gradient};
use crate::tensor::{Shape, Tensor};
use crate::value::{Fault, Value};

/// Targets with fewer elements take a sweep an element.
const FEW: usize = 4;

/// A sweep through a recorded sweep costs about as much as so many plain ones.
const FORWARD_COST: usize = 3;

/// Sources in terms of which a pattern's columns are numbered.
struct Columns {
    first: usize,
    count: usize,
}

impl Evaluator<'_> {
    /// Jacobians of a node: shape of the target, then of the source. `None` where the target does not depend on a
    /// source.
    pub(super) fn jacobian_of(
        &mut self,
        target: NodeId,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        let size = self.numbers.tape.shape(target).size();
        let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
        self.doubt_gradient(target, sources);
        let pattern = match size >= FEW && present.iter().all(|&source| source <= target) {
            true => Pattern::of_tape(&self.numbers.tape, target, &present),
            false => None,
        };
        let Some(pattern) = pattern else { return self.jacobian_by_rows(target, sources, record) };
        let mut first = 0;
        let blocks: Vec<Columns> = present
            .iter()
            .map(|&source| {
                let count = self.numbers.tape.shape(source).size();
                first += count;
                Columns { first: first - count, count }
            })
            .collect();
        let (colours, count) = pattern.colours();
        let turned = pattern.transposed();
        let columns: Vec<_> = blocks.iter().map(|block| turned.part(block.first..block.first + block.count)).collect();
        let forward: usize = columns.iter().map(|part| part.colours().1).sum();
        if forward * FORWARD_COST < count {
            return self.jacobian_by_columns(target, sources, record, &columns);
        }
        if count == size {
            return self.jacobian_by_rows(target, sources, record);
        }
        let shape = self.numbers.tape.shape(target).clone();
        let sweeps = self.coloured_sweeps(target, sources, record, (&colours, count))?;
        let mut blocks = blocks.iter();
        let mut results = Vec::with_capacity(sources.len());
        for (source, sweeps) in sources.iter().zip(sweeps) {
            let block = source.and_then(|_| blocks.next());
            let (Some(source), Some(block), Some(sweeps)) = (source, block, sweeps) else {
                results.push(None);
                continue;
            };
            let entries = pattern.entries().filter_map(|(row, column)| {
                let column = column.checked_sub(block.first).filter(|&column| column < block.count)?;
                Some((colours[row] * block.count + column, row * block.count + column))
            });
            let mut dims = shape.dims().to_vec();
            dims.extend(self.numbers.tape.shape(*source).dims());
            results.push(Some(self.spread(sweeps, entries, Shape::new(dims))?));
        }
        Ok(results)
    }

    /// One reverse sweep an element of the target.
    fn jacobian_by_rows(
        &mut self,
        target: NodeId,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        let shape = self.numbers.tape.shape(target).clone();
        let each: Vec<usize> = (0..shape.size()).collect();
        let sweeps = self.coloured_sweeps(target, sources, record, (&each, each.len()))?;
        let mut results = Vec::with_capacity(sources.len());
        for (rows, source) in sweeps.into_iter().zip(sources) {
            let (Some(rows), Some(source)) = (rows, source) else {
                results.push(None);
                continue;
            };
            let mut dims = shape.dims().to_vec();
            dims.extend(self.numbers.tape.shape(*source).dims());
            let stacked = self.numbers.stack(rows)?;
            results.push(Some(self.numbers.apply(&ops::RESHAPE, &[&stacked], Attr::Shape(Shape::new(dims)))?));
        }
        Ok(results)
    }

    /// For each source, the sum of the rows of each colour.
    fn coloured_sweeps(
        &mut self,
        target: NodeId,
        sources: &[Option<NodeId>],
        record: bool,
        (colours, count): (&[usize], usize),
    ) -> Result<Vec<Option<Vec<Value>>>, Fault> {
        let shape = self.numbers.tape.shape(target).clone();
        let mut sums: Vec<Option<Vec<Value>>> = vec![Some(Vec::with_capacity(count)); sources.len()];
        for colour in 0..count {
            let seed: Vec<f64> = colours.iter().map(|&own| (own == colour) as u8 as f64).collect();
            let seed = Tensor::new(shape.clone(), seed);
            let row = self.plain_sweep(target, Some(&seed), sources, record)?;
            for (sums, found) in sums.iter_mut().zip(row) {
                match (sums.as_mut(), found) {
                    (Some(sums), Some(row)) => sums.push(row),
                    _ => *sums = None,
                }
            }
        }
        Ok(sums)
    }

    /// Forward mode by two reverse sweeps: J^T w is linear in w, and its transposed Jacobian by w is J (Christianson
    /// 2012). `columns` are the patterns of the transposed blocks.
    fn jacobian_by_columns(
        &mut self,
        target: NodeId,
        sources: &[Option<NodeId>],
        record: bool,
        columns: &[Pattern],
    ) -> Result<Vec<Option<Value>>, Fault> {
        let record = record || self.digits.lifting;
        let mut trace = Trace::begin(self);
        let shape = trace.numbers.tape.shape(target).clone();
        let ones = vec![1.0; shape.size()];
        let cotangent = trace.numbers.tape.variable_tensor(&Tensor::new(shape.clone(), ones));
        let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
        let found = gradient(&mut trace.numbers.tape, &LINEAR, target, Seed::Node(cotangent), &present, true)?;
        let mut found = found.into_iter().zip(columns);
        let mut results = Vec::with_capacity(sources.len());
        for source in sources {
            let Some((Some(Cotangent::Node(pulled)), pattern)) = source.and_then(|_| found.next()) else {
                results.push(None);
                continue;
            };
            let (colours, count) = pattern.colours();
            let sweeps = trace.coloured_sweeps(pulled, &[Some(cotangent)], record, (&colours, count))?;
            let Some(Some(sweeps)) = sweeps.into_iter().next() else {
                results.push(None);
                continue;
            };
            let (rows, columns) = (shape.size(), colours.len());
            let entries = pattern.entries().map(|(column, row)| (colours[column] * rows + row, row * columns + column));
            let mut dims = shape.dims().to_vec();
            dims.extend(source.map(|source| trace.numbers.tape.shape(source).dims().to_vec()).unwrap_or_default());
            results.push(Some(trace.spread(sweeps, entries, Shape::new(dims))?));
        }
        if record {
            trace.keep();
        } else {
            results = results.into_iter().map(|value| value.map(|value| trace.numbers.constant(&value))).collect();
        }
        Ok(results)
    }

    /// A tensor of this shape with elements of the sweeps, which are counted through, in their places.
    fn spread(
        &mut self,
        sweeps: Vec<Value>,
        entries: impl Iterator<Item = (usize, usize)>,
        shape: Shape,
    ) -> Result<Value, Fault> {
        let (from, to): (Vec<usize>, Vec<usize>) = entries.unzip();
        let stacked = self.numbers.stack(sweeps)?;
        let all = self.numbers.shape(&stacked)?.size();
        let flat = self.numbers.apply(&ops::RESHAPE, &[&stacked], Attr::Shape(Shape::new([all])))?;
        let picked = self.numbers.apply(&ops::GATHER, &[&flat], Attr::Gather { indices: from.into(), axis: 0 })?;
        let places = Attr::ScatterTo { indices: to.into(), axis: 0, shape: Shape::new([shape.size()]) };
        let spread = self.numbers.apply(&ops::SCATTER_ADD, &[&picked], places)?;
        // structural zeros are numbers to whoever sees them
        let spread = match self.compiling {
            true => spread,
            false => self.numbers.apply(&ops::ADD, &[&spread, &Value::Real(0.0)], Attr::None)?,
        };
        self.numbers.apply(&ops::RESHAPE, &[&spread], Attr::Shape(shape))
    }

    /// Rows of the target belong to rows of the source: one sweep an element of a row, for all rows at once.
    pub(super) fn batch_jacobian(
        &mut self,
        target: NodeId,
        source: NodeId,
        record: bool,
    ) -> Result<Option<Value>, Fault> {
        let (shape, from) = (self.numbers.tape.shape(target).clone(), self.numbers.tape.shape(source).clone());
        let (Some(&batch), true) = (shape.dims().first(), shape.dims().first() == from.dims().first()) else {
            return Err(Fault::new(format!("the first axes of {shape} and {from} are not one batch")));
        };
        let row = shape.size().checked_div(batch).unwrap_or(0);
        let mut columns = Vec::with_capacity(row);
        for element in 0..row {
            let seed = (0..shape.size()).map(|i| (i % row == element) as u8 as f64).collect::<Vec<_>>();
            let seed = Tensor::new(shape.clone(), seed);
            match self.sweep(target, Some(&seed), &[Some(source)], record)?.pop().flatten() {
                Some(column) => columns.push(column),
                None => return Ok(None),
            }
        }
        // (row, batch, source row) → (batch, row, source row)
        let stacked = self.numbers.stack(columns)?;
        let rank = from.rank() + 1;
        let order: Vec<usize> = [1, 0].into_iter().chain(2..rank).collect();
        let turned = self.numbers.apply(&ops::TRANSPOSE, &[&stacked], Attr::Permutation(order.into()))?;
        let mut dims = shape.dims().to_vec();
        dims.extend(&from.dims()[1..]);
        self.numbers.apply(&ops::RESHAPE, &[&turned], Attr::Shape(Shape::new(dims))).map(Some)
    }

    /// Second derivatives: the Jacobian of each recorded gradient. Blocks that are structurally 0 are zeros; `None`
    /// where the target does not depend on a variable at all.
    pub(super) fn hessian_of(
        &mut self,
        target: NodeId,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Vec<Option<Value>>>, Fault> {
        let gradients = self.sweep(target, None, sources, true)?;
        let mut blocks = Vec::with_capacity(sources.len());
        for (gradient, source) in gradients.iter().zip(sources) {
            let (Some(Value::Var(gradient)), Some(source)) = (gradient, source) else {
                blocks.push(vec![None; sources.len()]);
                continue;
            };
            let row = self.jacobian_of(*gradient, sources, record)?;
            let mut filled = Vec::with_capacity(row.len());
            for ((block, other), first) in row.into_iter().zip(sources).zip(&gradients) {
                let (Some(other), Some(_)) = (other, first) else {
                    filled.push(None);
                    continue;
                };
                filled.push(Some(block.unwrap_or_else(|| self.zero_block(*source, *other))));
            }
            blocks.push(filled);
        }
        Ok(blocks)
    }

    pub(super) fn zero_block(&self, first: NodeId, second: NodeId) -> Value {
        let mut dims = self.numbers.tape.shape(first).dims().to_vec();
        dims.extend(self.numbers.tape.shape(second).dims());
        let shape = Shape::new(dims);
        let size = shape.size();
        Value::tensor(Tensor::new(shape, vec![0.0; size]))
    }
}
