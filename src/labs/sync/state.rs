//! What is known of the tools so far.
//!
//! Pure: folds facts; no time, no randomness, no threads. Only the latest run of each use
//! is kept, as every run has the same expectation.

mod positions;

use std::collections::BTreeMap;

use self::positions::Positions;
use super::experiment::outcome::Standstill;
use super::experiment::step_mode::StepperSnapshot;
use super::experiment::tool::{Cost, Outcome, Snapshot, Tool};
use super::experiment::tools;
use super::facts::Fact;
use super::settings::{Misuses, TOOL, WORKERS, pace_ns};
use crate::kit::event::{Stamped, What};
use crate::lab::Settings;
use crate::scene::NotRun;
use crate::timeline::stat::Statistic;

/// What is known of one tool: the latest outcome of its correct use and of each misuse,
/// and its costs.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The latest run with correct use; `None` before its first.
    pub correct: Option<Outcome>,
    pub misuses: BTreeMap<&'static str, Outcome>,
    pub costs: Vec<KnownCost>,
}

/// What one operation costs, measured with a tool.
#[derive(Clone, Debug)]
pub struct KnownCost {
    /// What else was measured beside the tool, such as the lock of a library; `None` for its own
    /// cost.
    pub peer: Option<String>,
    /// Whether several threads or processes wanted it at once.
    pub contended: bool,
    /// The time of one operation, in ns.
    pub statistic: Statistic,
}

/// Everything known so far: what runs now, with the inside of its tool, and what was
/// found out about each tool.
#[derive(Clone, Debug)]
pub struct State {
    pub live: bool,
    /// As set: for runs whose number of threads or processes is free.
    pub workers: usize,
    /// Before each step, in ns.
    pub pace_ns: u64,
    /// Parts of the plan that are over, and all of them. Shown without a live screen
    /// only, where the plan has an end.
    pub progress: (usize, usize),
    /// The tool that is running, or ran last. Before the first run the one that the
    /// settings name; `None` if they name all.
    pub current: Option<&'static Tool>,
    pub misuse: Option<&'static str>,
    pub snapshot: Snapshot,
    /// Where the threads or processes are in the code.
    pub positions: Positions,
    pub running: bool,
    /// The threads, while step mode is on.
    pub stepped: Option<StepperSnapshot>,
    /// `None` while the run moves. Cleared by the outcome, which has the cycle as well.
    pub stuck: Option<Standstill>,
    pub records: BTreeMap<&'static str, Record>,
    pub not_run: Vec<NotRun>,
    pub done: bool,
}

impl State {
    pub fn new(settings: &Settings) -> Self {
        Self {
            live: settings.live,
            workers: settings.get(WORKERS),
            pace_ns: pace_ns(settings),
            progress: (0, 1),
            current: settings.get(TOOL).one(),
            misuse: None,
            snapshot: Snapshot::default(),
            positions: Positions::default(),
            running: false,
            stepped: None,
            stuck: None,
            records: BTreeMap::new(),
            not_run: Vec::new(),
            done: false,
        }
    }

    /// Applies one event. Of the lanes only where they are in the code is kept; the rest is left
    /// to the common timeline.
    pub fn apply(&mut self, event: &Stamped<Fact>) {
        let fact = match &event.what {
            What::Lane(what) => return self.positions.apply(event.lane, what),
            What::Fact(fact) => fact,
        };
        match fact.clone() {
            Fact::Progress { done, of } => self.progress = (done, of),
            Fact::Changed { workers, pace_ns } => {
                (self.workers, self.pace_ns) = (workers, pace_ns);
            }
            Fact::Started { tool, misuse } => {
                self.current = tools::named(tool);
                self.misuse = misuse;
                // The inside of the run before would be shown as that of this one.
                self.snapshot = Snapshot::default();
                // Its threads are numbered from the first again, and what it shared is gone.
                self.positions = Positions::default();
                (self.stuck, self.stepped, self.running) = (None, None, true);
            }
            Fact::Stepper { stepped } => self.stepped = stepped,
            Fact::Snapshot(snapshot) => self.snapshot = snapshot,
            Fact::Stuck(standstill) => self.stuck = Some(standstill),
            Fact::Outcome { tool, misuse, outcome } => {
                // An outcome replaces the one before of the same use.
                let record = self.records.entry(tool).or_default();
                (self.stuck, self.running) = (None, false);
                match misuse {
                    None => record.correct = Some(outcome),
                    Some(misuse) => drop(record.misuses.insert(misuse, outcome)),
                }
            }
            Fact::Costs { tool, costs } => {
                let own = tools::named(tool).map(|tool| tool.title);
                let known = costs.into_iter().filter_map(|Cost { label, contended, samples }| {
                    let peer = Some(label).filter(|label| Some(label.as_str()) != own);
                    Some(KnownCost { peer, contended, statistic: Statistic::of(&samples)? })
                });
                self.records.entry(tool).or_default().costs = known.collect();
            }
            Fact::Failed { what, why } => {
                // A run that failed is over, without an outcome. During a run no cost is
                // measured, so a cost that failed ends none.
                (self.stuck, self.stepped, self.running) = (None, None, false);
                NotRun::new(what, why).note(&mut self.not_run);
            }
            Fact::Done => self.done = true,
        }
    }

    pub fn known(&self) -> impl Iterator<Item = (&'static Tool, &Record)> {
        let all = tools::ALL.iter().copied();
        all.filter_map(|tool| Some((tool, self.records.get(tool.id)?)))
    }

    /// What is known of the tool that runs, from this run or those before.
    pub fn record(&self) -> Option<&Record> {
        self.records.get(self.current?.id)
    }

    /// Whether it is the tool that runs, or ran last.
    pub fn is_current(&self, tool: &Tool) -> bool {
        self.current.is_some_and(|current| current.id == tool.id)
    }

    /// Whether the user steps the threads of the run that is under way.
    pub fn is_stepped(&self) -> bool {
        self.running && self.stepped.is_some()
    }

    /// The misuse after the one that runs now; after the last one comes `off`. `None` if
    /// no tool is chosen.
    pub fn next_misuse(&self) -> Option<Misuses> {
        let all = self.current?.misuses;
        let next = match self.misuse {
            None => 0,
            Some(now) => all.iter().position(|misuse| misuse.name == now)? + 1,
        };
        Some(all.get(next).map_or(Misuses::Off, |misuse| Misuses::Named(misuse.name)))
    }

    /// What the misuse of that name does, or its name if the tool has none.
    pub fn misuse_about(&self, name: &'static str) -> &'static str {
        self.current.map_or(name, |tool| tool.about_misuse(name))
    }

    /// The latest outcome of the use that runs now, which may be from the run before: so
    /// the panel is not empty while a run is under way. `None` while it is stepped: how it ends is
    /// what the user is about to find out.
    pub fn latest(&self) -> Option<&Outcome> {
        if self.is_stepped() {
            return None;
        }
        let record = self.record()?;
        match self.misuse {
            None => record.correct.as_ref(),
            Some(misuse) => record.misuses.get(misuse),
        }
    }
}
