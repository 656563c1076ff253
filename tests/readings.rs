//! What is typed without signs of multiplication has the value of the fully bracketed text: in expressions, at points,
//! in functions, comprehensions and derivatives; and what is printed has the value of what was typed.

mod common;

use common::run_all;
use gradtape::session::{Data, Outcome, Session};

/// Numbers x, y, k, n and functions sin, cos, f.
const GIVEN: &str = "f(t) = t^2 + 1; x = 0.7; y = 1.3; k = 2; n = 3";
const NAMES: &str = "x, y, k, n";
const POINT: &str = "x = 0.7, y = 1.3, k = 2, n = 3";

/// A small generator of numbers; its seed is in the message of a failed test.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// A formula as it is typed, and with every operation in brackets.
#[derive(Clone)]
struct Written {
    typed: String,
    full: String,
}

fn written(typed: String, full: String) -> Written {
    Written { typed, full }
}

fn sum(random: &mut Random, depth: u32) -> Written {
    let (a, b) = (product(random, depth), product(random, depth));
    let sign = random.one(&["+", "-"]);
    written(format!("{} {sign} {}", a.typed, b.typed), format!("({} {sign} {})", a.full, b.full))
}

/// `(1 - x)`
fn parenthesis(random: &mut Random, depth: u32) -> Written {
    let inner = match depth {
        0 => {
            let name = random.one(&["x", "y", "n"]);
            let number = 1 + random.below(4);
            written(format!("{number} + {name}"), format!("({number} + {name})"))
        }
        _ => sum(random, depth - 1),
    };
    written(format!("({})", inner.typed), inner.full)
}

/// What a suffix or a power can be hung on.
fn atom(random: &mut Random, depth: u32) -> Written {
    match random.below(4) {
        0 | 1 => {
            let name = random.one(&["x", "y", "k", "n"]).to_string();
            written(name.clone(), name)
        }
        2 => {
            let (function, inner) = (random.one(&["sin", "cos", "f"]), parenthesis(random, depth.min(1)));
            written(format!("{function}{}", inner.typed), format!("{function}({})", inner.full))
        }
        _ => parenthesis(random, depth),
    }
}

fn exponent(random: &mut Random) -> Written {
    let sign = random.one(&["", "", "-"]);
    match random.below(3) {
        0 => {
            let number = 1 + random.below(3);
            written(format!("{sign}{number}"), format!("({sign}{number})"))
        }
        1 => {
            let name = random.one(&["x", "k", "n"]);
            written(format!("{sign}{name}"), format!("({sign}{name})"))
        }
        _ => written(format!("{sign}(n - k)"), format!("({sign}(n - k))")),
    }
}

/// A factor; only the first of a product may be a number.
fn factor(random: &mut Random, depth: u32, first: bool) -> Written {
    match random.below(if first { 8 } else { 7 }) {
        0 | 1 => atom(random, depth),
        2 | 3 => {
            // powers of what is positive
            let base = if random.below(2) == 0 {
                let name = random.one(&["x", "y", "k"]).to_string();
                written(name.clone(), name)
            } else {
                let name = random.one(&["x", "y"]);
                written(format!("(1 + {name})"), format!("(1 + {name})"))
            };
            let power = exponent(random);
            written(format!("{}^{}", base.typed, power.typed), format!("(({})^{})", base.full, power.full))
        }
        4 => {
            let name = random.one(&["x", "(1 + y)", "k"]);
            written(format!("√{name}"), format!("sqrt({name})"))
        }
        5 => {
            let whole = random.one(&["n", "k", "(n - 1)", "(k + 1)"]);
            written(format!("{whole}!"), format!("(({whole})!)"))
        }
        6 => {
            let (function, inner) = (random.one(&["sin", "f"]), parenthesis(random, 0));
            let power = 2 + random.below(2);
            written(format!("{function}^{power}{}", inner.typed), format!("(({function}({}))^{power})", inner.full))
        }
        _ => {
            let number = 1 + random.below(4);
            let power = exponent(random);
            match random.below(2) {
                0 => written(number.to_string(), number.to_string()),
                _ => written(format!("{number}^{}", power.typed), format!("({number}^{})", power.full)),
            }
        }
    }
}

fn product(random: &mut Random, depth: u32) -> Written {
    let mut all = factor(random, depth, true);
    for _ in 0..random.below(4) {
        let next = factor(random, depth, false);
        let close = next.typed.starts_with('(') && random.below(2) == 0;
        let blank = if close { "" } else { " " };
        all = written(format!("{}{blank}{}", all.typed, next.typed), format!("({} * {})", all.full, next.full));
    }
    if random.below(5) == 0 {
        let below = parenthesis(random, 0);
        all = written(format!("{}/{}", all.typed, below.typed), format!("({} / {})", all.full, below.full));
    }
    all
}

fn number(data: &Data) -> Option<f64> {
    match data {
        Data::Number(x) => Some(*x),
        Data::Int(i) => Some(*i as f64),
        // what does not depend on x has no derivative by it
        Data::None(_) => Some(0.0),
        Data::Tensor(tensor) => tensor.view().iter().next().copied(),
        _ => None,
    }
}

