//! Largest and smallest of many numbers.

use super::dispatch::{self, Work};

/// Running extremes side by side: four vector registers of the widest kind hide the latency of a comparison.
const LANES: usize = 32;

/// The largest element; NaN if any is, and for none.
pub fn max(values: &[f64]) -> f64 {
    dispatch::run(Largest { values, of: |x| x })
}

/// The smallest element; NaN if any is, and for none.
pub fn min(values: &[f64]) -> f64 {
    -dispatch::run(Largest { values, of: |x: f64| -x })
}

/// The largest absolute value; NaN if any is, and for none.
pub fn max_magnitude(values: &[f64]) -> f64 {
    dispatch::run(Largest { values, of: f64::abs })
}

/// The largest of what `of` makes of each value.
struct Largest<'a, F> {
    values: &'a [f64],
    of: F,
}

impl<F: Fn(f64) -> f64> Work for Largest<'_, F> {
    type Output = f64;

    #[inline(always)]
    fn work(self) -> f64 {
        if self.values.is_empty() {
            return f64::NAN;
        }
        let mut largest = [f64::NEG_INFINITY; LANES];
        let mut is_nan = [false; LANES];
        let (chunks, rest) = self.values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let x = (self.of)(chunk[lane]);
                largest[lane] = if x > largest[lane] { x } else { largest[lane] };
                is_nan[lane] |= x.is_nan();
            }
        }
        for (lane, x) in rest.iter().enumerate() {
            let x = (self.of)(*x);
            largest[lane] = if x > largest[lane] { x } else { largest[lane] };
            is_nan[lane] |= x.is_nan();
        }
        if is_nan.contains(&true) {
            return f64::NAN;
        }
        largest.into_iter().fold(f64::NEG_INFINITY, |a, b| if b > a { b } else { a })
    }
}

#[cfg(test)]
mod tests {
    use super::{max, max_magnitude, min};

    #[test]
    fn extremes_of_every_length() {
        assert!(max(&[]).is_nan() && min(&[]).is_nan());
        for n in 1..100 {
            let values: Vec<f64> = (0..n).map(|i| ((i * 37 + 11) % 101) as f64 - 50.0).collect();
            assert_eq!(max(&values), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            assert_eq!(min(&values), values.iter().copied().fold(f64::INFINITY, f64::min));
            let mut with_nan = values.clone();
            with_nan[n - 1] = f64::NAN;
            assert!(max(&with_nan).is_nan() && min(&with_nan).is_nan());
            assert_eq!(max_magnitude(&values), max(&values).max(-min(&values)));
        }
        assert_eq!(max(&[f64::NEG_INFINITY]), f64::NEG_INFINITY);
        assert_eq!(min(&[f64::INFINITY, f64::NEG_INFINITY]), f64::NEG_INFINITY);
    }
}
