//! The outcome of a fault in one pool. Plain data.

use serde::Serialize;

use super::fault::Policy;

/// The outcome of a fault in one pool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultOutcome {
    pub fault: &'static str,
    pub policy: Policy,
    pub completed: usize,
    pub failed: usize,
    /// Tasks given to a further worker.
    pub retried: usize,
    /// Tasks that no worker would ever have finished.
    pub lost: usize,
    /// From the fault to the pool's first reaction, where the task triggers it itself from the
    /// task's start; `None` if it was never noticed.
    pub noticed_ms: Option<f64>,
    pub cause: String,
    /// The last line that a worker wrote on its standard error.
    pub last_line: Option<String>,
    /// How long a lost task was waited for until the injector gave up.
    pub waited_ms: Option<f64>,
}
