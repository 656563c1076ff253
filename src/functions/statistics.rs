//! Functions of samples: counting, weighted means, covariances, interpolation, sums over steps.

use super::reductions::{axes, mean};
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Row;
use crate::tensor::{DType, Shape};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "statistics";
const AXIS: &[&str] = &["x", "axis?", "keepdims?"];

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "any",
        aliases: &["reduce_any"],
        params: AXIS,
        doc: "Whether any element along `axis` (all axes by default) is true or not 0.",
        example: "any([1, 2] > 1)",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let nonzero = counted(caller, args, &ops::NOT_EQUAL)?;
            caller.numbers().two(&ops::GREATER, &nonzero, &Value::Real(0.0))
        }),
    },
    Builtin {
        name: "all",
        aliases: &["reduce_all"],
        params: AXIS,
        doc: "Whether all elements along `axis` (all axes by default) are true or not 0.",
        example: "all([1, 2] > 1)",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let zeros = counted(caller, args, &ops::EQUAL)?;
            caller.numbers().two(&ops::EQUAL, &zeros, &Value::Real(0.0))
        }),
    },
    Builtin {
        name: "count",
        aliases: &["count_nonzero", "reduce_count"],
        params: AXIS,
        doc: "How many elements along `axis` (all axes by default) are true or not 0; slope 0.",
        example: "count([1, 2, 3] > 1)",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let nonzero = counted(caller, args, &ops::NOT_EQUAL)?;
            match nonzero {
                Value::Var(_) => Ok(nonzero),
                constant => Ok(Value::tensor(caller.numbers().to_tensor(&constant)?.with_dtype(DType::Int))),
            }
        }),
    },
    Builtin {
        name: "isnan",
        aliases: &["is_nan"],
        params: &["x"],
        doc: "Whether elements are not a number.",
        example: "isnan([1, nan])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            caller.numbers().two(&ops::NOT_EQUAL, &x, &x)
        }),
    },
    Builtin {
        name: "isfinite",
        aliases: &["is_finite"],
        params: &["x"],
        doc: "Whether elements are numbers and not infinite.",
        example: "isfinite([1, inf, nan])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let size = caller.numbers().one(&ops::ABS, &x)?;
            caller.numbers().two(&ops::LESS, &size, &Value::Real(f64::INFINITY))
        }),
    },
    Builtin {
        name: "isinf",
        aliases: &["is_inf"],
        params: &["x"],
        doc: "Whether elements are infinite.",
        example: "isinf([1, -inf])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let size = caller.numbers().one(&ops::ABS, &x)?;
            caller.numbers().two(&ops::EQUAL, &size, &Value::Real(f64::INFINITY))
        }),
    },
    Builtin {
        name: "nansum",
        aliases: &[],
        params: AXIS,
        doc: "Sum along `axis` of what is a number.",
        example: "nansum([1, nan, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axes, keep) = reduction(caller, &mut args)?;
            let numbers = caller.numbers();
            let (_, kept) = without_nan(numbers, &x)?;
            numbers.total(&kept, &axes, keep)
        }),
    },
    Builtin {
        name: "nanmax",
        aliases: &[],
        params: AXIS,
        doc: "Largest along `axis` of what is a number; ties share the slope equally.",
        example: "nanmax([1, nan, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| without_nan_reduced(caller, args, &ops::MAX, f64::NEG_INFINITY)),
    },
    Builtin {
        name: "nanmin",
        aliases: &[],
        params: AXIS,
        doc: "Smallest along `axis` of what is a number; ties share the slope equally.",
        example: "nanmin([1, nan, 2])",
        group: GROUP,
        run: Run::Plain(|caller, args| without_nan_reduced(caller, args, &ops::MIN, f64::INFINITY)),
    },
    Builtin {
        name: "nanmean",
        aliases: &[],
        params: AXIS,
        doc: "Mean along `axis` of what is a number.",
        example: "nanmean([1, nan, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axes, keep) = reduction(caller, &mut args)?;
            let numbers = caller.numbers();
            let (sound, kept) = without_nan(numbers, &x)?;
            let total = numbers.total(&kept, &axes, keep)?;
            let sound = numbers.constant(&sound);
            let count = numbers.total(&sound, &axes, keep)?;
            numbers.div(&total, &count)
        }),
    },
    Builtin {
        name: "ptp",
        aliases: &[],
        params: AXIS,
        doc: "Distance from the smallest to the largest element along `axis`.",
        example: "ptp([3, 1, 7])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axes, keep) = reduction(caller, &mut args)?;
            let numbers = caller.numbers();
            let high = numbers.reduced(&ops::MAX, &x, &axes, keep)?;
            let low = numbers.reduced(&ops::MIN, &x, &axes, keep)?;
            numbers.sub(&high, &low)
        }),
    },
    Builtin {
        name: "rms",
        aliases: &["root_mean_square"],
        params: AXIS,
        doc: "Root of the mean of the squares along `axis`, without overflow; slope 0 at 0.",
        example: "rms([3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, axes, keep) = reduction(caller, &mut args)?;
            let numbers = caller.numbers();
            let dims = numbers.dims(&x)?;
            let n: f64 = axes.iter().map(|&axis| dims[axis] as f64).product();
            let length = numbers.reduced(&ops::NORM, &x, &axes, keep)?;
            numbers.div(&length, &Value::Real(n.sqrt()))
        }),
    },
    Builtin {
        name: "zscore",
        aliases: &["standardize"],
        params: &["x", "axis?", "ddof?"],
        doc: "Distances from the mean in standard deviations along `axis` (all axes by default).",
        example: "zscore([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let ddof = args.number(caller, 2)?.unwrap_or(0.0);
            let axis = args.take(1);
            let x = args.need(0);
            let axes = axes(caller, &x, axis.as_ref())?;
            let center = mean(caller, &x, &axes, true)?;
            let numbers = caller.numbers();
            let offsets = numbers.sub(&x, &center)?;
            let dims = numbers.dims(&x)?;
            let n: f64 = axes.iter().map(|&axis| dims[axis] as f64).product();
            let length = numbers.reduced(&ops::NORM, &offsets, &axes, true)?;
            let width = numbers.div(&length, &Value::Real((n - ddof).sqrt()))?;
            numbers.div(&offsets, &width)
        }),
    },
    Builtin {
        name: "average",
        aliases: &[],
        params: &["x", "weights?", "axis?"],
        doc: "Mean along `axis`, each element counted by its weight. The weights have the shape of `x`, or are a \
              vector along `axis`.",
        example: "average([1, 2, 6], [1, 1, 2])",
        group: GROUP,
        run: Run::Plain(average),
    },
    Builtin {
        name: "cov",
        aliases: &["covariance"],
        params: &["x", "y?", "ddof?"],
        doc: "Covariance matrix of the rows of `x`, whose columns are observations; of two vectors likewise. Divides \
              by n - 1, or by n with `ddof = 0`.",
        example: "cov([1, 2, 4], [2, 4, 9])",
        group: GROUP,
        run: Run::Plain(cov),
    },
    Builtin {
        name: "corrcoef",
        aliases: &["correlation"],
        params: &["x", "y?"],
        doc: "Matrix of Pearson's correlation coefficients of the rows of `x`, or of two vectors.",
        example: "corrcoef([1, 2, 4], [2, 4, 9])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, y) = (args.need(0), args.take(1));
            let offsets = centered_rows(caller, x, y)?;
            let numbers = caller.numbers();
            let lengths = numbers.reduced(&ops::NORM, &offsets, &[1], true)?;
            let units = numbers.div(&offsets, &lengths)?;
            squared(numbers, &units)
        }),
    },
    Builtin {
        name: "normalize",
        aliases: &["l2_normalize"],
        params: &["x", "axis?"],
        doc: "`x` divided by its Euclidean norm along `axis` (all axes by default); 0 where the norm is 0.",
        example: "normalize([3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.take(1);
            let x = args.need(0);
            let axes = axes(caller, &x, axis.as_ref())?;
            let length = caller.numbers().reduced(&ops::NORM, &x, &axes, true)?;
            caller.numbers().two(&ops::UNIT, &x, &length)
        }),
    },
    Builtin {
        name: "layer_norm",
        aliases: &["layer_normalization"],
        params: &["x", "scale?", "offset?", "axis?", "epsilon?"],
        doc: "`(x - mean) / sqrt(var + epsilon)` along `axis` (the last by default), times `scale`, plus `offset`; \
              epsilon is 1e-5. Ba, Kiros & Hinton (2016).",
        example: "layer_norm([1, 2, 4])",
        group: "networks",
        run: Run::Plain(|caller, args| standardized(caller, args, -1)),
    },
    Builtin {
        name: "batch_norm",
        aliases: &["batch_normalization"],
        params: &["x", "scale?", "offset?", "axis?", "epsilon?"],
        doc: "Like `layer_norm` along the first axis: each feature over the batch. Ioffe & Szegedy (2015).",
        example: "batch_norm([[1, 2], [3, 6]])",
        group: "networks",
        run: Run::Plain(|caller, args| standardized(caller, args, 0)),
    },
    Builtin {
        name: "interp",
        aliases: &[],
        params: &["x", "xs", "ys"],
        doc: "Piecewise linear interpolation of the points (xs, ys), xs ascending; beyond the ends their values. \
              At a point the slope of the piece to its right counts.",
        example: "interp(1.5, [0, 1, 2], [0, 10, 30])",
        group: GROUP,
        run: Run::Plain(interp),
    },
    Builtin {
        name: "differences",
        aliases: &["ediff1d"],
        params: &["x", "n?", "axis?"],
        doc: "Differences of neighbours along `axis` (the last by default), `n` times over. (`diff` differentiates.)",
        example: "differences([1, 4, 9])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let n = args.integer(caller, 1)?.unwrap_or(1);
            let axis = args.integer(caller, 2)?.unwrap_or(-1);
            let mut x = args.need(0);
            let numbers = caller.numbers();
            let axis = numbers.shape(&x)?.axis(axis)?;
            if n < 0 {
                return Err(Fault::new(format!("differences cannot be taken {n} times")).argument(1));
            }
            for _ in 0..n.min(numbers.dims(&x)?[axis] as i64) {
                let (low, high) = neighbours(numbers, &x, axis)?;
                x = numbers.sub(&high, &low)?;
            }
            Ok(x)
        }),
    },
    Builtin {
        name: "trapezoid",
        aliases: &["trapz"],
        params: &["y", "x?", "dx?", "axis?"],
        doc: "Integral of samples along `axis` (the last by default) by the trapezoidal rule, at places `x` or `dx` (1) \
              apart.",
        example: "trapezoid([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let (areas, axis) = trapezoids(caller, args)?;
            caller.numbers().total(&areas, &[axis], false)
        }),
    },
    Builtin {
        name: "cumulative_trapezoid",
        aliases: &["cumtrapz"],
        params: &["y", "x?", "dx?", "axis?"],
        doc: "Integrals of samples up to each but the first, by the trapezoidal rule.",
        example: "cumulative_trapezoid([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let (areas, axis) = trapezoids(caller, args)?;
            super::ordering::scanned(caller.numbers(), areas, axis, &ops::ADD)
        }),
    },
    Builtin {
        name: "polyval",
        aliases: &[],
        params: &["coefficients", "x"],
        doc: "Value of a polynomial at `x` by Horner's rule, the coefficient of the highest power first.",
        example: "polyval([1, 0, -2], 3)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (coefficients, x) = (args.need(0), args.need(1));
            let coefficients = super::elements(caller, &coefficients)?;
            let numbers = caller.numbers();
            let dims = numbers.dims(&x)?;
            let Some((first, rest)) = coefficients.split_first() else {
                return super::steps::filled(&dims, 0.0);
            };
            let shape = numbers.shape(first)?.broadcast(&Shape::new(dims))?;
            let mut sum = numbers.widened(first, shape.dims())?;
            for coefficient in rest {
                let raised = numbers.mul(&sum, &x)?;
                sum = numbers.add(&raised, coefficient)?;
            }
            Ok(sum)
        }),
    },
];

