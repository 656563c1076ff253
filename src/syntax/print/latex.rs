//! Formulas as LaTeX.

use std::rc::Rc;

use super::super::tree::{Arg, BinaryOp, CompareOp, Expr, ExprId, Statement, StmtKind, Tree, UnaryOp};
use super::super::{Next, next_statement};
use crate::source::Source;

/// How tightly a piece holds together: what is looser than its place asks for gets parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Power,
    Atom,
}

/// LaTeX of what a derivative prints as a formula: `f'(x) = 2x + 2`, `∂f/∂x = y`, one a line. `None` for what has no
/// common notation.
pub fn latex(formula: &str) -> Option<String> {
    let lines: Option<Vec<String>> = formula.lines().map(line).collect();
    Some(lines?.join("\n"))
}

fn line(text: &str) -> Option<String> {
    match text.split_once(" = ") {
        Some((left, right)) => Some(format!("{} = {}", left_side(left)?, of_text(right)?)),
        None => of_text(text),
    }
}

/// `∂f/∂x`, `∂²f/∂x∂y`, `∂²f/∂x²` as a fraction; `f'(x)` is an expression like others.
fn left_side(text: &str) -> Option<String> {
    let Some((above, below)) = text.strip_prefix('∂').and_then(|rest| rest.split_once("/∂")) else {
        return of_text(text);
    };
    let (square, function) = match above.strip_prefix('²') {
        Some(function) => ("^{2}", function),
        None => ("", above),
    };
    let by = below.split('∂').map(|variable| match variable.strip_suffix('²') {
        Some(variable) => format!("\\partial {}^{{2}}", name(variable)),
        None => format!("\\partial {}", name(variable)),
    });
    let by = by.collect::<Vec<_>>().join(" ");
    Some(format!("\\frac{{\\partial{square} {}}}{{{by}}}", name(function)))
}

fn of_text(text: &str) -> Option<String> {
    let source: Rc<Source> = Source::new("", text, 1);
    let Ok(Next::Statement { statement: Statement { tree, stmt, .. }, .. }) = next_statement(&source, 0) else {
        return None;
    };
    match stmt.kind {
        StmtKind::Expr(id) => Some(piece(&tree, id)?.0),
        _ => None,
    }
}

fn piece(tree: &Tree, id: ExprId) -> Option<(String, Level)> {
    let at_least = |id: ExprId, level: Level| -> Option<String> {
        let (text, own) = piece(tree, id)?;
        Some(if own < level { format!("\\left({text}\\right)") } else { text })
    };
    Some(match tree.expr(id) {
        Expr::Number(value) => number(*value),
        Expr::Name(symbol) => (name(&symbol.text()), Level::Atom),
        Expr::Paren(inner) => return piece(tree, *inner),
        Expr::Abs(inner) => (format!("\\left|{}\\right|", piece(tree, *inner)?.0), Level::Atom),
        Expr::Factorial(inner) => (format!("{}!", at_least(*inner, Level::Atom)?), Level::Power),
        Expr::Prime(inner, count) => {
            (format!("{}{}", at_least(*inner, Level::Atom)?, "'".repeat(*count as usize)), Level::Atom)
        }
        Expr::Unary(UnaryOp::Neg, inner) => (format!("-{}", at_least(*inner, Level::Product)?), Level::Sum),
        Expr::Unary(UnaryOp::Sqrt, inner) => (format!("\\sqrt{{{}}}", piece(tree, *inner)?.0), Level::Atom),
        Expr::Binary(op, a, b) => match op {
            BinaryOp::Add => (format!("{} + {}", piece(tree, *a)?.0, at_least(*b, Level::Product)?), Level::Sum),
            BinaryOp::Sub => (format!("{} - {}", piece(tree, *a)?.0, at_least(*b, Level::Product)?), Level::Sum),
            BinaryOp::Mul | BinaryOp::Dot | BinaryOp::Cross => {
                (product(&[at_least(*a, Level::Product)?, at_least(*b, Level::Product)?]), Level::Product)
            }
            BinaryOp::Div => {
                // the sign stands before the fraction
                let (above, sign, level) = match tree.expr(*a) {
                    Expr::Unary(UnaryOp::Neg, inner) => (piece(tree, *inner)?.0, "-", Level::Sum),
                    Expr::Number(value) if *value < 0.0 => (number(-value).0, "-", Level::Sum),
                    _ => (piece(tree, *a)?.0, "", Level::Product),
                };
                (format!("{sign}\\frac{{{above}}}{{{}}}", piece(tree, *b)?.0), level)
            }
            BinaryOp::Pow => return power(tree, *a, *b),
            BinaryOp::And => (format!("{} \\text{{ and }} {}", piece(tree, *a)?.0, piece(tree, *b)?.0), Level::Sum),
            BinaryOp::Or => (format!("{} \\text{{ or }} {}", piece(tree, *a)?.0, piece(tree, *b)?.0), Level::Sum),
            _ => return None,
        },
        Expr::Product(factors) => {
            let last = factors.len() - 1;
            let mut parts = Vec::with_capacity(factors.len());
            let mut at = 0;
            while at < factors.len() {
                let id = factors[at].expr;
                // `sin x` is an application
                if let (Expr::Name(symbol), true) = (tree.expr(id), at < last && is_known(tree, id)) {
                    let argument = piece(tree, factors[at + 1].expr)?.0;
                    parts.push(application(&symbol.text(), &argument, "").0);
                    at += 2;
                    continue;
                }
                parts.push(at_least(id, Level::Product)?);
                at += 1;
            }
            (product(&parts), Level::Product)
        }
        Expr::Call(callee, args) => match choice(tree, id) {
            Some(_) => (cases(tree, id)?, Level::Atom),
            None => call(tree, *callee, args, "")?,
        },
        Expr::Compare(operands, operators) => (comparison(tree, operands, operators)?, Level::Sum),
        Expr::Array(items) => (array(tree, items)?, Level::Atom),
        _ => return None,
    })
}

