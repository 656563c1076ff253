//! Of several ways to write a formula, the shortest: as it came, multiplied out, over one denominator, with what all
//! terms share in front.
//!
//! A typed product stays one where multiplying it out is longer: `6x (x^2 + 1)^2`.

use super::normal::{Atom, Factor, Sum, Term};
use super::text;

/// A formula with more terms on the way is left as it came.
const MOST_TERMS: usize = 80;

/// Powers up to this one are multiplied out.
const HIGHEST_POWER: f64 = 6.0;

pub fn shortest(sum: &Sum) -> String {
    let mut best = text::text(&finished(sum));
    let Some(expanded) = expanded(sum) else { return best };
    let mut consider = |sum: &Sum| {
        let text = text::text(sum);
        if weight(&text) < weight(&best) {
            best = text;
        }
    };
    consider(&finished(&expanded));
    consider(&finished(&factored(&expanded)));
    if let Some(fraction) = over_one_denominator(&expanded) {
        consider(&finished(&fraction));
    }
    best
}

/// Blanks are no burden.
fn weight(text: &str) -> usize {
    text.chars().filter(|c| *c != ' ').count()
}

/// Everything multiplied out but what is below a fraction line; roots as halves of powers, so that they meet their
/// squares. `None` where that grows too large.
fn expanded(sum: &Sum) -> Option<Sum> {
    let mut total = Sum::number(0.0);
    for term in &sum.terms {
        let mut product = Sum::number(term.coefficient);
        for factor in &term.factors {
            product = multiplied(&product, &expanded_factor(factor)?)?;
        }
        total = total.plus(&product);
        if total.terms.len() > MOST_TERMS {
            return None;
        }
    }
    Some(with_unit_circle(total.without_noise()))
}

fn expanded_factor(factor: &Factor) -> Option<Sum> {
    let single = |atom: Atom, exponent: f64| Sum {
        terms: vec![Term { coefficient: 1.0, factors: vec![Factor { atom, exponent }] }],
    };
    Some(match &factor.atom {
        Atom::Group(inner) => raised(&expanded(inner)?, factor.exponent)?,
        Atom::Call(name, operands) => {
            let operands = operands.iter().map(expanded).collect::<Option<Vec<_>>>()?;
            match (name.as_str(), &operands[..]) {
                ("sqrt", [under]) => raised(under, 0.5 * factor.exponent)?,
                _ => single(Atom::Call(name.clone(), operands), factor.exponent),
            }
        }
        // b^(e + k) is b^e b^k
        Atom::Power(base, exponent) => {
            let (base, mut exponent) = (expanded(base)?, expanded(exponent)?);
            let number = exponent.terms.iter().position(|term| term.factors.is_empty());
            let number = number.map_or(0.0, |at| exponent.terms.remove(at).coefficient);
            let power = single(Atom::Power(Box::new(base.clone()), Box::new(exponent)), factor.exponent);
            multiplied(&power, &raised(&base, number * factor.exponent)?)?
        }
        Atom::Compare(sign, sides) => {
            let sides = Box::new([expanded(&sides[0])?, expanded(&sides[1])?]);
            single(Atom::Compare(sign, sides), factor.exponent)
        }
        Atom::Name(_) => single(factor.atom.clone(), factor.exponent),
    })
}

/// A power: multiplied out where the exponent is a small whole number, a group otherwise.
fn raised(base: &Sum, exponent: f64) -> Option<Sum> {
    let is_whole = exponent.fract() == 0.0;
    if base.terms.len() > 1 && is_whole && (1.0..=HIGHEST_POWER).contains(&exponent) {
        return (1..exponent as u32).try_fold(base.clone(), |power, _| multiplied(&power, base));
    }
    Some(base.power(exponent))
}

/// The product, term by term.
fn multiplied(a: &Sum, b: &Sum) -> Option<Sum> {
    if a.terms.len() * b.terms.len() > MOST_TERMS {
        return None;
    }
    let mut total = Sum::number(0.0);
    for left in &a.terms {
        for right in &b.terms {
            total = total.plus(&Sum { terms: vec![met(left.times(right))] });
        }
    }
    // a power of a group that has become whole and positive is multiplied out too
    let grown = |factor: &Factor| {
        matches!(factor.atom, Atom::Group(_)) && factor.exponent >= 1.0 && factor.exponent.fract() == 0.0
    };
    match total.terms.iter().any(|term| term.factors.iter().any(grown)) {
        true => expanded(&total),
        false => Some(total),
    }
}

