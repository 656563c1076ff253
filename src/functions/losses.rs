//! Losses: how far predictions are from what they should be, written so that no logarithm or exponential overflows.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tensor::Shape;
use crate::value::{Fault, Numbers, Value, is_whole};

const GROUP: &str = "networks";
const REDUCTIONS: &[&str] = &["none", "mean", "sum"];

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "cross_entropy",
        aliases: &[
            "softmax_cross_entropy",
            "softmax_cross_entropy_with_logits",
            "sparse_softmax_cross_entropy_with_logits",
        ],
        params: &["logits", "labels", "reduction?"],
        doc: "`-log(softmax(logits))` at the label, one loss for each row of `logits`. Labels are whole numbers, or \
              rows of probabilities (one-hot rows too) in the shape of `logits`. `reduction` is \"none\" (the default), \
              \"mean\" or \"sum\".",
        example: "cross_entropy([1, 2, 3], 2)",
        group: GROUP,
        run: Run::Plain(cross_entropy),
    },
    Builtin {
        name: "bce_logits",
        aliases: &[
            "bce_with_logits",
            "binary_cross_entropy_with_logits",
            "sigmoid_cross_entropy",
            "sigmoid_cross_entropy_with_logits",
        ],
        params: &["logits", "labels", "reduction?"],
        doc: "`-t log(p) - (1 - t) log(1 - p)` with p = sigmoid(logits), elementwise, accurate in both tails.",
        example: "bce_logits([-800, 0, 800], 1)",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            elementwise(caller, args, |numbers, x, t| {
                let against = numbers.one(&ops::NEG, x)?;
                let yes = numbers.one(&ops::LOG_SIGMOID, x)?;
                let no = numbers.one(&ops::LOG_SIGMOID, &against)?;
                let rest = numbers.sub(&Value::Real(1.0), t)?;
                let (yes, no) = (numbers.mul(t, &yes)?, numbers.mul(&rest, &no)?);
                let gain = numbers.add(&yes, &no)?;
                numbers.sub(&Value::Real(0.0), &gain)
            })
        }),
    },
    Builtin {
        name: "bce",
        aliases: &["binary_cross_entropy", "binary_crossentropy"],
        params: &["p", "labels", "reduction?"],
        doc: "`-t log(p) - (1 - t) log(1 - p)` of probabilities, elementwise; a term whose weight is 0 counts as 0.",
        example: "bce([0.9, 0.2], [1, 0])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            elementwise(caller, args, |numbers, p, t| {
                let rest = numbers.sub(&Value::Real(1.0), t)?;
                let against = numbers.one(&ops::NEG, p)?;
                let yes = numbers.two(&ops::XLOGY, t, p)?;
                let no = numbers.two(&ops::XLOG1PY, &rest, &against)?;
                let gain = numbers.add(&yes, &no)?;
                numbers.sub(&Value::Real(0.0), &gain)
            })
        }),
    },
    Builtin {
        name: "mse",
        aliases: &["mean_squared_error", "mse_loss"],
        params: &["x", "y", "axis?"],
        doc: "Mean of the squared differences.",
        example: "mse([1, 2], [1, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| mean_error(caller, args, &ops::SQUARE)),
    },
    Builtin {
        name: "mae",
        aliases: &["mean_absolute_error"],
        params: &["x", "y", "axis?"],
        doc: "Mean of the absolute differences; slope 0 where there is none.",
        example: "mae([1, 2], [1, 4])",
        group: GROUP,
        run: Run::Plain(|caller, args| mean_error(caller, args, &ops::ABS)),
    },
    Builtin {
        name: "l2",
        aliases: &["l2_loss"],
        params: &["x"],
        doc: "Half the sum of the squares of all elements.",
        example: "l2([3, -4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let numbers = caller.numbers();
            let squares = numbers.one(&ops::SQUARE, &x)?;
            let total = all(numbers, &squares, false)?;
            numbers.mul(&total, &Value::Real(0.5))
        }),
    },
    Builtin {
        name: "l1",
        aliases: &["l1_loss"],
        params: &["x"],
        doc: "Sum of the absolute values of all elements.",
        example: "l1([3, -4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let numbers = caller.numbers();
            let sizes = numbers.one(&ops::ABS, &x)?;
            all(numbers, &sizes, false)
        }),
    },
    Builtin {
        name: "huber",
        aliases: &["huber_loss", "smooth_l1", "smooth_l1_loss"],
        params: &["x", "y?", "delta?"],
        doc: "Of the difference `e = x - y` (`y` is 0 by default), elementwise: `e^2/2` up to `delta` (1), beyond it \
              `delta (|e| - delta/2)`. Huber (1964).",
        example: "huber([0.5, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, y) = (args.need(0), args.take(1));
            let delta = args.take(2).unwrap_or(Value::Real(1.0));
            let numbers = caller.numbers();
            let error = match y {
                Some(y) => numbers.sub(&x, &y)?,
                None => x,
            };
            let size = numbers.one(&ops::ABS, &error)?;
            let square = numbers.one(&ops::SQUARE, &error)?;
            let near = numbers.mul(&square, &Value::Real(0.5))?;
            let half = numbers.mul(&delta, &Value::Real(0.5))?;
            let beyond = numbers.sub(&size, &half)?;
            let far = numbers.mul(&delta, &beyond)?;
            let inside = numbers.two(&ops::LESS_EQUAL, &size, &delta)?;
            numbers.select(&inside, &near, &far)
        }),
    },
    Builtin {
        name: "hinge",
        aliases: &["hinge_loss"],
        params: &["x", "labels", "reduction?"],
        doc: "`max(1 - t x, 0)` for labels t = -1 or 1, elementwise; slope 0 at the kink.",
        example: "hinge([0.5, 2], [1, -1])",
        group: GROUP,
        run: Run::Plain(|caller, args| {
            elementwise(caller, args, |numbers, x, t| {
                let margin = numbers.mul(t, x)?;
                let missing = numbers.sub(&Value::Real(1.0), &margin)?;
                numbers.one(&ops::RELU, &missing)
            })
        }),
    },
    Builtin {
        name: "kl_div",
        aliases: &["kl_divergence", "kl"],
        params: &["p", "q", "axis?"],
        doc: "Kullback-Leibler divergence `sum(p log(p / q))` along `axis` (all axes by default); terms with p = 0 \
              count as 0.",
        example: "kl_div([0.5, 0.5], [0.25, 0.75])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.take(2);
            let (p, q) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let own = numbers.two(&ops::XLOGY, &p, &p)?;
            let other = numbers.two(&ops::XLOGY, &p, &q)?;
            let terms = numbers.sub(&own, &other)?;
            let axes = super::reductions::axes(caller, &terms, axis.as_ref())?;
            caller.numbers().total(&terms, &axes, false)
        }),
    },
    Builtin {
        name: "cosine_similarity",
        aliases: &[],
        params: &["u", "v", "axis?"],
        doc: "Cosine of the angle between vectors along `axis` (the last by default); 0 where one of them is 0.",
        example: "cosine_similarity([1, 0], [1, 1])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.integer(caller, 2)?.unwrap_or(-1);
            let (u, v) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let product = numbers.mul(&u, &v)?;
            let mut unit = |x: &Value| {
                let axis = numbers.shape(x)?.axis(axis)?;
                let length = numbers.reduced(&ops::NORM, x, &[axis], true)?;
                numbers.two(&ops::UNIT, x, &length)
            };
            let (u, v) = (unit(&u)?, unit(&v)?);
            let axis = numbers.shape(&product)?.axis(axis)?;
            let product = numbers.mul(&u, &v)?;
            numbers.total(&product, &[axis], false)
        }),
    },
];

