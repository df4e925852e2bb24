//! Searches that are bounded, limited or cut off: what they claim is what they covered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::super::*;
use super::brute::BruteForce;
use super::programs::{counter, list, philosophers, store_buffering};
use super::{explored, search_in};
use crate::kit::explore::query::{Query, asking, first_state};
use crate::kit::traced_atomic::TracedAtomic;

fn small() -> Vec<(Arc<dyn Program>, Memory)> {
    vec![
        (counter(2), Memory::Sc),
        (list(1, false), Memory::Sc),
        (list(2, false), Memory::Sc),
        (list(2, true), Memory::Sc),
        (philosophers(2, false), Memory::Sc),
        (philosophers(3, false), Memory::Sc),
        (store_buffering(false), Memory::Tso),
    ]
}

/// A reduction under a bound may miss a failure within the bound, so there is none.
#[test]
fn all_searches_find_the_same_within_a_bound() {
    for (program, memory) in small() {
        let config = Config { memory, ..Config::default() };
        let brute = explored(BruteForce::default(), &program, &config);
        for bound in 0..=4 {
            let limits = Limits { switches: Some(bound), ..Limits::default() };
            for method in [Method::Plain, Method::Merged, Method::SleepSets] {
                let found = search_in(&program, method, limits, memory);
                let counts = (found.totals().total, found.totals().failed());
                assert_eq!(counts, brute.within(bound), "{method:?}, bound {bound}");
                let whole = counts == brute.within(u32::MAX);
                assert_eq!(found.is_complete(), whole, "{method:?}, bound {bound}");
            }
        }
    }
}

#[test]
fn random_runs_keep_to_the_bound() {
    for bound in 0..=2 {
        let limits = Limits { switches: Some(bound), ..Limits::default() };
        for strategy in [Strategy::Random { runs: 200 }, Strategy::Pct { runs: 200, depth: 4 }] {
            let options = SearchOptions { strategy, seed: 3, limits };
            let program = list(3, false);
            let found = run_search(&program, options, &Config::default(), &Progress::default());
            let most = found.simplest.map(|found| found.switches);
            assert!(most.is_none_or(|most| most <= bound), "{strategy:?}");
            assert_eq!(found.failures > 0, bound > 0, "{strategy:?}, bound {bound}");
        }
    }
}

/// What is asleep was covered before, so a limit on runs cuts nothing off unseen: as many
/// runs with sleep sets find at least what they find without.
#[test]
fn sleep_sets_under_a_limit_find_what_the_plain_search_finds() {
    for (program, memory) in small() {
        for runs in 1..60 {
            let limits = Limits { runs, ..Limits::default() };
            let kinds = |method| {
                let found = search_in(&program, method, limits, memory);
                let kinds = found.kinds().map(|(kind, _)| kind);
                kinds.collect::<BTreeSet<_>>()
            };
            assert!(kinds(Method::SleepSets).is_superset(&kinds(Method::Plain)));
        }
    }
}

/// A thread that looks at a word for ever, beside one that ends.
fn spinner() -> Arc<dyn Program> {
    Arc::new(|| {
        let word = Arc::new(TracedAtomic::new("word", 0));
        let written = Arc::clone(&word);
        let plan = Plan::new().thread("spinner", move || {
            loop {
                word.load(Relaxed);
            }
        });
        plan.thread("writer", move || {
            written.store(1, Relaxed);
            Ok(())
        })
    })
}

fn short() -> Config {
    Config { step_bound: 5, ..Config::default() }
}

fn searched(program: &Arc<dyn Program>, strategy: Strategy, config: &Config) -> Report {
    let options = SearchOptions { strategy, seed: 1, limits: Limits::default() };
    run_search(program, options, config, &Progress::default())
}

#[test]
fn runs_that_are_cut_off_are_no_interleavings_that_hold() {
    let all = searched(&spinner(), Strategy::All, &short());
    assert_eq!((all.schedules, all.failures, all.cut_off), (0, 0, 6));
    assert_eq!(all.incomplete, BTreeSet::from([Incomplete::StepBound]));
    let random = searched(&spinner(), Strategy::Random { runs: 7 }, &short());
    assert_eq!((random.schedules, random.cut_off, random.runs), (0, 7, 7));
    assert!(random.incomplete.contains(&Incomplete::StepBound));
}

#[test]
fn the_search_for_the_simplest_failure_ends_where_every_run_is_cut_off() {
    assert!(simplest_failure(&spinner(), &Limits::default(), &short()).is_none());
}

#[test]
fn the_tree_reports_where_runs_are_cut_off_and_what_is_not_final() {
    let scheduler = Search::new(Method::Merged, Limits::default()).keeping_tree();
    let mut search = explored(scheduler, &spinner(), &short());
    let tree = search.take_tree().unwrap();
    let root = tree.root().unwrap();
    assert_eq!((root.total, root.complete), (0, false));
    let end = tree.at(&[ScheduleStep::Thread(0); 5]).unwrap();
    assert_eq!((end.end, end.total), (Some(Leaf::CutOff), 0));
}

#[test]
fn what_held_for_a_moment_is_found_in_a_run_that_is_cut_off() {
    let program = spinner();
    let model = first_state(&program, &short()).unwrap().unwrap();
    let query = Query::read("ever word == 1", &model).unwrap();
    let found = searched(&asking(program, query), Strategy::All, &short());
    // All but the one in which the writer never goes.
    assert_eq!((found.failures, found.cut_off), (5, 1));
}

#[test]
fn each_limit_is_named() {
    let why = |limits| {
        let found = search_in(&list(2, false), Method::Merged, limits, Memory::Sc);
        found.incomplete().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(why(Limits::default()), []);
    let runs = Limits { runs: 3, ..Limits::default() };
    assert_eq!(why(runs), [Incomplete::RunLimit]);
    let switches = Limits { switches: Some(1), ..Limits::default() };
    assert_eq!(why(switches), [Incomplete::PreemptionBound]);
    let first = Limits { first_failure: true, ..Limits::default() };
    assert_eq!(why(first), [Incomplete::FirstFailure]);
    let config = Config::default();
    config.stop.request();
    let stopped = searched(&list(2, false), Strategy::All, &config);
    assert_eq!(stopped.incomplete, BTreeSet::from([Incomplete::Stopped]));
}

#[test]
fn a_schedule_that_cannot_be_taken_reports_which_step_and_why() {
    let refused = |program: Arc<dyn Program>, schedule: &str| {
        let schedule = code::decode(schedule).unwrap();
        let scheduler = explore(Replay::new(schedule), program, &Config::default()).scheduler;
        scheduler.refused.map(|refused| refused.to_string())
    };
    let why = |schedule| refused(philosophers(2, false), schedule).unwrap();
    assert_eq!(why("c"), "step 1 cannot be taken: there is no thread 3");
    assert_eq!(why("aA"), "step 2 cannot be taken: philosopher[0] has no store in its buffer");
    assert_eq!(
        why("aaba"),
        "step 3 cannot be taken: philosopher[1] is blocked before `acquire fork[1]`"
    );
    assert_eq!(why("a5"), "step 5 cannot be taken: philosopher[0] has ended");
    assert_eq!(why("a4b5"), "step 9 cannot be taken: the run has ended");
    assert_eq!(refused(philosophers(2, false), "a4b4"), None);
}
