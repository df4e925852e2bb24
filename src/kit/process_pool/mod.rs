//! A pool of worker processes that can be observed while it runs.
//!
//! Tasks are named [`WorkerFn`]s that run in worker processes. Each has a [`Future`], the same
//! type as in the pool of threads, so a lab can compare the two pools with one piece of code.
//! The semantics are those of Python's `ProcessPoolExecutor`. What happens when a worker dies
//! is a [`Policy`], because that is where the pools of Python and a supervisor differ.
//!
//! A submitted task is written to an idle worker by the thread that submits it. One thread of
//! the pool, the manager, starts workers, reads their answers and reaps them; a thread that
//! waits for a future takes its place meanwhile. The module `protocol` describes threads,
//! messages, states, deaths and locks, with drawings.
//!
//! # Workers that cannot be started
//!
//! Whatever the system refuses (see [`crate::kit::child`] for each call) is reported to every
//! caller that waits, with the system's own words:
//! - a pool that was asked for all its workers ([`ProcessPool::prestart`],
//!   [`ProcessPool::wait_ready`]) and cannot have them breaks at once, because its tasks may
//!   need each other: every future fails with the cause, and so do waits and later tasks;
//! - a pool that starts its workers as they are needed goes on with those that it has, tries
//!   again every tenth of a second while tasks wait, and says why it is short in
//!   [`PoolView::shortage`]; without a single worker it breaks as well;
//! - workers that start and die before they are ready are replaced under the policies that
//!   replace; ten in a row break the pool. The tasks that waited for them were not begun and do
//!   not count as attempted;
//! - a fork server that does not answer for ten seconds breaks its pools.
//!
//! # The end
//!
//! Dropping the pool kills its workers at once and leaves no process behind. To have the queue
//! worked off first, call [`ProcessPool::shutdown`] with [`Shutdown::Drain`].

mod builder;
mod chunk;
mod core;
mod leader;
mod output;
mod policy;
mod protocol;
mod shared;
mod slot;
mod view;
mod watch;
pub mod worker_fns;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use parking_lot::Mutex;

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

/// Makes the lane of a worker: called once for each worker, with its name and pid, as soon as
/// its process exists. Everything that the worker does is emitted through the sink it returns,
/// by whichever thread handles the worker, one at a time.
///
/// The observer and its sinks run under the pool's lock: they must neither wait nor use the
/// pool.
pub type Observer = Arc<dyn Fn(&str, u32) -> Box<dyn EventSink + Send> + Send + Sync>;

/// A pool of processes. It can be shared by reference between threads; every method may be
/// called from any thread, also from a callback of one of the pool's own futures.
pub struct ProcessPool {
    /// What callers, manager and helpers share. Futures hold it weakly, so that a future that
    /// is kept does not keep the pool.
    shared: Arc<ProcessPoolState>,
    /// The manager's thread, until the first [`ProcessPool::shutdown`] takes it to join it.
    manager: Mutex<Option<JoinHandle<()>>>,
    /// Number of the next task. Numbers are unique within the pool and grow in the order of
    /// submission; events, messages and [`WorkerState::Running`] name tasks by them.
    tasks: AtomicU64,
    /// Whether workers have lanes. Without an observer no event of a task is made at all.
    observed: bool,
}

impl Builder {
    /// Makes the pool and starts its manager. Workers start when there is work, or with
    /// [`ProcessPool::prestart`].
    ///
    /// # Errors
    /// [`PoolError::NoWorkers`] or [`PoolError::NoTasksPerWorker`] for settings that make no
    /// sense, [`PoolError::System`] if the system gives no epoll, eventfd or thread.
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
    /// Begins a pool of at most `workers` processes of `program`, with the start method `spawn`
    /// and [`Policy::FailAll`]. The `main` of `program` must begin with
    /// [`crate::kit::child::enter`]; usually it is the running program itself.
    pub fn builder(program: &Path, workers: usize) -> Builder {
        Builder {
            program: program.to_owned(),
            workers,
            start: Start::Spawn,
            policy: Policy::FailAll,
            tasks_per_worker: None,
            initializer: None,
            region: None,
            observer: None,
        }
    }

