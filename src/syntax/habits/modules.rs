//! Names behind `np.`, `tf.`, `torch.`, `jax.`, `math.` and the like, constructors, and tapes.

use super::function_names::renamed;
use super::nodes::{Kind, Node, as_operand, split, text};
use super::translator::Translator;

/// What stands before the names of functions elsewhere.
const MODULES: &[&str] = &[
    "np",
    "numpy",
    "tf",
    "tensorflow",
    "torch",
    "nn",
    "jnp",
    "jax",
    "scipy",
    "math",
    "Math",
    "special",
    "linalg",
    "sp",
    "sympy",
    "sym",
    "F",
    "functional",
    "autograd",
    "keras",
    "K",
    "lax",
    "random",
    "cmath",
    "statistics",
    "stats",
    "optimize",
    "integrate",
    "cp",
    "mx",
    "anp",
    "tfp",
    "std",
    "console",
    "System",
    "ops",
    "losses",
    "activations",
];

/// Functions of a module whose value is that of their first argument.
pub const CONSTRUCTORS: &[&str] = &[
    "Variable",
    "constant",
    "tensor",
    "array",
    "asarray",
    "convert_to_tensor",
    "as_tensor",
    "Tensor",
    "FloatTensor",
    "DoubleTensor",
    "Parameter",
    "float32",
    "float64",
    "double",
    "matrix",
    "identity",
    "jit",
    "function",
    "vectorize",
    "asanyarray",
    "to_float",
    "cast",
    "Dual",
    "param",
    "leaf",
    "stop_recording",
    "from_numpy",
    "device_put",
    "ndarray",
    "block_until_ready",
    "compile",
    "atleast_1d",
];

/// Keywords that say nothing here.
const DROPPED: &[&str] = &[
    "dtype",
    "requires_grad",
    "name",
    "device",
    "trainable",
    "persistent",
    "create_graph",
    "retain_graph",
    "end",
    "sep",
    "order",
    "copy",
    "allow_unused",
    "grad_outputs",
    "shape",
    "watch_accessed_variables",
    "has_aux",
    "flush",
    "out",
];

/// Keywords that have another name here.
const KEYWORDS: &[(&str, &str)] = &[
    ("dim", "axis"),
    ("keepdim", "keepdims"),
    ("keep_dims", "keepdims"),
    ("unconnected_gradients", "unconnected"),
    ("output_gradients", "seed"),
    ("num", "count"),
];

