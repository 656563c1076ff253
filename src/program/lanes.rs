//! Many elements: each instruction works on a block of lanes that stays in the nearest cache.

use crate::kernels::dispatch::{self, Work};
use crate::tape::{ABSENT, is_absent};

use super::code::{Code, DIRECT, Instruction, MOST_DIRECT};
use super::copy::copy;
use super::view::View;

/// Elements of one operand of a pass.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub base: &'a [f64],
    pub view: View,
}

/// The lanes of one register, on cache lines of their own: a vector that straddles two costs twice.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes<const L: usize>([f64; L]);

/// Blocks of registers, kept from one run to the next.
#[derive(Default)]
pub struct Registers {
    narrow: File<NARROW>,
    middle: File<MIDDLE>,
    wide: File<WIDE>,
}

/// Registers, copies of operands whose elements are no neighbours, and results that are no full block.
#[derive(Default)]
struct File<const L: usize> {
    registers: Vec<Lanes<L>>,
    copies: Vec<Lanes<L>>,
    spilled: Vec<Lanes<L>>,
}

const NARROW: usize = 16;
const MIDDLE: usize = 128;
const WIDE: usize = 256;

/// Registers up to which wide blocks stay in the nearest cache.
const FEW: u32 = 12;

/// What a pass over some of the elements needs.
pub struct Pass<'a, 'o> {
    pub code: &'a [Instruction],
    pub registers: u32,
    /// How many of the registers, the first, hold one number throughout; and which.
    pub numbers: u32,
    pub splats: &'a mut dyn Iterator<Item = (u32, f64)>,
    pub sources: &'a [Source<'a>],
    /// From the first element of the pass on.
    pub outputs: &'a mut [&'o mut [f64]],
    pub sums: &'a mut [f64],
    pub start: usize,
    pub end: usize,
}

/// Runs the pass; the width of the blocks depends on the program and the whole size only, never on the machine.
pub fn run(pass: Pass, size: usize, registers: &mut Registers) {
    if size <= NARROW {
        blocks(pass, size, &mut registers.narrow);
    } else if pass.registers <= FEW && size >= WIDE {
        blocks(pass, size, &mut registers.wide);
    } else {
        blocks(pass, size, &mut registers.middle);
    }
}

fn blocks<const L: usize>(pass: Pass, size: usize, file: &mut File<L>) {
    let File { registers, copies, spilled } = file;
    if spilled.len() < pass.outputs.len() {
        spilled.resize(pass.outputs.len(), Lanes([0.0; L]));
    }
    let direct = pass.sources.len().min(MOST_DIRECT);
    if copies.len() < direct {
        copies.resize(direct, Lanes([0.0; L]));
    }
    if registers.len() < pass.registers as usize {
        registers.resize(pass.registers as usize, Lanes([0.0; L]));
    }
    for (register, value) in pass.splats {
        registers[register as usize] = Lanes([value; L]);
    }
    // what a sum holds of each lane
    let mut few = [Lanes([-0.0; L]); 4];
    let mut many = Vec::new();
    let totals = if pass.sums.len() <= few.len() {
        &mut few[..pass.sums.len()]
    } else {
        many.resize(pass.sums.len(), Lanes([-0.0; L]));
        &mut many[..]
    };
    dispatch::run(Blocks {
        code: pass.code,
        registers,
        sources: pass.sources,
        outputs: pass.outputs,
        totals,
        copies: &mut copies[..direct],
        spilled,
        start: pass.start,
        end: pass.end,
        numbers: pass.numbers,
        is_big: size >= BIG,
    });
    for (sum, total) in pass.sums.iter_mut().zip(totals) {
        *sum = crate::kernels::sum(&total.0);
    }
}

struct Blocks<'a, 'o, const L: usize> {
    code: &'a [Instruction],
    registers: &'a mut [Lanes<L>],
    sources: &'a [Source<'a>],
    outputs: &'a mut [&'o mut [f64]],
    totals: &'a mut [Lanes<L>],
    copies: &'a mut [Lanes<L>],
    spilled: &'a mut [Lanes<L>],
    start: usize,
    end: usize,
    numbers: u32,
    /// Operands come from far memory.
    is_big: bool,
}

/// Passes over so many elements are bound by memory.
const BIG: usize = 1 << 17;

/// Elements of a big pass are asked for so many elements before they are needed: the processor by itself looks ahead
/// less than a block takes, and not beyond a page.
const AHEAD: usize = 512;

