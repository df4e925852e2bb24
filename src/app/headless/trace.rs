//! The file that a run's trace goes to. It is written when the run is over, on another thread:
//! it may be a FIFO, and to open one waits for its reader.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::PathBuf;

use super::EarlyStop;
use super::outside::{Counted, Limits, wait_for, written};
use super::target::FileTarget;
use crate::app::trace;
use crate::lab::Run;
use crate::report::{Failure, Summary, reason};

/// A place for the trace that was looked at and can be written to, as far as can be known
/// without writing. The file may still fail to be written when the run is over.
#[derive(Debug)]
pub struct TraceFile {
    path: PathBuf,
    target: FileTarget,
}

impl TraceFile {
    /// Looks at the place before anything runs, so that no run is made in vain. An older file
    /// there stays unchanged until the new one is complete.
    ///
    /// # Errors
    /// Bad usage, if nothing can be written there.
    pub fn create(path: PathBuf) -> Result<Self, Failure> {
        match FileTarget::of(&path) {
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
                FileTarget::Aside(mut file) => {
                    write(&mut file)?;
                    file.replace()
                }
                FileTarget::InPlace => write(&mut File::create(path)?),
                FileTarget::Stream => write(&mut OpenOptions::new().append(true).open(path)?),
            }
        });
        written(&place, done)
    }
}
