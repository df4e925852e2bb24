//! The questions of the guide. What follows from the answers is in `scene/guide.rs`, by the
//! indices that have names here.

/// It waits most of the time, an answer to the first question.
pub const WAITS: usize = 1;
/// Tens of thousands at once, an answer to the second.
pub const TENS_OF_THOUSANDS: usize = 2;
/// `CPython` with its GIL, an answer to the third.
pub const GIL: usize = 1;
/// Each task shares hardly any data, and all tasks change what they share: answers to the fourth.
pub const HARDLY_ANY: usize = 0;
pub const ALL_CHANGE_IT: usize = 2;
/// The others must survive a crash, an answer to the last.
pub const OTHERS_SURVIVE: usize = 1;

#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub text: &'static str,
    pub answers: &'static [&'static str],
}

pub const QUESTIONS: [Question; 5] = [
    Question {
        text: "What does the task do most of the time?",
        answers: &["it computes", "it waits (network, disk, timers)", "both about equally"],
    },
    Question {
        text: "How many are under way at once?",
        answers: &["a handful", "hundreds", "tens of thousands"],
    },
    Question {
        text: "In which language?",
        answers: &[
            "Rust (or another without a global lock)",
            "CPython with its GIL",
            "CPython, free-threaded",
        ],
    },
    Question {
        text: "How much data does each task share with the others?",
        answers: &["hardly any", "much, mostly read", "much, and all of them change it"],
    },
    Question {
        text: "What if one of them crashes?",
        answers: &["then all may end", "the others must keep running"],
    },
];
