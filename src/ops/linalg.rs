//! Linear algebra on square and oblong matrices; leading axes count matrices.
//!
//! Rules after Giles, Collected matrix derivative results (2008), and Townsend, Differentiating the singular value
//! decomposition (2016), in terms of recorded operations.

use crate::interrupt;
use crate::kernels::linalg::{self, NoRealSpectrum};
use crate::tape::{Attr, Operand, SliceSpec, TapeError, Var};
use crate::tensor::{Shape, ShapeError, Tensor};

use super::structure::Forward;
use super::table::structure;
use super::*;

structure! {
    /// Inverse of a square matrix. Slope −A⁻ᵀ Ȳ A⁻ᵀ.
    INV = "inv" (a): |shapes, _| square(shapes[0], "inv").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            linalg::inverse(a, n).map(|x| out.copy_from_slice(&x)).ok_or_else(|| singular("inverse"))
        }),
        |g, _, y, _, _| {
            let turned = y.matrix_transposed();
            Some(-turned.matmul(g).matmul(turned))
        },
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// Solutions of `A x = b`, a column each. Slopes b̄ = A⁻ᵀ x̄ and Ā = −b̄ xᵀ.
    SOLVE = "solve" (a, b): solve_shape,
        |inputs, _, _, out| each(inputs, out, |[a, b], n, k, out| {
            linalg::solve(a, b, n, k).map(|x| out.copy_from_slice(&x)).ok_or_else(|| singular("solution"))
        }),
        |g, inputs, y, _, which| {
            let to_right = Var::record(&[inputs[0].matrix_transposed(), g], &SOLVE, Attr::None);
            Some(if which == 1 { to_right } else { -to_right.matmul(y.matrix_transposed()) })
        },
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// Determinant. Its slope is the matrix of cofactors, for singular matrices too.
    DET = "det" (a): |shapes, _| square(shapes[0], "det").map(batch),
        |inputs, _, _, out| each_number(inputs, out, linalg::det),
        |g, inputs, _, _, _| Some(spread(g) * Var::record(&[inputs[0]], &COFACTORS, Attr::None)),
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// Cofactors: what the determinant changes by with each element.
    COFACTORS = "cofactors" (a): |shapes, _| square(shapes[0], "cofactors").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            out.copy_from_slice(&linalg::cofactors(a, n));
            Ok(())
        }),
        |g, inputs, _, _, _| Some(Var::record(&[inputs[0], g], &COFACTOR_SLOPE, Attr::None)),
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// How the cofactors of `a` change along `h`; linear in `h` and its own transpose, being a second derivative.
    COFACTOR_SLOPE = "cofactor_slope" (a, h): |shapes, _| square(shapes[0], "cofactors").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, h], n, _, out| {
            out.copy_from_slice(&linalg::cofactor_slope(a, h, n));
            Ok(())
        }),
        |g, inputs, _, _, which| Some(if which == 1 {
            Var::record(&[inputs[0], g], &COFACTOR_SLOPE, Attr::None)
        } else {
            third_slope_of_det(inputs[0], inputs[1], g)
        }),
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// Logarithm of the size of the determinant, without overflow. Slope A⁻ᵀ.
    LOGABSDET = "logabsdet" (a): |shapes, _| square(shapes[0], "logdet").map(batch),
        |inputs, _, _, out| each_number(inputs, out, |a, n| linalg::log_det(a, n).0),
        |g, inputs, _, _, _| {
            Some(spread(g) * Var::record(&[inputs[0]], &INV, Attr::None).matrix_transposed())
        },
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// Sign of the determinant. Slope 0.
    DET_SIGN = "det_sign" (a): |shapes, _| square(shapes[0], "slogdet").map(batch),
        |inputs, _, _, out| each_number(inputs, out, |a, n| linalg::log_det(a, n).1),
        |_, _, _, _, _| None,
        Lost, on [0.5, -1.25, 2.0, 3.0];
    /// The lower triangle L with `A = L Lᵀ`; A is taken as symmetric. Murray, Differentiation of the Cholesky
    /// decomposition (2016).
    CHOLESKY = "cholesky" (a): |shapes, _| square(shapes[0], "cholesky").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            let symmetric: Vec<f64> = (0..n * n).map(|at| 0.5 * (a[at] + a[at % n * n + at / n])).collect();
            let found = linalg::cholesky(&symmetric, n).ok_or_else(|| {
                TapeError::Domain("this matrix is not positive definite: it has no Cholesky factor".to_string())
            });
            found.map(|l| out.copy_from_slice(&l))
        }),
        |g, _, l, _, _| {
            let turned = l.matrix_transposed();
            let lower = |row, column| (row >= column) as u8 as f64;
            let halved = |row, column| if row == column { 0.5 } else { (row > column) as u8 as f64 };
            let inner = turned.matmul(masked(g, lower));
            let left = Var::record(&[turned, masked(inner, halved)], &SOLVE, Attr::None);
            let both = Var::record(&[turned, left.matrix_transposed()], &SOLVE, Attr::None);
            Some((both + both.matrix_transposed()) * 0.5)
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Orthonormal columns with the span of a matrix's columns, of which there are not more than rows. Walter & Lehmann
    /// (2010).
    QR_Q = "qr" (a): |shapes, _| Ok(shapes[0].clone()),
        |inputs, _, _, out| each(inputs, out, |[a, _], rows, columns, out| {
            out.copy_from_slice(&linalg::orthonormal(a, rows, columns));
            Ok(())
        }),
        |g, inputs, q, _, _| {
            let r = q.matrix_transposed().matmul(inputs[0]);
            let m = -g.matrix_transposed().matmul(q);
            let lower = masked(m, |row, column| (row >= column) as u8 as f64);
            let below = masked(m, |row, column| (row > column) as u8 as f64);
            let inner = g + q.matmul(lower + below.matrix_transposed());
            let upper = masked(r, |row, column| (row <= column) as u8 as f64);
            Some(Var::record(&[upper, inner.matrix_transposed()], &SOLVE, Attr::None).matrix_transposed())
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Eigenvalues of a symmetric matrix, ascending. Slope V diag(w̄) Vᵀ.
    EIGH_VALUES = "eigvalsh" (a): |shapes, _| square(shapes[0], "eigvalsh").map(vectors_of),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            out.copy_from_slice(&linalg::eigh(a, n).0);
            Ok(())
        }),
        |g, inputs, _, _, _| {
            let v = Var::record(&[inputs[0]], &EIGH_VECTORS, Attr::None);
            Some((v * by_columns(g)).matmul(v.matrix_transposed()))
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Eigenvectors of a symmetric matrix, as columns. Slope V (F ∘ Vᵀ V̄) Vᵀ with Fᵢⱼ = 1/(wⱼ − wᵢ), symmetric; equal
    /// eigenvalues give no slope, which is right for everything that does not depend on the choice of their vectors.
    EIGH_VECTORS = "eigh" (a): |shapes, _| square(shapes[0], "eigh").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            out.copy_from_slice(&linalg::eigh(a, n).1);
            Ok(())
        }),
        |g, inputs, v, _, _| {
            let w = Var::record(&[inputs[0]], &EIGH_VALUES, Attr::None);
            let turned = v.matrix_transposed();
            let inner = gap_reciprocals(w, false) * turned.matmul(g);
            let slope = v.matmul(inner).matmul(turned);
            Some((slope + slope.matrix_transposed()) * 0.5)
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Singular values, descending. Slope U diag(s̄) Vᵀ.
    SVD_VALUES = "svdvals" (a): |shapes, _| matrix(shapes[0], "svdvals").map(thin),
        |inputs, _, _, out| each(inputs, out, |[a, _], rows, columns, out| {
            out.copy_from_slice(&linalg::svd(a, rows, columns).s);
            Ok(())
        }),
        |g, inputs, _, _, _| {
            let u = Var::record(&[inputs[0]], &SVD_LEFT, Attr::None);
            let v = Var::record(&[inputs[0]], &SVD_RIGHT, Attr::None);
            Some((u * by_columns(g)).matmul(v.matrix_transposed()))
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Left singular vectors, as columns.
    SVD_LEFT = "svd_u" (a): |shapes, _| matrix(shapes[0], "svd").map(|shape| thin_matrix(shape, 2)),
        |inputs, _, _, out| each(inputs, out, |[a, _], rows, columns, out| {
            out.copy_from_slice(&linalg::svd(a, rows, columns).u);
            Ok(())
        }),
        |g, inputs, u, _, _| {
            let v = Var::record(&[inputs[0]], &SVD_RIGHT, Attr::None);
            Some(vectors_slope(inputs[0], u, v, g))
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Right singular vectors, as columns.
    SVD_RIGHT = "svd_v" (a): |shapes, _| matrix(shapes[0], "svd").map(|shape| thin_matrix(shape, 1)),
        |inputs, _, _, out| each(inputs, out, |[a, _], rows, columns, out| {
            out.copy_from_slice(&linalg::svd(a, rows, columns).v);
            Ok(())
        }),
        // the right vectors of a matrix are the left ones of its transposed
        |g, inputs, v, _, _| {
            let u = Var::record(&[inputs[0]], &SVD_LEFT, Attr::None);
            Some(vectors_slope(inputs[0].matrix_transposed(), v, u, g).matrix_transposed())
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Eigenvalues of a matrix with a real spectrum, ascending. Slope V⁻ᵀ diag(w̄) Vᵀ.
    EIG_VALUES = "eigvals" (a): |shapes, _| square(shapes[0], "eigvals").map(vectors_of),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            real_spectrum(a, n).map(|(values, _)| out.copy_from_slice(&values))
        }),
        |g, inputs, _, _, _| {
            let turned = Var::record(&[inputs[0]], &EIG_VECTORS, Attr::None).matrix_transposed();
            Some(Var::record(&[turned, turned * by_rows(g)], &SOLVE, Attr::None))
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Eigenvectors of a matrix with a real spectrum, as columns of length 1. With Ū without its part along V and
    /// Fᵢⱼ = 1/(wⱼ − wᵢ) the slope is V⁻ᵀ (F ∘ Vᵀ Ū) Vᵀ (Giles 2008, with the length kept).
    EIG_VECTORS = "eig" (a): |shapes, _| square(shapes[0], "eig").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            real_spectrum(a, n).map(|(_, vectors)| out.copy_from_slice(&vectors))
        }),
        |g, inputs, v, _, _| {
            let w = Var::record(&[inputs[0]], &EIG_VALUES, Attr::None);
            let turned = v.matrix_transposed();
            let rank = v.shape().rank();
            let along = Var::record(&[g * v], &SUM, Attr::Axes { axes: [rank - 2].into(), keep: true });
            let inner = gap_reciprocals(w, false) * turned.matmul(g - v * along);
            Some(Var::record(&[turned, inner.matmul(turned)], &SOLVE, Attr::None))
        },
        Lost, on [0.5, 1.25, -0.75];
    /// Moore–Penrose inverse; singular values below 1e-15 of the largest count as 0. Golub & Pereyra, The
    /// differentiation of pseudo-inverses (1973).
    PINV = "pinv" (a): |shapes, _| matrix(shapes[0], "pinv").map(turned_shape),
        |inputs, _, _, out| pinv_forward(inputs, out, |_| 1e-15),
        |g, inputs, p, _, _| Some(pinv_slope(g, inputs[0], p)),
        Lost, on [0.5, 1.25, -0.75];
    /// The inverse that least squares are found with: of singular values above the rounding error of the longer side.
    LSTSQ_INVERSE = "lstsq_inverse" (a): |shapes, _| matrix(shapes[0], "lstsq").map(turned_shape),
        |inputs, _, _, out| pinv_forward(inputs, out, |longer| longer as f64 * f64::EPSILON),
        |g, inputs, p, _, _| Some(pinv_slope(g, inputs[0], p)),
        Lost, on [0.5, 1.25, -0.75];
    /// Matrix exponential Σ Aᵏ/k!. Its slope along H is the corner of exp([[A, H], [0, A]]) (Higham 2008, §10.6).
    EXPM = "expm" (a): |shapes, _| square(shapes[0], "expm").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            out.copy_from_slice(&linalg::expm(a, n));
            Ok(())
        }),
        |g, inputs, _, _, _| Some(expm_slope(inputs[0].matrix_transposed(), g)),
        Lost, on [-0.5, 0.25, 1.0, 0.75];
    /// The symmetric S with `S S = A`, taken as symmetric. Its slope Ṡ solves S Ṡ + Ṡ S = Ȧ: equal eigenvalues do no harm.
    SQRTM = "sqrtm" (a): |shapes, _| square(shapes[0], "sqrtm").cloned(),
        |inputs, _, _, out| each(inputs, out, |[a, _], n, _, out| {
            let found = linalg::sqrtm(a, n).ok_or_else(|| {
                TapeError::Domain("this matrix has negative eigenvalues: it has no real root".to_string())
            });
            found.map(|root| out.copy_from_slice(&root))
        }),
        |g, _, root, _, _| {
            let slope = Var::record(&[root, g], &LYAPUNOV, Attr::None);
            Some((slope + slope.matrix_transposed()) * 0.5)
        },
        Lost, on [0.5, 1.25, -0.75];
    /// The X with `S X + X S = B` for a symmetric S. Slopes B̄ = Z, the solution for X̄, and S̄ = -(Z Xᵀ + Xᵀ Z).
    LYAPUNOV = "lyapunov" (s, b): |shapes, _| square(shapes[1], "lyapunov").cloned(),
        |inputs, _, _, out| each(inputs, out, |[s, b], n, _, out| {
            out.copy_from_slice(&linalg::lyapunov(s, b, n));
            Ok(())
        }),
        |g, inputs, x, _, which| {
            let z = Var::record(&[inputs[0], g], &LYAPUNOV, Attr::None);
            if which == 1 {
                return Some(z);
            }
            let turned = x.matrix_transposed();
            let slope = z.matmul(turned) + turned.matmul(z);
            Some((slope + slope.matrix_transposed()) * -0.5)
        },
        Lost, on [0.5, 1.25, -0.75];
}

