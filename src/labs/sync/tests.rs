//! What must follow from made-up runs; real ones stand in `tests/`.

mod chosen;
mod costs;
mod figures;
mod forwarder;
mod run;
mod runs;
mod sample_events;
mod shown;
mod thread_run;
mod vain;

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::kit::event::{LaneId, What};
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::step::{Mode, StepController};
use crate::kit::stop::Stop;
use crate::lab::trial::{played, settings_of, state_after};
use crate::lab::{ViewOptions, Words};
use crate::scene::{Body, Weight};
use experiment::outcome::Standstill;
use experiment::tool::{RunContext, World};

fn settings(set: &[(&str, &str)]) -> Settings {
    settings_of::<Sync>(set, false)
}

/// What a run of two is given, each with one operation.
pub fn context<'a>(
    recorder: &'a Recorder<Fact>,
    lane: &'a Lane<Fact>,
    live: bool,
) -> RunContext<'a> {
    RunContext {
        workers: 2,
        ops: 1,
        controller: StepController::new(Stop::new(), Mode::Full),
        recorder,
        lane,
        program: "threadbare".as_ref(),
        searched: std::rc::Rc::default(),
        live,
        poll: &|| None,
    }
}

fn sample() -> State {
    state_after::<Sync>(&settings(&[]), &sample_events::events())
}

fn describe(state: &mut State, fact: Fact) {
    let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
    Sync::apply(state, &event);
}

fn outcome(expected: &str, got: &str) -> experiment::tool::Outcome {
    experiment::tool::Outcome {
        expected: expected.to_owned(),
        got: got.to_owned(),
        ..experiment::tool::Outcome::default()
    }
}

