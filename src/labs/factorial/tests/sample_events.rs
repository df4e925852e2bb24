//! A made-up run of two workers over 1! to 4!, of which one task panics and one is
//! cancelled: for tests and documentation pictures only. Completion differs from
//! submission, so the two orders can be seen.

use std::sync::Arc;

use super::super::experiment::plan::Plan;
use super::super::facts::{Fact, Settled, Summary};
use crate::kit::event::{
    LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, Stamped, TaskOutcome, What,
};
use crate::kit::future::Status;

const MAIN: LaneId = LaneId(0);
const PANIC: &str = "set to panic at src/labs/factorial/experiment/task.rs:1";

pub fn events() -> Vec<Stamped<Fact>> {
    let mut sample = SampleRun::default();
    sample.open();
    sample.work();
    sample.close();
    sample.events
}

#[derive(Default)]
struct SampleRun {
    events: Vec<Stamped<Fact>>,
}

impl SampleRun {
    fn lane(&mut self, at_us: u64, lane: LaneId, what: LaneEvent) {
        self.events.push(Stamped { at: at_us * 1000, lane, what: What::Lane(what) });
    }

    fn fact(&mut self, at_us: u64, fact: Fact) {
        self.events.push(Stamped { at: at_us * 1000, lane: MAIN, what: What::Fact(fact) });
    }

    fn open(&mut self) {
        let thread = |os_tid| LaneKind::Thread { os_tid };
        let started = |name: &str, tid| LaneEvent::Started { name: name.into(), kind: thread(tid) };
        self.lane(0, MAIN, started("main", 4700));
        let resource = ResourceId(0);
        let queue =
            LaneEvent::Defined { resource, name: "queue".into(), kind: ResourceKind::Queue };
        self.lane(1, MAIN, queue);
        self.fact(2, Fact::Pool { workers: 2 });
        self.fact(3, Fact::Began { round: 1, plan: plan() });
        for n in 1..=4 {
            let queued = LaneEvent::TaskQueued { task: u64::from(n), label: label(n) };
            self.lane(3 + u64::from(n), MAIN, queued);
        }
        self.lane(50, LaneId(1), started("w_0", 4701));
        self.lane(90, LaneId(2), started("w_1", 4702));
        self.fact(95, Fact::Cancelled { n: 3 });
        self.fact(96, Fact::Opened { took_ns: 93_000, made: true });
    }

    fn work(&mut self) {
        let start = |n: u32| LaneEvent::TaskStarted { task: u64::from(n), label: label(n) };
        let end = |n: u32, outcome| LaneEvent::TaskEnded { task: u64::from(n), outcome };
        self.lane(100, LaneId(1), start(1));
        self.lane(101, LaneId(2), start(2));
        self.lane(103, LaneId(2), end(2, TaskOutcome::Finished));
        self.lane(104, LaneId(2), start(4));
        self.lane(105, LaneId(1), end(1, TaskOutcome::Finished));
        self.lane(106, LaneId(1), LaneEvent::Idle);
        self.lane(120, LaneId(2), end(4, TaskOutcome::Failed { error: PANIC.into() }));
        self.lane(121, LaneId(2), LaneEvent::Idle);
    }

    fn close(&mut self) {
        self.fact(130, Fact::Settled(settled(1, Status::Finished, Some("w_0"), 96)));
        self.fact(130, Fact::Settled(settled(2, Status::Finished, Some("w_1"), 96)));
        self.fact(130, Fact::Settled(settled(3, Status::Cancelled, None, 89)));
        self.fact(130, Fact::Settled(settled(4, Status::Failed, Some("w_1"), 97)));
        let summary = Summary {
            wall_ns: 24_000,
            max_queue: 4,
            wrong: Vec::new(),
            completed: vec![3, 2, 1, 4],
        };
        self.fact(131, Fact::Ended(summary));
        self.fact(160, Fact::Joined { took_ns: 25_000 });
    }
}

fn plan() -> Plan {
    Plan {
        workers: 2,
        from: 1,
        to: 4,
        by_completion: false,
        pace_ns: 0,
        fail: vec![4],
        cancel: vec![3],
    }
}

fn label(n: u32) -> Arc<str> {
    format!("{n}!").into()
}

fn settled(n: u32, state: Status, worker: Option<&str>, queued_us: u64) -> Settled {
    let value = match n {
        1 => "1",
        _ => "2",
    };
    Settled {
        n,
        state,
        value: (state == Status::Finished).then(|| value.into()),
        error: (state == Status::Failed).then(|| PANIC.into()),
        worker: worker.map(Arc::from),
        queued_ns: queued_us * 1000,
        ran_ns: worker.map(|_| 2_000),
        computed_ns: (state == Status::Finished).then_some(1_000),
        cpu_ns: (state == Status::Finished).then_some(1_000),
    }
}
