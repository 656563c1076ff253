//! The `:` commands: one row each, with name, help, example and code.
//!
//! A command gives an [`Effect`]; whoever called prints it. Knows neither streams nor keys.

mod check;
mod help;
mod kinks;
mod set;
mod time;

use std::rc::Rc;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::functions;
use crate::report::Style;
use crate::session::{Outcome, Session};
use crate::source::{Source, Span};
use crate::syntax::parse_rest;

/// What a command may look at and change.
pub struct Context<'a> {
    pub session: &'a mut Session,
    pub out_style: &'a mut Style,
    pub err_style: &'a mut Style,
}

/// Where a command was typed.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub source: &'a Rc<Source>,
    pub span: Span,
}

/// What is left to do after a command.
#[derive(Debug)]
pub enum Effect {
    Print(Outcome),
    /// Empty the screen.
    Clear,
    /// Run the script of this name, in the same session.
    Run(String),
    Quit,
}

/// A row of the table.
pub struct Command {
    pub name: &'static str,
    aliases: &'static [&'static str],
    /// How it is typed.
    pub usage: &'static str,
    /// One line, for the list.
    pub doc: &'static str,
    /// Lines that show it, the command among them.
    pub example: &'static str,
    run: fn(&mut Context, &Call) -> Result<Effect, Diagnostic>,
}

/// A command as it was typed: the text behind its name, with its place.
struct Call<'a> {
    rest: &'a str,
    rest_span: Span,
    place: Place<'a>,
}

/// All commands, in the order of the help.
pub static COMMANDS: &[Command] = &[
    Command {
        name: "help",
        aliases: &["h"],
        usage: ":help [topic]",
        doc: "explains a function or topic; so does sin?",
        example: ":help sum",
        run: |context, call| help::help(context, call.rest, call.place).map(Effect::Print),
    },
    Command {
        name: "vars",
        aliases: &["who", "whos"],
        usage: ":vars",
        doc: "your variables, and what a derivative sees in them",
        example: "x = 3\ny = x^2\n:vars",
        run: |context, call| {
            call.nothing_follows("vars")?;
            Ok(Effect::Print(Outcome::Variables(context.session.variables())))
        },
    },
    Command {
        name: "tape",
        aliases: &[],
        usage: ":tape [e at …]",
        doc: "what is recorded: node, operation, value and adjoint",
        example: ":tape x y + sin(x) at x = 2, y = 3",
        run: |context, call| {
            let statement = match call.rest {
                "" => None,
                _ => Some(parse_rest(call.place.source, call.rest_span)?),
            };
            Ok(Effect::Print(context.session.tape(statement.as_ref())?.outcome))
        },
    },
    Command {
        name: "program",
        aliases: &[],
        usage: ":program e [at …]",
        doc: "the compiled instructions of an expression and its derivatives",
        example: ":program x^2 + sin(x) at x = 2",
        run: |context, call| {
            if call.rest.is_empty() {
                return Err(call.error("what is to be compiled?").help("write :program x^2 + sin(x) at x = 2"));
            }
            let statement = parse_rest(call.place.source, call.rest_span)?;
            let listing = context.session.prepare(&statement)?.listing();
            let Some(lines) = listing else {
                return Err(call.error("nothing here depends on a variable, so there is nothing to compile"));
            };
            Ok(Effect::Print(Outcome::Message(lines.join("\n"))))
        },
    },
    Command {
        name: "check",
        aliases: &[],
        usage: ":check e at …",
        doc: "compares the gradient of the tape with differences of values",
        example: ":check sin(x) y at x = 2, y = 3",
        run: |context, call| check::check(context.session, call).map(Effect::Print),
    },
    Command {
        name: "time",
        aliases: &["timeit"],
        usage: ":time [--runs n] [--seconds s] e [at …]",
        doc: "how long a statement takes, run at least 3 times and half a second",
        example: ":time --runs 10 --seconds 0.01 x^2 + sin(x) at x = 2",
        run: |context, call| time::time(context.session, call).map(Effect::Print),
    },
    Command {
        name: "set",
        aliases: &[],
        usage: ":set [name value]",
        doc: "shows the settings, or changes one: :set digits 6",
        example: ":set digits 6",
        run: |context, call| set::set(context, call.rest, call.rest_span, call.place).map(Effect::Print),
    },
    Command {
        name: "reset",
        aliases: &[],
        usage: ":reset [name]",
        doc: "forgets a name, or all; a built-in meaning comes back",
        example: "e = 3\n:reset e",
        run: |context, call| {
            let name = (!call.rest.is_empty()).then_some(call.rest);
            context.session.reset(name).map_err(|diagnostic| diagnostic.at(call.place.source, call.rest_span))?;
            Ok(Effect::Print(Outcome::Nothing))
        },
    },
    Command {
        name: "run",
        aliases: &[],
        usage: ":run file",
        doc: "runs a script in this session",
        example: ":run examples/seed.gt",
        run: |_, call| match call.rest.trim_matches('"') {
            "" => Err(call.error("which file?").help("write :run file.gt")),
            path => Ok(Effect::Run(path.to_string())),
        },
    },
    Command {
        name: "clear",
        aliases: &["cls"],
        usage: ":clear",
        doc: "empties the screen; the variables stay",
        example: ":clear",
        run: |_, call| call.nothing_follows("clear").map(|()| Effect::Clear),
    },
    Command {
        name: "quit",
        aliases: &["exit", "q"],
        usage: ":quit",
        doc: "leaves; so does Ctrl-D",
        example: ":quit",
        run: |_, call| call.nothing_follows("quit").map(|()| Effect::Quit),
    },
];

