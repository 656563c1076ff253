//! Numerals: `12  1.5  .5  2.  1e-3  1_000_000  0x1F  0b101`. They have no sign; a minus is an operator.
//!
//! An exponent needs digits, so that `2e` is twice e and `2exp(1)` a product; a point followed by a point belongs to a
//! range. What would be read as something else than was typed (`1e400`, `1.2.3`, `1_`) is a problem, not a value.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{not, opt, recognize};
use nom::multi::many0_count;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::token::{self, Kind, Problem};

/// Why a numeral has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberProblem {
    TooLarge,
    /// Not zero, yet nearer to it than any number but zero.
    TooSmall,
    SecondPoint,
    /// A `_` that does not stand between two digits.
    Underscore,
    /// `0x` or `0b` without digits that belong to it, or with some that do not.
    Digits,
}

/// The numeral that begins `text` as a token, and its length.
pub(super) fn token(text: &str) -> (Kind, usize) {
    if let Some((value, len)) = plain(text) {
        return (Kind::Number(value), len);
    }
    let (rest, value) = match based(text) {
        Ok((rest, value)) => (rest, value),
        Err(_) => match decimal(text) {
            Ok((rest, digits)) => (rest, value(digits)),
            Err(_) => (&text[1..], Err(NumberProblem::Digits)),
        },
    };
    match value.and_then(|value| what_follows(rest).map_or(Ok(value), Err)) {
        Ok(value) => (Kind::Number(value), text.len() - rest.len()),
        Err(problem) => (Kind::Bad(Problem::Number(problem)), text.len() - end_of_numeral(rest).len()),
    }
}

/// Digits, perhaps with a point among them, and nothing that could go on with them: most numerals, and no parser needed.
fn plain(text: &str) -> Option<(f64, usize)> {
    /// Whole numbers of so many digits, and powers of ten up to this one, are exact, and so is their quotient rounded
    /// (Clinger 1990).
    const EXACT_DIGITS: usize = 15;
    const POWERS: [f64; EXACT_DIGITS + 1] =
        [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let bytes = text.as_bytes();
    let (mut value, mut len, mut point) = (0_u64, 0, None);
    loop {
        match bytes.get(len) {
            Some(digit @ b'0'..=b'9') => value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')),
            Some(b'.') if point.is_none() && bytes.get(len + 1).is_some_and(u8::is_ascii_digit) => point = Some(len),
            Some(b'.' | b'_' | b'e' | b'E' | b'x' | b'X' | b'b' | b'B') => return None,
            _ => break,
        }
        len += 1;
    }
    let decimals = point.map_or(0, |at| len - at - 1);
    match len - usize::from(point.is_some()) {
        0 => None,
        1..=EXACT_DIGITS => Some((value as f64 / POWERS[decimals], len)),
        // what is too large or too small is a problem, not a value
        _ => text[..len].parse().ok().filter(|value: &f64| value.is_normal()).map(|value| (value, len)),
    }
}

fn decimal(text: &str) -> IResult<&str, &str> {
    let fraction = (char('.'), not(char('.')), opt(digits));
    let exponent = (one_of("eE"), opt(one_of("+-")), digits);
    let whole = recognize((digits, opt(fraction)));
    let bare_fraction = recognize((char('.'), digits));
    recognize((alt((whole, bare_fraction)), opt(exponent))).parse(text)
}

fn digits(text: &str) -> IResult<&str, &str> {
    recognize((digit1, many0_count((char('_'), digit1)))).parse(text)
}

fn value(digits: &str) -> Result<f64, NumberProblem> {
    let parsed = if digits.contains('_') { digits.replace('_', "").parse() } else { digits.parse::<f64>() };
    match parsed {
        Ok(value) if value.is_infinite() => Err(NumberProblem::TooLarge),
        Ok(0.0) if has_nonzero_digit(digits) => Err(NumberProblem::TooSmall),
        Ok(value) => Ok(value),
        Err(_) => Err(NumberProblem::Digits),
    }
}

fn has_nonzero_digit(numeral: &str) -> bool {
    numeral.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).any(|byte| matches!(byte, b'1'..=b'9'))
}

