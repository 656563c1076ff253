//! Evaluation: what the nodes of an expression tree mean, given what the names mean.
//!
//! Everything computed from a variable is recorded on the tape as it is computed; there is no other evaluator. Knows
//! nothing of formatting and of the terminal.

mod arithmetic;
mod at;
mod blame;
mod blocks;
mod calculus;
mod calls;
mod carried;
mod columns;
mod compiled;
mod constants;
mod derivative;
mod derived;
mod descent;
mod digits;
mod former;
mod formulas;
mod hot;
mod index;
mod jacobian;
mod many;
mod matrices;
mod memo;
mod moving;
mod names;
mod notation;
mod opaque;
mod operators;
mod partials;
mod provenance;
mod reading;
mod reasons;
mod scope;
mod sources;
mod symbols;
mod trace;
mod unpack;
mod whole;

use std::rc::Rc;

pub use at::{AtResult, AtResults, PartialValue};
pub use columns::{AtColumns, TableProgram};
pub use scope::{ANSWERS, Binding, Globals, Role, Shown};
pub use unpack::Part;

use crate::diagnostic::Diagnostic;
use crate::functions::Caller;
use crate::interrupt;
use crate::source::Span;
use crate::stack;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Tree, UnaryOp};
use crate::tape::{Mark, TapeError};
use crate::tensor::ShapeError;
use crate::value::{Fault, Function, Numbers, UserFunction, Value};
use crate::{functions, ops};

/// Why evaluation of an expression ended without a value.
pub enum Stop {
    Error(Box<Diagnostic>),
    Break(Box<Diagnostic>),
    Continue(Box<Diagnostic>),
    Return(Box<Value>, Box<Diagnostic>),
}

pub type Evaluated = Result<Value, Stop>;

type Locals = Rc<Vec<(Symbol, Value)>>;

thread_local! {
    /// What a statement captures, so that it need not be allocated for each.
    static NOTHING: Locals = Rc::default();
}

/// One evaluation: the session's variables, the local names of running functions.
pub struct Evaluator<'s> {
    pub globals: &'s mut Globals,
    pub numbers: &'s mut Numbers,
    /// Remarks to print beside the result.
    pub notes: Vec<Diagnostic>,
    locals: Vec<(Symbol, Value)>,
    /// Locals before this one are assigned for the time of a trace only, and what they were is noted.
    guarded_locals: usize,
    noted_locals: Vec<(usize, Value)>,
    /// Where the local names of the running function begin.
    base: usize,
    /// What the running function captured where it was defined.
    captured: Locals,
    /// How many functions of the user are running.
    depth: usize,
    /// Left operands waiting in a chain of operators, shared by all chains being evaluated.
    spine: Vec<ExprId>,
    /// The whole statement, whose own derivative nobody can ask for.
    pub outermost: Option<ExprId>,
    /// Names without a value that the formula being found is written in.
    open_names: Vec<Symbol>,
    /// Why a derivative came out as NaN or infinite, in case the statement does; how many were looked into.
    suspect: Option<Diagnostic>,
    suspects: u32,
    /// While a derivative is looked into, which part of the text recorded what.
    provenance: Option<provenance::Provenance>,
    /// Loops and maps are interpreted for so many steps.
    steps: std::cell::Cell<Option<u64>>,
    /// What is evaluated will be compiled: every derivative stays on the tape.
    compiling: bool,
    /// Names that are first assigned here stay: the statement is a loop or a branch of the session, and no block or
    /// function stands around.
    pub keeps_names: bool,
    /// A turn of a loop is being recorded to be compiled.
    tracing: bool,
    /// That turn, if it has a loop variable.
    turn: Option<moving::TracedTurn>,
    /// A condition depended on a variable: what was recorded holds near this point only.
    branched: bool,
    /// What is recorded is to become a formula.
    symbols: Option<Box<symbols::Symbols>>,
    digits: digits::Digits,
    /// The tape as the statement found it.
    started: Mark,
    memo: memo::Memo,
    /// Where `print(…)` goes, if anywhere.
    pub printer: Option<&'s mut Printer<'s>>,
    /// What is evaluated is evaluated again, or was before: nothing is printed.
    muted: bool,
}

