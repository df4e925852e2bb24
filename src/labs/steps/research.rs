//! What is found out beside the stage: how many interleavings fail, the simplest one
//! that does, whether the repair holds, and answers to questions.
//!
//! Must not know the stage, nor how anything is shown.

use std::sync::Arc;

use super::state::{Reply, Searched, Setup, Share};
use crate::kit::explore::give_back;
use crate::kit::explore::query::{Query, asking, first_state};
use crate::kit::explore::{
    Config, Fault, Limits, Method, Progress, Replay, ScheduleStep, Search, SearchOptions, Strategy,
    Tree, explore, run_search, simplest_failure,
};
use crate::kit::stop::Stop;
use crate::scene::units;

/// What is to be found out.
pub(super) enum Job {
    All,
    /// An expression over the program's things and threads.
    Ask(String),
}

/// What was found out.
pub(super) enum Found {
    All {
        searched: Searched,
        tree: Option<Tree>,
        /// The schedule of the simplest failure; empty if none fails.
        best: Vec<ScheduleStep>,
    },
    Answer {
        reply: Reply,
        /// Shows it, if anything does.
        schedule: Vec<ScheduleStep>,
    },
    NoQuestion {
        why: String,
    },
}

/// Finds it out, unless it is stopped before.
pub(super) fn go(setup: Setup, job: Job, progress: &Progress, stop: &Stop) -> Found {
    let config = Config {
        memory: setup.case.memory,
        stop: stop.clone(),
        ..Config::default()
    };
    let found = match job {
        Job::All => all(setup, progress, &config),
        Job::Ask(question) => ask(setup, question, progress, &config),
    };
    // A search remembers every state that it met, on threads that have ended by now.
    give_back();
    found
}

/// The whole run that a code stands for: it leaves out what is implied.
///
/// # Errors
/// Why it cannot be played.
pub(super) fn play_out(
    setup: Setup,
    schedule: Vec<ScheduleStep>,
) -> Result<Vec<ScheduleStep>, String> {
    let config = Config {
        memory: setup.case.memory,
        ..Config::default()
    };
    let program = setup.program.prepare(setup.case);
    let played = explore(Replay::new(schedule), program, &config);
    if let Some(fault) = played.fault {
        return Err(fault.to_string());
    }
    if let Some(refused) = played.scheduler.refused {
        return Err(format!("{refused}"));
    }
    let found = played.scheduler.found.ok_or("it was not played")?;
    Ok(found.schedule())
}

pub(super) fn share(total: u128, failed: u128, complete: bool) -> Share {
    Share {
        total,
        failed,
        complete,
    }
}

fn all(setup: Setup, progress: &Progress, config: &Config) -> Found {
    let program = setup.program.prepare(setup.case);
    let limits = Limits::default();
    let scheduler = Search::new(Method::Merged, limits)
        .keeping_tree()
        .reporting(progress.clone());
    let outcome = explore(scheduler, Arc::clone(&program), config);
    let (mut search, fault) = (outcome.scheduler, outcome.fault);
    let tree = search.take_tree();
    let totals = share(
        search.totals().total,
        search.totals().failed(),
        search.is_complete() && fault.is_none(),
    );
    let states = search.states();
    let simplest = (totals.failed > 0)
        .then(|| simplest_failure(&program, &limits, config))
        .flatten()
        .or_else(|| search.into_simplest());
    let repaired = (!setup.case.repaired).then(|| repaired(setup, config));
    Found::All {
        searched: Searched {
            share: totals,
            states,
            repaired,
            simplest: simplest
                .as_ref()
                .map(|found| (found.switches, found.trace.len())),
            fault: fault.map(|fault| fault.to_string()),
        },
        tree,
        best: simplest.map_or_else(Vec::new, |found| found.schedule()),
    }
}

/// The same program as it should be.
fn repaired(setup: Setup, config: &Config) -> Share {
    let mut case = setup.case;
    case.repaired = true;
    let program = setup.program.prepare(case);
    let found = run_search(&program, every(), config, &Progress::default());
    share(found.schedules, found.failures, found.is_complete())
}

fn ask(setup: Setup, question: String, progress: &Progress, config: &Config) -> Found {
    let program = setup.program.prepare(setup.case);
    let refuse = |fault: &Fault| Found::NoQuestion {
        why: format!("the search could not go on: {fault}"),
    };
    let model = match first_state(&program, config) {
        Ok(Some(model)) => model,
        Ok(None) => {
            let why = "the search was stopped".to_owned();
            return Found::NoQuestion { why };
        }
        Err(fault) => return refuse(&fault),
    };
    let query = match Query::read(&question, &model) {
        Ok(query) => query,
        Err(bad) => {
            let why = format!("not a question about this program: {bad}");
            return Found::NoQuestion { why };
        }
    };
    let found = run_search(&asking(program, query), every(), config, progress);
    if let Some(fault) = &found.fault {
        return refuse(fault);
    }
    let complete = found.is_complete();
    let (total, reached) = (units::count(found.schedules), units::count(found.failures));
    let simplest = found.simplest;
    let answer = match (&simplest, complete) {
        (Some(_), true) => format!("yes, in {reached} of all {total}; one is in the film"),
        (Some(_), false) => "yes: one is in the film".to_owned(),
        (None, _) if found.schedules == 0 => {
            "not known: not one interleaving was covered to its end".to_owned()
        }
        (None, true) => format!("no, in all {total}"),
        (None, false) => format!("not in the {total} that were covered"),
    };
    Found::Answer {
        reply: Reply {
            question,
            answer,
            shown: simplest.is_some(),
        },
        schedule: simplest.map_or_else(Vec::new, |found| found.schedule()),
    }
}

fn every() -> SearchOptions {
    SearchOptions {
        strategy: Strategy::All,
        seed: 0,
        limits: Limits::default(),
    }
}
