//! The outcome of a fault in one pool. Plain data.

use serde::Serialize;

use super::fault::Policy;

/// The outcome of a fault in one pool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FaultOutcome {
    pub(crate) fault: &'static str,
    pub(crate) policy: Policy,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
    /// Tasks given to a further worker.
    pub(crate) retried: usize,
    /// Tasks that no worker would ever have finished.
    pub(crate) lost: usize,
    /// From the fault to the pool's first reaction, where the task triggers it itself from the
    /// task's start; `None` if it was never noticed.
    pub(crate) noticed_ms: Option<f64>,
    pub(crate) cause: String,
    /// The last line that a worker wrote on its standard error.
    pub(crate) last_line: Option<String>,
    /// How long a lost task was waited for until the injector gave up.
    pub(crate) waited_ms: Option<f64>,
}
