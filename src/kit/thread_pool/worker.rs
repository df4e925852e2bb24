//! A worker of the pool: its thread.
//!
//! A worker takes entries out of the queue until the pool has ended and the queue is empty.
//! It sleeps only in the queue's `recv`. What it does is published in a [`WorkerSlot`].
//!
//! ```text
//!           ┌────────────── the queue has an entry ─────────────┐
//!           ▼                                                   │
//! start ─▶ try_recv ── empty ─▶ emit Idle ─▶ recv (sleeps) ── entry ─▶ run it
//!                                              └─ closed and empty ─▶ emit Ended
//! ```

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use super::shared::{Ids, Task, ThreadPoolState};
use super::slot::{WorkerSlot, WorkerState};
use crate::kit::event::{Ending, LaneEvent, TaskOutcome};
use crate::kit::future::{PoolId, Queued, RunBy, TaskError, work_for};
use crate::kit::panics;
use crate::kit::recorder::{EventSink, SinkGuard, set_sink};

thread_local! {
    /// The worker whose thread this is; `None` on all other threads. By it a task that runs inside
    /// another one, while that one waits, finds the same worker.
    static CURRENT: RefCell<Option<Rc<Worker>>> = const { RefCell::new(None) };
}

/// A worker as its tasks see it: one for each thread, found through a thread-local.
pub struct Worker {
    shared: Arc<ThreadPoolState>,
    slot: Arc<WorkerSlot>,
    /// Its lane, if the pool is observed.
    sink: Option<Rc<dyn EventSink>>,
}

impl Worker {
    /// Starts the thread of worker `number`. Called under the pool's lock of threads.
    pub fn start(shared: &Arc<ThreadPoolState>, number: usize) -> io::Result<JoinHandle<()>> {
        let name: Arc<str> = format!("{}_{number}", shared.config.prefix).into();
        let mut thread = std::thread::Builder::new().name(name.to_string());
        if let Some(bytes) = shared.config.stack {
            thread = thread.stack_size(bytes);
        }
        let slot = Arc::new(WorkerSlot::new(name));
        let (shared_there, slot_there) = (Arc::clone(shared), Arc::clone(&slot));
        let handle = thread.spawn(move || Self::run(shared_there, slot_there));
        let handle = handle.inspect_err(|error| {
            // The first one stays: the others say the same.
            let _ = shared.refused.set(error.to_string().into());
        })?;
        shared.slots.write().push(slot);
        Ok(handle)
    }

    /// The whole life of a worker's thread. Ends when the pool's only sender is gone and the queue
    /// is empty, so nothing that was queued before is left.
    fn run(shared: Arc<ThreadPoolState>, slot: Arc<WorkerSlot>) {
        let sink = shared.config.observer.as_ref().map(|observer| observer(slot.name()));
        let _sink_guard: Option<SinkGuard> = sink.clone().map(set_sink);
        if let Some(initializer) = &shared.config.initializer {
            // It was reported; the tasks run all the same.
            let _ = panics::contain("the initializer of a worker", || initializer());
        }
        // From here on its waits for tasks of this pool run them.
        work_for(PoolId::of(&shared));
        let worker = Rc::new(Self { shared, slot, sink });
        CURRENT.set(Some(Rc::clone(&worker)));
        loop {
            // A try first: a busy worker does not report that it rests between two tasks.
            let task = worker.shared.queue.try_recv().or_else(|_| {
                worker.report_idle();
                worker.shared.queue.recv()
            });
            match task {
                Ok(Task::Awaited(task)) => worker.run_queued(task),
                Ok(Task::Bare(task)) => worker.run_bare(task),
                // The pool has ended, and the queue is empty.
                Err(_) => break,
            }
        }
        CURRENT.set(None);
        worker.slot.set(WorkerState::Ended);
        if let Some(sink) = &worker.sink {
            sink.emit_reliable(LaneEvent::Ended(Ending::Returned));
        }
    }

    pub fn name(&self) -> &Arc<str> {
        self.slot.name()
    }

    /// Whether tasks are to be cancelled instead of run. Acquire pairs with the release in
    /// `ThreadPool::shutdown`.
    #[inline] // This and what each item of a chunk calls: a call takes longer than what it does.
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

    /// The worker whose thread this is, if it is one; of whichever pool.
    pub fn current() -> Option<Rc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Runs a task that stood in the queue, unless a worker that waits for it did: then
    /// only its entry is left to be counted.
    fn run_queued(&self, task: Queued) {
        if !task.run() {
            self.leave_queue();
        }
    }

    /// Runs a task without a future, unless it is cancelled.
    fn run_bare(&self, task: Box<dyn FnOnce() + Send>) {
        if !self.is_cancelling() {
            // It was reported, and there is no future to keep it in.
            let _ = panics::contain("a task without a future", task);
        }
        self.slot.count_done();
        self.leave_queue();
    }

    /// What it does before an entry, for [`Worker::resume`]: it is idle, or runs the task that waits
    /// for this one.
    pub fn state(&self) -> WorkerState {
        self.slot.state()
    }

    /// Begins the task at this place of an entry.
    #[inline]
    pub fn begin(&self, ids: &Ids, at: usize) {
        let task = ids.first + at as u64;
        if let (Some(sink), Some(label)) = (&self.sink, &ids.label) {
            sink.emit(LaneEvent::TaskStarted { task, label: Arc::clone(label) });
        }
        self.slot.set(WorkerState::Running(task));
    }

    /// All tasks of an entry have ended. Before their future is completed, so that a thread that
    /// waits for that finds this worker free.
    pub fn resume(&self, before: WorkerState) {
        self.slot.set(before);
    }

    /// The task has ended. Emitted before its future is completed.
    #[inline]
    pub fn end(&self, task: u64, error: Option<&TaskError>) {
        self.emit_end(task, || match error {
            None => TaskOutcome::Finished,
            Some(error) => TaskOutcome::Failed { error: error.to_string().into() },
        });
    }

    /// The task was cancelled before it ran. It counts as ended, and has no beginning among the
    /// events.
    pub fn skip(&self, task: u64) {
        self.emit_end(task, || TaskOutcome::Cancelled);
    }

    /// The common end of a task that ran or was cancelled: its event, and one more in the count.
    #[inline]
    fn emit_end(&self, task: u64, outcome: impl FnOnce() -> TaskOutcome) {
        if let Some(sink) = &self.sink {
            sink.emit(LaneEvent::TaskEnded { task, outcome: outcome() });
        }
        self.slot.count_done();
    }

    /// All tasks of an entry have ended.
    pub fn leave(&self, by: RunBy) {
        match by {
            RunBy::Queue => self.leave_queue(),
            // The task that waited for it goes on. Its entry still stands in the queue, and is
            // counted off when it is taken.
            RunBy::Waiter => {
                if let Some(sink) = &self.sink {
                    sink.emit(LaneEvent::Running);
                }
            }
        }
    }

    /// An entry that was taken out of the queue is worked off. A task that a waiter ran
    /// stands in the queue until then.
    fn leave_queue(&self) {
        if self.shared.may_grow() {
            self.shared.unfinished.fetch_sub(1, Ordering::Relaxed);
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
