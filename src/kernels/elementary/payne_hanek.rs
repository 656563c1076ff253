//! Reduction of huge angles by π/2, exact for every double.
//!
//! Payne & Hanek (1983), "Radian reduction for trigonometric functions", SIGNUM Newsletter 18: of 2/π only the bits
//! that can still touch the last two bits of the quotient and the fraction behind it are multiplied. All in integers,
//! so the result is the same everywhere. Serves single numbers; the loops call it for the few that need it.

use super::pair::Pair;
use super::trigonometric::{HALF_PI, Turned};

/// 2/π: bits 1 to 1280 behind the point.
const TWO_OVER_PI: [u64; 20] = [
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
    0xf0cf_bc20_9af4_361d,
];

/// Quarter turns and rest of an angle |x| ≥ 1; a rest of NaN for infinities and NaN.
pub fn reduce_far(x: f64) -> Turned {
    if !x.is_finite() {
        return Turned { q: 0, r: Pair::of(f64::NAN) };
    }
    let bits = x.to_bits();
    // |x| = significand 2^shift
    let significand = (bits & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000;
    let shift = ((bits >> 52) & 0x7ff) as i64 - 1075;
    let turns = quarter_turns(significand, shift);
    let (q, fraction) = nearest(turns);
    let rest = fraction.times(HALF_PI);
    if x < 0.0 { Turned { q: q.wrapping_neg(), r: Pair { hi: -rest.hi, lo: -rest.lo } } } else { Turned { q, r: rest } }
}

/// `significand` 2^shift · 2/π modulo 4, in units of 2⁻¹⁹⁰: the top two of 192 bits are the quarter turns.
///
/// A double comes no closer to a multiple of π/2 than about 2⁻⁶¹, so that over 70 good bits of the fraction remain.
fn quarter_turns(significand: u64, shift: i64) -> [u64; 3] {
    // the first bit of 2/π that counts: its product with the significand's lowest bit has weight 2
    let first = shift - 2;
    let [a, b, c] = [0, 64, 128].map(|offset| u128::from(bits_from(first + offset)));
    let wide = u128::from(significand);
    // what lies above 2 quarter turns is whole turns and falls off the top
    let low = wide * c;
    let middle = wide * b + (low >> 64);
    let high = (wide * a).wrapping_add(middle >> 64);
    [high as u64, middle as u64, low as u64]
}

/// 64 bits of 2/π beginning behind bit `start`; zeros before the point.
fn bits_from(start: i64) -> u64 {
    let word = |i: i64| usize::try_from(i).ok().and_then(|i| TWO_OVER_PI.get(i)).copied().unwrap_or(0);
    let (index, inside) = (start.div_euclid(64), start.rem_euclid(64) as u32);
    if inside == 0 { word(index) } else { word(index) << inside | word(index + 1) >> (64 - inside) }
}

/// The nearest whole number of quarter turns, and the signed fraction beside it, |fraction| ≤ ½.
fn nearest(turns: [u64; 3]) -> (u64, Pair) {
    let [high, middle, low] = turns;
    let q = high >> 62;
    // the fraction alone, in units of 2⁻¹²⁸
    let fraction = u128::from(high << 2 | middle >> 62) << 64 | u128::from(middle << 2 | low >> 62);
    let is_above_half = fraction >> 127 == 1;
    let magnitude = if is_above_half { fraction.wrapping_neg() } else { fraction };
    let pair = to_pair(magnitude);
    if is_above_half { (q + 1, Pair { hi: -pair.hi, lo: -pair.lo }) } else { (q, pair) }
}

/// `n` 2⁻¹²⁸ as a pair.
fn to_pair(n: u128) -> Pair {
    const UNIT: f64 = f64::from_bits((1023 - 128) << 52);
    let leading = n.leading_zeros();
    let kept = if leading < 75 { n >> (75 - leading) << (75 - leading) } else { n };
    // both conversions are exact or round far below what counts
    Pair { hi: kept as f64 * UNIT, lo: (n - kept) as f64 * UNIT }
}
