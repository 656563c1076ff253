//! Derivatives as formulas: `f'` typed alone, `d/dx e` without a point.
//!
//! The function is recorded once at some point, and the tape of its derivative is written as a formula. Where a
//! condition depended on the point, there is no one formula.

use std::collections::HashMap;
use std::rc::Rc;

use super::trace::Trace;
use super::{Evaluator, Role, Stop};
use crate::functions::formula::formula;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Tree};
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
        match (operator, &sources[..]) {
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
        let has_value = |name: &Symbol| self.lookup(*name).is_some_and(|value| !value.is_function());
        let by = tree.exprs.iter().filter_map(|expr| match expr {
            Expr::Derivative { names, .. } => Some(names.iter().map(|(name, _)| *name)),
            _ => None,
        });
        let by: Vec<Symbol> = by.flatten().collect();
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
        // what happens at the sample points is nobody's business
        let mut trace = Trace::begin_quietly(self);
        let (labels, sources) = trace.samples(&symbols);
        for (symbol, source) in symbols.iter().zip(&sources) {
            trace.shadow_global(*symbol, Value::Var(*source), Role::Plain);
        }
        trace.branched = false;
        Ok(match trace.eval(tree, id)? {
            Value::Var(node) => trace.formula_of(node, &labels),
            other => trace.numbers.scalar(&other).map(|x| x.to_string()),
        })
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
