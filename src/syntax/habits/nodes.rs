//! Foreign text as nested tokens, read far more generously than our own, and written again.
//!
//! Knows how LaTeX commands, quotes of both kinds and operators of other languages look, not what they mean.

/// A token, or everything between two brackets.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Leaf { kind: Kind, text: String, blank: bool },
    Group { open: char, items: Vec<Node>, blank: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    Name,
    /// A name that is a word of the language, here or elsewhere: `at`, `if`, `and`.
    Word,
    /// A text with its quotes; an `f` or `r` before them is kept.
    Text,
    /// `\frac`
    Command,
    Op,
    Comment,
    /// Already in our language: an operand whatever it looks like.
    Ours,
}

/// Names that no value has.
const WORDS: &[&str] = &[
    "at", "wrt", "order", "where", "for", "if", "else", "elif", "then", "in", "and", "or", "not", "while", "return",
    "lambda",
];

/// Operators of more than one character, longest first.
const OPERATORS: &[&str] = &[
    ">>>", "...", "..=", "%*%", "===", "!==", "..", ".*", "./", ".^", ".\\", ".'", ".+", ".-", "**", "//", "==", "!=",
    "~=", "<>", "<=", ">=", "&&", "||", "->", "=>", ":=", "<-", "+=", "-=", "*=", "/.", "/=", "|>", "++", "--", "%%",
];

impl Node {
    pub fn ours(text: impl Into<String>, blank: bool) -> Node {
        Node::Leaf { kind: Kind::Ours, text: text.into(), blank }
    }

    pub fn op(text: &str, blank: bool) -> Node {
        Node::Leaf { kind: Kind::Op, text: text.to_string(), blank }
    }

    pub fn blank(&self) -> bool {
        match self {
            Node::Leaf { blank, .. } | Node::Group { blank, .. } => *blank,
        }
    }

    pub fn with_blank(mut self, to: bool) -> Node {
        match &mut self {
            Node::Leaf { blank, .. } | Node::Group { blank, .. } => *blank = to,
        }
        self
    }

    pub fn is_op(&self, operator: &str) -> bool {
        matches!(self, Node::Leaf { kind: Kind::Op, text, .. } if text == operator)
    }

    fn of_kind(&self, wanted: Kind) -> Option<&str> {
        match self {
            Node::Leaf { kind, text, .. } if *kind == wanted => Some(text),
            _ => None,
        }
    }

    pub fn name(&self) -> Option<&str> {
        self.of_kind(Kind::Name).or(self.of_kind(Kind::Word))
    }

    pub fn number(&self) -> Option<&str> {
        self.of_kind(Kind::Number)
    }

    pub fn quoted(&self) -> Option<&str> {
        self.of_kind(Kind::Text)
    }

    pub fn command(&self) -> Option<&str> {
        self.of_kind(Kind::Command)
    }

    pub fn operator(&self) -> Option<&str> {
        self.of_kind(Kind::Op)
    }

    /// What stands between brackets of this kind.
    pub fn inside(&self, bracket: char) -> Option<&[Node]> {
        match self {
            Node::Group { open, items, .. } if *open == bracket => Some(items),
            _ => None,
        }
    }

    /// Whether a value can end or begin with this.
    pub fn is_operand(&self) -> bool {
        match self {
            Node::Leaf { kind, .. } => matches!(kind, Kind::Number | Kind::Name | Kind::Text | Kind::Ours),
            Node::Group { open, .. } => *open != '{',
        }
    }

    fn is_suffix(&self) -> bool {
        self.operator().is_some_and(|op| matches!(op, "'" | "!" | "²" | "³" | "ᵀ"))
    }
}

