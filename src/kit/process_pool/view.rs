//! What can be seen of a pool from outside.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::kit::child::Death;

/// What a worker does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerState {
    /// Asked for, and not ready yet.
    Starting,
    Idle,
    /// Holds these tasks, by number.
    Running(Vec<u64>),
    /// Holds tasks and does not run: another process stopped it (`SIGSTOP`).
    Stopped(Vec<u64>),
    /// Asked to end.
    Ending,
}

/// A snapshot of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerView {
    pub name: Arc<str>,
    /// 0 until it is known.
    pub pid: u32,
    pub state: WorkerState,
    /// Tasks that it has worked off.
    pub done: u64,
    /// From asking for it to its hello, in nanoseconds; `None` until it is ready: its hello
    /// and its pid are known, and its initializer has run.
    pub start_ns: Option<u64>,
}

/// The most ends that a pool remembers one by one: more than a screen shows or a person
/// reads, and few enough to be copied at each.
pub const GONE_KEPT: usize = 1024;

/// A worker that is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    pub pid: u32,
    pub death: Death,
    /// The death in words, with what was wrong before it.
    pub cause: Arc<str>,
    /// Whether it was asked to end.
    pub expected: bool,
}

/// Moments of a pool's life, by the monotonic clock in nanoseconds; 0 if they have not
/// come. In their order they part the time of one run without a gap: creating it
/// (`made` to `ready`), sending (to `sent`), computing (to `computed`), returning
/// (to `received`), joining (to `ended`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// The manager began.
    pub made: u64,
    /// The last worker so far was started: its process exists.
    pub spawned: u64,
    /// The last worker so far was ready.
    pub ready: u64,
    /// The last chunk so far began to be written to its worker.
    pub sent: u64,
    /// The last chunk so far was worked off, by its worker's word.
    pub computed: u64,
    /// The last answer so far was read.
    pub received: u64,
    /// All workers were reaped.
    pub ended: u64,
}

/// A snapshot of a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolView {
    pub workers: Vec<WorkerView>,
    /// Workers that there may be.
    pub limit: usize,
    /// Tasks that wait for a worker.
    pub queued: usize,
    /// Tasks of dead workers that no thread will finish; see [`super::Policy::Lose`].
    pub lost: usize,
    /// Tasks given to a second worker, or a third.
    pub retried: usize,
    /// The last [`GONE_KEPT`] workers that have ended, in the order of their ends.
    pub gone: Arc<VecDeque<Gone>>,
    /// The number of workers that ended before those.
    pub gone_earlier: u64,
    /// Why there are fewer workers than could be used, if the last one that was tried could
    /// not be started.
    pub shortage: Option<Arc<str>>,
    pub broken: Option<Arc<str>>,
    pub closed: bool,
    pub ended: bool,
    pub milestones: Milestones,
}

impl PoolView {
    /// Workers that are ready.
    pub fn ready(&self) -> usize {
        self.workers.iter().filter(|worker| worker.start_ns.is_some()).count()
    }
}
