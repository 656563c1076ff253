//! Results that f64 gets wrong, computed again with wide numbers.
//!
//! An expression is a chain of operations, each of them right to the last digit, and yet `(1 - cos(x))/x^2` at 1e-4 has
//! lost eight digits and `log(exp(1000))` is infinite. [`super::doubt`] notices such results; here the operations that
//! lead to them are run again on the tape's own nodes. Named values stay what they are: f64 numbers.

mod pairs;

use std::collections::{HashMap, HashSet};

use crate::interrupt;
use crate::kernels::wide::{Wide, with_precision, work};
use crate::tape::{Attr, CONSTANT, NodeId, Op, Operand, Row, Tape, evaluate};
use crate::tensor::Shape;

use super::elementwise::TWO_OVER_ROOT_PI;
use super::structure::*;
use super::wide::{Widened, widened};

/// Bits of the attempts, each tried when the one before left a result uncertain.
const PRECISIONS: [usize; 3] = [320, 1280, 4480];

/// Bits of a result that must be certain: those of an f64 and some to round it.
const WANTED: i64 = 64;

/// With the most bits only so many elements are computed.
const MOST_ELEMENTS_AT_FULL_PRECISION: usize = 256;

/// What a statement may spend on wide numbers, in the units of [`work`]: a few seconds.
pub const PATIENCE: u64 = 4_000_000_000;

/// The values of `targets`, rounded once from wide numbers; where those have no value, the f64 value stays.
///
/// `exact` are nodes whose f64 value is meant as it is, besides constants and variables. `patience` is what may be
/// spent, and is less by what was: where it ends, the result is what was found before. `None` if there are too many
/// nodes, or nothing was found.
pub fn refined(tape: &Tape, targets: &[NodeId], exact: &HashSet<NodeId>, patience: &mut u64) -> Option<Vec<Vec<f64>>> {
    let needed = needed(tape, targets, exact)?;
    if let Some(found) = pairs::attempt(tape, targets, &needed, exact) {
        return Some(found);
    }
    let start = work();
    let limit = start.saturating_add(*patience);
    let found = widest(tape, targets, &needed, exact, limit);
    *patience = limit.saturating_sub(work());
    let rounded = |(wide, &id): (&Vec<Wide>, &NodeId)| rounded(wide, tape.data(id));
    Some(found?.iter().zip(targets).map(rounded).collect())
}

/// The values of `targets` with as many bits as they need and `limit` allows.
fn widest(
    tape: &Tape,
    targets: &[NodeId],
    needed: &[NodeId],
    exact: &HashSet<NodeId>,
    limit: u64,
) -> Option<Vec<Vec<Wide>>> {
    let elements: usize = needed.iter().map(|&id| tape.data(id).len()).sum();
    let mut before: Option<i64> = None;
    let mut best = None;
    for bits in PRECISIONS {
        let Some((found, is_lost)) = with_precision(bits, || attempt(tape, targets, needed, exact, limit)) else {
            return best;
        };
        // log(1 - sigmoid(800)): no number yet
        let is_open = is_lost && found.iter().flatten().any(|wide| !wide.is_number());
        let uncertain = found.iter().flatten().filter(|wide| wide.is_number() && !wide.is_certain(WANTED));
        // the worst error, which more bits do not help against where it comes from constants
        let noise = uncertain.map(Wide::noise).max();
        let is_last = bits == PRECISIONS[1] && elements > MOST_ELEMENTS_AT_FULL_PRECISION;
        let is_settled = is_last || (!is_open && (noise.is_none() || before == noise));
        before = noise;
        best = Some(found);
        if is_settled {
            break;
        }
    }
    best
}

/// The nodes to compute, operands first. `None` if there are too many.
fn needed(tape: &Tape, targets: &[NodeId], exact: &HashSet<NodeId>) -> Option<Vec<NodeId>> {
    let mut known: HashSet<NodeId> = HashSet::new();
    let mut open: Vec<NodeId> = targets.to_vec();
    let mut elements = 0;
    while let Some(id) = open.pop() {
        if !known.insert(id) {
            continue;
        }
        elements += tape.shape(id).size();
        if !tape.is_small(id) || elements > super::doubt::MOST_ELEMENTS {
            return None;
        }
        if !is_leaf(tape, id, exact) || targets.contains(&id) {
            open.extend(tape.operands(id));
        }
    }
    let mut needed: Vec<NodeId> = known.into_iter().collect();
    needed.sort_unstable();
    Some(needed)
}

fn is_leaf(tape: &Tape, id: NodeId, exact: &HashSet<NodeId>) -> bool {
    matches!(tape.row(id).op, Op::Leaf) || exact.contains(&id)
}

