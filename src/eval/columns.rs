//! `e at x in …` with numbers throughout: recorded at one point, run over the others in lanes.
//!
//! What was recorded holds as long as the values that decided its way (its guards) stay the same. Points where one
//! differs are recorded anew, as many as go the new way at once.

use std::rc::Rc;

use super::at::{AtResult, Axis};
use super::trace::Trace;
use super::{Evaluator, Stop};
use crate::program::{Column, PointsProgram};
use crate::run::Element;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{At, ExprId, Tree};
use crate::tape::{NodeId, TapeError};
use crate::value::{Fault, Value};

/// A table of numbers.
#[derive(Debug, Clone)]
pub struct AtColumns {
    pub point: Vec<(Symbol, Vec<f64>)>,
    pub value: Vec<f64>,
    /// First derivatives, then higher ones, with the variables they are taken by.
    pub partials: Vec<(Vec<Symbol>, Vec<f64>)>,
}

/// Fewer points are not worth a program.
const FEWEST: usize = 8;

/// Rows that are looked at together.
const CHUNK: usize = 4096;

/// After so many different ways through an expression, the rest goes point by point.
const MOST_WAYS: usize = 32;

/// A program of one way through an expression.
pub(super) struct Way {
    program: PointsProgram,
    by: Vec<Vec<Symbol>>,
    /// What the guards must be.
    guards: Vec<f64>,
    /// The variables of the point on the tape, and values and derivatives.
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
}

impl Way {
    /// Values, then derivatives, a column each; and the points at which it holds.
    pub(super) fn run(&mut self, inputs: &[Column]) -> Result<(Vec<Vec<f64>>, Vec<bool>), Fault> {
        let mut columns = self.program.run(inputs)?;
        let guards = columns.split_off(columns.len() - self.guards.len());
        let mut holds = vec![true; columns[0].len()];
        for (column, expected) in guards.iter().zip(&self.guards) {
            for (holds, value) in holds.iter_mut().zip(column) {
                *holds &= value == expected || value.is_nan() && expected.is_nan();
            }
        }
        Ok((columns, holds))
    }
}

/// A table all of whose points go one way, to be computed again and again.
pub struct TableProgram {
    way: Way,
    point: Vec<Vec<f64>>,
    columns: Vec<Vec<f64>>,
}

impl TableProgram {
    /// Computes all columns. Errors: interruption.
    pub fn run(&mut self) -> Result<(), TapeError> {
        let inputs: Vec<Column> = self.point.iter().map(|values| Column::Each(values)).collect();
        self.way.program.run_into(&inputs, &mut self.columns)
    }
}

