//! Functions as values: of the user, of the table, built in, and derived from others.

use std::rc::Rc;

use super::Value;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Lambda, Tree};
use crate::tape::{NodeId, Row};

/// Number of a built-in function in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinId(pub u16);

#[derive(Debug, Clone)]
pub enum Function {
    User(UserFunction),
    /// An operation of the table.
    Row(&'static Row),
    Builtin(BuiltinId),
    Derived(Derived),
}

/// `f(x) = …` or `x -> …`
#[derive(Debug, Clone)]
pub struct UserFunction {
    pub name: Option<Symbol>,
    pub tree: Rc<Tree>,
    pub lambda: Rc<Lambda>,
    /// Local names of the function in which this one was defined, as they were then.
    pub captured: Rc<Vec<(Symbol, Value)>>,
}

/// A function made from another by differentiation.
#[derive(Debug, Clone)]
pub struct Derived {
    pub operator: Operator,
    pub of: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    /// `f'`, `f''`: of one variable.
    Derivative(u32),
    /// `∂²f/∂x∂y`: by some of the variables, one after the other.
    Partial(Rc<[Symbol]>),
    Gradient,
    Jacobian,
    Hessian,
    /// Trace of the Jacobian.
    Divergence,
    /// What the Jacobian has that is not symmetric: a vector in three dimensions, a number in two.
    Curl,
    /// Trace of the Hessian.
    Laplacian,
    /// A record of the value and the gradient.
    ValueAndGradient,
    /// No derivative: the function itself, as one operation.
    Checkpoint,
    /// The same, with a function for the way back: a list of both.
    Custom,
}

impl Function {
    /// Whether it computes a derivative of another function.
    pub fn is_derivative(&self) -> bool {
        matches!(self, Function::Derived(derived) if !matches!(derived.operator, Operator::Checkpoint | Operator::Custom))
    }

    /// Calls `visit` with every node that the function carries along.
    pub fn each_node(&self, visit: &mut dyn FnMut(NodeId)) {
        match self {
            Function::User(user) => user.captured.iter().for_each(|(_, value)| value.each_node(visit)),
            Function::Derived(derived) => derived.of.each_node(visit),
            Function::Row(_) | Function::Builtin(_) => {}
        }
    }

    /// The same function with other values in the place of those on the tape that it carries along; `None` if it
    /// carries none.
    pub fn with_nodes(&self, other: &mut dyn FnMut(NodeId) -> Value) -> Option<Function> {
        match self {
            Function::User(user) => {
                let mut changes = false;
                let captured = user.captured.iter().map(|(name, value)| {
                    let changed = value.with_nodes(other);
                    changes |= changed.is_some();
                    (*name, changed.unwrap_or_else(|| value.clone()))
                });
                let captured = Rc::new(captured.collect());
                changes.then(|| Function::User(UserFunction { captured, ..user.clone() }))
            }
            Function::Derived(derived) => {
                let of = derived.of.with_nodes(other)?;
                Some(Function::Derived(Derived { of, operator: derived.operator.clone() }))
            }
            Function::Row(_) | Function::Builtin(_) => None,
        }
    }
}
