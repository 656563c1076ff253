//! The table of special functions: value, derivative rules, domain and doc in one row each.
//!
//! A rule that would cancel uses a row `…_derivative(n, x)`, the n-th derivative by a formula of its own; that row's
//! rule is itself with `n + 1`, so derivatives of every order keep their digits. In that `n` there is no derivative: NaN.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use super::algebra::{Algebra, Scalars, elementwise};
use crate::kernels::special::{
    bessel, beta, binomial, circle, elliptic, error_functions as erf, exponential_integral as integral, fresnel, gamma,
    incomplete_beta, incomplete_gamma, lambert, normal, real_order, scaled_bessel, sinc, spence, zeta,
};

/// √π/2 and √(π/2)
const HALF_SQRT_PI: f64 = 0.886_226_925_452_758;
const SQRT_HALF_PI: f64 = 1.253_314_137_315_500_3;

elementwise! {
    trait Special;

    /// Gamma function Γ(x). DLMF 5.2.1; derivative Γ(x) ψ(x).
    GAMMA = gamma(x) -> y: gamma::gamma(x) => |g| [g * (y * x.digamma())],                  on [-1.5, 0.5, 5.0];
    /// Logarithm of |Γ(x)|; derivative ψ(x).
    LGAMMA = lgamma(x) -> y: gamma::lgamma(x) => |g| [g * x.digamma()],                     on [0.5, 5.0, 1e10];
    /// Digamma function ψ(x), the slope of log Γ. DLMF 5.2.2.
    DIGAMMA = digamma(x) -> y: gamma::digamma(x) => |g| [g * x.lit(1.0).polygamma(x)],      on [-1.5, 0.5, 10.0];
    /// Trigamma function ψ'(x). DLMF 5.15.
    TRIGAMMA = trigamma(x) -> y: gamma::polygamma(1.0, x) => |g| [g * x.lit(2.0).polygamma(x)], on [-1.5, 0.5, 2.5, 10.0];
    /// `n`-th derivative of the digamma function, for a whole `n` from 0 to 170. DLMF 5.15.
    POLYGAMMA = polygamma(n, x) -> y: gamma::polygamma(n, x) => |g| [g.lit(f64::NAN), g * (n + 1.0).polygamma(x)],
                                                                                            on [1.0, 2.0, 3.0];
    /// `ψ(a) - ψ(a + b)`, or of their `n`-th derivatives, without cancellation for a small `b`.
    POLYGAMMA_GAP = polygamma_gap(n, a, b) -> y: gamma::polygamma_gap(n, a, b) => |g| [
        g.lit(f64::NAN),
        g * (n + 1.0).polygamma_gap(a, b),
        -(g * (n + 1.0).polygamma(a + b)),
    ],                                                                                      on [1.0, 2.0, 9.0];
    /// `x! = Γ(x + 1)`.
    FACTORIAL = factorial(x) -> y: gamma::factorial(x) => |g| [g * (y * (x + 1.0).digamma())], on [0.5, 2.0, 5.0];
    /// Reciprocal of the gamma function, 0 at the poles of that. DLMF 5.7.1.
    RGAMMA = rgamma(x) -> y: gamma::rgamma(x) => |g| [g * x.lit(1.0).rgamma_derivative(x)], on [-2.0, -0.5, 0.0, 0.7, 3.0];
    /// `n`-th derivative of `rgamma`, for `n` from 0 to 5.
    RGAMMA_DERIVATIVE = rgamma_derivative(n, x) -> y: gamma::rgamma_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).rgamma_derivative(x)],                       on [1.0, 2.0, 3.0];
    /// Beta function Γ(a) Γ(b)/Γ(a + b). DLMF 5.12.1.
    BETA = beta(a, b) -> y: beta::beta(a, b) => |g| [
        g * (y * a.lit(0.0).polygamma_gap(a, b)),
        g * (y * a.lit(0.0).polygamma_gap(b, a)),
    ],                                                                                      on [0.3, 2.0, 30.0];
    /// Logarithm of |B(a, b)|, without overflow.
    LBETA = lbeta(a, b) -> y: beta::lbeta(a, b)
        => |g| [g * a.lit(0.0).polygamma_gap(a, b), g * a.lit(0.0).polygamma_gap(b, a)],    on [0.3, 2.0, 30.0, 1e10];

    /// Binomial coefficient, `n!/(k! (n-k)!)` by gamma functions; exact for whole numbers. DLMF 1.2.6.
    COMB = comb(n, k) -> y: binomial::comb(n, k) => |g| select [
        g * y.equal(y.lit(0.0)).select(zero_of_comb_in_n(n, k), y * log_slope_in_n(n, k)),
        g * y.equal(y.lit(0.0)).select(zero_of_comb_in_k(n, k), y * n.lit(0.0).polygamma_gap(n - k + 1.0, k + k - n)),
    ],                                                                                      on [5.0, 2.0, 0.3, 30.0];
    /// Falling factorial `n!/(n-k)!`: for whole numbers in how many ways `k` out of `n` can be lined up. DLMF 5.2.5.
    PERM = perm(n, k) -> y: binomial::perm(n, k) => |g| select [
        g * y.equal(y.lit(0.0)).select(zero_of_perm_in_n(n, k), y * log_slope_in_n(n, k)),
        g * y.equal(y.lit(0.0)).select(-zero_of_perm_in_k(n, k), y * (n - k + 1.0).digamma()),
    ],                                                                                      on [5.0, 2.0, 0.3, 30.0];

    /// Regularized lower incomplete gamma function P(a, x), for `a`, `x` ≥ 0. DLMF 8.2.4.
    GAMMAINC = gammainc(a, x) -> y: incomplete_gamma::gammainc(a, x) => |g| [
        g * a.lit(1.0).gammainc_derivative(a, x),
        g * a.lit(0.0).gamma_density_derivative(a, x),
    ],                                                                                      on [0.3, 2.0, 9.0, 30.0];
    /// Regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x), accurate in its tail. DLMF 8.2.4.
    GAMMAINCC = gammaincc(a, x) -> y: incomplete_gamma::gammaincc(a, x) => |g| [
        g * a.lit(1.0).gammaincc_derivative(a, x),
        -(g * a.lit(0.0).gamma_density_derivative(a, x)),
    ],                                                                                      on [0.3, 2.0, 9.0, 30.0];
    /// `n`-th derivative of `gammainc` in `a`, for `n` from 0 to 5.
    GAMMAINC_DERIVATIVE = gammainc_derivative(n, a, x) -> y: incomplete_gamma::gammainc_derivative(n, a, x) => |g| [
        g.lit(f64::NAN),
        g * (n + 1.0).gammainc_derivative(a, x),
        g * n.gamma_density_derivative(a, x),
    ],                                                                                      on [1.0, 2.0, 3.0];
    /// `n`-th derivative of `gammaincc` in `a`, for `n` from 0 to 5.
    GAMMAINCC_DERIVATIVE = gammaincc_derivative(n, a, x) -> y: incomplete_gamma::gammaincc_derivative(n, a, x) => |g| [
        g.lit(f64::NAN),
        g * (n + 1.0).gammaincc_derivative(a, x),
        -(g * n.gamma_density_derivative(a, x)),
    ],                                                                                      on [1.0, 2.0, 3.0];
    /// `n`-th derivative in `a` of the gamma density `x^(a-1) exp(-x)/Γ(a)`, for `n` from 0 to 5.
    GAMMA_DENSITY_DERIVATIVE = gamma_density_derivative(n, a, x) -> y: incomplete_gamma::gamma_density_derivative(n, a, x)
        => |g| [
            g.lit(f64::NAN),
            g * (n + 1.0).gamma_density_derivative(a, x),
            g * gamma_density_slope(n, a, x),
        ],                                                                                  on [1.0, 2.0, 3.0];
    /// Regularized incomplete beta function, for `a`, `b` > 0 and `x` from 0 to 1. DLMF 8.17.2.
    BETAINC = betainc(a, b, x) -> y: incomplete_beta::betainc(a, b, x)
        => |g| [g * a.betainc_a(b, x), g * a.betainc_b(b, x), g * a.beta_density(b, x)],    on [0.3, 0.5, 0.8];
    /// Slope of `betainc` in `a`.
    BETAINC_A = betainc_a(a, b, x) -> y: incomplete_beta::betainc_a(a, b, x)
        => |g| [g * a.betainc_aa(b, x), g * a.betainc_ab(b, x), g * (a.beta_density(b, x) * beta_log_slope(x.log(), a, b))],
                                                                                            on [0.1, 0.15];
    /// Slope of `betainc` in `b`.
    BETAINC_B = betainc_b(a, b, x) -> y: incomplete_beta::betainc_b(a, b, x)
        => |g| [g * a.betainc_ab(b, x), g * a.betainc_bb(b, x), g * (a.beta_density(b, x) * beta_log_slope((-x).log1p(), b, a))],
                                                                                            on [0.1, 0.15];
    /// Second derivative of `betainc` in `a`; it has no further derivative in `a` and `b`.
    BETAINC_AA = betainc_aa(a, b, x) -> y: incomplete_beta::betainc_aa(a, b, x)
        => |g| [g.lit(f64::NAN), g.lit(f64::NAN), g * (a.beta_density(b, x) * beta_log_bend(x.log(), a, b))],
                                                                                            on [0.1, 0.15];
    /// Mixed derivative of `betainc` in `a` and `b`; it has no further derivative in `a` and `b`.
    BETAINC_AB = betainc_ab(a, b, x) -> y: incomplete_beta::betainc_ab(a, b, x)
        => |g| [g.lit(f64::NAN), g.lit(f64::NAN), g * (a.beta_density(b, x) * beta_log_mixed(a, b, x))],
                                                                                            on [0.1, 0.15];
    /// Second derivative of `betainc` in `b`; it has no further derivative in `a` and `b`.
    BETAINC_BB = betainc_bb(a, b, x) -> y: incomplete_beta::betainc_bb(a, b, x)
        => |g| [g.lit(f64::NAN), g.lit(f64::NAN), g * (a.beta_density(b, x) * beta_log_bend((-x).log1p(), b, a))],
                                                                                            on [0.1, 0.15];
    /// Density `x^(a-1) (1-x)^(b-1)/B(a, b)` of the beta distribution.
    BETA_DENSITY = beta_density(a, b, x) -> y: incomplete_beta::beta_density(a, b, x) => |g| [
        g * (a.beta_density(b, x) * beta_log_slope(x.log(), a, b)),
        g * (a.beta_density(b, x) * beta_log_slope((-x).log1p(), b, a)),
        g * (a.beta_density(b, x) * ((a - 1.0) / x - (b - 1.0) / (1.0 - x))),
    ],                                                                                      on [0.3, 0.5, 0.8];
    /// Hurwitz's zeta function, the sum of `(q + k)^(-s)` over k = 0, 1, …; with `q = 1` Riemann's. DLMF 25.11.1.
    HURWITZ_ZETA = hurwitz_zeta(s, q) -> y: zeta::hurwitz_zeta(s, q)
        => |g| [g * s.lit(1.0).zeta_derivative(s, q), -(g * (s * (s + 1.0).hurwitz_zeta(q)))], on [0.3, 2.0, 9.0];
    /// `n`-th derivative of `hurwitz_zeta` in `s`, for `n` from 0 to 5.
    ZETA_DERIVATIVE = zeta_derivative(n, s, q) -> y: zeta::zeta_derivative(n, s, q) => |g| [
        g.lit(f64::NAN),
        g * (n + 1.0).zeta_derivative(s, q),
        -(g * (s * n.zeta_derivative(s + 1.0, q) + n * (n - 1.0).zeta_derivative(s + 1.0, q))),
    ],                                                                                      on [1.0, 2.0, 3.0];

    /// Inverse of the error function on [-1, 1]; infinite at ±1. DLMF 7.17.
    ERFINV = erfinv(x) -> y: erf::erfinv(x) => |g| [g * (HALF_SQRT_PI * (y * y).exp())],    on [-0.9, 0.0, 1e-5, 0.3, 0.999999];
    /// Inverse of the complementary error function on [0, 2]; infinite at 0 and 2. DLMF 7.17.
    ERFCINV = erfcinv(x) -> y: erf::erfcinv(x) => |g| [-(g * (HALF_SQRT_PI * tail_slope(y, x)))], on [1e-300, 0.3, 1.0, 1.7];
    /// Scaled complementary error function `exp(x^2) erfc(x)`, without overflow. DLMF 7.2.2.
    ERFCX = erfcx(x) -> y: erf::erfcx(x) => |g| [g * x.lit(1.0).erfcx_derivative(x)],       on [-3.0, 0.0, 0.5, 2.0, 40.0];
    /// `n`-th derivative of `erfcx`. DLMF 7.18.3.
    ERFCX_DERIVATIVE = erfcx_derivative(n, x) -> y: erf::erfcx_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).erfcx_derivative(x)],                        on [1.0, 2.0, 3.0];
    /// Dawson's integral, `exp(-x^2)` times the integral of `exp(t^2)` from 0 to `x`. DLMF 7.2.5.
    DAWSON = dawson(x) -> y: erf::dawson(x) => |g| [g * x.lit(1.0).dawson_derivative(x)],   on [-3.0, 0.0, 0.5, 2.0, 40.0];
    /// `n`-th derivative of `dawson`.
    DAWSON_DERIVATIVE = dawson_derivative(n, x) -> y: erf::dawson_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).dawson_derivative(x)],                       on [1.0, 2.0, 3.0];
    /// Imaginary error function 2/√π ∫₀ˣ exp(t²) dt. DLMF 7.5.1.
    ERFI = erfi(x) -> y: erf::erfi(x) => |g| [g * (FRAC_2_SQRT_PI * exp_square(x))],       on [-2.0, 0.0, 1e-5, 0.5, 2.0];
    /// Normal distribution function Φ(x), accurate in its tail. DLMF 7.18.
    NDTR = ndtr(x) -> y: normal::ndtr(x) => |g| [g * x.normal_density()],                   on [-10.0, -1.0, 0.5];
    /// Logarithm of the normal distribution function, without underflow.
    LOG_NDTR = log_ndtr(x) -> y: normal::log_ndtr(x) => |g| [g * x.log_ndtr_slope()],       on [-40.0, -3.0, 0.0, 0.5, 8.0];
    /// Slope of `log_ndtr`: density over distribution function, the inverse Mills ratio of `-x`.
    LOG_NDTR_SLOPE = log_ndtr_slope(x) -> y: normal::log_ndtr_slope(x) => |g| [g * log_ndtr_bend(x, y)],
                                                                                            on [-40.0, -3.0, 0.0, 0.5, 8.0];
    /// Quantile of the normal distribution, the inverse of `ndtr` on [0, 1]. DLMF 7.17.
    NDTRI = ndtri(x) -> y: normal::ndtri(x) => |g| [g * (SQRT_HALF_PI * tail_slope(-(y * FRAC_1_SQRT_2), x))],
                                                                                            on [1e-10, 0.3, 0.5, 0.9];
    /// Density of the normal distribution, `exp(-x^2/2) / sqrt(2 pi)`.
    NORMAL_DENSITY = normal_density(x) -> y: normal::normal_density(x) => |g| [-(g * (x * y))], on [-2.0, 0.0, 0.5];
    /// `sin(pi x)`, exactly 0 at whole numbers.
    SINPI = sinpi(x) -> y: circle::sin_pi(x) => |g| [g * (PI * x.cospi())],                 on [-2.3, 0.0, 0.25, 0.5, 3.0];
    /// `cos(pi x)`, exactly 0 at halves.
    COSPI = cospi(x) -> y: circle::cos_pi(x) => |g| [-(g * (PI * x.sinpi()))],              on [-2.3, 0.0, 0.25, 0.5, 3.0];
    /// Normalized cardinal sine `sin(pi x)/(pi x)`, 1 at 0.
    SINC = sinc(x) -> y: sinc::sinc(x) => |g| [g * x.lit(1.0).sinc_derivative(x)],          on [-2.3, -1e-4, 0.0, 0.25, 2.0];
    /// `n`-th derivative of `sinc`.
    SINC_DERIVATIVE = sinc_derivative(n, x) -> y: sinc::sinc_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).sinc_derivative(x)],                         on [0.0, 1.0, 2.0, 3.0];

    /// Bessel function of the first kind J₀. DLMF 10.2.2; derivative 10.6.3.
    J0 = j0(x) -> y: bessel::jn(0.0, x) => |g| [-(g * x.j1())],                             on [-3.0, 0.0, 0.5, 50.0];
    /// Bessel function of the first kind J₁. DLMF 10.2.2.
    J1 = j1(x) -> y: bessel::jn(1.0, x) => |g| [g * (0.5 * (x.j0() - x.lit(2.0).jn(x)))],   on [-3.0, 0.0, 0.5, 50.0];
    /// Bessel function of the first kind Jᵥ of real order; for `x` < 0 of whole order. DLMF 10.2.2; derivative 10.6.1.
    JN = jn(n, x) -> y: real_order::jv(n, x)
        => |g| [g * n.lit(1.0).jv_derivative(n, x), g * (0.5 * ((n - 1.0).jn(x) - (n + 1.0).jn(x)))],
                                                                                            on [0.0, 1.0, 2.0, 3.5];
    /// `m`-th derivative of `jv` in its order. DLMF 10.15.
    JV_DERIVATIVE = jv_derivative(m, v, x) -> y: real_order::jv_derivative(m, v, x) => |g| [
        g.lit(f64::NAN),
        g * (m + 1.0).jv_derivative(v, x),
        g * (0.5 * (m.jv_derivative(v - 1.0, x) - m.jv_derivative(v + 1.0, x))),
    ],                                                                                      on [1.0, 2.0];
    /// Bessel function of the second kind Y₀, for `x` ≥ 0. DLMF 10.2.3.
    Y0 = y0(x) -> y: bessel::yn(0.0, x) => |g| [-(g * x.y1())],                             on [0.3, 2.0, 50.0];
    /// Bessel function of the second kind Y₁, for `x` ≥ 0. DLMF 10.2.3.
    Y1 = y1(x) -> y: bessel::yn(1.0, x) => |g| [g * (0.5 * (x.y0() - x.lit(2.0).yn(x)))],   on [0.3, 2.0, 50.0];
    /// Bessel function of the second kind Yᵥ of real order, for `x` ≥ 0. DLMF 10.2.3.
    YN = yn(n, x) -> y: real_order::yv(n, x)
        => |g| [g * n.lit(1.0).yv_derivative(n, x), g * (0.5 * ((n - 1.0).yn(x) - (n + 1.0).yn(x)))],
                                                                                            on [1.0, 2.0, 3.5];
    /// `m`-th derivative of `yv` in its order.
    YV_DERIVATIVE = yv_derivative(m, v, x) -> y: real_order::yv_derivative(m, v, x) => |g| [
        g.lit(f64::NAN),
        g * (m + 1.0).yv_derivative(v, x),
        g * (0.5 * (m.yv_derivative(v - 1.0, x) - m.yv_derivative(v + 1.0, x))),
    ],                                                                                      on [1.0, 2.0];
    /// Modified Bessel function I₀. DLMF 10.25.2; derivative I₁.
    I0 = i0(x) -> y: bessel::in_(0.0, x) => |g| [g * x.i1()],                               on [-3.0, 0.0, 0.5, 30.0];
    /// Modified Bessel function I₁; slope 1/2 at 0.
    I1 = i1(x) -> y: bessel::in_(1.0, x) => |g| [g * (0.5 * (x.i0() + x.lit(2.0).bessel_i(x)))], on [-3.0, 0.0, 0.5, 30.0];
    /// Modified Bessel function Iᵥ of real order; for `x` < 0 of whole order. DLMF 10.25.2; derivative 10.29.1.
    IN = bessel_i as "iv" (n, x) -> y: real_order::iv(n, x)
        => |g| [g * n.lit(1.0).iv_derivative(n, x), g * (0.5 * ((n - 1.0).bessel_i(x) + (n + 1.0).bessel_i(x)))],
                                                                                            on [0.0, 1.0, 2.0, 3.5];
    /// `m`-th derivative of `iv` in its order. DLMF 10.38.
    IV_DERIVATIVE = iv_derivative(m, v, x) -> y: real_order::iv_derivative(m, v, x) => |g| [
        g.lit(f64::NAN),
        g * (m + 1.0).iv_derivative(v, x),
        g * (0.5 * (m.iv_derivative(v - 1.0, x) + m.iv_derivative(v + 1.0, x))),
    ],                                                                                      on [1.0, 2.0];
    /// Modified Bessel function K₀, for `x` ≥ 0. DLMF 10.25.3.
    K0 = k0(x) -> y: bessel::kn(0.0, x) => |g| [-(g * x.k1())],                             on [0.3, 2.0, 30.0];
    /// Modified Bessel function K₁, for `x` ≥ 0. DLMF 10.25.3.
    K1 = k1(x) -> y: bessel::kn(1.0, x) => |g| [-(g * (0.5 * (x.k0() + x.lit(2.0).kn(x))))], on [0.3, 2.0, 30.0];
    /// Modified Bessel function Kᵥ of real order, for `x` ≥ 0. DLMF 10.25.3; derivative 10.29.1.
    KN = kn(n, x) -> y: real_order::kv(n, x)
        => |g| [g * n.lit(1.0).kv_derivative(n, x), -(g * (0.5 * ((n - 1.0).kn(x) + (n + 1.0).kn(x))))],
                                                                                            on [1.0, 2.0, 3.5];
    /// `m`-th derivative of `kv` in its order. DLMF 10.38.
    KV_DERIVATIVE = kv_derivative(m, v, x) -> y: real_order::kv_derivative(m, v, x) => |g| [
        g.lit(f64::NAN),
        g * (m + 1.0).kv_derivative(v, x),
        -(g * (0.5 * (m.kv_derivative(v - 1.0, x) + m.kv_derivative(v + 1.0, x)))),
    ],                                                                                      on [1.0, 2.0];
    /// Scaled Bessel function `exp(-|x|) I0(x)`; slope 0 at its kink 0.
    I0E = i0e(x) -> y: scaled_bessel::i0e(x) => |g| [g * x.lit(1.0).i0e_derivative(x)],     on [-3.0, 0.5, 30.0, 700.0];
    /// Scaled Bessel function `exp(-|x|) I1(x)`; slope 1/2 at 0.
    I1E = i1e(x) -> y: scaled_bessel::i1e(x) => |g| [g * x.lit(1.0).i1e_derivative(x)],     on [-3.0, 0.5, 30.0, 700.0];
    /// `n`-th derivative of `i0e`.
    I0E_DERIVATIVE = i0e_derivative(n, x) -> y: scaled_bessel::i0e_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).i0e_derivative(x)],                          on [1.0, 2.0, 3.0];
    /// `n`-th derivative of `i1e`.
    I1E_DERIVATIVE = i1e_derivative(n, x) -> y: scaled_bessel::i1e_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).i1e_derivative(x)],                          on [1.0, 2.0, 3.0];
    /// Scaled Bessel function `exp(x) K0(x)`, for `x` ≥ 0.
    K0E = k0e(x) -> y: scaled_bessel::k0e_derivative(0.0, x) => |g| [g * x.lit(1.0).k0e_derivative(x)],
                                                                                            on [0.3, 2.0, 30.0, 700.0];
    /// Scaled Bessel function `exp(x) K1(x)`, for `x` ≥ 0.
    K1E = k1e(x) -> y: scaled_bessel::k1e_derivative(0.0, x) => |g| [g * x.lit(1.0).k1e_derivative(x)],
                                                                                            on [0.3, 2.0, 30.0, 700.0];
    /// `n`-th derivative of `k0e`.
    K0E_DERIVATIVE = k0e_derivative(n, x) -> y: scaled_bessel::k0e_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).k0e_derivative(x)],                          on [1.0, 2.0, 3.0];
    /// `n`-th derivative of `k1e`.
    K1E_DERIVATIVE = k1e_derivative(n, x) -> y: scaled_bessel::k1e_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).k1e_derivative(x)],                          on [1.0, 2.0, 3.0];

    /// Exponential integral Ei(x), the principal value of the integral of `exp(t)/t` up to `x`. DLMF 6.2.5.
    EXPI = expi(x) -> y: integral::expi(x) => |g| [g * (x.exp() / x)],                      on [-2.0, 0.3, 5.0, 50.0];
    /// Exponential integral E₁(x), the integral of `exp(-t)/t` from `x` > 0 on. DLMF 6.2.1.
    EXP1 = exp1(x) -> y: integral::exp1(x) => |g| [-(g * x.lit(0.0).expn(x))],              on [0.3, 1.0, 5.0, 50.0];
    /// Generalized exponential integral Eᵥ(x) of real order, for `x` ≥ 0. DLMF 8.19.
    EXPN = expn(n, x) -> y: real_order::expn(n, x)
        => |g| [g * n.lit(1.0).expn_derivative(n, x), -(g * (n - 1.0).expn(x))],            on [1.0, 2.0, 3.5];
    /// `m`-th derivative of `expn` in its order.
    EXPN_DERIVATIVE = expn_derivative(m, v, x) -> y: real_order::expn_derivative(m, v, x) => |g| [
        g.lit(f64::NAN),
        g * (m + 1.0).expn_derivative(v, x),
        -(g * m.expn_derivative(v - 1.0, x)),
    ],                                                                                      on [1.0, 2.0];
    /// Fresnel integral S(x), of `sin(pi t^2/2)` from 0 to `x`. DLMF 7.2.8.
    FRESNEL_S = fresnel_s(x) -> y: fresnel::fresnel_s(x) => |g| [g * x.sin_half_pi_square()], on [-2.0, 0.0, 0.5, 1.5, 3.0];
    /// Fresnel integral C(x), of `cos(pi t^2/2)` from 0 to `x`. DLMF 7.2.7.
    FRESNEL_C = fresnel_c(x) -> y: fresnel::fresnel_c(x) => |g| [g * x.cos_half_pi_square()], on [-2.0, 0.0, 0.5, 1.5, 3.0];
    /// `sin(pi x^2/2)`, without the rounding of the square.
    SIN_HALF_PI_SQUARE = sin_half_pi_square(x) -> y: fresnel::sin_half_pi_square(x)
        => |g| [g * (PI * x * x.cos_half_pi_square())],                                     on [-1.5, 0.0, 0.3, 2.0];
    /// `cos(pi x^2/2)`, without the rounding of the square.
    COS_HALF_PI_SQUARE = cos_half_pi_square(x) -> y: fresnel::cos_half_pi_square(x)
        => |g| [-(g * (PI * x * x.sin_half_pi_square()))],                                  on [-1.5, 0.0, 0.3, 2.0];
    /// Spence's function, the integral of `log(t)/(1 - t)` from 1 to `x` ≥ 0: the dilogarithm of `1 - x`. DLMF 25.12.
    SPENCE = spence(x) -> y: spence::spence(x) => |g| [g * x.lit(1.0).spence_derivative(x)], on [0.3, 1.0, 1.9, 2.0, 9.0];
    /// `n`-th derivative of `spence`.
    SPENCE_DERIVATIVE = spence_derivative(n, x) -> y: spence::spence_derivative(n, x)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).spence_derivative(x)],                       on [1.0, 2.0, 3.0];
    /// Lambert's W on its branch W₀ ≥ -1, the solution of `w exp(w) = x` for `x` ≥ -1/e. DLMF 4.13.
    LAMBERT_W0 = lambert_w0(x) -> y: lambert::lambert_w0(x) => |g| [g * lambert_slope(x, y, x.lambert_w0_plus1())],
                                                                                            on [-0.3, 0.0, 0.5, 2.0, 1e10];
    /// Lambert's W on its branch W₋₁ ≤ -1, for -1/e ≤ `x` < 0. DLMF 4.13.
    LAMBERT_WM1 = lambert_wm1(x) -> y: lambert::lambert_wm1(x) => |g| [g * (y / (x * x.lambert_wm1_plus1()))],
                                                                                            on [-0.35, -0.3, -0.21, -1e-10];
    /// `W0(x) + 1`, accurate beside the branch point.
    LAMBERT_W0_PLUS1 = lambert_w0_plus1(x) -> y: lambert::lambert_w0_above(x) => |g| [g * lambert_slope(x, x.lambert_w0(), y)],
                                                                                            on [-0.3, 0.0, 0.5, 2.0, 1e10];
    /// `Wm1(x) + 1`, accurate beside the branch point.
    LAMBERT_WM1_PLUS1 = lambert_wm1_plus1(x) -> y: lambert::lambert_wm1_above(x) => |g| [g * (x.lambert_wm1() / (x * y))],
                                                                                            on [-0.35, -0.3, -0.21, -1e-10];
    /// Complete elliptic integral of the first kind K(m) of the parameter `m` = k² ≤ 1. DLMF 19.2.8.
    ELLIPK = ellipk(m) -> y: elliptic::ellipk(m) => |g| [g * m.lit(1.0).ellipk_derivative(m)], on [-3.0, 0.0, 0.3, 0.9];
    /// Complete elliptic integral of the second kind E(m) of the parameter `m` = k² ≤ 1. DLMF 19.2.8.
    ELLIPE = ellipe(m) -> y: elliptic::ellipe(m) => |g| [g * m.lit(1.0).ellipe_derivative(m)], on [-3.0, 0.0, 0.3, 0.9];
    /// `n`-th derivative of `ellipk`.
    ELLIPK_DERIVATIVE = ellipk_derivative(n, m) -> y: elliptic::ellipk_derivative(n, m)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).ellipk_derivative(m)],                       on [0.0];
    /// `n`-th derivative of `ellipe`.
    ELLIPE_DERIVATIVE = ellipe_derivative(n, m) -> y: elliptic::ellipe_derivative(n, m)
        => |g| [g.lit(f64::NAN), g * (n + 1.0).ellipe_derivative(m)],                       on [0.0];
}

