//! Work on several processors: tasks that do not touch each other's memory, taken one after another by whoever is free.
//!
//! How work is cut into tasks never depends on how many threads there are, so results do not either. Threads start with
//! the first work that is worth them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// 0: as many as the machine has.
static WANTED: AtomicUsize = AtomicUsize::new(0);

static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();

/// Sets the number of threads; only before the first work has any effect on work that is shared.
pub fn set(count: usize) {
    WANTED.store(count, Ordering::Relaxed);
}

/// The number of threads.
pub fn count() -> usize {
    // asked for once: the answer takes the system 25 µs, as long as a pass over 30,000 elements
    static AVAILABLE: OnceLock<usize> = OnceLock::new();
    match WANTED.load(Ordering::Relaxed) {
        0 => *AVAILABLE.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)),
        count => count,
    }
}

/// Runs the tasks, in any order. Where there is one thread, or threads cannot be started, in their own.
pub fn each<T: Send>(tasks: Vec<T>, work: impl Fn(T) + Sync) {
    each_up_to(usize::MAX, tasks, work);
}

/// The same on no more than so many threads.
pub fn each_up_to<T: Send>(most: usize, tasks: Vec<T>, work: impl Fn(T) + Sync) {
    let threads = count().min(tasks.len()).min(most);
    let pool = match threads {
        0 | 1 => None,
        _ => POOL.get_or_init(|| ThreadPoolBuilder::new().num_threads(count() - 1).build().ok()).as_ref(),
    };
    let Some(pool) = pool else { return tasks.into_iter().for_each(work) };
    let tasks = Mutex::new(tasks.into_iter());
    let take = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let serve = || {
        while let Some(task) = take() {
            work(task);
        }
    };
    // this thread is one of them
    pool.in_place_scope(|scope| {
        (1..threads).for_each(|_| scope.spawn(|_| serve()));
        serve();
    });
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn every_task_is_done_once() {
        let mut all = vec![0; 1000];
        let tasks: Vec<(usize, &mut [i32])> = all.chunks_mut(7).enumerate().collect();
        each(tasks, |(at, part)| part.iter_mut().for_each(|x| *x += at as i32));
        assert!(all.iter().enumerate().all(|(i, x)| *x == (i / 7) as i32));
    }
}
