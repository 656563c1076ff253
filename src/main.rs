//! Arguments in, exit code out.

use std::process::ExitCode;

use gradtape::{cli, stack};

fn main() -> ExitCode {
    ExitCode::from(stack::run(|| cli::run(std::env::args_os())))
}
