//! Determinants, inverses, systems of equations, factorizations and functions of matrices.

use super::matrix_functions::check_symmetric;
use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, Row, SliceSpec};
use crate::tensor::{Shape, ShapeError, Tensor};
use crate::value::{Fault, Value};

const GROUP: &str = "linear algebra";

const NOT_SYMMETRIC: &str = "eigvals(a) and eig(a) take any square matrix with real eigenvalues";

/// Functions of one matrix that are one row of the table.
macro_rules! of_one_matrix {
    ($name:literal, $aliases:expr, $row:ident, $doc:literal, $example:literal) => {
        Builtin {
            name: $name,
            aliases: &$aliases,
            params: &["a"],
            doc: $doc,
            example: $example,
            group: GROUP,
            run: Run::Plain(|caller, mut args| one(caller, &ops::$row, &args.need(0))),
        }
    };
}

pub static BUILTINS: &[Builtin] = &[
    of_one_matrix!(
        "det",
        ["linalg_det", "matrix_determinant"],
        DET,
        "Determinant, of each matrix of a stack. Its gradient are the cofactors, for singular matrices too.",
        "det([[1, 2], [3, 4]])"
    ),
    Builtin {
        name: "logdet",
        aliases: &[],
        params: &["a"],
        doc: "Logarithm of the determinant, without overflow; NaN where the determinant is negative.",
        example: "logdet([[2, 1], [1, 2]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            let size = one(caller, &ops::LOGABSDET, &a)?;
            let sign = one(caller, &ops::DET_SIGN, &a)?;
            let numbers = caller.numbers();
            let is_negative = numbers.two(&ops::LESS, &sign, &Value::Real(0.0))?;
            numbers.apply(&ops::SELECT, &[&is_negative, &Value::Real(f64::NAN), &size], Attr::None)
        }),
    },
    of_one_matrix!(
        "logabsdet",
        ["log_abs_determinant"],
        LOGABSDET,
        "Logarithm of the size of the determinant, without overflow.",
        "logabsdet([[0, 2], [1, 0]])"
    ),
    Builtin {
        name: "slogdet",
        aliases: &[],
        params: &["a"],
        doc: "Sign of the determinant and logarithm of its size: a record of `sign` and `logdet`.",
        example: "slogdet([[0, 2], [1, 0]]).sign",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            let sign = one(caller, &ops::DET_SIGN, &a)?;
            let size = one(caller, &ops::LOGABSDET, &a)?;
            Ok(Value::record(vec![("sign".into(), sign), ("logdet".into(), size)]))
        }),
    },
    of_one_matrix!(
        "inv",
        ["inverse", "matrix_inverse", "linalg_inv"],
        INV,
        "Inverse of a square matrix, of each matrix of a stack. To solve a system, `solve` is faster and more accurate.",
        "inv([[1, 2], [3, 4]])"
    ),
    Builtin {
        name: "solve",
        aliases: &["linalg_solve", "matrix_solve"],
        params: &["a", "b"],
        doc: "The x with `a @ x = b`; `b` is a vector, or a matrix with a system in each column.",
        example: "solve([[2, 0], [1, 3]], [4, 5])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            solve(caller, &a, &b)
        }),
    },
    Builtin {
        name: "triangular_solve",
        aliases: &["solve_triangular", "matrix_triangular_solve"],
        params: &["a", "b", "lower?"],
        doc: "`solve` for a triangular matrix, of which the other half is not looked at: `lower = true` by default.",
        example: "triangular_solve([[2, 9], [1, 3]], [4, 5])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let is_lower = match args.take(2) {
                None => true,
                Some(value) => caller.numbers().scalar(&value).is_none_or(|x| x != 0.0),
            };
            let triangle = triangle(caller, &a, is_lower)?;
            solve(caller, &triangle, &b)
        }),
    },
    Builtin {
        name: "cholesky",
        aliases: &["linalg_cholesky"],
        params: &["a"],
        doc: "The lower triangle L with `a = L @ L'` of a symmetric positive definite matrix. Its gradient is symmetric.",
        example: "cholesky([[4, 2], [2, 5]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| one(caller, &ops::CHOLESKY, &args.need(0))),
    },
    Builtin {
        name: "qr",
        aliases: &[],
        params: &["a"],
        doc: "A record of `Q` with orthonormal columns and an upper triangle `R`: `a = Q @ R`.",
        example: "qr([[3, 1], [4, 2]]).R",
        group: GROUP,
        run: Run::Plain(qr),
    },
    Builtin {
        name: "eigvalsh",
        aliases: &["self_adjoint_eigvals"],
        params: &["a"],
        doc: "Eigenvalues of a symmetric matrix, ascending. Their gradients are symmetric.",
        example: "eigvalsh([[2, 1], [1, 2]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            check_symmetric(caller.numbers(), &a, "eigvalsh").map_err(|fault| fault.help(NOT_SYMMETRIC))?;
            one(caller, &ops::EIGH_VALUES, &a)
        }),
    },
    Builtin {
        name: "eigh",
        aliases: &["self_adjoint_eig"],
        params: &["a"],
        doc: "Of a symmetric matrix a record of its eigenvalues, ascending, as `values`, and of its eigenvectors as \
              columns of `vectors`, their largest elements positive.",
        example: "eigh([[2, 1], [1, 2]]).values",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            check_symmetric(caller.numbers(), &a, "eigh").map_err(|fault| fault.help(NOT_SYMMETRIC))?;
            let values = one(caller, &ops::EIGH_VALUES, &a)?;
            let vectors = one(caller, &ops::EIGH_VECTORS, &a)?;
            Ok(Value::record(vec![("values".into(), values), ("vectors".into(), vectors)]))
        }),
    },
    of_one_matrix!(
        "eigvals",
        ["eigenvalues", "linalg_eigvals"],
        EIG_VALUES,
        "Eigenvalues of a square matrix, ascending, where all are real. For a symmetric matrix `eigvalsh` is faster.",
        "eigvals([[1, 2], [3, 4]])"
    ),
    Builtin {
        name: "eig",
        aliases: &["linalg_eig"],
        params: &["a"],
        doc: "Of a square matrix with real eigenvalues a record of them, ascending, as `values`, and of its eigenvectors \
              as columns of `vectors`, of length 1 and their largest elements positive.",
        example: "eig([[2, 1], [0, 3]]).values",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            let values = one(caller, &ops::EIG_VALUES, &a)?;
            let vectors = one(caller, &ops::EIG_VECTORS, &a)?;
            Ok(Value::record(vec![("values".into(), values), ("vectors".into(), vectors)]))
        }),
    },
    of_one_matrix!(
        "svdvals",
        ["singular_values"],
        SVD_VALUES,
        "Singular values of a matrix, descending.",
        "svdvals([[3, 0], [0, -4]])"
    ),
    Builtin {
        name: "svd",
        aliases: &[],
        params: &["a"],
        doc: "A record of `U`, singular values `S` (descending) and `Vt` with `a = U @ diag(S) @ Vt`.",
        example: "svd([[3, 0], [0, -4]]).S",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            let u = one(caller, &ops::SVD_LEFT, &a)?;
            let s = one(caller, &ops::SVD_VALUES, &a)?;
            let v = one(caller, &ops::SVD_RIGHT, &a)?;
            let turned = turned(caller, &v)?;
            Ok(Value::record(vec![("U".into(), u), ("S".into(), s), ("Vt".into(), turned)]))
        }),
    },
    of_one_matrix!(
        "pinv",
        ["pseudo_inverse"],
        PINV,
        "Moore-Penrose inverse: of matrices that are not square, or singular.",
        "pinv([[1, 2], [2, 4]])"
    ),
    Builtin {
        name: "lstsq",
        aliases: &["least_squares"],
        params: &["a", "b"],
        doc: "The shortest x for which `norm(a @ x - b)` is smallest.",
        example: "lstsq([[1, 0], [1, 1], [1, 2]], [1, 3, 5])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let inverse = one(caller, &ops::LSTSQ_INVERSE, &a)?;
            caller.numbers().apply(&ops::MATMUL, &[&inverse, &b], Attr::None)
        }),
    },
    Builtin {
        name: "matrix_power",
        aliases: &["matpow"],
        params: &["a", "n"],
        doc: "`a @ a @ …`, `n` times; the inverse of it for negative `n`.",
        example: "matrix_power([[1, 1], [1, 0]], 10)",
        group: GROUP,
        run: Run::Plain(matrix_power),
    },
    of_one_matrix!(
        "expm",
        ["matrix_exp", "matrix_exponential"],
        EXPM,
        "Matrix exponential `1 + a + a @ a / 2 + …`, not that of the elements.",
        "expm([[0, 1], [-1, 0]])"
    ),
    Builtin {
        name: "matrix_transpose",
        aliases: &["adjoint"],
        params: &["a"],
        doc: "Rows as columns, in each matrix of a stack.",
        example: "matrix_transpose([[1, 2], [3, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            let shape = caller.numbers().shape(&a)?;
            if shape.rank() < 2 {
                let needs = ShapeError::Needs { what: "matrix_transpose", needs: "a matrix", got: shape };
                return Err(Fault::from(needs).argument(0));
            }
            turned(caller, &a)
        }),
    },
    Builtin {
        name: "matrix_rank",
        aliases: &[],
        params: &["a"],
        doc: "How many singular values are not 0 to rounding.",
        example: "matrix_rank([[1, 2], [2, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            let s = one(caller, &ops::SVD_VALUES, &a)?;
            let shape = caller.numbers().shape(&a)?;
            let longer = shape.dims().iter().rev().take(2).copied().max().unwrap_or(1);
            let last = Attr::Axes { axes: [shape.rank() - 2].into(), keep: true };
            let numbers = caller.numbers();
            let largest = numbers.apply(&ops::MAX, &[&s], last)?;
            let limit = numbers.two(&ops::MUL, &largest, &Value::Real(longer as f64 * f64::EPSILON))?;
            let counted = numbers.two(&ops::GREATER, &s, &limit)?;
            numbers.apply(&ops::SUM, &[&counted], Attr::Axes { axes: [shape.rank() - 2].into(), keep: false })
        }),
    },
    Builtin {
        name: "cond",
        aliases: &[],
        params: &["a"],
        doc: "Condition number: the largest singular value by the smallest.",
        example: "cond([[1, 0], [0, 4]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let s = one(caller, &ops::SVD_VALUES, &args.need(0))?;
            let axes = Attr::Axes { axes: [caller.numbers().shape(&s)?.rank() - 1].into(), keep: false };
            let numbers = caller.numbers();
            let (largest, smallest) =
                (numbers.apply(&ops::MAX, &[&s], axes.clone())?, numbers.apply(&ops::MIN, &[&s], axes)?);
            numbers.two(&ops::DIV, &largest, &smallest)
        }),
    },
];

