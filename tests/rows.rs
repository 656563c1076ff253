//! Every row of the table of operations: its two forms of a rule agree to the bit, and its first and second
//! derivatives agree with differences.

use gradtape::ops::{self, LINEAR};
use gradtape::tape::{Attr, Cotangent, NodeId, Op, Row, Seed, SliceSpec, Tape, gradient};
use gradtape::tensor::{Shape, Tensor};

/// Rows that only carry cotangents, or whose derivative is another thing than the slope of their value.
const NOT_A_SLOPE: &[&str] = &["stop_gradient", "keep_where", "drop_where", "live", "live_part"];

fn scalar_rows() -> impl Iterator<Item = &'static Row> {
    ops::rows().filter(|row| !matches!(row.op, Op::Tensor(_) | Op::Leaf) && !NOT_A_SLOPE.contains(&row.name))
}

/// All combinations of the row's sample points.
fn points(row: &Row) -> Vec<Vec<f64>> {
    let mut points = vec![Vec::new()];
    for _ in row.params {
        points = points
            .iter()
            .flat_map(|point| row.samples.iter().map(move |x| [point.clone(), vec![*x]].concat()))
            .collect();
    }
    points
}

fn record(tape: &mut Tape, row: &'static Row, point: &[f64]) -> (Vec<NodeId>, NodeId) {
    let inputs: Vec<NodeId> = point.iter().map(|&x| tape.variable(x)).collect();
    let output = tape.record(row, &inputs, Attr::None).expect("scalars fit everywhere");
    (inputs, output)
}

fn value(row: &'static Row, point: &[f64]) -> f64 {
    let mut tape = Tape::default();
    let (_, output) = record(&mut tape, row, point);
    tape.scalar(output)
}

fn plain_gradient(row: &'static Row, point: &[f64]) -> Vec<f64> {
    let mut tape = Tape::default();
    let (inputs, output) = record(&mut tape, row, point);
    gradient(&mut tape, &LINEAR, output, Seed::Ones, &inputs, false).unwrap().into_iter().map(number).collect()
}

fn number(cotangent: Option<Cotangent>) -> f64 {
    match cotangent {
        Some(Cotangent::Number(x)) => x,
        None => 0.0,
        other => panic!("{other:?} is no number"),
    }
}

fn recorded_gradient(row: &'static Row, point: &[f64]) -> Vec<f64> {
    let mut tape = Tape::default();
    let (inputs, output) = record(&mut tape, row, point);
    let nodes = gradient(&mut tape, &LINEAR, output, Seed::Ones, &inputs, true).unwrap();
    nodes.into_iter().map(|node| if let Some(Cotangent::Node(id)) = node { tape.scalar(id) } else { 0.0 }).collect()
}

/// Derivative of the `i`-th first derivative by the `j`-th operand, both recorded.
fn second_derivative(row: &'static Row, point: &[f64], i: usize, j: usize) -> f64 {
    let mut tape = Tape::default();
    let (inputs, output) = record(&mut tape, row, point);
    let first = gradient(&mut tape, &LINEAR, output, Seed::Ones, &[inputs[i]], true).unwrap();
    let Some(Cotangent::Node(first)) = first[0] else { return 0.0 };
    number(gradient(&mut tape, &LINEAR, first, Seed::Ones, &[inputs[j]], false).unwrap().remove(0))
}

/// Central difference of fourth order: the error is about h⁴ f⁽⁵⁾/30 + ε |f|/h.
fn difference(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().clamp(0.1, 1.0);
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}

/// Differences say nothing next to a jump or a kink, nor where h is lost against x.
fn is_smooth_at(row: &Row, point: &[f64]) -> bool {
    let kinked = [
        "maximum",
        "minimum",
        "clip",
        "abs",
        "relu",
        "where",
        "mod",
        "fmod",
        "fmax",
        "fmin",
        "copysign",
        "heaviside",
        "floor_divide",
        "gcd",
        "lcm",
        "unit",
        "hypot",
        "atan2",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "equal",
        "not_equal",
    ];
    let ordinary = point.iter().all(|x| (0.2..=60.0).contains(&x.abs()) || (*x == 0.0 && !kinked.contains(&row.name)));
    let distinct = (0..point.len()).all(|i| (0..i).all(|j| point[i] != point[j]));
    let choice = row.name == "where" && point[0] != 0.0;
    let whole_order = row.params[0] == "n" && !["comb", "perm"].contains(&row.name);
    ordinary && (distinct || !kinked.contains(&row.name) || choice) && !whole_order
}

