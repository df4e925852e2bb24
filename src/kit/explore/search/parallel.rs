//! A search on several cores, with the same results as on one. One that merges nothing is
//! divided into parts: see `parts.rs`. A merged one cannot be, as its parts have states in common:
//!
//! One thread searches: the [`Search`], which takes the choices that it would take alone, in
//! the same order, and does all counting. The others, each an [`Expander`] with threads of
//! the program and a core of its own, run ahead of it: they take steps that were not taken yet
//! and enter in the table of [`States`] where those lead. Where the search comes to such a
//! step, it reads the table instead of running the program.
//!
//! ```text
//!                  first state
//!                 ╱           ╲
//!   Search ─────▶ ○             ○ ◀───── Expanders: the oldest untried step, which is the one
//!   the newest   ╱ ╲           ╱ ╲       that the search would take last
//!   untried     ○   ○         ○   ○
//!   step        ┆   ┆         ┆   ┆
//!               runs of threads    ╲
//!                   they meet ◀─────╯ from here on the search only reads: some 0.3 us a run
//!
//!   States   key ─▶ ready, and for each step: untried, claimed, to a state, ended
//! ```
//!
//! **Why the results do not depend on timing.** The table has facts about the program only: a
//! state's key determines what is ready and where each step leads, because threads are
//! deterministic between steps. The search asks for one fact after the other, in an order that
//! follows from the facts alone. Whether it finds one in the table or has to run the threads for
//! it changes when it has the answer, and not which. What is no fact about a state (that a run
//! was cut off there, the trace of the simplest failure) is not in the table, so it is always
//! run. Totals, states, runs, kinds, the simplest failure, limits and
//! progress belong to the search, and so are those of a search on one core. An expander that
//! is late, or ends, only leaves more to run.
//!
//! **Faults.** The search ignores what stopped an expander: if the program is at fault, it comes
//! to the same place itself. A fault that only an expander met is reported at the end, since
//! then the program or the engine is not deterministic.

use std::sync::Arc;
use std::thread;

use super::expander::Expander;
use super::parts::in_parts;
use super::states::States;
use super::{Method, Search};
use crate::kit::explore::baton::core_of;
use crate::kit::explore::config::{Config, Outcome};
use crate::kit::explore::executor::explore;
use crate::kit::explore::fault::Fault;
use crate::kit::explore::plan::Program;
use crate::kit::stop::Stop;

/// Runs that a search makes alone before others help. Most searches are over by then, and would
/// only wait for threads to start.
const RUNS_ALONE: u64 = if cfg!(test) { 4 } else { 64 };

/// Takes a search to its end, as [`explore`] does, on as many cores as the config says. The results
/// are the same for any number.
pub fn search(mut search: Search, program: &Arc<dyn Program>, config: &Config) -> Outcome<Search> {
    if config.searchers < 2 {
        return explore(search, Arc::clone(program), config);
    }
    search.pause = search.runs + RUNS_ALONE;
    let alone = explore(search, Arc::clone(program), config);
    let found = &alone.scheduler;
    if alone.fault.is_some() || found.finished || found.runs < found.pause {
        return alone;
    }
    search = Search { pause: u64::MAX, ..alone.scheduler };
    if search.method != Method::Merged {
        return in_parts(search, program, config);
    }
    let mut outcome = with_expanders(search, program, config);
    outcome.runs += alone.runs;
    outcome.steps += alone.steps;
    outcome
}

/// The same beside expanders, which end with it.
fn with_expanders(
    mut search: Search,
    program: &Arc<dyn Program>,
    config: &Config,
) -> Outcome<Search> {
    let stop = config.stop.child();
    let states = Arc::clone(&search.states);
    let (switches, most) = (search.limits.switches, search.limits.states);
    search.beside_others = Some(config.stop.clone());
    let pinned = |number| Config { core: core_of(number), ..config.clone() };
    thread::scope(|scope| {
        let expand = |number| {
            let config = Config { stop: stop.clone(), ..pinned(number) };
            let expander = Expander::new(Arc::clone(&states), switches, most);
            let name = thread::Builder::new().name(format!("searcher-{}", number + 1));
            let work = move || explore(expander, Arc::clone(program), &config).fault;
            // One that the system refuses leaves more to the others.
            name.spawn_scoped(scope, work).ok()
        };
        let expanders: Vec<_> = (1..config.searchers).filter_map(expand).collect();
        let end = EndOfSearch { stop: &stop, states: &states };
        let mut outcome = explore(search, Arc::clone(program), &pinned(0));
        drop(end);
        for expander in expanders {
            let fault = expander.join().unwrap_or_else(|_| Some(Fault::of_searcher()));
            let fault = fault.filter(|fault| !matches!(fault, Fault::NoThread { .. }));
            outcome.fault = outcome.fault.or(fault);
        }
        outcome
    })
}

/// Ends the expanders when the search is over, and also if it panics: each is in a run, or waits
/// for a step to try.
struct EndOfSearch<'a> {
    stop: &'a Stop,
    states: &'a States,
}

impl Drop for EndOfSearch<'_> {
    fn drop(&mut self) {
        self.stop.request();
        self.states.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::explore::search::Limits;
    use crate::kit::explore::tests::programs::list;

    /// Waits until an expander waits for an untried step, of which there are none then.
    fn until_all_are_tried(states: &States) {
        while !states.waits() {
            thread::yield_now();
        }
    }

    #[test]
    fn what_an_expander_has_run_is_only_read() {
        let (program, config) = (list(3, false), Config::default());
        let mut search = Search::new(Method::Merged, Limits::default());
        search.pause = 1;
        let mut search = explore(search, Arc::clone(&program), &config).scheduler;
        search.pause = u64::MAX;
        let states = Arc::clone(&search.states);
        search.beside_others = Some(Stop::new());
        thread::scope(|scope| {
            let expander = Expander::new(Arc::clone(&states), None, usize::MAX);
            let expand = || explore(expander, Arc::clone(&program), &Config::default());
            let expanding = scope.spawn(expand);
            until_all_are_tried(&states);
            let found = explore(search, Arc::clone(&program), &Config::default());
            assert_eq!(found.fault, None);
            states.close();
            let expanded = expanding.join().unwrap();
            // The first run was made before; and again only failures that are the simplest so far.
            assert_eq!(expanded.runs + 1, found.scheduler.runs());
            assert!(found.runs < 4, "{}", found.runs);
            let totals = found.scheduler.totals();
            assert_eq!((totals.total, totals.failed()), (48_620, 48_600));
        });
    }
}
