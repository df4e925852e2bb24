//! The experiment: one round of tasks on a thread pool, and the check of their results.
//!
//! `plan` is what a round does, `task` what a worker does for one n, `round` submits the
//! tasks and reads their futures, `audit` checks the values by another computation.

pub mod audit;
pub mod plan;
pub mod round;
pub mod task;
