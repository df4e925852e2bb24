//! The exercise's questions about pools of processes, and when they were tried.

use super::settings::Timing;
use super::state::State;
use crate::lab::{Key, Prediction, Question, Try};

pub const QUESTIONS: &[Question] = &[
    Question {
        number: 8,
        text: &[
            "Pools of 2, 4 and 8 processes square 1 to 10: which is fastest?",
            "Pools of 2, 4, 8 processes: which is fastest?",
            "2, 4, 8 processes: which is fastest?",
        ],
        experiment: Try { key: Key::Char('w'), what: &["give each task more work", "more work"] },
        prediction: Some(Prediction {
            asks: "1 to 10 are squared by a pool of 2, of 4 and of 8 processes, start-up included. Which is fastest?",
            answers: &["2 processes", "4 processes", "8 processes"],
            right: 0,
        }),
    },
    Question {
        number: 2,
        text: &["What is a process pool, and what does it save?", "What does a process pool save?"],
        experiment: Try { key: Key::Char('o'), what: &["leave the start-up out", "warm pool"] },
        prediction: Some(Prediction {
            asks: "A pool squares ten numbers. What takes most of its time?",
            answers: &[
                "computing the squares",
                "sending tasks and results",
                "starting the processes",
            ],
            right: 2,
        }),
    },
];

pub fn seen(state: &State, question: usize) -> bool {
    match question {
        0 => state.rounds_are_over(),
        _ => state.warm_runs > 0 && state.plan.timing == Timing::Warm,
    }
}
