//! Expressions as text. Long chains are loops here, as in the parser.

use smallvec::SmallVec;

use super::super::name::Symbol;
use super::super::operators::{
    self, COMPARISON, DERIVATIVE, JUXTAPOSITION, LAMBDA, NOT, POSTFIX, POWER, PRODUCT, RANGE, SIGN, WHERE,
};
use super::super::tree::{BinaryOp, Expr, ExprId, Tree, UnaryOp};
use super::operand::raised;

pub(super) struct Printer<'a> {
    pub tree: &'a Tree,
    pub out: String,
    /// For the explicit form: whether a name is a function.
    pub is_function: Option<&'a dyn Fn(Symbol) -> bool>,
    /// Inside `| |`, with no bracket opened since.
    pub in_bars: bool,
}

impl<'a> Printer<'a> {
    pub fn new(tree: &'a Tree, is_function: Option<&'a dyn Fn(Symbol) -> bool>) -> Printer<'a> {
        Printer { tree, out: String::with_capacity(4 * tree.exprs.len()), is_function, in_bars: false }
    }

    pub fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub fn whole(&mut self, id: ExprId) {
        self.expr(id, WHERE);
    }

    /// Something between brackets.
    pub fn bracketed(&mut self, open: &str, close: &str, inside: impl FnOnce(&mut Self)) {
        let in_bars = std::mem::replace(&mut self.in_bars, false);
        self.write(open);
        inside(self);
        self.write(close);
        self.in_bars = in_bars;
    }

    pub fn separated<T>(&mut self, separator: &str, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        for (index, one) in items.iter().enumerate() {
            if index > 0 {
                self.write(separator);
            }
            item(self, one);
        }
    }

    /// An expression where the text around it allows operators up to `limit`; else in parentheses.
    pub fn expr(&mut self, mut id: ExprId, mut limit: u8) {
        // Signs and roots are allowed in an exponent and under a root, though they bind looser than `^`.
        let mut tight = false;
        loop {
            let expr = self.tree.expr(id);
            let is_prefix = matches!(expr, Expr::Unary(UnaryOp::Neg | UnaryOp::Plus | UnaryOp::Sqrt, _));
            if self.level(id) > limit && !(tight && is_prefix) {
                return self.bracketed("(", ")", |printer| printer.expr(id, WHERE));
            }
            match expr {
                Expr::Unary(op, operand) => {
                    self.write(operators::unary_operator(*op).spellings[0]);
                    self.keep_apart(*op, *operand);
                    tight |= *op == UnaryOp::Sqrt;
                    limit = match op {
                        UnaryOp::Not => NOT,
                        _ if tight => POWER,
                        _ => JUXTAPOSITION,
                    };
                    id = *operand;
                }
                Expr::Binary(BinaryOp::Pow, base, exponent) => {
                    self.power_base(*base);
                    self.write("^");
                    (id, limit, tight) = (*exponent, POWER, true);
                }
                Expr::Binary(..) => return self.chain(id),
                Expr::Derivative { names, body } => {
                    self.derivative(names);
                    (id, limit) = (*body, DERIVATIVE);
                }
                _ => return self.closed(id),
            }
        }
    }

    /// What stands left of `^`. A power there was typed as `x²^3`, or it needs parentheses.
    fn power_base(&mut self, id: ExprId) {
        match (self.tree.expr(id), self.raised_exponent(id)) {
            (Expr::Binary(BinaryOp::Pow, base, _), Some(exponent)) => {
                self.expr(*base, POSTFIX);
                self.write(&exponent);
            }
            _ => self.expr(id, POSTFIX),
        }
    }

    /// The exponent of a power as raised digits, if it can be written so.
    pub fn raised_exponent(&self, power: ExprId) -> Option<String> {
        let Expr::Binary(BinaryOp::Pow, _, mut exponent) = *self.tree.expr(power) else { return None };
        let mut sign = "";
        if let Expr::Unary(UnaryOp::Neg, inner) = *self.tree.expr(exponent) {
            (exponent, sign) = (inner, "⁻");
        }
        match *self.tree.expr(exponent) {
            Expr::Number(value) if value.fract() == 0.0 && (0.0..1e9).contains(&value) => {
                Some(format!("{sign}{}", raised(value as usize)))
            }
            _ => None,
        }
    }

    /// `+-` is one token, `not` a word.
    fn keep_apart(&mut self, op: UnaryOp, operand: ExprId) {
        let is_sign = matches!(self.tree.expr(operand), Expr::Unary(UnaryOp::Neg, _))
            || matches!(self.tree.expr(operand), Expr::Number(value) if value.is_sign_negative());
        if op == UnaryOp::Not || op == UnaryOp::Plus && is_sign {
            self.write(" ");
        }
    }

    /// Left-associative operators, leftmost operand first.
    fn chain(&mut self, id: ExprId) {
        let mut rights: SmallVec<[(BinaryOp, ExprId); 8]> = SmallVec::new();
        let mut left = id;
        let mut limit = u8::MAX;
        while let Expr::Binary(op, first, second) = self.tree.expr(left) {
            let level = operators::binary_operator(*op).level;
            if *op == BinaryOp::Pow || level > limit {
                break;
            }
            rights.push((*op, *second));
            (left, limit) = (*first, level);
        }
        self.expr(left, limit);
        for (op, right) in rights.into_iter().rev() {
            self.infix(op, right);
        }
    }

    fn infix(&mut self, op: BinaryOp, right: ExprId) {
        let operator = operators::binary_operator(op);
        let (divides, start) = (matches!(op, BinaryOp::Div | BinaryOp::Mod), self.out.len());
        let spelling = operator.spellings[0];
        match op {
            BinaryOp::Mul | BinaryOp::Div => self.write(spelling),
            _ => {
                self.write(" ");
                self.write(spelling);
                self.write(" ");
            }
        }
        let operand = self.out.len();
        if divides && self.is_function.is_some() && self.is_signed_product(right) {
            self.bracketed("(", ")", |printer| printer.whole(right));
        } else {
            self.expr(right, operator.level - 1);
        }
        // `d / dx` would be a derivative without its blanks.
        if op == BinaryOp::Div && self.out[operand..].starts_with('d') {
            self.out.replace_range(start..operand, " / ");
        }
    }

    fn is_signed_product(&self, mut id: ExprId) -> bool {
        while let Expr::Unary(UnaryOp::Neg | UnaryOp::Plus, operand) = self.tree.expr(id) {
            id = *operand;
        }
        matches!(self.tree.expr(id), Expr::Product(factors) if self.has_several_pieces(factors))
    }

    /// How loosely the outermost operator of an expression binds.
    pub fn level(&self, id: ExprId) -> u8 {
        match self.tree.expr(id) {
            Expr::Number(value) if value.is_sign_negative() => JUXTAPOSITION,
            Expr::Unary(UnaryOp::Not, _) => NOT,
            Expr::Unary(UnaryOp::Sqrt, _) => SIGN,
            // A sign stands before a whole product.
            Expr::Unary(..) => JUXTAPOSITION,
            Expr::Binary(op, ..) => operators::binary_operator(*op).level,
            Expr::Compare(..) => COMPARISON,
            Expr::Product(factors) if self.is_juxtaposed(factors) => JUXTAPOSITION,
            Expr::Product(_) => PRODUCT,
            Expr::Range { .. } => RANGE,
            Expr::Lambda(_) => LAMBDA,
            Expr::Where { .. } => WHERE,
            Expr::Derivative { .. } => DERIVATIVE,
            _ => POSTFIX,
        }
    }
}
