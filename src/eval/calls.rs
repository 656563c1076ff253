//! Calls: of the user's functions, of rows, of built-ins, of derived functions.

use std::rc::Rc;

use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::{Diagnostic, Label};
use crate::functions::{self, Args, Run};
use crate::source::Span;
use crate::stack;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{Arg, Expr, ExprId, Param, Tree};
use crate::tape::{Attr, Op};
use crate::value::{Fault, Function, UserFunction, Value};

/// Functions of the user that may run inside each other.
const MAX_DEPTH: usize = 10_000;

/// So many calls are shown on the way to an error inside a function.
const SHOWN_CALLS: usize = 3;

impl Evaluator<'_> {
    pub(super) fn call_expr(&mut self, tree: &Rc<Tree>, id: ExprId, callee: ExprId, args: &[Arg]) -> Evaluated {
        let function = match tree.expr(callee) {
            Expr::Name(name) => match self.lookup(*name) {
                Some(value) => value.clone(),
                None => return Err(self.unknown(tree, tree.span(callee), *name, "function")),
            },
            _ => {
                if let Some((names, body)) = self.written_derivative(tree, callee)? {
                    return match self.function_denoted(tree, body)? {
                        Some(function) => {
                            let derived = self.function_by_names(tree, callee, body, function, &names)?;
                            self.call_with(tree, id, callee, derived, args)
                        }
                        None => self.derivative_at(tree, id, &names, body, args),
                    };
                }
                self.eval(tree, callee)?
            }
        };
        self.call_with(tree, id, callee, function, args)
    }

    pub(super) fn call_with(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        callee: ExprId,
        function: Value,
        args: &[Arg],
    ) -> Evaluated {
        let Value::Function(function) = function else {
            return self.call_of_value(tree, id, callee, &function, args);
        };
        if let Function::Builtin(number) = &*function
            && let Run::Special(special) = functions::builtin(*number).run
        {
            return self.special(tree, id, special, args);
        }
        if let (Function::Row(row), [Arg { name: None, value }]) = (&*function, args)
            && let Op::Map1(_) = row.op
        {
            // the common case, without a list of arguments
            let value_id = *value;
            let value = self.argument(tree, id, value_id)?;
            let result = self.numbers.apply(row, &[&value], Attr::None);
            return result.map_err(|fault| self.argument_fault(tree, id, args, fault.argument(0)));
        }
        let mut positional = Vec::with_capacity(args.len());
        let mut named = Vec::new();
        for arg in args {
            let value = self.argument(tree, id, arg.value)?;
            match arg.name {
                Some((name, _)) => named.push((name, value)),
                None if named.is_empty() => positional.push(value),
                None => {
                    let message = "an argument without a name stands after one with a name";
                    return Err(self.error(tree, arg.value, message));
                }
            }
        }
        // the derivative that a statement asks for is shown, not differentiated again
        let is_last = self.is_only_shown(id) && function.is_derivative();
        let frozen = self.numbers.frozen;
        self.numbers.frozen |= is_last;
        let result = self.call_function(&function, positional, named);
        self.numbers.frozen = frozen;
        match result {
            Ok(value) => Ok(value),
            Err(Fault::Plain { message, help, argument: Some(index) }) => {
                let argument = argument_place(&function, args, index);
                Err(self.call_fault(tree, id, callee, args, Fault::Plain { message, help, argument }))
            }
            Err(fault) => Err(self.call_fault(tree, id, callee, args, fault)),
        }
    }

    /// `x(y + 1)` with a value x is a product.
    fn call_of_value(&mut self, tree: &Rc<Tree>, id: ExprId, callee: ExprId, value: &Value, args: &[Arg]) -> Evaluated {
        let text = tree.text(callee);
        match args {
            [Arg { name: None, value: argument }] => {
                if self.numbers.dtype(value).is_none() {
                    return Err(self.error(tree, callee, format!("{text} is {}, not a function", value.kind())));
                }
                self.refuse_element(tree, callee, value, *argument)?;
                let factor = self.eval(tree, *argument)?;
                self.multiply(tree, id, value, &factor)
            }
            _ => Err(self.error_with_help(
                tree,
                tree.span(callee),
                format!("{text} is {}, not a function", value.kind()),
                format!("to take elements write {text}[…], to multiply {text} * …"),
            )),
        }
    }

    /// An error that names an argument points at it, others at the call.
    fn argument_fault(&self, tree: &Rc<Tree>, id: ExprId, args: &[Arg], fault: Fault) -> Stop {
        let argument = match &fault {
            Fault::Plain { argument: Some(index), .. } => args.get(*index),
            _ => None,
        };
        let span = argument.map_or(tree.span(id), |arg| tree.span(arg.value));
        self.place(tree, span, fault)
    }

    #[cold]
    fn call_fault(&self, tree: &Rc<Tree>, id: ExprId, callee: ExprId, args: &[Arg], fault: Fault) -> Stop {
        match fault {
            // an error inside a function of the user shows the calls that led there
            Fault::Placed(mut diagnostic) => {
                if (1..=SHOWN_CALLS).contains(&diagnostic.labels.len()) {
                    let text = format!("in this call of {}", tree.text(callee));
                    diagnostic.labels.push(Label { source: tree.source.clone(), span: tree.span(id), text });
                }
                Stop::Error(diagnostic)
            }
            fault => self.argument_fault(tree, id, args, fault),
        }
    }

    /// Calls a value that must be a function.
    pub(super) fn call_value(
        &mut self,
        function: &Value,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
    ) -> Result<Value, Fault> {
        match function {
            Value::Function(function) => self.call_function(&function.clone(), positional, named),
            other => Err(Fault::new(format!("{} is not a function", other.kind()))),
        }
    }

    fn call_function(
        &mut self,
        function: &Rc<Function>,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
    ) -> Result<Value, Fault> {
        match &**function {
            Function::User(user) if self.has_own_sources(user) => {
                self.call_with_own_sources(function, user, positional, named)
            }
            Function::User(user) => self.call_user(function, user, positional, named),
            Function::Row(row) => {
                let values = if named.is_empty() && positional.len() == row.params.len() {
                    positional
                } else {
                    let has_more = positional.len() + named.len() > row.params.len();
                    let named = named.into_iter().map(|(name, value)| (name.text().to_string(), value)).collect();
                    if let (Some(longer), true) = (functions::longer_form(row), has_more)
                        && let Run::Plain(run) = longer.run
                    {
                        return run(self, Args::bind(longer.name, longer.params, positional, named)?);
                    }
                    let mut args = Args::bind(row.name, row.params, positional, named)?;
                    (0..row.params.len()).map(|index| args.need(index)).collect()
                };
                let operands: Vec<&Value> = values.iter().collect();
                self.numbers.apply(row, &operands, Attr::None)
            }
            Function::Builtin(number) => {
                let builtin = functions::builtin(*number);
                let Run::Plain(run) = builtin.run else {
                    return Err(Fault::new(format!("{} cannot be called through a variable", builtin.name))
                        .help(format!("call it by its name: {}", builtin.example)));
                };
                let named = named.into_iter().map(|(name, value)| (name.text().to_string(), value)).collect();
                run(self, Args::bind(builtin.name, builtin.params, positional, named)?)
            }
            Function::Derived(derived) => self.call_derived(derived, positional, named),
        }
    }

    pub(super) fn call_user(
        &mut self,
        function: &Rc<Function>,
        user: &UserFunction,
        positional: Vec<Value>,
        named: Vec<(Symbol, Value)>,
    ) -> Result<Value, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::new(format!("recursion deeper than {MAX_DEPTH} in {}", user_name(user)))
                .help("does every way through it end without calling itself?"));
        }
        if stack::is_low() {
            return Err(Fault::new(format!("recursion too deep in {}", user_name(user)))
                .help("does every way through it end without calling itself?"));
        }
        self.check_interrupt().map_err(to_fault)?;
        let kept = match named.is_empty() {
            true => match self.remembered(function, &positional) {
                Ok(value) => return Ok(value),
                Err(call) => call,
            },
            false => None,
        };
        let running = self.enter(function);
        let base = self.locals.len();
        // a function defined inside another can call itself
        if let (Some(name), false) = (user.name, user.captured.is_empty()) {
            self.locals.push((name, Value::Function(function.clone())));
        }
        let old_base = std::mem::replace(&mut self.base, base);
        let old_captured = std::mem::replace(&mut self.captured, user.captured.clone());
        self.depth += 1;
        let result = match self.bind_params(user, positional, named) {
            Ok(()) => self.run_body(user),
            Err(fault) => Err(fault),
        };
        self.depth -= 1;
        self.locals.truncate(base);
        self.base = old_base;
        self.captured = old_captured;
        self.leave(running);
        if let (Some(call), Ok(value)) = (kept, &result) {
            self.remember(call, function, value);
        }
        result
    }

    #[inline(never)]
    fn run_body(&mut self, user: &UserFunction) -> Result<Value, Fault> {
        let result = match self.body_of(user)? {
            Some((tree, lambda)) => self.eval(&tree, lambda.body),
            None => self.eval(&user.tree, user.lambda.body),
        };
        match result {
            Ok(value) => Ok(value),
            Err(Stop::Return(value, _)) => Ok(*value),
            Err(stop) => Err(to_fault(stop)),
        }
    }

    fn bind_params(
        &mut self,
        user: &UserFunction,
        positional: Vec<Value>,
        mut named: Vec<(Symbol, Value)>,
    ) -> Result<(), Fault> {
        let params = &user.lambda.params;
        if positional.len() > params.len() {
            let surplus = params.len();
            return Err(Fault::new(format!("{} takes {}, not {}", user_name(user), counted(params), positional.len()))
                .help(format!("usage: {}", describe(user)))
                .argument(surplus));
        }
        if let Some((name, _)) = named.iter().find(|(name, _)| params.iter().all(|param| param.name != *name)) {
            return Err(Fault::new(format!("{} has no parameter {name}", user_name(user)))
                .help(format!("usage: {}", describe(user))));
        }
        let mut positional = positional.into_iter();
        for param in params {
            let by_name = named.iter().position(|(name, _)| *name == param.name).map(|at| named.swap_remove(at).1);
            let value = match (positional.next(), by_name, param.default) {
                (Some(_), Some(_), _) => {
                    return Err(Fault::new(format!("{} is given {} twice", user_name(user), param.name)));
                }
                (Some(value), ..) | (None, Some(value), _) => value,
                (None, None, Some(default)) => self.eval(&user.tree, default).map_err(to_fault)?,
                (None, None, None) => {
                    return Err(Fault::new(format!("{} needs {}", user_name(user), param.name))
                        .help(format!("usage: {}", describe(user))));
                }
            };
            let value = self.local_value(&user.tree, param.name, value, true)?;
            self.locals.push((param.name, value));
        }
        Ok(())
    }

    /// Parameters of a function that must be given and those that may be; `None` for built-ins that take any number.
    pub(super) fn params(&self, function: &Value) -> Option<Vec<(Symbol, bool)>> {
        let Value::Function(function) = function else { return None };
        match &**function {
            Function::User(user) => {
                Some(user.lambda.params.iter().map(|param| (param.name, param.default.is_none())).collect())
            }
            Function::Row(row) => Some(row.params.iter().map(|param| (Symbol::new(param), true)).collect()),
            Function::Builtin(number) => {
                let params = functions::builtin(*number).params;
                Some(
                    params
                        .iter()
                        .map(|param| (Symbol::new(param.trim_end_matches(['?', '*'])), !param.ends_with('?')))
                        .collect(),
                )
            }
            Function::Derived(derived) => match &derived.of {
                Value::List(functions) => self.params(&functions[0]),
                of => self.params(of),
            },
        }
    }

    pub(super) fn prime(&mut self, tree: &Rc<Tree>, id: ExprId, base: ExprId, order: u32) -> Evaluated {
        if self.is_primed_expression(tree, base) {
            let names = self.only_variable(tree, id, base, order)?;
            return self.derivative(tree, id, &names, base);
        }
        let value = self.eval(tree, base)?;
        let text = tree.text(base).to_string();
        self.refuse_raised_order(tree, id, base, order, &value)?;
        if !value.is_function() {
            return match order % 2 {
                0 => Ok(value),
                _ => self.prime_of_value(tree, id, &text, value),
            };
        }
        self.derivative_of(tree, tree.span(id), &text, value, order)
    }

    /// `sin^(2)(x)`: a power to some, a derivative to others. Functions that were named f are differentiated.
    #[inline(never)]
    fn refuse_raised_order(
        &self,
        tree: &Rc<Tree>,
        id: ExprId,
        base: ExprId,
        order: u32,
        value: &Value,
    ) -> Result<(), Stop> {
        let Value::Function(function) = value else { return Ok(()) };
        let is_own = !matches!(&**function, Function::Row(_) | Function::Builtin(_));
        if is_own || !tree.text(id).ends_with(')') {
            return Ok(());
        }
        let name = tree.text(base);
        let message = format!("{} can be read in two ways", tree.text(id));
        let help = format!(
            "write {name}{}(x) for the derivative, {name}(x)^{order} for the power",
            "'".repeat(order as usize)
        );
        Err(self.error_with_help(tree, tree.span(id), message, help))
    }

    /// `f'`, refused for functions of several variables.
    pub(super) fn derivative_of(
        &mut self,
        tree: &Rc<Tree>,
        span: Span,
        text: &str,
        function: Value,
        order: u32,
    ) -> Evaluated {
        use crate::value::{Derived, Operator};
        let params = self.params(&function).unwrap_or_default();
        let needed: Vec<Symbol> = params.iter().filter(|(_, needed)| *needed).map(|(name, _)| *name).collect();
        if needed.len() > 1 {
            let partials: Vec<String> = needed.iter().map(|name| format!("∂{text}/∂{name}")).collect();
            let names: Vec<String> = needed.iter().map(Symbol::to_string).collect();
            let names = names.join(", ");
            return Err(self.error_with_help(
                tree,
                span,
                format!("{text} has {} variables: {}", needed.len(), partials.join(", ")),
                format!("all of them: grad({text})({names}); one: ∂/∂{} {text}({names})", needed[0]),
            ));
        }
        // f'' of f' is f'''
        if let Value::Function(inner) = &function
            && let Function::Derived(Derived { operator: Operator::Derivative(before), of }) = &**inner
        {
            let derived = Derived { operator: Operator::Derivative(before + order), of: of.clone() };
            return Ok(Value::function(Function::Derived(derived)));
        }
        Ok(Value::function(Function::Derived(Derived { operator: Operator::Derivative(order), of: function })))
    }
}