/// The bodies of a scene as text.
fn text(scene: &Scene) -> String {
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let texts = panels.flat_map(|panel| {
        let title = format!("== {}", panel.title);
        std::iter::once(title).chain(texts(&panel.body))
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn texts(body: &Body) -> Vec<String> {
    match body {
        Body::Lines(lines) => lines.iter().map(ToString::to_string).collect(),
        Body::Table(table) => {
            // Those of the processes come and go by themselves.
            let threads = table.rows.iter().filter(|row| {
                let mut all = experiment::tools::ALL.iter();
                all.any(|tool| tool.world() == World::Threads && *row[1].text == *tool.purpose)
            });
            let cells = threads.map(|row| row.iter().map(|cell| cell.text.trim()));
            cells.map(|cells| cells.collect::<Vec<_>>().join(" | ")).collect()
        }
        Body::Bars(bars) => {
            let bars = bars.bars.iter();
            bars.map(|bar| format!("{} {} {}", bar.label, bar.figure, bar.note.text)).collect()
        }
        Body::Structure(structure) => {
            let places = structure.places.iter();
            let places = places.map(|place| format!("[{}] {}", place.content, place.name));
            let lines = structure.lines.iter();
            let lines = lines.map(|line| format!("{}: {}", line.name, line.waiting.join(" ")));
            let figures = structure.figures.iter().map(|(name, value)| format!("{name} {value}"));
            let remarks = structure.remarks.iter().map(|remark| remark.text.to_string());
            places.chain(lines).chain(remarks).chain(figures).collect()
        }
        Body::Code(code) => {
            let lines = code.listings[0].lines.iter();
            lines.map(|line| line.text.to_string()).collect()
        }
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn the_full_scene_shows_tools_inside_code_and_the_last_run() {
    insta::assert_snapshot!(text(&crate::lab::trial::scene_of::<Sync>(&sample(), Detail::Full)));
}

#[test]
fn the_compact_scene_shows_the_inside_of_one_tool() {
    insta::assert_snapshot!(text(&crate::lab::trial::scene_of::<Sync>(&sample(), Detail::Compact)));
}

#[test]
fn the_sample_makes_a_scene_of_each_size() {
    let run = played::<Sync>(sample_events::events(), settings(&[]));
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!run.scene(detail, &ViewOptions::default()).rows.is_empty());
    }
    assert!(run.finished());
}

#[test]
fn the_result_has_the_fields_of_the_contract() {
    let result = Sync::result(&sample());
    let tools = result["tools"].as_array().unwrap();
    let (correct, misuse) = (&tools[0], &tools[1]);
    assert_eq!((&correct["tool"], &correct["world"]), (&json!("lock"), &json!("threads")));
    assert_eq!((&correct["expected"], &correct["got"]), (&json!(400), &json!(400)));
    assert_eq!(correct["operations"], 400);
    assert!(correct["misuse"].is_null());
    assert_eq!(correct["cost_ns"]["median"], 24.0);
    assert_eq!(correct["cost_contended_ns"]["median"], 60.0);
    assert_eq!(correct["wait_us"], json!({ "p50": 1.2, "p99": null, "max": 61.0 }));
    assert_eq!(misuse["misuse"]["name"], "order");
    assert_eq!(misuse["misuse"]["expected"], 2);
    assert_eq!(misuse["misuse"]["got"], 0);
    assert!(misuse["misuse"]["finding"].as_str().unwrap().starts_with("deadlock: A holds L1"));
    assert_eq!(result["baselines"][0]["name"], "std Mutex");
}

#[test]
fn what_never_happened_has_no_quantiles() {
    assert_eq!(result::Times::of(&[]), None);
    let one = result::Times::of(&[7]).unwrap();
    assert_eq!((one.p50, one.p99, one.max), (7, None, 7));
    let hundred: Vec<_> = (1..=100).rev().collect();
    let waits = result::Times::of(&hundred).unwrap();
    assert_eq!((waits.p50, waits.p99, waits.max), (50, Some(99), 100));
    let fewer = result::Times::of(&hundred[1..]).unwrap();
    assert_eq!(fewer.p99, None, "of 99 it would be the maximum");
}

#[test]
fn a_correct_use_that_failed_is_an_alarm_and_a_misuse_that_did_not_is_reported() {
    let mut state = Sync::state(&settings(&[]));
    let outcome_fact = |misuse, outcome| Fact::Outcome { tool: "lock", misuse, outcome };
    describe(&mut state, outcome_fact(None, outcome("4", "3")));
    describe(&mut state, outcome_fact(Some("skip"), outcome("4", "4")));
    let expected: [Finding; 2] = [
        (Weight::Broken, "Lock, correct use: expected 4, got 3.").into(),
        (Weight::Caution, "Lock, one thread skips the lock: nothing went wrong this time.").into(),
    ];
    assert_eq!(findings::findings(&state), expected);
}

#[test]
fn after_the_last_misuse_comes_the_correct_use() {
    let mut state = Sync::state(&settings(&[("tool", "event")]));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let next = state.next_misuse().unwrap();
        seen.push(next.word());
        let misuse = Some(next.word()).filter(|word| *word != "off");
        describe(&mut state, Fact::Started { tool: "event", misuse });
    }
    assert_eq!(seen, ["no-wait", "pulse", "off"]);
}

#[test]
fn names_are_unique_and_every_misuse_can_be_asked_for() {
    let mut ids: Vec<_> = experiment::tools::ALL.iter().map(|tool| tool.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), experiment::tools::ALL.len());
    for tool in experiment::tools::ALL {
        for misuse in tool.misuses {
            settings(&[("tool", tool.id), ("misuse", misuse.name)]);
        }
    }
}

#[test]
fn a_run_that_failed_is_over() {
    let mut state = sample();
    describe(&mut state, Fact::Started { tool: "lock", misuse: None });
    describe(&mut state, Fact::Stuck(Standstill { text: "all wait".to_owned(), circle: true }));
    assert!(state.running && state.stuck.is_some());
    let (what, why) = ("lock".to_owned(), "no thread is left".to_owned());
    describe(&mut state, Fact::Failed { what, why });
    assert!(!state.running && state.stuck.is_none());
}
