//! Fault injection: the same fault in one worker of pools that differ in what they do
//! about it, and what became of every task.
//!
//! The pools are the kit's own, with real processes, and the faults are real. What became
//! of the tasks is read from their futures, never counted from events. A caller of a pool
//! that loses a task would wait without end: here the wait is bounded and its length
//! reported.
//!
//! ```text
//! submit half of the tasks, the target, the other half
//!         │
//!         ▼  each millisecond, until over:
//! the target runs? ── inject: from outside by a signal, or the task does it itself
//!         │
//! the pool reacts? ── noticed (a worker gone unasked, the pool broken, the task failed);
//!         │           set `fired`, for which the tasks of some faults wait
//!         ▼
//! all tasks over ──────────────▶ outcome
//! no worker at what is open ───▶ wait LOST_TASK_TIMEOUT, give up: lost ──▶ outcome
//! ```
//!
//! `fault` lists what can happen, `target` is the task that it happens to, `inject` does
//! it and watches, `outcome` and `pool_snapshot` are what is reported, `worker_fns` is what
//! runs in the workers, `stderr_tail` keeps what a dying worker wrote last.

mod fault;
mod inject;
mod outcome;
mod pool_snapshot;
mod stderr_tail;
mod target;
pub mod worker_fns;

pub use fault::{FAULTS, Fault, Policy};
pub use inject::Injector;
pub use outcome::FaultOutcome;
pub use pool_snapshot::{PoolSnapshot, TaskFate, WorkerActivity, WorkerSnapshot};
