//! A session: one statement after the other, each a transaction on one tape.
//!
//! A statement that fails leaves every variable as it was. What a statement gave is an [`Outcome`]; how it looks is
//! the business of `report`.

mod listing;
mod outcome;
mod prepared;
mod transaction;

use std::rc::Rc;

pub use outcome::{
    Data, Gradient, Outcome, Partial, Reply, Table, TapeLine, Timing, Variable, partial_label, push_partial_label,
};

pub use prepared::Prepared;

use transaction::Effects;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::eval::{ANSWERS, AtColumns, AtResults, Binding, Evaluator, Globals, Part, PartialValue, Role, Shown, Stop};
use crate::functions::{self, Run, Special};
use crate::program::{self, LAZY};
use crate::source::{Source, Span};
use crate::syntax::name::Symbol;
use crate::syntax::tree::{At, Expr, ExprId, Lambda, Statement, Stmt, StmtKind, Tree};
use crate::syntax::{habits, print_explicit, print_expr, print_lambda};
use crate::tensor;
use crate::value::{Fault, Function, Numbers, Operator, UserFunction, Value};

/// What a name stands for, for completion and highlighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    Variable,
    UserFunction,
    Constant,
    Function,
}

/// Variables, functions and the tape they live on.
pub struct Session {
    globals: Globals,
    numbers: Numbers,
    /// Length of the tape at which it is next searched for what nobody can reach.
    collect_at: usize,
}

