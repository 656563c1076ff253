//! A program as a person reads it.

use super::Program;
use super::code::{Code, DIRECT, Instruction, LAST};
use super::plan::{Call, Loop, Place, Step};
use crate::tape::Attr;

/// A register of a loop, or an operand read where it lies.
fn lane(at: u32) -> String {
    if at < DIRECT { format!("r{at}") } else { format!("x{}", at - DIRECT) }
}

/// Where an instruction of a loop or of a list of scalars writes.
fn result(i: &Instruction) -> String {
    match i.code {
        Code::Both(..) => format!("r{}, r{}", i.dst, i.b),
        Code::Store | Code::Sum => format!("y{}", i.dst),
        _ if i.dst >= DIRECT => format!("y{}", i.dst - DIRECT),
        _ => format!("r{}", i.dst),
    }
}

fn list_pass(pass: &Loop, lines: &mut Vec<String>) {
    lines.push(format!("for {} elements in lanes:", pass.size));
    for i in &pass.code {
        let operands: Vec<String> = [i.a, i.b, i.c].iter().take(i.code.reads()).map(|at| lane(*at)).collect();
        lines.push(format!("  {} = {} {}", result(i), i.code.name(), operands.join(", ")));
    }
}

impl Program {
    /// One line an instruction.
    pub fn listing(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for step in &self.plan.steps {
            match step {
                Step::Points(code) => {
                    for (at, i) in code.iter().enumerate() {
                        let slot = |slot: u32| if slot == LAST { code[at - 1].dst } else { slot };
                        let operands: Vec<String> =
                            [i.a, i.b, i.c].into_iter().take(i.code.reads()).map(|at| self.slot(slot(at))).collect();
                        lines.push(format!("{} = {} {}", result(i), i.code.name(), operands.join(", ")));
                    }
                }
                Step::Loop(pass) => list_pass(pass, &mut lines),
                Step::Pipeline(pipeline) => {
                    lines.push("chunk by chunk:".to_string());
                    pipeline.passes.iter().for_each(|pass| list_pass(pass, &mut lines));
                }
                Step::Call(call) => {
                    let operands: Vec<String> =
                        call.operands.iter().enumerate().map(|(i, (place, _))| self.operand(call, i, *place)).collect();
                    lines.push(format!("{} = {} {}", self.place(call.to), call.row.name, operands.join(", ")));
                }
                Step::Pick { buffer, at, slot } => lines.push(format!("r{slot} = b{buffer}[{at}]")),
            }
        }
        lines
    }

    fn slot(&self, slot: u32) -> String {
        match self.plan.numbers.iter().find(|(other, _)| *other == slot) {
            Some((_, number)) => number.to_string(),
            None => format!("r{slot}"),
        }
    }

    fn operand(&self, call: &Call, which: usize, place: Place) -> String {
        match call.attr {
            Attr::Turned(turned) if turned[which] => format!("{}ᵀ", self.place(place)),
            _ => self.place(place),
        }
    }

    fn place(&self, place: Place) -> String {
        match place {
            Place::Slot(slot) => self.slot(slot),
            Place::Buffer { index, .. } => format!("b{index}"),
        }
    }
}
