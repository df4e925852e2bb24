//! Operations on the shared list, as the threads that did them saw them.
//!
//! The list's length word carries, beside the length, a note of which operation
//! stored it. An operation that loads the length therefore knows whose list it
//! works on, and afterwards nothing about who overwrote whom has to be guessed
//! from times. Must not know threads.

use std::fmt;

use serde::Serialize;

/// What a thread is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Adder,
    Remover,
}

/// A thread of the experiment: `add-1`, `remove-2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    pub role: Role,
    /// From 1.
    pub number: u8,
}

impl Who {
    pub fn adder(number: u8) -> Self {
        let role = Role::Adder;
        Self { role, number }
    }

    pub fn remover(number: u8) -> Self {
        let role = Role::Remover;
        Self { role, number }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role {
            Role::Adder => write!(f, "add-{}", self.number),
            Role::Remover => write!(f, "remove-{}", self.number),
        }
    }
}

impl Serialize for Who {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One operation of a round, by the place of its thread and its number there, or
/// the list as it was before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Version(u32);

/// Bits for the number of an operation; the rest names the thread.
const OPERATION_BITS: u32 = 26;

impl Version {
    /// The empty list that a round begins with.
    pub const START: Self = Self(0);

    /// `thread` and `operation` count from 0 and stay below 32 and 2^26.
    pub fn of(thread: usize, operation: usize) -> Self {
        let thread = u32::try_from(thread).unwrap_or(0) & 31;
        let operation = u32::try_from(operation).unwrap_or(0) + 1;
        Self(thread << OPERATION_BITS | operation)
    }

    /// Thread and operation; `None` for the start.
    pub fn parts(self) -> Option<(usize, usize)> {
        let operation = (self.0 & ((1 << OPERATION_BITS) - 1)).checked_sub(1)?;
        Some(((self.0 >> OPERATION_BITS) as usize, operation as usize))
    }
}

/// What the length word holds: a length, and the operation that stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    pub length: u32,
    pub by: Version,
}

impl Stamp {
    /// The empty list that a round begins with.
    pub const START: Self = Self { length: 0, by: Version::START };

    pub fn pack(self) -> i64 {
        i64::from(self.by.0) << 32 | i64::from(self.length)
    }

    /// The inverse of [`Stamp::pack`].
    pub fn unpack(word: i64) -> Self {
        let word = word.cast_unsigned();
        Self {
            length: u32::try_from(word & u64::from(u32::MAX)).unwrap_or(0),
            by: Version(u32::try_from(word >> 32).unwrap_or(0)),
        }
    }

    /// The length part of a packed word, which is all that the screen shows.
    pub fn shown(word: i64) -> i64 {
        word & i64::from(u32::MAX)
    }
}

/// What an operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Did {
    Appended,
    Removed,
    /// The remover found the list empty and went on.
    #[serde(rename = "found empty")]
    FoundEmpty,
}

/// One operation as its own thread saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Op {
    pub did: Did,
    /// Appended or removed; 0 if the list was empty.
    pub value: i64,
    /// What its load of the length found.
    pub read: Stamp,
}

impl Op {
    /// The length that it stored; `None` if it stored none.
    pub fn stored(&self) -> Option<u32> {
        match self.did {
            Did::Appended => Some(self.read.length + 1),
            Did::Removed => Some(self.read.length.saturating_sub(1)),
            Did::FoundEmpty => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stamp_survives_its_word(
            length in 0u32..900_000, thread in 0usize..16, operation in 0usize..100_000
        ) {
            let by = Version::of(thread, operation);
            let stamp = Stamp { length, by };
            prop_assert!(stamp.pack() >= 0);
            prop_assert_eq!(Stamp::unpack(stamp.pack()), stamp);
            prop_assert_eq!(by.parts(), Some((thread, operation)));
            prop_assert_eq!(Stamp::shown(stamp.pack()), i64::from(length));
        }
    }

    #[test]
    fn the_start_is_an_empty_list_by_no_operation() {
        assert_eq!(Stamp::unpack(0), Stamp::START);
        assert_eq!(Version::START.parts(), None);
    }
}
