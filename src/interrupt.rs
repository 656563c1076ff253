//! The one flag that Ctrl-C sets and every loop, sweep and kernel tests.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Something is being evaluated or printed; otherwise Ctrl-C ends the program at once.
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

/// Runs what Ctrl-C may stop: an evaluation, printing, a whole script. One inside another is part of it, so that a
/// request made to the inner one stops the outer one too.
pub fn during<T>(work: impl FnOnce() -> T) -> T {
    /// Ends the outermost one, after a panic too.
    struct Running(bool);

    impl Drop for Running {
        fn drop(&mut self) {
            EVALUATING.store(!self.0, Ordering::Relaxed);
        }
    }

    let is_outermost = !EVALUATING.load(Ordering::Relaxed);
    if is_outermost {
        // what was asked of something that is over by now
        REQUESTED.store(false, Ordering::Relaxed);
    }
    let _running = Running(is_outermost);
    EVALUATING.store(true, Ordering::Relaxed);
    work()
}

/// Whether anything is being evaluated or printed.
pub fn is_running() -> bool {
    EVALUATING.load(Ordering::Relaxed)
}

/// Whether the running evaluation should stop.
#[inline(always)]
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
