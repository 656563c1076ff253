//! Integrals, limits and equations: there is no function for them, but there is a line that computes the number.

use super::nodes::{self, Node, as_operand, position, split, text};
use super::translator::{Translator, free_names};

impl Translator<'_> {
    /// `∫_0^1 x^2 dx`, `\int x^2 dx`, `integrate(x^2, 0, 1)`, `lim x->0 sin(x)/x`
    pub fn integral(&mut self, nodes: &[Node]) -> Option<String> {
        let (name, nodes) = match nodes {
            [name, equals, rest @ ..] if equals.is_op("=") && name.name().is_some() => (name.name(), rest),
            _ => (None, nodes),
        };
        let first = nodes.first()?;
        let word = first.command().map_or(first.name().or(first.operator()), |command| command.strip_prefix('\\'))?;
        let word = word.trim_end_matches('_');
        let made = match word {
            "∫" | "int" | "integral" if !nodes.get(1)?.is_op("(") => self.integral_sign(&nodes[1..]),
            "lim" | "limit" if !self.is_known(word) => self.limit_sign(&nodes[1..]),
            _ => None,
        };
        let made = match made {
            Some(made) => made,
            None => self.called_integral(nodes)?,
        };
        Some(match name {
            Some(name) if !made.is_empty() => format!("{name} = {made}"),
            _ => made,
        })
    }

    /// What follows `∫`: bounds, the integrand, `dx`.
    fn integral_sign(&mut self, nodes: &[Node]) -> Option<String> {
        let (low, rest) = bound(nodes, "_");
        let (high, rest) = bound(rest, "^");
        let at = rest.iter().rposition(|node| node.name().is_some_and(is_differential))?;
        let variable = rest[at].name()?.trim_start_matches('d').to_string();
        let expression = self.value(&rest[..at]);
        let expression = if expression.is_empty() { "1".to_string() } else { expression };
        match (low, high) {
            (Some(low), Some(high)) => {
                let (low, high) = (self.value(&low), self.value(&high));
                Some(self.definite(&expression, &variable, &low, &high))
            }
            _ => self.indefinite(&expression, &variable),
        }
    }

    /// `integrate(x^2, x, 0, 1)`, `quad(f, 0, 1)`, `integral(@(x) x.^2, 0, 1)`, `limit(f, x, 0)`, `solve(x^2 = 4)`
    pub fn called_integral(&mut self, nodes: &[Node]) -> Option<String> {
        let [function, group] = nodes else { return None };
        let (function, arguments) = (function.name()?, group.inside('(')?);
        if self.is_known(function) && function != "solve" {
            return None;
        }
        let parts = split(arguments, ",");
        match function {
            "integrate" | "quad" | "integral" | "quadgk" | "int" | "nintegrate" => {
                let given = self.arguments(arguments);
                match given.as_slice() {
                    [body, variable, low, high] => Some(self.definite(body, variable, low, high)),
                    [function, low, high] => match function.split_once("->") {
                        Some((variable, body)) => Some(self.definite(body.trim(), variable.trim(), low, high)),
                        None => {
                            let call =
                                if self.is_function(function) { format!("{function}(x)") } else { function.clone() };
                            Some(self.definite(&call, "x", low, high))
                        }
                    },
                    [body, variable] => self.indefinite(body, variable),
                    [body] => self.indefinite(body, "x"),
                    _ => None,
                }
            }
            "limit" => match self.arguments(arguments).as_slice() {
                [body, variable, to] => Some(self.limit(body, variable, to)),
                _ => None,
            },
            "solve" | "fsolve" | "fzero" | "nsolve" | "roots" => {
                let equation = parts.first()?;
                if let Some(made) = self.root_of(function, &parts) {
                    return Some(made);
                }
                let at = position(equation, "=").or(position(equation, "=="))?;
                self.solved(&equation[..at], &equation[at + 1..])
            }
            _ => None,
        }
    }

    /// `fzero(@(x) x^2 - 2, 1)`, `solve(f, 1)`: where a function is 0.
    fn root_of(&mut self, name: &str, parts: &[&[Node]]) -> Option<String> {
        let function = self.value(parts.first()?);
        let start = parts.get(1).map_or("1".to_string(), |part| self.value(part));
        let (variable, body) = match function.split_once("->") {
            Some((variable, body)) if !variable.contains(',') => (variable.trim().to_string(), body.trim().to_string()),
            _ if self.is_function(&function) => ("x".to_string(), format!("{function}(x)")),
            _ => return None,
        };
        let used = ["f", "g", "h"].into_iter().find(|name| *name != function && !difference_mentions(&body, name))?;
        if name == "solve" {
            self.say("solve(a, b) is for linear systems a @ x = b, not for functions");
        }
        self.say(format!("there is no {name}, but Newton's method is a line"));
        Some(newton(used, &variable, &body, &start))
    }

    /// A definite integral by the trapezoidal rule.
    pub fn definite(&mut self, body: &str, variable: &str, low: &str, high: &str) -> String {
        if [low, high].iter().any(|bound| bound.contains("inf")) {
            self.say("an integral to infinity is not computed");
            self.advise("choose bounds beyond which the integrand no longer counts");
            return String::new();
        }
        self.say("there is no integral sign, but the trapezoidal rule");
        self.advise("with more points it has more digits");
        format!("trapezoid({body}, {variable}) where {variable} = linspace({low}, {high}, 1001)")
    }

    pub fn indefinite(&mut self, body: &str, variable: &str) -> Option<String> {
        self.say("antiderivatives are not computed");
        self.advise(format!(
            "between two bounds: trapezoid({body}, {variable}) where {variable} = linspace(0, 1, 1001)"
        ));
        Some(String::new())
    }

    /// What follows `lim`: `x->0`, `_{x \to 0}`, then the expression.
    fn limit_sign(&mut self, nodes: &[Node]) -> Option<String> {
        let rest = if nodes.first()?.is_op("_") { &nodes[1..] } else { nodes };
        let arrows = |node: &Node| {
            node.is_op("->") || node.is_op("→") || matches!(node.command(), Some("\\to" | "\\rightarrow"))
        };
        let (head, body) = match rest.first()? {
            group if group.inside('{').or(group.inside('(')).is_some() => {
                (group.inside('{').or(group.inside('('))?, &rest[1..])
            }
            _ => {
                let arrow = rest.iter().position(arrows)?;
                let len = nodes::operand_len(rest.get(arrow + 1..)?)?;
                rest.split_at(arrow + 1 + len)
            }
        };
        let arrow = head.iter().position(arrows)?;
        let variable = text(&head[..arrow]).trim().to_string();
        let to = self.value(&head[arrow + 1..]);
        let body = self.value(body);
        Some(self.limit(&body, &variable, &to))
    }

    pub fn limit(&mut self, body: &str, variable: &str, to: &str) -> String {
        self.say("limits are not computed; a value close by tells them");
        let near = match to.trim() {
            "0" => "1e-6".to_string(),
            "inf" | "oo" | "∞" => "1e9".to_string(),
            "-inf" | "-oo" | "-∞" => "-1e9".to_string(),
            other => format!("{other} + 1e-6"),
        };
        format!("{body} at {variable} = {near}")
    }

    /// `x^2 = 4`, `f'(x) = 0`, `solve f'(x) = 0`: an equation, not an assignment.
    pub fn equation(&mut self, nodes: &[Node]) -> Option<String> {
        let nodes = match nodes.first()?.name() {
            Some("solve" | "Solve") if nodes.len() > 1 && nodes[1].inside('(').is_none() => &nodes[1..],
            _ => nodes,
        };
        let at = position(nodes, "=").filter(|at| *at > 0 && at + 1 < nodes.len())?;
        let (left, right) = (&nodes[..at], &nodes[at + 1..]);
        let changes = self.changes;
        let translated = nodes::read(&text(&self.sequence(left))).unwrap_or_default();
        self.changes = changes;
        if is_assignable(left)
            || is_assignable(&translated)
            || position(right, "=").is_some()
            || right.iter().any(|node| node.name() == Some("at"))
        {
            return None;
        }
        self.solved(left, right)
    }

    /// Newton's method for `left = right`.
    pub fn solved(&mut self, left: &[Node], right: &[Node]) -> Option<String> {
        let changes = self.changes;
        let mut unknown = free_names(left, self);
        unknown.extend(free_names(right, self));
        let mentions = |name: &str| contains_name(left, name) || contains_name(right, name);
        let variable = match unknown.as_slice() {
            names if names.iter().any(|name| name == "x") => "x".to_string(),
            [one, ..] => one.clone(),
            [] if mentions("x") => "x".to_string(),
            [] => return None,
        };
        let (left_text, right_text) = (self.value(left), self.value(right));
        let difference = match right_text.as_str() {
            "0" => left_text.clone(),
            right => format!("{left_text} - {}", as_operand(right)),
        };
        if difference.contains('=') || difference.contains('≈') {
            self.changes = changes;
            return None;
        }
        self.say(format!(
            "{left_text} = {right_text} is an equation; there is no solver, but Newton's method is a line"
        ));
        let function = ["f", "g", "h", "q"]
            .into_iter()
            .find(|name| !difference_mentions(&difference, name) && !self.is_known(name));
        let function = function.unwrap_or("f_");
        let others: Vec<&str> = unknown.iter().filter(|name| **name != variable).map(String::as_str).collect();
        if !others.is_empty() {
            self.advise(format!("first give a value to {}", others.join(", ")));
        }
        self.advise(format!(
            "from another start than {variable} = 1 it may find another solution; to compare, write =="
        ));
        Some(newton(function, &variable, &difference, "1"))
    }
}