fn reduction(caller: &mut dyn Caller, args: &mut Args) -> Result<(Value, Vec<usize>, bool), Fault> {
    let (axis, keep) = (args.take(1), args.flag(2)?);
    let x = args.need(0);
    let axes = axes(caller, &x, axis.as_ref())?;
    Ok((x, axes, keep))
}

/// How many elements are (not) equal to 0.
fn counted(caller: &mut dyn Caller, mut args: Args, row: &'static Row) -> Result<Value, Fault> {
    let (x, axes, keep) = reduction(caller, &mut args)?;
    let numbers = caller.numbers();
    let found = numbers.two(row, &x, &Value::Real(0.0))?;
    numbers.total(&found, &axes, keep)
}

/// A reduction with what does not change it in the place of NaN.
fn without_nan_reduced(
    caller: &mut dyn Caller,
    mut args: Args,
    row: &'static Row,
    neutral: f64,
) -> Result<Value, Fault> {
    let (x, axes, keep) = reduction(caller, &mut args)?;
    let numbers = caller.numbers();
    let sound = numbers.two(&ops::EQUAL, &x, &x)?;
    let kept = numbers.select(&sound, &x, &Value::Real(neutral))?;
    numbers.reduced(row, &kept, &axes, keep)
}

/// Where there are numbers, and `x` with 0 elsewhere, which gets no cotangent there.
fn without_nan(numbers: &mut Numbers, x: &Value) -> Result<(Value, Value), Fault> {
    let sound = numbers.two(&ops::EQUAL, x, x)?;
    let kept = numbers.select(&sound, x, &Value::Real(0.0))?;
    Ok((sound, kept))
}

