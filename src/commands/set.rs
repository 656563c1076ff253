//! `:set`: how results look.

use super::{Context, Place};
use crate::diagnostic::Diagnostic;
use crate::report::Style;
use crate::session::Outcome;
use crate::source::Span;

const NAMES: &[&str] = &["digits", "full", "ascii", "format", "memory"];

const USAGE: &str =
    "write :set digits 6, :set digits all, :set full on, :set ascii on, :set format json or :set memory 2G";

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied()
}

pub fn set(context: &mut Context, text: &str, span: Span, place: Place) -> Result<Outcome, Diagnostic> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let wrong = |message: String| Err(Diagnostic::new(message).at(place.source, span).help(USAGE));
    match words[..] {
        [] => return Ok(Outcome::Message(settings(context.out_style))),
        ["digits", "all"] => both(context, |style| style.digits = None),
        ["digits", count] => match count.parse::<usize>() {
            Ok(digits @ 1..=17) => both(context, |style| style.digits = Some(digits)),
            _ => return wrong(":set digits takes a number from 1 to 17, or all".to_string()),
        },
        ["full"] | ["full", "on"] => both(context, |style| style.full = true),
        ["full", "off"] => both(context, |style| style.full = false),
        ["ascii"] | ["ascii", "on"] => both(context, |style| style.ascii = true),
        ["ascii", "off"] => both(context, |style| style.ascii = false),
        ["memory", size] => match bytes(size) {
            Some(bytes) => context.session.set_memory_limit(bytes),
            None => return wrong(format!("{size} is no amount of memory")),
        },
        ["format", "json"] => both(context, |style| (style.json, style.latex) = (true, false)),
        ["format", "text"] => both(context, |style| (style.json, style.latex) = (false, false)),
        ["format", "latex"] => both(context, |style| (style.json, style.latex) = (false, true)),
        [word @ ("full" | "ascii"), ..] => return wrong(format!("{word} is on or off")),
        ["format", ..] => return wrong("the format is text, json or latex".to_string()),
        ["digits"] => return wrong("how many digits?".to_string()),
        ["memory", ..] => return wrong("how much memory?".to_string()),
        [word, ..] => return wrong(format!("there is no setting {word}")),
    }
    Ok(Outcome::Nothing)
}

fn both(context: &mut Context, change: impl Fn(&mut Style)) {
    change(context.out_style);
    change(context.err_style);
}

/// `500M`, `4G`
fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.to_ascii_uppercase().as_str() {
        "K" | "KB" => 10,
        "M" | "MB" => 20,
        "G" | "GB" => 30,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_shl(shift).filter(|&bytes| bytes > 0)
}

fn settings(style: &Style) -> String {
    let on = |flag: bool| if flag { "on" } else { "off" };
    let digits = style.digits.map_or("all".to_string(), |digits| digits.to_string());
    let format = match () {
        _ if style.json => "json",
        _ if style.latex => "latex",
        _ => "text",
    };
    format!("digits {digits}\nfull   {}\nascii  {}\nformat {format}", on(style.full), on(style.ascii))
}
