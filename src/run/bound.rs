//! The running error bound: beside every f64 value how far it may be from what is meant, to first order.
//!
//! Each operation adds its own rounding error and hands on those of its operands by its slopes (Higham 2002, §3.3). What
//! may jump, overflow or come out as nothing has no bound: ∞.

use smallvec::{SmallVec, smallvec};

use super::leaf::meaning;
use super::stretch::Stretch;
use crate::interrupt;
use crate::ops::doubt::bounds::error_of;
use crate::ops::extended::{broadcast_places, moves};
use crate::ops::{LOGSUMEXP, MATMUL, MAX, MIN, NORM, SOFTMAX, SUM, SUM_TO};
use crate::tape::{NodeId, Op, Operand, Row, Step, evaluate};
use crate::tensor::Shape;

/// Relative error of a rounding.
const UNIT: f64 = f64::EPSILON / 2.0;

type Few = SmallVec<[f64; 1]>;

/// The f64 values of a node and bounds of their absolute errors.
pub(super) struct Bounded {
    pub y: Few,
    pub error: Few,
}

/// The targets with their bounds. `None` if interrupted.
pub(super) fn bounds(stretch: &Stretch) -> Option<Vec<Bounded>> {
    let mut all: Vec<Bounded> = Vec::with_capacity(stretch.nodes.len());
    for (count, &id) in stretch.nodes.iter().enumerate() {
        if count % 64 == 0 && interrupt::is_requested() {
            return None;
        }
        let bounded = if stretch.is_input(id) { input(stretch, id) } else { node(stretch, &all, id) };
        all.push(bounded);
    }
    let of = |&id: &NodeId| {
        let Bounded { y, error } = &all[stretch.place(id)];
        Bounded { y: y.clone(), error: error.clone() }
    };
    Some(stretch.targets.iter().map(of).collect())
}

fn input(stretch: &Stretch, id: NodeId) -> Bounded {
    let y: Few = stretch.column(id).unwrap_or_else(|| stretch.plain(id)).into();
    let (row, attr) = (stretch.tape.row(id), stretch.tape.attr(id));
    let error = match stretch.is_exact(id) {
        true => smallvec![0.0; y.len()],
        false => y.iter().map(|&x| meaning(row, attr, x).error(x)).collect(),
    };
    Bounded { y, error }
}

fn node(stretch: &Stretch, all: &[Bounded], id: NodeId) -> Bounded {
    let tape = stretch.tape;
    let row = tape.row(id);
    let operands: SmallVec<[NodeId; 4]> = tape.operands(id).collect();
    let inputs: SmallVec<[&Bounded; 4]> = operands.iter().map(|&id| &all[stretch.place(id)]).collect();
    if let Op::Tensor(_) = row.op {
        let y: Few = stretch.plain(id).into();
        let shapes: SmallVec<[&Shape; 4]> = operands.iter().map(|&id| tape.shape(id)).collect();
        let error = tensor(stretch, id, row, &shapes, &inputs, &y);
        return Bounded { y, error };
    }
    let mut step = Step { row, count: operands.len(), operands: [id; 3], x: [0.0; 3], y: 0.0 };
    if stretch.has_lanes() {
        let size = inputs.iter().map(|input| input.y.len()).max().unwrap_or(1);
        let at = |which: usize, i: usize| if inputs[which].y.len() == 1 { 0 } else { i };
        let element = |i: usize| {
            let mut errors = [0.0; 3];
            for which in 0..step.count {
                step.x[which] = inputs[which].y[at(which, i)];
                errors[which] = inputs[which].error[at(which, i)];
            }
            let computed = step.computed();
            (computed.y, error_of(&computed, errors))
        };
        let (y, error): (Few, Few) = (0..size).map(element).unzip();
        return Bounded { y, error };
    }
    let y: Few = stretch.plain(id).into();
    let own = tape.shape(id);
    let places: Option<SmallVec<[Vec<usize>; 3]>> = match y.len() {
        1 => Some(operands.iter().map(|_| vec![0]).collect()),
        _ => operands.iter().map(|&operand| broadcast_places(tape.shape(operand), own)).collect(),
    };
    let Some(places) = places else { return Bounded { error: smallvec![f64::INFINITY; y.len()], y } };
    let error = y.iter().enumerate().map(|(i, &y)| {
        let mut errors = [0.0; 3];
        for which in 0..step.count {
            let at = places[which][i];
            step.x[which] = inputs[which].y[at];
            errors[which] = inputs[which].error[at];
        }
        step.y = y;
        error_of(&step, errors)
    });
    let error = error.collect();
    Bounded { y, error }
}