/// The sum or mean of all elements.
fn all(numbers: &mut Numbers, x: &Value, mean: bool) -> Result<Value, Fault> {
    let shape = numbers.shape(x)?;
    let axes: Vec<usize> = (0..shape.rank()).collect();
    let total = numbers.total(x, &axes, false)?;
    if mean { numbers.div(&total, &Value::Real(shape.size() as f64)) } else { Ok(total) }
}

fn reduced(numbers: &mut Numbers, losses: Value, reduction: Option<&str>) -> Result<Value, Fault> {
    match reduction {
        None | Some("none") => Ok(losses),
        Some(word) => all(numbers, &losses, word == "mean"),
    }
}

fn elementwise(
    caller: &mut dyn Caller,
    mut args: Args,
    loss: fn(&mut Numbers, &Value, &Value) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let reduction = args.word(2, REDUCTIONS)?;
    let (x, t) = (args.need(0), args.need(1));
    let losses = loss(caller.numbers(), &x, &t)?;
    reduced(caller.numbers(), losses, reduction.as_deref())
}

fn mean_error(caller: &mut dyn Caller, mut args: Args, row: &'static crate::tape::Row) -> Result<Value, Fault> {
    let axis = args.take(2);
    let (x, y) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let error = numbers.sub(&x, &y)?;
    let sizes = numbers.one(row, &error)?;
    let axes = super::reductions::axes(caller, &sizes, axis.as_ref())?;
    super::reductions::mean(caller, &sizes, &axes, false)
}

/// `logsumexp(x) - x[label]`, or `-Σ t log_softmax(x)` for rows of probabilities.
fn cross_entropy(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let reduction = args.word(2, REDUCTIONS)?;
    let (x, labels) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let (shape, own) = (numbers.shape(&x)?, numbers.shape(&labels)?);
    let Some((&classes, outer)) = shape.dims().split_last() else {
        return Err(Fault::new("cross_entropy needs a row of logits, not a number").argument(0));
    };
    let last = outer.len();
    if classes == 0 {
        return Err(Fault::new("cross_entropy needs at least one class").argument(0));
    }
    let total = numbers.reduced(&ops::LOGSUMEXP, &x, &[last], true)?;
    let losses = if own == shape {
        let terms = numbers.sub(&total, &x)?;
        let weighted = numbers.mul(&labels, &terms)?;
        numbers.total(&weighted, &[last], false)?
    } else if own.dims() == outer {
        let named = numbers.to_tensor(&labels)?;
        let mut places = Vec::with_capacity(named.size());
        for (row, &label) in named.data().iter().enumerate() {
            if !is_whole(label) || !(0.0..classes as f64).contains(&label) {
                let message = format!("label {label} is not among 0 to {}", classes - 1);
                return Err(Fault::new(message).argument(1));
            }
            places.push(row * classes + label as usize);
        }
        let flat = numbers.flattened(&x)?;
        let chosen = numbers.picked(&flat, places, 0)?;
        let chosen = numbers.reshaped(&chosen, outer)?;
        let total = numbers.reshaped(&total, outer)?;
        numbers.sub(&total, &chosen)?
    } else {
        let message = format!("labels of shape {own} for logits of shape {shape}");
        let whole = match outer {
            [] => "one whole number".to_string(),
            _ => format!("whole numbers of shape {}", Shape::from(outer)),
        };
        let help = format!("{whole}, or probabilities of shape {shape}");
        return Err(Fault::new(message).help(help).argument(1));
    };
    reduced(numbers, losses, reduction.as_deref())
}
