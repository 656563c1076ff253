//! Elementary functions that loops turn into vector code, the same to the last bit for one number and for many.
//!
//! Three ways to call each:
//! - [`point`]: one number, `point::exp(x)`; chooses hardware FMA where the machine has it.
//! - [`slices`]: many numbers, `slices::exp(&x, &mut y)`; chooses the widest registers.
//! - the kernel itself, `elementary::exp(x)`: to be inlined into a loop of one's own, a
//!   [`Work`](super::dispatch::Work). Elsewhere it is correct but slow, for then FMA is a library call.
//!
//! Kernels are branch-free scalar code over `mul_add`, selects and bits: no tables, no intrinsics, no state. sin, cos
//! and tan have a second, branch-free form for |x| ≤ [`NEAR`]; far angles go one at a time through exact integer
//! reduction, in `slices` too. What a kernel promises, it promises for every double: subnormals, both zeros (odd
//! functions keep the sign), infinities and NaN included, within the bound of its row in [`ONE_ARGUMENT`] or
//! [`TWO_ARGUMENTS`]; the results that are doubles exactly come out exactly.
//!
//! Knows nothing of tensors, tapes or derivatives.

mod bits;
mod calls;
mod error_function;
mod exponential;
mod hyperbolic;
mod inverse_hyperbolic;
mod inverse_trigonometric;
mod logarithm;
mod logistic;
mod pair;
mod payne_hanek;
mod power;
mod trigonometric;

pub use calls::{Function, ONE_ARGUMENT, TWO_ARGUMENTS, point, slices};
pub use error_function::{erf, erfc};
pub use exponential::{exp, exp2, exp10, expm1};
pub use hyperbolic::{cosh, sech2, sinh, tanh, tanh_sech2};
pub use inverse_hyperbolic::{acosh, asinh, atanh};
pub use inverse_trigonometric::{acos, asin, atan, atan2};
pub use logarithm::{log, log1p, log2, log10};
pub use logistic::{log_sigmoid, sigmoid, sigmoids, softplus};
pub use pair::Pair;
pub use power::{cbrt, hypot, pow};
pub use trigonometric::{NEAR, cos, cos_near, sin, sin_cos, sin_cos_near, sin_near, tan, tan_near};