/// Newton's method for the zero of an expression, as a line.
fn newton(function: &str, variable: &str, expression: &str, start: &str) -> String {
    let (f, x) = (function, variable);
    format!("{f}({x}) = {expression}; {x} = {start}; for i in 0..50 {{ {x} -= {f}({x})/{f}'({x}) }}; {x}")
}

/// What our language assigns to: a name, an element, a function of names, several names.
fn is_assignable(left: &[Node]) -> bool {
    match left {
        [name] => name.name().is_some(),
        [_, dot, _] if dot.is_op(".") => true,
        [word, name] if matches!(word.name(), Some("const")) => name.name().is_some(),
        [name, group] if name.name().is_some() => match group {
            Node::Group { open: '[', .. } => true,
            Node::Group { open: '(', items, .. } => split(items, ",").iter().all(|part| {
                part.first().is_some_and(|node| node.name().is_some()) && (part.len() == 1 || part[1].is_op("="))
            }),
            _ => false,
        },
        _ => {
            left.iter()
                .any(|node| node.is_op(",") || node.is_op("|") || node.operator().is_some_and(|op| op.ends_with('=')))
                || left.iter().any(|node| matches!(node.name(), Some("at" | "where" | "for" | "if" | "while")))
        }
    }
}

fn contains_name(nodes: &[Node], name: &str) -> bool {
    nodes.iter().any(|node| match node {
        Node::Group { items, .. } => contains_name(items, name),
        node => node.name() == Some(name),
    })
}

fn difference_mentions(text: &str, name: &str) -> bool {
    nodes::read(text).is_some_and(|nodes| contains_name(&nodes, name))
}

/// `_0`, `_{0}`, `_(0)` and what comes after it.
fn bound<'n>(nodes: &'n [Node], sign: &str) -> (Option<Vec<Node>>, &'n [Node]) {
    match nodes {
        [first, value, rest @ ..] if first.is_op(sign) => {
            let inside = value.inside('{').or(value.inside('(')).map(<[Node]>::to_vec);
            if value.is_op("-")
                && let [number, rest @ ..] = rest
            {
                return (Some(vec![value.clone(), number.clone()]), rest);
            }
            (Some(inside.unwrap_or_else(|| vec![value.clone()])), rest)
        }
        _ => (None, nodes),
    }
}

/// `dx`, `dθ`
fn is_differential(name: &str) -> bool {
    name.starts_with('d') && (2..=3).contains(&name.chars().count())
}
