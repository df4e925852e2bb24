//! Scripted events give the expected picture; the run keeps its word.

mod figures;
mod heroes;
mod run;
mod sample_events;
mod whole;

use super::FactorialPool;
use super::state::State;
use crate::kit::event::Stamped;
use crate::kit::future::Status;
use crate::lab::trial::{played, settings_of};
use crate::lab::{Detail, Lab, Run, Settings, ViewOptions};
use crate::scene::{Activity, Body, Scene};

fn settings(set: &[(&str, &str)]) -> Settings {
    settings_of::<FactorialPool>(set, false)
}

fn sample_run() -> Box<dyn Run> {
    let set = [("workers", "2"), ("to", "4"), ("fail", "4"), ("cancel", "3")];
    played::<FactorialPool>(sample_events::events(), settings(&set))
}

/// The state after the sample events up to this time, in µs.
fn sample_until(at_us: u64) -> State {
    let mut state = FactorialPool::state(&settings(&[]));
    let events = sample_events::events();
    let early = |event: &&Stamped<_>| event.at <= at_us * 1000;
    events.iter().filter(early).for_each(|event| state.apply(event));
    state
}

/// The first grid of a scene, as `name activity text`.
fn cells(scene: &Scene, grid: usize) -> Vec<String> {
    let bodies = scene.rows.iter().flat_map(|row| &row.panels).map(|panel| &panel.body);
    let grids = bodies.filter_map(|body| match body {
        Body::Grid(grid) => Some(grid),
        _ => None,
    });
    let cells = grids.skip(grid).take(1).flat_map(|grid| &grid.cells);
    let share = |share: f64| format!(" {share:.2}");
    let text = |cell: &crate::scene::Cell| {
        let share = cell.share.map(share).unwrap_or_default();
        format!("{} {} {}{share}", cell.name, cell.activity.word(), cell.text)
    };
    cells.map(text).collect()
}

#[test]
fn the_outcome_is_the_exercises_lines_and_an_audit() {
    assert_eq!(
        sample_run().summary(),
        [
            "Factorial of 3 was cancelled before it started",
            "Factorial of 2 is 2",
            "Factorial of 1 is 1",
            "Factorial of 4 failed: set to panic at src/labs/factorial/experiment/task.rs:1",
            "1! = 1",
            "2! = 2",
            "3! cancelled",
            "4! failed",
            "Audit: 4 tasks = 2 finished + 1 failed + 1 cancelled, 0 wrong",
        ]
    );
}

#[test]
fn the_result_has_the_fields_that_others_script_against() {
    let result = sample_run().result();
    assert_eq!(result["completion_order"], serde_json::json!([3, 2, 1, 4]));
    assert_eq!(result["pool"]["workers"], 2);
    assert_eq!(result["pool"]["max_queue"], 4);
    assert_eq!(result["pool"]["created_us"], 93.0);
    assert_eq!(result["pool"]["joined_us"], 25.0);
    let states: Vec<_> =
        result["results"].as_array().unwrap().iter().map(|row| &row["state"]).collect();
    assert_eq!(states, ["finished", "finished", "cancelled", "failed"]);
    assert_eq!(result["results"][1]["value"], "2");
    assert!(result["results"][2]["worker"].is_null());
    assert!(result["results"][3]["error"].as_str().unwrap().contains("set to panic"));
}

#[test]
fn findings_say_what_happened_and_what_it_cost() {
    let findings: Vec<_> =
        sample_run().findings().into_iter().map(|finding| finding.text).collect();
    assert_eq!(
        findings,
        [
            "The exception of 4! stayed in its future: all other tasks and every thread went on",
            "3! was cancelled while still pending: no worker ever took it",
            "Starting 2 threads and queueing took 93.0 µs, more than the 4 tasks computed together (2.00 µs)",
            "2! was completed before 1!, though submitted after it: a pool promises no order of completion",
            "All 2 values agree with plain multiplication, checked modulo 2^61 - 1",
        ]
    );
}

#[test]
fn workers_and_futures_are_shown_as_they_stand() {
    let state = sample_until(101);
    let scene = crate::lab::trial::scene_of::<FactorialPool>(&state, Detail::Compact);
    assert_eq!(cells(&scene, 0), ["w_0 running 1!", "w_1 running 2!"]);
    assert_eq!(
        cells(&scene, 1),
        [
            "1! running running",
            "2! running running",
            "3! cancelled cancelled 1st",
            "4! waiting pending"
        ]
    );
    let later = sample_until(121);
    assert_eq!(later.count(Status::Finished), 2);
    assert_eq!(later.count(Status::Failed), 1);
    assert!(later.workers.iter().all(|worker| worker.activity == Activity::Idle));
}

#[test]
fn workers_that_were_never_needed_are_shown_as_such() {
    let state = FactorialPool::state(&settings(&[("workers", "3")]));
    let scene = crate::lab::trial::scene_of::<FactorialPool>(&state, Detail::Compact);
    assert_eq!(cells(&scene, 0), ["w_0 idle unused", "w_1 idle unused", "w_2 idle unused"]);
}

#[test]
fn results_are_listed_in_the_order_asked_for() {
    let mut state = sample_until(1000);
    let order = |state: &State| state.in_order().iter().map(|(n, _)| *n).collect::<Vec<_>>();
    assert_eq!(order(&state), [1, 2, 3, 4]);
    state.plan.by_completion = true;
    assert_eq!(order(&state), [3, 2, 1, 4]);
}

#[test]
fn a_scene_is_bounded_however_many_tasks_there_are() {
    let state = FactorialPool::state(&settings(&[("to", "100000")]));
    let scene = crate::lab::trial::scene_of::<FactorialPool>(&state, Detail::Full);
    assert!(cells(&scene, 0).len() <= 200);
    let look = ViewOptions::default();
    assert!(sample_run().scene(Detail::Full, &look).rows.len() > 4);
}