/// The tape is searched first when it has this many nodes.
const COLLECT_FROM: usize = 1 << 14;

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    pub fn new() -> Session {
        Session { globals: Globals::default(), numbers: numbers(), collect_at: COLLECT_FROM }
    }

    /// Runs one statement whole, or not at all.
    pub fn run(&mut self, statement: &Statement) -> Result<Reply, Diagnostic> {
        self.run_printing(statement, &mut |_| ())
    }

    /// The same; `print` is given the values of each `print(…)` as it comes.
    pub fn run_printing(&mut self, statement: &Statement, print: &mut dyn FnMut(&[Data])) -> Result<Reply, Diagnostic> {
        let mut printer = |numbers: &Numbers, values: &[Value]| {
            print(&values.iter().map(|value| data(numbers, value)).collect::<Vec<Data>>());
        };
        let (outcome, notes, resolved) = self.transaction(Effects::Kept, Some(&mut printer), |evaluator| {
            let resolved = evaluator.resolve(statement)?;
            let read = resolved.as_ref().unwrap_or(statement);
            let outcome = top_level(evaluator, &read.tree, &read.stmt)?;
            evaluator.note_constants(&read.tree, &read.stmt);
            evaluator.note_digits(&read.tree, read.stmt.span);
            Ok((outcome, std::mem::take(&mut evaluator.notes), resolved))
        })?;
        let statement = resolved.as_ref().unwrap_or(statement);
        let reading = if statement.ambiguous { self.reading(statement) } else { None };
        self.collect();
        Ok(Reply { outcome, silent: statement.stmt.silent, reading, notes })
    }

    /// How the statement was read, where that differs from how it was typed.
    fn reading(&self, statement: &Statement) -> Option<String> {
        let body = match &statement.stmt.kind {
            StmtKind::Expr(id) | StmtKind::At { body: id, .. } | StmtKind::AssignAt { body: id, .. } => *id,
            StmtKind::Unpack { value: id, .. } | StmtKind::Assign { value: id, .. } => *id,
            StmtKind::Define { lambda, .. } => lambda.body,
            _ => return None,
        };
        let is_function = |name: Symbol| self.globals.value(name).is_some_and(Value::is_function);
        let explicit = print_explicit(&statement.tree, body, &is_function);
        (explicit != print_expr(&statement.tree, body)).then_some(explicit)
    }

    /// Drops what no variable can reach, when there is enough of it.
    fn collect(&mut self) {
        if self.numbers.tape.len() < self.collect_at {
            return;
        }
        let moved = self.numbers.tape.compact(self.globals.roots());
        self.globals.relocate(&moved);
        self.numbers.made_integer = self.numbers.made_integer.iter().filter_map(|id| moved.get(*id)).collect();
        self.collect_at = (2 * self.numbers.tape.len()).max(COLLECT_FROM);
    }

    /// Every name that somebody may want to type, the user's own first.
    pub fn names(&self) -> Vec<(String, NameKind)> {
        let own = self.globals.names().map(|(name, binding)| (name.to_string(), kind_of(&binding.value, true)));
        let builtin = functions::names()
            .filter(|(name, _)| !crate::ops::is_auxiliary(name))
            .map(|(name, _)| (name.to_string(), NameKind::Function));
        let constants = functions::CONSTANTS.iter().map(|(name, ..)| (name.to_string(), NameKind::Constant));
        own.chain(builtin).chain(constants).collect()
    }

    pub fn kind_of(&self, name: &str) -> Option<NameKind> {
        let symbol = Symbol::new(name);
        match self.globals.get(symbol) {
            Some(binding) => Some(kind_of(&binding.value, true)),
            None => self.globals.builtin(symbol).map(|value| kind_of(value, false)),
        }
    }

    /// A diagnostic about the statement at byte `start` of a source, with the line to type if it is foreign.
    pub fn explain(&self, diagnostic: Diagnostic, source: &Rc<Source>, start: usize) -> Diagnostic {
        habits::explain(diagnostic, source, start, &|name| match self.kind_of(name)? {
            NameKind::Variable | NameKind::Constant => Some(habits::Known::Value),
            NameKind::UserFunction | NameKind::Function => Some(habits::Known::Function),
        })
    }

    /// The user's variables and functions, oldest first.
    pub fn variables(&self) -> Vec<Variable> {
        self.globals
            .names()
            .filter(|(name, _)| !ANSWERS.contains(&&*name.text()))
            .map(|(name, binding)| Variable {
                name: name.to_string(),
                value: data(&self.numbers, &binding.value),
                role: self.role(binding),
            })
            .collect()
    }

    fn role(&self, binding: &Binding) -> &'static str {
        match (binding.role, &binding.value) {
            (Role::Const, _) => "constant",
            (Role::Unwatched, _) => "not watched",
            (_, Value::Function(_)) => "function",
            (_, Value::Var(id)) if self.numbers.tape.operands(*id).next().is_none() => "watched",
            (_, Value::Var(_)) => "recorded",
            _ => "not differentiable",
        }
    }

    /// Forgets one name, or everything. A built-in meaning comes back.
    pub fn reset(&mut self, name: Option<&str>) -> Result<(), Diagnostic> {
        let Some(name) = name else {
            self.globals.forget_all();
            self.numbers = numbers();
            return Ok(());
        };
        let symbol = Symbol::new(name);
        if self.globals.get(symbol).is_none() {
            let own: Vec<String> = self.globals.names().map(|(name, _)| name.to_string()).collect();
            let diagnostic = Diagnostic::new(format!("there is no variable {name}"));
            return Err(match did_you_mean(name, own.iter().map(String::as_str)) {
                Some(near) => diagnostic.help(format!("did you mean {near}?")),
                None => diagnostic.help(":vars lists them"),
            });
        }
        self.globals.forget(symbol);
        Ok(())
    }

    /// Binds each top-level name of a JSON file to its value; a file that holds no object is bound to `input`.
    pub fn load(&mut self, path: &str) -> Result<(), Diagnostic> {
        let plain = |fault| match fault {
            Fault::Plain { message, help, .. } => Diagnostic { help, ..Diagnostic::new(message) },
            Fault::Placed(diagnostic) => *diagnostic,
            Fault::Tape(error) => Diagnostic::new(error.to_string()),
        };
        let fields = match functions::load(path).map_err(plain)? {
            Value::Record(fields) => fields.to_vec(),
            other => vec![("input".into(), other)],
        };
        self.transaction(Effects::Kept, None, |evaluator| {
            for (name, value) in fields {
                let assigned = evaluator.assign_global(Symbol::new(&name), value, false);
                assigned.map_err(|fault| Stop::Error(Box::new(plain(fault))))?;
            }
            Ok(())
        })
    }

    /// Somebody reads what comes back: notes may teach the notation.
    pub fn set_prompt(&mut self) {
        self.globals.set_prompt();
    }

    /// Threads for big work, in this process; without it one for each processor.
    pub fn set_threads(count: usize) {
        program::set_threads(count);
    }

    /// Limits the memory of the tape, in bytes.
    pub fn set_memory_limit(&mut self, bytes: usize) {
        self.numbers.tape.set_memory_limit(bytes);
    }
}

