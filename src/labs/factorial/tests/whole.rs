//! All that is shown and described of scripted rounds, figure by figure.

use super::super::facts::{Fact, Settled, Summary};
use super::super::settings::FactorialCommand;
use super::figures::{MS, fact, lane, settled, settled_round, start};
use super::*;
use crate::kit::event::{LaneEvent, LaneId, Pause, TaskOutcome, What};
use crate::lab::{ActionKind, Key};
use crate::scene::written;

/// Tasks 3 to 13 of five workers: 9 and 11 fail, 5 is cancelled, in the order of completion,
/// with figures of their own; the round rests and another failure is armed.
fn busy_round() -> State {
    let set = [
        ("from", "3"),
        ("to", "13"),
        ("workers", "5"),
        ("order", "completed"),
        ("fail", "9,11,99"),
        ("cancel", "5,98"),
    ];
    let mut state = FactorialPool::state(&settings(&set));
    (state.cores, state.live) = (2, true);
    fact(&mut state, Fact::Pool { workers: 5 });
    let plan = state.plan.clone();
    fact(&mut state, Fact::Began { round: 7, plan });
    for number in [2, 0, 3, 1] {
        start(&mut state, number);
    }
    fact(&mut state, Fact::Cancelled { n: 5 });
    let (took_ns, made) = (123_000, true);
    fact(&mut state, Fact::Opened { took_ns, made });
    for n in 3..=13 {
        let worker = [0, 1, 2, 3][n as usize % 4];
        let done = settled(n, worker);
        let without = Settled { value: None, computed_ns: None, cpu_ns: None, ..done.clone() };
        let task = match n {
            5 => Settled { state: Status::Cancelled, worker: None, ran_ns: None, ..without },
            9 | 11 => Settled {
                state: Status::Failed,
                error: Some(format!("panic {n}").into()),
                ..without
            },
            _ => done,
        };
        fact(&mut state, Fact::Settled(task));
    }
    let summary = Summary {
        wall_ns: 4_000 * MS,
        max_queue: 9,
        wrong: vec![6],
        completed: vec![5, 3, 4, 7, 6, 8, 9, 10, 12, 11, 13],
    };
    fact(&mut state, Fact::Ended(summary));
    fact(&mut state, Fact::Joined { took_ns: 45_000 });
    let for_ns = 1_500 * MS;
    fact(&mut state, Fact::RoundPause { for_ns });
    fact(&mut state, Fact::Armed);
    state
}

#[test]
fn the_whole_of_a_round_that_is_over() {
    let state = busy_round();
    for (name, detail) in [("full", Detail::Full), ("compact", Detail::Compact)] {
        insta::assert_snapshot!(
            name,
            written(&crate::lab::trial::scene_of::<FactorialPool>(&state, detail))
        );
    }
    let result = FactorialPool::result(&state);
    insta::assert_snapshot!("result", serde_json::to_string_pretty(&result).unwrap());
    insta::assert_snapshot!("outcome", FactorialPool::summary(&state).join("\n"));
}

/// Workers in each state, a pause, tasks that wait: three of nine threads were started.
#[test]
fn the_whole_of_a_round_under_way() {
    let set = [("from", "4"), ("to", "9"), ("workers", "9"), ("pace", "2ms")];
    let mut state = FactorialPool::state(&settings(&set));
    let plan = state.plan.clone();
    fact(&mut state, Fact::Began { round: 2, plan });
    (0..3).for_each(|number| start(&mut state, number));
    let begin = |n: u64| LaneEvent::TaskStarted { task: n, label: format!("{n}!").into() };
    lane(&mut state, 10 * MS, 10, begin(4));
    lane(&mut state, 11 * MS, 11, begin(5));
    lane(&mut state, 12 * MS, 12, begin(6));
    let pause = LaneEvent::Sleeping { pause: Pause::Pace, for_ns: 2 * MS };
    lane(&mut state, 13 * MS, 11, pause);
    let outcome = TaskOutcome::Lost { cause: "gone".into() };
    let ended = LaneEvent::TaskEnded { task: 6, outcome };
    lane(&mut state, 14 * MS, 12, ended);
    // An event of a worker that comes late does not turn the time back.
    lane(&mut state, 12 * MS, 12, LaneEvent::Idle);
    for (name, detail) in [("under_way_full", Detail::Full), ("under_way_compact", Detail::Compact)]
    {
        insta::assert_snapshot!(
            name,
            written(&crate::lab::trial::scene_of::<FactorialPool>(&state, detail))
        );
    }
}