pub(super) fn one(caller: &mut dyn Caller, row: &'static Row, a: &Value) -> Result<Value, Fault> {
    caller.numbers().apply(row, &[a], Attr::None).map_err(|fault| fault.argument(0))
}

/// The last two axes exchanged.
pub(super) fn turned(caller: &mut dyn Caller, a: &Value) -> Result<Value, Fault> {
    let rank = caller.numbers().shape(a)?.rank();
    let mut axes: Vec<usize> = (0..rank).collect();
    axes.swap(rank - 1, rank - 2);
    caller.numbers().apply(&ops::TRANSPOSE, &[a], Attr::Permutation(axes.into()))
}

fn solve(caller: &mut dyn Caller, a: &Value, b: &Value) -> Result<Value, Fault> {
    let (left, right) = (caller.numbers().shape(a)?, caller.numbers().shape(b)?);
    if left.rank() < 2 || left.dims()[left.rank() - 1] != left.dims()[left.rank() - 2] {
        let help = "lstsq(a, b) takes any matrix".to_string();
        return Err(Fault::from(ShapeError::Needs { what: "solve", needs: "a square matrix", got: left })
            .argument(0)
            .help(help));
    }
    let n = left.dims()[left.rank() - 1];
    let is_vector = right.rank() == 1;
    if right.rank() == 0 || right.dims()[right.rank() - if is_vector { 1 } else { 2 }] != n {
        let message = format!("a has {n} rows, b has shape {right}: it needs a row for each of them");
        return Err(Fault::new(message).argument(1));
    }
    let numbers = caller.numbers();
    let columns = match is_vector {
        true => numbers.reshaped(b, &[n, 1])?,
        false => b.clone(),
    };
    // leading axes as in a product of matrices
    let batch = |shape: &Shape| Shape::from(&shape.dims()[..shape.rank().saturating_sub(2)]);
    let common = batch(&left).broadcast(&batch(&right))?;
    let k = if is_vector { 1 } else { right.dims()[right.rank() - 1] };
    let wide = |end: [usize; 2]| [common.dims(), &end].concat();
    let a = numbers.widened(a, &wide([n, n]))?;
    let columns = numbers.widened(&columns, &wide([n, k]))?;
    let x = numbers.apply(&ops::SOLVE, &[&a, &columns], Attr::None).map_err(|fault| fault.argument(0))?;
    if is_vector { numbers.reshaped(&x, &[common.dims(), &[n]].concat()) } else { Ok(x) }
}

