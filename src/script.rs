//! Scripts: texts, files and standard input, run statement by statement as they come.
//!
//! Results go to one buffered writer that is flushed whenever the input pauses; errors go to stderr.

mod lines;

use std::fs::File;
use std::io::{ErrorKind, Read, Write, stderr, stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::commands::{self, Effect};
use crate::diagnostic::{Diagnostic, Kind};
use crate::report::{Style, diagnostic_json, diagnostic_text, printed, reply};
use crate::session::{Outcome, Reply, Session};
use crate::source::{Source, Span};
use crate::syntax::tree::{Statement, StmtKind};
use crate::syntax::{Next, next_statement};
use crate::{bug, interrupt};

use lines::Lines;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All was run; errors may have been passed over.
    Done,
    /// At an error.
    Failed,
    /// By `:quit`.
    Quit,
    Interrupted,
    /// Nobody reads the results any more.
    PipeClosed,
    /// Results cannot be written.
    CannotWrite,
}

/// Runs statements in a session and writes what they give.
pub struct Runner {
    pub session: Session,
    pub out_style: Style,
    pub err_style: Style,
    /// At the prompt assignments and readings are echoed.
    pub echo: bool,
    keep_going: bool,
    failed: bool,
    out: String,
    flushed: Instant,
    /// How many scripts run each other.
    depth: usize,
}

/// Results wait until there are so many bytes of them, or the input pauses.
const FLUSH_AT: usize = 1 << 16;

/// Bytes that are written before Ctrl-C is looked for again.
const WRITTEN_AT_ONCE: usize = 1 << 13;

/// Nobody should wait longer than this for a result while the next ones are computed.
const PATIENCE: Duration = Duration::from_millis(50);

/// A script that runs itself would go on for ever.
const DEEPEST: usize = 50;

impl Runner {
    pub fn new(session: Session, out_style: Style, err_style: Style, keep_going: bool) -> Runner {
        Runner {
            session,
            out_style,
            err_style,
            echo: false,
            keep_going,
            failed: false,
            out: String::new(),
            flushed: Instant::now(),
            depth: 0,
        }
    }

    /// Writes what is left and gives the exit code.
    pub fn finish(&mut self, ended: Ended) -> u8 {
        let ended = match (ended, self.write(false)) {
            (Ended::Done | Ended::Failed | Ended::Quit, Some(problem)) => problem,
            _ => ended,
        };
        match ended {
            Ended::Done => self.failed as u8,
            Ended::Quit | Ended::PipeClosed => 0,
            Ended::Interrupted => interrupt::EXIT_CODE,
            Ended::Failed => 1,
            Ended::CannotWrite => {
                let _ = stderr().write_all(b"error: cannot write the results\n");
                1
            }
        }
    }

    /// `-e`: a unit of its own, which must be complete.
    pub fn text(&mut self, text: &str) -> Ended {
        self.whole(&Source::new("", text, 1))
    }

    pub fn file(&mut self, path: &str) -> Ended {
        match File::open(path) {
            Ok(file) => self.stream(file, path),
            Err(error) => self.fail(&cannot_read(path, &error)),
        }
    }

    pub fn stdin(&mut self) -> Ended {
        self.stream(stdin().lock(), "")
    }

    /// `--load`
    pub fn load(&mut self, path: &str) -> Ended {
        match self.session.load(path) {
            Ok(()) => Ended::Done,
            Err(diagnostic) => self.fail(&diagnostic),
        }
    }

    /// All statements of a text that is complete.
    pub fn whole(&mut self, source: &Rc<Source>) -> Ended {
        match self.statements(source) {
            Ok((_, None)) => Ended::Done,
            Ok((start, Some(incomplete))) => self.fail(&self.session.explain(incomplete, source, start)),
            Err(ended) => ended,
        }
    }

    /// Statements as they come; a `#!` line is a comment like any other.
    fn stream(&mut self, mut input: impl Read, name: &str) -> Ended {
        let mut lines = Lines::default();
        while !lines.is_at_end() {
            // reading may take long: nobody should wait for what is known already
            if let Some(problem) = self.flush() {
                return problem;
            }
            if let Err(error) = lines.read(&mut input) {
                return self.fail(&cannot_read(name, &error));
            }
            let (first_line, at_end) = (lines.first_line(), lines.is_at_end());
            let Some(bytes) = lines.ready() else { continue };
            match self.bytes(bytes, name, first_line, at_end) {
                Ok(used) => lines.consume(used),
                Err(ended) => return ended,
            }
        }
        Ended::Done
    }