impl Call<'_> {
    /// An error about what stands behind the command's name, or about the command if nothing does.
    fn error(&self, message: impl Into<String>) -> Diagnostic {
        let span = if self.rest.is_empty() { self.place.span } else { self.rest_span };
        Diagnostic::new(message).at(self.place.source, span)
    }

    fn nothing_follows(&self, name: &str) -> Result<(), Diagnostic> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.error(format!(":{name} takes nothing behind it")).help(format!("write :{name}")))
    }
}

/// The row of a command, by its name or an alias.
pub fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name || command.aliases.contains(&name))
}

/// Runs the command `:name rest`.
///
/// Errors: an unknown name, or what the command refuses; nothing has changed then.
pub fn run(context: &mut Context, name: &str, rest: &str, rest_span: Span, place: Place) -> Result<Effect, Diagnostic> {
    match find(name) {
        Some(command) => (command.run)(context, &Call { rest, rest_span, place }),
        None => Err(unknown(name, place)),
    }
}

fn unknown(name: &str, place: Place) -> Diagnostic {
    let word = Span { end: place.span.start + 1 + name.len() as u32, ..place.span };
    let diagnostic = Diagnostic::new(format!("there is no command :{name}")).at(place.source, word);
    let names = || COMMANDS.iter().map(|command| command.name);
    // a word cut short is meant more often than a misspelt one: `:var`
    let near = names().find(|known| known.starts_with(name)).map(str::to_string);
    match near.or_else(|| did_you_mean(name, names())) {
        Some(near) => diagnostic.help(format!("did you mean :{near}?")),
        None => {
            let all: Vec<String> = names().map(|name| format!(":{name}")).collect();
            diagnostic.help(format!("there are {}", all.join(" ")))
        }
    }
}

