//! One point: a list of instructions over numbers.

use std::ops::{Index, IndexMut};

use crate::kernels::dispatch::{self, Work};
use crate::tape::{ABSENT, is_absent};

use super::code::{Code, Instruction, LAST};

/// Slots that a small program has at least: their numbers then need no checks.
pub const SMALL: usize = 256;

/// Runs the instructions over their slots, in order. Programs of up to [`SMALL`] slots come with exactly so many.
pub fn run(code: &[Instruction], slots: &mut [f64]) {
    match <&mut [f64; SMALL]>::try_from(&mut *slots) {
        Ok(slots) => dispatch::run_single(Points { code, slots: Few(slots) }),
        Err(_) => dispatch::run_single(Points { code, slots: Many(slots) }),
    }
}

/// Where the numbers of a program lie.
trait Slots: IndexMut<u32, Output = f64> {}

struct Few<'a>(&'a mut [f64; SMALL]);

struct Many<'a>(&'a mut [f64]);

impl Slots for Few<'_> {}

impl Slots for Many<'_> {}

impl Index<u32> for Few<'_> {
    type Output = f64;

    #[inline(always)]
    fn index(&self, slot: u32) -> &f64 {
        &self.0[slot as usize % SMALL]
    }
}

impl IndexMut<u32> for Few<'_> {
    #[inline(always)]
    fn index_mut(&mut self, slot: u32) -> &mut f64 {
        &mut self.0[slot as usize % SMALL]
    }
}

impl Index<u32> for Many<'_> {
    type Output = f64;

    #[inline(always)]
    fn index(&self, slot: u32) -> &f64 {
        &self.0[slot as usize]
    }
}

impl IndexMut<u32> for Many<'_> {
    #[inline(always)]
    fn index_mut(&mut self, slot: u32) -> &mut f64 {
        &mut self.0[slot as usize]
    }
}

struct Points<'a, S> {
    code: &'a [Instruction],
    slots: S,
}

impl<S: Slots> Work for Points<'_, S> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        let mut slots = self.slots;
        let mut last = 0.0;
        for instruction in self.code {
            macro_rules! get {
                ($at:expr) => {
                    if $at == LAST { last } else { slots[$at] }
                };
            }
            let a = get!(instruction.a);
            let value = match instruction.code {
                Code::Add => a + get!(instruction.b),
                Code::Sub => a - get!(instruction.b),
                Code::Mul => a * get!(instruction.b),
                Code::Div => a / get!(instruction.b),
                Code::Neg => -a,
                Code::Abs => a.abs(),
                Code::Sqrt => a.sqrt(),
                Code::Less => (a < get!(instruction.b)) as u8 as f64,
                Code::LessEqual => (a <= get!(instruction.b)) as u8 as f64,
                Code::Greater => (a > get!(instruction.b)) as u8 as f64,
                Code::GreaterEqual => (a >= get!(instruction.b)) as u8 as f64,
                Code::Equal => (a == get!(instruction.b)) as u8 as f64,
                Code::NotEqual => (a != get!(instruction.b)) as u8 as f64,
                Code::Select => {
                    let chosen = if a != 0.0 { instruction.b } else { instruction.c };
                    get!(chosen)
                }
                Code::KeepWhere => choose(a != 0.0, get!(instruction.b), ABSENT),
                Code::DropWhere => choose(a != 0.0, ABSENT, get!(instruction.b)),
                Code::Live => choose(is_absent(a), ABSENT, get!(instruction.b) + 0.0),
                Code::LivePart => choose(is_absent(a), ABSENT, get!(instruction.b)),
                Code::LogSlope => choose(a < 0.0, f64::NAN, 1.0 / a.abs()),
                Code::AddAdd => (a + get!(instruction.b)) + get!(instruction.c),
                Code::AddSub => (a + get!(instruction.b)) - get!(instruction.c),
                Code::AddFrom => get!(instruction.c) - (a + get!(instruction.b)),
                Code::AddMul => (a + get!(instruction.b)) * get!(instruction.c),
                Code::SubAdd => (a - get!(instruction.b)) + get!(instruction.c),
                Code::SubSub => (a - get!(instruction.b)) - get!(instruction.c),
                Code::SubFrom => get!(instruction.c) - (a - get!(instruction.b)),
                Code::SubMul => (a - get!(instruction.b)) * get!(instruction.c),
                Code::MulAdd => (a * get!(instruction.b)) + get!(instruction.c),
                Code::MulSub => (a * get!(instruction.b)) - get!(instruction.c),
                Code::MulFrom => get!(instruction.c) - (a * get!(instruction.b)),
                Code::MulMul => (a * get!(instruction.b)) * get!(instruction.c),
                Code::MulNeg => -(a * get!(instruction.b)),
                Code::Map1(op) => (op.f)(a),
                Code::Map2(op) => (op.f)(a, get!(instruction.b)),
                Code::Map3(op) => (op.f)(a, get!(instruction.b), get!(instruction.c)),
                Code::Both(both) => {
                    let (first, second) = (both.point)(a);
                    slots[instruction.b] = second;
                    first
                }
                // blocks of elements only
                Code::Load | Code::Store | Code::Sum => a,
            };
            slots[instruction.dst] = value;
            last = value;
        }
    }
}

#[inline(always)]
fn choose(condition: bool, a: f64, b: f64) -> f64 {
    if condition { a } else { b }
}
