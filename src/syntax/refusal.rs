//! Text that could be read, but that others read differently: refused, with every reading spelled out.

use super::parser::{Parsed, Parser};
use super::token::{Keyword, Kind, Sym};
use super::tree::{Arg, BinaryOp, Expr, ExprId, UnaryOp};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Functions whose `^-1` is the inverse function to some and the reciprocal to others.
const TRIGONOMETRIC: &[&str] =
    &["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"];

impl Parser<'_> {
    /// `1 000`, `(x+1) 2`
    pub fn number_after(&self, last: ExprId) -> Box<Diagnostic> {
        let span = self.tree.span(last).to(self.token.span);
        let (left, right) = (self.quote_expr(last), self.quote(self.token.span));
        if let Expr::Number(_) = self.tree.expr(last) {
            let help = match self.innermost() {
                Some((Sym::OpenBracket, _)) if self.token.newline => "separate rows by ;".to_string(),
                Some((Sym::OpenBracket | Sym::Open, _)) => format!("separate values by commas: {left}, {right}"),
                _ => format!("write {left}{right} or {left}_{right} for one number"),
            };
            return self.error(span, "two numbers side by side", help);
        }
        let mut help = format!("write {left} * {right}");
        if let Expr::Binary(BinaryOp::Pow, ..) | Expr::Prime(..) = self.tree.expr(last) {
            help += &format!(", or {left}({right}) if a function is meant");
        }
        self.error(self.token.span, format!("a number cannot follow {left}"), help)
    }

    /// `x² [0]`, `(x) [1, 2]` behind something that is not indexed.
    pub fn bracket_after(&self, last: ExprId) -> Box<Diagnostic> {
        let left = self.quote_expr(last);
        let message = format!("[ after {left} can be an index or a factor");
        self.error(self.token.span, message, format!("write ({left})[…] for an index, {left} * […] for a product"))
    }

    /// `|a|b|c|`, `x|y|`
    pub fn bar_after(&self, last: ExprId) -> Box<Diagnostic> {
        let left = self.quote_expr(last);
        let message = format!("which bars belong together is not clear after {left}");
        self.error(self.token.span, message, "write abs(…) instead of bars, and * between factors")
    }

    pub fn nested_bars(&self, span: Span) -> Box<Diagnostic> {
        let help = "write norm(v) for the length of a vector, abs(…) for absolute values, or for one of two conditions";
        self.error(span, "which bars belong together is not clear", help)
    }

    pub fn open_bar(&self, bar: Span) -> Box<Diagnostic> {
        match self.operator() {
            Kind::End if self.innermost().is_some() && self.token.kind == Kind::End => self.incomplete("a |"),
            Kind::End => self.error(bar, "| is never closed", "close it with |, or write abs(…)"),
            _ => self.unexpected(),
        }
    }

    /// `10%`: a percent sign with nothing behind it. `10%-3` has two readings as well.
    pub fn check_percent(&self, left: ExprId) -> Parsed<()> {
        let ahead = self.ahead();
        let number = self.quote_expr(left);
        let span = self.tree.span(left).to(self.token.span);
        let can_follow = match ahead.kind {
            Kind::Symbol(Sym::Plus | Sym::Minus | Sym::Not | Sym::Where) => true,
            Kind::Keyword(keyword) => matches!(keyword, Keyword::True | Keyword::False | Keyword::If),
            Kind::Symbol(Sym::Bar) => !self.in_bars,
            Kind::Symbol(symbol) => {
                !ahead.kind.closes()
                    && !matches!(symbol, Sym::Comma | Sym::Semicolon | Sym::Colon | Sym::Assign | Sym::Bang)
                    && super::operators::infix_operator(symbol).is_none()
            }
            Kind::End => false,
            _ => true,
        };
        if !can_follow || ahead.newline && self.newlines {
            return Err(self.error(
                span,
                "% is the remainder, and needs a second number",
                format!("write {number}/100, or 7 % 4"),
            ));
        }
        let is_sign = matches!(ahead.kind, Kind::Symbol(Sym::Plus | Sym::Minus));
        if is_sign && !self.token.blank && matches!(self.tree.expr(left), Expr::Number(_)) {
            let sign = self.quote(ahead.span);
            let help = format!("write {number}/100 {sign} … for percent, {number} % ({sign}…) for the remainder");
            return Err(self.error(span, format!("{number}% before a sign can be read in two ways"), help));
        }
        Ok(())
    }

    /// `x++`: a habit, and not an unfinished sum.
    pub fn check_increment(&self, left: ExprId) -> Parsed<()> {
        let is_other = |next: &u8| next.is_ascii_alphanumeric() || matches!(next, b' ' | b'(');
        if self.lexer.rest().as_bytes().first().is_some_and(is_other) {
            return Ok(());
        }
        let sign = self.token;
        let second = self.ahead();
        if second.kind != sign.kind || second.blank {
            return Ok(());
        }
        let mut lexer = self.lexer;
        lexer.next_token();
        let after = lexer.next_token();
        if after.kind == Kind::End || after.newline && self.newlines || after.kind.closes() {
            let (x, sign_text) = (self.quote_expr(left), self.quote(sign.span));
            let help = format!("write {x} {sign_text}= 1");
            return Err(self.error(sign.span.to(second.span), format!("{sign_text}{sign_text} is not known"), help));
        }
        Ok(())
    }

    /// `sin^-1(x)`
    pub fn check_inverse(&self, power: ExprId) -> Parsed<()> {
        let Expr::Binary(BinaryOp::Pow, base, mut exponent) = *self.tree.expr(power) else { return Ok(()) };
        if let Expr::Paren(inner) = *self.tree.expr(exponent) {
            exponent = inner;
        }
        let Expr::Unary(UnaryOp::Neg, one) = *self.tree.expr(exponent) else { return Ok(()) };
        let name = self.text(self.tree.span(base));
        if *self.tree.expr(one) != Expr::Number(1.0) || !TRIGONOMETRIC.contains(&name) {
            return Ok(());
        }
        let message = format!("{} can be the inverse function or a reciprocal", self.quote_expr(power));
        Err(self.error(self.tree.span(power), message, format!("write a{name}(x) or 1/{name}(x)")))
    }

    pub fn double_factorial(&self, operand: ExprId) -> Box<Diagnostic> {
        let n = self.quote_expr(operand);
        let span = self.tree.span(operand).to(self.token.span);
        let help = format!(
            "write ({n}!)! for the factorial of the factorial; a double factorial is a product over steps of 2"
        );
        self.error(span, format!("{n}!! can be read in two ways"), help)
    }

    pub fn stray_bang(&self) -> Box<Diagnostic> {
        let help = "write x! without a blank for the factorial, not for the opposite of a condition";
        self.error(self.token.span, "! after a blank can be read in two ways", help)
    }

    /// `x '`, `2'`, `[1, 2]'`
    pub fn stray_prime(&self, operand: ExprId) -> Box<Diagnostic> {
        let text = self.quote_expr(operand);
        let help = match self.tree.expr(operand) {
            _ if self.token.blank => format!("write {text}' without a blank for a derivative, \"…\" for a text"),
            Expr::Array(_) | Expr::Matrix(_) => "write transpose(…); f' is for functions".to_string(),
            Expr::Binary(..) => format!("write ({text})'"),
            _ => format!("write transpose({text}); f' is for functions"),
        };
        self.error(self.token.span, "' needs a function on its left", help)
    }

    pub fn stray_superscript(&self) -> Box<Diagnostic> {
        self.error(self.token.span, "an exponent must stand close to what it raises", "write x² or x^2")
    }

    /// `x²!`, `x²'`
    pub fn suffix_on_power(&self, power: ExprId) -> Box<Diagnostic> {
        let (power, suffix) = (self.quote_expr(power), self.quote(self.token.span));
        self.error(
            self.token.span,
            format!("{suffix} after {power} can be read in two ways"),
            format!("write ({power}){suffix}"),
        )
    }

    pub fn raised_nabla(&self, nabla: Span) -> Box<Diagnostic> {
        self.error(nabla.to(self.token.span), "∇ takes no exponent", "write laplacian(f) or hessian(f)")
    }

    /// `2 d/dx x^2`
    pub fn derivative_as_factor(&self) -> Box<Diagnostic> {
        let help = "write * before it, or put it in parentheses: 2 * d/dx x^2, (d/dx x^2)^3";
        match self.is_derivative() {
            true => self.error(self.token.span, "a derivative cannot stand close to a factor", help),
            false => self.error(self.token.span, "∂ is read in ∂/∂x only", "write ∂/∂x x^2, or ∂²/∂x∂y x^2 y^3"),
        }
    }

    /// `(1, 2)`, `(x = 2)`
    pub fn several_in_parentheses(&self, span: Span, args: &[Arg]) -> Box<Diagnostic> {
        if let Some((_, name)) = args.iter().find_map(|arg| arg.name) {
            let assigned = self.quote(name);
            return self.error(
                name,
                format!("{assigned} = … assigns, and cannot stand inside an expression"),
                format!("did you mean {assigned} == …"),
            );
        }
        let texts: Vec<String> = args.iter().map(|arg| self.quote_expr(arg.value)).collect();
        let all_numbers = args.iter().all(|arg| matches!(self.tree.expr(arg.value), Expr::Number(_)));
        let help = match texts.as_slice() {
            [one] => format!("write [{one}]"),
            [whole, fraction] if all_numbers => {
                format!("write [{whole}, {fraction}], or {whole}.{fraction} with a decimal point")
            }
            _ => format!("write [{}]", texts.join(", ")),
        };
        self.error(span, "( ) holds one value", help)
    }

    /// A comma outside of brackets.
    pub fn stray_comma(&self) -> Box<Diagnostic> {
        let before = self.quote(self.last);
        let ahead = self.ahead();
        let after = self.quote(ahead.span);
        let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        if is_number(&before) && is_number(&after) {
            let span = self.last.to(ahead.span);
            let help = format!("decimal point? write {before}.{after}; [{before}, {after}] holds two numbers");
            return self.error(span, format!("{before},{after} can be one number or two"), help);
        }
        let help = "write [a, b] for several values, ; between statements";
        self.error(self.token.span, "a comma cannot stand here", help)
    }

    /// `= ` where only a value makes sense.
    pub fn assignment_inside(&self, left: ExprId) -> Box<Diagnostic> {
        let help = format!("did you mean {} == …", self.quote_expr(left));
        self.error(self.token.span, "= assigns, and cannot stand inside an expression", help)
    }

    pub fn not_assignable(&self, left: ExprId) -> Box<Diagnostic> {
        let text = self.quote_expr(left);
        let help = match self.tree.expr(left) {
            Expr::Call(..) => "write names between the parentheses, as in f(x) = x^2; to compare, write ==".to_string(),
            Expr::Index(..) => "write a[i, j] = … with all indices in one bracket".to_string(),
            Expr::Field(..) => "a record does not change; make a new one with record(…)".to_string(),
            Expr::Prime(..) => "a derivative follows from its function; define the function".to_string(),
            Expr::Product(factors) => match factors.as_ref() {
                [name, ..] if matches!(self.tree.expr(name.expr), Expr::Name(_)) => {
                    format!("write {}(x) = … for a function; to compare, write ==", self.quote_expr(name.expr))
                }
                _ => "to compare, write ==".to_string(),
            },
            _ => "to compare, write ==".to_string(),
        };
        self.error(self.tree.span(left), format!("cannot assign to {text}"), help)
    }

    /// `a[0], b = e`
    pub fn not_a_name(&self, item: ExprId) -> Box<Diagnostic> {
        let text = self.quote_expr(item);
        let help = "several values are assigned to names, as in a, b = f(x); to compare, write ==";
        self.error(self.tree.span(item), format!("{text} is no name"), help)
    }

    /// `x += e at …`
    pub fn assigned_at(&self, value: ExprId) -> Box<Diagnostic> {
        let word = self.quote(self.token.span);
        let help =
            format!("write {} {word} … on its own, or assign the number alone, as in y = f(2)", self.quote_expr(value));
        self.error(self.token.span, format!("{word} gives several results, which cannot be assigned"), help)
    }

    pub fn second_assignment(&self, value: ExprId) -> Box<Diagnostic> {
        let help = format!("write {} = … in a statement of its own; to compare, write ==", self.quote_expr(value));
        self.error(self.token.span, "a second = in one statement", help)
    }
}
