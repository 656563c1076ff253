//! What people call: the catalogue of functions, from the table of operations and from what is composed of it.
//!
//! Knows neither the text of a call nor how results are printed. Functions that take functions call them through
//! [`Caller`], which `eval` implements.

mod activations;
mod args;
mod arrange;
mod check;
mod convert;
mod convolution;
mod creation;
mod data;
mod distributions;
mod einsum;
mod elementwise;
mod factorizations;
pub mod formula;
mod indexing;
mod linear;
mod longer;
mod losses;
mod matrices;
mod matrix_functions;
mod ordering;
mod products;
mod random;
mod reductions;
mod samples;
mod shapes;
mod special;
mod statistics;
mod steps;
mod vector_calculus;

use std::sync::OnceLock;

pub use args::Args;
pub use convert::factorial;
pub use data::{PRINTED, load};
pub use shapes::{element, elements};

use crate::ops;
use crate::tape::{Op, Row};
use crate::value::{BuiltinId, Fault, Function, Numbers, Value};

/// What a function may ask of whoever called it.
pub trait Caller {
    fn numbers(&mut self) -> &mut Numbers;
    /// Calls a function value.
    fn call(&mut self, function: &Value, args: Vec<Value>) -> Result<Value, Fault>;
    /// Says that a random number is drawn: what is computed would come out otherwise another time.
    fn chance(&mut self);
    /// Says that something is done that is seen outside, and so once: what is computed is not run again for it. Whether it
    /// is to be done now: an evaluation on trial does nothing.
    fn acts(&mut self) -> bool;
    /// Shows values on a line.
    fn print(&mut self, values: &[Value]);
    /// Does something that leaves nothing on the tape: what it finds must no longer depend on anything.
    fn apart(&mut self, work: &mut dyn FnMut(&mut dyn Caller) -> Result<(), Fault>) -> Result<(), Fault>;
}

/// A function that is more than one row of the table.
pub struct Builtin {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// `x` must be given, `axis?` may be (by name too), `xs*` takes all that come, at least one, `xs**` perhaps none.
    pub params: &'static [&'static str],
    pub doc: &'static str,
    pub example: &'static str,
    pub group: &'static str,
    pub run: Run,
}

impl Builtin {
    /// Whether it makes numbers of numbers and does nothing else, in little time: sum, norm, softplus.
    pub fn is_plain(&self) -> bool {
        [reductions::GROUP, elementwise::GROUP, special::GROUP].contains(&self.group)
    }
}

pub enum Run {
    Plain(fn(&mut dyn Caller, Args) -> Result<Value, Fault>),
    /// Needs the expressions of its arguments, not only their values; `eval` knows how.
    Special(Special),
}

/// Differential operators that look at names or leave an argument unevaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// `grad(y, x)`, `grad(f)`
    Grad,
    Jacobian,
    Hessian,
    BatchJacobian,
    /// `diff(e, x)`, `diff(e, x, 2)`
    Diff,
    /// `derivative(f)`, `D(f)`
    Derivative,
    /// `record(a = 1)`: any names
    Record,
    /// `map(f, xs)`
    Map,
}

/// One line of the catalogue, for help and completion.
pub struct Entry {
    pub name: &'static str,
    pub aliases: Vec<&'static str>,
    /// `sum(x, axis, keepdims)`, optional parameters in brackets.
    pub signature: String,
    pub doc: String,
    pub example: String,
    pub group: &'static str,
}

/// Numbers with names.
pub static CONSTANTS: &[(&str, f64, &str)] = &[
    ("pi", std::f64::consts::PI, "Ratio of a circle's circumference to its diameter; also π."),
    ("tau", std::f64::consts::TAU, "2 pi; also τ."),
    ("e", std::f64::consts::E, "Euler's number, base of the natural logarithm."),
    ("inf", f64::INFINITY, "Positive infinity; also ∞."),
    ("nan", f64::NAN, "Not a number."),
];