/// The value of the last statement; `None` if it is refused.
fn value(text: &str) -> Result<f64, String> {
    let mut session = Session::new();
    let replies = run_all(&mut session, text).map_err(|diagnostic| diagnostic.message)?;
    match replies.last().map(|reply| &reply.outcome) {
        Some(Outcome::Value(data)) => number(data).ok_or_else(|| format!("{data:?}")),
        Some(Outcome::Gradient(gradient)) => {
            gradient.value.as_ref().and_then(number).ok_or_else(|| "no value".to_string())
        }
        other => Err(format!("{other:?}")),
    }
}

/// Association differs: (a b) c and a (b c) agree to a few units of the last place, of which sines of large numbers
/// (up to 1e6 here) make more.
fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-8 * (1.0 + a.abs().max(b.abs())) || (a.is_nan() && b.is_nan())
}

#[track_caller]
fn same(seed: u64, typed: &str, full: &str) {
    let (a, b) = (value(typed), value(full));
    match (&a, &b) {
        (Ok(a), Ok(b)) if close(*a, *b) => {}
        _ => panic!("seed {seed}:\n{typed}\n  {a:?}\n{full}\n  {b:?}"),
    }
}

#[test]
fn typed_products_are_the_bracketed_ones_wherever_they_stand() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let Written { typed, full } = product(&mut random, 1);
        let expected = format!("{GIVEN}; {full}");
        same(seed, &format!("{GIVEN}; {typed}"), &expected);
        same(seed, &format!("f(t) = t^2 + 1; {typed} at {POINT}"), &expected);
        same(seed, &format!("f(t) = t^2 + 1; h({NAMES}) = {typed}; h(0.7, 1.3, 2, 3)"), &expected);
        same(seed, &format!("{GIVEN}; g = x -> {typed}; g(0.7)"), &expected);
        same(seed, &format!("{GIVEN}; [{typed} for x in [0.7]]"), &expected);
        same(seed, &format!("{GIVEN}; {typed} where x = 0.7"), &expected);
        same(seed, &format!("{GIVEN}; {{ x = 0.7; {typed} }}"), &expected);
        same(seed, &format!("x = 0.7; y = 1.3; k = 2; n = 3; h(f, x) = {typed}; h(t -> t^2 + 1, x)"), &expected);
        same(seed, &format!("{GIVEN}; d/dx {typed}"), &format!("{GIVEN}; d/dx {full}"));
    }
}

#[test]
fn what_is_printed_has_the_value_of_what_was_typed() {
    for seed in 1000..1300 {
        let mut random = Random(seed);
        let Written { typed, full } = product(&mut random, 1);
        let mut session = Session::new();
        let at = format!("f(t) = t^2 + 1; {typed} at {POINT}");
        let replies = run_all(&mut session, &at).unwrap_or_else(|error| panic!("seed {seed}: {at}\n{error:?}"));
        let Some(Outcome::Gradient(gradient)) = replies.last().map(|reply| &reply.outcome) else { panic!("{at}") };
        same(seed, &format!("{GIVEN}; {}", gradient.name), &format!("{GIVEN}; {full}"));
    }
}

#[test]
fn printed_formulas_have_the_value_of_the_derivative() {
    for seed in 2000..2300 {
        let mut random = Random(seed);
        let Written { typed, full } = product(&mut random, 0);
        let formula = format!("f(t) = t^2 + 1; h({NAMES}) = {typed}; d/dx h({NAMES})");
        let mut session = Session::new();
        let Ok(replies) = run_all(&mut session, &formula) else { continue };
        let text = match replies.last().map(|reply| &reply.outcome) {
            Some(Outcome::Value(Data::Formula { text, .. })) => text.clone(),
            _ => continue,
        };
        same(seed, &format!("{GIVEN}; {text}"), &format!("{GIVEN}; d/dx {full}"));
    }
}

#[test]
fn a_quotient_before_a_product_is_refused_in_every_way_in() {
    for text in
        ["1/2x", "a/b c", "a b/(c d) log(2)", "5/2 log(2 pi)", "1/2 a^2", "a/2(b+1)", "1/√2 a", "1 ÷ 2a", "2 + 1/-2a"]
    {
        for before in [
            "a = 1; b = 2; c = 3; d = 4; ",
            "g(a, b, c, d) = ",
            "a = 1; b = 2; c = 3; d = 4; z = ",
            "a = 1; b = 2; c = 3; d = 4; b -> ",
        ] {
            let found = value(&format!("{before}{text}"));
            assert!(
                found.as_ref().is_err_and(|message| message.ends_with("can be read in two ways")),
                "{before}{text}: {found:?}"
            );
        }
    }
    for text in [
        "2 a/b", "2a/3", "1/(2a)", "1/2 * a", "1/2*a", "1/a^2", "1/sin(a)", "1/sin a", "1/f(a)", "1/a!", "1/2·a",
        "7 % 2b",
    ] {
        let found = value(&format!("f(t) = t; a = 1; b = 2; {text}"));
        assert!(found.is_ok(), "{text}: {found:?}");
    }
}
