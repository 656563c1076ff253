//! Lines of other languages, translated into ours: TensorFlow, PyTorch, JAX, NumPy, Python, Octave, LaTeX, paper,
//! spreadsheets, pocket calculators, Wolfram Language.
//!
//! Works on a line that has already failed, so that nothing here can change what a valid line means. The answer is the
//! whole line as it is typed here, read by our own parser before it is offered. Knows spellings only; which names have
//! a value or are functions is asked from the session.

mod calculator;
mod calculus;
mod function_names;
mod latex;
mod methods;
mod modules;
mod nodes;
mod octave;
mod paper;
mod phrases;
mod python;
mod translator;
mod units;
mod wolfram;

use std::rc::Rc;

use super::{Next, next_statement};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

use translator::Translator;

/// What a name stands for in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    Value,
    Function,
}

/// Looks a name up in the session.
pub type Scope<'s> = &'s dyn Fn(&str) -> Option<Known>;

/// What can be said about a foreign line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translation {
    /// What was wrong, where the reader knows better than the parser.
    pub message: Option<String>,
    /// The whole line in our language; it parses.
    pub line: Option<String>,
    /// What else to know, or what to do where there is no line to type.
    pub advice: Option<String>,
}

impl Translation {
    /// The help under an error.
    pub fn help(&self) -> Option<String> {
        match (&self.line, &self.advice) {
            (Some(line), Some(advice)) => Some(format!("write: {line}\n{advice}")),
            (Some(line), None) => Some(format!("write: {line}")),
            (None, advice) => advice.clone(),
        }
    }
}

/// More than this is no line that somebody typed.
const LONGEST_LINE: usize = 2000;

/// Translates `text`, which begins with a statement that failed, to the end of its line.
pub fn translate(text: &str, scope: Scope) -> Option<Translation> {
    if text.len() > LONGEST_LINE {
        return None;
    }
    let mut translator = Translator::new(scope);
    let line = translator.line(text);
    let line = line.map(|line| line.trim().to_string());
    let squeezed = |text: &str| text.replace(';', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    if line.as_ref().is_some_and(|line| !is_readable(line) || squeezed(line) == squeezed(text)) {
        return None;
    }
    let translation = Translation { message: translator.message, line, advice: translator.advice };
    (translation != Translation::default()).then_some(translation)
}

/// Whether our own parser reads all of the line, up to a block that is still open at its end.
fn is_readable(line: &str) -> bool {
    let source = Source::new("", line, 1);
    let mut at = 0;
    loop {
        match next_statement(&source, at) {
            Ok(Next::Statement { end, .. }) => at = end,
            Ok(Next::Incomplete(_)) => return line.ends_with('{'),
            Ok(Next::End) => return !line.is_empty(),
            Err(_) => return false,
        }
    }
}

/// `diagnostic` about the statement at byte `start` of `source`, with the line to type instead if it is foreign.
pub fn explain(mut diagnostic: Diagnostic, source: &Rc<Source>, start: usize, scope: Scope) -> Diagnostic {
    let here = diagnostic.labels.first().is_some_and(|label| Rc::ptr_eq(&label.source, source));
    let Some(text) = source.text.get(start..).filter(|_| here) else { return diagnostic };
    let place = diagnostic.labels[0].span.start as usize;
    let Some(translation) = translate(line_of(text, place.saturating_sub(start)), scope) else { return diagnostic };
    if let Some(help) = translation.help() {
        diagnostic.help = Some(help);
    }
    if let Some(message) = translation.message {
        diagnostic.message = message;
    }
    diagnostic
}

/// The statement at the beginning of `text`, which is wrong at byte `at`, to the end of its line; of Python also the
/// indented lines that belong to it.
fn line_of(text: &str, at: usize) -> &str {
    let leading = text.len() - text.trim_start_matches([' ', '\t', '\r', '\n', ';']).len();
    let at = at.max(leading);
    let mut end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |len| at + len);
    if text[..end].trim_end().ends_with(':') {
        while let Some(next) = text.get(end + 1..).filter(|rest| rest.starts_with([' ', '\t'])) {
            end += 1 + next.find('\n').unwrap_or(next.len());
        }
    }
    text[leading..end.max(leading)].trim_end()
}
