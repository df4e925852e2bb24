//! Scripted events give the expected bars, findings and result.

mod comparisons;
mod failing;
mod sample_events;
mod settings;
mod warm;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use super::ProcessPoolLab;
use super::experiment::figures::{Mode, Parts, Sample, Variant};
use super::experiment::plan::Plan;
use super::experiment::work::Work;
use super::facts::Fact;
use super::settings::Timing;
use super::state::State;
use crate::kit::event::{LaneId, Stamped, What};
use crate::kit::stop::Stop;
use crate::lab::trial::{finding_texts, played, settings_of, state_after};
use crate::lab::{Detail, Entry, Lab, Run, Settings};
use crate::scene::{Body, Scene};
use crate::timeline::stat::FEWEST;

fn settings(set: &[(&str, &str)]) -> Settings {
    let mut settings = settings_of::<ProcessPoolLab>(set, false);
    settings.cores = 2;
    settings
}

/// The plan that these settings make.
pub fn plan(set: &[(&str, &str)]) -> Plan {
    Plan::of(&settings(set))
}

fn sample_run() -> Box<dyn Run> {
    played::<ProcessPoolLab>(
        sample_events::events(),
        settings(&[("sizes", "2,8"), ("repeat", "9")]),
    )
}

fn state() -> State {
    state_after::<ProcessPoolLab>(&settings(&[]), &sample_events::events())
}

/// Label, figure, note and quartiles in ms of each bar that was measured.
fn bars(scene: &Scene) -> Vec<String> {
    let bodies = scene.rows.iter().flat_map(|row| &row.panels).map(|panel| &panel.body);
    let bars = bodies.filter_map(|body| match body {
        Body::Bars(bars) => Some(bars),
        _ => None,
    });
    bars.flat_map(|bars| &bars.bars)
        .filter_map(|bar| {
            let (low, high) = bar.spread?;
            let (label, figure, note) = (&bar.label, &bar.figure, &bar.note.text);
            Some(format!("{label}: {figure}, {note} {low} to {high}"))
        })
        .collect()
}

#[test]
fn the_outcome_is_the_exercises_lines_bar_by_bar() {
    let outcome = sample_run().summary();
    let squares = "Results: [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]";
    assert_eq!(
        outcome[8..12],
        ["Mode: processes, spawn", "Pool size: 2", squares, "Time taken: 0.0013 s"]
    );
    assert_eq!(
        outcome[16..],
        [
            "Mode: CPython 3.14.0, multiprocessing.Pool, fork",
            "Pool size: 2",
            squares,
            "Time taken: 0.0073 s",
            "Break-even: 300 µs of work per task",
            "Audit: 45 runs, 0 with wrong results",
        ]
    );
}

#[test]
fn the_parts_of_each_bar_add_up_to_its_total() {
    let result = sample_run().result();
    let bars = result["bars"].as_array().unwrap();
    assert_eq!(bars.len(), 5);
    for bar in bars {
        let part = |name: &str| bar["parts_ms"][name].as_f64().unwrap();
        let sum: f64 = ["create", "send", "compute", "return", "join"].map(part).iter().sum();
        let total = bar["total_ms"]["median"].as_f64().unwrap();
        assert!((sum - total).abs() <= 1e-9 * total, "{bar}");
        assert!((part("spawn") + part("ready") - part("create")).abs() < 1e-9);
    }
    assert_eq!(result["break_even_us"], 300.0);
}

#[test]
fn an_even_number_of_runs_has_parts_that_add_up_as_well() {
    let mut state = ProcessPoolLab::state(&settings(&[]));
    let variant = Variant { mode: Mode::Processes, size: 2 };
    for moments in [[1, 2, 3, 4, 5, 60], [7, 8, 9, 10, 11, 12]] {
        let parts_ns = Parts::cut(moments);
        let results: Arc<[u64]> = Arc::default();
        let sample =
            Sample { variant, total_ns: parts_ns.total(), parts_ns, pids: Vec::new(), results };
        state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(Fact::Measured(sample)) });
    }
    let measured = state.bars.iter().find(|bar| bar.variant == variant).unwrap();
    let figures = measured.figures(Timing::Whole).unwrap();
    assert_eq!((figures.parts.total(), figures.total.median), (36.0, 36.0));
}

