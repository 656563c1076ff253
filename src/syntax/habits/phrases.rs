//! Words of command lines and plain English: `whos`, `clear x`, `help(sin)`, `derivative of x^2`, `plot sin(x)`.

use super::nodes::{Node, as_term, text};
use super::translator::{Translator, free_names};

impl Translator<'_> {
    /// Commands of a shell, Octave, IPython.
    pub fn shell_statement(&mut self, nodes: &[Node]) -> Option<String> {
        let first = nodes.first()?;
        if first.is_op("?") && nodes.len() > 1 {
            return Some(format!(":help {}", text(&nodes[1..]).trim()));
        }
        if first.is_op("%") && matches!(nodes.get(1).and_then(Node::name), Some("who" | "whos")) {
            return Some(":vars".to_string());
        }
        if first.is_op("!") && nodes.get(1).is_some_and(|node| node.name().is_some_and(is_shell)) {
            self.say("this is a calculator, not a shell");
            self.advise(":quit leaves it");
            return Some(String::new());
        }
        if first.is_op("%") || first.is_op("!") && nodes.get(1).is_some_and(|node| node.name().is_some_and(is_shell)) {
            let magic = nodes.get(1)?.name()?;
            if magic == "timeit" || magic == "time" {
                return Some(format!(":time {}", text(&nodes[2..]).trim()));
            }
        }
        let word = first.name()?;
        if self.is_known(word) || nodes.get(1).is_some_and(|node| node.operator().is_some() && !node.is_op("-")) {
            return None;
        }
        let rest = match &nodes[1..] {
            [group] => group.inside('(').unwrap_or(&nodes[1..]),
            rest => rest,
        };
        let argument = text(rest).trim().trim_matches(['"', '\'']).to_string();
        match (word, argument.as_str()) {
            ("who" | "whos" | "vars" | "locals" | "globals" | "dir" | "ls" | "variables", _) => {
                Some(":vars".to_string())
            }
            ("type" | "class" | "typeof" | "id", _) if !rest.is_empty() => {
                self.advise("it lists what there is, with kinds");
                Some(":vars".to_string())
            }
            ("clear" | "clearvars" | "rm" | "unset", "" | "all" | "variables") => Some(":reset".to_string()),
            ("clear" | "clearvars" | "rm" | "unset" | "reset", name) if is_one_name(name) => {
                Some(format!(":reset {name}"))
            }
            ("reset", "") => Some(":reset".to_string()),
            ("clc" | "cls", "") => Some(":clear".to_string()),
            ("help" | "man" | "doc" | "info" | "lookfor", topic) if !topic.is_empty() => Some(format!(":help {topic}")),
            ("format", "long") => Some(":set digits all".to_string()),
            ("format", _) => Some(":set digits 5".to_string()),
            ("watch" | "unwatch", name) if is_one_name(name) => Some(format!("{word} {name}")),
            ("run" | "source" | "load_script", path) if !path.is_empty() => Some(format!(":run {path}")),
            ("set" | "time" | "tape" | "program" | "check" | "timeit", argument) => {
                let command = if word == "timeit" { "time" } else { word };
                Some(format!(":{command} {argument}").trim_end().to_string())
            }
            ("tic" | "toc", "") => {
                self.advise("write :time and an expression, as in :time sin(2)");
                Some(String::new())
            }
            ("bye" | "logout" | "q", "") => Some(":quit".to_string()),
            ("history" | "pwd" | "cd" | "pip" | "conda" | "git" | "sudo" | "echo" | "cat", _) if is_shell(word) => {
                self.say("this is a calculator, not a shell");
                self.advise(":quit leaves it");
                Some(String::new())
            }
            ("hold" | "figure" | "close" | "axis" | "grid" | "xlabel" | "ylabel" | "title" | "legend", _) => {
                self.no_plots();
                Some(String::new())
            }
            _ => None,
        }
    }

    fn no_plots(&mut self) {
        self.say("there are no plots");
        self.advise("a table shows values and slopes: sin(x) at x in linspace(0, 10, 11)");
    }

    /// `derivative of x^2`, `slope of x^2 at 3`, `plot sin(x)`, `what is 2 + 2`
    pub fn phrase(&mut self, nodes: &[Node]) -> Option<String> {
        let word = nodes.first()?.name()?.to_lowercase();
        let mut rest = &nodes[1..];
        if matches!(
            word.as_str(),
            "the" | "find" | "compute" | "calculate" | "evaluate" | "what" | "is" | "show" | "get" | "calc"
        ) && !self.is_known(&word)
            && !rest.is_empty()
            && !rest[0].is_op("=")
        {
            let mut inner = rest;
            while inner.len() > 1 && matches!(inner[0].name(), Some("the" | "is" | "a" | "me")) {
                inner = &inner[1..];
            }
            return Some(self.statement(inner));
        }
        if matches!(word.as_str(), "second" | "third") && rest.first().and_then(Node::name) == Some("derivative") {
            let order = if word == "second" { 2 } else { 3 };
            return self.derivative_of(&rest[1..], order);
        }
        match word.as_str() {
            "derivative" | "slope" | "gradient" | "diff" | "differentiate" | "derive" | "deriv" | "tangent" => {
                if rest.first()?.inside('(').is_some() && rest.len() == 1 {
                    return None;
                }
                if word != "differentiate" && word != "derive" && rest.first()?.name() != Some("of") {
                    return None;
                }
                self.derivative_of(rest, 1)
            }
            "integral" | "antiderivative" | "integrate" if !self.is_known(&word) && !rest.is_empty() => {
                if rest[0].name() == Some("of") {
                    rest = &rest[1..];
                } else if rest.len() == 1 && matches!(rest[0], Node::Group { .. }) {
                    return None;
                }
                let (body, bounds) = match rest.iter().position(|node| node.name() == Some("from")) {
                    Some(at) => (&rest[..at], &rest[at + 1..]),
                    None => (rest, &rest[..0]),
                };
                let variable = free_names(body, self).into_iter().next().unwrap_or_else(|| "x".to_string());
                let body = self.value(body);
                match bounds.iter().position(|node| node.name() == Some("to")) {
                    Some(to) => {
                        let (low, high) = (self.value(&bounds[..to]), self.value(&bounds[to + 1..]));
                        Some(self.definite(&body, &variable, &low, &high))
                    }
                    None => self.indefinite(&body, &variable),
                }
            }
            "square" if rest.first()?.name() == Some("root") => Some(format!("sqrt({})", self.of(&rest[1..])?)),
            "cube" if rest.first()?.name() == Some("root") => Some(format!("cbrt({})", self.of(&rest[1..])?)),
            "plot" | "ezplot" | "fplot" | "graph" | "draw" if !self.is_known(&word) => {
                self.no_plots();
                let body = match rest {
                    [group] => group
                        .inside('(')
                        .or(group.inside('['))
                        .map(|items| items.split(|node| node.is_op(",")).next().unwrap_or(items)),
                    rest => Some(rest),
                }?;
                let is_points = body.len() == 1
                    && matches!(rest, [group] if group.inside('(').is_some_and(|items| items.len() > 1));
                let free = if is_points { Vec::new() } else { free_names(body, self) };
                let [variable] = free.as_slice() else { return Some(String::new()) };
                self.advice = Some("a table shows values and slopes".to_string());
                Some(format!("{} at {variable} in linspace(0, 10, 11)", self.value(body)))
            }
            "simplify" | "factor" | "expand" | "minimize" | "maximize" | "minimise" | "maximise" | "optimize"
                if !self.is_known(&word) =>
            {
                self.say(format!("there is no {word}"));
                self.advise(if word.starts_with(['m', 'o']) {
                    "descend by the gradient: for i in 0..100 { x -= 0.1 f'(x) }"
                } else {
                    "d/dx simplifies the formulas it prints"
                });
                Some(String::new())
            }
            _ => {
                let of = self.of(rest)?;
                (!self.is_value(&word) && self.is_function(&word)).then(|| format!("{word}({of})"))
            }
        }
    }

    /// What follows `of`.
    fn of(&mut self, rest: &[Node]) -> Option<String> {
        (rest.first()?.name() == Some("of") && rest.len() > 1).then(|| self.value(&rest[1..]))
    }

    /// `of x^2`, `of x^2 at 3`, `of x^2 with respect to x`
    fn derivative_of(&mut self, rest: &[Node], order: usize) -> Option<String> {
        let rest = if rest.first()?.name() == Some("of") { &rest[1..] } else { rest };
        let mut words = rest.iter();
        let end = words.position(|node| matches!(node.name(), Some("at" | "wrt" | "with" | "by" | "for" | "when")));
        let (body, clause) = rest.split_at(end.unwrap_or(rest.len()));
        let free = free_names(body, self);
        let word = clause.first().and_then(Node::name);
        let by = match (word, clause.last().and_then(Node::name)) {
            (Some("wrt" | "with" | "by"), Some(name)) => name.to_string(),
            _ if free.is_empty() || free.iter().any(|name| name == "x") => "x".to_string(),
            _ => free[0].clone(),
        };
        let body = self.value(body);
        if body.is_empty() {
            return None;
        }
        if matches!(word, Some("at" | "when" | "for")) {
            let point = match &clause[1..] {
                [name, equals, value @ ..] if name.name().is_some() && equals.is_op("=") => value,
                value => value,
            };
            let point = self.value(point);
            return Some(format!("({by} -> {body}){}({point})", "'".repeat(order)));
        }
        let body = as_term(&body);
        Some(match order {
            1 => format!("d/d{by} {body}"),
            _ => format!("d^{order}/d{by}^{order} {body}"),
        })
    }
}

fn is_shell(word: &str) -> bool {
    matches!(word, "ls" | "pip" | "conda" | "git" | "cd" | "pwd" | "sudo" | "cat" | "history" | "echo")
}

fn is_one_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
