//! The command line: flags as typed, and which of the three ways in they mean.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::Path;

use clap::builder::styling::Styles;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::report::{ColorChoice, Style, colour_for};
use crate::script::{Ended, Runner};
use crate::session::Session;
use crate::{bug, interrupt, repl};

const EXAMPLES: &str = "\
Examples:
  gradtape -e 'f(x) = x^2 + 2x - 1 at x = 2'        a value and its derivative
  gradtape -e 'x^2 y at x = 2, y = 3 order 2'       all partials up to order 2
  printf 'x = 3\\ny = x*x\\ngrad(y, x)\\n' | gradtape   a script from a pipe
  gradtape --format json -e 'sin(x) at x in 0..3'   a table as JSON";

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    /// Text, with the formulas of derivatives as LaTeX
    Latex,
}

/// A calculator that differentiates what you type.
#[derive(Debug, Parser)]
#[command(name = "gradtape", version, before_help = EXAMPLES, max_term_width = 100, styles = Styles::plain())]
struct Flags {
    /// Scripts to run, in order; - is standard input
    #[arg(value_name = "FILE")]
    files: Vec<String>,

    /// Run this text; may be given several times, all in one session
    #[arg(short = 'e', value_name = "TEXT", allow_hyphen_values = true)]
    texts: Vec<String>,

    /// Stay at the prompt after scripts and texts
    #[arg(short)]
    interactive: bool,

    /// How results are written
    #[arg(long, value_enum, default_value_t, env = "GRADTAPE_FORMAT")]
    format: Format,

    /// Significant digits of numbers; by default 12 at a terminal and all elsewhere
    #[arg(long, value_name = "N", env = "GRADTAPE_DIGITS", value_parser = digits)]
    digits: Option<Digits>,

    /// Print long tensors whole and numbers in full
    #[arg(long)]
    full: bool,

    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: ColorChoice,

    /// Print no character outside ASCII
    #[arg(long, env = "GRADTAPE_ASCII", value_parser = clap::builder::FalseyValueParser::new())]
    ascii: bool,

    /// Bind each top-level name of a JSON file to its value before anything runs
    #[arg(long, value_name = "JSON")]
    load: Vec<String>,

    /// Threads for big work, by default one for each processor; results do not depend on it
    #[arg(long, value_name = "N", env = "GRADTAPE_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Go on after errors (the exit code is still 1)
    #[arg(long)]
    keep_going: bool,

    /// No banner
    #[arg(short, long)]
    quiet: bool,
}

/// One thing to run, in the order of the command line.
enum Unit {
    Text(String),
    File(String),
    Stdin,
}

/// Runs the program; gives its exit code: 0, 1 after an error in what was run, 2 for bad usage, 130 if interrupted.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let matches = match Flags::command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            // to stdout with code 0 for --help and --version, to stderr with code 2 for bad usage
            let _ = error.print();
            return error.exit_code() as u8;
        }
    };
    let flags = Flags::from_arg_matches(&matches).expect("clap has checked the flags");
    let units = match units(&flags, &matches) {
        Ok(units) => units,
        Err(message) => {
            eprint!("{message}");
            return 2;
        }
    };
    if let Some(threads) = flags.threads {
        Session::set_threads(usize::from(threads));
    }
    interrupt::listen();
    bug::listen();
    let mut runner = Runner::new(Session::new(), style(&flags, &stdout()), style(&flags, &stderr()), flags.keep_going);
    let ended = run_units(&mut runner, &flags, units);
    runner.finish(ended)
}

fn run_units(runner: &mut Runner, flags: &Flags, units: Vec<Unit>) -> Ended {
    for path in &flags.load {
        match runner.load(path) {
            Ended::Done => {}
            ended => return ended,
        }
    }
    let nothing_given = units.is_empty();
    for unit in units {
        let ended = match unit {
            Unit::Text(text) => runner.text(&text),
            Unit::File(path) => runner.file(&path),
            Unit::Stdin => runner.stdin(),
        };
        match ended {
            Ended::Done => {}
            // -i: to look at what went wrong
            Ended::Failed if flags.interactive => break,
            ended => return ended,
        }
    }
    let is_attended = stdin().is_terminal() && stdout().is_terminal();
    match flags.interactive || nothing_given {
        true if is_attended => repl::run(runner, flags.quiet),
        true => runner.stdin(),
        false => Ended::Done,
    }
}

/// Texts and files in the order in which they were typed. Errors: a word that is neither a flag nor a file.
fn units(flags: &Flags, matches: &ArgMatches) -> Result<Vec<Unit>, String> {
    let mut units: Vec<(usize, Unit)> = Vec::new();
    let positions = |id: &str| matches.indices_of(id).into_iter().flatten().collect::<Vec<_>>();
    for (at, text) in positions("texts").into_iter().zip(&flags.texts) {
        units.push((at, Unit::Text(text.clone())));
    }
    for (at, path) in positions("files").into_iter().zip(&flags.files) {
        if path != "-" && !Path::new(path).exists() {
            let looks_like_path = path.ends_with(".gt") || path.contains('/') && !path.contains(' ');
            let help = if looks_like_path {
                "is the path right?".to_string()
            } else {
                format!("did you mean -e '{}'?", path.replace('\'', "'\\''"))
            };
            return Err(format!("error: there is no file {path}\nhelp: {help}\n"));
        }
        units.push((at, if path == "-" { Unit::Stdin } else { Unit::File(path.clone()) }));
    }
    units.sort_by_key(|(at, _)| *at);
    Ok(units.into_iter().map(|(_, unit)| unit).collect())
}

/// What `--digits` asks for.
#[derive(Debug, Clone, Copy)]
enum Digits {
    Rounded(usize),
    All,
}

fn digits(text: &str) -> Result<Digits, String> {
    match text.parse() {
        Ok(digits @ 1..=17) => Ok(Digits::Rounded(digits)),
        _ if text == "all" => Ok(Digits::All),
        _ => Err("--digits takes a number from 1 to 17, or all".to_string()),
    }
}

/// How many digits a person sees.
const TERMINAL_DIGITS: usize = 12;

fn style(flags: &Flags, stream: &impl IsTerminal) -> Style {
    let terminal = stream.is_terminal();
    let default_digits = (terminal && !flags.full).then_some(TERMINAL_DIGITS);
    let digits = match flags.digits {
        Some(Digits::Rounded(digits)) => Some(digits),
        Some(Digits::All) => None,
        None => default_digits,
    };
    Style {
        digits,
        full: flags.full,
        ascii: flags.ascii,
        json: flags.format == Format::Json,
        latex: flags.format == Format::Latex,
        colour: colour_for(flags.color, stream),
        terminal,
        width: if terminal { terminal_width() } else { 100 },
    }
}

fn terminal_width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(80)
}
