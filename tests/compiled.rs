//! Compiled or recorded as it runs: the same answers, tried on random scripts.
//!
//! Loops, comprehensions and tables are compiled where that pays. A loop that assigns a text is not, nor is a
//! comprehension with a condition: the same script with one of these in it is what plain recording gives. A failure
//! prints its seed and what to type. GRADTAPE_SEEDS=5000 tries more, GRADTAPE_FIRST_SEED=17 others.

mod common;

use common::run_all;
use gradtape::session::{Data, Outcome, Session};

/// Deterministic random numbers (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32);
        (0..4).for_each(|_| {
            random.below(2);
        });
        random
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What a script printed: numbers, and whether a derivative was none.
#[derive(Debug, Clone, PartialEq)]
enum Printed {
    Numbers(Vec<Option<f64>>),
    Error(String),
}

fn numbers(data: &Data, to: &mut Vec<Option<f64>>) {
    match data {
        Data::Number(x) => to.push(Some(*x)),
        Data::Int(n) => to.push(Some(*n as f64)),
        Data::Tensor(tensor) => to.extend(tensor.data().iter().copied().map(Some)),
        Data::Range(start, end) => to.extend((*start..*end).map(|i| Some(i as f64))),
        Data::List(items) => items.iter().for_each(|item| numbers(item, to)),
        _ => to.push(None),
    }
}

/// All numbers that a script prints.
fn printed(script: &str) -> Printed {
    let replies = match run_all(&mut Session::new(), script) {
        Ok(replies) => replies,
        Err(error) => return Printed::Error(error.message),
    };
    let mut all = Vec::new();
    for reply in replies {
        match &reply.outcome {
            Outcome::Value(data) => numbers(data, &mut all),
            Outcome::Gradient(gradient) => {
                gradient.value.iter().for_each(|value| numbers(value, &mut all));
                let partials = gradient.partials.iter().chain(&gradient.higher);
                partials.for_each(|partial| numbers(&partial.value, &mut all));
            }
            Outcome::Table(table) => table.rows.iter().flatten().for_each(|item| numbers(item, &mut all)),
            _ => {}
        }
    }
    Printed::Numbers(all)
}

fn are_same(a: &Printed, b: &Printed) -> bool {
    let (Printed::Numbers(a), Printed::Numbers(b)) = (a, b) else {
        return matches!((a, b), (Printed::Error(a), Printed::Error(b)) if a == b);
    };
    // sums over the turns are added up in another order; large slopes tell how much a rounding error grows
    let largest = a.iter().flatten().filter(|x| x.is_finite()).fold(1.0_f64, |largest, x| largest.max(x.abs()));
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-11 * largest,
            (None, None) => true,
            // none, or a sum of zeros: which of them depends on the way, not on the answer
            (Some(x), None) | (None, Some(x)) => *x == 0.0,
        })
}

/// How the turns go.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Header {
    Range,
    Elements,
    Rows,
    While,
}

/// Where the loop stands, and what is asked of it.
const FORMS: &[&str] = &["session", "function", "curried", "no_grad", "comprehension", "map", "table"];

/// A loop, with what stands around it.
#[derive(Debug, Clone)]
struct Case {
    header: Header,
    form: &'static str,
    turns: u64,
    first: u64,
    body: Vec<String>,
    asked: Vec<&'static str>,
}

const SESSION: &[&str] = &[
    "grad(y, [p, q], unconnected = \"zero\")",
    "grad(y, v, unconnected = \"zero\")",
    "grad(y, [A, W], unconnected = \"zero\")",
    "g = grad(y, p); grad(g, [p, q], unconnected = \"zero\")",
    "g = sum(grad(y, v, unconnected = \"zero\")^2); grad(g, [p, v], unconnected = \"zero\")",
    "grad(y, a0, unconnected = \"zero\")",
    "jacobian([a, b, y], [p, q])",
];

const FUNCTION: &[&str] = &[
    "f(p, q, v, A)",
    "grad(f)(p, q, v, A)",
    "f(x, y, v, A) at x = 0.8, y = 0.4",
    "f(x, y, v, A) at x = 0.8, y = 0.4 order 2",
    "hvp(t -> f(t[0], t[1], t[2] v, A), [p, q, 1], [1, 2, 3])",
    "jvp(t -> f(t, q, v, A), p, 1)",
    "grad(t -> f(t, q, v, A)^2)(p)",
    "hessian(t -> f(t, q, v, A))(p)",
    "r = f(p, q, v, A); g = grad(r, [p, q, W])[0]; grad(g, [p, q])",
    "grad(B -> f(p, q, v, B))(A)",
    "d/dx f(x, x, x v, A) at x = 0.7",
];

