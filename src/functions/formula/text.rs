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
    // 1 - x^2, not -x^2 + 1
    let is_free = terms.len() == 2 || !terms.iter().all(|term| term.is_polynomial());
    let positive = terms.iter().position(|term| term.coefficient > 0.0);
    if let (Some(first), true) = (positive, is_free && terms[0].coefficient < 0.0) {
        terms[..=first].rotate_right(1);
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
    let below: Vec<&Factor> = term.factors.iter().filter(|factor| factor.exponent < 0.0).collect();
    let above: Vec<&Factor> = term.factors.iter().filter(|factor| factor.exponent > 0.0).collect();
    let (coefficient, divisor) = parted(term.coefficient.abs(), !term.factors.is_empty(), !below.is_empty());
    let numerator = product(coefficient, &above, 1.0);
    if below.is_empty() && divisor == 1.0 {
        return numerator;
    }
    let count = below.len() + (divisor != 1.0) as usize;
    let denominator = product(divisor, &below, -1.0);
    if count == 1 { format!("{numerator}/{denominator}") } else { format!("{numerator}/({denominator})") }
}

/// A coefficient as numerator and denominator: 0.5/sqrt(x) is 1/(2 sqrt(x)), and a third has no end as a decimal.
fn parted(coefficient: f64, has_factors: bool, is_fraction: bool) -> (f64, f64) {
    if let Some((above, below)) = simple_fraction(coefficient) {
        return (above, below);
    }
    let is_part = has_factors && [2.0, 4.0, 8.0].contains(&(1.0 / coefficient));
    let halves = [2.0, 4.0, 8.0, 16.0].into_iter().find(|below| (coefficient * below).fract() == 0.0);
    let inverse = 1.0 / coefficient;
    match halves {
        Some(below) if (is_fraction || is_part) && coefficient.fract() != 0.0 => (coefficient * below, below),
        _ if is_fraction && coefficient < 1.0 && inverse.fract() == 0.0 && inverse <= 1000.0 => (1.0, inverse),
        _ => (coefficient, 1.0),
    }
}

/// The fraction of small whole numbers that a long decimal is, if it is one.
fn simple_fraction(value: f64) -> Option<(f64, f64)> {
    const LARGEST: u32 = 1000;
    if value.fract() == 0.0 || format!("{value}").len() < 12 {
        return None;
    }
    let near = |below: f64| {
        let above = (value * below).round();
        above != 0.0 && above.abs() < 1e6 && (value * below - above).abs() < 1e-15 * above.abs() * 4.0
    };
    let below = (2..LARGEST).map(f64::from).find(|&below| near(below))?;
    Some(((value * below).round(), below))
}

/// Factors side by side; exponents are multiplied by `sign`. Names first, sums in parentheses last.
fn product(coefficient: f64, factors: &[&Factor], sign: f64) -> String {
    let rank = |factor: &&Factor| match &factor.atom {
        Atom::Name(name) => (0, name.clone()),
        Atom::Power(..) => (1, String::new()),
        Atom::Call(..) => (2, factor_text(factor, 1.0)),
        Atom::Group(_) => (3, String::new()),
        Atom::Compare(..) => (4, String::new()),
    };
    if !factors.is_empty() && factors.iter().all(|factor| matches!(factor.atom, Atom::Compare(..))) {
        return factors.iter().map(|factor| factor_text(factor, 1.0)).collect::<Vec<_>>().join(" and ");
    }
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
        // `2 where` would begin a list of names
        let is_separate = piece.starts_with(|c: char| c.is_ascii_digit()) || piece.starts_with("where(");
        if !first && is_separate {
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
        Atom::Compare(sign, sides) => format!("{} {sign} {}", text(&sides[0]), text(&sides[1])),
    };
    match exponent {
        1.0 => base,
        exponent => match simple_fraction(exponent) {
            Some((above, below)) => format!("{base}^({above}/{below})"),
            // roots of higher powers: (x^2 + 1)^(3/2)
            None if (2.0 * exponent).fract() == 0.0 && exponent.fract() != 0.0 && exponent > 0.0 => {
                format!("{base}^({}/2)", number(2.0 * exponent))
            }
            None if exponent < 0.0 => format!("{base}^({})", number(exponent)),
            None => format!("{base}^{}", number(exponent)),
        },
    }
}

/// A formula where only a name or a number may stand.
fn parenthesized(sum: &Sum) -> String {
    let plain = text(sum);
    let is_name = plain.starts_with(char::is_alphabetic) && plain.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_number = plain.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_name || is_number { plain } else { format!("({plain})") }
}

fn number(value: f64) -> String {
    if value.abs() >= 1e16 || (value != 0.0 && value.abs() < 1e-5) { format!("{value:e}") } else { format!("{value}") }
}
