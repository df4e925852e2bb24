//! The report on a program: how many interleavings there are, how many of them fail and
//! how, and the simplest one that does.
//!
//! | strategy | runs | its counts are of | no failure is a proof |
//! |---|---|---|---|
//! | `All` | every state's future once | interleavings | if it is complete |
//! | `SleepSets` | one of each equivalence class | classes | if it is complete |
//! | `Random`, `Pct` | a sample | runs | never |

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
use super::search::{Limits, Method, Search, search};

/// How a program is searched. The exact ones come to an end only if the program is small
/// enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Every interleaving, each state's future once ([`Method::Merged`]). The only one that
    /// counts interleavings.
    All,
    /// This number of random runs. Needs no memory, and finds frequent failures at once; a rare
    /// one may take more runs than there is time for.
    Random { runs: u64 },
    /// This number of runs with random priorities: finds rare failures that need few
    /// orderings, `depth` of them.
    Pct { runs: u64, depth: usize },
    /// One of each class of equivalent interleavings ([`Method::SleepSets`]): finds every
    /// outcome with fewer runs, and counts none.
    SleepSets,
}

/// What a search is allowed to do: settings of the user, not of the program.
#[derive(Clone, Copy, Debug)]
pub struct SearchOptions {
    pub strategy: Strategy,
    /// Fixes the choices of the random strategies; of no effect on the others, which make none.
    pub seed: u64,
    /// Where the search ends early. The random strategies have a number of runs of their own
    /// and use only the bound on switches.
    pub limits: Limits,
}

/// What a search found. How far its figures can be trusted is said by `incomplete`: with
/// anything in it, "no failure" only means that none was met.
#[derive(Clone, Debug)]
pub struct Report {
    /// Interleavings covered to their end: counted if all are searched, run otherwise.
    /// With none of them nothing was checked.
    pub schedules: u128,
    /// Those that were cut off at the bound on steps: whether they fail is not known.
    pub cut_off: u128,
    /// Number of distinct states; 0 where they are not compared, as only a merged search does.
    pub states: usize,
    /// Runs that it took, repetitions included.
    pub runs: u64,
    /// Why not every interleaving was covered; empty if every one was.
    pub incomplete: BTreeSet<Incomplete>,
    /// Those of the covered interleavings that fail, in whatever way; `kinds` has them one by
    /// one.
    pub failures: u128,
    /// The kinds of failure with their counts, in the order in which they appeared. Their sum is
    /// `failures`.
    pub kinds: Vec<(&'static str, u128)>,
    /// The failure with the fewest switches that was found: the one that is shown.
    pub simplest: Option<Found>,
    /// Why the engine could not continue, if it could not. Then nothing else in the report is a
    /// result.
    pub fault: Option<Fault>,
}

impl Report {
    /// Whether every interleaving was covered: then, and only then, "no failure" is a
    /// proof.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }
}

/// Number of runs spent, at each number of switches, on finding the simplest failure. It
/// makes a counterexample easier to read and proves nothing, so it must not take longer
/// than the search.
const RUNS_PER_BOUND: u64 = 20_000;

/// Searches `program`, and reports to `progress` meanwhile. Returns when the search has
/// ended, or at the next step after the config's stop was requested.
pub fn run_search(
    program: &Arc<dyn Program>,
    options: SearchOptions,
    config: &Config,
    progress: &Progress,
) -> Report {
    let systematic = |method| {
        let scheduler = Search::new(method, options.limits).reporting(progress.clone());
        let outcome = search(scheduler, program, config);
        report_of_search(&outcome.scheduler, outcome.fault)
    };
    match options.strategy {
        Strategy::SleepSets => systematic(Method::SleepSets),
        Strategy::Random { runs } => {
            let mut scheduler = Random::new(options.seed, runs).within(options.limits.switches);
            scheduler.stats.progress = progress.clone();
            let outcome = explore(scheduler, Arc::clone(program), config);
            report_of_runs(outcome.scheduler.stats, runs, outcome.fault)
        }
        Strategy::Pct { runs, depth } => {
            let mut scheduler = Pct::new(options.seed, runs, depth).within(options.limits.switches);
            scheduler.stats.progress = progress.clone();
            let outcome = explore(scheduler, Arc::clone(program), config);
            report_of_runs(outcome.scheduler.stats, runs, outcome.fault)
        }
        Strategy::All => {
            let mut found = systematic(Method::Merged);
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

/// The first failure with the fewest switches: first without any, then with one more each
/// time (iterative context bounding, Musuvathi and Qadeer, 2007). `None` if there is none,
/// or none was found within the limits.
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
        let outcome = search(Search::new(Method::Merged, bounded), program, config);
        let searched = outcome.scheduler;
        // A bound that was not searched to its end makes a larger one pointless.
        let spent = searched.runs() >= bounded.runs;
        // Without any, one more switch would lead nowhere new.
        let beyond = searched.incomplete().contains(&Incomplete::PreemptionBound);
        let found = searched.into_simplest();
        let over = !beyond || spent || outcome.fault.is_some() || config.stop.requested();
        if found.is_some() || over {
            return found;
        }
    }
    None
}

/// The report of a systematic search, whose figures are of interleavings and exact as far as it
/// came.
fn report_of_search(search: &Search, fault: Option<Fault>) -> Report {
    let mut incomplete = search.incomplete();
    if fault.is_some() {
        // Alone: other reasons are consequences of the fault.
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

/// The report of random runs, of which `asked` were to be made. They are a sample, however many
/// there are.
fn report_of_runs(stats: Stats, asked: u64, fault: Option<Fault>) -> Report {
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
