//! The survey of a program: how many interleavings there are, how many of them fail
//! and how, and the simplest one that does.
//!
//! Must not know what the program is about, and how the answer is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fault::Fault;
use super::finding::Found;
use super::incomplete::Incomplete;
use super::pilot::{Pct, Random, Tally};
use super::plan::Program;
use super::progress::Progress;
use super::search::{Limits, Method, Search};
use super::table::{Config, explore};

/// How a program is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Every interleaving, each state's future once.
    All,
    /// So many random runs.
    Random { runs: u64 },
    /// So many runs by random priorities.
    Pct { runs: u64, depth: usize },
    /// One of each class of equivalent interleavings.
    SleepSets,
}

/// What a survey is allowed to do.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub strategy: Strategy,
    pub seed: u64,
    pub limits: Limits,
}

/// What a survey found.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Interleavings covered to their end: counted if all are searched, run otherwise.
    /// With none of them nothing was checked.
    pub schedules: u128,
    /// Those that were cut off at the bound on steps: whether they fail is not known.
    pub cut_off: u128,
    /// States that were told apart; 0 where none are.
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

impl Survey {
    /// Whether every interleaving was covered.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }
}

/// So many runs go into looking for the simplest failure at each number of switches.
const RUNS_PER_BOUND: u64 = 20_000;

/// Surveys `program`, and reports to `progress` meanwhile.
pub fn survey(
    program: &Arc<dyn Program>,
    order: Order,
    config: &Config,
    progress: &Progress,
) -> Survey {
    let search = |method| {
        let pilot = Search::new(method, order.limits).reporting(progress.clone());
        let outcome = explore(pilot, Arc::clone(program), config);
        of_search(&outcome.pilot, outcome.fault)
    };
    match order.strategy {
        Strategy::SleepSets => search(Method::SleepSets),
        Strategy::Random { runs } => {
            let mut pilot = Random::new(order.seed, runs).within(order.limits.switches);
            pilot.tally.progress = progress.clone();
            let outcome = explore(pilot, Arc::clone(program), config);
            of_tally(outcome.pilot.tally, runs, outcome.fault)
        }
        Strategy::Pct { runs, depth } => {
            let mut pilot = Pct::new(order.seed, runs, depth).within(order.limits.switches);
            pilot.tally.progress = progress.clone();
            let outcome = explore(pilot, Arc::clone(program), config);
            of_tally(outcome.pilot.tally, runs, outcome.fault)
        }
        Strategy::All => {
            let mut found = search(Method::Merged);
            // Only where something fails is there a simplest failure to look for.
            if found.failures > 0
                && let Some(simplest) = simplest_failure(program, &order.limits, config)
                && found
                    .simplest
                    .as_ref()
                    .is_none_or(|kept| simplest.is_simpler_than(kept))
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
        let pilot = Search::new(Method::Merged, bounded);
        let outcome = explore(pilot, Arc::clone(program), config);
        let search = outcome.pilot;
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

fn of_search(search: &Search, fault: Option<Fault>) -> Survey {
    let mut incomplete = search.incomplete();
    if fault.is_some() {
        incomplete = BTreeSet::from([Incomplete::Fault]);
    }
    Survey {
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
fn of_tally(tally: Tally, asked: u64, fault: Option<Fault>) -> Survey {
    let mut incomplete = BTreeSet::from([Incomplete::Sampled]);
    if fault.is_some() {
        incomplete.insert(Incomplete::Fault);
    } else if tally.runs < asked {
        incomplete.insert(Incomplete::Stopped);
    }
    if tally.cut_off > 0 {
        incomplete.insert(Incomplete::StepBound);
    }
    let kinds = tally.kinds.into_iter();
    Survey {
        schedules: (tally.runs - tally.cut_off).into(),
        cut_off: tally.cut_off.into(),
        states: 0,
        runs: tally.runs,
        incomplete,
        failures: tally.failed.into(),
        kinds: kinds.map(|(kind, count)| (kind, count.into())).collect(),
        simplest: tally.simplest,
        fault,
    }
}
