//! The future of both pools: the result of a task that may not have run yet.
//!
//! The semantics are those of Python's `concurrent.futures`: a future is pending,
//! running, finished, failed or cancelled; it can be cancelled until it runs; an error
//! stays in it, with message and place, until somebody asks. [`Promise`] is the side
//! that completes it.
//!
//! Must not know: how tasks are run, in threads or in processes.

mod error;
mod gather;
mod help;
mod ordered;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

pub use error::{Failure, TaskError};
pub use gather::{AsCompleted, Gathered, Unfinished, When, as_completed, wait};
pub(crate) use help::Help;
pub use ordered::Results;

use super::limit::{Limit, Timeout};
use super::panics;

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
    shared: Arc<Shared<T>>,
}

/// The side that completes a [`Future`]. Dropping it unfinished fails the future, so
/// nobody waits for a task that was forgotten.
pub struct Promise<T> {
    shared: Arc<Shared<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>) + Send>;

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// The pool, if whoever waits can do its work.
    pool: Option<Weak<dyn Help>>,
}

struct State<T> {
    phase: Phase<T>,
    times: Times,
    callbacks: Vec<Callback<T>>,
    /// Told once the task's end is known on both sides; see [`Phase::Cancelled`].
    watchers: Vec<Box<dyn FnOnce() + Send>>,
    waiters: usize,
    /// Of them, those that do the pool's work.
    helpers: usize,
}

enum Phase<T> {
    Pending,
    Running,
    Done(Result<T, TaskError>),
    /// `noticed` once the pool has seen it: only then is the task out of its hands.
    Cancelled {
        noticed: bool,
    },
    /// The result was moved out.
    Taken,
}

/// A future and the promise that completes it.
pub fn future<T>() -> (Promise<T>, Future<T>) {
    future_of(None)
}

/// The same; whoever waits for it lends `pool` a hand.
pub(crate) fn future_of<T>(pool: Option<Weak<dyn Help>>) -> (Promise<T>, Future<T>) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            phase: Phase::Pending,
            times: Times {
                queued: Instant::now(),
                started: None,
                ended: None,
                worker: None,
            },
            callbacks: Vec::new(),
            watchers: Vec::new(),
            waiters: 0,
            helpers: 0,
        }),
        changed: Condvar::new(),
        pool,
    });
    (
        Promise {
            shared: Arc::clone(&shared),
        },
        Future { shared },
    )
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

    /// Waits for the task and moves its result out. Whoever asks after that is told
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
    /// that completes it. A panic in it is caught and harms nobody.
    pub fn on_done(&self, callback: impl FnOnce(&Self) + Send + 'static) {
        let mut state = self.shared.lock();
        if state.phase.is_done() {
            drop(state);
            let _ = panics::capture(|| callback(self));
        } else {
            state.callbacks.push(Box::new(callback));
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
            if let Some(pool) = self.shared.pool.as_ref().and_then(Weak::upgrade) {
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

impl<T> Promise<T> {
    /// The task begins to run on `worker`; `false` if it was cancelled and must not.
    pub fn start(&self, worker: &Arc<str>) -> bool {
        let mut state = self.shared.lock();
        match state.phase {
            Phase::Pending => {
                state.phase = Phase::Running;
                state.times.started = Some(Instant::now());
                state.times.worker = Some(Arc::clone(worker));
                true
            }
            // Given to another worker after its first one died.
            Phase::Running => {
                state.times.worker = Some(Arc::clone(worker));
                true
            }
            Phase::Cancelled { noticed: false } => {
                state.phase = Phase::Cancelled { noticed: true };
                self.shared.announce(state, true);
                false
            }
            _ => false,
        }
    }

    /// The task is done. Without effect if it already was.
    pub fn complete(self, result: Result<T, TaskError>) {
        self.settle(result);
    }

    /// Another handle to the future.
    pub fn future(&self) -> Future<T> {
        Future {
            shared: Arc::clone(&self.shared),
        }
    }

    fn settle(&self, result: Result<T, TaskError>) {
        let mut state = self.shared.lock();
        match state.phase {
            Phase::Pending | Phase::Running => {
                state.phase = Phase::Done(result);
                state.times.ended = Some(Instant::now());
            }
            Phase::Cancelled { noticed: false } => state.phase = Phase::Cancelled { noticed: true },
            _ => return,
        }
        self.shared.announce(state, true);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.settle(Err(TaskError::Abandoned));
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits and runs what was left to be run, without the lock.
    fn announce(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>, settled: bool) {
        let callbacks = std::mem::take(&mut state.callbacks);
        let watchers = if settled {
            std::mem::take(&mut state.watchers)
        } else {
            Vec::new()
        };
        let (waiters, helpers) = (state.waiters, state.helpers);
        drop(state);
        if waiters > 0 {
            self.changed.notify_all();
        }
        if helpers > 0
            && let Some(pool) = self.pool.as_ref().and_then(Weak::upgrade)
        {
            pool.nudge();
        }
        for watcher in watchers {
            watcher();
        }
        for callback in callbacks {
            let future = Future {
                shared: Arc::clone(self),
            };
            let _ = panics::capture(|| callback(&future));
        }
    }
}

impl<T> Phase<T> {
    fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Running => Status::Running,
            Self::Done(Ok(_)) | Self::Taken => Status::Finished,
            Self::Done(Err(TaskError::Cancelled)) | Self::Cancelled { .. } => Status::Cancelled,
            Self::Done(Err(_)) => Status::Failed,
        }
    }

    fn is_done(&self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    fn is_settled(&self) -> bool {
        self.is_done() && !matches!(self, Self::Cancelled { noticed: false })
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Future").field(&self.status()).finish()
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").finish_non_exhaustive()
    }
}
