//! The explorer: real threads, stopped before each of their steps, and taken through
//! whatever interleavings a scheduler wants to see.
//!
//! [`explore`] instantiates a [`Program`] for run after run. Its threads are threads of the
//! system, executing the same machine code that they execute at full speed; each announces
//! its next operation to the [`ModelState`] and waits. One at a time takes the step that
//! the [`Scheduler`] chose. What the step finds is checked against what the model state
//! predicted, so the engine is tested at every step of every search.
//!
//! ```text
//!    Scheduler ◀─ begin, choose, end ─┐     (Search, Random, Pct, Replay, InteractiveScheduler)
//!                                     │
//!    Program ── instantiate ──▶ Exploration ── predicts ──▶ ModelState ──▶ Trace, Finding
//!                                     ▲
//!                     announced, ended │ directive
//!                                     ▼
//!                      Executor: OS threads, Baton, ThreadGate
//! ```
//!
//! The protocol between threads, baton and scheduler is in `explore/executor.rs`. A live
//! run of a lab is stepped by [`LiveStepper`] with the same model, but without undo and
//! search.
//!
//! Limits: the explored memory is sequentially consistent, or x86-TSO by simulated store
//! buffers; weaker memories are not modelled. Between two steps a thread must be
//! deterministic.

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
