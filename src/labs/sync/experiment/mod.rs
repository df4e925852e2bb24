//! The experiment: the tools for sharing, each with its correct use and its misuses, between
//! threads and between processes.

pub mod control_block;
pub mod correct_use;
pub mod costs;
pub mod forwarder;
pub mod outcome;
pub mod participants;
pub mod process_context;
pub mod process_results;
pub mod process_run;
pub mod process_tool;
pub mod replay;
pub mod run_context;
pub mod searches;
pub mod step_mode;
pub mod stepper;
pub mod thread_run;
pub mod tool;
pub mod tools;
