//! What the lab of failures has found out so far.
//!
//! Pure: folds facts; no time, no randomness, no threads.

use std::collections::BTreeMap;

use serde::Serialize;

use super::closing::{Closed, How};
use super::desk::{Policy, PoolShown, Struck};
use super::technique::Shown;
use crate::kit::event::{Stamped, What};
use crate::lab::Settings;
use crate::scene::NotRun;

/// What the engine tells beyond lane events.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    /// What is under way.
    #[serde(rename = "failures.stage")]
    Stage {
        what: String,
        done: usize,
        of: usize,
        /// Threads, or processes of each pool, from now on.
        workers: usize,
    },
    #[serde(rename = "failures.technique")]
    Technique {
        name: &'static str,
        #[serde(flatten)]
        shown: Shown,
    },
    /// A blow begins: the pools of the last one are gone.
    #[serde(rename = "failures.blow")]
    Blow {
        id: &'static str,
        title: &'static str,
    },
    /// How one of the pools stands.
    #[serde(rename = "failures.pool")]
    Pool(PoolShown),
    #[serde(rename = "failures.struck")]
    Struck(Struck),
    #[serde(rename = "failures.closed")]
    Closed(Closed),
    /// What could not be done, and why.
    #[serde(rename = "failures.failed")]
    Failed { what: String, why: String },
    /// Everything was gone through.
    #[serde(rename = "failures.done")]
    Done,
}

/// What was played last: it stands first on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    #[default]
    Technique,
    Blow,
    Ending,
}

/// Everything that was told, folded.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(super) workers: usize,
    pub(super) stage: (String, usize, usize),
    pub(super) focus: Focus,
    pub(super) techniques: BTreeMap<&'static str, Shown>,
    /// The one that was played last.
    pub(super) technique: Option<&'static str>,
    /// The blow that was dealt last, with its title.
    pub(super) blow: Option<(&'static str, &'static str)>,
    /// The pools of that blow.
    pub(super) pools: BTreeMap<Policy, PoolShown>,
    /// What it came to.
    pub(super) last_blow: BTreeMap<Policy, Struck>,
    /// The latest of each blow and policy.
    pub(super) struck: BTreeMap<(usize, Policy), Struck>,
    pub(super) closed: BTreeMap<How, Closed>,
    /// How the pool was ended that was ended last.
    pub(super) ending: Option<How>,
    /// What could not be shown.
    pub(super) not_run: Vec<NotRun>,
    pub(super) done: bool,
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            workers: settings.size("workers"),
            stage: ("the first technique".to_owned(), 0, 1),
            focus: Focus::default(),
            techniques: BTreeMap::new(),
            technique: None,
            blow: None,
            pools: BTreeMap::new(),
            last_blow: BTreeMap::new(),
            struck: BTreeMap::new(),
            closed: BTreeMap::new(),
            ending: None,
            not_run: Vec::new(),
            done: false,
        }
    }

    pub(super) fn apply(&mut self, event: &Stamped<Fact>) {
        let What::Fact(fact) = &event.what else {
            return;
        };
        match fact {
            Fact::Stage {
                what,
                done,
                of,
                workers,
            } => {
                self.stage = (what.clone(), *done, *of);
                self.workers = *workers;
            }
            Fact::Technique { name, shown } => {
                self.focus = Focus::Technique;
                self.technique = Some(name);
                self.techniques.insert(name, shown.clone());
            }
            Fact::Blow { id, title } => {
                self.focus = Focus::Blow;
                self.blow = Some((id, title));
                self.pools.clear();
                self.last_blow.clear();
            }
            Fact::Pool(pool) => {
                self.pools.insert(pool.policy, pool.clone());
            }
            Fact::Struck(struck) => {
                let place = super::desk::BLOWS
                    .iter()
                    .position(|blow| blow.id == struck.blow);
                let key = (place.unwrap_or(usize::MAX), struck.policy);
                self.struck.insert(key, struck.clone());
                self.last_blow.insert(struck.policy, struck.clone());
            }
            Fact::Closed(closed) => {
                self.focus = Focus::Ending;
                self.ending = Some(closed.how);
                self.closed.insert(closed.how, closed.clone());
            }
            Fact::Failed { what, why } => {
                NotRun::new(what, why).note(&mut self.not_run);
            }
            Fact::Done => self.done = true,
        }
    }

    /// The last ending of a pool.
    pub(super) fn last_ending(&self) -> Option<&Closed> {
        self.closed.get(&self.ending?)
    }
}
