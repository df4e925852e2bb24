//! `sync`: the tools for sharing data, and what goes wrong without them.
//!
//! The question: which tool is for what, what does its inside look like at work, and how
//! does each fail when it is misused? Every tool is run by real threads or processes with
//! a definite number of operations, audited after all have ended; a switch selects a
//! misuse; deadlocks are shown as cycles of holders and waiters; and what one operation
//! costs is measured here.
//!
//! Real: the threads, the processes, the waits, the data. Between threads, a misuse is a
//! program of its own, shown by replaying the simplest schedule on which it fails, and a
//! correct use is proved by searching all interleavings of its smallest run. Between
//! processes, the interleavings that show a misuse are forced. Slowed on the live screen:
//! each step, by the pace.
//!
//! ```text
//! without a screen:  each tool: correct use, then each misuse ─▶ each tool: its cost ─▶ done
//! on the screen:     the chosen tool, with the chosen use ─▶ a cost not measured yet
//!                      ▲                                        │
//!                      └──────── show the outcome ◀─────────────┘
//! ```
//!
//! A run never trusts a tool to fail safely: a misuse may deadlock. A replay knows that
//! it will, and a run of processes has a bound after which it is stopped and reported as
//! failed.

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

pub use experiment::tools::WORKER_FNS;
use facts::Fact;
use state::State;

use crate::kit::event::Stamped;
use crate::lab::{
    Action, Command, Detail, Effect, Info, Interrupt, Key, Lab, Question, Sentence, Session,
    SettingConflict, Settings,
};
use crate::scene::{Finding, Label, NotRun, Scene};
use settings::{MISUSE, Misuses, PACE, SyncCommand, TOOL, Tools, WORKERS};

/// The tools for sharing data, as the registry of labs knows it. The tools stand under
/// `experiment/tools`.
#[derive(Debug)]
pub struct Sync;

impl Lab for Sync {
    const INFO: Info = Info {
        id: "sync",
        title: "Tools for sharing",
        tab: &["Sync"],
        question: "Which tool shares data between threads and processes, and how does it fail when misused?",
        lesson: include_str!("../../../assets/lessons/sync.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;

    type Fact = Fact;
    type Command = SyncCommand;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        match (settings.get(TOOL), settings.get(MISUSE)) {
            // Only for one tool: with all of them, those that do not have the misuse are
            // used correctly.
            (Tools::One(tool), Misuses::Named(name)) if tool.misuse_named(name).is_none() => {
                let why = format!("tool={} has no misuse={name}", tool.id);
                Err(SettingConflict { keys: [TOOL.key, MISUSE.key], why })
            }
            _ => Ok(()),
        }
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    /// Another pace acts within a run, as each step reads it, and so do steps of the user;
    /// everything else needs another run. What was set is on the screen at once.
    fn effect(
        command: &Command<Self::Command>,
        _before: &Settings,
        after: &Settings,
    ) -> Effect<Fact> {
        let changed =
            || Fact::Changed { workers: after.get(WORKERS), pace_ns: settings::pace_ns(after) };
        match command {
            Command::Set { key, .. } if *key == PACE.key => Effect::Emit(changed()),
            Command::Set { .. } => Effect::RestartAnd(changed()),
            Command::Do(SyncCommand::Step(_)) => Effect::Queued,
            Command::Do(SyncCommand::Use(_)) => Effect::Restart,
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
        // One key walks through the uses of the tool: correct, each misuse, correct
        // again.
        let Some(next) = state.next_misuse() else {
            return Vec::new();
        };
        let label = match next {
            Misuses::Named(name) => {
                Label::from(format!("misuse: {}", state.misuse_about(name))).or("misuse")
            }
            Misuses::Off | Misuses::All => Label::new("correct use").or("correct"),
        };
        let mut actions = scene::stepper_view::actions(state);
        let about = "the next use of this tool: right, or wrong in another way";
        actions.push(Action::press(Key::Char('x'), label, SyncCommand::Use(next)).about(about));
        actions
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
        findings::findings(state)
    }

    fn result(state: &State) -> serde_json::Value {
        result::result(state)
    }

    fn summary(state: &State) -> Vec<String> {
        result::summary(state)
    }
}
