//! Diagnostics with carets under the exact characters, or as JSON.

use std::rc::Rc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::json::string;
use super::style::Style;
use crate::diagnostic::{Diagnostic, Kind, Label};
use crate::source::Source;

/// A diagnostic as a person reads it, with its line end. `is_note` for remarks that are no errors.
pub fn diagnostic_text(diagnostic: &Diagnostic, style: &Style, is_note: bool) -> String {
    let message = style.plain(&diagnostic.message).into_owned();
    let help = diagnostic.help.as_ref().map(|help| style.plain(help).into_owned());
    let excerpts = excerpts(&diagnostic.labels);
    let level = if is_note { Level::NOTE } else { Level::ERROR };
    let mut group: Group = Group::with_title(level.primary_title(message.as_str()));
    for excerpt in &excerpts {
        let mut snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line);
        if !excerpt.path.is_empty() {
            snippet = snippet.path(excerpt.path.as_str());
        }
        for (range, label, is_primary) in &excerpt.labels {
            let kind = if *is_primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(range.clone());
            snippet = snippet.annotation(match label.is_empty() {
                true => annotation,
                false => annotation.label(label.as_str()),
            });
        }
        group = group.element(snippet);
    }
    let mut report = vec![group];
    if let Some(help) = &help {
        report.push(Group::with_title(Level::HELP.secondary_title(help.as_str())));
    }
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(style.width.clamp(40, 140));
    let mut text = renderer.render(&report);
    // help is one of the lines, not a report of its own
    text = text.replace("\n\nhelp:", "\nhelp:");
    text.push('\n');
    text
}

/// Lines of one source with the places in them.
struct Excerpt {
    path: String,
    text: String,
    first_line: usize,
    labels: Vec<(std::ops::Range<usize>, String, bool)>,
}

/// Only the lines that a label is on: a source may be a whole file.
fn excerpts(labels: &[Label]) -> Vec<Excerpt> {
    let mut excerpts: Vec<(Rc<Source>, std::ops::Range<usize>, Vec<(usize, &Label)>)> = Vec::new();
    for (i, label) in labels.iter().enumerate() {
        let lines = line_range(&label.source.text, label.span.range());
        let near = excerpts.iter_mut().find(|(source, range, _)| {
            Rc::ptr_eq(source, &label.source) && lines.start <= range.end + 400 && range.start <= lines.end + 400
        });
        match near {
            Some((_, range, labels)) => {
                *range = range.start.min(lines.start)..range.end.max(lines.end);
                labels.push((i, label));
            }
            None => excerpts.push((label.source.clone(), lines, vec![(i, label)])),
        }
    }
    excerpts.into_iter().map(|(source, range, labels)| excerpt(&source, range, &labels)).collect()
}

/// The bytes of the lines that a range touches.
fn line_range(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(range.start);
    let end = text.ceil_char_boundary(range.end.min(text.len()));
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    from..to
}

fn excerpt(source: &Source, range: std::ops::Range<usize>, labels: &[(usize, &Label)]) -> Excerpt {
    let (first_line, _) = source.position(range.start);
    let text = source.text[range.clone()].to_string();
    let labels = labels
        .iter()
        .map(|(i, label)| {
            let clamp = |at: usize| at.clamp(range.start, range.end) - range.start;
            let span = label.span.range();
            (clamp(span.start)..clamp(span.end), label.text.clone(), *i == 0 || labels_are_equal(labels))
        })
        .collect();
    Excerpt { path: source.name.clone(), text, first_line, labels }
}

/// Two operands that do not fit are both to blame.
fn labels_are_equal(labels: &[(usize, &Label)]) -> bool {
    labels.len() == 2 && labels.iter().all(|(_, label)| label.text.starts_with('('))
}

/// A diagnostic as one JSON object, with its line end: line and column from 1, length in characters.
pub fn diagnostic_json(diagnostic: &Diagnostic, is_note: bool) -> String {
    let kind = match (diagnostic.kind, is_note) {
        (_, true) => "note",
        (Kind::Interrupted, _) => "interrupted",
        _ => "error",
    };
    let mut out = format!("{{\"kind\":\"{kind}\",\"message\":");
    string(&diagnostic.message, &mut out);
    if let Some(label) = diagnostic.labels.first() {
        let (line, column) = label.source.position(label.span.start as usize);
        let length = label.source.slice(label.span).chars().count();
        out.push_str(&format!(",\"line\":{line},\"column\":{column},\"length\":{length}"));
        if !label.source.name.is_empty() {
            out.push_str(",\"file\":");
            string(&label.source.name, &mut out);
        }
    }
    if let Some(help) = &diagnostic.help {
        out.push_str(",\"help\":");
        string(help, &mut out);
    }
    out.push_str("}\n");
    out
}
