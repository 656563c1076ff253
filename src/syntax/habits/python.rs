//! Python: blocks that begin with `:`, statements, `a if c else b`, `lambda`, texts and dictionaries.

use super::nodes::{self, Kind, Node, position, split, text};
use super::translator::{Translator, statements};

/// A line of a script with its indentation.
type Line<'t> = (usize, &'t str);

const HEADS: &[&str] = &["def", "for", "while", "if", "elif", "else", "with"];

impl Translator<'_> {
    /// What an interactive Python, IPython, Octave or Julia prints before the line.
    pub fn without_prompt<'t>(&mut self, line: &'t str) -> &'t str {
        for prompt in [">>>", "julia>", "octave>", "$ "] {
            if let Some(rest) = line.strip_prefix(prompt) {
                self.changes += 1;
                return rest.trim_start();
            }
        }
        match line.strip_prefix("In [").and_then(|rest| rest.split_once("]:")) {
            Some((count, rest)) if count.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.changes += 1;
                rest.trim_start()
            }
            _ => line,
        }
    }

    /// `def f(x): return x**2`, `for i in range(3): …`, with the indented lines that follow.
    pub fn python_block(&mut self, text: &str) -> Option<String> {
        let lines: Vec<Line> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| (line.len() - line.trim_start().len(), line.trim()))
            .collect();
        let (_, first) = lines.first()?;
        let nodes = nodes::read(first)?;
        block_head(&nodes)?;
        let mut made = self.block_lines(&lines);
        made.retain(|statement| !statement.is_empty());
        Some(made.join("; "))
    }

    fn block_lines(&mut self, lines: &[Line]) -> Vec<String> {
        let mut made: Vec<String> = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let (indent, line) = lines[at];
            let deeper = lines[at + 1..].iter().take_while(|(other, _)| *other > indent).count();
            let body = &lines[at + 1..at + 1 + deeper];
            at += 1;
            let Some(nodes) = nodes::read(line) else { continue };
            let Some((word, colon)) = block_head(&nodes) else {
                made.extend(statements(&nodes).into_iter().map(|statement| self.statement(statement)));
                continue;
            };
            at += deeper;
            self.changes += 1;
            let mut inner: Vec<String> =
                statements(&nodes[colon + 1..]).into_iter().map(|statement| self.statement(statement)).collect();
            inner.extend(self.block_lines(body));
            inner.retain(|statement| !statement.is_empty());
            match (word, made.last_mut()) {
                ("elif", Some(before)) => {
                    let condition = self.value(&nodes[1..colon]);
                    before.push_str(&format!(" else if {condition} {}", braces(&inner)));
                }
                ("else", Some(before)) => before.push_str(&format!(" else {}", braces(&inner))),
                ("with", _) => made.extend(self.with(&nodes[1..colon], inner)),
                _ => made.push(self.block(word, &nodes[1..colon], &inner)),
            }
        }
        made
    }

    fn block(&mut self, word: &str, head: &[Node], inner: &[String]) -> String {
        if inner.is_empty() {
            self.advise("then the lines of the block, and } to close it");
        }
        if word != "def" {
            self.say("blocks stand in braces");
        }
        match word {
            "def" => self.definition(head, inner),
            "for" => format!("for {} {}", self.loop_head(head), braces(inner)),
            _ => format!("{word} {} {}", self.value(head), braces(inner)),
        }
    }

    /// `f(x, y=2) -> float` with its body.
    fn definition(&mut self, head: &[Node], inner: &[String]) -> String {
        self.say("a function is defined without def");
        let name = head.first().and_then(Node::name).unwrap_or("f").to_string();
        let parameters = head.get(1).and_then(|node| node.inside('(')).unwrap_or(&[]);
        let parameters: Vec<String> = split(parameters, ",")
            .into_iter()
            .filter_map(|part| {
                let name = part.first()?.name()?;
                let default = position(part, "=").map(|at| self.value(&part[at + 1..]));
                Some(default.map_or(name.to_string(), |value| format!("{name} = {value}")))
            })
            .collect();
        let body = match inner {
            [one] if one.starts_with("return ") => one["return ".len()..].to_string(),
            _ => braces(inner),
        };
        format!("{name}({}) = {body}", parameters.join(", "))
    }

    /// `i in range(3)`
    pub fn loop_head(&mut self, head: &[Node]) -> String {
        let Some(at) = head.iter().position(|node| node.name() == Some("in")) else { return text(head) };
        let items = &head[at + 1..];
        let range = match items {
            [name, group] if matches!(name.name(), Some("range" | "xrange")) => {
                group.inside('(').and_then(|arguments| {
                    let arguments = self.arguments(arguments);
                    match arguments.as_slice() {
                        [end] => Some(format!("0..{}", nodes::as_operand(end))),
                        [start, end] => Some(format!("{}..{}", nodes::as_operand(start), nodes::as_operand(end))),
                        _ => None,
                    }
                })
            }
            _ => None,
        };
        let items = range.unwrap_or_else(|| self.value(items));
        format!("{} in {items}", text(&head[..at]).trim_end())
    }

    /// `with tf.GradientTape() as tape:` needs nothing here; `with torch.no_grad():` is a block of ours.
    fn with(&mut self, head: &[Node], inner: Vec<String>) -> Vec<String> {
        if text(head).contains("no_grad") || text(head).contains("stop_recording") {
            return vec![format!("no_grad {}", braces(&inner))];
        }
        self.say("no tape is needed: everything is recorded");
        if inner.is_empty() {
            self.advise("write the lines of the block alone, as in y = x^2, then grad(y, x)");
        }
        inner
    }

    pub fn python_statement(&mut self, nodes: &[Node]) -> Option<String> {
        let word = nodes.first()?.name()?;
        let rest = &nodes[1..];
        match word {
            "import" | "from" | "using" | "require" | "library" | "pkg" if !rest.is_empty() => {
                self.say("no import is needed");
                let names = rest.iter().filter_map(Node::name);
                let imported = names.skip_while(|name| *name != "import").find(|name| self.is_function(name));
                self.advise(format!("functions stand alone: write {}(x)", imported.unwrap_or("sin")));
                Some(String::new())
            }
            "del" if rest.first()?.name().is_some() => Some(format!(":reset {}", text(rest))),
            "print" | "println" | "echo" | "disp" | "display" | "puts" if !self.is_known(word) => self.printed(rest),
            _ if declares_symbols(nodes) => {
                self.say("no symbols are declared");
                self.advise("d/dx x^2 takes x as it stands");
                Some(String::new())
            }
            _ if matches!(rest, [dot, property, equals, ..] if dot.is_op(".") && equals.is_op("=") && matches!(property.name(), Some("requires_grad" | "grad" | "trainable"))) =>
            {
                self.say("every variable is watched, and no gradient is kept");
                self.advise(format!("leave it out; the gradient of y is grad(y, {word})"));
                Some(String::new())
            }
            "pass" if rest.is_empty() => Some(String::new()),
            "return" => Some(format!("return {}", self.value(rest))),
            "let" | "var" | "val" | "local" | "global" | "mut" | "double" | "float" | "int" | "real" | "auto"
            | "set" | "var_" | "fn" | "fun" | "func"
                if declares(rest) =>
            {
                self.say(format!("a name is assigned without {word}"));
                Some(self.statement(rest))
            }
            "def" if position(nodes, ":").is_none() && position(rest, "=").is_some() => {
                self.say("a function is defined without def");
                Some(self.statement(rest))
            }
            _ => self.several_assigned(nodes),
        }
    }

    /// `print(x, y)` where there is no such function.
    fn printed(&mut self, rest: &[Node]) -> Option<String> {
        self.say("a value is printed without print");
        match rest {
            [group] => match group.inside('(') {
                Some(arguments) => Some(self.arguments(arguments).join("; ")),
                None => Some(self.value(rest)),
            },
            [] => None,
            _ => Some(self.value(rest)),
        }
    }

    /// `x = y = 3`, `a = 1, b = 2`
    fn several_assigned(&mut self, nodes: &[Node]) -> Option<String> {
        let parts = split(nodes, "=");
        let is_name = |part: &&[Node]| part.len() == 1 && part[0].name().is_some();
        if parts.len() > 2 && parts[..parts.len() - 1].iter().all(is_name) {
            let (value, names) = parts.split_last()?;
            let value = self.value(value);
            let last = text(names.last()?).trim().to_string();
            let mut made = vec![format!("{last} = {value}")];
            made.extend(names[..names.len() - 1].iter().rev().map(|name| format!("{} = {last}", text(name).trim())));
            return Some(made.join("; "));
        }
        let pairs = split(nodes, ",");
        let assigns = |part: &&[Node]| part.len() > 2 && part[0].name().is_some() && part[1].is_op("=");
        let has_word = nodes.iter().any(|node| matches!(node, Node::Leaf { kind: Kind::Word, .. }));
        if pairs.len() > 1 && !has_word && pairs.iter().all(assigns) {
            return Some(pairs.into_iter().map(|pair| self.expression(pair)).collect::<Vec<_>>().join("; "));
        }
        None
    }

    /// `a if c else b`, `c ? a : b`, `if (c) a else b`, `if c then a else b`
    pub fn choice(&mut self, nodes: &[Node]) -> Option<String> {
        let word = |wanted: &str| nodes.iter().position(|node| node.name() == Some(wanted));
        if let Some(question) = position(nodes, "?")
            && let Some(colon) = position(nodes, ":").filter(|colon| *colon > question + 1)
            && question > 0
        {
            return Some(self.chosen(&nodes[..question], &nodes[question + 1..colon], &nodes[colon + 1..], &[]));
        }
        let (at_if, at_else) = (word("if")?, word("else")?);
        if at_if == 0 {
            let is_braced = nodes.iter().any(|node| node.inside('{').is_some());
            let then = word("then").or_else(|| nodes.get(1)?.inside('(').map(|_| 1))?;
            if is_braced || then + 1 >= at_else || at_else + 1 >= nodes.len() {
                return None;
            }
            let condition = if nodes[then].name().is_some() { &nodes[1..then] } else { nodes[1].inside('(')? };
            return Some(self.chosen(condition, &nodes[then + 1..at_else], &nodes[at_else + 1..], &[]));
        }
        if at_else <= at_if + 1 || at_else + 1 >= nodes.len() {
            return None;
        }
        let end = nodes.iter().position(|node| node.name() == Some("for")).filter(|at| *at > at_else);
        let end = end.unwrap_or(nodes.len());
        Some(self.chosen(&nodes[at_if + 1..at_else], &nodes[..at_if], &nodes[at_else + 1..end], &nodes[end..]))
    }

    fn chosen(&mut self, condition: &[Node], yes: &[Node], no: &[Node], rest: &[Node]) -> String {
        let (condition, yes, no) = (self.value(condition), self.value(yes), self.value(no));
        let rest = text(&self.sequence(rest));
        let no = if no.starts_with("if ") { no } else { format!("{{ {no} }}") };
        format!("if {condition} {{ {yes} }} else {no} {rest}").trim_end().to_string()
    }

    /// `lambda x: x**2`, `True`, `f"{x}"`, `'text'`, `{"w": w}`, `x -> …` of other languages
    pub fn python_word(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?;
        let blank = first.blank();
        if let Some(text) = first.quoted().filter(|text| !text.starts_with('"')) {
            let inner = text.trim_start_matches(|c: char| c.is_alphabetic());
            let inner = &inner[1..inner.len() - 1];
            self.push(out, format!("\"{}\"", without_formats(inner)), blank);
            return Some(1);
        }
        if let Some(items) = first.inside('{') {
            let made = self.record(items)?;
            self.push(out, made, blank);
            return Some(1);
        }
        let made = match first.name()? {
            "True" => "true",
            "False" => "false",
            "lambda" => {
                let colon = position(rest, ":")?;
                let body = self.value(&rest[colon + 1..]);
                self.push(out, arrow(&text(&rest[1..colon]), &body), blank);
                return Some(rest.len());
            }
            _ => return None,
        };
        self.push(out, made, blank);
        Some(1)
    }

    /// `{"w": w, "b": b}` or, of other languages, `{1, 2, 3}`
    fn record(&mut self, items: &[Node]) -> Option<String> {
        let fields: Option<Vec<String>> = split(items, ",")
            .into_iter()
            .map(|part| {
                let name = part.first()?.quoted().or(part.first()?.name())?;
                let name = name.trim_matches(['"', '\'']);
                (part.len() > 2 && part[1].is_op(":")).then(|| format!("{name} = {}", self.value(&part[2..])))
            })
            .collect();
        let fields = fields.filter(|fields| !fields.is_empty())?;
        Some(format!("record({})", fields.join(", ")))
    }
}

