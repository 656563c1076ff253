//! Differential operators: of recorded values, of expressions, of functions.

use std::rc::Rc;

use super::provenance::Wanted;
use super::trace::Trace;
use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::functions::{Args, Special, builtins};
use crate::ops::{self, LINEAR};
use crate::program::simplified;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{Arg, Expr, ExprId, Tree};
use crate::tape::{Attr, Cotangent, NodeId, Seed, gradient};
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
            Special::Diff | Special::Derivative => return self.diff(tree, id, special, args),
            Special::Record => return self.record(tree, args),
            Special::Map => return self.map(tree, id, args),
            _ => {}
        }
        if !self.numbers.frozen {
            return self.differential(tree, id, special, args, !self.is_only_shown(id));
        }
        // what `no_grad` reads is differentiated here all the same, and is a number outside
        let mut trace = Trace::begin(self);
        trace.numbers.frozen = false;
        let result = trace.differential(tree, id, special, args, false)?;
        Ok(trace.constant(&result))
    }

    /// Whether an expression is the whole statement, whose value is shown: `ans` records it when somebody asks for its
    /// derivative.
    pub(super) fn is_only_shown(&self, id: ExprId) -> bool {
        self.depth == 0 && self.outermost == Some(id)
    }

    /// `grad(y, x)`, `jacobian(y, [x, z])`, `hessian(f)`, …; `record` tells that the result may be differentiated again.
    fn differential(&mut self, tree: &Rc<Tree>, id: ExprId, special: Special, args: &[Arg], record: bool) -> Evaluated {
        let builtin = builtins()
            .iter()
            .find(|builtin| matches!(builtin.run, crate::functions::Run::Special(other) if other == special))
            .expect("every special form is in the catalogue");
        let Some(first) = args.first() else {
            let fault = Args::bind(builtin.name, builtin.params, Vec::new(), Vec::new()).err();
            return Err(self.place(tree, tree.span(id), fault.unwrap_or_else(|| Fault::new("an argument is missing"))));
        };
        let target = self.eval_apart(tree, first.value)?;
        let Some(by) = args.get(1).filter(|arg| arg.name.is_none() || arg.name.is_some_and(|(n, _)| &*n.text() == "x"))
        else {
            if special == Special::Grad && !target.is_function() && !matches!(tree.expr(first.value), Expr::Name(_)) {
                return self.gradient_by_all(tree, id, first.value, &target, record);
            }
            return self.operator_on_function(tree, first.value, special, target);
        };
        if target.is_function() {
            let text = tree.text(first.value);
            let message = format!("{} of a function takes the function alone", builtin.name);
            let help = format!("{}({text})({})", builtin.name, tree.text(by.value));
            return Err(self.error_with_help(tree, tree.span(first.value), message, help));
        }
        let options = Options { record, ..self.options(tree, args, builtin.name)? };
        let (sources, listed) = self.sources(tree, by.value)?;
        self.refuse_discrete(tree, first.value, &target)?;
        for source in &sources {
            self.refuse_discrete(tree, source.id, &source.value)?;
        }
        let results = match special {
            Special::Grad | Special::Jacobian => {
                self.first_order(tree, (id, first.value), special, &target, &sources, &options)?
            }
            Special::BatchJacobian => self.batch_jacobians(tree, (id, first.value), &target, &sources, record)?,
            _ => return self.hessian_values(tree, (id, first.value), &target, &sources, listed, record),
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

    /// `grad(f)`, `jacobian(f)`, `hessian(f)`
    fn operator_on_function(&mut self, tree: &Rc<Tree>, id: ExprId, special: Special, target: Value) -> Evaluated {
        let operator = match special {
            Special::Grad => Operator::Gradient,
            Special::Jacobian => Operator::Jacobian,
            _ => Operator::Hessian,
        };
        let text = tree.text(id).to_string();
        if !target.is_function() {
            let operator = match special {
                Special::Grad => "grad",
                Special::Jacobian => "jacobian",
                _ => "hessian",
            };
            let message = format!("{operator} needs a variable: {operator}({text}, x)");
            let help = format!("or give it a function, as in {operator}(x -> x^2)");
            return Err(self.error_with_help(tree, tree.span(id), message, help));
        }
        Ok(Value::function(Function::Derived(Derived { operator, of: target })))
    }

    pub(super) fn nabla(&mut self, tree: &Rc<Tree>, function: ExprId) -> Evaluated {
        let value = self.eval(tree, function)?;
        self.operator_on_function(tree, function, Special::Grad, value)
    }

    fn options(&mut self, tree: &Rc<Tree>, args: &[Arg], name: &str) -> Result<Options, Stop> {
        let mut options = Options { seed: None, zero: false, record: false };
        for arg in &args[2..] {
            let value = self.eval(tree, arg.value)?;
            let key = arg.name.map(|(name, _)| name.text());
            match (key.as_deref(), &value) {
                (Some("seed"), _) => {
                    let is_number = self.numbers.to_tensor(&value).map(|_| ());
                    is_number.map_err(|fault| self.place(tree, tree.span(arg.value), fault))?;
                    options.seed = Some(value);
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

    /// `gradient(x^2 y)`: by every variable in it.
    fn gradient_by_all(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        body: ExprId,
        target: &Value,
        record: bool,
    ) -> Evaluated {
        self.refuse_discrete(tree, body, target)?;
        let names = self.free_variables(tree, body);
        let is_real = |name: &Symbol| self.lookup(*name).is_some_and(|value| matches!(value, Value::Var(_)));
        if names.is_empty() || !names.iter().all(is_real) {
            return self.operator_on_function(tree, body, Special::Grad, target.clone());
        }
        let source = |name: Symbol| Source {
            label: name.to_string(),
            name: Some(name),
            value: self.lookup(name).cloned().unwrap_or(Value::Real(0.0)),
            id: body,
        };
        let sources: Vec<Source> = names.into_iter().map(source).collect();
        let options = Options { seed: None, zero: false, record };
        let results = self.first_order(tree, (id, body), Special::Grad, target, &sources, &options)?;
        let fields = sources.into_iter().zip(results).map(|(source, value)| (Rc::from(source.label), value));
        Ok(Value::record(fields.collect()))
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
        let record = options.record;
        let seed = options.seed.as_ref().map(|seed| self.fitting_seed(seed, target));
        let seed = seed.transpose().map_err(|fault| self.place(tree, tree.span(id), fault))?;
        let nodes: Vec<Option<NodeId>> = sources.iter().map(|source| node_of(&source.value)).collect();
        let found = match (target, special) {
            (Value::Var(target), Special::Grad) => self.seeded_sweep(*target, seed.as_ref(), &nodes, record),
            (Value::Var(target), _) => self.jacobian_of(*target, &nodes, record),
            _ => Ok(vec![None; nodes.len()]),
        };
        let mut found = found.map_err(|fault| self.place(tree, tree.span(id), fault))?;
        if special == Special::Grad {
            self.note_partials(&mut found, &nodes).map_err(|fault| self.place(tree, tree.span(id), fault))?;
        }
        if found.iter().flatten().any(|value| self.is_bad(value)) {
            let named = |(source, node): (&Source, &Option<NodeId>)| node.map(|node| (node, source.label.clone()));
            let sources: Vec<(NodeId, String)> = sources.iter().zip(&nodes).filter_map(named).collect();
            self.look_into(Some((tree, target_id)), |trace| {
                Ok((trace.eval(tree, target_id)?, Wanted { sources, order: 1 }))
            });
        }
        if let (Value::Var(node), Special::Grad, None) = (target, special, &options.seed) {
            self.note_sum(tree, target_id, *node, &nodes);
        }
        let explained = |(found, source): (Option<Value>, &Source)| {
            found.unwrap_or_else(|| self.missing(tree, target_id, target, source, options))
        };
        Ok(found.into_iter().zip(sources).map(explained).collect())
    }

    /// Says once in a session that the gradient of several numbers is that of their sum, where that loses something.
    fn note_sum(&mut self, tree: &Rc<Tree>, target_id: ExprId, target: NodeId, sources: &[Option<NodeId>]) {
        if self.depth > 0 || self.compiling || self.tracing || self.numbers.tape.is_scalar(target) {
            return;
        }
        let depends = |source: &NodeId| self.depends(target, *source) && !self.depends_on_own_elements(target, *source);
        if !sources.iter().flatten().any(depends) || !self.globals.is_first("gradients of tensors are of their sum") {
            return;
        }
        let text = tree.text(target_id);
        let shape = self.numbers.tape.shape(target);
        let message = format!("{text} has shape {shape}: grad gives the gradient of its sum, as in TensorFlow");
        let note = Diagnostic::new(message).at(&tree.source, tree.span(target_id));
        self.remark(note.help(format!("jacobian({text}, …) has the derivatives of each element")));
    }

    /// What stands for a derivative that does not exist: the reason, or zeros where those were asked for.
    fn missing(&self, tree: &Tree, target_id: ExprId, target: &Value, source: &Source, options: &Options) -> Value {
        if options.zero {
            return self.zeros_like(&source.value);
        }
        Value::nothing(self.why_none(tree.text(target_id), target, &source.label, source.name, &source.value))
    }

    pub(super) fn zeros_like(&self, value: &Value) -> Value {
        self.zeros(self.numbers.shape(value).map(|shape| shape.dims().to_vec()).unwrap_or_default())
    }

    pub(super) fn zeros(&self, dims: Vec<usize>) -> Value {
        let shape = Shape::new(dims);
        let size = shape.size();
        Value::tensor(Tensor::new(shape, vec![0.0; size]))
    }

    /// A seed in the shape of the target; one that was recorded stays so.
    fn fitting_seed(&mut self, seed: &Value, target: &Value) -> Result<Value, Fault> {
        let (own, shape) = (self.numbers.shape(seed)?, self.numbers.shape(target)?);
        if own.broadcast(&shape)? != shape {
            return Err(crate::tensor::ShapeError::Broadcast { left: own, right: shape }.into());
        }
        self.numbers.apply(&ops::BROADCAST_TO, &[seed], Attr::Shape(shape))
    }

    /// The gradient of the target weighted by a seed. By a seed that was recorded it can be differentiated, too.
    fn seeded_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Value>,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        match seed {
            Some(Value::Var(seed)) if record => {
                let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
                let seed = Seed::Node(*seed);
                Ok(values_of(gradient(&mut self.numbers.tape, &LINEAR, target, seed, &present, true)?, sources))
            }
            Some(seed) => {
                let seed = self.numbers.to_tensor(seed)?;
                self.sweep(target, Some(&seed), sources, record)
            }
            None => self.sweep(target, None, sources, record),
        }
    }

    /// Gradient by nodes; `None` for those the target does not depend on. Notes whether its digits may be lost.
    pub(super) fn sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        if self.symbols.is_some() {
            return self.plain_sweep(target, seed, sources, record);
        }
        if record || self.digits.lifting {
            self.doubt_gradient(target, sources);
            return self.plain_sweep(target, seed, sources, true);
        }
        self.checked_sweep(target, seed, sources)
    }

    pub(super) fn plain_sweep(
        &mut self,
        target: NodeId,
        seed: Option<&Tensor>,
        sources: &[Option<NodeId>],
        record: bool,
    ) -> Result<Vec<Option<Value>>, Fault> {
        let record = record || self.digits.lifting;
        let present: Vec<NodeId> = sources.iter().copied().flatten().collect();
        self.digits.swept(&present);
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
        (id, target_id): (ExprId, ExprId),
        target: &Value,
        sources: &[Source],
        record: bool,
    ) -> Result<Vec<Value>, Stop> {
        let mut results = Vec::with_capacity(sources.len());
        for source in sources {
            let result = match (target, &source.value) {
                (Value::Var(target), Value::Var(node)) => self.batch_jacobian(*target, *node, record),
                _ => Ok(None),
            };
            let result = result.map_err(|fault| self.place(tree, tree.span(id), fault))?;
            let options = Options { seed: None, zero: false, record: false };
            results.push(result.unwrap_or_else(|| self.missing(tree, target_id, target, source, &options)));
        }
        Ok(results)
    }

    fn hessian_values(
        &mut self,
        tree: &Rc<Tree>,
        (id, target_id): (ExprId, ExprId),
        target: &Value,
        sources: &[Source],
        listed: bool,
        record: bool,
    ) -> Evaluated {
        let nodes: Vec<Option<NodeId>> = sources.iter().map(|source| node_of(&source.value)).collect();
        let found = match target {
            Value::Var(target) => self.hessian_of(*target, &nodes, record),
            _ => Ok(vec![vec![None; nodes.len()]; nodes.len()]),
        };
        let mut blocks = found.map_err(|fault| self.place(tree, tree.span(id), fault))?;
        if blocks.iter().flatten().flatten().any(|block| self.is_bad(block)) {
            let named = |source: &Source| node_of(&source.value).map(|node| (node, source.label.clone()));
            let sources: Vec<(NodeId, String)> = sources.iter().filter_map(named).collect();
            self.look_into(Some((tree, target_id)), |trace| {
                Ok((trace.eval(tree, target_id)?, Wanted { sources, order: 2 }))
            });
        }
        let options = Options { seed: None, zero: false, record: false };
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
}

struct Options {
    seed: Option<Value>,
    zero: bool,
    /// The result may be differentiated again.
    record: bool,
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