/// Other spellings of rows, as NumPy, SciPy, TensorFlow and textbooks have them.
static ROW_ALIASES: &[(&str, &[&str])] = &[
    ("log", &["ln"]),
    ("log10", &["log₁₀"]),
    ("log2", &["log₂"]),
    ("asin", &["arcsin"]),
    ("acos", &["arccos"]),
    ("atan", &["arctan"]),
    ("acot", &["arccot"]),
    ("atan2", &["arctan2"]),
    ("asinh", &["arcsinh", "arsinh"]),
    ("acosh", &["arccosh", "arcosh"]),
    ("atanh", &["arctanh", "artanh"]),
    ("asec", &["arcsec"]),
    ("acsc", &["arccsc"]),
    ("asech", &["arcsech", "arsech"]),
    ("acsch", &["arccsch", "arcsch"]),
    ("acoth", &["arccoth", "arcoth"]),
    ("deg2rad", &["radians"]),
    ("rad2deg", &["degrees"]),
    ("abs", &["fabs", "absolute"]),
    ("pow", &["power", "float_power"]),
    ("add", &[]),
    ("sub", &["subtract"]),
    ("mul", &["multiply"]),
    ("div", &["divide", "true_divide", "truediv"]),
    ("neg", &["negative"]),
    ("mod", &["remainder", "floormod"]),
    ("floor_divide", &["floordiv"]),
    ("comb", &["binom", "binomial"]),
    ("perm", &["falling_factorial"]),
    ("sign", &["sgn", "signum"]),
    ("round", &["rint", "around"]),
    ("trunc", &["fix"]),
    ("sigmoid", &["expit", "logistic"]),
    ("log_sigmoid", &["logsigmoid", "log_expit"]),
    ("silu", &["swish"]),
    ("ndtr", &["normal_cdf", "norm_cdf"]),
    ("log_ndtr", &["log_normal_cdf", "normal_log_cdf"]),
    ("ndtri", &["normal_quantile", "norm_ppf"]),
    ("normal_density", &["norm_pdf"]),
    ("lgamma", &["gammaln", "loggamma"]),
    ("digamma", &["psi"]),
    ("lbeta", &["betaln"]),
    ("gammainc", &["igamma"]),
    ("gammaincc", &["igammac"]),
    ("dawson", &["dawsn"]),
    ("expi", &["ei", "expint"]),
    ("exp1", &["e1"]),
    ("fresnel_s", &["fresnels", "fresnel_sin"]),
    ("fresnel_c", &["fresnelc", "fresnel_cos"]),
    ("j0", &["bessel_j0"]),
    ("j1", &["bessel_j1"]),
    ("jn", &["jv", "bessel_jn"]),
    ("y0", &["bessel_y0"]),
    ("y1", &["bessel_y1"]),
    ("yn", &["yv", "bessel_yn"]),
    ("i0", &["bessel_i0"]),
    ("i1", &["bessel_i1"]),
    ("iv", &["bessel_in"]),
    ("i0e", &["bessel_i0e"]),
    ("i1e", &["bessel_i1e"]),
    ("k0", &["bessel_k0"]),
    ("k1", &["bessel_k1"]),
    ("kn", &["kv", "bessel_kn"]),
    ("k0e", &["bessel_k0e"]),
    ("k1e", &["bessel_k1e"]),
    ("clip", &["clamp", "clip_by_value"]),
    ("where", &["select"]),
    ("tanhshrink", &["tanh_shrink"]),
    ("sinpi", &["sin_pi"]),
    ("cospi", &["cos_pi"]),
    ("maximum", &["clamp_min"]),
    ("minimum", &["clamp_max"]),
    ("greater", &["gt"]),
    ("greater_equal", &["ge"]),
    ("less", &["lt"]),
    ("less_equal", &["le"]),
    ("equal", &["eq"]),
    ("not_equal", &["ne"]),
];

/// Rows that only rules use.
static INTERNAL: &[&str] = &[
    "identity",
    "log_slope",
    "unit",
    "keep_where",
    "drop_where",
    "live",
    "live_part",
    "leaky_relu",
    "elu",
    "softplus",
    "gelu",
];

