//! The GradBench problems in `examples/gradbench`: every case gives the expected numbers to 1e-9.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

fn flatten(value: &Json, numbers: &mut Vec<f64>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| flatten(item, numbers)),
        Json::Object(fields) => {
            // a gradient by several arrays, in the order of the arguments
            for name in ["alpha", "mu", "q", "l"] {
                flatten(&fields[name], numbers);
            }
        }
        other => numbers.push(other.as_f64().unwrap_or_else(|| panic!("{other}"))),
    }
}

fn numbers(value: &Json) -> Vec<f64> {
    let mut numbers = Vec::new();
    flatten(value, &mut numbers);
    numbers
}

/// What a script prints for an input: one list of numbers a line.
fn printed(problem: &str, input: &Path) -> Vec<Vec<f64>> {
    let script = format!("{}/examples/gradbench/{problem}.gt", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_gradtape"))
        .args(["--format", "json", "--load", input.to_str().unwrap(), &script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| numbers(&serde_json::from_str::<Json>(line).unwrap()["value"])).collect()
}

#[test]
fn every_case_gives_the_expected_numbers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/gradbench");
    let mut tried = 0;
    for problem in ["hello", "lse", "llsq", "det", "ode", "gmm", "lstm"] {
        let value = ["square", "primal", "objective"];
        let slope = ["double", "gradient", "jacobian"];
        for entry in fs::read_dir(folder.join(problem)).unwrap() {
            let input = entry.unwrap().path();
            let Some(case) = input.to_str().unwrap().strip_suffix(".input.json").map(str::to_string) else { continue };
            let expected: Json =
                serde_json::from_str(&fs::read_to_string(format!("{case}.expected.json")).unwrap()).unwrap();
            let named = |names: [&str; 3]| names.iter().find_map(|name| expected["functions"].get(name)).map(numbers);
            let got = printed(problem, &input);
            for (got, want) in got.iter().zip([named(value).unwrap(), named(slope).unwrap()]) {
                assert_eq!(got.len(), want.len(), "{case}");
                for (a, b) in got.iter().zip(&want) {
                    assert!((a - b).abs() <= 1e-9 * (a.abs() + b.abs()).max(1.0), "{case}: {a} is not {b}");
                }
            }
            assert_eq!(got.len(), 2, "{case}");
            tried += 1;
        }
    }
    assert_eq!(tried, 21);
}
