//! No consequence arrives before its cause, wherever the reader cuts the channel.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// What has arrived so far, checked event by event.
#[derive(Default)]
struct Arrived {
    lanes: BTreeSet<LaneId>,
    ended: BTreeSet<LaneId>,
    resources: BTreeSet<ResourceId>,
    tasks: BTreeSet<u64>,
    /// The time of the latest event of each lane.
    latest: BTreeMap<LaneId, u64>,
    events: usize,
}

impl Arrived {
    fn take(&mut self, event: &Stamped<u32>) {
        self.events += 1;
        let latest = self.latest.insert(event.lane, event.at).unwrap_or(0);
        assert!(latest <= event.at, "time falls from {latest}: {event:?}");
        assert!(!self.ended.contains(&event.lane), "has ended: {event:?}");
        if let What::Lane(LaneEvent::Started { .. }) = event.what {
            self.lanes.insert(event.lane);
        }
        assert!(self.lanes.contains(&event.lane), "not started: {event:?}");
        let What::Lane(what) = &event.what else {
            return;
        };
        match what {
            LaneEvent::Defined { resource, .. } => {
                self.resources.insert(*resource);
            }
            LaneEvent::Waiting { resource, holder } => {
                assert!(self.resources.contains(resource), "unknown: {event:?}");
                let known = holder.is_none_or(|holder| self.lanes.contains(&holder));
                assert!(known, "holder not started: {event:?}");
            }
            LaneEvent::TaskQueued { task, .. } => {
                self.tasks.insert(*task);
            }
            LaneEvent::TaskStarted { task, .. } => {
                assert!(self.tasks.contains(task), "not queued: {event:?}");
            }
            LaneEvent::Ended(_) => {
                self.ended.insert(event.lane);
            }
            _ => {}
        }
    }

    /// As many drains of at most `max` events as there are, until nothing is left.
    fn rest(&mut self, reader: &mut EventReader<u32>, max: usize) {
        while reader.drain(max, |event| self.take(&event)) > 0 {}
    }
}

/// What may be done next; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Deed {
    Start,
    Define(usize),
    Wait(usize, usize, usize),
    Queue(usize),
    Begin(usize, usize),
    Fact(usize, u8),
    Reliable(usize),
    Flush(usize),
    End(usize),
    Drain(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let any = || 0..100usize;
    prop_oneof![
        2 => Just(Deed::Start),
        1 => any().prop_map(Deed::Define),
        3 => (any(), any(), any()).prop_map(|(lane, of, by)| Deed::Wait(lane, of, by)),
        2 => any().prop_map(Deed::Queue),
        2 => (any(), any()).prop_map(|(lane, task)| Deed::Begin(lane, task)),
        2 => (any(), 1..70u8).prop_map(|(lane, times)| Deed::Fact(lane, times)),
        2 => any().prop_map(Deed::Reliable),
        3 => any().prop_map(Deed::Flush),
        1 => any().prop_map(Deed::End),
        3 => (1..200usize).prop_map(Deed::Drain),
    ]
}

/// Lanes that do what they are asked to, one action after the other.
struct Producers {
    recorder: Recorder<u32>,
    lanes: Vec<Lane<u32>>,
    started: Vec<LaneId>,
    resources: Vec<ResourceId>,
    tasks: u64,
}

impl Producers {
    fn new(recorder: &Recorder<u32>) -> Self {
        let mut all = Self {
            recorder: recorder.clone(),
            lanes: Vec::new(),
            started: Vec::new(),
            resources: Vec::new(),
            tasks: 0,
        };
        all.start();
        all
    }

    fn start(&mut self) {
        let lane = self.recorder.lane(&format!("lane {}", self.started.len()));
        self.started.push(lane.id());
        self.lanes.push(lane);
    }

    fn act(&mut self, deed: &Deed) {
        let lane = |at: usize| &self.lanes[at % self.lanes.len()];
        match *deed {
            Deed::Start => self.start(),
            Deed::Define(at) => {
                let resource = lane(at).resource("lock", ResourceKind::Lock);
                self.resources.push(resource);
            }
            Deed::Wait(at, of, by) if !self.resources.is_empty() => {
                lane(at).emit(LaneEvent::Waiting {
                    resource: self.resources[of % self.resources.len()],
                    holder: Some(self.started[by % self.started.len()]),
                });
            }
            Deed::Queue(at) => {
                let (task, label) = (self.tasks, "task".into());
                lane(at).emit(LaneEvent::TaskQueued { task, label });
                // As every pool does before a worker can see the task.
                lane(at).flush();
                self.tasks += 1;
            }
            Deed::Begin(at, task) if self.tasks > 0 => lane(at).emit(LaneEvent::TaskStarted {
                task: task as u64 % self.tasks,
                label: "task".into(),
            }),
            Deed::Fact(at, times) => (0..times).for_each(|n| lane(at).fact(n.into())),
            Deed::Reliable(at) => lane(at).reliable_fact(0),
            Deed::Flush(at) => lane(at).flush(),
            Deed::End(at) if self.lanes.len() > 1 => {
                let lane = self.lanes.swap_remove(at % self.lanes.len());
                lane.end(Ending::Returned);
            }
            Deed::Wait(..) | Deed::Begin(..) | Deed::End(_) | Deed::Drain(_) => {}
        }
    }
}