/// All functions that are more than a row, in the order of the help.
pub fn builtins() -> &'static [&'static Builtin] {
    static ALL: OnceLock<Vec<&'static Builtin>> = OnceLock::new();
    ALL.get_or_init(|| {
        let groups = [
            reductions::BUILTINS,
            creation::BUILTINS,
            random::BUILTINS,
            statistics::BUILTINS,
            samples::BUILTINS,
            shapes::BUILTINS,
            arrange::BUILTINS,
            indexing::BUILTINS,
            linear::BUILTINS,
            matrices::BUILTINS,
            factorizations::BUILTINS,
            matrix_functions::BUILTINS,
            einsum::BUILTINS,
            convert::BUILTINS,
            data::BUILTINS,
            ordering::BUILTINS,
            convolution::BUILTINS,
            losses::BUILTINS,
            products::BUILTINS,
            vector_calculus::BUILTINS,
            check::BUILTINS,
            special::BUILTINS,
            distributions::BUILTINS,
            elementwise::BUILTINS,
            activations::BUILTINS,
        ];
        groups.into_iter().flatten().chain(SPECIALS).collect()
    })
}

pub use longer::longer_form;

pub fn builtin(id: BuiltinId) -> &'static Builtin {
    builtins()[id.0 as usize]
}

/// Whether a row is part of derivatives only, and has no name that can be typed.
pub fn is_internal(row: &Row) -> bool {
    INTERNAL.contains(&row.name)
}

/// The form that a name stands for, unless somebody gave it another meaning.
pub fn special_named(name: &str) -> Option<Special> {
    builtins().iter().find_map(|builtin| match builtin.run {
        Run::Special(special) if builtin.name == name || builtin.aliases.contains(&name) => Some(special),
        _ => None,
    })
}

/// Rows that can be called by name as they are.
pub fn callable_rows() -> impl Iterator<Item = &'static Row> {
    ops::rows().filter(|row| !matches!(row.op, Op::Tensor(_) | Op::Leaf) && !INTERNAL.contains(&row.name))
}

/// Every name of a function, with the function.
pub fn names() -> impl Iterator<Item = (&'static str, Function)> {
    let rows = callable_rows().flat_map(|row| {
        std::iter::once(row.name).chain(row_aliases(row).iter().copied()).map(move |name| (name, Function::Row(row)))
    });
    let builtins = builtins().iter().enumerate().flat_map(|(i, builtin)| {
        std::iter::once(builtin.name)
            .chain(builtin.aliases.iter().copied())
            .map(move |name| (name, Function::Builtin(BuiltinId(i as u16))))
    });
    rows.chain(builtins)
}

fn row_aliases(row: &Row) -> &'static [&'static str] {
    ROW_ALIASES.iter().find(|(name, _)| *name == row.name).map_or(&[], |(_, aliases)| aliases)
}

/// What help and completion show.
pub fn catalogue() -> impl Iterator<Item = Entry> {
    let rows = callable_rows().filter(|row| !ops::is_auxiliary(row.name)).map(|row| Entry {
        name: row.name,
        aliases: row_aliases(row).to_vec(),
        signature: format!("{}({})", row.name, row.params.join(", ")),
        doc: tidy(row.doc),
        example: row_example(row),
        group: "elementwise",
    });
    let builtins = builtins().iter().map(|builtin| Entry {
        name: builtin.name,
        aliases: builtin.aliases.to_vec(),
        signature: signature(builtin.name, builtin.params),
        doc: tidy(builtin.doc),
        example: builtin.example.to_string(),
        group: builtin.group,
    });
    rows.chain(builtins)
}

/// `norm(x, [ord], [axis])`, `max(xs, …, [axis])`
pub fn signature(name: &str, params: &[&str]) -> String {
    let shown: Vec<String> = params
        .iter()
        .map(|param| match (param.strip_suffix('?'), param.strip_suffix('*')) {
            (Some(optional), _) => format!("[{optional}]"),
            (_, Some(many)) => match many.strip_suffix('*') {
                Some(perhaps) => format!("[{perhaps}, …]"),
                None => format!("{many}, …"),
            },
            _ => param.to_string(),
        })
        .collect();
    format!("{name}({})", shown.join(", "))
}

