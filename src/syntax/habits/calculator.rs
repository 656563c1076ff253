//! Pocket calculators and spreadsheets: `=2+2`, `2+2=`, `20% of 50`, `5 mod 3`, `1,000.5`, `IF(c, a, b)`.

use super::nodes::{Node, as_operand, operand_len, position, split, take_operand, text};
use super::translator::Translator;

/// Reductions that take one tensor here, and any number of values in Octave and spreadsheets.
const OF_SEVERAL: &[&str] = &["sum", "mean", "prod", "std", "var", "median", "SUM", "AVERAGE", "PRODUCT", "MEDIAN"];

impl Translator<'_> {
    /// `=2+2`, `2+2=`, `x^2|x=2`
    pub fn calculator_statement(&mut self, nodes: &[Node]) -> Option<String> {
        if nodes.len() > 1 && nodes[0].is_op("=") {
            self.say("a line needs no = before it");
            return Some(self.value(&nodes[1..]));
        }
        if let Some((last, before)) = nodes.split_last()
            && (last.is_op("=") || last.is_op("?") && before.last().is_some_and(|node| node.is_op("=")))
            && position(before, "=").is_none_or(|at| at + 1 == before.len())
            && before.len() > 1
        {
            self.say("a result needs no = after it");
            let before = if before.last()?.is_op("=") { &before[..before.len() - 1] } else { before };
            return Some(self.value(before));
        }
        let bar = position(nodes, "|").filter(|at| *at > 0)?;
        let point = &nodes[bar + 1..];
        let point = if point.first()?.is_op("_") { &point[1..] } else { point };
        let point = match point {
            [group] => group.inside('{').or(group.inside('('))?,
            point => point,
        };
        let is_point = point.len() > 2 && point[0].name().is_some() && point[1].is_op("=");
        is_point.then(|| {
            self.say("a point stands after at");
            format!("{} at {}", self.value(&nodes[..bar]), self.expression(point).trim_start_matches('_'))
        })
    }

    pub fn calculator(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        self.percent_of(out, rest)
            .or_else(|| self.infix_word(out, rest))
            .or_else(|| self.grouped_digits(out, rest))
            .or_else(|| self.several_values(out, rest))
            .or_else(|| self.where_call(out, rest))
            .or_else(|| self.number_in_quotes(out, rest))
            .or_else(|| self.double_factorial(out, rest))
    }

    /// `20% of 50`
    fn percent_of(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [percent, of, ..] = rest else { return None };
        if !percent.is_op("%") || of.name() != Some("of") {
            return None;
        }
        let part = take_operand(out)?;
        let blank = part[0].blank();
        self.say("a percentage is a fraction of 100");
        self.push(out, format!("{}/100 *", text(&part)), blank);
        Some(2)
    }

    /// `5 mod 3`, `10 choose 3`, `2 times 3`, `1 plus 1`
    fn infix_word(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let word = rest.first()?.name()?;
        if !out.last().is_some_and(|node| node.is_operand() || node.is_op("!")) || self.is_value(word) {
            return None;
        }
        let ours = match word {
            "mod" | "MOD" | "modulo" => "%",
            "times" => "*",
            "plus" => "+",
            "minus" => "-",
            "div" if rest.len() > 1 && rest[1].inside('(').is_none() => {
                return self.quotient_word(out, rest);
            }
            "over" => "/",
            "AND" => "and",
            "OR" => "or",
            "xor" | "XOR" => "!=",
            "choose" | "nCr" | "C" | "nPr" | "P" if rest.len() > 1 => {
                let function = if matches!(word, "nPr" | "P") { "perm" } else { "comb" };
                let len = operand_len(&rest[1..])?;
                let left = take_operand(out)?;
                let blank = left[0].blank();
                let right = text(&self.sequence(&rest[1..=len]));
                self.push(out, format!("{function}({}, {right})", text(&left)), blank);
                return Some(1 + len);
            }
            _ => return None,
        };
        if rest.len() < 2 {
            return None;
        }
        out.push(Node::op(ours, true));
        Some(1)
    }

    fn quotient_word(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let len = operand_len(&rest[1..])?;
        let left = take_operand(out)?;
        let blank = left[0].blank();
        let right = text(&self.sequence(&rest[1..=len]));
        self.push(out, format!("floor({} / {right})", text(&left)), blank);
        Some(1 + len)
    }

    /// `1,000.5`, `1.234,5`, `1 000 000`, `1'000`: one number with its digits in groups.
    fn grouped_digits(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?.number()?;
        let is_digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
        if first.len() > 7 || !first.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if let Some((made, used)) = spaced_digits(rest).or_else(|| dotted_digits(rest)) {
            self.say("a number is written without separators");
            self.push(out, made, rest[0].blank());
            return Some(used);
        }
        let [_, comma, second, ..] = rest else { return None };
        let second_text = second.number()?;
        let close = !comma.blank() && !second.blank();
        let made = match (comma.operator()?, first.split_once('.')) {
            // 1.234,5
            (",", Some((whole, group))) if close && whole.len() <= 3 && is_digits(group, 3) => {
                Some((format!("{whole}{group}.{second_text}"), 3))
            }
            (",", None) if close && first.len() <= 3 => {
                let mut whole = first.to_string();
                let mut at = 1;
                let mut fraction = "";
                while let [comma, group, ..] = &rest[at..]
                    && comma.is_op(",")
                    && fraction.is_empty()
                    && let Some((digits, rest)) =
                        group.number().map(|number| number.split_once('.').unwrap_or((number, "")))
                    && is_digits(digits, 3)
                {
                    whole += digits;
                    fraction = rest;
                    at += 2;
                }
                if at == 1 {
                    None
                } else if fraction.is_empty() {
                    Some((whole, at))
                } else {
                    Some((format!("{whole}.{fraction}"), at))
                }
            }
            _ => None,
        };
        let (made, used) = made?;
        self.say("a number is written without separators");
        self.push(out, made, rest[0].blank());
        Some(used)
    }

    /// `sum(1, 2, 3)`: the first argument a number, so that no second one can be an axis.
    fn several_values(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [function, group, ..] = rest else { return None };
        let name = function.name().filter(|name| OF_SEVERAL.contains(name))?;
        let parts = split(group.inside('(')?, ",");
        let is_number = |part: &&[Node]| match part {
            [number] => number.number().is_some(),
            [sign, number] => sign.is_op("-") && number.number().is_some(),
            _ => false,
        };
        if parts.len() < 2 || !is_number(parts.first()?) {
            return None;
        }
        let name = if name == "AVERAGE" { "mean".to_string() } else { name.to_lowercase() };
        let name = if name == "product" { "prod".to_string() } else { name };
        let values = self.arguments(group.inside('(')?);
        self.say(format!("{name} takes one value of several elements"));
        self.push(out, format!("{name}([{}])", values.join(", ")), function.blank());
        Some(2)
    }

    /// `if(1>0, 2, 3)` of a spreadsheet
    fn where_call(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [word, group, ..] = rest else { return None };
        if !matches!(word.name()?, "if" | "If") {
            return None;
        }
        let arguments = group.inside('(').or(group.inside('['))?;
        if split(arguments, ",").len() != 3 {
            return None;
        }
        let arguments = self.arguments(arguments);
        self.push(out, format!("where({})", arguments.join(", ")), word.blank());
        Some(2)
    }

    /// `float("3.5")`
    fn number_in_quotes(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [function, group, ..] = rest else { return None };
        if !matches!(function.name()?, "float" | "int" | "Number" | "parseFloat" | "str2num" | "str2double" | "Decimal")
        {
            return None;
        }
        let [argument] = group.inside('(')? else { return None };
        let number = argument.quoted()?.trim_matches(['"', '\'', ' ']);
        number.parse::<f64>().ok()?;
        self.say("a number is written without quotes");
        self.push(out, number, function.blank());
        Some(2)
    }

    /// `7!!` as a product over steps of 2
    fn double_factorial(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [one, two, ..] = rest else { return None };
        if !one.is_op("!") || !two.is_op("!") || two.blank() {
            return None;
        }
        let n = take_operand(out)?;
        let blank = n[0].blank();
        let n = text(&n);
        self.say(format!("{n}!! can be read in two ways"));
        let end = as_operand(&n);
        self.push(out, format!("prod(arange({end}, 0, -2))"), blank);
        self.advise(format!("or ({n}!)! for the factorial of the factorial"));
        Some(2)
    }
}

fn is_group(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1 000 000`
fn spaced_digits(rest: &[Node]) -> Option<(String, usize)> {
    let first = rest.first()?.number().filter(|text| text.len() <= 3 && !text.contains('.'))?;
    let groups: Vec<&str> = rest[1..].iter().map_while(|node| node.number().filter(|text| is_group(text))).collect();
    (!groups.is_empty()).then(|| (format!("{first}{}", groups.concat()), 1 + groups.len()))
}

/// `1.000.000,50`
fn dotted_digits(rest: &[Node]) -> Option<(String, usize)> {
    let (first, second) = rest.first()?.number()?.split_once('.').filter(|(_, group)| is_group(group))?;
    let mut whole = format!("{first}{second}");
    let mut at = 1;
    while let [dot, group, ..] = &rest[at..]
        && dot.is_op(".")
        && let Some(digits) = group.number().filter(|text| is_group(text))
    {
        whole += digits;
        at += 2;
    }
    match &rest[at..] {
        _ if at == 1 => None,
        [comma, fraction, ..] if comma.is_op(",") && !comma.blank() => {
            Some((format!("{whole}.{}", fraction.number()?), at + 2))
        }
        _ => Some((whole, at)),
    }
}
