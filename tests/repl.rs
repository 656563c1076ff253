//! The prompt in a real pseudo-terminal, key by key.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect, Session};

/// A folder for the history, gone after the test.
struct Home(PathBuf);

impl Home {
    fn new() -> Home {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gradtape-repl-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Home(folder)
    }

    fn history(&self) -> PathBuf {
        self.0.join("gradtape").join("history")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Prompt {
    session: OsSession,
}

impl Prompt {
    fn open(home: &Home, args: &[&str]) -> Prompt {
        Prompt::open_with(home, args, "xterm")
    }

    fn open_with(home: &Home, args: &[&str], term: &str) -> Prompt {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
        command.args(args).env("XDG_STATE_HOME", &home.0).env("TERM", term).env_remove("CLICOLOR_FORCE");
        command.env("NO_COLOR", "1");
        Prompt::spawn(command)
    }

    fn spawn(command: Command) -> Prompt {
        let mut session = Session::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(10)));
        let mut prompt = Prompt { session };
        prompt.sees("> ");
        prompt
    }

    /// Types a line, with Enter.
    fn types(&mut self, line: &str) -> &mut Prompt {
        self.keys(&format!("{line}\r"))
    }

    fn keys(&mut self, keys: &str) -> &mut Prompt {
        self.session.send(keys).unwrap();
        self
    }

    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Prompt {
        if let Err(error) = self.session.expect(text) {
            let mut rest = vec![0; 4000];
            let read = self.session.try_read(&mut rest).unwrap_or(0);
            panic!("{text:?} did not appear ({error}); what came: {:?}", String::from_utf8_lossy(&rest[..read]));
        }
        self
    }

    /// Waits for the end; the exit code.
    #[track_caller]
    fn code(mut self) -> i32 {
        self.session.expect(Eof).unwrap();
        match self.session.get_process().wait().unwrap() {
            WaitStatus::Exited(_, code) => code,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn leaves(mut self) {
        // the prompt must be there: before it Ctrl-D is the terminal's own
        self.types(" \"bye\"").sees("\"bye\"\r\n").sees("> ").keys("\x04");
        assert_eq!(self.code(), 0);
    }
}

#[test]
fn results_come_and_assignments_are_echoed() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("x = 3").sees("x = 3\r\n");
    prompt.types("y = x*x").sees("y = 9\r\n");
    prompt.types("grad(y, x)").sees("6\r\n");
    prompt.types("f(t) = t^2 + 2t").sees("f(t) = t^2 + 2t\r\n");
    prompt.types("1/3").sees("0.333333333333\r\n");
    prompt.leaves();
}

#[test]
fn a_semicolon_hides_the_echo() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &["--quiet"]);
    prompt.types("qq = 4321;").types("2 + 2").sees("4\r\n");
    prompt.types("qq").sees("4321\r\n");
    prompt.leaves();
}

#[test]
fn what_precedence_decided_is_echoed() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("x = 3").sees("x = 3\r\n");
    prompt.types("sin 2x").sees("→ sin(2x)\r\n").sees("-0.279415498199\r\n");
    prompt.leaves();
}

#[test]
fn the_banner_is_one_line_and_can_be_left_out() {
    let home = Home::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
    command.env("XDG_STATE_HOME", &home.0).env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.expect(format!("gradtape {}", env!("CARGO_PKG_VERSION"))).unwrap();
    let found = session.expect("> ").unwrap();
    assert_eq!(String::from_utf8_lossy(found.before()).matches('\n').count(), 1);

    let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
    command.arg("--quiet").env("XDG_STATE_HOME", &home.0).env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    let found = session.expect("> ").unwrap();
    assert!(!String::from_utf8_lossy(found.before()).contains("gradtape"));
}

#[test]
fn enter_goes_on_with_what_is_incomplete() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("(1 +").types("41)").sees("42\r\n");
    prompt.types("g(w) = {").types("s = w").types("s^2").types("}").sees("g(w) = ");
    prompt.types("g(9)").sees("81\r\n");
    prompt.leaves();
}

#[test]
fn an_error_is_shown_and_the_prompt_comes_back() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("2 + foo").sees("error: unknown name foo").sees("^^^");
    prompt.types("40 + 2").sees("42\r\n");
    prompt.leaves();
}

