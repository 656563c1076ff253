//! Functions as values: of the user, of the table, built in, and derived from others.

use std::rc::Rc;

use super::Value;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Lambda, Tree};
use crate::tape::{Moved, Row};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `f'`, `f''`: of one variable.
    Derivative(u32),
    Gradient,
    Jacobian,
    Hessian,
    /// Trace of the Jacobian.
    Divergence,
    /// What the Jacobian has that is not symmetric: a vector in three dimensions, a number in two.
    Curl,
    /// Trace of the Hessian.
    Laplacian,
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

    /// What the function carries along; one that is derived carries what its original does.
    pub fn captured(&self) -> &[(Symbol, Value)] {
        match self {
            Function::User(user) => &user.captured,
            Function::Derived(Derived { of: Value::Function(of), .. }) => of.captured(),
            _ => &[],
        }
    }

    /// The same function after the tape was compacted.
    pub fn moved(&self, moved: &Moved) -> Function {
        match self {
            Function::User(user) => {
                let captured = user.captured.iter().map(|(name, value)| (*name, value.moved(moved))).collect();
                Function::User(UserFunction { captured: Rc::new(captured), ..user.clone() })
            }
            Function::Derived(derived) => {
                Function::Derived(Derived { of: derived.of.moved(moved), operator: derived.operator })
            }
            other => other.clone(),
        }
    }
}
