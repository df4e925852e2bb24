//! How long costs are measured between the runs of a live screen.

use std::time::Instant;

use super::*;
use crate::kit::event::LaneEvent;
use crate::kit::recorder::recorder;
use crate::lab::SessionHandle;

/// The costs that are measured before the first run of a tool, those after it, and the time
/// from its outcome until the outcome is left on the screen.
fn costs_around_a_run(tool: &str) -> (Vec<&'static str>, Vec<&'static str>, Duration) {
    let mut settings = settings(&[("tool", tool), ("misuse", "off"), ("pace", "0ms")]);
    settings.live = true;
    let (recorder, mut reader) = recorder();
    let lab = SessionHandle::<Sync>::start(settings, recorder).unwrap();
    let began = Instant::now();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (mut outcome_at, mut idle_at) = (None, None);
    while idle_at.is_none() {
        assert!(began.elapsed() < Duration::from_secs(30), "{before:?} {after:?}");
        reader.wait(Duration::from_millis(20));
        reader.drain(10_000, |event| match event.what {
            _ if idle_at.is_some() => {}
            What::Fact(Fact::Costs { tool, .. }) if outcome_at.is_none() => before.push(tool),
            What::Fact(Fact::Costs { tool, .. }) => after.push(tool),
            What::Fact(Fact::Outcome { .. }) => outcome_at = Some(event.at),
            What::Lane(LaneEvent::Idle) if event.lane == LaneId(0) && outcome_at.is_some() => {
                idle_at = Some(event.at);
            }
            _ => {}
        });
    }
    drop(lab);
    (before, after, Duration::from_nanos(idle_at.unwrap() - outcome_at.unwrap()))
}

#[test]
fn a_quarter_of_a_second_after_a_run_is_for_costs() {
    // The chosen tool first, so that the panel has something to show.
    let (before, after, took) = costs_around_a_run("lock");
    assert_eq!((before, after[0]), (vec!["lock"], "rlock"));
    // A figure has five samples of 4 ms or more: the other six tools may be done before.
    assert!(took >= Duration::from_millis(250) || after.len() == 6, "{after:?} in {took:?}");
    // With the lock's six figures they are not, so the queue has to wait for the next run.
    let (before, after, _) = costs_around_a_run("event");
    assert_eq!((before, after[0]), (vec!["event"], "lock"));
    assert!(!after.contains(&"queue"), "{after:?}");
}
