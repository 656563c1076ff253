//! Looking up and assigning names.

use std::rc::Rc;

use super::{Binding, Evaluated, Evaluator, Role, Stop};
use crate::diagnostic::{Diagnostic, builtin_meant, did_you_mean};
use crate::ops;
use crate::source::Span;
use crate::syntax::name::Symbol;
use crate::syntax::token;
use crate::syntax::tree::{ExprId, Tree};
use crate::value::{Fault, Value};

/// What stands before the names of functions elsewhere.
const MODULES: &[&str] =
    &["np", "numpy", "tf", "tensorflow", "torch", "nn", "jnp", "jax", "scipy", "math", "special", "linalg"];

impl Evaluator<'_> {
    pub(super) fn name(&mut self, tree: &Rc<Tree>, id: ExprId, name: Symbol) -> Evaluated {
        match self.lookup(name) {
            Some(value) if self.digits.lifting => {
                let value = value.clone();
                Ok(self.lifted(name, value))
            }
            Some(value) => Ok(value.clone()),
            None if self.symbols.is_some() => Ok(self.open_name(name)),
            None => Err(self.unknown(tree, tree.span(id), name, "name")),
        }
    }

    /// What a name stands for here: a local of the running function, what it captured, a session variable, a built-in.
    #[inline]
    pub(super) fn lookup(&self, name: Symbol) -> Option<&Value> {
        self.local(name)
            .or_else(|| self.captured.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| value))
            .or_else(|| self.globals.value(name))
    }

    #[inline]
    pub(super) fn local(&self, name: Symbol) -> Option<&Value> {
        self.locals[self.base..].iter().rev().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    pub(super) fn is_function(&self, name: Symbol) -> bool {
        self.lookup(name).is_some_and(Value::is_function)
    }

    /// `xy` for `x y`, a misspelling, or nothing at all.
    pub(super) fn unknown(&self, tree: &Rc<Tree>, span: Span, name: Symbol, what: &str) -> Stop {
        let text = name.text();
        let diagnostic = Diagnostic::new(format!("unknown {what} {text}")).at(&tree.source, span);
        if MODULES.contains(&&*text) {
            return Stop::Error(Box::new(diagnostic.help("functions stand without a module: sum(x), not np.sum(x)")));
        }
        if what == "function"
            && let Some(suggestion) = self.split_call(tree, span, &text)
        {
            return Stop::Error(Box::new(diagnostic.help(format!("did you mean {suggestion}?"))));
        }
        if &*text == "ans" {
            return Stop::Error(Box::new(diagnostic.help("ans is the last result; there is none yet")));
        }
        if let Some(help) = lost_in_a_block(tree, span, &text) {
            return Stop::Error(Box::new(diagnostic.help(help)));
        }
        Stop::Error(Box::new(match self.suggestion(&text, what == "function") {
            Some(suggestion) => diagnostic.help(format!("did you mean {suggestion}?")),
            None if what == "function" => {
                diagnostic.help(format!("define it: {text}(x) = …, or give it a value: {text} = …"))
            }
            None => diagnostic.help(match product_of_letters(&text) {
                Some(product) => format!("give it a value: {text} = …; a product of letters needs blanks: {product}"),
                None => format!("give it a value: {text} = …"),
            }),
        }))
    }

    /// `xln(x)` for `x ln(x)`: letters or a name before the name of a function.
    fn split_call(&self, tree: &Tree, span: Span, text: &str) -> Option<String> {
        let is_value = |name: &str| self.lookup(Symbol::new(name)).is_some_and(|value| !value.is_function());
        let arguments = first_parenthesis(&tree.source.text[span.end as usize..])?;
        text.char_indices().skip(1).find_map(|(at, _)| {
            let (factors, function) = text.split_at(at);
            if function.len() < 2 || !self.is_function(Symbol::new(function)) {
                return None;
            }
            let letters: Vec<String> = factors.chars().map(String::from).collect();
            let factors = match letters.len() {
                1 => factors.to_string(),
                _ if is_value(factors) => factors.to_string(),
                _ if letters.iter().all(|letter| is_value(letter)) => letters.join(" "),
                _ => return None,
            };
            Some(format!("{factors} {function}{arguments}"))
        })
    }

    fn suggestion(&self, text: &str, called: bool) -> Option<String> {
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let is_value = |letter: &String| self.lookup(Symbol::new(letter)).is_some_and(|value| !value.is_function());
        if letters.len() > 1 && letters.iter().all(is_value) {
            return Some(letters.join(" "));
        }
        let locals: Vec<Rc<str>> = self.locals.iter().map(|(name, _)| name.text()).collect();
        let globals: Vec<Rc<str>> = self.globals.names().map(|(name, _)| name.text()).collect();
        let own = locals.iter().chain(&globals).map(|name| &**name).filter(|name| !matches!(*name, "ans" | "_"));
        let known = self.globals.builtin_names();
        did_you_mean(text, own).or_else(|| builtin_meant(text, known, called))
    }

    /// Assigns inside a block: the nearest local of that name, else a session variable at the top level, else a new
    /// local.
    pub(super) fn assign_inside(&mut self, name: Symbol, value: Value, is_alias: bool) -> Result<(), Fault> {
        if self.assign_local(name, &value) {
            return Ok(());
        }
        if self.depth == 0 && (self.keeps_names || self.globals.get(name).is_some()) {
            return self.assign_global(name, value, is_alias);
        }
        self.locals.push((name, value));
        Ok(())
    }

    /// Defines a function inside a block: a local name, or one of the session's where those stay.
    pub(super) fn define_inside(&mut self, name: Symbol, function: Value) -> Result<(), Fault> {
        if self.depth == 0 && self.keeps_names {
            return self.assign_global(name, function, false);
        }
        self.locals.push((name, function));
        Ok(())
    }

    /// Assigns a session variable; every real one is watched.
    pub fn assign_global(&mut self, name: Symbol, value: Value, is_alias: bool) -> Result<(), Fault> {
        if let Some(Binding { role: Role::Const, .. }) = self.globals.get(name) {
            return Err(Fault::new(format!("{name} is a constant")).help(format!("forget it first: :reset {name}")));
        }
        self.warn_of_shadowing(name);
        let value = self.watched(value, is_alias)?;
        let value = self.after_step(name, value)?;
        self.bind_global(name, value, Role::Plain);
        Ok(())
    }

    /// Binds a session variable for good, as far as the statement does not fail and nothing but a trace is running.
    pub fn bind_global(&mut self, name: Symbol, value: Value, role: Role) {
        self.globals.assign(name, Binding { value, role }, self.numbers.tape.generation());
    }

    /// Another value for a session variable, as what it was: its digits are corrected.
    pub(super) fn replace_global(&mut self, name: Symbol, value: Value) {
        let generation = self.numbers.tape.generation();
        if let Some(role) = self.globals.get(name).map(|binding| binding.role) {
            self.globals.bind(name, Some(Binding { value, role }), generation);
        }
    }

    /// Binds a session variable that is not listed among the user's names.
    pub fn bind_unlisted(&mut self, name: Symbol, value: Value) {
        let generation = self.numbers.tape.generation();
        self.globals.bind(name, Some(Binding { value, role: Role::Plain }), generation);
    }

    /// A real as a source of derivatives of its own; everything else as it is.
    pub(super) fn watched(&mut self, value: Value, is_alias: bool) -> Result<Value, Fault> {
        use crate::tensor::DType;
        match &value {
            Value::Real(x) => Ok(Value::Var(self.numbers.tape.variable(*x))),
            Value::Tensor(tensor) if tensor.dtype() == DType::Real => {
                Ok(Value::Var(self.numbers.tape.variable_tensor(tensor)))
            }
            // `y = x` makes a variable of its own, which y alone can be differentiated by
            Value::Var(id) if is_alias => Ok(Value::Var(self.numbers.tape.map1(&ops::IDENTITY, *id)?)),
            _ => Ok(value),
        }
    }

    /// `watch x` of a session variable.
    pub fn watch(&mut self, tree: &Rc<Tree>, name: Symbol, span: Span) -> Result<(), Stop> {
        let Some(Binding { value, role }) = self.globals.get(name).cloned() else {
            return Err(self.unknown(tree, span, name, "name"));
        };
        if role == Role::Const {
            let message = format!("{name} is a constant");
            return Err(self.error_with_help(tree, span, message, format!("forget it first: :reset {name}")));
        }
        let watched = self.watched(value, false).map_err(|fault| self.place(tree, span, fault))?;
        if self.numbers.dtype(&watched) != Some(crate::tensor::DType::Real) {
            let message = "gradients exist only for floating-point values".to_string();
            return Err(self.error_with_help(tree, span, message, format!("{name} is {}", watched.kind())));
        }
        self.bind_global(name, watched, Role::Plain);
        Ok(())
    }

    /// `unwatch x` of a session variable: from now on it is a constant to derivatives.
    pub fn unwatch(&mut self, tree: &Rc<Tree>, name: Symbol, span: Span) -> Result<(), Stop> {
        let Some(Binding { value, .. }) = self.globals.get(name).cloned() else {
            return Err(self.unknown(tree, span, name, "name"));
        };
        let constant = self.numbers.constant(&value);
        self.bind_global(name, constant, Role::Unwatched);
        Ok(())
    }

    fn warn_of_shadowing(&mut self, name: Symbol) {
        if self.globals.get(name).is_some() {
            return;
        }
        let Some(builtin) = self.globals.builtin(name) else { return };
        let was = match builtin {
            Value::Function(_) => "a function",
            _ => "a constant",
        };
        let note = Diagnostic::new(format!("{name} was {was}")).help(format!(":reset {name} brings it back"));
        self.notes.push(note);
    }
}

