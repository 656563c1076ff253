//! Rows and columns of a matrix brought to one size by powers of two, which changes no digit.

/// `A = diag(2^rows) Â diag(2^columns)`, the largest element of each row and column of Â near 1.
pub struct Equilibrated {
    pub matrix: Vec<f64>,
    pub rows: Vec<i32>,
    pub columns: Vec<i32>,
}

impl Equilibrated {
    pub fn new(a: &[f64], n: usize) -> Equilibrated {
        let mut scaled = Equilibrated { matrix: a.to_vec(), rows: vec![0; n], columns: vec![0; n] };
        // what is left after two rounds is within a factor of 2 or so
        for _ in 0..2 {
            for row in 0..n {
                let size = exponent((0..n).map(|column| scaled.matrix[row * n + column]));
                scaled.rows[row] += size;
                (0..n).for_each(|column| shrink(&mut scaled.matrix[row * n + column], size));
            }
            for column in 0..n {
                let size = exponent((0..n).map(|row| scaled.matrix[row * n + column]));
                scaled.columns[column] += size;
                (0..n).for_each(|row| shrink(&mut scaled.matrix[row * n + column], size));
            }
        }
        scaled
    }

    /// Exponent of what the determinant is larger by than that of Â.
    pub fn det_exponent(&self) -> i64 {
        self.rows.iter().chain(&self.columns).map(|&e| e as i64).sum()
    }
}

/// The exponent of the largest of these numbers; 0 where all are 0.
pub fn exponent(numbers: impl Iterator<Item = f64>) -> i32 {
    let largest = numbers.fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 || !largest.is_finite() { 0 } else { libm::frexp(largest).1 }
}

fn shrink(x: &mut f64, power: i32) {
    if power != 0 {
        *x = libm::ldexp(*x, -power);
    }
}
