//! Every figure of the lanes against a script whose answer is known.

use super::*;
use crate::kit::event::{Pause, Stream, TaskOutcome};
use crate::scene::{EdgeKind, Tone};
use crate::timeline::stat::P99_SAMPLES;

/// Long after the last event, for waits that go on.
const LATER: u64 = 1_000_000_000;

fn rows(table: &Table) -> Vec<Vec<&str>> {
    let cells = |row: &Vec<crate::scene::Span>| row.len();
    assert!(table.rows.iter().all(|row| cells(row) == table.head.len()));
    let texts = table.rows.iter();
    texts.map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect()
}

fn task_ended(task: u64, outcome: TaskOutcome) -> LaneEvent {
    LaneEvent::TaskEnded { task, outcome }
}

fn queued(task: u64, label: &str) -> LaneEvent {
    let label = text(label);
    LaneEvent::TaskQueued { task, label }
}

fn begun(task: u64, label: &str) -> LaneEvent {
    let label = text(label);
    LaneEvent::TaskStarted { task, label }
}

/// `b` waits from 10 µs on; at 14 µs the lock goes from `a` to `c`, which `b` sees at 15.
fn a_wait_that_outlives_a_holder() -> Script {
    let mut script = Script::with(&["a", "b", "c"], &["L"]);
    script
        .at(1, 0, got(0))
        .at(10, 1, wants(0, Some(0)))
        .at(14, 0, released(0))
        .at(14, 2, got(0))
        .at(15, 1, wants(0, Some(2)));
    script
}

#[test]
fn a_wait_counts_from_its_begin_however_often_the_waiter_looked() {
    let script = a_wait_that_outlives_a_holder();
    let now = 35_000;
    let row = script.timeline.lanes(now, 0, 0, "").lanes[1].clone();
    assert_eq!(row.state.text, "waiting for L for 25.0 µs");
    let waits = script.timeline.waits(now);
    let edges = waits.edges.iter();
    let mut labels = edges.filter(|edge| edge.kind == EdgeKind::WaitsFor);
    assert_eq!(labels.next().map(|edge| edge.label.as_str()), Some("25.0 µs"));
    assert_eq!(script.timeline.describe(now, LaneId(1), &got(0)), "got L after a wait of 25.0 µs");
    // What is charged is split where the holder changed.
    assert_eq!(
        rows(&script.timeline.blame(now)),
        [
            ["b", "c", "L", "20.0 µs", "-", "-", "20.0 µs", "1"],
            ["b", "a", "L", "5.00 µs", "5.00 µs", "-", "5.00 µs", "1"],
        ]
    );
}

#[test]
fn another_wait_begins_again() {
    let mut script = Script::with(&["a", "b"], &["A", "B"]);
    script.at(1, 0, got(0)).at(2, 0, got(1)).at(10, 1, wants(0, Some(0))).at(
        30,
        1,
        wants(1, Some(0)),
    );
    let row = script.timeline.lanes(37_000, 0, 0, "").lanes[1].clone();
    assert_eq!(row.state.text, "waiting for B for 7.00 µs");
    assert_eq!(script.timeline.ledger().total(), 20_000);
}

#[test]
fn a_released_lock_is_not_held_any_more() {
    let mut script = Script::with(&["a"], &["L"]);
    script.at(2, 0, got(0)).at(9, 0, released(0)).at(12, 0, LaneEvent::Idle);
    assert_eq!(
        script.activities(0),
        [(0, 2, Activity::Running), (2, 9, Activity::Holding), (9, 12, Activity::Running)]
    );
    assert!(script.timeline.waits(LATER).edges.is_empty());
    assert!(script.timeline.picture().holders.is_empty());
}