fn average(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (weights, axis) = (args.take(1), args.take(2));
    let x = args.need(0);
    let axes = axes(caller, &x, axis.as_ref())?;
    let Some(weights) = weights else { return mean(caller, &x, &axes, false) };
    let numbers = caller.numbers();
    let (shape, own) = (numbers.shape(&x)?, numbers.shape(&weights)?);
    let weights = if own == shape {
        weights
    } else if let ([axis], [length]) = (&axes[..], own.dims())
        && shape.dims()[*axis] == *length
    {
        let mut dims = vec![1; shape.rank()];
        dims[*axis] = *length;
        let line = numbers.reshaped(&weights, &dims)?;
        numbers.widened(&line, shape.dims())?
    } else {
        let message = format!("weights of shape {own} for a tensor of shape {shape}");
        return Err(Fault::new(message).help("one weight an element, or a vector along one axis").argument(1));
    };
    let weighted = numbers.mul(&x, &weights)?;
    let (sum, total) = (numbers.total(&weighted, &axes, false)?, numbers.total(&weights, &axes, false)?);
    numbers.div(&sum, &total)
}

/// The rows of one matrix, or two vectors as rows, each without its mean.
fn centered_rows(caller: &mut dyn Caller, x: Value, y: Option<Value>) -> Result<Value, Fault> {
    let numbers = caller.numbers();
    let mut rows = Vec::new();
    for value in [Some(x), y].into_iter().flatten() {
        let dims = numbers.dims(&value)?;
        rows.push(match dims[..] {
            [n] => numbers.reshaped(&value, &[1, n])?,
            [_, _] => value,
            _ => return Err(Fault::new("vectors of observations, or a matrix with one a row, are needed").argument(0)),
        });
    }
    let rows = numbers.joined(&rows.iter().collect::<Vec<_>>(), 0)?;
    let center = mean(caller, &rows, &[1], true)?;
    caller.numbers().sub(&rows, &center)
}

