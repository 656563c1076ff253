//! Formulas as a person writes them: `2x + 2`, `cos(x) exp(sin(x))`, `1/(2 sqrt(x))`. What is written parses back.

use std::collections::HashMap;
use std::rc::Rc;

use super::number::Number;
use super::store::{Expr, Node, ONE, Store};
use crate::stack;

/// A longer text is no formula that anybody reads.
pub const LONGEST: usize = 4000;

/// Texts of parts, each written once.
pub struct Texts {
    known: HashMap<Expr, Option<Rc<str>>>,
    /// What is differentiated by: these names stand behind others.
    variables: Vec<String>,
}

/// A name in a product, a root, a sum in parentheses: in which order they are written.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Root,
    Constant,
    Name,
    Variable(String),
    Power,
    Call(Rc<str>),
    Group,
}

impl Texts {
    pub fn new(variables: Vec<String>) -> Texts {
        Texts { known: HashMap::new(), variables }
    }

    /// `None` for what is too long.
    pub fn text(&mut self, store: &mut Store, expr: Expr) -> Option<Rc<str>> {
        if let Some(known) = self.known.get(&expr) {
            return known.clone();
        }
        if stack::is_low() {
            return None;
        }
        let text = match store.node(expr).clone() {
            Node::Name(name) => Some(name.to_string()),
            Node::Call(name, args) => self.call(store, &name, &args),
            Node::Relation(sign, sides) => self.relation(store, sign, sides),
            Node::Product(_) => self.term(store, Number::ONE, expr),
            Node::Sum(terms) => self.sum(store, &terms),
        };
        let text: Option<Rc<str>> = text.filter(|text| text.len() <= LONGEST).map(Rc::from);
        store.work += text.as_ref().map_or(LONGEST, |text| text.len()) as u64 / 8;
        self.known.insert(expr, text.clone());
        text
    }

    /// How long the text is.
    pub fn weight(&mut self, store: &mut Store, expr: Expr) -> usize {
        self.text(store, expr).map_or(usize::MAX, |text| weight_of(&text))
    }

    fn call(&mut self, store: &mut Store, name: &str, args: &[Expr]) -> Option<String> {
        let args = args.iter().map(|&arg| self.text(store, arg)).collect::<Option<Vec<_>>>()?;
        Some(format!("{name}({})", args.join(", ")))
    }

    fn relation(&mut self, store: &mut Store, sign: &str, sides: [Expr; 2]) -> Option<String> {
        let mut side = |expr: Expr| {
            let text = self.text(store, expr)?;
            let is_or = matches!(store.node(expr), Node::Relation("or", _));
            Some(if is_or && sign == "and" { format!("({text})") } else { text.to_string() })
        };
        Some(format!("{} {sign} {}", side(sides[0])?, side(sides[1])?))
    }

    fn sum(&mut self, store: &mut Store, terms: &[(Number, Expr)]) -> Option<String> {
        if terms.is_empty() {
            return Some("0".to_string());
        }
        let mut terms = terms.to_vec();
        let is_polynomial = terms.iter().all(|(_, product)| store.is_polynomial(*product));
        if is_polynomial {
            terms.sort_by(|a, b| self.degree(store, b.1).total_cmp(&self.degree(store, a.1)));
        }
        // 1 - x^2, not -x^2 + 1
        let is_free = terms.len() == 2 || !is_polynomial;
        let positive = terms.iter().position(|(number, _)| !number.is_negative());
        if let (Some(first), true) = (positive, is_free && terms[0].0.is_negative()) {
            terms[..=first].rotate_right(1);
        }
        let mut text = String::new();
        for (i, (number, product)) in terms.into_iter().enumerate() {
            text.push_str(match (i, number.is_negative()) {
                (0, true) => "-",
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            });
            text.push_str(&self.term(store, number, product)?);
            if text.len() > LONGEST {
                return None;
            }
        }
        Some(text)
    }

