//! A node as a number: operators and methods on it record on its tape.
//!
//! Derivative rules are written over [`Var`]; the methods (`sin`, `exp` …) come from the table of operations.

use std::cell::RefCell;
use std::ops::Deref;

use super::{ABSENT, Attr, CONSTANT, LITERAL, NodeId, Row, Tape, TapeError};
use crate::tensor::{Shape, Tensor};

/// A tape that several [`Var`]s may record on.
///
/// Operators cannot return errors: the first one is kept here, and what is recorded after it has no meaning.
pub struct Recorder {
    tape: RefCell<Tape>,
    failure: RefCell<Option<TapeError>>,
    /// Constants of this sweep that are already on the tape.
    constants: RefCell<Vec<(u64, NodeId)>>,
}

/// A recorder with the place of the tape it took: the tape returns there, even if a rule panics.
pub struct Lent<'p> {
    place: &'p mut Tape,
    recorder: Recorder,
}

impl Lent<'_> {
    /// Gives the tape back; the first error, if anything failed.
    pub fn release(self) -> Result<(), TapeError> {
        self.recorder.failure.take().map_or(Ok(()), Err)
    }
}

impl Deref for Lent<'_> {
    type Target = Recorder;

    fn deref(&self) -> &Recorder {
        &self.recorder
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        std::mem::swap(self.place, self.recorder.tape.get_mut());
    }
}

/// A node together with the tape it is on.
#[derive(Clone, Copy)]
pub struct Var<'t> {
    recorder: &'t Recorder,
    pub id: NodeId,
}

impl Recorder {
    /// Takes the tape for as long as rules run on it; [`Lent::release`] gives it back.
    pub fn take(place: &mut Tape) -> Lent<'_> {
        let tape = std::mem::replace(place, Tape::hollow());
        let recorder =
            Recorder { tape: RefCell::new(tape), failure: RefCell::new(None), constants: RefCell::default() };
        Lent { place, recorder }
    }

    pub fn var(&self, id: NodeId) -> Var<'_> {
        Var { recorder: self, id }
    }

    pub fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Tape) -> T) -> T {
        look(&mut self.tape.borrow_mut())
    }

    fn constant(&self, value: f64) -> NodeId {
        let bits = value.to_bits();
        let mut known = self.constants.borrow_mut();
        if let Some(&(_, id)) = known.iter().rev().take(8).find(|(other, _)| *other == bits) {
            return id;
        }
        let id = self.tape.borrow_mut().constant(value);
        known.push((bits, id));
        id
    }
}

impl<'t> Var<'t> {
    /// Records a row with these operands.
    pub fn record(operands: &[Var<'t>], row: &'static Row, attr: Attr) -> Var<'t> {
        let recorder = operands[0].recorder;
        let ids: Vec<NodeId> = operands.iter().map(|var| var.id).collect();
        let result = recorder.tape.borrow_mut().record(row, &ids, attr);
        operands[0].keep(result)
    }

    pub fn map1(self, row: &'static Row) -> Var<'t> {
        let result = self.recorder.tape.borrow_mut().map1(row, self.id);
        self.keep(result)
    }

    pub fn map2(self, row: &'static Row, other: Var<'t>) -> Var<'t> {
        let result = self.recorder.tape.borrow_mut().map2(row, self.id, other.id);
        self.keep(result)
    }

    fn keep(self, result: Result<NodeId, TapeError>) -> Var<'t> {
        match result {
            Ok(id) => Var { id, ..self },
            Err(error) => {
                self.recorder.failure.borrow_mut().get_or_insert(error);
                self
            }
        }
    }

    /// A constant on the same tape.
    pub fn constant(self, value: f64) -> Var<'t> {
        Var { id: self.recorder.constant(value), ..self }
    }

    pub fn constant_tensor(self, tensor: &Tensor) -> Var<'t> {
        let id = self.recorder.tape.borrow_mut().constant_tensor(tensor);
        Var { id, ..self }
    }

    /// A constant that stands for "no cotangent".
    pub fn absent(self) -> Var<'t> {
        let var = self.constant(ABSENT);
        self.recorder.tape.borrow_mut().set_masked(var.id);
        var
    }

    /// The same node, known to hold structural zeros where nothing was selected.
    pub fn masked(self) -> Var<'t> {
        self.recorder.tape.borrow_mut().set_masked(self.id);
        self
    }

    /// The number, if this is a constant scalar, or one that was typed and that f64 keeps whole.
    pub fn known(self) -> Option<f64> {
        let tape = self.recorder.tape.borrow();
        if !tape.is_scalar(self.id) {
            return None;
        }
        let is = |row: &'static Row| std::ptr::eq(tape.row(self.id), row);
        let is_whole = || (tape.unseen(self.id) * 1024.0).fract() == 0.0;
        (is(&CONSTANT) || is(&LITERAL) && is_whole()).then(|| tape.scalar(self.id))
    }

    /// Looks at the tape this is on.
    pub fn with_tape<T>(self, look: impl FnOnce(&Tape) -> T) -> T {
        look(&self.recorder.tape.borrow())
    }

    /// Works on the tape this is on; `None` after an error, which is kept.
    pub fn on_tape<T>(self, work: impl FnOnce(&mut Tape) -> Result<T, TapeError>) -> Option<T> {
        let result = work(&mut self.recorder.tape.borrow_mut());
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.recorder.failure.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    /// Another node of the same tape.
    pub fn at(self, id: NodeId) -> Var<'t> {
        Var { id, ..self }
    }

    pub fn shape(self) -> Shape {
        self.recorder.tape.borrow().shape(self.id).clone()
    }

    pub fn tensor(self) -> Tensor {
        self.recorder.tape.borrow().tensor(self.id)
    }
}
