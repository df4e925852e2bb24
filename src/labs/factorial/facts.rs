//! What this lab reports: a round of tasks, its results and its check.

use std::sync::Arc;

use serde::Serialize;

use super::experiment::plan::Plan;
use crate::scene::Activity;

/// Status of a task and its future.
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
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn activity(self) -> Activity {
        match self {
            Self::Pending => Activity::Waiting,
            Self::Running => Activity::Running,
            Self::Finished => Activity::Finished,
            Self::Failed => Activity::Failed,
            Self::Cancelled => Activity::Cancelled,
        }
    }

    pub fn over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// How a task ended, read from its future and its own stamps after the round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    pub n: u32,
    pub state: TaskStatus,
    /// In decimal, all digits.
    pub value: Option<Arc<str>>,
    pub error: Option<Arc<str>>,
    /// The worker that took it; `None` for a cancelled task.
    pub worker: Option<Arc<str>>,
    /// From submission to start, or to cancellation.
    pub queued_ns: u64,
    /// On the worker, the pause added by `pace` included.
    pub ran_ns: Option<u64>,
    /// Computing alone, by the clock on the wall.
    pub computed_ns: Option<u64>,
    /// Computing alone, in time that the thread had a core.
    pub cpu_ns: Option<u64>,
}

/// Events of this lab, beyond those of its threads.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// The pool stands: its threads are started as tasks are submitted.
    #[serde(rename = "pool.new")]
    Pool { workers: usize },
    #[serde(rename = "round.begin")]
    Began { round: u64, plan: Plan },
    /// All tasks are submitted and those to be cancelled are; `made` if that includes
    /// making the pool and starting its threads.
    #[serde(rename = "round.open")]
    Opened { took_ns: u64, made: bool },
    /// A future is cancelled; no worker ever took it.
    #[serde(rename = "task.cancel")]
    Cancelled { n: u32 },
    #[serde(rename = "task.result")]
    Settled(Settled),
    #[serde(rename = "round.end")]
    Ended(Summary),
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
    /// The next task that starts will panic.
    #[serde(rename = "inject")]
    Armed,
    /// Time goes on while nothing else does.
    #[serde(rename = "tick")]
    Tick,
}

/// What a round amounted to, read after its last task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// From the moment the tasks might begin to the end of the last.
    pub wall_ns: u64,
    /// Tasks that were queued at once, at most.
    pub max_queue: usize,
    /// Values that differ from plain multiplication modulo a prime.
    pub wrong: Vec<u32>,
    /// In order of completion.
    pub completed: Vec<u32>,
}
