//! The expression tree: what was typed, without knowing what the names mean.
//!
//! Nodes of one piece of input live in one [`Tree`] and point at each other by index, so that a sum of a million
//! terms is built, walked and dropped without a deep call stack.
//!
//! Two things look alike until names are known: `x(y + 1)` is a call or a product, `sin 2x` an application or a
//! product. The tree keeps the typed form ([`Expr::Call`], [`Expr::Product`]) and lists where names decide about the
//! grouping ([`Tree::sites`]); `resolve` decides when it knows the names.

use std::cell::OnceCell;
use std::rc::Rc;

use smallvec::SmallVec;

use super::name::Symbol;
use super::reading::{Decisions, Readings};
use crate::source::{Source, Span};

/// Index of an expression in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

/// Infix operators with two operands, except comparisons (which chain) and juxtaposition (which is a list).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    MatMul,
    /// `a · b`: the scalar product of vectors, a product with numbers.
    Dot,
    /// `a × b`: the vector product, a product with numbers.
    Cross,
    Pow,
    PlusMinus,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Neg,
    Plus,
    Sqrt,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// A factor of a juxtaposition; `blank` tells whether white space stands before it (`sin 2x` is not `sin 2 x`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    pub expr: ExprId,
    pub blank: bool,
}

/// An argument of a call: `f(2)`, `f(m = 2)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arg {
    pub name: Option<(Symbol, Span)>,
    pub value: ExprId,
}

/// One index of `a[…]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Subscript {
    At(ExprId),
    /// `start:stop:step`, every part optional.
    Slice {
        start: Option<ExprId>,
        stop: Option<ExprId>,
        step: Option<ExprId>,
    },
}

/// A parameter of a function, with its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub name: Symbol,
    pub span: Span,
    pub default: Option<ExprId>,
}

/// Parameters and body of `f(x) = …` or `x -> …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lambda {
    pub params: Vec<Param>,
    pub body: ExprId,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A numeric literal, always a real.
    Number(f64),
    Text(Rc<str>),
    Bool(bool),
    Name(Symbol),
    Unary(UnaryOp, ExprId),
    Binary(BinaryOp, ExprId, ExprId),
    /// `a < b <= c`: operands, one more than operators.
    Compare(Box<[ExprId]>, Box<[CompareOp]>),
    /// Juxtaposition, two factors or more: `2 pi r`, `sin 2x`. A parenthesis after a name is a [`Expr::Call`].
    Product(Box<[Factor]>),
    Call(ExprId, Box<[Arg]>),
    Index(ExprId, Box<[Subscript]>),
    Field(ExprId, Symbol),
    /// `f'`, `f''`: the number of primes.
    Prime(ExprId, u32),
    Factorial(ExprId),
    /// `|e|`
    Abs(ExprId),
    /// An expression in parentheses. Kept because `(x)(y)` and `x(y)`, `-(2)^2` and `(-2)^2` read differently.
    Paren(ExprId),
    /// `[a, b]`; nested brackets nest.
    Array(Box<[ExprId]>),
    /// `[1, 2; 3, 4]`: rows.
    Matrix(Box<[Box<[ExprId]>]>),
    /// `a..b` (`inclusive`: `a..=b`)
    Range {
        start: ExprId,
        end: ExprId,
        inclusive: bool,
    },
    /// `x -> e`, `(x, y) -> e`
    Lambda(Rc<Lambda>),
    /// `{ … }`; its value is that of the last statement.
    Block(Rc<[Stmt]>),
    If {
        condition: ExprId,
        then: ExprId,
        otherwise: Option<ExprId>,
    },
    /// `e for u in v if c`, as an argument or in brackets.
    Comprehension {
        body: ExprId,
        variables: Box<[Symbol]>,
        over: ExprId,
        condition: Option<ExprId>,
    },
    /// `e where u = x^2, v = sin(u)`: later names may use earlier ones.
    Where {
        body: ExprId,
        bindings: Box<[(Symbol, Span, ExprId)]>,
    },
    /// `d/dx e`, `d^2/dx^2 e`, `∂²/∂x∂y e`: differentiate with respect to each name in turn (`x` twice for `d²/dx²`).
    Derivative {
        names: Box<[(Symbol, Span)]>,
        body: ExprId,
    },
    /// `dy/dx`, `d²y/dx²`, `d(e)/dx`: the derivative, or a quotient where the names in it are values.
    Differential {
        /// `dy`, `d`: what the quotient has above, without its order.
        above: Symbol,
        /// `dx`
        below: Symbol,
        derivative: ExprId,
    },
    /// `∇f`
    Nabla(ExprId),
    /// `no_grad { … }`
    NoGrad(ExprId),
}

