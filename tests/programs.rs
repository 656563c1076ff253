//! A compiled program computes what the tape computed.

mod common;

use common::run_all;
use gradtape::session::{Data, Outcome, Prepared, Session};
use gradtape::source::Source;
use gradtape::syntax::{Next, next_statement};

/// The last statement of a script, made ready and run once.
fn prepared(script: &str) -> Prepared {
    let (before, last) = script.rsplit_once('\n').unwrap_or(("", script));
    let mut session = Session::new();
    run_all(&mut session, before).unwrap_or_else(|error| panic!("{script}\n{}", error.message));
    let source = Source::new("", last, 1);
    let Ok(Next::Statement { statement, .. }) = next_statement(&source, 0) else { panic!("{last}") };
    let mut prepared = session.prepare(&statement).unwrap_or_else(|error| panic!("{script}\n{}", error.message));
    session.run_prepared(&mut prepared).unwrap();
    prepared
}

fn numbers(data: &Data) -> Vec<f64> {
    match data {
        Data::Number(x) => vec![*x],
        Data::Tensor(tensor) => tensor.data().to_vec(),
        Data::List(items) => items.iter().flat_map(numbers).collect(),
        Data::Record(fields) => fields.iter().flat_map(|(_, field)| numbers(field)).collect(),
        other => panic!("{other:?}"),
    }
}

