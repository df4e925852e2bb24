//! `failures`: exceptions in concurrent programs.
//!
//! The question: what becomes of an error, a panic, a kill, when several threads or
//! processes are at work? The lab has six techniques, each shown with it and without it;
//! fault injection, where worker processes get twelve kinds of faults, in pools that
//! differ in what they do about it; and five ways to end a pool.
//!
//! Real: the panics, the exits, the signals, the processes with their pids, the log that
//! is read back. Bounded, and named so: the wait for a task that a pool has lost, and the
//! time limit of the supervisor. "Like `multiprocessing.Pool`" means that our own pool
//! follows that policy; CPython itself does not run here.
//!
//! ```text
//! techniques, one by one ─▶ faults, one by one ─▶ shutdown modes, one by one ─▶ done
//!                               │                        live: then faults, round and round
//!                               ▼
//!              a pool that forgets the task ┐
//!              a pool that fails all tasks  ├ at the same time, the same fault in one worker
//!              a pool that retries          ┘ of each
//! ```
//!
//! Every outcome is read from what is left behind: from futures, files, locks and
//! `/proc`, never from counting events.

mod experiment;
mod facts;
mod findings;
mod questions;
mod result;
mod run;
mod scene;
mod settings;
mod state;
mod story;
#[cfg(test)]
mod tests;

use experiment::injection::Fault;
use experiment::kinds::Experiment;
pub use experiment::worker_fns::WORKER_FNS;
use facts::Fact;
use state::State;

use crate::kit::event::Stamped;
use crate::lab::{
    Action, Detail, Info, Interrupt, Key, Lab, Question, Sentence, Session, Settings,
};
use crate::scene::{Finding, NotRun, Scene};

/// The lab of failures, as the registry of labs knows it. It needs the program's own path
/// in the settings: most of what it shows happens in worker processes.
#[derive(Debug)]
pub struct Failures;

impl Lab for Failures {
    const INFO: Info = Info {
        id: "failures",
        title: "Failures",
        tab: &["Failures", "Fail"],
        question: "What becomes of an exception, an exit or a kill when several are at work, and what can be done about it?",
        lesson: include_str!("../../../assets/lessons/failures.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;

    /// The pools under a fault are the picture: as lanes their workers, which come and go, would
    /// push each other out.
    fn has_lanes(_: &State) -> bool {
        false
    }

    type Fact = Fact;
    type Command = Experiment;
    type State = State;

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    fn state(settings: &Settings) -> State {
        State::new(settings)
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        state.apply(event);
    }

    fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        story::describe(state, event)
    }

    fn finished(state: &State) -> bool {
        state.done
    }

    fn actions(state: &State) -> Vec<Action<Self::Command>> {
        let faults = experiment::injection::FAULTS.iter();
        let faults = faults.map(|fault| (Experiment::Fault(fault), fault.title.to_owned()));
        let techniques = experiment::techniques::ALL.iter();
        let techniques = techniques.map(|one| (Experiment::Technique(one), one.title.to_owned()));
        let shutdowns = experiment::shutdown::ShutdownMode::ALL
            .map(|mode| (Experiment::Shutdown(mode), mode.title().to_owned()));
        let inject = "Inject a fault into one worker of each pool";
        vec![
            Action::choose(Key::Char('k'), "inject fault", inject, faults)
                .about("choose what happens to one worker of each pool"),
            Action::press(Key::Char('x'), "next fault", Experiment::Fault(next_fault(state)))
                .about("the next fault of the list, in each pool"),
            Action::choose(Key::Char('c'), "technique", "Run a technique", techniques)
                .about("choose a way to handle exceptions, and see what it keeps"),
            Action::choose(Key::Char('d'), "shutdown modes", "Shut down a pool", shutdowns)
                .about("choose how a pool at work is shut down"),
        ]
    }

    fn seen(state: &State, question: usize) -> bool {
        questions::seen(state, question)
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        state.not_run.clone()
    }

    fn scene(state: &State, detail: Detail) -> Scene {
        scene::scene(state, detail)
    }

    fn findings(state: &State) -> Vec<Finding> {
        findings::findings(state).into_iter().map(Finding::from).collect()
    }

    fn result(state: &State) -> serde_json::Value {
        result::result(state)
    }

    fn summary(state: &State) -> Vec<String> {
        result::summary(state)
    }
}

/// The fault after the last one, and after the last of all the first again: one key walks
/// through the whole list.
fn next_fault(state: &State) -> &'static Fault {
    let last = state.fault.map(|(id, _)| id);
    let at = experiment::injection::FAULTS.iter().position(|fault| Some(fault.id) == last);
    let next = at.map_or(0, |at| (at + 1) % experiment::injection::FAULTS.len());
    &experiment::injection::FAULTS[next]
}
