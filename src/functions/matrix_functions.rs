//! Roots and logarithms of matrices, and triangles of them by elimination.

use super::factorizations::one;
use super::steps::{filled, tensor};
use super::{Args, Builtin, Caller, Run};
use crate::kernels::linalg::identity;
use crate::ops;
use crate::tensor::ShapeError;
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "linear algebra";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "sqrtm",
        aliases: &["matrix_square_root"],
        params: &["a"],
        doc: "The symmetric matrix S with `a = S @ S`, for a symmetric matrix without negative eigenvalues; right where \
              eigenvalues are equal.",
        example: "sqrtm([[5, 4], [4, 5]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let a = args.need(0);
            check_symmetric(caller.numbers(), &a, "sqrtm")?;
            one(caller, &ops::SQRTM, &a)
        }),
    },
    Builtin {
        name: "logm",
        aliases: &["matrix_logarithm"],
        params: &["a"],
        doc: "The symmetric matrix L with `a = expm(L)`, for a symmetric matrix with positive eigenvalues: by repeated square \
              roots and a Padé approximant. Higham (2008), §11.5.",
        example: "logm([[2, 1], [1, 2]])",
        group: GROUP,
        run: Run::Plain(logm),
    },
    Builtin {
        name: "lu",
        aliases: &[],
        params: &["a"],
        doc: "A record of a permutation `P`, a lower triangle `L` with ones on its diagonal and an upper triangle `U`: \
              `a = P @ L @ U`, by elimination with the largest pivots. The permutation is constant.",
        example: "lu([[1, 2], [3, 4]]).U",
        group: GROUP,
        run: Run::Plain(lu),
    },
];

/// A matrix that is not symmetric would be taken as another one.
pub(super) fn check_symmetric(numbers: &mut Numbers, a: &Value, what: &'static str) -> Result<(), Fault> {
    let matrix = numbers.to_tensor(a)?;
    let &[.., rows, columns] = matrix.shape().dims() else {
        let got = matrix.shape().clone();
        return Err(Fault::from(ShapeError::Needs { what, needs: "a square matrix", got }).argument(0));
    };
    let is_lopsided = |a: &[f64]| {
        let limit = 1e-9 * a.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        (0..a.len()).any(|at| (a[at] - a[at % columns * columns + at / columns]).abs() > limit)
    };
    if rows != columns {
        let got = matrix.shape().clone();
        return Err(Fault::from(ShapeError::Needs { what, needs: "a square matrix", got }).argument(0));
    }
    if rows == 0 || !matrix.data().chunks(rows * columns).any(is_lopsided) {
        return Ok(());
    }
    Err(Fault::new(format!("{what} needs a symmetric matrix"))
        .help("(A + transpose(A)) / 2 is the symmetric part of A")
        .argument(0))
}

/// Beyond this many square roots of an f64 everything is 1.
const MOST_ROOTS: usize = 64;

/// Distance from the identity up to which 7 points are enough (Higham 2008, table 11.1).
const NEAR: f64 = 0.264;

/// Points and weights of Gauss and Legendre on [0, 1].
const GAUSS: [(f64, f64); 7] = [
    (0.025_446_043_828_620_737, 0.064_742_483_084_434_85),
    (0.129_234_407_200_302_77, 0.139_852_695_744_638_34),
    (0.297_077_424_311_301_4, 0.190_915_025_252_559_47),
    (0.5, 0.208_979_591_836_734_7),
    (0.702_922_575_688_698_6, 0.190_915_025_252_559_47),
    (0.870_765_592_799_697_2, 0.139_852_695_744_638_34),
    (0.974_553_956_171_379_3, 0.064_742_483_084_434_85),
];

