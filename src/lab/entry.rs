//! A lab without its type, as it stands in the registry.
//!
//! [`Entry`] is a lab that could be started, [`Run`] is one that was. Tabs, command line,
//! headless runs, tests and pictures all use these two, so a lab that is in the registry
//! works everywhere.

use std::io::BufRead;

use super::recording::{Header, Lines, Recording, RecordingError};
use super::run::Run;
use super::runner::Runner;
use super::session::OpenError;
use super::{Info, Lab, Question, SettingConflict, Settings};

/// One lab of the registry: its description, and a function for each way to start it. A
/// plain value, so the registry is a static slice.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub info: &'static Info,
    pub questions: &'static [Question],
    open: fn(Settings) -> Result<Box<dyn Run>, OpenError>,
    check: fn(&Settings) -> Result<(), SettingConflict>,
    read: fn(&Header, Settings, &mut Lines<'_>) -> Result<Recording, RecordingError>,
}

impl Entry {
    /// Erases the type of a lab. All that depends on the type is in these
    /// functions.
    pub const fn of<L: Lab>() -> Self {
        Self {
            info: &L::INFO,
            questions: L::QUESTIONS,
            open: |settings| Runner::<L>::open(settings).map(|run| Box::new(run) as Box<dyn Run>),
            check: L::check,
            read: Runner::<L>::read,
        }
    }

    /// Starts the lab; it runs on its own threads from now on, whether or not it is
    /// drained.
    ///
    /// # Errors
    /// What could not be started, and why.
    pub fn open(&self, settings: Settings) -> Result<Box<dyn Run>, OpenError> {
        (self.open)(settings)
    }

    /// Whether the settings can be had together. Called before anything is started, so a
    /// conflict is an error of the command line and not a failed run.
    ///
    /// # Errors
    /// Two that cannot.
    pub fn check(&self, settings: &Settings) -> Result<(), SettingConflict> {
        (self.check)(settings)
    }

    /// Reads a recorded run of one of `labs` to its end.
    ///
    /// # Errors
    /// If a line is none of such a recording; see [`Recording`].
    pub fn read(labs: &[Self], file: &mut dyn BufRead) -> Result<Recording, RecordingError> {
        let mut lines = Lines::new(file);
        let header = Header::read(&mut lines)?;
        let Some(entry) = labs.iter().find(|entry| entry.info.id == header.lab) else {
            return Err(lines.error(format!("no lab is called `{}`", header.lab)));
        };
        let settings = header.settings(entry.info).map_err(|refusal| lines.error(refusal))?;
        entry.check(&settings).map_err(|conflict| lines.error(conflict))?;
        (entry.read)(&header, settings, &mut lines)
    }
}