fn singular(what: &str) -> TapeError {
    TapeError::Domain(format!("this matrix is singular: it has no {what}"))
}

fn real_spectrum(a: &[f64], n: usize) -> Result<(Vec<f64>, Vec<f64>), TapeError> {
    linalg::eig(a, n).map_err(|missing| {
        TapeError::Domain(match missing {
            NoRealSpectrum::Complex { re, im } => {
                format!("this matrix has complex eigenvalues, near {re:.6} ± {im:.6}i: only real ones are computed")
            }
            NoRealSpectrum::NotFinite => "this matrix has elements that are not finite: it has no eigenvalues".into(),
            NoRealSpectrum::NotFound => "the eigenvalues of this matrix were not found: they may be complex".into(),
        })
    })
}

fn pinv_forward(inputs: &[Operand], out: &mut [f64], rcond: impl Fn(usize) -> f64) -> Forward {
    each(inputs, out, |[a, _], rows, columns, out| {
        out.copy_from_slice(&linalg::pinv(a, rows, columns, rcond(rows.max(columns))));
        Ok(())
    })
}

/// The slope of the pseudo-inverse `p` of `a`.
fn pinv_slope<'t>(g: Var<'t>, a: Var<'t>, p: Var<'t>) -> Var<'t> {
    let (turned, back) = (p.matrix_transposed(), g.matrix_transposed());
    let slope = -turned.matmul(g).matmul(turned);
    let left = back.matmul(p).matmul(turned);
    let right = turned.matmul(p).matmul(back);
    slope + (left - a.matmul(p).matmul(left)) + (right - right.matmul(p).matmul(a))
}

