//! A message to the person at the keyboard: what was wrong, where, and what to type instead.
//!
//! Knows nobody but [`Source`] and [`Span`]; how it looks is the business of `report`.

use std::rc::Rc;

use crate::source::{Source, Span};

/// A place with a word about it.
#[derive(Debug, Clone)]
pub struct Label {
    pub source: Rc<Source>,
    pub span: Span,
    pub text: String,
}

/// An error (or a note) as a person reads it.
#[derive(Debug, Clone, Default)]
pub struct Diagnostic {
    /// What was wrong: lower case, no full stop, the user's own names and values.
    pub message: String,
    /// The first label is the place of the error; others explain (a second operand, the call that led here).
    pub labels: Vec<Label>,
    /// What to type instead.
    pub help: Option<String>,
    pub kind: Kind,
}

/// What a face does after a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Report it; a script stops here.
    #[default]
    Error,
    /// Ctrl-C: the prompt returns, a script exits with 130.
    Interrupted,
    /// The text ends inside an open bracket or after an operator: the prompt asks for more.
    Incomplete,
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), ..Diagnostic::default() }
    }

    /// Adds the place; the first call names the place of the error itself.
    pub fn at(self, source: &Rc<Source>, span: Span) -> Diagnostic {
        self.label(source, span, "")
    }

    pub fn label(mut self, source: &Rc<Source>, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { source: source.clone(), span, text: text.into() });
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    pub fn interrupted() -> Diagnostic {
        Diagnostic { kind: Kind::Interrupted, ..Diagnostic::new("interrupted") }
    }
}

/// The most similar of `candidates` to a misspelt `word`, if one is near enough to be meant; else the shortest that a
/// word of some letters is the beginning of.
///
/// Distance is Damerau–Levenshtein without regard to case; at most a third of the letters may differ.
/// On a tie the earlier candidate wins: name the user's own first.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().filter(|candidate| *candidate != word).collect();
    let lower = word.to_lowercase();
    let allowed = (lower.chars().count() / 3).max(1);
    let near = candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| *candidate);
    let begun = || {
        let begins = |candidate: &&&str| candidate.to_lowercase().starts_with(&lower);
        let longer = candidates.iter().filter(begins).min_by_key(|candidate| candidate.len());
        longer.copied().filter(|_| lower.chars().count() >= BEGINNING)
    };
    near.or_else(begun).map(str::to_string)
}

/// Fewer letters are the beginning of too much.
const BEGINNING: usize = 3;
