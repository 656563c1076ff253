//! Products of vectors and matrices.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::tensor::{Shape, ShapeError};
use crate::value::{Fault, Value};

const GROUP: &str = "linear algebra";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "matmul",
        aliases: &[],
        params: &["a", "b"],
        doc: ops::MATMUL.doc,
        example: "matmul([[1, 2], [3, 4]], [1, 1])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            caller.numbers().apply(&ops::MATMUL, &[&a, &b], Attr::None)
        }),
    },
    Builtin {
        name: "dot",
        aliases: &[],
        params: &["a", "b"],
        doc: "Scalar product of two vectors; the matrix product of two matrices; of a number, its multiple.",
        example: "dot([1, 2], [3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let scalar = numbers.shape(&a)?.is_scalar() || numbers.shape(&b)?.is_scalar();
            let (m, n) = (numbers.shape(&a)?.rank(), numbers.shape(&b)?.rank());
            if !scalar && n > 2 {
                // NumPy's dot is no stack of matrix products
                return super::einsum::summed_over(numbers, &a, &b, &[m - 1], &[n - 2]);
            }
            numbers.apply(if scalar { &ops::MUL } else { &ops::MATMUL }, &[&a, &b], Attr::None)
        }),
    },
    Builtin {
        name: "outer",
        aliases: &[],
        params: &["u", "v"],
        doc: "Matrix of all products of an element of `u` (rows) with one of `v` (columns).",
        example: "outer([1, 2], [3, 4])",
        group: GROUP,
        run: Run::Plain(outer),
    },
    Builtin {
        name: "trace",
        aliases: &[],
        params: &["a"],
        doc: "Sum of the diagonal of a matrix.",
        example: "trace([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(trace),
    },
];

fn outer(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let (u, v) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let (rows, columns) = (numbers.shape(&u)?.size(), numbers.shape(&v)?.size());
    let column = numbers.apply(&ops::RESHAPE, &[&u], Attr::Shape(Shape::new([rows, 1])))?;
    let row = numbers.apply(&ops::RESHAPE, &[&v], Attr::Shape(Shape::new([1, columns])))?;
    numbers.apply(&ops::MUL, &[&column, &row], Attr::None)
}

fn trace(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let a = args.need(0);
    let numbers = caller.numbers();
    let shape = numbers.shape(&a)?;
    let [rows, columns] = *shape.dims() else {
        return Err(ShapeError::Needs { what: "trace", needs: "a matrix", got: shape }.into());
    };
    let diagonal: Vec<usize> = (0..rows.min(columns)).map(|i| i * columns + i).collect();
    let flat = numbers.apply(&ops::RESHAPE, &[&a], Attr::Shape(Shape::new([rows * columns])))?;
    let picked = numbers.apply(&ops::GATHER, &[&flat], Attr::Gather { indices: diagonal.into(), axis: 0 })?;
    numbers.apply(&ops::SUM, &[&picked], Attr::Axes { axes: [0].as_slice().into(), keep: false })
}
