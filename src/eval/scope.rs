//! The session's variables, and what names mean before anybody assigned them.

use std::collections::HashSet;
use std::rc::Rc;

use super::former::Former;
use crate::functions;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{ExprId, Tree};
use crate::tape::{Moved, NodeId};
use crate::value::Value;

/// The names of the result of the last expression.
pub const ANSWERS: [&str; 2] = ["ans", "_"];

/// How a variable takes part in differentiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Plain,
    /// `const c = 5`: not differentiated, not reassigned.
    Const,
    /// `unwatch x`
    Unwatched,
}

#[derive(Debug, Clone)]
pub struct Binding {
    pub value: Value,
    pub role: Role,
}

/// What a name stands for now, and since when.
#[derive(Default)]
struct Slot {
    binding: Option<Binding>,
    /// Generation of the tape when it was bound.
    generation: u64,
    /// The frame that has noted what the name stood for before.
    noted_in: u64,
}

/// What a name stood for when a frame first changed it.
struct Noted {
    name: Symbol,
    before: Slot,
    former: usize,
}

/// Changes to names that are taken back together: those of a statement that fails, or of an evaluation at a point.
#[must_use]
pub struct Frame {
    serial: u64,
    noted: usize,
    order: usize,
}

/// A derivative that was only shown, and so was not recorded: what it takes to record it after all.
#[derive(Clone)]
pub struct Shown {
    pub tree: Rc<Tree>,
    pub expression: ExprId,
    /// What `ans` was in it.
    pub answer: Option<Value>,
}

/// What frames bound, taken back for a while.
#[must_use]
pub struct Suspended {
    /// Here `before` is what the names stand for after it is resumed.
    noted: Vec<Noted>,
    tails: Vec<Vec<NodeId>>,
    order: Vec<Symbol>,
    serial: u64,
}

/// All names of a session outside functions.
///
/// Every change goes through [`Globals::bind`], which notes what was there before: nothing can be changed for good
/// inside a frame that is rolled back.
pub struct Globals {
    /// By number of the symbol.
    slots: Vec<Slot>,
    builtins: Vec<Option<Value>>,
    /// Names in the order of their first assignment.
    order: Vec<Symbol>,
    /// Nodes that a name stood for before it was reassigned.
    former: Former,
    /// What open frames replaced, the statement's own first.
    noted: Vec<Noted>,
    /// The innermost open frame, and how many there were.
    serial: u64,
    frames: u64,
    /// How often a name was bound to something else.
    changes: u64,
    shown: Option<Shown>,
    /// Notes that were given, and need not be given again.
    said: HashSet<&'static str>,
    /// Constants whose names people give to variables: τ and e.
    pub tau: Symbol,
    pub e: Symbol,
    /// Somebody sits at the other end.
    prompt: bool,
    /// What becomes of it when the statement is kept.
    shown_next: Option<Option<Shown>>,
}

impl Default for Globals {
    fn default() -> Globals {
        let mut globals = Globals {
            slots: Vec::new(),
            builtins: Vec::new(),
            order: Vec::new(),
            former: Former::default(),
            noted: Vec::new(),
            serial: 1,
            frames: 1,
            changes: 0,
            shown: None,
            said: HashSet::new(),
            tau: Symbol::new("tau"),
            e: Symbol::new("e"),
            prompt: false,
            shown_next: None,
        };
        for (name, function) in functions::names() {
            set(&mut globals.builtins, Symbol::new(name), Value::function(function));
        }
        for (name, value, _) in functions::CONSTANTS {
            set(&mut globals.builtins, Symbol::new(name), Value::Real(*value));
        }
        globals
    }
}

fn set<T>(table: &mut Vec<Option<T>>, name: Symbol, value: T) {
    if table.len() <= name.index() {
        table.resize_with(name.index() + 1, || None);
    }
    table[name.index()] = Some(value);
}

impl Globals {
    pub fn get(&self, name: Symbol) -> Option<&Binding> {
        self.slots.get(name.index())?.binding.as_ref()
    }

    /// A function or constant that exists without having been defined.
    pub fn builtin(&self, name: Symbol) -> Option<&Value> {
        self.builtins.get(name.index())?.as_ref()
    }

