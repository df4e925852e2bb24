//! The file that a run's trace goes to.
//!
//! Must not know what a trace looks like.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use crate::app::trace;
use crate::lab::Run;
use crate::report::{Failure, Summary, reason};

#[derive(Debug)]
pub(super) struct Trace {
    path: PathBuf,
    file: File,
}

impl Trace {
    /// Opens the file before anything runs, so that no run is made in vain.
    pub(super) fn create(path: PathBuf) -> Result<Self, Failure> {
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => {
                let place = format!("--trace {}", path.display());
                Err(Failure::usage("cannot write", place, reason(&error)))
            }
        }
    }

    pub(super) fn write(self, run: &dyn Run, summary: &Summary) -> Result<(), Failure> {
        trace::write(BufWriter::new(self.file), run, summary)
            .map_err(|error| Failure::writing(self.path.display().to_string(), &error))
    }
}
