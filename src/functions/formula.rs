//! Recorded values as formulas: the tape's nodes turned into sums of products and simplified.
//!
//! What was recorded from names and typed numbers is written with them; of several ways to write the same, the shortest
//! is taken. Knows nothing of where the nodes came from.

mod cases;
mod expand;
mod from_tape;
mod number;
mod simplify;
mod store;
mod text;

use std::collections::HashMap;

use simplify::Simplifier;
use store::Store;

use crate::interrupt;
use crate::tape::{NodeId, Tape};

/// How a node is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    /// What is differentiated by.
    Variable(String),
    /// A session variable.
    Name(String),
    /// A constant of the language: pi, e.
    Constant(&'static str),
    /// A number as it was typed.
    Number(f64),
}

/// Why something has no formula.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unwritten {
    #[error("it is longer than {} characters", text::LONGEST)]
    TooLong,
    #[error("{0} is not written in formulas")]
    Operation(String),
    #[error("interrupted")]
    Interrupted,
}

/// The elements of a node as text, in their order.
pub fn formulas(tape: &Tape, target: NodeId, labels: &HashMap<NodeId, Label>) -> Result<Vec<String>, Unwritten> {
    let mut store = Store::default();
    let elements = from_tape::elements(tape, target, labels, &mut store)?;
    let variables = labels.values().filter_map(|label| match label {
        Label::Variable(name) => Some(name.clone()),
        _ => None,
    });
    let mut simplifier = Simplifier::new(&mut store, variables.collect());
    let mut written = Vec::with_capacity(elements.len());
    for element in elements.iter() {
        written.push(simplifier.written(*element).ok_or(Unwritten::TooLong)?);
        if interrupt::is_requested() {
            return Err(Unwritten::Interrupted);
        }
    }
    Ok(written)
}

/// The value of `target` as text in terms of the named nodes; `None` where there is no formula for it.
pub fn formula(tape: &Tape, target: NodeId, names: &HashMap<NodeId, String>) -> Option<String> {
    let labels = names.iter().map(|(id, name)| (*id, Label::Variable(name.clone()))).collect();
    let mut written = formulas(tape, target, &labels).ok()?;
    if written.len() == 1 { written.pop() } else { None }
}
