//! Notices results that f64 may have got wrong: by a running bound of the relative error, propagated through the
//! derivative rules that the rows have anyway (Higham 2002, §3.3), and by adjoints that cancel where they meet.
//!
//! A doubt costs time, not correctness: what is doubted is computed again (see [`super::refine`]).

use crate::tape::{NodeId, Op, Operand, Row, Tape, evaluate, is_absent};

use super::*;

/// Larger computations are not looked at: their results are what f64 makes of them.
pub const MOST_ELEMENTS: usize = 4096;

/// Relative error from which a result is doubted: the twelve digits that are printed should be right.
const TOLERANCE: f64 = 1e-13;

const UNIT: f64 = f64::EPSILON / 2.0;

/// Whether a recorded value may be wrong in the digits that are shown. Nodes older than `first` count as exact, and what
/// is too large to be looked at as right.
pub fn value_is_doubtful(tape: &Tape, first: usize, target: NodeId) -> bool {
    Doubts::new(tape, first, target).is_some_and(|doubts| doubts.is_worrying())
}

/// The same for the gradient of `target` by the sources: because a value on the way is in doubt, or because adjoints
/// meet and cancel.
pub fn gradient_is_doubtful(tape: &Tape, target: NodeId, sources: &[NodeId]) -> bool {
    let Some(first) = sources.iter().min().filter(|&&first| first <= target) else { return false };
    let Some(mut doubts) = Doubts::new(tape, first.index(), target) else { return false };
    doubts.is_worrying() || doubts.adjoints_cancel(tape, sources)
}

/// What is known of a node.
#[derive(Clone, Copy, Default)]
struct Known {
    /// The target depends on it.
    is_needed: bool,
    /// Bound of the relative error of its value.
    error: f64,
    adjoint: f64,
    /// What the adjoint would be if nothing had cancelled.
    size: f64,
}

/// The nodes from `first` to the target.
struct Doubts {
    first: usize,
    nodes: Vec<Known>,
    worst: f64,
}

impl Doubts {
    /// `None` where there is too much to look at.
    fn new(tape: &Tape, first: usize, target: NodeId) -> Option<Doubts> {
        let count = (target.index() + 1).checked_sub(first).filter(|&count| count <= MOST_ELEMENTS)?;
        let mut doubts = Doubts { first, nodes: vec![Known::default(); count], worst: 0.0 };
        doubts.nodes[count - 1].is_needed = true;
        for at in (0..count).rev() {
            if !doubts.nodes[at].is_needed {
                continue;
            }
            for operand in tape.operands(tape.node(first + at)) {
                if let Some(at) = operand.index().checked_sub(first) {
                    doubts.nodes[at].is_needed = true;
                }
            }
        }
        let mut elements = 0;
        for at in 0..count {
            let id = tape.node(first + at);
            if !doubts.nodes[at].is_needed || matches!(tape.row(id).op, Op::Leaf) {
                continue;
            }
            if !tape.is_scalar(id) {
                elements += tape.shape(id).size();
                if elements > MOST_ELEMENTS || !tape.is_small(id) {
                    return None;
                }
            }
            if tape.operands(id).any(|id| !tape.is_small(id)) {
                return None;
            }
            let error = doubts.of_node(tape, id);
            doubts.nodes[at].error = error;
            doubts.worst = doubts.worst.max(if error.is_nan() { f64::INFINITY } else { error });
        }
        Some(doubts)
    }

    /// Whether the target, or anything that its derivative is computed with, may be wrong.
    fn is_worrying(&self) -> bool {
        self.worst > TOLERANCE
    }

    fn of(&self, id: NodeId) -> f64 {
        id.index().checked_sub(self.first).map_or(0.0, |at| self.nodes[at].error)
    }

    fn of_node(&self, tape: &Tape, id: NodeId) -> f64 {
        let row = tape.row(id);
        if tape.is_scalar(id) && !matches!(row.op, Op::Tensor(_)) {
            let mut operands = [(0.0, 0.0); 3];
            let mut count = 0;
            for operand in tape.operands(id) {
                operands[count] = (tape.data(operand)[0], self.of(operand));
                count += 1;
            }
            return elementwise(row, &operands[..count], tape.scalar(id));
        }
        let operands: Vec<NodeId> = tape.operands(id).collect();
        let error = operands.iter().map(|&operand| self.of(operand)).fold(0.0, f64::max);
        let y = tape.data(id);
        if y.iter().any(|y| !y.is_finite()) {
            return f64::INFINITY;
        }
        if let Op::Tensor(_) = row.op {
            return tensor(tape, id, row, &operands, error);
        }
        let shape = tape.shape(id);
        let same = |operand: NodeId| tape.shape(operand) == shape || tape.shape(operand).is_scalar();
        if !operands.iter().all(|&operand| same(operand)) {
            // broadcasting between tensors: the bound for the least favourable pairing is not worth its code
            return error + UNIT;
        }
        let mut worst = 0.0f64;
        for (i, &y) in y.iter().enumerate() {
            let mut values = [(0.0, 0.0); 3];
            for (value, &operand) in values.iter_mut().zip(&operands) {
                let data = tape.data(operand);
                *value = (if data.len() == 1 { data[0] } else { data[i] }, self.of(operand));
            }
            worst = worst.max(elementwise(row, &values[..operands.len()], y));
        }
        worst
    }

