//! Where a run without a screen writes: its story as it happens, then its outcome.
//!
//! Must not know how the run is driven.

use std::io::{BufWriter, Write};

use serde_json::{Map, Value};

use super::Format;
use crate::lab::{Record, Recorded};
use crate::printable::{self, Printable};
use crate::report::{Failure, Story, Summary, ascii, sentence};

const STDOUT: &str = "stdout";

/// The stream that carries the report.
pub(super) struct Output<W: Write> {
    out: BufWriter<W>,
    format: Format,
    ascii: bool,
}

impl<W: Write> Output<W> {
    pub(super) fn new(out: W, format: Format, ascii: bool) -> Self {
        Self {
            out: BufWriter::new(out),
            format,
            ascii,
        }
    }

    /// Lines that belong to the text alone.
    pub(super) fn lines(&mut self, lines: &[Printable]) -> Result<(), Failure> {
        if self.format == Format::Text {
            self.told(lines)?;
        }
        Ok(())
    }

    /// What a [`Telling`] gave.
    pub(super) fn told(&mut self, lines: &[Printable]) -> Result<(), Failure> {
        for line in lines {
            self.line(line)?;
        }
        Ok(())
    }

    /// The end of every format.
    pub(super) fn outcome(&mut self, summary: &Summary) -> Result<(), Failure> {
        let object = match self.format {
            Format::Text => {
                self.lines(&summary.tail())?;
                return self.flush();
            }
            Format::Json | Format::Jsonl => summary.json(),
        };
        let object = object.map_err(|error| Failure::writing(STDOUT, &error.into()))?;
        self.line(&object)?;
        self.flush()
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.out.flush();
        flushed.map_err(|error| Failure::writing(STDOUT, &error))
    }

    fn line(&mut self, line: &Printable) -> Result<(), Failure> {
        let line = match (self.ascii, self.format) {
            (false, _) => line.as_str().into(),
            (true, Format::Text) => ascii::text(line),
            (true, Format::Json | Format::Jsonl) => ascii::json(line),
        };
        let written = self.out.write_all(line.as_bytes());
        written
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|error| Failure::writing(STDOUT, &error))
    }
}

/// Turns events into lines while they are drained.
#[derive(Debug)]
pub(super) struct Telling {
    format: Format,
    story: Story,
    ready: Vec<Printable>,
}

impl Telling {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            story: Story::default(),
            ready: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, record: &Record<'_>) {
        match self.format {
            Format::Text => {
                if let Some(told) = record.sentence.filter(|_| record.told) {
                    let told = sentence(record.lane, told);
                    self.ready.extend(self.story.tell(record.at, told));
                }
            }
            Format::Json => {}
            Format::Jsonl => self.ready.push(event(record)),
        }
    }

    /// What there is to write now.
    pub(super) fn given(&mut self) -> Vec<Printable> {
        std::mem::take(&mut self.ready)
    }

    /// What was held back until the end.
    pub(super) fn rest(&mut self) -> Vec<Printable> {
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
