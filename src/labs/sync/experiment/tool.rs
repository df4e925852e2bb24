//! What a tool for sharing data must offer to appear in this lab: a run with a definite
//! number of operations, its misuses, and what one operation costs.
//!
//! A run has real threads or processes and audits their data after they have ended.
//! Must not know the driver thread, nor how anything is shown.
//!
//! ```text
//! Tool ── kind: Threads(make) ───────▶ its correct use, searched and run
//!      ── a misuse's program ────────▶ its simplest failure, replayed, between threads
//!      ── kind: Processes(run) ──────▶ Outcome of its correct use or of a misuse
//!      ── cost(context) ─────────────▶ Cost: its own, and those of peers
//! ```

use std::io;

use serde::Serialize;

use super::correct_use::MakeCorrectUse;
pub use super::outcome::{Cost, Figure, Outcome, Snapshot};
pub use super::run_context::RunContext;
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

/// How a tool is run once: by whom, and what that takes. Each way returns soon after
/// [`RunContext::stop`] is requested.
#[derive(Clone, Copy, Debug)]
pub enum ToolKind {
    /// Makes the correct use. Every misuse is a program of its own.
    Threads(MakeCorrectUse),
    /// Runs the correct use, or a misuse.
    Processes(fn(&RunContext<'_>, Option<&'static Misuse>) -> io::Result<Outcome>),
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
pub struct Tool {
    /// As in `--set tool=NAME`: `lock`, `process-lock`.
    pub id: &'static str,
    pub title: &'static str,
    /// Its name in Python: `threading.Lock`.
    pub python: &'static str,
    /// What it is for, in a few words: the second column of the lists.
    pub purpose: &'static str,
    pub kind: ToolKind,
    /// What one sees in a run, in one sentence of a line.
    pub sees: &'static str,
    /// The correct use as it runs, if it can be shown in a few lines, and in Python; the Python
    /// of misuses between processes follows, under `## name`.
    pub code: Source,
    pub misuses: &'static [Misuse],
    /// Measures what one operation costs, in a few hundred milliseconds at most. The costs with
    /// the tool's title as label are its own; others are those of peers.
    pub cost: fn(&RunContext<'_>) -> io::Result<Vec<Cost>>,
}

impl Tool {
    pub const fn world(&self) -> World {
        match self.kind {
            ToolKind::Threads(_) => World::Threads,
            ToolKind::Processes(_) => World::Processes,
        }
    }

    pub fn misuse_named(&self, name: &str) -> Option<&'static Misuse> {
        self.misuses.iter().find(|misuse| misuse.name == name)
    }

    /// What the misuse of that name does wrong, in a few words; the name if the tool has
    /// no such misuse.
    pub fn about_misuse(&self, name: &'static str) -> &'static str {
        self.misuse_named(name).map_or(name, |misuse| misuse.about)
    }
}
