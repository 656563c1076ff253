//! `map(f, xs)` and `e for x in xs`: recorded for one element, computed for all at once where they go the same way.

use std::rc::Rc;

use super::trace::Trace;
use super::whole::Bounds;
use super::{Evaluated, Evaluator, Stop};
use crate::functions;
use crate::program::Vectorized;
use crate::syntax::tree::{Arg, ExprId, Tree};
use crate::tape::NodeId;
use crate::tensor::{DType, Tensor};
use crate::value::{Fault, Value};

/// Fewer elements are done sooner one by one.
const FEWEST: usize = 16;

/// More elements than these are better counted one by one than all made at once.
const MOST: usize = 1 << 26;

/// Larger items, parameters and results are tensors in their own right, better left whole.
const WIDEST: usize = 64;

/// Evaluates one element.
pub(super) type Each<'e, E> = dyn FnMut(&mut E, Value) -> Evaluated + 'e;

impl Evaluator<'_> {
    /// The results for all elements of `items`, stacked, if one recording serves them all; otherwise `None`, and
    /// nothing has happened.
    pub(super) fn many(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        items: &Value,
        each: &mut Each<Self>,
    ) -> Result<Option<Value>, Stop> {
        if self.digits.lifting
            || self.tracing
            || self.interprets()
            || self.symbols.is_some()
            || self.numbers.frozen
            || self.numbers.dtype(items).is_none()
        {
            return Ok(None);
        }
        let placed = |evaluator: &Self, fault: Fault| evaluator.place(tree, tree.span(id), fault);
        let shape = self.numbers.shape(items).map_err(|fault| placed(self, fault))?;
        let count = shape.dims().first().copied().unwrap_or(0);
        let width = shape.size() / count.max(1);
        if !(FEWEST..=MOST).contains(&count) || width == 0 || width > WIDEST {
            return Ok(None);
        }
        match self.numbers.dtype(items) {
            Some(DType::Real) => {}
            // whole numbers may have whole results, which must stay so
            Some(DType::Int) if !self.is_real_for_integers(items, each) => return Ok(None),
            Some(DType::Int) => {}
            _ => return Ok(None),
        }
        let item_shape = crate::tensor::Shape::new(&shape.dims()[1..]);
        let Some((vectorized, params)) = self.vectorized(items, item_shape, each) else { return Ok(None) };
        let result = match items {
            Value::Var(node) => self.recorded(&vectorized, *node, &params),
            _ if params.is_empty() => self
                .numbers
                .to_tensor(items)
                .and_then(|tensor| Ok(vectorized.run(tensor.data(), &[])?.map(|found| Value::Tensor(Rc::new(found))))),
            _ => match self.numbers.lift(items) {
                Ok(node) => self.recorded(&vectorized, node, &params),
                Err(fault) => Err(fault),
            },
        };
        result.map_err(|fault| placed(self, fault))
    }

    fn recorded(&mut self, vectorized: &Vectorized, items: NodeId, params: &[NodeId]) -> Result<Option<Value>, Fault> {
        let mut trace = Trace::begin(self);
        let Some(found) = vectorized.record(&mut trace.numbers.tape, items, params)? else { return Ok(None) };
        trace.keep();
        Ok(Some(Value::Var(found)))
    }

    /// Whether the first of whole numbers has a real result.
    fn is_real_for_integers(&mut self, items: &Value, each: &mut Each<Self>) -> bool {
        let first = match items {
            Value::Range(start, _) => Value::Int(*start),
            _ => return false,
        };
        let mut trace = Trace::begin_quietly(self);
        each(&mut trace, first).is_ok_and(|value| trace.numbers.dtype(&value) == Some(DType::Real))
    }

    /// Records the first element by itself; what it uses from outside.
    fn vectorized(
        &mut self,
        items: &Value,
        shape: crate::tensor::Shape,
        each: &mut Each<Self>,
    ) -> Option<(Vectorized, Vec<NodeId>)> {
        let whole = self.numbers.to_tensor(items).ok()?;
        let first = Tensor::new(shape.clone(), &whole.data()[..shape.size()]);
        let chances = self.memo.chances;
        let mut trace = Trace::begin_quietly(self);
        let mark = trace.mark();
        let item = trace.numbers.tape.variable_tensor(&first);
        trace.watch_reads();
        trace.tracing = true;
        trace.compiling = true;
        let result = each(&mut trace, Value::Var(item));
        let guards = trace.guards();
        // a random number is another one for each element
        let result = result.ok().filter(|_| trace.memo.chances == chances);
        let bounds = match trace.numbers.dtype(items) {
            Some(DType::Int) => vec![(item, Bounds::around(whole.data()))],
            _ => Vec::new(),
        };
        let large = trace.whole_guards(mark, &bounds)?;
        let guards: Vec<NodeId> = guards.into_iter().chain(large).collect();
        trace.compiled_element(mark, item, result, &guards)
    }

    fn compiled_element(
        &mut self,
        mark: crate::tape::Mark,
        item: NodeId,
        result: Option<Value>,
        guards: &[NodeId],
    ) -> Option<(Vectorized, Vec<NodeId>)> {
        let result = result.filter(|value| self.numbers.dtype(value) == Some(DType::Real))?;
        let result = self.numbers.lift(&result).ok()?;
        let tape = &self.numbers.tape;
        if tape.shape(result).size() > WIDEST {
            return None;
        }
        let guards: Vec<NodeId> = guards.iter().copied().filter(|id| id.index() >= mark.node()).collect();
        let ends: Vec<NodeId> = std::iter::once(result).chain(guards.iter().copied()).collect();
        let params: Vec<NodeId> = self.inputs_of(mark, &ends).into_iter().filter(|&id| id != item).collect();
        let fits = |id: &NodeId| id.index() < mark.node() && tape.shape(*id).size() <= WIDEST;
        if !params.iter().all(fits) {
            return None;
        }
        Some((Vectorized::compile(tape, item, &params, result, &guards)?, params))
    }

    /// `map(f, xs)`: the results of `f` for the elements of `xs`, stacked.
    pub(super) fn map(&mut self, tree: &Rc<Tree>, id: ExprId, args: &[Arg]) -> Evaluated {
        let [Arg { name: None, value: function }, Arg { name: None, value: over }] = args else {
            let message = "map takes a function and what it is to be applied to".to_string();
            let help = "map(x -> x^2, [1, 2, 3])".to_string();
            return Err(self.error_with_help(tree, tree.span(id), message, help));
        };
        let f = self.eval(tree, *function)?;
        if !f.is_function() {
            let message = format!("{} is {}, not a function", tree.text(*function), f.kind());
            let help = format!("map(x -> …, {})", tree.text(*over));
            return Err(self.error_with_help(tree, tree.span(*function), message, help));
        }
        let items = self.eval(tree, *over)?;
        let mut each = |evaluator: &mut Self, item: Value| {
            let result = evaluator.call_value(&f, vec![item], Vec::new());
            evaluator.placed(tree, id, result)
        };
        if let Some(found) = self.many(tree, id, &items, &mut each)? {
            return Ok(found);
        }
        let items = functions::elements(self, &items).map_err(|fault| self.place(tree, tree.span(*over), fault))?;
        let mut results = Vec::with_capacity(items.len());
        for item in items {
            self.check_interrupt()?;
            results.push(each(self, item)?);
        }
        let stacked = self.numbers.stack(results);
        self.placed(tree, id, stacked)
    }
}
