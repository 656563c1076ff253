//! What a person is told when the program itself went wrong: one error, with what a report needs, not a backtrace.

use std::panic::{self, PanicHookInfo};
use std::sync::Mutex;

use crate::diagnostic::Diagnostic;
use crate::interrupt;

/// What the last panic said, and where.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// From now on, panics of evaluations and of printing are kept for the error that follows; others are shown as usual.
pub fn listen() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !interrupt::is_running() {
            return usual(info);
        }
        if let Ok(mut last) = LAST.lock() {
            // where threads share work, the first to panic takes the others along
            last.get_or_insert_with(|| described(info));
        }
    }));
}

fn described(info: &PanicHookInfo) -> String {
    let said = info.payload_as_str().unwrap_or("a panic");
    match info.location() {
        Some(place) => format!("{said} ({}:{})", place.file(), place.line()),
        None => said.to_string(),
    }
}

/// The error to show after a panic; `kept` says what became of the session.
pub fn diagnostic(kept: &str) -> Diagnostic {
    let last = LAST.lock().ok().and_then(|mut last| last.take());
    let message = match last {
        Some(said) => format!("this is a bug in gradtape: {said}"),
        None => "this is a bug in gradtape".to_string(),
    };
    Diagnostic::new(message).help(format!("{kept}; please report the line that caused it"))
}
