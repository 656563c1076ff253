//! Special functions against reference values: each stays within its own bound, at ordinary points and at the edges of
//! its domain, and so does its slope.
//!
//! `cargo test --test special -- --nocapture` prints the largest errors, in units of the last place.

use std::collections::BTreeMap;

use gradtape::ops::{self, LINEAR};
use gradtape::tape::{Attr, Cotangent, NodeId, Row, Seed, Tape, gradient};

/// 2⁻⁵², a unit of the last place of 1.
const ULP: f64 = f64::EPSILON;

/// What a function and its slope may be off by, in ulp of the reference value.
struct Bound {
    name: &'static str,
    value: f64,
    slope: f64,
    /// Oscillating functions and those with zeros: as much in units of 1, which is the size of their swing.
    absolute: f64,
}

const fn within(name: &'static str, value: f64, slope: f64, absolute: f64) -> Bound {
    Bound { name, value, slope, absolute }
}

static BOUNDS: &[Bound] = &[
    // all that are not named below
    within("*", 8.0, 9.0, 0.0),
    // conditioned like exp(y²) in the tails
    within("erfinv", 1.0, 30.0, 0.0),
    within("ndtri", 1.0, 60.0, 0.0),
    // zeros
    within("j0", 2.0, 2.0, 0.1),
    within("j1", 2.0, 6.0, 0.1),
    within("jn", 20.0, 20.0, 0.01),
    within("y0", 3.0, 3.0, 0.1),
    within("y1", 3.0, 3.0, 0.1),
    within("yn", 6.0, 6.0, 0.1),
    within("fresnel_s", 2.0, 1.0, 1.0),
    within("fresnel_c", 2.0, 1.0, 1.0),
    within("i1e", 4.0, 6.0, 0.1),
    within("digamma", 5.0, 3.0, 1.0),
    within("hurwitz_zeta", 24.0, 24.0, 1.0),
    within("rgamma", 4.0, 6.0, 1.0),
    within("comb", 24.0, 16.0, 0.0),
    // sums of many terms
    within("betainc", 20.0, 2.0, 0.0),
    within("gammainc_derivative", 64.0, 0.0, 0.0),
    within("gammaincc_derivative", 64.0, 0.0, 0.0),
    within("betainc_a", 16.0, 0.0, 0.0),
    within("betainc_b", 16.0, 0.0, 0.0),
    within("gammaincc", 16.0, 2.0, 0.0),
];

struct Case {
    name: String,
    arguments: Vec<f64>,
    value: f64,
    slope: Option<f64>,
    line: usize,
}

fn cases() -> Vec<Case> {
    include_str!("special/reference.csv")
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'))
        .map(|(i, line)| {
            let fields: Vec<&str> = line.split(',').collect();
            let [name, arguments @ .., value, slope] = &fields[..] else { panic!("line {}: {line}", i + 1) };
            Case {
                name: name.to_string(),
                arguments: arguments.iter().map(|x| x.parse().unwrap()).collect(),
                value: value.parse().unwrap(),
                slope: slope.parse().ok(),
                line: i + 1,
            }
        })
        .collect()
}

fn row(name: &str) -> &'static Row {
    ops::rows().find(|row| row.name == name).unwrap_or_else(|| panic!("there is no row {name}"))
}

/// Value and derivative in the last argument.
fn computed(case: &Case) -> (f64, f64) {
    let mut tape = Tape::default();
    let inputs: Vec<NodeId> = case.arguments.iter().map(|&x| tape.variable(x)).collect();
    let y = tape.record(row(&case.name), &inputs, Attr::None).unwrap();
    let last = [*inputs.last().unwrap()];
    let slope = match gradient(&mut tape, &LINEAR, y, Seed::Ones, &last, false).unwrap().remove(0) {
        Some(Cotangent::Number(slope)) => slope,
        _ => 0.0,
    };
    (tape.scalar(y), slope)
}

/// How far off, in ulp of the larger of the reference value and `absolute`.
fn error(got: f64, want: f64, absolute: f64) -> f64 {
    if got == want {
        return 0.0;
    }
    let off = (got - want).abs() / (ULP * want.abs().max(absolute).max(f64::MIN_POSITIVE));
    if off.is_nan() { f64::INFINITY } else { off }
}

fn bound(name: &str) -> &'static Bound {
    BOUNDS.iter().find(|bound| bound.name == name).unwrap_or(&BOUNDS[0])
}

#[test]
fn special_functions_keep_their_bounds() {
    let mut worst: BTreeMap<String, [(f64, String); 2]> = BTreeMap::new();
    for case in cases() {
        let (value, slope) = computed(&case);
        let absolute = bound(&case.name).absolute;
        let entry = worst.entry(case.name.clone()).or_default();
        let errors = [(value, Some(case.value)), (slope, case.slope)];
        for (slot, (got, want)) in entry.iter_mut().zip(errors) {
            let Some(want) = want else { continue };
            let off = error(got, want, absolute);
            if off > slot.0 {
                *slot = (off, format!("line {}: at {:?} {got:e} is not {want:e}", case.line, case.arguments));
            }
        }
    }
    let mut failures = Vec::new();
    println!("{:24}{:>10}{:>10}  (ulp)", "function", "value", "slope");
    for (name, [value, slope]) in &worst {
        println!("{name:24}{:10.1}{:10.1}", value.0, slope.0);
        let bound = bound(name);
        for (what, (off, place), limit) in [("value", value, bound.value), ("slope", slope, bound.slope)] {
            if *off > limit {
                failures.push(format!("{name}, {what}: {off:.1} ulp, more than {limit}; {place}"));
            }
        }
    }
    assert!(worst.len() > 40, "the reference values were not found");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Numbers at which loops are tempted to run for ever and tables to be read beyond their end.
const EXTREMES: [f64; 27] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    1e-300,
    -1e-10,
    0.5,
    1.0,
    -1.0,
    2.0,
    -2.5,
    170.0,
    171.5,
    1e5,
    -1e5,
    1e8,
    1e10,
    1e12,
    -1e12,
    1e16,
    1e300,
    -1e300,
    f64::MAX,
    f64::MIN,
];

#[test]
fn extreme_arguments_are_answered_at_once() {
    // the slowest takes 0.3 s; the rest is for machines with other work
    let limit = std::time::Duration::from_secs(5);
    for row in ops::special_rows() {
        let mut points = vec![Vec::new()];
        for _ in row.params {
            points = points
                .iter()
                .flat_map(|point: &Vec<f64>| EXTREMES.iter().map(move |x| [point.as_slice(), &[*x]].concat()))
                .collect();
        }
        for point in points {
            let begun = std::time::Instant::now();
            let mut tape = Tape::default();
            let inputs: Vec<NodeId> = point.iter().map(|&x| tape.variable(x)).collect();
            tape.record(row, &inputs, Attr::None).unwrap();
            assert!(begun.elapsed() < limit, "{} at {point:?} takes {:?}", row.name, begun.elapsed());
        }
    }
}
