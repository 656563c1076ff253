//! The numbers that a derivative rule is written over, and the macro that turns the table into rows.
//!
//! A rule is generic over [`Algebra`]: over `f64` it is the fast sweep, over [`Var`] it records.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::tape::{ABSENT, Var};

use super::elementwise::{ADD, DIV, Elementwise, MUL, NEG, SUB};
use super::special::Special;

/// What a rule may do with its operands: arithmetic, every elementwise operation of the table, and selection.
pub trait Algebra:
    Elementwise
    + Special
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// The number `value` beside this one.
    fn lit(self, value: f64) -> Self;
    /// "No cotangent": what an unselected operand receives.
    fn absent(self) -> Self;
    /// This cotangent times `a/y`, 0 where the length `y` is 0.
    fn along(self, a: Self, y: Self) -> Self;
    /// The number, if it is certain to be the same whenever the rule runs.
    fn known(self) -> Option<f64>;
}

impl Algebra for f64 {
    #[inline(always)]
    fn lit(self, value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn absent(self) -> f64 {
        ABSENT
    }

    #[inline(always)]
    fn along(self, a: f64, y: f64) -> f64 {
        self * a.unit(y)
    }

    #[inline(always)]
    fn known(self) -> Option<f64> {
        Some(self)
    }
}

impl Algebra for Var<'_> {
    fn lit(self, value: f64) -> Self {
        self.constant(value)
    }

    fn absent(self) -> Self {
        Var::absent(self)
    }

    fn along(self, a: Self, y: Self) -> Self {
        super::kinks::along_unit(self, a, y)
    }

    fn known(self) -> Option<f64> {
        Var::known(self)
    }
}

macro_rules! operators {
    ($($Trait:ident $method:ident $ROW:ident),*) => {$(
        impl<'t> $Trait for Var<'t> {
            type Output = Var<'t>;
            fn $method(self, other: Var<'t>) -> Var<'t> {
                self.map2(&$ROW, other)
            }
        }
        impl<'t> $Trait<f64> for Var<'t> {
            type Output = Var<'t>;
            fn $method(self, other: f64) -> Var<'t> {
                self.map2(&$ROW, self.constant(other))
            }
        }
        impl<'t> $Trait<Var<'t>> for f64 {
            type Output = Var<'t>;
            fn $method(self, other: Var<'t>) -> Var<'t> {
                other.constant(self).map2(&$ROW, other)
            }
        }
    )*};
}

operators!(Add add ADD, Sub sub SUB, Mul mul MUL, Div div DIV);

impl<'t> Neg for Var<'t> {
    type Output = Var<'t>;
    fn neg(self) -> Var<'t> {
        self.map1(&NEG)
    }
}

