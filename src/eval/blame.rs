//! Where a NaN or an infinity came from: the first operation with good operands and a bad result (or slope), and the
//! part of the expression that it was typed as.
//!
//! Infinities that somebody typed, or that came with the data, are meant and get no note.

use std::collections::HashMap;
use std::rc::Rc;

use super::Evaluator;
use super::trace::Trace;
use crate::diagnostic::Diagnostic;
use crate::functions::formula::formula;
use crate::ops::{self, domain};
use crate::syntax::tree::{Expr, ExprId, Tree};
use crate::tape::{Attr, NodeId, Op, is_absent};
use crate::value::Value;

/// In longer texts nobody looks for the place.
const LONGEST: usize = 400;

/// So many elements of a tensor are looked at for a derivative of higher order.
const MOST_ELEMENTS: usize = 64;

/// So far back the cause of a value is looked for.
const FARTHEST: usize = 1 << 16;

/// The operation to blame.
pub(super) struct Culprit {
    pub node: NodeId,
    pub reason: String,
    pub help: Option<String>,
}

impl Evaluator<'_> {
    /// A note about a result that is NaN or infinite, if it became that in this statement.
    pub fn note_bad_value(&mut self, tree: &Rc<Tree>, body: ExprId, value: &Value) {
        if !self.is_bad(value) {
            return;
        }
        let mut trace = Trace::begin(self);
        let traced = match value {
            Value::Var(_) => value.clone(),
            // computed without a tape: once more, recorded
            _ => match trace.traced(tree, body) {
                Some(traced) => traced,
                None => return,
            },
        };
        if let Some(culprit) = trace.culprit_of_value(&traced) {
            let span = trace.bad_part(tree, body);
            let mut note = Diagnostic::new(culprit.reason).at(&tree.source, tree.span(span));
            note.help = culprit.help;
            trace.remark(note);
        }
    }

    /// One statement says a thing once, and one thing about a place: a table may have many rows.
    pub(super) fn remark(&mut self, note: Diagnostic) {
        let place = |note: &Diagnostic| note.labels.first().map(|label| label.span);
        let same = |other: &Diagnostic| {
            other.message == note.message || (place(other).is_some() && place(other) == place(&note))
        };
        if !self.notes.iter().any(same) {
            self.notes.push(note);
        }
    }

    pub(super) fn is_bad(&self, value: &Value) -> bool {
        match value {
            Value::Real(x) => !x.is_finite(),
            Value::Tensor(tensor) => tensor.data().iter().any(|x| !x.is_finite()),
            Value::Var(id) if self.numbers.tape.is_small(*id) => {
                // a remark changes nothing in what is recorded
                self.numbers.tape.unseen_data(*id).iter().any(|x| !x.is_finite())
            }
            _ => false,
        }
    }

    /// Follows a bad value down to the operation whose operands were good.
    pub(super) fn culprit_of_value(&self, value: &Value) -> Option<Culprit> {
        let &Value::Var(mut node) = value else { return None };
        let tape = &self.numbers.tape;
        let lowest = node.index().saturating_sub(FARTHEST);
        let mut place = tape.data(node).iter().position(|x| !x.is_finite())?;
        loop {
            let row = tape.row(node);
            if matches!(row.op, Op::Leaf) || node.index() < lowest {
                return None;
            }
            let y = tape.data(node)[place];
            let operands: Vec<NodeId> = tape.operands(node).collect();
            if operands.iter().any(|&operand| !tape.is_small(operand)) {
                return None;
            }
            // NaN comes from NaN or from nothing; an infinity may come from another
            let bad = |x: &f64| if y.is_nan() { x.is_nan() } else { !x.is_finite() };
            let is_elementwise = !matches!(row.op, Op::Tensor(_));
            let position = |operand: NodeId| {
                let data = tape.data(operand);
                match data.len() {
                    1 => bad(&data[0]).then_some(0),
                    _ if is_elementwise && tape.shape(operand) == tape.shape(node) => {
                        bad(&data[place]).then_some(place)
                    }
                    _ => data.iter().position(bad),
                }
            };
            let chosen = self.chosen_operands(node, &operands, place);
            match chosen.iter().find_map(|&operand| position(operand).map(|place| (operand, place))) {
                Some((operand, at)) => (node, place) = (operand, at),
                None => {
                    let at = |operand: &NodeId| {
                        let data = tape.data(*operand);
                        if is_elementwise && data.len() > place {
                            data[place]
                        } else {
                            data.first().copied().unwrap_or(0.0)
                        }
                    };
                    let values: Vec<f64> = operands.iter().map(at).collect();
                    let mut reason = domain::why_value(row, &values, y);
                    // 0 * inf: where the infinity came from
                    let infinite = |operand: &&NodeId| tape.data(**operand).iter().any(|x| x.is_infinite());
                    if let Some(&operand) = chosen.iter().find(infinite)
                        && let Some(cause) = self.culprit_of_value(&Value::Var(operand))
                    {
                        reason = format!("{reason}; {}", cause.reason);
                    }
                    let third = std::ptr::eq(row, &ops::POW) && values[0] < 0.0 && values[1] == 1.0 / 3.0;
                    let help = third.then(|| "cbrt(x) is the real cube root".to_string());
                    return Some(Culprit { node, reason, help });
                }
            }
        }
    }

    /// The operands that a selection passed on; all of any other operation.
    fn chosen_operands(&self, node: NodeId, operands: &[NodeId], place: usize) -> Vec<NodeId> {
        let tape = &self.numbers.tape;
        let is = |row| std::ptr::eq(tape.row(node), row);
        if let (true, &[condition, yes, no]) = (is(&ops::SELECT), operands) {
            let data = tape.data(condition);
            let holds = data.get(place).or(data.first()).is_some_and(|&c| c != 0.0);
            return vec![if holds { yes } else { no }];
        }
        operands.to_vec()
    }

    /// The first operation, seen from the target, of which a derivative up to this order is bad at good operands; or else
    /// one that is infinite on the way to a finite target.
    pub(super) fn culprit_of_slope(
        &mut self,
        target: NodeId,
        sources: &[NodeId],
        names: &HashMap<NodeId, String>,
        order: usize,
    ) -> Option<Culprit> {
        let found = (1..=order).find_map(|order| self.culprit_of_order(target, sources, names, order));
        found.or_else(|| self.infinite_on_the_way(target, sources))
    }

    /// `1/x^2` in `exp(-1/x^2)` at 0: the target is finite, its derivative 0 times infinity.
    fn infinite_on_the_way(&self, target: NodeId, sources: &[NodeId]) -> Option<Culprit> {
        let tape = &self.numbers.tape;
        let first = sources.iter().min()?.index();
        let count = (target.index() + 1).checked_sub(first).filter(|&count| count <= FARTHEST)?;
        let nodes: Vec<NodeId> = tape.nodes_from(first).take(count).collect();
        let mut leads = vec![false; count];
        leads[count - 1] = true;
        let is_finite = |id: NodeId| tape.is_small(id) && tape.data(id).iter().all(|x| x.is_finite());
        let mut found = None;
        for at in (0..count).rev().filter(|&at| tape.is_connected(nodes[at])) {
            if !leads[at] {
                continue;
            }
            tape.operands(nodes[at]).filter_map(|id| id.index().checked_sub(first)).for_each(|at| leads[at] = true);
            let is_new = !is_finite(nodes[at]) && tape.operands(nodes[at]).all(is_finite);
            if is_new && tape.is_small(nodes[at]) && tape.operands(nodes[at]).next().is_some() {
                found = Some(nodes[at]);
            }
        }
        let node = found?;
        let at = tape.data(node).iter().position(|x| !x.is_finite())?;
        let value = |operand: NodeId| tape.data(operand).get(at).or(tape.data(operand).first()).copied();
        let values: Option<Vec<f64>> = tape.operands(node).map(value).collect();
        let reason = domain::why_value(tape.row(node), &values?, tape.data(node)[at]);
        Some(Culprit { node, reason, help: None })
    }

    fn culprit_of_order(
        &mut self,
        target: NodeId,
        sources: &[NodeId],
        names: &HashMap<NodeId, String>,
        order: usize,
    ) -> Option<Culprit> {
        let first = sources.iter().min()?.index();
        if first > target.index() || target.index() - first > FARTHEST {
            return None;
        }
        let count = target.index() + 1 - first;
        let nodes: Vec<NodeId> = self.numbers.tape.nodes_from(first).take(count).collect();
        let mut leads = vec![false; count];
        leads[count - 1] = true;
        for at in (0..count).rev() {
            let node = nodes[at];
            let tape = &self.numbers.tape;
            if !leads[at] || !tape.is_connected(node) {
                continue;
            }
            let operands: Vec<NodeId> = tape.operands(node).collect();
            if !tape.is_small(node) || operands.iter().any(|&operand| !tape.is_small(operand)) {
                return None;
            }
            let row = tape.row(node);
            for (which, &operand) in operands.iter().enumerate() {
                if !self.numbers.tape.is_connected(operand) {
                    continue;
                }
                let bad = match order {
                    1 => self.bad_slope(node, &operands, which),
                    _ => self.bad_derivative(node, &operands, which, order),
                };
                if let Some((slope, values)) = bad {
                    let reason = domain::why_slope(row, &values, slope, order);
                    let help = self.smoother(node, &operands, names);
                    return Some(Culprit { node, reason, help });
                }
            }
            // a condition passes no cotangent, and neither does what was not selected
            let operands = if std::ptr::eq(row, &ops::SELECT) { self.selected(node, &operands) } else { operands };
            for operand in operands {
                if let Some(at) = operand.index().checked_sub(first) {
                    leads[at] = true;
                }
            }
        }
        None
    }

    fn selected(&self, node: NodeId, operands: &[NodeId]) -> Vec<NodeId> {
        let condition = self.numbers.tape.data(operands[0]);
        let size = self.numbers.tape.data(node).len();
        let mut chosen: Vec<NodeId> =
            (0..size.min(condition.len())).flat_map(|i| self.chosen_operands(node, operands, i)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// The slope by an operand where it is NaN or infinite, and the operands there.
    fn bad_slope(&self, node: NodeId, operands: &[NodeId], which: usize) -> Option<(f64, Vec<f64>)> {
        let tape = &self.numbers.tape;
        let y = tape.data(node);
        (0..y.len()).find_map(|i| {
            let value = |operand: &NodeId| {
                let data = tape.data(*operand);
                if data.len() == 1 { Some(data[0]) } else { data.get(i).copied().filter(|_| data.len() == y.len()) }
            };
            let values: Option<Vec<f64>> = operands.iter().map(value).collect();
            let values = values?;
            let slope = match (&tape.row(node).op, &values[..]) {
                (Op::Map1(op), &[x]) => (op.rule.as_ref()?.pull)(1.0, x, y[i]),
                (Op::Map2(op), &[a, b]) => (op.rules[which].as_ref()?.pull)(1.0, a, b, y[i]),
                (Op::Map3(op), &[a, b, c]) => (op.rules[which].as_ref()?.pull)(1.0, a, b, c),
                _ => return None,
            };
            (!slope.is_finite() && !is_absent(slope) && y[i].is_finite()).then_some((slope, values))
        })
    }

    /// The derivative of this order by an operand where it is NaN or infinite, and the operands there.
    fn bad_derivative(
        &mut self,
        node: NodeId,
        operands: &[NodeId],
        which: usize,
        order: usize,
    ) -> Option<(f64, Vec<f64>)> {
        let row = self.numbers.tape.row(node);
        if !matches!(row.op, Op::Map1(_) | Op::Map2(_)) {
            return None;
        }
        let size = self.numbers.tape.data(node).len().min(MOST_ELEMENTS);
        (0..size).find_map(|at| {
            let mut trace = Trace::begin_quietly(self);
            let value = |operand: &NodeId| {
                let data = trace.numbers.tape.data(*operand);
                data.get(if data.len() == 1 { 0 } else { at }).copied()
            };
            let values: Vec<f64> = operands.iter().map(value).collect::<Option<_>>()?;
            let sources: Vec<Value> = values.iter().map(|&x| Value::Var(trace.numbers.tape.variable(x))).collect();
            let applied = trace.numbers.apply(row, &sources.iter().collect::<Vec<_>>(), Attr::None);
            let (Ok(Value::Var(mut derived)), &Value::Var(by)) = (applied, &sources[which]) else { return None };
            for _ in 0..order {
                let found = trace.plain_sweep(derived, None, &[Some(by)], true).ok()?.pop().flatten();
                let Some(Value::Var(next)) = found else { return None };
                derived = next;
            }
            let slope = trace.numbers.tape.scalar(derived);
            (!slope.is_finite() && !is_absent(slope)).then_some((slope, values))
        })
    }

    /// What to write instead of the root of a square.
    fn smoother(&self, node: NodeId, operands: &[NodeId], names: &HashMap<NodeId, String>) -> Option<String> {
        let tape = &self.numbers.tape;
        let is = |node: NodeId, row| std::ptr::eq(tape.row(node), row);
        let is_root = is(node, &ops::SQRT)
            || (is(node, &ops::POW) && tape.is_scalar(operands[1]) && tape.scalar(operands[1]) == 0.5);
        let mut under = *operands.first()?;
        let sums = is(under, &ops::SUM);
        if sums {
            under = tape.operands(under).next()?;
        }
        let factors: Vec<NodeId> = tape.operands(under).collect();
        let base = match factors[..] {
            [a, b] if is(under, &ops::MUL) && a == b => a,
            [a, b] if is(under, &ops::POW) && tape.is_scalar(b) && tape.scalar(b) == 2.0 => a,
            [a] if is(under, &ops::SQUARE) => a,
            _ => return None,
        };
        let base = names.get(&base).cloned().or_else(|| formula(tape, base, names)).unwrap_or_else(|| "x".to_string());
        let function = if sums { "norm" } else { "abs" };
        is_root.then(|| format!("use {function}({base}): its slope is 0 there"))
    }

    /// The innermost part of an expression that is bad while its own parts are good.
    fn bad_part(&mut self, tree: &Rc<Tree>, body: ExprId) -> ExprId {
        if tree.exprs.len() > LONGEST {
            return body;
        }
        let mut part = body;
        loop {
            let inner = parts(tree.expr(part)).into_iter().find(|&child| {
                let value = self.quietly(tree, child);
                value.is_some_and(|value| self.is_bad(&value))
            });
            match inner {
                // a name or a literal that is bad was so before: blame what was made of it
                Some(child) if !matches!(tree.expr(child), Expr::Name(_) | Expr::Number(_)) => part = child,
                _ => return part,
            }
        }
    }

    /// The value of a part of an expression, nothing being recorded or said; `None` if it has none by itself.
    fn quietly(&mut self, tree: &Rc<Tree>, part: ExprId) -> Option<Value> {
        let mut trace = Trace::begin_quietly(self);
        trace.numbers.frozen = true;
        let value = trace.eval(tree, part).ok()?;
        trace.keep_for(&value);
        Some(value)
    }
}

/// The parts of an expression that may have values of their own.
fn parts(expr: &Expr) -> Vec<ExprId> {
    match expr {
        Expr::Unary(_, x) | Expr::Paren(x) | Expr::Abs(x) | Expr::Factorial(x) | Expr::Index(x, _) => vec![*x],
        Expr::Binary(_, a, b) => vec![*a, *b],
        Expr::Product(factors) => factors.iter().map(|factor| factor.expr).collect(),
        Expr::Call(_, args) => args.iter().map(|arg| arg.value).collect(),
        Expr::Array(items) => items.to_vec(),
        Expr::Matrix(rows) => rows.iter().flatten().copied().collect(),
        _ => Vec::new(),
    }
}
