//! The experiment: the tools for sharing, each with its correct use and its misuses, between
//! threads and between processes.

pub mod costs;
pub mod forwarder;
pub mod jobs;
pub mod participants;
pub mod process_context;
pub mod process_results;
pub mod process_run;
pub mod thread_run;
pub mod tool;
pub mod tools;
