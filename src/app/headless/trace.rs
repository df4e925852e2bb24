//! The file that a run's trace goes to.
//!
//! A regular file is written aside and takes its place when it is complete. A device, a
//! FIFO or a descriptor (`/dev/stdout`) is opened when there is something to write: to
//! open a FIFO waits for its reader.
//!
//! Must not know what a trace looks like.

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

#[derive(Debug)]
pub struct Trace {
    path: PathBuf,
    target: TraceTarget,
}

#[derive(Debug)]
enum TraceTarget {
    Aside(AtomicFile),
    /// In a folder where nothing can be created: over the older file, when it is time.
    InPlace,
    /// At the end of what is written there already.
    Stream,
}

impl Trace {
    /// Looks at the place before anything runs, so that no run is made in vain.
    pub fn create(path: PathBuf) -> Result<Self, Failure> {
        match target(&path) {
            Ok(target) => Ok(Self { path, target }),
            Err(error) => {
                let place = format!("--trace {}", path.display());
                Err(Failure::usage("cannot write", place, reason(&error)))
            }
        }
    }

    /// Writes the trace of a run that was stopped. Returns why it was not written, if the
    /// reader took nothing.
    pub fn write(
        self,
        limits: &Limits<'_>,
        run: Box<dyn Run>,
        summary: &Summary,
    ) -> Result<Option<EarlyStop>, Failure> {
        let (path, target, summary) = (self.path, self.target, summary.clone());
        let place = path.display().to_string();
        let done = wait_for(limits, move |progress| {
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

fn target(path: &Path) -> io::Result<TraceTarget> {
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
    access(path, Access::WRITE_OK)?;
    let descriptor = ["/dev", "/proc"].iter().any(|root| path.starts_with(root));
    if descriptor || !there.is_file() {
        return Ok(TraceTarget::Stream);
    }
    Ok(AtomicFile::create(path).map_or(TraceTarget::InPlace, TraceTarget::Aside))
}
