//! A pool of threads whose inside can be seen.
//!
//! Tasks wait in one queue; workers are started as they are needed, reused, and joined
//! at the end. Each task has a [`Future`]; a panic stays in it and the worker goes on.
//! The semantics are those of Python's `ThreadPoolExecutor`, but for one: there a task
//! that waits for a task of its own pool hangs when no worker is free. Here the waiting
//! worker runs the awaited task itself if no other has begun it:
//!
//! - Every wait of a future does so: `wait`, `result`, `take`, `with`, the results of a map,
//!   [`wait`](super::future::wait) and [`as_completed`](super::future::as_completed).
//! - It runs on the waiting worker's stack, as a call would. A chain of tasks that each
//!   wait for the next may be as deep as the stack allows (some hundred levels with the
//!   default; see [`Builder::stack_size`]); beyond that the program ends with the system's
//!   message about a stack overflow, as with a recursion that is too deep.
//! - A limit of the wait is not looked at while the awaited task runs here.
//! - A task that keeps a lock while it waits for a task that needs the same lock waits for
//!   ever, as it would with any number of workers.
//! - A task that waits for itself, a circle of such waits, or one through another pool is
//!   not resolved: give such a wait a limit.
//!
//! ```
//! use threadbare::kit::limit::Limit;
//! use threadbare::kit::thread_pool::ThreadPool;
//!
//! let pool = ThreadPool::new(4)?;
//! let future = pool.submit(|| (1..=5u64).product::<u64>())?;
//! assert_eq!(future.result(&Limit::FOREVER)?, 120);
//!
//! let squares: Result<Vec<u64>, _> = pool.map(1..=3, |n| n * n)?.collect();
//! assert_eq!(squares?, [1, 4, 9]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How a task goes
//!
//! ```text
//! submit ── number it ── start a worker if all are busy ── queue it ──▶ Future, pending
//!                                                             │
//! worker:  take an entry ◀────────────────────────────────────┘
//!          ├─ cancelled, or run by a waiter before: nothing is left to do
//!          └─ run it under `panics::capture` ── emit its end ── complete the future
//! ```
//!
//! The end is emitted before the future is completed. So a thread that waits for the last task and
//! then looks at the workers or at the events finds that task ended.

mod builder;
mod shared;
mod slot;
mod task;
#[cfg(test)]
mod tests;
mod worker;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::{fmt, io, iter};

use crossbeam_channel::{Sender, unbounded};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use super::event::LaneEvent;
use super::future::{Future, Part, PoolId, Results, queued};
use super::recorder::{EventSink, with_sink};

pub use builder::Builder;
use shared::{Ids, Task, ThreadPoolState};
pub use slot::{WorkerState, WorkerView};
use worker::Worker;

/// Why a pool does not take a task, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The pool was to have no worker at all, and no task could ever run.
    #[error("a pool needs at least 1 worker, not 0")]
    NoWorkers,
    /// It was shut down by [`ThreadPool::shutdown`], perhaps on another thread.
    #[error("the pool was shut down and takes no more tasks")]
    ShutDown,
    /// The system gave no thread, and none runs that could do the work.
    #[error("no worker could be started: {0}")]
    NoThread(#[source] io::Error),
    #[error("a chunk needs at least 1 item, not 0")]
    EmptyChunk,
}

/// How a pool ends. In each case tasks that run are run to their end: a thread cannot be
/// ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Runs everything that waits in the queue, then joins the workers.
    Drain,
    /// Cancels what waits in the queue, lets running tasks end, joins the workers.
    Cancel,
    /// Returns at once; the queue is run dry and the workers end by themselves.
    Detach,
}

/// Gives each worker its lane: called on the worker's own thread, with its name, before its first
/// task. The sink stays on that thread.
pub type Observer = Arc<dyn Fn(&str) -> Rc<dyn EventSink> + Send + Sync>;

/// A pool of threads. Dropping it runs its queue dry and joins its workers.
pub struct ThreadPool {
    shared: Arc<ThreadPoolState>,
    /// `None` once it was shut down: workers end when the queue is empty and cannot fill any more.
    queue: RwLock<Option<Sender<Task>>>,
    /// Those not joined or detached yet. One worker is started at a time under this lock.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The queue of a pool that is not shut down, and cannot be while this is kept.
type OpenQueue<'a> = RwLockReadGuard<'a, Option<Sender<Task>>>;

impl ThreadPool {
    /// A pool of at most `workers` threads, none of which is started before it is needed.
    ///
    /// # Errors
    /// [`PoolError::NoWorkers`].
    pub fn new(workers: usize) -> Result<Self, PoolError> {
        Self::builder(workers).build()
    }

