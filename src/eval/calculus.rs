//! Differential operators: of recorded values, of expressions, of functions.

use std::collections::HashMap;
use std::rc::Rc;

use super::trace::Trace;
use super::{Evaluated, Evaluator, Role, Stop};
use crate::functions::{Args, Special, builtins};
use crate::ops::series::taylor;
use crate::ops::{self, LINEAR};
use crate::program::simplified;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{Arg, Expr, ExprId, Tree};
use crate::tape::{Attr, Cotangent, Mark, NodeId, Seed, SliceSpec, gradient};
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Derived, Fault, Function, Operator, Value};

/// Cotangents of those sources that are on the tape, as values of all.
pub(super) fn values_of(found: Vec<Option<Cotangent>>, sources: &[Option<NodeId>]) -> Vec<Option<Value>> {
    let mut found = found.into_iter();
    let value = |cotangent| match cotangent {
        Cotangent::Number(x) => Value::Real(x),
        Cotangent::Tensor(tensor) => Value::Tensor(Rc::new(tensor)),
        Cotangent::Node(id) => Value::Var(id),
    };
    sources.iter().map(|source| source.and_then(|_| found.next().flatten()).map(value)).collect()
}

/// A source of a derivative as it was typed.
struct Source {
    label: String,
    name: Option<Symbol>,
    value: Value,
    id: ExprId,
}

