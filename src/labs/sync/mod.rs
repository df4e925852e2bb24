//! `sync`: the tools for sharing data, and what goes wrong without them.
//!
//! The question: which tool is for what, what does its inside look like at work, and
//! how does each fail when it is misused? You will see every tool run by real
//! threads or processes with a definite number of operations, audited after all have
//! ended; a switch that uses it wrongly; deadlocks as circles of holders and waiters;
//! and what one operation costs here.
//!
//! Real: the threads, the processes, the waits, the data. Forced, and called so: the
//! interleavings that catch a misuse every time. Slowed on the live screen: each
//! step, by the pace.
mod experiment;
mod facts;
mod findings;
mod result;
mod run;
mod sample_events;
mod scene;
mod settings;
mod state;
mod story;
#[cfg(test)]
mod tests;

pub(crate) use experiment::jobs::JOBS;
pub(crate) use facts::Fact;
pub(crate) use state::State;

use crate::kit::event::Stamped;
use crate::lab::{
    Action, Command, Conflict, Detail, Effect, Info, Interrupt, Key, Lab, Sentence, Session,
    Settings,
};
use crate::scene::{NotRun, Scene};
use settings::{MISUSE, Misuses, TOOL, Tools};

/// The tools for sharing data.
#[derive(Debug)]
pub struct Sync;

impl Lab for Sync {
    const INFO: Info = Info {
        id: "sync",
        title: "Tools for sharing",
        tab: "Sync",
        question: "Which tool shares data between threads and processes, and how does it fail when misused?",
        lesson: include_str!("../../../assets/lessons/sync.md"),
        controls: settings::ALL,
    };

    type Fact = Fact;
    type Command = Misuses;
    type State = State;

    fn check(settings: &Settings) -> Result<(), Conflict> {
        match (settings.get(TOOL), settings.get(MISUSE)) {
            (Tools::One(tool), Misuses::Named(name)) if tool.misuse_named(name).is_none() => {
                let why = format!("tool={} has no misuse={name}", tool.id);
                Err(Conflict { keys: [TOOL.key, MISUSE.key], why })
            }
            _ => Ok(()),
        }
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    /// Another pace acts within a run; everything else needs another one.
    fn effect(
        command: &Command<Self::Command>,
        _before: &Settings,
        _after: &Settings,
    ) -> Effect<Fact> {
        match command {
            Command::Set { key, .. } if *key == settings::PACE.key => Effect::Queued,
            Command::Set { .. } | Command::Do(_) => Effect::Restart,
        }
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
        let Some(next) = state.next_misuse() else {
            return Vec::new();
        };
        let label = match next {
            Misuses::Named(name) => format!("misuse: {}", state.misuse_about(name)),
            Misuses::Off | Misuses::All => "correct use".to_owned(),
        };
        vec![Action::press(Key::Char('x'), label, next)]
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
