//! Operands as text: names, numbers, calls, brackets, and all that is neither a prefix nor a chain of operators.

use super::super::name::Symbol;
use super::super::operators::{self, COMPARISON, LAMBDA, RANGE, WHERE};
use super::super::tree::{Arg, Expr, ExprId, Lambda, Param, Subscript};
use super::expression::Printer;
use crate::source::Span;

impl Printer<'_> {
    /// Everything that is neither a prefix nor a chain of operators.
    pub fn closed(&mut self, id: ExprId) {
        match self.tree.expr(id) {
            Expr::Number(value) => self.number(*value),
            Expr::Text(text) => self.text(text),
            Expr::Bool(value) => self.write(if *value { "true" } else { "false" }),
            Expr::Name(name) => name.with_text(|text| self.write(text)),
            Expr::Compare(operands, ops) => {
                self.expr(operands[0], COMPARISON - 1);
                for (op, operand) in ops.iter().zip(&operands[1..]) {
                    self.write(&format!(" {} ", operators::compare_operator(*op).spellings[0]));
                    self.expr(*operand, COMPARISON - 1);
                }
            }
            Expr::Product(factors) => self.product(factors),
            Expr::Call(function, args) => self.call(*function, args),
            Expr::Index(base, subscripts) => {
                self.base(*base, is_indexable);
                self.subscripts(subscripts);
            }
            Expr::Field(record, name) => {
                self.base(*record, is_indexable);
                self.write(&format!(".{name}"));
            }
            Expr::Prime(function, primes) => {
                self.base(*function, is_callable);
                self.write(&"'".repeat(*primes as usize));
            }
            Expr::Factorial(operand) => {
                self.base(*operand, |expr| matches!(expr, Expr::Number(_)) || is_indexable(expr));
                self.write("!");
            }
            Expr::Abs(inner) => self.absolute(*inner),
            Expr::Paren(inner) => self.bracketed("(", ")", |printer| printer.whole(*inner)),
            Expr::Array(elements) => self.bracketed("[", "]", |printer| printer.list(elements)),
            Expr::Matrix(rows) => {
                self.bracketed("[", "]", |printer| {
                    printer.separated("; ", rows, |printer, row| printer.list(row));
                    // One row alone would be a vector.
                    printer.write(if rows.len() == 1 { ";" } else { "" });
                });
            }
            Expr::Range { start, end, inclusive } => {
                self.expr(*start, RANGE - 1);
                self.write(if *inclusive { "..=" } else { ".." });
                self.expr(*end, RANGE - 1);
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::Block(statements) => self.block(statements),
            Expr::If { .. } => self.if_expression(id),
            Expr::Comprehension { .. } => self.bracketed("[", "]", |printer| printer.comprehension(id)),
            Expr::Where { body, bindings } => {
                self.expr(*body, LAMBDA);
                self.write(" where ");
                self.separated(", ", bindings, |printer, (name, _, value)| {
                    printer.write(&format!("{name} = "));
                    printer.expr(*value, LAMBDA);
                });
            }
            Expr::Differential { derivative, .. } => self.quotient(*derivative, 'd'),
            Expr::Nabla(function) => {
                self.write("∇");
                self.base(*function, |expr| matches!(expr, Expr::Name(_) | Expr::Paren(_) | Expr::Nabla(_)));
            }
            Expr::NoGrad(body) => {
                self.write("no_grad ");
                self.branch(*body);
            }
            Expr::Unary(..) | Expr::Binary(..) | Expr::Derivative { .. } => self.expr(id, WHERE),
        }
    }

    /// What a suffix is hung on: as it is if `fits`, else in parentheses.
    fn base(&mut self, id: ExprId, fits: fn(&Expr) -> bool) {
        if fits(self.tree.expr(id)) {
            self.closed(id);
        } else {
            self.bracketed("(", ")", |printer| printer.whole(id));
        }
    }

    fn list(&mut self, elements: &[ExprId]) {
        self.separated(", ", elements, |printer, element| printer.expr(*element, LAMBDA));
    }

    fn call(&mut self, function: ExprId, args: &[Arg]) {
        match self.tree.expr(function) {
            Expr::Derivative { body, .. } if matches!(self.tree.expr(*body), Expr::Name(_)) => {
                self.quotient(function, '∂')
            }
            _ => self.base(function, is_callable),
        }
        self.bracketed("(", ")", |printer| match args {
            [Arg { name: None, value }] if matches!(printer.tree.expr(*value), Expr::Comprehension { .. }) => {
                printer.comprehension(*value);
            }
            _ => printer.separated(", ", args, |printer, arg| {
                if let Some((name, _)) = arg.name {
                    printer.write(&format!("{name} = "));
                }
                printer.expr(arg.value, LAMBDA);
            }),
        });
    }

    pub fn subscripts(&mut self, subscripts: &[Subscript]) {
        self.bracketed("[", "]", |printer| {
            printer.separated(", ", subscripts, |printer, subscript| match subscript {
                Subscript::At(at) => printer.expr(*at, LAMBDA),
                Subscript::Slice { start, stop, step } => {
                    printer.optional(*start);
                    printer.write(":");
                    printer.optional(*stop);
                    if step.is_some() {
                        printer.write(":");
                        printer.optional(*step);
                    }
                }
            });
        });
    }

    fn optional(&mut self, id: Option<ExprId>) {
        if let Some(id) = id {
            self.expr(id, LAMBDA);
        }
    }

    fn absolute(&mut self, inner: ExprId) {
        if self.in_bars {
            return self.bracketed("(", ")", |printer| printer.absolute(inner));
        }
        self.write("|");
        self.in_bars = true;
        self.whole(inner);
        self.in_bars = false;
        self.write("|");
    }

    fn comprehension(&mut self, id: ExprId) {
        let Expr::Comprehension { body, variables, over, condition } = self.tree.expr(id) else { return };
        self.expr(*body, LAMBDA);
        self.write(" for ");
        self.separated(", ", variables, |printer, name| printer.write(&name.text()));
        self.write(" in ");
        self.expr(*over, LAMBDA);
        if let Some(condition) = condition {
            self.write(" if ");
            self.expr(*condition, LAMBDA);
        }
    }

    pub fn lambda(&mut self, lambda: &Lambda) {
        match lambda.params.as_slice() {
            [Param { name, default: None, .. }] => self.write(&name.text()),
            params => self.parameters(params),
        }
        self.write(" -> ");
        self.expr(lambda.body, LAMBDA);
    }

    pub fn parameters(&mut self, params: &[Param]) {
        self.bracketed("(", ")", |printer| {
            printer.separated(", ", params, |printer, param| {
                printer.write(&param.name.text());
                if let Some(default) = param.default {
                    printer.write(" = ");
                    printer.expr(default, LAMBDA);
                }
            });
        });
    }

    pub fn derivative(&mut self, names: &[(Symbol, Span)]) {
        let groups: Vec<&[(Symbol, Span)]> = names.chunk_by(|a, b| a.0 == b.0).collect();
        if let [group] = groups.as_slice() {
            let order = if group.len() > 1 { format!("^{}", group.len()) } else { String::new() };
            return self.write(&format!("d{order}/d{}{order} ", group[0].0));
        }
        self.write(&format!("∂{}/", raised(names.len())));
        for group in groups {
            let order = if group.len() > 1 { raised(group.len()) } else { String::new() };
            self.write(&format!("∂{}{order}", group[0].0));
        }
        self.write(" ");
    }

    /// A derivative with what is differentiated above: `dy/dx`, `∂²f/∂x∂y`.
    fn quotient(&mut self, derivative: ExprId, mark: char) {
        let Expr::Derivative { names, body } = self.tree.expr(derivative) else { return self.closed(derivative) };
        let order = |count: usize| if count > 1 { raised(count) } else { String::new() };
        self.write(&format!("{mark}{}", order(names.len())));
        self.base(*body, |expr| matches!(expr, Expr::Name(_) | Expr::Paren(_)));
        self.write("/");
        for group in names.chunk_by(|a, b| a.0 == b.0) {
            self.write(&format!("{mark}{}{}", group[0].0, order(group.len())));
        }
    }

    /// The shortest digits that read back as the same number.
    fn number(&mut self, value: f64) {
        use std::fmt::Write;
        let size = value.abs();
        let plain = !value.is_finite() || size == 0.0 || (1e-4..1e16).contains(&size);
        let tenths = (value * 10.0).round();
        let written = match value {
            // most numerals are small and have one digit behind the point at most, which are written much faster
            value if (0.1..1e9).contains(&value) && tenths / 10.0 == value => {
                self.tenths(tenths as u64);
                return;
            }
            value if value.fract() == 0.0 && size < 1e9 && size > 0.0 => write!(self.out, "{}", value as i64),
            value if value.is_nan() => write!(self.out, "nan"),
            value if plain => write!(self.out, "{value}"),
            value => write!(self.out, "{value:e}"),
        };
        written.expect("writing to a string");
    }

    /// A positive number of tenths.
    fn tenths(&mut self, tenths: u64) {
        let mut digits = [0; 20];
        let (mut rest, mut first) = (tenths / 10, digits.len());
        while rest > 0 || first == digits.len() {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.out.extend(digits[first..].iter().map(|&digit| char::from(digit)));
        if !tenths.is_multiple_of(10) {
            self.out.push('.');
            self.out.push(char::from(b'0' + (tenths % 10) as u8));
        }
    }

    fn text(&mut self, text: &str) {
        self.write("\"");
        for c in text.chars() {
            match c {
                '\n' => self.write("\\n"),
                '\t' => self.write("\\t"),
                '\r' => self.write("\\r"),
                '\0' => self.write("\\0"),
                '"' => self.write("\\\""),
                '\\' => self.write("\\\\"),
                c => self.out.push(c),
            }
        }
        self.write("\"");
    }
}

pub(super) fn raised(number: usize) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number.to_string().bytes().map(|digit| RAISED[(digit - b'0') as usize]).collect()
}

pub(super) fn is_callable(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Name(_)
            | Expr::Call(..)
            | Expr::Index(..)
            | Expr::Field(..)
            | Expr::Prime(..)
            | Expr::Nabla(_)
            | Expr::Paren(_)
            | Expr::Differential { .. }
    )
}

fn is_indexable(expr: &Expr) -> bool {
    is_callable(expr) || matches!(expr, Expr::Array(_) | Expr::Matrix(_) | Expr::Comprehension { .. } | Expr::Text(_))
}
