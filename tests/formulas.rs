//! Printed derivatives: as a person would write them, and with the value of the derivative when they are typed back.

mod common;

use common::run_all;
use gradtape::session::{Data, Outcome, Session};

/// What `d/dx` prints of expressions from textbooks.
const TEXTBOOK: &[(&str, &str)] = &[
    ("x^5", "5x^4"),
    ("1/x", "-1/x^2"),
    ("1/x^2", "-2/x^3"),
    ("x^-3", "-3/x^4"),
    ("sqrt(x)", "1/(2 sqrt(x))"),
    ("x^(1/3)", "1/(3x^(2/3))"),
    ("x^(2/3)", "2/(3x^(1/3))"),
    ("x^n", "n x^(n - 1)"),
    ("a x^n", "a n x^(n - 1)"),
    ("a x^2 + b x + c", "2a x + b"),
    ("exp(-x^2)", "-2x exp(-x^2)"),
    ("x exp(-x)", "exp(-x) (1 - x)"),
    ("x^2 exp(x)", "x exp(x) (x + 2)"),
    ("exp(x)/x", "exp(x) (x - 1)/x^2"),
    ("exp(sin(x^2))", "2x cos(x^2) exp(sin(x^2))"),
    ("2^x", "2^x log(2)"),
    ("10^x", "10^x log(10)"),
    ("a^x", "a^x log(a)"),
    ("x^x", "x^x + x^x log(x)"),
    ("ln(x)", "1/x"),
    ("log(abs(x))", "1/x"),
    ("log2(x)", "1/(x log(2))"),
    ("log10(x)", "1/(x log(10))"),
    ("x log(x)", "1 + log(x)"),
    ("log(x)/x", "(1 - log(x))/x^2"),
    ("log(x)^2", "2 log(x)/x"),
    ("log(x^2 + 1)", "2x/(x^2 + 1)"),
    ("log((1 + x)/(1 - x))", "2/(1 - x^2)"),
    ("log(sin(x))", "cos(x)/sin(x)"),
    ("log(x + sqrt(x^2 + 1))", "1/sqrt(x^2 + 1)"),
    ("sin(x)^2", "2 cos(x) sin(x)"),
    ("sin(2x)", "2 cos(2x)"),
    ("cos(x)^3", "-3 cos(x)^2 sin(x)"),
    ("tan(x)", "1 + tan(x)^2"),
    ("sec(x)", "sec(x) tan(x)"),
    ("1/cos(x)", "sin(x)/cos(x)^2"),
    ("cos(x)/sin(x)", "-1/sin(x)^2"),
    ("sin(x)/x", "(x cos(x) - sin(x))/x^2"),
    ("sin(x) cos(x)", "cos(x)^2 - sin(x)^2"),
    ("sin(cos(x))", "-cos(cos(x)) sin(x)"),
    ("x^2 sin(x)", "x^2 cos(x) + 2x sin(x)"),
    ("exp(x) cos(x)", "exp(x) (cos(x) - sin(x))"),
    ("x sin(x) exp(x)", "exp(x) (sin(x) + x sin(x) + x cos(x))"),
    ("asin(x)", "1/sqrt(1 - x^2)"),
    ("acos(x)", "-1/sqrt(1 - x^2)"),
    ("atan(x)", "1/(x^2 + 1)"),
    ("atan(x/a)", "a/(x^2 + a^2)"),
    ("arctan(x)^2", "2 atan(x)/(x^2 + 1)"),
    ("sinh(x)", "cosh(x)"),
    ("cosh(3x)", "3 sinh(3x)"),
    ("tanh(2x + 1)", "2/cosh(2x + 1)^2"),
    ("asinh(x)", "1/sqrt(x^2 + 1)"),
    ("atanh(x)", "1/(1 - x^2)"),
    ("sigmoid(a x + b)", "a sigmoid(-a x - b) sigmoid(a x + b)"),
    ("softplus(3x)", "3 sigmoid(3x)"),
    ("1/(1 + exp(-x))", "exp(-x)/(1 + exp(-x))^2"),
    ("L/(1 + exp(-k*(x - x0)))", "L k exp(-k (x - x0))/(1 + exp(-k (x - x0)))^2"),
    ("exp(-x^2/2)/sqrt(2 pi)", "-x exp(-x^2/2)/sqrt(2 pi)"),
    ("erf(x)", "2 exp(-x^2)/sqrt(pi)"),
    ("gamma(x)", "digamma(x) gamma(x)"),
    ("sqrt(1 - x^2)", "-x/sqrt(1 - x^2)"),
    ("sqrt(x^2 + a^2)", "x/sqrt(x^2 + a^2)"),
    ("x sqrt(1 - x)", "(2 - 3x)/(2 sqrt(1 - x))"),
    ("sqrt(x)/(1 + x)", "(1 - x)/(2 sqrt(x) (x + 1)^2)"),
    ("sqrt(x) + 1/sqrt(x)", "(x - 1)/(2x^(3/2))"),
    ("(x + 1)/(x - 1)", "-2/(x - 1)^2"),
    ("(x^2 + 1)/(x^2 - 1)", "-4x/(x^2 - 1)^2"),
    ("(a x + b)/(c x + d)", "(a d - b c)/(c x + d)^2"),
    ("x/(x^2 + 1)", "(1 - x^2)/(x^2 + 1)^2"),
    ("x^2/(1 + x)", "x (x + 2)/(x + 1)^2"),
    ("(x^3 + x)/x^2", "1 - 1/x^2"),
    ("(x + 1)^8", "8(x + 1)^7"),
    ("(x + a)^20", "20(x + a)^19"),
    ("(2x + 1)^5", "10(2x + 1)^4"),
    ("(x^2 + 1)^3", "6x (x^2 + 1)^2"),
    ("x^2 (x + 1)^3", "x (5x + 2) (x + 1)^2"),
    ("x (x - 1)(x - 2)", "3x^2 - 6x + 2"),
    ("(exp(x) - exp(-x))/2", "(exp(x) + exp(-x))/2"),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "4/(exp(x) + exp(-x))^2"),
    ("abs(x)", "sign(x)"),
    ("x abs(x)", "2 abs(x)"),
    ("max(x, 0)", "where(x < 0, 0, where(x > 0, 1, 1/2))"),
    // what was typed is kept
    ("0.0015x^3", "0.0045x^2"),
    ("0.1x + 0.2x", "0.3"),
    ("5 sin(2 pi x)", "10 pi cos(2 pi x)"),
    ("sqrt(x/9.81)", "1/(2 sqrt(9.81x))"),
    ("sqrt(2x)", "1/sqrt(2x)"),
    ("sqrt(2) x^2", "2 sqrt(2) x"),
    ("x^2/3", "2x/3"),
    ("x^1.4", "1.4x^0.4"),
    ("pi x^2", "2 pi x"),
    ("e^x", "e^x"),
    ("tau x", "tau"),
];

