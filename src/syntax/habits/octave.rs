//! Octave, MATLAB, Julia and R: ranges, one-based indices, `@(x)`, elementwise operators, `end` of a block.

use super::function_names::stepped;
use super::nodes::{self, Kind, Node, as_operand, operand_len, position, split, take_operand, text};
use super::python::arrow;
use super::translator::{Translator, statements};

impl Translator<'_> {
    /// `1:5`, `0:0.1:1`
    pub fn range(&mut self, nodes: &[Node]) -> Option<String> {
        let parts = split(nodes, ":");
        let is_word = |node: &Node| matches!(node, Node::Leaf { kind: Kind::Word, .. });
        if nodes.iter().any(is_word) || !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let parts: Vec<String> = parts.into_iter().map(|part| text(&self.sequence(part)).trim().to_string()).collect();
        self.say("a range is written 1..=5, other steps linspace");
        match parts.as_slice() {
            [start, end] => {
                let is_whole = |text: &String| text.parse::<f64>().map_or(true, |number| number.fract() == 0.0);
                match is_whole(start) {
                    true => Some(format!("{}..={}", as_operand(start), as_operand(end))),
                    false => stepped(start, "1", end),
                }
            }
            [start, step, end] => stepped(start, step, end),
            _ => None,
        }
    }

    pub fn octave(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        self.handle(out, rest)
            .or_else(|| self.one_based(out, rest))
            .or_else(|| self.bracketed(out, rest))
            .or_else(|| self.anonymous(out, rest))
    }

    /// `@(x) x.^2`
    fn handle(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        if !rest.first()?.is_op("@") || out.last().is_some_and(Node::is_operand) {
            return None;
        }
        let blank = rest[0].blank();
        if let Some(parameters) = rest.get(1)?.inside('(') {
            let body = self.value(&rest[2..]);
            self.push(out, arrow(&text(parameters), &body), blank);
            return Some(rest.len());
        }
        // @sin
        let name = rest[1].name()?;
        self.push(out, name, blank);
        Some(2)
    }

    /// `function(x) x^2` of R and JavaScript, `x => x^2`, `|x| x^2`
    fn anonymous(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        if rest.first()?.name() == Some("function") {
            let parameters = rest.get(1)?.inside('(')?;
            let body = match &rest[2..] {
                [block] if block.inside('{').is_some() => self.returned(block.inside('{')?),
                body => self.value(body),
            };
            self.push(out, arrow(&text(parameters), &body), rest[0].blank());
            return Some(rest.len());
        }
        if !rest[0].is_op("=>") {
            return None;
        }
        let parameters = take_operand(out)?;
        let blank = parameters[0].blank();
        let parameters = match parameters.as_slice() {
            [group] => group.inside('(').map_or(text(&parameters), text),
            _ => text(&parameters),
        };
        let body = match &rest[1..] {
            [block] if block.inside('{').is_some() => self.returned(block.inside('{')?),
            body => self.value(body),
        };
        self.push(out, arrow(&parameters, &body), blank);
        Some(rest.len())
    }

    /// `{ return x^2; }` as `x^2`, several statements as a block.
    fn returned(&mut self, items: &[Node]) -> String {
        let made: Vec<String> = statements(items).into_iter().map(|statement| self.statement(statement)).collect();
        match made.as_slice() {
            [one] => one.trim_start_matches("return ").to_string(),
            _ => format!("{{ {} }}", made.join("; ")),
        }
    }

    /// `A(1,:)`, `v(end)`, `v(2)` of a value: the indices begin at 0 here, and stand in `[ ]`.
    fn one_based(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [name, group, ..] = rest else { return None };
        let (name, items) = (name.name()?, group.inside('(')?);
        let has_colon = items.iter().any(|node| node.is_op(":") || node.name() == Some("end"));
        if group.blank() || self.is_function(name) || !has_colon {
            return None;
        }
        let indices: Vec<String> = split(items, ",").into_iter().map(|part| self.zero_based(part)).collect();
        self.say(format!("{name}(…) is a call; an index stands in [ ] and begins at 0"));
        self.push(out, format!("{name}[{}]", indices.join(", ")), rest[0].blank());
        Some(2)
    }

    /// One index of Octave as ours: `1` is 0, `2:3` is `1:3`, `end` is -1.
    fn zero_based(&mut self, part: &[Node]) -> String {
        let bounds = split(part, ":");
        let lowered = |bound: &[Node]| match text(bound).trim() {
            "" => String::new(),
            "end" => "-1".to_string(),
            other => match (other.parse::<i64>(), other.replace(' ', "").strip_prefix("end-")) {
                (Ok(number), _) => (number - 1).to_string(),
                (_, Some(back)) if back.parse::<i64>().is_ok() => (-1 - back.parse::<i64>().unwrap_or(0)).to_string(),
                _ => format!("{other} - 1"),
            },
        };
        match bounds.as_slice() {
            [one] => lowered(one),
            [[], []] => ":".to_string(),
            [start, end] => {
                let first = lowered(start);
                let behind = match text(end).trim() {
                    "end" => String::new(),
                    end => match end.replace(' ', "").strip_prefix("end-") {
                        Some(back) => format!("-{back}"),
                        None => end.to_string(),
                    },
                };
                format!("{}:{behind}", if first == "0" { "" } else { &first })
            }
            _ => text(part),
        }
    }

    /// `[1 2 3]`, `[1 2; 3 4]` with blanks for commas; `[0:0.1:1]`
    fn bracketed(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let items = rest.first()?.inside('[')?;
        let blank = rest[0].blank();
        let is_subscript = !blank && out.last().is_some_and(Node::is_operand);
        if is_subscript {
            return None;
        }
        if position(items, ":").is_some() && position(items, ",").is_none() {
            let made = self.range(items)?;
            self.push(out, made, blank);
            return Some(1);
        }
        let rows: Vec<&[Node]> =
            items.split(|node| node.is_op(";") || node.is_op("\n")).filter(|row| !row.is_empty()).collect();
        let side_by_side = rows.iter().any(|row| {
            row.windows(2).any(|pair| pair[0].is_operand() && pair[1].number().is_some() && pair[1].blank())
        });
        if !side_by_side {
            return None;
        }
        let rows: Vec<String> = rows.into_iter().map(|row| self.row(row).join(", ")).collect();
        self.push(out, format!("[{}]", rows.join("; ")), blank);
        Some(1)
    }

    /// The values of a row that stand side by side; a sign close to its number begins one.
    fn row(&mut self, row: &[Node]) -> Vec<String> {
        let mut parts: Vec<Vec<Node>> = vec![Vec::new()];
        for (index, node) in row.iter().enumerate() {
            let after_operand = index > 0 && row[index - 1].is_operand();
            let signs = (node.is_op("-") || node.is_op("+")) && row.get(index + 1).is_some_and(|next| !next.blank());
            if node.is_op(",") || node.blank() && after_operand && (node.is_operand() || signs) {
                parts.push(Vec::new());
            }
            if !node.is_op(",") {
                parts.last_mut().expect("begun above").push(node.clone().with_blank(node.blank()));
            }
        }
        parts.iter().map(|part| self.value(part)).filter(|part| !part.is_empty()).collect()
    }

    /// Operators of other languages: `.^`, `&&`, `!c`, `a // b`, `A \ b`, `x++`
    pub fn foreign_operator(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let operator = rest.first()?.operator()?;
        let blank = rest[0].blank();
        let has_left = out.last().is_some_and(|node| node.is_operand() || node.is_op("'") || node.is_op("!"));
        let ours = match operator {
            ".*" if has_left => "*",
            "./" if has_left => "/",
            ".^" if has_left => "^",
            ".+" if has_left => "+",
            ".-" if has_left => "-",
            ".'" if has_left => "'",
            "===" => "==",
            "!==" | "<>" | "~=" => "!=",
            "%%" => "%",
            "%*%" => "@",
            "&&" | "&" if has_left => return self.word(out, rest, "and"),
            "||" | "|" if has_left && rest.len() > 1 && position(&rest[1..], "|").is_none() => {
                return self.word(out, rest, "or");
            }
            "~" | "!" if !has_left && rest.get(1).is_some_and(Node::is_operand) => return self.word(out, rest, "not"),
            "//" | "\\" if has_left => return self.quotient(out, rest),
            "++" | "--" if has_left && rest.len() == 1 => {
                out.push(Node::op(if operator == "++" { " += 1" } else { " -= 1" }, false));
                return Some(1);
            }
            _ => return None,
        };
        out.push(Node::op(ours, blank));
        Some(1)
    }

    fn word(&self, out: &mut Vec<Node>, rest: &[Node], word: &str) -> Option<usize> {
        let gap = if rest.get(1).is_some_and(Node::blank) { "" } else { " " };
        let blank = !out.is_empty();
        out.push(Node::op(&format!("{word}{gap}"), blank));
        Some(1)
    }

    /// `a // b` is floor(a / b), `A \ b` solves A x = b.
    fn quotient(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let len = operand_len(&rest[1..])?;
        let left = take_operand(out)?;
        let blank = left[0].blank();
        let right = self.sequence(&rest[1..=len]);
        let (left, right) = (text(&left), text(&right));
        let made = match rest[0].operator()? {
            "\\" => {
                self.say("division from the left is written solve");
                format!("solve({left}, {right})")
            }
            _ => format!("floor({left} / {right})"),
        };
        self.push(out, made, blank);
        Some(len + 1)
    }

    pub fn octave_statement(&mut self, nodes: &[Node]) -> Option<String> {
        self.comment(nodes)
            .or_else(|| self.octave_function(nodes))
            .or_else(|| self.octave_block(nodes))
            .or_else(|| self.assigned_otherwise(nodes))
    }

    /// `% text`, `// text`, and the same behind a statement
    fn comment(&mut self, nodes: &[Node]) -> Option<String> {
        let at = nodes.iter().position(|node| node.is_op("%") || node.is_op("//") || node.is_op("--"))?;
        let words = &nodes[at + 1..];
        let is_word = |node: &&Node| node.name().is_some_and(|name| !self.is_known(name) && name.len() > 1);
        let is_text = words.iter().take(3).filter(is_word).count() >= 2
            || at == 0
            || (!nodes[at].is_op("--")
                && words.len() == 1
                && words.iter().any(|node| is_word(&node))
                && nodes[at].blank());
        if !is_text || words.is_empty() {
            return None;
        }
        self.say("a comment begins with #");
        let statement = if at > 0 { format!("{}  ", self.statement(&nodes[..at])) } else { String::new() };
        Some(format!("{statement}# {}", text(words)))
    }

    /// `function y = f(x) y = x^2; end` as far as it stands on this line; Julia's `function f(x) x^2 end`
    fn octave_function(&mut self, nodes: &[Node]) -> Option<String> {
        if nodes.first()?.name() != Some("function") {
            return None;
        }
        self.say("a function is defined without function");
        let rest = &nodes[1..];
        let (result, rest) = match rest {
            [name, equals, call @ ..] if equals.is_op("=") => (name.name(), call),
            rest => (None, rest),
        };
        let (name, parameters) = (rest.first()?.name()?, rest.get(1)?.inside('(')?);
        let head = format!("{name}({}) =", text(parameters));
        let mut body = &rest[2..];
        if body.first().is_some_and(|node| node.is_op("=")) {
            body = &body[1..];
        }
        if let [block] = body
            && let Some(items) = block.inside('{')
        {
            return Some(format!("{head} {}", self.returned(items)));
        }
        if body.last().is_some_and(|node| node.name() == Some("end")) {
            body = &body[..body.len() - 1];
        }
        if body.is_empty() {
            self.advise("then its lines, the last one with its value, and } to close it");
            return Some(format!("{head} {{"));
        }
        let body = match (result, body) {
            (Some(result), [name, equals, value @ ..]) if name.name() == Some(result) && equals.is_op("=") => value,
            _ => body,
        };
        Some(format!("{head} {}", self.value(body)))
    }

    /// `for i = 1:3`, `for (i = 0; i < 3; i++) { … }`, `while (…)` without braces, `end`
    fn octave_block(&mut self, nodes: &[Node]) -> Option<String> {
        match nodes {
            [end]
                if matches!(
                    end.name(),
                    Some("end" | "endif" | "endfor" | "endwhile" | "endfunction" | "fi" | "done")
                ) =>
            {
                self.say("blocks end with }");
                self.advise("close the block with }");
                Some(String::new())
            }
            [word, group, block] if word.name() == Some("for") && block.inside('{').is_some() => {
                let head = self.counting_head(group.inside('(')?)?;
                let inner = self.returned(block.inside('{')?);
                let inner = inner.trim_start_matches("{ ").trim_end_matches(" }");
                Some(format!("for {head} {{ {inner} }}"))
            }
            [word, name, equals, range @ ..] if word.name() == Some("for") && equals.is_op("=") => {
                let name = name.name()?;
                let range = match range {
                    [range @ .., end] if end.name() == Some("end") => range,
                    range => range,
                };
                let mut parts = range.split(|node| node.is_op(","));
                let items = self.value(parts.next()?);
                let inner: Vec<String> =
                    parts.map(|part| self.statement(part)).filter(|inner| !inner.is_empty()).collect();
                let inner = (!inner.is_empty()).then(|| inner.join("; "));
                if inner.is_none() {
                    self.advise("then the lines of the block, and } to close it");
                }
                Some(match inner {
                    Some(inner) => format!("for {name} in {items} {{ {inner} }}"),
                    None => format!("for {name} in {items} {{"),
                })
            }
            _ => None,
        }
    }

    /// `int i = 0; i < 3; i++` as `i in 0..3`
    fn counting_head(&mut self, head: &[Node]) -> Option<String> {
        let parts: Vec<&[Node]> = head.split(|node| node.is_op(";")).collect();
        let [start, test, _] = parts.as_slice() else {
            return Some(self.loop_head(head));
        };
        let equals = position(start, "=")?;
        let name = start.get(equals.checked_sub(1)?)?.name()?;
        let first = self.value(&start[equals + 1..]);
        let (at, dots) = position(test, "<").map(|at| (at, "..")).or(position(test, "<=").map(|at| (at, "..=")))?;
        let last = self.value(&test[at + 1..]);
        Some(format!("{name} in {first}{dots}{}", as_operand(&last)))
    }

    /// `x := 3`, `x <- 3`, `[V, D] = eig(A)`, `x: float = 3.0`
    fn assigned_otherwise(&mut self, nodes: &[Node]) -> Option<String> {
        for operator in [":=", "<-"] {
            if let Some(at) = position(nodes, operator).filter(|at| *at > 0) {
                let left = text(&nodes[..at]).replace('_', if nodes[0].name().is_some() { "_" } else { "" });
                let left = left.trim();
                let right = self.value(&nodes[at + 1..]);
                // Wolfram's f[x_] := …
                let head = nodes::read(left)?;
                if let [name, group] = head.as_slice()
                    && let Some(parameters) = group.inside('[')
                {
                    let parameters = text(parameters).replace('_', "");
                    return Some(format!("{}({parameters}) = {right}", name.name()?));
                }
                return Some(format!("{left} = {right}"));
            }
        }
        match nodes {
            [names, equals, ..] if equals.is_op("=") => {
                let items = names.inside('[').filter(|items| items.len() > 1)?;
                let names: Vec<&str> = items.iter().filter_map(Node::name).collect();
                if names.len() != items.iter().filter(|node| !node.is_op(",")).count() {
                    return None;
                }
                let value = self.value(&nodes[2..]);
                Some(format!("{} = {value}", names.join(", ")))
            }
            [name, colon, _, equals, ..] if colon.is_op(":") && equals.is_op("=") => {
                Some(format!("{} = {}", name.name()?, self.value(&nodes[4..])))
            }
            _ => None,
        }
    }
}
