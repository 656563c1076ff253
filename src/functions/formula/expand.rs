//! Formulas multiplied out, and divided.

use super::number::Number;
use super::simplify::Simplifier;
use super::store::{Expr, Node, ONE, ZERO};

/// A formula with more terms on the way is left as it came.
const MOST_TERMS: usize = 80;

/// Powers up to this one are multiplied out.
const HIGHEST_POWER: i64 = 6;

/// So many steps of a division are tried.
const DIVISION_STEPS: usize = 60;

impl Simplifier<'_> {
    /// Everything multiplied out but what is below a fraction line or inside a function. `None` where that grows too
    /// large.
    pub(super) fn expanded(&mut self, expr: Expr) -> Option<Expr> {
        if self.is_exhausted() {
            return None;
        }
        let mut total = ZERO;
        for (number, product) in self.store.terms(expr) {
            let product = self.expanded_product(product)?;
            let product = self.store.scaled(product, number);
            total = self.store.plus(total, product);
            if self.store.terms(total).len() > MOST_TERMS {
                return None;
            }
        }
        Some(self.with_unit_circle(total))
    }

    fn expanded_product(&mut self, product: Expr) -> Option<Expr> {
        let mut total = ONE;
        for (base, exponent) in self.store.factors(product) {
            let factor = self.expanded_factor(base, exponent)?;
            total = self.multiplied(total, factor)?;
        }
        Some(total)
    }

    fn expanded_factor(&mut self, base: Expr, exponent: Expr) -> Option<Expr> {
        let whole = self.store.as_number(exponent).and_then(Number::whole);
        if let (true, Some(power @ 1..=HIGHEST_POWER)) = (self.is_group(base), whole) {
            let base = self.expanded(base)?;
            return (1..power).try_fold(base, |total, _| self.multiplied(total, base));
        }
        let (base, exponent) = (self.simplest(base), self.simplest(exponent));
        Some(self.store.power(base, exponent))
    }

    /// Whether this is a sum of several terms.
    pub(super) fn is_group(&self, expr: Expr) -> bool {
        matches!(self.store.node(expr), Node::Sum(terms) if terms.len() > 1)
    }

    /// The product, term by term.
    pub(super) fn multiplied(&mut self, a: Expr, b: Expr) -> Option<Expr> {
        let (left, right) = (self.store.terms(a), self.store.terms(b));
        if left.len() * right.len() > MOST_TERMS || self.is_exhausted() {
            return None;
        }
        let mut terms = Vec::with_capacity(left.len() * right.len());
        for (x, first) in &left {
            for (y, second) in &right {
                let mut factors = self.store.factors(*first);
                factors.extend(self.store.factors(*second));
                let product = self.store.product(x.times(*y), factors);
                terms.extend(self.regrown(product)?);
            }
        }
        Some(self.store.linear(terms))
    }

    /// A power of a sum that has become whole and positive is multiplied out too: `sqrt(u) sqrt(u)`.
    fn regrown(&mut self, product: Expr) -> Option<Vec<(Number, Expr)>> {
        let (number, factors) = self.store.split(product);
        let is_grown = |(base, exponent): &(Expr, Expr)| {
            let whole = self.store.as_number(*exponent).and_then(Number::whole);
            self.is_group(*base) && whole.is_some_and(|power| (1..=HIGHEST_POWER).contains(&power))
        };
        if factors.len() == 1 && self.is_group(product) || !factors.iter().any(is_grown) {
            return Some(self.store.terms(product));
        }
        let product = self.store.product(Number::ONE, factors);
        let expanded = self.expanded_product(product)?;
        let expanded = self.store.scaled(expanded, number);
        Some(self.store.terms(expanded))
    }

    /// `c sin(u)^2 + c cos(u)^2` is c, `c cosh(u)^2 - c sinh(u)^2` too.
    fn with_unit_circle(&mut self, sum: Expr) -> Expr {
        let mut sum = sum;
        while let Some(shorter) = self.circle_step(sum) {
            sum = shorter;
        }
        sum
    }

    fn circle_step(&mut self, sum: Expr) -> Option<Expr> {
        const CIRCLES: [(&str, &str, i64); 2] = [("sin", "cos", 1), ("cosh", "sinh", -1)];
        let terms = self.store.terms(sum);
        if terms.len() < 2 {
            return None;
        }
        for (i, (number, product)) in terms.iter().enumerate() {
            let factors = self.store.factors(*product);
            for (at, (base, exponent)) in factors.iter().enumerate() {
                let Some(2..) = self.store.as_number(*exponent).and_then(Number::whole) else { continue };
                for (first, second, sign) in CIRCLES {
                    let Some(u) = self.store.argument(*base, first) else { continue };
                    let partner = self.store.call(second, &[u]);
                    let lowered = self.store.whole(-2);
                    let mut rest = factors.clone();
                    rest[at].1 = self.store.plus(rest[at].1, lowered);
                    let rest = self.store.product(*number, rest);
                    let square = self.store.whole_power(partner, 2);
                    let wanted = self.store.times(rest, square);
                    let (c, wanted) = *self.store.terms(wanted).first()?;
                    let c = c.times(Number::from(sign));
                    let Some(j) = terms.iter().position(|term| *term == (c, wanted)) else { continue };
                    let left = terms.iter().enumerate().filter(|(k, _)| *k != i && *k != j);
                    let left = left.map(|(_, term)| *term).collect();
                    let left = self.store.linear(left);
                    return Some(self.store.plus(left, rest));
                }
            }
        }
        None
    }

    /// The quotient of two sums that are multiplied out, where nothing is left over.
    pub(super) fn divided(&mut self, sum: Expr, by: Expr) -> Option<Expr> {
        let main = self.main_base(by)?;
        let mut rest = sum;
        let mut quotient = Vec::new();
        let (lead, lead_power) = self.leading(by, main)?;
        for _ in 0..DIVISION_STEPS {
            if rest == ZERO {
                return Some(self.store.linear(quotient));
            }
            let (own, own_power) = self.leading(rest, main)?;
            if own_power < lead_power || self.is_exhausted() {
                return None;
            }
            let step = self.store.scaled(lead.1, lead.0);
            let step = self.store.whole_power(step, -1);
            let own = self.store.scaled(own.1, own.0);
            let step = self.store.times(own, step);
            let is_below =
                |(_, exponent): &(Expr, Expr)| self.store.as_number(*exponent).is_some_and(Number::is_negative);
            if self.store.terms(step).len() != 1 || self.store.split(step).1.iter().any(is_below) {
                return None;
            }
            quotient.extend(self.store.terms(step));
            let taken = self.multiplied(step, by)?;
            rest = self.store.minus(rest, taken);
        }
        None
    }

    /// The name or function that a sum is a polynomial in.
    fn main_base(&self, sum: Expr) -> Option<Expr> {
        let factors = self.store.terms(sum).into_iter().flat_map(|(_, product)| self.store.factors(product));
        factors
            .filter(|(_, exponent)| self.store.as_number(*exponent).and_then(Number::whole).is_some_and(|n| n > 0))
            .map(|(base, _)| base)
            .next()
    }

    /// The first of the terms with the highest power of a base.
    fn leading(&self, sum: Expr, main: Expr) -> Option<((Number, Expr), i64)> {
        let mut best: Option<((Number, Expr), i64)> = None;
        for (number, product) in self.store.terms(sum) {
            let factors = self.store.factors(product);
            let power = match factors.iter().find(|(base, _)| *base == main) {
                Some((_, exponent)) => self.store.as_number(*exponent)?.whole()?,
                None => 0,
            };
            match best {
                Some((_, own)) if own >= power => {}
                _ => best = Some(((number, product), power)),
            }
        }
        best
    }
}
