//! The same formula written in many ways has the same digits: those of the real numbers, not of f64 on the way.

use std::process::Command;

use serde_json::Value;

/// A formula in x, a point, and its value and first two derivatives there, from 60 digits.
struct Formula {
    text: &'static str,
    at: &'static str,
    truth: [f64; 3],
}

const FORMULAS: &[Formula] = &[
    Formula {
        text: "(1 - cos(x))/x^2",
        at: "1e-6",
        truth: [0.499_999_999_999_958_3, -8.333_333_333_332_778e-8, -0.083_333_333_333_316_66],
    },
    Formula { text: "sqrt(x^2 + 1) - x", at: "1e9", truth: [5e-10, -5e-19, 1e-27] },
    Formula { text: "log(exp(3x))", at: "500", truth: [1500.0, 3.0, 0.0] },
    Formula {
        text: "(exp(x) - 1 - x)/x^2",
        at: "1e-5",
        truth: [0.500_001_666_670_833_3, 0.166_667_500_002_5, 0.083_333_833_335_000_01],
    },
    Formula {
        text: "sqrt(3 + x) - sqrt(3)",
        at: "1e-11",
        truth: [2.886_751_345_945_722e-12, 0.288_675_134_594_331_7, -0.048_112_522_432_228_25],
    },
];

/// Which figure a way of writing gives, and where it stands in the answer.
#[derive(Clone, Copy)]
enum Read {
    Value(usize),
    Partial,
    Second,
    Cell(usize),
}

/// Ways of writing: `E` is the formula, `V` the point; the last statement answers.
const WAYS: &[(&str, Read)] = &[
    ("E at x = V", Read::Value(0)),
    ("E at x = V", Read::Partial),
    ("E at x = V order 2", Read::Second),
    ("x = V; E", Read::Value(0)),
    ("x = V; y = E; y", Read::Value(0)),
    ("x = V; grad(E, x)", Read::Value(1)),
    ("x = V; y = E; grad(y, x)", Read::Value(1)),
    ("x = V; grad(grad(E, x), x)", Read::Value(2)),
    ("x = V; d/dx (E)", Read::Value(1)),
    ("x = V; y = E; d/dx y", Read::Value(1)),
    ("f(x) = E; f(V)", Read::Value(0)),
    ("f(x) = E; f'(V)", Read::Value(1)),
    ("f(x) = E; f''(V)", Read::Value(2)),
    ("f(x) = E; grad(f)(V)", Read::Value(1)),
    ("f(x) = E; hessian(f)(V)", Read::Value(2)),
    ("f(x) = E; jvp(f, V, 1)", Read::Value(1)),
    ("f(x) = E; taylor(f, V, 1)[1]", Read::Value(1)),
    ("f(x) = { t = E; t }; f(V)", Read::Value(0)),
    ("{ x = V; E }", Read::Value(0)),
    ("(x -> E)(V)", Read::Value(0)),
    ("x = V; if x > 0 { E } else { 0 }", Read::Value(0)),
    ("E where x = V", Read::Value(0)),
    ("E at x in [V]", Read::Cell(1)),
    ("E at x in linspace(V, 2*V, 200)", Read::Cell(1)),
    ("E at x in linspace(V, 2*V, 5000)", Read::Cell(1)),
    ("E at x in linspace(V, 2*V, 5000)", Read::Cell(2)),
    ("map(x -> E, [V, 1])", Read::Value(0)),
    ("[E for x in fill(2000, V)][0]", Read::Value(0)),
    ("{ r = 0; for i in 0..400 { r = E }; r } at x = V", Read::Value(0)),
    ("{ r = 0; for i in 0..400 { r = E }; r } at x = V", Read::Partial),
    ("x = V; r = 0; for i in 0..400 { r = E }; r", Read::Value(0)),
    ("x = fill(2000, V); (E)[0]", Read::Value(0)),
    ("sum(E) at x = fill(1500, V)", Read::Partial),
    ("x = V; record(a = E).a", Read::Value(0)),
    ("const x = V; E", Read::Value(0)),
    ("x = V; stop_gradient(E)", Read::Value(0)),
    ("x = V; no_grad { E }", Read::Value(0)),
    ("f(x) = E; checkpoint(f)(V)", Read::Value(0)),
];

/// The statements outside of braces.
fn statements(text: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in text.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ';' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    parts
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Array(items) => number(&items[0]),
        Value::Number(x) => x.as_f64().unwrap(),
        Value::String(text) if text == "Infinity" => f64::INFINITY,
        _ => f64::NAN,
    }
}

fn answer(way: &str, formula: &Formula) -> Value {
    // `E` and `V` stand alone in the ways
    let text = way.replace('E', formula.text).replace('V', formula.at);
    let mut parts = statements(&text);
    let last = parts.pop().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
    command.args(["--format", "json"]);
    for part in parts {
        command.args(["-e", &format!("{part};")]);
    }
    let output = command.args(["-e", &last]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let line = out.lines().last().unwrap_or_else(|| panic!("{text}: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(line).unwrap()
}

#[test]
fn the_same_formula_has_the_same_digits_however_it_is_written() {
    let mut wrong = Vec::new();
    for formula in FORMULAS {
        for (way, read) in WAYS {
            let found = answer(way, formula);
            let (got, order) = match *read {
                Read::Value(order) => (number(&found["value"]), order),
                Read::Partial => (number(&found["partials"]["x"]), 1),
                Read::Second => (number(&found["second"]["x,x"]), 2),
                Read::Cell(column) => (number(&found["rows"][0][column]), column - 1),
            };
            let want = formula.truth[order];
            // twelve digits are promised
            if !(got == want || (got - want).abs() <= 1e-12 * want.abs()) {
                wrong.push(format!("{way} of {} at {}: {got:e} is not {want:e}", formula.text, formula.at));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn typed_numbers_are_decimals_and_constants_real_numbers() {
    for (text, want) in [
        ("1e16 + 3 - 1e16", 3.0),
        ("0.1 + 0.2 - 0.3", 0.0),
        ("sin(pi)", 0.0),
        ("e^(pi sqrt(163)) - 262537412640768744", -7.499_274_028_018_143e-13),
        (
            "333.75*33096^6 + 77617^2 (11*77617^2*33096^2 - 33096^6 - 121*33096^4 - 2) + 5.5*33096^8 + 77617/(2*33096)",
            -0.827_396_059_946_821_4,
        ),
        ("log(exp(1e10))", 1e10),
        ("1.0000000000000000001 - 1", 1e-19),
    ] {
        let found = answer("E", &Formula { text, at: "0", truth: [want; 3] });
        let got = number(&found["value"]);
        assert!((got - want).abs() <= 1e-12 * want.abs(), "{text}: {got:e} is not {want:e}");
    }
}

#[test]
fn a_way_taken_by_a_number_that_underflowed_is_the_right_one() {
    let found = answer("E at x = V", &Formula { text: "abs(x*x)/x", at: "1e-200", truth: [0.0; 3] });
    assert_eq!((number(&found["value"]), number(&found["partials"]["x"])), (1e-200, 1.0));
    let found = answer("E at x = V", &Formula { text: "exp(-exp(x))", at: "710", truth: [0.0; 3] });
    assert_eq!((number(&found["value"]), number(&found["partials"]["x"])), (0.0, 0.0));
}
