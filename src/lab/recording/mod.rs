//! Recordings of runs: every event of a run in a file, so that it can be shown again as it was.
//!
//! ```text
//!   {"threadbare":"0.1.0","recording":1,"lab":"list","seed":42, ..}     what ran, and how
//!   {"t_ns":0,"lane":0,"event":{"event":"thread.start", ..}}            a lane event
//!   {"t_ns":81200,"lane":0,"fact":{"event":"list.round", ..}}           a fact of the lab
//!   ..
//!   {"end":{"elapsed_ns":12300000,"dropped_events":0, ..}}              how it ended
//! ```
//!
//! One object per line, in the order in which the run was drained. That is the order in which
//! they were folded, so folding them again gives the same states, sentences and figures. A
//! file without the last line is not complete, and is refused.
//!
//! A file is foreign input: its texts are made printable, its names must be those of the
//! program, and nothing is allocated because of a number in it. What is possible as a fact but
//! never happened is shown as it stands; it must not make a lab panic or hang.

mod lines;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::lines::{Lines, RecordingError};
pub use self::writer::RecordingWriter;

use super::run::Run;
use super::{Info, SettingError, Settings};
use crate::kit::event::{LaneEvent, LaneId, Stamped, What};

/// The version of the format that this program writes and reads. Another one is refused: a
/// fact could mean something else in it.
pub const VERSION: u32 = 1;
/// Bytes that a line may have. More than any run writes but one whose numbers have millions of
/// digits, and a bound to what a file without line ends can make us store.
pub const LONGEST_LINE: usize = 16 << 20;

/// Nanoseconds that a run can last, some 36 years: times can be added without a check.
const LONGEST_RUN: u64 = 1 << 60;

/// A run that was read from a file, and can be played any number of times.
pub struct Recording {
    pub info: &'static Info,
    /// As it was run.
    pub settings: Settings,
    /// When it was recorded, in seconds since 1970 (UTC).
    pub recorded_s: u64,
    /// How it ended.
    pub end: End,
    open: Box<dyn Fn() -> Box<dyn Run> + Send>,
}

impl Recording {
    pub fn new(
        info: &'static Info,
        settings: Settings,
        recorded_s: u64,
        end: End,
        open: impl Fn() -> Box<dyn Run> + Send + 'static,
    ) -> Self {
        Self { info, settings, recorded_s, end, open: Box::new(open) }
    }

    /// Plays it from its beginning.
    pub fn open(&self) -> Box<dyn Run> {
        (self.open)()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("lab", &self.info.id).finish_non_exhaustive()
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub struct Header {
    /// The version of the program; for people.
    threadbare: String,
    recording: u32,
    pub lab: String,
    seed: u64,
    cores: usize,
    pub recorded_s: u64,
    /// Whether the settings were those of a live screen, where labs begin again and wait for
    /// the user.
    #[serde(default)]
    live: bool,
    settings: BTreeMap<String, Value>,
}

impl Header {
    /// Reads the first line.
    ///
    /// # Errors
    /// If it is none, or of another version.
    pub fn read(lines: &mut Lines<'_>) -> Result<Self, RecordingError> {
        let Some(value) = lines.next()? else {
            return Err(lines.error("the file is empty"));
        };
        // Looked at alone: what else a header of another version holds is not known.
        let version = value.get("recording").and_then(Value::as_u64);
        match version {
            None => return Err(lines.error("not a recording of a run")),
            Some(version) if version != u64::from(VERSION) => {
                let why = format!("a recording of version {version}; this program reads {VERSION}");
                return Err(lines.error(why));
            }
            Some(_) => {}
        }
        Self::deserialize(value).map_err(|error| lines.error(error))
    }

    /// The settings that the run had, each checked as if it was typed.
    ///
    /// # Errors
    /// A setting that the lab does not have, or not with this value.
    pub fn settings(&self, info: &Info) -> Result<Settings, SettingError> {
        let mut settings = Settings::defaults(info, self.seed, PathBuf::new(), self.live);
        settings.cores = self.cores;
        for (key, value) in &self.settings {
            let typed = match value {
                Value::String(text) => text.clone(),
                Value::Array(all) => all.iter().map(Value::to_string).collect::<Vec<_>>().join(","),
                other => other.to_string(),
            };
            settings.set(info, key, &typed)?;
        }
        Ok(settings)
    }
}

/// The last line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct End {
    /// From the beginning of the run to its end.
    pub elapsed_ns: u64,
    /// Events that were lost before they could be recorded.
    pub dropped_events: u64,
    /// What ended the run early, if anything did.
    pub stopped_by: Option<String>,
    /// The lab's result at the end, for programs that read the file.
    pub result: Value,
}

/// Any line but the first.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    End { end: End },
    Event { t_ns: u64, lane: u32, event: Value },
    Fact { t_ns: u64, lane: u32, fact: Value },
}

#[derive(Debug)]
pub struct RecordedEvents<F> {
    pub events: Arc<[Stamped<F>]>,
    pub end: End,
}

/// Reads all lines but the first.
///
/// # Errors
/// If one of them is no event, or the last one is missing or not the last.
pub fn read_events<F: DeserializeOwned>(
    lines: &mut Lines<'_>,
) -> Result<RecordedEvents<F>, RecordingError> {
    let mut events = Vec::new();
    loop {
        let Some(value) = lines.next()? else {
            return Err(lines.error("the recording has no end: the file is not complete"));
        };
        let line = Line::deserialize(value);
        let (at, lane, what) = match line.map_err(|_| lines.error("no event of a recording"))? {
            Line::End { end } => {
                if end.elapsed_ns > LONGEST_RUN {
                    return Err(lines.error("later than any run lasts"));
                }
                if lines.next()?.is_some() {
                    return Err(lines.error("a line after the end of the recording"));
                }
                return Ok(RecordedEvents { events: events.into(), end });
            }
            Line::Event { t_ns, lane, event } => {
                (t_ns, lane, LaneEvent::deserialize(event).map(What::Lane))
            }
            Line::Fact { t_ns, lane, fact } => (t_ns, lane, F::deserialize(fact).map(What::Fact)),
        };
        let what = what.map_err(|error| lines.error(error))?;
        if at > LONGEST_RUN {
            return Err(lines.error("later than any run lasts"));
        }
        events.push(Stamped { at, lane: LaneId(lane), what });
    }
}