/// All numbers that the last statement prints.
fn printed(script: &str) -> Vec<f64> {
    let replies = run_all(&mut Session::new(), script).unwrap();
    match &replies.last().unwrap().outcome {
        Outcome::Value(data) => numbers(data),
        Outcome::Gradient(gradient) => {
            let derivatives = gradient.partials.iter().chain(&gradient.higher).map(|partial| &partial.value);
            gradient.value.iter().chain(derivatives).flat_map(numbers).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn agrees(script: &str) {
    let program: Vec<f64> = prepared(script).outputs().into_iter().flatten().collect();
    let plain = printed(script);
    assert_eq!(program.len(), plain.len(), "{script}");
    // a statement computes what lost its digits again with wider numbers, a program does not
    let largest = plain.iter().filter(|x| x.is_finite()).fold(0.0_f64, |largest, x| largest.max(x.abs()));
    for (a, b) in program.iter().zip(&plain) {
        let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-14 * (a.abs() + b.abs() + largest);
        assert!(same, "{script}\nprogram {program:?}\nplain   {plain:?}");
    }
}

#[test]
fn scalars_with_their_derivatives() {
    agrees("f(x) = x^2 + 2x - 1\nf at x = 2");
    agrees(
        "f(x, y, z) = sin(x y) exp(-(x^2 + z^2)/2) + log(1 + y^2 + z^2) tanh(x - z) + x cos(y)/(1 + z^2)\nf at x = 0.3, y = 2, z = -1",
    );
    agrees("x^3 y^4 at x = 2, y = 3 order 3");
    agrees("max(x, y) + where(x > 1, x^2, y) + abs(x - y) + clip(x, 0, 2) at x = 2, y = 2");
    agrees("f(x) = if x > 0 { log(x) } else { x^2 }\nf at x = 3");
    agrees("f(x) = sin(x) cos(x) + sin(2x) + sin(x)^2\nf at x = 0.7");
}

#[test]
fn parts_of_what_was_put_together() {
    agrees("f(u) = { s = [2u, u^2]; sum(s[1]^2) + s[0][2] }\nf at u = [1, 2, 3]");
    agrees(
        "f(u) = { h = [u, 2u, u^2]; for i in 0..3 { h = [h[1] * h[2], h[2], sin(h[0])] }; sum(h[0] + h[2]) }\ngrad(f)([0.3, 0.5, 0.7, 0.9])",
    );
    agrees("f(u) = { h = concat(u, u^2, exp(u)); sum(h[2:4] * h[4:6] + h[1:3]) }\ngrad(f)([0.3, 0.5])");
    agrees("f(u) = { h = [u, u^2]; h[1, 2] * h[0, 0] + sum(h[:, 1]) + sum(h[1, :2]) }\ngrad(f)([0.3, 0.5, 2])");
    agrees("f(u) = { h = append(append([], u), u^2); sum(h[0] * h[1]) }\nhessian(f)([0.3, 0.5])");
    agrees("f(u) = { h = [u, 3u]; sum(reshape(h, (4, 2))[1:3]) }\ngrad(f)([0.3, 0.5, 1, 2])");
}

#[test]
fn tensors_with_their_gradients() {
    agrees("x = linspace(-2, 2, 1000)\ngrad(sum(sin(x) * exp(-x^2)), x)");
    agrees("x = linspace(-2, 2, 101)\nsum(100 (x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)");
    agrees("x = linspace(-2, 2, 101)\ngrad(sum(100 (x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2), x)");
    agrees("x = [3, 3, 3; 3, 3, 3]; z = 5\ngrad(sum(x*x + 2z), [x, z])");
    agrees("A = [1, 2; 3, 4]; B = [0.5, -1; 2, 0.1]; c = [1, -1]\ngrad(sum(tanh(A @ B + c)), [A, B, c])");
    agrees("x = linspace(0.1, 2, 37)\ngrad(log(sum(exp(x))) + norm(x) + max(x) + mean(x)^2, x)");
    agrees(
        "x = reshape(linspace(0.1, 2, 12), (3, 4))\ngrad(sum(softmax(x, axis = 1)[:, 0] * [1, 2, 3]) + sum(x[1] * x[:, 1:2]), x)",
    );
    agrees("x = linspace(0.1, 2, 7)\nhessian(sum(x[1:] x[:-1]^2), x)");
    agrees("v = [1, 2, 3]\ngrad(v[0]^2 v[1] + sin(v[2]) v[0], v)");
    agrees("x = linspace(0, 1, 50000)\ngrad(log(sum(exp(sin(x)))) + sum(x[::2]), x)");
}

#[test]
fn loops_and_recursion_as_recorded() {
    agrees("f(x) = { s = x; for i in 0..50 { s = s - 0.01 sin(s) x }; s }\nf at x = 1.5");
    agrees("f(v) = { s = v; for i in 0..20 { s = sin(s) + 0.1 v[::-1] }; sum(s) }\ngrad(f)([1, 2, 3, 4, 5])");
    agrees("p(x, n) = if n == 0 { 1 } else { x p(x, n - 1) }\np at x = 1.1, n = 12 wrt x");
}

/// A table is what its points are one by one.
#[track_caller]
fn table_agrees(definition: &str, points: &str) {
    let table =
        match &run_all(&mut Session::new(), &format!("{definition}\nf at {points}")).unwrap().last().unwrap().outcome {
            Outcome::Table(table) => table.clone(),
            other => panic!("{other:?}"),
        };
    for row in &table.rows {
        let names = table.columns.iter().take_while(|name| *name != "f");
        let at: Vec<String> = names.zip(row).map(|(name, x)| format!("{name} = {:?}", numbers(x)[0])).collect();
        let order = points.split_once("order").map_or("", |_| "order 2");
        let script = format!("{definition}\nf at {} {order}", at.join(", "));
        let plain = printed(&script);
        let here: Vec<f64> = row[at.len()..].iter().flat_map(numbers).collect();
        assert_eq!(here.len(), plain.len(), "{script}");
        for (a, b) in here.iter().zip(&plain) {
            // a row is computed again whole where one of its figures has lost digits
            let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-12 * a.abs();
            assert!(same, "{script}\n{here:?}\n{plain:?}");
        }
    }
}

#[test]
fn tables_in_lanes_are_their_points() {
    table_agrees("f(x) = x^2 + 2x - 1", "x in linspace(-1, 3, 100)");
    table_agrees("f(x, y) = sin(x y) exp(-x^2) + atan2(y, x)", "x in linspace(-1, 3, 20), y in linspace(0, 1, 5)");
    table_agrees("f(x) = if x > 0 { log(x) } else { x^2 }", "x in linspace(-1, 3, 33)");
    table_agrees("f(x) = { s = x; while abs(s) > 0.1 { s = s / 2 }; s }", "x in linspace(-4, 4, 50)");
    table_agrees("f(x) = floor(x) x + where(x > 1, sqrt(x), 0) + max(x, 1)", "x in linspace(-1, 3, 41)");
    table_agrees("f(x) = x^3 + x^2.5", "x in linspace(0, 3, 41) order 2");
    table_agrees("g(x) = 3 x^2\nf(x) = g'(x) + no_grad { sin(x) }", "x in linspace(0, 3, 10)");
    table_agrees("f(x) = sum([x, 2x, x^2])", "x in linspace(0, 3, 10)");
}

/// Programs unroll short loops and carry tangents through long ones of few numbers, statements compile the body and
/// sweep it back: all must come to the same.
#[test]
fn hot_loops_come_to_what_their_turns_come_to() {
    agrees("f(p) = { x = 1; for i in 0..2000 { x = x - 0.01 sin(x) p }; x }\nf at p = 0.2");
    agrees("f(p) = { x = 1; for i in 0..500 { x = x - 0.01 sin(x) p + i / 1e4 }; x }\nf at p = 0.2 order 2");
    agrees(
        "f(p, q) = { x = 1; v = 0; t = 0; for i in 0..300 { v = v - 0.01 q x; x = x + 0.01 p v; t = t + 0.01 }; x v t }\nf at p = 1.2, q = 3",
    );
    agrees("f(p) = { x = p; while x > 0.001 { x = x 0.99 }; x }\nf at p = 3");
    agrees(
        "f(p) = { x = p; for i in 0..400 { if x > 2 { x = x / 2 } else { x = x 1.01 + 0.001 p } }; x }\nf at p = 0.7",
    );
    agrees("f(v) = { s = v; for i in 0..200 { s = sin(s) + 0.1 v[::-1] }; sum(s s) }\nw = [1, 2, 3]\ngrad(f(w), w)");
    agrees("f(p) = { s = 0; for x in linspace(0, 1, 300) { s = s + (p x - sin(x))^2 }; s }\nf at p = 0.7 order 2");
    agrees(
        "f(p) = { s = 1; for i in 0..300 { if i % 7 == 3 { continue }; s = s + p / s; if s > 50 { break } }; s }\nf at p = 5",
    );
    agrees("g(x) = x^3\nf(p) = { s = 1; for i in 0..150 { s = s + 1e-3 p g'(s) / (1 + s^4) }; s }\nf at p = 2");
    agrees("f(p) = { a = p; b = 1; for i in 0..200 { c = a; a = b; b = 0.5 c + 0.4 b }; a + 2 b }\nf at p = 2");
    agrees(
        "A = [0.9, 0.1; -0.2, 0.8]; f(v) = { s = v; for i in 0..150 { s = A @ s }; sum(s^2) }\nw = [1, 2]\ngrad(f(w), [w, A])",
    );
}

#[test]
fn tangents_come_to_what_the_way_back_comes_to() {
    for turns in [200, 1000] {
        agrees(&format!("f(p) = {{ x = 1; for i in 0..{turns} {{ x = x - 0.01 sin(x) p }}; x }}\nf at p = 0.2"));
        agrees(&format!(
            "f(p) = {{ x = p; for i in 0..{turns} {{ x = x - 0.01 sin(x) p + i/1e5 }}; x }}\nf at p = 0.2"
        ));
        agrees(&format!("f(p, q) = {{ x = 1; for i in 0..{turns} {{ x = q cos(p x) }}; x }}\nf at p = 0.9, q = 0.8"));
        agrees(&format!(
            "f(p) = {{ a = 1; b = p; for i in 0..{turns} {{ c = a; a = b; b = sin(c + b/2) }}; a + 2b }}\nf at p = 0.7"
        ));
        agrees(&format!(
            "f(p) = {{ x = p; for i in 0..{turns} {{ if x > 1 {{ x = x/2 }} else {{ x = 1.1 x + 0.01 p }} }}; x }}\nf at p = 0.7"
        ));
        // a tangent that is not finite: the way back knows that nothing selected the root
        agrees(&format!(
            "f(p) = {{ x = 0; for i in 0..{turns} {{ x = where(x > 1, sqrt(x - 1), x) p + 0.01 }}; x }}\nf at p = 0.9"
        ));
    }
}

#[test]
fn cotangents_of_parts_are_assembled_after_the_turns() {
    let f = "f(w) = { h = [1, 0.5]; s = [0, 0]; for i in 0..# { a = w[0, :2] * h + w[1, 1:]; s = sigmoid(a) s + w[2, 1]; h = tanh(s) * w[0, 1:] }; sum(h) + sum(s) }";
    for turns in ["200", "700"] {
        let f = f.replace('#', turns);
        agrees(&format!("{f}\ngrad(f)([0.3, 0.5, -1; 0.2, 0.9, 0.4; 0.1, -0.3, 0.6])"));
    }
    let step = "for i in 0..60 { s = 0.5 concat([1], s[:-1]) * v + s/3 }";
    agrees(&format!("f(v) = {{ s = v; {step}; sum(s) }}\ngrad(f)(linspace(0.1, 1, 30))"));
    // tensors that wait until somebody looks are compiled like others
    let big = format!("f(v) = {{ s = v; {step}; sum(s) }}\nx = linspace(0.1, 1, 5000)");
    agrees(&format!("{big}\ngrad(f)(x)"));
    let along = printed(&format!("{big}\n[jvp(f, x, cos(x)), sum(grad(f)(x) * cos(x))]"));
    assert!((along[0] - along[1]).abs() <= 1e-12 * along[0].abs(), "{along:?}");
}

/// Recursive calls with the same arguments are made once.
#[test]
fn recursion_costs_its_different_calls() {
    assert_eq!(printed("fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }\nfib(80)"), [23416728348467685.0]);
    let fib = "fib(x, n) = if n < 2 { x } else { sin(fib(x, n - 1)) + fib(x, n - 2) / 2 }";
    agrees(&format!("{fib}\nfib(x, 12) at x = 0.7 wrt x"));
    let slope = printed(&format!("{fib}\nfib(x, 70) at x = 0.7 wrt x"));
    assert!(slope.iter().all(|x| x.is_finite()), "{slope:?}");
    // a random number is another one each time
    let difference = printed("r(n) = if n < 1 { random() } else { r(n - 1) - r(n - 1) }\nr(3)");
    assert!(difference[0] != 0.0, "{difference:?}");
}

#[test]
fn hot_loops_leave_the_session_as_their_turns_would() {
    let value = |script: &str| printed(script);
    assert_eq!(value("x = 1; n = 0; for i in 0..1000 { x = x 1.001; n = n + 1 }; n")[0], 1000.0);
    assert_eq!(value("s = 0; for i in 0..=1000 { s = s + i }; s")[0], 500500.0);
    let slope = value("p = 2; x = 1; for i in 0..1000 { x = x + 0.001 p }; grad(x, p)")[0];
    assert!((slope - 1.0).abs() < 1e-12, "{slope}");
    let failed = "x = 1\nfor i in 0..1000 { x = x + 1; if i == 900 { unknown_name } }";
    let mut session = Session::new();
    assert!(run_all(&mut session, failed).is_err());
    match &run_all(&mut session, "x").unwrap()[0].outcome {
        Outcome::Value(Data::Number(x)) => assert_eq!(*x, 1.0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn instructions_are_few() {
    let listing = prepared("x^2 + 2x - 1 at x = 2").listing().unwrap();
    // x², 2x, their sum, minus 1; the slope 2x + 2 shares 2x
    assert!(listing.len() <= 5, "{listing:#?}");
    for (together, text) in [
        ("sincos", "sin(x) + cos(x) at x = 2"),
        ("tanh_sech2", "tanh(x)^2 at x = 2"),
        ("sigmoids", "sigmoid(x)^2 at x = 2"),
    ] {
        let listing = prepared(text).listing().unwrap();
        assert!(listing.iter().any(|line| line.contains(together)), "{listing:#?}");
        assert!(!listing.iter().any(|line| line.contains("= neg")), "{listing:#?}");
        agrees(text);
    }
}

/// Above some size tensors wait and are computed fused; below, each operation runs when it is recorded.
#[test]
fn big_tensors_come_to_what_small_ones_would() {
    let same = |definitions: &str, last: &str| {
        let at = |n: usize| printed(&format!("n = {n}\n{definitions}\n{last}"));
        // the same numbers 40 times over: sums are 40 times as large, slopes are repeated
        let (small, big) = (at(1000), at(40_000));
        let scale = if big.len() == small.len() { 40.0 } else { 1.0 };
        for (i, b) in big.iter().enumerate() {
            let a = small[i % small.len()] * scale;
            assert!((a - b).abs() <= 1e-12 * (a.abs() + b.abs()), "{definitions}\n{last}\n{i}: {a} {b}");
        }
    };
    let x = "x = mod(arange(n) * 1.0, 1000) / 500 - 0.9995; z = 0.3";
    same(x, "sum(sin(x) exp(-x^2) + z x)");
    same(x, "y = sum(sin(x) exp(-x^2) + max(x, z)); grad(y, x)");
    same(x, "y = sum(sin(x z) / (1 + x^2)); grad(y, z)");
    same(x, "y = sum(where(x > 0, sqrt(x), x^3)); grad(y, [x])");
    same(x, "u = exp(x); v = u * u; w = v[::1] - u; grad(sum(w * reshape(w, (n, 1))[:, 0]), x)");
    same(x, "f(t) = { s = t; for i in 0..5 { s = sin(s) + t }; sum(s) }; grad(f)(x)");
    same(x, "hvp(t -> sum(t^3), x, x)");
}

/// `map(f, xs)` and comprehensions over many elements are vectorized; written out, each element runs by itself.
#[test]
fn many_elements_at_once_come_to_each_by_itself() {
    let same = |definitions: &str, item: &str, last: &str| {
        let n = 40;
        let out: Vec<String> = (0..n).map(|i| item.replace('#', &format!("xs[{i}]"))).collect();
        let by_itself = printed(&format!("{definitions}\nr = [{}]\n{last}", out.join(", ")));
        let mapped = printed(&format!("{definitions}\nr = map(u -> {}, xs)\n{last}", item.replace('#', "u")));
        let comprehended = printed(&format!("{definitions}\nr = [{} for u in xs]\n{last}", item.replace('#', "u")));
        for other in [mapped, comprehended] {
            assert_eq!(by_itself.len(), other.len(), "{definitions}\n{item}\n{last}");
            for (a, b) in by_itself.iter().zip(&other) {
                assert!((a - b).abs() <= 1e-14 * (a.abs() + b.abs()), "{definitions}\n{item}\n{last}: {a} {b}");
            }
        }
    };
    let xs = "p = 1.5; q = [1, 2, 3]; xs = linspace(-1, 2, 40)";
    same(xs, "sin(p #)^2", "r");
    same(xs, "sin(p #)^2", "grad(sum(r), [p, xs])");
    same(xs, "if # > 0 { p # } else { #^2 }", "grad(sum(r^2), [p, xs])");
    same(xs, "sum(q * #^2) + q[1]", "grad(sum(r^2), [q, xs])");
    same(xs, "[#, #^2, p]", "grad(sum(r^2), [p, xs])");
    same(xs, "grad(t -> t^3 p)(#)", "grad(sum(r), p)");
    same("no_grad { 0 }; const xs = linspace(-1, 2, 40)", "exp(-#^2)", "r");
    let rows = "p = 1.5; xs = reshape(linspace(-1, 2, 120), (40, 3))";
    same(rows, "#[0] #[1]^2 + p sin(#[2])", "grad(sum(r), [p, xs])");
    same(rows, "jacobian(v -> [v[0] v[1], sin(v[2]) p])(#)", "r");
    same(rows, "dot(#, #[::-1])", "hessian(sum(r), xs)");
    let by_row = "xs = reshape(linspace(-1, 2, 120), (40, 3)); m = 0.5";
    let a = printed(&format!("{by_row}\nsum((m r[0] - r[1])^2 r[2] for r in xs)"));
    let b = printed(&format!("{by_row}\nsum((m xs[:, 0] - xs[:, 1])^2 xs[:, 2])"));
    assert!((a[0] - b[0]).abs() < 1e-12);
    assert_eq!(printed("[i^2 for i in 0..20]"), printed("(0..20)^2"));
}

/// Jacobians and Hessians with zeros in them take few sweeps, in the cheaper direction; a gradient of each element
/// takes one each.
#[test]
fn sparse_jacobians_come_to_the_gradients_of_each_element() {
    let vectors = [
        "x^2 x[::-1]",
        "x[1:] - 3 x[:-1]^2",
        "concat([x[2:], exp(x[:2]), [7, 8]])",
        "cumsum(x) x",
        "sin(x)[[5, 5, 0, 1]]",
        "where(x > 3, x^2, x[::-1])",
        "reshape(outer(x, x[:2]), 12)",
        "stack([x, x^3])[1]",
        "reshape(arange(24), (4, 6)) @ x^2",
        "[sum(x), x[0], x[1] x[0], x[2]^2, 1, max(x)]",
        "grad(sum(100 (x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2), x)",
    ];
    for y in vectors {
        let before = format!("x = [1, 2, 3.5, 4, -5, 6]\ny = {y}");
        let whole = printed(&format!("{before}\njacobian(y, x)"));
        let rows = printed(&format!("{before}\n[grad(y[i], x) for i in 0..len(y)]"));
        assert_eq!(whole, rows, "{y}");
        agrees(&format!("{before}\njacobian(y, x)"));
    }
    // few inputs, many results: forward
    let before = "p = 0.5; q = -2\ny = p arange(40)^2 + sin(q arange(40))";
    assert_eq!(
        printed(&format!("{before}\njacobian(y, [p, q])")),
        printed(&format!("{before}\nP = [grad(u, p) for u in y]; Q = [grad(u, q) for u in y]\n[P, Q]"))
    );
    // of a variable that another one is made of
    let before = "x = [1, 2, 3, 4]; z = x^2\ny = x z";
    assert_eq!(
        printed(&format!("{before}\njacobian(y, [x, z])")),
        printed(&format!("{before}\nX = [grad(u, x) for u in y]; Z = [grad(u, z) for u in y]\n[X, Z]"))
    );
    let before = "f(x) = sum(x[1:] sin(x[:-1])) + x[0] x[4]";
    assert_eq!(
        printed(&format!("{before}\nhessian(f)([1, 2, 3, 4, 5])")),
        printed(&format!("{before}\nx = [1, 2, 3, 4, 5]\ng = grad(f(x), x)\n[grad(g[i], x) for i in 0..5]"))
    );
}
