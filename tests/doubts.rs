//! What is not doubted is right: random computations whose value or gradient is let through as f64 has it agree with
//! wide numbers in the digits that are promised.

use std::collections::HashSet;

use gradtape::ops::doubt::{Doubt, Doubts, has_cancelled};
use gradtape::ops::{self, LINEAR};
use gradtape::run::{BUDGET, refined};
use gradtape::tape::{Attr, Cotangent, NodeId, Row, Seed, Tape, gradient, gradient_with_sizes};

/// Deterministic random numbers (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const UNARY: [&Row; 12] = [
    &ops::SIN,
    &ops::COS,
    &ops::EXP,
    &ops::LOG,
    &ops::SQRT,
    &ops::TANH,
    &ops::ATAN,
    &ops::NEG,
    &ops::ABS,
    &ops::SQUARE,
    &ops::EXPM1,
    &ops::LOG1P,
];

const BINARY: [&Row; 10] =
    [&ops::ADD, &ops::ADD, &ops::SUB, &ops::SUB, &ops::SUB, &ops::MUL, &ops::MUL, &ops::DIV, &ops::MAXIMUM, &ops::LESS];

/// Whole constants, so that wide numbers know them as well.
const CONSTANTS: [f64; 6] = [1.0, 2.0, 3.0, -1.0, 10.0, 100.0];

/// A dozen of operations on two variables, each on any that came before.
fn record(random: &mut Random, tape: &mut Tape) -> ([NodeId; 2], NodeId) {
    const POINTS: [f64; 8] = [0.5, -1.25, 1e-4, 3.0, 1e-9, 40.0, 1e5, -0.875];
    let sources = [0, 1].map(|_| tape.variable(random.pick(&POINTS)));
    let mut nodes = sources.to_vec();
    for _ in 0..4 + random.below(10) {
        let recent = nodes[nodes.len().saturating_sub(4)..].to_vec();
        let a = random.pick(&recent);
        let b = random.pick(&nodes);
        let id = match random.below(10) {
            0..=3 => tape.map1(random.pick(&UNARY), a),
            4 => {
                let n = tape.constant(random.pick(&[2.0, 3.0, -1.0, 0.5]));
                tape.map2(&ops::POW, a, n)
            }
            5 => {
                let c = tape.constant(random.pick(&CONSTANTS));
                tape.map2(random.pick(&BINARY), c, a)
            }
            6 => tape.record(&ops::SELECT, &[b, a, random.pick(&nodes)], Attr::None),
            _ => tape.map2(random.pick(&BINARY), a, b),
        };
        nodes.push(id.expect("scalars fit"));
    }
    (sources, nodes[nodes.len() - 1])
}

/// Relative error of what is let through: that of the doubt, and some for the rounding of the operations.
const PROMISED: f64 = 2e-13;

fn is_right(plain: f64, wide: f64) -> bool {
    plain == wide || !wide.is_finite() || (plain - wide).abs() <= PROMISED * wide.abs()
}

#[test]
fn values_that_are_not_doubted_are_right() {
    let (mut checked, mut doubted) = (0, 0);
    for seed in 1..30_000 {
        let mut tape = Tape::default();
        let (_, target) = record(&mut Random(seed), &mut tape);
        if Doubts::default().value_is_doubtful(&tape, 0, target) {
            doubted += 1;
            continue;
        }
        if tape.operands(target).next().is_none() {
            continue;
        }
        let plain = tape.scalar(target);
        let Some(wide) = refined(&tape, &[target], &HashSet::new(), &mut BUDGET.clone()) else { continue };
        assert!(is_right(plain, wide[0][0]), "seed {seed}: {plain:e} is {:e}", wide[0][0]);
        checked += 1;
    }
    assert!(checked > 5 * doubted / 4 && doubted > 500, "{checked} checked, {doubted} doubted");
}

/// Of those with a value in doubt on the way. (Where no value is in doubt, slopes are taken for right as well.)
#[test]
fn gradients_in_which_a_doubt_does_not_matter_are_right() {
    let (mut checked, mut doubted) = (0, 0);
    for seed in 1..30_000 {
        let mut tape = Tape::default();
        let (sources, target) = record(&mut Random(seed), &mut tape);
        match Doubts::default().gradient(&tape, target, &sources) {
            Doubt::Open => continue,
            Doubt::Certain => {
                doubted += 1;
                continue;
            }
            Doubt::None => {}
        }
        let found = gradient(&mut tape, &LINEAR, target, Seed::Ones, &sources, false).expect("scalars");
        let first = tape.len();
        let recorded = gradient(&mut tape, &LINEAR, target, Seed::Ones, &sources, true).expect("scalars");
        for pair in found.into_iter().zip(recorded) {
            let (Some(Cotangent::Number(plain)), Some(Cotangent::Node(id))) = pair else { continue };
            if id.index() < first || tape.operands(id).next().is_none() {
                continue;
            }
            let Some(wide) = refined(&tape, &[id], &HashSet::new(), &mut BUDGET.clone()) else { continue };
            assert!(is_right(plain, wide[0][0]), "seed {seed}: {plain:e} is {:e}", wide[0][0]);
            checked += 1;
        }
    }
    assert!(checked > 300 && doubted > 500, "{checked} checked, {doubted} doubted");
}

#[test]
fn sizes_are_what_flowed_without_signs() {
    // x y - x + 0 x at 3, 1
    let mut tape = Tape::default();
    let [x, y] = [3.0, 1.0].map(|value| tape.variable(value));
    let product = tape.map2(&ops::MUL, x, y).expect("scalars");
    let rest = tape.map2(&ops::SUB, product, x).expect("scalars");
    let (found, sizes) = gradient_with_sizes(&mut tape, &LINEAR, rest, Seed::Ones, &[x, y]).expect("scalars");
    assert!(matches!(found[..], [Some(Cotangent::Number(0.0)), Some(Cotangent::Number(3.0))]), "{found:?}");
    assert_eq!(sizes, Some(vec![2.0, 3.0]));
    assert!(has_cancelled(0.0, 2.0) && !has_cancelled(3.0, 3.0));
}

#[test]
fn what_is_too_small_to_be_seen_is_not_doubted() {
    // log(1 + x^20) + x, whose logarithm has lost its digits
    let mut tape = Tape::default();
    let x = tape.variable(0.3);
    let [one, twenty] = [1.0, 20.0].map(|value| tape.constant(value));
    let power = tape.map2(&ops::POW, x, twenty).expect("scalars");
    let sum = tape.map2(&ops::ADD, one, power).expect("scalars");
    let log = tape.map1(&ops::LOG, sum).expect("scalars");
    let y = tape.map2(&ops::ADD, log, x).expect("scalars");
    let mut doubts = Doubts::default();
    assert!(doubts.value_is_doubtful(&tape, 0, log));
    assert!(!doubts.value_is_doubtful(&tape, 0, y));
    assert_eq!(doubts.gradient(&tape, y, &[x]), Doubt::None);
}
