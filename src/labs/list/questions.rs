//! The exercise's question about the list, and when it was tried.

use super::state::State;
use crate::lab::{Key, Prediction, Question, Try};

pub const QUESTIONS: &[Question] = &[Question {
    number: 4,
    text: &[
        "Two threads change one list at once: what does the lock do?",
        "Two threads, one list: what does the lock do?",
        "One list: what does the lock do?",
    ],
    experiment: Try { key: Key::Char('l'), what: &["take the lock away", "lock off"] },
    prediction: Some(Prediction {
        asks: "Two threads change one list without a lock. What happens?",
        answers: &[
            "a thread gets an error",
            "values are lost or duplicated, and no thread sees an error",
            "nothing: to append is a single step",
        ],
        right: 1,
    }),
}];

pub fn seen(state: &State, _question: usize) -> bool {
    // Both versions: a loss without the lock, and the lock in force by itself at the start.
    state.last_anomaly.is_some()
}
