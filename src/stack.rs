//! How much of the stack is left: deep nesting ends in a message, not in a crash.

use std::cell::Cell;

thread_local! {
    /// Address at which this thread's stack began, and how many bytes may be used.
    static STACK: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Stack of the thread that evaluates: reserved, not used, until something is deep.
pub const SIZE: usize = 256 << 20;

/// Without [`run`], a thread is taken to have this much left: Rust gives its threads 2 MiB.
const UNKNOWN: usize = 3 << 19;

/// What one step of evaluation may need beyond the check.
const RESERVE: usize = 256 << 10;

/// Runs `work` on a thread with a deep stack. Panics if `work` does.
pub fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new().name("main".into()).stack_size(SIZE).spawn_scoped(scope, || {
            STACK.set(Some((here(), SIZE - RESERVE)));
            work()
        });
        match deep.expect("address space for a stack").join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Whether evaluation should go no deeper.
#[inline]
pub fn is_low() -> bool {
    let (base, limit) = STACK.get().unwrap_or_else(|| {
        let fresh = (here(), UNKNOWN - RESERVE);
        STACK.set(Some(fresh));
        fresh
    });
    base.abs_diff(here()) > limit
}

#[inline(always)]
fn here() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker) as usize
}
