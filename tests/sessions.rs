//! Whole sessions: every `tests/sessions/**/*.gt` prints what stands in its `.out`, errors included.
//!
//! A file holds many small sessions, each under a line `### title`; its snapshot has the same titles. To accept what
//! is printed now: `UPDATE_SNAPSHOTS=1 cargo test --test sessions`, then read the difference.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "gt") {
            found.push(path);
        }
    }
}

/// What a person sees who pipes the text in: results, then what went to stderr.
fn run(text: &str, flags: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gradtape"))
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a session that stops at an error may close its input before all of it is written
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    let mut seen = String::from_utf8(output.stdout).unwrap();
    seen.push_str(&String::from_utf8(output.stderr).unwrap());
    seen
}

/// The sessions of a file: title and text.
fn sections(text: &str) -> Vec<(&str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("### ") {
            Some(title) => sections.push((title, String::new())),
            None => {
                if let Some((_, body)) = sections.last_mut() {
                    body.push_str(line);
                    body.push('\n');
                }
            }
        }
    }
    sections
}

#[test]
fn sessions_print_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions");
    let mut files = Vec::new();
    scripts(&folder, &mut files);
    files.sort();
    assert!(files.len() >= 4, "hardly any session was found");
    let mut different = Vec::new();
    for file in files {
        let flags: &[&str] = match file.file_stem().and_then(|stem| stem.to_str()) {
            Some(stem) if stem.ends_with("json") => &["--format", "json", "--keep-going"],
            _ => &["--keep-going"],
        };
        let mut seen = String::new();
        for (title, text) in sections(&fs::read_to_string(&file).unwrap()) {
            seen.push_str(&format!("### {title}\n{}", run(&text, flags)));
        }
        let snapshot = file.with_extension("out");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&snapshot, &seen).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&snapshot).unwrap_or_default();
        if seen != expected {
            let at = seen.lines().zip(expected.lines()).position(|(a, b)| a != b);
            let line = at.unwrap_or_else(|| seen.lines().count().min(expected.lines().count()));
            let show = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_string();
            different.push(format!(
                "{} line {}:\n  printed  {}\n  expected {}",
                snapshot.display(),
                line + 1,
                show(&seen),
                show(&expected)
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