    /// By which terms of a polynomial are ordered: first by what is differentiated by.
    fn degree(&self, store: &Store, product: Expr) -> f64 {
        let of = |(base, exponent): (Expr, Expr)| match store.node(base) {
            Node::Name(name) if is_constant(name) => 0.0,
            Node::Name(name) => {
                let weight = if self.variables.iter().any(|own| **own == **name) { 1.0 } else { 1e-6 };
                weight * store.as_number(exponent).map_or(0.0, Number::value)
            }
            _ => 0.0,
        };
        store.factors(product).into_iter().map(of).sum()
    }

    /// A term without its sign.
    fn term(&mut self, store: &mut Store, number: Number, product: Expr) -> Option<String> {
        let factors = store.factors(product);
        let mut shortest: Option<String> = None;
        for (number, factors) in with_roots(store, number, factors) {
            let text = self.fraction(store, number, factors)?;
            if shortest.as_ref().is_none_or(|least| weight_of(&text) < weight_of(least)) {
                shortest = Some(text);
            }
        }
        shortest
    }

    fn fraction(&mut self, store: &mut Store, number: Number, factors: Vec<(Expr, Expr)>) -> Option<String> {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (base, exponent) in factors {
            let number = store.as_number(exponent);
            let is_exp = store.argument(base, "exp").is_some();
            match number {
                Some(number) if number.is_negative() && !is_exp => {
                    let turned = store.number(number.negated());
                    below.push((base, turned));
                }
                _ => above.push((base, exponent)),
            }
        }
        let has_factors = !above.is_empty() || !below.is_empty();
        let (coefficient, divisor) = number.parts(!below.is_empty(), has_factors);
        let numerator = self.factors(store, &coefficient, above)?;
        let divisor = divisor.unwrap_or_else(|| "1".to_string());
        if below.is_empty() && divisor == "1" {
            return Some(numerator);
        }
        let is_single = below.len() + (divisor != "1") as usize == 1;
        let denominator = self.factors(store, &divisor, below)?;
        Some(if is_single { format!("{numerator}/{denominator}") } else { format!("{numerator}/({denominator})") })
    }

    /// Factors side by side: names first, sums in parentheses last.
    fn factors(&mut self, store: &mut Store, coefficient: &str, factors: Vec<(Expr, Expr)>) -> Option<String> {
        let mut pieces = Vec::with_capacity(factors.len());
        for (base, exponent) in factors {
            let piece = self.factor(store, base, exponent)?;
            pieces.push((self.rank(store, base, exponent, &piece), piece));
        }
        pieces.sort();
        if pieces.is_empty() {
            return Some(coefficient.to_string());
        }
        let mut text = if coefficient == "1" { String::new() } else { coefficient.to_string() };
        for (rank, piece) in pieces {
            let is_first = text.is_empty();
            // `2 where` would begin a list of names
            let is_separate = piece.starts_with(|c: char| c.is_ascii_digit()) || piece.starts_with("where(");
            if !is_first && is_separate {
                text.push_str(" * ");
            } else if !is_first && !is_close(&text, &piece, &rank) {
                text.push(' ');
            }
            text.push_str(&piece);
            if text.len() > LONGEST {
                return None;
            }
        }
        Some(text)
    }

    fn rank(&self, store: &Store, base: Expr, exponent: Expr, piece: &Rc<str>) -> Rank {
        match store.node(base) {
            Node::Call(..) => Rank::Call(piece.clone()),
            _ if store.as_number(base).is_some() && store.as_number(exponent).is_some() => Rank::Root,
            _ if piece.starts_with("sqrt(") => Rank::Call(piece.clone()),
            _ if store.as_number(exponent).is_none() => Rank::Power,
            Node::Name(name) if is_constant(name) => Rank::Constant,
            Node::Name(name) if self.variables.iter().any(|own| **own == **name) => Rank::Variable(name.to_string()),
            Node::Name(_) => Rank::Name,
            _ => Rank::Group,
        }
    }

