//! Of several ways to write a formula, the shortest: as it came, multiplied out, over one denominator, with what all
//! terms share in front. Each part of the graph is simplified once, from the inside outwards; a typed product stays one
//! where multiplying it out is longer: `6x (x^2 + 1)^2`.
//!
//! Work is counted: when it is spent, what is left stays as it came.

use std::collections::HashMap;

use super::number::Number;
use super::store::{Expr, Node, ONE, Store, ZERO};
use super::text::Texts;
use crate::{interrupt, stack};

/// Terms and factors that may be gone through: about a quarter of a second.
const MOST_WORK: u64 = 400_000;

pub struct Simplifier<'s> {
    pub(super) store: &'s mut Store,
    pub texts: Texts,
    known: HashMap<Expr, Expr>,
    budget: u64,
}

/// What all terms share: a number and powers; and what is left when that is taken out.
struct Pulled {
    number: Number,
    factors: Vec<(Expr, Expr)>,
    rest: Expr,
}

impl<'s> Simplifier<'s> {
    pub fn new(store: &'s mut Store, variables: Vec<String>) -> Simplifier<'s> {
        let budget = store.work + MOST_WORK;
        Simplifier { store, texts: Texts::new(variables), known: HashMap::new(), budget }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.store.work > self.budget || interrupt::is_requested() || stack::is_low()
    }

    /// The text of the shortest way found; `None` if even that is too long.
    pub fn written(&mut self, expr: Expr) -> Option<String> {
        let simplest = self.simplest(expr);
        let text = self.texts.text(self.store, simplest).or_else(|| self.texts.text(self.store, expr))?;
        Some(text.to_string())
    }

    fn weight(&mut self, expr: Expr) -> usize {
        self.texts.weight(self.store, expr)
    }

    /// The shortest way found to write this.
    pub fn simplest(&mut self, expr: Expr) -> Expr {
        if let Some(&known) = self.known.get(&expr) {
            return known;
        }
        if self.is_exhausted() {
            return expr;
        }
        // what comes back to itself on the way is left as it is
        self.known.insert(expr, expr);
        let result = match self.cases(expr) {
            // a branch is shorter than all branches at once
            Some(cases) => self.best([Some(cases), Some(expr)]),
            None => self.simplest_parts(expr),
        };
        let result = self.with_products(result);
        self.known.insert(expr, result);
        self.known.insert(result, result);
        result
    }

    fn simplest_parts(&mut self, expr: Expr) -> Expr {
        match self.store.node(expr).clone() {
            Node::Name(_) => expr,
            Node::Call(name, args) => {
                let args: Vec<Expr> = args.iter().map(|&arg| self.simplest(arg)).collect();
                self.store.call(&name, &args)
            }
            Node::Relation(sign, [a, b]) => {
                let (a, b) = (self.simplest(a), self.simplest(b));
                self.store.relation(sign, a, b)
            }
            Node::Product(factors) => {
                let mut product = ONE;
                for &(base, exponent) in factors.iter() {
                    let (base, exponent) = (self.simplest(base), self.simplest(exponent));
                    let power = self.store.power(base, exponent);
                    product = self.store.times(product, power);
                }
                // what was typed as a product stays one, if it is not much longer
                let expanded = self.expanded(expr).filter(|&expanded| {
                    let (long, short) = (self.weight(product), self.weight(expanded));
                    short < long / 4 * 3
                });
                self.best([Some(product), expanded])
            }
            Node::Sum(terms) => self.simplest_sum(expr, &terms),
        }
    }

    fn simplest_sum(&mut self, expr: Expr, terms: &[(Number, Expr)]) -> Expr {
        let mut plain = ZERO;
        for &(number, product) in terms {
            let product = self.simplest(product);
            let term = match terms.len() {
                1 => {
                    let spread = self.store.scaled(product, number);
                    let together = self.store.grouped(number, product);
                    self.best([Some(spread), Some(together)])
                }
                _ => self.store.scaled(product, number),
            };
            plain = self.store.plus(plain, term);
        }
        if terms.len() == 1 {
            return plain;
        }
        let mut best = plain;
        for sum in [plain, expr] {
            let expanded = self.expanded(sum);
            let mut candidates = vec![expanded];
            for sum in [Some(sum), expanded].into_iter().flatten() {
                candidates.push(self.pulled(sum, false).map(|pulled| self.put_together(pulled)));
                candidates.extend(self.over_one_denominator(sum));
            }
            for candidate in candidates.into_iter().flatten() {
                best = self.best([Some(best), Some(candidate)]);
            }
            if plain == expr {
                break;
            }
        }
        best
    }

    /// The shortest of several; of equal ones the first.
    pub(super) fn best<const N: usize>(&mut self, candidates: [Option<Expr>; N]) -> Expr {
        let mut best: Option<(usize, Expr)> = None;
        for candidate in candidates.into_iter().flatten() {
            let weight = self.weight(candidate);
            if best.is_none_or(|(least, _)| weight < least) {
                best = Some((weight, candidate));
            }
        }
        best.expect("one of them is there").1
    }

    /// What all terms share in front of the rest in parentheses. With `denominators`, what some terms have below a
    /// fraction line is taken out too.
    fn pulled(&mut self, sum: Expr, denominators: bool) -> Option<Pulled> {
        let terms = self.store.terms(sum);
        if terms.len() < 2 || self.is_exhausted() {
            return None;
        }
        let factors: Vec<HashMap<Expr, Expr>> =
            terms.iter().map(|(_, product)| self.store.factors(*product).into_iter().collect()).collect();
        let mut bases: Vec<Expr> = factors.iter().flat_map(|own| own.keys().copied()).collect();
        bases.sort();
        bases.dedup();
        self.store.work += (bases.len() * terms.len()) as u64;
        let mut shared = Vec::new();
        for base in bases {
            let exponents: Vec<Expr> = factors.iter().map(|own| own.get(&base).copied().unwrap_or(ZERO)).collect();
            if let Some(exponent) = self.shared_exponent(base, &exponents, denominators) {
                shared.push((base, exponent));
            }
        }
        let number = self.store.content(&terms);
        let minus_one = Number::from(-1);
        let turned = shared.iter().map(|&(base, exponent)| (base, self.store.scaled(exponent, minus_one)));
        let turned: Vec<(Expr, Expr)> = turned.collect();
        let mut rest = Vec::with_capacity(terms.len());
        for (own, product) in terms {
            let mut factors = self.store.factors(product);
            factors.extend(&turned);
            let term = self.store.product(own.over(number), factors);
            rest.extend(self.store.terms(term));
        }
        let rest = self.store.linear(rest);
        Some(Pulled { number, factors: shared, rest })
    }

    /// The power of a base that is in all of these.
    fn shared_exponent(&mut self, base: Expr, exponents: &[Expr], denominators: bool) -> Option<Expr> {
        let mut symbolic = None;
        let mut numbers: Vec<Number> = Vec::with_capacity(exponents.len());
        for &exponent in exponents {
            let mut terms = self.store.terms(exponent);
            let at = terms.iter().position(|(_, product)| *product == ONE);
            numbers.push(at.map_or(Number::ZERO, |at| terms.remove(at).0));
            let own = self.store.linear(terms);
            if *symbolic.get_or_insert(own) != own {
                return None;
            }
        }
        let by_value = |a: &Number, b: &Number| a.value().total_cmp(&b.value());
        let least = numbers.iter().copied().min_by(by_value)?;
        let largest = numbers.iter().copied().max_by(by_value)?;
        let number = if self.store.argument(base, "exp").is_some() {
            // exp(-u) is nothing to divide by
            if largest.is_negative() { largest } else { least }
        } else if !denominators && symbolic != Some(ZERO) {
            // x^n (n/x + 1)
            largest
        } else {
            least
        };
        let is_everywhere = !least.is_negative() || largest.is_negative();
        let is_exp_of_both_signs = self.store.argument(base, "exp").is_some() && !is_everywhere;
        let is_wanted = symbolic != Some(ZERO) || (!number.is_zero() && (is_everywhere || denominators));
        if is_exp_of_both_signs || !is_wanted {
            return None;
        }
        let number = self.store.number(number);
        Some(self.store.plus(symbolic?, number)).filter(|exponent| *exponent != ZERO)
    }

    fn put_together(&mut self, pulled: Pulled) -> Expr {
        let Pulled { number, mut factors, rest } = pulled;
        let rest = self.simplest(rest);
        if factors.is_empty() {
            return self.store.grouped(number, rest);
        }
        factors.push((rest, ONE));
        self.store.product(number, factors)
    }

    /// All terms over their common denominator, the numerator multiplied out, and what it shares with the denominator
    /// divided away.
    fn over_one_denominator(&mut self, sum: Expr) -> Vec<Option<Expr>> {
        let Some(pulled) = self.pulled(sum, true) else { return vec![] };
        let is_below = |(_, exponent): &(Expr, Expr)| self.store.as_number(*exponent).is_some_and(Number::is_negative);
        let is_fraction = pulled.factors.iter().any(is_below);
        let mut found = Vec::new();
        let Pulled { number, factors, rest } = pulled;
        if let Some(expanded) = self.expanded(rest) {
            let (mut factors, mut rest) = (factors.clone(), expanded);
            for (base, exponent) in &mut factors {
                while self.is_group(*base)
                    && self.store.as_number(*exponent).is_some_and(|power| power.value() <= -1.0)
                    && let Some(base) = self.expanded(*base)
                    && let Some(quotient) = self.divided(rest, base)
                {
                    rest = quotient;
                    *exponent = self.store.plus(*exponent, ONE);
                }
            }
            let numerator = match self.pulled(rest, false) {
                Some(inner) => {
                    let pulled = self.put_together(inner);
                    let simplest = self.simplest(rest);
                    self.best([Some(pulled), Some(simplest)])
                }
                None => rest,
            };
            let mut all = factors;
            all.push((numerator, ONE));
            found.push(Some(self.store.product(number, all)));
        }
        if is_fraction {
            found.push(Some(self.put_together(Pulled { number, factors, rest })));
        }
        found
    }

    /// `(1 - x) (x + 1)` beside each other are `1 - x^2`, and `-(1 - y)` is `y - 1`, where that is shorter.
    fn with_products(&mut self, expr: Expr) -> Expr {
        let (number, factors) = self.store.split(expr);
        let mut best = expr;
        for (i, &(first, exponent)) in factors.iter().enumerate() {
            if !self.is_group(first) || factors.len() < 2 {
                continue;
            }
            if number.is_negative() && exponent == ONE {
                let mut turned = factors.clone();
                turned[i].0 = self.store.scaled(first, Number::from(-1));
                let turned = self.store.product(number.negated(), turned);
                best = self.best([Some(best), Some(turned)]);
            }
            if self.store.as_number(exponent).and_then(Number::whole).is_some() {
                for fraction in self.over_one_denominator(first).into_iter().flatten() {
                    let mut rest = factors.clone();
                    rest[i] = (fraction, exponent);
                    let rest = self.store.product(number, rest);
                    best = self.best([Some(best), Some(rest)]);
                }
            }
            for (j, &(second, _)) in factors.iter().enumerate().skip(i + 1).filter(|(_, other)| other.1 == exponent) {
                if !self.is_group(second) {
                    continue;
                }
                let Some(product) = self.multiplied(first, second) else { continue };
                let mut joined = factors.clone();
                joined[i].0 = product;
                joined.remove(j);
                let joined = self.store.product(number, joined);
                if self.best([Some(expr), Some(joined)]) == joined {
                    return self.with_products(joined);
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `t = sin(t) + t^2`, `t = t (x + t)` and the like, again and again.
    fn nested(store: &mut Store, turns: usize, step: impl Fn(&mut Store, Expr, Expr) -> Expr) -> Expr {
        let x = store.name("x");
        (0..turns).fold(x, |t, _| step(store, t, x))
    }

    #[test]
    fn simplification_ends_when_its_work_is_spent() {
        type Step = fn(&mut Store, Expr, Expr) -> Expr;
        let steps: [Step; 4] = [
            |store, t, _| {
                let (sine, square) = (store.call("sin", &[t]), store.whole_power(t, 2));
                store.plus(sine, square)
            },
            |store, t, x| {
                let sum = store.plus(t, x);
                store.times(t, sum)
            },
            |store, t, x| {
                let below = store.plus(t, ONE);
                let below = store.whole_power(below, -1);
                let product = store.times(x, below);
                store.plus(product, x)
            },
            |store, t, x| {
                let condition = store.relation("<", t, x);
                let (yes, no) = (store.plus(t, x), store.times(t, x));
                let choice = store.call("where", &[condition, yes, no]);
                store.plus(choice, t)
            },
        ];
        for (which, step) in steps.into_iter().enumerate() {
            for turns in [3, 12, 40] {
                let mut store = Store::default();
                let nasty = nested(&mut store, turns, step);
                let before = store.work;
                Simplifier::new(&mut store, Vec::new()).written(nasty);
                let spent = store.work - before;
                assert!(spent < 2 * MOST_WORK, "{spent} for step {which}, {turns} turns");
            }
        }
    }
}