/// Takes the values of a `print(…)`, which may be on the tape.
pub type Printer<'p> = dyn FnMut(&Numbers, &[Value]) + 'p;

impl<'s> Evaluator<'s> {
    pub fn new(globals: &'s mut Globals, numbers: &'s mut Numbers) -> Evaluator<'s> {
        let started = numbers.tape.mark();
        numbers.plain_elements = 0;
        Evaluator {
            globals,
            numbers,
            notes: Vec::new(),
            locals: Vec::new(),
            guarded_locals: 0,
            noted_locals: Vec::new(),
            base: 0,
            captured: NOTHING.with(Rc::clone),
            depth: 0,
            spine: Vec::new(),
            outermost: None,
            open_names: Vec::new(),
            suspect: None,
            suspects: 0,
            provenance: None,
            steps: std::cell::Cell::new(None),
            compiling: false,
            keeps_names: false,
            tracing: false,
            turn: None,
            branched: false,
            symbols: None,
            digits: digits::Digits::default(),
            started,
            memo: memo::Memo::default(),
            printer: None,
            muted: false,
        }
    }

    /// The value of an expression.
    pub fn eval(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        match tree.expr(id) {
            Expr::Number(x) if self.symbols.is_some() => return Ok(self.typed_number(*x)),
            Expr::Number(x) if self.digits.lifting => return Ok(self.literal(tree, id, *x)),
            Expr::Number(x) => return Ok(Value::Real(*x)),
            Expr::Name(name) => return self.name(tree, id, *name),
            _ => {}
        }
        if stack::is_low() {
            return Err(self.error(tree, id, "this is nested too deeply to be evaluated"));
        }
        let value = self.eval_node(tree, id)?;
        self.note_part(tree, id);
        Ok(value)
    }

    /// Notes that an operation of this part of the text is done, if anybody wants to know.
    #[inline(always)]
    fn note_part(&mut self, tree: &Rc<Tree>, id: ExprId) {
        if let Some(provenance) = &mut self.provenance {
            provenance.note(self.numbers.tape.len(), tree, id);
        }
    }

    #[inline(always)]
    fn eval_node(&mut self, tree: &Rc<Tree>, id: ExprId) -> Evaluated {
        match tree.expr(id) {
            Expr::Number(_) | Expr::Name(_) => unreachable!("handled above"),
            Expr::Binary(..) => self.binary_chain(tree, id),
            Expr::Call(callee, args) => self.call_expr(tree, id, *callee, args),
            Expr::Product(factors) => self.product(tree, id, factors),
            Expr::Paren(inner) => self.eval(tree, *inner),
            Expr::Unary(op, operand) => self.unary(tree, id, *op, *operand),
            Expr::Compare(operands, operators) => self.comparison(tree, operands, operators),
            Expr::Index(base, subscripts) => self.index_expr(tree, id, *base, subscripts),
            Expr::Field(base, name) => self.field(tree, id, *base, *name),
            Expr::Prime(base, order) => self.prime(tree, id, *base, *order),
            Expr::Factorial(operand) => self.factorial(tree, id, *operand),
            Expr::Abs(inner) => self.absolute(tree, id, *inner),
            Expr::Array(items) => self.array(tree, id, items),
            Expr::Matrix(rows) => self.matrix(tree, id, rows),
            Expr::Range { start, end, inclusive } => self.range(tree, *start, *end, *inclusive),
            Expr::Text(text) => Ok(Value::Text(text.clone())),
            Expr::Bool(flag) => Ok(Value::Bool(*flag)),
            Expr::Lambda(lambda) => Ok(Value::function(Function::User(UserFunction {
                name: None,
                tree: tree.clone(),
                lambda: lambda.clone(),
                captured: self.capture(),
            }))),
            Expr::Block(statements) => {
                let before = std::mem::replace(&mut self.keeps_names, false);
                let result = self.block(tree, statements);
                self.keeps_names = before;
                result
            }
            Expr::If { condition, then, otherwise } => self.if_expr(tree, *condition, *then, *otherwise),
            Expr::Comprehension { body, variables, over, condition } => {
                self.comprehension(tree, id, *body, variables, *over, *condition)
            }
            Expr::Where { body, bindings } => self.where_expr(tree, *body, bindings),
            Expr::Derivative { names, body } => self.derivative(tree, id, names, *body),
            Expr::Differential { above, below, derivative } => {
                self.differential_or_quotient(tree, id, (*above, *below), *derivative)
            }
            Expr::Nabla(function) => self.nabla(tree, *function),
            Expr::NoGrad(body) => self.no_grad(tree, *body),
        }
    }

    #[inline(never)]
    fn absolute(&mut self, tree: &Rc<Tree>, id: ExprId, inner: ExprId) -> Evaluated {
        let value = self.eval(tree, inner)?;
        self.refuse_bars(tree, id, inner, &value)?;
        let result = self.numbers.apply(&ops::ABS, &[&value], Default::default());
        self.placed(tree, id, result)
    }

    #[inline(never)]
    fn no_grad(&mut self, tree: &Rc<Tree>, body: ExprId) -> Evaluated {
        if self.digits.lifting {
            let value = self.eval(tree, body)?;
            let result = self.cut_off(&value);
            return self.placed(tree, body, result);
        }
        let before = std::mem::replace(&mut self.numbers.frozen, true);
        let result = self.eval(tree, body);
        self.numbers.frozen = before;
        Ok(self.numbers.constant(&result?))
    }

    fn unary(&mut self, tree: &Rc<Tree>, id: ExprId, op: UnaryOp, operand: ExprId) -> Evaluated {
        let value = self.eval(tree, operand)?;
        let result = match op {
            UnaryOp::Not => return self.not(tree, operand, &value),
            UnaryOp::Plus => self.numbers.to_tensor(&value).map(|_| value),
            UnaryOp::Neg => match value {
                Value::Real(x) => Ok(Value::Real(-x)),
                Value::Int(i) => Ok(i.checked_neg().map_or(Value::Real(-(i as f64)), Value::Int)),
                other => self.numbers.apply(&ops::NEG, &[&other], Default::default()),
            },
            UnaryOp::Sqrt => self.numbers.apply(&ops::SQRT, &[&value], Default::default()),
        };
        self.placed(tree, id, result)
    }

    fn factorial(&mut self, tree: &Rc<Tree>, id: ExprId, operand: ExprId) -> Evaluated {
        let value = self.eval(tree, operand)?;
        let result = functions::factorial(self, &value);
        self.placed(tree, id, result)
    }

    /// The local names that a function defined here can see.
    fn capture(&self) -> Locals {
        if self.locals.len() == self.base {
            return self.captured.clone();
        }
        let own = self.locals[self.base..].iter();
        Rc::new(self.captured.iter().chain(own).cloned().collect())
    }

    /// Every turn of a loop and every call passes here: Ctrl-C ends it, and so does a full tape.
    #[inline(always)]
    fn check_interrupt(&self) -> Result<(), Stop> {
        if interrupt::is_requested() {
            return Err(Stop::Error(Box::new(Diagnostic::interrupted())));
        }
        if !self.digits.may_go_on() {
            return Err(self.too_much_for_digits());
        }
        if let Some(steps) = self.steps.get() {
            if steps == 0 {
                return Err(Stop::Error(Box::new(Diagnostic::interrupted())));
            }
            self.steps.set(Some(steps - 1));
        }
        match self.numbers.tape.check_memory() {
            Ok(()) => Ok(()),
            Err(error) => Err(full(&error)),
        }
    }

    /// Whether no random number was drawn, so that the same expression gives the same again.
    pub fn drew_nothing(&self) -> bool {
        self.memo.chances == 0
    }

    fn error(&self, tree: &Rc<Tree>, id: ExprId, message: impl Into<String>) -> Stop {
        Stop::Error(Box::new(Diagnostic::new(message).at(&tree.source, tree.span(id))))
    }

    fn error_with_help(&self, tree: &Rc<Tree>, span: Span, message: String, help: String) -> Stop {
        Stop::Error(Box::new(Diagnostic::new(message).at(&tree.source, span).help(help)))
    }

    /// Gives an error its place.
    #[inline(always)]
    fn placed(&self, tree: &Rc<Tree>, id: ExprId, result: Result<Value, Fault>) -> Evaluated {
        match result {
            Ok(value) => Ok(value),
            Err(fault) => Err(self.place(tree, tree.span(id), fault)),
        }
    }

    /// An error as a diagnostic at this place.
    pub fn fault_at(&self, tree: &Rc<Tree>, span: Span, fault: Fault) -> Stop {
        self.place(tree, span, fault)
    }

    #[cold]
    fn place(&self, tree: &Rc<Tree>, span: Span, fault: Fault) -> Stop {
        Stop::Error(Box::new(match fault {
            Fault::Placed(diagnostic) => *diagnostic,
            Fault::Plain { message, help, .. } => {
                Diagnostic { help, ..Diagnostic::new(message) }.at(&tree.source, span)
            }
            Fault::Tape(TapeError::Interrupted) => Diagnostic::interrupted(),
            Fault::Tape(error) => {
                let help = advice(&error);
                Diagnostic { help, ..Diagnostic::new(error.to_string()) }.at(&tree.source, span)
            }
        }))
    }
}

