//! What folding costs: events per second through the scope, and one picture of it.
//! The scope runs beside the labs, so each event may cost a few of theirs at most.

use std::time::{Duration, Instant};

use threadbare::kit::event::{LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind};
use threadbare::timeline::Timeline;

mod common;
use common::{Rival, table};

const EVENTS: u64 = 1_000_000;
const ROUNDS: usize = 7;

fn main() {
    let mut rivals: Vec<_> = [2, 64, 1024]
        .into_iter()
        .map(|lanes| {
            let name = match lanes {
                2 => "2 lanes",
                64 => "64 lanes",
                _ => "1,024 lanes",
            };
            Rival::new(name, move || folding(lanes).0)
        })
        .collect();
    let each = table("one event folded (wait, got, released)", ROUNDS, EVENTS, &mut rivals);
    let rate = |at: usize| 1e3 / each[at].spread().median;
    println!("  that is {:.1} and {:.1} million events a second", rate(0), rate(2));
    let mut rivals: Vec<_> = [(2, "2 lanes"), (1024, "1,024 lanes")]
        .into_iter()
        .map(|(lanes, name)| {
            let (_, timeline) = folding(lanes);
            Rival::new(name, move || {
                let began = Instant::now();
                std::hint::black_box(timeline.lanes(u64::MAX, 0, 0, ""));
                std::hint::black_box(timeline.waits(u64::MAX));
                std::hint::black_box(timeline.blame(u64::MAX));
                began.elapsed()
            })
        })
        .collect();
    table("one picture: lanes, waits, blame", ROUNDS, 1, &mut rivals);
}

/// Lanes that take one lock in turn, each waiting for the one before.
fn folding(lanes: u32) -> (Duration, Timeline) {
    let mut timeline = Timeline::new();
    let lock = ResourceId(0);
    for id in 0..lanes {
        let name = format!("worker-{id}").into();
        let kind = LaneKind::Thread { os_tid: id };
        timeline.apply(0, LaneId(id), &LaneEvent::Started { name, kind });
    }
    let defined =
        LaneEvent::Defined { resource: lock, name: "lock".into(), kind: ResourceKind::Lock };
    timeline.apply(0, LaneId(0), &defined);
    let began = Instant::now();
    let mut at = 1;
    for turn in 0..EVENTS / 3 {
        let lane = LaneId(u32::try_from(turn).unwrap_or(0) % lanes);
        let before = LaneId((lane.0 + lanes - 1) % lanes);
        let holder = Some(before);
        timeline.apply(at, lane, &LaneEvent::Waiting { resource: lock, holder });
        timeline.apply(at + 50, lane, &LaneEvent::Acquired { resource: lock, depth: 1 });
        timeline.apply(at + 90, lane, &LaneEvent::Released { resource: lock, depth: 0 });
        at += 100;
    }
    (began.elapsed(), timeline)
}
