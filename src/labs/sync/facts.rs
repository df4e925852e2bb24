//! What this lab reports: runs of its tools, what is inside them, and what each costs.

use serde::Serialize;

use super::experiment::tool::{Cost, Outcome, Snapshot};

/// What this lab has to report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// The next step of the plan: `done` of `of` are over.
    #[serde(rename = "sync.progress")]
    Progress { done: usize, of: usize },
    /// A run begins.
    #[serde(rename = "sync.run")]
    Started { tool: &'static str, misuse: Option<&'static str> },
    /// The structure inside the tool, now.
    #[serde(rename = "sync.snapshot")]
    Snapshot(Snapshot),
    /// The run has come to a standstill.
    #[serde(rename = "sync.stuck")]
    Stuck {
        text: String,
        /// Whether they wait for each other in a circle.
        circle: bool,
    },
    /// A run is over and its data is audited.
    #[serde(rename = "sync.outcome")]
    Outcome { tool: &'static str, misuse: Option<&'static str>, outcome: Outcome },
    #[serde(rename = "sync.cost")]
    Costs { tool: &'static str, costs: Vec<Cost> },
    /// Something could not be run or measured.
    #[serde(rename = "sync.failed")]
    Failed { what: String, why: String },
    #[serde(rename = "sync.done")]
    Done,
}
