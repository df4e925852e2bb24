//! A worker of the pool: its thread, and what can be seen of it from outside.
//!
//! A worker takes entries out of the queue until the pool has ended and the queue is empty.
//! It sleeps only in the queue's `recv`. What it does is published in a [`WorkerSlot`],
//! with relaxed atomics: a view may be a moment late, and everything else is ordered by the
//! queue and by the futures.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use super::{Task, ThreadPoolState};
use crate::kit::event::{Ending, LaneEvent, TaskOutcome};
use crate::kit::future::{PoolId, Queued, RunBy, TaskError, work_for};
use crate::kit::panics;
use crate::kit::recorder::{EventSink, SinkGuard, set_sink};

/// What a worker does: it waits for a task (or is about to take one), runs the task of this
/// number, counted from 0 in the order of submission, or its thread is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerState {
    Idle,
    Running(u64),
    Ended,
}

/// A snapshot of a worker. Its parts are read one after the other, so `done` may be one
/// ahead of `state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerView {
    /// As the system shows it: prefix and number.
    pub name: Arc<str>,
    pub state: WorkerState,
    /// Tasks that it has ended.
    pub done: u64,
}

/// What a worker writes and any thread may read.
#[derive(Debug)]
pub struct WorkerSlot {
    name: Arc<str>,
    /// [`IDLE`], [`ENDED`], or a task's number + 2.
    state: AtomicU64,
    done: AtomicU64,
}

const IDLE: u64 = 0;
const ENDED: u64 = 1;

impl WorkerSlot {
    /// What it shows now.
    pub fn view(&self) -> WorkerView {
        let state = match self.state.load(Ordering::Relaxed) {
            IDLE => WorkerState::Idle,
            ENDED => WorkerState::Ended,
            task => WorkerState::Running(task - 2),
        };
        WorkerView { name: Arc::clone(&self.name), state, done: self.done.load(Ordering::Relaxed) }
    }
}

thread_local! {
    /// The worker whose thread this is.
    static CURRENT: RefCell<Option<Rc<Worker>>> = const { RefCell::new(None) };
}

/// A worker as its tasks see it: one for each thread, found through a thread-local.
pub struct Worker {
    shared: Arc<ThreadPoolState>,
    slot: Arc<WorkerSlot>,
    /// Its lane, if the pool is observed.
    sink: Option<Rc<dyn EventSink>>,
    /// Tasks still to come of those that were queued together: only the last one of them
    /// takes the batch off the count of unfinished tasks.
    more: Cell<usize>,
}

impl Worker {
    /// Starts the thread of worker `number`. Called under the pool's lock of threads.
    pub fn start(shared: &Arc<ThreadPoolState>, number: usize) -> io::Result<JoinHandle<()>> {
        let name: Arc<str> = format!("{}_{number}", shared.how.prefix).into();
        let slot = Arc::new(WorkerSlot {
            name: Arc::clone(&name),
            state: AtomicU64::new(IDLE),
            done: AtomicU64::new(0),
        });
        let mut thread = std::thread::Builder::new().name(name.to_string());
        if let Some(bytes) = shared.how.stack {
            thread = thread.stack_size(bytes);
        }
        let (shared_there, slot_there) = (Arc::clone(shared), Arc::clone(&slot));
        let handle = thread.spawn(move || Self::run(shared_there, slot_there));
        let handle = handle.inspect_err(|error| {
            // The first one stays: the others say the same.
            let _ = shared.refused.set(error.to_string().into());
        })?;
        shared.slots.write().unwrap_or_else(PoisonError::into_inner).push(slot);
        Ok(handle)
    }

    fn run(shared: Arc<ThreadPoolState>, slot: Arc<WorkerSlot>) {
        let sink = shared.how.observer.as_ref().map(|observer| observer(&slot.name));
        let _sink_guard: Option<SinkGuard> = sink.clone().map(set_sink);
        if let Some(initializer) = &shared.how.initializer {
            // It was reported; the tasks run all the same.
            let _ = panics::contain("the initializer of a worker", || initializer());
        }
        // From here on its waits for tasks of this pool run them.
        work_for(PoolId::of(&shared));
        let worker = Rc::new(Self { shared, slot, sink, more: Cell::new(0) });
        CURRENT.set(Some(Rc::clone(&worker)));
        loop {
            // A try first: a busy worker does not report that it rests between two tasks.
            let task = worker.shared.queue.try_recv().or_else(|_| {
                worker.report_idle();
                worker.shared.queue.recv()
            });
            match task {
                Ok(Task::Awaited(task)) => worker.run_queued(task),
                Ok(Task::Bare(run)) => run(&worker),
                // The pool has ended, and the queue is empty.
                Err(_) => break,
            }
        }
        CURRENT.set(None);
        worker.slot.state.store(ENDED, Ordering::Relaxed);
        if let Some(sink) = &worker.sink {
            sink.emit_reliable(LaneEvent::Ended(Ending::Returned));
        }
    }

