//! What this lab reports: the program, where its threads are, and what searches found.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::experiment::explore::big;
use super::experiment::program::{Case, StepProgram};
use super::experiment::progress::Scores;
use super::experiment::snapshot::Snapshot;
use super::settings::{LOCK, MEMORY, N, PROGRAM, SizeChoice, StoreOrder};
use crate::kit::explore::Memory;
use crate::lab::Settings;

/// Which program runs, and in which version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) program: &'static StepProgram,
    pub(crate) case: Case,
}

impl Setup {
    /// What the settings ask for, as far as the program has such a version.
    pub(crate) fn of(settings: &Settings) -> Self {
        let program = settings.get(PROGRAM);
        let mut case = program.usual();
        if let (Some(size), SizeChoice::Of(n)) = (program.size, settings.get(N)) {
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

    /// Settings that ask for this.
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

/// How many interleavings there are, and how many fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Coverage {
    #[serde(serialize_with = "count")]
    pub(crate) total: u128,
    #[serde(serialize_with = "count")]
    pub(crate) failed: u128,
    /// Every interleaving was covered.
    pub(crate) complete: bool,
}

impl Coverage {
    /// Seen to hold in all interleavings, and there were some.
    pub(crate) fn is_proof(self) -> bool {
        self.complete && self.failed == 0 && self.total > 0
    }

    /// Whether it is known if any fails.
    pub(crate) fn decides(self) -> bool {
        self.failed > 0 || self.is_proof()
    }
}

/// The result of a search.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Searched {
    pub(crate) coverage: Coverage,
    pub(crate) states: usize,
    /// The repaired version; none if that was what was searched.
    pub(crate) repaired: Option<Coverage>,
    /// Switches and steps of its simplest failure.
    pub(crate) simplest: Option<(u32, usize)>,
    /// Why it could not go on, if it could not.
    pub(crate) fault: Option<String>,
}

/// One line of the folded tree of interleavings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct TreeRow {
    pub(crate) depth: u16,
    /// The thread whose step leads there; `None` for the state before the first step.
    pub(crate) thread: Option<usize>,
    pub(crate) drain: bool,
    pub(crate) coverage: Coverage,
    /// How it ends there, if it does.
    pub(crate) end: Option<NodeEnd>,
    /// From how many states it is reached.
    pub(crate) ways: u32,
    pub(crate) folded: bool,
    pub(crate) on_path: bool,
}

/// How the run ends at a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum NodeEnd {
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
    /// There is a schedule that shows it.
    pub(crate) shown: bool,
}

/// Events of this lab.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    /// Another program, or another version of it, begins.
    #[serde(rename = "steps.program")]
    Program { setup: Setup },
    #[serde(rename = "steps.snapshot")]
    Snapshot(Box<Snapshot>),
    /// A search is under way.
    #[serde(rename = "steps.searching")]
    Searching { what: String, runs: u64, coverage: Coverage },
    #[serde(rename = "steps.searched")]
    Searched(Searched),
    /// It was stopped before its end.
    #[serde(rename = "steps.search_stopped")]
    SearchStopped,
    #[serde(rename = "steps.tree")]
    Tree { nodes: Vec<TreeRow> },
    #[serde(rename = "steps.reply")]
    Replied(QueryReply),
    /// Something that was asked for cannot be done.
    #[serde(rename = "steps.refused")]
    Refused { why: String },
    #[serde(rename = "steps.guess")]
    Guessed { guess: usize },
    #[serde(rename = "steps.hint")]
    Hinted,
    /// The user's scores so far.
    #[serde(rename = "steps.progress")]
    Progress {
        scores: Scores,
        /// Why they cannot be saved.
        not_saved: Option<String>,
    },
    /// The result of a run without a screen.
    #[serde(rename = "steps.answer")]
    Answer { result: Value, lines: Vec<String>, fault: Option<String> },
}

/// JSON has no room for large counts as numbers.
fn count<S: Serializer>(count: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    big(*count).serialize(serializer)
}
