//! The question of the levels, and when it was tried.

use super::state::State;
use crate::lab::{Key, Question, Try};

pub const QUESTIONS: &[Question] = &[Question {
    number: 0,
    text: &[
        "You are the scheduler: which orders of steps break a program?",
        "You are the scheduler: which orders break it?",
        "Which orders of steps break it?",
    ],
    experiment: Try { key: Key::Char('w'), what: &["predict what can come out", "predict"] },
    prediction: None,
}];

pub fn seen(state: &State, _question: usize) -> bool {
    // A whole level: it asks for a prediction of its own.
    state.has_finished_a_level()
}
