//! Scripted events give the expected bars, findings and result.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::ProcessPoolLab;
use super::figures::{Contender, Mode, Parts, Sample};
use super::plan::{Plan, Stopwatch};
use super::state::{Fact, State};
use super::work::Work;
use crate::kit::event::{LaneId, Stamped, What};
use crate::kit::stop::Stop;
use crate::lab::{Detail, Entry, Lab, Run, Settings};
use crate::scene::{Body, Scene};

fn settings(set: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::defaults(&ProcessPoolLab::INFO, 1, PathBuf::from("unused"), false);
    for (key, value) in set {
        settings.set(&ProcessPoolLab::INFO, key, value).unwrap();
    }
    settings.cores = 2;
    settings
}

/// The plan that these settings make.
pub(super) fn plan(set: &[(&str, &str)]) -> Plan {
    Plan::of(&settings(set))
}

fn rehearsed() -> Box<dyn Run> {
    Entry::of::<ProcessPoolLab>().rehearse(settings(&[("sizes", "2,8"), ("repeat", "3")]))
}

fn state() -> State {
    let mut state = ProcessPoolLab::state(&settings(&[]));
    for event in ProcessPoolLab::rehearsal() {
        state.apply(&event);
    }
    state
}

/// Label, figure and note of each bar.
fn bars(scene: &Scene) -> Vec<String> {
    let bodies = scene
        .rows
        .iter()
        .flat_map(|row| &row.panels)
        .map(|panel| &panel.body);
    let bars = bodies.filter_map(|body| match body {
        Body::Bars(bars) => Some(bars),
        _ => None,
    });
    bars.flat_map(|bars| &bars.bars)
        .map(|bar| format!("{}: {}, {}", bar.label, bar.figure, bar.note.text))
        .collect()
}

#[test]
fn the_outcome_is_the_exercises_lines_bar_by_bar() {
    let outcome = rehearsed().outcome();
    let squares = "Results: [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]";
    assert_eq!(
        outcome[8..12],
        [
            "Mode: processes, spawn",
            "Pool size: 2",
            squares,
            "Time taken: 0.0013 s"
        ]
    );
    assert_eq!(
        outcome[16..],
        [
            "Mode: CPython 3.14.0, multiprocessing.Pool, fork",
            "Pool size: 2",
            squares,
            "Time taken: 0.0072 s",
            "Break-even: 300 µs of work per task",
            "Audit: 15 runs, 0 with wrong results",
        ]
    );
}

#[test]
fn the_parts_of_each_bar_add_up_to_its_total() {
    let result = rehearsed().result();
    let bars = result["bars"].as_array().unwrap();
    assert_eq!(bars.len(), 5);
    for bar in bars {
        let part = |name: &str| bar["parts_ms"][name].as_f64().unwrap();
        let sum: f64 = ["create", "send", "compute", "return", "join"]
            .map(part)
            .iter()
            .sum();
        let total = bar["total_ms"]["median"].as_f64().unwrap();
        assert!((sum - total).abs() <= 1e-9 * total, "{bar}");
        assert!((part("spawn") + part("ready") - part("create")).abs() < 1e-9);
    }
    assert_eq!(result["break_even_us"], 300.0);
}

#[test]
fn an_even_number_of_runs_has_parts_that_add_up_as_well() {
    let mut state = ProcessPoolLab::state(&settings(&[]));
    let who = Contender {
        mode: Mode::Processes,
        size: 2,
    };
    for moments in [[1, 2, 3, 4, 5, 60], [7, 8, 9, 10, 11, 12]] {
        let parts_ns = Parts::cut(moments);
        let results: Arc<[u64]> = Arc::default();
        let sample = Sample {
            who,
            total_ns: parts_ns.total(),
            parts_ns,
            pids: Vec::new(),
            results,
        };
        state.apply(&Stamped {
            at: 0,
            lane: LaneId(0),
            what: What::Fact(Fact::Measured(sample)),
        });
    }
    let figures = state.bars[0].figures(Stopwatch::Whole).unwrap();
    assert_eq!((figures.parts.total(), figures.total.median), (36.0, 36.0));
}

#[test]
fn a_moment_read_too_late_makes_no_part_negative() {
    let parts = Parts::cut([10, 20, 15, 40, 35, 50]);
    assert_eq!(
        (parts.send, parts.compute, parts.hand_back),
        (0.0, 20.0, 0.0)
    );
    assert!((parts.total() - 50.0).abs() < 1e-9);
}

#[test]
fn moving_the_stopwatch_changes_the_ranking() {
    let mut state = state();
    let before = bars(&ProcessPoolLab::scene(&state, Detail::Full));
    assert_eq!(
        before,
        [
            "serial: 2.00 µs, 1st  2.00 µs to 2.00 µs",
            "2 threads: 170 µs, 2nd  160 µs to 180 µs",
            "2 processes: 1.31 ms, 3rd  1.30 ms to 1.32 ms",
            "8 processes: 4.62 ms, 4th  4.61 ms to 4.63 ms",
            "CPython 2: 7.22 ms, 5th  7.21 ms to 7.23 ms",
        ]
    );
    state.plan.stopwatch = Stopwatch::Living;
    let after = bars(&ProcessPoolLab::scene(&state, Detail::Full));
    assert_eq!(after[1], "2 threads: 40.0 µs, 2nd  40.0 µs to 40.0 µs");
    assert_eq!(after[3], "8 processes: 200 µs, 4th  200 µs to 200 µs");
}

#[test]
fn findings_are_sentences_made_from_the_figures() {
    let findings: Vec<_> = rehearsed()
        .findings()
        .into_iter()
        .map(|finding| finding.text)
        .collect();
    assert_eq!(
        findings,
        [
            "8 is slower than 2: creating processes takes 4.10 ms of 4.62 ms; 10 squares without a pool: 2.00 µs",
            "No process pool beats serial here: the best, 2 processes, takes 1.31 ms, serial 2.00 µs",
            "Processes (2) beat serial from about 300 µs of work per task, creating and joining them included",
            "2 cores: more than 2 workers that compute cannot help",
            "CPython 3.14.0 (fork) takes 7.22 ms with 2 processes, 5.5 times as long as ours",
            "The results of all 15 runs are the squares, in order",
        ]
    );
}

#[test]
fn wrong_results_are_found() {
    let mut state = state();
    let parts_ns = Parts::cut([1; 6]);
    let who = Contender {
        mode: Mode::Threads,
        size: 2,
    };
    let sample = Sample {
        who,
        total_ns: 1.0,
        parts_ns,
        pids: Vec::new(),
        results: [1, 4, 8].into(),
    };
    state.apply(&Stamped {
        at: 0,
        lane: LaneId(0),
        what: What::Fact(Fact::Measured(sample)),
    });
    let findings = ProcessPoolLab::scene(&state, Detail::Compact).findings;
    assert_eq!(
        findings[0].text,
        "1 run gave results that are not the squares"
    );
}

#[test]
fn every_kind_of_work_ends_in_the_square() {
    let short = Duration::from_micros(50);
    for work in [Work::Square, Work::Spin(short), Work::Sleep(short)] {
        assert_eq!(work.perform(12, &Stop::new()), Some(144), "{work:?}");
    }
}

#[test]
fn long_work_ends_at_once_when_told_to() {
    let stop = Stop::new();
    stop.request();
    let long = Duration::from_hours(1);
    for work in [Work::Spin(long), Work::Sleep(long)] {
        assert_eq!(work.perform(12, &stop), None, "{work:?}");
    }
}
