//! Why a task has no result, and why a wait has none. Each text names the task or the
//! worker, as it may be the only thing that a user sees of it.
//!
//! | error | whose doing | did the task run? |
//! |---|---|---|
//! | `Panicked`, `Failed` | the task's own | to that point |
//! | `WorkerDied` | the task's, or something that killed the process | perhaps in part, perhaps
//! more than once |
//! | `Broken`, `Abandoned` | the pool's | no |
//! | `Unsendable` | its argument or its result | only if the result was what could not be sent |
//! | `Cancelled` | the caller's, or a shutdown's | no |
//! | `Taken` | another handle's, which has the result | yes |

use std::sync::Arc;

use crate::kit::event::RAISED;
use crate::kit::limit::Timeout;
use crate::printable::Printable;

/// What happened to a task that has no result. Clones are cheap, as every handle that waits
/// gets one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// It panicked, here or in a worker process. The worker catches that and goes on with its next
    /// task.
    #[error("{worker} {} at {place}: {message}", RAISED)]
    Panicked {
        message: Printable,
        /// `file:line` where it panicked, on the worker's side.
        place: Printable,
        /// Name of the worker, of a thread or of a process.
        worker: Arc<str>,
    },
    /// It ended with an error of its own, which crossed the boundary between processes as text.
    #[error("{kind} in {worker} at {place}: {message}")]
    Failed {
        /// The error's type, as the worker names it.
        kind: Printable,
        message: Printable,
        place: Printable,
        worker: Arc<str>,
    },
    /// The process that ran it died: the task may have been the reason, or only there when it
    /// happened.
    #[error("worker {pid} {cause} while it held {task}{}", tries(*.attempts))]
    WorkerDied {
        task: Arc<str>,
        pid: u32,
        /// `killed by SIGKILL`, `exited with code 3`.
        cause: Printable,
        /// How often it was given to a worker: more than 1 under a policy that retries.
        attempts: u32,
    },
    /// The pool broke before the task could run: under a policy that lets one death end everything.
    #[error("{task} did not run: the pool is broken: {reason}")]
    Broken { task: Arc<str>, reason: Printable },
    /// It could not be sent, or its result could not be read: a value that its format cannot
    /// express.
    #[error("{task} could not be sent: {why}")]
    Unsendable { task: Arc<str>, why: Printable },
    #[error("cancelled")]
    Cancelled,
    /// Its pool forgot it: only possible when the pool itself ends.
    #[error("the pool ended before the task could run")]
    Abandoned,
    /// Its result was moved out before, by this handle or a clone of it.
    #[error("the result was taken before")]
    Taken,
}

/// What to add about a task that was given to more than one worker; nothing for the usual case.
fn tries(attempts: u32) -> String {
    match attempts {
        1 => String::new(),
        attempts => format!(", tried {attempts} times"),
    }
}

/// Why there is no result: the task is done without one, or the wait ended and the task
/// goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Wait(#[from] Timeout),
}
