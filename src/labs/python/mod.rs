//! `python`: what do the threads of your own script do?
//!
//! The question: who runs, who waits for whom, and what does it cost, in the very script that
//! the user has written? It runs unmodified under a CPython of the user's choice, and a shim
//! inside the interpreter reports threads, locks, queues, executors, joins and sleeps.
//!
//! Real: everything. Watching must not create what it shows, so the level of the evidence stands
//! on the screen: L0 is watched passively, without another switch of threads than the
//! interpreter's own. What is not watched is named.
//!
//! ```text
//!   script ──runs in──▶ CPython with the shim ──records──▶ ring ──▶ run ──▶ watcher ──▶ events
//!      └──stdout, stderr──────────────────────────────────────────▲             └──▶ figures
//! ```
//!
//! On the screen the script has a terminal of its own, and the user can type in it; without one
//! its outputs are pipes.
//!
//! Or it is stepped (`mode=step`, `schedule=CODE`): run one thread at a time, in an order that the
//! user chooses; see [`run::step`].
//!
//! The figures are counted from all records in the driver thread; the events may be dropped when
//! the screen is behind.

mod experiment;
mod facts;
mod findings;
mod result;
mod run;
mod scene;
mod settings;
mod state;
mod story;
#[cfg(test)]
mod tests;

pub use experiment::explore;
pub(crate) use facts::Fact;
pub(crate) use state::State;

use crate::kit::event::Stamped;
use crate::lab::{
    Action, Control, Detail, Info, Interrupt, Lab, Sentence, Session, SettingConflict, Settings,
};
use crate::scene::{Finding, NotRun, Scene};
use settings::{MODE, Mode, PYTHON, PythonCommand, SCHEDULE};

/// The lab of the user's own script, as the registry of labs knows it.
#[derive(Debug)]
pub struct PythonLab;

impl Lab for PythonLab {
    const INFO: Info = Info {
        id: "python",
        title: "Your own script",
        tab: &["Python", "Py"],
        question: "What do the threads of your own Python script do, and who waits for whom?",
        lesson: include_str!("../../../assets/lessons/python.md"),
        controls: settings::ALL,
    };

    /// What is reported of the script as a whole.
    const DRIVER: &'static str = "script";

    type Fact = Fact;
    type Command = PythonCommand;
    type State = State;

    fn check(settings: &Settings) -> Result<(), SettingConflict> {
        let schedule = settings.get(SCHEDULE);
        if Mode::of(settings) == Mode::Step && !settings.live {
            let key = if schedule.is_empty() { MODE.key } else { SCHEDULE.key };
            let why =
                "a schedule is stepped on the screen; without one, explore --replay prints it";
            return Err(SettingConflict { keys: [key; 2], why: why.to_owned() });
        }
        if !schedule.is_empty()
            && let Err(why) = explore::code::parse(schedule.trim())
        {
            return Err(SettingConflict {
                keys: [SCHEDULE.key; 2],
                why: format!("{schedule}: {why}"),
            });
        }
        let conflict = |error: run::WatchError| SettingConflict {
            keys: [PYTHON.key; 2],
            why: error.to_string(),
        };
        run::interpreter(settings).map(|_| ()).map_err(conflict)
    }

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    fn has_lanes(state: &State) -> bool {
        state.stepping.is_none()
    }

    fn has_waits(state: &State) -> bool {
        state.so_far.waited
    }

    fn state(settings: &Settings) -> State {
        State::new(settings)
    }

    fn apply(state: &mut State, event: &Stamped<Fact>) {
        state.apply(event);
    }

    fn describe(_state: &State, event: &Stamped<Fact>) -> Option<Sentence> {
        story::describe(event)
    }

    fn actions(state: &State) -> Vec<Action<PythonCommand>> {
        scene::actions::actions(state)
    }

    fn controls(state: &State) -> &'static [&'static dyn Control] {
        scene::actions::controls(state)
    }

    fn finished(state: &State) -> bool {
        state.finished()
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
        result::outcome(state)
    }
}
