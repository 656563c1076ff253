//! Correctly rounded elementary functions (CORE-MATH), arguments to try them at, and a count of the distances: for the
//! test of the bounds and for the table of the bench.

#![allow(dead_code)]

use std::f64::consts::{LN_2, PI};

pub const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const RANDOM_ARGUMENTS: usize = 1_000_000;

pub type Oracle1 = fn(f64) -> f64;
pub type Oracle2 = fn(f64, f64) -> f64;

/// The correctly rounded function, or a composition of such with the number of roundings it adds.
pub fn oracle_of_one(name: &str) -> (Oracle1, u64) {
    match name {
        "exp" => (core_math::exp, 0),
        "exp2" => (core_math::exp2, 0),
        "exp10" => (core_math::exp10, 0),
        "expm1" => (core_math::expm1, 0),
        "log" => (core_math::log, 0),
        "log2" => (core_math::log2, 0),
        "log10" => (core_math::log10, 0),
        "log1p" => (core_math::log1p, 0),
        "sin" => (core_math::sin, 0),
        "cos" => (core_math::cos, 0),
        "tan" => (core_math::tan, 0),
        "asin" => (core_math::asin, 0),
        "acos" => (core_math::acos, 0),
        "atan" => (core_math::atan, 0),
        "sinh" => (core_math::sinh, 0),
        "cosh" => (core_math::cosh, 0),
        "tanh" => (core_math::tanh, 0),
        "asinh" => (core_math::asinh, 0),
        "acosh" => (core_math::acosh, 0),
        "atanh" => (core_math::atanh, 0),
        "cbrt" => (core_math::cbrt, 0),
        "erf" => (core_math::erf, 0),
        "erfc" => (core_math::erfc, 0),
        "sech2" => (rounded_sech2, 2),
        "sigmoid" => (rounded_sigmoid, 2),
        "softplus" => (rounded_softplus, 2),
        "log_sigmoid" => (|x| -rounded_softplus(-x), 2),
        _ => panic!("no oracle for {name}"),
    }
}

pub fn oracle_of_two(name: &str) -> Oracle2 {
    match name {
        "pow" => core_math::pow,
        "hypot" => core_math::hypot,
        "atan2" => core_math::atan2,
        _ => panic!("no oracle for {name}"),
    }
}

/// tanh' = 1/cosh²; in the tails, where cosh² overflows, 4 exp(-2|x|).
fn rounded_sech2(x: f64) -> f64 {
    if x.abs() < 300.0 { (1.0 / core_math::cosh(x)).powi(2) } else { (2.0 * core_math::exp(-x.abs())).powi(2) }
}

