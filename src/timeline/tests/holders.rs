//! Who holds what, who has handed it over, and how long a deadlock has lasted.

use super::*;

#[test]
fn a_semaphores_permits_are_held_by_several_and_each_gives_back_its_own() {
    let mut script = Script::with(&["a", "b", "c"], &[]);
    script
        .at(0, 0, defined(0, "S", ResourceKind::Semaphore))
        .at(1, 0, got(0))
        .at(2, 1, got(0))
        .at(3, 2, wants(0, Some(1)))
        .at(4, 0, released(0))
        .at(6, 2, got(0));
    let holders = &script.timeline.picture().holders[&ResourceId(0)];
    assert_eq!(holders.iter().copied().collect::<Vec<_>>(), [LaneId(1), LaneId(2)]);
    assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running);
    assert_eq!(script.timeline.activity(LaneId(1)), Activity::Holding);
    let handoffs: Vec<_> = script.timeline.handoffs().collect();
    assert_eq!(handoffs.len(), 1);
    assert_eq!((handoffs[0].from, handoffs[0].to), (LaneId(0), LaneId(2)));
}

#[test]
fn one_passes_a_barrier_and_does_not_hold_it() {
    for kind in [
        ResourceKind::Barrier,
        ResourceKind::Event,
        ResourceKind::Queue,
        ResourceKind::Condition,
        ResourceKind::Future,
    ] {
        let mut script = Script::with(&["a"], &[]);
        script.at(0, 0, defined(0, "it", kind)).at(1, 0, wants(0, None)).at(5, 0, got(0));
        assert_eq!(script.timeline.activity(LaneId(0)), Activity::Running, "{kind:?}");
        assert_eq!(script.activities(0).last(), Some(&(1, 5, Activity::Waiting)));
        assert_eq!(script.timeline.ledger().total(), 4_000);
    }
}

#[test]
fn a_lane_that_takes_its_own_lock_again_has_handed_it_over_to_no_thread() {
    let mut script = Script::with(&["a"], &["L"]);
    script.at(1, 0, got(0)).at(5, 0, released(0)).at(6, 0, wants(0, None)).at(7, 0, got(0));
    assert_eq!(script.timeline.handoffs().count(), 0);
}

#[test]
fn a_hand_over_comes_from_the_holder_whoever_gave_the_lock_back() {
    let mut script = Script::with(&["holder", "releaser", "next"], &["L"]);
    script.at(1, 0, got(0)).at(2, 2, wants(0, Some(0))).at(5, 1, released(0)).at(6, 2, got(0));
    let handoffs: Vec<_> = script.timeline.handoffs().collect();
    assert_eq!(handoffs.len(), 1);
    assert_eq!((handoffs[0].from, handoffs[0].released), (LaneId(0), 5_000));
    assert_eq!((handoffs[0].to, handoffs[0].acquired), (LaneId(2), 6_000));
}

#[test]
fn the_end_of_a_thread_that_is_waited_for_is_not_held_by_it() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    let end = defined(1, "the end of b", ResourceKind::Event);
    script.at(0, 0, end).at(1, 0, got(0)).at(2, 1, wants(0, Some(0))).at(2, 0, wants(1, Some(1)));
    assert_eq!(
        script.timeline.deadlock(200_000_000).as_deref(),
        Some("Deadlock: a holds L and waits for the end of b, b waits for L")
    );
    let described = script.timeline.describe(9_000, LaneId(0), &wants(1, Some(1)));
    assert_eq!(described, "waits for the end of b");
}

#[test]
fn what_a_waiter_saw_is_old_once_another_thread_has_had_the_lock() {
    let mut script = Script::with(&["a", "b", "c"], &["L"]);
    script
        .at(1, 0, got(0))
        .at(2, 2, wants(0, Some(0)))
        .at(3, 0, released(0))
        .at(4, 1, got(0))
        .at(5, 1, released(0))
        .at(6, 0, wants(0, None));
    assert_eq!(script.timeline.deadlock(200_000_000), None);
}

#[test]
fn a_deadlock_lasts_from_the_moment_its_last_holder_was_seen() {
    let mut script = Script::with(&["a", "b", "c"], &["A", "B"]);
    script
        .at(1, 0, got(0))
        .at(1, 2, got(1))
        .at(2, 0, wants(1, Some(2)))
        .at(3, 2, released(1))
        .at(4, 1, got(1))
        .at(5, 1, wants(0, Some(0)))
        .at(60_005, 0, wants(1, Some(1)));
    let lasted = 60_005_000 + 100_000_000;
    // Both have waited for long enough by now, but not for each other.
    assert_eq!(script.timeline.deadlock(lasted - 1), None);
    assert_eq!(
        script.timeline.deadlock(lasted).as_deref(),
        Some("Deadlock: a holds A and waits for B, b holds B and waits for A")
    );
}

#[test]
fn a_paused_lane_waits_no_longer_in_the_graph_and_is_part_of_no_lasting_deadlock() {
    let mut script = Script::with(&["a", "b"], &["L", "M"]);
    script
        .at(1, 0, got(0))
        .at(1, 1, got(1))
        .at(2, 0, wants(1, Some(1)))
        .at(3, 1, wants(0, Some(0)))
        .at(12, 0, LaneEvent::Paused)
        .at(13, 1, LaneEvent::Paused);
    let later = 60_000_000_000;
    assert_eq!(script.timeline.deadlock(later), None);
    let graph = script.timeline.waits(later);
    let mut labels: Vec<_> = graph.edges.iter().map(|edge| edge.label.as_str()).collect();
    labels.retain(|label| !label.is_empty());
    assert_eq!(labels, ["10.0 µs", "10.0 µs"]);
}
