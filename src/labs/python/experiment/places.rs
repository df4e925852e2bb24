//! Where in the script its threads were last seen: the line of each thread's last record.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::kit::python::RecordPlace;

/// Files and threads that are kept at most: what the shim writes is foreign.
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub struct Places {
    /// Its main file.
    script: PathBuf,
    /// The numbers that its processes have given to that file.
    files: HashSet<u64>,
    /// By the number of the thread.
    lines: HashMap<u64, u32>,
}

impl Places {
    /// For this main file.
    pub fn of(script: &Path) -> Self {
        Self { script: real(script), ..Self::default() }
    }

    pub fn define(&mut self, file: u64, name: &str) {
        if self.files.len() < MOST && real(Path::new(name)) == self.script {
            self.files.insert(file);
        }
    }

    /// A thread was seen there. A place in another file changes nothing: the thread was called
    /// from the line that is known.
    pub fn seen(&mut self, thread: u64, place: RecordPlace) {
        let has_room = self.lines.len() < MOST || self.lines.contains_key(&thread);
        if self.files.contains(&place.file) && place.line > 0 && has_room {
            self.lines.insert(thread, place.line);
        }
    }

    pub fn line(&self, thread: u64) -> Option<u32> {
        self.lines.get(&thread).copied()
    }
}

/// One name for a file; older interpreters know the script by the path that they were given.
pub fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