/// Condition and values of `where(c, a, b)`.
fn choice(tree: &Tree, id: ExprId) -> Option<[ExprId; 3]> {
    let Expr::Call(callee, args) = tree.expr(id) else { return None };
    match (tree.expr(*callee), &args[..]) {
        (Expr::Name(name), [condition, yes, no]) if &*name.text() == "where" => {
            Some([condition.value, yes.value, no.value])
        }
        _ => None,
    }
}

/// Choices inside the last branch are cases of their own.
fn cases(tree: &Tree, id: ExprId) -> Option<String> {
    let mut lines = Vec::new();
    let mut rest = id;
    while let Some([condition, yes, no]) = choice(tree, rest) {
        lines.push(format!("{} & \\text{{if }} {}", piece(tree, yes)?.0, piece(tree, condition)?.0));
        rest = no;
    }
    lines.push(format!("{} & \\text{{otherwise}}", piece(tree, rest)?.0));
    Some(format!("\\begin{{cases}} {} \\end{{cases}}", lines.join(" \\\\ ")))
}

fn comparison(tree: &Tree, operands: &[ExprId], operators: &[CompareOp]) -> Option<String> {
    let mut text = piece(tree, operands[0])?.0;
    for (operator, operand) in operators.iter().zip(&operands[1..]) {
        let sign = match operator {
            CompareOp::Less => "<",
            CompareOp::LessEqual => "\\le",
            CompareOp::Greater => ">",
            CompareOp::GreaterEqual => "\\ge",
            CompareOp::Equal => "=",
            CompareOp::NotEqual => "\\ne",
        };
        text = format!("{text} {sign} {}", piece(tree, *operand)?.0);
    }
    Some(text)
}

/// A vector as a column, a matrix by its rows.
fn array(tree: &Tree, items: &[ExprId]) -> Option<String> {
    let mut rows = Vec::with_capacity(items.len());
    for &item in items {
        rows.push(match tree.expr(item) {
            Expr::Array(row) => {
                let row = row.iter().map(|&id| Some(piece(tree, id)?.0)).collect::<Option<Vec<_>>>()?;
                row.join(" & ")
            }
            _ => piece(tree, item)?.0,
        });
    }
    Some(format!("\\begin{{pmatrix}} {} \\end{{pmatrix}}", rows.join(" \\\\ ")))
}

/// Whether what looks like a function is a factor: in a formula all functions of one's own are written out, so a name of
/// one letter is a variable, as is one with a blank before the parenthesis, and what a call gives is a number.
fn is_product(tree: &Tree, callee: ExprId) -> bool {
    match tree.expr(callee) {
        Expr::Name(symbol) => {
            let behind = &tree.source.text[tree.span(callee).end as usize..];
            symbol.text().chars().count() == 1 || behind.starts_with(' ')
        }
        Expr::Prime(..) => false,
        _ => true,
    }
}