/// `exp(u) exp(-u)` is 1.
fn met(mut term: Term) -> Term {
    let is_exp = |atom: &Atom| matches!(atom, Atom::Call(name, _) if name == "exp");
    for at in 0..term.factors.len() {
        let Atom::Call(name, operands) = &term.factors[at].atom else { continue };
        if name != "exp" {
            continue;
        }
        let opposite = Atom::Call("exp".to_string(), vec![operands[0].scaled(-1.0)]);
        let Some(other) = term.factors.iter().position(|factor| is_exp(&factor.atom) && factor.atom == opposite) else {
            continue;
        };
        let exponent = term.factors[at].exponent - term.factors[other].exponent;
        let (keep, kept) = if exponent >= 0.0 { (at, exponent) } else { (other, -exponent) };
        term.factors[keep].exponent = kept;
        term.factors.remove(if keep == at { other } else { at });
        term.factors.retain(|factor| factor.exponent != 0.0);
        break;
    }
    term
}

/// `c sin(u)^2 + c cos(u)^2` is c.
fn with_unit_circle(mut sum: Sum) -> Sum {
    'again: loop {
        for i in 0..sum.terms.len() {
            for at in 0..sum.terms[i].factors.len() {
                let Factor { atom: Atom::Call(name, operands), exponent } = &sum.terms[i].factors[at] else { continue };
                if name != "sin" || *exponent < 2.0 {
                    continue;
                }
                let cosine = Atom::Call("cos".to_string(), operands.clone());
                let mut rest = sum.terms[i].clone();
                rest.factors[at].exponent -= 2.0;
                rest.factors.retain(|factor| factor.exponent != 0.0);
                let square = Term { coefficient: 1.0, factors: vec![Factor { atom: cosine, exponent: 2.0 }] };
                let partner = rest.times(&square);
                if let Some(j) = sum.terms.iter().position(|term| *term == partner) {
                    sum.terms.remove(i.max(j));
                    sum.terms.remove(i.min(j));
                    sum = sum.plus(&Sum { terms: vec![rest] });
                    continue 'again;
                }
            }
        }
        return sum;
    }
}

/// All terms over their common denominator, the numerator with what its terms share in front.
fn over_one_denominator(sum: &Sum) -> Option<Sum> {
    let mut below: Vec<Factor> = Vec::new();
    for factor in sum.terms.iter().flat_map(|term| &term.factors).filter(|factor| factor.exponent < 0.0) {
        match below.iter_mut().find(|own| own.atom == factor.atom) {
            Some(own) => own.exponent = own.exponent.min(factor.exponent),
            None => below.push(factor.clone()),
        }
    }
    let denominator = Term { coefficient: 1.0, factors: below };
    if denominator.factors.is_empty() || sum.terms.len() < 2 {
        return None;
    }
    let turned = denominator.factors.iter().map(|f| Factor { exponent: -f.exponent, ..f.clone() }).collect();
    let multiplier = Sum { terms: vec![Term { coefficient: 1.0, factors: turned }] };
    let numerator = with_unit_circle(multiplied(sum, &multiplier)?.without_noise());
    let numerator = factored(&numerator);
    Some(Sum { terms: vec![numerator.as_term().times(&with_products(denominator))] })
}

/// `(1 - x) (x + 1)` below `sqrt(1 - x^2)` is `1 - x^2`.
fn with_products(mut term: Term) -> Term {
    let group = |factor: &Factor| match &factor.atom {
        Atom::Group(sum) => Some((**sum).clone()),
        _ => None,
    };
    for i in 0..term.factors.len() {
        for j in i + 1..term.factors.len() {
            let (first, second) = (&term.factors[i], &term.factors[j]);
            let product = match (group(first), group(second)) {
                (Some(a), Some(b)) if first.exponent == second.exponent => multiplied(&a, &b),
                _ => None,
            };
            let Some(product) = product else { continue };
            let is_product = |factor: &Factor| group(factor).is_some_and(|sum| sum == product);
            if let Some(known) = term.factors.iter().position(is_product) {
                term.factors[known].exponent += term.factors[i].exponent;
                term.factors.remove(j);
                term.factors.remove(i);
                return with_products(term);
            }
        }
    }
    term
}

