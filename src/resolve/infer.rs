//! What kind of thing an expression gives, as far as its text tells.

use super::{Names, Walk};
use crate::syntax::name::Symbol;
use crate::syntax::reading::{Kind, Question};
use crate::syntax::tree::{Arg, Expr, ExprId, Lambda, Stmt, StmtKind, Tree};

/// Functions that return functions, inside each other.
const DEEPEST: u32 = 16;

/// What calling this function gives, whatever its arguments are.
pub fn result_of(tree: &Tree, lambda: &Lambda, names: &dyn Names) -> Kind {
    let mut walk = Walk::new(tree, names);
    walk.bound.extend(lambda.params.iter().map(|param| (param.name, Kind::Unknown)));
    walk.infer(lambda.body)
}

impl Walk<'_> {
    pub(super) fn infer(&mut self, id: ExprId) -> Kind {
        if self.depth > DEEPEST {
            return Kind::Unknown;
        }
        self.depth += 1;
        let kind = self.infer_expr(id);
        self.depth -= 1;
        kind
    }

    fn infer_expr(&mut self, id: ExprId) -> Kind {
        let tree = self.tree;
        match tree.expr(id) {
            Expr::Name(name) => self.asked(*name, Question::Itself),
            Expr::Paren(inner) | Expr::NoGrad(inner) => self.infer(*inner),
            Expr::Lambda(_) | Expr::Nabla(_) => Kind::Function,
            // the transpose, if it is no derivative
            Expr::Prime(base, _) => self.infer(*base),
            Expr::Call(callee, args) => self.infer_call(*callee, args),
            Expr::Index(base, _) => self.infer_element(*base),
            Expr::Field(base, field) => match tree.expr(*base) {
                Expr::Name(name) => self.asked(*name, Question::Field(*field)),
                _ => Kind::Unknown,
            },
            Expr::Array(items) => {
                let all = items.iter().map(|item| self.infer(*item)).reduce(join);
                match all {
                    Some(Kind::Function) => Kind::Functions,
                    Some(Kind::Unknown) => Kind::Unknown,
                    _ => Kind::Value,
                }
            }
            Expr::Comprehension { body, variables, over, .. } => {
                let scope = self.bound.len();
                self.bind_items(variables, *over);
                let kind = self.infer(*body);
                self.bound.truncate(scope);
                if kind == Kind::Function { Kind::Functions } else { kind }
            }
            Expr::Block(statements) => self.infer_block(statements),
            Expr::If { then, otherwise: Some(otherwise), .. } => join(self.infer(*then), self.infer(*otherwise)),
            Expr::If { then, .. } => self.infer(*then),
            Expr::Where { body, bindings } => {
                let scope = self.bound.len();
                for (name, _, value) in bindings {
                    let kind = self.infer(*value);
                    self.bound.push((*name, kind));
                }
                let kind = self.infer(*body);
                self.bound.truncate(scope);
                kind
            }
            _ => Kind::Value,
        }
    }

    fn infer_call(&mut self, callee: ExprId, args: &[Arg]) -> Kind {
        let mut are_functions = args.iter().map(|arg| self.infer(arg.value) == Kind::Function);
        let of_function = are_functions.next().unwrap_or(false);
        let only = of_function && are_functions.all(|is_function| is_function);
        match self.tree.expr(callee) {
            Expr::Name(name) => match self.asked(*name, Question::Itself) {
                Kind::Function => self.asked(*name, Question::Result { of_function, only }),
                Kind::Unbound => Kind::Unknown,
                other => other,
            },
            Expr::Lambda(lambda) => self.infer(lambda.body),
            _ => match self.infer(callee) {
                // a derivative, or a function that was returned: numbers come out of these
                Kind::Function => Kind::Value,
                other => other,
            },
        }
    }

    fn infer_block(&mut self, statements: &[Stmt]) -> Kind {
        let scope = self.bound.len();
        let mut last = Kind::Value;
        for stmt in statements {
            last = match &stmt.kind {
                StmtKind::Expr(id) | StmtKind::Return(Some(id)) => self.infer(*id),
                StmtKind::Assign { name, value, .. } | StmtKind::Const { name, value, .. } => {
                    self.assign(*name, *value);
                    self.kind_of(*name, Question::Itself)
                }
                StmtKind::Define { name, .. } => {
                    self.bound.push((*name, Kind::Function));
                    Kind::Function
                }
                _ => Kind::Value,
            };
        }
        self.bound.truncate(scope);
        last
    }

    /// What the elements of a list are.
    pub(super) fn infer_element(&mut self, over: ExprId) -> Kind {
        match self.infer(over) {
            Kind::Functions => Kind::Function,
            Kind::Function | Kind::Unbound | Kind::Unknown => Kind::Unknown,
            Kind::Value => Kind::Value,
        }
    }

    pub(super) fn asked(&mut self, name: Symbol, question: Question) -> Kind {
        let kind = self.kind_of(name, question);
        let is_own = self.bound.iter().any(|(other, _)| *other == name);
        if !is_own && !self.answers.contains(&(name, question, kind)) {
            self.answers.push((name, question, kind));
        }
        kind
    }

    fn kind_of(&self, name: Symbol, question: Question) -> Kind {
        match self.bound.iter().rev().find(|(other, _)| *other == name) {
            Some((_, kind)) if question == Question::Itself => *kind,
            Some((_, Kind::Value)) => Kind::Value,
            Some(_) => Kind::Unknown,
            None => self.names.ask(name, question),
        }
    }
}

fn join(a: Kind, b: Kind) -> Kind {
    if a == b { a } else { Kind::Unknown }
}
