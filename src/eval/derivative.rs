//! `d/dx e`, `∂²/∂x∂y e`, `diff(e, x)`, `(e)'`: derivatives of expressions, at the values that the names have here or at
//! a point: `d/dx(x^2)(2)`.

use std::rc::Rc;

use super::provenance::Wanted;
use super::trace::Trace;
use super::{Evaluated, Evaluator, Stop};
use crate::functions::Special;
use crate::ops;
use crate::ops::series::taylor;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Arg, Expr, ExprId, Tree};
use crate::tape::{Attr, Mark, NodeId};
use crate::tensor::DType;
use crate::value::{Fault, Value};

/// Derivatives of a number from this order on are Taylor coefficients; nested sweeps round less often, and cost more with
/// every order.
pub(super) const SERIES_FROM: usize = 6;

/// The names that an expression is differentiated by, one for each differentiation.
pub(super) type Names = [(Symbol, Span)];

impl Evaluator<'_> {
    /// `diff(e, x)`, `diff(e, x, 2)`, `diff(e, x, y)`, `diff(e, x, 1, y, 2)`, `derivative(f)`, `derivative(f, 2)`
    pub(super) fn diff(&mut self, tree: &Rc<Tree>, id: ExprId, special: Special, args: &[Arg]) -> Evaluated {
        let Some((body, by)) = args.split_first() else {
            let message = format!("{} needs an expression and a variable", title(special));
            return Err(self.error_with_help(tree, tree.span(id), message, usage(special)));
        };
        let body = body.value;
        if let Some(function) = self.function_denoted(tree, body)? {
            return match by {
                [] => self.derivative_of(tree, tree.span(id), tree.text(body), function, 1),
                [Arg { name: None, value }] if !matches!(tree.expr(*value), Expr::Name(_)) => {
                    let point = self.eval(tree, *value)?;
                    let derived = self.derivative_of(tree, tree.span(id), tree.text(body), function, 1)?;
                    let result = self.call_value(&derived, vec![point], Vec::new());
                    self.placed(tree, id, result)
                }
                _ => {
                    let names = self.differentiations(tree, by, special)?;
                    self.function_by_names(tree, id, body, function, &names)
                }
            };
        }
        if by.is_empty() {
            let names = self.only_variable(tree, id, body, 1)?;
            return self.derivative(tree, id, &names, body);
        }
        let names = self.differentiations(tree, by, special)?;
        self.derivative(tree, id, &names, body)
    }

    /// `x, 2, y`: a name for each differentiation; a number behind a name is the order by that name.
    pub(super) fn differentiations(
        &mut self,
        tree: &Rc<Tree>,
        args: &[Arg],
        special: Special,
    ) -> Result<Vec<(Symbol, Span)>, Stop> {
        let mut names: Vec<(Symbol, Span)> = Vec::new();
        let mut takes_order = false;
        for arg in args {
            let key = arg.name.map(|(name, _)| name.text());
            let place = tree.span(arg.value);
            match (tree.expr(arg.value), key.as_deref()) {
                (Expr::Name(name), None | Some("x")) if !matches!(self.lookup(*name), Some(Value::Int(_))) => {
                    names.push((*name, place));
                    takes_order = true;
                }
                (_, None | Some("order" | "n")) if takes_order => {
                    let value = self.eval(tree, arg.value)?;
                    let Some(order @ 1..=100) = self.numbers.integer(&value) else {
                        return Err(self.error(tree, arg.value, "the order must be a whole number from 1 to 100"));
                    };
                    let last = *names.last().expect("an order stands behind a name");
                    names.extend(std::iter::repeat_n(last, order as usize - 1));
                    takes_order = false;
                }
                _ => {
                    let message = format!("{} differentiates with respect to a name", title(special));
                    return Err(self.error_with_help(tree, place, message, usage(special)));
                }
            }
        }
        Ok(names)
    }

    /// `d/dx e`, `∂²/∂x∂y e`: at the values that the names have here. Of a function its derivative, a function.
    pub(super) fn derivative(&mut self, tree: &Rc<Tree>, id: ExprId, names: &Names, body: ExprId) -> Evaluated {
        if let Some(function) = self.function_denoted(tree, body)? {
            return self.function_by_names(tree, id, body, function, names);
        }
        let by = distinct(names);
        self.differentiating(tree, id, names, body, |trace| {
            let node = |&(name, span): &(Symbol, Span)| {
                let node = match trace.own_node(name) {
                    Some(node) => node,
                    None => trace.shadow(tree, name, span)?,
                };
                Ok((name, node))
            };
            by.iter().map(node).collect()
        })
    }

    /// `d/dx(x^2)(2)`, `(x^2)'(3)`: at a point; one value for each of the names.
    pub(super) fn derivative_at(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        names: &Names,
        body: ExprId,
        args: &[Arg],
    ) -> Evaluated {
        let by = distinct(names);
        let is_named = |arg: &Arg| arg.name.is_some_and(|(name, _)| by.iter().any(|(own, _)| *own == name));
        if args.len() != by.len() || args.iter().any(|arg| arg.name.is_some() && !is_named(arg)) {
            return Err(self.point_differs(tree, id, names, body, args));
        }
        let mut values: Vec<Value> = Vec::with_capacity(args.len());
        for (i, (name, _)) in by.iter().enumerate() {
            let named = args.iter().find(|arg| arg.name.is_some_and(|(own, _)| own == *name));
            let value = self.eval(tree, named.unwrap_or(&args[i]).value)?;
            self.refuse_discrete(tree, args[i].value, &value)?;
            values.push(value);
        }
        self.differentiating(tree, id, names, body, |trace| {
            let mut nodes = Vec::new();
            for (&(name, span), value) in by.iter().zip(&values) {
                let node = trace.numbers.source(value).map_err(|fault| trace.place(tree, span, fault))?;
                trace.bind(name, node);
                nodes.push((name, node));
            }
            Ok(nodes)
        })
    }

    /// Evaluates the body with the names bound to nodes by `bind`, and differentiates it by them.
    fn differentiating(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        names: &Names,
        body: ExprId,
        bind: impl FnOnce(&mut Trace) -> Result<Vec<(Symbol, NodeId)>, Stop>,
    ) -> Evaluated {
        let frozen = self.numbers.frozen;
        let mut trace = Trace::begin(self);
        let mark = trace.mark();
        let (target, nodes) = trace.target_of(tree, body, bind)?;
        if target.is_function() {
            let derived = trace.function_by_names(tree, id, body, target, names)?;
            trace.keep_for(&derived);
            return Ok(derived);
        }
        trace.refuse_discrete(tree, body, &target)?;
        let node = |name: Symbol| nodes.iter().find(|(other, _)| *other == name).expect("every name was bound").1;
        let order: Vec<NodeId> = names.iter().map(|(name, _)| node(*name)).collect();
        let derived = trace.successive(&target, &order, mark);
        let derived = derived.map_err(|fault| trace.place(tree, tree.span(id), fault))?;
        let derived = match derived {
            Some(derived) => derived,
            None => match trace.why_absent(tree, body, &target, names[0].0, order[0]) {
                Some(reason) => Value::nothing(reason),
                None => trace.zeros_by(&target, &order),
            },
        };
        if trace.is_bad(&derived) {
            trace.look_into(Some((tree, body)), |trace| {
                for &(name, node) in &nodes {
                    trace.bind(name, node);
                }
                let sources = nodes.iter().map(|(name, node)| (*node, name.to_string())).collect();
                Ok((trace.eval(tree, body)?, Wanted { sources, order: names.len() }))
            });
        }
        if frozen {
            return Ok(trace.constant(&derived));
        }
        trace.keep_for(&derived);
        Ok(derived)
    }

    /// The value of the body, its names being bound by `bind`, and their nodes.
    fn target_of(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        bind: impl FnOnce(&mut Trace) -> Result<Vec<(Symbol, NodeId)>, Stop>,
    ) -> Result<(Value, Vec<(Symbol, NodeId)>), Stop> {
        let mut trace = Trace::begin(self);
        trace.numbers.frozen = false;
        let nodes = bind(&mut trace)?;
        let target = trace.eval(tree, body)?;
        trace.keep();
        Ok((target, nodes))
    }

    /// Why there is no derivative rather than one of 0: something recorded does not depend on what the name is now.
    fn why_absent(&self, tree: &Tree, body: ExprId, target: &Value, name: Symbol, node: NodeId) -> Option<String> {
        if self.local(name).is_some() {
            return None;
        }
        if let Value::Var(target) = target
            && self.globals.former(name).iter().any(|&former| self.depends(*target, former))
        {
            return Some(format!("{name} has another value now than when {} was computed", tree.text(body)));
        }
        let mut inner = body;
        while let Expr::Paren(within) = tree.expr(inner) {
            inner = *within;
        }
        let Expr::Name(own) = tree.expr(inner) else { return None };
        let is_recorded = self.local(*own).is_none() && self.globals.get(*own).is_some();
        let label = name.to_string();
        is_recorded.then(|| self.why_none(tree.text(inner), target, &label, Some(name), &Value::Var(node)))
    }

    /// Zeros in the shape of a derivative of the target by these sources.
    pub(super) fn zeros_by(&self, target: &Value, sources: &[NodeId]) -> Value {
        let mut dims = self.numbers.shape(target).map(|shape| shape.dims().to_vec()).unwrap_or_default();
        for &source in sources {
            let own = self.numbers.tape.shape(source);
            // element by element, as nothing depends on anything
            if own.dims() != dims {
                dims.extend(own.dims());
            }
        }
        self.zeros(dims)
    }

    /// Differentiates by one source after the other; `None` if what is differentiated does not depend on one.
    pub(super) fn successive(
        &mut self,
        target: &Value,
        sources: &[NodeId],
        mark: Mark,
    ) -> Result<Option<Value>, Fault> {
        let outside = self.depends_on_outside(target, mark);
        if let Some(found) = self.by_series(target, sources)? {
            return Ok(Some(if outside { found } else { self.numbers.constant(&found) }));
        }
        let mut value = target.clone();
        for (i, source) in sources.iter().enumerate() {
            let record = outside || i + 1 < sources.len();
            let found = match &value {
                Value::Var(node) => self.by_elements(*node, *source, record)?,
                _ => None,
            };
            let Some(found) = found else { return Ok(None) };
            value = found;
        }
        Ok(Some(value))
    }

    /// A high derivative by one and the same number, by its Taylor series; `None` where nested sweeps do as well, or
    /// better.
    fn by_series(&mut self, target: &Value, sources: &[NodeId]) -> Result<Option<Value>, Fault> {
        let (Value::Var(target), Some(&source)) = (target, sources.first()) else { return Ok(None) };
        let order = sources.len();
        let is_number = self.numbers.tape.is_scalar(source) && self.numbers.tape.is_scalar(*target);
        if order < SERIES_FROM
            || self.symbols.is_some()
            || !is_number
            || sources.iter().any(|other| *other != source)
            || *target < source
        {
            return Ok(None);
        }
        let Some(coefficients) = taylor(&mut self.numbers.tape, source, *target, order)? else { return Ok(None) };
        self.times_factorial(coefficients[order], order).map(Some)
    }

    /// The derivative that belongs to a Taylor coefficient.
    pub(super) fn times_factorial(&mut self, coefficient: Option<NodeId>, order: usize) -> Result<Value, Fault> {
        let Some(coefficient) = coefficient else { return Ok(Value::Real(0.0)) };
        let factorial: f64 = (1..=order).map(|k| k as f64).product();
        self.numbers.apply(&ops::MUL, &[&Value::Real(factorial), &Value::Var(coefficient)], Attr::None)
    }

    /// Whether anything recorded since the mark was computed from a variable that is older.
    pub(super) fn depends_on_outside(&self, target: &Value, mark: Mark) -> bool {
        if self.compiling || self.symbols.is_some() {
            return true;
        }
        let Value::Var(target) = target else { return false };
        let tape = &self.numbers.tape;
        if target.index() < mark.node() {
            return tape.is_connected(*target);
        }
        tape.nodes_between(mark, *target)
            .any(|id| tape.operands(id).any(|operand| operand.index() < mark.node() && tape.is_connected(operand)))
    }

    /// The node of a name, if it is one: the name itself is what is differentiated by, so that everything recorded from
    /// it depends on it.
    fn own_node(&self, name: Symbol) -> Option<NodeId> {
        match self.lookup(name) {
            Some(&Value::Var(node)) if self.numbers.tape.is_connected(node) => Some(node),
            _ => None,
        }
    }
}

