//! Wolfram Language: `D[x^2, x]`, `Sin[x]`, `f[x_] := x^2`, `x^2 /. x -> 3`, `{1, 2, 3}`.

use super::function_names::renamed;
use super::nodes::{Node, as_operand, as_term, position, split, text};
use super::translator::Translator;

const FUNCTIONS: &[(&str, &str)] = &[
    ("ArcSin", "asin"),
    ("ArcCos", "acos"),
    ("ArcTan", "atan"),
    ("ArcSinh", "asinh"),
    ("ArcCosh", "acosh"),
    ("ArcTanh", "atanh"),
    ("Log", "log"),
    ("Total", "sum"),
    ("Mean", "mean"),
    ("Inverse", "inv"),
    ("Norm", "norm"),
    ("LinearSolve", "solve"),
    ("Binomial", "comb"),
    ("Factorial", "factorial"),
    ("Dot", "dot"),
    ("Length", "len"),
    ("Dimensions", "shape"),
    ("Range", "arange"),
    ("IdentityMatrix", "eye"),
    ("Ceiling", "ceil"),
    ("Gamma", "gamma"),
    ("Erf", "erf"),
    ("Map", "map"),
    ("Accumulate", "cumsum"),
    ("Eigenvalues", "eigvalsh"),
    ("If", "where"),
];

impl Translator<'_> {
    /// `expression /. x -> 3`
    pub fn wolfram_statement(&mut self, nodes: &[Node]) -> Option<String> {
        let at = position(nodes, "/.").filter(|at| *at > 0)?;
        let point = &nodes[at + 1..];
        let rules = match point {
            [group] => group.inside('{')?,
            point => point,
        };
        let points: Option<Vec<String>> = split(rules, ",")
            .into_iter()
            .map(|rule| {
                let arrow = position(rule, "->")?;
                Some(format!("{} = {}", text(&rule[..arrow]).trim(), self.value(&rule[arrow + 1..])))
            })
            .collect();
        self.say("a point stands after at");
        Some(format!("{} at {}", self.value(&nodes[..at]), points?.join(", ")))
    }

    /// `Sin[x]`, `D[x^2, x]`, `Pi`, `{1, 2, 3}`
    pub fn wolfram(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?;
        let blank = first.blank();
        if let Some(items) = first.inside('{') {
            let is_list = split(items, ",").len() > 1 && !items.iter().any(|node| node.is_op("=") || node.is_op(";"));
            if !is_list || out.last().is_some_and(Node::is_operand) {
                return None;
            }
            let items = self.arguments(items);
            self.push(out, format!("[{}]", items.join(", ")), blank);
            return Some(1);
        }
        let name = first.name()?;
        if name == "Pi" && !self.is_known(name) {
            self.push(out, "pi", blank);
            return Some(1);
        }
        let arguments = rest.get(1).filter(|node| !node.blank())?.inside('[')?;
        if !name.starts_with(|c: char| c.is_ascii_uppercase()) || self.is_value(name) {
            return None;
        }
        let parts = split(arguments, ",");
        let made = match name {
            "D" => self.wolfram_derivative(&parts)?,
            "Sum" | "Table" | "Product" => self.over_a_range(name, &parts)?,
            "N" | "Simplify" | "Expand" | "FullSimplify" => self.value(parts.first()?),
            "Integrate" | "NIntegrate" => self.wolfram_integral(&parts)?,
            "Limit" => self.wolfram_limit(&parts)?,
            "Solve" | "NSolve" | "FindRoot" => self.wolfram_equation(&parts)?,
            _ => {
                let ours = FUNCTIONS.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, ours)| ours);
                let arguments = self.arguments(arguments);
                renamed(self, ours, &arguments)?
            }
        };
        self.say("arguments stand in ( )");
        self.push(out, made, blank);
        Some(2)
    }

    /// `x`, `{x, 2}`, `x, y` behind the expression
    fn wolfram_derivative(&mut self, parts: &[&[Node]]) -> Option<String> {
        let (expression, by) = parts.split_first()?;
        let expression = self.value(expression);
        let mut names: Vec<String> = Vec::new();
        for part in by {
            match part {
                [group] if group.inside('{').is_some() => {
                    let inner = split(group.inside('{')?, ",");
                    let count: usize = text(inner.get(1)?).trim().parse().ok().filter(|count| *count <= 9)?;
                    let name = text(inner.first()?).trim().to_string();
                    names.extend(std::iter::repeat_n(name, count));
                }
                part => names.push(text(part).trim().to_string()),
            }
        }
        let expression = as_term(&expression);
        match names.as_slice() {
            [] => None,
            [one] => Some(format!("d/d{one} {expression}")),
            [one, others @ ..] if others.iter().all(|name| name == one) => {
                Some(format!("d^{n}/d{one}^{n} {expression}", n = names.len()))
            }
            _ => Some(format!(
                "∂^{}/{} {expression}",
                names.len(),
                names.iter().map(|name| format!("∂{name}")).collect::<String>()
            )),
        }
    }

    /// `Sum[n^2, {n, 1, 10}]`
    fn over_a_range(&mut self, name: &str, parts: &[&[Node]]) -> Option<String> {
        let [expression, range] = parts else { return None };
        let [range] = range else { return None };
        let bounds = self.arguments(range.inside('{')?);
        let (variable, first, last) = match bounds.as_slice() {
            [variable, last] => (variable, "1", last),
            [variable, first, last] => (variable, first.as_str(), last),
            _ => return None,
        };
        let body = format!("{} for {variable} in {first}..={}", self.value(expression), as_operand(last));
        Some(match name {
            "Table" => format!("[{body}]"),
            "Product" => format!("prod({body})"),
            _ => format!("sum({body})"),
        })
    }

    fn wolfram_integral(&mut self, parts: &[&[Node]]) -> Option<String> {
        let (expression, range) = (self.value(parts.first()?), parts.get(1)?);
        match range {
            [group] if group.inside('{').is_some() => {
                let bounds = self.arguments(group.inside('{')?);
                let [variable, first, last] = bounds.as_slice() else { return None };
                Some(self.definite(&expression, variable, first, last))
            }
            variable => {
                let variable = text(variable);
                self.indefinite(&expression, variable.trim())
            }
        }
    }

    fn wolfram_limit(&mut self, parts: &[&[Node]]) -> Option<String> {
        let (expression, rule) = (self.value(parts.first()?), parts.get(1)?);
        let arrow = position(rule, "->")?;
        let (name, to) = (text(&rule[..arrow]), self.value(&rule[arrow + 1..]));
        Some(self.limit(&expression, name.trim(), &to))
    }

    fn wolfram_equation(&mut self, parts: &[&[Node]]) -> Option<String> {
        let equation = parts.first()?;
        let at = position(equation, "==").or(position(equation, "="))?;
        self.solved(&equation[..at], &equation[at + 1..])
    }
}