impl Translator<'_> {
    /// `np.sin(x)`, `tf.Variable(3.0)`, `math.pi`, `tape.gradient(y, x)`
    pub fn module(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?.name()?;
        if out.last().is_some_and(|node| node.is_op(".")) {
            return None;
        }
        let blank = rest[0].blank();
        if let Some(used) = self.tape(out, rest) {
            return Some(used);
        }
        if !MODULES.contains(&first) || self.is_known(first) || !rest.get(1)?.is_op(".") {
            return None;
        }
        let mut at = 0;
        while rest.get(at + 1).is_some_and(|node| node.is_op("."))
            && let Some(next) = rest.get(at + 2).and_then(Node::name)
            && (at == 0
                || rest
                    .get(at)
                    .and_then(Node::name)
                    .is_some_and(|name| MODULES.contains(&name) || name == "UnconnectedGradients"))
        {
            at += 2;
            let _ = next;
        }
        let member = rest[at].name()?;
        let Some(arguments) = rest.get(at + 1).filter(|node| !node.blank()).and_then(|node| node.inside('(')) else {
            self.say("functions stand without a module");
            self.push(out, member_value(member), blank);
            return Some(at + 1);
        };
        let used = at + 2;
        if let Some(made) = self.called_integral(&[
            Node::Leaf { kind: Kind::Name, text: member.to_string(), blank: false },
            rest[at + 1].clone(),
        ]) {
            self.push(out, made, blank);
            return Some(used);
        }
        let made = self.member(member, arguments, rest.get(used), first == "console")?;
        self.say("functions stand without a module");
        self.push(out, made.0, blank);
        Some(used + made.1)
    }

    /// A call of a member of a module: what it is here, and how many more nodes that used.
    fn member(
        &mut self,
        name: &str,
        arguments: &[Node],
        after: Option<&Node>,
        is_output: bool,
    ) -> Option<(String, usize)> {
        let called_on = after.and_then(|node| node.inside('('));
        if name == "log" && is_output {
            return Some((self.arguments(arguments).join("; "), 0));
        }
        if CONSTRUCTORS.contains(&name) {
            return Some((self.constructed(arguments), 0));
        }
        if matches!(
            name,
            "minimize" | "fmin" | "minimize_scalar" | "curve_fit" | "odeint" | "solve_ivp" | "root_scalar"
        ) {
            self.say(format!("there is no {name}"));
            self.advise("descend by the gradient: for i in 0..100 { x -= 0.1 f'(x) }");
            return None;
        }
        if let Some(made) = self.transformed(name, arguments, called_on) {
            return Some((made, 1));
        }
        let given = self.call_arguments(arguments);
        let arguments = self.spread(name, given, arguments);
        Some((renamed(self, name, &arguments)?, 0))
    }

    /// `jax.value_and_grad(f)(3)`, `jax.vmap(f)(v)`
    pub fn transformed(&mut self, name: &str, of: &[Node], called_on: Option<&[Node]>) -> Option<String> {
        let called_on = called_on?;
        let function = self.arguments(of).into_iter().next()?;
        let arguments = self.arguments(called_on);
        match (name, arguments.as_slice()) {
            ("vmap" | "vectorize" | "pmap", [one]) => Some(format!("map({function}, {one})")),
            ("value_and_grad", [one]) if function.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                Some(format!("{function} at x = {one}"))
            }
            ("jacfwd" | "jacrev", _) => Some(format!("jacobian({function})({})", arguments.join(", "))),
            ("jit" | "function", _) => Some(format!("{}({})", as_operand(&function), arguments.join(", "))),
            _ => None,
        }
    }

    /// The value of `tf.Variable(3.0, name="x")`.
    pub fn constructed(&mut self, arguments: &[Node]) -> String {
        let arguments = self.call_arguments(arguments);
        let first = arguments.first().cloned().unwrap_or_default();
        as_operand(&first)
    }

    /// `(2, 3)` as a shape is spread where functions here take dimensions one by one.
    fn spread(&self, name: &str, arguments: Vec<String>, nodes: &[Node]) -> Vec<String> {
        let takes_dimensions = matches!(name, "normal" | "uniform" | "rand" | "randn" | "random");
        if !takes_dimensions {
            return arguments;
        }
        match split(nodes, ",").first() {
            Some([Node::Group { open: '(' | '[', items, .. }]) => {
                let dimensions = split(items, ",").into_iter().map(|part| text(part).trim().to_string());
                dimensions.filter(|part| !part.is_empty()).chain(arguments.into_iter().skip(1)).collect()
            }
            _ => arguments,
        }
    }

    /// Arguments without the keywords that mean nothing here, others under our names.
    pub fn call_arguments(&mut self, nodes: &[Node]) -> Vec<String> {
        let mut made = Vec::new();
        for part in split(nodes, ",") {
            let keyword = match part {
                [name, equals, ..] if equals.is_op("=") => name.name(),
                _ => None,
            };
            match keyword {
                Some(keyword) if DROPPED.contains(&keyword) => {}
                Some(keyword) => {
                    let ours = KEYWORDS.iter().find(|(theirs, _)| *theirs == keyword).map_or(keyword, |(_, ours)| ours);
                    made.push(format!("{ours} = {}", self.value(&part[2..])));
                }
                None => made.push(self.value(part)),
            }
        }
        made.retain(|argument| !argument.is_empty());
        made
    }

    /// `tape.gradient(y, x)`, `tape.watch(x)`, `optimizer.step()`
    fn tape(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [object, dot, method, arguments, ..] = rest else { return None };
        if !dot.is_op(".") || self.is_known(object.name()?) {
            return None;
        }
        let arguments = arguments.inside('(')?;
        let method = method.name()?;
        let made = match method {
            "gradient" | "jacobian" | "batch_jacobian" => {
                let ours = if method == "gradient" { "grad" } else { method };
                self.say("no tape is needed: everything is recorded");
                format!("{ours}({})", self.call_arguments(arguments).join(", "))
            }
            "watch" => format!("watch {}", self.call_arguments(arguments).join(", ")),
            "zero_grad" | "step" | "apply_gradients" | "minimize" | "update" if !MODULES.contains(&object.name()?) => {
                self.say("there is no optimizer");
                self.advise("write the step: w -= 0.1 grad(loss, w)");
                String::new()
            }
            _ => return None,
        };
        self.push(out, made, object.blank());
        Some(4)
    }

    /// `grad(loss, {"w": w, "b": b})`: variables stand in a list.
    fn named_sources(&mut self, function: &str, arguments: &[Node]) -> Option<String> {
        let [target, [dictionary]] = split(arguments, ",")[..] else { return None };
        if !matches!(function, "grad" | "gradient" | "jacobian" | "hessian") {
            return None;
        }
        let values: Option<Vec<String>> = split(dictionary.inside('{')?, ",")
            .into_iter()
            .map(|field| field.get(1).filter(|colon| colon.is_op(":")).map(|_| self.value(&field[2..])))
            .collect();
        let target = self.value(target);
        Some(match values?.as_slice() {
            [one] => format!("{function}({target}, {one})"),
            several => format!("{function}({target}, [{}])", several.join(", ")),
        })
    }

    /// `grad(y, x, unconnected_gradients="zero")`: a call of ours with keywords of others.
    pub fn renamed_keywords(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let [function, group, ..] = rest else { return None };
        let arguments = group.inside('(')?;
        if let Some(made) = self.named_sources(function.name()?, arguments) {
            self.push(out, made, function.blank());
            return Some(2);
        }
        let is_foreign = |part: &&[Node]| match part {
            [name, equals, ..] if equals.is_op("=") => {
                name.name().is_some_and(|name| KEYWORDS.iter().any(|(theirs, _)| *theirs == name))
            }
            _ => false,
        };
        if !self.is_function(function.name()?) || group.blank() || !split(arguments, ",").iter().any(is_foreign) {
            return None;
        }
        let made = format!("{}({})", function.name()?, self.call_arguments(arguments).join(", "));
        self.push(out, made, function.blank());
        Some(2)
    }
}

fn member_value(name: &str) -> &str {
    match name {
        "PI" | "Pi" => "pi",
        "E" => "e",
        "newaxis" => "None",
        "infty" | "Inf" | "Infinity" | "INFINITY" => "inf",
        "NaN" | "NAN" => "nan",
        "ZERO" => "\"zero\"",
        "NONE" => "\"none\"",
        name => name,
    }
}
