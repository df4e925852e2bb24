//! Writes a run down while it is drained.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;

use super::{End, Header, LONGEST_LINE, VERSION};
use crate::kit::event::LaneEvent;
use crate::lab::Settings;
use crate::lab::run::{Record, Recorded};

/// An event as it is written.
#[derive(Serialize)]
struct EventLine<'a> {
    t_ns: u64,
    lane: u32,
    #[serde(flatten)]
    what: Written<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Written<'a> {
    Event(&'a LaneEvent),
    Fact(Value),
}

/// Writes each event of one run to `out`. Nothing is thrown away: a write that fails is an
/// error, and the file is worth nothing without the rest.
#[derive(Debug)]
pub struct RecordingWriter<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> RecordingWriter<W> {
    /// Begins a recording of a run of `lab` that begins now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(out: W, lab: &str, settings: &Settings) -> io::Result<Self> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut writer = Self { out, line: Vec::new() };
        writer.line(&Header {
            threadbare: env!("CARGO_PKG_VERSION").to_owned(),
            recording: VERSION,
            lab: lab.to_owned(),
            seed: settings.seed,
            cores: settings.cores,
            recorded_s: since_1970.map_or(0, |time| time.as_secs()),
            live: settings.live,
            settings: settings.iter().map(|(key, value)| (key.to_owned(), value.into())).collect(),
        })?;
        Ok(writer)
    }

    /// Writes one event.
    ///
    /// # Errors
    /// If it cannot be written, or is longer than a reader accepts.
    pub fn event(&mut self, record: &Record<'_>) -> io::Result<()> {
        let what = match record.what {
            Recorded::Lane(event) => Written::Event(event),
            Recorded::Fact(fact) => Written::Fact(fact.to_json()),
        };
        self.line(&EventLine { t_ns: record.at, lane: record.id.0, what })
    }

    /// Writes the last line and returns the output, flushed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self, end: End) -> io::Result<W> {
        #[derive(Serialize)]
        struct Last {
            end: End,
        }
        self.line(&Last { end })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        if self.line.len() > LONGEST_LINE {
            let why = format!("an event takes more than {LONGEST_LINE} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
        }
        self.out.write_all(&self.line)
    }
}
