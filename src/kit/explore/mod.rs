//! The explorer: real threads, stopped before each of their steps, and taken through the
//! interleavings that a scheduler asks for.
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
//! The protocol between threads, baton and scheduler is in `explore/executor.rs`, and how
//! several of these engines search one program in `explore/search/parallel.rs`. A live
//! run of a lab is stepped by [`LiveStepper`] with the same model, but without undo and
//! search.
//!
//! | read in this order | what |
//! |---|---|
//! | `plan`, `config` | what is explored: threads and checks, made again for each run; and how |
//! | `schedule`, `model_state`, `trace` | a step of a schedule, the state that it leads to, a run as its steps |
//! | `scheduler`, `finding` | who chooses the steps; how a run ended |
//! | `executor`, `baton`, `exploration` | the engine: threads, hand-over, decisions |
//! | `search`, `counts`, `key`, `tree`, `incomplete`, `progress`, `report` | all interleavings, and what is claimed about them |
//! | `interactive`, `live` | a user who steps: a program with undo, a lab that runs |
//! | [`code`], [`query`], `why`, `fault` | schedules as text, questions, explanations, what the engine refuses |
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

// For the callers of a large search, which leaves the heap full of free memory.
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
pub use search::{Limits, Method, Search, search};
pub use trace::{AfterStep, Trace, TraceStep};
pub use tree::{Branch, Leaf, Tree};
pub use why::{Conflict, Why, why};
