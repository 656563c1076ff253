//! A graph of small tensors as one of scalars: every element a node of its own.
//!
//! Rows that only move elements are run on the numbers of the elements instead of their values, and so say where
//! each goes; elementwise rows, sums and small matrix products are written out. Scalars can then stand for columns
//! of many points.

use super::graph::{Builder, Graph, Id, Kind, is_elementwise};
use crate::kernels::{matrix_sizes, reduce};
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
    let shapes: Vec<&Shape> = operands.iter().map(|(own, _)| *own).collect();
    if let Some(groups) = groups(row, &shapes, attr, shape) {
        let ids = operands[0].1;
        let sum = |group: &Vec<usize>| total(builder, &group.iter().map(|&at| ids[at]).collect::<Vec<Id>>());
        return Some(groups.iter().map(sum).collect());
    }
    if std::ptr::eq(row, &ops::MATMUL) {
        return product(builder, operands[0], operands[1]);
    }
    None
}

/// An element of an operand, by number; `None` for a structural zero.
pub type Origin = Option<(usize, usize)>;

/// Where the elements of the result of a row that only moves elements come from: the row is run on their numbers,
/// counted from 1. `None` for any other row.
pub fn origins(row: &'static Row, shapes: &[&Shape], attr: &Attr, shape: &Shape) -> Option<Vec<Origin>> {
    if !MOVES.iter().any(|other| std::ptr::eq(row, *other)) {
        return None;
    }
    let Op::Tensor(op) = &row.op else { return None };
    // the number before the first element of each operand
    let mut before = Vec::with_capacity(shapes.len());
    let mut count = 0;
    let numbered: Vec<Tensor> = shapes
        .iter()
        .map(|own| {
            before.push(count);
            count += own.size();
            Tensor::new(
                (*own).clone(),
                (count - own.size() + 1..=count).map(|number| number as f64).collect::<Vec<f64>>(),
            )
        })
        .collect();
    let inputs: Vec<Operand> = numbered.iter().map(|t| Operand { shape: t.shape(), data: t.data() }).collect();
    let mut out = vec![0.0; shape.size()];
    (op.forward)(&inputs, attr, shape, &mut out).ok()?;
    let origin = |number: &f64| {
        let at = (*number as usize).checked_sub(1)?;
        let operand = before.partition_point(|&first| first <= at) - 1;
        Some((operand, at - before[operand]))
    };
    Some(out.iter().map(origin).collect())
}

/// The elements of the operand that each element of a sum is the sum of, which may be none. `None` for any other row.
pub fn groups(row: &'static Row, shapes: &[&Shape], attr: &Attr, shape: &Shape) -> Option<Vec<Vec<usize>>> {
    let from = *shapes.first()?;
    if let Attr::ScatterTo { indices, axis, .. } = attr {
        let gather = Attr::Gather { indices: indices.clone(), axis: *axis };
        let mut groups = vec![Vec::new(); shape.size()];
        for (at, origin) in origins(&ops::GATHER, &[shape], &gather, from)?.into_iter().enumerate() {
            origin.into_iter().for_each(|(_, to)| groups[to].push(at));
        }
        return Some(groups);
    }
    let axes: Vec<usize> = match attr {
        Attr::Axes { axes, .. } if std::ptr::eq(row, &ops::SUM) => axes.to_vec(),
        _ if std::ptr::eq(row, &ops::SUM_TO) => {
            let extra = from.rank() - shape.rank();
            let is_summed = |axis: &usize| *axis < extra || shape.dims()[axis - extra] == 1 && from.dims()[*axis] != 1;
            (0..from.rank()).filter(is_summed).collect()
        }
        _ => return None,
    };
    let numbers: Vec<f64> = (0..from.size()).map(|number| number as f64).collect();
    let mut groups: Vec<Vec<usize>> = Vec::with_capacity(shape.size());
    let mut out = vec![0.0; shape.size()];
    reduce(from, &numbers, &axes, &mut out, |run| {
        groups.push(run.iter().map(|&number| number as usize).collect());
        0.0
    });
    Some(groups)
}

fn moved(
    row: &'static Row,
    operands: &[(&Shape, &[Id])],
    attr: &Attr,
    shape: &Shape,
    builder: &mut Builder,
) -> Option<Vec<Id>> {
    let shapes: Vec<&Shape> = operands.iter().map(|(own, _)| *own).collect();
    let origins = origins(row, &shapes, attr, shape)?;
    let element = |origin: Origin| match origin {
        Some((operand, at)) => operands[operand].1[at],
        None => builder.scalar(ABSENT),
    };
    Some(origins.into_iter().map(element).collect())
}

/// The sum of nodes, by halves.
fn total(builder: &mut Builder, ids: &[Id]) -> Id {
    match ids {
        [] => builder.scalar(ABSENT),
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
    let (rows, inner, columns) = matrix_sizes(left, right)?;
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
