//! Derivatives as formulas: `f'` typed alone, `d/dx e`, `f'(x)`, `grad(f)(x, y)` with names that have no value.

use std::rc::Rc;

use super::sources::special_called;
use super::symbols::Obstacle;
use super::trace::Trace;
use super::{Evaluator, Role, Stop};
use crate::functions::Special;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{Arg, Expr, ExprId, Stmt, StmtKind, Tree};
use crate::tape::NodeId;
use crate::value::{Derived, Function, Operator, UserFunction, Value};

impl Evaluator<'_> {
    /// `f'(x) = 2x + 2` for a derived function, or why there is no formula; `None` for other values.
    pub fn function_formula(&mut self, value: &Value) -> Result<Option<Result<String, String>>, Stop> {
        let Value::Function(function) = value else { return Ok(None) };
        let Function::Derived(Derived { operator, of }) = &**function else { return Ok(None) };
        let is_written = matches!(
            operator,
            Operator::Derivative(_)
                | Operator::Partial(_)
                | Operator::Gradient
                | Operator::Jacobian
                | Operator::Hessian
        );
        let (Some(name), Some(params), true) = (plain_name(of), self.params(of), is_written) else { return Ok(None) };
        let params: Vec<Symbol> = params.into_iter().filter(|(_, needed)| *needed).map(|(name, _)| name).collect();
        let result = self.with_symbols(&params, |evaluator| evaluator.derived_formula(operator, of, &name, &params));
        match result {
            Ok(text) => Ok(Some(Ok(text))),
            Err(Obstacle::Reason(reason)) => Ok(Some(Err(reason))),
            Err(Obstacle::Stop(_)) if crate::interrupt::is_requested() => self.check_interrupt().map(|()| None),
            Err(Obstacle::Stop(stop)) => Ok(Some(Err(told(stop)))),
        }
    }

    fn derived_formula(
        &mut self,
        operator: &Operator,
        of: &Value,
        name: &str,
        params: &[Symbol],
    ) -> Result<String, Obstacle> {
        let sources = self.samples(params);
        let args = sources.iter().map(|&id| Value::Var(id)).collect();
        let target = match self.call_value(of, args, Vec::new()) {
            Ok(target) => target,
            Err(fault) => {
                let stop = super::calls::stop_of(fault);
                return Err(self.obstacle(stop));
            }
        };
        let by = |index: usize| params[index].to_string();
        let mut lines = Vec::new();
        match operator {
            &Operator::Derivative(order) => {
                let Some(&source) = sources.first() else { return Err(Obstacle::Reason("it has no variable".into())) };
                let value = self.derived_times(&target, &vec![source; order as usize])?;
                let left = format!("{name}{}({})", "'".repeat(order as usize), by(0));
                lines.push(format!("{left} = {}", self.written(&value)?));
            }
            Operator::Partial(by) => {
                let places = by.iter().map(|by| params.iter().position(|own| own == by));
                let Some(places) = places.collect::<Option<Vec<usize>>>() else {
                    return Err(Obstacle::Reason("it has no such variable".into()));
                };
                let by: Vec<NodeId> = places.iter().map(|&at| sources[at]).collect();
                let labels: Vec<String> = places.iter().map(|&at| params[at].to_string()).collect();
                let value = self.derived_times(&target, &by)?;
                lines.push(format!("{} = {}", partial_label(name, &labels), self.written(&value)?));
            }
            Operator::Hessian => {
                for (i, &first) in sources.iter().enumerate() {
                    for (j, &second) in sources.iter().enumerate().skip(i) {
                        let value = self.derived_times(&target, &[first, second])?;
                        let label = partial_label(name, &[by(i), by(j)]);
                        lines.push(format!("{label} = {}", self.written(&value)?));
                    }
                }
            }
            _ => {
                for (i, &source) in sources.iter().enumerate() {
                    let value = self.derived_times(&target, &[source])?;
                    lines.push(format!("∂{name}/∂{} = {}", by(i), self.written(&value)?));
                }
            }
        }
        Ok(lines.join("\n"))
    }

    /// The derivative by one source after the other, element by element.
    fn derived_times(&mut self, target: &Value, sources: &[NodeId]) -> Result<Value, Obstacle> {
        let mut value = target.clone();
        for &source in sources {
            value = self.derived_once(&value, source)?;
        }
        Ok(value)
    }

    fn derived_once(&mut self, target: &Value, source: NodeId) -> Result<Value, Obstacle> {
        let unfit = || Obstacle::Reason("its value is no number".to_string());
        let shape = self.numbers.shape(target).map_err(|_| unfit())?;
        let found = match *target {
            Value::Var(node) => self.by_elements(node, source, true),
            _ => Ok(None),
        };
        let found = found.map_err(|fault| Obstacle::Stop(super::calls::stop_of(fault)))?;
        Ok(found.unwrap_or_else(|| self.zeros(shape.dims().to_vec())))
    }

    /// The formula of an expression with a derivative in it, typed alone, where names in it have no value yet.
    pub fn expression_formula(&mut self, tree: &Rc<Tree>, id: ExprId) -> Result<Option<String>, Stop> {
        if let Some(lines) = self.gradient_formula(tree, id)? {
            return Ok(Some(lines));
        }
        let has_value = |name: &Symbol| self.lookup(*name).is_some_and(|value| !value.is_function());
        let by = self.formula_names(tree);
        let free = plain_names(tree, id);
        // of `d/dx e` the x has no value, of `f'(x)` any name
        let is_open = match by.is_empty() {
            true => self.has_derivative(tree) && free.iter().any(|name| self.lookup(*name).is_none()),
            false => !by.iter().all(has_value),
        };
        if !is_open {
            return Ok(None);
        }
        let mut names: Vec<Symbol> = Vec::new();
        for &name in by.iter().chain(&free) {
            let is_open = !has_value(&name) && (by.contains(&name) || self.lookup(name).is_none());
            if is_open && !names.contains(&name) {
                names.push(name);
            }
        }
        self.check_calls(tree, id, &by)?;
        let result = self.with_open_names(&names, |evaluator, _| match evaluator.eval(tree, id) {
            // what is no number is shown as it is without a formula
            Ok(value) if evaluator.numbers.dtype(&value).is_none() => Ok(None),
            Ok(value) => {
                let written = evaluator.written(&value)?.to_string();
                // `d/dx(sin(x))(0)` is a number
                let number = match has_point(tree) && !mentions(&written, &names) {
                    true => evaluator.numbers.scalar(&value),
                    false => None,
                };
                Ok(Some(number.map_or(written, |number| number.to_string())))
            }
            Err(stop) => Err(evaluator.obstacle(stop)),
        });
        self.explained(tree, id, names[0], result)
    }
}

