//! The report on a program: how many interleavings there are, how many of them fail
//! and how, and the simplest one that does.
//!
//! Must not know what the program is about, and how the answer is shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::config::Config;
use super::executor::explore;
use super::fault::Fault;
use super::finding::Found;
use super::incomplete::Incomplete;
use super::plan::Program;
use super::progress::Progress;
use super::scheduler::{Pct, Random, Stats};
use super::search::{Limits, Method, Search};

/// How a program is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Every interleaving, each state's future once.
    All,
    /// This number of random runs.
    Random { runs: u64 },
    /// This number of runs with random priorities.
    Pct { runs: u64, depth: usize },
    /// One of each class of equivalent interleavings.
    SleepSets,
}

/// What a search is allowed to do.
#[derive(Clone, Copy, Debug)]
pub struct SearchOptions {
    pub strategy: Strategy,
    pub seed: u64,
    pub limits: Limits,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Interleavings covered to their end: counted if all are searched, run otherwise.
    /// With none of them nothing was checked.
    pub schedules: u128,
    /// Those that were cut off at the bound on steps: whether they fail is not known.
    pub cut_off: u128,
    /// Number of distinct states; 0 where they are not compared.
    pub states: usize,
    /// Runs that it took.
    pub runs: u64,
    /// Why not every interleaving was covered; empty if every one was.
    pub incomplete: BTreeSet<Incomplete>,
    pub failures: u128,
    /// Failures by kind.
    pub kinds: Vec<(&'static str, u128)>,
    /// The failure with the fewest switches that was found.
    pub simplest: Option<Found>,
    pub fault: Option<Fault>,
}

impl Report {
    /// Whether every interleaving was covered.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }
}

/// Number of runs spent, at each number of switches, on finding the simplest failure.
const RUNS_PER_BOUND: u64 = 20_000;

/// Surveys `program`, and reports to `progress` meanwhile.
pub fn run_search(
    program: &Arc<dyn Program>,
    options: SearchOptions,
    config: &Config,
    progress: &Progress,
) -> Report {
    let search = |method| {
        let scheduler = Search::new(method, options.limits).reporting(progress.clone());
        let outcome = explore(scheduler, Arc::clone(program), config);
        of_search(&outcome.scheduler, outcome.fault)
    };
    match options.strategy {
        Strategy::SleepSets => search(Method::SleepSets),
        Strategy::Random { runs } => {
            let mut scheduler = Random::new(options.seed, runs).within(options.limits.switches);
            scheduler.stats.progress = progress.clone();
            let outcome = explore(scheduler, Arc::clone(program), config);
            of_tally(outcome.scheduler.stats, runs, outcome.fault)
        }
        Strategy::Pct { runs, depth } => {
            let mut scheduler = Pct::new(options.seed, runs, depth).within(options.limits.switches);
            scheduler.stats.progress = progress.clone();
            let outcome = explore(scheduler, Arc::clone(program), config);
            of_tally(outcome.scheduler.stats, runs, outcome.fault)
        }
        Strategy::All => {
            let mut found = search(Method::Merged);
            // Only where something fails is there a simplest failure to look for.
            if found.failures > 0
                && let Some(simplest) = simplest_failure(program, &options.limits, config)
                && found.simplest.as_ref().is_none_or(|kept| simplest.is_simpler_than(kept))
            {
                found.simplest = Some(simplest);
            }
            found
        }
    }
}

/// The first failure with the fewest switches: first without any, then with one more
/// each time. `None` if there is none, or none was found within the limits.
pub fn simplest_failure(
    program: &Arc<dyn Program>,
    limits: &Limits,
    config: &Config,
) -> Option<Found> {
    for switches in 0..=limits.switches.unwrap_or(u32::MAX) {
        let bounded = Limits {
            switches: Some(switches),
            runs: limits.runs.min(RUNS_PER_BOUND),
            first_failure: true,
            ..*limits
        };
        let scheduler = Search::new(Method::Merged, bounded);
        let outcome = explore(scheduler, Arc::clone(program), config);
        let search = outcome.scheduler;
        let spent = search.runs() >= bounded.runs;
        // Without any, one more switch would lead nowhere new.
        let beyond = search.incomplete().contains(&Incomplete::PreemptionBound);
        let found = search.into_simplest();
        let over = !beyond || spent || outcome.fault.is_some() || config.stop.requested();
        if found.is_some() || over {
            return found;
        }
    }
    None
}

fn of_search(search: &Search, fault: Option<Fault>) -> Report {
    let mut incomplete = search.incomplete();
    if fault.is_some() {
        incomplete = BTreeSet::from([Incomplete::Fault]);
    }
    Report {
        schedules: search.totals().total,
        cut_off: search.totals().cut_off,
        states: search.states(),
        runs: search.runs(),
        incomplete,
        failures: search.totals().failed(),
        kinds: search.kinds().collect(),
        simplest: search.simplest().cloned(),
        fault,
    }
}

/// Random runs are a sample, however many there are.
fn of_tally(stats: Stats, asked: u64, fault: Option<Fault>) -> Report {
    let mut incomplete = BTreeSet::from([Incomplete::Sampled]);
    if fault.is_some() {
        incomplete.insert(Incomplete::Fault);
    } else if stats.runs < asked {
        incomplete.insert(Incomplete::Stopped);
    }
    if stats.cut_off > 0 {
        incomplete.insert(Incomplete::StepBound);
    }
    let kinds = stats.kinds.into_iter();
    Report {
        schedules: (stats.runs - stats.cut_off).into(),
        cut_off: stats.cut_off.into(),
        states: 0,
        runs: stats.runs,
        incomplete,
        failures: stats.failed.into(),
        kinds: kinds.map(|(kind, count)| (kind, count.into())).collect(),
        simplest: stats.simplest,
        fault,
    }
}
