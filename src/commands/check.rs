//! `:check e at x = 2`: the gradient of the tape beside differences of values.

use super::Call;
use crate::diagnostic::Diagnostic;
use crate::session::{NameKind, Outcome, Session};
use crate::source::Source;
use crate::syntax::tree::{Expr, StmtKind};
use crate::syntax::{Next, next_statement, parse_rest};

const EXAMPLE: &str = ":check sin(x) y at x = 2, y = 3";

pub fn check(session: &mut Session, call: &Call) -> Result<Outcome, Diagnostic> {
    if call.rest.is_empty() {
        return Err(call.error("what is to be checked?").help(format!("write {EXAMPLE}")));
    }
    let statement = parse_rest(call.place.source, call.rest_span)?;
    let tree = &statement.tree;
    let StmtKind::At { body, at } = &statement.stmt.kind else {
        return Err(call.error("at which point?").help(format!("write {EXAMPLE}")));
    };
    if at.points.iter().any(|point| point.many) {
        return Err(call.error("one point at a time can be checked").help(format!("write {EXAMPLE}")));
    }
    // mistakes are reported where they stand, not in the text made here
    session.prepare(&statement)?;
    let names: Vec<String> = at.points.iter().map(|point| point.name.text().to_string()).collect();
    let values: Vec<&str> = at.points.iter().map(|point| tree.text(point.value)).collect();
    let body = match tree.expr(*body) {
        Expr::Name(name)
            if matches!(session.kind_of(&name.text()), Some(NameKind::UserFunction | NameKind::Function)) =>
        {
            let given: Vec<String> = names.iter().map(|name| format!("{name} = {name}")).collect();
            format!("{}({})", name.text(), given.join(", "))
        }
        _ => tree.text(*body).to_string(),
    };
    let point = if let [value] = values[..] { value.to_string() } else { format!("[{}]", values.join(", ")) };
    let text = format!("check(({}) -> ({body}), {point})", names.join(", "));
    let source = Source::new("", &text, 1);
    let Ok(Next::Statement { statement, .. }) = next_statement(&source, 0) else {
        return Err(call.error("this cannot be written as a function").help("check(f, x) takes a function"));
    };
    Ok(session.run(&statement)?.outcome)
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::super::tests::effect;
    use crate::session::{Data, Outcome};

    #[test]
    fn the_tape_agrees_with_differences() {
        for line in [
            ":check sin(x) y at x = 2, y = 3",
            "f(a, b) = a^b\n:check f at a = 2, b = 3",
            ":check sum(v^2) at v = [1, 2]",
        ] {
            let Ok(Effect::Print(Outcome::Value(Data::Record(fields)))) = effect(line) else { panic!("{line}") };
            let Data::Number(digits) = fields[0].1 else { panic!("{line}") };
            assert!(digits > 8.0, "{line}: {digits}");
        }
        for line in [":check", ":check x^2", ":check x at x in [1, 2]", ":check u at x = 2"] {
            assert!(effect(line).is_err(), "{line}");
        }
    }
}
