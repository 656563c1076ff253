//! The walk over a foreign line: statements, assignments, then tokens from left to right.
//!
//! Each rule looks at what follows and says how many tokens it has used; what it made is appended to what is already
//! translated, from which it may take the operand on its left.

use super::nodes::{self, Kind, Node, position, split, text};
use super::{Known, Scope};

pub struct Translator<'s> {
    scope: Scope<'s>,
    /// How often something foreign was met.
    pub changes: usize,
    pub message: Option<String>,
    pub advice: Option<String>,
    /// What `y.backward()` was called on.
    pub differentiated: Option<String>,
}

/// A rule uses some nodes from the beginning of the second list, and appends what they mean to the first.
type Rule<'s> = fn(&mut Translator<'s>, &mut Vec<Node>, &[Node]) -> Option<usize>;

impl<'s> Translator<'s> {
    const RULES: [Rule<'s>; 11] = [
        Self::latex,
        Self::paper,
        Self::python_word,
        Self::wolfram,
        Self::module,
        Self::octave,
        Self::calculator,
        Self::named_function,
        Self::method,
        Self::unit,
        Self::foreign_operator,
    ];

    pub fn new(scope: Scope<'s>) -> Translator<'s> {
        Translator { scope, changes: 0, message: None, advice: None, differentiated: None }
    }

    pub fn is_known(&self, name: &str) -> bool {
        (self.scope)(name).is_some()
    }

    pub fn is_value(&self, name: &str) -> bool {
        (self.scope)(name) == Some(Known::Value)
    }

    pub fn is_function(&self, name: &str) -> bool {
        (self.scope)(name) == Some(Known::Function)
    }

    pub fn say(&mut self, message: impl Into<String>) {
        self.message.get_or_insert_with(|| message.into());
    }

    pub fn advise(&mut self, advice: impl Into<String>) {
        self.advice.get_or_insert_with(|| advice.into());
    }

    /// The whole line; `None` if its first statement, the one that failed, has nothing foreign in it.
    pub fn line(&mut self, line: &str) -> Option<String> {
        let line = self.without_prompt(line);
        if let Some(block) = self.python_block(line) {
            return Some(block).filter(|block| !block.is_empty());
        }
        let mut nodes = nodes::read(line)?;
        self.without_dollars(&mut nodes);
        let mut made: Vec<String> = Vec::new();
        for (index, statement) in statements(&nodes).into_iter().enumerate() {
            if index > 0 && matches!(statement, [end] if end.name() == Some("end")) {
                continue;
            }
            let statement = self.statement(statement);
            if index == 0 && self.changes == 0 {
                return None;
            }
            made.push(statement);
        }
        made.retain(|statement| !statement.is_empty());
        Some(made.join("; ")).filter(|line| !line.is_empty())
    }

    /// `$x^2$` of LaTeX; not `$5 + $3`.
    fn without_dollars(&mut self, nodes: &mut Vec<Node>) {
        let count = nodes.iter().filter(|node| node.is_op("$")).count();
        let is_price =
            nodes.windows(2).any(|pair| pair[0].is_op("$") && pair[1].number().is_some() && !pair[1].blank());
        let opens = nodes.first().is_some_and(|node| node.is_op("$"));
        if count >= 2 && count % 2 == 0 && (opens || !is_price) {
            let follows_itself = nodes.windows(2).any(|pair| pair[0].is_op("$") && pair[1].is_op("$"));
            if is_price && !follows_itself && nodes.last().is_some_and(|node| !node.is_op("$")) {
                return;
            }
            self.say("formulas stand without $");
            self.changes += 1;
            nodes.retain(|node| !node.is_op("$"));
        }
    }

    /// One statement in our language; empty if nothing of it is needed here.
    pub fn statement(&mut self, nodes: &[Node]) -> String {
        let rules = [
            Translator::shell_statement,
            Translator::phrase,
            Translator::integral,
            Translator::python_statement,
            Translator::octave_statement,
            Translator::wolfram_statement,
            Translator::calculator_statement,
            Translator::equation,
        ];
        for rule in rules {
            if let Some(made) = rule(self, nodes) {
                self.changes += usize::from(made.trim() != text(nodes).trim());
                return made;
            }
        }
        self.expression(nodes)
    }

    /// An expression, or an assignment of one.
    pub fn expression(&mut self, nodes: &[Node]) -> String {
        for assigns in ["=", "+=", "-=", "*=", "/="] {
            if let Some(at) = position(nodes, assigns)
                && at > 0
            {
                let (left, right) = (self.sequence(&nodes[..at]), self.value(&nodes[at + 1..]));
                return format!("{} {assigns} {right}", text(&left));
            }
        }
        self.value(nodes)
    }

    /// An expression without an assignment.
    pub fn value(&mut self, nodes: &[Node]) -> String {
        if let Some(made) = self.choice(nodes).or_else(|| self.range(nodes)) {
            self.changes += 1;
            return made;
        }
        text(&self.sequence(nodes)).trim().to_string()
    }

    pub fn sequence(&mut self, nodes: &[Node]) -> Vec<Node> {
        let mut out: Vec<Node> = Vec::new();
        let mut at = 0;
        while at < nodes.len() {
            if let Some(used) = Self::RULES.iter().find_map(|rule| rule(self, &mut out, &nodes[at..])) {
                self.changes += 1;
                at += used;
                continue;
            }
            let node = self.inner(&nodes[at]);
            out.push(node);
            at += 1;
        }
        out
    }

    /// A token as it is; a bracket with its inside translated.
    fn inner(&mut self, node: &Node) -> Node {
        match node {
            Node::Group { open, items, blank } => {
                Node::Group { open: *open, items: self.items(items, *open == '('), blank: *blank }
            }
            leaf => leaf.clone(),
        }
    }

    /// What stands between commas, each translated by itself; `a:b` is a range unless it may be a slice.
    pub fn items(&mut self, nodes: &[Node], ranges: bool) -> Vec<Node> {
        let mut out = Vec::new();
        for (index, part) in nodes.split(|node| node.is_op(",")).enumerate() {
            if index > 0 {
                out.push(Node::op(",", false));
            }
            let range = if ranges { self.range(part) } else { None };
            let made = match range.or_else(|| self.choice(part)) {
                Some(made) => {
                    self.changes += 1;
                    vec![Node::ours(made, index > 0)]
                }
                None => self.sequence(part),
            };
            out.extend(made);
        }
        out
    }

    /// The arguments of a call, as they are written here.
    pub fn arguments(&mut self, nodes: &[Node]) -> Vec<String> {
        split(nodes, ",").into_iter().map(|part| self.value(part)).filter(|part| !part.is_empty()).collect()
    }

    /// Appends an operand, with a blank before it where there was one.
    pub fn push(&self, out: &mut Vec<Node>, made: impl Into<String>, blank: bool) {
        out.push(Node::ours(made, blank));
    }
}

/// The statements of a line, without comments.
pub fn statements(nodes: &[Node]) -> Vec<&[Node]> {
    nodes
        .split(|node| node.is_op(";") || node.is_op("\n"))
        .map(|part| match part.iter().position(|node| matches!(node, Node::Leaf { kind: Kind::Comment, .. })) {
            Some(at) => &part[..at],
            None => part,
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// Names in a formula that have no meaning yet: what it may be a function of.
pub fn free_names(nodes: &[Node], translator: &Translator) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for node in nodes {
        let names = match node {
            Node::Group { items, .. } => free_names(items, translator),
            Node::Leaf { kind: Kind::Ours, text, .. } => {
                nodes::read(text).map_or(Vec::new(), |inner| free_names(&inner, translator))
            }
            node => node.name().filter(|name| !translator.is_known(name)).map(str::to_string).into_iter().collect(),
        };
        for name in names {
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}
