//! Diagonals, triangles, Kronecker and cross products.

use super::steps::filled;
use super::{Args, Builtin, Caller, Run};
use crate::tensor::{DType, Shape, ShapeError, Tensor};
use crate::value::{Fault, Value};

const GROUP: &str = "linear algebra";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "diag",
        aliases: &[],
        params: &["x", "k?"],
        doc: "Of a vector the matrix with it on its diagonal, of a matrix its diagonal. `k` > 0 means a diagonal above \
              the main one, `k` < 0 one below.",
        example: "diag([1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let k = args.integer(caller, 1)?.unwrap_or(0);
            let x = args.need(0);
            match caller.numbers().shape(&x)?.rank() {
                1 => on_diagonal(caller, &x, k),
                2 => diagonal(caller, &x, k),
                _ => {
                    let got = caller.numbers().shape(&x)?;
                    Err(ShapeError::Needs { what: "diag", needs: "a vector or a matrix", got }.into())
                }
            }
        }),
    },
    Builtin {
        name: "diagflat",
        aliases: &[],
        params: &["x", "k?"],
        doc: "The matrix with all elements of `x`, row by row, on its diagonal.",
        example: "diagflat([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let k = args.integer(caller, 1)?.unwrap_or(0);
            let x = args.need(0);
            let flat = caller.numbers().flattened(&x)?;
            on_diagonal(caller, &flat, k)
        }),
    },
    Builtin {
        name: "diagonal",
        aliases: &["diag_part"],
        params: &["a", "k?"],
        doc: "Diagonal of a matrix, or of every matrix in a stack; `k` > 0 above the main one, `k` < 0 below.",
        example: "diagonal([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let k = args.integer(caller, 1)?.unwrap_or(0);
            let a = args.need(0);
            diagonal(caller, &a, k)
        }),
    },
    Builtin {
        name: "set_diag",
        aliases: &[],
        params: &["a", "d", "k?"],
        doc: "The matrix (or stack of matrices) with its diagonal replaced by `d`.",
        example: "set_diag([[1, 2], [3, 4]], [8, 9])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let k = args.integer(caller, 2)?.unwrap_or(0);
            let (a, d) = (args.need(0), args.need(1));
            let Stacked { shape, outer, area, part } = Stacked::new(caller, &a, k)?;
            let numbers = caller.numbers();
            let flat = numbers.reshaped(&a, &[outer, area])?;
            let wanted = [&shape.dims()[..shape.rank() - 2], &[part.2]].concat();
            let wide = numbers.widened(&d, &wanted)?;
            let rows = numbers.reshaped(&wide, &[outer, part.2])?;
            let set = numbers.replaced(&flat, 1, part, &rows)?;
            numbers.reshaped(&set, shape.dims())
        }),
    },
    Builtin {
        name: "tril",
        aliases: &[],
        params: &["a", "k?"],
        doc: "The lower triangle of a matrix, up to the `k`-th diagonal (the main one by default); 0 above.",
        example: "tril([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, args| triangle(caller, args, |row, column, k| column <= row + k)),
    },
    Builtin {
        name: "triu",
        aliases: &[],
        params: &["a", "k?"],
        doc: "The upper triangle of a matrix, from the `k`-th diagonal on (the main one by default); 0 below.",
        example: "triu([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, args| triangle(caller, args, |row, column, k| column >= row + k)),
    },
    Builtin {
        name: "band_part",
        aliases: &["matrix_band_part"],
        params: &["a", "lower", "upper"],
        doc: "A matrix without what is more than `lower` diagonals below the main one or more than `upper` above it, where \
              it becomes 0. A negative number keeps that whole half.",
        example: "band_part([[1, 2], [3, 4]], 0, -1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let mut limit = |index: usize| {
                let count = args.integer(caller, index)?.unwrap_or(-1);
                Ok::<i64, Fault>(if count < 0 { i64::MAX } else { count })
            };
            let (lower, upper) = (limit(1)?, limit(2)?);
            let a = args.need(0);
            kept(caller, &a, "band_part", |row, column| row - column <= lower && column - row <= upper)
        }),
    },
    Builtin {
        name: "kron",
        aliases: &[],
        params: &["a", "b"],
        doc: "Kronecker product: `a` with each element replaced by its multiple of `b`. Shapes of fewer axes are \
              filled up with ones in front.",
        example: "kron([1, 10], [1, 2])",
        group: GROUP,
        run: Run::Plain(kron),
    },
    Builtin {
        name: "cross",
        aliases: &[],
        params: &["u", "v", "axis?"],
        doc: "Cross product of vectors of 3 elements along `axis` (the last by default); of vectors of 2 elements its \
              one component.",
        example: "cross([1, 0, 0], [0, 1, 0])",
        group: GROUP,
        run: Run::Plain(cross),
    },
];

/// The diagonal of each matrix of a stack, as a slice of the matrix seen as a vector.
struct Stacked {
    shape: Shape,
    outer: usize,
    area: usize,
    /// start, step and length
    part: (usize, usize, usize),
}

