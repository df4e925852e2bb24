//! How does a pool of threads work through a list of tasks?
//!
//! The screen shows workers that take tasks from one queue, futures that go from pending
//! to running to finished, failed or cancelled, and that tasks are completed in another
//! order than they were submitted.
//!
//! Real: the workers are OS threads of `kit::thread_pool`, the values are exact and
//! checked another way, a failing task really panics. The pause that `pace` adds to each
//! task, and the one between two rounds on the screen, are there so that a user can
//! follow, and named.
//!
//! ```text
//! driver (run.rs)                                 pool (kit::thread_pool)
//! make the pool, its workers wait at the gate
//! submit n tasks, cancel some      ── queue ──▶   a worker takes the next task when it is idle
//! open the gate
//! wait for n futures               ◀── done ───   finished, failed (a panic), cancelled
//! read times, values, errors from the futures, check each value, report
//! ```
//!
//! Figures are read from the futures after the last of them is done, so reporting them is
//! on no clock.
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

use crate::kit::event::{Stamped, What};
use crate::lab::{
    Action, Command, Detail, Effect, Info, Interrupt, Key, Lab, Question, Sentence, Session,
    SettingConflict, Settings,
};
use crate::scene::{Finding, Label, NotRun, Scene, Tone};
use experiment::plan::Plan;
use facts::Fact;
use settings::FactorialCommand;
use state::State;

const WORKER: &str = "w";

#[derive(Debug)]
pub struct FactorialPool;

impl Lab for FactorialPool {
    const INFO: Info = Info {
        id: "factorial",
        title: "Factorial pool",
        tab: &["Factorial", "Fact"],
        question: "How does a pool of threads work through a list of tasks, and in which order are they done?",
        lesson: include_str!("../../../assets/lessons/factorial.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;

    fn lane_tone(name: &str) -> Option<Tone> {
        let number = name.strip_prefix(WORKER)?.strip_prefix('_')?.parse().ok()?;
        Some(Tone::of_thread(number))
    }

    type Fact = Fact;
    type Command = FactorialCommand;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        Plan::of(settings).check()
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    /// The pace and the listing change within a round, as they concern tasks that have
    /// not started and texts. Everything else needs another round, with other tasks or
    /// another pool.
    fn effect(
        _command: &Command<Self::Command>,
        before: &Settings,
        after: &Settings,
    ) -> Effect<Fact> {
        let same = Plan::of(before).same_tasks(&Plan::of(after));
        if same { Effect::Queued } else { Effect::Restart }
    }

    /// Its threads share nothing but the queue, whose lock is the pool's own.
    fn has_waits(_: &State) -> bool {
        false
    }

    fn state(settings: &Settings) -> State {
        State::new(settings)
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        if let What::Fact(Fact::Began { plan, .. }) = &event.what {
            // What the last round showed is read while the next one runs.
            state.kept = if *plan == state.plan { findings::findings(state) } else { Vec::new() };
        }
        state.apply(event);
    }

    fn describe(state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        story::describe(state, event)
    }

    fn finished(state: &State) -> bool {
        state.finished()
    }

    fn actions(_state: &State) -> Vec<Action<Self::Command>> {
        let command = FactorialCommand::PanicInNextTask;
        let label = Label::new("exception in the next task").or("exception");
        let about =
            "the next task raises an exception: what becomes of its future and of its worker?";
        vec![Action::press(Key::Char('x'), label, command).about(about)]
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
