//! Every way to run what was recorded comes to what plain recording comes to, each reached directly: random bodies that
//! build vectors and take them apart, as a program, over many points, as a call, and as the iterations of a loop.

use std::rc::Rc;

use gradtape::ops::{self, LINEAR};
use gradtape::program::{BLOCK, Block, Body, Items, LOOP, Outside, Program, Turn, Turns, Vectorized};
use gradtape::tape::{Attr, Cotangent, NodeId, Row, Seed, SliceSpec, Tape, gradient};
use gradtape::tensor::{Shape, Tensor};

const SEEDS: u64 = 300;
const ITERATIONS: usize = 7;
/// Where bodies are recorded, and where they are run.
const RECORDED_AT: [f64; 2] = [0.3, 0.8];
const RUN_AT: [f64; 2] = [-0.4, 1.1];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn one(tape: &mut Tape, row: &'static Row, operands: &[NodeId], attr: Attr) -> NodeId {
    tape.record(row, operands, attr).unwrap()
}

fn elementwise(tape: &mut Tape, row: &'static Row, operands: &[NodeId]) -> NodeId {
    one(tape, row, operands, Attr::None)
}

/// A part of an axis, forward or backward.
fn part(random: &mut Random, length: usize) -> SliceSpec {
    let len = 1 + random.below(length);
    let start = random.below(length - len + 1);
    match random.below(3) {
        0 => SliceSpec { start: start + len - 1, step: -1, len, drop: false },
        _ => SliceSpec { start, step: 1, len, drop: false },
    }
}

/// A body of two scalars, the same for the same seed.
fn body(seed: u64, tape: &mut Tape, [t, p]: [NodeId; 2]) -> NodeId {
    let random = &mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x51);
    (0..4).for_each(|_| {
        random.below(2);
    });
    let one_ = tape.constant(1.0);
    let mut numbers = vec![one_, p, t];
    for row in [&ops::SQUARE, &ops::SIN] {
        let x = numbers[1 + random.below(2)];
        numbers.push(elementwise(tape, row, &[x]));
    }
    let product = elementwise(tape, &ops::MUL, &[p, t]);
    numbers.push(product);
    let mut vectors = Vec::new();
    for _ in 0..2 {
        let count = 2 + random.below(4);
        let items: Vec<NodeId> = (0..count).map(|_| numbers[random.below(numbers.len())]).collect();
        vectors.push(one(tape, &ops::STACK, &items, Attr::Axis(0)));
    }
    for _ in 0..2 + random.below(5) {
        let v = vectors[random.below(vectors.len())];
        let number = numbers[random.below(numbers.len())];
        let length = tape.shape(v).size();
        let next = match random.below(10) {
            0 | 1 => one(tape, &ops::SLICE, &[v], Attr::Slice(Rc::new([part(random, length)]))),
            2 => elementwise(tape, [&ops::SQUARE, &ops::SIN, &ops::TANH][random.below(3)], &[v]),
            3 => elementwise(tape, [&ops::MUL, &ops::ADD, &ops::SUB, &ops::MAXIMUM][random.below(4)], &[v, number]),
            4 => {
                let at = SliceSpec { start: random.below(length), step: 1, len: 1, drop: true };
                one(tape, &ops::SET_SLICE, &[v, number], Attr::Slice(Rc::new([at])))
            }
            5 => {
                let other = vectors[random.below(vectors.len())];
                one(tape, &ops::CONCAT, &[v, other], Attr::Axis(0))
            }
            6 => {
                let indices: Vec<usize> = (0..1 + random.below(4)).map(|_| random.below(length)).collect();
                one(tape, &ops::GATHER, &[v], Attr::Gather { indices: indices.into(), axis: 0 })
            }
            7 => {
                let row = one(tape, &ops::RESHAPE, &[v], Attr::Shape(Shape::new([1, length])));
                let column = one(tape, &ops::TRANSPOSE, &[row], Attr::Permutation([1, 0].into()));
                let outer = one(tape, &ops::MATMUL, &[column, row], Attr::None);
                let specs =
                    [part(random, length), SliceSpec { start: random.below(length), step: 1, len: 1, drop: true }];
                one(tape, &ops::SLICE, &[outer], Attr::Slice(Rc::new(specs)))
            }
            8 => {
                let limit = tape.constant(0.5);
                let is_less = elementwise(tape, &ops::LESS_EQUAL, &[v, limit]);
                elementwise(tape, &ops::SELECT, &[is_less, v, number])
            }
            _ => {
                let at = SliceSpec { start: random.below(length), step: 1, len: 1, drop: true };
                numbers.push(one(tape, &ops::SLICE, &[v], Attr::Slice(Rc::new([at]))));
                v
            }
        };
        if tape.shape(next).size() <= 12 {
            vectors.push(next);
        }
    }
    let last = vectors[vectors.len() - 1];
    let every = Attr::Axes { axes: [0].into(), keep: false };
    let row = [&ops::SUM, &ops::SUM, &ops::MAX, &ops::MIN][random.below(4)];
    let reduced = one(tape, row, &[last], every);
    let bounded = elementwise(tape, &ops::SIN, &[reduced]);
    let half = tape.constant(0.5);
    let kept = elementwise(tape, &ops::MUL, &[t, half]);
    elementwise(tape, &ops::ADD, &[kept, bounded])
}

