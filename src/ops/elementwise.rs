//! The table of elementwise operations: value, derivative rules, domain and doc in one row each.
//!
//! In a rule `g` is the cotangent of the result, `y` the result, the operands have their own names.

use std::f64::consts::{LN_2, LN_10, LOG2_E, LOG10_E};

use super::algebra::{Algebra, Scalars, elementwise};
use crate::kernels::elementary::{point, slices};
use crate::kernels::scalar;
use crate::kernels::special::normal;
use crate::tape::{ABSENT, is_absent};

/// Constants of Klambauer et al. (2017), appendix A.
pub(super) const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
pub(super) const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const SELU_BELOW: f64 = SELU_SCALE * SELU_ALPHA;

/// π/180 and 180/π
const RADIANS: f64 = std::f64::consts::PI / 180.0;
const DEGREES: f64 = 180.0 / std::f64::consts::PI;

/// √(2/π) and the cubic term of Hendrycks & Gimpel (2016).
const ROOT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
pub(super) const GELU_CUBIC: f64 = 0.044715;

/// 2/√π
pub(super) const TWO_OVER_ROOT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;

elementwise! {
    trait Elementwise;

    /// Sum `a + b`.
    ADD = plus as "add" (a, b) -> y: a + b                  => |g| [g, g],                              on [-2.0, 0.0, 0.4, 3.0];
    /// Difference `a - b`.
    SUB = minus as "sub" (a, b) -> y: a - b                  => |g| [g, -g],                             on [-2.0, 0.0, 0.4, 3.0];
    /// Product `a * b`, elementwise.
    MUL = times as "mul" (a, b) -> y: a * b                  => |g| [g * b, g * a],                      on [-2.0, 0.0, 0.4, 3.0];
    /// Quotient `a / b`, elementwise.
    DIV = over as "div" (a, b) -> y: a / b       => |g| [g / b, -(y / b) * g],               on [-2.0, 0.4, 3.0];
    /// `x` itself, as a value of its own that can be differentiated by.
    IDENTITY = identity(x) -> y: x => |g| [g], on [-2.0, 0.0, 3.0];
    /// `x` with the other sign.
    NEG = negated as "neg" (x) -> y: -x          => |g| [-g],                                on [-2.0, 0.0, 3.0];
    /// `a` to the power `b`. `x^0` is 1 and has slope 0 everywhere; the slope in `b` is 0 at `a = 0`, `b ≥ 0` and NaN
    /// for `a < 0`.
    POW = pow(a, b) -> y: scalar::pow(a, b)      => |g| select [pow_base(g, a, b), pow_exponent(g, a, b, y)],
                                                                                            on [0.3, 1.0, 2.0, 3.5] => scalar::pow_zip;
    /// Remainder `a - b floor(a / b)`, with the sign of `b`. The jumps count as flat.
    MOD = modulo as "mod" (a, b) -> y: scalar::modulo(a, b) => |g| [g, -(g * (a / b).floor())], on [-5.5, 0.7, 2.0];
    /// Remainder `a - b trunc(a / b)`, with the sign of `a` as in C. The jumps count as flat.
    FMOD = fmod(a, b) -> y: a % b                => |g| [g, -(g * (a / b).trunc())],         on [-5.5, 0.7, 2.0];
    /// Largest whole number not above the quotient `a / b`; slope 0.
    FLOOR_DIVIDE = floor_divide(a, b) -> y: scalar::floor_divide(a, b),                     on [-5.5, 0.7, 2.0];
    /// Greatest common divisor of whole numbers, at least 0; slope 0.
    GCD = gcd(a, b) -> y: scalar::gcd(a, b),                                                on [12.0, 18.0, 5.0];
    /// Least common multiple of whole numbers, at least 0; slope 0.
    LCM = lcm(a, b) -> y: scalar::lcm(a, b),                                                on [4.0, 6.0, 5.0];

    /// e to the power `x`. DLMF 4.2.19.
    EXP = exp(x) -> y: point::exp(x)                   => |g| [g * y],                             on [-700.0, -1.5, 0.0, 2.0] => slices::exp;
    /// `exp(x) - 1`, accurate near 0.
    EXPM1 = expm1(x) -> y: point::expm1(x)            => |g| [g * x.exp()],                       on [-50.0, -1e-9, 0.0, 2.0] => slices::expm1;
    /// 2 to the power `x`.
    EXP2 = exp2(x) -> y: point::exp2(x)                => |g| [g * (y * LN_2)],                    on [-3.0, 0.0, 2.5] => slices::exp2;
    /// Natural logarithm of `x` ≥ 0; slope infinite at 0. DLMF 4.2.2.
    LOG = log(x) -> y: point::log(x)                    => |g| [g * x.log_slope()],                 on [1e-300, 0.3, 1.0, 7.0] => slices::log;
    /// Slope of the logarithm: `1/x` for `x` ≥ 0, NaN below, where the logarithm is not defined.
    LOG_SLOPE = log_slope(x) -> y: if x < 0.0 { f64::NAN } else { 1.0 / x.abs() }
                                                  => |g| [-(g * y) * y],                      on [0.3, 1.0, 7.0];
    /// `log(1 + x)`, accurate near 0.
    LOG1P = log1p(x) -> y: point::log1p(x)             => |g| [g * (x + 1.0).log_slope()],         on [-0.9, 1e-10, 0.5, 4.0] => slices::log1p;
    /// Logarithm to base 2.
    LOG2 = log2(x) -> y: point::log2(x)                => |g| [g * (x.log_slope() * LOG2_E)],      on [0.3, 1.0, 8.0] => slices::log2;
    /// Logarithm to base 10.
    LOG10 = log10(x) -> y: point::log10(x)             => |g| [g * (x.log_slope() * LOG10_E)],     on [0.3, 1.0, 1000.0] => slices::log10;
    /// Square root of `x` ≥ 0; slope infinite at 0.
    SQRT = sqrt(x) -> y: x.sqrt()                => |g| [g / (2.0 * y)],                     on [1e-300, 0.7, 9.0];
    /// Cube root, of negative numbers too; slope infinite at 0.
    CBRT = cbrt(x) -> y: point::cbrt(x)                => |g| [g / (3.0 * y * y)],                 on [-8.0, 1e-300, 0.7] => slices::cbrt;
    /// Reciprocal square root `1 / sqrt(x)`.
    RSQRT = rsqrt(x) -> y: 1.0 / x.sqrt()        => |g| [-(g * (0.5 * y / x))],              on [0.3, 2.0];
    /// Square `x * x`.
    SQUARE = square(x) -> y: x * x               => |g| [g * (2.0 * x)],                     on [-3.0, 0.0, 0.5];
    /// Reciprocal `1 / x`.
    RECIPROCAL = reciprocal(x) -> y: 1.0 / x     => |g| [-(g * y) * y],                      on [-0.5, 3.0];

    /// Sine of `x` radians. DLMF 4.14.1; derivative 4.20.1.
    SIN = sin(x) -> y: point::sin(x)                   => |g| [g * x.cos()],                       on [-7.0, -0.3, 0.0, 2.5] => slices::sin;
    /// Cosine of `x` radians. DLMF 4.14.2; derivative 4.20.2.
    COS = cos(x) -> y: point::cos(x)                   => |g| [-(g * x.sin())],                    on [-7.0, -0.3, 0.0, 2.5] => slices::cos;
    /// Tangent of `x` radians; derivative 1 + tan². DLMF 4.20.3.
    TAN = tan(x) -> y: point::tan(x)                   => |g| [g * (1.0 + y * y)],                 on [-1.2, 0.0, 0.5, 2.5] => slices::tan;
    /// `cos(x) - 1`, accurate near 0; slope -sin(x).
    COSM1 = cosm1(x) -> y: scalar::cosm1(x)      => |g| [-(g * x.sin())],                    on [-7.0, -1e-9, 0.0, 2.5];
    /// Secant `1 / cos(x)`. DLMF 4.20.5.
    SEC = sec(x) -> y: 1.0 / point::cos(x)             => |g| [g * (y * x.tan())],                 on [-1.0, 0.0, 0.5];
    /// Cosecant `1 / sin(x)`. DLMF 4.20.4.
    CSC = csc(x) -> y: 1.0 / point::sin(x)             => |g| [-(g * (y * x.cot()))],              on [-1.0, 0.5, 2.0];
    /// Cotangent `1 / tan(x)`. DLMF 4.20.6.
    COT = cot(x) -> y: 1.0 / point::tan(x)             => |g| [-(g * (1.0 + y * y))],              on [-1.0, 0.5, 2.0];
    /// Inverse sine of `x` in [-1, 1]; slope infinite at ±1. DLMF 4.24.7.
    ASIN = asin(x) -> y: point::asin(x)                => |g| [g / ((1.0 - x) * (1.0 + x)).sqrt()], on [-0.9, 0.0, 0.5] => slices::asin;
    /// Inverse cosine of `x` in [-1, 1]; slope infinite at ±1. DLMF 4.24.8.
    ACOS = acos(x) -> y: point::acos(x)                => |g| [-(g / ((1.0 - x) * (1.0 + x)).sqrt())], on [-0.9, 0.0, 0.5] => slices::acos;
    /// Inverse tangent. DLMF 4.24.9.
    ATAN = atan(x) -> y: point::atan(x)                => |g| [g / (1.0 + x * x)],                 on [-30.0, 0.0, 0.5] => slices::atan;
    /// Inverse cotangent in (0, π). DLMF 4.24.12.
    ACOT = acot(x) -> y: point::atan2(1.0, x)          => |g| [-(g / (1.0 + x * x))],              on [-3.0, 0.0, 0.5, 1e20];
    /// Angle between the positive x axis and (x, y), in radians, in (-π, π]; slope NaN at the origin.
    ATAN2 = atan2(y, x) -> r: point::atan2(y, x)         => |g| [g * (x / y.hypot(x) / y.hypot(x)), -(g * (y / y.hypot(x) / y.hypot(x)))],
                                                                                            on [-2.0, 0.7, 1e200];
    /// Length of the vector (a, b), without overflow; slope 0 at the origin.
    HYPOT = hypot(a, b) -> y: point::hypot(a, b)         => |g| [g.along(a, y), g.along(b, y)],      on [-3.0, 0.4, 1e200];
    /// `a / b`, 0 where `b` is 0, ±1 where `a` is infinite: a component of a unit vector.
    UNIT = unit(a, b) -> y: if b == 0.0 { 0.0 } else if a.is_infinite() { a.signum() } else { a / b } => |g| [g / b, -(y / b) * g], on [-2.0, 0.4, 3.0];
    /// Inverse secant in [0, π], for |x| ≥ 1. DLMF 4.24.13.
    ASEC = asec(x) -> y: scalar::asec(x)               => |g| [g / (x.abs() * ((x - 1.0) * (x + 1.0)).sqrt())], on [-3.0, 1.000001, 1.5, 1e8];
    /// Inverse cosecant in [-π/2, π/2], for |x| ≥ 1. DLMF 4.24.14.
    ACSC = acsc(x) -> y: point::asin(1.0 / x)          => |g| [-(g / (x.abs() * ((x - 1.0) * (x + 1.0)).sqrt()))], on [-3.0, 1.5, 1e8];
    /// Radians of an angle in degrees, `x pi/180`.
    DEG2RAD = deg2rad(x) -> y: x * RADIANS             => |g| [g * RADIANS],                       on [-90.0, 0.0, 30.0];
    /// Degrees of an angle in radians, `180 x/pi`.
    RAD2DEG = rad2deg(x) -> y: x * DEGREES             => |g| [g * DEGREES],                       on [-1.5, 0.0, 0.5];

    /// Hyperbolic sine. DLMF 4.28.1.
    SINH = sinh(x) -> y: point::sinh(x)                => |g| [g * x.cosh()],                      on [-2.0, 0.0, 1e-8, 3.0] => slices::sinh;
    /// Hyperbolic cosine. DLMF 4.28.2.
    COSH = cosh(x) -> y: point::cosh(x)                => |g| [g * x.sinh()],                      on [-2.0, 0.0, 3.0] => slices::cosh;
    /// Hyperbolic tangent; derivative 1/cosh², accurate in the tails. DLMF 4.34.3.
    TANH = tanh(x) -> y: point::tanh(x)                => |g| [g * x.sech2()],                     on [-20.0, -0.3, 0.0, 2.0] => slices::tanh;
    /// `1 / cosh(x)^2`, without overflow.
    SECH2 = sech2(x) -> y: point::sech2(x)      => |g| [-(g * (2.0 * x.tanh() * y))],       on [-20.0, 0.0, 0.7] => slices::sech2;
    /// Inverse hyperbolic sine; derivative 1/hypot(1, x), without overflow. DLMF 4.40.1.
    ASINH = asinh(x) -> y: point::asinh(x)      => |g| [g / x.lit(1.0).hypot(x)],           on [-3.0, 0.0, 1e200] => slices::asinh;
    /// Inverse hyperbolic cosine of `x` ≥ 1. DLMF 4.40.2.
    ACOSH = acosh(x) -> y: point::acosh(x)      => |g| [g / ((x - 1.0).sqrt() * (x + 1.0).sqrt())], on [1.2, 3.0] => slices::acosh;
    /// Inverse hyperbolic tangent of `x` in [-1, 1]. DLMF 4.40.3.
    ATANH = atanh(x) -> y: point::atanh(x)      => |g| [g * ((1.0 - x) * (1.0 + x)).log_slope()],       on [-0.9, 0.0, 0.5] => slices::atanh;
    /// `log(cosh(x))`, accurate near 0 and without overflow; slope tanh(x).
    LOG_COSH = log_cosh(x) -> y: scalar::log_cosh(x) => |g| [g * x.tanh()],                 on [-800.0, -0.3, 0.0, 1e-8, 3.0];
    /// Hyperbolic secant `1 / cosh(x)`. DLMF 4.28.6.
    SECH = sech(x) -> y: 1.0 / point::cosh(x)   => |g| [-(g * (y * x.tanh()))],             on [-2.0, 0.0, 0.5, 30.0];
    /// Hyperbolic cosecant `1 / sinh(x)`. DLMF 4.28.5.
    CSCH = csch(x) -> y: 1.0 / point::sinh(x)   => |g| [-(g * (y * x.coth()))],             on [-2.0, 0.5, 30.0];
    /// Hyperbolic cotangent `1 / tanh(x)`. DLMF 4.28.7.
    COTH = coth(x) -> y: 1.0 / point::tanh(x)   => |g| [-(g * (x.csch() * x.csch()))],      on [-2.0, 0.5, 20.0];
    /// Inverse hyperbolic secant, for 0 < `x` ≤ 1. DLMF 4.37.7.
    ASECH = asech(x) -> y: scalar::asech(x)      => |g| [-(g * (x * ((1.0 - x) * (1.0 + x)).sqrt()).log_slope())], on [1e-310, 0.3, 0.7, 0.999999];
    /// Inverse hyperbolic cosecant. DLMF 4.37.8.
    ACSCH = acsch(x) -> y: scalar::acsch(x)      => |g| [-(g / (x.abs() * x.lit(1.0).hypot(x)))], on [-3.0, 0.5, 1e200];
    /// Inverse hyperbolic cotangent, for |x| ≥ 1. DLMF 4.37.9.
    ACOTH = acoth(x) -> y: scalar::acoth(x)      => |g| [-(g * ((x - 1.0) * (x + 1.0)).log_slope())],   on [-3.0, 1.000001, 1.5];

    /// Logistic function `1 / (1 + exp(-x))`; derivative sigmoid(x) sigmoid(-x).
    SIGMOID = sigmoid(x) -> y: point::sigmoid(x) => |g| [g * (y * (-x).sigmoid())],         on [-40.0, -1.0, 0.0, 3.0] => slices::sigmoid;
    /// `log(1 + exp(x))`, without overflow; derivative sigmoid(x).
    SOFTPLUS = softplus(x) -> y: point::softplus(x) => |g| [g * x.sigmoid()],               on [-50.0, 0.0, 1.0, 30.0] => slices::softplus;
    /// `log(sigmoid(x))`, without underflow; derivative sigmoid(-x).
    LOG_SIGMOID = log_sigmoid(x) -> y: point::log_sigmoid(x) => |g| [g * (-x).sigmoid()],    on [-800.0, 0.0, 40.0] => slices::log_sigmoid;
    /// `max(x, 0)`; slope 0 at 0.
    RELU = relu(x) -> y: scalar::maximum(x, 0.0) => |g| select [x.less_equal(x.lit(0.0)).drop_where(g)], on [-1.0, 0.5, 3.0];
    /// `min(max(x, 0), 6)`; slope 0 at 0 and 6.
    RELU6 = relu6(x) -> y: scalar::minimum(scalar::maximum(x, 0.0), 6.0)
        => |g| select [(x.greater(x.lit(0.0)) * x.less(x.lit(6.0))).keep_where(g)],         on [-1.0, 0.5, 7.0];
    /// `x` above 0, `exp(x) - 1` below. Clevert, Unterthiner & Hochreiter (2016).
    ELU = elu(x) -> y: if x > 0.0 { x } else { point::expm1(x) }
        => |g| [x.greater(x.lit(0.0)).select(g, g * x.exp())],                              on [-50.0, -1.0, 0.5];
    /// Scaled ELU that keeps mean 0 and variance 1; slope 1.7581 at 0. Klambauer et al. (2017).
    SELU = selu(x) -> y: SELU_SCALE * if x > 0.0 { x } else { SELU_ALPHA * point::expm1(x) }
        => |g| [x.greater(x.lit(0.0)).select(SELU_SCALE * g, SELU_BELOW * g * x.exp())],    on [-2.0, 0.5, 3.0];
    /// `x` above 0, `a x` elsewhere.
    LEAKY_RELU = leaky_relu(x, a) -> y: if x > 0.0 { x } else { a * x }
        => |g| select [x.greater(x.lit(0.0)).select(g, g * a), x.greater(x.lit(0.0)).drop_where(g * x)],
                                                                                            on [-2.0, 0.3, 3.0];
    /// `x sigmoid(x)`, also called swish. Ramachandran, Zoph & Le (2017).
    SILU = silu(x) -> y: x * point::sigmoid(x)
        => |g| [g * (x.sigmoid() * (1.0 + x * (-x).sigmoid()))],                            on [-5.0, 0.5, 3.0];
    /// `x tanh(softplus(x))`. Misra (2019).
    MISH = mish(x) -> y: x * point::tanh(point::softplus(x))
        => |g| [g * (x.softplus().tanh() + x * (x.softplus().sech2() * x.sigmoid()))],      on [-2.0, 0.5, 3.0];
    /// `x - tanh(x)`, accurate near 0.
    TANHSHRINK = tanhshrink(x) -> y: scalar::tanhshrink(x) => |g| [g * (x.tanh() * x.tanh())], on [-3.0, -1e-4, 0.0, 0.5, 1.2];
    /// `x / (1 + |x|)`.
    SOFTSIGN = softsign(x) -> y: x / (1.0 + x.abs())
        => |g| [g / (1.0 + x.abs()) / (1.0 + x.abs())],                                     on [-3.0, 0.5, 1e8];
    /// `x Φ(x)` with the normal distribution function Φ. Hendrycks & Gimpel (2016).
    GELU = gelu(x) -> y: x * normal::ndtr(x) => |g| [g * (x.ndtr() + x * x.normal_density())], on [-10.0, -1.0, 0.5, 2.0];
    /// The approximation of `gelu` by tanh, as older networks have it.
    GELU_TANH = gelu_tanh(x) -> y: x * point::sigmoid(2.0 * ROOT_2_OVER_PI * (x + GELU_CUBIC * x * x * x))
        => |g| [gelu_tanh_slope(g, x)],                                                     on [-3.0, 0.5, 2.0];
    /// `log(x / (1 - x))`, the inverse of sigmoid, for 0 < `x` < 1.
    LOGIT = logit(x) -> y: point::log(x) - point::log1p(-x) => |g| [g * (x * (1.0 - x)).log_slope()],   on [1e-10, 0.3, 0.9];
    /// `x log(y)`, and 0 where `x` is 0.
    XLOGY = xlogy(x, y) -> r: if x == 0.0 && !y.is_nan() { 0.0 } else { x * point::log(y) }
        => |g| [g * y.log(), g * x.equal(x.lit(0.0)).select(x, x / y)],                                                  on [0.3, 2.0, 3.0];
    /// `x log(1 + y)`, and 0 where `x` is 0.
    XLOG1PY = xlog1py(x, y) -> r: if x == 0.0 && !y.is_nan() { 0.0 } else { x * point::log1p(y) }
        => |g| [g * y.log1p(), g * x.equal(x.lit(0.0)).select(x, x / (1.0 + y))],                                        on [0.3, 2.0, 3.0];
    /// `log(1 - exp(-|x|))`, accurate near 0 and far from it. Mächler (2012).
    LOG1MEXP = log1mexp(x) -> y: scalar::log1mexp(x) => |g| [-(g * (x.sign() * ((-x.abs()).exp() / (-x.abs()).expm1())))],
                                                                                            on [-3.0, 1e-10, 0.5, 40.0];
    /// 10 to the power `x`.
    EXP10 = exp10(x) -> y: point::exp10(x) => |g| [g * (y * LN_10)],                        on [-3.0, 0.0, 2.5] => slices::exp10;
    /// What is behind the point: `x - trunc(x)`. The jumps count as slope 1.
    FRAC = frac(x) -> y: x.fract() => |g| [g],                                              on [-2.75, 0.5, 2.75];

    /// `log(exp(a) + exp(b))`, without overflow.
    LOGADDEXP = logaddexp(a, b) -> y: scalar::logaddexp(a, b) => |g| [g * (a - b).sigmoid(), g * (b - a).sigmoid()],
                                                                                            on [-1000.0, 0.3, 2.0];

    /// Error function 2/√π ∫₀ˣ exp(-t²) dt. DLMF 7.2.1; derivative 7.10.1.
    ERF = erf(x) -> y: point::erf(x) => |g| [g * (TWO_OVER_ROOT_PI * (-(x * x)).exp())],    on [-3.0, -0.5, 0.0, 0.5] => slices::erf;
    /// Complementary error function `1 - erf(x)`, accurate in its tail. DLMF 7.2.2.
    ERFC = erfc(x) -> y: point::erfc(x) => |g| [-(g * (TWO_OVER_ROOT_PI * (-(x * x)).exp()))], on [-3.0, 0.0, 0.5, 20.0] => slices::erfc;
    /// `log2(2^a + 2^b)`, without overflow.
    LOGADDEXP2 = logaddexp2(a, b) -> y: scalar::logaddexp2(a, b)
        => |g| [g * ((a - b) * LN_2).sigmoid(), g * ((b - a) * LN_2).sigmoid()],            on [-1000.0, 0.3, 2.0];
    /// Entropy term `-x log(x)` of a probability, 0 at 0, for `x` ≥ 0.
    ENTR = entr(x) -> y: scalar::entr(x) => |g| [-(g * (x.log() + 1.0))],                   on [0.0, 0.3, 1.0, 2.5];

    /// Absolute value; slope 0 at 0.
    ABS = abs(x) -> y: x.abs()                   => |g| [g * x.sign()],                      on [-3.0, 0.5];
    /// -1, 0 or 1; slope 0.
    SIGN = sign(x) -> y: scalar::sign(x),                                                   on [-3.0, 0.5];
    /// Largest whole number not above `x`; slope 0.
    FLOOR = floor(x) -> y: x.floor(),                                                       on [-2.5, 0.5];
    /// Smallest whole number not below `x`; slope 0.
    CEIL = ceil(x) -> y: x.ceil(),                                                          on [-2.5, 0.5];
    /// Nearest whole number, halves to even; slope 0.
    ROUND = round(x) -> y: scalar::round(x),                                                on [-2.4, 0.6];
    /// Whole part of `x`, towards 0; slope 0.
    TRUNC = trunc(x) -> y: x.trunc(),                                                       on [-2.5, 0.5];
    /// Larger of `a` and `b`; where they are equal each has slope 0.5.
    MAXIMUM = maximum(a, b) -> y: scalar::maximum(a, b) => |g| select [larger(g, a, b), larger(g, b, a)], on [-2.0, 0.4, 3.0];
    /// Smaller of `a` and `b`; where they are equal each has slope 0.5.
    MINIMUM = minimum(a, b) -> y: scalar::minimum(a, b) => |g| select [larger(g, b, a), larger(g, a, b)], on [-2.0, 0.4, 3.0];
    /// Larger of `a` and `b`, of which one may be NaN; where they are equal each has slope 0.5.
    FMAX = fmax(a, b) -> y: a.max(b) => |g| select [larger_number(g, a, b, a.less(b)), larger_number(g, b, a, b.less(a))],
                                                                                            on [-2.0, 0.4, 3.0];
    /// Smaller of `a` and `b`, of which one may be NaN; where they are equal each has slope 0.5.
    FMIN = fmin(a, b) -> y: a.min(b) => |g| select [larger_number(g, a, b, b.less(a)), larger_number(g, b, a, a.less(b))],
                                                                                            on [-2.0, 0.4, 3.0];
    /// The size of `a` with the sign of `b`; slope 0 at `a = 0`.
    COPYSIGN = copysign(a, b) -> y: a.copysign(b) => |g| [g * (a.sign() * a.lit(1.0).copysign(b)), g.lit(0.0)],
                                                                                            on [-2.0, 0.4, 3.0];
    /// Unit step: 0 below 0, 1 above, at 0 the value `h`; slope 0 in `x`.
    HEAVISIDE = heaviside(x, h) -> y: scalar::heaviside(x, h) => |g| select [g.lit(0.0), x.equal(x.lit(0.0)).keep_where(g)],
                                                                                            on [-2.0, 0.4, 3.0];
    /// Between `a` at `t = 0` and `b` at `t = 1` on a line, `a + t (b - a)`.
    LERP = lerp(a, b, t) -> y: scalar::lerp(a, b, t) => |g| [g * (1.0 - t), g * t, g * (b - a)], on [-2.0, 0.4, 3.0];
    /// `x` limited to the range from `lo` to `hi`; slope in `x` 0 at and beyond the limits.
    CLIP = clip(x, lo, hi) -> y: scalar::minimum(scalar::maximum(x, lo), hi) => |g| select [
        (x.greater(lo) * x.less(hi)).keep_where(g),
        (x.less_equal(lo) * lo.less(hi)).keep_where(g),
        hi.less_equal(lo).maximum(x.greater_equal(hi)).keep_where(g),
    ],                                                                                      on [-2.0, 0.4, 3.0];
    /// `a` where `c` holds, elsewhere `b`. What is not selected has no influence, not even by NaN or infinity.
    SELECT = select as "where" (c, a, b) -> y: if c != 0.0 { a } else { b } => |g| select [
        g.absent(),
        c.keep_where(g),
        c.drop_where(g),
    ],                                                                                      on [0.0, 1.0, 2.0];
    /// `g` where `c` is not 0, elsewhere no cotangent at all (see the structural zeros of the tape).
    KEEP_WHERE = keep_where(c, g) -> y: if c != 0.0 { g } else { ABSENT } => |u| select [u.absent(), c.keep_where(u)],
                                                                                            on [0.0, 2.0], absent;
    /// `g` where `c` is 0, elsewhere no cotangent at all.
    DROP_WHERE = drop_where(c, g) -> y: if c != 0.0 { ABSENT } else { g } => |u| select [u.absent(), c.drop_where(u)],
                                                                                            on [0.0, 2.0], absent;
    /// `r`, a number, where there is a cotangent `g`; elsewhere none.
    LIVE = live(g, r) -> y: if is_absent(g) { ABSENT } else { r + 0.0 } => |u| select [u.absent(), g.live(u)],
                                                                                            on [0.0, 2.0], absent;
    /// `r`, itself with or without a cotangent, where there is a cotangent `g`; elsewhere none.
    LIVE_PART = live_part(g, r) -> y: if is_absent(g) { ABSENT } else { r } => |u| select [u.absent(), g.live_part(u)],
                                                                                            on [0.0, 2.0], absent;

    /// 1 where `a < b`, else 0.
    LESS = less(a, b) -> y: (a < b) as u8 as f64,                                           on [-1.0, 0.5];
    /// 1 where `a <= b`, else 0.
    LESS_EQUAL = less_equal(a, b) -> y: (a <= b) as u8 as f64,                              on [-1.0, 0.5];
    /// 1 where `a > b`, else 0.
    GREATER = greater(a, b) -> y: (a > b) as u8 as f64,                                     on [-1.0, 0.5];
    /// 1 where `a >= b`, else 0.
    GREATER_EQUAL = greater_equal(a, b) -> y: (a >= b) as u8 as f64,                        on [-1.0, 0.5];
    /// 1 where `a == b`, else 0.
    EQUAL = equal(a, b) -> y: (a == b) as u8 as f64,                                        on [-1.0, 0.5];
    /// 1 where `a != b`, else 0.
    NOT_EQUAL = not_equal(a, b) -> y: (a != b) as u8 as f64,                                on [-1.0, 0.5];
}

