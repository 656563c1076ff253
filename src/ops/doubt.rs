//! Notices results that f64 may have got wrong: by a running bound of the relative error, propagated through the
//! derivative rules that the rows have anyway (Higham 2002, §3.3), and by adjoints that cancel where they meet.
//!
//! A doubt costs time, not correctness: what is doubted is computed again (see `crate::run`). The first look is a
//! quick one, as cheap as a sweep, to which a bad value anywhere on the way is a bad result; only where it finds one,
//! [`bounds`] asks whether that matters.

pub mod bounds;

use crate::tape::{Attr, NodeId, Op, Operand, Row, Sizing, Tape, evaluate};

use super::*;

/// Larger computations are not looked at: their results are what f64 makes of them.
pub const MOST_ELEMENTS: usize = 1 << 17;

/// Relative error from which a result is doubted: the twelve digits that are printed should be right.
const TOLERANCE: f64 = 1e-13;

/// Relative error of values up to which their slopes are about as right as they are.
const STEADY: f64 = 5e-16;

const UNIT: f64 = f64::EPSILON / 2.0;

/// Whether a gradient may be wrong in the digits that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It may not, or is too large to be looked at.
    None,
    /// The values on the way are right, so that it depends on what cancels in the sweep: see [`has_cancelled`].
    Open,
    /// A value on the way is in doubt.
    Certain,
}

/// Whether a derivative is all but lost of what flowed into it, by the absolute values of that (`size`).
pub fn has_cancelled(derivative: f64, size: f64) -> bool {
    // NaN is to be doubted too
    let is_kept = size.is_finite() && size * UNIT <= TOLERANCE * derivative.abs();
    !is_kept
}

