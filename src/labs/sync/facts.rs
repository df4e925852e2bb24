//! What this lab reports: runs of its tools, what is inside them, and what each costs.
//! The names under `rename` are part of the recording format.

use serde::{Deserialize, Serialize};

use super::experiment::outcome::{Cost, Outcome, Snapshot, Standstill};
use super::experiment::step_mode::StepperSnapshot;
use crate::lab::{Name, read_name, read_name_if_any};

/// Events of this lab. Progress and snapshots may be dropped when the channel is full: another one
/// follows soon. All others are reliable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// The next part of the plan begins: `done` of `of` are over. May be dropped.
    #[serde(rename = "sync.progress")]
    Progress { done: usize, of: usize },
    /// The user has changed a setting: what the screen shows of them, as they are now.
    #[serde(rename = "sync.settings")]
    Changed { workers: usize, pace_ns: u64 },
    /// A run of this tool begins, with this misuse or with correct use. The inside of the
    /// run before is out of date with it.
    #[serde(rename = "sync.run")]
    Started {
        #[serde(deserialize_with = "read_name")]
        tool: Name,
        #[serde(deserialize_with = "read_name_if_any")]
        misuse: Option<Name>,
    },
    /// The structure inside the tool at this moment: its owner, its waiters, its
    /// counters, its slots.
    #[serde(rename = "sync.snapshot")]
    Snapshot(Snapshot),
    /// The run has come to a standstill.
    #[serde(rename = "sync.stuck")]
    Stuck(Standstill),
    /// The threads in step mode; none when step mode ends.
    #[serde(rename = "sync.stepper")]
    Stepper { stepped: Option<StepperSnapshot> },
    #[serde(rename = "sync.outcome")]
    Outcome {
        #[serde(deserialize_with = "read_name")]
        tool: Name,
        #[serde(deserialize_with = "read_name_if_any")]
        misuse: Option<Name>,
        outcome: Outcome,
    },
    #[serde(rename = "sync.cost")]
    Costs {
        #[serde(deserialize_with = "read_name")]
        tool: Name,
        costs: Vec<Cost>,
    },
    /// Something could not be run or measured, and why.
    #[serde(rename = "sync.failed")]
    Failed { what: String, why: String },
    #[serde(rename = "sync.done")]
    Done,
}
