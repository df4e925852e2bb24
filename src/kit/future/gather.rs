//! Waiting for many futures: in the order of their completion, or until enough are done, as
//! `as_completed` and `wait` of `concurrent.futures`.
//!
//! Each future gets a watcher that sends its place to a channel of the waiting thread, so
//! waiting for n futures is one wait, and a future that is done costs one message.
//!
//! ```text
//! future 0 ── settled ─┐
//! future 1 ── settled ─┼──▶ channel of places: 2, 0, 1 ──▶ as_completed yields 2, 0, 1
//! future 2 ── settled ─┘
//! ```

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crossbeam_channel::{Receiver, unbounded};

use super::queued::is_worker;
use super::{Future, Status};
use crate::kit::limit::{Limit, Timeout};

/// Some of the futures were not done in time. They go on; waiting again is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{left} (of {of}) futures unfinished: {timeout}")]
pub struct Unfinished {
    pub left: usize,
    /// All futures that were waited for, duplicates counted once.
    pub of: usize,
    pub timeout: Timeout,
}

/// Yields each future once, those that are done first; see [`as_completed`]. It holds handles to
/// all that are left, so dropping it cancels nothing.
#[derive(Debug)]
pub struct AsCompleted<T> {
    /// Those that were done at the beginning.
    ready: VecDeque<Future<T>>,
    /// By the place that its watcher sends; `None` once it was yielded.
    waiting: Vec<Option<Future<T>>>,
    /// Those that were not yielded; 0 also after the limit.
    left: usize,
    of: usize,
    done: Receiver<usize>,
    limit: Limit,
}

/// The futures in the order in which they are done; duplicates once. After `limit` it
/// yields one error and ends. Those that are done already come first, in the order given.
pub fn as_completed<T>(futures: &[Future<T>], limit: Limit) -> AsCompleted<T> {
    let futures = distinct(futures);
    let of = futures.len();
    let (settled, done) = unbounded();
    // Watched only if they are not settled; one that is settled in between calls its
    // watcher at once.
    let (ready, unfinished): (Vec<_>, Vec<_>) = futures.into_iter().partition(Future::is_settled);
    for (at, future) in unfinished.iter().enumerate() {
        let settled = settled.clone();
        future.watch(move || {
            // The waiting thread gave up before: no receiver is left.
            let _ = settled.send(at);
        });
    }
    let left = unfinished.len();
    AsCompleted {
        ready: ready.into(),
        waiting: unfinished.into_iter().map(Some).collect(),
        left,
        of,
        done,
        limit,
    }
}

impl<T> Iterator for AsCompleted<T> {
    type Item = Result<Future<T>, Unfinished>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(future) = self.ready.pop_front() {
            return Some(Ok(future));
        }
        while self.left > 0 {
            // A worker that waits here may have to run one of them itself.
            let waiting = self.waiting.iter().flatten();
            match receive(&self.done, &self.limit, waiting) {
                Ok(at) => {
                    if let Some(future) = self.waiting.get_mut(at).and_then(Option::take) {
                        self.left -= 1;
                        return Some(Ok(future));
                    }
                }
                Err(timeout) => {
                    let left = std::mem::take(&mut self.left);
                    return Some(Err(Unfinished { left, of: self.of, timeout }));
                }
            }
        }
        None
    }
}

/// What [`wait`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Any one of them, however it ended.
    First,
    /// One of them failed, or all are done. A cancelled one is no failure.
    FirstError,
    /// All of them, whether they finished, failed or were cancelled.
    All,
}

/// Futures, divided into those that are done and those that are not, each part in the order
/// given.
#[derive(Debug)]
pub struct Gathered<T> {
    pub done: Vec<Future<T>>,
    pub not_done: Vec<Future<T>>,
}

/// Waits until enough of the futures are done, or for `limit`, and divides them. A
/// cancelled future counts as done once its pool has noticed.
pub fn wait<T>(futures: &[Future<T>], when: When, limit: &Limit) -> Gathered<T> {
    let futures = distinct(futures);
    let (settled, done) = unbounded();
    for (at, future) in futures.iter().enumerate() {
        let settled = settled.clone();
        future.watch(move || {
            // The waiting thread gave up before: no receiver is left.
            let _ = settled.send(at);
        });
    }
    let mut left = futures.len();
    while left > 0 {
        let Ok(at) = receive(&done, limit, futures.iter()) else {
            break;
        };
        left -= 1;
        let enough = match when {
            When::First => true,
            When::FirstError => futures[at].status() == Status::Failed,
            When::All => false,
        };
        if enough {
            break;
        }
    }
    // Looked up again: others may have been settled since.
    let (done, not_done) = futures.into_iter().partition(Future::is_settled);
    Gathered { done, not_done }
}

/// The place of the next future that is settled. A worker of a pool does not only wait here: it
/// runs what is still in the queue among `futures`, as it would when waiting for one of them.
///
/// # Errors
/// If `limit` is over and none is settled. It is looked at only between two tasks that are run
/// here.
fn receive<'a, T: 'a>(
    done: &Receiver<usize>,
    limit: &Limit,
    mut futures: impl Iterator<Item = &'a Future<T>>,
) -> Result<usize, Timeout> {
    loop {
        // What is done already counts, also when the time is up.
        if let Ok(at) = done.try_recv() {
            return Ok(at);
        }
        let slice = limit.slice()?;
        // Each future is tried once: one that this thread cannot run now, it never can.
        if is_worker() && futures.any(Future::run_here) {
            continue;
        }
        if let Ok(at) = done.recv_timeout(slice) {
            return Ok(at);
        }
    }
}

/// The futures without duplicates, in their order: handles to one task are one.
fn distinct<T>(futures: &[Future<T>]) -> Vec<Future<T>> {
    let mut seen = HashSet::new();
    futures.iter().filter(|future| seen.insert(Arc::as_ptr(&future.shared))).cloned().collect()
}