#[test]
fn a_moment_read_too_late_makes_no_part_negative() {
    let parts = Parts::cut([10, 20, 15, 40, 35, 50]);
    assert_eq!((parts.send, parts.compute, parts.returned), (0.0, 20.0, 0.0));
    assert!((parts.total() - 50.0).abs() < 1e-9);
}

#[test]
fn changing_the_timing_changes_the_ranking() {
    let mut state = state();
    let before = bars(&crate::lab::trial::scene_of::<ProcessPoolLab>(&state, Detail::Full));
    assert_eq!(
        before,
        [
            "serial: 2.00 µs, 1st 0.002 to 0.002",
            "2 threads: 200 µs, 2nd 0.18 to 0.22",
            "2 processes: 1.34 ms, 3rd 1.32 to 1.36",
            "8 processes: 4.65 ms, 4th 4.63 to 4.67",
            "CPython 2: 7.25 ms, 5th 7.23 to 7.27",
        ]
    );
    state.plan.timing = Timing::Warm;
    let after = bars(&crate::lab::trial::scene_of::<ProcessPoolLab>(&state, Detail::Full));
    assert_eq!(after[1], "2 threads: 40.0 µs, 2nd 0.04 to 0.04");
    assert_eq!(after[3], "8 processes: 200 µs, 4th 0.2 to 0.2");
}

#[test]
fn findings_are_sentences_made_from_the_figures() {
    let findings: Vec<_> =
        sample_run().findings().into_iter().map(|finding| finding.text).collect();
    assert_eq!(
        findings,
        [
            "8 processes are slower than 2, 3.47 times as long (3.42 to 3.53): to start them takes 4.10 ms against 1.00 ms",
            "No process pool beats serial here: 10 squares alone take 2.00 µs, 2 processes 1.34 ms",
            "2 processes beat serial from 300 µs of work per task on, start-up included; up to 100 µs they do not",
            "2 cores: more than 2 workers that compute cannot help",
            "CPython 3.14.0 (fork), 2 processes: 7.25 ms; compared with ours 5.41 times as long (5.31 to 5.51)",
            "The results of all 45 runs are the squares, in order",
        ]
    );
}

/// A measurement that is over, of contenders that took these times in ms, one a round.
fn measured(times: &[(Mode, usize, &[u64])]) -> State {
    let mut state = ProcessPoolLab::state(&settings(&[]));
    for (mode, size, rounds) in times {
        let variant = Variant { mode: *mode, size: *size };
        for (round, ms) in rounds.iter().enumerate() {
            let end = ms * 1_000_000;
            let parts_ns = Parts::cut([end / 10, end / 5, end / 4, end / 2, end / 2, end]);
            let total_ns = parts_ns.total();
            apply(&mut state, Fact::VariantStarted { round, variant });
            apply(
                &mut state,
                Fact::Measured(Sample {
                    variant,
                    total_ns,
                    parts_ns,
                    pids: Vec::new(),
                    results: (1..=10).map(|n| n * n).collect(),
                }),
            );
        }
    }
    apply(&mut state, Fact::Done);
    state
}

fn apply(state: &mut State, fact: Fact) {
    state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) });
}

fn texts(state: &State) -> Vec<String> {
    finding_texts::<ProcessPoolLab>(state)
}

const TEN: [u64; 7] = [100, 101, 99, 100, 102, 100, 98];
const NOISE: [u64; 7] = [50, 240, 90, 160, 60, 180, 70];

