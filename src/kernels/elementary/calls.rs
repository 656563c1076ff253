//! How the functions are called: one number, many numbers, or by name from a table.
//!
//! The list below is the only one: each row makes `point::name`, `slices::name` and an entry of the table with the
//! error the tests hold it to. Knows the kernels by name only.

use super::trigonometric::NEAR;
use crate::kernels::dispatch::{self, Map1, Map2, MapToTwo, Single, Width};

/// One function with all its ways of being called.
pub struct Function<Point: 'static, Slice: 'static> {
    pub name: &'static str,
    /// Bound of the error in units in the last place of the result, half a unit more where that is subnormal:
    /// the worst of a million arguments against MPFR, rounded up.
    pub ulps: f64,
    pub point: Point,
    pub slice: Slice,
}

type Point1 = fn(f64) -> f64;
type Point2 = fn(f64, f64) -> f64;
type Slice1 = fn(Width, &[f64], &mut [f64]);
type Slice2 = fn(Width, &[f64], &[f64], &mut [f64]);

/// A type that stands for one kernel, so that a loop over it can be inlined whole.
macro_rules! kernel {
    ($name:ident($($x:ident),+) -> $output:ty) => {
        #[derive(Clone, Copy)]
        pub struct $name;

        impl Kernel for $name {
            type Input = kernel!(@input $($x),+);
            type Output = $output;

            #[inline(always)]
            fn at(self, kernel!(@pattern $($x),+): Self::Input) -> $output {
                crate::kernels::elementary::$name($($x),+)
            }
        }
    };
    (@input $x:ident) => { f64 };
    (@input $a:ident, $b:ident) => { (f64, f64) };
    (@pattern $x:ident) => { $x };
    (@pattern $a:ident, $b:ident) => { ($a, $b) };
}

