//! Sliding windows: convolutions as networks and as signal processing have them, pooling.
//!
//! All windows are gathered into the rows of a matrix ("im2col", Chellapilla, Puri & Simard 2006): a convolution is
//! one matrix product, pooling one reduction, and derivatives of any order are theirs.

use super::arrange::padded;
use super::steps::{check_count, filled};
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tensor::{Shape, ShapeError};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "networks";
const CONVOLUTION: &[&str] = &["x", "kernel", "stride?", "padding?", "dilation?"];
const POOLING: &[&str] = &["x", "size", "stride?", "padding?"];

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "conv1d",
        aliases: &[],
        params: CONVOLUTION,
        doc: "Cross-correlation along one axis, as networks have it: the kernel is not reversed. Two vectors; or `x` \
              (batch, width, channels) with a kernel (width, channels in, channels out), the batch may be missing. \
              `padding` is \"valid\" (only whole windows, the default), \"same\" (zeros around, as many windows as \
              elements), or a number.",
        example: "conv1d([1, 2, 3, 4], [1, 0, -1])",
        group: GROUP,
        run: Run::Plain(|caller, args| convolution(caller, args, 1)),
    },
    Builtin {
        name: "conv2d",
        aliases: &[],
        params: CONVOLUTION,
        doc: "Cross-correlation along two axes, as networks have it. Two matrices; or `x` (batch, height, width, \
              channels) with a kernel (height, width, channels in, channels out), the batch may be missing. Options as \
              for `conv1d`, one number or one an axis.",
        example: "conv2d([[1, 2], [3, 4]], [[1, 0], [0, 1]])",
        group: GROUP,
        run: Run::Plain(|caller, args| convolution(caller, args, 2)),
    },
    Builtin {
        name: "max_pool",
        aliases: &["maxpool"],
        params: POOLING,
        doc: "Largest element of each window. Of a vector or (batch, width, channels) along one axis, of a matrix or \
              (batch, height, width, channels) along two. Windows do not overlap unless `stride` says so; equal \
              elements share the slope.",
        example: "max_pool([1, 3, 2, 4], 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| pooling(caller, args, None, true)),
    },
    Builtin {
        name: "avg_pool",
        aliases: &["mean_pool", "avgpool"],
        params: POOLING,
        doc: "Mean of each window, like `max_pool`; padding does not count.",
        example: "avg_pool([1, 3, 2, 4], 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| pooling(caller, args, None, false)),
    },
    Builtin {
        name: "max_pool1d",
        aliases: &["maxpool1d"],
        params: POOLING,
        doc: "Largest element of each window along one axis of a vector, (width, channels) or (batch, width, channels).",
        example: "max_pool1d([1, 3, 2, 4], 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| pooling(caller, args, Some(1), true)),
    },
    Builtin {
        name: "avg_pool1d",
        aliases: &["avgpool1d"],
        params: POOLING,
        doc: "Mean of each window along one axis of a vector, (width, channels) or (batch, width, channels).",
        example: "avg_pool1d([1, 3, 2, 4], 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| pooling(caller, args, Some(1), false)),
    },
    Builtin {
        name: "max_pool2d",
        aliases: &["maxpool2d"],
        params: POOLING,
        doc: "Largest element of each window along two axes of a matrix, (height, width, channels) or (batch, height, \
              width, channels).",
        example: "max_pool2d([[1, 3], [2, 4]], 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| pooling(caller, args, Some(2), true)),
    },
    Builtin {
        name: "avg_pool2d",
        aliases: &["avgpool2d"],
        params: POOLING,
        doc: "Mean of each window along two axes of a matrix, (height, width, channels) or (batch, height, width, \
              channels).",
        example: "avg_pool2d([[1, 3], [2, 4]], 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| pooling(caller, args, Some(2), false)),
    },
    Builtin {
        name: "convolve",
        aliases: &[],
        params: &["a", "v", "mode?"],
        doc: "Convolution of two vectors, the second reversed: `mode` is \"full\" (the default; the product of two \
              polynomials), \"same\" or \"valid\".",
        example: "convolve([1, 2], [1, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let mode = args.word(2, SIGNAL_MODES)?.unwrap_or_else(|| "full".to_string());
            let (a, v) = (args.need(0), args.need(1));
            let (m, n) = (vector_length(caller.numbers(), &a, 0)?, vector_length(caller.numbers(), &v, 1)?);
            // the shorter one slides
            let (a, v) = if n > m { (v, a) } else { (a, v) };
            let reversed = backwards(caller, &v, 1)?;
            correlation(caller, &a, &reversed, &mode)
        }),
    },
    Builtin {
        name: "correlate",
        aliases: &[],
        params: &["a", "v", "mode?"],
        doc: "Cross-correlation of two vectors: `mode` is \"valid\" (the default), \"same\" or \"full\".",
        example: "correlate([1, 2, 3], [0, 1])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let mode = args.word(2, SIGNAL_MODES)?.unwrap_or_else(|| "valid".to_string());
            let (a, v) = (args.need(0), args.need(1));
            correlation(caller, &a, &v, &mode)
        }),
    },
];

