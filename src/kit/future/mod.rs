//! The future of both pools: the result of a task that may not have run yet.
//!
//! The semantics are those of Python's `concurrent.futures`: a future is pending, running,
//! finished, failed or cancelled; it can be cancelled until it runs; an error stays in it,
//! with message and place, until a thread asks. [`Promise`] is the side that completes it.
//!
//! ```text
//!             start()                complete(Ok)            take()
//!    Pending ─────────▶ Running ──────────────────▶ Done(Ok) ─────▶ Taken
//!       │                  └───────────────────────▶ Done(Err)
//!       │ cancel()             complete(Err), or the promise is dropped
//!       ▼                        start() or complete(): the pool notices
//!    Cancelled, not noticed ──────────────────────────▶ Cancelled, noticed
//!    `is_done`: every state from here on, and Done, Taken; `is_settled`: all but not noticed
//! ```
//!
//! A cancelled future is *done* at once, so that its caller goes on, but only *settled*
//! when the pool has seen the cancellation: until then the task's entry is still in a
//! queue.
//!
//! A worker of a thread pool that waits for a task of its own pool runs that task itself if
//! no other worker has begun it, whichever of the waits here it uses. A limit is checked
//! before that, not while it runs.
//!
//! One mutex guards each future. Callbacks, watchers and task bodies run without it, so
//! they may use the future; the only user code under it is the short look of
//! [`Future::with`].

mod error;
mod gather;
mod help;
mod ordered;
mod promise;
mod queued;
mod status;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

pub use error::{Failure, TaskError};
pub use gather::{AsCompleted, Gathered, Unfinished, When, as_completed, wait};
pub(crate) use help::HelpWhileWaiting;
pub use ordered::Results;
pub(crate) use ordered::{ItemResult, Part};
pub use promise::Promise;
pub(crate) use queued::{PoolId, Queued, RunBy, queued, work_for};
pub use status::Status;

use super::limit::{Limit, Timeout};
use super::panics::{self, Panic};
use promise::Phase;
use queued::TaskBody;

/// When a task was submitted, begun by its first worker, and done or cancelled, and the
/// name of the worker that ran it (of the last one, if its first one died). `None` for what
/// has not happened.
#[derive(Clone, Debug)]
pub struct Times {
    pub queued: Instant,
    pub started: Option<Instant>,
    pub ended: Option<Instant>,
    pub worker: Option<Arc<str>>,
}

/// The result of a task, now or later. Clones are handles to the same task. Dropping all of
/// them does not cancel it: it runs, and its result is dropped.
pub struct Future<T> {
    shared: Arc<FutureShared<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

/// What a task's handles and its promise share.
pub(crate) struct FutureShared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// What a waiting thread can do meanwhile. Fixed when the future is made.
    helper: Helper,
}

/// Which of those who wait can do the pool's work meanwhile: none, any thread by helping
/// the pool, or a worker of the pool by running the task itself.
enum Helper {
    None,
    Any(Weak<dyn HelpWhileWaiting>),
    Worker(PoolId),
}

struct State<T> {
    phase: Phase<T>,
    times: Times,
    /// The task while it waits in a queue, for whichever thread runs it first. Taking it out under
    /// the lock is what decides which one that is.
    body: Option<TaskBody<T>>,
    callbacks: Vec<Callback<T>>,
    callback_panics: Vec<Panic>,
    /// Called once the task is settled, unlike callbacks, which run once it is done: settled means
    /// that the caller and the pool agree that it will not run again; see [`Phase::Cancelled`].
    watchers: Vec<Box<dyn FnOnce() + Send>>,
    /// Threads that sleep on `changed`: without any, completing a task makes no system
    /// call.
    waiters: usize,
    /// Threads that do the pool's work meanwhile. They do not sleep on `changed`, so the
    /// pool is nudged for them.
    helpers: usize,
}

/// A future and the promise that completes it. A thread that waits for it just sleeps, as no pool
/// is known that it could help.
pub fn future<T>() -> (Promise<T>, Future<T>) {
    promised(Helper::None)
}

/// The same; a thread that waits for it helps `pool`, which is held weakly, since the pool
/// holds the promise.
pub(crate) fn future_of<T>(pool: Weak<dyn HelpWhileWaiting>) -> (Promise<T>, Future<T>) {
    promised(Helper::Any(pool))
}

