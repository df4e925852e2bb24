//! The signs that states and series have. Each stands beside a word somewhere on the screen (in
//! a legend, in a cell), since nothing is shown by a sign or a colour alone.
//!
//! All are one column wide on every terminal, none is drawn as an emoji, and each has a form of
//! its own in [`super::ascii`].

use crate::scene::{Activity, SlotMark, Weight};

/// The sign of a state beside a name. Different in shape, so that states can be told apart
/// without their colours.
pub fn activity(activity: Activity) -> char {
    match activity {
        Activity::Idle => '·',
        Activity::Running => '►',
        Activity::Holding => '◆',
        Activity::Waiting => '◷',
        Activity::Sleeping => 'z',
        Activity::Paused => '═',
        Activity::Finished => '✓',
        Activity::Failed => '✗',
        Activity::Cancelled => '⊘',
        Activity::Dead => '†',
    }
}

/// The filling of an interval of a lane. Work is solid (a holder of a lock full, others half
/// high), waiting is a texture, rest is empty.
pub fn stretch(activity: Activity) -> char {
    match activity {
        Activity::Idle | Activity::Finished => ' ',
        Activity::Running => '▄',
        Activity::Holding => '█',
        Activity::Waiting => '▒',
        Activity::Sleeping => '·',
        Activity::Paused => '░',
        Activity::Failed => '×',
        Activity::Cancelled => '⊘',
        Activity::Dead => '†',
    }
}

/// The sign of what a lane does now, beside its timeline: the one that stands for it there, so that
/// the word after it explains that too.
pub fn state(kind: Activity) -> char {
    if kind == Activity::Finished { activity(kind) } else { stretch(kind) }
}

pub fn weight(weight: Weight) -> char {
    match weight {
        Weight::ToDo => CHOSEN,
        Weight::Fact => '•',
        Weight::Fine => '✓',
        Weight::Caution => '▲',
        Weight::Broken => '✗',
    }
}

/// What the parts of a bar are filled with, from dense to light, the first part first. They
/// repeat after the last.
pub const FILLS: [char; 5] = ['█', '▓', '▒', '░', '·'];

/// Eighths of a column from the left, from nothing to all of it; the index is the number of
/// eighths.
pub const EIGHTHS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Marks what is chosen or has the keyboard, so that this does not depend on a colour. The same
/// sign everywhere.
pub const CHOSEN: char = '▸';

/// Points from below at the slot that a thread is at.
pub const ARROW: char = '↑';

/// The sign of what is wrong with a slot's content, as beside the figure that counts such slots:
/// what is lost went wrong, as in a finding; a value that is there twice has a sign of its own.
/// `None` for a slot with which nothing is wrong.
pub fn mark(mark: SlotMark) -> Option<char> {
    match mark {
        SlotMark::None | SlotMark::Next => None,
        SlotMark::Lost => Some(weight(Weight::Broken)),
        SlotMark::Twice => Some('≡'),
    }
}