const SIGNAL_MODES: &[&str] = &["full", "same", "valid"];

/// How windows lie along one axis.
struct Windows {
    size: usize,
    stride: usize,
    dilation: usize,
    before: usize,
    after: usize,
    /// How many there are.
    count: usize,
}

/// Zeros around.
enum Padding {
    Valid,
    Same,
    By(Vec<usize>),
}

impl Windows {
    fn new(length: usize, size: usize, stride: usize, dilation: usize, padding: (&Padding, usize)) -> Option<Windows> {
        let reach = size.checked_sub(1)?.checked_mul(dilation)?.checked_add(1)?;
        let (before, after) = match padding {
            (Padding::Valid, _) => (0, 0),
            (Padding::By(widths), axis) => {
                let width = *widths.get(axis).or(widths.first())?;
                (width, width)
            }
            (Padding::Same, _) => {
                let needed = length.div_ceil(stride).checked_sub(1)?.checked_mul(stride)?.checked_add(reach)?;
                let total = needed.saturating_sub(length);
                (total / 2, total - total / 2)
            }
        };
        let last = length.checked_add(before)?.checked_add(after)?.checked_sub(reach)?;
        Some(Windows { size, stride, dilation, before, after, count: last / stride + 1 })
    }
}

/// Positive whole numbers, one for all axes or one an axis.
fn per_axis(
    caller: &mut dyn Caller,
    args: &mut Args,
    index: usize,
    axes: usize,
    default: &[usize],
) -> Result<Vec<usize>, Fault> {
    let Some(named) = args.integers(caller, index)? else { return Ok(default.to_vec()) };
    if named.iter().any(|&number| !(1..=1 << 40).contains(&number)) {
        return Err(args.fault(index, "must be at least 1".to_string()));
    }
    let named: Vec<usize> = named.into_iter().map(|number| number as usize).collect();
    match named.len() {
        1 => Ok(vec![named[0]; axes]),
        n if n == axes => Ok(named),
        n => Err(args.fault(index, format!("must be one number or {axes}, not {n}"))),
    }
}

fn padding(caller: &mut dyn Caller, args: &mut Args, index: usize) -> Result<Padding, Fault> {
    match args.take(index) {
        None => Ok(Padding::Valid),
        Some(Value::Text(text)) => match &*text.to_lowercase() {
            "valid" => Ok(Padding::Valid),
            "same" => Ok(Padding::Same),
            _ => Err(args.fault(index, "must be \"valid\", \"same\" or a number".to_string())),
        },
        Some(other) => {
            let widths = super::args::integers(caller, &other).unwrap_or_default();
            if widths.is_empty() || widths.iter().any(|width| !(0..=1 << 40).contains(width)) {
                return Err(args.fault(index, "must be \"valid\", \"same\" or a number".to_string()));
            }
            Ok(Padding::By(widths.into_iter().map(|width| width as usize).collect()))
        }
    }
}

/// A tensor as (batch, axes…, channels), and which of the two it had.
struct Layout {
    x: Value,
    dims: Vec<usize>,
    batch: bool,
    channels: bool,
}

impl Layout {
    fn new(numbers: &mut Numbers, x: &Value, axes: usize, what: &'static str) -> Result<Layout, Fault> {
        let shape = numbers.shape(x)?;
        let (batch, channels) = match shape.rank().checked_sub(axes) {
            Some(0) => (false, false),
            Some(1) => (false, true),
            Some(2) => (true, true),
            _ => {
                let needs = match axes {
                    1 => "a vector, (width, channels) or (batch, width, channels)",
                    _ => "a matrix, (height, width, channels) or (batch, height, width, channels)",
                };
                return Err(ShapeError::Needs { what, needs, got: shape }.into());
            }
        };
        let mut dims = shape.dims().to_vec();
        if !batch {
            dims.insert(0, 1);
        }
        if !channels {
            dims.push(1);
        }
        let x = numbers.reshaped(x, &dims)?;
        Ok(Layout { x, dims, batch, channels })
    }

