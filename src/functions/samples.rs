//! Counting, searching and fitting: what is found by comparing is constant, with slope 0 in what it was found in.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::tensor::{DType, Tensor};
use crate::value::{Fault, Numbers, Value, is_whole};

const GROUP: &str = "statistics";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "searchsorted",
        aliases: &["search_sorted"],
        params: &["xs", "x", "side?"],
        doc: "Where elements would go in a vector `xs` in ascending order: before the first that is not smaller, or with \
              `side = \"right\"` after the last that is not larger; slope 0.",
        example: "searchsorted([1, 2, 2, 5], [2, 3])",
        group: GROUP,
        run: Run::Plain(searchsorted),
    },
    Builtin {
        name: "bincount",
        aliases: &[],
        params: &["x", "weights?", "length?"],
        doc: "How often each of 0, 1, 2, … is in a vector of whole numbers, up to the largest there, or as many of them as \
              `length`; with `weights` the sums of those, with slopes.",
        example: "bincount([0, 1, 1, 3])",
        group: GROUP,
        run: Run::Plain(bincount),
    },
    Builtin {
        name: "histogram",
        aliases: &[],
        params: &["x", "bins?", "range?"],
        doc: "How many elements lie in each of so many `bins` (10) of the same width between the smallest and the largest, or \
              in `range`; or between neighbours of the edges in a vector `bins`. A bin has its lower edge, the last one both; \
              slope 0.",
        example: "histogram([1, 2, 2, 5], 4)",
        group: GROUP,
        run: Run::Plain(histogram),
    },
    Builtin {
        name: "unique",
        aliases: &[],
        params: &["x"],
        doc: "The different elements of a tensor in ascending order; each has the slope of the first of its kind.",
        example: "unique([3, 1, 3])",
        group: GROUP,
        run: Run::Plain(unique),
    },
    Builtin {
        name: "cdist",
        aliases: &["pairwise_distances"],
        params: &["x", "y?"],
        doc: "Matrix of the Euclidean distances of each row of `x` from each row of `y` (`x` by default); slope 0 where they are \
              equal.",
        example: "cdist([[0, 0], [3, 4]], [[0, 0]])",
        group: GROUP,
        run: Run::Plain(cdist),
    },
    Builtin {
        name: "polyfit",
        aliases: &[],
        params: &["x", "y", "degree"],
        doc: "Coefficients of the polynomial with the least squares of distances to the points (x, y), the highest power \
              first, as `polyval` takes them.",
        example: "polyfit([0, 1, 2, 3], [1, 3, 5, 7], 1)",
        group: GROUP,
        run: Run::Plain(polyfit),
    },
];

/// A value found by looking at `x`, which has the slope 0 in it.
fn found_in(numbers: &mut Numbers, x: &[&Value], found: Tensor) -> Result<Value, Fault> {
    let mut found = Value::tensor(found.with_dtype(DType::Int));
    for x in x.iter().filter(|x| matches!(x, Value::Var(_))) {
        // never selected, but there
        let axes: Vec<usize> = (0..numbers.shape(x)?.rank()).collect();
        let seen = numbers.total(x, &axes, false)?;
        found = numbers.select(&Value::Real(0.0), &seen, &found)?;
    }
    Ok(found)
}

fn vector(numbers: &mut Numbers, x: &Value, what: &'static str, index: usize) -> Result<Tensor, Fault> {
    let tensor = numbers.to_tensor(x)?;
    if tensor.shape().rank() != 1 {
        return Err(Fault::new(format!("{what} needs a vector, not shape {}", tensor.shape())).argument(index));
    }
    Ok(tensor)
}

fn searchsorted(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let from_right = args.word(2, &["left", "right"])?.is_some_and(|side| side == "right");
    let (xs, x) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let (places, wanted) = (vector(numbers, &xs, "searchsorted", 0)?, numbers.to_tensor(&x)?);
    if !places.data().is_sorted() {
        return Err(Fault::new("the vector must ascend").help("sort it first").argument(0));
    }
    let place = |&x: &f64| {
        // NaN goes to the end
        let goes_before = |&place: &f64| x.is_nan() || place < x || from_right && place == x;
        places.data().partition_point(goes_before) as f64
    };
    let found = Tensor::new(wanted.shape().clone(), wanted.data().iter().map(place).collect::<Vec<f64>>());
    found_in(numbers, &[&xs, &x], found)
}

fn bincount(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let length = args.integer(caller, 2)?;
    let (x, weights) = (args.need(0), args.take(1));
    let numbers = caller.numbers();
    let counted = vector(numbers, &x, "bincount", 0)?;
    if let Some(other) = counted.data().iter().find(|&&x| !is_whole(x) || x < 0.0) {
        return Err(Fault::new(format!("bincount counts whole numbers from 0 on, not {other}")).argument(0));
    }
    if let Some(weights) = &weights
        && numbers.shape(weights)? != *counted.shape()
    {
        let (shape, own) = (counted.shape(), numbers.shape(weights)?);
        return Err(Fault::new(format!("weights of shape {own} for a vector of shape {shape}")).argument(1));
    }
    let most = counted.data().iter().fold(0.0, |most: f64, &x| most.max(x + 1.0));
    let length = match length {
        Some(length) if length < 0 => return Err(Fault::new("length must not be negative").argument(2)),
        Some(length) => length as usize,
        None => most as usize,
    };
    let length = super::steps::check_count(&[length])?;
    // what lies beyond the length given is not counted
    let within = |&at: &usize| counted.data()[at] < length as f64;
    let places: Vec<usize> = (0..counted.size()).filter(within).collect();
    let indices: Vec<usize> = places.iter().map(|&at| counted.data()[at] as usize).collect();
    if let Some(weights) = weights {
        let weights = numbers.picked(&weights, places, 0)?;
        return numbers.added_at(&weights, indices, 0, length);
    }
    let found = tally(length, indices);
    found_in(numbers, &[&x], found)
}

