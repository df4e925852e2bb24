//! Where a run without a screen writes: its story as it happens, then its outcome.
//!
//! Must not know how the run is driven.

use std::io::Write;

use serde_json::{Map, Value};

use super::outside::{Limits, Stream, written};
use super::{EarlyStop, Format};
use crate::lab::{Record, Recorded};
use crate::printable::{self, Printable};
use crate::report::{Failure, Story, Summary, ascii, sentence};

const STDOUT: &str = "stdout";

/// Bytes that go to the writing thread in one message.
const CHUNK: usize = 64 * 1024;

/// The stream that carries the report.
pub struct Output<'a> {
    stream: Stream,
    buffer: Vec<u8>,
    format: Format,
    ascii: bool,
    limits: Limits<'a>,
    /// Why the run ended while the reader took nothing: the rest of the output is dropped.
    given_up: Option<EarlyStop>,
}

impl<'a> Output<'a> {
    pub fn open(
        out: impl Write + Send + 'static,
        format: Format,
        ascii: bool,
        limits: Limits<'a>,
    ) -> Result<Self, Failure> {
        let stream = Stream::open(out).map_err(|error| Failure::writing(STDOUT, &error))?;
        Ok(Self { stream, buffer: Vec::new(), format, ascii, limits, given_up: None })
    }

    /// Lines that belong to the text alone.
    pub fn lines(&mut self, lines: &[Printable]) -> Result<(), Failure> {
        if self.format == Format::Text {
            self.write_lines(lines)?;
        }
        Ok(())
    }

    /// Writes lines that a [`LineBuffer`] had ready.
    pub fn write_lines(&mut self, lines: &[Printable]) -> Result<(), Failure> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// The end of every format.
    pub fn summary(&mut self, summary: &Summary) -> Result<(), Failure> {
        match self.format {
            Format::Text => self.lines(&summary.tail()),
            Format::Json | Format::Jsonl => {
                let object = summary.json();
                self.line(&object.map_err(|error| Failure::writing(STDOUT, &error.into()))?)
            }
        }
    }

    /// Text as it is.
    pub fn raw(&mut self, text: &str) -> Result<(), Failure> {
        self.buffer.extend_from_slice(text.as_bytes());
        self.flush()
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        let chunk = std::mem::take(&mut self.buffer);
        if chunk.is_empty() || self.given_up.is_some() {
            return Ok(());
        }
        let sent = self.stream.send(&self.limits, chunk);
        self.given_up = written(STDOUT, sent)?;
        Ok(())
    }

    /// Waits until everything is written. Returns why it was not, if the reader took nothing
    /// before the run had to end.
    pub fn finish(mut self) -> Result<Option<EarlyStop>, Failure> {
        self.flush()?;
        if self.given_up.is_some() {
            return Ok(self.given_up);
        }
        written(STDOUT, self.stream.finish(&self.limits))
    }

    fn line(&mut self, line: &Printable) -> Result<(), Failure> {
        let line = match (self.ascii, self.format) {
            (false, _) => line.as_str().into(),
            (true, Format::Text) => ascii::text(line),
            (true, Format::Json | Format::Jsonl) => ascii::json(line),
        };
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        if self.buffer.len() < CHUNK {
            return Ok(());
        }
        self.flush()
    }
}

/// Turns events into lines while they are drained.
#[derive(Debug)]
pub struct LineBuffer {
    format: Format,
    story: Story,
    ready: Vec<Printable>,
}

impl LineBuffer {
    pub fn new(format: Format) -> Self {
        Self { format, story: Story::default(), ready: Vec::new() }
    }

    pub fn add(&mut self, record: &Record<'_>) {
        match self.format {
            Format::Text => {
                if let Some(text) = record.sentence.filter(|_| record.in_story) {
                    let line = sentence(record.lane, text);
                    self.ready.extend(self.story.push(record.at, line));
                }
            }
            Format::Json => {}
            Format::Jsonl => self.ready.push(event(record)),
        }
    }

    /// Takes the lines that can be written now.
    pub fn take_ready(&mut self) -> Vec<Printable> {
        std::mem::take(&mut self.ready)
    }

    /// Takes the lines that were kept back until the end of the run.
    pub fn rest(&mut self) -> Vec<Printable> {
        self.story.finish()
    }
}

/// One event as one line of JSON; its own fields stand beside those that all have.
fn event(record: &Record<'_>) -> Printable {
    let own = match record.what {
        Recorded::Lane(what) => serde_json::to_value(what).unwrap_or_default(),
        Recorded::Fact(fact) => fact.to_json(),
    };
    let mut all = Map::new();
    all.insert("t_ns".to_owned(), record.at.into());
    all.insert("lane".to_owned(), record.lane.into());
    all.insert("lane_id".to_owned(), record.id.0.into());
    all.insert("sentence".to_owned(), record.sentence.into());
    if let Value::Object(own) = own {
        for (key, value) in own {
            all.entry(key).or_insert(value);
        }
    }
    printable::json(&Value::Object(all).to_string()).into()
}
