//! Functions that pick elements by position, put them in place, or add them up by group.

use super::steps::filled;
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Fault, Value, is_whole};

const GROUP: &str = "indexing";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "gather",
        aliases: &[],
        params: &["x", "indices", "axis?"],
        doc: "Elements (or rows) by index along `axis` (the first by default), each as often as it is named; the axis \
              takes the shape of `indices`. Negative indices count from the end.",
        example: "gather([10, 20, 30], [2, 0, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.integer(caller, 2)?.unwrap_or(0);
            let (x, indices) = (args.need(0), args.need(1));
            gather(caller, &x, &indices, axis)
        }),
    },
    Builtin {
        name: "take",
        aliases: &[],
        params: &["x", "indices", "axis?"],
        doc: "Elements by index along `axis`; without one, of all elements row by row. Negative indices count from the \
              end.",
        example: "take([[10, 20], [30, 40]], [3, 0])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.integer(caller, 2)?;
            let (x, indices) = (args.need(0), args.need(1));
            match axis {
                Some(axis) => gather(caller, &x, &indices, axis),
                None => {
                    let flat = caller.numbers().flattened(&x)?;
                    gather(caller, &flat, &indices, 0)
                }
            }
        }),
    },
    Builtin {
        name: "gather_nd",
        aliases: &[],
        params: &["x", "indices"],
        doc: "Elements (or sub-tensors) by whole positions: each row of `indices` names one.",
        example: "gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]])",
        group: GROUP,
        run: Run::Plain(gather_nd),
    },
    Builtin {
        name: "take_along_axis",
        aliases: &[],
        params: &["x", "indices", "axis?"],
        doc: "For every run along `axis` (the last by default) the elements that the same run of `indices` names.",
        example: "x = [[3, 1], [2, 5]]; take_along_axis(x, [[1], [0]])",
        group: GROUP,
        run: Run::Plain(take_along_axis),
    },
    Builtin {
        name: "scatter",
        aliases: &["scatter_nd"],
        params: &["indices", "updates", "shape"],
        doc: "Zeros of a shape with `updates` added at `indices`: positions along the first axis, or one row of \
              positions each. What is named twice is added up.",
        example: "scatter([0, 2, 0], [1, 2, 3], 4)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let dims = args.integers(caller, 2)?.unwrap_or_default();
            let shape = super::args::shape_from(&dims)?;
            let (indices, updates) = (args.need(0), args.need(1));
            let zeros = filled(shape.dims(), 0.0)?;
            let places = Places::new(caller, &indices, &shape, 0)?;
            places.add(caller, &zeros, (&updates, 1))
        }),
    },
    Builtin {
        name: "scatter_add",
        aliases: &["tensor_scatter_nd_add"],
        params: &["x", "indices", "v"],
        doc: "`x` with `v` added at `indices`: positions along the first axis, or one row of positions each. What is \
              named twice is added up.",
        example: "scatter_add([1, 1, 1], [0, 0], [2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, indices, updates) = (args.need(0), args.need(1), args.need(2));
            let shape = caller.numbers().shape(&x)?;
            let places = Places::new(caller, &indices, &shape, 1)?;
            places.add(caller, &x, (&updates, 2))
        }),
    },
    Builtin {
        name: "scatter_set",
        aliases: &["tensor_scatter_nd_update"],
        params: &["x", "indices", "v"],
        doc: "`x` with what stands at `indices` replaced by `v`: positions along the first axis, or one row of \
              positions each. Of what is named twice the last stays.",
        example: "scatter_set([1, 2, 3], 1, 5)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, indices, updates) = (args.need(0), args.need(1), args.need(2));
            let shape = caller.numbers().shape(&x)?;
            let places = Places::new(caller, &indices, &shape, 1)?;
            places.set(caller, &x, (&updates, 2))
        }),
    },
    Builtin {
        name: "one_hot",
        aliases: &[],
        params: &["indices", "depth", "on?", "off?"],
        doc: "A new last axis of length `depth` with `on` (1) at each index and `off` (0) elsewhere; an index outside \
              gives `off` everywhere.",
        example: "one_hot([0, 2], 3)",
        group: GROUP,
        run: Run::Plain(one_hot),
    },
    Builtin {
        name: "segment_sum",
        aliases: &["unsorted_segment_sum"],
        params: &["x", "segments", "n?"],
        doc: "Sums of the elements (or rows) that have the same number in `segments`; `n` segments, by default as many \
              as are named. 0 where there is none.",
        example: "segment_sum([1, 2, 3], [0, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| Groups::new(caller, args)?.sum(caller)),
    },
    Builtin {
        name: "segment_mean",
        aliases: &["unsorted_segment_mean"],
        params: &["x", "segments", "n?"],
        doc: "Means of the elements (or rows) that have the same number in `segments`. 0 where there is none.",
        example: "segment_mean([1, 2, 3], [0, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let groups = Groups::new(caller, args)?;
            let mut counts = vec![0.0; groups.count];
            groups.numbers.iter().for_each(|&number| counts[number] += 1.0);
            let sums = groups.sum(caller)?;
            let mut dims = vec![1; caller.numbers().shape(&sums)?.rank()];
            dims[0] = groups.count;
            let counts = counts.into_iter().map(|count: f64| count.max(1.0)).collect();
            caller.numbers().div(&sums, &super::steps::tensor(&dims, counts))
        }),
    },
    Builtin {
        name: "segment_max",
        aliases: &["unsorted_segment_max"],
        params: &["x", "segments", "n?"],
        doc: "Largest of the elements (or rows, elementwise) that have the same number in `segments`; equal ones share \
              the slope. -inf where there is none.",
        example: "segment_max([1, 2, 3], [0, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let groups = Groups::new(caller, args)?;
            groups.each(caller, &ops::MAX, f64::NEG_INFINITY)
        }),
    },
    Builtin {
        name: "segment_min",
        aliases: &["unsorted_segment_min"],
        params: &["x", "segments", "n?"],
        doc: "Smallest of the elements (or rows, elementwise) that have the same number in `segments`; equal ones \
              share the slope. inf where there is none.",
        example: "segment_min([1, 2, 3], [0, 1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            let groups = Groups::new(caller, args)?;
            groups.each(caller, &ops::MIN, f64::INFINITY)
        }),
    },
];

