//! The future of both pools: the result of a task that may not have run yet.
//!
//! The semantics are those of Python's `concurrent.futures`: a future is pending,
//! running, finished, failed or cancelled; it can be cancelled until it runs; an error
//! stays in it, with message and place, until a thread asks. [`Promise`] is the side
//! that completes it.
//!
//! A worker of a thread pool that waits for a task of its own pool runs that task itself if
//! no other worker has begun it, whichever of the waits here it uses. A limit is looked at
//! before that, not while it runs.
//!
//! Must not know: how tasks are run, in threads or in processes.

mod error;
mod gather;
mod help;
mod ordered;
mod promise;
mod queued;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

pub use error::{Failure, TaskError};
pub use gather::{AsCompleted, Gathered, Unfinished, When, as_completed, wait};
pub(crate) use help::HelpWhileWaiting;
pub use ordered::Results;
pub use promise::Promise;
pub(crate) use queued::{PoolId, Queued, RunBy, queued, work_for};

use super::limit::{Limit, Timeout};
use super::panics::{self, Panic};
use promise::Phase;
use queued::TaskBody;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    Running,
    Finished,
    Failed,
    Cancelled,
}

/// When what happened to a task, and who ran it.
#[derive(Clone, Debug)]
pub struct Times {
    pub queued: Instant,
    pub started: Option<Instant>,
    pub ended: Option<Instant>,
    /// The name of the worker that ran it.
    pub worker: Option<Arc<str>>,
}

/// The result of a task, now or later. Clones are handles to the same task.
pub struct Future<T> {
    shared: Arc<FutureShared<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

pub(crate) struct FutureShared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    helper: Helper,
}

/// Which of those who wait can do the pool's work meanwhile.
enum Helper {
    None,
    /// Any thread, by helping the pool.
    Any(Weak<dyn HelpWhileWaiting>),
    /// A worker of the pool, by running the task itself.
    Worker(PoolId),
}

struct State<T> {
    phase: Phase<T>,
    times: Times,
    /// The task while it waits in a queue for whichever runs it first.
    body: Option<TaskBody<T>>,
    callbacks: Vec<Callback<T>>,
    callback_panics: Vec<Panic>,
    /// Callbacks run when the task is settled: when both the caller and the pool agree that it
    /// will not run again; see [`Phase::Cancelled`].
    watchers: Vec<Box<dyn FnOnce() + Send>>,
    waiters: usize,
    /// Of them, those that do the pool's work.
    helpers: usize,
}

/// A future and the promise that completes it.
pub fn future<T>() -> (Promise<T>, Future<T>) {
    promised(Helper::None)
}

/// The same; a thread that waits for it helps `pool`.
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
    pub fn status(&self) -> Status {
        self.shared.lock().phase.status()
    }

    /// Finished, failed or cancelled.
    pub fn is_done(&self) -> bool {
        !matches!(self.status(), Status::Pending | Status::Running)
    }

    pub fn times(&self) -> Times {
        self.shared.lock().times.clone()
    }

    /// Cancels the task if it does not run yet; `true` if it is cancelled now, also if
    /// it was before.
    pub fn cancel(&self) -> bool {
        let mut state = self.shared.lock();
        match state.phase {
            Phase::Cancelled { .. } => return true,
            Phase::Pending => {}
            _ => return false,
        }
        state.phase = Phase::Cancelled { noticed: false };
        state.times.ended = Some(Instant::now());
        self.shared.announce(state, false);
        true
    }

    /// The error, if the task failed or was cancelled.
    pub fn error(&self) -> Option<TaskError> {
        match &self.shared.lock().phase {
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

    /// Waits for the task and moves its result out. A thread that asks after that learns
    /// that it was taken.
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
        match std::mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Done(result) => result.map_err(Failure::Task),
            _ => Err(TaskError::Taken.into()),
        }
    }

    /// Waits for the task and looks at its result in place. `look` runs under the
    /// future's lock: it must be short.
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
        let mut state = self.shared.lock();
        if state.phase.is_done() {
            drop(state);
            self.call(Box::new(callback));
        } else {
            state.callbacks.push(Box::new(callback));
        }
    }

    /// The panics of completion callbacks so far.
    pub fn callback_panics(&self) -> Vec<Panic> {
        self.shared.lock().callback_panics.clone()
    }

    fn call(&self, callback: Callback<T>) {
        if let Err(panic) = panics::contain("a completion callback", || callback(self)) {
            self.shared.lock().callback_panics.push(panic);
        }
    }

    /// Calls `watcher` when the task's end is known on both sides.
    fn watch(&self, watcher: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.lock();
        if state.phase.is_settled() {
            drop(state);
            watcher();
        } else {
            state.watchers.push(Box::new(watcher));
        }
    }

    /// Whether the task's end is known on both sides: a cancelled one counts only once
    /// its pool has noticed.
    fn is_settled(&self) -> bool {
        self.shared.lock().phase.is_settled()
    }

    fn when_done(&self, limit: &Limit) -> Result<MutexGuard<'_, State<T>>, Timeout> {
        let mut state = self.shared.lock();
        while !state.phase.is_done() {
            let slice = limit.slice()?;
            if state.body.is_some() && self.is_of_this_worker() {
                drop(state);
                self.run_here();
                state = self.shared.lock();
                continue;
            }
            if let Some(pool) = self.shared.pool() {
                state.helpers += 1;
                drop(state);
                let helped = pool.help(slice, &|| self.is_done());
                state = self.shared.lock();
                state.helpers -= 1;
                if helped || state.phase.is_done() {
                    continue;
                }
            }
            state.waiters += 1;
            let (back, _) = self
                .shared
                .changed
                .wait_timeout(state, slice)
                .unwrap_or_else(PoisonError::into_inner);
            state = back;
            state.waiters -= 1;
        }
        Ok(state)
    }
}

impl<T: Clone> Future<T> {
    /// Waits for the task and gives a copy of its result, as often as one asks.
    ///
    /// # Errors
    /// The task's own error, or the limit.
    pub fn result(&self, limit: &Limit) -> Result<T, Failure> {
        self.with(limit, T::clone)
    }
}

impl<T> FutureShared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pool, if any thread that waits can do its work.
    fn pool(&self) -> Option<Arc<dyn HelpWhileWaiting>> {
        match &self.helper {
            Helper::Any(pool) => pool.upgrade(),
            Helper::None | Helper::Worker(_) => None,
        }
    }

    /// Wakes every thread that waits and runs what was left to be run, without the lock.
    fn announce(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>, settled: bool) {
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
