//! One point: a list of instructions over numbers.

use std::ops::{Index, IndexMut};

use crate::kernels::dispatch::{self, Work};
use crate::kernels::elementary::point;
use crate::tape::{ABSENT, is_absent};

use super::code::{Code, Instruction};

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
        for instruction in self.code {
            let a = slots[instruction.a];
            let value = match instruction.code {
                Code::Add => a + slots[instruction.b],
                Code::Sub => a - slots[instruction.b],
                Code::Mul => a * slots[instruction.b],
                Code::Div => a / slots[instruction.b],
                Code::Neg => -a,
                Code::Abs => a.abs(),
                Code::Sqrt => a.sqrt(),
                Code::Less => (a < slots[instruction.b]) as u8 as f64,
                Code::LessEqual => (a <= slots[instruction.b]) as u8 as f64,
                Code::Greater => (a > slots[instruction.b]) as u8 as f64,
                Code::GreaterEqual => (a >= slots[instruction.b]) as u8 as f64,
                Code::Equal => (a == slots[instruction.b]) as u8 as f64,
                Code::NotEqual => (a != slots[instruction.b]) as u8 as f64,
                Code::Select => {
                    let chosen = if a != 0.0 { instruction.b } else { instruction.c };
                    slots[chosen]
                }
                Code::KeepWhere => choose(a != 0.0, slots[instruction.b], ABSENT),
                Code::DropWhere => choose(a != 0.0, ABSENT, slots[instruction.b]),
                Code::Live => choose(is_absent(a), ABSENT, slots[instruction.b] + 0.0),
                Code::LivePart => choose(is_absent(a), ABSENT, slots[instruction.b]),
                Code::LogSlope => choose(a < 0.0, f64::NAN, 1.0 / a.abs()),
                Code::AddAdd => (a + slots[instruction.b]) + slots[instruction.c],
                Code::AddSub => (a + slots[instruction.b]) - slots[instruction.c],
                Code::AddFrom => slots[instruction.c] - (a + slots[instruction.b]),
                Code::AddMul => (a + slots[instruction.b]) * slots[instruction.c],
                Code::SubAdd => (a - slots[instruction.b]) + slots[instruction.c],
                Code::SubSub => (a - slots[instruction.b]) - slots[instruction.c],
                Code::SubFrom => slots[instruction.c] - (a - slots[instruction.b]),
                Code::SubMul => (a - slots[instruction.b]) * slots[instruction.c],
                Code::MulAdd => (a * slots[instruction.b]) + slots[instruction.c],
                Code::MulSub => (a * slots[instruction.b]) - slots[instruction.c],
                Code::MulFrom => slots[instruction.c] - (a * slots[instruction.b]),
                Code::MulMul => (a * slots[instruction.b]) * slots[instruction.c],
                Code::MulNeg => -(a * slots[instruction.b]),
                Code::Map1(op) => (op.f)(a),
                Code::Map2(op) => (op.f)(a, slots[instruction.b]),
                Code::Map3(op) => (op.f)(a, slots[instruction.b], slots[instruction.c]),
                Code::SinCos => {
                    let (sine, cosine) = point::sin_cos(a);
                    slots[instruction.b] = cosine;
                    sine
                }
                // blocks of elements only
                Code::Load | Code::Store | Code::Sum => a,
            };
            slots[instruction.dst] = value;
        }
    }
}

#[inline(always)]
fn choose(condition: bool, a: f64, b: f64) -> f64 {
    if condition { a } else { b }
}