/// Nested tokens of a text; `None` if its brackets do not match.
pub fn read(text: &str) -> Option<Vec<Node>> {
    let mut stack: Vec<(char, Vec<Node>, bool)> = Vec::new();
    let mut level: Vec<Node> = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\u{a0}']);
        let blank = trimmed.len() < rest.len();
        rest = trimmed;
        let Some(c) = rest.chars().next() else { break };
        match c {
            '(' | '[' | '{' => {
                stack.push((c, std::mem::take(&mut level), blank));
                rest = &rest[1..];
            }
            ')' | ']' | '}' => {
                let (open, outer, blank) = stack.pop()?;
                if closing(open) != c {
                    return None;
                }
                let items = std::mem::replace(&mut level, outer);
                level.push(Node::Group { open, items, blank });
                rest = &rest[1..];
            }
            _ => {
                let (kind, len) = token(rest, level.last(), blank);
                level.push(Node::Leaf { kind, text: rest[..len].to_string(), blank });
                rest = &rest[len..];
            }
        }
    }
    stack.is_empty().then_some(level)
}

pub fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, 'ᵀ' | 'ⁿ' | 'ⁱ' | 'º' | 'ª')
}

fn continues_name(c: char) -> bool {
    is_letter(c) || c.is_ascii_digit() || matches!(c, '_' | '₀'..='₉' | '\u{300}'..='\u{36f}' | '\u{20d7}')
}

fn token(rest: &str, before: Option<&Node>, blank: bool) -> (Kind, usize) {
    let c = rest.chars().next().unwrap_or(' ');
    let close = before.filter(|_| !blank);
    let next = rest[c.len_utf8()..].chars().next().unwrap_or(' ');
    if c == '#' {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if c.is_ascii_digit() || c == '.' && next.is_ascii_digit() && close.is_none_or(|node| !node.is_operand()) {
        return (Kind::Number, number_len(rest));
    }
    if c == '\\' {
        return latex_command(rest, close);
    }
    // a subscript of something that is no name: \sum_{…}, \alpha_1
    if c == '_' && close.is_some_and(|node| node.name().is_none() && node.number().is_none()) {
        return (Kind::Op, 1);
    }
    if let Some(len) = text_len(rest, close) {
        return (Kind::Text, len);
    }
    if is_letter(c) || c == '_' {
        let len = rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
        return (if WORDS.contains(&&rest[..len]) { Kind::Word } else { Kind::Name }, len);
    }
    let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator));
    (Kind::Op, operator.map_or(c.len_utf8(), |operator| operator.len()))
}

/// `12`, `1.5`, `2.`, `1e-3`; not the point of `1..3` or `2.*x`.
fn number_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
    let mut len = digits(0);
    if bytes.get(len) == Some(&b'.') && !matches!(bytes.get(len + 1), Some(b'.' | b'*' | b'/' | b'^' | b'\'' | b'\\')) {
        len += 1 + digits(len + 1);
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = digits(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    len
}

/// `\frac` with its name; a lone `\` (Octave's division from the left) is an operator.
fn latex_command(rest: &str, close: Option<&Node>) -> (Kind, usize) {
    let letters = rest[1..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len() - 1);
    let is_division = close.is_some_and(Node::is_operand) && !super::latex::is_command(&rest[1..1 + letters]);
    if letters > 0 && !is_division {
        return (Kind::Command, 1 + letters);
    }
    match rest[1..].chars().next() {
        Some(c @ (',' | ';' | '!' | ':' | ' ' | '\\' | '(' | ')' | '[' | ']' | '{' | '}' | '|'))
            if letters == 0 && (c != ' ' && c != '(' && c != '[' || !close.is_some_and(Node::is_operand)) =>
        {
            (Kind::Command, 1 + c.len_utf8())
        }
        _ => (Kind::Op, 1),
    }
}

/// The length of `"…"`, `'…'`, `f"…"`; a quote close behind an operand is a transpose or a derivative.
fn text_len(rest: &str, close: Option<&Node>) -> Option<usize> {
    let prefix = match rest.as_bytes() {
        [b'f' | b'r' | b'b' | b'F', b'"' | b'\'', ..] => 1,
        _ => 0,
    };
    let quote = rest[prefix..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    if prefix == 0 && quote == '\'' && close.is_some_and(|node| node.is_operand() || node.is_suffix()) {
        return None;
    }
    let line = rest[prefix + 1..].split('\n').next().unwrap_or("");
    line.find(quote).map(|len| prefix + len + 2)
}

/// The text of nodes, blanks as they were.
pub fn text(nodes: &[Node]) -> String {
    let mut out = String::new();
    push(nodes, &mut out);
    out.trim_start_matches(' ').to_string()
}

fn push(nodes: &[Node], out: &mut String) {
    for node in nodes {
        if node.blank() && !out.ends_with(['(', '[', ' ']) {
            out.push(' ');
        }
        match node {
            Node::Leaf { text, .. } => out.push_str(text),
            Node::Group { open, items, .. } => {
                out.push(*open);
                push(items, out);
                out.push(closing(*open));
            }
        }
    }
}

/// The parts between the operators of that spelling, which are not inside brackets; none of an empty list.
pub fn split<'n>(nodes: &'n [Node], operator: &str) -> Vec<&'n [Node]> {
    if nodes.is_empty() {
        return Vec::new();
    }
    nodes.split(|node| node.is_op(operator)).collect()
}

