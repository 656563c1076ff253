//! What the notations of derivatives mean that do not name a variable, or that stand for a function.

use std::rc::Rc;

use super::derivative::Names;
use super::formulas::free_names;
use super::sources::special_called;
use super::{Evaluated, Evaluator, Stop};
use crate::functions::Special;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::print_expr;
use crate::syntax::tree::{Arg, BinaryOp, Expr, ExprId, Tree};
use crate::value::{Derived, Function, Operator, Value};

/// The names of a derivative operator, and what it is applied to.
pub(super) type Written = (Vec<(Symbol, Span)>, ExprId);

impl Evaluator<'_> {
    /// The function that an expression stands for, if it can only be one.
    pub(super) fn function_denoted(&mut self, tree: &Rc<Tree>, id: ExprId) -> Result<Option<Value>, Stop> {
        if !self.denotes_function(tree, id) {
            return Ok(None);
        }
        let value = self.eval(tree, id)?;
        Ok(value.is_function().then_some(value))
    }

    pub(super) fn denotes_function(&self, tree: &Tree, id: ExprId) -> bool {
        match tree.expr(id) {
            Expr::Name(name) => self.is_function(*name),
            Expr::Paren(inner) => self.denotes_function(tree, *inner),
            Expr::Lambda(_) | Expr::Nabla(_) => true,
            Expr::Prime(base, _) => self.denotes_function(tree, *base),
            Expr::Derivative { body, .. } => self.denotes_function(tree, *body),
            Expr::Differential { above, below, derivative } => {
                !self.is_quotient(tree, (*above, *below), *derivative) && self.denotes_function(tree, *derivative)
            }
            Expr::Call(callee, args) => match (special_called(tree, *callee), &args[..]) {
                (Some(Special::Record | Special::Map) | None, _) => false,
                (_, [of]) => self.denotes_function(tree, of.value),
                (Some(Special::Diff | Special::Derivative), [of, by]) => {
                    self.denotes_function(tree, of.value) && matches!(tree.expr(by.value), Expr::Name(_))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// `∂f/∂x`, `d/dx(f)`: the derivative of a function by some of its variables.
    pub(super) fn function_by_names(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        body: ExprId,
        function: Value,
        names: &Names,
    ) -> Evaluated {
        let text = tree.text(body).trim_matches(['(', ')']).to_string();
        let params = self.params(&function).unwrap_or_default();
        let own: Vec<Symbol> = params.iter().map(|(name, _)| *name).collect();
        let needed = params.iter().filter(|(_, needed)| *needed).count();
        let first = names[0].0;
        // `d/dx(f)` after `f(t) = t^2`: there is only one variable that can be meant
        let is_only = needed <= 1 && names.iter().all(|(name, _)| *name == first);
        if is_only && (own.is_empty() || own[0] == first || !own.contains(&first) && self.lookup(first).is_none()) {
            return self.derivative_of(tree, tree.span(id), &text, function, names.len() as u32);
        }
        if let Some((name, span)) = names.iter().find(|(name, _)| !own.contains(name)) {
            let list = own.iter().map(Symbol::to_string).collect::<Vec<_>>().join(", ");
            let variables = if own.len() == 1 { "the variable" } else { "the variables" };
            let message = format!("{text} is a function of {variables} {list}, not of {name}");
            let by = own.first().map_or_else(String::new, |own| format!("∂{text}/∂{own}; "));
            let help = format!("{by}of an expression: d/d{name} {text}({list})");
            return Err(self.error_with_help(tree, *span, message, help));
        }
        let by: Rc<[Symbol]> = names.iter().map(|(name, _)| *name).collect();
        Ok(Value::function(Function::Derived(Derived { operator: Operator::Partial(by), of: function })))
    }

    /// The names and the body of what is applied to a point: `d/dx(x^2)` in `d/dx(x^2)(2)`, `(x^2)'` in `(x^2)'(2)`.
    pub(super) fn written_derivative(&mut self, tree: &Rc<Tree>, callee: ExprId) -> Result<Option<Written>, Stop> {
        match tree.expr(callee) {
            Expr::Paren(inner) if !matches!(tree.expr(*inner), Expr::Paren(_)) => self.written_derivative(tree, *inner),
            Expr::Derivative { names, body } => Ok(Some((names.to_vec(), *body))),
            Expr::Differential { above, below, derivative }
                if !self.is_quotient(tree, (*above, *below), *derivative) =>
            {
                self.written_derivative(tree, *derivative)
            }
            Expr::Prime(base, order) if self.is_primed_expression(tree, *base) => {
                let names = self.only_variable(tree, callee, *base, *order)?;
                Ok(Some((names, *base)))
            }
            Expr::Call(inner, args) => match special_called(tree, *inner) {
                Some(special @ (Special::Diff | Special::Derivative)) if args.len() > 1 => {
                    let names = self.differentiations(tree, &args[1..], special)?;
                    Ok(Some((names, args[0].value)))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// `dy/dx`: a quotient if both are values, and where there is no y to be differentiated.
    fn is_quotient(&self, tree: &Tree, (above, below): (Symbol, Symbol), derivative: ExprId) -> bool {
        if self.lookup(above).is_some() && self.lookup(below).is_some() {
            return true;
        }
        let Expr::Derivative { body, .. } = tree.expr(derivative) else { return false };
        match tree.expr(*body) {
            Expr::Name(name) => self.lookup(*name).is_none() && !self.open_names.contains(name),
            _ => false,
        }
    }

    pub(super) fn differential_or_quotient(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        (above, below): (Symbol, Symbol),
        derivative: ExprId,
    ) -> Evaluated {
        if !self.is_quotient(tree, (above, below), derivative) {
            return self.eval(tree, derivative);
        }
        let value = |evaluator: &Self, name: Symbol| match evaluator.lookup(name) {
            Some(value) => Ok(value.clone()),
            None => Err(evaluator.unknown(tree, tree.span(id), name, "name")),
        };
        let (numerator, denominator) = (value(self, above)?, value(self, below)?);
        let Expr::Derivative { names, body } = tree.expr(derivative) else { return self.eval(tree, derivative) };
        let order = Value::Real(names.len() as f64);
        let quotient = match tree.expr(*body) {
            Expr::Name(_) if names.len() == 1 => self.binary(BinaryOp::Div, &numerator, &denominator),
            _ => {
                // `d²y/dx²`, `d(e)/dx` with a variable or a function d
                let inner = self.eval(tree, *body)?;
                let numerator = match numerator.is_function() {
                    true => self.call_value(&numerator, vec![inner], Vec::new()),
                    false => {
                        let power = self.binary(BinaryOp::Pow, &numerator, &order);
                        power.and_then(|power| self.binary(BinaryOp::Mul, &power, &inner))
                    }
                };
                let denominator = self.binary(BinaryOp::Pow, &denominator, &order);
                numerator.and_then(|above| self.binary(BinaryOp::Div, &above, &denominator?))
            }
        };
        self.placed(tree, id, quotient)
    }

    /// `(x^2)'`: an expression in parentheses, not a function and not a matrix.
    pub(super) fn is_primed_expression(&self, tree: &Tree, base: ExprId) -> bool {
        let Expr::Paren(inner) = tree.expr(base) else { return false };
        if self.denotes_function(tree, *inner) {
            return false;
        }
        let is_tensor = |name: &Symbol| {
            let value = self.lookup(*name);
            value.is_some_and(|value| self.numbers.shape(value).is_ok_and(|shape| shape.rank() > 0))
        };
        !matches!(tree.expr(*inner), Expr::Name(_)) && !free_names(tree, *inner).iter().any(is_tensor)
    }

    /// The variable that an expression is differentiated by where none is named: the only one in it.
    pub(super) fn only_variable(
        &self,
        tree: &Rc<Tree>,
        id: ExprId,
        body: ExprId,
        order: u32,
    ) -> Result<Vec<(Symbol, Span)>, Stop> {
        let variables = self.free_variables(tree, body);
        let text = print_expr(tree, body);
        let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&text).to_string();
        match variables[..] {
            [one] => Ok(vec![(one, tree.span(body)); order as usize]),
            [] => {
                let message = format!("by what is {text} to be differentiated?");
                let help = format!("name the variable: d/dx ({text}), diff({text}, x)");
                Err(self.error_with_help(tree, tree.span(id), message, help))
            }
            _ => {
                let each: Vec<String> = variables.iter().map(|name| format!("∂/∂{name} ({text})")).collect();
                let names = variables.iter().map(Symbol::to_string).collect::<Vec<_>>().join(", ");
                let message = format!("{text} has the variables {names}");
                Err(self.error_with_help(tree, tree.span(id), message, format!("write {}", each.join(" or "))))
            }
        }
    }

    /// The variables in an expression: names without a value if there are any (those that a formula is written in),
    /// otherwise the user's own numbers.
    pub(super) fn free_variables(&self, tree: &Tree, body: ExprId) -> Vec<Symbol> {
        let names = free_names(tree, body);
        let is_open = |name: &Symbol| self.open_names.contains(name) || self.lookup(*name).is_none();
        let open: Vec<Symbol> = names.iter().copied().filter(is_open).collect();
        if !open.is_empty() {
            return open;
        }
        let is_own = |name: &Symbol| {
            let own = self.local(*name).or_else(|| self.globals.get(*name).map(|binding| &binding.value));
            own.is_some_and(|value| self.numbers.dtype(value).is_some())
        };
        names.into_iter().filter(is_own).collect()
    }

    /// A point with more or fewer values than there are names.
    pub(super) fn point_differs(&self, tree: &Rc<Tree>, id: ExprId, names: &Names, body: ExprId, args: &[Arg]) -> Stop {
        let text = print_expr(tree, body);
        let variables = free_names(tree, body);
        let by: Vec<String> = names.iter().map(|(name, _)| format!("∂{name}")).collect();
        let raised = if names.len() > 1 { format!("^{}", names.len()) } else { String::new() };
        let operator = format!("∂{raised}/{} {text}", by.concat());
        let point: Vec<String> = variables
            .iter()
            .filter(|name| !self.is_function(**name))
            .enumerate()
            .map(|(i, name)| format!("{name} = {}", args.get(i).map_or("…", |arg| tree.text(arg.value))))
            .collect();
        let function = variables.iter().map(Symbol::to_string).collect::<Vec<_>>().join(", ");
        let message = format!("the derivative is by {}, and there are {} values", by.join(" "), args.len());
        let help = format!(
            "write {operator} at {}; or a function: f({function}) = {text}, then ∂f/{}(…)",
            point.join(", "),
            by.concat()
        );
        self.error_with_help(tree, tree.span(id), message, help)
    }
}
