//! A recorded scalar as a formula: the tape's nodes turned into sums of products, simplified as they are built.
//!
//! Sums collect like terms, products collect powers, numbers are folded, 0 and 1 disappear; of several ways to write the
//! same, the shortest is taken. Knows nothing of where the nodes came from.

mod normal;
mod simplify;
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
    builder.value(target).map(|sum| simplify::shortest(&sum))
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
        is_constant.then(|| constant(self.tape.scalar(id)))
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
            return Some(constant(self.tape.scalar(id)));
        }
        if let [condition, .., value] = self.tape.operands(id).collect::<Vec<_>>()[..] {
            let is = |other| std::ptr::eq(row, other);
            // where the condition is absent, the value is 0 by its own formula
            if is(&ops::LIVE) || is(&ops::LIVE_PART) {
                return self.value(value);
            }
            if is(&ops::DROP_WHERE) && self.holds_at_points(condition) {
                return self.value(value);
            }
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
        ("keep_where", [condition, x]) => chosen(condition, x, &Sum::number(0.0)),
        ("drop_where", [condition, x]) => chosen(condition, &Sum::number(0.0), x),
        ("where", [condition, yes, no]) => chosen(condition, yes, no),
        ("less", [a, b]) => Sum::atom(Atom::Compare("<", Box::new([a.clone(), b.clone()]))),
        ("less_equal", [a, b]) => Sum::atom(Atom::Compare("<=", Box::new([a.clone(), b.clone()]))),
        ("greater", [a, b]) => Sum::atom(Atom::Compare(">", Box::new([a.clone(), b.clone()]))),
        ("greater_equal", [a, b]) => Sum::atom(Atom::Compare(">=", Box::new([a.clone(), b.clone()]))),
        ("equal", [a, b]) => Sum::atom(Atom::Compare("==", Box::new([a.clone(), b.clone()]))),
        ("not_equal", [a, b]) => Sum::atom(Atom::Compare("!=", Box::new([a.clone(), b.clone()]))),
        ("stop_gradient", _) => return None,
        (name, operands) => call(name, operands),
    })
}

fn call(name: &str, operands: &[Sum]) -> Sum {
    Sum::atom(Atom::Call(name.to_string(), operands.to_vec()))
}

/// A choice; what is no number otherwise is not worth a word, and neither is a choice between equals.
fn chosen(condition: &Sum, yes: &Sum, no: &Sum) -> Sum {
    let is_nothing = no.terms.iter().any(|term| term.coefficient.is_nan());
    if is_nothing || yes == no {
        return yes.clone();
    }
    call("where", &[condition.clone(), yes.clone(), no.clone()])
}

/// A number, by its name where it has one: π, e, log(2) and what the rules make of them.
fn constant(value: f64) -> Sum {
    use std::f64::consts::{E, FRAC_2_SQRT_PI, LOG2_E, LOG10_E, PI, TAU};
    let log = |x: f64| call("log", &[Sum::number(x)]);
    let pi = || Sum::atom(Atom::Name("pi".to_string()));
    match value.abs() {
        PI => pi().times(&Sum::number(value / PI)),
        TAU => pi().times(&Sum::number(2.0 * value / TAU)),
        E => Sum::atom(Atom::Name("e".to_string())).times(&Sum::number(value / E)),
        FRAC_2_SQRT_PI => call("sqrt", &[pi()]).power(-1.0).times(&Sum::number(2.0 * value / FRAC_2_SQRT_PI)),
        LOG2_E => log(2.0).power(-1.0).times(&Sum::number(value / LOG2_E)),
        LOG10_E => log(10.0).power(-1.0).times(&Sum::number(value / LOG10_E)),
        x => match (2..=LARGEST_OF_LOGARITHM).map(f64::from).find(|k| k.ln() == x) {
            Some(k) => log(k).times(&Sum::number(value / x)),
            None => Sum::number(value),
        },
    }
}

/// Up to here a logarithm is recognized by its value.
const LARGEST_OF_LOGARITHM: u32 = 100;