/// An empty tape, on which big tensors wait until they are needed.
fn numbers() -> Numbers {
    let mut numbers = Numbers::default();
    numbers.tape.set_lazy(&LAZY);
    numbers
}

fn kind_of(value: &Value, own: bool) -> NameKind {
    match (value, own) {
        (Value::Function(_), true) => NameKind::UserFunction,
        (Value::Function(_), false) => NameKind::Function,
        (_, true) => NameKind::Variable,
        (_, false) => NameKind::Constant,
    }
}

fn to_diagnostic(stop: Stop) -> Diagnostic {
    match stop {
        Stop::Error(diagnostic)
        | Stop::Break(diagnostic)
        | Stop::Continue(diagnostic)
        | Stop::Return(_, diagnostic) => *diagnostic,
    }
}

/// A statement outside of any block.
fn top_level(evaluator: &mut Evaluator, tree: &Rc<Tree>, stmt: &Stmt) -> Result<Outcome, Stop> {
    record_answer(evaluator, tree);
    evaluator.keeps_names = match &stmt.kind {
        StmtKind::For { .. } | StmtKind::While { .. } => true,
        StmtKind::Expr(id) => matches!(tree.expr(*id), Expr::If { .. }),
        _ => false,
    };
    match &stmt.kind {
        StmtKind::Expr(id) => expression(evaluator, tree, *id),
        StmtKind::Assign { name, name_span, value } => {
            let result = evaluator.eval(tree, *value)?;
            let result = evaluator.settled(tree, *value, result);
            note_unfinite(evaluator, tree, *value, &result);
            if let Value::Nothing(why) = &result {
                let message = format!("there is nothing to assign: {why}");
                let diagnostic = Diagnostic::new(message).at(&tree.source, tree.span(*value));
                return Err(Stop::Error(Box::new(diagnostic)));
            }
            let is_alias = matches!(tree.expr(*value), Expr::Name(_));
            let shown = data(evaluator.numbers, &result);
            let assigned = evaluator.assign_global(*name, named(result, *name), is_alias);
            assigned.map_err(|fault| evaluator.fault_at(tree, *name_span, fault))?;
            Ok(Outcome::Assigned { name: name.to_string(), value: shown })
        }
        StmtKind::Unpack { names, value } => unpacked(evaluator, tree, names, *value),
        StmtKind::AssignAt { name, name_span, body, at } => {
            assigned_at(evaluator, tree, (*name, *name_span), *body, at)
        }
        StmtKind::Define { name, name_span, lambda, at } => {
            let function =
                UserFunction { name: Some(*name), tree: tree.clone(), lambda: lambda.clone(), captured: Rc::default() };
            let function = Value::function(Function::User(function));
            let assigned = evaluator.assign_global(*name, function, false);
            assigned.map_err(|fault| evaluator.fault_at(tree, *name_span, fault))?;
            match at {
                None => {
                    let definition = definition(tree, *name, lambda);
                    Ok(Outcome::Defined { name: name.to_string(), definition })
                }
                Some(at) => defined_at(evaluator, tree, *name, *name_span, lambda, at),
            }
        }
        StmtKind::At { body, at } => {
            let results = evaluator.at(tree, *body, at)?;
            let (name, expression) = at_label(evaluator, tree, *body);
            Ok(at_outcome(evaluator.numbers, name, Some(expression), results))
        }
        StmtKind::Const { name, name_span, value } => {
            let result = evaluator.eval(tree, *value)?;
            let result = evaluator.settled(tree, *value, result);
            note_unfinite(evaluator, tree, *value, &result);
            let constant = evaluator.numbers.constant(&result);
            let shown = data(evaluator.numbers, &constant);
            evaluator
                .assign_global(*name, constant.clone(), false)
                .map_err(|fault| evaluator.fault_at(tree, *name_span, fault))?;
            evaluator.bind_global(*name, constant, Role::Const);
            Ok(Outcome::Assigned { name: name.to_string(), value: shown })
        }
        StmtKind::Watch(names) => {
            for (name, span) in names {
                evaluator.watch(tree, *name, *span)?;
            }
            Ok(Outcome::Nothing)
        }
        StmtKind::Unwatch(names) => {
            for (name, span) in names {
                evaluator.unwatch(tree, *name, *span)?;
            }
            Ok(Outcome::Nothing)
        }
        _ => {
            evaluator.statement(tree, stmt)?;
            evaluator.settle_statement(tree, stmt);
            evaluator.note_suspect_of_names();
            Ok(Outcome::Nothing)
        }
    }
}

