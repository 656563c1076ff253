//! The prompt: a line editor with history, completion and colours in front of a session.

mod helper;
mod history;
mod letters;

use std::time::Instant;

use rustyline::config::BellStyle;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Cmd, CompletionType, Config, Editor, EventHandler, KeyCode, KeyEvent, Modifiers};

use crate::interrupt;
use crate::script::{Ended, Runner};
use crate::source::Source;

use helper::Assistant;

const PROMPT: &str = "> ";

/// Entries kept of earlier sessions.
const HISTORY: usize = 20_000;

/// Reads and runs until `:quit` or Ctrl-D.
pub fn run(runner: &mut Runner, quiet: bool) -> Ended {
    runner.echo = !runner.out_style.json;
    runner.session.set_prompt();
    let mut editor = match editor(runner) {
        Ok(editor) => editor,
        Err(error) => {
            eprintln!("error: no prompt can be shown: {error}");
            return Ended::Failed;
        }
    };
    if !quiet && !runner.out_style.json {
        println!("gradtape {}: :help explains, Ctrl-D leaves", env!("CARGO_PKG_VERSION"));
    }
    let store = history::open(&mut editor);
    let mut empty_interrupts = 0;
    loop {
        if let Some(helper) = editor.helper_mut() {
            helper.learn(runner.session.names());
        }
        match editor.readline(PROMPT) {
            Ok(text) => {
                empty_interrupts = 0;
                history::add(&mut editor, store.as_deref(), &text);
                if let Some(ended) = entry(runner, &text) {
                    return ended;
                }
            }
            Err(ReadlineError::Interrupted) => {
                empty_interrupts += 1;
                if empty_interrupts == 2 {
                    println!("Ctrl-D or :quit leaves");
                    empty_interrupts = 0;
                }
            }
            Err(ReadlineError::Eof) => return Ended::Quit,
            Err(error) => {
                eprintln!("error: the terminal cannot be read: {error}");
                return Ended::Failed;
            }
        }
    }
}

/// Runs one entry, of one line or many; how the program ends, if it does.
fn entry(runner: &mut Runner, text: &str) -> Option<Ended> {
    let text = without_prompts(text);
    let start = Instant::now();
    let ended = interrupt::during(|| {
        let ended = runner.whole(&Source::new("", text, 1));
        runner.flush().unwrap_or(ended)
    });
    match ended {
        Ended::Done | Ended::Failed => None,
        Ended::Interrupted => {
            println!("interrupted after {:.1} s", start.elapsed().as_secs_f64());
            None
        }
        ended => Some(ended),
    }
}

/// Lines copied from a session begin with its prompt.
fn without_prompts(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(PROMPT).unwrap_or(line)).collect();
    lines.join("\n")
}

fn editor(runner: &Runner) -> rustyline::Result<Editor<Assistant, FileHistory>> {
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .bell_style(BellStyle::None)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Assistant::new(runner.out_style.colour)));
    editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::ALT), EventHandler::Simple(Cmd::Newline));
    editor.bind_sequence(KeyEvent(KeyCode::Up, Modifiers::NONE), EventHandler::Simple(Cmd::LineUpOrPreviousHistory(1)));
    editor.bind_sequence(KeyEvent(KeyCode::Down, Modifiers::NONE), EventHandler::Simple(Cmd::LineDownOrNextHistory(1)));
    Ok(editor)
}

#[cfg(test)]
mod tests {
    use super::without_prompts;

    #[test]
    fn a_pasted_session_runs_without_its_prompts() {
        assert_eq!(without_prompts("> x = 3\n> x^2"), "x = 3\nx^2");
        assert_eq!(without_prompts("x > 2"), "x > 2");
    }
}
