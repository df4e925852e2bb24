//! What all consumers of a run see, however the events came in.

use std::sync::{Arc, Mutex};

use super::*;
use crate::kit::event::{LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind};
use crate::kit::recorder::{Recorder, recorder};
use crate::lab::recording::RecordedEvents;
use crate::lab::trial::{self, COUNT, Fact, Trial};
use crate::lab::{End, SessionHandle};
use crate::scene::{Body, Panel, Row, Weight};

fn settings() -> Settings {
    Settings::defaults(&Trial::INFO, 1, "unused".into(), false)
}

/// A run without threads: the test sends its events.
fn quiet() -> (Recorder<Fact>, Runner<Trial>) {
    let (recorder, reader) = recorder();
    let session = SessionHandle::idle(settings(), recorder.clone());
    (recorder, Runner::new(Source::Live { session, reader }))
}

/// A run without events whose clock stands at `now`, and that has lost as many events.
fn standing(settings: Settings, now: u64, dropped_events: u64) -> Runner<Trial> {
    let end = End { elapsed_ns: now, dropped_events, ..End::default() };
    let events = Arc::new(RecordedEvents { events: [].into(), end });
    let mut run = Runner::new(Source::recorded(settings, events));
    run.play(PlaybackCommand::Pause);
    run.play(PlaybackCommand::Seek(now));
    run
}

#[test]
fn the_times_of_a_lane_never_fall_whichever_lane_sent_its_events() {
    let (recorder, mut run) = quiet();
    let lane = recorder.lane("process");
    let noted = |at, n| Stamped { at, lane: lane.id(), what: What::Fact(Fact::Count { n }) };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&seen);
    run.tap(Box::new(move |record| {
        times.lock().unwrap().push(record.at);
    }));
    // Earlier than the lane's own start, and then earlier than what was seen before.
    recorder.forward(vec![noted(0, 1)], 0);
    run.drain(100);
    recorder.forward(vec![noted(u64::MAX / 2, 2)], 0);
    run.drain(100);
    recorder.forward(vec![noted(7, 3)], 0);
    run.drain(100);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(run.story().iter().map(|reported| reported.at).is_sorted());
}

#[test]
fn what_a_forgotten_or_unknown_lane_sends_makes_no_lane() {
    let (recorder, mut run) = quiet();
    let lane = recorder.lane_of("known", LaneKind::Process { pid: 7 });
    let stray = Stamped { at: 1, lane: LaneId(9), what: What::Lane(LaneEvent::Running) };
    recorder.forward(vec![stray], 0);
    lane.emit(LaneEvent::Running);
    lane.flush();
    run.drain(100);
    let names: Vec<_> = run.timeline().histories(1).iter().map(|lane| lane.name).collect();
    assert_eq!(names, ["known"]);
}

#[test]
fn the_story_can_be_of_one_lane_or_of_one_word() {
    let (recorder, mut run) = quiet();
    for (name, n) in [("first", 1), ("second", 2)] {
        let lane = recorder.lane(name);
        lane.fact(Fact::Count { n });
        lane.flush();
    }
    run.drain(100);
    let shown = |filter: &str| -> Vec<String> {
        let view = ViewOptions { filter: filter.to_owned(), ..ViewOptions::default() };
        let Body::Log(lines) = run.story_panel(&view) else { unreachable!("a story is a log") };
        let lines = lines.iter();
        lines.map(|line| format!("{} {}", line.lane, line.text)).collect()
    };
    assert_eq!(shown("counts 1"), ["first counts 1 µ"]);
    let second = shown("SECOND");
    assert!(second.contains(&"second counts 2 µ".to_owned()), "{second:?}");
    assert!(second.iter().all(|line| line.starts_with("second ")), "{second:?}");
}

