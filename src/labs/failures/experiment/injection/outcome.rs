//! The outcome of a fault in one pool. Plain data, part of the JSON result.

use serde::{Deserialize, Serialize};

use super::fault::Policy;
use crate::lab::{Name, read_name};

/// The outcome of a fault in one pool. Every task is in exactly one of `completed`,
/// `failed` and `lost`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultOutcome {
    #[serde(deserialize_with = "read_name")]
    pub fault: Name,
    pub policy: Policy,
    pub completed: usize,
    /// Tasks that ended with an error, were cancelled, or were refused by a pool that was
    /// broken already.
    pub failed: usize,
    pub retried: usize,
    /// The pool is broken: it takes no more tasks. Recordings from before it was asked do not have
    /// it.
    #[serde(default)]
    pub broken: bool,
    /// Tasks that no worker would ever have finished: they were still open when the
    /// injector gave up.
    pub lost: usize,
    /// From the fault to the pool's first reaction, in ms; where the task triggers the
    /// fault itself, from the task's start. `None` if it was never noticed.
    pub noticed_ms: Option<f64>,
    pub cause: String,
    pub last_line: Option<String>,
    /// How long a lost task was waited for until the injector gave up; `None` if no task
    /// was lost.
    pub waited_ms: Option<f64>,
}

impl FaultOutcome {
    /// What became of the tasks.
    pub fn counts(&self) -> String {
        let Self { completed, failed, retried, lost, .. } = self;
        format!("{completed} completed, {failed} failed, {retried} retried, {lost} lost")
    }
}
