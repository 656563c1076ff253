//! Nodes of the tape as formulas, element by element.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::number::Number;
use super::store::{Expr, Node, Store, ZERO};
use super::{Label, Unwritten};
use crate::interrupt;
use crate::tape::{CONSTANT, NodeId, Op, Operand, Row, Tape, evaluate};
use crate::tensor::{Shape, repeated};

/// Tensors with more elements are not written out.
const MOST_ELEMENTS: usize = 64;

/// A longer recording gives no formula that anybody reads.
const MOST_NODES: usize = 20_000;

/// Terms and factors that may be gone through while nodes are read.
const MOST_WORK: u64 = 2_000_000;

/// Up to here a logarithm is recognized by its value.
const LARGEST_OF_LOGARITHM: u32 = 100;

type Elements = Rc<[Expr]>;

/// The elements of a node.
pub fn elements(
    tape: &Tape,
    target: NodeId,
    labels: &HashMap<NodeId, Label>,
    store: &mut Store,
) -> Result<Elements, Unwritten> {
    let mut builder = Builder { tape, labels, store, done: HashMap::new() };
    let needed = needed(tape, target, labels)?;
    for id in needed {
        if interrupt::is_requested() {
            return Err(Unwritten::Interrupted);
        }
        if builder.store.work > MOST_WORK {
            return Err(Unwritten::TooLong);
        }
        let elements = builder.node(id)?;
        builder.done.insert(id, elements);
    }
    Ok(builder.done[&target].clone())
}

/// What a node was computed from, in the order in which it was computed.
fn needed(tape: &Tape, target: NodeId, labels: &HashMap<NodeId, Label>) -> Result<Vec<NodeId>, Unwritten> {
    let mut seen = HashSet::from([target]);
    let mut open = vec![target];
    while let Some(id) = open.pop() {
        if labels.contains_key(&id) {
            continue;
        }
        for operand in tape.operands(id) {
            if seen.insert(operand) {
                open.push(operand);
            }
        }
        if seen.len() > MOST_NODES {
            return Err(Unwritten::TooLong);
        }
    }
    let mut needed: Vec<NodeId> = seen.into_iter().collect();
    needed.sort();
    Ok(needed)
}

struct Builder<'t> {
    tape: &'t Tape,
    labels: &'t HashMap<NodeId, Label>,
    store: &'t mut Store,
    done: HashMap<NodeId, Elements>,
}