/// `2^k log(I + X)` with `I + X` the 2^k-th root; `log(I + X) = ∫₀¹ (I + t X)⁻¹ X dt` by 7 points of Gauss, which is the
/// Padé approximant [7/7]. Higham (2008), (11.18).
fn logm(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let mut a = args.need(0);
    check_symmetric(caller.numbers(), &a, "logm")?;
    let constant = caller.numbers().constant(&a);
    let values = one(caller, &ops::EIGH_VALUES, &constant)?;
    let values = caller.numbers().to_tensor(&values)?;
    if values.data().iter().any(|&w| w <= 0.0) {
        let message = "this matrix has eigenvalues that are not positive: it has no real logarithm";
        return Err(Fault::new(message).argument(0));
    }
    // symmetric slopes, as those of the root
    let turned = super::factorizations::turned(caller, &a)?;
    let twice = caller.numbers().add(&a, &turned)?;
    a = caller.numbers().mul(&twice, &Value::Real(0.5))?;
    let mut farthest = values.data().iter().fold(0.0, |most: f64, w| most.max(w.ln().abs()));
    let mut roots = 0;
    while farthest.exp_m1() > NEAR && roots < MOST_ROOTS {
        a = one(caller, &ops::SQRTM, &a)?;
        farthest *= 0.5;
        roots += 1;
    }
    let numbers = caller.numbers();
    let n = numbers.dims(&a)?[numbers.dims(&a)?.len() - 1];
    let identity = tensor(&[n, n], identity(n));
    let offset = numbers.sub(&a, &identity)?;
    let mut sum: Option<Value> = None;
    for (point, weight) in GAUSS {
        let part = numbers.mul(&offset, &Value::Real(point))?;
        let matrix = numbers.add(&part, &identity)?;
        let weighted = numbers.mul(&offset, &Value::Real(weight * 2f64.powi(roots as i32)))?;
        let term = numbers.two(&ops::SOLVE, &matrix, &weighted)?;
        sum = Some(match sum {
            None => term,
            Some(sum) => numbers.add(&sum, &term)?,
        });
    }
    Ok(sum.unwrap_or(offset))
}

/// Column by column, each step an operation on what is left of the matrix: derivatives of any order are those of the steps.
fn lu(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let a = args.need(0);
    let numbers = caller.numbers();
    let matrix = numbers.to_tensor(&a)?;
    let &[rows, columns] = matrix.shape().dims() else {
        let got = matrix.shape().clone();
        return Err(Fault::from(ShapeError::Needs { what: "lu", needs: "a matrix", got }).argument(0));
    };
    let order = pivots(matrix.data(), rows, columns);
    let mut permutation = vec![0.0; rows * rows];
    order.iter().enumerate().for_each(|(to, &from)| permutation[from * rows + to] = 1.0);
    let mut rest = numbers.picked(&a, order, 0)?;
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for k in 0..rows.min(columns) {
        let (m, n) = (rows - k, columns - k);
        let row = numbers.sliced(&rest, 0, (0, 1, 1))?;
        let pivot = numbers.sliced(&row, 1, (0, 1, 1))?;
        let column = numbers.sliced(&rest, 1, (0, 1, 1))?;
        let below = numbers.sliced(&column, 0, (1.min(m - 1), 1, m - 1))?;
        // 0 by 0, where the whole column is 0
        let factors = numbers.two(&ops::UNIT, &below, &pivot)?;
        lower.push(numbers.joined(&[&filled(&[k, 1], 0.0)?, &filled(&[1, 1], 1.0)?, &factors], 0)?);
        upper.push(numbers.joined(&[&filled(&[1, k], 0.0)?, &row], 1)?);
        let beside = numbers.sliced(&row, 1, (1.min(n - 1), 1, n - 1))?;
        let corner = numbers.sliced(&rest, 0, (1.min(m - 1), 1, m - 1))?;
        let corner = numbers.sliced(&corner, 1, (1.min(n - 1), 1, n - 1))?;
        let product = numbers.mul(&factors, &beside)?;
        rest = numbers.sub(&corner, &product)?;
    }
    let mut beside = |parts: &[Value], axis: usize, dims: [usize; 2]| match parts {
        [] => filled(&dims, 0.0),
        parts => numbers.joined(&parts.iter().collect::<Vec<_>>(), axis),
    };
    let (l, u) = (beside(&lower, 1, [rows, 0])?, beside(&upper, 0, [0, columns])?);
    let p = tensor(&[rows, rows], permutation);
    Ok(Value::record(vec![("P".into(), p), ("L".into(), l), ("U".into(), u)]))
}

/// The rows in the order in which elimination takes them: of what is left the one with the largest element in front.
fn pivots(a: &[f64], rows: usize, columns: usize) -> Vec<usize> {
    let mut lines: Vec<(usize, Vec<f64>)> =
        (0..rows).map(|i| (i, a[i * columns..(i + 1) * columns].to_vec())).collect();
    for k in 0..rows.min(columns) {
        let larger = |best: usize, i: usize| if lines[i].1[k].abs() > lines[best].1[k].abs() { i } else { best };
        let best = (k..rows).fold(k, larger);
        lines.swap(k, best);
        let (done, below) = lines.split_at_mut(k + 1);
        let pivot = &done[k].1;
        for (_, line) in below.iter_mut().filter(|_| pivot[k] != 0.0) {
            let factor = line[k] / pivot[k];
            (k..columns).for_each(|j| line[j] -= factor * pivot[j]);
        }
    }
    lines.into_iter().map(|(i, _)| i).collect()
}
