//! Hot loops: after some turns the body is recorded once more, compiled, and run over the remaining turns.
//!
//! Only what a turn carries to the next is stored (see [`crate::program::Turns`]); the loop becomes one node of the
//! tape. A turn that would go another way than the recorded one ends the run, and the evaluator goes on as before.

use std::rc::Rc;

use super::{Binding, Evaluator, Role, Stop};
use crate::ops;
use crate::program::{Body, Items, LOOP, Turns};
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Stmt, StmtKind, Tree};
use crate::tape::{Attr, Mark, NodeId, SliceSpec, Watch};
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Fault, Value};

/// Turns before the body is compiled: a short loop is done sooner than compiled.
const WARM: usize = 24;

/// Fewer turns than this left are not worth it.
const WORTH: usize = 64;

/// After so many compiled runs that ended at once, the loop is left to the evaluator.
const PATIENCE: u32 = 3;

/// Larger bodies gain nothing by being compiled.
const MOST_NODES: usize = 20_000;

/// Elements of a carried value above which plain recording is as good.
const MOST_ELEMENTS: usize = 1 << 16;

/// How a loop is doing.
pub(super) struct Heat {
    turns: usize,
    failures: u32,
    next_try: usize,
    names: Vec<Symbol>,
}

/// Evaluates one turn with the item given; whether it came to its end.
type Turn<'t, E> = dyn FnMut(&mut E, Option<Value>) -> Result<bool, Stop> + 't;

/// A name that turns hand on.
struct Carried {
    name: Symbol,
    before: Value,
    node: NodeId,
}

impl Heat {
    /// Of a loop whose body (and condition) assigns these names.
    pub(super) fn new(tree: &Tree, body: &[Stmt]) -> Heat {
        let mut names = Vec::new();
        assigned(tree, body, &mut names);
        Heat { turns: 0, failures: 0, next_try: WARM, names }
    }

    /// Counts a turn; whether it is time to compile the body.
    pub(super) fn is_hot(&mut self) -> bool {
        self.turns += 1;
        self.turns >= self.next_try && self.failures < PATIENCE
    }

    fn cool(&mut self) {
        self.failures += 1;
        self.next_try = self.turns * 4;
    }
}

/// The names that statements assign, nested ones too.
fn assigned(tree: &Tree, statements: &[Stmt], names: &mut Vec<Symbol>) {
    let mut add = |name: Symbol| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for statement in statements {
        match &statement.kind {
            StmtKind::Assign { name, .. } | StmtKind::AssignIndex { name, .. } => add(*name),
            StmtKind::Watch(watched) | StmtKind::Unwatch(watched) => watched.iter().for_each(|(name, _)| add(*name)),
            _ => {}
        }
    }
    for statement in statements {
        match &statement.kind {
            StmtKind::Expr(id) => assigned_in(tree, *id, names),
            StmtKind::Assign { value, .. } => assigned_in(tree, *value, names),
            StmtKind::For { body, .. } | StmtKind::While { body, .. } => assigned(tree, body, names),
            _ => {}
        }
    }
}

fn assigned_in(tree: &Tree, id: ExprId, names: &mut Vec<Symbol>) {
    match tree.expr(id) {
        Expr::Block(statements) => assigned(tree, statements, names),
        Expr::If { then, otherwise, .. } => {
            assigned_in(tree, *then, names);
            if let Some(otherwise) = otherwise {
                assigned_in(tree, *otherwise, names);
            }
        }
        Expr::NoGrad(body) | Expr::Paren(body) => assigned_in(tree, *body, names),
        _ => {}
    }
}

