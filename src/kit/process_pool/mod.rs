//! A pool of processes whose inside can be seen.
//!
//! Tasks are named [`WorkerFn`]s that run in worker processes; each has a [`Future`], the same
//! as in the pool of threads. One thread of ours, the manager, talks to all workers. The
//! semantics are those of Python's `ProcessPoolExecutor`; what happens when a worker dies
//! is a [`Policy`], because that is where pools differ.
//!
//! # Workers that cannot be started
//!
//! Whatever the system refuses (see [`crate::kit::child`] for each call) reaches any caller that
//! waits, with the system's own words:
//! - a pool that was asked for all its workers ([`ProcessPool::prestart`],
//!   [`ProcessPool::wait_ready`]) and cannot have them breaks at once, for its tasks may need
//!   each other: every future fails with the cause, and so do waits and later tasks;
//! - a pool that starts its workers as they are needed goes on with those that it has, tries
//!   again every tenth of a second while tasks wait, and says why it is short in
//!   [`PoolView::shortage`]; without a single worker it breaks as well;
//! - workers that start and die before they are ready are replaced under the policies that
//!   replace; ten in a row break the pool. The tasks that waited for them were not begun and
//!   count as not given out;
//! - a fork server that does not answer for ten seconds breaks its pools.
//!
//! Dropping the pool ends its workers at once and leaves nothing behind; to have the
//! queue worked off first, call [`ProcessPool::shutdown`].
//!
//! Must not know: what its jobs compute, and who looks.

mod builder;
mod chunk;
mod core;
pub mod jobs;
mod leader;
mod policy;
mod shared;
mod slot;
mod view;
mod watch;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;

use super::child::payload::encode;
use super::child::{Start, WorkerFn};
use super::event::LaneEvent;
use super::future::{Future, Promise, Results, TaskError, future_of};
use super::limit::Limit;
use super::recorder::{EventSink, with_sink};
pub use builder::Builder;
use chunk::{Chunk, ChunkItem};
pub use policy::{NotReady, Policy, PoolError, Shutdown};
use shared::ProcessPoolState;
pub use view::{GONE_KEPT, Gone, Milestones, PoolView, WorkerState, WorkerView};

/// Gives each worker its lane: called with its name and pid. What the lane emits comes from
/// whichever thread deals with the worker, one at a time.
pub type Observer = Arc<dyn Fn(&str, u32) -> Box<dyn EventSink + Send> + Send + Sync>;

/// A pool of processes.
pub struct ProcessPool {
    shared: Arc<ProcessPoolState>,
    manager: Mutex<Option<JoinHandle<()>>>,
    tasks: AtomicU64,
    observed: bool,
}

impl Builder {
    /// Makes the pool; its workers start when there is work, or with [`ProcessPool::prestart`].
    ///
    /// # Errors
    /// [`PoolError::NoWorkers`], [`PoolError::NoTasksPerWorker`], or the system's refusal.
    pub fn build(self) -> Result<ProcessPool, PoolError> {
        if self.workers == 0 {
            return Err(PoolError::NoWorkers);
        }
        if self.tasks_per_worker == Some(0) {
            return Err(PoolError::NoTasksPerWorker);
        }
        let observed = self.observer.is_some();
        let shared = Arc::new(ProcessPoolState::new(self)?);
        let there = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("pool/manager".to_owned());
        let manager = thread.spawn(move || there.manage())?;
        Ok(ProcessPool {
            shared,
            manager: Mutex::new(Some(manager)),
            tasks: AtomicU64::new(0),
            observed,
        })
    }
}

impl ProcessPool {
    /// A pool of at most `workers` processes of `program`, which must begin its `main`
    /// with [`crate::kit::child::enter`].
    pub fn builder(program: &Path, workers: usize) -> Builder {
        Builder {
            program: program.to_owned(),
            workers,
            start: Start::Spawn,
            policy: Policy::Break,
            tasks_per_worker: None,
            initializer: None,
            region: None,
            observer: None,
        }
    }

    /// Queues one task.
    ///
    /// An argument that cannot be sent is the future's own error and harms no other task.
    ///
    /// # Errors
    /// [`PoolError::ShutDown`], [`PoolError::Broken`].
    pub fn submit<J: WorkerFn>(&self, input: &J::In) -> Result<Future<J::Out>, PoolError> {
        self.shared.request(|core| core.is_open())?;
        let (promise, future) = self.future();
        let item = self.item::<J>(input, promise);
        self.enqueue::<J>([item.into_iter().collect()])?;
        Ok(future)
    }