/// `(…)` up to the parenthesis that closes it.
fn first_parenthesis(text: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, c) in text.trim_start().char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(&text.trim_start()[..=at]),
            ')' => depth -= 1,
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// `m a` for `ma`: two or three letters that look like factors rather than a word.
fn product_of_letters(text: &str) -> Option<String> {
    let letters: Vec<String> = text.chars().map(String::from).collect();
    let is_word = letters.len() == 3 && text.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let is_product = (2..=3).contains(&letters.len()) && text.chars().all(char::is_alphabetic) && !is_word;
    is_product.then(|| letters.join(" "))
}

/// Where a name went that was assigned before, but inside a block.
fn lost_in_a_block(tree: &Tree, span: Span, name: &str) -> Option<String> {
    let before = tree.source.text.get(..span.start as usize)?;
    let mut depth = 0_usize;
    let mut assigned_at = 0;
    let tokens: Vec<token::Token> = token::tokens(before).collect();
    for pair in tokens.windows(2) {
        match pair[0].kind {
            token::Kind::Symbol(token::Sym::OpenBrace) => depth += 1,
            token::Kind::Symbol(token::Sym::CloseBrace) => {
                depth = depth.saturating_sub(1);
            }
            token::Kind::Name
                if depth > 0
                    && pair[1].kind == token::Kind::Symbol(token::Sym::Assign)
                    && before.get(pair[0].span.range()) == Some(name) =>
            {
                assigned_at = depth;
            }
            _ => {}
        }
    }
    let last_closes = tokens.last().is_some_and(|last| last.kind == token::Kind::Symbol(token::Sym::CloseBrace));
    let still_inside = depth.saturating_sub(usize::from(last_closes)) >= assigned_at;
    (assigned_at > 0 && !still_inside)
        .then(|| format!("{name} was assigned inside {{ }} and is known only there; assign it before the block"))
}
