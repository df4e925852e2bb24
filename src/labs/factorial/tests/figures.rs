//! Every figure of the lab against scripted facts whose answer is known.

use super::super::experiment::plan::Plan;
use super::super::facts::{Fact, Settled, Summary};
use super::super::scene::brief;
use super::*;
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, Pause, TaskOutcome, What};
use crate::kit::factorial::factorial;
use crate::kit::stop::Stop;

pub const MS: u64 = 1_000_000;

pub fn fact(state: &mut State, fact: Fact) {
    state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) });
}

pub fn lane(state: &mut State, at: u64, lane: u32, what: LaneEvent) {
    state.apply(&Stamped { at, lane: LaneId(lane), what: What::Lane(what) });
}

pub fn start(state: &mut State, number: u32) {
    let name = format!("w_{number}").into();
    let kind = LaneKind::Thread { os_tid: number };
    lane(state, 0, 10 + number, LaneEvent::Started { name, kind });
}

/// A task with figures of its own: queued 1 ms times n, ran 10, computed 100, on a core 1000.
pub fn settled(n: u32, worker: u32) -> Settled {
    let each = u64::from(n) * MS;
    Settled {
        n,
        state: Status::Finished,
        value: Some("123456789012345678901234567890".into()),
        error: None,
        worker: Some(format!("w_{worker}").into()),
        queued_ns: each,
        ran_ns: Some(10 * each),
        computed_ns: Some(100 * each),
        cpu_ns: Some(1000 * each),
    }
}

/// Tasks 1 to 5 on workers 0, 0, 0, 0 and 1, of 4 that may be started and 3 that were.
pub fn settled_round(created_ns: u64) -> State {
    let set = [("to", "5"), ("workers", "4")];
    let mut state = FactorialPool::state(&settings(&set));
    state.cores = 2;
    fact(&mut state, Fact::Pool { workers: 4 });
    let plan = state.plan.clone();
    fact(&mut state, Fact::Began { round: 3, plan });
    (0..3).for_each(|number| start(&mut state, number));
    fact(&mut state, Fact::Opened { took_ns: created_ns, made: true });
    for n in 1..=5 {
        fact(&mut state, Fact::Settled(settled(n, u32::from(n == 5))));
    }
    let summary = Summary {
        wall_ns: 6_000 * MS,
        max_queue: 4,
        wrong: Vec::new(),
        completed: vec![1, 3, 2, 4, 5],
    };
    fact(&mut state, Fact::Ended(summary));
    fact(&mut state, Fact::Joined { took_ns: 70_000 });
    state
}

fn findings(state: &State) -> Vec<String> {
    let findings = crate::lab::trial::scene_of::<FactorialPool>(state, Detail::Full).findings;
    findings.into_iter().map(|finding| finding.text.to_string()).collect()
}

/// All lines of the scene, tables as cells.
fn lines(state: &State) -> Vec<String> {
    let scene = crate::lab::trial::scene_of::<FactorialPool>(state, Detail::Full);
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let lines = panels.flat_map(|panel| match &panel.body {
        Body::Lines(lines) => lines.iter().map(ToString::to_string).collect(),
        Body::Table(table) => {
            let cells = |row: &Vec<crate::scene::Span>| {
                let cells = row.iter().map(|cell| cell.text.as_str());
                cells.collect::<Vec<_>>().join(" | ")
            };
            table.rows.iter().map(cells).collect()
        }
        _ => Vec::new(),
    });
    lines.collect()
}

#[test]
fn the_result_has_each_figure_in_its_field_and_in_microseconds() {
    let result = FactorialPool::result(&settled_round(93_500));
    let pool = serde_json::json!({
        "workers": 4,
        "started": 3,
        "created_us": 93.5,
        "tasks_us": 6_000_000.0,
        "joined_us": 70.0,
        "max_queue": 4,
    });
    assert_eq!(result["pool"], pool);
    assert_eq!(result["completion_order"], serde_json::json!([1, 3, 2, 4, 5]));
    let last = serde_json::json!({
        "n": 5,
        "value": "123456789012345678901234567890",
        "state": "finished",
        "error": null,
        "worker": "w_1",
        "queued_us": 5_000.0,
        "ran_us": 50_000.0,
        "computed_us": 500_000.0,
        "cpu_us": 5_000_000.0,
    });
    assert_eq!(result["results"][4], last);
}

#[test]
fn findings_say_who_did_how_much_and_what_the_pool_gained() {
    let found = findings(&settled_round(93_500));
    assert_eq!(
        found,
        [
            "3 workers on 2 cores: 15.0 s of computing in 6.00 s, so 2.5 cores were busy; \
             more workers than cores cannot compute faster",
            "w_0 alone took 4 of 5 tasks: no thread assigns them, each idle worker takes the next",
            "3! was completed before 2!, though submitted after it: a pool promises no order of completion",
            "Only 3 of 4 threads were started: the pool starts one when a task finds none idle",
            "All values agree with plain multiplication, checked modulo 2^61 - 1",
        ]
    );
    // 1 + 2 + 3 + 4 + 5 s of computing pay for a pool that cost as much, and for no dearer one.
    let pool_cost =
        |ns| findings(&settled_round(ns)).iter().any(|text| text.contains("Starting 3 threads"));
    assert!(!pool_cost(15_000 * MS) && pool_cost(15_000 * MS + 1));
    let dearer = findings(&settled_round(16_000 * MS));
    assert_eq!(
        dearer[0],
        "Starting 3 threads and queueing took 16.0 s, \
         more than the 5 tasks computed together (15.0 s)"
    );
}