/// Slope of `a^b` in `a`, times `g`: `b a^(b-1)`, and 0 for `b = 0` at any order.
///
/// An exponent that is a constant needs no selection at run time, which keeps second derivatives small.
fn pow_base<A: Algebra>(g: A, a: A, b: A) -> A
where
    f64: Scalars<A>,
{
    match b.known() {
        Some(0.0) => g.lit(0.0),
        Some(1.0) => g,
        Some(n) => g * (n * a.pow(b.lit(lowered(n)))),
        None => {
            let slope = g * (b * a.pow(b - 1.0));
            b.equal(b.lit(0.0)).drop_where(slope)
        }
    }
}

/// The next lower exponent; apart, because inside a rule `f64 - f64` would be read as `f64 - A`.
fn lowered(n: f64) -> f64 {
    n - 1.0
}

/// Slope of `a^b` in `b`, times `g`: `a^b log(a)`, 0 at `a = 0` with `b ≥ 0`, NaN for `a < 0`.
fn pow_exponent<A: Algebra>(g: A, a: A, b: A, y: A) -> A {
    let zero = a.lit(0.0);
    let flat = a.equal(zero) * b.greater_equal(zero);
    let slope = g * (y * a.log());
    flat.drop_where(slope)
}

/// Slope of `max(a, b)` in `a`, times `g`: all, half or nothing of it; NaN where either is NaN.
fn larger<A: Algebra>(g: A, a: A, b: A) -> A
where
    f64: Scalars<A>,
{
    let share = a.greater(b).select(g, a.equal(b).select(0.5 * g, f64::NAN * g));
    a.less(b).drop_where(share)
}

