//! Speed of the way through the house: `cargo bench --bench core`.
//!
//! `cargo bench --bench core compile tape` runs only those. Prints one line a measurement: the best of several runs, and the goal where there is one. Nothing here passes or
//! fails; correctness is the business of the tests.

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gradtape::kernels::dispatch::Width;
use gradtape::kernels::elementary::{ONE_ARGUMENT, TWO_ARGUMENTS};
use gradtape::ops::{self, Elementwise, LINEAR};
use gradtape::program::Program;
use gradtape::session::Session;
use gradtape::source::Source;
use gradtape::syntax::{Next, next_statement};
use gradtape::tape::{Cotangent, NodeId, Recorder, Seed, Tape, gradient};
use gradtape::tensor::{Shape, Tensor};

const BINARY: &str = env!("CARGO_BIN_EXE_gradtape");

fn best_of(runs: usize, mut work: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .expect("at least one run")
}

fn report(what: &str, value: f64, unit: &str, goal: &str) {
    println!("{what:<58} {value:>12.1} {unit:<14} {goal}");
}

fn pipe(text: &str) {
    let mut child =
        Command::new(BINARY).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    assert!(child.wait().expect("it ends").success());
}

/// Whole process, start to exit.
fn startup() {
    let time = best_of(20, || {
        let status =
            Command::new(BINARY).args(["-e", "f(x)=x^2+2x-1 at x=2"]).stdout(Stdio::null()).status().expect("starts");
        assert!(status.success());
    });
    report("one-liner, whole process", time.as_secs_f64() * 1e3, "ms", "goal 2");
    let python = best_of(5, || {
        let _ = Command::new("python3").args(["-c", "pass"]).status();
    });
    report("  python3 -c pass beside it", python.as_secs_f64() * 1e3, "ms", "ours at most a quarter");
}

/// Mixed assignments and expressions, as in a long script.
fn script_lines() {
    const LINES: usize = 100_000;
    let templates = [
        "",
        "vb = sqrt(va)*2 - va/3",
        "vc = sin(va)*exp(-vb) + ln(va+2)",
        "va*vb + vc^2/(1+vb^2)",
        "(va - vb)*(vc + 3)^3 - 7/2",
        "vd = va^2 + 2*va - 1",
        "vd + vc",
        "cos(vd)*va - exp(-va/2)",
        "(vd - va)/(vb + 4) + 0.5*vc",
    ];
    let line = |i: usize| match i % 9 {
        0 => format!("va = {:.3}", 1.5 + (i / 9 % 1000) as f64 * 0.001),
        kind => templates[kind].to_string(),
    };
    let text: String = (0..LINES).map(|i| line(i) + "\n").collect();
    let time = best_of(5, || pipe(&text));
    report("script of 100,000 lines, through a pipe", LINES as f64 / time.as_secs_f64(), "lines/s", "goal 500,000");
}

/// Deterministic random numbers for expressions (Knuth's MMIX generator).
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A random smooth expression in x and y, defined everywhere.
fn expression(random: &mut Lcg, depth: u32) -> String {
    if depth == 0 {
        return match random.below(5) {
            0 | 2 => "x".to_string(),
            1 | 3 => "y".to_string(),
            _ => format!("{}.{}", 1 + random.below(4), random.below(10)),
        };
    }
    let kind = random.below(10);
    let a = expression(random, depth - 1);
    if kind < 5 {
        let lower = if depth > 1 { depth - 1 - random.below(2) as u32 } else { 0 };
        let b = expression(random, lower);
        return match kind {
            0 => format!("({a} + {b})"),
            1 => format!("({a} - {b})"),
            4 => format!("{a}/(2 + ({b})^2)"),
            _ => format!("{a}*{b}"),
        };
    }
    match kind {
        5 => format!("sin({a})"),
        6 => format!("cos({a})"),
        7 => format!("exp(-({a})^2)"),
        8 => format!("log(1 + ({a})^2)"),
        _ => format!("({a})^3"),
    }
}