/// Whole numbers with their arrangement. `argument` is where they were given.
fn whole(caller: &mut dyn Caller, value: &Value, argument: usize) -> Result<(Vec<i64>, Vec<usize>), Fault> {
    let tensor = caller.numbers().to_tensor(value)?;
    match tensor.data().iter().find(|x| !is_whole(**x)) {
        Some(x) => Err(Fault::new(format!("an index must be a whole number, not {x}")).argument(argument)),
        None => Ok((tensor.data().iter().map(|&x| x as i64).collect(), tensor.shape().dims().to_vec())),
    }
}

/// An index counted from either end of an axis.
fn position(index: i64, axis: usize, length: usize, argument: usize) -> Result<usize, Fault> {
    let position = if index < 0 { index + length as i64 } else { index };
    if (0..length as i64).contains(&position) {
        return Ok(position as usize);
    }
    let help = match length {
        0 => "it has no elements".to_string(),
        _ => format!("indices go from 0 to {}, or from -{length} to -1", length - 1),
    };
    let message = format!("index {index} is outside axis {axis} of length {length}");
    Err(Fault::new(message).help(help).argument(argument))
}

fn gather(caller: &mut dyn Caller, x: &Value, indices: &Value, axis: i64) -> Result<Value, Fault> {
    let shape = caller.numbers().shape(x)?;
    let axis = shape.axis(axis)?;
    let (named, arranged) = whole(caller, indices, 1)?;
    let length = shape.dims()[axis];
    let found = named.iter().map(|&index| position(index, axis, length, 1)).collect::<Result<Vec<_>, _>>()?;
    let numbers = caller.numbers();
    let picked = numbers.picked(x, found, axis)?;
    let dims = [&shape.dims()[..axis], &arranged[..], &shape.dims()[axis + 1..]].concat();
    numbers.reshaped(&picked, &dims)
}

fn gather_nd(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (x, indices) = (args.need(0), args.need(1));
    let shape = caller.numbers().shape(&x)?;
    let (named, arranged) = whole(caller, &indices, 1)?;
    let Some((&depth, outer)) = arranged.split_last() else {
        return Err(Fault::new("a position has one index an axis").help("gather_nd(x, [[0, 1]])").argument(1));
    };
    let places = flat_places(&named, depth, &shape, 1)?;
    let run = &shape.dims()[depth..];
    let leading: usize = shape.dims()[..depth].iter().product();
    let numbers = caller.numbers();
    let rows = numbers.reshaped(&x, &[&[leading], run].concat())?;
    let count = outer.iter().product::<usize>();
    // no axis is named by no indices: every position is the whole tensor
    let places = if depth == 0 { vec![0; count] } else { places };
    let picked = numbers.picked(&rows, places, 0)?;
    numbers.reshaped(&picked, &[outer, run].concat())
}

