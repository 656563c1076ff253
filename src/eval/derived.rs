//! Functions made from others by differentiation, called: `f'(2)`, `grad(f)(2, 3)`, `jacobian(f)(v)`, `hessian(f)(v)`.

use super::provenance::Wanted;
use super::trace::Trace;
use super::{Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::ops;
use crate::syntax::name::Symbol;
use crate::tape::{Attr, Mark, NodeId, SliceSpec};
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Derived, Fault, Operator, Value};

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
        match (&derived.operator, &derived.of) {
            // where nothing is kept, nothing need be computed again
            (Operator::Checkpoint, of) if self.digits.lifting || self.numbers.frozen || self.tracing => {
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
        let point = positional.clone();
        let mut trace = Trace::begin(self);
        let mark = trace.mark();
        trace.numbers.frozen = false;
        let result = trace.derived_value(derived, positional, named.clone(), mark, frozen)?;
        if trace.is_bad_inside(&result) {
            trace.look_into(None, |trace| trace.evaluated_at(derived, &point, named));
        }
        if frozen {
            return Ok(trace.constant(&result));
        }
        trace.keep_for(&result);
        Ok(result)
    }

    /// What is differentiated, once more, and by what.
    fn evaluated_at(
        &mut self,
        derived: &Derived,
        point: &[Value],
        named: Vec<(Symbol, Value)>,
    ) -> Result<(Value, Wanted), Stop> {
        let params = self.params(&derived.of).unwrap_or_default();
        let name = |at: usize| params.get(at).map_or_else(|| "x".to_string(), |(name, _)| name.to_string());
        let mut sources = Vec::with_capacity(point.len());
        let mut args = Vec::with_capacity(point.len());
        for (at, value) in point.iter().enumerate() {
            let value = self.numbers.constant(value);
            let node = self.numbers.source(&value).map_err(unexplained)?;
            sources.push((node, name(at)));
            args.push(Value::Var(node));
        }
        let order = match &derived.operator {
            Operator::Derivative(order) => *order as usize,
            Operator::Partial(by) => by.len(),
            Operator::Hessian | Operator::Laplacian => 2,
            _ => 1,
        };
        let target = self.call_value(&derived.of, args, named).map_err(unexplained)?;
        Ok((target, Wanted { sources, order }))
    }

    fn derived_value(
        &mut self,
        derived: &Derived,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
        mark: Mark,
        frozen: bool,
    ) -> Result<Value, Fault> {
        let (positional, named) = match &derived.operator {
            Operator::Partial(_) => (self.in_order(&derived.of, positional, named)?, Vec::new()),
            _ => (positional, named),
        };
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
        match &derived.operator {
            Operator::Derivative(order) => {
                let Some(&source) = nodes.first() else {
                    return Err(Fault::new("a derivative is taken at a point").help("f'(2)"));
                };
                self.derivative_or_zeros(&target, &vec![source; *order as usize], mark)
            }
            Operator::Partial(by) => {
                let params = self.params(&derived.of).unwrap_or_default();
                let node = |name: &Symbol| {
                    let place = params.iter().position(|(own, _)| own == name)?;
                    nodes.get(place).copied()
                };
                let Some(by) = by.iter().map(node).collect::<Option<Vec<NodeId>>>() else {
                    let names = params.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>().join(", ");
                    return Err(Fault::new("the point has too few values").help(format!("give it all of {names}")));
                };
                self.derivative_or_zeros(&target, &by, mark)
            }
            Operator::Gradient => {
                let found = self.sweep_or_nothing(&target, &sources, outside)?;
                self.combined(found, &nodes)
            }
            Operator::ValueAndGradient => {
                let found = self.sweep_or_nothing(&target, &sources, outside)?;
                let gradient = self.combined(found, &nodes)?;
                let value = if outside { target } else { self.numbers.constant(&target) };
                Ok(Value::record(vec![("value".into(), value), ("gradient".into(), gradient)]))
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

    /// What does not depend on a variable of a function changes by 0.
    fn derivative_or_zeros(&mut self, target: &Value, sources: &[NodeId], mark: Mark) -> Result<Value, Fault> {
        Ok(match self.successive(target, sources, mark)? {
            Some(value) => value,
            None => self.zeros_by(target, sources),
        })
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

/// A failure while a derivative is looked into, which nobody sees.
fn unexplained(_: Fault) -> Stop {
    Stop::Error(Box::new(Diagnostic::new("this cannot be evaluated again")))
}