#[test]
fn each_way_to_end_has_a_state_of_its_own() {
    let panicked = Ending::Panicked { message: "boom".into(), place: "x.rs:1".into() };
    for (ending, activity, words, sign) in [
        (Ending::Returned, Activity::Finished, "returned", None),
        (Ending::Stopped, Activity::Cancelled, "was stopped", None),
        (Ending::Unknown, Activity::Dead, "ended in an unknown way", None),
        (Ending::Exited { code: 0 }, Activity::Finished, "exited with code 0", None),
        (Ending::Exited { code: 3 }, Activity::Dead, "exited with code 3", Some('x')),
        (Ending::Killed { signal: 15 }, Activity::Dead, "was killed by SIGTERM", Some('x')),
        (
            panicked,
            Activity::Failed,
            "raised an exception (a panic in Rust) at x.rs:1: boom",
            Some('x'),
        ),
    ] {
        let mut script = Script::with(&["a", "b"], &[]);
        script.at(5, 0, LaneEvent::Ended(ending.clone()));
        let row = script.timeline.lanes(LATER, 0, 0, "").lanes[0].clone();
        assert_eq!((row.activity, row.state.text.as_str()), (activity, words));
        assert_eq!(row.state.tone, activity.tone(), "{ending:?}");
        assert_eq!(row.marks.first().map(|mark| mark.sign), sign, "{ending:?}");
        assert_eq!(row.segments.last().map(|last| last.to), Some(5_000));
    }
}

#[test]
fn waiting_is_charged_in_full_and_the_longest_stands_first() {
    let mut script = Script::with(&["a", "b", "c"], &["L", "M"]);
    // 60 waits of 10 µs, 38 of 20 and 2 of 90: 1,540 µs.
    let lengths = [(60, 10), (38, 20), (2, 90)];
    let lengths = lengths.iter().flat_map(|(times, each)| vec![*each; *times]);
    let mut at = 0;
    for (number, length) in lengths.enumerate() {
        script.at(at, 1, wants(0, Some(0))).at(at + length, 1, LaneEvent::Running);
        at += length;
        let table = script.timeline.blame(at * 1000);
        let row = &rows(&table)[0];
        let is_enough = number as u64 + 1 >= P99_SAMPLES;
        let p99 = if is_enough { "90.0 µs" } else { "-" };
        assert_eq!(row[5], p99, "after {} waits", number + 1);
    }
    script.at(at, 2, wants(1, None)).at(at + 2_000, 2, LaneEvent::Running);
    let table = script.timeline.blame(script.at);
    assert_eq!(table.head, ["waiter", "holder", "of", "total", "p50", "p99", "max", "waits"]);
    assert_eq!(
        rows(&table),
        [
            ["c", "unknown", "M", "2.00 ms", "2.00 ms", "-", "2.00 ms", "1"],
            ["b", "a", "L", "1.54 ms", "10.0 µs", "90.0 µs", "90.0 µs", "100"],
        ]
    );
    assert_eq!(script.timeline.ledger().total(), 3_540_000);
}

#[test]
fn pairs_beyond_those_kept_apart_share_one_account() {
    let mut script = Script::with(&["w"], &[]);
    for lock in 0..200 {
        let at = u64::from(lock) * 10;
        script
            .at(at, 0, defined(lock, &format!("L{lock}"), ResourceKind::Lock))
            .at(at, 0, wants(lock, None))
            .at(at + 10, 0, LaneEvent::Running);
    }
    let table = script.timeline.blame(script.at);
    let last = rows(&table).pop().unwrap();
    assert_eq!(last[..4], ["others", "", "", "720 µs"]);
    assert_eq!(last[7], "72");
    assert_eq!(script.timeline.ledger().total(), 2_000_000);
}

#[test]
fn a_deadlock_is_reported_once_it_has_lasted_and_in_the_order_of_its_waits() {
    let mut script = Script::with(&["a", "b", "c"], &["A", "B", "C"]);
    script
        .at(1, 0, got(0))
        .at(1, 1, got(1))
        .at(1, 2, got(2))
        .at(2, 0, wants(1, Some(1)))
        .at(3, 1, wants(2, Some(2)))
        .at(4, 2, wants(0, Some(0)));
    let lasted = 4_000 + 100_000_000;
    assert_eq!(script.timeline.deadlock(lasted - 1), None);
    assert_eq!(
        script.timeline.deadlock(lasted).as_deref(),
        Some(
            "Deadlock: a holds A and waits for B, b holds B and waits for C, \
             c holds C and waits for A"
        )
    );
    assert_eq!(script.timeline.picture().cycles(), [[LaneId(0), LaneId(1), LaneId(2)]]);
    let graph = script.timeline.waits(lasted);
    let name = |node: usize| graph.nodes[node].name.as_str();
    let edges = graph.edges.iter();
    let mut edges: Vec<_> =
        edges.map(|edge| (name(edge.from), name(edge.to), edge.kind, edge.cycle)).collect();
    edges.sort_unstable_by_key(|(from, to, ..)| (*from, *to));
    let (held, waits) = (EdgeKind::HeldBy, EdgeKind::WaitsFor);
    assert_eq!(
        edges,
        [
            ("A", "a", held, true),
            ("B", "b", held, true),
            ("C", "c", held, true),
            ("a", "B", waits, true),
            ("b", "C", waits, true),
            ("c", "A", waits, true),
        ]
    );
}

