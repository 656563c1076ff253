//! What helps while typing: completion, suggestions, colours, and knowing when an entry is complete.

use std::borrow::Cow;

use colored::{ColoredString, Colorize};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use crate::commands::{self, COMMANDS};
use crate::report::in_colour;
use crate::session::NameKind;
use crate::source::Source;
use crate::syntax::token::{Kind, Sym, tokens};
use crate::syntax::{Next, next_statement};

use super::letters;

const KEYWORDS: &[&str] = &[
    "at", "wrt", "order", "in", "for", "while", "if", "else", "and", "or", "not", "true", "false", "const", "where",
    "break", "continue", "return", "watch", "unwatch", "no_grad",
];

/// Knows the names of the session, a copy of them a line.
pub struct Assistant {
    names: Vec<(String, NameKind)>,
    history: HistoryHinter,
    files: FilenameCompleter,
    colour: bool,
}

impl Assistant {
    pub fn new(colour: bool) -> Assistant {
        Assistant { names: Vec::new(), history: HistoryHinter::new(), files: FilenameCompleter::new(), colour }
    }

    pub fn learn(&mut self, names: Vec<(String, NameKind)>) {
        self.names = names;
    }

    fn kind(&self, name: &str) -> Option<NameKind> {
        self.names.iter().find(|(other, _)| other == name).map(|(_, kind)| *kind)
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..pos];
        if let Some(found) = letters::complete(before) {
            return Ok(found);
        }
        if before.matches('"').count() % 2 == 1 || before.trim_start().starts_with(":run ") {
            return self.files.complete(line, pos, context);
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let start = before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(pos, |(at, _)| at);
        let (head, word) = before.split_at(start);
        Ok((start, self.words(head.trim(), word, line[pos..].starts_with('('))))
    }
}

impl Assistant {
    /// What may be meant by `word` behind `head`.
    fn words(&self, head: &str, word: &str, is_called: bool) -> Vec<Pair> {
        let plain = |text: &str| Pair { display: text.to_string(), replacement: text.to_string() };
        if head == ":" {
            let commands = COMMANDS.iter().map(|command| command.name).filter(|name| name.starts_with(word));
            return commands.map(plain).collect();
        }
        if let Some(command) = head.strip_prefix(':')
            && let arguments = commands::arguments(command)
            && !arguments.is_empty()
        {
            return arguments.into_iter().filter(|argument| argument.starts_with(word)).map(plain).collect();
        }
        if word.is_empty() {
            return Vec::new();
        }
        let names = self.names.iter().filter(|(name, _)| name.starts_with(word)).map(|(name, kind)| {
            let opens = matches!(kind, NameKind::Function | NameKind::UserFunction) && !is_called;
            Pair { display: name.clone(), replacement: if opens { format!("{name}(") } else { name.clone() } }
        });
        let keywords = KEYWORDS.iter().copied().filter(|keyword| keyword.starts_with(word)).map(plain);
        let mut found: Vec<Pair> = names.chain(keywords).collect();
        found.sort_by(|a, b| a.display.cmp(&b.display));
        found.dedup_by(|a, b| a.display == b.display);
        found
    }
}

impl Hinter for Assistant {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        if line.trim().is_empty() { None } else { self.history.hint(line, pos, context) }
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let source = Source::new("", context.input(), 1);
        let mut at = 0;
        loop {
            match next_statement(&source, at) {
                Ok(Next::Statement { end, .. }) => at = end,
                Ok(Next::Incomplete(_)) => return Ok(ValidationResult::Incomplete),
                Ok(Next::End) => return Ok(ValidationResult::Valid(None)),
                // a wrong entry is run, so that it is reported
                Err(_) => return Ok(ValidationResult::Valid(None)),
            }
        }
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        if !self.colour || line.is_empty() {
            return line.into();
        }
        in_colour(|| self.painted(line, pos)).into()
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colour { in_colour(|| hint.dimmed().to_string()).into() } else { hint.into() }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colour
    }
}

