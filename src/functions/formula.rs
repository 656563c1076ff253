//! A recorded scalar as a formula: the tape's nodes turned into sums of products, simplified as they are built.
//!
//! Sums collect like terms, products collect powers, numbers are folded, 0 and 1 disappear. Knows nothing of where the
//! nodes came from; rows that choose between branches have no formula.

mod normal;
mod text;

use std::collections::HashMap;

use normal::{Atom, Sum};

use crate::ops;
use crate::tape::{CONSTANT, NodeId, Row, Tape};

/// The value of `target` as text in terms of the named nodes; `None` where there is no formula for it.
pub fn formula(tape: &Tape, target: NodeId, names: &HashMap<NodeId, String>) -> Option<String> {
    let mut builder = Builder { tape, names, done: HashMap::new() };
    let first = names.keys().min()?.index().min(target.index());
    for id in tape.nodes().skip(first).take(target.index() + 1 - first) {
        if let Some(sum) = builder.node(id) {
            builder.done.insert(id, sum);
        }
    }
    builder.value(target).map(|sum| text::text(&sum))
}

struct Builder<'t> {
    tape: &'t Tape,
    names: &'t HashMap<NodeId, String>,
    done: HashMap<NodeId, Sum>,
}

impl Builder<'_> {
    fn value(&self, id: NodeId) -> Option<Sum> {
        if let Some(sum) = self.done.get(&id) {
            return Some(sum.clone());
        }
        let is_constant = self.tape.is_scalar(id) && !self.tape.is_connected(id);
        is_constant.then(|| Sum::number(self.tape.scalar(id)))
    }

    fn node(&self, id: NodeId) -> Option<Sum> {
        if let Some(name) = self.names.get(&id) {
            return Some(Sum::atom(Atom::Name(name.clone())));
        }
        if !self.tape.is_scalar(id) {
            return None;
        }
        let row = self.tape.row(id);
        if std::ptr::eq(row, &CONSTANT) || !self.tape.is_connected(id) {
            return Some(Sum::number(self.tape.scalar(id)));
        }
        if std::ptr::eq(row, &ops::DROP_WHERE) {
            let [condition, value] = self.tape.operands(id).collect::<Vec<_>>()[..] else { return None };
            return if self.holds_at_points(condition) { self.value(value) } else { None };
        }
        let operands = self.tape.operands(id).map(|operand| self.value(operand)).collect::<Option<Vec<_>>>()?;
        operation(row, &operands)
    }
}

impl Builder<'_> {
    /// Whether a condition holds at single points only, where a formula may be silent: `x == 0`.
    fn holds_at_points(&self, condition: NodeId) -> bool {
        let row = self.tape.row(condition);
        std::ptr::eq(row, &ops::EQUAL)
            || (std::ptr::eq(row, &ops::MUL) && self.tape.operands(condition).any(|part| self.holds_at_points(part)))
    }
}

/// What a row does to formulas.
fn operation(row: &Row, operands: &[Sum]) -> Option<Sum> {
    let minus_one = || Sum::number(-1.0);
    Some(match (row.name, operands) {
        ("add", [a, b]) => a.plus(b),
        ("sub", [a, b]) => a.plus(&b.times(&minus_one())),
        ("mul", [a, b]) => a.times(b),
        ("div", [a, b]) => a.times(&b.power(-1.0)),
        ("unit", [a, b]) => a.times(&b.power(-1.0)),
        ("neg", [a]) => a.times(&minus_one()),
        ("identity", [a]) => a.clone(),
        ("square", [a]) => a.power(2.0),
        ("reciprocal" | "log_slope", [a]) => a.power(-1.0),
        ("rsqrt", [a]) => call("sqrt", std::slice::from_ref(a)).power(-1.0),
        ("sech2", [a]) => call("cosh", std::slice::from_ref(a)).power(-2.0),
        ("pow", [a, b]) => match b.as_number() {
            Some(exponent) => a.power(exponent),
            None => Sum::atom(Atom::Power(Box::new(a.clone()), Box::new(b.clone()))),
        },
        ("where" | "keep_where" | "drop_where" | "live" | "live_part" | "stop_gradient", _) => return None,
        ("less" | "less_equal" | "greater" | "greater_equal" | "equal" | "not_equal", _) => return None,
        (name, operands) => call(name, operands),
    })
}

fn call(name: &str, operands: &[Sum]) -> Sum {
    Sum::atom(Atom::Call(name.to_string(), operands.to_vec()))
}
