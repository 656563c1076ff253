//! Numbers carried as a head and a tail, and the error-free sums and products they are made of.
//!
//! A kernel keeps the last few steps in pairs, so that only the final addition rounds visibly. Everything is straight
//! line code over [`f64::mul_add`]: no branches, so that a loop over it becomes vector code. Special values are the
//! callers' business: an infinity may well turn a tail into NaN.
//!
//! Sources: Knuth, TAOCP 2, 4.2.2 (sum); Dekker (1971), "A floating-point technique for extending the available
//! precision" (ordered sum); Ogita, Rump, Oishi (2005), "Accurate sum and dot product" (product by FMA).

/// The unevaluated sum `hi + lo`, where `lo` is small beside `hi`.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub hi: f64,
    pub lo: f64,
}

impl Pair {
    /// `a` alone.
    #[inline(always)]
    pub fn of(a: f64) -> Pair {
        Pair { hi: a, lo: 0.0 }
    }

    /// `a + b` without error, whichever is larger.
    #[inline(always)]
    pub fn sum(a: f64, b: f64) -> Pair {
        let hi = a + b;
        let b_seen = hi - a;
        Pair { hi, lo: (a - (hi - b_seen)) + (b - b_seen) }
    }

    /// `a + b` without error where `|a| >= |b|` or `a` is 0.
    #[inline(always)]
    pub fn ordered_sum(a: f64, b: f64) -> Pair {
        let hi = a + b;
        Pair { hi, lo: b - (hi - a) }
    }

    /// `a b` without error, unless the tail falls below the smallest number.
    #[inline(always)]
    pub fn product(a: f64, b: f64) -> Pair {
        let hi = a * b;
        Pair { hi, lo: a.mul_add(b, -hi) }
    }

    /// The same sum with something small added to the tail.
    #[inline(always)]
    pub fn and(self, small: f64) -> Pair {
        Pair { hi: self.hi, lo: self.lo + small }
    }

    /// The same value with the tail as small as it can be.
    #[inline(always)]
    pub fn tidy(self) -> Pair {
        Pair::ordered_sum(self.hi, self.lo)
    }

    /// Product of two pairs, relative error about 2⁻¹⁰². Not tidied: who waits for the head need not wait for the tail.
    #[inline(always)]
    pub fn times(self, other: Pair) -> Pair {
        Pair::product(self.hi, other.hi).and(self.hi.mul_add(other.lo, self.lo * other.hi))
    }

    /// Product with a power of two that neither overflows nor underflows.
    #[inline(always)]
    pub fn scaled(self, power: f64) -> Pair {
        Pair { hi: self.hi * power, lo: self.lo * power }
    }

    /// `a + self` where `|a| >= |self|`.
    #[inline(always)]
    pub fn added_to(self, a: Pair) -> Pair {
        Pair::ordered_sum(a.hi, self.hi).and(a.lo + self.lo)
    }

    /// Quotient with one division: the approximate quotient, and its residue as a tail of an ulp or two.
    #[inline(always)]
    pub fn over(self, divisor: Pair) -> Pair {
        let inverse = 1.0 / divisor.hi;
        let quotient = self.hi * inverse;
        let residue = (-quotient).mul_add(divisor.hi, self.hi) + (-quotient).mul_add(divisor.lo, self.lo);
        Pair { hi: quotient, lo: residue * inverse }
    }

    /// Square root of a pair ≥ 0: one Newton step from the rounded root. 0 stays 0.
    #[inline(always)]
    pub fn sqrt(self) -> Pair {
        let root = self.hi.sqrt();
        let residue = (-root).mul_add(root, self.hi) + self.lo;
        Pair { hi: root, lo: if root > 0.0 { residue / (2.0 * root) } else { 0.0 } }
    }

    /// The nearest single number.
    #[inline(always)]
    pub fn value(self) -> f64 {
        self.hi + self.lo
    }
}

/// One of two pairs, without a branch.
#[inline(always)]
pub fn choose(condition: bool, yes: Pair, no: Pair) -> Pair {
    Pair { hi: if condition { yes.hi } else { no.hi }, lo: if condition { yes.lo } else { no.lo } }
}
