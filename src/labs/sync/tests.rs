//! What must follow from made-up plays; real ones stand in `tests/`.

mod engine;
mod figures;
mod performance;
mod plays;
mod relay;
mod shown;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::kit::event::{LaneId, What};
use crate::lab::{Entry, ViewOptions};
use crate::scene::{Body, Weight};
use tool::World;

fn settings(set: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::defaults(&Sync::INFO, 1, PathBuf::from("threadbare"), false);
    for (key, text) in set {
        settings.set(&Sync::INFO, key, text).unwrap();
    }
    settings
}

fn rehearsed() -> State {
    let mut state = Sync::state(&settings(&[]));
    for event in Sync::sample_events() {
        Sync::apply(&mut state, &event);
    }
    state
}

fn describe(state: &mut State, fact: Fact) {
    let event = Stamped {
        at: 0,
        lane: LaneId(0),
        what: What::Fact(fact),
    };
    Sync::apply(state, &event);
}

fn outcome(expected: &str, got: &str) -> tool::Outcome {
    tool::Outcome {
        expected: expected.to_owned(),
        got: got.to_owned(),
        ..tool::Outcome::default()
    }
}

/// The bodies of a scene as text.
fn text(scene: &Scene) -> String {
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let told = panels.flat_map(|panel| {
        let title = format!("== {}", panel.title);
        std::iter::once(title).chain(told(&panel.body))
    });
    told.collect::<Vec<_>>().join("\n")
}

fn told(body: &Body) -> Vec<String> {
    match body {
        Body::Lines(lines) => lines.iter().map(ToString::to_string).collect(),
        Body::Table(table) => {
            // Those of the processes come and go by themselves.
            let threads = table.rows.iter().filter(|row| {
                let mut all = tools::ALL.iter();
                all.any(|tool| tool.world == World::Threads && row[0].text.ends_with(tool.title))
            });
            let cells = threads.map(|row| row.iter().map(|cell| cell.text.trim()));
            cells
                .map(|cells| cells.collect::<Vec<_>>().join(" | "))
                .collect()
        }
        Body::Bars(bars) => {
            let bars = bars.bars.iter();
            bars.map(|bar| format!("{} {} {}", bar.label, bar.figure, bar.note.text))
                .collect()
        }
        Body::Boxes(boxes) => {
            let slots = boxes.slots.iter();
            slots
                .map(|slot| format!("[{}] {}", slot.text, slot.label))
                .collect()
        }
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn the_full_scene_shows_tools_inside_costs_and_the_last_play() {
    insta::assert_snapshot!(text(&scene::scene(&rehearsed(), Detail::Full)));
}

#[test]
fn the_compact_scene_shows_the_inside_of_one_tool() {
    insta::assert_snapshot!(text(&scene::scene(&rehearsed(), Detail::Compact)));
}

#[test]
fn the_rehearsal_makes_a_scene_of_each_size() {
    let run = Entry::of::<Sync>().open_sample(settings(&[]));
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!run.scene(detail, &ViewOptions::default()).rows.is_empty());
    }
    assert!(run.finished());
}

#[test]
fn the_result_has_the_fields_of_the_contract() {
    let result = Sync::result(&rehearsed());
    let tools = result["tools"].as_array().unwrap();
    let (right, wrong) = (&tools[0], &tools[1]);
    assert_eq!(
        (&right["tool"], &right["world"]),
        (&json!("lock"), &json!("threads"))
    );
    assert_eq!(
        (&right["expected"], &right["got"]),
        (&json!(400), &json!(400))
    );
    assert_eq!(right["operations"], 400);
    assert!(right["wrong_use"].is_null());
    assert_eq!(right["cost_ns"]["median"], 24.0);
    assert_eq!(right["cost_contended_ns"]["median"], 60.0);
    assert_eq!(
        right["wait_us"],
        json!({ "p50": 1.2, "p99": null, "max": 61.0 })
    );
    assert_eq!(wrong["wrong_use"]["name"], "order");
    assert_eq!(wrong["wrong_use"]["expected"], 2);
    assert_eq!(wrong["wrong_use"]["got"], 0);
    assert!(
        wrong["wrong_use"]["finding"]
            .as_str()
            .unwrap()
            .starts_with("deadlock: A holds L1")
    );
    assert_eq!(result["peers"][0]["name"], "std Mutex");
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
fn a_right_use_that_went_wrong_is_an_alarm_and_a_wrong_one_that_did_not_is_said() {
    let mut state = Sync::state(&settings(&[]));
    let played = |wrong, outcome| Fact::Played {
        tool: "lock",
        wrong,
        outcome,
    };
    describe(&mut state, played(None, outcome("4", "3")));
    describe(&mut state, played(Some("skip"), outcome("4", "4")));
    assert_eq!(
        findings::findings(&state),
        [
            (
                Weight::Broken,
                "Lock, used rightly: expected 4, got 3.".to_owned()
            ),
            (
                Weight::Caution,
                "Lock, skip: nothing went wrong this time.".to_owned()
            ),
        ]
    );
}

#[test]
fn after_the_last_wrong_use_comes_the_right_one() {
    let mut state = Sync::state(&settings(&[("tool", "event")]));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let next = state.next_wrong().unwrap();
        seen.push(next);
        let wrong = (next != "off").then_some(next);
        describe(
            &mut state,
            Fact::Playing {
                tool: "event",
                wrong,
            },
        );
    }
    assert_eq!(seen, ["no-wait", "pulse", "off"]);
}

#[test]
fn names_are_unique_and_every_wrong_use_can_be_asked_for() {
    let mut ids: Vec<_> = tools::ALL.iter().map(|tool| tool.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), tools::ALL.len());
    for tool in tools::ALL {
        for wrong in tool.wrong {
            settings(&[("tool", tool.id), ("wrong", wrong.name)]);
        }
    }
}
