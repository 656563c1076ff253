//! Where a statement's result may have lost its digits, it is computed again with wider numbers before anybody sees
//! it: `log(exp(1000))` is 1000, and so are its slopes right. Named values are f64 numbers and stay so.

use std::collections::HashSet;
use std::rc::Rc;

use smallvec::SmallVec;

use super::Evaluator;
use super::calculus::values_of;
use super::trace::Trace;
use crate::ops::doubt::{Doubt, has_cancelled};
use crate::ops::refine::refined;
use crate::ops::{ACOS, ACOSH, LINEAR, LOG, LOG2, LOG10};
use crate::syntax::name::Symbol;
use crate::syntax::tree::{BinaryOp, Expr, ExprId, Tree, UnaryOp};
use crate::tape::{Cotangent, Mark, NodeId, Row, Seed, gradient, gradient_with_sizes};
use crate::tensor::Tensor;
use crate::value::{Fault, Function, Value};

/// Longer statements are not evaluated a second time.
const LONGEST: usize = 400;

/// Statements up to this length are, on the mere chance that their result has lost digits.
const SMALL: usize = 40;

/// Whether a derivative has lost its digits where adjoints met.
fn have_cancelled(found: &[Option<Cotangent>], sizes: &[f64]) -> bool {
    let cancelled = |(cotangent, &size): (&Option<Cotangent>, &f64)| match cotangent {
        Some(Cotangent::Number(x)) => has_cancelled(*x, size),
        _ => false,
    };
    found.iter().zip(sizes).any(cancelled)
}

/// Functions that call functions are looked into so far.
const DEEPEST: usize = 4;

/// What an expression has in it.
#[derive(Default)]
struct Parts {
    count: usize,
    differences: bool,
    functions: bool,
    /// Functions of the table, and among them those that lose digits as differences do: of what is near 1.
    rows: usize,
    logarithms: bool,
}