impl Evaluator<'_> {
    /// Runs as many turns as go the way of the next one, at most `most`; how many were run. `turn` evaluates one turn
    /// with the item given, and says whether it came to its end.
    pub(super) fn hot_turns(
        &mut self,
        tree: &Rc<Tree>,
        heat: &mut Heat,
        items: Items,
        most: usize,
        turn: &mut Turn<Self>,
    ) -> Result<usize, Stop> {
        if most < WORTH || self.compiling || self.numbers.frozen || self.tracing {
            return Ok(0);
        }
        let mark = self.numbers.tape.mark();
        let Some(carried) = self.carried(&heat.names) else {
            heat.failures = PATIENCE;
            return Ok(0);
        };
        let item = (!matches!(items, Items::None)).then(|| self.numbers.tape.variable(items_first(&items)));
        let notes = self.notes.len();
        let branched = self.branched;
        let former: Vec<usize> = heat.names.iter().map(|name| self.globals.former(*name).len()).collect();
        for carried in &carried {
            if self.local(carried.name).is_none() {
                self.globals.keep_for_undo(carried.name);
            }
            self.rebind(carried.name, Value::Var(carried.node));
        }
        self.tracing = true;
        let watch = self.numbers.tape.watch_reads();
        let ended = turn(self, item.map(Value::Var));
        let body = match &ended {
            Ok(true) => self.body(mark, watch, &carried, item),
            _ => {
                self.numbers.tape.reads_since(watch);
                None
            }
        };
        self.tracing = false;
        for (carried, former) in carried.iter().zip(former) {
            self.rebind(carried.name, carried.before.clone());
            self.globals.forget_former(carried.name, former);
        }
        self.notes.truncate(notes);
        self.numbers.truncate(mark);
        self.branched = branched;
        if !matches!(ended, Ok(true)) {
            // the evaluator meets the same error, or the end of the loop, by itself
            heat.cool();
            return Ok(0);
        }
        let Some((body, params)) = body else {
            heat.cool();
            return Ok(0);
        };
        let turns = self.run_turns(body, &carried, &params, items, most);
        let turns = turns.map_err(|fault| self.place(tree, tree.span(ExprId(0)), fault))?;
        if turns < WARM {
            heat.cool();
        } else {
            heat.turns += turns;
            heat.next_try = heat.turns + WARM;
        }
        Ok(turns)
    }

    /// The names that exist before the turn and that it assigns, as sources; `None` if one is no number.
    fn carried(&mut self, names: &[Symbol]) -> Option<Vec<Carried>> {
        let mut carried = Vec::new();
        for &name in names {
            let value = match self.local(name) {
                Some(value) => value.clone(),
                None if self.depth == 0 => match self.globals.get(name) {
                    Some(Binding { role: Role::Const, .. }) => return None,
                    Some(binding) => binding.value.clone(),
                    None => continue,
                },
                // a name of the turn's own
                None => continue,
            };
            if !matches!(self.numbers.dtype(&value), Some(DType::Real | DType::Int))
                || matches!(value, Value::Range(..))
            {
                return None;
            }
            let tensor = self.numbers.to_tensor(&value).ok()?;
            if tensor.size() > MOST_ELEMENTS || tensor.size() == 0 {
                return None;
            }
            let node = self.numbers.tape.variable_tensor(&tensor);
            carried.push(Carried { name, before: value, node });
        }
        (!carried.is_empty()).then_some(carried)
    }

    /// Puts another value under a name without any of the consequences of an assignment.
    fn rebind(&mut self, name: Symbol, value: Value) {
        let base = self.base;
        if let Some((_, slot)) = self.locals[base..].iter_mut().rev().find(|(other, _)| *other == name) {
            *slot = value;
        } else if let Some(before) = self.globals.get(name).cloned() {
            self.globals.swap(name, Some(Binding { value, ..before }));
        }
    }

    /// The recorded turn, compiled, with the nodes from outside that it uses.
    fn body(
        &mut self,
        mark: Mark,
        watch: Watch,
        carried: &[Carried],
        item: Option<NodeId>,
    ) -> Option<(Body, Vec<NodeId>)> {
        let guards = self.numbers.tape.reads_since(watch);
        if self.numbers.tape.len() - mark.node() > MOST_NODES {
            return None;
        }
        let mut next = Vec::with_capacity(carried.len());
        for carried in carried {
            let value = self.lookup(carried.name)?.clone();
            if !matches!(self.numbers.dtype(&value), Some(DType::Real | DType::Int)) {
                return None;
            }
            next.push(self.numbers.lift(&value).ok()?);
        }
        let sources: Vec<NodeId> = carried.iter().map(|carried| carried.node).chain(item).collect();
        let guards: Vec<NodeId> = guards.into_iter().filter(|id| id.index() >= mark.node()).collect();
        let ends: Vec<NodeId> = next.iter().chain(&guards).copied().collect();
        let params: Vec<NodeId> = self.inputs_of(mark, &ends).into_iter().filter(|id| !sources.contains(id)).collect();
        if params.iter().any(|id| id.index() >= mark.node()) {
            // a source made inside the turn
            return None;
        }
        let nodes: Vec<NodeId> = carried.iter().map(|carried| carried.node).collect();
        let body = Body::compile(&self.numbers.tape, &nodes, item, &params, &next, &guards).ok()??;
        Some((body, params))
    }

    /// Runs the compiled turns and puts what they carried under its names.
    fn run_turns(
        &mut self,
        body: Body,
        carried: &[Carried],
        params: &[NodeId],
        items: Items,
        most: usize,
    ) -> Result<usize, Fault> {
        let mut initial = Vec::new();
        let mut connected = !params.is_empty();
        for carried in carried {
            initial.extend_from_slice(self.numbers.to_tensor(&carried.before)?.data());
            connected |= matches!(carried.before, Value::Var(_));
        }
        let tensors: Vec<Tensor> = params.iter().map(|&id| self.numbers.tape.tensor(id)).collect();
        let data: Vec<&[f64]> = tensors.iter().map(Tensor::data).collect();
        let turns = Turns::run(Rc::new(body), items, initial, &data, most)?;
        let count = turns.turns;
        if count == 0 {
            return Ok(0);
        }
        let parts: Vec<Tensor> = turns.parts().map(|(shape, data)| Tensor::new(shape.clone(), data)).collect();
        let whole = if connected {
            let mut operands = Vec::with_capacity(carried.len() + params.len());
            for carried in carried {
                operands.push(self.numbers.lift(&carried.before)?);
            }
            operands.extend_from_slice(params);
            Some(self.numbers.tape.record(&LOOP, &operands, turns.attr())?)
        } else {
            None
        };
        let mut start = 0;
        for (carried, part) in carried.iter().zip(parts) {
            let (size, shape) = (part.size(), part.shape().clone());
            let value = match whole {
                Some(whole) => Value::Var(self.part(whole, start, size, shape)?),
                None => self.typed_like(&carried.before, part),
            };
            start += size;
            let value = match (&carried.before, self.numbers.scalar(&value)) {
                // counters stay integers
                (Value::Int(_), Some(x)) if crate::value::is_whole(x) => Value::Int(x as i64),
                _ => value,
            };
            self.assign_inside(carried.name, value, false)?;
        }
        Ok(count)
    }

    fn part(&mut self, whole: NodeId, start: usize, len: usize, shape: Shape) -> Result<NodeId, Fault> {
        let drop = shape.is_scalar();
        let spec = SliceSpec { start, step: 1, len, drop };
        let id = self.numbers.tape.record(&ops::SLICE, &[whole], Attr::Slice(Rc::new([spec])))?;
        if shape.rank() <= 1 {
            return Ok(id);
        }
        Ok(self.numbers.tape.record(&ops::RESHAPE, &[id], Attr::Shape(shape))?)
    }

    fn typed_like(&self, before: &Value, after: Tensor) -> Value {
        match self.numbers.dtype(before) {
            Some(kind @ DType::Int) if after.data().iter().all(|&x| crate::value::is_whole(x)) => {
                Value::tensor(after.with_dtype(kind))
            }
            _ => Value::tensor(after),
        }
    }
}

fn items_first(items: &Items) -> f64 {
    match items {
        Items::From(first) => *first as f64,
        Items::List(list) => list.first().copied().unwrap_or(0.0),
        Items::None => 0.0,
    }
}
