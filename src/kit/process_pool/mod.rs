//! A pool of processes whose inside can be seen.
//!
//! Tasks are named [`Job`]s that run in worker processes; each has a [`Future`], the same
//! as in the pool of threads. One thread of ours, the manager, talks to all workers. The
//! semantics are those of Python's `ProcessPoolExecutor`; what happens when a worker dies
//! is a [`Policy`], because that is where pools differ.
//!
//! Dropping the pool ends its workers at once and leaves nothing behind; to have the
//! queue worked off first, call [`ProcessPool::shutdown`].
//!
//! Must not know: what its jobs compute, and who looks.

mod chunk;
pub mod jobs;
mod manager;
mod slot;
mod view;

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, unbounded};
use rustix::event::{EventfdFlags, eventfd};

use super::child::{Job, Payload, Start};
use super::event::LaneEvent;
use super::future::{Future, Promise, Results, TaskError, future};
use super::limit::{Limit, Timeout};
use super::probe::{Voice, with_voice};
use super::shared::Region;
use super::wire::LONGEST;
use chunk::{Chunk, Item};
use manager::{Command, Manager};
pub use view::{Milestones, View, WorkerState, WorkerView};

/// What becomes of the tasks of a worker that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All fail at once and the pool takes no more, as in `ProcessPoolExecutor`.
    Break,
    /// The worker is replaced and its task given to another, so often and not oftener, as
    /// a supervisor does.
    Replace { retries: u32 },
    /// The worker is replaced and its task forgotten, as in `multiprocessing.Pool`: whoever
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// A pool needs at least one worker.
    NoWorkers,
    /// A chunk needs at least one item.
    EmptyChunk,
    /// A worker must do at least one task.
    NoTasksPerWorker,
    /// It was shut down.
    ShutDown,
    /// It is broken, for this reason.
    Broken(Arc<str>),
    /// The system gave no thread or descriptor.
    System(Arc<str>),
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWorkers => f.write_str("a pool needs at least 1 worker, not 0"),
            Self::EmptyChunk => f.write_str("a chunk needs at least 1 item, not 0"),
            Self::NoTasksPerWorker => f.write_str("a worker must do at least 1 task, not 0"),
            Self::ShutDown => f.write_str("the pool was shut down and takes no more tasks"),
            Self::Broken(reason) => write!(f, "the pool is broken: {reason}"),
            Self::System(why) => write!(f, "the pool could not be made: {why}"),
        }
    }
}

impl std::error::Error for PoolError {}

impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string().into())
    }
}

/// Gives each worker its lane: called on the manager's thread, with its name and pid.
pub type Observer = Arc<dyn Fn(&str, u32) -> Rc<dyn Voice> + Send + Sync>;

/// How a pool is to be; see [`ProcessPool::builder`].
#[derive(Clone)]
pub struct Builder {
    program: PathBuf,
    workers: usize,
    start: Start,
    policy: Policy,
    tasks_per_worker: Option<u64>,
    initializer: Option<(&'static str, Vec<u8>)>,
    region: Option<Region>,
    observer: Option<Observer>,
}

/// A pool of processes.
pub struct ProcessPool {
    shared: Arc<Shared>,
    commands: Sender<Command>,
    manager: Mutex<Option<JoinHandle<()>>>,
    tasks: AtomicU64,
    observed: bool,
}

/// What the pool's face and its manager share.
struct Shared {
    /// Wakes the manager from its wait for the workers.
    wake: OwnedFd,
    view: Mutex<View>,
    changed: std::sync::Condvar,
}

impl Builder {
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// A worker ends after so many tasks and is replaced when there is more to do.
    #[must_use]
    pub fn tasks_per_worker(mut self, tasks: u64) -> Self {
        self.tasks_per_worker = Some(tasks);
        self
    }

    /// Runs `J` in each worker before its first task. If it fails, the pool breaks.
    ///
    /// # Errors
    /// If the argument cannot be sent; says why.
    pub fn initializer<J: Job>(mut self, input: &J::In) -> Result<Self, String> {
        self.initializer = Some((J::NAME, input.encode()?));
        Ok(self)
    }

