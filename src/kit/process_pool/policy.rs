//! What a pool of processes does when a worker dies, how it ends, and which errors it returns.
//!
//! ```text
//! a worker dies     FailAll    every task fails; the pool is broken
//! with a task       Replace    another worker gets the task, up to `retries` times more
//!                   Forget     another worker takes its place; the task stays open
//! before it is ready           its task goes back to the queue, unless the policy is FailAll
//! ```

use std::io;
use std::sync::Arc;

use crate::kit::limit::Timeout;

/// What becomes of the task of a worker that dies. A worker that dies before it is ready has
/// not begun a task, so its task goes back to the queue under every policy that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Every task of the pool fails at once and the pool takes no more, as in
    /// `ProcessPoolExecutor` (`BrokenProcessPool`): tasks may depend on each other, so none is
    /// trusted.
    FailAll,
    /// The worker is replaced and its task is given to another worker, as a supervisor does. A
    /// task that is given out more than `retries` + 1 times fails with
    /// [`TaskError::WorkerDied`](crate::kit::future::TaskError::WorkerDied): it may be the
    /// cause.
    Replace { retries: u32 },
    /// The worker is replaced and its task is forgotten, as in `multiprocessing.Pool`. Its
    /// future stays open: a thread that waits for it waits until the pool ends, or its limit
    /// does.
    Forget,
}

/// How a pool ends. In each way it takes no more tasks from the first moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Works off the queue, then lets the workers end by themselves. A task that never ends
    /// keeps the pool from ending.
    Drain,
    /// Cancels what waits in the queue and lets running tasks end; like
    /// `shutdown(cancel_futures=True)` in Python.
    Cancel,
    /// Kills the workers at once with all processes that they started. Running tasks fail with
    /// [`TaskError::Broken`](crate::kit::future::TaskError::Broken), waiting ones are
    /// cancelled.
    Terminate,
}

/// Why a pool does not take a task, or cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// [`super::ProcessPool::builder`] was called with 0 workers: nothing could ever run.
    #[error("a pool needs at least 1 worker, not 0")]
    NoWorkers,
    /// [`super::ProcessPool::map`] was called with chunks of 0 items.
    #[error("a chunk needs at least 1 item, not 0")]
    EmptyChunk,
    /// [`super::Builder::tasks_per_worker`] was called with 0.
    #[error("a worker must do at least 1 task, not 0")]
    NoTasksPerWorker,
    /// It was shut down, in whatever way. That it was broken before is reported instead, if it was.
    #[error("the pool was shut down and takes no more tasks")]
    ShutDown,
    /// It is broken for this reason, which every task that was waiting got as its error too.
    #[error("the pool is broken: {0}")]
    Broken(Arc<str>),
    /// The system gave no descriptor, memory or thread when the pool was built. No worker was
    /// started by then.
    #[error("the pool could not be made: {0}")]
    System(Arc<str>),
}

/// Why [`super::ProcessPool::wait_ready`] returned before all workers were ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The limit ended first. The pool is as it was: the workers still start, and a later wait
    /// may succeed.
    #[error(transparent)]
    Wait(#[from] Timeout),
    /// They never will be ready: the pool is broken or was shut down.
    #[error(transparent)]
    Pool(PoolError),
}

impl NotReady {
    /// The cause alone: of a broken pool why it broke, without the words that it is broken.
    pub fn cause(&self) -> String {
        match self {
            Self::Pool(PoolError::Broken(reason)) => reason.to_string(),
            other => other.to_string(),
        }
    }
}

impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string().into())
    }
}
