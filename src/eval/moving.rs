//! Parts of tensors whose place follows from the loop variable (`x[i]`, `A[i, :]`, `x[2i:2i + 3]`), while a turn of a
//! loop is recorded to be compiled. Each is an input of the turn: the values at this turn's place are no part of it.

use std::rc::Rc;

use super::Evaluator;
use super::index::{Given, slice_spec};
use crate::ops;
use crate::program::{Moving, Traced};
use crate::tape::{Attr, Mark, NodeId, Operand, SliceSpec, evaluate};
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Value, is_whole};

/// The turn that is being recorded.
pub(super) struct TracedTurn {
    since: Mark,
    item: NodeId,
    /// Tensors from outside of which it takes moving parts.
    pub bases: Vec<Value>,
    pub parts: Vec<Traced>,
}

/// A number in a subscript.
enum Number {
    Fixed(i64),
    /// Depends on the loop variable alone; what it is now.
    Moves(NodeId, i64),
}

impl TracedTurn {
    pub fn new(since: Mark, item: NodeId) -> TracedTurn {
        TracedTurn { since, item, bases: Vec::new(), parts: Vec::new() }
    }
}

impl Evaluator<'_> {
    /// What subscripts select of a tensor from outside the turn, if their place moves with the loop variable.
    pub(super) fn moving_part(&mut self, value: &Value, shape: &Shape, given: &[Given]) -> Option<Value> {
        let turn = self.turn.as_ref()?;
        let is_outside = match value {
            Value::Var(id) => id.index() < turn.since.node(),
            Value::Tensor(_) => true,
            _ => false,
        };
        if !is_outside || given.len() > shape.rank() || self.numbers.dtype(value) != Some(DType::Real) {
            return None;
        }
        let (mut specs, mut moving) = (Vec::with_capacity(given.len()), Vec::new());
        for (axis, (given, &length)) in given.iter().zip(shape.dims()).enumerate() {
            specs.push(self.moving_axis(axis, length, given, &mut moving)?);
        }
        if moving.is_empty() {
            return None;
        }
        let turn = self.turn.as_ref()?;
        let same_place = |(a, b): (&Moving, &Moving)| (a.start, a.stop) == (b.start, b.stop);
        let base = turn.bases.iter().position(|base| is_same(base, value));
        let known = turn.parts.iter().find(|part| {
            Some(part.base) == base && part.specs == specs && part.moving.iter().zip(&moving).all(same_place)
        });
        if let Some(part) = known {
            return Some(Value::Var(part.source));
        }
        let tensor = self.numbers.to_tensor(value).ok()?;
        let operand = Operand { shape, data: tensor.data() };
        let (selected, data) = evaluate(&ops::SLICE, &[operand], &Attr::Slice(specs.as_slice().into())).ok()?;
        let source = self.numbers.tape.variable_tensor(&Tensor::new(selected, data));
        let turn = self.turn.as_mut()?;
        let base = base.unwrap_or_else(|| {
            turn.bases.push(value.clone());
            turn.bases.len() - 1
        });
        turn.parts.push(Traced { base, shape: shape.clone(), specs, moving, source });
        Some(Value::Var(source))
    }

    /// One axis of a selection; `None` where its size moves, or where it is out of range.
    fn moving_axis(&self, axis: usize, length: usize, given: &Given, moving: &mut Vec<Moving>) -> Option<SliceSpec> {
        match given {
            Given::At(_, value) => {
                let (node, index) = match self.number(value)? {
                    Number::Fixed(index) => (None, index),
                    Number::Moves(node, index) => (Some(node), index),
                };
                let start = if index < 0 { index + length as i64 } else { index };
                if !(0..length as i64).contains(&start) {
                    return None;
                }
                moving.extend(node.map(|start| Moving { axis, start, stop: None }));
                Some(SliceSpec { start: start as usize, step: 1, len: 1, drop: true })
            }
            Given::Slice { start, stop, step } => {
                let part = |part: &Option<_>| match part {
                    None => Some(None),
                    Some((_, value)) => self.number(value).map(Some),
                };
                match (part(start)?, part(stop)?, part(step)?) {
                    (
                        Some(Number::Moves(start, first)),
                        Some(Number::Moves(stop, end)),
                        None | Some(Number::Fixed(1)),
                    ) => {
                        if first < 0 || end < first || end > length as i64 {
                            return None;
                        }
                        moving.push(Moving { axis, start, stop: Some(stop) });
                        Some(SliceSpec { start: first as usize, step: 1, len: (end - first) as usize, drop: false })
                    }
                    (start, stop, step) => {
                        let fixed = |number: Option<Number>| match number {
                            None => Some(None),
                            Some(Number::Fixed(i)) => Some(Some(i)),
                            Some(Number::Moves(..)) => None,
                        };
                        let step = fixed(step)?.unwrap_or(1);
                        (step != 0).then(|| Some(slice_spec(fixed(start)?, fixed(stop)?, step, length)))?
                    }
                }
            }
        }
    }

    fn number(&self, value: &Value) -> Option<Number> {
        let turn = self.turn.as_ref()?;
        let tape = &self.numbers.tape;
        match value {
            Value::Var(id) if id.index() >= turn.since.node() && tape.is_connected(*id) => {
                let follows = tape.is_scalar(*id) && self.inputs_of(turn.since, &[*id]) == [turn.item];
                // what it is now decides nothing
                let now = follows.then(|| tape.unseen(*id)).filter(|&x| is_whole(x))?;
                Some(Number::Moves(*id, now as i64))
            }
            value => self.numbers.integer(value).map(Number::Fixed),
        }
    }
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Var(a), Value::Var(b)) => a == b,
        (Value::Tensor(a), Value::Tensor(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}
