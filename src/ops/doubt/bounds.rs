//! Whether a value that is in doubt matters to a result: bounds of absolute errors of scalars, and what they do to the
//! slopes of a gradient.
//!
//! In `log(1 + x^20) + y` the logarithm may have lost all its digits and yet be too small to be seen. Where an error is
//! too large for the slope to tell what becomes of it, where an operation may jump, and wherever tensors are about, the
//! answer is yes.

use crate::tape::{NodeId, Op, Step, Tape};

use super::super::*;
use super::{TOLERANCE, UNIT, own_error};

/// Relative error from which a result that is looked at twice is doubted: it has less to lose by a third look than by an
/// error that only just passes.
const STRICT: f64 = TOLERANCE / 10.0;

/// Errors up to this part of the distance over which a function changes its ways leave its slope about what it is.
const TRUSTED: f64 = 1e-3;

/// Errors below this part of an operand are carried on by the slope alone.
const SMALL_PART: f64 = 1e-10;

/// Bound of the absolute error of a result from those of its operands.
pub fn error_of(step: &Step, errors: [f64; 3]) -> f64 {
    match step.count {
        0 => 0.0,
        _ => Inputs(errors).error_of_result(step),
    }
}

/// Whether the error of the target may be seen.
pub(super) fn value_is_uncertain(tape: &Tape, first: usize, target: NodeId) -> bool {
    let Some(errors) = errors(tape, first, target) else { return true };
    is_seen(errors[errors.len() - 1], tape.unseen(target))
}

/// An adjoint of the sweep.
#[derive(Clone, Copy, Default)]
struct Adjoint {
    value: f64,
    /// What it would be if nothing had cancelled.
    size: f64,
    /// Bound of the error that comes from the slopes.
    error: f64,
    /// Something flowed into it, if only 0.
    is_reached: bool,
}

/// Whether the error of a derivative of the target by a source may be seen.
pub(super) fn gradient_is_uncertain(tape: &Tape, first: usize, target: NodeId, sources: &[NodeId]) -> bool {
    let Some(errors) = errors(tape, first, target) else { return true };
    let mut adjoints = vec![Adjoint::default(); errors.len()];
    adjoints[errors.len() - 1] = Adjoint { value: 1.0, size: 1.0, error: 0.0, is_reached: true };
    for at in (0..errors.len()).rev() {
        let id = tape.node(first + at);
        let g = adjoints[at];
        if !g.is_reached || !tape.is_connected(id) {
            continue;
        }
        let Some(step) = tape.step(id) else { return true };
        let own = Inputs::new(&step, &errors, first);
        for which in 0..step.count {
            let Some(to) = step.operands[which].index().checked_sub(first) else { continue };
            if !tape.is_connected(step.operands[which]) {
                continue;
            }
            // nothing flows where nothing was selected, if it is certain what was
            let slope = step.slope(which).unwrap_or(0.0);
            let change = own.change_of_slope(&step, which, slope);
            let (value, to) = (g.value * slope, &mut adjoints[to]);
            to.is_reached = true;
            to.value += value;
            to.size += g.size * slope.abs();
            to.error += g.error * (slope.abs() + change) + g.value.abs() * change;
            if value.abs() < f64::MIN_POSITIVE && g.value != 0.0 && slope != 0.0 {
                to.error += f64::MIN_POSITIVE;
            }
        }
    }
    sources.iter().any(|source| {
        let Some(g) = adjoints.get(source.index() - first) else { return false };
        is_seen(g.error + g.size * UNIT, g.value)
    })
}

/// Whether an error of this size may show in a result. What is NaN or infinite is to be doubted too, and so is 0, to
/// which an error may have vanished as well.
fn is_seen(error: f64, result: f64) -> bool {
    let is_hidden = error <= STRICT * result.abs() && result.is_finite() && result != 0.0;
    !is_hidden
}

/// Bounds of the absolute errors of the nodes that lead to the target; `None` if not all of those are scalars.
fn errors(tape: &Tape, first: usize, target: NodeId) -> Option<Vec<f64>> {
    let mut errors = Vec::with_capacity(target.index() + 1 - first);
    let is_needed = super::needed(tape, first, target);
    for at in first..=target.index() {
        if !is_needed[at - first] {
            errors.push(0.0);
            continue;
        }
        let step = tape.step(tape.node(at))?;
        let error = match step.count {
            0 => 0.0,
            _ => Inputs::new(&step, &errors, first).error_of_result(&step),
        };
        errors.push(error);
    }
    Some(errors)
}

/// The absolute errors of the operands of a step.
struct Inputs([f64; 3]);

impl Inputs {
    fn new(step: &Step, errors: &[f64], first: usize) -> Inputs {
        let mut inputs = [0.0; 3];
        for (input, operand) in inputs.iter_mut().zip(&step.operands[..step.count]) {
            *input = operand.index().checked_sub(first).map_or(0.0, |at| errors[at]);
        }
        Inputs(inputs)
    }