#[test]
fn ctrl_c_clears_the_line_and_twice_says_how_to_leave() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("x = 7").sees("x = 7\r\n").sees("> ");
    prompt.keys("1 + 999").sees("999").keys("\x03").sees("> ");
    prompt.types("x").sees("7\r\n").sees("> ");
    prompt.keys("\x03").sees("> ").keys("\x03").sees("Ctrl-D or :quit leaves");
    prompt.leaves();
}

#[test]
fn ctrl_c_interrupts_an_evaluation_and_keeps_the_variables() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("x = 7").sees("x = 7\r\n").sees("> ");
    prompt.types("while true { 1 }");
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    prompt.session.send(ControlCode::EndOfText).unwrap();
    prompt.sees("interrupted after ").sees(" s\r\n").sees("> ");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    prompt.types("x + 1").sees("8\r\n").sees("> ");
    prompt.leaves();
}

#[test]
fn quit_leaves() {
    for word in [":quit", "exit", "quit"] {
        let home = Home::new();
        let mut prompt = Prompt::open(&home, &[]);
        prompt.types(word);
        assert_eq!(prompt.code(), 0);
    }
}

#[test]
fn errors_before_leaving_do_not_matter() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("foo").sees("unknown name foo").sees("> ");
    prompt.leaves();
}

#[test]
fn texts_and_files_come_before_the_prompt() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &["-i", "-e", "x = 20"]);
    prompt.types("x + 1").sees("21\r\n");
    prompt.leaves();
}

#[test]
fn tab_completes_names_commands_and_letters() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("velocity = 6").sees("velocity = 6\r\n").sees("> ");
    prompt.keys("velo\t").sees("velocity").types(" + 1").sees("7\r\n").sees("> ");
    prompt.keys("logsum\t").sees("logsumexp(").types("[0, 0])").sees("0.69314718056\r\n").sees("> ");
    prompt.keys(":va\t\r").sees("velocity  6  watched");
    prompt.keys("\\alpha\t").sees("α").types(" = 2").sees("α = 2\r\n").sees("> ");
    prompt.keys(":set dig\t").sees("digits").types(" 3").sees("> ");
    prompt.types("2/3").sees("0.667\r\n");
    prompt.leaves();
}

#[test]
fn a_pasted_session_runs_line_by_line_and_stops_at_the_first_error() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.keys("\x1b[200~> a = 5\n> b = a + bad\n> c = 77\x1b[201~").keys("\r");
    prompt.sees("a = 5\r\n").sees("unknown name bad").sees("> ");
    prompt.types("a").sees("5\r\n").sees("> ");
    prompt.types("c").sees("unknown name c");
    prompt.leaves();
}

#[test]
fn history_is_kept_private_and_comes_back() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("1234 + 1").sees("1235\r\n").sees("> ");
    prompt.types(" 777 + 1").sees("778\r\n").sees("> ");
    // at once: a crash loses nothing
    let history = fs::read_to_string(home.history()).unwrap();
    assert!(history.contains("1234 + 1") && !history.contains("777"), "{history}");
    assert_eq!(fs::metadata(home.history()).unwrap().permissions().mode() & 0o777, 0o600);
    prompt.leaves();

    let mut prompt = Prompt::open(&home, &[]);
    prompt.keys("\x1b[A").sees("1234 + 1").keys("\r").sees("1235\r\n");
    prompt.leaves();
}

#[test]
fn two_prompts_keep_the_history_of_both() {
    let home = Home::new();
    let mut first = Prompt::open(&home, &[]);
    let mut second = Prompt::open(&home, &[]);
    first.types("100 + 1").sees("101\r\n").sees("> ");
    second.types("200 + 1").sees("201\r\n").sees("> ");
    first.types("300 + 1").sees("301\r\n").sees("> ");
    first.leaves();
    second.leaves();
    let history = fs::read_to_string(home.history()).unwrap();
    for entry in ["100 + 1", "200 + 1", "300 + 1"] {
        assert!(history.contains(entry), "{entry} is not in\n{history}");
    }
}