fn tally(length: usize, indices: Vec<usize>) -> Tensor {
    let mut counts = vec![0.0; length];
    indices.into_iter().for_each(|at| counts[at] += 1.0);
    Tensor::vector(counts)
}

fn histogram(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (bins, range) = (args.take(1), args.take(2));
    let x = args.need(0);
    let numbers = caller.numbers();
    let data = numbers.to_tensor(&x)?;
    let edges = edges(numbers, bins.unwrap_or(Value::Int(10)), range, &data)?;
    let last = edges.len() - 1;
    let bin = |&x: &f64| match x {
        x if x == edges[last] => Some(last - 1),
        x if x >= edges[0] && x < edges[last] => Some(edges.partition_point(|&edge| edge <= x) - 1),
        _ => None,
    };
    let counts = tally(last, data.data().iter().filter_map(bin).collect());
    found_in(numbers, &[&x], counts)
}

/// The edges of the bins, at least two of them.
fn edges(numbers: &mut Numbers, bins: Value, range: Option<Value>, data: &Tensor) -> Result<Vec<f64>, Fault> {
    if !numbers.shape(&bins)?.is_scalar() {
        let edges = vector(numbers, &bins, "histogram", 1)?;
        if edges.size() < 2 || !edges.data().is_sorted() {
            return Err(Fault::new("the edges of bins must ascend, and be at least two").argument(1));
        }
        return Ok(edges.data().to_vec());
    }
    let count = numbers.integer(&bins).filter(|count| (1..=1 << 24).contains(count));
    let count =
        count.ok_or_else(|| Fault::new("bins must be a whole number from 1 on, or a vector of edges").argument(1))?;
    let (low, high) = match range {
        Some(range) => match numbers.to_tensor(&range)?.data() {
            &[low, high] if low <= high => (low, high),
            _ => return Err(Fault::new("a range is two numbers").help("range = (0, 1)").argument(2)),
        },
        None if data.size() == 0 => (0.0, 1.0),
        None => {
            let extreme = |best: fn(f64, f64) -> f64| data.data().iter().copied().reduce(best).unwrap_or(0.0);
            (extreme(f64::min), extreme(f64::max))
        }
    };
    if !(low.is_finite() && high.is_finite()) {
        return Err(Fault::new("the range of a histogram must be finite").help("histogram(x, 10, range = (0, 1))"));
    }
    // all elements equal
    let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
    let at = |i: i64| if i == count { high } else { low + (high - low) * (i as f64 / count as f64) };
    Ok((0..=count).map(at).collect())
}

fn unique(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = args.need(0);
    let numbers = caller.numbers();
    let data = numbers.to_tensor(&x)?;
    let mut order: Vec<usize> = (0..data.size()).collect();
    let element = |at: usize| data.data()[at];
    // 0 and -0 are the same, and so is NaN for once
    let compared = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
    order.sort_by(|&a, &b| compared(element(a), element(b)));
    order.dedup_by(|a, b| compared(element(*a), element(*b)).is_eq());
    let flat = numbers.flattened(&x)?;
    numbers.picked(&flat, order, 0)
}

fn cdist(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = args.need(0);
    let y = args.take(1).unwrap_or_else(|| x.clone());
    let numbers = caller.numbers();
    let (n, m, length) = match (&numbers.dims(&x)?[..], &numbers.dims(&y)?[..]) {
        (&[n, length], &[m, other]) if length == other => (n, m, length),
        _ => {
            let (x, y) = (numbers.shape(&x)?, numbers.shape(&y)?);
            let message = format!("cdist needs matrices with rows of the same length, not shapes {x} and {y}");
            return Err(Fault::new(message));
        }
    };
    super::steps::check_count(&[n, m, length])?;
    let x = numbers.reshaped(&x, &[n, 1, length])?;
    let y = numbers.reshaped(&y, &[1, m, length])?;
    let gaps = numbers.sub(&x, &y)?;
    numbers.reduced(&ops::NORM, &gaps, &[2], false)
}

/// Columns of length 1 keep high powers from spoiling the low ones.
fn polyfit(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let degree = args.integer(caller, 2)?.unwrap_or(1);
    let (x, y) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let points = vector(numbers, &x, "polyfit", 0)?.size();
    let shape = numbers.shape(&y)?;
    if shape.dims() != [points] {
        return Err(Fault::new(format!("polyfit needs a y for each of {points} x, not shape {shape}")).argument(1));
    }
    if degree < 0 {
        return Err(Fault::new(format!("a degree is 0 or more, not {degree}")).argument(2));
    }
    if degree >= points as i64 {
        let message = format!("{points} points do not tell a polynomial of degree {degree}");
        return Err(Fault::new(message).help("there must be more points than the degree").argument(2));
    }
    let count = degree as usize + 1;
    super::steps::check_count(&[points, count])?;
    let column = numbers.reshaped(&x, &[points, 1])?;
    let powers = super::steps::tensor(&[count], (0..count).rev().map(|power| power as f64).collect());
    let matrix = numbers.two(&ops::POW, &column, &powers)?;
    let lengths = numbers.reduced(&ops::NORM, &matrix, &[0], false)?;
    let scaled = numbers.two(&ops::UNIT, &matrix, &lengths)?;
    let inverse = numbers.apply(&ops::LSTSQ_INVERSE, &[&scaled], Attr::None)?;
    let coefficients = numbers.matmul(&inverse, &y)?;
    numbers.two(&ops::UNIT, &coefficients, &lengths)
}