impl Evaluator<'_> {
    /// Names by which something in the tree differentiates an expression, named or as the only variable there is.
    fn formula_names(&self, tree: &Tree) -> Vec<Symbol> {
        let only = |body: ExprId| {
            let open = self.free_variables(tree, body);
            if open.len() == 1 && self.lookup(open[0]).is_none() { open } else { Vec::new() }
        };
        let names = tree.exprs.iter().flat_map(|expr| match expr {
            Expr::Derivative { names, body } if !self.denotes_function(tree, *body) => {
                names.iter().map(|(name, _)| *name).collect()
            }
            Expr::Prime(base, _) if self.is_primed_expression(tree, *base) => only(*base),
            Expr::Call(callee, args) => match (special_called(tree, *callee), &args[..]) {
                (Some(Special::Diff | Special::Derivative), [body, by @ ..]) => {
                    match (self.denotes_function(tree, body.value), by) {
                        (true, _) => Vec::new(),
                        (false, []) => only(body.value),
                        (false, by) => by.iter().filter_map(|arg| name_of(tree, arg.value)).collect(),
                    }
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        });
        names.collect()
    }

    /// `gradient(x^2 y)` where x and y have no values: the partial derivatives, one a line.
    fn gradient_formula(&mut self, tree: &Rc<Tree>, id: ExprId) -> Result<Option<String>, Stop> {
        let Expr::Call(callee, args) = tree.expr(id) else { return Ok(None) };
        let (Some(Special::Grad), [Arg { name: None, value: body }]) = (special_called(tree, *callee), &args[..])
        else {
            return Ok(None);
        };
        if self.denotes_function(tree, *body) || name_of(tree, *body).is_some() {
            return Ok(None);
        }
        let names = self.free_variables(tree, *body);
        if names.is_empty() || names.iter().any(|name| self.lookup(*name).is_some()) {
            return Ok(None);
        }
        let text = print_expr(tree, *body);
        let result = self.with_open_names(&names, |evaluator, sources| {
            let target = evaluator.eval(tree, *body).map_err(|stop| evaluator.obstacle(stop))?;
            let mut lines = Vec::with_capacity(names.len());
            for (name, &source) in names.iter().zip(sources) {
                let value = evaluator.derived_times(&target, &[source])?;
                lines.push(format!("∂({text})/∂{name} = {}", evaluator.written(&value)?));
            }
            Ok(Some(lines.join("\n")))
        });
        self.explained(tree, id, names[0], result)
    }

    /// Evaluates with these names standing for themselves.
    fn with_open_names<T>(&mut self, names: &[Symbol], work: impl FnOnce(&mut Self, &[NodeId]) -> T) -> T {
        self.with_symbols(names, |evaluator| {
            let sources = evaluator.samples(names);
            let mut trace = Trace::begin(evaluator);
            for (name, source) in names.iter().zip(&sources) {
                trace.shadow_global(*name, Value::Var(*source), Role::Plain);
            }
            let before = std::mem::replace(&mut trace.open_names, names.to_vec());
            let result = work(&mut trace, &sources);
            trace.open_names = before;
            result
        })
    }

    fn explained<T>(&self, tree: &Rc<Tree>, id: ExprId, name: Symbol, result: Result<T, Obstacle>) -> Result<T, Stop> {
        result.map_err(|obstacle| match obstacle {
            Obstacle::Stop(stop) => stop,
            Obstacle::Reason(reason) => {
                let message = format!("this has no formula: {reason}");
                let help = format!("at a point it has a value: give {name} one, {name} = 2");
                self.error_with_help(tree, tree.span(id), message, help)
            }
        })
    }

    /// Whether a derivative of a function is in an expression: `f'(x)`, `grad(f)(x, y)`.
    fn has_derivative(&self, tree: &Tree) -> bool {
        tree.exprs.iter().any(|expr| match expr {
            Expr::Prime(..) | Expr::Nabla(_) | Expr::Derivative { .. } => true,
            Expr::Call(callee, args) => match special_called(tree, *callee) {
                Some(Special::Grad | Special::Jacobian | Special::Hessian) => args.len() == 1,
                Some(_) => false,
                None => name_of(tree, *callee)
                    .and_then(|name| self.lookup(name))
                    .is_some_and(|value| matches!(value, Value::Function(function) if function.is_derivative())),
            },
            _ => false,
        })
    }
}

/// Whether something that is no name is called, a derivative at a point, or `dy/dx` may be a quotient.
fn has_point(tree: &Tree) -> bool {
    tree.exprs.iter().any(|expr| match expr {
        Expr::Call(callee, _) => name_of(tree, *callee).is_none(),
        Expr::Differential { .. } => true,
        _ => false,
    })
}

/// Whether one of these names is in a formula.
fn mentions(formula: &str, names: &[Symbol]) -> bool {
    let mut words = formula.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        names.iter().any(|name| *name.text() == *word)
    })
}

