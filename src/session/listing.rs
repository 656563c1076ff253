//! The Wengert list as a person reads it: `:tape` and `:tape f at x = 2`.

use std::collections::HashMap;
use std::rc::Rc;

use super::transaction::Effects;
use super::{Outcome, Reply, Session, TapeLine, data, named};
use crate::diagnostic::Diagnostic;
use crate::eval::{Evaluator, Stop};
use crate::ops::LINEAR;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{At, Expr, ExprId, Statement, StmtKind, Tree};
use crate::tape::{Attr, CONSTANT, Cotangent, NodeId, Seed, Tape, gradient};
use crate::value::{Function, Numbers, UserFunction, Value};

impl Session {
    /// The recorded operations of the session, or of one statement with the adjoints of its result.
    pub fn tape(&mut self, statement: Option<&Statement>) -> Result<Reply, Diagnostic> {
        let outcome = match statement {
            None => self.whole_tape(),
            Some(statement) => {
                let names = self.node_names();
                self.transaction(Effects::TakenBack, None, |evaluator| tape_of(evaluator, statement, names))?
            }
        };
        Ok(Reply { outcome, silent: false, reading: None, notes: Vec::new() })
    }

    fn whole_tape(&mut self) -> Outcome {
        let moved = self.numbers.tape.compact(self.globals.roots());
        self.globals.relocate(&moved);
        self.numbers.made_integer = self.numbers.made_integer.iter().filter_map(|id| moved.get(*id)).collect();
        let names = self.node_names();
        let lines = self.numbers.tape.nodes().filter_map(|id| line(&self.numbers, &names, id, None)).collect();
        Outcome::Tape { lines, target: None }
    }

    fn node_names(&self) -> HashMap<NodeId, String> {
        let mut names = HashMap::new();
        for (name, binding) in self.globals.names() {
            if let Value::Var(id) = binding.value {
                names.insert(id, name.to_string());
            }
        }
        names
    }
}

fn tape_of(
    evaluator: &mut Evaluator,
    statement: &Statement,
    mut names: HashMap<NodeId, String>,
) -> Result<Outcome, Stop> {
    let resolved = evaluator.resolve(statement)?;
    let statement = resolved.as_ref().unwrap_or(statement);
    let tree = &statement.tree;
    let empty = At::default();
    let (tree, body, at) = match &statement.stmt.kind {
        StmtKind::Expr(body) => (tree.clone(), *body, &empty),
        StmtKind::At { body, at } | StmtKind::AssignAt { body, at, .. } => (tree.clone(), *body, &**at),
        StmtKind::Define { name, name_span, lambda, at: Some(at) } => {
            let function =
                UserFunction { name: Some(*name), tree: tree.clone(), lambda: lambda.clone(), captured: Rc::default() };
            let function = named(Value::function(Function::User(function)), *name);
            let assigned = evaluator.assign_global(*name, function, false);
            assigned.map_err(|fault| evaluator.fault_at(tree, *name_span, fault))?;
            let mut called = tree.copied();
            let body = called.push(Expr::Name(*name), *name_span);
            (Rc::new(called), body, &**at)
        }
        _ => {
            let diagnostic = Diagnostic::new("the tape of what?").at(&tree.source, statement.stmt.span);
            let help = ":tape lists all; :tape x^2 at x = 3 an expression at a point";
            return Err(Stop::Error(Box::new(diagnostic.help(help))));
        }
    };
    tape_at(evaluator, &tree, body, at, &mut names)
}

fn tape_at(
    evaluator: &mut Evaluator,
    tree: &Rc<Tree>,
    body: ExprId,
    at: &At,
    names: &mut HashMap<NodeId, String>,
) -> Result<Outcome, Stop> {
    let mut point: Vec<(Symbol, Value)> = Vec::new();
    for each in &at.points {
        let value = evaluator.eval(tree, each.value)?;
        if each.many {
            let diagnostic = Diagnostic::new("a tape is listed at one point").at(&tree.source, each.span);
            return Err(Stop::Error(Box::new(diagnostic.help(format!("write {} = 2", each.name)))));
        }
        point.push((each.name, value));
    }
    let evaluation = evaluator.evaluate_at(tree, body, &point, at)?;
    for (name, source) in &evaluation.sources {
        if let Value::Var(id) = source {
            names.insert(*id, name.to_string());
        }
    }
    let target_text = print_expr(tree, body);
    let Value::Var(target) = evaluation.target else {
        let diagnostic = Diagnostic::new(format!("nothing is recorded for {target_text}: it is a constant"));
        return Err(Stop::Error(Box::new(diagnostic.at(&tree.source, tree.span(body)))));
    };
    // the expression may be a session value, recorded before
    let first =
        if at.points.is_empty() || target.index() < evaluation.mark.node() { 0 } else { evaluation.mark.node() };
    let numbers = &mut *evaluator.numbers;
    let ids: Vec<NodeId> = numbers.tape.nodes().skip(first).take(target.index() + 1 - first).collect();
    let adjoints = gradient(&mut numbers.tape, &LINEAR, target, Seed::Ones, &ids, false)
        .map_err(|error| Stop::Error(Box::new(Diagnostic::new(error.to_string()))))?;
    let needed = ancestors(&numbers.tape, target);
    let lines = ids
        .iter()
        .zip(adjoints)
        .filter(|(id, _)| needed[id.index()])
        .filter_map(|(&id, adjoint)| line(numbers, names, id, adjoint))
        .collect();
    Ok(Outcome::Tape { lines, target: Some(target_text) })
}

/// What the target was computed from.
fn ancestors(tape: &Tape, target: NodeId) -> Vec<bool> {
    let mut needed = vec![false; target.index() + 1];
    needed[target.index()] = true;
    let ids: Vec<NodeId> = tape.nodes().take(target.index() + 1).collect();
    for id in ids.into_iter().rev() {
        if needed[id.index()] {
            tape.operands(id).for_each(|operand| needed[operand.index()] = true);
        }
    }
    needed
}

/// A node as a line; constants have none, they stand where they are used.
fn line(
    numbers: &Numbers,
    names: &HashMap<NodeId, String>,
    id: NodeId,
    adjoint: Option<Cotangent>,
) -> Option<TapeLine> {
    let tape = &numbers.tape;
    let row = tape.row(id);
    if std::ptr::eq(row, &CONSTANT) && !names.contains_key(&id) {
        return None;
    }
    let operand = |id: NodeId| {
        if std::ptr::eq(tape.row(id), &CONSTANT) && tape.is_scalar(id) {
            return tape.scalar(id).to_string();
        }
        if std::ptr::eq(tape.row(id), &CONSTANT) {
            return format!("constant {}", tape.shape(id));
        }
        format!("%{}", id.index())
    };
    let mut operands: Vec<String> = tape.operands(id).map(operand).collect();
    if *tape.attr(id) != Attr::None {
        operands.push(tape.attr(id).to_string());
    }
    let adjoint = adjoint.map(|adjoint| match adjoint {
        Cotangent::Number(x) => super::Data::Number(x),
        Cotangent::Tensor(tensor) => super::Data::Tensor(tensor),
        Cotangent::Node(id) => data(numbers, &Value::Var(id)),
    });
    Some(TapeLine {
        node: id.index(),
        name: names.get(&id).cloned(),
        operation: row.name.to_string(),
        operands,
        value: data(numbers, &Value::Var(id)),
        adjoint,
    })
}