/// `dst[lane] = …` over the lanes of the operands' registers.
macro_rules! each {
    ($registers:ident, $results:ident, $direct:ident, $i:ident, |$a:ident| $value:expr) => {{
        let (dst, others) = Others::of($registers, &mut $results, $direct, $i.dst);
        let a = others.get($i.a);
        for lane in 0..L {
            let $a = a[lane];
            dst[lane] = $value;
        }
    }};
    ($registers:ident, $results:ident, $direct:ident, $i:ident, |$a:ident, $b:ident| $value:expr) => {{
        let (dst, others) = Others::of($registers, &mut $results, $direct, $i.dst);
        let (a, b) = (others.get($i.a), others.get($i.b));
        for lane in 0..L {
            let ($a, $b) = (a[lane], b[lane]);
            dst[lane] = $value;
        }
    }};
    ($registers:ident, $results:ident, $direct:ident, $i:ident, |$a:ident, $b:ident, $c:ident| $value:expr) => {{
        let (dst, others) = Others::of($registers, &mut $results, $direct, $i.dst);
        let (a, b, c) = (others.get($i.a), others.get($i.b), others.get($i.c));
        for lane in 0..L {
            let ($a, $b, $c) = (a[lane], b[lane], c[lane]);
            dst[lane] = $value;
        }
    }};
}

/// The same where operand `b`, or `c`, may be one number throughout: it then stays in a register of the machine, and a
/// third of what is read need not be.
macro_rules! numbered {
    ($registers:ident, $results:ident, $direct:ident, $numbers:ident, $i:ident, |$a:ident, $b:ident| $value:expr) => {
        if $i.b < $numbers {
            let $b = $registers[$i.b as usize].0[0];
            each!($registers, $results, $direct, $i, |$a| $value)
        } else {
            each!($registers, $results, $direct, $i, |$a, $b| $value)
        }
    };
    ($registers:ident, $results:ident, $direct:ident, $numbers:ident, $i:ident, |$a:ident, $b:ident, $c:ident| $value:expr) => {
        if $i.c < $numbers {
            let $c = $registers[$i.c as usize].0[0];
            each!($registers, $results, $direct, $i, |$a, $b| $value)
        } else if $i.b < $numbers {
            let $b = $registers[$i.b as usize].0[0];
            let i = Instruction { b: $i.c, ..*$i };
            each!($registers, $results, $direct, i, |$a, $c| $value)
        } else {
            each!($registers, $results, $direct, $i, |$a, $b, $c| $value)
        }
    };
}

impl<const L: usize> Work for Blocks<'_, '_, L> {
    type Output = ();