#[cold]
fn full(error: &TapeError) -> Stop {
    let diagnostic = Diagnostic { help: advice(error), ..Diagnostic::new(error.to_string()) };
    Stop::Error(Box::new(diagnostic))
}

/// What to do about an error of the tape, where there is something general to say.
fn advice(error: &TapeError) -> Option<String> {
    match error {
        TapeError::OutOfMemory(_) => Some(
            "compute what needs no derivative inside no_grad { … }, or forget old variables with :reset".to_string(),
        ),
        TapeError::Shape(ShapeError::TooLarge { .. }) => Some("the limit is 2^30 elements".to_string()),
        TapeError::Shape(ShapeError::Broadcast { .. }) => {
            Some("aligned at the last axis, lengths must be equal or 1".to_string())
        }
        TapeError::Shape(ShapeError::MatMul { .. }) => {
            Some("the columns of the left must be as many as the rows of the right; transpose(b) exchanges them".into())
        }
        _ => None,
    }
}

impl Caller for Evaluator<'_> {
    fn numbers(&mut self) -> &mut Numbers {
        self.numbers
    }

    fn call(&mut self, function: &Value, args: Vec<Value>) -> Result<Value, Fault> {
        self.call_value(function, args, Vec::new())
    }

    fn chance(&mut self) {
        self.memo.chances += 1;
    }

    fn acts(&mut self) -> bool {
        if self.interprets() {
            // once more, to see why: it was done already
            return false;
        }
        // what is recorded to be run again would not do it again
        self.memo.chances += 1;
        !self.muted
    }

    fn print(&mut self, values: &[Value]) {
        let is_shown = self.acts();
        if let Some(printer) = self.printer.as_mut().filter(|_| is_shown) {
            printer(self.numbers, values);
        }
    }

    fn apart(&mut self, work: &mut dyn FnMut(&mut dyn Caller) -> Result<(), Fault>) -> Result<(), Fault> {
        work(&mut *trace::Trace::begin(self))
    }
}
