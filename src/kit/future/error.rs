//! Why a task has no result, and why a wait has none.

use std::fmt;
use std::sync::Arc;

use crate::kit::limit::Timeout;
use crate::printable::Printable;

/// What became of a task that has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskError {
    /// It panicked, here or in a worker process.
    Panicked {
        message: Printable,
        /// `file:line` where it panicked, on the worker's side.
        place: Printable,
        worker: Arc<str>,
    },
    /// It ended with an error of its own.
    Failed {
        /// The error's type, as the worker names it.
        kind: Printable,
        message: Printable,
        place: Printable,
        worker: Arc<str>,
    },
    /// The process that ran it died.
    WorkerDied {
        task: Arc<str>,
        pid: u32,
        /// `killed by SIGKILL`, `exited with code 3`.
        cause: Printable,
        /// How often it was tried.
        attempts: u32,
    },
    /// The pool broke before the task could run.
    Broken {
        task: Arc<str>,
        reason: Printable,
    },
    /// It could not be sent, or its result could not be read.
    Unsendable {
        task: Arc<str>,
        why: Printable,
    },
    Cancelled,
    /// Its pool forgot it: only possible when the pool itself ends.
    Abandoned,
    /// Its result was moved out before.
    Taken,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { message, place, worker } => {
                write!(f, "{worker} panicked at {place}: {message}")
            }
            Self::Failed { kind, message, place, worker } => {
                write!(f, "{kind} in {worker} at {place}: {message}")
            }
            Self::WorkerDied { task, pid, cause, attempts: 1 } => {
                write!(f, "worker {pid} {cause} while it held {task}")
            }
            Self::WorkerDied { task, pid, cause, attempts } => {
                write!(f, "worker {pid} {cause} while it held {task}, tried {attempts} times")
            }
            Self::Broken { task, reason } => {
                write!(f, "{task} did not run: the pool is broken: {reason}")
            }
            Self::Unsendable { task, why } => write!(f, "{task} could not be sent: {why}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Abandoned => f.write_str("the pool ended before the task could run"),
            Self::Taken => f.write_str("the result was taken before"),
        }
    }
}

impl std::error::Error for TaskError {}

/// Why there is no result: the task's own error, or the wait's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Task(TaskError),
    Wait(Timeout),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(error) => error.fmt(f),
            Self::Wait(timeout) => timeout.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        Self::Task(error)
    }
}

impl From<Timeout> for Failure {
    fn from(timeout: Timeout) -> Self {
        Self::Wait(timeout)
    }
}
