//! `d/dx`, `d²/dx²`, `∂²/∂x∂y`: derivatives as they are written on paper.
//!
//! They are told from quotients by their spelling alone: no blanks, a `d` (or `∂`) above and below.

use nom::branch::alt;
use nom::character::complete::{char, digit1};
use nom::combinator::{consumed, opt};
use nom::multi::many1;
use nom::sequence::preceded;
use nom::{IResult, Parser as _};

use super::name::Symbol;
use super::parser::{Parsed, Parser};
use super::token::{self, Kind, Sym};
use crate::source::Span;

/// Higher orders are a slip of the finger.
pub(super) const HIGHEST_ORDER: u32 = 100;

/// `∂²/∂x∂y`: the order above, and below the names, each with its order.
struct Notation<'a> {
    order: u32,
    names: Vec<(&'a str, u32)>,
}

/// The names of a derivative operator, one for each differentiation.
type Names = Box<[(Symbol, Span)]>;

impl Parser<'_> {
    /// Takes a derivative operator if one stands here: a name for each differentiation, and its place.
    pub fn derivative_names(&mut self) -> Parsed<Option<(Names, Span)>> {
        if self.is_derivative() && self.is_pointed_derivative() {
            // a factor like any other
            return Ok(None);
        }
        self.taken_derivative_names()
    }

    pub(super) fn taken_derivative_names(&mut self) -> Parsed<Option<(Names, Span)>> {
        let Some(mark) = self.mark() else { return Ok(None) };
        let text = self.rest_with_token();
        let Ok((rest, (typed, notation))) = notation(mark).parse(text) else { return Ok(None) };
        let span = Span::new(self.token.span.start as usize, self.token.span.start as usize + typed.len());
        let below: u32 = notation.names.iter().map(|(_, order)| order).fold(0, |sum, &order| sum.saturating_add(order));
        if notation.order != below || below == 0 || below > HIGHEST_ORDER {
            return Err(self.orders_differ(span, notation.order, below));
        }
        let mut names = Vec::with_capacity(below as usize);
        for (name, order) in notation.names {
            let start = name.as_ptr() as usize - text.as_ptr() as usize + span.start as usize;
            let place = Span::new(start, start + name.len());
            names.extend(std::iter::repeat_n((self.symbol(place), place), order as usize));
        }
        debug_assert!(typed.len() + rest.len() == text.len(), "a notation is a beginning of the text");
        self.go_on(span, span.end as usize);
        if !self.begins_operand() || self.is_spaced_sign() {
            return Err(self.nothing_to_differentiate(span));
        }
        Ok(Some((names.into(), span)))
    }

    /// `d/dx + 1` is an unfinished thought, `d/dx -x` is not.
    fn is_spaced_sign(&self) -> bool {
        self.is_symbol(Sym::Plus) || self.is_symbol(Sym::Minus) && self.ahead().blank
    }

    /// Whether a derivative operator stands here.
    pub fn is_derivative(&self) -> bool {
        self.mark().is_some_and(|mark| notation(mark).parse(self.rest_with_token()).is_ok())
    }

    /// How many bytes the derivative operator takes that stands here.
    pub(super) fn operator_length(&self) -> Option<usize> {
        let (_, (typed, _)) = notation(self.mark()?).parse(self.rest_with_token()).ok()?;
        Some(typed.len())
    }

    pub(super) fn rest_with_token(&self) -> &str {
        let after = self.lexer.rest();
        let span = Span::new(self.token.span.start as usize, self.token.span.end as usize + after.len());
        self.text(span)
    }

    /// The character that a derivative operator here would begin with.
    fn mark(&self) -> Option<char> {
        match self.token.kind {
            Kind::Name if self.token.span.len() == 1 && self.text(self.token.span) == "d" => Some('d'),
            Kind::Symbol(Sym::Partial) => Some('∂'),
            _ => None,
        }
    }
}

fn notation<'t>(
    mark: char,
) -> impl nom::Parser<&'t str, Output = (&'t str, Notation<'t>), Error = nom::error::Error<&'t str>> {
    let whole = (char(mark), opt(order), char('/'), names_below(mark)).map(|(_, above, _, below)| Notation {
        order: above.unwrap_or(1),
        names: below.into_iter().map(|(name, order)| (name, order.unwrap_or(1))).collect(),
    });
    consumed(whole)
}

/// `∂x∂y²`: names, each with its order.
pub(super) fn names_below<'t>(
    mark: char,
) -> impl nom::Parser<&'t str, Output = Vec<(&'t str, Option<u32>)>, Error = nom::error::Error<&'t str>> {
    many1((preceded(char(mark), token::name), opt(order)))
}

/// `^2` or `²`. What is no sensible order counts as 0 and is refused with the rest.
pub(super) fn order(text: &str) -> IResult<&str, u32> {
    let typed = preceded(char('^'), digit1).map(|digits: &str| digits.parse().unwrap_or(0));
    let raised = token::superscript.map(|exponent| exponent.and_then(|order| order.try_into().ok()).unwrap_or(0));
    alt((typed, raised)).parse(text)
}