    /// A result (batch, axes…, channels) without what was not given.
    fn restored(&self, numbers: &mut Numbers, y: &Value, axes: &[Windows], channels: usize) -> Result<Value, Fault> {
        let mut dims: Vec<usize> = axes.iter().map(|windows| windows.count).collect();
        if self.batch {
            dims.insert(0, self.dims[0]);
        }
        if self.channels {
            dims.push(channels);
        }
        numbers.reshaped(y, &dims)
    }

    /// All windows: shape (batch, windows, elements of a window, channels). `around` stands outside.
    fn windows(&self, numbers: &mut Numbers, axes: &[Windows], around: f64) -> Result<Value, Fault> {
        let &[batch, ref inner @ .., channels] = &self.dims[..] else { unreachable!("a layout has these axes") };
        let mut widths = vec![(0, 0)];
        widths.extend(axes.iter().map(|windows| (windows.before, windows.after)));
        widths.push((0, 0));
        let x = padded(numbers, &self.x, &widths, &Value::Real(around))?;
        let lengths: Vec<usize> =
            inner.iter().zip(axes).map(|(dim, windows)| dim + windows.before + windows.after).collect();
        let count: usize = check_count(&axes.iter().map(|windows| windows.count).collect::<Vec<_>>())?;
        let size: usize = check_count(&axes.iter().map(|windows| windows.size).collect::<Vec<_>>())?;
        check_count(&[batch, count, size, channels])?;
        // offsets of the elements, axis by axis: all windows of the axes so far, each with all its elements
        let mut places = vec![0];
        let mut from = vec![0];
        for (windows, length) in axes.iter().zip(&lengths) {
            let starts: Vec<usize> = (0..windows.count).map(|i| i * windows.stride).collect();
            let offsets: Vec<usize> = (0..windows.size).map(|i| i * windows.dilation).collect();
            places = places.iter().flat_map(|at| starts.iter().map(move |start| at * length + start)).collect();
            from = from.iter().flat_map(|at| offsets.iter().map(move |offset| at * length + offset)).collect();
        }
        let indices = places.iter().flat_map(|at| from.iter().map(move |offset| at + offset)).collect();
        let line = numbers.reshaped(&x, &[batch, lengths.iter().product(), channels])?;
        let picked = numbers.picked(&line, indices, 1)?;
        numbers.reshaped(&picked, &[batch, count, size, channels])
    }
}

fn convolution(caller: &mut dyn Caller, mut args: Args, axes: usize) -> Result<Value, Fault> {
    let stride = per_axis(caller, &mut args, 2, axes, &vec![1; axes])?;
    let padding = padding(caller, &mut args, 3)?;
    let dilation = per_axis(caller, &mut args, 4, axes, &vec![1; axes])?;
    let (x, kernel) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let what = if axes == 1 { "conv1d" } else { "conv2d" };
    let layout = Layout::new(numbers, &x, axes, what)?;
    let own = numbers.shape(&kernel)?;
    let wanted = if layout.channels { axes + 2 } else { axes };
    if own.rank() != wanted {
        let help = match (axes, layout.channels) {
            (1, false) => "a vector goes with a vector",
            (1, true) => "a kernel has shape (width, channels in, channels out)",
            (_, false) => "a matrix goes with a matrix",
            (_, true) => "a kernel has shape (height, width, channels in, channels out)",
        };
        let message = format!("a kernel of shape {own} for a tensor of shape {}", numbers.shape(&x)?);
        return Err(Fault::new(message).help(help).argument(1));
    }
    let (into, out) = match own.dims() {
        [.., into, out] if layout.channels => (*into, *out),
        _ => (1, 1),
    };
    let channels = layout.dims[axes + 1];
    if into != channels {
        let message = format!("a kernel of {into} channels for a tensor of {channels}");
        return Err(Fault::new(message).argument(1));
    }
    let windows: Option<Vec<Windows>> = (0..axes)
        .map(|i| Windows::new(layout.dims[i + 1], own.dims()[i], stride[i], dilation[i], (&padding, i)))
        .collect();
    let Some(windows) = windows else {
        return Err(no_window(&numbers.shape(&x)?, "kernel", &own.dims()[..axes]));
    };
    let patches = layout.windows(numbers, &windows, 0.0)?;
    let &[batch, count, size, _] = &numbers.dims(&patches)?[..] else { unreachable!("windows have four axes") };
    let rows = numbers.reshaped(&patches, &[batch * count, size * into])?;
    let columns = numbers.reshaped(&kernel, &[size * into, out])?;
    let product = numbers.matmul(&rows, &columns)?;
    layout.restored(numbers, &product, &windows, out)
}

