//! A tool for sharing as what it is inside: places that are taken or free, and the lines of those
//! that wait for one.
//!
//! ```text
//! ┏━━━━━━━━━━━┓ ┌───────────┐
//! ┃  guest-1  ┃ │   free    │      places: one taken, one free
//! ┗━ seat 1 ━━┛ └─ seat 2 ──┘
//! waiting ◀ guest-3 ◀ guest-4      a line: what is waited for, and those who wait
//! visits 12                        figures
//! ```

use super::text::{Span, Tone};

/// The inside of a tool at one moment: the owner of a lock, the seats of a semaphore, the cells
/// of a buffer, the places at a barrier, the pages of a server; and who waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Structure {
    /// Side by side, in an order that does not change. What does not fit is counted.
    pub places: Vec<Place>,
    /// One below the other. An empty line is shown too, so that no line moves; it says "none".
    pub lines: Vec<WaitingLine>,
    /// What is to be said of this moment, a line each: a deadlock, link by link.
    pub remarks: Vec<Span>,
    /// Figures beside it: a name and a value, already as text. Shown whole or not at all.
    pub figures: Vec<(String, String)>,
    /// Who got it one after the other in the last run, behind the figures; empty if that is not
    /// known. Those that do not fit are counted.
    pub order: Vec<String>,
}

/// One place: what it is, and what is in it. Free where `content` is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// What it is: `lock`, `seat 1`, `next out`; may be empty.
    pub name: String,
    /// Who or what is in it; empty while it is free.
    pub content: String,
    /// How what is in it is meant: a thread's own colour, or that something is wrong with it.
    pub tone: Tone,
}

/// Those that wait for one thing, the first to have come first where that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaitingLine {
    /// What they wait for, as one of the places or the tool itself is called.
    pub name: String,
    pub waiting: Vec<String>,
}
