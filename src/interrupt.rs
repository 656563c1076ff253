//! The one flag that Ctrl-C sets and every loop, sweep and kernel tests.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Asks whatever is running to stop; called from the signal handler.
pub fn request() {
    REQUESTED.store(true, Ordering::Relaxed);
}

/// Whether the running evaluation should stop.
#[inline(always)]
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Forgets an earlier request, before a new evaluation starts.
pub fn clear() {
    REQUESTED.store(false, Ordering::Relaxed);
}
