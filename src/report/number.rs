//! Numbers as text: the shortest that reads back as the same f64, or rounded to so many digits.
//!
//! One layout for both: plain from 1e-4 up to below 1e16, with an exponent beyond, as Python writes them. Whole numbers
//! up to 2^53 are never rounded: a rounded one would look exact.

use crate::interrupt;

/// Whole numbers up to here are told apart by an f64.
const LARGEST_WHOLE: f64 = (1_u64 << 53) as f64;

/// Integer digits up to which a rounded number may end in zeros that are no digits of it: `-1200` for -1234.5 to two.
const FILLED_UP_TO: i32 = 12;

/// Appends a number without the sign of a zero; `digits` is the number of significant digits, `None` the shortest
/// exact text.
pub fn push(out: &mut String, x: f64, digits: Option<usize>) {
    push_signed(out, x + 0.0, digits);
}

/// Appends a number with the sign of a zero, so that it reads back to the last bit.
///
/// After Ctrl-C it writes nothing, so that a tensor of millions of numbers is soon done with: whoever prints throws away
/// what was written.
pub fn push_signed(out: &mut String, x: f64, digits: Option<usize>) {
    if interrupt::is_requested() {
        return;
    }
    if !x.is_finite() {
        out.push_str(if x.is_nan() {
            "nan"
        } else if x > 0.0 {
            "inf"
        } else {
            "-inf"
        });
        return;
    }
    if x == 0.0 {
        out.push_str(if x.is_sign_negative() { "-0" } else { "0" });
        return;
    }
    if x.fract() == 0.0 && x.abs() <= LARGEST_WHOLE {
        push_integer(out, x as i64);
        return;
    }
    if x < 0.0 {
        out.push('-');
    }
    match digits {
        Some(digits) => {
            let text = format!("{:.*e}", digits.clamp(1, 17) - 1, x.abs());
            let filled = i32::try_from(digits).unwrap_or(17).max(FILLED_UP_TO);
            layout(out, &text, filled.min(16));
        }
        None => {
            let mut buffer = zmij::Buffer::new();
            let text = buffer.format_finite(x.abs());
            // between these nobody writes an exponent
            if (1e-3..1e15).contains(&x.abs()) && !text.contains('e') {
                out.push_str(text.strip_suffix(".0").unwrap_or(text));
            } else {
                layout(out, text, 16);
            }
        }
    }
}

fn push_integer(out: &mut String, value: i64) {
    use std::fmt::Write;
    write!(out, "{value}").expect("writing to a string");
}

/// Lays out `12.5`, `1.25e1` or `1e-7` by the rule of this module, plain with up to `most` digits before the point.
fn layout(out: &mut String, text: &str, most: i32) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    // the number is 0.d₁d₂d₃… · 10^point
    let mut point = whole.len() as i32 + exponent;
    let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.drain(..leading);
    point -= leading as i32;
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    let digits = std::str::from_utf8(&digits).expect("digits");
    if !(-3..=most).contains(&point) {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        out.push('e');
        push_integer(out, i64::from(point - 1));
    } else if point <= 0 {
        out.push_str("0.");
        (0..-point).for_each(|_| out.push('0'));
        out.push_str(digits);
    } else if digits.len() as i32 <= point {
        out.push_str(digits);
        (digits.len() as i32..point).for_each(|_| out.push('0'));
    } else {
        out.push_str(&digits[..point as usize]);
        out.push('.');
        out.push_str(&digits[point as usize..]);
    }
}

pub fn number(x: f64, digits: Option<usize>) -> String {
    let mut text = String::new();
    push(&mut text, x, digits);
    text
}

#[cfg(test)]
mod tests {
    use super::number;

    #[track_caller]
    fn shortest(x: f64, expected: &str) {
        let mut text = String::new();
        super::push_signed(&mut text, x, None);
        assert_eq!(text, expected);
        assert_eq!(expected.parse::<f64>().unwrap().to_bits(), x.to_bits());
    }

    #[test]
    fn the_shortest_text_reads_back_as_the_same_number() {
        shortest(7.0, "7");
        shortest(-0.0, "-0");
        shortest(0.1 + 0.2, "0.30000000000000004");
        shortest(123_456_789.0, "123456789");
        shortest(1_234_567.891, "1234567.891");
        shortest(1e15, "1000000000000000");
        shortest(1e16, "1e16");
        shortest(1e-4, "0.0001");
        shortest(1e-5, "1e-5");
        shortest(2.5e-7, "2.5e-7");
        shortest(f64::MAX, "1.7976931348623157e308");
        shortest(5e-324, "5e-324");
    }

    #[test]
    fn digits_round() {
        assert_eq!(number(0.1 + 0.2, Some(12)), "0.3");
        assert_eq!(number(250_104.167 - 35_729.170, Some(12)), "214374.997");
        assert_eq!(number(std::f64::consts::PI, Some(3)), "3.14");
        assert_eq!(number(123_456_789.0, Some(12)), "123456789");
        assert_eq!(number(1e16, Some(12)), "1e16");
        assert_eq!(number(-1234.5, Some(2)), "-1200");
        assert_eq!(number(999.999, Some(3)), "1000");
    }

    #[test]
    fn whole_numbers_are_not_rounded() {
        assert_eq!(number(2_f64.powi(40), Some(12)), "1099511627776");
        assert_eq!(number(-(2_f64.powi(53)), Some(3)), "-9007199254740992");
        assert_eq!(number(2_f64.powi(60), Some(12)), "1.15292150461e18");
        assert_eq!(number(1_234_567_890_123.5, Some(12)), "1.23456789012e12");
        assert_eq!(number(123_456_789_012.5, Some(12)), "123456789012");
    }

    #[test]
    fn a_zero_has_a_sign_only_where_it_is_asked_for() {
        assert_eq!(number(-0.0, None), "0");
        assert_eq!(number(-0.0, Some(12)), "0");
    }

    #[test]
    fn what_is_no_number_has_a_word() {
        assert_eq!(number(f64::NAN, None), "nan");
        assert_eq!(number(f64::NEG_INFINITY, Some(3)), "-inf");
    }
}