impl Assistant {
    /// A line with its colours; the bracket at the cursor and its partner stand out.
    fn painted(&self, line: &str, pos: usize) -> String {
        let partner = matching_bracket(line, pos);
        let mut text = String::with_capacity(2 * line.len());
        let mut at = 0;
        for token in tokens(line) {
            let range = token.span.range();
            if range.is_empty() || range.start < at || range.end > line.len() {
                continue;
            }
            push_gap(&line[at..range.start], &mut text);
            let is_partner = partner.is_some_and(|(a, b)| range.start == a || range.start == b);
            text.push_str(&self.paint(token.kind, &line[range.clone()], is_partner).to_string());
            at = range.end;
        }
        push_gap(&line[at..], &mut text);
        text
    }

    fn paint(&self, kind: Kind, piece: &str, is_partner: bool) -> ColoredString {
        match kind {
            Kind::Number(_) | Kind::Superscript(_) | Kind::RaisedOrder(_) => piece.yellow(),
            Kind::Text => piece.green(),
            Kind::Keyword(_) => piece.magenta(),
            Kind::Symbol(Sym::And | Sym::Or | Sym::Not | Sym::Where) => piece.magenta(),
            Kind::Name if KEYWORDS.contains(&piece) => piece.magenta(),
            Kind::Name => match self.kind(piece) {
                Some(NameKind::Function | NameKind::UserFunction) => piece.blue(),
                Some(NameKind::Variable | NameKind::Constant) => piece.cyan(),
                // not known yet: perhaps a new name, perhaps a misspelt one
                None => piece.underline(),
            },
            Kind::Bad(_) | Kind::Foreign => piece.red(),
            _ if is_partner => piece.bold(),
            _ => piece.normal(),
        }
    }
}

/// What lies between tokens: blanks, and comments dimmed.
fn push_gap(gap: &str, text: &mut String) {
    match gap.find('#') {
        Some(at) => {
            text.push_str(&gap[..at]);
            text.push_str(&gap[at..].dimmed().to_string());
        }
        None => text.push_str(gap),
    }
}

/// The bracket at or before the cursor, with the one it belongs to.
fn matching_bracket(line: &str, pos: usize) -> Option<(usize, usize)> {
    let mut open = Vec::new();
    for (at, c) in line.char_indices() {
        match c {
            '(' | '[' | '{' => open.push(at),
            ')' | ']' | '}' => {
                let start = open.pop()?;
                if [start, at, start + 1, at + 1].contains(&pos) {
                    return Some((start, at));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assistant() -> Assistant {
        let mut assistant = Assistant::new(false);
        assistant.learn(vec![
            ("velocity".to_string(), NameKind::Variable),
            ("vary".to_string(), NameKind::UserFunction),
            ("var".to_string(), NameKind::Function),
        ]);
        assistant
    }

    #[track_caller]
    fn completes(head: &str, word: &str, expected: &[&str]) {
        let found = assistant().words(head, word, false);
        let replacements: Vec<&str> = found.iter().map(|pair| pair.replacement.as_str()).collect();
        assert_eq!(replacements, expected, "{head} {word}");
    }

    #[test]
    fn functions_open_their_parenthesis() {
        completes("", "va", &["var(", "vary("]);
        completes("1 +", "vel", &["velocity"]);
        assert_eq!(assistant().words("", "vary", true)[0].replacement, "vary");
    }

    #[test]
    fn behind_a_colon_stand_commands_and_behind_those_their_arguments() {
        completes(":", "he", &["help"]);
        completes(":set", "dig", &["digits"]);
        completes(":help", "prece", &["precedence"]);
        completes(":tape", "vel", &["velocity"]);
    }

    #[test]
    fn nothing_typed_completes_to_nothing() {
        completes("", "", &[]);
    }

    #[test]
    fn brackets_find_their_partners() {
        assert_eq!(matching_bracket("(a + [b])", 0), Some((0, 8)));
        assert_eq!(matching_bracket("(a + [b])", 8), Some((5, 7)));
        assert_eq!(matching_bracket("a)", 1), None);
    }
}
