//! The program as shells, pipes and scripts see it: streams, exit codes, flags.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run left behind.
#[derive(Debug, PartialEq)]
struct Ran {
    out: String,
    err: String,
    code: Option<i32>,
}

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradtape"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GRADTAPE_DIGITS", "GRADTAPE_FORMAT", "GRADTAPE_ASCII"] {
        command.env_remove(name);
    }
    command
}

fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    // who stops at an error closes its input early
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
}

fn piped(args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    finish(program(args), input.as_ref())
}

fn run(args: &[&str]) -> Ran {
    piped(args, "")
}

#[track_caller]
fn prints(args: &[&str], input: &str, expected: &str) {
    let ran = piped(args, input);
    assert_eq!(ran, Ran { out: expected.to_string(), err: String::new(), code: Some(0) }, "{args:?} {input:?}");
}

#[track_caller]
fn fails(args: &[&str], input: impl AsRef<[u8]>, out: &str, code: i32, says: &[&str]) -> String {
    let ran = piped(args, input);
    assert_eq!((ran.out.as_str(), ran.code), (out, Some(code)), "{}", ran.err);
    for part in says {
        assert!(ran.err.contains(part), "{part:?} is not in\n{}", ran.err);
    }
    ran.err
}

/// A file that is gone after the test.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Script {
        let path = std::env::temp_dir().join(format!("gradtape-cli-{}-{name}.gt", std::process::id()));
        fs::write(&path, text).unwrap();
        Script(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

// ── flags ──

#[test]
fn a_text_may_begin_with_a_minus() {
    prints(&["-e", "-2^2"], "", "-4\n");
    prints(&["-e", "-1"], "", "-1\n");
}

#[test]
fn texts_share_one_session_and_print_each_result() {
    prints(&["-e", "x=2", "-e", "x^2", "-e", "x^3"], "", "4\n8\n");
}

#[test]
fn texts_and_files_run_in_the_order_in_which_they_are_typed() {
    let first = Script::new("first", "x = 5\n");
    let second = Script::new("second", "x + 1\n");
    prints(&["-e", "x = 1", first.path(), "-e", "x", second.path()], "", "5\n6\n");
}

#[test]
fn a_minus_among_the_files_is_standard_input() {
    let script = Script::new("stdin", "x = 5\n");
    prints(&[script.path(), "-"], "x^2\n", "25\n");
}

#[test]
fn each_text_must_be_complete() {
    let err = fails(&["-e", "(1 +", "-e", "2)"], "", "", 1, &["( is never closed"]);
    assert!(err.contains("1 | (1 +\n  | ^"), "{err}");
}

#[test]
fn the_version_is_one_line() {
    prints(&["--version"], "", &format!("gradtape {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_help_begins_with_examples_that_run() {
    for flag in ["-h", "--help"] {
        let ran = run(&[flag]);
        assert_eq!((ran.err.as_str(), ran.code), ("", Some(0)));
        assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
        for flag in ["-e", "-i", "--format", "--digits", "--full", "--color", "--ascii", "--keep-going", "--quiet"] {
            assert!(ran.out.contains(flag), "{flag}");
        }
    }
    let help = run(&["--help"]).out;
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_gradtape")).parent().unwrap().to_path_buf();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let examples: Vec<&str> = help.lines().take(5).filter(|line| line.contains("gradtape")).collect();
    assert_eq!(examples.len(), 4, "{help}");
    for line in examples {
        // three blanks stand before the explanation
        let command = line.trim_start().split("   ").next().unwrap();
        let output = Command::new("sh").args(["-c", command]).env("PATH", &path).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty() && !output.stdout.is_empty(), "{command}");
    }
}

#[test]
fn a_misspelt_flag_names_the_right_one_and_runs_nothing() {
    fails(&["--formt", "json", "-e", "1"], "", "", 2, &["--formt", "--format"]);
    fails(&["--format", "xml", "-e", "1"], "", "", 2, &["xml", "text", "json"]);
    fails(&["--digits", "40", "-e", "1"], "", "", 2, &["40", "17"]);
}

#[test]
fn a_word_that_is_no_file_may_be_meant_as_a_text() {
    fails(&["x^2 at x = 3"], "", "", 2, &["no file x^2 at x = 3", "did you mean -e 'x^2 at x = 3'?"]);
    fails(&["missing.gt"], "", "", 2, &["no file missing.gt"]);
}

#[test]
fn a_folder_is_no_script() {
    fails(&["."], "", "", 1, &["cannot read ."]);
}

#[test]
fn flags_win_over_the_environment() {
    let mut command = program(&["-e", "2/3"]);
    command.env("GRADTAPE_DIGITS", "3");
    assert_eq!(finish(command, b"").out, "0.667\n");
    let mut command = program(&["-e", "2/3", "--digits", "5"]);
    command.env("GRADTAPE_DIGITS", "3");
    assert_eq!(finish(command, b"").out, "0.66667\n");
}

#[test]
fn no_home_and_no_terminal_type_are_needed() {
    let mut command = program(&["-e", "1+1"]);
    command.env_clear();
    assert_eq!(finish(command, b""), Ran { out: "2\n".into(), err: String::new(), code: Some(0) });
}

// ── pipes ──

#[test]
fn a_pipe_gets_results_and_nothing_else() {
    for term in [None, Some("dumb"), Some("xterm-256color")] {
        let mut command = program(&[]);
        match term {
            Some(term) => command.env("TERM", term),
            None => command.env_remove("TERM"),
        };
        let ran = finish(command, b"1+1\n2+2\n");
        assert_eq!(ran, Ran { out: "2\n4\n".into(), err: String::new(), code: Some(0) });
    }
}

#[test]
fn scripts_are_silent_about_assignments_and_definitions() {
    prints(&[], "x = 3\nf(t) = t^2\nf(x)\n", "9\n");
    prints(&[], "x = 3; x^2; 2x\n1/3;\n", "9\n6\n");
}

#[test]
fn statements_may_take_several_lines() {
    let text = "f(x) = {\n  s = 0\n  for i in 0..3 {\n    s = s + x\n  }\n  s\n}\nf(2)\n(1 +\n 2)\n1 +\n2\n";
    prints(&[], text, "6\n3\n3\n");
    let script = Script::new("lines", text);
    prints(&[script.path()], "", "6\n3\n3\n");
    prints(&["-e", text], "", "6\n3\n3\n");
}

#[test]
fn the_first_error_stops_and_what_came_before_is_printed() {
    fails(&[], "1\nfoo\n3\n", "1\n", 1, &["error: unknown name foo", "2 | foo", "| ^^^"]);
    fails(&["--keep-going"], "1\nfoo\n3\n", "1\n3\n", 1, &["unknown name foo"]);
    fails(&["-e", "foo", "-e", "1"], "", "", 1, &["unknown name foo"]);
    fails(&["--keep-going", "-e", "foo", "-e", "1"], "", "1\n", 1, &["unknown name foo"]);
}

#[test]
fn errors_count_the_lines_of_the_file() {
    let script = Script::new("position", "x = 1\n\n# a comment\ny = [1,\n  2]\n  x + zz\n");
    let err = fails(&[script.path()], "", "", 1, &["6 |   x + zz", "|       ^^"]);
    assert!(err.contains(&format!("{}:6:7", script.path())), "{err}");
}

#[test]
fn a_bracket_open_at_the_end_is_named_with_its_place() {
    fails(&[], "1\n\n2 + (3 +\n4", "1\n", 1, &["( is never closed", "3 | 2 + (3 +", "|     ^"]);
}

#[test]
fn marks_and_line_ends_of_other_systems_are_accepted() {
    prints(&[], "\u{feff}x = 2\r\nx^2\r\n", "4\n");
    prints(&[], "x = 2\n\tx\u{a0}+ 1", "3\n");
    prints(&[], "#!/usr/bin/env gradtape\n1 + 1\n", "2\n");
    prints(&[], "", "");
    prints(&[], "\n\n", "");
}

#[test]
fn what_is_no_text_is_named_by_line_and_byte() {
    fails(&[], b"1\n2 + \xff\n3\n", "1\n", 1, &["byte 5 of line 2 is no UTF-8 text", "|     ^"]);
    fails(&["--keep-going"], b"1\n2 + \xff\n3\n", "1\n3\n", 1, &["line 2"]);
    fails(&["--keep-going"], b"1\n2 + \0\n3\n", "1\n3\n", 1, &["NUL"]);
}

#[test]
fn quit_ends_a_script_with_success() {
    for word in [":quit", "quit", "exit", ":exit"] {
        prints(&[], &format!("1\n{word}\n2\n"), "1\n");
        prints(&["-e", word, "-e", "2"], "", "");
    }
}

#[test]
fn a_script_that_runs_itself_is_stopped() {
    let script = Script::new("itself", "");
    fs::write(script.path(), format!("1\n:run {}\n", script.path())).unwrap();
    let ran = run(&[script.path()]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("more than 50 deep"), "{}", ran.err);
}

#[test]
fn without_a_terminal_staying_at_the_prompt_means_reading_on() {
    prints(&["-i", "-e", "x = 2"], "x^2\n", "4\n");
    fails(&["-i", "-e", "foo", "-e", "1"], "2\n", "2\n", 1, &["unknown name foo"]);
}

#[test]
fn commands_work_in_scripts() {
    prints(&["-e", ":set digits 3", "-e", "pi"], "", "3.14\n");
    let script = Script::new("inner", "x = 7\n");
    prints(&["-e", &format!(":run {}", script.path()), "-e", "x"], "", "7\n");
    fails(&["-e", ":vras"], "", "", 1, &["no command :vras", "did you mean :vars?"]);
    fails(&["-e", ":run nothing.gt"], "", "", 1, &["cannot read nothing.gt"]);
}

#[test]
fn a_reply_can_be_read_before_the_input_ends() {
    let mut child = program(&[]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for i in 0..20 {
        input.write_all(format!("{i} + 1\n").as_bytes()).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{}\n", i + 1));
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = program(&[]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for _ in 0..200_000 {
            if input.write_all(b"1 + 1\n").is_err() {
                return;
            }
        }
    });
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0; 2]).unwrap();
    drop(output);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((err.as_str(), child.wait().unwrap().code()), ("", Some(0)));
    writer.join().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let mut command = program(&["-e", "1"]);
    command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let ran = finish(command, b"");
    assert!(ran.err.contains("cannot write") && ran.code == Some(1), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_stream_takes_no_memory() {
    let mut child = program(&[]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let resident = |id: u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let mut sizes = Vec::new();
    let block = "x = 2\ny = x^2 + sin(x)\n".repeat(20_000);
    for _ in 0..4 {
        input.write_all(block.as_bytes()).unwrap();
        input.write_all(b"1\n").unwrap();
        output.read_line(&mut String::new()).unwrap();
        sizes.push(resident(child.id()));
    }
    drop(input);
    child.wait().unwrap();
    assert!(sizes[3] < sizes[1] + 4000, "resident kB after each block: {sizes:?}");
}

#[cfg(unix)]
#[track_caller]
fn is_interrupted(line: &str) {
    let mut child = program(&[]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"1 + 1\n").unwrap();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    writeln!(input, "{line}").unwrap();
    // long enough for the loop to begin
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130), "{line}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// Tables record the expression at their first point, loops an iteration to be compiled, and what may have lost digits is
/// evaluated twice: nothing of that is seen outside.
#[test]
fn what_is_seen_outside_is_done_once() {
    let table = "f(x) = { print(x); 1 - cos(x) }\nf at x in linspace(1, 9, 9)\n";
    let out = piped(&[], table).out;
    assert!(out.starts_with("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "{out}");
    let path = std::env::temp_dir().join(format!("gradtape-once-{}.json", std::process::id()));
    let script = format!("s = 0\nfor i in 0..200 {{ s = s + 0.5; save(s, \"{}\") }}", path.display());
    piped(&[], &script);
    assert_eq!(fs::read_to_string(&path).unwrap(), "100.0\n");
    fs::remove_file(path).unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupted_script_exits_with_130() {
    is_interrupted("while true { 1 }");
}

#[cfg(unix)]
#[test]
fn an_interrupted_timing_exits_with_130() {
    is_interrupted(":time --seconds 60 sum(arange(0, 1000.0)^2)");
    is_interrupted(":time --seconds 60 x^2 at x = 3");
}

#[cfg(unix)]
#[test]
fn an_interrupted_formula_exits_with_130() {
    let definition = "f(x) = { t = x; for i in 1..6 { t = sin(t) + t^2/(1 + t) }; t }";
    // nobody reads what it would print
    is_interrupted(&format!("{definition}{}", "\nf''';".repeat(2_000)));
}

// ── what is printed ──

#[test]
fn colours_are_decided_for_each_stream() {
    let escapes = |command: Command| {
        let ran = finish(command, b"foo\n");
        ran.err.contains('\x1b')
    };
    assert!(!escapes(program(&[])));
    assert!(escapes(program(&["--color", "always"])));
    let with = |args: &[&str], name: &str, value: &str| {
        let mut command = program(args);
        command.env(name, value);
        command
    };
    assert!(escapes(with(&[], "CLICOLOR_FORCE", "1")));
    assert!(!escapes(with(&["--color", "never"], "CLICOLOR_FORCE", "1")));
    assert!(!escapes(with(&[], "NO_COLOR", "1")));
    let mut both = with(&[], "NO_COLOR", "1");
    both.env("CLICOLOR_FORCE", "1");
    assert!(!escapes(both));
}

#[test]
fn json_lines_carry_every_kind_of_result() {
    let json = |text: &str, expected: &str| prints(&["--format", "json", "-e", text], "", &format!("{expected}\n"));
    json("1 + 6", r#"{"kind":"value","value":7}"#);
    json("[inf, inf]", r#"{"kind":"value","value":["Infinity","Infinity"]}"#);
    json("nan", r#"{"kind":"value","value":"NaN"}"#);
    json("0.1 + 0.2", r#"{"kind":"value","value":0.30000000000000004}"#);
    json("1 < 2", r#"{"kind":"value","value":true}"#);
    json(
        "f(x) = x^2 + 2x - 1 at x = 2",
        r#"{"kind":"gradient","name":"f","expression":"x^2 + 2x - 1","at":{"x":2},"value":7,"partials":{"x":6}}"#,
    );
    json(
        "x^2 at x = 3 order 2",
        r#"{"kind":"gradient","name":"x^2","expression":"x^2","at":{"x":3},"value":9,"partials":{"x":6},"second":{"x,x":2}}"#,
    );
    json("f(x) = x^2 at x in 0..=1", r#"{"kind":"table","columns":["x","f","∂f/∂x"],"rows":[[0,0,0],[1,1,2]]}"#);
    prints(
        &["--format", "json"],
        "x = 2; z = 1; y = x^2\ngrad(y, [x, z])\n",
        "{\"kind\":\"gradient\",\"name\":\"y\",\"partials\":{\"x\":4,\"z\":null},\
         \"reasons\":{\"z\":\"y does not depend on z\"}}\n",
    );
}

#[test]
fn json_errors_are_objects_on_the_other_stream() {
    let err = fails(&["--format", "json"], "x = 1\nx + foo\n", "", 1, &[]);
    assert!(
        err.starts_with(r#"{"kind":"error","message":"unknown name foo","line":2,"column":5,"length":3,"help":""#),
        "{err}"
    );
    assert_eq!(err.lines().count(), 1);
    let err = fails(&["--format", "json"], "\"é\" + foo\n", "", 1, &[]);
    assert!(err.contains(r#""column":7,"length":3"#), "{err}");
    for args in [&["--format", "json", "missing.gt"][..], &["--format", "json", "."]] {
        assert!(!run(args).err.is_empty());
    }
}

#[test]
fn ascii_means_ascii() {
    let ran = run(&["--ascii", "-e", "f(x, y) = x^2 y at x = 2, y = 3 order 2", "-e", "zz"]);
    assert!(ran.out.is_ascii() && ran.err.is_ascii(), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("df/dx = 12\n") && ran.out.contains("d^2f/dxdy = 4\n"), "{}", ran.out);
}

#[test]
fn what_is_printed_reads_back_as_the_same_number() {
    let numbers = "0.1 + 0.2\n1/3\n-0\n1e16\n2^-30\n123456789\n1234567.891\n1e300*10\ninf\n-inf\n[1/3, -2.5e-9]\n\
                   [[1/3, 2], [1e20, -0]]\n";
    // only --full keeps the sign of a zero
    let once = piped(&["--full"], numbers).out;
    assert_eq!(piped(&["--full"], &once).out, once);
    assert!(once.starts_with("0.30000000000000004\n0.3333333333333333\n-0\n1e16\n"), "{once}");
    assert!(piped(&[], numbers).out.starts_with("0.30000000000000004\n0.3333333333333333\n0\n1e16\n"));
}

#[test]
fn long_tensors_are_abbreviated_unless_all_is_wanted() {
    let short = run(&["-e", "zeros(2000)"]).out;
    assert!(short.contains('…') && short.contains("(2000)") && short.len() < 100, "{short}");
    let full = run(&["--full", "-e", "zeros(2000)"]).out;
    assert_eq!(full.matches('0').count(), 2000);
}

// ── speed ──

/// Generous limits: tests run unoptimized and beside others. What they would catch is a cost that grows with the file.
#[test]
fn a_hundred_thousand_lines_are_read_at_once() {
    let script = Script::new("long", "1 + 1\n".repeat(100_000));
    let start = Instant::now();
    let mut command = program(&[script.path()]);
    let out = std::env::temp_dir().join(format!("gradtape-cli-{}-long.out", std::process::id()));
    command.stdout(File::create(&out).unwrap());
    let ran = finish(command, b"");
    let size = fs::metadata(&out).unwrap().len();
    fs::remove_file(&out).unwrap();
    assert_eq!((ran.code, size), (Some(0), 200_000));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Each row is computed again with wide numbers: `gamma` overflows, and its quotient does not.
#[test]
fn a_table_of_gamma_functions_has_its_digits_in_seconds() {
    let start = Instant::now();
    let ran = piped(&[], "gamma(x + 1)/gamma(x) at x in linspace(490, 510, 300)\n");
    let last: Vec<&str> = ran.out.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["510", "510", "1"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// What wide numbers may cost is bounded: a table is there after seconds, if not with all of its digits.
#[test]
fn no_statement_spends_minutes_on_its_digits() {
    let start = Instant::now();
    piped(&[], "gamma(x + 1)/gamma(x) at x in linspace(490, 510, 1000) order 4;\n");
    assert!(start.elapsed() < Duration::from_secs(90), "{:?}", start.elapsed());
}

#[test]
fn one_statement_over_many_lines_is_read_at_once() {
    let lines = format!("a = [\n{}0]\nsize(a)\n", "1,\n".repeat(200_000));
    let start = Instant::now();
    prints(&[], &lines, "200001\n");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_loop_that_fills_the_tape_is_stopped_and_loses_nothing() {
    let ran = piped(&["--keep-going"], "x = 7\n:set memory 20M\nwhile true { x = 1 }\nx\n");
    assert!(ran.err.contains("the tape reached 20 MB"), "{}", ran.err);
    assert_eq!(ran.out, "7\n");
}

#[test]
fn time_measures_every_run() {
    let input = "x = 3\n:time --runs 20 --seconds 0.01 x^2 + 2x - 1\n";
    let ran = piped(&["--format", "json"], input);
    let timing: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let names: Vec<&String> = timing.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kind", "runs", "batch", "median_ns", "min_ns", "all_ns", "prepare_ns", "value"]);
    assert_eq!((&timing["kind"], &timing["value"]), (&"time".into(), &14.into()), "{}", ran.out);
    let all: Vec<f64> = timing["all_ns"].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
    assert!(all.len() >= 20 && timing["runs"].as_u64() == Some(all.len() as u64), "{}", ran.out);
    assert!(all.iter().all(|&time| time >= timing["min_ns"].as_f64().unwrap()), "{}", ran.out);
    let ran = piped(&[], input);
    for word in ["median of", "minimum", "to prepare, once"] {
        assert!(ran.out.contains(word), "{}", ran.out);
    }
}

#[test]
fn the_number_of_threads_changes_no_product() {
    // big enough for several tasks: blocks, a vector, a stack
    let script =
        "a = reshape(sin(arange(0, 300 * 700)), (300, 700)); b = reshape(cos(arange(0, 700 * 250)), (700, 250));
        s = reshape(sin(arange(0, 600 * 256)), (600, 16, 16)); t = reshape(cos(arange(0, 600 * 256)), (600, 16, 16));
        sum(tanh(a @ b)); a @ b[:, 0]; s @ t; grad(sum(tanh(a @ b)), b)";
    let one = run(&["--threads", "1", "--format", "json", "-e", script]);
    let two = run(&["--threads", "2", "--format", "json", "-e", script]);
    assert!(one.out.len() > 1000, "{}", one.err);
    assert_eq!(one.out, two.out);
}
