//! What the turns of a loop hand on: names that its body assigns. A name that every turn assigns before it is read is
//! temporary: nothing of it reaches the next turn.

use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Stmt, StmtKind, Tree};

/// The names that a body assigns.
pub(super) struct Assigned {
    /// What the next turn may read.
    pub carried: Vec<Symbol>,
    /// What it cannot.
    pub temporary: Vec<Symbol>,
}

impl Assigned {
    /// Of a body and the condition before it.
    pub fn new(tree: &Tree, condition: Option<ExprId>, body: &[Stmt]) -> Assigned {
        let mut names = Vec::new();
        assigned(tree, body, &mut names);
        let is_temporary = |name: &Symbol| {
            condition.is_none_or(|condition| !is_mentioned(tree, tree.span(condition).range(), *name))
                && is_written_first(tree, body, *name)
        };
        let (temporary, carried) = names.into_iter().partition(is_temporary);
        Assigned { carried, temporary }
    }
}

/// Whether the first statement that a name occurs in gives it a value that is made without it.
fn is_written_first(tree: &Tree, body: &[Stmt], name: Symbol) -> bool {
    for statement in body {
        let written = match &statement.kind {
            StmtKind::Assign { name: other, value, .. } if *other == name => Some(*value),
            StmtKind::Unpack { names, value } if names.iter().any(|(other, _)| *other == name) => Some(*value),
            _ => None,
        };
        if let Some(value) = written {
            return !is_mentioned(tree, tree.span(value).range(), name);
        }
        let mut inner = Vec::new();
        assigned(tree, std::slice::from_ref(statement), &mut inner);
        if inner.contains(&name) || is_mentioned(tree, statement.span.range(), name) {
            return false;
        }
    }
    false
}

/// Whether a name stands for a value anywhere in this part of the text.
fn is_mentioned(tree: &Tree, part: std::ops::Range<usize>, name: Symbol) -> bool {
    let is_there = |(expr, span): (&Expr, &crate::source::Span)| {
        matches!(expr, Expr::Name(other) if *other == name) && part.contains(&span.range().start)
    };
    tree.exprs.iter().zip(&tree.spans).any(is_there)
}

/// The names that statements assign, nested ones too.
fn assigned(tree: &Tree, statements: &[Stmt], names: &mut Vec<Symbol>) {
    let mut add = |name: Symbol| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for statement in statements {
        match &statement.kind {
            StmtKind::Assign { name, .. } | StmtKind::AssignIndex { name, .. } => add(*name),
            StmtKind::Unpack { names: several, .. } => several.iter().for_each(|(name, _)| add(*name)),
            StmtKind::Watch(watched) | StmtKind::Unwatch(watched) => watched.iter().for_each(|(name, _)| add(*name)),
            _ => {}
        }
    }
    for statement in statements {
        match &statement.kind {
            StmtKind::Expr(id) => assigned_in(tree, *id, names),
            StmtKind::Assign { value, .. } | StmtKind::Unpack { value, .. } => assigned_in(tree, *value, names),
            StmtKind::For { body, .. } | StmtKind::While { body, .. } => assigned(tree, body, names),
            _ => {}
        }
    }
}

fn assigned_in(tree: &Tree, id: ExprId, names: &mut Vec<Symbol>) {
    match tree.expr(id) {
        Expr::Block(statements) => assigned(tree, statements, names),
        Expr::If { then, otherwise, .. } => {
            assigned_in(tree, *then, names);
            if let Some(otherwise) = otherwise {
                assigned_in(tree, *otherwise, names);
            }
        }
        Expr::NoGrad(body) | Expr::Paren(body) => assigned_in(tree, *body, names),
        _ => {}
    }
}
