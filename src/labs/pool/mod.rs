//! When do processes pay, and where does their time go?
//!
//! You see the same tasks run by one thread, by threads and by pools of 2, 4 and
//! 8 processes, each bar cut into creating, sending, computing, returning and
//! joining; and the work per task from which processes beat one thread.
//!
//! Real: each worker is a process with a pid of its own, each figure is read from
//! clocks in this very run, CPython's Pool is measured by running it. On the
//! screen a warm pool repeats the tasks slowly between two measurements.

mod benchmark;
mod break_even;
mod cpython;
mod engine;
mod figures;
mod findings;
mod plan;
mod processes;
mod result;
mod run;
mod sample_events;
mod scene;
mod state;
mod story;
#[cfg(test)]
mod tests;
mod warm_pool;
mod work;

use std::time::Duration;

use crate::kit::child::WorkerFnEntry;
use crate::kit::event::Stamped;
use crate::kit::recorder::Recorder;
use crate::lab::{
    Action, Command, Conflict, Control, Detail, Form, Info, Key, Keys, Kind, Lab, Sentence,
    Settings,
};
use crate::scene::{NotRun, Scene};
use engine::Engine;
use state::{Fact, State};

const INFO: Info = Info {
    id: "pool",
    title: "Process pool",
    tab: "Pool",
    question: "When do processes pay, and where does their time go?",
    lesson: include_str!("../../../assets/lessons/pool.md"),
    controls: &[
        Control {
            keys: Keys::Steps {
                back: &[Key::Left, Key::Char('[')],
                on: &[Key::Right, Key::Char(']')],
            },
            steps: &["2", "2,4", "2,4,8", "1,2,4,8", "1,2,4,8,16"],
            ..Control::new(
                "sizes",
                "numbers of workers to compare",
                Kind::Numbers { min: 1, max: 64, least: 1, most: 64 },
                "2,4,8",
            )
        },
        Control::new("from", "the first number to square", NUMBER, "1"),
        Control::new("to", "the last number to square", NUMBER, "10"),
        Control {
            keys: Keys::Next(Key::Char('w')),
            steps: &["square", "spin:100us", "spin:1ms", "spin:5ms", "sleep:5ms"],
            ..Control::new(
                "work",
                "what a task does before it returns the square",
                Kind::OneOf(&[
                    Form::Word("square"),
                    Form::WordTime { word: "spin", min: Duration::ZERO, max: LONGEST },
                    Form::WordTime { word: "sleep", min: Duration::ZERO, max: LONGEST },
                ]),
                "square",
            )
        },
        Control::new(
            "repeat",
            "the number of times each variant is measured",
            Kind::Number { min: 1, max: 1000 },
            "9",
        ),
        Control::new(
            "chunk",
            "tasks per message; auto = an equal share",
            Kind::OneOf(&[Form::Word("auto"), Form::Number { min: 1, max: 1_000_000 }]),
            "auto",
        ),
        Control {
            keys: Keys::Next(Key::Char('f')),
            steps: &["spawn", "forkserver"],
            ..Control::new(
                "start",
                "start method of worker processes",
                Kind::OneOf(&[Form::Word("spawn"), Form::Word("forkserver")]),
                "spawn",
            )
        },
        Control::new(
            "python",
            "also measure CPython's own multiprocessing.Pool",
            Kind::OneOf(&[Form::Word("auto"), Form::Word("off")]),
            "auto",
        ),
        Control::new(
            "break_even",
            "look for the work per task from which processes beat one thread",
            Kind::Switch,
            "on",
        ),
        Control {
            keys: Keys::Next(Key::Char('o')),
            steps: &["whole", "warm"],
            ..Control::new(
                "timing",
                "whole: creating and joining the pool count; warm: a pool that exists already",
                Kind::OneOf(&[Form::Word("whole"), Form::Word("warm")]),
                "whole",
            )
        },
    ],
};

/// What worker processes do for this lab.
pub const JOBS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<work::TimedSquare>()];

const NUMBER: Kind = Kind::Number { min: 0, max: 1_000_000 };
/// A task that is longer could not be watched.
const LONGEST: Duration = Duration::from_secs(10);

/// The process pool.
#[derive(Debug)]
pub struct ProcessPoolLab {
    engine: Engine,
}

impl Lab for ProcessPoolLab {
    const INFO: Info = INFO;
    type Fact = Fact;
    type State = State;

    fn check(settings: &Settings) -> Result<(), Conflict> {
        let keys = ["to", "from"];
        let checked = plan::Plan::of(settings).check();
        checked.map_err(|why| Conflict { keys, why })
    }

    fn start(settings: &Settings, recorder: Recorder<Fact>) -> Result<Self, String> {
        Engine::start(settings, &recorder).map(|engine| Self { engine })
    }

    fn command(&mut self, command: Command) {
        self.engine.command(command);
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

    fn actions(state: &State) -> Vec<Action> {
        scene::actions(state)
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        state.not_run()
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