/// A call at sample points of the row that are not edges.
fn row_example(row: &Row) -> String {
    let plain = row.samples.iter().copied().filter(|x| x.abs() >= 0.1 && x.abs() <= 100.0 && *x > 0.0);
    let points: Vec<String> = plain.chain([0.5, 2.0, 3.0]).take(row.params.len()).map(|x| x.to_string()).collect();
    format!("{}({})", row.name, points.join(", "))
}

/// Doc comments keep their leading blank and line breaks; help does not want them.
fn tidy(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_string()
}

static SPECIALS: &[Builtin] = &[
    Builtin {
        name: "grad",
        aliases: &["gradient"],
        params: &["y", "x?", "seed?", "unconnected?"],
        doc: "Gradient. `grad(y, x)`, `grad(y, [x, z])`: of a recorded value with respect to watched variables or \
              intermediates; a target that is no scalar counts as its sum, `seed` weights its elements, \
              `unconnected = \"zero\"` gives 0 instead of none. `grad(f)`: the gradient as a function.",
        example: "grad(v -> sum(v^2))([1, 2])",
        group: "derivatives",
        run: Run::Special(Special::Grad),
    },
    Builtin {
        name: "jacobian",
        aliases: &[],
        params: &["y", "x?", "unconnected?"],
        doc: "Jacobian matrix. `jacobian(y, x)` of a recorded value: shape of y, then shape of x. `jacobian(f)`: as a \
              function.",
        example: "jacobian(v -> v^2)([1, 2])",
        group: "derivatives",
        run: Run::Special(Special::Jacobian),
    },
    Builtin {
        name: "hessian",
        aliases: &[],
        params: &["y", "x?"],
        doc: "Matrix of second derivatives. `hessian(y, x)` of a recorded value: shape of x twice. `hessian(f)`: as a \
              function.",
        example: "hessian(v -> v[0]^2 v[1])([1, 2])",
        group: "derivatives",
        run: Run::Special(Special::Hessian),
    },
    Builtin {
        name: "batch_jacobian",
        aliases: &[],
        params: &["y", "x"],
        doc: "Jacobian of each row of `y` with respect to the same row of `x`: shape (batch, y row, x row).",
        example: "x = [[1, 2], [3, 4]]; batch_jacobian(x^2, x)",
        group: "derivatives",
        run: Run::Special(Special::BatchJacobian),
    },
    Builtin {
        name: "diff",
        aliases: &[],
        params: &["e", "x", "order?"],
        doc: "Derivative of an expression with respect to a variable at its value: `diff(e, x)` is `d/dx e`.",
        example: "x = 3; diff(x^3, x, 2)",
        group: "derivatives",
        run: Run::Special(Special::Diff),
    },
    Builtin {
        name: "derivative",
        aliases: &["D"],
        params: &["f"],
        doc: "Derivative of a function of one variable, as a function: `derivative(f)` is `f'`.",
        example: "derivative(x -> x^3)(2)",
        group: "derivatives",
        run: Run::Special(Special::Derivative),
    },
    Builtin {
        name: "map",
        aliases: &["vmap"],
        params: &["f", "xs"],
        doc: "The results of `f` for each element of `xs` along its first axis, stacked. Recorded once and computed for \
              all elements together where they go the same way.",
        example: "map(v -> v[0] sin(v[1]), [[1, 2], [3, 4]])",
        group: "values",
        run: Run::Special(Special::Map),
    },
    Builtin {
        name: "record",
        aliases: &[],
        params: &["fields*"],
        doc: "Values under names: `r.a` or `r[\"a\"]` takes one out.",
        example: "record(a = 1, b = [1, 2]).b",
        group: "values",
        run: Run::Special(Special::Record),
    },
];
