//! What the text of a statement leaves open until names are known, and the parser's second look once they are.
//!
//! `k (1 - p)` is a call or a product, `f^(3)(x)` a derivative or a power. The parser reads the first as a call and the
//! second as a power, and lists in [`Tree::sites`] the places where the other reading would group differently. The room
//! `resolve` decides them and has the statement read again: the precedence of a product is then that of any product.

use std::cell::RefCell;
use std::rc::Rc;

use super::name::Symbol;
use super::parser::Parser;
use super::tree::{Arg, Expr, ExprId, Lambda, Statement, Stmt, Tree};

/// Decisions about a statement, each by the byte at which it is taken; both lists are sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    /// Opening parentheses that hold a factor, not arguments.
    pub products: Vec<u32>,
    /// Signs `^` in front of the order of a derivative: `f^(3)`.
    pub orders: Vec<u32>,
}

impl Decisions {
    pub fn is_empty(&self) -> bool {
        self.products.is_empty() && self.orders.is_empty()
    }

    /// Whether all of these were taken before.
    pub fn are_in(&self, earlier: &Decisions) -> bool {
        let all_in = |a: &[u32], b: &[u32]| a.iter().all(|at| b.binary_search(at).is_ok());
        all_in(&self.products, &earlier.products) && all_in(&self.orders, &earlier.orders)
    }

    /// Both together.
    pub fn and(&self, other: &Decisions) -> Decisions {
        let join = |a: &[u32], b: &[u32]| {
            let mut all = [a, b].concat();
            all.sort_unstable();
            all.dedup();
            all
        };
        Decisions { products: join(&self.products, &other.products), orders: join(&self.orders, &other.orders) }
    }
}

/// What is known of a name (or of what is hung on it) before anything is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unbound,
    /// A number, tensor, text …: a parenthesis behind it is a factor.
    Value,
    Function,
    /// A list or record of functions.
    Functions,
    Unknown,
}

/// What `resolve` asks about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Itself,
    /// A field of the record that it is.
    Field(Symbol),
    /// What calling it gives: with a function first (`grad(f)`), and with functions only.
    Result {
        of_function: bool,
        only: bool,
    },
}

/// A function in a statement that was read once more.
pub type Reread = (Rc<Tree>, Rc<Lambda>);

/// How the body of a function is read while these answers hold.
#[derive(Debug)]
pub struct Reading {
    /// The function, by the byte at which its body begins.
    pub body: u32,
    pub answers: Vec<(Symbol, Question, Kind)>,
    /// `None`: as it was read at first.
    pub reread: Option<Reread>,
}

/// Readings of the functions of a tree, found so far.
pub type Readings = RefCell<Vec<Rc<Reading>>>;

/// The statement of a tree once more, with these decisions.
///
/// Errors: the other reading is refused.
pub fn reread(tree: &Tree, decisions: &Decisions) -> Result<Statement, Box<crate::diagnostic::Diagnostic>> {
    let (statement, _) = again(tree, decisions, None)?;
    Ok(statement)
}

/// The function whose body begins at byte `body`, in the statement read once more.
pub fn reread_function(
    tree: &Tree,
    body: u32,
    decisions: &Decisions,
) -> Result<Option<Reread>, Box<crate::diagnostic::Diagnostic>> {
    let (statement, found) = again(tree, decisions, Some(body))?;
    Ok(found.map(|lambda| (statement.tree, lambda)))
}

type Again = (Statement, Option<Rc<Lambda>>);

fn again(tree: &Tree, decisions: &Decisions, wanted: Option<u32>) -> Result<Again, Box<crate::diagnostic::Diagnostic>> {
    let text = tree.source.text.get(..tree.extent.end as usize).unwrap_or("");
    let mut parser = Parser::new(&tree.source, text, tree.extent.start as usize);
    parser.tree.decisions = tree.decisions.and(decisions);
    parser.wanted = wanted;
    let statement = parser.next()?.expect("a statement was read here before");
    Ok((statement, parser.found.take()))
}

impl Statement {
    /// The same statement as it was read again; whether it prints is what its first line end said.
    pub fn reread_as(&self, other: Statement) -> Statement {
        let stmt = Stmt { kind: other.stmt.kind.clone(), span: self.stmt.span, silent: self.stmt.silent };
        Statement { stmt: stmt.into(), ambiguous: self.ambiguous || other.ambiguous, ..other }
    }
}

impl Parser<'_> {
    /// Remembers a place that cannot be read for good before names are known.
    pub fn open_question(&mut self, id: ExprId) {
        self.tree.sites.push(id);
    }

    /// Remembers what looks like a call, where a product would be grouped differently.
    pub fn question_call(&mut self, id: ExprId) {
        if let Expr::Call(_, args) = self.tree.expr(id)
            && let [Arg { name: None, .. }] = args[..]
        {
            self.open_question(id);
        }
    }

    /// Whether the parenthesis that comes next was decided to be a factor.
    pub fn is_decided_product(&self) -> bool {
        let products = &self.tree.decisions.products;
        !products.is_empty() && products.binary_search(&self.token.span.start).is_ok()
    }

    /// Whether the `^` that comes next was decided to stand before the order of a derivative.
    pub fn is_decided_order(&self) -> bool {
        let orders = &self.tree.decisions.orders;
        !orders.is_empty() && orders.binary_search(&self.token.span.start).is_ok()
    }

    /// A function whose body was read.
    pub fn made_function(&mut self, lambda: &Rc<Lambda>) {
        if self.wanted == Some(self.tree.span(lambda.body).start) {
            self.found = Some(lambda.clone());
        }
    }
}
