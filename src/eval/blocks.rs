//! Blocks and what controls their flow; local definitions; comprehensions.

use std::rc::Rc;

use super::hot::Heat;
use super::index::Given;
use super::sources::is_alias;
use super::trace::Trace;
use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Stmt, StmtKind, Subscript, Tree};
use crate::tensor::DType;
use crate::value::{Function, UserFunction, Value};
use crate::{functions, program};

/// What a loop goes over, element by element.
enum Items {
    Range(i64, i64),
    /// A tensor of reals, and how far it has been gone through.
    Rows {
        tensor: Value,
        at: usize,
        length: usize,
    },
    Listed(std::vec::IntoIter<Value>),
}

impl Items {
    fn left(&self) -> usize {
        match self {
            Items::Range(at, end) => end.saturating_sub(*at).max(0) as usize,
            Items::Rows { at, length, .. } => length - at,
            Items::Listed(items) => items.len(),
        }
    }

    /// What is left, for a compiled body: numbers, or those of rows.
    fn hot(&self) -> Option<program::Items> {
        match self {
            Items::Range(at, _) => Some(program::Items::From(*at)),
            Items::Rows { at, .. } => Some(program::Items::From(*at as i64)),
            Items::Listed(_) => None,
        }
    }

    fn skip_turns(&mut self, turns: usize) {
        match self {
            Items::Range(at, _) => *at += turns as i64,
            Items::Rows { at, .. } => *at += turns,
            Items::Listed(items) => items.by_ref().take(turns).for_each(drop),
        }
    }
}

