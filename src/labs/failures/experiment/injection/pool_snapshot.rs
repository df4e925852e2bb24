//! A pool under a fault, as it is reported while the fault is under way. Plain data.

use serde::{Deserialize, Serialize};

use super::fault::Policy;
use crate::kit::future::Status;
use crate::kit::process_pool::{PoolView, WorkerState};
use crate::lab::{Name, read_name};

/// One of the pools, at a moment: its workers, and how many of its tasks are over. Sent
/// whenever it differs from the last one, so the screen can follow a pool without asking
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSnapshot {
    #[serde(deserialize_with = "read_name")]
    pub fault: Name,
    pub policy: Policy,
    pub workers: Vec<WorkerSnapshot>,
    /// Those that are over, however they ended, and those that were submitted: for who reads the
    /// events. The screen counts the tasks themselves.
    pub done: usize,
    pub of: usize,
    /// Each task in the order of their submission, also those that a broken pool refused.
    pub tasks: Vec<TaskFate>,
    /// The position of the task that the fault happens to.
    pub target: usize,
    /// The worker that had it when the fault was injected.
    pub target_pid: Option<u32>,
    /// For how many ms a caller has waited for a task that no worker runs any more;
    /// `None` while one may still run.
    pub waits_ms: Option<u64>,
    pub broken: bool,
}

impl PoolSnapshot {
    /// The number of tasks with this fate.
    pub fn count(&self, fate: TaskFate) -> usize {
        self.tasks.iter().filter(|task| **task == fate).count()
    }
}

/// What became of a task so far, by its future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskFate {
    Waiting,
    Running,
    Done,
    /// Failed, cancelled, or refused by a pool that was broken already.
    Failed,
}

impl From<Status> for TaskFate {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Waiting,
            Status::Running => Self::Running,
            Status::Finished => Self::Done,
            Status::Failed | Status::Cancelled => Self::Failed,
        }
    }
}

impl TaskFate {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerSnapshot {
    pub pid: u32,
    pub activity: WorkerActivity,
}

/// What a worker does, or how it ended: `Ended` as the pool had asked it to, `Dead`
/// without being asked, with the cause. A stopped worker is not dead, and no pool may
/// treat it so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerActivity {
    Starting,
    Idle,
    Task(u64),
    Stopped,
    Ending,
    Ended,
    Dead(String),
}

pub fn workers(view: &PoolView) -> Vec<WorkerSnapshot> {
    let gone = view.gone.iter().map(|gone| WorkerSnapshot {
        pid: gone.pid,
        // The pool had asked it to end, or had killed it itself.
        activity: if gone.expected {
            WorkerActivity::Ended
        } else {
            WorkerActivity::Dead(gone.death.to_string())
        },
    });
    let there = view.workers.iter().map(|worker| WorkerSnapshot {
        pid: worker.pid,
        activity: match &worker.state {
            WorkerState::Starting => WorkerActivity::Starting,
            WorkerState::Idle => WorkerActivity::Idle,
            WorkerState::Running(tasks) => {
                tasks.first().map_or(WorkerActivity::Idle, |task| WorkerActivity::Task(*task))
            }
            WorkerState::Stopped(_) => WorkerActivity::Stopped,
            WorkerState::Ending => WorkerActivity::Ending,
        },
    });
    gone.chain(there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::child::Death;
    use crate::kit::process_pool::{Gone, WorkerView};

    #[test]
    fn those_who_are_gone_come_first_each_with_its_own_state() {
        let worker =
            |pid, state| WorkerView { name: "worker".into(), pid, state, done: 0, start_ns: None };
        let gone =
            |pid, death, expected| Gone { pid, death, cause: "for a reason".into(), expected };
        let gone = [gone(11, Death::Exited(0), true), gone(12, Death::Signalled(9), false)];
        let view = PoolView {
            workers: vec![
                worker(1, WorkerState::Starting),
                worker(2, WorkerState::Idle),
                worker(3, WorkerState::Running(vec![7, 8])),
                worker(4, WorkerState::Stopped(vec![9])),
                worker(5, WorkerState::Ending),
            ],
            gone: std::sync::Arc::new(gone.into()),
            ..PoolView::default()
        };
        let shown: Vec<_> = workers(&view).into_iter().map(|of| (of.pid, of.activity)).collect();
        let dead = WorkerActivity::Dead("was killed by SIGKILL".to_owned());
        assert_eq!(
            shown,
            [
                (11, WorkerActivity::Ended),
                (12, dead),
                (1, WorkerActivity::Starting),
                (2, WorkerActivity::Idle),
                (3, WorkerActivity::Task(7)),
                (4, WorkerActivity::Stopped),
                (5, WorkerActivity::Ending),
            ]
        );
    }
}
