//! The table of operations once more, over wide numbers: values only, no derivatives.
//!
//! A gradient that is recorded consists of operations of the table, so that wide values are enough to have wide
//! derivatives too. An operation that is missing here is computed by f64 (see [`super::extended`]).

use std::cmp::Ordering;
use std::f64::consts;

use crate::kernels::wide::{Wide, bessel, incomplete, integrals, inverses, zeta};
use crate::tape::{Row, STOP, is_absent};

use super::elementwise::*;
use super::extended::{Form, Number};
use super::special::*;

/// What a row does with wide numbers.
pub type Widened = Form<Wide>;

use Form::{Choose, ChooseByValue, Compare, One, Three, Two};

/// The operations that are here, for the tests that walk them.
pub fn widened_rows() -> impl Iterator<Item = (&'static Row, &'static Widened)> {
    TABLE.iter().map(|(row, widened)| (*row, widened))
}

impl Number for Wide {
    fn exact(x: f64) -> Wide {
        Wide::new(x)
    }

    fn rounded(x: f64, error: f64) -> Wide {
        Wide::within(x, error)
    }

    fn none() -> Wide {
        Wide::none()
    }

    fn is_none(&self) -> bool {
        !self.is_number()
    }

    fn plus(&self, other: &Wide) -> Wide {
        self + other
    }

    fn minus(&self, other: &Wide) -> Wide {
        self - other
    }

    fn times(&self, other: &Wide) -> Wide {
        self * other
    }

    fn over(&self, other: &Wide) -> Wide {
        self / other
    }

    fn root(&self) -> Wide {
        self.sqrt()
    }

    fn exponential(&self) -> Wide {
        self.exp()
    }

    fn logarithm(&self) -> Wide {
        self.log()
    }

    fn order(&self, other: &Wide) -> Option<Ordering> {
        let difference = self - other;
        if !difference.is_number() || difference.is_lost() || !(difference.is_zero() || difference.is_certain(1)) {
            return None;
        }
        self.compare(other)
    }

    fn nearest(&self) -> f64 {
        self.to_f64().unwrap_or(f64::NAN)
    }

    fn error(&self) -> f64 {
        self.error_bound()
    }

