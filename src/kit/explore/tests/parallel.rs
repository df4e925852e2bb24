//! A search reports the same with any number of searching threads, whatever the program, the
//! limits and the timing; and it leaves nothing behind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::super::*;
use super::programs::{counter, list, philosophers, store_buffering};
use crate::kit::step::local;
use crate::kit::stop::Stop;
use crate::kit::traced_atomic::TracedAtomic;

const SEARCHERS: [usize; 3] = [1, 2, 4];

/// All that a search reports.
#[derive(Debug, PartialEq)]
pub struct Reported {
    totals: Counts,
    kinds: Vec<(&'static str, u128)>,
    runs: u64,
    states: usize,
    incomplete: BTreeSet<Incomplete>,
    simplest: Option<(String, End, u32)>,
    progress: Snapshot,
    fault: Option<Fault>,
}

fn reported(
    program: &Arc<dyn Program>,
    method: Method,
    limits: Limits,
    config: &Config,
) -> Reported {
    let progress = Progress::default();
    let scheduler = Search::new(method, limits).reporting(progress.clone());
    let Outcome { scheduler: found, fault, .. } = super::super::search(scheduler, program, config);
    Reported {
        totals: found.totals().clone(),
        kinds: found.kinds().collect(),
        runs: found.runs(),
        states: found.states(),
        incomplete: found.incomplete(),
        simplest: found
            .simplest()
            .map(|found| (code::encode(&found.schedule()), found.end.clone(), found.switches)),
        // After a fault no figure is a result.
        progress: if fault.is_none() { progress.get() } else { Snapshot::default() },
        fault,
    }
}

/// The same report for each number of searching threads: that of one.
pub fn agreed(
    program: &Arc<dyn Program>,
    method: Method,
    limits: Limits,
    config: &Config,
) -> Reported {
    let [one, others @ ..] = SEARCHERS.map(|searchers| {
        let config = Config { searchers, ..config.clone() };
        reported(program, method, limits, &config)
    });
    for other in others {
        assert_eq!(one, other, "{method:?}, {limits:?}");
    }
    one
}

pub fn merged(program: &Arc<dyn Program>, limits: Limits) -> Reported {
    agreed(program, Method::Merged, limits, &Config::default())
}

#[test]
fn the_known_counts_are_the_same_with_any_number_of_searching_threads() {
    let counted = |program: Arc<dyn Program>| {
        let found = merged(&program, Limits::default());
        assert_eq!((&found.incomplete, &found.fault), (&BTreeSet::new(), &None));
        (found.totals.total, found.totals.failed())
    };
    assert_eq!(counted(counter(2)), (20, 18));
    assert_eq!(counted(list(2, false)), (924, 918));
    assert_eq!(counted(list(3, false)), (48_620, 48_600));
    assert_eq!(counted(list(3, true)), (20, 0));
    assert_eq!(counted(philosophers(3, false)), (168, 6));
    assert_eq!(counted(philosophers(4, false)), (98_184, 24));
    assert_eq!(counted(philosophers(4, true)).1, 0);
    let tso = Config { memory: Memory::Tso, ..Config::default() };
    let found = agreed(&store_buffering(false), Method::Merged, Limits::default(), &tso);
    assert_eq!((found.totals.total, found.totals.failed()), (80, 18));
}

#[test]
fn the_other_methods_are_the_same_too() {
    for method in [Method::Plain, Method::SleepSets] {
        for program in [counter(2), list(2, false), philosophers(3, false), two_kinds()] {
            agreed(&program, method, Limits::default(), &Config::default());
        }
        for limits in [
            Limits { runs: 30, ..Limits::default() },
            Limits { switches: Some(2), ..Limits::default() },
            Limits { first_failure: true, ..Limits::default() },
        ] {
            agreed(&list(2, false), method, limits, &Config::default());
        }
        for step_bound in [3, 9, 11] {
            let config = Config { step_bound, ..Config::default() };
            agreed(&list(2, false), method, Limits::default(), &config);
        }
    }
    let asleep = agreed(&list(3, false), Method::SleepSets, Limits::default(), &Config::default());
    assert_eq!(asleep.runs, 522);
}

/// Four threads store their number; which one comes last decides, and the kind that a search meets
/// first is the first that it reports.
fn two_kinds() -> Arc<dyn Program> {
    Arc::new(|| {
        let word = Arc::new(TracedAtomic::new("word", 0));
        let plan = (1..=4).fold(Plan::new(), |plan, n| {
            let word = Arc::clone(&word);
            plan.thread(("writer", n), move || {
                word.store(n.into(), Relaxed);
                Ok(())
            })
        });
        plan.at_end(move |_| match word.peek() {
            2 => Err(Broken::new("two", "2 came last")),
            3 => Err(Broken::new("three", "3 came last")),
            _ => Ok(()),
        })
    })
}

#[test]
fn every_limit_cuts_off_at_the_same_place() {
    let program = list(3, false);
    for runs in [1, 4, 5, 17, 100, 500] {
        let found = merged(&program, Limits { runs, ..Limits::default() });
        assert_eq!((found.runs, found.incomplete), (runs, BTreeSet::from([Incomplete::RunLimit])));
    }
    for switches in 0..4 {
        merged(&program, Limits { switches: Some(switches), ..Limits::default() });
    }
    for states in [0, 3, 40] {
        let found = merged(&list(2, false), Limits { states, ..Limits::default() });
        assert_eq!((found.states, found.totals.total), (states, 924));
    }
    let first = Limits { first_failure: true, ..Limits::default() };
    assert_eq!(merged(&philosophers(3, false), first).totals.failed(), 1);
    for step_bound in [5, 12, 17, 18] {
        let config = Config { step_bound, ..Config::default() };
        agreed(&program, Method::Merged, Limits::default(), &config);
    }
}

#[test]
fn the_tree_is_the_same() {
    fn drawn(tree: &Tree, branch: &Branch, lines: &mut Vec<String>) {
        lines.push(format!("{branch:?}"));
        for (_, key) in &branch.choices {
            drawn(tree, tree.branch(*key).unwrap(), lines);
        }
    }
    let all = SEARCHERS.map(|searchers| {
        let config = Config { searchers, ..Config::default() };
        let scheduler = Search::new(Method::Merged, Limits::default()).keeping_tree();
        let mut found = super::super::search(scheduler, &counter(2), &config).scheduler;
        let (tree, mut lines) = (found.take_tree().unwrap(), Vec::new());
        drawn(&tree, tree.root().unwrap(), &mut lines);
        (tree.len(), lines)
    });
    assert!(all.iter().all(|drawn| *drawn == all[0]));
}

#[test]
fn the_report_with_the_simplest_failure_is_the_same() {
    for program in [list(3, false), philosophers(4, false)] {
        let all = SEARCHERS.map(|searchers| {
            let config = Config { searchers, ..Config::default() };
            let limits = Limits::default();
            let options = SearchOptions { strategy: Strategy::All, seed: 0, limits };
            let found = run_search(&program, options, &config, &Progress::default());
            (found.runs, found.states, found.simplest.map(|found| code::encode(&found.schedule())))
        });
        assert!(all.iter().all(|found| *found == all[0]), "{all:?}");
    }
}

#[test]
fn a_stop_ends_all_searching_threads_and_leaves_none() {
    let methods = [Method::Merged, Method::SleepSets];
    for (searchers, method) in SEARCHERS.into_iter().flat_map(|n| methods.map(|it| (n, it))) {
        let (stop, progress, program) = (Stop::new(), Progress::default(), list(5, false));
        let config = Config { stop: stop.clone(), searchers, ..Config::default() };
        let scheduler = Search::new(method, Limits::default()).reporting(progress.clone());
        let found = std::thread::scope(|scope| {
            let found = scope.spawn(|| super::super::search(scheduler, &program, &config));
            while progress.get().runs < 50 {
                std::thread::yield_now();
            }
            stop.request();
            found.join().unwrap()
        });
        assert_eq!(found.fault, None);
        assert_eq!(found.scheduler.incomplete(), BTreeSet::from([Incomplete::Stopped]));
        // Every thread of a program has it.
        assert_eq!(Arc::strong_count(&program), 1, "{searchers} searching threads");
    }
}

#[test]
fn a_panic_in_one_searching_thread_is_a_fault_and_leaves_no_thread() {
    let methods = [Method::Merged, Method::SleepSets];
    for (searchers, method) in SEARCHERS.into_iter().flat_map(|n| methods.map(|it| (n, it))) {
        let (instantiated, inner) = (AtomicUsize::new(0), list(3, false));
        let program: Arc<dyn Program> = Arc::new(move || {
            assert_ne!(instantiated.fetch_add(1, SeqCst), 300, "once, on any of them");
            inner.instantiate()
        });
        let found = reported(
            &program,
            method,
            Limits::default(),
            &Config { searchers, ..Config::default() },
        );
        assert!(
            matches!(&found.fault, Some(Fault::Panicked { message }) if message.contains("once")),
            "{searchers}: {:?}",
            found.fault
        );
        assert_eq!(Arc::strong_count(&program), 1, "{searchers} searching threads");
    }
}

#[test]
fn a_program_that_breaks_the_rules_is_refused_at_the_same_place() {
    let program: Arc<dyn Program> = Arc::new(|| {
        let count = Arc::new(TracedAtomic::new("count", 0));
        (0..3).fold(Plan::new(), |plan, n| {
            let count = Arc::clone(&count);
            plan.thread(("adder", n), move || {
                let seen = count.load(Relaxed);
                local("add");
                count.store(seen + 1, Relaxed);
                if n == 0 && seen == 2 {
                    TracedAtomic::new("late", 0).load(Relaxed);
                }
                Ok(())
            })
        })
    });
    for method in [Method::Merged, Method::SleepSets, Method::Plain] {
        let found = agreed(&program, method, Limits::default(), &Config::default());
        assert!(matches!(found.fault, Some(Fault::UnknownObject { .. })));
        assert!(found.runs > 10, "{method:?}");
    }
}
