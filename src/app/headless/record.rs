//! The file that a run is recorded to, event by event while it is drained.
//!
//! It is written aside and takes its place when the run is over, so that no reader finds a part
//! of a recording. Only a regular file can do that, and a write to one ends by itself: so it is
//! written on the main thread, and a long run takes no memory for it.

use std::io::{self, BufWriter};
use std::path::PathBuf;

use super::target::FileTarget;
use crate::kit::atomic_file::AtomicFile;
use crate::lab::{End, Entry, Record, RecordingWriter, Settings};
use crate::report::{Failure, Summary, reason};

#[derive(Debug)]
pub struct RunRecorder {
    path: PathBuf,
    /// Or why an event could not be written: then there is no recording, and the run goes on.
    writer: io::Result<RecordingWriter<BufWriter<AtomicFile>>>,
}

impl RunRecorder {
    /// Begins a recording of the run that is about to start. An older file stays unchanged until
    /// the new one is complete.
    ///
    /// # Errors
    /// Bad usage, if no file can be written there.
    pub fn create(path: PathBuf, entry: &Entry, settings: &Settings) -> Result<Self, Failure> {
        let created = FileTarget::of(&path).and_then(|target| match target {
            FileTarget::Aside(file) => Ok(file),
            FileTarget::InPlace | FileTarget::Stream => {
                Err(io::Error::other("no new file can take its place"))
            }
        });
        let file = created.map_err(|error| {
            let place = format!("--record {}", path.display());
            Failure::usage("cannot write", place, reason(&error))
        })?;
        let writer = RecordingWriter::begin(BufWriter::new(file), entry.info.id, settings);
        Ok(Self { path, writer })
    }

    pub fn event(&mut self, record: &Record<'_>) {
        if let Ok(writer) = &mut self.writer
            && let Err(error) = writer.event(record)
        {
            self.writer = Err(error);
        }
    }

    /// Completes the recording of a run that took `elapsed_ns`, and puts it in its place.
    ///
    /// # Errors
    /// If anything of it could not be written; an older file stays then.
    pub fn end(self, elapsed_ns: u64, summary: &Summary) -> Result<(), Failure> {
        let end = End {
            elapsed_ns,
            dropped_events: summary.dropped_events,
            stopped_by: summary.stopped_by.as_ref().map(ToString::to_string),
            result: summary.result.clone(),
        };
        let written = self.writer.and_then(|writer| writer.end(end));
        let written = written.and_then(|out| out.into_inner().map_err(io::Error::from)?.replace());
        written.map_err(|error| Failure::writing(self.path.display().to_string(), &error))
    }
}
