//! The learner's progress in the user's data folder.
//!
//! The file is replaced as a whole by a rename, so that it is never half written. Two
//! programs may keep it at once: under a lock, each adds what it knows to what is there.
//! A file that is not understood is told and left alone.
//!
//! Must not know what is learnt, nor which folder it is.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::levels::Done;
use crate::kit::atomic_file::AtomicFile;

const FILE: &str = "progress.json";
/// Goes up when an older program could no longer keep the file.
const VERSION: u32 = 1;

/// What was done, by program.
pub(crate) type Book = BTreeMap<String, Done>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    threadbare_progress: u32,
    levels: Book,
}

/// The progress, and the place where it is kept, if any.
#[derive(Debug)]
pub(super) struct Store {
    folder: Option<PathBuf>,
    book: Book,
}

impl Store {
    /// What is kept in `folder`; without one, what is done is forgotten in the end.
    ///
    /// With it comes one line if it cannot be kept there, and why.
    pub(super) fn open(folder: Option<PathBuf>) -> (Self, Option<String>) {
        let read = folder.as_deref().map_or_else(|| Ok(Book::new()), read);
        let (folder, book, why) = match read {
            Ok(book) => (folder, book, None),
            Err(why) => (None, Book::new(), Some(why)),
        };
        (Self { folder, book }, why)
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    /// Adds to what was done with this program, and keeps it; tells whether it was new.
    ///
    /// # Errors
    /// One line if it could not be kept; it is tried again with what is done next.
    pub(super) fn note(&mut self, program: &str, done: Done) -> Result<bool, String> {
        let before = self.book.get(program).copied().unwrap_or_default();
        let now = before.and(done);
        if now == before {
            return Ok(false);
        }
        self.book.insert(program.to_owned(), now);
        match &self.folder {
            Some(folder) => keep(folder, &mut self.book).map(|()| true),
            None => Ok(true),
        }
    }
}

/// Puts `book` into the folder, together with what is there by now.
fn keep(folder: &Path, book: &mut Book) -> Result<(), String> {
    let failed = |error: io::Error| told(folder, &error.to_string());
    fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join("progress.lock")).map_err(failed)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => told(folder, "another program is writing it"),
        TryLockError::Error(error) => failed(error),
    })?;
    for (program, theirs) in read(folder)? {
        let mine = book.entry(program).or_default();
        *mine = theirs.and(*mine);
    }
    replace(folder, book).map_err(failed)
}

fn replace(folder: &Path, book: &Book) -> io::Result<()> {
    let page = Page {
        threadbare_progress: VERSION,
        levels: book.clone(),
    };
    let text = serde_json::to_string_pretty(&page)? + "\n";
    let mut file = AtomicFile::create(&folder.join(FILE))?;
    file.write_all(text.as_bytes())?;
    file.sync()?;
    file.replace()
}

/// What is there; nothing if there is no file.
fn read(folder: &Path) -> Result<Book, String> {
    let path = folder.join(FILE);
    let failed = |why: &str| told(folder, why);
    match fs::metadata(&path) {
        Ok(about) if about.is_file() => {}
        Ok(_) => return Err(failed("it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Book::new()),
        Err(error) => return Err(failed(&error.to_string())),
    }
    let text = fs::read_to_string(&path).map_err(|error| failed(&error.to_string()))?;
    let page: Page = serde_json::from_str(&text).map_err(|error| failed(&error.to_string()))?;
    if page.threadbare_progress == VERSION {
        Ok(page.levels)
    } else {
        Err(failed("another version of this program keeps it"))
    }
}

fn told(folder: &Path, why: &str) -> String {
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

    const GUESSED: Done = Done {
        predicted: Some(true),
        broken: false,
        over_par: None,
        proved: false,
    };
    const BROKEN: Done = Done {
        predicted: None,
        broken: true,
        over_par: Some(1),
        proved: false,
    };

    #[test]
    fn what_is_noted_is_there_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("not").join("yet");
        let mut store = opened(&folder);
        assert_eq!(store.note("counter", GUESSED), Ok(true));
        assert_eq!(store.note("counter", GUESSED), Ok(false));
        assert_eq!(store.note("counter", BROKEN), Ok(true));
        assert_eq!(opened(&folder).book()["counter"], GUESSED.and(BROKEN));
        let mut left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["progress.json", "progress.lock"]);
    }

    #[test]
    fn two_programs_lose_nothing_of_each_other() {
        let home = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (opened(home.path()), opened(home.path()));
        one.note("counter", GUESSED).unwrap();
        other.note("counter", BROKEN).unwrap();
        other.note("list", BROKEN).unwrap();
        one.note("pop", GUESSED).unwrap();
        let book = opened(home.path()).book().clone();
        assert_eq!(book["counter"], GUESSED.and(BROKEN));
        assert_eq!(book.keys().collect::<Vec<_>>(), ["counter", "list", "pop"]);
    }

    #[test]
    fn what_another_is_writing_is_not_waited_for_and_kept_the_next_time() {
        let home = tempfile::tempdir().unwrap();
        let mut store = opened(home.path());
        let lock = File::create(home.path().join("progress.lock")).unwrap();
        lock.lock().unwrap();
        let why = store.note("counter", GUESSED).unwrap_err();
        assert!(why.ends_with("another program is writing it"), "{why}");
        drop(lock);
        store.note("list", GUESSED).unwrap();
        assert_eq!(opened(home.path()).book().len(), 2);
    }

    #[test]
    fn a_torn_or_foreign_file_is_told_in_one_line_and_left_alone() {
        let whole = r#"{"threadbare_progress":1,"levels":{"counter":{"predicted":true,"broken":false,"over_par":null,"proved":false}}}"#;
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
            store.note("counter", GUESSED).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE), whole).unwrap();
        assert_eq!(opened(home.path()).book()["counter"], GUESSED);
    }

    #[test]
    fn a_file_that_came_to_harm_meanwhile_is_left_alone_too() {
        let home = tempfile::tempdir().unwrap();
        let mut store = opened(home.path());
        let path = home.path().join(FILE);
        fs::write(&path, "torn").unwrap();
        assert!(store.note("counter", GUESSED).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "torn");
    }

    #[test]
    fn without_a_folder_nothing_is_written() {
        let (mut store, why) = Store::open(None);
        assert_eq!((store.note("counter", GUESSED), why), (Ok(true), None));
        assert_eq!(store.book()["counter"], GUESSED);
    }
}
