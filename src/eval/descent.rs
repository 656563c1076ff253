//! Steps of descent. At the top level `w = w - 0.1 grad(loss, w)` gives w another value to begin from: derivatives by
//! what w was before do not flow through the step, and the tape before it may be let go.

use super::Evaluator;
use crate::ops;
use crate::syntax::name::Symbol;
use crate::tape::{NodeId, STOP};
use crate::value::{Fault, Value};

impl Evaluator<'_> {
    /// Remembers of gradients by which source each is.
    pub(super) fn note_partials(
        &mut self,
        found: &mut [Option<Value>],
        sources: &[Option<NodeId>],
    ) -> Result<(), Fault> {
        if self.depth > 0 {
            return Ok(());
        }
        for (found, source) in found.iter_mut().zip(sources) {
            if let (Some(Value::Var(partial)), Some(source)) = (found, source) {
                // what a sweep gives may be an older value: the gradient of x y by x is y
                *partial = self.numbers.tape.map1(&ops::IDENTITY, *partial)?;
                self.numbers.tape.note_partial(*partial, *source);
            }
        }
        Ok(())
    }

    /// What a session variable is given, as a source of its own where that is a step of descent.
    pub(super) fn after_step(&mut self, name: Symbol, value: Value) -> Result<Value, Fault> {
        let (Value::Var(next), Some(Value::Var(before))) = (&value, self.globals.get(name).map(|bound| &bound.value))
        else {
            return Ok(value);
        };
        let tape = &mut self.numbers.tape;
        if self.depth > 0 || !tape.is_step(*next, *before) {
            return Ok(value);
        }
        if self.compiling || self.tracing {
            // what is recorded to be run again computes the step with other numbers
            let anew = tape.map1(&STOP, *next)?;
            tape.connect(anew);
            return Ok(Value::Var(anew));
        }
        let tensor = tape.tensor(*next);
        Ok(Value::Var(tape.variable_tensor(&tensor)))
    }
}
