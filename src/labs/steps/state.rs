//! State of the lab: the current snapshot, what the search found, what was guessed.
//!
//! Pure: folds facts; no time, no randomness, no threads.
//!
//! ```text
//! Program ─▶ Snapshot ─▶ Snapshot ─▶ ...        one for each step, undo, replay
//!         ─▶ Searching ─▶ Searching ─▶ Searched, Replied or SearchStopped
//!         ─▶ Guessed, Hinted, Progress           what the user has achieved
//!         ─▶ Answer                              of a run without a screen
//! ```

use serde_json::Value;

use super::experiment::levels::{Goal, LevelScore};
use super::experiment::progress::Scores;
use super::experiment::setup::Setup;
use super::experiment::snapshot::{Snapshot, TraceRow};
use super::facts::{Coverage, Fact, QueryReply, Searched, TreeRow};
use super::settings::{MEMORY, N, PROGRAM, SizeChoice, StoreOrder};
use crate::kit::event::{Stamped, What};
use crate::lab::{SettingConflict, Settings};

/// Whether the program comes in the version that the settings ask for.
///
/// # Errors
/// The program and the setting that it does not have, or whose value is out of its range.
pub fn check(settings: &Settings) -> Result<(), SettingConflict> {
    let program = settings.get(PROGRAM);
    let id = program.id;
    let conflict = |key, why| {
        let keys = [PROGRAM.key, key];
        Err(SettingConflict { keys, why })
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

/// A search under way, as far as it has come. Its coverage only grows, so a failure that was
/// counted is there to stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Searching {
    pub what: String,
    /// Schedules that were run so far; each covers many interleavings.
    pub runs: u64,
    pub coverage: Coverage,
}

/// All events so far, folded: the run as it stands before the user, what searches have
/// found about the program, and what the user has achieved. Of a run without a screen
/// only the last three matter: `result`, `lines` and `fault`.
#[derive(Clone, Debug)]
pub struct State {
    pub setup: Setup,
    /// The threads and the memory after the steps taken.
    pub snapshot: Snapshot,
    /// The schedule: the steps taken, then the steps that were undone. Kept here, because
    /// a snapshot has only the threads of the undone steps, not their texts.
    pub trace: Vec<TraceRow>,
    pub searching: Option<Searching>,
    pub searched: Option<Searched>,
    pub tree: Vec<TreeRow>,
    pub reply: Option<QueryReply>,
    /// Why the last command could not be carried out; cleared by the next snapshot, as
    /// what is refused changes nothing.
    pub refused: Option<String>,
    /// The user's prediction, by its index among the program's. Kept when the repaired
    /// version of the same program is chosen.
    pub guess: Option<usize>,
    pub hinted: bool,
    /// The scores by program; `None` until those of earlier sessions were read, so that what
    /// comes later is new.
    scores: Option<Scores>,
    pub not_saved: Option<String>,
    /// What the last stars of this program were for.
    pub earned: Option<String>,
    /// Preemptions and steps of the user's simplest failure in this program. A schedule
    /// that was pasted, or shown by the search, does not count.
    pub best: Option<(u32, usize)>,
    pub live: bool,
    pub result: Value,
    pub lines: Vec<String>,
    /// Why that result is not what was asked for: the search could not cover all
    /// interleavings.
    pub fault: Option<String>,
    /// The search of a run without a screen is over, whatever it has found.
    pub done: bool,
}

impl State {
    pub fn new(settings: &Settings) -> Self {
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
            scores: None,
            not_saved: None,
            earned: None,
            best: None,
            live,
            result: Value::Null,
            lines: Vec::new(),
            fault: None,
            done: false,
        }
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
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
            Fact::SearchStopped | Fact::SearchEnded => self.searching = None,
            Fact::Tree { nodes } => self.tree = nodes,
            Fact::Replied(reply) => {
                self.searching = None;
                self.reply = Some(reply);
            }
            Fact::Refused { why } => self.refused = Some(why),
            Fact::Guessed { guess } => self.guess = Some(guess),
            Fact::Hinted => self.hinted = true,
            Fact::Progress { scores, not_saved } => {
                let earned = self.stars_of(&scores);
                self.earned = earned.or_else(|| self.earned.take());
                (self.scores, self.not_saved) = (Some(scores), not_saved);
            }
            Fact::Answer { result, lines, fault } => {
                self.result = result;
                self.lines = lines;
                self.fault = fault;
                self.done = true;
            }
        }
    }

    /// Another program, or another version of it, begins. The scores stay, and the guess
    /// stays with its program: its repair is another version of the same.
    fn begin(&mut self, setup: Setup) {
        let same = setup.program.id == self.setup.program.id;
        let (guess, hinted) = (self.guess, self.hinted);
        // All other fields are those of a new program.
        let learnt = (self.scores.take(), self.not_saved.take());
        let earned = self.earned.take();
        *self = Self::of(setup, self.live);
        (self.scores, self.not_saved) = learnt;
        if same {
            (self.guess, self.hinted, self.earned) = (guess, hinted, earned);
        }
    }

    /// Takes over a snapshot. The steps that were undone are kept with their texts if it
    /// continues the same schedule: a snapshot only names their threads.
    pub fn show(&mut self, snapshot: Snapshot) {
        let known = self.trace.split_at_checked(snapshot.rows.len());
        let later = known.filter(|(before, after)| {
            *before == snapshot.rows.as_slice()
                && after.len() == snapshot.undone.len()
                // The same threads in the same order: then the texts that were recorded
                // for these steps still fit.
                && after.iter().map(|row| row.thread).eq(snapshot.undone.iter().copied())
        });
        let later = later.map_or_else(Vec::new, |(_, after)| after.to_vec());
        self.trace.clone_from(&snapshot.rows);
        self.trace.extend(later);
        self.refused = None;
        // An end with a kind is a failure. One that was reached with the search's help is
        // no score.
        let failed = snapshot.end.as_ref().is_some_and(|end| end.kind.is_some());
        if failed && !snapshot.assisted {
            // Compared in this order: preemptions first, then steps.
            let score = (snapshot.switches, snapshot.rows.len());
            self.best = Some(self.best.map_or(score, |best| best.min(score)));
        }
        self.snapshot = snapshot;
    }

    pub fn done(&self, program: &str) -> LevelScore {
        let scores = self.scores.as_ref();
        scores.and_then(|scores| scores.get(program)).copied().unwrap_or_default()
    }

    /// Whether all of a level was done, in this session or in an earlier one.
    pub fn has_finished_a_level(&self) -> bool {
        let mut scores = self.scores.iter().flat_map(Scores::values);
        scores.any(|done| done.goal() == Goal::Nothing)
    }

    /// What the stars are for that these scores add to those of this program, if any. None before
    /// the scores of earlier sessions were read: those stars are not new.
    pub fn stars_of(&self, scores: &Scores) -> Option<String> {
        let id = self.setup.program.id;
        let now = scores.get(id).filter(|_| self.scores.is_some())?;
        now.since(self.done(id))
    }

    /// Whether the answer may be looked up: only once it was predicted.
    pub fn is_open(&self) -> bool {
        self.guess.is_some() || self.done(self.setup.program.id).predicted.is_some()
    }

    pub fn length(&self) -> usize {
        self.snapshot.rows.len() + self.snapshot.undone.len()
    }

    /// The thread that "finish" is about: that of the last step, if it is ready;
    /// otherwise the only thread that is. `None` where several could be meant.
    pub fn current(&self) -> Option<usize> {
        let ready: Vec<usize> = self.ready().collect();
        let last = self.snapshot.rows.last().map(|row| row.thread);
        last.filter(|last| ready.contains(last)).or_else(|| (ready.len() == 1).then(|| ready[0]))
    }

    pub fn ready(&self) -> impl Iterator<Item = usize> {
        let threads = self.snapshot.threads.iter().enumerate();
        threads
            .filter(|(_, thread_view)| {
                thread_view.status == super::experiment::snapshot::ThreadStatus::Ready
            })
            .map(|(thread, _)| thread)
    }
}