    /// Runs what is complete in these lines; how many bytes are done with.
    fn bytes(&mut self, bytes: &[u8], name: &str, first_line: usize, at_end: bool) -> Result<usize, Ended> {
        let (text, bad) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to there");
                // the lines before the bad one can run
                (&valid[..valid.rfind('\n').map_or(0, |at| at + 1)], Some(error.valid_up_to()))
            }
        };
        let source = Source::new(name, text, first_line);
        let (used, incomplete) = self.statements(&source)?;
        if let Some(at) = bad {
            return self.skip_bad_line(bytes, name, first_line, at);
        }
        match incomplete {
            Some(diagnostic) if at_end => {
                self.report(&self.session.explain(diagnostic, &source, used));
                Err(if self.keep_going { Ended::Done } else { Ended::Failed })
            }
            _ => Ok(used),
        }
    }

    /// Reports the line with a byte that is no text; how many bytes are done with.
    fn skip_bad_line(&mut self, bytes: &[u8], name: &str, first_line: usize, at: usize) -> Result<usize, Ended> {
        let line = first_line + bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
        let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |len| at + len + 1);
        let source = Source::new(name, String::from_utf8_lossy(&bytes[start..end]), line);
        let span = Span::new(at - start, at - start + char::REPLACEMENT_CHARACTER.len_utf8());
        let message = format!("byte {} of line {line} is no UTF-8 text", at - start + 1);
        match self.fail(&Diagnostic::new(message).at(&source, span).help("save the text as UTF-8")) {
            Ended::Done => Ok(end),
            ended => Err(ended),
        }
    }

    /// Runs all complete statements of a source: where the first incomplete one begins, and what it lacks.
    fn statements(&mut self, source: &Rc<Source>) -> Result<(usize, Option<Diagnostic>), Ended> {
        interrupt::during(|| self.guarded_statements(source))
    }

    fn guarded_statements(&mut self, source: &Rc<Source>) -> Result<(usize, Option<Diagnostic>), Ended> {
        let mut at = 0;
        loop {
            match next_statement(source, at) {
                Ok(Next::Statement { statement, end }) => {
                    match self.guarded(&statement) {
                        // a short statement ends before it notices Ctrl-C
                        Ended::Done if interrupt::is_requested() => return Err(Ended::Interrupted),
                        Ended::Done => {}
                        ended => return Err(ended),
                    }
                    at = end;
                }
                Ok(Next::Incomplete(diagnostic)) => return Ok((at, Some(diagnostic))),
                Ok(Next::End) => return Ok((source.text.len(), None)),
                Err(failure) => match self.fail(&self.session.explain(failure.diagnostic, source, at)) {
                    Ended::Done => at = failure.resume,
                    ended => return Err(ended),
                },
            }
        }
    }

    /// Runs a statement and prints what it gives. A bug of ours is an error like any other.
    fn guarded(&mut self, statement: &Statement) -> Ended {
        let ended = catch_unwind(AssertUnwindSafe(|| self.statement(statement)));
        ended.unwrap_or_else(|_| {
            let bug = bug::diagnostic("your variables are kept");
            self.fail(&bug.at(&statement.tree.source, statement.stmt.span))
        })
    }

    fn statement(&mut self, statement: &Statement) -> Ended {
        // a loop may run for long: what came before it should be seen
        if matches!(statement.stmt.kind, StmtKind::For { .. } | StmtKind::While { .. })
            && let Some(problem) = self.flush()
        {
            return problem;
        }
        let result = match &statement.stmt.kind {
            StmtKind::Command { name, rest, rest_span } => {
                let mut context = commands::Context {
                    session: &mut self.session,
                    out_style: &mut self.out_style,
                    err_style: &mut self.err_style,
                };
                let place = commands::Place { source: &statement.tree.source, span: statement.stmt.span };
                match commands::run(&mut context, name, rest, *rest_span, place) {
                    Ok(Effect::Print(outcome)) => {
                        Ok(Reply { outcome, silent: false, reading: None, notes: Vec::new() })
                    }
                    Ok(Effect::Quit) => return Ended::Quit,
                    Ok(Effect::Clear) => {
                        if self.out_style.terminal && !self.out_style.json {
                            self.out.push_str("\x1b[H\x1b[2J");
                        }
                        return Ended::Done;
                    }
                    Ok(Effect::Run(path)) => return self.nested(&path, place),
                    Err(diagnostic) => Err(diagnostic),
                }
            }
            _ => {
                let Runner { session, out, out_style, flushed, .. } = self;
                session.run_printing(statement, &mut |values| {
                    printed(values, out_style, out);
                    // a problem shows when the result of the statement is written
                    if is_due(out, *flushed, out_style) {
                        let _ = write(out, flushed, true);
                    }
                })
            }
        };
        match result {
            Ok(result) => self.print(&result),
            Err(diagnostic) => {
                let start = statement.stmt.span.start as usize;
                self.fail(&self.session.explain(diagnostic, &statement.tree.source, start))
            }
        }
    }

    /// `:run`
    fn nested(&mut self, path: &str, place: commands::Place) -> Ended {
        if self.depth == DEEPEST {
            let diagnostic = Diagnostic::new(format!("scripts run each other more than {DEEPEST} deep"));
            return self.fail(&diagnostic.at(place.source, place.span).help(format!("does {path} run itself?")));
        }
        self.depth += 1;
        let ended = self.file(path);
        self.depth -= 1;
        ended
    }

    fn print(&mut self, result: &Reply) -> Ended {
        for note in &result.notes {
            self.note(note);
        }
        if !matches!(result.outcome, Outcome::Nothing) {
            let printed = self.out.len();
            reply(result, &self.out_style, self.echo, &mut self.out);
            if interrupt::is_requested() {
                self.out.truncate(printed);
            }
        }
        let is_due = is_due(&self.out, self.flushed, &self.out_style);
        if is_due { self.flush().unwrap_or(Ended::Done) } else { Ended::Done }
    }

    /// Reports an error; `Done` if the run goes on all the same.
    fn fail(&mut self, diagnostic: &Diagnostic) -> Ended {
        if diagnostic.kind == Kind::Interrupted {
            return Ended::Interrupted;
        }
        self.report(diagnostic);
        if self.keep_going { Ended::Done } else { Ended::Failed }
    }

    fn report(&mut self, diagnostic: &Diagnostic) {
        self.failed = true;
        self.explain(diagnostic, false);
    }

    fn note(&mut self, note: &Diagnostic) {
        self.explain(note, true);
    }

    fn explain(&mut self, diagnostic: &Diagnostic, is_note: bool) {
        // what was printed before the error stands before it
        let _ = self.flush();
        let text = if self.err_style.json {
            diagnostic_json(diagnostic, is_note)
        } else {
            diagnostic_text(diagnostic, &self.err_style, is_note)
        };
        let _ = stderr().write_all(text.as_bytes());
    }

    /// Writes what waits, as far as Ctrl-C does not stop it; the problem, if that was not possible.
    pub fn flush(&mut self) -> Option<Ended> {
        self.write(true)
    }

    fn write(&mut self, until_interrupted: bool) -> Option<Ended> {
        write(&mut self.out, &mut self.flushed, until_interrupted)
    }
}

