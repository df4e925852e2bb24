//! What each event and each table says, and how what one lane tells corrects what is known
//! of another.

use super::*;
use crate::kit::event::{Stream, TaskOutcome};
use crate::scene::Tone;

fn outcome(outcome: TaskOutcome) -> LaneEvent {
    LaneEvent::TaskEnded { task: 4, outcome }
}

fn begun(task: u64) -> LaneEvent {
    LaneEvent::TaskStarted { task, label: text(&format!("{task}!")) }
}

#[test]
fn each_event_weighs_in_the_story_as_it_should() {
    let resource = ResourceId(0);
    let panicked = Ending::Panicked { message: "boom".into(), place: "x.rs:1".into() };
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(1, 0, got(0)).at(2, 1, wants(0, Some(0)));
    let lost = TaskOutcome::Lost { cause: "".into() };
    let failed = TaskOutcome::Failed { error: "".into() };
    let said = LaneEvent::Said { stream: Stream::Stdout, text: "hm".into() };
    for (lane, what, expected) in [
        (0, started("c"), Some(Tone::Dim)),
        (0, begun(3), Some(Tone::Dim)),
        (0, LaneEvent::Notified { resource, lanes: 3 }, Some(Tone::Dim)),
        (0, ended(), Some(Tone::Dim)),
        (0, LaneEvent::Ended(Ending::Stopped), Some(Tone::Dim)),
        (0, LaneEvent::Ended(Ending::Unknown), Some(Tone::Caution)),
        (0, LaneEvent::Ended(Ending::Exited { code: 0 }), Some(Tone::Dim)),
        (0, LaneEvent::Ended(Ending::Exited { code: 4 }), Some(Tone::Broken)),
        (0, LaneEvent::Ended(panicked), Some(Tone::Broken)),
        (0, killed(), Some(Tone::Broken)),
        (0, wants(0, None), Some(Tone::Waiting)),
        (1, wants(0, None), None),
        (0, got(0), None),
        (1, got(0), Some(Tone::Active)),
        (1, LaneEvent::GaveUp { resource, why: "late".into() }, Some(Tone::Caution)),
        (0, outcome(TaskOutcome::Finished), Some(Tone::Good)),
        (0, outcome(TaskOutcome::Cancelled), Some(Tone::Dim)),
        (0, outcome(failed), Some(Tone::Broken)),
        (0, outcome(lost), Some(Tone::Broken)),
        (0, said, Some(Tone::Plain)),
        (0, released(0), None),
        (0, LaneEvent::Running, None),
        (0, LaneEvent::Idle, None),
        (0, LaneEvent::Mark { label: text("+") }, None),
        (0, defined(3, "M", ResourceKind::Lock), None),
    ] {
        let reported = script.timeline.sentence(5_000, LaneId(lane), &what);
        assert_eq!(reported.map(|(_, tone)| tone), expected, "{lane} {what:?}");
    }
}

#[test]
fn marks_have_their_sign_and_its_tone_and_the_latest_are_kept() {
    let mut script = Script::with(&["a"], &["L"]);
    let mark = |label| LaneEvent::Mark { label: text(label) };
    let gave_up = LaneEvent::GaveUp { resource: ResourceId(0), why: "late".into() };
    for (at, what) in
        (10..).zip([mark("+1"), mark("-2"), mark("!"), mark("x"), mark("?"), mark(""), gave_up])
    {
        script.at(at, 0, what);
    }
    script.at(20, 0, LaneEvent::Idle);
    let marks: Vec<_> = script.row(0).marks.iter().map(|m| (m.at, m.sign, m.tone)).collect();
    assert_eq!(
        marks[..4],
        [
            (10_000, '+', Tone::Good),
            (11_000, '-', Tone::Accent),
            (12_000, '!', Tone::Caution),
            (13_000, 'x', Tone::Broken)
        ]
    );
    let others: Vec<_> = marks[4..].iter().map(|(at, sign, _)| (*at, *sign)).collect();
    assert_eq!(others, [(14_000, '?'), (15_000, '.'), (16_000, '!')]);
    assert_eq!(script.row(0).state.text, "idle");
    for at in 100..400 {
        script.at(at, 0, mark("+"));
    }
    script.at(400, 0, LaneEvent::Idle);
    let marks = script.row(0).marks;
    assert_eq!((marks.len(), marks[0].at), (256, 144_000));
}

