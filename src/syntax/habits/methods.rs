//! Methods and properties of values: `x.sum()`, `A.dot(b)`, `w.shape`, `y.backward()`.

use super::function_names::renamed;
use super::nodes::{Node, as_operand, take_operand, text};
use super::translator::Translator;

/// Methods that leave a value as it is.
const SAME: &[&str] = &[
    "numpy",
    "item",
    "detach",
    "clone",
    "copy",
    "tolist",
    "cpu",
    "cuda",
    "float",
    "double",
    "requires_grad_",
    "data",
    "value",
    "values",
    "astype",
    "to",
    "eval",
    "contiguous",
    "read_value",
    "block_until_ready",
    "real",
    "get",
    "type",
    "evalf",
    "simplify",
    "squeeze_",
    "retain_grad",
    "coalesce",
    "toarray",
    "todense",
    "to_numpy",
];

/// Methods that assign: `x.assign_add(1)`.
const ASSIGNING: &[(&str, &str)] = &[
    ("assign", "="),
    ("assign_add", "+="),
    ("assign_sub", "-="),
    ("add_", "+="),
    ("sub_", "-="),
    ("mul_", "*="),
    ("div_", "/="),
    ("copy_", "="),
    ("fill_", "="),
    ("set_value", "="),
];

impl Translator<'_> {
    pub fn method(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [dot, name, ..] = rest else { return self.renamed_keywords(out, rest) };
        if !dot.is_op(".") {
            return self.renamed_keywords(out, rest);
        }
        if dot.blank() || name.blank() || out.is_empty() {
            return None;
        }
        let name = name.name()?;
        let arguments = rest.get(2).filter(|node| !node.blank()).and_then(|node| node.inside('('));
        let mut left = out.clone();
        let object = take_operand(&mut left)?;
        let (blank, object) = (object[0].blank(), text(&object));
        let made = match arguments {
            Some(arguments) => self.called(&object, name, arguments)?,
            None => self.property(&object, name)?,
        };
        self.say(match arguments {
            Some(_) => format!("values have no methods: {name}"),
            None => format!("values have no properties: {name}"),
        });
        *out = left;
        self.push(out, made, blank);
        Some(if arguments.is_some() { 3 } else { 2 })
    }

    fn property(&mut self, object: &str, name: &str) -> Option<String> {
        match name {
            "shape" => Some(format!("shape({object})")),
            "size" => Some(format!("size({object})")),
            "ndim" => Some(format!("rank({object})")),
            "T" | "mT" => Some(format!("transpose({object})")),
            "dtype" | "device" => {
                self.advise(":vars lists what there is, with kinds");
                Some(object.to_string())
            }
            "I" => Some(format!("inv({object})")),
            "grad" if self.is_function(object) => Some(format!("{object}'")),
            "grad" => {
                let target = self.differentiated.clone().unwrap_or_else(|| "y".to_string());
                if self.differentiated.is_some() {
                    self.advice = None;
                }
                self.say("a gradient is asked for by name: of what, with respect to what");
                if self.differentiated.is_none() && !self.is_value("y") {
                    self.advise("y stands for what is differentiated");
                }
                Some(format!("grad({target}, {object})"))
            }
            name if SAME.contains(&name) => Some(object.to_string()),
            _ => None,
        }
    }

    fn called(&mut self, object: &str, name: &str, arguments: &[Node]) -> Option<String> {
        if name == "backward" {
            self.say("no backward pass is needed: everything is recorded");
            self.differentiated = Some(object.to_string());
            let first = self.arguments(arguments).into_iter().next().filter(|seed| !seed.contains("="));
            let seed = first.map_or(String::new(), |seed| format!(", seed = {seed}"));
            self.advise(format!("the gradient with respect to x is grad({object}, x{seed})"));
            return Some(String::new());
        }
        let given = self.call_arguments(arguments);
        if let Some((_, assigns)) = ASSIGNING.iter().find(|(method, _)| *method == name) {
            return Some(format!("{object} {assigns} {}", given.first()?));
        }
        match (name, given.as_slice()) {
            ("grad" | "derivative" | "deriv", [one]) if self.is_function(object) => Some(format!("{object}'({one})")),
            (_, _) if SAME.contains(&name) => Some(object.to_string()),
            ("zero_", []) => Some(format!("{object} = 0 {object}")),
            ("append" | "push" | "push_back", [one]) => Some(format!("{object} = append({object}, {one})")),
            ("dot" | "matmul" | "mm" | "mv" | "__matmul__", [one]) => {
                Some(format!("{} @ {}", as_operand(object), as_operand(one)))
            }
            ("pow" | "__pow__", [one]) => Some(format!("{}^{}", as_operand(object), as_operand(one))),
            ("t" | "transpose" | "conj_transpose" | "H" | "T", []) => Some(format!("transpose({object})")),
            ("size", []) => Some(format!("shape({object})")),
            ("dim" | "ndimension", []) => Some(format!("rank({object})")),
            ("numel", []) => Some(format!("size({object})")),
            ("view" | "reshape", dimensions) if dimensions.len() > 1 => {
                Some(format!("reshape({object}, ({}))", dimensions.join(", ")))
            }
            ("diff", [by, ..]) => Some(format!("diff({object}, {})", given_list(by, &given[1..]))),
            ("subs", [name, value]) => Some(format!("{object} at {name} = {value}")),
            _ => {
                let mut all = vec![object.to_string()];
                all.extend(given);
                renamed(self, name, &all)
            }
        }
    }
}

fn given_list(first: &str, rest: &[String]) -> String {
    std::iter::once(first).chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join(", ")
}
