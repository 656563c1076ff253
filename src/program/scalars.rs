//! A graph of small tensors as one of scalars: every element a node of its own.
//!
//! Rows that only move elements are run on the numbers of the elements instead of their values, and so say where
//! each goes; elementwise rows, sums and small matrix products are written out. Scalars can then stand for columns
//! of many points.

use super::graph::{Builder, Graph, Id, Kind, is_elementwise};
use crate::kernels::reduce;
use crate::ops;
use crate::tape::{ABSENT, Attr, Op, Operand, Row};
use crate::tensor::{Shape, Tensor};

/// Graphs of more elements are not worth writing out.
const MOST: usize = 1 << 13;

/// Rows whose results are elements of their operands, or structural zeros.
const MOVES: [&Row; 9] = [
    &ops::RESHAPE,
    &ops::SLICE,
    &ops::UNSLICE,
    &ops::SET_SLICE,
    &ops::BROADCAST_TO,
    &ops::TRANSPOSE,
    &ops::CONCAT,
    &ops::STACK,
    &ops::GATHER,
];

impl Graph {
    /// The same graph over scalars: inputs and outputs element by element. `None` if a row in it cannot be written
    /// out, or it becomes too large.
    pub fn scalars(&self) -> Option<Graph> {
        let mut writer = Writer { builder: Builder::default(), elements: Vec::with_capacity(self.nodes.len()) };
        let mut inputs: Vec<(usize, Vec<Id>)> = Vec::new();
        for (number, &id) in self.inputs.iter().enumerate() {
            if !self.inputs[..number].contains(&id) {
                let ids = (0..self.node(id).size).map(|_| writer.builder.input(Shape::scalar())).collect();
                inputs.push((id as usize, ids));
            }
        }
        for (at, node) in self.nodes.iter().enumerate() {
            if writer.builder.len() + node.size > MOST {
                return None;
            }
            let operands: Vec<(&Shape, &[Id])> =
                node.operands.iter().map(|&id| (&self.node(id).shape, &writer.elements[id as usize][..])).collect();
            let elements = match &node.kind {
                Kind::Input => inputs.iter().find(|(id, _)| *id == at)?.1.clone(),
                Kind::Constant(tensor) => tensor.data().iter().map(|&x| writer.builder.scalar(x)).collect(),
                Kind::Op(row) => written(&mut writer.builder, row, &operands, &node.attr, &node.shape)?,
            };
            writer.elements.push(elements);
        }
        let all = |ids: &[Id]| ids.iter().flat_map(|&id| writer.elements[id as usize].iter().copied()).collect();
        let (inputs, outputs) = (all(&self.inputs), all(&self.outputs));
        Some(writer.builder.finish(inputs, outputs))
    }
}

struct Writer {
    builder: Builder,
    elements: Vec<Vec<Id>>,
}

/// The elements of a row's result.
fn written(
    builder: &mut Builder,
    row: &'static Row,
    operands: &[(&Shape, &[Id])],
    attr: &Attr,
    shape: &Shape,
) -> Option<Vec<Id>> {
    if is_elementwise(row) {
        let wide: Option<Vec<Vec<Id>>> = operands
            .iter()
            .map(|(own, ids)| moved(&ops::BROADCAST_TO, &[(own, ids)], &Attr::Shape(shape.clone()), shape, builder))
            .collect();
        let wide = wide?;
        return Some(
            (0..shape.size())
                .map(|at| {
                    let operands = wide.iter().map(|ids| ids[at]).collect();
                    builder.op(row, operands, Attr::None, &Shape::scalar(), true)
                })
                .collect(),
        );
    }
    if MOVES.iter().any(|other| std::ptr::eq(row, *other)) {
        return moved(row, operands, attr, shape, builder);
    }
    if std::ptr::eq(row, &ops::SUM) {
        let Attr::Axes { axes, .. } = attr else { return None };
        return Some(summed(builder, operands[0], axes, shape.size()));
    }
    if std::ptr::eq(row, &ops::SUM_TO) {
        let from = operands[0].0;
        let extra = from.rank() - shape.rank();
        let is_summed = |axis: &usize| *axis < extra || shape.dims()[axis - extra] == 1 && from.dims()[*axis] != 1;
        let axes: Vec<usize> = (0..from.rank()).filter(is_summed).collect();
        return Some(summed(builder, operands[0], &axes, shape.size()));
    }
    if std::ptr::eq(row, &ops::MATMUL) {
        return product(builder, operands[0], operands[1]);
    }
    None
}

