//! The terms on which a pool of processes works: what a death means, how it ends, what
//! it refuses.

use std::io;
use std::sync::Arc;

use crate::kit::limit::Timeout;

/// What becomes of the tasks of a worker that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All fail at once and the pool takes no more, as in `ProcessPoolExecutor`.
    Break,
    /// The worker is replaced and its task given to another, so often and not oftener, as
    /// a supervisor does.
    Replace { retries: u32 },
    /// The worker is replaced and its task forgotten, as in `multiprocessing.Pool`: a thread that
    /// waits for it waits until the pool ends.
    Lose,
}

/// How a pool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Works off the queue, then lets the workers end.
    Drain,
    /// Cancels what waits in the queue, lets running tasks end.
    Cancel,
    /// Ends the workers at once; unfinished tasks fail.
    Terminate,
}

/// Why a pool does not take a task, or does not come to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// A pool needs at least one worker.
    #[error("a pool needs at least 1 worker, not 0")]
    NoWorkers,
    /// A chunk needs at least one item.
    #[error("a chunk needs at least 1 item, not 0")]
    EmptyChunk,
    /// A worker must do at least one task.
    #[error("a worker must do at least 1 task, not 0")]
    NoTasksPerWorker,
    /// It was shut down.
    #[error("the pool was shut down and takes no more tasks")]
    ShutDown,
    /// It is broken, for this reason.
    #[error("the pool is broken: {0}")]
    Broken(Arc<str>),
    /// The system gave no thread or descriptor.
    #[error("the pool could not be made: {0}")]
    System(Arc<str>),
}

/// Why the workers of a pool are not all ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The wait ended first.
    #[error(transparent)]
    Wait(#[from] Timeout),
    /// They never will be: the pool is broken or was shut down.
    #[error(transparent)]
    Pool(PoolError),
}

impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string().into())
    }
}
