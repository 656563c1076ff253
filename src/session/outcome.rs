//! Outcomes: what a statement gave, as plain data. How it looks is the business of `report`.

use std::rc::Rc;

use crate::syntax::latex;

use crate::diagnostic::Diagnostic;
use crate::tensor::Tensor;

/// A value without its history: what is printed, and what JSON carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Number(f64),
    Int(i64),
    Bool(bool),
    Text(Rc<str>),
    Tensor(Tensor),
    /// `a..b` that nobody asked to expand: first, past the last.
    Range(i64, i64),
    List(Vec<Data>),
    Record(Vec<(String, Data)>),
    /// A function as it would be typed: `x -> x^2`.
    Function(String),
    /// A derivative as a formula, `f'(x) = 2x`, and as LaTeX where that has a notation for it.
    Formula {
        text: String,
        latex: Option<String>,
    },
    /// Does not depend on the source, and why.
    None(Rc<str>),
}

impl Data {
    /// A derivative as it is told: its zeros have no sign.
    pub fn without_signed_zero(self) -> Data {
        match self {
            Data::Number(x) => Data::Number(x + 0.0),
            Data::Tensor(tensor) if tensor.data().iter().any(|x| *x == 0.0 && x.is_sign_negative()) => {
                let data: Vec<f64> = tensor.data().iter().map(|x| x + 0.0).collect();
                Data::Tensor(Tensor::new(tensor.shape().clone(), data))
            }
            other => other,
        }
    }

    /// A formula in both notations.
    pub fn formula(text: String) -> Data {
        Data::Formula { latex: latex(&text), text }
    }
}

/// One partial derivative.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The variables in order: `[x]` is ∂f/∂x, `[x, y]` is ∂²f/∂x∂y.
    pub by: Vec<String>,
    pub value: Data,
}

/// The result of `e at …` and of `grad(y, [x, z])`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gradient {
    /// `f`, `y`, or the text of an unnamed expression.
    pub name: String,
    /// The expression without its point; `None` for `grad(y, …)`.
    pub expression: Option<String>,
    pub at: Vec<(String, Data)>,
    pub value: Option<Data>,
    pub partials: Vec<Partial>,
    /// Second and higher orders, in ascending order.
    pub higher: Vec<Partial>,
}

/// Rows of numbers (or tensors) under headings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Data>>,
}

/// One line of `:tape`.
#[derive(Debug, Clone, PartialEq)]
pub struct TapeLine {
    pub node: usize,
    /// The variable that the node is the value of, if any.
    pub name: Option<String>,
    /// Name of the operation, e.g. `sin`.
    pub operation: String,
    /// `%3` for a node, a number for a constant, `axis = 0` for an attribute.
    pub operands: Vec<String>,
    pub value: Data,
    pub adjoint: Option<Data>,
}

/// One line of `:vars`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub name: String,
    pub value: Data,
    /// `watched`, `recorded`, `constant`, …: what a derivative sees in it.
    pub role: &'static str,
}

/// What `:time` measured, in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// Each of the timings is the mean of so many runs.
    pub batch: usize,
    /// A run, in the order in which they were made; at least one.
    pub all: Vec<f64>,
    /// Reading, recording and compiling, once.
    pub prepare: f64,
    /// What the statement is worth.
    pub value: Data,
}

impl Timing {
    pub fn min(&self) -> f64 {
        self.all.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle one; of an even number the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let mut sorted = self.all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
    }
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Nothing,
    Value(Data),
    /// `x = 3`: echoed at the prompt only.
    /// `a, b = e`
    Unpacked(Vec<(String, Data)>),
    Assigned {
        name: String,
        value: Data,
    },
    /// `f(x) = x^2`: echoed at the prompt only.
    Defined {
        name: String,
        definition: String,
    },
    Gradient(Gradient),
    Table(Table),
    /// The Wengert list, and the name of the target whose adjoints it shows.
    Tape {
        lines: Vec<TapeLine>,
        target: Option<String>,
    },
    Variables(Vec<Variable>),
    Time(Timing),
    /// Text for a person: help.
    Message(String),
}

/// Everything that a statement has to say.
#[derive(Debug, Clone)]
pub struct Reply {
    pub outcome: Outcome,
    /// A `;` at the end of the line hides the outcome (the notes stay).
    pub silent: bool,
    /// How the input was read, where precedence decided: `1/(2x)`. The prompt echoes it.
    pub reading: Option<String>,
    /// Remarks: `log(-1) is NaN here`, `e was Euler's number`.
    pub notes: Vec<Diagnostic>,
}

/// `∂f/∂x`, `∂²f/∂x∂y`, `∂(x^2 y)/∂x`: how a partial derivative of what is called `name` is written.
pub fn partial_label(name: &str, by: &[String]) -> String {
    let mut label = String::new();
    push_partial_label(&mut label, name, by);
    label
}

/// Appends [`partial_label`].
pub fn push_partial_label(out: &mut String, name: &str, by: &[String]) {
    let is_simple = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '\''));
    out.push('∂');
    if by.len() > 1 {
        push_superscript(out, by.len());
    }
    if is_simple {
        out.push_str(name);
    } else {
        out.push('(');
        out.push_str(name);
        out.push(')');
    }
    out.push('/');
    for run in by.chunk_by(|a, b| a == b) {
        out.push('∂');
        out.push_str(&run[0]);
        if run.len() > 1 {
            push_superscript(out, run.len());
        }
    }
}

fn push_superscript(out: &mut String, n: usize) {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    out.extend(n.to_string().bytes().map(|digit| DIGITS[(digit - b'0') as usize]));
}