fn matrix<'s>(shape: &'s Shape, what: &'static str) -> Result<&'s Shape, ShapeError> {
    match shape.dims() {
        [.., _, _] => Ok(shape),
        _ => Err(ShapeError::Needs { what, needs: "a matrix", got: shape.clone() }),
    }
}

fn square<'s>(shape: &'s Shape, what: &'static str) -> Result<&'s Shape, ShapeError> {
    match shape.dims() {
        [.., rows, columns] if rows == columns => Ok(shape),
        _ => Err(ShapeError::Needs { what, needs: "a square matrix", got: shape.clone() }),
    }
}

/// The leading axes.
fn batch(shape: &Shape) -> Shape {
    Shape::from(&shape.dims()[..shape.rank() - 2])
}

fn with_end(shape: &Shape, end: &[usize]) -> Shape {
    let mut dims = batch(shape).dims().to_vec();
    dims.extend(end);
    Shape::new(dims)
}

/// A number a column.
fn vectors_of(shape: &Shape) -> Shape {
    with_end(shape, &shape.dims()[shape.rank() - 1..])
}

fn turned_shape(shape: &Shape) -> Shape {
    let rank = shape.rank();
    with_end(shape, &[shape.dims()[rank - 1], shape.dims()[rank - 2]])
}

fn shorter(shape: &Shape) -> usize {
    shape.dims()[shape.rank() - 1].min(shape.dims()[shape.rank() - 2])
}

