//! Operations on the shared list, as the threads that did them saw them.
//!
//! The list's length word contains, beside the length, which operation stored it. An
//! operation that loads the length therefore knows whose list it works on, and afterwards
//! nothing about who overwrote whom has to be guessed from times.
//!
//! ```text
//!  63          58 57                    32 31                     0
//! ┌──────────────┬────────────────────────┬────────────────────────┐
//! │ 0   thread   │  operation + 1, or 0   │         length         │
//! └──────────────┴────────────────────────┴────────────────────────┘
//! ```
//!
//! Length and version travel in one atomic word, so no thread can load the length of one
//! operation with the version of another. The experiment's steps are the same with and
//! without the version: one load and one store.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::scene::Tone;

/// What a thread of the experiment does in all its operations. The order is that of the
/// threads on screen: adders first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Adder,
    Remover,
}

/// A thread of the experiment: `add-1`, `remove-2`. It is the name of the OS thread's
/// lane and of the thread in the model state, and the form in which it is serialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId {
    pub role: Role,
    /// From 1, among the threads of the same role.
    pub number: u8,
}

impl WorkerId {
    pub fn adder(number: u8) -> Self {
        let role = Role::Adder;
        Self { role, number }
    }

    pub fn remover(number: u8) -> Self {
        let role = Role::Remover;
        Self { role, number }
    }

    /// The thread of this name; `None` for any other text.
    pub fn named(name: &str) -> Option<Self> {
        let of = |prefix, role| {
            let number = name.strip_prefix(prefix)?.parse().ok()?;
            Some(Self { role, number })
        };
        of("add-", Role::Adder).or_else(|| of("remove-", Role::Remover))
    }

    /// Its own colour: adders and removers in turn, so that the first of each differ most.
    pub fn tone(self) -> Tone {
        let pair = usize::from(self.number.saturating_sub(1));
        Tone::of_thread(2 * pair + usize::from(self.role == Role::Remover))
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role {
            Role::Adder => write!(f, "add-{}", self.number),
            Role::Remover => write!(f, "remove-{}", self.number),
        }
    }
}

impl Serialize for WorkerId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WorkerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let who = Self::named(&name);
        who.ok_or_else(|| D::Error::custom(format_args!("no thread is called `{name}`")))
    }
}

/// One operation of a round, by the index of its thread and its number there, or the list
/// as it was before the first. It says whose store made the list what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version(u32);

/// Bits for the number of an operation; the rest names the thread. 2^26 operations are
/// far more than the setting `ops` allows.
const OPERATION_BITS: u32 = 26;

impl Version {
    /// The empty list that a round begins with. Operations are stored with 1 added to
    /// their number, which leaves 0 for it.
    pub const START: Self = Self(0);

    /// The version that an operation stores. `thread` and `operation` count from 0 and
    /// stay below 32 and 2^26; the settings allow 16 threads and 100,000 operations.
    pub fn of(thread: usize, operation: usize) -> Self {
        let thread = u32::try_from(thread).unwrap_or(0) & 31;
        let operation = u32::try_from(operation).unwrap_or(0) + 1;
        Self(thread << OPERATION_BITS | operation)
    }

    /// Index of the thread and number of the operation, both from 0; `None` for the
    /// start.
    pub fn parts(self) -> Option<(usize, usize)> {
        let operation = (self.0 & ((1 << OPERATION_BITS) - 1)).checked_sub(1)?;
        Some(((self.0 >> OPERATION_BITS) as usize, operation as usize))
    }
}

/// What the length word contains: a length, and the operation that stored it. The two are
/// always written together, so a length without its author does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub length: u32,
    pub by: Version,
}

impl Stamp {
    /// The stamp of the empty list that a round begins with; packed it is the word 0.
    pub const START: Self = Self { length: 0, by: Version::START };

    /// The stamp as one word. Five bits for the thread keep the sign bit 0, so the word
    /// is never negative.
    pub fn pack(self) -> i64 {
        i64::from(self.by.0) << 32 | i64::from(self.length)
    }

    pub fn unpack(word: i64) -> Self {
        let word = word.cast_unsigned();
        Self {
            length: u32::try_from(word & u64::from(u32::MAX)).unwrap_or(0),
            by: Version(u32::try_from(word >> 32).unwrap_or(0)),
        }
    }

    /// The length part of a packed word, which is all that the screen and the events
    /// show: the version is a record of the experiment, no part of the list.
    pub fn shown(word: i64) -> i64 {
        word & i64::from(u32::MAX)
    }
}

/// What an operation did to the list, as far as its own thread can know. Whether the
/// value is still there afterwards is what the audit finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OpKind {
    Appended,
    Removed,
    /// The remover loaded the length 0. It stored nothing and continued with its next
    /// operation.
    #[serde(rename = "found empty")]
    FoundEmpty,
}

/// One operation as its own thread saw it. It is what the thread knows, not what became
/// of it: the list may have lost the value right after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    #[serde(rename = "did")]
    pub kind: OpKind,
    pub value: i64,
    /// What its load of the length found. All that the operation did follows from this:
    /// where it stored, and on whose list it built.
    pub read: Stamp,
}

impl Op {
    /// The length that it stored; `None` if it stored none. It is computed from what it
    /// read, as the operation itself does.
    pub fn stored(&self) -> Option<u32> {
        match self.kind {
            OpKind::Appended => Some(self.read.length.saturating_add(1)),
            OpKind::Removed => Some(self.read.length.saturating_sub(1)),
            OpKind::FoundEmpty => None,
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
