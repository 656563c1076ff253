//! Where and by what to differentiate: `at x = 2, y in 0..10 wrt x, y order 2`.

use super::operators::LAMBDA;
use super::parser::{Parsed, Parser};
use super::token::{Keyword, Kind, Sym};
use super::tree::{At, Point};
use crate::source::Span;

/// Whether a word begins one of these clauses.
pub(super) fn begins_with(keyword: Keyword) -> bool {
    matches!(keyword, Keyword::At | Keyword::Wrt | Keyword::Order)
}

impl Parser<'_> {
    /// All clauses that follow an expression, each at most once, in any order.
    pub fn clauses(&mut self) -> Parsed<At> {
        let mut at = At::default();
        let mut seen: Vec<Keyword> = Vec::new();
        while let Kind::Keyword(keyword) = self.operator() {
            if !begins_with(keyword) {
                break;
            }
            if seen.contains(&keyword) {
                return Err(self.repeated_clause());
            }
            seen.push(keyword);
            self.advance();
            match keyword {
                Keyword::Wrt => at.wrt = self.names("a variable, as in x^2 y at x = 3, y = 1 wrt x")?.into(),
                Keyword::Order => at.order = Some(self.order()?),
                _ => at.points = self.points()?,
            }
        }
        Ok(at)
    }

    fn points(&mut self) -> Parsed<Vec<Point>> {
        let mut points = Vec::with_capacity(1);
        loop {
            let (name, span) = self.name("a variable with its value, as in x^2 at x = 3")?;
            let many = match self.operator() {
                Kind::Symbol(Sym::Assign) => false,
                Kind::Keyword(Keyword::In) => true,
                _ => return Err(self.expected_point(span)),
            };
            self.advance();
            let value = self.expression(LAMBDA)?;
            match self.operator() {
                Kind::Symbol(Sym::Assign) | Kind::Keyword(Keyword::In) => return Err(self.missing_comma(value)),
                _ => points.push(Point { name, span, value, many }),
            }
            if !self.take(Sym::Comma) {
                return Ok(points);
            }
        }
    }

    fn order(&mut self) -> Parsed<(u32, Span)> {
        match self.token.kind {
            Kind::Number(order) if order.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&order) => {
                let span = self.advance();
                Ok((order as u32, span))
            }
            _ => Err(self.expected_order()),
        }
    }
}
