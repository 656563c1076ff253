//! Hot loops: after some turns the body is recorded once more, compiled, and run over the remaining turns.
//!
//! Only what a turn carries to the next is stored (see [`crate::program::Turns`]); the loop becomes one node of the
//! tape. A turn that would go another way than the recorded one ends the run, and the evaluator goes on as before.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::carried::Assigned;
use super::moving::TracedTurn;
use super::trace::Trace;
use super::whole::Bounds;
use super::{Binding, Evaluator, Role, Stop};
use crate::program::{self, Body, Items, LOOP, Turn, Turns, part};
use crate::syntax::name::Symbol;
use crate::syntax::tree::{ExprId, Stmt, Tree};
use crate::tape::{Mark, NodeId, STOP};
use crate::tensor::{DType, Tensor};
use crate::value::{Fault, Value};

/// Turns before anybody asks whether the body is worth compiling.
const FIRST_LOOK: usize = 2;

/// Turns before a body of few numbers is compiled: a short loop is done sooner than compiled.
const WARM: usize = 24;

/// Fewer turns than this left are not worth it.
const WORTH: usize = 64;

/// The same for turns that carry many numbers.
const WORTH_WIDE: usize = 6;

/// So many carried numbers are many.
const WIDE: usize = 256;

/// What will be compiled as a whole keeps its turns up to this number of them,
const UNROLLED: usize = 256;

/// if they carry few numbers.
const NARROW: usize = 32;

/// So many numbers that its turns compute are too many to compile one by one.
const LONG: usize = 1 << 13;

/// After so many compiled runs that ended at once, the loop is left to the evaluator.
const PATIENCE: u32 = 3;

/// Larger bodies gain nothing by being compiled.
const MOST_NODES: usize = 20_000;

/// Elements of a carried value above which plain recording is as good.
const MOST_ELEMENTS: usize = 1 << 20;

/// How a loop is doing.
pub(super) struct Heat {
    turns: usize,
    failures: u32,
    next_try: usize,
    names: Assigned,
}

/// Evaluates one turn with the item given; whether it came to its end.
type Each<'t, E> = dyn FnMut(&mut E, Option<Value>) -> Result<bool, Stop> + 't;

/// What turns use from outside.
struct Outside {
    /// Tensors of which they take parts that move with the loop variable.
    bases: Vec<Value>,
    params: Vec<NodeId>,
    /// What each carried value is computed from in a turn, by number: carried values, then those tensors, then
    /// parameters.
    uses: Vec<Vec<usize>>,
}

impl Outside {
    /// What each carried value depends on after all turns.
    fn reach(&self) -> Vec<BTreeSet<usize>> {
        let mut reach: Vec<BTreeSet<usize>> = self.uses.iter().map(|uses| uses.iter().copied().collect()).collect();
        loop {
            let further = |set: &BTreeSet<usize>| -> BTreeSet<usize> {
                let before = set.iter().filter_map(|&number| reach.get(number)).flatten();
                set.iter().chain(before).copied().collect()
            };
            let next: Vec<BTreeSet<usize>> = reach.iter().map(further).collect();
            if next == reach {
                return reach;
            }
            reach = next;
        }
    }
}

/// A name that turns hand on.
struct Carried {
    name: Symbol,
    before: Value,
    node: NodeId,
}

