//! How strong the evidence of a run is, in the words that stand on the screen at all times: whatever
//! was done to the script may be why it ran as it did.

use crate::scene::{Finding, Tone, Weight};

/// What was done to the script, from nothing on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Watched passively.
    Watched,
    /// Paused or slowed down by the user.
    Paced,
    /// One thread at a time, and none had to give way.
    Unforced,
    /// Threads had to give way where the interpreter itself may switch.
    Natural,
    /// Somewhere also between other bytecodes.
    Bytecodes,
    /// A lock was taken away.
    Altered,
}

impl Level {
    /// As results and texts name it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Watched => "L0",
            Self::Paced => "L1",
            Self::Unforced | Self::Natural => "L2",
            Self::Bytecodes => "L3",
            Self::Altered => "L4",
        }
    }

    pub fn badge(self) -> (&'static str, Tone) {
        match self {
            Self::Watched => ("L0 watched", Tone::Plain),
            Self::Paced => ("L1 paced by hand", Tone::Caution),
            Self::Unforced => ("L2 nothing forced", Tone::Plain),
            Self::Natural => ("L2 forced", Tone::Caution),
            Self::Bytecodes => ("L3 forced between bytecodes", Tone::Broken),
            Self::Altered => ("L4 a lock was away", Tone::Caution),
        }
    }

    /// What follows for the reader. `version` is that of the interpreter.
    pub fn finding(self, version: &str) -> Finding {
        let text = match self {
            Self::Watched => {
                let text = format!(
                    "Watched passively (level L0) under CPython {version}: a race that this interpreter hides does not show here || Watched (L0): a race that CPython {version} hides does not show"
                );
                return (Weight::Fact, text).into();
            }
            Self::Paced => {
                "Level L1: you changed its pace, so how its threads met is not what they do by themselves || Level L1: you changed its pace"
            }
            Self::Unforced => {
                "One thread at a time (level L2): none had to give way yet; sleeps take no time."
            }
            Self::Natural => {
                "Forced (level L2), at places where this CPython itself may switch threads; sleeps take no time."
            }
            Self::Bytecodes => {
                "Forced between two bytecodes (level L3): the language allows it, and this CPython does not do it by itself."
            }
            Self::Altered => {
                "Level L4: a lock was taken away by hand, so this is not what the script does by itself || Level L4: a lock was taken away by hand"
            }
        };
        (Weight::Caution, text).into()
    }
}
