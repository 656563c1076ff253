//! Outcomes as text, JSON or tables. Nothing else prints; nothing here knows how a result was computed.

mod diagnostic;
mod json;
mod number;
mod style;
mod table;
mod tensor;
mod text;

pub use diagnostic::{diagnostic_json, diagnostic_text};
pub use number::number;
pub use style::{ColorChoice, Style, colour_for, in_colour};

use crate::session::{Data, Outcome, Reply};

/// What a reply prints on stdout, with its line end; empty for nothing.
///
/// Scripts are silent about assignments and definitions, the prompt (`echo`) repeats them dimmed.
pub fn reply(reply: &Reply, style: &Style, echo: bool, out: &mut String) {
    if style.json {
        if !reply.silent {
            json::outcome(&reply.outcome, out);
        }
        return;
    }
    if let (true, Some(reading)) = (echo, &reply.reading) {
        let line = format!("→ {reading}");
        out.push_str(&style.dim(&style.plain(&line)));
        out.push('\n');
    }
    if reply.silent {
        return;
    }
    match &reply.outcome {
        Outcome::Assigned { name, value } if echo => {
            let line = text::named(name, value, style);
            out.push_str(&style.dim(&style.plain(&line)));
            out.push('\n');
        }
        Outcome::Unpacked(values) if echo => {
            for (name, value) in values {
                let line = text::named(name, value, style);
                out.push_str(&style.dim(&style.plain(&line)));
                out.push('\n');
            }
        }
        Outcome::Defined { definition, .. } if echo => {
            out.push_str(&style.dim(&style.plain(definition)));
            out.push('\n');
        }
        other => {
            let start = out.len();
            text::outcome(other, style, out);
            if style.ascii {
                let plain = style.plain(&out[start..]).into_owned();
                out.replace_range(start.., &plain);
            }
        }
    }
}

/// What `print(…)` shows: texts as they are, values as they are printed, a blank between them.
pub fn printed(values: &[Data], style: &Style, out: &mut String) {
    let full = Style { digits: None, full: true, ..style.clone() };
    let parts = values.iter().map(|data| match data {
        Data::Text(text) => text.to_string(),
        data => value_text(data, if style.json { &full } else { style }),
    });
    let line = parts.collect::<Vec<String>>().join(" ");
    if style.json {
        json::printed(&line, out);
    } else {
        out.push_str(&style.plain(&line));
        out.push('\n');
    }
}

/// A value on one line, as it would be typed.
pub fn value_text(data: &Data, style: &Style) -> String {
    text::value(data, &Style { terminal: false, width: usize::MAX, ..style.clone() }, 0)
}
