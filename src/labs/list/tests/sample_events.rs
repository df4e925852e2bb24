//! A short made-up run for tests and documentation pictures; never shown as if live.
//!
//! The operations are carried out on a real list, one inside the other's window where
//! they are to collide, so the events are consistent: the audit and the conflicts are
//! computed by the lab's own code. Only the times are invented.

use std::sync::Arc;
use std::time::Duration;

use super::super::experiment::audit::{Counts, Ledger};
use super::super::experiment::history::{ThreadRecord, conflicts};
use super::super::experiment::op::{Op, OpKind, Role, Stamp, Version, WorkerId};
use super::super::experiment::shared::SharedList;
use super::super::experiment::tally::Meter;
use super::super::experiment::windows::{LockTimes, Window, Windows};
use super::super::facts::{Audited, Fact, ListSnapshot, MAIN, Measured, ThreadCounts};
use super::super::settings::ListSettings;
use crate::kit::event::{
    LaneEvent, LaneId, LaneKind, Pause, ResourceId, ResourceKind, Stamped, What,
};
use crate::kit::lock::Quantiles;
use crate::kit::step::Widening;
use crate::timeline::stat::Statistic;

const MS: u64 = 1_000_000;
const PAUSE: Duration = Duration::from_millis(200);
const LOCK: ResourceId = ResourceId(0);

/// The lanes of the two threads, by the index of their thread. Lane 0 is the driver's.
const LANES: [LaneId; 2] = [LaneId(1), LaneId(2)];

struct SampleRun {
    at: u64,
    events: Vec<Stamped<Fact>>,
    list: SharedList,
    who: [WorkerId; 2],
    records: [Vec<Op>; 2],
    settings: ListSettings,
}

/// A round with the lock at first and without it at the end: a wait for the lock, an
/// empty list, and one collision that loses a value.
pub fn events() -> Vec<Stamped<Fact>> {
    let mut sample = SampleRun::begin();
    sample.locked(0, 64);
    sample.wait(1);
    sample.locked(1, 0);
    sample.locked(1, 0);
    sample.locked(0, 7);
    sample.locked(0, 16);
    sample.settings.lock = false;
    sample.fact(LaneId(0), Fact::Settings(sample.settings));
    sample.collide(42);
    sample.unlocked(0, 8);
    sample.end()
}

impl SampleRun {
    fn begin() -> Self {
        let settings = ListSettings {
            lock: true,
            adders: 1,
            removers: 1,
            ops: 5,
            pause: PAUSE,
            window: Widening::Delay(Duration::from_millis(50)),
            auto_window: true,
        };
        let mut sample = Self {
            at: 0,
            events: Vec::new(),
            list: SharedList::new(settings.appends()),
            who: [WorkerId::adder(1), WorkerId::remover(1)],
            records: [Vec::new(), Vec::new()],
            settings,
        };
        sample.started(LaneId(0), MAIN, 4100);
        for (index, os_tid) in [(0, 4101), (1, 4102)] {
            let who = sample.who[index];
            sample.started(LANES[index], &who.to_string(), os_tid);
            sample.fact(LANES[index], Fact::Thread { who });
        }
        sample.emit(
            LaneId(0),
            LaneEvent::Defined { resource: LOCK, name: "lock".into(), kind: ResourceKind::Lock },
        );
        sample.fact(LaneId(0), Fact::Settings(settings));
        let measured = Measured { slept: windows(), running: None };
        sample.fact(LaneId(0), Fact::Measured(Box::new(measured)));
        let (round, adders, removers, ops) = (1, 1, 1, settings.ops);
        sample.fact(LaneId(0), Fact::Round { round, adders, removers, ops });
        sample
    }

    fn started(&mut self, lane: LaneId, name: &str, os_tid: u32) {
        let (name, kind) = (name.into(), LaneKind::Thread { os_tid });
        self.emit(lane, LaneEvent::Started { name, kind });
    }

    fn emit(&mut self, lane: LaneId, what: LaneEvent) {
        let (at, what) = (self.at, What::Lane(what));
        self.events.push(Stamped { at, lane, what });
    }

    fn fact(&mut self, lane: LaneId, fact: Fact) {
        let (at, what) = (self.at, What::Fact(fact));
        self.events.push(Stamped { at, lane, what });
    }

    fn mine(&self, index: usize) -> Version {
        Version::of(index, self.records[index].len())
    }

    /// One operation under the lock, which takes 50 ms. The adder has index 0; a remover,
    /// with index 1, ignores `value`.
    fn locked(&mut self, index: usize, value: i64) {
        let lane = LANES[index];
        self.fact(lane, Fact::Began { locked: true });
        self.emit(lane, LaneEvent::Acquired { resource: LOCK, depth: 1 });
        let op = self.whole(index, value);
        self.at += 50 * MS;
        self.emit(lane, LaneEvent::Released { resource: LOCK, depth: 0 });
        self.done(index, op, true);
    }

    /// One operation without the lock that nothing interferes with.
    fn unlocked(&mut self, index: usize, value: i64) {
        self.fact(LANES[index], Fact::Began { locked: false });
        let op = self.whole(index, value);
        self.at += 50 * MS;
        self.done(index, op, false);
    }

