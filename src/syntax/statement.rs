//! Statements: assignments, definitions, declarations, and expressions with a point (`at`).

use super::clause;
use super::name::Symbol;
use super::parser::{Parsed, Parser};
use super::token::{self, Keyword, Kind, Sym};
use super::tree::{BinaryOp, Expr, ExprId, Lambda, Param, Statement, Stmt, StmtKind, Subscript, Tree};
use crate::source::Span;

impl Parser<'_> {
    /// The next statement of the session with its tree, or `None` at the end of the text.
    pub fn next(&mut self) -> Parsed<Option<Statement>> {
        while self.is_symbol(Sym::Semicolon) {
            self.advance();
        }
        if self.token.kind == Kind::End {
            return Ok(None);
        }
        let start = self.token.span;
        let kind = match self.command()? {
            Some(command) => command,
            None => self.statement()?,
        };
        let span = start.to(self.last);
        let mut silent = false;
        if self.is_operator(Sym::Semicolon) {
            self.advance();
            silent = self.operator() == Kind::End;
        } else if self.operator() != Kind::End {
            return Err(self.unexpected());
        }
        let source = self.source.clone();
        let mut tree = std::mem::replace(&mut self.tree, Tree::new(source));
        tree.extent = span;
        tree.sites.sort_unstable();
        let stmt = Stmt { kind, span, silent };
        Ok(Some(Statement { tree: tree.into(), stmt: stmt.into(), ambiguous: self.ambiguous }))
    }

    /// Where the statement that was read last ends, with its `;`.
    pub fn end(&self) -> usize {
        self.last.end as usize
    }

    /// A statement, at the top or in a block.
    pub fn statement(&mut self) -> Parsed<StmtKind> {
        match self.token.kind {
            Kind::Keyword(Keyword::For) => self.for_loop(),
            Kind::Keyword(Keyword::While) => self.while_loop(),
            Kind::Keyword(Keyword::Return) => self.return_statement(),
            Kind::Keyword(Keyword::Const) => self.constant(),
            Kind::Keyword(Keyword::Break) => {
                self.advance();
                Ok(StmtKind::Break)
            }
            Kind::Keyword(Keyword::Continue) => {
                self.advance();
                Ok(StmtKind::Continue)
            }
            // A word in front of a name begins a declaration, or a form of another language.
            Kind::Name if self.name_follows() => match self.text(self.token.span) {
                "watch" => Ok(StmtKind::Watch(self.declared()?)),
                "unwatch" => Ok(StmtKind::Unwatch(self.declared()?)),
                word => {
                    self.check_phrase()?;
                    self.check_foreign_statement(word)?;
                    self.expression_statement()
                }
            },
            Kind::Name => {
                self.check_elif()?;
                self.expression_statement()
            }
            _ => self.expression_statement(),
        }
    }

    /// Whether a name stands on the same line, behind the word that begins a statement.
    fn name_follows(&self) -> bool {
        let rest = self.lexer.rest();
        rest.starts_with([' ', '\t'])
            && rest.trim_start_matches([' ', '\t']).starts_with(token::starts_name)
            && self.ahead().kind == Kind::Name
    }

    fn declared(&mut self) -> Parsed<Box<[(Symbol, Span)]>> {
        self.advance();
        self.names("a name, as in watch x, y")
    }

    /// `x, y`
    pub fn names(&mut self, wanted: &str) -> Parsed<Box<[(Symbol, Span)]>> {
        let mut names = vec![self.name(wanted)?];
        while self.take(Sym::Comma) {
            names.push(self.name(wanted)?);
        }
        Ok(names.into())
    }

    fn constant(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let (name, name_span) = self.name("a name, as in const c = 5")?;
        if !self.take(Sym::Assign) {
            return Err(self.expected_assign(name_span));
        }
        let value = self.assigned()?;
        Ok(StmtKind::Const { name, name_span, value })
    }

    fn return_statement(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let value = match self.operator() {
            Kind::End | Kind::Symbol(Sym::Semicolon | Sym::CloseBrace) => None,
            _ => {
                let first = self.whole()?;
                Some(self.listed(first)?)
            }
        };
        Ok(StmtKind::Return(value))
    }

    fn expression_statement(&mut self) -> Parsed<StmtKind> {
        let left = self.whole()?;
        let op = match self.operator() {
            Kind::Symbol(Sym::Assign) => return self.assignment(left),
            Kind::Symbol(Sym::Comma) => return self.several(left),
            Kind::Symbol(Sym::PlusAssign) => BinaryOp::Add,
            Kind::Symbol(Sym::MinusAssign) => BinaryOp::Sub,
            Kind::Symbol(Sym::StarAssign) => BinaryOp::Mul,
            Kind::Symbol(Sym::SlashAssign) => BinaryOp::Div,
            Kind::Keyword(keyword) if clause::begins_with(keyword) => {
                return Ok(StmtKind::At { body: left, at: self.clauses()?.into() });
            }
            _ => return Ok(StmtKind::Expr(left)),
        };
        self.update(left, op)
    }

    fn assignment(&mut self, left: ExprId) -> Parsed<StmtKind> {
        match self.tree.expr(left) {
            Expr::Name(name) => {
                let (name, name_span) = (*name, self.tree.span(left));
                self.advance();
                let value = self.whole()?;
                match self.operator() {
                    Kind::Keyword(keyword) if clause::begins_with(keyword) => {
                        Ok(StmtKind::AssignAt { name, name_span, body: value, at: self.clauses()?.into() })
                    }
                    Kind::Symbol(Sym::Assign) => Err(self.second_assignment(value)),
                    _ => Ok(StmtKind::Assign { name, name_span, value }),
                }
            }
            Expr::Array(_) => self.unpacking(left),
            Expr::Index(base, subscripts) => {
                let (name, name_span) = self.indexed_name(*base, left)?;
                let subscripts = subscripts.clone();
                self.advance();
                Ok(StmtKind::AssignIndex { name, name_span, subscripts, value: self.assigned()? })
            }
            Expr::Call(..) => self.definition(left),
            _ => Err(self.not_assignable(left)),
        }
    }

    fn indexed_name(&self, base: ExprId, left: ExprId) -> Parsed<(Symbol, Span)> {
        match self.tree.expr(base) {
            Expr::Name(name) => Ok((*name, self.tree.span(base))),
            _ => Err(self.not_assignable(left)),
        }
    }

    /// The value of an assignment: no point and no second assignment may follow.
    pub fn assigned(&mut self) -> Parsed<ExprId> {
        let value = self.whole()?;
        match self.operator() {
            Kind::Keyword(keyword) if clause::begins_with(keyword) => Err(self.assigned_at(value)),
            Kind::Symbol(Sym::Assign) => Err(self.second_assignment(value)),
            _ => Ok(value),
        }
    }

    /// `x += e` becomes `x = x + e`.
    fn update(&mut self, left: ExprId, op: BinaryOp) -> Parsed<StmtKind> {
        let target = self.tree.expr(left).clone();
        let target_span = self.tree.span(left);
        if !matches!(target, Expr::Name(_) | Expr::Index(..)) {
            return Err(self.not_assignable(left));
        }
        self.advance();
        let change = self.assigned()?;
        let value = self.push(Expr::Binary(op, left, change), target_span.to(self.tree.span(change)));
        match target {
            Expr::Index(base, subscripts) => {
                let (name, name_span) = self.indexed_name(base, left)?;
                Ok(StmtKind::AssignIndex { name, name_span, subscripts: subscripts as Box<[Subscript]>, value })
            }
            _ => {
                let name = self.symbol(target_span);
                Ok(StmtKind::Assign { name, name_span: target_span, value })
            }
        }
    }

    /// `f(x, m = 1) = e`, whose left side has been read as a call.
    fn definition(&mut self, left: ExprId) -> Parsed<StmtKind> {
        let Expr::Call(function, args) = self.tree.expr(left) else { return Err(self.not_assignable(left)) };
        let Expr::Name(name) = *self.tree.expr(*function) else { return Err(self.not_assignable(left)) };
        let name_span = self.tree.span(*function);
        let params = args.iter().map(|arg| self.as_parameter_of(arg)).collect::<Parsed<Vec<Param>>>()?;
        self.check_distinct(&params)?;
        self.advance();
        let body = self.whole()?;
        let at = match self.operator() {
            Kind::Keyword(keyword) if clause::begins_with(keyword) => Some(self.clauses()?.into()),
            Kind::Symbol(Sym::Assign) => return Err(self.second_assignment(body)),
            _ => None,
        };
        let lambda = Lambda { params, body }.into();
        self.made_function(&lambda);
        Ok(StmtKind::Define { name, name_span, lambda, at })
    }
}