/// As many numbers as there are singular values.
fn thin(shape: &Shape) -> Shape {
    with_end(shape, &[shorter(shape)])
}

/// The side that is `from_end` from the end by the singular values.
fn thin_matrix(shape: &Shape, from_end: usize) -> Shape {
    with_end(shape, &[shape.dims()[shape.rank() - from_end], shorter(shape)])
}

fn solve_shape(shapes: &[&Shape], _: &Attr) -> Result<Shape, ShapeError> {
    let (a, b) = (square(shapes[0], "solve")?, matrix(shapes[1], "solve")?);
    let rows = b.dims()[b.rank() - 2];
    if rows != a.dims()[a.rank() - 1] || batch(a) != batch(b) {
        return Err(ShapeError::MatMul { left: a.clone(), right: b.clone() });
    }
    Ok(b.clone())
}

/// Runs `work` on every matrix of a stack, with rows and columns of the last operand.
fn each(
    inputs: &[Operand],
    out: &mut [f64],
    work: impl Fn([&[f64]; 2], usize, usize, &mut [f64]) -> Forward,
) -> Forward {
    let size = |shape: &Shape| shape.dims()[shape.rank() - 2..].iter().product::<usize>();
    let last = inputs[inputs.len() - 1].shape;
    let (rows, columns) = (last.dims()[last.rank() - 2], last.dims()[last.rank() - 1]);
    let count: usize = batch(last).size();
    let sizes = (size(inputs[0].shape), size(last), out.len().checked_div(count).unwrap_or(0));
    for at in 0..count {
        let a = &inputs[0].data[at * sizes.0..(at + 1) * sizes.0];
        let b = &inputs[inputs.len() - 1].data[at * sizes.1..(at + 1) * sizes.1];
        work([a, b], rows, columns, &mut out[at * sizes.2..(at + 1) * sizes.2])?;
        if interrupt::is_requested() {
            return Err(TapeError::Interrupted);
        }
    }
    Ok(())
}

