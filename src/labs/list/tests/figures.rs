//! Every figure of the lab against scripted facts whose answer is known.

use std::sync::Arc;

use super::super::experiment::audit::Audit;
use super::super::experiment::history::Conflicts;
use super::super::experiment::tally::Meter;
use super::super::experiment::windows::{LockTimes, Window, Windows};
use super::super::facts::{Audited, ListSnapshot, Measured, ThreadCounts};
use super::*;
use crate::kit::event::{Ending, LaneId, LaneKind, Pause, ResourceId, Stamped};
use crate::kit::lock::Quantiles;
use crate::scene::{Activity, Body, Scene};
use crate::timeline::stat::Statistic;

pub fn stamped(at: u64, lane: u32, what: What<Fact>) -> Stamped<Fact> {
    let lane = LaneId(lane);
    Stamped { at, lane, what }
}

/// Counts without any two that are equal; the identity holds.
const FIRST: Counts = Counts {
    added: 40,
    removed: 29,
    left: 8,
    lost: 7,
    duplicated: 3,
    phantom: 1,
    empty_pops: 11,
    moved: 50_000,
};
/// The same but for one thing lost, and that found twice elsewhere.
const SECOND: Counts = Counts {
    added: 60,
    removed: 50,
    left: 9,
    lost: 1,
    duplicated: 0,
    phantom: 0,
    empty_pops: 10,
    moved: 70_000,
};

fn quantiles(samples: u64, us: u64) -> Quantiles {
    Quantiles { samples, p50_ns: us * 1_000, p99_ns: us * 2_000, max_ns: us * 3_000 }
}

/// What the run reports after the first of these rounds, and after both.
pub fn audits(samples: u64) -> [Arc<Audited>; 2] {
    let mut meter = Meter::default();
    let audited = |round, counts: &Counts, meter: &Meter| {
        Arc::new(Audited {
            round,
            audit: Audit { counts: *counts, lost_values: vec![5, 6], duplicated_values: vec![9] },
            conflicts: Conflicts { count: 4, some: Vec::new() },
            list: ListSnapshot { length: 3, values: vec![3, 1, 2] },
            threads: vec![(WorkerId::adder(1), ThreadCounts { done: 100 + round, empty: 0 })],
            run: meter.tally(),
            meter: Some(meter.tally()),
            lock: Some(LockTimes {
                acquisitions: 77,
                wait: quantiles(samples, 10),
                hold: quantiles(samples, 100),
            }),
        })
    };
    meter.add(&FIRST, 2_000_000);
    let first = audited(1, &FIRST, &meter);
    meter.add(&SECOND, 3_000_000);
    [first, audited(2, &SECOND, &meter)]
}

fn window(ns: f64) -> Window {
    let statistic = |ns: f64| Statistic {
        median: ns,
        min: ns / 2.0,
        max: ns * 3.0,
        lower_quartile: ns * 0.75,
        samples: 64,
    };
    Window {
        natural_ns: Some(statistic(ns)),
        typical_ns: Some(ns),
        whole_ns: Some(statistic(ns + 1_000.0)),
    }
}

/// At full speed, after both rounds.
pub fn after_both(set: &[(&str, &str)], samples: u64) -> State {
    let set = [&[("pause", "0ms"), ("window", "yield")], set].concat();
    let mut state = SharedListLab::state(&settings(&set, true));
    let windows = |append, remove| Windows { append: window(append), remove: window(remove) };
    let measured = Measured { slept: windows(14.0, 21.0), running: Some(windows(30.0, 40.0)) };
    let [first, second] = audits(samples);
    for fact in [Fact::Measured(Box::new(measured)), Fact::Audited(first), Fact::Audited(second)] {
        state.apply(&stamped(1, 0, What::Fact(fact)));
    }
    state
}

