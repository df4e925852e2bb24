//! What the user did for each of the exercise's questions: predicted it, saw its key
//! experiment. Kept in the user's data folder.
//!
//! ```text
//! not answered ── predicted ──▶ predicted ─┐
//!       │                                  ├── the key experiment was seen ──▶ answered
//!       └── the question has no prediction ┘
//! ```
//!
//! The two may come in either order. Nothing is ever taken back, so two programs may write the
//! file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::kit::store::{Store, StoreError, Stored};
use crate::lab::Question;

/// Goes up when an older program could no longer keep the file.
const VERSION: u32 = 1;

/// What was done for one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The position of the first prediction among the answers.
    pub predicted: Option<usize>,
    /// The key experiment was seen.
    pub seen: bool,
}

impl Answer {
    fn merge(self, later: Self) -> Self {
        Self { predicted: self.predicted.or(later.predicted), seen: self.seen || later.seen }
    }
}

/// The answers by the numbers of their questions, as they are in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFile {
    threadbare_answers: u32,
    questions: BTreeMap<u8, Answer>,
}

impl Default for AnswerFile {
    fn default() -> Self {
        Self { threadbare_answers: VERSION, questions: BTreeMap::new() }
    }
}

impl Stored for AnswerFile {
    const FILE: &'static str = "answers.json";

    fn is_current(&self) -> bool {
        self.threadbare_answers == VERSION
    }

    fn merge(mut self, later: Self) -> Self {
        for (number, answer) in later.questions {
            let before = self.questions.entry(number).or_default();
            *before = before.merge(answer);
        }
        self
    }
}

/// Writes the answers; returns why that failed, if it did for the first time.
pub type Save = Box<dyn FnOnce() -> Option<StoreError> + Send>;

/// The answers so far, as this program knows them, and the file that they are kept in.
#[derive(Debug, Default)]
pub struct GuidedPath {
    store: Store<AnswerFile>,
    unsaved: bool,
    /// A failure was reported: a folder that cannot be written to stays so.
    warned: Arc<AtomicBool>,
}

impl GuidedPath {
    /// The answers that are kept in `folder`, and why they cannot be kept there, if so.
    pub fn open(folder: Option<PathBuf>) -> (Self, Option<StoreError>) {
        let (store, why) = Store::open(folder);
        (Self { store, ..Self::default() }, why)
    }

    pub fn answer(&self, question: &Question) -> Answer {
        self.store.value().questions.get(&question.number).copied().unwrap_or_default()
    }

    /// Whether its experiment was seen and its prediction made, if there is one.
    pub fn is_answered(&self, question: &Question) -> bool {
        let Answer { predicted, seen } = self.answer(question);
        seen && (predicted.is_some() || question.prediction.is_none())
    }

    /// Adds to what was done; returns whether the question is answered by that.
    pub fn add(&mut self, question: &Question, answer: Answer) -> bool {
        let before = self.is_answered(question);
        let questions = BTreeMap::from([(question.number, answer)]);
        self.unsaved |= self.store.add(AnswerFile { questions, ..AnswerFile::default() });
        !before && self.is_answered(question)
    }

    /// What is to be run on another thread, because a disk may be slow; `None` if everything
    /// is saved.
    pub fn unsaved(&mut self) -> Option<Save> {
        if !std::mem::take(&mut self.unsaved) {
            return None;
        }
        let (mut store, warned) = (self.store.clone(), Arc::clone(&self.warned));
        Some(Box::new(move || {
            store.save(true).err().filter(|_| !warned.swap(true, Ordering::Relaxed))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Key, Prediction, Try};

    const QUESTION: Question = Question {
        number: 4,
        text: &["?"],
        experiment: Try { key: Key::Char('l'), what: &["lock off"] },
        prediction: Some(Prediction { asks: "?", answers: &["a", "b", "c"], right: 1 }),
    };
    const PREDICTED: Answer = Answer { predicted: Some(2), seen: false };
    const SEEN: Answer = Answer { predicted: None, seen: true };

    #[test]
    fn a_question_is_answered_by_its_prediction_and_its_experiment_in_any_order() {
        for [first, second] in [[PREDICTED, SEEN], [SEEN, PREDICTED]] {
            let mut path = GuidedPath::default();
            assert!(!path.add(&QUESTION, first) && !path.is_answered(&QUESTION));
            assert!(path.add(&QUESTION, second) && path.is_answered(&QUESTION));
            assert!(!path.add(&QUESTION, second), "once");
            let again = Answer { predicted: Some(1), seen: true };
            path.add(&QUESTION, again);
            assert_eq!(path.answer(&QUESTION).predicted, Some(2), "the first counts");
        }
        let unasked = Question { prediction: None, ..QUESTION };
        assert!(GuidedPath::default().add(&unasked, SEEN));
    }

    #[test]
    fn answers_are_there_again_and_saved_once() {
        let home = tempfile::tempdir().unwrap();
        let open = || GuidedPath::open(Some(home.path().join("new")));
        let (mut path, why) = open();
        assert!(why.is_none() && path.unsaved().is_none());
        path.add(&QUESTION, PREDICTED);
        assert!(path.unsaved().unwrap()().is_none());
        path.add(&QUESTION, PREDICTED);
        assert!(path.unsaved().is_none());
        let (again, _) = open();
        assert_eq!(again.answer(&QUESTION), PREDICTED);
    }

    #[test]
    fn a_broken_file_warns_once_and_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(AnswerFile::FILE);
        std::fs::write(&file, "torn").unwrap();
        let (mut path, why) = GuidedPath::open(Some(home.path().to_owned()));
        assert!(why.unwrap().to_string().starts_with("progress is not kept in "));
        path.add(&QUESTION, SEEN);
        assert!(path.unsaved().unwrap()().is_none());
        assert_eq!(std::fs::read_to_string(file).unwrap(), "torn");
        assert!(path.answer(&QUESTION).seen, "kept until the end");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_warns_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("file");
        let (mut path, _) = GuidedPath::open(Some(folder.clone()));
        std::fs::write(folder, "no folder").unwrap();
        path.add(&QUESTION, SEEN);
        assert!(path.unsaved().unwrap()().is_some());
        path.add(&QUESTION, PREDICTED);
        assert!(path.unsaved().unwrap()().is_none());
        assert!(path.is_answered(&QUESTION));
    }
}
