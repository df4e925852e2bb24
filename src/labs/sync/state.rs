//! What is known of the tools so far.
//!
//! Pure: folds facts; no time, no randomness, no threads.

use std::collections::BTreeMap;

use serde::Serialize;

use super::tool::{Cost, Inside, Outcome, Tool};
use super::tools;
use crate::kit::event::{Stamped, What};
use crate::lab::Settings;
use crate::scene::NotRun;
use crate::timeline::stat::Statistic;

/// What this lab has to tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    /// The next piece of the plan, of so many.
    #[serde(rename = "sync.stage")]
    Stage { done: usize, of: usize },
    /// A play begins.
    #[serde(rename = "sync.play")]
    Playing {
        tool: &'static str,
        wrong: Option<&'static str>,
    },
    /// The structure inside the tool, now.
    #[serde(rename = "sync.inside")]
    Inside(Inside),
    /// The play has come to a standstill.
    #[serde(rename = "sync.stuck")]
    Stuck {
        text: String,
        /// Whether they wait for each other in a circle.
        circle: bool,
    },
    /// A play is over and its data is audited.
    #[serde(rename = "sync.outcome")]
    Played {
        tool: &'static str,
        wrong: Option<&'static str>,
        outcome: Outcome,
    },
    #[serde(rename = "sync.cost")]
    Costs {
        tool: &'static str,
        costs: Vec<Cost>,
    },
    /// Something could not be played or measured.
    #[serde(rename = "sync.failed")]
    Failed { what: String, why: String },
    #[serde(rename = "sync.done")]
    Done,
}

/// What is known of one tool.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The latest play with right use.
    pub(super) right: Option<Outcome>,
    /// The latest play of each wrong use.
    pub(super) wrong: BTreeMap<&'static str, Outcome>,
    pub(super) plays: u64,
    pub(super) costs: Vec<(String, bool, Statistic)>,
}

/// Everything known so far.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) live: bool,
    pub(super) stage: (usize, usize),
    /// What is being played.
    pub(super) playing: Option<&'static Tool>,
    pub(super) wrong: Option<&'static str>,
    pub(super) inside: Inside,
    /// How the play stands still, and whether in a circle.
    pub(super) stuck: Option<(String, bool)>,
    /// By the tool's name.
    pub(super) records: BTreeMap<&'static str, Record>,
    /// What could not be played or measured.
    pub(super) not_run: Vec<NotRun>,
    pub(super) done: bool,
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            live: settings.live,
            stage: (0, 1),
            playing: tools::named(settings.word("tool")),
            wrong: None,
            inside: Inside::default(),
            stuck: None,
            records: BTreeMap::new(),
            not_run: Vec::new(),
            done: false,
        }
    }

    pub(super) fn apply(&mut self, event: &Stamped<Fact>) {
        let What::Fact(fact) = &event.what else {
            return;
        };
        match fact.clone() {
            Fact::Stage { done, of } => self.stage = (done, of),
            Fact::Playing { tool, wrong } => {
                self.playing = tools::named(tool);
                self.wrong = wrong;
                self.inside = Inside::default();
                self.stuck = None;
            }
            Fact::Inside(inside) => self.inside = inside,
            Fact::Stuck { text, circle } => self.stuck = Some((text, circle)),
            Fact::Played {
                tool,
                wrong,
                outcome,
            } => {
                let record = self.records.entry(tool).or_default();
                record.plays += 1;
                self.stuck = None;
                match wrong {
                    None => record.right = Some(outcome),
                    Some(wrong) => drop(record.wrong.insert(wrong, outcome)),
                }
            }
            Fact::Costs { tool, costs } => {
                let known = costs.into_iter().filter_map(|cost| {
                    let statistic = Statistic::of(&cost.samples)?;
                    Some((cost.label, cost.contended, statistic))
                });
                self.records.entry(tool).or_default().costs = known.collect();
            }
            Fact::Failed { what, why } => NotRun::new(what, why).note(&mut self.not_run),
            Fact::Done => self.done = true,
        }
    }

    /// The tools of which something is known, in the order of the screen.
    pub(super) fn known(&self) -> impl Iterator<Item = (&'static Tool, &Record)> {
        let all = tools::ALL.iter().copied();
        all.filter_map(|tool| Some((tool, self.records.get(tool.id)?)))
    }

    /// What is known of the tool that is played.
    pub(super) fn record(&self) -> Option<&Record> {
        self.records.get(self.playing?.id)
    }

    /// The wrong use after the one that is played now; after the last one comes `off`.
    pub(super) fn next_wrong(&self) -> Option<&'static str> {
        let all = self.playing?.wrong;
        let next = match self.wrong {
            None => 0,
            Some(now) => all.iter().position(|wrong| wrong.name == now)? + 1,
        };
        Some(all.get(next).map_or("off", |wrong| wrong.name))
    }

    /// The latest outcome of what is played.
    pub(super) fn latest(&self) -> Option<&Outcome> {
        let record = self.record()?;
        match self.wrong {
            None => record.right.as_ref(),
            Some(wrong) => record.wrong.get(wrong),
        }
    }
}
