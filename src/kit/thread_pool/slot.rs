//! What can be seen of a worker from outside.
//!
//! Its thread publishes that with relaxed atomics: a view may be a moment late, and everything
//! else is ordered by the queue and by the futures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a worker does: it waits for a task (or is about to take one), runs the task of this number,
/// counted from 0 in the order of submission, or its thread is over. A task that runs within
/// another, while that one waits for it, is the one that shows.
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
    /// As the system shows it: prefix and number. The kernel keeps its first 15 bytes.
    pub name: Arc<str>,
    pub state: WorkerState,
    /// Tasks that it has ended, one way or another: cancelled ones that it took count as well.
    pub done: u64,
}

/// What a worker writes and any thread may read. Written by one thread only, so a load and a store
/// are enough where other counters need a read-modify-write.
#[derive(Debug)]
pub struct WorkerSlot {
    name: Arc<str>,
    /// [`IDLE`], [`ENDED`], or a task's number + 2. One word, so that it is read and written whole.
    state: AtomicU64,
    done: AtomicU64,
}

const IDLE: u64 = 0;
const ENDED: u64 = 1;

impl WorkerSlot {
    pub fn new(name: Arc<str>) -> Self {
        Self { name, state: AtomicU64::new(IDLE), done: AtomicU64::new(0) }
    }

    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub fn state(&self) -> WorkerState {
        match self.state.load(Ordering::Relaxed) {
            IDLE => WorkerState::Idle,
            ENDED => WorkerState::Ended,
            task => WorkerState::Running(task - 2),
        }
    }

    /// Only the worker's own thread may.
    #[inline]
    pub fn set(&self, state: WorkerState) {
        let word = match state {
            WorkerState::Idle => IDLE,
            WorkerState::Ended => ENDED,
            WorkerState::Running(task) => task + 2,
        };
        self.state.store(word, Ordering::Relaxed);
    }

    /// Counts a task that the worker ended. Only the worker's own thread may.
    #[inline]
    pub fn count_done(&self) {
        let done = self.done.load(Ordering::Relaxed);
        self.done.store(done + 1, Ordering::Relaxed);
    }

    /// What it shows now. Not one moment: see [`WorkerView`].
    pub fn view(&self) -> WorkerView {
        let (name, state) = (Arc::clone(&self.name), self.state());
        WorkerView { name, state, done: self.done.load(Ordering::Relaxed) }
    }
}
