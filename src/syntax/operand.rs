//! Operands: numbers, names, brackets, and what is hung on them (`f(x)`, `a[0]`, `r.name`, `f'`, `5!`, `x²`, `Aᵀ`).

use super::name::Symbol;
use super::parser::{Parsed, Parser};
use super::token::{self, Keyword, Kind, Sym};
use super::tree::{Arg, BinaryOp, Expr, ExprId, UnaryOp};
use crate::source::Span;

/// More suffixes on one operand than anybody types.
const MOST_SUFFIXES: u32 = super::parser::DEEPEST;

impl Parser<'_> {
    /// An operand with all its suffixes.
    pub fn postfix(&mut self) -> Parsed<ExprId> {
        let mut id = self.primary()?;
        let mut suffixes = 0;
        while let Some(longer) = self.suffix(id)? {
            id = longer;
            suffixes += 1;
            if suffixes > MOST_SUFFIXES {
                self.check_depth(suffixes)?;
            }
        }
        Ok(id)
    }

    fn suffix(&mut self, id: ExprId) -> Parsed<Option<ExprId>> {
        if let Kind::RaisedOrder(order) = self.operator() {
            return self.derivative_of_order(id, order).map(Some);
        }
        let Some(symbol) = self.suffix_symbol() else { return self.superscript(id) };
        let suffixed = match symbol {
            Sym::Caret if self.is_decided_order() => self.raised_order(id)?,
            Sym::Open if self.is_callable(id) && !self.is_decided_product() => self.call(id)?,
            Sym::OpenBracket if self.is_indexable(id) => self.index(id)?,
            Sym::Dot => self.field(id)?,
            Sym::Prime => self.prime(id)?,
            Sym::Bang => self.factorial(id)?,
            Sym::Transpose => self.transpose(id),
            _ => return Ok(None),
        };
        Ok(Some(suffixed))
    }

    fn suffix_symbol(&self) -> Option<Sym> {
        match self.operator() {
            Kind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// A parenthesis after these holds arguments; after arithmetic it is a factor: `(x+1)(x-1)`.
    fn is_callable(&self, id: ExprId) -> bool {
        match self.tree.expr(id) {
            Expr::Name(_) | Expr::Call(..) | Expr::Index(..) | Expr::Field(..) | Expr::Prime(..) | Expr::Nabla(_) => {
                true
            }
            Expr::Paren(inner) => self.parameters.is_none() && !self.is_arithmetic(*inner),
            // `∂f/∂x(1, 2)`; with a blank between it is a product
            Expr::Derivative { .. } | Expr::Differential { .. } => !self.token.blank,
            _ => false,
        }
    }

    fn is_arithmetic(&self, mut id: ExprId) -> bool {
        while let Expr::Paren(inner) = self.tree.expr(id) {
            id = *inner;
        }
        is_arithmetic(self.tree.expr(id))
    }

    fn is_indexable(&self, id: ExprId) -> bool {
        match self.tree.expr(id) {
            Expr::Array(_) | Expr::Matrix(_) | Expr::Comprehension { .. } | Expr::Abs(_) => true,
            Expr::Paren(_) => self.parameters.is_none(),
            Expr::Text(_) => true,
            _ => self.is_callable(id),
        }
    }

    fn since(&self, id: ExprId) -> Span {
        self.tree.span(id).to(self.last)
    }

    /// `f^(3)`: the function `f'''`, or `nth(f, n)` where the order is computed.
    fn raised_order(&mut self, function: ExprId) -> Parsed<ExprId> {
        let caret = self.advance();
        let order = self.parenthesis()?;
        let Expr::Paren(inner) = *self.tree.expr(order) else { return Err(self.missing_operand()) };
        let derivative = match *self.tree.expr(inner) {
            Expr::Number(primes) if (1.0..=f64::from(MOST_SUFFIXES)).contains(&primes) && primes.fract() == 0.0 => {
                self.primed(function, primes as u32)
            }
            _ => {
                let nth = self.push(Expr::Name(Symbol::new("nth")), caret);
                let args = [function, inner].map(|value| Arg { name: None, value });
                self.push(Expr::Call(nth, args.into()), self.since(function))
            }
        };
        // behind `f^(n)` the parenthesis may have been a factor, as long as that was a power
        if self.is_operator(Sym::Open) { self.call(derivative) } else { Ok(derivative) }
    }

    fn call(&mut self, function: ExprId) -> Parsed<ExprId> {
        self.question_call(function);
        let args = self.arguments()?;
        Ok(self.push(Expr::Call(function, args), self.since(function)))
    }

    fn index(&mut self, base: ExprId) -> Parsed<ExprId> {
        self.question_call(base);
        let subscripts = self.subscripts()?;
        Ok(self.push(Expr::Index(base, subscripts), self.since(base)))
    }

    fn field(&mut self, record: ExprId) -> Parsed<ExprId> {
        let dot = self.token.span;
        let ahead = self.ahead();
        let is_word = self.text(ahead.span).starts_with(|c: char| c.is_alphabetic() || c == '_');
        if self.token.blank || ahead.blank || !is_word || matches!(self.tree.expr(record), Expr::Number(_)) {
            return Err(self.stray_dot(dot, record));
        }
        self.question_call(record);
        self.advance();
        let name = self.advance();
        let name = Symbol::new(self.text(name));
        Ok(self.push(Expr::Field(record, name), self.since(record)))
    }

    fn prime(&mut self, function: ExprId) -> Parsed<ExprId> {
        // `(x^2)'`
        let is_bracket = matches!(self.tree.expr(function), Expr::Paren(_)) && self.parameters.is_none();
        if self.token.blank || !(self.is_callable(function) || is_bracket) {
            return Err(self.stray_prime(function));
        }
        self.question_call(function);
        let mut primes = 0;
        while self.is_operator(Sym::Prime) && !self.token.blank {
            self.advance();
            primes += 1;
            self.check_depth(primes)?;
        }
        Ok(self.primed(function, primes))
    }

    /// `f'` of `f'` is `f''`, however its primes were written.
    fn primed(&mut self, function: ExprId, primes: u32) -> ExprId {
        let (function, primes) = match *self.tree.expr(function) {
            Expr::Prime(inner, earlier) => (inner, earlier + primes),
            _ => (function, primes),
        };
        self.push(Expr::Prime(function, primes), self.since(function))
    }

    /// `f⁽³⁾` is `f'''`.
    fn derivative_of_order(&mut self, function: ExprId, order: u32) -> Parsed<ExprId> {
        if self.token.blank || order == 0 || !self.is_callable(function) {
            return Err(self.stray_superscript());
        }
        self.check_depth(order)?;
        self.question_call(function);
        self.advance();
        Ok(self.primed(function, order))
    }

    fn factorial(&mut self, operand: ExprId) -> Parsed<ExprId> {
        if self.token.blank {
            return Err(self.stray_bang());
        }
        self.advance();
        if self.is_operator(Sym::Bang) {
            return Err(self.double_factorial(operand));
        }
        self.question_call(operand);
        Ok(self.push(Expr::Factorial(operand), self.since(operand)))
    }

    fn transpose(&mut self, operand: ExprId) -> ExprId {
        self.question_call(operand);
        let span = self.advance();
        let function = self.push(Expr::Name(Symbol::new("transpose")), span);
        let args = [Arg { name: None, value: operand }];
        self.push(Expr::Call(function, args.into()), self.since(operand))
    }

    /// `x²` is the tree of `x^2`, `x⁻¹` that of `x^-1`.
    fn superscript(&mut self, base: ExprId) -> Parsed<Option<ExprId>> {
        let Kind::Superscript(exponent) = self.operator() else { return Ok(None) };
        if self.token.blank {
            return Err(self.stray_superscript());
        }
        self.question_call(base);
        let span = self.advance();
        let mut power = self.push(Expr::Number(f64::from(exponent.unsigned_abs())), span);
        if exponent < 0 {
            power = self.push(Expr::Unary(UnaryOp::Neg, power), span);
        }
        let result = self.push(Expr::Binary(BinaryOp::Pow, base, power), self.since(base));
        match self.suffix_symbol() {
            Some(Sym::Bang | Sym::Prime | Sym::Transpose | Sym::Dot) if !self.token.blank => {
                Err(self.suffix_on_power(result))
            }
            _ => Ok(Some(result)),
        }
    }

    /// Whether the next token can begin an operand, on this line.
    pub fn begins_operand(&self) -> bool {
        match self.operator() {
            Kind::End | Kind::Superscript(_) => false,
            Kind::Keyword(keyword) => matches!(keyword, Keyword::True | Keyword::False | Keyword::If),
            Kind::Symbol(Sym::Where) => self.is_followed_by(Sym::Open),
            Kind::Symbol(symbol) => matches!(
                symbol,
                Sym::Plus
                    | Sym::Minus
                    | Sym::Sqrt
                    | Sym::Nabla
                    | Sym::Partial
                    | Sym::Sum
                    | Sym::Prod
                    | Sym::Infinity
                    | Sym::Bar
                    | Sym::Not
                    | Sym::Open
                    | Sym::OpenBracket
                    | Sym::OpenBrace
            ),
            // Numbers, names, text; and what is wrong in itself shall be reported as that.
            _ => true,
        }
    }

    fn primary(&mut self) -> Parsed<ExprId> {
        self.check_size()?;
        let span = self.token.span;
        let expr = match self.token.kind {
            Kind::Number(value) => Expr::Number(value),
            Kind::Name => return self.named(),
            Kind::Text => Expr::Text(self.quoted_text()?.into()),
            Kind::Keyword(Keyword::True) => Expr::Bool(true),
            Kind::Keyword(Keyword::False) => Expr::Bool(false),
            Kind::Keyword(Keyword::If) => return self.if_expression(),
            Kind::Symbol(symbol) => return self.symbolic(symbol),
            _ => return Err(self.missing_operand()),
        };
        self.advance();
        Ok(self.push(expr, span))
    }

    fn named(&mut self) -> Parsed<ExprId> {
        let span = self.token.span;
        // Bytes, because this is asked of every name: they compare faster than texts.
        match self.text(span).as_bytes() {
            b"d" if self.is_derivative() && self.is_pointed_derivative() => return self.pointed_derivative(),
            b"d" if self.is_derivative() => return Err(self.derivative_as_factor()),
            [b'd', ..] => {
                if let Some(differential) = self.differential()? {
                    return Ok(differential);
                }
            }
            b"no_grad" if self.is_followed_by(Sym::OpenBrace) => return self.no_grad(),
            b"True" | b"False" | b"None" | b"lambda" => self.check_python_word()?,
            _ => {}
        }
        self.advance();
        Ok(self.push(Expr::Name(self.symbol(span)), span))
    }

    fn symbolic(&mut self, symbol: Sym) -> Parsed<ExprId> {
        match symbol {
            Sym::Open => self.parenthesis(),
            Sym::OpenBracket => self.array(),
            Sym::OpenBrace => self.block_expression(),
            Sym::Bar => self.absolute(),
            Sym::Nabla => self.nabla(),
            Sym::Infinity => Ok(self.named_symbol("inf")),
            Sym::Sum => Ok(self.named_symbol("sum")),
            Sym::Prod => Ok(self.named_symbol("prod")),
            Sym::Where if self.is_followed_by(Sym::Open) => Ok(self.named_symbol("where")),
            Sym::Partial if self.is_derivative() && self.is_pointed_derivative() => self.pointed_derivative(),
            Sym::Partial if self.is_derivative() => Err(self.derivative_as_factor()),
            Sym::Partial => match self.differential()? {
                Some(differential) => Ok(differential),
                None => Err(self.missing_operand()),
            },
            _ => Err(self.missing_operand()),
        }
    }

    fn named_symbol(&mut self, name: &str) -> ExprId {
        let span = self.advance();
        self.push(Expr::Name(Symbol::new(name)), span)
    }

    fn quoted_text(&self) -> Parsed<String> {
        let span = self.token.span;
        token::unescape(self.text(span)).map_err(|at| self.unknown_escape(span, at))
    }

    fn absolute(&mut self) -> Parsed<ExprId> {
        let bar = self.token.span;
        if self.in_bars {
            return Err(self.nested_bars(bar));
        }
        self.in_bars = true;
        self.advance();
        let inner = self.nested(Parser::whole)?;
        if !self.is_operator(Sym::Bar) {
            return Err(self.open_bar(bar));
        }
        self.in_bars = false;
        let end = self.advance();
        Ok(self.push(Expr::Abs(inner), bar.to(end)))
    }

    /// `∇f`; the call in `∇f(2, 3)` is one of the gradient, not of `f`.
    fn nabla(&mut self) -> Parsed<ExprId> {
        let span = self.advance();
        if let Kind::Superscript(_) = self.operator() {
            return Err(self.raised_nabla(span));
        }
        let function = self.nested(Parser::primary)?;
        Ok(self.push(Expr::Nabla(function), span.to(self.tree.span(function))))
    }
}

/// Whether parentheses around an expression hold a number rather than a function.
pub(super) fn is_arithmetic(expr: &Expr) -> bool {
    !matches!(
        expr,
        Expr::Name(_)
            | Expr::Call(..)
            | Expr::Index(..)
            | Expr::Field(..)
            | Expr::Prime(..)
            | Expr::Nabla(_)
            | Expr::Lambda(_)
            | Expr::Block(_)
            | Expr::If { .. }
            | Expr::NoGrad(_)
            | Expr::Where { .. }
            | Expr::Derivative { .. }
            | Expr::Differential { .. }
    )
}
