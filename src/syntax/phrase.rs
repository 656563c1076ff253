//! Derivatives asked for in words: `derivative of x^2`, `slope of x^2 at 3`. They are answered by the line to type.

use super::parser::{Parsed, Parser};
use super::token::{Kind, Lexer};
use crate::source::Span;

impl Parser<'_> {
    /// `derivative of …`, `the second derivative of …`: what is meant, in our notation.
    pub fn check_phrase(&self) -> Parsed<()> {
        let text = self.rest_with_token().lines().next().unwrap_or_default();
        let line = text.split([';', '#']).next().unwrap_or_default().trim_end();
        let mut words = line.split_whitespace();
        let mut order = 1;
        let length = loop {
            let Some(word) = words.next() else { return Ok(()) };
            match word {
                "the" | "first" | "partial" => {}
                "second" => order = 2,
                "third" => order = 3,
                "derivative" | "slope" | "gradient" | "differential" => {
                    break word.as_ptr() as usize - line.as_ptr() as usize + word.len();
                }
                _ => return Ok(()),
            }
        };
        if words.next() != Some("of") {
            return Ok(());
        }
        let rest = line[length..].trim_start().trim_start_matches("of").trim();
        let (body, point) = match rest.split_once(" at ") {
            Some((body, point)) => (body.trim(), Some(point.trim())),
            None => (rest, None),
        };
        let (body, named) = match [" with respect to ", " wrt ", " by "].iter().find_map(|by| body.split_once(by)) {
            Some((body, name)) => (body.trim(), Some(name.trim())),
            None => (body, None),
        };
        let variable = named.map(str::to_string).unwrap_or_else(|| variable_of(body));
        let span = Span::new(self.token.span.start as usize, self.token.span.start as usize + line.len());
        let help = match point {
            Some(point) if point.contains('=') => format!("write {body} at {point}"),
            Some(point) => format!("write {body} at {variable} = {point}"),
            None => {
                let power = if order > 1 { format!("^{order}") } else { String::new() };
                let is_sum = body.contains([' ', '+', '-']) && !body.starts_with('(');
                let body = if is_sum { format!("({body})") } else { body.to_string() };
                format!("write d{power}/d{variable}{power} {body}")
            }
        };
        Err(self.error(span, "a derivative is written as on paper", help))
    }
}

/// The variable of an expression: the first name of one letter that is no function, or x.
fn variable_of(text: &str) -> String {
    let mut lexer = Lexer::new(text, 0);
    loop {
        let token = lexer.next_token();
        match token.kind {
            Kind::End => return "x".to_string(),
            Kind::Name => {
                let name = &text[token.span.start as usize..token.span.end as usize];
                let is_call = text[token.span.end as usize..].starts_with('(');
                if name.chars().count() == 1 && name != "e" && !is_call {
                    return name.to_string();
                }
            }
            _ => {}
        }
    }
}
