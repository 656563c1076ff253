//! Functions that repeat, pad, split, turn and join tensors.

use super::steps::check_count;
use super::{Args, Builtin, Caller, Run, elements};
use crate::ops;
use crate::tape::{Attr, SliceSpec};
use crate::tensor::{Shape, ShapeError};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "shapes";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "squeeze",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Without the axes of length 1: all of them, or those named.",
        example: "squeeze([[[1, 2]]])",
        group: GROUP,
        run: Run::Plain(squeeze),
    },
    Builtin {
        name: "expand_dims",
        aliases: &["unsqueeze"],
        params: &["x", "axis"],
        doc: "With a new axis of length 1 at `axis` of the result.",
        example: "expand_dims([1, 2], 0)",
        group: GROUP,
        run: Run::Plain(expand_dims),
    },
    Builtin {
        name: "swapaxes",
        aliases: &["swap_axes"],
        params: &["x", "a", "b"],
        doc: "Two axes exchanged.",
        example: "swapaxes([[1, 2], [3, 4]], 0, 1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.integer(caller, 1)?.unwrap_or(0), args.integer(caller, 2)?.unwrap_or(0));
            let x = args.need(0);
            let shape = caller.numbers().shape(&x)?;
            let mut order: Vec<usize> = (0..shape.rank()).collect();
            order.swap(shape.axis(a)?, shape.axis(b)?);
            caller.numbers().permuted(&x, &order)
        }),
    },
    Builtin {
        name: "moveaxis",
        aliases: &["move_axis", "movedim"],
        params: &["x", "from", "to"],
        doc: "Axes moved to other places, the rest in their order.",
        example: "shape(moveaxis(zeros(2, 3, 4), 0, -1))",
        group: GROUP,
        run: Run::Plain(moveaxis),
    },
    Builtin {
        name: "tile",
        aliases: &[],
        params: &["x", "times"],
        doc: "The whole tensor repeated along its axes: `times` for the last one, or one count an axis.",
        example: "tile([1, 2], 2)",
        group: GROUP,
        run: Run::Plain(tile),
    },
    Builtin {
        name: "repeat",
        aliases: &[],
        params: &["x", "times", "axis?"],
        doc: "Each element (or sub-tensor along `axis`) several times in a row; without an axis, of all elements row \
              by row. `times` may name a count for each.",
        example: "repeat([1, 2], 2)",
        group: GROUP,
        run: Run::Plain(repeat),
    },
    Builtin {
        name: "pad",
        aliases: &[],
        params: &["x", "widths", "mode?", "value?"],
        doc: "More elements at the ends of every axis: `widths` is one number, (before, after), or such a pair an axis. \
              `mode` is \"constant\" (with `value`, 0 by default), \"edge\", \"reflect\", \"symmetric\" or \"wrap\".",
        example: "pad([1, 2], (1, 2))",
        group: GROUP,
        run: Run::Plain(pad),
    },
    Builtin {
        name: "split",
        aliases: &["array_split"],
        params: &["x", "parts", "axis?"],
        doc: "A list of parts along `axis` (the first by default): into so many of equal length, or cut before the \
              positions given.",
        example: "split([1, 2, 3, 4], 2)",
        group: GROUP,
        run: Run::Plain(split),
    },
    Builtin {
        name: "unstack",
        aliases: &["unbind"],
        params: &["x", "axis?"],
        doc: "A list of the sub-tensors along `axis` (the first by default), which they no longer have.",
        example: "unstack([[1, 2], [3, 4]], axis = 1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.integer(caller, 1)?.unwrap_or(0);
            let x = args.need(0);
            let shape = caller.numbers().shape(&x)?;
            let axis = shape.axis(axis)?;
            let mut order: Vec<usize> = (0..shape.rank()).filter(|&other| other != axis).collect();
            order.insert(0, axis);
            let turned = caller.numbers().permuted(&x, &order)?;
            Ok(Value::list(elements(caller, &turned)?))
        }),
    },
    Builtin {
        name: "flip",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "Elements in the other direction along `axis`, or along all axes.",
        example: "flip([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.take(1);
            let x = args.need(0);
            let axes = super::reductions::axes(caller, &x, axis.as_ref())?;
            flipped(caller.numbers(), &x, &axes)
        }),
    },
    Builtin {
        name: "fliplr",
        aliases: &["flip_left_right"],
        params: &["x"],
        doc: "The columns of a matrix from right to left (of any tensor, its second axis).",
        example: "fliplr([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, args| turned_over(caller, args, 1, "fliplr")),
    },
    Builtin {
        name: "flipud",
        aliases: &["flip_up_down"],
        params: &["x"],
        doc: "The rows of a matrix from the bottom to the top (of any tensor, its first axis).",
        example: "flipud([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, args| turned_over(caller, args, 0, "flipud")),
    },
    Builtin {
        name: "rot90",
        aliases: &[],
        params: &["x", "times?"],
        doc: "A matrix turned to the left by quarters of a turn.",
        example: "rot90([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let times = args.integer(caller, 1)?.unwrap_or(1).rem_euclid(4);
            let x = args.need(0);
            let numbers = caller.numbers();
            let rank = numbers.shape(&x)?.rank();
            if rank < 2 {
                let got = numbers.shape(&x)?;
                return Err(ShapeError::Needs { what: "rot90", needs: "a matrix", got }.into());
            }
            let mut order: Vec<usize> = (0..rank).collect();
            order.swap(0, 1);
            match times {
                0 => Ok(x),
                2 => flipped(numbers, &x, &[0, 1]),
                _ => {
                    let turned = numbers.permuted(&x, &order)?;
                    flipped(numbers, &turned, &[if times == 1 { 0 } else { 1 }])
                }
            }
        }),
    },
    Builtin {
        name: "hstack",
        aliases: &[],
        params: &["xs*"],
        doc: "Tensors side by side: vectors end to end, matrices along their columns.",
        example: "hstack([[1], [2]], [[3], [4]])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            beside(caller, args, |numbers, x| {
                let dims = numbers.dims(x)?;
                Ok((numbers.reshaped(x, &at_least(&dims, 1))?, if dims.len() < 2 { 0 } else { 1 }))
            })
        }),
    },
    Builtin {
        name: "vstack",
        aliases: &["row_stack"],
        params: &["xs*"],
        doc: "Tensors one below the other: vectors as rows.",
        example: "vstack([1, 2], [3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            beside(caller, args, |numbers, x| {
                let dims = numbers.dims(x)?;
                Ok((numbers.reshaped(x, &at_least(&dims, 2))?, 0))
            })
        }),
    },
    Builtin {
        name: "column_stack",
        aliases: &[],
        params: &["xs*"],
        doc: "Vectors as the columns of a matrix, matrices side by side.",
        example: "column_stack([1, 2], [3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            beside(caller, args, |numbers, x| {
                let dims = numbers.dims(x)?;
                let column = if dims.len() < 2 { vec![dims.iter().product(), 1] } else { dims };
                Ok((numbers.reshaped(x, &column)?, 1))
            })
        }),
    },
    Builtin {
        name: "meshgrid",
        aliases: &[],
        params: &["xs*", "indexing?"],
        doc: "A list of grids of coordinates: the first vector varies along columns (`indexing = \"xy\"`, the default) \
              or along the first axis (\"ij\").",
        example: "meshgrid([1, 2], [3, 4, 5])",
        group: GROUP,
        run: Run::Plain(meshgrid),
    },
];

