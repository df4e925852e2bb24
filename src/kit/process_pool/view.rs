//! What can be seen of a pool from outside: snapshots as plain data.
//!
//! A view is a copy, taken under the pool's lock; nothing in it changes afterwards. Labs draw
//! it, and tests compare it.
//!
//! ```text
//! made ──▶ spawned ──▶ ready ──▶ sent ──▶ computed ──▶ received ──▶ ended
//! └──── creating ────────┘└ sending ┘└ computing ┘└ returning ┘└ joining ┘
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use crate::kit::child::Death;

/// What a worker does. Derived from its slot; see the module `protocol` for the states
/// themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerState {
    /// Asked for, and not ready: its hello, its pid or its initializer's answer is missing.
    Starting,
    /// Ready, and without a task: the pool has none for it, or is about to give it one.
    Idle,
    /// Has these tasks, by number. Those of a worker that starts are counted here too.
    Running(Vec<u64>),
    /// Has tasks and does not run, because a process stopped it (`SIGSTOP`). Checked every 500
    /// ms.
    Stopped(Vec<u64>),
    /// Asked to end, or killed, and not reaped yet. It gets no further task.
    Ending,
}

/// A worker as others see it. Its name, `worker N`, is unique within the pool; pids may come
/// again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerView {
    pub name: Arc<str>,
    /// 0 until the fork server has reported it; known at once with `spawn`.
    pub pid: u32,
    pub state: WorkerState,
    /// Tasks that it has answered, also those that failed.
    pub done: u64,
    /// Nanoseconds from asking for it until it was ready: its hello and its pid are known, and
    /// its initializer has run. `None` before.
    pub start_ns: Option<u64>,
}

/// How many ends a pool remembers one by one: more than a screen shows or a person reads, and
/// few enough to be copied when one is added while a view still shares the list.
pub const GONE_KEPT: usize = 1024;

/// A worker that has ended: who it was, how it ended, and whether that was to happen. Together
/// they are the history that the failures lab shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its pid, which the system may have given to another process since.
    pub pid: u32,
    pub death: Death,
    /// The death in words, with what was wrong before it: the text of errors and findings.
    pub cause: Arc<str>,
    /// Whether the pool had asked it to end or killed it, and had taken its task back.
    pub expected: bool,
}

/// Moments of a pool's life in nanoseconds of the monotonic clock; 0 if they have not come. In
/// their order they divide the time of one run without a gap: creating it (`made` to `ready`),
/// sending (to `sent`), computing (to `computed`), returning (to `received`), joining (to
/// `ended`).
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

/// A snapshot of a pool. Its default is that of a pool that never was, for a lab that has not
/// started one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolView {
    /// The workers that exist or were asked for, oldest first.
    pub workers: Vec<WorkerView>,
    pub limit: usize,
    /// Tasks that wait for a worker; those that a worker has are not counted.
    pub queued: usize,
    /// Tasks of dead workers that no worker will finish; see [`super::Policy::Forget`].
    pub lost: usize,
    /// Tasks that were given to another worker after theirs died, counted each time.
    pub retried: usize,
    /// The last [`GONE_KEPT`] workers that have ended, in the order of their ends.
    pub gone: Arc<VecDeque<Gone>>,
    /// The number of workers that ended before those of `gone`.
    pub gone_earlier: u64,
    /// Why there are fewer workers than could be used, if the last one that was tried could
    /// not be started.
    pub shortage: Option<Arc<str>>,
    pub broken: Option<Arc<str>>,
    /// It was shut down: it takes no more tasks, and may still work off those that it has.
    pub closed: bool,
    /// Its manager has ended: all workers are reaped.
    pub ended: bool,
    pub milestones: Milestones,
}

impl PoolView {
    /// The number of workers that are ready, whatever they do now. The same figure as
    /// [`super::ProcessPool::wait_ready`] waits for.
    pub fn ready(&self) -> usize {
        self.workers.iter().filter(|worker| worker.start_ns.is_some()).count()
    }
}
