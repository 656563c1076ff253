//! Elements in another order, or several times.

use super::Shape;

/// Side of the squares in which two axes are walked together, so that both stay in the nearest cache.
const TILE: usize = 32;

/// Writes the elements of `data` that lie at steps of `strides` along axes of length `dims`, the last axis running
/// fastest. A stride of 0 repeats an element.
fn copy(data: &[f64], dims: &[usize], strides: &[usize], out: &mut [f64]) {
    if out.is_empty() {
        return;
    }
    // axes that run on into each other are one
    let mut axes: Vec<(usize, usize)> = Vec::with_capacity(dims.len());
    for (&dim, &stride) in dims.iter().zip(strides).filter(|(dim, _)| **dim != 1) {
        match axes.last_mut() {
            Some((length, outer)) if *outer == stride * dim => (*length, *outer) = (*length * dim, stride),
            _ => axes.push((dim, stride)),
        }
    }
    walk(data, &axes, out);
}

/// The elements of a tensor repeated to fill a larger shape, by the rule of broadcasting.
pub fn repeated(own: &Shape, data: &[f64], to: &Shape) -> Vec<f64> {
    let extra = to.rank() - own.rank();
    let mut strides = vec![0; to.rank()];
    for ((stride, &step), &dim) in strides[extra..].iter_mut().zip(&own.strides()).zip(own.dims()) {
        *stride = if dim == 1 { 0 } else { step };
    }
    let mut out = vec![0.0; to.size()];
    copy(data, to.dims(), &strides, &mut out);
    out
}

/// The elements of a tensor with its axes in another order.
pub fn permuted(own: &Shape, data: &[f64], order: &[usize], out: &mut [f64]) {
    let (dims, strides) = (own.dims(), own.strides());
    let dims: Vec<usize> = order.iter().map(|&axis| dims[axis]).collect();
    let strides: Vec<usize> = order.iter().map(|&axis| strides[axis]).collect();
    copy(data, &dims, &strides, out);
}

fn walk(data: &[f64], axes: &[(usize, usize)], out: &mut [f64]) {
    match *axes {
        [] => out[0] = data[0],
        [(length, stride)] => row(data, length, stride, out),
        [(rows, outer), (columns, inner)] if outer < inner => {
            for row in (0..rows).step_by(TILE) {
                for column in (0..columns).step_by(TILE) {
                    for i in row..(row + TILE).min(rows) {
                        let end = (column + TILE).min(columns);
                        let to = &mut out[i * columns + column..i * columns + end];
                        self::row(&data[i * outer + column * inner..], end - column, inner, to);
                    }
                }
            }
        }
        [(length, stride), ref rest @ ..] => {
            let part = out.len() / length;
            for (at, out) in out.chunks_exact_mut(part).enumerate() {
                walk(&data[at * stride..], rest, out);
            }
        }
    }
}

fn row(data: &[f64], length: usize, stride: usize, out: &mut [f64]) {
    match stride {
        0 => out.fill(data[0]),
        1 => out.copy_from_slice(&data[..length]),
        _ => out.iter_mut().zip(data.iter().step_by(stride)).for_each(|(out, x)| *out = *x),
    }
}

#[cfg(test)]
mod tests {
    use super::copy;

    #[test]
    fn axes_change_places_and_repeat() {
        let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mut out = [0.0; 6];
        copy(&data, &[3, 2], &[1, 3], &mut out);
        assert_eq!(out, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let mut out = [0.0; 12];
        copy(&data, &[2, 2, 3], &[0, 3, 1], &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let mut out = [0.0; 12];
        copy(&data, &[2, 3, 2], &[3, 1, 0], &mut out);
        assert_eq!(out, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0]);
        // more than a tile
        let data: Vec<f64> = (0..70 * 40).map(|x| x as f64).collect();
        let mut out = vec![0.0; data.len()];
        copy(&data, &[40, 70], &[1, 40], &mut out);
        assert!((0..40).all(|i| (0..70).all(|j| out[i * 70 + j] == data[j * 40 + i])));
    }
}
