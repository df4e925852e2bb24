//! The engine's own tests: its figures are known, its methods agree, what it finds
//! can be replayed, and nothing stays behind.

pub(crate) mod brute;
mod engine;
mod figures;
mod interactive;
mod limits;
mod live;
mod parallel;
pub(crate) mod programs;
mod questions;
mod random_programs;

use std::sync::Arc;

use super::*;
use programs::{counter, list, philosophers, store_buffering};

fn search(program: &Arc<dyn Program>, method: Method) -> Search {
    search_in(program, method, Limits::default(), Memory::Sc)
}

fn search_in(program: &Arc<dyn Program>, method: Method, limits: Limits, memory: Memory) -> Search {
    let config = Config { memory, ..Config::default() };
    explored(Search::new(method, limits), program, &config)
}

/// The scheduler after an exploration that came to its own end.
fn explored<P: Scheduler>(scheduler: P, program: &Arc<dyn Program>, config: &Config) -> P {
    let outcome = explore(scheduler, Arc::clone(program), config);
    assert_eq!(outcome.fault, None);
    outcome.scheduler
}

/// Interleavings, and how many fail.
fn counted(search: &Search) -> (u128, u128) {
    assert!(search.is_complete());
    (search.totals().total, search.totals().failed())
}

#[test]
fn read_add_write_has_20_interleavings_of_which_2_keep_both_updates() {
    let found = search(&counter(2), Method::Plain);
    assert_eq!(counted(&found), (20, 18));
    assert_eq!(found.kinds().collect::<Vec<_>>(), [("lost_update", 18)]);
}

#[test]
fn the_list_fails_in_all_interleavings_but_those_that_a_lock_allows() {
    for (n, all, good) in [(2, 924, 6), (3, 48_620, 20)] {
        let unlocked = search(&list(n, false), Method::Merged);
        assert_eq!(counted(&unlocked), (all, all - good), "n = {n}");
        let locked = search(&list(n, true), Method::Merged);
        assert_eq!(counted(&locked), (good, 0), "n = {n}, locked");
    }
    let plain = search(&list(2, false), Method::Plain);
    assert_eq!(counted(&plain), (924, 918));
    let locked = search(&list(3, true), Method::Plain);
    assert_eq!(counted(&locked), (20, 0));
}

#[test]
#[ignore = "seconds in a debug build: for the release suite"]
fn the_list_of_five_has_155_117_520_interleavings_of_which_252_hold() {
    let unlocked = search(&list(5, false), Method::Merged);
    assert_eq!(counted(&unlocked), (155_117_520, 155_117_268));
    assert_eq!((unlocked.runs(), unlocked.states()), (54_064, 103_233));
    let locked = search(&list(5, true), Method::Merged);
    assert_eq!(counted(&locked), (252, 0));
}

#[test]
fn sleep_sets_run_one_of_each_class() {
    for (n, runs) in [(2, 54), (3, 522)] {
        assert_eq!(search(&list(n, false), Method::SleepSets).runs(), runs);
    }
}

#[test]
fn philosophers_deadlock_where_each_holds_one_fork() {
    let three = search(&philosophers(3, false), Method::Plain);
    assert_eq!(counted(&three), (168, 6));
    let cycle = three.simplest().map(|found| found.end.clone());
    assert!(matches!(cycle, Some(End::Deadlock { cycle }) if cycle.len() == 3));
    let four = search(&philosophers(4, false), Method::Merged);
    assert_eq!(counted(&four), (98_184, 24));
    let orderly = search(&philosophers(4, true), Method::Merged);
    assert_eq!(counted(&orderly).1, 0);
}

#[test]
fn stores_stay_behind_only_under_tso() {
    let plain = |ordered, memory| {
        let program = store_buffering(ordered);
        counted(&search_in(&program, Method::Plain, Limits::default(), memory))
    };
    assert_eq!(plain(false, Memory::Sc), (6, 0));
    assert_eq!(plain(false, Memory::Tso), (80, 18));
    assert_eq!(plain(true, Memory::Tso), (6, 0));
}

#[test]
fn plain_merged_and_sleep_set_searches_agree() {
    let programs = [
        (counter(2), Memory::Sc),
        (counter(3), Memory::Sc),
        (list(2, false), Memory::Sc),
        (list(2, true), Memory::Sc),
        (philosophers(3, false), Memory::Sc),
        (philosophers(3, true), Memory::Sc),
        (store_buffering(false), Memory::Tso),
    ];
    for (program, memory) in programs {
        let [plain, merged, asleep] = [Method::Plain, Method::Merged, Method::SleepSets]
            .map(|method| search_in(&program, method, Limits::default(), memory));
        assert_eq!(counted(&plain), counted(&merged));
        let kinds = |search: &Search| search.kinds().map(|(kind, _)| kind).collect::<Vec<_>>();
        assert_eq!(kinds(&plain), kinds(&asleep));
        assert!(asleep.runs() <= plain.runs() && merged.runs() <= plain.runs());
    }
}

