//! A made-up run for tests and documentation pictures only.

use super::closing::{Closed, How};
use super::desk::{Doing, Policy, PoolShown, Struck, WorkerShown};
use super::state::Fact;
use super::technique::Shown;
use crate::kit::event::{LaneEvent, LaneId, LaneKind, Stamped, What};

pub(super) fn events() -> Vec<Stamped<Fact>> {
    let started = LaneEvent::Started {
        name: "director".into(),
        kind: LaneKind::Thread { os_tid: 4700 },
    };
    let whats = std::iter::once(What::Lane(started)).chain(facts().into_iter().map(What::Fact));
    let event = |(at, what)| Stamped {
        at,
        lane: LaneId(0),
        what,
    };
    (0u64..).step_by(20_000_000).zip(whats).map(event).collect()
}

fn facts() -> Vec<Fact> {
    let mut facts = techniques();
    facts.push(Fact::Blow {
        id: "kill",
        title: "SIGKILL from outside",
    });
    facts.extend(Policy::ALL.map(|policy| Fact::Pool(pool(policy))));
    facts.extend(Policy::ALL.map(|policy| Fact::Struck(struck(policy))));
    facts.extend(How::ALL.map(|how| Fact::Closed(closed(how))));
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
            "a future that nobody asks keeps its error to itself",
        ),
        (
            "cleanup",
            "after a panic in the middle: the lock was free, the file gone",
            "with cleanup as the last lines: the lock was still taken after 50 ms of waiting",
        ),
        (
            "critical",
            "seen: yes; refused: yes; repaired: the accounts hold 100 of 100 again",
            "who does not ask finds 70 of 100 in the accounts",
        ),
        (
            "cancel",
            "of 40 tasks 1 failed, 35 were cancelled before they began, 4 stopped at the flag",
            "39 of the other 39 ran to the end for nothing",
        ),
    ];
    let fact = |(name, evidence, without): (_, &str, &str)| Fact::Technique {
        name,
        shown: Shown {
            held: true,
            evidence: evidence.to_owned(),
            without: without.to_owned(),
        },
    };
    all.into_iter().map(fact).collect()
}

pub(super) fn pool(policy: Policy) -> PoolShown {
    let first = 4710 + 10 * policy as u32;
    let worker = |n, doing| WorkerShown {
        pid: first + n,
        doing,
    };
    let dead = worker(2, Doing::Dead("was killed by SIGKILL".to_owned()));
    let workers = match policy {
        Policy::Break => vec![dead, worker(0, Doing::Ending), worker(1, Doing::Ending)],
        _ => vec![
            dead,
            worker(0, Doing::Task(17)),
            worker(1, Doing::Idle),
            worker(4, Doing::Idle),
        ],
    };
    PoolShown {
        blow: "kill",
        policy,
        workers,
        done: if policy == Policy::Lose { 23 } else { 24 },
        of: 24,
        waits_ms: (policy == Policy::Lose).then_some(240),
        broken: policy == Policy::Break,
    }
}

pub(super) fn struck(policy: Policy) -> Struck {
    let (completed, failed, retried, lost) = match policy {
        Policy::Lose => (23, 0, 0, 1),
        Policy::Break => (13, 11, 0, 0),
        Policy::Supervise => (24, 0, 1, 0),
    };
    Struck {
        blow: "kill",
        policy,
        completed,
        failed,
        retried,
        lost,
        noticed_ms: Some(1.2),
        cause: format!("worker {} was killed by SIGKILL", 4712 + 10 * policy as u32),
        last_words: None,
        waited_ms: (lost > 0).then_some(250.0),
    }
}

fn closed(how: How) -> Closed {
    let (completed, cancelled, failed, took_ms, note) = match how {
        How::Drain => (24, 0, 0, 32.0, "whoever asked gets a result"),
        How::Cancel => (4, 20, 0, 6.0, "what was under way was let end"),
        How::CtrlC => (
            0,
            20,
            4,
            1.5,
            "4 of 4 workers stand in process groups of their own",
        ),
        How::StuckWorker => (0, 0, 1, 1.4, "asked to end, it still ran after 200 ms"),
        How::Stubborn => (
            1,
            0,
            0,
            1.3,
            "200 ms after SIGTERM worker 4751 was still there",
        ),
    };
    Closed {
        how,
        completed,
        cancelled,
        failed,
        took_ms,
        left: 0,
        note: note.to_owned(),
    }
}
