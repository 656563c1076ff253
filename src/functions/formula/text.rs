//! Formulas as a person writes them: `2x + 2`, `cos(x) exp(sin(x))`, `1/(2 sqrt(x))`. What is written parses back.

use super::normal::{Atom, Factor, Sum, Term};

pub fn text(sum: &Sum) -> String {
    if sum.terms.is_empty() {
        return "0".to_string();
    }
    let mut terms: Vec<&Term> = sum.terms.iter().collect();
    if terms.iter().all(|term| term.is_polynomial()) {
        terms.sort_by(|a, b| b.degree().total_cmp(&a.degree()));
    }
    let mut text = String::new();
    for (i, term) in terms.into_iter().enumerate() {
        let is_negative = term.coefficient < 0.0;
        match (i, is_negative) {
            (0, true) => text.push('-'),
            (0, false) => {}
            (_, true) => text.push_str(" - "),
            (_, false) => text.push_str(" + "),
        }
        text.push_str(&term_text(term));
    }
    text
}

/// A term without its sign.
fn term_text(term: &Term) -> String {
    let mut coefficient = term.coefficient.abs();
    let below: Vec<&Factor> = term.factors.iter().filter(|factor| factor.exponent < 0.0).collect();
    let above: Vec<&Factor> = term.factors.iter().filter(|factor| factor.exponent > 0.0).collect();
    // 0.5/sqrt(x) is 1/(2 sqrt(x))
    let mut divisor = 1.0;
    let inverse = 1.0 / coefficient;
    if !below.is_empty() && coefficient < 1.0 && inverse.fract() == 0.0 && inverse <= 1000.0 {
        (coefficient, divisor) = (1.0, inverse);
    }
    let numerator = product(coefficient, &above, 1.0);
    if below.is_empty() {
        return numerator;
    }
    let count = below.len() + (divisor != 1.0) as usize;
    let denominator = product(divisor, &below, -1.0);
    if count == 1 { format!("{numerator}/{denominator}") } else { format!("{numerator}/({denominator})") }
}

/// Factors side by side; exponents are multiplied by `sign`. Names first, sums in parentheses last.
fn product(coefficient: f64, factors: &[&Factor], sign: f64) -> String {
    let rank = |factor: &&Factor| match &factor.atom {
        Atom::Name(name) => (0, name.clone()),
        Atom::Power(..) => (1, String::new()),
        Atom::Call(..) => (2, String::new()),
        Atom::Group(_) => (3, String::new()),
    };
    let mut factors = factors.to_vec();
    factors.sort_by_key(|factor| rank(factor));
    if factors.is_empty() {
        return number(coefficient);
    }
    let mut text = if coefficient == 1.0 { String::new() } else { number(coefficient) };
    for factor in factors {
        let piece = factor_text(factor, factor.exponent * sign);
        // a name directly after the number, unless that would spell another number: 2e3, 0x1
        let spells_number = piece.starts_with(['e', 'E']) || (text == "0" && piece.starts_with(['x', 'b']));
        let first = text.is_empty();
        let after_number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
        let is_call = matches!(factor.atom, Atom::Call(..));
        if !first && piece.starts_with(|c: char| c.is_ascii_digit()) {
            text.push_str(" * ");
        } else if !first && (is_call || spells_number || !after_number) {
            text.push(' ');
        }
        text.push_str(&piece);
    }
    text
}

fn factor_text(factor: &Factor, exponent: f64) -> String {
    let base = match &factor.atom {
        Atom::Name(name) => name.clone(),
        Atom::Call(name, operands) => {
            let operands: Vec<String> = operands.iter().map(text).collect();
            format!("{name}({})", operands.join(", "))
        }
        Atom::Power(base, exponent) => {
            let power = format!("{}^{}", parenthesized(base), parenthesized(exponent));
            if factor.exponent == 1.0 { power } else { format!("({power})") }
        }
        Atom::Group(sum) => format!("({})", text(sum)),
    };
    match exponent {
        1.0 => base,
        exponent if exponent < 0.0 => format!("{base}^({})", number(exponent)),
        exponent => format!("{base}^{}", number(exponent)),
    }
}

/// A formula where only a name or a number may stand.
fn parenthesized(sum: &Sum) -> String {
    let plain = text(sum);
    if plain.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') { plain } else { format!("({plain})") }
}

fn number(value: f64) -> String {
    if value.abs() >= 1e16 || (value != 0.0 && value.abs() < 1e-5) { format!("{value:e}") } else { format!("{value}") }
}
