//! Whatever a statement gave is right in the digits that are shown, or is computed again with more.
//!
//! An error bound of what was recorded tells whether a result may have lost digits. Where it says so, or where nothing was
//! recorded that it could look at, the statement is evaluated once more for its digits: every number that was typed is
//! recorded as the decimal it is, loops and comprehensions an iteration at a time, every derivative as nodes. What was
//! recorded that way is computed in extended precision ([`crate::run`]), and the results of the first evaluation are
//! corrected. Values of variables are f64 numbers and stay so.

use std::collections::HashSet;
use std::rc::Rc;

use smallvec::SmallVec;

use super::arithmetic::{DIGITS_OF_F64, keeps_digits};
use super::calculus::values_of;
use super::trace::Trace;
use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::ops::LINEAR;
use crate::ops::doubt::{Doubt, has_cancelled};
use crate::run::{Element, Precise, precise, precise_rows};
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Stmt, Tree, UnaryOp};
use crate::tape::{Cotangent, GIVEN, IRRATIONAL, Mark, NodeId, STOP, Seed, gradient, gradient_with_sizes};
use crate::tensor::{DType, Tensor};
use crate::value::{Fault, Value};

/// Bytes of tape that an evaluation for digits may take: about a hundred thousand nodes.
const MAX_BYTES: usize = 12 << 20;

/// Iterations and calls of one.
const MAX_STEPS: u32 = 10_000;

/// Elements of plain tensors that a statement may have computed to be evaluated again.
const MAX_ELEMENTS: u64 = 1 << 20;

/// Longer statements are not evaluated a second time to see where a value became NaN.
const MAX_TRACED: usize = 400;

/// Relative difference of two results in f64 that are both right.
const SAME: f64 = 1e-12;

/// Numbers that differ by more than this part of them are told apart by f64.
const APART: f64 = 1e-6;

/// What the running statement knows of its digits.
pub(super) struct Digits {
    /// This is an evaluation for digits.
    pub lifting: bool,
    /// A derivative was taken whose digits may be lost, or were not looked at.
    is_doubtful: bool,
    /// Derivatives in numbers that were looked at and are right.
    checked: SmallVec<[f64; 4]>,
    /// What may still be spent on wide numbers.
    budget: u64,
    /// How many digits hold in the worst result.
    pub known: Option<u32>,
    /// By what derivatives were taken in an evaluation for digits.
    sources: HashSet<NodeId>,
    /// The expression that is evaluated, if it is one.
    whole: Option<ExprId>,
    /// Where the tape was when the evaluation for digits began.
    began: Mark,
    /// Iterations and calls that may still follow.
    steps: std::cell::Cell<u32>,
}

impl Default for Digits {
    fn default() -> Digits {
        Digits {
            lifting: false,
            is_doubtful: false,
            checked: SmallVec::new(),
            budget: crate::run::BUDGET,
            known: None,
            sources: HashSet::new(),
            whole: None,
            began: Mark::default(),
            steps: std::cell::Cell::new(0),
        }
    }
}

impl Digits {
    /// Counts an iteration or a call; false where an evaluation for digits takes too many.
    #[inline(always)]
    pub fn may_go_on(&self) -> bool {
        if !self.lifting {
            return true;
        }
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }
}

impl Digits {
    /// Notes how many digits hold, where they are fewer than are shown.
    fn note(&mut self, digits: Option<u32>) {
        if let Some(digits) = digits {
            self.known = Some(self.known.map_or(digits, |known| known.min(digits)));
        }
    }

    /// A new evaluation for digits may take as much as any.
    pub fn allow_steps(&self) {
        self.steps.set(MAX_STEPS);
    }

    /// Notes by what a derivative is taken.
    pub fn swept(&mut self, sources: &[NodeId]) {
        if self.lifting {
            self.sources.extend(sources);
        }
    }
}

