//! Names by which a function differentiates are variables of their own in it: `f(a) = grad(a^3, a)`, `f(x) = d/dx (x y)`.
//!
//! A parameter shares its node with the argument it was called with, and a number has none. Where the body differentiates
//! by a name, what the name stands for gets a node that no other name has: `f(3)` has a derivative, and `f(y)` does not
//! take the dependence on another use of `y` for one on its parameter.

use std::rc::Rc;

use super::Evaluator;
use super::trace::Trace;
use crate::functions::{self, Special};
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Arg, Expr, ExprId, Tree, UnaryOp};
use crate::tensor::DType;
use crate::value::{Fault, Function, UserFunction, Value};

/// Whether something in the tree differentiates by this name.
#[inline]
pub(super) fn differentiates_by(tree: &Tree, name: Symbol) -> bool {
    tree.differentiated_by(find).contains(&name)
}

fn find(tree: &Tree) -> Box<[Symbol]> {
    let mut names: Vec<Symbol> = Vec::new();
    for expr in &tree.exprs {
        match expr {
            Expr::Derivative { names: by, .. } => names.extend(by.iter().map(|(name, _)| *name)),
            Expr::Call(callee, args) => names.extend(named_sources(tree, *callee, args)),
            _ => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    names.into()
}

/// The names by which a call of `grad`, `jacobian`, `diff`, … differentiates.
fn named_sources(tree: &Tree, callee: ExprId, args: &[Arg]) -> Vec<Symbol> {
    let Some((special, sources)) = special_called(tree, callee).zip(args.get(1..)) else { return Vec::new() };
    let name = |id: ExprId| match tree.expr(id) {
        Expr::Name(name) => Some(*name),
        _ => None,
    };
    match special {
        Special::Grad | Special::Jacobian | Special::Hessian | Special::BatchJacobian => match sources {
            [source, ..] => match tree.expr(source.value) {
                Expr::Array(items) => items.iter().filter_map(|&item| name(item)).collect(),
                _ => name(source.value).into_iter().collect(),
            },
            [] => Vec::new(),
        },
        Special::Diff | Special::Derivative => sources.iter().filter_map(|arg| name(arg.value)).collect(),
        Special::Record | Special::Map => Vec::new(),
    }
}

/// The form that is called by its own name.
pub(super) fn special_called(tree: &Tree, callee: ExprId) -> Option<Special> {
    match tree.expr(callee) {
        Expr::Name(name) => name.with_text(functions::special_named),
        _ => None,
    }
}

/// Whether an expression is nothing but a name, so that its value is shared with that name.
pub(super) fn is_alias(tree: &Tree, mut id: ExprId) -> bool {
    while let Expr::Paren(inner) | Expr::Unary(UnaryOp::Plus, inner) = tree.expr(id) {
        id = *inner;
    }
    matches!(tree.expr(id), Expr::Name(_))
}

impl Evaluator<'_> {
    /// What a local name is bound to: a variable of its own, if something in the tree differentiates by the name.
    /// `shared` tells that another name may stand for the same node.
    #[inline]
    pub(super) fn local_value(
        &mut self,
        tree: &Tree,
        name: Symbol,
        value: Value,
        shared: bool,
    ) -> Result<Value, Fault> {
        if !differentiates_by(tree, name) {
            return Ok(value);
        }
        self.own_source(value, shared)
    }

    #[cold]
    fn own_source(&mut self, value: Value, shared: bool) -> Result<Value, Fault> {
        if self.numbers.frozen || self.numbers.dtype(&value) != Some(DType::Real) {
            return Ok(value);
        }
        match value {
            Value::Var(node) if !shared && self.numbers.tape.is_connected(node) => Ok(value),
            _ => Ok(Value::Var(self.numbers.source(&value)?)),
        }
    }

    /// Whether a call of this function needs [`Evaluator::call_with_own_sources`].
    #[inline]
    pub(super) fn has_own_sources(&self, user: &UserFunction) -> bool {
        let differentiates = !user.tree.differentiated_by(find).is_empty();
        differentiates && !self.tracing && !self.compiling && !self.numbers.frozen
    }

    /// Calls a function that differentiates by names of its own. They end with the call: a result that depends on them
    /// alone is a constant to everybody else, and nothing of it stays on the tape.
    #[inline(never)]
    pub(super) fn call_with_own_sources(
        &mut self,
        function: &Rc<Function>,
        user: &UserFunction,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
    ) -> Result<Value, Fault> {
        let mut trace = Trace::begin(self);
        let value = trace.call_user(function, user, positional, named)?;
        let mark = trace.mark();
        let mut depends = false;
        value.each_node(&mut |id| {
            depends |= id.index() < mark.node() || trace.depends_on_outside(&Value::Var(id), mark);
        });
        let value = if depends { value } else { trace.numbers.constant(&value) };
        trace.keep_for(&value);
        Ok(value)
    }
}