    /// Configures a pool in detail. `workers` is checked when it is built.
    pub fn builder(workers: usize) -> Builder {
        Builder {
            workers,
            prefix: "worker".to_owned(),
            stack: None,
            initializer: None,
            observer: None,
        }
    }

    /// The pool of a checked configuration.
    fn from_builder(config: Builder) -> Self {
        let (sender, queue) = unbounded();
        Self {
            shared: Arc::new(ThreadPoolState::new(config, queue)),
            queue: RwLock::new(Some(sender)),
            threads: Mutex::default(),
        }
    }

    /// Queues `task` and returns its future. Never blocks; the queue has no bound.
    ///
    /// # Errors
    /// [`PoolError::ShutDown`], or [`PoolError::NoThread`] if no worker runs and none can be
    /// started.
    pub fn submit<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Future<T>, PoolError> {
        self.submit_as("", task)
    }

    /// The same, with a label that events and the grid of workers show.
    ///
    /// # Errors
    /// See [`ThreadPool::submit`].
    pub fn submit_as<T: Send + 'static>(
        &self,
        label: &str,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Future<T>, PoolError> {
        let queue = self.admit()?;
        let ids = self.announce(label, 1);
        let (queued, future) = queued(PoolId::of(&self.shared), move |promise, by| {
            // Only workers run tasks; a promise that is dropped fails its future.
            if let Some(worker) = Worker::current() {
                task::run(&worker, &ids, by, promise, task);
            }
        });
        self.enqueue(&queue, Task::Awaited(queued));
        Ok(future)
    }

    /// Queues a task without a result: no future, the least cost. A panic in it is
    /// reported; see [`panics::contain`](super::panics::contain). It is dropped unrun by
    /// [`Shutdown::Cancel`].
    ///
    /// # Errors
    /// See [`ThreadPool::submit`].
    pub fn spawn(&self, task: impl FnOnce() + Send + 'static) -> Result<(), PoolError> {
        self.enqueue(&self.admit()?, Task::Bare(Box::new(task)));
        Ok(())
    }

    /// Applies `task` to all `items` at once and returns the results in their order. All
    /// tasks are queued before this returns, whether or not a thread asks for the results.
    ///
    /// # Errors
    /// See [`ThreadPool::submit`].
    pub fn map<I, T, F>(&self, items: I, task: F) -> Result<Results<T>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        T: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
    {
        self.map_chunked(items, 1, task)
    }

    /// The same with `chunk` items queued together, as one task: fewer, larger pieces of work,
    /// for tasks that are short compared with a hand-over. The results of a chunk arrive
    /// together; a panic is the error of its own item.
    ///
    /// # Errors
    /// See [`ThreadPool::submit`]; [`PoolError::EmptyChunk`].
    pub fn map_chunked<I, T, F>(
        &self,
        items: I,
        chunk: usize,
        task: F,
    ) -> Result<Results<T>, PoolError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        T: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
    {
        if chunk == 0 {
            return Err(PoolError::EmptyChunk);
        }
        let task = Arc::new(task);
        let mut items = items.into_iter();
        let mut parts = Vec::new();
        while let Some(first) = items.next() {
            let task = Arc::clone(&task);
            parts.push(if chunk == 1 {
                Part::Item(self.submit(move || task(first))?)
            } else {
                let rest = items.by_ref().take(chunk - 1);
                self.chunk(iter::once(first).chain(rest).collect(), task)?
            });
        }
        Ok(parts.into_iter().collect())
    }

    /// Ends the pool in this way; see [`Shutdown`]. Refuses tasks from now on, on every thread. May
    /// be called again, also in another way: what was joined or left to itself stays so.
    pub fn shutdown(&self, how: Shutdown) {
        if how == Shutdown::Cancel {
            // Pairs with the acquire of `Worker::is_cancelling`.
            self.shared.cancelling.store(true, Ordering::Release);
        }
        // Dropping the only sender: workers empty the queue, and then `recv` fails.
        *self.queue.write() = None;
        let threads = std::mem::take(&mut *self.threads.lock());
        if how == Shutdown::Detach {
            return;
        }
        let me = std::thread::current().id();
        for thread in threads {
            // A task may own the last handle to its pool: a thread cannot join itself.
            if thread.thread().id() != me {
                // A worker captures its tasks' panics, and has none of its own.
                let _ = thread.join();
            }
        }
    }