/// `a, b = e`
fn unpacked(
    evaluator: &mut Evaluator,
    tree: &Rc<Tree>,
    names: &[(Symbol, Span)],
    value: ExprId,
) -> Result<Outcome, Stop> {
    let mut shown = Vec::with_capacity(names.len());
    for Part { name, span, value, is_alias, from } in evaluator.parts(tree, names, value)? {
        let value = evaluator.settled(tree, from, value);
        evaluator.note_bad_value(tree, from, &value);
        if let Value::Nothing(why) = &value {
            let message = format!("there is nothing to assign to {name}: {why}");
            return Err(Stop::Error(Box::new(Diagnostic::new(message).at(&tree.source, span))));
        }
        shown.push((name.to_string(), data(evaluator.numbers, &value)));
        let assigned = evaluator.assign_global(name, named(value, name), is_alias);
        assigned.map_err(|fault| evaluator.fault_at(tree, span, fault))?;
    }
    Ok(Outcome::Unpacked(shown))
}

/// `E = e at x = 2`: printed under that name, which then stands for the value.
fn assigned_at(
    evaluator: &mut Evaluator,
    tree: &Rc<Tree>,
    (name, name_span): (Symbol, Span),
    body: ExprId,
    at: &At,
) -> Result<Outcome, Stop> {
    if let Some(point) = at.points.iter().find(|point| point.many) {
        let message = format!("{name} cannot be all the values of a table");
        let help = format!("leave out {name} = for the table, or write {} = 2 for one value", point.name);
        return Err(Stop::Error(Box::new(Diagnostic::new(message).at(&tree.source, point.span).help(help))));
    }
    let results = evaluator.at(tree, body, at)?;
    let AtResults::One(result) = &results else { return Ok(Outcome::Nothing) };
    if let Value::Nothing(why) = &result.value {
        let message = format!("there is nothing to assign: {why}");
        return Err(Stop::Error(Box::new(Diagnostic::new(message).at(&tree.source, tree.span(body)))));
    }
    let assigned = evaluator.assign_global(name, named(result.value.clone(), name), false);
    assigned.map_err(|fault| evaluator.fault_at(tree, name_span, fault))?;
    let (_, expression) = at_label(evaluator, tree, body);
    Ok(at_outcome(evaluator.numbers, name.to_string(), Some(expression), results))
}

/// A function that is assigned to a name takes it, if it has none.
fn named(value: Value, name: Symbol) -> Value {
    match &value {
        Value::Function(function) => match &**function {
            Function::User(user @ UserFunction { name: None, .. }) => {
                Value::function(Function::User(UserFunction { name: Some(name), ..user.clone() }))
            }
            _ => value,
        },
        _ => value,
    }
}