impl Evaluator<'_> {
    /// Runs the statements in a scope of their own; the value is that of the last one.
    pub(super) fn block(&mut self, tree: &Rc<Tree>, statements: &[Stmt]) -> Evaluated {
        let scope = self.locals.len();
        let result = self.statements(tree, statements);
        self.locals.truncate(scope);
        result
    }

    fn statements(&mut self, tree: &Rc<Tree>, statements: &[Stmt]) -> Evaluated {
        let mut last = None;
        for statement in statements {
            last = Some(self.statement(tree, statement)?);
        }
        Ok(last.unwrap_or_else(|| Value::nothing("an empty block has no value")))
    }

    /// A statement inside a block, or `for`, `while` and `if` at the top level.
    pub fn statement(&mut self, tree: &Rc<Tree>, statement: &Stmt) -> Evaluated {
        let here = |message: &str| Box::new(Diagnostic::new(message).at(&tree.source, statement.span));
        match &statement.kind {
            StmtKind::Expr(id) => self.eval(tree, *id),
            StmtKind::Assign { name, name_span, value } => {
                let result = self.eval(tree, *value)?;
                let shared = is_alias(tree, *value);
                let own = self.local_value(tree, *name, result.clone(), shared);
                let assigned = own.and_then(|own| self.assign_inside(*name, own, shared));
                assigned.map_err(|fault| self.place(tree, *name_span, fault))?;
                Ok(result)
            }
            StmtKind::Unpack { names, value } => self.unpack_inside(tree, names, *value),
            StmtKind::AssignIndex { name, name_span, subscripts, value } => {
                self.assign_element(tree, *name, *name_span, subscripts, *value)
            }
            StmtKind::Define { name, lambda, at: None, .. } => {
                let function = Value::function(Function::User(UserFunction {
                    name: Some(*name),
                    tree: tree.clone(),
                    lambda: lambda.clone(),
                    captured: self.capture(),
                }));
                self.define_inside(*name, function.clone()).map_err(|fault| self.place(tree, statement.span, fault))?;
                Ok(function)
            }
            StmtKind::Const { name, value, .. } => {
                let result = self.eval(tree, *value)?;
                let constant = self.numbers.constant(&result);
                self.locals.push((*name, constant.clone()));
                Ok(constant)
            }
            StmtKind::Watch(names) => self.watch_inside(tree, names),
            StmtKind::Unwatch(names) => self.unwatch_inside(tree, names),
            StmtKind::For { variables, over, body } => self.for_loop(tree, variables, *over, body),
            StmtKind::While { condition, body } => self.while_loop(tree, *condition, body),
            StmtKind::Break => Err(Stop::Break(here("break stands outside of a loop"))),
            StmtKind::Continue => Err(Stop::Continue(here("continue stands outside of a loop"))),
            StmtKind::Return(value) => {
                let result = match value {
                    Some(id) => self.eval(tree, *id)?,
                    None => Value::nothing("the function returned nothing"),
                };
                Err(Stop::Return(Box::new(result), here("return stands outside of a function")))
            }
            StmtKind::Define { .. } | StmtKind::At { .. } | StmtKind::AssignAt { .. } => {
                let help = "inside a block write grad(f)(2), f'(2) or d/dx f(x)";
                Err(Stop::Error(Box::new(here("at stands only at the end of a whole statement").help(help))))
            }
            StmtKind::Command { .. } => Err(Stop::Error(here("a command cannot stand inside a block"))),
        }
    }

    fn watch_inside(&mut self, tree: &Rc<Tree>, names: &[(Symbol, Span)]) -> Evaluated {
        for (name, span) in names {
            let Some(value) = self.lookup(*name).cloned() else {
                return Err(self.unknown(tree, *span, *name, "name"));
            };
            let watched = self.watched(value, true).map_err(|fault| self.place(tree, *span, fault))?;
            self.assign_inside(*name, watched, false).map_err(|fault| self.place(tree, *span, fault))?;
        }
        Ok(Value::nothing("watch has no value"))
    }

    fn unwatch_inside(&mut self, tree: &Rc<Tree>, names: &[(Symbol, Span)]) -> Evaluated {
        for (name, span) in names {
            let Some(value) = self.lookup(*name).cloned() else {
                return Err(self.unknown(tree, *span, *name, "name"));
            };
            let constant = self.numbers.constant(&value);
            self.locals.push((*name, constant));
        }
        Ok(Value::nothing("unwatch has no value"))
    }

    pub(super) fn if_expr(
        &mut self,
        tree: &Rc<Tree>,
        condition: ExprId,
        then: ExprId,
        otherwise: Option<ExprId>,
    ) -> Evaluated {
        let value = self.eval(tree, condition)?;
        if self.is_open(&value) {
            return self.choice(tree, (condition, &value), then, otherwise);
        }
        match (self.truth(tree, condition, &value)?, otherwise) {
            (true, _) => self.branch(tree, then),
            (false, Some(otherwise)) => self.branch(tree, otherwise),
            (false, None) => Ok(Value::nothing("the condition of an if without else did not hold")),
        }
    }

    /// A branch: the names that it assigns first are its own, or the session's where those stay.
    fn branch(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        match tree.expr(id) {
            Expr::Block(statements) => self.block(tree, statements),
            _ => self.eval(tree, id),
        }
    }

    fn while_loop(&mut self, tree: &Rc<Tree>, condition: ExprId, body: &[Stmt]) -> Evaluated {
        let mut heat = Heat::new(tree, Some(condition), body);
        loop {
            if heat.is_hot() {
                let mut turn = |evaluator: &mut Self, _: Option<Value>| evaluator.while_turn(tree, condition, body);
                self.hot_turns(tree, &mut heat, program::Items::None, usize::MAX, &mut turn)?;
            }
            if !self.while_turn(tree, condition, body)? {
                return Ok(Value::nothing("a loop has no value"));
            }
        }
    }

    /// One turn; false at the end of the loop.
    fn while_turn(&mut self, tree: &Rc<Tree>, condition: ExprId, body: &[Stmt]) -> Result<bool, Stop> {
        self.check_interrupt()?;
        self.count_turn(tree, condition)?;
        let holds = self.eval(tree, condition)?;
        if !self.truth(tree, condition, &holds)? {
            return Ok(false);
        }
        match self.block(tree, body) {
            Ok(_) | Err(Stop::Continue(_)) => Ok(true),
            Err(Stop::Break(_)) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    fn for_loop(&mut self, tree: &Rc<Tree>, variables: &[Symbol], over: ExprId, body: &[Stmt]) -> Evaluated {
        let mut heat = Heat::new(tree, None, body);
        let mut items = self.items(tree, over)?;
        loop {
            if heat.is_hot()
                && let Some(hot) = items.hot()
            {
                let tensor = match &items {
                    Items::Rows { tensor, .. } => Some(tensor.clone()),
                    _ => None,
                };
                let mut turn = |evaluator: &mut Self, item: Option<Value>| {
                    let mut item = item.unwrap_or(Value::Int(0));
                    if let Some(tensor) = &tensor {
                        item = evaluator.row(tree, over, tensor, item)?;
                    }
                    evaluator.for_turn(tree, variables, over, body, item)
                };
                let turns = self.hot_turns(tree, &mut heat, hot, items.left(), &mut turn)?;
                items.skip_turns(turns);
            }
            let Some(item) = self.next_item(tree, over, &mut items)? else { break };
            if !self.for_turn(tree, variables, over, body, item)? {
                break;
            }
        }
        Ok(Value::nothing("a loop has no value"))
    }

    /// One turn; false at a `break`.
    fn for_turn(
        &mut self,
        tree: &Rc<Tree>,
        variables: &[Symbol],
        over: ExprId,
        body: &[Stmt],
        item: Value,
    ) -> Result<bool, Stop> {
        self.check_interrupt()?;
        self.count_turn(tree, over)?;
        let scope = self.locals.len();
        let result = match self.bind_item(tree, over, variables, item) {
            Ok(()) => self.statements(tree, body),
            Err(stop) => Err(stop),
        };
        self.locals.truncate(scope);
        match result {
            Ok(_) | Err(Stop::Continue(_)) => Ok(true),
            Err(Stop::Break(_)) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    fn next_item(&mut self, tree: &Rc<Tree>, over: ExprId, items: &mut Items) -> Result<Option<Value>, Stop> {
        match items {
            _ if items.left() == 0 => Ok(None),
            Items::Range(at, _) => {
                *at += 1;
                Ok(Some(Value::Int(*at - 1)))
            }
            Items::Rows { tensor, at, .. } => {
                *at += 1;
                let row = functions::element(self.numbers, tensor, *at - 1);
                self.placed(tree, over, row).map(Some)
            }
            Items::Listed(items) => Ok(items.next()),
        }
    }

    /// The row of a tensor at a number that may be the loop variable of a turn being recorded.
    fn row(&mut self, tree: &Rc<Tree>, over: ExprId, tensor: &Value, number: Value) -> Evaluated {
        let row = self.numbers.shape(tensor).and_then(|shape| {
            if let Some(row) = self.moving_part(tensor, &shape, &[Given::At(over, number.clone())]) {
                return Ok(row);
            }
            functions::element(self.numbers, tensor, self.numbers.integer(&number).unwrap_or(0) as usize)
        });
        self.placed(tree, over, row)
    }

    fn items(&mut self, tree: &Rc<Tree>, over: ExprId) -> Result<Items, Stop> {
        let value = self.eval(tree, over)?;
        self.items_of(tree, over, value)
    }

    fn items_of(&mut self, tree: &Rc<Tree>, over: ExprId, value: Value) -> Result<Items, Stop> {
        match value {
            Value::Range(start, end) => Ok(Items::Range(start, end)),
            value if self.numbers.scalar(&value).is_some() => {
                let text = tree.text(over);
                let message = "a loop goes over a range, a tensor or a list, not a number".to_string();
                Err(self.error_with_help(tree, tree.span(over), message, format!("to count: 0..{text}")))
            }
            tensor @ (Value::Var(_) | Value::Tensor(_)) if self.numbers.dtype(&tensor) == Some(DType::Real) => {
                let shape = self.numbers.shape(&tensor).map_err(|fault| self.place(tree, tree.span(over), fault))?;
                Ok(Items::Rows { tensor, at: 0, length: shape.dims()[0] })
            }
            value => match functions::elements(self, &value) {
                Ok(items) => Ok(Items::Listed(items.into_iter())),
                Err(fault) => Err(self.place(tree, tree.span(over), fault)),
            },
        }
    }

    /// Binds the loop variable, or several to the parts of an element.
    fn bind_item(&mut self, tree: &Rc<Tree>, over: ExprId, variables: &[Symbol], item: Value) -> Result<(), Stop> {
        if let [one] = variables {
            let item = self.local_value(tree, *one, item, true);
            let item = item.map_err(|fault| self.place(tree, tree.span(over), fault))?;
            self.locals.push((*one, item));
            return Ok(());
        }
        let parts = functions::elements(self, &item).map_err(|fault| self.place(tree, tree.span(over), fault))?;
        if parts.len() != variables.len() {
            let message = format!("{} names for {} parts of an element", variables.len(), parts.len());
            return Err(self.error(tree, over, message));
        }
        for (&name, part) in variables.iter().zip(parts) {
            let part = self.local_value(tree, name, part, true);
            self.locals.push((name, part.map_err(|fault| self.place(tree, tree.span(over), fault))?));
        }
        Ok(())
    }

    pub(super) fn comprehension(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        body: ExprId,
        variables: &[Symbol],
        over: ExprId,
        condition: Option<ExprId>,
    ) -> Evaluated {
        let items = self.eval(tree, over)?;
        if condition.is_none() {
            let mut each = |evaluator: &mut Self, item: Value| {
                let mut trace = Trace::begin(evaluator);
                trace.bind_item(tree, over, variables, item)?;
                let result = trace.eval(tree, body)?;
                trace.keep();
                Ok(result)
            };
            if let Some(found) = self.many(tree, id, &items, &mut each)? {
                return Ok(found);
            }
        }
        let mut results = Vec::new();
        let mut items = self.items_of(tree, over, items)?;
        while let Some(item) = self.next_item(tree, over, &mut items)? {
            self.check_interrupt()?;
            self.count_turn(tree, id)?;
            // an assignment in the body ends with its element, as it does where all are computed at once
            let mut trace = Trace::begin(self);
            results.extend(trace.comprehension_item(tree, body, variables, over, condition, item)?);
            trace.keep();
        }
        let stacked = self.numbers.stack(results);
        self.placed(tree, id, stacked)
    }

    fn comprehension_item(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        variables: &[Symbol],
        over: ExprId,
        condition: Option<ExprId>,
        item: Value,
    ) -> Result<Option<Value>, Stop> {
        self.bind_item(tree, over, variables, item)?;
        if let Some(condition) = condition {
            let holds = self.eval(tree, condition)?;
            if !self.truth(tree, condition, &holds)? {
                return Ok(None);
            }
        }
        self.eval(tree, body).map(Some)
    }

    pub(super) fn where_expr(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        bindings: &[(Symbol, Span, ExprId)],
    ) -> Evaluated {
        let scope = self.locals.len();
        let mut result = Ok(());
        for (name, _, id) in bindings {
            let value = self.eval(tree, *id).and_then(|value| {
                let value = self.local_value(tree, *name, value, is_alias(tree, *id));
                self.placed(tree, *id, value)
            });
            match value {
                Ok(value) => self.locals.push((*name, value)),
                Err(stop) => {
                    result = Err(stop);
                    break;
                }
            }
        }
        let result = match result {
            Ok(()) => self.eval(tree, body),
            Err(stop) => Err(stop),
        };
        self.locals.truncate(scope);
        result
    }

    /// `a[i] = v`: a new tensor under the same name, so that both old and new can be differentiated.
    fn assign_element(
        &mut self,
        tree: &Rc<Tree>,
        name: Symbol,
        span: Span,
        subscripts: &[Subscript],
        value: ExprId,
    ) -> Evaluated {
        let Some(before) = self.lookup(name).cloned() else {
            return Err(self.unknown(tree, span, name, "name"));
        };
        let value_id = value;
        let value = self.eval(tree, value)?;
        let after = self.with_element(tree, value_id, &before, subscripts, &value)?;
        self.assign_inside(name, after, false).map_err(|fault| self.place(tree, span, fault))?;
        Ok(value)
    }
}