#[test]
fn one_preemption_finds_the_lost_update_at_the_second_schedule() {
    let limits = Limits { switches: Some(1), first_failure: true, ..Limits::default() };
    let found = search_in(&list(3, false), Method::Plain, limits, Memory::Sc);
    assert_eq!(found.runs(), 2);
    assert_eq!(found.simplest().map(|found| found.switches), Some(1));
    assert!(!found.is_complete());
}

#[test]
fn without_preemptions_nothing_fails() {
    let limits = Limits { switches: Some(0), ..Limits::default() };
    let found = search_in(&list(3, false), Method::Plain, limits, Memory::Sc);
    assert_eq!((found.totals().total, found.totals().failed()), (2, 0));
}

#[test]
fn random_and_pct_find_it_and_repeat_it_from_their_seed() {
    let program = list(3, false);
    let random = |seed| {
        let outcome = explore(Random::new(seed, 200), Arc::clone(&program), &Config::default());
        outcome.scheduler.stats
    };
    let (one, again, other) = (random(1), random(1), random(2));
    assert!(one.failed > 150 && one.runs == 200);
    let schedule = |stats: &Stats| stats.simplest.as_ref().map(Found::schedule);
    assert_eq!((one.failed, schedule(&one)), (again.failed, schedule(&again)));
    assert_ne!((one.failed, schedule(&one)), (other.failed, schedule(&other)));
    let pct = explore(Pct::new(1, 200, 2), program, &Config::default()).scheduler;
    assert!(pct.stats.failed > 0);
}

#[test]
fn every_failure_that_is_replayed_fails_in_the_same_way_with_the_same_trace() {
    for program in [counter(2), list(2, false), philosophers(3, false)] {
        let found = search(&program, Method::Plain);
        let found = found.simplest().unwrap();
        let replay = Replay::new(found.schedule());
        let again = explore(replay, Arc::clone(&program), &Config::default()).scheduler;
        let again = again.found.unwrap();
        assert_eq!(again.end, found.end);
        let trace = |found: &Found| {
            let steps = found.trace.steps().iter();
            let lines =
                steps.map(|step| format!("{:?} {:?} {:?}", step.choice, step.op, step.seen));
            lines.collect::<Vec<_>>()
        };
        assert_eq!(trace(&again), trace(found));
    }
}

#[test]
fn a_trace_shows_every_moment_as_it_was() {
    let found = search(&counter(2), Method::Plain);
    let trace = &found.simplest().unwrap().trace;
    let first = trace.at(0);
    let count = first.find("count").unwrap();
    assert_eq!(first.state(count), &crate::kit::model::State::Atomic(0));
    assert_eq!(first.would_find(0), Some(crate::kit::model::OpResult::Value(0)));
    let last = trace.at(trace.len());
    assert_eq!(last.state(count), &crate::kit::model::State::Atomic(1));
    assert!((0..2).all(|thread| last.phase(thread) == ThreadPhase::Returned));
}

/// Three threads store their number; who comes last decides.
#[test]
fn each_kind_of_failure_has_its_own_count() {
    use crate::kit::traced_atomic::TracedAtomic;
    let program: Arc<dyn Program> = Arc::new(|| {
        let word = Arc::new(TracedAtomic::new("word", 0));
        let plan = (1..=3).fold(Plan::new(), |plan, n| {
            let word = Arc::clone(&word);
            plan.thread(("writer", n), move || {
                word.store(n.into(), std::sync::atomic::Ordering::Relaxed);
                if n == 3 {
                    crate::kit::step::local("rest");
                }
                Ok(())
            })
        });
        plan.at_end(move |_| match word.peek() {
            2 => Err(Broken::new("two", "2 came last")),
            3 => Err(Broken::new("three", "3 came last")),
            _ => Ok(()),
        })
    });
    for method in [Method::Plain, Method::Merged] {
        let found = search(&program, method);
        let mut kinds: Vec<_> = found.kinds().collect();
        kinds.sort_unstable();
        // Of 12 interleavings; the third writer's store is the last of the three in 2.
        assert_eq!(counted(&found), (12, 7), "{method:?}");
        assert_eq!(kinds, [("three", 2), ("two", 5)], "{method:?}");
    }
    let stats = explore(Random::new(1, 300), program, &Config::default()).scheduler.stats;
    let sum: u64 = stats.kinds.iter().map(|(_, count)| count).sum();
    assert_eq!((stats.kinds.len(), sum), (2, stats.failed));
}

#[test]
fn progress_ends_with_the_figures_of_the_search() {
    let progress = Progress::default();
    let scheduler = Search::new(Method::Merged, Limits::default()).reporting(progress.clone());
    let found = explore(scheduler, list(2, false), &Config::default()).scheduler;
    let now = progress.get();
    assert_eq!((now.covered, now.failed), (924, 918));
    assert_eq!(now.runs, found.runs());
    // Reported before the last states are remembered.
    assert!(now.states <= found.states() && now.states * 2 > found.states());
}
