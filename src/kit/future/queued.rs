//! A task in a queue, with its future: run once, by whichever comes first, a worker that
//! takes it out of the queue or a worker of the same pool that waits for its result.
//!
//! So a task may wait for a task that it submitted itself, also on a pool that has no free
//! worker. A waiting worker runs the awaited task and no other, as `Task.Wait` of .NET
//! does: a wait nests as deep as tasks wait for each other, which the program decides, and
//! not as deep as the queue happens to be; and a task that keeps a lock while it waits runs
//! nothing that it does not depend on anyway.
//!
//! No wait hangs that could be served: each waiting worker waits for a task that runs
//! elsewhere, so a chain of waits ends at a task that does not wait, unless tasks wait for
//! each other in a circle.
//!
//! The entry stays in the queue when a waiter has run the task: taking it out of the middle
//! would cost more than the worker that finds it empty.

use std::cell::Cell;
use std::sync::Arc;

use super::{Future, FutureShared, Helper, Promise, new};

/// Which pool a worker belongs to; [`PoolId::NONE`] is no pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolId(usize);

/// Who runs a task. The pool's count of unfinished entries depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunBy {
    /// A worker that took it out of the queue.
    Queue,
    /// A worker that waits for its result. The task's entry stays in the queue, and does
    /// nothing when a worker takes it.
    Waiter,
}

/// What to do with the task; gets the promise to complete.
pub type TaskBody<T> = Box<dyn FnOnce(Promise<T>, RunBy) + Send>;

impl PoolId {
    /// No pool: no part of one is at address 0.
    const NONE: Self = Self(0);

    /// Of a pool with a part at this address. Unique among the pools that have tasks, since
    /// the tasks of a pool that is gone were dropped with its queue.
    pub(crate) fn of<P>(part: &Arc<P>) -> Self {
        Self(Arc::as_ptr(part) as usize)
    }
}

thread_local! {
    static WORKS_FOR: Cell<PoolId> = const { Cell::new(PoolId::NONE) };
}

/// Makes the calling thread a worker of `pool` for the rest of its life: from now on its waits for
/// that pool's tasks run them.
pub(crate) fn work_for(pool: PoolId) {
    WORKS_FOR.set(pool);
}

/// Whether the calling thread is a worker of any pool. Cheap: it is asked in each turn of a wait.
pub fn is_worker() -> bool {
    WORKS_FOR.get() != PoolId::NONE
}

/// A task of `pool` for its queue, and its future. `body` runs at most once, with the
/// promise to complete.
pub(crate) fn queued<T: Send + 'static>(
    pool: PoolId,
    body: impl FnOnce(Promise<T>, RunBy) + Send + 'static,
) -> (Queued, Future<T>) {
    let shared = new(Helper::Worker(pool), Some(Box::new(body)));
    (Queued(Some(Arc::clone(&shared) as _)), Future { shared })
}

/// The entry of a task in a queue. Dropping it before the task ran fails the task, as with
/// a queue that is dropped with its pool. `None` once it was used.
pub(crate) struct Queued(Option<Arc<dyn Claim>>);

impl Queued {
    /// Runs the task unless a thread did already; returns whether it ran here.
    pub(crate) fn run(mut self) -> bool {
        self.0.take().is_some_and(|task| task.run(RunBy::Queue))
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abandon();
        }
    }
}

/// A task whose result type is no longer known, so that one queue holds tasks of all types.
trait Claim: Send + Sync {
    fn run(self: Arc<Self>, by: RunBy) -> bool;
    fn abandon(self: Arc<Self>);
}

impl<T: Send> Claim for FutureShared<T> {
    fn run(self: Arc<Self>, by: RunBy) -> bool {
        self.run_body(by)
    }

    fn abandon(self: Arc<Self>) {
        let body = self.state.lock().body.take();
        if body.is_some() {
            // Without the lock, which the promise's end takes.
            drop(Promise { shared: self });
        }
    }
}

impl<T> FutureShared<T> {
    /// Runs the task unless another thread has begun it. Taking the body out under the lock
    /// is what makes one of several the one that runs it.
    fn run_body(self: Arc<Self>, by: RunBy) -> bool {
        let body = self.state.lock().body.take();
        // The lock is released by now: the task runs without it.
        let Some(body) = body else { return false };
        body(Promise { shared: self }, by);
        true
    }
}

impl<T> Future<T> {
    /// Whether the calling thread is a worker of the pool that the task was queued at. Only such a
    /// thread may run it: others do not have what the pool gives its workers, such as a lane.
    pub(crate) fn is_of_this_worker(&self) -> bool {
        matches!(self.shared.helper, Helper::Worker(pool) if pool == WORKS_FOR.get())
    }

    /// Runs the task here if the calling thread is a worker of its pool and no other runs
    /// it; returns whether it did.
    pub(crate) fn run_here(&self) -> bool {
        self.is_of_this_worker() && Arc::clone(&self.shared).run_body(RunBy::Waiter)
    }
}
