//! Every elementwise row that wide numbers know, value and slopes, against the same computed with wide numbers.
//!
//! `cargo test --release --test accuracy -- --nocapture` prints the worst error of each in units of the last place, and
//! where it was. The points lie around the row's sample points, which cover its domain. An error of a slope counts in
//! units of the largest term that it is the sum of: where terms cancel, no formula in f64 keeps every digit, and a
//! statement computes such slopes again.

use std::collections::HashSet;

use gradtape::kernels::wide::Wide;
use gradtape::ops::extended::Number;
use gradtape::ops::{self, LINEAR};
use gradtape::run::{BUDGET, refined};
use gradtape::tape::{Cotangent, NodeId, Op, Row, Seed, Tape, gradient};

/// Points around each sample.
const AROUND: usize = 24;

/// What no value and no slope may be off by, in units of the last place.
const MOST_OF_VALUES: f64 = 16.0;
const MOST_OF_SLOPES: f64 = 16.0;

struct Worst {
    ulp: f64,
    at: Vec<f64>,
}

impl Worst {
    fn none() -> Worst {
        Worst { ulp: 0.0, at: Vec::new() }
    }

    fn see(&mut self, got: f64, want: f64, scale: f64, at: &[f64]) {
        let ulp = distance(got, want, scale);
        if ulp > self.ulp {
            (self.ulp, self.at) = (ulp, at.to_vec());
        }
    }
}

/// The difference in units of the last place of the larger of `want` and `scale`.
fn distance(got: f64, want: f64, scale: f64) -> f64 {
    if got == want || got.is_nan() && want.is_nan() || !want.is_finite() || !got.is_finite() {
        // where only one of them overflows the other is within rounding of it, or other tests would have failed
        return 0.0;
    }
    let size = want.abs().max(scale).max(f64::MIN_POSITIVE);
    let unit = 2.0_f64.powi(size.log2().floor() as i32 - 52).max(f64::from_bits(1));
    (got - want).abs() / unit
}

/// Numbers from 0 up to 1, the same at every run.
fn weyl(i: usize) -> f64 {
    ((i + 1) as f64 * 0.618_033_988_749_894_9).fract()
}

/// Points around the samples of a row, all combinations of them for several operands.
fn points(row: &Row) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new()];
    for _ in row.params {
        let longer = |point: &Vec<f64>| row.samples.iter().map(|x| [&point[..], &[*x]].concat()).collect::<Vec<_>>();
        all = all.iter().flat_map(longer).collect();
    }
    let near = |(number, point): (usize, &Vec<f64>)| {
        (0..AROUND)
            .map(|i| {
                let moved =
                    |(which, x): (usize, &f64)| x * (1.0 + 0.2 * (weyl(number * 131 + i * 7 + which * 3) - 0.5));
                // the sample itself too
                if i == 0 { point.clone() } else { point.iter().enumerate().map(moved).collect() }
            })
            .collect::<Vec<Vec<f64>>>()
    };
    all.iter().enumerate().flat_map(near).collect()
}

#[test]
fn values_and_slopes_of_every_row_are_accurate() {
    let mut lines = Vec::new();
    let mut failures = Vec::new();
    // special functions have tables of reference values (tests/special), and wide forms that take milliseconds
    let is_special = |row: &Row| ops::special_rows().iter().any(|special| std::ptr::eq(row, *special));
    for row in ops::rows().filter(|row| {
        matches!(row.op, Op::Map1(_) | Op::Map2(_)) && <Wide as Number>::form(row).is_some() && !is_special(row)
    }) {
        let (mut value, mut slope) = (Worst::none(), Worst::none());
        for point in points(row) {
            let mut tape = Tape::default();
            let sources: Vec<NodeId> = point.iter().map(|&x| tape.variable(x)).collect();
            let y = tape.record(row, &sources, Default::default()).unwrap();
            let got = tape.scalar(y);
            if !got.is_finite() {
                continue;
            }
            let Some(want) = refined(&tape, &[y], &HashSet::new(), &mut BUDGET.clone()) else { continue };
            value.see(got, want[0][0], 0.0, &point);
            let before = tape.len();
            let found = gradient(&mut tape, &LINEAR, y, Seed::Ones, &sources, true).unwrap();
            for node in found {
                let Some(Cotangent::Node(node)) = node else { continue };
                let got = tape.scalar(node);
                // an exponent of hundreds is itself off by the last digits that it has lost to its whole part
                if got != 0.0 && got.abs() < 1e-290 {
                    continue;
                }
                let Some(want) = refined(&tape, &[node], &HashSet::new(), &mut BUDGET.clone()) else { continue };
                // the largest of what the rule computed on the way
                let steps = tape.nodes_from(before).filter(|id| tape.is_scalar(*id) && *id <= node);
                let scale = steps.map(|id| tape.scalar(id).abs()).filter(|x| x.is_finite()).fold(0.0, f64::max);
                slope.see(got, want[0][0], scale.min(1e3 * want[0][0].abs().max(1e-300)), &point);
            }
        }
        lines.push(format!("{:<16} {:>8.1} {:>8.1}   {:?} {:?}", row.name, value.ulp, slope.ulp, value.at, slope.at));
        if value.ulp > MOST_OF_VALUES || slope.ulp > MOST_OF_SLOPES {
            failures.push(lines[lines.len() - 1].clone());
        }
    }
    println!("{:<16} {:>8} {:>8}   worst points", "row", "value", "slope");
    lines.iter().for_each(|line| println!("{line}"));
    assert!(lines.len() > 40, "{} rows have wide numbers", lines.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
