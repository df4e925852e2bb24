//! A made-up run for tests and documentation pictures only: every technique, one fault in
//! all pools, and every shutdown mode.

use super::super::experiment::injection::{
    FaultOutcome, Policy, PoolSnapshot, TaskFate, WorkerActivity, WorkerSnapshot,
};
use super::super::experiment::shutdown::{ShutdownMode, ShutdownOutcome};
use super::super::experiment::technique::TechniqueOutcome;
use super::super::facts::Fact;
use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};

pub fn events() -> Vec<Stamped<Fact>> {
    let started =
        LaneEvent::Started { name: "main".into(), kind: LaneKind::Thread { os_tid: 4700 } };
    let whats = std::iter::once(What::Lane(started)).chain(facts().into_iter().map(What::Fact));
    let event = |(at, what)| Stamped { at, lane: LaneId(0), what };
    (0u64..).step_by(20_000_000).zip(whats).map(event).collect()
}

fn facts() -> Vec<Fact> {
    let mut facts = techniques();
    facts.push(Fact::Fault { id: "kill", title: "SIGKILL from outside" });
    facts.extend(Policy::ALL.map(|policy| Fact::Pool(pool(policy))));
    facts.extend(Policy::ALL.map(|policy| Fact::Outcome(outcome(policy))));
    facts.extend(ShutdownMode::ALL.map(|mode| Fact::Shutdown(shutdown(mode))));
    facts.push(Fact::Done);
    facts
}

fn techniques() -> Vec<Fact> {
    let all = [
        (
            "catch",
            "9 of 9 good items done, 3 of 3 bad ones reported",
            "the thread ended at the first bad item: 3 of 9 done",
        ),
        (
            "logging",
            "8 threads and 8 processes: 32,000 of 32,000 lines whole, 0 torn, 0 out of order",
            "lines written in pieces: 6,204 whole, 2,113 torn",
        ),
        (
            "carry",
            "a map of 8 delivered 7 results and 1 error at its own place",
            "the error of a future that is never read stays unseen",
        ),
        (
            "cleanup",
            "after a panic in the middle: the lock was free, the file gone",
            "with cleanup as the last lines: the lock was still taken after 50 ms of waiting",
        ),
        (
            "critical",
            "seen: yes; refused: yes; repaired: the accounts hold 100 of 100 again",
            "a thread that does not check finds 70 of 100 in the accounts",
        ),
        (
            "cancel",
            "of 40 tasks 1 failed, 35 were cancelled before they began, 4 stopped at the flag",
            "39 of the other 39 ran to the end for nothing",
        ),
    ];
    let fact = |(name, evidence, without): (_, &str, &str)| Fact::Technique {
        name,
        shown: TechniqueOutcome {
            worked: true,
            evidence: evidence.to_owned(),
            without: without.to_owned(),
        },
    };
    all.into_iter().map(fact).collect()
}

pub fn pool(policy: Policy) -> PoolSnapshot {
    let first = 4710 + 10 * policy as u32;
    let worker = |n, activity| WorkerSnapshot { pid: first + n, activity };
    let dead = worker(2, WorkerActivity::Dead("was killed by SIGKILL".to_owned()));
    let workers = match policy {
        Policy::FailAll => {
            vec![dead, worker(0, WorkerActivity::Ending), worker(1, WorkerActivity::Ending)]
        }
        _ => vec![
            dead,
            worker(0, WorkerActivity::Task(17)),
            worker(1, WorkerActivity::Idle),
            worker(4, WorkerActivity::Idle),
        ],
    };
    PoolSnapshot {
        fault: "kill",
        policy,
        workers,
        done: if policy == Policy::Forget { 23 } else { 24 },
        of: 24,
        tasks: tasks(policy),
        target: 11,
        target_pid: Some(first + 2),
        waits_ms: (policy == Policy::Forget).then_some(240),
        broken: policy == Policy::FailAll,
    }
}

/// Of 24 tasks the twelfth was at the worker that died.
fn tasks(policy: Policy) -> Vec<TaskFate> {
    let (target, rest) = match policy {
        Policy::Forget => (TaskFate::Running, TaskFate::Done),
        Policy::FailAll => (TaskFate::Failed, TaskFate::Failed),
        Policy::Retry => (TaskFate::Done, TaskFate::Done),
    };
    let fate = |at| match at {
        0..11 => TaskFate::Done,
        11 => target,
        _ => rest,
    };
    (0..24).map(fate).collect()
}

pub fn outcome(policy: Policy) -> FaultOutcome {
    let (completed, failed, retried, lost) = match policy {
        Policy::Forget => (23, 0, 0, 1),
        Policy::FailAll => (13, 11, 0, 0),
        Policy::Retry => (24, 0, 1, 0),
    };
    FaultOutcome {
        fault: "kill",
        policy,
        completed,
        failed,
        retried,
        broken: policy == Policy::FailAll,
        lost,
        noticed_ms: Some(1.2),
        cause: format!("worker {} was killed by SIGKILL", 4712 + 10 * policy as u32),
        last_line: None,
        waited_ms: (lost > 0).then_some(250.0),
    }
}

fn shutdown(mode: ShutdownMode) -> ShutdownOutcome {
    let (completed, cancelled, failed, took_ms, note) = match mode {
        ShutdownMode::Drain => (24, 0, 0, 32.0, "every caller gets a result"),
        ShutdownMode::Cancel => (4, 20, 0, 6.0, "running tasks were allowed to finish"),
        ShutdownMode::CtrlC => {
            (0, 20, 4, 1.5, "4 of 4 workers stand in process groups of their own")
        }
        ShutdownMode::StuckWorker => (0, 0, 1, 1.4, "asked to end, it still ran after 200 ms"),
        ShutdownMode::IgnoredSignals => {
            (1, 0, 0, 1.3, "200 ms after SIGTERM worker 4751 was still there")
        }
    };
    ShutdownOutcome { mode, completed, cancelled, failed, took_ms, left: 0, note: note.to_owned() }
}