    /// Hands shared memory to each worker; see [`crate::kit::child::region`].
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Lets the workers' lanes tell what they do.
    #[must_use]
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

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
        let wake =
            eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(io::Error::from)?;
        let shared = Arc::new(Shared {
            wake,
            view: Mutex::default(),
            changed: std::sync::Condvar::new(),
        });
        let (commands, inbox) = unbounded();
        let observed = self.observer.is_some();
        let there = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("pool/manager".to_owned());
        let manager = thread.spawn(move || Manager::new(self, inbox, there).run())?;
        Ok(ProcessPool {
            shared,
            commands,
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
    /// An argument that cannot be sent is the future's own error and harms nobody else.
    ///
    /// # Errors
    /// [`PoolError::ShutDown`], [`PoolError::Broken`].
    pub fn submit<J: Job>(&self, input: &J::In) -> Result<Future<J::Out>, PoolError> {
        self.is_open()?;
        let (promise, future) = future();
        if let Some(item) = self.item::<J>(input, promise) {
            self.enqueue::<J>(vec![item]);
        }
        Ok(future)
    }

    /// Queues `inputs` in chunks of `chunk` items (`None`: as Python's pool chooses, a
    /// quarter of an even share, rounded up) and gives the results in their order. Each
    /// error sits at its own place, whatever the chunk.
    ///
    /// # Errors
    /// [`PoolError::EmptyChunk`], and those of [`ProcessPool::submit`].
    pub fn map<J: Job>(
        &self,
        inputs: &[J::In],
        chunk: Option<usize>,
    ) -> Result<Results<J::Out>, PoolError> {
        self.is_open()?;
        let size =
            chunk.unwrap_or_else(|| inputs.len().div_ceil(4 * self.view().limit.max(1)).max(1));
        if size == 0 {
            return Err(PoolError::EmptyChunk);
        }
        let mut futures = Vec::with_capacity(inputs.len());
        for part in inputs.chunks(size) {
            let mut items = Vec::with_capacity(part.len());
            for input in part {
                let (promise, future) = future();
                futures.push(future);
                items.extend(self.item::<J>(input, promise));
            }
            self.enqueue::<J>(items);
        }
        Ok(Results::new(futures))
    }

    /// Starts all workers now, without waiting for work.
    pub fn prestart(&self) {
        self.command(Command::Prestart);
    }

    /// Waits until as many workers as the pool may have are ready.
    ///
    /// # Errors
    /// If `limit` ends first, or the pool breaks or ends: then with [`Timeout::Stopped`].
    pub fn wait_ready(&self, limit: &Limit) -> Result<(), Timeout> {
        let mut view = self.shared.view();
        loop {
            if view.ready() >= view.limit && view.limit > 0 {
                return Ok(());
            }
            if view.broken.is_some() || view.ended {
                return Err(Timeout::Stopped);
            }
            let slice = limit.slice()?;
            view = self
                .shared
                .changed
                .wait_timeout(view, slice)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Changes how many workers there may be: idle ones too many end at once, busy ones
    /// after their task. 0 is taken as 1.
    pub fn resize(&self, workers: usize) {
        self.shared.view().limit = workers.max(1);
        self.command(Command::Resize(workers.max(1)));
    }

    /// Ends the pool and waits until all of it is gone. Again is allowed.
    pub fn shutdown(&self, how: Shutdown) {
        self.begin_shutdown(how);
        let manager = self
            .manager
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(manager) = manager {
            let _ = manager.join();
        }
    }

    /// Refuses tasks from now on and returns at once; the pool ends by itself, or with
    /// its drop at the latest.
    pub fn begin_shutdown(&self, how: Shutdown) {
        self.shared.view().closed = true;
        self.command(Command::Shutdown(how));
    }

    /// A glance at the pool: its workers, its queue, what it came to.
    pub fn view(&self) -> View {
        self.shared.view().clone()
    }

    fn is_open(&self) -> Result<(), PoolError> {
        let view = self.shared.view();
        match &view.broken {
            Some(reason) => Err(PoolError::Broken(Arc::clone(reason))),
            None if view.closed => Err(PoolError::ShutDown),
            None => Ok(()),
        }
    }

    fn item<J: Job>(&self, input: &J::In, promise: Promise<J::Out>) -> Option<Item> {
        let id = self.tasks.fetch_add(1, Ordering::Relaxed);
        let encoded = input.encode().and_then(|bytes| {
            if bytes.len() < LONGEST {
                Ok(bytes)
            } else {
                Err(format!("{} bytes are too many", bytes.len()))
            }
        });
        match encoded {
            Ok(input) => {
                if self.observed {
                    with_voice(|voice| {
                        voice.emit(LaneEvent::TaskQueued {
                            task: id,
                            label: J::NAME.into(),
                        })
                    });
                }
                Some(Item {
                    id,
                    input,
                    promise: Box::new(promise),
                })
            }
            Err(why) => {
                let task = format!("{} #{id}", J::NAME).into();
                promise.complete(Err(TaskError::Unsendable {
                    task,
                    why: why.into(),
                }));
                None
            }
        }
    }

    fn enqueue<J: Job>(&self, items: Vec<Item>) {
        if let Some(first) = items.first() {
            self.command(Command::Submit(Chunk {
                id: first.id,
                job: J::NAME,
                items,
                attempts: 0,
            }));
        }
    }

    fn command(&self, command: Command) {
        // A manager that has ended drops the command, and with it the promises inside.
        if self.commands.send(command).is_ok() {
            let _ = rustix::io::write(&self.shared.wake, &1u64.to_ne_bytes());
        }
    }
}

impl Shared {
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        self.shutdown(Shutdown::Terminate);
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool")
            .field("view", &self.view())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("workers", &self.workers)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