fn rounded_sigmoid(x: f64) -> f64 {
    let e = core_math::exp(-x.abs());
    if x.is_sign_positive() { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

fn rounded_softplus(x: f64) -> f64 {
    if x.is_nan() { x } else { x.max(0.0) + core_math::log1p(core_math::exp(-x.abs())) }
}

/// How many doubles lie between two, counting ±0 as one; NaN is next to NaN only.
pub fn distance(a: f64, b: f64) -> u64 {
    let place = |x: f64| {
        let size = (x.to_bits() & !(1 << 63)) as i64;
        if x.is_sign_negative() { -size } else { size }
    };
    match (a.is_nan(), b.is_nan()) {
        (true, true) => 0,
        (false, false) => place(a).abs_diff(place(b)),
        _ => u64::MAX,
    }
}

/// xorshift64*, so that a failure can be repeated anywhere.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Any double; one of a size drawn evenly between 2⁻⁴⁰ and 2⁴⁰; one next to a multiple of 1, π/4 or ½ ln 2, small
    /// or large; one of ordinary size.
    pub fn argument(&mut self) -> f64 {
        let sign = if self.bits() & 1 == 0 { 1.0 } else { -1.0 };
        match self.bits() % 9 {
            8 => sign * (self.bits() >> (24 + self.bits() % 30)) as f64 * 0.5 * PI,
            0 => f64::from_bits(self.bits()),
            1 => sign * (80.0 * self.unit() - 40.0).exp2(),
            2 => sign * (self.bits() % 2000) as f64 * [1.0, 0.25 * PI, 0.5 * LN_2][self.bits() as usize % 3],
            3 => sign * 760.0 * self.unit(),
            4 => sign * 30.0 * self.unit(),
            5 => 1.0 + sign * (-60.0 * self.unit()).exp2(),
            6 => sign * self.unit(),
            _ => sign * 4.0 * self.unit(),
        }
    }
}

/// Where functions change limbs, overflow, underflow, or are infinite or exact; each with its neighbours.
fn edges() -> Vec<f64> {
    let mut places =
        vec![0.0, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, 5e-324, 2.2e-308, 1e-300, 1e-160, 1e-17, 1e-9];
    places.extend([0.4375, 0.47, 0.5, 0.6875, 0.875, 1.0, 1.1875, 2.4375, 5.9, 6.0, 19.06, 22.0, 26.54, 27.226, 27.5]);
    places.extend([20.0, 21.0, 36.7, 37.4, 40.0, 44.0, 64.0, 307.95, 308.25, 323.3, 324.0, 354.9, 372.0, 372.6, 380.0]);
    places.extend([708.396, 709.09, 709.78, 710.0, 710.4758600739439, 711.0, 744.44, 745.13, 746.0, 760.0, 1022.0]);
    places.extend([1023.0, 1024.0, 1074.0, 1075.0, 1080.0, 1e6, 1e8, 1e9, 1e10, 1e16, 1e18, 1e22, 1e100, 1e154, 1e300]);
    places.extend([6_381_956_970_095_103.0 * 797f64.exp2(), 2f64.powi(60), 2f64.powi(512), 2f64.sqrt(), 0.5f64.sqrt()]);
    places.extend((1..40).map(|n| f64::from(n) * 0.25 * PI));
    places.extend((1..40).map(|n| f64::from(n) * 0.5 * LN_2));
    places.extend((1..=22).map(|n| 10f64.powi(n)));
    places.extend((1..=40).map(f64::from));
    places.extend(
        (-1074..1024).map(|n| f64::from_bits(if n < -1022 { 1 << (n + 1074) } else { ((n + 1023) as u64) << 52 })),
    );
    let mut edges = vec![f64::NAN];
    for place in places {
        let size = place.to_bits();
        let around = (size.saturating_sub(3)..=size.saturating_add(3)).map(f64::from_bits);
        edges.extend(around.flat_map(|x| [x, -x]));
    }
    edges
}

pub fn arguments(seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    let mut arguments = edges();
    arguments.extend((0..RANDOM_ARGUMENTS).map(|_| random.argument()));
    arguments
}

/// Bases and exponents (or legs, or coordinates) of all sizes, of like size, and with a result that is no overflow.
pub fn pairs(seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut random = Random(seed);
    let special =
        [0.0, 1.0, 2.0, 3.0, 0.5, 1e-300, 5e-324, 1e300, f64::MAX, f64::INFINITY, f64::NAN, 7.0, 1e16, 2.5, 1e-9];
    let signed: Vec<f64> = special.iter().flat_map(|x| [*x, -*x]).collect();
    let mut pairs: Vec<(f64, f64)> = signed.iter().flat_map(|a| signed.iter().map(|b| (*a, *b))).collect();
    for _ in 0..RANDOM_ARGUMENTS {
        let a = random.argument();
        pairs.push(match random.bits() % 4 {
            0 => (a, random.argument()),
            1 => (a, a * (8.0 * random.unit() - 4.0).exp2()),
            2 => (a, (random.bits() % 64) as f64 - 32.0),
            _ => (a, (1500.0 * random.unit() - 750.0) / a.abs().ln()),
        });
    }
    pairs.into_iter().unzip()
}

/// The worst place of a function, and how often it is not the rounded result.
#[derive(Default)]
pub struct Tally {
    pub worst: u64,
    at: String,
    missed: usize,
    seen: usize,
}

impl Tally {
    pub fn count(&mut self, got: f64, want: f64, at: impl Fn() -> String) {
        let distance = distance(got, want);
        self.seen += 1;
        self.missed += usize::from(distance > 0);
        // the sign of 0 is part of the promise
        let distance =
            if want == 0.0 && got == 0.0 && want.is_sign_negative() != got.is_sign_negative() { 99 } else { distance };
        if distance > self.worst {
            self.worst = distance;
            self.at = format!("{} = {got:e}, not {want:e}", at());
        }
    }

    /// As a line of a table: the bound, the worst distance, how many results are not the rounded ones.
    pub fn line(&self, name: &str, ulps: f64) -> String {
        let share = 100.0 * self.missed as f64 / self.seen as f64;
        format!("{name:<12} {ulps:>5.2} {:>6} {share:>8.2} %", self.worst)
    }

    pub fn report(&self, name: &str, ulps: f64, allowed: u64) -> Result<(), String> {
        println!("{}", self.line(name, ulps));
        if self.worst > allowed { Err(format!("{name}: {} ulp off: {}", self.worst, self.at)) } else { Ok(()) }
    }
}