/// Positions of `depth` indices each, as numbers of sub-tensors of `shape`.
fn flat_places(named: &[i64], depth: usize, shape: &Shape, argument: usize) -> Result<Vec<usize>, Fault> {
    if depth > shape.rank() {
        let message = format!("positions of {depth} indices for a tensor of shape {shape}");
        return Err(Fault::new(message).argument(argument));
    }
    if depth == 0 {
        return Ok(Vec::new());
    }
    let place = |indices: &[i64]| {
        indices.iter().enumerate().try_fold(0, |place, (axis, &index)| {
            let length = shape.dims()[axis];
            Ok(place * length + position(index, axis, length, argument)?)
        })
    };
    named.chunks(depth).map(place).collect()
}

fn take_along_axis(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let axis = args.integer(caller, 2)?.unwrap_or(-1);
    let (x, indices) = (args.need(0), args.need(1));
    let shape = caller.numbers().shape(&x)?;
    let axis = shape.axis(axis)?;
    let (named, arranged) = whole(caller, &indices, 1)?;
    let fits = arranged.len() == shape.rank()
        && (0..shape.rank()).all(|other| other == axis || arranged[other] == shape.dims()[other]);
    if !fits {
        let message = format!("indices of shape {} for a tensor of shape {shape}", Shape::new(arranged));
        return Err(Fault::new(message).help(format!("only the length of axis {axis} may differ")).argument(1));
    }
    let length = shape.dims()[axis];
    let stride = shape.strides()[axis];
    let mut flat = Vec::with_capacity(named.len());
    for (i, &index) in named.iter().enumerate() {
        let (run, inner) = (i / (stride * arranged[axis].max(1)), i % stride);
        flat.push((run * length + position(index, axis, length, 1)?) * stride + inner);
    }
    let numbers = caller.numbers();
    let all = numbers.flattened(&x)?;
    let picked = numbers.picked(&all, flat, 0)?;
    numbers.reshaped(&picked, &arranged)
}

/// Where `scatter` puts what: numbers of sub-tensors of a tensor seen as rows.
struct Places {
    rows: Vec<usize>,
    /// How the positions are arranged.
    outer: Vec<usize>,
    /// Rows of the tensor, and the shape of one.
    count: usize,
    run: Vec<usize>,
    shape: Shape,
}

impl Places {
    /// Indices of one axis less than the tensor has are positions along its first axis; with a last axis as long as
    /// the tensor has axes (or shorter) and more than a vector, each row is a position.
    fn new(caller: &mut dyn Caller, indices: &Value, shape: &Shape, argument: usize) -> Result<Places, Fault> {
        if shape.is_scalar() {
            return Err(Fault::new("a number has no positions").help("a shape such as 4 or (2, 3) has"));
        }
        let (named, arranged) = whole(caller, indices, argument)?;
        let (outer, depth) = match arranged.split_last() {
            Some((&depth, outer)) if arranged.len() > 1 => (outer.to_vec(), depth),
            _ => (arranged.clone(), 1),
        };
        if depth == 0 {
            return Err(Fault::new("a position has at least one index").argument(argument));
        }
        let rows = flat_places(&named, depth, shape, argument)?;
        let count = shape.dims()[..depth].iter().product();
        Ok(Places { rows, outer, count, run: shape.dims()[depth..].to_vec(), shape: shape.clone() })
    }

    /// The updates, one row a position, and where they were given.
    fn updates(&self, caller: &mut dyn Caller, (updates, argument): (&Value, usize)) -> Result<Value, Fault> {
        let wanted = [&self.outer[..], &self.run[..]].concat();
        let numbers = caller.numbers();
        let own = numbers.shape(updates)?;
        if own.broadcast(&Shape::from(&wanted[..])).ok().as_ref().map(Shape::dims) != Some(&wanted) {
            let message = format!("values of shape {own} for a place of shape {}", Shape::new(wanted));
            return Err(Fault::new(message).argument(argument));
        }
        let wide = numbers.widened(updates, &wanted)?;
        numbers.reshaped(&wide, &[&[self.rows.len()], &self.run[..]].concat())
    }