#[test]
fn a_wrong_value_is_named_and_none_is_said_to_agree() {
    let mut state = settled_round(1);
    let summary = Summary { wrong: vec![2, 4, 5], ..state.summary.clone().unwrap() };
    fact(&mut state, Fact::Ended(summary));
    let found = findings(&state);
    assert_eq!(found[0], "2!, 4! and 1 more are wrong: plain multiplication says otherwise");
    assert!(!found.iter().any(|text| text.contains("agree")), "{found:?}");
    let audit = FactorialPool::summary(&state).pop();
    assert_eq!(
        audit.as_deref(),
        Some("Audit: 5 tasks = 5 finished + 0 failed + 0 cancelled, 3 wrong")
    );
}

#[test]
fn a_task_that_was_stopped_is_not_called_finished() {
    let mut state = settled_round(1);
    // What is known of a round that was stopped: its tasks have ended, for their workers.
    state.summary = None;
    for task in &mut state.tasks[1..] {
        task.settled = None;
    }
    let summary = FactorialPool::summary(&state);
    assert!(summary.contains(&"2! stopped".to_owned()), "{summary:?}");
    let audit = "Audit: 5 tasks = 1 finished + 0 failed + 0 cancelled + 4 stopped, 0 wrong";
    assert_eq!(summary.last().map(String::as_str), Some(audit));
    assert_eq!(FactorialPool::result(&state)["completion_order"], serde_json::json!([1]));
}

#[test]
fn rounds_of_another_pace_are_not_compared() {
    let mut state = settled_round(1);
    assert_eq!(state.gains.len(), 1);
    let plan = Plan { by_completion: true, ..state.plan.clone() };
    fact(&mut state, Fact::Changed { plan });
    assert_eq!(state.gains.len(), 1, "the order of the listing changes no time");
    let plan = Plan { pace_ns: state.plan.pace_ns + 1, ..state.plan.clone() };
    fact(&mut state, Fact::Changed { plan });
    assert!(state.gains.is_empty());
}

#[test]
fn a_value_that_is_no_number_is_shortened_too() {
    assert_eq!(brief("123456789012345678901234567890"), "12345678..7890");
    assert_eq!(brief("aéééééééééééééééééééé").chars().next(), Some('a'));
}

#[test]
fn the_screen_shows_counts_costs_orders_and_times() {
    let shown = lines(&settled_round(93_500));
    for line in [
        "pool made in 93.5 µs; tasks took 6.00 s, longest queue 4; joined in 70.0 µs",
        // 10 ms for each n: what the pauses and the computing of all took together.
        "gained    0.0 times as fast in this round; one thread needs 150 ms",
        "submitted 1! 2! 3! 4! 5!",
        "completed 1! 3! 2! 4! 5!",
        "5! | finished | 12345678..7890 | 5th | 30 | w_1 | 5.00 ms | 50.0 ms | 500 ms",
    ] {
        assert!(shown.iter().any(|shown| shown == line), "{line}\nis not in\n{shown:#?}");
    }
    let scene = |detail| crate::lab::trial::scene_of::<FactorialPool>(&settled_round(1), detail);
    assert_eq!(
        cells(&scene(Detail::Compact), 0),
        ["w_0 idle did 0", "w_1 idle did 0", "w_2 idle did 0", "w_3 idle unused"]
    );
    let panels = scene(Detail::Full).rows.into_iter().flat_map(|row| row.panels);
    let queue = panels.into_iter().find(|panel| panel.title == "Queue").unwrap();
    assert_eq!(queue.note, "0 queued, 0 running, 5 of 5 done");
}

