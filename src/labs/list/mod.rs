//! The shared list. Question: what happens if two threads change one list at once?
//!
//! The screen shows adders and removers at work on one list, with a lock around each
//! operation or without, at the exercise's pace or as fast as the machine goes. The lock
//! is turned on and off while they run. After each round an audit of the data itself
//! counts what became of every value, and names the operations that interfered with each
//! other.
//!
//! All of it is real: OS threads, a lock, atomics, clocks. What is added is named on
//! screen: the pause after an operation, and what stands in the race window. The list's
//! length word also records which operation stored it (see `experiment/op.rs`), which
//! changes no step of any operation.
//!
//! ```text
//! driver (run.rs)                          each thread (experiment/worker.rs)
//! ---------------                          ----------------------------------
//! draws the values, clears the list
//! assign ───────── Assignment ───────────▶ waits at the start barrier, then for each
//! handles commands meanwhile               operation: lock?, load, window, store, unlock?, pause
//! audit, conflicts ◀── Batch (the record of its operations) ── end of the batch
//! ```
//!
//! A thread writes its record alone and gives it back as a whole, so the audit needs no
//! lock and never counts events, of which some may have been dropped.
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

use crate::kit::event::Stamped;
use crate::lab::{
    Action, ActionKind, Detail, Info, Interrupt, Key, Lab, Question, Sentence, Session, Settings,
    WithText,
};
use crate::scene::{Finding, NotRun, Scene, Tone};
use facts::Fact;
use settings::{ListCommand, ListSettings};
use state::State;

/// The lab of the shared list, as the registry of labs knows it. It has no fields: all of
/// a run is in its driver thread and its `State`.
#[derive(Debug)]
pub struct SharedListLab;

impl Lab for SharedListLab {
    const INFO: Info = Info {
        id: "list",
        title: "Shared list",
        tab: &["List"],
        question: "What happens if two threads change one list at once, and what does a lock do about it?",
        lesson: include_str!("../../../assets/lessons/list.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;

    type Fact = Fact;
    type Command = ListCommand;
    type State = State;

    fn lane_tone(name: &str) -> Option<Tone> {
        experiment::op::WorkerId::named(name).map(experiment::op::WorkerId::tone)
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    fn state(settings: &Settings) -> State {
        State::new(ListSettings::of(settings))
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        let consequence = state::consequence::after(state, event);
        state.apply(event);
        state.consequence = consequence;
    }

    fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        state.describe(event)
    }

    fn finished(state: &State) -> bool {
        state.finished()
    }

    fn actions(state: &State) -> Vec<Action<Self::Command>> {
        // The step-mode keys depend on which threads can take their step, so the list of
        // actions is made again for every frame. The guess is possible at any time.
        let mut actions = scene::stepper_view::actions(state);
        let guess = ActionKind::Ask {
            label: scene::GUESS_QUESTION.into(),
            hint: "a number from 0 to 1,000".into(),
            command: WithText::new(|text| ListCommand::guess(&text)),
        };
        let about = "guess how many values are lost, and see it beside what is measured";
        actions.push(Action::new(Key::Char('u'), "guess", guess).about(about));
        actions
    }

    fn seen(state: &State, question: usize) -> bool {
        questions::seen(state, question)
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        let failure = state.failure.iter();
        failure.map(|why| NotRun::new("the rounds", why)).collect()
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
