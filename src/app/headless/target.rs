//! What is at the path of a file that a run is to write, a trace or a recording.
//!
//! A regular file is written aside and takes its place when it is complete, so that no reader
//! finds half of it and an older one stays until then. A device, a FIFO or a descriptor
//! (`/dev/stdout`) has no place to take.

use std::path::Path;
use std::{fs, io};

use rustix::fs::{Access, access};

use crate::kit::atomic_file::AtomicFile;

#[derive(Debug)]
pub enum FileTarget {
    /// To a new file beside it, which then takes its place. If the program ends before that,
    /// nothing is left of it.
    Aside(AtomicFile),
    /// Over the older file, in a folder where no new file can be created. An end in the middle
    /// leaves half a file.
    InPlace,
    /// At the end of what is written there already: a device, a FIFO or a descriptor has no
    /// older version.
    Stream,
}

impl FileTarget {
    /// Which kind of place this is, and whether it can be written to. Nothing is opened that
    /// could make the program wait, and nothing at the place is changed.
    ///
    /// # Errors
    /// Why nothing can be written there.
    pub fn of(path: &Path) -> io::Result<Self> {
        let there = match fs::metadata(path) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return AtomicFile::create(path).map(Self::Aside);
            }
            Err(error) => return Err(error),
        };
        if there.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // Asked and not tried: to open a FIFO for writing would wait (fifo(7)).
        access(path, Access::WRITE_OK)?;
        // `/dev/stdout` may lead to a regular file that holds what was written to stdout
        // already: append to it, replace nothing.
        let descriptor = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
        if descriptor || !there.is_file() {
            return Ok(Self::Stream);
        }
        Ok(AtomicFile::create(path).map_or(Self::InPlace, Self::Aside))
    }
}
