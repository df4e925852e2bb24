//! What one process writes: its records and their definitions.

use std::fs;
use std::io;
use std::path::Path;

use crate::kit::python::definitions::{Definition, Definitions};
use crate::kit::python::record::Record;
use crate::kit::python::ring::Ring;
use crate::kit::python::scope::Scope;

/// It stays readable after the process has ended, however it ended.
#[derive(Debug)]
pub struct Written {
    pub pid: u32,
    /// `None` when the process has ended and all is read, so that the memory is free again.
    pub files: Option<(Ring, Definitions)>,
    /// Records read, and records lost.
    pub records: (u64, u64),
}

impl Written {
    /// Opens both files, and says how long each thread waits after a record; `None` as long as
    /// there are none.
    ///
    /// # Errors
    /// If they cannot be read, or are of another version.
    pub fn open(folder: &Path, pid: u32, scope: Scope, delay: u64) -> io::Result<Option<Self>> {
        let Some(ring) = Ring::open(&folder.join(format!("ring.{pid}")), scope)? else {
            return Ok(None);
        };
        let definitions = Definitions::open(&folder.join(format!("definitions.{pid}")), scope)?;
        ring.slow(delay)?;
        Ok(Some(Self { pid, files: Some((ring, definitions)), records: (0, 0) }))
    }

    /// Adds the records since the last time, of a process that has ended beyond those that it did
    /// not finish. Returns whether there may be more.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn read(&mut self, ended: bool, records: &mut Vec<Record>) -> io::Result<bool> {
        let Some((ring, _)) = &mut self.files else {
            return Ok(false);
        };
        let more = if ended { ring.read_rest(records)? } else { ring.read(records)? };
        self.records = (ring.count(), ring.lost());
        Ok(more)
    }

    /// The definitions since the last time.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn definitions(&mut self) -> io::Result<Vec<Definition>> {
        let mut read = Vec::new();
        if let Some((_, definitions)) = &mut self.files {
            definitions.read(&mut read)?;
        }
        Ok(read)
    }

    /// The process has ended, and all is read.
    pub fn close(&mut self, folder: &Path) {
        self.files = None;
        remove(folder, self.pid);
    }
}

/// Removes what a process writes. It can go on writing there, and the memory is free when it ends.
pub fn remove(folder: &Path, pid: u32) {
    for name in ["ring", "definitions"] {
        let _ = fs::remove_file(folder.join(format!("{name}.{pid}")));
    }
}