fn fresh_gradients() {
    const COUNT: usize = 20_000;
    let mut random = Lcg(1);
    let line = |i: usize, random: &mut Lcg| {
        let (x, y) = (0.5 + (i % 97) as f64 / 97.0, -1.0 + (i % 89) as f64 / 89.0);
        format!("{} + x*y at x={x}, y={y}\n", expression(random, 4))
    };
    let text: String = (0..COUNT).map(|i| line(i, &mut random)).collect();
    let time = best_of(5, || pipe(&text));
    report("fresh expression with its gradient", COUNT as f64 / time.as_secs_f64(), "a second", "goal 200,000");
}

/// The value and three partials of a function of 26 operations, parsed once.
fn warm_gradient() {
    let text = "sin(x*y)*exp(-(x^2+z^2)/2) + log(1+y^2+z^2)*tanh(x-z) + x*cos(y)/(1+z^2) - sqrt(x^2+y^2+1)*z \
                at x = 1.25, y = 0.75, z = -0.5";
    let source = Source::new("", text, 1);
    let Ok(Next::Statement { statement, .. }) = next_statement(&source, 0) else { panic!("it parses") };
    let mut session = Session::new();
    const CALLS: usize = 10_000;
    let time = best_of(5, || {
        for _ in 0..CALLS {
            black_box(session.run(&statement).expect("it runs"));
        }
    });
    report("warm gradient, 26 operations, 3 variables: the statement", time.as_nanos() as f64 / CALLS as f64, "ns", "");
    let mut prepared = session.prepare(&statement).expect("it compiles");
    let time = best_of(20, || session.run_prepared_times(&mut prepared, CALLS).expect("it runs"));
    let compiled = time.as_nanos() as f64 / CALLS as f64;
    let time = best_of(20, || {
        for _ in 0..CALLS {
            let [x, y, z] = black_box([1.25, 0.75, -0.5]);
            black_box(by_hand(x, y, z));
        }
    });
    let written = time.as_nanos() as f64 / CALLS as f64;
    report("  compiled", compiled, "ns", "at most twice by hand");
    report(
        "  by hand, with the system's functions",
        written,
        "ns",
        &format!("compiled is {:.2} of it", compiled / written),
    );
}

/// The same function with its partials, as somebody would write them in Rust.
fn by_hand(x: f64, y: f64, z: f64) -> [f64; 4] {
    let (sine, cosine) = (x * y).sin_cos();
    let e = (-(x * x + z * z) / 2.0).exp();
    let m = 1.0 + y * y + z * z;
    let (l, t) = (m.ln(), (x - z).tanh());
    let (sin_y, cos_y) = y.sin_cos();
    let q = 1.0 / (1.0 + z * z);
    let s = (x * x + y * y + 1.0).sqrt();
    let slope = l * (1.0 - t * t);
    [
        sine * e + l * t + x * cos_y * q - s * z,
        y * cosine * e - x * sine * e + slope + cos_y * q - x * z / s,
        x * cosine * e + 2.0 * y / m * t - x * sin_y * q - y * z / s,
        -z * sine * e + 2.0 * z / m * t - slope - 2.0 * z * x * cos_y * q * q - s,
    ]
}

/// From the tape of the same function with its gradient to a program.
fn compile() {
    let mut tape = Tape::default();
    let inputs = [1.25, 0.75, -0.5].map(|value| tape.variable(value));
    let recorder = Recorder::take(&mut tape);
    let [x, y, z] = inputs.map(|id| recorder.var(id));
    let two = x.constant(2.0);
    let f = (x * y).sin() * (-(x.pow(two) + z.pow(two)) / 2.0).exp()
        + (y.pow(two) + z.pow(two) + 1.0).log() * (x - z).tanh()
        + x * y.cos() / (z.pow(two) + 1.0)
        - (x.pow(two) + y.pow(two) + 1.0).sqrt() * z;
    let target = f.id;
    recorder.release().expect("fits");
    let first = tape.len();
    let found = gradient(&mut tape, &LINEAR, target, Seed::Ones, &inputs, true).expect("fits");
    let partials = found.into_iter().map(|found| match found {
        Some(Cotangent::Node(id)) => id,
        other => panic!("recorded, not {other:?}"),
    });
    let outputs: Vec<NodeId> = [target].into_iter().chain(partials).collect();
    let nodes = tape.len();
    const CALLS: usize = 200;
    let time = best_of(20, || {
        for _ in 0..CALLS {
            black_box(Program::compile(&tape, &inputs, &outputs));
        }
    });
    let what = format!("compile it with its gradient, {first} and {} nodes", nodes - first);
    report(&what, time.as_nanos() as f64 / CALLS as f64 / 1e3, "us", "goal 30");
}

