//! The file that a run's trace goes to.
//!
//! A regular file is written aside and takes its place when it is complete, so that no reader
//! finds half a trace and an older one stays until then. A device, a FIFO or a descriptor
//! (`/dev/stdout`) has no place to take: it is opened when there is something to write, on
//! another thread, because to open a FIFO waits for its reader.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::EarlyStop;
use super::outside::{Counted, Limits, wait_for, written};
use crate::app::trace;
use crate::kit::atomic_file::AtomicFile;
use crate::lab::Run;
use crate::report::{Failure, Summary, reason};

/// A place for the trace that was looked at and can be written to, as far as can be known
/// without writing. The file may still fail to be written when the run is over.
#[derive(Debug)]
pub struct Trace {
    path: PathBuf,
    target: TraceTarget,
}

#[derive(Debug)]
pub enum TraceTarget {
    /// To a new file beside it, which then takes its place. If the program ends before that,
    /// nothing is left of it.
    Aside(AtomicFile),
    /// Over the older file, in a folder where no new file can be created. An end in the middle
    /// leaves half a trace.
    InPlace,
    /// At the end of what is written there already: a device, a FIFO or a descriptor has no
    /// older version.
    Stream,
}

impl Trace {
    /// Looks at the place before anything runs, so that no run is made in vain. An older file
    /// there stays unchanged until the new one is complete.
    ///
    /// # Errors
    /// Bad usage, if nothing can be written there.
    pub fn create(path: PathBuf) -> Result<Self, Failure> {
        match target(&path) {
            Ok(target) => Ok(Self { path, target }),
            Err(error) => {
                let place = format!("--trace {}", path.display());
                Err(Failure::usage("cannot write", place, reason(&error)))
            }
        }
    }

    /// Writes the trace of a run that was stopped. Consumes the run: it is moved to the thread
    /// that writes. Returns why the trace was not written, if the reader took nothing.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(
        self,
        limits: &Limits<'_>,
        run: Box<dyn Run>,
        summary: &Summary,
    ) -> Result<Option<EarlyStop>, Failure> {
        let (path, target, summary) = (self.path, self.target, summary.clone());
        let place = path.display().to_string();
        let done = wait_for(limits, move |progress| {
            // Counted below the buffer: what counts as progress is what the system took.
            let write = |out: &mut dyn io::Write| {
                let out = BufWriter::new(Counted(out, progress.clone()));
                trace::write(out, run.as_ref(), &summary)
            };
            match target {
                TraceTarget::Aside(mut file) => {
                    write(&mut file)?;
                    file.replace()
                }
                TraceTarget::InPlace => write(&mut File::create(path)?),
                TraceTarget::Stream => write(&mut OpenOptions::new().append(true).open(path)?),
            }
        });
        written(&place, done)
    }
}

/// Which kind of place this is, and whether it can be written to. Nothing is opened that could
/// make the program wait, and nothing at the place is changed.
pub fn target(path: &Path) -> io::Result<TraceTarget> {
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return AtomicFile::create(path).map(TraceTarget::Aside);
        }
        Err(error) => return Err(error),
    };
    if there.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Asked and not tried: to open a FIFO for writing would wait (fifo(7)).
    access(path, Access::WRITE_OK)?;
    // `/dev/stdout` may lead to a regular file that holds what was written to stdout already:
    // append to it, replace nothing.
    let descriptor = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
    if descriptor || !there.is_file() {
        return Ok(TraceTarget::Stream);
    }
    Ok(AtomicFile::create(path).map_or(TraceTarget::InPlace, TraceTarget::Aside))
}