impl Builder<'_> {
    fn node(&mut self, id: NodeId) -> Result<Elements, Unwritten> {
        match self.labels.get(&id) {
            Some(Label::Variable(name) | Label::Name(name)) => return Ok([self.store.name(name)].into()),
            Some(Label::Constant(name)) => return Ok([self.store.named_constant(name)].into()),
            Some(Label::Number(value)) => return Ok([self.store.number(Number::typed(*value))].into()),
            None => {}
        }
        let row = self.tape.row(id);
        let operands: Vec<NodeId> = self.tape.operands(id).collect();
        if operands.is_empty() {
            return self.leaf(id, row);
        }
        let written = self.operation(id, row, &operands);
        // what no variable is in can be written as a number
        match written {
            Err(Unwritten::Operation(_)) if !self.tape.is_connected(id) => self.leaf(id, &CONSTANT),
            other => other,
        }
    }

    fn leaf(&mut self, id: NodeId, row: &'static Row) -> Result<Elements, Unwritten> {
        if !std::ptr::eq(row, &CONSTANT) {
            return Err(Unwritten::Operation("a variable of the session".to_string()));
        }
        let data = self.tape.data(id).to_vec();
        if data.len() > MOST_ELEMENTS {
            return Err(Unwritten::Operation(format!("a tensor of {} elements", data.len())));
        }
        Ok(data.into_iter().map(|value| self.constant(value)).collect())
    }

    /// A number, by its name where it has one: π, e, log(2) and what the rules make of them.
    fn constant(&mut self, value: f64) -> Expr {
        use std::f64::consts::{E, FRAC_2_SQRT_PI, LOG2_E, LOG10_E, PI, TAU};
        if value.fract() == 0.0 {
            return self.store.number(Number::computed(value));
        }
        let (named, size) = match value.abs() {
            PI => (self.store.name("pi"), PI),
            TAU => (self.store.name("tau"), TAU),
            E => (self.store.named_constant("e"), E),
            FRAC_2_SQRT_PI => {
                let pi = self.store.name("pi");
                let root = self.store.root(pi);
                let below = self.store.whole_power(root, -1);
                (self.store.scaled(below, Number::from(2)), FRAC_2_SQRT_PI)
            }
            LOG2_E => (self.logarithm(2, -1), LOG2_E),
            LOG10_E => (self.logarithm(10, -1), LOG10_E),
            size => match (2..=LARGEST_OF_LOGARITHM).find(|k| f64::from(*k).ln() == size) {
                Some(k) => (self.logarithm(k.into(), 1), size),
                None => return self.store.number(Number::computed(value)),
            },
        };
        self.store.scaled(named, Number::from(if value == size { 1 } else { -1 }))
    }

    fn logarithm(&mut self, of: i64, power: i64) -> Expr {
        let number = self.store.whole(of);
        let log = self.store.call("log", &[number]);
        self.store.whole_power(log, power)
    }

    fn operation(&mut self, id: NodeId, row: &'static Row, operands: &[NodeId]) -> Result<Elements, Unwritten> {
        let shape = self.tape.shape(id).clone();
        if shape.size() > MOST_ELEMENTS {
            return Err(Unwritten::Operation(format!("a tensor of {} elements", shape.size())));
        }
        if row.name == "stop_gradient" {
            return Err(Unwritten::Operation(row.name.to_string()));
        }
        match row.op {
            Op::Tensor(_) => self.of_tensors(id, row, operands),
            _ => {
                let columns: Vec<Elements> = operands.iter().map(|&operand| self.broadcast(operand, &shape)).collect();
                (0..shape.size())
                    .map(|i| {
                        let column: Vec<Expr> = columns.iter().map(|column| column[i]).collect();
                        self.elementwise(row, &column)
                    })
                    .collect()
            }
        }
    }

    fn broadcast(&self, id: NodeId, to: &Shape) -> Elements {
        let (own, elements) = (self.tape.shape(id), &self.done[&id]);
        if own == to {
            return elements.clone();
        }
        let places: Vec<f64> = (0..elements.len()).map(|i| i as f64).collect();
        repeated(own, &places, to).into_iter().map(|place| elements[place as usize]).collect()
    }

    /// Sums, slices and whatever else is linear in its operands: element by element, by what the row does to unit
    /// vectors.
    fn of_tensors(&mut self, id: NodeId, row: &'static Row, operands: &[NodeId]) -> Result<Elements, Unwritten> {
        const LINEAR: [&str; 11] = [
            "sum",
            "broadcast_to",
            "sum_to",
            "reshape",
            "transpose",
            "concat",
            "stack",
            "slice",
            "unslice",
            "gather",
            "scatter_add",
        ];
        let size = self.tape.shape(id).size();
        if row.name == "norm" && size == 1 {
            let elements = self.done[&operands[0]].clone();
            let squares: Vec<Expr> = elements.iter().map(|&x| self.store.whole_power(x, 2)).collect();
            let sum = squares.into_iter().fold(ZERO, |sum, square| self.store.plus(sum, square));
            return Ok([self.store.root(sum)].into());
        }
        let mut total = vec![ZERO; size];
        if row.name == "matmul" {
            let (left, right) = (self.done[&operands[0]].clone(), self.done[&operands[1]].clone());
            for (i, &a) in left.iter().enumerate() {
                for (j, &b) in right.iter().enumerate() {
                    let product = self.store.times(a, b);
                    self.add_units(id, row, operands, &[(0, i), (1, j)], product, &mut total)?;
                }
            }
            return Ok(total.into());
        }
        if !LINEAR.contains(&row.name) {
            return Err(Unwritten::Operation(row.name.to_string()));
        }
        for (which, operand) in operands.iter().enumerate() {
            let elements = self.done[operand].clone();
            for (i, &element) in elements.iter().enumerate() {
                if element != ZERO {
                    self.add_units(id, row, operands, &[(which, i)], element, &mut total)?;
                }
            }
        }
        Ok(total.into())
    }

    /// Adds an element, times what the row makes of unit vectors at these places.
    fn add_units(
        &mut self,
        id: NodeId,
        row: &'static Row,
        operands: &[NodeId],
        places: &[(usize, usize)],
        element: Expr,
        total: &mut [Expr],
    ) -> Result<(), Unwritten> {
        let mut data: Vec<Vec<f64>> = operands.iter().map(|&id| vec![0.0; self.tape.shape(id).size()]).collect();
        for &(which, i) in places {
            data[which][i] = 1.0;
        }
        let inputs: Vec<Operand> =
            operands.iter().zip(&data).map(|(&id, data)| Operand { shape: self.tape.shape(id), data }).collect();
        let Ok((_, result)) = evaluate(row, &inputs, self.tape.attr(id)) else {
            return Err(Unwritten::Operation(row.name.to_string()));
        };
        for (sum, factor) in total.iter_mut().zip(result) {
            if factor != 0.0 {
                let term = self.store.scaled(element, Number::computed(factor));
                *sum = self.store.plus(*sum, term);
            }
        }
        Ok(())
    }

    /// What a row does to formulas.
    fn elementwise(&mut self, row: &'static Row, operands: &[Expr]) -> Result<Expr, Unwritten> {
        let store = &mut *self.store;
        Ok(match (row.name, operands) {
            ("mul", &[a, b]) if store.is_relation(a) && store.is_relation(b) => store.relation("and", a, b),
            ("maximum", &[a, b]) if store.is_relation(a) && store.is_relation(b) => store.relation("or", a, b),
            ("mul", &[a, b]) if store.is_relation(a) => store.call("where", &[a, b, ZERO]),
            ("mul", &[a, b]) if store.is_relation(b) => store.call("where", &[b, a, ZERO]),
            ("equal", &[a, ZERO]) if store.is_relation(a) => self.negated(a),
            ("not_equal", &[a, ZERO]) if store.is_relation(a) => a,
            // rules select NaN where no case holds, which does not happen
            ("add", &[a, b]) if store.is_nan(a) => b,
            ("add" | "sub", &[a, b]) if store.is_nan(b) => a,
            ("add", &[a, b]) => store.plus(a, b),
            ("sub", &[a, b]) => store.minus(a, b),
            ("mul", &[a, b]) => store.times(a, b),
            ("div" | "unit", &[a, b]) => {
                let below = store.whole_power(b, -1);
                store.times(a, below)
            }
            ("neg", &[a]) => store.scaled(a, Number::from(-1)),
            ("identity", &[a]) => a,
            ("square", &[a]) => store.whole_power(a, 2),
            ("reciprocal" | "log_slope", &[a]) => store.whole_power(a, -1),
            ("rsqrt", &[a]) => {
                let root = store.root(a);
                store.whole_power(root, -1)
            }
            ("sech2", &[a]) => {
                let cosh = store.call("cosh", &[a]);
                store.whole_power(cosh, -2)
            }
            ("pow", &[a, b]) => store.power(a, b),
            // where the condition is absent, the value is 0 by its own formula
            ("live" | "live_part", &[_, value]) => value,
            ("drop_where", &[condition, value]) if holds_at_points(store, condition) => value,
            ("keep_where", &[condition, x]) => store.call("where", &[condition, x, ZERO]),
            ("drop_where", &[condition, x]) => store.call("where", &[condition, ZERO, x]),
            ("less", &[a, b]) => store.relation("<", a, b),
            ("less_equal", &[a, b]) => store.relation("<=", a, b),
            ("greater", &[a, b]) => store.relation(">", a, b),
            ("greater_equal", &[a, b]) => store.relation(">=", a, b),
            ("equal", &[a, b]) => store.relation("==", a, b),
            ("not_equal", &[a, b]) => store.relation("!=", a, b),
            (name, operands) => store.call(name, operands),
        })
    }

    fn negated(&mut self, relation: Expr) -> Expr {
        let Node::Relation(sign, [a, b]) = *self.store.node(relation) else { return relation };
        let opposite = match sign {
            "<" => ">=",
            "<=" => ">",
            ">" => "<=",
            ">=" => "<",
            "==" => "!=",
            "!=" => "==",
            _ => {
                let (a, b) = (self.negated(a), self.negated(b));
                return self.store.relation(if sign == "and" { "or" } else { "and" }, a, b);
            }
        };
        self.store.relation(opposite, a, b)
    }
}

/// Whether a condition holds at single points only, where a formula may be silent: `x == 0`.
fn holds_at_points(store: &Store, condition: Expr) -> bool {
    match store.node(condition) {
        Node::Relation("==", _) => true,
        Node::Relation("and", parts) => parts.iter().any(|&part| holds_at_points(store, part)),
        _ => condition == ZERO,
    }
}
