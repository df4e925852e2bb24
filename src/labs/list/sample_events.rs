//! A short made-up run for tests and documentation pictures; never shown as if live.
//!
//! The operations are carried out on a real list, one inside the other's window
//! where they are to collide, so that what is told fits together.

use std::sync::Arc;
use std::time::Duration;

use super::audit::{Counts, Ledger};
use super::dials::Dials;
use super::engine::MAIN;
use super::fact::{Audited, Fact, Measured, Shown, ThreadCounts};
use super::history::{Record, conflicts};
use super::op::{Did, Op, Role, Stamp, Version, Who};
use super::shared::SharedList;
use super::tally::Meter;
use super::windows::{LockTimes, Window, Windows};
use crate::kit::event::{
    LaneEvent, LaneId, LaneKind, Pause, ResourceId, ResourceKind, Stamped, What,
};
use crate::kit::lock::Quantiles;
use crate::kit::step::Widening;
use crate::timeline::stat::Statistic;

const MS: u64 = 1_000_000;
const PAUSE: Duration = Duration::from_millis(200);
const LOCK: ResourceId = ResourceId(0);

/// The lanes, by the place of their thread.
const LANES: [LaneId; 2] = [LaneId(1), LaneId(2)];

struct Script {
    at: u64,
    events: Vec<Stamped<Fact>>,
    list: SharedList,
    who: [Who; 2],
    records: [Vec<Op>; 2],
    dials: Dials,
}

pub(super) fn sample_events() -> Vec<Stamped<Fact>> {
    let mut script = Script::begin();
    script.locked(0, 64);
    script.wait(1);
    script.locked(1, 0);
    script.locked(1, 0);
    script.locked(0, 7);
    script.locked(0, 16);
    script.dials.lock = false;
    script.tell(LaneId(0), Fact::Dials(script.dials));
    script.collide(42);
    script.unlocked(0, 8);
    script.end()
}

impl Script {
    fn begin() -> Self {
        let dials = Dials {
            lock: true,
            adders: 1,
            removers: 1,
            ops: 5,
            pause: PAUSE,
            window: Widening::Dwell(Duration::from_millis(50)),
            auto_window: true,
        };
        let mut script = Self {
            at: 0,
            events: Vec::new(),
            list: SharedList::new(dials.appends()),
            who: [Who::adder(1), Who::remover(1)],
            records: [Vec::new(), Vec::new()],
            dials,
        };
        script.started(LaneId(0), MAIN, 4100);
        for (place, os_tid) in [(0, 4101), (1, 4102)] {
            let who = script.who[place];
            script.started(LANES[place], &who.to_string(), os_tid);
            script.tell(LANES[place], Fact::Thread { who });
        }
        script.say(
            LaneId(0),
            LaneEvent::Defined {
                resource: LOCK,
                name: "lock".into(),
                kind: ResourceKind::Lock,
            },
        );
        script.tell(LaneId(0), Fact::Dials(dials));
        let measured = Measured {
            slept: windows(),
            running: None,
        };
        script.tell(LaneId(0), Fact::Measured(Box::new(measured)));
        let (round, adders, removers, ops) = (1, 1, 1, dials.ops);
        script.tell(
            LaneId(0),
            Fact::Round {
                round,
                adders,
                removers,
                ops,
            },
        );
        script
    }

    fn started(&mut self, lane: LaneId, name: &str, os_tid: u32) {
        let (name, kind) = (name.into(), LaneKind::Thread { os_tid });
        self.say(lane, LaneEvent::Started { name, kind });
    }

    fn say(&mut self, lane: LaneId, what: LaneEvent) {
        let (at, what) = (self.at, What::Lane(what));
        self.events.push(Stamped { at, lane, what });
    }

    fn tell(&mut self, lane: LaneId, fact: Fact) {
        let (at, what) = (self.at, What::Fact(fact));
        self.events.push(Stamped { at, lane, what });
    }

    fn mine(&self, place: usize) -> Version {
        Version::of(place, self.records[place].len())
    }

    /// One operation under the lock; adders are in place 0.
    fn locked(&mut self, place: usize, value: i64) {
        let lane = LANES[place];
        self.tell(lane, Fact::Began { locked: true });
        self.say(
            lane,
            LaneEvent::Acquired {
                resource: LOCK,
                depth: 1,
            },
        );
        let op = self.whole(place, value);
        self.at += 50 * MS;
        self.say(
            lane,
            LaneEvent::Released {
                resource: LOCK,
                depth: 0,
            },
        );
        self.done(place, op, true);
    }

    fn unlocked(&mut self, place: usize, value: i64) {
        self.tell(LANES[place], Fact::Began { locked: false });
        let op = self.whole(place, value);
        self.at += 50 * MS;
        self.done(place, op, false);
    }

    /// An operation that nobody disturbs.
    fn whole(&mut self, place: usize, value: i64) -> Option<Op> {
        let (mine, undisturbed) = (self.mine(place), |_: Stamp, _: Option<i64>| Ok(()));
        let op = match self.who[place].role {
            Role::Adder => self.list.append(value, mine, undisturbed),
            Role::Remover => self.list.remove(mine, undisturbed),
        };
        op.ok()
    }

