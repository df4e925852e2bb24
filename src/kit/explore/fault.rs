//! Why an exploration could not continue, in one line for the user.

use std::sync::Arc;

use crate::kit::event::RAISED;
use crate::kit::model::{Op, OpResult};
use crate::kit::step::Name;

/// Why an exploration could not continue: a program that does not keep the rules, or a
/// mistake in the engine. Never a finding about the program's logic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A thread could not be started: a limit of the system, mostly on the number of threads.
    #[error("thread {thread} cannot be started: {why}")]
    NoThread { thread: Arc<str>, why: String },
    /// A thread did not come to its next step in time. It may compute, or wait for something that
    /// the step controller does not see.
    #[error("{thread} does not come to its next step")]
    Stuck { thread: Arc<str> },
    /// A step found something else than the model state predicted: a thing was changed
    /// outside of the step controller, or the engine is wrong.
    #[error("{thread} found {found} at `{}` where {predicted} was predicted", .op.verb())]
    Diverged { thread: Arc<str>, op: Op, predicted: OpResult, found: OpResult },
    /// A thread used a thing that was not made while the program was instantiated, so it has no
    /// number in the model state.
    #[error("{thread} uses {object}, which was not made when the program was instantiated")]
    UnknownObject { thread: Arc<str>, object: Name },
    /// The program came out with other threads or another number of things than in its
    /// first run.
    #[error("the program differs from its first run")]
    NotTheSame,
    /// The scheduler, or one of the program's checks, panicked. A panic of a thread's body is no
    /// fault but the run's end.
    #[error("a check or the search {}: {message}", RAISED)]
    Panicked { message: String },
}

impl Fault {
    /// A searching thread itself panicked, and no thread of the program: a mistake in the engine.
    pub(crate) fn of_searcher() -> Self {
        Self::Panicked { message: "a searching thread".to_owned() }
    }
}
