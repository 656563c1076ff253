//! Values of the language. Knows neither names in scope nor how anything is printed.

mod fault;
mod function;
mod numbers;

use std::rc::Rc;

pub use fault::Fault;
pub use function::{BuiltinId, Derived, Function, Operator, UserFunction};
pub use numbers::{Numbers, is_whole};

use crate::tape::{Moved, NodeId};
use crate::tensor::Tensor;

/// What an expression can be worth.
#[derive(Debug, Clone)]
pub enum Value {
    /// A real number that does not depend on any variable.
    Real(f64),
    Int(i64),
    Bool(bool),
    /// A real scalar or tensor on the tape.
    Var(NodeId),
    /// A tensor that does not depend on any variable.
    Tensor(Rc<Tensor>),
    Text(Rc<str>),
    /// Whole numbers from the first to before the second.
    Range(i64, i64),
    Function(Rc<Function>),
    /// Values of unlike shape or kind.
    List(Rc<Vec<Value>>),
    Record(Rc<Vec<(Rc<str>, Value)>>),
    /// A derivative that does not exist, and why; or the value of a statement that has none.
    Nothing(Rc<str>),
}

impl Value {
    pub fn text(text: impl Into<Rc<str>>) -> Value {
        Value::Text(text.into())
    }

    pub fn nothing(why: impl Into<Rc<str>>) -> Value {
        Value::Nothing(why.into())
    }

    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Rc::new(items))
    }

    pub fn record(fields: Vec<(Rc<str>, Value)>) -> Value {
        Value::Record(Rc::new(fields))
    }

    pub fn function(function: Function) -> Value {
        Value::Function(Rc::new(function))
    }

    /// A tensor, or a number if it has no axes.
    pub fn tensor(tensor: Tensor) -> Value {
        use crate::tensor::DType;
        match (tensor.shape().is_scalar(), tensor.dtype()) {
            (true, DType::Real) => Value::Real(tensor.data()[0]),
            // beyond it there are no integers
            (true, DType::Int) if tensor.data()[0].abs() < i64::MAX as f64 => Value::Int(tensor.data()[0] as i64),
            (true, DType::Int) => Value::Real(tensor.data()[0]),
            (true, DType::Bool) => Value::Bool(tensor.data()[0] != 0.0),
            _ => Value::Tensor(Rc::new(tensor)),
        }
    }

    pub fn is_function(&self) -> bool {
        matches!(self, Value::Function(_))
    }

    /// What a person calls this kind of value.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Real(_) | Value::Var(_) => "a number",
            Value::Int(_) => "an integer",
            Value::Bool(_) => "true or false",
            Value::Tensor(_) => "a tensor",
            Value::Text(_) => "a text",
            Value::Range(..) => "a range",
            Value::Function(_) => "a function",
            Value::List(_) => "a list",
            Value::Record(_) => "a record",
            Value::Nothing(_) => "none",
        }
    }

    /// Calls `visit` with every node that this value refers to.
    pub fn each_node(&self, visit: &mut dyn FnMut(NodeId)) {
        match self {
            Value::Var(id) => visit(*id),
            Value::List(items) => items.iter().for_each(|item| item.each_node(visit)),
            Value::Record(fields) => fields.iter().for_each(|(_, field)| field.each_node(visit)),
            Value::Function(function) => function.each_node(visit),
            _ => {}
        }
    }

    /// The same value after the tape was compacted.
    pub fn moved(&self, moved: &Moved) -> Value {
        let moved = self.with_nodes(&mut |id| Value::Var(moved.get(id).expect("every node of a kept value is kept")));
        moved.unwrap_or_else(|| self.clone())
    }

    /// The same value with others in the place of those on the tape, in functions, lists and records too; `None` if
    /// there are none.
    pub fn with_nodes(&self, other: &mut dyn FnMut(NodeId) -> Value) -> Option<Value> {
        let mut refers = false;
        self.each_node(&mut |_| refers = true);
        if !refers {
            return None;
        }
        let mut changed = |value: &Value| value.with_nodes(other).unwrap_or_else(|| value.clone());
        Some(match self {
            Value::List(items) => Value::list(items.iter().map(changed).collect()),
            Value::Record(fields) => {
                Value::record(fields.iter().map(|(name, field)| (name.clone(), changed(field))).collect())
            }
            Value::Var(id) => other(*id),
            Value::Function(function) => Value::function(function.with_nodes(other)?),
            _ => return None,
        })
    }
}