/// A derivative that is a function like others.
fn without_formula(shown: Data, reason: &str) -> Data {
    match shown {
        Data::Function(text) => Data::Function(format!("{text} (no formula: {reason})")),
        other => other,
    }
}

/// A note about a value that is NaN or infinite, or became so by a derivative.
fn note_unfinite(evaluator: &mut Evaluator, tree: &Rc<Tree>, id: ExprId, value: &Value) {
    if evaluator.notes.is_empty() && !evaluator.note_suspect(value) {
        evaluator.note_suspect_inside(tree, id, value);
    }
    if evaluator.notes.is_empty() {
        evaluator.note_bad_value(tree, id, value);
    }
}

fn expression(evaluator: &mut Evaluator, tree: &Rc<Tree>, id: ExprId) -> Result<Outcome, Stop> {
    if let Some(formula) = evaluator.expression_formula(tree, id)? {
        return Ok(Outcome::Value(Data::formula(formula)));
    }
    let operator = differential_call(evaluator, tree, id);
    // nobody can name the result but as `ans`, which records it when it is asked for
    evaluator.outermost = Some(id);
    let value = evaluator.eval(tree, id)?;
    evaluator.outermost = None;
    let value = evaluator.settled(tree, id, value);
    note_unfinite(evaluator, tree, id, &value);
    let is_silent = |why: &str| why == functions::PRINTED || matches!(tree.expr(id), Expr::If { .. } | Expr::Block(_));
    if matches!(&value, Value::Nothing(why) if is_silent(why)) {
        return Ok(Outcome::Nothing);
    }
    let shown = match evaluator.function_formula(&value)? {
        Some(Ok(formula)) => Data::formula(formula),
        Some(Err(reason)) => without_formula(data(evaluator.numbers, &value), &reason),
        None => data(evaluator.numbers, &value),
    };
    let is_plain = !tree.exprs.iter().any(|expr| matches!(expr, Expr::Block(_)));
    let is_derivative = operator.is_some() || matches!(tree.expr(id), Expr::Call(..));
    let is_repeatable = is_derivative && is_plain && evaluator.drew_nothing();
    let answer = evaluator.globals.get(Symbol::new(ANSWERS[0])).map(|binding| binding.value.clone());
    let unrecorded = is_repeatable.then(|| Shown { tree: tree.clone(), expression: id, answer });
    evaluator.globals.set_shown(unrecorded);
    set_answer(evaluator, &value);
    match (operator, shown) {
        (Some((special, target)), Data::Record(fields)) => {
            let partials: Vec<Partial> = fields
                .into_iter()
                .map(|(label, value)| Partial { by: label.split(',').map(str::to_string).collect(), value })
                .collect();
            let gradient = Gradient { name: target, ..Gradient::default() };
            Ok(Outcome::Gradient(match special {
                Special::Hessian => Gradient { higher: partials, ..gradient },
                _ => Gradient { partials, ..gradient },
            }))
        }
        (_, shown) => Ok(Outcome::Value(shown)),
    }
}

/// Binds the last result to its names.
fn set_answer(evaluator: &mut Evaluator, value: &Value) {
    for name in ANSWERS.map(Symbol::new) {
        evaluator.bind_unlisted(name, value.clone());
    }
}

/// Records the last result, which was only shown, for a statement that uses it: `grad(ans, x)` after `grad(y, x)`.
fn record_answer(evaluator: &mut Evaluator, tree: &Tree) {
    let Some(Shown { tree: shown, expression, answer }) = evaluator.globals.shown() else { return };
    let answers = ANSWERS.map(Symbol::new);
    let is_used = tree.exprs.iter().any(|expr| matches!(expr, Expr::Name(name) if answers.contains(name)));
    if !is_used {
        return;
    }
    let notes = evaluator.notes.len();
    if let Some(answer) = answer {
        set_answer(evaluator, &answer);
    }
    if let Ok(value) = evaluator.eval(&shown, expression) {
        set_answer(evaluator, &value);
    }
    evaluator.notes.truncate(notes);
}