/// Runs a row that moves elements on their numbers, counted from 1.
fn moved(
    row: &'static Row,
    operands: &[(&Shape, &[Id])],
    attr: &Attr,
    shape: &Shape,
    builder: &mut Builder,
) -> Option<Vec<Id>> {
    let Op::Tensor(op) = &row.op else { return None };
    let mut all: Vec<Id> = Vec::new();
    let numbered: Vec<Tensor> = operands
        .iter()
        .map(|(own, ids)| {
            let first = all.len();
            all.extend_from_slice(ids);
            let numbers: Vec<f64> = (first..all.len()).map(|number| number as f64 + 1.0).collect();
            Tensor::new((*own).clone(), numbers)
        })
        .collect();
    let inputs: Vec<Operand> = numbered.iter().map(|t| Operand { shape: t.shape(), data: t.data() }).collect();
    let mut out = vec![0.0; shape.size()];
    (op.forward)(&inputs, attr, shape, &mut out).ok()?;
    Some(
        out.iter()
            .map(|&number| if number == 0.0 { builder.scalar(ABSENT) } else { all[number as usize - 1] })
            .collect(),
    )
}

fn summed(builder: &mut Builder, (shape, ids): (&Shape, &[Id]), axes: &[usize], count: usize) -> Vec<Id> {
    let numbers: Vec<f64> = (0..ids.len()).map(|number| number as f64).collect();
    let mut groups: Vec<Vec<Id>> = Vec::with_capacity(count);
    let mut out = vec![0.0; count];
    reduce(shape, &numbers, axes, &mut out, |run| {
        groups.push(run.iter().map(|&number| ids[number as usize]).collect());
        0.0
    });
    groups.into_iter().map(|group| total(builder, &group)).collect()
}

/// The sum of nodes, by halves.
fn total(builder: &mut Builder, ids: &[Id]) -> Id {
    match ids {
        [] => builder.scalar(0.0),
        [one] => *one,
        _ if ids.len() < 8 => {
            let mut sum = ids[0];
            for &id in &ids[1..] {
                sum = builder.op(&ops::ADD, vec![sum, id], Attr::None, &Shape::scalar(), true);
            }
            sum
        }
        _ => {
            let (low, high) = ids.split_at(ids.len() / 2);
            let halves = vec![total(builder, low), total(builder, high)];
            builder.op(&ops::ADD, halves, Attr::None, &Shape::scalar(), true)
        }
    }
}

/// A product of two matrices or vectors; stacks of matrices are left alone.
fn product(builder: &mut Builder, (left, a): (&Shape, &[Id]), (right, b): (&Shape, &[Id])) -> Option<Vec<Id>> {
    let (rows, inner) = match *left.dims() {
        [inner] => (1, inner),
        [rows, inner] => (rows, inner),
        _ => return None,
    };
    let columns = match *right.dims() {
        [_] => 1,
        [_, columns] => columns,
        _ => return None,
    };
    let mut out = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        for column in 0..columns {
            let terms: Vec<Id> = (0..inner)
                .map(|at| {
                    let factors = vec![a[row * inner + at], b[at * columns + column]];
                    builder.op(&ops::MUL, factors, Attr::None, &Shape::scalar(), true)
                })
                .collect();
            out.push(total(builder, &terms));
        }
    }
    Some(out)
}
