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

/// The most similar of `candidates` to a misspelt `word`, if one is near enough to be meant.
///
/// Words of one or two letters are near to nothing but themselves in capitals. Longer ones may differ in one letter, from
/// six letters on in two, by Damerau–Levenshtein without regard to case. On a tie the earlier candidate wins.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().filter(|candidate| *candidate != word).collect();
    nearest(word, &candidates).map(|(_, candidate)| candidate.to_string())
}

/// A function or constant of ours that a misspelt `word` may have meant.
///
/// Nothing is suggested for names under four letters, which are as easily somebody's variable; nor what begins with
/// another letter, nor another word of four letters (`loss` is no misspelt `less`). What is not called is no misspelt
/// function unless it has five letters.
pub fn builtin_meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, called: bool) -> Option<String> {
    let len = word.chars().count();
    if len < if called { 4 } else { 5 } {
        return same_but_capitals(word, known);
    }
    let first = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
    let candidates: Vec<&str> = known.into_iter().filter(|known| first(known) == first(word)).collect();
    let near = nearest(word, &candidates).filter(|(distance, candidate)| {
        let same_length = candidate.chars().count() == len;
        let is_other_word = len == 4 && same_length && *distance > 0 && !is_transposed(word, candidate);
        !is_other_word && (called || *distance < 2)
    });
    let begun = || {
        let lower = word.to_lowercase();
        let longer = candidates.iter().filter(|candidate| called && candidate.starts_with(&lower));
        longer.min_by_key(|candidate| candidate.len()).copied()
    };
    near.map(|(_, candidate)| candidate).or_else(begun).map(str::to_string)
}

/// `Sin`, `PI`
fn same_but_capitals<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let is_shouted = lower != word && lower.chars().count() > 1;
    known.into_iter().find(|known| is_shouted && *known == lower).map(str::to_string)
}

fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<(usize, &'a str)> {
    let lower = word.to_lowercase();
    let allowed = match lower.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance + 1 < candidate.chars().count())
        .min_by_key(|(distance, candidate)| (*distance, !is_transposed(word, candidate)))
}

/// Whether the words have the same letters in another order.
fn is_transposed(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}
