//! Functions that have another name here, or are a formula.

use super::nodes::{Node, as_operand};
use super::translator::Translator;

/// Theirs and ours, with the same arguments. Names that we know as they are (aliases) are not listed.
const NAMES: &[(&str, &str)] = &[
    ("nCr", "comb"),
    ("ncr", "comb"),
    ("nchoosek", "comb"),
    ("choose", "comb"),
    ("COMBIN", "comb"),
    ("Binomial", "comb"),
    ("nPr", "perm"),
    ("npr", "perm"),
    ("PERMUT", "perm"),
    ("fact", "factorial"),
    ("sgn", "sign"),
    ("signum", "sign"),
    ("lg", "log10"),
    ("lb", "log2"),
    ("ld", "log2"),
    ("logn", "log"),
    ("tg", "tan"),
    ("ctg", "cot"),
    ("cotan", "cot"),
    ("cosec", "csc"),
    ("arctg", "atan"),
    ("arcctg", "acot"),
    ("arctan2", "atan2"),
    ("arsinh", "asinh"),
    ("sh", "sinh"),
    ("ch", "cosh"),
    ("th", "tanh"),
    ("sind", "sindg"),
    ("cosd", "cosdg"),
    ("rem", "fmod"),
    ("ceiling", "ceil"),
    ("xor", "logical_xor"),
    ("XOR", "logical_xor"),
    ("sqr", "square"),
    ("average", "mean"),
    ("AVERAGE", "mean"),
    ("STDEV", "std"),
    ("repmat", "tile"),
    ("horzcat", "hstack"),
    ("vertcat", "vstack"),
    ("vcat", "vstack"),
    ("hcat", "hstack"),
    ("sapply", "map"),
    ("lapply", "map"),
    ("arrayfun", "map"),
    ("cellfun", "map"),
    ("ReLU", "relu"),
    ("Sigmoid", "sigmoid"),
    ("MSELoss", "mse"),
    ("jacfwd", "jacobian"),
    ("jacrev", "jacobian"),
    ("gradients", "grad"),
    ("mtimes", "matmul"),
    ("times", "mul"),
    ("rdivide", "div"),
    ("plus", "add"),
    ("minus", "sub"),
    ("power", "pow"),
    ("Power", "pow"),
    ("POWER", "pow"),
];

/// The call `name(arguments)` as it is written here; `None` if there is no such function.
pub fn renamed(translator: &Translator, name: &str, arguments: &[String]) -> Option<String> {
    if let Some(made) = formula(name, arguments) {
        return Some(made);
    }
    let lower = name.to_lowercase();
    let ours = match NAMES.iter().find(|(theirs, _)| *theirs == name) {
        Some((_, ours)) => ours,
        None if translator.is_function(name) => name,
        None if translator.is_function(&lower) => &lower,
        None => return None,
    };
    Some(format!("{ours}({})", arguments.join(", ")))
}

/// Functions of others that are an expression here.
fn formula(name: &str, arguments: &[String]) -> Option<String> {
    let operand = |index: usize| arguments.get(index).map(|text| as_operand(text));
    match (name, arguments.len()) {
        ("root" | "nthroot" | "surd" | "Surd", 2) => Some(format!("{}^(1/{})", operand(0)?, operand(1)?)),
        ("power" | "Power" | "POWER", 2) => Some(format!("{}^{}", operand(0)?, operand(1)?)),
        ("tand", 1) => Some(format!("tan(pi/180 * {})", operand(0)?)),
        ("asind" | "arcsind", 1) => Some(format!("asin({}) * 180/pi", arguments[0])),
        ("acosd" | "arccosd", 1) => Some(format!("acos({}) * 180/pi", arguments[0])),
        ("atand" | "arctand", 1) => Some(format!("atan({}) * 180/pi", arguments[0])),
        ("sumsq", 1) => Some(format!("sum({}^2)", operand(0)?)),
        ("IF" | "ifelse" | "iff", 3) => Some(format!("where({})", arguments.join(", "))),
        ("PI", 0) => Some("pi".to_string()),
        ("c", 1..) => Some(format!("[{}]", arguments.join(", "))),
        ("list" | "tuple", 1) => Some(arguments[0].clone()),
        ("log_2" | "log_10" | "log_e", 1) => {
            Some(format!("{}({})", if name == "log_e" { "log".into() } else { name.replace('_', "") }, arguments[0]))
        }
        ("seq", 2) => Some(format!("{}..={}", operand(0)?, operand(1)?)),
        ("seq", 3) => stepped(&arguments[0], &arguments[2], &arguments[1]),
        ("AND", 2..) => Some(arguments.join(" and ")),
        ("OR", 2..) => Some(arguments.join(" or ")),
        ("NOT", 1) => Some(format!("not {}", operand(0)?)),
        _ => None,
    }
}

/// Numbers from `start` to `end`, `end` included, as Octave means `start:step:end`.
pub fn stepped(start: &str, step: &str, end: &str) -> Option<String> {
    let numbers: Option<Vec<f64>> = [start, step, end].iter().map(|text| text.replace(' ', "").parse().ok()).collect();
    if let Some([first, by, last]) = numbers.as_deref() {
        let count = ((last - first) / by * (1.0 + 1e-12)).floor() + 1.0;
        if !(1.0..=1e6).contains(&count) {
            return None;
        }
        let reached = first + (count - 1.0) * by;
        let end = if (reached - last).abs() < 1e-9 * by.abs() { end.to_string() } else { format!("{reached}") };
        return Some(format!("linspace({start}, {end}, {count})"));
    }
    let step = as_operand(step);
    Some(format!("arange({start}, {end} + {step}/2, {step})"))
}

impl Translator<'_> {
    /// `nCr(5, 2)`, `SQRT(2)`: a function that is known here under another name.
    pub fn named_function(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [function, group, ..] = rest else { return None };
        let name = function.name()?;
        let arguments = group.inside('(').filter(|_| !group.blank())?;
        if self.is_known(name) && name != "vmap" || out.last().is_some_and(|node| node.is_op(".")) {
            return None;
        }
        let blank = function.blank();
        if let Some(made) = self.transformed(name, arguments, rest.get(2).and_then(|node| node.inside('('))) {
            self.push(out, made, blank);
            return Some(3);
        }
        if name == "vmap" {
            return None;
        }
        let arguments = self.call_arguments(arguments);
        let made = renamed(self, name, &arguments)?;
        self.push(out, made, blank);
        Some(2)
    }
}
