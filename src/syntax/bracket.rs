//! What stands in brackets: parentheses and parameters, arguments, subscripts, arrays, matrices, comprehensions.

use super::name::Symbol;
use super::operators::LAMBDA;
use super::parser::{Parsed, Parser};
use super::token::{Keyword, Kind, Sym};
use super::tree::{Arg, Expr, ExprId, Param, Subscript};
use crate::source::Span;

impl Parser<'_> {
    /// `(e)`, or the parameters of a function: `(x, y) -> …`.
    pub fn parenthesis(&mut self) -> Parsed<ExprId> {
        let start = self.token.span;
        let outside = self.open()?;
        if self.is_symbol(Sym::Close) {
            self.close(outside)?;
            return self.waiting_parameters(start, Vec::new());
        }
        let first = self.whole()?;
        if self.is_symbol(Sym::Close) {
            self.close(outside)?;
            return Ok(self.push(Expr::Paren(first), start.to(self.last)));
        }
        let args = self.more_arguments(first)?;
        self.close(outside)?;
        if !self.is_operator(Sym::Arrow) {
            return self.tuple(start.to(self.last), &args);
        }
        let params = args.iter().map(|arg| self.as_parameter_of(arg)).collect::<Parsed<Vec<Param>>>()?;
        self.waiting_parameters(start, params)
    }

    /// `(2, 3)`: the same as `[2, 3]`, as shapes are written elsewhere. Outside of all brackets two numerals may be one
    /// with a decimal comma, and names with `=` are never values.
    fn tuple(&mut self, span: Span, args: &[Arg]) -> Parsed<ExprId> {
        let numerals = args.len() == 2 && args.iter().all(|arg| matches!(self.tree.expr(arg.value), Expr::Number(_)));
        if args.iter().any(|arg| arg.name.is_some()) || (numerals && self.innermost().is_none()) {
            return Err(self.several_in_parentheses(span, args));
        }
        let items = args.iter().map(|arg| arg.value).collect();
        Ok(self.push(Expr::Array(items), span))
    }

    /// A node for a function whose `->` comes next.
    fn waiting_parameters(&mut self, start: Span, params: Vec<Param>) -> Parsed<ExprId> {
        if !self.is_operator(Sym::Arrow) {
            return Err(self.empty_parentheses(start.to(self.last)));
        }
        let id = self.push(Expr::Bool(false), start.to(self.last));
        self.parameters = Some((id, params));
        Ok(id)
    }

    pub fn as_parameter_of(&self, arg: &Arg) -> Parsed<Param> {
        match arg.name {
            Some((name, span)) => Ok(Param { name, span, default: Some(arg.value) }),
            None => self.as_parameter(arg.value, None),
        }
    }

    /// `(2, m = 3)`
    pub fn arguments(&mut self) -> Parsed<Box<[Arg]>> {
        let outside = self.open()?;
        let args = if self.is_symbol(Sym::Close) {
            Box::default()
        } else {
            let first = self.whole()?;
            match self.operator() {
                // One argument and no name is what most calls have.
                Kind::Symbol(Sym::Close) => Box::new([Arg { name: None, value: first }]) as Box<[Arg]>,
                _ => self.more_arguments(first)?.into(),
            }
        };
        self.close(outside)?;
        Ok(args)
    }

    /// Arguments from the first on, of which the value (or the name) has been read.
    fn more_arguments(&mut self, first: ExprId) -> Parsed<Vec<Arg>> {
        let mut args = vec![self.argument(first)?];
        while self.take(Sym::Comma) {
            if self.is_symbol(Sym::Close) {
                break;
            }
            let value = self.whole()?;
            args.push(self.argument(value)?);
        }
        Ok(args)
    }

    fn argument(&mut self, id: ExprId) -> Parsed<Arg> {
        match self.operator() {
            Kind::Symbol(Sym::Assign) => {
                let Expr::Name(name) = *self.tree.expr(id) else { return Err(self.assignment_inside(id)) };
                let span = self.tree.span(id);
                self.advance();
                Ok(Arg { name: Some((name, span)), value: self.whole()? })
            }
            Kind::Keyword(Keyword::For) => Ok(Arg { name: None, value: self.comprehension(id)? }),
            _ => Ok(Arg { name: None, value: id }),
        }
    }

    /// `e for u in v if c`, of which `e` has been read.
    fn comprehension(&mut self, body: ExprId) -> Parsed<ExprId> {
        self.advance();
        let (variables, over) = self.loop_head()?;
        let mut end = over;
        let mut condition = None;
        if self.is_keyword(Keyword::If) {
            self.advance();
            end = self.expression(LAMBDA)?;
            condition = Some(end);
        }
        let span = self.tree.span(body).to(self.tree.span(end));
        Ok(self.push(Expr::Comprehension { body, variables, over, condition }, span))
    }

    /// `u in v`, `i, u in v`
    pub fn loop_head(&mut self) -> Parsed<(Box<[Symbol]>, ExprId)> {
        const WANTED: &str = "a name, as in for i in 0..5";
        let mut variables = vec![self.name(WANTED)?.0];
        if self.take(Sym::Comma) {
            variables.push(self.name(WANTED)?.0);
        }
        if !self.is_keyword(Keyword::In) {
            return Err(self.expected_in());
        }
        self.advance();
        Ok((variables.into(), self.expression(LAMBDA)?))
    }

    /// `[0]`, `[1, :]`, `[::2]`
    pub fn subscripts(&mut self) -> Parsed<Box<[Subscript]>> {
        let start = self.token.span;
        let outside = self.open()?;
        if self.is_symbol(Sym::CloseBracket) {
            return Err(self.empty_index(start.to(self.token.span)));
        }
        let mut subscripts = Vec::with_capacity(1);
        loop {
            subscripts.push(self.subscript()?);
            if !self.take(Sym::Comma) || self.is_symbol(Sym::CloseBracket) {
                break;
            }
        }
        self.close(outside)?;
        Ok(subscripts.into())
    }

    fn subscript(&mut self) -> Parsed<Subscript> {
        let start = self.slice_part()?;
        if !self.take(Sym::Colon) {
            return match start {
                Some(at) => Ok(Subscript::At(at)),
                None => Err(self.missing_operand()),
            };
        }
        let stop = self.slice_part()?;
        let step = if self.take(Sym::Colon) { self.slice_part()? } else { None };
        Ok(Subscript::Slice { start, stop, step })
    }

    fn slice_part(&mut self) -> Parsed<Option<ExprId>> {
        match self.token.kind {
            Kind::Symbol(Sym::Colon | Sym::Comma | Sym::CloseBracket) => Ok(None),
            _ => self.whole().map(Some),
        }
    }

    /// `[1, 2]`, `[1, 2; 3, 4]`, `[u^2 for u in v]`
    pub fn array(&mut self) -> Parsed<ExprId> {
        let start = self.token.span;
        let outside = self.open()?;
        let mut rows: Vec<Box<[ExprId]>> = Vec::new();
        let mut row: Vec<ExprId> = Vec::new();
        while !self.is_symbol(Sym::CloseBracket) {
            let element = self.whole()?;
            if rows.is_empty() && row.is_empty() && self.is_keyword(Keyword::For) {
                let id = self.comprehension(element)?;
                self.close(outside)?;
                self.tree.spans[id.0 as usize] = start.to(self.last);
                return Ok(id);
            }
            row.push(element);
            if self.take(Sym::Semicolon) {
                rows.push(std::mem::take(&mut row).into());
            } else if !self.take(Sym::Comma) {
                break;
            }
        }
        self.close(outside)?;
        let expr = if rows.is_empty() {
            Expr::Array(row.into())
        } else {
            if !row.is_empty() {
                rows.push(row.into());
            }
            Expr::Matrix(rows.into())
        };
        Ok(self.push(expr, start.to(self.last)))
    }
}
