//! The experiment: the same tasks by one thread, by threads, by pools of processes and by
//! CPython, timed part by part, and the warm pool between two measurements.
//!
//! `plan` is what to measure, `work` is what a task does. `variants` (serial, threads),
//! `processes` and `cpython` each run the tasks once and return a `Sample` of `figures`.
//! `break_even` decides what to try next but measures nothing, so it is tested without a
//! clock.

pub mod break_even;
pub mod cpython;
pub mod figures;
pub mod plan;
pub mod processes;
pub mod variants;
pub mod warm_pool;
pub mod work;
