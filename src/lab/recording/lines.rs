//! The lines of a recording, read as JSON one by one, with the number of the line that an error
//! is about.

use std::fmt;
use std::io::{BufRead, Read};

use serde_json::Value;

use super::LONGEST_LINE;
use crate::printable::{Printable, is_printable};

/// Why a file is no recording that can be shown, and which of its lines, from 1, shows that.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct RecordingError {
    pub line: u64,
    pub why: Printable,
}

/// The lines that were not read yet.
pub struct Lines<'a> {
    file: &'a mut dyn BufRead,
    /// Number of the line that was read last.
    line: u64,
    buffer: Vec<u8>,
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("line", &self.line).finish_non_exhaustive()
    }
}

impl<'a> Lines<'a> {
    pub fn new(file: &'a mut dyn BufRead) -> Self {
        Self { file, line: 0, buffer: Vec::new() }
    }

    /// An error about the line that was read last. Foreign text in it is made printable.
    pub fn error(&self, why: impl fmt::Display) -> RecordingError {
        RecordingError { line: self.line.max(1), why: Printable::foreign(&why.to_string()) }
    }

    /// The next line with all its texts printable; `None` at the end of the file.
    ///
    /// # Errors
    /// If it cannot be read, is too long or is no JSON.
    pub fn next(&mut self) -> Result<Option<Value>, RecordingError> {
        self.buffer.clear();
        self.line += 1;
        // One byte more than is allowed shows that the line goes on.
        let mut file = Read::take(&mut *self.file, LONGEST_LINE as u64 + 1);
        let read = file.read_until(b'\n', &mut self.buffer);
        match read.map_err(|error| self.error(error))? {
            0 => return Ok(None),
            length if length > LONGEST_LINE => {
                return Err(self.error(format!("longer than {LONGEST_LINE} bytes")));
            }
            _ => {}
        }
        let value = serde_json::from_slice(&self.buffer).map_err(|error| {
            // Its own number of the line counts from the beginning of what it was given.
            self.error(format!("not JSON, from its column {}", error.column()))
        })?;
        Ok(Some(printable(value)))
    }
}

/// The same value with escapes for what is not printable in its texts. No deeper than the
/// parser allows.
fn printable(value: Value) -> Value {
    let text = |text: String| {
        if text.chars().all(is_printable) { text } else { Printable::from(text).into() }
    };
    match value {
        Value::String(own) => Value::String(text(own)),
        Value::Array(all) => all.into_iter().map(printable).collect(),
        Value::Object(all) => {
            all.into_iter().map(|(key, value)| (text(key), printable(value))).collect()
        }
        other => other,
    }
}
