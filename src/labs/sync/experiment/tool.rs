//! What a tool for sharing data must offer to appear in this lab: a run with a definite
//! number of operations, its misuses, and what one operation costs.
//!
//! A run has real threads or processes and audits their data after they have ended.
//! Must not know the driver thread, nor how anything is shown.
//!
//! ```text
//! Tool ── run(context, None) ────────▶ Outcome of correct use
//!      ── run(context, a misuse) ────▶ Outcome of a misuse between processes
//!      ── a misuse's program ────────▶ its simplest failure, replayed, between threads
//!      ── cost(context) ─────────────▶ Cost: its own, and those of peers
//! ```

use std::io;
use std::path::Path;
use std::rc::Rc;

use serde::Serialize;

use super::super::facts::Fact;
pub use super::outcome::{Cost, Outcome, Snapshot};
use super::searches::Searched;
use super::step_mode::StepCommand;
use crate::kit::recorder::{Lane, Recorder};
use crate::kit::step::StepController;
use crate::kit::stop::Stop;
use crate::programs::listing::Source;
use crate::programs::program::StepProgram;

/// Who shares by means of a tool. Threads see all memory of their process; processes share what
/// is laid out in a region, or send copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    Threads,
    Processes,
}

/// A way to use a tool wrongly. Each must fail whenever it is run: between threads by its
/// failing schedule, between processes by an order that the processes force.
#[derive(Debug)]
pub struct Misuse {
    /// As in `--set misuse=NAME`, and in JSON. Unique within its tool only.
    pub name: &'static str,
    /// What is done wrong, in a few words that go on from "misuse:".
    pub about: &'static str,
    /// What is done wrong and what follows from it, in one sentence of a line: under the uses, in
    /// the place of [`Tool::sees`].
    pub explanation: &'static str,
    /// Between threads: the program whose simplest failure is replayed.
    pub program: Option<&'static StepProgram>,
}

impl Misuse {
    pub const fn new(name: &'static str, about: &'static str, explanation: &'static str) -> Self {
        Self { name, about, explanation, program: None }
    }

    pub const fn replays(self, program: &'static StepProgram) -> Self {
        Self { program: Some(program), ..self }
    }
}

/// One tool. A constant in a file of its own under `tools`; the list of them is all that
/// settings, keys and help need to know.
#[derive(Debug)]
pub(crate) struct Tool {
    /// As in `--set tool=NAME`: `lock`, `process-lock`.
    pub id: &'static str,
    pub title: &'static str,
    /// Its name in Python: `threading.Lock`.
    pub python: &'static str,
    /// What it is for, in a few words: the second column of the lists.
    pub purpose: &'static str,
    pub world: World,
    /// What one sees in a run, in one sentence of a line.
    pub sees: &'static str,
    /// The correct use as it runs, if it can be shown in a few lines, and in Python; the Python
    /// of misuses between processes follows, under `## name`.
    pub code: Source,
    pub misuses: &'static [Misuse],
    /// Runs it once, used correctly or with one of its misuses that is no program of its own.
    /// Returns soon after [`RunContext::stop`] is requested, in whatever way.
    pub run: fn(&RunContext<'_>, Option<&'static Misuse>) -> io::Result<Outcome>,
    /// Measures what one operation costs, in a few hundred milliseconds at most. The costs with
    /// the tool's title as label are its own; others are those of peers.
    pub cost: fn(&RunContext<'_>) -> io::Result<Vec<Cost>>,
}

impl Tool {
    pub fn misuse_named(&self, name: &str) -> Option<&'static Misuse> {
        self.misuses.iter().find(|misuse| misuse.name == name)
    }

    /// What the misuse of that name does wrong, in a few words; the name if the tool has
    /// no such misuse.
    pub fn about_misuse(&self, name: &'static str) -> &'static str {
        self.misuse_named(name).map_or(name, |misuse| misuse.about)
    }
}

/// What a run is given: its size, its way to report, and its stop request. Made for each run by
/// the driver thread.
pub struct RunContext<'a> {
    /// The number of threads or processes of the run, at least two.
    pub workers: usize,
    pub ops: u64,
    /// Carries pace, mode and stop request to the run's threads. Its stop is a child of the
    /// attempt's, so a run can be ended alone.
    pub controller: StepController,
    pub recorder: &'a Recorder<Fact>,
    /// The driver thread's own lane.
    pub lane: &'a Lane<Fact>,
    /// The program to start for worker processes.
    pub program: &'a Path,
    /// What was found by searching this use before, and where a search puts what it finds.
    pub searched: Rc<Searched>,
    /// Whether it runs on the live screen: then a deadlock stays to be seen for a while.
    pub live: bool,
    /// Lets a changed pace act, and returns what the user wants of the threads. A wait for
    /// the run on the driver thread calls it again and again.
    pub poll: &'a dyn Fn() -> Option<StepCommand>,
}

impl RunContext<'_> {
    /// Asks the run to end: the lab ends, or something else was chosen. Every wait of a run looks
    /// at it.
    pub fn stop(&self) -> &Stop {
        self.controller.stop()
    }

    /// Shows the structure inside the tool. Never blocks; a picture that is not new
    /// need not be shown.
    pub fn show(&self, inside: Snapshot) {
        self.lane.fact(Fact::Snapshot(inside));
        self.lane.flush();
    }

    pub fn stopped() -> io::Error {
        io::Error::new(io::ErrorKind::Interrupted, "stopped")
    }
}
