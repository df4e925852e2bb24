//! What this lab reports: a round of tasks, its results and its check. The names under
//! `rename` are part of the recording format.

use std::sync::Arc;

use serde::Serialize;

use super::experiment::plan::Plan;
use crate::scene::Activity;

/// Status of a task and its future, with the names of `concurrent.futures`. It only moves
/// forward: pending, running, and one of the three ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    #[default]
    Pending,
    Running,
    Finished,
    Failed,
    Cancelled,
}

impl TaskStatus {
    /// The name in the JSON result and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The glyph and tone of this status.
    pub fn activity(self) -> Activity {
        match self {
            Self::Pending => Activity::Waiting,
            Self::Running => Activity::Running,
            Self::Finished => Activity::Finished,
            Self::Failed => Activity::Failed,
            Self::Cancelled => Activity::Cancelled,
        }
    }

    /// Whether nothing will change any more.
    pub fn over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// How a task ended, read from its future and its own readings of the clock after the
/// round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    pub n: u32,
    pub state: TaskStatus,
    /// The factorial in decimal, all digits; `None` unless it finished.
    pub value: Option<Arc<str>>,
    /// The panic's message and place; `None` unless it failed.
    pub error: Option<Arc<str>>,
    /// The worker that took it; `None` for a cancelled task.
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

/// Events of this lab, beyond those of its threads. All come from the driver's lane.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// A pool is made: its threads are started as tasks are submitted, at most this
    /// number.
    #[serde(rename = "pool.new")]
    Pool { workers: usize },
    /// A round begins, with this plan. `round` counts from 1.
    #[serde(rename = "round.begin")]
    Began { round: u64, plan: Plan },
    /// All tasks are submitted and those to be cancelled are; `made` if that includes
    /// making the pool and starting its threads.
    #[serde(rename = "round.open")]
    Opened { took_ns: u64, made: bool },
    /// A future was cancelled; no worker ever takes its task.
    #[serde(rename = "task.cancel")]
    Cancelled { n: u32 },
    /// The result of one task, in the order of submission.
    #[serde(rename = "task.result")]
    Settled(Settled),
    /// The results of a round are complete.
    #[serde(rename = "round.end")]
    Ended(Summary),
    /// The pool has ended and all its threads are joined. Without a live screen nothing
    /// follows.
    #[serde(rename = "pool.join")]
    Joined { took_ns: u64 },
    /// The next round begins after this pause, which is there only so that the result can be read.
    #[serde(rename = "round.pause")]
    RoundPause { for_ns: u64 },
    /// A setting took effect in the middle of a round.
    #[serde(rename = "cmd")]
    Changed { plan: Plan },
    /// What the round needs and the system refused; without workers there is no round.
    #[serde(rename = "round.not_run")]
    NotRun { what: Arc<str>, why: Arc<str> },
    /// The next task that starts will panic, at the user's wish.
    #[serde(rename = "inject")]
    Armed,
    /// Time has passed while nothing else happened: without an event the screen would not
    /// redraw how long a task takes.
    #[serde(rename = "tick")]
    Tick,
}

/// What a round amounted to, read after its last task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// From the start of the first task that a worker took to the end of the last one.
    pub wall_ns: u64,
    /// The most tasks that were queued at one moment.
    pub max_queue: usize,
    /// Numbers whose value differs from plain multiplication modulo a prime.
    pub wrong: Vec<u32>,
    /// All numbers in order of completion, by the times that the futures kept.
    pub completed: Vec<u32>,
}
