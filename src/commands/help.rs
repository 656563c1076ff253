//! `:help`: one screen to begin with, then a page for every function, operator, command and topic.

use super::{COMMANDS, Command, Context, Place, find, kinks};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::functions::{self, CONSTANTS, Entry};
use crate::report::{number, value_text};
use crate::session::{Data, Outcome};
use crate::syntax::{Associativity, OPERATORS, Operator, Position};

const TOPICS: &[(&str, &str)] = &[
    ("functions", "all functions by group"),
    ("precedence", "operators, tightest first"),
    ("kinks", "which slope is taken where there is not one"),
    ("python", "names of NumPy, TensorFlow and PyTorch, and ours"),
    ("elsewhere", "lines of Python, LaTeX, Octave and calculators, and ours"),
];

/// Words of the language that are no operators.
const WORDS: &[(&str, &str)] = &[
    ("for", "for i in 0..5 { … }: runs the block for each element of a range, tensor or list"),
    ("in", "x in [0, 1, 2]: each element, after for and after at"),
    ("while", "while c { … }: runs the block as long as c holds"),
    ("if", "if c { … } else { … }: chooses a block; its value is that of the block's last line"),
    ("else", "if c { … } else { … }"),
    ("break", "leaves the loop"),
    ("continue", "goes on with the next turn of the loop"),
    ("return", "return e: leaves the function with the value of e; return a, b with several"),
    (",", "a, b = f(x): takes a value apart, a record by its fields, a tensor along its first axis"),
    ("true", "the boolean value"),
    ("false", "the boolean value"),
    ("const", "const c = 5: a value that is not differentiated and cannot be assigned again"),
    ("watch", "watch x: records what is computed from x (variables are watched from the start)"),
    ("unwatch", "unwatch x: takes x as a constant from now on"),
    ("no_grad", "no_grad { … }: computes without recording"),
    ("ans", "the result of the last expression; so does _"),
];

/// Six things to type, one after the other.
pub(super) const START: &[(&str, &str)] = &[
    ("f(x) = x^2 + 2x - 1 at x = 2", "a value and its derivative"),
    ("f at x in 0..5", "a table of both"),
    ("f''(2); f'", "derivatives are functions, and formulas"),
    ("x^2 y at x = 2, y = 3 order 2", "all partial derivatives up to order 2"),
    ("x = 3; y = x*x; grad(y, x)", "what is computed is recorded"),
    ("sum([1, 2; 3, 4] @ v) at v = [1, 2]", "tensors"),
];

pub fn help(context: &Context, topic: &str, place: Place) -> Result<Outcome, Diagnostic> {
    let topic = topic.trim().trim_start_matches(':').trim_end_matches("()");
    let text = match topic {
        "" => start(),
        "functions" => function_list(),
        "precedence" | "operators" => precedence(),
        "kinks" | "conventions" => kinks::text(),
        "elsewhere" | "latex" | "octave" | "matlab" | "excel" | "wolfram" => elsewhere(),
        "python" | "from python" | "numpy" | "tensorflow" => python(),
        topic => own_name(context, topic).or_else(|| page(topic)).ok_or_else(|| unknown(context, topic, place))?,
    };
    Ok(Outcome::Message(text))
}

pub(super) fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|(name, _)| *name)
}

/// The commands that the first page explains; it names the others.
const FREQUENT: [&str; 6] = ["help", "vars", "tape", "set", "run", "quit"];

fn start() -> String {
    let mut text = String::from("Type mathematics, then ask for derivatives:\n");
    text.push_str(&two_columns(START.iter().copied()));
    text.push_str("\nCommands:\n");
    let is_frequent = |command: &&Command| FREQUENT.contains(&command.name);
    text.push_str(&two_columns(COMMANDS.iter().filter(is_frequent).map(|command| (command.usage, command.doc))));
    let others: Vec<String> =
        COMMANDS.iter().filter(|command| !is_frequent(command)).map(|command| format!(":{}", command.name)).collect();
    text.push_str(&format!("  also {} (:help {} explains)\n", others.join(" "), others[0].trim_start_matches(':')));
    let topics: Vec<&str> = topics().chain(["sum"]).collect();
    text.push_str(&format!("\nMore: :help {}", topics.join(", ")));
    text
}

fn two_columns<'a>(rows: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let width = rows.clone().map(|(left, _)| left.chars().count()).max().unwrap_or(0);
    rows.map(|(left, right)| format!("  {left:width$}  {right}\n")).collect()
}

/// What the user has called so.
fn own_name(context: &Context, topic: &str) -> Option<String> {
    let own = context.session.variables().into_iter().find(|variable| variable.name == topic)?;
    let value = match &own.value {
        Data::Function(definition) | Data::Formula { text: definition, .. } => definition.clone(),
        value => format!("{topic} = {}", value_text(value, context.out_style)),
    };
    Some(format!("{value}\n{topic} is yours: {}", own.role))
}

fn page(topic: &str) -> Option<String> {
    let is_topic = |entry: &Entry| entry.name == topic || entry.aliases.contains(&topic);
    if let Some(entry) = functions::catalogue().find(is_topic) {
        return Some(entry_text(&entry));
    }
    if let Some((name, value, doc)) = CONSTANTS.iter().find(|(name, ..)| *name == topic) {
        return Some(format!("{name} = {}\n{doc}", number(*value, None)));
    }
    if let Some(command) = find(topic) {
        return Some(format!("{}\n{}\nExample: {}", command.usage, command.doc, one_line(command.example)));
    }
    if let Some((word, doc)) = WORDS.iter().find(|(word, _)| *word == topic) {
        return Some(format!("{word}\n{doc}"));
    }
    let operator = OPERATORS.iter().find(|operator| operator.spellings.contains(&topic))?;
    let spellings = operator.spellings.join("  ");
    let from = match operator.associativity {
        Associativity::Right => ", grouped from the right",
        _ => "",
    };
    Some(format!("{spellings}\n{}\nLevel {}{from}; :help precedence lists all", operator.doc, operator.level))
}

