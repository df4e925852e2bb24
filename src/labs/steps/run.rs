//! The main thread: runs one program after the other with its threads paused before their
//! next step. Without a screen it searches all interleavings of the program instead.
//!
//! ```text
//! with a screen   session.restarting ─▶ step_program ─▶ threads "steps/threads", "steps/search"
//!                       ▲                   │ another program, version or code
//!                       └───────────────────┘ the scores and a pasted schedule go along
//! without         search_all: one search, its answer, the end
//! ```

#[cfg(test)]
mod tests;

use super::Steps;
use super::experiment::explore::{self, Question};
use super::experiment::program_run::{ProgramRun, wait_for_program};
use super::experiment::setup::Setup;
use super::experiment::user_progress::UserProgress;
use super::facts::Fact;
use crate::kit::event::What;
use crate::kit::explore::{
    Config, InteractiveScheduler, Progress, ScheduleStep, explore, give_back,
};
use crate::kit::stop::Stop;
use crate::kit::threads;
use crate::lab::{Explored, Interrupt, Session};

/// Lets the user step through one program after the other; without a screen, searches
/// one.
///
/// # Errors
/// If the run was stopped. A program that cannot be run is reported instead.
pub fn run(session: &mut Session<'_, Steps>) -> Result<(), Interrupt> {
    if !session.settings().live {
        search_all(session);
        return Ok(());
    }
    // Outside of the attempts: scores outlast a program, and a pasted schedule is taken
    // from one attempt to the next.
    let mut user_progress =
        UserProgress::new(session.lane(), session.settings(), session.stop().clone());
    let mut schedule = Vec::new();
    session.restarting(|session| {
        let ended = step_program(session, &mut user_progress, &mut schedule);
        // Returns the memory of the tree of the program that has just ended.
        give_back();
        ended
    })
}

/// Without a screen: searches like the command `explore` and reports the same text and
/// JSON.
fn search_all(session: &Session<'_, Steps>) {
    let (lane, setup) = (session.lane(), Setup::of(session.settings()));
    lane.reliable_fact(Fact::Program { setup });
    let question = Question {
        program: setup.program,
        case: setup.case,
        search: "all",
        seed: session.settings().seed,
        bound: None,
        limit: None,
    };
    // A question with a search by this name and no bound is never refused.
    let Ok(found) = explore::answer_until(&question, session.stop(), &Progress::default()) else {
        return;
    };
    lane.reliable_fact(answered(found, session.stop()));
    lane.flush();
}

/// What was found, as a fact. All interleavings were to be covered, so if any was not,
/// that is a fault, unless stop was requested, which the run itself reports.
pub fn answered(found: Explored, stop: &Stop) -> Fact {
    let partly = found.incomplete.filter(|_| !stop.requested());
    let fault = found.unfinished.or(partly);
    Fact::Answer {
        result: found.json,
        lines: found.text.lines().map(str::to_owned).collect(),
        fault: fault.map(|why| why.trim_end_matches('.').to_owned()),
    }
}

/// Lets the user step through the program that the settings name, until another one is
/// chosen. It begins with `schedule`, if that is not empty, and leaves there what the
/// next one begins with.
///
/// # Errors
/// If the run was stopped, or a setting chose another program.
fn step_program(
    session: &mut Session<'_, Steps>,
    user_progress: &mut UserProgress<'_>,
    schedule: &mut Vec<ScheduleStep>,
) -> Result<(), Interrupt> {
    let (lane, setup) = (session.lane(), Setup::of(session.settings()));
    lane.reliable_fact(Fact::Program { setup });
    threads::scope(|scope| {
        // The scheduler goes to the thread that runs the program; this thread keeps the
        // handle, by which it grants steps and gets snapshots. When the handle is
        // dropped, the program ends, and so does the scope.
        let (scheduler, handle) = InteractiveScheduler::new();
        let config = Config { memory: setup.case.memory, ..Config::default() };
        let program = setup.program.prepare(setup.case);
        // A lane belongs to one thread, so that thread emits through the recorder.
        let (recorder, id) = (lane.recorder().clone(), lane.id());
        let started = scope.spawn("steps/threads", move || {
            if let Some(fault) = explore(scheduler, program, &config).fault {
                let why = format!("the program cannot be run in step mode: {fault}");
                recorder.emit_reliable(id, What::Fact(Fact::Refused { why }));
            }
        });
        if let Err(error) = started {
            let why = format!("no thread could be started: {error}");
            lane.reliable_fact(Fact::Refused { why });
            // The user can try again, or choose a smaller program.
            return wait_for_program(session);
        }
        // Taken out, so that it is replayed once, and the program that follows begins at
        // its start.
        let replayed = std::mem::take(schedule);
        let mut program_run = ProgramRun::new(lane, user_progress, scope, setup, handle, schedule);
        if !replayed.is_empty() {
            program_run.replay_schedule(replayed);
        }
        program_run.run(session)
    })
}
