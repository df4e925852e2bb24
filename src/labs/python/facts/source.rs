//! The script's source, and where its threads were last seen, as facts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kit::python::Source;
use crate::printable::Printable;

/// Columns of a line at most.
const COLUMNS: usize = 200;

/// The text of the script's main file when it started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceText {
    pub lines: Arc<[Printable]>,
    /// What the lines are instead of the whole file, in one word; empty if they are that.
    pub note: Printable,
}

/// A thread, and the line of the script's main file where it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAt {
    pub thread: Printable,
    /// The number of its lane, which gives it its colour.
    pub lane: u32,
    /// From 1.
    pub line: u32,
}

impl From<&Source> for SourceText {
    fn from(source: &Source) -> Self {
        // A tab would be shown as an escape.
        let line = |line: &String| Printable::within(&line.replace('\t', "    "), COLUMNS);
        Self { lines: source.lines.iter().map(line).collect(), note: source.note.into() }
    }
}
