//! Searches beside the run that the user steps through: how many interleavings fail, the
//! simplest one that does, whether the repair holds, and answers to queries.
//!
//! ```text
//! All    search, keeping the tree ─▶ counts ─▶ simplest failure ─▶ search of the repaired version
//! Ask    first state ─▶ read the query ─▶ search of asking(program) ─▶ reply and schedule
//! ```

use super::super::facts::{Coverage, Fact, QueryReply, Searched};
use super::setup::Setup;
use crate::kit::explore::give_back;
use crate::kit::explore::query::{Query, asking, first_state};
use crate::kit::explore::{
    Config, Fault, Limits, Method, Progress, Refused, Replay, Report, ScheduleStep, Search,
    SearchOptions, Snapshot, Strategy, Tree, explore, run_search, search, simplest_failure,
};
use crate::kit::stop::Stop;
use crate::scene::units;

/// What to search for: what fails, or a question of the user.
pub enum SearchJob {
    All,
    /// An expression over the program's things and threads, as it was typed; see
    /// [`Query`].
    Ask(String),
}

/// What a search found. Sent back to the program run, which shows it and takes the schedule.
pub enum SearchResult {
    All {
        searched: Searched,
        tree: Option<Tree>,
        /// The schedule of the simplest failure, for the key that shows it; empty if none
        /// fails.
        best: Vec<ScheduleStep>,
    },
    Answer {
        reply: QueryReply,
        /// A schedule on which it holds; empty if there is none.
        schedule: Vec<ScheduleStep>,
    },
    NoAnswer {
        why: String,
    },
}

/// Runs the search on the calling thread, until it is complete or `stop` is requested: then it
/// says what was covered. `progress` can be read by another thread meanwhile.
pub fn execute(
    setup: Setup,
    search_job: SearchJob,
    progress: &Progress,
    stop: &Stop,
) -> SearchResult {
    let config = Config { memory: setup.case.memory, stop: stop.clone(), ..Config::default() };
    let found = match search_job {
        SearchJob::All => all(setup, progress, &config),
        SearchJob::Ask(question) => ask(setup, question, progress, &config),
    };
    // A search remembers every state that it met, on threads that have ended by now.
    give_back();
    found
}

/// Why a schedule could not be run: the system or the program failed, a step does not fit, or the
/// exploration was stopped before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReplayed {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("it was not run")]
    NotRun,
}

/// The whole run that a code stands for: it leaves out what is implied.
///
/// # Errors
/// If the schedule cannot be run on this program.
pub fn replay_schedule(
    setup: Setup,
    schedule: Vec<ScheduleStep>,
) -> Result<Vec<ScheduleStep>, NotReplayed> {
    let config = Config { memory: setup.case.memory, ..Config::default() };
    let program = setup.program.prepare(setup.case);
    let replayed = explore(Replay::new(schedule), program, &config);
    if let Some(fault) = replayed.fault {
        return Err(fault.into());
    }
    if let Some(refused) = replayed.scheduler.refused {
        return Err(refused.into());
    }
    Ok(replayed.scheduler.found.ok_or(NotReplayed::NotRun)?.schedule())
}

/// How far a search for `what` has come, as the fact that the screen shows.
pub fn under_way(what: &str, now: &Snapshot) -> Fact {
    let coverage = coverage(now.covered, now.failed, false);
    Fact::Searching { what: what.to_owned(), runs: now.runs, coverage }
}

pub fn coverage(total: u128, failed: u128, complete: bool) -> Coverage {
    Coverage { total, failed, complete }
}

fn all(setup: Setup, progress: &Progress, config: &Config) -> SearchResult {
    let program = setup.program.prepare(setup.case);
    let limits = Limits::default();
    let scheduler = Search::new(Method::Merged, limits).keeping_tree().reporting(progress.clone());
    let outcome = search(scheduler, &program, config);
    let (mut search, fault) = (outcome.scheduler, outcome.fault);
    let tree = search.take_tree();
    let totals = coverage(
        search.totals().total,
        search.totals().failed(),
        search.is_complete() && fault.is_none(),
    );
    let states = search.states();
    let least = (totals.failed > 0).then(|| simplest_failure(&program, &limits, config)).flatten();
    let is_least = least.is_some();
    let simplest = least.or_else(|| search.into_simplest());
    let repaired = (!setup.case.repaired).then(|| repaired(setup, config));
    SearchResult::All {
        searched: Searched {
            coverage: totals,
            states,
            repaired,
            simplest: simplest.as_ref().map(|found| (found.switches, found.trace.len())),
            is_least,
            fault: fault.map(|fault| fault.to_string()),
        },
        tree,
        best: simplest.map_or_else(Vec::new, |found| found.schedule()),
    }
}

/// Searches the repaired version of the same program, in the same size and memory.
fn repaired(setup: Setup, config: &Config) -> Coverage {
    let mut case = setup.case;
    case.repaired = true;
    let program = setup.program.prepare(case);
    let found = run_search(&program, every(), config, &Progress::default());
    coverage(found.schedules, found.failures, found.is_complete())
}

fn ask(setup: Setup, question: String, progress: &Progress, config: &Config) -> SearchResult {
    let program = setup.program.prepare(setup.case);
    let refuse = |fault: &Fault| SearchResult::NoAnswer {
        why: format!("the search could not continue: {fault}"),
    };
    let model = match first_state(&program, config) {
        Ok(Some(model)) => model,
        Ok(None) => {
            let why = "the search was stopped".to_owned();
            return SearchResult::NoAnswer { why };
        }
        Err(fault) => return refuse(&fault),
    };
    let query = match Query::read(&question, &model) {
        Ok(query) => query,
        Err(bad) => {
            let why = format!("not a question about this program: {bad}");
            return SearchResult::NoAnswer { why };
        }
    };
    let found = run_search(&asking(program, query), every(), config, progress);
    if let Some(fault) = &found.fault {
        return refuse(fault);
    }
    let reply = QueryReply { question, answer: answer(&found), shown: found.simplest.is_some() };
    let schedule = found.simplest.map_or_else(Vec::new, |found| found.schedule());
    SearchResult::Answer { reply, schedule }
}

/// What a search says of a question, in one clause. "no" only after all interleavings; a search
/// that was stopped says no more than it covered.
pub fn answer(found: &Report) -> String {
    let (total, reached) = (units::count(found.schedules), units::count(found.failures));
    match (&found.simplest, found.is_complete()) {
        (Some(_), true) => format!("yes, in {reached} of all {total}; one is shown as schedule"),
        (Some(_), false) => "yes: one is shown as schedule".to_owned(),
        (None, _) if found.schedules == 0 => {
            "not known: not one interleaving was covered to its end".to_owned()
        }
        (None, true) => format!("no, in all {total}"),
        (None, false) => format!("not in the {total} that were covered"),
    }
}

fn every() -> SearchOptions {
    SearchOptions { strategy: Strategy::All, seed: 0, limits: Limits::default() }
}