impl Case {
    fn new(random: &mut Random) -> Case {
        let header = [Header::Range, Header::Range, Header::Elements, Header::Rows, Header::While];
        let header = header[random.below(header.len() as u64) as usize];
        let form = FORMS[random.below(FORMS.len() as u64) as usize];
        let turns = match random.below(6) {
            0 => random.below(30),
            1 => 20 + random.below(20),
            2 => 80 + random.below(40),
            3 => 250 + random.below(20),
            _ => 100 + random.below(500),
        };
        let mut writer = Writer { random, header, is_session: form == "session", depth: 0, own: false, inner: false };
        let count = 1 + writer.random.below(4);
        let body = (0..count).map(|_| writer.statement(2)).collect();
        let asked = if form == "session" { SESSION } else { FUNCTION };
        let asked = (0..1 + random.below(2)).map(|_| random.pick(asked)).collect();
        Case { header, form, turns, first: random.below(3), body, asked }
    }

    /// As text; `is_plain`: nothing is compiled.
    fn script(&self, is_plain: bool) -> String {
        let (n, first) = (self.turns, self.first);
        let header = match self.header {
            Header::Range => format!("for i in {first}..{}", first + n),
            Header::Elements => format!("for x in v[{first}:{}]", first + n),
            Header::Rows => format!("for r in A[{first}:{}]", first + n),
            Header::While => format!("while w < {n} and b > -5"),
        };
        let mut body = if is_plain { vec!["z = \"\"".to_string()] } else { Vec::new() };
        body.extend(self.body.iter().cloned());
        if self.header == Header::While {
            body.insert(0, "w = w + 1".to_string());
        }
        let start = "z = \"\"; a = p; b = 0.3; c = 1; w = 0; k = int(2); u = [0.1, p, 0.3]; M = [0.5, 0.1; q, 0.2]";
        let whole = format!("{header} {{ {} }}", body.join("; "));
        let result = "a + 2 b + 0.1 c + sin(k) + u[0] - u[2] + sum(M)";
        let size = 1300;
        let inputs = format!(
            "p = 0.7; q = 0.4; v = sin(arange({size}) * 1.0); A = reshape(cos(arange({}) * 0.37), ({size}, 3)); W = [0.3, -0.2; 0.1, 0.4]\nh(s) = s^2 sin(q s) + 0.1\nm(s, d) = if d == 0 {{ s }} else {{ sin(m(s, d - 1)) }}\nseen(s) = tanh(a s + u[1])\nway(s) = if s > 0.2 {{ s^2 q }} else {{ sin(s) }}\nkept = checkpoint(s -> way(s) + sin(s) p)\nown = custom_gradient(s -> way(s), (s, g) -> if s > 0.4 {{ g cos(s) }} else {{ g }})\ndeep(d) = if d == 0 {{ a }} else {{ sin(deep(d - 1)) }}\nlast() = k / 3 + c / 10",
            3 * size
        );
        if self.form == "session" {
            let start = start.replace("a = p", "a0 = p; a = 0.5 a0");
            return format!("{inputs}\n{start}\n{whole}\ny = {result}; y\n{}", self.asked.join("\n"));
        }
        let whole = if self.form == "no_grad" { format!("{whole}; no_grad {{ {whole} }}") } else { whole };
        let f = format!("f(p, q, v, A) = {{ {start}; {whole}; {result} }}");
        let hard = if is_plain { " if true" } else { "" };
        let asked = match self.form {
            "comprehension" => vec![
                format!("r = [f(t, q, v, A) for t in linspace(0.1, 0.9, 20){hard}]; r"),
                "grad(sum(r^2), [q, W])".to_string(),
            ],
            "map" if is_plain => vec![
                format!("r = [f(p, t, v, A) for t in linspace(0.1, 0.9, 20){hard}]; r"),
                "grad(sum(r^2), p)".to_string(),
            ],
            "map" => vec![
                "r = map(t -> f(p, t, v, A), linspace(0.1, 0.9, 20)); r".to_string(),
                "grad(sum(r^2), p)".to_string(),
            ],
            "table" if is_plain => {
                let row = |i: usize| format!("f(t, s, v, A) at t = linspace(0.1, 0.9, 9)[{i}], s = 0.4");
                let at = |i: usize| format!("linspace(0.1, 0.9, 9)[{i}]");
                (0..9).flat_map(|i| [at(i), "0.4 * 1.0".to_string(), row(i)]).collect()
            }
            "table" => vec!["f(t, s, v, A) at t in linspace(0.1, 0.9, 9), s in [0.4]".to_string()],
            _ => self.asked.iter().map(|line| line.to_string()).collect(),
        };
        format!("{inputs}\n{f}\n{}", asked.join("\n"))
    }