/// `0x1F`, `0b101`
fn based(text: &str) -> IResult<&str, Result<f64, NumberProblem>> {
    let hexadecimal = preceded(alt((tag("0x"), tag("0X"))), take_while(|c: char| c.is_ascii_hexdigit() || c == '_'))
        .map(|digits: &str| based_value(digits, 16));
    let binary = preceded(alt((tag("0b"), tag("0B"))), take_while(|c: char| matches!(c, '0' | '1' | '_')))
        .map(|digits: &str| based_value(digits, 2));
    let (rest, value) = alt((hexadecimal, binary)).parse(text)?;
    // `0b12` and `0x1G` are slips; as products they would be wrong in silence.
    let glued: IResult<&str, &str> = take_while1(token::continues_name)(rest);
    Ok((rest, if glued.is_ok() { Err(NumberProblem::Digits) } else { value }))
}

fn based_value(digits: &str, radix: u32) -> Result<f64, NumberProblem> {
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return Err(NumberProblem::Underscore);
    }
    if digits.is_empty() {
        return Err(NumberProblem::Digits);
    }
    let value = u128::from_str_radix(&digits.replace('_', ""), radix).map_err(|_| NumberProblem::TooLarge)?;
    Ok(value as f64)
}

fn what_follows(rest: &str) -> Option<NumberProblem> {
    match rest.as_bytes() {
        [b'.', b'0'..=b'9', ..] => Some(NumberProblem::SecondPoint),
        [b'_', ..] => Some(NumberProblem::Underscore),
        // Only a second exponent is left here: `1e3e4`. As a product with a name e4 it would be a surprise.
        [b'e' | b'E', b'0'..=b'9', ..] => Some(NumberProblem::Digits),
        _ => None,
    }
}

/// What stands behind the digits, points and letters that were typed as one numeral.
fn end_of_numeral(rest: &str) -> &str {
    rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: f64, rest: &str) {
        let (kind, len) = token(text);
        assert_eq!((kind, &text[len..]), (Kind::Number(value), rest), "{text}");
    }

    #[track_caller]
    fn check_problem(text: &str, problem: NumberProblem) {
        assert_eq!(token(text), (Kind::Bad(Problem::Number(problem)), text.len()), "{text}");
    }

    #[test]
    fn numerals_of_every_form() {
        check("12", 12.0, "");
        check("1.5", 1.5, "");
        check(".5", 0.5, "");
        check("5.", 5.0, "");
        check("1e-3", 0.001, "");
        check("2E+3", 2000.0, "");
        check("1_000_000", 1e6, "");
        check("0x1F", 31.0, "");
        check("0xff_ff", 65535.0, "");
        check("0b101", 5.0, "");
        check("007", 7.0, "");
    }

    #[test]
    fn an_exponent_needs_digits() {
        check("2e", 2.0, "e");
        check("2e3", 2000.0, "");
        check("2e-3x", 0.002, "x");
        check("2exp(1)", 2.0, "exp(1)");
        check("1e5e", 1e5, "e");
        check("2e-x", 2.0, "e-x");
    }

    #[test]
    fn words_are_not_numbers() {
        check("1inf", 1.0, "inf");
        check("2nanometer", 2.0, "nanometer");
    }

    #[test]
    fn a_range_keeps_its_points() {
        check("1..5", 1.0, "..5");
        check("1.5..2", 1.5, "..2");
    }

    #[test]
    fn numerals_that_would_be_read_wrong_are_problems() {
        check_problem("1e400", NumberProblem::TooLarge);
        check_problem("1e-400", NumberProblem::TooSmall);
        check_problem("1.2.3", NumberProblem::SecondPoint);
        check_problem("1_", NumberProblem::Underscore);
        check_problem("1__0", NumberProblem::Underscore);
        check_problem("0x", NumberProblem::Digits);
        check_problem("0b12", NumberProblem::Digits);
        check_problem("0x1G", NumberProblem::Digits);
        check_problem("1e3e4", NumberProblem::Digits);
        check("0e5", 0.0, "");
    }
}
