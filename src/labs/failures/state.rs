//! What the lab of failures has found out so far.
//!
//! Pure: folds facts; no time, no randomness, no threads. Outcomes are kept by fault and
//! policy, so the ledger of all faults grows while only the last one is shown in full.

use std::collections::BTreeMap;

use super::experiment::injection::{FaultOutcome, Policy, PoolSnapshot};
use super::experiment::shutdown::{ShutdownMode, ShutdownOutcome};
use super::experiment::technique::TechniqueOutcome;
use super::facts::Fact;
use super::settings::{POLICY, TASKS, WORKERS};
use crate::kit::event::{Stamped, What};
use crate::lab::Settings;
use crate::scene::NotRun;

/// What ran last: it comes first on the screen, whether the plan or the user began it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    Technique,
    Fault,
    Shutdown,
}

/// Everything that was reported, folded: what ran last, which the screen shows in full,
/// and the latest outcome of everything, which the ledger and the result list.
#[derive(Clone, Debug)]
pub struct State {
    pub workers: usize,
    pub tasks: usize,
    pub progress: (String, usize, usize),
    /// What runs was asked for by the user.
    pub asked: bool,
    /// The policy that was chosen; `None` for all of them.
    pub policy: Option<Policy>,
    pub focus: Focus,
    pub techniques: BTreeMap<&'static str, TechniqueOutcome>,
    pub technique: Option<&'static str>,
    pub fault: Option<(&'static str, &'static str)>,
    pub pools: BTreeMap<Policy, PoolSnapshot>,
    /// The outcomes of that fault; those of policies that are still under way are
    /// missing.
    pub last_outcomes: BTreeMap<Policy, FaultOutcome>,
    /// The latest outcome of each fault and policy. By the fault's index in the list, so
    /// the ledger has its order.
    pub outcomes: BTreeMap<(usize, Policy), FaultOutcome>,
    pub shutdowns: BTreeMap<ShutdownMode, ShutdownOutcome>,
    pub last_mode: Option<ShutdownMode>,
    /// What could not be shown, each once, with its latest cause.
    pub not_run: Vec<NotRun>,
    /// The plan was carried out once; a live run then continues with faults.
    pub done: bool,
}

impl State {
    pub fn new(settings: &Settings) -> Self {
        Self {
            workers: settings.get(WORKERS),
            tasks: settings.get(TASKS),
            progress: ("getting ready".to_owned(), 0, 1),
            asked: false,
            policy: settings.get(POLICY),
            focus: Focus::default(),
            techniques: BTreeMap::new(),
            technique: None,
            fault: None,
            pools: BTreeMap::new(),
            last_outcomes: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            shutdowns: BTreeMap::new(),
            last_mode: None,
            not_run: Vec::new(),
            done: false,
        }
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
        let What::Fact(fact) = &event.what else {
            return;
        };
        match fact {
            Fact::Progress { what, done, of, workers, asked, policy } => {
                self.progress = (what.clone(), *done, *of);
                (self.workers, self.asked, self.policy) = (*workers, *asked, *policy);
            }
            Fact::Technique { name, shown } => {
                self.focus = Focus::Technique;
                self.technique = Some(name);
                self.techniques.insert(name, shown.clone());
            }
            Fact::Fault { id, title } => {
                self.focus = Focus::Fault;
                self.fault = Some((id, title));
                // Snapshots and outcomes of the last fault would stand beside those of
                // this one.
                self.pools.clear();
                self.last_outcomes.clear();
            }
            Fact::Pool(pool) => {
                self.pools.insert(pool.policy, pool.clone());
            }
            Fact::Outcome(outcome) => {
                let place = super::experiment::injection::FAULTS
                    .iter()
                    .position(|fault| fault.id == outcome.fault);
                // A fault that is not in the list, as in a recording of another version,
                // comes last.
                let key = (place.unwrap_or(usize::MAX), outcome.policy);
                self.outcomes.insert(key, outcome.clone());
                self.last_outcomes.insert(outcome.policy, outcome.clone());
            }
            Fact::Shutdown(shutdown) => {
                self.focus = Focus::Shutdown;
                self.last_mode = Some(shutdown.mode);
                self.shutdowns.insert(shutdown.mode, shutdown.clone());
            }
            Fact::Failed { what, why } => {
                NotRun::new(what, why).note(&mut self.not_run);
            }
            Fact::Done => self.done = true,
        }
    }

    pub fn last_shutdown(&self) -> Option<&ShutdownOutcome> {
        self.shutdowns.get(&self.last_mode?)
    }
}
