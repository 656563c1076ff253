//! The session's variables, and what names mean before anybody assigned them.

use std::collections::HashMap;

use crate::functions;
use crate::syntax::name::Symbol;
use crate::tape::{Moved, NodeId};
use crate::value::Value;

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

/// All names of a session outside functions.
pub struct Globals {
    /// By number of the symbol.
    bindings: Vec<Option<Binding>>,
    builtins: Vec<Option<Value>>,
    /// Names in the order of their first assignment.
    order: Vec<Symbol>,
    /// Nodes that a name stood for before it was reassigned.
    former: HashMap<Symbol, Vec<NodeId>>,
    /// What the running statement replaced.
    undo: Vec<(Symbol, Option<Binding>)>,
    /// How often a name was bound to something else.
    changes: u64,
}

impl Default for Globals {
    fn default() -> Globals {
        let mut globals = Globals {
            bindings: Vec::new(),
            builtins: Vec::new(),
            order: Vec::new(),
            former: HashMap::new(),
            undo: Vec::new(),
            changes: 0,
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
        self.bindings.get(name.index())?.as_ref()
    }

    /// A function or constant that exists without having been defined.
    pub fn builtin(&self, name: Symbol) -> Option<&Value> {
        self.builtins.get(name.index())?.as_ref()
    }

    pub fn value(&self, name: Symbol) -> Option<&Value> {
        self.get(name).map(|binding| &binding.value).or_else(|| self.builtin(name))
    }

    /// Assigns for good (or until [`Globals::rollback`]).
    pub fn assign(&mut self, name: Symbol, binding: Binding) {
        if let Some(Binding { value: Value::Var(id), .. }) = self.get(name) {
            let id = *id;
            self.former.entry(name).or_default().push(id);
        }
        let before = self.swap(name, Some(binding));
        if before.is_none() && !self.order.contains(&name) {
            self.order.push(name);
        }
        // a loop may assign the same name any number of times: what it was before the statement is what counts
        if !self.undo.iter().any(|(other, _)| *other == name) {
            self.undo.push((name, before));
        }
    }

    /// Binds a name for a while; give the result back to a second `swap` to end it.
    pub fn swap(&mut self, name: Symbol, binding: Option<Binding>) -> Option<Binding> {
        if self.bindings.len() <= name.index() {
            self.bindings.resize_with(name.index() + 1, || None);
        }
        self.changes += 1;
        std::mem::replace(&mut self.bindings[name.index()], binding)
    }

    /// How often a name was bound to something else: while it stays the same, all names mean what they meant.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Nodes that this name stood for before.
    pub fn former(&self, name: Symbol) -> &[NodeId] {
        self.former.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Nodes that any name stood for before.
    pub fn all_former(&self) -> impl Iterator<Item = NodeId> {
        self.former.values().flatten().copied()
    }

    /// Remembers what a name stands for, should the statement fail, before something else does something to it.
    pub fn keep_for_undo(&mut self, name: Symbol) {
        if !self.undo.iter().any(|(other, _)| *other == name) {
            self.undo.push((name, self.get(name).cloned()));
        }
    }

    /// Forgets what the name stood for since it had so many former nodes.
    pub fn forget_former(&mut self, name: Symbol, kept: usize) {
        if let Some(former) = self.former.get_mut(&name) {
            former.truncate(kept);
        }
    }

    /// The user's names, oldest first.
    pub fn names(&self) -> impl Iterator<Item = (Symbol, &Binding)> {
        self.order.iter().filter_map(|&name| self.get(name).map(|binding| (name, binding)))
    }

    pub fn builtin_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        functions::names().map(|(name, _)| name).chain(functions::CONSTANTS.iter().map(|(name, ..)| *name))
    }

    /// Keeps what the statement assigned.
    pub fn commit(&mut self) {
        self.undo.clear();
    }

    /// Takes back what the statement assigned.
    pub fn rollback(&mut self) {
        while let Some((name, before)) = self.undo.pop() {
            let failed = self.swap(name, before);
            if let Some(former) = self.former.get_mut(&name) {
                let kept = self.bindings[name.index()].as_ref().and_then(|binding| match binding.value {
                    Value::Var(id) => former.iter().position(|other| *other == id),
                    _ => None,
                });
                former.truncate(kept.unwrap_or(former.len()));
            }
            if failed.is_some() && self.get(name).is_none() {
                self.order.retain(|other| *other != name);
            }
        }
    }

    /// Forgets one name; a built-in meaning comes back.
    pub fn forget(&mut self, name: Symbol) {
        self.swap(name, None);
        self.order.retain(|other| *other != name);
        self.former.remove(&name);
    }

    pub fn forget_all(&mut self) {
        self.bindings.clear();
        self.order.clear();
        self.former.clear();
    }

    /// Every node that a variable can reach directly.
    pub fn roots(&self) -> Vec<NodeId> {
        let mut roots = Vec::new();
        for binding in self.bindings.iter().flatten() {
            binding.value.each_node(&mut |id| roots.push(id));
        }
        roots
    }

    /// Follows the nodes to where a compaction moved them.
    pub fn relocate(&mut self, moved: &Moved) {
        for binding in self.bindings.iter_mut().flatten() {
            binding.value = binding.value.moved(moved);
        }
        for former in self.former.values_mut() {
            *former = former.iter().filter_map(|id| moved.get(*id)).collect();
        }
        self.former.retain(|_, former| !former.is_empty());
    }
}
