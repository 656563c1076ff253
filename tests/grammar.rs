//! The grammar on paper and the parser agree: sentences made from `grammar/gradtape.ebnf` parse, trees printed as text
//! parse to the same trees, and what is refused says so.

#[path = "grammar/ebnf.rs"]
mod ebnf;
#[path = "grammar/shape.rs"]
mod shape;

use std::rc::Rc;

use gradtape::source::Source;
use gradtape::syntax::tree::StmtKind;
use gradtape::syntax::{Next, Statement, next_statement, print_expr, print_statement};

use ebnf::{Generator, Grammar, Random};
use shape::shape;

const GRAMMAR: &str = include_str!("../grammar/gradtape.ebnf");

/// All statements of a text, or the message of the first that cannot be read.
fn parse(text: &str) -> Result<Vec<Statement>, String> {
    let source: Rc<Source> = Source::new("", text, 1);
    let mut statements = Vec::new();
    let mut at = 0;
    loop {
        match next_statement(&source, at) {
            Ok(Next::Statement { statement, end }) => {
                statements.push(statement);
                at = end;
            }
            Ok(Next::End) => return Ok(statements),
            Ok(Next::Incomplete(diagnostic)) => return Err(format!("incomplete: {}", diagnostic.message)),
            Err(failure) => return Err(failure.diagnostic.message),
        }
    }
}

fn shapes(text: &str) -> String {
    match parse(text) {
        Ok(statements) => statements.iter().map(shape).collect::<Vec<_>>().join("; "),
        Err(message) => format!("error: {message}"),
    }
}

/// Reads as this tree, written as in Lisp; a blank before a factor is a `_`.
#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shapes(text), expected, "\n{text}");
}

#[track_caller]
fn check_same(text: &str, other: &str) {
    let expected = shapes(other);
    assert!(!expected.starts_with("error"), "{other}: {expected}");
    assert_eq!(shapes(text), expected, "\n{text} and {other}");
}

