//! LaTeX: commands, groups in braces, and the notation that only paper has.

use super::nodes::{self, Node, as_operand, position, take_operand, text};
use super::translator::Translator;

/// Commands with what they are here.
const COMMANDS: &[(&str, &str)] = &[
    ("cdot", "*"),
    ("times", "*"),
    ("ast", "*"),
    ("div", "/"),
    ("pm", "±"),
    ("le", "<="),
    ("leq", "<="),
    ("ge", ">="),
    ("geq", ">="),
    ("ne", "!="),
    ("neq", "!="),
    ("to", "->"),
    ("rightarrow", "->"),
    ("mapsto", "->"),
    ("in", "in"),
    ("land", "and"),
    ("wedge", "and"),
    ("lor", "or"),
    ("vee", "or"),
    ("neg", "not"),
    ("lnot", "not"),
    ("pi", "pi"),
    ("infty", "inf"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("prime", "'"),
    ("ell", "l"),
    ("hbar", "ħ"),
    ("mid", "|"),
    ("vert", "|"),
    ("lvert", "|"),
    ("rvert", "|"),
    ("|", "‖"),
    ("Vert", "‖"),
    ("lVert", "‖"),
    ("rVert", "‖"),
    ("langle", "⟨"),
    ("rangle", "⟩"),
    ("ldots", "…"),
    ("dots", "…"),
    ("cdots", "…"),
    ("degree", "°"),
    ("circ", "°"),
    ("lbrace", "{"),
    ("rbrace", "}"),
];

const GREEK: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("varepsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("vartheta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("varphi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
];

/// Functions that keep their name without the backslash.
const FUNCTIONS: &[&str] = &[
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "exp", "log", "ln", "lg", "arcsin",
    "arccos", "arctan", "max", "min", "det", "gcd", "erf",
];

/// Commands that are only looks.
const IGNORED: &[&str] = &[
    "left",
    "right",
    "big",
    "Big",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "displaystyle",
    "limits",
    ",",
    ";",
    "!",
    ":",
    " ",
    "quad",
    "qquad",
    "(",
    ")",
    "[",
    "]",
    "rm",
    "it",
    "bf",
];

/// Commands whose argument is all that counts: `\mathrm{d}`.
const STYLES: &[&str] = &[
    "mathrm",
    "mathbf",
    "mathit",
    "text",
    "vec",
    "hat",
    "bar",
    "tilde",
    "boldsymbol",
    "operatorname",
    "mathcal",
    "overline",
    "textbf",
    "mathsf",
    "bm",
    "overrightarrow",
];

pub fn is_command(name: &str) -> bool {
    let others = ["frac", "dfrac", "tfrac", "sqrt", "sum", "prod", "int", "lim", "binom", "begin", "end"];
    COMMANDS.iter().chain(GREEK).any(|(command, _)| *command == name)
        || [FUNCTIONS, IGNORED, STYLES, &others].iter().any(|list| list.contains(&name))
}

impl Translator<'_> {
    pub fn latex(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?;
        if let Some(used) = self.raised(out, rest).or_else(|| self.subscripted(out, rest)) {
            return Some(used);
        }
        let command = first.command()?.strip_prefix('\\')?;
        let blank = first.blank() || glued(out);
        self.say(format!("\\{command} is LaTeX"));
        match command {
            "frac" | "dfrac" | "tfrac" => return self.fraction(out, rest),
            "sqrt" => return self.root(out, rest),
            "sum" | "prod" => return self.sum(out, rest, command),
            "binom" => {
                let (n, k) = (rest.get(1)?.inside('{')?, rest.get(2)?.inside('{')?);
                let made = format!("comb({}, {})", self.value(n), self.value(k));
                self.push(out, made, blank);
                return Some(3);
            }
            "begin" => return self.matrix(out, rest),
            _ => {}
        }
        if IGNORED.contains(&command) {
            return Some(1);
        }
        if STYLES.contains(&command) {
            let made = self.value(rest.get(1)?.inside('{')?);
            self.push(out, made, blank);
            return Some(2);
        }
        if FUNCTIONS.contains(&command) {
            return self.latex_function(out, rest, command, blank);
        }
        if let Some((_, letter)) = GREEK.iter().find(|(name, _)| *name == command) {
            self.advise(format!("{letter} is typed as \\{command} and Tab"));
            out.push(Node::Leaf { kind: nodes::Kind::Name, text: letter.to_string(), blank });
            return Some(1);
        }
        let (_, ours) = COMMANDS.iter().find(|(name, _)| *name == command)?;
        match *ours {
            "pi" | "inf" | "l" | "ħ" => {
                out.push(Node::Leaf { kind: nodes::Kind::Name, text: ours.to_string(), blank });
            }
            ours => out.push(Node::op(ours, first.blank() || ours.starts_with(|c: char| c.is_alphabetic()))),
        }
        Some(1)
    }

    /// `\sin x`, `\sin^2 x`, `\log_2(8)`
    fn latex_function(&mut self, out: &mut Vec<Node>, rest: &[Node], name: &str, blank: bool) -> Option<usize> {
        let mut name = name.to_string();
        let mut at = 1;
        if rest.get(at).is_some_and(|node| node.is_op("_")) {
            let base = match rest.get(at + 1)? {
                group if group.inside('{').is_some() => text(group.inside('{')?),
                leaf => text(std::slice::from_ref(leaf)),
            };
            name = match base.trim() {
                "2" => "log2".to_string(),
                "10" => "log10".to_string(),
                "e" => "log".to_string(),
                _ => return None,
            };
            at += 2;
        }
        let mut power = String::new();
        if rest.get(at).is_some_and(|node| node.is_op("^")) {
            let raised = rest.get(at + 1)?;
            power = format!("^{}", as_operand(&raised.inside('{').map_or(text(std::slice::from_ref(raised)), text)));
            at += 2;
        }
        while rest
            .get(at)
            .and_then(Node::command)
            .is_some_and(|command| IGNORED.contains(&command.trim_start_matches('\\')))
        {
            at += 1;
        }
        let argument = rest.get(at)?;
        let (argument, used) = match argument.inside('(').or(argument.inside('{')) {
            Some(items) => (text(&self.items(items, true)), 1),
            None => {
                // up to a sign, the next function or a blank of ours: \sin 2\pi x is ambiguous even on paper
                let len = rest[at..].iter().take_while(|node| !ends_argument(node)).count();
                if len == 0 {
                    return None;
                }
                (text(&self.sequence(&rest[at..at + len])), len)
            }
        };
        let call = format!("{name}({})", argument.trim());
        self.push(out, format!("{call}{power}"), blank);
        Some(at + used)
    }

    /// `\frac{a}{b}`, `\frac{d}{dx}`, `\frac{\partial f}{\partial x}`
    fn fraction(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let (above, below) = (part(rest.get(1)?)?, part(rest.get(2)?)?);
        let blank = rest[0].blank() || glued(out);
        let (top, bottom) = (self.value(above), self.value(below));
        let squeezed = |text: &str| text.replace([' ', '(', ')'], "");
        let is_differential = |text: &str, sign: char| squeezed(text).starts_with(sign);
        for sign in ['d', '∂'] {
            if is_differential(&top, sign) && is_differential(&bottom, sign) && squeezed(&bottom).chars().count() > 1 {
                out.push(Node::ours(format!("{}/{}", squeezed(&top), squeezed(&bottom)), blank));
                // an operator: what follows is what it is applied to
                let mut tail = rest[3..].to_vec();
                if let Some(next) = tail.first_mut() {
                    *next = next.clone().with_blank(true);
                }
                let made = self.sequence(&tail);
                out.extend(made);
                return Some(rest.len());
            }
        }
        let made = format!("{}/{}", as_operand(&top), as_operand(&bottom));
        let close = |node: Option<&Node>| {
            node.is_some_and(|node| node.is_operand() || node.command().is_some() || node.is_op("^"))
        };
        let alone = !close(out.last()) && !close(rest.get(3));
        self.push(out, if alone { made } else { format!("({made})") }, blank);
        Some(3)
    }

    /// `\sqrt{2}`, `\sqrt[3]{8}`
    fn root(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let blank = rest[0].blank() || glued(out);
        if let Some(degree) = rest.get(1)?.inside('[') {
            let (degree, inside) = (self.value(degree), self.value(part(rest.get(2)?)?));
            self.push(out, format!("{}^(1/{})", as_operand(&inside), as_operand(&degree)), blank);
            return Some(3);
        }
        let inside = self.value(part(rest.get(1)?)?);
        self.push(out, format!("sqrt({inside})"), blank);
        Some(2)
    }

    /// `\sum_{n=0}^{10} 1/n!`, `∑_{n=0}^{10} 1/n!`: up to the next sign.
    pub fn sum(&mut self, out: &mut Vec<Node>, rest: &[Node], name: &str) -> Option<usize> {
        if !rest.get(1)?.is_op("_") {
            return None;
        }
        let start = rest.get(2)?;
        let start = start.inside('{').or(start.inside('('))?;
        let equals = position(start, "=")?;
        if !rest.get(3)?.is_op("^") {
            return None;
        }
        let end = rest.get(4)?;
        let end = end.inside('{').or(end.inside('(')).unwrap_or(std::slice::from_ref(end));
        let variable = text(&start[..equals]).trim().to_string();
        let (first, last) = (self.value(&start[equals + 1..]), self.value(end));
        let body = &rest[5..];
        let len =
            body.iter().position(|node| node.is_op("+") || node.is_op("-") || node.is_op("=")).unwrap_or(body.len());
        let term = text(&self.sequence(&body[..len]));
        if last == "inf" {
            self.say("a sum has as many terms as are written");
            self.advise("an infinite sum: as many terms as change the result");
        }
        let last = if last == "inf" { "100".to_string() } else { last };
        let range = format!("{}..={}", as_operand(&first), as_operand(&last));
        self.push(out, format!("{name}({} for {variable} in {range})", term.trim()), rest[0].blank());
        Some(5 + len)
    }

    /// `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`
    fn matrix(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let kind = text(rest.get(1)?.inside('{')?);
        let end = rest.iter().position(|node| node.command() == Some("\\end"))?;
        if !kind.ends_with("matrix") && kind != "array" {
            return None;
        }
        let rows: Vec<String> = rest[2..end]
            .split(|node| node.command() == Some("\\\\"))
            .filter(|row| !row.is_empty())
            .map(|row| row.split(|node| node.is_op("&")).map(|cell| self.value(cell)).collect::<Vec<_>>().join(", "))
            .collect();
        self.push(out, format!("[{}]", rows.join("; ")), rest[0].blank());
        Some(end + 2)
    }

    /// `x^{2n}`, `A^{-1}`, `x^{\circ}`
    fn raised(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [caret, group, ..] = rest else { return None };
        let inside = group.inside('{').filter(|_| caret.is_op("^"))?;
        let made = self.value(inside);
        if made == "T" {
            let left = take_operand(out)?;
            let blank = left[0].blank();
            self.push(out, format!("transpose({})", text(&left)), blank);
            return Some(2);
        }
        if made == "'" || made == "°" {
            out.push(Node::op(&made, false));
            return Some(2);
        }
        out.push(Node::op("^", false));
        self.push(out, as_operand(&made), false);
        Some(2)
    }

    /// `x_{max}`, `\alpha_1`
    fn subscripted(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        if let [name, group, ..] = rest
            && let Some(stem) = name.name().filter(|name| name.ends_with('_'))
            && let Some(inside) = group.inside('{')
        {
            let name_made = format!("{stem}{}", subscript(&text(inside)));
            let blank = name.blank() || glued(out);
            out.push(Node::Leaf { kind: nodes::Kind::Name, text: name_made, blank });
            return Some(2);
        }
        let [low, index, ..] = rest else { return None };
        if !low.is_op("_") {
            return None;
        }
        let stem = out.last()?.name()?.to_string();
        let index = index.inside('{').map_or(text(std::slice::from_ref(index)), text);
        let blank = out.pop()?.blank();
        out.push(Node::Leaf { kind: nodes::Kind::Name, text: format!("{stem}_{}", subscript(&index)), blank });
        Some(2)
    }
}

fn subscript(text: &str) -> String {
    let kept = text.replace(['\\', '{', '}'], "").replace("text", "").replace("mathrm", "");
    kept.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The argument of a command: a group in braces, or one token.
fn part(node: &Node) -> Option<&[Node]> {
    match node {
        Node::Group { open: '{', items, .. } => Some(items),
        Node::Leaf { .. } => Some(std::slice::from_ref(node)),
        Node::Group { .. } => None,
    }
}

/// Whether a name that comes now would run into what is there.
fn glued(out: &[Node]) -> bool {
    out.last().is_some_and(Node::is_operand)
}

fn ends_argument(node: &Node) -> bool {
    let command = node.command().map(|command| command.trim_start_matches('\\'));
    matches!(node, Node::Leaf { kind: nodes::Kind::Word, .. })
        || matches!(node.operator(), Some("+" | "-" | "=" | "," | "<" | ">" | "*" | "±"))
        || command.is_some_and(|command| {
            FUNCTIONS.contains(&command)
                || matches!(command, "cdot" | "times" | "pm" | "le" | "ge" | "right" | "," | "frac")
        })
}