    fn holds(&self) -> bool {
        are_same(&printed(&self.script(false)), &printed(&self.script(true)))
    }

    /// The smallest that still fails, as far as leaving things out goes.
    fn shrunk(mut self) -> Case {
        loop {
            let mut smaller: Vec<Case> = Vec::new();
            for at in 0..self.body.len() {
                let mut body = self.body.clone();
                body.remove(at);
                smaller.push(Case { body, ..self.clone() });
                for part in parts(&self.body[at]) {
                    let mut body = self.body.clone();
                    body[at] = part;
                    smaller.push(Case { body, ..self.clone() });
                }
            }
            for at in 0..self.asked.len() {
                let mut asked = self.asked.clone();
                asked.remove(at);
                smaller.push(Case { asked, ..self.clone() });
            }
            for turns in [10, 30, 90, 100, 260] {
                if turns < self.turns {
                    smaller.push(Case { turns, ..self.clone() });
                }
            }
            if self.first > 0 {
                smaller.push(Case { first: 0, ..self.clone() });
            }
            if self.form != "session" && self.form != "function" {
                smaller.push(Case { form: "function", ..self.clone() });
            }
            match smaller.into_iter().find(|case| !case.holds()) {
                Some(case) => self = case,
                None => return self,
            }
        }
    }
}

/// What a statement can be replaced by: what stands in its braces and parentheses.
fn parts(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' => open.push(at),
            ')' | '}' => {
                let Some(start) = open.pop() else { continue };
                let inner = text[start + 1..at].trim();
                match letter {
                    '}' => found.push(inner.to_string()),
                    _ if inner.len() > 4 => found.push(format!("{}0.3{}", &text[..start], &text[at + 1..])),
                    _ => {}
                }
                if letter == ')' && inner.len() > 4 {
                    found.push(format!("{}(p){}", &text[..start], &text[at + 1..]));
                    let (before, _) = text[..start].rsplit_once(" = ").unwrap_or((&text[..start], ""));
                    if before.len() < start && !inner.contains(';') {
                        found.push(format!("{before} = 0.5 ({inner})"));
                    }
                }
            }
            _ => {}
        }
    }
    found.retain(|part| part.len() < text.len());
    found
}

/// Writes statements of a body.
struct Writer<'r> {
    random: &'r mut Random,
    header: Header,
    /// Functions see what the loop assigns.
    is_session: bool,
    /// Loops around.
    depth: u32,
    /// A name of the turn's own, `t`, was assigned.
    own: bool,
    /// Inside of a loop over j.
    inner: bool,
}