/// `grad(y, …)`, `jacobian(y, …)`, `hessian(y, …)` as a whole statement: what of, and the text of `y`.
fn differential_call(evaluator: &Evaluator, tree: &Tree, id: ExprId) -> Option<(Special, String)> {
    let Expr::Call(callee, args) = tree.expr(id) else { return None };
    let Expr::Name(name) = tree.expr(*callee) else { return None };
    let Some(Value::Function(function)) = evaluator.globals.value(*name) else { return None };
    let Function::Builtin(number) = &**function else { return None };
    let (Run::Special(special), [target, ..]) = (&functions::builtin(*number).run, &args[..]) else { return None };
    let text = print_expr(tree, target.value);
    matches!(special, Special::Grad | Special::Jacobian | Special::Hessian | Special::BatchJacobian)
        .then_some((*special, text))
}

fn definition(tree: &Tree, name: Symbol, lambda: &Lambda) -> String {
    let params: Vec<String> = lambda
        .params
        .iter()
        .map(|param| match param.default {
            Some(default) => format!("{} = {}", param.name, print_expr(tree, default)),
            None => param.name.to_string(),
        })
        .collect();
    format!("{name}({}) = {}", params.join(", "), print_expr(tree, lambda.body))
}

/// `f(x) = … at x = 2`: the function is called by its name, as if it had been typed.
fn defined_at(
    evaluator: &mut Evaluator,
    tree: &Rc<Tree>,
    name: Symbol,
    span: crate::source::Span,
    lambda: &Lambda,
    at: &At,
) -> Result<Outcome, Stop> {
    let mut named = tree.copied();
    let body = named.push(Expr::Name(name), span);
    let results = evaluator.at(&Rc::new(named), body, at)?;
    let expression = print_expr(tree, lambda.body);
    Ok(at_outcome(evaluator.numbers, name.to_string(), Some(expression), results))
}

/// The name of what is evaluated at a point, and its expression.
fn at_label(evaluator: &Evaluator, tree: &Tree, body: ExprId) -> (String, String) {
    let text = print_expr(tree, body);
    if let Expr::Name(name) = tree.expr(body)
        && let Some(Value::Function(function)) = evaluator.globals.value(*name)
        && let Function::User(user) = &**function
    {
        return (text, print_expr(&user.tree, user.lambda.body));
    }
    (text.clone(), text)
}

fn at_outcome(numbers: &Numbers, name: String, expression: Option<String>, results: AtResults) -> Outcome {
    let partial = |partial: PartialValue| Partial {
        by: partial.by.iter().map(Symbol::to_string).collect(),
        value: data(numbers, &partial.value).without_signed_zero(),
    };
    let results = match results {
        AtResults::One(result) => {
            return Outcome::Gradient(Gradient {
                name,
                expression,
                at: result.point.iter().map(|(name, value)| (name.to_string(), data(numbers, value))).collect(),
                value: Some(data(numbers, &result.value)),
                partials: result.partials.into_iter().map(partial).collect(),
                higher: result.higher.into_iter().map(partial).collect(),
            });
        }
        AtResults::Many(results) => results,
        AtResults::Columns(columns) => return Outcome::Table(table_of_columns(&name, columns)),
    };
    let mut table = Table::default();
    for (i, result) in results.into_iter().enumerate() {
        let derivatives: Vec<Partial> = result.partials.into_iter().chain(result.higher).map(partial).collect();
        if i == 0 {
            table.columns.extend(result.point.iter().map(|(name, _)| name.to_string()));
            table.columns.push(name.clone());
            table.columns.extend(derivatives.iter().map(|partial| outcome::partial_label(&name, &partial.by)));
        }
        let mut row: Vec<Data> = result.point.iter().map(|(_, value)| data(numbers, value)).collect();
        row.push(data(numbers, &result.value));
        row.extend(derivatives.into_iter().map(|partial| partial.value));
        table.rows.push(row);
    }
    Outcome::Table(table)
}

