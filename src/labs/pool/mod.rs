//! When do processes pay, and where does their time go?
//!
//! The screen shows the same tasks run by one thread, by threads and by pools of 2, 4 and
//! 8 processes, each bar cut into creating, sending, computing, returning and joining;
//! and the work per task from which processes beat one thread.
//!
//! Real: each worker is a process with a pid of its own, each figure is read from clocks
//! in this very run, CPython's Pool is measured by running it. On the screen a warm pool
//! repeats the tasks slowly between two measurements.
//!
//! ```text
//! for each round:      serial   2 threads  4 ...  2 processes  4 ...  CPython
//!   the next round begins one variant later, so each of them is first, second, ... equally often
//! then:                the break-even, by pairs of one loop and one pool
//! then, live:          the warm pool, one batch a second, until a setting changes
//! ```
//!
//! A figure is a median over rounds with its range, and one variant is called faster than
//! another only if the rounds of both, compared in pairs, decide it; see
//! [`crate::timeline::stat`].
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

use crate::kit::child::WorkerFnEntry;
use crate::kit::event::Stamped;
use crate::lab::{
    Action, Command, Detail, Effect, Info, Interrupt, Lab, Question, Sentence, Session,
    SettingConflict, Settings,
};
use crate::scene::{Finding, NotRun, Scene};
use experiment::plan::Plan;
use facts::Fact;
use settings::Kill;
use state::State;

/// The functions that worker processes run for this lab. A worker is this program again,
/// so it finds them in its own registry by name.
pub const WORKER_FNS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<experiment::work::TimedSquare>()];

/// The lab of the process pool, as the registry of labs knows it.
#[derive(Debug)]
pub struct ProcessPoolLab;

impl Lab for ProcessPoolLab {
    const INFO: Info = Info {
        id: "pool",
        title: "Process pool",
        tab: &["Pool"],
        question: "When do processes pay, and where does their time go?",
        lesson: include_str!("../../../assets/lessons/pool.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;
    type Fact = Fact;
    type Command = Kill;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        Plan::of(settings).check()
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    /// A changed timing only changes which parts of the samples are shown, and that at
    /// once, whatever is being measured. Everything else is another measurement: a sample
    /// of the old settings must not stand beside one of the new.
    fn effect(
        command: &Command<Self::Command>,
        before: &Settings,
        after: &Settings,
    ) -> Effect<Fact> {
        let plan = Plan::of(after);
        match command {
            Command::Set { .. } if plan.same_measurement(&Plan::of(before)) => {
                Effect::Emit(Fact::PlanChanged { plan })
            }
            Command::Set { .. } => Effect::RestartAnd(Fact::PlanChanged { plan }),
            Command::Do(_) => Effect::Queued,
        }
    }

    fn has_waits(_: &State) -> bool {
        false
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
        state.finished()
    }

    fn actions(state: &State) -> Vec<Action<Self::Command>> {
        scene::actions(state)
    }

    fn seen(state: &State, question: usize) -> bool {
        questions::seen(state, question)
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        state.not_run()
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
