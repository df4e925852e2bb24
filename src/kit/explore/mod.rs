//! The explorer: real threads, held at their next step, and taken through whatever
//! interleavings a scheduler wants to see.
//!
//! [`explore`] lays a [`Program`] out run after run. Its threads are threads of the
//! system, executing the same machine code that they execute at full speed; each
//! announces its next operation on the [`ModelState`] and waits. One at a time takes the
//! step that the [`Scheduler`] chose. What it finds is checked against what the model state
//! predicted: the engine is tested at every step of every search.
//!
//! Honest limits: the explored memory is sequentially consistent, or x86-TSO by
//! simulated store buffers; between two steps a thread must be deterministic.
//!
//! Must not know: any single program, and how anything is shown.

mod baton;
pub mod code;
mod config;
mod counts;
mod executor;
mod exploration;
mod fault;
mod finding;
mod incomplete;
mod interactive;
mod key;
mod live;
mod model_state;
mod plan;
mod progress;
pub mod query;
mod report;
mod schedule;
mod scheduler;
mod search;
#[cfg(test)]
pub(crate) mod tests;
mod trace;
mod tree;
mod why;

pub(crate) use super::sys::heap::give_back;
pub use config::{Config, Outcome, STEP_BOUND};
pub use counts::Counts;
pub use executor::explore;
pub use fault::Fault;
pub use finding::{End, Finding, Found};
pub use incomplete::Incomplete;
pub use interactive::{InteractiveScheduler, RunView, StepHandle, UserMove};
pub use key::Key;
pub use live::LiveStepper;
pub use model_state::{Memory, ModelState, Names, NextStep, Phase as ThreadPhase, Until};
pub use plan::{Body, Broken, Check, Plan, Program};
pub use progress::{Progress, Snapshot};
pub use report::{Report, SearchOptions, Strategy, run_search, simplest_failure};
pub use schedule::{MOST_THREADS, ScheduleStep, StepSet, StepSetIter};
pub use scheduler::{Pct, Random, Refused, Replay, Scheduler, SchedulingPoint, Stats};
pub use search::{Limits, Method, Search};
pub use trace::{AfterStep, Trace, TraceStep};
pub use tree::{Branch, Leaf, Tree};
pub use why::{Conflict, Why, why};