    /// Whether adjoints meet at a source and cancel. Looks at scalars only.
    fn adjoints_cancel(&mut self, tape: &Tape, sources: &[NodeId]) -> bool {
        let last = self.nodes.len() - 1;
        (self.nodes[last].adjoint, self.nodes[last].size) = (1.0, 1.0);
        for at in (0..=last).rev() {
            let id = tape.node(self.first + at);
            let Known { adjoint, size, .. } = self.nodes[at];
            if size == 0.0 || !tape.is_connected(id) {
                continue;
            }
            if !tape.is_scalar(id) {
                return false;
            }
            let row = tape.row(id);
            let mut operands = [NodeId::default(); 3];
            let mut x = [0.0; 3];
            let mut count = 0;
            for operand in tape.operands(id).take(3) {
                (operands[count], x[count]) = (operand, tape.data(operand).first().copied().unwrap_or(0.0));
                count += 1;
            }
            let y = tape.scalar(id);
            for (which, operand) in operands[..count].iter().enumerate() {
                let Some(to) = operand.index().checked_sub(self.first) else { continue };
                if !tape.is_connected(*operand) {
                    continue;
                }
                let slope = match &row.op {
                    Op::Map1(op) => op.rule.as_ref().map(|rule| (rule.pull)(1.0, x[0], y)),
                    Op::Map2(op) => op.rules[which].as_ref().map(|rule| (rule.pull)(1.0, x[0], x[1], y)),
                    Op::Map3(op) => op.rules[which].as_ref().map(|rule| (rule.pull)(1.0, x[0], x[1], x[2])),
                    _ => return false,
                };
                if let Some(slope) = slope.filter(|&slope| !is_absent(slope)) {
                    if is_out_of_range(row, (slope, which), adjoint, y) {
                        return true;
                    }
                    self.nodes[to].adjoint += adjoint * slope;
                    self.nodes[to].size += size * slope.abs();
                }
            }
        }
        sources.iter().filter_map(|source| self.nodes.get(source.index() - self.first)).any(|known| {
            // NaN is to be doubted too
            let limit = TOLERANCE * known.adjoint.abs();
            known.size.is_nan() || limit.is_nan() || known.size * UNIT > limit
        })
    }
}

/// Whether an adjoint leaves the range of f64 on its way through an operation: it may come back later, as the slope
/// -2x/(1 + x²)² of 1/(1 + x²) does at 1e100.
fn is_out_of_range(row: &'static Row, (slope, which): (f64, usize), adjoint: f64, y: f64) -> bool {
    let passed = adjoint * slope;
    if slope == 0.0 {
        // of all slopes only those of quotients, -y/b, and of negative powers are 0 by underflow
        let is = |other: &'static Row| std::ptr::eq(row, other);
        let is_quotient = (is(&DIV) && which == 1) || is(&RECIPROCAL) || is(&LOG_SLOPE) || (is(&POW) && which == 0);
        return is_quotient && y != 0.0 && adjoint != 0.0;
    }
    !passed.is_finite() || (passed.abs() < f64::MIN_POSITIVE && adjoint != 0.0)
}