    fn error_of_result(&self, step: &Step) -> f64 {
        if !step.y.is_finite() {
            return f64::INFINITY;
        }
        if super::jumps(step.row, step.x, self.0, step.y) {
            return f64::INFINITY;
        }
        let inherited = (0..step.count).map(|which| self.error_from(step, which)).sum::<f64>();
        let both = if is(step, &MUL) { self.0[0] * self.0[1] } else { 0.0 };
        // slopes by one operand change a little with the others
        inherited * (1.0 + 4.0 * TRUSTED) + both + own(step)
    }

    /// What the error of an operand becomes.
    fn error_from(&self, step: &Step, which: usize) -> f64 {
        let error = self.0[which];
        if error == 0.0 || is_flat(step.row) {
            return 0.0;
        }
        if !self.is_trusted(step, which) {
            return f64::INFINITY;
        }
        let slope = |step: &Step| step.slope(which).unwrap_or(0.0).abs();
        // a slope changes by a small part of itself over a small part of the way to the next zero or pole
        if error <= SMALL_PART * step.x[which].abs() && slope(step) > 0.0 {
            return slope(step) * error * 1.1;
        }
        let around = moved(step, which, error).map(|step| slope(&step));
        around.into_iter().fold(slope(step), larger) * error
    }

    /// How far the slope by an operand may be from what it should be.
    fn change_of_slope(&self, step: &Step, which: usize, slope: f64) -> f64 {
        if is_sum(step) || is_flat(step.row) {
            return 0.0;
        }
        if is(step, &MUL) {
            return self.0[1 - which];
        }
        let change = |other: Step| (other.slope(which).unwrap_or(0.0) - slope).abs();
        let own = own(step);
        let by_result = [own, -own].map(|error| change(Step { y: step.y + error, ..*step }));
        let mut total = by_result.into_iter().fold(0.0, larger);
        for other in (0..step.count).filter(|&other| self.0[other] != 0.0) {
            if !self.is_trusted(step, other) {
                return f64::INFINITY;
            }
            // an error below the last digit moves nothing: the change over some digits tells as much
            let error = self.0[other];
            let distance = error.max(64.0 * f64::EPSILON * step.x[other].abs());
            total += moved(step, other, distance).map(change).into_iter().fold(0.0, larger) * (error / distance);
        }
        total
    }

    /// Whether the slope, here and a little aside, tells what the error of an operand does.
    fn is_trusted(&self, step: &Step, which: usize) -> bool {
        let (x, error) = (step.x[which], self.0[which]);
        let any = |rows: &[&'static Row]| rows.iter().any(|row| is(step, row));
        // over this distance the function is about straight
        let straight = if is_sum(step) || any(&[&MUL, &SQUARE]) || (is(step, &DIV) && which == 0) {
            f64::INFINITY
        } else if any(&[&EXP, &EXPM1, &SIN, &COS, &TANH, &SECH2, &ATAN, &SINH, &COSH, &SIGMOID, &SOFTPLUS, &ERF, &ERFC])
        {
            1.0
        } else if any(&[&LOG, &LOG_SLOPE, &SQRT, &CBRT, &RSQRT, &RECIPROCAL, &DIV]) {
            x.abs()
        } else if is(step, &POW) && self.0[1 - which] == 0.0 {
            match (which, step.x[1]) {
                (0, n) if n.fract() == 0.0 && n >= 1.0 => f64::INFINITY,
                (0, _) => x.abs(),
                _ if step.x[0] > 0.0 => 1.0,
                _ => 0.0,
            }
        } else {
            // it may jump
            return error <= TOLERANCE * x.abs();
        };
        error.is_finite() && error <= TRUSTED * straight
    }
}

/// The step with one operand so far to either side.
fn moved(step: &Step, which: usize, distance: f64) -> [Step; 2] {
    [distance, -distance].map(|distance| {
        let mut step = *step;
        step.x[which] += distance;
        step.computed()
    })
}

fn is(step: &Step, row: &'static Row) -> bool {
    std::ptr::eq(step.row, row)
}

/// Whether a row is flat between its jumps.
fn is_flat(row: &'static Row) -> bool {
    match &row.op {
        Op::Map1(op) => op.rule.is_none(),
        Op::Map2(op) => op.rules.iter().all(Option::is_none),
        _ => false,
    }
}

/// Whether the slopes are the same everywhere.
fn is_sum(step: &Step) -> bool {
    [&ADD, &SUB, &NEG, &IDENTITY].into_iter().any(|row| is(step, row))
}

/// The absolute error that an operation adds itself.
fn own(step: &Step) -> f64 {
    let operands = step.x.map(|x| (x, 0.0));
    match own_error(step.row, &operands[..step.count], step.y) {
        0.0 => 0.0,
        _ if step.y.abs() < f64::MIN_POSITIVE => f64::MIN_POSITIVE,
        relative => relative * step.y.abs(),
    }
}

/// The larger one; infinite if either is NaN.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::INFINITY } else { a.max(b) }
}