impl Writer<'_> {
    fn leaf(&mut self) -> String {
        if self.own && self.random.one_in(5) {
            return "t".to_string();
        }
        if self.inner && self.random.one_in(4) {
            return self.random.pick(&["j/3", "v[j]", "u[j]", "A[j, 1]", "v[j + 2]"]).to_string();
        }
        if self.random.one_in(3) {
            return match self.header {
                Header::Range => self
                    .random
                    .pick(&[
                        "i/100",
                        "v[i]",
                        "v[-i - 1]",
                        "A[i, 1]",
                        "sum(A[i, :])",
                        "A[i][2]",
                        "sum(v[2i:2i + 3])",
                        "v[2i + 1]",
                        "mod(i, 5)",
                        "sum(A[i:i + 2, 0])",
                        "v[i % 7]",
                        "v[3i]",
                        "i^2 % 11",
                        "v[(i i + 3i) % 17]",
                    ])
                    .to_string(),
                Header::Elements => self.random.pick(&["x", "x^2", "sin(x)"]).to_string(),
                Header::Rows => self.random.pick(&["r[0]", "sum(r)", "r[1] r[2]", "dot(r, u)"]).to_string(),
                Header::While => self.random.pick(&["w/100", "v[w]", "A[w, 0]", "v[w % 9]"]).to_string(),
            };
        }
        if self.is_session && self.random.one_in(6) {
            return self.random.pick(&["seen(b)", "deep(3)", "deep(2)", "last()"]).to_string();
        }
        let common = &[
            "a",
            "a",
            "b",
            "b",
            "c",
            "p",
            "q",
            "0.7",
            "k",
            "u[0]",
            "u[-1]",
            "sum(u)",
            "M[0, 1]",
            "v[3]",
            "sum(v[:20])",
            "u[k]",
            "mean(A[:, 0])",
            "W[1, 0]",
            "v[k]",
        ];
        self.random.pick(common).to_string()
    }

    fn number(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.leaf();
        }
        let a = self.number(depth - 1);
        match self.random.below(15) {
            0 | 1 => format!("({a} + {})", self.number(depth - 1)),
            2 => format!("({a} - {})", self.number(depth - 1)),
            3 | 4 => format!("sin({a})*{}", self.number(depth - 1)),
            5 => format!("{a}/(2 + ({})^2)", self.number(depth - 1)),
            6 => format!(
                "{}({a})",
                self.random
                    .pick(&["sin", "cos", "tanh", "sigmoid", "atan", "abs", "h", "h'", "way", "way'", "kept", "own"])
            ),
            7 => format!("max({a}, {})", self.number(depth - 1)),
            8 => format!("where({a} > {}, {}, b)", self.leaf(), self.number(depth - 1)),
            9 => format!("{}({a})", self.random.pick(&["stop_gradient", "floor", "relu", "no_grad"]))
                .replace(&format!("no_grad({a})"), &format!("no_grad {{ {a} }}")),
            10 => format!("m({a}, 3)"),
            11 => {
                let derivatives = [
                    "grad(s -> s^2 sin(s q))(#)",
                    "jvp(s -> sin(s a), #, b)",
                    "(s -> s^3 a)''(#)",
                    "grad(s -> s^2 stop_gradient(a))(#)",
                    "hessian(s -> sum(s^2 sin(s # u)))(0.3)",
                    "sum(taylor(s -> sin(s a), #, 2))",
                    "solve(s -> s^3 + s - #, 1)",
                    "integrate(s -> sin(s #), 0, 1)",
                    "no_grad { (s -> s^3 a)'(#) }",
                    "sum(grad(s -> sum(s^2 sin(a s)))(u))",
                ];
                self.random.pick(&derivatives).replace('#', &a)
            }
            12 => format!("sum([sin(s {a}) for s in v[:20]])/20"),
            13 => format!("(if {} {{ {a} }} else {{ {} }})", self.condition(), self.number(depth - 1)),
            _ => format!("exp(-({a})^2)"),
        }
    }

    fn condition(&mut self) -> String {
        if self.random.one_in(2) {
            match self.header {
                Header::Range => {
                    return self.random.pick(&["i % 7 == 3", "i > 61", "v[i] > 0", "i < 40 or i > 200"]).to_string();
                }
                Header::Elements => return self.random.pick(&["x > 0", "x > 0.99"]).to_string(),
                Header::Rows => return self.random.pick(&["r[0] > r[1]", "max(r) > 0.9"]).to_string(),
                Header::While => return self.random.pick(&["w % 50 == 49", "w > 100"]).to_string(),
            }
        }
        self.random
            .pick(&["a > 0.3", "a > b", "abs(b) < q", "k == 3", "b < 0", "sum(u) > 1", "c > 60", "M[0, 0] > 0.2"])
            .to_string()
    }

    fn statement(&mut self, depth: u32) -> String {
        if depth > 0 && self.random.one_in(3) {
            match self.random.below(6) {
                0 | 1 => {
                    let condition = self.condition();
                    let own = self.own;
                    let then = self.statement(depth - 1);
                    self.own = own;
                    let otherwise = self.statement(depth - 1);
                    self.own = own;
                    return if self.random.one_in(2) {
                        format!("if {condition} {{ {then} }} else {{ {otherwise} }}")
                    } else {
                        format!("if {condition} {{ {then} }}")
                    };
                }
                2 => return format!("if {} {{ continue }}", self.condition()),
                3 if self.header != Header::While && self.random.one_in(3) => {
                    return format!("if {} and c > 55 {{ break }}", self.condition());
                }
                4 if self.depth == 0 => {
                    let (own, inner) = (self.own, self.inner);
                    self.depth += 1;
                    self.inner = true;
                    let body = self.statement(depth - 1);
                    self.depth -= 1;
                    (self.own, self.inner) = (own, inner);
                    return format!("for j in 0..3 {{ {body} }}");
                }
                5 if self.depth == 0 => {
                    let number = self.number(1);
                    return format!("l = 0; while l < 2 + tanh(a) {{ l = l + 1; b = 0.7 sin(b + {number}) }}");
                }
                _ => {}
            }
        }
        let number = |writer: &mut Self| {
            let depth = 1 + writer.random.below(2) as u32;
            writer.number(depth)
        };
        match self.random.below(18) {
            0..=2 => format!("a = 0.7 {}({})", self.random.pick(&["sin", "tanh", "atan"]), number(self)),
            3 | 4 => format!("b = 0.6 cos({} + a)", number(self)),
            5 => format!("a = a - 0.01 sin(a) * {}", self.leaf()),
            6 | 7 => format!("c = c + 0.1 tanh({})", number(self)),
            8 => {
                let text = format!("t = sin({})", number(self));
                self.own = true;
                text
            }
            9 => "t = a; a = b; b = t".to_string(),
            10 => "k = (k + 1) % 3".to_string(),
            11 => format!("u = 0.5 u[::-1] + 0.3 tanh({} u)", number(self)),
            12 => format!("u[{}] = sin({})", self.random.pick(&["0", "1", "k", "-1"]), number(self)),
            13 => format!("M = 0.5 M @ W + 0.1 sin({})", number(self)),
            14 => format!("M[1, :] = 0.5 M[0] + 0.1 cos({})", number(self)),
            15 => {
                let steps =
                    ["k = k + 1; k = k % int(3)", "k = (k * int(1e15) * int(7) + int(5)) % int(1e9); k = k % 3"];
                self.random.pick(&steps).to_string()
            }
            16 => match self.header {
                Header::Range => "u = 0.3 u + 0.2 A[i]".to_string(),
                Header::Rows => "u = 0.3 u + 0.2 r".to_string(),
                _ => "u = 0.3 u + 0.2 sin(u)".to_string(),
            },
            _ => format!("b = no_grad {{ 0.3 b + 0.2 sin({}) }}", number(self)),
        }
    }
}