fn factor(tree: &Tree, id: ExprId) -> Option<String> {
    let (text, level) = piece(tree, id)?;
    Some(if level < Level::Product { format!("\\left({text}\\right)") } else { text })
}

fn power(tree: &Tree, base: ExprId, exponent: ExprId) -> Option<(String, Level)> {
    let above = piece(tree, exponent)?.0;
    let mut inner = base;
    while let Expr::Paren(id) = tree.expr(inner) {
        inner = *id;
    }
    if let Expr::Number(0.5) = tree.expr(exponent) {
        return Some((format!("\\sqrt{{{}}}", piece(tree, inner)?.0), Level::Atom));
    }
    // sin²(x), as it is written
    if let (Expr::Call(callee, args), Expr::Number(value)) = (tree.expr(inner), tree.expr(exponent))
        && is_known(tree, *callee)
        && value.fract() == 0.0
        && *value > 1.0
    {
        return call(tree, *callee, args, &format!("^{{{above}}}"));
    }
    // of `cos(x) (x + 1)²` only the last factor is squared
    if let Expr::Call(callee, args) = tree.expr(base)
        && is_product(tree, *callee)
        && let [Arg { name: None, value }] = args[..]
    {
        let last = format!("\\left({}\\right)^{{{above}}}", piece(tree, value)?.0);
        return Some((product(&[factor(tree, *callee)?, last]), Level::Product));
    }
    let (text, level) = piece(tree, inner)?;
    let below = if level < Level::Atom { format!("\\left({text}\\right)") } else { text };
    Some((format!("{below}^{{{above}}}"), Level::Power))
}

fn call(tree: &Tree, callee: ExprId, args: &[Arg], exponent: &str) -> Option<(String, Level)> {
    let mut inside = Vec::with_capacity(args.len());
    for arg in args {
        let Arg { name: None, value, .. } = arg else { return None };
        inside.push(piece(tree, *value)?.0);
    }
    let inside = inside.join(", ");
    match tree.expr(callee) {
        _ if is_product(tree, callee) => {
            Some((product(&[factor(tree, callee)?, format!("\\left({inside}\\right)")]), Level::Product))
        }
        Expr::Name(symbol) => Some(application(&symbol.text(), &inside, exponent)),
        _ => Some((format!("{}\\left({inside}\\right)", piece(tree, callee)?.0), Level::Atom)),
    }
}

/// Functions that LaTeX has commands for, by their names here.
const KNOWN: [(&str, &str); 19] = [
    ("sin", "\\sin"),
    ("cos", "\\cos"),
    ("tan", "\\tan"),
    ("sec", "\\sec"),
    ("csc", "\\csc"),
    ("cot", "\\cot"),
    ("asin", "\\arcsin"),
    ("acos", "\\arccos"),
    ("atan", "\\arctan"),
    ("sinh", "\\sinh"),
    ("cosh", "\\cosh"),
    ("tanh", "\\tanh"),
    ("log", "\\ln"),
    ("log2", "\\log_{2}"),
    ("log10", "\\log_{10}"),
    ("gamma", "\\Gamma"),
    ("digamma", "\\psi"),
    ("erf", "\\operatorname{erf}"),
    ("sign", "\\operatorname{sgn}"),
];

fn is_known(tree: &Tree, id: ExprId) -> bool {
    matches!(tree.expr(id), Expr::Name(symbol) if KNOWN.iter().any(|(own, _)| **own == *symbol.text()))
}

fn application(function: &str, inside: &str, exponent: &str) -> (String, Level) {
    let plain = match function {
        "exp" => Some((format!("e^{{{inside}}}"), Level::Power)),
        "sqrt" => Some((format!("\\sqrt{{{inside}}}"), Level::Atom)),
        "cbrt" => Some((format!("\\sqrt[3]{{{inside}}}"), Level::Atom)),
        "abs" => Some((format!("\\left|{inside}\\right|"), Level::Atom)),
        _ => None,
    };
    if let Some(plain) = plain {
        return plain;
    }
    let command = match KNOWN.iter().find(|(own, _)| *own == function) {
        Some((_, command)) => command.to_string(),
        None if function.chars().count() == 1 => function.to_string(),
        None => format!("\\operatorname{{{}}}", function.replace('_', "\\_")),
    };
    (format!("{command}{exponent}\\left({inside}\\right)"), Level::Atom)
}

