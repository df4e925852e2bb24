//! What a tool for sharing data must offer to appear in this lab: a play with a definite
//! number of operations, its wrong uses, and what one operation costs.
//!
//! A play runs real threads or processes and audits their data after they have ended.
//! Must not know the director, nor how anything is shown.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::state::Fact;
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::step::StepController;
use crate::kit::stop::Stop;

/// Who shares by means of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum World {
    Threads,
    Processes,
}

/// A way to use a tool wrongly.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misuse {
    /// As in `--set misuse=NAME`.
    pub(super) name: &'static str,
    /// What is done wrong, in a few words.
    pub(super) about: &'static str,
}

/// One tool.
#[derive(Debug)]
pub(super) struct Tool {
    /// As in `--set tool=NAME`: `lock`, `process-lock`.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) world: World,
    /// What one sees, in one sentence.
    pub(super) sees: &'static str,
    pub(super) misuses: &'static [Misuse],
    /// Plays it once, used rightly or in one of its wrong ways. Returns soon after
    /// [`RunContext::stop`] is requested, in whatever way.
    pub(super) run: fn(&RunContext<'_>, Option<&'static Misuse>) -> io::Result<Outcome>,
    /// Measures what one operation costs, in a few hundred milliseconds at most.
    pub(super) cost: fn(&RunContext<'_>) -> io::Result<Vec<Cost>>,
}

impl Tool {
    /// Its wrong use of that name.
    pub(super) fn misuse_named(&self, name: &str) -> Option<&'static Misuse> {
        self.misuses.iter().find(|misuse| misuse.name == name)
    }
}

/// What a play came to, from the data itself after everyone had ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Outcome {
    pub(super) operations: u64,
    pub(super) expected: String,
    /// Equal to `expected` if and only if nothing went wrong.
    pub(super) got: String,
    /// What went wrong, with figures; nothing under right use.
    pub(super) finding: Option<String>,
    /// Who got the tool, in order: the first so many.
    pub(super) order: Vec<String>,
    /// How long each wait for the tool lasted. Too many to be told one by one.
    #[serde(skip)]
    pub(super) waits_ns: Vec<u64>,
    /// How long it was held each time, where that has a meaning.
    #[serde(skip)]
    pub(super) holds_ns: Vec<u64>,
    /// A deadlock: `A holds L1 and waits for L2; B holds ...`.
    pub(super) cycle: Option<String>,
}

impl Outcome {
    pub(super) fn as_expected(&self) -> bool {
        self.expected == self.got
    }
}

/// What one operation costs: samples in nanoseconds per operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Cost {
    /// The tool's title, or that of a peer measured beside it.
    pub(super) label: String,
    /// Whether several wanted it at once.
    pub(super) contended: bool,
    pub(super) samples: Vec<f64>,
}

/// The structure inside a tool at one moment, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Snapshot {
    /// Names and values: `holder`, `depth`, `permits`, `counter`.
    pub(super) figures: Vec<(String, String)>,
    /// Who waits, in order of arrival where that is known.
    pub(super) waiting: Vec<String>,
    /// A buffer: each slot's text, and a label under it (`next in`, `next out`).
    pub(super) slots: Vec<(String, String)>,
}

impl Snapshot {
    /// With one more figure.
    pub(super) fn figure(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.figures.push((name.to_owned(), value.to_string()));
        self
    }

    /// With those who wait.
    pub(super) fn waiting(mut self, waiting: Vec<String>) -> Self {
        self.waiting = waiting;
        self
    }
}

/// Where a play takes place.
pub(super) struct RunContext<'a> {
    /// Threads or processes of the play, at least two.
    pub(super) workers: usize,
    /// Operations of each of them.
    pub(super) ops: u64,
    /// Carries pace and stop request to the play's threads.
    pub(super) controller: StepController,
    pub(super) recorder: &'a Recorder<Fact>,
    /// The director's own lane.
    pub(super) lane: &'a Lane<Fact>,
    /// The program to start for worker processes.
    pub(super) program: &'a Path,
    /// Whether eyes watch: then a deadlock stays to be seen for a while.
    pub(super) live: bool,
}

impl RunContext<'_> {
    /// Asks the play to end: the lab ends, or something else was chosen.
    pub(super) fn stop(&self) -> &Stop {
        self.controller.stop()
    }

    /// Shows the structure inside the tool. Never blocks; a picture that is not new
    /// need not be shown.
    pub(super) fn show(&self, inside: Snapshot) {
        self.lane.fact(Fact::Snapshot(inside));
        self.lane.flush();
    }

    /// The error of a play that was called off.
    pub(super) fn stopped() -> io::Error {
        io::Error::new(io::ErrorKind::Interrupted, "called off")
    }
}
