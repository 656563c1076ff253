//! Signs of mathematics on paper: `½`, `‖v‖`, `⟨x⟩`, `∇·F`, `v⃗`, `20°`, `∑_{n=0}^{10}`.

use super::nodes::{Node, as_operand, operand_len, position, take_operand, text};
use super::translator::Translator;

const FRACTIONS: &[(&str, &str)] = &[
    ("½", "1/2"),
    ("⅓", "1/3"),
    ("⅔", "2/3"),
    ("¼", "1/4"),
    ("¾", "3/4"),
    ("⅕", "1/5"),
    ("⅖", "2/5"),
    ("⅗", "3/5"),
    ("⅘", "4/5"),
    ("⅙", "1/6"),
    ("⅚", "5/6"),
    ("⅛", "1/8"),
    ("⅜", "3/8"),
    ("⅝", "5/8"),
    ("⅞", "7/8"),
];

/// Signs that enclose a value, with the function they stand for.
const ENCLOSING: &[(&str, &str, &str)] =
    &[("‖", "‖", "norm"), ("⟨", "⟩", "mean"), ("〈", "〉", "mean"), ("⌊", "⌋", "floor"), ("⌈", "⌉", "ceil")];

const OPERATORS: &[(&str, &str)] = &[
    ("∈", "in"),
    ("∧", "and"),
    ("∨", "or"),
    ("¬", "not"),
    ("–", "-"),
    ("—", "-"),
    ("‐", "-"),
    ("‒", "-"),
    ("∗", "*"),
    ("∘", "*"),
    ("⊙", "*"),
    ("∕", "/"),
    ("⁄", "/"),
    ("⇒", "->"),
    ("↦", "->"),
    ("≔", "="),
    ("∶", "/"),
    ("⩽", "<="),
    ("⩾", ">="),
    ("∙", "*"),
    ("•", "*"),
];

impl Translator<'_> {
    pub fn paper(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?;
        if let Some(name) = first.name().filter(|name| name.contains('\u{20d7}')) {
            let plain = name.replace('\u{20d7}', "");
            self.say("a vector is written without an arrow");
            out.push(Node::Leaf { kind: super::nodes::Kind::Name, text: plain, blank: first.blank() });
            return Some(1);
        }
        let sign = first.operator()?;
        let blank = first.blank();
        if let Some((_, fraction)) = FRACTIONS.iter().find(|(typed, _)| *typed == sign) {
            return self.vulgar_fraction(out, rest, fraction);
        }
        if let Some((_, close, function)) = ENCLOSING.iter().find(|(open, ..)| *open == sign) {
            let end = 1 + position(&rest[1..], close)?;
            let inside = self.value(&rest[1..end]);
            self.push(out, format!("{function}({inside})"), blank || out.last().is_some_and(Node::is_operand));
            return Some(end + 1);
        }
        match sign {
            "∇" => return self.nabla_operator(out, rest),
            "∑" => return self.sum(out, rest, "sum"),
            "∏" => return self.sum(out, rest, "prod"),
            "∛" | "∜" => {
                let len = operand_len(&rest[1..])?;
                let inside = text(&self.sequence(&rest[1..=len]));
                let degree = if sign == "∛" { "3" } else { "4" };
                self.push(out, format!("{}^(1/{degree})", as_operand(&inside)), blank);
                return Some(len + 1);
            }
            "°" => {
                self.say("angles are in radians");
                out.push(Node::ours("pi/180", true));
                return Some(1);
            }
            "′" if rest.get(1).is_some_and(|node| node.is_op("′")) => {
                out.push(Node::op("''", false));
                return Some(2);
            }
            _ => {}
        }
        let (_, ours) = OPERATORS.iter().find(|(typed, _)| *typed == sign)?;
        let is_word = ours.starts_with(|c: char| c.is_alphabetic());
        let spaced = if is_word { format!("{ours} ") } else { ours.to_string() };
        out.push(Node::op(&spaced, blank || is_word));
        Some(1)
    }

    /// `½ m v²` is `(1/2) m v²`; alone, or before an operator, no parentheses are needed.
    fn vulgar_fraction(&mut self, out: &mut Vec<Node>, rest: &[Node], fraction: &str) -> Option<usize> {
        let first = &rest[0];
        let digits_before = out.last().is_some_and(|node| node.number().is_some()) && !first.blank();
        let goes_on = rest
            .get(1)
            .is_some_and(|node| node.is_operand() || node.command().is_some() || node.is_op("^") || node.is_op("²"));
        let mut made = if goes_on { format!("({fraction})") } else { fraction.to_string() };
        let mut blank = first.blank();
        if digits_before {
            // 2½
            let whole = take_operand(out)?;
            blank = whole[0].blank();
            made = format!("({} + {fraction})", text(&whole));
        }
        self.push(out, made, blank);
        if let Some(next) = rest.get(1).filter(|node| node.is_operand()) {
            let next = next.clone().with_blank(true);
            let inner = self.sequence(std::slice::from_ref(&next));
            out.extend(inner);
            return Some(2);
        }
        Some(1)
    }

    /// `∇·F`, `∇×F`, `∇²φ`, with a point behind them if there is one.
    fn nabla_operator(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let function = match rest.get(1)?.operator()? {
            "·" | "⋅" | "•" | "." | "*" => "divergence",
            "×" => "curl",
            "²" | "^" => "laplacian",
            _ => return None,
        };
        let mut at = 2;
        if rest[1].is_op("^") {
            if rest.get(2)?.number() != Some("2") {
                return None;
            }
            at = 3;
        }
        let of = rest.get(at)?;
        let inside = of.inside('(').map_or(vec![of.clone().with_blank(false)], <[Node]>::to_vec);
        let inside = text(&self.sequence(&inside));
        self.say(format!("this is written {function}"));
        self.push(out, format!("{function}({inside})"), rest[0].blank());
        Some(at + 1)
    }
}
