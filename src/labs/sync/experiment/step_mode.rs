//! The threads of a run in step mode, as plain data: what the user can ask for, and what each
//! thread would do next.

use serde::{Deserialize, Serialize};

use crate::kit::explore::ModelState;
use crate::lab::SteppedThread;

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

/// The stepped threads, by name. Emitted whole with every change: they are a few.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepperSnapshot {
    pub threads: Vec<SteppedThread<String>>,
    /// The thread that [`StepCommand::Next`] steps; `None` if none is ready, so that the key does
    /// nothing.
    pub next: Option<String>,
    /// Only that one can be stepped: the steps are those of a schedule, which a search has
    /// found.
    pub replay: bool,
}

/// The threads of a model, in its order: of a plan that of the plan, of a live run that of
/// their first steps.
pub fn threads(model: &ModelState) -> Vec<SteppedThread<String>> {
    let name = |thread| model.thread_name(thread).to_owned();
    let named = |thread| Some(name(thread));
    let stepped = |thread| SteppedThread::of(model, name(thread), Some(thread), named);
    (0..model.threads()).map(stepped).collect()
}