fn sources(tape: &mut Tape, at: [f64; 2]) -> [NodeId; 2] {
    at.map(|x| tape.variable(x))
}

/// Value and slopes by the sources, with the sweep recorded or in numbers.
fn result(tape: &mut Tape, target: NodeId, by: &[NodeId], record: bool) -> Vec<f64> {
    let value = tape.tensor(target).data()[0];
    let found = gradient(tape, &LINEAR, target, Seed::Ones, by, record).unwrap();
    let slope = |cotangent| match cotangent {
        Some(Cotangent::Number(x)) => x,
        Some(Cotangent::Tensor(tensor)) => tensor.data()[0],
        Some(Cotangent::Node(id)) => tape.tensor(id).data()[0],
        None => 0.0,
    };
    std::iter::once(value).chain(found.into_iter().map(slope)).collect()
}

/// The body as it is, at a point.
fn plain(seed: u64, at: [f64; 2], iterations: usize) -> Vec<f64> {
    let mut tape = Tape::default();
    let [t, p] = sources(&mut tape, at);
    let mut last = t;
    for _ in 0..iterations {
        last = body(seed, &mut tape, [last, p]);
    }
    result(&mut tape, last, &[t, p], false)
}

#[track_caller]
fn agree(seed: u64, way: &str, got: &[f64], expected: &[f64]) {
    let scale = expected.iter().fold(1.0_f64, |scale, x| scale.max(x.abs()));
    // an iteration that magnifies differences magnifies rounding errors, those of its slopes twice
    let tolerance = (1e-11 * scale).max(1e-13 * scale * scale);
    let same = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance || a.is_nan() && b.is_nan();
    let all = got.len() == expected.len() && got.iter().zip(expected).all(same);
    assert!(all, "seed {seed}, {way}: {got:?}, plain {expected:?}");
}

/// The nodes of a recorded gradient.
fn slopes(tape: &mut Tape, target: NodeId, by: &[NodeId]) -> Vec<NodeId> {
    let found = gradient(tape, &LINEAR, target, Seed::Ones, by, true).unwrap();
    let node = |cotangent| match cotangent {
        Some(Cotangent::Node(id)) => id,
        _ => tape.constant(0.0),
    };
    found.into_iter().map(node).collect()
}

#[test]
fn programs_with_their_derivatives() {
    for seed in 0..SEEDS {
        let mut tape = Tape::default();
        let by = sources(&mut tape, RECORDED_AT);
        let value = body(seed, &mut tape, by);
        let outputs: Vec<NodeId> = std::iter::once(value).chain(slopes(&mut tape, value, &by)).collect();
        let mut program = Program::compile(&tape, &by, &outputs);
        let mut run = |at: [f64; 2]| -> Vec<f64> {
            at.iter().enumerate().for_each(|(which, &x)| program.set_input(which, &Tensor::scalar(x)));
            program.run().unwrap();
            (0..outputs.len()).map(|number| program.output(number)[0]).collect()
        };
        agree(seed, "program", &run(RECORDED_AT), &plain(seed, RECORDED_AT, 1));
        agree(seed, "program elsewhere", &run(RUN_AT), &plain(seed, RUN_AT, 1));
    }
}

#[test]
fn points_in_lanes() {
    let items: Vec<f64> = (0..37).map(|i| 0.07 * f64::from(i) - 1.0).collect();
    for seed in 0..SEEDS {
        let mut tape = Tape::default();
        let [t, p] = sources(&mut tape, RECORDED_AT);
        let value = body(seed, &mut tape, [t, p]);
        let slope = slopes(&mut tape, value, &[t])[0];
        for (target, which) in [(value, 0), (slope, 1)] {
            // ties of max and the like may be written over scalars or not
            let Some(many) = Vectorized::compile(&tape, t, &[p], target, &[]) else { continue };
            let expected: Vec<f64> = items.iter().map(|&x| plain(seed, [x, RUN_AT[1]], 1)[which]).collect();
            let found = many.run(&items, &[RUN_AT[1]]).unwrap().unwrap();
            agree(seed, "lanes", found.data(), &expected);
            let mut tape = Tape::default();
            let column = tape.variable_tensor(&Tensor::new(Shape::new([items.len()]), &items[..]));
            let p = tape.variable(RUN_AT[1]);
            let found = many.record(&mut tape, column, &[p]).unwrap().unwrap();
            agree(seed, "vectorized", tape.tensor(found).data(), &expected);
        }
    }
}

