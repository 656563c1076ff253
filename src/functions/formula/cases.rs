//! Choices in formulas: those by one comparison as one, and what is known in a branch used there.
//!
//! `where(c, a, 0) + where(c, 0, b)` is `where(c, a, b)`; where `x < 0` is known, `abs(x)` is `-x`.

use std::collections::{HashMap, HashSet};

use super::number::Number;
use super::simplify::Simplifier;
use super::store::{Expr, Node, ONE, ZERO};

/// So many parts of a formula are searched for a choice.
const MOST_PARTS: usize = 200;

/// What is known about two values: whether the first may be less, equal, greater.
#[derive(Clone, Copy)]
struct Known {
    sides: [Expr; 2],
    less: bool,
    equal: bool,
    greater: bool,
    /// A condition that is no comparison, and whether it holds.
    other: Option<(Expr, bool)>,
}

/// A comparison, and what its not holding means.
fn meaning(sign: &str, sides: [Expr; 2]) -> Option<Known> {
    let (less, equal, greater) = match sign {
        "<" => (true, false, false),
        "<=" => (true, true, false),
        ">" => (false, false, true),
        ">=" => (false, true, true),
        "==" => (false, true, false),
        "!=" => (true, false, true),
        _ => return None,
    };
    Some(Known { sides, less, equal, greater, other: None })
}

impl Known {
    fn opposite(self) -> Known {
        let other = self.other.map(|(condition, holds)| (condition, !holds));
        Known { less: !self.less, equal: !self.equal, greater: !self.greater, other, ..self }
    }

    fn turned(self) -> Known {
        Known { sides: [self.sides[1], self.sides[0]], less: self.greater, greater: self.less, ..self }
    }

    fn both(self, other: Known) -> Known {
        Known {
            less: self.less && other.less,
            equal: self.equal && other.equal,
            greater: self.greater && other.greater,
            ..self
        }
    }

    fn is_nothing(self) -> bool {
        !(self.less || self.equal || self.greater)
    }
}