fn no_window(shape: &Shape, what: &str, size: &[usize]) -> Fault {
    let size: Vec<String> = size.iter().map(usize::to_string).collect();
    Fault::new(format!("no {what} of size {} fits into a tensor of shape {shape}", size.join(" × ")))
        .help("padding = \"same\" puts zeros around it")
        .argument(1)
}

fn pooling(caller: &mut dyn Caller, mut args: Args, axes: Option<usize>, largest: bool) -> Result<Value, Fault> {
    let x = args.need(0);
    let axes = match (axes, caller.numbers().shape(&x)?.rank()) {
        (Some(axes), _) => axes,
        (None, 1 | 3) => 1,
        (None, _) => 2,
    };
    let size = per_axis(caller, &mut args, 1, axes, &[])?;
    let stride = per_axis(caller, &mut args, 2, axes, &size)?;
    let padding = padding(caller, &mut args, 3)?;
    let numbers = caller.numbers();
    let layout = Layout::new(numbers, &x, axes, if largest { "max_pool" } else { "avg_pool" })?;
    let windows: Option<Vec<Windows>> =
        (0..axes).map(|i| Windows::new(layout.dims[i + 1], size[i], stride[i], 1, (&padding, i))).collect();
    let Some(windows) = windows else { return Err(no_window(&numbers.shape(&x)?, "window", &size)) };
    let channels = layout.dims[axes + 1];
    if largest {
        let patches = layout.windows(numbers, &windows, f64::NEG_INFINITY)?;
        let found = numbers.reduced(&ops::MAX, &patches, &[2], false)?;
        return layout.restored(numbers, &found, &windows, channels);
    }
    let patches = layout.windows(numbers, &windows, 0.0)?;
    let sums = numbers.total(&patches, &[2], false)?;
    let counted = Layout { x: filled(&layout.dims, 1.0)?, dims: layout.dims.clone(), ..layout };
    let ones = counted.windows(numbers, &windows, 0.0)?;
    let counts = numbers.total(&ones, &[2], false)?;
    let means = numbers.div(&sums, &counts)?;
    counted.restored(numbers, &means, &windows, channels)
}

fn backwards(caller: &mut dyn Caller, v: &Value, argument: usize) -> Result<Value, Fault> {
    let length = vector_length(caller.numbers(), v, argument)?;
    caller.numbers().picked(v, (0..length).rev().collect(), 0)
}

fn vector_length(numbers: &Numbers, v: &Value, argument: usize) -> Result<usize, Fault> {
    match numbers.shape(v)?.dims() {
        [0] => Err(Fault::new("a vector without elements has no windows").argument(argument)),
        [length] => Ok(*length),
        _ => Err(Fault::new(format!("a vector is needed, not shape {}", numbers.shape(v)?)).argument(argument)),
    }
}

/// `c[k] = Σ a[n + k] v[n]`; a longer `v` slides over `a` in the other direction.
fn correlation(caller: &mut dyn Caller, a: &Value, v: &Value, mode: &str) -> Result<Value, Fault> {
    let (m, n) = (vector_length(caller.numbers(), a, 0)?, vector_length(caller.numbers(), v, 1)?);
    if n > m {
        let swapped = correlation(caller, v, a, mode)?;
        return backwards(caller, &swapped, 0);
    }
    let (before, after) = match mode {
        "full" => (n - 1, n - 1),
        "same" => (n / 2, n - 1 - n / 2),
        _ => (0, 0),
    };
    let numbers = caller.numbers();
    let layout = Layout::new(numbers, a, 1, "convolve")?;
    let count = m + before + after - (n - 1);
    let windows = [Windows { size: n, stride: 1, dilation: 1, before, after, count }];
    let patches = layout.windows(numbers, &windows, 0.0)?;
    let rows = numbers.reshaped(&patches, &[count, n])?;
    numbers.matmul(&rows, v)
}