/// Two lanes and a lock, at known moments in µs: `first` holds it from 10 on, `second` waits
/// from 30 on, and each counts.
fn a_wait(run: &mut Runner<Trial>) {
    let lane = |id: u32, name: &str| {
        let kind = LaneKind::Process { pid: 70 + id };
        let name = name.into();
        (0, id, What::Lane(LaneEvent::Started { name, kind }))
    };
    let resource = ResourceId(5);
    let holder = Some(LaneId(0));
    let count = |n| What::Fact(Fact::Count { n });
    for (at, lane, what) in [
        lane(0, "first"),
        lane(1, "second"),
        (
            3,
            0,
            What::Lane(LaneEvent::Defined {
                resource,
                name: "ledger".into(),
                kind: ResourceKind::Lock,
            }),
        ),
        (10, 0, What::Lane(LaneEvent::Acquired { resource, depth: 1 })),
        (20, 1, count(4)),
        (30, 1, What::Lane(LaneEvent::Waiting { resource, holder })),
        (45, 0, count(6)),
    ] {
        run.fold(Stamped { at: at * 1_000, lane: LaneId(lane), what });
    }
}

/// Each panel of each row as a line, and what it holds where that is text.
fn reported(scene: &Scene) -> Vec<String> {
    let panel = |panel: &Panel| {
        let body = match &panel.body {
            Body::Lanes(chart) => {
                let lanes = chart.lanes.iter();
                let lanes = lanes.map(|lane| format!("{} {}", lane.name, lane.state.text));
                let lanes: Vec<_> = lanes.collect();
                format!("{}..{} {}", chart.from, chart.to, lanes.join(", "))
            }
            Body::Log(lines) => {
                let lines = lines.iter();
                let lines = lines.map(|l| format!("{} {} {} {:?}", l.at, l.lane, l.text, l.tone));
                lines.collect::<Vec<_>>().join(", ")
            }
            Body::Graph(graph) => format!("{} edges", graph.edges.len()),
            Body::Table(table) => {
                let cells = table.rows.iter().flatten();
                let cells: Vec<_> = cells.map(|cell| cell.text.as_str()).collect();
                cells.join(" ")
            }
            other => format!("{other:?}"),
        };
        format!("{} ({}) {}: {body}", panel.title, panel.note, panel.weight)
    };
    let row = |row: &Row| {
        let panels: Vec<_> = row.panels.iter().map(panel).collect();
        format!("{:?}: {}", row.height, panels.join(" | "))
    };
    scene.rows.iter().map(row).collect()
}

#[test]
fn a_full_scene_ends_with_lanes_story_waits_and_blame() {
    let mut run = standing(settings(), 50_000, 0);
    a_wait(&mut run);
    assert_eq!(run.events(), 7);
    let scene = run.scene(Detail::Full, &ViewOptions::default());
    assert_eq!(
        reported(&scene),
        [
            "Fill { min: 5, weight: 2 }: Timeline (newest at the right) 1: 0..50000 \
             first holding ledger, second waiting for ledger for 20.0 µs",
            "Fill { min: 3, weight: 1 }: Story () 14: \
             0 first started as process 70 Dim, 0 second started as process 71 Dim, \
             20000 second counts 4 µ Plain, \
             30000 second waits for ledger, held by first Waiting, \
             45000 first counts 6 µ Plain | \
             Wait-for graph () 10: 2 edges | \
             Lock contention by holder () 11: \
             second first ledger 20.0 µs - - 20.0 µs 1",
        ]
    );
    assert!(scene.findings.is_empty());
    let compact = run.scene(Detail::Compact, &ViewOptions::default());
    assert_eq!((compact.title.as_str(), compact.rows.len()), ("Trial", 0));
    // The past 12 µs, of one lane, and the story but for its latest.
    let view = ViewOptions { span: 12_000, story_back: 1, filter: "SECOND".to_owned() };
    let scene = reported(&run.scene(Detail::Full, &view));
    assert_eq!(
        scene[0],
        "Fill { min: 5, weight: 2 }: Timeline (newest at the right) 1: 38000..50000 \
         second waiting for ledger for 20.0 µs"
    );
    assert!(
        scene[1].starts_with(
            "Fill { min: 3, weight: 1 }: Story () 14: \
             0 second started as process 71 Dim, 20000 second counts 4 µ Plain | "
        ),
        "{}",
        scene[1]
    );
}

