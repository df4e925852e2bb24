//! The figures of this lab, each with a known answer, from facts to sentences and cells.

use super::*;
use crate::kit::event::LaneId;
use crate::scene::{Activity, Body, Fate, PoolPicture};
use experiment::injection::{
    FaultOutcome, Policy, PoolSnapshot, TaskFate, WorkerActivity, WorkerSnapshot,
};
use experiment::shutdown::{ShutdownMode, ShutdownOutcome};
use findings::findings;

pub fn fresh() -> State {
    let settings = Settings::defaults(&Failures::INFO, 42, "threadbare".into(), false);
    State::new(&settings)
}

pub fn apply(state: &mut State, fact: Fact) {
    state.apply(&Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) });
}

/// Completed, failed, retried, lost.
fn outcome(fault: &'static str, policy: Policy, ledger: [usize; 4]) -> Fact {
    let [completed, failed, retried, lost] = ledger;
    Fact::Outcome(FaultOutcome {
        fault,
        completed,
        failed,
        retried,
        lost,
        waited_ms: (lost > 0).then_some(1_250.0),
        ..sample_events::outcome(policy)
    })
}

fn shutdown(mode: ShutdownMode, left: usize, took_ms: f64) -> Fact {
    Fact::Shutdown(ShutdownOutcome {
        mode,
        completed: 1,
        cancelled: 2,
        failed: 3,
        took_ms,
        left,
        note: "as asked".to_owned(),
    })
}

fn sentences(state: &State) -> Vec<String> {
    findings(state).into_iter().map(|(_, text)| text).collect()
}

/// Two faults: of each policy the second differs, so that no sum can stand for another.
fn two_faults() -> State {
    let mut state = fresh();
    for (fault, [lose, fail, supervise]) in [
        ("kill", [[21, 0, 0, 3], [13, 11, 0, 0], [23, 1, 2, 0]]),
        ("abort", [[20, 0, 0, 4], [19, 5, 0, 0], [17, 7, 0, 0]]),
    ] {
        apply(&mut state, Fact::Fault { id: fault, title: "it" });
        apply(&mut state, outcome(fault, Policy::Forget, lose));
        apply(&mut state, outcome(fault, Policy::FailAll, fail));
        apply(&mut state, outcome(fault, Policy::Retry, supervise));
    }
    state
}

#[test]
fn the_sums_over_all_faults_are_each_policys_own() {
    let all = sentences(&two_faults());
    let overall = all.last().unwrap();
    assert!(overall.starts_with("After 2 "), "{overall}");
    for part in ["lost 7 tasks", "failed 16,", "failed 8 and lost 0"] {
        assert!(overall.contains(part), "{part}: {overall}");
    }
}

#[test]
fn the_sentence_of_the_last_fault_is_made_of_its_own_ledgers() {
    let last = &sentences(&two_faults())[0];
    for part in [
        "multiprocessing.Pool: 4 tasks lost",
        "(given up here after 1.25 s)",
        "ProcessPoolExecutor: 5 tasks failed",
        "7 tasks failed and the pool continued",
    ] {
        assert!(last.contains(part), "{part}: {last}");
    }
    let mut state = two_faults();
    apply(&mut state, outcome("abort", Policy::Retry, [24, 0, 2, 0]));
    let last = &sentences(&state)[0];
    assert!(last.contains("nothing lost, 2 tasks"), "{last}");
    apply(&mut state, outcome("abort", Policy::Retry, [24, 0, 0, 0]));
    let last = &sentences(&state)[0];
    assert!(last.contains("2 retries: nothing lost. || After"), "{last}");
}

