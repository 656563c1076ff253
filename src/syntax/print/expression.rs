//! Expressions as text. Long chains are loops here, as in the parser.

use super::super::name::Symbol;
use super::super::operators::{
    self, COMPARISON, DERIVATIVE, JUXTAPOSITION, LAMBDA, NOT, POSTFIX, POWER, PRODUCT, RANGE, SIGN, WHERE,
};
use super::super::tree::{
    Arg, BinaryOp, Expr, ExprId, Lambda, Param, Subscript, Tree, UnaryOp,
};
use crate::source::Span;

pub(super) struct Printer<'a> {
    pub tree: &'a Tree,
    pub out: String,
    /// For the explicit form: whether a name is a function.
    pub is_function: Option<&'a dyn Fn(Symbol) -> bool>,
    /// Inside `| |`, with no bracket opened since.
    in_bars: bool,
}

impl<'a> Printer<'a> {
    pub fn new(tree: &'a Tree, is_function: Option<&'a dyn Fn(Symbol) -> bool>) -> Printer<'a> {
        Printer { tree, out: String::new(), is_function, in_bars: false }
    }

    pub fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub fn whole(&mut self, id: ExprId) {
        self.expr(id, WHERE);
    }

    /// Something between brackets.
    pub fn bracketed(&mut self, open: &str, close: &str, inside: impl FnOnce(&mut Self)) {
        let in_bars = std::mem::replace(&mut self.in_bars, false);
        self.write(open);
        inside(self);
        self.write(close);
        self.in_bars = in_bars;
    }

    pub fn separated<T>(&mut self, separator: &str, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        for (index, one) in items.iter().enumerate() {
            if index > 0 {
                self.write(separator);
            }
            item(self, one);
        }
    }

    /// An expression where the text around it allows operators up to `limit`; else in parentheses.
    pub fn expr(&mut self, mut id: ExprId, mut limit: u8) {
        // Signs and roots are allowed in an exponent and under a root, though they bind looser than `^`.
        let mut tight = false;
        loop {
            let expr = self.tree.expr(id);
            let is_prefix = matches!(expr, Expr::Unary(UnaryOp::Neg | UnaryOp::Plus | UnaryOp::Sqrt, _));
            if self.level(id) > limit && !(tight && is_prefix) {
                return self.bracketed("(", ")", |printer| printer.expr(id, WHERE));
            }
            match expr {
                Expr::Unary(op, operand) => {
                    self.write(operators::unary_operator(*op).spellings[0]);
                    self.keep_apart(*op, *operand);
                    tight |= *op == UnaryOp::Sqrt;
                    limit = match op {
                        UnaryOp::Not => NOT,
                        _ if tight => POWER,
                        _ => JUXTAPOSITION,
                    };
                    id = *operand;
                }
                Expr::Binary(BinaryOp::Pow, base, exponent) => {
                    self.power_base(*base);
                    self.write("^");
                    (id, limit, tight) = (*exponent, POWER, true);
                }
                Expr::Binary(..) => return self.chain(id),
                Expr::Derivative { names, body } => {
                    self.derivative(names);
                    (id, limit) = (*body, DERIVATIVE);
                }
                _ => return self.closed(id),
            }
        }
    }

    /// What stands left of `^`. A power there was typed as `x²^3`, or it needs parentheses.
    fn power_base(&mut self, id: ExprId) {
        match (self.tree.expr(id), self.raised_exponent(id)) {
            (Expr::Binary(BinaryOp::Pow, base, _), Some(exponent)) => {
                self.expr(*base, POSTFIX);
                self.write(&exponent);
            }
            _ => self.expr(id, POSTFIX),
        }
    }

    /// The exponent of a power as raised digits, if it can be written so.
    pub fn raised_exponent(&self, power: ExprId) -> Option<String> {
        let Expr::Binary(BinaryOp::Pow, _, mut exponent) = *self.tree.expr(power) else { return None };
        let mut sign = "";
        if let Expr::Unary(UnaryOp::Neg, inner) = *self.tree.expr(exponent) {
            (exponent, sign) = (inner, "⁻");
        }
        match *self.tree.expr(exponent) {
            Expr::Number(value) if value.fract() == 0.0 && (0.0..1e9).contains(&value) => {
                Some(format!("{sign}{}", raised(value as usize)))
            }
            _ => None,
        }
    }

    /// `+-` is one token, `not` a word.
    fn keep_apart(&mut self, op: UnaryOp, operand: ExprId) {
        let is_sign = matches!(self.tree.expr(operand), Expr::Unary(UnaryOp::Neg, _))
            || matches!(self.tree.expr(operand), Expr::Number(value) if value.is_sign_negative());
        if op == UnaryOp::Not || op == UnaryOp::Plus && is_sign {
            self.write(" ");
        }
    }

    /// Left-associative operators, leftmost operand first.
    fn chain(&mut self, id: ExprId) {
        let mut rights = Vec::new();
        let mut left = id;
        let mut limit = u8::MAX;
        while let Expr::Binary(op, first, second) = self.tree.expr(left) {
            let level = operators::binary_operator(*op).level;
            if *op == BinaryOp::Pow || level > limit {
                break;
            }
            rights.push((*op, *second));
            (left, limit) = (*first, level);
        }
        self.expr(left, limit);
        for (op, right) in rights.into_iter().rev() {
            self.infix(op, right);
        }
    }

    fn infix(&mut self, op: BinaryOp, right: ExprId) {
        let operator = operators::binary_operator(op);
        let (divides, start) = (matches!(op, BinaryOp::Div | BinaryOp::Mod), self.out.len());
        let spelling = operator.spellings[0];
        match op {
            BinaryOp::Mul | BinaryOp::Div => self.write(spelling),
            _ => self.write(&format!(" {spelling} ")),
        }
        let operand = self.out.len();
        if divides && self.is_function.is_some() && self.is_signed_product(right) {
            self.bracketed("(", ")", |printer| printer.whole(right));
        } else {
            self.expr(right, operator.level - 1);
        }
        // `d / dx` would be a derivative without its blanks.
        if op == BinaryOp::Div && self.out[operand..].starts_with('d') {
            self.out.replace_range(start..operand, " / ");
        }
    }

    fn is_signed_product(&self, mut id: ExprId) -> bool {
        while let Expr::Unary(UnaryOp::Neg | UnaryOp::Plus, operand) = self.tree.expr(id) {
            id = *operand;
        }
        matches!(self.tree.expr(id), Expr::Product(factors) if self.has_several_pieces(factors))
    }

    /// How loosely the outermost operator of an expression binds.
    pub fn level(&self, id: ExprId) -> u8 {
        match self.tree.expr(id) {
            Expr::Number(value) if value.is_sign_negative() => JUXTAPOSITION,
            Expr::Unary(UnaryOp::Not, _) => NOT,
            Expr::Unary(UnaryOp::Sqrt, _) => SIGN,
            // A sign stands before a whole product.
            Expr::Unary(..) => JUXTAPOSITION,
            Expr::Binary(op, ..) => operators::binary_operator(*op).level,
            Expr::Compare(..) => COMPARISON,
            Expr::Product(factors) if self.is_juxtaposed(factors) => JUXTAPOSITION,
            Expr::Product(_) => PRODUCT,
            Expr::Range { .. } => RANGE,
            Expr::Lambda(_) => LAMBDA,
            Expr::Where { .. } => WHERE,
            Expr::Derivative { .. } => DERIVATIVE,
            _ => POSTFIX,
        }
    }

    /// Everything that is neither a prefix nor a chain of operators.
    fn closed(&mut self, id: ExprId) {
        match self.tree.expr(id) {
            Expr::Number(value) => self.number(*value),
            Expr::Text(text) => self.text(text),
            Expr::Bool(value) => self.write(if *value { "true" } else { "false" }),
            Expr::Name(name) => self.write(&name.text()),
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
        self.base(function, is_callable);
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

    pub fn is_in_bars(&self) -> bool {
        self.in_bars
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

    fn derivative(&mut self, names: &[(Symbol, Span)]) {
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

    /// The shortest digits that read back as the same number.
    fn number(&mut self, value: f64) {
        let size = value.abs();
        let plain = !value.is_finite() || size == 0.0 || (1e-4..1e16).contains(&size);
        let text = match value {
            value if value.is_nan() => "nan".to_string(),
            value if plain => format!("{value}"),
            value => format!("{value:e}"),
        };
        self.write(&text);
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

fn raised(number: usize) -> String {
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
    )
}

fn is_indexable(expr: &Expr) -> bool {
    is_callable(expr) || matches!(expr, Expr::Array(_) | Expr::Matrix(_) | Expr::Comprehension { .. } | Expr::Text(_))
}