    /// The remover waits for the adder's lock for a while.
    fn wait(&mut self, place: usize) {
        let holder = Some(LANES[1 - place]);
        self.tell(LANES[place], Fact::Began { locked: true });
        self.say(
            LANES[place],
            LaneEvent::Waiting {
                resource: LOCK,
                holder,
            },
        );
        self.at += 30 * MS;
    }

    /// The remover has loaded the length when an append comes in between.
    fn collide(&mut self, value: i64) {
        let (adder, remover) = (self.mine(0), self.mine(1));
        self.tell(LANES[1], Fact::Began { locked: false });
        self.tell(LANES[0], Fact::Began { locked: false });
        let mut loaded = None;
        let mut inner = None;
        let outer = self.list.remove(remover, |read, first| {
            loaded = Some((read.length, first));
            inner = self.list.append(value, adder, |_, _| Ok(())).ok();
            Ok(())
        });
        if let Some((length, first)) = loaded {
            let first = Fact::Loaded {
                length,
                value: first,
            };
            self.tell(LANES[1], first);
            let value = Some(value);
            self.tell(LANES[0], Fact::Loaded { length, value });
        }
        self.at += 40 * MS;
        self.done(0, inner, false);
        self.at += 10 * MS;
        self.done(1, outer.ok(), false);
    }

    fn done(&mut self, place: usize, op: Option<Op>, locked: bool) {
        let Some(op) = op else { return };
        self.records[place].push(op);
        let (counts, list) = (self.counts(place), self.shown());
        self.tell(
            LANES[place],
            Fact::Done {
                op,
                locked,
                counts,
                list,
            },
        );
        let (pause, for_ns) = (Pause::Exercise, 200 * MS);
        self.say(LANES[place], LaneEvent::Sleeping { pause, for_ns });
        self.at += 20 * MS;
    }

    fn counts(&self, place: usize) -> ThreadCounts {
        let empty = self.records[place]
            .iter()
            .filter(|op| op.did == Did::FoundEmpty)
            .count();
        ThreadCounts {
            done: (self.records[place].len() - empty) as u64,
            empty: empty as u64,
        }
    }

    fn shown(&self) -> Shown {
        Shown {
            length: self.list.stamp().length,
            values: self.list.values(usize::MAX),
        }
    }

    /// The audit, by the engine's own rules.
    fn end(mut self) -> Vec<Stamped<Fact>> {
        let mut ledger = Ledger::default();
        ledger.open(99);
        let left = self.list.values(usize::MAX);
        let [adder, remover] = &self.records;
        let removals = remover.iter().filter(|op| op.did == Did::Removed);
        for op in adder {
            ledger.added(op.value);
        }
        for value in removals
            .clone()
            .map(|op| op.value)
            .chain(left.iter().copied())
        {
            ledger.appears(value);
        }
        let audit = ledger.close(Counts {
            added: adder.len() as u64,
            removed: removals.count() as u64,
            left: left.len() as u64,
            empty_pops: self.counts(1).empty,
            ..Counts::default()
        });
        let record = |place: usize| Record {
            who: self.who[place],
            ops: &self.records[place],
        };
        let last = self.list.stamp().by;
        let found = conflicts(&[record(0), record(1)], last, 8, |value| ledger.lost(value));
        let mut meter = Meter::default();
        meter.add(&audit.counts, self.at);
        let run = meter.tally();
        let audited = Audited {
            round: 1,
            audit,
            conflicts: found,
            list: self.shown(),
            threads: self
                .who
                .into_iter()
                .zip([self.counts(0), self.counts(1)])
                .collect(),
            meter: Some(run.clone()),
            run,
            lock: Some(lock_times()),
        };
        self.at += 200 * MS;
        self.tell(LaneId(0), Fact::Audited(Arc::new(audited)));
        self.tell(
            LaneId(0),
            Fact::End {
                final_list: left.into(),
                failure: None,
            },
        );
        self.events
    }
}

fn windows() -> Windows {
    let window = |ns: f64| Window {
        natural_ns: Some(statistic(ns)),
        typical_ns: Some(ns),
        whole_ns: Some(statistic(ns + 50e6)),
    };
    Windows {
        append: window(14.0),
        remove: window(21.0),
    }
}

fn statistic(ns: f64) -> Statistic {
    Statistic {
        median: ns,
        min: ns / 2.0,
        max: ns * 3.0,
        lower_quartile: ns * 0.75,
        samples: 64,
    }
}

fn lock_times() -> LockTimes {
    let quantiles = |p50_ns| Quantiles {
        samples: 6,
        p50_ns,
        p99_ns: 30 * MS,
        max_ns: 30 * MS,
    };
    LockTimes {
        acquisitions: 6,
        wait: quantiles(400),
        hold: quantiles(50 * MS),
    }
}