/// Turns a table into one static [`crate::tape::Row`] an operation, and into a trait with a method for each, for f64
/// and for `Var`.
///
/// `trait Name;` comes first, then the rows:
/// `NAME = method(operands) -> y: value => |g| [one rule an operand], on [sample points];`
/// Without rules the operation is piecewise constant. `as "name"` says how it is typed, where Rust keeps the word.
/// `on […] => slices::name` is the SIMD loop of the same function, bit for bit.
/// `|g| select […]`: the rules may give structural zeros; `…], absent;`: so may the operation itself.
macro_rules! elementwise {
    (trait $Operations:ident; $(
        $(#[doc = $doc:literal])+
        $ID:ident = $name:ident $(as $shown:literal)? ($($params:tt)+) -> $y:ident : $forward:expr
            $(=> |$g:ident| $($selecting:ident)? [$($rule:expr),+ $(,)?])?, on $samples:expr $(=> $slices:path)? $(, $absent:ident)?;
    )*) => {
        $(
            $(#[doc = $doc])+
            pub static $ID: $crate::tape::Row = $crate::tape::Row {
                name: elementwise!(@name $name $($shown)?),
                params: elementwise!(@params ($($params)+)),
                doc: concat!($($doc, "\n"),+),
                samples: &$samples,
                op: elementwise!(@op ($($params)+) $y ($forward) ($($slices)?) ($($absent)?) $($g ($($selecting)?) [$($rule),+])?),
            };
        )*

        /// The elementwise operations of the table, as methods.
        pub trait $Operations: Copy {
            $(elementwise!(@declare $name ($($params)+));)*
        }

        impl $Operations for f64 {
            $(elementwise!(@number $name ($($params)+) ($forward));)*
        }

        impl $Operations for $crate::tape::Var<'_> {
            $(elementwise!(@record $ID $name ($($params)+));)*
        }

        /// All elementwise rows, in the order of the table.
        pub(in crate::ops) static ROWS: &[&$crate::tape::Row] = &[$(&$ID),*];
    };

    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $shown:literal) => { $shown };
    (@params ($($x:ident),+)) => { &[$(stringify!($x)),+] };

    (@declare $name:ident ($x:ident)) => { fn $name(self) -> Self; };
    (@declare $name:ident ($a:ident, $b:ident)) => { fn $name(self, $b: Self) -> Self; };
    (@declare $name:ident ($a:ident, $b:ident, $c:ident)) => { fn $name(self, $b: Self, $c: Self) -> Self; };

    (@number $name:ident ($x:ident) ($forward:expr)) => {
        #[inline(always)]
        fn $name(self) -> f64 { let $x = self; $forward }
    };
    (@number $name:ident ($a:ident, $b:ident) ($forward:expr)) => {
        #[inline(always)]
        fn $name(self, $b: f64) -> f64 { let $a = self; $forward }
    };
    (@number $name:ident ($a:ident, $b:ident, $c:ident) ($forward:expr)) => {
        #[inline(always)]
        fn $name(self, $b: f64, $c: f64) -> f64 { let $a = self; $forward }
    };

    (@record $ID:ident $name:ident ($x:ident)) => {
        fn $name(self) -> Self { self.map1(&$ID) }
    };
    (@record $ID:ident $name:ident ($a:ident, $b:ident)) => {
        fn $name(self, $b: Self) -> Self { self.map2(&$ID, $b) }
    };
    (@record $ID:ident $name:ident ($a:ident, $b:ident, $c:ident)) => {
        fn $name(self, $b: Self, $c: Self) -> Self {
            $crate::tape::Var::record(&[self, $b, $c], &$ID, $crate::tape::Attr::None)
        }
    };

    (@op ($x:ident) $y:ident ($forward:expr) $slices:tt () $($g:ident $selecting:tt [$rule:expr])?) => {
        $crate::tape::Op::Map1($crate::tape::Map1 {
            f: |$x| $forward,
            map: elementwise!(@map $x ($forward) $slices),
            rule: elementwise!(@rule1 ($x) $y $($g $selecting [$rule])?),
        })
    };
    (@op ($a:ident, $b:ident) $y:ident ($forward:expr) $slices:tt $absent:tt $($g:ident $selecting:tt [$first:expr, $second:expr])?) => {
        $crate::tape::Op::Map2($crate::tape::Map2 {
            f: |$a, $b| $forward,
            zip: elementwise!(@zip $a $b ($forward) $slices),
            rules: [
                elementwise!(@rule2 ($a, $b) $y $($g $selecting [$first])?),
                elementwise!(@rule2 ($a, $b) $y $($g $selecting [$second])?),
            ],
            pull: elementwise!(@both ($a, $b) $y $($g $selecting [$first, $second])?),
            makes_absent: elementwise!(@is $absent),
        })
    };
    (@op ($a:ident, $b:ident, $c:ident) $y:ident ($forward:expr) () () $g:ident $selecting:tt
        [$first:expr, $second:expr, $third:expr]) => {
        $crate::tape::Op::Map3($crate::tape::Map3 {
            f: |$a, $b, $c| $forward,
            rules: [
                elementwise!(@rule3 ($a, $b, $c) $g $selecting [$first]),
                elementwise!(@rule3 ($a, $b, $c) $g $selecting [$second]),
                elementwise!(@rule3 ($a, $b, $c) $g $selecting [$third]),
            ],
        })
    };

    (@zip $a:ident $b:ident ($forward:expr) ()) => {
        |a, b, out| $crate::ops::algebra::zip(a, b, out, |$a, $b| $forward)
    };
    (@zip $a:ident $b:ident ($forward:expr) ($slices:path)) => { $slices };
    (@map $x:ident ($forward:expr) ()) => {
        |x, out| for (out, &$x) in out.iter_mut().zip(x) { *out = $forward; }
    };
    (@map $x:ident ($forward:expr) ($slices:path)) => { $slices };

    (@rule1 ($x:ident) $y:ident) => { None };
    (@rule1 ($x:ident) $y:ident $g:ident $selecting:tt [$rule:expr]) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn rule<A: Algebra>($g: A, $x: A, $y: A) -> A where f64: Scalars<A> { $rule }
        Some($crate::tape::Rule1 {
            pull: |g, x, y| $crate::ops::algebra::contribution::<{ elementwise!(@is $selecting) }>(g, rule(g, x, y)),
            add: |g, x, y, to| {
                for (((to, &g), &x), &y) in to.iter_mut().zip(g).zip(x).zip(y) {
                    *to += $crate::ops::algebra::contribution::<{ elementwise!(@is $selecting) }>(g, rule(g, x, y));
                }
            },
            record: |g, x, y| rule(g, x, y),
        })
    }};
    (@rule2 ($a:ident, $b:ident) $y:ident) => { None };
    (@rule2 ($a:ident, $b:ident) $y:ident $g:ident $selecting:tt [$rule:expr]) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn rule<A: Algebra>($g: A, $a: A, $b: A, $y: A) -> A where f64: Scalars<A> { $rule }
        Some($crate::tape::Rule2 {
            pull: |g, a, b, y| {
                $crate::ops::algebra::contribution::<{ elementwise!(@is $selecting) }>(g, rule(g, a, b, y))
            },
            add: |g, a, b, y, to| {
                $crate::ops::algebra::add_zip::<{ elementwise!(@is $selecting) }>(g, a, b, y, to, rule::<f64>)
            },
            record: |g, a, b, y| rule(g, a, b, y),
        })
    }};
    (@both ($a:ident, $b:ident) $y:ident) => { None };
    (@both ($a:ident, $b:ident) $y:ident $g:ident $selecting:tt [$first:expr, $second:expr]) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn first<A: Algebra>($g: A, $a: A, $b: A, $y: A) -> A where f64: Scalars<A> { $first }
        #[inline(always)]
        #[allow(unused_variables)]
        fn second<A: Algebra>($g: A, $a: A, $b: A, $y: A) -> A where f64: Scalars<A> { $second }
        Some(|g, a, b, y| {
            let contribution = $crate::ops::algebra::contribution::<{ elementwise!(@is $selecting) }>;
            (contribution(g, first(g, a, b, y)), contribution(g, second(g, a, b, y)))
        })
    }};
    (@rule3 ($a:ident, $b:ident, $c:ident) $g:ident $selecting:tt [$rule:expr]) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn rule<A: Algebra>($g: A, $a: A, $b: A, $c: A) -> A where f64: Scalars<A> { $rule }
        Some($crate::tape::Rule3 {
            pull: |g, a, b, c| {
                $crate::ops::algebra::contribution::<{ elementwise!(@is $selecting) }>(g, rule(g, a, b, c))
            },
            record: |g, a, b, c| rule(g, a, b, c),
        })
    }};

    (@is ()) => { false };
    (@is ($marker:ident)) => { true };
}