/// The story: each fact in its words and its tone.
#[test]
fn the_whole_story_of_a_round() {
    let state = busy_round();
    let plan = state.plan.clone();
    let summary = state.summary.clone().unwrap();
    let facts = [
        Fact::Pool { workers: 1 },
        Fact::Pool { workers: 6 },
        Fact::Began { round: 4, plan: plan.clone() },
        Fact::Cancelled { n: 5 },
        Fact::Ended(summary),
        Fact::Joined { took_ns: 72_000 },
        Fact::Armed,
        Fact::NotRun { what: "9 threads".into(), why: "too many".into() },
        Fact::Opened { took_ns: 1, made: true },
        Fact::Settled(settled(3, 0)),
        Fact::RoundPause { for_ns: 1 },
        Fact::Changed { plan },
        Fact::Tick,
    ];
    let described: Vec<_> = facts
        .into_iter()
        .map(|fact| {
            let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
            match FactorialPool::describe(&state, &event) {
                Some(sentence) => format!("{} <{:?}>", sentence.text, sentence.tone),
                None => "-".to_owned(),
            }
        })
        .collect();
    assert_eq!(
        described,
        [
            "made a pool of up to 1 thread <Dim>",
            "made a pool of up to 6 threads <Dim>",
            "Round 4: 11 tasks, 3! to 13! <Plain>",
            "cancelled 5! while it was pending: no worker will take it <Dim>",
            "Round 7 over: the tasks took 4.00 s <Good>",
            "joined all threads in 72.0 µs <Dim>",
            "The next task that starts will raise an exception <Caution>",
            "9 threads could not be run: too many <Caution>",
            "-",
            "-",
            "-",
            "-",
            "-",
        ]
    );
}

/// What another round, another pool and another setting leave behind, and what not.
#[test]
fn a_new_round_forgets_the_last_and_a_new_pool_its_threads() {
    let mut state = busy_round();
    fact(&mut state, Fact::NotRun { what: "5 threads".into(), why: "no".into() });
    assert!(state.finished() != state.live && state.armed);
    assert_eq!(state.pause_ns, Some(1_500 * MS));
    // Another setting is no new round.
    let mut plan = state.plan.clone();
    plan.pace_ns = 3 * MS;
    fact(&mut state, Fact::Changed { plan: plan.clone() });
    assert_eq!(state.plan.pace_ns, 3 * MS);
    assert_eq!(state.completed.len(), 11);
    plan.to = 8;
    fact(&mut state, Fact::Began { round: 8, plan });
    assert_eq!((state.round, state.tasks.len(), state.count(Status::Pending)), (8, 6, 6));
    assert!(state.completed.is_empty() && state.summary.is_none() && !state.opened);
    assert!(state.pause_ns.is_none() && state.not_run.is_empty());
    // The same pool goes on: nothing was made, so what that took stays what it was.
    let (took_ns, made) = (7, false);
    fact(&mut state, Fact::Opened { took_ns, made });
    assert_eq!((state.created_ns, state.workers.len()), (Some(123_000), 4));
    // A failure disarms the next one; an end that was reported twice changes nothing.
    let begin = LaneEvent::TaskStarted { task: 1, label: "4!".into() };
    lane(&mut state, 1, 10, begin);
    let failed = || TaskOutcome::Failed { error: "x".into() };
    let end = |outcome| LaneEvent::TaskEnded { task: 1, outcome };
    assert!(state.armed);
    lane(&mut state, 2, 10, end(failed()));
    assert!(!state.armed);
    lane(&mut state, 3, 10, end(TaskOutcome::Finished));
    assert_eq!((&*state.completed, state.count(Status::Failed)), (&[4][..], 1));
    fact(&mut state, Fact::Pool { workers: 2 });
    assert!(state.workers.is_empty() && state.joined_ns.is_none());
}

/// Of many, the stretch that is worked at: a quarter of what is shown before it.
#[test]
fn of_many_tasks_those_are_shown_that_are_worked_at() {
    let shown = |done: u32| {
        let mut state = FactorialPool::state(&settings(&[("from", "11"), ("to", "1010")]));
        for n in 11..11 + done {
            fact(&mut state, Fact::Cancelled { n });
        }
        let scene = crate::lab::trial::scene_of::<FactorialPool>(&state, Detail::Full);
        let all = cells(&scene, 0);
        let word = |cell: &String| cell.split(' ').next().unwrap().to_owned();
        let grid = (all.len(), word(&all[0]), word(&all[all.len() - 1]));
        let whole = written(&scene);
        let order = |title: &str| {
            let line = whole.lines().find(|line| line.contains(title)).unwrap();
            let all: Vec<_> = line.split_whitespace().skip(1).map(str::to_owned).collect();
            (all.len(), all.first().cloned(), all.last().cloned())
        };
        (grid, order("submitted<Dim>"), order("completed<Dim>"))
    };
    let some = |text: &str| Some(text.to_owned());
    let grid = |first: &str, last: &str| (200, first.to_owned(), last.to_owned());
    assert_eq!(
        shown(20),
        (
            grid("11!", "210!"),
            (7, some("24!"), some("30!")),
            (7, some("24!<Good>"), some("30!<Good>")),
        )
    );
    // 11 + 300 is the first open one, and 50 before it are shown.
    assert_eq!(
        shown(300),
        (
            grid("261!", "460!"),
            (7, some("304!"), some("310!")),
            (7, some("304!<Good>"), some("310!<Good>")),
        )
    );
    assert_eq!(shown(990).0, grid("811!", "1010!"));
    // All are over: the last ones stay.
    assert_eq!(shown(1000).0, grid("811!", "1010!"));
}

