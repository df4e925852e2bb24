//! The exercise's question about tools for sharing, and when it was tried.

use super::state::State;
use crate::lab::{Key, Prediction, Question, Try};

pub const QUESTIONS: &[Question] = &[Question {
    number: 5,
    text: &[
        "Which tools share data, and how does each fail when misused?",
        "Which tools share data, and how do they fail?",
        "Which tools share data?",
    ],
    experiment: Try { key: Key::Char('x'), what: &["misuse this tool", "misuse it"] },
    prediction: Some(Prediction {
        asks: "Two threads take the same two locks, in opposite orders. What happens?",
        answers: &[
            "one of them gets an error",
            "it works: locks exclude each other",
            "in some orders both wait for ever",
        ],
        right: 2,
    }),
}];

pub fn seen(state: &State, _question: usize) -> bool {
    // Both uses of one tool, to compare.
    let mut records = state.records.values();
    records.any(|record| record.correct.is_some() && !record.misuses.is_empty())
}