/// Whether what waits should be written now.
fn is_due(out: &str, flushed: Instant, style: &Style) -> bool {
    out.len() >= FLUSH_AT || style.terminal || flushed.elapsed() >= PATIENCE
}

/// Writes what waits; the problem, if that was not possible.
fn write(out: &mut String, flushed: &mut Instant, until_interrupted: bool) -> Option<Ended> {
    if out.is_empty() {
        return None;
    }
    let mut stream = stdout().lock();
    let mut stopped = false;
    let mut parts = out.as_bytes().chunks(WRITTEN_AT_ONCE).enumerate();
    let written = parts.try_for_each(|(number, part)| {
        stopped |= until_interrupted && number > 0 && interrupt::is_requested();
        if stopped { Ok(()) } else { stream.write_all(part) }
    });
    let written = written.and_then(|()| stream.flush());
    out.clear();
    *flushed = Instant::now();
    match written {
        Ok(()) => stopped.then_some(Ended::Interrupted),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Some(Ended::PipeClosed),
        Err(_) => Some(Ended::CannotWrite),
    }
}

fn cannot_read(name: &str, error: &std::io::Error) -> Diagnostic {
    let text = error.to_string();
    let why = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    let name = if name.is_empty() { "standard input" } else { name };
    Diagnostic::new(format!("cannot read {name}: {why}"))
}
