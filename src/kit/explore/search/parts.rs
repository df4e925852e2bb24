//! A search that remembers no states, in parts: each begins with other first choices, so parts have
//! nothing in common and can be searched at the same time.
//!
//! ```text
//! cut at 2 steps         ○                parts, in the order of the search: aa ab ba bb
//!                    a ╱   ╲ b            each a search of its own, whose path begins with
//!                    ○       ○            choices that leave nothing else to try
//!                  a╱ ╲b   a╱ ╲b
//!                  │   │   │   │          added up in that order, so that kinds and the first
//!                                         of equally simple failures are those of one search
//! ```
//!
//! Which part a run belongs to follows from its first choices. The runs of a part are those that
//! a search of the whole makes there, as what sleeps at its beginning is known. So neither the
//! cut nor the number of threads changes any figure.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Search;
use super::node::Node;
use crate::kit::explore::baton::core_of;
use crate::kit::explore::config::{Config, Outcome};
use crate::kit::explore::counts::Counts;
use crate::kit::explore::executor::explore;
use crate::kit::explore::fault::Fault;
use crate::kit::explore::finding::{End, Finding};
use crate::kit::explore::plan::Program;
use crate::kit::explore::progress::Progress;
use crate::kit::explore::schedule::{ScheduleStep, StepSet};
use crate::kit::explore::scheduler::{Scheduler, SchedulingPoint, is_simpler};

/// Parts wanted: several for each searching thread, as their sizes differ much.
const PARTS: usize = 32;
/// Steps after which the tree is cut, at most. A program whose threads have few choices until then
/// is searched by one thread.
const DEEPEST_CUT: usize = 12;

/// Takes `search` to its end in parts, or as a whole where it cannot be divided: under a limit that
/// ends it in the middle, and where there are too few choices.
pub fn in_parts(search: Search, program: &Arc<dyn Program>, config: &Config) -> Outcome<Search> {
    let (method, limits) = (search.method, search.limits);
    let whole = limits.first_failure || limits.runs < u64::MAX;
    let Some(mut cut) = (!whole).then(|| cut(&search, program, config)).flatten() else {
        return explore(search, Arc::clone(program), config);
    };
    search.progress.report(0, 0, &Counts::default());
    let (next, paths) = (AtomicUsize::new(0), std::mem::take(&mut cut.paths));
    let found: Vec<OnceLock<Outcome<Part>>> = paths.iter().map(|_| OnceLock::new()).collect();
    let work = |number| {
        let config = Config { core: core_of(number), ..config.clone() };
        // In their order: all parts before one that ends with a fault are searched.
        while let Some((path, found)) = next_of(&next, &paths, &found) {
            let mut part = Search::new(method, limits);
            part.path.clone_from(path);
            let part = Part { search: part, progress: search.progress.clone() };
            let outcome = explore(part, Arc::clone(program), &config);
            if outcome.fault.is_some() || !outcome.scheduler.search.finished {
                next.store(paths.len(), Ordering::Relaxed);
            }
            let _ = found.set(outcome);
        }
    };
    let fault = thread::scope(|scope| {
        let work = &work;
        let start = |number| {
            let name = thread::Builder::new().name(format!("searcher-{}", number + 1));
            name.spawn_scoped(scope, move || work(number)).ok()
        };
        let others: Vec<_> = (1..config.searchers).filter_map(start).collect();
        work(0);
        let ends = others.into_iter().map(thread::ScopedJoinHandle::join);
        ends.filter_map(Result::err).map(|_| Fault::of_searcher()).next()
    });
    let mut sum = Outcome { scheduler: cut.search, runs: 0, steps: 0, fault };
    sum.scheduler.progress = search.progress;
    for found in found {
        let Some(found) = found.into_inner() else {
            // A stop, or a fault in a part before it, which is reported.
            sum.scheduler.finished = false;
            break;
        };
        sum.runs += found.runs;
        sum.steps += found.steps;
        sum.scheduler.add(&found.scheduler.search);
        if found.fault.is_some() {
            sum.fault = found.fault;
            break;
        }
    }
    sum
}

/// The next part to search, and the place for its result.
fn next_of<'a, P, F>(next: &AtomicUsize, paths: &'a [P], found: &'a [F]) -> Option<(&'a P, &'a F)> {
    // Relaxed: only the number counts, each of which one thread gets.
    let number = next.fetch_add(1, Ordering::Relaxed);
    paths.get(number).zip(found.get(number))
}

/// Cuts the tree at the first number of steps that gives enough parts. `None` if there are too few,
/// or the program cannot be run to there.
fn cut(search: &Search, program: &Arc<dyn Program>, config: &Config) -> Option<Cut> {
    for steps in 1..=DEEPEST_CUT {
        let search = Search::new(search.method, search.limits);
        let cut = Cut { search, steps, paths: Vec::new() };
        let Outcome { scheduler: mut cut, fault, .. } = explore(cut, Arc::clone(program), config);
        if fault.is_some() || config.stop.requested() {
            return None;
        }
        if cut.paths.len() >= PARTS {
            // What the cut itself has counted is counted by the parts.
            let incomplete = std::mem::take(&mut cut.search.incomplete);
            cut.search = Search { incomplete, finished: true, ..cut.search.again() };
            return Some(cut);
        }
    }
    None
}

/// Runs the first steps of every interleaving, and keeps the choices.
struct Cut {
    search: Search,
    /// Steps to take; a run may end before.
    steps: usize,
    /// The first choices of each part, in the order of the search.
    paths: Vec<Vec<Node>>,
}

impl Scheduler for Cut {
    fn begin(&mut self) -> bool {
        self.search.begin()
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        if self.search.depth == self.steps {
            self.search.decided = Some(Counts::default());
            return None;
        }
        self.search.choose(now)
    }

    fn end(&mut self, finding: &Finding<'_>) {
        if self.search.decided.is_some() || *finding.end != End::Stopped {
            let path = self.search.path.iter();
            // The other choices are those of other parts.
            let only = |node: &Node| Node { untried: StepSet::default(), ..node.clone() };
            self.paths.push(path.map(only).collect());
        }
        self.search.end(finding);
    }
}

/// The search of a part, which adds its figures to those that are reported for the whole.
struct Part {
    search: Search,
    progress: Progress,
}

impl Scheduler for Part {
    fn begin(&mut self) -> bool {
        self.search.begin()
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        self.search.choose(now)
    }

    fn end(&mut self, finding: &Finding<'_>) {
        let figures = |search: &Search| (search.totals.total, search.totals.failed());
        let before = figures(&self.search);
        self.search.end(finding);
        let now = figures(&self.search);
        self.progress.add(1, now.0 - before.0, now.1 - before.1);
    }
}

impl Search {
    /// A search of the same kind that has not begun.
    fn again(&self) -> Self {
        Self::new(self.method, self.limits)
    }

    /// Adds what a part has found, after those before it in the order of the search.
    fn add(&mut self, part: &Self) {
        let mut counts = Counts { failing: Vec::new(), ..part.totals.clone() };
        for (kind, count) in part.kinds() {
            let number = self.kinds.number(kind);
            if counts.failing.len() <= number {
                counts.failing.resize(number + 1, 0);
            }
            counts.failing[number] = count;
        }
        self.totals.add(&counts);
        self.runs += part.runs;
        self.finished &= part.finished;
        self.incomplete.extend(&part.incomplete);
        if let Some(found) = &part.simplest
            && is_simpler(found.switches, found.trace.len(), self.simplest.as_ref())
        {
            self.simplest = Some(found.clone());
        }
    }
}
