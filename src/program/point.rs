//! One point: a list of instructions over numbers.

use crate::kernels::dispatch::{self, Work};
use crate::kernels::elementary::point;
use crate::tape::{ABSENT, is_absent};

use super::code::{Code, Instruction};

/// Runs the instructions over their slots, in order.
pub fn run(code: &[Instruction], slots: &mut [f64]) {
    dispatch::run_single(Points { code, slots });
}

struct Points<'a> {
    code: &'a [Instruction],
    slots: &'a mut [f64],
}

impl Work for Points<'_> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        let slots = self.slots;
        for instruction in self.code {
            let a = slots[instruction.a as usize];
            let value = match instruction.code {
                Code::Add => a + slots[instruction.b as usize],
                Code::Sub => a - slots[instruction.b as usize],
                Code::Mul => a * slots[instruction.b as usize],
                Code::Div => a / slots[instruction.b as usize],
                Code::Neg => -a,
                Code::Abs => a.abs(),
                Code::Sqrt => a.sqrt(),
                Code::Less => (a < slots[instruction.b as usize]) as u8 as f64,
                Code::LessEqual => (a <= slots[instruction.b as usize]) as u8 as f64,
                Code::Greater => (a > slots[instruction.b as usize]) as u8 as f64,
                Code::GreaterEqual => (a >= slots[instruction.b as usize]) as u8 as f64,
                Code::Equal => (a == slots[instruction.b as usize]) as u8 as f64,
                Code::NotEqual => (a != slots[instruction.b as usize]) as u8 as f64,
                Code::Select => {
                    let chosen = if a != 0.0 { instruction.b } else { instruction.c };
                    slots[chosen as usize]
                }
                Code::KeepWhere => choose(a != 0.0, slots[instruction.b as usize], ABSENT),
                Code::DropWhere => choose(a != 0.0, ABSENT, slots[instruction.b as usize]),
                Code::Live => choose(is_absent(a), ABSENT, slots[instruction.b as usize] + 0.0),
                Code::LivePart => choose(is_absent(a), ABSENT, slots[instruction.b as usize]),
                Code::LogSlope => choose(a < 0.0, f64::NAN, 1.0 / a),
                Code::Map1(op) => (op.f)(a),
                Code::Map2(op) => (op.f)(a, slots[instruction.b as usize]),
                Code::Map3(op) => (op.f)(a, slots[instruction.b as usize], slots[instruction.c as usize]),
                Code::SinCos => {
                    let (sine, cosine) = point::sin_cos(a);
                    slots[instruction.b as usize] = cosine;
                    sine
                }
                // blocks of elements only
                Code::Load | Code::Store | Code::Sum => a,
            };
            slots[instruction.dst as usize] = value;
        }
    }
}

#[inline(always)]
fn choose(condition: bool, a: f64, b: f64) -> f64 {
    if condition { a } else { b }
}
