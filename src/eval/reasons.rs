//! Why a derivative does not exist: absent is not zero, and the person should know which of them it is.

use super::{Binding, Evaluator, Role};
use crate::syntax::name::Symbol;
use crate::tape::{NodeId, STOP};
use crate::value::Value;

impl Evaluator<'_> {
    /// The reason why `target` does not depend on `source`.
    pub(super) fn why_none(
        &self,
        target_text: &str,
        target: &Value,
        label: &str,
        name: Option<Symbol>,
        source: &Value,
    ) -> String {
        let Value::Var(node) = source else {
            return match name.and_then(|name| self.globals.get(name)) {
                Some(Binding { role: Role::Const, .. }) => format!("{label} is a constant"),
                Some(Binding { role: Role::Unwatched, .. }) => {
                    format!("{label} is not watched; watch {label} changes that")
                }
                _ if name.is_some() => format!("{label} is a constant here; watch {label} before it is used"),
                _ => format!("{label} does not depend on any variable"),
            };
        };
        let became_integer =
            self.numbers.made_integer.iter().any(|id| id.index() < self.numbers.tape.len() && self.depends(*id, *node));
        let Value::Var(target_node) = target else {
            return match became_integer {
                true => format!(
                    "{target_text} does not depend on {label}; an integer made of {label} carries no derivative"
                ),
                false => format!("{target_text} is a constant"),
            };
        };
        if let Some(name) = name
            && self.globals.former(name).iter().any(|&former| self.depends(*target_node, former))
        {
            return format!("{label} was reassigned after {target_text} was computed");
        }
        if self.is_stopped(*target_node, *node) {
            return format!("stop_gradient stands between {label} and {target_text}");
        }
        if became_integer {
            return format!(
                "{target_text} does not depend on {label}; an integer made of {label} carries no derivative"
            );
        }
        if !self.numbers.tape.is_connected(*target_node) {
            return format!("{target_text} is a constant");
        }
        match self.assigned_constant(target_text, *target_node) {
            Some(value) => {
                format!("{target_text} does not depend on {label} ({target_text} was assigned the constant {value})")
            }
            None => format!("{target_text} does not depend on {label}"),
        }
    }

    /// The number that a session variable was assigned, if it was a number.
    fn assigned_constant(&self, target_text: &str, target: NodeId) -> Option<f64> {
        let Some(Binding { value: Value::Var(bound), .. }) = self.globals.get(Symbol::new(target_text)) else {
            return None;
        };
        let tape = &self.numbers.tape;
        let is_source = *bound == target && tape.operands(target).next().is_none();
        match self.numbers.constant(&Value::Var(target)) {
            Value::Real(x) if is_source => Some(x),
            _ => None,
        }
    }

    pub(super) fn depends(&self, target: NodeId, source: NodeId) -> bool {
        self.reached(target, source, false)
    }

    fn is_stopped(&self, target: NodeId, source: NodeId) -> bool {
        self.reached(target, source, true)
    }

    /// Whether there is a path from source to target, through `stop_gradient` too if wanted.
    fn reached(&self, target: NodeId, source: NodeId, through_stop: bool) -> bool {
        let tape = &self.numbers.tape;
        if source > target {
            return false;
        }
        let mut reached = vec![false; target.index() + 1];
        reached[source.index()] = true;
        for id in tape.nodes().skip(source.index() + 1).take(target.index() - source.index()) {
            let passes = through_stop || !std::ptr::eq(tape.row(id), &STOP);
            reached[id.index()] = passes && tape.operands(id).any(|operand| reached[operand.index()]);
        }
        reached[target.index()]
    }
}
