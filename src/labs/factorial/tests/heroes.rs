//! The queue and the workers' chart.

use super::figures::{MS, fact, lane, start};
use super::*;
use crate::kit::event::{LaneEvent, Pause, TaskOutcome};
use crate::labs::factorial::facts::Fact;
use crate::scene::{Boxes, Gantt, Tone};

fn queue(state: &State) -> Boxes {
    let scene = crate::lab::trial::scene_of::<FactorialPool>(state, Detail::Compact);
    let mut bodies = scene.rows.into_iter().flat_map(|row| row.panels).map(|panel| panel.body);
    match bodies.next() {
        Some(Body::Boxes(boxes)) => boxes,
        other => panic!("{other:?}"),
    }
}

fn gantt(state: &State) -> Gantt {
    let scene = crate::lab::trial::scene_of::<FactorialPool>(state, Detail::Full);
    let bodies = scene.rows.into_iter().flat_map(|row| row.panels).map(|panel| panel.body);
    let mut charts = bodies.filter_map(|body| match body {
        Body::Gantt(gantt) => Some(gantt),
        _ => None,
    });
    charts.next().unwrap()
}

/// A round that begins at 100 ms, with two workers, four tasks and a pause of 10 ms.
fn round() -> State {
    let set = [("to", "4"), ("workers", "2"), ("pace", "10ms")];
    let mut state = FactorialPool::state(&settings(&set));
    lane(&mut state, 100 * MS, 99, LaneEvent::Running);
    let plan = state.plan.clone();
    let began = Fact::Began { round: 1, plan };
    state.apply(&Stamped {
        at: 100 * MS,
        lane: crate::kit::event::LaneId(0),
        what: crate::kit::event::What::Fact(began),
    });
    (0..2).for_each(|number| start(&mut state, number));
    state
}

fn begin(state: &mut State, at: u64, worker: u32, n: u64) {
    let label = format!("{n}!").into();
    lane(state, at * MS, 10 + worker, LaneEvent::TaskStarted { task: n, label });
}

#[test]
fn a_task_leaves_its_box_in_the_queue_as_a_worker_takes_it() {
    let mut state = round();
    let texts = |state: &State| {
        let slots = queue(state).slots.into_iter();
        slots.map(|slot| slot.text).collect::<Vec<_>>()
    };
    assert_eq!(texts(&state), ["1!", "2!", "3!", "4!"]);
    begin(&mut state, 101, 0, 1);
    begin(&mut state, 101, 1, 2);
    assert_eq!(texts(&state), ["", "", "3!", "4!"]);
    assert_eq!(queue(&state).caption, " 2 queued");
    assert_eq!(queue(&state).slots[2].tone, Tone::of_thread(3));
}

#[test]
fn of_very_many_tasks_the_queue_shows_those_that_wait() {
    let mut state = FactorialPool::state(&settings(&[("to", "200")]));
    for n in 1..=30 {
        fact(&mut state, Fact::Cancelled { n });
    }
    let boxes = queue(&state);
    assert_eq!((boxes.slots.len(), &*boxes.slots[0].text), (64, "31!"));
    assert_eq!(boxes.caption, " 170 queued");
}

#[test]
fn a_pause_is_shown_as_the_task_that_pauses() {
    let mut state = round();
    begin(&mut state, 101, 0, 1);
    lane(&mut state, 102 * MS, 10, LaneEvent::Sleeping { pause: Pause::Pace, for_ns: 10 * MS });
    begin(&mut state, 103, 1, 2);
    lane(&mut state, 112 * MS, 10, LaneEvent::Running);
    lane(
        &mut state,
        113 * MS,
        10,
        LaneEvent::TaskEnded { task: 1, outcome: TaskOutcome::Finished },
    );
    lane(&mut state, 114 * MS, 10, LaneEvent::Idle);
    let chart = gantt(&state);
    let tasks = |row: usize| {
        let tasks = chart.rows[row].tasks.iter();
        tasks.map(|it| (it.from / MS, it.to / MS, &*it.name, it.rests)).collect::<Vec<_>>()
    };
    assert_eq!(tasks(0), [(1, 2, "", false), (2, 12, "1!", true), (12, 13, "", false)]);
    assert_eq!(chart.rows[0].tasks[1].note, "pauses 10.0 ms");
    // Under way: until the latest event.
    assert_eq!(tasks(1), [(3, 14, "2!", false)]);
    assert_eq!((chart.from, chart.now / MS), (0, 14));
    // Two pauses one after the other, and a little more.
    assert_eq!(chart.to / MS, 25);
}

#[test]
fn the_scale_of_the_chart_changes_only_when_the_round_exceeds_it() {
    let mut state = round();
    let mut at = |ms: u64| {
        lane(&mut state, ms * MS, 99, LaneEvent::Running);
        gantt(&state).to / MS
    };
    assert_eq!([at(101), at(120), at(125), at(126), at(130), at(131)], [25, 25, 25, 30, 30, 40]);
}
