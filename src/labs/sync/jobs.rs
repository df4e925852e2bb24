//! What the worker processes of this lab can do: one job, which plays a part in whatever
//! tool's play. Runs in another process; must not count on anything of this one.

use super::actor::{Actor, Notes, Script, refused};
use super::tools;
use crate::kit::child::worker_fn::Json;
use crate::kit::child::{WorkerFn, WorkerFnEntry, WorkerFnError};
use crate::kit::event::ResourceKind;

/// All of them.
pub(crate) const JOBS: &[WorkerFnEntry] = &[WorkerFnEntry::of::<Act>()];

/// What the processes of a tool do.
pub(super) struct Parts {
    /// The tool's name.
    pub(super) tool: &'static str,
    /// What it is to those who look at the lanes.
    pub(super) kind: ResourceKind,
    /// Plays a part.
    pub(super) act: fn(&Actor) -> Result<(), WorkerFnError>,
    /// Measures what an operation costs.
    pub(super) time: fn(&Actor) -> Result<(), WorkerFnError>,
}

impl Parts {
    /// Those of the tool of that name.
    pub(super) fn of(tool: &str) -> Option<&'static Self> {
        tools::PARTS.iter().find(|parts| parts.tool == tool)
    }
}

/// Plays a part.
pub(super) struct Act;

impl WorkerFn for Act {
    const NAME: &'static str = "sync.act";
    type In = Json<Script>;
    type Out = Json<Notes>;

    fn run(script: Json<Script>) -> Result<Json<Notes>, WorkerFnError> {
        let actor = Actor::enter(script.0)?;
        let tool = &actor.script.tool;
        let parts = Parts::of(tool).ok_or_else(|| refused(format!("no tool is called {tool}")))?;
        let act = if actor.script.timed.is_some() {
            parts.time
        } else {
            parts.act
        };
        act(&actor)?;
        Ok(Json(actor.into_notes()))
    }
}