#[test]
fn a_bar_its_row_and_its_result_have_each_figure_in_its_place() {
    let mut state = ProcessPoolLab::state(&settings(&[]));
    let variant = Variant { mode: Mode::Processes, size: 2 };
    // In ms; the run in the middle takes 1 + 2 + 3 + 4 + 5 + 6.
    for moments in [[2, 4, 6, 8, 10, 40], [1, 3, 6, 10, 15, 21], [1, 2, 3, 4, 5, 11]] {
        let parts_ns = Parts::cut(moments.map(|ms| ms * 1_000_000));
        apply(
            &mut state,
            Fact::Measured(Sample {
                variant,
                total_ns: parts_ns.total(),
                parts_ns,
                pids: vec![5001, 5002],
                results: (1..=10).map(|n| n * n).collect(),
            }),
        );
    }
    let scene = crate::lab::trial::scene_of::<ProcessPoolLab>(&state, Detail::Full);
    let bodies: Vec<_> =
        scene.rows.iter().flat_map(|row| &row.panels).map(|panel| &panel.body).collect();
    let row = bodies.iter().find_map(|body| match body {
        Body::Table(table) => Some((&table.head, table.rows.first()?)),
        _ => None,
    });
    let (head, row) = row.unwrap();
    let row: Vec<_> =
        head.iter().zip(row).map(|(head, it)| format!("{head} {}", it.text)).collect();
    assert_eq!(
        row,
        [
            " 2 processes",
            "time taken 21.0 ms",
            "start 3.00 ms",
            "send 3.00 ms",
            "work 4.00 ms",
            "return 5.00 ms",
            "join 6.00 ms",
            "min 11.0 ms",
            "max 40.0 ms",
            "runs 3",
        ]
    );
    let bar = bodies.iter().find_map(|body| match body {
        Body::Bars(bars) => {
            Some((&bars.parts, bars.bars.iter().find(|bar| bar.label == "2 processes")?))
        }
        _ => None,
    });
    let (parts, bar) = bar.unwrap();
    let named: Vec<_> =
        parts.iter().zip(&bar.values).map(|(part, ms)| format!("{} {ms}", part.name)).collect();
    assert_eq!(named, ["start 3", "send 3", "compute 4", "return 5", "join 6"]);
    assert_eq!((&*bar.figure, bar.spread), ("21.0 ms", Some((11.0, 40.0))));
    let bar = &ProcessPoolLab::result(&state)["bars"][0];
    assert_eq!(
        bar["total_ms"].to_string(),
        r#"{"lower_quartile":11.0,"max":40.0,"median":21.0,"min":11.0,"samples":3}"#
    );
    assert_eq!(bar["warm_ms"]["median"], 6.0);
    assert_eq!(
        bar["parts_ms"].to_string(),
        r#"{"compute":4.0,"create":3.0,"join":6.0,"ready":2.0,"return":5.0,"send":3.0,"spawn":1.0}"#
    );
    assert_eq!(bar["pids"], serde_json::json!([5001, 5002]));
}

#[test]
fn what_was_paid_once_is_reported_with_its_time() {
    let mut state = ProcessPoolLab::state(&settings(&[("start", "forkserver")]));
    let (pid, took_ns) = (9, 3_500_000);
    apply(&mut state, Fact::Server { pid, took_ns });
    assert!(texts(&state).contains(
        &"The fork server was started once, in 3.50 ms: no bar contains that".to_owned()
    ));
}

#[test]
fn wrong_results_are_found() {
    let mut state = state();
    let parts_ns = Parts::cut([1; 6]);
    let variant = Variant { mode: Mode::Threads, size: 2 };
    let sample =
        Sample { variant, total_ns: 1.0, parts_ns, pids: Vec::new(), results: [1, 4, 8].into() };
    state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(Fact::Measured(sample)) });
    let findings = crate::lab::trial::scene_of::<ProcessPoolLab>(&state, Detail::Compact).findings;
    assert_eq!(findings[0].text, "1 run gave results that are not the squares");
}

#[test]
fn each_batch_on_the_warm_pool_is_counted_and_checked() {
    let mut state = state();
    for (took_ns, right) in [(1e6, true), (2e6, false), (9e6, true)] {
        let every_ns = 1_000_000_000;
        apply(&mut state, Fact::WarmRun { size: 8, took_ns, right, every_ns, memory_kib: vec![] });
    }
    assert_eq!(texts(&state)[0], "1 run gave results that are not the squares");
    assert_eq!(state.warm_runs, 3);
    assert_eq!(state.warm_median(), Some(2e6));
}

#[test]
fn every_kind_of_work_ends_in_the_square() {
    let short = Duration::from_micros(50);
    for work in [Work::Square, Work::Spin(short), Work::Sleep(short)] {
        assert_eq!(work.perform(12, &Stop::new()), Some(144), "{work:?}");
    }
}

#[test]
fn long_work_ends_at_once_when_stopped() {
    let stop = Stop::new();
    stop.request();
    let long = Duration::from_hours(1);
    for work in [Work::Spin(long), Work::Sleep(long)] {
        assert_eq!(work.perform(12, &stop), None, "{work:?}");
    }
}
