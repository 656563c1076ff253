//! Activations of networks in pieces, from rows of the table. What is not selected has no influence, not even by overflow.

use super::{Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "networks";
const ELEMENTWISE: &str = "elementwise";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "elu",
        aliases: &[],
        params: &["x", "alpha?"],
        doc: "`x` above 0, `alpha (exp(x) - 1)` below; alpha is 1 by default. Clevert, Unterthiner & Hochreiter (2016).",
        example: "elu(-1)",
        group: ELEMENTWISE,
        run: Run::Plain(|caller, mut args| {
            let (x, alpha) = (args.need(0), args.take(1));
            let numbers = caller.numbers();
            let Some(alpha) = alpha else { return numbers.one(&ops::ELU, &x) };
            let decay = numbers.one(&ops::EXPM1, &x)?;
            let below = numbers.mul(&alpha, &decay)?;
            let is_above = numbers.two(&ops::GREATER, &x, &Value::Real(0.0))?;
            numbers.select(&is_above, &x, &below)
        }),
    },
    Builtin {
        name: "softplus",
        aliases: &[],
        params: &["x", "beta?"],
        doc: "`log(1 + exp(beta x))/beta`, without overflow; beta is 1 by default; derivative sigmoid(beta x).",
        example: "softplus(1)",
        group: ELEMENTWISE,
        run: Run::Plain(|caller, mut args| {
            let (x, beta) = (args.need(0), args.take(1));
            let numbers = caller.numbers();
            let Some(beta) = beta else { return numbers.one(&ops::SOFTPLUS, &x) };
            let scaled = numbers.mul(&beta, &x)?;
            let soft = numbers.one(&ops::SOFTPLUS, &scaled)?;
            numbers.div(&soft, &beta)
        }),
    },
    Builtin {
        name: "gelu",
        aliases: &[],
        params: &["x", "approximate?"],
        doc: "`x Φ(x)` with the normal distribution function Φ; with `approximate = true` or \"tanh\" it is `gelu_tanh`. \
              Hendrycks & Gimpel (2016).",
        example: "gelu(1)",
        group: ELEMENTWISE,
        run: Run::Plain(|caller, mut args| {
            let is_approximate = match args.take(1) {
                None | Some(Value::Bool(false)) => false,
                Some(Value::Bool(true)) => true,
                Some(Value::Text(word)) if matches!(&*word, "tanh" | "none") => &*word == "tanh",
                Some(_) => return Err(args.fault(1, "must be true, false, \"tanh\" or \"none\"".to_string())),
            };
            let x = args.need(0);
            caller.numbers().one(if is_approximate { &ops::GELU_TANH } else { &ops::GELU }, &x)
        }),
    },
    Builtin {
        name: "hardtanh",
        aliases: &["hard_tanh"],
        params: &["x", "lo?", "hi?"],
        doc: "`x` limited to the range from `lo` (-1) to `hi` (1); slope 0 at and beyond the limits.",
        example: "hardtanh([-3, 0.5, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let lo = args.take(1).unwrap_or(Value::Real(-1.0));
            let hi = args.take(2).unwrap_or(Value::Real(1.0));
            let x = args.need(0);
            caller.numbers().apply(&ops::CLIP, &[&x, &lo, &hi], Attr::None)
        }),
    },
    Builtin {
        name: "hard_sigmoid",
        aliases: &["hardsigmoid"],
        params: &["x"],
        doc: "`relu6(x + 3) / 6`, as in PyTorch and Keras 3; slope 0 at the kinks -3 and 3.",
        example: "hard_sigmoid([-4, 0, 1])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            hard_sigmoid(caller.numbers(), &x)
        }),
    },
    Builtin {
        name: "hard_swish",
        aliases: &["hardswish", "hard_silu", "hardsilu"],
        params: &["x"],
        doc: "`x hard_sigmoid(x)`. Howard et al. (2019).",
        example: "hard_swish([-4, 0, 1])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let gate = hard_sigmoid(caller.numbers(), &x)?;
            caller.numbers().mul(&x, &gate)
        }),
    },
    Builtin {
        name: "celu",
        aliases: &[],
        params: &["x", "alpha?"],
        doc: "`x` above 0, `alpha (exp(x/alpha) - 1)` below; alpha is 1 by default. Barron (2017).",
        example: "celu([-2, 3], 2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let alpha = args.take(1).unwrap_or(Value::Real(1.0));
            let x = args.need(0);
            let numbers = caller.numbers();
            let part = numbers.div(&x, &alpha)?;
            let decay = numbers.one(&ops::EXPM1, &part)?;
            let below = numbers.mul(&alpha, &decay)?;
            let is_above = numbers.two(&ops::GREATER, &x, &Value::Real(0.0))?;
            numbers.select(&is_above, &x, &below)
        }),
    },
    Builtin {
        name: "softshrink",
        aliases: &["soft_shrink", "soft_threshold"],
        params: &["x", "l?"],
        doc: "`x` moved towards 0 by `l` (0.5), and 0 where that is farther than it goes; slope 0 at the kinks.",
        example: "softshrink([-2, 0.1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (numbers, x, l, is_small) = shrinking(caller, args.take(1), args.need(0))?;
            let sign = numbers.one(&ops::SIGN, &x)?;
            let step = numbers.mul(&sign, &l)?;
            let moved = numbers.sub(&x, &step)?;
            numbers.select(&is_small, &Value::Real(0.0), &moved)
        }),
    },
    Builtin {
        name: "hardshrink",
        aliases: &["hard_shrink", "hard_threshold"],
        params: &["x", "l?"],
        doc: "`x` where |x| > `l` (0.5), elsewhere 0.",
        example: "hardshrink([-2, 0.1, 2])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (numbers, x, _, is_small) = shrinking(caller, args.take(1), args.need(0))?;
            numbers.select(&is_small, &Value::Real(0.0), &x)
        }),
    },
    Builtin {
        name: "softmin",
        aliases: &[],
        params: &["x", "axis?"],
        doc: "`softmax(-x)` along `axis` (the last by default).",
        example: "softmin([1, 2, 3])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.integer(caller, 1)?.unwrap_or(-1);
            let x = args.need(0);
            let numbers = caller.numbers();
            let axis = numbers.shape(&x)?.axis(axis)?;
            let against = numbers.one(&ops::NEG, &x)?;
            numbers.reduced(&ops::SOFTMAX, &against, &[axis], true)
        }),
    },
    Builtin {
        name: "rms_norm",
        aliases: &[],
        params: &["x", "axis?", "epsilon?"],
        doc: "`x / sqrt(mean(x^2) + epsilon)` along `axis` (the last by default); epsilon is 1e-6. Zhang & Sennrich (2019).",
        example: "rms_norm([3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let axis = args.take(1).unwrap_or(Value::Int(-1));
            let epsilon = args.take(2).unwrap_or(Value::Real(1e-6));
            let x = args.need(0);
            let axes = super::reductions::axes(caller, &x, Some(&axis))?;
            let squares = caller.numbers().one(&ops::SQUARE, &x)?;
            let mean = super::reductions::mean(caller, &squares, &axes, true)?;
            let numbers = caller.numbers();
            let raised = numbers.add(&mean, &epsilon)?;
            let width = numbers.one(&ops::SQRT, &raised)?;
            numbers.div(&x, &width)
        }),
    },
    Builtin {
        name: "threshold",
        aliases: &[],
        params: &["x", "t", "value"],
        doc: "`x` where it is above `t`, elsewhere `value`.",
        example: "threshold([1, 2, 3], 2, 0)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, t, value) = (args.need(0), args.need(1), args.need(2));
            let is_low = caller.numbers().two(&ops::LESS_EQUAL, &x, &t)?;
            caller.numbers().select(&is_low, &value, &x)
        }),
    },
];

fn hard_sigmoid(numbers: &mut Numbers, x: &Value) -> Result<Value, Fault> {
    let raised = numbers.add(x, &Value::Real(3.0))?;
    let limited = numbers.one(&ops::RELU6, &raised)?;
    numbers.div(&limited, &Value::Real(6.0))
}

/// x, the limit, and where |x| is not above it; NaN is not.
fn shrinking(
    caller: &mut dyn Caller,
    limit: Option<Value>,
    x: Value,
) -> Result<(&mut Numbers, Value, Value, Value), Fault> {
    let limit = limit.unwrap_or(Value::Real(0.5));
    let numbers = caller.numbers();
    let size = numbers.one(&ops::ABS, &x)?;
    let is_small = numbers.two(&ops::LESS_EQUAL, &size, &limit)?;
    Ok((numbers, x, limit, is_small))
}