impl Simplifier<'_> {
    /// A formula with choices as one choice by the first of their conditions, with everything inside.
    pub(super) fn cases(&mut self, expr: Expr) -> Option<Expr> {
        let condition = self.first_condition(expr)?;
        let Node::Relation(sign, sides) = *self.store.node(condition) else { return None };
        let holds = Some((condition, true));
        let nothing = Known { sides: [ONE, ONE], less: true, equal: true, greater: true, other: holds };
        let known = meaning(sign, sides).unwrap_or(nothing);
        let yes = self.under(expr, known);
        let no = self.under(expr, known.opposite());
        let (yes, no) = (self.simplest(yes), self.simplest(no));
        let choice = self.store.call("where", &[condition, yes, no]);
        // inner choices by the same two values know now what all conditions around them say
        let anything = Known { less: true, equal: true, greater: true, other: None, ..known };
        let narrowed = self.under(choice, anything);
        Some(match self.store.node(narrowed).clone() {
            Node::Call(name, args) if &*name == "where" => {
                let (yes, no) = (self.simplest(args[1]), self.simplest(args[2]));
                self.with_shared_factors(args[0], yes, no)
            }
            _ => narrowed,
        })
    }

    /// A choice with what both branches are multiplied by in front.
    fn with_shared_factors(&mut self, condition: Expr, yes: Expr, no: Expr) -> Expr {
        let choice = self.store.call("where", &[condition, yes, no]);
        if yes == ZERO || no == ZERO {
            return choice;
        }
        let (first, second) = (self.store.split(yes), self.store.split(no));
        let shared: Vec<(Expr, Expr)> = first.1.iter().copied().filter(|factor| second.1.contains(factor)).collect();
        let mut branches = [yes, no];
        for (branch, (number, factors)) in branches.iter_mut().zip([first, second]) {
            let rest = factors.into_iter().filter(|factor| !shared.contains(factor)).collect();
            *branch = self.store.product(number, rest);
        }
        let inner = self.store.call("where", &[condition, branches[0], branches[1]]);
        let mut factors = shared;
        factors.push((inner, ONE));
        let together = self.store.product(Number::ONE, factors);
        self.best([Some(choice), Some(together)])
    }

    /// The condition of the first choice in a formula.
    fn first_condition(&self, expr: Expr) -> Option<Expr> {
        let mut open = vec![expr];
        let mut seen = HashSet::new();
        while let Some(expr) = open.pop() {
            if !seen.insert(expr) || seen.len() > MOST_PARTS {
                continue;
            }
            match self.store.node(expr) {
                Node::Call(name, args) if &**name == "where" => return Some(args[0]),
                Node::Call(_, args) => open.extend(args.iter().rev()),
                Node::Sum(terms) => open.extend(terms.iter().rev().map(|(_, product)| *product)),
                Node::Product(factors) => open.extend(factors.iter().rev().map(|(base, _)| *base)),
                Node::Name(_) | Node::Relation(..) => {}
            }
        }
        None
    }

    /// The formula where this is known.
    fn under(&mut self, expr: Expr, known: Known) -> Expr {
        self.under_known(expr, known, &mut HashMap::new())
    }

    fn under_known(&mut self, expr: Expr, known: Known, done: &mut HashMap<Expr, Expr>) -> Expr {
        if let Some(&result) = done.get(&expr) {
            return result;
        }
        if self.is_exhausted() {
            return expr;
        }
        self.store.work += 1;
        let result = match self.store.node(expr).clone() {
            Node::Name(_) => expr,
            Node::Relation(sign, [a, b]) => {
                let (a, b) = (self.under_known(a, known, done), self.under_known(b, known, done));
                self.store.relation(sign, a, b)
            }
            Node::Call(name, args) => match self.decided(&name, &args, known) {
                Some(inner) => self.under_known(inner, known, done),
                None if &*name == "where" => self.narrowed(&args, known),
                None => {
                    let args: Vec<Expr> = args.iter().map(|&arg| self.under_known(arg, known, done)).collect();
                    self.store.call(&name, &args)
                }
            },
            Node::Product(factors) => {
                let mut product = ONE;
                for &(base, exponent) in factors.iter() {
                    let (base, exponent) =
                        (self.under_known(base, known, done), self.under_known(exponent, known, done));
                    let power = self.store.power(base, exponent);
                    product = self.store.times(product, power);
                }
                product
            }
            Node::Sum(terms) => {
                let mut sum = ZERO;
                for &(number, product) in terms.iter() {
                    let product = self.under_known(product, known, done);
                    let term = self.store.scaled(product, number);
                    sum = self.store.plus(sum, term);
                }
                sum
            }
        };
        done.insert(expr, result);
        result
    }

    /// What a choice, the larger or smaller of two, an absolute value comes to.
    fn decided(&mut self, name: &str, args: &[Expr], known: Known) -> Option<Expr> {
        match (name, args) {
            ("where", &[condition, yes, no]) => {
                if let Some((_, holds)) = known.other.filter(|(own, _)| *own == condition) {
                    return Some(if holds { yes } else { no });
                }
                let Node::Relation(sign, sides) = *self.store.node(condition) else { return None };
                let here = oriented(known, sides)?;
                let asked = meaning(sign, sides)?;
                if here.both(asked.opposite()).is_nothing() {
                    return Some(yes);
                }
                here.both(asked).is_nothing().then_some(no)
            }
            ("maximum" | "minimum", &[a, b]) => {
                let here = oriented(known, [a, b])?;
                let (not_less, not_greater) = (!here.less, !here.greater);
                match name {
                    "maximum" if not_less => Some(a),
                    "maximum" if not_greater => Some(b),
                    "minimum" if not_greater => Some(a),
                    "minimum" if not_less => Some(b),
                    _ => None,
                }
            }
            ("abs", &[u]) => {
                let here = oriented(known, [u, ZERO])?;
                match (here.less, here.greater) {
                    (false, _) => Some(u),
                    (_, false) => Some(self.store.scaled(u, Number::from(-1))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A choice that stays one, with what its own condition adds to what is known.
    fn narrowed(&mut self, args: &[Expr], known: Known) -> Expr {
        let [condition, yes, no] = *args else { unreachable!("a choice has three operands") };
        let mut asked = None;
        if let Node::Relation(sign, sides) = *self.store.node(condition) {
            asked = oriented(known, sides).zip(meaning(sign, sides));
        }
        let (in_yes, in_no) = match asked {
            Some((here, asked)) => (here.both(asked), here.both(asked.opposite())),
            None => (known, known),
        };
        let (yes, no) = (self.under(yes, in_yes), self.under(no, in_no));
        self.store.call("where", &[condition, yes, no])
    }
}

/// What is known, if it is about these two values, in their order.
fn oriented(known: Known, sides: [Expr; 2]) -> Option<Known> {
    match known.sides {
        own if own == sides => Some(known),
        [a, b] if [b, a] == sides => Some(known.turned()),
        _ => None,
    }
}