impl Evaluator<'_> {
    /// A table as a program; `None` if it is none of numbers, or if its points go different ways.
    pub fn table_program(&mut self, tree: &Rc<Tree>, body: ExprId, at: &At) -> Result<Option<TableProgram>, Stop> {
        let axes = self.axes(tree, at)?;
        let Some(point) = columns_of(&axes).filter(|point| point[0].len() >= FEWEST) else { return Ok(None) };
        let left: Vec<usize> = (0..point[0].len()).collect();
        let mut trace = Trace::begin(self);
        let Some(mut way) = trace.way(tree, body, at, &axes, &point, &left) else { return Ok(None) };
        drop(trace);
        let inputs: Vec<Column> = point.iter().map(|values| Column::Each(values)).collect();
        let (mut columns, holds) = way.run(&inputs).map_err(|fault| self.place(tree, tree.span(body), fault))?;
        columns.extend(way.guards.iter().map(|_| vec![0.0; holds.len()]));
        Ok(holds.iter().all(|&holds| holds).then_some(TableProgram { way, point, columns }))
    }

    /// The table, if it consists of numbers and the expression of elementwise operations; otherwise `None`, and
    /// nothing has happened.
    pub(super) fn at_columns(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        at: &At,
        axes: &[Axis],
    ) -> Result<Option<AtColumns>, Stop> {
        let Some(point) = columns_of(axes).filter(|point| point[0].len() >= FEWEST) else { return Ok(None) };
        let total = point[0].len();
        let mut table: Option<AtColumns> = None;
        let mut left: Vec<usize> = (0..total).collect();
        for _ in 0..MOST_WAYS {
            if left.len() < FEWEST {
                break;
            }
            let mut trace = Trace::begin(self);
            let Some(mut way) = trace.way(tree, body, at, axes, &point, &left) else { break };
            let chosen: Vec<Vec<f64>> = if left.len() == total {
                Vec::new()
            } else {
                point.iter().map(|column| left.iter().map(|&at| column[at]).collect()).collect()
            };
            let inputs: Vec<Column> =
                (if chosen.is_empty() { &point } else { &chosen }).iter().map(|values| Column::Each(values)).collect();
            let mut ran = way.run(&inputs);
            if let Ok((found, holds)) = &mut ran {
                trace.settle_rows(&way, &inputs, holds, found);
            }
            drop(trace);
            self.check_interrupt()?;
            let (found, holds) = ran.map_err(|fault| self.place(tree, tree.span(body), fault))?;
            let table = table.get_or_insert_with(|| AtColumns {
                point: axes.iter().map(|(name, _)| *name).zip(point.iter().cloned()).collect(),
                value: vec![f64::NAN; total],
                partials: way.by.iter().map(|by| (by.clone(), vec![f64::NAN; total])).collect(),
            });
            if table.partials.len() != way.by.len() {
                break;
            }
            let columns = std::iter::once(&mut table.value).chain(table.partials.iter_mut().map(|(_, column)| column));
            for (to, from) in columns.zip(found) {
                if holds.iter().all(|&holds| holds) && left.len() == total {
                    *to = from;
                    continue;
                }
                for ((&at, value), _) in left.iter().zip(from).zip(&holds).filter(|(_, holds)| **holds) {
                    to[at] = value;
                }
            }
            let mut at = 0;
            left.retain(|_| {
                at += 1;
                !holds[at - 1]
            });
        }
        let Some(mut table) = table else { return Ok(None) };
        for number in left {
            self.check_interrupt()?;
            let point =
                axes.iter().zip(&point).map(|((name, _), column)| (*name, Value::Real(column[number]))).collect();
            let result = self.at_point(tree, body, at, point, at.order.map_or(1, |(order, _)| order))?;
            if !self.fill_row(&mut table, number, &result) {
                return Ok(None);
            }
        }
        Ok(Some(table))
    }

    /// Corrects the rows that hold and that f64 may have got wrong.
    fn settle_rows<'a>(&mut self, way: &Way, points: &[Column<'a>], holds: &[bool], found: &mut [Vec<f64>]) {
        for start in (0..holds.len()).step_by(CHUNK) {
            let end = holds.len().min(start + CHUNK);
            let column = |(&id, column): (&NodeId, &Column<'a>)| match *column {
                Column::Each(values) => (id, &values[start..end]),
                Column::Same(_) => (id, &[] as &[f64]),
            };
            let columns: Vec<(NodeId, &[f64])> =
                way.inputs.iter().zip(points).map(column).filter(|(_, column)| !column.is_empty()).collect();
            let Some(better) = self.precise_rows(&way.outputs, &columns) else { return };
            for (row, values) in better.into_iter().filter(|(row, _)| holds[start + row]) {
                for (column, value) in found.iter_mut().zip(values) {
                    if let Element::Better(x) = value {
                        column[start + row] = x;
                    }
                }
            }
        }
    }

    /// Puts a row into the table; false if it is none of numbers.
    fn fill_row(&self, table: &mut AtColumns, row: usize, result: &AtResult) -> bool {
        let partials = result.partials.iter().chain(&result.higher);
        let found: Vec<Option<f64>> = std::iter::once(&result.value)
            .chain(partials.map(|partial| &partial.value))
            .map(|value| self.numbers.scalar(value))
            .collect();
        if found.len() != table.partials.len() + 1 || found.contains(&None) {
            return false;
        }
        let columns = std::iter::once(&mut table.value).chain(table.partials.iter_mut().map(|(_, column)| column));
        columns.zip(found.into_iter().flatten()).for_each(|(column, value)| column[row] = value);
        true
    }
}