/// Whether the value of a node that is not computed here is meant to the last bit.
fn is_exact(tape: &Tape, id: NodeId, exact: &HashSet<NodeId>) -> bool {
    match tape.row(id).op {
        Op::Leaf => !std::ptr::eq(tape.row(id), &CONSTANT),
        _ => exact.contains(&id),
    }
}

/// Values of the targets, and whether the bits were too few for a number on the way, which came out as 0. `None` where
/// the work exceeds the limit.
fn attempt(
    tape: &Tape,
    targets: &[NodeId],
    needed: &[NodeId],
    exact: &HashSet<NodeId>,
    limit: u64,
) -> Option<(Vec<Vec<Wide>>, bool)> {
    let mut values: HashMap<NodeId, Vec<Wide>> = HashMap::with_capacity(needed.len());
    for &id in needed {
        let wide = if is_leaf(tape, id, exact) && !targets.contains(&id) {
            None
        } else {
            let inputs: Vec<&[Wide]> = tape.operands(id).map(|operand| values[&operand].as_slice()).collect();
            node(tape, id, &inputs, limit)
        };
        if interrupt::is_requested() || work() > limit {
            return None;
        }
        let is_exact = is_exact(tape, id, exact);
        let known = |&x: &f64| match () {
            _ if is_exact || is_as_typed(x) => Wide::new(x),
            _ => factor_of_a_rule(x).unwrap_or_else(|| Wide::rounded_to_f64(x)),
        };
        let wide = wide.unwrap_or_else(|| tape.data(id).iter().map(known).collect());
        values.insert(id, wide);
    }
    let is_lost = values.values().flatten().any(Wide::is_lost);
    Some((targets.iter().map(|target| values[target].clone()).collect(), is_lost))
}

/// Whether a constant looks like a literal, whose value is meant as it stands: whole, or of few digits. Others, as √2
/// or π, were computed and rounded.
fn is_as_typed(x: f64) -> bool {
    x.fract() == 0.0 || format!("{x:e}").bytes().take_while(|&c| c != b'e').filter(u8::is_ascii_digit).count() <= 15
}

/// A constant that derivative rules bring with them, of which the tape has the rounded value.
fn factor_of_a_rule(x: f64) -> Option<Wide> {
    (x.abs() == TWO_OVER_ROOT_PI).then(|| x.signum() * (2.0 / Wide::pi().sqrt()))
}

/// Back to f64; where there is no wide number, or none that is better, the one that f64 has.
fn rounded(wide: &[Wide], plain: &[f64]) -> Vec<f64> {
    let choose = |(wide, &plain): (&Wide, &f64)| match wide.to_f64() {
        Some(x) if x != plain && wide.refutes(plain) => x,
        _ => plain,
    };
    wide.iter().zip(plain).map(choose).collect()
}

/// One node from its operands; `None` if the operation has no wide form.
fn node(tape: &Tape, id: NodeId, inputs: &[&[Wide]], limit: u64) -> Option<Vec<Wide>> {
    let row = tape.row(id);
    if let Op::Tensor(_) = row.op {
        return tensor(tape, id, row, inputs);
    }
    let form = widened(row)?;
    let shape = tape.shape(id);
    let operands: Vec<NodeId> = tape.operands(id).collect();
    // which element of each operand goes with which element of the result
    let places: Vec<Vec<usize>> =
        operands.iter().map(|&operand| broadcast_places(tape.shape(operand), shape)).collect::<Option<_>>()?;
    let pick = |which: usize, i: usize| &inputs[which][places[which][i]];
    let first = operands.first().map(|&operand| tape.data(operand))?;
    let element = |i: usize| match form {
        Widened::One(f) => f(pick(0, i)),
        Widened::Two(f) => f(pick(0, i), pick(1, i)),
        Widened::Three(f) => f(pick(0, i), pick(1, i), pick(2, i)),
        Widened::Choice(f) => match f(first[places[0][i]]) {
            Some(which) => pick(which, i).clone(),
            None => Wide::new(0.0),
        },
    };
    let is_allowed = |_: &usize| work() <= limit && !interrupt::is_requested();
    Some((0..shape.size()).take_while(is_allowed).map(element).collect())
}

/// For each element of `to`, the element of `from` that is broadcast there.
fn broadcast_places(from: &Shape, to: &Shape) -> Option<Vec<usize>> {
    if from == to {
        return Some((0..to.size()).collect());
    }
    if from.size() == 1 {
        return Some(vec![0; to.size()]);
    }
    let numbers: Vec<f64> = (0..from.size()).map(|i| i as f64).collect();
    let operand = Operand { shape: from, data: &numbers };
    let (_, places) = evaluate(&BROADCAST_TO, &[operand], &Attr::Shape(to.clone())).ok()?;
    Some(places.into_iter().map(|place| place as usize).collect())
}

