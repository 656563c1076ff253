//! Arithmetic on values: with a variable among the operands it is recorded, otherwise it is just computed.

use std::rc::Rc;

use super::{Fault, Value};
use crate::ops::{self, doubt::Doubts};
use crate::tape::{Attr, Mark, NodeId, Op, Operand, Row, Tape, evaluate};
use crate::tensor::{DType, Shape, Tensor};

/// The tape of a session and whether anything is recorded on it just now.
#[derive(Default)]
pub struct Numbers {
    pub tape: Tape,
    /// Inside `no_grad`: variables are read, nothing is recorded.
    pub frozen: bool,
    /// What was found about the last result.
    pub doubts: Doubts,
    /// Elements of tensors that were computed without being recorded.
    pub plain_elements: u64,
    /// Nodes of which an integer was made: no derivative goes on from there.
    pub made_integer: Vec<NodeId>,
}

impl Numbers {
    /// Applies a row to numbers, tensors, integers, booleans.
    pub fn apply(&mut self, row: &'static Row, operands: &[&Value], attr: Attr) -> Result<Value, Fault> {
        if !self.frozen && operands.iter().any(|value| matches!(value, Value::Var(_))) {
            return self.record(row, operands, attr);
        }
        if attr == Attr::None {
            match (&row.op, operands) {
                (Op::Map1(op), [Value::Real(x)]) => return Ok(self.typed(row, (op.f)(*x))),
                (Op::Map2(op), [Value::Real(a), Value::Real(b)]) => return Ok(self.typed(row, (op.f)(*a, *b))),
                _ => {}
            }
        }
        let tensors = operands.iter().map(|value| self.to_tensor(value)).collect::<Result<Vec<_>, _>>()?;
        let inputs: Vec<Operand> = tensors.iter().map(|t| Operand { shape: t.shape(), data: t.data() }).collect();
        let (shape, values) = evaluate(row, &inputs, &attr)?;
        self.plain_elements += values.len() as u64;
        let dtype = result_dtype(row, &tensors);
        Ok(Value::tensor(Tensor::new(shape, values).with_dtype(dtype)))
    }

    fn typed(&self, row: &'static Row, value: f64) -> Value {
        if ops::is_boolean(row) { Value::Bool(value != 0.0) } else { Value::Real(value) }
    }

    fn record(&mut self, row: &'static Row, operands: &[&Value], attr: Attr) -> Result<Value, Fault> {
        let id = match operands {
            [a] if attr == Attr::None => {
                let a = self.lift(a)?;
                self.tape.map1(row, a)?
            }
            [a, b] if attr == Attr::None => {
                let (a, b) = (self.lift(a)?, self.lift(b)?);
                self.tape.map2(row, a, b)?
            }
            _ => {
                let ids = operands.iter().map(|value| self.lift(value)).collect::<Result<Vec<_>, _>>()?;
                self.tape.record(row, &ids, attr)?
            }
        };
        Ok(Value::Var(id))
    }

    /// The node of a number; a constant gets a node now.
    pub fn lift(&mut self, value: &Value) -> Result<NodeId, Fault> {
        match value {
            Value::Var(id) => Ok(*id),
            Value::Real(x) => Ok(self.tape.constant(*x)),
            Value::Int(i) => Ok(self.tape.constant(*i as f64)),
            Value::Bool(b) => Ok(self.tape.constant(*b as u8 as f64)),
            Value::Tensor(tensor) => Ok(self.tape.constant_tensor(tensor)),
            other => Ok(self.tape.constant_tensor(&self.to_tensor(other)?)),
        }
    }

    /// Forgets everything recorded since the mark.
    pub fn truncate(&mut self, mark: Mark) {
        self.tape.truncate(mark);
        self.made_integer.retain(|id| id.index() < mark.node());
    }

    /// After a panic: forgets everything recorded since the mark, and whatever was going on.
    pub fn recover(&mut self, mark: Mark) {
        self.tape.recover(mark);
        self.made_integer.retain(|id| id.index() < mark.node());
        self.doubts.forget();
        self.frozen = false;
    }

    /// Puts more accurate values in the place of those that a node has.
    pub fn correct(&mut self, id: NodeId, values: &[f64]) {
        self.tape.correct(id, values);
        self.doubts.forget();
    }

    /// A new source with this value. Where the value depends on others, so does the source.
    pub fn source(&mut self, value: &Value) -> Result<NodeId, Fault> {
        match value {
            Value::Var(id) if self.frozen => {
                let tensor = self.tape.tensor(*id);
                Ok(self.tape.variable_tensor(&tensor))
            }
            Value::Var(id) => {
                let source = self.tape.map1(&ops::IDENTITY, *id)?;
                // of a recorded constant too
                self.tape.connect(source);
                Ok(source)
            }
            Value::Real(x) => Ok(self.tape.variable(*x)),
            other => Ok(self.tape.variable_tensor(&self.to_tensor(other)?)),
        }
    }