    pub fn name(&self) -> &Arc<str> {
        &self.slot.name
    }

    /// Whether tasks are to be cancelled instead of run. Acquire pairs with the release in
    /// `ThreadPool::shutdown`.
    pub fn is_cancelling(&self) -> bool {
        self.shared.cancelling.load(Ordering::Acquire)
    }

    /// About to wait for work: everything gathered is sent to the observer, as it may be a
    /// long wait.
    fn report_idle(&self) {
        if let Some(sink) = &self.sink {
            sink.emit(LaneEvent::Idle);
            sink.flush();
        }
    }

    /// The worker whose thread this is, if it is one.
    pub fn current() -> Option<Rc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Runs a task that stood in the queue, unless a worker that waits for it did: then
    /// only its entry is left to be counted.
    pub fn run_queued(&self, task: Queued) {
        if !task.run() {
            self.leave_queue();
        }
    }

    /// Begins a task; returns the state that the worker was in, for [`Worker::end`]: idle,
    /// or the task that waits for this one.
    pub fn begin(&self, task: u64, label: Option<Arc<str>>) -> u64 {
        if let (Some(sink), Some(label)) = (&self.sink, label) {
            sink.emit(LaneEvent::TaskStarted { task, label });
        }
        self.slot.state.swap(task + 2, Ordering::Relaxed)
    }

    /// The task has ended. Emitted before its future is completed, so that a thread that
    /// waits for the future finds this worker free.
    pub fn end(&self, task: u64, error: Option<&TaskError>, before: u64, by: RunBy) {
        self.slot.state.store(before, Ordering::Relaxed);
        let outcome = || match error {
            None => TaskOutcome::Finished,
            Some(error) => TaskOutcome::Failed { error: error.to_string().into() },
        };
        self.emit_end(task, outcome, by);
    }

    /// The task was cancelled before it ran.
    pub fn skip(&self, task: u64, by: RunBy) {
        self.emit_end(task, || TaskOutcome::Cancelled, by);
    }

    /// The common end of a task that ran or was cancelled.
    fn emit_end(&self, task: u64, outcome: impl FnOnce() -> TaskOutcome, by: RunBy) {
        if let Some(sink) = &self.sink {
            let outcome = outcome();
            sink.emit(LaneEvent::TaskEnded { task, outcome });
            if by == RunBy::Waiter {
                // The task that waited for it goes on.
                sink.emit(LaneEvent::Running);
            }
        }
        self.count_done();
        // A waiter's task still has its entry in the queue, which is counted off when it is
        // taken.
        if by == RunBy::Queue {
            self.leave_queue();
        }
    }

    /// The number of tasks that follow, queued as one entry.
    pub fn expect(&self, tasks: usize) {
        self.more.set(tasks.saturating_sub(1));
    }

    /// Counts a task that this worker ended.
    pub fn count_done(&self) {
        self.slot.done.fetch_add(1, Ordering::Relaxed);
    }

    /// An entry that was taken out of the queue is worked off. A task that a waiter ran
    /// stands in the queue until then.
    pub fn leave_queue(&self) {
        match self.more.get() {
            0 => {
                self.shared.unfinished.fetch_sub(1, Ordering::Relaxed);
            }
            more => self.more.set(more - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Shutdown, ThreadPool};
    use super::*;
    use crate::kit::event::What;
    use crate::kit::limit::Limit;
    use crate::kit::recorder::{EventReader, recorder};
    use crate::kit::stop::Stop;

    /// The words of the only worker of a pool that ran one task; `full`: nothing more found
    /// room in the channel when the task was done.
    fn words(full: bool) -> Vec<&'static str> {
        let (recorder, mut reader): (_, EventReader<()>) = recorder();
        let (main, lanes) = (recorder.lane("main"), recorder.clone());
        let pool = ThreadPool::builder(1)
            .observer(Arc::new(move |name| Rc::new(lanes.lane(name))))
            .build()
            .unwrap();
        pool.submit(|| ()).unwrap().take(&Limit::until(&Stop::new())).unwrap();
        while full && recorder.dropped() == 0 {
            main.emit(LaneEvent::Running);
        }
        pool.shutdown(Shutdown::Drain);
        main.flush();
        let mut words = Vec::new();
        reader.drain(usize::MAX, |event| {
            words.extend(match event.what {
                What::Lane(LaneEvent::TaskEnded { .. }) => Some("task ended"),
                What::Lane(LaneEvent::Idle) => Some("idle"),
                What::Lane(LaneEvent::Ended(Ending::Returned)) => Some("returned"),
                _ => None,
            });
        });
        words
    }

    #[test]
    fn a_worker_without_a_task_is_idle_until_its_end() {
        let words = words(false);
        assert!(words.ends_with(&["task ended", "idle", "returned"]), "{words:?}");
    }

    #[test]
    fn the_end_of_a_worker_arrives_even_when_the_channel_is_full() {
        assert_eq!(words(true).last(), Some(&"returned"));
    }
}