/// Values for all names in formulas.
const VALUES: &str =
    "x = 0.37; y = 0.83; z = 1.21; a = 1.3; b = 0.7; c = 0.6; d = 2.1; n = 3.2; k = 0.8; L = 1.7; x0 = 0.4;";

fn outcomes(script: &str) -> Vec<Outcome> {
    let replies = run_all(&mut Session::new(), script).unwrap_or_else(|error| panic!("{script}\n{}", error.message));
    replies.into_iter().map(|reply| reply.outcome).collect()
}

#[track_caller]
fn formula(script: &str) -> Option<String> {
    match outcomes(script).pop() {
        Some(Outcome::Value(Data::Formula { text, .. })) => Some(text),
        Some(Outcome::Value(Data::Function(_))) => None,
        other => panic!("{script}\n{other:?}"),
    }
}

#[track_caller]
fn numbers(script: &str) -> Vec<f64> {
    match outcomes(script).pop() {
        Some(Outcome::Value(Data::Number(x))) => vec![x],
        Some(Outcome::Value(Data::Int(x))) => vec![x as f64],
        Some(Outcome::Value(Data::Tensor(tensor))) => tensor.data().to_vec(),
        other => panic!("{script}\n{other:?}"),
    }
}

/// Both are roundings of the same value; a formula may cancel where the derivative does not. A formula may have a value
/// where the function has none: log(|x|) for log(x).
#[track_caller]
fn close(formula: f64, derivative: f64, tolerance: f64, what: &str) {
    let size = formula.abs().max(derivative.abs()).max(1.0);
    let same = formula == derivative || derivative.is_nan() || (formula - derivative).abs() <= tolerance * size;
    assert!(same, "the formula gives {formula}, the derivative {derivative}\n{what}");
}

