//! Lines of other languages: what the error offers to type instead is run, and gives the right value.
//!
//! Values are those of the language the line comes from.

use std::process::Command;

fn run(lines: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
    for line in lines {
        command.args(["-e", line]);
    }
    let output = command.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The line after `write: ` in an error.
fn offered(errors: &str) -> Option<&str> {
    errors.lines().find_map(|line| line.strip_prefix("help: write: "))
}

/// Setup, the foreign line, what the offered line prints.
type Row = (&'static str, &'static str, &'static str);

#[track_caller]
fn check(rows: &[Row]) {
    let mut wrong = Vec::new();
    for &(setup, foreign, expected) in rows {
        let (_, errors) = run(&[setup, foreign]);
        let Some(line) = offered(&errors) else {
            // what has come to work since needs no translation
            let (printed, errors) = run(&[setup, foreign]);
            if !(errors.is_empty() && printed.trim() == expected) {
                wrong.push(format!("{foreign}\n  offers no line: {printed}{errors}"));
            }
            continue;
        };
        let (printed, errors) = run(&[setup, line]);
        let last = if expected.is_empty() { "" } else { printed.trim() };
        let close = |a: &str| Some((a.parse::<f64>().ok()? - expected.parse::<f64>().ok()?).abs() < 1e-13);
        if !(last == expected || close(last) == Some(true)) || errors.contains("error") {
            wrong.push(format!("{foreign}\n  offers {line}\n  which prints {printed}{errors}  not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tensorflow_pytorch_jax_and_numpy() {
    check(&[
        ("", "tf.Variable(3.0)", "3"),
        ("", "tf.constant([1.0, 2.0], dtype=tf.float32)", "[1, 2]"),
        ("", "torch.tensor(2.0, requires_grad=True)", "2"),
        ("", "np.array([[1,2],[3,4]])", "[[1, 2], [3, 4]]"),
        ("x = 3; y = x^2", "tape.gradient(y, x)", "6"),
        ("x = 3; z = 2; y = x^2 z;", "tape.gradient(y, [x, z])", "∂y/∂x = 12\n∂y/∂z = 9"),
        ("x = 3; y = x^2;", "y.backward(); x.grad", "6"),
        ("x = 3; y = x^2;", "tf.gradients(y, x)", "6"),
        ("f(x) = x^2", "jax.grad(f)(2.0)", "4"),
        ("f(x) = x^2", "jax.value_and_grad(f)(3.0)", "f = 9\n∂f/∂x = 6"),
        ("f(x) = x^3", "jax.hessian(f)(2.0)", "12"),
        ("f(x) = x^2", "jax.jit(f)(2.0)", "4"),
        ("", "vmap(grad(sin))([0, 1])", "[1, 0.5403023058681398]"),
        ("", "jax.vmap(jax.grad(jnp.sin))(jnp.array([0, 1]))", "[1, 0.5403023058681398]"),
        ("x = [1, 2];", "tf.reduce_sum(x)", "3"),
        ("x = [1, 2];", "tf.reduce_mean(tf.square(x), axis=0)", "2.5"),
        ("A = [1, 2; 3, 4];", "A.mean(axis=0)", "[2, 3]"),
        ("A = [1, 2; 3, 4];", "A.sum(dim=1)", "[3, 7]"),
        ("A = [1, 2; 3, 4];", "A.T", "[[1, 3], [2, 4]]"),
        ("w = [1, 2];", "w.shape", "[2]"),
        ("w = [1, 2];", "w.dot(w)", "5"),
        ("w = [1, 2];", "np.dot(w, w).numpy()", "5"),
        ("x = 3;", "x.assign_add(1); x", "4"),
        ("x = 3;", "x.numpy()", "3"),
        ("f(x) = x^2;", "f.grad(3)", "6"),
        ("", "np.linalg.norm([3,4])", "5"),
        ("", "math.sqrt(4) + math.pi - np.pi", "2"),
        ("", "np.zeros((2,3)).shape", "[2, 3]"),
        ("", "torch.nn.functional.relu(torch.tensor([-1.0, 2.0]))", "[0, 2]"),
        ("", "import numpy as np; np.cos(0)", "1"),
        ("x = 3; y = x^2; z = 1;", "grad(y, z, unconnected_gradients=\"zero\")", "0"),
        ("w = [1, 2]; loss = sum(w^2);", "grad(loss, {\"w\": w})", "[2, 4]"),
    ]);
}

#[test]
fn python() {
    check(&[
        ("x = 1", "for i in range(3): x = x*2", ""),
        ("", "def f(x): return x**2", ""),
        ("", "def f(x, y=2): return x*y", ""),
        ("", "(lambda x: x**2)(3)", "9"),
        ("x = 3;", "x if x > 2 else 0", "3"),
        ("x = 3;", "x > 5 ? 1 : 0", "0"),
        ("x = 1;", "while x < 3: x += 1", ""),
        ("", "[x if x > 1 else 0 for x in [1,2,3]]", "[0, 2, 3]"),
        ("", "float(\"3.5\")", "3.5"),
        ("", "7 // 2", "3"),
        ("", "true && !false", "true"),
        ("", ">>> 3 + 4", "7"),
        ("", "'abc'", "\"abc\""),
        ("", "x = y = 3", ""),
        ("", "a = 1, b = 2", ""),
    ]);
}

#[test]
fn latex_and_paper() {
    check(&[
        ("x = 2;", "\\sin(x) + \\cos(x)", "0.4931505902785393"),
        ("x = 3;", "\\frac{1}{2}x", "1.5"),
        ("", "\\frac{d}{dx} x^2", "2x"),
        ("", "\\sqrt{16} + \\sqrt[3]{8}", "6"),
        ("", "\\sum_{n=0}^{10} 1/n!", "2.7182818011463845"),
        ("", "\\prod_{k=1}^{5} k", "120"),
        ("x = 3;", "\\left( x + 1 \\right)^{2}", "16"),
        ("", "3 \\cdot 4 \\times 2", "24"),
        ("", "\\log_{10}(100)", "2"),
        ("", "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "[[1, 2], [3, 4]]"),
        ("", "x_{max} = 3; x_max", "3"),
        ("", "\\alpha = 3; α", "3"),
        ("m = 2; v = 3;", "½ m v²", "9"),
        ("v = [3, 4];", "‖v‖", "5"),
        ("x = [1, 2, 3];", "⟨x⟩", "2"),
        ("", "∑_{k=1}^{10} k^2", "385"),
        ("", "∫_0^1 x^2 dx", "0.33333349999999995"),
        ("", "\\int_0^1 x^2 dx", "0.33333349999999995"),
        ("", "sin(30°)", "0.49999999999999994"),
        ("", "cos(60 deg)", "0.5000000000000001"),
        ("", "3·10^8 m/s", "300000000"),
        ("", "$5 + $3", "8"),
        ("f(x) = x^2 - 2x;", "f'(x) = 0", "1"),
        ("", "x^2 = 4", "2"),
        ("", "x²+3x-4=0", "1"),
    ]);
}

#[test]
fn octave_and_r() {
    check(&[
        ("", "0:0.25:1", "[0, 0.25, 0.5, 0.75, 1]"),
        ("", "sum(1:5)", "15"),
        ("A = [1, 2; 3, 4];", "A(1,:)", "[1, 2]"),
        ("A = [1, 2; 3, 4];", "A(end,1)", "3"),
        ("v = [1, 2, 3];", "v(2:end)", "[2, 3]"),
        ("A = [2, 0; 0, 4]; b = [2, 4];", "A\\b", "[1, 1]"),
        ("x = [1, 2];", "x.^2 .* x ./ 2", "[0.5, 4]"),
        ("", "f = @(x) x.^2; f(3)", "9"),
        ("", "sum(1,2,3)", "6"),
        ("", "mean(1,2,3)", "2"),
        ("", "x = [1 2; 3 4]; x", "[[1, 2], [3, 4]]"),
        ("", "nchoosek(5,2)", "10"),
        ("", "3 ~= 4", "true"),
        ("", "function y = f(x) y = x^2; end", ""),
        ("", "c(1,2,3)", "[1, 2, 3]"),
        ("", "x <- 3; x", "3"),
        ("", "(function(x) x^2)(3)", "9"),
        ("", "7 %% 4", "3"),
        ("", "fzero(@(x) x^2 - 9, 1)", "3"),
    ]);
}

#[test]
fn calculators_and_spreadsheets() {
    check(&[
        ("", "=2+2", "4"),
        ("", "2+2=", "4"),
        ("", "1,000.5", "1000.5"),
        ("", "1.234,5", "1234.5"),
        ("", "1,234,567", "1234567"),
        ("", "1 000 000", "1000000"),
        ("", "20% of 50", "10"),
        ("", "35% of 354", "123.9"),
        ("", "5 mod 3", "2"),
        ("", "nCr(5,2) + nPr(5,2)", "30"),
        ("", "root(8,3)", "2"),
        ("", "nthroot(27,3)", "3"),
        ("", "cosd(60)", "0.5"),
        ("", "5!!", "15"),
        ("", "10 choose 3", "120"),
        ("", "sgn(-3)", "-1"),
        ("", "lg(1000)", "3"),
        ("", "log_2(8)", "3"),
        ("", "IF(1>0,2,3)", "2"),
        ("", "if(1>0,2,3)", "2"),
        ("", "=SUM(1,2,3)/AVERAGE(1,3)", "3"),
        ("", "SQRT(16)", "4"),
    ]);
}

#[test]
fn wolfram_and_plain_words() {
    check(&[
        ("", "D[x^2, x]", "2x"),
        ("", "D[x^3, {x, 2}]", "6x"),
        ("", "Sin[Pi/2]", "1"),
        ("", "x^2 /. x -> 3", "x^2 = 9\n∂(x^2)/∂x = 6"),
        ("", "f[x_] := x^2; f(3)", "9"),
        ("", "Sum[n^2, {n, 1, 10}]", "385"),
        ("", "Table[i^2, {i, 1, 3}]", "[1, 4, 9]"),
        ("", "NIntegrate[x^2, {x, 0, 1}]", "0.33333349999999995"),
        ("", "Solve[x^2 == 4, x]", "2"),
        ("", "derivative of x^2", "2x"),
        ("", "second derivative of x^3", "6x"),
        ("", "slope of x^2 at 3", "6"),
        ("", "square root of 16", "4"),
        ("", "what is 2 + 2", "4"),
        ("", "x^2|x=2", "x^2 = 4\n∂(x^2)/∂x = 4"),
    ]);
}

#[test]
fn no_suggestion_is_far_fetched() {
    let names =
        ["y", "x", "t", "ans", "deg", "loss", "sgn", "i", "kg", "mc", "lr", "root", "print", "who", "IF", "kappa"];
    for name in names {
        let (_, errors) = run(&[name]);
        assert!(!errors.contains("did you mean"), "{name}: {errors}");
    }
    for name in ["sin_half_pi_squar", "sinc_derivativ", "polygamma_ga"] {
        let (_, errors) = run(&[&format!("{name}(2)")]);
        assert!(!errors.contains("_derivative") && !errors.contains("_gap") && !errors.contains("square"), "{errors}");
    }
    for (name, meant) in
        [("coshh(2)", "cosh"), ("tahn(2)", "tanh"), ("sqroot(2)", "sqrt"), ("linspce(0, 1)", "linspace")]
    {
        let (_, errors) = run(&[name]);
        assert!(errors.contains(&format!("did you mean {meant}?")), "{name}: {errors}");
    }
}

#[test]
fn a_line_that_is_wrong_in_our_own_language_is_not_translated() {
    for line in [
        "x + ",
        "[1, 2] + [1, 2, 3]",
        "f(2)",
        "sin(1, 2)",
        "x = 3; y = z",
        "(1 + 2",
        "r = record(a = 1); r.b",
        "return 3",
    ] {
        let (_, errors) = run(&[line]);
        assert!(offered(&errors).is_none(), "{line}: {errors}");
    }
}