#[test]
fn tables_set_their_figures_apart_and_dim_what_is_not_known() {
    let mut script = Script::with(&["w"], &[]);
    for lock in 0..140 {
        let at = u64::from(lock) * 10;
        let name = format!("L{lock}");
        script.at(at, 0, defined(lock, &name, ResourceKind::Lock)).at(at, 0, wants(lock, None)).at(
            at + 1 + u64::from(lock % 7),
            0,
            LaneEvent::Running,
        );
    }
    let table = script.timeline.blame(script.at);
    // 32 pairs and one row for those beyond the 128 that are kept apart.
    assert_eq!((table.rows.len(), table.figures_from), (33, 3));
    let tones =
        |row: usize| -> Vec<Tone> { table.rows[row].iter().map(|cell| cell.tone).collect() };
    let (plain, dim) = (Tone::Plain, Tone::Dim);
    assert_eq!(tones(0), [plain, dim, plain, plain, plain, plain, plain, plain]);
    assert_eq!(tones(32)[..3], [dim, dim, dim]);
    assert_eq!(table.rows[32][7].text, "12");
}

#[test]
fn what_a_waiter_sees_counts_more_than_older_events_of_the_holder() {
    let holders = |kind, events: &[(u64, u32, LaneEvent)]| -> Vec<u32> {
        let mut script = Script::with(&["a", "b", "c"], &[]);
        script.at(0, 0, defined(0, "R", kind));
        for (at, lane, what) in events {
            script.at(*at, *lane, what.clone());
        }
        let picture = script.timeline.picture();
        let holders = picture.holders.get(&ResourceId(0)).into_iter().flatten();
        holders.map(|lane| lane.0).collect()
    };
    let (lock, semaphore) = (ResourceKind::Lock, ResourceKind::Semaphore);
    let old = (1, 0, got(0));
    let sees = |lane| (10, 1, wants(0, Some(lane)));
    assert_eq!(holders(lock, &[old.clone(), sees(2)]), [2], "of a lock there is one");
    assert_eq!(holders(semaphore, &[old.clone(), sees(2)]), [0, 2]);
    assert_eq!(holders(lock, &[sees(2)]), [2], "nothing was known");
    let dead = (9, 2, killed());
    assert_eq!(holders(lock, &[old.clone(), dead, sees(2)]), [0], "the dead take nothing");
    let newer = (12, 0, got(0));
    assert_eq!(holders(lock, &[sees(2), newer]), [0], "a newer event counts");
    let gone = [(8, 2, got(0)), sees(2), (11, 2, released(0))];
    assert!(holders(lock, &gone).is_empty(), "it has been released since");
    // Without a holder that the waiter saw, it is the one that is known.
    let blind = [old, (10, 1, wants(0, None))];
    assert_eq!(holders(lock, &blind), [0]);
}

#[test]
fn the_events_of_a_lane_itself_correct_what_those_of_another_suggested() {
    let mut script = Script::with(&["a", "b"], &["L"]);
    script.at(10, 0, got(0)).at(20, 1, got(0)).at(30, 1, LaneEvent::Running);
    let (running, holding) = (Activity::Running, Activity::Holding);
    assert_eq!(script.activities(0), [(0, 10, running), (10, 20, holding), (20, 30, running)]);
    script.at(15, 0, released(0));
    assert_eq!(script.activities(0), [(0, 10, running), (10, 15, holding), (15, 30, running)]);
    assert_eq!(script.activities(1), [(0, 20, running), (20, 30, holding)]);
}

#[test]
fn an_interval_is_about_the_innermost_lock_and_each_is_as_deep_as_reported() {
    let mut script = Script::with(&["a"], &["A", "B"]);
    script
        .at(1, 0, got_deep(0, 1))
        .at(2, 0, got_deep(0, 2))
        .at(3, 0, got_deep(0, 3))
        .at(5, 0, got_deep(1, 1))
        .at(6, 0, got_deep(1, 2));
    assert_eq!(script.row(0).state.text, "holding A (3 deep) and B (2 deep)");
    script.at(7, 0, released_to(1, 1));
    assert_eq!(script.row(0).state.text, "holding A (3 deep) and B");
    script.at(9, 0, released(1)).at(11, 0, LaneEvent::Idle);
    assert_eq!(script.row(0).state.text, "holding A (3 deep), idle");
    let histories = script.timeline.histories(12_000);
    let intervals = histories[0].intervals.iter();
    let intervals: Vec<_> =
        intervals.map(|s| (s.from / 1_000, s.to / 1_000, s.resource.map(|id| id.0))).collect();
    assert_eq!(intervals, [(0, 1, None), (1, 5, Some(0)), (5, 9, Some(1)), (9, 12, Some(0))]);
}

