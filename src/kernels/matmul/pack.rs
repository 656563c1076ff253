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

/// Where a column of a few rows is put.
pub trait Item<const W: usize> {
    fn elements(&mut self) -> &mut [f64; W];
}

impl<const W: usize> Item<W> for [f64; W] {
    #[inline(always)]
    fn elements(&mut self) -> &mut [f64; W] {
        self
    }
}

impl Item<8> for Eight {
    #[inline(always)]
    fn elements(&mut self) -> &mut [f64; 8] {
        &mut self.0
    }
}

/// Writes `lines` (at most `W`) rows of a matrix from `first` on, columns `from..from + depth`, as one item a column,
/// which stand `step` apart; what is missing of the `W` rows is 0.
#[inline(always)]
pub fn pack<const W: usize>(
    matrix: Matrix,
    (first, lines): (usize, usize),
    (from, depth): (usize, usize),
    to: &mut [impl Item<W>],
    step: usize,
) {
    if matrix.row == 1 {
        // the rows of an item are neighbours
        for p in 0..depth {
            let start = (from + p) * matrix.column + first;
            let item = to[p * step].elements();
            if lines == W {
                item.copy_from_slice(&matrix.data[start..start + W]);
            } else {
                let own = &matrix.data[start..start + lines];
                for i in 0..W {
                    item[i] = if i < lines { own[i] } else { 0.0 };
                }
            }
        }
        return;
    }
    let mut rows: [&[f64]; W] = [&ZEROS[..depth]; W];
    for (i, row) in rows.iter_mut().enumerate().take(lines) {
        *row = &matrix.data[(first + i) * matrix.row + from..][..depth];
    }
    for p in 0..depth {
        let item = to[p * step].elements();
        for i in 0..W {
            item[i] = rows[i][p];
        }
    }
}

/// The longest inner length of a tile. Sums of more products are chains of this length, added one after another: part
/// of what a product is, to the last bit, and therefore the same everywhere.
pub const DEPTH: usize = 512;

static ZEROS: [f64; DEPTH] = [0.0; DEPTH];