/// The lines of the panel with this title.
fn panel(scene: &Scene, title: &str) -> Vec<String> {
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let mut panels = panels.filter(|panel| panel.title == title);
    let cells = |cells: &[crate::scene::Span]| {
        let cells = cells.iter().map(|cell| cell.text.clone());
        cells.collect::<Vec<_>>().join(" | ")
    };
    match &panels.next().unwrap().body {
        Body::Lines(lines) => lines.iter().map(ToString::to_string).collect(),
        Body::Table(table) => {
            let rows = table.rows.iter().map(|row| cells(row));
            [heads(&table.head)].into_iter().chain(rows).collect()
        }
        Body::Bars(bars) => {
            let bars = bars.bars.iter();
            bars.map(|bar| format!("{} {} {:?}", bar.label, bar.figure, bar.values)).collect()
        }
        Body::Plot(plot) => {
            let points = plot.curves.iter().flat_map(|curve| &curve.points);
            points.map(|at| format!("{:.1} {:.1} {:.1}", at.y, at.low, at.high)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rounds_are_summed_up_field_by_field() {
    let mut sum = FIRST;
    sum += SECOND;
    assert_eq!(
        sum,
        Counts {
            added: 100,
            removed: 79,
            left: 17,
            lost: 8,
            duplicated: 3,
            phantom: 1,
            empty_pops: 21,
            moved: 120_000,
        }
    );
    assert!(FIRST.identity() && SECOND.identity() && sum.identity());
    assert_eq!((FIRST.operations(), FIRST.moved_each(), sum.moved_each()), (80, 1_724, 1_518));
    assert_eq!(
        FIRST.to_string(),
        "29 removed + 8 left = 40 added - 7 lost + 3 duplicated + 1 phantom"
    );
    for off in [
        Counts { added: 41, ..FIRST },
        Counts { removed: 30, ..FIRST },
        Counts { left: 9, ..FIRST },
        Counts { lost: 8, ..FIRST },
        Counts { duplicated: 4, ..FIRST },
        Counts { phantom: 2, ..FIRST },
    ] {
        assert!(!off.identity(), "{off:?}");
    }
}

#[test]
fn the_result_has_each_figure_in_its_field_and_unit() {
    let result = SharedListLab::result(&after_both(&[("lock", "off")], 100));
    for (field, figure) in [
        ("rounds", 2.0),
        ("rounds_with_anomaly", 2.0),
        ("added", 100.0),
        ("removed", 79.0),
        ("left", 17.0),
        ("lost", 8.0),
        ("duplicated", 3.0),
        ("phantom", 1.0),
        ("empty_pops", 21.0),
        ("moved", 120_000.0),
        // 200 operations in 5 ms.
        ("ops_per_second", 40_000.0),
        ("added_per_lost", 12.5),
        ("lock_acquisitions", 77.0),
    ] {
        assert_eq!(result[field].as_f64(), Some(figure), "{field}");
    }
    let times =
        |p50: f64, p99: f64, max: f64| serde_json::json!({"p50": p50, "p99": p99, "max": max});
    assert_eq!(result["lock_wait_us"], times(10.0, 20.0, 30.0));
    assert_eq!(result["lock_hold_us"], times(100.0, 200.0, 300.0));
    assert_eq!(result["final_list"], serde_json::json!([3, 1, 2]));
    let rate = &result["loss_rate"];
    assert_eq!(rate["estimate"].as_f64(), Some(0.08));
    // 7 of 40 and 1 of 60: between the rounds 2 * 2 * 3.8^2 / 100^2, alone 0.08 * 0.92 / 100,
    // so as many as 12.74 independent trials; Wilson's interval of those.
    let ends = [&rate["low"], &rate["high"]].map(|end| format!("{:.4}", end.as_f64().unwrap()));
    assert_eq!(ends, ["0.0145", "0.3401"]);
    assert_eq!(result["conflicts"]["round"], 2);
    assert_eq!(result["conflicts"]["count"], 4);
    assert_eq!(result["window"]["append"]["typical_ns"], 30.0);
    assert_eq!(result["window"]["remove"]["typical_ns"], 40.0);
    assert_eq!(result["window_after_sleep"]["append"]["typical_ns"], 14.0);
    assert_eq!(result["window_after_sleep"]["remove"]["typical_ns"], 21.0);
    // Twice a second each, in windows of 35 ns together.
    let seconds = result["exercise_collision_s"].as_f64().unwrap();
    assert!((seconds - 1.0 / (2.0 * 2.0 * 35e-9)).abs() < 1e-3, "{seconds}");
    let few = SharedListLab::result(&after_both(&[], 99));
    assert!(few["lock_wait_us"]["p99"].is_null() && few["lock_hold_us"]["p99"].is_null());
    assert_eq!(few["lock_wait_us"]["max"], 30.0);
}

#[test]
fn findings_say_the_figures_and_no_p99_of_few_waits() {
    let text = |state: &State| {
        let findings = crate::lab::trial::scene_of::<SharedListLab>(state, Detail::Full).findings;
        findings.into_iter().map(|finding| finding.text).collect::<Vec<_>>()
    };
    let many = text(&after_both(&[("lock", "off")], 100));
    assert_eq!(
        many[0],
        "Of 100 values added in 2 rounds, 8 lost and 3 duplicated and 1 phantom; 2 of them went wrong; \
         loss rate 8.0 % (1.4 % to 34.0 %), one lost value per 12 added."
    );
    let waits = "Waiting for the lock took 10.0 µs in half of the cases, 20.0 µs or less in 99 %, \
                 and 30.0 µs at most.";
    assert!(many.iter().any(|text| text == waits), "{many:#?}");
    let shifted = "Each pop(0) shifted 1,518 values on average, as CPython's does: 120,000 in all.";
    assert!(many.iter().any(|text| text == shifted), "{many:#?}");
    let few = text(&after_both(&[], 99));
    let waits = "Waiting for the lock took 10.0 µs in half of the cases, and 30.0 µs at most.";
    assert!(few.iter().any(|text| text == waits), "{few:#?}");
    let pace = "With nothing added, load and store lie 14 ns apart in an append and 21 ns in a \
                removal: unlocked at the exercise's own pace they would collide about once in 3 months.";
    assert!(few.iter().any(|text| text == pace), "{few:#?}");
}

#[test]
fn the_race_meter_and_the_audit_show_the_sums() {
    let mut state = after_both(&[("lock", "off")], 100);
    let guess = Fact::Guess { of_thousand: Some(20) };
    state.apply(&stamped(2, 0, What::Fact(guess)));
    let scene = crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Full);
    assert_eq!(
        panel(&scene, "Race meter"),
        [
            "lost     8.0 % (1.4 % to 34.0 %)  one lost value per 12 added",
            "speed    40.0 k/s operations, 2 rounds",
            "window   append 30 ns, removal 40 ns",
            "widened  append 1.03 µs, removal 1.04 µs (yield)",
            "exercise one collision in about 3 months",
            "rounds   1 lost 1, 1 lost 4-7",
            "guess    20 of 1,000; measured: 80 (14 to 340)",
        ]
    );
    assert_eq!(
        panel(&scene, "Audit"),
        [
            " | round 2 | all rounds",
            "added | 60 | 100",
            "removed | 50 | 79",
            "left | 9 | 17",
            "lost | 1 | 8",
            "duplicated | 0 | 3",
            "phantom | 0 | 1",
        ]
    );
    let figures = super::super::scene::slots::boxes(&state).figures;
    let figures: Vec<_> = figures.iter().map(|it| format!("{} {}", it.name, it.value)).collect();
    assert_eq!(
        figures,
        ["✗ lost 8", "≡ duplicated 3", "+ added 100", "· rounds 2", " 8.0 % (1.4 % to 34.0 %)"]
    );
    // 7 of 40, then 8 of 100.
    let curve = panel(&scene, "Lost of 1,000, and the 95 % interval (light)");
    assert_eq!(curve, ["175.0 87.5 319.5", "80.0 14.5 340.1"]);
    assert_eq!(state.threads.len(), 0);
    let lines = SharedListLab::summary(&state);
    assert_eq!(
        lines,
        [
            "Final list: [3, 1, 2]",
            "Audit: 79 removed + 17 left = 100 added - 8 lost + 3 duplicated + 1 phantom (2 of 2 rounds with an anomaly)"
        ]
    );
}

#[test]
fn a_thread_waits_from_its_waiting_to_its_next_state_and_is_gone_as_it_ended() {
    let resource = ResourceId(0);
    let mut state = SharedListLab::state(&settings(&[], true));
    let say = |state: &mut State, what: LaneEvent| state.apply(&stamped(1, 1, What::Lane(what)));
    let kind = LaneKind::Thread { os_tid: 1 };
    say(&mut state, LaneEvent::Started { name: "add-1".into(), kind });
    let who = WorkerId::adder(1);
    state.apply(&stamped(1, 1, What::Fact(Fact::Thread { who })));
    let sleep = |pause| LaneEvent::Sleeping { pause, for_ns: 5 };
    for (what, ended) in [
        (LaneEvent::Acquired { resource, depth: 1 }, None),
        (sleep(Pause::Window), None),
        (LaneEvent::Running, None),
        (LaneEvent::Released { resource, depth: 0 }, None),
        (LaneEvent::Idle, None),
        (LaneEvent::Ended(Ending::Stopped), Some(Activity::Cancelled)),
        (LaneEvent::Ended(Ending::Returned), Some(Activity::Finished)),
    ] {
        say(&mut state, LaneEvent::Waiting { resource, holder: Some(LaneId(2)) });
        assert_eq!(state.threads[&who].waits_for, Some(LaneId(2)));
        say(&mut state, LaneEvent::Line { line: 3 });
        assert_eq!(state.threads[&who].waits_for, Some(LaneId(2)), "a line is no other state");
        say(&mut state, what.clone());
        let thread = &state.threads[&who];
        assert_eq!((thread.waits_for, thread.gone), (None, ended), "{what:?}");
    }
}

#[test]
fn each_branch_that_was_overwritten_is_charged_with_its_own_followers() {
    use super::super::experiment::op::OpKind::{Appended, Removed};
    let op = |kind, value, length, by| Op { kind, value, read: Stamp { length, by } };
    let (a, r) = (|n| Version::of(0, n), |n| Version::of(1, n));
    let adder = [
        op(Appended, 1, 0, Version::START),
        // Overwritten by the first removal, with the one built on it.
        op(Appended, 2, 1, a(0)),
        op(Appended, 3, 2, a(1)),
        // Overwritten by the second, with the two built on it.
        op(Appended, 4, 0, r(0)),
        op(Appended, 5, 1, a(3)),
        op(Appended, 6, 2, a(4)),
    ];
    let remover = [op(Removed, 1, 1, a(0)), op(Removed, 2, 0, r(0))];
    let records = [
        ThreadRecord { who: WorkerId::adder(1), ops: &adder },
        ThreadRecord { who: WorkerId::remover(1), ops: &remover },
    ];
    let gone = |value| value == 2 || value == 3;
    let found = conflicts(&records, r(1), 8, gone);
    let described: Vec<_> = found.some.iter().map(ToString::to_string).collect();
    assert_eq!(
        described,
        [
            "add-1 and remove-1 both read length 1; add-1's 2 was overwritten, and one operation built on it went with it",
            "add-1 and remove-1 both read length 0; add-1's longer list was overwritten, and 2 operations built on it went with it",
        ]
    );
    // Named are as many as asked for; counted are all.
    let one = conflicts(&records, r(1), 1, gone);
    assert_eq!((one.count, one.some.len(), one.some[0].followed), (2, 1, 1));
}

#[test]
fn where_nothing_was_lost_the_possible_loss_rate_is_reported() {
    let mut state = after_both(&[("lock", "off")], 100);
    let mut meter = Meter::default();
    let counts = Counts { added: 100, removed: 100, ..Counts::default() };
    meter.add(&counts, 1_000);
    state.meter = Some(meter.tally());
    let findings = crate::lab::trial::scene_of::<SharedListLab>(&state, Detail::Full).findings;
    // The upper end of Wilson's interval for none of 100.
    let text = "Nothing went wrong without the lock in 200 operations, which proves little: \
                the loss rate may be as high as 3.7 %.";
    assert!(findings.iter().any(|f| f.text == text), "{findings:#?}");
}

fn heads(head: &[crate::scene::Label]) -> String {
    head.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
}