    /// Workers started so far: at most the number asked for, and never fewer than before.
    pub fn workers(&self) -> usize {
        self.shared.started.load(Ordering::Acquire)
    }

    /// Why there are fewer workers than the tasks needed: the system's first refusal of a
    /// thread. The tasks run all the same, on those that there are.
    pub fn refused(&self) -> Option<Arc<str>> {
        self.shared.refused.get().cloned()
    }

    /// Entries that wait in the queue, those of tasks that a waiter has run included.
    pub fn queued(&self) -> usize {
        self.shared.queue.len()
    }

    /// The most entries that ever waited at once: looked at after each of the first 1,024
    /// submissions, and after every sixteenth from then on.
    pub fn deepest_queue(&self) -> usize {
        self.shared.deepest.load(Ordering::Relaxed)
    }

    /// A snapshot of each worker, in the order of starting. Not taken at one moment.
    pub fn view(&self) -> Vec<WorkerView> {
        let slots = self.shared.slots.read();
        slots.iter().map(|slot| slot.view()).collect()
    }

    /// Queues several items as one entry: one future for all of their results.
    fn chunk<I, T, F>(&self, items: Vec<I>, task: Arc<F>) -> Result<Part<T>, PoolError>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Fn(I) -> T + Send + Sync + 'static,
    {
        let count = items.len();
        let queue = self.admit()?;
        let ids = self.announce("", count);
        let (queued, future) = queued(PoolId::of(&self.shared), move |promise, by| {
            if let Some(worker) = Worker::current() {
                task::run_chunk(&worker, &ids, by, promise, items, &*task);
            }
        });
        self.enqueue(&queue, Task::Awaited(queued));
        Ok(Part::Chunk(future, count))
    }

    /// Numbers tasks, and emits that they are queued.
    fn announce(&self, label: &str, count: usize) -> Ids {
        let first = self.shared.submitted.fetch_add(count, Ordering::Relaxed) as u64;
        // Only an observer needs it.
        let label: Option<Arc<str>> = self.shared.config.observer.as_ref().map(|_| label.into());
        if let Some(label) = &label {
            with_sink(|sink| {
                for task in first..first + count as u64 {
                    sink.emit(LaneEvent::TaskQueued { task, label: Arc::clone(label) });
                }
            });
        }
        Ids { first, label }
    }

    /// Opens the queue for one entry, and starts a worker if more tasks are unfinished than workers
    /// started. Before the entry is announced: what is refused is never seen as queued. The caller
    /// keeps the result until the entry is sent, so that none is sent after the end of the pool.
    fn admit(&self) -> Result<OpenQueue<'_>, PoolError> {
        let queue = self.queue.read();
        if queue.is_none() {
            return Err(PoolError::ShutDown);
        }
        // Counted before the entry is sent: counted after, a fast worker could have ended
        // it already.
        if self.shared.may_grow()
            && self.shared.unfinished.fetch_add(1, Ordering::Relaxed) >= self.workers()
            && let Err(error) = self.start_worker()
            && self.workers() == 0
        {
            self.shared.unfinished.fetch_sub(1, Ordering::Relaxed);
            return Err(PoolError::NoThread(error));
        }
        Ok(queue)
    }

    fn enqueue(&self, queue: &OpenQueue<'_>, task: Task) {
        if self.shared.config.observer.is_some() {
            // No worker may be seen to begin a task before it was seen to be queued.
            with_sink(|sink| sink.flush());
        }
        if let Some(sender) = queue.as_ref() {
            // The receiver lives as long as `shared`, so there is one.
            let _ = sender.send(task);
        }
        self.shared.note_depth();
    }

    /// Starts one more worker, unless the pool has all of them. One thread at a time does this, so
    /// two tasks that come together may start one worker each and not more than are allowed.
    fn start_worker(&self) -> io::Result<()> {
        let mut threads = self.threads.lock();
        // Read again under the lock, which makes the number unique.
        let number = self.workers();
        if number >= self.shared.config.workers {
            return Ok(());
        }
        threads.push(Worker::start(&self.shared, number)?);
        self.shared.started.store(number + 1, Ordering::Release);
        Ok(())
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.shutdown(Shutdown::Drain);
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("workers", &self.workers())
            .field("queued", &self.queued())
            .finish()
    }
}
