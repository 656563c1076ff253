//! Diagnostics with carets under the exact characters, or as JSON.

use std::ops::Range;
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
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(style.width.clamp(40, 140));
    let help = help.as_ref().map(|help| Group::with_title(Level::HELP.secondary_title(help.as_str())));
    let mut text = match help {
        None => renderer.render(&[group]),
        // together they would get a margin between them
        Some(help) if excerpts.is_empty() => format!("{}\n{}", renderer.render(&[group]), renderer.render(&[help])),
        Some(help) => renderer.render(&[group, help]),
    };
    text.push('\n');
    text
}

/// Lines of one source with the places in them.
struct Excerpt {
    path: String,
    text: String,
    first_line: usize,
    /// Place in the text, words, and whether it is to blame.
    labels: Vec<(Range<usize>, String, bool)>,
}

/// Labels near each other in one source, each with whether it is the first, and the lines they are on.
struct Cluster<'d> {
    source: &'d Rc<Source>,
    lines: Range<usize>,
    labels: Vec<(bool, &'d Label)>,
}

/// Labels that are further apart than this many bytes are shown apart.
const NEAR: usize = 400;

/// Only the lines that a label is on: a source may be a whole file.
fn excerpts(labels: &[Label]) -> Vec<Excerpt> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for (i, label) in labels.iter().enumerate() {
        let lines = line_range(&label.source.text, label.span.range());
        let near = clusters.iter_mut().find(|cluster| {
            Rc::ptr_eq(cluster.source, &label.source)
                && lines.start <= cluster.lines.end + NEAR
                && cluster.lines.start <= lines.end + NEAR
        });
        match near {
            Some(cluster) => {
                cluster.lines = cluster.lines.start.min(lines.start)..cluster.lines.end.max(lines.end);
                cluster.labels.push((i == 0, label));
            }
            None => clusters.push(Cluster { source: &label.source, lines, labels: vec![(i == 0, label)] }),
        }
    }
    clusters.iter().map(excerpt).collect()
}

/// The bytes of the lines that a range touches.
fn line_range(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    let end = text.ceil_char_boundary(range.end.min(text.len()));
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    from..to
}

fn excerpt(cluster: &Cluster) -> Excerpt {
    let Cluster { source, lines, labels } = cluster;
    let (first_line, _) = source.position(lines.start);
    let both = labels_are_equal(labels);
    let relative = |at: usize| at.clamp(lines.start, lines.end) - lines.start;
    let labels = labels.iter().map(|(is_first, label)| {
        let span = label.span.range();
        (relative(span.start)..relative(span.end), label.text.clone(), *is_first || both)
    });
    Excerpt {
        path: source.name.clone(),
        text: source.text[lines.clone()].to_string(),
        first_line,
        labels: labels.collect(),
    }
}

/// Two operands that do not fit are both to blame.
fn labels_are_equal(labels: &[(bool, &Label)]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn foo_in(text: &str) -> Diagnostic {
        let at = text.find("foo").expect("foo");
        Diagnostic::new("unknown name foo").at(&Source::new("", text, 1), Span::new(at, at + 3))
    }

    #[track_caller]
    fn shows(diagnostic: &Diagnostic, style: &Style, expected: &str) {
        let text = diagnostic_text(diagnostic, style, false);
        // the gutter's blanks at line ends are nobody's business
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(lines.join("\n"), expected, "\n{text}");
    }

    #[test]
    fn carets_stand_under_the_exact_characters() {
        let plain = Style::default();
        shows(&foo_in("x + foo"), &plain, "error: unknown name foo\n  |\n1 | x + foo\n  |     ^^^");
        shows(&foo_in("1\n2\n  foo\n4"), &plain, "error: unknown name foo\n  |\n3 |   foo\n  |   ^^^");
    }

    #[test]
    fn wide_characters_and_tabs_take_their_room() {
        let plain = Style::default();
        shows(&foo_in("\"日本\" + foo"), &plain, "error: unknown name foo\n  |\n1 | \"日本\" + foo\n  |          ^^^");
        shows(&foo_in("\tfoo"), &plain, "error: unknown name foo\n  |\n1 |     foo\n  |     ^^^");
    }

    #[test]
    fn the_help_follows_and_several_places_are_labelled() {
        let source = Source::new("a.gt", "y = A * v", 7);
        let diagnostic = Diagnostic::new("cannot combine shapes (2, 3) and (4)")
            .label(&source, Span::new(4, 5), "(2, 3)")
            .label(&source, Span::new(8, 9), "(4)")
            .help("write A @ v");
        let text = diagnostic_text(&diagnostic, &Style::default(), false);
        for part in ["a.gt:7:5", "7 | y = A * v", "  |     ^   ^ (4)", "  |     (2, 3)", "\nhelp: write A @ v\n"] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }

    #[test]
    fn without_a_place_there_is_no_excerpt() {
        let note = Diagnostic::new("e was a constant").help(":reset e brings it back");
        let text = diagnostic_text(&note, &Style::default(), true);
        assert_eq!(text, "note: e was a constant\nhelp: :reset e brings it back\n");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let long = format!("{}foo{}", "1+".repeat(500), "+1".repeat(5000));
        let text = diagnostic_text(&foo_in(&long), &Style::default(), false);
        assert!(text.contains("foo") && text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }

    #[test]
    fn a_place_at_the_very_end_can_be_shown() {
        let source = Source::new("", "2 +", 1);
        let diagnostic = Diagnostic::new("a value is missing").at(&source, Span::new(3, 3));
        assert!(diagnostic_text(&diagnostic, &Style::default(), false).contains("  |    ^"));
        let beyond = Diagnostic::new("nothing").at(&source, Span::new(90, 95));
        assert!(diagnostic_text(&beyond, &Style::default(), false).contains("nothing"));
    }

    #[test]
    fn ascii_and_colour_are_as_asked_for() {
        let source = Source::new("", "x", 1);
        let diagnostic = Diagnostic::new("∂f/∂x → π").at(&source, Span::new(0, 1));
        let ascii = Style { ascii: true, ..Style::default() };
        assert!(diagnostic_text(&diagnostic, &ascii, false).is_ascii());
        assert!(!diagnostic_text(&diagnostic, &Style::default(), false).contains('\x1b'));
        let colour = Style { colour: true, ..Style::default() };
        assert!(diagnostic_text(&diagnostic, &colour, false).contains('\x1b'));
    }

    #[test]
    fn json_counts_characters_from_one() {
        let source = Source::new("", "1\n\"é\" + foo", 4);
        let diagnostic = Diagnostic::new("unknown name foo").at(&source, Span::new(9, 12)).help("a \"fix\"");
        assert_eq!(
            diagnostic_json(&diagnostic, false),
            "{\"kind\":\"error\",\"message\":\"unknown name foo\",\"line\":5,\"column\":7,\"length\":3,\
             \"help\":\"a \\\"fix\\\"\"}\n"
        );
    }
}