fn squeeze(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let axis = args.take(1);
    let x = args.need(0);
    let dims = caller.numbers().dims(&x)?;
    let gone = match axis {
        None => (0..dims.len()).filter(|&axis| dims[axis] == 1).collect(),
        some => super::reductions::axes(caller, &x, some.as_ref())?,
    };
    if let Some(&axis) = gone.iter().find(|&&axis| dims[axis] != 1) {
        let message = format!("axis {axis} has length {}, and only axes of length 1 can go", dims[axis]);
        return Err(Fault::new(message).argument(1));
    }
    let kept: Vec<usize> = (0..dims.len()).filter(|axis| !gone.contains(axis)).map(|axis| dims[axis]).collect();
    caller.numbers().reshaped(&x, &kept)
}

fn expand_dims(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let named = args.integers(caller, 1)?.unwrap_or_default();
    let x = args.need(0);
    let dims = caller.numbers().dims(&x)?;
    let rank = dims.len() + named.len();
    // axes are counted in the result
    let result = Shape::new(vec![1; rank]);
    let mut new = Vec::with_capacity(named.len());
    for axis in named {
        let index = result.axis(axis)?;
        if new.contains(&index) {
            return Err(ShapeError::AxisTwice { axis }.into());
        }
        new.push(index);
    }
    let mut old = dims.into_iter();
    let dims: Vec<usize> =
        (0..rank).map(|axis| if new.contains(&axis) { 1 } else { old.next().unwrap_or(1) }).collect();
    caller.numbers().reshaped(&x, &dims)
}