    fn factor(&mut self, store: &mut Store, base: Expr, exponent: Expr) -> Option<Rc<str>> {
        if let Some(u) = store.argument(base, "exp") {
            let u = store.times(u, exponent);
            return Some(format!("exp({})", self.text(store, u)?).into());
        }
        let number = store.as_number(exponent);
        if let Some(number) = number
            && number == Number::fraction(1, 2)
        {
            return Some(format!("sqrt({})", self.text(store, base)?).into());
        }
        let text = self.text(store, base)?;
        let is_plain = match store.node(base) {
            Node::Name(_) | Node::Call(..) => true,
            _ => store.as_number(base).is_some() && text.chars().all(|c| c.is_ascii_digit() || c == '.'),
        };
        let base = if is_plain { text.to_string() } else { format!("({text})") };
        if exponent == ONE {
            return Some(base.into());
        }
        let above = self.text(store, exponent)?;
        let is_name = above.starts_with(char::is_alphabetic) && above.chars().all(|c| c.is_alphanumeric() || c == '_');
        let is_number = above.chars().all(|c| c.is_ascii_digit() || c == '.');
        Some(if is_name || is_number { format!("{base}^{above}") } else { format!("{base}^({above})") }.into())
    }
}

/// The length without blanks; one fraction is easier to read than two.
fn weight_of(text: &str) -> usize {
    let weight = |c: char| match c {
        ' ' => 0,
        '/' => 3,
        _ => 1,
    };
    text.chars().map(weight).sum()
}

/// The root of a number by itself, under the root beside it, or on the other side of the fraction line:
/// `sqrt(2)/(2 sqrt(x))` is `1/sqrt(2x)`.
fn with_roots(store: &mut Store, number: Number, factors: Vec<(Expr, Expr)>) -> Vec<(Number, Vec<(Expr, Expr)>)> {
    let half_power = |store: &Store, exponent: Expr| {
        let halves = store.as_number(exponent)?.times(Number::from(2)).whole()?;
        (halves.abs() == 1).then_some(halves)
    };
    let root = factors
        .iter()
        .position(|(base, exponent)| store.as_number(*base).is_some() && half_power(store, *exponent).is_some());
    let mut ways = vec![(number, factors.clone())];
    let Some(at) = root else { return ways };
    let (base, exponent) = factors[at];
    let (Some(content), Some(sign)) = (store.as_number(base), half_power(store, exponent)) else { return ways };
    let mut others = factors;
    others.remove(at);
    // sqrt(c) is c/sqrt(c)
    let turned = store.number(Number::from(-sign).over(Number::from(2)));
    let mut alone = others.clone();
    alone.push((base, turned));
    ways.push((number.times(content.to_the(sign)), alone));
    let beside = others.iter().position(|(_, exponent)| half_power(store, *exponent).is_some());
    let Some(beside) = beside else { return ways };
    let (inner, power) = others[beside];
    let side = half_power(store, power).unwrap_or(1);
    for (number, content) in
        [(number, content.to_the(sign * side)), (number.times(content.to_the(sign)), content.to_the(-sign * side))]
    {
        let mut joined = others.clone();
        joined[beside] = (store.scaled(inner, content), power);
        ways.push((number, joined));
    }
    ways
}

/// Whether a factor may stand directly behind a number: `2x`, `2(x + 1)`; not `2 e3`, `0 x1`, `2 pi`, `2 sin(x)`.
fn is_close(before: &str, piece: &str, rank: &Rank) -> bool {
    let is_number = before.chars().all(|c| c.is_ascii_digit() || c == '.');
    let spells_number = piece.starts_with(['e', 'E']) || (before == "0" && piece.starts_with(['x', 'b']));
    let is_long = piece.chars().take_while(|c| c.is_alphabetic()).count() > 1;
    is_number && !spells_number && !is_long && !matches!(rank, Rank::Call(_))
}

fn is_constant(name: &str) -> bool {
    matches!(name, "pi" | "e" | "tau" | "π" | "τ")
}