/// What all terms share in front of the rest in parentheses.
fn factored(sum: &Sum) -> Sum {
    let Some((first, others)) = sum.terms.split_first().filter(|(_, others)| !others.is_empty()) else {
        return sum.clone();
    };
    let mut shared = first.clone();
    shared.factors.retain_mut(|factor| {
        for other in others {
            let same = other.factors.iter().find(|own| own.atom == factor.atom).map_or(0.0, |own| own.exponent);
            factor.exponent = if factor.exponent > 0.0 { factor.exponent.min(same) } else { 0.0 };
        }
        factor.exponent > 0.0
    });
    let divisor = common_divisor(sum);
    // x^4 - 6x^2 + 1 with a minus before it; 1 - x^2 stays
    let is_turned = match sum.terms.len() {
        2 => sum.terms.iter().all(|term| term.coefficient < 0.0),
        _ => leading(sum).is_some_and(|term| term.coefficient < 0.0),
    };
    shared.coefficient = if is_turned { -divisor } else { divisor };
    let turned = shared.factors.iter().map(|f| Factor { exponent: -f.exponent, ..f.clone() }).collect();
    let inverse = Term { coefficient: 1.0 / shared.coefficient, factors: turned };
    let rest = Sum { terms: sum.terms.iter().map(|term| term.times(&inverse)).collect() };
    Sum { terms: vec![shared.times(&rest.as_term())] }
}

/// The first term as it is written: of a polynomial that of the highest degree, of other sums the first, if all signs
/// are the same.
fn leading(sum: &Sum) -> Option<&Term> {
    if sum.terms.iter().all(Term::is_polynomial) {
        return sum.terms.iter().max_by(|a, b| a.degree().total_cmp(&b.degree()));
    }
    let all_negative = sum.terms.iter().all(|term| term.coefficient < 0.0);
    sum.terms.first().filter(|_| all_negative)
}

/// The largest number that all coefficients are whole multiples of: for whole numbers and simple fractions.
fn common_divisor(sum: &Sum) -> f64 {
    let sizes = || sum.terms.iter().map(|term| term.coefficient.abs());
    let is_whole = |x: f64| (x - x.round()).abs() <= 1e-12 * x && x < 1e9;
    let scale =
        [1.0, 2.0, 4.0, 8.0, 16.0, 3.0, 9.0, 27.0].into_iter().find(|scale| sizes().all(|x| is_whole(x * scale)));
    match scale {
        Some(scale) => sizes().map(|x| (x * scale).round()).reduce(greatest_common_divisor).unwrap_or(scale) / scale,
        None => {
            let smallest = sizes().fold(f64::INFINITY, f64::min);
            if sizes().all(|x| is_whole(x / smallest)) { smallest } else { 1.0 }
        }
    }
}

/// Of whole numbers.
fn greatest_common_divisor(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a, b);
    while b != 0.0 {
        (a, b) = (b, a % b);
    }
    a
}

/// As it is written: `b^e b^k` as `b^(e + k)`, halves of powers as roots.
fn finished(sum: &Sum) -> Sum {
    let mut total = Sum::number(0.0);
    for term in &sum.terms {
        let mut result = Term { coefficient: term.coefficient, factors: Vec::new() };
        let mut factors: Vec<Factor> = term.factors.iter().map(finished_factor).collect();
        while let Some(at) = factors.iter().position(|f| matches!(f.atom, Atom::Power(..)) && f.exponent == 1.0) {
            let Atom::Power(base, mut exponent) = factors.remove(at).atom else { unreachable!("found as a power") };
            let own = base.as_term();
            let beside = match &own.factors[..] {
                [one] if own.coefficient == 1.0 && one.exponent == 1.0 => {
                    factors.iter().position(|factor| factor.atom == one.atom)
                }
                _ => None,
            };
            if let Some(beside) = beside {
                *exponent = exponent.plus(&Sum::number(factors.remove(beside).exponent));
            }
            let power = Factor { atom: Atom::Power(base, exponent), exponent: 1.0 };
            result = result.times(&Term { coefficient: 1.0, factors: vec![power] });
        }
        for factor in factors {
            result = result.times(&Term { coefficient: 1.0, factors: vec![factor] });
        }
        total = total.plus(&Sum { terms: vec![result] });
    }
    total
}

fn finished_factor(factor: &Factor) -> Factor {
    let boxed = |sum: &Sum| Box::new(finished(sum));
    let atom = match &factor.atom {
        Atom::Call(name, operands) => Atom::Call(name.clone(), operands.iter().map(finished).collect()),
        Atom::Group(inner) => Atom::Group(boxed(inner)),
        Atom::Power(base, exponent) => Atom::Power(boxed(base), boxed(exponent)),
        Atom::Compare(sign, sides) => Atom::Compare(sign, Box::new([finished(&sides[0]), finished(&sides[1])])),
        Atom::Name(name) => Atom::Name(name.clone()),
    };
    // u^(1/2) and u^(-1/2) are roots
    if factor.exponent.abs() == 0.5 {
        let under = match &atom {
            Atom::Group(inner) => (**inner).clone(),
            _ => Sum::atom(atom),
        };
        let root = Atom::Call("sqrt".to_string(), vec![under]);
        return Factor { atom: root, exponent: 2.0 * factor.exponent };
    }
    Factor { atom, exponent: factor.exponent }
}
