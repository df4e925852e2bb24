//! The signs that states and series have, each with a word beside it somewhere.
//!
//! All are one column wide, none is an emoji on any terminal, and each has a form of
//! its own in [`super::ascii`].
//!
//! Must not know: themes, places.

use crate::scene::{Activity, Weight};

/// Beside a name.
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

/// An interval of a lane.
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

/// Before a finding.
pub fn weight(weight: Weight) -> char {
    match weight {
        Weight::Fine => '✓',
        Weight::Caution => '▲',
        Weight::Broken => '✗',
    }
}

/// What the parts of a bar are filled with, in this order.
pub const FILLS: [char; 5] = ['█', '▓', '▒', '░', '·'];

/// Eighths of a column, from nothing to all of it.
pub const EIGHTHS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Eighths of a line, from nothing to all of it.
pub const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What is chosen, or has the keyboard.
pub const CHOSEN: char = '▸';