/// Slope in `a` of the larger or smaller of two, of which one may be NaN: nothing where `b` wins, which it does over NaN.
fn larger_number<A: Algebra>(g: A, a: A, b: A, b_wins: A) -> A
where
    f64: Scalars<A>,
{
    let share = a.equal(b).select(0.5 * g, a.equal(a).select(g, f64::NAN * g));
    b_wins.maximum(a.not_equal(a) * b.equal(b)).drop_where(share)
}

/// With y = x σ(2u), u = √(2/π) (x + c x³): σ(2u) + x σ(2u) σ(-2u) 2u', which keeps its digits for negative x.
fn gelu_tanh_slope<A: Algebra>(g: A, x: A) -> A
where
    f64: Scalars<A>,
{
    let twice_u = TWICE_ROOT_2_OVER_PI * (x + GELU_CUBIC * (x * x * x));
    let slope = TWICE_ROOT_2_OVER_PI * (1.0 + THRICE_GELU_CUBIC * (x * x));
    let inside = g * (twice_u.sigmoid() * (1.0 + x * ((-twice_u).sigmoid() * slope)));
    // farther out it is 0 or 1 to the last digit, while the powers of x overflow
    x.abs().greater(x.lit(50.0)).select(g * x.greater(x.lit(0.0)), inside)
}

const TWICE_ROOT_2_OVER_PI: f64 = 2.0 * ROOT_2_OVER_PI;
const THRICE_GELU_CUBIC: f64 = 3.0 * GELU_CUBIC;