#[test]
fn a_worker_shows_its_task_since_that_began_and_what_it_did() {
    let set = [("to", "5"), ("workers", "1"), ("pace", "10ms")];
    let mut state = FactorialPool::state(&settings(&set));
    start(&mut state, 0);
    let (task, label) = (7, "4!".into());
    lane(&mut state, 10 * MS, 10, LaneEvent::TaskStarted { task, label });
    let pause = LaneEvent::Sleeping { pause: Pause::Pace, for_ns: 9 * MS };
    lane(&mut state, 12 * MS, 10, pause);
    let scene = |state: &State, detail| crate::lab::trial::scene_of::<FactorialPool>(state, detail);
    let cell = |state: &State| cells(&scene(state, Detail::Compact), 0).remove(0);
    let queue = |state: &State| {
        let mut panels = scene(state, Detail::Full).rows.into_iter().flat_map(|row| row.panels);
        panels.find(|panel| panel.title == "Queue").unwrap().note.to_string()
    };
    lane(&mut state, 13 * MS, 99, LaneEvent::Running);
    // Three of the ten ms of its pause.
    assert_eq!(cell(&state), "w_0 sleeping 4! 0.30");
    lane(&mut state, 15 * MS, 10, LaneEvent::Running);
    assert_eq!(cell(&state), "w_0 running 4! 0.50");
    assert_eq!(queue(&state), "4 queued, 1 running, 0 of 5 done");
    let outcome = TaskOutcome::Failed { error: "boom".into() };
    lane(&mut state, 16 * MS, 10, LaneEvent::TaskEnded { task, outcome });
    assert_eq!(cell(&state), "w_0 failed 4! 1.00");
    lane(&mut state, 17 * MS, 10, LaneEvent::Idle);
    assert_eq!(cell(&state), "w_0 idle did 1");
    assert_eq!(queue(&state), "4 queued, 0 running, 1 of 5 done, 1 failed");
    for (ending, activity) in
        [(Ending::Returned, Activity::Finished), (Ending::Stopped, Activity::Cancelled)]
    {
        lane(&mut state, 18 * MS, 10, LaneEvent::Ended(ending));
        assert_eq!(state.workers[0].activity, activity);
    }
}

#[test]
fn workers_stand_in_the_order_of_their_numbers_whichever_started_first() {
    let mut state = FactorialPool::state(&settings(&[("workers", "16")]));
    for number in [10, 2, 1] {
        start(&mut state, number);
    }
    let names: Vec<_> = state.workers.iter().map(|worker| &*worker.name).collect();
    assert_eq!(names, ["w_1", "w_2", "w_10"]);
}

#[test]
fn a_worker_runs_only_with_a_task() {
    let mut state = FactorialPool::state(&settings(&[("workers", "1")]));
    start(&mut state, 0);
    lane(&mut state, 1, 10, LaneEvent::Running);
    assert_eq!(state.workers[0].activity, Activity::Idle);
    lane(&mut state, 2, 10, LaneEvent::TaskStarted { task: 1, label: "1!".into() });
    lane(&mut state, 3, 10, LaneEvent::Sleeping { pause: Pause::Pace, for_ns: 1 });
    assert_eq!(state.workers[0].activity, Activity::Sleeping);
    lane(&mut state, 4, 10, LaneEvent::Running);
    assert_eq!(state.workers[0].activity, Activity::Running);
}

#[test]
fn of_many_futures_the_first_that_runs_is_in_view() {
    let mut state = FactorialPool::state(&settings(&[("to", "500"), ("workers", "1")]));
    start(&mut state, 0);
    for n in 1..=200 {
        let label = format!("{n}!").into();
        lane(&mut state, 1, 10, LaneEvent::TaskStarted { task: n, label });
        if n < 200 {
            let outcome = TaskOutcome::Finished;
            lane(&mut state, 2, 10, LaneEvent::TaskEnded { task: n, outcome });
        }
    }
    let scene = crate::lab::trial::scene_of::<FactorialPool>(&state, Detail::Full);
    let shown = cells(&scene, 0);
    assert_eq!((&*shown[0], &*shown[50]), ("150! finished finished", "200! running running"));
    // What the grid begins with and how much of all it shows is said.
    let mut panels = scene.rows.iter().flat_map(|row| &row.panels);
    let futures = panels.find(|panel| panel.title == "Futures").unwrap();
    assert_eq!(futures.note, "150! to 349! of 500");
}

/// At 80 columns a pane has room for 78.
#[test]
fn values_and_orders_of_any_number_of_tasks_have_room_on_the_smallest_screen() {
    let texts = |to: u32, order: &str| {
        let set = [("to", to.to_string()), ("order", order.to_owned())];
        let set = set.each_ref().map(|(key, value)| (*key, value.as_str()));
        let mut state = FactorialPool::state(&settings(&set));
        for n in 1..=to {
            let value = factorial(n, &Stop::new()).unwrap().to_string();
            fact(&mut state, Fact::Settled(Settled { value: Some(value.into()), ..settled(n, 0) }));
        }
        lines(&state)
    };
    for order in ["submitted", "completed"] {
        for to in [1, 10, 12, 15, 18, 22, 50, 200, 1000] {
            let texts = texts(to, order);
            let long: Vec<_> =
                texts.iter().take(1).filter(|text| text.chars().count() > 78).collect();
            assert!(long.is_empty(), "{long:?}");
            let orders = texts
                .iter()
                .filter(|text| text.starts_with("submitted") || text.starts_with("completed"));
            let orders: Vec<_> = orders.collect();
            assert!(
                orders.len() == 2 && orders.iter().all(|text| text.chars().count() <= 56),
                "{orders:?}"
            );
        }
    }
    assert_eq!(texts(4, "submitted")[0], "as submitted  1 2 6 24");
    assert_eq!(
        texts(50, "submitted")[0],
        "as submitted  1 2 6 24 120 720 5040  and 42 more, last 30414093..0000"
    );
}
