//! What holds for every expression, tried on random ones. A failure prints the text to type.

mod common;

use common::run_all;
use gradtape::session::{Data, Outcome, Session};

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

/// A smooth expression in `x` (and `y`), defined everywhere.
fn expression(random: &mut Random, depth: u32, names: &[&str]) -> String {
    if depth == 0 {
        return if random.below(4) == 0 { format!("{}.5", random.below(4)) } else { random.pick(names).to_string() };
    }
    let a = expression(random, depth - 1, names);
    match random.below(8) {
        0 => format!("({a} + {})", expression(random, depth - 1, names)),
        1 => format!("({a} - {})", expression(random, depth - 1, names)),
        2 | 3 => format!("({a})*({})", expression(random, depth - 1, names)),
        4 => format!("({a})/(2 + ({})^2)", expression(random, depth - 1, names)),
        5 => format!("{}({a})", random.pick(&["sin", "cos", "tanh", "sigmoid", "atan", "softplus"])),
        6 => format!("exp(-({a})^2)"),
        _ => format!("({a})^{}", 2 + random.below(2)),
    }
}

fn numbers(data: &Data) -> Vec<f64> {
    match data {
        Data::Number(x) => vec![*x],
        Data::Tensor(tensor) => tensor.data().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn value(script: &str) -> Vec<f64> {
    let replies = run_all(&mut Session::new(), script).unwrap_or_else(|error| panic!("{script}\n{}", error.message));
    match replies.last().map(|reply| &reply.outcome) {
        Some(Outcome::Value(data)) => numbers(data),
        other => panic!("{script}\n{other:?}"),
    }
}

#[track_caller]
fn close(a: f64, b: f64, tolerance: f64, script: &str) {
    let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0);
    assert!(same, "{a} is not {b}\n{script}");
}

#[test]
fn forward_and_reverse_agree() {
    // u · (J v) = (u J) · v
    let mut random = Random(7);
    for _ in 0..200 {
        let parts: Vec<String> = (0..3).map(|_| expression(&mut random, 3, &["v[0]", "v[1]"])).collect();
        let f = format!("f(v) = [{}]; p = [0.3, -0.7]; u = [1, -2, 0.5]; w = [0.4, 1.5];", parts.join(", "));
        let script = format!("{f}\ndot(u, jvp(f, p, w)) - dot(vjp(f, p, u), w)");
        close(value(&script)[0], 0.0, 1e-12, &script);
        let script = format!("{f}\nmax(abs(jvp(f, p, w) - jacobian(f)(p) @ w))");
        close(value(&script)[0], 0.0, 1e-12, &script);
    }
}

#[test]
fn hessians_are_symmetric_and_agree_with_products() {
    let mut random = Random(11);
    for _ in 0..100 {
        let body = expression(&mut random, 4, &["v[0]", "v[1]", "v[2]"]);
        let f = format!("f(v) = {body} + 0 sum(v); p = [0.3, -0.7, 1.1]; w = [1, 2, -1];");
        let script = format!("{f}\nH = hessian(f)(p); max(abs(H - transpose(H))) + max(abs(H @ w - hvp(f, p, w)))");
        close(value(&script)[0], 0.0, 1e-10, &script);
    }
}

#[test]
fn derivatives_agree_with_differences() {
    let mut random = Random(13);
    for _ in 0..200 {
        let body = expression(&mut random, 4, &["x"]);
        let f = format!("f(x) = {body} + 0 x; h = 1e-3;");
        // fourth order: error about h⁴ f⁽⁵⁾/30 + ε |f|/h
        let script = format!("{f}\n(8 (f(0.4 + h) - f(0.4 - h)) - (f(0.4 + 2 h) - f(0.4 - 2 h))) / (12 h) - f'(0.4)");
        close(value(&script)[0], 0.0, 1e-6, &script);
    }
}

#[test]
fn printed_formulas_have_the_values_of_the_derivative() {
    let mut random = Random(17);
    let mut tried = 0;
    for _ in 0..200 {
        let body = expression(&mut random, 3, &["x"]);
        let mut session = Session::new();
        let replies = run_all(&mut session, &format!("f(x) = {body} + 0 x\nf'\nf'(0.37)")).unwrap();
        let [_, formula, slope] = &replies[..] else { panic!("{body}") };
        let (Outcome::Value(Data::Formula { text: formula, .. }), Outcome::Value(slope)) =
            (&formula.outcome, &slope.outcome)
        else {
            panic!("{body}")
        };
        let Some((_, formula)) = formula.split_once(" = ") else { continue };
        let script = format!("x = 0.37; {formula}");
        close(value(&script)[0], numbers(slope)[0], 1e-10, &format!("{body}\n{script}"));
        tried += 1;
    }
    assert!(tried > 150, "only {tried} had a formula");
}

/// A loop over elements has the derivatives of the same sum written with slices, of any order, without filling a tensor
/// of the whole size for every element.
#[test]
fn elements_of_large_tensors_share_one_cotangent() {
    let lesson = "x = range(0, 1500)/1500; \
        g(x) = { s = 0; i = 0; while i < 1400 { s = s + x[i] sum(x[i:i+2]^2) + x[[i, 2]] @ [1, 2]; i = i + 1 }; s }; \
        h(x) = x[:1400] @ (x[:1400]^2 + x[1:1401]^2) + sum(x[:1400]) + 2800 x[2]; ";
    for what in ["grad(F)(x)", "hvp(F, x, cos(x))", "grad(y -> sin(grad(F)(y)) @ y)(x)", "jvp(grad(F), x, sin(x))"] {
        let of = |name: &str| value(&format!("{lesson}{}", what.replace('F', name)));
        let (by_element, by_slice) = (of("g"), of("h"));
        assert_eq!(by_element.len(), 1500);
        by_element.iter().zip(&by_slice).for_each(|(a, b)| close(*a, *b, 1e-11, what));
    }
}

#[test]
fn a_failed_statement_leaves_everything_as_it_was() {
    let mut session = Session::new();
    run_all(&mut session, "x = 2; y = x^2; f(t) = t x; c = 5; l = [1, 2, 3]").unwrap();
    let before = format!("{:?}", session.variables());
    let bad = [
        "x = x + nothing",
        "for i in 0..5 { x = x + i; y = y + l[i] }",
        "f(t) = t^2 at t = \"a\"",
        "x = [1, 2] + l",
        "y = no_grad { x + [1, 2] + l }",
        "l[7] = 1",
        "x = (t -> t + [1, 2] + l)(1)",
        "c = grad(x, int(1))",
        "d/dx (x + l[9])",
        "x + (y at z = 1)",
    ];
    for _ in 0..100 {
        for statement in bad {
            assert!(run_all(&mut session, statement).is_err(), "{statement}");
            assert_eq!(format!("{:?}", session.variables()), before, "{statement}");
        }
    }
    assert_eq!(value_in(&mut session, "grad(y, x)"), vec![4.0]);
    assert_eq!(value_in(&mut session, "f(3)"), vec![6.0]);
}

fn value_in(session: &mut Session, script: &str) -> Vec<f64> {
    match run_all(session, script).unwrap().last().map(|reply| &reply.outcome) {
        Some(Outcome::Value(data)) => numbers(data),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_long_session_forgets_what_nobody_can_reach() {
    let mut session = Session::new();
    run_all(&mut session, "x = 2").unwrap();
    for i in 0..20_000 {
        run_all(&mut session, &format!("y = x^2 + sin(x) + {i}; y + 1")).unwrap();
    }
    assert_eq!(value_in(&mut session, "grad(y, x)"), vec![4.0 + 2f64.cos()]);
    let Outcome::Tape { lines, .. } = session.tape(None).unwrap().outcome else { panic!() };
    assert!(lines.len() < 20, "{} nodes are left", lines.len());
}
