//! Which task was where from when to when.
//!
//! ```text
//!       from                now        to
//! w1    ▐7!██████▐9!░░░░██▐ │                  █ at work, ░ where the task rests
//! w2    ▐8!█████████████████│
//! ```

use super::text::Tone;
use crate::printable::Printable;

/// Tasks over time: a row for each worker, and in it each task as a bar with its name. Unlike
/// the lanes of a timeline, which show what a thread does, it shows for which task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gantt {
    /// The interval shown, in nanoseconds since the run began. It stands still while tasks
    /// move: `to` may lie in the future.
    pub from: u64,
    pub to: u64,
    /// Up to here it has happened; what lies behind is empty. In ns like the interval.
    pub now: u64,
    pub rows: Vec<GanttRow>,
}

/// A worker with its tasks, in the order of time and without overlap: a worker runs one at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GanttRow {
    pub name: Printable,
    pub tone: Tone,
    pub tasks: Vec<GanttTask>,
}

/// One task on its worker, in ns like the interval. While it runs, `to` is the present.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GanttTask {
    pub from: u64,
    pub to: u64,
    /// Its name ("7!"): written into its bar.
    pub name: Printable,
    /// What else is to be said of it, written behind its name where the bar is long enough.
    pub note: String,
    pub tone: Tone,
    /// It rests on purpose, so its bar is light: a pause that the program makes is not taken for
    /// work.
    pub rests: bool,
}
