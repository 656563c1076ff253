//! Every script in `examples/` prints what stands in the file of the same name with `.out`.

use std::fs;
use std::path::Path;
use std::process::Command;

fn run(script: &Path) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_gradtape")).arg(script).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn examples_print_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let script = entry.unwrap().path();
        if script.extension().is_none_or(|ending| ending != "gt") {
            continue;
        }
        let (stdout, stderr, code) = run(&script);
        assert_eq!((stderr.as_str(), code), ("", Some(0)), "{}", script.display());
        let expected = fs::read_to_string(script.with_extension("out")).unwrap();
        assert_eq!(stdout, expected, "{}", script.display());
        tried += 1;
    }
    assert!(tried >= 1);
}

#[test]
fn an_integer_source_is_refused_with_the_reason_of_the_lesson() {
    let script = std::env::temp_dir().join(format!("gradtape-integer-{}.gt", std::process::id()));
    fs::write(&script, "n = int(3)\ny = n*n\ngrad(y, n)\n").unwrap();
    let (stdout, stderr, code) = run(&script);
    fs::remove_file(&script).unwrap();
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    assert!(stderr.contains("gradients exist only for floating-point values"), "{stderr}");
    assert!(stderr.contains("y is an integer"), "{stderr}");
}

#[test]
fn every_example_of_the_help_runs() {
    let mut failures = Vec::new();
    // load and save would need files
    for entry in gradtape::functions::catalogue().filter(|entry| entry.group != "data") {
        let output = Command::new(env!("CARGO_BIN_EXE_gradtape")).args(["-e", &entry.example]).output().unwrap();
        if output.status.code() != Some(0) {
            failures.push(format!("{}: {}", entry.example, String::from_utf8_lossy(&output.stderr)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
