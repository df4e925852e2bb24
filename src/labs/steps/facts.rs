//! What this lab reports: the program, where its threads are, and what searches found. The names
//! under `rename` are part of the recording format.
//!
//! ```text
//! Program ─▶ Snapshot, Snapshot, ... ─▶ Program ...       what the user steps through
//!            Searching ... ─▶ Searched, Tree or Replied   what a search finds meanwhile
//! Progress                                                when it is read, and with each star
//! Answer                                                  all of a run without a screen
//! ```

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::experiment::explore::big;
use super::experiment::progress::Scores;
use super::experiment::setup::Setup;
use super::experiment::snapshot::Snapshot;

/// How many interleavings were covered, and how many of them fail. A search runs one
/// schedule for many equivalent interleavings, so these are counted, not run one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    #[serde(with = "count")]
    pub total: u128,
    #[serde(with = "count")]
    pub failed: u128,
    /// Every interleaving was covered, so the figures are those of the program.
    pub complete: bool,
}

impl Coverage {
    /// Whether the program was seen to be right in all interleavings, and there were
    /// some.
    pub fn is_proof(self) -> bool {
        self.complete && self.failed == 0 && self.total > 0
    }

    /// Whether it is known if any fails: one failure is enough, but its absence needs
    /// all.
    pub fn decides(self) -> bool {
        self.failed > 0 || self.is_proof()
    }
}

/// The result of a search over all interleavings of a program, and of its repaired
/// version, which shows what the repair is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Searched {
    pub coverage: Coverage,
    pub states: usize,
    /// The same search of the repaired version; `None` if that was what was searched. The
    /// comparison is what the lab wants to show.
    pub repaired: Option<Coverage>,
    /// Preemptions and steps of the simplest failure, which is the one that a person has
    /// to plan least for; `None` if no interleaving fails.
    pub simplest: Option<(u32, usize)>,
    /// No schedule fails with fewer preemptions than that: all with fewer were searched.
    #[serde(default)]
    pub is_least: bool,
    pub fault: Option<String>,
}

/// One line of the folded tree of interleavings: a state, the step that leads to it, and
/// what becomes of the interleavings through it. The tree has a node for each state, so
/// it is small where the number of interleavings is not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeRow {
    pub depth: u16,
    pub thread: Option<usize>,
    /// The step is not one of the thread's program, but a store that leaves its buffer
    /// and reaches the memory. Only under TSO.
    pub drain: bool,
    /// The interleavings that pass through this state, as far as the search has covered
    /// them.
    pub coverage: Coverage,
    pub end: Option<NodeEnd>,
    /// From how many states it is reached. Equal states are one node, so what is drawn as
    /// a tree is really a graph.
    pub ways: u32,
    pub folded: bool,
    pub on_path: bool,
}

/// How the run ends at a state: with the invariant kept, with a failure of some kind, or
/// at the bound on steps, where the end is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeEnd {
    Held,
    Failed(String),
    CutOff,
}

/// The answer to a question about the program, such as whether a variable can be 0 in the
/// end. A yes comes with a schedule, a no only from a complete search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryReply {
    pub question: String,
    pub answer: String,
    /// There is a schedule that shows it, which is then replayed, so that the user sees
    /// how the program comes there.
    pub shown: bool,
}

/// Events of this lab. A snapshot contains all that the screen shows of the run at that
/// moment, so it needs none of those before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// Another program, or another version of it, begins: all threads are before their
    /// first step, and what was found about the program before does not count.
    #[serde(rename = "steps.program")]
    Program { setup: Setup },
    /// The threads, the memory and the schedule after a step, an undo or a jump. Also
    /// emitted if a step was refused, to say so.
    #[serde(rename = "steps.snapshot")]
    Snapshot(Box<Snapshot>),
    /// A search is under way; repeated as it goes on. May be dropped.
    #[serde(rename = "steps.searching")]
    Searching { what: String, runs: u64, coverage: Coverage },
    #[serde(rename = "steps.searched")]
    Searched(Searched),
    #[serde(rename = "steps.search_stopped")]
    SearchStopped,
    /// It ended without a result; why is said by another event.
    #[serde(rename = "steps.search_ended")]
    SearchEnded,
    #[serde(rename = "steps.tree")]
    Tree { nodes: Vec<TreeRow> },
    #[serde(rename = "steps.reply")]
    Replied(QueryReply),
    /// Something that the user asked for cannot be done, and why: a code that fits no
    /// program, a query that cannot be read, threads that the system refused.
    #[serde(rename = "steps.refused")]
    Refused { why: String },
    #[serde(rename = "steps.guess")]
    Guessed { guess: usize },
    #[serde(rename = "steps.hint")]
    Hinted,
    /// The user's scores so far. Emitted at the beginning, when they were read, and
    /// whenever one has improved.
    #[serde(rename = "steps.progress")]
    Progress {
        scores: Scores,
        /// Why they cannot be saved; `None` if they were, or nothing had to be.
        not_saved: Option<String>,
    },
    /// The result of a run without a screen, as JSON and as text, and what is missing
    /// from it.
    #[serde(rename = "steps.answer")]
    Answer { result: Value, lines: Vec<String>, fault: Option<String> },
}

mod count {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Value, big};

    pub fn serialize<S: Serializer>(count: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        big(*count).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let count = match Value::deserialize(deserializer)? {
            Value::Number(count) => count.as_u64().map(u128::from),
            Value::String(count) => count.parse().ok(),
            _ => None,
        };
        count.ok_or_else(|| D::Error::custom("a count is no whole number"))
    }
}