#[test]
fn calls_that_keep_nothing() {
    for seed in 0..SEEDS {
        let mut tape = Tape::default();
        let by = sources(&mut tape, RECORDED_AT);
        let mark = tape.mark();
        let value = body(seed, &mut tape, by);
        let block = Block::new(&tape, &by, value);
        tape.truncate(mark);
        let whole = one(&mut tape, &BLOCK, &by, block.attr());
        let expected = plain(seed, RECORDED_AT, 1);
        agree(seed, "call", &result(&mut tape, whole, &by, false), &expected);
        agree(seed, "call recorded", &result(&mut tape, whole, &by, true), &expected);
    }
}

/// A loop over the body, recorded as one node; `stored`: states that may be kept.
fn looped(seed: u64, tape: &mut Tape, by: [NodeId; 2], stored: Option<usize>) -> NodeId {
    let mut own = Tape::default();
    let [t, p] = sources(&mut own, RECORDED_AT);
    let next = body(seed, &mut own, [t, p]);
    let turn = Turn {
        carried: &[t],
        next: &[next],
        connected: &[true],
        item: None,
        bases: &[],
        streams: &[],
        params: &[p],
        guards: &[],
    };
    let compiled = Body::compile(&own, &turn).unwrap().expect("the state keeps its shape");
    let [first, param] = by.map(|id| tape.scalar(id));
    let (first, param) = ([first], [param]);
    let outside = Outside { bases: &[], params: &[&param] };
    let turns = match stored {
        None => Turns::run(compiled, Items::None, &[&first], outside, ITERATIONS),
        Some(room) => Turns::run_storing(compiled, Items::None, &[&first], outside, ITERATIONS, room),
    };
    let turns = turns.unwrap();
    assert_eq!(turns.turns, ITERATIONS);
    one(tape, &LOOP, &by, turns.attr())
}

#[test]
fn loops_forward_and_back() {
    for seed in 0..SEEDS {
        let expected = plain(seed, RUN_AT, ITERATIONS);
        for (way, stored) in [("stored", None), ("thinned", Some(2)), ("thinned to one", Some(1))] {
            let mut tape = Tape::default();
            let by = sources(&mut tape, RUN_AT);
            let whole = looped(seed, &mut tape, by, stored);
            agree(seed, way, &result(&mut tape, whole, &by, false), &expected);
            agree(seed, &format!("{way}, recorded"), &result(&mut tape, whole, &by, true), &expected);
        }
    }
}

#[test]
fn loops_run_again_with_tangents_or_states() {
    for seed in 0..SEEDS {
        let mut tape = Tape::default();
        let by = sources(&mut tape, RECORDED_AT);
        let whole = looped(seed, &mut tape, by, None);
        let outputs: Vec<NodeId> = std::iter::once(whole).chain(slopes(&mut tape, whole, &by)).collect();
        let mut program = Program::compile(&tape, &by, &outputs);
        // swept once, a loop of few numbers carries tangents
        for at in [RECORDED_AT, RUN_AT, [0.9, -0.2]] {
            at.iter().enumerate().for_each(|(which, &x)| program.set_input(which, &Tensor::scalar(x)));
            program.run().unwrap();
            let found: Vec<f64> = (0..outputs.len()).map(|number| program.output(number)[0]).collect();
            agree(seed, "run again", &found, &plain(seed, at, ITERATIONS));
        }
    }
}

#[test]
fn second_derivatives_of_loops() {
    for seed in 0..SEEDS / 4 {
        let mut tape = Tape::default();
        let by = sources(&mut tape, RUN_AT);
        let whole = looped(seed, &mut tape, by, None);
        let mut other = Tape::default();
        let own = sources(&mut other, RUN_AT);
        let last = (0..ITERATIONS).fold(own[0], |t, _| body(seed, &mut other, [t, own[1]]));
        for which in 0..2 {
            let slope = slopes(&mut tape, whole, &by)[which];
            let expected = slopes(&mut other, last, &own)[which];
            let expected = result(&mut other, expected, &own, false);
            agree(seed, "second order", &result(&mut tape, slope, &by, false), &expected);
        }
    }
}