/// Which of the arguments as typed is the one of a parameter: the one with its name, or the one in its place.
fn argument_place(function: &Function, args: &[Arg], index: usize) -> Option<usize> {
    let params = match function {
        Function::Row(row) => row.params,
        Function::Builtin(number) => functions::builtin(*number).params,
        _ => return Some(index),
    };
    let name = params.get(index).map(|param| param.trim_end_matches(['?', '*']));
    let named = args.iter().position(|arg| arg.name.is_some_and(|(own, _)| Some(&*own.text()) == name));
    named.or(args.get(index).filter(|arg| arg.name.is_none()).map(|_| index))
}

/// A fault as what stops an evaluation that has no place to show.
pub(super) fn stop_of(fault: Fault) -> Stop {
    Stop::Error(Box::new(match fault {
        Fault::Placed(diagnostic) => *diagnostic,
        Fault::Plain { message, .. } => Diagnostic::new(message),
        Fault::Tape(error) => Diagnostic::new(error.to_string()),
    }))
}

/// What stopped a function, for whoever called it.
pub(super) fn to_fault(stop: Stop) -> Fault {
    match stop {
        Stop::Error(diagnostic)
        | Stop::Break(diagnostic)
        | Stop::Continue(diagnostic)
        | Stop::Return(_, diagnostic) => Fault::Placed(diagnostic),
    }
}

fn user_name(user: &UserFunction) -> String {
    user.name.map_or_else(|| "the function".to_string(), |name| name.to_string())
}

fn describe(user: &UserFunction) -> String {
    let params: Vec<String> = user
        .lambda
        .params
        .iter()
        .map(|param| match param.default {
            Some(default) => format!("{} = {}", param.name, user.tree.text(default)),
            None => param.name.to_string(),
        })
        .collect();
    let name = user.name.map_or_else(String::new, |name| name.to_string());
    format!("{name}({})", params.join(", "))
}

fn counted(params: &[Param]) -> String {
    let needed = params.iter().filter(|param| param.default.is_none()).count();
    match (needed == params.len(), params.len()) {
        (true, 1) => "1 argument".to_string(),
        (true, n) => format!("{n} arguments"),
        (false, n) => format!("{needed} to {n} arguments"),
    }
}
