//! A pool under a blow, as it is told while it goes on. Plain data.

use serde::Serialize;

use super::blow::Policy;
use crate::kit::process_pool::{View, WorkerState};

/// One of the pools, at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PoolShown {
    pub(crate) blow: &'static str,
    pub(crate) policy: Policy,
    pub(crate) workers: Vec<WorkerShown>,
    /// Tasks done, of how many.
    pub(crate) done: usize,
    pub(crate) of: usize,
    /// Somebody waits for a task that no one does any more, since so long, in ms.
    pub(crate) waits_ms: Option<u64>,
    pub(crate) broken: bool,
}

/// A worker of it. The dead stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WorkerShown {
    pub(crate) pid: u32,
    pub(crate) doing: Doing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    Starting,
    Idle,
    /// At this task, by number.
    Task(u64),
    Stopped,
    Ending,
    Ended,
    /// No more, and not by its own will.
    Dead(String),
}

/// All workers that the pool has and had, the dead first.
pub(super) fn workers(view: &View) -> Vec<WorkerShown> {
    let gone = view.gone.iter().map(|gone| WorkerShown {
        pid: gone.pid,
        doing: if gone.expected {
            Doing::Ended
        } else {
            Doing::Dead(gone.death.to_string())
        },
    });
    let there = view.workers.iter().map(|worker| WorkerShown {
        pid: worker.pid,
        doing: match &worker.state {
            WorkerState::Starting => Doing::Starting,
            WorkerState::Idle => Doing::Idle,
            WorkerState::Running(tasks) => {
                tasks.first().map_or(Doing::Idle, |task| Doing::Task(*task))
            }
            WorkerState::Stopped(_) => Doing::Stopped,
            WorkerState::Ending => Doing::Ending,
        },
    });
    gone.chain(there).collect()
}
