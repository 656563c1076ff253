//! Evaluations that leave nothing behind: at a point, to be compiled, on trial.
//!
//! A [`Trace`] is the evaluator while such an evaluation runs. When it ends, however it ends, session variables and
//! local names stand for what they stood for before, the modes are what they were, and what was recorded is taken off
//! the tape unless the caller keeps it. So no name can refer to a node that is gone: what was assigned inside is taken
//! back together with the recording. A value leaves through [`Trace::constant`] or [`Trace::keep_for`].

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::scope::Frame;
use super::{Binding, Evaluated, Evaluator, Role};
use crate::syntax::name::Symbol;
use crate::syntax::tree::{ExprId, Tree};
use crate::tape::{Mark, NodeId, Watch};
use crate::value::Value;

/// What the evaluator is doing.
#[derive(Clone, Copy)]
struct Modes {
    frozen: bool,
    outermost: Option<ExprId>,
    compiling: bool,
    tracing: bool,
    lifting: bool,
    muted: bool,
}

/// Local names of running functions as they were: those that there were then may be assigned, too.
pub(super) struct LocalFrame {
    count: usize,
    noted: usize,
    guarded: usize,
}

/// An evaluator whose bindings, modes and recording end with it.
pub(super) struct Trace<'e, 's> {
    evaluator: &'e mut Evaluator<'s>,
    mark: Mark,
    frame: Option<Frame>,
    locals: LocalFrame,
    modes: Modes,
    notes: usize,
    watch: Option<Watch>,
    is_watching: bool,
    is_quiet: bool,
    keeps_nodes: bool,
}

impl<'e, 's> Trace<'e, 's> {
    pub fn begin(evaluator: &'e mut Evaluator<'s>) -> Trace<'e, 's> {
        Trace {
            mark: evaluator.numbers.tape.mark(),
            frame: Some(evaluator.globals.enter()),
            locals: evaluator.enter_locals(),
            modes: evaluator.modes(),
            notes: evaluator.notes.len(),
            watch: None,
            is_watching: false,
            is_quiet: false,
            keeps_nodes: false,
            evaluator,
        }
    }

    /// The same, with no remark of it shown, and nothing printed.
    pub fn begin_quietly(evaluator: &'e mut Evaluator<'s>) -> Trace<'e, 's> {
        let mut trace = Trace::begin(evaluator);
        trace.is_quiet = true;
        trace.muted = true;
        trace
    }

    /// The tape where the trace began.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// From now on, remembers which recorded values are looked at.
    pub fn watch_reads(&mut self) {
        self.watch = Some(self.numbers.tape.watch_reads());
        self.is_watching = true;
    }

    /// The values that were looked at: what was recorded holds while they are what they are.
    pub fn guards(&mut self) -> Vec<NodeId> {
        self.is_watching = false;
        self.watch.map_or_else(Vec::new, |watch| self.numbers.tape.reads_since(watch))
    }

    /// Puts another value under a name without any of the consequences of an assignment.
    pub fn rebind(&mut self, name: Symbol, value: Value) {
        if !self.assign_local(name, &value)
            && let Some(role) = self.globals.get(name).map(|binding| binding.role)
        {
            self.shadow_global(name, value, role);
        }
    }

    /// Lets a session name stand for its value at a point: there, what it stands for outside is a former value.
    pub fn shadow_at_point(&mut self, name: Symbol, value: Value) {
        let before = self.globals.get(name).map(|binding| binding.value.clone());
        self.shadow_global(name, value, Role::Plain);
        if let Some(Value::Var(id)) = before {
            self.globals.push_former(name, id);
        }
    }

    /// Lets a session name stand for something else.
    pub fn shadow_global(&mut self, name: Symbol, value: Value, role: Role) {
        let generation = self.numbers.tape.generation();
        self.globals.bind(name, Some(Binding { value, role }), generation);
    }

    /// Ends the trace; what it recorded stays on the tape.
    pub fn keep(mut self) {
        self.keeps_nodes = true;
    }

    /// Ends the trace; what it recorded stays if this value refers to it.
    pub fn keep_for(mut self, value: &Value) {
        let first = self.mark.node();
        let mut refers = false;
        value.each_node(&mut |id| refers |= id.index() >= first);
        self.keeps_nodes = refers;
    }

    /// Ends the trace with a value that no longer depends on anything.
    pub fn constant(self, value: &Value) -> Value {
        self.numbers.constant(value)
    }
}

impl<'s> Deref for Trace<'_, 's> {
    type Target = Evaluator<'s>;

    fn deref(&self) -> &Evaluator<'s> {
        self.evaluator
    }
}

impl<'s> DerefMut for Trace<'_, 's> {
    fn deref_mut(&mut self) -> &mut Evaluator<'s> {
        self.evaluator
    }
}

impl Drop for Trace<'_, '_> {
    fn drop(&mut self) {
        // after a panic the session goes back to where the statement began
        if std::thread::panicking() {
            return;
        }
        let evaluator = &mut *self.evaluator;
        if let Some(frame) = self.frame.take() {
            evaluator.globals.leave(frame);
        }
        evaluator.leave_locals(&self.locals);
        evaluator.set_modes(self.modes);
        if self.is_quiet {
            evaluator.notes.truncate(self.notes);
        }
        if self.is_watching
            && let Some(watch) = self.watch
        {
            evaluator.numbers.tape.reads_since(watch);
        }
        if self.keeps_nodes {
            return;
        }
        if let Some(watch) = self.watch {
            evaluator.numbers.tape.forget_reads(watch, self.mark);
        }
        evaluator.numbers.truncate(self.mark);
    }
}

impl Evaluator<'_> {
    /// The value of an expression whose assignments nobody sees.
    pub(super) fn eval_apart(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        let mut trace = Trace::begin(self);
        let value = trace.eval(tree, id)?;
        trace.keep();
        Ok(value)
    }

    fn modes(&self) -> Modes {
        Modes {
            frozen: self.numbers.frozen,
            outermost: self.outermost,
            compiling: self.compiling,
            tracing: self.tracing,
            lifting: self.digits.lifting,
            muted: self.muted,
        }
    }

    fn set_modes(&mut self, modes: Modes) {
        self.numbers.frozen = modes.frozen;
        self.outermost = modes.outermost;
        self.compiling = modes.compiling;
        self.tracing = modes.tracing;
        self.digits.lifting = modes.lifting;
        self.muted = modes.muted;
    }

    fn enter_locals(&mut self) -> LocalFrame {
        let count = self.locals.len();
        let guarded = std::mem::replace(&mut self.guarded_locals, count);
        LocalFrame { count, noted: self.noted_locals.len(), guarded }
    }

    fn leave_locals(&mut self, frame: &LocalFrame) {
        for (index, before) in self.noted_locals.drain(frame.noted..).rev() {
            self.locals[index].1 = before;
        }
        self.locals.truncate(frame.count);
        self.guarded_locals = frame.guarded;
    }

    /// Assigns to the innermost local of that name; false if the running function has none.
    pub(super) fn assign_local(&mut self, name: Symbol, value: &Value) -> bool {
        let base = self.base;
        let Some(index) = self.locals[base..].iter().rposition(|(other, _)| *other == name) else { return false };
        let index = base + index;
        let before = std::mem::replace(&mut self.locals[index].1, value.clone());
        if index < self.guarded_locals {
            self.noted_locals.push((index, before));
        }
        true
    }
}