fn moveaxis(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (from, to) = (args.integers(caller, 1)?.unwrap_or_default(), args.integers(caller, 2)?.unwrap_or_default());
    let x = args.need(0);
    let shape = caller.numbers().shape(&x)?;
    if from.len() != to.len() {
        return Err(Fault::new(format!("{} axes and {} places for them", from.len(), to.len())).argument(2));
    }
    let mut moves = Vec::with_capacity(from.len());
    for (&from, &to) in from.iter().zip(&to) {
        let (source, place) = (shape.axis(from)?, shape.axis(to)?);
        if moves.iter().any(|&(_, other)| other == source) {
            return Err(ShapeError::AxisTwice { axis: from }.into());
        }
        if moves.iter().any(|&(other, _)| other == place) {
            return Err(ShapeError::AxisTwice { axis: to }.into());
        }
        moves.push((place, source));
    }
    let mut order: Vec<usize> =
        (0..shape.rank()).filter(|axis| !moves.iter().any(|(_, source)| source == axis)).collect();
    moves.sort_unstable();
    for (place, source) in moves {
        order.insert(place, source);
    }
    caller.numbers().permuted(&x, &order)
}

/// Shape with ones in front until it has `rank` axes.
fn at_least(dims: &[usize], rank: usize) -> Vec<usize> {
    let mut dims = dims.to_vec();
    dims.splice(0..0, vec![1; rank.saturating_sub(dims.len())]);
    dims
}

fn counts(args: &mut Args, caller: &mut dyn Caller, index: usize) -> Result<Vec<usize>, Fault> {
    let named = args.integers(caller, index)?.unwrap_or_default();
    match named.iter().find(|&&count| count < 0) {
        Some(count) => Err(args.fault(index, format!("must not be negative, not {count}"))),
        None => Ok(named.into_iter().map(|count| count as usize).collect()),
    }
}

/// Seen with an axis of length 1 before each own one, which broadcasting fills.
fn tile(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let times = counts(&mut args, caller, 1)?;
    let x = args.need(0);
    let numbers = caller.numbers();
    let dims = numbers.dims(&x)?;
    let rank = dims.len().max(times.len());
    let (dims, times) = (at_least(&dims, rank), at_least(&times, rank));
    let pairs = || times.iter().zip(&dims);
    let result: Vec<usize> = pairs().map(|(times, dim)| times.saturating_mul(*dim)).collect();
    check_count(&result)?;
    let apart = numbers.reshaped(&x, &dims.iter().flat_map(|&dim| [1, dim]).collect::<Vec<_>>())?;
    let wide = numbers.widened(&apart, &pairs().flat_map(|(&times, &dim)| [times, dim]).collect::<Vec<_>>())?;
    numbers.reshaped(&wide, &result)
}

fn repeat(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let times = counts(&mut args, caller, 1)?;
    let axis = args.integer(caller, 2)?;
    let x = args.need(0);
    let numbers = caller.numbers();
    let (x, axis) = match axis {
        Some(axis) => {
            let axis = numbers.shape(&x)?.axis(axis)?;
            (x, axis)
        }
        None => (numbers.flattened(&x)?, 0),
    };
    let mut dims = numbers.dims(&x)?;
    if let [times] = times[..] {
        let mut wide = dims.clone();
        wide.insert(axis + 1, times);
        dims[axis] = dims[axis].saturating_mul(times);
        check_count(&dims)?;
        let mut apart = wide.clone();
        apart[axis + 1] = 1;
        let apart = numbers.reshaped(&x, &apart)?;
        let wide = numbers.widened(&apart, &wide)?;
        return numbers.reshaped(&wide, &dims);
    }
    if times.len() != dims[axis] {
        let message = format!("{} counts for {} elements along axis {axis}", times.len(), dims[axis]);
        return Err(Fault::new(message).argument(1));
    }
    dims[axis] = times.iter().fold(0, |sum, &times| sum.saturating_add(times));
    check_count(&dims)?;
    let from = times.iter().enumerate().flat_map(|(i, &times)| std::iter::repeat_n(i, times)).collect();
    numbers.picked(&x, from, axis)
}