impl Heat {
    /// Of a loop with this body and the condition before it.
    pub(super) fn new(tree: &Tree, condition: Option<ExprId>, body: &[Stmt]) -> Heat {
        Heat { turns: 0, failures: 0, next_try: FIRST_LOOK, names: Assigned::new(tree, condition, body) }
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

impl Evaluator<'_> {
    /// Runs as many turns as go the way of the next one, at most `most`; how many were run. `turn` evaluates one turn
    /// with the item given, and says whether it came to its end.
    pub(super) fn hot_turns(
        &mut self,
        tree: &Rc<Tree>,
        heat: &mut Heat,
        items: Items,
        most: usize,
        turn: &mut Each<Self>,
    ) -> Result<usize, Stop> {
        if self.digits.lifting
            || self.numbers.frozen
            || self.tracing
            || self.interprets()
            || self.symbols.is_some()
            || !self.is_worth_compiling(heat, most)
        {
            return Ok(0);
        }
        let branched = self.branched;
        let chances = self.memo.chances;
        let mut trace = Trace::begin_quietly(self);
        let mark = trace.mark();
        let Some(carried) = trace.carried(&heat.names.carried) else {
            heat.failures = PATIENCE;
            return Ok(0);
        };
        let item = items.first().map(|first| trace.numbers.tape.variable(first));
        for carried in &carried {
            trace.rebind(carried.name, Value::Var(carried.node));
        }
        // whoever reads a temporary name before the body assigns it, in a function say, ends the recording
        let temporary: Vec<Symbol> =
            heat.names.temporary.iter().copied().filter(|name| trace.outlives(*name)).collect();
        for name in &temporary {
            trace.rebind(*name, Value::nothing("the loop has not assigned it yet"));
        }
        trace.tracing = true;
        trace.turn = item.map(|item| TracedTurn::new(mark, item));
        trace.watch_reads();
        let ended = turn(&mut trace, item.map(Value::Var));
        let traced = trace.turn.take();
        trace.tracing = false;
        let guards = trace.guards();
        let body = match &ended {
            Ok(true) => trace.body(mark, guards, &carried, (items, item, most), traced),
            _ => None,
        };
        drop(trace);
        self.branched = branched;
        if self.memo.chances != chances {
            // every turn draws a random number of its own
            heat.failures = PATIENCE;
            return Ok(0);
        }
        if !matches!(ended, Ok(true)) {
            // the evaluator meets the same error, or the end of the loop, by itself
            heat.cool();
            return Ok(0);
        }
        let Some((body, outside)) = body else {
            heat.cool();
            return Ok(0);
        };
        let turns = self.run_turns(body, &carried, &outside, items, (most, !temporary.is_empty()));
        let turns = turns.map_err(|fault| self.place(tree, tree.span(ExprId(0)), fault))?;
        if turns < WARM.min(most) {
            heat.cool();
        } else {
            heat.turns += turns;
            heat.next_try = heat.turns + WARM;
        }
        Ok(turns)
    }

    /// Whether there is so much left to do that compiling pays; otherwise says when to ask again.
    fn is_worth_compiling(&self, heat: &mut Heat, most: usize) -> bool {
        let sizes = heat.names.carried.iter().filter_map(|name| self.numbers.shape(self.lookup(*name)?).ok());
        let elements: usize = sizes.map(|shape| shape.size()).sum();
        if self.compiling {
            let is_long = elements >= NARROW && most >= WORTH_WIDE && elements.saturating_mul(most) >= LONG;
            heat.next_try = heat.next_try.max(UNROLLED);
            return is_long || heat.turns >= UNROLLED;
        }
        heat.next_try = heat.next_try.max(WARM);
        elements >= WIDE && most >= WORTH_WIDE || heat.turns >= WARM && most >= WORTH
    }

    /// Whether a name means something after a turn that assigns it.
    fn outlives(&self, name: Symbol) -> bool {
        self.local(name).is_some() || self.depth == 0 && self.globals.get(name).is_some()
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

    /// The recorded turn, compiled, with what it uses from outside.
    fn body(
        &mut self,
        mark: Mark,
        mut guards: Vec<NodeId>,
        carried: &[Carried],
        (items, item, most): (Items, Option<NodeId>, usize),
        traced: Option<TracedTurn>,
    ) -> Option<(Body, Outside)> {
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
        let (bases, parts) = traced.map_or_else(Default::default, |traced| (traced.bases, traced.parts));
        let sources = carried.iter().map(|carried| carried.node).chain(item);
        let sources: Vec<NodeId> = sources.chain(parts.iter().map(|part| part.source)).collect();
        let mut whole = Vec::new();
        for (carried, &next) in carried.iter().zip(&next) {
            if self.numbers.dtype(&carried.before) == Some(DType::Int) {
                let before = self.numbers.scalar(&carried.before)?;
                whole.push((carried.node, self.carried_bounds(before, carried.node, next, most)));
            }
        }
        if let (Some(item), Some(first)) = (item, items.first()) {
            whole.push((item, Bounds(first, first + most as f64)));
        }
        guards.retain(|id| id.index() >= mark.node());
        guards.extend(self.whole_guards(mark, &whole)?);
        let ends: Vec<NodeId> = next.iter().chain(&guards).copied().collect();
        let params: Vec<NodeId> = self.inputs_of(mark, &ends).into_iter().filter(|id| !sources.contains(id)).collect();
        if params.iter().any(|id| id.index() >= mark.node()) {
            // a source made inside the turn
            return None;
        }
        let nodes: Vec<NodeId> = carried.iter().map(|carried| carried.node).collect();
        let tape = &self.numbers.tape;
        let swept = |base: &Value| match base {
            Value::Var(id) if tape.is_connected(*id) => tape.shape(*id).size(),
            _ => 0,
        };
        let is_connected = |carried: &Carried| matches!(carried.before, Value::Var(id) if tape.is_connected(id));
        let turn = Turn {
            carried: &nodes,
            next: &next,
            connected: &carried.iter().map(is_connected).collect::<Vec<_>>(),
            item,
            bases: &bases.iter().map(swept).collect::<Vec<_>>(),
            streams: &parts,
            params: &params,
            guards: &guards,
        };
        let body = Body::compile(tape, &turn).ok()??;
        let number = |id: &NodeId| {
            let part = |id| parts.iter().find(|part| part.source == id).map(|part| nodes.len() + part.base);
            let param = |id| params.binary_search(&id).ok().map(|at| nodes.len() + bases.len() + at);
            nodes.iter().position(|node| node == id).or_else(|| part(*id)).or_else(|| param(*id))
        };
        let uses = |&id: &NodeId| match std::ptr::eq(tape.row(id), &STOP) {
            // a step of descent begins anew
            true => Vec::new(),
            false => self.inputs_of(mark, &[id]).iter().filter_map(number).collect(),
        };
        let uses = next.iter().map(uses).collect();
        Some((body, Outside { bases, params, uses }))
    }

    /// Runs the compiled turns and puts what they carried under its names.
    fn run_turns(
        &mut self,
        body: Body,
        carried: &[Carried],
        outside: &Outside,
        items: Items,
        (most, leaves_last): (usize, bool),
    ) -> Result<usize, Fault> {
        let tensors = |values: &mut dyn Iterator<Item = &Value>| -> Result<Vec<Tensor>, Fault> {
            values.map(|value| self.numbers.to_tensor(value)).collect()
        };
        let initial = tensors(&mut carried.iter().map(|carried| &carried.before))?;
        let bases = tensors(&mut outside.bases.iter())?;
        let params: Vec<Tensor> = outside.params.iter().map(|&id| self.numbers.tape.tensor(id)).collect();
        let [initial, bases, params] =
            [&initial, &bases, &params].map(|all| all.iter().map(Tensor::data).collect::<Vec<_>>());
        let outer = program::Outside { bases: &bases, params: &params };
        let mut turns = Turns::run(body, items, &initial, outer, most)?;
        if leaves_last {
            turns.drop_last(outer)?;
        }
        let count = turns.turns;
        if count == 0 {
            return Ok(0);
        }
        let results = turns.results();
        // what nobody can ask for a derivative by is a constant to the loop, what depends on nothing else a number
        let values = carried.iter().map(|carried| carried.before.clone()).chain(outside.bases.iter().cloned());
        let before: Vec<Value> = values.chain(outside.params.iter().map(|&id| Value::Var(id))).collect();
        let tape = &self.numbers.tape;
        let is_source = |number: &usize| matches!(before[*number], Value::Var(id) if tape.is_connected(id));
        let reach = outside.reach();
        let is_connected: Vec<bool> = reach.iter().map(|set| set.iter().any(is_source)).collect();
        let connected = reach.iter().zip(&is_connected).filter(|(_, is_connected)| **is_connected);
        let wanted: BTreeSet<usize> = connected.flat_map(|(set, _)| set).copied().filter(is_source).collect();
        let whole = if wanted.is_empty() {
            None
        } else {
            let mut operands = Vec::with_capacity(before.len());
            for (number, value) in before.iter().enumerate() {
                operands.push(match wanted.contains(&number) {
                    true => self.numbers.lift(value)?,
                    false => {
                        let tensor = self.numbers.to_tensor(value)?;
                        self.numbers.tape.constant_tensor(&tensor)
                    }
                });
            }
            Some(self.numbers.tape.record(&LOOP, &operands, turns.attr())?)
        };
        let mut start = 0;
        for ((carried, result), is_connected) in carried.iter().zip(results).zip(is_connected) {
            let (size, shape) = (result.size(), result.shape().clone());
            let value = match whole.filter(|_| is_connected) {
                Some(whole) => Value::Var(part(&mut self.numbers.tape, whole, start, shape)?),
                None => self.typed_like(&carried.before, result),
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

    fn typed_like(&self, before: &Value, after: Tensor) -> Value {
        match self.numbers.dtype(before) {
            Some(kind @ DType::Int) if after.data().iter().all(|&x| crate::value::is_whole(x)) => {
                Value::tensor(after.with_dtype(kind))
            }
            _ => Value::tensor(after),
        }
    }
}
