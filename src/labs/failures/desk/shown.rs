//! A pool under a blow, as it is told while it goes on. Plain data.

use serde::Serialize;

use super::blow::Policy;
use crate::kit::process_pool::{PoolView, WorkerState};

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
pub(super) fn workers(view: &PoolView) -> Vec<WorkerShown> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::child::Death;
    use crate::kit::process_pool::{Gone, WorkerView};

    #[test]
    fn those_who_are_gone_come_first_each_with_its_own_state() {
        let worker = |pid, state| WorkerView {
            name: "worker".into(),
            pid,
            state,
            done: 0,
            start_ns: None,
        };
        let gone = |pid, death, expected| Gone {
            pid,
            death,
            cause: "for a reason".into(),
            expected,
        };
        let gone = [
            gone(11, Death::Exited(0), true),
            gone(12, Death::Signalled(9), false),
        ];
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
        let shown: Vec<_> = workers(&view)
            .into_iter()
            .map(|of| (of.pid, of.doing))
            .collect();
        let dead = Doing::Dead("was killed by SIGKILL".to_owned());
        assert_eq!(
            shown,
            [
                (11, Doing::Ended),
                (12, dead),
                (1, Doing::Starting),
                (2, Doing::Idle),
                (3, Doing::Task(7)),
                (4, Doing::Stopped),
                (5, Doing::Ending),
            ]
        );
    }
}