/// Slope in x of the n-th derivative in a of `x^(a-1) e^-x/Γ(a)`: its logarithm has the slope `(a-1)/x - 1`, linear in a.
fn gamma_density_slope<A: Algebra>(n: A, a: A, x: A) -> A
where
    f64: Scalars<A>,
{
    let density = n.gamma_density_derivative(a, x);
    density * ((a - 1.0) / x - 1.0) + n * ((n - 1.0).gamma_density_derivative(a, x) / x)
}

/// Slope in a of `log(x^a (1-x)^b / B(a, b))`, with `log` = log x; with log(1-x), a and b exchanged, that in b.
fn beta_log_slope<A: Algebra>(log: A, a: A, b: A) -> A {
    log - a.lit(0.0).polygamma_gap(a, b)
}

/// Second derivative of `x^a (1-x)^b / B(a, b)` in a, over itself.
fn beta_log_bend<A: Algebra>(log: A, a: A, b: A) -> A {
    let slope = beta_log_slope(log, a, b);
    slope * slope - a.lit(1.0).polygamma_gap(a, b)
}

/// Mixed derivative of `x^a (1-x)^b / B(a, b)` in a and b, over itself.
fn beta_log_mixed<A: Algebra>(a: A, b: A, x: A) -> A {
    beta_log_slope(x.log(), a, b) * beta_log_slope((-x).log1p(), b, a) + (a + b).trigamma()
}