/// Factors side by side, with a dot where digits would run together.
fn product(factors: &[String]) -> String {
    let mut out = String::new();
    for factor in factors {
        let meets = factor.starts_with(|first: char| first.is_ascii_digit());
        out.push_str(match () {
            _ if out.is_empty() => "",
            _ if meets => " \\cdot ",
            _ => " ",
        });
        out.push_str(factor);
    }
    out
}

fn number(value: f64) -> (String, Level) {
    let text = zmij::Buffer::new().format(value.abs()).to_string();
    let text = text.strip_suffix(".0").unwrap_or(&text);
    let sign = if value < 0.0 { "-" } else { "" };
    let level = if value < 0.0 { Level::Sum } else { Level::Atom };
    match text.split_once('e') {
        Some(("1", power)) => (format!("{sign}10^{{{power}}}"), level.min(Level::Power)),
        Some((digits, power)) => {
            (format!("{sign}{} \\cdot 10^{{{power}}}", digits.trim_end_matches(".0")), level.min(Level::Product))
        }
        None => (format!("{sign}{text}"), level),
    }
}

const GREEK: [&str; 22] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
];

/// Names of one letter stand as they are, Greek ones as letters, digits behind a name below it.
fn name(text: &str) -> String {
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
    let below = text[stem.len()..].trim_start_matches('_');
    let stem = match stem {
        "inf" => "\\infty".to_string(),
        _ if GREEK.contains(&stem) => format!("\\{stem}"),
        _ if stem.chars().count() == 1 => stem.to_string(),
        _ => format!("\\mathrm{{{}}}", stem.replace('_', "\\_")),
    };
    if below.is_empty() { stem } else { format!("{stem}_{{{below}}}") }
}

#[cfg(test)]
mod tests {
    use super::latex;

    #[track_caller]
    fn is(formula: &str, expected: &str) {
        assert_eq!(latex(formula).as_deref(), Some(expected), "{formula}");
    }

    #[test]
    fn formulas_as_in_a_textbook() {
        is("f'(x) = 2x + 2", "f'\\left(x\\right) = 2 x + 2");
        is("∂f/∂x1 = y", "\\frac{\\partial f}{\\partial x_{1}} = y");
        is("cos(x) exp(sin(x))", "\\cos\\left(x\\right) e^{\\sin\\left(x\\right)}");
        is("-x/(1 + x^2)^2", "-\\frac{x}{\\left(1 + x^{2}\\right)^{2}}");
        is("sin(x)^2 (x + 1)", "\\sin^{2}\\left(x\\right) \\left(x + 1\\right)");
        is("sqrt(alpha) - (x - 1)", "\\sqrt{\\alpha} - \\left(x - 1\\right)");
        is("2 * 3^x log(3)", "2 \\cdot 3^{x} \\ln\\left(3\\right)");
        is("1e-7 x", "10^{-7} x");
        is("exp(x)^2", "\\left(e^{x}\\right)^{2}");
        is("2x (x + 1)", "2 x \\left(x + 1\\right)");
        is("sin(x) (x + 1)", "\\sin\\left(x\\right) \\left(x + 1\\right)");
        is("cos(x) (x + 1)^2", "\\cos\\left(x\\right) \\left(x + 1\\right)^{2}");
        is("xlogy(2, rate)", "\\operatorname{xlogy}\\left(2, \\mathrm{rate}\\right)");
        is("(x/2)^3", "\\left(\\frac{x}{2}\\right)^{3}");
        is("∂²f/∂x∂y = 2x", "\\frac{\\partial^{2} f}{\\partial x \\partial y} = 2 x");
        is("∂²f/∂x² = 2", "\\frac{\\partial^{2} f}{\\partial x^{2}} = 2");
        is("omega (t - 1)", "\\omega \\left(t - 1\\right)");
        is("f'(t) = [1, 2t]", "f'\\left(t\\right) = \\begin{pmatrix} 1 \\\\ 2 t \\end{pmatrix}");
        is(
            "where(x < 0, -1, where(x >= 2 and x != 3, 1, 0))",
            "\\begin{cases} -1 & \\text{if } x < 0 \\\\ 1 & \\text{if } x \\ge 2 \\text{ and } x \\ne 3 \\\\ \
             0 & \\text{otherwise} \\end{cases}",
        );
        assert_eq!(latex("x -> x^2"), None);
    }
}
