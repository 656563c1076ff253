//! Evaluation with names instead of numbers: what is computed from them is recorded and can be written as a formula.
//!
//! Typed numbers, constants and session variables that are plain numbers are recorded under their names, so that a
//! formula keeps what was typed. Both branches of a choice are evaluated; loops are unrolled, as long as they are short.

use std::collections::HashMap;
use std::rc::Rc;

use super::trace::Trace;
use super::{Evaluated, Evaluator, Role, Stop};
use crate::diagnostic::Diagnostic;
use crate::functions::CONSTANTS;
use crate::functions::formula::{Label, formulas};
use crate::ops;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{ExprId, Tree};
use crate::tape::{Attr, NodeId};
use crate::tensor::{DType, Shape};
use crate::value::{Fault, Value};

/// Where functions are recorded: no special values, so that nothing cancels by chance.
const SAMPLES: [f64; 5] = [0.731_058_578_6, 1.224_744_871, 0.577_215_664_9, 1.618_033_988_7, 0.914_159_265_3];

/// Turns of loops that are written out.
const MOST_TURNS: usize = 60;

/// Choices that are written out.
const MOST_CHOICES: usize = 24;

/// What the nodes recorded so far are called, and how much was unrolled.
#[derive(Default)]
pub(super) struct Symbols {
    labels: HashMap<NodeId, Label>,
    turns: usize,
    choices: usize,
    /// Why there is no formula.
    reason: Option<String>,
}

/// A value written out: its elements as text, and how they are arranged.
pub(super) struct Written {
    elements: Vec<String>,
    shape: Shape,
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&bracketed(&self.elements, self.shape.dims()))
    }
}

