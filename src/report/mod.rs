//! What is written where there is no screen: text that a log or a screen reader can carry,
//! JSON, and failures as one line. The data comes from [`crate::scene`] or as plain values;
//! nothing here knows a lab or a terminal.
//!
//! - [`Story`]: the sentences of a run, written as they happen, floods cut short.
//! - [`Summary`]: the outcome of a run, as lines and as a JSON object.
//! - [`ascii`]: either of them in seven bits.
//! - [`Failure`]: one line on stderr, and the exit status.

pub mod ascii;
mod failure;
mod story;
mod summary;

pub use failure::{ANOMALY, Failure, RAN, UNFINISHED, USAGE, ended_by, reason, write_stderr};
pub use story::{Story, sentence};
pub use summary::{Setting, Summary};