fn table_of_columns(name: &str, columns: AtColumns) -> Table {
    let label = |by: &[Symbol]| outcome::partial_label(name, &by.iter().map(Symbol::to_string).collect::<Vec<_>>());
    let mut headings: Vec<String> = columns.point.iter().map(|(name, _)| name.to_string()).collect();
    headings.push(name.to_string());
    headings.extend(columns.partials.iter().map(|(by, _)| label(by)));
    let point = columns.point.iter().map(|(_, column)| column);
    let all: Vec<&Vec<f64>> =
        point.chain([&columns.value]).chain(columns.partials.iter().map(|(_, column)| column)).collect();
    // the derivatives stand last; their zeros have no sign
    let plain = all.len() - columns.partials.len();
    let cell = |(i, column): (usize, &&Vec<f64>), at: usize| {
        Data::Number(if i < plain { column[at] } else { column[at] + 0.0 })
    };
    let row = |at: usize| all.iter().enumerate().map(|column| cell(column, at)).collect();
    Table { columns: headings, rows: (0..columns.value.len()).map(row).collect() }
}

/// A value as plain data.
fn data(numbers: &Numbers, value: &Value) -> Data {
    match value {
        Value::Real(x) => Data::Number(*x),
        Value::Int(i) => Data::Int(*i),
        Value::Bool(flag) => Data::Bool(*flag),
        Value::Var(_) => data(numbers, &numbers.constant(value)),
        Value::Tensor(tensor) => Data::Tensor(tensor::Tensor::clone(tensor)),
        Value::Text(text) => Data::Text(text.clone()),
        Value::Range(start, end) => Data::Range(*start, *end),
        Value::List(items) => Data::List(items.iter().map(|item| data(numbers, item)).collect()),
        Value::Record(fields) => {
            Data::Record(fields.iter().map(|(name, field)| (name.to_string(), data(numbers, field))).collect())
        }
        Value::Function(function) => Data::Function(function_text(function)),
        Value::Nothing(why) => Data::None(why.clone()),
    }
}

/// A function as it would be typed.
fn function_text(function: &Function) -> String {
    match function {
        Function::User(user) => match user.name {
            Some(name) => definition(&user.tree, name, &user.lambda),
            None => print_lambda(&user.tree, &user.lambda),
        },
        Function::Row(row) => row.name.to_string(),
        Function::Builtin(number) => functions::builtin(*number).name.to_string(),
        Function::Derived(derived) => {
            let of = match &derived.of {
                Value::List(functions) => functions.first().unwrap_or(&derived.of),
                of => of,
            };
            let of = match of {
                Value::Function(function) => match &**function {
                    Function::User(UserFunction { name: Some(name), .. }) => name.to_string(),
                    other => function_text(other),
                },
                _ => String::new(),
            };
            match &derived.operator {
                Operator::Derivative(order) if of.contains(' ') => format!("({of}){}", "'".repeat(*order as usize)),
                Operator::Derivative(order) => format!("{of}{}", "'".repeat(*order as usize)),
                Operator::Partial(by) => {
                    let by: Vec<String> = by.iter().map(Symbol::to_string).collect();
                    outcome::partial_label(&of, &by)
                }
                Operator::Gradient => format!("grad({of})"),
                Operator::Jacobian => format!("jacobian({of})"),
                Operator::Hessian => format!("hessian({of})"),
                Operator::Divergence => format!("divergence({of})"),
                Operator::Curl => format!("curl({of})"),
                Operator::Laplacian => format!("laplacian({of})"),
                Operator::ValueAndGradient => format!("value_and_grad({of})"),
                Operator::Checkpoint => format!("checkpoint({of})"),
                Operator::Custom => format!("custom_gradient({of})"),
            }
        }
    }
}