/// Whether a slope that came out as 0 is none: these functions have no flat place but where they are 0, or at 0.
pub fn slope_has_vanished(row: &'static Row, which: usize, [x, z]: [f64; 2], y: f64) -> bool {
    let any = |rows: &[&'static Row]| rows.iter().any(|other| std::ptr::eq(row, *other));
    if !(x.is_finite() && z.is_finite()) {
        return false;
    }
    match which {
        0 if any(&[&SECH2, &NORMAL_DENSITY]) => x != 0.0,
        0 if any(&[&POW, &MUL, &SQUARE]) => x != 0.0 && z != 0.0 && z != 1.0,
        0 => any(NEVER_FLAT),
        _ => y != 0.0 && any(&[&DIV]),
    }
}

static NEVER_FLAT: &[&Row] = &[
    &DIV,
    &EXP,
    &EXPM1,
    &EXP2,
    &EXP10,
    &RECIPROCAL,
    &LOG_SLOPE,
    &LOG,
    &LOG1P,
    &SQRT,
    &RSQRT,
    &CBRT,
    &ATAN,
    &ACOT,
    &ACOTH,
    &ASINH,
    &ACOSH,
    &TANH,
    &SIGMOID,
    &SOFTPLUS,
    &LOG_SIGMOID,
    &SOFTSIGN,
    &ERF,
    &ERFC,
    &NDTR,
    &CSCH,
    &COTH,
];

/// How sizes flow back through the rows that are not elementwise.
pub fn sizing(row: &'static Row) -> Option<Sizing> {
    let any = |rows: &[&'static Row]| rows.iter().any(|other| std::ptr::eq(row, *other));
    if any(&[&NORM, &MATMUL]) {
        return Some(Sizing::BetweenSizes);
    }
    let are_positive = any(&[
        &SUM,
        &SUM_TO,
        &MAX,
        &MIN,
        &LOGSUMEXP,
        &BROADCAST_TO,
        &RESHAPE,
        &TRANSPOSE,
        &CONCAT,
        &STACK,
        &SLICE,
        &UNSLICE,
        &SET_SLICE,
        &GATHER,
        &SCATTER_ADD,
    ]);
    are_positive.then_some(Sizing::LikeAdjoints)
}

/// A look at the nodes that lead to a target. It is kept until the next one: a value and its gradient are asked about
/// one after the other.
#[derive(Default)]
pub struct Doubts {
    /// The first node, the target, and the generation of the tape.
    seen: Option<(usize, NodeId, u64)>,
    /// Whether there was not too much to look at.
    is_judged: bool,
    /// Bounds of the relative errors of the nodes.
    errors: Vec<f64>,
    /// The worst of them.
    worst: f64,
}

impl Doubts {
    /// Whether a recorded value may be wrong in the digits that are shown. Nodes older than `first` count as exact, and
    /// what is too large to be looked at as right.
    pub fn value_is_doubtful(&mut self, tape: &Tape, first: usize, target: NodeId) -> bool {
        self.look(tape, first, target);
        self.is_worrying() && bounds::value_is_uncertain(tape, first, target)
    }

    /// What is known of the gradient of `target` by the sources before the sweep.
    pub fn gradient(&mut self, tape: &Tape, target: NodeId, sources: &[NodeId]) -> Doubt {
        let Some(first) = sources.iter().min().filter(|&&first| first <= target) else { return Doubt::None };
        self.look(tape, first.index(), target);
        match (self.is_judged, self.is_worrying()) {
            (false, _) => Doubt::None,
            (true, false) if self.worst <= STEADY => Doubt::Open,
            (true, _) if bounds::gradient_is_uncertain(tape, first.index(), target, sources) => Doubt::Certain,
            (true, false) => Doubt::Open,
            (true, true) => Doubt::None,
        }
    }

    /// Values on the tape were changed.
    pub fn forget(&mut self) {
        self.seen = None;
    }

    /// Looks at the nodes from `first` to the target.
    fn look(&mut self, tape: &Tape, first: usize, target: NodeId) {
        let wanted = Some((first, target, tape.generation()));
        if self.seen == wanted {
            return;
        }
        self.seen = wanted;
        self.errors.clear();
        self.worst = 0.0;
        self.is_judged = match (target.index() + 1).checked_sub(first) {
            Some(count) if count <= MOST_ELEMENTS => {
                self.errors.resize(count, 0.0);
                self.look_at_scalars(tape, first) || self.look_at_all(tape, first)
            }
            _ => false,
        };
    }

    /// False if not all of the nodes are scalars.
    fn look_at_scalars(&mut self, tape: &Tape, first: usize) -> bool {
        for at in 0..self.errors.len() {
            let Some(step) = tape.step(tape.node(first + at)) else { return false };
            let of = |which: usize| (step.x[which], self.of(step.operands[which], first));
            let error = match step.count {
                0 => continue,
                1 => elementwise(step.row, &[of(0)], step.y),
                2 => elementwise(step.row, &[of(0), of(1)], step.y),
                _ => elementwise(step.row, &[of(0), of(1), of(2)], step.y),
            };
            self.note(at, error);
        }
        true
    }

    /// Looks at what the target needs, tensors and all. False if that is too much.
    fn look_at_all(&mut self, tape: &Tape, first: usize) -> bool {
        self.worst = 0.0;
        let count = self.errors.len();
        let is_needed = needed(tape, first, tape.node(first + count - 1));
        let mut elements = 0;
        for at in (0..count).filter(|&at| is_needed[at]) {
            let id = tape.node(first + at);
            if matches!(tape.row(id).op, Op::Leaf) {
                continue;
            }
            if !tape.is_scalar(id) {
                elements += tape.shape(id).size();
            }
            if elements > MOST_ELEMENTS {
                self.worst = 0.0;
                return false;
            }
            // big tensors and recordings inside a node are left to the bound of each element
            let is_open = matches!(tape.attr(id), Attr::Shared(_))
                || !tape.is_small(id)
                || tape.operands(id).any(|id| !tape.is_small(id));
            self.note(at, if is_open { f64::INFINITY } else { self.of_node(tape, first, id) });
        }
        true
    }

    fn note(&mut self, at: usize, error: f64) {
        self.errors[at] = error;
        self.worst = self.worst.max(if error.is_nan() { f64::INFINITY } else { error });
    }

    /// Whether anything that the target or its derivative is computed with may be wrong.
    fn is_worrying(&self) -> bool {
        self.worst > TOLERANCE
    }

    #[inline(always)]
    fn of(&self, id: NodeId, first: usize) -> f64 {
        id.index().checked_sub(first).map_or(0.0, |at| self.errors[at])
    }

    fn of_node(&self, tape: &Tape, first: usize, id: NodeId) -> f64 {
        let row = tape.row(id);
        let operands: Vec<NodeId> = tape.operands(id).collect();
        let error = operands.iter().map(|&operand| self.of(operand, first)).fold(0.0, f64::max);
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
                *value = (if data.len() == 1 { data[0] } else { data[i] }, self.of(operand, first));
            }
            worst = worst.max(elementwise(row, &values[..operands.len()], y));
        }
        worst
    }
}

