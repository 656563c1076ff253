//! The nodes that lead to some targets, operands first, and where their inputs come from.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use crate::tape::{Attr, NodeId, Op, Tape};

/// Nodes to walk, in the order of the tape.
pub(super) struct Stretch<'t> {
    pub tape: &'t Tape,
    pub nodes: Vec<NodeId>,
    pub targets: &'t [NodeId],
    /// Nodes besides leaves whose f64 value is meant as it is.
    exact: &'t HashSet<NodeId>,
    /// Inputs with another value in each lane.
    columns: &'t [(NodeId, &'t [f64])],
    place: Places,
    /// An operation on the way has no form in the numbers of the last walk: bounds are guesses.
    pub has_formless: Cell<bool>,
}

enum Places {
    Dense { first: usize, at: Vec<u32> },
    Sparse(HashMap<NodeId, u32>),
}

impl<'t> Stretch<'t> {
    /// `None` if there are more elements than `limit`, or a node that holds a recording of its own.
    pub fn new(
        tape: &'t Tape,
        targets: &'t [NodeId],
        exact: &'t HashSet<NodeId>,
        columns: &'t [(NodeId, &'t [f64])],
        limit: usize,
    ) -> Option<Stretch<'t>> {
        let mut stretch = Stretch {
            tape,
            nodes: Vec::new(),
            targets,
            exact,
            columns,
            place: Places::Sparse(HashMap::new()),
            has_formless: Cell::new(false),
        };
        stretch.collect(limit)?;
        Some(stretch)
    }

    fn collect(&mut self, limit: usize) -> Option<()> {
        let last = self.targets.iter().map(|id| id.index()).max()?;
        let mut is_known = vec![false; last + 1];
        let mut open: Vec<NodeId> = self.targets.to_vec();
        let mut elements = 0;
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut is_known[id.index()], true) {
                continue;
            }
            self.nodes.push(id);
            elements += self.tape.shape(id).size();
            if elements > limit || matches!(self.tape.attr(id), Attr::Shared(_)) {
                return None;
            }
            if !self.is_input(id) {
                open.extend(self.tape.operands(id));
            }
        }
        self.nodes.sort_unstable();
        let first = self.nodes.first()?.index();
        let places = self.nodes.iter().enumerate().map(|(place, &id)| (id, place as u32));
        self.place = if last - first < 16 * self.nodes.len() + 1024 {
            let mut at = vec![u32::MAX; last + 1 - first];
            places.for_each(|(id, place)| at[id.index() - first] = place);
            Places::Dense { first, at }
        } else {
            Places::Sparse(places.collect())
        };
        Some(())
    }

    /// Where a node stands among the nodes.
    pub fn place(&self, id: NodeId) -> usize {
        match &self.place {
            Places::Dense { first, at } => at[id.index() - first] as usize,
            Places::Sparse(places) => places[&id] as usize,
        }
    }

    /// Whether the value of a node is given rather than computed here.
    pub fn is_input(&self, id: NodeId) -> bool {
        matches!(self.tape.row(id).op, Op::Leaf)
            || self.column(id).is_some()
            || self.exact.contains(&id) && !self.targets.contains(&id)
    }

    /// Whether the f64 value of an input is meant to the last bit, whatever leaf it is.
    pub fn is_exact(&self, id: NodeId) -> bool {
        !matches!(self.tape.row(id).op, Op::Leaf) || self.column(id).is_some()
    }

    pub fn column(&self, id: NodeId) -> Option<&'t [f64]> {
        self.columns.iter().find(|(input, _)| *input == id).map(|(_, column)| *column)
    }

    /// Whether the nodes are scalars, each with a value in every lane.
    pub fn has_lanes(&self) -> bool {
        !self.columns.is_empty()
    }

    /// The f64 values of a node as they were recorded.
    pub fn plain(&self, id: NodeId) -> &'t [f64] {
        self.tape.data(id)
    }
}