    #[inline(always)]
    fn work(self) {
        let (registers, numbers) = (self.registers, self.numbers);
        let nothing = ZEROS.0.first_chunk().expect("blocks are no wider than the widest");
        let mut at = self.start;
        while at < self.end {
            let n = L.min(self.end - at);
            // neighbouring elements are read where they lie; others, and those of a last block, are copied
            for (source, copy) in self.sources.iter().zip(&mut *self.copies) {
                if source.neighbours::<L>(at, n).is_none() {
                    load(source, at, n, &mut copy.0);
                }
            }
            let mut here: Direct<L> = [nothing; MOST_DIRECT];
            for ((slot, source), copy) in here.iter_mut().zip(self.sources).zip(&*self.copies) {
                *slot = source.neighbours(at, n).unwrap_or(&copy.0);
            }
            let direct = &here;
            let from = at - self.start;
            if self.is_big {
                for source in self.sources {
                    if let View::Flat { offset } = source.view {
                        dispatch::prefetch(source.base, offset + at + AHEAD, L);
                    }
                }
                for output in &*self.outputs {
                    dispatch::prefetch(output, from + AHEAD, L);
                }
            }
            let mut results = Results { outputs: self.outputs, spilled: self.spilled, from, is_full: n == L };
            for i in self.code {
                match i.code {
                    Code::Add => numbered!(registers, results, direct, numbers, i, |a, b| a + b),
                    Code::Sub => numbered!(registers, results, direct, numbers, i, |a, b| a - b),
                    Code::Mul => numbered!(registers, results, direct, numbers, i, |a, b| a * b),
                    Code::Div => numbered!(registers, results, direct, numbers, i, |a, b| a / b),
                    Code::Neg => each!(registers, results, direct, i, |a| -a),
                    Code::Abs => each!(registers, results, direct, i, |a| a.abs()),
                    Code::Sqrt => each!(registers, results, direct, i, |a| a.sqrt()),
                    Code::Less => each!(registers, results, direct, i, |a, b| (a < b) as u8 as f64),
                    Code::LessEqual => each!(registers, results, direct, i, |a, b| (a <= b) as u8 as f64),
                    Code::Greater => each!(registers, results, direct, i, |a, b| (a > b) as u8 as f64),
                    Code::GreaterEqual => each!(registers, results, direct, i, |a, b| (a >= b) as u8 as f64),
                    Code::Equal => each!(registers, results, direct, i, |a, b| (a == b) as u8 as f64),
                    Code::NotEqual => each!(registers, results, direct, i, |a, b| (a != b) as u8 as f64),
                    Code::Select => each!(registers, results, direct, i, |a, b, c| if a != 0.0 { b } else { c }),
                    Code::KeepWhere => each!(registers, results, direct, i, |a, b| if a != 0.0 { b } else { ABSENT }),
                    Code::DropWhere => each!(registers, results, direct, i, |a, b| if a != 0.0 { ABSENT } else { b }),
                    Code::Live => {
                        each!(registers, results, direct, i, |a, b| if is_absent(a) { ABSENT } else { b + 0.0 })
                    }
                    Code::LivePart => {
                        each!(registers, results, direct, i, |a, b| if is_absent(a) { ABSENT } else { b })
                    }
                    Code::LogSlope => {
                        each!(registers, results, direct, i, |a| if a < 0.0 { f64::NAN } else { 1.0 / a.abs() })
                    }
                    Code::AddAdd => numbered!(registers, results, direct, numbers, i, |a, b, c| (a + b) + c),
                    Code::AddSub => numbered!(registers, results, direct, numbers, i, |a, b, c| (a + b) - c),
                    Code::AddFrom => each!(registers, results, direct, i, |a, b, c| c - (a + b)),
                    Code::AddMul => numbered!(registers, results, direct, numbers, i, |a, b, c| (a + b) * c),
                    Code::SubAdd => each!(registers, results, direct, i, |a, b, c| (a - b) + c),
                    Code::SubSub => each!(registers, results, direct, i, |a, b, c| (a - b) - c),
                    Code::SubFrom => each!(registers, results, direct, i, |a, b, c| c - (a - b)),
                    Code::SubMul => numbered!(registers, results, direct, numbers, i, |a, b, c| (a - b) * c),
                    Code::MulAdd => numbered!(registers, results, direct, numbers, i, |a, b, c| (a * b) + c),
                    Code::MulSub => numbered!(registers, results, direct, numbers, i, |a, b, c| (a * b) - c),
                    Code::MulFrom => numbered!(registers, results, direct, numbers, i, |a, b, c| c - (a * b)),
                    Code::MulMul => numbered!(registers, results, direct, numbers, i, |a, b, c| (a * b) * c),
                    Code::MulNeg => each!(registers, results, direct, i, |a, b| -(a * b)),
                    Code::Map1(op) => {
                        let (dst, others) = Others::of(registers, &mut results, direct, i.dst);
                        (op.map)(others.get(i.a), dst);
                    }
                    Code::Map2(op) => {
                        let (dst, others) = Others::of(registers, &mut results, direct, i.dst);
                        (op.zip)(others.get(i.a), others.get(i.b), dst);
                    }
                    Code::Map3(op) => each!(registers, results, direct, i, |a, b, c| (op.f)(a, b, c)),
                    Code::Both(both) if i.a >= DIRECT => {
                        if let Ok([first, second]) = registers.get_disjoint_mut([i.dst as usize, i.b as usize]) {
                            (both.slices)(direct[(i.a - DIRECT) as usize % MOST_DIRECT], &mut first.0, &mut second.0);
                        }
                    }
                    Code::Both(both) => {
                        if let Ok([first, second, number]) =
                            registers.get_disjoint_mut([i.dst as usize, i.b as usize, i.a as usize])
                        {
                            (both.slices)(&number.0, &mut first.0, &mut second.0);
                        }
                    }
                    Code::Load => load(&self.sources[i.a as usize], at, n, &mut registers[i.dst as usize].0),
                    Code::Store => {
                        let values = lanes_of(registers, direct, i.a);
                        copy(&values[..n], &mut results.outputs[i.dst as usize][from..from + n]);
                    }
                    Code::Sum => {
                        let (total, values) = (&mut self.totals[i.dst as usize].0, lanes_of(registers, direct, i.a));
                        if n == L {
                            for lane in 0..L {
                                total[lane] += values[lane];
                            }
                        } else {
                            total.iter_mut().zip(&values[..n]).for_each(|(total, value)| *total += value);
                        }
                    }
                }
            }
            if n < L {
                for i in self.code.iter().filter(|i| i.dst >= DIRECT) {
                    let which = (i.dst - DIRECT) as usize;
                    copy(&self.spilled[which].0[..n], &mut self.outputs[which][from..from + n]);
                }
            }
            at += n;
        }
    }
}

/// What is written where it belongs; the lanes of a last block, which is not full, on the side.
struct Results<'r, 'o, const L: usize> {
    outputs: &'r mut [&'o mut [f64]],
    spilled: &'r mut [Lanes<L>],
    from: usize,
    is_full: bool,
}

