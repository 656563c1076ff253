//! Random sessions: whatever stands between them, assignments alone decide what the variables are.
//!
//! Each session is run once with statements that look at points, tables and derivatives between its assignments, and
//! once without them. Both must end with the same variables and gradients, and nothing may be a bug. By hand, longer:
//! `STATEMENTS_SEED=7 STATEMENTS_SESSIONS=2000 cargo test --test statements`.

use std::io::Write;
use std::process::{Command, Stdio};

/// xorshift: the same sessions on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % count
    }

    fn of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    /// A template with `E` (a number), `V` (a tensor), `N` (a session variable) and `B` (a block) filled in.
    fn filled(&mut self, template: &str, depth: usize) -> String {
        let mut text = String::new();
        for letter in template.chars() {
            match letter {
                'E' => text.push_str(&self.number(depth)),
                'V' => text.push_str(&self.tensor(depth)),
                'N' => text.push_str(self.of(&["a", "b", "c"])),
                'B' => text.push_str(&self.block(depth)),
                other => text.push(other),
            }
        }
        text
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            let known = 7 + (self.below(40) == 0) as usize;
            return self.of(&["a", "b", "c", "2", "0.5", "x", "sum(n)", "unknown"][..known]).into();
        }
        let template = self.of(&[
            "(E + E)",
            "(E * E)",
            "sin(E)",
            "(E - 1)",
            "sum(V)",
            "max(V)",
            "V[0]",
            "f(E)",
            "g(E)",
            "f'(E)",
            "h(E)[0]",
            "r.u",
            "l[1][0]",
            "(d/da (E * a))",
            "if E > 0 { E } else { E }",
            "grad(f)(E)",
            "std(V)",
            "sum(k * E for k in 0..3)",
            "sum(k * E for k in 0..20)",
            "k(E)",
            "stop_gradient(E)",
            "where(E > 0, E, E)",
        ]);
        self.filled(template, depth - 1)
    }

    fn tensor(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.of(&["v", "n", "[1, 2, 3]", "[]", "zeros(0, 2)"]).into();
        }
        let template = self.of(&[
            "(V * E)",
            "[E, E]",
            "sort(V)",
            "cumsum(V)",
            "(V + V)",
            "map(f, V)",
            "append(V, E)",
            "V[1:]",
            "n",
            "v",
        ]);
        self.filled(template, depth - 1)
    }

    fn block(&mut self, depth: usize) -> String {
        let template = self.of(&[
            "{ N = E; E }",
            "{ N = E; N = E; E + N }",
            "{ v = V; sum(v) }",
            "{ for i in 0..4 { N = N + E }; N }",
            "{ for i in 0..90 { N = 0.5 N + x }; N }",
            "{ l = [v, V]; E }",
            "{ f(t) = t^3; f(E) }",
            "{ N, w = E, E; w }",
            "{ i = 0; while i < 3 { i = i + 1; N = E }; N }",
            "{ n = V; E }",
            "{ r = record(u = E); r.u }",
            "{ v[0] = E; sum(v) }",
        ]);
        self.filled(template, depth.saturating_sub(1))
    }

    /// A statement that changes variables.
    fn assignment(&mut self) -> String {
        let template = self.of(&[
            "N = E",
            "N = E",
            "v = [E, E, 1]",
            "N, w = E, E",
            "for i in 0..5 { N = 0.5 N + a }",
            "l = [v, [E]]",
            "r = record(u = E, w = v)",
            "k = { q = E; t -> q t }",
            "for i in 0..80 { N = 0.5 N + a }",
            "f(t) = t^2 + sin(t)",
        ]);
        self.filled(template, 2)
    }

    /// A statement that changes none.
    fn look(&mut self) -> String {
        let template = self.of(&[
            "B at x = 2",
            "B at x = 0.5, a = 3",
            "B at x in [1, 2, 3]",
            "B at x in 0..12",
            "B at x = 1 order 2",
            "d/da B",
            "d²/da² B",
            "grad(B, a)",
            "hessian(B, a)",
            "jacobian([E, B], a)",
            ":tape B at x = 2",
            ":program B at x = 2",
            ":check B at x = 2",
            ":tape c at x = 1",
            ":time --runs 1 --seconds 0 N = E",
            "[B for i in 0..3]",
            "[B for i in 0..20]",
            "E + V at x = 3, n = []",
            "V at x = 1, v = []",
            "E at x = 1, n = V",
            "taylor(f, E, 3)",
            "minimize(t -> (t - E)^2, 1)",
            "x^2 + E at x = 2",
            "grad(E, [a, b, n])",
            "E",
            "V",
            "V at x = 2",
            ":tape",
            "B at x = 2 wrt a",
            "print(E, V)",
        ]);
        self.filled(template, 2)
    }
}

const BEGIN: &str = "a = 2; b = 3; x = 1.5; c = a^2 b; v = [1, 2, a]; n = []; l = [v, [c]]; r = record(u = a b, w = v)
f(t) = t^2; g(t) = { s = 0; for i in 0..3 { s = s + t }; s }; h(t) = (t, t^2); k = { q = a^2; t -> q t }
";

const END: &str = "print(\"the end\")
[a, b, c, x]
v
n
l
r
[f(2), g(2), k(2)]
grad(c, [a, b])
grad(sum(v) c, v)
grad(k(3) + c, a)
";

/// What a session prints: after its last statement, and altogether.
fn run(statements: &[String]) -> (String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gradtape"))
        .args(["--keep-going", "--full"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = format!("{BEGIN}{}\n{END}", statements.join("\n"));
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let end = out.split("the end\n").last().unwrap_or("").to_string();
    (end, out + &String::from_utf8(output.stderr).unwrap())
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The fewest statements that still fail.
fn shrunk(mut statements: Vec<String>, fails: &dyn Fn(&[String]) -> bool) -> Vec<String> {
    let mut at = 0;
    while at < statements.len() {
        let mut fewer = statements.clone();
        fewer.remove(at);
        if fails(&fewer) { statements = fewer } else { at += 1 }
    }
    statements
}

#[test]
fn looking_changes_nothing_and_nothing_is_a_bug() {
    let seed = from_environment("STATEMENTS_SEED", 1);
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..from_environment("STATEMENTS_SESSIONS", 40) {
        let statements: Vec<String> = (0..24)
            .map(|_| if random.below(3) == 0 { format!("{};", random.assignment()) } else { random.look() })
            .collect();
        // an assignment ends in `;`
        let fails = |statements: &[String]| {
            let alone: Vec<String> = statements.iter().filter(|line| line.ends_with(';')).cloned().collect();
            let (end, all) = run(statements);
            all.contains("bug in gradtape") || all.contains("panicked") || end != run(&alone).0
        };
        if fails(&statements) {
            let fewest = shrunk(statements, &fails);
            panic!("seed {seed}:\n{BEGIN}{}\n{}", fewest.join("\n"), run(&fewest).1);
        }
    }
}