#[test]
fn values_of_up_to_21_digits_are_written_out() {
    use super::super::scene::brief;
    use crate::scene::units::plural;
    assert_eq!(brief("123456789012345678901"), "123456789012345678901");
    assert_eq!(brief("1234567890123456789012"), "12345678..9012");
    assert_eq!([0, 1, 2].map(|n| plural(n, "task")), ["0 tasks", "1 task", "2 tasks"]);
    assert_eq!([1, 2].map(|n| plural(n, "switch")), ["1 switch", "2 switches"]);
}

/// Each finding appears from its bound on, and not below.
#[test]
fn findings_begin_at_their_bounds() {
    let described = |change: fn(&mut State)| {
        let mut state = settled_round(1);
        change(&mut state);
        written(&crate::lab::trial::scene_of::<FactorialPool>(&state, Detail::Full))
    };
    let more_workers_than_cores = "workers on ";
    assert!(described(|_| {}).contains("3 workers on 2 cores"));
    assert!(described(|state| state.cores = 1).contains("3 workers on 1 core:"));
    assert!(!described(|state| state.cores = 3).contains(more_workers_than_cores));
    assert!(!described(|state| state.plan.pace_ns = 1).contains(more_workers_than_cores));
    let cpu = |state: &mut State, ns: u64| {
        for task in &mut state.tasks {
            task.settled.as_mut().unwrap().cpu_ns = Some(ns);
        }
    };
    let mut state = settled_round(1);
    cpu(&mut state, 400_000);
    let text =
        |state: &State| written(&crate::lab::trial::scene_of::<FactorialPool>(state, Detail::Full));
    assert!(text(&state).contains("2.00 ms of computing in 6.00 s, so 0.0 cores"));
    cpu(&mut state, 399_999);
    assert!(!text(&state).contains(more_workers_than_cores));
    // Four of five by one, three of five, and half of six.
    let by = |owners: &[u32]| {
        let mut state = settled_round(1);
        let mut plan = state.plan.clone();
        plan.to = u32::try_from(owners.len()).unwrap();
        fact(&mut state, Fact::Began { round: 1, plan });
        for (n, owner) in (1..).zip(owners) {
            fact(&mut state, Fact::Settled(settled(n, *owner)));
        }
        fact(&mut state, Fact::Ended(Summary::default()));
        let text = text(&state);
        let alone = text.lines().find(|line| line.contains(" alone took "));
        alone.map(|line| line.split(':').nth(1).unwrap().trim().to_owned())
    };
    assert_eq!(by(&[2, 2, 1, 2, 0]).as_deref(), Some("w_2 alone took 3 of 5 tasks"));
    assert_eq!(by(&[2, 2, 1, 2, 0, 1]), None, "a half");
    assert_eq!(by(&[2, 2, 2, 2]), None, "few");
    let mut alone = settled_round(1);
    alone.workers.truncate(1);
    assert!(!text(&alone).contains(" alone took "));
    let mut refused = settled_round(1);
    fact(&mut refused, Fact::NotRun { what: "4 threads".into(), why: "no".into() });
    assert!(!text(&refused).contains("Only 3 of 4"));
    // A cancelled task overtook no other.
    let mut cancelled = settled_round(1);
    cancelled.tasks[2].status = Status::Cancelled;
    assert!(!text(&cancelled).contains("completed before"));
}

#[test]
fn settings_are_read_into_their_places() {
    let set = [
        ("workers", "3"),
        ("from", "4"),
        ("to", "9"),
        ("order", "completed"),
        ("pace", "5ms"),
        ("fail", "6,7"),
        ("cancel", "8"),
    ];
    let plan = FactorialPool::state(&settings(&set)).plan;
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(
        json,
        r#"{"workers":3,"from":4,"to":9,"by_completion":true,"pace_ns":5000000,"fail":[6,7],"cancel":[8]}"#
    );
    assert!(!FactorialPool::state(&settings(&[])).plan.by_completion);
}

#[test]
fn the_key_of_a_failure() {
    let actions = FactorialPool::actions(&busy_round());
    assert_eq!(actions.len(), 1);
    let action = &actions[0];
    assert_eq!((action.key, &*action.label), (Key::Char('x'), "exception in the next task"));
    assert!(matches!(action.kind, ActionKind::Press(FactorialCommand::PanicInNextTask)));
}
