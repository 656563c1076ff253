//! Operators: arithmetic, comparison, logic, juxtaposition.

use std::rc::Rc;

use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::ops;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{BinaryOp, CompareOp, Expr, ExprId, Factor, Tree};
use crate::tape::{Attr, Row, TapeError};
use crate::tensor::{DType, ShapeError, Tensor};
use crate::value::{Fault, Value};

pub(super) fn row_of(op: BinaryOp) -> &'static Row {
    match op {
        BinaryOp::Add => &ops::ADD,
        BinaryOp::Sub => &ops::SUB,
        BinaryOp::Mul => &ops::MUL,
        BinaryOp::Div => &ops::DIV,
        BinaryOp::Mod => &ops::MOD,
        BinaryOp::MatMul => &ops::MATMUL,
        BinaryOp::Pow => &ops::POW,
        BinaryOp::Dot | BinaryOp::Cross | BinaryOp::PlusMinus | BinaryOp::And | BinaryOp::Or => {
            unreachable!("no arithmetic")
        }
    }
}

impl Evaluator<'_> {
    /// `a + b - c …`: walks down the left operands and computes on the way back, so that a million terms need no
    /// deep stack.
    pub(super) fn binary_chain(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        let bottom = self.spine.len();
        let mut first = id;
        while let Expr::Binary(op, left, _) = tree.expr(first) {
            if matches!(op, BinaryOp::Pow | BinaryOp::And | BinaryOp::Or) {
                break;
            }
            self.spine.push(first);
            first = *left;
        }
        let mut result = match tree.expr(first) {
            Expr::Binary(BinaryOp::Pow, ..) => self.power_chain(tree, first),
            Expr::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => self.logic(tree, *op, *left, *right),
            _ => self.eval(tree, first),
        };
        while self.spine.len() > bottom {
            let at = self.spine.pop().expect("longer than its bottom");
            if let Ok(left) = result {
                result = self.binary_step(tree, at, left);
            }
        }
        result
    }

    #[inline]
    fn binary_step(&mut self, tree: &Rc<Tree>, id: ExprId, left: Value) -> Evaluated {
        let Expr::Binary(op, left_id, right_id) = tree.expr(id) else { unreachable!("a chain of binary operators") };
        let right = self.eval(tree, *right_id)?;
        if *op == BinaryOp::Div {
            self.hint_quotient(tree, id, &left, &right);
        }
        match self.binary(*op, &left, &right) {
            Ok(value) => {
                self.note_part(tree, id);
                Ok(value)
            }
            Err(fault) => Err(self.operand_fault(tree, id, [(*left_id, &left), (*right_id, &right)], fault)),
        }
    }

    /// `a ^ b ^ c …`, from the right.
    fn power_chain(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        let mut bases = Vec::new();
        let mut last = id;
        while let Expr::Binary(BinaryOp::Pow, base, exponent) = tree.expr(last) {
            bases.push((last, *base));
            last = *exponent;
        }
        let mut value = match self.raised_transpose(tree, &mut bases, last)? {
            Some(transposed) => transposed,
            None => self.eval(tree, last)?,
        };
        for (at, base) in bases.into_iter().rev() {
            self.check_interrupt()?;
            let base_value = self.eval(tree, base)?;
            if let Some(power) = self.matrix_power(tree, at, &base_value)? {
                value = power;
                continue;
            }
            value = match self.binary(BinaryOp::Pow, &base_value, &value) {
                Ok(value) => value,
                Err(fault) => return Err(self.operand_fault(tree, at, [(base, &base_value), (last, &value)], fault)),
            };
        }
        Ok(value)
    }

    pub(super) fn multiply(&mut self, tree: &Rc<Tree>, id: ExprId, a: &Value, b: &Value) -> Evaluated {
        let result = self.binary(BinaryOp::Mul, a, b);
        self.placed(tree, id, result)
    }

    #[inline]
    pub(super) fn binary(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Result<Value, Fault> {
        match (a, b) {
            (Value::Real(x), Value::Real(y)) => match op {
                BinaryOp::Add => return Ok(Value::Real(x + y)),
                BinaryOp::Sub => return Ok(Value::Real(x - y)),
                BinaryOp::Mul | BinaryOp::Dot | BinaryOp::Cross => return Ok(Value::Real(x * y)),
                BinaryOp::Div => return Ok(Value::Real(x / y)),
                _ => {}
            },
            (Value::Int(x), Value::Int(y)) => {
                if let Some(exact) = integer_arithmetic(op, *x, *y) {
                    return Ok(Value::Int(exact));
                }
            }
            (Value::Text(x), Value::Text(y)) if op == BinaryOp::Add => return Ok(Value::text(format!("{x}{y}"))),
            _ => {}
        }
        match op {
            BinaryOp::PlusMinus => {
                Ok(Value::record(vec![("value".into(), a.clone()), ("uncertainty".into(), b.clone())]))
            }
            BinaryOp::Dot | BinaryOp::Cross => self.vector_product(op, a, b),
            _ => self.numbers.apply(row_of(op), &[a, b], Attr::None),
        }
    }

    /// An error of a binary operator points at both operands.
    #[cold]
    fn operand_fault(&self, tree: &Rc<Tree>, id: ExprId, operands: [(ExprId, &Value); 2], fault: Fault) -> Stop {
        let [(left_id, left), (right_id, right)] = operands;
        let label = |value: &Value| self.numbers.shape(value).map(|shape| shape.to_string()).unwrap_or_default();
        match &fault {
            Fault::Tape(TapeError::Shape(error @ (ShapeError::Broadcast { .. } | ShapeError::MatMul { .. }))) => {
                let message = match error {
                    ShapeError::MatMul { left, right } if left.is_scalar() || right.is_scalar() => {
                        "@ is the product of matrices and vectors".to_string()
                    }
                    error => error.to_string(),
                };
                let diagnostic = Diagnostic::new(message).label(&tree.source, tree.span(left_id), label(left)).label(
                    &tree.source,
                    tree.span(right_id),
                    label(right),
                );
                Stop::Error(Box::new(diagnostic.help(self.shape_advice(tree, error, left_id, right_id))))
            }
            Fault::Plain { .. } => {
                for (operand, value) in operands {
                    if let Value::Function(_) = value {
                        let text = tree.text(operand);
                        return self.error_with_help(
                            tree,
                            tree.span(operand),
                            format!("{text} is a function"),
                            format!("call it: {text}(…)"),
                        );
                    }
                }
                let odd = [(left_id, left), (right_id, right)]
                    .into_iter()
                    .find(|(_, value)| self.numbers.to_tensor(value).is_err());
                self.place(tree, tree.span(odd.map_or(id, |(odd, _)| odd)), fault)
            }
            _ => self.place(tree, tree.span(id), fault),
        }
    }

    fn shape_advice(&self, tree: &Tree, error: &ShapeError, left: ExprId, right: ExprId) -> String {
        let (a, b) = (tree.text(left), tree.text(right));
        match error {
            ShapeError::Broadcast { left, right } => match (left.dims(), right.dims()) {
                (&[_, n], &[m]) if n == m => format!("for a matrix product write {a} @ {b}"),
                (&[n, _], &[m]) if n == m => {
                    format!("to go with the rows, {b} must be a column: reshape({b}, ({m}, 1))")
                }
                (&[_, n], &[m, _]) if n == m => format!("for a matrix product write {a} @ {b}"),
                (&[n, m], &[k, l]) if n == l && m == k => format!("transpose({b}) has shape ({l}, {k})"),
                _ => "aligned at the last axis, lengths must be equal or 1".to_string(),
            },
            ShapeError::MatMul { left, right } if left.is_scalar() || right.is_scalar() => {
                format!("for numbers write {a} * {b}")
            }
            ShapeError::MatMul { left, right } => {
                let columns = left.dims().last().copied().unwrap_or(1);
                let rows = right.dims()[right.rank().saturating_sub(2)];
                format!("{a} has {columns} columns and {b} has {rows} rows; transpose(…) exchanges rows and columns")
            }
            _ => String::new(),
        }
    }

    /// Juxtaposed factors. A function among them takes the unbroken factors after it: `sin 2x`, `sin x cos x`.
    pub(super) fn product(&mut self, tree: &Rc<Tree>, id: ExprId, factors: &[Factor]) -> Evaluated {
        let mut result: Option<Value> = None;
        let mut at = 0;
        while at < factors.len() {
            self.check_parenthesis(tree, factors, at)?;
            let (value, next) = match self.applied_function(tree, factors[at].expr) {
                Some((function, power)) => self.application(tree, factors, at, function, power)?,
                None => (self.eval(tree, factors[at].expr)?, at + 1),
            };
            result = Some(match result {
                None => value,
                Some(before) => self.multiply(tree, id, &before, &value)?,
            });
            at = next;
        }
        result.ok_or_else(|| self.error(tree, id, "a product of nothing"))
    }

    /// What was read as a number with a factor in parentheses behind it turns out to be a function.
    fn check_parenthesis(&self, tree: &Rc<Tree>, factors: &[Factor], at: usize) -> Result<(), Stop> {
        let (Some(next), Expr::Name(name)) = (factors.get(at + 1), tree.expr(factors[at].expr)) else { return Ok(()) };
        if !tree.begins_with_parenthesis(next.expr) {
            return Ok(());
        }
        match self.lookup(*name) {
            Some(value) if !value.is_function() => {
                if !next.blank {
                    self.refuse_element(tree, factors[at].expr, value, tree.first_operand(next.expr))?;
                }
                return Ok(());
            }
            Some(_) => {}
            None => return Ok(()),
        }
        Err(self.unexpected_function(tree, factors[at].expr, *name))
    }

    #[cold]
    #[inline(never)]
    fn unexpected_function(&self, tree: &Rc<Tree>, id: ExprId, name: Symbol) -> Stop {
        let message = format!("{name} is a function here, and was read as a factor");
        let help = format!("to call it, write ({name}(…)) in parentheses");
        self.error_with_help(tree, tree.span(id), message, help)
    }

    /// `sin` or `sin^2` as a factor: the function's expression, and the power of its value.
    fn applied_function(&self, tree: &Tree, id: ExprId) -> Option<(ExprId, Option<ExprId>)> {
        match tree.expr(id) {
            Expr::Name(name) if self.is_function(*name) => Some((id, None)),
            Expr::Prime(base, _) => match tree.expr(*base) {
                Expr::Name(name) if self.is_function(*name) => Some((id, None)),
                _ => None,
            },
            Expr::Binary(BinaryOp::Pow, base, power) => match tree.expr(*base) {
                Expr::Name(name) if self.is_function(*name) => Some((*base, Some(*power))),
                _ => None,
            },
            _ => None,
        }
    }

    fn application(
        &mut self,
        tree: &Rc<Tree>,
        factors: &[Factor],
        at: usize,
        function: ExprId,
        power: Option<ExprId>,
    ) -> Result<(Value, usize), Stop> {
        let name = tree.text(factors[at].expr).to_string();
        let callee = self.eval(tree, function)?;
        let Some(first) = factors.get(at + 1) else {
            let message = format!("{name} is a function");
            return Err(self.error_with_help(tree, tree.span(function), message, format!("call it: {name}(…)")));
        };
        // `sin^2(x)` takes the parenthesis alone, `sin^2 2x` all that stands together
        let parenthesis = !first.blank && matches!(tree.expr(first.expr), Expr::Paren(_));
        let end = if parenthesis {
            at + 2
        } else {
            at + 2 + factors[at + 2..].iter().take_while(|factor| !factor.blank).count()
        };
        if !parenthesis
            && let Some(after) = factors.get(end)
            && self.applied_function(tree, after.expr).is_none()
            && !self.is_call_of_function(tree, after.expr)
        {
            return Err(self.two_readings(tree, factors, at, end));
        }
        let mut argument = self.eval(tree, first.expr)?;
        for factor in &factors[at + 2..end] {
            let value = self.eval(tree, factor.expr)?;
            argument = self.multiply(tree, factor.expr, &argument, &value)?;
        }
        let result = self.call_value(&callee, vec![argument], Vec::new());
        let mut value = self.placed(tree, first.expr, result)?;
        if let Some(power) = power {
            let exponent = self.eval(tree, power)?;
            let raised = self.binary(BinaryOp::Pow, &value, &exponent);
            value = self.placed(tree, factors[at].expr, raised)?;
        }
        Ok((value, end))
    }

    fn is_call_of_function(&self, tree: &Tree, id: ExprId) -> bool {
        let Expr::Call(callee, _) = tree.expr(id) else { return false };
        matches!(tree.expr(*callee), Expr::Name(name) if self.is_function(*name))
    }

    fn two_readings(&self, tree: &Rc<Tree>, factors: &[Factor], at: usize, end: usize) -> Stop {
        let text = |from: usize, to: usize| {
            tree.source.slice(tree.span(factors[from].expr).to(tree.span(factors[to - 1].expr))).to_string()
        };
        let name = text(at, at + 1);
        let span = tree.span(factors[at].expr).to(tree.span(factors[factors.len() - 1].expr));
        let near = format!("{name}({}) {}", text(at + 1, end), text(end, factors.len()));
        let all = format!("{name}({})", text(at + 1, factors.len()));
        let message = format!("{} can be read in two ways", tree.source.slice(span));
        self.error_with_help(tree, span, message, format!("write {near} or {all}"))
    }

    pub(super) fn comparison(&mut self, tree: &Rc<Tree>, operands: &[ExprId], operators: &[CompareOp]) -> Evaluated {
        let mut left = self.eval(tree, operands[0])?;
        let mut all: Option<Value> = None;
        for (i, op) in operators.iter().enumerate() {
            let right = self.eval(tree, operands[i + 1])?;
            let ids = [(operands[i], &left), (operands[i + 1], &right)];
            let holds = match self.compare(*op, &left, &right) {
                Ok(value) => self.decided(&left, &right, value),
                Err(fault) => return Err(self.operand_fault(tree, operands[i], ids, fault)),
            };
            all = Some(match all {
                None => holds,
                Some(before) => {
                    let both = self.elementwise_logic(&before, &holds, |a, b| a && b);
                    self.placed(tree, operands[i], both)?
                }
            });
            left = right;
        }
        Ok(all.expect("a comparison has an operator"))
    }

    fn compare(&mut self, op: CompareOp, a: &Value, b: &Value) -> Result<Value, Fault> {
        if let (CompareOp::Equal | CompareOp::NotEqual, Value::Text(x), Value::Text(y)) = (op, a, b) {
            return Ok(Value::Bool((x == y) == (op == CompareOp::Equal)));
        }
        let row = match op {
            CompareOp::Less => &ops::LESS,
            CompareOp::LessEqual => &ops::LESS_EQUAL,
            CompareOp::Greater => &ops::GREATER,
            CompareOp::GreaterEqual => &ops::GREATER_EQUAL,
            CompareOp::Equal => &ops::EQUAL,
            CompareOp::NotEqual => &ops::NOT_EQUAL,
        };
        self.numbers.apply(row, &[a, b], Attr::None)
    }

    fn logic(&mut self, tree: &Rc<Tree>, op: BinaryOp, left: ExprId, right: ExprId) -> Evaluated {
        let is_and = op == BinaryOp::And;
        let a = self.eval(tree, left)?;
        if self.numbers.scalar(&a).is_some() && !self.is_open(&a) {
            let decided = self.truth(tree, left, &a)?;
            if decided != is_and {
                return Ok(Value::Bool(decided));
            }
            let b = self.eval(tree, right)?;
            if self.numbers.scalar(&b).is_some() && !self.is_open(&b) {
                return Ok(Value::Bool(self.truth(tree, right, &b)?));
            }
            return Ok(b);
        }
        let b = self.eval(tree, right)?;
        let connect: fn(bool, bool) -> bool = if is_and { |x, y| x && y } else { |x, y| x || y };
        let result = self.elementwise_logic(&a, &b, connect);
        self.placed(tree, left, result)
    }

    fn elementwise_logic(&mut self, a: &Value, b: &Value, f: fn(bool, bool) -> bool) -> Result<Value, Fault> {
        if let Some(recorded) = self.open_logic(a, b, f) {
            return recorded;
        }
        let (x, y) = (self.numbers.to_tensor(a)?, self.numbers.to_tensor(b)?);
        for tensor in [&x, &y] {
            if tensor.dtype() != DType::Bool {
                return Err(Fault::new("and, or and not need true or false").help("compare first: x != 0"));
            }
        }
        let shape = x.shape().broadcast(y.shape())?;
        let wide = |tensor: &Tensor| -> Vec<f64> {
            tensor.view().broadcast(shape.dims()).expect("broadcast above").iter().copied().collect()
        };
        let values: Vec<f64> =
            wide(&x).iter().zip(wide(&y)).map(|(x, y)| f(*x != 0.0, y != 0.0) as u8 as f64).collect();
        Ok(Value::tensor(Tensor::new(shape, values).with_dtype(DType::Bool)))
    }

    pub(super) fn not(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Evaluated {
        if self.numbers.scalar(value).is_some() && !self.is_open(value) {
            return Ok(Value::Bool(!self.truth(tree, id, value)?));
        }
        let result = self.elementwise_logic(value, value, |x, _| !x);
        self.placed(tree, id, result)
    }

    /// Whether a condition holds; numbers are no conditions.
    pub(super) fn truth(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Result<bool, Stop> {
        self.branched |= matches!(value, Value::Var(_));
        match (value, self.numbers.dtype(value), self.numbers.scalar(value)) {
            (_, Some(DType::Bool), Some(flag)) => Ok(flag != 0.0),
            (_, Some(DType::Bool), None) => Err(self.error_with_help(
                tree,
                tree.span(id),
                "a condition must be one true or false, not a tensor of them".to_string(),
                "choose elementwise with where(c, a, b)".to_string(),
            )),
            _ => {
                let text = tree.text(id);
                let message = format!("a condition must be true or false, not {}", value.kind());
                Err(self.error_with_help(tree, tree.span(id), message, format!("compare it: {text} != 0")))
            }
        }
    }

    pub(super) fn range(&mut self, tree: &Rc<Tree>, start: ExprId, end: ExprId, inclusive: bool) -> Evaluated {
        let mut ends = [0; 2];
        for (slot, id) in ends.iter_mut().zip([start, end]) {
            let value = self.eval(tree, id)?;
            *slot = self.numbers.integer(&value).ok_or_else(|| {
                let message = "the ends of a range must be whole numbers".to_string();
                self.error_with_help(tree, tree.span(id), message, "for other steps: linspace(0, 1, 5)".to_string())
            })?;
        }
        let [start, end] = ends;
        Ok(Value::Range(start, if inclusive { end.saturating_add(1) } else { end }))
    }
}

/// Exact arithmetic of integers; `None` where the result is a real or too large.
fn integer_arithmetic(op: BinaryOp, x: i64, y: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Sub => x.checked_sub(y),
        BinaryOp::Mul | BinaryOp::Dot | BinaryOp::Cross => x.checked_mul(y),
        BinaryOp::Pow if y >= 0 => x.checked_pow(y.try_into().ok()?),
        BinaryOp::Mod if y != 0 => {
            let rest = x.checked_rem(y)?;
            Some(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
        }
        _ => None,
    }
}
