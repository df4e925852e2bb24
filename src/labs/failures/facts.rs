//! What this lab reports: techniques, faults with their outcomes, and shutdowns.

use serde::Serialize;

use super::experiment::injection::{FaultOutcome, PoolSnapshot};
use super::experiment::shutdown::ShutdownOutcome;
use super::experiment::technique::TechniqueOutcome;

/// What the lab reports beyond lane events.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event")]
pub enum Fact {
    /// What is under way.
    #[serde(rename = "failures.progress")]
    Progress {
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
        shown: TechniqueOutcome,
    },
    /// A fault is injected: the pools of the last one are gone.
    #[serde(rename = "failures.fault")]
    Fault { id: &'static str, title: &'static str },
    /// How one of the pools stands.
    #[serde(rename = "failures.pool")]
    Pool(PoolSnapshot),
    #[serde(rename = "failures.outcome")]
    Outcome(FaultOutcome),
    #[serde(rename = "failures.shutdown")]
    Shutdown(ShutdownOutcome),
    /// What could not be done, and why.
    #[serde(rename = "failures.failed")]
    Failed { what: String, why: String },
    /// Everything was gone through.
    #[serde(rename = "failures.done")]
    Done,
}