/// A line `word …:`, with the place of its colon.
fn block_head(nodes: &[Node]) -> Option<(&str, usize)> {
    let word = nodes.first()?.name().filter(|word| HEADS.contains(word))?;
    Some((word, position(nodes, ":")?))
}

fn braces(inner: &[String]) -> String {
    if inner.is_empty() { "{".to_string() } else { format!("{{ {} }}", inner.join("; ")) }
}

/// `x = sp.Symbol("x")`, `syms x y`, `x, y = symbols("x y")`
fn declares_symbols(nodes: &[Node]) -> bool {
    let is_call = |node: &Node| matches!(node.name(), Some("Symbol" | "symbols" | "Symbols" | "sym"));
    nodes.first().and_then(Node::name) == Some("syms") || nodes.iter().any(is_call)
}

/// Whether a declaration goes on with `x = …` or `f(x) = …`.
fn declares(rest: &[Node]) -> bool {
    rest.first().is_some_and(|node| node.name().is_some())
        && position(rest, "=").is_some_and(|at| at == 1 || at == 2 && rest[1].inside('(').is_some())
}

/// `x -> e`, `(x, y) -> e`
pub fn arrow(parameters: &str, body: &str) -> String {
    let parameters = parameters.trim();
    if parameters.contains(',') || parameters.is_empty() {
        format!("({parameters}) -> {body}")
    } else {
        format!("{parameters} -> {body}")
    }
}

/// `{x:.3f}` as `{x}`
fn without_formats(inner: &str) -> String {
    let mut made = String::new();
    let mut skipped = false;
    let mut depth = 0;
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                skipped = false;
            }
            ':' | '!' if depth > 0 => skipped = true,
            _ => {}
        }
        if c == '"' {
            made.push('\\');
        }
        if !skipped {
            made.push(c);
        }
    }
    made
}
