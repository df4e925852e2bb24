//! Why an exploration could not go on, in one line.

use std::fmt;
use std::sync::Arc;

use crate::kit::model::{Op, OpResult};
use crate::kit::step::Name;

/// Why an exploration could not go on: a program that does not keep the rules, or a
/// mistake in the engine. Never a finding about the program's logic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A thread could not be started.
    NoThread { thread: Arc<str>, why: String },
    /// A thread did not come to its next step in time.
    Stuck { thread: Arc<str> },
    /// A step found something else than the model state predicted: a thing was changed
    /// outside of the step controller, or the engine is wrong.
    Diverged { thread: Arc<str>, op: Op, predicted: OpResult, found: OpResult },
    /// A thread used a thing that was not made while the program was laid out.
    UnknownObject { thread: Arc<str>, object: Name },
    /// The program came out different from its first run.
    NotTheSame,
    /// The scheduler, or one of the program's checks, panicked.
    Panicked { message: String },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThread { thread, why } => {
                write!(f, "thread {thread} cannot be started: {why}")
            }
            Self::Stuck { thread } => write!(f, "{thread} does not come to its next step"),
            Self::Diverged { thread, op, predicted, found } => write!(
                f,
                "{thread} found {found} at `{}` where {predicted} was predicted",
                op.verb()
            ),
            Self::UnknownObject { thread, object } => write!(
                f,
                "{thread} uses {object}, which was not made when the program was laid out"
            ),
            Self::NotTheSame => f.write_str("the program differs from its first run"),
            Self::Panicked { message } => write!(f, "a check or the search panicked: {message}"),
        }
    }
}

impl std::error::Error for Fault {}
