//! `a, b = f(x)`: a value taken apart, and its parts under names.

use std::rc::Rc;

use super::{Evaluator, Stop};
use crate::functions;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Expr, ExprId, Tree};
use crate::value::{Fault, Value};

/// A part, and whether it is nothing but another name's value.
pub struct Part {
    pub name: Symbol,
    pub span: Span,
    pub value: Value,
    pub is_alias: bool,
    /// The expression that it came from.
    pub from: ExprId,
}

impl Evaluator<'_> {
    /// The parts of a value, one for each name: fields of a record in their order, elements of a list, elements of a
    /// tensor along its first axis. `a, b = b, a` takes what stands side by side as it is.
    ///
    /// Errors: other counts, values without parts. Nothing is assigned.
    pub fn parts(&mut self, tree: &Rc<Tree>, names: &[(Symbol, Span)], value: ExprId) -> Result<Vec<Part>, Stop> {
        for (i, &(name, span)) in names.iter().enumerate() {
            if names[..i].iter().any(|(other, _)| *other == name) {
                let help = "each name takes one of the values".to_string();
                return Err(self.error_with_help(tree, span, format!("{name} is assigned twice"), help));
            }
        }
        let part = |((name, span), value, from): ((Symbol, Span), Value, ExprId)| Part {
            name,
            span,
            value,
            is_alias: matches!(tree.expr(from), Expr::Name(_)),
            from,
        };
        if let Expr::Array(items) = tree.expr(value)
            && items.len() == names.len()
        {
            let mut parts = Vec::with_capacity(names.len());
            for (&name, &item) in names.iter().zip(items) {
                let found = self.eval(tree, item)?;
                parts.push(part((name, found, item)));
            }
            return Ok(parts);
        }
        let whole = self.eval(tree, value)?;
        let found = match &whole {
            Value::Record(fields) => fields.iter().map(|(_, field)| field.clone()).collect(),
            Value::Text(_) | Value::Function(_) | Value::Nothing(_) => {
                return Err(self.no_parts(tree, names, value, &whole));
            }
            // counted before a list of millions is made
            Value::Range(start, end) if end.saturating_sub(*start) > names.len() as i64 => {
                return Err(self.other_count(tree, names, value, end.saturating_sub(*start) as usize));
            }
            _ => match self.numbers.shape(&whole) {
                Ok(shape) if shape.is_scalar() => return Err(self.no_parts(tree, names, value, &whole)),
                Ok(shape) if shape.dims()[0] != names.len() => {
                    return Err(self.other_count(tree, names, value, shape.dims()[0]));
                }
                _ => functions::elements(self, &whole).map_err(|fault| self.place(tree, tree.span(value), fault))?,
            },
        };
        if found.len() != names.len() {
            return Err(self.other_count(tree, names, value, found.len()));
        }
        let parts = names.iter().zip(found);
        Ok(parts
            .map(|(&name, found)| part((name, found, value)))
            .map(|part| Part { is_alias: false, ..part })
            .collect())
    }

    fn no_parts(&self, tree: &Rc<Tree>, names: &[(Symbol, Span)], id: ExprId, value: &Value) -> Stop {
        let text = tree.text(id);
        let message = match value {
            Value::Nothing(why) => format!("there is nothing to take apart: {why}"),
            _ => format!("{text} is {}, which has no {} parts", value.kind(), names.len()),
        };
        let all: Vec<String> = names.iter().map(|(name, _)| name.to_string()).collect();
        let help = format!(
            "several values stand side by side: {} = 1, 2, or come from (a, b), a list or a record",
            all.join(", ")
        );
        self.error_with_help(tree, tree.span(id), message, help)
    }

    fn other_count(&self, tree: &Rc<Tree>, names: &[(Symbol, Span)], id: ExprId, count: usize) -> Stop {
        let values = if count == 1 { "1 value".to_string() } else { format!("{count} values") };
        let message = format!("{} names for {values}", names.len());
        let mut wanted: Vec<String> = names.iter().take(count).map(|(name, _)| name.to_string()).collect();
        wanted.extend((names.len()..count.min(names.len() + 4)).map(|i| format!("v{}", i + 1)));
        let help = match count {
            0 | 1 => format!("{} gives {values}", tree.text(id)),
            _ if count > wanted.len() => {
                format!("{} gives {values}; take some of them: v[0:{}]", tree.text(id), names.len())
            }
            _ => format!("{} gives {values}: {} = …", tree.text(id), wanted.join(", ")),
        };
        self.error_with_help(tree, tree.span(id), message, help)
    }

    /// `a, b = f(x)` in a block; its value is the list of all.
    pub(super) fn unpack_inside(
        &mut self,
        tree: &Rc<Tree>,
        names: &[(Symbol, Span)],
        value: ExprId,
    ) -> Result<Value, Stop> {
        let parts = self.parts(tree, names, value)?;
        let all = parts.iter().map(|part| part.value.clone()).collect();
        for Part { name, span, value, is_alias, .. } in parts {
            if let Value::Nothing(why) = &value {
                let fault = Fault::new(format!("there is no value for {name}: {why}"));
                return Err(self.place(tree, span, fault));
            }
            self.assign_inside(name, value, is_alias).map_err(|fault| self.place(tree, span, fault))?;
        }
        Ok(Value::list(all))
    }
}