impl Trace<'_, '_> {
    /// Puts a source in place of a variable that is none, for the rest of the trace.
    fn shadow(&mut self, tree: &Rc<Tree>, name: Symbol, span: Span) -> Result<NodeId, Stop> {
        let Some(value) = self.lookup(name).cloned().filter(|value| !value.is_function()) else {
            let message = format!("{name} has no value here");
            let help = format!("give it one: {name} = 2, or end the line with: at {name} = 2");
            return Err(self.error_with_help(tree, span, message, help));
        };
        if self.numbers.dtype(&value) != Some(DType::Real) {
            let message = "gradients exist only for floating-point values".to_string();
            return Err(self.error_with_help(tree, span, message, format!("{name} is {}", value.kind())));
        }
        let node = self.numbers.source(&value).map_err(|fault| self.place(tree, span, fault))?;
        self.bind(name, node);
        Ok(node)
    }

    /// Binds a name to a node for the rest of the trace, wherever the name lives.
    fn bind(&mut self, name: Symbol, node: NodeId) {
        let is_global = self.local(name).is_none() && !self.captured.iter().any(|(other, _)| *other == name);
        if is_global {
            self.shadow_at_point(name, Value::Var(node));
        } else {
            self.locals.push((name, Value::Var(node)));
        }
    }
}

/// The names without those that come again.
fn distinct(names: &Names) -> Vec<(Symbol, Span)> {
    let mut distinct: Vec<(Symbol, Span)> = Vec::new();
    for (name, span) in names {
        if !distinct.iter().any(|(other, _)| other == name) {
            distinct.push((*name, *span));
        }
    }
    distinct
}

fn title(special: Special) -> &'static str {
    if special == Special::Diff { "diff" } else { "derivative" }
}

fn usage(special: Special) -> String {
    match special {
        Special::Diff => "diff(x^3, x), diff(x^3, x, 2), diff(x^2 y, x, y)".to_string(),
        _ => "derivative(f), derivative(x^2, x)".to_string(),
    }
}
