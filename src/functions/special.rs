//! Special functions with an optional or whole-numbered argument, from rows of the table.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::value::{Fault, Value};

const GROUP: &str = "special functions";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "zeta",
        aliases: &[],
        params: &["s", "q?"],
        doc: "Riemann's zeta function of `s`; with `q` Hurwitz's, the sum of `(q + k)^(-s)` over k = 0, 1, … Slopes in \
              both. DLMF 25.2, 25.11.",
        example: "zeta(2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let s = args.need(0);
            let q = args.take(1).unwrap_or(Value::Real(1.0));
            caller.numbers().apply(&ops::HURWITZ_ZETA, &[&s, &q], Attr::None)
        }),
    },
    Builtin {
        name: "lambertw",
        aliases: &["lambert_w"],
        params: &["x", "k?"],
        doc: "Lambert's W, the solution w of `w exp(w) = x`: the branch `k = 0` with w ≥ -1 for x ≥ -1/e, the branch \
              `k = -1` with w ≤ -1 for -1/e ≤ x < 0. DLMF 4.13.",
        example: "lambertw(1)",
        group: GROUP,
        run: Run::Plain(lambertw),
    },
    Builtin {
        name: "multigammaln",
        aliases: &[],
        params: &["a", "d"],
        doc: "Logarithm of the multivariate gamma function of dimension `d`, for a > (d-1)/2. DLMF 35.3.",
        example: "multigammaln(3, 2)",
        group: GROUP,
        run: Run::Plain(multigammaln),
    },
    Builtin {
        name: "fresnel",
        aliases: &[],
        params: &["x"],
        doc: "Both Fresnel integrals, `[fresnel_s(x), fresnel_c(x)]`. DLMF 7.2.7, 7.2.8.",
        example: "fresnel(1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let numbers = caller.numbers();
            let integrals = [&ops::FRESNEL_S, &ops::FRESNEL_C].map(|row| numbers.one(row, &x));
            let integrals = integrals.into_iter().collect::<Result<Vec<_>, _>>()?;
            numbers.stack(integrals)
        }),
    },
    Builtin {
        name: "versin",
        aliases: &["versine"],
        params: &["x"],
        doc: "Versine `1 - cos(x)`, accurate near 0.",
        example: "versin(pi/2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let other = caller.numbers().one(&ops::COSM1, &x)?;
            caller.numbers().one(&ops::NEG, &other)
        }),
    },
    Builtin {
        name: "haversin",
        aliases: &["haversine"],
        params: &["x"],
        doc: "Half of the versine, `sin(x/2)^2`.",
        example: "haversin(pi/2)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            let other = caller.numbers().one(&ops::COSM1, &x)?;
            caller.numbers().mul(&other, &Value::Real(-0.5))
        }),
    },
];

fn lambertw(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let x = args.need(0);
    let row = match args.integer(caller, 1)? {
        None | Some(0) => &ops::LAMBERT_W0,
        Some(-1) => &ops::LAMBERT_WM1,
        Some(k) => {
            return Err(Fault::new(format!("branch {k} of Lambert's W is not real"))
                .help("k is 0 for w ≥ -1 or -1 for w ≤ -1")
                .argument(1));
        }
    };
    caller.numbers().apply(row, &[&x], Attr::None)
}

/// The largest dimension: each adds three nodes.
const MAX_DIMENSION: i64 = 10_000;

/// d (d-1)/4 log π + Σ log Γ(a - j/2) over j = 0 … d-1.
fn multigammaln(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let a = args.need(0);
    let d = args.integer(caller, 1)?.unwrap_or(1);
    if !(1..=MAX_DIMENSION).contains(&d) {
        return Err(Fault::new(format!("a dimension is a whole number from 1 to {MAX_DIMENSION}, not {d}"))
            .help("multigammaln(a, 1) is lgamma(a)")
            .argument(1));
    }
    let numbers = caller.numbers();
    let mut sum = Value::Real((d * (d - 1)) as f64 / 4.0 * std::f64::consts::PI.ln());
    for j in 0..d {
        let shifted = numbers.apply(&ops::SUB, &[&a, &Value::Real(0.5 * j as f64)], Attr::None)?;
        let term = numbers.apply(&ops::LGAMMA, &[&shifted], Attr::None)?;
        sum = numbers.apply(&ops::ADD, &[&sum, &term], Attr::None)?;
    }
    Ok(sum)
}
