//! What is written where there is no screen: text that a log or a screen reader can
//! carry, JSON, and failures as one line.
//!
//! Must not know: labs, threads, any terminal library.

pub mod ascii;
mod failure;
mod story;
mod summary;

pub use failure::{ANOMALY, Failure, RAN, UNFINISHED, USAGE, ended_by, reason, write_stderr};
pub use story::{Story, sentence};
pub use summary::{Setting, Summary};
