//! The experiment: one round of tasks on a thread pool, and the check of their results.

pub mod audit;
pub mod plan;
pub mod round;
pub mod task;
