//! `\alpha` and Tab gives α: the letters and signs of mathematics by their names.

use rustyline::completion::Pair;

/// Names and letters in turn.
const LETTERS: &str = "
    alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ
    sigma σ tau τ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Sigma Σ Phi Φ Psi Ψ Omega Ω
    partial ∂ nabla ∇ sum ∑ prod ∏ sqrt √ inf ∞ infty ∞ pm ± times × cdot · div ÷ le ≤ ge ≥ ne ≠ leq ≤ geq ≥ neq ≠
    to → _0 ₀ _1 ₁ _2 ₂ _3 ₃ _4 ₄ _5 ₅ _6 ₆ _7 ₇ _8 ₈ _9 ₉ _i ᵢ ^2 ² ^3 ³ ^4 ⁴ ^-1 ⁻¹ ^T ᵀ";

fn letters() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut words = LETTERS.split_whitespace();
    std::iter::from_fn(move || Some((words.next()?, words.next()?)))
}

/// The letters that a backslash with the beginning of a name may stand for, and where it stands; `None` without one.
pub fn complete(before: &str) -> Option<(usize, Vec<Pair>)> {
    let start = before.rfind('\\')?;
    let name = &before[start + 1..];
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    // a whole name is meant, even if others begin with it
    let whole = letters().find(|(known, _)| *known == name);
    let found = letters().filter(|(known, _)| whole.is_none_or(|(name, _)| name == *known) && known.starts_with(name));
    let pair = |(known, letter)| Pair { display: format!("\\{known} {letter}"), replacement: String::from(letter) };
    Some((start, found.map(pair).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn gives(before: &str, start: usize, expected: &[&str]) {
        let (at, found) = complete(before).expect("a backslash");
        let letters: Vec<&str> = found.iter().map(|pair| pair.replacement.as_str()).collect();
        assert_eq!((at, letters.as_slice()), (start, expected), "{before}");
    }

    #[test]
    fn a_name_gives_its_letter() {
        gives("\\alpha", 0, &["α"]);
        gives("2 \\pi", 2, &["π"]);
        gives("x\\_1", 1, &["₁"]);
        gives("x\\^2", 1, &["²"]);
        gives("\\inf", 0, &["∞"]);
    }

    #[test]
    fn the_beginning_of_a_name_is_enough() {
        gives("\\nab", 0, &["∇"]);
        gives("\\ph", 0, &["φ"]);
        gives("\\p", 0, &["π", "φ", "ψ", "∂", "∏", "±"]);
        gives("\\nothing", 0, &[]);
    }

    #[test]
    fn without_a_backslash_names_are_completed() {
        assert!(complete("alpha").is_none());
        assert!(complete("\\alpha + be").is_none());
    }
}
