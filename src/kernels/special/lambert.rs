//! The two real branches of Lambert's W, the solution of `w eʷ = x`. DLMF 4.13.
//!
//! Source: Corless et al. (1996), "On the Lambert W function"; Fritsch, Shafer & Crowley (1973) for the iteration.

use crate::kernels::double::Double;
use crate::kernels::elementary::point;

/// e
const E: Double = Double { hi: std::f64::consts::E, lo: 1.445_646_891_729_250_2e-16 };

/// W at the branch point -1/e as a series in p = ±√(2(ex + 1)), without the leading -1. Corless et al., (4.22).
const BRANCH_POINT: [f64; 23] = [
    1.0,
    -0.333_333_333_333_333_3,
    0.152_777_777_777_777_8,
    -0.079_629_629_629_629_63,
    0.044_502_314_814_814_814,
    -0.025_984_714_873_603_76,
    0.015_635_632_532_333_92,
    -0.009_616_892_024_299_432,
    0.006_014_543_252_956_118,
    -0.003_811_298_034_891_999_3,
    0.002_440_877_991_143_982_6,
    -0.001_576_930_344_686_784_1,
    0.001_026_263_320_507_607_1,
    -0.000_672_061_631_156_136_2,
    0.000_442_473_061_814_620_9,
    -0.000_292_677_224_729_627_46,
    0.000_194_387_276_054_539_33,
    -0.000_129_574_266_852_748_83,
    8.665_035_805_208_128e-5,
    -5.811_360_750_441_382e-5,
    3.907_668_486_743_905e-5,
    -2.633_806_474_723_11e-5,
    1.779_034_580_507_958_6e-5,
];

/// The branch W₀ ≥ -1, for x ≥ -1/e.
pub fn lambert_w0(x: f64) -> f64 {
    let above = lambert_w0_above(x);
    if above.abs() < 0.2 || above.is_nan() { above - 1.0 } else { principal(x) }
}

/// The branch W₋₁ ≤ -1, for -1/e ≤ x < 0.
pub fn lambert_wm1(x: f64) -> f64 {
    let above = lambert_wm1_above(x);
    if above > -0.2 || above.is_nan() { above - 1.0 } else { lower(x) }
}

/// W₀(x) + 1, to all digits beside the branch point.
pub fn lambert_w0_above(x: f64) -> f64 {
    let p = distance(x);
    if p.is_nan() || p < 0.25 { branch_point(p) } else { principal(x) + 1.0 }
}

/// W₋₁(x) + 1, to all digits beside the branch point.
pub fn lambert_wm1_above(x: f64) -> f64 {
    if x >= 0.0 {
        return if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    }
    let p = distance(x);
    if p.is_nan() || p < 0.25 { branch_point(-p) } else { lower(x) + 1.0 }
}

/// √(2(ex + 1)). The f64 next to -1/e counts as -1/e; beyond it there is no real W.
fn distance(x: f64) -> f64 {
    if x > 1.0 {
        return f64::INFINITY;
    }
    let square = (E * x + 1.0).value() * 2.0;
    if square < 0.0 && square > -4e-16 { 0.0 } else { square.sqrt() }
}

fn branch_point(p: f64) -> f64 {
    p * BRANCH_POINT.iter().rev().fold(0.0, |sum, c| sum * p + c)
}

fn principal(x: f64) -> f64 {
    if x == 0.0 || x == f64::INFINITY || x.is_nan() {
        return x;
    }
    // Iacono & Boyd (2017): log(1 + x) (1 - log(1 + log(1+x))/(2 + log(1+x))), good to 5 % everywhere above -0.3
    let start = if x < -0.25 {
        branch_point(distance(x)) - 1.0
    } else {
        let log = point::log1p(x);
        log * (1.0 - point::log1p(log) / (2.0 + log))
    };
    refined(x, start)
}

fn lower(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let start = if x < -0.25 {
        branch_point(-distance(x)) - 1.0
    } else {
        let log = point::log(-x);
        let log_log = point::log(-log);
        log - log_log + log_log / log
    };
    refined(x, start)
}

/// Steps of fourth order in `log(x/w) - w`.
fn refined(x: f64, start: f64) -> f64 {
    let mut w = start;
    for _ in 0..4 {
        if w == 0.0 {
            return x;
        }
        let z = point::log(x / w) - w;
        let q = 2.0 * (1.0 + w) * (1.0 + w + 2.0 / 3.0 * z);
        let step = z / (1.0 + w) * (q - z) / (q - 2.0 * z);
        w += w * step;
        if step.abs() < 1e-5 {
            break;
        }
    }
    w
}
