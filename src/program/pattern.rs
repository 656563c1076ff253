//! Which elements of a result depend on which elements of its inputs, and how many sweeps a Jacobian with that pattern
//! takes.
//!
//! Rows of a Jacobian that share no column can be had from one sweep (Curtis, Powell & Reid 1974; Griewank & Walther
//! 2008, §8): each element that comes back belongs to one of them. The pattern holds for every value of the inputs.

use std::rc::Rc;

use super::graph::{Graph, Id, Kind, Node, is_elementwise};
use super::scalars::{Origin, groups, origins};
use crate::ops;
use crate::tape::{NodeId, Tape};
use crate::tensor::Shape;

/// Patterns with more entries than this are as good as full.
const MOST_ENTRIES: usize = 1 << 22;

/// The columns of one row of a Jacobian, in ascending order.
type Columns = Rc<[u32]>;

/// The places of a Jacobian that may be other than 0, row by row: elements of the target by elements of all sources.
pub struct Pattern {
    rows: Vec<Columns>,
    columns: usize,
}

impl Pattern {
    /// Of a recorded target by these sources; one may depend on another. `None` if it is too large to be worth it.
    pub fn of_tape(tape: &Tape, target: NodeId, sources: &[NodeId]) -> Option<Pattern> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); tape.shape(target).size()];
        let (mut columns, mut entries) = (0, 0);
        for &source in sources {
            let graph = Graph::of_tape(tape, &[source], &[target]);
            let mut finder = Finder { graph: &graph, none: Rc::from([]), known: Vec::new() };
            for (at, node) in graph.nodes.iter().enumerate() {
                let sets = finder.node(node, graph.inputs[0] as usize == at)?;
                entries += sets.iter().map(|set| set.len()).sum::<usize>();
                if entries > MOST_ENTRIES {
                    return None;
                }
                finder.known.push(sets);
            }
            for (row, set) in rows.iter_mut().zip(&finder.known[graph.outputs[0] as usize]) {
                row.extend(set.iter().map(|column| column + columns as u32));
            }
            columns += tape.shape(source).size();
        }
        Some(Pattern { rows: rows.into_iter().map(Rc::from).collect(), columns })
    }

    /// Columns for rows.
    pub fn transposed(&self) -> Pattern {
        let mut rows = vec![Vec::new(); self.columns];
        for (at, row) in self.rows.iter().enumerate() {
            row.iter().for_each(|&column| rows[column as usize].push(at as u32));
        }
        Pattern { rows: rows.into_iter().map(Rc::from).collect(), columns: self.rows.len() }
    }

    /// Some of the rows.
    pub fn part(&self, rows: std::ops::Range<usize>) -> Pattern {
        Pattern { rows: self.rows[rows].to_vec(), columns: self.columns }
    }

    /// A colour for each row, so that rows of one colour share no column; and how many colours there are.
    pub fn colours(&self) -> (Vec<usize>, usize) {
        // colours that the rows through each column have
        let mut taken: Vec<Vec<usize>> = vec![Vec::new(); self.columns];
        let mut forbidden: Vec<usize> = Vec::new();
        let mut count = 1;
        let colours = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| {
                // a colour is forbidden to this row where the row's number stands
                for &column in row.iter() {
                    taken[column as usize].iter().for_each(|&colour| forbidden[colour] = at + 1);
                }
                let colour = forbidden.iter().position(|&by| by != at + 1).unwrap_or(forbidden.len());
                if colour == forbidden.len() {
                    forbidden.push(0);
                }
                row.iter().for_each(|&column| taken[column as usize].push(colour));
                count = count.max(colour + 1);
                colour
            })
            .collect();
        (colours, count)
    }

    /// The entries, row by row.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.rows.iter().enumerate().flat_map(|(at, row)| row.iter().map(move |&column| (at, column as usize)))
    }
}

