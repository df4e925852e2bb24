//! Fault injection: the same fault in one worker of pools that differ in what they do about
//! it, and what became of every task.
//!
//! The pools are the kit's own, with real processes, and the faults are real. What became
//! of the tasks is read from their futures, never counted from events. A pool that loses
//! a task would be waited for without end: here the wait is bounded and its length reported.
//!
//! Must not know how any of it is shown.

mod fault;
mod inject;
pub mod jobs;
mod outcome;
mod pool_snapshot;
mod stderr_tail;
mod target;

pub(crate) use fault::{FAULTS, Fault, Policy};
pub(crate) use inject::Injector;
pub(crate) use outcome::FaultOutcome;
pub(crate) use pool_snapshot::{PoolSnapshot, WorkerActivity, WorkerSnapshot};
