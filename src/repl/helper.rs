//! What helps while typing: completion, suggestions, colours, and knowing when an entry is complete.

use std::borrow::Cow;

use colored::Colorize;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Cmd, ConditionalEventHandler, Context, Event, EventContext, Helper, Movement, RepeatCount};

use crate::commands::COMMANDS;
use crate::session::NameKind;
use crate::source::Source;
use crate::syntax::token::{Kind, Sym, tokens};
use crate::syntax::{Next, next_statement};

const KEYWORDS: &[&str] = &[
    "at", "wrt", "order", "in", "for", "while", "if", "else", "and", "or", "not", "true", "false", "const", "where",
    "break", "continue", "return", "watch", "unwatch", "no_grad",
];

/// Knows the names of the session, a copy of them a line.
pub struct Assistant {
    names: Vec<(String, NameKind)>,
    history: HistoryHinter,
    colour: bool,
}

impl Assistant {
    pub fn new(colour: bool) -> Assistant {
        Assistant { names: Vec::new(), history: HistoryHinter::new(), colour }
    }

    pub fn update(&mut self, names: Vec<(String, NameKind)>) {
        self.names = names;
    }

    fn kind(&self, name: &str) -> Option<NameKind> {
        self.names.iter().find(|(other, _)| other == name).map(|(_, kind)| *kind)
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let start = line[..pos].char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(pos, |(at, _)| at);
        let word = &line[start..pos];
        let plain = |text: &str| Pair { display: text.to_string(), replacement: text.to_string() };
        if line[..start].trim() == ":" {
            let commands = COMMANDS.iter().map(|command| command.name).filter(|name| name.starts_with(word));
            return Ok((start, commands.map(plain).collect()));
        }
        if word.is_empty() {
            return Ok((start, Vec::new()));
        }
        let names = self.names.iter().filter(|(name, _)| name.starts_with(word)).map(|(name, kind)| {
            let opens = matches!(kind, NameKind::Function | NameKind::UserFunction) && !line[pos..].starts_with('(');
            Pair { display: name.clone(), replacement: if opens { format!("{name}(") } else { name.clone() } }
        });
        let keywords = KEYWORDS.iter().copied().filter(|keyword| keyword.starts_with(word)).map(plain);
        let mut found: Vec<Pair> = names.chain(keywords).collect();
        found.sort_by(|a, b| a.display.cmp(&b.display));
        found.dedup_by(|a, b| a.display == b.display);
        Ok((start, found))
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
        let partner = matching_bracket(line, pos);
        let mut text = String::with_capacity(2 * line.len());
        let mut at = 0;
        for token in tokens(line) {
            let range = token.span.range();
            if range.is_empty() || range.start < at || range.end > line.len() {
                continue;
            }
            push_gap(&line[at..range.start], &mut text);
            let piece = &line[range.clone()];
            let painted = match token.kind {
                Kind::Number(_) | Kind::Superscript(_) => piece.yellow(),
                Kind::Text => piece.green(),
                Kind::Keyword(_) => piece.magenta(),
                Kind::Symbol(Sym::And | Sym::Or | Sym::Not | Sym::Where) => piece.magenta(),
                Kind::Name if KEYWORDS.contains(&piece) => piece.magenta(),
                Kind::Name => match self.kind(piece) {
                    Some(NameKind::Function | NameKind::UserFunction) => piece.blue(),
                    Some(NameKind::Variable) => piece.cyan(),
                    Some(NameKind::Constant) => piece.cyan(),
                    // not known yet: perhaps a new name, perhaps a misspelt one
                    None => piece.underline(),
                },
                Kind::Bad(_) | Kind::Foreign => piece.red(),
                _ if partner.is_some_and(|(a, b)| range.start == a || range.start == b) => piece.bold(),
                _ => piece.normal(),
            };
            text.push_str(&painted.to_string());
            at = range.end;
        }
        push_gap(&line[at..], &mut text);
        text.into()
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.colour { hint.dimmed().to_string().into() } else { hint.into() }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colour
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

/// `\alpha` and Tab gives α; without a backslash Tab completes.
pub struct GreekLetters;

const LETTERS: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Sigma", "Σ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("sum", "∑"),
    ("prod", "∏"),
    ("sqrt", "√"),
    ("inf", "∞"),
    ("infty", "∞"),
    ("pm", "±"),
    ("times", "×"),
    ("cdot", "·"),
    ("leq", "≤"),
    ("geq", "≥"),
    ("neq", "≠"),
    ("to", "→"),
    ("_0", "₀"),
    ("_1", "₁"),
    ("_2", "₂"),
    ("_3", "₃"),
    ("_i", "ᵢ"),
    ("^2", "²"),
    ("^3", "³"),
    ("^-1", "⁻¹"),
    ("^T", "ᵀ"),
];

impl ConditionalEventHandler for GreekLetters {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let before = &context.line()[..context.pos()];
        let at = before.rfind('\\')?;
        let word = &before[at + 1..];
        let (_, letter) = LETTERS.iter().find(|(name, _)| *name == word)?;
        let back = Movement::BackwardChar(word.chars().count() as u16 + 1);
        // x\_1 has no blank before the backslash, so characters are counted, not words
        Some(Cmd::Replace(back, Some((*letter).to_string())))
    }
}