    /// Queues one task, and writes it to a worker if one is idle.
    ///
    /// An argument that cannot be sent is an error of its own future and harms no other task.
    ///
    /// # Errors
    /// [`PoolError::ShutDown`] or [`PoolError::Broken`]: no future exists then.
    pub fn submit<J: WorkerFn>(&self, input: &J::In) -> Result<Future<J::Out>, PoolError> {
        self.shared.request(|core| core.is_open())?;
        // The pool may close between this look and `enqueue`, which asks again under the lock.
        // Asking first spares the encoding, and keeps a refused task from being announced to
        // the observer.
        let (promise, future) = self.future();
        let item = self.item::<J>(input, promise);
        self.enqueue::<J>([item.into_iter().collect()])?;
        Ok(future)
    }

    /// Queues `inputs` in chunks of `chunk` items and returns the results in the order of the
    /// inputs. `None` chooses the size as Python's pool does: a quarter of an even share,
    /// rounded up, so that a slow chunk can be balanced by the others. An item that fails has
    /// its error at its own place, whatever chunk it travelled in.
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
    /// missing. Returns at once. If a worker cannot be started, the pool breaks; see the
    /// module.
    pub fn prestart(&self) {
        self.shared.request(core::Core::prestart);
    }

    /// Starts all workers as [`ProcessPool::prestart`] does, and waits until as many as the
    /// pool may have are ready: their hello and pid are known, and their initializer has run.
    ///
    /// # Errors
    /// [`NotReady::Wait`] if `limit` ends first; [`NotReady::Pool`] as soon as the pool is
    /// broken or shut down.
    pub fn wait_ready(&self, limit: &Limit) -> Result<(), NotReady> {
        self.prestart();
        self.shared.wait_until(limit, |core| match core.is_open() {
            Err(error) => Some(Err(NotReady::Pool(error))),
            Ok(()) => (core.ready() >= core.limit()).then_some(Ok(())),
        })?
    }

    /// Changes how many workers there may be. Idle workers that are too many end at once, busy
    /// ones after their task. More workers start when tasks wait for them, or after another
    /// [`ProcessPool::prestart`]. 0 is taken as 1.
    pub fn resize(&self, workers: usize) {
        self.shared.request(|core| core.resize(workers.max(1)));
    }

    /// Ends the pool in the given way and waits until all its workers are reaped and its thread
    /// has ended. May be called again, also with a harsher [`Shutdown`], which then applies;
    /// only the first call waits.
    pub fn shutdown(&self, how: Shutdown) {
        self.begin_shutdown(how);
        let manager = self.manager.lock().take();
        // A callback that drops its pool runs on the manager, which cannot join itself. It ends
        // by itself after the callback, because the pool is closed.
        let me = std::thread::current().id();
        if let Some(manager) = manager.filter(|manager| manager.thread().id() != me) {
            let _ = manager.join();
        }
    }

    /// Refuses tasks from now on and returns at once. The pool ends by itself in the given way;
    /// its drop waits for the rest.
    pub fn begin_shutdown(&self, how: Shutdown) {
        self.shared.request(|core| core.close(how));
    }

    /// A snapshot of the pool: its workers, its queue, its totals. Taken under the lock, so
    /// that all its figures are of one moment. The list of gone workers is shared, not copied.
    pub fn view(&self) -> PoolView {
        self.shared.request(|core| core.view())
    }

    fn future<T: Send + 'static>(&self) -> (Promise<T>, Future<T>) {
        let shared: Weak<ProcessPoolState> = Arc::downgrade(&self.shared);
        future_of(shared)
    }

    /// Encodes one input. `None` if it cannot be sent: its promise is completed with the error
    /// then.
    fn item<J: WorkerFn>(&self, input: &J::In, promise: Promise<J::Out>) -> Option<ChunkItem> {
        // Only uniqueness is needed: numbers order no other memory.
        let id = self.tasks.fetch_add(1, Ordering::Relaxed);
        match encode(input) {
            Ok(encoded) => {
                let label = if self.observed { J::label(input) } else { J::NAME.into() };
                if self.observed {
                    with_sink(|sink| {
                        sink.emit(LaneEvent::TaskQueued { task: id, label: (*label).into() });
                    });
                }
                Some(ChunkItem { id, label, input: encoded, promise: Box::new(promise) })
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
            Some(Chunk { id: items.first()?.id, function: J::NAME, items, attempts: 0 })
        };
        let chunks = chunks.into_iter().filter_map(chunk).collect();
        if self.observed {
            // No worker may be seen to begin a task before the task was seen to be queued: the
            // events of this thread are sent before any worker can get the chunk.
            with_sink(|sink| sink.flush());
        }
        self.shared.request(|core| core.submit(chunks))
    }
}

/// Kills the workers and waits for the manager, so that no process and no thread outlives the
/// pool.
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