    fn form(row: &'static Row) -> Option<&'static Widened> {
        TABLE.iter().find(|(other, _)| std::ptr::eq(row, *other)).map(|(_, widened)| widened)
    }
}

static TABLE: &[(&Row, Widened)] = &[
    (&ADD, Two(|a, b| a + b)),
    (&SUB, Two(|a, b| a - b)),
    (&MUL, Two(|a, b| a * b)),
    (&DIV, Two(|a, b| a / b)),
    (&IDENTITY, One(Wide::clone)),
    (&STOP, One(Wide::clone)),
    (&NEG, One(|x| -x)),
    (&POW, Two(Wide::pow)),
    (&MOD, Two(|a, b| a - b * (a / b).floor())),
    (&FMOD, Two(|a, b| a - b * whole(&(a / b)))),
    (&EXP, One(Wide::exp)),
    (&EXPM1, One(Wide::expm1)),
    (&EXP2, One(|x| (x * Wide::ln_2()).exp())),
    (&EXP10, One(|x| (x * Wide::ln_10()).exp())),
    (&LOG, One(Wide::log)),
    (&LOG_SLOPE, One(|x| if x.is_negative() { Wide::none() } else { 1.0 / x })),
    (&LOG1P, One(Wide::log1p)),
    (&LOG2, One(|x| x.log() / Wide::ln_2())),
    (&LOG10, One(|x| x.log() / Wide::ln_10())),
    (&SQRT, One(Wide::sqrt)),
    (&CBRT, One(Wide::cbrt)),
    (&RSQRT, One(|x| 1.0 / x.sqrt())),
    (&SQUARE, One(|x| x * x)),
    (&RECIPROCAL, One(|x| 1.0 / x)),
    (&SIN, One(Wide::sin)),
    (&COS, One(Wide::cos)),
    (&TAN, One(Wide::tan)),
    (&COSM1, One(cosm1)),
    (&SINPI, One(Wide::sin_pi)),
    (&COSPI, One(Wide::cos_pi)),
    (&SEC, One(|x| 1.0 / x.cos())),
    (&CSC, One(|x| 1.0 / x.sin())),
    (&COT, One(|x| 1.0 / x.tan())),
    (&ASIN, One(Wide::asin)),
    (&ACOS, One(Wide::acos)),
    (&ATAN, One(Wide::atan)),
    (&ACOT, One(|x| Wide::new(1.0).atan2(x))),
    (&ATAN2, Two(Wide::atan2)),
    (&HYPOT, Two(|a, b| (a * a + b * b).sqrt())),
    (&UNIT, Two(|a, b| if b.is_zero() { Wide::new(0.0) } else { a / b })),
    (&ASEC, One(|x| (1.0 / x).acos())),
    (&ACSC, One(|x| (1.0 / x).asin())),
    (&DEG2RAD, One(|x| x * Wide::pi() / 180.0)),
    (&RAD2DEG, One(|x| x * 180.0 / Wide::pi())),
    (&SINH, One(Wide::sinh)),
    (&COSH, One(Wide::cosh)),
    (&TANH, One(Wide::tanh)),
    (&SECH2, One(sech2)),
    (&LOG_COSH, One(|x| x.abs() + (x.abs() * -2.0).softplus() - Wide::ln_2())),
    (&SECH, One(|x| 1.0 / x.cosh())),
    (&CSCH, One(|x| 1.0 / x.sinh())),
    (&COTH, One(|x| 1.0 / x.tanh())),
    (&ASECH, One(|x| (((1.0 - x * x).sqrt() + 1.0) / x).log())),
    (&ACSCH, One(|x| (1.0 / x).asinh())),
    (&ACOTH, One(acoth)),
    (&ASINH, One(Wide::asinh)),
    (&ACOSH, One(Wide::acosh)),
    (&ATANH, One(Wide::atanh)),
    (&SIGMOID, One(Wide::sigmoid)),
    (&SOFTPLUS, One(Wide::softplus)),
    (&LOG_SIGMOID, One(|x| -(-x).softplus())),
    (&RELU, One(|x| if x.is_negative() { Wide::new(0.0) } else { x.clone() })),
    (&RELU6, One(|x| limited(x, &Wide::new(0.0), &Wide::new(6.0)))),
    (&ELU, One(|x| if x.is_negative() { x.expm1() } else { x.clone() })),
    (&SELU, One(|x| if x.is_negative() { x.expm1() * SELU_ALPHA * SELU_SCALE } else { x * SELU_SCALE })),
    (&LEAKY_RELU, Two(|x, a| if x.is_negative() { a * x } else { x.clone() })),
    (&SILU, One(|x| x * x.sigmoid())),
    (&MISH, One(|x| x * x.softplus().tanh())),
    (&TANHSHRINK, One(|x| x - x.tanh())),
    (&SOFTSIGN, One(|x| x / (x.abs() + 1.0))),
    (&GELU, One(|x| x * ndtr(x))),
    (&GELU_TANH, One(gelu_tanh)),
    (&NDTR, One(ndtr)),
    (&NORMAL_DENSITY, One(normal_density)),
    (&LOGIT, One(|x| x.log() - (-x).log1p())),
    (&XLOGY, Two(|x, y| if x.is_zero() { y * 0.0 } else { x * y.log() })),
    (&XLOG1PY, Two(|x, y| if x.is_zero() { y * 0.0 } else { x * y.log1p() })),
    (&FRAC, One(|x| x - whole(x))),
    (&LOGADDEXP, Two(|a, b| smaller(a, b) + (larger(a, b) - smaller(a, b)).softplus())),
    (&LOGADDEXP2, Two(|a, b| larger(a, b) + ((smaller(a, b) - larger(a, b)) * Wide::ln_2()).softplus() / Wide::ln_2())),
    (&LOG1MEXP, One(|x| (-(-x.abs()).expm1()).log())),
    (&ENTR, One(|x| if x.is_zero() { x.clone() } else { -(x * x.log()) })),
    (&GAMMA, One(Wide::gamma)),
    (&LGAMMA, One(Wide::lgamma)),
    (&DIGAMMA, One(Wide::digamma)),
    (&FACTORIAL, One(|x| (x + 1.0).gamma())),
    (&ERF, One(Wide::erf)),
    (&ERFC, One(Wide::erfc)),
    (&TRIGAMMA, One(|x| zeta::polygamma(&Wide::new(1.0), x))),
    (&POLYGAMMA, Two(zeta::polygamma)),
    (&POLYGAMMA_GAP, Three(zeta::polygamma_gap)),
    (&RGAMMA, One(zeta::rgamma)),
    (&RGAMMA_DERIVATIVE, Two(zeta::rgamma_derivative)),
    (&BETA, Two(zeta::beta)),
    (&LBETA, Two(zeta::lbeta)),
    (&COMB, Two(zeta::comb)),
    (&PERM, Two(zeta::perm)),
    (&HURWITZ_ZETA, Two(zeta::hurwitz)),
    (&ZETA_DERIVATIVE, Three(zeta::zeta_derivative)),
    (&GAMMAINC, Two(incomplete::gammainc)),
    (&GAMMAINCC, Two(incomplete::gammaincc)),
    (&GAMMAINC_DERIVATIVE, Three(incomplete::gammainc_derivative)),
    (&GAMMAINCC_DERIVATIVE, Three(incomplete::gammaincc_derivative)),
    (&GAMMA_DENSITY_DERIVATIVE, Three(incomplete::gamma_density_derivative)),
    (&BETAINC, Three(incomplete::betainc)),
    (&BETAINC_A, Three(incomplete::betainc_a)),
    (&BETAINC_B, Three(incomplete::betainc_b)),
    (&BETAINC_AA, Three(incomplete::betainc_aa)),
    (&BETAINC_AB, Three(incomplete::betainc_ab)),
    (&BETAINC_BB, Three(incomplete::betainc_bb)),
    (&BETA_DENSITY, Three(incomplete::beta_density)),
    (&ERFINV, One(inverses::erfinv)),
    (&ERFCINV, One(inverses::erfcinv)),
    (&ERFCX, One(integrals::erfcx)),
    (&ERFCX_DERIVATIVE, Two(integrals::erfcx_derivative)),
    (&DAWSON, One(integrals::dawson)),
    (&DAWSON_DERIVATIVE, Two(integrals::dawson_derivative)),
    (&ERFI, One(integrals::erfi)),
    (&LOG_NDTR, One(|x| if x.is_positive() { (-ndtr(&-x)).log1p() } else { ndtr(x).log() })),
    (&LOG_NDTR_SLOPE, One(|x| normal_density(x) / ndtr(x))),
    (&NDTRI, One(inverses::ndtri)),
    (&SINC, One(integrals::sinc)),
    (&SINC_DERIVATIVE, Two(integrals::sinc_derivative)),
    (&J0, One(|x| bessel::jv(&Wide::new(0.0), x))),
    (&J1, One(|x| bessel::jv(&Wide::new(1.0), x))),
    (&JN, Two(bessel::jv)),
    (&Y0, One(|x| bessel::yv(&Wide::new(0.0), x))),
    (&Y1, One(|x| bessel::yv(&Wide::new(1.0), x))),
    (&YN, Two(bessel::yv)),
    (&I0, One(|x| bessel::iv(&Wide::new(0.0), x))),
    (&I1, One(|x| bessel::iv(&Wide::new(1.0), x))),
    (&IN, Two(bessel::iv)),
    (&K0, One(|x| bessel::kv(&Wide::new(0.0), x))),
    (&K1, One(|x| bessel::kv(&Wide::new(1.0), x))),
    (&KN, Two(bessel::kv)),
    (&JV_DERIVATIVE, Three(bessel::jv_derivative)),
    (&YV_DERIVATIVE, Three(bessel::yv_derivative)),
    (&IV_DERIVATIVE, Three(bessel::iv_derivative)),
    (&KV_DERIVATIVE, Three(bessel::kv_derivative)),
    (&EXPN_DERIVATIVE, Three(integrals::expn_derivative)),
    (&I0E, One(|x| bessel::scaled_i(0, x))),
    (&I1E, One(|x| bessel::scaled_i(1, x))),
    (&I0E_DERIVATIVE, Two(|n, x| bessel::scaled_i_derivative(n, 0, x))),
    (&I1E_DERIVATIVE, Two(|n, x| bessel::scaled_i_derivative(n, 1, x))),
    (&K0E, One(|x| bessel::scaled_k(0, x))),
    (&K1E, One(|x| bessel::scaled_k(1, x))),
    (&K0E_DERIVATIVE, Two(|n, x| bessel::scaled_k_derivative(n, 0, x))),
    (&K1E_DERIVATIVE, Two(|n, x| bessel::scaled_k_derivative(n, 1, x))),
    (&EXPI, One(integrals::expi)),
    (&EXP1, One(integrals::exp1)),
    (&EXPN, Two(integrals::expn)),
    (&FRESNEL_S, One(integrals::fresnel_s)),
    (&FRESNEL_C, One(integrals::fresnel_c)),
    (&SIN_HALF_PI_SQUARE, One(|x| (x * x * 0.5).sin_pi())),
    (&COS_HALF_PI_SQUARE, One(|x| (x * x * 0.5).cos_pi())),
    (&SPENCE, One(integrals::spence)),
    (&SPENCE_DERIVATIVE, Two(integrals::spence_derivative)),
    (&LAMBERT_W0, One(inverses::lambert_w0)),
    (&LAMBERT_WM1, One(inverses::lambert_wm1)),
    (&LAMBERT_W0_PLUS1, One(inverses::lambert_w0_plus1)),
    (&LAMBERT_WM1_PLUS1, One(inverses::lambert_wm1_plus1)),
    (&ELLIPK, One(integrals::ellipk)),
    (&ELLIPE, One(integrals::ellipe)),
    (&ELLIPK_DERIVATIVE, Two(integrals::ellipk_derivative)),
    (&ELLIPE_DERIVATIVE, Two(integrals::ellipe_derivative)),
    (&ABS, One(Wide::abs)),
    (&MAXIMUM, Two(larger)),
    (&MINIMUM, Two(smaller)),
    (&FMAX, Two(larger)),
    (&FMIN, Two(smaller)),
    (&CLIP, Three(limited)),
    (&COPYSIGN, Two(|a, b| if a.is_negative() == b.is_negative() { a.clone() } else { -a })),
    (&LERP, Three(|a, b, t| a + t * (b - a))),
    (&LESS, Compare(Ordering::is_lt)),
    (&LESS_EQUAL, Compare(Ordering::is_le)),
    (&GREATER, Compare(Ordering::is_gt)),
    (&GREATER_EQUAL, Compare(Ordering::is_ge)),
    (&EQUAL, Compare(Ordering::is_eq)),
    (&NOT_EQUAL, Compare(Ordering::is_ne)),
    (&SELECT, Choose(|holds| Some(if holds { 1 } else { 2 }))),
    (&KEEP_WHERE, Choose(|holds| holds.then_some(1))),
    (&DROP_WHERE, Choose(|holds| (!holds).then_some(1))),
    (&LIVE, ChooseByValue(|g| (!is_absent(g)).then_some(1))),
    (&LIVE_PART, ChooseByValue(|g| (!is_absent(g)).then_some(1))),
    (&SIGN, One(sign)),
    (&FLOOR, One(floor)),
    (&CEIL, One(|x| -floor(&-x))),
    (&TRUNC, One(whole)),
];

fn sign(x: &Wide) -> Wide {
    match () {
        _ if x.is_lost() || !x.is_number() => Wide::none(),
        _ if x.is_zero() => Wide::new(0.0),
        _ if !x.is_certain(1) => Wide::none(),
        _ => Wide::new(if x.is_negative() { -1.0 } else { 1.0 }),
    }
}

/// None where the error leaves two whole numbers.
fn floor(x: &Wide) -> Wide {
    let whole = x.floor();
    let rest = x - &whole;
    let is_open = |part: &Wide| part.is_lost() || !(part.is_zero() || part.is_certain(1));
    if is_open(&rest) || is_open(&(1.0 - rest)) { Wide::none() } else { whole }
}

/// The number of which a constant of a derivative rule is the nearest f64.
pub fn irrational(x: f64) -> Option<Wide> {
    let (_, exact) = IRRATIONALS.iter().find(|(near, _)| *near == x.abs())?;
    Some(if x < 0.0 { -exact() } else { exact() })
}

type Exact = fn() -> Wide;

static IRRATIONALS: &[(f64, Exact)] = &[
    (consts::PI, Wide::pi),
    (consts::TAU, || Wide::pi() * 2.0),
    (consts::FRAC_PI_2, || Wide::pi() * 0.5),
    (consts::E, || Wide::new(1.0).exp()),
    (consts::LN_2, Wide::ln_2),
    (consts::LN_10, Wide::ln_10),
    (consts::LOG2_E, || 1.0 / Wide::ln_2()),
    (consts::LOG10_E, || 1.0 / Wide::ln_10()),
    (consts::FRAC_2_SQRT_PI, || 2.0 / Wide::pi().sqrt()),
    (consts::FRAC_2_SQRT_PI / 4.0 * consts::PI, || Wide::pi().sqrt() * 0.5),
    (consts::FRAC_1_SQRT_2, || Wide::new(0.5).sqrt()),
    (consts::PI / 180.0, || Wide::pi() / 180.0),
    (180.0 / consts::PI, || 180.0 / Wide::pi()),
    (0.797_884_560_802_865_4, || (2.0 / Wide::pi()).sqrt()),
    (1.595_769_121_605_730_8, || (8.0 / Wide::pi()).sqrt()),
    (1.253_314_137_315_500_3, || (Wide::pi() * 0.5).sqrt()),
];

/// Elementwise rows without a wide form, and why.
pub static KEPT: &[(&Row, &str)] = &[
    (&FLOOR_DIVIDE, STEP),
    (&ROUND, STEP),
    (&HEAVISIDE, STEP),
    (&GCD, "of whole numbers, which f64 holds exactly"),
    (&LCM, "of whole numbers, which f64 holds exactly"),
];

const STEP: &str = "a step function: its f64 value is exact, and decides like a comparison which branch is computed";

/// Towards 0.
fn whole(x: &Wide) -> Wide {
    if x.is_negative() { -(-x).floor() } else { x.floor() }
}

fn larger(a: &Wide, b: &Wide) -> Wide {
    match a.compare(b) {
        Some(order) => if order.is_ge() { a } else { b }.clone(),
        None => Wide::none(),
    }
}

fn smaller(a: &Wide, b: &Wide) -> Wide {
    match a.compare(b) {
        Some(order) => if order.is_le() { a } else { b }.clone(),
        None => Wide::none(),
    }
}

fn limited(x: &Wide, lo: &Wide, hi: &Wide) -> Wide {
    smaller(&larger(x, lo), hi)
}

/// log((x+1)/(x-1))/2
fn acoth(x: &Wide) -> Wide {
    if x.is_negative() { -acoth(&-x) } else { (2.0 / (x - 1.0)).log1p() * 0.5 }
}

/// 1/cosh² = 4e/(1 + e)² with e = exp(-2|x|).
fn sech2(x: &Wide) -> Wide {
    let e = (x.abs() * -2.0).exp();
    let base = &e + 1.0;
    e * 4.0 / (&base * &base)
}

/// -2 sin²(x/2)
fn cosm1(x: &Wide) -> Wide {
    let half = (x * 0.5).sin();
    &half * &half * -2.0
}

fn ndtr(x: &Wide) -> Wide {
    (-x / Wide::new(2.0).sqrt()).erfc() * 0.5
}

fn normal_density(x: &Wide) -> Wide {
    (x * x * -0.5).exp() / (Wide::pi() * 2.0).sqrt()
}

fn gelu_tanh(x: &Wide) -> Wide {
    let inner = x + x * x * x * GELU_CUBIC;
    x * (inner * 2.0 * (2.0 / Wide::pi()).sqrt()).sigmoid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::wide::with_precision;
    use crate::tape::Op;

    #[test]
    fn every_elementwise_row_has_a_wide_form_or_says_why_not() {
        let is_elementwise = |row: &&Row| matches!(row.op, Op::Map1(_) | Op::Map2(_) | Op::Map3(_));
        let is_kept = |row: &Row| KEPT.iter().any(|(kept, _)| std::ptr::eq(row, *kept));
        let missing: Vec<&str> = super::super::rows()
            .filter(is_elementwise)
            .filter(|row| <Wide as Number>::form(row).is_none() && !is_kept(row))
            .map(|row| row.name)
            .collect();
        assert!(missing.is_empty(), "rows without a wide form or a reason: {missing:?}");
        let both: Vec<&str> =
            KEPT.iter().filter(|(row, _)| <Wide as Number>::form(row).is_some()).map(|(row, _)| row.name).collect();
        assert!(both.is_empty(), "rows with a wide form and a reason to have none: {both:?}");
    }

    /// A row at the numbers, over f64.
    fn plain(row: &Row, x: &[f64]) -> f64 {
        match (&row.op, x) {
            (Op::Map1(op), [a]) => (op.f)(*a),
            (Op::Map2(op), [a, b]) => (op.f)(*a, *b),
            (Op::Map3(op), [a, b, c]) => (op.f)(*a, *b, *c),
            _ => f64::NAN,
        }
    }

    fn wide(form: &Widened, x: &[f64], bits: usize) -> Wide {
        with_precision(bits, || {
            let x: Vec<Wide> = x.iter().map(|x| Wide::new(*x)).collect();
            match form {
                One(f) => f(&x[0]),
                Two(f) => f(&x[0], &x[1]),
                Three(f) => f(&x[0], &x[1], &x[2]),
                _ => Wide::none(),
            }
        })
    }

    /// Each form against the f64 kernel of its row, and against itself with more bits.
    #[test]
    fn wide_forms_agree_with_f64_and_with_more_bits() {
        let mut failures = Vec::new();
        for (row, form) in widened_rows() {
            let start = std::time::Instant::now();
            let mut points: Vec<Vec<f64>> = vec![Vec::new()];
            for which in 0..row.params.len() {
                // an order comes first, and is small
                let is_order = which == 0 && row.name.ends_with("_derivative");
                let samples: Vec<f64> = if is_order { vec![1.0, 2.0] } else { row.samples.to_vec() };
                let longer = |x: &Vec<f64>| samples.iter().map(|s| [x.as_slice(), &[*s]].concat()).collect::<Vec<_>>();
                points = points.iter().flat_map(longer).collect();
            }
            let step = points.len().div_ceil(3);
            for x in points.iter().step_by(step) {
                let expected = plain(row, x);
                let few = wide(form, x, 96);
                if !expected.is_finite() || !few.is_number() || expected == 0.0 {
                    continue;
                }
                let many = wide(form, x, 160);
                let found = few.to_f64().unwrap_or(f64::NAN);
                let is_near = (found - expected).abs() <= 1e-12 * expected.abs();
                let agree = with_precision(160, || many.is_certain(64) && (&few - &many).is_small_beside(&many, 64));
                if !is_near || !agree {
                    let parts = (many.is_certain(64), many.to_f64());
                    failures.push(format!("{} {x:?}: {found:e} is not {expected:e} {parts:?}", row.name));
                }
            }
            if std::env::var_os("SHOW_TIMES").is_some() {
                println!("{:<28} {:?}", row.name, start.elapsed());
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