#[track_caller]
fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    if got.is_nan() && want.is_nan() || got == want {
        return;
    }
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: {got} is not {want}");
}

#[test]
fn every_row_has_a_doc_line_and_sample_points() {
    for row in ops::rows() {
        assert!(row.doc.trim().len() > 8, "{} has no doc", row.name);
        assert!(!row.samples.is_empty(), "{} has no samples", row.name);
        assert!(!row.params.is_empty(), "{} has no parameters", row.name);
    }
}

#[test]
fn names_of_rows_are_unique() {
    let mut names: Vec<&str> = ops::rows().map(|row| row.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn the_recorded_rule_gives_the_bits_of_the_plain_one() {
    for row in scalar_rows() {
        for point in points(row) {
            let (plain, recorded) = (plain_gradient(row, &point), recorded_gradient(row, &point));
            for (a, b) in plain.iter().zip(&recorded) {
                assert!(
                    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() || *a == 0.0 && *b == 0.0,
                    "{} at {point:?}: plain {plain:?}, recorded {recorded:?}",
                    row.name
                );
            }
        }
    }
}

#[test]
fn first_derivatives_agree_with_differences() {
    for row in scalar_rows() {
        for point in points(row).into_iter().filter(|point| is_smooth_at(row, point)) {
            let gradient = plain_gradient(row, &point);
            for i in 0..point.len() {
                // the condition of `where` and the constant order of `polygamma` have no slope
                if row.name == "where" && i == 0 {
                    continue;
                }
                let along = |x: f64| {
                    let mut moved = point.clone();
                    moved[i] = x;
                    value(row, &moved)
                };
                let want = difference(along, point[i]);
                if want.is_finite() {
                    close(gradient[i], want, 1e-7, &format!("∂{}/∂{} at {point:?}", row.name, row.params[i]));
                }
            }
        }
    }
}

#[test]
fn second_derivatives_agree_with_differences() {
    for row in scalar_rows().filter(|row| row.name != "where") {
        for point in points(row).into_iter().filter(|point| is_smooth_at(row, point)) {
            for i in 0..point.len() {
                for j in 0..point.len() {
                    let along = |x: f64| {
                        let mut moved = point.clone();
                        moved[j] = x;
                        plain_gradient(row, &moved)[i]
                    };
                    let want = difference(along, point[j]);
                    if want.is_finite() {
                        let what = format!("∂²{}/∂{}∂{} at {point:?}", row.name, row.params[i], row.params[j]);
                        close(second_derivative(row, &point, i, j), want, 1e-6, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn elementwise_rows_do_on_tensors_what_they_do_on_numbers() {
    for row in scalar_rows() {
        let all = points(row);
        let columns: Vec<Tensor> = (0..row.params.len())
            .map(|i| Tensor::vector(all.iter().map(|point| point[i]).collect::<Vec<_>>()))
            .collect();
        let mut tape = Tape::default();
        let inputs: Vec<NodeId> = columns.iter().map(|column| tape.variable_tensor(column)).collect();
        let output = tape.record(row, &inputs, Attr::None).unwrap();
        let plain = gradient(&mut tape, &LINEAR, output, Seed::Ones, &inputs, false).unwrap();
        for (i, point) in all.iter().enumerate() {
            same(tape.data(output)[i], value(row, point), &format!("{} at {point:?}", row.name));
            for (which, wanted) in plain_gradient(row, point).into_iter().enumerate() {
                let got = match &plain[which] {
                    Some(Cotangent::Tensor(tensor)) => tensor.data()[i],
                    _ => 0.0,
                };
                same(got, wanted, &format!("slope {which} of {} at {point:?}", row.name));
            }
        }
    }
}

#[track_caller]
fn same(got: f64, want: f64, what: &str) {
    assert!(got == want || got.is_nan() && want.is_nan(), "{what}: {got} is not {want}");
}

/// A tensor row with an attribute and the shapes of its operands.
fn tensor_cases() -> Vec<(&'static Row, Attr, Vec<Vec<usize>>)> {
    let axes = |axes: &[usize], keep| Attr::Axes { axes: axes.into(), keep };
    let slice = |start, step, len, drop| SliceSpec { start, step, len, drop };
    let shape = |dims: &[usize]| Attr::Shape(Shape::from(dims));
    let mut cases = Vec::new();
    for row in [&ops::SUM, &ops::MAX, &ops::MIN, &ops::NORM, &ops::LOGSUMEXP] {
        cases.push((row, axes(&[0, 1], false), vec![vec![2, 3]]));
        cases.push((row, axes(&[0], false), vec![vec![2, 3]]));
        cases.push((row, axes(&[1], true), vec![vec![2, 3]]));
        cases.push((row, axes(&[0, 2], false), vec![vec![2, 2, 3]]));
    }
    cases.push((&ops::SOFTMAX, axes(&[1], true), vec![vec![2, 3]]));
    cases.push((&ops::SOFTMAX, axes(&[0], true), vec![vec![2, 3]]));
    for row in [&ops::ARGMAX, &ops::ARGMIN, &ops::ARGSORT] {
        cases.push((row, axes(&[1], false), vec![vec![2, 3]]));
        cases.push((row, axes(&[0], false), vec![vec![2, 3]]));
    }
    cases.push((&ops::BROADCAST_TO, shape(&[2, 3]), vec![vec![3]]));
    cases.push((&ops::BROADCAST_TO, shape(&[2, 3]), vec![vec![2, 1]]));
    cases.push((&ops::SUM_TO, shape(&[3]), vec![vec![2, 3]]));
    cases.push((&ops::SUM_TO, shape(&[2, 1]), vec![vec![2, 3]]));
    cases.push((&ops::RESHAPE, shape(&[3, 2]), vec![vec![2, 3]]));
    cases.push((&ops::TRANSPOSE, Attr::Permutation([2, 0, 1].as_slice().into()), vec![vec![2, 2, 3]]));
    cases.push((&ops::CONCAT, Attr::Axis(0), vec![vec![2, 3], vec![1, 3]]));
    cases.push((&ops::CONCAT, Attr::Axis(1), vec![vec![2, 1], vec![2, 3], vec![2, 2]]));
    cases.push((&ops::STACK, Attr::Axis(0), vec![vec![2], vec![2], vec![2]]));
    let specs: [SliceSpec; 2] = [slice(1, 1, 1, true), slice(2, -1, 2, false)];
    cases.push((&ops::SLICE, Attr::Slice(specs.as_slice().into()), vec![vec![2, 3]]));
    cases.push((&ops::SLICE, Attr::Slice([slice(0, 2, 2, false)].as_slice().into()), vec![vec![4]]));
    let into = Attr::SliceOf { specs: specs.as_slice().into(), shape: Shape::new([2, 3]) };
    cases.push((&ops::UNSLICE, into, vec![vec![2]]));
    cases.push((&ops::SET_SLICE, Attr::Slice(specs.as_slice().into()), vec![vec![2, 3], vec![2]]));
    cases.push((&ops::SET_SLICE, Attr::Slice(specs.as_slice().into()), vec![vec![2, 3], vec![]]));
    let gather = Attr::Gather { indices: [2, 0, 2].as_slice().into(), axis: 1 };
    cases.push((&ops::GATHER, gather, vec![vec![2, 3]]));
    let scatter = Attr::ScatterTo { indices: [2, 0, 2].as_slice().into(), axis: 0, shape: Shape::new([3, 2]) };
    cases.push((&ops::SCATTER_ADD, scatter, vec![vec![3, 2]]));
    for shapes in [
        [vec![2, 3], vec![3, 4]],
        [vec![3], vec![3, 4]],
        [vec![2, 3], vec![3]],
        [vec![3], vec![3]],
        [vec![2, 2, 3], vec![3, 2]],
        [vec![2, 1, 3], vec![2, 3, 2]],
    ] {
        cases.push((&ops::MATMUL, Attr::None, shapes.to_vec()));
    }
    for row in of_square_matrices().into_iter().filter(|row| row.params.len() == 1) {
        cases.push((row, Attr::None, vec![vec![2, 2]]));
        cases.push((row, Attr::None, vec![vec![4, 4]]));
        cases.push((row, Attr::None, vec![vec![2, 3, 3]]));
    }
    cases.push((&ops::DET, Attr::None, vec![vec![7, 7]]));
    cases.push((&ops::SOLVE, Attr::None, vec![vec![3, 3], vec![3, 2]]));
    cases.push((&ops::SOLVE, Attr::None, vec![vec![2, 2, 2], vec![2, 2, 1]]));
    cases.push((&ops::COFACTOR_SLOPE, Attr::None, vec![vec![3, 3], vec![3, 3]]));
    cases.push((&ops::LYAPUNOV, Attr::None, vec![vec![3, 3], vec![3, 3]]));
    cases.push((&ops::COFACTOR_SLOPE, Attr::None, vec![vec![2, 2, 2], vec![2, 2, 2]]));
    cases.push((&ops::QR_Q, Attr::None, vec![vec![3, 3]]));
    cases.push((&ops::QR_Q, Attr::None, vec![vec![2, 4, 2]]));
    for row in [&ops::SVD_VALUES, &ops::SVD_LEFT, &ops::SVD_RIGHT, &ops::PINV, &ops::LSTSQ_INVERSE] {
        for shape in [vec![3, 3], vec![4, 2], vec![2, 3], vec![2, 3, 2]] {
            cases.push((row, Attr::None, vec![shape]));
        }
    }
    cases
}

/// Numbers without ties, the same at every run.
fn tensor(dims: &[usize], seed: usize) -> Tensor {
    let shape = Shape::from(dims);
    let weyl = |i: usize| ((i + 7 * seed + 1) as f64 * 0.618_033_988_749_894_9).fract() * 2.0 - 0.7;
    let values: Vec<f64> = (0..shape.size()).map(weyl).collect();
    Tensor::new(shape, values)
}

fn moved(tensor: &Tensor, along: &Tensor, by: f64) -> Tensor {
    let values: Vec<f64> = tensor.data().iter().zip(along.data()).map(|(x, d)| x + by * d).collect();
    Tensor::new(tensor.shape().clone(), values)
}

/// A weighted sum of squares of the result, so that second derivatives are not trivial.
fn target(tape: &mut Tape, row: &'static Row, attr: &Attr, inputs: &[NodeId]) -> NodeId {
    let output = tape.record(row, inputs, attr.clone()).unwrap();
    let square = tape.map1(&ops::SQUARE, output).unwrap();
    let weights = tensor(tape.shape(output).dims(), 5);
    let weights = tape.constant_tensor(&weights);
    tape.map2(&ops::MUL, square, weights).unwrap()
}

/// Rows whose first operand must be far from singular for differences to be of use.
fn of_square_matrices() -> [&'static Row; 15] {
    [
        &ops::INV,
        &ops::SOLVE,
        &ops::DET,
        &ops::COFACTORS,
        &ops::COFACTOR_SLOPE,
        &ops::LOGABSDET,
        &ops::DET_SIGN,
        &ops::CHOLESKY,
        &ops::EIGH_VALUES,
        &ops::EIGH_VECTORS,
        &ops::EIG_VALUES,
        &ops::EIG_VECTORS,
        &ops::EXPM,
        &ops::SQRTM,
        &ops::LYAPUNOV,
    ]
}

/// The matrices with so much on their diagonals that every eigenvalue is positive.
fn positive_definite(matrices: &Tensor) -> Tensor {
    let n = *matrices.shape().dims().last().unwrap();
    let diagonal = |at: usize| ((at / n % n == at % n) as usize * (n + at % n)) as f64;
    let values = matrices.data().iter().enumerate().map(|(at, x)| x + diagonal(at)).collect::<Vec<f64>>();
    Tensor::new(matrices.shape().clone(), values)
}

fn total(tape: &Tape, id: NodeId) -> f64 {
    tape.data(id).iter().sum()
}

fn dot(a: &Tensor, b: &Tensor) -> f64 {
    a.data().iter().zip(b.data()).map(|(x, y)| x * y).sum()
}

#[test]
fn tensor_rows_agree_with_differences_to_second_order() {
    for (row, attr, shapes) in tensor_cases() {
        let mut inputs: Vec<Tensor> = shapes.iter().enumerate().map(|(i, dims)| tensor(dims, i)).collect();
        if of_square_matrices().iter().any(|other| std::ptr::eq(row, *other)) {
            inputs[0] = positive_definite(&inputs[0]);
        }
        // eigenvalues so far apart that all are real
        if [&ops::EIG_VALUES, &ops::EIG_VECTORS].iter().any(|other| std::ptr::eq(row, *other)) {
            (0..4).for_each(|_| inputs[0] = positive_definite(&inputs[0]));
        }
        for which in 0..inputs.len() {
            let along = tensor(&shapes[which], 11);
            let at = |by: f64| {
                let mut tape = Tape::default();
                let nodes: Vec<NodeId> = inputs
                    .iter()
                    .enumerate()
                    .map(|(i, x)| tape.variable_tensor(&if i == which { moved(x, &along, by) } else { x.clone() }))
                    .collect();
                let y = target(&mut tape, row, &attr, &nodes);
                (tape, nodes, y)
            };
            let value = |by: f64| {
                let (tape, _, y) = at(by);
                total(&tape, y)
            };
            let slope = |by: f64| {
                let (mut tape, nodes, y) = at(by);
                let found = gradient(&mut tape, &LINEAR, y, Seed::Ones, &[nodes[which]], false).unwrap().remove(0);
                match found {
                    Some(Cotangent::Tensor(g)) => dot(&g, &along),
                    Some(Cotangent::Number(g)) => g * along.data()[0],
                    other => panic!("{}: {other:?}", row.name),
                }
            };
            let what = format!("{} {attr} of {shapes:?}, operand {which}", row.name);
            close(slope(0.0), difference(value, 0.0), 1e-7, &what);

            let (mut tape, nodes, y) = at(0.0);
            let found = gradient(&mut tape, &LINEAR, y, Seed::Ones, &[nodes[which]], true).unwrap().remove(0);
            let Some(Cotangent::Node(g)) = found else { panic!("{what}: not recorded") };
            let plain = slope(0.0);
            close(dot(&tape.tensor(g), &along), plain, 1e-13, &format!("recorded {what}"));
            let v = tape.constant_tensor(&along);
            let weighted = tape.map2(&ops::MUL, g, v).unwrap();
            let second = gradient(&mut tape, &LINEAR, weighted, Seed::Ones, &[nodes[which]], false).unwrap().remove(0);
            let second = match second {
                Some(Cotangent::Tensor(h)) => dot(&h, &along),
                Some(Cotangent::Number(h)) => h * along.data()[0],
                _ => 0.0,
            };
            close(second, difference(slope, 0.0), 1e-6, &format!("second order of {what}"));
        }
    }
}

#[test]
fn every_tensor_row_is_tried() {
    let tried: Vec<&str> = tensor_cases().iter().map(|(row, ..)| row.name).collect();
    for row in ops::rows().filter(|row| matches!(row.op, Op::Tensor(_))) {
        assert!(tried.contains(&row.name), "{} has no case", row.name);
    }
}

#[test]
fn big_tensors_are_differentiated_like_small_ones() {
    // above 1024 elements a value has a buffer of its own
    let (n, mut tape) = (5000, Tape::default());
    let x = tensor(&[n], 1);
    let (a, b) = (tape.variable_tensor(&x), tape.variable(0.3));
    let sines = tape.map1(&ops::SIN, a).unwrap();
    let scaled = tape.map2(&ops::MUL, sines, b).unwrap();
    let half = SliceSpec { start: 0, step: 1, len: n / 2, drop: false };
    let part = tape.record(&ops::SLICE, &[scaled], Attr::Slice([half].as_slice().into())).unwrap();
    let found = gradient(&mut tape, &LINEAR, part, Seed::Ones, &[a, b], false).unwrap();
    let (Some(Cotangent::Tensor(da)), Some(Cotangent::Number(db))) = (&found[0], &found[1]) else { panic!() };
    for (i, (got, x)) in da.data().iter().zip(x.data()).enumerate() {
        let want = if i < n / 2 { 0.3 * x.cos() } else { 0.0 };
        // std's cosine may round the other way
        close(*got, want, 1e-15, &format!("element {i}"));
    }
    let want: f64 = x.data()[..n / 2].iter().map(|x| x.sin()).sum();
    close(*db, want, 1e-12, "the scalar");
}