/// `e^(z²)` as `erfcx(z)/erfc(z)` with `erfc(z) = q`, which keeps its digits in the tail; infinite at q = 0.
fn tail_slope<A: Algebra>(z: A, q: A) -> A {
    let infinite = q.lit(f64::INFINITY);
    q.equal(q.lit(0.0)).select(infinite, z.erfcx() / q)
}

/// `e^(x²)`, from 1 on as half of `erfcx(x) + erfcx(-x)`, in which the rounding of x² does not count.
fn exp_square<A: Algebra>(x: A) -> A
where
    f64: Scalars<A>,
{
    x.abs().less(x.lit(1.0)).select((x * x).exp(), 0.5 * (x.erfcx() + (-x).erfcx()))
}

/// Slope of r = φ/Φ: `-r (x + r)`, which cancels for x < 0, where r = √(2/π)/erfcx(-x/√2).
fn log_ndtr_bend<A: Algebra>(x: A, r: A) -> A
where
    f64: Scalars<A>,
{
    let slope = x.lit(1.0).erfcx_derivative(-(x * FRAC_1_SQRT_2));
    x.less(x.lit(0.0)).select(HALF_SQRT_PI * (r * (r * slope)), -(r * (x + r)))
}

/// Slope of w = W₀(x) with v = w + 1: `e^-w/v`; for large x, where w e^w = x has the better e^w, `w/(x v)`.
fn lambert_slope<A: Algebra>(x: A, w: A, v: A) -> A {
    x.greater(x.lit(1.0)).select(w / (x * v), (-w).exp() / v)
}

