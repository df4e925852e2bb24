//! The experiment: programs that are stepped through, searched and replayed, and the progress
//! of the user with them.

pub mod branches;
pub mod explore;
pub mod levels;
pub mod program_run;
pub mod progress;
pub mod search_task;
pub mod setup;
pub mod snapshot;
pub mod user_progress;