macro_rules! functions {
    (one { $($one:ident $one_ulps:literal,)* }
     turning { $($turn:ident $near:ident $turn_ulps:literal,)* }
     two { $($two:ident $two_ulps:literal,)* }
     both { $($both:ident,)* }) => {
        /// The kernels as types, each named like its function.
        #[allow(non_camel_case_types)]
        mod kernel {
            use crate::kernels::dispatch::Kernel;
            $(kernel!($one(x) -> f64);)*
            $(kernel!($turn(x) -> f64); kernel!($near(x) -> f64);)*
            $(kernel!($two(a, b) -> f64);)*
            kernel!(sin_cos(x) -> (f64, f64));
            $(kernel!($both(x) -> (f64, f64));)*
            kernel!(sin_cos_near(x) -> (f64, f64));
        }

        /// One number at a time.
        pub mod point {
            use super::*;
            $(
                #[doc = concat!("[`", stringify!($one), "`](fn@super::super::", stringify!($one), ") of one number.")]
                pub fn $one(x: f64) -> f64 {
                    dispatch::run_single(Single { kernel: kernel::$one, input: x })
                }
            )*
            $(
                #[doc = concat!("[`", stringify!($turn), "`](fn@super::super::", stringify!($turn), ") of one number.")]
                pub fn $turn(x: f64) -> f64 {
                    dispatch::run_single(Single { kernel: kernel::$turn, input: x })
                }
            )*
            $(
                #[doc = concat!("[`", stringify!($two), "`](fn@super::super::", stringify!($two), ") of two numbers.")]
                pub fn $two(a: f64, b: f64) -> f64 {
                    dispatch::run_single(Single { kernel: kernel::$two, input: (a, b) })
                }
            )*

            $(
                #[doc = concat!("[`", stringify!($both), "`](fn@super::super::", stringify!($both), ") of one number.")]
                pub fn $both(x: f64) -> (f64, f64) {
                    dispatch::run_single(Single { kernel: kernel::$both, input: x })
                }
            )*

            /// Sine and cosine of one angle.
            pub fn sin_cos(x: f64) -> (f64, f64) {
                dispatch::run_single(Single { kernel: kernel::sin_cos, input: x })
            }
        }

        /// Many numbers; the slices of one call have one length, or it panics.
        pub mod slices {
            use super::*;
            $(
                #[doc = concat!("`y[i] = ", stringify!($one), "(x[i])`.")]
                pub fn $one(x: &[f64], y: &mut [f64]) {
                    on::$one(Width::best(), x, y);
                }
            )*
            $(
                #[doc = concat!("`y[i] = ", stringify!($turn), "(x[i])`.")]
                pub fn $turn(x: &[f64], y: &mut [f64]) {
                    on::$turn(Width::best(), x, y);
                }
            )*
            $(
                #[doc = concat!("`y[i] = ", stringify!($two), "(a[i], b[i])`.")]
                pub fn $two(a: &[f64], b: &[f64], y: &mut [f64]) {
                    on::$two(Width::best(), a, b, y);
                }
            )*

            $(
                #[doc = concat!("`(y[i], z[i]) = ", stringify!($both), "(x[i])`.")]
                pub fn $both(x: &[f64], y: &mut [f64], z: &mut [f64]) {
                    dispatch::run_on(Width::best(), MapToTwo { kernel: kernel::$both, x, y, z });
                }
            )*

            /// `sine[i] = sin(x[i])`, `cosine[i] = cos(x[i])`.
            pub fn sin_cos(x: &[f64], sine: &mut [f64], cosine: &mut [f64]) {
                on::sin_cos(Width::best(), x, sine, cosine);
            }
        }

        /// Many numbers with registers of a chosen width.
        mod on {
            use super::*;
            $(
                pub fn $one(width: Width, x: &[f64], y: &mut [f64]) {
                    dispatch::run_on(width, Map1 { kernel: kernel::$one, x, y });
                }
            )*
            $(
                pub fn $turn(width: Width, x: &[f64], y: &mut [f64]) {
                    dispatch::run_on(width, Map1 { kernel: kernel::$near, x, y });
                    redo_far(width, x, y, point::$turn);
                }
            )*
            $(
                pub fn $two(width: Width, a: &[f64], b: &[f64], y: &mut [f64]) {
                    dispatch::run_on(width, Map2 { kernel: kernel::$two, a, b, y });
                }
            )*

            pub fn sin_cos(width: Width, x: &[f64], sine: &mut [f64], cosine: &mut [f64]) {
                dispatch::run_on(width, MapToTwo { kernel: kernel::sin_cos_near, x, y: sine, z: cosine });
                if dispatch::run_on(width, AnyFar { x }) {
                    redo_far(width, x, sine, point::sin);
                    redo_far(width, x, cosine, point::cos);
                }
            }
        }

        /// The functions of one number.
        pub const ONE_ARGUMENT: &[Function<Point1, Slice1>] = &[
            $(Function { name: stringify!($one), ulps: $one_ulps, point: point::$one, slice: on::$one },)*
            $(Function { name: stringify!($turn), ulps: $turn_ulps, point: point::$turn, slice: on::$turn },)*
        ];

        /// The functions of two numbers.
        pub const TWO_ARGUMENTS: &[Function<Point2, Slice2>] = &[
            $(Function { name: stringify!($two), ulps: $two_ulps, point: point::$two, slice: on::$two },)*
        ];
    };
}

functions! {
    one {
        exp 0.65,
        exp2 0.65,
        exp10 0.65,
        expm1 0.80,
        log 0.70,
        log2 0.70,
        log10 0.70,
        log1p 0.70,
        asin 0.70,
        acos 0.65,
        atan 0.70,
        sinh 0.75,
        cosh 0.65,
        tanh 0.75,
        sech2 0.70,
        asinh 0.75,
        acosh 0.70,
        atanh 0.70,
        cbrt 0.55,
        sigmoid 0.65,
        softplus 1.00,
        log_sigmoid 1.00,
        erf 0.75,
        erfc 0.90,
    }
    turning {
        sin sin_near 0.80,
        cos cos_near 0.80,
        tan tan_near 0.95,
    }
    two {
        pow 0.70,
        hypot 0.55,
        atan2 0.80,
    }
    both {
        tanh_sech2,
        sigmoids,
    }
}

/// Puts right the results of a `_near` kernel where the angle was far.
fn redo_far(width: Width, x: &[f64], y: &mut [f64], exact: Point1) {
    if dispatch::run_on(width, AnyFar { x }) {
        for (y, x) in y.iter_mut().zip(x).filter(|(_, x)| x.abs() > NEAR) {
            *y = exact(*x);
        }
    }
}

/// Whether any angle is far. Without early exit, as a vector loop, since hardly ever is one far.
struct AnyFar<'a> {
    x: &'a [f64],
}

impl dispatch::Work for AnyFar<'_> {
    type Output = bool;

    #[inline(always)]
    fn work(self) -> bool {
        self.x.iter().fold(false, |any, x| any | (x.abs() > NEAR))
    }
}
