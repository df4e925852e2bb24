use std::path::PathBuf;
use std::time::{Duration, Instant};

use dashu_int::UBig;

use super::FactorialPool;
use super::state::{Fact, Standing, State};
use crate::kit::event::{LaneEvent, LaneKind, Stamped, What};
use crate::kit::probe::{Intake, probe};
use crate::lab::{Command, Detail, Entry, Lab, Look, Run, Settings, Value};
use crate::scene::{Activity, Body, Scene};

fn settings(set: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::defaults(&FactorialPool::INFO, 1, PathBuf::from("unused"), false);
    for (key, value) in set {
        settings.set(&FactorialPool::INFO, key, value).unwrap();
    }
    settings
}

fn rehearsed() -> Box<dyn Run> {
    let set = [
        ("workers", "2"),
        ("to", "4"),
        ("fail", "4"),
        ("cancel", "3"),
    ];
    Entry::of::<FactorialPool>().rehearse(settings(&set))
}

/// The state after the rehearsal's events up to this time, in µs.
fn rehearsed_until(at_us: u64) -> State {
    let mut state = FactorialPool::state(&settings(&[]));
    let told = FactorialPool::rehearsal();
    let early = |event: &&Stamped<_>| event.at <= at_us * 1000;
    told.iter()
        .filter(early)
        .for_each(|event| state.apply(event));
    state
}

/// The first grid of a scene, as `name activity text`.
fn cells(scene: &Scene, grid: usize) -> Vec<String> {
    let bodies = scene
        .rows
        .iter()
        .flat_map(|row| &row.panels)
        .map(|panel| &panel.body);
    let grids = bodies.filter_map(|body| match body {
        Body::Grid(grid) => Some(grid),
        _ => None,
    });
    let cells = grids.skip(grid).take(1).flat_map(|grid| &grid.cells);
    cells
        .map(|cell| format!("{} {} {}", cell.name, cell.activity.word(), cell.text))
        .collect()
}

