//! Which part of the text an operation on the tape was typed as, and why a derivative is NaN or infinite.
//!
//! A derivative that came out so is evaluated once more, the evaluator noting how far the tape had grown when it was done
//! with each part of the text: the operation to blame belongs to the innermost part during which it was recorded, in
//! whichever function that stands. The explanation is shown only if the statement itself gives NaN or infinity.

use std::collections::HashMap;
use std::rc::Rc;

use super::trace::Trace;
use super::{Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::syntax::tree::{Expr, ExprId, Tree};
use crate::tape::NodeId;
use crate::value::Value;

/// So many derivatives of a statement are looked into.
const MOST_SUSPECTS: u32 = 3;

/// Loop iterations and calls that an explanation may take.
const MOST_STEPS: u64 = 100_000;

/// Where the tape ended when the evaluator was done with a part of the text, in the order of time.
#[derive(Default)]
pub(super) struct Provenance {
    parts: Vec<(usize, Rc<Tree>, ExprId)>,
}

impl Provenance {
    pub fn note(&mut self, length: usize, tree: &Rc<Tree>, part: ExprId) {
        // what was taken off the tape again was recorded for nothing
        while self.parts.last().is_some_and(|(before, ..)| *before > length) {
            self.parts.pop();
        }
        self.parts.push((length, tree.clone(), part));
    }

    /// The innermost part of the text during which a node was recorded.
    fn part_of(&self, node: NodeId) -> Option<(&Rc<Tree>, ExprId)> {
        let at = self.parts.partition_point(|(length, ..)| *length <= node.index());
        self.parts.get(at).map(|(_, tree, part)| (tree, *part))
    }
}

/// What a derivative is by, and which one it is.
pub(super) struct Wanted {
    /// Nodes and what they are called.
    pub sources: Vec<(NodeId, String)>,
    pub order: usize,
}

impl Evaluator<'_> {
    /// Looks into a derivative that is NaN or infinite: `again` evaluates what is differentiated once more. `place` is
    /// shown where the operation to blame was recorded earlier.
    pub(super) fn look_into(
        &mut self,
        place: Option<(&Rc<Tree>, ExprId)>,
        again: impl FnOnce(&mut Trace) -> Result<(Value, Wanted), Stop>,
    ) {
        if self.suspect.is_some() || self.suspects >= MOST_SUSPECTS || self.tracing || self.provenance.is_some() {
            return;
        }
        self.suspects += 1;
        let chances = self.memo.chances;
        let mut trace = Trace::begin_quietly(self);
        trace.numbers.frozen = false;
        trace.provenance = Some(Provenance::default());
        let steps = trace.interpret_for(MOST_STEPS);
        let found = again(&mut trace);
        trace.end_interpreting(steps);
        let provenance = trace.provenance.take().unwrap_or_default();
        // with other random numbers it is another derivative
        let drew = trace.memo.chances != chances;
        let note = match found {
            Ok((target, wanted)) if !drew => trace.explanation(&target, &wanted, &provenance, place),
            _ => None,
        };
        drop(trace);
        self.suspect = note;
    }

    fn explanation(
        &mut self,
        target: &Value,
        wanted: &Wanted,
        provenance: &Provenance,
        place: Option<(&Rc<Tree>, ExprId)>,
    ) -> Option<Diagnostic> {
        let &Value::Var(node) = target else { return None };
        let names: HashMap<NodeId, String> = wanted.sources.iter().cloned().collect();
        let sources: Vec<NodeId> = wanted.sources.iter().map(|(node, _)| *node).collect();
        let culprit = match self.is_bad(target) {
            true => self.culprit_of_value(target)?,
            false => self.culprit_of_slope(node, &sources, &names, wanted.order)?,
        };
        let mut reason = culprit.reason;
        let part = provenance.part_of(culprit.node).or(place);
        if let Some((tree, part)) = part
            && crate::functions::is_internal(self.numbers.tape.row(culprit.node))
        {
            // an operation of a derivative inside, which has no name
            reason = format!("{} has no finite slope here", tree.text(part));
        }
        let note = Diagnostic::new(reason);
        let note = match part {
            Some((tree, part)) => note.at(&tree.source, tree.span(part)),
            None => note,
        };
        Some(Diagnostic { help: culprit.help, ..note })
    }

    /// A note about a derivative that made this value NaN or infinite; false if none was looked into.
    pub fn note_suspect(&mut self, value: &Value) -> bool {
        if self.suspect.is_none() || !self.is_bad_inside(value) {
            return false;
        }
        self.show_suspect();
        true
    }

    /// The same for a derivative in a loop or a map, which was computed without looking at each.
    pub fn note_suspect_inside(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value) {
        if !self.is_bad_inside(value) || !self.drew_nothing() || matches!(tree.expr(id), Expr::Name(_)) {
            return;
        }
        let mut trace = Trace::begin_quietly(self);
        let steps = trace.interpret_for(MOST_STEPS);
        // what goes wrong now went well before, or was a step too many
        let _ = trace.eval(tree, id);
        trace.end_interpreting(steps);
        drop(trace);
        self.show_suspect();
    }

    /// A note about a derivative that made a variable NaN or infinite which the statement assigned.
    pub fn note_suspect_of_names(&mut self) {
        let values: Vec<Value> = self.globals.changed().map(|(_, value, _)| value.clone()).collect();
        if self.notes.is_empty() && values.iter().any(|value| self.is_bad_inside(value)) {
            self.show_suspect();
        }
    }

    pub(super) fn show_suspect(&mut self) {
        if let Some(note) = self.suspect.take() {
            self.remark(note);
        }
    }

    /// Whether there is NaN or infinity in a value, or in a list or record of them.
    pub(super) fn is_bad_inside(&self, value: &Value) -> bool {
        match value {
            Value::List(items) => items.iter().any(|item| self.is_bad_inside(item)),
            Value::Record(fields) => fields.iter().any(|(_, field)| self.is_bad_inside(field)),
            other => self.is_bad(other),
        }
    }

    /// From now on loops and maps are interpreted, step by step, and so many steps at most.
    fn interpret_for(&mut self, steps: u64) -> Option<u64> {
        self.steps.replace(Some(steps))
    }

    fn end_interpreting(&mut self, before: Option<u64>) {
        self.steps.set(before);
    }

    /// Whether loops and maps shall be interpreted.
    pub(super) fn interprets(&self) -> bool {
        self.steps.get().is_some()
    }
}