pub(super) use elementwise;

/// `2.0 * x` and the like, for any algebra.
pub trait Scalars<A>: Add<A, Output = A> + Sub<A, Output = A> + Mul<A, Output = A> + Div<A, Output = A> {}

impl<A> Scalars<A> for f64 where f64: Add<A, Output = A> + Sub<A, Output = A> + Mul<A, Output = A> + Div<A, Output = A> {}

/// What a pulled-back value adds to an adjoint: nothing where the cotangent is a structural zero. Only a rule that
/// selects may give structural zeros of its own; a plain -0.0 from any other becomes a number.
#[inline(always)]
pub fn contribution<const SELECTING: bool>(g: f64, pulled: f64) -> f64 {
    if crate::tape::is_absent(g) {
        ABSENT
    } else if SELECTING {
        pulled
    } else {
        pulled + 0.0
    }
}

/// `out[i] = f(a[i], b[i])`; an operand of one element goes with all.
#[inline(always)]
pub fn zip(a: &[f64], b: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    if a.len() == 1 && out.len() != 1 {
        let a = a[0];
        out.iter_mut().zip(b).for_each(|(out, &b)| *out = f(a, b));
    } else if b.len() == 1 && out.len() != 1 {
        let b = b[0];
        out.iter_mut().zip(a).for_each(|(out, &a)| *out = f(a, b));
    } else {
        out.iter_mut().zip(a).zip(b).for_each(|((out, &a), &b)| *out = f(a, b));
    }
}

/// Adds a rule of two operands over slices; an operand of one element goes with all.
#[inline(always)]
pub fn add_zip<const SELECTING: bool>(
    g: &[f64],
    a: &[f64],
    b: &[f64],
    y: &[f64],
    to: &mut [f64],
    rule: impl Fn(f64, f64, f64, f64) -> f64,
) {
    let (step_a, step_b) = ((a.len() != 1) as usize, (b.len() != 1) as usize);
    for (i, ((to, &g), &y)) in to.iter_mut().zip(g).zip(y).enumerate() {
        *to += contribution::<SELECTING>(g, rule(g, a[i * step_a], b[i * step_b], y));
    }
}
