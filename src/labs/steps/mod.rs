//! You are the scheduler. Question: which orders of steps break a program?
//!
//! The screen shows small programs whose threads are paused before their next step. The
//! user lets them take it one by one, undoes it, or has all interleavings searched. What
//! the code panel shows is what runs, on OS threads.
//!
//! ```text
//! driver (run.rs)                           thread "steps/threads"
//! a program, its version ─── explore ────▶  InteractiveScheduler: runs the program's threads,
//! user's command ──── StepHandle ────────▶  one step, or from the start again up to some step
//! snapshots ◀──── RunView ────────────────  the state after each step
//! a search: on threads of its own, with the same program and a scheduler that tries all
//! ```
//!
//! Undoing a step is replaying the schedule without it: the program begins again and is
//! taken to the state before. So every state that is shown was reached by really running
//! the program to it.
mod experiment;
mod facts;
mod findings;
mod questions;
mod run;
mod scene;
mod settings;
mod state;
mod story;
#[cfg(test)]
mod tests;

use facts::Fact;
use state::State;

pub use experiment::explore;

use crate::kit::event::Stamped;
use crate::lab::{
    Action, Detail, Info, Interrupt, Lab, Question, Sentence, Session, SettingConflict, Settings,
};
use crate::scene::{Finding, NotRun, Scene};
use settings::StepsCommand;

/// The lab in which the user is the scheduler, as the registry of labs knows it. Its
/// search is also that of the command `explore`, which is why that module is public.
#[derive(Debug)]
pub struct Steps;

impl Lab for Steps {
    const INFO: Info = Info {
        id: "steps",
        title: "Step by step",
        tab: &["Steps"],
        question: "You are the scheduler: which orders of steps break a program?",
        lesson: include_str!("../../../assets/lessons/steps.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;

    /// No lanes: the lab's own table and graph show which thread waits for which. Time
    /// has no meaning here, only the order of steps.
    fn has_lanes(_: &State) -> bool {
        false
    }

    type Fact = Fact;
    type Command = StepsCommand;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        state::check(settings)
    }

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
        scene::actions::actions(state)
    }

    fn seen(state: &State, question: usize) -> bool {
        questions::seen(state, question)
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        // A search that did not cover all interleavings, although it was to: its result
        // is no proof.
        let fault = state.fault.iter();
        fault.map(|why| NotRun::new(state.setup.program.id, why)).collect()
    }

    fn scene(state: &State, detail: Detail) -> Scene {
        scene::scene(state, detail)
    }

    fn findings(state: &State) -> Vec<Finding> {
        findings::findings(state).into_iter().map(Finding::from).collect()
    }

    fn result(state: &State) -> serde_json::Value {
        state.result.clone()
    }

    fn summary(state: &State) -> Vec<String> {
        state.lines.clone()
    }
}