impl Evaluator<'_> {
    pub(super) fn special(&mut self, tree: &Rc<Tree>, id: ExprId, special: Special, args: &[Arg]) -> Evaluated {
        match special {
            Special::Diff => return self.diff(tree, id, args),
            Special::Record => return self.record(tree, args),
            Special::Map => return self.map(tree, id, args),
            _ => {}
        }
        let builtin = builtins()
            .iter()
            .find(|builtin| matches!(builtin.run, crate::functions::Run::Special(other) if other == special))
            .expect("every special form is in the catalogue");
        let Some(first) = args.first() else {
            let fault = Args::bind(builtin.name, builtin.params, Vec::new(), Vec::new()).err();
            return Err(self.place(tree, tree.span(id), fault.unwrap_or_else(|| Fault::new("an argument is missing"))));
        };
        let target = self.eval_apart(tree, first.value)?;
        if special == Special::Derivative {
            return self.derivative_function(tree, id, first.value, target, args);
        }
        let Some(by) = args.get(1).filter(|arg| arg.name.is_none() || arg.name.is_some_and(|(n, _)| &*n.text() == "x"))
        else {
            return self.operator_on_function(tree, first.value, special, target);
        };
        if target.is_function() {
            let text = tree.text(first.value);
            let message = format!("{} of a function takes the function alone", builtin.name);
            let help = format!("{}({text})({})", builtin.name, tree.text(by.value));
            return Err(self.error_with_help(tree, tree.span(first.value), message, help));
        }
        let options = self.options(tree, args, builtin.name)?;
        let (sources, listed) = self.sources(tree, by.value)?;
        self.refuse_discrete(tree, first.value, &target)?;
        for source in &sources {
            self.refuse_discrete(tree, source.id, &source.value)?;
        }
        let results = match special {
            Special::Grad | Special::Jacobian => {
                self.first_order(tree, (id, first.value), special, &target, &sources, &options)?
            }
            Special::BatchJacobian => self.batch_jacobians(tree, id, first.value, &target, &sources)?,
            _ => return self.hessian_values(tree, id, first.value, &target, &sources, listed),
        };
        if !listed {
            return Ok(results.into_iter().next().unwrap_or_else(|| Value::nothing("there is no source")));
        }
        let fields = sources.into_iter().zip(results).map(|(source, value)| (Rc::from(source.label), value));
        Ok(Value::record(fields.collect()))
    }

    fn record(&mut self, tree: &Rc<Tree>, args: &[Arg]) -> Evaluated {
        let mut fields: Vec<(Rc<str>, Value)> = Vec::with_capacity(args.len());
        for arg in args {
            let Some((name, span)) = arg.name else {
                let help = "record(a = 1, b = [1, 2])".to_string();
                return Err(self.error_with_help(tree, tree.span(arg.value), "a field needs a name".to_string(), help));
            };
            if fields.iter().any(|(other, _)| *other == name.text()) {
                return Err(self.error_with_help(
                    tree,
                    span,
                    format!("{name} is given twice"),
                    "rename one".to_string(),
                ));
            }
            let value = self.eval(tree, arg.value)?;
            fields.push((name.text(), value));
        }
        Ok(Value::record(fields))
    }

    fn derivative_function(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        function: ExprId,
        value: Value,
        args: &[Arg],
    ) -> Evaluated {
        let text = tree.text(function).to_string();
        if !value.is_function() || args.len() != 1 {
            let message = "derivative takes one function".to_string();
            return Err(self.error_with_help(tree, tree.span(id), message, format!("of an expression: d/dx {text}")));
        }
        self.derivative_of(tree, tree.span(id), &text, value, 1)
    }

    /// `grad(f)`, `jacobian(f)`, `hessian(f)`
    fn operator_on_function(&mut self, tree: &Rc<Tree>, id: ExprId, special: Special, target: Value) -> Evaluated {
        let operator = match special {
            Special::Grad => Operator::Gradient,
            Special::Jacobian => Operator::Jacobian,
            _ => Operator::Hessian,
        };
        let text = tree.text(id).to_string();
        if !target.is_function() {
            let message = format!("by what is {text} to be differentiated?");
            let help = format!("name the variable: grad({text}, x); or give a function: grad(x -> …)");
            return Err(self.error_with_help(tree, tree.span(id), message, help));
        }
        Ok(Value::function(Function::Derived(Derived { operator, of: target })))
    }

    pub(super) fn nabla(&mut self, tree: &Rc<Tree>, function: ExprId) -> Evaluated {
        let value = self.eval(tree, function)?;
        self.operator_on_function(tree, function, Special::Grad, value)
    }

    fn options(&mut self, tree: &Rc<Tree>, args: &[Arg], name: &str) -> Result<Options, Stop> {
        let mut options = Options { seed: None, zero: false };
        for arg in &args[2..] {
            let value = self.eval(tree, arg.value)?;
            let key = arg.name.map(|(name, _)| name.text());
            match (key.as_deref(), &value) {
                (Some("seed"), _) => {
                    let seed = self.numbers.to_tensor(&value);
                    options.seed = Some(seed.map_err(|fault| self.place(tree, tree.span(arg.value), fault))?);
                }
                (Some("unconnected"), Value::Text(text)) if matches!(&**text, "zero" | "none") => {
                    options.zero = &**text == "zero";
                }
                (Some("unconnected"), _) => {
                    return Err(self.error(tree, arg.value, "unconnected must be \"zero\" or \"none\""));
                }
                _ => {
                    let help = format!("several variables stand in brackets: {name}(y, [x, z])");
                    let message = format!("{name} takes a target and its variables");
                    return Err(self.error_with_help(tree, tree.span(arg.value), message, help));
                }
            }
        }
        Ok(options)
    }

    /// The sources of `grad(y, x)` or `grad(y, [x, z])`, and whether they were listed.
    fn sources(&mut self, tree: &Rc<Tree>, id: ExprId) -> Result<(Vec<Source>, bool), Stop> {
        let listed = matches!(tree.expr(id), Expr::Array(_));
        let ids: Vec<ExprId> = match tree.expr(id) {
            Expr::Array(items) => items.to_vec(),
            _ => vec![id],
        };
        let mut sources = Vec::with_capacity(ids.len());
        for id in ids {
            let name = match tree.expr(id) {
                Expr::Name(name) => Some(*name),
                _ => None,
            };
            let value = self.eval(tree, id)?;
            sources.push(Source { label: print_expr(tree, id), name, value, id });
        }
        Ok((sources, listed))
    }

    /// Gradients exist only for reals.
    pub(super) fn refuse_discrete(&self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Result<(), Stop> {
        let text = tree.text(id);
        let what = match self.numbers.dtype(value) {
            Some(DType::Real) => return Ok(()),
            Some(DType::Int) => {
                format!("{text} is {}", if value_is_scalar(value) { "an integer" } else { "a tensor of integers" })
            }
            Some(DType::Bool) => format!(
                "{text} is {}",
                if value_is_scalar(value) { "true or false" } else { "a tensor of true and false" }
            ),
            None => match value {
                Value::Nothing(_) => return Ok(()),
                other => format!("{text} is {}", other.kind()),
            },
        };
        let help = match self.numbers.dtype(value) {
            Some(_) => format!("{what}; float({text}) is a real"),
            None => what,
        };
        let message = "gradients exist only for floating-point values".to_string();
        Err(self.error_with_help(tree, tree.span(id), message, help))
    }

    /// The gradient or Jacobian by each source, or what stands for it.
    fn first_order(
        &mut self,
        tree: &Rc<Tree>,
        ids: (ExprId, ExprId),
        special: Special,
        target: &Value,
        sources: &[Source],
        options: &Options,
    ) -> Result<Vec<Value>, Stop> {
        let (id, target_id) = ids;
        let seed = options.seed.as_ref().map(|seed| self.fitting_seed(seed, target));
        let seed = seed.transpose().map_err(|fault| self.place(tree, tree.span(id), fault))?;
        let nodes: Vec<Option<NodeId>> = sources.iter().map(|source| node_of(&source.value)).collect();
        let record = self.records();
        let found = match (target, special) {
            (Value::Var(target), Special::Grad) => self.sweep(*target, seed.as_ref(), &nodes, record),
            (Value::Var(target), _) => self.jacobian_of(*target, &nodes, record),
            _ => Ok(vec![None; nodes.len()]),
        };
        let found = found.map_err(|fault| self.place(tree, tree.span(id), fault))?;
        if found.iter().flatten().any(|value| self.is_bad(value)) {
            let (mut names, mut sources_there) = (HashMap::new(), Vec::new());
            for (source, node) in sources.iter().zip(&nodes) {
                names.extend(node.map(|node| (node, source.label.clone())));
                sources_there.extend(*node);
            }
            self.note_bad_slope(tree, target_id, target, &sources_there, &names);
        }
        let explained = |(found, source): (Option<Value>, &Source)| {
            found.unwrap_or_else(|| self.missing(tree, target_id, target, source, options))
        };
        Ok(found.into_iter().zip(sources).map(explained).collect())
    }

    /// What stands for a derivative that does not exist: the reason, or zeros where those were asked for.
    fn missing(&self, tree: &Tree, target_id: ExprId, target: &Value, source: &Source, options: &Options) -> Value {
        if options.zero {
            return self.zeros_like(&source.value);
        }
        Value::nothing(self.why_none(tree.text(target_id), target, &source.label, source.name, &source.value))
    }

    fn zeros_like(&self, value: &Value) -> Value {
        match self.numbers.shape(value) {
            Ok(shape) => {
                let size = shape.size();
                Value::tensor(Tensor::new(shape, vec![0.0; size]))
            }
            Err(_) => Value::Real(0.0),
        }
    }

    /// A seed in the shape of the target.
    fn fitting_seed(&self, seed: &Tensor, target: &Value) -> Result<Tensor, Fault> {
        let shape = self.numbers.shape(target)?;
        let common = seed.shape().broadcast(&shape)?;
        if common != shape {
            return Err(crate::tensor::ShapeError::Broadcast { left: seed.shape().clone(), right: shape }.into());
        }
        let wide: Vec<f64> = seed.view().broadcast(shape.dims()).expect("fits").iter().copied().collect();
        Ok(Tensor::new(shape, wide))
    }

    /// Whether what a gradient gives may be differentiated again.
    pub(super) fn records(&self) -> bool {
        self.differentiable && !self.numbers.frozen
    }

    /// Gradient by nodes; `None` for those the target does not depend on. Numbers that are in doubt are computed again.
    pub(super) fn sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        if record {
            return match self.doubts_gradient(target, sources) {
                true => self.refined_sweep(target, seed, sources),
                false => self.plain_sweep(target, seed, sources, record),
            };
        }
        match self.checked_sweep(target, seed, sources)? {
            Some(found) => Ok(found),
            None => self.refined_numbers(target, seed, sources),
        }
    }

    pub(super) fn plain_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
        let target = match self.compiling && record {
            true => simplified(&mut self.numbers.tape, &present, target)?,
            false => target,
        };
        let seed = seed.map_or(Seed::Ones, Seed::Values);
        Ok(values_of(gradient(&mut self.numbers.tape, &LINEAR, target, seed, &present, record)?, sources))
    }

    /// Rows of the target belong to rows of the source: one sweep an element of a row, for all rows at once.
    fn batch_jacobians(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        target_id: ExprId,
        target: &Value,
        sources: &[Source],
    ) -> Result<Vec<Value>, Stop> {
        let mut results = Vec::with_capacity(sources.len());
        for source in sources {
            let result = match (target, &source.value) {
                (Value::Var(target), Value::Var(node)) => self.batch_jacobian(*target, *node),
                _ => Ok(None),
            };
            let result = result.map_err(|fault| self.place(tree, tree.span(id), fault))?;
            let options = Options { seed: None, zero: false };
            results.push(result.unwrap_or_else(|| self.missing(tree, target_id, target, source, &options)));
        }
        Ok(results)
    }

    fn hessian_values(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        target_id: ExprId,
        target: &Value,
        sources: &[Source],
        listed: bool,
    ) -> Evaluated {
        let nodes: Vec<Option<NodeId>> = sources.iter().map(|source| node_of(&source.value)).collect();
        let record = self.records();
        let found = match target {
            Value::Var(target) => self.hessian_of(*target, &nodes, record),
            _ => Ok(vec![vec![None; nodes.len()]; nodes.len()]),
        };
        let mut blocks = found.map_err(|fault| self.place(tree, tree.span(id), fault))?;
        let options = Options { seed: None, zero: false };
        if !listed {
            let block = blocks.pop().and_then(|mut row| row.pop()).flatten();
            return Ok(block.unwrap_or_else(|| self.missing(tree, target_id, target, &sources[0], &options)));
        }
        let mut fields: Vec<(Rc<str>, Value)> = Vec::new();
        for (row, first) in blocks.into_iter().zip(sources) {
            for (block, second) in row.into_iter().zip(sources) {
                let label = Rc::from(format!("{},{}", first.label, second.label));
                let value = block.unwrap_or_else(|| self.missing(tree, target_id, target, first, &options));
                fields.push((label, value));
            }
        }
        Ok(Value::record(fields))
    }

    /// `diff(e, x)`, `diff(e, x, 2)`
    fn diff(&mut self, tree: &Rc<Tree>, id: ExprId, args: &[Arg]) -> Evaluated {
        let usage = || "diff(x^3, x), diff(x^3, x, 2)".to_string();
        let (Some(body), Some(by)) = (args.first(), args.get(1)) else {
            let message = "diff needs an expression and a variable".to_string();
            return Err(self.error_with_help(tree, tree.span(id), message, usage()));
        };
        let Expr::Name(name) = tree.expr(by.value) else {
            let message = "diff differentiates with respect to a name".to_string();
            return Err(self.error_with_help(tree, tree.span(by.value), message, usage()));
        };
        let order = match args.get(2) {
            None => 1,
            Some(arg) => {
                let value = self.eval(tree, arg.value)?;
                match self.numbers.integer(&value) {
                    Some(order @ 1..=100) => order as usize,
                    _ => return Err(self.error(tree, arg.value, "the order must be a whole number from 1 to 100")),
                }
            }
        };
        let names = vec![(*name, tree.span(by.value)); order];
        self.derivative(tree, id, &names, body.value)
    }

    /// `d/dx e`, `∂²/∂x∂y e`: at the values that the names have here.
    pub(super) fn derivative(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        names: &[(Symbol, Span)],
        body: ExprId,
    ) -> Evaluated {
        let mut distinct: Vec<(Symbol, Span)> = Vec::new();
        for (name, span) in names {
            if !distinct.iter().any(|(other, _)| other == name) {
                distinct.push((*name, *span));
            }
        }
        let frozen = self.numbers.frozen;
        let mut trace = Trace::begin(self);
        let mark = trace.mark();
        let (target, nodes) = trace.target_of(tree, body, &distinct)?;
        if target.is_function() {
            let text = tree.text(body);
            let message = format!("{text} is a function, d/dx takes an expression");
            return Err(trace.error_with_help(
                tree,
                tree.span(body),
                message,
                format!("{text}'(x), or d/dx {text}(x)"),
            ));
        }
        trace.refuse_discrete(tree, body, &target)?;
        let order: Vec<NodeId> = names
            .iter()
            .map(|(name, _)| nodes.iter().find(|(other, _)| other == name).expect("bound above").1)
            .collect();
        let derived = trace.successive(target, &order, mark);
        let derived = trace.placed(tree, id, derived)?;
        if frozen {
            return Ok(trace.constant(&derived));
        }
        trace.keep_for(&derived);
        Ok(derived)
    }

    /// The value of what is differentiated by these names, and their nodes.
    fn target_of(
        &mut self,
        tree: &Rc<Tree>,
        body: ExprId,
        names: &[(Symbol, Span)],
    ) -> Result<(Value, Vec<(Symbol, NodeId)>), Stop> {
        let mut trace = Trace::begin(self);
        trace.numbers.frozen = false;
        let mut nodes = Vec::with_capacity(names.len());
        for &(name, span) in names {
            nodes.push((name, trace.shadow(tree, name, span)?));
        }
        let target = trace.eval(tree, body)?;
        trace.keep();
        Ok((target, nodes))
    }

    /// Differentiates by one source after the other; what does not depend on one is 0.
    fn successive(&mut self, target: Value, sources: &[NodeId], mark: Mark) -> Result<Value, Fault> {
        let outside = self.depends_on_outside(&target, mark);
        if let Some(found) = self.by_series(&target, sources)? {
            return Ok(if outside { found } else { self.numbers.constant(&found) });
        }
        let mut value = target.clone();
        for (i, source) in sources.iter().enumerate() {
            let record = outside || i + 1 < sources.len();
            let found = match &value {
                Value::Var(node) => self.sweep(*node, None, &[Some(*source)], record)?.pop().flatten(),
                _ => None,
            };
            let constant = Value::Var(*source);
            value = found.unwrap_or_else(|| self.zeros_like(&constant));
        }
        if self.depth == 0 && self.is_bad(&value) {
            self.note_bad_derivative(&target, sources);
        }
        Ok(value)
    }

    /// A high derivative by one and the same number, by its Taylor series; `None` where nested sweeps do as well, or
    /// better.
    fn by_series(&mut self, target: &Value, sources: &[NodeId]) -> Result<Option<Value>, Fault> {
        let (Value::Var(target), Some(&source)) = (target, sources.first()) else { return Ok(None) };
        let order = sources.len();
        let is_number = self.numbers.tape.is_scalar(source) && self.numbers.tape.is_scalar(*target);
        if order < SERIES_FROM || !is_number || sources.iter().any(|other| *other != source) || *target < source {
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
        if self.compiling {
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
}

impl Trace<'_, '_> {
    /// Puts a source in place of a variable, wherever it lives, for the rest of the trace.
    pub(super) fn shadow(&mut self, tree: &Rc<Tree>, name: Symbol, span: Span) -> Result<NodeId, Stop> {
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
        let is_global = self.local(name).is_none() && !self.captured.iter().any(|(other, _)| *other == name);
        if is_global {
            self.shadow_global(name, Value::Var(node), Role::Plain);
        } else {
            self.locals.push((name, Value::Var(node)));
        }
        Ok(node)
    }
}

impl Evaluator<'_> {
    /// `f'(2)`, `grad(f)(2, 3)`, `jacobian(f)(v)`, `hessian(f)(v)`
    pub(super) fn call_derived(
        &mut self,
        derived: &Derived,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
    ) -> Result<Value, Fault> {
        for (i, value) in positional.iter().enumerate() {
            match self.numbers.dtype(value) {
                Some(DType::Real) => {}
                Some(_) => {
                    return Err(Fault::new("gradients exist only for floating-point values")
                        .help(format!("this argument is {}; float(…) makes a real of it", value.kind()))
                        .argument(i));
                }
                None => return Err(Fault::new(format!("{} cannot be differentiated by", value.kind())).argument(i)),
            }
        }
        match (derived.operator, &derived.of) {
            // where nothing is kept, nothing need be computed again
            (Operator::Checkpoint, of) if self.numbers.frozen || self.tracing => {
                return self.call_value(of, positional, named);
            }
            (Operator::Checkpoint, of) => {
                let args = self.in_order(of, positional, named)?;
                return self.opaque_call(of, None, &args);
            }
            (Operator::Custom, Value::List(both)) => {
                let args = self.in_order(&both[0], positional, named)?;
                return self.opaque_call(&both[0], Some(&both[1]), &args);
            }
            _ => {}
        }
        let frozen = self.numbers.frozen;
        let mut trace = Trace::begin(self);
        let mark = trace.mark();
        trace.numbers.frozen = false;
        let result = trace.derived_value(derived, positional, named, mark, frozen)?;
        if frozen {
            return Ok(trace.constant(&result));
        }
        trace.keep_for(&result);
        Ok(result)
    }

    fn derived_value(
        &mut self,
        derived: &Derived,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
        mark: Mark,
        frozen: bool,
    ) -> Result<Value, Fault> {
        let mut nodes = Vec::with_capacity(positional.len());
        for value in &positional {
            let value = if frozen { self.numbers.constant(value) } else { value.clone() };
            nodes.push(self.numbers.source(&value)?);
        }
        let args: Vec<Value> = nodes.iter().map(|&node| Value::Var(node)).collect();
        let target = self.call_value(&derived.of, args, named)?;
        if self.numbers.dtype(&target) != Some(DType::Real) {
            return Err(Fault::new("gradients exist only for floating-point values")
                .help(format!("the function gives {}", target.kind())));
        }
        let outside = self.depends_on_outside(&target, mark);
        let sources: Vec<Option<NodeId>> = nodes.iter().copied().map(Some).collect();
        match derived.operator {
            Operator::Derivative(order) => {
                let Some(&source) = nodes.first() else {
                    return Err(Fault::new("a derivative is taken at a point").help("f'(2)"));
                };
                self.successive(target, &vec![source; order as usize], mark)
            }
            Operator::Gradient => {
                let found = self.sweep_or_nothing(&target, &sources, outside)?;
                self.combined(found, &nodes)
            }
            Operator::Jacobian => self.jacobian_matrix(&target, &nodes, outside),
            Operator::Hessian => self.hessian_matrix(&target, &nodes, outside),
            Operator::Divergence => {
                let jacobian = self.jacobian_matrix(&target, &nodes, outside)?;
                self.trace(&jacobian, &target, "divergence")
            }
            Operator::Curl => {
                let jacobian = self.jacobian_matrix(&target, &nodes, outside)?;
                self.curl(&jacobian)
            }
            Operator::Checkpoint | Operator::Custom => unreachable!("calls that are one operation were made before"),
            Operator::Laplacian => {
                let hessian = self.hessian_matrix(&target, &nodes, outside)?;
                self.trace(&hessian, &target, "laplacian")
            }
        }
    }

    fn jacobian_matrix(&mut self, target: &Value, nodes: &[NodeId], record: bool) -> Result<Value, Fault> {
        let sources: Vec<Option<NodeId>> = nodes.iter().copied().map(Some).collect();
        let found = match target {
            Value::Var(node) => self.jacobian_of(*node, &sources, record)?,
            _ => vec![None; sources.len()],
        };
        let shape = self.numbers.shape(target)?;
        self.jacobian_columns(found, nodes, &shape)
    }

    fn hessian_matrix(&mut self, target: &Value, nodes: &[NodeId], record: bool) -> Result<Value, Fault> {
        let sources: Vec<Option<NodeId>> = nodes.iter().copied().map(Some).collect();
        let blocks = match target {
            Value::Var(node) => self.hessian_of(*node, &sources, record)?,
            _ => vec![vec![None; sources.len()]; sources.len()],
        };
        self.hessian_blocks(blocks, nodes)
    }

    /// Sum of the diagonal of derivatives of which there are as many by as many.
    fn trace(&mut self, matrix: &Value, target: &Value, what: &str) -> Result<Value, Fault> {
        let shape = self.numbers.shape(matrix)?;
        let rank = shape.rank();
        let (left, right) = shape.dims().split_at(rank / 2);
        if left != right || what == "laplacian" && !self.numbers.shape(target)?.is_scalar() {
            let needed = match what {
                "laplacian" => "a function with one number as its value",
                _ => "a function with as many values as variables",
            };
            return Err(Fault::new(format!("{what} needs {needed}, its derivatives have shape {shape}")).argument(0));
        }
        let n: usize = left.iter().product();
        let flat = self.numbers.apply(&ops::RESHAPE, &[matrix], Attr::Shape(Shape::new([n * n])))?;
        let diagonal = Attr::Slice([SliceSpec { start: 0, step: n as i64 + 1, len: n, drop: false }].into());
        let diagonal = self.numbers.apply(&ops::SLICE, &[&flat], diagonal)?;
        self.numbers.apply(&ops::SUM, &[&diagonal], Attr::Axes { axes: [0].into(), keep: false })
    }

    fn curl(&mut self, jacobian: &Value) -> Result<Value, Fault> {
        let shape = self.numbers.shape(jacobian)?;
        let mut difference = |(a, b): (usize, usize)| {
            let mut element = |row: usize, column: usize| {
                let at = |start| SliceSpec { start, step: 1, len: 1, drop: true };
                self.numbers.apply(&ops::SLICE, &[jacobian], Attr::Slice([at(row), at(column)].into()))
            };
            let (x, y) = (element(a, b)?, element(b, a)?);
            self.numbers.apply(&ops::SUB, &[&x, &y], Attr::None)
        };
        match shape.dims() {
            [2, 2] => difference((1, 0)),
            [3, 3] => {
                let parts = [(2, 1), (0, 2), (1, 0)].map(&mut difference);
                let parts = parts.into_iter().collect::<Result<Vec<Value>, Fault>>()?;
                self.numbers.stack(parts)
            }
            _ => {
                let message =
                    format!("curl needs two or three variables and as many values, not derivatives of shape {shape}");
                Err(Fault::new(message).argument(0))
            }
        }
    }

    fn sweep_or_nothing(
        &mut self,
        target: &Value,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        match target {
            Value::Var(node) => self.sweep(*node, None, sources, record),
            _ => Ok(vec![None; sources.len()]),
        }
    }

    /// One gradient as it is, several numbers as a vector, anything else as a list.
    fn combined(&mut self, found: Vec<Option<Value>>, nodes: &[NodeId]) -> Result<Value, Fault> {
        let mut values: Vec<Value> = Vec::with_capacity(nodes.len());
        for (found, node) in found.into_iter().zip(nodes) {
            values.push(found.unwrap_or_else(|| self.zeros_like(&Value::Var(*node))));
        }
        match values.len() {
            1 => Ok(values.pop().expect("one value")),
            _ if nodes.iter().all(|node| self.numbers.tape.is_scalar(*node)) => self.numbers.stack(values),
            _ => Ok(Value::list(values)),
        }
    }

    /// Of a function of several numbers, their columns side by side.
    fn jacobian_columns(
        &mut self,
        found: Vec<Option<Value>>,
        nodes: &[NodeId],
        target: &Shape,
    ) -> Result<Value, Fault> {
        let mut blocks = Vec::with_capacity(nodes.len());
        for (found, node) in found.into_iter().zip(nodes) {
            let mut dims = target.dims().to_vec();
            dims.extend(self.numbers.tape.shape(*node).dims());
            let shape = Shape::new(dims);
            let size = shape.size();
            blocks.push(found.unwrap_or_else(|| Value::tensor(Tensor::new(shape, vec![0.0; size]))));
        }
        if blocks.len() == 1 {
            return Ok(blocks.pop().expect("one block"));
        }
        if !nodes.iter().all(|node| self.numbers.tape.is_scalar(*node)) {
            return Ok(Value::list(blocks));
        }
        let stacked = self.numbers.stack(blocks)?;
        let order: Vec<usize> = (1..=target.rank()).chain([0]).collect();
        if order.len() == 1 {
            return Ok(stacked);
        }
        self.numbers.apply(&ops::TRANSPOSE, &[&stacked], Attr::Permutation(order.into()))
    }

    fn hessian_blocks(&mut self, blocks: Vec<Vec<Option<Value>>>, nodes: &[NodeId]) -> Result<Value, Fault> {
        let mut rows = Vec::with_capacity(nodes.len());
        for (row, &first) in blocks.into_iter().zip(nodes) {
            let row = row.into_iter().zip(nodes);
            let filled: Vec<Value> =
                row.map(|(block, &second)| block.unwrap_or_else(|| self.zero_block(first, second))).collect();
            rows.push(filled);
        }
        if let [row] = &mut rows[..]
            && row.len() == 1
        {
            return Ok(row.pop().expect("one block"));
        }
        let rows: Vec<Value> = if nodes.iter().all(|node| self.numbers.tape.is_scalar(*node)) {
            rows.into_iter().map(|row| self.numbers.stack(row)).collect::<Result<_, _>>()?
        } else {
            return Ok(Value::list(rows.into_iter().map(Value::list).collect()));
        };
        self.numbers.stack(rows)
    }
}

/// Derivatives of a number from this order on are Taylor coefficients; nested sweeps round less often, and cost more with
/// every order.
pub(super) const SERIES_FROM: usize = 6;

struct Options {
    seed: Option<Tensor>,
    zero: bool,
}

fn node_of(value: &Value) -> Option<NodeId> {
    match value {
        Value::Var(id) => Some(*id),
        _ => None,
    }
}

fn value_is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Tensor(_) | Value::Range(..))
}