/// Rows that only move elements about.
fn moves(row: &'static Row) -> bool {
    [&RESHAPE, &TRANSPOSE, &CONCAT, &STACK, &SLICE, &UNSLICE, &SET_SLICE, &GATHER, &BROADCAST_TO]
        .iter()
        .any(|other| std::ptr::eq(row, *other))
}

fn tensor(tape: &Tape, id: NodeId, row: &'static Row, inputs: &[&[Wide]]) -> Option<Vec<Wide>> {
    let attr = tape.attr(id);
    let operands: Vec<NodeId> = tape.operands(id).collect();
    if moves(row) {
        return moved(tape, &operands, row, attr, inputs);
    }
    let (x, from) = (*inputs.first()?, tape.shape(*operands.first()?));
    if std::ptr::eq(row, &MATMUL) {
        return matmul(tape.shape(operands[0]), tape.shape(operands[1]), x, inputs[1]);
    }
    if let (Attr::Shape(to), true) = (attr, std::ptr::eq(row, &SUM_TO)) {
        let sums = grouped(x, &broadcast_places(to, from)?, to.size());
        return Some(sums.iter().map(|group| total(group)).collect());
    }
    let Attr::Axes { axes, .. } = attr else { return None };
    let kept = Shape::new(
        from.dims().iter().enumerate().map(|(i, &dim)| if axes.contains(&i) { 1 } else { dim }).collect::<Vec<_>>(),
    );
    let places = broadcast_places(&kept, from)?;
    let groups = grouped(x, &places, kept.size());
    let of_groups = |f: fn(&[&Wide]) -> Wide| groups.iter().map(|group| f(group)).collect::<Vec<Wide>>();
    Some(match row.name {
        "sum" => of_groups(total),
        "max" => of_groups(|group| largest(group, false)),
        "min" => of_groups(|group| largest(group, true)),
        "norm" => of_groups(|group| {
            let squares: Vec<Wide> = group.iter().map(|x| *x * *x).collect();
            total(&squares.iter().collect::<Vec<_>>()).sqrt()
        }),
        "logsumexp" => of_groups(|group| {
            let terms: Vec<Wide> = group.iter().map(|x| x.exp()).collect();
            total(&terms.iter().collect::<Vec<_>>()).log()
        }),
        "softmax" => {
            let terms: Vec<Wide> = x.iter().map(Wide::exp).collect();
            let sums: Vec<Wide> = grouped(&terms, &places, kept.size()).iter().map(|group| total(group)).collect();
            terms.iter().zip(&places).map(|(term, &place)| term / &sums[place]).collect()
        }
        _ => return None,
    })
}

/// A row that moves elements, run on their numbers: 1, 2, …; 0 is an empty place.
fn moved(tape: &Tape, operands: &[NodeId], row: &'static Row, attr: &Attr, inputs: &[&[Wide]]) -> Option<Vec<Wide>> {
    let mut all: Vec<&Wide> = Vec::new();
    let mut numbers: Vec<Vec<f64>> = Vec::with_capacity(inputs.len());
    for input in inputs {
        numbers.push((0..input.len()).map(|i| (all.len() + i + 1) as f64).collect());
        all.extend(*input);
    }
    let numbered: Vec<Operand> =
        operands.iter().zip(&numbers).map(|(&id, data)| Operand { shape: tape.shape(id), data }).collect();
    let (_, places) = evaluate(row, &numbered, attr).ok()?;
    let element = |place: f64| if place == 0.0 { Wide::new(0.0) } else { all[place as usize - 1].clone() };
    Some(places.into_iter().map(element).collect())
}

fn grouped<'x>(x: &'x [Wide], places: &[usize], count: usize) -> Vec<Vec<&'x Wide>> {
    let mut groups = vec![Vec::new(); count];
    for (x, &place) in x.iter().zip(places) {
        groups[place].push(x);
    }
    groups
}

fn total(group: &[&Wide]) -> Wide {
    group.iter().fold(Wide::new(0.0), |sum, x| sum + *x)
}

fn largest(group: &[&Wide], smallest: bool) -> Wide {
    let mut best = group[0];
    for x in group {
        match x.compare(best) {
            Some(order) if order.is_gt() != smallest && order.is_ne() => best = x,
            Some(_) => {}
            None => return Wide::none(),
        }
    }
    best.clone()
}

/// Vectors and matrices; stacks of them keep their f64 product.
fn matmul(left: &Shape, right: &Shape, a: &[Wide], b: &[Wide]) -> Option<Vec<Wide>> {
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
    for i in 0..rows {
        for j in 0..columns {
            let products: Vec<Wide> = (0..inner).map(|k| &a[i * inner + k] * &b[k * columns + j]).collect();
            out.push(total(&products.iter().collect::<Vec<_>>()));
        }
    }
    Some(out)
}