/// The words that may follow a command, for completion.
pub fn arguments(command: &str) -> Vec<&'static str> {
    match find(command).map(|command| command.name) {
        Some("help") => {
            let commands = COMMANDS.iter().map(|command| command.name);
            let functions = functions::catalogue().map(|entry| entry.name);
            help::topics().chain(commands).chain(functions).collect()
        }
        Some("set") => set::names().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::tree::StmtKind;
    use crate::syntax::{Next, next_statement};

    /// Runs lines with commands in a new session: the effect of the last.
    pub fn effect(lines: &str) -> Result<Effect, Diagnostic> {
        let (mut session, mut out_style, mut err_style) = (Session::new(), Style::default(), Style::default());
        let source = Source::new("", lines, 1);
        let (mut at, mut last) = (0, Effect::Print(Outcome::Nothing));
        while let Next::Statement { statement, end } = next_statement(&source, at).map_err(|it| it.diagnostic)? {
            let mut context = Context { session: &mut session, out_style: &mut out_style, err_style: &mut err_style };
            last = match &statement.stmt.kind {
                StmtKind::Command { name, rest, rest_span } => {
                    let place = Place { source: &source, span: statement.stmt.span };
                    run(&mut context, name, rest, *rest_span, place)?
                }
                _ => Effect::Print(session.run(&statement)?.outcome),
            };
            at = end;
        }
        Ok(last)
    }

    #[track_caller]
    pub fn says(lines: &str, expected: &str) {
        match effect(lines) {
            Ok(Effect::Print(Outcome::Message(text))) => assert!(text.contains(expected), "{lines}:\n{text}"),
            other => panic!("{lines}: {other:?}"),
        }
    }

    #[track_caller]
    fn fails(lines: &str, message: &str, help: &str) {
        let diagnostic = effect(lines).expect_err(lines);
        assert_eq!((diagnostic.message.as_str(), diagnostic.help.as_deref()), (message, Some(help)), "{lines}");
    }

    #[test]
    fn every_example_runs() {
        for command in COMMANDS {
            assert!(command.example.contains(&format!(":{}", command.name)), "{}", command.name);
            effect(command.example).unwrap_or_else(|diagnostic| panic!("{}: {}", command.name, diagnostic.message));
        }
    }

    #[test]
    fn a_misspelt_command_names_the_near_one() {
        fails(":var", "there is no command :var", "did you mean :vars?");
        fails(":hlep", "there is no command :hlep", "did you mean :help?");
    }

    #[test]
    fn reset_gives_a_constant_its_meaning_back() {
        let Ok(Effect::Print(Outcome::Value(value))) = effect("e = 3\n:reset e\nlog(e)") else { panic!("no value") };
        assert_eq!(value, crate::session::Data::Number(1.0));
        fails("speed = 3\n:reset sped", "there is no variable sped", "did you mean speed?");
    }

    #[test]
    fn the_help_explains_what_can_be_typed() {
        says(":help", "f(x) = x^2 + 2x - 1 at x = 2");
        says(":help sin", "sin(x)");
        says("sin?", "sin(x)");
        says("?sin", "sin(x)");
        says(":help ln", "log(x)");
        says(":help pi", "pi = 3.141592653589793");
        says("f(x) = x^2\n:help f", "f(x) = x^2");
        says("k = 2.5\n:help k", "k = 2.5");
        says(":help ^", "from the right");
        says(":help while", "while c");
        says(":help :tape", "adjoint");
        says(":help precedence", "1/(2x)");
        says(":help kinks", "abs(x)");
        says(":help functions", "matmul");
        says(":help python", "np.");
    }

    #[test]
    fn an_unknown_word_of_help_names_what_is_near_or_mentions_it() {
        fails(":help sinn", "there is no help on sinn", "did you mean :help sin?");
        let diagnostic = effect(":help triangle").expect_err("no such page");
        assert!(diagnostic.help.is_some());
    }

    #[test]
    fn every_function_has_a_page() {
        for entry in functions::catalogue() {
            says(&format!(":help {}", entry.name), entry.name);
            assert!(!entry.doc.is_empty() && !entry.example.is_empty(), "{}", entry.name);
        }
    }

    #[test]
    fn the_examples_of_the_first_page_run_in_order() {
        let lines: Vec<&str> = help::START.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines.len(), 6);
        effect(&lines.join("\n")).unwrap_or_else(|diagnostic| panic!("{}", diagnostic.message));
    }

    #[test]
    fn the_first_page_of_the_help_fits_on_a_screen() {
        let Ok(Effect::Print(Outcome::Message(text))) = effect(":help") else { panic!("no text") };
        assert!(text.lines().count() <= 24, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn settings_change_and_are_shown() {
        says(":set digits 5\n:set", "digits 5");
        says(":set digits 5\n:set digits all\n:set", "digits all");
        says(":set ascii on\n:set", "ascii  on");
        let diagnostic = effect(":set digits 99").expect_err("too many");
        assert_eq!(diagnostic.message, ":set digits takes a number from 1 to 17, or all");
        let diagnostic = effect(":set digit 9").expect_err("misspelt");
        assert_eq!(diagnostic.message, "there is no setting digit");
    }
}
