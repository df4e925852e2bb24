//! What this lab reports: the program, where its threads are, and what searches found.
//! The names under `rename` are part of the recording format.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::experiment::explore::big;
use super::experiment::progress::Scores;
use super::experiment::snapshot::Snapshot;
use super::settings::{LOCK, MEMORY, N, PROGRAM, SizeChoice, StoreOrder};
use crate::kit::explore::Memory;
use crate::lab::Settings;
use crate::programs::{Case, StepProgram};

/// Which program runs, and in which version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) program: &'static StepProgram,
    /// Its size, whether it is repaired, and under which memory model.
    pub(crate) case: Case,
}

impl Setup {
    /// What the settings ask for, as far as the program has such a version; the rest is
    /// the program's usual one.
    pub(crate) fn of(settings: &Settings) -> Self {
        let program = settings.get(PROGRAM);
        let mut case = program.usual();
        if let (Some(size), SizeChoice::Of(n)) = (program.size, settings.get(N)) {
            // Within the program's sizes: a key may have changed the program after the
            // size.
            case.n = n.clamp(size.least, size.most);
        }
        case.repaired = settings.get(LOCK);
        match settings.get(MEMORY) {
            StoreOrder::Sc if program.has_memory_choice() => case.memory = Memory::Sc,
            StoreOrder::Tso if program.has_memory_choice() => case.memory = Memory::Tso,
            _ => {}
        }
        Self { program, case }
    }

    /// Changes the settings so that they ask for this: for a program that was chosen by a
    /// schedule's code.
    pub(crate) fn put_into(self, settings: &mut Settings) {
        let tso = self.case.memory == Memory::Tso;
        settings.put(PROGRAM, self.program);
        settings.put(N, SizeChoice::Of(self.case.n));
        settings.put(LOCK, self.case.repaired);
        settings.put(MEMORY, if tso { StoreOrder::Tso } else { StoreOrder::Sc });
    }
}

impl Serialize for Setup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let case = self.case;
        let version = serde_json::json!({
            "program": self.program.id,
            "n": case.n,
            "repaired": case.repaired,
            "memory": if case.memory == Memory::Tso { "tso" } else { "sc" },
        });
        version.serialize(serializer)
    }
}

/// How many interleavings were covered, and how many of them fail. A search runs one
/// schedule for many equivalent interleavings, so these are counted, not run one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Coverage {
    #[serde(serialize_with = "count")]
    pub(crate) total: u128,
    #[serde(serialize_with = "count")]
    pub(crate) failed: u128,
    /// Every interleaving was covered, so the figures are those of the program.
    pub(crate) complete: bool,
}

impl Coverage {
    /// Whether the program was seen to be right in all interleavings, and there were
    /// some.
    pub(crate) fn is_proof(self) -> bool {
        self.complete && self.failed == 0 && self.total > 0
    }

    /// Whether it is known if any fails: one failure is enough, but its absence needs
    /// all.
    pub(crate) fn decides(self) -> bool {
        self.failed > 0 || self.is_proof()
    }
}

/// The result of a search.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Searched {
    pub(crate) coverage: Coverage,
    /// Different states that were reached.
    pub(crate) states: usize,
    /// The repaired version, searched as well; `None` if that was what was searched.
    pub(crate) repaired: Option<Coverage>,
    /// Preemptions and steps of its simplest failure; `None` if there was no failure.
    pub(crate) simplest: Option<(u32, usize)>,
    /// Why it could not continue, if it could not.
    pub(crate) fault: Option<String>,
}

/// One line of the folded tree of interleavings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct TreeRow {
    pub(crate) depth: u16,
    /// The thread whose step leads there; `None` for the state before the first step.
    pub(crate) thread: Option<usize>,
    /// The step is not one of the thread's program, but a store that leaves its buffer.
    pub(crate) drain: bool,
    /// The interleavings that pass through this state.
    pub(crate) coverage: Coverage,
    /// How the run ends there, if it does.
    pub(crate) end: Option<NodeEnd>,
    /// From how many states it is reached: equal states are one node.
    pub(crate) ways: u32,
    /// It has children that are not listed.
    pub(crate) folded: bool,
    /// It is a state of the user's schedule.
    pub(crate) on_path: bool,
}

/// How the run ends at a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum NodeEnd {
    /// The invariant holds.
    Held,
    /// The kind of failure.
    Failed(String),
    /// At the bound on steps: how it would end is not known.
    CutOff,
}

/// The answer to a question about the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct QueryReply {
    pub(crate) question: String,
    pub(crate) answer: String,
    /// There is a schedule that shows it, which is then replayed.
    pub(crate) shown: bool,
}

/// Events of this lab.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    /// Another program, or another version of it, begins.
    #[serde(rename = "steps.program")]
    Program { setup: Setup },
    /// The threads, the memory and the schedule after a step, an undo or a jump.
    #[serde(rename = "steps.snapshot")]
    Snapshot(Box<Snapshot>),
    /// A search is under way; repeated as it goes on. May be dropped.
    #[serde(rename = "steps.searching")]
    Searching { what: String, runs: u64, coverage: Coverage },
    /// A search is over.
    #[serde(rename = "steps.searched")]
    Searched(Searched),
    /// It was stopped before its end.
    #[serde(rename = "steps.search_stopped")]
    SearchStopped,
    /// The tree of interleavings, open along the user's schedule.
    #[serde(rename = "steps.tree")]
    Tree { nodes: Vec<TreeRow> },
    /// The answer to a query.
    #[serde(rename = "steps.reply")]
    Replied(QueryReply),
    /// Something that the user asked for cannot be done, and why.
    #[serde(rename = "steps.refused")]
    Refused { why: String },
    /// The user's prediction, by its index.
    #[serde(rename = "steps.guess")]
    Guessed { guess: usize },
    /// The user has asked for the hint.
    #[serde(rename = "steps.hint")]
    Hinted,
    /// The user's scores so far.
    #[serde(rename = "steps.progress")]
    Progress {
        scores: Scores,
        /// Why they cannot be saved.
        not_saved: Option<String>,
    },
    /// The result of a run without a screen, as JSON and as text, and what is missing
    /// from it.
    #[serde(rename = "steps.answer")]
    Answer { result: Value, lines: Vec<String>, fault: Option<String> },
}

/// Serialises a count. JSON has no room for large ones as numbers.
fn count<S: Serializer>(count: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    big(*count).serialize(serializer)
}
