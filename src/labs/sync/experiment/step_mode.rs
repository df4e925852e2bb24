//! The threads of a run in step mode, as plain data: what the user can ask for, and what each
//! thread would do next.

use serde::{Deserialize, Serialize};

use crate::kit::explore::ModelState;
use crate::kit::model::OpResult;

/// What the user wants of the threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepCommand {
    /// The next step; the first time, the threads stop before theirs.
    Next,
    /// The next step of this thread.
    Thread(String),
    /// The threads run on.
    Resume,
}

/// A thread before its next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteppedThread {
    pub name: String,
    /// `store count = 1`; empty while it is on its way to a step, and once it has ended.
    pub next: String,
    /// What that step would find now, if there is anything to say.
    pub would_read: String,
    pub ready: bool,
    /// The thread that owns what it waits for.
    pub blocked_by: Option<String>,
}

/// The stepped threads, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepperSnapshot {
    pub threads: Vec<SteppedThread>,
    /// The thread that [`StepCommand::Next`] steps.
    pub next: Option<String>,
    /// Only that one can be stepped: the steps are those of a schedule.
    pub replay: bool,
}

/// The threads of a model, in its order.
pub fn threads(model: &ModelState) -> Vec<SteppedThread> {
    let name = |thread| model.thread_name(thread).to_owned();
    let one = |thread| SteppedThread {
        name: name(thread),
        next: model.describe(thread).unwrap_or_default(),
        would_read: match model.would_find(thread) {
            None | Some(OpResult::Done) => String::new(),
            Some(found) => found.to_string(),
        },
        ready: model.next(thread).is_some() && model.is_enabled(thread),
        blocked_by: model.blocked_by(thread).map(name),
    };
    (0..model.threads()).map(one).collect()
}
