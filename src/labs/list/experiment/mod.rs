//! The experiment: threads that add to and remove from one list, what they record of each
//! operation, and the audit that follows.
//!
//! `shared` is the list, `worker` and `workers` are the threads, `op` is what they
//! record. `audit` counts what became of the values and `history` finds out who overwrote
//! whom, both from the records alone; `stopwatch`, `windows` and `tally` are the
//! measurements. Only `worker`, `workers` and `stepper` know that there are threads: the
//! rest is plain computation.

pub mod audit;
pub mod code;
pub mod history;
pub mod live_audit;
pub mod op;
pub mod shared;
pub mod stepper;
pub mod stopwatch;
pub mod tally;
pub mod windows;
pub mod worker;
pub mod workers;