/// Blocks, calls and loops of scalars as they are evaluated and recorded, parsed once.
fn evaluated_nodes() {
    let block = "f(x, y) = { a = x*y + x; b = a - y*x; c = a*b + y; d = c*0.1 - b; e1 = d*y + c; f1 = e1 - d*x; \
                 g1 = e1*0.3 + f1; h1 = g1*x - f1*y; i1 = h1 + g1*0.25; j1 = (i1 - h1)*(i1 + y) + x; j1 - i1*0.5 }";
    let walk = "g(x) = { s = x; for i in 0..7 { s = s*x + x*0.5 - s*0.25 }; s }";
    for (what, define, call, nodes) in [
        ("a block of a function", block, "f(x, y);", 29.0),
        ("a short loop", walk, "g(x);", 35.0),
        ("an expression", "", "x*y + x - y*x + x*y*x - y + x*0.5 - y*0.25 + (x + y)*(x - y) + x*y - 3*x;", 20.0),
    ] {
        let mut session = Session::new();
        let mut run = |text: &str, calls: usize| {
            let source = Source::new("", text, 1);
            let mut at = 0;
            while let Ok(Next::Statement { statement, end }) = next_statement(&source, at) {
                for _ in 0..calls {
                    black_box(session.run(&statement).expect("it runs"));
                }
                at = end;
            }
        };
        run(&format!("x = 0.5; y = 0.25\n{define}"), 1);
        const CALLS: usize = 10_000;
        let time = best_of(5, || run(call, CALLS));
        let per_node = time.as_nanos() as f64 / CALLS as f64 / nodes;
        report(&format!("evaluate and record {what}"), per_node, "ns a node", "goal 60");
    }
}

/// One million scalar nodes, half sines, half sums or half products, half sums.
fn tape() {
    const NODES: usize = 1_000_000;
    for (name, row) in [("x y + x", &ops::MUL), ("max(x, y) + x", &ops::MAXIMUM)] {
        let (mut record, mut sweep, mut first) = (Duration::MAX, Duration::MAX, Duration::MAX);
        let mut tape = Tape::default();
        let empty = tape.mark();
        for run in 0..7 {
            tape.truncate(empty);
            let x = tape.variable(0.999);
            let mut y: NodeId = x;
            let start = Instant::now();
            for _ in 0..NODES / 2 {
                let z = tape.map2(row, y, x).expect("fits");
                y = tape.map2(&ops::ADD, z, x).expect("fits");
            }
            if run == 0 {
                first = start.elapsed();
            }
            record = record.min(start.elapsed());
            let start = Instant::now();
            black_box(gradient(&mut tape, &LINEAR, y, Seed::Ones, &[x], false).expect("fits"));
            sweep = sweep.min(start.elapsed());
        }
        let per_node = |time: Duration| time.as_nanos() as f64 / NODES as f64;
        report(&format!("record 1,000,000 nodes ({name})"), per_node(record), "ns a node", "goal 20");
        report("  the first time, in memory the system has to clear", per_node(first), "ns a node", "");
        report(&format!("sweep 1,000,000 nodes ({name})"), per_node(sweep), "ns a node", "goal 10");
    }
}