const MODES: &[&str] = &["constant", "edge", "reflect", "symmetric", "wrap"];

fn pad(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let mode = args.word(2, MODES)?.unwrap_or_else(|| "constant".to_string());
    let value = args.take(3).unwrap_or(Value::Real(0.0));
    let flat = counts(&mut args, caller, 1)?;
    let x = args.need(0);
    let numbers = caller.numbers();
    let dims = numbers.dims(&x)?;
    let widths: Vec<(usize, usize)> = match flat[..] {
        [both] => vec![(both, both); dims.len()],
        [before, after] => vec![(before, after); dims.len()],
        _ if flat.len() == 2 * dims.len() => flat.chunks(2).map(|pair| (pair[0], pair[1])).collect(),
        _ => {
            let message = format!("{} widths for a tensor of {} axes", flat.len(), dims.len());
            let help = "one number, (before, after), or such a pair for each axis";
            return Err(Fault::new(message).help(help).argument(1));
        }
    };
    if mode == "constant" {
        return padded(numbers, &x, &widths, &value);
    }
    let mut result = x;
    for (axis, &(before, after)) in widths.iter().enumerate() {
        let length = dims[axis];
        let mut wide = numbers.dims(&result)?;
        wide[axis] = before.saturating_add(length).saturating_add(after);
        check_count(&wide)?;
        if length == 0 && before + after > 0 {
            return Err(Fault::new(format!("axis {axis} has no element to fill up with")).argument(0));
        }
        if before + after > 0 {
            let from = (0..wide[axis]).map(|i| mirrored(i as i64 - before as i64, length as i64, &mode)).collect();
            result = numbers.picked(&result, from, axis)?;
        }
    }
    Ok(result)
}

/// The element of an axis that stands at position `i`, which may lie outside.
fn mirrored(i: i64, length: i64, mode: &str) -> usize {
    let position = match mode {
        "edge" => i.clamp(0, length - 1),
        "wrap" => i.rem_euclid(length),
        "symmetric" => {
            let i = i.rem_euclid(2 * length);
            i.min(2 * length - 1 - i)
        }
        _ if length == 1 => 0,
        _ => {
            let period = 2 * (length - 1);
            let i = i.rem_euclid(period);
            i.min(period - i)
        }
    };
    position as usize
}

/// `x` in the midst of a tensor of a constant; `widths` are those before and after along each axis.
pub fn padded(numbers: &mut Numbers, x: &Value, widths: &[(usize, usize)], value: &Value) -> Result<Value, Fault> {
    if widths.iter().all(|&width| width == (0, 0)) {
        return Ok(x.clone());
    }
    let own = numbers.dims(x)?;
    let wide: Vec<usize> = own
        .iter()
        .zip(widths)
        .map(|(&dim, &(before, after))| dim.saturating_add(before).saturating_add(after))
        .collect();
    check_count(&wide)?;
    let specs: Vec<SliceSpec> =
        own.iter().zip(widths).map(|(&len, &(start, _))| SliceSpec { start, step: 1, len, drop: false }).collect();
    let around = numbers.widened(value, &wide)?;
    numbers.apply(&ops::SET_SLICE, &[&around, x], Attr::Slice(specs.into()))
}

