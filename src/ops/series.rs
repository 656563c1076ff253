//! Taylor mode: the coefficients of a recorded value as a power series in one variable, each of them a node.
//!
//! Arithmetic on series follows the recurrences of Griewank & Walther, Evaluating Derivatives (2008), table 13.1. For
//! any other elementwise operation the table's own derivative rule gives the recurrence: with y' = Σ rᵢ xᵢ', where
//! the slopes rᵢ are series too, k yₖ = Σᵢ Σⱼ j xᵢⱼ rᵢ₍ₖ₋ⱼ₎. A slope is needed only below the order that its operation is
//! needed at, so a chain of slopes of slopes (polygammas, powers) ends; slopes that come back to what is there already
//! (sine, cosine, sine) close a circle. O(n²) nodes an operation, where n nested sweeps take about 3ⁿ.

use std::collections::HashMap;

use crate::tape::{Attr, Cotangent, NodeId, Op, Row, Seed, Tape, TapeError, gradient};
use crate::tensor::Tensor;

use super::*;

/// A coefficient; `None` is structurally 0.
type Coefficient = Option<NodeId>;

/// How the coefficients of a node come from those of its operands.
enum Kind {
    /// Nothing but the value: constants, and what is piecewise constant.
    Value,
    /// The variable itself: x + t.
    Variable,
    Add,
    Sub,
    Neg,
    Product(&'static Row),
    Div,
    /// Linear in all operands.
    Linear(&'static Row, Attr),
    /// Linear in the operands from this number on, the others as they are at the point.
    LinearFrom(usize, &'static Row),
    /// By the derivative rule: a slope for each operand.
    Rule(Vec<Option<usize>>),
}

struct Series {
    node: NodeId,
    row: &'static Row,
    kind: Kind,
    operands: Vec<usize>,
    /// Order up to which somebody needs it.
    need: usize,
    coefficients: Vec<Coefficient>,
    /// Coefficient k times k.
    weighted: Vec<Coefficient>,
}

struct Builder<'t> {
    tape: &'t mut Tape,
    all: Vec<Series>,
    places: HashMap<NodeId, usize>,
    known: HashMap<(usize, Vec<usize>), usize>,
    source: NodeId,
    /// An operation that has no series was met.
    is_stuck: bool,
}

/// Coefficients 0 to `order` of `target` in powers of a scalar `source` about the value it has, as nodes: the k-th
/// derivative by k!. `None` in the place of a coefficient that is structurally 0; no answer at all where the value comes
/// from an operation whose series is not known (a sorting, a factorization).
///
/// Errors: what the rows refuse, interruption, memory.
pub fn taylor(
    tape: &mut Tape,
    source: NodeId,
    target: NodeId,
    order: usize,
) -> Result<Option<Vec<Coefficient>>, TapeError> {
    let mut builder =
        Builder { tape, all: Vec::new(), places: HashMap::new(), known: HashMap::new(), source, is_stuck: false };
    let end = builder.steps(target, order)?;
    if builder.is_stuck {
        return Ok(None);
    }
    for k in 1..=order {
        for at in 0..builder.all.len() {
            if builder.all[at].need >= k {
                let found = builder.coefficient(at, k)?;
                let found = found.map(|id| builder.filling(at, id)).transpose()?;
                builder.all[at].coefficients.push(found);
            }
        }
        if crate::interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
    }
    Ok(Some(builder.all.swap_remove(end).coefficients))
}

const LINEAR_ROWS: [&Row; 11] = [
    &SUM,
    &SUM_TO,
    &RESHAPE,
    &SLICE,
    &UNSLICE,
    &BROADCAST_TO,
    &TRANSPOSE,
    &GATHER,
    &SCATTER_ADD,
    &CONCAT,
    &STACK,
];

fn is(row: &'static Row, other: &'static Row) -> bool {
    std::ptr::eq(row, other)
}

impl Builder<'_> {
    /// The series of everything the target is computed from, from the source on.
    fn steps(&mut self, target: NodeId, need: usize) -> Result<usize, TapeError> {
        let mut needed = vec![target];
        let mut seen: std::collections::HashSet<NodeId> = needed.iter().copied().collect();
        let mut at = 0;
        while at < needed.len() {
            let operands: Vec<NodeId> = self.tape.operands(needed[at]).collect();
            let is_source = needed[at] == self.source;
            needed.extend(operands.into_iter().filter(|&id| !is_source && id >= self.source && seen.insert(id)));
            at += 1;
        }
        needed.sort_unstable();
        for id in needed {
            self.series(id, need)?;
        }
        Ok(self.places[&target])
    }

    /// The series of a node whose operands are older.
    fn series(&mut self, id: NodeId, need: usize) -> Result<usize, TapeError> {
        if let Some(&at) = self.places.get(&id) {
            self.raise(at, need)?;
            return Ok(at);
        }
        let row = self.tape.row(id);
        if id == self.source {
            return Ok(self.push(id, row, Kind::Variable, Vec::new(), need));
        }
        let ids: Vec<NodeId> = self.tape.operands(id).collect();
        let operands: Vec<usize> =
            ids.iter().map(|&operand| self.operand(operand, need)).collect::<Result<_, TapeError>>()?;
        if is(row, &IDENTITY) {
            self.places.insert(id, operands[0]);
            return Ok(operands[0]);
        }
        let is_value = |at: &usize| matches!(self.all[*at].kind, Kind::Value);
        if operands.iter().all(is_value) {
            return Ok(self.push(id, row, Kind::Value, Vec::new(), need));
        }
        let is_plain = matches!(row.op, Op::Map1(_) | Op::Map2(_) | Op::Map3(_));
        let key = (std::ptr::from_ref(row) as usize, operands.clone());
        if is_plain && let Some(&at) = self.known.get(&key) {
            self.places.insert(id, at);
            self.raise(at, need)?;
            return Ok(at);
        }
        let attr = self.tape.attr(id).clone();
        let kind = match () {
            _ if is(row, &ADD) => Kind::Add,
            _ if is(row, &SUB) => Kind::Sub,
            _ if is(row, &NEG) => Kind::Neg,
            _ if is(row, &MUL) || is(row, &MATMUL) => Kind::Product(row),
            _ if is(row, &SQUARE) => Kind::Product(&MUL),
            _ if is(row, &DIV) => Kind::Div,
            _ if is(row, &STOP) => Kind::Value,
            _ if [&SELECT, &KEEP_WHERE, &DROP_WHERE, &LIVE, &LIVE_PART].iter().any(|other| is(row, other)) => {
                Kind::LinearFrom(1, row)
            }
            _ if LINEAR_ROWS.iter().any(|other| is(row, other)) => Kind::Linear(row, attr),
            _ if is_plain => Kind::Rule(Vec::new()),
            _ => {
                self.is_stuck = true;
                Kind::Value
            }
        };
        let operands = if is(row, &SQUARE) { vec![operands[0], operands[0]] } else { operands };
        let at = self.push(id, row, kind, operands, 0);
        if is_plain {
            self.known.insert(key, at);
        }
        self.raise(at, need)?;
        Ok(at)
    }

    fn operand(&mut self, id: NodeId, need: usize) -> Result<usize, TapeError> {
        match self.places.get(&id) {
            None if id < self.source || !self.tape.is_connected(id) => {
                let row = self.tape.row(id);
                Ok(self.push(id, row, Kind::Value, Vec::new(), 0))
            }
            _ => self.series(id, need),
        }
    }

    fn push(&mut self, node: NodeId, row: &'static Row, kind: Kind, operands: Vec<usize>, need: usize) -> usize {
        let coefficients = vec![Some(node)];
        self.all.push(Series { node, row, kind, operands, need, coefficients, weighted: vec![None] });
        self.places.insert(node, self.all.len() - 1);
        self.all.len() - 1
    }

    /// Somebody needs a series up to a higher order.
    fn raise(&mut self, at: usize, need: usize) -> Result<(), TapeError> {
        if self.all[at].need >= need {
            return Ok(());
        }
        self.all[at].need = need;
        for operand in self.all[at].operands.clone() {
            self.raise(operand, need)?;
        }
        if let Kind::Rule(slopes) = &self.all[at].kind {
            let slopes = match slopes.is_empty() {
                true => self.slopes(at, need - 1)?,
                false => slopes.clone(),
            };
            for slope in slopes.iter().flatten() {
                self.raise(*slope, need - 1)?;
            }
            self.all[at].kind = Kind::Rule(slopes);
        }
        Ok(())
    }

    /// The derivative rule of an elementwise operation, recorded, as series.
    fn slopes(&mut self, at: usize, need: usize) -> Result<Vec<Option<usize>>, TapeError> {
        let Series { node, row, .. } = self.all[at];
        let operands = self.all[at].operands.clone();
        // under names of their own: an operand may depend on another
        let mut names = Vec::with_capacity(operands.len());
        for &operand in &operands {
            let name = self.tape.map1(&IDENTITY, self.all[operand].node)?;
            self.places.insert(name, operand);
            names.push(name);
        }
        let result = self.tape.record(row, &names, Attr::None)?;
        debug_assert_eq!(self.tape.shape(result), self.tape.shape(node));
        self.places.insert(result, at);
        let varying: Vec<NodeId> = operands
            .iter()
            .zip(&names)
            .filter(|(operand, _)| !matches!(self.all[**operand].kind, Kind::Value))
            .map(|(_, name)| *name)
            .collect();
        let before = self.tape.len();
        let found = gradient(self.tape, &LINEAR, result, Seed::Ones, &varying, true)?;
        let mut found = varying.iter().zip(found);
        let mut slopes = Vec::with_capacity(operands.len());
        for name in names {
            let cotangent = if varying.contains(&name) { found.next().and_then(|(_, found)| found) } else { None };
            slopes.push(match cotangent {
                Some(Cotangent::Node(id)) => {
                    // everything the rule recorded on the way, in its order
                    let new: Vec<NodeId> = self.tape.nodes_from(before).take_while(|&new| new <= id).collect();
                    let needed = self.ancestors(id, &new);
                    for step in needed {
                        self.series(step, need)?;
                    }
                    Some(self.operand(id, need)?)
                }
                _ => None,
            });
        }
        Ok(slopes)
    }

    /// Those of the nodes that `id` is computed from, and itself.
    fn ancestors(&self, id: NodeId, nodes: &[NodeId]) -> Vec<NodeId> {
        let mut needed: std::collections::HashSet<NodeId> = [id].into();
        for &node in nodes.iter().rev() {
            if needed.contains(&node) {
                needed.extend(self.tape.operands(node));
            }
        }
        nodes.iter().copied().filter(|node| needed.contains(node) && self.tape.is_connected(*node)).collect()
    }

    /// Coefficient `k` of a series, those before it being there.
    fn coefficient(&mut self, at: usize, k: usize) -> Result<Coefficient, TapeError> {
        let operand = |number: usize| self.all[at].operands[number];
        match &self.all[at].kind {
            Kind::Value => Ok(None),
            Kind::Variable if k > 1 => Ok(None),
            Kind::Variable => Ok(Some(self.tape.constant(1.0))),
            Kind::Add => {
                let (a, b) = (self.at(operand(0), k), self.at(operand(1), k));
                self.plus(a, b)
            }
            Kind::Sub => {
                let (a, b) = (self.at(operand(0), k), self.at(operand(1), k));
                let b = self.negative(b)?;
                self.plus(a, b)
            }
            Kind::Neg => self.negative(self.at(operand(0), k)),
            Kind::Product(row) => {
                let (row, a, b) = (*row, operand(0), operand(1));
                let mut sum = None;
                for j in 0..=k {
                    let term = self.times(row, self.at(a, j), self.at(b, k - j))?;
                    sum = self.plus(sum, term)?;
                }
                Ok(sum)
            }
            Kind::Div => {
                let (a, b) = (operand(0), operand(1));
                let mut sum = self.at(a, k);
                for j in 1..=k {
                    let term = self.times(&MUL, self.at(b, j), self.at(at, k - j))?;
                    let term = self.negative(term)?;
                    sum = self.plus(sum, term)?;
                }
                let divisor = self.all[b].node;
                sum.map(|sum| self.tape.map2(&DIV, sum, divisor)).transpose()
            }
            Kind::Linear(row, attr) => {
                let (row, attr) = (*row, attr.clone());
                self.linear(at, 0, row, attr, k)
            }
            Kind::LinearFrom(first, row) => {
                let (first, row) = (*first, *row);
                self.linear(at, first, row, Attr::None, k)
            }
            Kind::Rule(slopes) => {
                let slopes = slopes.clone();
                let mut sum = None;
                for (number, slope) in slopes.into_iter().enumerate() {
                    let Some(slope) = slope else { continue };
                    let x = self.all[at].operands[number];
                    for j in 1..=k {
                        let weighted = self.weighted(x, j)?;
                        let term = self.times(&MUL, weighted, self.at(slope, k - j))?;
                        sum = self.plus(sum, term)?;
                    }
                }
                match sum {
                    Some(sum) if k > 1 => {
                        let divisor = self.tape.constant(k as f64);
                        self.tape.map2(&DIV, sum, divisor).map(Some)
                    }
                    sum => Ok(sum),
                }
            }
        }
    }

    /// A coefficient in the shape of the value: that of `[1, 2] + x` is a number at first.
    fn filling(&mut self, at: usize, id: NodeId) -> Result<NodeId, TapeError> {
        let shape = self.tape.shape(self.all[at].node).clone();
        match *self.tape.shape(id) == shape {
            true => Ok(id),
            false => self.tape.record(&BROADCAST_TO, &[id], Attr::Shape(shape)),
        }
    }

    fn at(&self, series: usize, k: usize) -> Coefficient {
        self.all[series].coefficients.get(k).copied().flatten()
    }

    /// Coefficient `j` times j.
    fn weighted(&mut self, series: usize, j: usize) -> Result<Coefficient, TapeError> {
        while self.all[series].weighted.len() <= j {
            let k = self.all[series].weighted.len();
            let weighted = match self.at(series, k) {
                Some(x) if k > 1 => {
                    let factor = self.tape.constant(k as f64);
                    Some(self.tape.map2(&MUL, factor, x)?)
                }
                x => x,
            };
            self.all[series].weighted.push(weighted);
        }
        Ok(self.all[series].weighted[j])
    }

    fn plus(&mut self, a: Coefficient, b: Coefficient) -> Result<Coefficient, TapeError> {
        match (a, b) {
            (Some(a), Some(b)) => self.tape.map2(&ADD, a, b).map(Some),
            (one, None) | (None, one) => Ok(one),
        }
    }

    fn negative(&mut self, a: Coefficient) -> Result<Coefficient, TapeError> {
        a.map(|a| self.tape.map1(&NEG, a)).transpose()
    }

    fn times(&mut self, row: &'static Row, a: Coefficient, b: Coefficient) -> Result<Coefficient, TapeError> {
        match (a, b) {
            (Some(a), Some(b)) => self.tape.record(row, &[a, b], Attr::None).map(Some),
            _ => Ok(None),
        }
    }

    /// A linear operation on coefficients: zeros stand for those that are not there, and the operands before `first` stay
    /// what they are at the point.
    fn linear(
        &mut self,
        at: usize,
        first: usize,
        row: &'static Row,
        attr: Attr,
        k: usize,
    ) -> Result<Coefficient, TapeError> {
        let operands = self.all[at].operands.clone();
        if operands[first..].iter().all(|&operand| self.at(operand, k).is_none()) {
            return Ok(None);
        }
        let mut ids = Vec::with_capacity(operands.len());
        for (number, operand) in operands.into_iter().enumerate() {
            let point = self.all[operand].node;
            let shape = self.tape.shape(point).clone();
            ids.push(match self.at(operand, k) {
                _ if number < first => point,
                None => self.tape.constant_tensor(&Tensor::new(shape.clone(), vec![0.0; shape.size()])),
                Some(id) => id,
            });
        }
        self.tape.record(row, &ids, attr).map(Some)
    }
}
