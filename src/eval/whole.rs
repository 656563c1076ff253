//! Whole numbers in what is recorded to be compiled. The evaluator computes with them exactly, a program with reals,
//! which are exact up to 2^53: whatever may become larger gets a guard, so that the evaluator takes over there.

use std::collections::HashMap;

use super::Evaluator;
use crate::ops;
use crate::tape::{Mark, NodeId, Row, Tape};

/// Up to here every whole number is a real.
const LARGEST: f64 = (1_u64 << 53) as f64;

/// Nobody waits for more turns.
const MOST_TURNS: f64 = (1_u64 << 36) as f64;

/// The least and the largest that a whole number can be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds(pub f64, pub f64);

impl Bounds {
    /// Of a number that a guard keeps small.
    const GUARDED: Bounds = Bounds(-LARGEST, LARGEST);

    fn are_exact(self) -> bool {
        self.0 >= -LARGEST && self.1 <= LARGEST
    }

    /// Around some values.
    pub fn around(values: &[f64]) -> Bounds {
        let is_known = values.iter().all(|x| !x.is_nan());
        let of = |pick: fn(f64, f64) -> f64, start| values.iter().copied().fold(start, pick);
        match is_known {
            true => Bounds(of(f64::min, f64::INFINITY), of(f64::max, f64::NEG_INFINITY)),
            false => Bounds(f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

impl Evaluator<'_> {
    /// Guards for what was recorded since the mark from whole numbers: those are given with what they can be. `None`
    /// where a number is too large now, or no single number.
    pub(super) fn whole_guards(&mut self, mark: Mark, given: &[(NodeId, Bounds)]) -> Option<Vec<NodeId>> {
        if given.is_empty() {
            return Some(Vec::new());
        }
        let mut known: HashMap<NodeId, Bounds> = given.iter().copied().collect();
        let mut large = Vec::new();
        for id in self.numbers.tape.nodes().skip(mark.node()) {
            let tape = &self.numbers.tape;
            if known.contains_key(&id) {
                continue;
            }
            let bounds = |id: NodeId| match known.get(&id) {
                Some(bounds) => Some(*bounds),
                // a constant
                None if tape.is_scalar(id) && is_constant(tape, id) => {
                    let x = tape.unseen(id);
                    (x.fract() == 0.0 && x.abs() <= LARGEST).then_some(Bounds(x, x))
                }
                None => None,
            };
            let operands: Vec<NodeId> = tape.operands(id).collect();
            if !operands.iter().any(|operand| known.contains_key(operand)) {
                continue;
            }
            let Some(operands) = operands.into_iter().map(bounds).collect::<Option<Vec<_>>>() else { continue };
            let Some(mut found) = arithmetic(tape.row(id), &operands) else { continue };
            if !found.are_exact() {
                large.push(id);
                found = Bounds::GUARDED;
            }
            known.insert(id, found);
        }
        let mut guards = Vec::with_capacity(large.len());
        for id in large {
            let tape = &mut self.numbers.tape;
            if !tape.is_scalar(id) || tape.unseen(id).abs() > LARGEST {
                return None;
            }
            let limit = tape.constant(LARGEST);
            let size = tape.map1(&ops::ABS, id).ok()?;
            guards.push(tape.map2(&ops::LESS_EQUAL, size, limit).ok()?);
        }
        Some(guards)
    }

    /// What a whole number that turns hand on can be: as much as guards allow, or less if each turn adds a constant.
    pub(super) fn carried_bounds(&self, before: f64, carried: NodeId, next: NodeId, most: usize) -> Bounds {
        let tape = &self.numbers.tape;
        let operands: Vec<NodeId> = tape.operands(next).collect();
        let is = |row: &'static Row| std::ptr::eq(tape.row(next), row);
        let step = match operands[..] {
            [a, b] if a == carried && is_constant(tape, b) && tape.is_scalar(b) => tape.unseen(b),
            [a, b] if b == carried && is_constant(tape, a) && tape.is_scalar(a) && is(&ops::ADD) => tape.unseen(a),
            _ => return Bounds::GUARDED,
        };
        if !is(&ops::ADD) && !is(&ops::SUB) {
            return Bounds::GUARDED;
        }
        let way = step.abs() * (most as f64).min(MOST_TURNS);
        Bounds((before - way).max(-LARGEST), (before + way).min(LARGEST))
    }
}

fn is_constant(tape: &Tape, id: NodeId) -> bool {
    !tape.is_connected(id) && tape.operands(id).next().is_none()
}

/// What arithmetic on whole numbers can give; `None` if that is no whole number to the evaluator.
fn arithmetic(row: &'static Row, operands: &[Bounds]) -> Option<Bounds> {
    let is = |other: &'static Row| std::ptr::eq(row, other);
    let all = |f: fn(f64, f64) -> f64| match operands {
        [a, b] => Some(Bounds::around(&[f(a.0, b.0), f(a.0, b.1), f(a.1, b.0), f(a.1, b.1)])),
        _ => None,
    };
    match operands {
        _ if is(&ops::ADD) => all(|a, b| a + b),
        _ if is(&ops::SUB) => all(|a, b| a - b),
        _ if is(&ops::MUL) => all(|a, b| a * b),
        [a] if is(&ops::NEG) => Some(Bounds(-a.1, -a.0)),
        [a] if is(&ops::ABS) || is(&ops::IDENTITY) => Some(Bounds(a.0.min(0.0), a.1.max(-a.0))),
        [_, b] if is(&ops::MOD) => Some(Bounds(b.0.min(0.0), b.1.max(0.0))),
        [a, b] if is(&ops::POW) => {
            let largest = a.0.abs().max(a.1.abs()).max(1.0).powf(b.1.max(0.0));
            Some(Bounds(-largest, largest))
        }
        _ => None,
    }
}