fn each_number(inputs: &[Operand], out: &mut [f64], work: impl Fn(&[f64], usize) -> f64) -> Forward {
    each(inputs, out, |[a, _], n, _, out| {
        out[0] = work(a, n);
        Ok(())
    })
}

/// Numbers, one a matrix, as matrices of one element.
fn spread(x: Var) -> Var {
    let mut dims = x.shape().dims().to_vec();
    dims.extend([1, 1]);
    x.reshape(Shape::new(dims))
}

/// Vectors as matrices of one row: what multiplies columns.
fn by_columns(x: Var) -> Var {
    let mut dims = x.shape().dims().to_vec();
    dims.insert(dims.len() - 1, 1);
    x.reshape(Shape::new(dims))
}

/// Vectors as matrices of one column: what multiplies rows.
fn by_rows(x: Var) -> Var {
    let mut dims = x.shape().dims().to_vec();
    dims.push(1);
    x.reshape(Shape::new(dims))
}

/// The matrices times a weight for each place.
fn masked(x: Var, weight: impl Fn(usize, usize) -> f64) -> Var {
    let shape = x.shape();
    let (rows, columns) = (shape.dims()[shape.rank() - 2], shape.dims()[shape.rank() - 1]);
    let weights = (0..rows * columns).map(|at| weight(at / columns, at % columns)).collect::<Vec<f64>>();
    x * x.constant_tensor(&Tensor::new(Shape::new([rows, columns]), weights))
}

fn trace(x: Var) -> Var {
    let rank = x.shape().rank();
    let diagonal = masked(x, |row, column| (row == column) as u8 as f64);
    Var::record(&[diagonal], &SUM, Attr::Axes { axes: [rank - 2, rank - 1].into(), keep: true })
}