proptest! {
    #[test]
    fn no_event_arrives_before_what_it_refers_to_wherever_a_drain_is_cut(
        deeds in prop::collection::vec(deed(), 1..300),
        last in 1..100usize,
    ) {
        let (recorder, mut reader) = recorder::<u32>();
        let mut producers = Producers::new(&recorder);
        let mut arrived = Arrived::default();
        for deed in &deeds {
            producers.act(deed);
            if let Deed::Drain(max) = deed {
                reader.drain(*max, |event| arrived.take(&event));
            }
        }
        drop(producers);
        arrived.rest(&mut reader, last);
    }
}

#[test]
fn a_lane_that_starts_behind_many_reliable_events_is_not_seen_before_its_start() {
    for max in [1, 7, 64, 1000] {
        let (recorder, mut reader) = recorder::<u32>();
        let main = recorder.lane("main");
        (0..3000).for_each(|n| main.reliable_fact(n));
        let late = recorder.lane("late");
        late.emit(LaneEvent::Running);
        late.flush();
        Arrived::default().rest(&mut reader, max);
    }
}

#[test]
fn many_threads_are_seen_in_order_by_a_reader_that_never_rests() {
    const THREADS: usize = 8;
    const LANES: u32 = 300;
    let (recorder, mut reader) = recorder::<u32>();
    let over = AtomicBool::new(false);
    let mut arrived = Arrived::default();
    std::thread::scope(|scope| {
        let producers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let recorder = recorder.clone();
                scope.spawn(move || {
                    for number in 0..LANES {
                        let lane = recorder.lane(&format!("{thread}-{number}"));
                        let resource = lane.resource("lock", ResourceKind::Lock);
                        for n in 0..number % 70 {
                            lane.emit(LaneEvent::Waiting { resource, holder: None });
                            if n % 5 == 0 {
                                lane.flush();
                            }
                        }
                        lane.end(Ending::Returned);
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut max = 1;
            loop {
                let is_last = over.load(Ordering::Acquire);
                let count = reader.drain(max, |event| arrived.take(&event));
                max = max % 97 + 1;
                if is_last && count == 0 {
                    break;
                }
                assert!(Instant::now() < deadline, "seen so far: {}", arrived.events);
            }
        });
        for producer in producers {
            let _ = producer.join();
        }
        over.store(true, Ordering::Release);
        if let Err(panic) = reader.join() {
            std::panic::resume_unwind(panic);
        }
    });
    assert_eq!(arrived.ended.len(), THREADS * LANES as usize);
}

#[test]
fn a_definition_is_seen_first_even_if_its_clock_ran_ahead() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("one");
    let resource = lane.resource("lock", ResourceKind::Lock);
    // Noted by another process, whose time was converted a little too low.
    let early = Stamped {
        at: 0,
        lane: lane.id(),
        what: What::Lane(LaneEvent::Acquired { resource, depth: 1 }),
    };
    recorder.forward(vec![early], 0);
    let mut seen = Vec::new();
    reader.drain(100, |event| seen.push(event.what));
    assert!(matches!(
        seen[..],
        [
            What::Lane(LaneEvent::Started { .. }),
            What::Lane(LaneEvent::Defined { .. }),
            What::Lane(LaneEvent::Acquired { .. })
        ]
    ));
}

#[test]
fn what_is_sent_later_but_happened_earlier_comes_first() {
    let (recorder, mut reader) = recorder::<u32>();
    let (early, late) = (recorder.lane("early"), recorder.lane("late"));
    drain_all(&mut reader);
    early.fact(1);
    // The clock has gone on.
    let now = recorder.clock().now();
    while recorder.clock().now() == now {}
    late.fact(2);
    late.flush();
    early.flush();
    let facts: Vec<_> = drain_all(&mut reader).into_iter().map(|event| event.what).collect();
    assert_eq!(facts, [What::Fact(1), What::Fact(2)]);
}

#[test]
fn a_lane_that_lost_events_loses_no_more_once_it_is_read_again() {
    let (recorder, mut reader) = recorder::<u32>();
    let lane = recorder.lane("fast");
    for round in 0..3 {
        for n in 0..u32::try_from(CAPACITY * 2).unwrap() {
            lane.fact(n);
        }
        lane.flush();
        // A full channel, and as much again that was refused.
        let lost = u64::try_from(CAPACITY).unwrap() * (round + 1);
        assert_eq!(recorder.dropped(), lost, "{round}");
        let facts = drain_all(&mut reader);
        let facts = facts.iter().filter(|event| matches!(event.what, What::Fact(_)));
        assert_eq!(facts.count(), CAPACITY);
    }
}