/// Names in an expression that are no functions: not called, not primed, not assigned in it.
fn plain_names(tree: &Tree, body: ExprId) -> Vec<Symbol> {
    let mut others = Vec::new();
    for expr in &tree.exprs {
        match expr {
            Expr::Call(of, _) | Expr::Prime(of, _) | Expr::Nabla(of) => others.extend(name_of(tree, *of)),
            Expr::Block(statements) => statements.iter().for_each(|statement| bound_by(statement, &mut others)),
            _ => {}
        }
    }
    free_names(tree, body).into_iter().filter(|name| !others.contains(name)).collect()
}

/// What an error said, as a reason.
fn told(stop: Stop) -> String {
    match stop {
        Stop::Error(diagnostic)
        | Stop::Break(diagnostic)
        | Stop::Continue(diagnostic)
        | Stop::Return(_, diagnostic) => diagnostic.message.clone(),
    }
}

fn name_of(tree: &Tree, id: ExprId) -> Option<Symbol> {
    match tree.expr(id) {
        Expr::Name(name) => Some(*name),
        _ => None,
    }
}

/// `∂f/∂x`, `∂²f/∂x∂y`
fn partial_label(name: &str, by: &[String]) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let order = |n: usize| -> String {
        let digits = n.to_string();
        if n > 1 { digits.bytes().map(|digit| DIGITS[(digit - b'0') as usize]).collect() } else { String::new() }
    };
    let below = by.chunk_by(|a, b| a == b).map(|run| format!("∂{}{}", run[0], order(run.len())));
    format!("∂{}{name}/{}", order(by.len()), below.collect::<String>())
}

