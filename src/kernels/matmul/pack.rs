//! Operands of a product put in the order in which its tiles read them.

/// Eight neighbouring elements of a row, on a cache line of their own.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub struct Eight(pub [f64; 8]);

/// A matrix as it lies in memory: element (i, j) at `i * row + j * column`, one of which is 1.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    pub data: &'a [f64],
    pub row: usize,
    pub column: usize,
}

impl<'a> Matrix<'a> {
    /// The same with rows and columns exchanged.
    pub fn turned(self) -> Matrix<'a> {
        Matrix { row: self.column, column: self.row, ..self }
    }
}

/// Writes `lines` (at most `W`) rows of a matrix from `first` on, columns `from..from + depth`, as one item a column;
/// what is missing of the `W` rows is 0. `put` says where the `p`-th item lies.
#[inline(always)]
pub fn pack<'t, const W: usize>(
    matrix: Matrix,
    (first, lines): (usize, usize),
    (from, depth): (usize, usize),
    items: impl Iterator<Item = &'t mut [f64; W]>,
) {
    if matrix.row == 1 {
        // the rows of an item are neighbours
        for (p, item) in items.take(depth).enumerate() {
            let start = (from + p) * matrix.column + first;
            match matrix.data[start..].first_chunk::<W>() {
                Some(whole) if lines == W => *item = *whole,
                _ => {
                    *item = [0.0; W];
                    item[..lines].copy_from_slice(&matrix.data[start..][..lines]);
                }
            }
        }
        return;
    }
    let line = |i: usize| match i < lines {
        true => &matrix.data[(first + i) * matrix.row + from..][..depth],
        false => &ZEROS[..depth],
    };
    let rows: [&[f64]; W] = std::array::from_fn(line);
    for (p, item) in items.take(depth).enumerate() {
        for i in 0..W {
            item[i] = rows[i][p];
        }
    }
}

/// The longest inner length of a tile. Sums of more products are chains of this length, added one after another: part
/// of what a product is, to the last bit, and therefore the same everywhere.
pub const DEPTH: usize = 512;

static ZEROS: [f64; DEPTH] = [0.0; DEPTH];
