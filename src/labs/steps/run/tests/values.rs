//! Figures of single moments: values of things, the thread that can be finished, what is
//! folded away, what a search has covered so far.

use std::sync::Arc;

use super::super::super::experiment::branches;
use super::super::super::experiment::search_task::{
    SearchJob, SearchResult, answer, execute, under_way,
};
use super::super::super::experiment::setup::Setup;
use super::super::super::experiment::snapshot::Snapshot;
use super::super::super::facts::{NodeEnd, TreeRow};
use super::figures::{apply, shown, state};
use super::whole::searched;
use super::*;
use crate::kit::barrier::Barrier;
use crate::kit::event_flag::Event;
use crate::kit::explore::{
    Config, Limits, Plan, Program, Progress, Replay, SearchOptions, Strategy, explore, run_search,
};
use crate::kit::rlock::RLock;
use crate::kit::semaphore::Semaphore;
use crate::kit::stop::Stop;
use crate::programs::flow::expect_ok;

#[test]
fn each_kind_of_thing_shows_its_value() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let (permits, gate) = (Semaphore::new("permits", 5), Event::new("gate"));
        let (again, meet) = (RLock::new("again"), Arc::new(Barrier::new("meet", 3)));
        let others = [(); 2].map(|()| Arc::clone(&meet));
        let first = Plan::new().thread("first", move || {
            permits.acquire()?;
            gate.set();
            again.acquire()?;
            again.acquire()?;
            expect_ok(meet.wait()).map(drop)
        });
        others.into_iter().fold(first, |plan, meet| {
            plan.thread("other", move || expect_ok(meet.wait()).map(drop))
        })
    });
    let steps = 5;
    let replay = Replay::new(vec![ScheduleStep::Thread(0); steps]);
    let replayed = explore(replay, program, &Config::default()).scheduler;
    assert_eq!(replayed.refused, None);
    let trace = replayed.found.unwrap().trace;
    let values = |steps| {
        let snapshot = Snapshot::after(&trace, steps, trace.at(steps).ready(), String::new());
        let things = snapshot.things.into_iter();
        things.map(|thing| format!("{} {}", thing.name, thing.value)).collect::<Vec<_>>()
    };
    assert_eq!(values(0), ["permits 5 left", "gate not set", "again free", "meet 0 of 3"]);
    assert_eq!(values(3), ["permits 4 left", "gate set", "again by 1 x1", "meet 0 of 3"]);
    assert_eq!(values(5), ["permits 4 left", "gate set", "again by 1 x2", "meet 1 of 3"]);
}

#[test]
fn the_thread_to_finish_is_the_last_one_or_the_only_one_that_is_ready() {
    let counter = programs::find("counter").unwrap();
    let current = |schedule: &[u8]| shown(counter, false, schedule, schedule.len()).current();
    assert_eq!(current(&[]), None);
    assert_eq!(current(&[1]), Some(1));
    assert_eq!(current(&[1, 0]), Some(0));
    assert_eq!(current(&[1, 1, 1]), Some(0));
}

#[test]
fn a_state_where_the_run_ends_is_not_folded() {
    let program = programs::find("opposite").unwrap();
    let setup = Setup { program, case: program.usual() };
    let found = execute(setup, SearchJob::All, &Progress::default(), &Stop::new());
    let SearchResult::All { tree: Some(tree), .. } = found else { panic!("no tree") };
    let rows = branches::unfold(&tree, &[ScheduleStep::Thread(0), ScheduleStep::Thread(0)]);
    // The other thread's first step deadlocks if the first has taken its own.
    let deadlock = rows.iter().find(|row| row.depth == 2 && row.thread == Some(1)).unwrap();
    assert_eq!(deadlock.end, Some(NodeEnd::Failed("deadlock".to_owned())));
    assert!(!deadlock.folded && !deadlock.on_path);
    let other = rows.iter().position(|row| row.depth == 1 && row.thread == Some(1)).unwrap();
    assert!(!rows[other].folded && rows[other].end.is_none());
    assert_eq!(rows[other + 1].depth, 2, "what lies below has room");
}

/// Forty lines, whatever there is beside the path.
#[test]
fn of_a_large_tree_only_the_levels_next_to_the_path_are_listed() {
    let program = programs::find("list").unwrap();
    let setup = Setup { program, case: program.usual() };
    let found = execute(setup, SearchJob::All, &Progress::default(), &Stop::new());
    let SearchResult::All { tree: Some(tree), .. } = found else { panic!("no tree") };
    let at_start = branches::unfold(&tree, &[]);
    assert!((20..=40).contains(&at_start.len()), "{}", at_start.len());
    let deepest = at_start.iter().map(|row| row.depth).max().unwrap();
    let is_last = |row: &TreeRow| row.depth == deepest;
    assert!(at_start.iter().all(|row| row.folded == is_last(row)), "{at_start:?}");
    let path: Vec<_> = [0, 1].repeat(3).into_iter().map(ScheduleStep::Thread).collect();
    let along = branches::unfold(&tree, &path);
    assert!(along.len() <= 40 && along.iter().filter(|row| row.on_path).count() == 7, "{along:?}");
}

#[test]
fn what_a_share_is_worth_is_said_where_some_fail() {
    let is_said = |failed| {
        let mut state = state("counter");
        apply(&mut state, Fact::Searched(searched(20, failed)));
        let findings = crate::lab::trial::scene_of::<Steps>(&state, Detail::Full).findings;
        findings.iter().any(|it| it.text.starts_with("A share of interleavings is no probability"))
    };
    assert_eq!([18, 0].map(is_said), [true, false]);
}

#[test]
fn a_search_under_way_is_reported_with_its_runs_and_what_they_cover() {
    let now = crate::kit::explore::Snapshot { runs: 1_234, states: 5, covered: 678, failed: 9 };
    let Fact::Searching { what, runs, coverage } = under_way("all", &now) else {
        panic!("not under way");
    };
    assert_eq!((what.as_str(), runs), ("all", 1_234));
    assert_eq!((coverage.total, coverage.failed, coverage.complete), (678, 9, false));
}

/// A question may be stopped after it was read and before anything was searched.
#[test]
fn an_answer_is_not_known_before_a_first_interleaving_was_covered() {
    let program = programs::find("counter").unwrap();
    let config = Config::default();
    config.stop.request();
    let options = SearchOptions { strategy: Strategy::All, seed: 0, limits: Limits::default() };
    let prepared = program.prepare(program.usual());
    let found = run_search(&prepared, options, &config, &Progress::default());
    assert_eq!(answer(&found), "not known: not one interleaving was covered to its end");
}
