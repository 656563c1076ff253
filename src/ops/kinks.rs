//! Slopes of lengths at the point where they are 0: `g x/‖x‖` for a cotangent `g` that is a multiple of `‖x‖`.
//!
//! `norm(x)^2` is smooth at 0 although `norm(x)` is not: its slope is `2 ‖x‖ · x/‖x‖`, and the two lengths cancel before
//! anything is divided by 0. So a recorded rule looks whether its cotangent has the length as a factor.

use crate::tape::{Attr, NodeId, Op, Row, Var};

use super::elementwise::{ADD, DIV, DROP_WHERE, Elementwise, KEEP_WHERE, LIVE, LIVE_PART, MUL, NEG, POW, SQUARE, SUB};
use super::structure::{BROADCAST_TO, RESHAPE};

/// How many factors of factors are looked at.
pub(super) const DEEPEST: usize = 24;

/// `g x/y`, 0 where y is 0, with `y` the length of `x` and other numbers, all of one shape or broadcast to it.
pub(super) fn along_unit<'t>(g: Var<'t>, x: Var<'t>, y: Var<'t>) -> Var<'t> {
    match without_factor(g, y.id, DEEPEST) {
        Some(rest) => rest * x,
        None => g * x.unit(y),
    }
}

/// `g` divided by one of its factors, if that node is one.
pub(super) fn without_factor<'t>(g: Var<'t>, factor: NodeId, depth: usize) -> Option<Var<'t>> {
    if g.id == factor {
        return Some(g.constant(1.0));
    }
    let depth = depth.checked_sub(1)?;
    let (row, operands) = g.with_tape(|tape| (tape.row(g.id), tape.operands(g.id).collect::<Vec<NodeId>>()));
    if matches!(row.op, Op::Leaf) {
        return None;
    }
    let is = |other: &'static Row| std::ptr::eq(row, other);
    let operand = |which: usize| g.at(operands[which]);
    let rest = |which: usize| without_factor(operand(which), factor, depth);
    match () {
        _ if is(&MUL) => match rest(0) {
            Some(first) => Some(first * operand(1)),
            None => Some(operand(0) * rest(1)?),
        },
        _ if is(&DIV) => Some(rest(0)? / operand(1)),
        _ if is(&NEG) => Some(-rest(0)?),
        _ if is(&ADD) => Some(rest(0)? + rest(1)?),
        _ if is(&SUB) => Some(rest(0)? - rest(1)?),
        _ if is(&SQUARE) => Some(rest(0)? * operand(0)),
        _ if is(&POW) => {
            let power = operand(1).known().filter(|power| *power >= 1.0)?;
            let first = rest(0)?;
            Some(if power == 1.0 { first } else { first * operand(0).pow(g.constant(power - 1.0)) })
        }
        // what is selected by the first operand
        _ if is(&KEEP_WHERE) || is(&DROP_WHERE) || is(&LIVE) || is(&LIVE_PART) => {
            let rest = rest(1)?.broadcast_to(operand(1).shape());
            Some(operand(0).map2(row, rest))
        }
        _ if is(&RESHAPE) || is(&BROADCAST_TO) => {
            let rest = rest(0)?.broadcast_to(operand(0).shape());
            Some(Var::record(&[rest], row, Attr::Shape(g.shape())))
        }
        _ => None,
    }
}