/// A triangle of a matrix, the diagonal included; the rest 0.
fn triangle(caller: &mut dyn Caller, a: &Value, is_lower: bool) -> Result<Value, Fault> {
    let shape = caller.numbers().shape(a)?;
    let &[.., rows, columns] = shape.dims() else {
        return Err(Fault::from(ShapeError::Needs { what: "triangular_solve", needs: "a square matrix", got: shape })
            .argument(0));
    };
    let inside = |row: usize, column: usize| if is_lower { row >= column } else { row <= column };
    let mask: Vec<f64> = (0..rows * columns).map(|at| inside(at / columns, at % columns) as u8 as f64).collect();
    let mask = Value::tensor(Tensor::new(Shape::new([rows, columns]), mask));
    caller.numbers().apply(&ops::SELECT, &[&mask, a, &Value::Real(0.0)], Attr::None)
}

fn qr(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let a = args.need(0);
    let shape = caller.numbers().shape(&a)?;
    let &[.., rows, columns] = shape.dims() else {
        return Err(Fault::from(ShapeError::Needs { what: "qr", needs: "a matrix", got: shape }).argument(0));
    };
    // Q comes from as many columns as there are rows
    let few = match columns > rows {
        true => {
            let mut specs: Vec<SliceSpec> = shape.dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
            specs[shape.rank() - 1].len = rows;
            caller.numbers().apply(&ops::SLICE, &[&a], Attr::Slice(specs.into()))?
        }
        false => a.clone(),
    };
    let q = one(caller, &ops::QR_Q, &few)?;
    let turned = turned(caller, &q)?;
    let r = caller.numbers().apply(&ops::MATMUL, &[&turned, &a], Attr::None)?;
    let r = triangle(caller, &r, false)?;
    Ok(Value::record(vec![("Q".into(), q), ("R".into(), r)]))
}

