//! `e at x = 2, y = 3 wrt x order 2`: an expression and its derivatives at a point, or at many.

use std::rc::Rc;

use super::columns::AtColumns;
use super::derivative::SERIES_FROM;
use super::formulas::free_names;
use super::provenance::Wanted;
use super::trace::Trace;
use super::{Evaluator, Role, Stop};
use crate::ops::series::taylor;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{At, Expr, ExprId, Tree};
use crate::tape::{Mark, NodeId};
use crate::tensor::DType;
use crate::value::{Fault, Value};

/// A partial derivative with the variables it is taken by, in order.
#[derive(Debug, Clone)]
pub struct PartialValue {
    pub by: Vec<Symbol>,
    pub value: Value,
}

/// Value and derivatives at one point, all of them constants.
#[derive(Debug, Clone)]
pub struct AtResult {
    pub point: Vec<(Symbol, Value)>,
    pub value: Value,
    pub partials: Vec<PartialValue>,
    /// Second and higher orders, ascending.
    pub higher: Vec<PartialValue>,
}

/// The values of one variable.
pub(super) type Axis = (Symbol, Vec<Value>);

/// All points: the values of the variables in all combinations, the last changing fastest.
pub(super) fn combinations(axes: &[Axis]) -> impl Iterator<Item = Vec<(Symbol, Value)>> + '_ {
    let total = axes.iter().fold(1_usize, |total, (_, values)| total.saturating_mul(values.len()));
    (0..total).map(|number| {
        let mut rest = number;
        let mut point: Vec<(Symbol, Value)> = axes
            .iter()
            .rev()
            .map(|(name, values)| {
                let value = values[rest % values.len()].clone();
                rest /= values.len();
                (*name, value)
            })
            .collect();
        point.reverse();
        point
    })
}

/// A value whose derivatives are wanted, still on the tape.
pub struct Evaluation {
    pub mark: Mark,
    pub target: Value,
    /// The variables of the point, as they are on the tape.
    pub point: Vec<(Symbol, Value)>,
    pub sources: Vec<(Symbol, Value)>,
}

/// What an expression is at the points that `at` names.
pub enum AtResults {
    One(AtResult),
    Many(Vec<AtResult>),
    /// Numbers throughout, a column each.
    Columns(AtColumns),
}

