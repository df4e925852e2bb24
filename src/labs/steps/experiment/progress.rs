//! The scores of the user, kept in the user's data folder.
//!
//! Two programs may run at once and save: what one has added is merged with what the other has, so
//! the file only ever gains.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::levels::LevelScore;
use crate::kit::store::{self, StoreError, Stored};

/// Goes up when an older program could no longer keep the file.
const VERSION: u32 = 1;

/// What was done, by program.
pub type Scores = BTreeMap<String, LevelScore>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreFile {
    threadbare_progress: u32,
    levels: Scores,
}

impl Default for ScoreFile {
    fn default() -> Self {
        Self { threadbare_progress: VERSION, levels: Scores::new() }
    }
}

impl Stored for ScoreFile {
    const FILE: &'static str = "progress.json";

    fn is_current(&self) -> bool {
        self.threadbare_progress == VERSION
    }

    fn merge(mut self, later: Self) -> Self {
        for (program, done) in later.levels {
            let before = self.levels.entry(program).or_default();
            *before = before.merge(done);
        }
        self
    }
}

/// The progress, and the place where it is kept, if any. See [`crate::kit::store`] for how files
/// are replaced.
#[derive(Debug)]
pub struct Store(store::Store<ScoreFile>);

impl Store {
    /// What is kept in `folder`; without one, what is done is forgotten in the end.
    ///
    /// With it comes why it cannot be kept there, if that is so.
    pub fn open(folder: Option<PathBuf>) -> (Self, Option<StoreError>) {
        let (store, why) = store::Store::open(folder);
        (Self(store), why)
    }

    pub fn scores(&self) -> &Scores {
        &self.0.value().levels
    }

    /// Adds to what was done with this program, and saves it; returns whether it was new.
    ///
    /// # Errors
    /// If it could not be kept; it is tried again with the next record.
    pub fn record(&mut self, program: &str, done: LevelScore) -> Result<bool, StoreError> {
        let levels = Scores::from([(program.to_owned(), done)]);
        if !self.0.add(ScoreFile { levels, ..ScoreFile::default() }) {
            return Ok(false);
        }
        // Its thread answers the user's keys, so it does not wait for another program.
        self.0.save(false).map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;

    use super::*;

    const FILE: &str = ScoreFile::FILE;

    fn opened(folder: &Path) -> Store {
        let (store, why) = Store::open(Some(folder.to_owned()));
        assert!(why.is_none(), "{why:?}");
        store
    }

    const GUESSED: LevelScore =
        LevelScore { predicted: Some(true), broken: false, extra_switches: None, proved: false };
    const BROKEN: LevelScore =
        LevelScore { predicted: None, broken: true, extra_switches: Some(1), proved: false };

    #[test]
    fn what_is_noted_is_there_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("not").join("yet");
        let mut store = opened(&folder);
        assert!(store.record("counter", GUESSED).unwrap());
        assert!(!store.record("counter", GUESSED).unwrap(), "nothing new");
        assert!(store.record("counter", BROKEN).unwrap());
        assert_eq!(opened(&folder).scores()["counter"], GUESSED.merge(BROKEN));
        let mut left: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["progress.json", "progress.lock"]);
    }

    #[test]
    fn two_programs_lose_nothing_of_each_other() {
        let home = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (opened(home.path()), opened(home.path()));
        one.record("counter", GUESSED).unwrap();
        other.record("counter", BROKEN).unwrap();
        other.record("list", BROKEN).unwrap();
        one.record("pop", GUESSED).unwrap();
        let scores = opened(home.path()).scores().clone();
        assert_eq!(scores["counter"], GUESSED.merge(BROKEN));
        assert_eq!(scores.keys().collect::<Vec<_>>(), ["counter", "list", "pop"]);
    }

    #[test]
    fn what_another_is_writing_is_not_waited_for_and_kept_the_next_time() {
        let home = tempfile::tempdir().unwrap();
        let mut store = opened(home.path());
        let lock = File::create(home.path().join("progress.lock")).unwrap();
        lock.lock().unwrap();
        let why = store.record("counter", GUESSED).unwrap_err().to_string();
        assert!(why.ends_with("another program is writing it"), "{why}");
        drop(lock);
        store.record("list", GUESSED).unwrap();
        assert_eq!(opened(home.path()).scores().len(), 2);
    }

    #[test]
    fn a_torn_or_foreign_file_is_reported_in_one_line_and_not_changed() {
        let whole = r#"{"threadbare_progress":1,"levels":{"counter":{"predicted":true,"broken":false,"extra_switches":null,"proved":false}}}"#;
        for text in [
            "",
            &whole[..whole.len() / 2],
            "theme = 1",
            r#"{"threadbare_progress":2,"levels":{}}"#,
            r#"{"threadbare_progress":1,"levels":{},"more":1}"#,
            r#"{"threadbare_progress":1,"levels":{"counter":{"broken":-1}}}"#,
        ] {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join(FILE);
            fs::write(&path, text).unwrap();
            let (mut store, why) = Store::open(Some(home.path().to_owned()));
            let why = why.unwrap_or_else(|| panic!("{text} was understood")).to_string();
            assert!(why.starts_with("progress is not kept in ") && !why.contains('\n'));
            store.record("counter", GUESSED).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE), whole).unwrap();
        assert_eq!(opened(home.path()).scores()["counter"], GUESSED);
    }

    #[test]
    fn a_file_that_came_to_harm_meanwhile_is_left_alone_too() {
        let home = tempfile::tempdir().unwrap();
        let mut store = opened(home.path());
        let path = home.path().join(FILE);
        fs::write(&path, "torn").unwrap();
        assert!(store.record("counter", GUESSED).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "torn");
    }

    #[test]
    fn without_a_folder_nothing_is_written() {
        let (mut store, why) = Store::open(None);
        assert!(store.record("counter", GUESSED).unwrap() && why.is_none());
        assert_eq!(store.scores()["counter"], GUESSED);
    }
}
