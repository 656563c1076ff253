//! Instructions over registers, and how a list of them gets its registers.

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
    Map1(&'static Map1),
    Map2(&'static Map2),
    Map3(&'static Map3),
    /// Sine to the first result, cosine to the second.
    SinCos,
    /// A block of elements of operand number `a`.
    Load,
    /// A block of elements to result number `dst`.
    Store,
    /// Adds a block to sum number `dst`.
    Sum,
}

/// `dst = code(a, b, c)`; with [`Code::SinCos`] `b` is the second result.
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
            Code::Map1(..) | Code::Map2(..) | Code::Map3(..) => self.row().map_or("", |row| row.name),
            Code::SinCos => "sincos",
            Code::Load => "load",
            Code::Store => "store",
            Code::Sum => "sum",
        }
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
            | Code::SinCos => 1,
            Code::Select | Code::Map3(..) => 3,
            _ => 2,
        }
    }

    /// Whether it writes a register.
    pub fn writes(self) -> bool {
        !matches!(self, Code::Store | Code::Sum)
    }
}

/// Puts the values of a straight list of instructions, each written once, into as few registers as a scan finds.
///
/// Registers below `pinned` hold their values throughout. A result never gets the register of one of its operands.
/// Gives the number of registers.
pub fn assign_registers(code: &mut [Instruction], pinned: u32) -> u32 {
    let values = code.iter().map(|i| i.dst.max(if matches!(i.code, Code::SinCos) { i.b } else { 0 })).max();
    let count = values.map_or(0, |last| last + 1).max(pinned) as usize;
    let mut last_use = vec![usize::MAX; count];
    for (at, instruction) in code.iter().enumerate() {
        for value in &reads(instruction)[..instruction.code.reads()] {
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
            *slot = places[*value as usize];
        }
        let mut fresh = |value: u32, places: &mut [u32]| {
            if value < pinned {
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
        if let Code::SinCos = before.code {
            instruction.b = fresh(before.b, &mut places);
            written[1] = Some(before.b);
        }
        for (i, value) in used.iter().enumerate() {
            let is_last = last_use[*value as usize] == at && *value >= pinned && !used[..i].contains(value);
            if is_last {
                free.push(places[*value as usize]);
            }
        }
        // what nobody reads needs its register no longer
        let unread = |value: &u32| *value >= pinned && last_use[*value as usize] == usize::MAX;
        for value in written.into_iter().flatten().filter(unread) {
            free.push(places[value as usize]);
        }
    }
    next
}

fn reads(instruction: &Instruction) -> [u32; 3] {
    [instruction.a, instruction.b, instruction.c]
}