#[test]
fn processes_left_behind_are_added_up_and_weigh() {
    let mut state = fresh();
    apply(&mut state, shutdown(ShutdownMode::Drain, 2, 32.0));
    apply(&mut state, shutdown(ShutdownMode::Cancel, 3, 6.5));
    let all = findings(&state);
    let (weight, text) = all.last().unwrap();
    assert_eq!(*weight, crate::scene::Weight::Broken);
    assert_eq!(text, "5 processes were left behind.");
    assert!(all[0].1.ends_with("as asked; over after 6.50 ms."), "{all:?}");
    // A second shutdown of the same kind replaces the first.
    apply(&mut state, shutdown(ShutdownMode::Drain, 0, 1.0));
    apply(&mut state, shutdown(ShutdownMode::Cancel, 0, 1.0));
    assert_eq!(sentences(&state).last().unwrap(), "2 endings of pools left no process behind.");
}

#[test]
fn the_result_carries_each_figure_under_its_own_name() {
    let mut state = two_faults();
    apply(&mut state, shutdown(ShutdownMode::Drain, 4, 32.5));
    let result = Failures::result(&state);
    let faults = result["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 6);
    // In the order of the faults' list, whatever came first.
    assert_eq!((&faults[0]["fault"], &faults[3]["fault"]), (&"abort".into(), &"kill".into()));
    let ledger = ["completed", "failed", "retried", "lost"].map(|key| faults[5][key].as_u64());
    assert_eq!(ledger, [23, 1, 2, 0].map(Some));
    assert_eq!(
        (faults[0]["waited_ms"].as_f64(), faults[5]["waited_ms"].as_f64()),
        (Some(1_250.0), None)
    );
    let shutdown = &result["shutdowns"][0];
    let figures = ["completed", "cancelled", "failed", "left"].map(|key| shutdown[key].as_u64());
    assert_eq!(figures, [1, 2, 3, 4].map(Some));
    assert_eq!(shutdown["took_ms"].as_f64(), Some(32.5));
}

/// The picture of this pool, and its panel's note.
fn picture(pool: &PoolSnapshot) -> (PoolPicture, String) {
    let mut state = fresh();
    apply(&mut state, Fact::Pool(pool.clone()));
    let panel = scene::panels::pool_panel(&state, pool.policy);
    let Body::Pool(picture) = panel.body else { panic!("no pool") };
    (picture, panel.note.to_string())
}

#[test]
fn each_worker_is_shown_as_what_it_does_and_the_one_that_was_hit_is_marked() {
    let states = [
        (WorkerActivity::Starting, Activity::Idle, ["starting"; 2]),
        (WorkerActivity::Idle, Activity::Idle, ["idle"; 2]),
        (WorkerActivity::Task(17), Activity::Running, ["task 17"; 2]),
        (WorkerActivity::Stopped, Activity::Waiting, ["stopped"; 2]),
        (WorkerActivity::Ending, Activity::Idle, ["ending"; 2]),
        // Ended with its pool: no death.
        (WorkerActivity::Ended, Activity::Idle, ["ended"; 2]),
        (
            WorkerActivity::Dead("was killed by SIGKILL".to_owned()),
            Activity::Dead,
            ["killed by SIGKILL", "SIGKILL"],
        ),
        (
            WorkerActivity::Dead("exited with code 3".to_owned()),
            Activity::Dead,
            ["exited with code 3", "code 3"],
        ),
    ];
    for (doing, activity, state) in states {
        let mut pool = sample_events::pool(Policy::Retry);
        pool.workers = vec![WorkerSnapshot { pid: 12, activity: doing }];
        for (target_pid, is_target) in [(Some(12), true), (Some(13), false), (None, false)] {
            pool.target_pid = target_pid;
            let worker = &picture(&pool).0.workers[0];
            let texts: Vec<_> = worker.state.forms().collect();
            assert_eq!((worker.activity, &texts[..]), (activity, &state[..]));
            assert_eq!((&*worker.name, worker.is_target), ("12", is_target));
        }
    }
}

#[test]
fn of_more_workers_than_there_is_room_for_the_dead_and_then_the_latest_are_shown() {
    let shown = |dead: u32, alive: u32| {
        let mut pool = sample_events::pool(Policy::Retry);
        let dead = (0..dead).map(|n| (n, WorkerActivity::Dead("was killed".to_owned())));
        let alive = (0..alive).map(|n| (100 + n, WorkerActivity::Idle));
        let workers = alive.chain(dead);
        pool.workers = workers.map(|(pid, activity)| WorkerSnapshot { pid, activity }).collect();
        let workers = picture(&pool).0.workers.into_iter();
        workers.map(|worker| worker.name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(2, 3), "1 0 102 101 100");
    assert_eq!(shown(6, 4), "5 4 3 2 1 0 103 102");
    assert_eq!(shown(10, 4), "9 8 7 6 5 4 3 2");
}

#[test]
fn a_pool_says_how_far_it_is_how_many_died_and_how_long_it_waits() {
    let mut pool = sample_events::pool(Policy::Retry);
    assert_eq!(picture(&pool).1, "24 of 24 done");
    pool.tasks[11] = TaskFate::Failed;
    assert_eq!(picture(&pool).1, "23 done, 1 failed of 24");
    assert!(scene::panels::pool_line(&pool).to_string().ends_with("1 failed of 24  1 dead"));
    pool.waits_ms = Some(250);
    assert!(picture(&pool).1.contains("250 ms"));
    assert!(scene::panels::pool_line(&pool).to_string().contains("waits 250 ms"));
}

#[test]
fn before_the_first_fault_all_tasks_of_each_pool_wait() {
    for policy in Policy::ALL {
        let body = scene::panels::pool_panel(&fresh(), policy).body;
        let Body::Pool(PoolPicture { tasks, .. }) = body else { panic!("no pool") };
        assert_eq!(tasks.len(), 24);
        assert!(tasks.iter().all(|task| task.fate == Fate::Waiting && !task.is_target));
    }
}

#[test]
fn a_task_is_lost_once_no_worker_runs_it_and_not_before() {
    let fates = |pool: &PoolSnapshot| {
        let tasks = picture(pool).0.tasks;
        let target = tasks.iter().position(|task| task.is_target).unwrap();
        let lost = tasks.iter().filter(|task| task.fate == Fate::Lost).count();
        (target, tasks[target].fate, lost)
    };
    let mut pool = sample_events::pool(Policy::Forget);
    assert_eq!(fates(&pool), (11, Fate::Lost, 1));
    pool.waits_ms = None;
    assert_eq!(fates(&pool), (11, Fate::Running, 0));
    assert_eq!(fates(&sample_events::pool(Policy::FailAll)), (11, Fate::Failed, 0));
    assert_eq!(fates(&sample_events::pool(Policy::Retry)), (11, Fate::Done, 0));
}

#[test]
fn the_policy_and_what_was_asked_for_stay_on_the_screen() {
    let mut state = fresh();
    let shown = |state: &State| {
        let scene = Failures::scene(state, Detail::Full);
        let Body::Lines(now) = &scene.rows[0].panels[0].body else { panic!("no line") };
        (scene.badges[0].text.to_string(), now[0].to_string(), scene.rows[1].panels.len())
    };
    let progress = |asked, policy| Fact::Progress {
        what: "SIGKILL from outside".to_owned(),
        done: 7,
        of: 23,
        workers: 4,
        asked,
        policy,
    };
    apply(&mut state, progress(false, None));
    let now = "► SIGKILL from outside   part 8 of 23".to_owned();
    assert_eq!(shown(&state), ("all policies".to_owned(), now, 3));
    apply(&mut state, progress(true, Some(Policy::Retry)));
    let (badge, now, panels) = shown(&state);
    assert_eq!((&*badge, panels), ("retry (supervisor)", 1));
    assert!(now.starts_with("▸ as you asked: SIGKILL from outside "), "{now}");
}

#[test]
fn progress_and_workers_are_those_of_the_last_stage() {
    let mut state = fresh();
    for (done, of, workers) in [(1, 9, 4), (7, 8, 3)] {
        let what = format!("stage {done}");
        let (asked, policy) = (false, None);
        apply(&mut state, Fact::Progress { what, done, of, workers, asked, policy });
    }
    assert_eq!(state.progress, ("stage 7".to_owned(), 7, 8));
    assert_eq!(state.workers, 3);
}
