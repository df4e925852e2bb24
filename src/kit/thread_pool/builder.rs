//! How a pool of threads is to be.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use crossbeam_channel::unbounded;

use super::{Observer, PoolError, ThreadPool, ThreadPoolState};

/// How a pool is to be; see [`ThreadPool::builder`].
#[derive(Clone)]
pub struct Builder {
    pub(crate) workers: usize,
    pub(crate) prefix: String,
    pub(crate) stack: Option<usize>,
    pub(crate) initializer: Option<Arc<dyn Fn() + Send + Sync>>,
    pub(crate) observer: Option<Observer>,
}

impl Builder {
    /// Threads are named `prefix_0`, `prefix_1`, … (the kernel keeps 15 bytes).
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Bytes of stack for each worker; the system's default otherwise.
    #[must_use]
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack = Some(bytes);
        self
    }

    /// Runs on each worker before its first task. If it panics, the tasks still run.
    #[must_use]
    pub fn initializer(mut self, initializer: impl Fn() + Send + Sync + 'static) -> Self {
        self.initializer = Some(Arc::new(initializer));
        self
    }

    /// Lets workers emit events on lanes.
    #[must_use]
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Makes the pool; its workers start when there is work.
    ///
    /// # Errors
    /// [`PoolError::NoWorkers`].
    pub fn build(self) -> Result<ThreadPool, PoolError> {
        if self.workers == 0 {
            return Err(PoolError::NoWorkers);
        }
        let (sender, queue) = unbounded();
        let shared = ThreadPoolState {
            how: self,
            queue,
            unfinished: AtomicUsize::new(0),
            started: AtomicUsize::new(0),
            submitted: AtomicUsize::new(0),
            deepest: AtomicUsize::new(0),
            cancelling: AtomicBool::new(false),
            slots: RwLock::default(),
            refused: OnceLock::new(),
        };
        Ok(ThreadPool {
            shared: Arc::new(shared),
            queue: RwLock::new(Some(sender)),
            threads: Mutex::default(),
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("workers", &self.workers).finish_non_exhaustive()
    }
}
