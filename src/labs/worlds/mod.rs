//! `worlds`: threads or processes, and when?
//!
//! The question: why does the same work speed up with threads in one language and
//! not in another, and what do threads and processes cost? You will see the same
//! work done one after the other, by threads, by threads under a model of CPython's
//! global lock, and by processes, all measured here and now; what starting one and
//! talking to it costs; one variable changed by a thread and by a process; and who survives a crash.
//!
//! Real: the threads, the processes with their pids, the sockets, pipes, files and
//! shared memory, the crashes. A model, and called one: the GIL around our own work.
//! Where a CPython is found, its figures come from running it.

mod cost;
mod costs;
mod findings;
mod guide;
mod isolation;
mod jobs;
mod kinds;
mod python;
mod questions;
mod rounds;
mod run;
mod sample_events;
mod scene;
mod settings;
mod state;
mod story;
mod strategies;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use jobs::JOBS;
pub(crate) use state::{Fact, State};

use crate::kit::event::Stamped;
use crate::lab::{
    Action, ActionKind, Command, Detail, Effect, Info, Interrupt, Key, Lab, Sentence, Session,
    Settings,
};
use crate::scene::{NotRun, Scene};

/// The comparison of threads and processes.
#[derive(Debug)]
pub struct ThreadsOrProcesses;

impl Lab for ThreadsOrProcesses {
    const INFO: Info = Info {
        id: "worlds",
        title: "Threads or processes",
        tab: "Worlds",
        question: "Threads or processes: which is faster for which work, and what does each cost?",
        lesson: include_str!("../../../assets/lessons/worlds.md"),
        controls: settings::ALL,
    };

    type Fact = Fact;
    type State = State;

    fn run(session: &mut Session<'_, Fact>) -> Result<(), Interrupt> {
        run::run(session)
    }

    fn effect(command: &Command, _before: &Settings, _after: &Settings) -> Effect<Fact> {
        match command {
            Command::Set { .. } => Effect::Restart,
            // Advice needs no measurement, so its answers wait for none.
            Command::Press { id } => answered(id).map_or(Effect::Queued, Effect::Emit),
            Command::Enter { .. } => Effect::Queued,
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

    fn actions(state: &State) -> Vec<Action> {
        let next = state.answers.iter().position(Option::is_none).unwrap_or(0);
        let question = questions::QUESTIONS[next];
        let items = question.answers.iter().enumerate();
        vec![Action {
            key: Key::Char('a'),
            label: "advice".to_owned(),
            kind: ActionKind::Choose {
                title: question.text.to_owned(),
                items: items
                    .map(|(at, text)| (format!("{next}:{at}"), (*text).to_owned()))
                    .collect(),
            },
        }]
    }

    fn not_run(state: &State) -> Vec<NotRun> {
        state.not_run.clone()
    }

    fn scene(state: &State, detail: Detail) -> Scene {
        scene::scene(state, detail)
    }

    fn result(state: &State) -> serde_json::Value {
        scene::result(state)
    }

    fn summary(state: &State) -> Vec<String> {
        scene::outcome(state)
    }

    fn sample_events() -> Vec<Stamped<Fact>> {
        sample_events::events()
    }
}

/// The answer that an action's id stands for: `QUESTION:ANSWER`.
fn answered(id: &str) -> Option<Fact> {
    let (question, answer) = id.split_once(':')?;
    Some(Fact::Answered { question: question.parse().ok()?, answer: answer.parse().ok()? })
}
