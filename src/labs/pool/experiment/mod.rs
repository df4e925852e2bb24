//! The experiment: the same tasks by one thread, by threads, by pools of processes and by
//! CPython, timed part by part, and the warm pool between two measurements.

pub mod break_even;
pub mod cpython;
pub mod figures;
pub mod plan;
pub mod processes;
pub mod variants;
pub mod warm_pool;
pub mod work;