    pub fn value(&self, name: Symbol) -> Option<&Value> {
        self.get(name).map(|binding| &binding.value).or_else(|| self.builtin(name))
    }

    /// Assigns, for good unless the frame is rolled back. `generation` is that of the tape, see [`Globals::changed`].
    pub fn assign(&mut self, name: Symbol, binding: Binding, generation: u64) {
        match self.get(name) {
            Some(Binding { value: Value::Var(id), .. }) => {
                let id = *id;
                self.bind(name, Some(binding), generation);
                self.former.push(name, id);
            }
            Some(_) => self.bind(name, Some(binding), generation),
            None => {
                self.bind(name, Some(binding), generation);
                if !self.order.contains(&name) {
                    self.order.push(name);
                }
            }
        }
    }

    /// Binds a name to something else, without the consequences of an assignment: it is not listed, and its value
    /// before is not remembered as one that it had.
    pub fn bind(&mut self, name: Symbol, binding: Option<Binding>, generation: u64) {
        if self.slots.len() <= name.index() {
            self.slots.resize_with(name.index() + 1, Slot::default);
        }
        self.changes += 1;
        let slot = &mut self.slots[name.index()];
        let noted_in = self.serial;
        let before = std::mem::replace(slot, Slot { binding, generation, noted_in });
        // a loop may assign the same name any number of times: what it was before the frame is what counts
        if before.noted_in != noted_in {
            let former = self.former.of(name).len();
            self.noted.push(Noted { name, before, former });
        }
    }

    /// Another node that this name stood for before.
    pub fn push_former(&mut self, name: Symbol, node: NodeId) {
        self.former.push(name, node);
    }

    /// How often a name was bound to something else: while it stays the same, all names mean what they meant.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether this note is given for the first time.
    pub fn is_first(&mut self, note: &'static str) -> bool {
        self.said.insert(note)
    }

    pub fn is_prompt(&self) -> bool {
        self.prompt
    }

    pub fn set_prompt(&mut self) {
        self.prompt = true;
    }

    /// Nodes that this name stood for before.
    pub fn former(&self, name: Symbol) -> &[NodeId] {
        self.former.of(name)
    }

    /// Whether any name stood for this node before.
    pub fn was_named(&self, id: NodeId) -> bool {
        self.former.has(id)
    }

    /// The user's names, oldest first.
    pub fn names(&self) -> impl Iterator<Item = (Symbol, &Binding)> {
        self.order.iter().filter_map(|&name| self.get(name).map(|binding| (name, binding)))
    }

