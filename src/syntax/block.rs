//! Blocks and what they are part of: `if`, `for`, `while`, `no_grad`.

use std::rc::Rc;

use super::parser::{Parsed, Parser};
use super::token::{Keyword, Kind, Sym};
use super::tree::{Expr, ExprId, Stmt, StmtKind};

impl Parser<'_> {
    /// `{ … }` as a value: it needs a statement that gives one.
    pub fn block_expression(&mut self) -> Parsed<ExprId> {
        let start = self.token.span;
        let statements = self.block()?;
        if statements.is_empty() {
            return Err(self.empty_block(start.to(self.last)));
        }
        Ok(self.push(Expr::Block(statements), start.to(self.last)))
    }

    fn block(&mut self) -> Parsed<Rc<[Stmt]>> {
        if !self.is_symbol(Sym::OpenBrace) {
            return Err(self.expected_block());
        }
        let outside = self.open()?;
        let mut statements = Vec::new();
        loop {
            while self.is_symbol(Sym::Semicolon) {
                self.advance();
            }
            if self.is_symbol(Sym::CloseBrace) {
                break;
            }
            let start = self.token.span;
            let kind = self.statement()?;
            statements.push(Stmt { kind, span: start.to(self.last), silent: false });
            match self.operator() {
                Kind::Symbol(Sym::Semicolon | Sym::CloseBrace) => {}
                Kind::End if self.token.kind != Kind::End => {}
                _ => return Err(self.unexpected()),
            }
        }
        self.close(outside)?;
        Ok(statements.into())
    }

    pub fn no_grad(&mut self) -> Parsed<ExprId> {
        let start = self.advance();
        let body = self.block_expression()?;
        Ok(self.push(Expr::NoGrad(body), start.to(self.last)))
    }

    /// `if c { … } else if … else { … }`, however many branches.
    pub fn if_expression(&mut self) -> Parsed<ExprId> {
        let mut branches = Vec::with_capacity(1);
        let mut otherwise = None;
        loop {
            let start = self.advance();
            let condition = self.nested(Parser::condition)?;
            self.check_one_condition(condition)?;
            let then = self.block_expression()?;
            branches.push((start, condition, then));
            // `else` may start a line, even where line ends count.
            if self.token.kind != Kind::Keyword(Keyword::Else) {
                self.check_elif()?;
                break;
            }
            self.advance();
            if self.token.kind != Kind::Keyword(Keyword::If) {
                otherwise = Some(self.block_expression_after_else()?);
                break;
            }
        }
        for (start, condition, then) in branches.into_iter().rev() {
            otherwise = Some(self.push(Expr::If { condition, then, otherwise }, start.to(self.last)));
        }
        otherwise.ok_or_else(|| self.missing_operand())
    }

    fn block_expression_after_else(&mut self) -> Parsed<ExprId> {
        if self.is_symbol(Sym::OpenBrace) { self.block_expression() } else { Err(self.expected_block()) }
    }

    pub fn for_loop(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let (variables, over) = self.loop_head()?;
        Ok(StmtKind::For { variables, over, body: self.block()? })
    }

    pub fn while_loop(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let condition = self.condition()?;
        Ok(StmtKind::While { condition, body: self.block()? })
    }
}