/// Is refused with this message, this text under the caret, and a help that contains `help`.
#[track_caller]
fn check_refused(text: &str, message: &str, place: &str, help: &str) {
    let source: Rc<Source> = Source::new("", text, 1);
    let mut at = 0;
    let failure = loop {
        match next_statement(&source, at) {
            Ok(Next::Statement { end, .. }) => at = end,
            Ok(other) => panic!("{text} is not refused: {other:?}"),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.diagnostic.message, message, "\n{text}");
    assert_eq!(source.slice(failure.diagnostic.labels[0].span), place, "\n{text}: place");
    let found = failure.diagnostic.help.unwrap_or_default();
    assert!(found.contains(help), "\n{text}: help is {found}");
}

/// Ends too early; `open` is under the caret.
#[track_caller]
fn check_incomplete(text: &str, open: &str) {
    let source: Rc<Source> = Source::new("", text, 1);
    match next_statement(&source, 0) {
        Ok(Next::Incomplete(diagnostic)) => assert_eq!(source.slice(diagnostic.labels[0].span), open, "\n{text}"),
        other => panic!("{text} is not incomplete: {other:?}"),
    }
}

// ---- the grammar on paper ------------------------------------------------------------------------------------

#[test]
fn sentences_of_the_grammar_parse_and_survive_printing() {
    let grammar = Grammar::read(GRAMMAR);
    for seed in 0..20_000 {
        let sentence = Generator::new(&grammar, seed).sentence("line");
        let statements = match parse(&sentence) {
            Ok(statements) => statements,
            Err(message) if message.contains("can be read in two ways") => continue,
            Err(message) => panic!("seed {seed}: {message}\n{sentence}"),
        };
        for statement in &statements {
            let printed = print_statement(&statement.tree, &statement.stmt);
            let again =
                parse(&printed).unwrap_or_else(|message| panic!("seed {seed}: {message}\n{sentence}\n{printed}"));
            assert_eq!(again.len(), 1, "seed {seed}\n{sentence}\n{printed}");
            assert_eq!(shape(&again[0]), shape(statement), "seed {seed}\n{sentence}\n{printed}");
            assert_eq!(print_statement(&again[0].tree, &again[0].stmt), printed, "seed {seed}\n{sentence}");
        }
    }
}

#[test]
fn every_rule_of_the_grammar_is_used() {
    let grammar = Grammar::read(GRAMMAR);
    assert_eq!(grammar.undefined(), Vec::<String>::new());
    assert_eq!(grammar.unreachable_from("line"), Vec::<String>::new());
}

#[test]
fn unicode_and_ascii_spellings_give_the_same_tree() {
    const SPELLINGS: &[(&str, &str)] = &[
        ("π", "pi"),
        ("τ", "tau"),
        ("∞", "inf"),
        ("⋅", "·"),
        ("÷", "/"),
        ("−", "-"),
        ("≤", "<="),
        ("≥", ">="),
        ("≠", "!="),
        ("∑", "sum"),
        ("∏", "prod"),
        ("→", "->"),
        ("±", "+-"),
        ("′", "'"),
    ];
    let grammar = Grammar::read(GRAMMAR);
    for seed in 0..5_000 {
        let sentence = Generator::new(&grammar, seed).sentence("expression");
        let ascii = SPELLINGS.iter().fold(sentence.clone(), |text, (from, to)| text.replace(from, to));
        assert_eq!(shapes(&ascii), shapes(&sentence), "seed {seed}\n{sentence}\n{ascii}");
    }
    check_same("x² + x⁻¹ + 2³", "x^2 + x^-1 + 2^3");
    check_same("∂²/∂x² x^3", "d^2/dx^2 x^3");
    check_same("Aᵀ", "transpose(A)");
    check_same("2**3", "2^3");
}

#[test]
fn any_soup_of_tokens_gives_a_tree_or_a_message() {
    const PIECES: &str = "x f 2 .5 1e3 d/dx ∂ ∂²/∂x∂y sin no_grad ( ) [ ] { } | + - * / % ^ ** ! ' ² ⁻¹ √ ∇ = == += -> \
                          .. ..= : ; , . # \"a\" \" \\ if else for in while at wrt order where and not true const watch \
                          return break ? quit && := é \0 ½ +-";
    let pieces: Vec<&str> = PIECES.split(' ').chain(["\n", " ", " ", " "]).collect();
    for seed in 0..50_000 {
        let mut random = Random::new(seed);
        let text: String = (0..random.below(24)).map(|_| pieces[random.below(pieces.len())]).collect();
        let source: Rc<Source> = Source::new("", text.as_str(), 1);
        let mut at = 0;
        while at < text.len() {
            let next = match next_statement(&source, at) {
                Ok(Next::Statement { statement, end }) => {
                    let printed = print_statement(&statement.tree, &statement.stmt);
                    assert_eq!(shapes(&printed), shape(&statement), "seed {seed}\n{text}\n{printed}");
                    end
                }
                Ok(Next::Incomplete(_) | Next::End) => break,
                Err(failure) => {
                    let label = failure.diagnostic.labels.first().expect("an error has a place");
                    assert!(text.get(label.span.range()).is_some(), "seed {seed}\n{text}\n{failure:?}");
                    assert!(failure.diagnostic.help.is_some(), "seed {seed}\n{text}\n{failure:?}");
                    failure.resume
                }
            };
            assert!(next > at, "seed {seed}: no progress at {at}\n{text}");
            at = next;
        }
    }
}

// ---- how text is read ----------------------------------------------------------------------------------------

#[test]
fn juxtaposition_binds_tighter_than_division_and_looser_than_power() {
    check("2x", "(2 x)");
    check("2(x+1)", "(2 (+ x 1))");
    check("1/2x", "(/ 1 (2 x))");
    check("1/2 pi", "(/ 1 (2 _pi))");
    check("1/2 x", "(/ 1 (2 _x))");
    check("6/2(1+2)", "(/ 6 (2 (+ 1 2)))");
    check("2^3x", "((^ 2 3) x)");
    check("2pi r", "(2 pi _r)");
    check("x y", "(x _y)");
    check("xy", "xy");
    check("2x²", "(2 (^ x 2))");
    check("2 e", "(2 _e)");
}

#[test]
fn minus_binds_looser_than_power_and_is_part_of_an_exponent() {
    check("-2^2", "(- (^ 2 2))");
    check("(-2)^2", "(^ (- 2) 2)");
    check("2^-1", "(^ 2 (- 1))");
    check("x^-1", "(^ x (- 1))");
    check("2^3^2", "(^ 2 (^ 3 2))");
    check("e^-x^2", "(^ e (- (^ x 2)))");
    check("2^-x^2", "(^ 2 (- (^ x 2)))");
    check("2**3", "(^ 2 3)");
    check("x−1", "(- x 1)");
    check("-sin x + 1", "(+ (- (sin _x)) 1)");
    check("2 - -x", "(- 2 (- x))");
}

#[test]
fn a_parenthesis_calls_a_name_and_multiplies_a_number() {
    check("f (x)", "(call f x)");
    check("x(x+1)", "(call x (+ x 1))");
    check("(x+1)(x-1)", "((+ x 1) (- x 1))");
    check("(f)(x)", "(call f x)");
    check("f'(2)", "(call (prime 1 f) 2)");
    check("f''", "(prime 2 f)");
    check("(∇f)(2,3)", "(call (nabla f) 2 3)");
    check("∇f(2,3)", "(call (nabla f) 2 3)");
    check("grad(f)(2)", "(call (call grad f) 2)");
    check("(x -> x^2)(3)", "(call (-> (x) (^ x 2)) 3)");
    check("r.f(2)", "(call (. r f) 2)");
    check("a[0](2)", "(call (index a 0) 2)");
    check("energy(3, m = 2)", "(call energy 3 m=2)");
}

#[test]
fn functions_before_a_blank_are_left_to_those_who_know_names() {
    check("sin x", "(sin _x)");
    check("sin 2x", "(sin _2 x)");
    check("sin 2 x", "(sin _2 _x)");
    check("sin x^2", "(sin _(^ x 2))");
    check("sin x cos x", "(sin _x _cos _x)");
    check("sin(x)^2", "(^ (call sin x) 2)");
    check("sin^2(x)", "((^ sin 2) x)");
    check("sin²(x)", "((^ sin 2) x)");
}

#[test]
fn other_rows_of_the_comparison_with_other_calculators() {
    check("|x-5|", "(abs (- x 5))");
    check("2|x|", "(2 (abs x))");
    check("|x| + |y|", "(+ (abs x) (abs y))");
    check("5!", "(! 5)");
    check("-3!", "(- (! 3))");
    check("3!=6", "(!= 3 6)");
    check("7%4", "(% 7 4)");
    check("x²", "(^ x 2)");
    check("√x", "(√ x)");
    check("√16x", "((√ 16) x)");
    check("√x^2", "(√ (^ x 2))");
    check("π·2×x÷4", "(/ (× (· pi 2) x) 4)");
    check("2e", "(2 e)");
    check("2e3", "2000");
    check("2e-3x", "(0.002 x)");
    check("2exp(1)", "(2 (call exp 1))");
    check("1_000", "1000");
    check("0x1F", "31");
    check(".5 + 5.", "(+ 0.5 5)");
    check("1..5", "(.. 1 5)");
}

#[test]
fn operators_from_tight_to_loose() {
    check("a + b * c @ d", "(+ a (@ (* b c) d))");
    check("1 + 2 ± 0.1 + 0.2", "(± (+ 1 2) (+ 0.1 0.2))");
    check("2 +- 0.1", "(± 2 0.1)");
    check("0..n-1", "(.. 0 (- n 1))");
    check("0 < x <= 1", "(< <= 0 x 1)");
    check("not a == b and c or d", "(or (and (not (== a b)) c) d)");
    check("x -> y -> x + y", "(-> (x) (-> (y) (+ x y)))");
    check("(x, m = 1) -> m x", "(-> (x m=1) (m _x))");
    check("() -> 3", "(-> () 3)");
    check("u/v where u = x^2, v = 2", "(where (/ u v) u=(^ x 2) v=2)");
    check("where(c, a, b)", "(call where c a b)");
}

#[test]
fn derivatives_are_told_from_quotients_by_their_spelling() {
    check("d/dx x sin(x) + 1", "(+ (d x (x _(call sin x))) 1)");
    check("d/dx(x^2)", "(d x (^ x 2))");
    check("d/dx -x*y", "(d x (* (- x) y))");
    check("d^2/dx^2 x^3", "(d x x (^ x 3))");
    check("d²/dx² x^3", "(d x x (^ x 3))");
    check("∂/∂x x y", "(d x (x _y))");
    check("∂²/∂x∂y x y", "(d x y (x _y))");
    check("∂^3/∂x^2∂y x y", "(d x x y (x _y))");
    check("2 * d/dx x * 3", "(* 2 (d x (* x 3)))");
    check("d / dx", "(/ d dx)");
    check("d/x", "(/ d x)");
    check("2d", "(2 d)");
}

#[test]
fn what_is_differentiated_may_stand_above() {
    check("∂f/∂x", "(d x f)");
    check("∂²f/∂x∂y", "(d x y f)");
    check("2 * ∂f/∂x(1, 2) + 1", "(+ (* 2 (call (d x f) 1 2)) 1)");
    check("dy/dx", "(or dy/dx (d x y))");
    check("d²y/dx²", "(or d/dx (d x x y))");
    check("d(x^2)/dx", "(or d/dx (d x (^ x 2)))");
    check("2 dy/dx x", "(2 _(or dy/dx (d x y)) _x)");
    check("dy / dx", "(/ dy dx)");
    check("dy/dx^2", "(/ dy (^ dx 2))");
    check("d/dx(x^2)(2)", "(call (d x (^ x 2)) 2)");
    check("(x^2)'", "(prime 1 (^ x 2))");
    check("d/dx (x+1)(x-1)", "(d x ((+ x 1) (- x 1)))");
    check_refused("d/dx (x^2)(2)", "d/dx (x^2)(2) can be read in two ways", "(x^2)(2)", "write d/dx(x^2)(2)");
    check_refused("∂²f/∂x", "∂²f/∂x has order 2 above and 1 below", "∂²f/∂x", "");
}

#[test]
fn brackets_hold_tensors_indices_and_loops() {
    check("[1, 2; 3, 4]", "(rows [1 2] [3 4])");
    check("[[1, 2], [3, 4]]", "[[1 2] [3 4]]");
    check("[]", "[]");
    check("A[1, :] + A[:, -1]", "(+ (index A 1 :) (index A : (- 1)))");
    check("a[1:3] + a[::2]", "(+ (index a 1:3) (index a ::2))");
    check("a[a > 0]", "(index a (> a 0))");
    check("2[1, 2]", "(2 [1 2])");
    check("sum(u^2 for u in v if u > 0)", "(call sum (for u v (^ u 2) if (> u 0)))");
    check("[i u for i, u in v]", "(for i u v (i _u))");
    check_same("[u for u in v]", "([u for u in v])");
}

#[test]
fn statements_and_clauses() {
    check("x = 2", "(= x 2)");
    check("x == 2", "(== x 2)");
    check("x += 2", "(= x (+ x 2))");
    check("a[0] *= 2", "(= a[0] (* (index a 0) 2))");
    check("f(x, m = 1) = m x", "(define f (x m=1) (m _x))");
    check("f(x) = x^2 + 2x - 1 at x = 2", "(define f (x) (- (+ (^ x 2) (2 x)) 1) at x=2)");
    check("e at x = 2, y in 0..10 wrt x, y order 2", "(at e x=2 y∈(.. 0 10) wrt x y order 2)");
    check_same("e order 2 wrt x at x = 2", "e at x = 2 wrt x order 2");
    check("e wrt x", "(at e wrt x)");
    check("f at x = 2 ± 0.1", "(at f x=(± 2 0.1))");
    check("const c = 5", "(const c 5)");
    check("watch x, y", "(watch x y)");
    check("unwatch x", "(unwatch x)");
    check("watch = 3", "(= watch 3)");
    check("no_grad { x }", "(no_grad {x})");
    check("while true {}", "(while true {})");
    check("for i, u in v { s += u }", "(for i u v {(= s (+ s u))})");
    check("if a { 1 } else if b { 2 } else { 3 }", "(if a {1} (if b {2} {3}))");
    check("g(w) = { s = 0; return s }", "(define g (w) {(= s 0) (return s)})");
}

#[test]
fn lines_end_statements_unless_something_is_open() {
    check("2\n+3", "2; (+ 3)");
    check("2 +\n3", "(+ 2 3)");
    check("f(2,\n\n 3) # end", "(call f 2 3)");
    check("x =\n 2", "(= x 2)");
    check("e at x = 2,\n y = 3", "(at e x=2 y=3)");
    check("{ a = 1\n b = (2\n + 3)\n if a { b }\n else { a } }", "{(= a 1) (= b (+ 2 3)) (if a {b} {a})}");
    check("\u{feff}x = 1\r\n\tx\u{a0}+ 1\r\n", "(= x 1); (+ x 1)");
    check("x = 3; x^2; 2x", "(= x 3); (^ x 2); (2 x)");
    check("# only a comment\n\n;;", "");
}

#[test]
fn a_semicolon_at_the_end_of_a_line_silences_its_last_statement() {
    let silent = |text: &str| parse(text).map(|all| all.iter().map(|one| one.stmt.silent).collect::<Vec<_>>());
    assert_eq!(silent("x = 3; x^2; 2x"), Ok(vec![false, false, false]));
    assert_eq!(silent("x = 3; x^2; # c\n2x;"), Ok(vec![false, true, true]));
}

#[test]
fn commands_take_the_rest_of_their_line() {
    check(":help sin # why", "(:help \"sin\")");
    check(":tape x^2 at x = 2\n3", "(:tape \"x^2 at x = 2\"); 3");
    check("sin?", "(:help \"sin\")");
    check("?sin", "(:help \"sin\")");
    check("help sin", "(:help \"sin\")");
    check("quit", "(:quit \"\")");
    check("exit()", "(:quit \"\")");
    check("quit + 1", "(+ quit 1)");
    check("x = 3; :vars", "(= x 3); (:vars \"\")");
}

#[test]
fn only_what_others_read_differently_is_ambiguous() {
    let ambiguous = |text: &str| parse(text).expect(text)[0].ambiguous;
    for text in ["1/2x", "1/-2x", "7 % 2x", "6/2(1+2)", "√16x", "sin x", "sin² x"] {
        assert!(ambiguous(text), "{text}");
    }
    for text in ["2x", "x/2", "2(x+1)", "sin(x)", "√x", "1/(2x)", "(√16) x"] {
        assert!(!ambiguous(text), "{text}");
    }
}

#[test]
fn spans_cover_what_was_typed() {
    let statement = &parse("  y = (x + 1)(x − 1) # c").expect("a line")[0];
    let StmtKind::Assign { value, .. } = statement.stmt.kind else { panic!("an assignment") };
    assert_eq!(statement.tree.text(value), "(x + 1)(x − 1)");
    assert_eq!(statement.tree.source.slice(statement.stmt.span), "y = (x + 1)(x − 1)");
    assert_eq!(print_expr(&statement.tree, value), "(x + 1)(x - 1)");
}

// ---- what is refused -----------------------------------------------------------------------------------------

#[test]
fn text_with_two_readings_is_refused_with_both() {
    check_refused("3!!", "3!! can be read in two ways", "3!!", "(3!)!");
    check_refused("200+10%", "% is the remainder, and needs a second number", "10%", "10/100");
    check_refused("10%-4", "10% before a sign can be read in two ways", "10%", "10/100 - …");
    check_refused("1,5", "1,5 can be one number or two", "1,5", "decimal point? write 1.5");
    check_refused("(1,5)", "( ) holds one value", "(1,5)", "1.5 with a decimal point");
    check_refused("1 000", "two numbers side by side", "1 000", "write 1000");
    check_refused("x = 2 3", "two numbers side by side", "2 3", "23 or 2_3");
    check_refused("[1 2]", "two numbers side by side", "1 2", "commas");
    check_refused(
        "sin^-1(x)",
        "sin^-1 can be the inverse function or a reciprocal",
        "sin^-1",
        "write asin(x) or 1/sin(x)",
    );
    check_refused("tanh⁻¹ x", "tanh⁻¹ can be the inverse function or a reciprocal", "tanh⁻¹", "atanh(x)");
    check_refused("||v||", "which bars belong together is not clear", "||", "norm(v)");
    check_refused("|a|b|c|", "which bars belong together is not clear after b", "|", "abs(…)");
    check_refused("[1, 2]'", "' needs a function on its left", "'", "transpose");
    check_refused("2 d/dx x", "a derivative cannot stand close to a factor", "d", "2 * d/dx x^2");
    check_refused("d^2/dx x", "d^2/dx has order 2 above and 1 below", "d^2/dx", "d^2/dx^2");
}

#[test]
fn numerals_that_are_none_are_refused() {
    check_refused("1.2.3", "1.2.3 has two decimal points", "1.2.3", "one");
    check_refused("1e400", "1e400 is too large for a number", "1e400", "inf");
    check_refused("1_ + 2", "1_ has a _ that is not between two digits", "1_", "1_000");
    check_refused("0x", "0x is not a number", "0x", "0x1F");
}

#[test]
fn forms_of_other_languages_name_ours() {
    check_refused("a && b", "&& is not known", "&&", "write and");
    check_refused("a || b", "|| is not known", "||", "write or");
    check_refused("!x", "! stands behind a number, as in 5!", "!", "write not");
    check_refused("True", "True is written true", "True", "true");
    check_refused("if a { 1 } elif b { 2 }", "elif is written else if", "elif", "else if");
    check_refused("x++", "++ is not known", "++", "x += 1");
    check_refused("let x = 3", "a name is assigned without let", "let", "x = 3");
    check_refused("x := 3", ":= is not known", ":=", "write =");
    check_refused("f(x) := x", ":= is not known", ":=", "f(x) = x^2");
    check_refused("x <- 3", "<- is not known", "<-", "x = 3");
    check_refused("def f(x): x", "a function is defined without def", "def", "f(x) =");
    check_refused("lambda x: x", "a function without a name has an arrow", "lambda", "x -> x^2");
    check_refused("x => x", "=> is not known", "=>", "->");
    check_refused("1 if c else 2", "if stands before the values", "if", "if c { a } else { b }");
    check_refused("if c then 1 else 2", "{ is missing before else", "else", "if c { 1 } else");
    check_refused("for i in v: x", "a : cannot stand here", ":", "braces");
    check_refused("'abc'", "a text stands in double quotes", "'", "\"…\"");
    check_refused("a // b", "// is not known", "//", "floor(a / b)");
}

#[test]
fn an_equals_sign_that_should_compare_says_so() {
    check_refused("(x = 2)", "x = … assigns, and cannot stand inside an expression", "x", "did you mean x == …");
    check_refused("if x = 2 { 1 }", "= assigns, and cannot stand inside an expression", "=", "did you mean x == …");
    check_refused("f(2) = 3", "2 is no name for a parameter", "2", "f(x) = x^2");
    check_refused("2x = 4", "cannot assign to 2x", "2x", "==");
    check_refused("x = y = 2", "a second = in one statement", "=", "==");
    check_refused(
        "y += x^2 at x = 2",
        "at gives several results, which cannot be assigned",
        "at",
        "x^2 at … on its own",
    );
}

#[test]
fn slips_of_the_finger_point_at_the_place() {
    check_refused("1+2)", ") closes nothing", ")", "leave out");
    check_refused("(1+2]", "] cannot close (", "]", "close it with )");
    check_refused("2*/3", "a value is missing between * and /", "/", "leave one of them out");
    check_refused("e at x = 2 y = 3", "a comma is missing between two points", "y", "at x = 2, y = 3");
    check_refused("x\0", "NUL character", "\0", "leave it out");
    check_refused("“a”", "“ cannot stand here", "“", "straight quotes");
    check_refused("\"abc", "this text is not closed on its line", "\"", "\"");
    check_refused("|x", "| is never closed", "|", "close it");
    check_refused("at = 2", "at is a word of the language, not a name", "at", "at_");
    check_refused("x = {}", "{ } is empty", "{}", "{ x }");
    check_refused("x$", "units are not known: leave out $", "$", "numbers alone");
}

#[test]
fn text_that_ends_inside_something_is_incomplete() {
    check_incomplete("(1+2", "(");
    check_incomplete("f([1, 2", "[");
    check_incomplete("g(w) = {\n s = 0\n", "{");
    check_incomplete("2 +", "+");
    check_incomplete("e at x = 2,", ",");
    check_incomplete("x =", "=");
    check_incomplete("h = x ->", "->");
    check_incomplete("if x > 2", "2");
}

#[test]
fn after_an_error_reading_goes_on_behind_its_lines() {
    let resumed = |text: &str| {
        let source: Rc<Source> = Source::new("", text, 1);
        let failure = next_statement(&source, 0).expect_err(text);
        text[failure.resume..].to_string()
    };
    assert_eq!(resumed("2 * / 3; 4\n5"), "5");
    assert_eq!(resumed("f(2 3,\n 4)\n5"), "5");
    assert_eq!(resumed("(1 2\n5\n6"), "5\n6");
    assert_eq!(resumed("g(x) = {\n y = 1 2\n y\n}\nz"), "z");
}

// ---- sizes ---------------------------------------------------------------------------------------------------

#[test]
fn nesting_has_a_limit_and_chains_have_none() {
    const MANY: usize = 1_000_000;
    for open in ["(", "[", "{", "-", "√", "not ", "f(", "∇", "x -> ", "d/dx ", "2^(", "|(", "if ", "1 + ("] {
        let text = open.repeat(MANY);
        check_refused_deep(&text, open);
    }
    check_refused_deep(&format!("f{}", "'".repeat(MANY)), "'");
    for (first, link) in
        [("1", "+1"), ("1", "*1"), ("2", "^1"), ("2", "^-1"), ("x", " x"), ("1", " < 2"), ("a", " or a")]
    {
        let text = format!("{first}{}", link.repeat(MANY));
        let statements = parse(&text).unwrap_or_else(|message| panic!("{link}: {message}"));
        assert!(print_statement(&statements[0].tree, &statements[0].stmt).len() >= MANY, "{link}");
    }
    assert_eq!(parse(&"1;".repeat(MANY)).map(|all| all.len()), Ok(MANY));
}

#[track_caller]
fn check_refused_deep(text: &str, open: &str) {
    assert_eq!(parse(text).err().as_deref(), Some("nested deeper than 200 levels"), "{open}");
}
