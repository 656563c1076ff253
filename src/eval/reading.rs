//! What names stand for, as `resolve` asks for it; functions with their bodies read accordingly.

use super::{Evaluator, Stop};
use crate::functions;
use crate::resolve::{self, Names};
use crate::syntax::name::Symbol;
use crate::syntax::reading::{Kind, Question, Reread};
use crate::syntax::tree::Statement;
use crate::value::{Fault, Function, UserFunction, Value};

/// What is looked up in a function whose result is wanted before it is called.
struct Inside<'a, 's> {
    evaluator: &'a Evaluator<'s>,
    user: &'a UserFunction,
    depth: u32,
}

/// Functions that return what other functions return, inside each other.
const DEEPEST: u32 = 8;

impl Evaluator<'_> {
    /// The statement with calls and products told apart; `None`: as it was read at first.
    pub fn resolve(&self, statement: &Statement) -> Result<Option<Statement>, Stop> {
        resolve::statement(statement, self).map_err(Stop::Error)
    }

    /// The body of a function, its parameters being bound.
    #[inline]
    pub(super) fn body_of(&self, user: &UserFunction) -> Result<Option<Reread>, Fault> {
        if user.tree.sites.is_empty() {
            return Ok(None);
        }
        self.decided_body(user)
    }

    #[inline(never)]
    fn decided_body(&self, user: &UserFunction) -> Result<Option<Reread>, Fault> {
        resolve::function(&user.tree, &user.lambda, self).map_err(Fault::Placed)
    }

    fn kind_of(&self, value: Option<&Value>, question: Question, depth: u32) -> Kind {
        match (value, question) {
            (None, _) => Kind::Unbound,
            (Some(value), Question::Itself) => kind(value),
            (Some(Value::Record(fields)), Question::Field(field)) => {
                let text = field.text();
                fields.iter().find(|(name, _)| **name == *text).map_or(Kind::Unknown, |(_, value)| kind(value))
            }
            (Some(_), Question::Field(_)) => Kind::Value,
            (Some(Value::Function(function)), Question::Result { of_function, only }) => match &**function {
                Function::User(user) if depth < DEEPEST => {
                    resolve::result_of(&user.tree, &user.lambda, &Inside { evaluator: self, user, depth: depth + 1 })
                }
                Function::User(_) => Kind::Unknown,
                // grad(f), checkpoint(f) and their like give functions; sum(v) and f'(x) give values
                Function::Builtin(_) if only => Kind::Function,
                Function::Builtin(number) if of_function && functions::builtin(*number).name == "nth" => Kind::Function,
                _ => Kind::Value,
            },
            (Some(value), Question::Result { .. }) => kind(value),
        }
    }
}

impl Names for Evaluator<'_> {
    fn ask(&self, name: Symbol, question: Question) -> Kind {
        self.kind_of(self.lookup(name), question, 0)
    }
}

impl Names for Inside<'_, '_> {
    fn ask(&self, name: Symbol, question: Question) -> Kind {
        let captured = self.user.captured.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| value);
        let value = captured.or_else(|| self.evaluator.globals.value(name));
        self.evaluator.kind_of(value, question, self.depth)
    }
}

fn kind(value: &Value) -> Kind {
    let all_functions = match value {
        Value::Function(_) => return Kind::Function,
        Value::List(items) => !items.is_empty() && items.iter().all(Value::is_function),
        Value::Record(fields) => !fields.is_empty() && fields.iter().all(|(_, value)| value.is_function()),
        _ => false,
    };
    if all_functions { Kind::Functions } else { Kind::Value }
}
