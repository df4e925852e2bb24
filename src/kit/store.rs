//! A value that outlives the program: one JSON file in the user's data folder.
//!
//! The file is replaced as a whole by a rename, so that it is never half written. Two
//! programs may save it at once: under a lock, each merges its value into what is in the
//! file. A file that cannot be read is reported and not changed.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::atomic_file::AtomicFile;

/// What is kept in a file.
pub trait Stored: Serialize + DeserializeOwned + Clone + Default + PartialEq {
    const FILE: &'static str;

    /// Whether this program can keep what it has read. A later version of the program may have
    /// written fields that would be lost.
    fn is_current(&self) -> bool;

    /// What is known of both runs together: as if one run had done what both did.
    #[must_use]
    fn merge(self, later: Self) -> Self;
}

/// Why a value is not kept, and in which file.
#[derive(Debug, thiserror::Error)]
#[error("progress is not kept in {}: {cause}", path.display())]
pub struct StoreError {
    path: PathBuf,
    #[source]
    cause: Cause,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Text(#[from] serde_json::Error),
    #[error("it is no file")]
    NoFile,
    #[error("another version of this program keeps it")]
    OtherVersion,
    #[error("another program is writing it")]
    Locked,
}

/// A value, and the folder in which it is kept, if any.
#[derive(Clone, Debug, Default)]
pub struct Store<T> {
    folder: Option<PathBuf>,
    value: T,
}

impl<T: Stored> Store<T> {
    /// What is kept in `folder`; without one, the value is forgotten in the end.
    ///
    /// With it comes why it cannot be kept there, if that is so: then nothing is written.
    pub fn open(folder: Option<PathBuf>) -> (Self, Option<StoreError>) {
        let Some(path) = folder.as_ref().map(|folder| folder.join(T::FILE)) else {
            return (Self::default(), None);
        };
        match read(&path) {
            Ok(value) => (Self { folder, value }, None),
            Err(cause) => (Self::default(), Some(StoreError { path, cause })),
        }
    }

    pub fn value(&self) -> &T {
        &self.value
    }

    /// Adds to the value; returns whether that changed it. It is in the file after the next
    /// [`save`](Self::save).
    pub fn add(&mut self, later: T) -> bool {
        let now = self.value.clone().merge(later);
        let changed = now != self.value;
        self.value = now;
        changed
    }

    /// Writes the value, merged with what another program has written by now. While that one is
    /// writing, it waits if `wait`, and fails otherwise.
    ///
    /// # Errors
    /// If it could not be kept; it is tried again with the next call.
    pub fn save(&mut self, wait: bool) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let path = folder.join(T::FILE);
        let saved = save(folder, &path, &mut self.value, wait);
        saved.map_err(|cause| StoreError { path, cause })
    }
}

fn save<T: Stored>(folder: &Path, path: &Path, value: &mut T, wait: bool) -> Result<(), Cause> {
    fs::create_dir_all(folder)?;
    // Held until the file is replaced.
    let lock = File::create(path.with_extension("lock"))?;
    let locked = if wait { lock.lock().map_err(TryLockError::Error) } else { lock.try_lock() };
    locked.map_err(|error| match error {
        TryLockError::WouldBlock => Cause::Locked,
        TryLockError::Error(error) => Cause::File(error),
    })?;
    *value = read::<T>(path)?.merge(value.clone());
    Ok(replace(path, value)?)
}

fn replace<T: Stored>(path: &Path, value: &T) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    let mut file = AtomicFile::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync()?;
    file.replace()
}

/// What is there; nothing if there is no file.
fn read<T: Stored>(path: &Path) -> Result<T, Cause> {
    match fs::metadata(path) {
        Ok(about) if about.is_file() => {}
        Ok(_) => return Err(Cause::NoFile),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(T::default()),
        Err(error) => return Err(error.into()),
    }
    let value: T = serde_json::from_str(&fs::read_to_string(path)?)?;
    if value.is_current() { Ok(value) } else { Err(Cause::OtherVersion) }
}
