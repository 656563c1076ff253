//! Calls and products, derivatives and powers: what the text alone leaves open, decided once, before anything is
//! evaluated.
//!
//! A name that stands for a function is called by the parenthesis behind it; any other value is multiplied by it, and
//! that product binds like every product. Names of the session and parameters are asked for ([`Names`]); what a
//! statement binds itself (points, loops, blocks, `where`) is inferred from the text. The body of a function is decided
//! when it is called, because a parameter may be a number today and a function tomorrow.
//!
//! Knows no values, only what kind of thing a name is.

mod infer;

use std::rc::Rc;

pub use infer::result_of;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::reading::{Decisions, Kind, Question, Reading, Reread, reread, reread_function};
use crate::syntax::tree::{
    At, BinaryOp, Expr, ExprId, Factor, Lambda, Statement, Stmt, StmtKind, Subscript, Tree, UnaryOp,
};

pub type Resolved<T> = Result<T, Box<Diagnostic>>;

/// Answers what a name stands for where the statement does not bind it itself.
pub trait Names {
    fn ask(&self, name: Symbol, question: Question) -> Kind;
}

/// The statement with its open places decided; `None` where it is right as it was read.
///
/// Errors: what can be read in two ways, `1/2x` among them.
pub fn statement(statement: &Statement, names: &dyn Names) -> Resolved<Option<Statement>> {
    let mut current: Option<Statement> = None;
    loop {
        let read = current.as_ref().unwrap_or(statement);
        if read.tree.sites.is_empty() {
            return Ok(current);
        }
        let mut walk = Walk::new(&read.tree, names);
        walk.statement(&read.stmt)?;
        if walk.is_settled() {
            return Ok(current);
        }
        let again = reread(&read.tree, &walk.sorted_decisions())?;
        current = Some(statement.reread_as(again));
    }
}

/// How the body of a function is to be read when it is called with these names; `None`: as it is.
///
/// Errors: what can be read in two ways.
pub fn function(tree: &Rc<Tree>, lambda: &Rc<Lambda>, names: &dyn Names) -> Resolved<Option<Reread>> {
    if tree.sites.is_empty() {
        return Ok(None);
    }
    let body = tree.span(lambda.body).start;
    let known = tree.readings.borrow().iter().find(|reading| reading.body == body && holds(reading, names)).cloned();
    if let Some(reading) = known {
        return Ok(reading.reread.clone());
    }
    let mut answers = Vec::new();
    let mut reread: Option<Reread> = None;
    loop {
        let (tree, lambda) = reread.as_ref().map_or((tree, lambda), |(tree, lambda)| (tree, lambda));
        let mut walk = Walk::new(tree, names);
        walk.body(lambda)?;
        answers.append(&mut walk.answers);
        if walk.is_settled() {
            break;
        }
        let Some(again) = reread_function(tree, body, &walk.sorted_decisions())? else { break };
        reread = Some(again);
    }
    tree.readings.borrow_mut().push(Rc::new(Reading { body, answers, reread: reread.clone() }));
    Ok(reread)
}

fn holds(reading: &Reading, names: &dyn Names) -> bool {
    reading.answers.iter().all(|(name, question, kind)| names.ask(*name, *question) == *kind)
}

/// One pass over a statement or the body of a function, in the order of its scopes.
struct Walk<'a> {
    tree: &'a Tree,
    names: &'a dyn Names,
    /// What the statement binds itself, innermost last.
    bound: Vec<(Symbol, Kind)>,
    /// Functions around this place whose parameters nobody knows yet.
    deferred: u32,
    decisions: Decisions,
    /// Everything that was asked of the names outside.
    answers: Vec<(Symbol, Question, Kind)>,
    /// How deep an inference is.
    depth: u32,
}

