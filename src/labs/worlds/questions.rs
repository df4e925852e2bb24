//! The exercise's questions about threads and processes, and when they were tried.

use super::state::{State, Strategy, Work};
use crate::lab::{Key, Prediction, Question, Try};

pub const QUESTIONS: &[Question] = &[
    Question {
        number: 1,
        text: &[
            "Threads or processes: when is which the better choice?",
            "Threads or processes: which, and when?",
        ],
        experiment: Try {
            key: Key::Char('a'),
            what: &["get advice about your task", "get advice"],
        },
        prediction: Some(Prediction {
            asks: "x = 0. A thread sets x = 1, and so does a process. Who sees the other's 1?",
            answers: &[
                "threads and processes",
                "threads only: a process has a copy of its own",
                "neither",
            ],
            right: 1,
        }),
    },
    Question {
        number: 3,
        text: &[
            "What is multiprocessing for, and what does the GIL do?",
            "What does the GIL do to threads?",
        ],
        experiment: Try { key: Key::Right, what: &["use more threads", "more threads"] },
        prediction: Some(Prediction {
            asks: "Four threads compute under the GIL. How fast are they, compared with one?",
            answers: &["about four times as fast", "about as fast as one", "half as fast as one"],
            right: 1,
        }),
    },
];

pub fn seen(state: &State, question: usize) -> bool {
    let timed = |strategy| state.strategies.contains_key(&(Work::Cpu, strategy));
    match question {
        0 => state.answers.iter().all(Option::is_some),
        _ => timed(Strategy::Gil) && timed(Strategy::Processes),
    }
}
