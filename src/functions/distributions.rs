//! Distribution functions under SciPy's names: incomplete gamma and beta functions of other arguments.

use super::{Args, Builtin, Caller, Run};
use crate::ops;
use crate::tape::Attr;
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "special functions";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "chdtr",
        aliases: &["chi2_cdf"],
        params: &["v", "x"],
        doc: "Distribution function of chi-squared with `v` degrees of freedom, `gammainc(v/2, x/2)`.",
        example: "chdtr(3, 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| halves(caller, args, &ops::GAMMAINC)),
    },
    Builtin {
        name: "chdtrc",
        aliases: &["chi2_sf"],
        params: &["v", "x"],
        doc: "Upper tail of chi-squared with `v` degrees of freedom, `gammaincc(v/2, x/2)`.",
        example: "chdtrc(3, 2)",
        group: GROUP,
        run: Run::Plain(|caller, args| halves(caller, args, &ops::GAMMAINCC)),
    },
    Builtin {
        name: "gdtr",
        aliases: &[],
        params: &["a", "b", "x"],
        doc: "Distribution function of the gamma distribution with rate `a` and shape `b`, `gammainc(b, a x)`.",
        example: "gdtr(1, 2, 3)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b, x) = (args.need(0), args.need(1), args.need(2));
            let scaled = caller.numbers().mul(&a, &x)?;
            caller.numbers().two(&ops::GAMMAINC, &b, &scaled)
        }),
    },
    Builtin {
        name: "pdtr",
        aliases: &["poisson_cdf"],
        params: &["k", "m"],
        doc: "Probability of at most `k` events of a Poisson distribution with mean `m`, `gammaincc(k + 1, m)`.",
        example: "pdtr(2, 1.5)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (k, m) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let whole = numbers.one(&ops::FLOOR, &k)?;
            let next = numbers.add(&whole, &Value::Real(1.0))?;
            numbers.two(&ops::GAMMAINCC, &next, &m)
        }),
    },
    Builtin {
        name: "bdtr",
        aliases: &["binomial_cdf"],
        params: &["k", "n", "p"],
        doc: "Probability of at most `k` out of `n` with probability `p` each, `betainc(n - k, k + 1, 1 - p)`, for k < n.",
        example: "bdtr(2, 5, 0.3)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (k, n, p) = (args.need(0), args.need(1), args.need(2));
            let numbers = caller.numbers();
            let k = numbers.one(&ops::FLOOR, &k)?;
            let (others, next) = (numbers.sub(&n, &k)?, numbers.add(&k, &Value::Real(1.0))?);
            let against = numbers.sub(&Value::Real(1.0), &p)?;
            numbers.apply(&ops::BETAINC, &[&others, &next, &against], Attr::None)
        }),
    },
    Builtin {
        name: "fdtr",
        aliases: &["f_cdf"],
        params: &["m", "n", "x"],
        doc: "Distribution function of the F distribution with `m` and `n` degrees of freedom, for `x` ≥ 0.",
        example: "fdtr(3, 5, 1.5)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (m, n, x) = (args.need(0), args.need(1), args.need(2));
            let numbers = caller.numbers();
            let part = numbers.mul(&m, &x)?;
            let all = numbers.add(&n, &part)?;
            let place = numbers.div(&part, &all)?;
            let (m, n) = (numbers.mul(&m, &Value::Real(0.5))?, numbers.mul(&n, &Value::Real(0.5))?);
            numbers.apply(&ops::BETAINC, &[&m, &n, &place], Attr::None)
        }),
    },
    Builtin {
        name: "stdtr",
        aliases: &["t_cdf"],
        params: &["v", "t"],
        doc: "Distribution function of Student's t with `v` degrees of freedom, accurate in its lower tail.",
        example: "stdtr(3, -1)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (v, t) = (args.need(0), args.need(1));
            student(caller.numbers(), &v, &t)
        }),
    },
];

fn halves(caller: &mut dyn Caller, mut args: Args, row: &'static crate::tape::Row) -> Result<Value, Fault> {
    let (v, x) = (args.need(0), args.need(1));
    let numbers = caller.numbers();
    let (v, x) = (numbers.mul(&v, &Value::Real(0.5))?, numbers.mul(&x, &Value::Real(0.5))?);
    numbers.two(row, &v, &x)
}

/// Half of I_w(v/2, 1/2) with w = v/(v + t²) is the tail beyond |t|, half of I_z(1/2, v/2) with z = 1 - w lies inside. DLMF
/// 8.17. At t = 0, where both have their end, the line with the density as its slope.
fn student(numbers: &mut Numbers, v: &Value, t: &Value) -> Result<Value, Fault> {
    let (zero, half) = (Value::Real(0.0), Value::Real(0.5));
    let is_middle = numbers.two(&ops::EQUAL, t, &zero)?;
    let away = numbers.select(&is_middle, &Value::Real(1.0), t)?;
    let square = numbers.one(&ops::SQUARE, &away)?;
    let sum = numbers.add(v, &square)?;
    let w = numbers.div(v, &sum)?;
    let shape = numbers.mul(v, &half)?;
    let both = numbers.apply(&ops::BETAINC, &[&shape, &half, &w], Attr::None)?;
    let tail = numbers.mul(&both, &half)?;
    let z = numbers.div(&square, &sum)?;
    let both = numbers.apply(&ops::BETAINC, &[&half, &shape, &z], Attr::None)?;
    let (inner, sign) = (numbers.mul(&both, &half)?, numbers.one(&ops::SIGN, t)?);
    let inner = numbers.mul(&sign, &inner)?;
    let inner = numbers.add(&half, &inner)?;
    let is_low = numbers.two(&ops::LESS, t, &Value::Real(-1.0))?;
    let usual = numbers.select(&is_low, &tail, &inner)?;
    let (root, beta) = (numbers.one(&ops::SQRT, v)?, numbers.two(&ops::BETA, &shape, &half)?);
    let width = numbers.mul(&root, &beta)?;
    let rise = numbers.div(t, &width)?;
    let middle = numbers.add(&half, &rise)?;
    numbers.select(&is_middle, &middle, &usual)
}
