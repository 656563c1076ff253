//! Derivatives written as quotients with what is differentiated above: `df/dx`, `∂²f/∂x∂y`, `d(x^2)/dx`; and derivative
//! operators applied to a point: `d/dx(x^2)(2)`.
//!
//! Like `d/dx`, they are told from other quotients by their spelling alone, without blanks. `dy/dx` may still be a quotient
//! of variables, which is decided when it is known whether they are values.

use nom::Parser as _;
use nom::character::complete::char;
use nom::combinator::opt;

use super::derivative::{names_below, order};
use super::name::Symbol;
use super::parser::{Parsed, Parser};
use super::token;
use super::tree::{Expr, ExprId, Factor};
use crate::source::Span;

/// What stands where in `∂²f/∂x∂y`; places are bytes behind its beginning.
struct Quotient<'t> {
    order: u32,
    /// Where the name or the bracket begins that is differentiated.
    above: usize,
    /// A name, and not a bracket.
    name: Option<&'t str>,
    /// Where the bracket ends, or the name.
    slash: usize,
    below: Vec<(&'t str, u32)>,
    length: usize,
}

impl Parser<'_> {
    /// Takes `df/dx` or `∂f/∂x`, if it stands here.
    pub fn differential(&mut self) -> Parsed<Option<ExprId>> {
        let text = self.rest_with_token();
        let Some(quotient) = quotient(text) else { return Ok(None) };
        let start = self.token.span.start as usize;
        let span = Span::new(start, start + quotient.length);
        let total = quotient.below.iter().fold(0_u32, |sum, (_, order)| sum.saturating_add(*order));
        let is_partial = text.starts_with('∂');
        if total != quotient.order || total == 0 || total > super::derivative::HIGHEST_ORDER {
            return if is_partial { Err(self.orders_differ(span, quotient.order, total)) } else { Ok(None) };
        }
        let names: Vec<(Symbol, Span, u32)> = quotient
            .below
            .iter()
            .map(|(name, order)| {
                let at = start + (name.as_ptr() as usize - text.as_ptr() as usize);
                let place = Span::new(at, at + name.len());
                (self.symbol(place), place, *order)
            })
            .collect();
        let above = Span::new(start + quotient.above, start + quotient.slash);
        let numerator = match quotient.name {
            Some(name) if quotient.order == 1 => Symbol::new(&format!("d{name}")),
            _ => Symbol::new("d"),
        };
        let is_name = quotient.name.is_some();
        let body = match is_name {
            true => {
                let name = self.symbol(above);
                self.push(Expr::Name(name), above)
            }
            false => {
                self.go_on(Span::new(start, start), above.start as usize);
                self.nested(Parser::parenthesis)?
            }
        };
        self.go_on(span, span.end as usize);
        let by = names.iter().flat_map(|&(name, place, order)| std::iter::repeat_n((name, place), order as usize));
        let derivative = self.push(Expr::Derivative { names: by.collect(), body }, span);
        let [(variable, ..)] = names[..] else { return Ok(Some(derivative)) };
        if is_partial {
            return Ok(Some(derivative));
        }
        let below = Symbol::new(&format!("d{variable}"));
        Ok(Some(self.push(Expr::Differential { above: numerator, below, derivative }, span)))
    }

    /// Whether a derivative operator here is applied to a bracket and then to a point: `d/dx(x^2)(2)`.
    pub fn is_pointed_derivative(&self) -> bool {
        let Some(length) = self.operator_length() else { return false };
        let rest = &self.rest_with_token()[length..];
        bracket(rest).is_some_and(|end| rest[end..].starts_with('('))
    }

    /// `d/dx(x^2)(2)`
    pub fn pointed_derivative(&mut self) -> Parsed<ExprId> {
        let start = self.token.span;
        let (names, _) = self.taken_derivative_names()?.expect("a derivative operator stands here");
        let body = self.nested(Parser::parenthesis)?;
        let derivative = self.push(Expr::Derivative { names: names.clone(), body }, start.to(self.last));
        let args = self.arguments()?;
        let call = self.push(Expr::Call(derivative, args.clone()), start.to(self.last));
        let moves = args.iter().any(|arg| self.mentions(arg.value, &names));
        if moves && args.len() == 1 {
            let (operator, body) = (self.text(start.to(names[names.len() - 1].1)).to_string(), self.quote_expr(body));
            let factor = self.quote_expr(args[0].value);
            let message = format!("{} can be read in two ways", self.quote_expr(call));
            let help = format!(
                "write {operator} ({body} ({factor})) for the product; at a point: {operator} {body} at {} = {factor}",
                names[0].0
            );
            return Err(self.error(self.tree.span(call), message, help));
        }
        Ok(call)
    }

    /// `d/dx (x^2)(2)`: a product of x^2 and 2, or x = 2?
    pub fn check_point(&self, operator: Span, names: &[(Symbol, Span)], body: ExprId) -> Parsed<()> {
        let (first, second) = match self.tree.expr(body) {
            Expr::Product(factors) => match factors[..] {
                [first, Factor { expr, blank: false }] if self.is_bracket(expr) => (first.expr, expr),
                _ => return Ok(()),
            },
            Expr::Call(callee, args) => match args[..] {
                [arg] if arg.name.is_none() => (*callee, arg.value),
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        if !self.is_bracket(first) || self.any_name(second, |_| true) {
            return Ok(());
        }
        let (operator, first, second) =
            (self.text(operator).to_string(), self.quote_expr(first), self.quote_expr(second));
        let point = second.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(&second).to_string();
        let message = format!("{operator} {first}({point}) can be read in two ways");
        let name = names[0].0;
        let help = format!(
            "write {operator}{first}({point}) for the derivative at {name} = {point}, {operator} ({point} {first}) for that of a product"
        );
        Err(self.error(self.tree.span(body), message, help))
    }

    fn is_bracket(&self, id: ExprId) -> bool {
        matches!(self.tree.expr(id), Expr::Paren(_))
    }

    fn mentions(&self, id: ExprId, names: &[(Symbol, Span)]) -> bool {
        self.any_name(id, |name| names.iter().any(|(other, _)| *other == name))
    }

    /// Whether an expression has a name in it of which this holds.
    fn any_name(&self, id: ExprId, holds: impl Fn(Symbol) -> bool) -> bool {
        let span = self.tree.span(id);
        let inside = |own: &Span| span.start <= own.start && own.end <= span.end;
        let mut all = self.tree.exprs.iter().zip(&self.tree.spans);
        all.any(|(expr, own)| matches!(expr, Expr::Name(name) if inside(own) && holds(*name)))
    }
}

fn quotient(text: &str) -> Option<Quotient<'_>> {
    let mark = text.chars().next().filter(|mark| matches!(mark, 'd' | '∂'))?;
    let (rest, (_, above_order)) = (char::<_, nom::error::Error<&str>>(mark), opt(order)).parse(text).ok()?;
    let above = text.len() - rest.len();
    let (name, slash) = match bracket(rest) {
        Some(end) => (None, above + end),
        None => {
            let (after, name) = token::name(rest).ok()?;
            (Some(name), text.len() - after.len())
        }
    };
    let rest = text[slash..].strip_prefix('/')?;
    let (rest, below) = names_below(mark).parse(rest).ok()?;
    let below = below.into_iter().map(|(name, order)| (name, order.unwrap_or(1))).collect();
    let length = text.len() - rest.len();
    Some(Quotient { order: above_order.unwrap_or(1), above, name, slash, below, length })
}

/// Where the bracket ends that the text begins with.
fn bracket(text: &str) -> Option<usize> {
    if !text.starts_with('(') {
        return None;
    }
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            '"' | '#' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at + character.len_utf8());
        }
    }
    None
}
