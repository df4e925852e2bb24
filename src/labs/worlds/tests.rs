//! Made-up facts and what must follow from them; real runs of each way.

mod evidence;
mod gil;
mod guide;
mod runs;
mod sample_events;
mod shown;
mod work;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::experiment::cost::Cost;
use super::facts::{Drift, Isolation, Switches};
use super::state::{Strategy, Work};
use super::*;
use crate::kit::event::{LaneId, What};
use crate::lab::ViewOptions;
use crate::lab::trial::played;
use crate::scene::Weight;

fn settings() -> Settings {
    Settings::defaults(&ThreadsOrProcesses::INFO, 1, PathBuf::from("threadbare"), false)
}

fn sample_state() -> State {
    let mut state = ThreadsOrProcesses::state(&settings());
    state.cores = 2;
    for event in sample_events::events() {
        ThreadsOrProcesses::apply(&mut state, &event);
    }
    state
}

fn apply(state: &mut State, fact: Fact) {
    let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
    ThreadsOrProcesses::apply(state, &event);
}

/// A state on two cores whose ways took these times in ms, one a round.
fn measured(work: Work, times: &[(Strategy, &[u64])]) -> State {
    let mut state = ThreadsOrProcesses::state(&settings());
    state.cores = 2;
    apply(&mut state, Fact::Began { n: 4 });
    for (strategy, rounds) in times {
        for (round, ms) in rounds.iter().enumerate() {
            let fact = Fact::Timed {
                round,
                work,
                strategy: *strategy,
                n: 4,
                ns: ms * 1_000_000,
                switches: None,
            };
            apply(&mut state, fact);
        }
    }
    state
}

fn texts(state: &State) -> Vec<String> {
    let findings = crate::lab::trial::scene_of::<ThreadsOrProcesses>(state, Detail::Full).findings;
    findings.into_iter().map(|finding| String::from(finding.text)).collect()
}

const SERIAL: (Strategy, &[u64]) = (Strategy::Serial, &[160, 161, 159, 160, 162, 160, 158]);
const HALF: [u64; 7] = [80, 81, 82, 79, 80, 83, 80];
const EQUAL: [u64; 7] = [164, 163, 166, 165, 164, 168, 165];
/// As long as serial in the middle, but not in any round.
const NOISE: [u64; 7] = [80, 240, 120, 200, 90, 300, 160];

#[test]
fn other_settings_begin_with_no_runs() {
    let mut state = measured(Work::Cpu, &[SERIAL]);
    apply(&mut state, Fact::Began { n: 8 });
    assert_eq!((state.n, state.works().count()), (8, 0));
}

/// What could not be measured, and what tasks and load were, is of the settings then.
#[test]
fn a_comparison_by_other_settings_begins_without_what_was_found_by_the_old_ones() {
    let why = || "there is no python3 on the path".into();
    let mut state = shown::everything();
    apply(&mut state, Fact::PythonAbsent { why: why() });
    let known = |state: &State| {
        [
            !state.tasks.is_empty(),
            !state.not_run.is_empty(),
            state.load.is_some(),
            state.python_absent.is_some(),
        ]
    };
    assert_eq!(known(&state), [true; 4]);
    apply(&mut state, Fact::Began { n: 3 });
    assert_eq!(known(&state), [false; 4]);
    // The next pass may find what the last one did not.
    apply(&mut state, Fact::PythonAbsent { why: why() });
    apply(&mut state, Fact::Python { version: "CPython 3.14.0".into(), gil: true });
    assert_eq!(state.python_absent, None);
}