impl Evaluator<'_> {
    /// Evaluates `body` at every point that `at` names.
    pub fn at(&mut self, tree: &Rc<Tree>, body: ExprId, at: &At) -> Result<AtResults, Stop> {
        let order = at.order.map_or(1, |(order, _)| order);
        let everywhere = self.own_point(tree, body, at)?;
        let at = everywhere.as_ref().unwrap_or(at);
        let many = at.points.iter().any(|point| point.many);
        let axes = self.axes(tree, at)?;
        if many && let Some(columns) = self.at_columns(tree, body, at, &axes)? {
            return Ok(AtResults::Columns(columns));
        }
        let mut results = Vec::new();
        for point in combinations(&axes) {
            self.check_interrupt()?;
            results.push(self.at_point(tree, body, at, point, order)?);
        }
        match results.pop() {
            Some(result) if !many => Ok(AtResults::One(result)),
            last => {
                results.extend(last);
                Ok(AtResults::Many(results))
            }
        }
    }

    /// `x^2 order 2` alone: the derivatives by all variables in it, at their values.
    fn own_point(&self, tree: &Rc<Tree>, body: ExprId, at: &At) -> Result<Option<At>, Stop> {
        let Some((order, span)) = at.order.filter(|_| at.points.is_empty() && at.wrt.is_empty()) else {
            return Ok(None);
        };
        let function = match tree.expr(body) {
            Expr::Name(name) => self.lookup(*name).filter(|value| value.is_function()),
            _ => None,
        };
        let names: Vec<Symbol> = match function {
            Some(function) => self.params(function).unwrap_or_default().into_iter().map(|(name, _)| name).collect(),
            None => free_names(tree, body),
        };
        let is_variable = |name: &Symbol| {
            self.globals.get(*name).is_some_and(|binding| self.numbers.dtype(&binding.value) == Some(DType::Real))
        };
        let wrt: Vec<(Symbol, Span)> =
            names.into_iter().filter(is_variable).map(|name| (name, tree.span(body))).collect();
        if wrt.is_empty() {
            let message = "order needs variables".to_string();
            let help = format!("write: {} at x = 2 order {order}", print_expr(tree, body));
            return Err(self.error_with_help(tree, span, message, help));
        }
        Ok(Some(At { wrt, ..at.clone() }))
    }

    /// A name of the expression itself that has no value: the point is where it can be given one.
    #[cold]
    fn missing_at(&self, tree: &Rc<Tree>, body: ExprId, at: &At, stop: Stop) -> Stop {
        let Stop::Error(diagnostic) = &stop else { return stop };
        let Some(label) = diagnostic.labels.first().filter(|label| Rc::ptr_eq(&label.source, &tree.source)) else {
            return stop;
        };
        let missing = free_names(tree, body).into_iter().find(|name| {
            let is_here = |id: usize| tree.spans[id] == label.span && tree.exprs[id] == Expr::Name(*name);
            self.lookup(*name).is_none() && (0..tree.exprs.len()).any(is_here)
        });
        let is_call = tree.exprs.iter().any(|expr| match expr {
            Expr::Call(callee, _) => tree.span(*callee) == label.span,
            _ => false,
        });
        let misspelt = diagnostic.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
        match missing {
            Some(name) if !(at.points.is_empty() || is_call || misspelt && name.text().chars().count() > 1) => {
                let points: Vec<String> = at
                    .points
                    .iter()
                    .map(|point| {
                        let sign = if point.many { "in" } else { "=" };
                        format!("{} {sign} {}", point.name, tree.text(point.value))
                    })
                    .collect();
                let help = format!("at {}, {name} = …", points.join(", "));
                self.error_with_help(tree, label.span, format!("{name} has no value"), help)
            }
            _ => stop,
        }
    }

    /// Value and derivatives at one point; nothing stays on the tape.
    pub(super) fn at_point(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        at: &At,
        point: Vec<(Symbol, Value)>,
        order: u32,
    ) -> Result<AtResult, Stop> {
        let mut trace = Trace::begin(self);
        let evaluation = trace.evaluate_at(tree, body, &point, at)?;
        trace.derivatives(tree, body, at, point, &evaluation, order)
    }

    /// The values of each variable that `at` names.
    pub(super) fn axes(&mut self, tree: &Rc<Tree>, at: &At) -> Result<Vec<Axis>, Stop> {
        let mut axes = Vec::with_capacity(at.points.len());
        for (i, point) in at.points.iter().enumerate() {
            if at.points[..i].iter().any(|earlier| earlier.name == point.name) {
                let message = format!("{} is given twice", point.name);
                return Err(self.error_with_help(tree, point.span, message, "each variable has one value".into()));
            }
            let value = self.eval(tree, point.value)?;
            if let (false, Value::Range(..)) = (point.many, &value) {
                let message = format!("{} is given a range", point.name);
                let help = format!("for a table write {} in {}", point.name, tree.text(point.value));
                return Err(self.error_with_help(tree, tree.span(point.value), message, help));
            }
            let values = if point.many { self.listed(tree, point.value, &value)? } else { vec![value] };
            axes.push((point.name, values));
        }
        Ok(axes)
    }

    /// The values of `x in 0..10`; whole numbers count as reals here, so that they can be differentiated by.
    fn listed(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Result<Vec<Value>, Stop> {
        const MOST: i64 = 10_000_000;
        if let Value::Range(start, end) = value
            && end.saturating_sub(*start) > MOST
        {
            return Err(self.error(tree, id, format!("a table of more than {MOST} points")));
        }
        let items = crate::functions::elements(self, value);
        let items = items.map_err(|fault| self.place(tree, tree.span(id), fault))?;
        Ok(items.into_iter().map(|item| if let Value::Int(i) = item { Value::Real(i as f64) } else { item }).collect())
    }

    /// The value at one point, its variables being sources.
    pub fn evaluate_at(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        point: &[(Symbol, Value)],
        at: &At,
    ) -> Result<Evaluation, Stop> {
        let mark = self.numbers.tape.mark();
        let mut bound = Vec::new();
        let mut sources = Vec::new();
        for (name, value) in point {
            let value = self.at_source(tree, body, value)?;
            bound.push((*name, value.clone()));
            if at.wrt.is_empty() {
                sources.push((*name, value));
            }
        }
        for (name, span) in &at.wrt {
            if let Some((_, value)) = bound.iter().find(|(other, _)| other == name) {
                if self.numbers.dtype(value) != Some(DType::Real) {
                    let message = "gradients exist only for floating-point values".to_string();
                    let help = format!("{name} is {}", value.kind());
                    return Err(self.error_with_help(tree, *span, message, help));
                }
                sources.push((*name, value.clone()));
                continue;
            }
            let Some(value) = self.globals.value(*name).cloned().filter(|value| !value.is_function()) else {
                let message = format!("{name} has no value here");
                return Err(self.error_with_help(tree, *span, message, format!("write: at {name} = 2")));
            };
            let value = self.at_source(tree, body, &value)?;
            bound.push((*name, value.clone()));
            sources.push((*name, value));
        }
        let mut trace = Trace::begin(self);
        for (name, value) in &bound {
            trace.shadow_at_point(*name, value.clone());
        }
        let target = match trace.target_at(tree, body, &bound) {
            Ok(target) => target,
            Err(stop) => return Err(trace.missing_at(tree, body, at, stop)),
        };
        trace.keep();
        bound.truncate(point.len());
        Ok(Evaluation { mark, target, point: bound, sources })
    }

    fn at_source(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Result<Value, Stop> {
        if self.numbers.dtype(value) != Some(DType::Real) {
            return Ok(value.clone());
        }
        let node = match self.digits.lifting {
            true => self.rounded_source(value),
            false => self.numbers.source(value),
        };
        let node = node.map_err(|fault| self.place(tree, tree.span(id), fault))?;
        Ok(Value::Var(node))
    }

    /// The body's value; a function is called with the point's values for its parameters.
    fn target_at(&mut self, tree: &Rc<Tree>, body: ExprId, bound: &[(Symbol, Value)]) -> Result<Value, Stop> {
        let value = self.eval(tree, body)?;
        if !value.is_function() {
            return Ok(value);
        }
        let mut args = Vec::new();
        for (name, needed) in self.params(&value).unwrap_or_default() {
            let given = bound.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
            let known = || self.globals.get(name).map(|binding| binding.value.clone());
            match (given, needed) {
                (Some(value), _) => args.push(value),
                (None, true) => match known() {
                    Some(value) => args.push(value),
                    None => {
                        let text = tree.text(body);
                        let message = format!("{text} needs a value of {name}");
                        let help = format!("add it to the point: {text} at {name} = …");
                        return Err(self.error_with_help(tree, tree.span(body), message, help));
                    }
                },
                // the parameters after it have defaults too
                (None, false) => break,
            }
        }
        let result = self.call_value(&value, args, Vec::new());
        self.placed(tree, body, result)
    }

    fn derivatives(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        at: &At,
        point: Vec<(Symbol, Value)>,
        evaluation: &Evaluation,
        order: u32,
    ) -> Result<AtResult, Stop> {
        let Evaluation { target, sources, .. } = evaluation;
        let (first, higher) = self.orders(tree, body, evaluation, order, false)?;
        let again = |evaluator: &mut Self| {
            let evaluation = evaluator.evaluate_at(tree, body, &point, at)?;
            let (first, higher) = evaluator.orders(tree, body, &evaluation, order, true)?;
            Ok(all_values(&evaluation.target, &first, &higher))
        };
        let values = all_values(target, &first, &higher);
        let mut settled = self.settle_point(values, evaluation.mark, again).into_iter();
        let target = &settled.next().unwrap_or_else(|| target.clone());
        let first: Vec<Option<Value>> = first.into_iter().map(|found| found.and_then(|_| settled.next())).collect();
        let mut higher: Vec<PartialValue> =
            higher.into_iter().zip(settled).map(|(partial, value)| PartialValue { value, ..partial }).collect();
        let derivatives = || first.iter().flatten().chain(higher.iter().map(|partial| &partial.value));
        if self.is_bad(target) || derivatives().any(|value| self.is_bad(value)) {
            self.note_bad_point(tree, body, evaluation, order);
        }
        higher.iter_mut().for_each(|partial| partial.value = self.numbers.constant(&partial.value));
        let mut partials = Vec::with_capacity(sources.len());
        for ((name, source), found) in sources.iter().zip(first) {
            let value = match found {
                Some(value) => self.numbers.constant(&value),
                None => Value::nothing(self.why_none_at(tree, body, target, *name, source)),
            };
            partials.push(PartialValue { by: vec![*name], value });
        }
        let point = point.into_iter().map(|(name, value)| (name, self.numbers.constant(&value))).collect();
        Ok(AtResult { point, value: self.numbers.constant(target), partials, higher })
    }

    /// A note about a value or a derivative that is NaN or infinite, the variables of the point having their values.
    #[cold]
    fn note_bad_point(&mut self, tree: &Rc<Tree>, body: ExprId, evaluation: &Evaluation, order: u32) {
        let bound: Vec<(Symbol, Value)> = evaluation.point.iter().chain(&evaluation.sources).cloned().collect();
        if self.is_bad(&evaluation.target) {
            let mut trace = Trace::begin(self);
            for (name, value) in &bound {
                trace.shadow_global(*name, value.clone(), Role::Plain);
            }
            trace.note_bad_value(tree, body, &evaluation.target);
            return;
        }
        self.look_into(Some((tree, body)), |trace| {
            let mut sources = Vec::new();
            for (name, value) in &bound {
                trace.shadow_global(*name, value.clone(), Role::Plain);
                if let Value::Var(id) = value {
                    sources.push((*id, name.to_string()));
                }
            }
            Ok((trace.target_at(tree, body, &bound)?, Wanted { sources, order: order as usize }))
        });
        self.show_suspect();
    }

    /// First derivatives (`None` where there are none) and higher ones; with `record` all of them are nodes.
    pub(super) fn orders(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        evaluation: &Evaluation,
        order: u32,
        record: bool,
    ) -> Result<(Vec<Option<Value>>, Vec<PartialValue>), Stop> {
        let Evaluation { target, sources, .. } = evaluation;
        self.refuse_discrete(tree, body, target)?;
        let nodes: Vec<Option<NodeId>> = sources
            .iter()
            .map(|(_, value)| match value {
                Value::Var(id) => Some(*id),
                _ => None,
            })
            .collect();
        let first = match target {
            Value::Var(target) => self.all_by_elements(*target, &nodes, record || order > 1),
            _ => Ok(vec![None; nodes.len()]),
        };
        let first = first.map_err(|fault| self.place(tree, tree.span(body), fault))?;
        let higher = self.higher_orders(sources, &nodes, target, &first, order, record);
        Ok((first, higher.map_err(|fault| self.place(tree, tree.span(body), fault))?))
    }

    /// All derivatives up to `order`, recorded.
    pub(super) fn recorded_derivatives(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        evaluation: &Evaluation,
        order: u32,
    ) -> Result<Vec<Value>, Stop> {
        let (first, higher) = self.orders(tree, body, evaluation, order, true)?;
        Ok(first.into_iter().flatten().chain(higher.into_iter().map(|partial| partial.value)).collect())
    }

    fn why_none_at(&self, tree: &Tree, body: ExprId, target: &Value, name: Symbol, source: &Value) -> String {
        let text = print_expr(tree, body);
        if !matches!(source, Value::Var(_)) {
            return format!("{name} is {}, and gradients exist only for floating-point values", source.kind());
        }
        if let Expr::Name(earlier) = tree.expr(body)
            && self.globals.get(*earlier).is_some_and(|binding| !binding.value.is_function())
        {
            return format!("{earlier} was computed before; a function {earlier}({name}) = … is computed at the point");
        }
        self.why_none(&text, target, &name.text(), None, source)
    }

    /// Derivatives of order 2 to `order`: each gradient, recorded, is differentiated by the variables from its last
    /// one on (the others are the same by symmetry).
    fn higher_orders(
        &mut self,
        sources: &[(Symbol, Value)],
        nodes: &[Option<NodeId>],
        target: &Value,
        first: &[Option<Value>],
        order: u32,
        record: bool,
    ) -> Result<Vec<PartialValue>, Fault> {
        if let ([(name, _)], [Some(source)], Value::Var(target)) = (sources, nodes, target)
            && order as usize >= SERIES_FROM
            && first[0].is_some()
            && self.numbers.tape.is_scalar(*source)
            && self.numbers.tape.is_scalar(*target)
            && let Some(coefficients) = taylor(&mut self.numbers.tape, *source, *target, order as usize)?
        {
            let partial = |(k, coefficient)| {
                let value = self.times_factorial(coefficient, k)?;
                let value = if record { value } else { self.numbers.constant(&value) };
                Ok(PartialValue { by: vec![*name; k], value })
            };
            return coefficients.into_iter().enumerate().skip(2).map(partial).collect();
        }
        let mut results = Vec::new();
        let mut level: Vec<(Vec<usize>, Value)> =
            first.iter().enumerate().filter_map(|(i, found)| Some((vec![i], found.clone()?))).collect();
        for reached in 2..=order {
            let mut next = Vec::new();
            for (by, value) in level {
                let last = *by.last().expect("a derivative has a variable");
                for (i, node) in nodes.iter().enumerate().skip(last) {
                    let (Some(node), Some(_)) = (node, &first[i]) else { continue };
                    let derived = self.next_order(&value, *node, record || reached < order)?;
                    let mut by = by.clone();
                    by.push(i);
                    let names = by.iter().map(|&i| sources[i].0).collect();
                    results.push(PartialValue { by: names, value: derived.clone() });
                    next.push((by, derived));
                }
            }
            level = next;
        }
        Ok(results)
    }

    fn next_order(&mut self, value: &Value, source: NodeId, record: bool) -> Result<Value, Fault> {
        let found = match value {
            Value::Var(node) => self.jacobian_of(*node, &[Some(source)], record)?.pop().flatten(),
            _ => None,
        };
        match found {
            Some(value) => Ok(value),
            None => {
                let mut dims = self.numbers.shape(value)?.dims().to_vec();
                dims.extend(self.numbers.tape.shape(source).dims());
                let shape = crate::tensor::Shape::new(dims);
                let size = shape.size();
                Ok(Value::tensor(crate::tensor::Tensor::new(shape, vec![0.0; size])))
            }
        }
    }
}

/// A value with its first and higher derivatives, as far as there are any.
fn all_values(target: &Value, first: &[Option<Value>], higher: &[PartialValue]) -> Vec<Value> {
    let higher = higher.iter().map(|partial| &partial.value);
    std::iter::once(target).chain(first.iter().flatten()).chain(higher).cloned().collect()
}
