//! Instructions over registers, and how a list of them gets its registers.

use super::quick::{QuickMap, QuickSet};
use crate::kernels::elementary::{point, slices};
use crate::ops;
use crate::tape::{Map1, Map2, Map3, Op, Row};

/// What an instruction does. Arithmetic, comparison and selection run inside the interpreter's own loops; any other
/// row brings its function and its loop along.
#[derive(Clone, Copy)]
pub enum Code {
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    Abs,
    Sqrt,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Select,
    KeepWhere,
    DropWhere,
    Live,
    LivePart,
    LogSlope,
    // two at once, `c` with the result of the first: the step between them needs no register
    AddAdd,
    AddSub,
    AddFrom,
    AddMul,
    SubAdd,
    SubSub,
    SubFrom,
    SubMul,
    MulAdd,
    MulSub,
    MulFrom,
    MulMul,
    MulNeg,
    Map1(&'static Map1),
    Map2(&'static Map2),
    Map3(&'static Map3),
    /// Two functions of one number, to two results.
    Both(&'static Both),
    /// A block of elements of operand number `a`.
    Load,
    /// A block of elements to result number `dst`.
    Store,
    /// Adds a block to sum number `dst`.
    Sum,
}

/// Two functions of one number that cost hardly more than one of them.
pub struct Both {
    pub name: &'static str,
    first: &'static Row,
    second: &'static Row,
    /// The second is that of the number with the other sign.
    is_negated: bool,
    pub point: fn(f64) -> (f64, f64),
    pub slices: fn(&[f64], &mut [f64], &mut [f64]),
}

static BOTH: [Both; 3] = [
    Both {
        name: "sincos",
        first: &ops::SIN,
        second: &ops::COS,
        is_negated: false,
        point: point::sin_cos,
        slices: slices::sin_cos,
    },
    Both {
        name: "tanh_sech2",
        first: &ops::TANH,
        second: &ops::SECH2,
        is_negated: false,
        point: point::tanh_sech2,
        slices: slices::tanh_sech2,
    },
    Both {
        name: "sigmoids",
        first: &ops::SIGMOID,
        second: &ops::SIGMOID,
        is_negated: true,
        point: point::sigmoids,
        slices: slices::sigmoids,
    },
];

/// Operands of a loop from this number on are not registers but its loads, read where they lie; results from this
/// number on are its stores, written where they belong.
pub const DIRECT: u32 = 1 << 24;

/// As an operand of a list of scalars: the result of the instruction before.
pub const LAST: u32 = u32::MAX;

/// So many loads can be read where they lie.
pub const MOST_DIRECT: usize = 16;

/// `dst = code(a, b, c)`; with [`Code::Both`] `b` is the second result.
#[derive(Clone, Copy)]
pub struct Instruction {
    pub code: Code,
    pub dst: u32,
    pub a: u32,
    pub b: u32,
    pub c: u32,
}

impl Code {
    /// The instruction of an elementwise row.
    pub fn of(row: &'static Row) -> Option<Code> {
        const INLINE: [(&Row, Code); 19] = [
            (&ops::ADD, Code::Add),
            (&ops::SUB, Code::Sub),
            (&ops::MUL, Code::Mul),
            (&ops::DIV, Code::Div),
            (&ops::NEG, Code::Neg),
            (&ops::ABS, Code::Abs),
            (&ops::SQRT, Code::Sqrt),
            (&ops::LESS, Code::Less),
            (&ops::LESS_EQUAL, Code::LessEqual),
            (&ops::GREATER, Code::Greater),
            (&ops::GREATER_EQUAL, Code::GreaterEqual),
            (&ops::EQUAL, Code::Equal),
            (&ops::NOT_EQUAL, Code::NotEqual),
            (&ops::SELECT, Code::Select),
            (&ops::KEEP_WHERE, Code::KeepWhere),
            (&ops::DROP_WHERE, Code::DropWhere),
            (&ops::LIVE, Code::Live),
            (&ops::LIVE_PART, Code::LivePart),
            (&ops::LOG_SLOPE, Code::LogSlope),
        ];
        if let Some((_, code)) = INLINE.iter().find(|(other, _)| std::ptr::eq(row, *other)) {
            return Some(*code);
        }
        match &row.op {
            Op::Map1(op) => Some(Code::Map1(op)),
            Op::Map2(op) => Some(Code::Map2(op)),
            Op::Map3(op) => Some(Code::Map3(op)),
            _ => None,
        }
    }

    /// As a listing shows it.
    pub fn name(self) -> &'static str {
        match self {
            Code::Add => "add",
            Code::Sub => "sub",
            Code::Mul => "mul",
            Code::Div => "div",
            Code::Neg => "neg",
            Code::Abs => "abs",
            Code::Sqrt => "sqrt",
            Code::Less => "less",
            Code::LessEqual => "less_equal",
            Code::Greater => "greater",
            Code::GreaterEqual => "greater_equal",
            Code::Equal => "equal",
            Code::NotEqual => "not_equal",
            Code::Select => "where",
            Code::KeepWhere => "keep_where",
            Code::DropWhere => "drop_where",
            Code::Live => "live",
            Code::LivePart => "live_part",
            Code::LogSlope => "log_slope",
            Code::AddAdd => "add_add",
            Code::AddSub => "add_sub",
            Code::AddFrom => "add_from",
            Code::AddMul => "add_mul",
            Code::SubAdd => "sub_add",
            Code::SubSub => "sub_sub",
            Code::SubFrom => "sub_from",
            Code::SubMul => "sub_mul",
            Code::MulAdd => "mul_add",
            Code::MulSub => "mul_sub",
            Code::MulFrom => "mul_from",
            Code::MulMul => "mul_mul",
            Code::MulNeg => "mul_neg",
            Code::Map1(..) | Code::Map2(..) | Code::Map3(..) => self.row().map_or("", |row| row.name),
            Code::Both(both) => both.name,
            Code::Load => "load",
            Code::Store => "store",
            Code::Sum => "sum",
        }
    }

    /// Both at once, where the result of the first is operand number `which` of the second.
    fn pair(inner: Code, outer: Code, which: usize) -> Option<Code> {
        Some(match (inner, outer, which) {
            (Code::Add, Code::Add, _) => Code::AddAdd,
            (Code::Add, Code::Sub, 0) => Code::AddSub,
            (Code::Add, Code::Sub, _) => Code::AddFrom,
            (Code::Add, Code::Mul, _) => Code::AddMul,
            (Code::Sub, Code::Add, _) => Code::SubAdd,
            (Code::Sub, Code::Sub, 0) => Code::SubSub,
            (Code::Sub, Code::Sub, _) => Code::SubFrom,
            (Code::Sub, Code::Mul, _) => Code::SubMul,
            (Code::Mul, Code::Add, _) => Code::MulAdd,
            (Code::Mul, Code::Sub, 0) => Code::MulSub,
            (Code::Mul, Code::Sub, _) => Code::MulFrom,
            (Code::Mul, Code::Mul, _) => Code::MulMul,
            (Code::Mul, Code::Neg, _) => Code::MulNeg,
            _ => return None,
        })
    }

    /// The row that an instruction brought along.
    fn row(self) -> Option<&'static Row> {
        ops::rows().find(|row| match (&row.op, self) {
            (Op::Map1(op), Code::Map1(own)) => std::ptr::eq(op, own),
            (Op::Map2(op), Code::Map2(own)) => std::ptr::eq(op, own),
            (Op::Map3(op), Code::Map3(own)) => std::ptr::eq(op, own),
            _ => false,
        })
    }

    /// Whether it is the function of this row of one operand.
    pub fn is_map(self, row: &'static Row) -> bool {
        matches!((self, &row.op), (Code::Map1(own), Op::Map1(op)) if std::ptr::eq(op, own))
    }

    /// How many registers it reads.
    pub fn reads(self) -> usize {
        match self {
            Code::Load => 0,
            Code::Neg
            | Code::Abs
            | Code::Sqrt
            | Code::LogSlope
            | Code::Map1(..)
            | Code::Store
            | Code::Sum
            | Code::Both(..) => 1,
            Code::Select | Code::Map3(..) => 3,
            Code::AddAdd
            | Code::AddSub
            | Code::AddFrom
            | Code::AddMul
            | Code::SubAdd
            | Code::SubSub
            | Code::SubFrom
            | Code::SubMul
            | Code::MulAdd
            | Code::MulSub
            | Code::MulFrom
            | Code::MulMul => 3,
            _ => 2,
        }
    }

    /// Whether it writes a register.
    pub fn writes(self) -> bool {
        !matches!(self, Code::Store | Code::Sum)
    }
}

/// Joins arithmetic whose result only one other arithmetic instruction reads to that one: every instruction saved is a
/// store, a load and a turn of the interpreter. `is_temporary` tells which results nobody else may read.
pub fn join_pairs(code: &mut Vec<Instruction>, is_temporary: impl Fn(u32) -> bool) {
    let count = count_of_values(code);
    let mut reads_of = vec![0_u32; count];
    for instruction in code.iter() {
        for &value in reads(instruction)[..instruction.code.reads()].iter().filter(|value| **value < DIRECT) {
            reads_of[value as usize] += 1;
        }
    }
    let mut written: Vec<Option<u32>> = vec![None; count];
    let mut joined = vec![false; code.len()];
    for at in 0..code.len() {
        let outer = code[at];
        let count = match outer.code {
            Code::Add | Code::Sub | Code::Mul => 2,
            Code::Neg => 1,
            _ => 0,
        };
        for (which, value) in [outer.a, outer.b].into_iter().take(count).enumerate() {
            let first = if value < DIRECT { written[value as usize] } else { None };
            let Some(first) = first.filter(|_| reads_of[value as usize] == 1 && is_temporary(value)) else { continue };
            let first = first as usize;
            let inner = code[first];
            let Some(pair) = Code::pair(inner.code, outer.code, which) else { continue };
            let other = if which == 0 { outer.b } else { outer.a };
            code[at] = Instruction { code: pair, dst: outer.dst, a: inner.a, b: inner.b, c: other };
            joined[first] = true;
            break;
        }
        if code[at].code.writes() && code[at].dst < DIRECT {
            written[code[at].dst as usize] = Some(at as u32);
        }
    }
    drop_marked(code, &joined);
}

/// Lets instructions have the result of the one before from a register of the machine rather than from memory.
pub fn chain(code: &mut [Instruction]) {
    for at in 1..code.len() {
        let before = code[at - 1];
        code[at].rename_operand(before.dst, LAST);
    }
}

/// Puts numbers second in sums and products, where loops over lanes look for them.
pub fn numbers_second(code: &mut [Instruction], numbers: u32) {
    for i in code {
        let commutes =
            matches!(i.code, Code::Add | Code::Mul | Code::AddAdd | Code::AddSub | Code::AddFrom | Code::AddMul)
                || matches!(i.code, Code::MulAdd | Code::MulSub | Code::MulFrom | Code::MulMul | Code::MulNeg);
        if commutes && i.a < numbers {
            std::mem::swap(&mut i.a, &mut i.b);
        }
    }
}

/// Lets two functions of one number be computed by one instruction, in the place of the earlier one. What changed the
/// sign for one of them goes if nobody else reads it; `is_temporary` tells which results nobody else may read.
pub fn pair_functions(code: &mut Vec<Instruction>, is_temporary: impl Fn(u32) -> bool) {
    let negated: QuickMap<u32, u32> =
        code.iter().filter(|i| matches!(i.code, Code::Neg)).map(|i| (i.dst, i.a)).collect();
    let mut joined = vec![false; code.len()];
    for both in &BOTH {
        // by argument, the first of either function
        let mut seen: [QuickMap<u32, usize>; 2] = Default::default();
        for at in 0..code.len() {
            let i = code[at];
            let argument = if both.is_negated { negated.get(&i.a).copied() } else { None };
            let which = match argument {
                _ if i.code.is_map(both.first) && argument.is_none() => 0,
                None if i.code.is_map(both.second) && !both.is_negated => 1,
                Some(_) if i.code.is_map(both.second) => 1,
                _ => continue,
            };
            let argument = argument.unwrap_or(i.a);
            match seen[1 - which].get(&argument).copied().filter(|&first| !joined[first]) {
                Some(first) if matches!(code[first].code, Code::Map1(..)) => {
                    let (dst, b) = if which == 0 { (i.dst, code[first].dst) } else { (code[first].dst, i.dst) };
                    code[first] = Instruction { code: Code::Both(both), dst, a: argument, b, c: 0 };
                    joined[at] = true;
                }
                _ => {
                    seen[which].entry(argument).or_insert(at);
                }
            }
        }
    }
    drop_marked(code, &joined);
    if joined.contains(&true) {
        let read: QuickSet<u32> = code.iter().flat_map(|i| reads(i).into_iter().take(i.code.reads())).collect();
        code.retain(|i| !matches!(i.code, Code::Neg) || read.contains(&i.dst) || !is_temporary(i.dst));
    }
}

/// Lets what is only computed to be stored be written where it belongs.
pub fn store_directly(code: &mut Vec<Instruction>) {
    let mut reads_of: QuickMap<u32, u32> = QuickMap::default();
    let mut written: QuickMap<u32, usize> = QuickMap::default();
    for (at, instruction) in code.iter().enumerate() {
        for value in &reads(instruction)[..instruction.code.reads()] {
            *reads_of.entry(*value).or_default() += 1;
        }
        if instruction.code.writes() && !matches!(instruction.code, Code::Both(..)) {
            written.insert(instruction.dst, at);
        }
    }
    let mut direct = vec![false; code.len()];
    for at in 0..code.len() {
        let store = code[at];
        if let (Code::Store, Some(&first), Some(1)) = (store.code, written.get(&store.a), reads_of.get(&store.a)) {
            code[first].dst = DIRECT + store.dst;
            direct[at] = true;
        }
    }
    drop_marked(code, &direct);
}

/// Puts the values of a straight list of instructions, each written once, into as few registers as a scan finds.
///
/// Registers below `pinned` hold their values throughout. A result never gets the register of one of its operands.
/// Gives the number of registers.
pub fn assign_registers(code: &mut [Instruction], pinned: u32) -> u32 {
    let count = count_of_values(code).max(pinned as usize);
    let mut last_use = vec![usize::MAX; count];
    for (at, instruction) in code.iter().enumerate() {
        for value in reads(instruction)[..instruction.code.reads()].iter().filter(|value| **value < DIRECT) {
            last_use[*value as usize] = at;
        }
    }
    let mut places: Vec<u32> = (0..count as u32).collect();
    let mut free: Vec<u32> = Vec::new();
    let mut next = pinned;
    for (at, instruction) in code.iter_mut().enumerate() {
        let before = *instruction;
        let operands = reads(&before);
        let used = &operands[..before.code.reads()];
        for (slot, value) in [&mut instruction.a, &mut instruction.b, &mut instruction.c].into_iter().zip(used) {
            *slot = if *value < DIRECT { places[*value as usize] } else { *value };
        }
        let mut fresh = |value: u32, places: &mut [u32]| {
            if value < pinned || value >= DIRECT {
                return value;
            }
            let register = free.pop().unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            places[value as usize] = register;
            register
        };
        let mut written = [None; 2];
        if before.code.writes() {
            instruction.dst = fresh(before.dst, &mut places);
            written[0] = Some(before.dst);
        }
        if let Code::Both(..) = before.code {
            instruction.b = fresh(before.b, &mut places);
            written[1] = Some(before.b);
        }
        for (i, value) in used.iter().enumerate() {
            if *value < DIRECT && last_use[*value as usize] == at && *value >= pinned && !used[..i].contains(value) {
                free.push(places[*value as usize]);
            }
        }
        // what nobody reads needs its register no longer
        let unread = |value: &u32| *value >= pinned && *value < DIRECT && last_use[*value as usize] == usize::MAX;
        for value in written.into_iter().flatten().filter(unread) {
            free.push(places[value as usize]);
        }
    }
    next
}

/// One more than the largest number of a value that is read or written.
fn count_of_values(code: &[Instruction]) -> usize {
    let written = |i: &Instruction| [i.dst, if let Code::Both(..) = i.code { i.b } else { 0 }];
    let read = |i: &Instruction| reads(i)[..i.code.reads()].iter().copied().max().unwrap_or(0);
    let values = code.iter().flat_map(|i| written(i).into_iter().chain([read(i)])).filter(|value| *value < DIRECT);
    values.max().map_or(0, |last| last as usize + 1)
}

fn drop_marked(code: &mut Vec<Instruction>, marked: &[bool]) {
    let mut at = 0;
    code.retain(|_| {
        at += 1;
        !marked[at - 1]
    });
}

fn reads(instruction: &Instruction) -> [u32; 3] {
    [instruction.a, instruction.b, instruction.c]
}

impl Instruction {
    pub fn reads_from(&self, register: u32) -> bool {
        reads(self)[..self.code.reads()].contains(&register)
    }

    pub fn writes_to(&self, register: u32) -> bool {
        self.code.writes() && self.dst == register || matches!(self.code, Code::Both(..)) && self.b == register
    }

    /// Writes to `to` what it wrote to `from`.
    pub fn rename_result(&mut self, from: u32, to: u32) {
        if self.code.writes() && self.dst == from {
            self.dst = to;
        }
        if matches!(self.code, Code::Both(..)) && self.b == from {
            self.b = to;
        }
    }

    /// Reads from `to` what it read from `from`.
    pub fn rename_operand(&mut self, from: u32, to: u32) {
        let count = self.code.reads();
        let operands = [&mut self.a, &mut self.b, &mut self.c];
        operands.into_iter().take(count).filter(|slot| **slot == from).for_each(|slot| *slot = to);
    }
}