impl Evaluator<'_> {
    /// In a formula names need no values, but what is called like a function must be one.
    fn check_calls(&self, tree: &Rc<Tree>, body: ExprId, by: &[Symbol]) -> Result<(), Stop> {
        let free = free_names(tree, body);
        for expr in &tree.exprs {
            if let Expr::Call(callee, _) = expr
                && let Expr::Name(name) = tree.expr(*callee)
                && free.contains(name)
                && !by.contains(name)
                && self.lookup(*name).is_none()
            {
                return Err(self.unknown(tree, tree.span(*callee), *name, "function"));
            }
        }
        Ok(())
    }
}

/// The name by which a function can be called in a formula.
fn plain_name(function: &Value) -> Option<String> {
    let Value::Function(function) = function else { return None };
    match &**function {
        Function::User(UserFunction { name, .. }) => {
            Some(name.map_or_else(|| "f".to_string(), |name| name.to_string()))
        }
        Function::Row(row) => Some(row.name.to_string()),
        Function::Builtin(number) => Some(crate::functions::builtin(*number).name.to_string()),
        _ => None,
    }
}

/// Names in an expression that nothing inside it binds (parameters of inner functions are left out).
pub(super) fn free_names(tree: &Tree, body: ExprId) -> Vec<Symbol> {
    let span = tree.span(body);
    let inside = |id: &usize| {
        let own = tree.spans[*id];
        span.start <= own.start && own.end <= span.end
    };
    let bound: Vec<Symbol> = (0..tree.exprs.len())
        .filter_map(|id| match &tree.exprs[id] {
            Expr::Lambda(lambda) => Some(lambda.params.iter().map(|param| param.name).collect::<Vec<_>>()),
            Expr::Comprehension { variables, .. } => Some(variables.to_vec()),
            Expr::Where { bindings, .. } => Some(bindings.iter().map(|(name, ..)| *name).collect()),
            _ => None,
        })
        .flatten()
        .collect();
    let mut names = Vec::new();
    for id in (0..tree.exprs.len()).filter(inside) {
        match &tree.exprs[id] {
            Expr::Name(name) if !bound.contains(name) && !names.contains(name) => names.push(*name),
            _ => {}
        }
    }
    names
}

fn bound_by(statement: &Stmt, bound: &mut Vec<Symbol>) {
    match &statement.kind {
        StmtKind::Assign { name, .. } | StmtKind::Const { name, .. } => bound.push(*name),
        StmtKind::Define { name, lambda, .. } => {
            bound.push(*name);
            bound.extend(lambda.params.iter().map(|param| param.name));
        }
        StmtKind::For { variables, body, .. } => {
            bound.extend(variables.iter().copied());
            body.iter().for_each(|statement| bound_by(statement, bound));
        }
        StmtKind::While { body, .. } => body.iter().for_each(|statement| bound_by(statement, bound)),
        _ => {}
    }
}