#[test]
fn what_each_side_saw_is_reported_with_its_own_figures() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let drift = Drift {
        thread_sees: 101,
        process_sees: 2,
        shared_memory_sees: 103,
        child_copy: 104,
        adder_sees: Some(101),
        child_sees_shared: None,
        our_pid: 7,
        child_pid: 8,
        our_address: "0xa".to_owned(),
        child_address: "0xb".to_owned(),
    };
    apply(&mut state, Fact::Drift(drift));
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let shown = crate::scene::written(&scene);
    let panel = shown.split("  panel [").find(|panel| panel.starts_with("One variable")).unwrap();
    // The last line is the head of the next row.
    let lines = panel.lines().map(str::trim).take_while(|line| !line.starts_with("row "));
    let lines: Vec<_> = lines.collect();
    assert_eq!(
        lines,
        [
            "One variable] [pids 7 and 8] weight 3",
            "adds 1, 100 times | we read | it reads; figures from 1",
            "a thread | 101<Good> | 101",
            "a process | 2<Caution> | 104",
            "shared memory | 103<Good> | -",
        ]
    );
    assert_eq!(
        texts(&state),
        [
            "A thread's additions are seen (101), a process's are not (2): it has a copy of its own; in shared memory they are (103)."
        ]
    );
    assert_eq!(
        ThreadsOrProcesses::summary(&state),
        ["After 100 additions elsewhere we read 101 (thread), 2 (process), 103 (shared memory)"]
    );
    let result = &ThreadsOrProcesses::result(&state)["drift"];
    assert_eq!(result["child_copy"], 104);
    assert_eq!(result["shared_memory_sees"], 103);
}

#[test]
fn each_crash_is_reported_of_the_one_that_crashed() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let isolation = |process_pool_survived| {
        Fact::Isolation(Isolation {
            process_pool_survived,
            threads_exit: "was killed by SIGABRT".into(),
            worker_exit: "exited with 3".into(),
        })
    };
    let both = [true, false].map(|survived| {
        apply(&mut state, isolation(survived));
        texts(&state).remove(0)
    });
    let sentence = |pool| {
        format!(
            "A process that crashes ends alone, and the pool {pool} (exited with 3); a thread that crashes ends its whole program (was killed by SIGABRT)."
        )
    };
    assert_eq!(both, ["survived", "did not survive"].map(sentence));
}

#[test]
fn the_story_has_times_in_their_units_and_switches_reach_the_result() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let event = Stamped {
        at: 0,
        lane: LaneId(0),
        what: What::Fact(Fact::Timed {
            round: 0,
            work: Work::Cpu,
            strategy: Strategy::Threads,
            n: 4,
            ns: 82_000_000,
            switches: Some(Switches { voluntary: 5, involuntary: 6 }),
        }),
    };
    let texts = ThreadsOrProcesses::describe(&state, &event).unwrap().text;
    assert_eq!(texts, "4 tasks (computing) by threads took 82.0 ms");
    ThreadsOrProcesses::apply(&mut state, &event);
    let strategy = &ThreadsOrProcesses::result(&state)["ways"][0];
    assert_eq!(strategy["context_switches"]["voluntary"], 5);
    assert_eq!(strategy["context_switches"]["involuntary"], 6);
    assert_eq!(strategy["total_ms"]["median"], 82.0);
}

#[test]
fn the_switches_are_those_of_the_last_run_that_reported_them() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let texts = [Some((5, 6)), Some((7, 8)), None];
    for (round, texts) in texts.into_iter().enumerate() {
        let switches = texts.map(|(voluntary, involuntary)| Switches { voluntary, involuntary });
        let run = Fact::Timed {
            round,
            work: Work::Cpu,
            strategy: Strategy::Threads,
            n: 4,
            ns: 82_000_000,
            switches,
        };
        apply(&mut state, run);
    }
    let switches = &ThreadsOrProcesses::result(&state)["ways"][0]["context_switches"];
    assert_eq!(*switches, json!({ "voluntary": 7, "involuntary": 8 }));
}

#[test]
fn the_result_has_the_fields_of_the_contract() {
    let result = ThreadsOrProcesses::result(&sample_state());
    let threads = &result["ways"]
        .as_array()
        .unwrap()
        .iter()
        .find(|strategy| strategy["way"] == "threads")
        .unwrap();
    assert_eq!((threads["n"].as_u64(), threads["work"].as_str()), (Some(4), Some("cpu")));
    assert!((threads["total_ms"]["median"].as_f64().unwrap() - 82.0).abs() < 1e-9);
    assert!(result["costs"]["process_start_us"]["median"].is_number());
    assert_eq!(result["drift"]["process_sees"], 0);
    assert_eq!(result["isolation"]["process_pool_survived"], true);
}

#[test]
fn the_sample_makes_a_scene_of_each_size() {
    let run = played::<ThreadsOrProcesses>(sample_events::events(), settings());
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!run.scene(detail, &ViewOptions::default()).rows.is_empty());
    }
    assert!(run.finished());
}
