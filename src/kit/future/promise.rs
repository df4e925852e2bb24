//! The side of a future that completes it, and how far its task is.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::{Future, FutureShared, Status, TaskError};

/// The side that completes a [`Future`]. There is one for each task at a time. Dropping it
/// unfinished fails the future, so that no thread waits for a task that was forgotten: the error is
/// then [`TaskError::Abandoned`].
pub struct Promise<T> {
    pub(crate) shared: Arc<FutureShared<T>>,
}

/// How far a task is, and its result; drawn in the folder's header.
pub enum Phase<T> {
    Pending,
    Running,
    Done(Result<T, TaskError>),
    /// `noticed` once the pool has seen it: only then is the task no longer the pool's.
    Cancelled {
        noticed: bool,
    },
    /// The result was moved out. For status and waits the same as finished; there is only no result
    /// to be had.
    Taken,
}

impl<T> Promise<T> {
    /// The task begins to run on `worker`; `false` if it was cancelled and must not. Called
    /// again when a policy gives the task to another worker.
    pub fn start(&self, worker: &Arc<str>) -> bool {
        let mut state = self.shared.state.lock();
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
                // The callbacks ran when it was cancelled; the watchers waited for this.
                self.shared.notify_done(state, true);
                false
            }
            _ => false,
        }
    }

    /// The task is done. For a cancelled one this only says that the pool has noticed; the
    /// result is dropped. Without effect if it is settled already.
    pub fn complete(self, result: Result<T, TaskError>) {
        self.settle(result);
    }

    pub fn future(&self) -> Future<T> {
        Future { shared: Arc::clone(&self.shared) }
    }

    /// Ends the task, once: later calls, and the drop after [`Self::complete`], do nothing.
    /// Callbacks and watchers learn of it after the state has changed.
    fn settle(&self, result: Result<T, TaskError>) {
        let mut state = self.shared.state.lock();
        match state.phase {
            Phase::Pending | Phase::Running => {
                state.phase = Phase::Done(result);
                state.times.ended = Some(Instant::now());
            }
            Phase::Cancelled { noticed: false } => state.phase = Phase::Cancelled { noticed: true },
            _ => return,
        }
        self.shared.notify_done(state, true);
    }
}

impl<T> Drop for Promise<T> {
    // Nothing happens after `complete`: the phase is final by then.
    fn drop(&mut self) {
        self.settle(Err(TaskError::Abandoned));
    }
}

impl<T> Phase<T> {
    /// The phase as callers see it: less than the pool knows of a cancelled task, and no difference
    /// whether the result is still there.
    pub fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Running => Status::Running,
            Self::Done(Ok(_)) | Self::Taken => Status::Finished,
            Self::Done(Err(TaskError::Cancelled)) | Self::Cancelled { .. } => Status::Cancelled,
            Self::Done(Err(_)) => Status::Failed,
        }
    }

    /// Whether a wait for the task is over: there is a result, an error, or a cancellation.
    pub fn is_done(&self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// Whether the pool knows, too: the task will not run, or not run again.
    ///
    /// | phase | done | settled |
    /// |---|---|---|
    /// | pending, running | no | no |
    /// | cancelled, the pool has not noticed | yes | no |
    /// | cancelled and noticed, done, taken | yes | yes |
    pub fn is_settled(&self) -> bool {
        self.is_done() && !matches!(self, Self::Cancelled { noticed: false })
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").finish_non_exhaustive()
    }
}
