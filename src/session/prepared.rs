//! Statements to be run again and again, for `:time` and `:program`: recorded and compiled once.

use super::transaction::Effects;
use super::{Data, Session, data, top_level};
use crate::diagnostic::Diagnostic;
use crate::eval::{Evaluator, Stop, TableProgram};
use crate::interrupt;
use crate::program::Program;
use crate::syntax::tree::{Expr, Statement, StmtKind};
use crate::value::{Function, UserFunction, Value};

/// A statement that was made ready.
pub struct Prepared {
    statement: Statement,
    work: Work,
    value: Data,
}

/// What there is to run.
enum Work {
    Program(Box<Program>),
    Table(Box<TableProgram>),
    /// Nothing depends on a variable, or the statement computes no value: it is evaluated each time.
    Statement,
}

impl Prepared {
    /// What the statement is worth.
    pub fn value(&self) -> &Data {
        &self.value
    }

    /// The value that the last run of the program computed; the first of them with derivatives.
    pub fn computed(&self) -> Option<Vec<f64>> {
        self.program().map(|program| program.output(0).to_vec())
    }

    /// Everything the last run computed: values, then derivatives.
    pub fn outputs(&self) -> Vec<Vec<f64>> {
        let program = self.program().into_iter();
        program.flat_map(|program| (0..program.outputs()).map(|number| program.output(number).to_vec())).collect()
    }

    /// The instructions, one a line; `None` if there is no program.
    pub fn listing(&self) -> Option<Vec<String>> {
        self.program().map(Program::listing)
    }

    fn program(&self) -> Option<&Program> {
        match &self.work {
            Work::Program(program) => Some(program),
            _ => None,
        }
    }
}

impl Session {
    /// Records a statement, with the derivatives it asks for, and compiles it. Nothing of it stays in the session.
    ///
    /// Errors: those of the statement.
    pub fn prepare(&mut self, statement: &Statement) -> Result<Prepared, Diagnostic> {
        let resolved = self.transaction(Effects::TakenBack, None, |evaluator| evaluator.resolve(statement))?;
        let statement = resolved.as_ref().unwrap_or(statement);
        let (work, value) = self.transaction(Effects::TakenBack, None, |evaluator| compiled(evaluator, statement))?;
        Ok(Prepared { statement: statement.clone(), work, value })
    }

    /// Computes it once more, from the values of the variables when it was made ready.
    pub fn run_prepared(&mut self, prepared: &mut Prepared) -> Result<(), Diagnostic> {
        self.run_prepared_times(prepared, 1)
    }

    /// Computes it so many times more, each time anew.
    pub fn run_prepared_times(&mut self, prepared: &mut Prepared, times: usize) -> Result<(), Diagnostic> {
        match &mut prepared.work {
            Work::Program(program) => repeat(times, || program.run().is_ok()),
            Work::Table(table) => repeat(times, || table.run().is_ok()),
            Work::Statement => {
                let statement = prepared.statement.clone();
                (0..times).try_for_each(|_| {
                    self.transaction(Effects::TakenBack, None, |evaluator| {
                        top_level(evaluator, &statement.tree, &statement.stmt).map(|_| ())
                    })?;
                    // a short evaluation ends before it notices Ctrl-C, and the next one would forget it
                    if interrupt::is_requested() { Err(Diagnostic::interrupted()) } else { Ok(()) }
                })
            }
        }
    }
}

/// Runs something again and again, until it was interrupted.
fn repeat(times: usize, mut run: impl FnMut() -> bool) -> Result<(), Diagnostic> {
    let all = interrupt::during(|| (0..times).all(|_| run() && !interrupt::is_requested()));
    if all { Ok(()) } else { Err(Diagnostic::interrupted()) }
}

fn compiled(evaluator: &mut Evaluator, statement: &Statement) -> Result<(Work, Data), Stop> {
    let tree = &statement.tree;
    let (program, value) = match &statement.stmt.kind {
        StmtKind::Expr(id) | StmtKind::Assign { value: id, .. } => evaluator.compiled(tree, *id, None)?,
        StmtKind::At { body, at } | StmtKind::AssignAt { body, at, .. }
            if at.points.iter().all(|point| !point.many) =>
        {
            evaluator.compiled(tree, *body, Some(at))?
        }
        StmtKind::Define { name, name_span, lambda, at: Some(at) } if at.points.iter().all(|point| !point.many) => {
            let function = UserFunction {
                name: Some(*name),
                tree: tree.clone(),
                lambda: lambda.clone(),
                captured: Default::default(),
            };
            let function = Value::function(Function::User(function));
            let assigned = evaluator.assign_global(*name, function, false);
            assigned.map_err(|fault| evaluator.fault_at(tree, *name_span, fault))?;
            let mut named = tree.copied();
            let body = named.push(Expr::Name(*name), *name_span);
            evaluator.compiled(&named.into(), body, Some(at))?
        }
        StmtKind::At { body, at } => {
            let table = evaluator.table_program(tree, *body, at)?;
            let work = table.map_or(Work::Statement, |table| Work::Table(Box::new(table)));
            return Ok((work, Data::None("a table".into())));
        }
        _ => {
            top_level(evaluator, tree, &statement.stmt)?;
            (None, Value::nothing("a statement without a value"))
        }
    };
    let shown = data(evaluator.numbers, &value);
    Ok((program.map_or(Work::Statement, |program| Work::Program(Box::new(program))), shown))
}
