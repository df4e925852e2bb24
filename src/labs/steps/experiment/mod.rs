//! The experiment: programs that are stepped through, searched and replayed, and the progress
//! of the user with them.

pub mod branches;
pub mod code;
pub mod explore;
pub mod flow;
pub mod levels;
pub mod listing;
pub mod program;
pub mod program_run;
pub mod programs;
pub mod progress;
pub mod search_task;
pub mod snapshot;
pub mod user_progress;