fn bracketed(elements: &[String], dims: &[usize]) -> String {
    match dims.split_first() {
        None => elements[0].clone(),
        Some((0, _)) => "[]".to_string(),
        Some((&count, inner)) => {
            let parts = elements.chunks((elements.len() / count).max(1)).map(|part| bracketed(part, inner));
            format!("[{}]", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Why something has no formula: what stopped its evaluation, or a reason in words.
pub(super) enum Obstacle {
    Stop(Stop),
    Reason(String),
}

impl From<Stop> for Obstacle {
    fn from(stop: Stop) -> Obstacle {
        Obstacle::Stop(stop)
    }
}

impl Evaluator<'_> {
    /// Runs `work` with all numbers recorded under their names; these names are variables, not constants. Everything is
    /// as it was afterwards.
    pub(super) fn with_symbols<T>(&mut self, variables: &[Symbol], work: impl FnOnce(&mut Self) -> T) -> T {
        // what happens at the sample points is nobody's business
        let mut trace = Trace::begin_quietly(self);
        trace.numbers.frozen = false;
        let branched = std::mem::replace(&mut trace.branched, false);
        let outer = trace.symbols.replace(Box::default());
        for (name, value) in trace.named_constants(variables) {
            trace.shadow_global(name, value, Role::Plain);
        }
        let result = work(&mut trace);
        trace.symbols = outer;
        trace.branched = branched;
        result
    }

    /// Nodes for session variables and constants, under their names.
    fn named_constants(&mut self, variables: &[Symbol]) -> Vec<(Symbol, Value)> {
        let of_session = self.globals.names().map(|(name, binding)| {
            let label = Label::Name(name.to_string());
            (name, binding.value.clone(), label)
        });
        let mut named: Vec<(Symbol, Value, Label)> = of_session.collect();
        for &(name, value, _) in CONSTANTS.iter().filter(|(_, value, _)| value.is_finite()) {
            let symbol = Symbol::new(name);
            if self.globals.get(symbol).is_none() {
                named.push((symbol, Value::Real(value), Label::Constant(name)));
            }
        }
        let mut constants = Vec::with_capacity(named.len());
        for (name, value, label) in named {
            let constant = match (self.numbers.scalar(&value), self.numbers.dtype(&value)) {
                // a variable of the same name is another
                (Some(value), Some(DType::Real | DType::Int)) if variables.contains(&name) => self.typed_number(value),
                (Some(value), Some(DType::Real | DType::Int)) => Value::Var(self.labelled(value, label)),
                // elements of a tensor have no names
                (None, Some(DType::Real)) => self.numbers.constant(&value),
                _ => continue,
            };
            constants.push((name, constant));
        }
        constants
    }

    /// A constant that is written like this. It is computed from a number, so that rules do not take it for one.
    fn labelled(&mut self, value: f64, label: Label) -> NodeId {
        let constant = self.numbers.tape.constant(value);
        let id = self.numbers.tape.map1(&ops::IDENTITY, constant).unwrap_or(constant);
        if let Some(symbols) = &mut self.symbols {
            symbols.labels.insert(id, label);
        }
        id
    }

    /// A number as it was typed; whole numbers need no label.
    pub(super) fn typed_number(&mut self, value: f64) -> Value {
        let is_plain = self.symbols.is_none() || value.fract() == 0.0;
        Value::Var(match is_plain {
            true => self.numbers.tape.constant(value),
            false => self.labelled(value, Label::Number(value)),
        })
    }

    /// A name without a value: in a formula it stays what it is.
    pub(super) fn open_name(&mut self, name: Symbol) -> Value {
        let label = Label::Name(name.to_string());
        let known = self.symbols.as_ref().and_then(|symbols| {
            let found =
                symbols.labels.iter().find(|(_, own)| **own == label || **own == Label::Variable(name.to_string()));
            found.map(|(id, _)| *id)
        });
        Value::Var(known.unwrap_or_else(|| self.labelled(SAMPLES[0], label)))
    }

    /// A variable for each name, at a point where nothing is special.
    pub(super) fn samples(&mut self, names: &[Symbol]) -> Vec<NodeId> {
        let mut sources = Vec::with_capacity(names.len());
        for (i, name) in names.iter().enumerate() {
            let id = self.numbers.tape.variable(SAMPLES[i % SAMPLES.len()] + (i / SAMPLES.len()) as f64);
            if let Some(symbols) = &mut self.symbols {
                symbols.labels.insert(id, Label::Variable(name.to_string()));
            }
            sources.push(id);
        }
        sources
    }

    /// A value as a formula.
    pub(super) fn written(&mut self, value: &Value) -> Result<Written, Obstacle> {
        if self.branched {
            return Err(Obstacle::Reason("what it computes is decided by a condition at each point".to_string()));
        }
        let shape =
            self.numbers.shape(value).map_err(|_| Obstacle::Reason(format!("{} is no number", value.kind())))?;
        let node = self.numbers.lift(value).map_err(|_| Obstacle::Reason(format!("{} is no number", value.kind())))?;
        let Some(symbols) = &self.symbols else { return Err(Obstacle::Reason("nothing is recorded".to_string())) };
        match formulas(&self.numbers.tape, node, &symbols.labels) {
            Ok(elements) => Ok(Written { elements, shape }),
            Err(_) if crate::interrupt::is_requested() => {
                Err(Obstacle::Stop(Stop::Error(Box::new(Diagnostic::interrupted()))))
            }
            Err(unwritten) => Err(Obstacle::Reason(unwritten.to_string())),
        }
    }

    /// Why an evaluation with names ended: for a reason in words, if there is one.
    pub(super) fn obstacle(&mut self, stop: Stop) -> Obstacle {
        match self.symbols.as_mut().and_then(|symbols| symbols.reason.take()) {
            Some(reason) => Obstacle::Reason(reason),
            None => Obstacle::Stop(stop),
        }
    }

    fn no_formula(&mut self, tree: &Rc<Tree>, id: ExprId, reason: &str) -> Stop {
        if let Some(symbols) = &mut self.symbols {
            symbols.reason.get_or_insert_with(|| reason.to_string());
        }
        self.error(tree, id, reason)
    }

    /// Counts a turn of a loop that is being unrolled.
    pub(super) fn count_turn(&mut self, tree: &Rc<Tree>, id: ExprId) -> Result<(), Stop> {
        let Some(symbols) = &mut self.symbols else { return Ok(()) };
        symbols.turns += 1;
        if symbols.turns <= MOST_TURNS {
            return Ok(());
        }
        Err(self.no_formula(tree, id, &format!("it has loops of more than {MOST_TURNS} turns")))
    }

    /// Whether a condition depends on names that a formula is in.
    pub(super) fn is_open(&self, condition: &Value) -> bool {
        let Value::Var(id) = condition else { return false };
        self.symbols.is_some() && self.numbers.tape.is_connected(*id)
    }

    /// Both branches of a choice, with what each assigns.
    pub(super) fn choice(
        &mut self,
        tree: &Rc<Tree>,
        condition: (ExprId, &Value),
        then: ExprId,
        otherwise: Option<ExprId>,
    ) -> Evaluated {
        let (id, holds) = condition;
        let choices = self.symbols.as_mut().map_or(0, |symbols| {
            symbols.choices += 1;
            symbols.choices
        });
        if choices > MOST_CHOICES {
            return Err(self.no_formula(tree, id, &format!("it makes more than {MOST_CHOICES} choices")));
        }
        let before = self.locals.clone();
        let yes = self.chosen_branch(tree, then)?;
        let after = std::mem::replace(&mut self.locals, before);
        let no = match otherwise {
            Some(otherwise) => self.chosen_branch(tree, otherwise)?,
            None => Value::nothing("the condition of an if without else did not hold"),
        };
        for (at, (_, value)) in after.into_iter().enumerate().take(self.locals.len()) {
            let own = self.locals[at].1.clone();
            self.locals[at].1 = self.chosen(tree, id, holds, value, own)?;
        }
        self.chosen(tree, id, holds, yes, no)
    }

    fn chosen_branch(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        match self.eval(tree, id) {
            Err(Stop::Return(..) | Stop::Break(_) | Stop::Continue(_)) => {
                Err(self.no_formula(tree, id, "a branch of it leaves early"))
            }
            other => other,
        }
    }

    fn chosen(&mut self, tree: &Rc<Tree>, id: ExprId, holds: &Value, yes: Value, no: Value) -> Evaluated {
        let is_same = match (&yes, &no) {
            (Value::Var(a), Value::Var(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
            (Value::Nothing(_), _) | (_, Value::Nothing(_)) => true,
            _ => false,
        };
        if is_same {
            return Ok(yes);
        }
        if self.numbers.dtype(&yes).is_none() || self.numbers.dtype(&no).is_none() {
            return Err(self.no_formula(tree, id, "a branch of it gives no number"));
        }
        let chosen = self.numbers.apply(&ops::SELECT, &[holds, &yes, &no], Attr::None);
        self.placed(tree, id, chosen)
    }

    /// `and`, `or`, `not` of conditions, recorded; `None` where they are not open.
    pub(super) fn open_logic(
        &mut self,
        a: &Value,
        b: &Value,
        f: fn(bool, bool) -> bool,
    ) -> Option<Result<Value, Fault>> {
        if !self.is_open(a) && !self.is_open(b) {
            return None;
        }
        let zero = Value::Real(0.0);
        let (row, against) = match (f(true, true), f(true, false)) {
            (false, _) => return Some(self.numbers.apply(&ops::EQUAL, &[a, &zero], Attr::None)),
            (true, false) => (&ops::MUL, &zero),
            (true, true) => (&ops::MAXIMUM, &zero),
        };
        let both = self.numbers.apply(row, &[a, b], Attr::None);
        Some(both.and_then(|both| self.numbers.apply(&ops::NOT_EQUAL, &[&both, against], Attr::None)))
    }
}