fn promised<T>(helper: Helper) -> (Promise<T>, Future<T>) {
    let shared = new(helper, None);
    let promise = Promise { shared: Arc::clone(&shared) };
    (promise, Future { shared })
}

fn new<T>(helper: Helper, body: Option<TaskBody<T>>) -> Arc<FutureShared<T>> {
    Arc::new(FutureShared {
        state: Mutex::new(State {
            phase: Phase::Pending,
            times: Times { queued: Instant::now(), started: None, ended: None, worker: None },
            body,
            callbacks: Vec::new(),
            callback_panics: Vec::new(),
            watchers: Vec::new(),
            waiters: 0,
            helpers: 0,
        }),
        changed: Condvar::new(),
        helper,
    })
}

impl<T> Future<T> {
    /// Where the task stands. May be out of date when this returns, unless the task is
    /// done.
    pub fn status(&self) -> Status {
        self.shared.state.lock().phase.status()
    }

    /// Whether it is finished, failed or cancelled. True for a cancelled one at once, although its
    /// pool may not have noticed.
    pub fn is_done(&self) -> bool {
        !self.status().is_open()
    }

    /// A copy of the task's times so far; of a task that runs, the end is still `None`.
    pub fn times(&self) -> Times {
        self.shared.state.lock().times.clone()
    }

    /// Cancels the task if it does not run yet; `true` if it is cancelled now, also if
    /// it was before.
    pub fn cancel(&self) -> bool {
        let mut state = self.shared.state.lock();
        match state.phase {
            Phase::Cancelled { .. } => return true,
            Phase::Pending => {}
            _ => return false,
        }
        state.phase = Phase::Cancelled { noticed: false };
        state.times.ended = Some(Instant::now());
        // Waiters go on at once. Watchers wait until the pool has noticed.
        self.shared.notify_done(state, false);
        true
    }

    /// The error, if the task failed or was cancelled; `None` while it is not done. Does
    /// not wait.
    pub fn error(&self) -> Option<TaskError> {
        match &self.shared.state.lock().phase {
            Phase::Done(Err(error)) => Some(error.clone()),
            Phase::Cancelled { .. } => Some(TaskError::Cancelled),
            _ => None,
        }
    }

    /// Waits until the task is done, whatever its end.
    ///
    /// # Errors
    /// If `limit` ends first; the task is not touched by that.
    pub fn wait(&self, limit: &Limit) -> Result<(), Timeout> {
        self.when_done(limit).map(|_| ())
    }

