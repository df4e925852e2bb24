//! Slots of memory side by side, and what is about to be written where.
//!
//! ```text
//! │ 64│  7│ 16│   │  length 3          slots, one of them empty, and the caption
//!  front    ↑ add-1 writes 31           a label, an arrow that points to slot 2
//! ```

use super::text::{Span, Tone};
use crate::printable::Printable;

/// Slots of memory as boxes in a row: `│64│ 7│`. The more room there is, the larger each box.
/// Boxes that do not fit are counted, not squeezed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boxes {
    /// Also those that are empty: a row of fixed length stands still while its values change.
    pub slots: Vec<Slot>,
    /// A line each below the boxes. A line that has nothing to show now is kept, so that nothing
    /// moves when it has: its text is then empty.
    pub arrows: Vec<Arrow>,
    /// Stands right of the boxes ("length 4"); may take a third of the width.
    pub caption: String,
    /// What it all came to: beside the boxes where there is room, a line each, else below them in
    /// one line.
    pub figures: Vec<Figure>,
    /// The slots hold numbers, which are drawn as large as there is room. Not by what they hold
    /// now, as they may all be empty.
    pub numbers: bool,
    /// Columns of the widest text that a slot may get, so that boxes do not grow with a value;
    /// 0 if that is not known.
    pub widest: u16,
    /// Slots that exist and are not listed: the drawing shows their number, so a long
    /// list is never taken for a short one.
    pub more: usize,
}

/// One box: its content, what that means, and a name for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    pub text: String,
    pub tone: Tone,
    /// Stands under the box if there is room ("front", "add-1").
    pub label: String,
    /// What is about to happen to it or is wrong with it; most slots have none.
    pub mark: SlotMark,
}

/// What is about to happen to a slot, or is wrong with its content; the latter is shown by a
/// sign as well as by colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlotMark {
    #[default]
    None,
    /// A thread is about to write it: its edges have the tone of the slot, so of that thread.
    Next,
    /// It is no longer there: the value is crossed out, and the slot counts for nothing.
    Lost,
    /// It is somewhere else as well: one of the two is a duplicate, and no reader can say which.
    Twice,
}

/// A figure with its name: `✗ lost 3`. Room is kept for larger ones, so that nothing moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub name: &'static str,
    pub value: Printable,
    pub tone: Tone,
}

/// Who is at a slot and what it does there: `↑ add-1 writes 31`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrow {
    /// The slot that it points to; `None` for a text that is about no slot, which is shown at
    /// the left.
    pub slot: Option<usize>,
    pub text: Vec<Span>,
}