/// Which of the nodes from `first` on lead to the target.
fn needed(tape: &Tape, first: usize, target: NodeId) -> Vec<bool> {
    let mut is_needed = vec![false; target.index() + 1 - first];
    is_needed[target.index() - first] = true;
    for at in (0..is_needed.len()).rev() {
        if !is_needed[at] {
            continue;
        }
        for operand in tape.operands(tape.node(first + at)) {
            if let Some(at) = operand.index().checked_sub(first) {
                is_needed[at] = true;
            }
        }
    }
    is_needed
}

/// The relative error of `y` from those of the operands, each given with its value.
fn elementwise(row: &'static Row, operands: &[(f64, f64)], y: f64) -> f64 {
    if !y.is_finite() {
        return f64::INFINITY;
    }
    let own = own_error(row, operands, y);
    if operands.iter().all(|(_, error)| *error == 0.0) {
        return own;
    }
    let (mut x, mut errors) = ([0.0; 3], [0.0; 3]);
    for (which, (value, error)) in operands.iter().enumerate() {
        (x[which], errors[which]) = (*value, (value * error).abs());
    }
    if jumps(row, x, errors, y) {
        return f64::INFINITY;
    }
    let is = |other: &'static Row| std::ptr::eq(row, other);
    // the common ones, without their slopes
    match *operands {
        [(a, error_a), (b, error_b)] if is(&ADD) || is(&SUB) => {
            let absolute = (a * error_a).abs() + (b * error_b).abs();
            return if absolute == 0.0 { own } else { absolute / y.abs() + own };
        }
        [(_, error_a), (_, error_b)] if is(&MUL) || is(&DIV) => return error_a + error_b + own,
        [(_, error), (b, 0.0)] if is(&POW) => return (b * error).abs() + own,
        [(x, error)] if is(&EXP) => return (x * error).abs() + own,
        [(_, error)] if is(&LOG) && y != 0.0 => return error / y.abs() + own,
        [(x, error)] if (is(&SIN) || is(&COS)) && y != 0.0 => {
            let absolute = (x * error).abs();
            // at the top of the wave the slope has lost what the value keeps; whether that is seen is asked later
            let is_steady = absolute * absolute <= TOLERANCE * TOLERANCE * (1.0 - y * y);
            return if is_steady { absolute / y.abs() + own } else { f64::max(absolute / y.abs(), 2.0 * TOLERANCE) };
        }
        _ => {}
    }
    let absolute = match (&row.op, operands) {
        (Op::Map1(op), &[(x, error)]) => match &op.rule {
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
    if absolute == 0.0 { own } else { absolute / y.abs() + own }
}

/// Whether the absolute errors of the operands reach over a jump of an operation that is flat elsewhere.
fn jumps(row: &'static Row, x: [f64; 3], errors: [f64; 3], y: f64) -> bool {
    // twice the error, which may be less than the last bit
    let ends = |which: usize| [x[which] - 2.0 * errors[which], x[which] + 2.0 * errors[which]];
    match &row.op {
        Op::Map1(op) if op.rule.is_none() => ends(0).iter().any(|&x| (op.f)(x) != y),
        Op::Map2(op) if op.rules.iter().all(Option::is_none) => {
            ends(0).iter().any(|&a| ends(1).iter().any(|&b| (op.f)(a, b) != y))
        }
        _ => false,
    }
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