/// The relative error of `y` from those of the operands, each given with its value.
fn elementwise(row: &'static Row, operands: &[(f64, f64)], y: f64) -> f64 {
    if !y.is_finite() {
        return f64::INFINITY;
    }
    let absolute = match (&row.op, operands) {
        (Op::Map1(op), &[(x, error)]) => match &op.rule {
            Some(_) if error == 0.0 => 0.0,
            Some(rule) => ((rule.pull)(1.0, x, y) * x * error).abs(),
            None => return 0.0,
        },
        (Op::Map2(op), &[(a, error_a), (b, error_b)]) => {
            let part = |which: usize, x: f64, error: f64| match &op.rules[which] {
                Some(rule) if error != 0.0 && x != 0.0 => ((rule.pull)(1.0, a, b, y) * x * error).abs(),
                _ => 0.0,
            };
            part(0, a, error_a) + part(1, b, error_b)
        }
        (Op::Map3(op), &[(a, error_a), (b, error_b), (c, error_c)]) => {
            let part = |which: usize, x: f64, error: f64| match &op.rules[which] {
                Some(rule) if error != 0.0 && x != 0.0 => ((rule.pull)(1.0, a, b, c) * x * error).abs(),
                _ => 0.0,
            };
            part(0, a, error_a) + part(1, b, error_b) + part(2, c, error_c)
        }
        _ => 0.0,
    };
    let own = own_error(row, operands, y);
    if absolute == 0.0 { own } else { absolute / y.abs() + own }
}

/// The relative error that an operation adds itself: none where its result is exact, all where it underflowed.
fn own_error(row: &'static Row, operands: &[(f64, f64)], y: f64) -> f64 {
    let is = |other: &'static Row| std::ptr::eq(row, other);
    let vanished = y.abs() < f64::MIN_POSITIVE;
    match *operands {
        [(a, _), (b, _)] if is(&ADD) || is(&SUB) => {
            let b = if is(&SUB) { -b } else { b };
            // the rounding error of a sum (Knuth, TwoSum)
            let rest = y - a;
            if (a - (y - rest)) + (b - rest) == 0.0 { 0.0 } else { UNIT }
        }
        [(a, _), (b, _)] if is(&MUL) => match () {
            _ if vanished => {
                if a == 0.0 || b == 0.0 {
                    0.0
                } else {
                    1.0
                }
            }
            _ if a.mul_add(b, -y) == 0.0 => 0.0,
            _ => UNIT,
        },
        [(a, _), (b, _)] if is(&DIV) => match () {
            _ if vanished => {
                if a == 0.0 {
                    0.0
                } else {
                    1.0
                }
            }
            _ if y.mul_add(b, -a) == 0.0 => 0.0,
            _ => UNIT,
        },
        [(a, _), (b, _)] if is(&POW) => match () {
            _ if vanished => {
                if a == 0.0 {
                    0.0
                } else {
                    1.0
                }
            }
            _ if b == 2.0 && a.mul_add(a, -y) == 0.0 => 0.0,
            _ => UNIT,
        },
        [_] if is(&NEG) || is(&ABS) || is(&IDENTITY) => 0.0,
        [(x, _)] if vanished => {
            let underflows: [&Row; 9] = [&EXP, &EXP2, &EXP10, &SIGMOID, &SECH2, &ERFC, &NDTR, &NORMAL_DENSITY, &SQUARE];
            if x != 0.0 && underflows.iter().any(|other| std::ptr::eq(row, *other)) { 1.0 } else { 0.0 }
        }
        _ => UNIT,
    }
}

/// The largest relative error of an element of a tensor operation, its operands having `error`.
fn tensor(tape: &Tape, id: NodeId, row: &'static Row, operands: &[NodeId], error: f64) -> f64 {
    let is = |other: &'static Row| std::ptr::eq(row, other);
    let y = tape.data(id);
    if is(&SUM) || is(&SUM_TO) || is(&MATMUL) {
        // of the absolute values: what the rounding errors are relative to
        let sizes: Vec<Vec<f64>> =
            operands.iter().map(|&operand| tape.data(operand).iter().map(|x| x.abs()).collect()).collect();
        let inputs: Vec<Operand> =
            operands.iter().zip(&sizes).map(|(&id, data)| Operand { shape: tape.shape(id), data }).collect();
        let Ok((_, total)) = evaluate(row, &inputs, tape.attr(id)) else { return 0.0 };
        let relative = |(y, total): (&f64, &f64)| {
            if *total == 0.0 { 0.0 } else { total / y.abs() * (operands.len() as f64 * error + 4.0 * UNIT) }
        };
        return y.iter().zip(&total).map(relative).fold(0.0, f64::max);
    }
    if is(&LOGSUMEXP) || is(&SOFTMAX) {
        let x = tape.data(operands[0]).iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
        let smallest = if is(&SOFTMAX) { 1.0 } else { y.iter().fold(f64::INFINITY, |least, y| least.min(y.abs())) };
        let vanished = is(&SOFTMAX) && y.contains(&0.0);
        return if vanished { 1.0 } else { (x * error + 2.0 * UNIT) / smallest };
    }
    error + if is(&NORM) { UNIT } else { 0.0 }
}
