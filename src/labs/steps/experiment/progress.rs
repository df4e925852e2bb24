//! The scores of the user, saved in the user's data folder.
//!
//! The file is replaced as a whole by a rename, so that it is never half written. Two
//! programs may save it at once: under a lock, each adds its scores to those in the file.
//! A file that cannot be parsed is reported and not changed.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::levels::LevelScore;
use crate::kit::atomic_file::AtomicFile;

const FILE: &str = "progress.json";
/// Goes up when an older program could no longer keep the file.
const VERSION: u32 = 1;

/// What was done, by program.
pub type Scores = BTreeMap<String, LevelScore>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreFile {
    threadbare_progress: u32,
    levels: Scores,
}

/// The progress, and the place where it is kept, if any.
#[derive(Debug)]
pub struct Store {
    folder: Option<PathBuf>,
    scores: Scores,
}

impl Store {
    /// What is kept in `folder`; without one, what is done is forgotten in the end.
    ///
    /// With it comes one line if it cannot be kept there, and why.
    pub fn open(folder: Option<PathBuf>) -> (Self, Option<String>) {
        let read = folder.as_deref().map_or_else(|| Ok(Scores::new()), read);
        let (folder, scores, why) = match read {
            Ok(scores) => (folder, scores, None),
            Err(why) => (None, Scores::new(), Some(why)),
        };
        (Self { folder, scores }, why)
    }

    pub fn scores(&self) -> &Scores {
        &self.scores
    }

    /// Adds to what was done with this program, and saves it; returns whether it was new.
    ///
    /// # Errors
    /// One line if it could not be kept; it is tried again with the next record.
    pub fn record(&mut self, program: &str, done: LevelScore) -> Result<bool, String> {
        let before = self.scores.get(program).copied().unwrap_or_default();
        let now = before.merge(done);
        if now == before {
            return Ok(false);
        }
        self.scores.insert(program.to_owned(), now);
        match &self.folder {
            Some(folder) => save(folder, &mut self.scores).map(|()| true),
            None => Ok(true),
        }
    }
}

/// Puts `scores` into the folder, together with what is there by now.
fn save(folder: &Path, scores: &mut Scores) -> Result<(), String> {
    let failed = |error: io::Error| save_error(folder, &error.to_string());
    fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join("progress.lock")).map_err(failed)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => save_error(folder, "another program is writing it"),
        TryLockError::Error(error) => failed(error),
    })?;
    for (program, theirs) in read(folder)? {
        let mine = scores.entry(program).or_default();
        *mine = theirs.merge(*mine);
    }
    replace(folder, scores).map_err(failed)
}

fn replace(folder: &Path, scores: &Scores) -> io::Result<()> {
    let page = ScoreFile { threadbare_progress: VERSION, levels: scores.clone() };
    let text = serde_json::to_string_pretty(&page)? + "\n";
    let mut file = AtomicFile::create(&folder.join(FILE))?;
    file.write_all(text.as_bytes())?;
    file.sync()?;
    file.replace()
}

/// What is there; nothing if there is no file.
fn read(folder: &Path) -> Result<Scores, String> {
    let path = folder.join(FILE);
    let failed = |why: &str| save_error(folder, why);
    match fs::metadata(&path) {
        Ok(about) if about.is_file() => {}
        Ok(_) => return Err(failed("it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Scores::new()),
        Err(error) => return Err(failed(&error.to_string())),
    }
    let text = fs::read_to_string(&path).map_err(|error| failed(&error.to_string()))?;
    let page: ScoreFile =
        serde_json::from_str(&text).map_err(|error| failed(&error.to_string()))?;
    if page.threadbare_progress == VERSION {
        Ok(page.levels)
    } else {
        Err(failed("another version of this program keeps it"))
    }
}

fn save_error(folder: &Path, why: &str) -> String {
    let path = folder.join(FILE);
    format!("progress is not kept in {}: {why}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(folder: &Path) -> Store {
        let (store, why) = Store::open(Some(folder.to_owned()));
        assert_eq!(why, None);
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
        assert_eq!(store.record("counter", GUESSED), Ok(true));
        assert_eq!(store.record("counter", GUESSED), Ok(false));
        assert_eq!(store.record("counter", BROKEN), Ok(true));
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
        let why = store.record("counter", GUESSED).unwrap_err();
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
            let why = why.unwrap_or_else(|| panic!("{text} was understood"));
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
        assert_eq!((store.record("counter", GUESSED), why), (Ok(true), None));
        assert_eq!(store.scores()["counter"], GUESSED);
    }
}