/// The third derivative of the determinant along `g` and `h`, for matrices with an inverse: Jacobi's formula
/// differentiated twice more.
fn third_slope_of_det<'t>(a: Var<'t>, g: Var<'t>, h: Var<'t>) -> Var<'t> {
    let inverse = Var::record(&[a], &INV, Attr::None);
    let (p, q) = (inverse.matmul(g), inverse.matmul(h));
    let (tp, tq) = (trace(p), trace(q));
    let pq = p.matmul(q);
    let size = a.shape().dims()[a.shape().rank() - 1];
    let identity = a.constant_tensor(&Tensor::new(Shape::new([size, size]), linalg::identity(size)));
    let inner = identity * (tp * tq - trace(pq)) - q * tp - p * tq + pq + q.matmul(p);
    let det = spread(Var::record(&[a], &DET, Attr::None));
    inverse.matrix_transposed().matmul(inner.matrix_transposed()) * det
}

/// Reciprocals of the differences of eigenvalues, `1/(wⱼ − wᵢ)`, or of the squares of singular values; 0 on the
/// diagonal and where two are equal to rounding.
fn gap_reciprocals<'t>(w: Var<'t>, squares: bool) -> Var<'t> {
    let count = w.shape().dims().last().copied().unwrap_or(1);
    let rank = w.shape().rank();
    let gap = by_columns(w) - by_rows(w);
    let largest = Var::record(&[w.map1(&ABS)], &MAX, Attr::Axes { axes: [rank - 1].into(), keep: true });
    let limit = by_rows(largest) * (count as f64 * 2.0 * f64::EPSILON);
    let is_none = gap.map1(&ABS).map2(&LESS_EQUAL, limit);
    let divisor = if squares { gap * (by_columns(w) + by_rows(w)) } else { gap };
    let safe = Var::record(&[is_none, w.constant(1.0), divisor], &SELECT, Attr::None);
    Var::record(&[is_none, w.constant(0.0), safe.map1(&RECIPROCAL)], &SELECT, Attr::None)
}

/// The slope by `a` of its left singular vectors `u`: with P = Uᵀ Ū, U (F ∘ (P − Pᵀ)) S Vᵀ + (1 − U Uᵀ) Ū S⁻¹ Vᵀ.
fn vectors_slope<'t>(a: Var<'t>, u: Var<'t>, v: Var<'t>, g: Var<'t>) -> Var<'t> {
    let s = Var::record(&[a], &SVD_VALUES, Attr::None);
    let p = u.matrix_transposed().matmul(g);
    let inner = gap_reciprocals(s, true) * (p - p.matrix_transposed());
    let mut left = u.matmul(inner) * by_columns(s);
    let dims = a.shape();
    if dims.dims()[dims.rank() - 2] > dims.dims()[dims.rank() - 1] {
        let is_zero = s.map2(&EQUAL, s.constant(0.0));
        let safe = Var::record(&[is_zero, s.constant(1.0), s], &SELECT, Attr::None);
        let reciprocal = Var::record(&[is_zero, s.constant(0.0), safe.map1(&RECIPROCAL)], &SELECT, Attr::None);
        left = left + (g - u.matmul(p)) * by_columns(reciprocal);
    }
    left.matmul(v.matrix_transposed())
}

/// The derivative of the exponential of `a` along `h`.
fn expm_slope<'t>(a: Var<'t>, h: Var<'t>) -> Var<'t> {
    let shape = a.shape();
    let (rank, n) = (shape.rank(), shape.dims()[shape.rank() - 1]);
    let zeros = a.constant_tensor(&Tensor::new(shape.clone(), vec![0.0; shape.size()]));
    let upper = Var::record(&[a, h], &CONCAT, Attr::Axis(rank - 1));
    let lower = Var::record(&[zeros, a], &CONCAT, Attr::Axis(rank - 1));
    let whole = Var::record(&[upper, lower], &CONCAT, Attr::Axis(rank - 2));
    let mut specs: Vec<SliceSpec> = shape.dims().iter().map(|&dim| SliceSpec::all(dim)).collect();
    specs[rank - 2] = SliceSpec { start: 0, step: 1, len: n, drop: false };
    specs[rank - 1] = SliceSpec { start: n, step: 1, len: n, drop: false };
    Var::record(&[whole], &EXPM, Attr::None).slice(&specs)
}