#[test]
fn tasks_have_the_moments_of_their_last_attempt() {
    let mut script = Script::with(&["w1", "w2"], &[]);
    script
        .at(1, 0, queued(1, "done"))
        .at(2, 0, queued(2, "runs"))
        .at(3, 0, queued(3, "waits"))
        .at(4, 0, queued(4, "cancelled"))
        .at(5, 0, queued(5, "again"))
        .at(6, 0, queued(6, "failed"))
        .at(11, 0, begun(1, "done"))
        .at(13, 1, begun(2, "runs"))
        .at(19, 0, task_ended(4, TaskOutcome::Cancelled))
        .at(31, 0, task_ended(1, TaskOutcome::Finished))
        .at(40, 0, begun(5, "again"))
        .at(41, 0, task_ended(5, TaskOutcome::Lost { cause: "killed".into() }))
        .at(45, 1, begun(5, "again"))
        .at(50, 0, begun(6, "failed"))
        .at(57, 0, task_ended(6, TaskOutcome::Failed { error: "boom".into() }));
    let failed = TaskOutcome::Failed { error: "boom".into() };
    assert_eq!(
        script.tasks(),
        [
            ("done", Some(TaskOutcome::Finished), Some(0), [Some(1), Some(11), Some(31)]),
            ("runs", None, Some(1), [Some(2), Some(13), None]),
            ("waits", None, None, [Some(3), None, None]),
            ("cancelled", Some(TaskOutcome::Cancelled), None, [Some(4), None, Some(19)]),
            ("again", None, Some(1), [Some(5), Some(45), None]),
            ("failed", Some(failed), Some(0), [Some(6), Some(50), Some(57)]),
        ]
    );
}

#[test]
fn a_chart_shows_five_seconds_or_what_was_asked_for_up_to_a_moment() {
    let second = 1_000_000;
    let mut script = Script::with(&["old", "a"], &[]);
    script
        .at(second, 0, ended())
        .at(7 * second, 1, LaneEvent::Mark { label: text("+1") })
        .at(8 * second, 1, LaneEvent::Idle)
        .at(9 * second, 1, LaneEvent::Mark { label: text("-1") })
        .at(10 * second, 1, LaneEvent::Running);
    let ns = |seconds: u64| seconds * 1_000_000_000;
    let chart = script.timeline.lanes(ns(10), 0, 0, "");
    assert_eq!((chart.from, chart.to), (ns(5), ns(10)));
    assert_eq!(chart.lanes.len(), 1, "the other one ended before");
    let row = &chart.lanes[0];
    let marks: Vec<_> = row.marks.iter().map(|m| (m.at, m.sign, m.tone)).collect();
    assert_eq!(marks, [(ns(7), '+', Tone::Good), (ns(9), '-', Tone::Accent)]);
    let segments: Vec<_> = row.segments.iter().map(|s| (s.from, s.to, s.activity)).collect();
    assert_eq!(segments, [(ns(5), ns(8), Activity::Running), (ns(8), ns(10), Activity::Idle)]);
    // Looking back: two seconds that end three seconds ago.
    let back = script.timeline.lanes(ns(10), ns(2), ns(3), "");
    assert_eq!((back.from, back.to), (ns(5), ns(7)));
    assert!(back.lanes[0].marks.is_empty(), "the moment itself is not in it");
    let segments: Vec<_> = back.lanes[0].segments.iter().map(|s| (s.from, s.to)).collect();
    assert_eq!(segments, [(ns(5), ns(7))]);
    // Once everything has ended, the chart stands still.
    script.at(11 * second, 1, ended());
    let chart = script.timeline.lanes(ns(60), 0, 0, "");
    assert_eq!((chart.from, chart.to), (ns(6), ns(11)));
}

