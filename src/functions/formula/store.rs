//! Formulas as a graph in which equal parts are one node: sums of numbers times products, products of powers.
//!
//! The constructors keep the normal form: terms with the same factors are collected, powers of the same base are added,
//! numbers are folded, 0 and 1 disappear. Nothing is multiplied out but numbers. Roots are powers of 1/2, so that they
//! meet their squares; `exp(-2x)` is `exp(x)` to the power -2.

use std::collections::HashMap;
use std::rc::Rc;

use super::number::Number;

/// A part of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expr(u32);

/// An empty product.
pub const ONE: Expr = Expr(0);
/// An empty sum.
pub const ZERO: Expr = Expr(1);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    Name(Rc<str>),
    Call(Rc<str>, Rc<[Expr]>),
    /// `a < b`, `a and b`
    Relation(&'static str, [Expr; 2]),
    /// Numbers times products, in the order in which the products were first met.
    Sum(Rc<[(Number, Expr)]>),
    /// Bases and exponents. A sum alone to the power 1 is a pair of parentheses that is to stay.
    Product(Rc<[(Expr, Expr)]>),
}

pub struct Store {
    nodes: Vec<Node>,
    ids: HashMap<Node, Expr>,
    /// The name of Euler's number, if it is in the formula; a session variable may be called e too.
    euler: Option<Expr>,
    /// Terms and factors gone through, by which work is bounded.
    pub work: u64,
}

impl Default for Store {
    fn default() -> Store {
        let mut store = Store { nodes: Vec::new(), ids: HashMap::new(), euler: None, work: 0 };
        assert_eq!(store.intern(Node::Product(Rc::from([]))), ONE);
        assert_eq!(store.intern(Node::Sum(Rc::from([]))), ZERO);
        store
    }
}

