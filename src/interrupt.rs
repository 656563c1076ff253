//! The one flag that Ctrl-C sets and every loop, sweep and kernel tests.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Something is being evaluated; otherwise Ctrl-C ends the program at once.
static EVALUATING: AtomicBool = AtomicBool::new(false);

/// Exit code of a program that was interrupted.
pub const EXIT_CODE: u8 = 130;

/// Takes over Ctrl-C: during an evaluation it asks that to stop, a second time or without one it ends the program.
pub fn listen() {
    let handler = || {
        if !EVALUATING.load(Ordering::Relaxed) || REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(EXIT_CODE));
        }
    };
    // without a handler Ctrl-C still ends the program, only less politely
    let _ = ctrlc::set_handler(handler);
}

/// Runs an evaluation that Ctrl-C may stop.
pub fn during<T>(evaluation: impl FnOnce() -> T) -> T {
    REQUESTED.store(false, Ordering::Relaxed);
    EVALUATING.store(true, Ordering::Relaxed);
    let result = evaluation();
    EVALUATING.store(false, Ordering::Relaxed);
    result
}

/// Whether the running evaluation should stop.
#[inline(always)]
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