/// `a aᵀ`, a number for one row.
fn squared(numbers: &mut Numbers, a: &Value) -> Result<Value, Fault> {
    let turned = numbers.permuted(a, &[1, 0])?;
    let product = numbers.matmul(a, &turned)?;
    match numbers.dims(&product)?[..] {
        [1, 1] => numbers.reshaped(&product, &[]),
        _ => Ok(product),
    }
}

fn cov(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let ddof = args.number(caller, 2)?.unwrap_or(1.0);
    let (x, y) = (args.need(0), args.take(1));
    let offsets = centered_rows(caller, x, y)?;
    let numbers = caller.numbers();
    let n = numbers.dims(&offsets)?[1] as f64;
    let sums = squared(numbers, &offsets)?;
    numbers.div(&sums, &Value::Real(n - ddof))
}

fn standardized(caller: &mut dyn Caller, mut args: Args, default: i64) -> Result<Value, Fault> {
    let axis = args.take(3).unwrap_or(Value::Int(default));
    let epsilon = args.take(4).unwrap_or(Value::Real(1e-5));
    let (scale, offset) = (args.take(1), args.take(2));
    let x = args.need(0);
    let axes = axes(caller, &x, Some(&axis))?;
    let center = mean(caller, &x, &axes, true)?;
    let offsets = caller.numbers().sub(&x, &center)?;
    let squares = caller.numbers().one(&ops::SQUARE, &offsets)?;
    let variance = mean(caller, &squares, &axes, true)?;
    let numbers = caller.numbers();
    let raised = numbers.add(&variance, &epsilon)?;
    let width = numbers.one(&ops::SQRT, &raised)?;
    let mut result = numbers.div(&offsets, &width)?;
    if let Some(scale) = scale {
        result = numbers.mul(&result, &scale)?;
    }
    if let Some(offset) = offset {
        result = numbers.add(&result, &offset)?;
    }
    Ok(result)
}

