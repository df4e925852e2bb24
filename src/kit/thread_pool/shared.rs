//! What a pool and its workers share: the queue's end for workers, and the counters.
//!
//! ```text
//! pool ── Sender ──▶ queue of Task ──▶ Receiver in ThreadPoolState ──▶ workers, which share it
//!   └─────────────── Arc ──────────────────────▲─────── Arc ──────────────┘
//! ```

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crossbeam_channel::Receiver;
use parking_lot::RwLock;

use super::builder::Builder;
use super::slot::WorkerSlot;
use crate::kit::future::Queued;

/// How many of the first submissions look at the depth of the queue. Small runs are then exact.
const NOTED_ALL: usize = 1024;
/// From then on, every submission whose number is a multiple of this looks.
const NOTED_EACH: usize = 16;

/// An entry of the queue. It may be left over: a task that a waiting worker has run keeps its entry
/// until a worker takes it and finds nothing to do.
pub enum Task {
    /// One with a future, perhaps run before by a worker that waits for it.
    Awaited(Queued),
    /// One without a future. No thread can wait for it, so only a worker that takes it runs it.
    Bare(Box<dyn FnOnce() + Send>),
}

/// The numbers of the tasks of an entry, and their label if the pool is observed.
pub struct Ids {
    pub first: u64,
    pub label: Option<Arc<str>>,
}

/// What pool and workers share. Detached workers keep it alive until they end.
pub struct ThreadPoolState {
    pub config: Builder,
    pub queue: Receiver<Task>,
    /// Tasks submitted and not ended, until all workers are started: as many workers are needed,
    /// up to the maximum. Relaxed: it only decides when workers are started, and publishes
    /// nothing.
    pub unfinished: AtomicUsize,
    /// Written under the lock of the pool's `threads`. Stored with Release, so that a thread
    /// that reads it with Acquire finds this number of slots.
    pub started: AtomicUsize,
    pub submitted: AtomicUsize,
    pub deepest: AtomicUsize,
    /// Submissions so far, about; see [`ThreadPoolState::note_depth`].
    noted: AtomicUsize,
    /// Tasks that are taken from the queue from now on are cancelled, not run.
    pub cancelling: AtomicBool,
    pub slots: RwLock<Vec<Arc<WorkerSlot>>>,
    pub refused: OnceLock<Arc<str>>,
}

impl ThreadPoolState {
    /// The state of a pool that has no worker yet; `queue` is the end from which workers take.
    pub fn new(config: Builder, queue: Receiver<Task>) -> Self {
        Self {
            config,
            queue,
            unfinished: AtomicUsize::new(0),
            started: AtomicUsize::new(0),
            submitted: AtomicUsize::new(0),
            deepest: AtomicUsize::new(0),
            noted: AtomicUsize::new(0),
            cancelling: AtomicBool::new(false),
            slots: RwLock::default(),
            refused: OnceLock::new(),
        }
    }

    /// Whether more workers may be started. The count of unfinished tasks matters only until
    /// all are: then it is left alone, because each thread would write to it for each task. A
    /// thread that learns late that all were started may count once too often, and then asks
    /// for a worker in vain.
    pub fn may_grow(&self) -> bool {
        self.started.load(Ordering::Acquire) < self.config.workers
    }

    /// Notes how many entries wait now. To ask costs as much as to send, since the workers write
    /// to what is read; so after the first ones only some submissions do.
    pub fn note_depth(&self) {
        // Two threads may count as one: that changes only which submissions ask.
        let turn = self.noted.load(Ordering::Relaxed);
        self.noted.store(turn.wrapping_add(1), Ordering::Relaxed);
        if turn < NOTED_ALL || turn.is_multiple_of(NOTED_EACH) {
            let depth = self.queue.len();
            if depth > self.deepest.load(Ordering::Relaxed) {
                self.deepest.fetch_max(depth, Ordering::Relaxed);
            }
        }
    }
}