/// Whether a derivative has lost its digits where adjoints met.
fn have_cancelled(found: &[Option<Cotangent>], sizes: &[f64]) -> bool {
    let cancelled = |(cotangent, &size): (&Option<Cotangent>, &f64)| match cotangent {
        Some(Cotangent::Number(x)) => has_cancelled(*x, size),
        _ => false,
    };
    found.iter().zip(sizes).any(cancelled)
}

impl Evaluator<'_> {
    /// What a statement gave, corrected where f64 got it wrong.
    pub fn settled(&mut self, tree: &Rc<Tree>, id: ExprId, value: Value) -> Value {
        let values = [value];
        if !self.is_doubtful(&values, self.started) && !self.is_unseen(tree, id, &values[0]) {
            let [value] = values;
            return value;
        }
        self.digits.whole = Some(id);
        let corrected = self.evaluated_for_digits(|evaluator| Ok(vec![evaluator.eval(tree, id)?]), &values);
        self.digits.whole = None;
        let [value] = values;
        match corrected {
            Some(corrected) => self.with_leaves(&value, &mut corrected.into_iter()),
            None => value,
        }
    }

    /// Says how many digits hold, where that is fewer than are shown.
    pub fn note_digits(&mut self, tree: &Tree, span: Span) {
        let Some(known) = self.digits.known else { return };
        let message = match known {
            0 => "no digit is certain here".to_string(),
            known => format!("digits after the {} may be wrong here", ordinal(known)),
        };
        self.notes.push(Diagnostic::new(message).at(&tree.source, span));
    }

    /// The session variables that a statement changed, corrected.
    pub fn settle_statement(&mut self, tree: &Rc<Tree>, stmt: &Stmt) {
        let names: Vec<Symbol> = self.globals.changed().map(|(name, ..)| name).collect();
        let values: Vec<Value> =
            names.iter().filter_map(|&name| self.globals.get(name)).map(|binding| binding.value.clone()).collect();
        if values.len() != names.len() || !self.is_doubtful(&values, self.started) && values.iter().all(is_recorded) {
            return;
        }
        let corrected = self.evaluated_for_digits(
            |evaluator| {
                evaluator.statement(tree, stmt)?;
                let value = |&name: &Symbol| evaluator.globals.get(name).map(|binding| binding.value.clone());
                Ok(names.iter().filter_map(value).collect())
            },
            &values,
        );
        if let Some(corrected) = corrected {
            let mut leaves = corrected.into_iter();
            for (name, value) in names.into_iter().zip(values) {
                let value = self.with_leaves(&value, &mut leaves);
                self.replace_global(name, value);
            }
        }
    }

    /// Corrects values and derivatives at a point; `again` gives the same values once more.
    pub(super) fn settle_point(
        &mut self,
        values: Vec<Value>,
        since: Mark,
        again: impl FnOnce(&mut Self) -> Result<Vec<Value>, Stop>,
    ) -> Vec<Value> {
        if !self.is_doubtful(&values, since) {
            return values;
        }
        match self.evaluated_for_digits(again, &values) {
            Some(corrected) => {
                let mut leaves = corrected.into_iter();
                values.iter().map(|value| self.with_leaves(value, &mut leaves)).collect()
            }
            None => values,
        }
    }

    /// Rows of a table of scalars that f64 may have got wrong, with what should stand there; `None` if that cannot be told.
    pub(super) fn precise_rows(
        &mut self,
        outputs: &[NodeId],
        columns: &[(NodeId, &[f64])],
    ) -> Option<Vec<(usize, Vec<Element>)>> {
        let found = precise_rows(&self.numbers.tape, outputs, columns, &mut self.digits.budget)?;
        self.digits.note(found.digits);
        Some(found.rows)
    }

    /// Evaluates an expression with its numbers recorded; `None` where that gives nothing recorded, or must not be done
    /// twice.
    pub(super) fn traced(&mut self, tree: &Rc<Tree>, id: ExprId) -> Option<Value> {
        let has_effects = tree.exprs.iter().any(|expr| matches!(expr, Expr::Block(_) | Expr::If { .. }));
        if has_effects || tree.exprs.len() > MAX_TRACED || self.digits.lifting {
            return None;
        }
        let mut trace = Trace::begin_quietly(self);
        trace.numbers.frozen = false;
        trace.digits.lifting = true;
        trace.digits.allow_steps();
        let value = trace.eval(tree, id).ok().filter(|value| matches!(value, Value::Var(_)))?;
        trace.keep();
        Some(value)
    }

    /// Whether recorded values, or a derivative that was taken on the way, may be wrong in the digits that are shown.
    fn is_doubtful(&mut self, values: &[Value], since: Mark) -> bool {
        let mut is_doubtful = std::mem::take(&mut self.digits.is_doubtful);
        let numbers = &mut *self.numbers;
        for value in values {
            value.each_node(&mut |id| {
                is_doubtful = is_doubtful
                    || id.index() >= since.node() && numbers.doubts.value_is_doubtful(&numbers.tape, since.node(), id);
            });
        }
        is_doubtful
    }

    /// Whether a result has numbers in it of whose making nothing was recorded that may have lost their digits.
    fn is_unseen(&self, tree: &Tree, id: ExprId, value: &Value) -> bool {
        match value {
            Value::Real(x) if self.digits.checked.iter().any(|checked| checked.to_bits() == x.to_bits()) => false,
            Value::Real(x) => !((x.is_normal() || *x == 0.0) && keeps_digits(tree, id, *x)),
            Value::Tensor(tensor) => tensor.dtype() == DType::Real && !matches!(tree.expr(id), Expr::Name(_)),
            Value::List(items) => items.iter().any(|item| self.is_unseen(tree, id, item)),
            Value::Record(fields) => fields.iter().any(|(_, field)| self.is_unseen(tree, id, field)),
            _ => false,
        }
    }

    /// Evaluates for digits; the numbers in `values`, corrected, in their order. `None` where nothing is to be corrected,
    /// or it cannot be told. Afterwards everything is as it was before.
    fn evaluated_for_digits(
        &mut self,
        evaluate: impl FnOnce(&mut Self) -> Result<Vec<Value>, Stop>,
        values: &[Value],
    ) -> Option<Vec<Tensor>> {
        let has_drawn = self.memo.chances > 0;
        if self.digits.lifting || has_drawn || self.numbers.plain_elements > MAX_ELEMENTS {
            return None;
        }
        let limit = self.numbers.tape.memory_limit();
        let changes = self.globals.suspend();
        let mut trace = Trace::begin_quietly(self);
        let mark = trace.mark();
        trace.numbers.frozen = false;
        trace.outermost = None;
        trace.digits.lifting = true;
        trace.digits.allow_steps();
        trace.digits.sources.clear();
        trace.digits.began = mark;
        let most = limit.min(trace.numbers.tape.bytes() + MAX_BYTES);
        trace.numbers.tape.set_memory_limit(most);
        let found = evaluate(&mut trace);
        trace.numbers.tape.set_memory_limit(limit);
        let corrected = found.ok().and_then(|again| trace.corrected(values, &again, mark));
        drop(trace);
        self.globals.resume(changes);
        self.digits.is_doubtful = false;
        corrected
    }

    /// The numbers of `values` as they should be, those of `again` being recorded since the mark.
    fn corrected(&mut self, values: &[Value], again: &[Value], mark: Mark) -> Option<Vec<Tensor>> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        values.iter().try_for_each(|value| self.leaves(value, &mut before))?;
        again.iter().try_for_each(|value| self.leaves(value, &mut after))?;
        let shapes = |leaves: &[Leaf]| leaves.iter().map(|leaf| leaf.value.shape().clone()).collect::<Vec<_>>();
        if before.len() != after.len() || shapes(&before) != shapes(&after) {
            return None;
        }
        let targets: Vec<NodeId> = after.iter().filter_map(|leaf| leaf.node).collect();
        let exact = self.exact_nodes(&targets, mark);
        let targets: Vec<NodeId> = targets.into_iter().filter(|id| id.index() >= mark.node()).collect();
        let found = if targets.is_empty() {
            None
        } else {
            precise(&self.numbers.tape, &targets, &exact, &mut self.digits.budget)
        };
        let Precise { values, digits, .. } = found?;
        self.digits.note(digits);
        let mut better = targets.iter().zip(values).collect::<Vec<_>>().into_iter().peekable();
        let mut corrected = Vec::with_capacity(before.len());
        for (before, after) in before.into_iter().zip(after) {
            let is_next = after.node.is_some() && better.peek().is_some_and(|(id, _)| Some(**id) == after.node);
            corrected.push(match better.next_if(|_| is_next) {
                Some((_, values)) => better_of(&before.value, &values),
                None => before.value,
            });
        }
        Some(corrected)
    }

    /// The numbers in a value, in order; `None` where there is something that cannot be compared.
    fn leaves(&self, value: &Value, leaves: &mut Vec<Leaf>) -> Option<()> {
        match value {
            Value::Var(id) => leaves.push(Leaf { node: Some(*id), value: self.numbers.tape.tensor(*id) }),
            Value::Real(_) | Value::Tensor(_) if self.numbers.dtype(value) == Some(DType::Real) => {
                leaves.push(Leaf { node: None, value: self.numbers.to_tensor(value).ok()? });
            }
            Value::List(items) => items.iter().try_for_each(|item| self.leaves(item, leaves))?,
            Value::Record(fields) => fields.iter().try_for_each(|(_, field)| self.leaves(field, leaves))?,
            _ => {}
        }
        Some(())
    }

    /// A value with other numbers; recorded ones keep their nodes.
    fn with_leaves(&mut self, value: &Value, leaves: &mut std::vec::IntoIter<Tensor>) -> Value {
        match value {
            Value::Var(id) => {
                if let Some(tensor) = leaves.next() {
                    self.numbers.correct(*id, tensor.data());
                }
                value.clone()
            }
            Value::Real(_) | Value::Tensor(_) if self.numbers.dtype(value) == Some(DType::Real) => {
                leaves.next().map_or_else(|| value.clone(), Value::tensor)
            }
            Value::List(items) => Value::list(items.iter().map(|item| self.with_leaves(item, leaves)).collect()),
            Value::Record(fields) => {
                let field = |(name, field): &(Rc<str>, Value)| (name.clone(), self.with_leaves(field, leaves));
                Value::record(fields.iter().map(field).collect())
            }
            other => other.clone(),
        }
    }

    /// A number as it was typed, for an evaluation for digits.
    pub(super) fn literal(&mut self, tree: &Tree, id: ExprId, x: f64) -> Value {
        let text = tree.text(id);
        let digits = text.bytes().take_while(|c| !matches!(c, b'e' | b'E')).filter(u8::is_ascii_digit).count();
        let is_long = digits > DIGITS_OF_F64 && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"._+-".contains(&c));
        Value::Var(self.numbers.tape.literal(x, is_long.then_some(text)))
    }

    /// An argument of a call. Where the call is all there is, a number that stands alone is the f64 that a parameter
    /// would be: `f(v)` is `f at x = v`.
    pub(super) fn argument(&mut self, tree: &Rc<Tree>, call: ExprId, id: ExprId) -> Evaluated {
        let is_whole = self.digits.lifting && self.digits.whole == Some(call);
        match is_whole.then(|| number_alone(tree, id)).flatten() {
            Some(x) => Ok(Value::Var(self.numbers.tape.leaf_of(&GIVEN, &Tensor::scalar(x)))),
            None => self.eval(tree, id),
        }
    }

    /// The value of a name, recorded, for an evaluation for digits.
    pub(super) fn lifted(&mut self, name: Symbol, value: Value) -> Value {
        let is_number =
            matches!(value, Value::Real(_) | Value::Tensor(_)) && self.numbers.dtype(&value) == Some(DType::Real);
        let Some(tensor) = is_number.then(|| self.numbers.to_tensor(&value).ok()).flatten() else { return value };
        let is_builtin = self.local(name).is_none() && self.globals.get(name).is_none();
        if is_builtin && !tensor.data().iter().all(|x| x.is_finite()) {
            return value;
        }
        let row = if is_builtin { &IRRATIONAL } else { &GIVEN };
        Value::Var(self.numbers.tape.leaf_of(row, &tensor))
    }

    /// A comparison in an evaluation for digits: of numbers that f64 can hardly tell apart, as more digits decide it.
    pub(super) fn decided(&mut self, left: &Value, right: &Value, holds: Value) -> Value {
        if !self.digits.lifting {
            return holds;
        }
        let (Value::Var(id), Some(a), Some(b)) = (&holds, self.numbers.scalar(left), self.numbers.scalar(right)) else {
            return holds;
        };
        let id = *id;
        let are_apart = (a - b).abs() > APART * (a.abs() + b.abs());
        if are_apart && a.is_finite() && b.is_finite() {
            return holds;
        }
        let exact = self.exact_nodes(&[id], self.digits.began);
        let found = precise(&self.numbers.tape, &[id], &exact, &mut self.digits.budget);
        if let Some(Element::Better(x)) =
            found.and_then(|found| found.values.first().and_then(|all| all.first().copied()))
        {
            self.numbers.correct(id, &[x]);
        }
        holds
    }

    /// A value with its nodes cut off from what they were computed from, but not from their digits.
    pub(super) fn cut_off(&mut self, value: &Value) -> Result<Value, Fault> {
        Ok(match value {
            Value::Var(id) => Value::Var(self.numbers.tape.map1(&STOP, *id)?),
            Value::List(items) => {
                Value::list(items.iter().map(|item| self.cut_off(item)).collect::<Result<Vec<_>, _>>()?)
            }
            Value::Record(fields) => {
                let field = |(name, field): &(Rc<str>, Value)| Ok((name.clone(), self.cut_off(field)?));
                Value::record(fields.iter().map(field).collect::<Result<Vec<_>, Fault>>()?)
            }
            other => other.clone(),
        })
    }

    /// A source of its own with the f64 value of a number.
    pub(super) fn rounded_source(&mut self, value: &Value) -> Result<NodeId, Fault> {
        let tensor = self.numbers.to_tensor(value)?;
        Ok(self.numbers.tape.variable_tensor(&tensor))
    }

    /// Every iteration of a loop and every call of an evaluation for digits passes here.
    #[cold]
    pub(super) fn too_much_for_digits(&self) -> Stop {
        Stop::Error(Box::new(Diagnostic::new("too much to be computed again")))
    }

    /// What is known before a sweep of the numbers that it gives.
    fn doubt(&mut self, target: NodeId, present: &[NodeId]) -> Doubt {
        if self.numbers.frozen || self.compiling || self.tracing {
            return Doubt::None;
        }
        if self.depth > 0 {
            return Doubt::Certain;
        }
        self.numbers.doubts.gradient(&self.numbers.tape, target, present)
    }

    /// Notes whether a derivative that will be recorded may be wrong.
    pub(super) fn doubt_gradient(&mut self, target: NodeId, sources: &[Option<NodeId>]) {
        if self.digits.lifting || self.digits.is_doubtful {
            return;
        }
        let present: SmallVec<[NodeId; 4]> = sources.iter().copied().flatten().collect();
        self.digits.is_doubtful = match self.doubt(target, &present) {
            Doubt::None => false,
            Doubt::Certain => true,
            Doubt::Open if !self.numbers.tape.is_scalar(target) => false,
            Doubt::Open => match gradient_with_sizes(&mut self.numbers.tape, &LINEAR, target, Seed::Ones, &present) {
                Ok((found, Some(sizes))) => have_cancelled(&found, &sizes),
                _ => false,
            },
        };
    }

    /// A gradient in numbers; notes if they may be wrong.
    pub(super) fn checked_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
    ) -> Result<Vec<Option<Value>>, Fault> {
        let present: SmallVec<[NodeId; 4]> = sources.iter().copied().flatten().collect();
        let seed = seed.map_or(Seed::Ones, Seed::Values);
        let doubt = self.doubt(target, &present);
        let tape = &mut self.numbers.tape;
        let (found, is_doubtful) = match doubt {
            Doubt::Open => match gradient_with_sizes(tape, &LINEAR, target, seed, &present)? {
                (found, Some(sizes)) => {
                    let have_cancelled = have_cancelled(&found, &sizes);
                    (found, have_cancelled)
                }
                (found, None) => (found, false),
            },
            _ => (gradient(tape, &LINEAR, target, seed, &present, false)?, doubt == Doubt::Certain),
        };
        self.digits.is_doubtful |= is_doubtful;
        if doubt == Doubt::Open && !is_doubtful {
            let numbers = found.iter().flatten().filter_map(|found| match found {
                Cotangent::Number(x) => Some(*x),
                _ => None,
            });
            self.digits.checked.extend(numbers);
        }
        Ok(values_of(found, sources))
    }

    /// Nodes older than the mark whose f64 value is meant as it is, as far as the targets were computed from them: named
    /// values that do not depend on sources of a derivative that was taken. To a derivative, the others are steps on the
    /// way.
    fn exact_nodes(&self, targets: &[NodeId], mark: Mark) -> HashSet<NodeId> {
        let tape = &self.numbers.tape;
        let mut steps: HashSet<NodeId> = self.digits.sources.iter().copied().collect();
        if let Some(first) = self.digits.sources.iter().min() {
            for id in tape.nodes_from(first.index()).take_while(|id| id.index() < mark.node()) {
                if tape.operands(id).any(|operand| steps.contains(&operand)) {
                    steps.insert(id);
                }
            }
        }
        let names: HashSet<NodeId> = self.globals.roots().into_iter().collect();
        let mut exact = self.digits.sources.clone();
        let mut seen: HashSet<NodeId> = targets.iter().copied().collect();
        let mut waiting = targets.to_vec();
        while let Some(id) = waiting.pop() {
            let is_named = id.index() < mark.node() && (names.contains(&id) || self.globals.was_named(id));
            if is_named && !steps.contains(&id) {
                exact.insert(id);
                continue;
            }
            waiting.extend(tape.operands(id).filter(|&operand| seen.insert(operand)));
        }
        exact
    }
}