/// Bounds for operations on tensors.
fn tensor(stretch: &Stretch, id: NodeId, row: &'static Row, shapes: &[&Shape], inputs: &[&Bounded], y: &[f64]) -> Few {
    let is = |other: &'static Row| std::ptr::eq(row, other);
    let attr = stretch.tape.attr(id);
    // the same operation on errors, or on sizes
    let on = |data: &[&[f64]]| -> Option<Vec<f64>> {
        let operands: Vec<Operand> = shapes.iter().zip(data).map(|(shape, data)| Operand { shape, data }).collect();
        evaluate(row, &operands, attr).ok().map(|(_, values)| values)
    };
    let errors: SmallVec<[&[f64]; 4]> = inputs.iter().map(|input| &input.error[..]).collect();
    let sizes: Vec<Vec<f64>> = inputs.iter().map(|input| input.y.iter().map(|y| y.abs()).collect()).collect();
    let sizes: Vec<&[f64]> = sizes.iter().map(Vec::as_slice).collect();
    let own = |y: f64| y.abs() * 16.0 * UNIT;
    let worst = errors.iter().flat_map(|errors| errors.iter()).fold(0.0, |worst: f64, &error| worst.max(error));
    let found: Option<Few> = if moves(row) {
        on(&errors).map(Few::from)
    } else if is(&SUM) || is(&SUM_TO) {
        // every partial sum is at most the sum of the sizes, and there is a compensated sum below
        on(&errors)
            .zip(on(&sizes))
            .map(|(errors, sizes)| errors.iter().zip(&sizes).map(|(error, size)| error + 4.0 * UNIT * size).collect())
    } else if is(&MATMUL) {
        let [left, right] = [0, 1].map(|which| [errors[which], sizes[which]]);
        let parts = [[left[0], right[1]], [left[1], right[0]], [left[0], right[0]]].map(|pair| on(&pair));
        let all = on(&[left[1], right[1]]);
        match (parts, all) {
            ([Some(a), Some(b), Some(c)], Some(all)) => {
                Some((0..y.len()).map(|i| a[i] + b[i] + c[i] + 8.0 * UNIT * all[i]).collect())
            }
            _ => None,
        }
    } else if is(&MAX) || is(&MIN) || is(&NORM) || is(&LOGSUMEXP) {
        let largest = sizes.iter().flat_map(|size| size.iter()).fold(0.0, |largest: f64, &x| largest.max(x));
        let extra = if is(&LOGSUMEXP) { largest * 2.0 * UNIT } else { 0.0 };
        let count = if is(&NORM) { (inputs[0].y.len() as f64).sqrt() } else { 1.0 };
        Some(y.iter().map(|&y| worst * count + own(y) + extra).collect())
    } else if is(&SOFTMAX) {
        let largest = sizes.iter().flat_map(|size| size.iter()).fold(0.0, |largest: f64, &x| largest.max(x));
        Some(y.iter().map(|&y| 2.0 * y * (worst + largest * 2.0 * UNIT) + own(y)).collect())
    } else {
        // relative errors, made larger
        let relative = |input: &&Bounded| {
            let of = |(y, error): (&f64, &f64)| if *error == 0.0 { 0.0 } else { error / y.abs() };
            input.y.iter().zip(&input.error).map(of).fold(0.0, f64::max)
        };
        let relative = inputs.iter().map(relative).fold(0.0, f64::max);
        Some(y.iter().map(|&y| 8.0 * relative * y.abs() + own(y)).collect())
    };
    let bounded = |(error, y): (f64, &f64)| if y.is_finite() && !error.is_nan() { error } else { f64::INFINITY };
    match found {
        Some(found) if found.len() == y.len() => found.into_iter().zip(y).map(bounded).collect(),
        _ => smallvec![f64::INFINITY; y.len()],
    }
}