    fn add(&self, caller: &mut dyn Caller, x: &Value, updates: (&Value, usize)) -> Result<Value, Fault> {
        let updates = self.updates(caller, updates)?;
        let numbers = caller.numbers();
        let sums = numbers.added_at(&updates, self.rows.clone(), 0, self.count)?;
        let sums = numbers.reshaped(&sums, self.shape.dims())?;
        numbers.add(x, &sums)
    }

    /// One gather out of the old rows followed by the new ones: what is replaced gets no cotangent at all.
    fn set(&self, caller: &mut dyn Caller, x: &Value, updates: (&Value, usize)) -> Result<Value, Fault> {
        let updates = self.updates(caller, updates)?;
        let mut from: Vec<usize> = (0..self.count).collect();
        for (i, &row) in self.rows.iter().enumerate() {
            from[row] = self.count + i;
        }
        let numbers = caller.numbers();
        let old = numbers.reshaped(x, &[&[self.count], &self.run[..]].concat())?;
        let both = numbers.joined(&[&old, &updates], 0)?;
        let picked = numbers.picked(&both, from, 0)?;
        numbers.reshaped(&picked, self.shape.dims())
    }
}

fn one_hot(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let depth = args.integer(caller, 1)?.unwrap_or(0);
    let (on, off) = (args.take(2).unwrap_or(Value::Real(1.0)), args.take(3).unwrap_or(Value::Real(0.0)));
    let indices = args.need(0);
    let (named, mut dims) = whole(caller, &indices, 0)?;
    dims.push(super::args::shape_from(&[depth])?.size());
    let size = super::steps::check_count(&dims)?;
    let mut elements = vec![0.0; size];
    for (i, &index) in named.iter().enumerate() {
        if (0..depth).contains(&index) {
            elements[i * depth as usize + index as usize] = 1.0;
        }
    }
    let hot = Value::tensor(Tensor::new(Shape::new(dims), elements).with_dtype(DType::Bool));
    caller.numbers().select(&hot, &on, &off)
}

/// Elements along the first axis, and the group of each.
struct Groups {
    x: Value,
    numbers: Vec<usize>,
    count: usize,
}

impl Groups {
    fn new(caller: &mut dyn Caller, mut args: Args) -> Result<Groups, Fault> {
        let given = args.integer(caller, 2)?;
        let (x, segments) = (args.need(0), args.need(1));
        let shape = caller.numbers().shape(&x)?;
        let (named, arranged) = whole(caller, &segments, 1)?;
        if arranged.len() != 1 || shape.dims().first() != arranged.first() {
            let message = format!("segment numbers of shape {} for a tensor of shape {shape}", Shape::new(arranged));
            return Err(Fault::new(message).help("one number for each element of the first axis").argument(1));
        }
        let most = named.iter().copied().max().unwrap_or(-1);
        let count = given.unwrap_or(most + 1);
        if let Some(wrong) = named.iter().find(|number| !(0..count).contains(*number)) {
            let message = format!("segment {wrong} is not among 0 to {}", count - 1);
            return Err(Fault::new(message).argument(1));
        }
        let count = super::args::shape_from(&[count])?.size();
        Ok(Groups { x, numbers: named.into_iter().map(|number| number as usize).collect(), count })
    }

    fn sum(&self, caller: &mut dyn Caller) -> Result<Value, Fault> {
        caller.numbers().added_at(&self.x, self.numbers.clone(), 0, self.count)
    }

    /// A reduction of every group; `empty` for groups of nothing.
    fn each(&self, caller: &mut dyn Caller, row: &'static crate::tape::Row, empty: f64) -> Result<Value, Fault> {
        let numbers = caller.numbers();
        let run = numbers.dims(&self.x)?[1..].to_vec();
        let nothing = filled(&run, empty)?;
        let mut members = vec![Vec::new(); self.count];
        self.numbers.iter().enumerate().for_each(|(i, &number)| members[number].push(i));
        let mut results = Vec::with_capacity(self.count);
        for members in members {
            results.push(if members.is_empty() {
                nothing.clone()
            } else {
                let picked = numbers.picked(&self.x, members, 0)?;
                numbers.reduced(row, &picked, &[0], false)?
            });
        }
        numbers.stack(results)
    }
}
