//! Trees back to text, as a person would type them.
//!
//! The normal form keeps juxtaposition and the parentheses that were typed, adds those that the tree needs, and reads
//! back as the same tree. The explicit form shows how ambiguous text was understood.

mod expression;
mod latex;
mod operand;
mod product;
mod statement;

use super::name::Symbol;
use super::tree::{ExprId, Lambda, Stmt, Tree};
use expression::Printer;
pub use latex::latex;

/// An expression in normal form: `x^2 + 2x - 1`.
pub fn print_expr(tree: &Tree, id: ExprId) -> String {
    let mut printer = Printer::new(tree, None);
    printer.whole(id);
    printer.out
}

/// An expression as it was understood: `1/2x` is `1/(2x)`, `√16x` is `√16*x`, and `sin 2x` is `sin(2x)` if `is_function`
/// holds for `sin`. Where nothing can be misread it is the normal form.
pub fn print_explicit(tree: &Tree, id: ExprId, is_function: &dyn Fn(Symbol) -> bool) -> String {
    let mut printer = Printer::new(tree, Some(is_function));
    printer.whole(id);
    printer.out
}

/// A statement in normal form, on one line: `f(x) = x^2 + 2x - 1`. Does not write the `;` of a silent one.
pub fn print_statement(tree: &Tree, stmt: &Stmt) -> String {
    let mut printer = Printer::new(tree, None);
    printer.statement(stmt);
    printer.out
}

/// A function without a name: `x -> x^2`, `(x, m = 1) -> m x`.
pub fn print_lambda(tree: &Tree, lambda: &Lambda) -> String {
    let mut printer = Printer::new(tree, None);
    printer.lambda(lambda);
    printer.out
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::source::Source;
    use crate::syntax::tree::{Statement, StmtKind};
    use crate::syntax::{Next, next_statement};

    fn parse(text: &str) -> Statement {
        let source: Rc<Source> = Source::new("", text, 1);
        match next_statement(&source, 0) {
            Ok(Next::Statement { statement, .. }) => statement,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[track_caller]
    fn check(text: &str, normal: &str) {
        let statement = parse(text);
        assert_eq!(print_statement(&statement.tree, &statement.stmt), normal, "{text}");
    }

    #[track_caller]
    fn check_explicit(text: &str, explicit: &str) {
        let statement = parse(text);
        let StmtKind::Expr(id) = statement.stmt.kind else { panic!("{text} is no expression") };
        let is_function = |name: Symbol| ["sin", "cos", "log"].contains(&&*name.text());
        assert_eq!(print_explicit(&statement.tree, id, &is_function), explicit, "{text}");
    }

    #[test]
    fn the_normal_form_is_what_one_would_type() {
        check("x^2+2x-1", "x^2 + 2x - 1");
        check("f( x )=x^2+2x-1 at x=2", "f(x) = x^2 + 2x - 1 at x = 2");
        check("2 pi r", "2 pi r");
        check("a*b/c", "a*b/c");
        check("a ** -b", "a^-b");
        check("0 < x≤1 and not y==2", "0 < x <= 1 and not y == 2");
        check("[1,2;3,4] @ v", "[1, 2; 3, 4] @ v");
        check("sum( u^2 for u in v if u>0 )", "sum(u^2 for u in v if u > 0)");
        check("[u^2 for u in v]", "[u^2 for u in v]");
        check("h=(x,m=1)->m x^2", "h = (x, m = 1) -> m x^2");
        check("a[1:, ::2, -1]", "a[1:, ::2, -1]");
        check(
            "g(w) = {\n s = 0\n for i in 0..5 { s += w^i / i! }\n s\n}",
            "g(w) = { s = 0; for i in 0..5 { s = s + w^i/i! }; s }",
        );
        check("u/v where u=x^2,v=2", "u/v where u = x^2, v = 2");
        check("x^2 y at x=2,y in 0..3 order 2 wrt x", "x^2 y at x = 2, y in 0..3 wrt x order 2");
        check("∂^2/∂x∂y x y", "∂²/∂x∂y x y");
        check("d²/dx² x^3", "d^2/dx^2 x^3");
        check("\"a\\\"\\n\"", "\"a\\\"\\n\"");
        check("1_000 + 0x1F + 1e16 + 1e-5", "1000 + 31 + 1e16 + 1e-5");
        check(":help  sin", ":help sin");
    }

    #[test]
    fn what_would_read_differently_keeps_its_blank_or_parenthesis() {
        check("2 e3", "2 e3");
        check("0 x", "0 x");
        check("d / dx", "d / dx");
        check("+ -x", "+ -x");
        check("-(2)^2", "-(2)^2");
        check("(2^3)^4", "(2^3)^4");
        check("x²³", "x^23");
    }

    #[test]
    fn the_explicit_form_shows_what_was_understood() {
        check_explicit("1/2x", "1/(2x)");
        check_explicit("6/2(1+2)", "6/(2(1 + 2))");
        check_explicit("7 % 2x", "7 % (2x)");
        check_explicit("√16x", "√16*x");
        check_explicit("sin 2x", "sin(2x)");
        check_explicit("-sin x + 1", "-sin(x) + 1");
        check_explicit("sin x cos x", "sin(x) cos(x)");
        check_explicit("2 sin x^2", "2 sin(x^2)");
        check_explicit("sin² x", "sin(x)^2");
        check_explicit("sin^2(x)", "sin(x)^2");
        check_explicit("1/sin x", "1/sin(x)");
        check_explicit("2x + 2 pi r", "2x + 2 pi r");
    }
}
