//! Derivatives as formulas: `f'` typed alone, `d/dx e` without a point.
//!
//! The function is recorded once at some point, and the tape of its derivative is written as a formula. Where a
//! condition depended on the point, there is no one formula.

use std::collections::HashMap;
use std::rc::Rc;

use super::sources::special_called;
use super::trace::Trace;
use super::{Evaluator, Role, Stop};
use crate::functions::Special;
use crate::functions::formula::formula;
use crate::ops;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{Arg, Expr, ExprId, Tree};
use crate::tape::NodeId;
use crate::value::{Derived, Function, Operator, UserFunction, Value};

/// Where functions are recorded: no special values, so that nothing cancels by chance.
const SAMPLES: [f64; 5] = [0.731_058_578_6, 1.224_744_871, 0.577_215_664_9, 1.618_033_988_7, 0.914_159_265_3];

impl Evaluator<'_> {
    /// `f'(x) = 2x + 2` for a derived function; `None` if it is none, or has no formula.
    pub fn function_formula(&mut self, value: &Value) -> Option<String> {
        let Value::Function(function) = value else { return None };
        let Function::Derived(Derived { operator, of }) = &**function else { return None };
        let mut trace = Trace::begin_quietly(self);
        trace.numbers.frozen = false;
        trace.derived_formula(operator, of)
    }

    fn derived_formula(&mut self, operator: &Operator, of: &Value) -> Option<String> {
        let params: Vec<Symbol> =
            self.params(of)?.into_iter().filter(|(_, needed)| *needed).map(|(name, _)| name).collect();
        let name = plain_name(of)?;
        let (names, sources) = self.samples(&params);
        let args = sources.iter().map(|&id| Value::Var(id)).collect();
        self.branched = false;
        let target = self.call_value(of, args, Vec::new()).ok()?;
        let Value::Var(mut node) = target else { return None };
        if !self.numbers.tape.is_scalar(node) {
            return self.curve_formula(operator, (&name, &params), node, &sources, &names);
        }
        match (operator, &sources[..]) {
            (Operator::Partial(by), sources) => {
                let own: Vec<Symbol> = self.params(of)?.into_iter().map(|(name, _)| name).collect();
                for by in by.iter() {
                    let place = own.iter().position(|other| other == by)?;
                    node = self.recorded_gradient(node, &[*sources.get(place)?])?[0];
                }
                let by: Vec<String> = by.iter().map(Symbol::to_string).collect();
                Some(format!("{} = {}", partial_label(&name, &by), self.formula_of(node, &names)?))
            }
            (Operator::Derivative(order), &[source]) => {
                for _ in 0..*order {
                    node = self.recorded_gradient(node, &[source])?[0];
                }
                let text = self.formula_of(node, &names)?;
                Some(format!("{name}{}({}) = {text}", "'".repeat(*order as usize), params[0]))
            }
            (Operator::Gradient, sources) => {
                let gradient = self.recorded_gradient(node, sources)?;
                let mut lines = Vec::new();
                for (param, node) in params.iter().zip(gradient) {
                    lines.push(format!("∂{name}/∂{param} = {}", self.formula_of(node, &names)?));
                }
                Some(lines.join("\n"))
            }
            _ => None,
        }
    }

    /// `f'(t) = [-sin(t), cos(t)]` of a curve that was put together from its components.
    fn curve_formula(
        &mut self,
        operator: &Operator,
        (name, params): (&str, &[Symbol]),
        node: NodeId,
        sources: &[NodeId],
        names: &HashMap<NodeId, String>,
    ) -> Option<String> {
        let (Operator::Derivative(order), &[source]) = (operator, sources) else { return None };
        if !std::ptr::eq(self.numbers.tape.row(node), &ops::STACK) {
            return None;
        }
        let components: Vec<NodeId> = self.numbers.tape.operands(node).collect();
        let mut texts = Vec::with_capacity(components.len());
        for mut component in components {
            if !self.numbers.tape.is_scalar(component) {
                return None;
            }
            for _ in 0..*order {
                component = self.recorded_gradient(component, &[source])?[0];
            }
            texts.push(self.formula_of(component, names)?);
        }
        Some(format!("{name}{}({}) = [{}]", "'".repeat(*order as usize), params[0], texts.join(", ")))
    }

    /// A variable for each name, at a point where nothing is special.
    fn samples(&mut self, params: &[Symbol]) -> (HashMap<NodeId, String>, Vec<NodeId>) {
        let mut names = HashMap::new();
        let mut sources = Vec::new();
        for (i, param) in params.iter().enumerate() {
            let id = self.numbers.tape.variable(SAMPLES[i % SAMPLES.len()] + (i / SAMPLES.len()) as f64);
            names.insert(id, param.to_string());
            sources.push(id);
        }
        (names, sources)
    }

    fn recorded_gradient(&mut self, target: NodeId, sources: &[NodeId]) -> Option<Vec<NodeId>> {
        let sources: Vec<Option<NodeId>> = sources.iter().copied().map(Some).collect();
        let found = self.sweep(target, None, &sources, true).ok()?;
        let node = |value: Option<Value>| match value {
            Some(Value::Var(id)) => id,
            _ => self.numbers.tape.constant(0.0),
        };
        Some(found.into_iter().map(node).collect())
    }

    fn formula_of(&self, node: NodeId, names: &HashMap<NodeId, String>) -> Option<String> {
        if self.branched {
            return None;
        }
        formula(&self.numbers.tape, node, names)
    }

    /// The formula of `d/dx e` typed alone, where x (or another name in it) has no value yet.
    pub fn expression_formula(&mut self, tree: &Rc<Tree>, id: ExprId) -> Result<Option<String>, Stop> {
        if let Some(lines) = self.gradient_formula(tree, id)? {
            return Ok(Some(lines));
        }
        let has_value = |name: &Symbol| self.lookup(*name).is_some_and(|value| !value.is_function());
        let by = self.formula_names(tree);
        if by.iter().all(has_value) {
            return Ok(None);
        }
        let mut symbols: Vec<Symbol> = Vec::new();
        for name in by.iter().copied().chain(free_names(tree, id)) {
            let is_open = !has_value(&name) && (by.contains(&name) || self.lookup(name).is_none());
            if is_open && !symbols.contains(&name) {
                symbols.push(name);
            }
        }
        self.check_calls(tree, id, &by)?;
        // what happens at the sample points is nobody's business
        let mut trace = Trace::begin_quietly(self);
        let (labels, sources) = trace.samples(&symbols);
        for (symbol, source) in symbols.iter().zip(&sources) {
            trace.shadow_global(*symbol, Value::Var(*source), Role::Plain);
        }
        trace.branched = false;
        trace.open_names = symbols;
        let value = trace.eval(tree, id);
        trace.open_names.clear();
        Ok(match value? {
            Value::Var(node) => trace.formula_of(node, &labels),
            other => trace.numbers.scalar(&other).map(|x| x.to_string()),
        })
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
        let mut trace = Trace::begin_quietly(self);
        let (labels, sources) = trace.samples(&names);
        for (name, source) in names.iter().zip(&sources) {
            trace.shadow_global(*name, Value::Var(*source), Role::Plain);
        }
        trace.branched = false;
        let Value::Var(target) = trace.eval(tree, *body)? else { return Ok(None) };
        if !trace.numbers.tape.is_scalar(target) {
            return Ok(None);
        }
        let Some(gradient) = trace.recorded_gradient(target, &sources) else { return Ok(None) };
        let text = print_expr(tree, *body);
        let line =
            |(name, node): (&Symbol, NodeId)| Some(format!("∂({text})/∂{name} = {}", trace.formula_of(node, &labels)?));
        let lines: Option<Vec<String>> = names.iter().zip(gradient).map(line).collect();
        Ok(lines.map(|lines| lines.join("\n")))
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