fn one_line(example: &str) -> String {
    example.replace('\n', ", then ")
}

fn entry_text(entry: &Entry) -> String {
    let mut text = format!("{}\n{}", entry.signature, wrapped(&entry.doc));
    if !entry.aliases.is_empty() {
        text.push_str(&format!("\nAlso: {}", entry.aliases.join(", ")));
    }
    text.push_str(&format!("\nExample: {}", entry.example));
    text
}

/// At most 90 characters a line.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if !line.is_empty() && line.chars().count() + word.chars().count() > 89 {
            lines.push(word.to_string());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// Where else the word is found, or what it may have been meant to be.
fn unknown(context: &Context, topic: &str, place: Place) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("there is no help on {topic}")).at(place.source, place.span);
    let lower = topic.to_lowercase();
    let mentions = functions::catalogue().filter(|entry| entry.doc.to_lowercase().contains(&lower));
    let found: Vec<&str> = mentions.map(|entry| entry.name).take(8).collect();
    let own: Vec<String> = context.session.names().into_iter().map(|(name, _)| name).collect();
    let topics = topics().chain(COMMANDS.iter().map(|command| command.name)).chain(WORDS.iter().map(|(word, _)| *word));
    match did_you_mean(topic, own.iter().map(String::as_str).chain(topics.map(|name| -> &str { name }))) {
        Some(near) => diagnostic.help(format!("did you mean :help {near}?")),
        None if !found.is_empty() => diagnostic.help(format!("it is mentioned under {}", found.join(", "))),
        None => diagnostic.help(":help functions lists them all"),
    }
}

fn function_list() -> String {
    let entries: Vec<Entry> = functions::catalogue().collect();
    let mut groups: Vec<&str> = Vec::new();
    for entry in &entries {
        if !groups.contains(&entry.group) {
            groups.push(entry.group);
        }
    }
    let mut text = String::new();
    for group in groups {
        let names: Vec<&str> = entries.iter().filter(|entry| entry.group == group).map(|entry| entry.name).collect();
        text.push_str(&format!("{group}:\n{}\n", indented(&names.join(" "))));
    }
    let constants: Vec<&str> = CONSTANTS.iter().map(|(name, ..)| *name).collect();
    text.push_str(&format!("constants:\n{}", indented(&constants.join(" "))));
    text
}

fn indented(text: &str) -> String {
    wrapped(text).lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn precedence() -> String {
    let mut text = String::from("Operators, tightest first; those of one level are grouped from the side named.\n");
    let spellings = |operator: &Operator| operator.spellings.join(" ");
    let width = OPERATORS.iter().map(|operator| spellings(operator).chars().count()).max().unwrap_or(0);
    for operator in OPERATORS {
        let side = match (operator.position, operator.associativity) {
            (Position::Prefix, _) => "prefix",
            (Position::Postfix, _) => "postfix",
            (_, Associativity::Left) => "left",
            (_, Associativity::Right) => "right",
            (_, Associativity::Chain) => "chain",
            (_, Associativity::None) => "",
        };
        text.push_str(&format!("{:>2}  {:width$}  {side:7}  {}\n", operator.level, spellings(operator), operator.doc));
    }
    text.trim_end().to_string()
}

/// Lines of other languages with ours.
const ELSEWHERE: &[(&str, &str)] = &[
    ("x = tf.Variable(3.0)", "x = 3.0"),
    ("tape.gradient(y, [x, z])", "grad(y, [x, z])"),
    ("y.backward(); x.grad", "grad(y, x)"),
    ("y.sum()", "sum(y)"),
    ("def f(x): return x**2", "f(x) = x^2"),
    ("for i in range(3): x = 2*x", "for i in 0..3 { x = 2x }"),
    ("\\frac{d}{dx} x^2", "d/dx x^2"),
    ("\\sum_{n=0}^{10} 1/n!", "sum(1/n! for n in 0..=10)"),
    ("0:0.1:1", "linspace(0, 1, 11)"),
    ("A(1,:)", "A[0, :]"),
    ("f = @(x) x.^2", "f = x -> x^2"),
    ("D[x^2, x]", "d/dx x^2"),
    ("20% of 50", "20/100 * 50"),
    ("whos, clear, clc", ":vars, :reset, :clear"),
];

fn elsewhere() -> String {
    let text = String::from("A line of another language is answered by the line to type here:\n");
    text + &two_columns(ELSEWHERE.iter().copied())
}

fn python() -> String {
    let mut text = String::from("Names from elsewhere are understood (np., tf., torch. and jax. are left out):\n");
    let entries: Vec<Entry> = functions::catalogue().filter(|entry| !entry.aliases.is_empty()).collect();
    for entry in &entries {
        text.push_str(&format!("  {:14} {}\n", entry.name, entry.aliases.join(", ")));
    }
    text.push_str(
        "  x ** y is x^y; A @ B is the matrix product; indices and slices are those of NumPy.\n  \
         lambda x: x**2 is x -> x^2; def f(x): return … is f(x) = …; tape.gradient(y, x) is grad(y, x).",
    );
    text
}
