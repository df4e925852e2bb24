//! The threads of a run in step mode, as plain data: what the user can ask for, and what each
//! thread would do next.

use serde::{Deserialize, Serialize};

use crate::kit::explore::ModelState;
use crate::kit::model::OpResult;

/// What the user wants of the threads, in the order in which the keys were pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepCommand {
    /// The next step of any thread. The first time, it begins step mode: the threads stop
    /// before their next steps.
    Next,
    /// The next step of the thread of this name, if it is ready.
    Thread(String),
    /// The end of step mode: the threads run on.
    Resume,
}

/// A thread before its next step, copied from the model at one moment; the thread itself may
/// have come to its step since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteppedThread {
    pub name: String,
    /// `store count = 1`; empty while it is on its way to a step, and once it has ended.
    pub next: String,
    /// What that step would find now; empty if it finds nothing, or nothing is known.
    pub would_read: String,
    /// Whether it can take that step now. False for a thread that is on its way, waits or has
    /// ended.
    pub ready: bool,
    /// The thread that owns what it waits for; `None` if it is ready, or no single thread can
    /// free it.
    pub blocked_by: Option<String>,
}

/// The stepped threads, by name. Emitted whole with every change: they are a few.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepperSnapshot {
    pub threads: Vec<SteppedThread>,
    /// The thread that [`StepCommand::Next`] steps; `None` if none is ready, so that the key does
    /// nothing.
    pub next: Option<String>,
    /// Only that one can be stepped: the steps are those of a schedule, which a search has
    /// found.
    pub replay: bool,
}

/// The threads of a model, in its order: of a plan that of the plan, of a live run that of
/// their first steps.
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
