//! What this lab reports: techniques, faults with their outcomes, and shutdowns. The
//! names under `rename` are part of the recording format.

use serde::{Deserialize, Serialize};

use super::experiment::injection::{FaultOutcome, Policy, PoolSnapshot};
use super::experiment::shutdown::ShutdownOutcome;
use super::experiment::technique::TechniqueOutcome;
use crate::lab::{Name, read_name};

/// What the lab reports beyond lane events, from the driver's lane. Outcomes are reliable
/// and complete in themselves; progress and snapshots of pools are only for the screen
/// and may be dropped.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// What begins now, and which part of the plan it is. May be dropped: the next one
    /// replaces it.
    #[serde(rename = "failures.progress")]
    Progress {
        what: String,
        done: usize,
        of: usize,
        workers: usize,
        /// The user has asked for it: it is not the next part of the plan.
        asked: bool,
        /// The policy that is in force; `None` for all.
        policy: Option<Policy>,
    },
    /// A technique has run, with it and without it. Reported under its name, since its
    /// texts are constants of the program.
    #[serde(rename = "failures.technique")]
    Technique {
        #[serde(deserialize_with = "read_name")]
        name: Name,
        #[serde(flatten)]
        shown: TechniqueOutcome,
    },
    /// A fault is injected now: the pools of the last one are gone. Its snapshots and its
    /// outcomes, one for each policy, follow.
    #[serde(rename = "failures.fault")]
    Fault {
        #[serde(deserialize_with = "read_name")]
        id: Name,
        #[serde(deserialize_with = "read_name")]
        title: Name,
    },
    /// The state of one of the pools. May be dropped: the outcome contains what counts.
    #[serde(rename = "failures.pool")]
    Pool(PoolSnapshot),
    #[serde(rename = "failures.outcome")]
    Outcome(FaultOutcome),
    #[serde(rename = "failures.shutdown")]
    Shutdown(ShutdownOutcome),
    /// What could not be done, and why: mostly processes that the system refused.
    #[serde(rename = "failures.failed")]
    Failed { what: String, why: String },
    #[serde(rename = "failures.done")]
    Done,
}
