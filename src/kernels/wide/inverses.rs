//! Inverse functions of wide numbers, by Newton's method from their f64 values.

use super::Wide;
use super::series::{newton, settled, through};
use crate::kernels::special::{error_functions, lambert};

/// Lambert's W₀ ≥ -1.
pub fn lambert_w0(x: &Wide) -> Wide {
    through([x], |[x]| if x.is_zero() { Wide::new(0.0) } else { settled(|| lambert(x, lambert::lambert_w0)) })
}

/// Lambert's W₋₁ ≤ -1.
pub fn lambert_wm1(x: &Wide) -> Wide {
    through([x], |[x]| settled(|| lambert(x, lambert::lambert_wm1)))
}

/// W₀ + 1
pub fn lambert_w0_plus1(x: &Wide) -> Wide {
    through([x], |[x]| settled(|| lambert_w0(x) + 1.0))
}

/// W₋₁ + 1
pub fn lambert_wm1_plus1(x: &Wide) -> Wide {
    through([x], |[x]| settled(|| lambert_wm1(x) + 1.0))
}

/// The root of `w - x e^-w`.
fn lambert(x: &Wide, start: fn(f64) -> f64) -> Wide {
    newton(start(x.to_f64().unwrap_or(f64::NAN)), |w| {
        let power = x * (-w).exp();
        (w - &power) / (power + 1.0)
    })
}

/// Inverse error function on (-1, 1).
pub fn erfinv(x: &Wide) -> Wide {
    through([x], |[x]| {
        if x.is_zero() {
            return Wide::new(0.0);
        }
        settled(|| {
            newton(error_functions::erfinv(x.to_f64().unwrap_or(f64::NAN)), |y| (y.erf() - x) * inverse_slope(y))
        })
    })
}

/// Inverse complementary error function on (0, 2).
pub fn erfcinv(x: &Wide) -> Wide {
    through([x], |[x]| {
        if (x - 1.0).is_zero() {
            return Wide::new(0.0);
        }
        settled(|| {
            newton(error_functions::erfcinv(x.to_f64().unwrap_or(f64::NAN)), |y| (x - y.erfc()) * inverse_slope(y))
        })
    })
}

/// √π/2 e^(y²), the slope of the inverse.
fn inverse_slope(y: &Wide) -> Wide {
    (y * y).exp() * Wide::pi().sqrt() * 0.5
}

/// Quantile of the normal distribution.
pub fn ndtri(p: &Wide) -> Wide {
    through([p], |[p]| settled(|| -(erfcinv(&(p * 2.0)) * Wide::new(2.0).sqrt())))
}
