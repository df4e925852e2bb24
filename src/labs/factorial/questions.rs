//! The exercise's question about the pool of threads, and when it was tried.

use super::state::State;
use crate::lab::{Key, Prediction, Question, Try};

pub const QUESTIONS: &[Question] = &[Question {
    number: 7,
    text: &[
        "Ten factorials, eight threads: in which order are they done?",
        "Ten factorials, eight threads: who is done first?",
        "Eight threads: who is done first?",
    ],
    experiment: Try {
        key: Key::Char('o'),
        what: &["results as they are completed", "change the order"],
    },
    prediction: Some(Prediction {
        asks: "1! to 10! are submitted in this order. In which order are they completed?",
        answers: &[
            "1! to 10!, as they were submitted",
            "10! to 1!",
            "in any order: each as soon as it is ready",
        ],
        right: 2,
    }),
}];

pub fn seen(state: &State, _question: usize) -> bool {
    state.summary.is_some()
}
