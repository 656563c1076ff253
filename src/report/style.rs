//! How results look, decided once for each stream.

use std::borrow::Cow;
use std::io::IsTerminal;

use colored::Colorize;

use super::number;

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// What `--digits`, `--full`, `--ascii`, `--format` and the terminal decide.
#[derive(Debug, Clone)]
pub struct Style {
    /// Significant digits; `None` for the shortest text that reads back as the same number.
    pub digits: Option<usize>,
    pub full: bool,
    pub ascii: bool,
    pub json: bool,
    /// Formulas as LaTeX.
    pub latex: bool,
    pub colour: bool,
    /// Results go to a person: tensors over several lines.
    pub terminal: bool,
    pub width: usize,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            digits: None,
            full: false,
            ascii: false,
            json: false,
            latex: false,
            colour: false,
            terminal: false,
            width: 80,
        }
    }
}

/// Whether a stream gets colours: the flag decides, then `NO_COLOR` and `CLICOLOR_FORCE`, then whether it is a
/// terminal that can show them.
pub fn colour_for(choice: ColorChoice, stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => {
            let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
            stream.is_terminal() && !dumb && std::env::var_os("CLICOLOR").is_none_or(|value| value != "0")
        }
    }
}

impl Style {
    /// Appends a number; only `--full` keeps the sign of a zero.
    pub fn push_number(&self, out: &mut String, x: f64) {
        if self.full { number::push_signed(out, x, self.digits) } else { number::push(out, x, self.digits) }
    }

    pub fn dim(&self, text: &str) -> String {
        if self.colour { in_colour(|| text.dimmed().to_string()) } else { text.to_string() }
    }

    pub fn name(&self, text: &str) -> String {
        if self.colour { in_colour(|| text.cyan().to_string()) } else { text.to_string() }
    }

    /// The text without Unicode, where `--ascii` asks for it.
    pub fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.ascii || text.is_ascii() {
            return text.into();
        }
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '∂' => plain.push('d'),
                '²' => plain.push_str("^2"),
                '³' => plain.push_str("^3"),
                '⁴'..='⁹' => {
                    plain.push('^');
                    plain.push((b'4' + (c as u32 - '⁴' as u32) as u8) as char);
                }
                '→' => plain.push_str("->"),
                '·' => plain.push('*'),
                '√' => plain.push_str("sqrt "),
                '∞' => plain.push_str("inf"),
                '±' => plain.push_str("+-"),
                '…' => plain.push_str("..."),
                'π' => plain.push_str("pi"),
                'µ' => plain.push('u'),
                '∇' => plain.push_str("grad "),
                '≤' => plain.push_str("<="),
                '≥' => plain.push_str(">="),
                '≠' => plain.push_str("!="),
                '–' | '—' | '−' => plain.push('-'),
                '\u{2018}' | '\u{2019}' => plain.push('\''),
                other => plain.push(other),
            }
        }
        plain.into()
    }
}

/// Paints for a stream that gets colours: the crate would decide from stdout alone.
pub fn in_colour<T>(paint: impl FnOnce() -> T) -> T {
    colored::control::set_override(true);
    let painted = paint();
    colored::control::unset_override();
    painted
}
