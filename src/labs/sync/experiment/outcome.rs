//! What a run of a tool came to: its outcome, what one operation costs, and how the tool
//! looked inside meanwhile.

use serde::{Deserialize, Serialize};

/// What a run came to, from the data itself after all had ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub operations: u64,
    pub expected: String,
    /// Equal to `expected` if and only if nothing went wrong.
    pub got: String,
    /// What went wrong, with figures; nothing under correct use.
    pub finding: Option<String>,
    /// The first acquisitions of the tool, in order, by name.
    pub order: Vec<String>,
    /// How long each wait for the tool lasted.
    pub waits_ns: Vec<u64>,
    /// How long it was held each time, where that has a meaning.
    pub holds_ns: Vec<u64>,
    /// A deadlock: `A holds L1 and waits for L2; B holds ...`.
    pub cycle: Option<String>,
    /// What a search of all interleavings of the smallest run found.
    pub proof: Option<String>,
    /// The schedule that was replayed, as `explore --replay` takes it.
    pub code: Option<String>,
}

impl Outcome {
    pub fn as_expected(&self) -> bool {
        self.expected == self.got
    }

    /// What had to come out, and what did, as one clause. Of a replayed schedule both are
    /// sentences; of everything else they are figures.
    pub fn verdict(&self) -> String {
        let Self { expected, got, code, .. } = self;
        match code {
            Some(_) => format!("{got}; what must hold: {expected}"),
            None => format!("expected {expected}, got {got}"),
        }
    }
}

/// What one operation costs: samples in nanoseconds per operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The tool's title, or that of a peer measured beside it.
    pub label: String,
    /// Whether several wanted it at once.
    pub contended: bool,
    pub samples: Vec<f64>,
}

/// The structure inside a tool at one moment, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Names and values: `holder`, `depth`, `permits`, `counter`.
    pub figures: Vec<(String, String)>,
    /// Who waits, in order of arrival where that is known.
    pub waiting: Vec<String>,
    /// A buffer: each slot's text, and a label under it (`next in`, `next out`).
    pub slots: Vec<(String, String)>,
}

impl Snapshot {
    /// With one more figure.
    pub fn figure(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.figures.push((name.to_owned(), value.to_string()));
        self
    }

    /// With those who wait.
    pub fn waiting(mut self, waiting: Vec<String>) -> Self {
        self.waiting = waiting;
        self
    }
}
