//! The experiment: threads that add to and remove from one list, what they note of each
//! operation, and the audit that follows.

pub mod audit;
pub mod code;
pub mod history;
pub mod op;
pub mod shared;
pub mod stepper;
pub mod stopwatch;
pub mod tally;
pub mod windows;
pub mod worker;
pub mod workers;