/// Slope of `log(n!/(n-k)!)` in n: `ψ(n+1) - ψ(n-k+1)`, for n < 0 and a whole k mirrored (DLMF 5.5.4), because both may be
/// at poles.
fn log_slope_in_n<A: Algebra>(n: A, k: A) -> A
where
    f64: Scalars<A>,
{
    let zero = n.lit(0.0);
    let is_mirrored = n.less(zero) * k.equal(k.floor());
    is_mirrored.select(zero.polygamma_gap(-n, k), -zero.polygamma_gap(n - k + 1.0, k))
}

/// Slope of `Γ(n+1)/Γ(n-k+1)` in n where it is 0, which has no logarithm.
fn zero_of_perm_in_n<A: Algebra>(n: A, k: A) -> A {
    let rest = n - k + 1.0;
    (n + 1.0).gamma() * ((n + 1.0).digamma() * rest.rgamma() + n.lit(1.0).rgamma_derivative(rest))
}

fn zero_of_perm_in_k<A: Algebra>(n: A, k: A) -> A {
    (n + 1.0).gamma() * n.lit(1.0).rgamma_derivative(n - k + 1.0)
}

fn zero_of_comb_in_n<A: Algebra>(n: A, k: A) -> A {
    (k + 1.0).rgamma() * zero_of_perm_in_n(n, k)
}

fn zero_of_comb_in_k<A: Algebra>(n: A, k: A) -> A {
    let (rest, one) = (n - k + 1.0, n.lit(1.0));
    (n + 1.0).gamma()
        * (one.rgamma_derivative(k + 1.0) * rest.rgamma() - (k + 1.0).rgamma() * one.rgamma_derivative(rest))
}