/// A number from the environment.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn seeds(count: u64) -> std::ops::Range<u64> {
    let first = setting("GRADTAPE_FIRST_SEED", 1);
    first..first + setting("GRADTAPE_SEEDS", count)
}

#[test]
fn loops_come_to_what_plain_recording_comes_to() {
    let mut failures = Vec::new();
    for seed in seeds(25) {
        let case = Case::new(&mut Random::new(seed));
        if std::env::var("SHOW").is_ok() {
            println!("{seed} {}\n{:?}", case.script(false), printed(&case.script(false)));
        }
        if case.holds() {
            continue;
        }
        let case = case.shrunk();
        let (hot, plain) = (printed(&case.script(false)), printed(&case.script(true)));
        failures.push(format!("seed {seed}\n{}\ncompiled {hot:?}\nplain    {plain:?}\n", case.script(false)));
        if failures.len() >= setting("GRADTAPE_FAILURES", 1) as usize {
            break;
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// An expression of one number, with branches.
fn branching(random: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return random.pick(&["x", "x", "x", "p", "0.5", "2"]).to_string();
    }
    let a = branching(random, depth - 1);
    match random.below(12) {
        0 => format!("({a} + {})", branching(random, depth - 1)),
        1 => format!("({a} - {})", branching(random, depth - 1)),
        2 => format!("({a})*({})", branching(random, depth - 1)),
        3 => format!("({a})/({})", branching(random, depth - 1)),
        4 => format!("{}({a})", random.pick(&["sin", "exp", "tanh", "sqrt", "log", "abs", "floor", "relu", "sign"])),
        5 => format!("(if {a} > 0.4 {{ {} }} else {{ {a} }})", branching(random, depth - 1)),
        6 => format!("where({a} <= x, {}, {a})", branching(random, depth - 1)),
        7 => format!("max({a}, {})", branching(random, depth - 1)),
        8 => format!("sum([{a}, x, x^2])"),
        9 => format!("({a})^{}", random.pick(&["2", "3", "0.5", "-1"])),
        10 => format!("mod({a}, {})", random.pick(&["3", "0.7", "x"])),
        _ => format!("stop_gradient({a})*x"),
    }
}

const POINTS: &[&str] = &[
    "linspace(-2, 3, 30)",
    "[-inf, -1, -0.5, 0, -0.0, 0.3, 0.4, 1, 1e30, inf, nan, 2, 3, 1e-30, 5, 8, 13]",
    "-3..17",
    "concat([linspace(0, 1, 20), [nan], linspace(-1, 0, 20), [inf, 1, 1]])",
    "[]",
    "[0.4]",
    "sin(arange(300) * 1.0)",
];

#[test]
fn tables_and_comprehensions_come_to_their_points() {
    for seed in seeds(25) {
        let mut random = Random::new(seed ^ 0x7AB1E);
        let f = branching(&mut random, 3);
        let points = random.pick(POINTS);
        let before = format!("p = 0.7; xs = {points}\nf(x) = {f}");
        let ask = |form: &str| match form {
            "map" => format!("{before}\nr = map(f, xs); r\ngrad(sum(r), p, unconnected = \"zero\")"),
            hard => format!("{before}\nr = [f(x) for x in xs{hard}]; r\ngrad(sum(r), p, unconnected = \"zero\")"),
        };
        let plain = ask(" if true");
        for form in ["map", ""] {
            let (many, one) = (printed(&ask(form)), printed(&plain));
            assert!(are_same(&many, &one), "seed {seed}\n{}\nat once {many:?}\none by one {one:?}", ask(form));
        }
        let order = random.pick(&["", " order 2"]);
        let table = format!("{before}\nf at x in xs{order}");
        let Ok(replies) = run_all(&mut Session::new(), &table) else { continue };
        let Some(Outcome::Table(found)) = replies.last().map(|reply| &reply.outcome) else { panic!("{table}") };
        for row in &found.rows {
            let mut row_numbers = Vec::new();
            row.iter().for_each(|item| numbers(item, &mut row_numbers));
            let x = row_numbers.remove(0).unwrap_or_default();
            let text = if x.is_finite() { format!("{x:e}") } else { format!("{x}").to_lowercase() };
            let point = format!("{before}\nf at x = {text}{order}");
            let (row, one) = (Printed::Numbers(row_numbers), printed(&point));
            assert!(are_same(&row, &one), "seed {seed}\n{table}\nrow   {row:?}\n{point}\npoint {one:?}");
        }
    }
}

/// Where the elements of a view of `x` come from: as it is typed, and their places for output `i` of `n - 4`.
const VIEWS: &[(&str, &str)] = &[
    ("x[:-4]", "i"),
    ("x[1:-3]", "i + 1"),
    ("x[4:]", "i + 4"),
    ("x[::-1][2:-2]", "(n - 3) - i"),
    ("concat([x[7:], x[:3]])", "mod(i + 7, n)"),
    ("roll(x, 5)[4:]", "mod(i + n - 1, n)"),
    ("reshape(transpose(stack([x, x])), 2 n)[1:n - 3]", "int(floor((i + 1) / 2))"),
];

/// An elementwise expression; `#` numbers stand for views.
fn elementwise(random: &mut Random, depth: u32) -> String {
    if depth == 0 {
        return match random.below(6) {
            0 => "z".to_string(),
            1 => "0.5".to_string(),
            _ => format!("#{}", random.below(VIEWS.len() as u64)),
        };
    }
    let a = elementwise(random, depth - 1);
    match random.below(9) {
        0 => format!("({a} + {})", elementwise(random, depth - 1)),
        1 => format!("({a} - {})", elementwise(random, depth - 1)),
        2 | 3 => format!("({a})*({})", elementwise(random, depth - 1)),
        4 => format!("({a})/(2 + ({})^2)", elementwise(random, depth - 1)),
        5 => format!("{}({a})", random.pick(&["sin", "exp", "tanh", "sqrt", "abs", "floor", "relu", "sign"])),
        6 => format!("where({a} > {}, {a}, z)", elementwise(random, depth - 1)),
        7 => format!("max({a}, {})", elementwise(random, depth - 1)),
        _ => format!("({a})^2"),
    }
}

/// Above 1024 elements tensors wait and are computed fused, chunk by chunk; pieces of 900 elements are not.
#[test]
fn big_tensors_come_to_their_pieces() {
    let sizes = [1023, 1024, 1025, 1029, 8191, 8193, 8196, 16383, 16388, 16389, 32768, 32773, 65541, 70001];
    for seed in seeds(4) {
        let mut random = Random::new(seed ^ 0xB16);
        let n = sizes[random.below(sizes.len() as u64) as usize];
        let e = elementwise(&mut random, 3);
        let special = random.pick(&["", "", "; x = where(mod(arange(n), 997) == 5, inf, x)", "; x = round(3 x) / 3"]);
        let special = if random.one_in(6) { "; x = where(mod(arange(n), 4099) == 4098, nan, x)" } else { special };
        let before = format!("n = int({n}); z = 0.3; x0 = sin(arange(n) * 0.37); x = x0{special}");
        let whole = VIEWS.iter().enumerate().fold(e.clone(), |e, (at, (view, _))| e.replace(&format!("#{at}"), view));
        let piece = VIEWS
            .iter()
            .enumerate()
            .fold(e.clone(), |e, (at, (_, place))| e.replace(&format!("#{at}"), &format!("x[{place}]")));
        let script = format!(
            "{before}\ny = ({whole}) + zeros(n - 4); y\ngrad(sum(y * cos(arange(n - 4))), [x0, z], unconnected = \"zero\")"
        );
        let mut pieces = format!("{before}\ns = 0\n");
        for start in (0..n - 4).step_by(900) {
            let end = (start + 900).min(n - 4);
            pieces.push_str(&format!(
                "i = arange({start}, {end}); y = ({piece}) + zeros({}); s = s + sum(y * cos(i)); y\n",
                end - start
            ));
        }
        pieces.push_str("grad(s, [x0, z], unconnected = \"zero\")");
        let (big, small) = (printed(&script), printed(&pieces));
        assert!(are_close(&big, &small), "seed {seed}\n{script}\n{}", first_difference(&big, &small));
    }
}

/// Sums of many numbers are added up in another order; what grows with them is no error.
fn are_close(a: &Printed, b: &Printed) -> bool {
    first_difference(a, b).is_empty()
}

fn first_difference(a: &Printed, b: &Printed) -> String {
    let (Printed::Numbers(a), Printed::Numbers(b)) = (a, b) else {
        return if a == b { String::new() } else { format!("{a:?}\n{b:?}").chars().take(2000).collect() };
    };
    if a.len() != b.len() {
        return format!("{} and {} numbers", a.len(), b.len());
    }
    let differs = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
        (Some(a), Some(b)) => {
            !(a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-10 * (1.0 + a.abs().max(b.abs())))
        }
        (a, b) => a != b,
    };
    match a.iter().zip(b).position(differs) {
        Some(at) => format!("number {at}: {:?} and {:?}", a[at], b[at]),
        None => String::new(),
    }
}

#[test]
fn sums_and_maxima_of_big_tensors() {
    for n in [1022, 1026, 8190, 8194, 16386, 65538] {
        let before = format!("x = round(50 sin(arange({n}) * 0.37)); A = reshape(x, ({}, 2)); b = [0.5, 2]", n / 2);
        let Printed::Numbers(x) = printed(&format!("{before}\nx")) else { panic!() };
        let x: Vec<f64> = x.into_iter().flatten().collect();
        let check = |ask: &str, expected: Vec<f64>| {
            let expected = Printed::Numbers(expected.into_iter().map(Some).collect());
            let found = printed(&format!("{before}\n{ask}"));
            assert!(are_close(&found, &expected), "{before}\n{ask}\n{}", first_difference(&found, &expected));
        };
        let largest = x.iter().copied().fold(f64::MIN, f64::max);
        let ties = x.iter().filter(|x| **x == largest).count() as f64;
        check("grad(max(x), x)", x.iter().map(|x| if *x == largest { 1.0 / ties } else { 0.0 }).collect());
        check("grad(sum(where(x > 0, x^2, -x)), x)", x.iter().map(|x| if *x > 0.0 { 2.0 * x } else { -1.0 }).collect());
        let column = |at: usize| x.iter().skip(at).step_by(2);
        check(
            "sum(sin(A) * b, axis = 0)",
            vec![column(0).map(|x| 0.5 * x.sin()).sum(), column(1).map(|x| 2.0 * x.sin()).sum()],
        );
        check("sum(A^2 * b, axis = 1)", column(0).zip(column(1)).map(|(x, y)| x * x * 0.5 + y * y * 2.0).collect());
        check("grad(sum(A^2 * b), b)", vec![column(0).map(|x| x * x).sum(), column(1).map(|x| x * x).sum()]);
        check(
            "max(A * b, axis = 0)",
            vec![
                column(0).map(|x| 0.5 * x).fold(f64::MIN, f64::max),
                column(1).map(|x| 2.0 * x).fold(f64::MIN, f64::max),
            ],
        );
        check("grad(sum(sum(A * b, axis = 1)^2), A)", {
            let rows = column(0).zip(column(1)).map(|(x, y)| 0.5 * x + 2.0 * y);
            rows.flat_map(|row| [row, 4.0 * row]).collect()
        });
    }
}

/// Whatever the number of threads, every bit is the same.
#[test]
fn threads_change_nothing() {
    for seed in seeds(4) {
        let mut random = Random::new(seed ^ 0x7EAD);
        let e = elementwise(&mut random, 3);
        let e = VIEWS.iter().enumerate().fold(e, |e, (at, (view, _))| e.replace(&format!("#{at}"), view));
        let script = format!(
            "n = 700001; z = 0.3; x = sin(arange(n) * 0.37)\ny = sum(({e}) * cos(arange(n - 4))); y\nsum(grad(y, x, unconnected = \"zero\")^2)\ngrad(y, z, unconnected = \"zero\")\nA = reshape(x[:-1], (1000, 700)); sum(sin(A) @ transpose(A), axis = 0)\nsum([sin(u z) + u^2 for u in x])"
        );
        let bits = |threads: usize| {
            gradtape::program::set_threads(threads);
            match printed(&script) {
                Printed::Numbers(all) => all.into_iter().map(|x| x.map(f64::to_bits)).collect::<Vec<_>>(),
                Printed::Error(error) => panic!("{script}\n{error}"),
            }
        };
        assert_eq!(bits(1), bits(2), "seed {seed}\n{script}");
    }
    gradtape::program::set_threads(0);
}

/// What was found by hand.
#[test]
fn what_turns_and_elements_may_not_share() {
    let number = |script: &str| match printed(script) {
        Printed::Numbers(all) => all.last().copied().flatten().unwrap_or(f64::NAN),
        Printed::Error(error) => panic!("{script}\n{error}"),
    };
    // a random number each
    assert!(number("s = 0; t = 0; for i in 0..300 { t = s; s = random() }; s - t") != 0.0);
    assert!(number("r = [random() for i in 0..20]; r[1] - r[2]") != 0.0);
    assert!(number("r = map(x -> x random(), ones(20)); r[1] - r[2]") != 0.0);
    // what a function reads of the session
    let deep = "f(n) = if n < 1 { g } else { f(n - 1) }\ng = 0; s = 0";
    assert_eq!(number(&format!("{deep}\nfor i in 0..200 {{ g = i; s = s + f(3) }}; s")), 19900.0);
    // branches and places behind stop_gradient, and its derivative
    let stop =
        "f(p) = { a = p; s = 0; for i in 0..300 { a = sin(3a) + 0.1; if stop_gradient(a) > 0.3 { s = s + 1 } }; s }";
    let plain = stop.replace("stop_gradient(a)", "a");
    assert_eq!(number(&format!("{stop}\nf(0.3)")), number(&format!("{plain}\nf(0.3)")));
    assert_eq!(number("v = arange(300) * 1.0; s = 0; for i in 0..300 { s = s + v[stop_gradient(i)] }; s"), 44850.0);

    assert_eq!(number("f(p) = { a = 0; for i in 0..300 { a = p stop_gradient(p) }; a }\nf'(2)"), 2.0);
    assert_eq!(number("g(q) = no_grad { grad(s -> s^2 q)(1) }\nr = map(g, arange(20) * 1.0); r[3]"), 6.0);
    // whole numbers beyond 2^53
    let congruence = "k = int(7); for i in 0..# { k = (k * int(1103515245) + int(12345)) % int(2147483648) }; k";
    assert_eq!(number(&congruence.replace('#', "200")), 1402926143.0);
    assert_eq!(number("int(4611686018427387904) * int(4)"), 2f64.powi(64));
    // what depends on nothing
    assert_eq!(
        printed("f(p) = { n = 0; x = 1; for i in 0..1000 { x = x + p; n = n + 1 }; n }\nf at p = 2"),
        Printed::Numbers(vec![Some(1000.0), None])
    );
}