#[test]
fn the_outcome_is_the_exercises_lines_and_an_audit() {
    assert_eq!(
        rehearsed().outcome(),
        [
            "Factorial of 3 was cancelled before it started",
            "Factorial of 2 is 2",
            "Factorial of 1 is 1",
            "Factorial of 4 failed: told to fail at src/labs/factorial/engine.rs:1",
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
    let result = rehearsed().result();
    assert_eq!(result["completion_order"], serde_json::json!([3, 2, 1, 4]));
    assert_eq!(result["pool"]["workers"], 2);
    assert_eq!(result["pool"]["max_queue"], 4);
    assert_eq!(result["pool"]["created_us"], 93.0);
    assert_eq!(result["pool"]["joined_us"], 25.0);
    let states: Vec<_> = result["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["state"])
        .collect();
    assert_eq!(states, ["finished", "finished", "cancelled", "failed"]);
    assert_eq!(result["results"][1]["value"], "2");
    assert!(result["results"][2]["worker"].is_null());
    assert!(
        result["results"][3]["error"]
            .as_str()
            .unwrap()
            .contains("told to fail")
    );
}

#[test]
fn findings_say_what_happened_and_what_it_cost() {
    let findings: Vec<_> = rehearsed()
        .findings()
        .into_iter()
        .map(|finding| finding.text)
        .collect();
    assert_eq!(
        findings,
        [
            "All values agree with plain multiplication, checked modulo 2^61 - 1",
            "The panic of 4! stayed in its future: all other tasks and every thread went on",
            "3! was cancelled while still pending: no worker ever took it",
            "Starting 2 threads and queueing took 93.0 µs, the 4 tasks compute for 2.00 µs: one thread without a pool would be done before",
            "2! was completed before 1!, though submitted after it: a pool promises no order of completion",
        ]
    );
}

#[test]
fn workers_and_futures_are_shown_as_they_stand() {
    let state = rehearsed_until(101);
    let scene = FactorialPool::scene(&state, Detail::Compact);
    assert_eq!(cells(&scene, 0), ["w_0 running 1!", "w_1 running 2!"]);
    assert_eq!(
        cells(&scene, 1),
        [
            "1! running running",
            "2! running running",
            "3! cancelled cancelled",
            "4! waiting "
        ]
    );
    let later = rehearsed_until(121);
    assert_eq!(later.count(Standing::Finished), 2);
    assert_eq!(later.count(Standing::Failed), 1);
    assert!(
        later
            .workers
            .iter()
            .all(|worker| worker.activity == Activity::Idle)
    );
}

#[test]
fn workers_that_were_never_needed_are_shown_as_such() {
    let state = FactorialPool::state(&settings(&[("workers", "3")]));
    let scene = FactorialPool::scene(&state, Detail::Full);
    assert_eq!(
        cells(&scene, 0),
        [
            "w_0 idle not started",
            "w_1 idle not started",
            "w_2 idle not started"
        ]
    );
}

#[test]
fn results_are_listed_in_the_order_asked_for() {
    let mut state = rehearsed_until(1000);
    let order = |state: &State| state.in_order().iter().map(|(n, _)| *n).collect::<Vec<_>>();
    assert_eq!(order(&state), [1, 2, 3, 4]);
    state.plan.by_completion = true;
    assert_eq!(order(&state), [3, 2, 1, 4]);
}

#[test]
fn a_scene_is_bounded_however_many_tasks_there_are() {
    let state = FactorialPool::state(&settings(&[("to", "100000")]));
    let scene = FactorialPool::scene(&state, Detail::Full);
    assert!(cells(&scene, 1).len() <= 200);
    let look = Look::default();
    assert!(rehearsed().scene(Detail::Full, &look).rows.len() > 4);
}

/// Something to wait for, and its name.
type Moment = (&'static str, fn(&Ran) -> bool);

/// A real run, driven by hand.
struct Ran {
    lab: Option<FactorialPool>,
    intake: Intake<Fact>,
    state: State,
    told: Vec<Stamped<Fact>>,
}

impl Ran {
    fn start(set: &[(&str, &str)], live: bool) -> Self {
        let mut settings = settings(set);
        settings.live = live;
        let (probe, intake) = probe();
        let lab = FactorialPool::start(&settings, probe).unwrap();
        Self {
            lab: Some(lab),
            intake,
            state: FactorialPool::state(&settings),
            told: Vec::new(),
        }
    }

    fn drain(&mut self) {
        let Self {
            intake,
            state,
            told,
            ..
        } = self;
        intake.drain(usize::MAX, |event| {
            state.apply(&event);
            told.push(event);
        });
    }

    /// Folds events in until this holds.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !holds(self) {
            assert!(Instant::now() < deadline, "waited in vain for: {what}");
            self.intake.wait(Duration::from_millis(10));
            self.drain();
        }
    }

    fn command(&mut self, command: Command) {
        self.lab.as_mut().unwrap().command(command);
    }

    fn told_any(&self, wanted: impl Fn(&Fact) -> bool) -> bool {
        self.told
            .iter()
            .any(|event| matches!(&event.what, What::Fact(fact) if wanted(fact)))
    }

    /// Drops the lab; how many threads told that they began, and that they ended.
    fn end(mut self) -> (usize, usize) {
        self.lab = None;
        self.drain();
        let count = |wanted: fn(&LaneEvent) -> bool| {
            let lanes = self
                .told
                .iter()
                .filter(|event| matches!(&event.what, What::Lane(what) if wanted(what)));
            lanes.count()
        };
        (
            count(|what| {
                matches!(
                    what,
                    LaneEvent::Started {
                        kind: LaneKind::Thread { .. },
                        ..
                    }
                )
            }),
            count(|what| matches!(what, LaneEvent::Ended(_))),
        )
    }
}

/// A run from start to end.
fn ran(set: &[(&str, &str)]) -> State {
    let mut run = Ran::start(set, false);
    run.until("the end of the run", |run| run.state.finished());
    run.state
}

#[test]
fn all_values_are_those_of_the_definition() {
    let state = ran(&[("from", "0"), ("to", "200"), ("workers", "8")]);
    let mut product = UBig::ONE;
    for settled in state.settled() {
        product *= settled.n.max(1);
        assert_eq!(
            settled.value.as_deref(),
            Some(product.to_string().as_str()),
            "{}!",
            settled.n
        );
    }
    assert_eq!(state.settled().count(), 201);
    assert_eq!(state.completed.len(), 201);
    assert!(state.summary.as_ref().unwrap().wrong.is_empty());
}

#[test]
fn those_and_only_those_fail_and_are_cancelled() {
    for workers in ["1", "2", "64"] {
        let set = [
            ("to", "30"),
            ("workers", workers),
            ("fail", "4,7"),
            ("cancel", "1,9,30"),
        ];
        let state = ran(&set);
        for settled in state.settled() {
            let expected = match settled.n {
                4 | 7 => Standing::Failed,
                1 | 9 | 30 => Standing::Cancelled,
                _ => Standing::Finished,
            };
            assert_eq!(
                settled.state, expected,
                "{}! with {workers} workers",
                settled.n
            );
            assert_eq!(settled.worker.is_none(), expected == Standing::Cancelled);
            let error = format!("{}! was set to fail", settled.n);
            assert_eq!(
                settled
                    .error
                    .as_ref()
                    .is_some_and(|told| told.contains(&error)),
                expected == Standing::Failed
            );
        }
    }
}

#[test]
fn a_cancelled_task_never_starts_on_any_worker() {
    let mut run = Ran::start(&[("cancel", "1,2,3"), ("to", "5")], false);
    run.until("the end of the run", |run| run.state.finished());
    let started = run.told.iter().filter_map(|event| match &event.what {
        What::Lane(LaneEvent::TaskStarted { label, .. }) => Some(label.to_string()),
        _ => None,
    });
    let mut started: Vec<_> = started.collect();
    started.sort();
    assert_eq!(started, ["4!", "5!"]);
}

#[test]
fn times_fit_into_each_other() {
    let state = ran(&[("from", "500"), ("to", "600"), ("workers", "3")]);
    let wall = state.summary.as_ref().unwrap().wall_ns;
    for settled in state.settled() {
        let (ran, computed) = (settled.ran_ns.unwrap(), settled.computed_ns.unwrap());
        assert!(computed <= ran && ran <= wall, "{settled:?}");
    }
}

#[test]
fn a_run_stopped_at_any_moment_ends_and_leaves_no_thread() {
    let set = [("from", "30000"), ("to", "30100"), ("workers", "8")];
    let moments: [Moment; 4] = [
        ("nothing", |_| true),
        ("the round", |run| {
            run.told_any(|fact| matches!(fact, Fact::Began { .. }))
        }),
        ("all submitted", |run| {
            run.told_any(|fact| matches!(fact, Fact::Opened { .. }))
        }),
        ("a task done", |run| !run.state.completed.is_empty()),
    ];
    for (what, moment) in moments {
        let mut run = Ran::start(&set, true);
        run.until(what, moment);
        let (began, ended) = run.end();
        assert_eq!(began, ended, "stopped after {what}");
    }
}

#[test]
fn a_stop_ends_a_pause_at_once() {
    let mut run = Ran::start(&[("pace", "10s"), ("cancel", "5")], true);
    run.until("a paused worker", |run| {
        run.state
            .workers
            .iter()
            .any(|worker| worker.activity == Activity::Sleeping)
    });
    let began = Instant::now();
    let (started, ended) = run.end();
    assert_eq!(started, ended);
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "the pause was slept through"
    );
}

#[test]
fn another_number_of_workers_takes_effect_with_a_new_round() {
    let mut run = Ran::start(&[("pace", "10s")], true);
    run.until("the first round", |run| run.state.opened_ns.is_some());
    run.command(Command::Set {
        key: "workers",
        value: Value::Number(3),
    });
    run.until("the next round", |run| {
        run.state.plan.workers == 3 && run.state.opened_ns.is_some()
    });
    run.command(Command::Set {
        key: "pace",
        value: Value::Time(Duration::ZERO),
    });
    run.until("the new pace", |run| run.state.plan.pace_ns == 0);
    assert!(run.state.workers.len() <= 3);
}

#[test]
fn an_injected_failure_panics_one_task_and_no_more() {
    let mut run = Ran::start(&[("to", "20"), ("workers", "2")], true);
    run.command(Command::Press {
        id: "panic".to_owned(),
    });
    run.until("a failure", |run| {
        run.told_any(
            |fact| matches!(fact, Fact::Settled(settled) if settled.state == Standing::Failed),
        )
    });
    run.until("the round's end", |run| run.state.summary.is_some());
    let failed: Vec<_> = run
        .state
        .settled()
        .filter_map(|settled| settled.error.clone())
        .collect();
    assert_eq!(failed.len(), 1);
    assert!(
        failed[0].contains("a failure was injected"),
        "{}",
        failed[0]
    );
}

#[test]
fn what_cannot_be_done_is_refused_in_one_sentence() {
    let refused = |set: &[(&str, &str)]| {
        let (probe, _intake) = probe();
        FactorialPool::start(&settings(set), probe).unwrap_err()
    };
    assert_eq!(refused(&[("from", "11")]), "from=11 is larger than to=10");
    assert_eq!(
        refused(&[("to", "100000")]),
        "the factorials of 1 to 100000 have 21743 million digits together; 256 million are allowed"
    );
    let mut run = Ran::start(&[("from", "50"), ("to", "60")], true);
    run.command(Command::Set {
        key: "to",
        value: Value::Number(10),
    });
    run.until("the refusal", |run| run.state.refused.is_some());
    assert_eq!(run.state.plan.to, 60);
}