/// The number that an expression consists of.
fn number_alone(tree: &Tree, id: ExprId) -> Option<f64> {
    match tree.expr(id) {
        Expr::Number(x) => Some(*x),
        Expr::Paren(inner) => number_alone(tree, *inner),
        Expr::Unary(UnaryOp::Neg, inner) => number_alone(tree, *inner).map(|x| -x),
        _ => None,
    }
}

fn ordinal(n: u32) -> String {
    match n {
        1 => "1st".to_string(),
        2 => "2nd".to_string(),
        3 => "3rd".to_string(),
        n => format!("{n}th"),
    }
}

/// The better values where they are known, or where another way of computing in f64, whose error is bounded, disagrees.
fn better_of(before: &Tensor, better: &[Element]) -> Tensor {
    let choose = |(&before, better): (&f64, &Element)| match *better {
        Element::Better(0.0) if before != 0.0 => 0.0,
        Element::Better(x) if x != before => x,
        Element::Kept(x) if (x - before).abs() > SAME * x.abs() => x,
        _ => before,
    };
    let values: Vec<f64> = before.data().iter().zip(better).map(choose).collect();
    Tensor::new(before.shape().clone(), values)
}

/// A number in a value.
struct Leaf {
    node: Option<NodeId>,
    value: Tensor,
}

fn is_recorded(value: &Value) -> bool {
    !matches!(value, Value::Real(_) | Value::Tensor(_) | Value::List(_) | Value::Record(_))
}
