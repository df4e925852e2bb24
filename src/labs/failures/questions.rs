//! The exercise's question about exceptions, and when it was tried.

use super::state::State;
use crate::lab::{Key, Prediction, Question, Try};

pub const QUESTIONS: &[Question] = &[Question {
    number: 6,
    text: &[
        "An error in a thread, a killed process: who notices, what is lost?",
        "An error, a killed process: who notices?",
        "A killed process: who notices?",
    ],
    experiment: Try { key: Key::Char('x'), what: &["inject the next fault", "next fault"] },
    prediction: Some(Prediction {
        asks: "A worker of `multiprocessing.Pool` is killed. What does `get()` on its task do?",
        answers: &["it raises an exception", "it returns None", "it never returns"],
        right: 2,
    }),
}];

pub fn seen(state: &State, _question: usize) -> bool {
    // A task that no pool gives back, beside those that are.
    state.outcomes.values().any(|outcome| outcome.lost > 0)
}
