//! Expressions: operands joined by operators, a precedence climb over the table in [`super::operators`].
//!
//! Chains (`a + b + …`, `a^b^…`, factors side by side) are loops, not recursion: their length is limited by memory.

use super::name::Symbol;
use super::operators::{self, COMPARISON, LAMBDA, Meaning, NOT, Operator, PRODUCT, RANGE, WHERE};
use super::parser::{Parsed, Parser, Pending};
use super::token::{Keyword, Kind, Sym};
use super::tree::{BinaryOp, CompareOp, Expr, ExprId, Factor, Lambda, Param, UnaryOp};
use crate::source::Span;

impl Parser<'_> {
    /// An expression whose operators bind at `limit` or tighter.
    pub fn expression(&mut self, limit: u8) -> Parsed<ExprId> {
        let mut left = self.negated(limit)?;
        while let Kind::Symbol(symbol) = self.operator() {
            let Some(operator) = operators::infix_operator(symbol) else { break };
            if operator.level > limit {
                break;
            }
            left = match operator.meaning {
                Meaning::Binary(op) => self.binary(left, op, operator)?,
                Meaning::Compare(_) => self.comparison(left)?,
                Meaning::Range { inclusive } => self.range(left, inclusive)?,
                Meaning::Lambda => self.lambda(left)?,
                Meaning::Where => self.bindings(left)?,
                Meaning::Unary(_) | Meaning::Form => break,
            };
        }
        Ok(left)
    }

    fn binary(&mut self, left: ExprId, op: BinaryOp, operator: &Operator) -> Parsed<ExprId> {
        match op {
            BinaryOp::Mod => self.check_percent(left)?,
            BinaryOp::Add | BinaryOp::Sub => self.check_increment(left)?,
            _ => {}
        }
        self.advance();
        let right = self.expression(operator.level - 1)?;
        let id = self.join(Expr::Binary(op, left, right), left, right);
        if matches!(op, BinaryOp::Div | BinaryOp::Mod) {
            self.question_denominator(op, id, right);
        }
        Ok(id)
    }

    /// `1/x (y + 1)` and `1/sin x`: what stands below is known when the names are.
    fn question_denominator(&mut self, op: BinaryOp, quotient: ExprId, mut below: ExprId) {
        while let Expr::Unary(UnaryOp::Neg | UnaryOp::Plus, operand) = self.tree.expr(below) {
            below = *operand;
        }
        match self.tree.expr(below) {
            Expr::Product(_) => {
                self.ambiguous = true;
                if op == BinaryOp::Div {
                    self.open_question(quotient);
                }
            }
            _ => self.question_call(below),
        }
    }

    fn join(&mut self, expr: Expr, left: ExprId, right: ExprId) -> ExprId {
        let span = self.tree.span(left).to(self.tree.span(right));
        self.push(expr, span)
    }

    fn comparison(&mut self, left: ExprId) -> Parsed<ExprId> {
        let mut operands = vec![left];
        let mut ops: Vec<CompareOp> = Vec::new();
        let mut last = left;
        while let Kind::Symbol(symbol) = self.operator() {
            let Some(Operator { meaning: Meaning::Compare(op), .. }) = operators::infix_operator(symbol) else { break };
            self.advance();
            last = self.expression(COMPARISON - 1)?;
            ops.push(*op);
            operands.push(last);
        }
        Ok(self.join(Expr::Compare(operands.into(), ops.into()), left, last))
    }

    fn range(&mut self, start: ExprId, inclusive: bool) -> Parsed<ExprId> {
        self.advance();
        let end = self.expression(RANGE - 1)?;
        if matches!(self.operator(), Kind::Symbol(Sym::DotDot | Sym::DotDotEqual)) {
            return Err(self.error(
                self.token.span,
                "a range has two ends",
                "for steps, write a slice such as v[::2], or linspace(0, 1, 5)",
            ));
        }
        Ok(self.join(Expr::Range { start, end, inclusive }, start, end))
    }

    fn lambda(&mut self, left: ExprId) -> Parsed<ExprId> {
        let waiting = self.parameters.take_if(|(id, _)| *id == left);
        let params = match waiting {
            Some((_, params)) => params,
            None => vec![self.parameter(left)?],
        };
        self.check_distinct(&params)?;
        self.advance();
        let body = self.nested(|parser| parser.expression(LAMBDA))?;
        let lambda = Lambda { params, body }.into();
        self.made_function(&lambda);
        Ok(self.join(Expr::Lambda(lambda), left, body))
    }

    /// The parameter that an expression left of `->` stands for: `x`, `(x)`.
    fn parameter(&self, id: ExprId) -> Parsed<Param> {
        let id = if let Expr::Paren(inner) = self.tree.expr(id) { *inner } else { id };
        self.as_parameter(id, None)
    }

    pub fn as_parameter(&self, id: ExprId, default: Option<ExprId>) -> Parsed<Param> {
        match self.tree.expr(id) {
            Expr::Name(name) => Ok(Param { name: *name, span: self.tree.span(id), default }),
            _ => Err(self.no_parameter(id)),
        }
    }

    fn bindings(&mut self, body: ExprId) -> Parsed<ExprId> {
        if let Expr::Where { .. } = self.tree.expr(body) {
            return Err(self.error(self.token.span, "two where after one expression", "separate the names by commas"));
        }
        self.advance();
        let mut bindings: Vec<(Symbol, Span, ExprId)> = Vec::new();
        let mut last;
        loop {
            let (name, span) = self.name("a name, as in u + 1 where u = x^2")?;
            if !self.take(Sym::Assign) {
                return Err(self.expected_assign(span));
            }
            last = self.nested(|parser| parser.expression(LAMBDA))?;
            bindings.push((name, span, last));
            if !(self.is_operator(Sym::Comma) && self.binding_follows()) {
                break;
            }
            self.advance();
        }
        Ok(self.join(Expr::Where { body, bindings: bindings.into() }, body, last))
    }

    /// Whether `name =` stands behind the comma.
    fn binding_follows(&self) -> bool {
        let mut lexer = self.lexer;
        lexer.next_token().kind == Kind::Name && lexer.next_token().kind == Kind::Symbol(Sym::Assign)
    }

    /// `not` in front of a comparison, or what binds tighter.
    fn negated(&mut self, limit: u8) -> Parsed<ExprId> {
        if !self.is_symbol(Sym::Not) {
            return self.signed();
        }
        if limit < NOT {
            return Err(self.error(self.token.span, "not binds looser than what stands before it", "write (not …)"));
        }
        let bottom = self.pending.len();
        while self.is_symbol(Sym::Not) {
            self.wait(bottom, UnaryOp::Not)?;
        }
        let operand = self.expression(COMPARISON)?;
        Ok(self.settle(bottom, operand))
    }

    /// Signs, then a derivative or a product. A sign belongs to the whole product, which is the same number.
    fn signed(&mut self) -> Parsed<ExprId> {
        let bottom = self.pending.len();
        while let Some(sign) = self.sign() {
            self.wait(bottom, sign)?;
        }
        let operand = match self.derivative_names()? {
            Some((names, span)) => {
                let body = self.nested(|parser| parser.expression(PRODUCT))?;
                self.check_point(span, &names, body)?;
                let span = span.to(self.tree.span(body));
                self.push(Expr::Derivative { names, body }, span)
            }
            None => self.product()?,
        };
        Ok(self.settle(bottom, operand))
    }

    fn sign(&self) -> Option<UnaryOp> {
        match self.token.kind {
            Kind::Symbol(Sym::Minus) => Some(UnaryOp::Neg),
            Kind::Symbol(Sym::Plus) => Some(UnaryOp::Plus),
            _ => None,
        }
    }

    /// Takes a prefix operator and lets it wait for its operand.
    fn wait(&mut self, bottom: usize, op: UnaryOp) -> Parsed<()> {
        self.check_depth((self.pending.len() - bottom) as u32 + 1)?;
        let span = self.advance();
        self.pending.push(Pending::Prefix(op, span));
        Ok(())
    }

    /// Gives an operand to all that has been waiting since `bottom`, nearest first.
    fn settle(&mut self, bottom: usize, operand: ExprId) -> ExprId {
        let mut result = operand;
        while self.pending.len() > bottom {
            result = match self.pending.pop() {
                Some(Pending::Prefix(op, span)) => {
                    let span = span.to(self.tree.span(result));
                    self.push(Expr::Unary(op, result), span)
                }
                Some(Pending::Base(base)) => self.join(Expr::Binary(BinaryOp::Pow, base, result), base, result),
                None => return result,
            };
        }
        result
    }

    /// One factor, or several side by side.
    fn product(&mut self) -> Parsed<ExprId> {
        let first = self.power()?;
        if !self.factor_follows(first)? {
            return Ok(first);
        }
        let bottom = self.factors.len();
        self.factors.push(Factor { expr: first, blank: false });
        let mut last = first;
        let mut may_apply = false;
        loop {
            let blank = self.token.blank;
            let applies = self.may_apply(last);
            self.ambiguous |= blank && applies;
            may_apply |= applies;
            last = self.power()?;
            // `sin x (1 + x)`
            if may_apply && self.opens_apart(last) {
                self.question_call(last);
            }
            self.factors.push(Factor { expr: last, blank });
            if !self.factor_follows(last)? {
                break;
            }
        }
        self.ambiguous |= matches!(self.tree.expr(first), Expr::Unary(UnaryOp::Sqrt, _));
        let factors = self.factors.drain(bottom..).collect();
        Ok(self.join(Expr::Product(factors), first, last))
    }

    /// Whether a function may be meant that takes what follows a blank: `sin x`, `sin² x`, `f' x`.
    fn may_apply(&self, factor: ExprId) -> bool {
        let head = match self.tree.expr(factor) {
            Expr::Binary(BinaryOp::Pow, base, _) => *base,
            _ => factor,
        };
        matches!(self.tree.expr(head), Expr::Name(_) | Expr::Prime(..))
    }

    /// Whether what looks like a call has its parenthesis behind a blank or another parenthesis.
    fn opens_apart(&self, id: ExprId) -> bool {
        let Expr::Call(callee, _) = self.tree.expr(id) else { return false };
        let end = self.tree.span(*callee).end as usize;
        matches!(self.tree.expr(*callee), Expr::Paren(_)) || !self.source.text[end..].starts_with('(')
    }

    /// Whether the next token continues a product after the factor `last`; refuses what others read differently.
    fn factor_follows(&self, last: ExprId) -> Parsed<bool> {
        match self.operator() {
            Kind::Symbol(Sym::Open | Sym::Sqrt | Sym::Nabla | Sym::Sum | Sym::Prod | Sym::Infinity) | Kind::Name => {
                Ok(self.can_lead(last))
            }
            Kind::Symbol(Sym::Partial) => Err(self.derivative_as_factor()),
            Kind::Symbol(Sym::OpenBracket) => match self.tree.expr(last) {
                Expr::Number(_) => Ok(true),
                _ if self.can_lead(last) => Err(self.bracket_after(last)),
                _ => Ok(false),
            },
            Kind::Symbol(Sym::Bar) => match self.tree.expr(last) {
                _ if self.in_bars => Ok(false),
                Expr::Number(_) => Ok(true),
                _ if self.can_lead(last) => Err(self.bar_after(last)),
                _ => Ok(false),
            },
            Kind::Number(_) => match self.tree.expr(last) {
                Expr::Name(_) if self.token.blank => Ok(true),
                _ if self.can_lead(last) => Err(self.number_after(last)),
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    /// Whether factors may follow: not after text, blocks and truth values.
    fn can_lead(&self, factor: ExprId) -> bool {
        !matches!(
            self.tree.expr(factor),
            Expr::Text(_) | Expr::Bool(_) | Expr::Block(_) | Expr::If { .. } | Expr::NoGrad(_) | Expr::Lambda(_)
        ) && self.parameters.as_ref().is_none_or(|(id, _)| *id != factor)
    }

    /// `√` and powers: `a`, `a^b^c`, `2^-x^2`, `√x`.
    fn power(&mut self) -> Parsed<ExprId> {
        let bottom = self.pending.len();
        let mut signs_allowed = false;
        loop {
            let prefixes = self.pending.len();
            loop {
                let op = match self.token.kind {
                    Kind::Symbol(Sym::Sqrt) => UnaryOp::Sqrt,
                    _ => match self.sign() {
                        Some(sign) if signs_allowed => sign,
                        _ => break,
                    },
                };
                self.wait(prefixes, op)?;
                signs_allowed = true;
            }
            let operand = self.postfix()?;
            if !self.is_operator(Sym::Caret) {
                let stands_alone = self.pending.len() == bottom;
                let result = self.settle(bottom, operand);
                if !stands_alone {
                    self.question_call(operand);
                    self.question_order(result);
                }
                self.check_inverse(result)?;
                return Ok(result);
            }
            self.question_call(operand);
            self.advance();
            self.pending.push(Pending::Base(operand));
            signs_allowed = true;
        }
    }

    /// `f^(3)` in front of a parenthesis.
    fn question_order(&mut self, power: ExprId) {
        if self.is_operator(Sym::Open)
            && let Expr::Binary(BinaryOp::Pow, base, exponent) = self.tree.expr(power)
            && let (Expr::Name(_), Expr::Paren(_)) = (self.tree.expr(*base), self.tree.expr(*exponent))
        {
            self.open_question(power);
        }
    }

    /// A whole expression.
    pub fn whole(&mut self) -> Parsed<ExprId> {
        self.expression(WHERE)
    }

    /// The condition of `if` or `while`.
    pub fn condition(&mut self) -> Parsed<ExprId> {
        let id = self.whole()?;
        match self.operator() {
            Kind::Symbol(Sym::Assign) => Err(self.assignment_inside(id)),
            Kind::Keyword(Keyword::Else) => Err(self.then_instead_of_braces(id)),
            _ => Ok(id),
        }
    }
}