/// A statement with the place where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
    /// A `;` ends the line after it: its result is not printed.
    pub silent: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    Expr(ExprId),
    /// `x = e`, and `x += e` as `x = x + e`
    Assign {
        name: Symbol,
        name_span: Span,
        value: ExprId,
    },
    /// `a, b = e`
    Unpack {
        names: Box<[(Symbol, Span)]>,
        value: ExprId,
    },
    /// `y = e at x = 2`: the value and its derivatives under this name
    AssignAt {
        name: Symbol,
        name_span: Span,
        body: ExprId,
        at: Box<At>,
    },
    /// `a[i] = e`, in a block
    AssignIndex {
        name: Symbol,
        name_span: Span,
        subscripts: Box<[Subscript]>,
        value: ExprId,
    },
    /// `f(x) = e`, with `at …` also evaluated there
    Define {
        name: Symbol,
        name_span: Span,
        lambda: Rc<Lambda>,
        at: Option<Box<At>>,
    },
    /// `e at x = 2`; also `e wrt x` with `at` missing, at the session's own values
    At {
        body: ExprId,
        at: Box<At>,
    },
    Const {
        name: Symbol,
        name_span: Span,
        value: ExprId,
    },
    Watch(Box<[(Symbol, Span)]>),
    Unwatch(Box<[(Symbol, Span)]>),
    For {
        variables: Box<[Symbol]>,
        over: ExprId,
        body: Rc<[Stmt]>,
    },
    While {
        condition: ExprId,
        body: Rc<[Stmt]>,
    },
    Break,
    Continue,
    Return(Option<ExprId>),
    /// `:help sin`, `sin?`, `quit`: the word after the colon and the rest of the line, with its place.
    Command {
        name: String,
        rest: String,
        rest_span: Span,
    },
}

/// `at x = 2, y in [1, 2] wrt x order 2`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct At {
    pub points: Vec<Point>,
    pub wrt: Vec<(Symbol, Span)>,
    /// The order with its place; `None` is 1.
    pub order: Option<(u32, Span)>,
}

/// `x = 2` or `x in 0..10`
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub name: Symbol,
    pub span: Span,
    pub value: ExprId,
    /// `in`: one row of a table for each value.
    pub many: bool,
}

/// All nodes of one statement (and of what is nested in it), with the text they come from.
#[derive(Debug)]
pub struct Tree {
    pub source: Rc<Source>,
    pub exprs: Vec<Expr>,
    pub spans: Vec<Span>,
    /// Names by which something in here differentiates, once somebody asked.
    differentiated_by: OnceCell<Box<[Symbol]>>,
    /// Where the statement stands.
    pub extent: Span,
    /// Calls, quotients and powers whose grouping depends on what names mean; sorted.
    pub sites: SmallVec<[ExprId; 2]>,
    /// What was decided about such places before the statement was read into this tree.
    pub decisions: Decisions,
    /// How the functions in it are read, by what names mean.
    pub readings: Readings,
}

impl Tree {
    pub fn new(source: Rc<Source>) -> Tree {
        Tree::with_room(source, 0)
    }

    /// An empty tree that can take so many nodes without growing.
    pub fn with_room(source: Rc<Source>, room: usize) -> Tree {
        let (exprs, spans) = (Vec::with_capacity(room), Vec::with_capacity(room));
        Tree {
            source,
            exprs,
            spans,
            differentiated_by: OnceCell::new(),
            extent: Span::new(0, 0),
            sites: SmallVec::new(),
            decisions: Decisions::default(),
            readings: Readings::default(),
        }
    }

    /// The same nodes once more, to be added to.
    pub fn copied(&self) -> Tree {
        let (exprs, spans, decisions) = (self.exprs.clone(), self.spans.clone(), self.decisions.clone());
        Tree { exprs, spans, decisions, extent: self.extent, ..Tree::new(self.source.clone()) }
    }

    /// Names by which something in the tree differentiates: what `find` finds, looked for once.
    pub fn differentiated_by(&self, find: impl FnOnce(&Tree) -> Box<[Symbol]>) -> &[Symbol] {
        self.differentiated_by.get_or_init(|| find(self))
    }

    pub fn push(&mut self, expr: Expr, span: Span) -> ExprId {
        let id = ExprId(self.exprs.len() as u32);
        self.exprs.push(expr);
        self.spans.push(span);
        id
    }

    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub fn span(&self, id: ExprId) -> Span {
        self.spans[id.0 as usize]
    }

    /// Whether the text of an expression begins with a parenthesis.
    pub fn begins_with_parenthesis(&self, id: ExprId) -> bool {
        self.text(id).starts_with('(')
    }

    /// The operand with which the text of an expression begins.
    pub fn first_operand(&self, mut id: ExprId) -> ExprId {
        loop {
            id = match self.expr(id) {
                Expr::Binary(_, inner, _)
                | Expr::Call(inner, _)
                | Expr::Index(inner, _)
                | Expr::Field(inner, _)
                | Expr::Prime(inner, _)
                | Expr::Factorial(inner) => *inner,
                _ => return id,
            };
        }
    }

    /// Whether names decide about this expression.
    pub fn is_site(&self, id: ExprId) -> bool {
        !self.sites.is_empty() && self.sites.binary_search(&id).is_ok()
    }

    /// The text of an expression as it was typed.
    pub fn text(&self, id: ExprId) -> &str {
        self.source.slice(self.span(id))
    }
}

/// A parsed top-level statement.
#[derive(Debug, Clone)]
pub struct Statement {
    pub tree: Rc<Tree>,
    pub stmt: Rc<Stmt>,
    /// Precedence decided something that other programs read differently (`1/sin 2x`, `7 % 2x`, `√16x`): the prompt
    /// echoes how it was understood.
    pub ambiguous: bool,
}
