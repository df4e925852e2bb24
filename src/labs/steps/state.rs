//! State of the lab: the current snapshot, what the search found, what was guessed. Pure: folds facts; no time, no randomness, no threads.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::explore::big;
use super::levels::LevelScore;
use super::program::{Case, StepProgram};
use super::progress::Scores;
use super::settings::{LOCK, MEMORY, N, PROGRAM, SizeChoice, StoreOrder};
use super::snapshot::{Snapshot, TraceRow};
use crate::kit::event::{Stamped, What};
use crate::kit::explore::Memory;
use crate::lab::{Conflict, Settings};

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

/// Whether the program comes in the version that the settings ask for.
pub fn check(settings: &Settings) -> Result<(), Conflict> {
    let program = settings.get(PROGRAM);
    let id = program.id;
    let conflict = |key, why| {
        let keys = [PROGRAM.key, key];
        Err(Conflict { keys, why })
    };
    match (settings.get(N), program.size) {
        (SizeChoice::Of(n), Some(size)) if !(size.least..=size.most).contains(&n) => {
            let (least, most) = (size.least, size.most);
            return conflict(
                N.key,
                format!("n={n} is not from {least} to {most}, the sizes of program={id}"),
            );
        }
        (SizeChoice::Of(n), None) => {
            return conflict(N.key, format!("n={n}, but program={id} has one size"));
        }
        _ => {}
    }
    if settings.get(MEMORY) == StoreOrder::Tso && !program.has_memory_choice() {
        return conflict(MEMORY.key, format!("memory=tso, but program={id} runs under sc alone"));
    }
    Ok(())
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

/// JSON has no room for large counts as numbers.
fn count<S: Serializer>(count: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    big(*count).serialize(serializer)
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

/// A search under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Searching {
    pub(crate) what: String,
    pub(crate) runs: u64,
    pub(crate) coverage: Coverage,
}

/// All events so far, folded.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) setup: Setup,
    pub(crate) snapshot: Snapshot,
    /// The schedule: the steps taken, then the steps that were undone.
    pub(crate) trace: Vec<TraceRow>,
    pub(crate) searching: Option<Searching>,
    pub(crate) searched: Option<Searched>,
    pub(crate) tree: Vec<TreeRow>,
    pub(crate) reply: Option<QueryReply>,
    pub(crate) refused: Option<String>,
    pub(crate) guess: Option<usize>,
    pub(crate) hinted: bool,
    /// The scores by program.
    pub(crate) scores: Scores,
    pub(crate) not_saved: Option<String>,
    /// Switches and steps of the user's simplest failure in this program.
    pub(crate) best: Option<(u32, usize)>,
    pub(crate) live: bool,
    pub(crate) result: Value,
    pub(crate) lines: Vec<String>,
    pub(crate) fault: Option<String>,
    pub(crate) done: bool,
}

impl State {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self::of(Setup::of(settings), settings.live)
    }

    fn of(setup: Setup, live: bool) -> Self {
        Self {
            setup,
            snapshot: Snapshot::default(),
            trace: Vec::new(),
            searching: None,
            searched: None,
            tree: Vec::new(),
            reply: None,
            refused: None,
            guess: None,
            hinted: false,
            scores: Scores::new(),
            not_saved: None,
            best: None,
            live,
            result: Value::Null,
            lines: Vec::new(),
            fault: None,
            done: false,
        }
    }

    pub(crate) fn apply(&mut self, event: &Stamped<Fact>) {
        let What::Fact(fact) = &event.what else {
            return;
        };
        match fact.clone() {
            Fact::Program { setup } => self.begin(setup),
            Fact::Snapshot(snapshot) => self.show(*snapshot),
            Fact::Searching { what, runs, coverage } => {
                self.searching = Some(Searching { what, runs, coverage });
            }
            Fact::Searched(searched) => {
                self.searching = None;
                self.reply = None;
                self.searched = Some(searched);
            }
            Fact::SearchStopped => self.searching = None,
            Fact::Tree { nodes } => self.tree = nodes,
            Fact::Replied(reply) => {
                self.searching = None;
                self.reply = Some(reply);
            }
            Fact::Refused { why } => self.refused = Some(why),
            Fact::Guessed { guess } => self.guess = Some(guess),
            Fact::Hinted => self.hinted = true,
            Fact::Progress { scores, not_saved } => {
                (self.scores, self.not_saved) = (scores, not_saved);
            }
            Fact::Answer { result, lines, fault } => {
                self.result = result;
                self.lines = lines;
                self.fault = fault;
                self.done = true;
            }
        }
    }

    /// The guess stays with its program: its repair is another version of the same.
    fn begin(&mut self, setup: Setup) {
        let same = setup.program.id == self.setup.program.id;
        let (guess, hinted) = (self.guess, self.hinted);
        let learnt = (std::mem::take(&mut self.scores), self.not_saved.take());
        *self = Self::of(setup, self.live);
        (self.scores, self.not_saved) = learnt;
        if same {
            (self.guess, self.hinted) = (guess, hinted);
        }
    }

    pub(crate) fn show(&mut self, snapshot: Snapshot) {
        let known = self.trace.split_at_checked(snapshot.rows.len());
        let later = known.filter(|(before, after)| {
            *before == snapshot.rows.as_slice()
                && after.len() == snapshot.undone.len()
                && after.iter().map(|row| row.thread).eq(snapshot.undone.iter().copied())
        });
        let later = later.map_or_else(Vec::new, |(_, after)| after.to_vec());
        self.trace.clone_from(&snapshot.rows);
        self.trace.extend(later);
        self.refused = None;
        let failed = snapshot.end.as_ref().is_some_and(|end| end.kind.is_some());
        if failed && !snapshot.assisted {
            let score = (snapshot.switches, snapshot.rows.len());
            self.best = Some(self.best.map_or(score, |best| best.min(score)));
        }
        self.snapshot = snapshot;
    }

    /// The score of a program's level.
    pub(crate) fn done(&self, program: &str) -> LevelScore {
        self.scores.get(program).copied().unwrap_or_default()
    }

    /// How many steps there are to walk through.
    pub(crate) fn length(&self) -> usize {
        self.snapshot.rows.len() + self.snapshot.undone.len()
    }

    /// The thread of the last step, if it is ready; else the only thread that is.
    pub(crate) fn current(&self) -> Option<usize> {
        let ready: Vec<usize> = self.ready().collect();
        let last = self.snapshot.rows.last().map(|row| row.thread);
        last.filter(|last| ready.contains(last)).or_else(|| (ready.len() == 1).then(|| ready[0]))
    }

    /// Threads that can take a step.
    pub(crate) fn ready(&self) -> impl Iterator<Item = usize> {
        let threads = self.snapshot.threads.iter().enumerate();
        threads
            .filter(|(_, thread_view)| thread_view.status == super::snapshot::ThreadStatus::Ready)
            .map(|(thread, _)| thread)
    }
}
