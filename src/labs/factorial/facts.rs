//! What this lab reports: a round of tasks, its results and its check. The names under
//! `rename` are part of the recording format.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::experiment::plan::Plan;
use crate::kit::future::Status;
use crate::scene::Activity;

pub fn activity(status: Status) -> Activity {
    match status {
        Status::Pending => Activity::Waiting,
        Status::Running => Activity::Running,
        Status::Finished => Activity::Finished,
        Status::Failed => Activity::Failed,
        Status::Cancelled => Activity::Cancelled,
    }
}

/// How a task ended, read from its future and its own readings of the clock after the
/// round. A finished task has its value in decimal, with all digits, and a failed one the
/// panic's message and place; a cancelled one has neither, and no worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub n: u32,
    pub state: Status,
    pub value: Option<Arc<str>>,
    pub error: Option<Arc<str>>,
    pub worker: Option<Arc<str>>,
    /// From submission to start, or to cancellation.
    pub queued_ns: u64,
    /// Time on the worker, the pause added by `pace` included; `None` if no worker took
    /// it.
    pub ran_ns: Option<u64>,
    /// Computing alone, by the clock on the wall: with more workers than cores this
    /// includes waiting for a core.
    pub computed_ns: Option<u64>,
    /// Computing alone, in time that the thread had a core. The sum over all tasks is
    /// what one core would need.
    pub cpu_ns: Option<u64>,
}

/// Events of this lab, beyond those of its threads. All come from the driver's lane;
/// those of a round come in the order `Began`, `Cancelled`, `Opened`, `Settled` for each
/// task, `Ended`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// A pool is made: its threads are started as tasks are submitted, at most this
    /// number.
    #[serde(rename = "pool.new")]
    Pool { workers: usize },
    /// A round begins, with this plan. `round` counts from 1 through all plans of a run.
    /// All that is known of the round before is out of date with it.
    #[serde(rename = "round.begin")]
    Began { round: u64, plan: Plan },
    /// All tasks are submitted and those to be cancelled are; `made` if that includes
    /// making the pool and starting its threads.
    #[serde(rename = "round.open")]
    Opened { took_ns: u64, made: bool },
    /// A future was cancelled; no worker ever takes its task. Emitted before the pool's
    /// gate is opened, so it is never late.
    #[serde(rename = "task.cancel")]
    Cancelled { n: u32 },
    #[serde(rename = "task.result")]
    Settled(Settled),
    #[serde(rename = "round.end")]
    Ended(Summary),
    /// The pool has ended and all its threads are joined. Without a live screen nothing
    /// follows.
    #[serde(rename = "pool.join")]
    Joined { took_ns: u64 },
    /// The next round begins after this pause, which is there only so that the result can
    /// be read. On the live screen only.
    #[serde(rename = "round.pause")]
    RoundPause { for_ns: u64 },
    /// A setting took effect in the middle of a round: the pace, which tasks read when
    /// they start, or the order of the listing.
    #[serde(rename = "cmd")]
    Changed { plan: Plan },
    /// What the round needs and the system refused. Fewer threads than planned still run
    /// the tasks; without any there is no round.
    #[serde(rename = "round.not_run")]
    NotRun { what: Arc<str>, why: Arc<str> },
    /// The next task that starts will panic, at the user's wish. Which one that is
    /// depends on the workers.
    #[serde(rename = "inject")]
    Armed,
    /// Time has passed while nothing else happened: without an event the screen would not
    /// redraw how long a task takes.
    #[serde(rename = "tick")]
    Tick,
}

/// What a round amounted to, read after its last task: `wall_ns` from the start of the
/// first task that a worker took to the end of the last one, the longest queue, the
/// numbers whose value is wrong, and the order of completion by the times that the
/// futures kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub wall_ns: u64,
    pub max_queue: usize,
    pub wrong: Vec<u32>,
    pub completed: Vec<u32>,
}