    /// The elements of a number or tensor, whatever its kind.
    pub fn to_tensor(&self, value: &Value) -> Result<Tensor, Fault> {
        match value {
            Value::Real(x) => Ok(Tensor::scalar(*x)),
            Value::Int(i) => Ok(Tensor::scalar(*i as f64).with_dtype(DType::Int)),
            Value::Bool(b) => Ok(Tensor::scalar(*b as u8 as f64).with_dtype(DType::Bool)),
            Value::Tensor(tensor) => Ok(Tensor::clone(tensor)),
            Value::Var(id) => Ok(self.tape.tensor(*id).with_dtype(self.dtype_of_node(*id))),
            Value::Range(start, end) => {
                let length = (end - start).max(0) as usize;
                let shape = Shape::new([length]).check_size()?;
                let elements: Vec<f64> = (*start..*end).map(|i| i as f64).collect();
                Ok(Tensor::new(shape, elements).with_dtype(DType::Int))
            }
            Value::List(_) => Err(Fault::new("a list of unlike values is no tensor")
                .help("arithmetic needs elements of one shape; take them one by one: v[0], v[1]")),
            Value::Function(_) => Err(Fault::new("a function is no number").help("call it: f(2)")),
            Value::Nothing(why) => Err(Fault::new(format!("there is no value here: {why}"))),
            other => Err(Fault::new(format!("{} is no number", other.kind()))),
        }
    }

    fn dtype_of_node(&self, id: NodeId) -> DType {
        if ops::is_boolean(self.tape.row(id)) { DType::Bool } else { DType::Real }
    }

    /// What the elements of a number mean; `None` if it is no number.
    pub fn dtype(&self, value: &Value) -> Option<DType> {
        match value {
            Value::Real(_) => Some(DType::Real),
            Value::Var(id) => Some(self.dtype_of_node(*id)),
            Value::Int(_) | Value::Range(..) => Some(DType::Int),
            Value::Bool(_) => Some(DType::Bool),
            Value::Tensor(tensor) => Some(tensor.dtype()),
            _ => None,
        }
    }

    pub fn shape(&self, value: &Value) -> Result<Shape, Fault> {
        match value {
            Value::Real(_) | Value::Int(_) | Value::Bool(_) => Ok(Shape::scalar()),
            Value::Var(id) => Ok(self.tape.shape(*id).clone()),
            Value::Tensor(tensor) => Ok(tensor.shape().clone()),
            Value::Range(start, end) => Ok(Shape::new([(end - start).max(0) as usize])),
            other => self.to_tensor(other).map(|tensor| tensor.shape().clone()),
        }
    }

    /// The number, if this is one and not a tensor.
    pub fn scalar(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Real(x) => Some(*x),
            Value::Int(i) => Some(*i as f64),
            Value::Bool(b) => Some(*b as u8 as f64),
            Value::Var(id) if self.tape.is_scalar(*id) => Some(self.tape.scalar(*id)),
            _ => None,
        }
    }

    /// The whole number that an index, an axis or a count must be.
    pub fn integer(&self, value: &Value) -> Option<i64> {
        match value {
            Value::Int(i) => Some(*i),
            Value::Bool(_) => None,
            other => self.scalar(other).filter(|x| is_whole(*x)).map(|x| x as i64),
        }
    }

    /// The same value without its history.
    pub fn constant(&self, value: &Value) -> Value {
        let number = |id| Value::tensor(self.tape.tensor(id).with_dtype(self.dtype_of_node(id)));
        match value {
            Value::Var(id) => number(*id),
            other => other.with_nodes(&mut { number }).unwrap_or_else(|| other.clone()),
        }
    }

    /// Values of one shape as one tensor with a new first axis, a list where they do not fit together.
    pub fn stack(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        let mut dtype = None;
        let mut shape = None;
        for item in &items {
            let (Some(kind), false) = (self.dtype(item), matches!(item, Value::Range(..))) else {
                return Ok(Value::list(items));
            };
            let own = self.shape(item)?;
            if *shape.get_or_insert_with(|| own.clone()) != own {
                return Ok(Value::list(items));
            }
            dtype = Some(if dtype.is_none_or(|before| before == kind) { kind } else { DType::Real });
        }
        let Some(shape) = shape else { return Ok(Value::Tensor(Rc::new(Tensor::vector(Vec::new())))) };
        if !self.frozen && items.iter().any(|item| matches!(item, Value::Var(_))) {
            return self.record(&ops::STACK, &items.iter().collect::<Vec<_>>(), Attr::Axis(0));
        }
        let mut dims = vec![items.len()];
        dims.extend(shape.dims());
        let mut elements = Vec::with_capacity(items.len() * shape.size());
        for item in &items {
            match item {
                Value::Real(x) => elements.push(*x),
                other => elements.extend_from_slice(self.to_tensor(other)?.data()),
            }
        }
        let tensor = Tensor::new(Shape::new(dims), elements).with_dtype(dtype.unwrap_or_default());
        Ok(Value::Tensor(Rc::new(tensor)))
    }
}

/// Comparisons answer yes or no; moving elements about keeps what they mean; everything else gives reals.
fn result_dtype(row: &'static Row, operands: &[Tensor]) -> DType {
    if ops::is_boolean(row) {
        return DType::Bool;
    }
    let moves = [&ops::SLICE, &ops::GATHER, &ops::RESHAPE, &ops::TRANSPOSE, &ops::BROADCAST_TO, &ops::STACK];
    let counts = [&ops::ADD, &ops::SUB, &ops::MUL, &ops::SUM, &ops::MAX, &ops::MIN, &ops::CONCAT, &ops::NEG];
    let kind = operands[0].dtype();
    if moves.iter().any(|other| std::ptr::eq(row, *other)) {
        kind
    } else if counts.iter().any(|other| std::ptr::eq(row, *other))
        && operands.iter().all(|operand| operand.dtype() == DType::Int)
    {
        DType::Int
    } else {
        DType::Real
    }
}

/// Whether a real is a whole number that f64 still counts exactly.
pub fn is_whole(x: f64) -> bool {
    x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0
}
