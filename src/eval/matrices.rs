//! What the notation of mathematics means for vectors and matrices, where it is not element by element: `v·w`, `v×w`,
//! `A⁻¹`, `Aᵀ` in its spellings; what could be read in two ways is refused with both, or noted once a session.

use std::rc::Rc;

use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::Diagnostic;
use crate::ops;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{BinaryOp, Expr, ExprId, Tree, UnaryOp};
use crate::tape::Attr;
use crate::value::{Fault, Value};

impl Evaluator<'_> {
    /// How many axes a value has; numbers have none.
    fn rank(&self, value: &Value) -> usize {
        match value {
            Value::Tensor(tensor) => tensor.shape().rank(),
            Value::Var(id) => self.numbers.tape.shape(*id).rank(),
            Value::Range(..) => 1,
            _ => 0,
        }
    }

    fn is_square(&self, value: &Value) -> bool {
        let square = |dims: &[usize]| matches!(dims, [n, m] if n == m && *n > 1);
        match value {
            Value::Tensor(tensor) => square(tensor.shape().dims()),
            Value::Var(id) => square(self.numbers.tape.shape(*id).dims()),
            _ => false,
        }
    }

    fn builtin_call(&mut self, name: &str, args: Vec<Value>) -> Result<Value, Fault> {
        let function = self.globals.builtin(Symbol::new(name)).expect("a built-in function").clone();
        self.call_value(&function, args, Vec::new())
    }

    pub(super) fn transposed(&mut self, value: Value) -> Result<Value, Fault> {
        match self.rank(&value) {
            0 | 1 => Ok(value),
            _ => self.builtin_call("transpose", vec![value]),
        }
    }

    /// `a · b` and `a × b`: a product if one of them is a number, else that of vectors.
    pub(super) fn vector_product(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Result<Value, Fault> {
        let ranks = (self.rank(a), self.rank(b));
        match (op, ranks) {
            (_, (0, _) | (_, 0)) => self.numbers.apply(&ops::MUL, &[a, b], Attr::None),
            (BinaryOp::Dot, _) => self.numbers.apply(&ops::MATMUL, &[a, b], Attr::None),
            (_, (1, 1)) => self.builtin_call("cross", vec![a.clone(), b.clone()]),
            _ => Err(Fault::new("× is the cross product of two vectors")
                .help("write A*B element by element, A @ B for the product of matrices")),
        }
    }

    /// `|v|` of a vector is a norm to some, the sizes of its elements to others.
    #[inline]
    pub(super) fn refuse_bars(&self, tree: &Rc<Tree>, id: ExprId, inner: ExprId, value: &Value) -> Result<(), Stop> {
        match self.rank(value) {
            0 => Ok(()),
            rank => Err(self.two_sizes(tree, id, inner, rank)),
        }
    }

    #[cold]
    #[inline(never)]
    fn two_sizes(&self, tree: &Rc<Tree>, id: ExprId, inner: ExprId, rank: usize) -> Stop {
        let text = tree.text(inner);
        let (what, measure) = if rank == 1 { ("a vector", "norm") } else { ("a matrix", "det") };
        let message = format!("|{text}| of {what} can be read in two ways");
        self.error_with_help(tree, tree.span(id), message, format!("write {measure}({text}) or abs({text})"))
    }

    /// `A^T`, where T has no value of its own: takes the power off the chain.
    #[inline(never)]
    pub(super) fn raised_transpose(
        &mut self,
        tree: &Rc<Tree>,
        bases: &mut Vec<(ExprId, ExprId)>,
        last: ExprId,
    ) -> Result<Option<Value>, Stop> {
        let Expr::Name(name) = tree.expr(last) else { return Ok(None) };
        if *name.text() != *"T" || self.lookup(*name).is_some() {
            return Ok(None);
        }
        let Some((at, base)) = bases.pop() else { return Ok(None) };
        let value = self.eval(tree, base)?;
        if self.rank(&value) == 0 {
            return Err(self.unknown(tree, tree.span(last), *name, "name"));
        }
        let transposed = self.transposed(value);
        self.placed(tree, at, transposed).map(Some)
    }

    /// `A⁻¹` of a matrix is its inverse, `A^-1` can be read in two ways; other powers are element by element.
    #[inline]
    pub(super) fn matrix_power(&mut self, tree: &Rc<Tree>, power: ExprId, base: &Value) -> Result<Option<Value>, Stop> {
        if self.rank(base) < 2 {
            return Ok(None);
        }
        self.power_of_matrix(tree, power, base)
    }

    #[cold]
    #[inline(never)]
    fn power_of_matrix(&mut self, tree: &Rc<Tree>, id: ExprId, base: &Value) -> Result<Option<Value>, Stop> {
        let Expr::Binary(BinaryOp::Pow, base_id, exponent_id) = *tree.expr(id) else { return Ok(None) };
        let mut exponent = exponent_id;
        while let Expr::Paren(inner) = *tree.expr(exponent) {
            exponent = inner;
        }
        let text = tree.text(base_id);
        match *tree.expr(exponent) {
            Expr::Unary(UnaryOp::Neg, one) if *tree.expr(one) == Expr::Number(1.0) => {
                if tree.text(exponent).starts_with('⁻') {
                    let inverse = self.builtin_call("inv", vec![base.clone()]);
                    return self.placed(tree, id, inverse).map(Some);
                }
                let message = format!("{} of a matrix can be read in two ways", tree.text(id));
                let help = format!("write inv({text}) for the inverse, 1/{text} element by element");
                Err(self.error_with_help(tree, tree.span(id), message, help))
            }
            Expr::Number(power) if power.fract() == 0.0 && power > 1.0 && self.is_square(base) => {
                let product = match power {
                    2.0 => format!("{text} @ {text}"),
                    _ => format!("matrix_power({text}, {power})"),
                };
                if self.globals.is_prompt() {
                    let help = format!("the power of a matrix is {product}");
                    self.say_once("matrix power", tree, tree.span(id), "this is element by element", help);
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// `A/B` of square matrices, which is B's inverse to readers of Octave.
    #[inline]
    pub(super) fn hint_quotient(&mut self, tree: &Rc<Tree>, id: ExprId, left: &Value, right: &Value) {
        if self.depth == 0 && matches!(right, Value::Var(_) | Value::Tensor(_)) {
            self.hint_matrix_quotient(tree, id, left, right);
        }
    }

    #[cold]
    #[inline(never)]
    fn hint_matrix_quotient(&mut self, tree: &Rc<Tree>, id: ExprId, left: &Value, right: &Value) {
        let Expr::Binary(_, left_id, right_id) = *tree.expr(id) else { return };
        if self.is_square(left) && self.is_square(right) {
            let (a, b) = (tree.text(left_id), tree.text(right_id));
            let help = format!("with the inverse of a matrix write {a} @ inv({b})");
            self.say_once("matrix quotient", tree, tree.span(id), "this is element by element", help);
        }
    }

    /// A note that a session needs once.
    pub(super) fn say_once(&mut self, key: &'static str, tree: &Rc<Tree>, span: Span, message: &str, help: String) {
        if self.globals.is_first(key) {
            self.notes.push(Diagnostic::new(message).at(&tree.source, span).help(help));
        }
    }

    /// `a(1)` of a vector: an element to readers of Octave, a product to others.
    #[inline(never)]
    pub(super) fn refuse_element(
        &self,
        tree: &Rc<Tree>,
        value_id: ExprId,
        value: &Value,
        argument: ExprId,
    ) -> Result<(), Stop> {
        if self.rank(value) == 0 {
            return Ok(());
        }
        let mut index = argument;
        while let Expr::Paren(inner) = *tree.expr(index) {
            index = inner;
        }
        let whole = match *tree.expr(index) {
            Expr::Number(number) => number.fract() == 0.0,
            Expr::Name(name) => matches!(self.lookup(name), Some(Value::Int(_))),
            _ => false,
        };
        if !whole {
            return Ok(());
        }
        let (a, at) = (tree.text(value_id), tree.text(index));
        let message = format!("{a}({at}) can be read in two ways");
        let help = format!("write {a}[{at}] for an element, counted from 0, or {a}*{at} for the product");
        Err(self.error_with_help(tree, tree.span(value_id).to(tree.span(argument)), message, help))
    }

    /// `A'` of an array is its transpose.
    #[inline(never)]
    pub(super) fn prime_of_value(&mut self, tree: &Rc<Tree>, id: ExprId, text: &str, value: Value) -> Evaluated {
        if self.rank(&value) == 0 {
            let message = format!("{text} is {}, and ' is for functions and matrices", value.kind());
            let help = format!("the derivative of a recorded y is grad(y, {text})");
            return Err(self.error_with_help(tree, tree.span(id), message, help));
        }
        let transposed = self.transposed(value);
        self.placed(tree, id, transposed)
    }
}
