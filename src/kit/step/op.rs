//! The operations that a step can be, as plain data.
//!
//! Must not know how any of them is carried out.

use super::Object;
use crate::kit::event::LaneEvent;
use crate::kit::probe::Voice;

/// One operation on one shared thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Load,
    Store(i64),
    Add(i64),
    Swap(i64),
    CompareExchange { expected: i64, new: i64 },
    Lock,
    TryLock,
    Unlock,
}

impl Op {
    /// The word for it on a screen.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Store(_) => "store",
            Self::Add(_) => "add",
            Self::Swap(_) => "swap",
            Self::CompareExchange { .. } => "compare-exchange",
            Self::Lock => "lock",
            Self::TryLock => "try lock",
            Self::Unlock => "unlock",
        }
    }

    /// What it would write, where that is known beforehand.
    pub fn value(self) -> Option<i64> {
        match self {
            Self::Store(value) | Self::Add(value) | Self::Swap(value) => Some(value),
            Self::CompareExchange { new, .. } => Some(new),
            _ => None,
        }
    }

    /// What a word holds after this operation found `old` in it; `None` if the
    /// operation leaves it alone.
    pub(crate) fn writes(self, old: i64) -> Option<i64> {
        match self {
            Self::Store(value) | Self::Swap(value) => Some(value),
            Self::Add(value) => Some(old.wrapping_add(value)),
            Self::CompareExchange { expected, new } => (old == expected).then_some(new),
            _ => None,
        }
    }

    /// Tells through `voice` that a word's operation was carried out and what it found.
    pub(crate) fn tell(self, object: &Object, found: i64, voice: &dyn Voice) {
        let resource = object.resource(voice);
        if !matches!(self, Self::Store(_)) {
            let value = found;
            voice.emit(LaneEvent::Read { resource, value });
        }
        if let Some(value) = self.writes(found) {
            voice.emit(LaneEvent::Wrote { resource, value });
        }
    }
}