impl Evaluator<'_> {
    /// Corrects recorded values in place where they are in doubt, as far as they were recorded since the mark.
    pub fn refine(&mut self, values: &[&Value], since: Mark) {
        let mut doubtful = Vec::new();
        for value in values {
            value.each_node(&mut |id| {
                let numbers = &mut *self.numbers;
                if id.index() >= since.node() && numbers.doubts.value_is_doubtful(&numbers.tape, since.node(), id) {
                    doubtful.push(id);
                }
            });
        }
        if doubtful.is_empty() {
            return;
        }
        let mut exact = self.named_before(&doubtful, |_| false);
        exact.extend(&self.corrected);
        doubtful.retain(|id| !exact.contains(id));
        if let Some(better) = refined(&self.numbers.tape, &doubtful, &exact, &mut self.patience) {
            for (id, values) in doubtful.into_iter().zip(better) {
                self.numbers.correct(id, &values);
            }
        }
    }

    /// What a statement gave, corrected where f64 got it wrong.
    pub fn settled(&mut self, tree: &Rc<Tree>, id: ExprId, value: Value) -> Value {
        if let Value::Var(_) | Value::List(_) | Value::Record(_) = value {
            self.refine(&[&value], self.started);
            return value;
        }
        // of numbers alone there is no tape yet
        let is_number = matches!(value, Value::Real(_) | Value::Tensor(_));
        if !is_number || !(self.is_bad(&value) || self.may_cancel(tree, id, &value)) {
            return value;
        }
        self.settled_number(tree, id, &value).unwrap_or(value)
    }

    fn settled_number(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Option<Value> {
        let mut trace = Trace::begin(self);
        let traced = trace.traced(tree, id)?;
        let before = trace.numbers.to_tensor(value).ok()?;
        let again = trace.numbers.to_tensor(&traced).ok()?;
        let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
        if before.shape() != again.shape() || !before.data().iter().zip(again.data()).all(same) {
            // a random number is another one now
            return None;
        }
        let mark = trace.mark();
        trace.refine(&[&traced], mark);
        Some(trace.constant(&traced))
    }

    /// Evaluates an expression with its numbers recorded; `None` where that gives nothing recorded, or must not be
    /// done twice.
    pub(super) fn traced(&mut self, tree: &Rc<Tree>, id: ExprId) -> Option<Value> {
        let has_effects = tree.exprs.iter().any(|expr| matches!(expr, Expr::Block(_) | Expr::If { .. }));
        if has_effects || tree.exprs.len() > LONGEST || self.lifting {
            return None;
        }
        let mut trace = Trace::begin_quietly(self);
        trace.numbers.frozen = false;
        trace.lifting = true;
        match trace.eval(tree, id) {
            Ok(value @ Value::Var(_)) => {
                trace.keep();
                Some(value)
            }
            _ => None,
        }
    }

    /// Whether a small expression of numbers has a sum and a function in it, or came out as 0:
    /// `sqrt(1e12 + 1) - sqrt(1e12)`, `sum([1e16, 1, -1e16])`, `log(1 + 1e-12)`, `f(1e-8)` after `f(x) = 1 - cos(x)`.
    fn may_cancel(&self, tree: &Tree, id: ExprId, value: &Value) -> bool {
        if matches!(tree.expr(id), Expr::Name(_) | Expr::Number(_)) {
            return false;
        }
        let mut parts = Parts::default();
        self.scan(tree, id, DEEPEST, &mut parts)
            && (matches!(value, Value::Real(0.0))
                || (parts.differences && parts.functions)
                || (parts.logarithms && parts.rows > 1))
    }

    /// Notes what an expression is made of; false where it should not be evaluated twice.
    fn scan(&self, tree: &Tree, root: ExprId, depth: usize, parts: &mut Parts) -> bool {
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            parts.count += 1;
            if parts.count > SMALL {
                return false;
            }
            match tree.expr(id) {
                Expr::Binary(op, left, right) => {
                    parts.differences |= matches!(op, BinaryOp::Add | BinaryOp::Sub);
                    parts.functions |= *op == BinaryOp::MatMul;
                    open.extend([*left, *right]);
                }
                Expr::Array(items) => {
                    let is_negative = |item: &ExprId| matches!(tree.expr(*item), Expr::Unary(UnaryOp::Neg, _));
                    parts.differences |= items.iter().any(is_negative);
                    open.extend(items.iter().copied());
                }
                Expr::Call(callee, args) => {
                    parts.functions = true;
                    open.extend(args.iter().map(|arg| arg.value));
                    match tree.expr(*callee) {
                        Expr::Name(name) if self.scan_function(*name, depth, parts) => {}
                        Expr::Paren(inner) => open.push(*inner),
                        _ => return false,
                    }
                }
                Expr::Product(factors) => open.extend(factors.iter().map(|factor| factor.expr)),
                Expr::Unary(_, inner) | Expr::Paren(inner) | Expr::Abs(inner) => open.push(*inner),
                Expr::Lambda(lambda) => open.push(lambda.body),
                Expr::Number(_) | Expr::Name(_) => {}
                _ => return false,
            }
        }
        true
    }

    fn scan_function(&self, name: Symbol, depth: usize, parts: &mut Parts) -> bool {
        let Some(Value::Function(function)) = self.lookup(name) else { return false };
        match &**function {
            Function::Row(row) => {
                parts.rows += 1;
                let any = |rows: &[&Row]| rows.iter().any(|other| std::ptr::eq(*row, *other));
                parts.logarithms |= any(&[&LOG, &LOG2, &LOG10, &ACOS, &ACOSH]);
                true
            }
            Function::Builtin(id) => crate::functions::builtin(*id).is_plain(),
            Function::User(user) => depth > 0 && self.scan(&user.tree, user.lambda.body, depth - 1, parts),
            Function::Derived(_) => false,
        }
    }

    /// What is known before a sweep of the numbers that it gives. Inside functions nobody asks: their numbers are f64.
    fn doubt(&mut self, target: NodeId, present: &[NodeId]) -> Doubt {
        if self.depth > 0 || self.numbers.frozen || self.compiling || self.tracing {
            return Doubt::None;
        }
        self.numbers.doubts.gradient(&self.numbers.tape, target, present)
    }

    /// Whether numbers that a sweep gives may be wrong.
    pub(super) fn doubts_gradient(&mut self, target: NodeId, sources: &[Option<NodeId>]) -> bool {
        let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
        match self.doubt(target, &present) {
            Doubt::None => false,
            Doubt::Certain => true,
            Doubt::Open if !self.numbers.tape.is_scalar(target) => false,
            Doubt::Open => match gradient_with_sizes(&mut self.numbers.tape, &LINEAR, target, Seed::Ones, &present) {
                Ok((found, Some(sizes))) => have_cancelled(&found, &sizes),
                _ => false,
            },
        }
    }

    /// A gradient in numbers; `None` if they may be wrong.
    pub(super) fn checked_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
    ) -> Result<Option<Vec<Option<Value>>>, Fault> {
        let present: SmallVec<[NodeId; 4]> = sources.iter().copied().flatten().collect();
        let seed = seed.map_or(Seed::Ones, Seed::Values);
        let doubt = self.doubt(target, &present);
        let tape = &mut self.numbers.tape;
        let found = match doubt {
            Doubt::Certain => return Ok(None),
            Doubt::None => gradient(tape, &LINEAR, target, seed, &present, false)?,
            Doubt::Open => match gradient_with_sizes(tape, &LINEAR, target, seed, &present)? {
                (found, Some(sizes)) if have_cancelled(&found, &sizes) => return Ok(None),
                (found, _) => found,
            },
        };
        Ok(Some(values_of(found, sources)))
    }

    /// A recorded gradient whose values are computed with wide numbers.
    pub(super) fn refined_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
    ) -> Result<Vec<Option<Value>>, Fault> {
        let mark = self.numbers.tape.mark();
        let found = self.plain_sweep(target, seed, sources, true)?;
        let mut nodes = Vec::new();
        for value in found.iter().flatten() {
            // a source may be its own cotangent: only what was recorded here may change
            value.each_node(&mut |id| nodes.extend((id.index() >= mark.node()).then_some(id)));
        }
        let exact = self.inputs_named(target, &nodes, sources);
        if let Some(better) = refined(&self.numbers.tape, &nodes, &exact, &mut self.patience) {
            for (&id, values) in nodes.iter().zip(better) {
                self.numbers.correct(id, &values);
            }
            self.corrected.extend(nodes);
        }
        Ok(found)
    }

    /// The same in numbers; nothing stays on the tape.
    pub(super) fn refined_numbers(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
    ) -> Result<Vec<Option<Value>>, Fault> {
        let mut trace = Trace::begin(self);
        let found = trace.refined_sweep(target, seed, sources)?;
        Ok(found.into_iter().map(|value| value.map(|value| trace.numbers.constant(&value))).collect())
    }

    /// Named values that do not depend on the sources: to a derivative, the others are steps on the way.
    fn inputs_named(&self, target: NodeId, nodes: &[NodeId], sources: &[Option<NodeId>]) -> HashSet<NodeId> {
        let Some(first) = sources.iter().flatten().min() else { return self.named_before(nodes, |_| false) };
        let mut steps: HashSet<NodeId> = sources.iter().copied().flatten().collect();
        for id in self.numbers.tape.nodes_from(first.index()).take_while(|&id| id <= target) {
            if self.numbers.tape.operands(id).any(|operand| steps.contains(&operand)) {
                steps.insert(id);
            }
        }
        let mut exact = self.named_before(nodes, |id| steps.contains(&id));
        exact.extend(sources.iter().flatten());
        exact
    }

    /// Values that have, or had, a name and that some nodes were computed from, as far as the first on each way that
    /// is no step on it.
    fn named_before(&self, nodes: &[NodeId], is_step: impl Fn(NodeId) -> bool) -> HashSet<NodeId> {
        let names: HashSet<NodeId> = self.globals.roots().into_iter().collect();
        let mut found = HashSet::new();
        let mut seen: HashSet<NodeId> = nodes.iter().copied().collect();
        let mut waiting = nodes.to_vec();
        while let Some(id) = waiting.pop() {
            if !is_step(id) && (names.contains(&id) || self.globals.was_named(id)) {
                found.insert(id);
                continue;
            }
            waiting.extend(self.numbers.tape.operands(id).filter(|&operand| seen.insert(operand)));
        }
        found
    }
}