    /// Queues `inputs` in chunks of `chunk` items (`None`: as Python's pool chooses, a
    /// quarter of an even share, rounded up) and gives the results in their order. Each
    /// error sits at its own place, whatever the chunk.
    ///
    /// # Errors
    /// [`PoolError::EmptyChunk`], and those of [`ProcessPool::submit`].
    pub fn map<J: WorkerFn>(
        &self,
        inputs: &[J::In],
        chunk: Option<usize>,
    ) -> Result<Results<J::Out>, PoolError> {
        let limit = self.shared.request(|core| core.is_open().map(|()| core.limit()))?;
        let size = chunk.unwrap_or_else(|| inputs.len().div_ceil(4 * limit).max(1));
        if size == 0 {
            return Err(PoolError::EmptyChunk);
        }
        let mut futures = Vec::with_capacity(inputs.len());
        let mut item = |input| {
            let (promise, future) = self.future();
            futures.push(future);
            self.item::<J>(input, promise)
        };
        let parts = inputs.chunks(size);
        let chunks: Vec<_> =
            parts.map(|part| part.iter().filter_map(&mut item).collect()).collect();
        self.enqueue::<J>(chunks)?;
        Ok(Results::new(futures))
    }

    /// Starts all workers now, without waiting for work, and from then on whenever one is
    /// missing. If that is not possible, the pool breaks.
    pub fn prestart(&self) {
        self.shared.request(core::Core::prestart);
    }

    /// Starts all workers as [`ProcessPool::prestart`] does, and waits until as many as the
    /// pool may have are ready.
    ///
    /// # Errors
    /// If `limit` ends first, or as soon as the pool is broken or shut down.
    pub fn wait_ready(&self, limit: &Limit) -> Result<(), NotReady> {
        self.prestart();
        self.shared.wait_until(limit, |core| match core.is_open() {
            Err(error) => Some(Err(NotReady::Pool(error))),
            Ok(()) => (core.ready() >= core.limit()).then_some(Ok(())),
        })?
    }

    /// Changes how many workers there may be: idle ones too many end at once, busy ones
    /// after their task. 0 is taken as 1.
    pub fn resize(&self, workers: usize) {
        self.shared.request(|core| core.resize(workers.max(1)));
    }

    /// Ends the pool and waits until all of it is gone. Again is allowed.
    pub fn shutdown(&self, how: Shutdown) {
        self.begin_shutdown(how);
        let manager = self.manager.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A callback that drops its pool runs on the manager, which cannot wait for itself.
        let me = std::thread::current().id();
        if let Some(manager) = manager.filter(|manager| manager.thread().id() != me) {
            let _ = manager.join();
        }
    }

    /// Refuses tasks from now on and returns at once; the pool ends by itself, or with
    /// its drop at the latest.
    pub fn begin_shutdown(&self, how: Shutdown) {
        self.shared.request(|core| core.close(how));
    }

    /// A snapshot of the pool: its workers, its queue, its totals.
    pub fn view(&self) -> PoolView {
        self.shared.request(|core| core.view())
    }

    fn future<T: Send + 'static>(&self) -> (Promise<T>, Future<T>) {
        let shared: Weak<ProcessPoolState> = Arc::downgrade(&self.shared);
        future_of(shared)
    }

    fn item<J: WorkerFn>(&self, input: &J::In, promise: Promise<J::Out>) -> Option<ChunkItem> {
        let id = self.tasks.fetch_add(1, Ordering::Relaxed);
        match encode(input) {
            Ok(input) => {
                if self.observed {
                    with_sink(|sink| {
                        sink.emit(LaneEvent::TaskQueued { task: id, label: J::NAME.into() });
                    });
                }
                Some(ChunkItem { id, input, promise: Box::new(promise) })
            }
            Err(why) => {
                let task = format!("{} #{id}", J::NAME).into();
                promise.complete(Err(TaskError::Unsendable { task, why: why.to_string().into() }));
                None
            }
        }
    }

    fn enqueue<J: WorkerFn>(
        &self,
        chunks: impl IntoIterator<Item = Vec<ChunkItem>>,
    ) -> Result<(), PoolError> {
        let chunk = |items: Vec<ChunkItem>| {
            Some(Chunk { id: items.first()?.id, job: J::NAME, items, attempts: 0 })
        };
        let chunks = chunks.into_iter().filter_map(chunk).collect();
        if self.observed {
            // No worker may be seen to begin a task before it was seen to be queued.
            with_sink(|sink| sink.flush());
        }
        self.shared.request(|core| core.submit(chunks))
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        self.shutdown(Shutdown::Terminate);
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool").field("view", &self.view()).finish_non_exhaustive()
    }
}
