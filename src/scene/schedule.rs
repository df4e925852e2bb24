//! Steps of several threads in one order, with a column for each thread, as in a sequence
//! diagram; and each thread's next step.

use super::text::{Span, Tone};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// The columns.
    pub threads: Vec<ScheduleThread>,
    /// In their order, the undone ones last.
    pub steps: Vec<ScheduleRow>,
    /// Number of steps that were taken; those behind them were undone.
    pub taken: usize,
}

/// One thread: its column's head, and what it does next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleThread {
    /// The key that lets it take its next step; a click on the column presses it.
    pub key: String,
    pub name: String,
    pub tone: Tone,
    /// Whether it can go on, or what keeps it from that.
    pub state: Span,
    /// Its next step; empty after its last one.
    pub next: Span,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleRow {
    /// The position of its thread.
    pub thread: usize,
    pub text: Span,
    /// It is one of those that interfered with each other.
    pub conflict: bool,
}
