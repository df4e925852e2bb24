//! `failures`: exceptions in concurrent programs.
//!
//! The question: what becomes of an error, a panic, a kill, when several are at work? You
//! will see six techniques, each kept and each left out; fault injection, where worker
//! processes get twelve kinds of faults, in pools that differ in what they do about it;
//! and five ways to end a pool.
//!
//! Real: the panics, the exits, the signals, the processes with their pids, the log that
//! is read back. Bounded, and named so: the wait for a task that a pool has lost, and the
//! time limit of the supervisor. "Like `multiprocessing.Pool`" means that our own pool
//! follows that policy; CPython itself does not run here.

mod findings;
mod injection;
mod jobs;
mod panels;
mod result;
mod run;
mod sample_events;
mod scene;
mod settings;
mod shutdown;
mod state;
mod story;
mod technique;
mod techniques;
#[cfg(test)]
mod tests;

pub(crate) use jobs::JOBS;
pub(crate) use state::{Fact, State};

use crate::kit::event::Stamped;
use crate::lab::{
    Action, ActionKind, Detail, Info, Interrupt, Key, Lab, Sentence, Session, Settings,
};
use crate::scene::{NotRun, Scene};

/// The lab of failures.
#[derive(Debug)]
pub struct Failures;

impl Lab for Failures {
    const INFO: Info = Info {
        id: "failures",
        title: "Failures",
        tab: "Failures",
        question: "What becomes of a panic, an exit or a kill when several are at work, and what can be done about it?",
        lesson: include_str!("../../../assets/lessons/failures.md"),
        controls: settings::ALL,
    };

    type Fact = Fact;
    type State = State;

    fn run(session: &mut Session<'_, Fact>) -> Result<(), Interrupt> {
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

    fn actions(state: &State) -> Vec<Action> {
        let choose = |key, label: &str, title: &str, items| Action {
            key: Key::Char(key),
            label: label.to_owned(),
            kind: ActionKind::Choose { title: title.to_owned(), items },
        };
        let faults = injection::FAULTS.iter();
        let faults = faults.map(|fault| (format!("fault {}", fault.id), fault.title.to_owned()));
        let techniques = techniques::ALL.iter();
        let techniques =
            techniques.map(|one| (format!("technique {}", one.name), one.title.to_owned()));
        let shutdowns = shutdown::ShutdownMode::ALL.iter().enumerate();
        let shutdowns =
            shutdowns.map(|(at, mode)| (format!("shutdown {at}"), mode.title().to_owned()));
        vec![
            choose(
                'k',
                "inject fault",
                "Inject a fault into one worker of each pool",
                faults.collect(),
            ),
            Action {
                key: Key::Char('x'),
                label: "next fault".to_owned(),
                kind: ActionKind::Press(format!("fault {}", next_fault(state))),
            },
            choose('c', "technique", "Run a technique", techniques.collect()),
            choose('d', "shutdown modes", "Shut down a pool", shutdowns.collect()),
        ]
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        state.not_run.clone()
    }

    fn scene(state: &State, detail: Detail) -> Scene {
        scene::scene(state, detail)
    }

    fn result(state: &State) -> serde_json::Value {
        result::result(state)
    }

    fn summary(state: &State) -> Vec<String> {
        result::outcome(state)
    }

    fn sample_events() -> Vec<Stamped<Fact>> {
        sample_events::events()
    }
}

/// The fault after the last one.
fn next_fault(state: &State) -> &'static str {
    let last = state.fault.map(|(id, _)| id);
    let at = injection::FAULTS.iter().position(|fault| Some(fault.id) == last);
    let next = at.map_or(0, |at| (at + 1) % injection::FAULTS.len());
    injection::FAULTS[next].id
}
