//! Special functions with an optional or whole-numbered argument, from rows of the table.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::{Attr, Row};
use crate::value::{Fault, Numbers, Value};

pub(super) const GROUP: &str = "special functions";

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
        aliases: &["mvlgamma"],
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
        name: "rel_entr",
        aliases: &[],
        params: &["x", "y"],
        doc: "Relative entropy `x log(x / y)`, elementwise; 0 where `x` is 0.",
        example: "rel_entr(0.2, 0.5)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, y) = (args.need(0), args.need(1));
            let ratio = caller.numbers().div(&x, &y)?;
            caller.numbers().two(&ops::XLOGY, &x, &ratio)
        }),
    },
    Builtin {
        name: "poch",
        aliases: &["pochhammer", "rising_factorial"],
        params: &["a", "m"],
        doc: "Pochhammer's symbol `Γ(a + m)/Γ(a)`: `a (a+1) … (a+m-1)` for a whole `m`. DLMF 5.2.5.",
        example: "poch(2, 3)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, m) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let end = numbers.add(&a, &m)?;
            let last = numbers.sub(&end, &Value::Real(1.0))?;
            numbers.two(&ops::PERM, &last, &m)
        }),
    },
    Builtin {
        name: "pseudo_huber",
        aliases: &[],
        params: &["delta", "r"],
        doc: "`delta^2 (sqrt(1 + (r/delta)^2) - 1)`, without cancellation for a small `r`.",
        example: "pseudo_huber(1, 3)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (delta, r) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let ratio = numbers.div(&r, &delta)?;
            let root = numbers.two(&ops::HYPOT, &Value::Real(1.0), &ratio)?;
            let beyond = numbers.add(&root, &Value::Real(1.0))?;
            let square = numbers.one(&ops::SQUARE, &r)?;
            numbers.div(&square, &beyond)
        }),
    },
    Builtin {
        name: "boxcox",
        aliases: &["box_cox"],
        params: &["x", "l"],
        doc: "Box-Cox transformation `(x^l - 1)/l`, which is `log(x)` for `l = 0`. Box & Cox (1964).",
        example: "boxcox(2, 0.5)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, l) = (args.need(0), args.need(1));
            let log = caller.numbers().one(&ops::LOG, &x)?;
            box_cox(caller.numbers(), &log, &l)
        }),
    },
    Builtin {
        name: "boxcox1p",
        aliases: &[],
        params: &["x", "l"],
        doc: "Box-Cox transformation of `1 + x`, accurate near 0.",
        example: "boxcox1p(1, 0.5)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (x, l) = (args.need(0), args.need(1));
            let log = caller.numbers().one(&ops::LOG1P, &x)?;
            box_cox(caller.numbers(), &log, &l)
        }),
    },
    Builtin {
        name: "sindg",
        aliases: &[],
        params: &["x"],
        doc: "Sine of `x` degrees, exact at multiples of 90.",
        example: "sindg(30)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            turn(caller, &x, &ops::SINPI)
        }),
    },
    Builtin {
        name: "cosdg",
        aliases: &[],
        params: &["x"],
        doc: "Cosine of `x` degrees, exact at multiples of 90.",
        example: "cosdg(60)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let x = args.need(0);
            turn(caller, &x, &ops::COSPI)
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

/// A function of half turns at `x` degrees, whole turns left out first: the remainder is exact.
fn turn(caller: &mut dyn Caller, x: &Value, row: &'static Row) -> Result<Value, Fault> {
    let numbers = caller.numbers();
    let rest = numbers.two(&ops::FMOD, x, &Value::Real(360.0))?;
    let part = numbers.div(&rest, &Value::Real(180.0))?;
    numbers.one(row, &part)
}

/// `(e^(l log) - 1)/l`; for l = 0 its first two terms in l, which are its value and its slope there.
fn box_cox(numbers: &mut Numbers, log: &Value, l: &Value) -> Result<Value, Fault> {
    let is_zero = numbers.two(&ops::EQUAL, l, &Value::Real(0.0))?;
    let safe = numbers.select(&is_zero, &Value::Real(1.0), l)?;
    let power = numbers.mul(&safe, log)?;
    let change = numbers.one(&ops::EXPM1, &power)?;
    let usual = numbers.div(&change, &safe)?;
    let half = numbers.mul(l, &Value::Real(0.5))?;
    let bend = numbers.mul(&half, log)?;
    let factor = numbers.add(&bend, &Value::Real(1.0))?;
    let at_zero = numbers.mul(log, &factor)?;
    numbers.select(&is_zero, &at_zero, &usual)
}

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
