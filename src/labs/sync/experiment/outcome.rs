//! What a run of a tool led to: its outcome, what one operation costs, and how the tool
//! looked inside meanwhile.
//!
//! ```text
//! Outcome    expected 4000, got 3187: finding; order, waits, holds; cycle; proof
//! Cost       Lock, contended: 85 ns, 91 ns, 88 ns ...
//! Snapshot   lock: held by two   depth: 1   waiting: one, three
//! ```

use serde::{Deserialize, Serialize};

/// Acquisitions of a run that are kept in order, of all its threads or processes together: the
/// first ones show whether the tool is fair.
pub const MAX_ORDER: usize = 24;
/// Waits and holds that are kept of each thread or process, so that a long run does not grow
/// without bound, and the report of a process stays a message of a bearable size.
pub const MAX_TIMES: usize = 20_000;

/// What a run led to, from the data itself after all had ended. Part of the events, so a
/// recording has it whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub operations: u64,
    pub expected: String,
    /// Equal to `expected` if and only if nothing went wrong.
    pub got: String,
    /// What went wrong and why, with figures; `None` under correct use.
    pub finding: Option<String>,
    /// Who acquired the tool, the first times, by name: whether it is fair can be seen in it. At
    /// full speed these are the acquisitions that were sampled.
    pub order: Vec<String>,
    /// How long each wait for the tool lasted; 0 for one that got it at once. A sample at full
    /// speed.
    pub waits_ns: Vec<u64>,
    /// How long it was held each time; empty for tools that are not held, such as a queue, and
    /// between processes.
    pub holds_ns: Vec<u64>,
    /// A deadlock: `A holds L1 and waits for L2; B holds ...`. `None` if there was none, or
    /// none in a circle.
    pub cycle: Option<String>,
    /// What a search of all interleavings of the smallest run found, in one clause. Of correct
    /// use between threads only: processes cannot be searched.
    pub proof: Option<String>,
    /// The schedule that was replayed, as `explore --replay` takes it; `None` for a run that
    /// found its own way.
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

/// How a run came to a standstill: every participant waits, and nothing will end that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// The links of the cycle, or what they wait for in vain.
    pub text: String,
    /// Whether they wait for each other in a cycle. Otherwise some wait for an event that will
    /// not come, such as a lost notification.
    pub circle: bool,
}

/// What one operation costs: samples in nanoseconds per operation. Their median is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The tool's title, or that of a peer measured beside it.
    pub label: String,
    /// Whether several threads or processes wanted the tool at once.
    pub contended: bool,
    /// Nanoseconds of one operation, one figure for each sample. Empty if the measurement was
    /// stopped.
    pub samples: Vec<f64>,
}

/// What a named thing inside a tool is: the picture draws it as that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// A lock, and who holds it.
    Holder(Option<String>),
    /// A condition, and who waits for it, in the order of arrival.
    Queue(Vec<String>),
    /// The seats of a semaphore.
    Seats { free: usize, all: usize },
    /// A barrier, with this number of places for those who wait.
    Places(usize),
    /// A flag, and whether it is set.
    Set(bool),
    /// A part of another process, and what is known of it.
    Part(String),
    /// A number or a word beside the picture. Older recordings have only such ones.
    #[serde(untagged)]
    Value(String),
}

/// The structure inside a tool at one moment, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The things inside, by name.
    pub figures: Vec<(String, Figure)>,
    /// Who waits, in order of arrival where that is known.
    pub waiting: Vec<String>,
    /// A buffer: each slot's text, and a label under it (`next in`, `next out`).
    pub slots: Vec<(String, String)>,
    /// The next step of each thread of a replay, as the number of its line in the source of the
    /// program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<(String, u32)>,
}

impl Snapshot {
    /// Adds a number or a word behind the figures before.
    pub fn value(self, name: &str, value: impl std::fmt::Display) -> Self {
        self.figure(name, Figure::Value(value.to_string()))
    }

    /// Adds one more figure behind those before.
    pub fn figure(mut self, name: &str, figure: Figure) -> Self {
        self.figures.push((name.to_owned(), figure));
        self
    }

    /// Sets those who wait for the tool, by name.
    pub fn waiting(mut self, waiting: Vec<String>) -> Self {
        self.waiting = waiting;
        self
    }
}