/// The piece is found by value; within it the line through its ends is an ordinary formula of x, xs and ys.
fn interp(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (x, xs, ys) = (args.need(0), args.need(1), args.need(2));
    let numbers = caller.numbers();
    let (places, wanted) = (numbers.to_tensor(&xs)?, numbers.to_tensor(&x)?);
    let n = places.size();
    if places.shape().rank() != 1 || n == 0 || numbers.shape(&ys)? != *places.shape() {
        let message =
            format!("interp needs points: xs of shape {}, ys of shape {}", places.shape(), numbers.shape(&ys)?);
        return Err(Fault::new(message).help("interp(x, [0, 1, 2], [0, 10, 30])").argument(1));
    }
    if !places.data().windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(Fault::new("the places of the points must ascend").help("sort them first").argument(1));
    }
    let dims = wanted.shape().dims().to_vec();
    let piece = |&x: &f64| places.data().partition_point(|&place| place <= x).clamp(1, n.max(2) - 1) - 1;
    let low: Vec<usize> = wanted.data().iter().map(piece).collect();
    let high: Vec<usize> = low.iter().map(|&i| (i + 1).min(n - 1)).collect();
    let mut at = |values: &Value, indices: Vec<usize>| {
        let picked = numbers.picked(values, indices, 0)?;
        numbers.reshaped(&picked, &dims)
    };
    let ends = vec![[0, n - 1]; low.len()];
    let first = at(&ys, ends.iter().map(|ends| ends[0]).collect())?;
    if n == 1 {
        return Ok(first);
    }
    let last = at(&ys, ends.iter().map(|ends| ends[1]).collect())?;
    let (x0, x1) = (at(&xs, low.clone())?, at(&xs, high.clone())?);
    let (y0, y1) = (at(&ys, low)?, at(&ys, high)?);
    let rise = numbers.sub(&y1, &y0)?;
    let run = numbers.sub(&x1, &x0)?;
    let slope = numbers.div(&rise, &run)?;
    let into = numbers.sub(&x, &x0)?;
    let part = numbers.mul(&into, &slope)?;
    let between = numbers.add(&y0, &part)?;
    let (below, above) = (Value::Real(places.data()[0]), Value::Real(places.data()[n - 1]));
    let below = numbers.two(&ops::LESS, &x, &below)?;
    let above = numbers.two(&ops::GREATER, &x, &above)?;
    let inside = numbers.select(&above, &last, &between)?;
    numbers.select(&below, &first, &inside)
}

/// All but the last and all but the first along an axis.
fn neighbours(numbers: &mut Numbers, x: &Value, axis: usize) -> Result<(Value, Value), Fault> {
    let count = numbers.dims(x)?[axis].saturating_sub(1);
    let start = numbers.dims(x)?[axis].min(1);
    Ok((numbers.sliced(x, axis, (0, 1, count))?, numbers.sliced(x, axis, (start, 1, count))?))
}

/// The areas between neighbouring samples, and the axis they lie along.
fn trapezoids(caller: &mut dyn Caller, mut args: Args) -> Result<(Value, usize), Fault> {
    let axis = args.integer(caller, 3)?.unwrap_or(-1);
    let dx = args.take(2).unwrap_or(Value::Real(1.0));
    let (y, x) = (args.need(0), args.take(1));
    let numbers = caller.numbers();
    let shape = numbers.shape(&y)?;
    let axis = shape.axis(axis)?;
    let (low, high) = neighbours(numbers, &y, axis)?;
    let sum = numbers.add(&low, &high)?;
    let height = numbers.mul(&sum, &Value::Real(0.5))?;
    let width = match x {
        None => dx,
        Some(x) => {
            let own = numbers.shape(&x)?;
            if own != shape && own.dims() != [shape.dims()[axis]] {
                let message = format!("places of shape {own} for samples of shape {shape}");
                return Err(Fault::new(message).help(format!("as many as axis {axis} is long")).argument(1));
            }
            if own == shape {
                let (low, high) = neighbours(numbers, &x, axis)?;
                numbers.sub(&high, &low)?
            } else {
                let (low, high) = neighbours(numbers, &x, 0)?;
                let widths = numbers.sub(&high, &low)?;
                let mut dims = vec![1; shape.rank()];
                dims[axis] = Shape::new(numbers.dims(&widths)?).size();
                numbers.reshaped(&widths, &dims)?
            }
        }
    };
    Ok((numbers.mul(&height, &width)?, axis))
}