impl Trace<'_, '_> {
    /// Records the expression at the first of the points `left`, as for digits, so that rows can be computed again in
    /// extended precision, and compiles it for all of them. `None` where it cannot be, and where it fails: it will
    /// fail again point by point, where that can be said.
    pub(super) fn way(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        at: &At,
        axes: &[Axis],
        point: &[Vec<f64>],
        left: &[usize],
    ) -> Option<Way> {
        let first = axes.iter().zip(point).map(|((name, _), column)| (*name, Value::Real(column[left[0]])));
        let first: Vec<(Symbol, Value)> = first.collect();
        let chances = self.memo.chances;
        self.muted = true;
        self.digits.lifting = true;
        self.digits.allow_steps();
        self.watch_reads();
        let evaluation = self.evaluate_at(tree, body, &first, at).ok()?;
        let guards = self.guards();
        // every point draws a random number of its own
        let has_drawn = self.memo.chances != chances;
        if has_drawn || !matches!(evaluation.target, Value::Var(_)) {
            return None;
        }
        let order = at.order.map_or(1, |(order, _)| order);
        let (first, higher) = self.orders(tree, body, &evaluation, order, true).ok()?;
        let by: Vec<Vec<Symbol>> = evaluation
            .sources
            .iter()
            .map(|(name, _)| vec![*name])
            .chain(higher.iter().map(|partial| partial.by.clone()))
            .collect();
        let first: Option<Vec<Value>> = first.into_iter().collect();
        let derivatives = first?.into_iter().chain(higher.into_iter().map(|partial| partial.value));
        let mut outputs: Vec<NodeId> = Vec::new();
        for value in std::iter::once(evaluation.target).chain(derivatives) {
            outputs.push(self.numbers.lift(&value).ok()?);
        }
        let ends: Vec<NodeId> = outputs.iter().chain(&guards).copied().collect();
        let tape = &self.numbers.tape;
        let scalar = |id: &NodeId| tape.is_scalar(*id).then(|| tape.scalar(*id));
        let guards: Option<Vec<f64>> = guards.iter().map(scalar).collect();
        let node = |(_, value): &(Symbol, Value)| match value {
            Value::Var(id) => Some(*id),
            _ => None,
        };
        let inputs: Option<Vec<NodeId>> = evaluation.point.iter().map(node).collect();
        let inputs = inputs?;
        let program = PointsProgram::compile(tape, &inputs, &ends, left.len())?;
        Some(Way { program, by, guards: guards?, inputs, outputs })
    }
}

/// The points as columns of numbers, if they are that: the last variable changes fastest.
pub(super) fn columns_of(axes: &[Axis]) -> Option<Vec<Vec<f64>>> {
    const MOST: usize = 100_000_000;
    let total = axes.iter().try_fold(1_usize, |total, (_, values)| total.checked_mul(values.len()))?;
    if axes.is_empty() || total > MOST {
        return None;
    }
    let mut inner = total;
    axes.iter()
        .map(|(_, values)| {
            let numbers: Option<Vec<f64>> = values
                .iter()
                .map(|value| match value {
                    Value::Real(x) => Some(*x),
                    _ => None,
                })
                .collect();
            let numbers = numbers?;
            inner /= numbers.len().max(1);
            let count = numbers.len();
            let mut column = Vec::with_capacity(total);
            while column.len() < total && count > 0 {
                numbers.iter().for_each(|&number| column.extend(std::iter::repeat_n(number, inner)));
            }
            Some(column)
        })
        .collect()
}