impl<const L: usize> Results<'_, '_, L> {
    #[inline(always)]
    fn block(&mut self, which: usize) -> &mut [f64; L] {
        match self.is_full {
            true => self.outputs[which][self.from..].first_chunk_mut().expect("a full block"),
            false => &mut self.spilled[which].0,
        }
    }
}

/// All registers but one, and the operands read where they lie.
struct Others<'r, const L: usize> {
    low: &'r [Lanes<L>],
    high: &'r [Lanes<L>],
    direct: &'r Direct<'r, L>,
}

/// The lanes of operands in this block.
type Direct<'r, const L: usize> = [&'r [f64; L]; MOST_DIRECT];

impl<'r, const L: usize> Others<'r, L> {
    #[inline(always)]
    fn of(
        registers: &'r mut [Lanes<L>],
        results: &'r mut Results<'_, '_, L>,
        direct: &'r Direct<'r, L>,
        one: u32,
    ) -> (&'r mut [f64; L], Others<'r, L>) {
        if one >= DIRECT {
            return (results.block((one - DIRECT) as usize), Others { low: registers, high: &[], direct });
        }
        let (low, rest) = registers.split_at_mut(one as usize);
        let (dst, high) = rest.split_first_mut().expect("a register of the program");
        (&mut dst.0, Others { low, high, direct })
    }

    #[inline(always)]
    fn get(&self, at: u32) -> &'r [f64; L] {
        let at = at as usize;
        if at < self.low.len() {
            &self.low[at].0
        } else if at < DIRECT as usize {
            &self.high[at - self.low.len() - 1].0
        } else {
            self.direct[(at - DIRECT as usize) % MOST_DIRECT]
        }
    }
}

/// The lanes of one value.
#[inline(always)]
fn lanes_of<'r, const L: usize>(registers: &'r [Lanes<L>], direct: &'r Direct<'r, L>, at: u32) -> &'r [f64; L] {
    if at < DIRECT { &registers[at as usize].0 } else { direct[(at - DIRECT) as usize % MOST_DIRECT] }
}

impl<'a> Source<'a> {
    /// The elements of a full block, if they are neighbours in memory.
    #[inline(always)]
    fn neighbours<const L: usize>(&self, at: usize, n: usize) -> Option<&'a [f64; L]> {
        match self.view {
            View::Flat { offset } if n == L => self.base[offset + at..].first_chunk(),
            View::Padded { offset, start, len } if n == L && at >= start && at + L <= start + len => {
                self.base[offset + at - start..].first_chunk()
            }
            _ => None,
        }
    }
}

static ZEROS: Lanes<WIDE> = Lanes([0.0; WIDE]);

/// Elements `at..at + n` of an operand.
#[inline(always)]
fn load<const L: usize>(source: &Source, at: usize, n: usize, to: &mut [f64; L]) {
    let base = source.base;
    match source.view {
        View::Flat { offset } if n == L => to.copy_from_slice(&base[offset + at..offset + at + L]),
        View::Flat { offset } => copy(&base[offset + at..offset + at + n], &mut to[..n]),
        View::Repeat { offset, len, inner } => {
            let (mut place, mut left) = (at / inner % len, inner - at % inner);
            let mut done = 0;
            while done < n {
                if inner == 1 {
                    let run = (len - place).min(n - done);
                    to[done..done + run].copy_from_slice(&base[offset + place..offset + place + run]);
                    done += run;
                    place = 0;
                    continue;
                }
                let run = left.min(n - done);
                to[done..done + run].fill(base[offset + place]);
                done += run;
                left = inner;
                place = if place + 1 == len { 0 } else { place + 1 };
            }
        }
        View::Middle { offset, rows, period, width } => {
            let (mut row, mut place) = (at / period % rows, at % width);
            let mut left = period - at % period;
            let mut done = 0;
            while done < n {
                let run = (width - place).min(n - done);
                let from = &base[offset + row * width + place..][..run];
                // a call to copy a few elements costs more than they do
                to[done..done + run].iter_mut().zip(from).for_each(|(to, x)| *to = *x);
                done += run;
                left -= run;
                place = 0;
                if left == 0 {
                    left = period;
                    row = if row + 1 == rows { 0 } else { row + 1 };
                }
            }
        }
        View::Padded { offset, start, len } => {
            let from = start.clamp(at, at + n);
            let end = (start + len).clamp(at, at + n);
            if L <= NARROW {
                *to = [ABSENT; L]
            } else {
                to[..n].fill(ABSENT)
            }
            if from < end {
                copy(&base[offset + from - start..offset + end - start], &mut to[from - at..end - at]);
            }
        }
    }
}
