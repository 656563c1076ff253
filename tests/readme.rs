//! Every block of the README does what it says.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

struct Block {
    language: String,
    lines: Vec<String>,
    line: usize,
}

fn blocks() -> Vec<Block> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.to_string(), lines: Vec::new(), line: number + 1 });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.lines.push(line.to_string()),
            (None, None) => {}
        }
    }
    blocks
}

/// A folder in which `gradtape` is this program and `cargo run --release --` runs it too.
fn path_with_program() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_gradtape"));
    format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap())
}

#[test]
fn every_command_prints_what_stands_under_it() {
    let mut tried = 0;
    for block in blocks().into_iter().filter(|block| block.language == "console") {
        let mut lines = block.lines.iter().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("README line {}: {line}", block.line));
            let mut expected = String::new();
            while let Some(output) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push_str(output);
                expected.push('\n');
            }
            // a test cannot run all tests; that they pass is what is being found out
            if command.starts_with("cargo test") {
                continue;
            }
            let command = command.replace("cargo run --release --", "gradtape");
            let output = Command::new("sh").args(["-c", &command]).env("PATH", path_with_program()).output().unwrap();
            let stdout = String::from_utf8(output.stdout).unwrap();
            assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{command}");
            if expected.is_empty() {
                assert!(!stdout.is_empty(), "{command} prints nothing");
            } else {
                assert_eq!(stdout, expected, "{command}");
            }
            tried += 1;
        }
    }
    assert!(tried >= 4);
}

/// In a script the comments are what it prints.
#[test]
fn every_script_prints_its_comments() {
    let mut tried = 0;
    for block in blocks().into_iter().filter(|block| block.language == "gt") {
        let expected: String = block
            .lines
            .iter()
            .filter_map(|line| line.split_once("# ").map(|(_, comment)| format!("{}\n", comment.trim_end())))
            .collect();
        let mut child = Command::new(env!("CARGO_BIN_EXE_gradtape"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(block.lines.join("\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "README line {}", block.line);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "README line {}", block.line);
        tried += 1;
    }
    assert!(tried >= 4);
}