    /// Waits for the task and moves its result out. A later call by any handle gets
    /// [`TaskError::Taken`].
    ///
    /// # Errors
    /// The task's own error, or the limit.
    pub fn take(&self, limit: &Limit) -> Result<T, Failure> {
        let mut state = self.when_done(limit)?;
        match &state.phase {
            Phase::Done(Ok(_)) => {}
            Phase::Done(Err(error)) => return Err(error.clone().into()),
            Phase::Taken => return Err(TaskError::Taken.into()),
            _ => return Err(TaskError::Cancelled.into()),
        }
        // Under the same lock as the check above, so the second arm is never taken.
        match std::mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Done(result) => result.map_err(Failure::Task),
            _ => Err(TaskError::Taken.into()),
        }
    }

    /// Waits for the task and shows its result in place. `look` runs under the future's
    /// lock: it must be short, and must not use this future.
    ///
    /// # Errors
    /// The task's own error, or the limit.
    pub fn with<R>(&self, limit: &Limit, look: impl FnOnce(&T) -> R) -> Result<R, Failure> {
        match &self.when_done(limit)?.phase {
            Phase::Done(Ok(value)) => Ok(look(value)),
            Phase::Done(Err(error)) => Err(error.clone().into()),
            Phase::Taken => Err(TaskError::Taken.into()),
            _ => Err(TaskError::Cancelled.into()),
        }
    }

    /// Calls `callback` when the task is done: at once if it is, otherwise on the thread
    /// that completes it. A panic in it changes neither the result nor the other callbacks;
    /// it is reported (see [`panics::contain`]) and kept in [`Future::callback_panics`].
    pub fn on_done(&self, callback: impl FnOnce(&Self) + Send + 'static) {
        let mut state = self.shared.state.lock();
        // Decided under the lock: a callback is either added before the end, or called
        // here.
        if state.phase.is_done() {
            drop(state);
            self.call(Box::new(callback));
        } else {
            state.callbacks.push(Box::new(callback));
        }
    }

    /// The panics of completion callbacks so far, in the order in which they happened. Each
    /// was reported when it happened, too.
    pub fn callback_panics(&self) -> Vec<Panic> {
        self.shared.state.lock().callback_panics.clone()
    }

    /// Runs a callback without the lock, and keeps its panic, which must not reach the thread that
    /// completes the task.
    fn call(&self, callback: Callback<T>) {
        if let Err(panic) = panics::contain("a completion callback", || callback(self)) {
            self.shared.state.lock().callback_panics.push(panic);
        }
    }

    /// Calls `watcher` when the task is settled: when both the caller and the pool agree
    /// that it will not run again; at once if it is.
    fn watch(&self, watcher: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.state.lock();
        if state.phase.is_settled() {
            drop(state);
            watcher();
        } else {
            state.watchers.push(Box::new(watcher));
        }
    }

    /// Whether the task's end is known on both sides: a cancelled one counts only once its
    /// pool has noticed.
    fn is_settled(&self) -> bool {
        self.shared.state.lock().phase.is_settled()
    }

    /// Waits until the task is done and returns its locked state: what all waits here have
    /// in common.
    fn when_done(&self, limit: &Limit) -> Result<MutexGuard<'_, State<T>>, Timeout> {
        let mut state = self.shared.state.lock();
        while !state.phase.is_done() {
            // Before the check of the body: a limit that is over must not run the task.
            let slice = limit.slice()?;
            // A task that no worker has begun: run it on this stack instead of waiting.
            if state.body.is_some() && self.is_of_this_worker() {
                drop(state);
                self.run_here();
                state = self.shared.state.lock();
                continue;
            }
            if let Some(pool) = self.shared.pool() {
                // Under the lock, so that the thread that completes the task knows that a helper
                // has to be nudged.
                state.helpers += 1;
                drop(state);
                let helped = pool.help(slice, &|| self.is_done());
                state = self.shared.state.lock();
                state.helpers -= 1;
                // `false`: another thread does the pool's work already, so this one sleeps
                // below.
                if helped || state.phase.is_done() {
                    continue;
                }
            }
            // Under the lock, which `wait_for` releases: a completion cannot slip in
            // between.
            state.waiters += 1;
            self.shared.changed.wait_for(&mut state, slice);
            state.waiters -= 1;
        }
        Ok(state)
    }
}

impl<T: Clone> Future<T> {
    /// Waits for the task and returns a copy of its result, as often as it is called.
    ///
    /// # Errors
    /// The task's own error, or the limit.
    pub fn result(&self, limit: &Limit) -> Result<T, Failure> {
        self.with(limit, T::clone)
    }
}

impl<T> FutureShared<T> {
    /// The pool, if any thread that waits can do its work; `None` also if it is gone by now.
    fn pool(&self) -> Option<Arc<dyn HelpWhileWaiting>> {
        match &self.helper {
            Helper::Any(pool) => pool.upgrade(),
            Helper::None | Helper::Worker(_) => None,
        }
    }

    /// Wakes every thread that waits and runs what was left to be run, without the lock.
    fn notify_done(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>, settled: bool) {
        // Taken out under the lock: each runs once, whichever thread comes first.
        let callbacks = std::mem::take(&mut state.callbacks);
        let watchers = if settled { std::mem::take(&mut state.watchers) } else { Vec::new() };
        let (waiters, helpers) = (state.waiters, state.helpers);
        drop(state);
        if waiters > 0 {
            self.changed.notify_all();
        }
        if helpers > 0
            && let Some(pool) = self.pool()
        {
            pool.nudge();
        }
        // Before the callbacks, which are foreign code and may take long.
        for watcher in watchers {
            watcher();
        }
        for callback in callbacks {
            let future = Future { shared: Arc::clone(self) };
            future.call(callback);
        }
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Future").field(&self.status()).finish()
    }
}
