//! The questions of the guide. What follows from the answers is in `scene/guide.rs`, by
//! their indices: the order here and the conditions there belong together.

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
