//! `worlds`: threads or processes, and when?
//!
//! The question: why does the same work speed up with threads in one language and not in
//! another, and what do threads and processes cost? The screen shows the same work done
//! one after the other, by threads, by threads under a model of CPython's global lock,
//! and by processes, all measured here and now; what starting one and exchanging a
//! message with it costs; one variable changed by a thread and by a process; and what
//! survives a crash.
//!
//! Real: the threads, the processes with their pids, the sockets, pipes, files and shared
//! memory, the crashes. A model, and called one: the GIL around our own work. Where a
//! CPython is found, its figures come from running it.
//!
//! ```text
//! a pass:  one variable ─▶ a crash ─▶ rounds: each work with each strategy
//!          ─▶ CPython, the same number of rounds ─▶ costs, one by one ─▶ load ─▶ done
//! live:    after a pause another pass, whose rounds are added to those before
//! ```
//!
//! A speed-up is a ratio within a round: both times were measured shortly after each
//! other, so that a slow moment of the machine affects both. What is shown is the median
//! of these ratios, with the interval that [`crate::timeline::stat`] computes from them.
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

pub use experiment::worker_fns::WORKER_FNS;
use facts::Fact;
use state::State;

use crate::kit::clock::whole_ns;
use crate::kit::event::Stamped;
use crate::lab::{
    Action, ActionKind, Command, Detail, Effect, Info, Interrupt, Key, Lab, Question, Sentence,
    Session, Settings,
};
use crate::scene::{Finding, NotRun, Scene};
use settings::Answer;

/// The comparison of threads and processes, as the registry of labs knows it.
#[derive(Debug)]
pub struct ThreadsOrProcesses;

impl Lab for ThreadsOrProcesses {
    const INFO: Info = Info {
        id: "worlds",
        title: "Threads or processes",
        tab: &["Worlds"],
        question: "Threads or processes: which is faster for which work, and what does each cost?",
        lesson: include_str!("../../../assets/lessons/worlds.md"),
        controls: settings::ALL,
    };

    const QUESTIONS: &'static [Question] = questions::QUESTIONS;
    type Fact = Fact;
    type Command = Answer;
    type State = State;

    fn run(session: &mut Session<'_, Self>) -> Result<(), Interrupt> {
        run::run(session)
    }

    fn effect(
        command: &Command<Self::Command>,
        _before: &Settings,
        after: &Settings,
    ) -> Effect<Fact> {
        match command {
            // Each setting changes what is measured: work, size and number of workers.
            Command::Set { .. } => Effect::RestartAnd(Fact::Changed {
                n: after.get(settings::N),
                work: after.get(settings::WORK),
                size_ns: whole_ns(after.get(settings::SIZE)),
            }),
            // Advice needs no measurement, so its answers wait for none.
            Command::Do(Answer { question, answer }) => {
                Effect::Emit(Fact::Answered { question: *question, answer: *answer })
            }
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
        state.done
    }

    fn actions(state: &State) -> Vec<Action<Self::Command>> {
        let questions = experiment::interview::QUESTIONS.iter().enumerate();
        let questions = questions.map(|(question, asked)| {
            let answers = asked.answers.iter().enumerate();
            let answers =
                answers.map(|(answer, text)| (Answer { question, answer }, (*text).to_owned()));
            (asked.text.to_owned(), answers.collect())
        });
        let kind =
            ActionKind::Interview { questions: questions.collect(), answer: scene::answer(state) };
        let about = "five questions on your own program: threads or processes, and why";
        vec![Action::new(Key::Char('a'), "advice", kind).about(about)]
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
        findings::findings(state).into_iter().map(Finding::from).collect()
    }

    fn result(state: &State) -> serde_json::Value {
        result::result(state)
    }

    fn summary(state: &State) -> Vec<String> {
        result::summary(state)
    }
}