#[test]
fn what_was_never_defined_is_called_by_its_number() {
    let mut script = Script::with(&["a"], &["L"]);
    assert_eq!(&*script.timeline.resource(ResourceId(0)), "L");
    assert_eq!(&*script.timeline.resource(ResourceId(7)), "#7");
    script.at(1, 0, defined(7, "M", ResourceKind::Lock));
    assert_eq!(&*script.timeline.resource(ResourceId(7)), "M");
    assert_eq!(script.timeline.name(LaneId(0)), "a");
    assert_eq!(script.timeline.name(LaneId(9)), "");
}

/// Sentences of lane `b`, where `a` holds lock 0 and task 4 has no name.
fn assert_sentences(expected: impl IntoIterator<Item = (LaneEvent, &'static str)>) {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(2, 0, queued(4, ""));
    for (what, sentence) in expected {
        assert_eq!(script.timeline.describe(9_000, LaneId(1), &what), sentence);
    }
}

#[test]
fn sentences_carry_the_figures_of_a_lanes_own_state() {
    let resource = ResourceId(0);
    let sleep = |pause| LaneEvent::Sleeping { pause, for_ns: 1_500_000 };
    let step = |verb: &'static str, value| {
        let verb = verb.into();
        LaneEvent::Step { resource, verb, value }
    };
    assert_sentences([
        (started("c"), "started as thread 1"),
        (
            LaneEvent::Started { name: "p".into(), kind: LaneKind::Process { pid: 77 } },
            "started as process 77",
        ),
        (LaneEvent::Running, "is running"),
        (LaneEvent::Idle, "is idle"),
        (LaneEvent::Line { line: 12 }, "is at line 12"),
        (sleep(Pause::Exercise), "is sleeping 1.50 ms, the exercise's own pause"),
        (sleep(Pause::Pace), "is sleeping 1.50 ms so that eyes can follow"),
        (sleep(Pause::Work), "is sleeping 1.50 ms in place of work"),
        (defined(3, "q", ResourceKind::Queue), "made the queue q"),
        (defined(3, "r", ResourceKind::RLock), "made the re-entrant lock r"),
        (step("load", None), "is about to load L"),
        (step("store", Some(-3)), "is about to store -3 to L"),
        (step("add", Some(2)), "is about to add L 2"),
        (wants(0, Some(0)), "waits for L, held by a"),
        (wants(0, None), "waits for L"),
        (got(0), "got L"),
        (got_deep(0, 2), "got L again, depth 2"),
        (released(0), "released L"),
        (released_to(0, 1), "released L once, depth 1 is left"),
    ]);
}

#[test]
fn sentences_carry_the_figures_of_what_lanes_share() {
    let resource = ResourceId(0);
    assert_sentences([
        (LaneEvent::GaveUp { resource, why: "timeout".into() }, "went on without L: timeout"),
        (LaneEvent::Notified { resource, lanes: 1 }, "notified 1 waiter at L"),
        (LaneEvent::Notified { resource, lanes: 2 }, "notified 2 waiters at L"),
        (LaneEvent::Read { resource, value: 41 }, "read 41 from L"),
        (LaneEvent::Wrote { resource, value: 42 }, "wrote 42 to L"),
        (queued(9, "9!"), "queued 9!"),
        (begun(9, ""), "started task 9"),
        (task_ended(4, TaskOutcome::Finished), "finished task 4"),
        (task_ended(4, TaskOutcome::Cancelled), "cancelled task 4"),
        (task_ended(4, TaskOutcome::Lost { cause: "died".into() }), "lost task 4: died"),
        (LaneEvent::Sent { resource, bytes: 12_345 }, "sent 12,345 bytes through L"),
        (LaneEvent::Received { resource, bytes: 7 }, "received 7 bytes from L"),
        (LaneEvent::Said { stream: Stream::Stderr, text: "hm".into() }, "printed on stderr: hm"),
        (LaneEvent::Mark { label: text("+64") }, "marked +64"),
    ]);
}

#[test]
fn a_chart_of_a_time_before_the_first_lane_ends_at_that_time() {
    let timeline = Timeline::new();
    let chart = timeline.lanes(7_000, 0, 0, "");
    assert_eq!((chart.from, chart.to), (0, 7_000));
}