    /// Carries out an operation on the list. `None` cannot occur, since nothing here is
    /// stopped.
    fn whole(&mut self, index: usize, value: i64) -> Option<Op> {
        let (mine, undisturbed) = (self.mine(index), |_: Stamp, _: Option<i64>| Ok(()));
        let op = match self.who[index].role {
            Role::Adder => self.list.append(value, mine, undisturbed),
            Role::Remover => self.list.remove(mine, undisturbed),
        };
        op.ok()
    }

    /// A thread waits for the other one's lock for a while; the operation itself follows.
    fn wait(&mut self, index: usize) {
        let holder = Some(LANES[1 - index]);
        self.fact(LANES[index], Fact::Began { locked: true });
        self.emit(LANES[index], LaneEvent::Waiting { resource: LOCK, holder });
        self.at += 30 * MS;
    }

    /// The remover has loaded the length when a whole append comes in between; then its
    /// store overwrites the append's. The append runs inside the closure that is called
    /// in the race window, so the collision is real.
    fn collide(&mut self, value: i64) {
        let (adder, remover) = (self.mine(0), self.mine(1));
        self.fact(LANES[1], Fact::Began { locked: false });
        self.fact(LANES[0], Fact::Began { locked: false });
        let mut loaded = None;
        let mut inner = None;
        let outer = self.list.remove(remover, |read, first| {
            loaded = Some((read.length, first));
            inner = self.list.append(value, adder, |_, _| Ok(())).ok();
            Ok(())
        });
        if let Some((length, first)) = loaded {
            let first = Fact::Loaded { length, value: first };
            self.fact(LANES[1], first);
            let value = Some(value);
            self.fact(LANES[0], Fact::Loaded { length, value });
        }
        self.at += 40 * MS;
        self.done(0, inner, false);
        self.at += 10 * MS;
        self.done(1, outer.ok(), false);
    }

    /// Records an operation as a worker does and emits it with the counters after it, and
    /// the pause that follows.
    fn done(&mut self, index: usize, op: Option<Op>, locked: bool) {
        let Some(op) = op else { return };
        self.records[index].push(op);
        let (counts, list) = (self.counts(index), self.snapshot());
        self.fact(LANES[index], Fact::Done { op, locked, counts, list });
        let (pause, for_ns) = (Pause::Exercise, 200 * MS);
        self.emit(LANES[index], LaneEvent::Sleeping { pause, for_ns });
        self.at += 20 * MS;
    }

    fn counts(&self, index: usize) -> ThreadCounts {
        let empty = self.records[index].iter().filter(|op| op.kind == OpKind::FoundEmpty).count();
        ThreadCounts { done: (self.records[index].len() - empty) as u64, empty: empty as u64 }
    }

    fn snapshot(&self) -> ListSnapshot {
        ListSnapshot { length: self.list.stamp().length, values: self.list.values(usize::MAX) }
    }

    fn end(mut self) -> Vec<Stamped<Fact>> {
        let mut ledger = Ledger::default();
        ledger.open(99);
        let left = self.list.values(usize::MAX);
        let [adder, remover] = &self.records;
        let removals = remover.iter().filter(|op| op.kind == OpKind::Removed);
        for op in adder {
            ledger.added(op.value);
        }
        for value in removals.clone().map(|op| op.value).chain(left.iter().copied()) {
            ledger.appears(value);
        }
        let audit = ledger.close(Counts {
            added: adder.len() as u64,
            removed: removals.clone().count() as u64,
            left: left.len() as u64,
            empty_pops: self.counts(1).empty,
            moved: removals.map(|op| u64::from(op.read.length - 1)).sum(),
            ..Counts::default()
        });
        let record =
            |index: usize| ThreadRecord { who: self.who[index], ops: &self.records[index] };
        let last = self.list.stamp().by;
        let found = conflicts(&[record(0), record(1)], last, 8, |value| ledger.lost(value));
        let mut meter = Meter::default();
        meter.add(&audit.counts, self.at);
        let run = meter.tally();
        let audited = Audited {
            round: 1,
            audit,
            conflicts: found,
            list: self.snapshot(),
            threads: self.who.into_iter().zip([self.counts(0), self.counts(1)]).collect(),
            meter: Some(run.clone()),
            run,
            lock: Some(lock_times()),
        };
        self.at += 200 * MS;
        self.fact(LaneId(0), Fact::Audited(Arc::new(audited)));
        self.fact(LaneId(0), Fact::End { final_list: left.into(), failure: None });
        self.events
    }
}

fn windows() -> Windows {
    let window = |ns: f64| Window {
        natural_ns: Some(statistic(ns)),
        typical_ns: Some(ns),
        whole_ns: Some(statistic(ns + 50e6)),
    };
    Windows { append: window(14.0), remove: window(21.0) }
}

fn statistic(ns: f64) -> Statistic {
    Statistic { median: ns, min: ns / 2.0, max: ns * 3.0, lower_quartile: ns * 0.75, samples: 64 }
}

fn lock_times() -> LockTimes {
    let quantiles = |p50_ns| Quantiles { samples: 6, p50_ns, p99_ns: 30 * MS, max_ns: 30 * MS };
    LockTimes { acquisitions: 6, wait: quantiles(400), hold: quantiles(50 * MS) }
}