fn split(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let axis = args.integer(caller, 2)?.unwrap_or(0);
    let parts = args.need(1);
    let x = args.need(0);
    let shape = caller.numbers().shape(&x)?;
    let axis = shape.axis(axis)?;
    let length = shape.dims()[axis];
    let cuts: Vec<usize> = match caller.numbers().integer(&parts) {
        Some(count) => {
            if !(1..=length.max(1) as i64).contains(&count) || length as i64 % count != 0 {
                let message = format!("{length} elements along axis {axis} do not make {count} equal parts");
                return Err(Fault::new(message).help("name the positions to cut at: split(x, [2, 3])").argument(1));
            }
            (1..count as usize).map(|i| i * (length / count as usize)).collect()
        }
        None => {
            let named = super::args::integers(caller, &parts)
                .ok_or_else(|| Fault::new("parts must be a whole number or positions").argument(1))?;
            let resolved = |&at: &i64| (if at < 0 { at + length as i64 } else { at }).clamp(0, length as i64) as usize;
            named.iter().map(resolved).collect()
        }
    };
    let mut pieces = Vec::with_capacity(cuts.len() + 1);
    let mut start = 0;
    for &end in cuts.iter().chain([&length]) {
        let taken = (start, 1, end.saturating_sub(start));
        pieces.push(caller.numbers().sliced(&x, axis, taken)?);
        start = end;
    }
    Ok(Value::list(pieces))
}

/// Elements in the other direction along axes.
fn turned_over(caller: &mut dyn Caller, mut args: Args, axis: usize, what: &'static str) -> Result<Value, Fault> {
    let x = args.need(0);
    let got = caller.numbers().shape(&x)?;
    if got.rank() <= axis {
        let needs = if axis == 0 { "a vector or a matrix" } else { "a matrix" };
        return Err(Fault::from(ShapeError::Needs { what, needs, got }).argument(0));
    }
    flipped(caller.numbers(), &x, &[axis])
}

pub fn flipped(numbers: &mut Numbers, x: &Value, axes: &[usize]) -> Result<Value, Fault> {
    let dims = numbers.dims(x)?;
    let mut specs: Vec<SliceSpec> = dims.iter().map(|&dim| SliceSpec::all(dim)).collect();
    for &axis in axes {
        let len = dims[axis];
        specs[axis] = SliceSpec { start: len.saturating_sub(1), step: -1, len, drop: false };
    }
    numbers.apply(&ops::SLICE, &[x], Attr::Slice(specs.into()))
}

/// Brings a tensor into the form in which it is joined with others; with the axis along which.
type Form = fn(&mut Numbers, &Value) -> Result<(Value, usize), Fault>;

/// Joins tensors that were brought into form.
fn beside(caller: &mut dyn Caller, mut args: Args, formed: Form) -> Result<Value, Fault> {
    let values = args.many(0);
    let values = match &values[..] {
        [one] => elements(caller, one)?,
        _ => values,
    };
    let mut pieces = Vec::with_capacity(values.len());
    let mut axes = Vec::with_capacity(values.len());
    for value in &values {
        let (piece, axis) = formed(caller.numbers(), value)?;
        pieces.push(piece);
        axes.push(axis);
    }
    // where the axes differ, so do the shapes
    let Some(&axis) = axes.iter().min() else {
        return Err(Fault::new("there is nothing to join").argument(0));
    };
    caller.numbers().joined(&pieces.iter().collect::<Vec<_>>(), axis)
}

fn meshgrid(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let swapped = args.word(1, &["xy", "ij"])?.is_none_or(|word| word == "xy");
    let vectors = args.many(0);
    let numbers = caller.numbers();
    let mut lengths = Vec::with_capacity(vectors.len());
    for vector in &vectors {
        lengths.push(numbers.shape(vector)?.size());
    }
    let place = |i: usize| match (i, swapped && vectors.len() > 1) {
        (0, true) => 1,
        (1, true) => 0,
        _ => i,
    };
    let mut dims = lengths.clone();
    (0..lengths.len()).for_each(|i| dims[place(i)] = lengths[i]);
    check_count(&dims)?;
    let mut grids = Vec::with_capacity(vectors.len());
    for (i, vector) in vectors.iter().enumerate() {
        let mut own = vec![1; dims.len()];
        own[place(i)] = lengths[i];
        let line = numbers.reshaped(vector, &own)?;
        grids.push(numbers.widened(&line, &dims)?);
    }
    Ok(Value::list(grids))
}
