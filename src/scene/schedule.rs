//! Steps of several threads in one order, with a column for each thread, as in a sequence
//! diagram; and each thread's next step.
//!
//! ```text
//!       1 adder[1]             2 adder[2]            threads: key and name
//!       ready                  blocked by 1          state
//!    1  load count -> 0        │
//!    2  │                      load count -> 0       steps, each in the column of its thread
//!       ▸ store count = 1      ▸ acquire lock        next
//! ```

use std::sync::Arc;

use super::text::{Span, Tone};
use crate::printable::Printable;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// The columns.
    pub threads: Vec<ScheduleThread>,
    /// In their order, the undone ones last. Shared with the pictures before, as there may be
    /// thousands.
    pub steps: Arc<[ScheduleRow]>,
    /// Number of steps that were taken; those behind them were undone, and are drawn dim.
    pub taken: usize,
}

/// One thread: its column's head, and what it does next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleThread {
    /// The key that lets it take its next step; a click on the column presses it. `-` for a thread
    /// that has none.
    pub key: String,
    pub name: Printable,
    pub tone: Tone,
    /// Whether it can go on, or what keeps it from that: "ready", "blocked by 1".
    pub state: Span,
    /// Its next step; empty after its last one. Strong if it can be taken now.
    pub next: Span,
}

/// One step: who took it, and what it was. Its number is its position, from 1 on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleRow {
    /// The position of its thread in [`Schedule::threads`], and so its column.
    pub thread: usize,
    pub text: Span,
    /// It is one of those that interfered with each other: marked, and in the tone of what is
    /// broken.
    pub conflict: bool,
}