impl<'a> Walk<'a> {
    fn new(tree: &'a Tree, names: &'a dyn Names) -> Walk<'a> {
        let (bound, decisions, answers) = (Vec::new(), Decisions::default(), Vec::new());
        Walk { tree, names, bound, deferred: 0, decisions, answers, depth: 0 }
    }

    /// Whether nothing is left to be read differently.
    fn is_settled(&self) -> bool {
        self.decisions.are_in(&self.tree.decisions)
    }

    fn sorted_decisions(&self) -> Decisions {
        Decisions::default().and(&self.decisions)
    }

    fn statements(&mut self, statements: &[Stmt]) -> Resolved<()> {
        statements.iter().try_for_each(|stmt| self.statement(stmt))
    }

    fn statement(&mut self, stmt: &Stmt) -> Resolved<()> {
        match &stmt.kind {
            StmtKind::Expr(id) => self.expr(*id),
            StmtKind::Assign { name, value, .. } | StmtKind::Const { name, value, .. } => {
                self.expr(*value)?;
                self.assign(*name, *value);
                Ok(())
            }
            StmtKind::Unpack { names, value } => {
                self.expr(*value)?;
                names.iter().for_each(|(name, _)| self.bound.push((*name, Kind::Unknown)));
                Ok(())
            }
            StmtKind::AssignIndex { subscripts, value, .. } => {
                self.subscripts(subscripts)?;
                self.expr(*value)
            }
            StmtKind::Define { name, lambda, at, .. } => {
                self.bound.push((*name, Kind::Function));
                self.lambda(lambda)?;
                at.as_ref().map_or(Ok(()), |at| self.points(at))
            }
            StmtKind::At { body, at } | StmtKind::AssignAt { body, at, .. } => {
                self.points(at)?;
                self.expr(*body)
            }
            StmtKind::For { variables, over, body } => {
                self.expr(*over)?;
                self.bind_items(variables, *over);
                self.statements(body)
            }
            StmtKind::While { condition, body } => {
                self.expr(*condition)?;
                self.statements(body)
            }
            StmtKind::Return(Some(value)) => self.expr(*value),
            _ => Ok(()),
        }
    }

    /// A name that was something else before may be either, wherever a loop or a branch leads.
    fn assign(&mut self, name: Symbol, value: ExprId) {
        let kind = self.infer(value);
        let earlier = self.bound.iter().rev().find(|(other, _)| *other == name).map(|(_, kind)| *kind);
        let kind = if earlier.is_some_and(|earlier| earlier != kind) { Kind::Unknown } else { kind };
        self.bound.push((name, kind));
    }

    fn points(&mut self, at: &At) -> Resolved<()> {
        for point in &at.points {
            self.expr(point.value)?;
        }
        for point in &at.points {
            let kind = if point.many { Kind::Value } else { self.infer(point.value) };
            self.bound.push((point.name, kind));
        }
        Ok(())
    }

    fn bind_items(&mut self, variables: &[Symbol], over: ExprId) {
        let kind = self.infer_element(over);
        for name in variables {
            self.bound.push((*name, kind));
        }
    }

    /// The body of a function that is being called.
    fn body(&mut self, lambda: &Lambda) -> Resolved<()> {
        self.expr(lambda.body)
    }

    /// A function that is only made here: its calls are decided when it is called.
    fn lambda(&mut self, lambda: &Lambda) -> Resolved<()> {
        for param in &lambda.params {
            if let Some(default) = param.default {
                self.expr(default)?;
            }
        }
        let scope = self.bound.len();
        self.bound.extend(lambda.params.iter().map(|param| (param.name, Kind::Unknown)));
        self.deferred += 1;
        let result = self.expr(lambda.body);
        self.deferred -= 1;
        self.bound.truncate(scope);
        result
    }

    fn all(&mut self, ids: impl IntoIterator<Item = ExprId>) -> Resolved<()> {
        ids.into_iter().try_for_each(|id| self.expr(id))
    }

    fn subscripts(&mut self, subscripts: &[Subscript]) -> Resolved<()> {
        for subscript in subscripts {
            match subscript {
                Subscript::At(id) => self.expr(*id)?,
                Subscript::Slice { start, stop, step } => {
                    self.all([start, stop, step].into_iter().copied().flatten())?;
                }
            }
        }
        Ok(())
    }

    /// Runs a rule in a scope of its own.
    fn scoped(&mut self, rule: impl FnOnce(&mut Self) -> Resolved<()>) -> Resolved<()> {
        let scope = self.bound.len();
        let result = rule(self);
        self.bound.truncate(scope);
        result
    }

    /// Chains of operators are loops here, as in the parser.
    fn expr(&mut self, id: ExprId) -> Resolved<()> {
        let tree = self.tree;
        let mut id = id;
        loop {
            let is_site = tree.is_site(id);
            match tree.expr(id) {
                Expr::Number(_) | Expr::Text(_) | Expr::Bool(_) | Expr::Name(_) => return Ok(()),
                Expr::Binary(BinaryOp::Pow, base, exponent) => {
                    if is_site {
                        self.order(id, *base)?;
                    }
                    self.expr(*base)?;
                    id = *exponent;
                }
                Expr::Binary(op, left, right) => {
                    if is_site && *op == BinaryOp::Div {
                        self.quotient(id, *left, *right)?;
                    }
                    self.expr(*right)?;
                    id = *left;
                }
                Expr::Call(callee, args) => {
                    if is_site && self.deferred == 0 {
                        self.call(id, *callee)?;
                    }
                    self.all(args.iter().map(|arg| arg.value))?;
                    id = *callee;
                }
                Expr::If { condition, then, otherwise } => {
                    self.expr(*condition)?;
                    self.expr(*then)?;
                    let Some(otherwise) = otherwise else { return Ok(()) };
                    id = *otherwise;
                }
                Expr::Index(base, subscripts) => {
                    self.subscripts(subscripts)?;
                    id = *base;
                }
                Expr::Unary(_, inner)
                | Expr::Field(inner, _)
                | Expr::Prime(inner, _)
                | Expr::Factorial(inner)
                | Expr::Abs(inner)
                | Expr::Paren(inner)
                | Expr::Nabla(inner)
                | Expr::NoGrad(inner) => id = *inner,
                Expr::Differential { derivative, .. } => id = *derivative,
                Expr::Product(factors) => return self.all(factors.iter().map(|factor| factor.expr)),
                Expr::Compare(operands, _) => return self.all(operands.iter().copied()),
                Expr::Array(items) => return self.all(items.iter().copied()),
                Expr::Matrix(rows) => return self.all(rows.iter().flatten().copied()),
                Expr::Range { start, end, .. } => return self.all([*start, *end]),
                Expr::Lambda(lambda) => return self.lambda(lambda),
                Expr::Block(statements) => return self.scoped(|walk| walk.statements(statements)),
                Expr::Comprehension { body, variables, over, condition } => {
                    self.expr(*over)?;
                    return self.scoped(|walk| {
                        walk.bind_items(variables, *over);
                        walk.all(condition.iter().copied())?;
                        walk.expr(*body)
                    });
                }
                Expr::Where { body, bindings } => {
                    return self.scoped(|walk| {
                        for (name, _, value) in bindings {
                            walk.expr(*value)?;
                            let kind = walk.infer(*value);
                            walk.bound.push((*name, kind));
                        }
                        walk.expr(*body)
                    });
                }
                Expr::Derivative { names, body } => {
                    return self.scoped(|walk| {
                        walk.bound.extend(names.iter().map(|(name, _)| (*name, Kind::Value)));
                        walk.expr(*body)
                    });
                }
            }
        }
    }

    /// A parenthesis behind something: arguments of a function, or a factor.
    fn call(&mut self, id: ExprId, callee: ExprId) -> Resolved<()> {
        match self.infer(callee) {
            _ if self.is_derivative(callee) => Ok(()),
            Kind::Function | Kind::Unbound => Ok(()),
            Kind::Unknown if !self.is_plain(callee) => Err(self.unknown_call(id, callee)),
            Kind::Value | Kind::Functions | Kind::Unknown => {
                self.decisions.products.push(self.opening(callee));
                Ok(())
            }
        }
    }

    /// A name, perhaps in parentheses: where nothing else is known it is a number, and evaluation tells if it is not.
    fn is_plain(&self, mut id: ExprId) -> bool {
        while let Expr::Paren(inner) = self.tree.expr(id) {
            id = *inner;
        }
        matches!(self.tree.expr(id), Expr::Name(_))
    }

    /// `d/dx (x^2)`, `(x^2)'`: a parenthesis behind it holds a point.
    fn is_derivative(&self, mut id: ExprId) -> bool {
        while let Expr::Paren(inner) = self.tree.expr(id) {
            id = *inner;
        }
        match self.tree.expr(id) {
            Expr::Derivative { .. } | Expr::Differential { .. } => true,
            Expr::Prime(base, _) => matches!(self.tree.expr(*base), Expr::Paren(_)) && !self.is_plain(*base),
            _ => false,
        }
    }

    /// Where the parenthesis behind a callee opens: between them are blanks and line ends at most.
    fn opening(&self, callee: ExprId) -> u32 {
        let end = self.tree.span(callee).end;
        let rest = &self.tree.source.text[end as usize..];
        end + rest.find('(').unwrap_or(0) as u32
    }

    /// `f^(3)` in front of a parenthesis: the third derivative of a function, a power of a number.
    fn order(&mut self, power: ExprId, base: ExprId) -> Resolved<()> {
        if self.deferred == 0 && self.infer(base) == Kind::Function {
            let end = self.tree.span(base).end;
            let rest = &self.tree.source.text[end as usize..self.tree.span(power).end as usize];
            self.decisions.orders.extend(rest.find('^').map(|at| end + at as u32));
        }
        Ok(())
    }

    /// `a/b c`: others read `(a/b) c`.
    fn quotient(&mut self, id: ExprId, left: ExprId, right: ExprId) -> Resolved<()> {
        let mut below = right;
        while let Expr::Unary(UnaryOp::Neg | UnaryOp::Plus, operand) = self.tree.expr(below) {
            below = *operand;
        }
        let Expr::Product(factors) = self.tree.expr(below) else { return Ok(()) };
        let first = self.first_piece(factors);
        if first == factors.len() {
            return Ok(());
        }
        let text = |span: Span| self.tree.source.slice(span);
        let end = |factor: &Factor| self.tree.span(factor.expr);
        let whole = self.tree.span(id);
        let near = Span { start: self.tree.span(left).start, end: end(&factors[first - 1]).end };
        let rest = Span { start: end(&factors[first]).start, end: whole.end };
        let above = Span { start: whole.start, end: self.tree.span(right).start };
        let message = format!("{} can be read in two ways", text(whole));
        let help = format!("write {}({}) or ({}) {}", text(above), text(self.tree.span(right)), text(near), text(rest));
        Err(Box::new(Diagnostic::new(message).at(&self.tree.source, whole).help(help)))
    }

    /// How many factors the first piece of a product takes: a function with what it is applied to (`sin 2x`), or one.
    fn first_piece(&mut self, factors: &[Factor]) -> usize {
        let head = match self.tree.expr(factors[0].expr) {
            Expr::Binary(BinaryOp::Pow, base, _) | Expr::Prime(base, _) => *base,
            _ => factors[0].expr,
        };
        let is_function = match self.tree.expr(head) {
            Expr::Name(name) => self.asked(*name, Question::Itself) == Kind::Function,
            _ => false,
        };
        if !is_function {
            return 1;
        }
        if !factors[1].blank && matches!(self.tree.expr(factors[1].expr), Expr::Paren(_)) {
            return 2;
        }
        2 + factors[2..].iter().take_while(|factor| !factor.blank).count()
    }

    /// `g(2)(3)^2` where nothing tells whether `g(2)` is a function.
    fn unknown_call(&self, id: ExprId, callee: ExprId) -> Box<Diagnostic> {
        let (whole, head) = (self.tree.text(id), self.tree.text(callee));
        let argument = &self.tree.source.text[self.opening(callee) as usize..self.tree.span(id).end as usize];
        let message = format!("{whole} can be a call or a product here");
        let help = format!("write ({whole}) for the call, {head}*{argument} for the product");
        Box::new(Diagnostic::new(message).at(&self.tree.source, self.tree.span(id)).help(help))
    }
}
