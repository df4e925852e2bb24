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

mod builder;
mod chunk;
pub mod jobs;
mod manager;
mod slot;
mod terms;
mod view;

use std::fmt;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use super::child::{Job, Payload, Start};
use super::event::LaneEvent;
use super::future::{Future, Promise, Results, TaskError, future};
use super::limit::{Limit, Timeout};
use super::panics::{self, Panic};
use super::probe::{Voice, with_voice};
use super::wire::LONGEST;
pub use builder::Builder;
use chunk::{Chunk, Item};
use manager::Command;
pub use terms::{Policy, PoolError, Shutdown};
pub use view::{Milestones, View, WorkerState, WorkerView};

/// Gives each worker its lane: called on the manager's thread, with its name and pid.
pub type Observer = Arc<dyn Fn(&str, u32) -> Rc<dyn Voice> + Send + Sync>;

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
        // A callback that drops its pool runs on the manager, which cannot wait for itself.
        let me = std::thread::current().id();
        if let Some(manager) = manager.filter(|manager| manager.thread().id() != me) {
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
        match encode(input) {
            Ok(input) => {
                if self.observed {
                    with_voice(|voice| {
                        voice.emit(LaneEvent::TaskQueued {
                            task: id,
                            label: J::NAME.into(),
                        });
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
        // A manager that has ended drops the command, and with it the promises inside. Whoever
        // finds other commands waiting need not wake it: the first one's sender does.
        if self.commands.send(command).is_ok() && self.commands.len() <= 1 {
            let _ = rustix::io::write(&self.shared.wake, &1u64.to_ne_bytes());
        }
    }
}

/// The bytes of an argument, or why there are none.
fn encode(input: &impl Payload) -> Result<Vec<u8>, String> {
    let bytes = panics::capture(|| input.encode()).map_err(|panic| panic.message.to_string())??;
    if bytes.len() < LONGEST {
        Ok(bytes)
    } else {
        Err(format!("{} bytes are too many", bytes.len()))
    }
}

impl Shared {
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The manager panicked, and its workers and promises went with it.
    fn fall(&self, panic: &Panic) {
        let mut view = self.view();
        let reason = format!("its manager panicked at {}: {}", panic.place, panic.message);
        view.broken.get_or_insert_with(|| reason.into());
        view.workers.clear();
        view.ended = true;
        drop(view);
        self.changed.notify_all();
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