struct Finder<'g> {
    graph: &'g Graph,
    none: Columns,
    /// What each element of the nodes so far depends on.
    known: Vec<Vec<Columns>>,
}

impl Finder<'_> {
    fn node(&self, node: &Node, is_input: bool) -> Option<Vec<Columns>> {
        if is_input {
            return Some((0..node.size as u32).map(|column| Rc::from([column])).collect());
        }
        let Kind::Op(row) = node.kind else { return Some(vec![self.none.clone(); node.size]) };
        let is = |other| std::ptr::eq(row, other);
        if is_elementwise(row) {
            let mut sets = vec![self.none.clone(); node.size];
            for &operand in &node.operands {
                let wide = self.broadcast(operand, &node.shape)?;
                sets.iter_mut().zip(wide).for_each(|(set, other)| *set = union(set, &other));
            }
            return Some(sets);
        }
        let shapes: Vec<&Shape> = node.operands.iter().map(|&id| &self.graph.node(id).shape).collect();
        if let Some(origins) = origins(row, &shapes, &node.attr, &node.shape) {
            return Some(origins.into_iter().map(|origin| self.of_origin(node, origin)).collect());
        }
        if let Some(groups) = groups(row, &shapes, &node.attr, &node.shape) {
            let own = &self.known[node.operands[0] as usize];
            return Some(groups.iter().map(|group| self.all(group.iter().map(|&at| &own[at]))).collect());
        }
        if is(&ops::MATMUL)
            && let ([rows, inner], [_, columns]) = (shapes[0].dims(), shapes[1].dims())
        {
            let [left, right] = [0, 1].map(|which| &self.known[node.operands[which] as usize]);
            let of_row: Vec<Columns> =
                (0..*rows).map(|row| self.all(left[row * inner..(row + 1) * inner].iter())).collect();
            let of_column: Vec<Columns> =
                (0..*columns).map(|column| self.all(right.iter().skip(column).step_by(*columns))).collect();
            return Some(of_row.iter().flat_map(|a| of_column.iter().map(move |b| union(a, b))).collect());
        }
        // every element may depend on everything
        let all = self.all(node.operands.iter().flat_map(|&id| &self.known[id as usize]));
        Some(vec![all; node.size])
    }

    fn broadcast(&self, id: Id, to: &Shape) -> Option<Vec<Columns>> {
        let node = self.graph.node(id);
        let own = &self.known[id as usize];
        if node.size == to.size() {
            return Some(own.clone());
        }
        if node.size == 1 {
            return Some(vec![own[0].clone(); to.size()]);
        }
        let attr = crate::tape::Attr::Shape(to.clone());
        let origins = origins(&ops::BROADCAST_TO, &[&node.shape], &attr, to)?;
        Some(
            origins
                .into_iter()
                .map(|origin| origin.map_or_else(|| self.none.clone(), |(_, at)| own[at].clone()))
                .collect(),
        )
    }

    fn of_origin(&self, node: &Node, origin: Origin) -> Columns {
        match origin {
            Some((operand, at)) => self.known[node.operands[operand] as usize][at].clone(),
            None => self.none.clone(),
        }
    }

    fn all<'s>(&self, sets: impl Iterator<Item = &'s Columns>) -> Columns {
        let mut columns: Vec<u32> = Vec::new();
        let mut last: Option<&Columns> = None;
        for set in sets {
            if !last.is_some_and(|last| Rc::ptr_eq(last, set)) {
                columns.extend_from_slice(set);
                last = Some(set);
            }
        }
        columns.sort_unstable();
        columns.dedup();
        columns.into()
    }
}

fn union(a: &Columns, b: &Columns) -> Columns {
    if a.is_empty() || Rc::ptr_eq(a, b) {
        return b.clone();
    }
    if b.is_empty() || a == b {
        return a.clone();
    }
    let mut columns: Vec<u32> = a.iter().chain(b.iter()).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    if columns.len() == a.len() { a.clone() } else { columns.into() }
}
