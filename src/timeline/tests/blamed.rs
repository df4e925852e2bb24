//! Whom a wait is charged to, which charge stands first, and which marks a chart shows.

use super::*;

/// Waiter, holder, resource, and the time in all of each charge.
fn charges(script: &Script) -> Vec<String> {
    let rows = script.timeline.blame(script.at).rows.into_iter();
    let texts = |row: Vec<crate::scene::Span>| {
        let texts = row.iter().take(4).map(|cell| cell.text.as_str());
        texts.collect::<Vec<_>>().join(", ")
    };
    rows.map(texts).collect()
}

#[test]
fn what_cost_most_in_all_stands_first() {
    let mut script = Script::with(&["a", "b", "c"], &["L", "M"]);
    for at in [0, 20, 40] {
        script.at(at, 1, wants(0, Some(0))).at(at + 10, 1, LaneEvent::Running);
    }
    script.at(60, 2, wants(1, Some(0))).at(80, 2, LaneEvent::Running);
    assert_eq!(charges(&script), ["b, a, L, 30.0 µs", "c, a, M, 20.0 µs"]);
}

#[test]
fn a_lane_that_has_a_permit_waits_for_those_that_have_the_others() {
    let mut script = Script::with(&["a", "b"], &[]);
    script.at(0, 0, defined(0, "S", ResourceKind::Semaphore)).at(1, 0, got(0)).at(2, 1, got(0));
    script.at(10, 0, wants(0, None)).at(30, 0, LaneEvent::Running);
    assert_eq!(charges(&script), ["a, b, S, 20.0 µs"]);
    // Its own permit is the only one that is known to be taken.
    script.at(40, 1, released(0)).at(50, 0, wants(0, None)).at(55, 0, LaneEvent::Running);
    assert_eq!(charges(&script), ["a, b, S, 20.0 µs", "a, a, S, 5.00 µs"]);
}

#[test]
fn only_what_is_held_is_contended() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(0, 0, defined(1, "the end of b", ResourceKind::Event));
    script.at(10, 0, wants(1, Some(1))).at(30, 0, LaneEvent::Running);
    script.at(40, 0, wants(0, Some(1))).at(45, 0, wants(1, Some(1))).at(50, 0, LaneEvent::Idle);
    assert_eq!(charges(&script), ["a, b, L, 5.00 µs"]);
    assert_eq!(script.timeline.ledger().total(), 30_000);
    script.at(60, 0, wants(1, Some(1)));
    assert_eq!(charges(&script), ["a, b, L, 5.00 µs"], "nor while it goes on");
}

#[test]
fn a_chart_shows_the_marks_from_its_first_moment_up_to_its_last() {
    let mut script = Script::with(&["a"], &[]);
    for at in [10, 20, 30, 40] {
        script.at(at, 0, LaneEvent::Mark { label: text("+") });
    }
    let chart = script.timeline.lanes(40_000, 20_000, 10_000, "");
    assert_eq!((chart.from, chart.to), (10_000, 30_000));
    let marks: Vec<_> = chart.lanes[0].marks.iter().map(|mark| mark.at).collect();
    assert_eq!(marks, [10_000, 20_000]);
}

#[test]
fn a_pause_is_charged_to_no_lane_and_stands_in_the_row_as_such() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(10, 0, got(0)).at(20, 1, wants(0, None));
    script.at(30, 0, LaneEvent::Paused).at(30, 1, LaneEvent::Paused);
    script.at(90, 0, LaneEvent::Mark { label: text("+") });
    let row = script.row(1);
    assert_eq!(row.state.text, "paused, waiting for L for 10.0 µs");
    assert_eq!((row.activity, script.row(0).state.text.as_ref()), (Activity::Paused, "paused"));
    assert_eq!(charges(&script), ["b, a, L, 10.0 µs"]);
    script.at(100, 0, LaneEvent::Resumed).at(100, 1, LaneEvent::Resumed);
    script.at(103, 0, released(0)).at(105, 1, got(0));
    assert_eq!(charges(&script), ["b, a, L, 15.0 µs"]);
    let intervals = script.timeline.histories(110_000).remove(1).intervals;
    let intervals: Vec<_> = intervals.iter().map(|s| (s.from / 1_000, s.activity.word())).collect();
    let expected =
        [(0, "running"), (20, "waiting"), (30, "paused"), (100, "waiting"), (105, "holding")];
    assert_eq!(intervals, expected);
}
