//! Statements and blocks as text, each on one line.

use super::super::operators::{LAMBDA, WHERE};
use super::super::tree::{At, Expr, ExprId, Point, Stmt, StmtKind};
use super::super::{Symbol, tree::Lambda};
use super::expression::Printer;
use crate::source::Span;

impl Printer<'_> {
    pub fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(id) => self.whole(*id),
            StmtKind::Assign { name, value, .. } => {
                self.write(&format!("{name} = "));
                self.whole(*value);
            }
            StmtKind::Unpack { names, value } => {
                self.declared("", names);
                self.write(" = ");
                self.whole(*value);
            }
            StmtKind::AssignAt { name, body, at, .. } => {
                self.write(&format!("{name} = "));
                self.whole(*body);
                self.clauses(at);
            }
            StmtKind::AssignIndex { name, subscripts, value, .. } => {
                self.write(&name.text());
                self.subscripts(subscripts);
                self.write(" = ");
                self.whole(*value);
            }
            StmtKind::Define { name, lambda, at, .. } => self.definition(*name, lambda, at.as_deref()),
            StmtKind::At { body, at } => {
                self.whole(*body);
                self.clauses(at);
            }
            StmtKind::Const { name, value, .. } => {
                self.write(&format!("const {name} = "));
                self.whole(*value);
            }
            StmtKind::Watch(names) => self.declared("watch ", names),
            StmtKind::Unwatch(names) => self.declared("unwatch ", names),
            StmtKind::For { variables, over, body } => {
                self.write("for ");
                self.separated(", ", variables, |printer, name| printer.write(&name.text()));
                self.write(" in ");
                self.expr(*over, LAMBDA);
                self.write(" ");
                self.block(body);
            }
            StmtKind::While { condition, body } => {
                self.write("while ");
                self.expr(*condition, WHERE);
                self.write(" ");
                self.block(body);
            }
            StmtKind::Break => self.write("break"),
            StmtKind::Continue => self.write("continue"),
            StmtKind::Return(value) => {
                self.write("return");
                if let Some(value) = value {
                    self.write(" ");
                    self.whole(*value);
                }
            }
            StmtKind::Command { name, rest, .. } => {
                self.write(&format!(":{name}"));
                self.write(if rest.is_empty() { "" } else { " " });
                self.write(rest);
            }
        }
    }

    fn definition(&mut self, name: Symbol, lambda: &Lambda, at: Option<&At>) {
        self.write(&name.text());
        self.parameters(&lambda.params);
        self.write(" = ");
        self.whole(lambda.body);
        if let Some(at) = at {
            self.clauses(at);
        }
    }

    fn clauses(&mut self, at: &At) {
        if !at.points.is_empty() {
            self.write(" at ");
            self.separated(", ", &at.points, |printer, point: &Point| {
                printer.write(&format!("{} {} ", point.name, if point.many { "in" } else { "=" }));
                printer.expr(point.value, LAMBDA);
            });
        }
        if !at.wrt.is_empty() {
            self.declared(" wrt ", &at.wrt);
        }
        if let Some((order, _)) = at.order {
            self.write(&format!(" order {order}"));
        }
    }

    fn declared(&mut self, word: &str, names: &[(Symbol, Span)]) {
        self.write(word);
        self.separated(", ", names, |printer, (name, _)| printer.write(&name.text()));
    }

    pub fn block(&mut self, statements: &[Stmt]) {
        self.bracketed("{ ", "}", |printer| {
            printer.separated("; ", statements, |printer, stmt| printer.statement(stmt));
            printer.write(if statements.is_empty() { "" } else { " " });
        });
    }

    /// A branch, in braces in any case.
    pub fn branch(&mut self, id: ExprId) {
        match self.tree.expr(id) {
            Expr::Block(statements) => self.block(statements),
            _ => self.bracketed("{ ", " }", |printer| printer.whole(id)),
        }
    }

    /// `if … { } else if … { } else { }`, however many branches.
    pub fn if_expression(&mut self, mut id: ExprId) {
        while let Expr::If { condition, then, otherwise } = self.tree.expr(id) {
            self.write("if ");
            self.expr(*condition, WHERE);
            self.write(" ");
            self.branch(*then);
            let Some(otherwise) = *otherwise else { return };
            self.write(" else ");
            id = otherwise;
        }
        self.branch(id);
    }
}