    pub fn builtin_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        functions::names()
            .map(|(name, _)| name)
            .filter(|name| !crate::ops::is_auxiliary(name))
            .chain(functions::CONSTANTS.iter().map(|(name, ..)| *name))
    }

    /// Begins a frame inside the statement, to be ended by [`Globals::leave`].
    pub fn enter(&mut self) -> Frame {
        let frame = Frame { serial: self.serial, noted: self.noted.len(), order: self.order.len() };
        self.begin_frame();
        frame
    }

    fn begin_frame(&mut self) {
        self.frames += 1;
        self.serial = self.frames;
    }

    /// Ends a frame: every name stands for what it stood for when the frame began.
    pub fn leave(&mut self, frame: Frame) {
        self.roll_back_to(frame.noted);
        self.order.truncate(frame.order);
        self.serial = frame.serial;
    }

    fn roll_back_to(&mut self, count: usize) {
        while self.noted.len() > count {
            let Some(Noted { name, before, former }) = self.noted.pop() else { return };
            self.changes += 1;
            self.slots[name.index()] = before;
            self.former.truncate(name, former);
        }
    }

    /// What the statement bound, each with the generation of the tape at that time.
    pub fn changed(&self) -> impl Iterator<Item = (Symbol, &Value, u64)> {
        self.noted.iter().filter_map(|noted| {
            let slot = self.slots.get(noted.name.index())?;
            Some((noted.name, &slot.binding.as_ref()?.value, slot.generation))
        })
    }

    /// Takes back what open frames bound, the statement's too, until [`Globals::resume`].
    pub fn suspend(&mut self) -> Suspended {
        let mut noted = std::mem::take(&mut self.noted);
        let order = self.order.clone();
        let mut tails = Vec::with_capacity(noted.len());
        for noted in noted.iter_mut().rev() {
            std::mem::swap(&mut self.slots[noted.name.index()], &mut noted.before);
            let former = self.former.of(noted.name);
            tails.push(former[noted.former.min(former.len())..].to_vec());
            self.former.truncate(noted.name, noted.former);
        }
        self.changes += 1;
        let slots = &self.slots;
        self.order.retain(|name| slots[name.index()].binding.is_some());
        let serial = self.serial;
        self.begin_frame();
        Suspended { noted, tails, order, serial }
    }

    /// Binds again what was suspended.
    pub fn resume(&mut self, suspended: Suspended) {
        self.roll_back_to(0);
        let Suspended { mut noted, tails, order, serial } = suspended;
        for (noted, tail) in noted.iter_mut().zip(tails.into_iter().rev()) {
            std::mem::swap(&mut self.slots[noted.name.index()], &mut noted.before);
            tail.into_iter().for_each(|node| self.former.push(noted.name, node));
        }
        self.changes += 1;
        self.noted = noted;
        self.order = order;
        self.serial = serial;
    }

    /// Keeps what the statement assigned.
    pub fn commit(&mut self) {
        if let Some(shown) = self.shown_next.take() {
            self.shown = shown;
        }
        if self.noted.iter().any(|noted| !noted.name.with_text(|text| ANSWERS.contains(&text))) {
            // the same expression is another one now
            self.shown = None;
        }
        self.noted.clear();
        self.begin_frame();
    }

    /// The last result was a derivative that was shown and not recorded, of this expression; or no such result.
    pub fn set_shown(&mut self, shown: Option<Shown>) {
        self.shown_next = Some(shown);
    }

    pub fn shown(&self) -> Option<Shown> {
        self.shown.clone()
    }

    /// Takes back what the statement assigned.
    pub fn rollback(&mut self) {
        self.roll_back_to(0);
        self.shown_next = None;
        self.begin_frame();
        let slots = &self.slots;
        self.order.retain(|name| slots[name.index()].binding.is_some());
    }

    /// Forgets the names that refer to nodes that there are not; how many there were.
    pub fn forget_lost(&mut self, nodes: usize) -> usize {
        self.shown = None;
        let is_lost = |binding: &Binding| {
            let mut lost = false;
            binding.value.each_node(&mut |id| lost |= id.index() >= nodes);
            lost
        };
        let slots = self.slots.iter_mut().filter(|slot| slot.binding.as_ref().is_some_and(is_lost));
        let count = slots.map(|slot| slot.binding = None).count();
        let slots = &self.slots;
        self.order.retain(|name| slots[name.index()].binding.is_some());
        self.former.change(|id| (id.index() < nodes).then_some(id));
        count
    }

    /// Forgets one name; a built-in meaning comes back.
    pub fn forget(&mut self, name: Symbol) {
        self.bind(name, None, 0);
        self.commit();
        self.order.retain(|other| *other != name);
        self.former.forget(name);
        self.shown = None;
    }

    pub fn forget_all(&mut self) {
        self.shown = None;
        self.slots.clear();
        self.noted.clear();
        self.order.clear();
        self.former.clear();
    }

    /// Every node that a variable can reach directly.
    pub fn roots(&self) -> Vec<NodeId> {
        let mut roots = Vec::new();
        for binding in self.slots.iter().filter_map(|slot| slot.binding.as_ref()) {
            binding.value.each_node(&mut |id| roots.push(id));
        }
        if let Some(Shown { answer: Some(answer), .. }) = &self.shown {
            answer.each_node(&mut |id| roots.push(id));
        }
        roots
    }

    /// Follows the nodes to where a compaction moved them.
    pub fn relocate(&mut self, moved: &Moved) {
        for binding in self.slots.iter_mut().filter_map(|slot| slot.binding.as_mut()) {
            binding.value = binding.value.moved(moved);
        }
        if let Some(Shown { answer: Some(answer), .. }) = &mut self.shown {
            *answer = answer.moved(moved);
        }
        self.former.relocate(moved);
    }
}