impl Stacked {
    fn new(caller: &mut dyn Caller, a: &Value, k: i64) -> Result<Stacked, Fault> {
        let shape = caller.numbers().shape(a)?;
        let &[ref outer @ .., rows, columns] = shape.dims() else {
            return Err(ShapeError::Needs { what: "a diagonal", needs: "a matrix", got: shape }.into());
        };
        let (below, above) = (k.min(0).unsigned_abs() as usize, k.max(0) as usize);
        let length = rows.saturating_sub(below).min(columns.saturating_sub(above));
        let start = if length == 0 { 0 } else { below * columns + above };
        let (outer, area) = (outer.iter().product(), rows * columns);
        Ok(Stacked { outer, area, part: (start, columns + 1, length), shape })
    }
}

fn diagonal(caller: &mut dyn Caller, a: &Value, k: i64) -> Result<Value, Fault> {
    let Stacked { shape, outer, area, part } = Stacked::new(caller, a, k)?;
    let numbers = caller.numbers();
    let flat = numbers.reshaped(a, &[outer, area])?;
    let taken = numbers.sliced(&flat, 1, part)?;
    numbers.reshaped(&taken, &[&shape.dims()[..shape.rank() - 2], &[part.2]].concat())
}

fn on_diagonal(caller: &mut dyn Caller, x: &Value, k: i64) -> Result<Value, Fault> {
    let length = caller.numbers().shape(x)?.size();
    let n = (length as u64).saturating_add(k.unsigned_abs()).min(u32::MAX.into()) as usize;
    let zeros = filled(&[n, n], 0.0)?;
    let part = Stacked::new(caller, &zeros, k)?.part;
    let numbers = caller.numbers();
    let flat = numbers.flattened(&zeros)?;
    let set = numbers.replaced(&flat, 0, part, x)?;
    numbers.reshaped(&set, &[n, n])
}

fn triangle(caller: &mut dyn Caller, mut args: Args, keeps: fn(i64, i64, i64) -> bool) -> Result<Value, Fault> {
    let k = args.integer(caller, 1)?.unwrap_or(0).clamp(-(1 << 40), 1 << 40);
    let a = args.need(0);
    kept(caller, &a, "a triangle", |row, column| keeps(row, column, k))
}

/// `where` with a constant condition on row and column: what is cut off gets no cotangent at all.
fn kept(
    caller: &mut dyn Caller,
    a: &Value,
    what: &'static str,
    keeps: impl Fn(i64, i64) -> bool,
) -> Result<Value, Fault> {
    let shape = caller.numbers().shape(a)?;
    let &[.., rows, columns] = shape.dims() else {
        return Err(ShapeError::Needs { what, needs: "a matrix", got: shape }.into());
    };
    let kept = |i: usize| keeps((i / columns) as i64, (i % columns) as i64) as u8 as f64;
    let mask: Vec<f64> = (0..rows * columns).map(kept).collect();
    let mask = Value::tensor(Tensor::new(Shape::new([rows, columns]), mask).with_dtype(DType::Bool));
    caller.numbers().select(&mask, a, &Value::Real(0.0))
}

fn kron(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (a, b) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let (mut m, mut n) = (numbers.dims(&a)?, numbers.dims(&b)?);
    let rank = m.len().max(n.len());
    m.splice(0..0, vec![1; rank - m.len()]);
    n.splice(0..0, vec![1; rank - n.len()]);
    let interleaved = |own: &[usize], first: bool| -> Vec<usize> {
        own.iter().flat_map(|&dim| if first { [dim, 1] } else { [1, dim] }).collect()
    };
    let left = numbers.reshaped(&a, &interleaved(&m, true))?;
    let right = numbers.reshaped(&b, &interleaved(&n, false))?;
    let product = numbers.mul(&left, &right)?;
    let dims: Vec<usize> = m.iter().zip(&n).map(|(m, n)| m * n).collect();
    numbers.reshaped(&product, &dims)
}

fn cross(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let axis = args.integer(caller, 2)?.unwrap_or(-1);
    let (u, v) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let (of_u, of_v) = (numbers.shape(&u)?, numbers.shape(&v)?);
    let (at_u, at_v) = (of_u.axis(axis)?, of_v.axis(axis)?);
    let length = of_u.dims()[at_u];
    if of_v.dims()[at_v] != length || !(2..=3).contains(&length) {
        let message = format!("cross needs two vectors of 3 (or 2) elements, not shapes {of_u} and {of_v}");
        return Err(Fault::new(message));
    }
    let mut part = |x: &Value, order: &[usize], axis| numbers.picked(x, order.to_vec(), axis);
    let (first, second): (&[usize], &[usize]) = if length == 3 { (&[1, 2, 0], &[2, 0, 1]) } else { (&[0], &[1]) };
    let [u1, u2] = [part(&u, first, at_u)?, part(&u, second, at_u)?];
    let [v1, v2] = [part(&v, first, at_v)?, part(&v, second, at_v)?];
    let plus = numbers.mul(&u1, &v2)?;
    let minus = numbers.mul(&u2, &v1)?;
    let product = numbers.sub(&plus, &minus)?;
    if length == 3 {
        return Ok(product);
    }
    let mut dims = numbers.dims(&product)?;
    let rank = dims.len() as i64;
    dims.remove(if axis < 0 { (axis + rank) as usize } else { axis as usize });
    numbers.reshaped(&product, &dims)
}
