//! Where a run without a screen writes: its story as it happens, then its outcome, in the
//! format that was asked for. It collects lines into chunks and leaves the writing to
//! [`super::outside`].

use std::io::Write;

use serde_json::{Map, Value};

use super::outside::{Limits, Stream, written};
use super::{EarlyStop, Format};
use crate::lab::{Record, Recorded};
use crate::printable::{self, Printable};
use crate::report::{Failure, Story, Summary, ascii, sentence};

const STDOUT: &str = "stdout";

/// Bytes that go to the writing thread in one message. With a fast lab this bounds the cost of
/// the channel; with a slow one the loop flushes earlier.
const CHUNK: usize = 64 * 1024;

/// The stream that carries the report. Owned by the main thread. Every method that sends may
/// wait for the reader, within the limits; after the reader was given up or a write has failed
/// all of them return at once, and [`Output::finish`] says so. Nothing else is lost by it.
pub struct Output<'a> {
    stream: Stream,
    /// Lines that were not sent yet. Longer than [`CHUNK`] only by its last line.
    buffer: Vec<u8>,
    format: Format,
    ascii: bool,
    limits: Limits<'a>,
    /// Why the reader was given up, if it was: it took nothing after the run had to end.
    /// Everything after that is dropped without another wait.
    given_up: Option<EarlyStop>,
    /// The first write that failed. Everything after that is dropped.
    failed: Option<Failure>,
}

impl<'a> Output<'a> {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn open(
        out: impl Write + Send + 'static,
        format: Format,
        ascii: bool,
        limits: Limits<'a>,
    ) -> Result<Self, Failure> {
        let stream = Stream::open(out).map_err(|error| Failure::writing(STDOUT, &error))?;
        Ok(Self { stream, buffer: Vec::new(), format, ascii, limits, given_up: None, failed: None })
    }

    /// Writes lines that belong to the text alone: settings at the beginning, a gap at the end.
    /// In the JSON formats nothing may stand beside the objects.
    pub fn lines(&mut self, lines: &[Printable]) {
        if self.format == Format::Text {
            self.write_lines(lines);
        }
    }

    pub fn write_lines(&mut self, lines: &[Printable]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Writes the end of the report: sentences in the text, one object in the JSON formats. An
    /// object is one line, so that readers of JSON Lines need not look for its end.
    pub fn summary(&mut self, summary: &Summary) {
        match self.format {
            Format::Text => self.lines(&summary.tail()),
            Format::Json | Format::Jsonl => match summary.json() {
                Ok(object) => self.line(&object),
                Err(error) => {
                    self.failed.get_or_insert(Failure::writing(STDOUT, &error.into()));
                }
            },
        }
    }

    /// Writes text as it is, in any format, and sends it at once. For what is no report of a
    /// run: lists, help, the answer of a search.
    pub fn raw(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
        self.flush();
    }

    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Sends what was collected. Waits while the writing thread is behind by several chunks, so
    /// that a slow reader slows the run down instead of filling the memory.
    pub fn flush(&mut self) {
        let chunk = std::mem::take(&mut self.buffer);
        if chunk.is_empty() || self.given_up.is_some() || self.has_failed() {
            return;
        }
        match written(STDOUT, self.stream.send(&self.limits, chunk)) {
            Ok(given_up) => self.given_up = given_up,
            Err(failure) => self.failed = Some(failure),
        }
    }

    /// Waits until everything is written. Returns why it was not, if the reader was given up.
    ///
    /// # Errors
    /// If a write has failed.
    pub fn finish(mut self) -> Result<Option<EarlyStop>, Failure> {
        self.flush();
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        if self.given_up.is_some() {
            return Ok(self.given_up);
        }
        written(STDOUT, self.stream.finish(&self.limits))
    }

    fn line(&mut self, line: &Printable) {
        let line = match (self.ascii, self.format) {
            (false, _) => line.as_str().into(),
            (true, Format::Text) => ascii::text(line),
            (true, Format::Json | Format::Jsonl) => ascii::json(line),
        };
        self.buffer.extend_from_slice(line.as_bytes());
        self.buffer.push(b'\n');
        if self.buffer.len() >= CHUNK {
            self.flush();
        }
    }
}

/// Turns events into lines while they are drained. It is filled inside [`Run::drain`], where
/// nothing may wait, and emptied after it.
///
/// [`Run::drain`]: crate::lab::Run::drain
#[derive(Debug)]
pub struct LineBuffer {
    format: Format,
    /// Limits the rate of sentences; only the text format uses it.
    story: Story,
    ready: Vec<Printable>,
}

impl LineBuffer {
    pub fn new(format: Format) -> Self {
        Self { format, story: Story::default(), ready: Vec::new() }
    }

    /// Adds what this event gives in the format: in the text a sentence if it belongs to the
    /// story, in JSON nothing, in JSON Lines an object for every event.
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

    pub fn take_ready(&mut self) -> Vec<Printable> {
        std::mem::take(&mut self.ready)
    }

    /// Takes the lines that were kept back until the end of the run. Only a flood keeps any
    /// back.
    pub fn rest(&mut self) -> Vec<Printable> {
        self.story.finish()
    }
}

/// One event as one line of JSON: `t_ns`, `lane`, `lane_id`, `sentence`, then its own fields.
/// Those that all events have win over an own field of the same name.
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