#[test]
fn what_was_not_run_is_the_first_finding_and_a_deadlock_one_of_the_last() {
    let mut settings = settings();
    settings.set(&Trial::INFO, "end", "missing").unwrap();
    let mut run = standing(settings, 1_000_000_000, 1_234);
    a_wait(&mut run);
    let back = LaneEvent::Waiting { resource: ResourceId(5), holder: Some(LaneId(0)) };
    run.fold(Stamped { at: 60_000, lane: LaneId(0), what: What::Lane(back) });
    let findings = run.findings();
    let findings: Vec<_> = findings.iter().map(|f| (f.weight, f.text.as_str())).collect();
    assert_eq!(
        findings,
        [
            (Weight::Caution, "one part could not be run: no room."),
            (Weight::Caution, "another could not be run: no room."),
            (Weight::Broken, "it is broken"),
            (Weight::Broken, "Deadlock: first waits for ledger, which it holds itself"),
            (
                Weight::Caution,
                "1,234 events were too many to show and were dropped; \
                 the final figures come from the data itself"
            ),
        ]
    );
    assert_eq!(run.scene(Detail::Compact, &ViewOptions::default()).findings, run.findings());
}

#[test]
fn a_tap_sees_each_event_with_its_sentence_and_whether_it_is_reported() {
    let mut run = standing(settings(), 50_000, 0);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let taps = Arc::clone(&seen);
    run.tap(Box::new(move |record| {
        let what = match &record.what {
            Recorded::Lane(what) => format!("{what:?}"),
            Recorded::Fact(fact) => fact.to_json().to_string(),
        };
        let what = what.split([' ', '{']).next().unwrap_or_default().to_owned();
        let (at, id, lane) = (record.at, record.id.0, record.lane);
        let sentence = record.sentence.unwrap_or("-");
        let line = format!("{at} {id} {lane}: {what}: {sentence}: {}", record.in_story);
        taps.lock().unwrap().push(line);
    }));
    a_wait(&mut run);
    run.fold(Stamped { at: 60_000, lane: LaneId(1), what: What::Fact(Fact::Audit { total: 9 }) });
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "0 0 first: Started: started as process 70: true",
            "0 1 second: Started: started as process 71: true",
            "3000 0 first: Defined: made the lock ledger: false",
            "10000 0 first: Acquired: got ledger: false",
            "20000 1 second: : counts 4 µ: true",
            "30000 1 second: Waiting: waits for ledger, held by first: true",
            "45000 0 first: : counts 6 µ: true",
            "60000 1 second: : -: false",
        ]
    );
    assert_eq!(run.result(), serde_json::json!({ "total": 9 }));
    assert_eq!(run.summary(), ["Total: Some(9)"]);
}

#[test]
fn the_story_keeps_its_latest_sentences_and_shows_the_last_in_their_order() {
    let (_recorder, mut run) = quiet();
    let sent = STORY as u64 + 10;
    for n in 1..=sent {
        run.fold(Stamped { at: n, lane: LaneId(0), what: What::Fact(Fact::Count { n }) });
    }
    let kept = run.story();
    assert_eq!((kept.len(), kept[0].at), (STORY, 11));
    assert_eq!(kept[STORY - 1].at, sent);
    let view = ViewOptions { story_back: 3, ..ViewOptions::default() };
    let Body::Log(lines) = run.story_panel(&view) else { unreachable!("a story is a log") };
    let times: Vec<_> = lines.iter().map(|line| line.at).collect();
    assert_eq!(times, (sent - 202..=sent - 3).collect::<Vec<_>>());
}

