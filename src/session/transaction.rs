//! The one way in which a session is changed: whole, or not at all.
//!
//! What a statement, a command or a file does to the variables and the tape is kept when it succeeds and taken back
//! when it fails, is interrupted, or meets a bug of ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Session, to_diagnostic};
use crate::diagnostic::Diagnostic;
use crate::eval::{Evaluator, Printer, Stop};
use crate::tape::Mark;
use crate::{bug, interrupt};

/// What becomes of a success.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effects {
    Kept,
    /// Nobody shall see that anything was done.
    TakenBack,
}

impl Session {
    /// Evaluates something as one transaction.
    ///
    /// Errors: those of `work`; interruption; a bug, after which the variables are those of before.
    pub(super) fn transaction<T>(
        &mut self,
        effects: Effects,
        printer: Option<&mut Printer>,
        work: impl FnOnce(&mut Evaluator) -> Result<T, Stop>,
    ) -> Result<T, Diagnostic> {
        let mark = self.numbers.tape.mark();
        self.numbers.tape.forget_cuts();
        let evaluate = || {
            let mut evaluator = Evaluator::new(&mut self.globals, &mut self.numbers);
            evaluator.printer = printer.map(|printer| printer as &mut Printer);
            work(&mut evaluator).map_err(to_diagnostic)
        };
        let result = interrupt::during(|| catch_unwind(AssertUnwindSafe(evaluate)));
        match result {
            Ok(Ok(_)) if effects == Effects::Kept && self.refers_to_lost_nodes() => Err(self.recover(mark)),
            Ok(Ok(value)) if effects == Effects::Kept => {
                self.globals.commit();
                Ok(value)
            }
            Ok(result) => {
                self.globals.rollback();
                self.numbers.frozen = false;
                self.numbers.truncate(mark);
                result
            }
            Err(_) => Err(self.recover(mark)),
        }
    }

    /// Whether a name that was bound stands for something that is no longer on the tape: that would be wrong numbers
    /// later on.
    fn refers_to_lost_nodes(&self) -> bool {
        let tape = &self.numbers.tape;
        let mut lost = false;
        for (_, value, generation) in self.globals.changed() {
            value.each_node(&mut |id| lost |= !tape.is_alive(id, generation));
        }
        lost
    }

    /// Back to where the transaction began. The tape is cut off there, whatever state a panic left it in.
    fn recover(&mut self, mark: Mark) -> Diagnostic {
        self.globals.rollback();
        self.numbers.recover(mark);
        bug::diagnostic(match self.globals.forget_lost(self.numbers.tape.len()) {
            0 => "your variables are as they were before it",
            _ => "recorded variables are lost, the others kept",
        })
    }
}