/// Operations on vectors of 14 elements, and their way back; then what ten million scalar nodes take.
fn small_tensors() {
    const NODES: usize = 100_000;
    let (mut record, mut sweep) = (Duration::MAX, Duration::MAX);
    let mut tape = Tape::default();
    let empty = tape.mark();
    for _ in 0..7 {
        tape.truncate(empty);
        let x = tape.variable_tensor(&Tensor::new(Shape::new([14]), vec![0.999; 14]));
        let mut y: NodeId = x;
        let start = Instant::now();
        for _ in 0..NODES / 2 {
            let z = tape.map2(&ops::MUL, y, x).expect("fits");
            y = tape.map2(&ops::ADD, z, x).expect("fits");
        }
        record = record.min(start.elapsed());
        let start = Instant::now();
        black_box(gradient(&mut tape, &LINEAR, y, Seed::Ones, &[x], false).expect("fits"));
        sweep = sweep.min(start.elapsed());
    }
    let per_node = |time: Duration| time.as_nanos() as f64 / NODES as f64;
    report("record 100,000 operations on 14 elements", per_node(record), "ns a node", "goal 100");
    report("sweep them", per_node(sweep), "ns a node", "goal 100");

    const MANY: usize = 10_000_000;
    let mut tape = Tape::default();
    let x = tape.variable(0.999);
    let mut y: NodeId = x;
    for _ in 0..MANY / 2 {
        let z = tape.map2(&ops::MUL, y, x).expect("fits");
        y = tape.map2(&ops::ADD, z, x).expect("fits");
    }
    report("a tape of 10,000,000 scalar nodes", tape.bytes() as f64 / 1e6, "MB", "goal 1,000");
    report("  of that a node", tape.bytes() as f64 / MANY as f64, "bytes", "goal 40");
}

/// The elementary functions: the distance of the worst result from the correctly rounded one over a million arguments and
/// every edge, and what an element and a number alone take.
fn elementary() {
    println!("function     bound  worst   not rounded right, then ns an element of many and a number alone");
    let arguments = oracle::arguments(oracle::SEED);
    let mut results = vec![0.0; arguments.len()];
    let ordinary: Vec<f64> = (0..256).map(|i| 0.01 + 0.003 * f64::from(i)).collect();
    let mut few = vec![0.0; ordinary.len()];
    let each = |time: Duration, count: usize| time.as_nanos() as f64 / count as f64;
    for function in ONE_ARGUMENT {
        let (rounded, _) = oracle::oracle_of_one(function.name);
        (function.slice)(Width::best(), &arguments, &mut results);
        let mut tally = oracle::Tally::default();
        arguments.iter().zip(&results).for_each(|(x, y)| tally.count(*y, rounded(*x), String::new));
        let many =
            best_of(20, || (0..100).for_each(|_| (function.slice)(Width::best(), &ordinary, black_box(&mut few))));
        let alone = best_of(20, || {
            ordinary.iter().for_each(|x| {
                black_box((function.point)(*x));
            })
        });
        let (many, alone) = (each(many, 100 * ordinary.len()), each(alone, ordinary.len()));
        println!("{} {many:>8.2} {alone:>8.2}", tally.line(function.name, function.ulps));
    }
    let (a, b) = oracle::pairs(oracle::SEED);
    let mut results = vec![0.0; a.len()];
    for function in TWO_ARGUMENTS {
        let rounded = oracle::oracle_of_two(function.name);
        (function.slice)(Width::best(), &a, &b, &mut results);
        let mut tally = oracle::Tally::default();
        a.iter().zip(&b).zip(&results).for_each(|((a, b), y)| tally.count(*y, rounded(*a, *b), String::new));
        let other = vec![1.3; ordinary.len()];
        let many = best_of(20, || {
            (0..100).for_each(|_| (function.slice)(Width::best(), &ordinary, &other, black_box(&mut few)));
        });
        let alone = best_of(20, || {
            ordinary.iter().for_each(|x| {
                black_box((function.point)(*x, 1.3));
            })
        });
        let (many, alone) = (each(many, 100 * ordinary.len()), each(alone, ordinary.len()));
        println!("{} {many:>8.2} {alone:>8.2}", tally.line(function.name, function.ulps));
    }
}

fn main() {
    let measurements: [(&str, fn()); 9] = [
        ("startup", startup),
        ("script", script_lines),
        ("fresh", fresh_gradients),
        ("warm", warm_gradient),
        ("compile", compile),
        ("evaluate", evaluated_nodes),
        ("tape", tape),
        ("small", small_tensors),
        ("elementary", elementary),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    gradtape::stack::run(|| {
        for (name, measure) in measurements {
            if wanted.is_empty() || wanted.iter().any(|one| one == name) {
                measure();
            }
        }
    });
}
