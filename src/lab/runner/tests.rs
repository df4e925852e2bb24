//! What all consumers of a run see, however the events came in.

use std::sync::{Arc, Mutex};

use super::*;
use crate::kit::event::LaneKind;
use crate::kit::probe::Probe;
use crate::lab::trial::{Fact, Trial};

/// A run without threads: the test sends its events.
fn quiet() -> (Probe<Fact>, Runner<Trial>) {
    let (probe, intake) = probe();
    let settings = Settings::defaults(&Trial::INFO, 1, "unused".into(), false);
    (probe, Runner::new(None, settings, intake))
}

#[test]
fn the_times_of_a_lane_never_fall_whoever_sent_its_events() {
    let (probe, mut run) = quiet();
    let lane = probe.lane("process");
    let noted = |at, n| Stamped {
        at,
        lane: lane.id(),
        what: What::Fact(Fact::Count { n }),
    };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&seen);
    run.tap(Box::new(move |record| {
        times.lock().unwrap().push(record.at);
    }));
    // Earlier than the lane's own start, and then earlier than what was seen before.
    probe.relay(vec![noted(0, 1)], 0);
    run.drain(100);
    probe.relay(vec![noted(u64::MAX / 2, 2)], 0);
    run.drain(100);
    probe.relay(vec![noted(7, 3)], 0);
    run.drain(100);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(run.story().iter().map(|told| told.at).is_sorted());
}

#[test]
fn what_a_forgotten_or_unknown_lane_sends_makes_no_lane() {
    let (probe, mut run) = quiet();
    let lane = probe.lane_of("known", LaneKind::Process { pid: 7 });
    let stray = Stamped {
        at: 1,
        lane: LaneId(9),
        what: What::Lane(LaneEvent::Running),
    };
    probe.relay(vec![stray], 0);
    lane.emit(LaneEvent::Running);
    lane.flush();
    run.drain(100);
    let names: Vec<_> = run
        .scope()
        .histories(1)
        .iter()
        .map(|lane| lane.name)
        .collect();
    assert_eq!(names, ["known"]);
}

#[test]
fn the_story_can_be_of_one_lane_or_of_one_word() {
    let (probe, mut run) = quiet();
    for (name, n) in [("first", 1), ("second", 2)] {
        let lane = probe.lane(name);
        lane.fact(Fact::Count { n });
        lane.flush();
    }
    run.drain(100);
    let shown = |filter: &str| -> Vec<String> {
        let look = Look {
            filter: filter.to_owned(),
            ..Look::default()
        };
        let Body::Log(lines) = run.story_panel(&look) else {
            unreachable!("a story is a log")
        };
        let lines = lines.iter();
        lines
            .map(|line| format!("{} {}", line.lane, line.text))
            .collect()
    };
    assert_eq!(shown("counts 1"), ["first counts 1 µ"]);
    let second = shown("SECOND");
    assert!(
        second.contains(&"second counts 2 µ".to_owned()),
        "{second:?}"
    );
    assert!(
        second.iter().all(|line| line.starts_with("second ")),
        "{second:?}"
    );
}
