//! The warm pool between two measurements, folded from facts and lane events.

use super::super::experiment::plan::Plan;
use super::*;
use crate::kit::event::{Ending, LaneEvent, LaneKind, TaskOutcome};
use crate::scene::{Bars, Panel};

fn round(took_ns: f64, memory_kib: &[(u32, u64)]) -> Fact {
    let (right, every_ns, memory_kib) = (true, 1_000_000_000, memory_kib.to_vec());
    Fact::WarmRun { size: 2, took_ns, right, every_ns, memory_kib }
}

fn lane(state: &mut State, lane: u32, what: LaneEvent) {
    state.apply(&Stamped { at: 0, lane: LaneId(lane), what: What::Lane(what) });
}

fn start(state: &mut State, number: u32) {
    let kind = LaneKind::Process { pid: 4_000 + number };
    lane(state, number, LaneEvent::Started { name: format!("process {number}").into(), kind });
}

fn work(state: &mut State, number: u32, tasks: u64) {
    for task in 0..tasks {
        lane(state, number, LaneEvent::TaskStarted { task, label: "square".into() });
        lane(state, number, LaneEvent::TaskEnded { task, outcome: TaskOutcome::Finished });
    }
}

fn panel(state: &State, title: &str) -> Panel {
    let scene = crate::lab::trial::scene_of::<ProcessPoolLab>(state, Detail::Full);
    let mut panels = scene.rows.into_iter().flat_map(|row| row.panels);
    panels.find(|panel| panel.title.as_str() == title).unwrap()
}

fn reuse(state: &State) -> (String, Vec<String>) {
    let panel = panel(state, "Creation against reuse");
    let Body::Bars(Bars { bars, .. }) = panel.body else { panic!("{panel:?}") };
    let bars = bars.iter().map(|bar| format!("{}: {}", bar.label, bar.figure));
    (panel.note.to_string(), bars.collect())
}

#[test]
fn the_rounds_of_a_warm_pool_are_counted_from_its_own_first() {
    let mut state = state();
    let follows = ["created each time: 4.65 ms", "created once: follows"];
    assert_eq!(reuse(&state), (String::new(), follows.map(str::to_owned).into()));
    for number in [1, 2] {
        start(&mut state, number);
    }
    apply(&mut state, round(2e6, &[]));
    apply(&mut state, round(4e6, &[]));
    let (note, bars) = reuse(&state);
    assert_eq!(note, "2 processes started once, 20 tasks");
    assert_eq!(bars[1], "created once: 3.00 ms");
    apply(&mut state, Fact::Began { plan: Plan::of(&settings(&[])) });
    apply(&mut state, round(1e6, &[]));
    let (note, bars) = reuse(&state);
    assert_eq!(note, "2 processes started once, 10 tasks");
    assert_eq!(bars, ["created each time: not measured", "created once: 1.00 ms"]);
}

#[test]
fn a_replaced_worker_is_a_further_process_and_a_new_pool_begins_again() {
    let mut state = state();
    for number in [1, 2] {
        start(&mut state, number);
    }
    lane(&mut state, 1, LaneEvent::Ended(Ending::Killed { signal: 9 }));
    start(&mut state, 3);
    assert_eq!(state.started, 3);
    for number in [2, 3] {
        lane(&mut state, number, LaneEvent::Ended(Ending::Exited { code: 0 }));
    }
    start(&mut state, 4);
    assert_eq!(state.started, 1);
}

#[test]
fn each_process_is_shown_with_its_tasks_and_its_memory() {
    let mut state = state();
    for number in [1, 2] {
        start(&mut state, number);
    }
    work(&mut state, 1, 7);
    work(&mut state, 2, 3);
    lane(&mut state, 2, LaneEvent::TaskStarted { task: 9, label: "square".into() });
    apply(&mut state, round(1e6, &[(4_002, 2_150), (4_999, 5)]));
    let Body::Table(table) = panel(&state, "Processes").body else { panic!() };
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join("|"))
        .collect();
    assert_eq!(rows, ["4001|idle    |7|-", "4002|running |3|2.1 MiB"]);
}
