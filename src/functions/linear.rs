//! Products of vectors and matrices.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::tensor::{Shape, ShapeError};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "linear algebra";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "matmul",
        aliases: &["batch_matmul", "matvec", "mm", "bmm", "mv"],
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
        name: "vecdot",
        aliases: &["inner1d"],
        params: &["a", "b", "axis?"],
        doc: "Scalar products of the vectors that lie along `axis` (the last by default).",
        example: "vecdot([[1, 2], [3, 4]], [1, 10])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.integer(caller, 2)?.unwrap_or(-1);
            let (a, b) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let product = numbers.mul(&a, &b)?;
            let axis = numbers.shape(&product)?.axis(axis)?;
            numbers.total(&product, &[axis], false)
        }),
    },
    Builtin {
        name: "multi_dot",
        aliases: &["chain_matmul"],
        params: &["matrices*"],
        doc: "Product of several matrices, multiplied in the order that takes the fewest operations; the first and the last \
              may be vectors.",
        example: "multi_dot([[1, 2], [3, 4]], [[0, 1], [1, 0]], [1, 1])",
        group: GROUP,
        run: Run::Plain(multi_dot),
    },
    Builtin {
        name: "outer",
        aliases: &["ger"],
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
        doc: "Sum of the diagonal of a matrix, or of every matrix in a stack.",
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
    let [outer @ .., rows, columns] = shape.dims() else {
        return Err(ShapeError::Needs { what: "trace", needs: "a matrix", got: shape }.into());
    };
    let axis = outer.len();
    let diagonal: Vec<usize> = (0..*rows.min(columns)).map(|i| i * columns + i).collect();
    let flat = numbers.reshaped(&a, &[outer, &[rows * columns]].concat())?;
    let picked = numbers.picked(&flat, diagonal, axis)?;
    numbers.total(&picked, &[axis], false)
}

fn multi_dot(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let mut matrices = args.many(0);
    if let [list] = &matrices[..] {
        matrices = super::elements(caller, list)?;
    }
    let mut lengths = Vec::new();
    for (i, matrix) in matrices.iter().enumerate() {
        let shape = caller.numbers().shape(matrix)?;
        let is_end = i == 0 || i + 1 == matrices.len();
        // a vector is a row in front and a column at the end
        let (rows, columns) = match *shape.dims() {
            [rows, columns] => (rows, columns),
            [n] if is_end => {
                if i == 0 {
                    (1, n)
                } else {
                    (n, 1)
                }
            }
            _ => {
                let needs = ShapeError::Needs { what: "multi_dot", needs: "matrices", got: shape };
                return Err(Fault::from(needs).argument(i));
            }
        };
        if i == 0 {
            lengths.push(rows as f64);
        }
        lengths.push(columns as f64);
    }
    if matrices.is_empty() {
        return Err(Fault::new("multi_dot needs matrices").argument(0));
    }
    multiplied(caller.numbers(), &matrices, &cheapest_splits(&lengths), 0, matrices.len())
}

/// Where to split the product of matrices `i` to `j` so that it takes the fewest multiplications; matrix i has
/// `lengths[i]` rows and `lengths[i + 1]` columns. Cormen et al., Introduction to Algorithms (2009), §15.2.
fn cheapest_splits(lengths: &[f64]) -> Vec<Vec<usize>> {
    let n = lengths.len() - 1;
    let mut costs = vec![vec![0.0; n + 1]; n + 1];
    let mut splits = vec![vec![0; n + 1]; n + 1];
    for count in 2..=n {
        for i in 0..=n - count {
            let j = i + count;
            let cost = |at: usize| costs[i][at] + costs[at][j] + lengths[i] * lengths[at] * lengths[j];
            let best = (i + 1..j).min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(i + 1);
            (costs[i][j], splits[i][j]) = (cost(best), best);
        }
    }
    splits
}

fn multiplied(
    numbers: &mut Numbers,
    matrices: &[Value],
    splits: &[Vec<usize>],
    i: usize,
    j: usize,
) -> Result<Value, Fault> {
    if j - i == 1 {
        return Ok(matrices[i].clone());
    }
    let left = multiplied(numbers, matrices, splits, i, splits[i][j])?;
    let right = multiplied(numbers, matrices, splits, splits[i][j], j)?;
    numbers.matmul(&left, &right)
}
