//! Several values in one statement: `a, b = f(x)`, `[a, b] = v`, `return a, b`, and `a, b` where a block ends.

use super::name::Symbol;
use super::parser::{Parsed, Parser};
use super::token::{Kind, Sym};
use super::tree::{Expr, ExprId, StmtKind};
use crate::source::Span;

impl Parser<'_> {
    /// The rest of `a, b = …`, or in a block of `a, b`, of which the first expression has been read and a comma is next.
    pub fn several(&mut self, first: ExprId) -> Parsed<StmtKind> {
        let at_top = self.innermost().is_none();
        // outside of a block values side by side have no meaning: `1,5` is meant as a number
        let refusal = self.unexpected();
        if at_top && !matches!(self.tree.expr(first), Expr::Name(_)) {
            return Err(refusal);
        }
        let list = self.listed(first)?;
        match self.operator() {
            Kind::Symbol(Sym::Assign) => self.unpacking(list),
            _ if at_top => Err(refusal),
            _ => Ok(StmtKind::Expr(list)),
        }
    }

    /// `a, b, c` as one value, as `(a, b, c)` would be.
    pub fn listed(&mut self, first: ExprId) -> Parsed<ExprId> {
        let mut items = vec![first];
        while self.operator() == Kind::Symbol(Sym::Comma) {
            self.advance();
            items.push(self.whole()?);
        }
        if let [one] = items[..] {
            return Ok(one);
        }
        let span = self.tree.span(first).to(self.last);
        Ok(self.push(Expr::Array(items.into()), span))
    }

    /// `= e` behind several names.
    pub fn unpacking(&mut self, left: ExprId) -> Parsed<StmtKind> {
        let Expr::Array(items) = self.tree.expr(left) else { return Err(self.not_assignable(left)) };
        let mut names: Vec<(Symbol, Span)> = Vec::with_capacity(items.len());
        for &item in items {
            let Expr::Name(name) = *self.tree.expr(item) else { return Err(self.not_a_name(item)) };
            let span = self.tree.span(item);
            names.push((name, span));
        }
        self.advance();
        let first = self.assigned()?;
        let value = self.listed(first)?;
        Ok(StmtKind::Unpack { names: names.into(), value })
    }
}
