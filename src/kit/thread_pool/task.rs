//! What a worker does with one entry of the queue: one task, or a chunk of items.
//!
//! ```text
//! may_start ── cancelled ──▶ skip ──▶ leave
//!     │
//!     └─▶ begin ─▶ the task, panics caught ─▶ resume ─▶ end ─▶ leave ─▶ the future is completed
//! ```

use std::sync::Arc;

use super::shared::Ids;
use super::worker::Worker;
use crate::kit::future::{ItemResult, Promise, RunBy, TaskError};
use crate::kit::panics::{self, Panic};

/// Runs one task and completes its future with the result or the panic. The worker's state and the
/// event of the end come first: see the header of the pool.
pub fn run<T>(
    worker: &Worker,
    ids: &Ids,
    by: RunBy,
    promise: Promise<T>,
    task: impl FnOnce() -> T,
) {
    if !may_start(worker, &promise) {
        worker.skip(ids.first);
        worker.leave(by);
        return;
    }
    let before = worker.state();
    worker.begin(ids, 0);
    let result = panics::capture(task).map_err(|panic| panicked(worker, panic));
    worker.resume(before);
    worker.end(ids.first, result.as_ref().err());
    worker.leave(by);
    promise.complete(result);
}

/// Runs the items of a chunk one after the other. Each is a task of its own for an observer, for
/// a panic and for [`Shutdown::Cancel`](super::Shutdown::Cancel). Panics are caught once for
/// all items that end without one, and the worker is idle again only after the last: both make short
/// items cheap.
pub fn run_chunk<I, T>(
    worker: &Worker,
    ids: &Ids,
    by: RunBy,
    promise: Promise<Vec<ItemResult<T>>>,
    items: Vec<I>,
    task: &impl Fn(I) -> T,
) {
    if !may_start(worker, &promise) {
        (0..items.len()).for_each(|at| worker.skip(ids.first + at as u64));
        worker.leave(by);
        return;
    }
    let mut results = Vec::with_capacity(items.len());
    let mut items = items.into_iter();
    let before = worker.state();
    while items.len() > 0 {
        let run = || {
            for item in items.by_ref() {
                let id = ids.first + results.len() as u64;
                if worker.is_cancelling() {
                    worker.skip(id);
                    results.push(Err(Box::new(TaskError::Cancelled)));
                    continue;
                }
                worker.begin(ids, results.len());
                let result = task(item);
                worker.end(id, None);
                results.push(Ok(result));
            }
        };
        if let Err(panic) = panics::capture(run) {
            let error = panicked(worker, panic);
            worker.end(ids.first + results.len() as u64, Some(&error));
            results.push(Err(Box::new(error)));
        }
    }
    worker.resume(before);
    worker.leave(by);
    promise.complete(Ok(results));
}

/// Marks the task as running; `false` if it was cancelled, by its future or with the pool.
fn may_start<T>(worker: &Worker, promise: &Promise<T>) -> bool {
    if worker.is_cancelling() {
        // Then `start` reports it as cancelled; a task that runs already is not here.
        promise.future().cancel();
    }
    promise.start(worker.name())
}

fn panicked(worker: &Worker, panic: Panic) -> TaskError {
    TaskError::Panicked {
        message: panic.message,
        place: panic.place,
        worker: Arc::clone(worker.name()),
    }
}
