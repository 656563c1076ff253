//! Constants where a variable is plainly meant: `exp(-t/τ)` and `e V` get a note that says what was taken.

use std::rc::Rc;

use super::Evaluator;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{At, BinaryOp, Expr, ExprId, Stmt, StmtKind, Tree};

impl Evaluator<'_> {
    /// A note for a constant that stands where a variable would, if nothing gives it another value.
    #[inline]
    pub fn note_constants(&mut self, tree: &Rc<Tree>, stmt: &Stmt) {
        let (tau, e) = (self.globals.tau, self.globals.e);
        let is_named = |name: Symbol| tree.exprs.iter().any(|expr| matches!(expr, Expr::Name(other) if *other == name));
        if is_named(tau) && !self.is_rebound(tree, stmt, tau) {
            self.note_tau(tree);
        }
        if is_named(e) && !self.is_rebound(tree, stmt, e) {
            self.note_e(tree);
        }
    }

    /// Whether a name has another meaning somewhere in the statement, or in the session.
    fn is_rebound(&self, tree: &Tree, stmt: &Stmt, name: Symbol) -> bool {
        let in_tree = tree.exprs.iter().any(|expr| match expr {
            Expr::Lambda(lambda) => lambda.params.iter().any(|param| param.name == name),
            Expr::Comprehension { variables, .. } => variables.contains(&name),
            Expr::Where { bindings, .. } => bindings.iter().any(|(other, ..)| *other == name),
            Expr::Derivative { names, .. } => names.iter().any(|(other, _)| *other == name),
            Expr::Block(statements) => statements.iter().any(|stmt| binds(stmt, name)),
            _ => false,
        });
        in_tree || binds(stmt, name) || self.globals.get(name).is_some()
    }

    /// Below a fraction stands a time constant, not a full turn.
    #[cold]
    fn note_tau(&mut self, tree: &Rc<Tree>) {
        let tau = self.globals.tau;
        let below = tree.exprs.iter().find_map(|expr| match expr {
            Expr::Binary(BinaryOp::Div, _, below) => factor_named(tree, *below, tau),
            _ => None,
        });
        if let Some(id) = below {
            self.note_constant(tree, id, "tau", "2π");
        }
    }

    /// Euler's number is the base of a power; beside a variable it is a charge, an eccentricity …
    #[cold]
    fn note_e(&mut self, tree: &Rc<Tree>) {
        let e = self.globals.e;
        let is_e = |id: ExprId| *tree.expr(id) == Expr::Name(e);
        let is_variable = |id: ExprId| match tree.expr(id) {
            Expr::Name(name) => self.globals.builtin(*name).is_none(),
            Expr::Product(factors) => factors.iter().any(
                |factor| matches!(tree.expr(factor.expr), Expr::Name(name) if self.globals.builtin(*name).is_none()),
            ),
            _ => false,
        };
        let beside = tree.exprs.iter().find_map(|expr| match expr {
            Expr::Product(factors) if factors.iter().any(|factor| is_variable(factor.expr)) => {
                factors.iter().map(|factor| factor.expr).find(|id| is_e(*id))
            }
            Expr::Binary(BinaryOp::Mul | BinaryOp::Div, left, right) => match (is_e(*left), is_e(*right)) {
                (true, _) if is_variable(*right) => Some(*left),
                (_, true) if is_variable(*left) => Some(*right),
                _ => None,
            },
            _ => None,
        });
        if let Some(id) = beside {
            self.note_constant(tree, id, "e", "2.71828…");
        }
    }

    fn note_constant(&mut self, tree: &Rc<Tree>, id: ExprId, key: &'static str, value: &str) {
        let name = tree.text(id);
        let message = format!("{name} is the constant {value} here");
        let help = format!("if a variable is meant, give it a value: {name} = …, or at {name} = …");
        self.say_once(key, tree, tree.span(id), &message, help);
    }
}

/// The factor of a product that is this name, or a power of it.
fn factor_named(tree: &Tree, id: ExprId, name: Symbol) -> Option<ExprId> {
    match tree.expr(id) {
        Expr::Name(other) => (*other == name).then_some(id),
        Expr::Paren(inner) | Expr::Unary(_, inner) | Expr::Binary(BinaryOp::Pow, inner, _) => {
            factor_named(tree, *inner, name)
        }
        Expr::Binary(BinaryOp::Mul, left, right) => {
            factor_named(tree, *right, name).or_else(|| factor_named(tree, *left, name))
        }
        Expr::Product(factors) => factors.iter().find_map(|factor| factor_named(tree, factor.expr, name)),
        _ => None,
    }
}

fn binds(stmt: &Stmt, name: Symbol) -> bool {
    let gives =
        |at: &At| at.points.iter().any(|point| point.name == name) || at.wrt.iter().any(|(other, _)| *other == name);
    match &stmt.kind {
        StmtKind::Assign { name: other, .. } | StmtKind::Const { name: other, .. } => *other == name,
        StmtKind::Define { name: other, lambda, at, .. } => {
            *other == name
                || lambda.params.iter().any(|param| param.name == name)
                || at.as_ref().is_some_and(|at| gives(at))
        }
        StmtKind::At { at, .. } | StmtKind::AssignAt { at, .. } => gives(at),
        StmtKind::Unpack { names, .. } => names.iter().any(|(other, _)| *other == name),
        StmtKind::For { variables, body, .. } => variables.contains(&name) || body.iter().any(|stmt| binds(stmt, name)),
        StmtKind::While { body, .. } => body.iter().any(|stmt| binds(stmt, name)),
        _ => false,
    }
}