pub fn position(nodes: &[Node], operator: &str) -> Option<usize> {
    nodes.iter().position(|node| node.is_op(operator))
}

/// Takes the operand at the end of `out` with all that hangs on it: `f(x)[0].y'`.
pub fn take_operand(out: &mut Vec<Node>) -> Option<Vec<Node>> {
    let mut start = out.len();
    loop {
        let node = out.get(start.checked_sub(1)?)?;
        if !node.is_operand() && !node.is_suffix() {
            return None;
        }
        start -= 1;
        let before = start.checked_sub(1).map(|at| &out[at]);
        let Some(before) = before.filter(|_| !node.blank()) else { break };
        let hangs = matches!(node, Node::Group { .. })
            && (before.name().is_some() || matches!(before, Node::Group { .. }) || before.is_suffix());
        if node.is_suffix() || hangs {
            continue;
        }
        if node.name().is_some() && before.is_op(".") {
            start -= 1;
            continue;
        }
        break;
    }
    Some(out.split_off(start))
}

/// How many nodes the operand at the beginning has: a sign, a name or bracket, and what hangs on it.
pub fn operand_len(nodes: &[Node]) -> Option<usize> {
    let mut len = nodes.iter().take_while(|node| node.is_op("-") || node.is_op("√")).count();
    if !nodes.get(len)?.is_operand() {
        return None;
    }
    len += 1;
    while let Some(node) = nodes.get(len).filter(|node| !node.blank()) {
        let is_field = node.is_op(".") && nodes.get(len + 1).is_some_and(|next| next.name().is_some());
        if node.is_op("^") && nodes.get(len + 1).is_some() {
            len += 1 + operand_len(&nodes[len + 1..])?;
        } else if is_field {
            len += 2;
        } else if node.is_suffix() || matches!(node, Node::Group { open: '(' | '[', .. }) {
            len += 1;
        } else {
            break;
        }
    }
    Some(len)
}

/// Text that `d/dx` takes as a whole: in parentheses if it is a sum.
pub fn as_term(text: &str) -> String {
    let is_sum = read(text).is_none_or(|nodes| {
        nodes.iter().skip(1).any(|node| ["+", "-", "->", "<", ">", "==", "="].iter().any(|sign| node.is_op(sign)))
    });
    if is_sum { format!("({text})") } else { text.to_string() }
}

/// Text that can stand as an operand: in parentheses unless it is one already.
pub fn as_operand(text: &str) -> String {
    let is_one = read(text).is_some_and(|nodes| {
        operand_len(&nodes) == Some(nodes.len()) && !text.starts_with(['-', '√']) && !text.contains('^')
    });
    if is_one || text.is_empty() { text.to_string() } else { format!("({text})") }
}