#[test]
fn a_sample_stands_still_at_its_end_and_takes_no_command() {
    let mut run = trial::idle(settings());
    assert_eq!((run.now(), run.events()), (1_000, 2));
    assert_eq!(run.story().len(), 2);
    assert!(run.finished(), "to the end of what there is");
    run.command(Command::set(COUNT, 17));
    assert_eq!(run.settings().get(COUNT), 3);
}

#[test]
fn a_run_is_finished_when_all_that_was_reported_is_drained() {
    let (recorder, mut run) = quiet();
    let lane = recorder.lane("counter");
    for n in 0..7 {
        lane.fact(Fact::Count { n });
    }
    lane.reliable_fact(Fact::Audit { total: 7 });
    lane.flush();
    // Its start, seven counts and the audit.
    assert_eq!(run.drain(9), 9);
    assert!(!run.finished(), "there may be more");
    assert_eq!(run.drain(9), 0);
    assert!(run.finished());
    assert_eq!((run.events(), run.dropped()), (9, 0));
}

/// A lab need not report by a fact of its own that it is done; one that panicked is not.
#[test]
fn a_run_whose_body_has_returned_is_finished() {
    let panicked = Ending::Panicked { message: "no".into(), place: "here".into() };
    for (ending, finished) in [(Ending::Returned, true), (panicked, false)] {
        let (recorder, mut run) = quiet();
        let (main, other) = (recorder.lane("main"), recorder.lane("other"));
        other.end(Ending::Returned);
        assert!(!run.drain_to_end(Duration::ZERO), "another lane has ended");
        run.drain(100);
        assert!(!run.finished());
        main.end(ending);
        run.drain(100);
        assert_eq!(run.finished(), finished);
    }
}

/// A live run of `count` events, one each nanosecond from 1 on.
fn counted(count: u64) -> (Recorder<Fact>, Runner<Trial>) {
    let (recorder, reader) = recorder();
    let mut settings = settings();
    settings.live = true;
    let session = SessionHandle::idle(settings, recorder.clone());
    let mut run = Runner::new(Source::Live { session, reader });
    for n in 1..=count {
        run.fold(Stamped { at: n, lane: LaneId(0), what: What::Fact(Fact::Count { n }) });
    }
    (recorder, run)
}

#[test]
fn any_moment_that_is_kept_is_shown_as_it_was() {
    let (_recorder, mut run) = counted(4_000);
    assert_eq!(run.playhead(), None);
    for (at, counted) in [(3_999, 3_999), (2_048, 2_048), (2_047, 2_047), (0, 0)] {
        run.rewind(Some(at));
        assert_eq!((run.playhead().unwrap().at, run.shown().0.state.counted()), (at, counted));
        let latest = run.latest_sentence().map(|line| line.text.to_string());
        assert_eq!(latest, (counted > 0).then(|| format!("counts {counted} µ")));
    }
    // Looked at from there, the run goes on.
    run.fold(Stamped { at: 6_000, lane: LaneId(0), what: What::Fact(Fact::Count { n: 1 }) });
    assert_eq!((run.shown().0.state.counted(), run.present.state.counted()), (0, 4_001));
    run.rewind(None);
    assert_eq!((run.shown().0.state.counted(), run.playhead()), (4_001, None));
}

#[test]
fn the_past_is_bounded_and_what_is_looked_at_stays() {
    let (_recorder, mut run) = counted(3_000);
    run.rewind(Some(1_000));
    for n in 3_001..=40_000 {
        run.fold(Stamped { at: n, lane: LaneId(0), what: What::Fact(Fact::Count { n }) });
    }
    let kept = run.history.as_ref().unwrap().oldest();
    assert!(kept > 20_000, "{kept}");
    // Further back than what is kept, while an earlier moment is shown.
    run.rewind(Some(500));
    assert_eq!(run.playhead().unwrap().at, 1_000);
    run.rewind(None);
    run.rewind(Some(500));
    let Playhead { at, oldest, .. } = run.playhead().unwrap();
    assert_eq!((at, oldest), (kept, kept));
    assert_eq!(run.shown().0.state.counted(), kept);
}
