//! Configuration of a pool of threads.

use std::fmt;
use std::sync::Arc;

use super::{Observer, PoolError, ThreadPool};

/// Configuration of a pool; see [`ThreadPool::builder`]. Without further settings: threads named
/// `worker_0` and so on, the system's stack, no initializer, nothing emitted.
#[derive(Clone)]
pub struct Builder {
    pub(crate) workers: usize,
    pub(crate) prefix: String,
    /// Bytes for each worker; `None` for the system's default.
    pub(crate) stack: Option<usize>,
    pub(crate) initializer: Option<Arc<dyn Fn() + Send + Sync>>,
    pub(crate) observer: Option<Observer>,
}

impl Builder {
    /// Threads are named `prefix_0`, `prefix_1`, … The kernel keeps the first 15 bytes of a
    /// name.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Bytes of stack for each worker; the system's default otherwise. A worker that runs
    /// the task that it waits for needs more, as the runs nest.
    #[must_use]
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack = Some(bytes);
        self
    }

    /// Runs on each worker before its first task. If it panics, that is reported and the
    /// tasks run all the same.
    #[must_use]
    pub fn initializer(mut self, initializer: impl Fn() + Send + Sync + 'static) -> Self {
        self.initializer = Some(Arc::new(initializer));
        self
    }

    /// Lets workers emit events, each on a lane that `observer` makes on the worker's own
    /// thread.
    #[must_use]
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Makes the pool. Its workers start when there is work: one more whenever as many tasks are
    /// unfinished as workers were started, up to the number asked for.
    ///
    /// # Errors
    /// [`PoolError::NoWorkers`] if that number is 0. That a thread cannot be started is known only
    /// when it is needed; see [`ThreadPool::submit`] and [`ThreadPool::refused`].
    pub fn build(self) -> Result<ThreadPool, PoolError> {
        if self.workers == 0 {
            return Err(PoolError::NoWorkers);
        }
        Ok(ThreadPool::from_builder(self))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("workers", &self.workers).finish_non_exhaustive()
    }
}