#[test]
fn a_history_that_cannot_be_read_is_left_alone() {
    let home = Home::new();
    fs::create_dir_all(home.0.join("gradtape")).unwrap();
    fs::write(home.history(), b"\xff\xfe\x00 no text").unwrap();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("1 + 1").sees("2\r\n").sees("> ");
    prompt.leaves();
    assert_eq!(fs::read(home.history()).unwrap(), b"\xff\xfe\x00 no text");
}

#[test]
fn colours_show_what_is_known() {
    let home = Home::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
    command.env("XDG_STATE_HOME", &home.0).env("TERM", "xterm-256color").env_remove("NO_COLOR");
    let mut prompt = Prompt::spawn(command);
    // functions blue, unknown names underlined, numbers yellow
    prompt.keys("sin").sees("\x1b[34msin\x1b[0m").keys("(unknown").sees("\x1b[4munknown\x1b[0m");
    prompt.keys(" + 25").sees("\x1b[33m25\x1b[0m").keys("\x03").sees("> ");
    prompt.types("k = 3").sees("\x1b[2mk = 3\x1b[0m");
    prompt.leaves();
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let home = Home::new();
    let mut prompt = Prompt::open_with(&home, &[], "dumb");
    prompt.types("x = 3").sees("x = 3\r\n");
    prompt.types("x^2").sees("9\r\n");
    prompt.types("foo").sees("unknown name foo");
    prompt.leaves();
}

#[test]
fn tensors_are_aligned_at_a_terminal() {
    let home = Home::new();
    let mut prompt = Prompt::open(&home, &[]);
    prompt.types("[1.5, -2; 10, 0.25]").sees("[[ 1.5, -2   ],\r\n [10  ,  0.25]]");
    prompt.leaves();
}

#[test]
fn the_first_prompt_comes_at_once() {
    let home = Home::new();
    let start = Instant::now();
    let prompt = Prompt::open(&home, &[]);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    prompt.leaves();
}

/// Types a line, waits until something of it was printed or a while has passed, and presses Ctrl-C.
#[track_caller]
fn is_interrupted(prompt: &mut Prompt, line: &str, first: Option<&str>) {
    prompt.types(line);
    match first {
        Some(text) => drop(prompt.sees(text)),
        None => std::thread::sleep(Duration::from_millis(800)),
    }
    let start = Instant::now();
    prompt.session.send(ControlCode::EndOfText).unwrap();
    prompt.sees("interrupted after ").sees(" s\r\n").sees("> ");
    assert!(start.elapsed() < Duration::from_secs(3), "{line}: {:?}", start.elapsed());
}

#[test]
fn ctrl_c_interrupts_whatever_is_running_and_the_next_line_runs() {
    let home = Home::new();
    let script = home.0.join("long.gt");
    fs::write(&script, "# short statements, many of them\n".to_string() + &"q = 1\nq + 1\n".repeat(200_000)).unwrap();
    let mut prompt = Prompt::open(&home, &["--full"]);
    prompt.types("x = 7").sees("x = 7\r\n").sees("> ");
    prompt.types("f(t) = { s = t; while true { s = s + 1 }; s }").sees("> ");
    for line in [
        "f(x)",
        ":tape f(x) at x = 1",
        ":program f(x) at x = 1",
        ":check f(x) at x = 1",
        ":time --seconds 100 x^2",
        "[f(i) for i in 0..3]",
        "sum(sin(k x) for k in 0..300000) at x in linspace(0, 1, 2000)",
    ] {
        is_interrupted(&mut prompt, line, None);
        prompt.types(":tape x^2 at x = 3").sees("pow(").sees("> ");
    }
    is_interrupted(&mut prompt, &format!(":run {}", script.display()), Some("q = 1\r\n2\r\n"));
    prompt.types("x + 1").sees("8\r\n").sees("> ");
    is_interrupted(&mut prompt, "2 * ones(5000000)", None);
    prompt.types("x + 1").sees("8\r\n").sees("> ");
    is_interrupted(&mut prompt, "normal(3000, 1000, seed = 1)", None);
    prompt.types("x + 1").sees("8\r\n").sees("> ");
    is_interrupted(&mut prompt, "x^2 at x in 0..3000000", None);
    prompt.types("grad(x^2, x)").sees("14\r\n").sees("> ");
    prompt.leaves();
}
