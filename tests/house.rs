//! The direction of the house: a room uses only rooms that stand below it (see `src/lib.rs`).

use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli", "stack"]),
    ("cli", &["bug", "repl", "script", "commands", "report", "session", "diagnostic", "source", "interrupt", "stack"]),
    ("repl", &["script", "commands", "report", "session", "syntax", "functions", "diagnostic", "source", "interrupt"]),
    ("script", &["bug", "commands", "report", "session", "syntax", "diagnostic", "source", "interrupt"]),
    ("commands", &["report", "session", "functions", "syntax", "diagnostic", "source", "interrupt"]),
    ("report", &["session", "tensor", "diagnostic", "interrupt", "source"]),
    (
        "session",
        &[
            "eval",
            "functions",
            "value",
            "syntax",
            "program",
            "run",
            "ops",
            "tape",
            "tensor",
            "bug",
            "diagnostic",
            "interrupt",
            "source",
        ],
    ),
    (
        "eval",
        &[
            "resolve",
            "functions",
            "value",
            "syntax",
            "program",
            "run",
            "ops",
            "tape",
            "tensor",
            "diagnostic",
            "interrupt",
            "source",
            "stack",
        ],
    ),
    ("resolve", &["syntax", "diagnostic", "source"]),
    ("functions", &["value", "ops", "tape", "tensor", "kernels", "diagnostic", "interrupt", "stack"]),
    ("value", &["syntax", "ops", "tape", "tensor", "diagnostic"]),
    ("syntax", &["diagnostic", "source"]),
    ("program", &["ops", "tape", "kernels", "tensor", "interrupt"]),
    ("run", &["ops", "tape", "kernels", "tensor", "interrupt"]),
    ("ops", &["tape", "kernels", "tensor", "interrupt"]),
    ("tape", &["kernels", "tensor", "interrupt"]),
    ("kernels", &["tensor", "interrupt"]),
    ("tensor", &[]),
    ("bug", &["diagnostic", "interrupt"]),
    ("diagnostic", &["source"]),
    ("source", &[]),
    ("interrupt", &[]),
    ("stack", &[]),
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn room_of(file: &Path, src: &Path) -> String {
    let first = file.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_string()
}

/// The rooms that `crate::…` paths in a text name. Documentation may name any.
fn rooms_named(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut rooms = Vec::new();
    for line in code {
        for prefix in ["crate::", "gradtape::"] {
            for (at, _) in line.match_indices(prefix) {
                let rest = &line[at + prefix.len()..];
                if let Some(group) = rest.strip_prefix('{') {
                    let names = group.split('}').next().unwrap_or("").split(',');
                    rooms.extend(names.map(|name| name.trim().split("::").next().unwrap_or("").to_string()));
                } else {
                    rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                }
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn rooms_use_only_what_stands_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 20, "the house was not found");
    let mut wrong = Vec::new();
    for file in files {
        let room = room_of(&file, &src);
        if room == "lib" {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            panic!("{room} is no room of the house: name it in tests/house.rs");
        };
        let text = fs::read_to_string(&file).unwrap();
        for used in rooms_named(&text).into_iter().filter(|used| *used != room && !allowed.contains(&used.as_str())) {
            // crate::Session and the like are re-exports of lib.rs
            if MAY_USE.iter().any(|(name, _)| *name == used) {
                wrong.push(format!("{} uses {used}", file.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_a_trace_and_a_transaction_take_recordings_back() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files.retain(|file| ["eval", "functions", "session"].contains(&&*room_of(file, &src)));
    assert!(files.len() > 20, "the rooms were not found");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let truncates = text.contains("numbers.truncate(") || text.contains("numbers().truncate(");
        let binds = text.contains("globals.bind(") || text.contains("globals.assign(");
        // a name that is bound while a trace runs is unbound with it; elsewhere it could outlive its value
        let allowed = ["eval/trace.rs", "session/transaction.rs"].iter().any(|name| file.ends_with(name));
        let may_bind = ["eval/trace.rs", "eval/names.rs"].iter().any(|name| file.ends_with(name));
        assert!(!truncates || allowed, "{} truncates the tape by itself: use a Trace", file.display());
        assert!(!binds || may_bind, "{} binds names by itself", file.display());
    }
}

#[test]
fn unsafe_code_stays_in_two_files_of_the_kernels() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let used = text.lines().any(|line| {
            let code = line.split("//").next().unwrap_or("");
            code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl")
        });
        let allowed = ["kernels/dispatch.rs", "kernels/allocation.rs"].iter().any(|name| file.ends_with(name));
        assert!(!used || allowed, "{} has unsafe code", file.display());
    }
}