#[test]
fn a_view_merges_what_is_shorter_than_a_column_into_what_took_most_of_it() {
    let ms = 1_000;
    let mut script = Script::with(&["a"], &[]);
    for update in 0..1280 {
        script.at(update * 4 * ms, 0, LaneEvent::Running).at(
            (update * 4 + 1) * ms,
            0,
            LaneEvent::Idle,
        );
    }
    let end = 5_120_000_000;
    // 512 columns of 10 ms each.
    let chart = script.timeline.lanes(end, end, 0, "");
    let segments = &chart.lanes[0].segments;
    assert!(segments.iter().all(|s| s.activity == Activity::Idle));
    let bounds = |at: usize| (segments[at].from / 1_000_000, segments[at].to / 1_000_000);
    assert_eq!([0, 1, 2, 100].map(bounds), [(0, 9), (9, 17), (17, 25), (801, 809)]);
    assert!(segments.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert_eq!(segments.last().map(|last| last.to), Some(end));
}

#[test]
fn lanes_stand_in_the_order_of_their_starts_whichever_came_back() {
    let mut script = Script::with(&["a", "b", "c"], &[]);
    script.at(5, 0, ended()).at(6, 3, started("a"));
    let chart = script.timeline.lanes(script.at, 0, 0, "");
    let names: Vec<_> = chart.lanes.iter().map(|lane| lane.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let histories = script.timeline.histories(script.at);
    let names: Vec<_> = histories.iter().map(|lane| (lane.id.0, lane.name)).collect();
    assert_eq!(names, [(3, "a"), (1, "b"), (2, "c")]);
    // Twelve have room, so those that have ended keep their place.
    for lane in 4..13 {
        script.at(7, lane, started(&format!("w{lane}")));
    }
    script.at(8, 1, ended()).at(9, 2, LaneEvent::Idle);
    let chart = script.timeline.lanes(script.at, 0, 0, "");
    let names: Vec<_> = chart.lanes.iter().map(|lane| lane.name.as_str()).collect();
    assert_eq!((names.len(), &names[..4]), (12, &["a", "b", "c", "w4"][..]));
}

#[test]
fn handoffs_stand_in_their_order_and_only_of_what_was_waited_for() {
    let mut script = Script::with(&["a", "b"], &["L", "M"]);
    script
        .at(1, 0, got(0))
        .at(2, 1, wants(0, Some(0)))
        .at(5, 0, released(0))
        .at(6, 1, got(0))
        .at(7, 0, wants(0, Some(1)))
        .at(8, 1, released(0))
        .at(9, 0, got(0))
        .at(10, 0, released(0))
        // What it waits for is not what it gets.
        .at(11, 1, wants(1, None))
        .at(12, 1, got(0));
    let all = script.timeline.handoffs();
    let all: Vec<_> = all.map(|h| (h.from.0, h.released, h.to.0, h.acquired)).collect();
    assert_eq!(all, [(0, 5_000, 1, 6_000), (1, 8_000, 0, 9_000)]);
}

#[test]
fn a_late_event_of_a_tasks_begin_does_not_undo_its_end() {
    let mut script = Script::with(&["w1", "w2"], &[]);
    script.at(9, 1, outcome(TaskOutcome::Finished)).at(5, 0, begun(4)).at(10, 0, begun(7));
    assert_eq!(
        script.tasks(),
        [
            ("4!", Some(TaskOutcome::Finished), Some(0), [None, Some(5), Some(9)]),
            ("7!", None, Some(0), [None, Some(10), None]),
        ]
    );
    // The end of another task is not that of the one at work.
    script.at(12, 0, outcome(TaskOutcome::Finished));
    assert_eq!(script.row(0).state.text, "running 7!");
}

#[test]
fn a_sample_says_what_a_running_lane_does_until_its_next_event() {
    use crate::kit::event::SampledState;
    let seen = |state| LaneEvent::Sampled { state };
    let mut script = Script::with(&["a"], &["L"]);
    let state = |script: &Script| (script.row(0).state.text.to_string(), script.row(0).activity);
    for (at, sample, words, activity) in [
        (1, SampledState::Gil, "waiting for the GIL", Activity::Waiting),
        (2, SampledState::Core, "waiting for a core", Activity::Waiting),
        (3, SampledState::Running, "running", Activity::Running),
        (4, SampledState::Sleep, "sleeping", Activity::Sleeping),
    ] {
        script.at(at, 0, seen(sample));
        assert_eq!(state(&script), (words.to_owned(), activity));
    }
    script.at(5, 0, got(0));
    assert_eq!(state(&script), ("holding L".to_owned(), Activity::Holding));
    script.at(6, 0, seen(SampledState::Gil));
    assert_eq!(state(&script), ("holding L, waiting for the GIL".to_owned(), Activity::Holding));
    // A wait of its own says more.
    script.at(7, 0, wants(0, None)).at(8, 0, seen(SampledState::Lock));
    assert_eq!(state(&script), ("waiting for L for 1.00 µs".to_owned(), Activity::Waiting));
}