#[test]
fn derivatives_are_written_as_in_a_textbook() {
    let mut different = Vec::new();
    for (expression, expected) in TEXTBOOK {
        let printed = formula(&format!("d/dx ({expression})")).unwrap_or_default();
        if printed != *expected {
            different.push(format!("{expression}: {printed}, expected {expected}"));
        }
        let typed = numbers(&format!("{VALUES} {printed}"));
        let derivative = numbers(&format!("{VALUES} d/dx ({expression})"));
        close(typed[0], derivative[0], 1e-12, &format!("d/dx {expression} = {printed}"));
        // central difference: error about h² f‴/6 + ε |f|/h
        let difference = numbers(&format!("{VALUES} f(x) = {expression}; h = 1e-5; (f(x + h) - f(x - h))/(2h)"));
        close(typed[0], difference[0], 1e-6, &format!("d/dx {expression} = {printed}"));
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Deterministic random numbers (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Rows of the table that have values around the points tried.
const FUNCTIONS: &[&str] = &[
    "sin",
    "cos",
    "tan",
    "exp",
    "expm1",
    "log1p",
    "sqrt",
    "cbrt",
    "square",
    "reciprocal",
    "rsqrt",
    "sec",
    "asinh",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "sech",
    "log_cosh",
    "sigmoid",
    "softplus",
    "log_sigmoid",
    "relu",
    "elu",
    "silu",
    "mish",
    "softsign",
    "gelu",
    "erf",
    "erfc",
    "exp2",
    "exp10",
    "abs",
    "sign",
    "sinc",
    "gamma",
    "lgamma",
    "digamma",
    "j0",
    "i0e",
    "ndtr",
    "dawson",
    "log",
    "log2",
    "log10",
    "floor",
    "hardswish",
];

fn expression(random: &mut Random, depth: u32, names: &[&str]) -> String {
    if depth == 0 {
        return match random.below(8) {
            0 => format!("{}", 1 + random.below(4)),
            1 => format!("0.{}", 1 + random.below(9)),
            2 => random.pick(&["pi", "e", "(1/3)", "a", "sqrt(2)"]).to_string(),
            _ => random.pick(names).to_string(),
        };
    }
    let a = expression(random, depth - 1, names);
    let b = expression(random, depth - 1, names);
    match random.below(12) {
        0 | 1 => format!("({a} + {b})"),
        2 => format!("({a} - {b})"),
        3 | 4 => format!("({a}) * ({b})"),
        5 | 6 => format!("({a})/({b})"),
        7 => format!("({a})^{}", 2 + random.below(3)),
        8 => format!("({a})^(-{})", 1 + random.below(2)),
        9 => {
            format!("{}({a}, {b})", random.pick(&["maximum", "minimum", "hypot", "atan2", "pow", "xlogy", "logaddexp"]))
        }
        10 => format!("where({a} < {b}, {b}, {a})"),
        _ => format!("{}({a})", random.pick(FUNCTIONS)),
    }
}

/// Each line of a formula, `left = right`: the right sides.
fn right_sides(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split_once(" = ")).map(|(_, right)| right.to_string()).collect()
}

fn typed_back(function: &str, derivative: &str, at: &str, tried: &mut usize) {
    let Some(text) = formula(&format!("a = 1.3; {function}; {derivative}")) else { return };
    let derived = numbers(&format!("{VALUES} {function}; {derivative}({at})"));
    let sides = right_sides(&text);
    // a Hessian is printed without what stands below its diagonal
    let upper: Vec<f64> = match (derivative, sides.len()) {
        ("hessian(f)", 3) => vec![derived[0], derived[1], derived[3]],
        ("hessian(f)", 6) => [0, 1, 2, 4, 5, 8].map(|at| derived[at]).to_vec(),
        _ => derived,
    };
    assert_eq!(upper.len(), sides.len(), "{function}\n{text}");
    for (side, derivative) in sides.iter().zip(upper) {
        let what = format!("{function}\n{text}");
        let typed = numbers(&format!("{VALUES} {side}"))[0];
        if typed.is_finite() && derivative.is_finite() && derivative.abs() < 1e6 {
            close(typed, derivative, 1e-8, &what);
            *tried += 1;
        }
    }
}

#[test]
fn printed_formulas_read_back_to_the_value_of_the_derivative() {
    let mut random = Random(29);
    let mut tried = 0;
    for _ in 0..150 {
        let f = format!("f(x) = {} + 0 x", expression(&mut random, 2, &["x"]));
        typed_back(&f, "f'", "x", &mut tried);
        typed_back(&f, "f''", "x", &mut tried);
        let f = format!("f(x, y) = {} + 0 x", expression(&mut random, 2, &["x", "y"]));
        typed_back(&f, "grad(f)", "x, y", &mut tried);
        typed_back(&f, "hessian(f)", "x, y", &mut tried);
        let f = format!("f(x, y, z) = {} + 0 x", expression(&mut random, 3, &["x", "y", "z"]));
        typed_back(&f, "grad(f)", "x, y, z", &mut tried);
    }
    assert!(tried > 600, "only {tried} were compared");
}