impl Store {
    fn intern(&mut self, node: Node) -> Expr {
        if let Some(&known) = self.ids.get(&node) {
            return known;
        }
        let id = Expr(self.nodes.len() as u32);
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    pub fn node(&self, expr: Expr) -> &Node {
        &self.nodes[expr.0 as usize]
    }

    pub fn name(&mut self, name: &str) -> Expr {
        self.intern(Node::Name(name.into()))
    }

    pub fn named_constant(&mut self, name: &str) -> Expr {
        let expr = self.name(name);
        if name == "e" {
            self.euler = Some(expr);
        }
        expr
    }

    /// A comparison, a number on its right side; `a and b`.
    pub fn relation(&mut self, sign: &'static str, a: Expr, b: Expr) -> Expr {
        if self.as_number(a).is_some() && self.as_number(b).is_none() {
            let turned = match sign {
                "<" => ">",
                "<=" => ">=",
                ">" => "<",
                ">=" => "<=",
                other => other,
            };
            if !matches!(sign, "and" | "or") {
                return self.intern(Node::Relation(turned, [b, a]));
            }
        }
        self.intern(Node::Relation(sign, [a, b]))
    }

    pub fn number(&mut self, number: Number) -> Expr {
        if number.is_zero() {
            return ZERO;
        }
        if number.is_one() {
            return ONE;
        }
        self.intern(Node::Sum(Rc::from([(number, ONE)])))
    }

    pub fn whole(&mut self, value: i64) -> Expr {
        self.number(Number::from(value))
    }

    pub fn as_number(&self, expr: Expr) -> Option<Number> {
        match self.node(expr) {
            _ if expr == ONE => Some(Number::ONE),
            Node::Sum(terms) => match terms[..] {
                [] => Some(Number::ZERO),
                [(number, ONE)] => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn is_nan(&self, expr: Expr) -> bool {
        self.as_number(expr).is_some_and(Number::is_nan)
    }

    pub fn is_relation(&self, expr: Expr) -> bool {
        matches!(self.node(expr), Node::Relation(..))
    }

    pub fn terms(&self, expr: Expr) -> Vec<(Number, Expr)> {
        match self.node(expr) {
            Node::Sum(terms) => terms.to_vec(),
            _ => vec![(Number::ONE, expr)],
        }
    }

    /// Bases and exponents of a product.
    pub fn factors(&self, expr: Expr) -> Vec<(Expr, Expr)> {
        match self.node(expr) {
            Node::Product(factors) => factors.to_vec(),
            _ => vec![(expr, ONE)],
        }
    }

    /// A number times bases and exponents.
    pub fn split(&self, expr: Expr) -> (Number, Vec<(Expr, Expr)>) {
        match self.node(expr) {
            Node::Sum(terms) => match terms[..] {
                [] => (Number::ZERO, vec![]),
                [(number, product)] => (number, self.factors(product)),
                _ => (Number::ONE, vec![(expr, ONE)]),
            },
            _ => (Number::ONE, self.factors(expr)),
        }
    }

    /// A sum of numbers times products.
    pub fn linear(&mut self, mut terms: Vec<(Number, Expr)>) -> Expr {
        self.work += terms.len() as u64;
        terms.sort_by_key(|(_, product)| *product);
        let mut collected: Vec<(Number, Expr)> = Vec::with_capacity(terms.len());
        for (number, product) in terms {
            match collected.last_mut() {
                Some((own, last)) if *last == product => *own = own.plus(number),
                _ => collected.push((number, product)),
            }
        }
        collected.retain(|(number, _)| !number.is_zero());
        if collected.iter().any(|(number, _)| number.is_nan()) {
            return self.intern(Node::Sum(Rc::from([(Number::Near(f64::NAN), ONE)])));
        }
        // parentheses around a sum that stands alone say nothing
        match collected[..] {
            [] => ZERO,
            [(number, product)] if number.is_one() => product,
            _ => self.intern(Node::Sum(collected.into())),
        }
    }

    pub fn plus(&mut self, a: Expr, b: Expr) -> Expr {
        let (a, b) = (self.ungrouped(a), self.ungrouped(b));
        let mut terms = self.terms(a);
        terms.extend(self.terms(b));
        self.linear(terms)
    }

    /// A sum without the parentheses around it.
    fn ungrouped(&self, expr: Expr) -> Expr {
        match self.node(expr) {
            Node::Product(factors) => match factors[..] {
                [(inner, ONE)] => inner,
                _ => expr,
            },
            _ => expr,
        }
    }

    pub fn minus(&mut self, a: Expr, b: Expr) -> Expr {
        let b = self.scaled(b, Number::from(-1));
        self.plus(a, b)
    }

    /// Numbers go into each term.
    pub fn scaled(&mut self, expr: Expr, number: Number) -> Expr {
        if number.is_zero() {
            return ZERO;
        }
        let terms = self.terms(expr).into_iter().map(|(own, product)| (own.times(number), product)).collect();
        self.linear(terms)
    }

    pub fn times(&mut self, a: Expr, b: Expr) -> Expr {
        if let Some(number) = self.as_number(a) {
            return self.scaled(b, number);
        }
        if let Some(number) = self.as_number(b) {
            return self.scaled(a, number);
        }
        let (left, mut factors) = self.split(a);
        let (right, others) = self.split(b);
        factors.extend(others);
        self.product(left.times(right), factors)
    }

    /// A number times a sum that keeps its parentheses.
    pub fn grouped(&mut self, number: Number, sum: Expr) -> Expr {
        let is_sum = matches!(self.node(sum), Node::Sum(terms) if terms.len() > 1);
        if number.is_one() || !is_sum {
            return self.scaled(sum, number);
        }
        let group = self.intern(Node::Product(Rc::from([(sum, ONE)])));
        self.linear(vec![(number, group)])
    }

    /// A number times powers.
    pub fn product(&mut self, number: Number, factors: Vec<(Expr, Expr)>) -> Expr {
        let mut number = number;
        let mut open = factors;
        let mut collected: Vec<(Expr, Expr)> = Vec::new();
        while !open.is_empty() {
            self.work += open.len() as u64;
            collected.append(&mut open);
            collected.sort_by_key(|(base, _)| *base);
            let mut merged: Vec<(Expr, Expr)> = Vec::with_capacity(collected.len());
            for (base, exponent) in collected.drain(..) {
                match merged.last_mut() {
                    Some((last, own)) if *last == base => *own = self.plus(*own, exponent),
                    _ => merged.push((base, exponent)),
                }
            }
            self.meet_opposites(&mut number, &mut merged);
            for (base, exponent) in merged {
                if exponent == ZERO || base == ONE {
                    continue;
                }
                match self.opened(base, exponent) {
                    Some((own, inner)) => {
                        number = number.times(own);
                        open.extend(inner);
                    }
                    None => collected.push((base, exponent)),
                }
            }
        }
        self.meet_signs(&mut collected);
        if number.is_zero() {
            return ZERO;
        }
        match collected[..] {
            [] => self.number(number),
            [(base, ONE)] => self.scaled(base, number),
            _ => {
                let product = self.intern(Node::Product(collected.into()));
                self.linear(vec![(number, product)])
            }
        }
    }

    /// What a power is made of, where it need not be kept as one: whole powers of numbers and products, whole even
    /// powers of absolute values.
    fn opened(&mut self, base: Expr, exponent: Expr) -> Option<(Number, Vec<(Expr, Expr)>)> {
        let exponent = self.as_number(exponent)?;
        if let (Some(number), None) = (self.as_number(base), exponent.whole()) {
            return self.opened_root(number, exponent);
        }
        let exponent = exponent.whole()?;
        if let Some(number) = self.as_number(base) {
            return Some((number.to_the(exponent), vec![]));
        }
        if exponent % 2 == 0
            && let Some(inner) = self.argument(base, "abs")
        {
            return Some((Number::ONE, self.raised(inner, exponent)));
        }
        match self.node(base) {
            Node::Product(_) => {}
            Node::Sum(terms) if terms.len() == 1 => {}
            Node::Sum(terms) => {
                // 4x + 2 as a factor is 2(2x + 1)
                let content = self.content(terms);
                if content.is_one() {
                    return None;
                }
                let rest = self.scaled(base, content.reciprocal());
                return Some((content.to_the(exponent), self.raised(rest, exponent)));
            }
            _ => return None,
        }
        let (number, factors) = self.split(base);
        let power = self.whole(exponent);
        let factors = factors.into_iter().map(|(base, own)| (base, self.times(own, power))).collect();
        Some((number.to_the(exponent), factors))
    }

    /// The root of a number as a number times the root of a whole number, which has no square in it; a decimal stays as
    /// it is. `None` where this is so already.
    fn opened_root(&mut self, number: Number, exponent: Number) -> Option<(Number, Vec<(Expr, Expr)>)> {
        let halves = exponent.times(Number::from(2)).whole()?;
        if number.is_negative() || number.is_zero() {
            return None;
        }
        let (mut outer, mut inner) = (Number::ONE, number);
        let mut whole = halves.div_euclid(2);
        if let Number::Exact { num, den, is_decimal: false } = number {
            let product = num.checked_mul(den)?;
            let square = largest_square(product);
            outer = Number::fraction(square, den);
            inner = Number::fraction(product / (square * square), 1);
        } else if halves < 0 {
            whole += 1;
        }
        if whole == 0 && outer.is_one() {
            return None;
        }
        let rest = Number::from(halves - 2 * whole).over(Number::from(2));
        let mut number = number.to_the(whole);
        if rest == Number::fraction(1, 2) {
            number = number.times(outer);
        }
        let (base, rest) = (self.number(inner), self.number(rest));
        Some((number, if inner.is_one() { vec![] } else { vec![(base, rest)] }))
    }

    /// The largest number that all terms are whole multiples of, negative where the sum is better turned.
    pub fn content(&self, terms: &[(Number, Expr)]) -> Number {
        let sizes = terms.iter().map(|(number, _)| Some(number.abs()));
        let shared = sizes.reduce(|a, b| a?.shared(b?)).flatten();
        // a common factor of decimals is nobody's wish
        let is_plain = |number: &Number| matches!(number, Number::Exact { is_decimal: false, .. });
        let shared = shared.filter(is_plain).unwrap_or(Number::ONE);
        // x^4 - 6x^2 + 1 with a minus before it; 1 - x^2 stays
        let is_turned = match terms.len() {
            3.. if terms.iter().all(|(_, product)| self.is_polynomial(*product)) => {
                let leading = terms.iter().max_by(|a, b| self.degree(a.1).total_cmp(&self.degree(b.1)));
                leading.is_some_and(|(number, _)| number.is_negative())
            }
            _ => terms.iter().all(|(number, _)| number.is_negative()),
        };
        if is_turned { shared.negated() } else { shared }
    }

    /// Whether a product is made of whole powers of names.
    pub fn is_polynomial(&self, product: Expr) -> bool {
        self.factors(product).into_iter().all(|(base, exponent)| {
            let is_name = matches!(self.node(base), Node::Name(_));
            is_name && self.as_number(exponent).and_then(Number::whole).is_some_and(|power| power > 0)
        })
    }

    fn degree(&self, product: Expr) -> f64 {
        let power = |(_, exponent): &(Expr, Expr)| self.as_number(*exponent).map_or(0.0, Number::value);
        self.factors(product).iter().map(power).sum()
    }

    /// `(a - b) (b - a)` is `-(a - b)^2`.
    fn meet_opposites(&mut self, number: &mut Number, factors: &mut Vec<(Expr, Expr)>) {
        for at in (1..factors.len()).rev() {
            let (base, exponent) = factors[at];
            let Some(whole) = self.as_number(exponent).and_then(Number::whole) else { continue };
            if !matches!(self.node(base), Node::Sum(terms) if terms.len() > 1) {
                continue;
            }
            let opposite = self.scaled(base, Number::from(-1));
            if let Some(other) = factors.iter().position(|(base, _)| *base == opposite) {
                factors[other].1 = self.plus(factors[other].1, exponent);
                *number = if whole % 2 == 0 { *number } else { number.negated() };
                factors.remove(at);
                return;
            }
        }
    }

    fn raised(&mut self, base: Expr, exponent: i64) -> Vec<(Expr, Expr)> {
        vec![(base, self.whole(exponent))]
    }

    /// The argument of a call of this function.
    pub fn argument(&self, expr: Expr, function: &str) -> Option<Expr> {
        match self.node(expr) {
            Node::Call(name, args) if &**name == function => args.first().copied(),
            _ => None,
        }
    }

    /// `sign(u) abs(u)^n` with odd n is `u^n`; `sign(u)^2` is 1 where it matters.
    fn meet_signs(&mut self, factors: &mut Vec<(Expr, Expr)>) {
        for at in 0..factors.len() {
            let (sign, exponent) = factors[at];
            let Some(inner) = self.argument(sign, "sign") else { continue };
            let Some(power) = self.as_number(exponent).and_then(Number::whole) else { continue };
            if power % 2 != 0
                && let Some(beside) = factors.iter().position(|(base, _)| *base == inner)
                && let Some(whole) = self.as_number(factors[beside].1).and_then(Number::whole)
            {
                // u sign(u) is abs(u)
                let step = if whole > 0 { 1 } else { -1 };
                let lowered = self.whole(whole - step);
                let (size, step) = (self.call("abs", &[inner]), self.whole(step));
                factors[beside].1 = lowered;
                factors[at] = (size, step);
                let again = std::mem::take(factors);
                let product = self.product(Number::ONE, again);
                *factors = self.split(product).1;
                return;
            }
            let size = factors.iter().position(|(base, _)| self.argument(*base, "abs") == Some(inner));
            let size_power = size.and_then(|at| self.as_number(factors[at].1)).and_then(Number::whole);
            match (size, size_power) {
                (Some(size), Some(odd)) if power % 2 != 0 && odd % 2 != 0 => {
                    let taken = [factors[at], factors[size]];
                    factors.retain(|factor| !taken.contains(factor));
                    let exponent = self.whole(odd);
                    factors.push((inner, exponent));
                    let again = std::mem::take(factors);
                    let product = self.product(Number::ONE, again);
                    *factors = self.split(product).1;
                    return;
                }
                _ => {}
            }
        }
    }

    pub fn power(&mut self, base: Expr, exponent: Expr) -> Expr {
        if exponent == ZERO || base == ONE {
            return ONE;
        }
        if exponent == ONE {
            return base;
        }
        let number = self.as_number(exponent);
        if let Some(whole) = number.and_then(Number::whole) {
            if base == ZERO {
                return if whole > 0 { ZERO } else { self.number(Number::Near(f64::INFINITY)) };
            }
            let exponent = self.whole(whole);
            return self.product(Number::ONE, vec![(base, exponent)]);
        }
        let (content, factors) = self.split(base);
        // exp(u)^v is exp(u v) for every v
        if let ([(inner, own)], true) = (&factors[..], content.is_one())
            && let Some(u) = self.argument(*inner, "exp")
        {
            let own = self.times(*own, exponent);
            let u = self.times(u, own);
            return self.exp(u);
        }
        if content.is_one()
            && let [(inner, ONE)] = factors[..]
        {
            return self.product(Number::ONE, vec![(inner, exponent)]);
        }
        // the root of a positive number stands in front
        let is_root = number.is_some_and(|number| number.times(Number::from(2)).whole().is_some());
        if is_root && !content.is_one() && content.value() > 0.0 && !factors.is_empty() {
            if let (Some(root), Some(power)) =
                (content.square_root(), number.and_then(|number| number.times(Number::from(2)).whole()))
            {
                let rest = self.product(Number::ONE, factors);
                let rest = self.power(rest, exponent);
                return self.scaled(rest, root.to_the(power));
            }
            let content = self.number(content);
            let rest = self.product(Number::ONE, factors);
            let (content, rest) = (self.product(Number::ONE, vec![(content, exponent)]), self.power(rest, exponent));
            return self.times(content, rest);
        }
        self.product(Number::ONE, vec![(base, exponent)])
    }

    pub fn whole_power(&mut self, base: Expr, exponent: i64) -> Expr {
        let exponent = self.whole(exponent);
        self.power(base, exponent)
    }

    pub fn root(&mut self, base: Expr) -> Expr {
        let half = self.number(Number::fraction(1, 2));
        self.power(base, half)
    }

    pub fn exp(&mut self, u: Expr) -> Expr {
        if u == ZERO {
            return ONE;
        }
        if self.as_number(u).is_some() {
            let base = self.intern(Node::Call("exp".into(), Rc::from([u])));
            return base;
        }
        let content = self.terms(u)[0].0;
        let primitive = self.scaled(u, content.reciprocal());
        let base = self.intern(Node::Call("exp".into(), Rc::from([primitive])));
        let exponent = self.number(content);
        self.product(Number::ONE, vec![(base, exponent)])
    }

    pub fn call(&mut self, name: &str, args: &[Expr]) -> Expr {
        if let [u] = *args {
            match name {
                "exp" => return self.exp(u),
                "sqrt" => return self.root(u),
                "log" => {
                    if u == ONE {
                        return ZERO;
                    }
                    if self.euler == Some(u) {
                        return ONE;
                    }
                    let (content, factors) = self.split(u);
                    if let ([(base, exponent)], true) = (&factors[..], content.is_one())
                        && let Some(u) = self.argument(*base, "exp")
                    {
                        return self.times(u, *exponent);
                    }
                }
                _ => {}
            }
            let leading = self.terms(u).first().map(|(number, _)| *number).unwrap_or(Number::ONE);
            if leading.is_negative() && self.terms(u).len() == 1 {
                const ODD: [&str; 9] = ["sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "erf", "sign"];
                const EVEN: [&str; 4] = ["cos", "cosh", "abs", "log_cosh"];
                let turned = self.scaled(u, Number::from(-1));
                if ODD.contains(&name) {
                    let call = self.call(name, &[turned]);
                    return self.scaled(call, Number::from(-1));
                }
                if EVEN.contains(&name) {
                    return self.call(name, &[turned]);
                }
            }
            if name == "abs" && !leading.is_one() && self.terms(u).len() == 1 {
                let rest = self.scaled(u, leading.reciprocal());
                let call = self.call("abs", &[rest]);
                return self.scaled(call, leading);
            }
            if name == "sign" && !leading.is_one() && self.terms(u).len() == 1 {
                let rest = self.scaled(u, leading.reciprocal());
                return self.call("sign", &[rest]);
            }
            if name == "abs"
                && let Some(number) = self.as_number(u)
            {
                return self.number(number.abs());
            }
        }
        if let ("hypot", [a, b]) = (name, args)
            && (self.as_number(*a).is_some() || self.as_number(*b).is_some())
        {
            let (a, b) = (self.whole_power(*a, 2), self.whole_power(*b, 2));
            let sum = self.plus(a, b);
            return self.root(sum);
        }
        if name == "where"
            && let [condition, yes, no] = *args
        {
            return self.chosen(condition, yes, no);
        }
        self.intern(Node::Call(name.into(), args.into()))
    }

    /// A choice; what is no number otherwise is not worth a word, and neither is a choice between equals.
    fn chosen(&mut self, condition: Expr, yes: Expr, no: Expr) -> Expr {
        if let Some(holds) = self.as_number(condition) {
            return if holds.is_zero() { no } else { yes };
        }
        if self.is_nan(no) || yes == no {
            return yes;
        }
        if self.is_nan(yes) {
            return no;
        }
        self.intern(Node::Call("where".into(), Rc::from([condition, yes, no])))
    }
}

/// The largest number whose square divides this one, as far as small primes go.
fn largest_square(number: i128) -> i128 {
    let (mut rest, mut root) = (number, 1);
    for prime in (2..100).map(i128::from) {
        while rest % (prime * prime) == 0 {
            rest /= prime * prime;
            root *= prime;
        }
    }
    root
}