/// Repeated squaring: as many products as the exponent has digits and ones in base 2.
fn matrix_power(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let a = args.need(0);
    let n = args.integer(caller, 1)?.unwrap_or(1);
    let shape = caller.numbers().shape(&a)?;
    let (Some(&rows), true) = (shape.dims().last(), shape.rank() >= 2) else {
        return Err(
            Fault::from(ShapeError::Needs { what: "matrix_power", needs: "a square matrix", got: shape }).argument(0)
        );
    };
    if shape.dims()[shape.rank() - 2] != rows {
        return Err(
            Fault::from(ShapeError::Needs { what: "matrix_power", needs: "a square matrix", got: shape }).argument(0)
        );
    }
    if n == 0 {
        // the identity, which still belongs to the variables in `a`
        let none = caller.numbers().apply(&ops::SELECT, &[&Value::Real(0.0), &a, &Value::Real(0.0)], Attr::None)?;
        let identity = Value::tensor(Tensor::new(Shape::new([rows, rows]), crate::kernels::linalg::identity(rows)));
        return caller.numbers().two(&ops::ADD, &none, &identity);
    }
    let mut square = if n < 0 { one(caller, &ops::INV, &a)? } else { a };
    let mut left = n.unsigned_abs();
    let mut result: Option<Value> = None;
    while left > 0 {
        let numbers = caller.numbers();
        if left & 1 == 1 {
            result = Some(match result {
                None => square.clone(),
                Some(before) => numbers.apply(&ops::MATMUL, &[&before, &square], Attr::None)?,
            });
        }
        left >>= 1;
        if left > 0 {
            square = numbers.apply(&ops::MATMUL, &[&square, &square], Attr::None)?;
        }
    }
    Ok(result.unwrap_or(square))
}
