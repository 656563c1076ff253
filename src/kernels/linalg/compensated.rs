//! Sums and products that keep what rounding would lose.
//!
//! Ogita, Rump & Oishi, Accurate sum and dot product (2005); Dekker (1971).

use crate::kernels::elementary::Pair;

/// `start + Σ a b`, as if computed with twice the digits.
pub fn dot(start: f64, terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut rest) = (start, 0.0);
    for (a, b) in terms {
        let product = Pair::product(a, b);
        let next = Pair::sum(sum, product.hi);
        sum = next.hi;
        rest += next.lo + product.lo;
    }
    // an infinite sum has no rest
    if sum.is_finite() { sum + rest } else { sum }
}

/// `a - b c` with twice the digits.
pub fn minus_product(a: Pair, b: Pair, c: Pair) -> Pair {
    let product = b.times(c);
    let difference = Pair::sum(a.hi, -product.hi);
    difference.and(a.lo - product.lo).tidy()
}
